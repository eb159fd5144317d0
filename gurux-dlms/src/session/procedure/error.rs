//! Why a procedure was given up.

use core::time::Duration;

use super::{ControlState, ImageStatus};
use crate::session::{CallError, Failure};
use crate::wire::DataAccessResult;

/// Why a procedure was given up, and at what: one sentence.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{doing}: {reason}")]
pub struct ProcedureError {
    /// What was being done.
    pub doing: &'static str,
    /// Why it went no further.
    #[source]
    pub reason: Reason,
}

/// Why a procedure was given up.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// The client did not take an order.
    #[error(transparent)]
    Order(#[from] CallError),
    /// An order failed.
    #[error(transparent)]
    Failure(#[from] Failure),
    /// The meter refuses an attribute or a method. A method's result stands here by the same number.
    #[error("the meter refuses: {0}")]
    Refused(DataAccessResult),
    /// A value is not what its class says.
    #[error("the meter's value is not {0}")]
    Form(&'static str),
    /// The meter is not ready, and was waited for as long as was allowed.
    #[error("the meter is still not ready after {} s", .0.as_secs())]
    NotReady(Duration),
    /// A profile captures nothing.
    #[error("the profile has no columns")]
    NoColumns,
    /// Rows were wanted by their time.
    #[error("the profile has no column of a clock, by which rows could be selected")]
    NoClockColumn,
    /// A row does not fit the columns.
    #[error("a row has {found} values, and the profile {expected} columns")]
    RowWidth {
        /// How many values the row has.
        found: usize,
        /// How many columns there are.
        expected: usize,
    },
    /// A clock does not know the time.
    #[error("the clock does not say what time it is")]
    NoTime,
    /// A clock says local time alone.
    #[error("the clock does not say how far it is from UTC, and nothing was said of it")]
    NoZone,
    /// A clock is further off than may be set.
    #[error("the clock is off by {seconds} s, and is set by at most {most} s")]
    ClockTooFar {
        /// So far is it ahead; below 0 it is late.
        seconds: i64,
        /// So far it may be off.
        most: u64,
    },
    /// A clock took a time and does not have it.
    #[error("the clock was set and is still off by {seconds} s")]
    ClockNotSet {
        /// So far is it ahead; below 0 it is late.
        seconds: i64,
    },
    /// An image has more octets or blocks than can be counted.
    #[error("the image is longer than 4 GiB")]
    ImageTooLong,
    /// A block of an image was taken, and is not there.
    #[error("block {number} of the image was taken and is still missing")]
    BlockLost {
        /// The block, from 0.
        number: u32,
    },
    /// The meter would activate another image than the one that was sent.
    #[error("the image that the meter has verified is another one")]
    OtherImage,
    /// The meter says so of the image.
    #[error("the status of the image is: {0}")]
    Image(ImageStatus),
    /// A meter took what was written, and has something else.
    #[error("the meter took what was written, and has something else")]
    NotKept,
    /// A disconnector took the order and is in another state.
    #[error("the supply is {}, and the control state {control}", if *.is_on { "on" } else { "off" })]
    NotSwitched {
        /// The supply is on.
        is_on: bool,
        /// The control state.
        control: ControlState,
    },
}

impl From<DataAccessResult> for Reason {
    fn from(result: DataAccessResult) -> Self {
        Self::Refused(result)
    }
}
