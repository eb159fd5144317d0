//! Keys, which never print.

use core::fmt;
use core::str::FromStr;

use ctutils::CtEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A key of AES: 16 octets in the suites 0 and 1, 32 in suite 2.
///
/// It is overwritten when it is dropped, never printed, and compared in a time that does not depend
/// on where two keys differ. As text: 32 or 64 hexadecimal digits.
///
/// ```
/// use gurux_dlms::security::Key;
///
/// let key: Key = "000102030405060708090A0B0C0D0E0F".parse()?;
/// assert_eq!(format!("{key:?}"), "Key(16 octets)");
/// # Ok::<(), gurux_dlms::security::KeyError>(())
/// ```
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub enum Key {
    /// Of AES-128.
    Aes128([u8; 16]),
    /// Of AES-256.
    Aes256([u8; 32]),
}

impl Key {
    /// The key in 16 or 32 octets.
    ///
    /// # Errors
    /// [`KeyError::Length`] if there are more or fewer.
    pub fn from_octets(octets: &[u8]) -> Result<Self, KeyError> {
        if let Ok(octets) = octets.try_into() {
            return Ok(Self::Aes128(octets));
        }
        match octets.try_into() {
            Ok(octets) => Ok(Self::Aes256(octets)),
            Err(_) => Err(KeyError::Length),
        }
    }

    /// Its octets, for whoever has to hand the key over.
    #[must_use]
    pub const fn octets(&self) -> &[u8] {
        match self {
            Self::Aes128(octets) => octets,
            Self::Aes256(octets) => octets,
        }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({} octets)", self.octets().len())
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        same(self.octets(), other.octets())
    }
}

impl Eq for Key {}

impl FromStr for Key {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let mut octets = [0; 32];
        let result = read_hex(text, &mut octets).and_then(Self::from_octets);
        octets.zeroize();
        result
    }
}

fn read_hex<'o>(text: &str, octets: &'o mut [u8; 32]) -> Result<&'o [u8], KeyError> {
    let (pairs, odd) = text.as_bytes().as_chunks::<2>();
    if !odd.is_empty() {
        return Err(KeyError::Length);
    }
    let room = octets.get_mut(..pairs.len()).ok_or(KeyError::Length)?;
    for (octet, [high, low]) in room.iter_mut().zip(pairs) {
        *octet = digit(*high)? << 4 | digit(*low)?;
    }
    Ok(room)
}

fn digit(character: u8) -> Result<u8, KeyError> {
    match char::from(character).to_digit(16) {
        Some(value) => Ok(value as u8),
        None => Err(KeyError::Digit),
    }
}

/// A text or octets that are no key. What they are is not told.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum KeyError {
    /// Neither 16 octets nor 32.
    #[error("a key has 16 octets, in suite 2 it has 32")]
    Length,
    /// A character that is no hexadecimal digit.
    #[error("a key is written in hexadecimal digits")]
    Digit,
}

/// Are both the same? Takes the same time wherever they differ.
pub(super) fn same(left: &[u8], right: &[u8]) -> bool {
    left.ct_eq(right).to_bool()
}

/// Who sends: eight octets, of which the first three are mostly the manufacturer's letters.
///
/// With the invocation counter it is what no two messages under one key share.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SystemTitle(pub [u8; 8]);

impl SystemTitle {
    /// The title in these octets, if they are eight.
    #[must_use]
    pub fn new(octets: &[u8]) -> Option<Self> {
        octets.try_into().ok().map(Self)
    }

    /// The nonce of the message with this counter.
    #[must_use]
    pub const fn nonce(self, invocation_counter: u32) -> [u8; 12] {
        let [a, b, c, d, e, f, g, h] = self.0;
        let [i, j, k, l] = invocation_counter.to_be_bytes();
        [a, b, c, d, e, f, g, h, i, j, k, l]
    }
}

impl fmt::Display for SystemTitle {
    /// Sixteen hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02X}"))
    }
}

impl fmt::Debug for SystemTitle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;
    use std::{format, vec};

    use super::*;

    #[test]
    fn a_text_of_either_length_is_a_key() {
        let key: Key = "000102030405060708090a0b0c0D0E0F".parse().unwrap();
        assert_eq!(key, Key::Aes128([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]));
        assert_eq!("A5".repeat(32).parse(), Ok(Key::Aes256([0xA5; 32])));
        for digits in [0, 1, 2, 30, 31, 33, 34, 62, 66] {
            assert_eq!("0".repeat(digits).parse::<Key>(), Err(KeyError::Length), "{digits}");
        }
        assert_eq!(("0".repeat(31) + "G").parse::<Key>(), Err(KeyError::Digit));
        assert_eq!(("0".repeat(30) + "é").parse::<Key>(), Err(KeyError::Digit));
    }

    #[test]
    fn nothing_that_prints_shows_a_digit_of_it() {
        let key = Key::Aes256([0xA5; 32]);
        for text in [format!("{key:?}"), format!("{:?}", vec![key]), KeyError::Length.to_string()] {
            assert!(!text.to_lowercase().contains("a5") && !text.contains("165"), "{text}");
        }
    }

    #[test]
    fn keys_are_the_same_only_as_a_whole() {
        let key = Key::Aes128([7; 16]);
        assert_eq!(key, key.clone());
        for place in 0..16 {
            let mut octets = [7; 16];
            octets[place] ^= 1;
            assert_ne!(key, Key::Aes128(octets));
        }
        assert_ne!(key, Key::Aes256([7; 32]));
    }

    #[test]
    fn a_nonce_is_title_and_counter() {
        let title = SystemTitle::new(b"MMM\0\0\xBC\x61\x4E").unwrap();
        assert_eq!(title.to_string(), "4D4D4D0000BC614E");
        assert_eq!(title.nonce(0x0123_4567)[8..], [1, 0x23, 0x45, 0x67]);
        assert_eq!(SystemTitle::new(b"MMM"), None);
    }
}
