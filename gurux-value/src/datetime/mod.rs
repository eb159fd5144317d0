//! Dates and times as meters state them: any part may be unknown.

mod status;
mod text;

use core::fmt;

pub use status::ClockStatus;

/// A month, or one of the two that DLMS leaves to the rules of daylight saving.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Month {
    /// 1 to 12.
    Number(u8),
    /// The month in which daylight saving begins.
    DstBegin,
    /// The month in which daylight saving ends.
    DstEnd,
}

/// A day of a month, counted from its begin or from its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Day {
    /// 1 to 31.
    Number(u8),
    /// The last day of the month.
    Last,
    /// The day before the last.
    SecondLast,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Weekday {
    /// 1 in DLMS and M-Bus.
    Monday = 1,
    /// 2.
    Tuesday,
    /// 3.
    Wednesday,
    /// 4.
    Thursday,
    /// 5.
    Friday,
    /// 6.
    Saturday,
    /// 7.
    Sunday,
}

impl Weekday {
    const ALL: [(Self, &'static str); 7] = [
        (Self::Monday, "Mon"),
        (Self::Tuesday, "Tue"),
        (Self::Wednesday, "Wed"),
        (Self::Thursday, "Thu"),
        (Self::Friday, "Fri"),
        (Self::Saturday, "Sat"),
        (Self::Sunday, "Sun"),
    ];

    /// The day of this number, 1 being Monday.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.iter().map(|(day, _)| *day).find(|day| day.number() == number)
    }

    /// 1 for Monday to 7 for Sunday.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The day of this short name, `Mon` to `Sun`.
    #[must_use]
    pub fn lookup(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(day, _)| *day)
    }

    /// `Mon` to `Sun`.
    #[must_use]
    pub fn short_name(self) -> &'static str {
        Self::ALL.iter().find(|(day, _)| *day == self).map_or("", |(_, name)| name)
    }
}

/// A date and time of which any part may be unknown.
///
/// A meter sends a date without a time, a time without seconds, the deviation from UTC or not, or
/// "the last day of every month". This holds just what was stated, for the twelve octets of DLMS
/// (date-time, IEC 62056-6-2) as for the types F, G, I and J of M-Bus (EN 13757-3):
///
/// | here | DLMS | M-Bus |
/// |------|------|-------|
/// | year, month, day unknown | 0xFFFF, 0xFF, 0xFF | every year, month, day |
/// | [`Month::DstBegin`], [`Month::DstEnd`] | 0xFE, 0xFD | |
/// | [`Day::Last`], [`Day::SecondLast`] | 0xFE, 0xFD | |
/// | weekday | 1 to 7, Monday first | 1 to 7, Monday first (type I) |
/// | microsecond | hundredths times 10 000 | |
/// | UTC offset, minutes east | minus the deviation (which counts from local time *to* UTC) | |
/// | [`ClockStatus`] | clock status | bits "invalid" and "summer time" |
///
/// What is constructed is possible: there is no 30 February, and no 29 February in a known year
/// that is not a leap year. Hour 24 is midnight at the end of the day, second 60 a leap second.
///
/// It prints as RFC 3339 as far as it is known, and reads the same. `*` stands for a part that is
/// unknown although a later one is known. The weekday is printed where the date is not whole.
/// `{:#}` adds what RFC 3339 has no place for: the weekday always, and the clock status.
///
/// | text | known |
/// |------|-------|
/// | `2024-02-11` | date |
/// | `2024-02-11T16:00` | date and time to the minute |
/// | `2024-02-11T16:00:00.25+01:00` | all, one hour ahead of UTC |
/// | `2024-02-11T15:00:00Z` | all, UTC |
/// | `T16:00` | time |
/// | `*-*-last` | the last day of every month |
/// | `Sun *-dst-begin-*T02:00` | Sundays of the month in which daylight saving begins, 2 o'clock |
/// | `Sun 2024-02-11T16:00[doubtful,dst]` | the form `{:#}` |
///
/// ```
/// use gurux_value::DateTime;
///
/// let read = DateTime::UNKNOWN.with_date(2024, 2, 11).and_then(|d| d.with_time(16, 0, 0));
/// let read = read.and_then(|d| d.with_utc_offset(60)).expect("a possible date");
/// assert_eq!(read.to_string(), "2024-02-11T16:00:00+01:00");
/// assert_eq!(read.unix_micros(), Some(1_707_663_600_000_000));
/// assert_eq!("2024-02-11T16:00:00+01:00".parse(), Ok(read));
/// assert_eq!(DateTime::UNKNOWN.with_date(2023, 2, 29), None);
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct DateTime {
    year: Option<u16>,
    month: Option<Month>,
    day: Option<Day>,
    weekday: Option<Weekday>,
    hour: Option<u8>,
    minute: Option<u8>,
    second: Option<u8>,
    microsecond: Option<u32>,
    utc_offset: Option<i16>,
    status: ClockStatus,
}

