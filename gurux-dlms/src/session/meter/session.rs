//! [`Meter`]: the session of a meter.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;

use gurux_framing::{Wire, WireError};
use gurux_media::bytes::BytesMut;
use gurux_media::{Instant, Session, Transmit};

use super::account::{Account, MeterConfig};
use super::associate::{Asked, begin, keyring, refusal, unopened};
use super::carrier::{Below, Caller, MeterCarrier};
use super::challenge::Challenge;
use super::general::{General, Heard};
use super::model::{Model, Who};
use super::services::{Services, Terms};
use super::view::{Stage, View};
use crate::security::{CounterStore, OwnCounter, Provider, SystemTitle};
use crate::session::link::{Owned, SendError, Store};
use crate::session::{Agreed, Form, Guard, Referencing};
use crate::wire::{
    ApduTag, Conformance, ExceptionResponse, GeneralBlockTransfer, Mechanism,
    ReleaseResponseReason, Rlre, SecurityControl, ServiceErrorCode, StateError,
};

/// What a [`Meter`] tells its owner.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MeterEvent {
    /// A client is associated, by this mechanism; with a challenge, it has yet to answer it.
    Associated(Caller, Mechanism),
    /// A client was not associated.
    Refused(Caller),
    /// An association is no more.
    Released(Caller),
    /// A request was answered.
    Answered(Caller),
    /// Octets that belong to nothing.
    Dropped {
        /// How many.
        octets: usize,
        /// What is wrong with the first of them, which is octet 0.
        why: WireError,
    },
}

/// An association, as the meter sees it.
struct Conversation<P: Provider> {
    caller: Caller,
    account: usize,
    agreed: Agreed,
    guard: Guard<P>,
    challenge: Challenge,
    stage: Stage,
    services: Services,
    general: General,
}

/// So many associations stand at once, and so many titles' counters are remembered.
const MAX_CONVERSATIONS: usize = 8;
const MAX_TITLES: usize = 64;

/// A meter: clients connect, associate and are served what a [`Model`] has.
///
/// It has no clock and no random numbers: `challenges` fills the octets of each challenge, and the time is
/// an argument. What it seals takes a counter that it never uses again under the same key, as far as the
/// counter's store keeps it.
pub struct Meter<M, P: Provider, C = ()> {
    config: MeterConfig,
    accounts: Vec<Account>,
    provider: P,
    model: M,
    carrier: MeterCarrier,
    challenges: Filler,
    counter: OwnCounter<C>,
    conversations: Vec<Conversation<P>>,
    heard: BTreeMap<[u8; 8], u32>,
    queue: VecDeque<(Caller, Vec<u8>)>,
    events: VecDeque<MeterEvent>,
    now: Instant,
}

/// Fills octets at random.
type Filler = Box<dyn FnMut(&mut [u8]) + Send>;

/// Octets of a challenge that the meter makes.
const CHALLENGE_LEN: usize = 16;

impl<M: Model, P: Provider + Clone> Meter<M, P> {
    /// A meter that nobody is connected to.
    #[must_use]
    pub fn new(
        config: MeterConfig,
        accounts: Vec<Account>,
        provider: P,
        model: M,
        carrier: MeterCarrier,
        challenges: impl FnMut(&mut [u8]) + Send + 'static,
    ) -> Self {
        Self {
            config,
            accounts,
            provider,
            model,
            carrier,
            challenges: Box::new(challenges),
            counter: OwnCounter::new(1, 1, ()),
            conversations: Vec::new(),
            heard: BTreeMap::new(),
            queue: VecDeque::new(),
            events: VecDeque::new(),
            now: Instant::ZERO,
        }
    }

    /// The counter of what the meter seals, kept where its store keeps it.
    #[must_use]
    pub fn with_counter<C>(self, counter: OwnCounter<C>) -> Meter<M, P, C> {
        Meter {
            config: self.config,
            accounts: self.accounts,
            provider: self.provider,
            model: self.model,
            carrier: self.carrier,
            challenges: self.challenges,
            counter,
            conversations: self.conversations,
            heard: self.heard,
            queue: self.queue,
            events: self.events,
            now: self.now,
        }
    }
}

impl<M: Model, P: Provider + Clone, C: CounterStore> Meter<M, P, C> {
    /// What it serves.
    pub const fn model(&self) -> &M {
        &self.model
    }

