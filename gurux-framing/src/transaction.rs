//! The resend machine: one question, one answer, as a pure function of time.
//!
//! [`Transactions`] decides when a request goes out, how long its reply is waited for, whether it
//! is sent again, and whose reply came. It holds no octets and no clock: a request is a [`Key`] of
//! the caller's (a transaction number; on a line without numbers, what the octets of a reply
//! must look like), and every call is told what time it is. The caller turns the crank:
//!
//! 1. [`submit`](Transactions::submit) an [`Order`];
//! 2. do what [`poll`](Transactions::poll) says until it says nothing;
//! 3. report octets ([`handle_octets`](Transactions::handle_octets)) and whole replies
//!    ([`handle_reply`](Transactions::handle_reply));
//! 4. sleep until [`poll_timeout`](Transactions::poll_timeout); go to 2.
//!
//! The life of an order:
//!
//! ```text
//!            submit            poll: Send               reply
//!     Idle ----------> Ready ----------------> Waiting -------> gone (or Owed)
//!                        ^                        |
//!                        |  resend, device busy   | time-out
//!                        +------------------------+-----------> Owed: poll says TimedOut
//! ```
//!
//! **Owed** is what keeps late replies from doing harm. A request that was sent more often than it
//! was answered may still be answered, long after anybody asked. For
//! [`stale_lifetime`](Policy::stale_lifetime) such a reply is recognised and counted as stale, and
//! no request goes out whose reply could be mistaken for it.
//!
//! Everything is bounded: orders by `SLOTS`, attempts by [`Order::resends`], requests for more
//! time by [`Policy::patience`], a trickling reply by [`Policy::reply_limit`], waiting for a
//! silence by the response time-out. So on an open medium each order ends, whatever the line does.

mod policy;
#[cfg(all(test, feature = "alloc"))]
mod tests;

use core::time::Duration;

use gurux_media::Instant;

pub use self::policy::{BackOff, Counters, Policy};

/// What a reply is recognised by.
pub trait Key: Copy {
    /// Could a reply to `other` be taken for a reply to this request?
    ///
    /// With numbered requests: are the numbers the same? Without: would the octets look alike?
    fn is_mistakable_for(&self, other: &Self) -> bool;

    /// Do both go to one device, so that this request must not overtake `other`? Whoever writes
    /// and then reads means that order, also when the device is busy in between.
    fn is_same_device(&self, other: &Self) -> bool {
        let _ = other;
        false
    }
}

/// A transaction number that the reply repeats.
impl Key for u16 {
    fn is_mistakable_for(&self, other: &Self) -> bool {
        self == other
    }
}

/// A request, as far as the machine must know it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Order<K> {
    /// What its reply is recognised by.
    pub key: K,
    /// How often it is sent again when no reply comes.
    pub resends: u8,
    /// Does anybody answer? A broadcast is not answered; it is over after
    /// [`Policy::turnaround`], and never sent again.
    pub answered: bool,
    /// It does not go out before this moment (a pause that this device needs).
    pub not_before: Instant,
    /// How long its octets are on the line; waits begin when the last one is out.
    pub on_line: Duration,
    /// How long this one waits, if not for [`Policy::response_timeout`].
    pub response_timeout: Option<Duration>,
}

impl<K> Order<K> {
    /// A request that is answered, sent as soon as the line allows, and not sent again.
    #[must_use]
    pub const fn new(key: K) -> Self {
        Self {
            key,
            resends: 0,
            answered: true,
            not_before: Instant::ZERO,
            on_line: Duration::ZERO,
            response_timeout: None,
        }
    }
}

/// All slots are taken, by orders or by replies that are still owed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("as many requests as the link can hold are waiting or still owed a reply")]
pub struct Full;

/// What is to be done, or has come to its end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action<K> {
    /// Send the request now.
    Send {
        /// Which.
        key: K,
        /// 1 for the first time.
        attempt: u16,
    },
    /// No reply came, as often as the request was sent. The order is over.
    TimedOut {
        /// Which.
        key: K,
        /// How often it was sent.
        attempts: u16,
    },
    /// The turnaround delay of a request that nobody answers has passed. The order is over.
    Done {
        /// Which.
        key: K,
    },
    /// The medium closed while the request was in flight. The order is over; whether the device
    /// carried it out is unknown.
    Lost {
        /// Which.
        key: K,
    },
}

