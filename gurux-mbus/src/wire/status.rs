//! [`Status`]: the status octet of the transport layer.

use core::fmt;

use gurux_framing::{Reader, Shown, Visit, WireError};

/// How a meter fares: the status octet of its transport header.
///
/// | bit | says |
/// |---|---|
/// | 1-0 | state of the application, see [`ApplicationState`] |
/// | 2 | power low |
/// | 3 | permanent error |
/// | 4 | temporary error |
/// | 7-5 | what the manufacturer says |
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct Status(pub u8);

/// The state of a meter's application.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ApplicationState {
    /// Nothing to report.
    NoError,
    /// Busy; ask again later.
    Busy,
    /// An application error.
    Error,
    /// An abnormal condition or an alarm.
    Abnormal,
}

/// The names of the flags, in the order of their bits.
const FLAGS: [(u8, &str); 3] =
    [(0x04, "power low"), (0x08, "permanent error"), (0x10, "temporary error")];

impl Status {
    /// Nothing to report.
    pub const OK: Self = Self(0);

    /// The state of the application.
    #[must_use]
    pub const fn application(self) -> ApplicationState {
        match self.0 & 0x03 {
            0 => ApplicationState::NoError,
            1 => ApplicationState::Busy,
            2 => ApplicationState::Error,
            _ => ApplicationState::Abnormal,
        }
    }

    /// Does the power run low?
    #[must_use]
    pub const fn power_low(self) -> bool {
        self.0 & 0x04 != 0
    }

    /// Is there an error that needs service?
    #[must_use]
    pub const fn permanent_error(self) -> bool {
        self.0 & 0x08 != 0
    }

    /// Is there an error that may pass?
    #[must_use]
    pub const fn temporary_error(self) -> bool {
        self.0 & 0x10 != 0
    }

    /// The three bits of the manufacturer's, 0 to 7.
    #[must_use]
    pub const fn manufacturer(self) -> u8 {
        self.0 >> 5
    }

    /// What is reported, in words of the standard; the manufacturer's bits are not among it.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        let application = match self.application() {
            ApplicationState::NoError => None,
            ApplicationState::Busy => Some("application busy"),
            ApplicationState::Error => Some("any application error"),
            ApplicationState::Abnormal => Some("abnormal condition or alarm"),
        };
        let flags =
            FLAGS.into_iter().filter_map(move |(bit, name)| (self.0 & bit != 0).then_some(name));
        application.into_iter().chain(flags)
    }

    #[inline]
    pub(super) fn read<V: Visit>(reader: &mut Reader<'_, V>) -> Result<Self, WireError> {
        let start = reader.offset();
        let [octet] = reader.array("status")?;
        let name = if octet == 0 { Some("ok") } else { None };
        reader.show(start, "status", Shown::Code { code: octet.into(), name });
        Ok(Self(octet))
    }
}

impl fmt::Display for Status {
    /// `ok`, or what is reported, with commas between; the maker's three bits as a number, and the octet, by
    /// which manuals name them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("ok");
        }
        let mut between = "";
        for name in self.names() {
            write!(f, "{between}{name}")?;
            between = ", ";
        }
        if self.manufacturer() != 0 {
            let (status, octet) = (self.manufacturer(), self.0);
            write!(f, "{between}manufacturer's status {status} (octet {octet:02X})")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;

    #[test]
    fn each_bit_has_its_word() {
        assert_eq!(Status::OK.to_string(), "ok");
        assert_eq!(Status(0x01).to_string(), "application busy");
        assert_eq!(Status(0x02).application(), ApplicationState::Error);
        assert_eq!(
            Status(0x1F).to_string(),
            "abnormal condition or alarm, power low, permanent error, temporary error"
        );
        assert_eq!(Status(0xA4).to_string(), "power low, manufacturer's status 5 (octet A4)");
        assert_eq!(Status(0x20).to_string(), "manufacturer's status 1 (octet 20)");
    }
}
