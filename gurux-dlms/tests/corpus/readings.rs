//! The readings that sources assert of pushes.

use gurux_dlms::push::{LAYOUTS, Layout, PushValues};
use gurux_dlms::wire::{DataNotification, DataRef, Unread};
use gurux_framing::Wire;
use gurux_value::{Measurement, Value};
use serde_json::Value as Json;

use crate::asserts::{Known, is_silent};
use crate::said;
use gurux_corpus::Ledger;

/// Compares what a key says of the values of a push.
pub(crate) fn fact(ledger: &mut Ledger, known: &Known<'_>, key: &str, expected: &Json) {
    let body = match DataNotification::<Unread<'_>>::from_bytes(&known.text) {
        Ok(push) => push.notification_body.0,
        Err(_) if known.entry["layer"] == "axdr" => &known.capture.octets,
        Err(_) => &[][..],
    };
    match key {
        // This source applies no list of any maker.
        "values" => {
            let plain = readings(body, &[]);
            for (name, expected) in expected.as_object().into_iter().flatten() {
                number(ledger, &format!("values.{name}"), expected, &plain, name);
            }
        }
        "strings" => strings(ledger, &readings(body, &[]), expected),
        "count" => {
            let plain = readings(body, &[]);
            let named = plain.iter().filter(|one| one.obis.is_some()).count();
            // A text that the push does not name is counted where the source lists it.
            let strings = known.entry["expect"]["asserts"]["strings"].as_object();
            let unnamed = strings.into_iter().flat_map(|strings| strings.keys());
            let unnamed = unnamed.filter(|name| find(&plain, name).is_none()).count();
            ledger.same(key, expected, named + unnamed);
        }
        "decoded_by_source" => reader(ledger, body, expected),
        _ => named(ledger, body, key, expected),
    }
}

/// The values of a push, by the lists that are known.
fn readings<'a>(body: &'a [u8], layouts: &[Layout<'_>]) -> Vec<Measurement<'a>> {
    // A body that is no value, and in no form that is known, says nothing.
    let Ok(values) = PushValues::from_octets(body, layouts) else { return Vec::new() };
    values.map(|value| value.measurement()).collect()
}

/// The value whose OBIS code is this or ends so.
fn find<'m, 'a>(known: &'m [Measurement<'a>], code: &str) -> Option<&'m Measurement<'a>> {
    let own = |one: &&Measurement<'_>| {
        one.obis.is_some_and(|obis| {
            let name = said::obis(obis);
            name == code || name.ends_with(&format!(".{code}.255"))
        })
    };
    known.iter().find(own)
}

fn decimal(one: &Measurement<'_>) -> Option<f64> {
    one.value.as_ref()?.as_decimal()?.to_string().parse().ok()
}

