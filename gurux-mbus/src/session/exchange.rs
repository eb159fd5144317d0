//! [`Exchange`]: one request, and what came of it.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::time::Duration;

use bytes::BytesMut;
use gurux_framing::transaction::{Action, Answer, Counters, Key, Order, Transactions};
use gurux_framing::{Wire, WireError};
use gurux_media::{Instant, LineSettings, Transmit};

use super::LinkConfig;
use super::inbox::{Inbox, Incoming};
use crate::wire::{AField, CField, LinkFrame};

/// So many octets that belong to no frame may be noise: a converter that turns round, a spike.
/// More of them, and no frame, are the trace of an answer, or of several that lie over each other.
const NOISE_OCTETS: usize = 3;

/// Where a whole frame came too, so many octets before or behind it are no second answer: the
/// shortest one but E5 has nine.
const NOISE_BESIDE_FRAME: usize = 8;

/// Notices are kept until this many wait.
const MAX_NOTICES: usize = 16;

/// Orders in the machine: the present one, and those that may still be owed an answer.
const SLOTS: usize = 4;

/// What to ask.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Ask {
    /// How often it is sent again.
    pub(super) resends: u8,
    /// Does anybody answer?
    pub(super) answered: bool,
    /// Who answers, where the answer must say so; none after a selection, because observed:
    /// selected meters answer with FD, with their primary address, with 0 and with F0.
    pub(super) from: Option<AField>,
    /// Is a frame with data wanted? Then E5 alone is believed only if it comes each time: it may be
    /// that to the request before.
    pub(super) wants_data: bool,
    /// Is an answer believed only when silence follows it? Whoever searches must know whether a
    /// second meter answered.
    pub(super) patient: bool,
}

/// What came of a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Outcome {
    /// E5.
    Ack,
    /// A2.
    Nack,
    /// A frame with data, whole.
    Frame(Vec<u8>),
    /// Nothing that can be read.
    None(Unanswered),
    /// It went to all, who do not answer, and the time to carry it out has passed.
    Sent,
    /// The medium closed.
    Closed,
}

/// What was heard instead of an answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Unanswered {
    /// How often the request was sent.
    pub(super) attempts: u16,
    /// After how many of these any octets came.
    pub(super) garbled: u16,
    /// After how many of these more came than noise.
    pub(super) collided: u16,
    /// After how many of those a frame began as it should, and silence came before its end.
    cut_off: u16,
    /// After how many of those no frame began with the first octet.
    shapeless: u16,
    /// After how many of these E5 came and was not what was wanted.
    acks: u16,
    /// After how many of these A2 came.
    nacks: u16,
    /// Why the first octets of the last answer are none.
    pub(super) why: Option<WireError>,
}

impl Unanswered {
    /// Does it look as if several answered at once: more octets than noise, which begin like a
    /// frame, most of the time?
    pub(super) const fn is_collision(&self) -> bool {
        self.is_most(self.collided) && !self.is_most(self.shapeless)
    }

    /// Did one answer begin and not end, most of the time?
    pub(super) const fn is_cut_off(&self) -> bool {
        self.is_most(self.cut_off)
    }

    const fn is_most(&self, attempts: u16) -> bool {
        attempts > self.attempts / 2
    }

    /// What came of a request that was sent for the last time.
    const fn outcome(self) -> Outcome {
        if self.acks == self.attempts {
            Outcome::Ack
        } else if self.nacks == self.attempts {
            Outcome::Nack
        } else {
            Outcome::None(self)
        }
    }
}

/// What was heard besides.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Notice {
    /// Octets that belong to no frame.
    Noise { octets: usize, why: WireError },
    /// A frame that answers nothing which was asked.
    Frame(Vec<u8>),
}

/// What a reply is recognised by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Expected {
    number: u32,
    from: Option<AField>,
}

impl Expected {
    fn is_answered_by(&self, frame: &LinkFrame<'_>) -> bool {
        match frame {
            LinkFrame::Ack | LinkFrame::Nack => true,
            LinkFrame::Long { control, address, .. } => {
                control.is_same_function(CField::RSP_UD)
                    && self.from.is_none_or(|from| from == *address)
            }
            LinkFrame::Short { .. } => false,
        }
    }
}

