//! What wmbusmeters makes of a telegram: the fields of a driver, with their units in their names.
//!
//! Compared are `media`, `id`, and each number, which has to be among our measurements in the unit that
//! the field's name ends in; a date or text that the telegram states has to be there too. What is left
//! is the driver's, by one rule, [`Known`]: the payload is not the standard's (CI A0 to B7, a maker's
//! security mode, records whose format frame nobody sent), or it holds a maker's own octets or codes that
//! the driver takes apart, or the number is one that the driver computes (a sum, a difference, a
//! count of months), or the field is a word.

use gurux_value::{Day, Measurement, Month, Unit, Value};
use serde_json::Value as Json;

use crate::capture::{Capture, Kind};
use crate::{media, number};
use gurux_corpus::Ledger;

/// Keys that state no fact of the octets: how the program was set up, and when it ran.
const ABOUT: [&str; 8] =
    ["_", "meter", "name", "timestamp", "driver", "device", "rssi_dbm", "telegram"];

/// Compares all of one capture. `others` are the further telegrams that the fields were gathered from.
pub(crate) fn facts(ledger: &mut Ledger, capture: &Capture, expect: &Json, others: &[&Capture]) {
    let keys = ["format", "driver", "fields", "part", "parts", "envelope"];
    ledger.unknown_keys("expect", expect, &keys);
    let Some(fields) = expect["fields"].as_object() else {
        // A telegram of a simulation: it decodes, or it is marked broken.
        return match capture.refused() {
            None => ledger.agree(),
            Some(why) => ledger.disagree("fields", format_args!("refused: {why}")),
        };
    };
    if let Some(why) = capture.refused() {
        return ledger.disagree("fields", format_args!("refused: {why}"));
    }
    let parts: Vec<&Capture> = others.iter().copied().chain([capture]).collect();
    let known = Known::of(capture, &parts, expect.get("parts").and_then(Json::as_u64));
    for (name, expected) in fields {
        let place = format!("fields.{name}");
        match (name.as_str(), expected) {
            (name, _) if ABOUT.contains(&name) => {}
            ("id", _) => id(ledger, &known, expected),
            ("media", _) => medium(ledger, &known, expected),
            (_, Json::Number(_)) => known.number(ledger, &place, name, expected),
            (_, Json::String(text)) => known.text(ledger, text),
            // No value: that a driver looked for one says nothing of the octets.
            (_, Json::Null) => ledger.driver(),
            _ => ledger.disagree(place, "nobody compares this"),
        }
    }
}

/// The meter's identification, that of one of its addresses, or one that a record carries.
fn id(ledger: &mut Ledger, known: &Known<'_>, expected: &Json) {
    let id = expected.as_str().unwrap_or_default();
    let capture = known.capture;
    let ours = capture.identification();
    if ours.as_deref() == Some(id)
        || capture.addresses().iter().any(|one| one.identification.to_string() == id)
        || known.measurements().any(|one| is_identification(one, id))
    {
        ledger.agree();
    } else if !known.is_standard || known.turned_address(id) {
        // A maker's own order of the address, which only the driver knows.
        ledger.driver();
    } else {
        ledger.disagree("fields.id", format_args!("expected {id}, found {ours:?}"));
    }
}

/// A record that names the meter: its digits, an address in octets, or a text that ends in the digits.
fn is_identification(measurement: &Measurement<'_>, id: &str) -> bool {
    match &measurement.value {
        Some(Value::Octets(octets)) => {
            let digits: String = octets.iter().rev().map(|octet| format!("{octet:02x}")).collect();
            digits.contains(id)
        }
        Some(Value::Text(text)) => text.contains(id),
        Some(value) => {
            let quantity = measurement.quantity.as_str();
            let digits = number::number(value).map(|number| number.to_string());
            (quantity.starts_with("meter.id") || quantity.starts_with("fabrication"))
                && digits.is_some_and(|digits| {
                    format!("{digits:0>8}").ends_with(id) || is_hex(&digits, id)
                })
        }
        None => false,
    }
}

