//! A gateway: Modbus TCP clients on one side, meters on one serial line on the other.
//!
//! ```text
//! TCP client --MBAP--> GatewayConnection \
//! TCP client --MBAP--> GatewayConnection --queue--> GatewayLine --RTU--> meters
//! ```
//!
//! All are sessions without I/O, over one [`Gateway`]: the line is driven over the serial port,
//! each connection over its socket, in one thread or in many. What arrives is parsed, not copied
//! through: a check sum of the line never reaches a client, and what is no request never reaches
//! the line.
//!
//! | what happens | the client gets |
//! |---|---|
//! | the meter answers, or refuses | its answer, with the client's own number and unit |
//! | the meter does not answer | exception 0B, gateway target device failed to respond |
//! | the unit is not on this line, the line is closed, or the queue is full | exception 0A, gateway path unavailable |
//! | the request is malformed | the exception that a server would answer |
//!
//! Source: MODBUS Application Protocol V1.1b3, 7 (exceptions 0A and 0B).

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use gurux_framing::mbap::Mbap;
use gurux_framing::{Deframe, Step, Wire};
use gurux_media::bytes::BytesMut;
use gurux_media::{Instant, Session, Transmit};
use gurux_modbus::session::{
    Client, ClientConfig, ClientEvent, Failure, Framing, RequestId, Skipped,
};
use gurux_modbus::wire::{
    Exception, ExceptionCode, FunctionCode, Request, Response, UnitId, exception_for, tcp,
};

/// Events are kept until so many wait.
const MAX_EVENTS: usize = 256;

/// How often a session looks for what another one has left for it, where work is under way.
const LOOK_INTERVAL: Duration = Duration::from_millis(5);

/// How a [`Gateway`] works.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
#[non_exhaustive]
pub struct GatewayConfig {
    /// How the meters are asked: framing, time-outs, resends, pauses.
    pub line: ClientConfig,
    /// The unit on the line for each unit that clients may ask for; empty: 1 to 247, unchanged.
    pub units: BTreeMap<UnitId, UnitId>,
    /// Is unit 0 sent to the whole line? Nobody answers it. By default it is not on the line.
    pub broadcast: bool,
    /// Connections at a time.
    pub max_connections: usize,
    /// Requests that one connection may have waiting, so that one client cannot take the line
    /// from all others.
    pub max_waiting: usize,
}

impl Default for GatewayConfig {
    /// A line in RTU mode, units as they are, 32 connections with at most 16 requests each
    /// (MODBUS Messaging on TCP/IP, 4.3.1, has servers take 1 to 16).
    fn default() -> Self {
        Self {
            line: ClientConfig { queue: 512, ..ClientConfig::new(Framing::Rtu) },
            units: BTreeMap::new(),
            broadcast: false,
            max_connections: 32,
            max_waiting: 16,
        }
    }
}

/// What a gateway has counted since it was made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct GatewayCounters {
    /// Connections that were taken.
    pub connections: u64,
    /// Connections that were not, for there were too many.
    pub refused_connections: u64,
    /// Requests that came from clients.
    pub requests: u64,
    /// Replies of meters that went to clients.
    pub replies: u64,
    /// Refusals of meters that went to clients.
    pub exceptions: u64,
    /// Exceptions 0A: no such unit, line closed, too many requests.
    pub path_unavailable: u64,
    /// Exceptions 0B: the meter did not answer.
    pub target_failed: u64,
    /// Requests that were malformed.
    pub malformed: u64,
    /// Requests that were lost because their client did not take its answers.
    pub overruns: u64,
    /// Answers whose client was gone.
    pub orphans: u64,
    /// Octets from clients that belong to no message.
    pub noise_octets: u64,
}

/// What a gateway tells.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum GatewayEvent {
    /// A meter did not answer.
    TargetFailed {
        /// The unit on the line.
        unit: UnitId,
    },
    /// A request could not be passed on.
    PathUnavailable {
        /// The unit that the client asked for.
        unit: UnitId,
    },
    /// Something else worth knowing: noise, a late reply.
    Notice(String),
}

