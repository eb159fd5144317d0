//! [`Pusher`]: the side of a meter that sends of itself.

mod carrier;
mod push;

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use gurux_framing::{Wire, WireError};
use gurux_media::bytes::BytesMut;
use gurux_media::{Instant, Session, Transmit};

pub use self::carrier::PushCarrier;
pub use self::push::{Push, RepetitionDelay};
use super::guard::{Guard, GuardError};
use super::link::{Owned, Store};
use super::listener::{Carrier, Found, Line};
use crate::carrier::Wrapper;
use crate::security::{CounterStore, Provider};
use crate::wire::{DataNotification, DataNotificationConfirm, LongInvokeId, TimeStamp, Unread};

/// How a [`Pusher`] behaves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct PusherConfig {
    /// The medium is open within this after a push is due, or the attempt has failed; 30 s.
    pub open_timeout: Duration,
    /// A push that is to be confirmed is, within this after its last octet went out; 10 s.
    pub confirm_timeout: Duration,
    /// The longest message, in octets, 10 at least: a longer one goes in general blocks; 65,535.
    pub max_pdu: u16,
    /// So many pushes wait at most; 16.
    pub max_waiting: usize,
    /// Fills the random waits: another number in each meter.
    pub seed: u64,
}

impl Default for PusherConfig {
    fn default() -> Self {
        Self {
            open_timeout: Duration::from_secs(30),
            confirm_timeout: Duration::from_secs(10),
            max_pdu: 65_535,
            max_waiting: 16,
            seed: 0,
        }
    }
}

/// What a [`Pusher`] tells. Each push ends with one [`Delivered`](Self::Delivered) or one
/// [`Failed`](Self::Failed).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PusherEvent {
    /// A push went out, and was confirmed if it was to be.
    Delivered {
        /// Its number.
        number: u32,
        /// How many attempts it took.
        attempts: u8,
    },
    /// An attempt failed, and is made again.
    Repeated {
        /// Its number.
        number: u32,
        /// How many attempts there were.
        attempts: u8,
        /// Why.
        why: PushFailure,
        /// When the next is due.
        next: Instant,
    },
    /// A push was given up.
    Failed {
        /// Its number.
        number: u32,
        /// How many attempts there were.
        attempts: u8,
        /// Why the last one failed.
        why: PushFailure,
    },
    /// Octets that are no confirmation.
    Dropped {
        /// How many.
        octets: usize,
        /// What is wrong with the first of them, which is octet 0.
        why: WireError,
    },
}

/// Noise is told until so many events wait.
const MAX_EVENTS: usize = 64;

/// Why a push was not delivered.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PushFailure {
    /// There was no connection.
    #[error("the medium did not open in time")]
    NotOpen,
    /// The connection ended before it was delivered.
    #[error("the medium closed before the push was delivered")]
    Closed,
    /// The client did not confirm it.
    #[error("the push was not confirmed in time")]
    NotConfirmed,
    /// It could not be protected.
    #[error(transparent)]
    Guard(#[from] GuardError),
    /// It is longer than its carrier takes.
    #[error("a message of {octets} octets is too long for its carrier")]
    TooLong {
        /// Octets of the message.
        octets: usize,
    },
}

/// Why a push is not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PushNotTaken {
    /// Too many wait.
    #[error("{0} pushes wait already")]
    Full(usize),
    /// Its communication windows are all in the past.
    #[error("no communication window of the push setup opens within a year")]
    NoWindow,
}

