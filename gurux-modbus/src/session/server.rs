//! [`Server`]: answers clients, over a [`Model`] that is the device.

mod answer;
mod diagnosis;
mod forward;
mod memory;
mod model;

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::time::Duration;

use bytes::BytesMut;
use gurux_framing::rtu::LengthRule;
use gurux_framing::{Direction, Wire, WireError, WireErrorKind, ascii};
use gurux_media::{Instant, LineSettings, Session, Transmit};

use self::answer::answer;
use self::diagnosis::{Diagnosis, Outcome};
use super::adu::{self, Adu};
use super::echo::Echo;
use super::inbox::{Answered, Filter, Inbox, Incoming};
use super::request::{is_restart, is_write};
use super::{Framing, Pdu};
use crate::wire::{ExceptionCode, FunctionCode, MAX_PDU_LEN, Request, UnitId, exception_for};

pub use self::diagnosis::ServerCounters;
pub use self::memory::Memory;
pub use self::model::Model;

/// Answers that wait to be sent; a request beyond them is lost before it is carried out.
const MAX_ANSWERS: usize = 16;

/// Events are kept until this many wait.
const MAX_EVENTS: usize = 64;

/// On a line, the beginning of a message is dropped after this silence.
const LINE_SILENCE: Duration = Duration::from_millis(50);

/// Over a converter its rest may be longer on its way. Not much longer: a request that is found
/// behind it is answered late, and late answers do harm where nothing numbers them.
const CONVERTER_SILENCE: Duration = Duration::from_millis(200);

/// Over MBAP nothing is looked for behind it.
const MBAP_SILENCE: Duration = Duration::from_secs(2);

/// How a [`Server`] answers.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct ServerConfig {
    /// How PDUs travel.
    pub framing: Framing,
    /// The serial line, where there is one: it gives T3.5. Without, that is 1.75 ms.
    pub line: Option<LineSettings>,
    /// The units that answer here; empty: any. On a line with other servers this must be said.
    pub units: Vec<UnitId>,
    /// What becomes of a request to another unit, over MBAP. On a line it is never answered.
    pub other_units: OtherUnits,
    /// Is unit 0 a broadcast over MBAP too? By the standard it is the device itself.
    pub broadcast_by_mbap: bool,
    /// The time between a request and its answer.
    pub response_delay: Duration,
    /// After such a silence the beginning of a message is dropped. `None`: 50 ms on a line, 200 ms
    /// where a converter makes one of a stream, two seconds over MBAP.
    pub octet_timeout: Option<Duration>,
    /// What is sent comes back first: two-wire converters without echo suppression.
    pub local_echo: bool,
    /// How long the messages of functions are that only the user knows; RTU needs it.
    pub rules: Vec<LengthRule>,
    /// The last character of ASCII messages, until a client changes it (08/03).
    pub delimiter: u8,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            framing: Framing::Tcp,
            line: None,
            units: Vec::new(),
            other_units: OtherUnits::Silence,
            broadcast_by_mbap: false,
            response_delay: Duration::ZERO,
            octet_timeout: None,
            local_echo: false,
            rules: Vec::new(),
            delimiter: ascii::LF,
        }
    }
}

impl ServerConfig {
    /// The defaults for a framing.
    #[must_use]
    pub fn new(framing: Framing) -> Self {
        Self { framing, ..Self::default() }
    }

    fn is_broadcast(&self, unit: UnitId) -> bool {
        unit == UnitId::BROADCAST && (!self.framing.is_numbered() || self.broadcast_by_mbap)
    }

    fn silence(&self) -> Duration {
        self.octet_timeout.unwrap_or(match self.framing {
            Framing::Rtu | Framing::Ascii => LINE_SILENCE,
            Framing::RtuOverTcp | Framing::AsciiOverTcp => CONVERTER_SILENCE,
            Framing::Tcp | Framing::Udp => MBAP_SILENCE,
        })
    }

    fn filter(&self) -> Filter {
        Filter {
            framing: self.framing,
            // On a line with several servers the answers of the others pass by too.
            direction: None,
            delimiter: self.delimiter,
            rules: self.rules.clone(),
            ..Filter::default()
        }
    }
}

/// What a server over MBAP does about a request to a unit that it is not.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum OtherUnits {
    /// Nothing.
    #[default]
    Silence,
    /// Answers as a gateway does whose server is away: exception 0B.
    GatewayTargetFailed,
}

