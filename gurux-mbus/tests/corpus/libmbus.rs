//! What rscada/libmbus prints: the header, the records in SI base units, the records as they are.
//!
//! libmbus knows the tables of 1997 and one extension behind a code. So each of its facts is compared
//! with our reading of the same record, cut to what libmbus reads of it; where its own table has
//! `Reserved` or a slip, only the number is compared. The slips are those of its source.

use gurux_value::{DateTime, Day, Measurement, Month, Unit, Value};
use serde_json::Value as Json;

use crate::capture::{Capture, Kind, Record, read_record};
use crate::{media, number};
use gurux_corpus::Ledger;

const SECONDS_OF_A_MONTH: f64 = 2_629_743.83;
const SECONDS_OF_A_YEAR: f64 = 31_556_926.0;

/// Compares all of one capture.
pub(crate) fn facts(ledger: &mut Ledger, capture: &Capture, expect: &Json) {
    let keys = ["format", "header", "records", "plain_xml_records", "record_count", "envelope"];
    ledger.unknown_keys("expect", expect, &keys);
    if let Some(why) = capture.refused() {
        return ledger.disagree("format", format_args!("refused: {why}"));
    }
    header(ledger, capture, &expect["header"]);
    if let Some(count) = expect.get("record_count") {
        ledger.same("record_count", count, listed(capture).len());
    }
    for (list, each) in [("records", normalised as Each), ("plain_xml_records", plain)] {
        let Some(expected) = expect.get(list).and_then(Json::as_array) else { continue };
        let ours = listed(capture);
        ledger.check(list, ours.len() == expected.len(), expected.len(), ours.len());
        for (expected, ours) in expected.iter().zip(ours) {
            let mut own = Ledger::default();
            each(&mut own, expected, ours);
            let place = |found: &mut String| *found = format!("{list}[{}].{found}", expected["id"]);
            own.disagreements.iter_mut().for_each(place);
            ledger.add(own);
        }
    }
}

type Each = fn(&mut Ledger, &Json, &Record);

/// The records that libmbus lists: all but fillers.
fn listed(capture: &Capture) -> Vec<&Record> {
    capture.records.iter().filter(|record| record.kind != Kind::Filler).collect()
}

fn header(ledger: &mut Ledger, capture: &Capture, header: &Json) {
    for (key, expected) in header.as_object().into_iter().flatten() {
        let text = expected.as_str().unwrap_or_default();
        let found = match key.as_str() {
            // Its own table of products: no fact of the octets.
            "ProductName" => continue,
            "Id" => capture.identification().map(|id| id.trim_start_matches('0').to_owned()),
            "Manufacturer" => capture.meter().map(|meter| meter.manufacturer.to_string()),
            "Version" => capture.meter().map(|meter| meter.version.to_string()),
            "AccessNumber" => capture.access_number().map(|number| number.to_string()),
            "Status" => capture.status().map(|status| format!("{status:02X}")),
            "Signature" => capture.config_word().map(|word| format!("{word:04X}")),
            "Medium" => {
                let code = capture.device_type();
                let text = unmangled(text);
                let agrees = code.is_some_and(|code| media::libmbus(code, &text));
                ledger.check("header.Medium", agrees, text, format_args!("{code:02X?}"));
                continue;
            }
            _ => {
                ledger.disagree(format_args!("header.{key}"), "nobody compares this");
                continue;
            }
        };
        let expected = if key == "Id" { text.trim_start_matches('0') } else { text };
        let found = found.unwrap_or_default();
        ledger.check(format_args!("header.{key}"), found == expected, expected, &found);
    }
}

/// Facts that both lists have.
fn common(ledger: &mut Ledger, expected: &Json, record: &Record) {
    let function = expected["function"].as_str().unwrap_or_default();
    let found = match record.kind {
        Kind::Manufacturer { more_records_follow: true } => "More records follow",
        Kind::Manufacturer { more_records_follow: false } => "Manufacturer specific",
        _ => match record.measurement().function.name() {
            "maximum" => "Maximum value",
            "minimum" => "Minimum value",
            "error-state" => "Value during error state",
            _ => "Instantaneous value",
        },
    };
    // The fixed structure has no functions; libmbus says whether a counter was stored.
    let found = match function {
        "Actual value" if record.measurement().storage == 0 => function,
        "Stored value" if record.measurement().storage == 1 => function,
        _ => found,
    };
    ledger.check("function", found == function, function, found);
    let measurement = record.measurement();
    for (key, found) in [
        ("storage", measurement.storage),
        ("tariff", measurement.tariff.into()),
        ("device", measurement.subunit.into()),
    ] {
        if let Some(expected) = expected.get(key) {
            ledger.same(key, expected, found);
        }
    }
}

