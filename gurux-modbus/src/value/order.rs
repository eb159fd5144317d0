//! [`ByteOrder`]: in which order the octets of a value lie in its registers.

use core::fmt;
use core::str::FromStr;

use super::ValueError;

/// The longest value whose order can be stated: four registers.
const MAX_LEN: usize = 8;

/// The order of a value's octets on the wire, written as letters: `A` is the most significant
/// octet, and the letters stand as the octets come.
///
/// The standard fixes the two octets of one register (big-endian: `AB`) and says nothing of
/// values in several registers, so makers chose freely. The names are those that users of Modbus
/// tools agree on:
///
/// | letters | registers of `0x12345678` | found as |
/// |---------|---------------------------|----------|
/// | `ABCD`  | `1234` `5678` | big-endian, the default |
/// | `CDAB`  | `5678` `1234` | low word first |
/// | `BADC`  | `3412` `7856` | octets exchanged in each register |
/// | `DCBA`  | `7856` `3412` | little-endian |
///
/// Any permutation of two, four, six or eight letters is accepted. One order usually holds for a
/// whole device, whatever the width of a value: [`for_len`](Self::for_len) carries an order over.
///
/// ```
/// use gurux_modbus::value::ByteOrder;
///
/// let order: ByteOrder = "CDAB".parse()?;
/// assert_eq!(order.for_len(8), Some("GHEFCDAB".parse()?));
/// assert_eq!(order.for_len(2), Some(ByteOrder::AB));
/// # Ok::<(), gurux_modbus::value::ValueError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ByteOrder {
    /// For each octet in the order of the wire, its place counted from the most significant.
    places: [u8; MAX_LEN],
    len: u8,
}

impl ByteOrder {
    /// One register, as the standard has it.
    pub const AB: Self = Self { places: [0, 1, 0, 0, 0, 0, 0, 0], len: 2 };
    /// One register, octets exchanged.
    pub const BA: Self = Self { places: [1, 0, 0, 0, 0, 0, 0, 0], len: 2 };
    /// Big-endian.
    pub const ABCD: Self = Self { places: [0, 1, 2, 3, 0, 0, 0, 0], len: 4 };
    /// Low word first.
    pub const CDAB: Self = Self { places: [2, 3, 0, 1, 0, 0, 0, 0], len: 4 };
    /// High word first, octets exchanged in each register.
    pub const BADC: Self = Self { places: [1, 0, 3, 2, 0, 0, 0, 0], len: 4 };
    /// Little-endian.
    pub const DCBA: Self = Self { places: [3, 2, 1, 0, 0, 0, 0, 0], len: 4 };

    /// The regular order of `len` octets (2, 4, 6 or 8; `None` for another number): with the
    /// octets of each register exchanged or not, with the lowest register first or not.
    #[must_use]
    pub fn regular(len: usize, swapped: bool, low_first: bool) -> Option<Self> {
        let len = u8::try_from(len).ok().filter(|len| matches!(len, 2 | 4 | 6 | 8))?;
        let mut places = [0; MAX_LEN];
        for (at, place) in (0..len).zip(&mut places) {
            let octet = at ^ u8::from(swapped);
            // Counting the registers from the other end keeps the octets within each: 0 1 2 3
            // becomes 2 3 0 1.
            *place = if low_first { len.wrapping_sub(1).wrapping_sub(octet) ^ 1 } else { octet };
        }
        Some(Self { places, len })
    }

    /// The number of octets that the letters name: 2, 4, 6 or 8.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "an order is never empty")]
    pub const fn len(self) -> usize {
        self.len as usize
    }

    /// The same rule for a value of another length, or `None` where the order is none of the four
    /// regular ones and so tells nothing of other lengths, or `len` is not 2, 4, 6 or 8.
    ///
    /// Two letters say nothing of the order of registers: `BA` carries over as `BADC`.
    #[must_use]
    pub fn for_len(self, len: usize) -> Option<Self> {
        if len == self.len() {
            return Some(self);
        }
        [(false, false), (true, false), (false, true), (true, true)]
            .into_iter()
            .find(|&(swapped, low_first)| {
                Self::regular(self.len(), swapped, low_first) == Some(self)
            })
            .and_then(|(swapped, low_first)| Self::regular(len, swapped, low_first))
    }

    /// The number that octets in this order state. What is missing counts as nought, what is too
    /// much is not looked at.
    pub fn gather(self, octets: impl Iterator<Item = u8>) -> u64 {
        octets.zip(self.places()).fold(0, |value, (octet, place)| {
            value | u64::from(octet).wrapping_shl(self.shift(place))
        })
    }

    /// The octets of the number, in this order.
    pub fn scatter(self, value: u64) -> impl Iterator<Item = u8> {
        self.places().map(move |place| value.wrapping_shr(self.shift(place)) as u8)
    }

