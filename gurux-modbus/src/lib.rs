//! `gurux-modbus`.
#![no_std]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

#[cfg(any(feature = "std", test))]
extern crate std;

#[macro_use]
mod text;

mod address;
pub mod value;

pub use address::{Address, AddressError, Table};
