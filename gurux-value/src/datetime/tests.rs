use alloc::format;
use alloc::string::ToString;

use proptest::option;
use proptest::prelude::{Just, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};

use super::{
    ClockStatus, DateTime, Day, Month, Weekday, civil_from_days, days_from_civil, is_leap,
};

fn read(text: &str) -> DateTime {
    text.parse().unwrap_or_else(|fault| panic!("{text}: {fault}"))
}

/// Any possible date and time; a fraction of nought is unknown, as it does not print.
pub(crate) fn any_date_time() -> impl Strategy<Value = DateTime> {
    let month =
        prop_oneof![(1u8..=12).prop_map(Month::Number), Just(Month::DstBegin), Just(Month::DstEnd)];
    let day = prop_oneof![(1u8..=31).prop_map(Day::Number), Just(Day::Last), Just(Day::SecondLast)];
    let weekday = (1u8..=7).prop_map(|number| Weekday::from_number(number).unwrap());
    let date = (option::of(0u16..=9999), option::of(month), option::of(day), option::of(weekday));
    let time = (
        option::of(0u8..=24),
        option::of(0u8..60),
        option::of(0u8..=60),
        option::of(1u32..1_000_000),
    );
    let clock = (option::of(-1439i16..=1439), any::<u8>());
    (date, time, clock).prop_filter_map("such a day exists", |(date, time, clock)| {
        DateTime {
            year: date.0,
            month: date.1,
            day: date.2,
            weekday: date.3,
            hour: time.0,
            minute: time.1,
            second: time.2,
            microsecond: time.3,
            utc_offset: clock.0,
            status: ClockStatus::from_bits(clock.1),
        }
        .checked()
    })
}

#[test]
fn known_parts_print_as_rfc_3339() {
    for text in [
        "2024-02-11",
        "2024-02-11T16:00",
        "2024-02-11T16:00:00",
        "2024-02-11T16:00:00+01:00",
        "2024-02-11T15:00:00Z",
        "2024-02-11T16:00:00.25-05:30",
        "2024-02-11T16:00:00.000001Z",
        "2024-02",
        "2024",
        "*-02-29",
        "*-*-last",
        "*-*-last2",
        "T16:00",
        "T*:15",
        "2024-*-01",
        "Sun *-dst-begin-lastT02:00",
        "Mon T08:00",
        "Tue",
        "2024-02-11T24:00",
        "",
        "*-12",
    ] {
        let trimmed = text.trim_end();
        if trimmed == "Tue" {
            assert_eq!(read(trimmed).weekday(), Some(Weekday::Tuesday));
        } else {
            assert_eq!(read(text).to_string(), text);
        }
    }
}

#[test]
fn other_spellings_of_rfc_3339_are_read() {
    assert_eq!(read("2024-02-11 16:00:00z"), read("2024-02-11T16:00:00Z"));
    assert_eq!(read("2024-02-11t16:00:00+00:00"), read("2024-02-11T16:00:00Z"));
    assert_eq!(read("2024-02-11T16:00:00.1239994Z").microsecond(), Some(123_999));
}

#[test]
fn impossible_dates_are_refused() {
    for text in [
        "2023-02-29",
        "1900-02-29",
        "2024-13-01",
        "2024-00-01",
        "2024-01-00",
        "2024-04-31",
        "2024-01-01T25:00",
        "2024-01-01T24:01",
        "2024-01-01T12:60",
        "2024-01-01T12:00:61",
        "2024-1-1",
        "2024-01-01T12:00+1:00",
        "2024-01-01T12:00+01:60",
        "2024-01-01x",
        "T",
        "2024-01-01T12:00[odd]",
        "2024-01-01T12:00[dst",
        "+01:00:00",
        "2024-01-01T12:00+24:00",
    ] {
        assert!(text.parse::<DateTime>().is_err(), "{text}");
    }
    assert!("2000-02-29".parse::<DateTime>().is_ok());
}

