//! [`Talks`]: who is told what, and when.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;

use gurux_media::Instant;

use super::config::{Install, ReceiverConfig};
use super::event::{OrderFailure, OrderId, ReceiverEvent};
use super::keys::KeyStore;
use super::order::{Order, bare};
use crate::Error;
use crate::security::Cipher;
use crate::wire::{CField, MeterAddress, Telegram};

/// Meters with orders; more than these wait nowhere.
const MAX_TALKS: usize = 1024;
/// Orders that wait for one meter.
const MAX_ORDERS: usize = 64;
/// The outbox takes no more acknowledgements beyond so many telegrams: a meter without one asks again.
const MAX_ANSWERS: usize = 256;

/// All that is said to meters.
///
/// ```text
///  waiting  --the meter listens-->  sent  --ACK, RSP_UD, same access number--> done, FCB toggled
///     ^                              |    --NACK--> refused
///     +--silence, resends are left---+
/// ```
#[derive(Clone, Debug)]
pub(super) struct Talks {
    talks: BTreeMap<MeterAddress, Talk>,
    outbox: VecDeque<Outgoing>,
    next_id: u32,
    access_number: u8,
}

/// What is said to one meter.
#[derive(Clone, Debug)]
struct Talk {
    orders: VecDeque<Waiting>,
    fcb: bool,
    state: State,
}

#[derive(Clone, Debug)]
struct Waiting {
    id: OrderId,
    order: Order,
    sent: u8,
}

/// Where the first order stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    /// The meter sleeps.
    Waiting,
    /// It lies in the outbox, with this access number.
    Queued(u8),
    /// It was sent with this access number; an answer may come until then.
    Sent { access_number: u8, until: Instant },
}

/// A telegram on its way out.
#[derive(Clone, Debug)]
pub(super) struct Outgoing {
    pub(super) octets: Vec<u8>,
    pub(super) until: Instant,
    /// Whose first order it is, if it is one.
    order_of: Option<MeterAddress>,
}

impl Talks {
    pub(super) fn new() -> Self {
        Self { talks: BTreeMap::new(), outbox: VecDeque::new(), next_id: 1, access_number: 0 }
    }

    pub(super) fn order(&mut self, meter: MeterAddress, order: Order) -> Result<OrderId, Error> {
        let limit = |what, found, max| Err(Error::Quantity { what, found, min: 0, max });
        let count = self.talks.len();
        if count >= MAX_TALKS && !self.talks.contains_key(&meter) {
            return limit("meters with orders", count.saturating_add(1), MAX_TALKS);
        }
        let talk = self.talks.entry(meter).or_insert_with(|| Talk {
            orders: VecDeque::new(),
            fcb: true,
            state: State::Waiting,
        });
        if talk.orders.len() >= MAX_ORDERS {
            return limit("orders of a meter", MAX_ORDERS.saturating_add(1), MAX_ORDERS);
        }
        let id = OrderId(self.next_id);
        self.next_id = self.next_id.wrapping_add(1);
        talk.orders.push_back(Waiting { id, order, sent: 0 });
        Ok(id)
    }

    /// A meter was heard.
    pub(super) fn heard<C: Cipher>(
        &mut self,
        now: Instant,
        config: &ReceiverConfig,
        keys: &KeyStore<C>,
        telegram: &Telegram<'_>,
        events: &mut Vec<ReceiverEvent>,
    ) {
        let (Some(own), Some(meter), Some(control)) =
            (config.address, telegram.meter(), telegram.control())
        else {
            return;
        };
        let access_number = telegram.access_number().unwrap_or_default();
        let until = now + config.answer_window;
        if control.is_same_function(CField::SND_IR) {
            let installs = match config.install {
                Install::None => false,
                Install::WithKey => telegram.addresses().any(|meter| keys.has_own_key(&meter)),
                Install::All => true,
            };
            if installs && let Ok(octets) = bare(CField::CNF_IR, own, meter, access_number) {
                self.answer(octets, until);
                events.push(ReceiverEvent::Installed { meter });
            }
        }
        if control.is_same_function(CField::ACC_DMD)
            && let Ok(octets) = bare(CField::ACK, own, meter, access_number)
        {
            self.answer(octets, until);
        }

        let Some(talk) = self.talks.get_mut(&meter) else { return };
        let mut listens = telegram.ell.is_some_and(|ell| ell.control.bidirectional())
            || telegram.tpl.is_some_and(|tpl| tpl.config().bidirectional())
            || control.is_same_function(CField::ACC_DMD);
        if let State::Sent { access_number: sent, .. } = talk.state
            && sent == access_number
        {
            let answers = [CField::ACK, CField::NACK, CField::RSP_UD];
            if answers.iter().any(|answer| control.is_same_function(*answer)) {
                listens = true;
                talk.state = State::Waiting;
                talk.fcb = !talk.fcb;
                if let Some(Waiting { id, .. }) = talk.orders.pop_front() {
                    events.push(if control.is_same_function(CField::NACK) {
                        ReceiverEvent::OrderFailed { id, why: OrderFailure::Refused }
                    } else {
                        ReceiverEvent::OrderDone { id }
                    });
                }
                if talk.orders.is_empty() {
                    self.talks.remove(&meter);
                    if config.release {
                        self.access_number = self.access_number.wrapping_add(1);
                        if let Ok(octets) = bare(CField::SND_NKE, own, meter, self.access_number) {
                            self.answer(octets, until);
                        }
                    }
                    return;
                }
            }
        }
        if listens {
            self.send_first(now, config, keys, own, meter, events);
        }
    }

