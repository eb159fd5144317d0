//! `gurux-ami report`: what the store of a poller holds.

use std::fs;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};
use serde_json::json;

use super::Common;
use crate::exit::{Exit, Failure};
use crate::output::{Format, Output, Record};
use crate::poll::Outcome;
use crate::readings;
use crate::report::effort::{self, Effort};
use crate::report::when::{Bucket, When, when, zone};
use crate::report::{Filter, Source, consumption, page};
use crate::store::{Row, Series, Span};

/// Shows what was stored: values, consumption, completeness, quality of communication
///
/// Days and hours are those of the site's time zone. A poller may be running meanwhile.
///
/// Exits with 0, 2 if there is nothing to show, 5 if the site file or the store is wrong.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  gurux-ami report latest north.xml
  gurux-ami report consumption north.xml --bucket day --from 2026-11-01
  gurux-ami report completeness north.xml --format csv
  gurux-ami report page north.xml --output north.html")]
pub(super) struct Report {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand, Debug)]
enum What {
    /// The last value of each property
    Latest(Scope),
    /// The values of properties over time
    Series {
        #[command(flatten)]
        scope: Scope,
        #[command(flatten)]
        times: Times,
    },
    /// What was consumed, by hour, day or month
    ///
    /// A counter is taken where it was read close to the beginning of an hour (1 minute) or a day (5 minutes);
    /// where it was not, it is reckoned on the line between its neighbours, and marked as estimated.
    Consumption {
        #[command(flatten)]
        scope: Scope,
        #[command(flatten)]
        times: Times,
        /// What makes up one line
        #[arg(long, value_enum, default_value = "day")]
        bucket: Bucket,
    },
    /// How many of the rounds that were due brought values
    Completeness {
        #[command(flatten)]
        scope: Scope,
        #[command(flatten)]
        times: Times,
    },
    /// How meters answered: rounds by their end, and how long good ones took
    Quality {
        #[command(flatten)]
        scope: Scope,
        #[command(flatten)]
        times: Times,
    },
    /// All of it as a page with plots, one file that opens without a network
    Page {
        #[command(flatten)]
        scope: Scope,
        #[command(flatten)]
        times: Times,
        /// What makes up one bar of consumption
        #[arg(long, value_enum, default_value = "hour")]
        bucket: Bucket,
        /// The file to write
        #[arg(short, long, value_name = "FILE.html")]
        output: PathBuf,
    },
}

/// Where from, and of what.
#[derive(Args, Debug)]
pub(super) struct Scope {
    /// The site file, or a store itself
    #[arg(value_name = "SITE.xml|STORE.db")]
    source: PathBuf,
    /// Only this device; several times for several
    #[arg(long = "device", value_name = "NAME")]
    devices: Vec<String>,
    /// Only this property; several times for several
    #[arg(long = "property", value_name = "NAME")]
    properties: Vec<String>,
    /// Whose days and hours [default: the site's, or UTC]
    #[arg(long, value_name = "ZONE", value_parser = zone)]
    zone: Option<TimeZone>,
}

/// From when to when.
#[derive(Args, Debug)]
pub(super) struct Times {
    /// The beginning: 2026-11-23, 2026-11-23T12:00 [default: as many as fit a screen]
    #[arg(long, value_name = "TIME", value_parser = when)]
    from: Option<When>,
    /// The end, itself not among them [default: now]
    #[arg(long, value_name = "TIME", value_parser = when)]
    to: Option<When>,
}

impl Scope {
    pub(super) fn open(&self) -> Result<(Source, Filter), Failure> {
        let source = Source::open(&self.source, self.zone.as_ref())?;
        let filter = Filter { devices: self.devices.clone(), properties: self.properties.clone() };
        Ok((source, filter))
    }
}

impl Times {
    /// The span of a report; without a beginning as many hours, days or months as one looks at.
    fn span(&self, source: &Source, bucket: Bucket, now: Timestamp) -> Result<Span, Failure> {
        let (from, to) = self.given(source)?;
        let to = to.unwrap_or(now);
        let usual = |to: Timestamp| {
            let last = to.to_zoned_datetime(source.zone.clone());
            bucket.usual_from(&last).as_ref().map_or(to, ZonedDateTime::timestamp)
        };
        ordered(Span { from: from.unwrap_or_else(|| usual(to)), to })
    }

    /// The span of an export; without a beginning, all.
    pub(super) fn all(&self, source: &Source) -> Result<Span, Failure> {
        let (from, to) = self.given(source)?;
        ordered(Span { from: from.unwrap_or(Timestamp::MIN), to: to.unwrap_or(Timestamp::MAX) })
    }

