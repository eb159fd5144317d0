//! Pieces joined to messages, and what one message says of those behind it.

use std::collections::BTreeMap;

use gurux_dlms::carrier::Assembly;
use gurux_dlms::security::{Key as DlmsKey, SystemTitle};
use gurux_framing::Direction;
use serde_json::{Map, Value as Json, json};

use super::super::{Content, Decoded, Hints, Layer, Meanings, Message};
use super::frame::{Addresses, Frame, Stretch, put_inside};
use super::meaning::meanings;
use super::message::Told;
use super::readings::Asked;

/// What is known of the two sides so far, with what is known beforehand.
pub(super) struct Conversation<'k> {
    pub(super) hints: Hints<'k>,
    pub(super) known: Known,
}

/// What the association said.
#[derive(Default)]
pub(super) struct Known {
    /// The client's system title and the server's.
    pub(super) client: Option<SystemTitle>,
    pub(super) server: Option<SystemTitle>,
    /// The key that the client gave for its association.
    pub(super) dedicated: Option<DlmsKey>,
    pub(super) asked: Asked,
    /// Pieces that cannot be read, since others before them are missing.
    pub(super) lost: usize,
}

/// What one capture leaves to those behind it: a log has a frame in each line.
#[derive(Default)]
pub(crate) struct Memory {
    known: Known,
    joins: BTreeMap<Link, Joins>,
}

/// Source and destination.
type Link = (String, String);

impl std::fmt::Debug for Memory {
    /// Without keys.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Memory").finish_non_exhaustive()
    }
}

impl Memory {
    /// Pieces that could not be read, since others before them are missing.
    pub(crate) const fn lost(&self) -> usize {
        self.known.lost
    }

    /// The messages of which the rest is missing, each in a sentence.
    pub(crate) fn unfinished(&self) -> impl Iterator<Item = String> {
        self.joins.iter().flat_map(|((source, destination), joins)| {
            let of = [
                ("segments", &joins.segments),
                ("blocks", &joins.blocks),
                ("blocks of data", &joins.data),
            ];
            let pending = of.into_iter().filter(|(_, assembly)| assembly.pending() > 0);
            pending.map(move |(what, assembly)| {
                let link = if source.is_empty() && destination.is_empty() {
                    String::new()
                } else {
                    format!(" from {source} to {destination}")
                };
                let octets = assembly.pending();
                format!("the last {what}{link} are not there: {octets} octets of a message cannot be read")
            })
        })
    }
}

/// Pieces of messages that go one way between two.
pub(super) struct Joins {
    segments: Assembly<Vec<u8>>,
    /// Of GENERAL-BLOCK-TRANSFER.
    pub(super) blocks: Assembly<Vec<u8>>,
    /// Of answers to GET.
    pub(super) data: Assembly<Vec<u8>>,
    /// The frame before: its number and its octets.
    last: Option<(u8, Vec<u8>)>,
    /// Segments of the message so far.
    count: usize,
    /// The way it goes, once a message told.
    direction: Option<Direction>,
    /// Is the message before it in a frame that says how long it is?
    pub(super) is_framed: bool,
    /// Is it in a frame of HDLC?
    pub(super) is_hdlc: bool,
}

/// No message is longer.
const MAX_MESSAGE: usize = 1 << 20;

impl Joins {
    fn new(max: usize) -> Self {
        let assembly = || Assembly::new(vec![0; max]);
        Self {
            segments: assembly(),
            blocks: assembly(),
            data: assembly(),
            last: None,
            count: 0,
            direction: None,
            is_framed: false,
            is_hdlc: false,
        }
    }
}

/// Each stretch as what it is, after what the captures before left behind.
pub(super) fn decode(stretches: Vec<Stretch<'_>>, hints: Hints<'_>) -> Vec<Decoded> {
    let mut own = Memory::default();
    let mut kept = hints.dlms.map(std::cell::RefCell::borrow_mut);
    let memory = kept.as_deref_mut().unwrap_or(&mut own);
    let max = hints.longest.clamp(1, MAX_MESSAGE);
    let mut conversation = Conversation { hints, known: std::mem::take(&mut memory.known) };
    conversation.known.asked.begin();
    let mut decoded = Vec::new();
    for stretch in stretches {
        let addresses = match &stretch {
            Stretch::Frame(frame) => frame.addresses.clone(),
            _ => Addresses::default(),
        };
        let link = (addresses.source, addresses.destination);
        let joined = || memory.joins.entry(link).or_insert_with(|| Joins::new(max));
        decoded.push(match stretch {
            Stretch::Frame(frame) => conversation.frame(*frame, joined()),
            Stretch::Within(piece, octets) => conversation.within(piece, &octets, joined()),
            Stretch::Other(piece) => piece,
        });
    }
    let is_told = |piece: &Decoded| matches!(&piece.content, Content::Message(message) if message.apdu.is_some());
    if decoded.iter().any(is_told) {
        conversation.known.asked.end();
    }
    memory.known = conversation.known;
    decoded
}

