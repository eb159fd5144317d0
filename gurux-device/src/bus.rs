//! [`Bus`]: one owner for a line that several meters share.

mod event;
mod health;
mod queue;

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use gurux_media::bytes::BytesMut;
use gurux_media::{Instant, LineSettings, Session, Transmit};
use gurux_value::Value;

pub use self::event::{BusCounters, BusEvent, MemberId, Priority, Ticket};
use self::health::{Budget, Health};
use self::queue::{Order, Queue, What};
use crate::driver::Failure;
use crate::error::Error;
use crate::session::{DeviceEvent, DeviceSession, ReadFailure};

/// How a [`Bus`] shares its line out.
#[derive(Clone, Copy, PartialEq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct BusConfig {
    /// The silence between the turns of two meters; 30 ms. What a protocol itself asks for comes on top.
    pub pause: Duration,
    /// An order that has waited for so long is as urgent as one of the class above, up to
    /// [`Priority::OnDemand`]; 1 min.
    pub ageing: Duration,
    /// After so many turns in a row without any answer a meter is taken to be away, 1 at least; 2.
    pub patience: u8,
    /// So long an away meter is left alone at first; 30 s. It doubles each time that it stays silent.
    pub first_rest: Duration,
    /// At most so long; 15 min.
    pub longest_rest: Duration,
    /// The share of the line's time that meters which were silent may cost, in hundredths; 5.
    pub silent_share: u8,
}

impl Default for BusConfig {
    fn default() -> Self {
        Self {
            pause: Duration::from_millis(30),
            ageing: Duration::from_secs(60),
            patience: 2,
            first_rest: Duration::from_secs(30),
            longest_rest: Duration::from_secs(900),
            silent_share: 5,
        }
    }
}

/// A line and the meters on it, of whatever protocols: one of them talks at a time.
///
/// Orders are given at any time, each with its [`Priority`], and end with one [`DeviceEvent::Done`] or one
/// [`BusEvent::Skipped`] of their [`Ticket`]. Whose turn it is, is decided when the line is free:
///
/// - the most urgent class goes first, then who waited longest; what waits rises by a class each
///   [`ageing`](BusConfig::ageing), so that catching up is never starved, but never above what a person
///   asked for;
/// - a meter that was silent may cost the others no more than [`silent_share`](BusConfig::silent_share)
///   of the line; one that was silent several times is away and rests. Meanwhile what is scheduled for it
///   is skipped, and what a person asks is asked all the same;
/// - framing, speed and pauses are those of the meter whose turn it is. Octets that come when nobody was
///   asked are dropped and counted.
///
/// It is a [`Session`] like that of a single meter: the same over every medium, and a day of it passes in
/// milliseconds of a test.
///
/// ```
/// use gurux_device::{Bus, BusConfig, BusEvent, Device, DeviceEvent, Drivers, LinkSettings, Parameters, Priority, Simulation};
/// use gurux_media::{Instant, Session, bytes::BytesMut};
///
/// # let text = include_str!("../../profiles/gurux/demo-three-phase.xml");
/// let drivers = Drivers::standard();
/// let profile = drivers.read(text)?;
/// let parameters = Parameters::new(&profile, [])?;
/// let device = Device::new("feeder", profile, parameters, &drivers)?;
/// let settings = LinkSettings::new("rtu");
/// let mut meter = Simulation::new(&device, 1)?.session(&settings)?;
///
/// let mut bus = Bus::new(BusConfig::default());
/// let feeder = bus.add(device.session(&settings)?, None);
/// let items = bus.session(feeder).expect("just added").device().readable();
/// let ticket = bus.read(feeder, Priority::Scheduled, &items[..2])?;
///
/// let (mut now, mut out, mut done) = (Instant::ZERO, BytesMut::new(), 0);
/// bus.handle_open(now);
/// while done == 0 {
///     while bus.poll_transmit(now, &mut out).is_some() {
///         meter.handle_input(now, &out.split());
///     }
///     while meter.poll_transmit(now, &mut out).is_some() {
///         bus.handle_input(now, &out.split());
///     }
///     while let Some(event) = bus.poll_event() {
///         if let BusEvent::Device { event: DeviceEvent::Done { good, .. }, ticket: of, .. } = event {
///             assert_eq!(of, ticket);
///             done = good;
///         }
///     }
///     now = bus.poll_timeout().unwrap_or(now);
///     bus.handle_timeout(now);
/// }
/// assert_eq!(done, 2);
/// # Ok::<(), gurux_device::Error>(())
/// ```
pub struct Bus {
    config: BusConfig,
    members: Vec<Member>,
    queue: Queue,
    talking: Option<Turn>,
    /// How the line is set now, where it is known.
    line: Option<LineSettings>,
    is_open: bool,
    /// The next turn begins then at the earliest.
    free_at: Instant,
    budget: Budget,
    events: VecDeque<BusEvent>,
    counters: BusCounters,
}