impl Key for Expected {
    /// E5 does not say who acknowledges what.
    fn is_mistakable_for(&self, _: &Self) -> bool {
        true
    }
}

/// What came since the request was sent.
#[derive(Clone, Debug, Default)]
struct Burst {
    /// Octets that belong to no frame.
    noise: usize,
    why: Option<WireError>,
    /// The answer, if that is to be confirmed by silence.
    answer: Option<Vec<u8>>,
    /// Another answer followed it.
    is_doubled: bool,
    /// E5 or A2, where that is no answer by itself.
    sign: Option<Sign>,
}

/// A frame of one octet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Sign {
    Ack,
    Nack,
}

/// One request at a time: sends it, again where that is due, and judges what comes.
#[derive(Clone, Debug)]
pub(super) struct Exchange {
    config: LinkConfig,
    link: Transactions<Expected, SLOTS>,
    inbox: Inbox,
    state: State,
}

/// All but the octets that came in.
#[derive(Clone, Debug)]
struct State {
    /// The frame that was last sent, or is to be sent.
    frame: Vec<u8>,
    ask: Option<(Expected, Ask)>,
    is_due: bool,
    then_line: Option<LineSettings>,
    burst: Burst,
    unanswered: Unanswered,
    outcome: Option<Outcome>,
    notices: VecDeque<Notice>,
    dropped_notices: u64,
    echoes: u64,
    number: u32,
    /// When what came will have been followed by silence.
    silent_at: Option<Instant>,
}

impl Exchange {
    pub(super) fn new(config: LinkConfig) -> Self {
        Self {
            config,
            link: Transactions::new(config.policy(config.late_answer)),
            inbox: Inbox::new(),
            state: State {
                frame: Vec::new(),
                ask: None,
                is_due: false,
                then_line: None,
                burst: Burst::default(),
                unanswered: Unanswered::default(),
                outcome: None,
                notices: VecDeque::new(),
                dropped_notices: 0,
                echoes: 0,
                number: 0,
                silent_at: None,
            },
        }
    }

    pub(super) const fn config(&self) -> &LinkConfig {
        &self.config
    }

    pub(super) const fn counters(&self) -> &Counters {
        self.link.counters()
    }

    /// How many frames of ours came back.
    pub(super) const fn echoes(&self) -> u64 {
        self.state.echoes
    }

    /// Is no request under way, and no outcome to be taken?
    pub(super) const fn is_idle(&self) -> bool {
        self.state.ask.is_none() && self.state.outcome.is_none()
    }

    /// Is there an outcome to be taken?
    pub(super) const fn has_outcome(&self) -> bool {
        self.state.outcome.is_some()
    }

    /// Sends a frame. The one before must be over.
    pub(super) fn ask(&mut self, now: Instant, frame: &LinkFrame<'_>, ask: Ask) {
        let state = &mut self.state;
        state.frame.clear();
        frame.emit(&mut state.frame);
        state.number = state.number.wrapping_add(1);
        let expected = Expected { number: state.number, from: ask.from };
        state.unanswered = Unanswered::default();
        state.burst = Burst::default();
        state.outcome = None;
        state.ask = Some((expected, ask));
        let order = Order {
            resends: ask.resends,
            answered: ask.answered,
            on_line: self.config.on_line(state.frame.len()),
            ..Order::new(expected)
        };
        if self.link.submit(now, order).is_err() {
            // Only orders that are owed an answer could fill it; none outlives `late_answer`,
            // and each new one waits for those before.
            self.link = Transactions::new(self.config.policy(self.config.late_answer));
            let _ = self.link.submit(now, order);
        }
        self.advance(now);
    }

    /// Gives up the request under way.
    pub(super) fn cancel(&mut self, now: Instant) {
        if let Some((expected, _)) = self.state.ask.take() {
            self.link.cancel(now, |key| key.number == expected.number);
        }
        self.state.outcome = None;
        self.state.is_due = false;
    }

    /// Switches the line, now that all is sent. Waits and rests are those of the new speed from
    /// here on.
    pub(super) fn switch(&mut self, line: LineSettings) {
        self.config.line = line;
        self.link.set_policy(self.config.policy(self.config.late_answer));
        if !self.config.gateway {
            self.state.then_line = Some(line);
        }
    }

