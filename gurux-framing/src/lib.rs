//! `gurux-framing`.
