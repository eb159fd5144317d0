//! [`Meter`]: the side that answers on a wire.

mod model;
mod station;

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::time::Duration;

use bytes::BytesMut;
use gurux_framing::{Wire, WireError};
use gurux_media::{Instant, LineSettings, Session, Transmit};

use self::station::{Reply, Station};
use super::inbox::{Inbox, Incoming};
use super::link_config::bits_time;
use crate::wire::{AField, CField, LinkFrame};

pub use self::model::{MeterModel, Reaction};

/// A meter begins its answer no sooner than so many bit times after a request.
const TURNAROUND_BITS: u32 = 11;

/// Events are kept until this many wait.
const MAX_EVENTS: usize = 64;

/// How a [`Meter`] answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct MeterConfig {
    /// The speed and character of the line, 2400 8E1 by default.
    pub line: LineSettings,
    /// Is the line at the far end of a network? Then its speed is not switched from here.
    pub gateway: bool,
    /// The time between a request and its answer; `None`: 11 bit times, the shortest that the
    /// standard allows.
    pub response_delay: Option<Duration>,
    /// After such a silence the beginning of a frame is dropped.
    pub octet_timeout: Duration,
    /// A new speed is kept if a frame comes at it within this time. Two minutes in the Gossen
    /// Metrawatt M-Bus protocol (3.1.2.3), 30 s in the ABB A43/A44 user manual (10.5.3).
    pub speed_timeout: Duration,
}

impl Default for MeterConfig {
    fn default() -> Self {
        Self {
            line: LineSettings::new(2400).even(),
            gateway: false,
            response_delay: None,
            octet_timeout: Duration::from_millis(100),
            speed_timeout: Duration::from_secs(120),
        }
    }
}

/// What a meter tells. All are notices: it works on if nobody polls, and drops those that come
/// when 64 wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MeterEvent {
    /// A frame was carried out by so many of the meters.
    Served {
        /// What it was for.
        control: CField,
        /// Who was meant.
        address: AField,
        /// How many answered: where there are several, they lie over each other.
        answers: usize,
    },
    /// The line has another speed.
    Speed {
        /// In bits a second.
        baud: u32,
    },
    /// Octets that belong to no frame. They were skipped.
    Noise {
        /// How many, in a row.
        octets: usize,
        /// Why no frame begins with the first of them, which is octet 0.
        why: WireError,
    },
}

/// Answers readers: one meter, or all those on a line.
///
/// Where several meters answer at once, their frames lie over each other as they do on the line: a
/// bit is zero where any of them sends a zero. So a search can be tried on one session with
/// hundreds of meters.
///
/// ```
/// use gurux_media::bytes::BytesMut;
/// use gurux_media::{Instant, Session};
/// use gurux_mbus::session::{Meter, MeterConfig, MeterModel};
/// use gurux_mbus::wire::{AField, MeterAddress};
///
/// struct Water;
/// impl MeterModel for Water {
///     fn address(&self) -> MeterAddress { "12345678 KAM 1 7".parse().unwrap() }
///     fn primary_address(&self) -> AField { AField(5) }
///     fn records(&mut self, _: Instant, _: u16, out: &mut Vec<u8>) -> bool {
///         out.extend_from_slice(&[0x01, 0x13, 0x2A]); // 42 litres
///         false
///     }
/// }
///
/// let mut meter = Meter::new(MeterConfig::default(), [Water]);
/// meter.handle_input(Instant::ZERO, &[0x10, 0x7B, 0x05, 0x80, 0x16]);
/// let (at, mut out) = (meter.poll_timeout().unwrap(), BytesMut::new());
/// assert!(meter.poll_transmit(at, &mut out).is_some());
/// assert_eq!(out[..7], [0x68, 0x12, 0x12, 0x68, 0x08, 0x05, 0x72]);
/// assert_eq!(out[19..22], [0x01, 0x13, 0x2A]);
/// ```
#[derive(Clone, Debug)]
pub struct Meter<M> {
    inbox: Inbox,
    core: Core<M>,
}

/// All but the octets that came in.
#[derive(Clone, Debug)]
struct Core<M> {
    config: MeterConfig,
    stations: Vec<Station<M>>,
    /// The present line.
    line: LineSettings,
    answer: Option<Pending>,
    /// The line as it was, and when it is so again.
    fall_back: Option<(Instant, LineSettings)>,
    /// The line is to be switched without sending anything.
    then_line: Option<LineSettings>,
    events: VecDeque<MeterEvent>,
    silent_at: Option<Instant>,
    now: Instant,
}

/// An answer that waits to be sent.
#[derive(Clone, Debug)]
struct Pending {
    at: Instant,
    octets: Vec<u8>,
    then_line: Option<LineSettings>,
}

impl<M: MeterModel> Meter<M> {
    /// The meters of a line: one or several.
    #[must_use]
    pub fn new(config: MeterConfig, models: impl IntoIterator<Item = M>) -> Self {
        Self {
            inbox: Inbox::new(),
            core: Core {
                config,
                stations: models.into_iter().map(Station::new).collect(),
                line: config.line,
                answer: None,
                fall_back: None,
                then_line: None,
                events: VecDeque::new(),
                silent_at: None,
                now: Instant::ZERO,
            },
        }
    }

    /// The meters.
    pub fn models(&self) -> impl ExactSizeIterator<Item = &M> {
        self.core.stations.iter().map(|station| &station.model)
    }