    /// Puts what is no order into the outbox, while whoever sends fetches it.
    fn answer(&mut self, octets: Vec<u8>, until: Instant) {
        if self.outbox.len() < MAX_ANSWERS {
            self.outbox.push_back(Outgoing { octets, until, order_of: None });
        }
    }

    /// Puts the first order of a meter into the outbox.
    fn send_first<C: Cipher>(
        &mut self,
        now: Instant,
        config: &ReceiverConfig,
        keys: &KeyStore<C>,
        own: MeterAddress,
        meter: MeterAddress,
        events: &mut Vec<ReceiverEvent>,
    ) {
        let Some(talk) = self.talks.get_mut(&meter) else { return };
        if talk.state != State::Waiting {
            return;
        }
        while let Some(first) = talk.orders.front() {
            self.access_number = self.access_number.wrapping_add(1);
            let access_number = self.access_number;
            let key = keys.lookup_address(&meter).next();
            match first.order.telegram(own, meter, talk.fcb, access_number, key) {
                Ok(octets) => {
                    let until = now + config.answer_window;
                    talk.state = State::Queued(access_number);
                    self.outbox.push_back(Outgoing { octets, until, order_of: Some(meter) });
                    return;
                }
                Err(error) => {
                    let why = OrderFailure::NotSealed(error);
                    events.push(ReceiverEvent::OrderFailed { id: first.id, why });
                    talk.orders.pop_front();
                }
            }
        }
        self.talks.remove(&meter);
    }

    /// The next telegram to send, and how many were too late.
    pub(super) fn poll(&mut self, now: Instant, config: &ReceiverConfig) -> (Option<Vec<u8>>, u64) {
        let mut too_late: u64 = 0;
        while let Some(outgoing) = self.outbox.pop_front() {
            let in_time = now <= outgoing.until;
            if let Some(talk) = outgoing.order_of.and_then(|meter| self.talks.get_mut(&meter))
                && let State::Queued(access_number) = talk.state
            {
                talk.state = State::Waiting;
                if in_time && let Some(first) = talk.orders.front_mut() {
                    first.sent = first.sent.saturating_add(1);
                    let until = now + config.response_timeout;
                    talk.state = State::Sent { access_number, until };
                }
            }
            if in_time {
                return (Some(outgoing.octets), too_late);
            }
            too_late = too_late.saturating_add(1);
        }
        (None, too_late)
    }

    /// When the next answer is overdue.
    pub(super) fn timeout(&self) -> Option<Instant> {
        let sent = self.talks.values().filter_map(|talk| match talk.state {
            State::Sent { until, .. } => Some(until),
            _ => None,
        });
        sent.min()
    }

    /// Time passed.
    pub(super) fn handle_timeout(
        &mut self,
        now: Instant,
        config: &ReceiverConfig,
        events: &mut Vec<ReceiverEvent>,
    ) {
        self.talks.retain(|_, talk| {
            if !matches!(talk.state, State::Sent { until, .. } if until <= now) {
                return true;
            }
            // The meter hears the same bit again when it listens the next time.
            talk.state = State::Waiting;
            if let Some(first) = talk.orders.pop_front_if(|first| first.sent > config.resends) {
                let why = OrderFailure::Unanswered;
                events.push(ReceiverEvent::OrderFailed { id: first.id, why });
            }
            !talk.orders.is_empty()
        });
    }

    /// The medium closed: what was on its way is not.
    pub(super) fn handle_close(&mut self) {
        self.outbox.clear();
        for talk in self.talks.values_mut() {
            talk.state = State::Waiting;
        }
    }
}
