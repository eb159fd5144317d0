//! Telegrams as JSON, straight into a buffer: no tree is built on the way.
//!
//! One telegram is one object, which the caller opens and closes, so that it can say where the
//! telegram was found:
//!
//! | member | is |
//! |---|---|
//! | `layers` | the layers by name, the outermost first |
//! | `meter` | who it is of: `id`, `manufacturer`, `version`, `medium`, and `address` on a wire |
//! | `direction` | `request` to the meter or `response` from it; `null` without a link layer |
//! | `message` | the fields of all layers; `records` are the octets of each record, `manufacturer_data` those behind them that only the manufacturer knows, `payload` those of what is no list of records, or is sealed |
//! | `readings` | what the records mean: a measurement each, or one for each value of a compact profile, with its octets in `raw` |
//!
//! Numbers that were measured are text: `"value":"123.45"`. A reading has the fields that
//! gurux-value's measurements have when they are serialised.
//!
//! ```
//! use gurux_mbus::{json, wire::Telegram};
//!
//! let telegram = Telegram::from_user_data(&[0x78, 0x0B, 0x13, 0x56, 0x34, 0x12])?;
//! let mut line = String::from("{");
//! json::telegram(&telegram, "bare", None, &mut line);
//! line.push('}');
//! assert!(line.starts_with(r#"{"layers":["bare","tpl-none"],"meter":{},"direction":null,"#));
//! assert!(line.contains(r#""quantity":"volume","obis":null,"value":"123.456","unit":"m³""#));
//! # Ok::<(), gurux_framing::WireError>(())
//! ```

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;
use core::ops::Range;

use gurux_framing::{Direction, Reader, Wire};
use gurux_value::{ClockStatus, DateTime, Function, Measurement, Quality, Unit, Value, Weekday};

use crate::table::lookup_device_type;
use crate::value::Profile;
use crate::wire::{
    Body, DataRecord, FixedData, Header, Link, MeterAddress, RecordItem, Records, Sealed, Telegram,
};

/// DIFs behind which all is the manufacturer's own.
const MANUFACTURER: u8 = 0x0F;
const MORE_RECORDS_FOLLOW: u8 = 0x1F;

/// Octets of a fixed data structure.
const FIXED_LEN: usize = 16;

/// The times of so many storage numbers are known while a telegram is written.
const MAX_TIMES: usize = 32;

/// Appends the members of the object that a telegram is, with commas between and none behind.
///
/// `link` is the name of what carried it. `opened` is the same telegram in clear, where it was
/// sealed and somebody had the key: layers, meter, records and readings are told as they are there,
/// all else as it came. Answers how many readings there are.
pub fn telegram(
    telegram: &Telegram<'_>,
    link: &str,
    opened: Option<&Telegram<'_>>,
    out: &mut String,
) -> usize {
    out.push_str("\"layers\":[");
    text(link, out);
    layers(opened.unwrap_or(telegram), out);
    out.push_str("],\"meter\":{");
    meter(opened.unwrap_or(telegram), out);
    out.push_str("},\"direction\":");
    out.push_str(match telegram.link {
        Link::Ack | Link::Nack => "\"response\"",
        Link::Short { control, .. }
        | Link::Wired { control, .. }
        | Link::Wireless { control, .. } => match control.direction() {
            Direction::Request => "\"request\"",
            Direction::Response => "\"response\"",
        },
        Link::Bare => "null",
    });
    out.push_str(",\"message\":{");
    message(telegram, opened, out);
    out.push_str("},\"readings\":[");
    let count = readings(opened.unwrap_or(telegram), out);
    out.push(']');
    count
}

/// Appends a measurement as an object, with the octets that hold it.
pub fn reading(measurement: &Measurement<'_>, raw: &[u8], out: &mut String) {
    reading_at(measurement, raw, &mut None, out);
}

