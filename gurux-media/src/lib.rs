//! `gurux-media`.
