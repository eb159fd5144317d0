//! `gurux-value`.
#![no_std]
#[cfg(any(feature = "alloc", test))]
extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

mod datetime;
mod decimal;
mod error;
mod line;
mod obis;
mod quality;
mod text;
pub mod unit;

pub use datetime::{ClockStatus, DateTime, Day, Month, Weekday};
pub use decimal::Decimal;
pub use error::{ConvertError, Error, ParseError};
pub use obis::Obis;
pub use quality::Quality;
pub use text::{Octets, Text};
pub use unit::{Dimension, Unit};
