//! Which alerts go to a webhook together, and when.
//!
//! The flow is that of Alertmanager's groups: a new group waits `group_wait`, then looks at itself every
//! `group_interval`. It notifies if an alert fires that was not in the last notification, if one was resolved
//! (with `send_resolved`), if the last firing one was resolved, or after `repeat_interval`. What was sent is
//! remembered in memory only: after a restart firing groups are sent again, since twice is better than never.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashSet};

use model::{Alert, Duration, Labels, Timestamp};

/// How alerts are grouped for one receiver.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupSettings {
    /// The receiver's name.
    pub receiver: String,
    /// Labels that alerts of a group have alike; `...` stands for all.
    pub group_by: Vec<String>,
    /// How long a new group collects.
    pub group_wait: Duration,
    /// How often a group looks at itself.
    pub group_interval: Duration,
    /// How often an unchanged group is sent again.
    pub repeat_interval: Duration,
    /// Whether resolved alerts are sent.
    pub send_resolved: bool,
    /// So many alerts are kept at most; further ones are refused.
    pub capacity: usize,
}

/// All groups of a receiver.
#[derive(Debug)]
pub struct Grouping {
    settings: GroupSettings,
    groups: BTreeMap<Labels, Group>,
    alerts: usize,
}

/// What is to be sent for a group.
#[derive(Clone, Debug, PartialEq)]
pub struct Notification {
    /// The receiver's name.
    pub receiver: String,
    /// The labels that make the group.
    pub group_labels: Labels,
    /// Its alerts; by job, then instance, then all labels.
    pub alerts: Vec<Alert>,
    /// The time it was made: decides which alerts are resolved.
    pub at: Timestamp,
}

#[derive(Debug)]
struct Group {
    alerts: BTreeMap<Labels, Alert>,
    next: Timestamp,
    has_looked: bool,
    in_flight: bool,
    sent: Option<Sent>,
}

/// The last notification that was delivered.
#[derive(Debug, Default)]
struct Sent {
    at: Timestamp,
    firing: HashSet<Labels>,
    resolved: HashSet<Labels>,
}

// === impl Notification ===

impl Notification {
    /// `firing` if any alert is.
    pub fn status(&self) -> &'static str {
        if self.alerts.iter().any(|alert| !alert.is_resolved(self.at)) { "firing" } else { "resolved" }
    }

    /// Alertmanager's group key of a receiver at the root of the routes.
    pub fn group_key(&self) -> String {
        format!("{{}}:{}", self.group_labels)
    }
}

// === impl Grouping ===

impl Grouping {
    /// No groups yet.
    pub fn new(settings: GroupSettings) -> Grouping {
        Grouping { settings, groups: BTreeMap::new(), alerts: 0 }
    }

    /// The settings in force.
    pub fn settings(&self) -> &GroupSettings {
        &self.settings
    }

    /// How many alerts are kept.
    pub fn len(&self) -> usize {
        self.alerts
    }

    /// Whether no alert is kept.
    pub fn is_empty(&self) -> bool {
        self.alerts == 0
    }

    /// Takes new settings; the groups stay, or are made anew if they are to be made otherwise.
    pub fn configure(&mut self, settings: GroupSettings, now: Timestamp) {
        let regroup = settings.group_by != self.settings.group_by;
        self.settings = settings;
        if !regroup {
            return;
        }
        self.alerts = 0;
        for group in std::mem::take(&mut self.groups).into_values() {
            for alert in group.alerts.into_values() {
                self.insert(alert, now);
            }
        }
    }

    /// Takes an alert, or its newer state; false if there is no room.
    pub fn insert(&mut self, alert: Alert, now: Timestamp) -> bool {
        let key = self.group_labels(&alert.labels);
        let resolved = alert.is_resolved(now);
        let known = self.groups.get(&key).is_some_and(|group| group.alerts.contains_key(&alert.labels));
        if !known {
            // An alert that ended before anyone heard of it is no news.
            if resolved {
                return true;
            }
            if self.alerts >= self.settings.capacity {
                return false;
            }
            self.alerts += 1;
        }
        let wait = self.settings.group_wait;
        let group = self.groups.entry(key).or_insert_with(|| Group::new(now + wait));
        if !group.has_looked && alert.starts_at + wait < now {
            group.next = group.next.min(now);
        }
        group.alerts.insert(alert.labels.clone(), alert);
        true
    }

