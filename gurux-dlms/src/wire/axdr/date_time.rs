//! Dates and times, as octets that keep what a meter wrote and as a [`DateTime`] of what it means.

use core::fmt;

use gurux_value::{ClockStatus, DateTime, Day, Month, Weekday};

/// "Not specified", in every field of one octet.
const ANY: u8 = 0xFF;
const ANY_YEAR: u16 = 0xFFFF;
const ANY_DEVIATION: i16 = i16::MIN;
const HUNDREDTH: u32 = 10_000;
const DST_END: u8 = 0xFD;
const DST_BEGIN: u8 = 0xFE;
const SECOND_LAST_DAY: u8 = 0xFD;
const LAST_DAY: u8 = 0xFE;

macro_rules! octets {
    ($Name:ident, $len:literal) => {
        impl $Name {
            /// These octets, whatever they say.
            #[must_use]
            #[inline]
            pub const fn from_octets(octets: [u8; $len]) -> Self {
                Self(octets)
            }

            /// The octets on the wire.
            #[must_use]
            #[inline]
            pub const fn octets(self) -> [u8; $len] {
                self.0
            }

            /// The octets on the wire, borrowed.
            #[must_use]
            pub const fn as_octets(&self) -> &[u8] {
                &self.0
            }
        }

        impl fmt::Display for $Name {
            /// What it means, in the form of [`DateTime`].
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.to_date_time(), f)
            }
        }

        impl fmt::Debug for $Name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($Name), "({})"), self)
            }
        }
    };
}

/// A date and time (IEC 62056-6-2, date and time formats).
///
/// | octets | field | not specified |
/// |---|---|---|
/// | 2 | year | FFFF |
/// | 1 | month: 1 to 12, FD end and FE begin of daylight saving | FF |
/// | 1 | day of month: 1 to 31, FD the last but one, FE the last | FF |
/// | 1 | day of week: 1 Monday to 7 | FF |
/// | 1 | hour | FF |
/// | 1 | minute | FF |
/// | 1 | second | FF |
/// | 1 | hundredths of a second | FF |
/// | 2 | deviation: minutes from local time to UTC | 8000 |
/// | 1 | clock status | FF |
///
/// The octets stay as they are; [`to_date_time`](Self::to_date_time) says what they mean.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CosemDateTime([u8; 12]);

/// A date: the first five octets of [`CosemDateTime`].
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CosemDate([u8; 5]);

/// A time of day: hour, minute, second, hundredths, as in [`CosemDateTime`].
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CosemTime([u8; 4]);

octets!(CosemDateTime, 12);
octets!(CosemDate, 5);
octets!(CosemTime, 4);

impl CosemDateTime {
    /// The date and time in these octets, if they are twelve: meters put a date-time into an
    /// octet-string.
    #[must_use]
    pub fn from_slice(octets: &[u8]) -> Option<Self> {
        octets.try_into().ok().map(Self)
    }

    /// The date.
    #[must_use]
    pub const fn date(self) -> CosemDate {
        let [a, b, c, d, e, ..] = self.0;
        CosemDate([a, b, c, d, e])
    }

    /// The time of day.
    #[must_use]
    pub const fn time(self) -> CosemTime {
        let [_, _, _, _, _, a, b, c, d, ..] = self.0;
        CosemTime([a, b, c, d])
    }

    /// Minutes from local time to UTC: -60 in a time zone one hour east.
    ///
    /// What a meter should not write is given as it is; some write the other sign.
    #[must_use]
    pub const fn deviation(self) -> Option<i16> {
        let [_, _, _, _, _, _, _, _, _, high, low, _] = self.0;
        match i16::from_be_bytes([high, low]) {
            ANY_DEVIATION => None,
            minutes => Some(minutes),
        }
    }

    /// What the meter says of its clock; nothing is said where it is not specified.
    #[must_use]
    pub const fn status(self) -> ClockStatus {
        let [.., status] = self.0;
        ClockStatus::from_bits(status)
    }

    /// What it means. A part that is not specified, and one that cannot be (month 13), is unknown.
    #[must_use]
    pub fn to_date_time(self) -> DateTime {
        let (date, time) = (self.date().to_date_time(), self.time());
        let read = time.onto(date).with_status(self.status());
        let east = self.deviation().and_then(i16::checked_neg);
        east.and_then(|minutes| read.with_utc_offset(minutes)).unwrap_or(read)
    }

    /// The octets that mean this; a status of "nothing is said" is written as 00.
    #[must_use]
    pub fn from_date_time(value: DateTime) -> Self {
        let [a, b, c, d, e] = CosemDate::from_date_time(value).0;
        let [f, g, h, i] = CosemTime::from_date_time(value).0;
        let deviation = value.utc_offset().and_then(i16::checked_neg).unwrap_or(ANY_DEVIATION);
        let [j, k] = deviation.to_be_bytes();
        Self([a, b, c, d, e, f, g, h, i, j, k, value.status().bits()])
    }
}

