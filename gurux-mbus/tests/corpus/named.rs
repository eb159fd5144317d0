//! Facts by plain names, as the tests of other decoders state them.

use gurux_value::{Measurement, Unit, Value};
use serde_json::{Map, Value as Json};

use crate::capture::{Capture, Kind, Record, hex};
use crate::{media, number, wmbusmeters};
use gurux_corpus::Ledger;

/// Remarks, and facts of the receiver or of the test's own making; none of the octets.
const REMARKS: [&str; 14] = [
    "format",
    "envelope",
    "contains",
    "why",
    "aad",
    "nonce",
    "driver",
    "link_mode",
    "crc_ok",
    "full_frame_for",
    "needs_full_frame",
    "compact",
    "note",
    "name",
];

/// Compares all of one capture.
pub(crate) fn facts(ledger: &mut Ledger, capture: &Capture, expect: &Json) {
    let facts = expect.as_object().expect("facts");
    // Octets that are no frame can have no facts; where a source asserts some, they are compared.
    for (key, expected) in facts.iter().filter(|(key, _)| !REMARKS.contains(&key.as_str())) {
        fact(ledger, capture, key, expected, facts);
    }
    // The octets alone, and frames of the line without anything in them, assert no application.
    let is_frame_only = expect["format"] == "frame-only";
    if facts.contains_key("envelope") || is_frame_only || capture.octets.len() <= 9 {
        return;
    }
    if let Some(why) = capture.refused() {
        ledger.disagree("format", format_args!("refused: {why}"));
    } else {
        ledger.agree();
    }
}

