//! [`Store`]: where readings stay.
//!
//! A reading belongs to a series (a property of a device, in one unit) and to a time, and stands there
//! once. The same value for the same time changes nothing, so that what is uncertain to have been stored may be
//! stored again; another value takes the place of the first, which stays as a revision. Each round is kept
//! beside, also one that brought nothing: an attempt without a value is a proof as well.

mod sqlite;
mod time;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use gurux_value::{Quality, Value};
use jiff::Timestamp;

use crate::poll::{Outcome, Vault};

pub(crate) use sqlite::Sqlite;

/// The number of a series in its store.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct SeriesId(i64);

/// One property of a device, in one unit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Series {
    pub(crate) id: SeriesId,
    pub(crate) device: Arc<str>,
    pub(crate) property: String,
    /// The symbol of the unit; empty for texts, states and bare numbers.
    pub(crate) unit: String,
    /// The word for what is measured.
    pub(crate) quantity: String,
    pub(crate) obis: Option<String>,
}

/// A stored reading.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Row {
    /// The time that the value belongs to.
    pub(crate) time: Timestamp,
    /// `None` where the meter gave none that can be used.
    pub(crate) value: Option<Value<'static>>,
    pub(crate) quality: Quality,
    pub(crate) received_at: Timestamp,
}

/// A stored round.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Attempt {
    pub(crate) device: Arc<str>,
    pub(crate) poll: Arc<str>,
    /// The tick for which it was done.
    pub(crate) tick: Timestamp,
    pub(crate) began: Timestamp,
    pub(crate) ended: Timestamp,
    pub(crate) outcome: Outcome,
    pub(crate) good: u32,
    pub(crate) failed: u32,
    /// Why the first of what was not read was not.
    pub(crate) why: Option<String>,
}

/// The last that was done for a poll.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct LastTick {
    pub(crate) device: Arc<str>,
    pub(crate) poll: Arc<str>,
    pub(crate) tick: Timestamp,
}

/// What became of some rounds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Stored {
    /// Values that are new in the store.
    pub(crate) new: u64,
    /// Values that differ from what was stored for the same time.
    pub(crate) revised: u64,
}

/// Times from the first on, up to the second and without it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Span {
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
}

/// Readings and attempts, kept for good. Any database that holds one row for a key can be one.
pub(crate) trait Store: Vault<Fault = StoreError> {
    /// The last tick of each poll for which a round was kept.
    fn last_ticks(&mut self) -> Result<Vec<LastTick>, StoreError>;

    /// All series, by device and property.
    fn series(&mut self) -> Result<Vec<Series>, StoreError>;

    /// The readings of a series in a span, by time.
    fn readings(
        &mut self,
        series: SeriesId,
        span: Span,
        each: &mut dyn FnMut(Row),
    ) -> Result<(), StoreError>;

    /// The last reading of a series before a time that has a value.
    fn before(&mut self, series: SeriesId, time: Timestamp) -> Result<Option<Row>, StoreError>;

    /// The first reading of a series at or after a time that has a value.
    fn after(&mut self, series: SeriesId, time: Timestamp) -> Result<Option<Row>, StoreError>;

    /// The rounds whose ticks are in a span, by device, poll and time.
    fn attempts(&mut self, span: Span, each: &mut dyn FnMut(Attempt)) -> Result<(), StoreError>;
}

/// Why a store does not do what it should.
#[derive(Debug)]
pub(crate) struct StoreError {
    file: PathBuf,
    what: String,
    is_final: bool,
}

impl StoreError {
    /// Is it of no use to try again?
    pub(crate) const fn is_final(&self) -> bool {
        self.is_final
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file.display(), self.what)
    }
}
