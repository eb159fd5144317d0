//! [`Reader`]: asks meters on a wire, and tells what they answer.

mod calls;
mod config;
mod event;
mod job;

use alloc::collections::VecDeque;

use bytes::BytesMut;
use gurux_framing::transaction::Counters;
use gurux_media::{Instant, LineSettings, Session, Transmit};

use self::job::{Job, Step, Telegrams, Work};
use super::exchange::{Ask, Exchange, Notice, Outcome, Unanswered};
use super::frame_count::{FrameCounts, Last};
use super::target::selection_data;
use super::{ReceivedFrame, Target};
use crate::Error;
use crate::wire::{AField, CField, CiField, LinkFrame, Selection};

pub use self::config::{Initialise, ReaderConfig};
pub use self::event::{Done, Failure, ReaderEvent, RequestId};

/// While so many events wait to be polled, nothing new is asked.
const MAX_EVENTS: usize = 32;

/// More network resets than these help nobody.
const MAX_NETWORK_RESETS: u8 = 2;

/// Asks meters on a wire, and tells what they answer.
///
/// Requests wait in a queue that is bounded, and are carried out one after another. What happens
/// to one:
///
/// ```text
///  primary:    [SND_NKE --E5-->] request --RSP_UD, more follow--> request, FCB toggled --> ...
///                                        --RSP_UD, the last; E5; A2--> over
///                                        --silence, garbage--> the same again, FCB unchanged
///  secondary:  [SND_NKE to 253]* select --E5--> request as above, to 253
///                                       --silence--> one more SND_NKE to 253, select again
///  speed:      command --E5 at the old speed--> line switched --> SND_NKE --E5--> over
///                                                             --silence--> switched back
/// ```
///
/// Our own frames that a converter sends back are dropped; octets of noise before an answer are
/// told and cost nothing.
///
/// ```
/// use gurux_mbus::session::{Done, Initialise, Reader, ReaderConfig, ReaderEvent};
/// use gurux_mbus::wire::AField;
/// use gurux_media::bytes::BytesMut;
/// use gurux_media::{Instant, Session};
///
/// let config = ReaderConfig { initialise: Initialise::Never, ..ReaderConfig::default() };
/// let mut reader = Reader::new(config);
/// let id = reader.read(AField(5))?;
///
/// let (now, mut out) = (Instant::ZERO, BytesMut::new());
/// assert!(reader.poll_transmit(now, &mut out).is_some());
/// assert_eq!(&out[..], [0x10, 0x7B, 0x05, 0x80, 0x16]);
///
/// reader.handle_input(now, &[0x68, 6, 6, 0x68, 8, 5, 0x78, 0x01, 0x13, 0x2A, 0xC3, 0x16]);
/// let Some(ReaderEvent::Telegram { frame, .. }) = reader.poll_event() else { panic!() };
/// assert_eq!(frame.user_data(), [0x78, 0x01, 0x13, 0x2A]);
/// assert_eq!(
///     reader.poll_event(),
///     Some(ReaderEvent::Done { id, how: Done::Complete { telegrams: 1 } })
/// );
/// # Ok::<(), gurux_mbus::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Reader {
    config: ReaderConfig,
    exchange: Exchange,
    counts: FrameCounts,
    queue: VecDeque<Job>,
    job: Option<Job>,
    events: VecDeque<ReaderEvent>,
    next_id: u32,
    is_open: bool,
    now: Instant,
}

impl Reader {
    /// A reader with nothing to do.
    #[must_use]
    pub fn new(config: ReaderConfig) -> Self {
        Self {
            config,
            exchange: Exchange::new(config.link),
            counts: FrameCounts::default(),
            queue: VecDeque::new(),
            job: None,
            events: VecDeque::new(),
            next_id: 1,
            is_open: true,
            now: Instant::ZERO,
        }
    }

    /// How this reader talks.
    #[must_use]
    pub const fn config(&self) -> &ReaderConfig {
        &self.config
    }

    /// The settings of the line at present; requests change its speed.
    #[must_use]
    pub const fn line(&self) -> &LineSettings {
        &self.exchange.config().line
    }

