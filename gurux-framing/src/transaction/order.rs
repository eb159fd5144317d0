//! What the machine is told and tells: orders, actions, answers.

use core::time::Duration;

use gurux_media::Instant;

/// What a reply is recognised by.
pub trait Key: Copy {
    /// Could a reply to `other` be taken for a reply to this request?
    ///
    /// With numbered requests: are the numbers the same? Without: would the octets look alike?
    fn is_mistakable_for(&self, other: &Self) -> bool;

    /// Do both go to one device, so that this request must not overtake `other`? Whoever writes
    /// and then reads means that order, also when the device is busy in between.
    fn is_same_device(&self, other: &Self) -> bool {
        let _ = other;
        false
    }
}

/// A transaction number that the reply repeats.
impl Key for u16 {
    fn is_mistakable_for(&self, other: &Self) -> bool {
        self == other
    }
}

/// A request, as far as the machine must know it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Order<K> {
    /// What its reply is recognised by.
    pub key: K,
    /// How often it is sent again when no reply comes.
    pub resends: u8,
    /// Does anybody answer? A broadcast is not answered; it is over after
    /// [`Policy::turnaround`](super::Policy::turnaround), and never sent again.
    pub answered: bool,
    /// It does not go out before this moment (a pause that this device needs).
    pub not_before: Instant,
    /// How long its octets are on the line; waits begin when the last one is out.
    pub on_line: Duration,
    /// How long this one waits, if not for [`Policy::response_timeout`](super::Policy::response_timeout).
    pub response_timeout: Option<Duration>,
}

impl<K> Order<K> {
    /// A request that is answered, sent as soon as the line allows, and not sent again.
    #[must_use]
    pub const fn new(key: K) -> Self {
        Self {
            key,
            resends: 0,
            answered: true,
            not_before: Instant::ZERO,
            on_line: Duration::ZERO,
            response_timeout: None,
        }
    }
}

/// All slots are taken, by orders or by replies that are still owed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("as many requests as the link can hold are waiting or still owed a reply")]
pub struct Full;

/// What is to be done, or has come to its end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action<K> {
    /// Send the request now.
    Send {
        /// Which.
        key: K,
        /// 1 for the first time.
        attempt: u16,
    },
    /// No reply came, as often as the request was sent. The order is over.
    TimedOut {
        /// Which.
        key: K,
        /// How often it was sent.
        attempts: u16,
    },
    /// The turnaround delay of a request that nobody answers has passed. The order is over.
    Done {
        /// Which.
        key: K,
    },
    /// The medium closed while the request was in flight. The order is over; whether the device
    /// carried it out is unknown.
    Lost {
        /// Which.
        key: K,
    },
}

/// Whose reply came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answer<K> {
    /// That of an order, which is over now.
    Reply {
        /// Which.
        key: K,
        /// How often it was sent.
        attempts: u16,
        /// From its last sending to now.
        latency: Duration,
    },
    /// A late one: nobody waits for it any more.
    Stale {
        /// To which request.
        key: K,
    },
    /// Nobody's that is known here.
    Foreign,
}

/// What the link is doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// Nothing to do.
    Idle,
    /// At least one request is in flight.
    Waiting,
    /// A request is there but may not go out yet: a gap, a pause, a reply that is still owed, or
    /// a medium that is closed.
    Gap,
}
