//! [`LinkMode`]: by which rules a telegram went over the air.

/// A mode of the physical layer of wireless M-Bus. The figure behind it (T1, T2) says whether the meter
/// only sends or also listens; the line is the same.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum LinkMode {
    /// Stationary: 868.3 MHz, seldom.
    S,
    /// Frequent transmission: 868.95 MHz.
    T,
    /// Compact: like T, with less on the air for each octet.
    C,
    /// Frequent receive: 868 MHz in ten channels.
    R,
    /// Narrowband: 169 MHz.
    N,
    /// Frequent receive and transmit: 433 MHz.
    F,
}

impl LinkMode {
    /// Every mode.
    pub const ALL: [Self; 6] = [Self::S, Self::T, Self::C, Self::R, Self::N, Self::F];

    /// The letter.
    #[must_use]
    pub const fn letter(self) -> char {
        match self {
            Self::S => 'S',
            Self::T => 'T',
            Self::C => 'C',
            Self::R => 'R',
            Self::N => 'N',
            Self::F => 'F',
        }
    }

    /// The mode that a name such as `T1`, `C` or `N1a` begins with; nothing if there is none.
    #[must_use]
    pub fn from_name(name: &[u8]) -> Option<Self> {
        let (letter, rest) = name.split_first()?;
        let is_variant = match rest {
            [] => true,
            [digit] => digit.is_ascii_digit(),
            [digit, variant] => digit.is_ascii_digit() && variant.is_ascii_lowercase(),
            _ => false,
        };
        let mode = Self::ALL.into_iter().find(|mode| mode.letter() == char::from(*letter))?;
        is_variant.then_some(mode)
    }
}

impl core::fmt::Display for LinkMode {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}", self.letter())
    }
}
