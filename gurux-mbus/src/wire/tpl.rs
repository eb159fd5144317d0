//! The transport layer: the header behind a CI field.