/// Sends what a meter has to tell to one destination, and tries again where it must: the other side is a
/// [`Listener`](super::Listener).
///
/// Its owner opens the medium where the push setup says, and drives it like any other [`Session`]; while
/// [`is_idle`](Self::is_idle) there is no need of a connection. Where the client is to confirm a push, and
/// the push is protected, so is the confirmation.
///
/// Each attempt is the same notification with the same number, sealed anew under a counter of its own.
///
/// ```
/// use core::time::Duration;
/// use gurux_dlms::security::Software;
/// use gurux_dlms::session::{
///     Guard, Listener, ListenerConfig, ListenerEvent, Push, PushCarrier, Pusher, PusherConfig, PusherEvent,
///     RepetitionDelay,
/// };
/// use gurux_dlms::value::Data;
/// use gurux_media::{Instant, Session, bytes::BytesMut};
///
/// let carrier = PushCarrier::Wrapper { source: 1, destination: 16 };
/// let mut meter = Pusher::new(PusherConfig::default(), carrier, Guard::open(Software));
/// let mut head_end = Listener::new(ListenerConfig::default(), ());
///
/// let push = Push::new(Data::structure([Data::DoubleLongUnsigned(12_345)]))
///     .confirmed()
///     .with_retries(3, RepetitionDelay::constant(60));
/// let number = meter.push(Instant::ZERO, &push)?;
///
/// // The first attempt is lost on the way.
/// let mut line = BytesMut::new();
/// meter.handle_open(Instant::ZERO);
/// while meter.poll_transmit(Instant::ZERO, &mut line).is_some() {}
/// let lost = meter.poll_timeout().unwrap();
/// assert_eq!(lost, Instant::ZERO + Duration::from_secs(10));
/// meter.handle_timeout(lost);
/// // The second comes, and is confirmed.
/// let again = meter.poll_timeout().unwrap();
/// line.clear();
/// while meter.poll_transmit(again, &mut line).is_some() {}
/// head_end.handle_input(again, &line);
/// assert!(matches!(head_end.poll_event(), Some(ListenerEvent::Pushed(_))));
/// line.clear();
/// while head_end.poll_transmit(again, &mut line).is_some() {}
/// meter.handle_input(again, &line);
/// let events: Vec<_> = std::iter::from_fn(|| meter.poll_event()).collect();
/// assert_eq!(events[1], PusherEvent::Delivered { number, attempts: 2 });
/// assert!(meter.is_idle());
/// # Ok::<(), gurux_dlms::session::PushNotTaken>(())
/// ```
pub struct Pusher<P: Provider, C = ()> {
    config: PusherConfig,
    carrier: PushCarrier,
    guard: Guard<P, C>,
    orders: Vec<Order>,
    outbox: VecDeque<Frame>,
    line: Line,
    events: VecDeque<PusherEvent>,
    is_open: bool,
    next_number: u32,
    random: u64,
}

/// A push under way.
struct Order {
    number: u32,
    /// The notification in clear.
    text: Vec<u8>,
    client: Option<u8>,
    is_confirmed: bool,
    retries: u8,
    delay: RepetitionDelay,
    attempts: u8,
    phase: Phase,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Until its next attempt is due.
    Waits(Instant),
    /// For the medium, until then.
    Opens(Instant),
    /// Its frames are in the outbox.
    Goes,
    /// For the confirmation, until then.
    Confirms(Instant),
}

/// A frame that waits to go out.
struct Frame {
    number: u32,
    is_last: bool,
    octets: Vec<u8>,
}

impl<P: Provider, C: CounterStore> Pusher<P, C> {
    /// Without anything to send. `guard` protects what goes out: [`Guard::open`] for pushes in clear.
    #[must_use]
    pub fn new(config: PusherConfig, carrier: PushCarrier, guard: Guard<P, C>) -> Self {
        Self {
            config,
            carrier,
            guard,
            orders: Vec::new(),
            outbox: VecDeque::new(),
            line: Line::new(),
            events: VecDeque::new(),
            is_open: false,
            next_number: 1,
            random: config.seed,
        }
    }

