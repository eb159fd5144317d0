use std::fs;
use std::path::PathBuf;

use gurux_device::Reading;
use gurux_value::{Decimal, Measurement, Value};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::super::when::{Bucket, when};
use super::{BEGAN_AGAIN, ESTIMATED, INCOMPLETE, SO_FAR, consumption, is_counter};
use crate::poll::{Finished, Outcome, Vault as _};
use crate::store::{Sqlite, Store as _};

/// A store of one counter, read at these times.
struct Counter(PathBuf, Sqlite);

impl Counter {
    fn new(name: &str, readings: &[(&str, &str)]) -> Self {
        let file =
            std::env::temp_dir().join(format!("gurux-ami-used-{}-{name}.db", std::process::id()));
        let _ = fs::remove_file(&file);
        let mut store = Sqlite::open(&file, TimeZone::UTC).unwrap();
        let rounds: Vec<_> = readings.iter().map(|(time, value)| round(time, value)).collect();
        store.put(&rounds).unwrap();
        Self(file, store)
    }

    /// Name, amount and remarks of each line, in Helsinki.
    fn used(&mut self, bucket: Bucket, from: &str, to: &str, now: &str) -> Vec<String> {
        let zone = TimeZone::get("Europe/Helsinki").unwrap();
        let time = |text| when(text).unwrap().in_zone(&zone).unwrap();
        let series = self.1.series().unwrap().remove(0);
        let from = time(from).to_zoned_datetime(zone.clone());
        let lines = consumption(&mut self.1, &series, bucket, &from, time(to), time(now));
        let shown = lines.unwrap().into_iter().map(|line| {
            let amount = line.amount.map_or_else(|| "-".to_owned(), |amount| amount.to_string());
            format!("{} {amount} {}", bucket.name_of(&line.begin), line.remarks.join(","))
        });
        shown.map(|line| line.trim_end().to_owned()).collect()
    }
}

impl Drop for Counter {
    fn drop(&mut self) {
        for end in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(format!("{}{end}", self.0.display()));
        }
    }
}

fn round(time: &str, value: &str) -> Finished {
    let time: Timestamp = time.parse().unwrap();
    let mut measurement = Measurement::new("energy.active.import.total".into());
    measurement.value = Some(Value::Decimal(value.parse::<Decimal>().unwrap()));
    measurement.unit = Some("kWh".parse().unwrap());
    Finished {
        device: "meter".into(),
        poll: "quarter".into(),
        tick: time,
        began: time,
        ended: time,
        outcome: Outcome::Good,
        readings: vec![(time, Reading::new("meter", "import", measurement))],
        failed: 0,
        why: None,
        keep: true,
        is_news: false,
    }
}

const LATER: &str = "2027-01-01";

#[test]
fn what_was_read_at_midnight_is_exact() {
    let mut counter = Counter::new(
        "exact",
        &[
            ("2026-11-19T22:00:00.2Z", "100.00"),
            ("2026-11-20T10:00:00Z", "101.37"),
            ("2026-11-20T21:58:00Z", "103.01"),
            ("2026-11-21T22:00:30Z", "110.04"),
        ],
    );
    let days = counter.used(Bucket::Day, "2026-11-20", "2026-11-23", LATER);
    assert_eq!(days, ["2026-11-20 3.01", "2026-11-21 7.03", "2026-11-22 -"]);
    assert!(is_counter(&counter.1.series().unwrap()[0]));
}

#[test]
fn what_lies_between_readings_is_estimated_and_the_sum_stays() {
    let mut counter =
        Counter::new("line", &[("2026-11-20T00:30:00Z", "10.0"), ("2026-11-20T03:30:00Z", "13.1")]);
    let from = "2026-11-20T03:00";
    let hours = counter.used(Bucket::Hour, from, "2026-11-20T05:00", LATER);
    // 03:00 here is 01:00 UTC, half an hour behind the first.
    assert_eq!(hours, ["2026-11-20 03:00 EET 1.1 estimated", "2026-11-20 04:00 EET 1.0 estimated"]);
    assert_eq!(ESTIMATED, "estimated");
}

#[test]
fn days_of_23_and_25_hours_have_their_own_consumption() {
    // One kWh each hour, all through both changes of the clock.
    for (name, first, days) in [
        ("spring", "2026-03-27T22:00:00Z", ["2026-03-28 24", "2026-03-29 23", "2026-03-30 24"]),
        ("autumn", "2026-10-23T21:00:00Z", ["2026-10-24 24", "2026-10-25 25", "2026-10-26 24"]),
    ] {
        let first: Timestamp = first.parse().unwrap();
        let readings: Vec<_> = (0..80)
            .map(|hour| {
                let time = first + jiff::SignedDuration::from_hours(hour);
                (time.to_string(), hour.to_string())
            })
            .collect();
        let readings: Vec<_> =
            readings.iter().map(|(time, value)| (time.as_str(), value.as_str())).collect();
        let mut counter = Counter::new(name, &readings);
        let (from, to) = (&days[0][..10], &days[2][..10]);
        let used = counter.used(Bucket::Day, from, &format!("{to}T12:00"), LATER);
        assert_eq!(used, days);
        let hours = counter.used(Bucket::Hour, &days[1][..10], to, LATER);
        assert!(hours.iter().all(|hour| hour.ends_with(" 1")), "{hours:?}");
        assert_eq!(hours.len().to_string(), days[1][11..]);
    }
}

#[test]
fn a_counter_that_began_again_is_no_negative_consumption() {
    let mut counter = Counter::new(
        "again",
        &[
            ("2026-11-19T22:00:00Z", "99990"),
            ("2026-11-20T08:00:00Z", "99998"),
            ("2026-11-20T09:00:00Z", "3"),
            ("2026-11-20T22:00:00Z", "100010"),
        ],
    );
    let days = counter.used(Bucket::Day, "2026-11-20", "2026-11-21", LATER);
    assert_eq!(days, [format!("2026-11-20 100015 {BEGAN_AGAIN}")]);
}

#[test]
fn the_day_that_goes_on_is_told_so_far() {
    let mut counter =
        Counter::new("sofar", &[("2026-11-19T22:00:00Z", "10"), ("2026-11-20T08:00:00Z", "14")]);
    let now = "2026-11-20T12:00";
    let days = counter.used(Bucket::Day, "2026-11-20", "2026-11-25", now);
    assert_eq!(days, [format!("2026-11-20 4 {SO_FAR}")]);
    let months = counter.used(Bucket::Month, "2026-11-01", "2026-11-25", now);
    assert_eq!(months, [format!("2026-11 4 {INCOMPLETE},{SO_FAR}")]);
    // A day that was read from ten in the morning on, here, and one that was not read at all.
    let mut counter =
        Counter::new("begun", &[("2026-11-20T08:00:00Z", "14"), ("2026-11-20T22:00:00Z", "15.5")]);
    let days = counter.used(Bucket::Day, "2026-11-19", "2026-11-22", LATER);
    assert_eq!(days, ["2026-11-19 -", &format!("2026-11-20 1.5 {INCOMPLETE}"), "2026-11-21 -"]);
}
