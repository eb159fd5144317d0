//! [`Search`]: who is on this line.

mod config;
mod event;
mod masks;
mod state;

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use bytes::BytesMut;
use gurux_framing::Wire;
use gurux_framing::transaction::Counters;
use gurux_media::{Instant, Session, Transmit};

use self::masks::Node;
use self::state::Phase;
use super::exchange::{Ask, Exchange, Notice, Outcome, Unanswered};
use super::target::selection_data;
use super::{ReceivedFrame, Target};
use crate::wire::{AField, CField, Identification, LinkFrame, MeterAddress, Selection};

pub use self::config::SearchConfig;
pub use self::event::{Ended, FoundMeter, Progress, SearchEvent};
pub use self::masks::Digits;
pub use self::state::SearchState;

/// While so many events wait to be polled, nothing new is tried.
const MAX_EVENTS: usize = 32;

/// Finds the meters of a line, by primary and by secondary address.
///
/// Primary addresses are tried one after another: SND_NKE, and where anything answers, REQ_UD2.
/// Secondary addresses are found by selections with wildcards:
///
/// ```text
///  select a mask --silence--> nobody; the next mask
///                --E5, or anything--> REQ_UD2 --one whole telegram, then silence--> found, if it
///                                               answers when it is called by its number
///                                             --more octets than noise makes--> several: try
///                                               the masks inside, one for each digit
///                                             --nothing, though E5 came--> the same
///                                             --nothing, or a spike--> noise: the next mask
/// ```
///
/// That several answer is seen by octets that make no telegram, each time they are asked for; a
/// spike of noise is not there the second time. A mask to which several seem to answer, while
/// inside it fewer do, is tried again before it is believed. Digits are told apart first (those
/// of the identification number, 0 to E), then device type, version and manufacturer, and where
/// meters share all eight octets, the digits of the fabrication number, which some meters know.
///
/// Each meter is told once. Where answers came only at the last attempt, all is tried once more: the line
/// loses some, and where it lost all of a meter's, nobody knows of that. The search can be stopped at any moment and taken up later:
/// [`state`](Self::state) is a value that can be stored.
///
/// ```
/// use gurux_mbus::session::{Search, SearchConfig};
/// use gurux_media::bytes::BytesMut;
/// use gurux_media::{Instant, Session};
///
/// let mut search = Search::new(SearchConfig::secondary());
/// let mut out = BytesMut::new();
/// search.poll_transmit(Instant::ZERO, &mut out).unwrap();
/// // Whoever is there.
/// assert_eq!(out[4..15], [0x53, 0xFD, 0x52, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]);
/// ```
#[derive(Clone, Debug)]
pub struct Search {
    config: SearchConfig,
    exchange: Exchange,
    state: SearchState,
    step: Step,
    events: VecDeque<SearchEvent>,
    /// The link address of an answer, since it was last asked who is there, that names another than
    /// was asked.
    stranger: Option<AField>,
    is_open: bool,
    has_ended: bool,
    /// When the first probe began.
    began_at: Option<Instant>,
}

/// What is under way.
#[derive(Clone, Copy, Debug)]
enum Step {
    Idle,
    /// SND_NKE to 253, and so many to follow.
    Resetting {
        probe: Probe,
        left: u8,
    },
    /// Is anybody there?
    Calling(Probe),
    /// Who is it? Was the call acknowledged?
    Asking {
        probe: Probe,
        acknowledged: bool,
    },
}

/// What is tried.
#[derive(Clone, Copy, Debug)]
struct Probe {
    target: Target,
    /// Was it tried before, and somebody answered who is not meant?
    is_second: bool,
    /// Somebody answered to this mask, and is now called by name: several that answer at once may look
    /// like one, whose number none of them has.
    met: Option<Selection>,
}

/// What came of a probe.
enum Answer {
    Nobody,
    Noise,
    One(Option<ReceivedFrame>),
    /// An acknowledgement, and then nothing.
    Silent,
    Several,
}

