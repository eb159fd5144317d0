//! [`Agenda`]: several schedules, and which of them are due now.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{MOST_MISSED, Missed, Rule, Schedule};

/// What is due by several schedules.
///
/// It is told the time of the machine's clock, which may be set at any moment, forward or back:
///
/// - what was passed over by a step forward is missed, and each schedule's own rule holds;
/// - after a step back, what goes by an interval goes on at once, and what goes by the calendar is not
///   done a second time.
#[derive(Debug)]
pub(crate) struct Agenda {
    jobs: Vec<Job>,
}

#[derive(Debug)]
struct Job {
    schedule: Schedule,
    /// What tells this job from others, for its jitter.
    seed: u64,
    /// The next tick, and when it is acted on.
    next: Option<(Timestamp, Timestamp)>,
}

/// A job that is due.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Due {
    /// The job, by its number in the order in which it was added.
    pub(crate) job: usize,
    /// The last tick that has passed.
    pub(crate) tick: Timestamp,
    /// How often it is to be done now; 0 where ticks were only missed.
    pub(crate) runs: u32,
    /// How many ticks are not made up for.
    pub(crate) missed: u32,
}

impl Agenda {
    /// Nothing to do.
    pub(crate) fn new() -> Self {
        Self { jobs: Vec::new() }
    }

    /// Adds a job, whose name tells its jitter from others'. `last` is the last tick that was acted on,
    /// where one is known; without, its first tick is the first after `now`.
    pub(crate) fn add(
        &mut self,
        schedule: Schedule,
        name: &str,
        last: Option<Timestamp>,
        now: Timestamp,
    ) {
        let mut hasher = DefaultHasher::new();
        name.hash(&mut hasher);
        let mut job = Job { schedule, seed: hasher.finish(), next: None };
        // What lies in the future was written by a clock that was wrong.
        job.plan(last.filter(|last| *last <= now).unwrap_or(now));
        self.jobs.push(job);
    }

    /// When the next job is due.
    pub(crate) fn next(&self) -> Option<Timestamp> {
        self.jobs.iter().filter_map(|job| job.next).map(|(_, due)| due).min()
    }

    /// What is due now, each job once.
    pub(crate) fn take(&mut self, now: Timestamp) -> Vec<Due> {
        let mut taken = Vec::new();
        for (number, job) in self.jobs.iter_mut().enumerate() {
            if let Some((tick, runs, missed)) = job.take(now) {
                taken.push(Due { job: number, tick, runs, missed });
            }
        }
        taken
    }
}

impl Job {
    /// Sets the next tick to the first after `moment`.
    fn plan(&mut self, moment: Timestamp) {
        self.next = self.schedule.rule.next_after(moment).map(|tick| (tick, self.due(tick)));
    }

    /// When a tick is acted on.
    fn due(&self, tick: Timestamp) -> Timestamp {
        let Ok(span) = u64::try_from(self.schedule.jitter.as_micros()) else { return tick };
        if span == 0 {
            return tick;
        }
        let mut hasher = DefaultHasher::new();
        (self.seed, tick.as_microsecond()).hash(&mut hasher);
        let late = Duration::from_micros(hasher.finish() % span);
        tick.checked_add(late).unwrap_or(tick)
    }

