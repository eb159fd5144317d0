//! `gurux-value`.
