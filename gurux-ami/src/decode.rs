//! Captured octets to messages: the protocols that `decode` knows, and how one is found.

use std::cell::RefCell;

use gurux_dlms::push::{LAYOUTS, Layout};
use gurux_framing::{Direction, Node, WireError, WireErrorKind};
use gurux_mbus::session::FormatMemory;
use serde_json::{Value as Json, json};

use crate::capture::{Capture, to_hex};

#[cfg(test)]
mod corpus;
mod dlms;
mod mbus;
mod meaning;
mod modbus;
mod security;
pub(crate) mod told;

pub(crate) use dlms::{Memory as DlmsMemory, direction_of, layouts_in};
pub(crate) use mbus::{Fragments, is_reception, medium};
use meaning::Meanings;

/// What is known beforehand of a capture.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hints<'k> {
    pub(crate) direction: Option<Direction>,
    /// Keys for what is encrypted.
    pub(crate) keys: &'k [Key],
    /// What was learnt of compact frames.
    pub(crate) formats: Option<&'k RefCell<FormatMemory>>,
    /// What came of messages in fragments.
    pub(crate) fragments: Option<&'k RefCell<Fragments>>,
    /// What pushes hold that do not say it themselves.
    pub(crate) layouts: &'k [Layout<'k>],
    /// What the captures before leave behind of conversations in DLMS.
    pub(crate) dlms: Option<&'k RefCell<dlms::Memory>>,
    /// No message is longer than all that there is, in octets.
    pub(crate) longest: usize,
    /// Is every octet to be explained?
    pub(crate) annotate: bool,
}

impl Default for Hints<'_> {
    /// Nothing but what is known of any meter.
    fn default() -> Self {
        Self {
            direction: None,
            keys: &[],
            formats: None,
            fragments: None,
            layouts: LAYOUTS,
            dlms: None,
            longest: 0,
            annotate: false,
        }
    }
}

/// A key given on the command line; it never prints.
#[derive(Clone)]
pub(crate) struct Key {
    /// Whose it is: `ek`, `ak`, `title`, or a meter.
    pub(crate) name: String,
    pub(crate) octets: Vec<u8>,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({})", self.name)
    }
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
    Noise {
        /// What is wrong with it.
        what: WireError,
        /// By which way of reading: the one that got furthest.
        read_as: &'static str,
    },
}

/// A message, or a whole frame whose content is wrong.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) protocol: &'static str,
    pub(crate) direction: Option<Direction>,
    /// The members `layers`, `meter`, `direction`, `message` and `readings` of the object that
    /// programs get, as they are written.
    pub(crate) members: String,
    /// What it is, in a few words.
    pub(crate) summary: Option<String>,
    pub(crate) notes: Vec<String>,
    /// Every octet of every layer.
    pub(crate) nodes: Vec<Node>,
    /// Words for some of them.
    pub(crate) meanings: Meanings,
    pub(crate) error: Option<WireError>,
    /// So many octets before the error gave good readings.
    pub(crate) readable: usize,
    /// What was opened or joined, octet by octet.
    pub(crate) inner: Vec<Layer>,
    /// The message of DLMS that is to be in XML, whole.
    pub(crate) apdu: Option<Vec<u8>>,
}

/// Octets that stand in no place of the capture, as they were opened or joined.
#[derive(Clone, Debug)]
pub(crate) struct Layer {
    pub(crate) name: &'static str,
    pub(crate) octets: Vec<u8>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) meanings: Meanings,
}

/// A protocol that can take a capture apart.
struct Protocol {
    name: &'static str,
    decode: Decode,
    /// Does a check sum prove its messages? Else they are told by their headers and their structure.
    is_proven: bool,
    /// Does a capture without a single message look as if it was meant for this one? Then its
    /// faults are told in these terms.
    resembles: Resembles,
}

