//! [`Rounds`]: what the meters of one line are asked, and what becomes of it. It does no I/O and is told the
//! time: a day of it passes in a moment of a test.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use gurux_device::{
    Bus, BusEvent, DeviceEvent, Drivers, Error, Failure, MemberId, Priority, ReadFailure, Reading,
    Ticket,
};
use gurux_media::{Instant, LineSettings, MediaSettings};
use jiff::Timestamp;

use crate::schedule::Agenda;
use crate::site::Line;

/// What time it is by the machine's clock, told beside the clock of the media. The machine's clock may be
/// set at any moment; that of the media only runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Wall {
    pub(crate) time: Timestamp,
    pub(crate) at: Instant,
}

impl Wall {
    /// The machine's time at a moment of the media's clock.
    pub(crate) fn of(self, moment: Instant) -> Timestamp {
        let late = moment.since(self.at);
        let early = self.at.since(moment);
        let time = self.time.saturating_add(late).unwrap_or(self.time);
        time.saturating_sub(early).unwrap_or(time)
    }

    /// The moment at which the machine's clock tells `time`, if nobody sets it.
    pub(crate) fn moment(self, time: Timestamp) -> Instant {
        let span = Duration::try_from(self.time.duration_until(time)).unwrap_or_default();
        self.at + span
    }
}

/// How a round ended.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Outcome {
    /// All that was asked for was read.
    Good,
    /// Some of it was.
    Partial,
    /// The meter answered, and nothing of it was a value.
    Refused,
    /// The meter did not answer.
    Silent,
    /// The way to the meter could not be opened, or was lost.
    Unreachable,
    /// The meter was not asked: it is away, and left alone for now.
    Skipped,
}

impl Outcome {
    /// Each of them once.
    pub(crate) const ALL: [Self; 6] =
        [Self::Good, Self::Partial, Self::Refused, Self::Silent, Self::Unreachable, Self::Skipped];

    /// The word for it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Partial => "partial",
            Self::Refused => "refused",
            Self::Silent => "silent",
            Self::Unreachable => "unreachable",
            Self::Skipped => "skipped",
        }
    }
}

/// A round that is over.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Finished {
    pub(crate) device: Arc<str>,
    pub(crate) poll: Arc<str>,
    /// The tick for which it was done.
    pub(crate) tick: Timestamp,
    pub(crate) began: Timestamp,
    pub(crate) ended: Timestamp,
    pub(crate) outcome: Outcome,
    /// What was read, each with the machine's time at which it came in.
    pub(crate) readings: Vec<(Timestamp, Reading)>,
    /// How many properties have no value.
    pub(crate) failed: usize,
    /// Why the first of them has none.
    pub(crate) why: Option<String>,
    /// Is it one of those that are kept?
    pub(crate) keep: bool,
    /// Did the round before end otherwise?
    pub(crate) is_news: bool,
}

/// What is told of a line.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Told {
    /// A round is over.
    Finished(Finished),
    /// Ticks of a poll passed for which nothing is done.
    Missed { device: Arc<str>, poll: Arc<str>, count: u32 },
    /// A meter does not answer, and is left alone for so long.
    Away { device: Arc<str>, rest: Duration },
    /// It answers again.
    Back { device: Arc<str> },
    /// What a meter's session says beside.
    Notice { device: Arc<str>, text: String },
}

/// The rounds of one line.
pub(crate) struct Rounds {
    bus: Bus,
    framing: Vec<Framing>,
    agenda: Agenda,
    jobs: Vec<Job>,
    under_way: HashMap<Ticket, Round>,
    devices: Vec<Arc<str>>,
    /// Since the line was opened: did anybody answer, and how many rounds ended without?
    is_answered: bool,
    silent_rounds: usize,
}

