//! What a client tells, and why something was not done.

use gurux_framing::WireError;

use crate::session::link::SendError;
use crate::session::{Agreed, GuardError, Identification, Lost, Refusal};
use crate::wire::{
    ActionResult, ApduTag, ConfirmedServiceError, DataAccessResult, ExceptionResponse,
};

/// Which order an event belongs to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CallId(pub(super) u16);

/// What a [`Client`](super::Client) tells. Every order ends with exactly one `Done` or `Failed`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ClientEvent {
    /// The meter answered the sign-on.
    SignedOn(Identification),
    /// There is an association.
    Associated(Agreed),
    /// One item of an order has its answer, which [`Client::value`](super::Client::value) reads until the
    /// client is used next.
    Value {
        /// The order.
        call: CallId,
        /// Which of its items, from 0.
        index: usize,
    },
    /// A row of an array has come, which [`Client::value`](super::Client::value) reads until the client is
    /// used next.
    Row {
        /// The order.
        call: CallId,
        /// Which row, from 0.
        number: usize,
    },
    /// All of the order is done: each item has its answer, which may be that it was refused.
    Done {
        /// The order.
        call: CallId,
    },
    /// The order was given up. Items that were told stand.
    Failed {
        /// The order.
        call: CallId,
        /// Why.
        failure: Failure,
    },
    /// The meter tells something of itself: [`Client::notification`](super::Client::notification) reads it
    /// until the client is used next.
    Notification {
        /// Which message it is.
        tag: ApduTag,
    },
    /// The association and what carried it are no more.
    Disconnected(Lost),
    /// The meter expects a higher counter, which is used from now on.
    CounterRaised {
        /// The next.
        to: u32,
    },
    /// Octets that belong to nothing, or a message that nobody waited for.
    Dropped {
        /// How many octets.
        octets: usize,
    },
}

/// Why an order was not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// The one before is not done with: a meter serves one at a time.
    #[error("the order before is not done with")]
    Busy,
    /// It is longer than the store of requests.
    #[error("the request is longer than {max} octets")]
    TooLong {
        /// The most octets.
        max: usize,
    },
    /// It asks for nothing, or for more than 255 items, or has another number of values than of items.
    #[error("an order has 1 to 255 items, and a value for each where values go with it")]
    Items,
}

/// Why an order was given up.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// No answer came in time. What was to be written or done may have been so.
    #[error("the meter did not answer in time")]
    TimedOut,
    /// The link, the sign-on or the medium is gone. What was under way may have been done.
    #[error("the connection is lost: {0:?}")]
    Lost(Lost),
    /// It could not be handed to the link.
    #[error(transparent)]
    Send(#[from] SendError),
    /// The meter refuses the association.
    #[error("{0}")]
    Refused(Refusal),
    /// The meter does not accept the answer to its challenge: the secret or the key is wrong.
    #[error("the meter does not accept the proof of the client's secret: {0}")]
    WrongSecret(ActionResult),
    /// The same with short names.
    #[error("the meter does not accept the proof of the client's secret: {0}")]
    WrongSecretByName(DataAccessResult),
    /// The meter's answer to the client's challenge is wrong or missing: it is not the meter, or has
    /// another secret.
    #[error("the meter does not prove that it has the secret")]
    NotAuthentic,
    /// Challenges were asked for, and the meter asks for none: it, or someone between, goes without.
    #[error("the meter accepts without a challenge where one was asked for")]
    NoChallenge,
    /// The mechanism, or the protection, needs something that was not given.
    #[error("the {0} is missing")]
    Missing(&'static str),
    /// A primitive failed.
    #[error(transparent)]
    Cipher(#[from] crate::security::CipherError),
    /// A message could not be protected, or one that came was not accepted.
    #[error(transparent)]
    Guard(#[from] GuardError),
    /// The meter refuses the request.
    #[error("the meter refuses the request: {}, {}", .0.state_error, .0.service_error)]
    Exception(ExceptionResponse),
    /// The meter refuses the request or the initiate.
    #[error("the meter refuses {}: {}", .0.service, .0.name().unwrap_or("for a reason of its own"))]
    ServiceError(ConfirmedServiceError),
    /// The association does not have the service.
    #[error("the association does not have {0}")]
    NotGranted(&'static str),
    /// The message does not fit what was agreed, and cannot be sent in blocks; or the answer does not fit
    /// the store.
    #[error("a message of {octets} octets does not fit")]
    TooLong {
        /// How many octets it has.
        octets: usize,
    },
    /// The answer is not what the standard says.
    #[error("the answer cannot be read: {0}")]
    Malformed(WireError),
    /// Another message came than can answer.
    #[error("the message {0} is no answer to what was asked")]
    Unexpected(ApduTag),
    /// A block came out of turn.
    #[error("block {found} came where {expected} was due")]
    Block {
        /// The one that was due.
        expected: u32,
        /// The one that came.
        found: u32,
    },
    /// The meter gave up sending its blocks.
    #[error("the meter gave up its answer in blocks: {0}")]
    Aborted(DataAccessResult),
    /// The counter could not be read first.
    #[error("the invocation counter could not be read: {0}")]
    NoCounter(DataAccessResult),
    /// The object list of the meter does not have the object.
    #[error("the meter's list of objects does not have that object")]
    NoShortName,
}

impl From<WireError> for Failure {
    fn from(error: WireError) -> Self {
        Self::Malformed(error)
    }
}

/// Events that wait.
#[derive(Clone, Debug, Default)]
pub(super) struct Queue([Option<ClientEvent>; QUEUE]);

const QUEUE: usize = 4;

impl Queue {
    /// Is there room for all that one message can bring about?
    pub(super) fn has_room(&self) -> bool {
        self.0.iter().filter(|slot| slot.is_some()).count() < 2
    }

    pub(super) fn push(&mut self, event: ClientEvent) {
        if let Some(slot) = self.0.iter_mut().find(|slot| slot.is_none()) {
            *slot = Some(event);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(Option::is_none)
    }

    pub(super) fn pop(&mut self) -> Option<ClientEvent> {
        let event = self.0.first_mut()?.take();
        self.0.rotate_left(1);
        event
    }
}