/// What all sessions of a gateway share.
///
/// ```
/// use gurux_device::modbus::{Gateway, GatewayConfig};
/// use gurux_media::{Instant, Session, bytes::BytesMut};
///
/// let gateway = Gateway::new(GatewayConfig::default());
/// let (mut line, mut client) = (gateway.line(), gateway.connection().unwrap());
/// let (now, mut out) = (Instant::from_millis(10), BytesMut::new());
/// line.handle_open(now);
///
/// client.handle_input(now, &[0x15, 3, 0, 0, 0, 6, 0x11, 3, 0, 0x6B, 0, 3]);
/// line.poll_transmit(now, &mut out);
/// assert_eq!(&out.split()[..], [0x11, 3, 0, 0x6B, 0, 3, 0x76, 0x87]);
///
/// line.handle_input(now, &[0x11, 3, 6, 2, 0x2B, 0, 0, 0, 0x64, 0xC8, 0xBA]);
/// client.poll_transmit(now, &mut out);
/// assert_eq!(&out[..], [0x15, 3, 0, 0, 0, 9, 0x11, 3, 6, 2, 0x2B, 0, 0, 0, 0x64]);
/// ```
#[derive(Clone, Debug)]
pub struct Gateway {
    core: Arc<Mutex<Core>>,
}

#[derive(Debug)]
struct Core {
    config: GatewayConfig,
    client: Client,
    is_open: bool,
    /// The requests on the line, and whose they are.
    jobs: HashMap<RequestId, Job>,
    connections: HashMap<u64, Connection>,
    next_connection: u64,
    counters: GatewayCounters,
    events: VecDeque<GatewayEvent>,
}

/// A request that a client waits for.
#[derive(Clone, Copy, Debug)]
struct Job {
    connection: u64,
    transaction: u16,
    /// As the client called it.
    unit: UnitId,
    function: FunctionCode,
}

/// What is kept for one client.
#[derive(Debug, Default)]
struct Connection {
    /// Requests of it on the line.
    waiting: usize,
    /// Answers that it has not taken.
    answers: VecDeque<Vec<u8>>,
}

impl Gateway {
    /// A gateway that nobody is connected to.
    #[must_use]
    pub fn new(config: GatewayConfig) -> Self {
        let core = Core {
            client: Client::new(config.line.clone()),
            config,
            is_open: false,
            jobs: HashMap::new(),
            connections: HashMap::new(),
            next_connection: 0,
            counters: GatewayCounters::default(),
            events: VecDeque::new(),
        };
        Self { core: Arc::new(Mutex::new(core)) }
    }

    /// The session of the line. There should be one.
    #[must_use]
    pub fn line(&self) -> GatewayLine {
        GatewayLine { core: Arc::clone(&self.core), now: Instant::ZERO }
    }

    /// The session of another client; `None` if there are as many as may be.
    #[must_use]
    pub fn connection(&self) -> Option<GatewayConnection> {
        let mut core = self.lock();
        if core.connections.len() >= core.config.max_connections {
            core.counters.refused_connections += 1;
            return None;
        }
        core.counters.connections += 1;
        let id = core.next_connection;
        core.next_connection += 1;
        core.connections.insert(id, Connection::default());
        Some(GatewayConnection {
            core: Arc::clone(&self.core),
            id,
            deframer: Mbap::new(),
            held: Vec::new(),
            now: Instant::ZERO,
        })
    }

    /// What was counted so far.
    #[must_use]
    pub fn counters(&self) -> GatewayCounters {
        self.lock().counters
    }

    fn lock(&self) -> MutexGuard<'_, Core> {
        lock(&self.core)
    }
}