/// A block of octets without a code.
fn block(ledger: &mut Ledger, expected: &Json, record: &Record) {
    let digits = record.octets[1..].iter().map(|octet| format!("{octet:02X}"));
    let found = digits.collect::<Vec<_>>().join(" ");
    let expected = expected["value"].as_str().unwrap_or_default().trim();
    ledger.check("value", found == expected, expected, &found);
}

/// A record in base units, as `mbus_data_variable_xml_normalized` prints it.
fn normalised(ledger: &mut Ledger, expected: &Json, record: &Record) {
    let keys = ["id", "function", "storage", "tariff", "device", "unit", "quantity", "value"];
    ledger.unknown_keys("", expected, &keys);
    common(ledger, expected, record);
    if matches!(record.kind, Kind::Manufacturer { .. }) {
        return block(ledger, expected, record);
    }
    let (quantity, unit) = (text(expected, "quantity"), text(expected, "unit"));
    let ours = read_record(&cut(&record.octets, true));
    let Some(ours) = ours else {
        return ledger.disagree("value", "the record, cut to what libmbus reads, is refused");
    };
    if quantity != "Reserved" && quantity != "Unknown" {
        let agrees = is_word(&quantity, &record.octets, &ours);
        ledger.check("quantity", agrees, &quantity, ours.quantity.as_str());
    }
    let base = base_unit(&quantity, &unit);
    match base {
        Base::None | Base::Slip => {}
        Base::Unit(unit) => {
            let agrees = ours.unit.is_some_and(|own| own.dimension() == unit.dimension());
            ledger.check("unit", agrees, unit, format_args!("{:?}", ours.unit));
        }
        Base::Seconds => {
            let agrees = ours.unit.is_some_and(|own| {
                own.dimension() == Unit::SECOND.dimension()
                    || own.dimension() == Unit::MONTH.dimension()
            });
            ledger.check("unit", agrees, "a time", format_args!("{:?}", ours.unit));
        }
        Base::Unknown => ledger.disagree("unit", format_args!("nobody knows {unit:?}")),
    }
    let expected = text(expected, "value");
    value(ledger, &expected, record, &ours, |value| match base {
        Base::Unit(to) => number::scaled(&ours, value, to),
        Base::Seconds if ours.unit == Some(Unit::MONTH) => {
            Some(value.to_f64() * SECONDS_OF_A_MONTH)
        }
        Base::Seconds if ours.unit == Some(Unit::YEAR) => Some(value.to_f64() * SECONDS_OF_A_YEAR),
        Base::Seconds => number::converted(value, ours.unit?, Unit::SECOND),
        Base::Slip => slip(&record.octets, &ours, value),
        Base::None | Base::Unknown => Some(value.to_f64()),
    });
}

/// A record as it is, as `mbus_data_variable_xml` prints it: the unit says the scale.
fn plain(ledger: &mut Ledger, expected: &Json, record: &Record) {
    ledger.unknown_keys(
        "",
        expected,
        &["id", "function", "storage", "tariff", "device", "unit", "value"],
    );
    common(ledger, expected, record);
    if matches!(record.kind, Kind::Manufacturer { .. }) {
        return block(ledger, expected, record);
    }
    let unit = text(expected, "unit");
    let Some(ours) = read_record(&cut(&record.octets, false)) else {
        return ledger.disagree("value", "the record, cut to what libmbus reads, is refused");
    };
    let scale = Scale::of(&unit);
    if let Some(unit) = scale.unit {
        let agrees = ours.unit.is_some_and(|own| own.dimension() == unit.dimension());
        ledger.check("unit", agrees, unit, format_args!("{:?}", ours.unit));
    }
    let expected = text(expected, "value");
    value(ledger, &expected, record, &ours, |value| match (scale.unit, ours.unit) {
        (Some(to), Some(_)) => number::scaled(&ours, value, to).map(|value| value / scale.factor),
        _ => Some(value.to_f64() / scale.factor),
    });
}

