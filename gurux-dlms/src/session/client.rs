//! [`Client`]: reads, writes and calls what a meter has, over whatever carries the messages.

mod answer;
mod associate;
mod calls;
mod compose;
mod config;
mod event;
mod general;
mod hear;
mod items;
mod object_list;
mod order;
mod short;

use core::fmt;

use gurux_media::bytes::BytesMut;
use gurux_media::{Instant, Session, Transmit};
use zeroize::{Zeroize, ZeroizeOnDrop};

use self::event::Queue;
use self::general::{Incoming, Outgoing};
use self::items::{Current, Items, Rows};
use self::order::{Kind, Order};
use self::short::Named;
use super::link::{Owned, Store};
use super::{Agreed, Authentication, ClientCarrier, Guard};
use crate::security::{CipherError, CounterStore, Key, Provider};
use crate::wire::{DataAccessResult, DataRef, KeyId};

/// So often in a row a block that came before may come again: a line repeats, and nobody waits for ever.
const MAX_REPEATS: u8 = 32;

pub use self::config::{ClientConfig, CounterFrom, Quirks};
pub use self::event::{CallError, CallId, ClientEvent, Failure};
pub use self::object_list::{ListedObject, ObjectList};
pub use self::order::Access;

/// Where a client keeps what is not in the link: lent by the caller, or owned.
#[derive(Clone, Debug)]
pub struct Stores<S> {
    /// The order, until it is done.
    pub request: S,
    /// The message that goes out, in clear.
    pub clear: S,
    /// The message that goes out, protected; of no size where none is.
    pub sealed: S,
    /// Blocks of an answer, joined: as long as the longest answer; of an array that is read row by row,
    /// as a block and a row.
    pub joined: S,
}

impl Stores<Owned> {
    /// For messages of up to `max_message` octets, and answers in blocks of up to `max_answer`.
    #[must_use]
    pub const fn owned(max_message: usize, max_answer: usize) -> Self {
        Self {
            request: Owned::new(max_message),
            clear: Owned::new(max_message),
            sealed: Owned::new(max_message.saturating_add(128)),
            joined: Owned::new(max_answer),
        }
    }
}

/// What nobody can guess: challenges and dedicated keys are drawn from it. 32 octets from a random source,
/// others for each client. It is overwritten when it is dropped, and does not print.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Seed([u8; 32], u32);

impl Seed {
    /// A seed of these octets.
    #[must_use]
    pub const fn new(octets: [u8; 32]) -> Self {
        Self(octets, 0)
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed")
    }
}

/// A client: orders in, events out, and messages in between.
///
/// An order ([`get`](Self::get), [`set`](Self::set), [`act`](Self::act) and those with several items) is
/// given at any time when none is under way; what has to go before it, the sign-on, the link, the
/// association, is done by itself. How it goes out, in one message or in blocks, one by one or in a list, with
/// logical names or short ones, is what the association has. Each order ends with one
/// [`ClientEvent::Done`] or [`ClientEvent::Failed`].
///
/// **Time and what is sent again.** The link sends again what is lost on it, octet for octet. Over UDP a
/// question that only reads is asked again by the client, under a counter of its own; what writes or does
/// something never is.
///
/// ```
/// use gurux_dlms::security::Software;
/// use gurux_dlms::session::link::Owned;
/// use gurux_dlms::session::{
///     Authentication, Client, ClientCarrier, ClientConfig, ClientEvent, Guard, Seed, Stores, WrapperConfig, WrapperLink,
/// };
/// use gurux_dlms::wire::{AttributeDescriptor, DataRef};
/// use gurux_media::{Instant, Session, bytes::BytesMut};
///
/// let link = WrapperLink::new(WrapperConfig::default(), Owned::new(2048), Owned::new(2048));
/// let mut client = Client::new(
///     ClientConfig::default(),
///     Authentication::Lowest,
///     ClientCarrier::wrapper(link),
///     Guard::open(Software),
///     Seed::new([0; 32]),
///     Stores::owned(1024, 65_536),
/// );
/// let energy = AttributeDescriptor {
///     class_id: 3,
///     instance_id: gurux_value::Obis::new([1, 0, 1, 8, 0, 255]),
///     attribute_id: 2,
/// };
/// let call = client.get(energy)?;
///
/// // What a meter says to this: the association, and the value.
/// let meter = [
///     &[0, 1, 0, 1, 0, 16, 0, 43][..],
///     &[0x61, 41, 0xA1, 9, 6, 7, 0x60, 0x85, 0x74, 5, 8, 1, 1, 0xA2, 3, 2, 1, 0, 0xA3, 5, 0xA1, 3, 2, 1, 0],
///     &[0xBE, 16, 4, 14, 8, 0, 6, 0x5F, 0x1F, 4, 0, 0, 0, 0x10, 4, 0, 0, 7],
///     &[0, 1, 0, 1, 0, 16, 0, 9, 0xC4, 1, 0xC1, 0, 6, 0, 0x13, 0x11, 0xC6],
/// ].concat();
/// let (now, mut out) = (Instant::ZERO, BytesMut::new());
/// assert_eq!(client.poll_event(), None);
/// client.poll_transmit(now, &mut out);
/// client.handle_input(now, &meter[..51]);
/// assert!(matches!(client.poll_event(), Some(ClientEvent::Associated(_))));
/// client.poll_transmit(now, &mut out);
/// client.handle_input(now, &meter[51..]);
/// assert_eq!(client.poll_event(), Some(ClientEvent::Value { call, index: 0 }));
/// assert_eq!(client.value(), Ok(DataRef::DoubleLongUnsigned(1_249_734)));
/// assert_eq!(client.poll_event(), Some(ClientEvent::Done { call }));
/// # Ok::<(), gurux_dlms::session::CallError>(())
/// ```
pub struct Client<S, P: Provider, C = ()> {
    config: ClientConfig,
    authentication: Authentication,
    carrier: ClientCarrier<S>,
    guard: Guard<P, C>,
    seed: Seed,
    stores: Stores<S>,
    phase: Phase,
    /// The counter is being read through another client; which one is ours.
    borrowed_from: Option<u8>,
    is_counter_known: bool,
    awaits: Awaits,
    order: Option<Order>,
    agreed: Option<Agreed>,
    /// What the client challenged the meter with, and the meter the client.
    challenges: Challenged,
    items: Option<Items>,
    rows: Option<Rows>,
    current: Current,
    outgoing: Option<Outgoing>,
    incoming: Option<Incoming>,
    /// The number of the block that came last, of the service's own.
    block: u32,
    names: alloc::vec::Vec<Named>,
    events: Queue,
    notified: Option<items::Place>,
    next_call: u16,
    next_invoke: u32,
    attempts: u8,
    /// How often blocks came again that had come before, since the last new one.
    repeats: u8,
    /// The carrier's message was taken, and is not released.
    has_message: bool,
    /// Something is to go out, of which the owner does not know yet.
    is_due: bool,
    now: Instant,
}