    /// Is there nothing to send, and nothing to wait for?
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.orders.is_empty()
    }

    /// Does a push want the medium now? A connection can be opened for it, and closed behind it.
    #[must_use]
    pub fn wants_medium(&self) -> bool {
        self.orders.iter().any(|order| !matches!(order.phase, Phase::Waits(_)))
    }

    /// What protects its pushes, with the counters that they have had.
    #[must_use]
    pub const fn guard(&self) -> &Guard<P, C> {
        &self.guard
    }

    /// Takes a push; its number, which its events tell and which the notification carries.
    ///
    /// # Errors
    /// [`PushNotTaken`].
    pub fn push(&mut self, now: Instant, push: &Push) -> Result<u32, PushNotTaken> {
        if self.orders.len() >= self.config.max_waiting {
            return Err(PushNotTaken::Full(self.orders.len()));
        }
        let opens_in = push.opens_in.ok_or(PushNotTaken::NoWindow)?;
        let number = self.next_number;
        // 24 bits, of which none is 0.
        self.next_number = if number >= 0x00FF_FFFF { 1 } else { number.saturating_add(1) };
        let id = LongInvokeId::new(number);
        let id = if push.is_confirmed { id } else { id.unconfirmed() };
        let time = push.time.as_ref().map_or(TimeStamp::NONE, |time| TimeStamp {
            octets: time.as_octets(),
            ..TimeStamp::NONE
        });
        let head = DataNotification {
            long_invoke_id_and_priority: id,
            date_time: time,
            notification_body: Unread(&[]),
        };
        let mut text = Vec::new();
        head.emit(&mut text);
        push.body.emit(&mut text);
        let start = now + opens_in + self.random_up_to(push.random_start);
        self.orders.push(Order {
            number,
            text,
            client: push.client,
            is_confirmed: push.is_confirmed,
            retries: push.retries,
            delay: push.delay,
            attempts: 0,
            phase: Phase::Waits(start),
        });
        self.advance(now);
        Ok(number)
    }

    /// Evenly, up to this (splitmix64).
    fn random_up_to(&mut self, most: Duration) -> Duration {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let micros = most.as_micros().saturating_mul((mixed >> 32).into()) >> 32;
        Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX))
    }

    /// Whatever is due, is done.
    fn advance(&mut self, now: Instant) {
        let mut place = 0;
        while let Some(order) = self.orders.get_mut(place) {
            let is_due = match order.phase {
                Phase::Waits(at) if at <= now => {
                    order.phase = Phase::Opens(at.max(now) + self.config.open_timeout);
                    continue;
                }
                Phase::Opens(_) if self.is_open => Some(self.begin(place)),
                Phase::Opens(until) if until <= now => Some(Err(PushFailure::NotOpen)),
                Phase::Confirms(until) if until <= now => Some(Err(PushFailure::NotConfirmed)),
                Phase::Waits(_) | Phase::Opens(_) | Phase::Goes | Phase::Confirms(_) => None,
            };
            match is_due {
                Some(Err(why)) if self.fail(now, place, why) => {}
                _ => place = place.saturating_add(1),
            }
        }
    }

    /// Seals a push, and puts its frames into the outbox.
    fn begin(&mut self, place: usize) -> Result<(), PushFailure> {
        let Some(order) = self.orders.get_mut(place) else { return Ok(()) };
        let mut sealed = Owned::new(order.text.len().saturating_add(self.guard.overhead()));
        self.guard.protect(&order.text, &mut sealed)?;
        let message = sealed.octets();
        let too_long = PushFailure::TooLong { octets: message.len() };
        let max_pdu = self.config.max_pdu.max(10);
        let frames = self.carrier.frames(message, order.client, max_pdu).ok_or(too_long)?;
        let last = frames.len();
        let number = order.number;
        let frames = (1..).zip(frames);
        let frames = frames.map(|(place, octets)| Frame { number, is_last: place == last, octets });
        self.outbox.extend(frames);
        order.phase = Phase::Goes;
        Ok(())
    }

    /// An attempt failed. True, if the push is gone.
    fn fail(&mut self, now: Instant, place: usize, why: PushFailure) -> bool {
        let Some(order) = self.orders.get_mut(place) else { return false };
        order.attempts = order.attempts.saturating_add(1);
        let (number, attempts) = (order.number, order.attempts);
        self.outbox.retain(|frame| frame.number != number);
        if attempts > order.retries {
            self.orders.remove(place);
            self.events.push_back(PusherEvent::Failed { number, attempts, why });
            return true;
        }
        let next = now + order.delay.after(attempts);
        order.phase = Phase::Waits(next);
        self.events.push_back(PusherEvent::Repeated { number, attempts, why, next });
        false
    }

    fn delivered(&mut self, number: u32) {
        if let Some(place) = self.orders.iter().position(|order| order.number == number) {
            let order = self.orders.remove(place);
            let attempts = order.attempts.saturating_add(1);
            self.outbox.retain(|frame| frame.number != number);
            self.events.push_back(PusherEvent::Delivered { number, attempts });
        }
    }

    /// Takes the confirmations that came.
    fn read_line(&mut self) {
        while let Some(found) = self.line.take(false) {
            let (octets, why) = match found {
                Found::Noise(octets, why) => (octets, why),
                Found::Frame(carrier, frame) => match self.hear(carrier, &frame) {
                    Ok(()) => continue,
                    Err(why) => (frame.len(), why),
                },
            };
            if self.events.len() < MAX_EVENTS {
                self.events.push_back(PusherEvent::Dropped { octets, why });
            }
        }
    }

    fn hear(&mut self, carrier: Carrier, frame: &[u8]) -> Result<(), WireError> {
        let refused = |what| {
            WireError::new(
                0,
                what,
                gurux_framing::WireErrorKind::Expected("a confirmation of a push"),
            )
        };
        if carrier != Carrier::Wrapper {
            return Err(refused("frame"));
        }
        let mut message = Wrapper::from_bytes(frame)?.apdu().to_vec();
        let opened = self.guard.unprotect(&mut message).map_err(|_| refused("message"))?;
        let text = message.get(opened.range()).unwrap_or_default();
        let confirm = DataNotificationConfirm::from_bytes(text)?;
        let number = confirm.long_invoke_id_and_priority.number();
        let is_wanted = |order: &&Order| order.number == number && order.is_confirmed;
        if self
            .orders
            .iter()
            .find(is_wanted)
            .is_some_and(|order| matches!(order.phase, Phase::Confirms(_) | Phase::Goes))
        {
            self.delivered(number);
        }
        Ok(())
    }
}