const MICROS_PER_SECOND: i64 = 1_000_000;
const SECONDS_PER_DAY: i64 = 86_400;
/// A deviation is at most a day, so that the text has two digits of hours. (DLMS: -720 to 840.)
const MAX_OFFSET: u16 = 1_439;

impl DateTime {
    /// Nothing is known.
    pub const UNKNOWN: Self = Self {
        year: None,
        month: None,
        day: None,
        weekday: None,
        hour: None,
        minute: None,
        second: None,
        microsecond: None,
        utc_offset: None,
        status: ClockStatus::OK,
    };

    /// With this year, month and day; `None` where no such day exists.
    #[must_use]
    pub fn with_date(self, year: u16, month: u8, day: u8) -> Option<Self> {
        let month = Some(Month::Number(month));
        Self { year: Some(year), month, day: Some(Day::Number(day)), ..self }.checked()
    }

    /// With this time of day; `None` where no such time exists.
    #[must_use]
    pub fn with_time(self, hour: u8, minute: u8, second: u8) -> Option<Self> {
        Self { hour: Some(hour), minute: Some(minute), second: Some(second), ..self }.checked()
    }

    /// With this year, 0 to 9999, or none.
    #[must_use]
    pub fn with_year(self, year: Option<u16>) -> Option<Self> {
        Self { year, ..self }.checked()
    }

    /// With this month, or none.
    #[must_use]
    pub fn with_month(self, month: Option<Month>) -> Option<Self> {
        Self { month, ..self }.checked()
    }

    /// With this day of the month, or none.
    #[must_use]
    pub fn with_day(self, day: Option<Day>) -> Option<Self> {
        Self { day, ..self }.checked()
    }

    /// With this day of the week, or none. It is kept as stated, also where the date has another.
    #[must_use]
    pub const fn with_weekday(self, weekday: Option<Weekday>) -> Self {
        Self { weekday, ..self }
    }

    /// With this hour, 0 to 24, or none.
    #[must_use]
    pub fn with_hour(self, hour: Option<u8>) -> Option<Self> {
        Self { hour, ..self }.checked()
    }

    /// With this minute, 0 to 59, or none.
    #[must_use]
    pub fn with_minute(self, minute: Option<u8>) -> Option<Self> {
        Self { minute, ..self }.checked()
    }

    /// With this second, 0 to 60, or none.
    #[must_use]
    pub fn with_second(self, second: Option<u8>) -> Option<Self> {
        Self { second, ..self }.checked()
    }

    /// With this fraction of the second in microseconds, or none.
    #[must_use]
    pub fn with_microsecond(self, microsecond: Option<u32>) -> Option<Self> {
        Self { microsecond, ..self }.checked()
    }

    /// With this offset of the local time from UTC, in minutes: 60 is one hour east, as in
    /// `+01:00`. (The deviation of DLMS has the other sign.)
    #[must_use]
    pub fn with_utc_offset(self, minutes: i16) -> Option<Self> {
        Self { utc_offset: Some(minutes), ..self }.checked()
    }

    /// Local time of which the offset from UTC is unknown.
    #[must_use]
    pub const fn without_utc_offset(self) -> Self {
        Self { utc_offset: None, ..self }
    }

    /// With this status of the clock.
    #[must_use]
    pub const fn with_status(self, status: ClockStatus) -> Self {
        Self { status, ..self }
    }

