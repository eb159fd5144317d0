//! Dates and times, types F, G, I and J.
//!
//! The bits are counted from the lowest one of the first octet. Parts that stand for "every" are
//! unknown parts of the [`DateTime`].
//!
//! | part | G (2) | F (4) | I (6) | J (3) | "every" or not stated |
//! |---|---|---|---|---|---|
//! | second | | | 0–5 | 0–5 | 63 |
//! | minute | | 0–5 | 8–13 | 8–13 | 63 |
//! | hour | | 8–12 | 16–20 | 16–20 | 31 |
//! | weekday | | | 21–23 | | 0 |
//! | day | 0–4 | 16–20 | 24–28 | | 0 |
//! | month | 8–11 | 24–27 | 32–35 | | 15; type I also 0 |
//! | year, low three bits | 5–7 | 21–23 | 29–31 | | |
//! | year, high four bits | 12–15 | 28–31 | 36–39 | | 127 |
//! | hundreds of years | | 13–14 | | | |
//! | time invalid | | 7 | 15 | | |
//! | daylight saving | | 15 | 6 | | |
//!
//! All bits set, or none of a date: there is no date. observed: meters without a due date, and before
//! their clock is set.
//!
//! The types K (daylight saving), L (listening window) and M (with variable length) stay octets:
//! nothing public that was found tells their layout.

use gurux_value::{ClockStatus, DateTime, Day, Month, Quality, Weekday};

use super::dib::DataField;

/// What a date or time in a record says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RecordTime {
    /// A date, a time or both, as far as stated.
    Stated(DateTime),
    /// The meter says that there is none.
    Missing,
    /// No such date or time exists.
    Invalid,
}

/// The bits of a date or time.
#[derive(Clone, Copy)]
struct Bits(u64);

impl Bits {
    const fn part(self, from: u32, width: u32) -> u8 {
        let mask = 0xFF_u8.wrapping_shr(8_u32.wrapping_sub(width));
        self.0.wrapping_shr(from) as u8 & mask
    }

    const fn is_set(self, place: u32) -> bool {
        self.0.wrapping_shr(place) & 1 == 1
    }

    /// A part of which the highest number stands for "every".
    fn known(self, from: u32, width: u32) -> Option<u8> {
        let every = 0xFF_u8.wrapping_shr(8_u32.wrapping_sub(width));
        Some(self.part(from, width)).filter(|part| *part != every)
    }

    /// An hour, if it is one: no day has a 24th.
    fn hour(self, from: u32) -> Option<Option<u8>> {
        Some(self.known(from, 5)).filter(|hour| hour.is_none_or(|hour| hour < 24))
    }

    /// A minute or a second, if it is one: there is no 60th.
    fn sixtieth(self, from: u32) -> Option<Option<u8>> {
        Some(self.known(from, 6)).filter(|part| part.is_none_or(|part| part < 60))
    }

    /// The year of the century and the rest of a date that begins at this bit; `None` where no such
    /// date exists.
    fn date(self, from: u32, hundreds: u16, month_may_be_0: bool) -> Option<DateTime> {
        let low = self.part(from.wrapping_add(5), 3);
        let high = self.part(from.wrapping_add(12), 4);
        let year = match low | high << 3 {
            127 => None,
            year @ 0..=99 => Some(century(year, hundreds)),
            _ => return None,
        };
        let day = Some(self.part(from, 5)).filter(|day| *day != 0).map(Day::Number);
        let month = match self.part(from.wrapping_add(8), 4) {
            15 => None,
            0 if month_may_be_0 => None,
            month => Some(Month::Number(month)),
        };
        DateTime::UNKNOWN.with_year(year)?.with_month(month)?.with_day(day)
    }
}

/// The whole year. Where no century is stated, 81 to 99 are of the twentieth.
const fn century(year: u8, hundreds: u16) -> u16 {
    let begin = match (hundreds, year) {
        // Before type F had hundreds of years, its bits were nought: EN 13757-3 wants years up to 80
        // to be taken for 2080.
        (0, 0..=80) => 2000_u16,
        _ => hundreds.wrapping_mul(100).wrapping_add(1900),
    };
    begin.wrapping_add(year as u16)
}

const fn status(invalid: bool, daylight_saving: bool) -> ClockStatus {
    let status = if invalid { ClockStatus::INVALID } else { ClockStatus::OK };
    if daylight_saving { status.union(ClockStatus::DAYLIGHT_SAVING) } else { status }
}