/// Compares a printed value: a date, a text or a number.
fn value(
    ledger: &mut Ledger,
    expected: &str,
    record: &Record,
    ours: &Measurement<'_>,
    scaled: impl Fn(gurux_value::Decimal) -> Option<f64>,
) {
    match &ours.value {
        Some(Value::DateTime(time)) => {
            ledger.check("value", is_date(expected, time), expected, time);
        }
        Some(Value::Text(text)) => {
            let same = unmangled(expected).trim_end_matches('\0') == text.trim_end_matches('\0');
            ledger.check("value", same, expected, text);
        }
        // Binary of variable length, printed octet by octet.
        Some(_)
            if parts(&record.octets).data.get(1..).is_some_and(|data| is_dump(expected, data)) =>
        {
            ledger.agree();
        }
        Some(value) => {
            let Some(own) = number::number(value).and_then(&scaled) else {
                return ledger
                    .disagree("value", format_args!("expected {expected}, found {value}"));
            };
            let agrees = expected.parse().is_ok_and(|printed| number::near(printed, own));
            ledger.check("value", agrees, expected, own);
        }
        // We say that the meter marked it as missing or wrong; libmbus prints the mark.
        None => {
            let agrees = ours.quality.is_bad() && is_mark(expected, &record.octets);
            ledger.check("value", agrees, expected, format_args!("none, {}", ours.quality));
        }
    }
}

fn text(json: &Json, key: &str) -> String {
    unmangled(json[key].as_str().unwrap_or_default())
}

/// The XML says ISO 8859-1 and holds UTF-8, so that some texts were decoded twice.
fn unmangled(text: &str) -> String {
    let octets: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
    octets.and_then(|octets| String::from_utf8(octets).ok()).unwrap_or_else(|| text.to_owned())
}

// --- What libmbus reads of a record ---------------------------------------------------------

/// Where the codes of a record lie: `DIB`, `VIF`, `VIFE`.
struct Parts<'a> {
    dib: &'a [u8],
    vib: &'a [u8],
    text: &'a [u8],
    data: &'a [u8],
}

/// An index that does not look beyond the codes; where there are none, everything is data.
fn parts(octets: &[u8]) -> Parts<'_> {
    let chain = |octets: &[u8]| octets.iter().take_while(|octet| **octet & 0x80 != 0).count() + 1;
    let (dib, rest) = octets.split_at(chain(octets).min(octets.len()));
    let Some(vif) = rest.first().copied() else {
        return Parts { dib, vib: &[], text: &[], data: rest };
    };
    if vif & 0x7F == 0x7C {
        // The text comes before the extensions.
        let end = 2 + usize::from(rest.get(1).copied().unwrap_or(0));
        let (text, data) = rest.split_at(end.min(rest.len()));
        let extensions = if vif & 0x80 != 0 { chain(data) } else { 0 };
        let (vib, data) = data.split_at(extensions.min(data.len()));
        return Parts { dib, vib, text, data };
    }
    let (vib, data) = rest.split_at(chain(rest).min(rest.len()));
    Parts { dib, vib, text: &[], data }
}

/// The record with only the codes that libmbus reads: the tables FD and FB with one code, others with
/// a factor of ten where `scaled`.
fn cut(octets: &[u8], scaled: bool) -> Vec<u8> {
    let Parts { dib, vib, text, data } = parts(octets);
    if !text.is_empty() {
        return octets.to_vec();
    }
    let codes = match *vib {
        [table @ (0xFB | 0xFD), code, ..] => vec![table, code & 0x7F],
        [vif, factor, ..] if scaled && matches!(factor & 0x7F, 0x70..=0x77 | 0x7D) => {
            vec![vif, factor & 0x7F]
        }
        // Its table has nothing for a maker's code: the number alone.
        [0x7F | 0xFF, ..] => vec![0xFD, 0x3A],
        [vif, ..] => vec![vif & 0x7F],
        [] => vec![],
    };
    [dib, &codes, data].concat()
}

/// The table and code, as libmbus's own table counts them: `FD xx` from 100h, `FB xx` from 200h.
fn code(octets: &[u8]) -> u16 {
    match *parts(octets).vib {
        [0xFD, code, ..] => 0x100 | u16::from(code & 0x7F),
        [0xFB, code, ..] => 0x200 | u16::from(code & 0x7F),
        [vif, ..] => u16::from(vif & 0x7F),
        [] => 0x7C,
    }
}