/// What a server tells.
///
/// All are notices: a server works on if nobody polls, and drops those that come when 64 wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ServerEvent {
    /// A request was carried out, or refused.
    Served {
        /// Who was asked; 0 for all.
        unit: UnitId,
        /// What was asked.
        function: FunctionCode,
        /// Why it was refused, if it was.
        refused: Option<ExceptionCode>,
    },
    /// The server listens only from now on, until a restart (08/04).
    ListensOnly,
    /// The server was restarted (08/01).
    Restarted,
    /// A request was lost, because nobody took the answers to those before it.
    Overrun {
        /// Who was asked.
        unit: UnitId,
    },
    /// Octets that belong to no message. They were skipped.
    Noise {
        /// How many, in a row.
        octets: usize,
        /// Why no message begins with the first of them, which is octet 0.
        why: WireError,
    },
}

/// Answers clients: one server for each connection or line.
///
/// The data is a [`Model`]. The server itself keeps what the standard makes it keep: the
/// diagnostics counters, the event counter and the event log (08, 0B, 0C), and listen-only mode.
///
/// ```
/// use gurux_media::bytes::BytesMut;
/// use gurux_media::{Instant, Session};
/// use gurux_modbus::session::{Framing, Memory, Server, ServerConfig};
///
/// let mut memory = Memory::default();
/// memory.holding_registers.extend([(0x6B, 0x22B), (0x6C, 0), (0x6D, 0x64)]);
/// let mut server = Server::new(ServerConfig::new(Framing::Tcp), memory);
///
/// let (now, mut out) = (Instant::ZERO, BytesMut::new());
/// server.handle_input(now, &[0, 1, 0, 0, 0, 6, 17, 3, 0, 0x6B, 0, 3]);
/// server.poll_transmit(now, &mut out);
/// assert_eq!(&out[..], [0, 1, 0, 0, 0, 9, 17, 3, 6, 2, 0x2B, 0, 0, 0, 0x64]);
/// ```
#[derive(Clone, Debug)]
pub struct Server<M> {
    inbox: Inbox,
    core: Core<M>,
}

/// All but the octets that came in, so that these can be read while the rest changes.
#[derive(Clone, Debug)]
struct Core<M> {
    config: ServerConfig,
    model: M,
    diagnosis: Diagnosis,
    answers: VecDeque<Waiting>,
    events: VecDeque<ServerEvent>,
    now: Instant,
    /// When what is held will have been followed by silence.
    silent_at: Option<Instant>,
    echo: Echo,
    /// The end of ASCII messages from now on.
    delimiter: Option<u8>,
}

/// An answer that waits to be sent.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    at: Instant,
    delimiter: u8,
    transaction: u16,
    unit: UnitId,
    pdu: Pdu,
}

impl<M: Model> Server<M> {
    /// A server for `model`.
    #[must_use]
    pub fn new(config: ServerConfig, model: M) -> Self {
        Self {
            inbox: Inbox::new(config.filter()),
            core: Core {
                config,
                model,
                diagnosis: Diagnosis::default(),
                answers: VecDeque::new(),
                events: VecDeque::new(),
                now: Instant::ZERO,
                silent_at: None,
                echo: Echo::default(),
                delimiter: None,
            },
        }
    }

    /// How this server answers.
    #[must_use]
    pub const fn config(&self) -> &ServerConfig {
        &self.core.config
    }

    /// The data.
    #[must_use]
    pub const fn model(&self) -> &M {
        &self.core.model
    }

    /// The data, to be changed.
    #[must_use]
    pub const fn model_mut(&mut self) -> &mut M {
        &mut self.core.model
    }

    /// The data, without its server.
    #[must_use]
    pub fn into_model(self) -> M {
        self.core.model
    }

    /// What the diagnostics function would answer.
    #[must_use]
    pub const fn counters(&self) -> &ServerCounters {
        &self.core.diagnosis.counters
    }

    /// Is the server in listen-only mode (08/04)?
    #[must_use]
    pub const fn listens_only(&self) -> bool {
        self.core.diagnosis.listens_only
    }
}

impl<M: Model> Session for Server<M> {
    type Event = ServerEvent;

    fn handle_open(&mut self, now: Instant) {
        self.inbox.clear();
        self.core.forget(now);
    }