fn fact(
    ledger: &mut Ledger,
    capture: &Capture,
    key: &str,
    expected: &Json,
    facts: &Map<String, Json>,
) {
    let text = expected.as_str().unwrap_or_default();
    match key {
        "header" => {
            for (key, expected) in expected.as_object().into_iter().flatten() {
                fact(ledger, capture, &key.to_lowercase(), expected, facts);
            }
        }
        // A number, or digits.
        // What the receiver writes beside a telegram; in simulations it was changed by hand.
        "id" if facts["format"] == "rtlwmbus-line"
            && capture.identification().as_deref() != Some(text) =>
        {
            ledger.driver();
        }
        "id" | "identification_number" => {
            let expected =
                expected.as_u64().map_or_else(|| text.to_owned(), |id| format!("{id:08}"));
            let found = capture.identification().unwrap_or_default();
            ledger.check(key, found.eq_ignore_ascii_case(&expected), expected, &found);
        }
        "manufacturer" => {
            let found = capture.meter().map(|meter| meter.manufacturer.to_string());
            ledger.same(key, expected, found);
        }
        "version" => ledger.same(key, expected, capture.meter().map(|meter| meter.version)),
        "device_type" => ledger.same(key, expected, capture.device_type()),
        "medium" => {
            let code = capture.device_type();
            if code.is_some_and(|code| {
                media::m_bus_parser(code, text) || media::wmbusmeters(code, text)
            }) {
                ledger.agree();
            } else if code.is_some_and(media::is_special) || !capture.is_standard() {
                ledger.driver();
            } else {
                ledger.disagree(key, format_args!("expected {text}, found {code:02X?}"));
            }
        }
        // A maker's payload has neither; decoders show what stands where they would be.
        "access_number" | "accessnumber" | "status" if !capture.has_transport() => ledger.driver(),
        "access_number" | "accessnumber" => ledger.same(key, expected, capture.access_number()),
        "status" => ledger.same(key, expected, capture.status()),
        "security_mode" => ledger.same(key, expected, capture.security_mode()),
        "kdf_selection" => ledger.same(key, expected, capture.kdf()),
        "auth_tag_bytes" => ledger.same(key, expected, capture.tag_len()),
        "tag_ok" => ledger.same(key, expected, capture.is_authentic()),
        "message_counter" => ledger.same(key, expected, capture.message_counter()),
        "plaintext" => ledger.same(key, expected, capture.plaintext().map(hex)),
        "plaintext_contains" => {
            let found = capture.plaintext().map(hex).unwrap_or_default();
            ledger.check(key, found.contains(text), text, &found);
        }
        // What a key gives that its source itself says is spoilt: the octets are told, not trusted.
        "plaintext_with_crc" | "iv" if capture.is_opened() == Some(false) => ledger.driver(),
        "plaintext_with_crc" => {
            ledger.same(key, expected, capture.plaintext_behind_link().map(hex));
        }
        "iv" => ledger.driver(),
        "record_count" => counted(ledger, key, expected, capture.records.len(), listed(capture)),
        "record_count_after_full_frame" => {
            counted(ledger, key, expected, capture.records.len(), listed(capture));
        }
        "record_count_without_full_frame" => {
            ledger.same(key, expected, capture.without_memory().map_or(0, |one| listed(&one)));
        }
        "data_records" if facts["format"] == "m-bus-parser-vector" => {
            transcribed(ledger, expected, capture);
        }
        "records" | "data_records" => records(ledger, key, expected, capture),
        "fields" => {
            let fields = serde_json::json!({ "fields": expected });
            wmbusmeters::facts(ledger, capture, &fields, &[]);
        }
        "text_record_contains" => {
            let found = capture
                .measurements()
                .any(|one| matches!(&one.value, Some(Value::Text(own)) if own.contains(text)));
            if found || capture.records.is_empty() && !capture.is_standard() {
                if found { ledger.agree() } else { ledger.driver() }
            } else {
                ledger.disagree(key, format_args!("no text contains {text}"));
            }
        }
        "ell" => {
            let ell = capture.ell();
            for (key, expected) in expected.as_object().into_iter().flatten() {
                let found = ell.map(|(control, access)| match key.as_str() {
                    "cc" => Json::from(format!("{control:02X}")),
                    "access_number" => Json::from(access),
                    _ => Json::Null,
                });
                ledger.same(format_args!("ell.{key}"), expected, found);
            }
        }
        "ci" => {
            let found: Vec<String> =
                capture.ci_fields().iter().map(|ci| format!("{ci:02X}")).collect();
            ledger.check(key, found.iter().any(|ci| ci == text), text, found.join(" "));
        }
        "c" => {
            ledger.same(key, expected, capture.control().map(|control| format!("{control:02X}")))
        }
        "a" => ledger.same(key, expected, capture.line_address()),
        "frame" => ledger.same(key, expected, capture.frame_name()),
        "bytes" => ledger.same(key, expected, capture.octets.len()),
        "decodes" => ledger.same(key, expected, capture.refused().is_none()),
        "more_records_follow" => {
            let found = capture
                .records
                .iter()
                .any(|record| record.kind == Kind::Manufacturer { more_records_follow: true });
            ledger.same(key, expected, found);
        }
        // A remark in words: `... digit A at ...`; what it says is that a record is no number.
        "invalid_bcd" => {
            let found =
                capture.measurements().any(|one| one.value.is_none() && one.quality.is_bad());
            ledger.check(key, found, text, "no record without a value");
        }
        "select" => select(ledger, capture, expected),
        "apl_len" => ledger.same(key, expected, capture.application().len()),
        "apl_first" => {
            ledger.same(key, expected, capture.application().first().map(|one| hex(&[*one])))
        }
        "apl_last" => {
            ledger.same(key, expected, capture.application().last().map(|one| hex(&[*one])))
        }
        // Litres, from a record of a maker's own or of the standard.
        "total_m3_x1000" => {
            let found = capture
                .measurements()
                .filter_map(|one| number::in_unit(one, Some(Unit::LITRE)))
                .any(|litres| {
                    number::printed(expected).is_some_and(|own| number::near(own, litres))
                });
            if found { ledger.agree() } else { maker(ledger, key, expected, capture) }
        }
        _ => ledger.disagree(key, "nobody compares this"),
    }
}

/// A number that is not there: the driver's, if the payload is a maker's.
fn maker(ledger: &mut Ledger, key: &str, expected: &Json, capture: &Capture) {
    let mixed = capture.records.iter().any(|one| matches!(one.kind, Kind::Manufacturer { .. }));
    if mixed || !capture.is_standard() {
        ledger.driver();
    } else {
        ledger.disagree(key, format_args!("expected {expected}, found nowhere"));
    }
}