    /// Did more than noise come before the answer that came last?
    pub(super) const fn was_crowded(&self) -> bool {
        self.state.unanswered.collided > 0
    }

    /// How often was there silence before the answer that came last?
    pub(super) const fn silences(&self) -> u16 {
        self.state.unanswered.attempts.saturating_sub(self.state.unanswered.garbled)
    }

    pub(super) const fn take_outcome(&mut self) -> Option<Outcome> {
        self.state.outcome.take()
    }

    pub(super) fn take_notice(&mut self) -> Option<Notice> {
        self.state.notices.pop_front()
    }

    pub(super) fn handle_open(&mut self, now: Instant) {
        // Opened again without a word of closing: what was in flight is lost.
        self.handle_close(now);
        self.link.handle_open(now);
    }

    pub(super) fn handle_input(&mut self, now: Instant, octets: &[u8]) {
        if octets.is_empty() {
            return;
        }
        let Self { inbox, link, state, config } = self;
        link.handle_octets(now);
        inbox.receive(octets, |incoming| state.take(now, link, incoming));
        let is_pending = inbox.is_holding() || state.burst.answer.is_some();
        state.silent_at = is_pending.then(|| now + config.octet_timeout);
        self.advance(now);
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        let Self { inbox, link, state, .. } = self;
        if state.silent_at.is_some_and(|at| at <= now) {
            state.silent_at = None;
            inbox.finish(|incoming| state.take(now, link, incoming));
            state.conclude(now, link);
        }
        self.advance(now);
    }

    pub(super) fn handle_close(&mut self, now: Instant) {
        self.inbox.clear();
        self.state.silent_at = None;
        self.state.is_due = false;
        self.state.then_line = None;
        self.link.handle_close();
        self.advance(now);
    }

    pub(super) fn poll_transmit(&mut self, now: Instant, out: &mut BytesMut) -> Option<Transmit> {
        if let Some(line) = self.state.then_line.take() {
            return Some(Transmit { then_line: Some(line), ..Transmit::now(0) });
        }
        self.advance(now);
        if !core::mem::take(&mut self.state.is_due) {
            return None;
        }
        out.extend_from_slice(&self.state.frame);
        Some(Transmit::now(self.state.frame.len()))
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        [self.link.poll_timeout(), self.state.silent_at].into_iter().flatten().min()
    }

    /// Does all that is due.
    fn advance(&mut self, now: Instant) {
        let Self { config, inbox, link, state } = self;
        // Where nothing at all was heard, nobody is there, and nothing comes late either.
        if state.unanswered.garbled == 0 && state.burst.noise == 0 {
            link.set_policy(config.policy(Duration::ZERO));
        }
        while let Some(action) = link.poll(now) {
            match action {
                Action::Send { key, attempt } => {
                    if attempt > 1 {
                        state.count_burst();
                    }
                    if state.is_current(&key) {
                        state.is_due = true;
                        // What is held began before the request and is no answer to it.
                        inbox.finish(|incoming| state.tell(incoming));
                        state.burst = Burst::default();
                    }
                }
                Action::TimedOut { key, attempts } => {
                    state.count_burst();
                    state.unanswered.attempts = attempts;
                    let outcome = state.unanswered.outcome();
                    state.end(&key, outcome);
                }
                Action::Done { key } => state.end(&key, Outcome::Sent),
                Action::Lost { key } => state.end(&key, Outcome::Closed),
            }
        }
        link.set_policy(config.policy(config.late_answer));
    }
}

impl State {
    fn is_current(&self, expected: &Expected) -> bool {
        self.ask.is_some_and(|(current, _)| current.number == expected.number)
    }

    fn end(&mut self, expected: &Expected, outcome: Outcome) {
        if self.is_current(expected) {
            self.ask = None;
            self.is_due = false;
            self.outcome = Some(outcome);
        }
    }

