//! [`Client`]: asks servers, and tells what they answer.

mod book;
mod calls;
mod config;
mod event;
mod expect;

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::time::Duration;

use bytes::BytesMut;
use gurux_framing::mbap::Mbap;
use gurux_framing::transaction::{Action, Answer, Counters, Order, State, Transactions};
use gurux_framing::{Deframe, Step, Wire, WireError};
use gurux_media::{Instant, LineSettings, Session, Transmit};

use self::book::{Answered, Book, Pending};
use self::expect::{EXCEPTION, Expected};
use super::adu::{self, Adu};
use super::echo::Echo;
use super::identification::Next;
use super::inbox::{self, Inbox, Incoming};
use super::request::is_write;
use super::{Framing, Identification};
use crate::Error;
use crate::wire::{
    ExceptionCode, FunctionCode, ReadDeviceIdentification, Request, Response, UnitId,
};

pub use self::config::{ClientConfig, ExceptionRules, Leniency, OnException, Resend};
pub use self::event::{ClientEvent, Failure, Reply, RequestId, Skipped};

/// Requests in flight, waiting in the machine or still owed a reply.
const SLOTS: usize = 16;

// A poller keeps thousands of clients: with one request at a time, less than 4 KB each.
const _: () = assert!(size_of::<Client>() <= 3_072);

/// Notices about skipped octets are kept until this many events wait.
const MAX_NOTICES: usize = 32;

/// How one request differs from what the configuration says.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct SendOptions {
    /// How long to wait for the reply.
    pub response_timeout: Option<Duration>,
    /// How often to send it again, whatever it does.
    pub resends: Option<u8>,
}

/// What a client has counted since it was made.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ClientCounters {
    /// Requests and replies.
    pub link: Counters,
    /// Replies that refused.
    pub exceptions: u64,
    /// Good messages whose content was not as the standard says.
    pub malformed: u64,
    /// Runs of octets that belong to no message; most are messages whose check failed.
    pub noise: u64,
    /// Octets in them.
    pub noise_octets: u64,
    /// Notices that were dropped because nobody polled.
    pub dropped_notices: u64,
}

/// Asks servers, and tells what they answer.
///
/// Requests wait in a queue that is bounded; on a line one is in flight at a time, over MBAP
/// several. Requests to one unit keep their order. Each ends with one [`ClientEvent`]: a reply, a
/// refusal, or a stated failure; and nothing is told as a reply that does not agree with what was
/// asked in number, unit, function, counts and echoes, as far as the octets say.
///
/// ```
/// use gurux_media::bytes::BytesMut;
/// use gurux_media::{Instant, Session};
/// use gurux_modbus::session::{Client, ClientConfig, ClientEvent, Framing};
/// use gurux_modbus::wire::UnitId;
///
/// let mut client = Client::new(ClientConfig::new(Framing::Tcp));
/// let id = client.read_holding_registers(UnitId::new(17), 0x6B, 3)?;
///
/// let (now, mut out) = (Instant::ZERO, BytesMut::new());
/// assert!(client.poll_transmit(now, &mut out).is_some());
/// assert_eq!(&out[..], [0, 1, 0, 0, 0, 6, 17, 3, 0, 0x6B, 0, 3]);
///
/// client.handle_input(now, &[0, 1, 0, 0, 0, 9, 17, 3, 6, 2, 0x2B, 0, 0, 0, 0x64]);
/// let Some(ClientEvent::Reply(reply)) = client.poll_event() else { panic!() };
/// assert_eq!(reply.id, id);
/// assert!(reply.registers().unwrap().iter().eq([0x22B, 0, 0x64]));
/// # Ok::<(), gurux_modbus::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Client {
    inbox: Inbox,
    core: Core,
}

/// All but the octets that came in, so that these can be read while the rest changes.
#[derive(Clone, Debug)]
struct Core {
    book: Book,
    link: Transactions<Expected, SLOTS>,
    /// Requests that the machine has no room for yet.
    queue: VecDeque<Order<Expected>>,
    /// Requests that are to be sent now.
    outgoing: VecDeque<Expected>,
    events: VecDeque<Told>,
    counters: ClientCounters,
    next_id: u32,
    next_transaction: u16,
    now: Instant,
    /// When what is held will have been followed by silence.
    silent_at: Option<Instant>,
    /// An attempt ended without a reply: what is held is no beginning of one.
    expired: bool,
    echo: Echo,
    /// Units that need a pause, and when it is over.
    rested_at: Vec<(UnitId, Instant)>,
}