    /// What it has counted of requests and answers.
    #[must_use]
    pub const fn counters(&self) -> &Counters {
        self.exchange.counters()
    }

    /// How many of its own frames came back from a converter.
    #[must_use]
    pub const fn echo_count(&self) -> u64 {
        self.exchange.echoes()
    }

    /// Requests that are not over.
    #[must_use]
    pub fn pending_count(&self) -> usize {
        self.queue.len().saturating_add(usize::from(self.job.is_some()))
    }

    /// Gives up a request; nothing more is told of it. False if it is over already. Whether the
    /// meter did what was asked is unknown.
    pub fn cancel(&mut self, id: RequestId) -> bool {
        if let Some(job) = self.job.take_if(|job| job.id == id) {
            self.exchange.cancel(self.now);
            self.counts.forget(job.target.link_address().0);
            return true;
        }
        let before = self.queue.len();
        self.queue.retain(|job| job.id != id);
        self.queue.len() < before
    }

    fn enqueue(&mut self, target: Target, work: Work) -> Result<RequestId, Error> {
        if self.queue.len() >= usize::from(self.config.queue) {
            return Err(Error::QueueFull);
        }
        let id = RequestId(self.next_id);
        self.next_id = self.next_id.wrapping_add(1);
        self.queue.push_back(Job { id, target, work, step: Step::Working, unanswered_resets: 0 });
        Ok(id)
    }

    /// Goes on as far as that is possible now.
    fn advance(&mut self, now: Instant) {
        self.now = now;
        loop {
            while let Some(notice) = self.exchange.take_notice() {
                self.tell(notice);
            }
            match (self.exchange.take_outcome(), self.job.take()) {
                (Some(outcome), Some(job)) => self.proceed(now, job, outcome),
                (_, Some(job)) if !self.exchange.is_idle() => return self.job = Some(job),
                (_, Some(job)) => {
                    // Held back because nobody polled.
                    if self.events.len() >= MAX_EVENTS {
                        return self.job = Some(job);
                    }
                    self.work(now, job);
                }
                (_, None) => {
                    if !self.is_open || self.events.len() >= MAX_EVENTS {
                        return;
                    }
                    let Some(job) = self.queue.pop_front() else { return };
                    self.begin(now, job);
                }
            }
        }
    }

    fn begin(&mut self, now: Instant, job: Job) {
        match job.target {
            Target::Secondary(selection) => {
                self.select(now, job, &selection, 0, self.config.network_resets);
            }
            Target::Primary(address) if self.needs_reset(address, &job.work) => {
                self.ask_reset(now, address, self.config.link.resends);
                self.job = Some(Job { step: Step::Initialising, ..job });
            }
            Target::Primary(_) => self.work(now, job),
        }
    }

    /// Is it uncertain what the meter makes of the frame count bit?
    fn needs_reset(&self, address: AField, work: &Work) -> bool {
        let is_needed = match (work, self.counts.last(address.0)) {
            (Work::Initialise, _) => return false,
            (_, _) if address == AField::BROADCAST => return false,
            (_, None) => true,
            (Work::Send(_) | Work::SetSpeed(..), Some(Last::Read)) => true,
            (_, Some(_)) => false,
        };
        match self.config.initialise {
            Initialise::Always => true,
            Initialise::WhenNeeded => is_needed,
            Initialise::Never => false,
        }
    }

    /// Selects a meter, after so many more network resets.
    fn select(&mut self, now: Instant, job: Job, selection: &Selection, tried: u8, resets: u8) {
        let step = if resets > 0 {
            self.ask_reset(now, AField::SELECTED, 0);
            Step::Resetting { tried, left: resets.saturating_sub(1) }
        } else {
            let user_data = selection_data(selection);
            let frame = LinkFrame::Long {
                // Without frame count: each selection is a new one.
                control: CField::SND_UD,
                address: AField::SELECTED,
                user_data: &user_data,
            };
            let ask =
                Ask { resends: 0, answered: true, from: None, wants_data: false, patient: false };
            self.exchange.ask(now, &frame, ask);
            Step::Selecting { tried }
        };
        self.job = Some(Job { step, ..job });
    }