impl RecordTime {
    /// Reads a date or time of so many octets: type G (2), J (3), F (4), I (6). Other widths are of
    /// no type.
    #[must_use]
    pub fn of(raw: u64, len: usize) -> Self {
        let bits = Bits(raw);
        let all = u64::MAX.wrapping_shr(64_u32.saturating_sub((len as u32).wrapping_mul(8)));
        let time = match len {
            2 | 3 | 4 | 6 if raw == all => return Self::Missing,
            2 | 6 if raw == 0 => return Self::Missing,
            4 if raw >> 16 == 0 => return Self::Missing,
            2 => bits.date(0, 0, false),
            3 => time_of_day(DateTime::UNKNOWN, bits, 0),
            4 => type_f(bits),
            6 => type_i(bits),
            _ => None,
        };
        time.map_or(Self::Invalid, Self::Stated)
    }

    /// The date or time, and what is to be said of it.
    #[must_use]
    pub fn value(self) -> (Option<DateTime>, Quality) {
        match self {
            Self::Stated(time) => {
                let invalid = time.status().contains(ClockStatus::INVALID);
                (Some(time), Quality::GOOD.with_if(invalid, Quality::CLOCK_INVALID))
            }
            Self::Missing => (None, Quality::MISSING),
            Self::Invalid => (None, Quality::INVALID),
        }
    }
}

/// A date or time in the shortest type that says all of it, and how wide that is; `None` where no type
/// does.
pub(super) fn encode(time: DateTime) -> Option<(u64, DataField)> {
    let bits = |value: u8, place: u32| u64::from(value).wrapping_shl(place);
    // Type J.
    if time.year().is_none() && time.month().is_none() && time.day().is_none() {
        let raw = bits(time.second().unwrap_or(63), 0)
            | bits(time.minute().unwrap_or(63), 8)
            | bits(time.hour().unwrap_or(31), 16);
        return Some((raw, DataField::Integer24)).filter(|_| time.hour().is_some());
    }
    let (year, hundreds) = match time.year() {
        None => (127, 1),
        Some(year @ 1981..=1999) => (year.wrapping_sub(1900) as u8, 0),
        Some(year @ 2000..=2299) => ((year % 100) as u8, (year / 100).wrapping_sub(19) as u8),
        Some(_) => return None,
    };
    // Without hundreds of years, 81 to 99 are of the twentieth century.
    let short = time.year().is_none_or(|year| year <= 2080);
    let month = match time.month() {
        None => 15,
        Some(Month::Number(month)) => month,
        Some(_) => return None,
    };
    let day = match time.day() {
        None => 0,
        Some(Day::Number(day)) => day,
        Some(_) => return None,
    };
    let date = bits(day, 0) | bits(year & 0x07, 5) | bits(month, 8) | bits(year >> 3, 12);
    let status = time.status();
    let flag = |flag: ClockStatus, place: u32| u64::from(status.contains(flag)).wrapping_shl(place);
    let (minute, hour) = (time.minute().unwrap_or(63), time.hour().unwrap_or(31));
    if let Some(second) = time.second() {
        let weekday = time.weekday().map_or(0, Weekday::number);
        let raw = bits(second, 0)
            | bits(minute, 8)
            | bits(hour, 16)
            | bits(weekday, 21)
            | date.wrapping_shl(24)
            | flag(ClockStatus::INVALID, 15)
            | flag(ClockStatus::DAYLIGHT_SAVING, 6);
        return Some((raw, DataField::Integer48)).filter(|_| short);
    }
    if time.hour().is_some() || !short || status != ClockStatus::OK {
        let raw = bits(minute, 0)
            | bits(hour, 8)
            | bits(hundreds, 13)
            | date.wrapping_shl(16)
            | flag(ClockStatus::INVALID, 7)
            | flag(ClockStatus::DAYLIGHT_SAVING, 15);
        return Some((raw, DataField::Integer32));
    }
    Some((date, DataField::Integer16))
}

/// Seconds, minutes and hours, in an octet each.
fn time_of_day(date: DateTime, bits: Bits, from: u32) -> Option<DateTime> {
    date.with_hour(bits.hour(from.wrapping_add(16))?)?
        .with_minute(bits.sixtieth(from.wrapping_add(8))?)?
        .with_second(bits.sixtieth(from)?)
}

fn type_f(bits: Bits) -> Option<DateTime> {
    let date = bits.date(16, bits.part(13, 2).into(), false)?;
    let time = date.with_hour(bits.hour(8)?)?.with_minute(bits.sixtieth(0)?)?;
    Some(time.with_status(status(bits.is_set(7), bits.is_set(15))))
}

fn type_i(bits: Bits) -> Option<DateTime> {
    let date = bits.date(24, 0, true)?;
    let weekday = Weekday::from_number(bits.part(21, 3));
    let time = time_of_day(date.with_weekday(weekday), bits, 0)?;
    Some(time.with_status(status(bits.is_set(15), bits.is_set(6))))
}