    fn take(&mut self, now: Timestamp) -> Option<(Timestamp, u32, u32)> {
        let (first, due) = self.next?;
        if due > now {
            // The clock was set back by more than an interval: it goes on from here.
            if let Rule::Interval { every, .. } = self.schedule.rule {
                let longest = SignedDuration::try_from(every.saturating_add(self.schedule.jitter));
                if longest.is_ok_and(|longest| now.duration_until(due) > longest) {
                    self.plan(now);
                }
            }
            return None;
        }
        let (mut last, mut last_due, mut passed) = (first, due, 1_u32);
        self.plan(last);
        while let Some((tick, due)) = self.next
            && due <= now
        {
            (last, last_due) = (tick, due);
            passed = passed.saturating_add(1);
            if passed > MOST_MISSED.saturating_mul(10) {
                // So long ago that counting on would only take time.
                self.plan(now);
                break;
            }
            self.plan(last);
        }
        let in_time = last_due.duration_until(now) <= self.schedule.rule.grace();
        let runs = match self.schedule.missed {
            Missed::Skip => u32::from(in_time),
            Missed::Once => 1,
            Missed::All => passed.min(MOST_MISSED),
        };
        Some((last, runs, passed.saturating_sub(runs)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Calendar, DaySet};
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn every(secs: u64, missed: Missed) -> Schedule {
        let rule = Rule::Interval { every: Duration::from_secs(secs), offset: Duration::ZERO };
        Schedule { rule, jitter: Duration::ZERO, missed }
    }

    fn nightly(missed: Missed) -> Schedule {
        let rule = Rule::Calendar(Calendar {
            times: vec!["02:00".parse().unwrap()],
            weekdays: DaySet::ALL,
            days: Vec::new(),
            months: Vec::new(),
            zone: jiff::tz::TimeZone::UTC,
        });
        Schedule { rule, jitter: Duration::ZERO, missed }
    }

    fn agenda(schedule: Schedule, last: Option<&str>, now: &str) -> Agenda {
        let mut agenda = Agenda::new();
        agenda.add(schedule, "meter", last.map(at), at(now));
        agenda
    }

    #[test]
    fn a_tick_is_due_once() {
        let mut agenda = agenda(every(60, Missed::Skip), None, "2026-11-23T12:00:30Z");
        assert_eq!(agenda.next(), Some(at("2026-11-23T12:01:00Z")));
        assert_eq!(agenda.take(at("2026-11-23T12:00:59Z")), []);
        let tick = at("2026-11-23T12:01:00Z");
        assert_eq!(
            agenda.take(at("2026-11-23T12:01:00.2Z")),
            [Due { job: 0, tick, runs: 1, missed: 0 }]
        );
        assert_eq!(agenda.take(at("2026-11-23T12:01:00.3Z")), []);
    }

    #[test]
    fn missed_ticks_are_skipped_done_once_or_all_as_the_rule_says() {
        let cases = [(Missed::Skip, 1, 4), (Missed::Once, 1, 4), (Missed::All, 5, 0)];
        for (rule, runs, missed) in cases {
            let mut agenda = agenda(every(60, rule), None, "2026-11-23T12:00:30Z");
            let due = agenda.take(at("2026-11-23T12:05:10Z"));
            assert_eq!(due, [Due { job: 0, tick: at("2026-11-23T12:05:00Z"), runs, missed }]);
        }
        // A nightly tick that was missed by hours is not in time any more.
        for (rule, runs) in [(Missed::Skip, 0), (Missed::Once, 1), (Missed::All, 2)] {
            let mut agenda =
                agenda(nightly(rule), Some("2026-11-21T02:00:00Z"), "2026-11-23T08:00:00Z");
            let due = agenda.take(at("2026-11-23T08:00:00Z"));
            let tick = at("2026-11-23T02:00:00Z");
            assert_eq!(due, [Due { job: 0, tick, runs, missed: 2 - runs }]);
        }
    }

    #[test]
    fn a_clock_that_is_set_back_stops_no_interval_and_repeats_no_night() {
        let mut agenda = Agenda::new();
        let now = at("2026-11-23T01:59:30Z");
        agenda.add(every(60, Missed::Skip), "a", None, now);
        agenda.add(nightly(Missed::Once), "b", None, now);
        assert_eq!(agenda.take(at("2026-11-23T02:00:00Z")).len(), 2);
        // An hour back.
        assert_eq!(agenda.take(at("2026-11-23T01:00:10Z")), []);
        assert_eq!(agenda.next(), Some(at("2026-11-23T01:01:00Z")));
        let again = agenda.take(at("2026-11-23T02:00:00Z"));
        assert_eq!(again.iter().map(|due| due.job).collect::<Vec<_>>(), [0]);
    }

    #[test]
    fn a_clock_that_is_set_forward_costs_one_hour_of_ticks_and_no_more() {
        let mut agenda = agenda(every(60, Missed::Skip), None, "2026-11-23T12:00:30Z");
        let due = agenda.take(at("2026-11-23T13:00:31Z"));
        assert_eq!((due[0].runs, due[0].missed), (1, 59));
        assert_eq!(agenda.next(), Some(at("2026-11-23T13:01:00Z")));
    }

    #[test]
    fn a_last_tick_in_the_future_is_not_waited_for() {
        let agenda =
            agenda(nightly(Missed::Once), Some("2027-01-01T00:00:00Z"), "2026-11-23T12:00:00Z");
        assert_eq!(agenda.next(), Some(at("2026-11-24T02:00:00Z")));
    }

    #[test]
    fn an_age_of_missed_ticks_is_passed_over_at_once() {
        let mut agenda =
            agenda(every(1, Missed::All), Some("1990-01-01T00:00:00Z"), "2026-11-23T12:00:00.5Z");
        let due = agenda.take(at("2026-11-23T12:00:00.5Z"));
        assert_eq!(due[0].runs, MOST_MISSED);
        assert_eq!(agenda.next(), Some(at("2026-11-23T12:00:01Z")));
    }

    #[test]
    fn jitter_spreads_the_meters_and_stays_within_its_span() {
        let mut schedule = every(60, Missed::Skip);
        schedule.jitter = Duration::from_secs(10);
        let now = at("2026-11-23T12:00:30Z");
        let mut moments: Vec<Timestamp> = (0..50)
            .map(|meter| {
                let mut agenda = Agenda::new();
                agenda.add(schedule.clone(), &format!("meter-{meter}"), None, now);
                agenda.next().unwrap()
            })
            .collect();
        moments.sort_unstable();
        moments.dedup();
        assert!(moments.len() > 45, "{}", moments.len());
        let (first, last) = (at("2026-11-23T12:01:00Z"), at("2026-11-23T12:01:10Z"));
        assert!(moments.iter().all(|moment| (first..last).contains(moment)));
    }
}
