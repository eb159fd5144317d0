//! [`Job`]: a request, and how far it has come.

use alloc::vec::Vec;

use gurux_media::LineSettings;

use super::RequestId;
use crate::session::{ReceivedFrame, Target};

/// A request, and how far it has come.
#[derive(Clone, Debug)]
pub(super) struct Job {
    pub(super) id: RequestId,
    pub(super) target: Target,
    pub(super) work: Work,
    pub(super) step: Step,
    /// How often SND_NKE was not answered, however often it was sent each time.
    pub(super) unanswered_resets: u8,
}

/// What is asked of the meter.
#[derive(Clone, Debug)]
pub(super) enum Work {
    /// SND_NKE.
    Initialise,
    /// REQ_UD2, until no more records follow.
    Read(Telegrams),
    /// REQ_UD1.
    Alarm,
    /// SND_UD.
    Send(Vec<u8>),
    /// SND_UD with a CI field that sets the speed; the line as it will be.
    SetSpeed(u8, LineSettings),
}

/// What is under way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Step {
    /// SND_NKE to 253, and so many to follow, before a selection that was tried so often.
    Resetting { tried: u8, left: u8 },
    /// The selection, after so many that failed.
    Selecting { tried: u8 },
    /// SND_NKE to the meter.
    Initialising,
    /// The request itself.
    Working,
    /// Is the meter there at the new speed?
    Confirming { old: LineSettings },
}

/// The telegrams of a reading.
#[derive(Clone, Debug, Default)]
pub(super) struct Telegrams {
    /// How many came.
    pub(super) number: u16,
    /// How often one came that had come before, or of another meter, instead of the next one.
    pub(super) repeats: u8,
    last: Option<ReceivedFrame>,
    /// One that came after something that looked like a collision, to be confirmed.
    doubtful: Option<ReceivedFrame>,
    /// Is the last one the one before, but for its access number?
    is_like_before: bool,
}

impl Telegrams {
    /// Is this the telegram that came last? It is, if its octets are the same, with its access
    /// number; and also if they are the same without it, twice in a row.
    pub(super) fn is_repeat(&self, frame: &ReceivedFrame) -> bool {
        self.last.as_ref().is_some_and(|last| {
            last.user_data() == frame.user_data() || (self.is_like_before && last.is_like(frame))
        })
    }

    /// Did the one before, which is in doubt, come from the same meter?
    pub(super) fn is_confirmed_by(&self, frame: &ReceivedFrame) -> bool {
        self.doubtful.as_ref().is_some_and(|doubtful| {
            doubtful.identification() == frame.identification()
                && doubtful.user_data().len() == frame.user_data().len()
        })
    }

    /// Among answers that lie over each other, one may seem to be whole.
    pub(super) fn doubt(&mut self, frame: ReceivedFrame) {
        self.repeats = self.repeats.saturating_add(1);
        self.doubtful = Some(frame);
    }

    /// One more came.
    pub(super) fn take(&mut self, frame: &ReceivedFrame) {
        self.is_like_before = self.last.as_ref().is_some_and(|last| last.is_like(frame));
        self.repeats = 0;
        self.doubtful = None;
        self.number = self.number.saturating_add(1);
        self.last = Some(frame.clone());
    }
}