/// Whose reply came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answer<K> {
    /// That of an order, which is over now.
    Reply {
        /// Which.
        key: K,
        /// How often it was sent.
        attempts: u16,
        /// From its last sending to now.
        latency: Duration,
    },
    /// A late one: nobody waits for it any more.
    Stale {
        /// To which request.
        key: K,
    },
    /// Nobody's that is known here.
    Foreign,
}

/// What the link is doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// Nothing to do.
    Idle,
    /// At least one request is in flight.
    Waiting,
    /// A request is there but may not go out yet: a gap, a pause, a reply that is still owed, or
    /// a medium that is closed.
    Gap,
}

/// The resend machine for up to `SLOTS` requests, in flight or still owed a reply.
///
/// ```
/// use core::time::Duration;
/// use gurux_framing::transaction::{Action, Answer, Order, Policy, Transactions};
/// use gurux_media::Instant;
///
/// let mut link = Transactions::<u16, 4>::new(Policy::default());
/// let start = Instant::ZERO;
/// link.submit(start, Order { resends: 1, ..Order::new(7) })?;
/// assert_eq!(link.poll(start), Some(Action::Send { key: 7, attempt: 1 }));
/// // A second passes without a reply.
/// let later = link.poll_timeout().unwrap();
/// assert_eq!(later, start + Duration::from_secs(1));
/// assert_eq!(link.poll(later), Some(Action::Send { key: 7, attempt: 2 }));
/// // Somebody else's reply changes nothing, the right one ends the order.
/// let latency = Duration::from_millis(30);
/// assert_eq!(link.handle_reply(later + latency, |&key| key == 9), Answer::Foreign);
/// assert_eq!(
///     link.handle_reply(later + latency, |&key| key == 7),
///     Answer::Reply { key: 7, attempts: 2, latency }
/// );
/// # Ok::<(), gurux_framing::transaction::Full>(())
/// ```
#[derive(Clone, Debug)]
pub struct Transactions<K, const SLOTS: usize> {
    policy: Policy,
    slots: [Option<Slot<K>>; SLOTS],
    /// Slots from here on are free, so that a link with little to do has little to look at.
    top: usize,
    /// Is the medium open? True until somebody says that it closed.
    open: bool,
    /// The next request finds the line silent from here on.
    silent_at: Instant,
    /// Nothing goes out before the pause after connecting is over.
    connected_at: Instant,
    /// Slots in the stage `Waiting`.
    in_flight: usize,
    /// Slots in the stage `Ready`.
    ready: usize,
    /// No slot comes to its end before this moment.
    ends_at: Instant,
    /// The number of the next order: orders are served in turn.
    next: u64,
    counters: Counters,
}

#[derive(Clone, Copy, Debug)]
struct Slot<K> {
    order: Order<K>,
    /// Its turn among the orders.
    turn: u64,
    /// How often it was sent.
    sends: u16,
    /// How many of these were not answered.
    owed: u16,
    /// How often it was put off.
    put_off: u8,
    /// How often of these because the device was busy.
    busy: u8,
    sent_at: Instant,
    stage: Stage,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    /// Wants to go out, since and not before.
    Ready { since: Instant, not_before: Instant },
    /// In flight; octets of a reply may move the deadline as far as the limit.
    Waiting { deadline: Instant, limit: Instant },
    /// In flight when the medium closed; `poll` has not said so yet.
    Lost,
    /// Over, but a reply may still come.
    Owed { until: Instant },
}

impl<K: Key, const SLOTS: usize> Transactions<K, SLOTS> {
    /// A link at rest, on an open medium.
    #[must_use]
    pub const fn new(policy: Policy) -> Self {
        Self {
            policy,
            slots: [const { None }; SLOTS],
            top: 0,
            open: true,
            silent_at: Instant::ZERO,
            connected_at: Instant::ZERO,
            in_flight: 0,
            ready: 0,
            ends_at: Instant::FAR_FUTURE,
            next: 0,
            counters: Counters {
                sent: 0,
                resent: 0,
                answered: 0,
                broadcast: 0,
                timed_out: 0,
                stale: 0,
                foreign: 0,
                put_off: 0,
                lost: 0,
            },
        }
    }

