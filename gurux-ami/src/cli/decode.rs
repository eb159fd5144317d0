//! `gurux-ami decode`: captured octets to messages.

use std::io::Write;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use gurux_framing::Direction;
use serde_json::{Value as Json, json};

use super::Common;
use crate::capture::{self, Capture, Input, Unreadable, to_hex};
use crate::decode::{self, Content, Decoded, Formats, Hints, Key, Message, told};
use crate::exit::{Exit, Failure};
use crate::output::{Format, Output, Record};

/// Captured octets to messages and readings
///
/// The protocol is found by itself. Every octet is shown once, in a message or as noise.
#[derive(Args, Debug)]
pub(super) struct Decode {
    /// Take only this protocol into account
    #[arg(long, value_parser = PossibleValuesParser::new(decode::names()))]
    protocol: Option<String>,
    /// Which way the messages go, where that is known
    #[arg(long, value_parser = PossibleValuesParser::new(["request", "response"]).map(direction))]
    direction: Option<Direction>,
    /// How the octets are written down; found by itself
    #[arg(long, value_enum)]
    input: Option<Input>,
    /// A key by name: ek, ak, title, or the meter that it is of, by its address or its
    /// identification number (no Modbus message needs one)
    #[arg(long, value_name = "NAME=HEX", value_delimiter = ',', value_parser = key)]
    key: Vec<Key>,
    /// Show every range of octets with its meaning
    #[arg(long)]
    annotate: bool,
    /// Hex digits, the name of a file, or - for standard input
    #[arg(value_name = "HEX|FILE|-", allow_hyphen_values = true)]
    what: String,
}

fn key(text: &str) -> Result<Key, String> {
    let (name, hex) = text.split_once('=').ok_or("a key is written NAME=HEX")?;
    let octets = capture::hex_line(hex).map_err(|slip| slip.to_string())?;
    if !KEY_LENS.contains(&octets.len()) {
        return Err(format!("a key has 16 octets, or 8 for DES, and this has {}", octets.len()));
    }
    Ok(Key { name: name.to_owned(), octets })
}

/// AES-128, AES-256; DES, and a system title.
const KEY_LENS: [usize; 3] = [16, 32, 8];

fn direction(word: String) -> Direction {
    if word == "request" { Direction::Request } else { Direction::Response }
}

const COLUMNS: &[&str] = &["line", "octets", "what", "message"];

/// The fields of a reading that have a column of their own where each reading has a row.
const READING: [&str; 9] =
    ["quantity", "value", "unit", "time", "function", "storage", "tariff", "subunit", "quality"];

#[rustfmt::skip]
const ROW_COLUMNS: &[&str] = &[
    "line", "octets", "what", "message",
    "quantity", "value", "unit", "time", "function", "storage", "tariff", "subunit", "quality",
];

impl Decode {
    pub(super) fn run(&self, common: &Common) -> Result<Exit, Failure> {
        let captures = capture::captures(&self.what, self.input)?;
        let columns = if common.format == Format::Csv { ROW_COLUMNS } else { COLUMNS };
        let mut output = Output::stdout(common.format, columns);
        let (mut good, mut bad) = (0_usize, 0_usize);
        let formats = Formats::default();
        for found in &captures {
            match found {
                Ok(capture) => {
                    let direction = self.direction.or(capture.direction);
                    let hints = Hints {
                        direction,
                        keys: &self.key,
                        formats: Some(&formats),
                        annotate: self.annotate,
                    };
                    for piece in decode::decode(capture, self.protocol.as_deref(), hints) {
                        *(if piece.is_good() { &mut good } else { &mut bad }) += piece.octets.len();
                        self.tell(common.format, capture, &piece, &mut output)?;
                    }
                }
                Err(unreadable) => {
                    bad += 1;
                    let record = unreadable_record(unreadable);
                    match common.format {
                        Format::Csv => {
                            rows(record).into_iter().try_for_each(|row| output.record(row))?;
                        }
                        _ => output.record(record)?,
                    }
                }
            }
        }
        output.finish()?;
        match (good, bad) {
            (0, 0) => Err(Failure::invalid("there is nothing to decode: the input is empty")),
            (_, 0) => Ok(Exit::Ok),
            (0, _) => Ok(Exit::Invalid),
            _ => Ok(Exit::Partial),
        }
    }

