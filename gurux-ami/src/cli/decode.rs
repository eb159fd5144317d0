//! `gurux-ami decode`: captured octets to messages.

use std::cell::RefCell;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use gurux_dlms::xml::to_xml;
use gurux_framing::Direction;
use gurux_mbus::session::FormatMemory;
use gurux_mbus::wire::MeterAddress;
use serde_json::{Value as Json, json};

use super::Common;
use crate::capture::{self, Capture, Input, Unreadable, to_hex};
use crate::decode::{self, Content, Decoded, Hints, Key, Message, told};
use crate::exit::{Exit, Failure};
use crate::output::{Format, Output, Record};

/// Captured octets to messages and readings
///
/// The protocol is found by itself: Modbus RTU, ASCII and TCP; M-Bus of a wire, by radio with and
/// without check sums, and as receivers hand it on; DLMS/COSEM in HDLC, in the wrapper, in M-Bus, behind
/// an LLC or a gateway's prefix, and without a frame. A value of A-XDR alone takes --protocol axdr. Every
/// octet is shown once, in a message or as noise.
///
/// Exits with 0 if every octet belongs to a good message, 2 if some do, 5 if none does.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
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
    /// A key by name: ek (encryption), ak (authentication), ded (dedicated), bk (broadcast), kek
    /// (master); title and client are the system titles of meter and client, where messages do not
    /// say them. A key of one meter alone: by its system title, TITLE=HEX or TITLE/ak=HEX, or by its
    /// address or identification number on M-Bus
    #[arg(long, value_name = "NAME=HEX", value_delimiter = ',', value_parser = key)]
    key: Vec<Key>,
    /// A file of keys, NAME=HEX in each line; # begins a comment
    #[arg(long, value_name = "FILE")]
    keys: Option<PathBuf>,
    /// Where the formats of M-Bus compact frames are kept: read if the file is there, and written
    /// with what full telegrams taught
    #[arg(long, value_name = "FILE")]
    formats: Option<PathBuf>,
    /// Show every range of octets with its meaning
    #[arg(long)]
    annotate: bool,
    /// Hex digits, the name of a file, or - for standard input
    #[arg(value_name = "HEX|FILE|-", allow_hyphen_values = true)]
    what: String,
}

/// A key as it is given on the command line.
pub(super) fn key(text: &str) -> Result<Key, String> {
    let (name, hex) = text.split_once('=').ok_or("a key is written NAME=HEX")?;
    let (name, hex) = (name.trim(), hex.trim());
    if !is_key_name(name) {
        return Err(format!(
            "`{name}` is the name of no key: {}, a meter (12345678, or \"12345678 ELS 51 7\") or a \
             system title (16 hex digits), and one of them behind it: 4D4D4D0000000001/ak",
            KEY_NAMES.join(", ")
        ));
    }
    let octets = capture::hex_line(hex).map_err(|slip| slip.to_string())?;
    if !KEY_LENS.contains(&octets.len()) {
        return Err(format!(
            "a key has 16 octets or 32, a system title and a key of DES 8, and this has {}",
            octets.len()
        ));
    }
    Ok(Key { name: name.to_owned(), octets })
}

/// What a key is, by the name that it is given.
const KEY_NAMES: [&str; 7] = ["ek", "ak", "ded", "bk", "kek", "title", "client"];

fn is_key_name(name: &str) -> bool {
    let is_kind = |name: &str| KEY_NAMES.iter().any(|known| known.eq_ignore_ascii_case(name));
    let is_hex = |name: &str| name.chars().all(|c| c.is_ascii_hexdigit());
    let is_owner = |name: &str| {
        (matches!(name.len(), 8 | 16) && is_hex(name)) || name.parse::<MeterAddress>().is_ok()
    };
    match name.split_once('/') {
        Some((owner, kind)) => is_owner(owner) && is_kind(kind),
        None => is_kind(name) || is_owner(name),
    }
}

/// AES-128, AES-256; DES, and a system title.
const KEY_LENS: [usize; 3] = [16, 32, 8];

