//! `gurux-ami decode`: captured octets to messages.

use std::io::Write;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use gurux_framing::Direction;
use serde_json::{Value as Json, json};

use super::Common;
use crate::capture::{self, Capture, Input, Unreadable, to_hex};
use crate::decode::{self, Content, Decoded, Hints, told};
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
    /// A key by name: ek, ak, title or a meter's address (no Modbus message needs one)
    #[arg(long, value_name = "NAME=HEX", value_delimiter = ',', value_parser = key)]
    key: Vec<Key>,
    /// Show every range of octets with its meaning
    #[arg(long)]
    annotate: bool,
    /// Hex digits, the name of a file, or - for standard input
    #[arg(value_name = "HEX|FILE|-", allow_hyphen_values = true)]
    what: String,
}

/// A key given on the command line; it never prints.
#[derive(Clone)]
struct Key {
    name: String,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({})", self.name)
    }
}

fn key(text: &str) -> Result<Key, String> {
    let (name, hex) = text.split_once('=').ok_or("a key is written NAME=HEX")?;
    capture::hex_line(hex).map_err(|slip| slip.to_string())?;
    Ok(Key { name: name.to_owned() })
}

fn direction(word: String) -> Direction {
    if word == "request" { Direction::Request } else { Direction::Response }
}

const COLUMNS: &[&str] = &["line", "octets", "what", "message"];

impl Decode {
    pub(super) fn run(&self, common: &Common) -> Result<Exit, Failure> {
        let captures = capture::captures(&self.what, self.input)?;
        let mut output = Output::stdout(common.format, COLUMNS);
        let (mut good, mut bad) = (0_usize, 0_usize);
        for found in &captures {
            match found {
                Ok(capture) => {
                    let hints = Hints { direction: self.direction.or(capture.direction) };
                    for piece in decode::decode(capture, self.protocol.as_deref(), hints) {
                        *(if piece.is_good() { &mut good } else { &mut bad }) += piece.octets.len();
                        let record = self.record(capture, &piece);
                        if self.annotate && common.format == Format::Table {
                            annotated(&record)?;
                        } else {
                            output.record(record)?;
                        }
                    }
                }
                Err(unreadable) => {
                    bad += 1;
                    output.record(unreadable_record(unreadable))?;
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
                let what = format!(
                    "{} {}{}",
                    message.protocol,
                    message.layers.join(" "),
                    message.direction.map_or(String::new(), |d| format!(" {}", decode::word(d))),
                );
                let mut text = sentence(&message.meter);
                if !text.is_empty() {
                    text.push_str(": ");
                }
                text.push_str(&sentence(&message.message));
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