/// Records that carry data, without fillers and without a maker's block at the end.
fn listed(capture: &Capture) -> usize {
    capture.records.iter().filter(|record| matches!(record.kind, Kind::Data | Kind::Bad)).count()
}

/// Some count a maker's block or the mark that more records follow as a record.
fn counted(ledger: &mut Ledger, key: &str, expected: &Json, all: usize, data: usize) {
    let expected_count = expected.as_u64().and_then(|count| usize::try_from(count).ok());
    let agrees = expected_count == Some(all) || expected_count == Some(data);
    ledger.check(key, agrees, expected, format_args!("{data} with data, {all} in all"));
}

fn records(ledger: &mut Ledger, key: &str, expected: &Json, capture: &Capture) {
    let ours: Vec<&Record> =
        capture.records.iter().filter(|record| record.kind != Kind::Filler).collect();
    for (place, expected) in expected.as_array().into_iter().flatten().enumerate() {
        let place =
            expected["id"].as_u64().map_or(place, |id| usize::try_from(id).unwrap_or(place));
        let mut own = Ledger::default();
        match ours.get(place) {
            Some(record) => one_record(&mut own, expected, record),
            // A decoder that takes a maker's payload apart.
            None if !capture.is_standard() => own.driver(),
            None => own.disagree("", "there is no such record"),
        }
        let prefix = |found: &mut String| *found = format!("{key}[{place}].{found}");
        own.disagreements.iter_mut().for_each(prefix);
        ledger.add(own);
    }
}

/// The list in m-bus-parser's `test_vectors.json` is a hand's copy of what wmbusmeters prints, drivers
/// and all (m-bus-parser itself has none, and does not compare it): some of the records, kWh called Wh,
/// here and there a digit exchanged. A number that is among our measurements agrees.
fn transcribed(ledger: &mut Ledger, expected: &Json, capture: &Capture) {
    for expected in expected.as_array().into_iter().flatten() {
        let exponent =
            expected["exponent"].as_i64().and_then(|one| i32::try_from(one).ok()).unwrap_or(0);
        let number = number::printed(&expected["value"]).map(|one| one * 10f64.powi(exponent));
        let unit = expected["unit"].as_str().and_then(named_unit);
        let found = capture
            .measurements()
            .filter_map(|one| number::in_unit(one, unit))
            .any(|own| number.is_some_and(|number| number::near(number, own)));
        if found { ledger.agree() } else { ledger.driver() }
    }
}

fn one_record(ledger: &mut Ledger, expected: &Json, record: &Record) {
    let measurement = record.measurement();
    for (key, value) in expected.as_object().into_iter().flatten() {
        match key.as_str() {
            "id" => {}
            "function" => {
                let expected = value.as_str().unwrap_or_default().to_lowercase();
                let own = measurement.function.name();
                let same = expected.starts_with(own)
                    || (own == "error-state" && expected.contains("error"));
                ledger.check(key, same, value, own);
            }
            "storage" | "storage_number" => ledger.same(key, value, measurement.storage),
            "tariff" => ledger.same(key, value, measurement.tariff),
            "device" | "subunit" => ledger.same(key, value, measurement.subunit),
            "quantity" => {
                let expected = value.as_str().unwrap_or_default();
                let same = is_word(&expected.to_lowercase(), measurement);
                ledger.check(key, same, expected, measurement.quantity.as_str());
            }
            "exponent" => {
                // Of the number that `raw` or `value` is; compared with it.
            }
            "unit" => unit(ledger, value, record, expected),
            "value" | "raw" | "raw_bcd" => scaled(ledger, key, value, record, expected),
            _ => ledger.disagree(key, "nobody compares this"),
        }
    }
}