/// A meter on the line.
struct Member {
    session: DeviceSession,
    line: Option<LineSettings>,
    health: Health,
}

/// A turn of a meter.
struct Turn {
    order: Order,
    begun_at: Instant,
    /// The line is still to be set.
    line: Option<LineSettings>,
    is_answered: bool,
    is_silent: bool,
}

impl Bus {
    /// A line without meters.
    #[must_use]
    pub fn new(config: BusConfig) -> Self {
        Self {
            config,
            members: Vec::new(),
            queue: Queue::new(config.ageing),
            talking: None,
            line: None,
            is_open: false,
            free_at: Instant::ZERO,
            budget: Budget::new(config.silent_share),
            events: VecDeque::new(),
            counters: BusCounters::default(),
        }
    }

    /// Adds a meter. `line` is how a serial line is set for it; `None` leaves it as it is.
    pub fn add(&mut self, mut session: DeviceSession, line: Option<LineSettings>) -> MemberId {
        if self.is_open {
            session.handle_open(self.free_at);
        }
        self.members.push(Member { session, line, health: Health::default() });
        MemberId(self.members.len() - 1)
    }

    /// The meters, in the order in which they were added.
    pub fn members(&self) -> impl Iterator<Item = MemberId> + use<> {
        (0..self.members.len()).map(MemberId)
    }

    /// The session of a meter, to look at.
    #[must_use]
    pub fn session(&self, member: MemberId) -> Option<&DeviceSession> {
        self.members.get(member.0).map(|member| &member.session)
    }

    /// Orders to read these properties of a meter.
    ///
    /// # Errors
    /// [`Error::NotReadable`] for one that the profile does not allow to read, and [`Error::UnknownMember`].
    pub fn read(
        &mut self,
        member: MemberId,
        priority: Priority,
        items: &[usize],
    ) -> Result<Ticket, Error> {
        self.member(member)?.session.check_read(items)?;
        Ok(self.queue.add(member, priority, What::Read(items.to_vec())))
    }

    /// Orders to write a value to a meter, and to read it back where the profile allows it.
    ///
    /// # Errors
    /// [`Error::NotWritable`], [`Error::Value`] for a value that the property cannot have, and
    /// [`Error::UnknownMember`].
    pub fn write(
        &mut self,
        member: MemberId,
        priority: Priority,
        item: usize,
        value: Value<'static>,
    ) -> Result<Ticket, Error> {
        self.member(member)?.session.check_write(item, &value)?;
        Ok(self.queue.add(member, priority, What::Write(item, value)))
    }

    /// Orders to look at a meter for the marks of its profile.
    ///
    /// # Errors
    /// [`Error::UnknownMember`].
    pub fn identify(&mut self, member: MemberId, priority: Priority) -> Result<Ticket, Error> {
        self.member(member)?;
        Ok(self.queue.add(member, priority, What::Identify))
    }

