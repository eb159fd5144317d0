//! A load profile: columns, scalers, rows that were compressed, and what is refused.

use gurux_dlms::session::meter::{Entry, Memory};
use gurux_dlms::session::procedure::{LoadProfile, Reason, RowSelection, Scale};
use gurux_dlms::table::class::ClassId;
use gurux_dlms::value::Data;
use gurux_dlms::wire::{CosemDateTime, DataAccessResult};
use gurux_value::Obis;
use proptest::prelude::*;

use super::{Course, bad_line, run};
use crate::meter::meter_of;

const PROFILE: Obis = Obis::new([1, 0, 99, 1, 0, 255]);
const ENERGY: Obis = Obis::new([1, 0, 1, 8, 0, 255]);
const POWER: Obis = Obis::new([1, 0, 1, 7, 0, 255]);
const STATUS: Obis = Obis::new([0, 0, 96, 10, 1, 255]);
const CLOCK: Obis = Obis::new([0, 0, 1, 0, 0, 255]);

fn column(class_id: ClassId, name: Obis) -> Data {
    Data::structure([
        Data::LongUnsigned(class_id.code()),
        Data::OctetString(name.groups().to_vec()),
        Data::Integer(2),
        Data::LongUnsigned(0),
    ])
}

/// The beginning of so many hours after 2024-01-01, local time an hour ahead.
fn time(hour: i64) -> CosemDateTime {
    let local = gurux_value::DateTime::from_unix_micros((1_704_067_200 + hour * 3600) * 1_000_000);
    let local = local.expect("a time").without_utc_offset().with_utc_offset(60).expect("an hour");
    CosemDateTime::from_date_time(local.with_weekday(local.weekday_of_date()))
}

fn clock(hour: i64) -> Data {
    Data::OctetString(time(hour).as_octets().to_vec())
}

/// A meter with a profile of clock, status, energy and power, sorted so.
pub(super) fn memory(sort: u8, rows: impl IntoIterator<Item = [Data; 4]>) -> Memory {
    let mut memory = Memory::new();
    memory.add(Entry::new(ClassId::CLOCK, 0, CLOCK));
    memory.add(Entry::new(ClassId::DATA, 0, STATUS).with(2, &Data::Unsigned(0)));
    for (name, scaler, unit) in [(ENERGY, 1, 30), (POWER, -2, 27)] {
        let unit = Data::structure([Data::Integer(scaler), Data::Enum(unit)]);
        memory.add(Entry::new(ClassId::REGISTER, 0, name).with(3, &unit));
    }
    let columns = [
        column(ClassId::CLOCK, CLOCK),
        column(ClassId::DATA, STATUS),
        column(ClassId::REGISTER, ENERGY),
        column(ClassId::REGISTER, POWER),
    ];
    let profile = Entry::new(ClassId::PROFILE_GENERIC, 1, PROFILE)
        .with(3, &Data::array(columns))
        .with(4, &Data::DoubleLongUnsigned(3600))
        .with(5, &Data::Enum(sort))
        .with(8, &Data::DoubleLongUnsigned(10_000));
    memory.add(profile);
    for row in rows {
        assert!(memory.add_row(PROFILE, &Data::structure(row)));
    }
    memory
}

fn row(hour: i64) -> [Data; 4] {
    [
        clock(hour),
        Data::Unsigned((hour % 3) as u8),
        Data::DoubleLongUnsigned(1_000 + hour as u32),
        Data::DoubleLong(-(hour as i32)),
    ]
}

/// What such a row reads.
fn line(hour: i64) -> String {
    let time = time(hour).to_date_time();
    let (energy, power) = ((1_000 + hour) * 10, -hour);
    let power = gurux_value::Decimal::new(power.into(), -2);
    format!("{time} | {} | {energy} Wh | {power} W", hour % 3)
}

fn text(profile: &LoadProfile) -> String {
    let cells = profile.cells().map(|cell| {
        let value = cell.value().map_or_else(|| "-".to_owned(), |value| value.to_string());
        cell.unit().map_or_else(|| value.clone(), |unit| format!("{value} {unit}"))
    });
    cells.collect::<Vec<_>>().join(" | ")
}

/// Reads these rows of that meter.
fn read(
    memory: Memory,
    selection: RowSelection,
) -> (LoadProfile, Vec<String>, Result<usize, Reason>) {
    let mut lines = Vec::new();
    let profile = LoadProfile::new(PROFILE, selection);
    let (profile, outcome, _) = run(memory, profile, |profile, number| {
        assert_eq!(number, lines.len());
        lines.push(text(profile));
    });
    (profile, lines, outcome.map_err(|error| error.reason))
}

#[test]
fn rows_are_read_whole_by_number_and_by_time_with_exact_scales() {
    let whole: Vec<String> = (0..48).map(line).collect();
    for (selection, expected) in [
        (RowSelection::All, 0..48),
        (RowSelection::Entries { from: 3, to: 5 }, 2..5),
        (RowSelection::Entries { from: 40, to: 0 }, 39..48),
        (RowSelection::Between { from: time(7), to: time(9) }, 7..10),
        (RowSelection::Between { from: time(90), to: time(99) }, 0..0),
    ] {
        let (profile, lines, outcome) = read(memory(1, (0..48).map(row)), selection);
        assert_eq!(lines, whole[expected.clone()], "{selection:?}");
        assert_eq!(outcome, Ok(expected.len()));
        assert_eq!(profile.columns()[1].scale, Scale::None);
        assert!(matches!(profile.columns()[3].scale, Scale::Known { scaler: -2, unit: Some(_) }));
    }
    assert_eq!(whole[5], "2024-01-01T05:00:00+01:00 | 2 | 10050 Wh | -0.05 W");
}