const EXAMPLES: &str = "Examples:
  gurux-ami decode 0103006B00037417
  gurux-ami decode --annotate capture.pcap
  gurux-ami decode --key ek=000102...0F,ak=D0D1D2...DF --format csv push.hex
  gurux-ami decode --format xml C001C100030100010800FF0200 | gurux-ami encode -";

/// The keys in a file.
fn keys_in(path: &Path) -> Result<Vec<Key>, Failure> {
    let name = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::invalid(format!("{name} cannot be read: {error}")))?;
    let lines = text.lines().enumerate().filter_map(|(index, line)| {
        let line = line.split_once('#').map_or(line, |(before, _)| before).trim();
        (!line.is_empty()).then_some((index + 1, line))
    });
    lines
        .map(|(number, line)| {
            key(line).map_err(|why| Failure::invalid(format!("{name}:{number}: {why}")))
        })
        .collect()
}

fn direction(word: String) -> Direction {
    if word == "request" { Direction::Request } else { Direction::Response }
}

/// So many formats of compact frames are remembered.
const MAX_FORMATS: usize = 1000;

/// The formats in a file; nothing if there is no such file yet.
fn load(path: &Path) -> Result<Option<FormatMemory>, Failure> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(Failure::invalid(format!("{} cannot be read: {error}", path.display())));
        }
    };
    let formats = serde_json::from_str(&text);
    formats.map(Some).map_err(|error| {
        Failure::invalid(format!("{} holds no formats of compact frames: {error}", path.display()))
    })
}

fn save(path: &Path, formats: &FormatMemory) -> Result<(), Failure> {
    let written = serde_json::to_string_pretty(formats)
        .map_err(std::io::Error::from)
        .and_then(|text| std::fs::write(path, text + "\n"));
    written.map_err(|error| {
        Failure::new(Exit::Partial, format!("{} cannot be written: {error}", path.display()))
    })
}

const COLUMNS: &[&str] = &["line", "octets", "what", "message"];

/// The fields of a reading that have a column of their own where each reading has a row.
const READING: [&str; 11] = [
    "quantity", "value", "unit", "time", "function", "storage", "tariff", "subunit", "quality",
    "obis", "name",
];

#[rustfmt::skip]
const ROW_COLUMNS: &[&str] = &[
    "line", "octets", "what", "message",
    "quantity", "value", "unit", "time", "function", "storage", "tariff", "subunit", "quality",
    "obis", "name",
];

