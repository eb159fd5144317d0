//! M-Bus, wired and wireless, whole: telegrams, records, security, and conversations in all roles.
#![no_std]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

#[macro_use]
mod text;

mod error;
#[cfg(feature = "alloc")]
pub mod json;
pub mod security;
#[cfg(feature = "alloc")]
pub mod session;
pub mod table;
pub mod value;
pub mod wire;

pub use error::Error;
pub use wire::{Body, MeterAddress, Records, Telegram};