/// The same; a time that is that of the reading before is copied from there, not printed again.
fn reading_at(
    measurement: &Measurement<'_>,
    raw: &[u8],
    time_before: &mut Option<(DateTime, Range<usize>)>,
    out: &mut String,
) {
    out.push_str("{\"quantity\":");
    text(measurement.quantity.as_str(), out);
    match measurement.obis {
        Some(obis) => {
            out.push_str(",\"obis\":");
            shown(obis, out);
            out.push_str(",\"value\":");
        }
        None => out.push_str(",\"obis\":null,\"value\":"),
    }
    match &measurement.value {
        None => out.push_str("null"),
        // What is written in digits needs no escape.
        Some(Value::Decimal(number)) => shown(number, out),
        Some(value @ (Value::Text(_) | Value::Code { .. })) => {
            out.push('"');
            // Writing to a string cannot fail.
            let _ = write!(Escaped(out), "{}", value.without_label());
            out.push('"');
        }
        Some(value) => shown(value.without_label(), out),
    }
    out.push_str(",\"unit\":");
    match measurement.unit {
        Some(unit) => symbol(unit, out),
        None => out.push_str("null"),
    }
    match (measurement.time, time_before.as_ref()) {
        (Some(time), Some((before, printed))) if time == *before => {
            out.push_str(",\"time\":");
            out.extend_from_within(printed.clone());
            out.push_str(",\"function\":\"");
        }
        (Some(time), _) => {
            out.push_str(",\"time\":");
            let begin = out.len();
            shown(time, out);
            *time_before = Some((time, begin..out.len()));
            out.push_str(",\"function\":\"");
        }
        (None, _) => out.push_str(",\"time\":null,\"function\":\""),
    }
    out.push_str(measurement.function.name());
    out.push_str("\",\"storage\":");
    number(measurement.storage, out);
    out.push_str(",\"tariff\":");
    number(measurement.tariff.into(), out);
    out.push_str(",\"subunit\":");
    number(measurement.subunit.into(), out);
    if measurement.quality.is_good() && measurement.quality.bits() == 0 {
        out.push_str(",\"quality\":\"good\"");
    } else {
        out.push_str(",\"quality\":");
        shown(measurement.quality, out);
    }
    if let Some(value) = &measurement.value
        && !matches!(value, Value::Decimal(_))
    {
        out.push_str(",\"kind\":\"");
        out.push_str(value.kind());
        out.push('"');
        if let Some(label) = value.label() {
            out.push_str(",\"label\":");
            text(label, out);
        }
    }
    if let Some(time) = measurement.time {
        clock(time, out);
    }
    out.push_str(",\"raw\":");
    hex(raw, out);
    out.push('}');
}

/// What is said of the clock that a time is from, where something is.
fn clock(time: DateTime, out: &mut String) {
    // A weekday that the date has too says nothing new.
    let is_odd =
        |weekday: &Weekday| time.date().is_some() && Some(*weekday) != time.weekday_of_date();
    let weekday = time.weekday().filter(is_odd).map(Weekday::short_name);
    if weekday.is_none() && time.status() == ClockStatus::OK {
        return;
    }
    let mut before = ",\"clock\":\"";
    for name in weekday.into_iter().chain(time.status().names()) {
        out.push_str(before);
        out.push_str(name);
        before = ",";
    }
    out.push('"');
}

fn layers(telegram: &Telegram<'_>, out: &mut String) {
    if telegram.ell.is_some() {
        out.push_str(",\"ell\"");
    }
    if telegram.nwl.is_some() {
        out.push_str(",\"nwl\"");
    }
    if telegram.afl.is_some() {
        out.push_str(",\"afl\"");
    }
    out.push_str(match telegram.tpl.map(|tpl| tpl.header()) {
        None => "",
        Some(Header::None) => ",\"tpl-none\"",
        Some(Header::Short(_)) => ",\"tpl-short\"",
        Some(Header::Long(..)) => ",\"tpl-long\"",
    });
}

fn meter(telegram: &Telegram<'_>, out: &mut String) {
    let found = telegram.meter();
    let fixed = fixed(telegram);
    if let Some(fixed) = fixed {
        out.push_str("\"id\":");
        shown(fixed.identification, out);
        out.push_str(",\"medium\":");
        text(fixed.medium_name(), out);
    }
    if let Some(address) = found {
        out.push_str("\"id\":");
        shown(address.identification, out);
        out.push_str(",\"manufacturer\":");
        shown(address.manufacturer, out);
        out.push_str(",\"version\":");
        number(address.version.into(), out);
        out.push_str(",\"medium\":\"");
        // The names are the standard's, in letters.
        let _ = write!(out, "{}", Medium(address));
        out.push('"');
    }
    if let Link::Short { address, .. } | Link::Wired { address, .. } = telegram.link {
        out.push_str(if found.is_some() || fixed.is_some() {
            ",\"address\":"
        } else {
            "\"address\":"
        });
        number(address.0.into(), out);
    }
}

