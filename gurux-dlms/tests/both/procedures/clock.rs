//! A clock: compared, set within limits, and read once more.

use core::time::Duration;

use gurux_dlms::session::meter::{Entry, Memory};
use gurux_dlms::session::procedure::{ClockCheck, ClockLimits, ClockState};
use gurux_dlms::table::class::ClassId;
use gurux_media::Instant;
use gurux_value::{ClockStatus, DateTime, Obis};
use proptest::prelude::*;

use super::{Answer, Asked, Course, bad_line, run, run_odd};
use crate::meter::meter_of;

const CLOCK: Obis = Obis::new([0, 0, 1, 0, 0, 255]);
/// 2024-07-01 12:00:00 UTC.
const NOON: i64 = 1_719_835_200_000_000;

/// A meter that is so many seconds ahead of noon, in summer two hours ahead of UTC.
fn memory(ahead: i64) -> Memory {
    let mut memory = Memory::new();
    memory.add(Entry::new(ClassId::CLOCK, 0, CLOCK).writable(2));
    let local = DateTime::from_unix_micros(NOON + (ahead + 7200) * 1_000_000).expect("a time");
    let local = local.without_utc_offset().with_utc_offset(120).expect("two hours");
    memory.set_time(Instant::ZERO, local.with_status(ClockStatus::DAYLIGHT_SAVING));
    memory
}

fn check(memory: Memory, limits: ClockLimits) -> Result<ClockState, String> {
    let check = ClockCheck::new(CLOCK, limits, NOON, Instant::ZERO);
    let (_, outcome, _) = run(memory, check, |_, never| match never {});
    outcome.map_err(|error| error.to_string())
}

/// Whole seconds.
fn seconds(micros: i64) -> i64 {
    (micros + 500_000).div_euclid(1_000_000)
}

#[test]
fn a_clock_that_is_right_is_left_alone() {
    let state = check(memory(2), ClockLimits::default()).expect("it is read");
    assert_eq!((seconds(state.deviation), state.deviation_after), (2, None));
    assert!(state.status.contains(ClockStatus::DAYLIGHT_SAVING));
    assert_eq!(state.time.utc_offset(), Some(120));
}

#[test]
fn a_clock_that_is_off_is_set_and_keeps_its_zone_and_summer_time() {
    for ahead in [-59, -4, 4, 60] {
        let limits = ClockLimits { most: Duration::from_secs(61), ..ClockLimits::default() };
        let state = check(memory(ahead), limits).expect("it is set");
        let after = state.deviation_after.map(seconds);
        assert!(matches!(after, Some(-1..=0)), "{ahead} s, then {after:?}");
        assert_eq!(seconds(state.deviation), ahead);
    }
    let look = ClockLimits { most: Duration::ZERO, ..ClockLimits::default() };
    let state = check(memory(1000), look).expect("it is only looked at");
    assert_eq!((seconds(state.deviation), state.deviation_after), (1000, None));
    // What stands in the meter afterwards.
    let check = ClockCheck::new(CLOCK, ClockLimits::default(), NOON, Instant::ZERO);
    let (_, _, meter) = run(memory(30), check, |_, never| match never {});
    let look = ClockLimits { most: Duration::ZERO, ..ClockLimits::default() };
    let look = ClockCheck::new(CLOCK, look, NOON, Instant::ZERO);
    let mut course = Course::new(&crate::PLAIN, gurux_media::Faults::none());
    let (_, state, _) = course.run(meter, look, |_, never| match never {});
    let time = state.expect("it is read").time;
    assert_eq!((time.utc_offset(), time.status()), (Some(120), ClockStatus::DAYLIGHT_SAVING));
}

#[test]
fn each_refusal_says_what_is_wrong() {
    assert_eq!(
        check(memory(3600), ClockLimits::default()),
        Err("reading the clock: the clock is off by 3600 s, and is set by at most 60 s".to_owned())
    );
    assert_eq!(
        check(Memory::new(), ClockLimits::default()),
        Err("reading the clock: the meter refuses: object-undefined".to_owned())
    );
    let mut fixed = memory(30);
    fixed.add(Entry::new(ClassId::CLOCK, 0, CLOCK));
    assert_eq!(
        check(fixed, ClockLimits::default()),
        Err("setting the clock: the meter refuses: read-write-denied".to_owned())
    );
    let tells = |octets: &'static [u8]| {
        let odd = move |asked| {
            if asked == Asked::Read(2) { Answer::Tells(octets) } else { Answer::Right }
        };
        run_odd(memory(0), odd, ClockCheck::new(CLOCK, ClockLimits::default(), NOON, Instant::ZERO))
    };
    assert_eq!(
        tells(&[3, 1]),
        Err("reading the clock: the meter's value is not a date-time".to_owned())
    );
    assert_eq!(
        tells(&[9, 12, 7, 0xE8, 7, 1, 1, 12, 0, 0, 0, 0x80, 0, 0]),
        Err("reading the clock: the clock does not say how far it is from UTC, and nothing was said of it"
            .to_owned())
    );
    assert_eq!(
        tells(&[9, 12, 7, 0xE8, 7, 1, 1, 0xFF, 0, 0, 0, 0, 0, 0]),
        Err("reading the clock: the clock does not say what time it is".to_owned())
    );
    let busy = |_| Answer::Refused(2);
    let clock = ClockCheck::new(CLOCK, ClockLimits::default(), NOON, Instant::ZERO);
    assert_eq!(
        run_odd(memory(0), busy, clock),
        Err("reading the clock: the meter refuses: temporary-failure".to_owned())
    );
    // It takes what is written, and goes on as before.
    assert_eq!(
        tells(&[9, 12, 7, 0xE8, 7, 1, 1, 12, 0, 30, 0, 0, 0, 0]),
        Err("reading the clock that was set: the clock was set and is still off by 30 s".to_owned())
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn over_a_bad_line_a_clock_is_right_or_it_is_said_that_it_may_not_be((setup, faults) in bad_line()) {
        let meter = meter_of(&setup, memory(40));
        let check = ClockCheck::new(CLOCK, ClockLimits::default(), NOON, Instant::ZERO);
        let (_, outcome, _) = Course::new(&setup, faults).run(meter, check, |_, never| match never {});
        if let Ok(state) = outcome {
            let off = state.deviation.abs_diff(40_000_000);
            prop_assert!(u128::from(off) <= 1_000_000 + state.uncertainty.as_micros());
            prop_assert!(state.deviation_after.is_some());
        }
    }
}
