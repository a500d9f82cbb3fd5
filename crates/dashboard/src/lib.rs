//! Grafana JSON: parse, migrate, variables, panel queries.