/// How far the conversation is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    Closed,
    Connecting,
    Associating,
    Open,
    Closing,
}

/// What is waited for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Awaits {
    Nothing,
    Aare,
    /// The meter's answer to our challenge.
    Proof,
    /// The counter, through another client.
    Counter,
    /// The list of short names.
    Names,
    Rlre,
    /// The answer to the order.
    Answer,
}

/// Both challenges, up to 64 octets each.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Challenged {
    ours: [u8; 16],
    theirs: [u8; 64],
    theirs_len: usize,
}

impl<S: Store, P: Provider, C: CounterStore> Client<S, P, C> {
    /// A client at rest.
    #[must_use]
    pub fn new(
        config: ClientConfig,
        authentication: Authentication,
        carrier: ClientCarrier<S>,
        guard: Guard<P, C>,
        seed: Seed,
        stores: Stores<S>,
    ) -> Self {
        Self {
            config,
            authentication,
            carrier,
            guard,
            seed,
            stores,
            phase: Phase::Closed,
            borrowed_from: None,
            is_counter_known: false,
            awaits: Awaits::Nothing,
            order: None,
            agreed: None,
            challenges: Challenged { ours: [0; 16], theirs: [0; 64], theirs_len: 0 },
            items: None,
            rows: None,
            current: Current::None,
            outgoing: None,
            incoming: None,
            block: 0,
            names: alloc::vec::Vec::new(),
            events: Queue::default(),
            notified: None,
            next_call: 0,
            next_invoke: 0,
            attempts: 0,
            repeats: 0,
            has_message: false,
            is_due: false,
            now: Instant::ZERO,
        }
    }

