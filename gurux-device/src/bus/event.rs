//! The words of a [`Bus`](super::Bus).

use std::time::Duration;

use gurux_media::Instant;

use crate::session::DeviceEvent;

/// A meter on a [`Bus`](super::Bus), by its place on it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct MemberId(pub(super) usize);

impl MemberId {
    /// Its place, from 0, in the order in which meters were added.
    #[must_use]
    pub const fn place(self) -> usize {
        self.0
    }
}

/// The number of an order that a [`Bus`](super::Bus) was given.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Ticket(pub(super) u64);

/// How urgent an order is: the first class goes before all others.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum Priority {
    /// Something is wrong, and must be looked at.
    Alarm,
    /// A person, or a program for one, changes something.
    Command,
    /// A person waits for it.
    OnDemand,
    /// It is due by a schedule.
    Scheduled,
    /// It was missed before.
    CatchUp,
}

/// What a [`Bus`](super::Bus) tells.
#[derive(Clone, PartialEq, Debug)]
#[expect(clippy::large_enum_variant, reason = "almost all that are told are of this variant")]
#[non_exhaustive]
pub enum BusEvent {
    /// What a meter tells of an order.
    Device {
        /// The meter.
        member: MemberId,
        /// The order.
        ticket: Ticket,
        /// What it tells; [`DeviceEvent::Done`] is the last of the order.
        event: DeviceEvent,
    },
    /// An order ended without its meter being asked: it does not answer, and is left alone for now.
    Skipped {
        /// The meter.
        member: MemberId,
        /// The order.
        ticket: Ticket,
        /// Until then.
        until: Instant,
    },
    /// A meter was silent too often. What is scheduled for it is skipped until then.
    Away {
        /// The meter.
        member: MemberId,
        /// When it is asked again.
        until: Instant,
    },
    /// A meter that was away answers again.
    Back {
        /// The meter.
        member: MemberId,
    },
}

/// What a line did, counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct BusCounters {
    /// Turns that meters had.
    pub turns: u64,
    /// Orders that were skipped.
    pub skipped: u64,
    /// The time that turns took.
    pub busy: Duration,
    /// That of turns in which the meter was silent.
    pub silent: Duration,
    /// Octets that came in nobody's turn.
    pub stray_octets: u64,
}
