//! `gurux-ami decode`: captured octets to messages.

mod keys;
mod words;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use gurux_dlms::push::LAYOUTS;
use gurux_dlms::xml::to_xml;
use gurux_framing::Direction;
use gurux_mbus::session::FormatMemory;
use serde_json::Value as Json;

pub(super) use self::keys::key;
pub(super) use self::keys::keys_in;
pub(super) use self::words::reading as said_reading;
use self::words::{annotated, rows, unreadable_record, words};
use super::Common;
use crate::capture::{self, Capture, Input, to_hex};
use crate::decode::{self, Content, Decoded, DlmsMemory, Hints, Key, told};
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
    /// say them. For suites 1 and 2: sign, the public key that messages are signed with, and agree, the
    /// private key of one side or the public one of the other, or the certificate of either; they are
    /// best given by the title of their owner, TITLE/sign=HEX. A key of one meter alone: by its system title, TITLE=HEX or TITLE/ak=HEX, or by its
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
    /// A file of lists that say what a push holds whose values have no names: gurux-ami's README shows
    /// one
    #[arg(long, value_name = "FILE")]
    layouts: Option<PathBuf>,
    /// Show every range of octets with its meaning
    #[arg(long)]
    annotate: bool,
    /// Hex digits, the name of a file, or - for standard input
    #[arg(value_name = "HEX|FILE|-", allow_hyphen_values = true)]
    what: String,
}

const EXAMPLES: &str = "Examples:
  gurux-ami decode 0103006B00037417
  gurux-ami decode --annotate capture.pcap
  gurux-ami decode --key ek=000102...0F,ak=D0D1D2...DF --format csv push.hex
  gurux-ami decode --format xml C001C100030100010800FF0200 | gurux-ami encode -";

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
        let layouts = self.layouts.as_deref().map(decode::layouts_in).transpose()?;
        let mut output = Output::stdout(common.format, columns);
        let (mut good, mut bad) = (0_usize, 0_usize);
        let known = self.formats.as_deref().map(load).transpose()?.flatten();
        let formats = RefCell::new(known.clone().unwrap_or(FormatMemory::new(MAX_FORMATS)));
        let fragments = RefCell::default();
        // Lines go on where those before them stopped, and so do the two ways of a connection.
        let mut conversations: BTreeMap<_, RefCell<DlmsMemory>> = BTreeMap::new();
        let longest = captures.iter().flatten().map(|capture| capture.octets.len()).sum();
        for found in &captures {
            match found {
                // An empty file is told of below.
                Ok(capture) if capture.octets.is_empty() => {}
                Ok(capture) => {
                    let dlms = &*conversations.entry(capture.connection()).or_default();
                    let direction = self.direction.or(capture.direction);
                    let hints = Hints {
                        direction,
                        keys: &keys,
                        formats: Some(&formats),
                        fragments: Some(&fragments),
                        layouts: layouts.unwrap_or(LAYOUTS),
                        dlms: Some(dlms),
                        longest,
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
        for dlms in conversations.values() {
            bad += self.tell_unfinished(common.format, dlms);
        }
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

    /// Tells on standard error what messages in pieces are not whole; how many. In XML each piece is given as
    /// it is.
    fn tell_unfinished(&self, format: Format, dlms: &RefCell<DlmsMemory>) -> usize {
        if format == Format::Xml {
            return 0;
        }
        let memory = dlms.borrow();
        let sentences = memory.unfinished().inspect(|sentence| eprintln!("{sentence}"));
        sentences.count() + memory.lost()
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
            .or_else(|| {
                let stream = capture.stream.as_deref()?;
                let packet = capture.packet.map(|packet| format!("packet {packet}, "));
                Some(packet.unwrap_or_default() + stream)
            })
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
