//! [`ReaderEvent`]: what a reader tells.

use core::fmt;

use gurux_framing::WireError;

use crate::session::ReceivedFrame;
use crate::wire::MeterAddress;

/// Which request: unique for the first four thousand million of a reader.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RequestId(pub(in crate::session) u32);

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "request {}", self.0)
    }
}

/// What a reader tells.
///
/// Each request ends with exactly one `Done` or `Failed`; the telegrams of a reading, and `NotReset`,
/// come before.
/// The last two are notices, of which a few are kept and the rest is dropped when nobody polls.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ReaderEvent {
    /// A telegram of a meter, in answer to a request.
    Telegram {
        /// Which request.
        id: RequestId,
        /// Its place in the answer, from 0.
        number: u16,
        /// The telegram.
        frame: ReceivedFrame,
    },
    /// The request is over, and was answered.
    Done {
        /// Which request.
        id: RequestId,
        /// How.
        how: Done,
    },
    /// The request is over, and was not answered, or refused. Telegrams that came stand.
    Failed {
        /// Which request.
        id: RequestId,
        /// Why.
        reason: Failure,
    },
    /// The meter does not answer SND_NKE, asked for it twice, and answers this request all the
    /// same. Either it never does (then [`Initialise::Never`](super::Initialise::Never) saves
    /// time), or too much is lost. If it was in the middle of several telegrams, the first one that
    /// comes now may be none of its first.
    NotReset {
        /// Which request.
        id: RequestId,
    },
    /// A good frame that answers nothing which was asked: another meter's, a late one, one that a
    /// meter sent unasked. It was skipped.
    Skipped {
        /// The frame.
        frame: ReceivedFrame,
    },
    /// Octets that belong to no frame. They were skipped.
    Noise {
        /// How many, in a row.
        octets: usize,
        /// Why no frame begins with the first of them, which is octet 0.
        why: WireError,
    },
}

/// How a request was answered.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Done {
    /// The last telegram came: no more records follow.
    Complete {
        /// How many came.
        telegrams: u16,
    },
    /// The meter says that more records follow, and sends the same telegram again. It ignores the
    /// frame count bit; what came is all that can be had.
    ///
    /// The same is: every octet as before; or every octet but the access number, twice in a row. One
    /// telegram like the one before is therefore taken for a telegram of its own, as two equal
    /// records of a load profile are, and the third in a row for a repetition.
    Repeated {
        /// How many different ones came.
        telegrams: u16,
    },
    /// More records follow, but as many telegrams came as the configuration allows.
    Limit {
        /// How many came.
        telegrams: u16,
    },
    /// The meter acknowledged (E5). To a request for data that means: there are none.
    Acknowledged,
    /// It went to all meters, which do not answer.
    Sent,
}

/// Why a request was not answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// Nothing came.
    #[error("no answer, asked {attempts} times")]
    TimedOut {
        /// How often the request was sent.
        attempts: u16,
    },
    /// Octets came most times that begin like an answer, more than noise makes, and are none: several
    /// meters answer at once.
    #[error("several answer at once, asked {attempts} times")]
    Collision {
        /// How often the request was sent.
        attempts: u16,
    },
    /// An answer began as it should most times, and stopped before its end: a gateway that hands on
    /// too little, a line or a time-out between two octets that is too short.
    #[error("the answer stops before its end, asked {attempts} times; the last: {why}")]
    CutOff {
        /// How often the request was sent.
        attempts: u16,
        /// Where the last stopped.
        why: WireError,
    },
    /// What came could not be read, and does not begin like an answer: noise, another speed,
    /// another protocol.
    #[error("no answer that can be read, asked {attempts} times; the last: {why}")]
    Garbled {
        /// How often the request was sent.
        attempts: u16,
        /// What was wrong with the last.
        why: WireError,
    },
    /// No meter let itself be selected.
    #[error("no meter has this secondary address, asked {attempts} times")]
    NotSelected {
        /// How often it was tried.
        attempts: u16,
    },
    /// A meter answered whose address is not the one that was selected.
    #[error("{meter} answers, which was not selected")]
    AnotherMeter {
        /// Who answered.
        meter: MeterAddress,
    },
    /// The meter refused (A2).
    #[error("the meter refused")]
    Refused,
    /// The meter acknowledged the new speed and does not answer at it. The line is back at the
    /// old one.
    #[error("no answer at the new speed")]
    SpeedLost,
    /// The medium closed.
    #[error("the connection closed before the answer came")]
    Closed,
}