    fn given(&self, source: &Source) -> Result<(Option<Timestamp>, Option<Timestamp>), Failure> {
        let moment = |when: Option<When>| {
            when.map(|when| when.in_zone(&source.zone)).transpose().map_err(Failure::usage)
        };
        Ok((moment(self.from)?, moment(self.to)?))
    }
}

fn ordered(span: Span) -> Result<Span, Failure> {
    if span.from > span.to {
        return Err(Failure::usage("--from is behind --to: a report goes forward"));
    }
    Ok(span)
}

impl Report {
    pub(super) fn run(&self, common: &Common) -> Result<Exit, Failure> {
        let now = Timestamp::now();
        match &self.what {
            What::Latest(scope) => latest(scope, now, common.format),
            What::Series { scope, times } => series(scope, times, now, common.format),
            What::Consumption { scope, times, bucket } => {
                consumed(scope, times, *bucket, now, common.format)
            }
            What::Completeness { scope, times } => {
                let (source, efforts) = tried(scope, times, now)?;
                let columns = &["device", "poll", "due", "read", "missing", "%", "last good"];
                let record = |effort: &Effort| completeness(&source, effort);
                write(common.format, columns, efforts.iter().map(record))
            }
            What::Quality { scope, times } => {
                let (_, efforts) = tried(scope, times, now)?;
                const COLUMNS: &[&str] = &[
                    "device", "poll", "rounds", "good", "silent", "other", "median", "95 %", "why",
                ];
                write(common.format, COLUMNS, efforts.iter().map(quality))
            }
            What::Page { scope, times, bucket, output } => {
                let (mut source, filter) = scope.open()?;
                let span = times.span(&source, *bucket, now)?;
                let request = page::Request { filter: &filter, span, bucket: *bucket, now };
                let html = page::page(&mut source, &request)?;
                fs::write(output, html).map_err(|error| {
                    Failure::new(Exit::Partial, format!("{}: {error}", output.display()))
                })?;
                Ok(Exit::Ok)
            }
        }
    }
}

fn write(
    format: Format,
    columns: &'static [&'static str],
    records: impl Iterator<Item = Record>,
) -> Result<Exit, Failure> {
    let mut output = Output::stdout(format, columns);
    let mut exit = Exit::Partial;
    for record in records {
        output.record(record)?;
        exit = Exit::Ok;
    }
    output.finish()?;
    if exit != Exit::Ok {
        eprintln!("gurux-ami: there is nothing in this span");
    }
    Ok(exit)
}

fn latest(scope: &Scope, now: Timestamp, format: Format) -> Result<Exit, Failure> {
    let (mut source, filter) = scope.open()?;
    let mut records = Vec::new();
    for series in source.series(&filter)? {
        if let Some(row) = source.store.before(series.id, now)? {
            records.push(reading(&source, &series, &row));
        }
    }
    const COLUMNS: &[&str] = &["device", "property", "value", "unit", "time", "note"];
    write(format, COLUMNS, records.into_iter())
}

fn series(scope: &Scope, times: &Times, now: Timestamp, format: Format) -> Result<Exit, Failure> {
    let (mut source, filter) = scope.open()?;
    let span = times.span(&source, Bucket::Hour, now)?;
    let mut records = Vec::new();
    for series in source.series(&filter)? {
        let rows = source.rows(&series, span)?;
        records.extend(rows.iter().map(|row| reading(&source, &series, row)));
    }
    const COLUMNS: &[&str] = &["device", "property", "value", "unit", "time", "note"];
    write(format, COLUMNS, records.into_iter())
}

/// One stored reading.
pub(super) fn reading(source: &Source, series: &Series, row: &Row) -> Record {
    let note = if row.quality.is_good() { String::new() } else { row.quality.to_string() };
    let value = readings::text(row.value.as_ref());
    let unit = series.unit.clone();
    let cells = vec![
        series.device.to_string(),
        series.property.clone(),
        value,
        unit,
        source.local(row.time),
        note,
    ];
    Record { json: to_json(series, row), cells }
}

