//! The store: head, WAL, segments, retention; files behind Directory.
