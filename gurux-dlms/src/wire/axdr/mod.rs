//! A-XDR: how every COSEM value is written.
//!
//! A value is a tag ([`DataType`]) and what belongs to it. Numbers are big-endian; texts and octets
//! have a length in front; arrays and structures a count, and then values with tags of their own.
//!
//! [`DataRef`] is a value in place: reading one proves all of it, nested values and all, and what is
//! in it then comes out without errors and without copies. For long profiles there is a way that
//! never looks ahead: [`Events`] gives one value after another in a single pass.
//!
//! ```
//! use gurux_dlms::wire::{DataRef, Events, Event};
//! use gurux_framing::{Wire, WireError};
//!
//! // Two rows of a counter and a status, the second row without a status.
//! let octets = [
//!     0x01, 2,
//!     0x02, 2, 0x06, 0, 0, 0x30, 0x39, 0x11, 8,
//!     0x02, 2, 0x06, 0, 0, 0x30, 0x3A, 0x00,
//! ];
//! let DataRef::Array(rows) = DataRef::from_bytes(&octets)? else { panic!() };
//! let counters: Vec<_> = rows
//!     .iter()
//!     .filter_map(|row| row.elements()?.iter().next()?.as_integer())
//!     .collect();
//! assert_eq!(counters, [12345, 12346]);
//!
//! // The same in one pass: a count of rows, then cell after cell.
//! let mut sum = 0;
//! for event in Events::new(&octets) {
//!     if let Event::Value(value) = event? {
//!         sum += value.as_integer().unwrap_or(0);
//!     }
//! }
//! assert_eq!(sum, 12345 + 8 + 12346);
//! # Ok::<(), WireError>(())
//! ```
//!
//! Source: IEC 62056-6-2 (common data types) and IEC 61334-6 (A-XDR), as known from public texts and
//! from captures of real meters.

mod compact_array;
mod data_ref;
mod date_time;
mod events;
pub(crate) mod length;
mod prove;
mod sequence;
mod tag;
#[cfg(test)]
mod tests;

pub use compact_array::{CompactArray, TypeDescription};
pub use data_ref::{BitString, DataRef};
pub use date_time::{CosemDate, CosemDateTime, CosemTime};
pub use events::{Event, Events};
pub use sequence::{Elements, Sequence};
pub use tag::DataType;

/// How deep arrays and structures may stand in each other. The deepest that are known, push object
/// lists, have five.
pub const MAX_DEPTH: usize = 32;

/// How many octets describe the type of a compact array at most. Place holders in it take no octets of
/// the contents, so that each of those may cost a walk over all of it.
pub const MAX_DESCRIPTION: usize = 1024;
