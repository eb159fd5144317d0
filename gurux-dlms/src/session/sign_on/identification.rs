//! [`Identification`]: who a meter says that it is.

use core::fmt;

/// The identification of a meter (IEC 62056-21): three letters of the maker, the speed that it
/// proposes, and a text in which `\2` says that it can do mode E.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Identification {
    octets: [u8; MAX_LEN],
    len: u8,
}

/// Sixteen characters of text in the standard; a few meters say more.
const MAX_LEN: usize = 68;

/// Why a text is no [`Identification`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("an identification has 4 to 68 characters, without / ! and control characters")]
pub struct IdentificationError;

impl Identification {
    /// From the text between `/` and CR LF.
    ///
    /// # Errors
    /// [`IdentificationError`].
    pub fn new(text: &[u8]) -> Result<Self, IdentificationError> {
        let is_printable =
            text.iter().all(|octet| matches!(octet, 0x20..=0x7E) && !b"/!".contains(octet));
        if !(4..=MAX_LEN).contains(&text.len()) || !is_printable {
            return Err(IdentificationError);
        }
        let mut octets = [0; MAX_LEN];
        octets.iter_mut().zip(text).for_each(|(to, from)| *to = *from);
        Ok(Self { octets, len: text.len() as u8 })
    }

    /// All of it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let text = self.octets.get(..self.len.into()).unwrap_or_default();
        core::str::from_utf8(text).unwrap_or_default()
    }

    /// The maker's three letters.
    #[must_use]
    pub fn manufacturer(&self) -> &str {
        self.as_str().get(..3).unwrap_or_default()
    }

    /// What stands behind the speed.
    #[must_use]
    pub fn text(&self) -> &str {
        self.as_str().get(4..).unwrap_or_default()
    }

    /// The character of the speed.
    #[must_use]
    pub const fn speed(&self) -> u8 {
        let [_, _, _, speed, ..] = self.octets;
        speed
    }

    /// The speed in bits a second; `None` where the character says none (modes A and B).
    #[must_use]
    pub fn baud(&self) -> Option<u32> {
        let step = self.speed().checked_sub(b'0').filter(|step| *step <= 6)?;
        Some(300 << step)
    }

    /// Can the meter do mode E with HDLC?
    #[must_use]
    pub fn is_mode_e(&self) -> bool {
        self.text().contains("\\2")
    }
}

impl fmt::Display for Identification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Identification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identification({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::Identification;

    #[test]
    fn an_identification_says_maker_speed_and_mode() {
        // Two that users of meters published.
        let meter = Identification::new(b"AUX5\\2S34HUHD19FWV06").unwrap();
        assert_eq!(
            (meter.manufacturer(), meter.baud(), meter.is_mode_e()),
            ("AUX", Some(9600), true)
        );
        let meter = Identification::new(b"ISk5MT174-0001").unwrap();
        assert_eq!((meter.text(), meter.is_mode_e()), ("MT174-0001", false));
        for (speed, baud) in [(b'0', Some(300)), (b'6', Some(19200)), (b'7', None), (b'A', None)] {
            let meter = Identification::new(&[b'A', b'B', b'C', speed]).unwrap();
            assert_eq!(meter.baud(), baud);
        }
        for wrong in [&b"ABC"[..], b"ABC5/x", b"ABC5\n", &[b'A'; 69]] {
            assert!(Identification::new(wrong).is_err());
        }
    }
}
