//! [`Listener`]: hears a line, and says who asked what and what was answered.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::time::Duration;

use bytes::BytesMut;
use gurux_framing::rtu::LengthRule;
use gurux_framing::{Direction, Wire, WireError, ascii};
use gurux_media::{Instant, Session, Transmit};

use super::adu::{self, Adu};
use super::inbox::{Answered, Filter, Inbox, Incoming};
use super::{Framing, Pdu};
use crate::wire::{Request, Response, UnitId};

/// Requests that wait for their response where they are numbered; the oldest gives way.
const MAX_WAITING: usize = 32;

/// Events are kept until this many wait.
const MAX_EVENTS: usize = 256;

/// How a [`Listener`] hears.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct ListenerConfig {
    /// How PDUs travel.
    pub framing: Framing,
    /// How long after a request its response may come.
    pub response_timeout: Duration,
    /// After such a silence, octets that only began a message are noise. T3.5 would be the
    /// standard's, but no adapter keeps it; the ends of messages are found by their lengths.
    pub octet_timeout: Duration,
    /// How long the messages of functions are that only the user knows; RTU needs it.
    pub rules: Vec<LengthRule>,
    /// The last character of ASCII messages.
    pub delimiter: u8,
}

impl Default for ListenerConfig {
    fn default() -> Self {
        Self {
            framing: Framing::Rtu,
            response_timeout: Duration::from_secs(2),
            octet_timeout: Duration::from_millis(50),
            rules: Vec::new(),
            delimiter: ascii::LF,
        }
    }
}

impl ListenerConfig {
    /// The defaults for a framing.
    #[must_use]
    pub fn new(framing: Framing) -> Self {
        Self { framing, ..Self::default() }
    }

    fn inbox(&self, direction: Option<Direction>) -> Inbox {
        Inbox::new(Filter {
            framing: self.framing,
            direction,
            delimiter: self.delimiter,
            rules: self.rules.clone(),
            ..Filter::default()
        })
    }
}

/// A message that was heard.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Heard {
    /// When its last octet was heard.
    pub at: Instant,
    /// The server that is asked, or that answers.
    pub unit: UnitId,
    /// The MBAP transaction identifier; 0 where there is none.
    pub transaction: u16,
    /// Function code and data.
    pub pdu: Pdu,
}

/// What a listener tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(clippy::large_enum_variant, reason = "messages are kept inline so that none is allocated")]
pub enum ListenerEvent {
    /// A request, and the response to it: the response agrees with it in unit, function, counts
    /// and echoes. The time between them is the server's latency and the line's.
    Pair {
        /// What was asked.
        request: Heard,
        /// What was answered.
        response: Heard,
    },
    /// A request that nobody answered: a broadcast, or in time.
    Unanswered {
        /// What was asked.
        request: Heard,
    },
    /// A response to no request that was heard.
    Orphan {
        /// What was answered.
        response: Heard,
    },
    /// A good message whose content is not as the standard says, neither as a request nor as a
    /// response.
    Malformed {
        /// The message.
        message: Heard,
        /// What is wrong with it.
        why: WireError,
    },
    /// Octets that belong to no message.
    Noise {
        /// When the last of them was heard.
        at: Instant,
        /// How many, in a row.
        octets: usize,
        /// Why no message begins with the first of them, which is octet 0.
        why: WireError,
    },
}