    /// The meters, to be changed.
    pub fn models_mut(&mut self) -> impl ExactSizeIterator<Item = &mut M> {
        self.core.stations.iter_mut().map(|station| &mut station.model)
    }

    /// The settings of the line at present.
    #[must_use]
    pub const fn line(&self) -> &LineSettings {
        &self.core.line
    }
}

impl<M: MeterModel> Session for Meter<M> {
    type Event = MeterEvent;

    fn handle_open(&mut self, now: Instant) {
        self.handle_close(now);
    }

    fn handle_input(&mut self, now: Instant, octets: &[u8]) {
        let Self { inbox, core } = self;
        core.now = now;
        inbox.receive(octets, |incoming| core.take(now, incoming));
        core.silent_at = inbox.is_holding().then(|| now + core.config.octet_timeout);
    }

    fn handle_timeout(&mut self, now: Instant) {
        let Self { inbox, core } = self;
        core.now = now;
        if core.silent_at.is_some_and(|at| at <= now) {
            core.silent_at = None;
            inbox.finish(|incoming| core.take(now, incoming));
        }
        if let Some((_, line)) = core.fall_back.take_if(|(at, _)| *at <= now) {
            core.then_line = Some(line);
            core.switched(line);
        }
    }

    /// Half a request and an answer that waits are forgotten.
    fn handle_close(&mut self, now: Instant) {
        self.inbox.clear();
        self.core.now = now;
        self.core.answer = None;
        self.core.silent_at = None;
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut BytesMut) -> Option<Transmit> {
        let core = &mut self.core;
        core.now = now;
        if let Some(line) = core.then_line.take() {
            return Some(Transmit { then_line: Some(line), ..Transmit::now(0) });
        }
        let Pending { octets, then_line, .. } = core.answer.take_if(|answer| answer.at <= now)?;
        out.extend_from_slice(&octets);
        Some(Transmit { then_line, ..Transmit::now(octets.len()) })
    }

    fn poll_timeout(&self) -> Option<Instant> {
        // An answer that is due is not a timer: it waits to be taken.
        let due = self.core.answer.as_ref().map(|answer| answer.at);
        let due = due.filter(|&at| at > self.core.now);
        let fall_back = self.core.fall_back.map(|(at, _)| at);
        [due, self.core.silent_at, fall_back].into_iter().flatten().min()
    }

    fn poll_event(&mut self) -> Option<MeterEvent> {
        self.core.events.pop_front()
    }
}

impl<M: MeterModel> Core<M> {
    fn take(&mut self, now: Instant, incoming: Incoming<'_>) {
        let octets = match incoming {
            Incoming::Noise { octets, why } => return self.tell(MeterEvent::Noise { octets, why }),
            Incoming::Frame(octets) => octets,
        };
        let Ok(frame) = LinkFrame::from_bytes(octets) else { return };
        let (Some(control), Some(address)) = (frame.control(), frame.address()) else { return };
        if !control.prm() {
            // Another meter's answer, or our own that comes back.
            return;
        }
        // Whoever sends this does not wait for the answer to the one before.
        self.answer = None;
        self.fall_back = None;
        let mut answers = 0_usize;
        let mut together = Vec::new();
        let mut is_garbled = false;
        let mut new_line = None;
        for station in &mut self.stations {
            let octets = match station.handle(now, octets, &frame) {
                Reply::None => continue,
                Reply::Frame(octets) => octets,
                Reply::Speed(baud) => {
                    new_line = Some(self.line.with_baud(baud));
                    let mut ack = Vec::new();
                    LinkFrame::Ack.emit(&mut ack);
                    ack
                }
            };
            is_garbled |= answers > 0 && together != octets;
            lay_over(&mut together, &octets);
            answers = answers.saturating_add(1);
        }
        if answers == 0 {
            return;
        }
        if is_garbled && LinkFrame::from_bytes(&together).is_ok() {
            // The sum is right by chance. On a line the octets do not lie so neatly over each
            // other.
            if let Some(sum) = together.iter_mut().rev().nth(1) {
                *sum = !*sum;
            }
        }
        self.tell(MeterEvent::Served { control, address, answers });
        if address == AField::BROADCAST {
            self.then_line = new_line.filter(|_| !self.config.gateway);
        } else {
            let turnaround = bits_time(&self.line, TURNAROUND_BITS);
            let at = now + self.config.response_delay.unwrap_or(turnaround);
            let then_line = new_line.filter(|_| !self.config.gateway);
            self.answer = Some(Pending { at, octets: together, then_line });
        }
        if let Some(line) = new_line {
            self.fall_back = Some((now + self.config.speed_timeout, self.line));
            self.switched(line);
        }
    }

    fn switched(&mut self, line: LineSettings) {
        self.line = line;
        self.tell(MeterEvent::Speed { baud: line.baud });
    }

    fn tell(&mut self, event: MeterEvent) {
        if self.events.len() < MAX_EVENTS {
            self.events.push_back(event);
        }
    }
}

/// Lays an answer over what others send at the same time: a meter sends a zero by drawing current,
/// and currents add up.
fn lay_over(together: &mut Vec<u8>, octets: &[u8]) {
    let common = together.len();
    for (sum, octet) in together.iter_mut().zip(octets) {
        *sum &= octet;
    }
    together.extend_from_slice(octets.get(common..).unwrap_or_default());
}