impl<P: Provider, C: CounterStore> Session for Pusher<P, C> {
    type Event = PusherEvent;

    fn handle_open(&mut self, now: Instant) {
        // What went out before went to another connection.
        self.handle_close(now);
        self.is_open = true;
        self.advance(now);
    }

    fn handle_input(&mut self, now: Instant, octets: &[u8]) {
        self.line.push(octets);
        self.read_line();
        self.advance(now);
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.advance(now);
    }

    fn handle_close(&mut self, now: Instant) {
        self.is_open = false;
        self.line.clear();
        self.outbox.clear();
        let is_lost = |order: &Order| matches!(order.phase, Phase::Goes | Phase::Confirms(_));
        while let Some(place) = self.orders.iter().position(is_lost) {
            self.fail(now, place, PushFailure::Closed);
        }
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut BytesMut) -> Option<Transmit> {
        self.advance(now);
        let Frame { number, is_last, octets } = self.outbox.pop_front()?;
        out.extend_from_slice(&octets);
        if is_last {
            let order = self.orders.iter_mut().find(|order| order.number == number);
            match order {
                Some(order) if order.is_confirmed => {
                    order.phase = Phase::Confirms(now + self.config.confirm_timeout);
                }
                _ => self.delivered(number),
            }
        }
        Some(Transmit::now(octets.len()))
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let times = self.orders.iter().filter_map(|order| match order.phase {
            Phase::Waits(at) | Phase::Opens(at) | Phase::Confirms(at) => Some(at),
            Phase::Goes => None,
        });
        times.min()
    }

    fn poll_event(&mut self) -> Option<PusherEvent> {
        self.events.pop_front()
    }
}

impl<P: Provider, C> fmt::Debug for Pusher<P, C> {
    /// Without keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pusher")
            .field("config", &self.config)
            .field("carrier", &self.carrier)
            .field("waiting", &self.orders.len())
            .field("is_open", &self.is_open)
            .finish_non_exhaustive()
    }
}