/// Every way of reading a capture, the stricter ones first: where two explain equally many
/// octets, the first wins.
static PROTOCOLS: &[Protocol] = &[
    proven("dlms-hdlc", dlms::hdlc, dlms::resembles_hdlc),
    proven("dlms-mbus", dlms::in_mbus, dlms::resembles_mbus),
    by_structure("modbus-tcp", modbus::tcp, resembles_tcp),
    proven("modbus-ascii", modbus::ascii, modbus::resembles_ascii),
    proven("mbus-wired", mbus::wired, mbus::resembles_wired),
    proven(RTU, modbus::rtu, resembles_rtu),
    by_structure("dlms-wrapper", dlms::wrapped, dlms::resembles_wrapper),
    by_structure("dlms-wireless", dlms::in_radio, |_| false),
    by_structure(WIRELESS, mbus::wireless, resembles_wireless),
    proven("mbus-receiver", mbus::receiver, |_| false),
    by_structure("dlms-apdu", dlms::apdu, resembles_apdu),
    by_structure(AXDR, dlms::axdr, |_| false),
];

/// Octets that look like nothing else: any may be a frame of RTU whose check sum is wrong.
fn resembles_rtu(octets: &[u8]) -> bool {
    let mut others = PROTOCOLS.iter().filter(|protocol| protocol.name != RTU);
    !others.any(|protocol| (protocol.resembles)(octets))
}

/// Does it begin like a message of DLMS? A header of Modbus TCP may: of those that look like both
/// only a push has a date and time where that has a unit and a function.
fn is_message(octets: &[u8]) -> bool {
    let is_push = octets.first() == Some(&0x0F);
    resembles_apdu(octets) && (is_push || !modbus::resembles_tcp(octets))
}

/// A message without a frame; that has no check sum, and what is a radio telegram to its last octet
/// would be a strange one.
fn resembles_apdu(octets: &[u8]) -> bool {
    dlms::resembles_apdu(octets) && !mbus::is_one_wireless(octets)
}

fn is_one_wireless(candidate: &Protocol, capture: &Capture) -> bool {
    candidate.name == WIRELESS && mbus::is_one_wireless(&capture.octets)
}

const RTU: &str = "modbus-rtu";
const WIRELESS: &str = "mbus-wireless";

/// A header of Modbus TCP.
fn resembles_tcp(octets: &[u8]) -> bool {
    modbus::resembles_tcp(octets) && !is_message(octets)
}

/// A radio telegram; a title of DLMS would be a strange one.
fn resembles_wireless(octets: &[u8]) -> bool {
    mbus::resembles_wireless(octets) && !dlms::begins_with_title(octets) && !is_message(octets)
}

type Decode = fn(&[u8], Hints<'_>) -> Vec<Decoded>;
type Resembles = fn(&[u8]) -> bool;

const fn proven(name: &'static str, decode: Decode, resembles: Resembles) -> Protocol {
    Protocol { name, decode, is_proven: true, resembles }
}

const fn by_structure(name: &'static str, decode: Decode, resembles: Resembles) -> Protocol {
    Protocol { name, decode, is_proven: false, resembles }
}

/// Values without a message: any octets may begin one, so that it is tried only if it is asked for.
const AXDR: &str = "axdr";

/// Other names for some of them.
static ALIASES: &[(&str, &str)] = &[("wmbus", "mbus-wireless")];

/// The names that `--protocol` takes: each way of reading, and a protocol for all of its ways.
pub(crate) fn names() -> Vec<&'static str> {
    let mut names = vec!["dlms", "mbus", "modbus"];
    names.extend(PROTOCOLS.iter().map(|protocol| protocol.name));
    names.extend(ALIASES.iter().map(|(alias, _)| *alias));
    names
}

