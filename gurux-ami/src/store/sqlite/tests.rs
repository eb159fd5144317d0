use std::fs;
use std::path::PathBuf;

use gurux_device::Reading;
use gurux_value::{Decimal, Measurement, Octets, Quality, Text, Unit, Value};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::super::{Span, Store as _, Stored};
use super::Sqlite;
use crate::poll::{Finished, Outcome, Vault as _};

/// A folder of its own for a test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder =
            std::env::temp_dir().join(format!("gurux-ami-store-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn file(&self) -> PathBuf {
        self.0.join("readings.db")
    }

    fn store(&self) -> Sqlite {
        Sqlite::open(&self.file(), TimeZone::UTC).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

const NOON: &str = "2026-11-23T12:00:00.25Z";
const ALL: Span = Span { from: Timestamp::MIN, to: Timestamp::MAX };

fn reading(property: &str, value: impl Into<Value<'static>>) -> Reading {
    let quantity = "energy.active.import.total";
    let mut measurement = Measurement::new(quantity.into());
    measurement.value = Some(value.into());
    measurement.unit = Some("Wh".parse::<Unit>().unwrap());
    Reading::new("meter", property, measurement)
}

fn round(time: &str, readings: Vec<Reading>) -> Finished {
    let time = at(time);
    Finished {
        device: "meter".into(),
        poll: "quarter".into(),
        tick: at("2026-11-23T12:00:00Z"),
        began: time - SignedDuration::from_millis(200),
        ended: time,
        outcome: Outcome::Good,
        readings: readings.into_iter().map(|reading| (time, reading)).collect(),
        failed: 0,
        why: None,
        keep: true,
        is_news: true,
    }
}

fn values(store: &mut Sqlite) -> Vec<(String, Option<Value<'static>>)> {
    let mut values = Vec::new();
    for series in store.series().unwrap() {
        let name = series.property;
        store.readings(series.id, ALL, &mut |row| values.push((name.clone(), row.value))).unwrap();
    }
    values
}

fn count(store: &Sqlite, table: &str) -> i64 {
    let sql = format!("SELECT count(*) FROM {table}");
    store.connection.query_row(&sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn what_is_put_comes_back_as_it_was() {
    let folder = Folder::new("back");
    let mut store = folder.store();
    let long: Decimal = "123456789012345678901234567890.12345".parse().unwrap();
    let given: Vec<(&str, Value<'static>)> = vec![
        ("decimal", Decimal::new(-1_234_500, -3).into()),
        ("zeros", Decimal::new(12, 6).into()),
        ("long", long.into()),
        ("float", 0.1_f32.into()),
        ("double", f64::MIN_POSITIVE.into()),
        ("infinite", f64::INFINITY.into()),
        ("bool", true.into()),
        ("state", Value::Code { number: -3, label: Some(Text::from("open".to_owned())) }),
        ("bare state", Value::Code { number: i64::MIN, label: None }),
        ("flags", Value::Flags { bits: u64::MAX, label: None }),
        ("text", Text::from("Zähler 5'; DROP TABLE reading;\0end".to_owned()).into()),
        ("octets", Octets::from(vec![0x00, 0xFF, 0x7E]).into()),
        ("time", "2026-11-23 12:00:00+02:00".parse::<gurux_value::DateTime>().unwrap().into()),
    ];
    let readings = given.iter().map(|(name, value)| reading(name, value.clone())).collect();
    let stored = store.put(&[round(NOON, readings)]).unwrap();
    assert_eq!(stored, Stored { new: 13, revised: 0 });
    let given: Vec<_> =
        given.into_iter().map(|(name, value)| (name.to_owned(), Some(value))).collect();
    assert_eq!(values(&mut store), given);
    // Not only of equal worth: 12 * 10^6 was not measured to the unit.
    let zeros = store.connection.query_row(
        "SELECT raw, exp FROM reading JOIN series ON series = id WHERE property = 'zeros'",
        [],
        |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)),
    );
    assert_eq!(zeros.unwrap(), (12, 6));
}

#[test]
fn a_float_that_is_no_number_is_kept() {
    let folder = Folder::new("nan");
    let mut store = folder.store();
    store.put(&[round(NOON, vec![reading("nan", f64::NAN)])]).unwrap();
    store.put(&[round(NOON, vec![reading("nan", f64::NAN)])]).unwrap();
    let Some(Value::Float64(float)) = values(&mut store).remove(0).1 else { panic!() };
    assert!(float.is_nan());
    assert_eq!(count(&store, "reading_revision"), 0);
}

#[test]
fn the_same_again_changes_nothing_and_another_value_is_a_revision() {
    let folder = Folder::new("again");
    let mut store = folder.store();
    let first = round(NOON, vec![reading("energy", Decimal::new(5, 0))]);
    assert_eq!(store.put(&[first.clone(), first.clone()]).unwrap().new, 1);
    assert_eq!(store.put(&[first]).unwrap(), Stored::default());
    assert_eq!((count(&store, "reading"), count(&store, "attempt")), (1, 1));

    let other = round(NOON, vec![reading("energy", Decimal::new(6, 0))]);
    assert_eq!(store.put(&[other]).unwrap(), Stored { new: 0, revised: 1 });
    let six = Some(Decimal::new(6, 0).into());
    assert_eq!(values(&mut store), [("energy".to_owned(), six)]);
    let old = store.connection.query_row("SELECT raw FROM reading_revision", [], |row| row.get(0));
    assert_eq!(old, Ok(5));
}

#[test]
fn a_round_without_values_is_kept_and_the_last_tick_is_known() {
    let folder = Folder::new("silent");
    let mut silent = round(NOON, Vec::new());
    (silent.outcome, silent.failed, silent.why) =
        (Outcome::Silent, 3, Some("no answer".to_owned()));
    folder.store().put(&[silent]).unwrap();
    let mut store = folder.store();
    let last = store.last_ticks().unwrap();
    assert_eq!((&*last[0].device, &*last[0].poll), ("meter", "quarter"));
    assert_eq!(last[0].tick, at("2026-11-23T12:00:00Z"));
    let mut attempts = Vec::new();
    store.attempts(ALL, &mut |attempt| attempts.push(attempt)).unwrap();
    assert_eq!((attempts.len(), attempts[0].outcome), (1, Outcome::Silent));
    assert_eq!(attempts[0].why.as_deref(), Some("no answer"));
    assert_eq!(attempts[0].ended, at(NOON));
}

#[test]
fn another_unit_is_another_series() {
    let folder = Folder::new("unit");
    let mut store = folder.store();
    let mut kilo = reading("energy", Decimal::new(5, 0));
    kilo.measurement.unit = Some("kWh".parse().unwrap());
    store.put(&[round(NOON, vec![reading("energy", Decimal::new(5000, 0)), kilo])]).unwrap();
    let units: Vec<_> = store.series().unwrap().into_iter().map(|series| series.unit).collect();
    assert_eq!(units, ["Wh", "kWh"]);
}

#[test]
fn neighbours_have_values() {
    let folder = Folder::new("neighbours");
    let mut store = folder.store();
    let mut missing = reading("energy", Decimal::new(0, 0));
    missing.measurement.value = None;
    missing.measurement.quality = Quality::MISSING;
    let times = ["2026-11-23T10:00:00Z", "2026-11-23T12:00:00Z"];
    for (value, time) in times.into_iter().enumerate() {
        let value = Decimal::from(u32::try_from(value).unwrap());
        store.put(&[round(time, vec![reading("energy", value)])]).unwrap();
    }
    store.put(&[round("2026-11-23T11:00:00Z", vec![missing])]).unwrap();
    let id = store.series().unwrap()[0].id;
    let before = store.before(id, at("2026-11-23T11:30:00Z")).unwrap().unwrap();
    assert_eq!(before.time, at("2026-11-23T10:00:00Z"));
    let after = store.after(id, at("2026-11-23T12:00:00Z")).unwrap().unwrap();
    assert_eq!(after.time, at("2026-11-23T12:00:00Z"));
    assert_eq!(store.before(id, at("2026-11-23T10:00:00Z")).unwrap(), None);
    assert_eq!(store.after(id, at("2026-11-23T12:00:01Z")).unwrap(), None);
    let mut qualities = Vec::new();
    store.readings(id, ALL, &mut |row| qualities.push(row.quality)).unwrap();
    assert_eq!(qualities, [Quality::GOOD, Quality::MISSING, Quality::GOOD]);
}

#[test]
fn a_batch_that_fails_leaves_nothing_and_may_be_given_again() {
    let folder = Folder::new("batch");
    let mut store = folder.store();
    // A full disk, by a limit of SQLite's own: no page more than there are.
    let pages: i64 = store.connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    store.connection.pragma_update(None, "max_page_count", pages).unwrap();
    let rounds: Vec<_> = (0..60)
        .map(|second| {
            let readings =
                (0..60).map(|n| reading(&format!("property {n}"), Decimal::from(n))).collect();
            round(&format!("2026-11-23T12:00:{second:02}Z"), readings)
        })
        .collect();
    let error = store.put(&rounds).unwrap_err();
    assert!(error.to_string().ends_with("readings.db: the disk is full"), "{error}");
    assert!(!error.is_final());
    for table in ["device", "series", "reading", "poll", "attempt"] {
        assert_eq!(count(&store, table), 0, "{table}");
    }
    store.connection.pragma_update(None, "max_page_count", 1_000_000).unwrap();
    assert_eq!(store.put(&rounds).unwrap().new, 3600);
    assert_eq!(count(&store, "reading"), 3600);
}

#[test]
fn who_holds_the_database_is_waited_for_and_told() {
    let folder = Folder::new("locked");
    let mut store = folder.store();
    let other = rusqlite::Connection::open(folder.file()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    store.connection.busy_timeout(std::time::Duration::ZERO).unwrap();
    let rounds = [round(NOON, vec![reading("energy", Decimal::new(5, 0))])];
    let error = store.put(&rounds).unwrap_err();
    assert!(error.to_string().contains("another program holds the database"), "{error}");
    assert!(!error.is_final());
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(store.put(&rounds).unwrap().new, 1);
}

#[test]
fn reading_does_not_hinder_writing() {
    let folder = Folder::new("reader");
    let mut store = folder.store();
    store.put(&[round(NOON, vec![reading("energy", Decimal::new(5, 0))])]).unwrap();
    let mut reader = Sqlite::open_to_read(&folder.file()).unwrap();
    reader.connection.execute_batch("BEGIN; SELECT count(*) FROM reading").unwrap();
    let later = round("2026-11-23T12:15:00Z", vec![reading("energy", Decimal::new(6, 0))]);
    store.put(&[later]).unwrap();
    reader.connection.execute_batch("COMMIT").unwrap();
    assert_eq!(values(&mut reader).len(), 2);
}

#[test]
fn what_is_no_store_of_ours_is_left_alone() {
    let folder = Folder::new("foreign");
    let open = || Sqlite::open(&folder.file(), TimeZone::UTC).err().unwrap();
    let error = Sqlite::open_to_read(&folder.file()).err().unwrap();
    assert!(error.to_string().contains("there is no store yet"), "{error}");

    fs::write(folder.file(), "a letter to the editor, and longer than a header is".repeat(9))
        .unwrap();
    let error = open();
    assert!(error.to_string().contains("no SQLite database") && error.is_final(), "{error}");
    fs::remove_file(folder.file()).unwrap();

    let other = rusqlite::Connection::open(folder.file()).unwrap();
    other.execute_batch("CREATE TABLE recipe (name TEXT)").unwrap();
    drop(other);
    let error = open();
    assert!(error.to_string().contains("no store of readings") && error.is_final(), "{error}");
    fs::remove_file(folder.file()).unwrap();

    let store = folder.store();
    store.connection.pragma_update(None, "user_version", 99).unwrap();
    drop(store);
    let error = open();
    assert!(error.to_string().contains("written by a later version"), "{error}");
}

#[test]
fn a_folder_that_is_not_there_is_told() {
    let file = Folder::new("gone").0.join("deeper/readings.db");
    let error = Sqlite::open(&file, TimeZone::UTC).err().unwrap();
    assert!(error.to_string().contains("cannot be opened"), "{error}");
}

#[test]
fn the_view_for_people_shows_names_and_iso_times() {
    let folder = Folder::new("view");
    let mut store = folder.store();
    store.put(&[round(NOON, vec![reading("energy", Decimal::new(125, -2))])]).unwrap();
    let row = store.connection.query_row("SELECT * FROM readings", [], |row| {
        Ok((row.get::<_, String>(1)?, row.get::<_, String>(2)?, row.get::<_, f64>(3)?))
    });
    assert_eq!(row.unwrap(), ("energy".to_owned(), "2026-11-23T12:00:00.250Z".to_owned(), 1.25));
}
