//! Alerts to Alertmanagers and webhook receivers: queues, batches, resend, grouping.