    fn ask_reset(&mut self, now: Instant, address: AField, resends: u8) {
        let frame = LinkFrame::Short { control: CField::SND_NKE, address };
        let answered = address != AField::BROADCAST;
        let ask = Ask { resends, answered, from: None, wants_data: false, patient: false };
        self.exchange.ask(now, &frame, ask);
    }

    /// Says what the job is about.
    fn work(&mut self, now: Instant, job: Job) {
        let address = job.target.link_address();
        let fcb = self.counts.next(address.0);
        let request =
            |control: CField| LinkFrame::Short { control: control.with_fcb(fcb), address };
        let frame = match &job.work {
            Work::Initialise => {
                self.ask_reset(now, address, self.config.link.resends);
                self.job = Some(Job { step: Step::Working, ..job });
                return;
            }
            Work::Read(_) => request(CField::REQ_UD2),
            Work::Alarm => request(CField::REQ_UD1),
            Work::Send(user_data) => {
                LinkFrame::Long { control: CField::SND_UD.with_fcb(fcb), address, user_data }
            }
            Work::SetSpeed(ci, _) => LinkFrame::Long {
                control: CField::SND_UD.with_fcb(fcb),
                address,
                user_data: core::slice::from_ref(ci),
            },
        };
        let is_named = address.is_meter() && !self.config.any_address;
        let ask = Ask {
            resends: self.config.link.resends,
            answered: address != AField::BROADCAST,
            from: is_named.then_some(address),
            wants_data: matches!(job.work, Work::Read(_)),
            patient: false,
        };
        self.exchange.ask(now, &frame, ask);
        self.job = Some(Job { step: Step::Working, ..job });
    }

    /// The exchange of this step is over.
    fn proceed(&mut self, now: Instant, job: Job, outcome: Outcome) {
        if outcome == Outcome::Closed {
            return self.fail(job, Failure::Closed);
        }
        let address = job.target.link_address();
        match job.step {
            // Whatever came: that nobody answers is usual, as nobody was selected.
            Step::Resetting { tried, left } => match job.target {
                Target::Secondary(selection) => self.select(now, job, &selection, tried, left),
                Target::Primary(_) => self.work(now, job),
            },
            Step::Selecting { tried } => self.selected(now, job, tried, outcome),
            Step::Initialising => {
                // A meter that does not answer this may still answer what follows.
                let unanswered_resets = match outcome {
                    Outcome::None(_) => job.unanswered_resets.max(1),
                    _ => 0,
                };
                self.counts.reset(address.0);
                self.work(now, Job { unanswered_resets, ..job });
            }
            Step::Confirming { old } => match outcome {
                Outcome::Ack | Outcome::Nack | Outcome::Frame(_) => {
                    self.counts.reset(address.0);
                    self.end(job, Done::Acknowledged);
                }
                _ => {
                    self.exchange.switch(old);
                    self.fail(job, Failure::SpeedLost);
                }
            },
            Step::Working => self.answered(now, job, outcome),
        }
    }

    /// What came of a selection.
    fn selected(&mut self, now: Instant, job: Job, tried: u8, outcome: Outcome) {
        let Target::Secondary(selection) = job.target else { return self.work(now, job) };
        match outcome {
            Outcome::Ack | Outcome::Frame(_) => {
                self.counts.reset(AField::SELECTED.0);
                self.work(now, job);
            }
            Outcome::Nack => self.fail(job, Failure::Refused),
            // Several were selected, or noise hides the E5: the answer to the request will tell.
            Outcome::None(unanswered) if unanswered.garbled > 0 => {
                self.counts.reset(AField::SELECTED.0);
                self.work(now, job);
            }
            _ if tried >= self.config.link.resends => {
                let attempts = u16::from(tried).saturating_add(1);
                self.fail(job, Failure::NotSelected { attempts });
            }
            _ => {
                let tried = tried.saturating_add(1);
                let resets = self.config.network_resets.saturating_add(tried);
                self.select(now, job, &selection, tried, resets.min(MAX_NETWORK_RESETS));
            }
        }
    }

