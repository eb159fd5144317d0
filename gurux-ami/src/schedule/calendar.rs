//! [`Calendar`]: times of day on chosen days, in a time zone.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// A day that is looked for is found within eight years, or never: 29 February, where one is left out.
const LONGEST_SEARCH: usize = 8 * 366;

/// Times of day on chosen days, in a time zone.
///
/// A time that the clocks leave out in spring comes as much later as they were set forward; one that they
/// repeat in autumn comes once, the first time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Calendar {
    /// The times, at least one.
    pub(crate) times: Vec<Time>,
    /// Days of the week.
    pub(crate) weekdays: DaySet,
    /// Days of the month; none for all.
    pub(crate) days: Vec<MonthDay>,
    /// Months, 1 to 12; none for all.
    pub(crate) months: Vec<i8>,
    /// Whose clocks.
    pub(crate) zone: TimeZone,
}

impl Calendar {
    /// The first tick after `moment`.
    pub(super) fn next_after(&self, moment: Timestamp) -> Option<Timestamp> {
        let today = self.zone.to_datetime(moment).date();
        // A day that the clocks leave out whole has its ticks on the day after: so two days are looked
        // at, and from the day before on.
        let first = today.yesterday().unwrap_or(today);
        let days = first.series(1.day()).take(LONGEST_SEARCH).filter(|date| self.has(*date));
        let mut found: Option<Timestamp> = None;
        for date in days {
            let was_found = found.is_some();
            for time in &self.times {
                let Ok(tick) = self.zone.to_timestamp(date.to_datetime(*time)) else { continue };
                if tick > moment {
                    found = Some(found.map_or(tick, |found| found.min(tick)));
                }
            }
            if was_found {
                break;
            }
        }
        found
    }

    fn has(&self, date: Date) -> bool {
        self.weekdays.has(date.weekday())
            && (self.days.is_empty() || self.days.iter().any(|day| day.is(date)))
            && (self.months.is_empty() || self.months.contains(&date.month()))
    }
}

/// Days of the week.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct DaySet(u8);

/// Their names, from Monday.
const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

impl DaySet {
    /// All seven.
    pub(crate) const ALL: Self = Self(0x7F);
    /// How they are written.
    pub(crate) const EXPECTED: &str = "days of the week like mon-fri or sat,sun";

    fn has(self, day: Weekday) -> bool {
        self.0 & (1 << day.to_monday_zero_offset()) != 0
    }
}

/// `mon-fri`, `sat,sun`, `fri-mon`.
impl FromStr for DaySet {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let place = |name: &str| {
            let name = name.trim().to_ascii_lowercase();
            WEEKDAYS.iter().position(|day| *day == name).ok_or(Self::EXPECTED)
        };
        let mut days = 0;
        for part in text.split(',') {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let (mut day, last) = (place(first)?, place(last)?);
            days |= 1 << day;
            while day != last {
                day = (day + 1) % 7;
                days |= 1 << day;
            }
        }
        Ok(Self(days))
    }
}

impl fmt::Display for DaySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> =
            (0..).zip(WEEKDAYS).filter(|(day, _)| self.0 & (1 << day) != 0).map(|d| d.1).collect();
        f.write_str(&names.join(","))
    }
}

/// A day of the month: from its beginning, or from its end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum MonthDay {
    /// 1 to 31. A month that is shorter does not have it.
    Day(i8),
    /// The last one.
    Last,
}

impl MonthDay {
    fn is(self, date: Date) -> bool {
        match self {
            Self::Day(day) => date.day() == day,
            Self::Last => date == date.last_of_month(),
        }
    }
}