/// What waits to be polled.
#[derive(Clone, Debug)]
enum Told {
    /// A reply, whose octets wait at the place of its request.
    Reply { place: u16, id: RequestId, unit: UnitId, attempts: u16, latency: Duration },
    /// All else, which is rare.
    Other(Box<ClientEvent>),
}

impl Client {
    /// A client with nothing to do.
    #[must_use]
    pub fn new(config: ClientConfig) -> Self {
        Self {
            inbox: Inbox::new(config.filter()),
            core: Core {
                link: Transactions::new(config.policy()),
                book: Book::new(config),
                queue: VecDeque::new(),
                outgoing: VecDeque::new(),
                events: VecDeque::with_capacity(1),
                counters: ClientCounters::default(),
                next_id: 1,
                next_transaction: 1,
                now: Instant::ZERO,
                silent_at: None,
                expired: false,
                echo: Echo::default(),
                rested_at: Vec::new(),
            },
        }
    }

    /// How this client talks.
    #[must_use]
    pub const fn config(&self) -> &ClientConfig {
        &self.core.book.config
    }

    /// What it has counted.
    #[must_use]
    pub const fn counters(&self) -> ClientCounters {
        ClientCounters { link: *self.core.link.counters(), ..self.core.counters }
    }

    /// Requests that are not over.
    #[must_use]
    pub fn pending_count(&self) -> usize {
        self.core.book.len()
    }

    /// Puts a request into the queue. [`poll_event`](Session::poll_event) tells how it ends.
    ///
    /// # Errors
    /// [`Error::QueueFull`] when as many requests wait, or events are left to be polled, as the
    /// client may keep; and [`Error::NothingToBroadcast`] for a read that is sent to all.
    pub fn send(&mut self, unit: UnitId, request: &Request<'_>) -> Result<RequestId, Error> {
        self.send_with(unit, request, SendOptions::default())
    }

    /// Puts a request into the queue that differs from what the configuration says.
    ///
    /// # Errors
    /// Those of [`send`](Self::send).
    pub fn send_with(
        &mut self,
        unit: UnitId,
        request: &Request<'_>,
        options: SendOptions,
    ) -> Result<RequestId, Error> {
        self.core.enqueue(unit, request, options, None)
    }

    /// Gives up a request; nothing more is told of it. False if it is over already. Whether the
    /// server did what was asked is unknown. One that is out counts as in flight until its reply,
    /// which is skipped, or its response time-out: on a line nothing else is sent before.
    pub fn cancel(&mut self, id: RequestId) -> bool {
        let core = &mut self.core;
        if core.book.give_up(id).is_none() {
            return false;
        }
        core.queue.retain(|order| order.key.id != id);
        core.link.cancel(core.now, |key| key.id == id);
        core.fill();
        true
    }
}

impl Session for Client {
    type Event = ClientEvent;

    fn handle_open(&mut self, now: Instant) {
        self.inbox.clear();
        self.core.now = now;
        self.core.silent_at = None;
        self.core.echo.clear();
        // Opened again without a word of closing: what was in flight is lost.
        self.core.link.handle_close();
        self.core.advance(now);
        self.core.link.handle_open(now);
        self.core.advance(now);
    }

    fn handle_input(&mut self, now: Instant, octets: &[u8]) {
        let Self { inbox, core } = self;
        core.now = now;
        let octets = core.echo.strip(octets);
        if octets.is_empty() {
            return;
        }
        core.link.handle_octets(now);
        inbox.receive(octets, |incoming| core.take(now, incoming));
        if core.book.config.framing == Framing::Udp {
            inbox.finish(|incoming| core.take(now, incoming));
        }
        core.silent_at = (!inbox.held().is_empty()).then(|| now + core.book.config.octet_timeout);
        core.advance(now);
    }

    fn handle_timeout(&mut self, now: Instant) {
        let Self { inbox, core } = self;
        core.now = now;
        if core.silent_at.is_some_and(|at| at <= now) {
            core.silent_at = None;
            core.judge(now, inbox);
        }
        core.advance(now);
        // Silence, and nobody waits for the rest of what is held.
        let expired = core::mem::take(&mut core.expired);
        let is_over = expired || core.link.state() != State::Waiting;
        if core.silent_at.is_none() && is_over && !inbox.held().is_empty() {
            inbox.finish(|incoming| core.take(now, incoming));
            core.advance(now);
        }
    }

