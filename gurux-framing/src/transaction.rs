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
//! no request goes out whose reply could be mistaken for it. In the same spirit, a request that is
//! cancelled while it is in flight stays so, and counts in the window, until its reply comes or its
//! wait is over: the device does not know that nobody asks any more, and on a line its reply would
//! fall into the next request.
//!
//! Everything is bounded: orders by `SLOTS`, attempts by [`Order::resends`], requests for more
//! time by [`Policy::patience`], a trickling reply by [`Policy::reply_limit`], waiting for a
//! silence by the response time-out. So on an open medium each order ends, whatever the line does.

mod order;
mod policy;
mod slot;
#[cfg(all(test, feature = "alloc"))]
mod tests;

use core::time::Duration;

use gurux_media::Instant;

use self::policy::Times;
use self::slot::{Slot, Stage};

pub use self::order::{Action, Answer, Full, Key, Order, State};
pub use self::policy::{BackOff, Counters, Policy};

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
    times: Times,
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

impl<K: Key, const SLOTS: usize> Transactions<K, SLOTS> {
    /// A link at rest, on an open medium.
    #[must_use]
    pub const fn new(policy: Policy) -> Self {
        Self {
            policy,
            times: Times::of(&policy),
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
        self.times = Times::of(&policy);
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
        self.slots().any(|slot| matches(&slot.key))
    }

    /// Takes an order. It goes out when [`poll`](Self::poll) says so.
    ///
    /// # Errors
    /// [`Full`]; a slot is free again when an order is over and no reply is owed any more.
    #[inline]
    pub fn submit(&mut self, now: Instant, order: Order<K>) -> Result<(), Full> {
        let used = self.slots.get(..self.top).unwrap_or_default();
        let free = used.iter().position(Option::is_none).unwrap_or(self.top);
        let Some(place) = self.slots.get_mut(free) else { return Err(Full) };
        *place = Some(Slot::new(now, self.next, order));
        self.top = self.top.max(free.wrapping_add(1));
        self.ready = self.ready.wrapping_add(1);
        self.next = self.next.wrapping_add(1);
        Ok(())
    }

    /// The next thing to do or to tell at `now`. Call until `None`; the answer may change after
    /// any other call, and when [`poll_timeout`](Self::poll_timeout) is reached.
    #[inline]
    pub fn poll(&mut self, now: Instant) -> Option<Action<K>> {
        if self.ends_at <= now
            && let ended @ Some(_) = self.expire(now)
        {
            return ended;
        }
        if self.ready > 0 { self.send(now) } else { None }
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
    #[inline]
    pub fn handle_octets(&mut self, now: Instant) {
        self.silent_at = self.silent_at.max(now + self.times.gap);
        if self.in_flight == 0 || self.times.octet_timeout.is_zero() {
            return;
        }
        let extended = now + self.times.octet_timeout;
        for slot in used(&mut self.slots, self.top).iter_mut().flatten() {
            if let Stage::Waiting { deadline, limit } = &mut slot.stage
                && slot.answered
            {
                *deadline = extended.min(*limit).max(*deadline);
            }
        }
    }

    /// A whole reply came in: whose is it? `matches` says whether it answers the request with a
    /// given key. The order that it answers is over.
    #[inline(always)]
    pub fn handle_reply(&mut self, now: Instant, mut matches: impl FnMut(&K) -> bool) -> Answer<K> {
        let Some((place, slot)) = self.find(&mut matches) else {
            self.counters.foreign = self.counters.foreign.wrapping_add(1);
            return Answer::Foreign;
        };
        let (key, attempts) = (slot.key, slot.sends);
        let latency = now.since(slot.sent_at);
        slot.owed = slot.owed.saturating_sub(1);
        let is_over = matches!(slot.stage, Stage::Owed { .. });
        let is_stale = is_over || slot.is_cancelled;
        // What is over and owed more than this reply stays for as long as it was to stay.
        if !is_over || slot.owed == 0 {
            self.retire(place, now);
        }
        if is_stale {
            self.counters.stale = self.counters.stale.wrapping_add(1);
            return Answer::Stale { key };
        }
        self.counters.answered = self.counters.answered.wrapping_add(1);
        Answer::Reply { key, attempts, latency }
    }

    /// The device asked for more time: the wait of this request begins anew, and lasts as long as
    /// that of its present attempt. False if no such request is in flight, or if it was put off
    /// as often as [`Policy::patience`] allows.
    pub fn extend(&mut self, now: Instant, mut matches: impl FnMut(&K) -> bool) -> bool {
        let Policy { patience, back_off, .. } = self.policy;
        let times = self.times;
        let Some((_, slot)) = self.find(&mut matches) else { return false };
        if !slot.is_put_off(patience) {
            return false;
        }
        let deadline = slot.wait_from(now, &times, back_off);
        self.ends_at = self.ends_at.min(deadline);
        self.counters.put_off = self.counters.put_off.wrapping_add(1);
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
        let Some((_, slot)) = self.find(&mut matches) else { return false };
        if !slot.is_put_off(patience) {
            return false;
        }
        slot.owed = slot.owed.saturating_sub(1);
        slot.busy = slot.busy.saturating_add(1);
        slot.wait_to_send(now + after);
        self.in_flight = self.in_flight.saturating_sub(1);
        self.ready = self.ready.wrapping_add(1);
        self.counters.put_off = self.counters.put_off.wrapping_add(1);
        true
    }

    /// Gives up an order. False if there is none of this key, or if it is over. A request that is
    /// in flight stays so until its reply comes, which is stale, or until its wait is over; nobody
    /// is told of that.
    pub fn cancel(&mut self, now: Instant, mut matches: impl FnMut(&K) -> bool) -> bool {
        let found =
            used(&mut self.slots, self.top).iter_mut().enumerate().find_map(|(place, slot)| {
                let slot = slot.as_mut()?;
                let is_over = slot.is_cancelled || matches!(slot.stage, Stage::Owed { .. });
                (!is_over && matches(&slot.key)).then_some((place, slot))
            });
        let Some((place, slot)) = found else { return false };
        if matches!(slot.stage, Stage::Waiting { .. }) {
            slot.is_cancelled = true;
        } else {
            self.retire(place, now);
        }
        true
    }

    /// Requests that wait and match do not go out before `until`: a device needs a pause.
    pub fn hold(&mut self, until: Instant, mut matches: impl FnMut(&K) -> bool) {
        for slot in used(&mut self.slots, self.top).iter_mut().flatten() {
            if let Stage::Ready { not_before, .. } = &mut slot.stage
                && matches(&slot.key)
            {
                *not_before = until.max(*not_before);
            }
        }
    }

    /// The medium opened: the pause after connecting begins.
    pub fn handle_open(&mut self, now: Instant) {
        self.open = true;
        self.connected_at = now + self.times.pause_after_connect;
        self.silent_at = now;
    }

    /// The medium closed: what is in flight is lost, what waits to go out is kept.
    pub fn handle_close(&mut self) {
        self.open = false;
        self.in_flight = 0;
        for place in used(&mut self.slots, self.top) {
            let Some(slot) = place else { continue };
            if !matches!(slot.stage, Stage::Waiting { .. }) {
                continue;
            }
            if slot.is_cancelled {
                *place = None;
                continue;
            }
            slot.stage = Stage::Lost;
            self.ends_at = Instant::ZERO;
            self.counters.lost = self.counters.lost.wrapping_add(1);
        }
        self.settle();
    }

    fn slots(&self) -> impl Iterator<Item = &Slot<K>> {
        self.slots.get(..self.top).unwrap_or_default().iter().flatten()
    }

    /// An order is over; its slot stays as long as a reply may still come.
    #[inline(always)]
    fn retire(&mut self, place: usize, now: Instant) {
        let Some(place) = self.slots.get_mut(place) else { return };
        let Some(slot) = place else { return };
        match slot.stage {
            Stage::Waiting { .. } => self.in_flight = self.in_flight.saturating_sub(1),
            Stage::Ready { .. } => self.ready = self.ready.saturating_sub(1),
            Stage::Lost | Stage::Owed { .. } => {}
        }
        if slot.owed > 0 {
            let until = now + self.times.stale_lifetime;
            if until > now {
                slot.stage = Stage::Owed { until };
                self.ends_at = self.ends_at.min(until);
                return;
            }
        }
        *place = None;
        self.settle();
    }

    /// Is there a free slot below the top?
    #[cold]
    fn has_hole(&self) -> bool {
        self.slots.iter().any(Option::is_none)
    }

    /// Slots were freed: those at the top are not looked at any more.
    #[inline]
    fn settle(&mut self) {
        let used = self.slots.get(..self.top).unwrap_or_default();
        self.top = used.iter().rposition(Option::is_some).map_or(0, |last| last.wrapping_add(1));
    }

    fn window(&self) -> usize {
        usize::from(self.policy.window.max(1))
    }

    /// The slot whose order a reply answers, and where it is: the oldest in flight before those
    /// that only may still be owed a reply.
    #[inline(always)]
    fn find(&mut self, matches: &mut impl FnMut(&K) -> bool) -> Option<(usize, &mut Slot<K>)> {
        let mut is_match = |slot: &Slot<K>| slot.is_owed() && matches(&slot.key);
        let slots = used(&mut self.slots, self.top);
        let place = match &*slots {
            // The usual case: there is no other.
            [Some(only)] if is_match(only) => 0,
            [_] => return None,
            slots => {
                let matching = slots.iter().enumerate().filter_map(|(place, slot)| {
                    let slot = slot.as_ref().filter(|slot| is_match(slot))?;
                    Some((slot.rank(), place))
                });
                matching.min()?.1
            }
        };
        slots.get_mut(place)?.as_mut().map(|slot| (place, slot))
    }

    /// The first thing that has come to its end by `now`.
    #[cold]
    fn expire(&mut self, now: Instant) -> Option<Action<K>> {
        let mut ends_at = Instant::FAR_FUTURE;
        for place in 0..self.top {
            let Some(Some(slot)) = self.slots.get_mut(place) else { continue };
            let (key, attempts) = (slot.key, slot.sends);
            match slot.stage {
                Stage::Ready { .. } => continue,
                Stage::Waiting { deadline: at, .. } | Stage::Owed { until: at } if at > now => {
                    ends_at = ends_at.min(at);
                    continue;
                }
                Stage::Waiting { .. }
                    if slot.answered && !slot.is_cancelled && slot.may_be_resent() =>
                {
                    slot.wait_to_send(now);
                    self.in_flight = self.in_flight.saturating_sub(1);
                    self.ready = self.ready.wrapping_add(1);
                    continue;
                }
                _ => {}
            }
            let ended = match slot.stage {
                Stage::Owed { .. } => {
                    slot.owed = 0;
                    None
                }
                Stage::Waiting { .. } if slot.is_cancelled => None,
                Stage::Waiting { .. } if !slot.answered => Some(Action::Done { key }),
                Stage::Waiting { .. } => {
                    self.counters.timed_out = self.counters.timed_out.wrapping_add(1);
                    Some(Action::TimedOut { key, attempts })
                }
                _ => Some(Action::Lost { key }),
            };
            self.retire(place, now);
            if ended.is_some() {
                // There may be more: the rest was not looked at.
                self.ends_at = now;
                return ended;
            }
            if let Some(Some(Slot { stage: Stage::Owed { until }, .. })) = self.slots.get(place) {
                ends_at = ends_at.min(*until);
            }
        }
        self.ends_at = ends_at;
        None
    }

    /// Sends the order whose turn it is, if the line allows.
    #[inline(never)]
    fn send(&mut self, now: Instant) -> Option<Action<K>> {
        if !self.open || self.in_flight >= self.window() {
            return None;
        }
        let place = match self.slots.get(..self.top).unwrap_or_default() {
            // The usual case: there is no other.
            [Some(only)] if self.is_due(only, now) => 0,
            [_] => return None,
            slots => self.first_due(slots, now)?,
        };
        let slot = self.slots.get_mut(place)?.as_mut()?;
        let (out_at, deadline) = slot.send(now, &self.times, self.policy.back_off);
        let (key, attempt) = (slot.key, slot.sends);
        self.ends_at = self.ends_at.min(deadline);
        self.silent_at = self.silent_at.max(out_at + self.times.gap);
        self.ready = self.ready.saturating_sub(1);
        self.in_flight = self.in_flight.wrapping_add(1);
        self.counters.sent = self.counters.sent.wrapping_add(1);
        if attempt > 1 {
            self.counters.resent = self.counters.resent.wrapping_add(1);
        }
        if !slot.answered {
            self.counters.broadcast = self.counters.broadcast.wrapping_add(1);
        }
        Some(Action::Send { key, attempt })
    }

    /// Of the orders that may go out, the one whose turn it is.
    #[inline(never)]
    fn first_due(&self, slots: &[Option<Slot<K>>], now: Instant) -> Option<usize> {
        let due = slots.iter().enumerate().filter_map(|(place, slot)| {
            let slot = slot.as_ref()?;
            (self.is_due(slot, now) && !self.is_held(slot)).then_some((slot.turn, place))
        });
        due.min().map(|(_, place)| place)
    }

    /// May the order go out, as far as the line and it itself go?
    #[inline(always)]
    fn is_due(&self, slot: &Slot<K>, now: Instant) -> bool {
        let Stage::Ready { since, not_before } = slot.stage else { return false };
        not_before <= now
            && self.connected_at <= now
            && (self.silent_at <= now || self.sendable_at(slot, since, not_before) <= now)
    }

    /// When the line and the order itself allow it to go out. A line that is never silent is not
    /// waited for longer than for a reply.
    fn sendable_at(&self, slot: &Slot<K>, since: Instant, not_before: Instant) -> Instant {
        let wait = slot.response_timeout(&self.times);
        let at = not_before.max(self.connected_at);
        at.max(self.silent_at.min(since.max(at) + wait))
    }

    /// Must the order wait because its reply could be mistaken for one that is still owed, or
    /// because it would overtake an older one?
    #[inline]
    fn is_held(&self, held: &Slot<K>) -> bool {
        // The usual case: there is no other.
        self.top > 1 && self.is_behind(held)
    }

    #[inline(never)]
    fn is_behind(&self, held: &Slot<K>) -> bool {
        let key = &held.key;
        self.slots().any(|slot| {
            let other = &slot.key;
            let overtaken = slot.turn < held.turn && matches!(slot.stage, Stage::Ready { .. });
            slot.turn != held.turn
                && ((slot.owed > 0 && key.is_mistakable_for(other))
                    || (overtaken && key.is_same_device(other)))
        })
    }
}

/// The slots below `top`.
fn used<K>(slots: &mut [Option<Slot<K>>], top: usize) -> &mut [Option<Slot<K>>] {
    slots.get_mut(..top).unwrap_or_default()
}
