//! [`Schedule`]: when something is due. A function of the time that it is told: a year of ticks passes in
//! milliseconds of a test.

mod agenda;
mod calendar;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

pub(crate) use agenda::Agenda;
pub(crate) use calendar::{Calendar, DaySet};

/// A tick that is acted on this much later than it was due is as good as on time.
const GRACE: Duration = Duration::from_secs(60);

/// When something is due.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Rule {
    /// Again and again after this span, counted from 1970-01-01T00:00 UTC plus `offset`: so all that has
    /// the same interval is due at the same moments, whenever the program was started.
    Interval {
        /// The span, at least a millisecond.
        every: Duration,
        /// Behind the moments at which the interval begins.
        offset: Duration,
    },
    /// At times of days, in a time zone.
    Calendar(Calendar),
}

impl Rule {
    /// The first tick after `moment`; `None` where the time line ends.
    pub(crate) fn next_after(&self, moment: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Interval { every, offset } => {
                let every = i128::try_from(every.as_nanos()).ok().filter(|every| *every > 0)?;
                let offset = i128::try_from(offset.as_nanos()).ok()?;
                let passed = (moment.as_nanosecond().checked_sub(offset)?).div_euclid(every);
                let next = passed.checked_add(1)?.checked_mul(every)?.checked_add(offset)?;
                Timestamp::from_nanosecond(next).ok()
            }
            Self::Calendar(calendar) => calendar.next_after(moment),
        }
    }

    /// How late a tick may be acted on and still be on time.
    fn grace(&self) -> SignedDuration {
        let grace = match self {
            Self::Interval { every, .. } => GRACE.min(*every),
            Self::Calendar(_) => GRACE,
        };
        SignedDuration::try_from(grace).unwrap_or(SignedDuration::MAX)
    }
}

/// What is done about ticks that passed while nobody could act on them: the program did not run, the line
/// was busy, the machine's clock was set forward.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Missed {
    /// Nothing but counting them; the next tick is the next.
    #[default]
    Skip,
    /// Once, however many passed.
    Once,
    /// Once for each, up to [`MOST_MISSED`].
    All,
}

/// So many missed ticks are made up for; what was missed before is counted only.
pub(crate) const MOST_MISSED: u32 = 1_000;

/// When something is due, spread, and what is done about missed ticks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Schedule {
    pub(crate) rule: Rule,
    /// Each tick comes later by a part of this span that differs from meter to meter and from tick to
    /// tick, so that not all of them call at once.
    pub(crate) jitter: Duration,
    pub(crate) missed: Missed,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn intervals_count_from_the_same_start_for_all() {
        let rule =
            Rule::Interval { every: Duration::from_secs(900), offset: Duration::from_secs(60) };
        let first = rule.next_after(at("2026-11-23T12:07:31.5Z")).unwrap();
        assert_eq!(first, at("2026-11-23T12:16:00Z"));
        assert_eq!(rule.next_after(first).unwrap(), at("2026-11-23T12:31:00Z"));
        // The tick of the very moment has passed.
        assert_eq!(rule.next_after(at("2026-11-23T12:01:00Z")).unwrap(), first);
    }

    #[test]
    fn an_offset_longer_than_the_interval_and_a_time_before_1970_do_no_harm() {
        let rule =
            Rule::Interval { every: Duration::from_secs(10), offset: Duration::from_secs(25) };
        assert_eq!(
            rule.next_after(at("1969-12-31T23:59:58Z")).unwrap(),
            at("1970-01-01T00:00:05Z")
        );
    }

    #[test]
    fn at_the_end_of_time_there_is_no_next_tick() {
        let rule = Rule::Interval { every: Duration::from_secs(1), offset: Duration::ZERO };
        assert_eq!(rule.next_after(Timestamp::MAX), None);
    }
}
