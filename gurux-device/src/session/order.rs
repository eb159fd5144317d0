//! What a [`DeviceSession`](super::DeviceSession) is told to do, and what it tells.

use std::collections::{HashMap, HashSet, VecDeque};

use gurux_media::Instant;
use gurux_value::Value;

use super::identify::Identification;
use crate::driver::{Failure, Outcome, Refusal, Request};
use crate::reading::Reading;

/// The number of an order, by which its events are known.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct OrderId(pub(super) u64);

/// Why a property has no reading, or was not written.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum ReadFailure {
    /// The meter refused.
    #[error("the meter refused: {0}")]
    Refused(Refusal),
    /// There was no answer.
    #[error(transparent)]
    Failed(Failure),
    /// The answer was none to this request, or the request could not be made.
    #[error("{0}")]
    Reply(String),
}

/// What a [`DeviceSession`](super::DeviceSession) tells.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub enum DeviceEvent {
    /// A property was read.
    Reading {
        /// The order.
        order: OrderId,
        /// What was read.
        reading: Reading,
    },
    /// A property could not be read.
    Failed {
        /// The order.
        order: OrderId,
        /// A reading without a value, that proves the attempt.
        reading: Reading,
        /// Why there is none.
        why: ReadFailure,
    },
    /// The meter took a value.
    Written {
        /// The order.
        order: OrderId,
        /// The property.
        property: String,
        /// What was to be written.
        value: Value<'static>,
        /// What the meter said when it was asked again.
        read_back: Option<Reading>,
        /// Is it what was written? `None` where it was not read back.
        verified: Option<bool>,
    },
    /// The meter did not take a value, or did not say that it did: after
    /// [`ReadFailure::Failed`] it may have taken it all the same.
    NotWritten {
        /// The order.
        order: OrderId,
        /// The property.
        property: String,
        /// Why.
        why: ReadFailure,
    },
    /// The meter was looked at.
    Identified {
        /// The order.
        order: OrderId,
        /// Which of the profile's `Detect` fits it, from 0; `None` if none does.
        detection: Option<usize>,
        /// What was looked at and what it said, in order; `None` where there was nothing.
        facts: Vec<(String, Option<String>)>,
        /// Values of parameters that the meter told: addresses of its models.
        parameters: Vec<(String, String)>,
        /// Why something could not be looked at, if so.
        why: Option<ReadFailure>,
    },
    /// Something worth knowing that ends nothing: noise, a late reply, a resend.
    Notice(String),
    /// An order is over; nothing more is told of it.
    Done {
        /// The order.
        order: OrderId,
        /// Properties that were read or written.
        good: usize,
        /// Those that were not.
        failed: usize,
    },
}

/// What is to be done.
#[derive(Clone, Debug)]
pub(super) enum Order {
    Read(Vec<usize>),
    Write { item: usize, value: Value<'static> },
    Identify,
    Release,
}

/// The order being carried out.
pub(super) struct Running {
    pub(super) id: OrderId,
    pub(super) task: Task,
    /// Requests of the present step that wait, and those under way.
    pub(super) pending: VecDeque<Request>,
    pub(super) flying: HashMap<u64, Request>,
    /// Did the meter answer anything?
    pub(super) answered: bool,
    /// Requests of the present step that stayed without an answer.
    pub(super) silent: Vec<Request>,
    pub(super) good: usize,
    pub(super) failed: usize,
    /// The last failure.
    pub(super) why: Option<ReadFailure>,
    pub(super) now: Instant,
}

impl Running {
    pub(super) fn new(id: OrderId, task: Task) -> Self {
        Self {
            id,
            task,
            pending: VecDeque::new(),
            flying: HashMap::new(),
            answered: false,
            silent: Vec::new(),
            good: 0,
            failed: 0,
            why: None,
            now: Instant::ZERO,
        }
    }
}

/// The step that an order is in.
pub(super) enum Task {
    /// Reading what is wanted.
    Read { wanted: HashSet<usize> },
    /// Reading what scales the value to be written.
    Scale { item: usize, value: Value<'static> },
    /// Writing.
    Write { item: usize, value: Value<'static>, request: Request, outcome: Option<Outcome> },
    /// Reading what was written.
    ReadBack {
        item: usize,
        value: Value<'static>,
        request: Request,
        raw: Option<Value<'static>>,
        reading: Option<Box<Reading>>,
    },
    /// Looking for the marks of the profile.
    Identify(Box<Identification>),
    /// Ending the conversation.
    Release,
}