    /// What came of the request itself.
    fn answered(&mut self, now: Instant, mut job: Job, outcome: Outcome) {
        let address = job.target.link_address();
        let last = match job.work {
            Work::Initialise => Last::Reset,
            Work::Read(_) | Work::Alarm => Last::Read,
            Work::Send(_) | Work::SetSpeed(..) => Last::Sent,
        };
        if job.unanswered_resets > 0 && matches!(outcome, Outcome::Frame(_) | Outcome::Ack) {
            // The meter is there, so the reset may have been lost. What is read may begin in the
            // middle.
            if job.unanswered_resets == 1 && matches!(job.work, Work::Read(_)) {
                self.ask_reset(now, address, self.config.link.resends);
                self.job = Some(Job { step: Step::Initialising, unanswered_resets: 2, ..job });
                return;
            }
            self.events.push_back(ReaderEvent::NotReset { id: job.id });
            job.unanswered_resets = 0;
        }
        match outcome {
            Outcome::Frame(octets) => {
                // The same telegram again does not count as an answer to the new request.
                self.received(now, job, ReceivedFrame::new(octets));
            }
            Outcome::Nack => {
                self.counts.answered(address.0, last);
                self.fail(job, Failure::Refused);
            }
            Outcome::Ack => {
                match last {
                    Last::Reset => self.counts.reset(address.0),
                    _ => self.counts.answered(address.0, last),
                }
                self.acknowledged(now, job);
            }
            Outcome::Sent => {
                // Every meter was told, so whatever was known of any of them is old.
                self.counts.clear();
                if let Work::SetSpeed(_, new) = job.work {
                    self.exchange.switch(new);
                }
                self.end(job, Done::Sent);
            }
            // A reset of whoever is selected: mostly nobody is.
            Outcome::None(Unanswered { garbled: 0, .. })
                if last == Last::Reset && address == AField::SELECTED =>
            {
                self.end(job, Done::Sent);
            }
            Outcome::None(unanswered) => self.fail(job, failure(&unanswered)),
            Outcome::Closed => self.fail(job, Failure::Closed),
        }
    }

    fn acknowledged(&mut self, now: Instant, job: Job) {
        match job.work {
            Work::SetSpeed(_, new) => {
                let old = *self.line();
                self.exchange.switch(new);
                // A meter that hears nothing at the new speed goes back to the old one.
                let address = job.target.link_address();
                match job.target {
                    Target::Primary(_) => {
                        self.ask_reset(now, address, self.config.link.resends);
                    }
                    // SND_NKE to 253 would only deselect it.
                    Target::Secondary(selection) => {
                        let user_data = selection_data(&selection);
                        let control = CField::SND_UD;
                        let frame = LinkFrame::Long { control, address, user_data: &user_data };
                        let resends = self.config.link.resends;
                        let ask = Ask {
                            resends,
                            answered: true,
                            from: None,
                            wants_data: false,
                            patient: false,
                        };
                        self.exchange.ask(now, &frame, ask);
                    }
                }
                self.job = Some(Job { step: Step::Confirming { old }, ..job });
            }
            Work::Read(Telegrams { number, .. }) if number > 0 => {
                // "No data" where more was announced: that was the last one after all.
                self.end(job, Done::Complete { telegrams: number });
            }
            _ => self.end(job, Done::Acknowledged),
        }
    }