impl Decode {
    pub(super) fn run(&self, common: &Common) -> Result<Exit, Failure> {
        let captures = capture::captures(&self.what, self.input)?;
        let mut keys = self.key.clone();
        keys.extend(self.keys.as_deref().map(keys_in).transpose()?.unwrap_or_default());
        let columns = if common.format == Format::Csv { ROW_COLUMNS } else { COLUMNS };
        let mut output = Output::stdout(common.format, columns);
        let (mut good, mut bad) = (0_usize, 0_usize);
        let known = self.formats.as_deref().map(load).transpose()?.flatten();
        let formats = RefCell::new(known.clone().unwrap_or(FormatMemory::new(MAX_FORMATS)));
        let fragments = RefCell::default();
        for found in &captures {
            match found {
                // An empty file is told of below.
                Ok(capture) if capture.octets.is_empty() => {}
                Ok(capture) => {
                    let direction = self.direction.or(capture.direction);
                    let hints = Hints {
                        direction,
                        keys: &keys,
                        formats: Some(&formats),
                        fragments: Some(&fragments),
                        annotate: self.annotate && common.format != Format::Xml,
                    };
                    for piece in decode::decode(capture, self.protocol.as_deref(), hints) {
                        good += piece.good_len();
                        bad += piece.octets.len() - piece.good_len();
                        if common.format == Format::Xml && is_foreign(&piece) {
                            // It is no XML, however good.
                            bad += piece.good_len();
                            good -= piece.good_len();
                        }
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
        let formats = formats.into_inner();
        if let Some(path) = self.formats.as_deref().filter(|_| known.as_ref() != Some(&formats)) {
            save(path, &formats)?;
        }
        match (good, bad) {
            (0, 0) => Err(Failure::invalid("there is nothing to decode: no octet is in the input")),
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
            Format::Xml => self.xml(capture, piece, output),
            Format::Table if self.annotate => {
                let record = self.record(capture, piece);
                let end = piece.offset + piece.octets.len();
                let octets = capture.octets.get(..end).unwrap_or_default();
                let dump = match &piece.content {
                    Content::Message(message) => {
                        let mut dump =
                            told::dump(&message.nodes, &message.meanings, octets, piece.offset);
                        for layer in &message.inner {
                            dump.push_str(&format!(
                                "{}, octets 0..{}:\n",
                                layer.name,
                                layer.octets.len()
                            ));
                            dump.push_str(&told::dump(
                                &layer.nodes,
                                &layer.meanings,
                                &layer.octets,
                                0,
                            ));
                        }
                        dump
                    }
                    Content::Noise { .. } => String::new(),
                };
                annotated(&record, &dump)
            }
            Format::Csv => {
                let record = self.record(capture, piece);
                rows(record).into_iter().try_for_each(|record| output.record(record))
            }
            Format::Table | Format::Json => output.record(self.record(capture, piece)),
        }
    }

    /// The message in the standard's XML; what else is said of it, and what is no message, as a
    /// comment.
    fn xml<W: Write>(
        &self,
        capture: &Capture,
        piece: &Decoded,
        output: &mut Output<W>,
    ) -> Result<(), Failure> {
        let xml = match &piece.content {
            Content::Message(message) => {
                message.apdu.as_deref().map(|apdu| (message, to_xml(apdu)))
            }
            Content::Noise { .. } => None,
        };
        let Some((message, Ok(xml))) = xml else {
            return output.record(self.record(capture, piece));
        };
        for note in &message.notes {
            output.comment(note)?;
        }
        output.line(xml.trim_end())
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
                let mut layers: Vec<&str> = layers.filter_map(Json::as_str).collect();
                if let ("dlms", [first, .., last]) = (message.protocol, layers.as_slice()) {
                    // What is between them, and which way it goes, the message and its notes say.
                    layers = vec![*first, *last];
                }
                let direction = message.direction.filter(|_| message.protocol != "dlms");
                let what = format!(
                    "{} {}{}",
                    message.protocol,
                    layers.join(" "),
                    direction.map_or(String::new(), |d| format!(" {}", decode::word(d))),
                );
                let mut text = words(message, &json);
                // Behind readings, which have a line each, the others have one each too.
                let between = if text.contains('\n') { "\n" } else { "; " };
                for note in &message.notes {
                    text.push_str(between);
                    text.push_str(note);
                }
                if let Some(error) = &message.error {
                    text.push_str(between);
                    text.push_str("wrong: ");
                    text.push_str(&error.to_string());
                }
                (what, text)
            }
            Content::Noise { what, read_as } => {
                let octets = to_hex(&piece.octets);
                ("noise".to_owned(), format!("{octets}: read as {read_as}, {what}"))
            }
        };
        Record { json, cells: vec![line, octets, what, message] }
    }
}

/// Is it a message of another protocol than DLMS?
fn is_foreign(piece: &Decoded) -> bool {
    matches!(&piece.content, Content::Message(message) if message.protocol != "dlms")
}

/// What a message says: its readings, where it has any, else what it is, else its fields.
fn words(message: &Message, json: &Json) -> String {
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
fn reading(reading: &Json) -> String {
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

/// With the ranges of octets a table would be two tables in one: a heading, a dump, and what it all
/// says instead.
fn annotated(record: &Record, dump: &str) -> Result<(), Failure> {
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

#[cfg(test)]
mod tests {
    use super::key;

    #[test]
    fn a_key_is_somebodys() {
        let hex = "00112233445566778899AABBCCDDEEFF";
        for name in
            ["ek", "AK", "12345678", "12345678 ELS 51 7", "4D4D4D0000000001", "4D4D4D0000000001/ak"]
        {
            assert!(key(&format!("{name}={hex}")).is_ok(), "{name}");
        }
        for name in ["nonsense", "eK2", "1234567", "4D4D4D0000000001/xk", "/ek", ""] {
            let refused = key(&format!("{name}={hex}")).unwrap_err();
            assert!(refused.starts_with(&format!("`{name}` is the name of no key")), "{refused}");
        }
    }
}