fn lock(core: &Mutex<Core>) -> MutexGuard<'_, Core> {
    // A panic elsewhere leaves the queue as it is.
    core.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Core {
    fn tell(&mut self, event: GatewayEvent) {
        if self.events.len() < MAX_EVENTS {
            self.events.push_back(event);
        }
    }

    /// The unit on the line that a client's unit means.
    fn target(&self, unit: UnitId) -> Option<UnitId> {
        if unit == UnitId::BROADCAST {
            return self.config.broadcast.then_some(unit);
        }
        if self.config.units.is_empty() {
            return Some(unit).filter(|unit| unit.code() <= 247);
        }
        self.config.units.get(&unit).copied()
    }

    /// One message of a client.
    fn ask(&mut self, connection: u64, frame: &[u8]) {
        let (Some((header, pdu)), Some(known)) =
            (frame.split_first_chunk::<7>(), self.connections.get(&connection))
        else {
            return;
        };
        let [t_high, t_low, .., unit] = *header;
        let job = Job {
            connection,
            transaction: u16::from_be_bytes([t_high, t_low]),
            unit: UnitId::new(unit),
            function: FunctionCode::new(pdu.first().copied().unwrap_or_default()),
        };
        let room = known.answers.len() + known.waiting;
        let is_full = known.waiting >= self.config.max_waiting;
        self.counters.requests += 1;
        if room >= 2 * self.config.max_waiting {
            // It asks and does not listen: its answers would fill the memory.
            self.counters.overruns += 1;
            return;
        }
        let request = match Request::from_bytes(pdu) {
            Ok(request) => request,
            Err(error) => {
                self.counters.malformed += 1;
                return self.refuse(job, exception_for(&error));
            }
        };
        let target = self.target(job.unit).filter(|_| self.is_open && !is_full);
        let sent = target.and_then(|unit| self.client.send(unit, &request).ok());
        match sent {
            Some(id) => {
                self.jobs.insert(id, job);
                if let Some(connection) = self.connections.get_mut(&connection) {
                    connection.waiting += 1;
                }
            }
            None => self.path_unavailable(job),
        }
    }

    fn path_unavailable(&mut self, job: Job) {
        self.counters.path_unavailable += 1;
        self.tell(GatewayEvent::PathUnavailable { unit: job.unit });
        self.refuse(job, ExceptionCode::GATEWAY_PATH_UNAVAILABLE);
    }

    fn refuse(&mut self, job: Job, code: ExceptionCode) {
        self.answer(job, &Response::Exception(Exception::new(job.function, code)));
    }

    /// Leaves an answer for the client of `job`.
    fn answer(&mut self, job: Job, response: &Response<'_>) {
        let Some(connection) = self.connections.get_mut(&job.connection) else {
            self.counters.orphans += 1;
            return;
        };
        let adu = tcp::Adu::new(job.transaction, job.unit, *response);
        connection.answers.push_back(super::octets(&adu));
    }

    /// A request on the line is over.
    fn finish(&mut self, id: RequestId) -> Option<Job> {
        let job = self.jobs.remove(&id)?;
        if let Some(connection) = self.connections.get_mut(&job.connection) {
            connection.waiting = connection.waiting.saturating_sub(1);
        }
        Some(job)
    }

    /// Hands what the line told to whom it concerns.
    fn distribute(&mut self) {
        while let Some(event) = self.client.poll_event() {
            match event {
                ClientEvent::Reply(reply) => {
                    let Some(job) = self.finish(reply.id) else { continue };
                    // Only what parsed became a reply.
                    if let Ok(response) = reply.response() {
                        self.counters.replies += 1;
                        self.answer(job, &response);
                    }
                }
                ClientEvent::Refused { id, code, .. } => {
                    let Some(job) = self.finish(id) else { continue };
                    self.counters.exceptions += 1;
                    self.refuse(job, code);
                }
                ClientEvent::Failed { id, unit, reason } => {
                    let Some(job) = self.finish(id) else { continue };
                    if reason == Failure::Closed {
                        self.path_unavailable(job);
                        continue;
                    }
                    self.counters.target_failed += 1;
                    self.tell(GatewayEvent::TargetFailed { unit });
                    self.refuse(job, ExceptionCode::GATEWAY_TARGET_FAILED_TO_RESPOND);
                }
                // A broadcast has no answer, and its client expects none.
                ClientEvent::Sent { id, .. } | ClientEvent::Identified { id, .. } => {
                    self.finish(id);
                }
                ClientEvent::Skipped { unit, why, .. } => {
                    let why = if why == Skipped::Late { "late" } else { "not asked for" };
                    let unit = unit.code();
                    self.tell(GatewayEvent::Notice(format!("a message of unit {unit} is {why}")));
                }
                ClientEvent::Noise { octets, why } => {
                    let text = format!("{octets} octets of no message on the line: {why}");
                    self.tell(GatewayEvent::Notice(text));
                }
            }
        }
    }

    /// The client is gone: nothing is sent for it any more.
    fn leave(&mut self, connection: u64) {
        if self.connections.remove(&connection).is_none() {
            return;
        }
        let gone = self.jobs.iter().filter(|(_, job)| job.connection == connection);
        let gone: Vec<RequestId> = gone.map(|(id, _)| *id).collect();
        for id in gone {
            self.client.cancel(id);
            self.jobs.remove(&id);
        }
    }
}

