//! Byte channels to meters, after IGXMedia.
//!
//! Without features this crate is a contract without I/O: [`Instant`], [`LineSettings`], the
//! [`Session`] verbs and the [`Media`] trait.
#![no_std]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

#[cfg(feature = "channel")]
mod channel;
#[cfg(feature = "std")]
pub mod clock;
#[cfg(feature = "alloc")]
pub mod drive;
mod error;
#[cfg(feature = "std")]
mod failover;
#[cfg(feature = "std")]
mod faults;
#[cfg(feature = "std")]
mod faulty;
mod line;
mod media;
#[cfg(feature = "std")]
mod open;
#[cfg(feature = "pair")]
pub mod pair;
#[cfg(any(feature = "serial", feature = "pty"))]
mod parity;
#[cfg(all(unix, feature = "pty"))]
pub mod pty;
#[cfg(feature = "replay")]
pub mod replay;
#[cfg(feature = "serial")]
pub mod serial;
#[cfg(any(feature = "tcp", feature = "udp", feature = "tokio"))]
pub mod serve;
#[cfg(feature = "alloc")]
mod session;
#[cfg(feature = "std")]
pub mod settings;
#[cfg(feature = "tcp")]
pub mod tcp;
mod time;
#[cfg(feature = "std")]
mod trace;
#[cfg(feature = "std")]
mod traced;
#[cfg(feature = "udp")]
pub mod udp;
#[cfg(any(feature = "tcp", feature = "udp", feature = "pty"))]
mod wait;

#[cfg(feature = "alloc")]
pub use bytes;

#[cfg(feature = "channel")]
pub use channel::{Channel, ChannelEvent, ReceiveParameters, Received};
#[cfg(feature = "alloc")]
pub use drive::{Driven, Driver};
pub use error::MediaError;
#[cfg(feature = "std")]
pub use failover::Failover;
#[cfg(feature = "std")]
pub use faults::Faults;
#[cfg(feature = "std")]
pub use faulty::Faulty;
pub use line::{FlowControl, LineSettings, LineSettingsError, Parity, Rs485};
pub use media::{Media, MediaState};
#[cfg(feature = "std")]
pub use open::{new_media, open_media};
#[cfg(feature = "alloc")]
pub use session::{Session, Transmit};
#[cfg(feature = "std")]
pub use settings::MediaSettings;
pub use time::Instant;
#[cfg(feature = "std")]
pub use trace::{Trace, TraceKind, TraceLevel};
#[cfg(feature = "std")]
pub use traced::Traced;
