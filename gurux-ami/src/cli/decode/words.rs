//! What a message says, in words: for the cells of a table.

use std::io::Write;

use serde_json::{Value as Json, json};

use crate::capture::Unreadable;
use crate::decode::Message;
use crate::exit::Failure;
use crate::output::Record;

use super::READING;

/// What a message says: its readings, where it has any, else what it is, else its fields.
pub(super) fn words(message: &Message, json: &Json) -> String {
    let part = |name: &str| json.get(name).map(sentence).unwrap_or_default();
    let readings = json.get("readings").and_then(Json::as_array);
    let mut meter = json.get("meter").cloned().unwrap_or_default();
    if message.summary.is_some()
        && readings.is_none_or(Vec::is_empty)
        && let Some(meter) = meter.as_object_mut()
    {
        // It is in the summary.
        meter.shift_remove("address");
    }
    let mut text = sentence(&meter);
    let readings: Vec<String> = readings.into_iter().flatten().map(reading).collect();
    let body = match &message.summary {
        _ if !readings.is_empty() => readings.join("\n"),
        Some(summary) => summary.clone(),
        None => part("message"),
    };
    if !text.is_empty() && !body.is_empty() {
        text.push_str(if readings.is_empty() { ": " } else { ":\n" });
    }
    text.push_str(&body);
    if text.is_empty() { message.protocol.to_owned() } else { text }
}

/// A reading as a person would say it: `energy 12345 Wh (storage 1)`.
pub(in crate::cli) fn reading(reading: &Json) -> String {
    let text = |name: &str| reading.get(name).and_then(Json::as_str);
    let value = text("label").or(text("value")).unwrap_or("none");
    let mut what = text("quantity").unwrap_or_default().to_owned();
    // A name says more than the kind of quantity, and stands beside the code that it is of.
    if let Some(obis) = text("obis").filter(|_| reading.get("name").is_some()) {
        what = format!("{obis} {}", text("name").unwrap_or(&what));
        if let Some(attribute) = text("attribute") {
            what.push_str(&format!(", {attribute}"));
        }
        what.push(':');
    }
    let mut line = format!("{what} {value}");
    if let Some(unit) = text("unit").filter(|_| text("value").is_some()) {
        line.push(' ');
        line.push_str(unit);
    }
    let mut remarks: Vec<String> = Vec::new();
    remarks.extend(text("function").filter(|f| *f != "instantaneous").map(str::to_owned));
    for name in ["storage", "tariff", "subunit"] {
        let number = reading.get(name).and_then(Json::as_u64).filter(|number| *number > 0);
        remarks.extend(number.map(|number| format!("{name} {number}")));
    }
    remarks.extend(text("quality").filter(|quality| *quality != "good").map(str::to_owned));
    if !remarks.is_empty() {
        line.push_str(&format!(" ({})", remarks.join(", ")));
    }
    line
}

/// A row for each reading, each with all that is said of its message.
pub(super) fn rows(record: Record) -> Vec<Record> {
    let Record { json, cells } = record;
    let readings = json.get("readings").and_then(Json::as_array).cloned().unwrap_or_default();
    let row = |reading: &Json| {
        let field = |name: &&str| match reading.get(*name) {
            Some(Json::String(text)) => text.clone(),
            None | Some(Json::Null) => String::new(),
            Some(other) => other.to_string(),
        };
        // With the readings in cells of their own, the message is the rest.
        let mut cells = cells.clone();
        if !readings.is_empty()
            && let Some(message) = cells.last_mut()
        {
            let notes = json.get("notes").and_then(Json::as_array).into_iter().flatten();
            let error =
                json.get("error").and_then(|error| error.get("what")).and_then(Json::as_str);
            let mut said: Vec<String> = json.get("meter").map(sentence).into_iter().collect();
            said.retain(|said| !said.is_empty());
            said.extend(notes.filter_map(Json::as_str).map(str::to_owned));
            said.extend(error.map(|what| format!("wrong: {what}")));
            *message = said.join("; ");
        }
        cells.extend(READING.iter().map(field));
        Record { json: Json::Null, cells }
    };
    if readings.is_empty() {
        return vec![row(&Json::Null)];
    }
    readings.iter().map(row).collect()
}

/// With the ranges of octets a table would be two tables in one: a heading, a dump, and what it all
/// says instead.
pub(super) fn annotated(record: &Record, dump: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    if let [line, octets, what, message] = record.cells.as_slice() {
        let line = if line.is_empty() { String::new() } else { format!("line {line}, ") };
        let mut text = format!("{line}octets {octets}: {what}\n{dump}{message}");
        crate::output::harmless(&mut text);
        for line in text.lines().flat_map(|line| folded(line, WIDTH)) {
            writeln!(out, "{line}")?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// Columns of a terminal.
const WIDTH: usize = 80;

/// The line in pieces of at most so many characters, cut at blanks where there are any.
fn folded(line: &str, width: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = line;
    while let Some((end, next)) = rest.char_indices().nth(width) {
        let head = rest.get(..end).unwrap_or(rest);
        let blank = if next == ' ' { Some(end) } else { head.rfind(' ').filter(|cut| *cut > 0) };
        let cut = blank.unwrap_or(end);
        let (piece, behind) = rest.split_at(cut);
        pieces.push(piece);
        rest = behind.strip_prefix(' ').unwrap_or(behind);
    }
    pieces.push(rest);
    pieces
}

pub(super) fn unreadable_record(unreadable: &Unreadable) -> Record {
    let line = unreadable.line.map(|line| line.to_string()).unwrap_or_default();
    let json = json!({
        "protocol": "noise",
        "line": unreadable.line,
        "offset": 0,
        "length": 0,
        "error": { "offset": 0, "field": "input", "what": unreadable.sentence, "kind": "input" },
    });
    let cells = vec![line, String::new(), "unreadable".to_owned(), unreadable.sentence.clone()];
    Record { json, cells }
}

/// A JSON object as a person would say it: `function 3, registers [4660]`.
fn sentence(object: &Json) -> String {
    let Json::Object(fields) = object else { return String::new() };
    fields
        .iter()
        .map(|(name, value)| format!("{} {}", name.replace('_', " "), said(value)))
        .collect::<Vec<_>>()
        .join(", ")
}

fn said(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Array(items) => {
            format!("[{}]", items.iter().map(said).collect::<Vec<_>>().join(", "))
        }
        Json::Object(_) => format!("({})", sentence(value)),
        other => other.to_string(),
    }
}
