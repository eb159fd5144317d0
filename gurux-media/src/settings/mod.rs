//! [`MediaSettings`]: which medium, and how it is set up, as a value.
//!
//! Two written forms: a short text for a command line (`tcp:10.0.0.5:502`), and the XML fragment
//! of the original's media (feature `channel`). No adapter needs to be compiled in to read
//! either.

use core::time::Duration;
use std::path::PathBuf;
use std::string::String;

use crate::LineSettings;

mod text;
#[cfg(feature = "channel")]
mod xml;

#[cfg(any(feature = "tcp", feature = "udp", feature = "tokio"))]
pub(crate) use text::Endpoint;
pub use text::{DescribeMediaError, FORMS};
#[cfg(feature = "channel")]
pub use xml::FragmentError;

/// A TCP port that we call.
#[derive(Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct TcpSettings {
    /// Name or address of the other side; no brackets around an IPv6 address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How long the connection may take to come up, over all addresses of the name. 10 s.
    pub connect_timeout: Duration,
    /// How long a peer that takes no octets is waited for. 30 s.
    pub send_timeout: Duration,
    /// Small messages leave at once instead of waiting for more (`TCP_NODELAY`). True.
    pub nodelay: bool,
    /// After how much idle time the system asks whether the peer still lives; `None` (the
    /// default, since such packets cost money on a mobile network): never.
    pub keepalive: Option<Duration>,
    /// Only addresses of IP version 6 are called.
    pub ipv6: bool,
}

impl TcpSettings {
    /// `host` and `port`, the rest as usual.
    #[must_use]
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        Self {
            host: host.into(),
            port,
            connect_timeout: Duration::from_secs(10),
            send_timeout: Duration::from_secs(30),
            nodelay: true,
            keepalive: None,
            ipv6: false,
        }
    }
}

/// A TCP port on which meters call us.
#[derive(Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct TcpListenSettings {
    /// Our own address: `0.0.0.0` or `::` is every address of the machine.
    pub address: String,
    /// Our port; zero lets the system choose.
    pub port: u16,
    /// How many callers may wait to be accepted. 4096; the system's own bound
    /// (`net.core.somaxconn`) holds as well. Runtimes take 128, and with that each caller too
    /// many costs a second, after its packet was dropped and sent again.
    pub backlog: u32,
    /// How long [`Media::open`](crate::Media::open) waits for a caller; `None`: without end.
    pub accept_timeout: Option<Duration>,
    /// As for a port that we call.
    pub send_timeout: Duration,
    /// As for a port that we call.
    pub nodelay: bool,
    /// As for a port that we call.
    pub keepalive: Option<Duration>,
}

impl TcpListenSettings {
    /// `address` and `port`, the rest as usual.
    #[must_use]
    pub fn new(address: impl Into<String>, port: u16) -> Self {
        Self {
            address: address.into(),
            port,
            backlog: 4096,
            accept_timeout: None,
            send_timeout: Duration::from_secs(30),
            nodelay: true,
            keepalive: None,
        }
    }
}

/// A UDP port that we send to.
#[derive(Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct UdpSettings {
    /// Name or address of the other side; no brackets around an IPv6 address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Only addresses of IP version 6 are used.
    pub ipv6: bool,
}

impl UdpSettings {
    /// `host` and `port`.
    #[must_use]
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        Self { host: host.into(), port, ipv6: false }
    }
}

/// A UDP port on which others send to us. An answer goes to whoever was heard last.
#[derive(Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct UdpListenSettings {
    /// Our own address: `0.0.0.0` or `::` is every address of the machine.
    pub address: String,
    /// Our port; zero lets the system choose.
    pub port: u16,
}

impl UdpListenSettings {
    /// `address` and `port`.
    #[must_use]
    pub fn new(address: impl Into<String>, port: u16) -> Self {
        Self { address: address.into(), port }
    }
}

