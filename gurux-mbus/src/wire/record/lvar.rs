//! Data of variable length.
