//! Captured octets to messages: the protocols that `decode` knows, and how one is found.

use gurux_framing::{Direction, Node, WireError};
use serde_json::{Map, Value as Json, json};

use crate::capture::{Capture, to_hex};

mod modbus;
pub(crate) mod told;

/// What is known beforehand of a capture.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Hints {
    pub(crate) direction: Option<Direction>,
}

/// One stretch of a capture: a message, or noise.
#[derive(Clone, Debug)]
pub(crate) struct Decoded {
    pub(crate) offset: usize,
    pub(crate) octets: Vec<u8>,
    pub(crate) content: Content,
}

/// What a stretch is.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    Message(Box<Message>),
    Noise { what: WireError },
}

/// A message, or a whole frame whose content is wrong.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) protocol: &'static str,
    pub(crate) layers: Vec<&'static str>,
    pub(crate) meter: Json,
    pub(crate) direction: Option<Direction>,
    /// The fields of the innermost message.
    pub(crate) message: Json,
    pub(crate) notes: Vec<String>,
    /// Every octet of every layer.
    pub(crate) nodes: Vec<Node>,
    pub(crate) error: Option<WireError>,
}

/// A protocol that can take a capture apart.
struct Protocol {
    name: &'static str,
    decode: fn(&[u8], Hints) -> Vec<Decoded>,
    /// Does a capture without a single message look as if it was meant for this one? Then its
    /// faults are told in these terms.
    resembles: fn(&[u8]) -> bool,
}

/// Every way of reading a capture, the stricter ones first: where two explain equally many
/// octets, the first wins.
static PROTOCOLS: &[Protocol] = &[
    Protocol { name: "modbus-tcp", decode: modbus::tcp, resembles: modbus::resembles_tcp },
    Protocol { name: "modbus-ascii", decode: modbus::ascii, resembles: modbus::resembles_ascii },
    Protocol { name: "modbus-rtu", decode: modbus::rtu, resembles: |_| true },
];

/// The names that `--protocol` takes: each way of reading, and a protocol for all of its ways.
pub(crate) fn names() -> Vec<&'static str> {
    let mut names = vec!["modbus"];
    names.extend(PROTOCOLS.iter().map(|protocol| protocol.name));
    names
}

/// Takes a capture apart with the way of reading that explains most of its octets.
///
/// `protocol` narrows the choice to one of [`names`].
pub(crate) fn decode(capture: &Capture, protocol: Option<&str>, hints: Hints) -> Vec<Decoded> {
    let belongs = |name: &str| {
        protocol.is_none_or(|wanted| {
            name == wanted || name.strip_prefix(wanted).is_some_and(|rest| rest.starts_with('-'))
        })
    };
    let mut best: (usize, bool, Vec<Decoded>) = (0, false, Vec::new());
    for candidate in PROTOCOLS.iter().filter(|candidate| belongs(candidate.name)) {
        let found = (candidate.decode)(&capture.octets, hints);
        // A good message counts fully; a frame with a proven check and a wrong content half.
        let weight = found
            .iter()
            .map(|piece| match &piece.content {
                Content::Message(message) if message.error.is_none() => 2 * piece.octets.len(),
                Content::Message(_) => piece.octets.len(),
                Content::Noise { .. } => 0,
            })
            .sum();
        let resembles = (candidate.resembles)(&capture.octets);
        if best.2.is_empty() || (weight, resembles) > (best.0, best.1) {
            best = (weight, resembles, found);
        }
    }
    best.2
}

/// A direction in a word.
pub(crate) fn word(direction: Direction) -> &'static str {
    match direction {
        Direction::Request => "request",
        Direction::Response => "response",
    }
}

impl Decoded {
    /// Do all of its octets belong to a good message?
    pub(crate) fn is_good(&self) -> bool {
        matches!(&self.content, Content::Message(message) if message.error.is_none())
    }

    /// The object that programs get.
    pub(crate) fn to_json(&self, capture: &Capture, annotate: bool) -> Json {
        let mut object = Map::new();
        let protocol = match &self.content {
            Content::Message(message) => message.protocol,
            Content::Noise { .. } => "noise",
        };
        object.insert("protocol".into(), protocol.into());
        if let Some(line) = capture.line {
            object.insert("line".into(), line.into());
        }
        if let Some(stream) = &capture.stream {
            object.insert("stream".into(), stream.as_str().into());
        }
        object.insert("offset".into(), self.offset.into());
        object.insert("length".into(), self.octets.len().into());
        match &self.content {
            Content::Message(message) => {
                object.insert("layers".into(), message.layers.clone().into());
                object.insert("meter".into(), message.meter.clone());
                object.insert("direction".into(), message.direction.map(word).into());
                object.insert("message".into(), message.message.clone());
                object.insert("readings".into(), json!([]));
                object.insert("notes".into(), message.notes.clone().into());
                object.insert("error".into(), message.error.map(error_json).into());
                if annotate {
                    object.insert("annotation".into(), told::annotation(&message.nodes));
                }
            }
            Content::Noise { what } => {
                object.insert("octets".into(), to_hex(&self.octets).into());
                object.insert("error".into(), error_json(*what));
            }
        }
        Json::Object(object)
    }
}

fn error_json(error: WireError) -> Json {
    json!({
        "offset": error.offset,
        "field": error.what,
        "what": error.to_string(),
        "kind": error.kind.name(),
    })
}
