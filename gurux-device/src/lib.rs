//! `gurux-device`.