#[test]
fn what_a_meter_leaves_out_is_the_row_before_and_the_period() {
    let null = || Data::NullData;
    let rows = || {
        [
            [null(), Data::Unsigned(1), null(), Data::DoubleLong(5)],
            row(23),
            [null(), null(), null(), null()],
            [null(), null(), Data::DoubleLongUnsigned(7), null()],
        ]
    };
    let rest = |hour: i64, energy: u32| {
        format!("{} | 2 | {energy} Wh | -0.23 W", time(hour).to_date_time())
    };
    let first = "- | 1 | - Wh | 0.05 W".to_owned();
    let (_, lines, outcome) = read(memory(1, rows()), RowSelection::All);
    assert_eq!(outcome, Ok(4));
    assert_eq!(lines, [first.clone(), rest(23, 10_230), rest(24, 10_230), rest(25, 70)]);
    // The newest first: time goes back.
    let (_, lines, _) = read(memory(2, rows()), RowSelection::All);
    assert_eq!(lines, [first.clone(), rest(23, 10_230), rest(22, 10_230), rest(21, 70)]);
    // By value: nothing says when.
    let (_, lines, _) = read(memory(3, rows()), RowSelection::All);
    assert_eq!(lines[2], "- | 2 | 10230 Wh | -0.23 W");
}

#[test]
fn columns_are_read_once() {
    let mut course = Course::new(&crate::PLAIN, gurux_media::Faults::none());
    let meter = meter_of(&crate::PLAIN, memory(1, (0..10).map(row)));
    let first = LoadProfile::new(PROFILE, RowSelection::Entries { from: 1, to: 2 });
    let (profile, outcome, mut meter) = course.run(meter, first, |_, _| {});
    assert_eq!(outcome, Ok(2));
    // What the meter says of its registers now is not asked for.
    let other = Data::structure([Data::Integer(5), Data::Enum(27)]);
    meter.model_mut().write(ENERGY, 3, &other);
    let mut course = Course::new(&crate::PLAIN, gurux_media::Faults::none());
    let mut lines = Vec::new();
    let again = profile.select(RowSelection::Entries { from: 9, to: 9 });
    let (_, outcome, _) = course.run(meter, again, |profile, _| lines.push(text(profile)));
    assert_eq!((outcome, lines), (Ok(1), vec![line(8)]));
}

#[test]
fn each_refusal_says_what_is_wrong() {
    let all = RowSelection::All;
    let error = |memory: Memory, selection| {
        let (_, outcome, _) = run(memory, LoadProfile::new(PROFILE, selection), |_, _| {});
        outcome.expect_err("it cannot be read").to_string()
    };
    assert_eq!(
        error(Memory::new(), all),
        "reading the columns of the profile: the meter refuses: object-undefined"
    );
    let bare = || Entry::new(ClassId::PROFILE_GENERIC, 1, PROFILE);
    let mut none = Memory::new();
    none.add(bare());
    assert_eq!(error(none, all), "reading the columns of the profile: the profile has no columns");
    let mut without_clock = Memory::new();
    without_clock.add(bare().with(3, &Data::array([column(ClassId::DATA, STATUS)])));
    assert_eq!(
        error(without_clock, RowSelection::Between { from: time(1), to: time(2) }),
        "reading the rows of the profile: the profile has no column of a clock, by which rows could \
         be selected"
    );
    let mut narrow = memory(1, [row(1)]);
    narrow.add_row(PROFILE, &Data::structure([clock(1)]));
    assert_eq!(
        error(narrow, all),
        "reading the rows of the profile: a row has 1 values, and the profile 4 columns"
    );
    let mut flat = memory(1, [row(1)]);
    flat.add_row(PROFILE, &clock(1));
    assert_eq!(
        error(flat, all),
        "reading the rows of the profile: the meter's value is not a row, a structure"
    );
    let mut odd = memory(1, [row(1)]);
    odd.write(POWER, 3, &Data::Integer(3));
    assert_eq!(
        error(odd, all),
        "reading the scalers of the profile: the meter's value is not a scaler and a unit"
    );
}

#[test]
fn a_scaler_that_the_meter_keeps_to_itself_leaves_no_wrong_number() {
    let mut memory = memory(1, [row(1)]);
    let hidden = Entry::new(ClassId::REGISTER, 0, POWER);
    memory.add(hidden.with_access(3, gurux_dlms::session::meter::Access::NONE));
    let (profile, lines, outcome) = read(memory, RowSelection::All);
    assert_eq!(outcome, Ok(1));
    let refused = Scale::Refused(DataAccessResult::READ_WRITE_DENIED);
    assert_eq!(profile.columns()[3].scale, refused);
    assert!(lines[0].ends_with(" | -"), "{lines:?}");
    let raw = profile.cells().nth(3).and_then(|cell| cell.data()?.as_integer());
    assert_eq!(raw, Some(-1));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn over_a_bad_line_rows_are_right_or_it_is_said_that_they_are_not_all((setup, faults) in bad_line()) {
        let meter = meter_of(&setup, memory(1, (0..60).map(row)));
        let mut lines = Vec::new();
        let profile = LoadProfile::new(PROFILE, RowSelection::All);
        let (_, outcome, _) = Course::new(&setup, faults).run(meter, profile, |profile, _| lines.push(text(profile)));
        let expected: Vec<String> = (0..60).map(line).collect();
        prop_assert_eq!(&lines[..], &expected[..lines.len()]);
        prop_assert!(outcome.is_err() || lines.len() == expected.len());
    }
}