    /// The same, to be changed.
    pub const fn model_mut(&mut self) -> &mut M {
        &mut self.model
    }

    /// Sends a message unasked (a data-notification, an event-notification) to every associated client of
    /// this address, protected as the association is; how many there are.
    pub fn notify(&mut self, client: u16, message: &[u8]) -> usize {
        let mut count = 0_usize;
        for place in 0..self.conversations.len() {
            let Some(there) = self.conversations.get(place) else { break };
            if there.caller.client == client && there.stage == Stage::Associated {
                let caller = there.caller;
                if let Some(sealed) = self.protect(place, message) {
                    self.queue.push_back((caller, sealed));
                    count = count.saturating_add(1);
                }
            }
        }
        self.flush();
        count
    }

    fn place(&self, caller: Caller) -> Option<usize> {
        self.conversations.iter().position(|there| there.caller == caller)
    }

    fn tell(&mut self, event: MeterEvent) {
        if self.events.len() < 64 {
            self.events.push_back(event);
        }
    }

    fn drop_conversation(&mut self, caller: Caller) {
        if let Some(place) = self.place(caller) {
            let gone = self.conversations.swap_remove(place);
            self.remember(&gone.guard);
            self.tell(MeterEvent::Released(caller));
        }
        self.queue.retain(|(to, _)| *to != caller);
    }

    /// The counters of this client's messages stay used.
    fn remember(&mut self, guard: &Guard<P>) {
        if let Some(title) = guard.peer().filter(|_| self.config.remembers_counters) {
            if self.heard.len() >= MAX_TITLES && !self.heard.contains_key(&title.0) {
                self.heard.pop_first();
            }
            let floor = self.heard.entry(title.0).or_default();
            *floor = guard.expected_counter().max(*floor);
        }
    }

    /// Seals a message with a counter that no other has.
    fn protect(&mut self, place: usize, message: &[u8]) -> Option<Vec<u8>> {
        let there = self.conversations.get_mut(place)?;
        if there.guard.is_protecting() {
            there.guard.raise_global_counter(self.counter.take().ok()?);
        }
        let mut sealed = Owned::new(message.len().saturating_add(256));
        there.guard.protect(message, &mut sealed).ok()?;
        Some(sealed.octets().to_vec())
    }

    /// Takes all that came.
    fn work(&mut self) {
        while let Some(below) = self.carrier.poll() {
            match below {
                Below::Connected(caller) | Below::Disconnected(caller) => {
                    self.drop_conversation(caller);
                }
                Below::Message(caller) => {
                    let mut message = Vec::new();
                    self.carrier.take(caller, &mut message);
                    if let Some(answer) = self.hear(caller, message) {
                        self.queue.push_back((caller, answer));
                    }
                }
                Below::TooLong(caller) => {
                    let error = ServiceErrorCode::PDU_TOO_LONG;
                    self.queue.push_back((caller, exception(error)));
                }
                Below::Ready => {}
                Below::Dropped { octets, why } => self.tell(MeterEvent::Dropped { octets, why }),
            }
            self.flush();
        }
        self.flush();
    }

    /// Gives what waits to the carrier, as far as it takes it.
    fn flush(&mut self) {
        let mut waiting = VecDeque::new();
        while let Some((caller, message)) = self.queue.pop_front() {
            let is_behind = waiting.iter().any(|(to, _)| *to == caller);
            if is_behind || self.carrier.send(caller, &message) == Err(SendError::Busy) {
                waiting.push_back((caller, message));
            }
        }
        self.queue = waiting;
    }

    /// A message came: the answer, if there is one to give at once.
    fn hear(&mut self, caller: Caller, message: Vec<u8>) -> Option<Vec<u8>> {
        match ApduTag::new(message.first().copied().unwrap_or_default()) {
            ApduTag::AARQ => Some(self.associate(caller, &message)),
            ApduTag::RLRQ => Some(self.release(caller)),
            ApduTag::GENERAL_BLOCK_TRANSFER => self.hear_block(caller, &message),
            _ => self.answer(caller, message),
        }
    }

