//! Rule groups, recording and alerting rules, alert states, dead selectors.
