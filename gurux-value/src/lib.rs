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
mod measurement;
mod obis;
mod quality;
pub mod quantity;
mod text;
pub mod unit;
mod value;

pub use datetime::{ClockStatus, DateTime, Day, Month, Weekday};
pub use decimal::Decimal;
pub use error::{ConvertError, Error, ParseError};
pub use measurement::{Function, Measurement};
pub use obis::Obis;
pub use quality::Quality;
pub use quantity::Quantity;
pub use text::{Octets, Text};
pub use unit::{Dimension, Unit};
pub use value::Value;