    fn checked(self) -> Option<Self> {
        let month_fits = !matches!(self.month, Some(Month::Number(m)) if !(1..=12).contains(&m));
        let longest = match self.month {
            Some(Month::Number(month)) => days_in_month(self.year, month),
            _ => 31,
        };
        let day_fits = !matches!(self.day, Some(Day::Number(d)) if !(1..=longest).contains(&d));
        let midnight = self.minute.is_none_or(|m| m == 0) && self.second.is_none_or(|s| s == 0);
        let hour_fits = self.hour.is_none_or(|h| h < 24 || (h == 24 && midnight));
        let fits = self.year.is_none_or(|y| y <= 9_999)
            && month_fits
            && day_fits
            && hour_fits
            && self.minute.is_none_or(|m| m < 60)
            && self.second.is_none_or(|s| s <= 60)
            && self.microsecond.is_none_or(|us| us < 1_000_000)
            && self.utc_offset.is_none_or(|minutes| minutes.unsigned_abs() <= MAX_OFFSET);
        fits.then_some(self)
    }

    /// The year, 0 to 9999.
    #[must_use]
    pub const fn year(self) -> Option<u16> {
        self.year
    }

    /// The month.
    #[must_use]
    pub const fn month(self) -> Option<Month> {
        self.month
    }

    /// The day of the month.
    #[must_use]
    pub const fn day(self) -> Option<Day> {
        self.day
    }

    /// The day of the week as stated.
    #[must_use]
    pub const fn weekday(self) -> Option<Weekday> {
        self.weekday
    }

    /// The hour, 0 to 24.
    #[must_use]
    pub const fn hour(self) -> Option<u8> {
        self.hour
    }

    /// The minute.
    #[must_use]
    pub const fn minute(self) -> Option<u8> {
        self.minute
    }

    /// The second, 0 to 60.
    #[must_use]
    pub const fn second(self) -> Option<u8> {
        self.second
    }

    /// The fraction of the second, in microseconds.
    #[must_use]
    pub const fn microsecond(self) -> Option<u32> {
        self.microsecond
    }

    /// The offset of the local time from UTC in minutes, positive to the east.
    #[must_use]
    pub const fn utc_offset(self) -> Option<i16> {
        self.utc_offset
    }

    /// The status of the clock.
    #[must_use]
    pub const fn status(self) -> ClockStatus {
        self.status
    }

    /// Year, month and day, where all three are known numbers (the last day of a known month is).
    #[must_use]
    pub fn date(self) -> Option<(u16, u8, u8)> {
        let (year, Some(Month::Number(month))) = (self.year?, self.month) else { return None };
        let last = days_in_month(Some(year), month);
        let day = match self.day? {
            Day::Number(day) => day,
            Day::Last => last,
            Day::SecondLast => last.saturating_sub(1),
        };
        Some((year, month, day))
    }

    /// The day of the week that the date has, whatever was stated.
    #[must_use]
    pub fn weekday_of_date(self) -> Option<Weekday> {
        let (year, month, day) = self.date()?;
        // 1 January 1970 was a Thursday.
        let since_monday = days_from_civil(year, month, day).wrapping_add(3).rem_euclid(7);
        Weekday::from_number(u8::try_from(since_monday).ok()?.wrapping_add(1))
    }

    /// Microseconds since 1970-01-01T00:00:00Z, where date, hour, minute and offset from UTC are
    /// known. Unknown seconds count as nought: the time was stated to the minute.
    #[must_use]
    pub fn unix_micros(self) -> Option<i64> {
        self.unix_micros_at(self.utc_offset?)
    }

    /// The same for a local time that somebody else knows the offset of (minutes, east positive).
    #[must_use]
    pub fn unix_micros_at(self, utc_offset: i16) -> Option<i64> {
        let (year, month, day) = self.date()?;
        let minutes = i64::from(self.hour?).wrapping_mul(60).wrapping_add(self.minute?.into());
        let seconds = minutes
            .wrapping_sub(utc_offset.into())
            .wrapping_mul(60)
            .wrapping_add(self.second.unwrap_or(0).into())
            .wrapping_add(days_from_civil(year, month, day).wrapping_mul(SECONDS_PER_DAY));
        let micros = seconds.wrapping_mul(MICROS_PER_SECOND);
        Some(micros.wrapping_add(self.microsecond.unwrap_or(0).into()))
    }