    fn places(self) -> impl Iterator<Item = u8> {
        self.places.into_iter().take(self.len())
    }

    /// How far the octet at this place lies above the least significant bit.
    const fn shift(self, place: u8) -> u32 {
        (self.len.wrapping_sub(1).wrapping_sub(place) as u32).wrapping_mul(8)
    }
}

impl Default for ByteOrder {
    /// Big-endian, for every length.
    fn default() -> Self {
        Self::AB
    }
}

impl FromStr for ByteOrder {
    type Err = ValueError;

    /// Reads the letters, in either case.
    fn from_str(letters: &str) -> Result<Self, ValueError> {
        let len = u8::try_from(letters.len()).unwrap_or(u8::MAX);
        let mut places = [0; MAX_LEN];
        let mut seen = 0u16;
        for (letter, place) in letters.bytes().zip(&mut places) {
            *place = letter.to_ascii_uppercase().wrapping_sub(b'A');
            if *place < len {
                seen |= 1u16.wrapping_shl(u32::from(*place));
            }
        }
        let all = 1u16.wrapping_shl(u32::from(len)).wrapping_sub(1);
        if matches!(len, 2 | 4 | 6 | 8) && seen == all {
            Ok(Self { places, len })
        } else {
            Err(ValueError::OrderText)
        }
    }
}

impl fmt::Display for ByteOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut letters = [0; MAX_LEN];
        for (letter, place) in letters.iter_mut().zip(self.places()) {
            *letter = place.wrapping_add(b'A');
        }
        let letters = letters.get(..self.len()).unwrap_or_default();
        f.pad(core::str::from_utf8(letters).unwrap_or_default())
    }
}

impl fmt::Debug for ByteOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

serde_as_text!(ByteOrder, "letters of a byte order, such as CDAB");

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::ByteOrder;

    #[test]
    fn regular_orders_have_their_names() {
        for (swapped, low_first, names) in [
            (false, false, ["AB", "ABCD", "ABCDEF", "ABCDEFGH"]),
            (true, false, ["BA", "BADC", "BADCFE", "BADCFEHG"]),
            (false, true, ["AB", "CDAB", "EFCDAB", "GHEFCDAB"]),
            (true, true, ["BA", "DCBA", "FEDCBA", "HGFEDCBA"]),
        ] {
            for name in names {
                let order: ByteOrder = name.parse().unwrap();
                assert_eq!(ByteOrder::regular(name.len(), swapped, low_first), Some(order));
                assert_eq!(order.to_string(), name);
            }
        }
        assert_eq!(ByteOrder::regular(4, false, true), Some(ByteOrder::CDAB));
        assert_eq!(ByteOrder::regular(3, false, false), None);
        assert_eq!(ByteOrder::regular(10, false, false), None);
    }

    #[test]
    fn a_device_wide_order_fits_every_width() {
        let widths = |name: &str| {
            let order: ByteOrder = name.parse().unwrap();
            [2, 4, 6, 8].map(|len| order.for_len(len).map(|order| order.to_string()))
        };
        let some = |names: [&str; 4]| names.map(|name| Some(name.to_string()));
        assert_eq!(widths("ABCD"), some(["AB", "ABCD", "ABCDEF", "ABCDEFGH"]));
        assert_eq!(widths("CDAB"), some(["AB", "CDAB", "EFCDAB", "GHEFCDAB"]));
        assert_eq!(widths("BADC"), some(["BA", "BADC", "BADCFE", "BADCFEHG"]));
        assert_eq!(widths("hgfedcba"), some(["BA", "DCBA", "FEDCBA", "HGFEDCBA"]));
        // An order that follows no rule holds for its own length alone.
        assert_eq!(widths("ACBD"), [None, Some("ACBD".to_string()), None, None]);
    }

    #[test]
    fn letters_that_are_no_permutation_are_refused() {
        for text in ["", "A", "ABC", "AAAA", "ABCE", "BCDE", "ABCDEFGHIJ", "1234", "ÄB"] {
            assert!(text.parse::<ByteOrder>().is_err(), "{text}");
        }
        assert!("ABCDEFGH".repeat(40).parse::<ByteOrder>().is_err());
    }

    #[test]
    fn every_permutation_of_four_reads_back_what_it_wrote() {
        let letters = ["A", "B", "C", "D"];
        for a in letters {
            for b in letters {
                for c in letters {
                    for d in letters {
                        let Ok(order) = [a, b, c, d].concat().parse::<ByteOrder>() else {
                            continue;
                        };
                        assert_eq!(order.gather(order.scatter(0x0123_4567)), 0x0123_4567);
                    }
                }
            }
        }
    }
}
