//! Line codes of wireless M-Bus: how the octets of a frame become the chips that a transmitter sends,
//! and back.
//!
//! A chip is the shortest thing on the air, one of two frequencies. A transmission is a preamble of
//! chips in turn, a synchronisation word, the frame of [`wireless`](crate::wireless) in a code, and in
//! some modes a few more chips in turn:
//!
//! | code | chips for an octet | used by |
//! | --- | --- | --- |
//! | [`Manchester`](LineCode::Manchester) | 16: 10 for each 0, 01 for each 1 | S, R, and T towards the meter |
//! | [`ThreeOfSix`](LineCode::ThreeOfSix) | 12: six, of which three are 1, for each half | T from the meter |
//! | [`Nrz`](LineCode::Nrz) | 8: the bits themselves | C, N, F |
//!
//! [`Line`] says all that belongs to a mode, a direction and a frame format. It makes chips of a frame
//! ([`emit`](Line::emit)); [`Catcher`] finds the synchronisation word in any stream of chips, at any
//! place, and gives the frame:
//!
//! ```
//! use gurux_framing::line_code::{Catch, Catcher, Chips, Line};
//! use gurux_framing::wireless::FrameFormat;
//!
//! let telegram = [0x0A, 0x44, 0xAE, 0x0C, 0x78, 0x56, 0x34, 0x12, 0x01, 0x07, 0x78];
//! let mut frame = [0; 290];
//! let frame_len = FrameFormat::A.wrap(&telegram, &mut frame)?;
//!
//! let mut sent = [0; 600];
//! let chips = Line::T.emit(&frame[..frame_len], &mut sent)?;
//!
//! // A receiver of modes T and C, which are sent on one channel.
//! let catcher = Catcher::new(Line::T_AND_C);
//! let mut room = [0; 290];
//! let Catch::Frame { frame: caught, line, .. } = catcher.catch(Chips::new(&sent, chips), &mut room)
//! else { panic!() };
//! assert_eq!((caught, line.name), (&frame[..frame_len], "T, from the meter"));
//! # Ok::<(), gurux_framing::WireError>(())
//! ```
//!
//! What is not here: the carrier, the clock, and chips that are turned over because a receiver took one
//! frequency for the other.

mod catcher;
mod chips;
mod code;
mod line;
mod mode;
#[cfg(test)]
mod tests;

pub use catcher::{Catch, Catcher};
pub use chips::{ChipSink, Chips};
pub use code::LineCode;
pub use line::{Line, SyncWord, Way};
pub use mode::LinkMode;
