use super::*;

const SECOND: i64 = 1000;

fn settings() -> GroupSettings {
    GroupSettings {
        receiver: "hook".to_owned(),
        group_by: vec!["alertname".to_owned()],
        group_wait: Duration::from_secs(30),
        group_interval: Duration::from_secs(300),
        repeat_interval: Duration::from_secs(3600),
        send_resolved: true,
        capacity: 100,
    }
}

fn alert(name: &str, instance: &str, from_s: i64, until_s: i64) -> Alert {
    Alert {
        labels: Labels::from_pairs([("alertname", name), ("instance", instance)]),
        annotations: Labels::empty(),
        starts_at: Timestamp(from_s * SECOND),
        ends_at: Timestamp(until_s * SECOND),
        generator_url: String::new(),
    }
}

/// One line a notification: status, then the instances, resolved ones in parentheses.
fn look(grouping: &mut Grouping, at_s: i64, arrives: bool) -> Vec<String> {
    let due = grouping.step(Timestamp(at_s * SECOND));
    due.iter()
        .map(|notification| {
            grouping.delivered(notification, arrives);
            let instances: Vec<String> = notification
                .alerts
                .iter()
                .map(|alert| {
                    let instance = alert.labels.get("instance");
                    if alert.is_resolved(notification.at) {
                        format!("({instance})")
                    } else {
                        instance.to_owned()
                    }
                })
                .collect();
            format!(
                "{} {} {}",
                notification.group_labels.get("alertname"),
                notification.status(),
                instances.join(" ")
            )
        })
        .collect()
}

const NEVER: i64 = 1_000_000;

#[test]
fn a_group_waits_then_collects() {
    let mut grouping = Grouping::new(settings());
    assert!(grouping.insert(alert("Down", "b", 0, NEVER), Timestamp(0)));
    assert_eq!(grouping.next(), Some(Timestamp(30 * SECOND)));
    assert_eq!(look(&mut grouping, 29, true), [""; 0]);
    grouping.insert(alert("Down", "a", 10, NEVER), Timestamp(10 * SECOND));
    grouping.insert(alert("Full", "c", 20, NEVER), Timestamp(20 * SECOND));
    assert_eq!(look(&mut grouping, 30, true), ["Down firing a b"]);
    assert_eq!(look(&mut grouping, 50, true), ["Full firing c"]);
    // A third one waits for the interval.
    grouping.insert(alert("Down", "d", 40, NEVER), Timestamp(60 * SECOND));
    assert_eq!(look(&mut grouping, 329, true), [""; 0]);
    assert_eq!(look(&mut grouping, 330, true), ["Down firing a b d"]);
    // Nothing is new.
    assert_eq!(look(&mut grouping, 700, true), [""; 0]);
}

#[test]
fn an_old_alert_does_not_wait_again() {
    let mut grouping = Grouping::new(settings());
    grouping.insert(alert("Down", "a", 0, NEVER), Timestamp(31 * SECOND));
    assert_eq!(look(&mut grouping, 31, true), ["Down firing a"]);
}

#[test]
fn resolved_alerts_are_sent_once_and_forgotten() {
    let mut grouping = Grouping::new(settings());
    grouping.insert(alert("Down", "a", 0, NEVER), Timestamp(0));
    grouping.insert(alert("Down", "b", 0, NEVER), Timestamp(0));
    assert_eq!(look(&mut grouping, 30, true), ["Down firing a b"]);
    grouping.insert(alert("Down", "a", 0, 100), Timestamp(100 * SECOND));
    assert_eq!(look(&mut grouping, 330, true), ["Down firing (a) b"]);
    assert_eq!(grouping.len(), 1);
    // Rules send resolved alerts for a while: they are no news.
    grouping.insert(alert("Down", "a", 0, 100), Timestamp(340 * SECOND));
    assert_eq!(look(&mut grouping, 630, true), [""; 0]);
    grouping.insert(alert("Down", "b", 0, 700), Timestamp(700 * SECOND));
    assert_eq!(look(&mut grouping, 930, true), ["Down resolved (b)"]);
    assert!(grouping.is_empty());
    assert_eq!(grouping.next(), None);
    // It fires anew: a new group.
    grouping.insert(alert("Down", "b", 1000, NEVER), Timestamp(1000 * SECOND));
    assert_eq!(look(&mut grouping, 1030, true), ["Down firing b"]);
}

#[test]
fn an_alert_that_is_no_longer_sent_ends_by_itself() {
    let mut grouping = Grouping::new(settings());
    grouping.insert(alert("Down", "a", 0, 240), Timestamp(0));
    assert_eq!(look(&mut grouping, 30, true), ["Down firing a"]);
    assert_eq!(look(&mut grouping, 330, true), ["Down resolved (a)"]);
}