    /// Takes in a frame or noise.
    fn take(
        &mut self,
        now: Instant,
        link: &mut Transactions<Expected, SLOTS>,
        incoming: Incoming<'_>,
    ) {
        let frame = match incoming {
            Incoming::Noise { octets, why } => {
                self.burst.noise = self.burst.noise.saturating_add(octets);
                self.burst.why.get_or_insert(why);
                return self.tell(incoming);
            }
            // What we said ourselves: no answer begins like a request, so this is an echo.
            Incoming::Frame(frame) if frame == self.frame => {
                self.echoes = self.echoes.saturating_add(1);
                return;
            }
            Incoming::Frame(frame) => frame,
        };
        let Ok(parsed) = LinkFrame::from_bytes(frame) else {
            return self.tell(incoming);
        };
        let Some((expected, ask)) = self.ask else {
            // Perhaps a late answer; whose it was, is of no interest.
            link.handle_reply(now, |key| key.is_answered_by(&parsed));
            return self.tell(incoming);
        };
        if !expected.is_answered_by(&parsed) {
            return self.tell(incoming);
        }
        match parsed {
            LinkFrame::Ack if ask.wants_data => {
                self.burst.sign = Some(Sign::Ack);
                return;
            }
            // A refusal is no part of the standard, and may be a spike: it is asked for again.
            LinkFrame::Nack => {
                self.burst.sign = Some(Sign::Nack);
                return;
            }
            _ => {}
        }
        let is_sure = matches!(parsed, LinkFrame::Long { .. }) || self.burst.noise == 0;
        if self.burst.answer.as_ref().is_some_and(|answer| answer != frame) {
            self.burst.is_doubled = true;
        } else {
            self.burst.answer = Some(frame.into());
        }
        // E5 may also be an octet of something longer that was garbled.
        if is_sure && !ask.patient {
            self.conclude(now, link);
        }
    }

    /// Silence followed, or need not: the answer that came is the one.
    fn conclude(&mut self, now: Instant, link: &mut Transactions<Expected, SLOTS>) {
        let Some((_, ask)) = self.ask else { return };
        let Some(answer) = self.burst.answer.take() else { return };
        let Ok(parsed) = LinkFrame::from_bytes(&answer) else { return };
        let is_ack = parsed == LinkFrame::Ack;
        let tolerated = if is_ack { NOISE_OCTETS } else { NOISE_BESIDE_FRAME };
        let is_crowded = self.burst.is_doubled || self.burst.noise > tolerated;
        if is_crowded && (ask.patient || is_ack) {
            // Somebody else answered too.
            self.burst.noise = self.burst.noise.saturating_add(answer.len());
            return;
        }
        if let Answer::Reply { key, .. } = link.handle_reply(now, |key| key.is_answered_by(&parsed))
        {
            let outcome = match parsed {
                LinkFrame::Ack => Outcome::Ack,
                _ => Outcome::Frame(answer),
            };
            self.end(&key, outcome);
        }
    }

    /// An attempt is over without an answer.
    fn count_burst(&mut self) {
        let burst = core::mem::take(&mut self.burst);
        let tally = &mut self.unanswered;
        tally.attempts = tally.attempts.saturating_add(1);
        match burst.sign.filter(|_| burst.noise <= NOISE_OCTETS) {
            Some(Sign::Ack) => tally.acks = tally.acks.saturating_add(1),
            Some(Sign::Nack) => tally.nacks = tally.nacks.saturating_add(1),
            None => {}
        }
        if burst.noise > 0 || burst.answer.is_some() || burst.sign.is_some() {
            tally.garbled = tally.garbled.saturating_add(1);
            tally.why = burst.why;
        }
        if burst.noise > NOISE_OCTETS {
            tally.collided = tally.collided.saturating_add(1);
            match burst.why {
                // 68 L L 68, and then too little. A second answer would have made it longer, or its
                // length two different ones.
                Some(why) if why.is_truncated() && burst.answer.is_none() => {
                    tally.cut_off = tally.cut_off.saturating_add(1);
                }
                // Who answers first begins with 68: this is a wrong speed, or another protocol.
                Some(why) if why.offset == 0 => {
                    tally.shapeless = tally.shapeless.saturating_add(1);
                }
                _ => {}
            }
        }
    }

    fn tell(&mut self, incoming: Incoming<'_>) {
        if self.notices.len() >= MAX_NOTICES {
            self.dropped_notices = self.dropped_notices.saturating_add(1);
            return;
        }
        self.notices.push_back(match incoming {
            Incoming::Noise { octets, why } => Notice::Noise { octets, why },
            Incoming::Frame(frame) => Notice::Frame(frame.into()),
        });
    }
}