/// The side of the line: drive it over the serial port.
#[derive(Debug)]
pub struct GatewayLine {
    core: Arc<Mutex<Core>>,
    now: Instant,
}

impl GatewayLine {
    fn with<R>(&mut self, now: Instant, act: impl FnOnce(&mut Core) -> R) -> R {
        self.now = now;
        let mut core = lock(&self.core);
        let result = act(&mut core);
        core.distribute();
        result
    }
}

impl Session for GatewayLine {
    type Event = GatewayEvent;

    fn handle_open(&mut self, now: Instant) {
        self.with(now, |core| {
            core.is_open = true;
            core.client.handle_open(now);
        });
    }

    fn handle_input(&mut self, now: Instant, octets: &[u8]) {
        self.with(now, |core| core.client.handle_input(now, octets));
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.with(now, |core| core.client.handle_timeout(now));
    }

    /// All that waits is answered by exception 0A, and so is what comes until the line opens
    /// again.
    fn handle_close(&mut self, now: Instant) {
        self.with(now, |core| {
            core.is_open = false;
            core.client.handle_close(now);
            core.distribute();
            let waiting: Vec<RequestId> = core.jobs.keys().copied().collect();
            for id in waiting {
                core.client.cancel(id);
                if let Some(job) = core.finish(id) {
                    core.path_unavailable(job);
                }
            }
        });
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut BytesMut) -> Option<Transmit> {
        self.with(now, |core| core.client.poll_transmit(now, out))
    }

    /// Besides the line's own times: every few milliseconds, since a request may have come in by
    /// another session.
    fn poll_timeout(&self) -> Option<Instant> {
        let due = lock(&self.core).client.poll_timeout();
        Some(due.map_or(self.now + LOOK_INTERVAL, |due| due.min(self.now + LOOK_INTERVAL)))
    }

    fn poll_event(&mut self) -> Option<GatewayEvent> {
        lock(&self.core).events.pop_front()
    }
}

/// The side of one client: drive it over its socket. When it is dropped, the client is gone.
#[derive(Debug)]
pub struct GatewayConnection {
    core: Arc<Mutex<Core>>,
    id: u64,
    deframer: Mbap,
    /// The beginning of a message.
    held: Vec<u8>,
    now: Instant,
}

impl Session for GatewayConnection {
    type Event = GatewayEvent;

    fn handle_input(&mut self, now: Instant, octets: &[u8]) {
        self.now = now;
        self.held.extend_from_slice(octets);
        let mut core = lock(&self.core);
        let mut used = 0;
        while let Some(rest) = self.held.get(used..).filter(|rest| !rest.is_empty()) {
            match self.deframer.deframe(rest) {
                Step::NeedMore { .. } => break,
                Step::Skip { used: skipped, .. } => {
                    core.counters.noise_octets += skipped as u64;
                    used += skipped;
                }
                Step::Frame { frame, used: taken } => {
                    core.ask(self.id, frame);
                    used += taken;
                }
            }
        }
        self.held.drain(..used.min(self.held.len()));
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.now = now;
    }

    fn handle_close(&mut self, now: Instant) {
        self.now = now;
        lock(&self.core).leave(self.id);
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut BytesMut) -> Option<Transmit> {
        self.now = now;
        let answer = lock(&self.core).connections.get_mut(&self.id)?.answers.pop_front()?;
        out.extend_from_slice(&answer);
        Some(Transmit::now(answer.len()))
    }

    /// Every few milliseconds while an answer is waited for.
    fn poll_timeout(&self) -> Option<Instant> {
        let core = lock(&self.core);
        let waiting = core.connections.get(&self.id).is_some_and(|known| known.waiting > 0);
        waiting.then(|| self.now + LOOK_INTERVAL)
    }

    /// Nothing: the line tells all.
    fn poll_event(&mut self) -> Option<GatewayEvent> {
        None
    }
}

impl Drop for GatewayConnection {
    fn drop(&mut self) {
        lock(&self.core).leave(self.id);
    }
}
