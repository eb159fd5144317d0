//! Meters as XML profiles.
#![forbid(unsafe_code)]
pub mod profile;
