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
//! # From a meter's port to measurements
//!
//! What a meter pushes to the port of its customer is a frame of HDLC, an LLC, mostly a protected
//! message, and in that a data-notification. Each layer is one step, and each can be taken alone:
//!
//! ```
//! use gurux_dlms::carrier::Llc;
//! use gurux_dlms::push::{LAYOUTS, PushValues};
//! use gurux_dlms::security::{Keyring, Policy, Provider, Software, open};
//! use gurux_dlms::wire::{DataNotification, Unread};
//! use gurux_framing::{Wire, hdlc::HdlcFrame};
//!
//! # let capture = [
//! #     0x7E, 0xA0, 0x8B, 0x21, 0x03, 0x13, 0x5D, 0x99, 0xE6, 0xE7, 0x00, 0xDB, 0x08, 0x4D,
//! #     0x4D, 0x4D, 0x00, 0x00, 0x00, 0x00, 0x01, 0x74, 0x30, 0x00, 0x00, 0x00, 0x07, 0xD3,
//! #     0xB0, 0xB8, 0x29, 0x5F, 0x76, 0xBA, 0x64, 0xB0, 0x7C, 0x46, 0xDC, 0x6A, 0xBD, 0x10,
//! #     0x04, 0xCE, 0xFE, 0x78, 0x6E, 0xC9, 0x21, 0xB6, 0x49, 0x74, 0x47, 0x93, 0x26, 0x32,
//! #     0xC9, 0xDE, 0x58, 0x1E, 0x4D, 0xDA, 0xB0, 0xFD, 0xA7, 0x20, 0xA4, 0xEA, 0xE4, 0x53,
//! #     0xB8, 0xC8, 0xD5, 0xD6, 0x3D, 0x2D, 0x1B, 0x3A, 0x52, 0x69, 0x24, 0x1B, 0xFB, 0x0C,
//! #     0xBB, 0x83, 0xA8, 0xEE, 0xD4, 0x20, 0x3D, 0x9C, 0x24, 0xFC, 0x6B, 0xC7, 0x91, 0x25,
//! #     0xD5, 0x0A, 0x13, 0xB8, 0xE2, 0x28, 0x1B, 0x89, 0x85, 0x96, 0x6C, 0xFB, 0x24, 0x73,
//! #     0x9B, 0x38, 0x2F, 0xCB, 0x70, 0x6E, 0x2C, 0x82, 0x1E, 0xD7, 0x66, 0x83, 0xFC, 0x39,
//! #     0xF7, 0x02, 0x7C, 0xCF, 0x0B, 0x0B, 0x88, 0x8F, 0x3D, 0xE6, 0x46, 0x33, 0xF9, 0x05,
//! #     0x7E,
//! # ];
//! // A frame from a customer's port, and the keys that the operator gave for the meter.
//! let keys = Keyring::new(Software.cipher(&"000102030405060708090A0B0C0D0E0F".parse()?)?)
//!     .with_authentication("D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF".parse()?);
//! let frame = HdlcFrame::from_bytes(&capture)?;
//! let mut message = Llc::strip(frame.information()).1.to_vec();
//! let opened = open(&mut message, None, &keys, Policy::Verified)?;
//! let push = DataNotification::<Unread>::from_bytes(opened.text)?;
//! let mut lines = Vec::new();
//! for value in PushValues::from_octets(push.notification_body.0, LAYOUTS)? {
//!     let measurement = value.measurement();
//!     let (obis, value) = (measurement.obis.unwrap(), measurement.value.unwrap());
//!     let unit = measurement.unit.map(|unit| unit.to_string()).unwrap_or_default();
//!     lines.push(format!("{obis} {value} {unit}"));
//! }
//! assert_eq!(lines[1..], ["1-0:1.8.0*255 12497500 Wh", "1-0:32.7.0*255 236.4 V", "1-0:31.7.0*255 -0.05 A"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Of many frames in a stream, [`Hdlc`](gurux_framing::hdlc::Hdlc) finds each; a message in several
//! segments or blocks is joined by an [`Assembly`](carrier::Assembly). What a maker's list says that the
//! push itself does not is a [`Layout`](push::Layout), and [`PushValues`](push::PushValues) takes yours
//! beside those that are known. `gurux-ami decode` does all of this from the command line.
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
//! Carriers that are not here: S-FSK, PRIME, SMS and CoAP, of which there is no capture to hold a reader
//! against. Compressed texts (V.44)
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