    /// Orders the conversation with a meter to be ended as its protocol ends it.
    ///
    /// # Errors
    /// [`Error::UnknownMember`].
    pub fn release(&mut self, member: MemberId, priority: Priority) -> Result<Ticket, Error> {
        self.member(member)?;
        Ok(self.queue.add(member, priority, What::Release))
    }

    /// Takes an order back that has not begun; was there one?
    pub fn cancel(&mut self, ticket: Ticket) -> bool {
        self.queue.remove(ticket)
    }

    /// Is nobody talking, and does no order wait?
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.talking.is_none() && self.queue.is_empty() && self.events.is_empty()
    }

    /// How many orders wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.queue.len()
    }

    /// What the line did so far.
    #[must_use]
    pub const fn counters(&self) -> &BusCounters {
        &self.counters
    }

    fn member(&self, member: MemberId) -> Result<&Member, Error> {
        self.members.get(member.0).ok_or(Error::UnknownMember(member.0))
    }

    /// Does all that can be done now.
    fn advance(&mut self, now: Instant) {
        loop {
            self.take_events(now);
            if self.talking.is_some() || !self.is_open || now < self.free_at {
                return;
            }
            self.skip_away(now);
            let Some(order) = self.queue.take(now) else { return };
            self.begin(now, order);
        }
    }

    /// Ends what is scheduled for meters that are to be left alone now.
    fn skip_away(&mut self, now: Instant) {
        let Self { members, queue, budget, events, counters, config, .. } = self;
        queue.retain(|order| {
            let health = members.get(order.member.0).map(|member| &member.health);
            let until = match health {
                Some(health) if order.priority >= Priority::Scheduled => {
                    health.rests_until(now, budget)
                }
                _ => None,
            };
            if let Some(until) = until {
                let (member, ticket) = (order.member, order.ticket);
                let until = until.max(now + config.pause);
                counters.skipped += 1;
                events.push_back(BusEvent::Skipped { member, ticket, until });
            }
            until.is_none()
        });
    }

    fn begin(&mut self, now: Instant, order: Order) {
        let Some(member) = self.members.get_mut(order.member.0) else { return };
        let session = &mut member.session;
        // What was due in the time of the others.
        if session.poll_timeout().is_some_and(|at| at <= now) {
            session.handle_timeout(now);
        }
        // It was looked at when it was taken; what it is about has not changed.
        let is_begun = match &order.what {
            What::Read(items) => session.read(items).is_ok(),
            What::Write(item, value) => session.write(*item, value.clone()).is_ok(),
            What::Identify => {
                session.identify();
                true
            }
            What::Release => {
                session.release();
                true
            }
        };
        let line = member.line.filter(|line| Some(*line) != self.line);
        self.counters.turns += 1;
        let turn = Turn { order, begun_at: now, line, is_answered: false, is_silent: false };
        self.talking = Some(turn);
        if !is_begun {
            self.end(now);
        }
    }

    /// Takes what the meter whose turn it is tells.
    fn take_events(&mut self, now: Instant) {
        while let Some(turn) = &mut self.talking {
            let (member, ticket) = (turn.order.member, turn.order.ticket);
            let session = self.members.get_mut(member.0).map(|member| &mut member.session);
            let Some(event) = session.and_then(Session::poll_event) else { return };
            match &event {
                DeviceEvent::Failed { why, .. } | DeviceEvent::NotWritten { why, .. } => {
                    match why {
                        ReadFailure::Failed(Failure::Silent) => turn.is_silent = true,
                        ReadFailure::Failed(_) => {}
                        ReadFailure::Refused(_) | ReadFailure::Reply(_) => turn.is_answered = true,
                    }
                }
                DeviceEvent::Identified { why, .. } => match why {
                    Some(ReadFailure::Failed(Failure::Silent)) => turn.is_silent = true,
                    _ => turn.is_answered = true,
                },
                DeviceEvent::Reading { .. } | DeviceEvent::Written { .. } => {
                    turn.is_answered = true
                }
                DeviceEvent::Notice(_) | DeviceEvent::Done { .. } => {}
            }
            let is_done = matches!(event, DeviceEvent::Done { .. });
            self.events.push_back(BusEvent::Device { member, ticket, event });
            if is_done {
                self.end(now);
            }
        }
    }

    /// A turn is over.
    fn end(&mut self, now: Instant) {
        let Some(turn) = self.talking.take() else { return };
        self.free_at = now + self.config.pause;
        let took = now.since(turn.begun_at);
        self.counters.busy += took;
        let id = turn.order.member;
        let Some(member) = self.members.get_mut(id.0) else { return };
        if turn.is_answered {
            if member.health.answered() {
                self.events.push_back(BusEvent::Back { member: id });
            }
        } else if turn.is_silent {
            self.counters.silent += took;
            self.budget.spend(took);
            if let Some(until) = member.health.silent(now, &self.config) {
                self.events.push_back(BusEvent::Away { member: id, until });
            }
        }
    }

    fn talker(&mut self) -> Option<&mut DeviceSession> {
        let member = self.talking.as_ref()?.order.member;
        self.members.get_mut(member.0).map(|member| &mut member.session)
    }
}