    fn associate(&mut self, caller: Caller, message: &[u8]) -> Vec<u8> {
        self.drop_conversation(caller);
        let mut challenge = [0; CHALLENGE_LEN];
        (self.challenges)(&mut challenge);
        let Self { config, accounts, provider, model, heard, counter, .. } = self;
        let floor = |title: SystemTitle| heard.get(&title.0).copied().unwrap_or_default();
        let mut take = || counter.take().ok();
        let asked = Asked {
            config,
            accounts,
            provider,
            client: caller.client,
            message,
            challenge: &challenge,
        };
        let begun = begin(&asked, &*model, floor, &mut take);
        match begun {
            Err(denied) => {
                self.tell(MeterEvent::Refused(caller));
                refusal(message, &denied)
            }
            Ok(begun) => {
                if self.conversations.len() >= MAX_CONVERSATIONS {
                    let oldest = self.conversations.first().map(|there| there.caller);
                    oldest.into_iter().for_each(|oldest| self.drop_conversation(oldest));
                }
                self.remember(&begun.guard);
                let mechanism =
                    self.accounts.get(begun.account).map(|a| a.authentication.mechanism());
                let max = self.config.max_message;
                self.conversations.push(Conversation {
                    caller,
                    account: begun.account,
                    agreed: begun.agreed,
                    guard: begun.guard,
                    challenge: begun.challenge,
                    stage: begun.stage,
                    services: Services::new(max),
                    general: General::new(max, self.config.window.clamp(1, 63)),
                });
                self.tell(MeterEvent::Associated(caller, mechanism.unwrap_or(Mechanism::LOWEST)));
                begun.answer
            }
        }
    }

    fn release(&mut self, caller: Caller) -> Vec<u8> {
        self.drop_conversation(caller);
        let reason = Some(ReleaseResponseReason::NORMAL);
        let mut out = Vec::new();
        Rlre { reason, user_information: None }.emit(&mut out);
        out
    }

    /// The association that stands by itself, where there is one for this client.
    fn pre_established(&mut self, caller: Caller) -> Option<usize> {
        let account = self.accounts.iter().position(|account| {
            account.is_pre_established
                && account.client.is_none_or(|client| client == caller.client)
        })?;
        let there = self.accounts.get(account)?;
        let guard = match keyring(&self.provider, &self.model) {
            Some(keys) => Guard::new(self.provider.clone(), keys, self.config.title)
                .with_control(there.required),
            None => Guard::open(self.provider.clone()).with_control(there.required),
        };
        let max = Agreed::limit(self.config.max_pdu);
        let is_ln = there.referencing == Referencing::LogicalNames;
        let agreed = Agreed {
            referencing: there.referencing,
            conformance: there.conformance,
            max_send: max,
            max_receive: max,
            vaa_name: if is_ln { 7 } else { 0xFA00 },
            peer: None,
        };
        self.conversations.push(Conversation {
            caller,
            account,
            agreed,
            guard,
            challenge: Challenge::default(),
            stage: Stage::Associated,
            services: Services::new(self.config.max_message),
            general: General::new(self.config.max_message, self.config.window.clamp(1, 63)),
        });
        self.conversations.len().checked_sub(1)
    }

    fn hear_block(&mut self, caller: Caller, message: &[u8]) -> Option<Vec<u8>> {
        let refused = Some(exception(ServiceErrorCode::OPERATION_NOT_POSSIBLE));
        let Some(place) = self.place(caller) else { return refused };
        let there = self.conversations.get_mut(place)?;
        let Ok(block) = GeneralBlockTransfer::from_bytes(message) else { return refused };
        if !there.agreed.grants(Conformance::GENERAL_BLOCK_TRANSFER) {
            return refused;
        }
        let mut queue = VecDeque::new();
        let heard = there.general.hear(&block, &mut queue);
        self.queue.extend(queue.into_iter().map(|message| (caller, message)));
        match heard {
            Heard::More => None,
            Heard::Unexpected => refused,
            Heard::Whole => {
                let whole = there.general.take();
                // A block inside of blocks is none.
                let tag = whole.first().copied().unwrap_or_default();
                if tag == ApduTag::GENERAL_BLOCK_TRANSFER.code() {
                    return refused;
                }
                self.answer(caller, whole)
            }
        }
    }