// --- What libmbus means ---------------------------------------------------------------------

/// The unit of a normalised value.
#[derive(Clone, Copy)]
enum Base {
    None,
    Unit(Unit),
    Seconds,
    /// Its table has another unit or factor than the standard.
    Slip,
    Unknown,
}

fn base_unit(quantity: &str, unit: &str) -> Base {
    Base::Unit(match unit {
        "Wh" => Unit::WATT_HOUR,
        "J/h" => Unit::JOULE_PER_HOUR,
        "J" if quantity == "Power" => return Base::Slip,
        "J" => Unit::JOULE,
        "m^3" => Unit::CUBIC_METRE,
        "m^3/h" => Unit::CUBIC_METRE_PER_HOUR,
        "m^3/min" => Unit::CUBIC_METRE_PER_MINUTE,
        "m^3/s" => Unit::CUBIC_METRE_PER_SECOND,
        "kg" => Unit::KILOGRAM,
        "kg/h" => Unit::KILOGRAM_PER_HOUR,
        "W" if quantity == "Cumul count max power" => return Base::Slip,
        "W" => Unit::WATT,
        "°C" => Unit::DEGREE_CELSIUS,
        "K" => Unit::KELVIN,
        "bar" => Unit::BAR,
        "V" => Unit::VOLT,
        "A" => Unit::AMPERE,
        "Units for H.C.A." => Unit::HEAT_COST_UNIT,
        "s" => return Base::Seconds,
        // The codes that later texts gave another meaning, and those of its own slips.
        "feet^3"
        | "American gallon"
        | "American gallon/min"
        | "American gallon/h"
        | "°F"
        | "Reserved" => return Base::Slip,
        "" | "-" | "Currency units" | "Baud" | "Bittimes" | "none" | "h,m,s" | "D,M,Y" => {
            return Base::None;
        }
        _ => return Base::Unknown,
    })
}

/// The number as libmbus's table has it, where that is not the standard's.
fn slip(octets: &[u8], ours: &Measurement<'_>, value: gurux_value::Decimal) -> Option<f64> {
    let own = |to| number::converted(value, ours.unit?, to);
    match code(octets) {
        // FB 08, 09: 0.1 GJ and 1 GJ, without a unit. FB 30, 31: GJ/h, printed as J.
        0x208 | 0x209 => own(Unit::JOULE),
        0x230 | 0x231 => own(Unit::JOULE_PER_HOUR),
        // FB 79 has the factor of FB 78.
        0x279 => own(Unit::WATT).map(|watts| watts / 10.0),
        0x278..=0x27F => own(Unit::WATT),
        _ => raw(octets),
    }
}

/// Words of ours for its words.
#[rustfmt::skip]
const WORDS: [(&str, &[&str]); 51] = [
    ("Energy",                               &["energy"]),
    ("Power",                                &["power"]),
    ("Volume",                               &["volume"]),
    ("Mass",                                 &["mass"]),
    ("Volume flow",                          &["flow.volume"]),
    ("Mass flow",                            &["flow.mass"]),
    ("On time",                              &["time.on"]),
    ("Operating time",                       &["time.operating"]),
    ("Flow temperature",                     &["temperature.flow"]),
    ("Return temperature",                   &["temperature.return"]),
    ("Temperature difference",               &["temperature.difference"]),
    ("External temperature",                 &["temperature.external"]),
    ("Pressure",                             &["pressure"]),
    ("Time point (date)",                    &["date", "clock", "time"]),
    ("Time point (date & time)",             &["date", "clock", "time"]),
    ("H.C.A.",                               &["heat-cost"]),
    ("Averaging Duration",                   &["time.averaging", "time.actuality"]),
    ("Actuality Duration",                   &["time.actuality"]),
    ("Fabrication No",                       &["fabrication.number"]),
    ("(Enhanced) Identification",            &["meter.id"]),
    ("Bus Address",                          &["bus.address"]),
    ("Credit",                               &["credit"]),
    ("Debit",                                &["debit"]),
    ("Access Number (transmission count)",   &["access.number"]),
    ("Device type",                          &["device.type", "model"]),
    ("Medium",                               &["device.type"]),
    ("Manufacturer",                         &["manufacturer"]),
    ("Parameter set identification",         &["parameter-set"]),
    ("Model / Version",                      &["model"]),
    ("Hardware version",                     &["hardware.version"]),
    ("Firmware version",                     &["firmware.version"]),
    ("Software version",                     &["software.version"]),
    ("Customer location",                    &["customer.location"]),
    ("Customer",                             &["customer"]),
    ("Access Code User",                     &["access.code"]),
    ("Access Code Operator",                 &["access.code"]),
    ("Access Code System Operator",          &["access.code"]),
    ("Access Code Developer",                &["access.code"]),
    ("Password",                             &["password", "access.password"]),
    ("Error flags",                          &["error.flags"]),
    ("Error mask",                           &["error.mask"]),
    ("Digital Output",                       &["output.digital"]),
    ("Digital Input",                        &["input.digital"]),
    ("Voltage",                              &["voltage"]),
    ("Current",                              &["current"]),
    ("Reset counter",                        &["reset.counter"]),
    ("Cumul count max power",                &["power"]),
    ("Special supplier information",         &["supplier.information", "supplier"]),
    ("Temperature",                          &["temperature"]),
    ("Operating time battery",               &["battery.time"]),
    ("Duration since last readout",          &["time"]),
];