    fn handle_close(&mut self, now: Instant) {
        let Self { inbox, core } = self;
        core.now = now;
        inbox.finish(|incoming| core.take(now, incoming));
        core.silent_at = None;
        core.link.handle_close();
        core.advance(now);
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut BytesMut) -> Option<Transmit> {
        let core = &mut self.core;
        core.now = now;
        loop {
            let expected = match core.outgoing.pop_front() {
                Some(expected) => expected,
                None => core.next_to_send(now)?,
            };
            let Some((_, pdu)) = core.book.get(&expected) else { continue };
            let Expected { transaction, unit, .. } = expected;
            let config = &core.book.config;
            let start = out.len();
            let adu = Adu { transaction, unit, pdu };
            adu::emit(config.framing, config.delimiter, &adu, out);
            let octets = out.get(start..).unwrap_or_default();
            if config.leniency.local_echo {
                core.echo.expect(octets);
            }
            return Some(Transmit::now(octets.len()));
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        [self.core.link.poll_timeout(), self.core.silent_at].into_iter().flatten().min()
    }

    #[inline]
    fn poll_event(&mut self) -> Option<ClientEvent> {
        match self.core.events.pop_front()? {
            Told::Reply { place, id, unit, attempts, latency } => {
                let pdu = self.core.book.take_reply(place)?;
                Some(ClientEvent::Reply(Reply { id, unit, attempts, latency, pdu }))
            }
            Told::Other(event) => Some(*event),
        }
    }
}

impl Core {
    fn enqueue(
        &mut self,
        unit: UnitId,
        request: &Request<'_>,
        options: SendOptions,
        identification: Option<Box<Identification>>,
    ) -> Result<RequestId, Error> {
        let config = &self.book.config;
        let is_broadcast = config.is_broadcast(unit);
        if is_broadcast && !is_write(request) {
            return Err(Error::NothingToBroadcast);
        }
        let expected = Expected {
            id: RequestId(self.next_id),
            place: self.book.free_place(self.events.len())?,
            transaction: self.next_transaction,
            is_numbered: config.is_numbered(),
            any_unit: config.any_unit() || config.leniency.unit_255_in_exceptions,
            unit,
            function: request.function(),
            len: expect::response_len(request),
        };
        let is_repeatable = expect::is_repeatable(request, config.resend);
        let resends = if is_repeatable { config.resends } else { 0 };
        let order = Order {
            key: expected,
            resends: options.resends.unwrap_or(resends),
            answered: !is_broadcast && expect::is_answered(request),
            not_before: Instant::ZERO,
            on_line: self.on_line(request.wire_len()),
            response_timeout: options.response_timeout,
        };
        let pending = Pending { id: expected.id, is_repeatable, identification };
        self.book.keep(expected.place, pending, request)?;
        self.next_id = self.next_id.wrapping_add(1);
        self.next_transaction = after(self.next_transaction);
        if !self.queue.is_empty() || !self.submit(order) {
            self.queue.push_back(order);
        }
        Ok(expected.id)
    }

    /// How long the message of a PDU is on the line.
    #[inline]
    fn on_line(&self, pdu_len: usize) -> Duration {
        let config = &self.book.config;
        let octets_time = |line: LineSettings| line.octets_time(adu::len(config.framing, pdu_len));
        config.line.map_or(Duration::ZERO, octets_time)
    }

    /// Moves requests from the queue into the machine, as far as it has room.
    #[cold]
    fn fill(&mut self) {
        while let Some(&order) = self.queue.front()
            && self.submit(order)
        {
            self.queue.pop_front();
        }
    }

    /// Hands a request to the machine; false if it has no room.
    #[inline(always)]
    fn submit(&mut self, order: Order<Expected>) -> bool {
        let rested = self.rested_at.iter().find(|(unit, _)| *unit == order.key.unit);
        let not_before = rested.map_or(Instant::ZERO, |&(_, at)| at);
        self.link.submit(self.now, Order { not_before, ..order }).is_ok()
    }

    /// Does all that is due; what is to be sent waits to be taken.
    fn advance(&mut self, now: Instant) {
        while let Some(expected) = self.next_to_send(now) {
            self.outgoing.push_back(expected);
        }
    }

