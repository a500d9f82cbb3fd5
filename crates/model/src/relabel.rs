//! Relabelling: rules that rewrite label sets.
