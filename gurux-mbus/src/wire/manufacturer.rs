//! [`Manufacturer`]: three letters in two octets.

use core::fmt;
use core::str::FromStr;

use super::AddressError;

/// Who made a meter: three letters, five bits each, as the FLAG association gives them out.
///
/// | bit | field |
/// |---|---|
/// | 15 | 0 in an address that is unique in the world, 1 in one that is not |
/// | 14-10 | first letter, A is 1 |
/// | 9-5 | second letter |
/// | 4-0 | third letter |
///
/// On the wire the low octet goes first. What is not three letters stays a number and is written in
/// four hexadecimal digits; so is, in the alternate form `{:#}`, one whose bit 15 is set.
/// [`name`](Self::name) knows who is behind many of the letters.
///
/// ```
/// use gurux_mbus::wire::Manufacturer;
///
/// let kamstrup: Manufacturer = "KAM".parse()?;
/// assert_eq!(kamstrup.0, 0x2C2D);
/// assert_eq!(kamstrup.to_string(), "KAM");
/// assert_eq!(Manufacturer(0xFFFF).to_string(), "FFFF");
/// # Ok::<(), gurux_mbus::wire::AddressError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Manufacturer(pub u16);

impl Manufacturer {
    /// Every manufacturer, in a selection.
    pub const ANY: Self = Self(0xFFFF);

    /// The manufacturer with these letters, of either case.
    ///
    /// # Errors
    /// [`AddressError`] if one is no letter of A to Z.
    pub const fn from_letters(letters: [u8; 3]) -> Result<Self, AddressError> {
        let [a, b, c] = letters;
        let (a, b, c) = match (five_bits(a), five_bits(b), five_bits(c)) {
            (Some(a), Some(b), Some(c)) => (a, b, c),
            _ => return Err(AddressError::Manufacturer),
        };
        Ok(Self(a << 10 | b << 5 | c))
    }

    /// The three letters, in upper case, if the lower 15 bits are three letters.
    #[must_use]
    pub const fn letters(self) -> Option<[u8; 3]> {
        match (letter(self.0 >> 10), letter(self.0 >> 5), letter(self.0)) {
            (Some(a), Some(b), Some(c)) => Some([a, b, c]),
            _ => None,
        }
    }

    /// Is an address with this manufacturer unique in the world (bit 15 is clear)?
    #[must_use]
    pub const fn is_unique(self) -> bool {
        self.0 & NOT_UNIQUE == 0
    }

    /// The name of the company, where it is known.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        crate::table::lookup_manufacturer(self)
    }
}

const NOT_UNIQUE: u16 = 0x8000;

const fn five_bits(letter: u8) -> Option<u16> {
    match letter.to_ascii_uppercase() {
        upper @ b'A'..=b'Z' => Some((upper & 0x1F) as u16),
        _ => None,
    }
}

const fn letter(bits: u16) -> Option<u8> {
    match (bits & 0x1F) as u8 {
        bits @ 1..=26 => Some(0x40 | bits),
        _ => None,
    }
}

impl fmt::Display for Manufacturer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.letters() {
            Some(letters) if self.is_unique() || !f.alternate() => {
                f.write_str(core::str::from_utf8(&letters).unwrap_or_default())
            }
            _ => write!(f, "{:04X}", self.0),
        }
    }
}

impl fmt::Debug for Manufacturer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Manufacturer {
    type Err = AddressError;

    /// Three letters, or four hexadecimal digits.
    fn from_str(text: &str) -> Result<Self, AddressError> {
        match *text.as_bytes() {
            [a, b, c] => Self::from_letters([a, b, c]),
            [_, _, _, _] if text.bytes().all(|digit| digit.is_ascii_hexdigit()) => {
                u16::from_str_radix(text, 16).map(Self).map_err(|_| AddressError::Manufacturer)
            }
            _ => Err(AddressError::Manufacturer),
        }
    }
}

serde_as_text!(Manufacturer, "three letters or four hexadecimal digits");

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;

    #[test]
    fn an_address_that_is_not_unique_keeps_its_letters() {
        let manufacturer = Manufacturer(0xA697);
        assert_eq!(manufacturer.letters(), Some(*b"ITW"));
        assert_eq!(manufacturer.to_string(), "ITW");
        assert_eq!(std::format!("{manufacturer:#}"), "A697");
    }

    #[test]
    fn letters_are_five_bits_each() {
        assert_eq!("AAA".parse(), Ok(Manufacturer(0x0421)));
        assert_eq!("zzz".parse(), Ok(Manufacturer(0x6B5A)));
        assert_eq!(Manufacturer(0x6B5A).letters(), Some(*b"ZZZ"));
    }

    #[test]
    fn every_number_survives_its_text() {
        for number in 0..=u16::MAX {
            let manufacturer = Manufacturer(number);
            assert_eq!(std::format!("{manufacturer:#}").parse(), Ok(manufacturer));
        }
    }

    #[test]
    fn what_is_neither_letters_nor_four_digits_is_refused() {
        for text in ["", "KA", "K4M", "KAMS", "+123", "12345", "KÄ"] {
            assert_eq!(text.parse::<Manufacturer>(), Err(AddressError::Manufacturer), "{text}");
        }
    }
}
