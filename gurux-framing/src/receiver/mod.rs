//! What receivers of wireless M-Bus hand on over their serial port: a telegram, wrapped in what each
//! maker thought fit.
//!
//! | type | receiver | form |
//! | --- | --- | --- |
//! | [`RtlWmbus`] | the program rtl_wmbus | a line: mode, verdicts, time, strength, telegram without CRCs |
//! | [`Cul`] | CUL and its kin with culfw | a line: `b`, telegram with CRCs, perhaps quality and strength |
//! | [`Im871a`] | IMST iM871A | A5, control, message, length, telegram without L, what control says |
//! | [`Amb8465`] | Amber (Würth) AMB8465 and its kin in command mode | FF, command, length, telegram without L, strength, check |
//! | [`HexLines`] | logs | a line of hexadecimal digits |
//! | [`Wireless`] | any in transparent mode | the telegram alone |
//! | [`Detecting`] | any of these | found by the first telegram |
//!
//! Each is a deframer, and [`Receiver::open`] tells of what it cut all that the receiver said, with the
//! telegram put together as it was on the air: from its L octet on, with or without CRCs.
//!
//! ```
//! use gurux_framing::receiver::{Receiver, RtlWmbus};
//! use gurux_framing::line_code::LinkMode;
//! use gurux_framing::{Deframe, Step};
//!
//! let line = b"T1;1;1;2024-02-11 16:00:00.000;97;148;12345678;0x0e44ae0c7856341201077813436521\n";
//! let mut receiver = RtlWmbus::new();
//! let Step::Frame { frame, .. } = receiver.deframe(line) else { panic!() };
//!
//! let mut room = [0; 290];
//! let reception = receiver.open(frame, &mut room)?;
//! assert_eq!((reception.mode, reception.crc_ok), (Some(LinkMode::T), Some(true)));
//! assert_eq!(reception.telegram(&mut [0; 256])?[..4], [0x0E, 0x44, 0xAE, 0x0C]);
//! # Ok::<(), gurux_framing::WireError>(())
//! ```

mod amb8465;
mod binary;
mod cul;
mod detecting;
mod hex;
mod im871a;
mod lines;
mod rtl_wmbus;

pub use amb8465::Amb8465;
pub use cul::Cul;
pub use detecting::Detecting;
pub use hex::HexLines;
pub use im871a::Im871a;
pub use rtl_wmbus::RtlWmbus;

use crate::line_code::LinkMode;
use crate::wireless::{self, FrameFormat, Wireless, detect};
use crate::{Deframe, WireError};

/// Octets that a telegram of any format takes, with the two that a receiver may write behind it.
pub const ROOM_LEN: usize = wireless::MAX_LEN + 2;

/// A receiver's form of handing on telegrams.
pub trait Receiver: Deframe {
    /// Takes apart what [`deframe`](Deframe::deframe) cut. `room` takes the octets of the telegram;
    /// [`ROOM_LEN`] octets are enough.
    ///
    /// # Errors
    /// Those of octets that are no reception: an answer of the receiver to a command, another line.
    fn open<'a>(&self, frame: &'a [u8], room: &'a mut [u8]) -> Result<Reception<'a>, WireError>;
}

/// A telegram, and what the receiver said of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reception<'a> {
    /// The telegram from its L octet on, as far as L says or as far as it was there.
    pub octets: &'a [u8],
    /// How the CRCs stand in it, told by testing them.
    pub format: FrameFormat,
    /// Are all CRCs good? As the receiver says, where it took them off; nothing where it does not say.
    pub crc_ok: Option<bool>,
    /// By which mode it came, where the receiver says so.
    pub mode: Option<LinkMode>,
    /// How strong the signal was, where the receiver says so.
    pub rssi: Option<Rssi>,
    /// When it came, where the receiver says so.
    pub time: Option<Time<'a>>,
}

impl Reception<'_> {
    /// Writes the telegram without CRCs to the front of `out`.
    ///
    /// # Errors
    /// Those of [`FrameFormat::strip`]: a CRC that does not fit, a telegram that was cut short.
    pub fn telegram<'o>(&self, out: &'o mut [u8]) -> Result<&'o [u8], WireError> {
        self.format.strip(self.octets, out)
    }

    /// Writes the good blocks of a telegram that may be spoilt to the front of `out`.
    ///
    /// # Errors
    /// Those of [`FrameFormat::salvage`].
    pub fn salvage<'o>(&self, out: &'o mut [u8]) -> Result<wireless::Salvaged<'o>, WireError> {
        self.format.salvage(self.octets, out)
    }
}

/// The strength of a signal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rssi {
    /// The number that the receiver gives.
    pub raw: u16,
    /// The same in dBm, rounded down, where it is known what the number means.
    pub dbm: Option<i16>,
}

impl Rssi {
    /// The number of a chip of the CC1101 family: half decibels, two's complement, 74 above dBm
    /// (Amber AMB8426-M manual V2.4, 7.9).
    const fn of_cc1101(raw: u8) -> Self {
        let dbm = (raw.cast_signed() as i16 >> 1).wrapping_sub(74);
        Self { raw: raw as u16, dbm: Some(dbm) }
    }
}

/// When a telegram came, as the receiver says it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Time<'a> {
    /// A text: `2024-02-11 16:00:00.000`, in the time zone of the receiver.
    Text(&'a str),
    /// The count of a clock that somebody may have set.
    Count(u32),
}

/// A telegram of which it is not known how its CRCs stand in it, with what may follow it.
struct Found<'a> {
    octets: &'a [u8],
    format: FrameFormat,
    behind: &'a [u8],
    crc_ok: Option<bool>,
}

/// Tests the CRCs. What follows the end that L says is no part of the telegram.
fn tested(octets: &[u8]) -> Found<'_> {
    let format = detect(octets).unwrap_or(FrameFormat::NoCrc);
    let len = octets.first().and_then(|&length| format.frame_len(length)).unwrap_or(octets.len());
    let (octets, behind) = octets.split_at_checked(len).unwrap_or((octets, &[]));
    let crc_ok = match format {
        FrameFormat::NoCrc => None,
        format => Some(format.check(octets).is_ok()),
    };
    Found { octets, format, behind, crc_ok }
}

/// A receiver in transparent mode: nothing is around the telegram.
impl Receiver for Wireless {
    fn open<'a>(&self, frame: &'a [u8], _: &'a mut [u8]) -> Result<Reception<'a>, WireError> {
        let Found { octets, format, crc_ok, .. } = tested(frame);
        Ok(Reception { octets, format, crc_ok, mode: None, rssi: None, time: None })
    }
}
