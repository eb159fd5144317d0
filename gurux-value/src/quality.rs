//! How far a value can be trusted.

use core::fmt;
use core::ops::{BitOr, BitOrAssign};
use core::str::FromStr;

use crate::datetime::ClockStatus;
use crate::error::ParseError;

/// A set of remarks on a value; the empty set is "good".
///
/// The bits and their names are stored and sent: they never change their meaning.
///
/// ```
/// use gurux_value::Quality;
///
/// let quality = Quality::ESTIMATED | Quality::CLOCK_INVALID;
/// assert_eq!(quality.to_string(), "estimated,clock-invalid");
/// assert_eq!(Quality::GOOD.to_string(), "good");
/// assert!(quality.contains(Quality::ESTIMATED) && !quality.is_bad());
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quality(u32);

macro_rules! qualities {
    ($($(#[$doc:meta])* $constant:ident = $bit:literal, $name:literal;)*) => {
        impl Quality {
            $($(#[$doc])* pub const $constant: Self = Self(1 << $bit);)*
        }

        /// Bits and names, in the order of the bits.
        static NAMES: &[(Quality, &str)] = &[$((Quality::$constant, $name)),*];
    };
}

#[rustfmt::skip]
qualities! {
    /// Computed by the meter from other values.
    ESTIMATED     =  0, "estimated";
    /// Put in by somebody in place of the meter's own.
    SUBSTITUTED   =  1, "substituted";
    /// Outside of what this quantity can be here.
    SUSPECT_RANGE =  2, "suspect-range";
    /// Older than it should be.
    STALE         =  3, "stale";
    /// The meter's clock was not set, or doubted itself.
    CLOCK_INVALID =  4, "clock-invalid";
    /// The clock was set within the interval.
    CLOCK_CHANGED =  5, "clock-changed";
    /// Supply failed within the interval.
    POWER_DOWN    =  6, "power-down";
    /// The interval was not measured whole.
    INCOMPLETE    =  7, "incomplete";
    /// A counter or a field overflowed.
    OVERFLOW      =  8, "overflow";
    /// No answer: the row without a value proves the attempt.
    COMM_FAILED   =  9, "comm-failed";
    /// Typed in by a person.
    MANUAL        = 10, "manual";
    /// The meter says that there is no value (null data, a not-available mark).
    MISSING       = 11, "missing";
    /// The meter says that the value is wrong, or it cannot be read as what it should be.
    INVALID       = 12, "invalid";
    /// A field underflowed.
    UNDERFLOW     = 13, "underflow";
    /// Measured while the meter reported an error of itself.
    METER_FAULT   = 14, "meter-fault";
    /// Came in octets whose check sum does not fit.
    DOUBTFUL      = 15, "doubtful";
}

impl Quality {
    /// No remark.
    pub const GOOD: Self = Self(0);

    /// Remarks that leave no usable value.
    const BAD: Self = Self(
        Self::COMM_FAILED.0
            | Self::MISSING.0
            | Self::INVALID.0
            | Self::OVERFLOW.0
            | Self::UNDERFLOW.0,
    );

    /// The set of these bits, also of ones that have no name yet.
    #[must_use]
    pub const fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    /// The bits, to be stored.
    #[must_use]
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Is there no remark?
    #[must_use]
    pub const fn is_good(self) -> bool {
        self.0 == 0
    }

    /// Is there a remark that leaves no usable value (communication failed, missing, invalid,
    /// overflow, underflow)? What is neither good nor bad is uncertain, in the words of OPC UA.
    #[must_use]
    pub const fn is_bad(self) -> bool {
        self.0 & Self::BAD.0 != 0
    }

    /// Are all remarks of the other set in this one?
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Both sets together; `|` in a constant.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// This set without the other.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// This set with the other if `condition` holds: for mapping the flags of a meter.
    #[must_use]
    pub const fn with_if(self, condition: bool, other: Self) -> Self {
        if condition { self.union(other) } else { self }
    }

    /// The names of the remarks, in the order of their bits.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        NAMES.iter().filter(move |(bit, _)| self.contains(*bit)).map(|(_, name)| *name)
    }

    /// The remark of this name.
    #[must_use]
    pub fn lookup(name: &str) -> Option<Self> {
        NAMES.iter().find(|(_, known)| *known == name).map(|(bit, _)| *bit)
    }

    /// Bits without a name.
    fn unnamed(self) -> u32 {
        NAMES.iter().fold(self, |rest, (bit, _)| rest.without(*bit)).0
    }
}

impl From<ClockStatus> for Quality {
    /// A clock that doubts itself makes the time of its values doubtful.
    fn from(status: ClockStatus) -> Self {
        Self::GOOD.with_if(status.is_suspect(), Self::CLOCK_INVALID)
    }
}

impl BitOr for Quality {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.union(other)
    }
}

impl BitOrAssign for Quality {
    fn bitor_assign(&mut self, other: Self) {
        *self = self.union(other);
    }
}

impl fmt::Display for Quality {
    /// `good`, or the names with commas between; bits without a name as one hex number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_good() {
            return f.pad("good");
        }
        let mut comma = "";
        for name in self.names() {
            write!(f, "{comma}{name}")?;
            comma = ",";
        }
        match self.unnamed() {
            0 => Ok(()),
            bits => write!(f, "{comma}{bits:#x}"),
        }
    }
}