/// One stored reading as an object; times are in UTC.
pub(super) fn to_json(series: &Series, row: &Row) -> serde_json::Value {
    let mut object = serde_json::Map::new();
    object.insert("device".into(), (*series.device).into());
    object.insert("property".into(), series.property.as_str().into());
    object.insert("time".into(), row.time.to_string().into());
    // A value is a map of texts and numbers, which JSON can always hold.
    match serde_json::to_value(&row.value) {
        Ok(serde_json::Value::Object(value)) => object.extend(value),
        _ => drop(object.insert("value".into(), serde_json::Value::Null)),
    }
    let unit = (!series.unit.is_empty()).then_some(series.unit.as_str());
    object.insert("unit".into(), unit.into());
    object.insert("quality".into(), row.quality.to_string().into());
    object.insert("quantity".into(), series.quantity.as_str().into());
    object.insert("obis".into(), series.obis.as_deref().into());
    object.insert("received_at".into(), row.received_at.to_string().into());
    serde_json::Value::Object(object)
}

fn consumed(
    scope: &Scope,
    times: &Times,
    bucket: Bucket,
    now: Timestamp,
    format: Format,
) -> Result<Exit, Failure> {
    let (mut source, filter) = scope.open()?;
    let span = times.span(&source, bucket, now)?;
    let from = span.from.to_zoned_datetime(source.zone.clone());
    let mut records = Vec::new();
    for series in source.series(&filter)? {
        // What is asked for by name is taken as a counter, whatever its unit.
        if filter.properties.is_empty() && !consumption::is_counter(&series) {
            continue;
        }
        let store = &mut *source.store;
        for line in consumption::consumption(store, &series, bucket, &from, span.to, now)? {
            let remarks = line.remarks.join(", ");
            let amount = line.amount.map(|amount| amount.to_string());
            records.push(Record {
                json: json!({
                    "device": &*series.device,
                    "property": series.property,
                    "from": line.begin.strftime("%FT%T%:z").to_string(),
                    "to": line.end.strftime("%FT%T%:z").to_string(),
                    "amount": line.amount,
                    "unit": (!series.unit.is_empty()).then_some(&series.unit),
                    "remarks": line.remarks,
                }),
                cells: vec![
                    series.device.to_string(),
                    series.property.clone(),
                    bucket.name_of(&line.begin),
                    amount.unwrap_or_else(|| "-".to_owned()),
                    series.unit.clone(),
                    remarks,
                ],
            });
        }
    }
    const COLUMNS: &[&str] = &["device", "property", "from", "amount", "unit", "note"];
    write(format, COLUMNS, records.into_iter())
}

fn tried(scope: &Scope, times: &Times, now: Timestamp) -> Result<(Source, Vec<Effort>), Failure> {
    let (mut source, filter) = scope.open()?;
    let span = times.span(&source, Bucket::Hour, now)?;
    let efforts = effort::efforts(&mut source, &filter, span, now)?;
    Ok((source, efforts))
}

fn completeness(source: &Source, effort: &Effort) -> Record {
    let share = effort.share();
    Record {
        json: json!({
            "device": &*effort.device,
            "poll": &*effort.poll,
            "due": effort.due,
            "read": effort.read,
            "missing": effort.missing(),
            "percent": share,
            "last_good": effort.last_good.map(|time| time.to_string()),
        }),
        cells: vec![
            effort.device.to_string(),
            effort.poll.to_string(),
            effort.due.map_or_else(|| "?".to_owned(), |due| due.to_string()),
            effort.read.to_string(),
            effort.missing().to_string(),
            share.map(|share| format!("{share:.1}")).unwrap_or_default(),
            effort.last_good.map_or_else(|| "never".to_owned(), |time| source.local(time)),
        ],
    }
}

fn quality(effort: &Effort) -> Record {
    let counts: serde_json::Map<_, _> = Outcome::ALL
        .into_iter()
        .map(|outcome| (outcome.name().to_owned(), effort.count(outcome).into()))
        .collect();
    let millis = |hundredths| effort.took(hundredths).map(|took| took.as_millis());
    let (good, silent) = (effort.count(Outcome::Good), effort.count(Outcome::Silent));
    let text = |took: Option<u128>| took.map(|took| format!("{took} ms")).unwrap_or_default();
    Record {
        json: json!({
            "device": &*effort.device,
            "poll": &*effort.poll,
            "rounds": counts,
            "median_ms": millis(50),
            "p95_ms": millis(95),
            "why": effort.why,
        }),
        cells: vec![
            effort.device.to_string(),
            effort.poll.to_string(),
            effort.rounds().to_string(),
            good.to_string(),
            silent.to_string(),
            effort.rounds().saturating_sub(good + silent).to_string(),
            text(millis(50)),
            text(millis(95)),
            effort.why.clone().unwrap_or_default(),
        ],
    }
}