/// Hears a line on which others talk, and pairs requests with their responses. It never sends.
///
/// On one wire both directions pass: then [`handle_input`](Session::handle_input) takes all, and
/// who speaks follows from the octets and from what was heard before. Where the directions come
/// apart (the two streams of a connection), [`handle_side`](Self::handle_side) takes each.
///
/// Memory is bounded: one request waits for its response on a line, 32 over MBAP; 256 events
/// wait to be polled, and those beyond are dropped and counted.
///
/// ```
/// use core::time::Duration;
/// use gurux_media::{Instant, Session};
/// use gurux_modbus::session::{Framing, Listener, ListenerConfig, ListenerEvent};
///
/// let mut listener = Listener::new(ListenerConfig::new(Framing::Rtu));
/// let asked = Instant::from_millis(100);
/// listener.handle_input(asked, &[0x11, 3, 0, 0x6B, 0, 1, 0xF7, 0x46]);
/// let answered = Instant::from_millis(130);
/// listener.handle_input(answered, &[0x11, 3, 2, 2, 0x2B, 0x38, 0xF8]);
/// let Some(ListenerEvent::Pair { request, response }) = listener.poll_event() else { panic!() };
/// assert_eq!(response.at - request.at, Duration::from_millis(30));
/// assert_eq!(response.pdu[..], [3, 2, 0x02, 0x2B]);
/// ```
#[derive(Clone, Debug)]
pub struct Listener {
    /// What comes from both sides, from clients, and from servers.
    inboxes: [Inbox; 3],
    /// When the last of the octets that each inbox holds was heard.
    heard_at: [Option<Instant>; 3],
    core: Core,
}

#[derive(Clone, Debug)]
struct Core {
    config: ListenerConfig,
    waiting: VecDeque<Heard>,
    events: VecDeque<ListenerEvent>,
    dropped: u64,
}

impl Listener {
    /// A listener that has heard nothing yet.
    #[must_use]
    pub fn new(config: ListenerConfig) -> Self {
        Self {
            inboxes: [None, Some(Direction::Request), Some(Direction::Response)]
                .map(|direction| config.inbox(direction)),
            heard_at: [None; 3],
            core: Core { config, waiting: VecDeque::new(), events: VecDeque::new(), dropped: 0 },
        }
    }

    /// How this listener hears.
    #[must_use]
    pub const fn config(&self) -> &ListenerConfig {
        &self.core.config
    }

    /// Events that were dropped because nobody polled.
    #[must_use]
    pub const fn dropped(&self) -> u64 {
        self.core.dropped
    }

    /// Octets were heard of which it is known who sent them.
    pub fn handle_side(&mut self, now: Instant, direction: Direction, octets: &[u8]) {
        let side = match direction {
            Direction::Request => 1,
            Direction::Response => 2,
        };
        self.hear(now, side, Some(direction), octets);
    }

    fn hear(&mut self, now: Instant, side: usize, known: Option<Direction>, octets: &[u8]) {
        // Silence counts even where nobody watches the timers: a recording is played.
        self.handle_timeout(now);
        let Self { inboxes, heard_at, core } = self;
        let (Some(inbox), Some(heard_at)) = (inboxes.get_mut(side), heard_at.get_mut(side)) else {
            return;
        };
        inbox.receive(octets, |incoming| core.take(now, known, incoming));
        if core.config.framing == Framing::Udp {
            inbox.finish(|incoming| core.take(now, known, incoming));
        }
        *heard_at = (!inbox.held().is_empty()).then_some(now);
    }

    /// Decides on what was heard last at a moment that `is_past`.
    fn finish(&mut self, is_past: impl Fn(Instant) -> bool) {
        let Self { inboxes, heard_at, core } = self;
        let known = [None, Some(Direction::Request), Some(Direction::Response)];
        for ((inbox, heard_at), known) in inboxes.iter_mut().zip(heard_at).zip(known) {
            if let Some(at) = heard_at.take_if(|at| is_past(*at)) {
                inbox.finish(|incoming| core.take(at, known, incoming));
            }
        }
    }
}

impl Session for Listener {
    type Event = ListenerEvent;

    fn handle_input(&mut self, now: Instant, octets: &[u8]) {
        self.hear(now, 0, None, octets);
    }

    fn handle_timeout(&mut self, now: Instant) {
        let silence = self.core.config.octet_timeout;
        self.finish(|at| at + silence <= now);
        self.core.expire(now);
    }

    fn handle_close(&mut self, _: Instant) {
        self.finish(|_| true);
        self.core.expire(Instant::FAR_FUTURE);
    }