impl fmt::Debug for Quality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Quality({self})")
    }
}

impl FromStr for Quality {
    type Err = ParseError;

    /// Reads what is printed: `good`, or names and one hex number with commas between.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        if text == "good" {
            return Ok(Self::GOOD);
        }
        let (mut quality, mut offset) = (Self::GOOD, 0usize);
        // A list of one letter: core's search for a single letter links panicking code.
        for name in text.split([',']) {
            let hex = || u32::from_str_radix(name.strip_prefix("0x")?, 16).ok().map(Self);
            quality |= Self::lookup(name).or_else(hex).ok_or(ParseError {
                what: "quality",
                expected: "the name of a quality",
                offset,
            })?;
            offset = offset.saturating_add(name.len()).saturating_add(1);
        }
        Ok(quality)
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use proptest::prelude::{any, prop_assert_eq, proptest};

    use super::{ClockStatus, NAMES, Quality};

    #[test]
    fn bits_and_names_are_unique_and_in_order() {
        for (place, (bit, name)) in NAMES.iter().enumerate() {
            assert_eq!(bit.bits(), 1 << place);
            assert_eq!(Quality::lookup(name), Some(*bit));
        }
    }

    #[test]
    fn three_classes_as_in_opc_ua() {
        assert!(Quality::GOOD.is_good() && !Quality::GOOD.is_bad());
        assert!(!Quality::STALE.is_good() && !Quality::STALE.is_bad());
        assert!((Quality::STALE | Quality::MISSING).is_bad());
    }

    #[test]
    fn an_unknown_name_is_refused_at_its_place() {
        assert_eq!("stale,odd".parse::<Quality>().unwrap_err().offset, 6);
        assert!("".parse::<Quality>().is_err());
    }

    #[test]
    fn flags_map_one_by_one() {
        let quality =
            Quality::GOOD.with_if(true, Quality::POWER_DOWN).with_if(false, Quality::MANUAL);
        assert_eq!(quality, Quality::POWER_DOWN);
        assert_eq!(Quality::from(ClockStatus::DOUBTFUL), Quality::CLOCK_INVALID);
        assert_eq!(Quality::from(ClockStatus::DAYLIGHT_SAVING), Quality::GOOD);
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_back(bits in any::<u32>()) {
            let quality = Quality::from_bits(bits);
            prop_assert_eq!(quality.to_string().parse(), Ok(quality));
        }
    }
}