/// What a meter meters, in a word or two.
struct Medium(MeterAddress);

impl core::fmt::Display for Medium {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match lookup_device_type(self.0.manufacturer, self.0.device_type) {
            // What stands in parentheses is where or how.
            Some(name) => f.write_str(name.split(" (").next().unwrap_or(name)),
            None => write!(f, "{}", self.0.device_type),
        }
    }
}

fn message(telegram: &Telegram<'_>, opened: Option<&Telegram<'_>>, out: &mut String) {
    let begin = out.len();
    match telegram.link {
        Link::Ack => out.push_str("\"start\":229,"),
        Link::Nack => out.push_str("\"start\":162,"),
        Link::Short { control, .. } | Link::Wired { control, .. } => {
            member_number("control", control.0.into(), out);
        }
        Link::Wireless { control, address } => {
            member_number("control", control.0.into(), out);
            out.push_str("\"link_address\":");
            shown(address, out);
            out.push(',');
        }
        Link::Bare => {}
    }
    if let Link::Short { address, .. } | Link::Wired { address, .. } = telegram.link {
        member_number("address", address.0.into(), out);
    }
    if let Some(ell) = telegram.ell {
        member_wire("ell", &ell, out);
    }
    if let Some(nwl) = telegram.nwl {
        member_wire("nwl", &nwl, out);
    }
    if let Some(afl) = telegram.afl {
        member_wire("afl", &afl, out);
    }
    if let Some(tpl) = telegram.tpl {
        member_number("ci", tpl.ci().code().into(), out);
        if let Some(address) = tpl.address() {
            out.push_str("\"identification\":");
            shown(address.identification, out);
            out.push_str(",\"manufacturer\":");
            shown(address.manufacturer, out);
            out.push(',');
            member_number("version", address.version.into(), out);
            member_number("device_type", address.device_type.code().into(), out);
        }
        if let Some(short) = tpl.short() {
            member_number("access_number", short.access_number.into(), out);
            member_number("status", short.status.0.into(), out);
            let mut octets = [0; 16];
            // The longest configuration has nine octets.
            let len = short.config.emit_to_slice(&mut octets).unwrap_or_default();
            out.push_str("\"configuration\":");
            hex(octets.get(..len).unwrap_or_default(), out);
            out.push(',');
        }
    }
    if opened.unwrap_or(telegram).payload.len() == FIXED_LEN
        && let Some(fixed) = fixed(opened.unwrap_or(telegram))
    {
        member_number("access_number", fixed.access_number.into(), out);
        member_number("status", fixed.status.into(), out);
        member_number("medium", fixed.medium().into(), out);
    }
    payload(telegram, opened, out);
    if out.len() > begin && out.ends_with(',') {
        out.pop();
    }
}

fn payload(telegram: &Telegram<'_>, opened: Option<&Telegram<'_>>, out: &mut String) {
    let records = match opened.unwrap_or(telegram).body() {
        Body::Records(octets) | Body::RecordsMsbFirst(octets) => Some(octets),
        _ => None,
    };
    let is_told = records.is_some() && opened.is_none();
    if !is_told && !telegram.payload.is_empty() {
        out.push_str("\"payload\":");
        hex(telegram.payload, out);
        out.push(',');
    }
    if let Some(octets) = records {
        out.push_str("\"records\":[");
        let mut records = Records::new(octets);
        let mut begin = octets;
        let mut own: &[u8] = &[];
        while records.next().is_some() {
            if let [MANUFACTURER | MORE_RECORDS_FOLLOW, behind @ ..] = begin {
                own = behind;
            }
            let rest = records.rest();
            let len = begin.len().saturating_sub(rest.len());
            hex(begin.get(..len).unwrap_or_default(), out);
            out.push(',');
            begin = rest;
        }
        if out.ends_with(',') {
            out.pop();
        }
        out.push_str("],");
        if !own.is_empty() {
            out.push_str("\"manufacturer_data\":");
            hex(own, out);
            out.push(',');
        }
    }
}

