//! Go text/template: parse and execute; functions supplied by the caller.
