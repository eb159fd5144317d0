//! Frames of wireless M-Bus: a telegram in blocks, each with a check sum of its own.
//!
//! A telegram begins with the length octet L, which counts the octets behind it, and nine octets of
//! the link layer: control, manufacturer, address. On the air it is cut into blocks, each followed by
//! a CRC-16/EN-13757, the high octet first:
//!
//! | format | blocks | L counts |
//! | --- | --- | --- |
//! | [`A`](FrameFormat::A) | the first 10 octets, then 16 each, the last may be shorter | no check sum |
//! | [`B`](FrameFormat::B) | the first 126 octets, or fewer if that is all; then the rest | the one or two check sums |
//! | [`NoCrc`](FrameFormat::NoCrc) | the telegram as it is | no check sum |
//!
//! Most receivers test the check sums and take them off, some leave them in, and none says which it
//! did. L fits all three, so [`detect`] tests the sums. [`strip`](FrameFormat::strip) proves the blocks
//! and gives the telegram without their sums, [`wrap`](FrameFormat::wrap) makes a frame of one:
//!
//! ```
//! use gurux_framing::wireless::{FrameFormat, detect};
//!
//! let frame = [
//!     0x0E, 0x44, 0xAE, 0x0C, 0x78, 0x56, 0x34, 0x12, 0x01, 0x07, 0x7F, 0xD4, // block 1, CRC
//!     0x78, 0x0B, 0x13, 0x43, 0x65, 0xD9, 0x47, // block 2, CRC
//!     0x51, // what the receiver says of the signal
//! ];
//! assert_eq!(detect(&frame), Some(FrameFormat::A));
//!
//! let mut room = [0; 256];
//! let telegram = FrameFormat::A.strip(&frame, &mut room)?;
//! assert_eq!(telegram[10..], [0x78, 0x0B, 0x13, 0x43, 0x65]);
//!
//! let mut out = [0; 290];
//! let len = FrameFormat::A.wrap(telegram, &mut out)?;
//! assert_eq!(out[..len], frame[..19]);
//! # Ok::<(), gurux_framing::WireError>(())
//! ```
//!
//! [`strip`] does both in one go. Where a later block is spoilt and the first is not, [`salvage`](FrameFormat::salvage) still tells
//! who sent it. [`Wireless`] cuts frames out of a stream of octets.
//!
//! Source: `observed:` the block lengths, the sums and what L counts agree with captures of both
//! formats published by rmja/wmbus and maebli/m-bus-parser, and with the OMS example that Kaden
//! published.

mod blocks;
mod deframer;
mod format;
#[cfg(test)]
mod tests;

pub use deframer::{Wireless, is_control};
pub use format::{FrameFormat, Salvaged, detect, strip};

/// The longest frame: 256 octets of telegram in 17 blocks of format A.
pub const MAX_LEN: usize = 290;

/// The longest telegram without check sums.
pub const MAX_TELEGRAM_LEN: usize = 256;

/// The least that L says: the link layer without anything in it.
pub const MIN_LENGTH: u8 = 9;
