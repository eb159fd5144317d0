//! The words that every meter protocol hands up: numbers that stay exact, units, OBIS codes, dates
//! that may be known in part, and how far all of it can be trusted.
//!
//! DLMS/COSEM, M-Bus and Modbus meters say the same things in different octets. This crate is what
//! they have in common, so that whoever stores, converts or shows a reading need not know where it
//! came from. It has no I/O, needs neither `std` nor an allocator, and links no panicking code.
//!
//! ```
//! use gurux_value::{DateTime, Decimal, Measurement, Obis, Quality, Quantity, Unit, Value};
//!
//! # fn main() -> Result<(), gurux_value::Error> {
//! // A meter sent the register 1-0:1.8.0*255 as the integer 123450 with scaler 1 and unit 30.
//! let obis: Obis = "1.8.0".parse()?;
//! let value = Decimal::from(123_450).scaled(1).expect("a scaler of an octet fits");
//! let unit = Unit::from_dlms(30).expect("30 is the watt-hour");
//! let time: DateTime = "2024-02-11T16:00:00+01:00".parse()?;
//!
//! let reading = Measurement::new(Quantity::from_obis(obis).unwrap_or(Quantity::ENERGY))
//!     .with_obis(obis)
//!     .with_value(value, unit)
//!     .with_time(time)
//!     .with_quality(Quality::ESTIMATED);
//! assert_eq!(
//!     reading.to_string(),
//!     "energy.active.import.total 1-0:1.8.0*255 = 1234500 Wh at 2024-02-11T16:00:00+01:00 \
//!      (estimated)"
//! );
//!
//! // A report wants kilowatt-hours, and megajoules: both are exact.
//! let number = reading.value.as_ref().and_then(Value::as_decimal).expect("a number");
//! assert_eq!(unit.convert(number, Unit::KILOWATT_HOUR)?.to_string(), "1234.50");
//! assert_eq!(unit.convert(number, Unit::MEGAJOULE)?.to_string(), "4444.200");
//!
//! // Hours from seconds have no end as a decimal: the caller says how far.
//! let hours = Unit::SECOND.convert_rounded(Decimal::from(100), Unit::HOUR, -3)?;
//! assert_eq!(hours.to_string(), "0.028");
//!
//! // What cannot be is an error in a sentence.
//! let refusal = unit.convert(number, Unit::KILOVAR_HOUR).unwrap_err();
//! assert_eq!(
//!     refusal.to_string(),
//!     "Wh does not convert to kvarh: one measures energy, the other reactive energy"
//! );
//! # Ok(())
//! # }
//! ```
//!
//! # The types
//!
//! | type | is |
//! |------|----|
//! | [`Measurement`] | one quantity with its value, unit, time, storage, tariff, subunit and quality |
//! | [`Quantity`] | what is measured, an open dotted word; [`KnownQuantity`] what is known of it |
//! | [`Obis`] | the same as a code of six numbers |
//! | [`Value`] | a number, a state, flags, a text, octets, a date |
//! | [`Decimal`] | an integer and a power of ten |
//! | [`Unit`] | a unit with its prefix; [`Dimension`] what it measures |
//! | [`DateTime`] | any part of a date and time, with offset and [`ClockStatus`] |
//! | [`Quality`] | remarks on a value; none is "good" |
//! | [`Text`], [`Octets`] | borrowed, or owned with `alloc` |
//! | [`Error`] | a [`ParseError`] or a [`ConvertError`] |
//!
//! Each type prints as people read it and reads what it prints.
//!
//! # Features
//!
//! - `std` (default): `std::error::Error` through `thiserror`; includes `alloc`.
//! - `alloc` (default): values that own (`into_owned`).
//! - `serde`: each type is its text (`"123.45"`,
//!   `"m³/h"`, `"1-0:1.8.0*255"`); a [`Measurement`] is a map with the names of its fields, `value`
//!   as exact text, `null` where there is none. To it come `kind` (of a value that is no decimal),
//!   `label` and `clock` (what the meter said of its clock), where there is something to say.
//!   Reading a text, a value or a measurement needs `alloc`.
//!
//! # Limits
//!
//! Local currencies, months and levels in decibel do not convert. A value in °C or K is a point on
//! the scale, not a difference. There is no time zone data: an offset is what the meter stated.

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
mod quantity;
#[cfg(feature = "serde")]
mod serde;
mod text;
mod unit;
mod value;

pub use datetime::{ClockStatus, DateTime, Day, Month, Weekday};
pub use decimal::Decimal;
pub use error::{ConvertError, Error, ParseError};
pub use measurement::{Function, Measurement};
pub use obis::Obis;
pub use quality::Quality;
pub use quantity::{KnownQuantity, Quantity};
pub use text::{Octets, Text};
pub use unit::{Dimension, Unit};
pub use value::Value;

/// Runs the example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
