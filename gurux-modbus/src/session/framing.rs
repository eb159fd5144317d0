//! [`Framing`]: how PDUs travel.

use core::fmt;
use core::str::FromStr;
use core::time::Duration;

use gurux_framing::rtu::Silence;
use gurux_media::LineSettings;

/// T3.5 above 19200 bit/s.
const FAST_T3_5: Duration = Duration::from_micros(1_750);

/// How PDUs travel over a medium, and what follows from it.
///
/// | framing | requests in flight | unit 0 | ends of messages |
/// |---|---|---|---|
/// | `rtu` | one | broadcast | length and CRC, silence as a hint |
/// | `ascii` | one | broadcast | colon, line feed and LRC |
/// | `tcp` | several, numbered | an ordinary unit | MBAP length |
/// | `rtu-over-tcp` | one | broadcast | length and CRC |
/// | `ascii-over-tcp` | one | broadcast | colon, line feed and LRC |
/// | `udp` | several, numbered | an ordinary unit | a datagram, with its MBAP header |
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum Framing {
    /// MODBUS over Serial Line, RTU transmission mode (V1.02, 2.5.1).
    Rtu,
    /// MODBUS over Serial Line, ASCII transmission mode (V1.02, 2.5.2).
    Ascii,
    /// MODBUS Messaging on TCP/IP: MBAP headers in a stream.
    #[default]
    Tcp,
    /// RTU messages in a TCP stream, as transparent converters send them.
    RtuOverTcp,
    /// ASCII messages in a TCP stream.
    AsciiOverTcp,
    /// MBAP headers, each message a datagram.
    Udp,
}

impl Framing {
    /// All framings.
    pub const ALL: &'static [Self] =
        &[Self::Rtu, Self::Ascii, Self::Tcp, Self::RtuOverTcp, Self::AsciiOverTcp, Self::Udp];

    /// Is this a serial line itself, where silence means something and one at a time speaks?
    #[must_use]
    pub const fn is_line(self) -> bool {
        matches!(self, Self::Rtu | Self::Ascii)
    }

    /// Does a reply repeat the number of its request (MBAP)? Then several may be in flight.
    #[must_use]
    pub const fn is_numbered(self) -> bool {
        matches!(self, Self::Tcp | Self::Udp)
    }

    /// The silence between two messages: T3.5 on an RTU line, elsewhere none. Where the speed is
    /// not known, that of lines above 19200 bit/s (MODBUS over Serial Line V1.02, 2.5.1.1).
    pub(super) fn gap(self, line: Option<&LineSettings>) -> Duration {
        match self {
            Self::Rtu => line.map_or(FAST_T3_5, |line| Silence::of(line).between_frames),
            _ => Duration::ZERO,
        }
    }

    /// The name, as it is written in settings: `rtu-over-tcp`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rtu => "rtu",
            Self::Ascii => "ascii",
            Self::Tcp => "tcp",
            Self::RtuOverTcp => "rtu-over-tcp",
            Self::AsciiOverTcp => "ascii-over-tcp",
            Self::Udp => "udp",
        }
    }
}

impl fmt::Display for Framing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A text that names no [`Framing`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a framing is one of rtu, ascii, tcp, rtu-over-tcp, ascii-over-tcp and udp")]
pub struct FramingError;

impl FromStr for Framing {
    type Err = FramingError;

    fn from_str(text: &str) -> Result<Self, FramingError> {
        Self::ALL.iter().copied().find(|framing| framing.name() == text).ok_or(FramingError)
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;

    #[test]
    fn names_read_back() {
        for &framing in Framing::ALL {
            assert_eq!(framing.to_string().parse(), Ok(framing));
        }
        assert_eq!("RTU".parse::<Framing>(), Err(FramingError));
    }
}
