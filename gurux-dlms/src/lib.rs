//! DLMS/COSEM on the wire, in both directions: values that are read in place, without an allocator.
//!
//! ```
//! use gurux_dlms::wire::DataRef;
//! use gurux_framing::{Wire, WireError};
//!
//! // The load profile of a meter, as the attribute 2 of a profile generic holds it: one row.
//! let octets = [
//!     0x01, 0x01, 0x02, 0x03,
//!     0x19, 0x07, 0xE8, 0x02, 0x0B, 0x07, 0x10, 0x00, 0x00, 0xFF, 0xFF, 0xC4, 0x00,
//!     0x11, 0x08,
//!     0x06, 0x00, 0x13, 0x11, 0xC6,
//! ];
//! let profile = DataRef::from_bytes(&octets)?;
//! let row = profile.elements().and_then(|rows| rows.element(0)).expect("a row");
//! let [DataRef::DateTime(time), status, energy] = row.elements().expect("cells").iter().collect::<Vec<_>>()[..]
//! else { panic!() };
//! assert_eq!(time.to_string(), "2024-02-11T16:00:00+01:00");
//! assert_eq!((status.as_integer(), energy.as_integer()), (Some(8), Some(1_249_734)));
//!
//! // Whatever is read is written again, octet for octet.
//! let mut out = [0; 64];
//! let len = profile.emit_to_slice(&mut out)?;
//! assert_eq!(out[..len], octets);
//! # Ok::<(), WireError>(())
//! ```
//!
//! # The modules
//!
//! | module | is |
//! |--------|----|
//! | [`wire`] | every message, [`Apdu`](wire::Apdu); A-XDR: [`DataRef`](wire::DataRef), [`Events`](wire::Events), dates, compact arrays |
//! | [`carrier`] | what is around a message and what joins its pieces: LLC, wrapper, gateway, M-Bus |
//! | [`push`] | what the values of a pushed body are, by rules that a reader can extend |
//! | [`table`] | the object model: [classes](table::class), their attributes, types and methods; [names of OBIS codes](table::obis), and of errors |
//! | [`security`] | keys and ciphers; protected messages opened and sealed; challenges, key agreement, counters, certificates |
//! | [`session`] | conversations: `Client`, which reads any meter; [`session::link`], the HDLC data link, client and meter |
//! | [`value`] | what a value says in the words of every protocol; `Data`, a value that owns what is in it |
//! | [`xml`] | messages as XML by the standard's names, and back |
//!
//! HDLC frames, in which most of this travels, are `gurux_framing::hdlc`; the wrapper of TCP and UDP
//! is `gurux_framing::rules::wrapper`.
//!
//! # Features
//!
//! - `std` (default) brings `alloc`, which brings `value::Data`.
//! - `crypto` (default): ciphers, hashes and curves of the RustCrypto project; without it others plug in by
//!   traits.
//! - `serde`: codes as numbers.
//! - `small-tables`: small tables of check sums in gurux-framing.
//!
//! # Limits
//!
//! Conversations: the client's; a meter above the link is not here yet. Carriers that are not here:
//! S-FSK, PRIME, SMS and CoAP, of which there is no capture to hold a reader against. Compressed texts (V.44)
//! come out as they are. Certificates are read and checked one at a time, not asked for.
#![no_std]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

pub mod carrier;
pub mod push;
pub mod security;
pub mod session;
pub mod table;
pub mod value;
pub mod wire;
#[cfg(feature = "alloc")]
pub mod xml;

/// Runs the example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
