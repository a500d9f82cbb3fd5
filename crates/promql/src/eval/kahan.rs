//! Sums that lose no low bits, as Prometheus computes them (`kahansum`).

/// A sum and what it lost.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Kahan {
    sum: f64,
    lost: f64,
}

/// An average that does not overflow where the sum would.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mean {
    total: Kahan,
    count: f64,
    incremental: bool,
}

/// Mean and squared deviations, by Welford's method.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Deviation {
    count: f64,
    mean: Kahan,
    squares: Kahan,
}

impl Kahan {
    #[inline]
    pub(crate) fn add(&mut self, value: f64) {
        let total = self.sum + value;
        if total.is_infinite() {
            self.lost = 0.0;
        } else if self.sum.abs() >= value.abs() {
            self.lost += (self.sum - total) + value;
        } else {
            self.lost += (value - total) + self.sum;
        }
        self.sum = total;
    }

    #[inline]
    pub(crate) fn total(&self) -> f64 {
        if self.sum.is_infinite() { self.sum } else { self.sum + self.lost }
    }
}

impl Mean {
    pub(crate) fn add(&mut self, value: f64) {
        self.count += 1.0;
        if !self.incremental {
            let mut next = self.total;
            next.add(value);
            if self.count == 1.0 || !next.sum.is_infinite() {
                self.total = next;
                return;
            }
            // The sum overflows: go on with the mean itself.
            self.incremental = true;
            self.total.sum /= self.count - 1.0;
            self.total.lost /= self.count - 1.0;
        }
        let weight = (self.count - 1.0) / self.count;
        self.total.sum *= weight;
        self.total.lost *= weight;
        self.total.add(value / self.count);
    }

    pub(crate) fn mean(&self) -> f64 {
        if self.incremental {
            return self.total.sum + self.total.lost;
        }
        self.total.sum / self.count + self.total.lost / self.count
    }
}

impl Deviation {
    pub(crate) fn add(&mut self, value: f64) {
        self.count += 1.0;
        let delta = value - (self.mean.sum + self.mean.lost);
        self.mean.add(delta / self.count);
        self.squares.add(delta * (value - (self.mean.sum + self.mean.lost)));
    }

    pub(crate) fn variance(&self) -> f64 {
        (self.squares.sum + self.squares.lost) / self.count
    }
}
