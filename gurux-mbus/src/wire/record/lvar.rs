//! Data of variable length.

use core::fmt;

/// The first octet of data of variable length: what follows, and how much of it.
///
/// | LVAR | what follows |
/// |---|---|
/// | `00`–`BF` | so many characters (ISO 8859-1), the last one first |
/// | `C0`–`C9` | a positive number of (LVAR − C0h) octets of decimal digits |
/// | `D0`–`D9` | a negative one of (LVAR − D0h) octets |
/// | `E0`–`EF` | a binary number of (LVAR − E0h) octets |
/// | `F0`–`F4` | a binary number of 4 · (LVAR − ECh) octets |
/// | `F5`, `F6` | a binary number of 48, 64 octets |
/// | others | reserved |
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Lvar(u8);

/// What data of variable length are.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum LvarKind {
    /// Characters.
    Text,
    /// Decimal digits of a number that is not negative.
    PositiveBcd,
    /// Decimal digits of a number below nought.
    NegativeBcd,
    /// A binary number.
    Binary,
}

impl Lvar {
    /// The octet, known or not.
    #[must_use]
    pub const fn new(code: u8) -> Self {
        Self(code)
    }

    /// The octet.
    #[must_use]
    pub const fn code(self) -> u8 {
        self.0
    }

    /// What follows; `None` for reserved codes.
    #[must_use]
    pub const fn kind(self) -> Option<LvarKind> {
        match self.0 {
            0x00..=0xBF => Some(LvarKind::Text),
            0xC0..=0xC9 => Some(LvarKind::PositiveBcd),
            0xD0..=0xD9 => Some(LvarKind::NegativeBcd),
            0xE0..=0xF6 => Some(LvarKind::Binary),
            _ => None,
        }
    }

    /// The octets that follow; `None` for reserved codes.
    #[must_use]
    pub fn data_len(self) -> Option<usize> {
        let len = match self.0 {
            text @ 0x00..=0xBF => text,
            // The digits are twice as many: (LVAR - C0h) * 2.
            digits @ (0xC0..=0xC9 | 0xD0..=0xD9) => digits & 0x0F,
            binary @ 0xE0..=0xEF => binary & 0x0F,
            words @ 0xF0..=0xF4 => (words & 0x0F).wrapping_add(4).wrapping_mul(4),
            0xF5 => 48,
            0xF6 => 64,
            _ => return None,
        };
        Some(usize::from(len))
    }
}

/// Characters as a record holds them: ISO 8859-1, the last one first.
///
/// It prints in reading order.
///
/// ```
/// use gurux_mbus::wire::RecordText;
///
/// let text = RecordText::new(&[0xB3, b'm']);
/// assert_eq!(text.to_string(), "m³");
/// assert!(text.chars().eq("m³".chars()));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RecordText<'a>(&'a [u8]);

impl<'a> RecordText<'a> {
    /// The characters in these octets, the last one first.
    #[must_use]
    pub const fn new(octets: &'a [u8]) -> Self {
        Self(octets)
    }

    /// The octets as they stand on the wire.
    #[must_use]
    pub const fn octets(self) -> &'a [u8] {
        self.0
    }

    /// The characters in reading order, as they stand.
    pub fn chars(self) -> impl DoubleEndedIterator<Item = char> + Clone + 'a {
        self.0.iter().rev().map(|octet| char::from(*octet))
    }

    /// Are there octets within that stand for no character: is it no text at all?
    #[must_use]
    pub fn is_binary(self) -> bool {
        self.trimmed().chars().any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r'))
    }

    /// Without blanks and noughts around it, which meters fill fixed widths with.
    #[must_use]
    pub fn trimmed(self) -> Self {
        let mut octets = self.0;
        while let [0x00 | 0x20, rest @ ..] | [rest @ .., 0x00 | 0x20] = octets {
            octets = rest;
        }
        Self(octets)
    }
}

impl fmt::Display for RecordText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write;
        self.chars().try_for_each(|c| f.write_char(c))
    }
}

impl fmt::Debug for RecordText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecordText({self})")
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::{Lvar, LvarKind, RecordText};

    #[test]
    fn lengths_follow_the_code() {
        for (code, kind, len) in [
            (0x00, LvarKind::Text, 0),
            (0xBF, LvarKind::Text, 191),
            (0xC0, LvarKind::PositiveBcd, 0),
            (0xC9, LvarKind::PositiveBcd, 9),
            (0xD4, LvarKind::NegativeBcd, 4),
            (0xE8, LvarKind::Binary, 8),
            (0xEF, LvarKind::Binary, 15),
            (0xF0, LvarKind::Binary, 16),
            (0xF2, LvarKind::Binary, 24),
            (0xF4, LvarKind::Binary, 32),
            (0xF5, LvarKind::Binary, 48),
            (0xF6, LvarKind::Binary, 64),
        ] {
            let lvar = Lvar::new(code);
            assert_eq!((lvar.kind(), lvar.data_len()), (Some(kind), Some(len)), "{code:02X}");
        }
    }

    #[test]
    fn every_code_has_both_or_neither() {
        for code in 0..=u8::MAX {
            let lvar = Lvar::new(code);
            assert_eq!(lvar.kind().is_some(), lvar.data_len().is_some(), "{code:02X}");
            let reserved = matches!(code, 0xCA..=0xCF | 0xDA..=0xDF | 0xF7..);
            assert_eq!(lvar.kind().is_none(), reserved, "{code:02X}");
        }
    }

    #[test]
    fn a_text_reads_from_its_end() {
        let text = RecordText::new(b" RH%\0");
        assert_eq!(text.to_string(), "\0%HR ");
        assert_eq!(text.trimmed().to_string(), "%HR");
        assert_eq!(RecordText::new(b"  ").trimmed().octets(), b"");
    }
}