/// How a meter's messages travel: the transport, and how a serial line is set for it.
type Framing = (&'static str, Option<LineSettings>);

fn framing(line: &Line, way: &MediaSettings) -> Vec<Framing> {
    line.meters.iter().map(|meter| (meter.transport_over(way), meter.line_over(way))).collect()
}

/// A line with a conversation for each of its meters, none of them begun.
fn bus_over(line: &Line, way: &MediaSettings, drivers: &Drivers) -> Result<Bus, Error> {
    let mut bus = Bus::new(line.bus);
    for meter in &line.meters {
        bus.add(meter.session(way, drivers, Some(&line.state))?, meter.line_over(way));
    }
    Ok(bus)
}

/// A poll of one meter.
struct Job {
    member: MemberId,
    device: Arc<str>,
    poll: Arc<str>,
    items: Vec<usize>,
    keep: Option<Duration>,
    /// What was kept last, and how that round had ended.
    kept: Option<(Timestamp, Outcome)>,
    last: Option<Outcome>,
    is_under_way: bool,
    /// Rounds that are to be made up for, and the tick that they are for.
    backlog: u32,
    tick: Timestamp,
}

/// A round under way.
struct Round {
    job: usize,
    tick: Timestamp,
    began: Timestamp,
    readings: Vec<(Timestamp, Reading)>,
    failed: usize,
    why: Option<ReadFailure>,
    is_second_try: bool,
}

impl Rounds {
    /// The rounds of a line, for its best way. `last` tells the last tick of a poll that was acted on,
    /// where one is known.
    ///
    /// # Errors
    /// Where a meter's protocol does not go with the medium, which the site was checked for.
    pub(crate) fn new(
        line: &Line,
        drivers: &Drivers,
        now: Timestamp,
        mut last: impl FnMut(&str, &str) -> Option<Timestamp>,
    ) -> Result<Self, Error> {
        let (bus, framing) = match line.ways.first() {
            Some(way) => (bus_over(line, way, drivers)?, framing(line, way)),
            None => (Bus::new(line.bus), Vec::new()),
        };
        let (mut agenda, mut jobs, mut devices) = (Agenda::new(), Vec::new(), Vec::new());
        for (meter, member) in line.meters.iter().zip(bus.members()) {
            let device: Arc<str> = meter.name.as_str().into();
            for poll in &meter.polls {
                let name = format!("{}/{}", meter.name, poll.name);
                agenda.add(poll.schedule.clone(), &name, last(&meter.name, &poll.name), now);
                jobs.push(Job {
                    member,
                    device: Arc::clone(&device),
                    poll: poll.name.as_str().into(),
                    items: poll.items.clone(),
                    keep: poll.keep,
                    kept: None,
                    last: None,
                    is_under_way: false,
                    backlog: 0,
                    tick: now,
                });
            }
            devices.push(device);
        }
        Ok(Self {
            bus,
            framing,
            agenda,
            jobs,
            under_way: HashMap::new(),
            devices,
            is_answered: false,
            silent_rounds: 0,
        })
    }

    /// The line was opened over `way`. Where that frames messages otherwise than the way before, the
    /// meters' conversations begin anew; what was asked for is asked again.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub(crate) fn move_to(
        &mut self,
        line: &Line,
        way: &MediaSettings,
        drivers: &Drivers,
    ) -> Result<(), Error> {
        self.is_answered = false;
        self.silent_rounds = 0;
        let framing = framing(line, way);
        if framing == self.framing {
            return Ok(());
        }
        self.framing = framing;
        // The old conversations let go of their counters first.
        self.bus = Bus::new(line.bus);
        self.bus = bus_over(line, way, drivers)?;
        let mut rounds: Vec<_> = self.under_way.drain().collect();
        rounds.sort_unstable_by_key(|(ticket, _)| *ticket);
        for (_, round) in rounds {
            let Some(job) = self.jobs.get(round.job) else { continue };
            let ticket = self.bus.read(job.member, Priority::Scheduled, &job.items)?;
            self.under_way
                .insert(ticket, Round { readings: Vec::new(), failed: 0, why: None, ..round });
        }
        Ok(())
    }

    /// The line, to be driven over its medium.
    pub(crate) fn bus(&mut self) -> &mut Bus {
        &mut self.bus
    }

    /// When the next poll is due.
    pub(crate) fn next(&self) -> Option<Timestamp> {
        self.agenda.next()
    }

    /// Are rounds under way?
    pub(crate) fn is_busy(&self) -> bool {
        !self.under_way.is_empty()
    }

    /// Did the line stay silent since it was opened, for as long as one can bear it?
    pub(crate) fn is_dead(&self) -> bool {
        !self.is_answered && self.silent_rounds >= self.devices.len().max(2)
    }

    /// Orders what is due now.
    pub(crate) fn wake(&mut self, wall: Wall, mut tell: impl FnMut(Told)) {
        for due in self.agenda.take(wall.time) {
            let Some(job) = self.jobs.get_mut(due.job) else { continue };
            let mut missed = due.missed;
            if due.runs > 0 {
                job.tick = due.tick;
            }
            if job.is_under_way {
                // It never runs beside itself. A meter slower than its schedule misses ticks.
                missed += due.runs;
            } else if let Some(more) = due.runs.checked_sub(1) {
                job.backlog = more;
                self.order(due.job, Priority::Scheduled, wall.time, false);
            }
            if let (Some(job), true) = (self.jobs.get(due.job), missed > 0) {
                let (device, poll) = (Arc::clone(&job.device), Arc::clone(&job.poll));
                tell(Told::Missed { device, poll, count: missed });
            }
        }
    }

    fn order(&mut self, place: usize, priority: Priority, began: Timestamp, is_second_try: bool) {
        let Some(job) = self.jobs.get_mut(place) else { return };
        // The site was read with the same profile: what it asks for can be read.
        let Ok(ticket) = self.bus.read(job.member, priority, &job.items) else { return };
        job.is_under_way = true;
        let round = Round {
            job: place,
            tick: job.tick,
            began,
            readings: Vec::with_capacity(job.items.len()),
            failed: 0,
            why: None,
            is_second_try,
        };
        self.under_way.insert(ticket, round);
    }

    /// No way leads to the meters: what was to be read is not.
    pub(crate) fn unreachable(&mut self, wall: Wall, why: &str, mut tell: impl FnMut(Told)) {
        let mut tickets: Vec<Ticket> = self.under_way.keys().copied().collect();
        tickets.sort_unstable();
        for ticket in tickets {
            self.bus.cancel(ticket);
            let Some(mut round) = self.under_way.remove(&ticket) else { continue };
            round.failed = self.jobs.get(round.job).map_or(0, |job| job.items.len());
            let why = Some(why.to_owned());
            self.finish(round, Outcome::Unreachable, why, wall.time, &mut tell);
        }
    }

    /// Takes what the line tells.
    pub(crate) fn take(&mut self, event: BusEvent, wall: Wall, mut tell: impl FnMut(Told)) {
        match event {
            BusEvent::Device { ticket, event, member } => match event {
                DeviceEvent::Reading { reading, .. } => {
                    self.is_answered = true;
                    if let Some(round) = self.under_way.get_mut(&ticket) {
                        round.readings.push((wall.of(reading.received_at), reading));
                    }
                }
                DeviceEvent::Failed { why, .. } => {
                    self.is_answered |= !matches!(why, ReadFailure::Failed(_));
                    if let Some(round) = self.under_way.get_mut(&ticket) {
                        round.failed += 1;
                        round.why.get_or_insert(why);
                    }
                }
                DeviceEvent::Done { .. } => {
                    if let Some(round) = self.under_way.remove(&ticket) {
                        self.done(round, wall.time, &mut tell);
                    }
                }
                DeviceEvent::Notice(text) => {
                    tell(Told::Notice { device: self.device(member), text });
                }
                _ => {}
            },
            BusEvent::Skipped { ticket, .. } => {
                if let Some(round) = self.under_way.remove(&ticket) {
                    self.finish(round, Outcome::Skipped, None, wall.time, &mut tell);
                }
            }
            BusEvent::Away { member, until } => {
                let rest = until.since(wall.at);
                tell(Told::Away { device: self.device(member), rest });
            }
            BusEvent::Back { member } => tell(Told::Back { device: self.device(member) }),
            _ => {}
        }
    }

    fn device(&self, member: MemberId) -> Arc<str> {
        self.devices.get(member.place()).map_or_else(|| "".into(), Arc::clone)
    }

    fn done(&mut self, round: Round, now: Timestamp, tell: &mut impl FnMut(Told)) {
        let outcome = match (&round.why, round.readings.is_empty()) {
            (None, _) => Outcome::Good,
            (Some(_), false) => Outcome::Partial,
            (Some(ReadFailure::Failed(Failure::Silent)), true) => Outcome::Silent,
            (Some(ReadFailure::Failed(_)), true) => Outcome::Unreachable,
            (Some(_), true) => Outcome::Refused,
        };
        if outcome == Outcome::Silent {
            self.silent_rounds += 1;
        }
        // A connection that stood idle is often found closed just when it is needed again.
        let is_closed = round.why == Some(ReadFailure::Failed(Failure::Closed));
        if outcome == Outcome::Unreachable && is_closed && !round.is_second_try {
            self.order(round.job, Priority::Scheduled, round.began, true);
            return;
        }
        let why = round.why.as_ref().map(ToString::to_string);
        self.finish(round, outcome, why, now, tell);
    }

    fn finish(
        &mut self,
        round: Round,
        outcome: Outcome,
        why: Option<String>,
        now: Timestamp,
        tell: &mut impl FnMut(Told),
    ) {
        let place = round.job;
        let Some(job) = self.jobs.get_mut(place) else { return };
        job.is_under_way = false;
        let is_due = match (job.keep, job.kept) {
            (Some(keep), Some((last, _))) => {
                let passed = Duration::try_from(last.duration_until(round.tick));
                // A clock that was set back makes no pause of hours.
                passed.map_or(true, |passed| passed >= keep)
            }
            _ => true,
        };
        let keep = is_due || job.kept.is_none_or(|(_, last)| last != outcome);
        if keep {
            job.kept = Some((round.tick, outcome));
        }
        let is_news = job.last.replace(outcome) != Some(outcome);
        tell(Told::Finished(Finished {
            device: Arc::clone(&job.device),
            poll: Arc::clone(&job.poll),
            tick: round.tick,
            began: round.began,
            ended: now,
            outcome,
            readings: round.readings,
            failed: round.failed,
            why,
            keep,
            is_news,
        }));
        if job.backlog > 0 {
            job.backlog -= 1;
            self.order(place, Priority::CatchUp, now, false);
        }
    }
}