    /// The notifications that are due. Each is to be answered by [`Grouping::delivered`].
    pub fn step(&mut self, now: Timestamp) -> Vec<Notification> {
        let settings = &self.settings;
        let mut due = Vec::new();
        for (labels, group) in &mut self.groups {
            if group.in_flight || group.next > now {
                continue;
            }
            group.next = now + settings.group_interval;
            group.has_looked = true;
            if let Some(alerts) = group.notify(settings, now) {
                group.in_flight = true;
                due.push(Notification {
                    receiver: settings.receiver.clone(),
                    group_labels: labels.clone(),
                    alerts,
                    at: now,
                });
            }
        }
        self.sweep();
        due
    }

    /// When the next group looks at itself.
    pub fn next(&self) -> Option<Timestamp> {
        self.groups.values().filter(|group| !group.in_flight).map(|group| group.next).min()
    }

    /// Hears whether a notification arrived. One that did not is tried again at the group's next look.
    pub fn delivered(&mut self, notification: &Notification, arrived: bool) {
        let Some(group) = self.groups.get_mut(&notification.group_labels) else {
            return;
        };
        group.in_flight = false;
        if arrived {
            group.remember(notification);
        }
        self.sweep();
    }

    fn group_labels(&self, labels: &Labels) -> Labels {
        let by = &self.settings.group_by;
        if by.iter().any(|name| name == "...") {
            return labels.clone();
        }
        labels.filtered(|name| by.iter().any(|wanted| wanted == name))
    }

    /// Forgets groups without alerts and counts those that are left.
    fn sweep(&mut self) {
        self.groups.retain(|_, group| group.in_flight || !group.alerts.is_empty());
        self.alerts = self.groups.values().map(|group| group.alerts.len()).sum();
    }
}

// === impl Group ===

impl Group {
    fn new(next: Timestamp) -> Group {
        Group { alerts: BTreeMap::new(), next, has_looked: false, in_flight: false, sent: None }
    }

    /// The alerts to send now, if there is a reason to.
    fn notify(&mut self, settings: &GroupSettings, now: Timestamp) -> Option<Vec<Alert>> {
        let is_new = |alert: &Alert, seen: fn(&Sent) -> &HashSet<Labels>| {
            self.sent.as_ref().is_none_or(|sent| !seen(sent).contains(&alert.labels))
        };
        let (resolved, firing): (Vec<&Alert>, Vec<&Alert>) =
            self.alerts.values().partition(|alert| alert.is_resolved(now));
        let was_firing = self.sent.as_ref().is_some_and(|sent| !sent.firing.is_empty());
        let repeat = self.sent.as_ref().is_some_and(|sent| sent.at + settings.repeat_interval <= now);
        let wanted = if firing.is_empty() {
            was_firing && settings.send_resolved
        } else {
            repeat
                || firing.iter().any(|alert| is_new(alert, |sent| &sent.firing))
                || (settings.send_resolved
                    && was_firing
                    && resolved.iter().any(|alert| is_new(alert, |sent| &sent.resolved)))
        };
        if !wanted {
            if firing.is_empty() || !settings.send_resolved {
                self.forget_resolved(now);
            }
            return None;
        }
        let shown = if settings.send_resolved { [firing, resolved].concat() } else { firing };
        let mut alerts: Vec<Alert> = shown.into_iter().cloned().collect();
        alerts.sort_by(|a, b| order(&a.labels, &b.labels));
        Some(alerts)
    }

    /// What ended and is not to be sent is done with; if it fires again, that is news.
    fn forget_resolved(&mut self, now: Timestamp) {
        let sent = &mut self.sent;
        self.alerts.retain(|labels, alert| {
            let resolved = alert.is_resolved(now);
            if resolved && let Some(sent) = sent {
                sent.firing.remove(labels);
            }
            !resolved
        });
    }

    fn remember(&mut self, notification: &Notification) {
        let at = notification.at;
        let labels = |resolved: bool| {
            let alerts = notification.alerts.iter().filter(move |alert| alert.is_resolved(at) == resolved);
            alerts.map(|alert| alert.labels.clone()).collect::<HashSet<Labels>>()
        };
        let sent = Sent { at, firing: labels(false), resolved: labels(true) };
        // Those that were resolved then and have not fired since are done with.
        self.alerts.retain(|labels, alert| !(sent.resolved.contains(labels) && alert.is_resolved(at)));
        self.sent = Some(sent);
    }
}

/// Alertmanager's order: by job, then by instance, then by all labels.
fn order(a: &Labels, b: &Labels) -> Ordering {
    for name in ["job", "instance"] {
        let order = match (a.find(name), b.find(name)) {
            (Some(a), Some(b)) => a.cmp(b),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        };
        if order != Ordering::Equal {
            return order;
        }
    }
    a.cmp(b)
}

#[cfg(test)]
mod tests;
