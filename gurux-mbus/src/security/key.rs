//! Keys, which never print.

use core::fmt;
use core::str::FromStr;

use ctutils::CtEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// The key of a meter, as its manufacturer hands it out: 16 octets for AES-128, 8 for DES.
///
/// It is overwritten when it is dropped, never printed, and compared in a time that does not depend
/// on where two keys differ.
///
/// As text: 32 or 16 hexadecimal digits.
///
/// ```
/// use gurux_mbus::security::Key;
///
/// let key: Key = "000102030405060708090A0B0C0D0E0F".parse()?;
/// assert_eq!(format!("{key:?}"), "Key(16 octets)");
/// # Ok::<(), gurux_mbus::security::KeyError>(())
/// ```
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub enum Key {
    /// Of AES-128.
    Aes([u8; 16]),
    /// Of DES, parity bits included. Modes 2 and 3 alone know it.
    Des([u8; 8]),
}

impl Key {
    /// The key in 16 or 8 octets.
    ///
    /// # Errors
    /// [`KeyError::Length`] if there are more or fewer.
    pub fn from_octets(octets: &[u8]) -> Result<Self, KeyError> {
        if let Ok(octets) = octets.try_into() {
            return Ok(Self::Aes(octets));
        }
        match octets.try_into() {
            Ok(octets) => Ok(Self::Des(octets)),
            Err(_) => Err(KeyError::Length),
        }
    }

    fn octets(&self) -> &[u8] {
        match self {
            Self::Aes(octets) => octets,
            Self::Des(octets) => octets,
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
        let mut octets = [0; 16];
        let result = read_hex(text, &mut octets).and_then(Self::from_octets);
        octets.zeroize();
        result
    }
}

fn read_hex<'o>(text: &str, octets: &'o mut [u8; 16]) -> Result<&'o [u8], KeyError> {
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
    /// Neither 16 octets nor 8.
    #[error("a key has 16 octets, one of DES has 8")]
    Length,
    /// A character that is no hexadecimal digit.
    #[error("a key is written in hexadecimal digits")]
    Digit,
}

/// Are both the same? Takes the same time wherever they differ.
pub(super) fn same(left: &[u8], right: &[u8]) -> bool {
    left.ct_eq(right).to_bool()
}

#[cfg(test)]
mod tests {
    use std::string::ToString;
    use std::{format, vec};

    use super::*;

    #[test]
    fn a_text_of_either_length_is_a_key() {
        let key: Key = "000102030405060708090a0b0c0D0E0F".parse().unwrap();
        assert_eq!(key, Key::Aes([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]));
        assert_eq!(
            "0123456789ABCDEF".parse(),
            Ok(Key::Des(0x0123_4567_89AB_CDEF_u64.to_be_bytes()))
        );
        for text in ["", "00", "0001", "000102030405060708090a0b0c0d0e0f10", "012345678"] {
            assert_eq!(text.parse::<Key>(), Err(KeyError::Length), "{text}");
        }
        assert_eq!("0123456789ABCDEG".parse::<Key>(), Err(KeyError::Digit));
        assert_eq!("0123456789ABCDé".parse::<Key>(), Err(KeyError::Digit));
    }

    #[test]
    fn nothing_that_prints_shows_a_digit_of_it() {
        let key = Key::Aes([0xA5; 16]);
        for text in [format!("{key:?}"), format!("{:?}", vec![key]), KeyError::Length.to_string()] {
            assert!(!text.to_lowercase().contains("a5") && !text.contains("165"), "{text}");
        }
    }

    #[test]
    fn keys_are_the_same_only_as_a_whole() {
        let key = Key::Aes([7; 16]);
        assert_eq!(key, key.clone());
        for place in 0..16 {
            let mut octets = [7; 16];
            octets[place] ^= 1;
            assert_ne!(key, Key::Aes(octets));
        }
        assert_ne!(key, Key::Des([7; 8]));
    }
}
