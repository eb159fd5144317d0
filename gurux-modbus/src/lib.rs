//! `gurux-modbus`.
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
#[cfg(feature = "alloc")]
pub mod plan;
pub mod value;

pub use address::{Address, AddressError, Table};
