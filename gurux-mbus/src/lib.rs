//! M-Bus, wired and wireless, whole: telegrams, records, security, and conversations in all roles.
//!
//! This crate has no I/O: it turns octets into meaning and back, and says what to send and until when
//! to wait. Whoever owns the socket, the serial line or the receiver turns the crank
//! (`gurux_media::drive` does).
//!
//! # From a hex string to a measurement
//!
//! Frames and radio's check sums are `gurux-framing`'s, what drives a session is `gurux-media`'s: a
//! program names the ones it uses in its `Cargo.toml` beside `gurux-mbus`.
//!
//! A frame of a wired line begins with 68:
//!
//! ```
//! use gurux_mbus::wire::{Body, RecordItem, Records, Telegram};
//!
//! let frame = [
//!     0x68, 0x14, 0x14, 0x68, 0x08, 0x05, 0x72, 0x78, 0x56, 0x34, 0x12, 0x2D, 0x2C, 0x01, 0x04,
//!     0x2A, 0x00, 0x00, 0x00, 0x0B, 0x03, 0x45, 0x23, 0x01, 0x92, 0x16,
//! ];
//! let telegram = Telegram::from_wired(&frame)?;
//! assert_eq!(telegram.meter().map(|meter| meter.to_string()).as_deref(), Some("12345678 KAM 1 4"));
//! let Body::Records(payload) = telegram.body() else { panic!("something else") };
//! for item in Records::new(payload) {
//!     let RecordItem::Record(record) = item else { continue };
//!     assert_eq!(record.measurement().to_string(), "energy = 12345 Wh");
//! }
//! # Ok::<(), gurux_framing::WireError>(())
//! ```
//!
//! A radio telegram begins with its length. A receiver may leave the block check sums in or take them
//! off, and the payload may be sealed with a key:
//!
//! ```
//! # #[cfg(feature = "crypto")] {
//! use gurux_framing::wireless;
//! use gurux_mbus::security::{Key, Software, open};
//! use gurux_mbus::wire::{Body, RecordItem, Records, Telegram};
//!
//! let frame = [
//!     0x0F, 0x44, 0xAE, 0x0C, 0x78, 0x56, 0x34, 0x12, 0x01, 0x07, 0x78, 0x0B, 0x13, 0x43, 0x65, 0x87,
//! ];
//! let mut room = [0; 256];
//! let (_, telegram) = wireless::strip(&frame, &mut room)?;
//! let telegram = Telegram::from_wireless(telegram)?;
//! let keys = [Software::new(&Key::Aes([0x42; 16]))];
//! let mut room = [0; 300];
//! let opened = open(&telegram, &keys, &mut room)?;
//! assert!(opened.verdict.is_good());
//! let Body::Records(payload) = opened.telegram.body() else { panic!("something else") };
//! let Some(RecordItem::Record(record)) = Records::new(payload).next() else { panic!("no record") };
//! assert_eq!(record.measurement().to_string(), "volume = 876.543 m³");
//! # }
//! # Ok::<(), gurux_framing::WireError>(())
//! ```
//!
//! # The modules
//!
//! | module | is | needs |
//! |--------|----|-------|
//! | [`wire`] | telegrams: [`Telegram`] with its layers and its [`Body`], [`Records`], commands | |
//! | [`table`] | what codes mean, as rows | |
//! | [`value`] | what a record means: quantity, unit, exact value | |
//! | [`security`] | opens and seals telegrams; puts fragments together | |
//! | [`session`] | conversations: reader, search and meter of a wired line; receiver of radio | `alloc` |
//! | [`json`] | what a telegram says as JSON, a line each | `alloc` |
//!
//! # Which part to use
//!
//! - One captured frame: [`Telegram`], as above (`examples/decode_a_capture.rs`); or `gurux-ami decode`.
//! - Records that may hold a compact profile, many values in one: [`value::measurements`] of the payload.
//! - A meter on a line: [`session::Reader`] with a medium of `gurux-media` (`examples/read_meter.rs`).
//! - Who is on a line: [`session::Search`].
//! - To be a meter: [`session::Meter`] (`examples/be_a_meter.rs`).
//! - Meters in the air: [`session::Receiver`] with keys and learnt formats (`examples/listen.rs`).
//! - To build records: [`wire::RecordBuilder`], and [`security::seal`].
//! - No allocator: everything but [`session`] and [`json`]. Nothing there can panic; a program without operating
//!   system shows it.
//!
//! # Features
//!
//! | feature | gives |
//! |---------|-------|
//! | `std` (default) | `alloc`, and the standard library's error trait everywhere |
//! | `alloc` (default with `std`) | [`session`], values that own |
//! | `crypto` (default) | `security::Software`: the ciphers of RustCrypto behind [`security::Cipher`] |
//! | `des` | the two deprecated modes with DES |
//! | `serde` | addresses, settings and learnt formats as text |
//! | `small-tables` | check sum tables of 512 octets in place of 8 KiB |
//!
//! # Limits
//!
//! - What only a maker knows (CI A0 to B7, data behind DIF 0F, security modes of its own) is kept as
//!   octets.
//! - DLMS inside M-Bus is handed up whole; this crate does not know it.
//! - Mode 13 (TLS) is recognised and not opened; so is mode 4, which the standard has withdrawn.
//! - Dates and times of types K, L and M stay octets: no public text tells their layout, and no capture
//!   that we know has one. What the extended control field of the extended link layer V announces is not
//!   known either: all behind it stays sealed where it announces anything.
//! - A search by secondary address cannot call a meter alone whose number has a digit F
//!   ([`session::Ended::Complete`] says when it is missed); read it by its primary address.
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