/// The fixed data structure that a telegram carries.
fn fixed(telegram: &Telegram<'_>) -> Option<FixedData> {
    match telegram.body() {
        Body::FixedData { octets, msb_first: false } => FixedData::from_bytes(octets).ok(),
        Body::FixedData { octets, msb_first: true } => {
            FixedData::read_high_first(&mut Reader::new(octets)).ok()
        }
        _ => None,
    }
}

fn readings(telegram: &Telegram<'_>, out: &mut String) -> usize {
    let mut count = 0_usize;
    let mut time_before = None;
    // Perhaps it is encrypted all the same.
    let doubt = telegram.sealed == Some(Sealed::Unknown);
    let mut put = |measurement: &mut Measurement<'_>, raw: &[u8]| {
        if count > 0 {
            out.push(',');
        }
        if doubt {
            measurement.quality |= Quality::DOUBTFUL;
        }
        reading_at(measurement, raw, &mut time_before, out);
        count = count.saturating_add(1);
    };
    if let Some(fixed) = fixed(telegram) {
        fixed.measurements().iter_mut().for_each(|measurement| put(measurement, telegram.payload));
        return count;
    }
    let mut turned: Vec<u8> = Vec::new();
    let (octets, readable) = match telegram.body() {
        Body::Records(octets) => (octets, octets),
        Body::RecordsMsbFirst(octets) => {
            Records::turn(octets, &mut turned);
            (octets, turned.as_slice())
        }
        _ => return count,
    };
    let times = Times::of(readable);
    let mut records = Records::new(readable);
    let mut begin = 0_usize;
    while let Some(item) = records.next() {
        let end = readable.len().saturating_sub(records.rest().len());
        // As they came: each record stands where it stood.
        let raw = octets.get(core::mem::replace(&mut begin, end)..end).unwrap_or_default();
        let RecordItem::Record(record) = item else { continue };
        if record.lvar().is_some()
            && let Some(profile) = Profile::of(&record)
        {
            profile.with_base_in(readable).for_each(|mut measurement| put(&mut measurement, raw));
            continue;
        }
        let mut measurement = record.measurement();
        measurement.time = measurement.time.or_else(|| times.of_measurement(&measurement));
        put(&mut measurement, raw);
    }
    count
}

/// The times that a telegram states, by storage number.
///
/// A value and a date with the same storage number belong together (EN 13757-3, as implemented by
/// every reader): the date says when the value was stored, for number 0 when it was read.
///
/// A time is of its part of the meter; that of the meter itself (subunit 0) is of the parts as well
/// which state none.
#[derive(Clone, Debug, Default)]
pub struct Times {
    found: [Option<Stated>; MAX_TIMES],
}

/// A time, and what it is of.
#[derive(Clone, Copy, Debug)]
struct Stated {
    storage: u64,
    subunit: u32,
    time: DateTime,
}

impl Times {
    /// The times in a payload of records.
    #[must_use]
    pub fn of(payload: &[u8]) -> Self {
        let mut times = Self::default();
        times.extend(payload);
        times
    }

    /// Takes the times of another payload too: those of the next telegram of an answer.
    pub fn extend(&mut self, payload: &[u8]) {
        let mut free = self.found.iter_mut().filter(|slot| slot.is_none());
        for item in Records::new(payload) {
            let RecordItem::Record(record) = item else { continue };
            if let Some(time) = stated(&record)
                && let Some(slot) = free.next()
            {
                let (storage, subunit) = (record.storage_number(), record.subunit().into());
                *slot = Some(Stated { storage, subunit, time });
            }
        }
    }

    /// The time that a measurement belongs to. Dates, and the extremes of a time, have none.
    #[must_use]
    pub fn of_measurement(&self, measurement: &Measurement<'_>) -> Option<DateTime> {
        if measurement.function != Function::Instantaneous
            || matches!(measurement.value, None | Some(Value::DateTime(_)))
        {
            return None;
        }
        let of = |subunit| {
            let mut known = self.found.iter().map_while(Option::as_ref);
            known.find(|stated| (stated.storage, stated.subunit) == (measurement.storage, subunit))
        };
        let own = of(measurement.subunit);
        let stated = if measurement.subunit == 0 { own } else { own.or_else(|| of(0)) };
        stated.map(|stated| stated.time)
    }
}