/// The number of a value, exact.
fn number(
    ledger: &mut Ledger,
    field: &str,
    expected: &Json,
    known: &[Measurement<'_>],
    code: &str,
) {
    let found = find(known, code).and_then(decimal);
    let agrees =
        found.zip(expected.as_f64()).is_some_and(|(own, other)| (own - other).abs() < 1e-9);
    ledger.check(field, agrees, expected, format_args!("{found:?}"));
}

fn strings(ledger: &mut Ledger, plain: &[Measurement<'_>], expected: &Json) {
    for (name, expected) in expected.as_object().into_iter().flatten() {
        let expected = expected.as_str().unwrap_or_default().replace(' ', "T");
        let holds = |one: &Measurement<'_>| {
            let own = one.obis.is_none_or(|obis| said::obis(obis) == *name);
            own && one.value.as_ref().is_some_and(|value| {
                // What is no text, a logical name for instance, is nothing to this source.
                let is_octets = matches!(value, Value::Octets(_));
                let said = if is_octets { String::new() } else { value.to_string() };
                said == expected
                    || matches!(value, Value::DateTime(_)) && said.starts_with(&expected)
            })
        };
        let found = format_args!("{plain:?}");
        ledger.check(format_args!("strings.{name}"), plain.iter().any(holds), &expected, found);
    }
}

/// A reader that rounds to hundredths, and says nought where there is nothing.
fn reader(ledger: &mut Ledger, body: &[u8], expected: &Json) {
    let known = readings(body, LAYOUTS);
    // It has a number for what it takes a list to be, and 0 where it knows none; then it says nothing
    // of the values.
    let knows = expected["decoded"] == true && expected["list_type"] != 0;
    for (key, expected) in expected.as_object().into_iter().flatten() {
        let field = format!("decoded_by_source.{key}");
        let codes: &[&str] = match key.as_str() {
            _ if is_silent(&field) || !knows => {
                ledger.driver();
                continue;
            }
            "decoded" => {
                ledger.same(field, expected, !known.is_empty());
                continue;
            }
            "meter_id" => {
                text(ledger, &field, expected, &known);
                continue;
            }
            "active_import_W" => &["1.7.0"],
            "active_export_W" => &["2.7.0"],
            "import_kWh" => &["1.8.0"],
            "current" => &["31.7.0", "51.7.0", "71.7.0"],
            "voltage" => &["32.7.0", "52.7.0", "72.7.0"],
            _ => {
                ledger.disagree(field, "nobody compares this");
                continue;
            }
        };
        let single = std::slice::from_ref(expected);
        let values = expected.as_array().map_or(single, Vec::as_slice);
        let is_energy = key == "import_kWh";
        let by = if is_energy { 1000.0 } else { 1.0 };
        for (code, expected) in codes.iter().zip(values) {
            let found = find(&known, code).and_then(decimal).map(|number| number / by);
            // It repeats the energy of an earlier push where this one has none.
            if is_energy && found.is_none() {
                ledger.driver();
                continue;
            }
            let found = found.unwrap_or_default();
            // It counts energy in single precision.
            let within = if is_energy { found * 1e-7 + 1e-9 } else { 0.006 };
            let agrees = expected.as_f64().is_some_and(|other| (found - other).abs() <= within);
            ledger.check(&field, agrees, expected, format_args!("{code} {found}"));
        }
    }
}

/// A text that is among the values, or none.
fn text(ledger: &mut Ledger, field: &str, expected: &Json, known: &[Measurement<'_>]) {
    let expected = expected.as_str().unwrap_or_default();
    let texts: Vec<String> =
        known.iter().filter_map(|one| Some(one.value.as_ref()?.to_string())).collect();
    let agrees = expected.is_empty() || texts.iter().any(|text| text == expected);
    ledger.check(field, agrees, expected, format_args!("{texts:?}"));
}

/// The names of one reader, and the groups C, D and E that they are of.
const NAMES: [(&str, &str); 26] = [
    ("active_power_import", "1.7.0"),
    ("active_power_export", "2.7.0"),
    ("reactive_power_import", "3.7.0"),
    ("reactive_power_export", "4.7.0"),
    ("active_power_import_l1", "21.7.0"),
    ("active_power_export_l1", "22.7.0"),
    ("reactive_power_import_l1", "23.7.0"),
    ("reactive_power_export_l1", "24.7.0"),
    ("active_power_import_l2", "41.7.0"),
    ("active_power_export_l2", "42.7.0"),
    ("reactive_power_import_l2", "43.7.0"),
    ("reactive_power_export_l2", "44.7.0"),
    ("active_power_import_l3", "61.7.0"),
    ("active_power_export_l3", "62.7.0"),
    ("reactive_power_import_l3", "63.7.0"),
    ("reactive_power_export_l3", "64.7.0"),
    ("active_power_import_total", "1.8.0"),
    ("active_power_export_total", "2.8.0"),
    ("reactive_power_import_total", "3.8.0"),
    ("reactive_power_export_total", "4.8.0"),
    ("current_l1", "31.7.0"),
    ("current_l2", "51.7.0"),
    ("current_l3", "71.7.0"),
    ("voltage_l1", "32.7.0"),
    ("voltage_l2", "52.7.0"),
    ("voltage_l3", "72.7.0"),
];

/// What one program in Python makes of a push.
fn named(ledger: &mut Ledger, body: &[u8], key: &str, expected: &Json) {
    let known = readings(body, LAYOUTS);
    let value = DataRef::from_bytes(body).ok();
    let elements = value.and_then(|value| value.elements());
    if let Some(name) = key.strip_prefix("decoded['").and_then(|key| key.strip_suffix("']")) {
        return match NAMES.iter().find(|(known, _)| *known == name) {
            Some((_, code)) => number(ledger, key, expected, &known, code),
            None => text(ledger, key, expected, &known),
        };
    }
    if let Some(item) = key.strip_prefix("parsed_notification_body.list_items[") {
        let (place, field) = item.split_once("].").unwrap_or_default();
        let place: usize = place.parse().unwrap_or(usize::MAX);
        let element = elements.and_then(|elements| elements.element(place));
        return match (field, element) {
            ("index", Some(_)) => ledger.same(key, expected, place),
            ("value", Some(element)) => {
                let found = element.as_integer().map_or_else(
                    || {
                        let text = element.as_octets().and_then(|text| str::from_utf8(text).ok());
                        text.map_or(Json::Null, Json::from)
                    },
                    |number| i64::try_from(number).map_or(Json::Null, Json::from),
                );
                ledger.same(key, expected, found);
            }
            _ => ledger.disagree(key, "nobody compares this"),
        };
    }
    // The clock among the values.
    let clock = || known.iter().find(|one| matches!(one.value, Some(Value::DateTime(_))));
    match key {
        // The source adds the name of the maker.
        "len(decoded)" => ledger.same(key, expected, known.len() + 1),
        "parsed_notification_body.length" => {
            ledger.same(key, expected, elements.map(|elements| elements.len()));
        }
        "date_time.obis" | "rtc.obis" => {
            ledger.same(key, expected, clock().and_then(|one| one.obis).map(said::obis));
        }
        "date_time.content_type" | "rtc.value_type" => {
            let found = clock().map(|_| "octet_string");
            ledger.same(key, expected, found);
        }
        "result[0]" | "result[1]" => {
            let place = usize::from(key == "result[1]");
            let found = elements.and_then(|elements| elements.element(place)?.as_integer());
            ledger.same(key, expected, found.and_then(|number| i64::try_from(number).ok()));
        }
        "parsed[0].value" | "parsed[1].value" => {
            let place = usize::from(key == "parsed[1].value");
            let mut rest = body;
            let mut values = std::iter::from_fn(|| {
                let (behind, value) = DataRef::parse(rest).ok()?;
                rest = behind;
                Some(value)
            });
            // Every part of a date and of a time that nobody knows.
            let unknown = match values.nth(place) {
                Some(DataRef::Date(date)) => date.octets() == [0xFF; 5],
                Some(DataRef::Time(time)) => time.octets() == [0xFF; 4],
                _ => false,
            };
            ledger.same(key, expected, if unknown { Json::Null } else { false.into() });
        }
        _ => ledger.disagree(key, "nobody compares this"),
    }
}