/// Takes a capture apart with the way of reading that explains most of its octets.
///
/// `protocol` narrows the choice to one of [`names`].
pub(crate) fn decode(capture: &Capture, protocol: Option<&str>, hints: Hints<'_>) -> Vec<Decoded> {
    let longest = hints.longest.max(capture.octets.len());
    let hints = Hints { longest, ..hints };
    // What is tried leaves nothing behind.
    let trying = Hints { dlms: None, ..hints };
    let alias = |wanted| ALIASES.iter().find(|(alias, _)| *alias == wanted).map(|(_, name)| *name);
    let protocol = protocol.map(|wanted| alias(wanted).unwrap_or(wanted));
    let belongs = |name: &str| {
        protocol.map_or(name != AXDR, |wanted| {
            name == wanted || name.strip_prefix(wanted).is_some_and(|rest| rest.starts_with('-'))
        })
    };
    // What begins like a frame with a check sum is not searched for headers that have none, and what
    // is found inside of it by another check sum must be most of it.
    let is_claimed = belongs("mbus-wired") && mbus::resembles_wired(&capture.octets)
        || belongs("dlms-hdlc") && dlms::resembles_hdlc(&capture.octets);
    // What begins like a message of DLMS is not searched for what chance puts into it: FF FF 00 00 00
    // is a frame of RTU, and E5 one of M-Bus.
    let is_message = belongs("dlms-apdu") && is_message(&capture.octets)
        || belongs("dlms-wrapper") && dlms::resembles_wrapper(&capture.octets);
    // Letters and digits make headers too: `/` is a length, and `D` a control field of M-Bus.
    let is_text = capture.octets.len() >= TEXT_LEN
        && capture.octets.iter().all(|octet| matches!(octet, b'\t' | b'\n' | b'\r' | b' '..=b'~'));
    let mut best: (usize, bool, Vec<Decoded>) = (0, false, Vec::new());
    let mut chosen = None;
    for candidate in PROTOCOLS.iter().filter(|candidate| belongs(candidate.name)) {
        if (is_claimed || protocol.is_none() && is_text) && !candidate.is_proven {
            continue;
        }
        let found = (candidate.decode)(&capture.octets, trying);
        let resembles = (candidate.resembles)(&capture.octets);
        let claims = matches!(candidate.name, "mbus-wired" | "dlms-hdlc" | "dlms-mbus");
        let is_foreign = is_message && !candidate.name.starts_with("dlms-");
        let is_believed = match candidate.is_proven {
            _ if is_claimed => claims || explains_most(&found, capture.octets.len()),
            true if is_foreign => {
                found.first().is_some_and(is_good) || explains_most(&found, capture.octets.len())
            }
            true => true,
            false if is_foreign => found.iter().all(is_good) || is_one_wireless(candidate, capture),
            false => {
                resembles && begins_well(&found)
                    || explains_most(&found, capture.octets.len())
                    || is_one_wireless(candidate, capture)
            }
        };
        if protocol.is_none() && !is_believed {
            continue;
        }
        // A good message counts fully, and one that only lacks its key; a frame with a proven check
        // and a wrong content half.
        let is_whole =
            |error: Option<WireError>| error.is_none_or(|error| error.kind == WireErrorKind::Keys);
        let weight = found
            .iter()
            .map(|piece| match &piece.content {
                Content::Message(message) if is_whole(message.error) => 2 * piece.octets.len(),
                Content::Message(_) => piece.octets.len(),
                Content::Noise { .. } => 0,
            })
            .sum();
        if best.2.is_empty() || (weight, resembles) > (best.0, best.1) {
            best = (weight, resembles, found);
            chosen = Some(candidate);
        }
    }
    let Some(chosen) = chosen else { return Vec::new() };
    if hints.dlms.is_some() && chosen.name.starts_with("dlms-") {
        best.2 = (chosen.decode)(&capture.octets, hints);
    }
    for piece in &mut best.2 {
        if let Content::Noise { read_as, .. } = &mut piece.content {
            *read_as = chosen.name;
        }
    }
    best.2
}

/// So many printable octets in a row are no chance.
const TEXT_LEN: usize = 24;

/// Are half of the octets in good messages, among no more stretches of others, or all up to the last
/// stretch, which may be cut short? Without a check sum, less is found in octets of any kind.
fn explains_most(found: &[Decoded], octets: usize) -> bool {
    let good: Vec<&Decoded> = found.iter().filter(|piece| is_good(piece)).collect();
    let len: usize = good.iter().map(|piece| piece.octets.len()).sum();
    let up_to_last = found.split_last().is_some_and(|(_, rest)| rest.iter().all(is_good));
    2 * len >= octets && found.len() <= 2 * good.len() + 1 || !good.is_empty() && up_to_last
}

/// A message, and nothing wrong with it.
fn is_good(piece: &Decoded) -> bool {
    matches!(&piece.content, Content::Message(message) if message.error.is_none())
}

