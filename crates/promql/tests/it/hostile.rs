//! Texts that nobody means well with: an error or a tree, never a panic.

use model::{Duration, Labels, Timestamp};
use promql::parser::{Features, MAX_HEIGHT, parse, parse_selector, parse_series_description, parse_with};
use promql::printer::{pretty, to_json};
use promql::promqltest::MemoryStore;
use promql::{Options, instant, range};
use serde_json::Value;

const SEEDS: [&str; 12] = [
    "sum by (job, \"a b\") (rate(x_total{a=~\"b.*\",c!='d'}[5m] offset -1h)) / on (job) group_left (e) up > bool 1",
    "histogram_quantile(0.9, sum(rate(x_bucket[1h:30s] @ start())) without (le)) or vector(-Inf) unless 0x1F",
    "a[5m + min_of(step(), 2 * range()) ^ 2:(1m)] offset -(3m - 1) smoothed",
    "label_replace({__name__=~\"a|b\", \"c.d\"=\"\\u00e9\"}, 'x', `$1`, \"y\", \"(.*)\") # comment\n + 1e3",
    "a + on (b) group_right () fill_left (1) fill_right (-2.5) c ^ -d @ 1609746000.123",
    "topk(5, a) </ quantile(.5, b) >/ count_values(\"v\", c) atan2 limit_ratio(0.1, d)",
    "-1 ^ 2 * 1d2h3m4s5ms % NaN",
    "{\"metric.name\", l=\"v\"}[1y] anchored @ end()",
    "up{job=\"a\"} 1+1x4 _ stale _x3 -1-2x5 {{schema:1 sum:2 buckets:[1 2]}}x3 Inf",
    "((((((((((a))))))))))",
    "absent_over_time(x[5m]) and ignoring (y) time() - 300",
    "sum(sum(sum(sum(a) by (b)) by (c)) by (d)) by (e)",
];

/// Small pseudo-random numbers (xorshift), the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }
}

fn mutated(dice: &mut Dice) -> String {
    let mut chars: Vec<char> = SEEDS[dice.roll(SEEDS.len())].chars().collect();
    for _ in 0..=dice.roll(4) {
        let at = dice.roll(chars.len().max(1)).min(chars.len());
        match dice.roll(5) {
            0 if at < chars.len() => drop(chars.remove(at)),
            1 => chars.insert(
                at,
                "(){}[],+-*/%^=!~<>@#\"'`\\:_ x5e\u{e9}\u{fffd}\n".chars().nth(dice.roll(38)).unwrap_or('0'),
            ),
            2 => chars.truncate(at),
            3 => {
                let other: Vec<char> = SEEDS[dice.roll(SEEDS.len())].chars().collect();
                let from = dice.roll(other.len());
                chars.splice(at.., other[from..].iter().copied());
            }
            _ => {
                let end = (at + dice.roll(12)).min(chars.len());
                let piece: Vec<char> = chars[at..end].to_vec();
                chars.splice(at..at, piece);
            }
        }
    }
    chars.into_iter().collect()
}

/// A tree whose matchers are sorted, as printing sorts them.
fn sorted(mut tree: Value) -> Value {
    match &mut tree {
        Value::Object(fields) => {
            for (name, field) in fields.iter_mut() {
                *field = sorted(field.take());
                if let (Some(matchers), "matchers") = (field.as_array_mut(), name.as_str()) {
                    matchers.sort_by_key(ToString::to_string);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = sorted(item.take())),
        _ => {}
    }
    tree
}

#[test]
fn mutations_parse_or_fail_and_print_the_same_again() {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut valid = 0;
    for _ in 0..60_000 {
        let text = mutated(&mut dice);
        let _ = parse_selector(&text);
        let _ = parse_series_description(&text);
        let Ok(expr) = parse_with(&text, &Features::ALL) else { continue };
        valid += 1;
        let printed = expr.to_string();
        for form in [printed.clone(), pretty(&expr)] {
            let again = parse_with(&form, &Features::ALL)
                .unwrap_or_else(|why| panic!("{text:?} is printed as {form:?}: {why}"));
            assert_eq!(again.to_string(), printed, "{text:?}");
            assert_eq!(sorted(to_json(&again)), sorted(to_json(&expr)), "{text:?}");
        }
    }
    assert!(valid > 3_000, "only {valid} mutations were valid");
}

#[test]
fn a_megabyte_of_anything_ends_in_an_error_or_a_tree() {
    for piece in [
        "(",
        "-",
        "+",
        "1+",
        "a^",
        "sum(",
        "a[",
        "{",
        "\"",
        "a or ",
        "a[1m:",
        "a offset ",
        "#",
        "a,",
        "- 1 ",
        "1[(",
        "a @ 1 ",
    ] {
        let _ = parse(&piece.repeat((1 << 20) / piece.len()));
    }
    let wide = format!("label_join(a, 'b', 'c'{})", ", 'd'".repeat(1 << 17));
    assert!(parse(&wide).is_ok());
}

#[test]
fn the_highest_trees_are_evaluated() {
    let store = MemoryStore::default();
    let labels = Labels::from_pairs([("__name__", "a"), ("b", "c")]);
    store.append(&labels, (0..20).map(|minute| (minute * 60_000, minute as f64)));
    let shapes = [
        ("(", "a", ")", 1),
        ("-", "a", "", 1),
        ("1 + ", "a", "", 1),
        ("", "a", " + a", 1),
        ("", "a", " or a", 1),
        ("", "a", " unless on (b) a", 1),
        ("a ^ ", "a", "", 1),
        ("sum(", "a", ")", 1),
        ("topk(1, ", "a", ")", 1),
        ("abs(", "a", ")", 1),
        ("label_replace(", "a", ", \"d\", \"e\", \"f\", \"g\")", 1),
        ("vector(scalar(", "a", "))", 2),
        ("sum_over_time(", "a", "[2m:1m])", 2),
    ];
    for (open, middle, close, height) in shapes {
        let count = (MAX_HEIGHT - 1) / height;
        let text = format!("{}{middle}{}", open.repeat(count), close.repeat(count));
        let expr = parse(&text).unwrap_or_else(|why| panic!("{open}…{close}: {why}"));
        let at = Timestamp(600_000);
        let options = Options::default();
        let _ = instant(&store, &expr, at, &options);
        let _ = range(&store, &expr, at, at + Duration(120_000), Duration(60_000), &options);
        assert_eq!(expr.clone(), expr);
        assert!(pretty(&expr).len() >= text.len() / 2);
    }
}