/// Is our word for what is measured that of libmbus? Where neither list has it, nobody compares.
fn is_word(quantity: &str, octets: &[u8], ours: &Measurement<'_>) -> bool {
    let own = ours.quantity.as_str();
    let text = parts(octets).text;
    if !text.is_empty() {
        // The maker's own word.
        return own == quantity || text_of(text) == quantity;
    }
    match WORDS.iter().find(|(one, _)| *one == quantity) {
        Some((_, words)) => words.iter().any(|word| {
            own.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        }),
        // Rare ones: our word shares a word with it; a maker's code has none.
        None if quantity == "Manufacturer specific" => {
            octets.iter().any(|octet| octet & 0x7F == 0x7F)
        }
        None => {
            let theirs = quantity.to_lowercase();
            own.split(['.', '-']).any(|word| theirs.contains(word))
        }
    }
}

/// A text on the wire: length, then the characters backwards.
fn text_of(octets: &[u8]) -> String {
    octets.iter().skip(2).rev().map(|octet| char::from(*octet)).collect()
}

/// Scale and unit in a text as `Energy (10 kWh)`, `1e-1  V` or `m A`.
struct Scale {
    factor: f64,
    unit: Option<Unit>,
}

impl Scale {
    fn of(text: &str) -> Self {
        let inner = text.rsplit_once('(').map_or(text, |(_, inner)| inner.trim_end_matches(')'));
        let mut factor = 1.0;
        let mut rest = inner.trim();
        // A number comes first: `10 kWh`, `1e-2 deg C`, `0.1 MWh`.
        if let Some((first, unit)) = rest.split_once(' ')
            && let Ok(number) = first.parse::<f64>()
        {
            (factor, rest) = (number, unit.trim());
        }
        // Then a prefix by itself: `m m^3`, `my m^3`.
        for (prefix, power) in [("m ", 1e-3), ("my ", 1e-6), ("k ", 1e3), ("M ", 1e6)] {
            if let Some(unit) = rest.strip_prefix(prefix) {
                (factor, rest) = (factor * power, unit.trim());
                break;
            }
        }
        let unit = match rest {
            "m^3" => Some(Unit::CUBIC_METRE),
            "m^3/h" => Some(Unit::CUBIC_METRE_PER_HOUR),
            "m^3/min" => Some(Unit::CUBIC_METRE_PER_MINUTE),
            "m^3/s" => Some(Unit::CUBIC_METRE_PER_SECOND),
            "kg/h" => Some(Unit::KILOGRAM_PER_HOUR),
            "deg C" => Some(Unit::DEGREE_CELSIUS),
            "seconds" => Some(Unit::SECOND),
            "minutes" => Some(Unit::MINUTE),
            "hours" => Some(Unit::HOUR),
            "days" => Some(Unit::DAY),
            "%RH" => Some(Unit::PERCENT),
            "Units for H.C.A." => Some(Unit::HEAT_COST_UNIT),
            "kJ" | "J" | "Wh" | "kWh" | "MWh" | "mWh" | "W" | "kW" | "MW" | "kg" | "bar" | "V"
            | "A" | "K" | "MJ" | "GJ" | "J/h" | "t" => rest.parse().ok(),
            _ => None,
        };
        Self { factor: if unit.is_some() { factor } else { 1.0 }, unit }
    }
}