    fn handle_input(&mut self, now: Instant, octets: &[u8]) {
        let Self { inbox, core } = self;
        core.now = now;
        let octets = core.echo.strip(octets);
        if octets.is_empty() {
            return;
        }
        inbox.receive(octets, |incoming| core.take(now, incoming));
        if core.config.framing == Framing::Udp {
            inbox.finish(|incoming| core.take(now, incoming));
        }
        core.silent_at = (!inbox.held().is_empty()).then(|| now + core.config.silence());
        core.apply_delimiter(inbox);
    }

    fn handle_timeout(&mut self, now: Instant) {
        let Self { inbox, core } = self;
        core.now = now;
        if core.silent_at.is_none_or(|at| at > now) {
            return;
        }
        core.silent_at = None;
        if core.config.framing.is_numbered() {
            // Nothing proves a message inside a broken one, so none is looked for.
            let (octets, why) = (inbox.held().len(), BROKEN_OFF);
            inbox.clear();
            core.noise(octets, why);
        } else {
            inbox.finish(|incoming| core.take(now, incoming));
            core.apply_delimiter(inbox);
        }
    }

    fn handle_close(&mut self, now: Instant) {
        self.inbox.clear();
        self.core.forget(now);
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut BytesMut) -> Option<Transmit> {
        let core = &mut self.core;
        core.now = now;
        core.answers.front().filter(|waiting| waiting.at <= now)?;
        let Waiting { delimiter, transaction, unit, pdu, .. } = core.answers.pop_front()?;
        let start = out.len();
        adu::emit(core.config.framing, delimiter, &Adu { transaction, unit, pdu: &pdu }, out);
        let octets = out.get(start..).unwrap_or_default();
        if core.config.local_echo {
            core.echo.expect(octets);
        }
        let silence_before = core.config.framing.gap(core.config.line.as_ref());
        Some(Transmit { silence_before, ..Transmit::now(octets.len()) })
    }

    fn poll_timeout(&self) -> Option<Instant> {
        // An answer that is due is not a timer: it waits to be taken.
        let due = self.core.answers.front().map(|waiting| waiting.at);
        [due.filter(|&at| at > self.core.now), self.core.silent_at].into_iter().flatten().min()
    }

    fn poll_event(&mut self) -> Option<ServerEvent> {
        self.core.events.pop_front()
    }
}

/// Why octets are dropped that only began a message.
const BROKEN_OFF: WireError =
    WireError::new(0, "message", WireErrorKind::Expected("the rest of the message"));

impl<M: Model> Core<M> {
    /// The connection is another one.
    fn forget(&mut self, now: Instant) {
        self.now = now;
        self.silent_at = None;
        self.answers.clear();
        self.echo.clear();
    }

    fn take(&mut self, now: Instant, incoming: Incoming<'_>) -> Answered {
        let waiting = self.answers.len();
        match incoming {
            Incoming::Noise { octets, why } => self.noise(octets.len(), why),
            Incoming::Frame(frame, direction) => {
                let count = &mut self.diagnosis.counters.bus_messages;
                *count = count.wrapping_add(1);
                adu::open(self.config.framing, frame, |adu| match adu {
                    // Another server's answer, on a line that has several.
                    Ok(_) if direction == Some(Direction::Response) => {}
                    Ok(adu) => self.handle(now, &adu),
                    Err(why) => self.noise(frame.len(), why),
                });
            }
        }
        if self.answers.len() > waiting { Answered::Yes } else { Answered::No }
    }

