//! Where a meter message begins and ends, what proves it, and when it is sent again.
//!
//! Meters speak over lines that deliver octets, not messages: late, in pieces, glued together,
//! behind noise. This crate is the layer between the two. It has no I/O, knows no clock, needs
//! neither `std` nor an allocator, and links no panicking code.
//!
//! ```
//! use gurux_framing::{Annotator, Deframe, Reader, Step, WireError, rule::RuleDeframer, rules};
//!
//! // What a serial port delivered: a rest of something, and half an answer.
//! let mut buffer = vec![0xFF, 0x00, 0x68, 0x07, 0x07, 0x68, 0x08, 0x01];
//! let mut deframer = RuleDeframer::new(rules::ft12::MBUS);
//!
//! // Octets that begin nothing are dropped out loud.
//! let Step::Skip { used, why } = deframer.deframe(&buffer) else { panic!() };
//! assert_eq!((used, why.to_string()), (2, "octet 0, start: the beginning of a frame is expected here".into()));
//! buffer.drain(..used);
//! assert_eq!(deframer.deframe(&buffer), Step::NeedMore { at_least: 13 });
//!
//! // The rest comes, and with it the next message.
//! buffer.extend([0x72, 0x12, 0x34, 0x56, 0x78, 0x8F, 0x16, 0xE5]);
//! let Step::Frame { frame, used } = deframer.deframe(&buffer) else { panic!() };
//! assert_eq!((frame.len(), used), (13, 13));
//!
//! // The frame is proven; the rule that cut it opens it, and a cursor reads what is in it.
//! let rule = &deframer.rules()[deframer.rule_index()];
//! let opened = rule.open(frame, &mut [])?;
//! let mut reader = Reader::new(opened.content);
//! assert_eq!((reader.u8("control")?, reader.u8("address")?), (0x08, 1));
//!
//! // The same rule builds a frame, and says what each octet of one is.
//! let mut out = [0; 32];
//! let len = rules::ft12::fixed(1).wrap(&[], &[0x5B, 0x01], &mut out)?;
//! assert_eq!(out[..len], [0x10, 0x5B, 0x01, 0x5C, 0x16]);
//! let mut annotator = Annotator::new(String::new(), frame);
//! rule.explain(frame, 0, &mut annotator)?;
//! let text = annotator.finish().expect("a String takes everything");
//! assert!(text.starts_with("0                                     frame of variable length\n"));
//! # Ok::<(), WireError>(())
//! ```
//!
//! # The parts
//!
//! | for | see |
//! | --- | --- |
//! | cutting a stream | [`Deframe`], [`Step`]; [`pieces`] for a whole capture |
//! | frames that data can describe | [`rule::FrameRule`], [`rule::RuleDeframer`]; [`rules`] has those of the known protocols; [`rule::Template`] is an original GXClient |
//! | frames that need code | [`rtu`], [`ascii`], [`mbap`], [`hdlc`], [`wireless`]; your own by implementing [`Deframe`] |
//! | chips of a radio, both ways | [`line_code`] |
//! | what receivers of wireless M-Bus hand on | [`receiver`] |
//! | check sums | [`checksum`] |
//! | asking again, time-outs, late replies | [`transaction`] |
//! | reading and writing what is in a frame | [`Wire`], [`Reader`], [`Sink`], [`wire_code!`], and the laws that each type keeps: [`wire_laws!`] |
//! | saying what each octet is | [`Visit`]; [`Annotator`] prints, `Tree` keeps |
//! | what is wrong, and where | [`WireError`] |
//!
//! Most users meet this crate through a protocol's session and touch [`WireError`] alone. Who adds a
//! protocol writes a [`rule::FrameRule`] and its messages as [`Wire`] types.
//!
//! # Features
//!
//! - `std` (default): the standard library for the dependencies; brings `alloc`.
//! - `alloc` (default): `Tree`, boxed deframers, `bytes` and `Vec` as [`Sink`]s.
//! - `serde`: rules, templates, check sums and policies are stored in files.
//! - `small-tables`: 512 octets instead of 8 KiB for each check sum table.
//!
//! # Limits
//!
//! - Line codes begin at chips: the carrier, the clock, and which frequency is which are the radio's.
//! - A rule holds up to four start markers, end markers and literals of up to 16 octets, and two
//!   accepted check sums of up to 32 bits.
//! - IEC 62056-21 on a line that delivers eight bits: the parity bit is taken off before.
#![no_std]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(test)]
extern crate std;

mod annotate;
pub mod ascii;
pub mod checksum;
mod code;
mod deframe;
mod direction;
mod error;
mod explain;
pub mod hdlc;
pub mod laws;
pub mod line_code;
pub mod mbap;
mod reader;
pub mod receiver;
pub mod rtu;
pub mod rule;
pub mod rules;
mod sink;
pub mod transaction;
#[cfg(feature = "alloc")]
mod tree;
mod wire;
pub mod wireless;

#[cfg(feature = "alloc")]
pub use bytes;
pub use nom;

pub use annotate::Annotator;
pub use deframe::{Deframe, Piece, Pieces, Step, pieces};
pub use direction::Direction;
pub use error::{WireError, WireErrorKind};
pub use explain::{Shown, Visit};
pub use reader::{Behind, Reader};
pub use sink::{Sink, SliceSink};
#[cfg(feature = "alloc")]
pub use tree::{Node, Tree, TreeValue};
pub use wire::{Fault, Parsed, Wire};

/// The examples of the README run too.
#[cfg(all(doctest, feature = "std"))]
#[doc = include_str!("../README.md")]
struct Readme;
