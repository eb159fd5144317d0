//! Tables of the standard, with the functions that look things up in them.

pub mod class;
pub mod obis;
pub mod service_error;