    /// The times and counts of this link.
    #[must_use]
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Changes them, from the next step on.
    pub const fn set_policy(&mut self, policy: Policy) {
        self.policy = policy;
    }

    /// What happened since the beginning.
    #[must_use]
    pub const fn counters(&self) -> &Counters {
        &self.counters
    }

    /// What the link is doing.
    #[must_use]
    pub const fn state(&self) -> State {
        if self.in_flight > 0 {
            State::Waiting
        } else if self.ready > 0 {
            State::Gap
        } else {
            State::Idle
        }
    }

    /// Is there room for an order?
    #[must_use]
    #[inline]
    pub fn has_room(&self) -> bool {
        self.top < SLOTS || self.has_hole()
    }

    /// Could an order go out at once: room, and fewer requests in flight than the window allows?
    #[must_use]
    pub fn has_window(&self) -> bool {
        self.in_flight < self.window() && self.has_room()
    }

    /// Is a request with such a key waiting, in flight or still owed a reply?
    #[must_use]
    pub fn knows(&self, mut matches: impl FnMut(&K) -> bool) -> bool {
        self.slots().any(|slot| matches(&slot.order.key))
    }

    /// Takes an order. It goes out when [`poll`](Self::poll) says so.
    ///
    /// # Errors
    /// [`Full`]; a slot is free again when an order is over and no reply is owed any more.
    pub fn submit(&mut self, now: Instant, order: Order<K>) -> Result<(), Full> {
        let used = self.slots.get(..self.top).unwrap_or_default();
        let free = used.iter().position(Option::is_none).unwrap_or(self.top);
        if free >= SLOTS {
            return Err(Full);
        }
        let slot = Some(Slot {
            order,
            turn: self.next,
            sends: 0,
            owed: 0,
            put_off: 0,
            busy: 0,
            sent_at: now,
            stage: Stage::Ready { since: now, not_before: order.not_before },
        });
        if let Some(place) = self.slots.get_mut(free) {
            *place = slot;
        }
        self.top = self.top.max(free.saturating_add(1));
        self.ready = self.ready.saturating_add(1);
        self.next = self.next.wrapping_add(1);
        Ok(())
    }

    /// The next thing to do or to tell at `now`. Call until `None`; the answer may change after
    /// any other call, and when [`poll_timeout`](Self::poll_timeout) is reached.
    pub fn poll(&mut self, now: Instant) -> Option<Action<K>> {
        let ended = if now < self.ends_at { None } else { self.expire(now) };
        match ended {
            None if self.ready > 0 => self.send(now),
            ended => ended,
        }
    }

