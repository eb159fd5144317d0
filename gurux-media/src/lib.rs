//! Byte channels to meters, after IGXMedia.
//!
//! Without features this crate is a contract without I/O: [`Instant`], [`LineSettings`], the
//! [`Session`] verbs and the [`Media`] trait.
#![no_std]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

#[cfg(feature = "std")]
extern crate std;

mod error;
mod line;
mod media;
#[cfg(feature = "alloc")]
mod session;
mod time;

#[cfg(feature = "alloc")]
pub use bytes;

pub use error::MediaError;
pub use line::{FlowControl, LineSettings, LineSettingsError, Parity, Rs485};
pub use media::{Media, MediaState};
#[cfg(feature = "alloc")]
pub use session::{Session, Transmit};
pub use time::Instant;
