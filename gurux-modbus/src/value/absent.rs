//! [`Absent`]: how a device says that it has no value.

use core::fmt;
use core::str::FromStr;

use super::{ValueError, ValueType};

/// The marks by which a device says "not available", "not implemented" or "sensor broken" in
/// place of a value.
///
/// Written as a list: raw numbers, decimal or hex, as they stand in the registers in the right
/// order and before any scale; `nan` for floats that are no number; `empty` for texts without a
/// character. The default is `nan`, since no reader can do anything with one.
///
/// ```
/// use gurux_modbus::value::{Absent, ValueType};
///
/// let absent: Absent = "0xFFFF, 0x8000".parse()?;
/// assert!(absent.is_mark(ValueType::I16, 0x8000));
/// assert_eq!(Absent::sunspec(ValueType::I16).to_string(), "0x8000");
/// # Ok::<(), gurux_modbus::value::ValueError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Absent {
    marks: [u64; Self::MAX],
    len: u8,
    nan: bool,
    empty: bool,
}

impl Absent {
    /// The most raw numbers that can be marks of one value.
    pub const MAX: usize = 4;
    /// Every value is one.
    pub const NONE: Self = Self { marks: [0; Self::MAX], len: 0, nan: false, empty: false };
    /// Floats that are no number, and nothing else.
    pub const NAN: Self = Self { nan: true, ..Self::NONE };
    /// Texts without a character, and nothing else.
    pub const EMPTY: Self = Self { empty: true, ..Self::NONE };

    /// One raw number.
    #[must_use]
    pub const fn raw(mark: u64) -> Self {
        Self { marks: [mark, 0, 0, 0], len: 1, ..Self::NONE }
    }

    /// The mark that SunSpec fixes for points of this type which are not implemented: the least
    /// number of a signed type, all ones of an unsigned one (also of enumerations and bit
    /// fields), a float that is no number, an empty text. The accumulators (`acc16`, `acc32`,
    /// `acc64`) have nought instead: [`Absent::raw`]`(0)`.
    ///
    /// Source: observed in sunspec/pysunspec2 `sunspec2/mb.py`.
    #[must_use]
    pub const fn sunspec(value_type: ValueType) -> Self {
        match value_type {
            ValueType::F16 | ValueType::F32 | ValueType::F64 => Self::NAN,
            ValueType::String { .. } => Self::EMPTY,
            ValueType::Octets { .. } | ValueType::Bool => Self::NONE,
            number => {
                let ones = u64::MAX.wrapping_shr(64u32.saturating_sub(number.bits()));
                Self::raw(if number.is_signed() { ones ^ (ones >> 1) } else { ones })
            }
        }
    }

    /// The same with one more mark; `None` when there are [`MAX`](Self::MAX) already.
    #[must_use]
    pub fn and_raw(mut self, mark: u64) -> Option<Self> {
        *self.marks.get_mut(usize::from(self.len))? = mark;
        self.len = self.len.saturating_add(1);
        Some(self)
    }

    /// Is this raw number of that type one of the marks? Negative marks stand for their two's
    /// complement in the width of the type.
    #[must_use]
    pub fn is_mark(&self, value_type: ValueType, raw: u64) -> bool {
        let signed = sign_extended(raw, value_type.bits());
        self.marks().any(|mark| mark == raw || mark as i64 == signed)
    }

    /// Are floats that are no number marks?
    #[must_use]
    pub const fn is_nan_mark(&self) -> bool {
        self.nan
    }

    /// Are texts without a character marks?
    #[must_use]
    pub const fn is_empty_mark(&self) -> bool {
        self.empty
    }

    fn marks(&self) -> impl Iterator<Item = u64> {
        self.marks.into_iter().take(usize::from(self.len))
    }
}

/// The number of `bits` bits in two's complement.
pub(super) const fn sign_extended(raw: u64, bits: u32) -> i64 {
    let unused = 64u32.saturating_sub(bits);
    (raw.wrapping_shl(unused) as i64).wrapping_shr(unused)
}

impl Default for Absent {
    fn default() -> Self {
        Self::NAN
    }
}

impl FromStr for Absent {
    type Err = ValueError;

    /// Reads marks with commas or blanks between; nothing at all means [`Absent::NONE`].
    fn from_str(text: &str) -> Result<Self, ValueError> {
        let words = text.split([',', ' ']).filter(|word| !word.is_empty());
        words.into_iter().try_fold(Self::NONE, |absent, word| {
            if word.eq_ignore_ascii_case("nan") {
                return Ok(Self { nan: true, ..absent });
            }
            if word.eq_ignore_ascii_case("empty") {
                return Ok(Self { empty: true, ..absent });
            }
            let mark = match word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")) {
                Some(hex) => u64::from_str_radix(hex, 16).ok(),
                None => word.parse().ok().or_else(|| Some(word.parse::<i64>().ok()? as u64)),
            };
            mark.and_then(|mark| absent.and_raw(mark)).ok_or(ValueError::AbsentText)
        })
    }
}

impl fmt::Display for Absent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut between = "";
        for mark in self.marks() {
            write!(f, "{between}{mark:#X}")?;
            between = ",";
        }
        for (set, word) in [(self.nan, "nan"), (self.empty, "empty")] {
            if set {
                write!(f, "{between}{word}")?;
                between = ",";
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Absent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Absent({self})")
    }
}

serde_as_text!(Absent, "list of marks, such as 0xFFFF,nan");

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::{Absent, ValueType};

    #[test]
    fn marks_are_read_and_printed() {
        for (text, printed) in [
            ("", ""),
            ("nan", "nan"),
            ("0x8000 , 65535 NaN empty", "0x8000,0xFFFF,nan,empty"),
            ("-1", "0xFFFFFFFFFFFFFFFF"),
        ] {
            let absent: Absent = text.parse().unwrap();
            assert_eq!(absent.to_string(), printed);
            assert_eq!(printed.parse(), Ok(absent));
        }
        for text in ["x", "0x", "1,2,3,4,5", "0x10000000000000000", "-9223372036854775809"] {
            assert!(text.parse::<Absent>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_negative_mark_is_its_twos_complement() {
        let absent: Absent = "-32768".parse().unwrap();
        assert!(absent.is_mark(ValueType::I16, 0x8000));
        assert!(absent.is_mark(ValueType::I32, 0xFFFF_8000));
        assert!(!absent.is_mark(ValueType::I32, 0x8000));
    }

    #[test]
    fn sunspec_marks_follow_the_type() {
        for (value_type, mark) in [
            (ValueType::I16, 0x8000),
            (ValueType::U16, 0xFFFF),
            (ValueType::I32, 0x8000_0000),
            (ValueType::U32, 0xFFFF_FFFF),
            (ValueType::I64, 0x8000_0000_0000_0000),
            (ValueType::U64, u64::MAX),
        ] {
            assert_eq!(Absent::sunspec(value_type), Absent::raw(mark));
        }
    }
}