    /// When [`poll`](Self::poll) has something new to say, if nothing else happens.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let sendable = self.open && self.in_flight < self.window();
        self.slots()
            .filter_map(|slot| match slot.stage {
                Stage::Lost => Some(Instant::ZERO),
                Stage::Waiting { deadline, .. } => Some(deadline),
                Stage::Owed { until } => Some(until),
                Stage::Ready { since, not_before } if sendable && !self.is_held(slot) => {
                    Some(self.sendable_at(slot, since, not_before))
                }
                Stage::Ready { .. } => None,
            })
            .min()
    }

    /// Octets came in at `now`, whatever they are: the line is not silent, and a reply may have
    /// begun.
    pub fn handle_octets(&mut self, now: Instant) {
        self.silent_at = self.silent_at.max(now + self.policy.gap);
        if self.in_flight == 0 || self.policy.octet_timeout.is_zero() {
            return;
        }
        let extended = now + self.policy.octet_timeout;
        for slot in used(&mut self.slots, self.top).iter_mut().flatten() {
            if let Stage::Waiting { deadline, limit } = &mut slot.stage
                && slot.order.answered
            {
                *deadline = extended.min(*limit).max(*deadline);
            }
        }
    }

    /// A whole reply came in: whose is it? `matches` says whether it answers the request with a
    /// given key. The order that it answers is over.
    pub fn handle_reply(&mut self, now: Instant, mut matches: impl FnMut(&K) -> bool) -> Answer<K> {
        let until = now + self.policy.stale_lifetime;
        let Some(place) = self.find(&mut matches) else {
            self.counters.foreign = self.counters.foreign.saturating_add(1);
            return Answer::Foreign;
        };
        let Some(slot) = place else { return Answer::Foreign };
        let (key, attempts, stage) = (slot.order.key, slot.sends, slot.stage);
        let latency = now.since(slot.sent_at);
        slot.owed = slot.owed.saturating_sub(1);
        let is_stale = matches!(stage, Stage::Owed { .. });
        if !is_stale || slot.owed == 0 {
            Self::retire(place, now, until);
            self.left(stage, until);
        }
        if is_stale {
            self.counters.stale = self.counters.stale.saturating_add(1);
            return Answer::Stale { key };
        }
        self.counters.answered = self.counters.answered.saturating_add(1);
        Answer::Reply { key, attempts, latency }
    }

    /// The device asked for more time: the wait of this request begins anew, and lasts as long as
    /// that of its present attempt. False if no such request is in flight, or if it was put off
    /// as often as [`Policy::patience`] allows.
    pub fn extend(&mut self, now: Instant, mut matches: impl FnMut(&K) -> bool) -> bool {
        let policy = self.policy;
        let Some(Some(slot)) = self.find(&mut matches) else { return false };
        if !matches!(slot.stage, Stage::Waiting { .. }) || slot.put_off >= policy.patience {
            return false;
        }
        slot.put_off = slot.put_off.saturating_add(1);
        let deadline = slot.wait_from(now, &policy);
        self.ends_at = self.ends_at.min(deadline);
        self.counters.put_off = self.counters.put_off.saturating_add(1);
        true
    }

    /// The device was busy: the request goes out again after a while. That is no resend, because
    /// the device said that it did nothing. False if no such request is in flight, or if it was
    /// put off as often as [`Policy::patience`] allows.
    pub fn put_off(
        &mut self,
        now: Instant,
        after: Duration,
        mut matches: impl FnMut(&K) -> bool,
    ) -> bool {
        let patience = self.policy.patience;
        let Some(Some(slot)) = self.find(&mut matches) else { return false };
        if !matches!(slot.stage, Stage::Waiting { .. }) || slot.put_off >= patience {
            return false;
        }
        slot.put_off = slot.put_off.saturating_add(1);
        slot.owed = slot.owed.saturating_sub(1);
        slot.busy = slot.busy.saturating_add(1);
        let at = now + after;
        slot.stage = Stage::Ready { since: at, not_before: at };
        self.in_flight = self.in_flight.saturating_sub(1);
        self.ready = self.ready.saturating_add(1);
        self.counters.put_off = self.counters.put_off.saturating_add(1);
        true
    }

    /// Gives up an order. False if there is none of this key, or if it is over. A reply that
    /// comes after all is stale.
    pub fn cancel(&mut self, now: Instant, mut matches: impl FnMut(&K) -> bool) -> bool {
        let Some(place) = used(&mut self.slots, self.top).iter_mut().find(|place| {
            place.as_ref().is_some_and(|slot| {
                !matches!(slot.stage, Stage::Owed { .. }) && matches(&slot.order.key)
            })
        }) else {
            return false;
        };
        let Some(slot) = place else { return false };
        let stage = slot.stage;
        let until = match stage {
            // Before its time has passed, the reply is not even late.
            Stage::Waiting { deadline, .. } => deadline.max(now) + self.policy.stale_lifetime,
            _ => now + self.policy.stale_lifetime,
        };
        Self::retire(place, now, until);
        self.left(stage, until);
        true
    }

    /// Requests that wait and match do not go out before `until`: a device needs a pause.
    pub fn hold(&mut self, until: Instant, mut matches: impl FnMut(&K) -> bool) {
        for slot in used(&mut self.slots, self.top).iter_mut().flatten() {
            if let Stage::Ready { not_before, .. } = &mut slot.stage
                && matches(&slot.order.key)
            {
                *not_before = until.max(*not_before);
            }
        }
    }

    /// The medium opened: the pause after connecting begins.
    pub fn handle_open(&mut self, now: Instant) {
        self.open = true;
        self.connected_at = now + self.policy.pause_after_connect;
        self.silent_at = now;
    }

    /// The medium closed: what is in flight is lost, what waits to go out is kept.
    pub fn handle_close(&mut self) {
        self.open = false;
        self.in_flight = 0;
        for slot in used(&mut self.slots, self.top).iter_mut().flatten() {
            if matches!(slot.stage, Stage::Waiting { .. }) {
                slot.stage = Stage::Lost;
                self.ends_at = Instant::ZERO;
                self.counters.lost = self.counters.lost.saturating_add(1);
            }
        }
    }

    fn slots(&self) -> impl Iterator<Item = &Slot<K>> {
        self.slots.get(..self.top).unwrap_or_default().iter().flatten()
    }

    /// A slot left a stage; a reply that is still owed is over at `until`.
    fn left(&mut self, stage: Stage, until: Instant) {
        match stage {
            Stage::Waiting { .. } => self.in_flight = self.in_flight.saturating_sub(1),
            Stage::Ready { .. } => self.ready = self.ready.saturating_sub(1),
            Stage::Lost | Stage::Owed { .. } => {}
        }
        self.ends_at = self.ends_at.min(until);
        self.settle();
    }

    /// Is there a free slot below the top?
    #[cold]
    fn has_hole(&self) -> bool {
        self.slots.iter().any(Option::is_none)
    }

    /// Slots were freed: those at the top are not looked at any more.
    fn settle(&mut self) {
        while let Some(last) = self.top.checked_sub(1)
            && self.slots.get(last).is_none_or(Option::is_none)
        {
            self.top = last;
        }
    }

    fn window(&self) -> usize {
        usize::from(self.policy.window.max(1))
    }

    /// The slot whose order a reply answers: the oldest in flight before those that only may
    /// still be owed a reply.
    fn find(&mut self, matches: &mut impl FnMut(&K) -> bool) -> Option<&mut Option<Slot<K>>> {
        used(&mut self.slots, self.top)
            .iter_mut()
            .filter(|place| {
                place.as_ref().is_some_and(|slot| {
                    slot.owed > 0
                        && slot.order.answered
                        && slot.stage != Stage::Lost
                        && matches(&slot.order.key)
                })
            })
            .min_by_key(|place| {
                place.as_ref().map(|slot| {
                    let rank = match slot.stage {
                        Stage::Waiting { .. } => 0_u8,
                        Stage::Ready { .. } | Stage::Lost => 1,
                        Stage::Owed { .. } => 2,
                    };
                    (rank, slot.turn)
                })
            })
    }

    /// The first thing that has come to its end by `now`.
    fn expire(&mut self, now: Instant) -> Option<Action<K>> {
        let until = now + self.policy.stale_lifetime;
        let mut ends_at = Instant::FAR_FUTURE;
        let mut ended = None;
        for place in used(&mut self.slots, self.top) {
            let Some(slot) = place else { continue };
            let key = slot.order.key;
            match slot.stage {
                Stage::Ready { .. } => {}
                Stage::Waiting { deadline: at, .. } | Stage::Owed { until: at } if at > now => {
                    ends_at = ends_at.min(at);
                }
                Stage::Owed { .. } => *place = None,
                Stage::Lost => {
                    Self::retire(place, now, until);
                    ended = Some(Action::Lost { key });
                    break;
                }
                Stage::Waiting { .. } => {
                    self.in_flight = self.in_flight.saturating_sub(1);
                    let attempts = slot.sends;
                    if !slot.order.answered {
                        *place = None;
                        ended = Some(Action::Done { key });
                        break;
                    }
                    if slot.unanswered() <= u16::from(slot.order.resends) {
                        slot.stage = Stage::Ready { since: now, not_before: now };
                        self.ready = self.ready.saturating_add(1);
                        continue;
                    }
                    Self::retire(place, now, until);
                    self.counters.timed_out = self.counters.timed_out.saturating_add(1);
                    ended = Some(Action::TimedOut { key, attempts });
                    break;
                }
            }
        }
        // With something ended, there may be more: the rest was not looked at.
        self.ends_at = if ended.is_some() { now } else { ends_at };
        self.settle();
        ended
    }

    /// Sends the order whose turn it is, if the line allows.
    fn send(&mut self, now: Instant) -> Option<Action<K>> {
        if !self.open || self.in_flight >= self.window() {
            return None;
        }
        let (place, _) = self
            .slots
            .iter()
            .enumerate()
            .take(self.top)
            .filter_map(|(place, slot)| Some((place, slot.as_ref()?)))
            .filter(|(_, slot)| match slot.stage {
                Stage::Ready { since, not_before } => {
                    self.sendable_at(slot, since, not_before) <= now && !self.is_held(slot)
                }
                _ => false,
            })
            .min_by_key(|(_, slot)| slot.turn)?;
        let slot = self.slots.get_mut(place)?.as_mut()?;
        slot.sends = slot.sends.saturating_add(1);
        slot.sent_at = now;
        let sent_at = now + slot.order.on_line;
        if slot.order.answered {
            slot.owed = slot.owed.saturating_add(1);
        } else {
            self.counters.broadcast = self.counters.broadcast.saturating_add(1);
        }
        self.ends_at = self.ends_at.min(slot.wait_from(sent_at, &self.policy));
        self.ready = self.ready.saturating_sub(1);
        let (key, attempt) = (slot.order.key, slot.sends);
        self.in_flight = self.in_flight.saturating_add(1);
        self.silent_at = self.silent_at.max(sent_at + self.policy.gap);
        self.counters.sent = self.counters.sent.saturating_add(1);
        if attempt > 1 {
            self.counters.resent = self.counters.resent.saturating_add(1);
        }
        Some(Action::Send { key, attempt })
    }

    /// When the line and the order itself allow it to go out. A line that is never silent is not
    /// waited for longer than for a reply.
    fn sendable_at(&self, slot: &Slot<K>, since: Instant, not_before: Instant) -> Instant {
        let wait = slot.order.response_timeout.unwrap_or(self.policy.response_timeout);
        let at = not_before.max(self.connected_at);
        at.max(self.silent_at.min(since.max(at) + wait))
    }

    /// Must the order wait because its reply could be mistaken for one that is still owed, or
    /// because it would overtake an older one?
    fn is_held(&self, held: &Slot<K>) -> bool {
        let key = &held.order.key;
        // The usual case: there is no other.
        self.top > 1
            && self.slots().any(|slot| {
                let other = &slot.order.key;
                let overtaken = slot.turn < held.turn && matches!(slot.stage, Stage::Ready { .. });
                slot.turn != held.turn
                    && ((slot.owed > 0 && key.is_mistakable_for(other))
                        || (overtaken && key.is_same_device(other)))
            })
    }

    /// An order is over; its slot stays as long as a reply may still come.
    fn retire(place: &mut Option<Slot<K>>, now: Instant, until: Instant) {
        match place {
            Some(slot) if slot.owed > 0 && until > now => slot.stage = Stage::Owed { until },
            _ => *place = None,
        }
    }
}

impl<K> Slot<K> {
    /// Attempts that count against the resends: a device that said "busy" did answer.
    fn unanswered(&self) -> u16 {
        self.sends.saturating_sub(u16::from(self.busy))
    }

    /// The wait begins; until when it lasts.
    fn wait_from(&mut self, sent_at: Instant, policy: &Policy) -> Instant {
        let wait = if self.order.answered {
            let first = self.order.response_timeout.unwrap_or(policy.response_timeout);
            let before = u8::try_from(self.unanswered().saturating_sub(1)).unwrap_or(u8::MAX);
            policy.back_off.wait(first, before)
        } else {
            policy.turnaround
        };
        let deadline = sent_at + wait;
        self.stage = Stage::Waiting { deadline, limit: deadline + policy.reply_limit };
        deadline
    }
}

/// The slots below `top`.
fn used<K>(slots: &mut [Option<Slot<K>>], top: usize) -> &mut [Option<Slot<K>>] {
    slots.get_mut(..top).unwrap_or_default()
}
