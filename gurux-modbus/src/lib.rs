//! Modbus, whole: every public function in both directions, over RTU, ASCII and TCP.
#![no_std]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

#[macro_use]
mod text;

mod address;
mod error;
#[cfg(feature = "alloc")]
pub mod plan;
#[cfg(feature = "alloc")]
pub mod session;
pub mod sunspec;
pub mod value;
pub mod wire;

pub use address::{Address, AddressError, Table};
pub use error::Error;

/// Runs the example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