    /// The value that was told last, or why there is none. What was written or done without a value to
    /// return reads as null-data. It lies where it came in, until the client is used next.
    ///
    /// # Errors
    /// The meter's refusal; `OTHER_REASON` where nothing was told.
    pub fn value(&self) -> Result<DataRef<'_>, DataAccessResult> {
        let octets = self.value_octets()?;
        gurux_framing::Wire::from_bytes(octets).map_err(|_| DataAccessResult::OTHER_REASON)
    }

    /// The octets of that value: for one that is read in one pass, by [`Events`](crate::wire::Events).
    ///
    /// # Errors
    /// As [`value`](Self::value).
    pub fn value_octets(&self) -> Result<&[u8], DataAccessResult> {
        match self.current {
            Current::None => Err(DataAccessResult::OTHER_REASON),
            Current::Null => Ok(&[0]),
            Current::Refused(code) => Err(code),
            Current::Value(place) => Ok(self.octets(place)),
        }
    }

    /// The message that the meter sent of itself, in clear, until the client is used next.
    #[must_use]
    pub fn notification(&self) -> Option<&[u8]> {
        self.notified.map(|place| self.octets(place))
    }

    /// What was agreed on, while there is an association.
    #[must_use]
    pub const fn agreed(&self) -> Option<&Agreed> {
        self.agreed.as_ref()
    }

    /// Is no order under way?
    #[must_use]
    pub const fn is_idle(&self) -> bool {
        self.order.is_none()
    }

    /// How it behaves.
    #[must_use]
    pub const fn config(&self) -> &ClientConfig {
        &self.config
    }

    /// What carries its messages.
    #[must_use]
    pub const fn carrier(&self) -> &ClientCarrier<S> {
        &self.carrier
    }

    /// Its protection.
    #[must_use]
    pub const fn guard(&self) -> &Guard<P, C> {
        &self.guard
    }

    /// A new key, from the next message on: between two associations, once the meter has it.
    ///
    /// # Errors
    /// A key that the cipher does not take; nothing has changed then.
    pub fn set_key(&mut self, id: KeyId, key: &Key) -> Result<(), CipherError> {
        self.guard.set_key(id, key)
    }

    /// Does what can be done without the meter.
    fn advance(&mut self) {
        let Some(order) = self.order else { return };
        if self.awaits != Awaits::Nothing || order.is_asked {
            return;
        }
        let result = match self.phase {
            Phase::Closed if order.kind == Kind::Release => {
                self.finish();
                Ok(())
            }
            Phase::Closed => {
                self.open();
                Ok(())
            }
            Phase::Connecting | Phase::Associating | Phase::Closing => Ok(()),
            Phase::Open => match order.kind {
                Kind::Associate => {
                    self.finish();
                    Ok(())
                }
                Kind::Release => self.release_association(),
                _ => self.ask(),
            },
        };
        if let Err(failure) = result {
            self.fail(failure);
        }
    }

    /// Ends the order well.
    fn finish(&mut self) {
        if let Some(order) = self.order.take() {
            self.events.push(ClientEvent::Done { call: order.call });
        }
        self.settle();
    }

    /// Ends the order.
    fn fail(&mut self, failure: Failure) {
        self.settle();
        self.carrier.cancel();
        self.let_go();
        if let Some(order) = self.order.take() {
            self.events.push(ClientEvent::Failed { call: order.call, failure });
        }
        // An association that is another client's must not serve the next order.
        let is_another = self.borrowed_from.is_some() && self.phase == Phase::Open;
        if is_another || matches!(self.phase, Phase::Connecting | Phase::Associating) {
            self.close();
        }
    }

    /// Nothing is under way for an order any more.
    fn settle(&mut self) {
        self.awaits = Awaits::Nothing;
        self.items = None;
        self.rows = None;
        self.outgoing = None;
        self.incoming = None;
        (self.attempts, self.repeats) = (0, 0);
        self.block = 0;
        self.stores.request.clear();
    }

    /// What came last is not read any more.
    fn let_go(&mut self) {
        self.current = Current::None;
        if self.items.is_none() {
            self.drop_message();
            if self.awaits == Awaits::Nothing {
                self.stores.joined.clear();
            }
        }
    }

    /// The message that was taken from the carrier is done with. One that it holds besides stays.
    fn drop_message(&mut self) {
        if core::mem::take(&mut self.has_message) {
            self.carrier.release();
        }
    }
}

impl<S: Store, P: Provider, C: CounterStore> Session for Client<S, P, C> {
    type Event = ClientEvent;

    fn handle_open(&mut self, now: Instant) {
        self.now = now;
        self.carrier.handle_open(now);
        self.pump();
    }

    fn handle_input(&mut self, now: Instant, octets: &[u8]) {
        self.now = now;
        self.carrier.handle_input(now, octets);
        self.pump();
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.now = now;
        self.is_due = false;
        self.carrier.handle_timeout(now);
        self.pump();
    }

    fn handle_close(&mut self, now: Instant) {
        self.now = now;
        self.carrier.handle_close(now);
        self.pump();
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut BytesMut) -> Option<Transmit> {
        self.is_due = false;
        self.now = now;
        self.carrier.poll_transmit(now, out)
    }

    fn poll_timeout(&self) -> Option<Instant> {
        if self.is_due { Some(Instant::ZERO) } else { self.carrier.poll_timeout() }
    }

    fn poll_event(&mut self) -> Option<ClientEvent> {
        self.drop_notification();
        loop {
            if let Some(event) = self.events.pop() {
                return Some(event);
            }
            if let Some(event) = self.next_item() {
                return Some(event);
            }
            if !self.events.is_empty() {
                continue;
            }
            self.let_go();
            if !self.pump() && self.events.is_empty() && self.items.is_none() {
                return None;
            }
        }
    }
}

impl<S, P: Provider, C> fmt::Debug for Client<S, P, C> {
    /// Without octets, keys and secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("phase", &self.phase)
            .field("awaits", &self.awaits)
            .field("order", &self.order)
            .field("agreed", &self.agreed)
            .field("carrier", &self.carrier)
            .finish_non_exhaustive()
    }
}