/// An identification in eight octets, read as a number: the digits are the low four octets' or the next's.
fn is_hex(digits: &str, id: &str) -> bool {
    digits.parse::<i128>().is_ok_and(|number| format!("{number:016x}").contains(id))
}

/// The word for the device type of one of the addresses.
fn medium(ledger: &mut Ledger, known: &Known<'_>, expected: &Json) {
    let word = expected.as_str().unwrap_or_default();
    let capture = known.capture;
    let codes: Vec<u8> = capture.addresses().iter().map(|one| one.device_type.code()).collect();
    let own = capture.device_type();
    if own.is_some_and(|own| media::wmbusmeters(own, word))
        || codes.iter().any(|code| media::wmbusmeters(*code, word))
    {
        ledger.agree();
    } else if !known.is_standard || own.is_some_and(media::is_special) || known.carries_address {
        ledger.driver();
    } else {
        ledger.disagree("fields.media", format_args!("expected {word}, found {own:02X?}"));
    }
}

/// What can be known of a telegram without its driver.
struct Known<'a> {
    capture: &'a Capture,
    parts: &'a [&'a Capture],
    /// Is its payload records of the standard, all of it?
    is_standard: bool,
    /// Does it hold octets or codes of its maker's?
    is_mixed: bool,
    /// Does a record carry an address of its own?
    carries_address: bool,
    /// Is a telegram missing from which the fields were gathered too?
    is_partial: bool,
}

