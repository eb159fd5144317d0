//! What a meter says of its clock.

use core::fmt;
use core::str::FromStr;

use crate::error::ParseError;

/// The clock status of DLMS (IEC 62056-6-2, date-time, twelfth octet); M-Bus has two of its bits.
///
/// | bit | meaning |
/// |-----|---------|
/// | 0x01 | the time is invalid: it could not be recovered after the supply failed |
/// | 0x02 | the time is doubtful: it was recovered, how well is not known |
/// | 0x04 | another base than the clock's own was used |
/// | 0x08 | this status itself is invalid |
/// | 0x80 | daylight saving is active |
///
/// No bit set means that nothing is said against the clock; that is also what "not specified"
/// (0xFF) becomes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClockStatus(u8);

/// Bits and names, in the order of the bits.
#[rustfmt::skip]
static NAMES: [(u8, &str); 8] = [
    (0x01, "invalid"), (0x02, "doubtful"), (0x04, "different-base"), (0x08, "invalid-status"),
    (0x10, "bit4"),    (0x20, "bit5"),     (0x40, "bit6"),           (0x80, "dst"),
];

impl ClockStatus {
    /// Nothing is said against the clock.
    pub const OK: Self = Self(0);
    /// The time could not be recovered after the supply failed.
    pub const INVALID: Self = Self(0x01);
    /// The time was recovered, how well is not known.
    pub const DOUBTFUL: Self = Self(0x02);
    /// Another base than the clock's own was used.
    pub const DIFFERENT_BASE: Self = Self(0x04);
    /// This status itself is invalid.
    pub const INVALID_STATUS: Self = Self(0x08);
    /// Daylight saving is active.
    pub const DAYLIGHT_SAVING: Self = Self(0x80);

    /// The octet of DLMS; 0xFF is "not specified".
    #[must_use]
    pub const fn from_bits(octet: u8) -> Self {
        if octet == 0xFF { Self::OK } else { Self(octet) }
    }

    /// The octet of DLMS.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Are all bits of the other set?
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Both sets of bits.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self::from_bits(self.0 | other.0)
    }

    /// Does the status cast doubt on the time (any of the four low bits)?
    #[must_use]
    pub const fn is_suspect(self) -> bool {
        self.0 & 0x0F != 0
    }

    /// The names of the set bits.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        NAMES.iter().filter(move |(bit, _)| self.0 & bit != 0).map(|(_, name)| *name)
    }

    /// The bit of this name.
    #[must_use]
    pub fn lookup(name: &str) -> Option<Self> {
        NAMES.iter().find(|(_, known)| *known == name).map(|(bit, _)| Self(*bit))
    }
}

impl fmt::Display for ClockStatus {
    /// `ok`, or the names of the set bits with commas between.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::OK {
            return f.pad("ok");
        }
        let mut comma = "";
        self.names().try_for_each(|name| {
            f.write_str(core::mem::replace(&mut comma, ","))?;
            f.write_str(name)
        })
    }
}

impl FromStr for ClockStatus {
    type Err = ParseError;

    /// Reads what is printed.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        if text == "ok" {
            return Ok(Self::OK);
        }
        // A list of one letter: core's search for a single letter links panicking code.
        text.split([',']).try_fold(Self::OK, |status, name| {
            let fault = ParseError {
                what: "clock status",
                expected: "names of a clock status with commas between",
                offset: 0,
            };
            Ok(status.union(Self::lookup(name).ok_or(fault)?))
        })
    }
}