    /// A request came, maybe protected: its answer, protected.
    fn answer(&mut self, caller: Caller, mut message: Vec<u8>) -> Option<Vec<u8>> {
        self.model.elapse(self.now);
        let Some(place) = self.place(caller).or_else(|| self.pre_established(caller)) else {
            return Some(exception(ServiceErrorCode::OPERATION_NOT_POSSIBLE));
        };
        let Self { model, conversations, accounts, counter, .. } = self;
        let there = conversations.get_mut(place)?;
        let account = accounts.get(there.account)?;
        let tag = ApduTag::new(message.first().copied().unwrap_or_default());
        let opened = match there.guard.unprotect(&mut message) {
            Ok(opened) => opened,
            Err(error) => {
                let refusal = unopened(&error, &there.guard);
                let mut out = Vec::new();
                refusal.emit(&mut out);
                return Some(out);
            }
        };
        match tag {
            ApduTag::GENERAL_GLO_CIPHERING | ApduTag::GENERAL_DED_CIPHERING => {
                there.guard.set_form(Form::General);
            }
            ApduTag::GENERAL_CIPHERING => there.guard.set_form(Form::GeneralCiphering),
            _ => there.guard.set_form(Form::Service),
        }
        there.guard.use_dedicated(opened.is_dedicated);
        let who = Who {
            client: caller.client,
            mechanism: account.authentication.mechanism(),
            protection: opened.control.unwrap_or(SecurityControl::new(0)),
        };
        // The answer to a challenge takes a counter of the meter's.
        if there.stage == Stage::Challenged {
            there.guard.raise_global_counter(counter.take().ok()?);
        }
        let overhead = there.guard.overhead();
        let terms = Terms::new(&there.agreed, overhead);
        let mut out = Owned::new(self.config.max_message.saturating_add(16));
        let mut view = View {
            model,
            guard: &mut there.guard,
            account,
            agreed: &there.agreed,
            challenge: &there.challenge,
            stage: &mut there.stage,
            client: caller.client,
            server: caller.server,
        };
        let text = message.get(opened.range()).unwrap_or_default();
        let is_answered = there.services.answer(&mut view, &who, &terms, text, &mut out);
        self.tell(MeterEvent::Answered(caller));
        if !is_answered {
            return None;
        }
        let sealed = self.protect(place, out.octets())?;
        let there = self.conversations.get_mut(place)?;
        let max = usize::from(there.agreed.max_send.unwrap_or(u16::MAX));
        let has_blocks = there.agreed.grants(Conformance::GENERAL_BLOCK_TRANSFER);
        if sealed.len() <= max || !has_blocks {
            return Some(sealed);
        }
        let mut queue = VecDeque::new();
        there.general.begin(&sealed, max, &mut queue);
        self.queue.extend(queue.into_iter().map(|message| (caller, message)));
        None
    }
}

fn exception(error: ServiceErrorCode) -> Vec<u8> {
    let mut out = Vec::new();
    ExceptionResponse::new(StateError::SERVICE_NOT_ALLOWED, error).emit(&mut out);
    out
}

impl<M: Model, P: Provider + Clone, C: CounterStore> Session for Meter<M, P, C> {
    type Event = MeterEvent;

    fn handle_open(&mut self, now: Instant) {
        self.handle_close(now);
    }

    fn handle_input(&mut self, now: Instant, octets: &[u8]) {
        self.now = self.now.max(now);
        self.carrier.handle_input(now, octets);
        self.work();
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.now = self.now.max(now);
        self.model.elapse(now);
        self.carrier.handle_timeout(now);
        self.work();
    }

    fn handle_close(&mut self, now: Instant) {
        self.carrier.handle_close(now);
        while let Some(caller) = self.conversations.first().map(|there| there.caller) {
            self.drop_conversation(caller);
        }
        self.queue.clear();
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut BytesMut) -> Option<Transmit> {
        let sent = self.carrier.poll_transmit(now, out);
        sent?;
        // What waits behind it may go now, and what came behind the request is heard.
        self.work();
        sent
    }

    fn poll_timeout(&self) -> Option<Instant> {
        [self.carrier.poll_timeout(), self.model.next_at()].into_iter().flatten().min()
    }

    fn poll_event(&mut self) -> Option<MeterEvent> {
        self.work();
        self.events.pop_front()
    }
}

#[cfg(test)]
#[cfg(feature = "crypto")]
mod tests;