    /// The time in UTC of so many microseconds since 1970-01-01T00:00:00Z; `None` outside of the
    /// years 0 to 9999.
    #[must_use]
    pub fn from_unix_micros(micros: i64) -> Option<Self> {
        let seconds = micros.div_euclid(MICROS_PER_SECOND);
        let (year, month, day) = civil_from_days(seconds.div_euclid(SECONDS_PER_DAY))?;
        let second_of_day = u32::try_from(seconds.rem_euclid(SECONDS_PER_DAY)).ok()?;
        let part = |of: u32| u8::try_from(of).ok();
        let fraction = u32::try_from(micros.rem_euclid(MICROS_PER_SECOND)).ok()?;
        let (hour, minute, second) =
            (second_of_day / 3_600, second_of_day / 60 % 60, second_of_day % 60);
        Self::UNKNOWN
            .with_date(year, month, day)?
            .with_time(part(hour)?, part(minute)?, part(second)?)?
            .with_microsecond(Some(fraction))?
            .with_utc_offset(0)
    }
}

impl fmt::Debug for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DateTime({self:#})")
    }
}

/// In a year that is unknown, February has 29 days.
fn days_in_month(year: Option<u16>, month: u8) -> u8 {
    match month {
        2 if year.is_none_or(is_leap) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn is_leap(year: u16) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

/// Days since 1970-01-01 in the Gregorian calendar.
///
/// Years are counted from March, so that the leap day is the last of its year, and in cycles of
/// 400 years of 146 097 days.
fn days_from_civil(year: u16, month: u8, day: u8) -> i64 {
    let (year, month, day) = (i64::from(year), i64::from(month), i64::from(day));
    let year = if month <= 2 { year.wrapping_sub(1) } else { year };
    let since_march = month.wrapping_add(9) % 12;
    let cycle = year.div_euclid(400);
    let year_of_cycle = year.rem_euclid(400);
    let day_of_year = (since_march.wrapping_mul(153).wrapping_add(2) / 5).wrapping_add(day);
    let leap_days = (year_of_cycle / 4).wrapping_sub(year_of_cycle / 100);
    let day_of_cycle = year_of_cycle.wrapping_mul(365).wrapping_add(leap_days);
    // 719 468 days lie between 1 March of year 0 and 1970; the day of the year counts from 1.
    let since_year_0 = cycle.wrapping_mul(146_097).wrapping_add(day_of_cycle);
    since_year_0.wrapping_add(day_of_year).wrapping_sub(719_469)
}

/// Year, month and day of a day since 1970-01-01; `None` outside of the years 0 to 9999.
fn civil_from_days(days: i64) -> Option<(u16, u8, u8)> {
    let days = days.checked_add(719_468)?;
    let cycle = days.div_euclid(146_097);
    let day_of_cycle = days.rem_euclid(146_097);
    let year_of_cycle = day_of_cycle
        .wrapping_sub(day_of_cycle / 1_460)
        .wrapping_add(day_of_cycle / 36_524)
        .wrapping_sub(day_of_cycle / 146_096)
        / 365;
    let leap_days = (year_of_cycle / 4).wrapping_sub(year_of_cycle / 100);
    let begin_of_year = year_of_cycle.wrapping_mul(365).wrapping_add(leap_days);
    let day_of_year = day_of_cycle.wrapping_sub(begin_of_year);
    let since_march = day_of_year.wrapping_mul(5).wrapping_add(2) / 153;
    let begin_of_month = since_march.wrapping_mul(153).wrapping_add(2) / 5;
    let day = day_of_year.wrapping_sub(begin_of_month).wrapping_add(1);
    let month = (since_march.wrapping_add(2) % 12).wrapping_add(1);
    let january = i64::from(month <= 2);
    let year = cycle.checked_mul(400)?.checked_add(year_of_cycle)?.checked_add(january)?;
    let year = u16::try_from(year).ok().filter(|year| *year <= 9_999)?;
    Some((year, u8::try_from(month).ok()?, u8::try_from(day).ok()?))
}

#[cfg(test)]
pub(crate) mod tests;