impl CosemDate {
    /// What it means; see [`CosemDateTime::to_date_time`].
    #[must_use]
    pub fn to_date_time(self) -> DateTime {
        let [high, low, month, day, weekday] = self.0;
        let year = Some(u16::from_be_bytes([high, low])).filter(|year| *year != ANY_YEAR);
        let month = match month {
            DST_BEGIN => Some(Month::DstBegin),
            DST_END => Some(Month::DstEnd),
            ANY => None,
            number => Some(Month::Number(number)),
        };
        let day = match day {
            LAST_DAY => Some(Day::Last),
            SECOND_LAST_DAY => Some(Day::SecondLast),
            ANY => None,
            number => Some(Day::Number(number)),
        };
        let known = DateTime::UNKNOWN.with_weekday(Weekday::from_number(weekday));
        let known = known.with_year(year).unwrap_or(known);
        let known = known.with_month(month).unwrap_or(known);
        known.with_day(day).unwrap_or(known)
    }

    /// The octets that mean the date of this.
    #[must_use]
    pub fn from_date_time(value: DateTime) -> Self {
        let [high, low] = value.year().unwrap_or(ANY_YEAR).to_be_bytes();
        let month = match value.month() {
            Some(Month::Number(number)) => number,
            Some(Month::DstBegin) => DST_BEGIN,
            Some(Month::DstEnd) => DST_END,
            None => ANY,
        };
        let day = match value.day() {
            Some(Day::Number(number)) => number,
            Some(Day::Last) => LAST_DAY,
            Some(Day::SecondLast) => SECOND_LAST_DAY,
            None => ANY,
        };
        Self([high, low, month, day, value.weekday().map_or(ANY, Weekday::number)])
    }
}

impl CosemTime {
    /// What it means; see [`CosemDateTime::to_date_time`].
    #[must_use]
    pub fn to_date_time(self) -> DateTime {
        self.onto(DateTime::UNKNOWN)
    }

    fn onto(self, known: DateTime) -> DateTime {
        let given = |octet: u8| Some(octet).filter(|octet| *octet != ANY);
        let [hour, minute, second, hundredths] = self.0.map(given);
        let fraction = hundredths.map(|hundredths| u32::from(hundredths).wrapping_mul(HUNDREDTH));
        let known = known.with_minute(minute).unwrap_or(known);
        let known = known.with_second(second).unwrap_or(known);
        let known = known.with_hour(hour).unwrap_or(known);
        known.with_microsecond(fraction).unwrap_or(known)
    }

    /// The octets that mean the time of day of this.
    #[must_use]
    pub fn from_date_time(value: DateTime) -> Self {
        let hundredths = value.microsecond().map_or(ANY, |micros| (micros / HUNDREDTH) as u8);
        let part = |octet: Option<u8>| octet.unwrap_or(ANY);
        Self([part(value.hour()), part(value.minute()), part(value.second()), hundredths])
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use gurux_value::{ClockStatus, DateTime};

    use super::CosemDateTime;

    fn read(octets: [u8; 12]) -> DateTime {
        CosemDateTime::from_octets(octets).to_date_time()
    }

    #[test]
    fn a_deviation_counts_from_local_time_to_utc() {
        let octets = [0x07, 0xE8, 2, 11, 7, 16, 0, 0, 0xFF, 0xFF, 0xC4, 0x00];
        let value = read(octets);
        assert_eq!(value.to_string(), "2024-02-11T16:00:00+01:00");
        assert_eq!(CosemDateTime::from_date_time(value).octets(), octets);
    }

    #[test]
    fn wildcards_are_unknown_parts() {
        let octets = [0xFF, 0xFF, 0xFE, 0xFE, 7, 2, 0xFF, 0xFF, 0xFF, 0x80, 0x00, 0xFF];
        let value = read(octets);
        assert_eq!(std::format!("{value:#}"), "Sun *-dst-begin-lastT02");
        let back = CosemDateTime::from_date_time(value).octets();
        assert_eq!(back[..11], octets[..11]);
        assert_eq!(back[11], 0, "nothing is said against the clock");
    }

    #[test]
    fn what_cannot_be_is_unknown_and_the_rest_stays() {
        let value = read([0x07, 0xE8, 13, 11, 9, 25, 61, 5, 0xFF, 0x7F, 0xFF, 0x81]);
        assert_eq!((value.year(), value.month(), value.hour()), (Some(2024), None, None));
        assert_eq!((value.minute(), value.second()), (None, Some(5)));
        assert_eq!(value.utc_offset(), None);
        assert!(value.status().contains(ClockStatus::INVALID));
    }

    #[test]
    fn midnight_may_be_the_hour_24() {
        let value = read([0x07, 0xE8, 2, 29, 0xFF, 24, 0, 0, 0, 0, 0, 0]);
        assert_eq!(value.hour(), Some(24));
    }
}
