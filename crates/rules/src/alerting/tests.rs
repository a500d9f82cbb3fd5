use super::*;
use crate::file::Condition;

fn rule(hold_s: i64, keep_s: i64) -> AlertingRule {
    AlertingRule {
        alert: "A".to_owned(),
        condition: Condition::DeadRules,
        hold: Duration::from_secs(hold_s),
        keep_firing: Duration::from_secs(keep_s),
        labels: Labels::empty(),
        annotations: Labels::empty(),
    }
}

fn candidate(name: &str) -> Candidate {
    let labels = Labels::from_pairs([("alertname", "A"), ("name", name)]);
    Candidate { labels, annotations: Labels::empty(), value: 1.0 }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp(seconds * 1000)
}

/// Runs evaluations every 60 s; `present` says at which the series is there. Gives the state after each.
fn run(rule: &AlertingRule, present: &[bool]) -> Vec<&'static str> {
    let mut states = AlertStates::default();
    let mut seen = Vec::new();
    for (i, there) in present.iter().enumerate() {
        let found = if *there { vec![candidate("x")] } else { Vec::new() };
        states.step(rule, found, 0, at(60 * i as i64), &|_| None).expect("no limit");
        seen.push(states.state().as_str());
    }
    seen
}

#[test]
fn pending_firing_resolved() {
    let seen = run(&rule(120, 0), &[true, true, true, false, true]);
    assert_eq!(seen, ["pending", "pending", "firing", "inactive", "pending"]);
    assert_eq!(run(&rule(0, 0), &[true, false]), ["firing", "inactive"]);
    assert_eq!(run(&rule(120, 0), &[true, true, false, true]), ["pending", "pending", "inactive", "pending"]);
}

#[test]
fn keep_firing_for_bridges_gaps() {
    let seen = run(&rule(0, 120), &[true, false, false, false, true]);
    assert_eq!(seen, ["firing", "firing", "firing", "inactive", "firing"]);
    assert_eq!(run(&rule(0, 120), &[true, false, true, false, false]), ["firing"; 5]);
}

#[test]
fn sends_new_and_resolved_at_once_and_the_rest_after_the_resend_delay() {
    let (rule, mut states, resend) = (rule(0, 0), AlertStates::default(), Duration::from_secs(60));
    let mut due = |seconds: i64, there: bool| {
        let found = if there { vec![candidate("x")] } else { Vec::new() };
        states.step(&rule, found, 0, at(seconds), &|_| None).expect("no limit");
        states
            .due(at(seconds), resend, Duration::from_secs(30), "")
            .iter()
            .map(|a| a.ends_at.0 / 1000)
            .collect::<Vec<_>>()
    };
    assert_eq!(due(0, true), [240]);
    assert_eq!(due(30, true), [0i64; 0]);
    assert_eq!(due(61, true), [301]);
    assert_eq!(due(90, false), [90]);
    assert_eq!(due(120, false), [0i64; 0]);
    assert_eq!(due(151, false), [90]);
    assert_eq!(due(90 + 901, false), [0i64; 0], "resolved alerts are forgotten after 15 minutes");
}

#[test]
fn a_restored_alert_keeps_its_age() {
    let (rule, mut states) = (rule(600, 0), AlertStates::default());
    let samples =
        states.step(&rule, vec![candidate("x")], 0, at(1000), &|_| Some(at(300))).expect("no limit");
    assert_eq!(states.state(), AlertState::Firing);
    assert_eq!(states.active().next().and_then(|a| a.fired_at), Some(at(900)));
    assert!(samples.iter().any(|(labels, v)| labels.metric_name() == ALERTS_FOR_STATE && *v == 300.0));
}

#[test]
fn duplicates_and_limits_are_errors() {
    let (rule, mut states) = (rule(0, 0), AlertStates::default());
    let twice = vec![candidate("x"), candidate("x")];
    assert_eq!(states.step(&rule, twice, 0, at(0), &|_| None), Err(StepError::DuplicateLabels));
    let two = vec![candidate("x"), candidate("y")];
    let error = states.step(&rule, two, 1, at(0), &|_| None).expect_err("over the limit");
    assert_eq!(error.to_string(), "exceeded limit of 1 with 2 alerts");
}
