//! Rules of protocols whose frames need no code: one file for each, plain data.
//!
//! | file | frames |
//! | --- | --- |
//! | [`c12_18`] | ANSI C12.18 packets |
//! | [`dlt645`] | DL/T 645 |
//! | [`ft12`] | FT1.2: wired M-Bus, IEC 60870-5-102 |
//! | [`iec62056_21`] | IEC 62056-21, all message forms, by phase |
//! | [`mbap`] | Modbus TCP |
//! | [`p1`] | DSMR P1 telegrams |
//! | [`sml`] | SML transport, version 1 |
//! | [`wrapper`] | DLMS over TCP and UDP |
//!
//! ```
//! use gurux_framing::rule::RuleDeframer;
//! use gurux_framing::{Deframe, Step, rules};
//!
//! let mut deframer = RuleDeframer::new(rules::dlt645::RULES);
//! let buffer = [
//!     0xFE, 0xFE, 0xFE, 0xFE, 0x68, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0x68, 0x13, 0x00, 0xDF,
//!     0x16,
//! ];
//! let Step::Frame { frame, used } = deframer.deframe(&buffer) else { panic!() };
//! assert_eq!((frame.len(), used), (12, 16));
//! let mut room = [0; 16];
//! let opened = rules::dlt645::FRAME.open(frame, &mut room)?;
//! assert_eq!(opened.head.as_slice(), [0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0x13]);
//! assert_eq!(opened.content, []);
//! # Ok::<(), gurux_framing::WireError>(())
//! ```

pub mod c12_18;
pub mod dlt645;
pub mod ft12;
pub mod iec62056_21;
pub mod mbap;
pub mod p1;
pub mod sml;
pub mod wrapper;