/// A serial port, real or USB.
#[derive(Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SerialSettings {
    /// `/dev/ttyUSB0`, `COM3`.
    pub path: String,
    /// Speed, character, flow control, RS-485.
    pub line: LineSettings,
    /// The parity bit is made and taken off here, and the port runs with 8 data bits and none:
    /// for adapters that cannot do 7 data bits. Only characters of 7 data bits with parity can
    /// be done so.
    pub software_parity: bool,
    /// How long the line must have been silent before we send: time for the other side's driver
    /// to let go of a two-wire line. Zero.
    pub pause_before_send: Duration,
}

impl SerialSettings {
    /// `path` at `line`, the rest as usual.
    #[must_use]
    pub fn new(path: impl Into<String>, line: LineSettings) -> Self {
        Self { path: path.into(), line, software_parity: false, pause_before_send: Duration::ZERO }
    }
}

/// A pseudo-terminal that we make: the far side opens `link` like a serial port.
#[derive(Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PtySettings {
    /// Where the symbolic link to the terminal is put.
    pub link: PathBuf,
    /// What the far side is told the line to be. A pseudo-terminal carries octets, not bits.
    pub line: LineSettings,
    /// The parity bit is made and taken off here, as a far side with software parity does it.
    pub software_parity: bool,
}

impl PtySettings {
    /// A terminal linked from `link`.
    #[must_use]
    pub fn new(link: impl Into<PathBuf>) -> Self {
        Self { link: link.into(), line: LineSettings::default(), software_parity: false }
    }
}

/// A recorded conversation that is played again.
#[derive(Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ReplaySettings {
    /// The recording.
    pub file: PathBuf,
}

impl ReplaySettings {
    /// The recording in `file`.
    #[must_use]
    pub fn new(file: impl Into<PathBuf>) -> Self {
        Self { file: file.into() }
    }
}

/// Which medium, and how it is set up.
///
/// ```
/// use gurux_media::settings::{MediaSettings, TcpSettings};
///
/// let settings: MediaSettings = "tcp:[::1]:502".parse()?;
/// assert_eq!(settings, MediaSettings::Tcp(TcpSettings::new("::1", 502)));
/// assert_eq!(settings.to_string(), "tcp:[::1]:502");
/// assert_eq!(settings.kind(), "Net");
///
/// let settings: MediaSettings = "serial:/dev/ttyUSB0,300,7E1,software-parity".parse()?;
/// assert_eq!(settings.to_string(), "serial:/dev/ttyUSB0,300,7E1,software-parity");
///
/// let wrong = "tcp:10.0.0.5".parse::<MediaSettings>().unwrap_err();
/// assert_eq!(wrong.to_string(), "`tcp:10.0.0.5`: the port is missing; write tcp:HOST:PORT");
/// # Ok::<(), gurux_media::settings::DescribeMediaError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum MediaSettings {
    /// `tcp:HOST:PORT`
    Tcp(TcpSettings),
    /// `tcp-listen:ADDR:PORT`
    TcpListen(TcpListenSettings),
    /// `udp:HOST:PORT`
    Udp(UdpSettings),
    /// `udp-listen:ADDR:PORT`
    UdpListen(UdpListenSettings),
    /// `serial:PATH[,SPEED[,8N1]][,OPTION...]`
    Serial(SerialSettings),
    /// `pty:LINK[,SPEED[,8N1]][,software-parity]`
    Pty(PtySettings),
    /// `replay:FILE`
    Replay(ReplaySettings),
}

impl MediaSettings {
    /// The kind of medium, in IGXMedia's word: what [`Media::kind`](crate::Media::kind) says.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Tcp(_) | Self::TcpListen(_) | Self::Udp(_) | Self::UdpListen(_) => "Net",
            Self::Serial(_) => "Serial",
            Self::Pty(_) => "Pty",
            Self::Replay(_) => "Replay",
        }
    }
}