impl Search {
    /// A search that has not begun.
    #[must_use]
    pub fn new(config: SearchConfig) -> Self {
        Self::resume(config, SearchState::default())
    }

    /// A search that goes on where another one was.
    #[must_use]
    pub fn resume(config: SearchConfig, state: SearchState) -> Self {
        Self {
            config,
            exchange: Exchange::new(config.link),
            state,
            step: Step::Idle,
            events: VecDeque::new(),
            stranger: None,
            is_open: true,
            has_ended: false,
            began_at: None,
        }
    }

    /// How it is done.
    #[must_use]
    pub const fn config(&self) -> &SearchConfig {
        &self.config
    }

    /// How far it has come.
    #[must_use]
    pub const fn state(&self) -> &SearchState {
        &self.state
    }

    /// How far it has come, without the search.
    #[must_use]
    pub fn into_state(self) -> SearchState {
        self.state
    }

    /// What it has counted of requests and answers.
    #[must_use]
    pub const fn counters(&self) -> &Counters {
        self.exchange.counters()
    }

    /// How far it has come, as numbers.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.state.progress(self.config.last_primary(), self.config.digits)
    }

    fn advance(&mut self, now: Instant) {
        while let Some(notice) = self.exchange.take_notice() {
            if let (Notice::Frame(octets), Step::Asking { .. }) = (notice, self.step)
                && let Ok(LinkFrame::Long { control, address, .. }) = LinkFrame::from_bytes(&octets)
                && control.is_same_function(CField::RSP_UD)
            {
                self.stranger = Some(address);
            }
        }
        loop {
            if let Some(outcome) = self.exchange.take_outcome() {
                self.proceed(now, outcome);
                continue;
            }
            let is_held = !self.is_open || self.has_ended || self.events.len() >= MAX_EVENTS;
            if is_held || !self.exchange.is_idle() || !matches!(self.step, Step::Idle) {
                return;
            }
            let began_at = *self.began_at.get_or_insert(now);
            let Some(target) = self.next_target() else {
                if !self.end_pass() {
                    continue;
                }
                let is_certain = self.state.lost == 0;
                return self.end(if is_certain { Ended::Complete } else { Ended::Uncertain });
            };
            if self.config.time_budget.is_some_and(|budget| now.since(began_at) >= budget) {
                return self.end(Ended::OutOfTime);
            }
            self.probe(now, Probe { target, is_second: false, met: None });
        }
    }

    fn end(&mut self, ended: Ended) {
        self.has_ended = true;
        self.events.push_back(SearchEvent::Ended(ended));
    }

    /// What is tried next. Parts that are done are left on the way.
    fn next_target(&mut self) -> Option<Target> {
        loop {
            match &mut self.state.phase {
                Phase::New => {
                    self.state.phase = match (self.config.primary, self.config.secondary) {
                        (Some((first, _)), _) => Phase::Primary(first.0),
                        (None, Some(mask)) => Phase::Whole(mask),
                        (None, None) => Phase::Over,
                    };
                }
                Phase::Primary(next) if *next <= self.config.last_primary().0 => {
                    return Some(Target::Primary(AField(*next)));
                }
                Phase::Primary(_) => {
                    self.state.phase = self.config.secondary.map_or(Phase::Over, Phase::Whole);
                }
                Phase::Whole(mask) => return Some(Target::Secondary(*mask)),
                Phase::Inside(nodes) => {
                    let Some(node) = nodes.last_mut() else {
                        self.state.phase = Phase::Over;
                        continue;
                    };
                    if let Some(mask) = node.child(self.config.digits, &self.state.found) {
                        return Some(Target::Secondary(mask));
                    }
                    let is_explained = node.answers > 1;
                    if !is_explained && !node.is_confirmed {
                        return Some(Target::Secondary(node.mask));
                    }
                    let (beside, mask) = (node.beside(), node.mask);
                    match beside {
                        _ if is_explained => {
                            nodes.pop();
                        }
                        // Somebody is left: with a digit F, or deaf to this part. What is to be
                        // told apart next takes the place of this one.
                        Some(beside) => *node = beside,
                        None => {
                            nodes.pop();
                            self.events
                                .push_back(SearchEvent::Indistinguishable { selection: mask });
                        }
                    }
                }
                Phase::Over => return None,
            }
        }
    }

    /// All was tried. Again, if answers were lost?
    fn end_pass(&mut self) -> bool {
        self.state.passes = self.state.passes.saturating_add(1);
        let is_over = self.state.lost == 0 || self.state.passes >= self.config.passes;
        if !is_over {
            self.state.lost = 0;
            self.state.phase = Phase::New;
        }
        is_over
    }

    fn probe(&mut self, now: Instant, probe: Probe) {
        match probe.target {
            Target::Secondary(_) if self.config.network_resets > 0 => {
                self.reset(now, probe, self.config.network_resets);
            }
            _ => self.call(now, probe),
        }
    }

    fn reset(&mut self, now: Instant, probe: Probe, resets: u8) {
        let frame = LinkFrame::Short { control: CField::SND_NKE, address: AField::SELECTED };
        let ask = Ask { resends: 0, answered: true, from: None, wants_data: false, patient: false };
        self.exchange.ask(now, &frame, ask);
        self.step = Step::Resetting { probe, left: resets.saturating_sub(1) };
    }

    /// Is anybody there?
    fn call(&mut self, now: Instant, probe: Probe) {
        let resends = self.config.link.resends;
        let ask = Ask { resends, answered: true, from: None, wants_data: false, patient: false };
        match probe.target {
            Target::Primary(address) => {
                let frame = LinkFrame::Short { control: CField::SND_NKE, address };
                self.exchange.ask(now, &frame, ask);
            }
            Target::Secondary(selection) => {
                let user_data = selection_data(&selection);
                let (control, address) = (CField::SND_UD, AField::SELECTED);
                let frame = LinkFrame::Long { control, address, user_data: &user_data };
                self.exchange.ask(now, &frame, ask);
            }
        }
        self.step = Step::Calling(probe);
    }

    /// Who is it?
    fn ask(&mut self, now: Instant, probe: Probe, acknowledged: bool) {
        let address = probe.target.link_address();
        let control = CField::REQ_UD2.with_fcb(true);
        let ask = Ask {
            resends: self.config.link.resends,
            answered: true,
            from: address.is_meter().then_some(address),
            wants_data: true,
            patient: true,
        };
        self.exchange.ask(now, &LinkFrame::Short { control, address }, ask);
        self.stranger = None;
        self.step = Step::Asking { probe, acknowledged };
    }

    fn proceed(&mut self, now: Instant, outcome: Outcome) {
        let step = core::mem::replace(&mut self.step, Step::Idle);
        if outcome == Outcome::Closed {
            // The same again, when the medium is open again.
            return;
        }
        // Somebody is there who was heard at the last attempt only, and nearly not at all.
        let silences = self.exchange.silences();
        if !matches!(outcome, Outcome::None(_))
            && !matches!(step, Step::Resetting { .. })
            && silences > 0
            && silences >= self.config.link.resends.into()
        {
            self.state.lost = self.state.lost.saturating_add(1);
        }
        match (step, outcome) {
            (Step::Idle, _) => {}
            (Step::Resetting { probe, left: 0 }, _) => self.call(now, probe),
            (Step::Resetting { probe, left }, _) => self.reset(now, probe, left),
            (Step::Calling(probe), Outcome::None(Unanswered { garbled: 0, .. })) => {
                self.conclude(now, probe, Answer::Nobody);
            }
            (Step::Calling(probe), Outcome::None(_)) => self.ask(now, probe, false),
            (Step::Calling(probe), _) => self.ask(now, probe, true),
            (Step::Asking { probe, .. }, Outcome::Frame(octets)) => {
                self.conclude(now, probe, Answer::One(Some(ReceivedFrame::new(octets))));
            }
            (Step::Asking { probe, .. }, Outcome::None(unanswered)) if unanswered.collided > 0 => {
                self.conclude(now, probe, Answer::Several);
            }
            (Step::Asking { probe, acknowledged: true }, Outcome::None(_)) => {
                self.conclude(now, probe, Answer::Silent);
            }
            (Step::Asking { probe, acknowledged: false }, Outcome::None(_)) => {
                self.conclude(now, probe, Answer::Noise);
            }
            (Step::Asking { probe, .. }, _) => self.conclude(now, probe, Answer::One(None)),
        }
    }

    /// A probe is over.
    fn conclude(&mut self, now: Instant, probe: Probe, answer: Answer) {
        let target = probe.target;
        if let (Target::Secondary(mask), Answer::One(Some(frame))) = (target, &answer)
            && !probe.is_second
            && frame.meter().is_some_and(|address| !mask.matches(&address))
        {
            // A late answer of somebody else, or a meter that says so each time.
            return self.probe(now, Probe { is_second: true, ..probe });
        }
        let (target, answer) = match (probe.met, answer) {
            (Some(mask), Answer::One(Some(frame))) if frame.identification().is_some() => {
                (Target::Secondary(mask), Answer::One(Some(frame)))
            }
            // Nobody has that name, or too many do.
            (Some(mask), _) => (Target::Secondary(mask), Answer::Several),
            (None, answer) => (target, answer),
        };
        if let (Target::Secondary(mask), Answer::One(Some(frame))) = (target, &answer)
            && probe.met.is_none()
            && let Some(identification) = frame.identification()
            && is_open(&mask)
            && !is_wild(identification)
        {
            let address = MeterAddress { identification, ..mask.address };
            let target = Target::Secondary(Selection { address, ..mask });
            return self.probe(now, Probe { target, is_second: false, met: Some(mask) });
        }
        self.state.probes = self.state.probes.saturating_add(1);
        if matches!(answer, Answer::Noise) {
            self.events.push_back(SearchEvent::Noise { target });
        }
        match target {
            Target::Primary(address) => {
                match answer {
                    Answer::One(frame) => self.found(target, frame),
                    Answer::Several => self.events.push_back(SearchEvent::Shared { address }),
                    Answer::Silent => {
                        let link_address = self.stranger;
                        self.events.push_back(SearchEvent::Silent { target, link_address });
                    }
                    Answer::Nobody | Answer::Noise => {}
                }
                self.state.phase = Phase::Primary(address.0.saturating_add(1));
            }
            Target::Secondary(mask) => self.tried(mask, answer),
        }
        if self.events.len() < MAX_EVENTS {
            self.events.push_back(SearchEvent::Progress(self.progress()));
        }
    }

    /// A mask was tried.
    fn tried(&mut self, mask: Selection, answer: Answer) {
        // How many they count for, and whether the masks inside are to be tried.
        let (count, is_divided) = match &answer {
            Answer::Nobody | Answer::Noise => (0, false),
            Answer::Several => (2, true),
            // Answers that lie over each other may not come through a converter at all; but whoever
            // has this one number has nothing to say.
            Answer::Silent => (2, is_open(&mask)),
            // It did not say who it is; the masks inside will.
            Answer::One(frame) => (1, !names_meter(frame.as_ref()) && is_open(&mask)),
        };
        let mut nodes = match core::mem::take(&mut self.state.phase) {
            Phase::Inside(nodes) => nodes,
            _ => Vec::new(),
        };
        let inside = match nodes.last_mut() {
            // The mask of the node itself, because those inside it do not explain what was heard.
            Some(node) if node.child(self.config.digits, &self.state.found).is_none() => {
                node.is_confirmed = true;
                // The one inside, who does not say who it is.
                let is_known = node.answers > 0
                    && matches!(&answer, Answer::One(frame) if !names_meter(frame.as_ref()));
                if !matches!(answer, Answer::Several | Answer::Silent) {
                    nodes.pop();
                }
                if is_known {
                    self.state.phase = Phase::Inside(nodes);
                    return;
                }
                None
            }
            Some(node) => {
                node.answers = node.answers.saturating_add(count);
                let inside = is_divided.then(|| node.inside(mask));
                node.next = node.next.saturating_add(1);
                inside
            }
            None => is_divided.then(|| Node::new(mask)),
        };
        match (inside, answer) {
            (Some(Some(inside)), _) => nodes.push(inside),
            (Some(None), Answer::One(frame)) | (None, Answer::One(frame)) => {
                self.found(Target::Secondary(mask), frame);
            }
            (None, Answer::Silent) if !is_open(&mask) => {
                let target = Target::Secondary(mask);
                self.events.push_back(SearchEvent::Silent { target, link_address: None });
            }
            (Some(None), _) => {
                self.events.push_back(SearchEvent::Indistinguishable { selection: mask });
            }
            (None, _) => {}
        }
        self.state.phase = Phase::Inside(nodes);
    }

    fn found(&mut self, target: Target, frame: Option<ReceivedFrame>) {
        let address = frame.as_ref().and_then(ReceivedFrame::meter);
        let identification = frame.as_ref().and_then(ReceivedFrame::identification);
        let target = match (target, identification) {
            // All that it says of itself, if it answers to that.
            (Target::Secondary(mask), Some(identification)) => {
                let named = MeterAddress { identification, ..mask.address };
                let named = address.unwrap_or(named);
                let is_named = mask.matches(&named);
                Target::Secondary(Selection {
                    address: if is_named { named } else { mask.address },
                    ..mask
                })
            }
            _ => target,
        };
        let link_address = frame.as_ref().and_then(ReceivedFrame::address);
        let meter = FoundMeter { target, link_address, address };
        if self.state.is_new(&meter) {
            self.state.found.push(meter);
            self.events.push_back(SearchEvent::Found { meter, frame });
        }
    }
}

