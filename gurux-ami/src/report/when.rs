//! Times of a report: what `--from` and `--to` mean, and the hours, days and months between.

use jiff::civil;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _, ZonedDateTime};

/// What makes up one line of a report.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub(crate) enum Bucket {
    /// An hour of the site's clocks.
    Hour,
    /// A day, from midnight to midnight; it has 23, 24 or 25 hours.
    Day,
    /// A month.
    Month,
}

impl Bucket {
    /// The beginning of the one that holds a time.
    pub(crate) fn begin(self, time: &ZonedDateTime) -> Option<ZonedDateTime> {
        match self {
            Self::Hour => {
                let into = i64::from(time.minute()) * 60 + i64::from(time.second());
                let into = SignedDuration::new(into, time.subsec_nanosecond());
                time.checked_sub(into).ok()
            }
            Self::Day => time.start_of_day().ok(),
            Self::Month => time.first_of_month().ok()?.start_of_day().ok(),
        }
    }

    /// The beginning of the next one.
    pub(crate) fn next(self, begin: &ZonedDateTime) -> Option<ZonedDateTime> {
        match self {
            Self::Hour => begin.checked_add(SignedDuration::from_hours(1)).ok(),
            Self::Day => begin.tomorrow().ok()?.start_of_day().ok(),
            Self::Month => begin.checked_add(1.month()).ok()?.start_of_day().ok(),
        }
    }

    /// How many of them a report shows where nobody says.
    const fn usual(self) -> i32 {
        match self {
            Self::Hour => 24,
            Self::Day => 31,
            Self::Month => 12,
        }
    }

    /// The beginning of the first of the usual number of them, of which the last holds `end`.
    pub(crate) fn usual_from(self, end: &ZonedDateTime) -> Option<ZonedDateTime> {
        let less = self.usual() - 1;
        let first = match self {
            Self::Hour => end.checked_sub(SignedDuration::from_hours(less.into())),
            Self::Day => end.checked_sub(less.days()),
            Self::Month => end.first_of_month().and_then(|first| first.checked_sub(less.months())),
        };
        self.begin(&first.ok()?)
    }

    /// What a beginning is called.
    pub(crate) fn name_of(self, begin: &ZonedDateTime) -> String {
        let form = match self {
            Self::Hour => "%F %R %Z",
            Self::Day => "%F",
            Self::Month => "%Y-%m",
        };
        begin.strftime(form).to_string()
    }
}

/// What a text says of a time, before it is known in which zone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum When {
    Moment(Timestamp),
    Local(civil::DateTime),
}

impl When {
    pub(crate) fn in_zone(self, zone: &TimeZone) -> Result<Timestamp, String> {
        match self {
            Self::Moment(time) => Ok(time),
            // Of a time that comes twice, the first; of one that is left out, the one behind the gap.
            Self::Local(local) => zone
                .to_timestamp(local)
                .map_err(|error| format!("{local} is no time here: {error}")),
        }
    }
}

/// `2026-11-23`, `2026-11-23T12:00`, or a moment with its offset.
pub(crate) fn when(text: &str) -> Result<When, String> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(When::Moment(moment));
    }
    let date =
        || text.parse::<civil::Date>().ok().map(|date| date.to_datetime(civil::Time::midnight()));
    // A date and time is a date as well to the parser: what is longer is read first.
    let local = if text.len() > 10 { text.parse::<civil::DateTime>().ok() } else { date() };
    local.map(When::Local).ok_or_else(|| {
        "write a date or a date and time: 2026-11-23, 2026-11-23T12:00, 2026-11-23T12:00+02:00"
            .to_owned()
    })
}

/// The name of a time zone.
pub(crate) fn zone(text: &str) -> Result<TimeZone, String> {
    TimeZone::get(text)
        .map_err(|_| "write the name of a time zone, like Europe/Helsinki or UTC".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buckets(bucket: Bucket, from: &str, to: &str) -> Vec<(String, i64)> {
        let zone = TimeZone::get("Europe/Helsinki").unwrap();
        let end = when(to).unwrap().in_zone(&zone).unwrap();
        let mut begin = when(from).unwrap().in_zone(&zone).unwrap().to_zoned_datetime(zone);
        let mut all = Vec::new();
        while begin.timestamp() < end {
            let next = bucket.next(&begin).unwrap();
            all.push((bucket.name_of(&begin), begin.duration_until(&next).as_secs() / 3600));
            begin = next;
        }
        all
    }

    #[test]
    fn days_have_23_and_25_hours() {
        let spring = buckets(Bucket::Day, "2026-03-28", "2026-03-31");
        assert_eq!(spring.iter().map(|day| day.1).collect::<Vec<_>>(), [24, 23, 24]);
        let autumn = buckets(Bucket::Day, "2026-10-24", "2026-10-27");
        assert_eq!(autumn.iter().map(|day| day.1).collect::<Vec<_>>(), [24, 25, 24]);
        assert_eq!(buckets(Bucket::Hour, "2026-03-29", "2026-03-30").len(), 23);
    }

    #[test]
    fn the_hour_that_comes_twice_has_two_names() {
        let hours = buckets(Bucket::Hour, "2026-10-25", "2026-10-26");
        assert_eq!(hours.len(), 25);
        let names: Vec<_> = hours.iter().map(|hour| hour.0.as_str()).collect();
        assert_eq!(names[3..5], ["2026-10-25 03:00 EEST", "2026-10-25 03:00 EET"]);
    }

    #[test]
    fn months_are_as_long_as_they_are() {
        let months = buckets(Bucket::Month, "2026-02-01", "2026-05-01");
        // March loses an hour.
        let expected = [("2026-02", 28 * 24), ("2026-03", 31 * 24 - 1), ("2026-04", 30 * 24)];
        assert_eq!(months, expected.map(|(name, hours)| (name.to_owned(), hours)));
    }

    #[test]
    fn an_hour_begins_where_the_local_clock_says() {
        let zone = TimeZone::get("Asia/Kolkata").unwrap();
        let time: Timestamp = "2026-11-23T12:10:00.5Z".parse().unwrap();
        let begin = Bucket::Hour.begin(&time.to_zoned_datetime(zone)).unwrap();
        assert_eq!(begin.timestamp(), "2026-11-23T11:30:00Z".parse().unwrap());
    }

    #[test]
    fn times_are_dates_local_times_and_moments() {
        let zone = TimeZone::get("Europe/Helsinki").unwrap();
        let cases = [
            ("2026-11-23", "2026-11-22T22:00:00Z"),
            ("2026-11-23T12:00", "2026-11-23T10:00:00Z"),
            ("2026-11-23 12:00:30", "2026-11-23T10:00:30Z"),
            ("2026-11-23T12:00Z", "2026-11-23T12:00:00Z"),
            ("2026-11-23T12:00+05:30", "2026-11-23T06:30:00Z"),
        ];
        for (text, moment) in cases {
            let time = when(text).unwrap().in_zone(&zone).unwrap();
            assert_eq!(time, moment.parse().unwrap(), "{text}");
        }
        for wrong in ["", "yesterday", "2026-13-01", "2026-11-23T25:00", "23.11.2026"] {
            assert!(when(wrong).is_err(), "{wrong}");
        }
    }
}