// --- Dates and marks ------------------------------------------------------------------------

/// Is a printed date what we say of it? libmbus prints the bits of a field, whether a calendar has such a
/// day or not, and it does not print what the status bits say; what we leave open it may print
/// as it likes.
fn is_date(printed: &str, time: &DateTime) -> bool {
    let digits: Vec<Option<u32>> =
        printed.split(|c: char| !c.is_ascii_digit()).map(|d| d.parse().ok()).collect();
    let field = |place: usize| digits.get(place).copied().flatten();
    let agrees = |own: Option<u32>, place| own.is_none() || own == field(place);
    let month = time.month().and_then(|month| match month {
        Month::Number(month) => Some(u32::from(month)),
        _ => None,
    });
    let day = time.day().and_then(|day| match day {
        Day::Number(day) => Some(u32::from(day)),
        _ => None,
    });
    agrees(time.year().map(u32::from), 0)
        && agrees(month, 1)
        && agrees(day, 2)
        && (field(3).is_none() || agrees(time.hour().map(u32::from), 3))
        && (field(4).is_none() || agrees(time.minute().map(u32::from), 4))
}

/// Are these the octets, one after the other?
fn is_dump(printed: &str, data: &[u8]) -> bool {
    let mut digits: Vec<_> = data.iter().map(|octet| format!("{octet:02X}")).collect();
    let upwards = digits.join(" ");
    digits.reverse();
    printed.contains(' ') && [upwards, digits.join(" ")].iter().any(|dump| dump == printed.trim())
}

/// Is the printed value what the octets say as a plain number, or a date outside of the calendar?
fn is_mark(printed: &str, octets: &[u8]) -> bool {
    let data = parts(octets).data;
    let is_date = printed.contains('-') && printed.len() >= 10 && !printed.starts_with('-');
    let marked = data.iter().all(|octet| *octet == 0xFF)
        || data.iter().all(|octet| *octet == 0)
        || data.first().is_some_and(|minute| minute & 0x80 != 0);
    let digits: String = data.iter().rev().map(|octet| format!("{octet:02X}")).collect();
    (is_date && (marked || impossible(printed)))
        || printed == digits
        || printed
            .parse()
            .is_ok_and(|printed: f64| raw(octets).is_some_and(|raw| is_scaled(printed, raw)))
        || printed.is_empty()
}

/// A date that no calendar has.
fn impossible(printed: &str) -> bool {
    let field =
        |range: core::ops::Range<usize>| printed.get(range).and_then(|d| d.parse::<u32>().ok());
    !field(5..7).is_some_and(|month| (1..=12).contains(&month))
        || !field(8..10).is_some_and(|day| (1..=31).contains(&day))
}

/// Is one number the other times a power of ten?
fn is_scaled(printed: f64, raw: f64) -> bool {
    (-9..=9).any(|power| number::near(printed, raw * 10f64.powi(power)))
}

/// The data field as libmbus reads it: an integer, or a BCD of which the high digit of an octet counts
/// only up to nine, and the low one whatever it is.
fn raw(octets: &[u8]) -> Option<f64> {
    let Parts { dib, data, .. } = parts(octets);
    Some(match dib.first()? & 0x0F {
        0x01..=0x04 | 0x06 | 0x07 => {
            let bits = data.iter().rev().fold(0u64, |sum, octet| sum << 8 | u64::from(*octet));
            let unused = 64u32.saturating_sub(8 * u32::try_from(data.len()).ok()?);
            ((bits << unused).cast_signed() >> unused) as f64
        }
        0x09..=0x0C | 0x0E => {
            let negative = data.last().is_some_and(|octet| octet >> 4 == 0x0F);
            let value = data.iter().rev().fold(0.0, |sum, octet| {
                let high = Some(octet >> 4).filter(|high| *high < 10).unwrap_or(0);
                sum * 100.0 + f64::from(high) * 10.0 + f64::from(octet & 0x0F)
            });
            if negative { -value } else { value }
        }
        _ => return None,
    })
}
