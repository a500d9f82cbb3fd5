//! HTTP: Prometheus API v1, federation, dashboards, web assets.
