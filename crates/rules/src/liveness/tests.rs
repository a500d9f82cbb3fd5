use super::*;
use model::Labels;

/// Series that are there now.
struct Fleet(Vec<Labels>);

impl Fleet {
    fn passing(&self, matchers: &[Matcher]) -> impl Iterator<Item = &Labels> {
        self.0.iter().filter(move |labels| matchers.iter().all(|m| m.matches_labels(labels)))
    }
}

impl SeriesSource for Fleet {
    fn last_match(&self, _: &[Matcher]) -> Result<Option<Timestamp>, String> {
        Ok(None)
    }

    fn matches_now(&self, matchers: &[Matcher]) -> Result<bool, String> {
        Ok(self.passing(matchers).next().is_some())
    }

    fn label_values(&self, name: &str, matchers: &[Matcher]) -> Result<Vec<String>, String> {
        let mut values: Vec<String> =
            self.passing(matchers).filter_map(|l| l.find(name)).map(str::to_owned).collect();
        values.sort();
        values.dedup();
        Ok(values)
    }
}

fn fleet() -> Fleet {
    let series = |status: &str| {
        Labels::from_pairs([("__name__", "gotk_reconcile_condition"), ("type", "Ready"), ("status", status)])
    };
    Fleet(vec![series("True"), series("False"), Labels::from_pairs([("__name__", "up")])])
}

fn expr(text: &str) -> Expr {
    promql::parse(text).expect("valid query")
}

#[test]
fn finds_selectors_and_what_exempts_them() {
    let rows = [
        ("sum(rate(a{x=\"y\"}[5m])) / b", vec![("a{x=\"y\"}", ""), ("b", "")]),
        ("absent(a) or b unless c", vec![("a", "absent"), ("b", ""), ("c", "unless")]),
        ("sum(a) or vector(0)", vec![("a", "or vector")]),
        ("ALERTS{alertstate=\"firing\"}", vec![("ALERTS{alertstate=\"firing\"}", "ALERTS")]),
        ("max_over_time((a + b)[5m:])", vec![("a", ""), ("b", "")]),
        ("topk(scalar(k), {__name__=~\"a.*\"})", vec![("k", ""), ("{__name__=~\"a.*\"}", "")]),
    ];
    for (text, expected) in rows {
        let found = selectors(&expr(text));
        let shown: Vec<(&str, &str)> = found.iter().map(|s| (s.text.as_str(), s.exempt)).collect();
        assert_eq!(shown, expected, "{text}");
    }
}

#[test]
fn suggests_the_nearest_name_or_the_values_there_are() {
    let rows = [
        (
            "gotk_reconcile_conditions",
            "no series is named gotk_reconcile_conditions; the nearest name is gotk_reconcile_condition",
        ),
        ("zzz", "no series is named zzz"),
        (
            "gotk_reconcile_condition{status=\"Deleted\"}",
            "no series has status=\"Deleted\"; values are False, True",
        ),
        ("up{job=\"x\"}", "no series has the label job"),
    ];
    for (text, expected) in rows {
        let found = examine(&expr(text), &fleet()).expect("the fleet never fails");
        assert_eq!(found[0].suggestion, expected, "{text}");
    }
}

#[test]
fn a_selector_is_dead_after_a_while_and_alive_at_once() {
    let (mut tracker, after) = (Tracker::default(), Duration::from_secs(600));
    let query = expr("gotk_reconcile_condition{status=\"Deleted\"}");
    let at = |s: i64| Timestamp(s * 1000);
    let dead = |seconds: i64, fleet: &Fleet, tracker: &mut Tracker| {
        let found = tracker.examine(&query, fleet, at(seconds), false).expect("the fleet never fails");
        tracker.is_dead(&found[0], at(seconds), after)
    };
    assert!(!dead(0, &fleet(), &mut tracker));
    assert!(!dead(599, &fleet(), &mut tracker));
    assert!(dead(600, &fleet(), &mut tracker));
    let mut with_deleted = fleet();
    with_deleted.0.push(with_deleted.0[0].with("status", "Deleted"));
    assert!(!dead(700, &with_deleted, &mut tracker));
    assert!(!dead(1200, &fleet(), &mut tracker));
    assert!(dead(1300, &fleet(), &mut tracker));
}