/// The time that a record states for its storage number: VIF 6C or 6D, and nothing combined. A time of
/// day alone is when nothing was.
fn stated(record: &DataRecord<'_>) -> Option<DateTime> {
    if !matches!(record.vib().octets(), [0x6C | 0x6D])
        || record.function() != Function::Instantaneous
        || record.tariff() != 0
    {
        return None;
    }
    match record.measurement().value {
        Some(Value::DateTime(time)) if time.date().is_some() => Some(time),
        _ => None,
    }
}

fn member_number(name: &str, value: u64, out: &mut String) {
    out.push('"');
    out.push_str(name);
    out.push_str("\":");
    number(value, out);
    out.push(',');
}

fn member_wire<'a>(name: &str, layer: &impl Wire<'a>, out: &mut String) {
    let mut octets = Vec::with_capacity(layer.wire_len());
    layer.emit(&mut octets);
    out.push('"');
    out.push_str(name);
    out.push_str("\":");
    hex(&octets, out);
    out.push(',');
}

/// Something that prints without characters to be escaped.
fn shown(value: impl core::fmt::Display, out: &mut String) {
    out.push('"');
    // Writing to a string cannot fail.
    let _ = write!(out, "{value}");
    out.push('"');
}

fn symbol(unit: Unit, out: &mut String) {
    if unit.prefix() == 0 {
        text(unit.symbol(), out);
    } else {
        shown(unit, out);
    }
}

fn number(value: u64, out: &mut String) {
    match u8::try_from(value) {
        Ok(digit @ 0..=9) => out.push(char::from(b'0' | digit)),
        _ => {
            let _ = write!(out, "{value}");
        }
    }
}

fn hex(octets: &[u8], out: &mut String) {
    out.reserve(octets.len().saturating_mul(2).saturating_add(2));
    out.push('"');
    for octet in octets {
        let at = usize::from(*octet).wrapping_mul(2);
        out.push_str(PAIRS.get(at..at.wrapping_add(2)).unwrap_or_default());
    }
    out.push('"');
}

/// The two digits of each octet.
static PAIRS: &str = match core::str::from_utf8(&PAIR_OCTETS) {
    Ok(pairs) => pairs,
    Err(_) => "",
};

static PAIR_OCTETS: [u8; 512] = pairs();

#[expect(clippy::indexing_slicing, reason = "runs only in the compiler, where it is proven")]
const fn pairs() -> [u8; 512] {
    let mut pairs = [0; 512];
    let mut octet = 0;
    while octet < 256 {
        (pairs[octet * 2], pairs[octet * 2 + 1]) =
            (digit((octet >> 4) as u8), digit((octet & 0x0F) as u8));
        octet += 1;
    }
    pairs
}

const fn digit(half: u8) -> u8 {
    if half < 10 { b'0' | half } else { half.wrapping_add(b'A' - 10) }
}

/// Any text, escaped.
fn text(value: &str, out: &mut String) {
    out.push('"');
    // Writing to a string cannot fail.
    let _ = Escaped(out).write_str(value);
    out.push('"');
}

/// Escapes what is written as JSON's strings want it.
struct Escaped<'a>(&'a mut String);