impl Session for Bus {
    type Event = BusEvent;

    fn handle_open(&mut self, now: Instant) {
        self.is_open = true;
        self.line = None;
        self.free_at = now;
        self.budget.begin(now);
        self.members.iter_mut().for_each(|member| member.session.handle_open(now));
        self.advance(now);
    }

    fn handle_input(&mut self, now: Instant, octets: &[u8]) {
        match self.talker() {
            Some(session) => session.handle_input(now, octets),
            None => {
                self.counters.stray_octets += octets.len() as u64;
                // Whoever sends it may go on.
                self.free_at = self.free_at.max(now + self.config.pause);
            }
        }
        self.advance(now);
    }

    fn handle_timeout(&mut self, now: Instant) {
        if let Some(session) = self.talker()
            && session.poll_timeout().is_some_and(|at| at <= now)
        {
            session.handle_timeout(now);
        }
        self.advance(now);
    }

    /// The order under way fails; those that wait are kept.
    fn handle_close(&mut self, now: Instant) {
        self.is_open = false;
        self.members.iter_mut().for_each(|member| member.session.handle_close(now));
        self.take_events(now);
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut BytesMut) -> Option<Transmit> {
        self.advance(now);
        let turn = self.talking.as_mut()?;
        if let Some(line) = turn.line.take() {
            self.line = Some(line);
            let silence_before = self.config.pause;
            return Some(Transmit { octets: 0, silence_before, then_line: Some(line) });
        }
        let transmit = self.talker()?.poll_transmit(now, out);
        if let Some(line) = transmit.and_then(|transmit| transmit.then_line) {
            // A meter that is signed on to talks at another speed; the next turn sets the line anew.
            self.line = Some(line);
        }
        if transmit.is_none() {
            self.advance(now);
        }
        transmit
    }

    fn poll_timeout(&self) -> Option<Instant> {
        match &self.talking {
            Some(turn) => self.members.get(turn.order.member.0)?.session.poll_timeout(),
            None if self.is_open && !self.queue.is_empty() => Some(self.free_at),
            None => None,
        }
    }

    fn poll_event(&mut self) -> Option<BusEvent> {
        self.events.pop_front()
    }
}

impl fmt::Debug for Bus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bus")
            .field("config", &self.config)
            .field("members", &self.members.len())
            .field("waiting", &self.queue.len())
            .field("talking", &self.talking.as_ref().map(|turn| turn.order.member))
            .field("counters", &self.counters)
            .finish_non_exhaustive()
    }
}
