//! [`ClientConfig`]: how a client talks, and what it puts up with.

use alloc::vec::Vec;
use core::time::Duration;

use gurux_framing::Direction;
use gurux_framing::ascii;
use gurux_framing::rtu::LengthRule;
use gurux_framing::transaction::{BackOff, Policy};
use gurux_media::LineSettings;

use crate::session::inbox::Filter;
use crate::session::{Framing, adu};
use crate::wire::{ExceptionCode, MAX_PDU_LEN, UnitId};

/// How a [`Client`](crate::session::Client) talks.
///
/// One default serves all framings: what only a line needs (one request at a time, the silence
/// before a request) follows from [`framing`](Self::framing).
///
/// ```
/// use core::time::Duration;
/// use gurux_modbus::session::{ClientConfig, Framing};
///
/// let config = ClientConfig {
///     response_timeout: Duration::from_millis(300),
///     ..ClientConfig::new(Framing::Rtu)
/// };
/// assert_eq!(config.resends, 2);
/// ```
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct ClientConfig {
    /// How PDUs travel.
    pub framing: Framing,
    /// The serial line, where there is one: it gives T3.5 and the time that octets take. Without,
    /// T3.5 is 1.75 ms and octets take no time.
    pub line: Option<LineSettings>,
    /// Requests in flight at the same time, 1 to 16, where replies are numbered; elsewhere one.
    /// (MODBUS Messaging on TCP/IP, 4.3.1, recommends servers to take 1 to 16.)
    pub window: u8,
    /// How many requests may wait behind those in flight.
    pub queue: u16,
    /// From the last octet of a request to its reply. V1.02 of the serial line guide (2.4.1) says
    /// one second to several at 9600 bit/s.
    pub response_timeout: Duration,
    /// Octets of one message come no further apart than this; after such a silence, what came is
    /// judged as it is. Longer than T1.5, because converters and gateways hand octets on in
    /// pieces.
    pub octet_timeout: Duration,
    /// How often a request is sent again when no reply comes.
    pub resends: u8,
    /// Which requests are sent again.
    pub resend: Resend,
    /// How the wait grows from attempt to attempt.
    pub back_off: BackOff,
    /// The silence before each request; `None`: T3.5 on an RTU line, elsewhere none.
    pub gap: Option<Duration>,
    /// The pause that each unit gets between its reply and the next request to it.
    pub unit_gap: Duration,
    /// The same for single units that need another one.
    pub unit_gaps: Vec<(UnitId, Duration)>,
    /// The wait after a broadcast, in which the servers do what they were told (V1.02 of the
    /// serial line guide, 2.4.1: 100 to 200 ms at 9600 bit/s).
    pub turnaround: Duration,
    /// From the opening of the medium to the first request; some inverters need seconds.
    pub pause_after_connect: Duration,
    /// How late a reply may be and still be recognised. For this long after a time-out, no
    /// request goes out whose reply could be mistaken for the late one: on a line, one of the
    /// same function to the same unit, or to any unit where replies may name another one
    /// ([`Leniency`]). Zero switches that off.
    pub late_reply: Duration,
    /// Is unit 0 a broadcast over MBAP too? MODBUS Messaging on TCP/IP makes it the device itself,
    /// so only a gateway that passes broadcasts on needs this.
    pub broadcast_by_mbap: bool,
    /// What to do about exceptions that mean "not now".
    pub exceptions: ExceptionRules,
    /// How often one request may be put off by such exceptions.
    pub patience: u8,
    /// What to put up with.
    pub leniency: Leniency,
    /// How long the messages of functions are that only the user knows. RTU needs it; without, a
    /// reply to such a function ends by silence.
    pub rules: Vec<LengthRule>,
    /// The last character of ASCII messages (08/03 changes a server's).
    pub delimiter: u8,
}

impl Default for ClientConfig {
    fn default() -> Self {
        Self {
            framing: Framing::Tcp,
            line: None,
            window: 4,
            queue: 64,
            response_timeout: Duration::from_secs(1),
            octet_timeout: Duration::from_millis(100),
            resends: 2,
            resend: Resend::Repeatable,
            back_off: BackOff::Constant,
            gap: None,
            unit_gap: Duration::ZERO,
            unit_gaps: Vec::new(),
            turnaround: Duration::from_millis(150),
            pause_after_connect: Duration::ZERO,
            late_reply: Duration::from_millis(500),
            broadcast_by_mbap: false,
            exceptions: ExceptionRules::default(),
            patience: 10,
            leniency: Leniency::default(),
            rules: Vec::new(),
            delimiter: ascii::LF,
        }
    }
}

impl ClientConfig {
    /// The defaults for a framing.
    #[must_use]
    pub fn new(framing: Framing) -> Self {
        Self { framing, ..Self::default() }
    }

    /// Does a reply repeat the number of its request, as far as this device is trusted?
    pub(super) const fn is_numbered(&self) -> bool {
        self.framing.is_numbered() && !self.leniency.ignore_transaction
    }

    /// May any reply name another unit than was asked?
    pub(super) const fn any_unit(&self) -> bool {
        self.leniency.any_unit && self.framing.is_numbered()
    }