#[test]
fn an_alert_that_came_and_went_while_waiting_is_not_sent() {
    let mut grouping = Grouping::new(settings());
    grouping.insert(alert("Down", "a", 0, NEVER), Timestamp(0));
    grouping.insert(alert("Down", "a", 0, 10), Timestamp(10 * SECOND));
    assert_eq!(look(&mut grouping, 30, true), [""; 0]);
    assert!(grouping.is_empty());
}

#[test]
fn resolved_alerts_can_be_left_out() {
    let mut grouping = Grouping::new(GroupSettings { send_resolved: false, ..settings() });
    grouping.insert(alert("Down", "a", 0, NEVER), Timestamp(0));
    grouping.insert(alert("Down", "b", 0, NEVER), Timestamp(0));
    assert_eq!(look(&mut grouping, 30, true), ["Down firing a b"]);
    grouping.insert(alert("Down", "a", 0, 100), Timestamp(100 * SECOND));
    assert_eq!(look(&mut grouping, 330, true), [""; 0]);
    grouping.insert(alert("Down", "a", 400, NEVER), Timestamp(400 * SECOND));
    grouping.insert(alert("Down", "b", 0, 400), Timestamp(400 * SECOND));
    // It fires again after having ended: news, though the last notification had it.
    assert_eq!(look(&mut grouping, 630, true), ["Down firing a"]);
    grouping.insert(alert("Down", "a", 400, 700), Timestamp(700 * SECOND));
    assert_eq!(look(&mut grouping, 930, true), [""; 0]);
    assert!(grouping.is_empty());
}

#[test]
fn an_unchanged_group_is_repeated() {
    let mut grouping = Grouping::new(settings());
    grouping.insert(alert("Down", "a", 0, NEVER), Timestamp(0));
    assert_eq!(look(&mut grouping, 30, true), ["Down firing a"]);
    for at in (330..3630).step_by(300) {
        assert_eq!(look(&mut grouping, at, true), [""; 0], "{at}");
    }
    assert_eq!(look(&mut grouping, 3630, true), ["Down firing a"]);
}

#[test]
fn what_did_not_arrive_is_tried_at_the_next_look() {
    let mut grouping = Grouping::new(settings());
    grouping.insert(alert("Down", "a", 0, NEVER), Timestamp(0));
    assert_eq!(look(&mut grouping, 30, false), ["Down firing a"]);
    assert_eq!(look(&mut grouping, 330, false), ["Down firing a"]);
    assert_eq!(look(&mut grouping, 630, true), ["Down firing a"]);
    assert_eq!(look(&mut grouping, 930, true), [""; 0]);
    grouping.insert(alert("Down", "a", 0, 940), Timestamp(940 * SECOND));
    assert_eq!(look(&mut grouping, 1230, false), ["Down resolved (a)"]);
    assert_eq!(look(&mut grouping, 1530, true), ["Down resolved (a)"]);
    assert!(grouping.is_empty());
}

#[test]
fn a_group_in_flight_waits_for_its_answer() {
    let mut grouping = Grouping::new(settings());
    grouping.insert(alert("Down", "a", 0, NEVER), Timestamp(0));
    let due = grouping.step(Timestamp(30 * SECOND));
    assert_eq!(due.len(), 1);
    assert_eq!(grouping.next(), None);
    grouping.insert(alert("Down", "b", 40, NEVER), Timestamp(40 * SECOND));
    assert_eq!(grouping.step(Timestamp(900 * SECOND)), []);
    grouping.delivered(&due[0], true);
    assert_eq!(look(&mut grouping, 901, true), ["Down firing a b"]);
}

#[test]
fn room_is_bounded_and_groups_can_be_made_anew() {
    let mut grouping = Grouping::new(GroupSettings { capacity: 2, ..settings() });
    let now = Timestamp(0);
    assert!(grouping.insert(alert("Down", "a", 0, NEVER), now));
    assert!(grouping.insert(alert("Down", "b", 0, NEVER), now));
    assert!(!grouping.insert(alert("Down", "c", 0, NEVER), now));
    assert!(grouping.insert(alert("Down", "b", 0, NEVER), now));
    let by_all = GroupSettings { group_by: vec!["...".to_owned()], ..settings() };
    grouping.configure(by_all, now);
    assert_eq!(look(&mut grouping, 30, true), ["Down firing a", "Down firing b"]);
    grouping.configure(GroupSettings { group_by: Vec::new(), ..settings() }, Timestamp(31 * SECOND));
    assert_eq!(look(&mut grouping, 61, true), [" firing a b"]);
}