impl<'a> Known<'a> {
    fn of(capture: &'a Capture, parts: &'a [&'a Capture], count: Option<u64>) -> Self {
        let records = || parts.iter().flat_map(|part| &part.records);
        let carries_address = records().any(|record| {
            record.kind == Kind::Data
                && record.measurement().quantity.as_str().starts_with("meter.id")
        });
        Self {
            capture,
            parts,
            is_standard: parts.iter().all(|part| part.is_standard()),
            is_mixed: records().any(|record| {
                matches!(record.kind, Kind::Manufacturer { .. } | Kind::Bad)
                    || record.has_maker_code()
                    || record.is_block()
            }),
            carries_address,
            is_partial: count
                .is_some_and(|count| parts.len() < usize::try_from(count).unwrap_or(0)),
        }
    }

    fn measurements(&self) -> impl Iterator<Item = &'a Measurement<'static>> {
        let records = self.parts.iter().flat_map(|part| &part.records);
        records.filter(|record| record.kind == Kind::Data).map(|record| record.measurement())
    }

    /// The digits are in the link address, but turned or moved.
    fn turned_address(&self, id: &str) -> bool {
        let Some(address) = self.capture.frame.get(2..10) else { return false };
        let digits: String = address.iter().rev().map(|octet| format!("{octet:02x}")).collect();
        digits.contains(id) && self.capture.has_maker_mode()
    }

    fn number(&self, ledger: &mut Ledger, place: &str, name: &str, expected: &Json) {
        let Some(expected) = number::printed(expected) else {
            return ledger.disagree(place, "no number");
        };
        let unit = unit_of(name);
        let close: Vec<f64> =
            self.measurements().filter_map(|one| number::in_unit(one, unit?)).collect();
        if close.iter().any(|own| number::near(expected, *own)) {
            return ledger.agree();
        }
        let computed = is_computed(expected, &close) || self.is_bare(expected);
        let missing = unit.is_none() || close.is_empty();
        if !self.is_standard || self.is_mixed || self.is_partial || computed || missing {
            return ledger.driver();
        }
        let found: Vec<String> = close.iter().map(ToString::to_string).collect();
        ledger.disagree(place, format_args!("expected {expected}, found {}", found.join(", ")));
    }

    /// Is it what a record says without what combines with its code, or what it says though the meter
    /// marked it as wrong? A driver that looks for the octets of a code takes either.
    fn is_bare(&self, expected: f64) -> bool {
        let records = self.parts.iter().flat_map(|part| &part.records);
        let mut odd = records.filter(|record| {
            let marked = record.kind == Kind::Data && record.measurement().value.is_none();
            marked || record.is_combined()
        });
        odd.any(|record| record.plain_number().is_some_and(|own| is_power_of_ten(expected, own)))
    }

    /// A text that the telegram states agrees; any other is the driver's.
    fn text(&self, ledger: &mut Ledger, text: &str) {
        let found = self.measurements().any(|one| match &one.value {
            Some(Value::DateTime(time)) => {
                let date =
                    time.date().map(|(year, month, day)| format!("{year}-{month:02}-{day:02}"));
                let month = matches!(time.month(), Some(Month::Number(_)));
                let day = matches!(time.day(), Some(Day::Number(_)));
                let clock = time.hour().zip(time.minute());
                let whole = date
                    .as_ref()
                    .zip(clock)
                    .map(|(date, (hour, minute))| format!("{date} {hour:02}:{minute:02}"));
                month && day && (date.as_deref() == Some(text) || whole.as_deref() == Some(text))
            }
            Some(Value::Text(own)) => own.trim() == text.trim(),
            _ => false,
        });
        if found { ledger.agree() } else { ledger.driver() }
    }
}

/// Is a number the sum or the difference of two that the telegram states?
fn is_computed(expected: f64, own: &[f64]) -> bool {
    own.iter().enumerate().any(|(place, one)| {
        own.iter().skip(place + 1).any(|other| {
            number::near(expected, one + other) || number::near(expected.abs(), (one - other).abs())
        })
    })
}

/// Is one number the other times a power of ten?
fn is_power_of_ten(one: f64, other: f64) -> bool {
    (-9..=9).any(|power| number::near(one, other * 10f64.powi(power)))
}

/// The unit that a field's name ends in; the inner `None` is a plain number, the outer an unknown unit.
fn unit_of(name: &str) -> Option<Option<Unit>> {
    let unit = match name.rsplit('_').next()? {
        "m3" => Unit::CUBIC_METRE,
        "l" => Unit::LITRE,
        "m3h" => Unit::CUBIC_METRE_PER_HOUR,
        "lh" => Unit::LITRE_PER_HOUR,
        "kwh" => "kWh".parse().ok()?,
        "wh" => Unit::WATT_HOUR,
        "mj" => "MJ".parse().ok()?,
        "gj" => "GJ".parse().ok()?,
        "kvarh" => "kvarh".parse().ok()?,
        "kvah" => "kVAh".parse().ok()?,
        "kw" => "kW".parse().ok()?,
        "w" => Unit::WATT,
        "jh" => Unit::JOULE_PER_HOUR,
        "kvar" => "kvar".parse().ok()?,
        "kva" => "kVA".parse().ok()?,
        "c" => Unit::DEGREE_CELSIUS,
        "k" => Unit::KELVIN,
        "f" => Unit::DEGREE_FAHRENHEIT,
        "v" => Unit::VOLT,
        "a" => Unit::AMPERE,
        "hz" => Unit::HERTZ,
        "s" => Unit::SECOND,
        "min" => Unit::MINUTE,
        "h" => Unit::HOUR,
        "d" => Unit::DAY,
        "month" => Unit::MONTH,
        "y" => Unit::YEAR,
        "hca" => Unit::HEAT_COST_UNIT,
        "rh" | "pct" => Unit::PERCENT,
        "ppm" => Unit::PARTS_PER_MILLION,
        "bar" => Unit::BAR,
        "pa" => Unit::PASCAL,
        "kg" => Unit::KILOGRAM,
        "deg" => Unit::DEGREE,
        "dbm" => Unit::DECIBEL_MILLIWATT,
        "counter" | "nr" | "factor" => return Some(None),
        _ => return None,
    };
    Some(Some(unit))
}