#[test]
fn the_alternate_form_holds_weekday_and_status() {
    let status = ClockStatus::DOUBTFUL.union(ClockStatus::DAYLIGHT_SAVING);
    let summer =
        read("2024-07-01T12:00:00+02:00").with_weekday(Some(Weekday::Monday)).with_status(status);
    assert_eq!(format!("{summer:#}"), "Mon 2024-07-01T12:00:00+02:00[doubtful,dst]");
    assert_eq!(summer.to_string(), "2024-07-01T12:00:00+02:00");
    assert!(summer.status().is_suspect());
}

#[test]
fn unix_time_needs_date_time_and_offset() {
    assert_eq!(read("1970-01-01T00:00Z").unix_micros(), Some(0));
    assert_eq!(read("1969-12-31T23:59:59.5Z").unix_micros(), Some(-500_000));
    assert_eq!(read("2024-02-11T24:00+01:00"), read("2024-02-11T24:00+01:00"));
    let midnight = read("2024-02-12T00:00+01:00").unix_micros();
    assert_eq!(read("2024-02-11T24:00+01:00").unix_micros(), midnight);
    assert_eq!(read("2024-02-lastT00:00Z").unix_micros(), read("2024-02-29T00:00Z").unix_micros());
    for local in ["2024-02-11T16:00", "2024-02-11", "T16:00Z", "*-02-11T16:00Z"] {
        assert_eq!(read(local).unix_micros(), None, "{local}");
    }
    let local = read("2024-02-11T16:00");
    assert_eq!(local.unix_micros_at(60), read("2024-02-11T16:00+01:00").unix_micros());
}

#[test]
fn weekdays_follow_from_the_date() {
    assert_eq!(read("1970-01-01").weekday_of_date(), Some(Weekday::Thursday));
    assert_eq!(read("2024-02-11").weekday_of_date(), Some(Weekday::Sunday));
    assert_eq!(read("0000-03-01").weekday_of_date(), Some(Weekday::Wednesday));
}

#[test]
fn an_unspecified_status_says_nothing() {
    assert_eq!(ClockStatus::from_bits(0xFF), ClockStatus::OK);
    assert_eq!(
        ClockStatus::from_bits(0x81).names().collect::<alloc::vec::Vec<_>>(),
        ["invalid", "dst"]
    );
}

/// The slow, plain way: one day after the other, from year 0 to the end of year 9999.
#[test]
fn every_day_has_its_number() {
    let mut days = days_from_civil(0, 1, 1);
    for year in 0u16..=9_999 {
        let lengths =
            [31, if is_leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        for (month, length) in (1u8..).zip(lengths) {
            for day in 1..=length {
                assert_eq!(days_from_civil(year, month, day), days);
                assert_eq!(civil_from_days(days), Some((year, month, day)));
                days += 1;
            }
        }
    }
    assert_eq!(civil_from_days(days), None);
    assert_eq!(days_from_civil(1970, 1, 1), 0);
}

proptest! {
    #[test]
    fn the_alternate_form_reads_back_whole(stated in any_date_time()) {
        prop_assert_eq!(format!("{stated:#}").parse(), Ok(stated));
    }

    #[test]
    fn the_plain_form_reads_back_but_for_the_clock(stated in any_date_time()) {
        let again: DateTime = stated.to_string().parse().unwrap();
        let plain = DateTime { weekday: again.weekday, status: ClockStatus::OK, ..stated };
        prop_assert_eq!(again, plain);
    }

    #[test]
    fn unix_time_there_and_back(micros in -62_167_219_200_000_000i64..253_402_300_800_000_000) {
        let time = DateTime::from_unix_micros(micros).unwrap();
        prop_assert_eq!(time.unix_micros(), Some(micros));
        prop_assert_eq!(time.to_string().parse::<DateTime>().unwrap().unix_micros(), Some(micros));
    }

    #[test]
    fn no_moment_panics(micros in any::<i64>()) {
        let in_range = (-62_167_219_200_000_000..253_402_300_800_000_000).contains(&micros);
        prop_assert!(DateTime::from_unix_micros(micros).is_some() == in_range);
    }

    #[test]
    fn no_text_panics(text in "[-0-9:TZ.*+ a-z\\[\\]]{0,30}") {
        let _ = text.parse::<DateTime>();
    }
}
