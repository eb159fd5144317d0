//! [`LinkEvent`]: what a link tells its owner.

use gurux_framing::hdlc::{Frmr, HdlcAddress, LinkParameters};
use gurux_framing::{Wire, WireError};

/// What happened on a link.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LinkEvent {
    /// The link is set up, with these parameters: what this side sends and receives.
    Connected(LinkParameters),
    /// The link is no more. What was under way is lost: a message that was not acknowledged may
    /// have arrived or not.
    Disconnected(Why),
    /// A message came whole: the LLC octets and the APDU. It waits in the link until it is released;
    /// no further one is taken before.
    Message {
        /// How many octets it has.
        octets: usize,
    },
    /// A message came that is longer than the buffer. It is dropped, and the link goes on.
    TooLong {
        /// How many octets it had.
        octets: usize,
    },
    /// The message that was sent has arrived, with its last segment.
    Acknowledged,
    /// The message was acknowledged, and the answer that was expected did not come in time. The link
    /// stands, and nothing more is awaited.
    Unanswered,
    /// A message in unnumbered frames went out; nobody acknowledges it.
    Sent,
    /// A message in unnumbered frames came. It waits until it is released.
    Unnumbered {
        /// Who sent it.
        source: HdlcAddress,
        /// To whom.
        destination: HdlcAddress,
        /// Was the poll or final bit of its last frame set (control 13), or not (03)?
        poll: bool,
        /// How many octets it has.
        octets: usize,
    },
    /// Octets that belong to no frame, since this was last told.
    Dropped {
        /// How many.
        octets: usize,
        /// Why no frame begins with the first of them, which is octet 0.
        why: WireError,
    },
}

/// Why a link is no more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Why {
    /// It was asked for: DISC went one way, UA or DM the other.
    Requested,
    /// No answer came, however often it was asked.
    NoAnswer,
    /// SNRM was answered by DM.
    Refused,
    /// The other side says that it is not connected (DM).
    NotConnected,
    /// The other side rejects a frame (FRMR), for these reasons where it gave any.
    Rejected(Option<Frmr>),
    /// The other side is not ready to receive (RNR), or does not go on with a message, for longer than
    /// it is waited for.
    Stuck,
    /// The other side set the link up anew (SNRM).
    Reset,
    /// Nothing came for as long as the inactivity time-out.
    Inactive,
    /// The medium closed.
    Closed,
}

impl Why {
    /// FRMR came with this information.
    pub(super) fn rejected(information: &[u8]) -> Self {
        // A longer field is read as far as it is known.
        let known = information.get(..3).unwrap_or_default();
        Self::Rejected(Frmr::from_bytes(known).ok())
    }
}

/// What a link counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct LinkCounters {
    /// Frames that went out.
    pub sent: u64,
    /// Of these, information frames that went out before.
    pub resent: u64,
    /// Frames for this side that came, whatever was done with them.
    pub received: u64,
    /// Frames that came before, or after nobody waited for them any more.
    pub late: u64,
    /// Frames that came out of turn: one before them is missing.
    pub gaps: u64,
    /// Frames of others.
    pub foreign: u64,
    /// Our own frames that came back.
    pub echoes: u64,
    /// Frames that were not taken because the one before was not released, or because nobody asks for
    /// events.
    pub refused: u64,
    /// Messages in unnumbered frames that were not taken: too long, cut off, or one still waits.
    pub unnumbered_lost: u64,
    /// Octets that belong to no frame.
    pub noise: u64,
}

/// Events that wait, in a ring.
#[derive(Clone, Debug)]
pub(super) struct Ring<E> {
    slots: [Option<E>; EVENTS as usize],
    first: u8,
    len: u8,
}

/// So many events can wait.
const EVENTS: u8 = 6;

/// A frame is listened to only while so many more have room: two that it brings about itself, and one
/// of a timer.
const EVENTS_OF_A_FRAME: u8 = 3;

impl<E: Copy> Ring<E> {
    pub(super) const fn new() -> Self {
        Self { slots: [None; EVENTS as usize], first: 0, len: 0 }
    }

    /// Is there room for all that a frame can bring about?
    pub(super) const fn has_room(&self) -> bool {
        self.len <= EVENTS - EVENTS_OF_A_FRAME
    }

    pub(super) fn push(&mut self, event: E) {
        let place = self.first.wrapping_add(self.len) % EVENTS;
        if self.len < EVENTS
            && let Some(slot) = self.slots.get_mut(usize::from(place))
        {
            *slot = Some(event);
            self.len = self.len.saturating_add(1);
        }
    }

    pub(super) fn pop(&mut self) -> Option<E> {
        let event = self.slots.get_mut(usize::from(self.first))?.take()?;
        self.first = self.first.wrapping_add(1) % EVENTS;
        self.len = self.len.saturating_sub(1);
        Some(event)
    }
}

/// Noise that waits to be told, as one run.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Noise(Option<(usize, WireError)>);

impl Noise {
    pub(super) fn add(&mut self, octets: usize, why: WireError) {
        let (count, _) = self.0.get_or_insert((0, why));
        *count = count.saturating_add(octets);
    }

    pub(super) fn take(&mut self) -> Option<LinkEvent> {
        let (octets, why) = self.0.take()?;
        Some(LinkEvent::Dropped { octets, why })
    }
}