    /// Does all that is due, up to the next request to be sent.
    #[inline]
    fn next_to_send(&mut self, now: Instant) -> Option<Expected> {
        loop {
            if !self.queue.is_empty() {
                self.fill();
            }
            let (key, reason) = match self.link.poll(now) {
                Some(Action::Send { key, attempt }) => {
                    self.expired |= attempt > 1;
                    return Some(key);
                }
                Some(Action::TimedOut { key, attempts }) => {
                    self.expired = true;
                    (key, Some(Failure::TimedOut { attempts }))
                }
                Some(Action::Lost { key }) => (key, Some(Failure::Closed)),
                Some(Action::Done { key }) => (key, None),
                // Polling may have freed a slot that was only owed a reply.
                None if self.queue.is_empty() || !self.link.has_room() => return None,
                None => continue,
            };
            let Expected { id, unit, .. } = key;
            self.end(
                &key,
                match reason {
                    Some(reason) => ClientEvent::Failed { id, unit, reason },
                    None => ClientEvent::Sent { id, unit },
                },
            );
        }
    }

    /// A request is over, and this is told of it.
    #[cold]
    fn end(&mut self, key: &Expected, event: ClientEvent) {
        if self.book.close(key) {
            self.tell(event);
        }
    }

    fn tell(&mut self, event: ClientEvent) {
        self.events.push_back(Told::Other(Box::new(event)));
    }

    #[inline(always)]
    fn take(&mut self, now: Instant, incoming: Incoming<'_>) -> inbox::Answered {
        match incoming {
            Incoming::Noise { octets, why } => self.skip_noise(octets.len(), why),
            Incoming::Frame(frame, _) => {
                adu::open(self.book.config.framing, frame, |adu| match adu {
                    Ok(adu) if !self.answer(now, &adu) => self.dig(now, frame),
                    Ok(_) => {}
                    Err(why) => self.skip_noise(frame.len(), why),
                });
            }
        }
        inbox::Answered::No
    }

    /// Takes in a message: the answer to a request, or one to skip. False if it has nothing to
    /// do with anything that was asked.
    #[inline(always)]
    fn answer(&mut self, now: Instant, adu: &Adu<'_>) -> bool {
        if let [code, exception] = *adu.pdu
            && code & EXCEPTION != 0
            && self.put_off(now, adu, ExceptionCode::new(exception))
        {
            return true;
        }
        match self.link.handle_reply(now, |key| self.book.is_answer(key, adu)) {
            Answer::Reply { key, attempts, latency } => {
                self.rest(now, key.unit);
                self.complete(&key, adu.pdu, attempts, latency);
            }
            Answer::Stale { .. } => self.skip(adu, Skipped::Late),
            Answer::Foreign => {
                let why = match Response::from_bytes(adu.pdu) {
                    Ok(_) => Skipped::NotAsked,
                    Err(why) => Skipped::Malformed(why),
                };
                self.skip(adu, why);
                return false;
            }
        }
        true
    }

    /// No check sum proves an MBAP frame, so one that nobody asked for may be a damaged length
    /// that swallowed the answers behind it: these are looked for.
    #[cold]
    fn dig(&mut self, now: Instant, frame: &[u8]) {
        let framing = self.book.config.framing;
        if !framing.is_numbered() {
            return;
        }
        let mut rest = frame.get(1..).unwrap_or_default();
        while !rest.is_empty() {
            let mut used = 1;
            if let Step::Frame { frame, .. } = Mbap::new().deframe(rest) {
                adu::open(framing, frame, |adu| {
                    if let Ok(adu) = adu
                        && self.is_waited_for(&adu)
                    {
                        self.answer(now, &adu);
                        used = frame.len();
                    }
                });
            }
            rest = rest.get(used..).unwrap_or_default();
        }
    }

    /// Does a request wait for this?
    fn is_waited_for(&self, adu: &Adu<'_>) -> bool {
        let book = &self.book;
        self.link.knows(|key| book.get(key).is_some() && book.is_answer(key, adu))
    }

    /// Puts a request off whose exception means "not now". False if this one means "no".
    fn put_off(&mut self, now: Instant, adu: &Adu<'_>, code: ExceptionCode) -> bool {
        let book = &self.book;
        let is_put_off = match book.config.exceptions.rule(code) {
            OnException::Tell => false,
            OnException::Wait => self.link.extend(now, |key| book.is_answer(key, adu)),
            OnException::Again { after } => self.link.put_off(now, after, |key| {
                book.is_answer(key, adu) && book.may_ask_again(key, code)
            }),
        };
        if is_put_off {
            self.counters.exceptions = self.counters.exceptions.wrapping_add(1);
        }
        is_put_off
    }