    fn poll_transmit(&mut self, _: Instant, _: &mut BytesMut) -> Option<Transmit> {
        None
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let silence = self.core.config.octet_timeout;
        let silent = self.heard_at.iter().flatten().map(|&at| at + silence);
        silent.chain(self.core.waiting.front().map(|request| self.core.expiry(request))).min()
    }

    fn poll_event(&mut self) -> Option<ListenerEvent> {
        self.core.events.pop_front()
    }
}

impl Core {
    fn expiry(&self, request: &Heard) -> Instant {
        request.at + self.config.response_timeout
    }

    /// Requests whose response is not coming any more.
    fn expire(&mut self, now: Instant) {
        while let Some(request) =
            self.waiting.front().copied().filter(|request| self.expiry(request) <= now)
        {
            self.waiting.pop_front();
            self.tell(ListenerEvent::Unanswered { request });
        }
    }

    fn take(&mut self, now: Instant, known: Option<Direction>, incoming: Incoming<'_>) -> Answered {
        match incoming {
            Incoming::Noise { octets, why } => {
                self.tell(ListenerEvent::Noise { at: now, octets: octets.len(), why });
            }
            Incoming::Frame(frame, found) => {
                adu::open(self.config.framing, frame, |adu| match adu {
                    Ok(adu) => self.message(now, known.or(found), &adu),
                    Err(why) => {
                        self.tell(ListenerEvent::Noise { at: now, octets: frame.len(), why });
                    }
                });
            }
        }
        Answered::No
    }

    /// Takes in a message: the response to a request that waits, another response, or a request.
    fn message(&mut self, at: Instant, direction: Option<Direction>, adu: &Adu<'_>) {
        let &Adu { transaction, unit, pdu } = adu;
        let Some(pdu) = Pdu::new(pdu) else { return };
        let heard = Heard { at, unit, transaction, pdu };
        let response = Response::from_bytes(adu.pdu);
        let may_answer = direction != Some(Direction::Request);
        if let Ok(response) = &response
            && may_answer
            && let Some(request) = self.asked(&heard, response)
        {
            self.tell(ListenerEvent::Pair { request, response: heard });
            return;
        }
        let request = Request::from_bytes(adu.pdu);
        match (direction, &request, &response) {
            (Some(Direction::Response), _, Ok(_)) | (None, Err(_), Ok(_)) => {
                self.tell(ListenerEvent::Orphan { response: heard });
            }
            (Some(Direction::Request) | None, Ok(_), _) => self.wait(heard),
            // A request that the server will refuse is a request all the same.
            (Some(Direction::Request), Err(_), _) => self.wait(heard),
            (_, _, Err(why)) => {
                self.tell(ListenerEvent::Malformed { message: heard, why: *why });
            }
        }
    }

    /// The request that this answers, which is over then.
    fn asked(&mut self, heard: &Heard, response: &Response<'_>) -> Option<Heard> {
        let place = self.waiting.iter().position(|request| {
            request.unit == heard.unit
                && request.transaction == heard.transaction
                && match Request::from_bytes(&request.pdu) {
                    Ok(request) => response.answers(&request),
                    // What cannot be read can only be refused.
                    Err(_) => {
                        request.pdu.first().map(|code| code | 0x80) == heard.pdu.first().copied()
                    }
                }
        })?;
        self.waiting.remove(place)
    }

    fn wait(&mut self, request: Heard) {
        let is_numbered = self.config.framing.is_numbered();
        if !is_numbered && request.unit == UnitId::BROADCAST {
            self.tell(ListenerEvent::Unanswered { request });
            return;
        }
        // On a line nobody asks before the one before was answered or given up.
        let room = if is_numbered { MAX_WAITING } else { 1 };
        while self.waiting.len() >= room
            && let Some(request) = self.waiting.pop_front()
        {
            self.tell(ListenerEvent::Unanswered { request });
        }
        self.waiting.push_back(request);
    }

    fn tell(&mut self, event: ListenerEvent) {
        if self.events.len() < MAX_EVENTS {
            self.events.push_back(event);
        } else {
            self.dropped = self.dropped.saturating_add(1);
        }
    }
}
