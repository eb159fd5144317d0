//! What became of the properties that were asked for, and so of the run.

use gurux_device::{Failure as LinkFailure, ReadFailure};

use crate::exit::{Exit, Failure};

/// Counts what was done and what was not.
#[derive(Default)]
pub(crate) struct Tally {
    good: usize,
    refused: usize,
    /// Answers that could not be understood.
    odd: usize,
    silent: usize,
    /// The first failure.
    why: Option<ReadFailure>,
    /// What the medium said of its end.
    ending: Option<Failure>,
}

impl Tally {
    /// One property: read, or why not.
    pub(crate) fn count(&mut self, why: Option<&ReadFailure>) {
        let counter = match why {
            None => &mut self.good,
            Some(ReadFailure::Refused(_)) => &mut self.refused,
            Some(ReadFailure::Failed(LinkFailure::Silent | LinkFailure::Closed)) => {
                &mut self.silent
            }
            Some(_) => &mut self.odd,
        };
        *counter += 1;
        if self.why.is_none() {
            self.why = why.cloned();
        }
    }

    /// The medium came to an end, and said why.
    pub(crate) fn end_of_medium(&mut self, failure: Failure) {
        self.ending.get_or_insert(failure);
    }

    /// How many were done.
    pub(crate) fn good(&self) -> usize {
        self.good
    }

    /// Did the meter say anything at all?
    pub(crate) fn is_answered(&self) -> bool {
        self.good + self.refused + self.odd > 0
    }

    /// How the run ends: `place` was to be `done` (`"read"`).
    pub(crate) fn end(self, place: &str, done: &str) -> Result<Exit, Failure> {
        let failed = self.refused + self.odd + self.silent;
        let exit = match (self.good, self.refused) {
            (_, _) if failed == 0 && self.ending.is_none() => return Ok(Exit::Ok),
            (0, _) if !self.is_answered() => Exit::Unreachable,
            (0, 1..) => Exit::Refused,
            _ => Exit::Partial,
        };
        if let Some(ending) = self.ending {
            let exit = if exit == Exit::Unreachable { ending.exit } else { exit };
            return Err(Failure::new(exit, ending.sentence));
        }
        match (exit, self.why) {
            (Exit::Unreachable | Exit::Refused, Some(why)) => {
                Err(Failure::new(exit, format!("{place}: {why}")))
            }
            _ => Err(Failure::new(
                exit,
                format!(
                    "{place}: {failed} of {} properties could not be {done}",
                    self.good + failed
                ),
            )),
        }
    }
}