impl FromStr for MonthDay {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.trim() {
            "last" => Ok(Self::Last),
            number => match number.parse() {
                Ok(day) if (1..=31).contains(&day) => Ok(Self::Day(day)),
                _ => Err("days of the month from 1 to 31, or last, with commas between"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn calendar(zone: &str, times: &[&str]) -> Calendar {
        Calendar {
            times: times.iter().map(|time| time.parse().unwrap()).collect(),
            weekdays: DaySet::ALL,
            days: Vec::new(),
            months: Vec::new(),
            zone: TimeZone::get(zone).unwrap(),
        }
    }

    fn ticks(calendar: &Calendar, from: &str, count: usize) -> Vec<String> {
        let first = calendar.next_after(at(from));
        let ticks = std::iter::successors(first, |tick| calendar.next_after(*tick));
        ticks.take(count).map(|tick| tick.to_string()).collect()
    }

    #[test]
    fn a_time_that_spring_leaves_out_comes_an_hour_later_and_once() {
        let nightly = calendar("Europe/Helsinki", &["03:30"]);
        assert_eq!(
            ticks(&nightly, "2026-03-27T12:00:00Z", 3),
            // +2, then 03:30 does not exist: 04:30 at +3; then +3.
            ["2026-03-28T01:30:00Z", "2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"]
        );
    }

    #[test]
    fn a_time_that_autumn_repeats_comes_once() {
        let nightly = calendar("Europe/Helsinki", &["03:30"]);
        assert_eq!(
            ticks(&nightly, "2026-10-24T12:00:00Z", 2),
            // The first 03:30 is at +3; the next day's at +2.
            ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]
        );
    }

    #[test]
    fn times_of_a_day_come_in_order_even_where_spring_moves_one_behind_the_other() {
        let two = calendar("Europe/Helsinki", &["03:30", "04:00"]);
        // 03:30 becomes 04:30, behind 04:00.
        assert_eq!(
            ticks(&two, "2026-03-28T22:00:00Z", 3),
            ["2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"]
        );
    }

    #[test]
    fn a_day_that_is_left_out_whole_does_not_stop_the_ticks() {
        // Samoa had no 30 December 2011.
        let mut daily = calendar("Pacific/Apia", &["12:00"]);
        assert_eq!(
            ticks(&daily, "2011-12-29T00:00:00Z", 3),
            ["2011-12-29T22:00:00Z", "2011-12-30T22:00:00Z", "2011-12-31T22:00:00Z"]
        );
        daily.times = vec!["01:00".parse().unwrap(), "23:00".parse().unwrap()];
        let ticks = ticks(&daily, "2011-12-29T00:00:00Z", 4);
        assert!(ticks.is_sorted(), "{ticks:?}");
    }

    #[test]
    fn days_of_the_month_and_of_the_week_and_months_are_held() {
        let mut monthly = calendar("UTC", &["00:05"]);
        monthly.days = vec![MonthDay::Last];
        assert_eq!(
            ticks(&monthly, "2028-01-15T00:00:00Z", 3),
            ["2028-01-31T00:05:00Z", "2028-02-29T00:05:00Z", "2028-03-31T00:05:00Z"]
        );
        let mut working = calendar("UTC", &["06:00"]);
        working.weekdays = "mon-fri".parse().unwrap();
        // 2026-11-27 is a Friday.
        assert_eq!(
            ticks(&working, "2026-11-27T05:00:00Z", 2),
            ["2026-11-27T06:00:00Z", "2026-11-30T06:00:00Z"]
        );
        let mut leap = calendar("UTC", &["00:00"]);
        leap.days = vec![MonthDay::Day(29)];
        leap.months = vec![2];
        // 2100 is no leap year.
        assert_eq!(ticks(&leap, "2096-03-01T00:00:00Z", 1), ["2104-02-29T00:00:00Z"]);
        leap.days = vec![MonthDay::Day(30)];
        assert_eq!(leap.next_after(at("2026-01-01T00:00:00Z")), None);
    }

    #[test]
    fn days_are_written_as_people_write_them() {
        assert_eq!("fri-mon".parse::<DaySet>().unwrap().to_string(), "mon,fri,sat,sun");
        assert_eq!("Sat, sun".parse::<DaySet>().unwrap().to_string(), "sat,sun");
        assert!("monday".parse::<DaySet>().is_err());
        assert!("".parse::<DaySet>().is_err());
        assert!("0".parse::<MonthDay>().is_err());
        assert!("32".parse::<MonthDay>().is_err());
    }
}
