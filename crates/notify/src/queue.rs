//! What waits for one Alertmanager: bounded, and the oldest goes first when it is full.

use std::collections::VecDeque;

use model::Alert;

/// Alerts in the order in which they came.
#[derive(Debug)]
pub struct AlertQueue {
    alerts: VecDeque<Alert>,
    capacity: usize,
}

impl AlertQueue {
    /// An empty queue for so many alerts.
    pub fn new(capacity: usize) -> AlertQueue {
        AlertQueue { alerts: VecDeque::new(), capacity }
    }

    /// Adds alerts; says how many old ones had to go.
    pub fn push(&mut self, alerts: impl IntoIterator<Item = Alert>) -> usize {
        let mut dropped = 0;
        for alert in alerts {
            if self.alerts.len() >= self.capacity {
                self.alerts.pop_front();
                dropped += 1;
            }
            self.alerts.push_back(alert);
        }
        dropped
    }

    /// Takes the oldest, at most so many.
    pub fn take(&mut self, most: usize) -> Vec<Alert> {
        let count = most.min(self.alerts.len());
        self.alerts.drain(..count).collect()
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.alerts.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.alerts.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use model::{Labels, Timestamp};

    use super::*;

    fn alert(name: &str) -> Alert {
        Alert {
            labels: Labels::from_pairs([("alertname", name)]),
            annotations: Labels::empty(),
            starts_at: Timestamp(0),
            ends_at: Timestamp(1),
            generator_url: String::new(),
        }
    }

    fn names(alerts: &[Alert]) -> Vec<&str> {
        alerts.iter().map(|alert| alert.labels.get("alertname")).collect()
    }

    #[test]
    fn the_oldest_go_when_it_is_full() {
        let mut queue = AlertQueue::new(3);
        assert_eq!(queue.push([alert("a"), alert("b")]), 0);
        assert_eq!(queue.push([alert("c"), alert("d"), alert("e")]), 2);
        assert_eq!(names(&queue.take(2)), ["c", "d"]);
        assert_eq!(names(&queue.take(2)), ["e"]);
        assert!(queue.is_empty());
        assert_eq!(queue.push((0..10).map(|i| alert(&i.to_string()))), 7);
        assert_eq!(names(&queue.take(9)), ["7", "8", "9"]);
    }
}