    /// A telegram came.
    fn received(&mut self, now: Instant, mut job: Job, frame: ReceivedFrame) {
        let address = job.target.link_address();
        let Work::Read(telegrams) = &mut job.work else {
            let last = if matches!(job.work, Work::Alarm) { Last::Read } else { Last::Sent };
            self.counts.answered(address.0, last);
            let id = job.id;
            self.events.push_back(ReaderEvent::Telegram { id, number: 0, frame });
            return self.end(job, Done::Complete { telegrams: 1 });
        };
        if self.exchange.was_crowded() && !telegrams.is_confirmed_by(&frame) {
            // The sum has eight bits, and each attempt gives it another chance to be right.
            if telegrams.repeats >= self.config.link.resends {
                let attempts = u16::from(telegrams.repeats).saturating_add(1);
                return self.fail(job, Failure::Collision { attempts });
            }
            telegrams.doubt(frame);
            return self.work(now, job);
        }
        let stranger = match job.target {
            Target::Secondary(selection) => frame.meter().filter(|meter| !selection.matches(meter)),
            Target::Primary(_) => None,
        };
        let is_repeat = telegrams.is_repeat(&frame);
        if (is_repeat || stranger.is_some()) && telegrams.repeats < self.config.link.resends {
            // Perhaps the answer to a request before, which came late. So this one counts as not
            // answered, and is made again with its frame count bit unchanged.
            telegrams.repeats = telegrams.repeats.saturating_add(1);
            return self.work(now, job);
        }
        if let Some(meter) = stranger {
            // Never handed on as what was asked for; but not lost either.
            if self.events.len() < MAX_EVENTS {
                self.events.push_back(ReaderEvent::Skipped { frame });
            }
            return self.fail(job, Failure::AnotherMeter { meter });
        }
        if is_repeat {
            let telegrams = telegrams.number;
            self.counts.forget(address.0);
            return self.end(job, Done::Repeated { telegrams });
        }
        self.counts.answered(address.0, Last::Read);
        let more = frame.more_records_follow();
        let number = telegrams.number;
        telegrams.take(&frame);
        let telegrams = telegrams.number;
        self.events.push_back(ReaderEvent::Telegram { id: job.id, number, frame });
        if !more {
            if telegrams > 1 {
                self.counts.forget(address.0);
            }
            return self.end(job, Done::Complete { telegrams });
        }
        if telegrams >= self.config.max_telegrams {
            self.counts.forget(address.0);
            return self.end(job, Done::Limit { telegrams });
        }
        // `advance` goes on with it, as soon as there is room for another telegram.
        self.job = Some(job);
    }

    fn end(&mut self, job: Job, how: Done) {
        if let Work::Send(user_data) = &job.work
            && let Some(address) = new_primary_address(user_data)
        {
            self.counts.forget(job.target.link_address().0);
            self.counts.forget(address);
        }
        self.events.push_back(ReaderEvent::Done { id: job.id, how });
    }

    fn fail(&mut self, job: Job, reason: Failure) {
        self.counts.forget(job.target.link_address().0);
        self.events.push_back(ReaderEvent::Failed { id: job.id, reason });
    }

    fn tell(&mut self, notice: Notice) {
        if self.events.len() < MAX_EVENTS {
            self.events.push_back(match notice {
                Notice::Noise { octets, why } => ReaderEvent::Noise { octets, why },
                Notice::Frame(octets) => ReaderEvent::Skipped { frame: ReceivedFrame::new(octets) },
            });
        }
    }
}

impl Session for Reader {
    type Event = ReaderEvent;

    fn handle_open(&mut self, now: Instant) {
        self.is_open = true;
        self.exchange.handle_open(now);
        self.counts.clear();
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

    /// What was in flight fails; what waits is kept. The line is taken to be at the speed of the
    /// configuration when it opens again.
    fn handle_close(&mut self, now: Instant) {
        self.is_open = false;
        self.exchange.handle_close(now);
        self.advance(now);
        self.counts.clear();
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

    fn poll_event(&mut self) -> Option<ReaderEvent> {
        self.events.pop_front()
    }
}

fn failure(unanswered: &Unanswered) -> Failure {
    let attempts = unanswered.attempts;
    match unanswered.why {
        Some(why) if unanswered.is_cut_off() => Failure::CutOff { attempts, why },
        _ if unanswered.is_collision() => Failure::Collision { attempts },
        Some(why) => Failure::Garbled { attempts, why },
        None => Failure::TimedOut { attempts },
    }
}

/// The primary address that these user data give to a meter, if they do.
fn new_primary_address(user_data: &[u8]) -> Option<u8> {
    match user_data {
        [ci, 0x01, 0x7A, address, ..] if *ci == CiField::COMMAND.code() => Some(*address),
        _ => None,
    }
}