#[cfg(test)]
mod tests {
    use std::format;
    use std::string::String;

    use gurux_value::Quality;
    use proptest::prelude::{any, proptest};

    use super::RecordTime;

    fn shown(octets: &[u8]) -> String {
        let raw = octets.iter().rev().fold(0, |raw, octet| raw << 8 | u64::from(*octet));
        match RecordTime::of(raw, octets.len()) {
            RecordTime::Stated(time) => format!("{time:#}"),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn type_g() {
        for (octets, text) in [
            ([0x7C, 0x28], "2019-08-28"),
            ([0x21, 0x21], "2017-01-01"),
            ([0xFF, 0xFF], "Missing"),
            ([0x00, 0x00], "Missing"),
            // 1999: no century is stated.
            ([0x7F, 0xCC], "1999-12-31"),
            // Every year, every month, every day.
            ([0xFF, 0xFC], "*-12-31"),
            ([0x21, 0x2F], "2017-*-01"),
            ([0x20, 0x21], "2017-01"),
            // No such month, no such day, no such year.
            ([0x21, 0x2D], "Invalid"),
            ([0x3E, 0x22], "Invalid"),
            ([0x81, 0xC1], "Invalid"),
        ] {
            assert_eq!(shown(&octets), text, "{octets:02X?}");
        }
    }

    #[test]
    fn type_f_has_centuries_and_marks() {
        for (octets, text) in [
            ([0x32, 0x37, 0x1F, 0x15], "2008-05-31T23:50"),
            // The hundreds of years say 2000 and 2100.
            ([0x2F, 0x2C, 0x1F, 0x15], "2008-05-31T12:47"),
            ([0x2F, 0x4C, 0x1F, 0x15], "2108-05-31T12:47"),
            ([0x2F, 0x8C, 0x1F, 0x15], "2008-05-31T12:47[dst]"),
            ([0xAF, 0x0C, 0x1F, 0x15], "2008-05-31T12:47[invalid]"),
            ([0x2F, 0x0C, 0x7F, 0xC5], "1999-05-31T12:47"),
            ([0x3F, 0x1F, 0x1F, 0x15], "2008-05-31"),
            ([0x00, 0x0C, 0xE0, 0xFF], "T12:00"),
            ([0xFF, 0xFF, 0xFF, 0xFF], "Missing"),
            ([0x00, 0x00, 0x00, 0x00], "Missing"),
            ([0x00, 0x20, 0x00, 0x00], "Missing"),
            ([0x3C, 0x0C, 0x1F, 0x15], "Invalid"),
            ([0x00, 0x18, 0x1F, 0x15], "Invalid"),
        ] {
            assert_eq!(shown(&octets), text, "{octets:02X?}");
        }
    }

    #[test]
    fn type_i_has_seconds_and_a_weekday() {
        let octets = [0x1E, 0x2D, 0xEC, 0x1F, 0x15, 0x16];
        assert_eq!(shown(&octets), "Sun 2008-05-31T12:45:30");
        let octets = [0x5E, 0xAD, 0x0C, 0x1F, 0x15, 0x00];
        assert_eq!(shown(&octets), "2008-05-31T12:45:30[invalid,dst]");
        assert_eq!(shown(&[0xFF; 6]), "Missing");
        assert_eq!(shown(&[0; 6]), "Missing");
    }

    #[test]
    fn type_j_is_a_time_of_day() {
        assert_eq!(shown(&[0x1E, 0x2D, 0x0C]), "T12:45:30");
        assert_eq!(shown(&[0x00, 0x00, 0x00]), "T00:00:00");
        assert_eq!(shown(&[0xFF; 3]), "Missing");
        for octets in
            [[0x3D, 0x00, 0x00], [0x3C, 0x00, 0x00], [0x00, 0x3C, 0x00], [0x00, 0x00, 0x18]]
        {
            assert_eq!(shown(&octets), "Invalid", "{octets:02X?}");
        }
    }

    #[test]
    fn a_doubtful_clock_is_said() {
        let RecordTime::Stated(time) = RecordTime::of(0x151F_0CAF, 4) else { panic!() };
        let (value, quality) = RecordTime::Stated(time).value();
        assert_eq!((value, quality), (Some(time), Quality::CLOCK_INVALID));
        assert_eq!(RecordTime::Invalid.value(), (None, Quality::INVALID));
    }

    proptest! {
        #[test]
        fn anything_is_read(raw in any::<u64>(), len in 0_usize..9) {
            let raw = if len < 8 { raw & ((1 << (8 * len)) - 1) } else { raw };
            let _ = RecordTime::of(raw, len).value();
        }
    }
}