    /// A request was answered: it is over, or its next part is asked for.
    #[inline(always)]
    fn complete(&mut self, key: &Expected, pdu: &[u8], attempts: u16, latency: Duration) {
        let Expected { place, id, unit, .. } = *key;
        if let [code, exception] = *pdu
            && code & EXCEPTION != 0
        {
            self.refuse(key, ExceptionCode::new(exception));
        } else {
            match self.book.answer(key, pdu) {
                Answered::Whole => {
                    self.events.push_back(Told::Reply { place, id, unit, attempts, latency });
                }
                Answered::Part => self.merge(key, pdu),
                Answered::Before => {}
            }
        }
    }

    #[cold]
    fn refuse(&mut self, key: &Expected, code: ExceptionCode) {
        let Expected { id, unit, function, .. } = *key;
        self.counters.exceptions = self.counters.exceptions.wrapping_add(1);
        self.end(key, ClientEvent::Refused { id, unit, function, code });
    }

    /// Takes in a part of an identification.
    #[cold]
    fn merge(&mut self, key: &Expected, pdu: &[u8]) {
        let Expected { id, unit, .. } = *key;
        let Some(parts) = self.book.parts(key) else { return };
        let next = match Response::from_bytes(pdu) {
            Ok(Response::ReadDeviceIdentification(part)) => parts.merge(&part),
            // Not an answer to the request, so it does not come here.
            _ => Next::Circular,
        };
        let event = match next {
            Next::Ask(request) => return self.follow_up(key, request),
            Next::Done => {
                let identification = core::mem::take(parts);
                ClientEvent::Identified { id, unit, identification }
            }
            Next::Circular => ClientEvent::Failed { id, unit, reason: Failure::Circular },
        };
        self.end(key, event);
    }

    /// Asks for the next part in the name of the same request, before all that wait.
    fn follow_up(&mut self, key: &Expected, request: ReadDeviceIdentification) {
        let request = Request::ReadDeviceIdentification(request);
        if self.book.replace(key, &request).is_ok() {
            let key = Expected { transaction: self.next_transaction, ..*key };
            self.next_transaction = after(self.next_transaction);
            let resends = if self.book.may_repeat(&key) { self.book.config.resends } else { 0 };
            let on_line = self.on_line(request.wire_len());
            self.queue.push_front(Order { resends, on_line, ..Order::new(key) });
        }
    }

    /// The pause that a unit needs begins.
    #[inline]
    fn rest(&mut self, now: Instant, unit: UnitId) {
        let gap = self.book.config.gap_of(unit);
        if !gap.is_zero() {
            self.rest_for(gap, now, unit);
        }
    }

    #[cold]
    fn rest_for(&mut self, gap: Duration, now: Instant, unit: UnitId) {
        let rested_at = now + gap;
        match self.rested_at.iter_mut().find(|(of, _)| *of == unit) {
            Some((_, at)) => *at = rested_at,
            None => self.rested_at.push((unit, rested_at)),
        }
        self.link.hold(rested_at, |key| key.unit == unit);
    }

    /// What is held was followed by silence: a message may hide in it that the deframer does not
    /// see, because its beginning looks like that of a longer one.
    fn judge(&mut self, now: Instant, inbox: &mut Inbox) {
        let framing = self.book.config.framing;
        let range = inbox.find(|frame| {
            adu::open(framing, frame, |adu| adu.is_ok_and(|adu| self.is_waited_for(&adu)))
        });
        if let Some(range) = range {
            inbox.take(range, |incoming| self.take(now, incoming));
        }
    }

    fn skip(&mut self, adu: &Adu<'_>, why: Skipped) {
        if matches!(why, Skipped::Malformed(_)) {
            self.counters.malformed = self.counters.malformed.wrapping_add(1);
        }
        let function = FunctionCode::new(adu.pdu.first().copied().unwrap_or(0));
        self.notice(ClientEvent::Skipped { unit: adu.unit, function, why });
    }

    fn skip_noise(&mut self, octets: usize, why: WireError) {
        self.counters.noise = self.counters.noise.wrapping_add(1);
        let count = u64::try_from(octets).unwrap_or(u64::MAX);
        self.counters.noise_octets = self.counters.noise_octets.saturating_add(count);
        self.notice(ClientEvent::Noise { octets, why });
    }

    fn notice(&mut self, event: ClientEvent) {
        if self.events.len() < MAX_NOTICES {
            self.tell(event);
        } else {
            self.counters.dropped_notices = self.counters.dropped_notices.wrapping_add(1);
        }
    }
}

/// The transaction identifier after this one; never 0, which careless servers send when they
/// mean nothing.
fn after(transaction: u16) -> u16 {
    transaction.checked_add(1).unwrap_or(1)
}