    fn tell<W: Write>(
        &self,
        format: Format,
        capture: &Capture,
        piece: &Decoded,
        output: &mut Output<W>,
    ) -> Result<(), Failure> {
        match format {
            Format::Ndjson => output.line(&piece.line(capture, self.annotate)),
            Format::Table if self.annotate => annotated(&self.record(capture, piece)),
            Format::Csv => {
                let record = self.record(capture, piece);
                rows(record).into_iter().try_for_each(|record| output.record(record))
            }
            Format::Table | Format::Json => output.record(self.record(capture, piece)),
        }
    }

    fn record(&self, capture: &Capture, piece: &Decoded) -> Record {
        let json = piece.to_json(capture, self.annotate);
        let line = capture
            .line
            .map(|line| line.to_string())
            .or_else(|| capture.stream.clone())
            .unwrap_or_default();
        let end = piece.offset + piece.octets.len();
        let octets = format!("{}..{end}", piece.offset);
        let (what, message) = match &piece.content {
            Content::Message(message) => {
                let layers = json.get("layers").and_then(Json::as_array).into_iter().flatten();
                let layers: Vec<&str> = layers.filter_map(Json::as_str).collect();
                let what = format!(
                    "{} {}{}",
                    message.protocol,
                    layers.join(" "),
                    message.direction.map_or(String::new(), |d| format!(" {}", decode::word(d))),
                );
                let mut text = words(message, &json);
                for note in &message.notes {
                    text.push_str("; ");
                    text.push_str(note);
                }
                if let Some(error) = &message.error {
                    text.push_str("; wrong: ");
                    text.push_str(&error.to_string());
                }
                if self.annotate {
                    text.push('\n');
                    let capture = capture.octets.get(..end).unwrap_or_default();
                    text.push_str(&told::dump(&message.nodes, capture, piece.offset));
                }
                (what, text)
            }
            Content::Noise { what } => {
                ("noise".to_owned(), format!("{}: {what}", to_hex(&piece.octets)))
            }
        };
        Record { json, cells: vec![line, octets, what, message] }
    }
}

/// What a message says: its readings, where it has any, else its fields.
fn words(message: &Message, json: &Json) -> String {
    let part = |name: &str| json.get(name).map(sentence).unwrap_or_default();
    let mut text = part("meter");
    let readings = json.get("readings").and_then(Json::as_array);
    let readings: Vec<String> = readings.into_iter().flatten().map(reading).collect();
    let body = if readings.is_empty() { part("message") } else { readings.join("\n") };
    if !text.is_empty() && !body.is_empty() {
        text.push_str(if readings.is_empty() { ": " } else { ":\n" });
    }
    text.push_str(&body);
    if text.is_empty() { message.protocol.to_owned() } else { text }
}

/// A reading as a person would say it: `energy 12345 Wh (storage 1)`.
fn reading(reading: &Json) -> String {
    let text = |name: &str| reading.get(name).and_then(Json::as_str);
    let value = text("label").or(text("value")).unwrap_or("none");
    let mut line = format!("{} {value}", text("quantity").unwrap_or_default());
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
fn rows(record: Record) -> Vec<Record> {
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
            *message = json.get("meter").map(sentence).unwrap_or_default();
        }
        cells.extend(READING.iter().map(field));
        Record { json: Json::Null, cells }
    };
    if readings.is_empty() {
        return vec![row(&Json::Null)];
    }
    readings.iter().map(row).collect()
}

/// With the ranges of octets a table would be two tables in one: a heading and a dump instead.
fn annotated(record: &Record) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    if let [line, octets, what, message] = record.cells.as_slice() {
        let line = if line.is_empty() { String::new() } else { format!("line {line}, ") };
        let (first, dump) = message.split_once('\n').unwrap_or((message, ""));
        writeln!(out, "{line}octets {octets}: {what}: {first}")?;
        writeln!(out, "{dump}")?;
    }
    Ok(())
}

fn unreadable_record(unreadable: &Unreadable) -> Record {
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
