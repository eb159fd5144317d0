//! [`SearchEvent`]: what a search tells.

use crate::session::{ReceivedFrame, Target};
use crate::wire::{AField, MeterAddress, Selection};

/// A meter that was found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct FoundMeter {
    /// How to call it: nobody else on the line answers to this.
    pub target: Target,
    /// The link address that its answer named. observed: a selected meter may name 253, 0 or
    /// F0 instead of its own.
    pub link_address: Option<AField>,
    /// Its address, where its answer has a header that says so.
    pub address: Option<MeterAddress>,
}

/// What a search tells.
///
/// While 32 events wait to be polled, the search stands still; nothing is dropped but progress
/// and notices.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SearchEvent {
    /// A meter, for the first time.
    Found {
        /// Who it is.
        meter: FoundMeter,
        /// What it answered, unless it only acknowledged.
        frame: Option<ReceivedFrame>,
    },
    /// Several meters have one primary address. Their secondary addresses tell them apart.
    Shared {
        /// The address.
        address: AField,
    },
    /// Several meters answer to this selection, and nothing more can be said to one alone.
    Indistinguishable {
        /// All that they have in common.
        selection: Selection,
    },
    /// Somebody acknowledged and then did not answer, or not with the address that was asked.
    Silent {
        /// When it was called like this.
        target: Target,
        /// The other link address, where an answer came that names one. A meter, alone on its line,
        /// that does so is read with [`any_address`](crate::session::ReaderConfig::any_address).
        link_address: Option<AField>,
    },
    /// Octets came in answer to this, but no more than noise makes, and nobody is there. Or
    /// more, once, and then none.
    Noise {
        /// To what.
        target: Target,
    },
    /// One more address was tried.
    Progress(Progress),
    /// The search is over, or stands still.
    Ended(Ended),
}

/// How far a search has come.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Progress {
    /// Addresses and masks tried.
    pub probes: u32,
    /// Meters found.
    pub found: usize,
    /// How much of the addresses is done, of the present kind of search, in thousandths. The part
    /// of a mask is not how long it takes.
    pub permille: u16,
}

/// Why a search does not go on.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Ended {
    /// Everything was tried, and no answer came as late as at the last attempt.
    ///
    /// Even so a meter can be missing that cannot be called alone: one whose identification number
    /// has a digit F, which in a selection stands for any digit, beside two or more others with
    /// the same digits before it. Such meters are read by primary address.
    Complete,
    /// Everything was tried as often as the [configuration](super::SearchConfig::passes) allows, and
    /// each time answers came only at the last attempt: the line loses some, and a meter may be missing.
    Uncertain,
    /// The time budget is used up. [`Search::resume`](super::Search::resume) goes on where it is.
    OutOfTime,
}