/// A number with its exponent, in the unit that stands beside it: `131`, `-2`, `°C`.
fn scaled(ledger: &mut Ledger, key: &str, expected: &Json, record: &Record, beside: &Json) {
    let measurement = record.measurement();
    let Some(printed) = number::printed(expected) else {
        let found = measurement.value.as_ref().map(ToString::to_string).unwrap_or_default();
        return ledger.same(key, expected, found);
    };
    if key == "raw_bcd" {
        let raw = measurement.value.as_ref().and_then(number::number).map(|one| one.mantissa());
        let same = raw.is_some_and(|raw| number::close(printed, raw as f64));
        return ledger.check(key, same, expected, format_args!("{raw:?}"));
    }
    let exponent = beside["exponent"].as_i64().and_then(|one| i32::try_from(one).ok()).unwrap_or(0);
    let number = printed * 10f64.powi(exponent);
    let unit = beside["unit"].as_str().and_then(named_unit);
    let found = number::in_unit(measurement, unit).or_else(|| number::in_unit(measurement, None));
    // A date as seconds, or a number that the meter marked as missing: decoders show the octets.
    let none = measurement.value.is_none() && measurement.quality.is_bad();
    let agrees = none || found.is_some_and(|found| number::near(number, found));
    ledger.check(key, agrees, number, format_args!("{found:?}"));
}

fn unit(ledger: &mut Ledger, expected: &Json, record: &Record, _: &Json) {
    let text = expected.as_str().unwrap_or_default();
    let measurement = record.measurement();
    let own = measurement.unit;
    let agrees = match (named_unit(text), own) {
        (Some(unit), Some(own)) => unit.dimension() == own.dimension(),
        (None, own) => {
            matches!(text.to_lowercase().as_str(), "" | "none" | "-" | "dimensionless")
                && own.is_none_or(|own| own == Unit::ONE)
        }
        (Some(_), None) => false,
    };
    ledger.check("unit", agrees, text, format_args!("{own:?}"));
}

/// Units as other decoders write them.
fn named_unit(text: &str) -> Option<Unit> {
    match text {
        "" | "none" | "-" => None,
        "m^3" | "m3" => Some(Unit::CUBIC_METRE),
        "m^3/h" | "m3/h" => Some(Unit::CUBIC_METRE_PER_HOUR),
        // pyMeterBus writes degrees without the sign of a degree.
        "C" => Some(Unit::DEGREE_CELSIUS),
        "seconds" => Some(Unit::SECOND),
        "J/h" => Some(Unit::JOULE_PER_HOUR),
        text => text.parse().ok(),
    }
}

/// Is a decoder's word for what is measured among the parts of ours?
fn is_word(expected: &str, measurement: &Measurement<'_>) -> bool {
    let own = measurement.quantity.as_str();
    match expected {
        "dimensionless" => measurement.unit.is_none_or(|unit| unit == Unit::ONE),
        "reactive energy" => own.starts_with("energy.reactive"),
        "apparent energy" => own.starts_with("energy.apparent"),
        "reactive power" => own.starts_with("power.reactive"),
        "apparent power" => own.starts_with("power.apparent"),
        expected => expected
            .split([' ', '.'])
            .all(|word| own.split(['.', '-']).any(|part| part == word || word.starts_with(part))),
    }
}

/// The selection of a meter by parts of its address.
fn select(ledger: &mut Ledger, capture: &Capture, expected: &Json) {
    let Some([i0, i1, i2, i3, m0, m1, version, medium]) = capture.selection() else {
        return ledger.disagree("select", "no selection");
    };
    for (key, expected) in expected.as_object().into_iter().flatten() {
        let found = match key.as_str() {
            "id" => Json::from(hex(&[i3, i2, i1, i0]).to_lowercase()),
            "manufacturer" if [m0, m1] == [0xFF; 2] => "wildcard".into(),
            "manufacturer" => {
                gurux_mbus::wire::Manufacturer(u16::from_le_bytes([m0, m1])).to_string().into()
            }
            "version" | "medium" => {
                let octet = if key == "version" { version } else { medium };
                if octet == 0xFF { "wildcard".into() } else { octet.into() }
            }
            _ => Json::Null,
        };
        let same = expected.as_str().map(str::to_lowercase).map_or_else(
            || *expected == found,
            |text| found.as_str().map(str::to_lowercase) == Some(text),
        );
        ledger.check(format_args!("select.{key}"), same, expected, &found);
    }
}