/// Does the first message stand at the beginning, if there is one at all?
fn begins_well(found: &[Decoded]) -> bool {
    let is_message = |piece: &Decoded| matches!(piece.content, Content::Message(_));
    found.first().is_none_or(is_message) || !found.iter().any(is_message)
}

/// A direction in a word.
pub(crate) fn word(direction: Direction) -> &'static str {
    match direction {
        Direction::Request => "request",
        Direction::Response => "response",
    }
}

impl Decoded {
    /// A stretch that is no message, for this reason.
    fn noise(offset: usize, octets: &[u8], what: WireError) -> Self {
        let content = Content::Noise { what, read_as: "" };
        Self { offset, octets: octets.to_vec(), content }
    }

    /// The octets of it that belong to something good.
    pub(crate) fn good_len(&self) -> usize {
        match &self.content {
            Content::Message(message) if message.error.is_none() => self.octets.len(),
            Content::Message(message) => message.readable.min(self.octets.len()),
            Content::Noise { .. } => 0,
        }
    }

    /// The object that programs get, in one line.
    pub(crate) fn line(&self, capture: &Capture, annotate: bool) -> String {
        use std::fmt::Write;

        let (protocol, room) = match &self.content {
            Content::Message(message) => (message.protocol, message.members.len()),
            Content::Noise { .. } => ("noise", 2 * self.octets.len()),
        };
        let mut line = String::with_capacity(room + 200);
        // Writing to a string cannot fail.
        let _ = write!(line, "{{\"protocol\":\"{protocol}\"");
        if let Some(number) = capture.line {
            let _ = write!(line, ",\"line\":{number}");
        }
        if let Some(stream) = &capture.stream {
            let _ = write!(line, ",\"stream\":{}", json!(stream));
        }
        if let Some(packet) = capture.packet {
            let _ = write!(line, ",\"packet\":{packet}");
        }
        let _ = write!(line, ",\"offset\":{},\"length\":{},", self.offset, self.octets.len());
        match &self.content {
            Content::Message(message) => {
                line.push_str(&message.members);
                if let Some(summary) = &message.summary {
                    let _ = write!(line, ",\"summary\":{}", json!(summary));
                }
                if message.notes.is_empty() {
                    line.push_str(",\"notes\":[]");
                } else {
                    let _ = write!(line, ",\"notes\":{}", json!(message.notes));
                }
                match message.error {
                    None => line.push_str(",\"error\":null"),
                    Some(error) => _ = write!(line, ",\"error\":{}", error_json(error)),
                }
                if annotate {
                    let _ = write!(
                        line,
                        ",\"annotation\":{}",
                        told::annotation(&message.nodes, &message.meanings)
                    );
                    if !message.inner.is_empty() {
                        let _ = write!(line, ",\"inside\":{}", told::inside(&message.inner));
                    }
                }
            }
            Content::Noise { what, read_as } => {
                let mut error = error_json(*what);
                if let Some(members) = error.as_object_mut() {
                    members.insert("read_as".into(), (*read_as).into());
                }
                let _ = write!(line, "\"octets\":\"{}\",\"error\":{error}", to_hex(&self.octets));
            }
        }
        line.push('}');
        line
    }

    /// The same as a tree.
    pub(crate) fn to_json(&self, capture: &Capture, annotate: bool) -> Json {
        // What was just written is JSON.
        serde_json::from_str(&self.line(capture, annotate)).unwrap_or_default()
    }
}

impl Message {
    /// The members of a message that is told as a tree.
    pub(crate) fn members(
        layers: &[&str],
        meter: &Json,
        direction: Option<Direction>,
        message: &Json,
    ) -> String {
        Self::members_with(layers, meter, direction, message, &[])
    }

    /// The same with its readings.
    pub(crate) fn members_with(
        layers: &[impl AsRef<str>],
        meter: &Json,
        direction: Option<Direction>,
        message: &Json,
        readings: &[Json],
    ) -> String {
        let layers: Vec<&str> = layers.iter().map(AsRef::as_ref).collect();
        format!(
            "\"layers\":{},\"meter\":{meter},\"direction\":{},\"message\":{message},\
             \"readings\":{}",
            json!(layers),
            json!(direction.map(word)),
            json!(readings),
        )
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