    /// Takes in a message that may be a request to this server.
    fn handle(&mut self, now: Instant, adu: &Adu<'_>) {
        let function = FunctionCode::new(adu.pdu.first().copied().unwrap_or(0));
        let is_broadcast = self.config.is_broadcast(adu.unit);
        if !is_broadcast && !self.config.units.is_empty() && !self.config.units.contains(&adu.unit)
        {
            let is_told = self.config.other_units == OtherUnits::GatewayTargetFailed;
            if is_told && self.config.framing.is_numbered() {
                let code = ExceptionCode::GATEWAY_TARGET_FAILED_TO_RESPOND;
                self.respond(now, adu, &exception(function, code));
            }
            return;
        }
        if self.answers.len() >= MAX_ANSWERS {
            let count = &mut self.diagnosis.counters.overruns;
            *count = count.wrapping_add(1);
            self.tell(ServerEvent::Overrun { unit: adu.unit });
            return;
        }
        self.diagnosis.received(is_broadcast);
        let request = Request::from_bytes(adu.pdu);
        let is_deaf = self.diagnosis.listens_only && !request.as_ref().is_ok_and(is_restart);
        if is_deaf || is_broadcast {
            self.diagnosis.unanswered();
        }
        if is_deaf {
            return;
        }
        let mut out = [0; MAX_PDU_LEN];
        if !is_broadcast {
            let outcome = self.serve(adu.unit, function, request, &mut out);
            match self.conclude(adu.unit, function, outcome) {
                Ok(Some(len)) => self.respond(now, adu, out.get(..len).unwrap_or_default()),
                Ok(None) => {}
                Err(code) => self.respond(now, adu, &exception(function, code)),
            }
            return;
        }
        // Nobody is answered, so only what changes something is carried out: by each unit.
        if request.as_ref().is_ok_and(is_write) {
            for index in 0..self.config.units.len().max(1) {
                let unit = self.config.units.get(index).copied().unwrap_or(UnitId::BROADCAST);
                let outcome = self.serve(unit, function, request, &mut out);
                let _ = self.conclude(unit, function, outcome);
            }
        }
    }

    /// Carries a request out.
    fn serve(
        &mut self,
        unit: UnitId,
        function: FunctionCode,
        request: Result<Request<'_>, WireError>,
        out: &mut [u8; MAX_PDU_LEN],
    ) -> Result<Outcome, ExceptionCode> {
        let Self { model, diagnosis, config, .. } = self;
        if !model.supports(unit, function) {
            return Err(ExceptionCode::ILLEGAL_FUNCTION);
        }
        let request = request.map_err(|error| exception_for(&error))?;
        match diagnosis.answer(model, unit, config.framing, &request, out) {
            Some(outcome) => outcome,
            None => answer(model, unit, &request, out).map(Outcome::Response),
        }
    }

    /// Counts, logs and tells what became of a request; how long the response is, if there is
    /// one.
    fn conclude(
        &mut self,
        unit: UnitId,
        function: FunctionCode,
        outcome: Result<Outcome, ExceptionCode>,
    ) -> Result<Option<usize>, ExceptionCode> {
        let response = match outcome {
            Ok(Outcome::Silence) => {
                self.diagnosis.unanswered();
                self.tell(ServerEvent::ListensOnly);
                return Ok(None);
            }
            Ok(Outcome::Restart { clears_log, response }) => {
                let is_answered = !self.diagnosis.listens_only;
                self.diagnosis.restart(clears_log);
                self.tell(ServerEvent::Restarted);
                return Ok(is_answered.then_some(response));
            }
            Ok(Outcome::Delimiter { delimiter, response }) => {
                self.delimiter = Some(delimiter);
                Ok(response)
            }
            Ok(Outcome::Response(response)) => Ok(response),
            Err(code) => Err(code),
        };
        let refused = response.err();
        self.diagnosis.done(function, refused);
        self.tell(ServerEvent::Served { unit, function, refused });
        response.map(Some)
    }

    fn respond(&mut self, now: Instant, adu: &Adu<'_>, pdu: &[u8]) {
        if let Some(pdu) = Pdu::new(pdu) {
            self.answers.push_back(Waiting {
                at: now + self.config.response_delay,
                delimiter: self.config.delimiter,
                transaction: adu.transaction,
                unit: adu.unit,
                pdu,
            });
        }
    }

    /// From the next message on, another character ends them.
    fn apply_delimiter(&mut self, inbox: &mut Inbox) {
        if let Some(delimiter) = self.delimiter.take() {
            self.config.delimiter = delimiter;
            inbox.set_delimiter(delimiter);
        }
    }

    fn noise(&mut self, octets: usize, why: WireError) {
        if matches!(why.kind, WireErrorKind::Checksum { .. }) {
            self.diagnosis.noise();
        }
        self.tell(ServerEvent::Noise { octets, why });
    }

    fn tell(&mut self, event: ServerEvent) {
        if self.events.len() < MAX_EVENTS {
            self.events.push_back(event);
        }
    }
}

const fn exception(function: FunctionCode, code: ExceptionCode) -> [u8; 2] {
    [function.code() | 0x80, code.code()]
}