    /// The times and counts for the resend machine.
    pub(super) fn policy(&self) -> Policy {
        Policy {
            window: if self.is_numbered() { self.window } else { 1 },
            response_timeout: self.response_timeout,
            octet_timeout: self.octet_timeout,
            // On a slow line the longest reply is on its way for seconds.
            reply_limit: self.response_timeout.max(self.octet_timeout).saturating_add(
                self.line.map_or(Duration::ZERO, |line| {
                    line.octets_time(adu::len(self.framing, MAX_PDU_LEN))
                }),
            ),
            back_off: self.back_off,
            patience: self.patience,
            gap: self.gap.unwrap_or_else(|| self.framing.gap(self.line.as_ref())),
            turnaround: self.turnaround,
            pause_after_connect: self.pause_after_connect,
            stale_lifetime: self.late_reply,
        }
    }

    /// What to look for in what comes in.
    pub(super) fn filter(&self) -> Filter {
        Filter {
            framing: self.framing,
            direction: Some(Direction::Response),
            delimiter: self.delimiter,
            rules: self.rules.clone(),
            exception_without_crc: self.leniency.exception_without_crc,
            length_one_too_long: self.leniency.length_one_too_long,
        }
    }

    /// Is this unit nobody in particular?
    pub(super) fn is_broadcast(&self, unit: UnitId) -> bool {
        unit == UnitId::BROADCAST && (!self.framing.is_numbered() || self.broadcast_by_mbap)
    }

    pub(super) fn gap_of(&self, unit: UnitId) -> Duration {
        let own = self.unit_gaps.iter().find(|(of, _)| *of == unit);
        own.map_or(self.unit_gap, |&(_, gap)| gap)
    }
}

/// Which requests are sent again when no reply came, so that nobody knows whether the first was
/// carried out.
///
/// | requests | twice is the same as once |
/// |---|---|
/// | reads (01 to 04, 07, 0B, 0C, 11, 14, 18, 2B/0E), 08/00, 08/02, 08/0B to 08/12 | always: 18 does not empty the queue |
/// | writes (05, 06, 0F, 10, 15, 16, 17) | they set a state, so yes; not where a register is a command (a reset, a pulse) |
/// | 08/01, 08/03, 08/0A, 08/14 | no: a counter or log that is cleared twice has lost what came between |
/// | 2B/0D and other MEI types, user-defined functions | unknown |
///
/// [`SendOptions::resends`](super::SendOptions::resends) decides otherwise for one request.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Resend {
    /// Reads only: for devices whose registers are commands.
    Reads,
    /// Reads, and writes that set a state.
    #[default]
    Repeatable,
    /// Everything.
    All,
}

/// What the client does about exceptions that mean "not now" rather than "no".
///
/// All other exceptions are told to the caller as they come.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct ExceptionRules {
    /// 04, the server failed. It may have done half of it, so the default tells.
    pub device_failure: OnException,
    /// 05, the server is at work on it and needs long (V1.1b3, section 7). The default asks
    /// again after a second where that is safe ([`Resend`]), and tells otherwise.
    pub acknowledge: OnException,
    /// 06, the server is busy with something else and did nothing; ask later. The default does,
    /// after half a second.
    pub busy: OnException,
    /// 0A, the gateway has no way there: the default tells.
    pub gateway_path: OnException,
    /// 0B, the server behind the gateway did not answer: the default tells.
    pub gateway_target: OnException,
}

impl Default for ExceptionRules {
    fn default() -> Self {
        Self {
            device_failure: OnException::Tell,
            acknowledge: OnException::Again { after: Duration::from_secs(1) },
            busy: OnException::Again { after: Duration::from_millis(500) },
            gateway_path: OnException::Tell,
            gateway_target: OnException::Tell,
        }
    }
}

impl ExceptionRules {
    pub(super) const fn rule(&self, code: ExceptionCode) -> OnException {
        match code {
            ExceptionCode::SERVER_DEVICE_FAILURE => self.device_failure,
            ExceptionCode::ACKNOWLEDGE => self.acknowledge,
            ExceptionCode::SERVER_DEVICE_BUSY => self.busy,
            ExceptionCode::GATEWAY_PATH_UNAVAILABLE => self.gateway_path,
            ExceptionCode::GATEWAY_TARGET_FAILED_TO_RESPOND => self.gateway_target,
            _ => OnException::Tell,
        }
    }
}

/// What to do about an exception.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum OnException {
    /// The request is over, refused.
    Tell,
    /// Send the request again after a while. Where the server may have begun the work, only
    /// requests that can be repeated are; the others are told.
    Again {
        /// How long to wait.
        after: Duration,
    },
    /// Go on waiting for the true reply, with a new response time-out: for devices that
    /// acknowledge first and answer later.
    Wait,
}

/// What to put up with: each option is a habit of real devices that the standard forbids. All
/// are off by default.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct Leniency {
    /// The MBAP transaction identifier of replies means nothing: cheap gateways answer 0, or
    /// always the same. One request is then in flight at a time, and replies are matched as on a
    /// line (observed: pymodbus#2777).
    pub ignore_transaction: bool,
    /// Replies over MBAP may carry any unit (observed: goburrow/modbus#54, FluentModbus#84: devices that
    /// answer as unit 0 or 255 whatever they were called).
    pub any_unit: bool,
    /// Exceptions may carry unit 255: gateways that answer in the name of a server that is not
    /// there (observed: simonvetter/modbus allows it).
    pub unit_255_in_exceptions: bool,
    /// An RTU exception may lack its CRC if silence follows (observed: `0A 81 02`,
    /// tokio-modbus#60).
    pub exception_without_crc: bool,
    /// The MBAP length may be one more than there are octets, if the PDU is whole and the line is
    /// quiet (observed: pymodbus#2303).
    pub length_one_too_long: bool,
    /// What is sent comes back first: two-wire converters without echo suppression.
    pub local_echo: bool,
}