impl Conversation<'_> {
    /// A frame, and the message that it ends.
    fn frame(&mut self, frame: Frame<'_>, joins: &mut Joins) -> Decoded {
        let mut told = Told { meter: Map::new(), ..Told::default() };
        let known = frame.direction.or(joins.direction).or(self.hints.direction);
        let Some((piece, at)) = frame.carried else {
            told.direction = known;
            told.message = Json::Object(frame.fields.clone());
            told.summary.clone_from(&frame.summary);
            return frame.decoded(told, known);
        };
        if let Some(number) = frame.number {
            if joins.last.as_ref() == Some(&(number, frame.octets.to_vec())) && !piece.is_last {
                told.notes.push("the same frame once more".to_owned());
                told.message = Json::Object(frame.fields.clone());
                return frame.decoded(told, known);
            }
            joins.last = Some((number, frame.octets.to_vec()));
        }
        let pending = joins.segments.pending();
        joins.count = if pending == 0 { 1 } else { joins.count + 1 };
        let begun = joins.segments.push(piece);
        let message = match begun {
            Ok(Some(message)) => message.to_vec(),
            Ok(None) => {
                told.direction = known;
                told.summary = Some(format!("segment {} of a message", joins.count));
                told.message = json!({ "segment": joins.count, "octets": crate::capture::to_hex(piece.octets) });
                return frame.decoded(told, known);
            }
            Err(error) => {
                self.known.lost += 1;
                told.direction = known;
                told.summary = Some("a segment of a message".to_owned());
                told.message = json!({ "octets": crate::capture::to_hex(piece.octets) });
                told.notes.push(
                    match error.what {
                        "number" => "a segment before it is missing: the message cannot be read",
                        _ => "the message is longer than any: it is not read",
                    }
                    .to_owned(),
                );
                return frame.decoded(told, known);
            }
        };
        told.direction = known;
        joins.is_framed = !frame.layer.is_empty();
        joins.is_hdlc = frame.layer == "hdlc";
        if message.len() == piece.octets.len() {
            let nodes = self.message(&message, at, joins, &mut told, 0);
            let mut frame = frame;
            if self.hints.annotate {
                put_inside(&mut frame.nodes, &(at..at + message.len()), nodes);
            }
            joins.direction = told.direction.or(joins.direction);
            return frame.decoded(told, known);
        }
        told.notes.push(format!("the message is joined from {} segments", joins.count));
        self.layer("message, joined", message, joins, &mut told, 0);
        joins.direction = told.direction.or(joins.direction);
        frame.decoded(told, known)
    }

    /// A message inside that of another protocol, which tells what is around it.
    fn within(&mut self, mut piece: Decoded, octets: &[u8], joins: &mut Joins) -> Decoded {
        let mut told = Told::default();
        self.layer("message of DLMS", octets.to_vec(), joins, &mut told, 0);
        let Content::Message(around) = &mut piece.content else { return piece };
        around.notes.retain(|note| !note.starts_with("a message of DLMS"));
        around.notes.append(&mut told.notes);
        around.inner.append(&mut told.inner);
        around.apdu = told.apdu.take();
        around.error = around.error.or(told.error);
        around.summary = told.summary.take();
        // Whose telegram it is, its own layers say.
        let members = serde_json::from_str::<Json>(&format!("{{{}}}", around.members));
        if let Some(Json::Object(meter)) =
            members.ok().and_then(|mut all| all.get_mut("meter").map(Json::take))
        {
            told.meter.extend(meter);
        }
        around.members = Message::members_with(
            &[vec!["mbus".to_owned()], told.layers].concat(),
            &Json::Object(told.meter),
            told.direction,
            &told.message,
            &told.readings,
        );
        around.protocol = "dlms";
        piece
    }

    /// A message in octets of its own.
    pub(super) fn layer(
        &mut self,
        name: &'static str,
        octets: Vec<u8>,
        joins: &mut Joins,
        told: &mut Told,
        depth: usize,
    ) {
        let place = told.inner.len();
        told.inner.push(Layer { name, octets, nodes: Vec::new(), meanings: Meanings::default() });
        let octets = told.inner.get(place).map(|layer| layer.octets.clone()).unwrap_or_default();
        let is_wrong = told.error.is_some();
        let nodes = self.message(&octets, 0, joins, told, depth + 1);
        if told.error.is_some() && !is_wrong {
            told.notes.push(format!("the octet of the error is counted in the {name}"));
        }
        if let Some(layer) = told.inner.get_mut(place) {
            layer.meanings = meanings(&nodes);
            layer.nodes = nodes;
        }
    }
}

impl Frame<'_> {
    /// The frame with what was read in it.
    fn decoded(self, mut told: Told, known: Option<Direction>) -> Decoded {
        let direction = told.direction.or(known);
        let mut meter = Map::new();
        meter.append(&mut told.meter);
        self.addresses.tell(direction, &mut meter);
        let mut layers: Vec<String> = Vec::new();
        layers.extend(Some(self.layer.to_owned()).filter(|layer| !layer.is_empty()));
        layers.append(&mut told.layers);
        let members = Message::members_with(
            &layers,
            &Json::Object(meter),
            direction,
            &told.message,
            &told.readings,
        );
        let meanings = meanings(&self.nodes);
        Decoded {
            offset: self.offset,
            octets: self.octets.to_vec(),
            content: Content::Message(Box::new(Message {
                protocol: "dlms",
                direction,
                members,
                summary: told.summary,
                notes: told.notes,
                nodes: self.nodes,
                meanings,
                error: self.error.or(told.error),
                readable: 0,
                inner: told.inner,
                apdu: told.apdu,
            })),
        }
    }
}
