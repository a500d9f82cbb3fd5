//! Whole numbers of any size, as decimal digits.

/// Digits, the most significant first.
#[derive(Clone, Debug)]
pub(super) struct Digits(Vec<u8>);

impl Digits {
    /// Parts in a row. `None` where one has another character than a digit.
    pub(super) fn new(parts: &[&str]) -> Option<Digits> {
        let digits = parts.iter().flat_map(|part| part.bytes());
        let digits = digits.map(|byte| byte.checked_sub(b'0').filter(|digit| *digit < 10));
        digits.collect::<Option<Vec<u8>>>().map(Digits)
    }

    pub(super) fn of(value: i64) -> Digits {
        Digits(value.unsigned_abs().to_string().bytes().map(|byte| byte - b'0').collect())
    }

    pub(super) fn is_zero(&self) -> bool {
        self.0.iter().all(|digit| *digit == 0)
    }

    /// A factor of at most 2^60: a digit's product and what is carried fit in 64 bits.
    pub(super) fn multiply(&mut self, factor: u64) {
        let mut carry = 0;
        for digit in self.0.iter_mut().rev() {
            let product = u64::from(*digit) * factor + carry;
            *digit = (product % 10) as u8;
            carry = product / 10;
        }
        while carry > 0 {
            self.0.insert(0, (carry % 10) as u8);
            carry /= 10;
        }
    }

    /// Times a power of ten. What a negative one cuts off is rounded up.
    pub(super) fn shift_up(&mut self, power: i64) {
        let length = usize::try_from(power.unsigned_abs()).unwrap_or(usize::MAX);
        if power >= 0 {
            self.0.resize(self.0.len() + length, 0);
            return;
        }
        let kept = self.0.len().saturating_sub(length);
        let inexact = self.0.iter().skip(kept).any(|digit| *digit != 0);
        self.0.truncate(kept);
        if inexact {
            self.increment();
        }
    }

    /// Whether it is more than `bound` with as many places.
    pub(super) fn exceeds(&self, bound: i64, places: usize) -> bool {
        let mut bound = Digits::of(bound);
        bound.0.resize(bound.0.len() + places, 0);
        let own: Vec<u8> = self.0.iter().copied().skip_while(|digit| *digit == 0).collect();
        (own.len(), own) > (bound.0.len(), bound.0)
    }

    /// The low 64 bits.
    pub(super) fn wrapped(&self, negative: bool) -> i64 {
        let value =
            self.0.iter().fold(0i64, |value, digit| value.wrapping_mul(10).wrapping_add(i64::from(*digit)));
        if negative { value.wrapping_neg() } else { value }
    }

    /// Without its last places, rounded up; a negative number is cut to 64 bits first.
    pub(super) fn without_places(&self, places: usize, negative: bool) -> i64 {
        if negative {
            let power = u32::try_from(places).ok().and_then(|places| 10i64.checked_pow(places)).unwrap_or(1);
            let value = self.wrapped(true);
            return value / power + i64::from(value % power != 0);
        }
        let kept = self.0.len().saturating_sub(places);
        let (whole, rest) = self.0.split_at(kept);
        let inexact = rest.iter().any(|digit| *digit != 0);
        Digits(whole.to_vec()).wrapped(false).wrapping_add(i64::from(inexact))
    }

    /// The nearest float.
    pub(super) fn float(&self, negative: bool) -> f64 {
        let digits: String = self.0.iter().map(|digit| char::from(b'0' + digit)).collect();
        let value: f64 = digits.parse().unwrap_or(0.0);
        if negative { -value } else { value }
    }

    fn increment(&mut self) {
        for digit in self.0.iter_mut().rev() {
            if *digit < 9 {
                *digit += 1;
                return;
            }
            *digit = 0;
        }
        self.0.insert(0, 1);
    }
}
