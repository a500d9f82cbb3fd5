//! Exposition text: Prometheus 0.0.4 and 1.0.0, OpenMetrics 1.0.