impl Session for Search {
    type Event = SearchEvent;

    fn handle_open(&mut self, now: Instant) {
        self.is_open = true;
        self.exchange.handle_open(now);
        self.advance(now);
    }

    fn handle_input(&mut self, now: Instant, octets: &[u8]) {
        self.exchange.handle_input(now, octets);
        self.advance(now);
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.exchange.handle_timeout(now);
        self.advance(now);
    }

    /// The search stands still until the medium is open again.
    fn handle_close(&mut self, now: Instant) {
        self.is_open = false;
        self.exchange.handle_close(now);
        self.advance(now);
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut BytesMut) -> Option<Transmit> {
        loop {
            self.advance(now);
            let transmit = self.exchange.poll_transmit(now, out);
            // Whoever polls late may be the first to see that a request is over.
            if transmit.is_some() || !self.exchange.has_outcome() {
                return transmit;
            }
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.exchange.poll_timeout()
    }

    fn poll_event(&mut self) -> Option<SearchEvent> {
        self.events.pop_front()
    }
}

/// Does it say from which meter it comes?
fn names_meter(frame: Option<&ReceivedFrame>) -> bool {
    frame.is_some_and(|frame| frame.identification().is_some())
}

/// Is a digit of the identification number still a wildcard?
fn is_open(mask: &Selection) -> bool {
    is_wild(mask.address.identification)
}

/// Does one of the digits stand for any?
fn is_wild(number: Identification) -> bool {
    (0..32).step_by(4).any(|shift| number.0 >> shift & 0xF == 0xF)
}
