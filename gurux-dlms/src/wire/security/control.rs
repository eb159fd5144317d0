//! [`SecurityControl`]: how a text is protected.

use core::fmt;

/// The first octet of a security header.
///
/// | bits | field |
/// |---|---|
/// | 0 to 3 | security suite |
/// | 4 | authenticated |
/// | 5 | encrypted |
/// | 6 | the key is the broadcast key, not the unicast one |
/// | 7 | compressed (V.44) |
///
/// ```
/// use gurux_dlms::wire::SecurityControl;
///
/// let control = SecurityControl::new(0x31);
/// assert_eq!((control.suite(), control.is_authenticated(), control.is_encrypted()), (1, true, true));
/// assert_eq!(SecurityControl::AUTHENTICATED_ENCRYPTED.with_suite(1), control);
/// assert_eq!(control.to_string(), "suite 1, authenticated, encrypted");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecurityControl(u8);

const SUITE: u8 = 0x0F;
const AUTHENTICATED: u8 = 0x10;
const ENCRYPTED: u8 = 0x20;
const BROADCAST: u8 = 0x40;
const COMPRESSED: u8 = 0x80;

impl SecurityControl {
    /// Suite 0, authenticated.
    pub const AUTHENTICATED: Self = Self(AUTHENTICATED);
    /// Suite 0, encrypted.
    pub const ENCRYPTED: Self = Self(ENCRYPTED);
    /// Suite 0, authenticated and encrypted.
    pub const AUTHENTICATED_ENCRYPTED: Self = Self(AUTHENTICATED | ENCRYPTED);

    /// The octet as it stands in a message.
    #[must_use]
    pub const fn new(octet: u8) -> Self {
        Self(octet)
    }

    /// The octet.
    #[must_use]
    pub const fn octet(self) -> u8 {
        self.0
    }

    /// The number of the security suite, 0 to 15; the standard has 0, 1 and 2.
    #[must_use]
    pub const fn suite(self) -> u8 {
        self.0 & SUITE
    }

    /// Does a tag follow the text?
    #[must_use]
    pub const fn is_authenticated(self) -> bool {
        self.0 & AUTHENTICATED != 0
    }

    /// Is the text encrypted?
    #[must_use]
    pub const fn is_encrypted(self) -> bool {
        self.0 & ENCRYPTED != 0
    }

    /// Is it for all, under the broadcast key?
    #[must_use]
    pub const fn is_broadcast(self) -> bool {
        self.0 & BROADCAST != 0
    }

    /// Was the text compressed before it was protected?
    #[must_use]
    pub const fn is_compressed(self) -> bool {
        self.0 & COMPRESSED != 0
    }

    /// The same in another suite, of which the lowest four bits count.
    #[must_use]
    pub const fn with_suite(self, suite: u8) -> Self {
        Self(self.0 & !SUITE | suite & SUITE)
    }

    /// The same under the broadcast key, or not.
    #[must_use]
    pub const fn with_broadcast(self, broadcast: bool) -> Self {
        Self(if broadcast { self.0 | BROADCAST } else { self.0 & !BROADCAST })
    }

    /// The same for a text that is compressed, or is not.
    #[must_use]
    pub const fn with_compression(self, compressed: bool) -> Self {
        Self(if compressed { self.0 | COMPRESSED } else { self.0 & !COMPRESSED })
    }
}

impl fmt::Display for SecurityControl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "suite {}", self.suite())?;
        for (bit, name) in [
            (AUTHENTICATED, ", authenticated"),
            (ENCRYPTED, ", encrypted"),
            (BROADCAST, ", broadcast"),
            (COMPRESSED, ", compressed"),
        ] {
            if self.0 & bit != 0 {
                f.write_str(name)?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for SecurityControl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#04X}", self.0)
    }
}
