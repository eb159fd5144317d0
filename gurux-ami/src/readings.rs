//! Readings, as a person and as a program see them.

use gurux_device::profile::Severity;
use gurux_device::{ReadFailure, Reading};
use gurux_value::{Unit, Value};
use serde_json::{Map, Value as Json};

use crate::capture::to_hex;
use crate::output::Record;

/// What a table of readings shows.
pub(crate) const COLUMNS: &[&str] = &["property", "value", "unit", "note"];

/// One reading, or the attempt at one.
pub(crate) fn record(reading: &Reading, why: Option<&ReadFailure>) -> Record {
    let measurement = &reading.measurement;
    Record {
        json: to_json(reading, why),
        cells: vec![
            reading.property.clone(),
            text(measurement.value.as_ref()),
            unit(measurement.unit.filter(|_| measurement.value.is_some())),
            note(reading, why),
        ],
    }
}

/// A value as it stands in a table or a line of CSV.
pub(crate) fn text(value: Option<&Value<'_>>) -> String {
    value.map_or_else(|| "-".to_owned(), ToString::to_string)
}

/// The symbol of a unit; nothing for a bare number.
pub(crate) fn unit(unit: Option<Unit>) -> String {
    unit.filter(|unit| *unit != Unit::ONE).map(|unit| unit.to_string()).unwrap_or_default()
}

/// What is not as it mostly is: the time that a value belongs to, doubts about it, why there is
/// none.
fn note(reading: &Reading, why: Option<&ReadFailure>) -> String {
    let measurement = &reading.measurement;
    let mut notes = Vec::new();
    notes.extend(measurement.time.map(|time| time.to_string()));
    match why {
        Some(why) => notes.push(why.to_string()),
        None if measurement.quality.is_good() => {}
        None => notes.push(measurement.quality.to_string()),
    }
    notes.extend(reading.severity.and_then(weight).map(ToOwned::to_owned));
    notes.join(", ")
}

/// A severity worth a word.
fn weight(severity: Severity) -> Option<&'static str> {
    match severity {
        Severity::Info => None,
        Severity::Warning => Some("warning"),
        Severity::Alarm => Some("alarm"),
    }
}

/// The object that programs get: series, measurement, and where it came from.
pub(crate) fn to_json(reading: &Reading, why: Option<&ReadFailure>) -> Json {
    let mut object = Map::new();
    object.insert("device".into(), reading.device.as_str().into());
    object.insert("property".into(), reading.property.as_str().into());
    // A measurement is a map of texts and numbers, which JSON can always hold.
    if let Ok(Json::Object(measurement)) = serde_json::to_value(&reading.measurement) {
        object.extend(measurement);
    }
    object.insert("severity".into(), reading.severity.and_then(weight).into());
    object.insert("raw".into(), to_hex(&reading.octets).into());
    object.insert("error".into(), why.map(ToString::to_string).into());
    Json::Object(object)
}