impl Write for Escaped<'_> {
    fn write_str(&mut self, value: &str) -> core::fmt::Result {
        let is_plain = |octet: u8| octet >= 0x20 && octet != b'"' && octet != b'\\';
        if value.bytes().all(is_plain) {
            self.0.push_str(value);
            return Ok(());
        }
        for character in value.chars() {
            match character {
                '"' => self.0.push_str("\\\""),
                '\\' => self.0.push_str("\\\\"),
                control if control < ' ' => write!(self.0, "\\u{:04x}", u32::from(control))?,
                other => self.0.push(other),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::string::String;

    use crate::wire::Telegram;

    fn told(user_data: &[u8]) -> String {
        let mut out = String::new();
        super::telegram(&Telegram::from_user_data(user_data).unwrap(), "ft12", None, &mut out);
        out
    }

    #[test]
    fn records_with_the_high_octet_first_are_read_and_told_as_they_came() {
        let out = told(&[
            0x76, 0x12, 0x34, 0x56, 0x78, 0x2C, 0x2D, 1, 7, 9, 0, 0, 0, // The header.
            0x0B, 0x13, 0x01, 0x23, 0x45, 0x02, 0x6C, 0x15, 0x1F,
        ]);
        for part in [
            r#""records":["0B13012345","026C151F"]"#,
            r#""value":"12.345","unit":"m³","time":"2008-05-31""#,
            r#""raw":"0B13012345""#,
            r#""value":"2008-05-31""#,
            r#""raw":"026C151F""#,
        ] {
            assert!(out.contains(part), "{part} is not in {out}");
        }
    }

    #[test]
    fn a_compact_profile_is_a_reading_for_each_value() {
        let out = told(&[
            0x78, 0x84, 0x04, 0x6D, 0x00, 0x20, 0x41, 0x11, 0x8B, 0x04, 0x15, 0x00, 0x30, 0x12,
            0x8D, 0x04, 0x95, 0x1F, 0x05, 0x69, 0x01, 0x03, 0x02, 0x11,
        ]);
        for part in [
            r#""value":"12300.3","unit":"m³","time":"2010-01-01T01:00","function":"instantaneous","storage":9"#,
            r#""value":"12301.6","unit":"m³","time":"2010-01-01T03:00","function":"instantaneous","storage":11"#,
            r#""raw":"8D04951F056901030211""#,
        ] {
            assert!(out.contains(part), "{part} is not in {out}");
        }
    }

    #[test]
    fn a_value_has_the_time_of_its_own_part_of_the_meter() {
        let timed = |payload: &[u8]| {
            let out = told(&[&[0x78], payload].concat());
            let readings = out.split_once("readings").unwrap().1;
            let times = readings.split("\"time\":").skip(1);
            times.map(|rest| String::from(&rest[..6])).collect::<String>()
        };
        let (volume, clock) = ([0x01, 0x13, 1], [0x04, 0x6D, 0x2F, 0x0C, 0x1F, 0x15]);
        let (volume_1, clock_1) =
            ([0x81, 0x40, 0x13, 1], [0x84, 0x40, 0x6D, 0x2F, 0x0C, 0x3F, 0x1C]);
        assert_eq!(timed(&[&volume[..], &clock_1, &volume_1].concat()), "null,\"null,\"\"2009-");
        assert_eq!(timed(&[&volume_1[..], &clock].concat()), "\"2008-null,\"");
        assert_eq!(
            timed(&[&volume_1[..], &clock, &clock_1, &volume].concat()),
            "\"2009-null,\"null,\"\"2008-"
        );
        // A time of day alone is when nothing was; a time of a maximum is when that was.
        assert_eq!(
            timed(&[&volume[..], &[0x03, 0x6D, 0x1E, 0x2D, 0x0C]].concat()),
            "null,\"null,\""
        );
        assert_eq!(
            timed(&[&volume[..], &[0x14, 0x6D, 0x2F, 0x0C, 0x1F, 0x15]].concat()),
            "null,\"null,\""
        );
    }

    #[test]
    fn what_may_be_encrypted_is_doubtful() {
        let out = told(&[0x7A, 1, 0, 0, 0x16, 0x0B, 0x13, 0x78, 0x56, 0x34]);
        assert!(out.contains(r#""value":"345.678","unit":"m³""#), "{out}");
        assert!(out.contains(r#""quality":"doubtful""#), "{out}");
    }

    #[test]
    fn a_fixed_data_structure_says_who_and_how_in_both_orders() {
        let low = [0x78, 0x56, 0x34, 0x12, 0x0A, 0x02, 0xE9, 0x7E, 1, 0, 0, 0, 0x35, 1, 0, 0];
        let high = [0x12, 0x34, 0x56, 0x78, 0x0A, 0x02, 0x7E, 0xE9, 0, 0, 0, 1, 0, 0, 1, 0x35];
        for (ci, body) in [(0x73, low), (0x77, high)] {
            let out = told(&[&[ci][..], &body].concat());
            let fields = r#""access_number":10,"status":2,"medium":7,"#;
            for part in [fields, r#""value":"1","#, r#""value":"135","#] {
                assert!(out.contains(part), "{part} is not in {out}");
            }
        }
    }
}
