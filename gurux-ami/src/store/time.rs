//! Which time a reading is stored under.

use gurux_device::Reading;
use gurux_value::{ClockStatus, DateTime, Function, Quality};
use jiff::Timestamp;
use jiff::civil;
use jiff::tz::{Offset, TimeZone};

/// A meter's clock that is ahead by more than this is wrong.
const AHEAD: i64 = 24 * 3600;
/// No meter that is polled measured before this year; clocks that lost their time begin there.
const FIRST_YEAR: u16 = 2001;

/// The time that a reading belongs to, and remarks on it.
///
/// It is the time that the meter states, if it has a date and its clock can be believed; otherwise that at
/// which the value came in. A time without an offset is one of `zone`, and of two that a clock shows twice in
/// autumn the one that the meter's own mark of daylight saving says. A present value with a date alone, as
/// M-Bus has it, belongs to the time at which it came in.
pub(super) fn time_of(
    reading: &Reading,
    received_at: Timestamp,
    zone: &TimeZone,
) -> (Timestamp, Quality) {
    let Some(stated) = reading.measurement.time else { return (received_at, Quality::GOOD) };
    let is_present =
        reading.measurement.storage == 0 && reading.measurement.function == Function::Instantaneous;
    if is_present && stated.hour().is_none() {
        return (received_at, Quality::GOOD);
    }
    let is_ahead = |time: Timestamp| time.as_second() > received_at.as_second() + AHEAD;
    match utc(stated, zone) {
        Some(time) if !stated.status().is_suspect() && !is_ahead(time) => (time, Quality::GOOD),
        _ => (received_at, Quality::CLOCK_INVALID),
    }
}

/// The moment that a meter's date and time mean; without a date there is none.
fn utc(stated: DateTime, zone: &TimeZone) -> Option<Timestamp> {
    let (year, month, day) = stated.date().filter(|(year, ..)| *year >= FIRST_YEAR)?;
    let small = |number: u8| i8::try_from(number).ok();
    let time = civil::Time::new(
        small(stated.hour().unwrap_or(0))?,
        small(stated.minute().unwrap_or(0))?,
        small(stated.second().unwrap_or(0))?,
        i32::try_from(stated.microsecond().unwrap_or(0)).ok()?.checked_mul(1_000)?,
    );
    let date = civil::Date::new(i16::try_from(year).ok()?, small(month)?, small(day)?).ok()?;
    let local = date.to_datetime(time.ok()?);
    if let Some(minutes) = stated.utc_offset() {
        let offset = Offset::from_seconds(i32::from(minutes).checked_mul(60)?).ok()?;
        return offset.to_timestamp(local).ok();
    }
    let ambiguous = zone.to_ambiguous_timestamp(local);
    // In autumn the first of both is that of daylight saving.
    if stated.status().contains(ClockStatus::DAYLIGHT_SAVING) {
        ambiguous.earlier().ok()
    } else {
        ambiguous.later().ok()
    }
}

#[cfg(test)]
mod tests {
    use gurux_value::Measurement;

    use super::*;

    const NOW: &str = "2026-11-23T12:00:00Z";

    fn of(stated: Option<DateTime>, storage: u64) -> (String, Quality) {
        let mut measurement = Measurement::new("energy".into());
        (measurement.time, measurement.storage) = (stated, storage);
        let reading = Reading::new("meter", "energy", measurement);
        let zone = TimeZone::get("Europe/Helsinki").unwrap();
        let (time, quality) = time_of(&reading, NOW.parse().unwrap(), &zone);
        (time.to_string(), quality)
    }

    fn stated(text: &str) -> DateTime {
        text.parse().unwrap()
    }

    #[test]
    fn the_stated_time_is_taken_in_its_offset_or_in_the_zone_of_the_site() {
        assert_eq!(of(None, 0).0, NOW);
        assert_eq!(of(Some(stated("2026-11-23 11:00:00+01:00")), 0).0, "2026-11-23T10:00:00Z");
        assert_eq!(of(Some(stated("2026-11-23 11:00:00")), 0).0, "2026-11-23T09:00:00Z");
        assert_eq!(of(Some(stated("2026-07-01 00:00:00")), 1).0, "2026-06-30T21:00:00Z");
    }

    #[test]
    fn a_date_alone_is_the_time_of_what_is_past_and_not_of_the_present() {
        assert_eq!(
            of(Some(stated("2025-12-31")), 1),
            ("2025-12-30T22:00:00Z".into(), Quality::GOOD)
        );
        assert_eq!(of(Some(stated("2026-11-23")), 0), (NOW.into(), Quality::GOOD));
    }

    #[test]
    fn the_hour_that_comes_twice_is_told_apart_by_the_mark_of_the_meter() {
        let local = stated("2026-10-25 03:30:00");
        assert_eq!(of(Some(local), 0).0, "2026-10-25T01:30:00Z");
        let summer = local.with_status(ClockStatus::DAYLIGHT_SAVING);
        assert_eq!(of(Some(summer), 0).0, "2026-10-25T00:30:00Z");
    }

    #[test]
    fn a_clock_that_cannot_be_right_is_not_believed() {
        let doubted = stated("2026-11-23 11:00:00").with_status(ClockStatus::INVALID);
        let wrong = [stated("2000-01-01 00:13:00"), stated("2027-05-01 00:00:00"), doubted];
        for time in wrong {
            assert_eq!(of(Some(time), 0), (NOW.into(), Quality::CLOCK_INVALID), "{time}");
        }
    }
}
