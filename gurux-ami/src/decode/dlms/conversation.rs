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

/// What is known of the two sides so far.
pub(super) struct Conversation<'k> {
    pub(super) hints: Hints<'k>,
    /// The client's system title and the server's, from their association.
    pub(super) client: Option<SystemTitle>,
    pub(super) server: Option<SystemTitle>,
    /// The key that the client gave for its association.
    pub(super) dedicated: Option<DlmsKey>,
    pub(super) asked: Asked,
}

/// Pieces of messages that go one way between two.
pub(super) struct Joins<'r> {
    segments: Assembly<'r>,
    /// Of GENERAL-BLOCK-TRANSFER.
    pub(super) blocks: Assembly<'r>,
    /// Of answers to GET.
    pub(super) data: Assembly<'r>,
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

/// Each stretch as what it is.
pub(super) fn decode(stretches: Vec<Stretch<'_>>, hints: Hints<'_>) -> Vec<Decoded> {
    // A message is not longer than all that goes its way.
    let mut lens: BTreeMap<(String, String), usize> = BTreeMap::new();
    for stretch in &stretches {
        let (addresses, len) = match stretch {
            Stretch::Frame(frame) => (frame.addresses.clone(), frame.octets.len()),
            Stretch::Within(_, octets) => (Addresses::default(), octets.len()),
            Stretch::Other(_) => continue,
        };
        *lens.entry((addresses.source, addresses.destination)).or_default() += len;
    }
    let mut rooms: BTreeMap<(String, String), [Vec<u8>; 3]> = lens
        .into_iter()
        .map(|(link, len)| (link, std::array::from_fn(|_| vec![0; len.min(MAX_MESSAGE)])))
        .collect();
    let mut joins: BTreeMap<&(String, String), Joins<'_>> = BTreeMap::new();
    for (link, [segments, blocks, data]) in &mut rooms {
        let joined = Joins {
            segments: Assembly::new(segments),
            blocks: Assembly::new(blocks),
            data: Assembly::new(data),
            last: None,
            count: 0,
            direction: None,
            is_framed: false,
            is_hdlc: false,
        };
        joins.insert(link, joined);
    }
    let mut conversation = Conversation {
        hints,
        client: None,
        server: None,
        dedicated: None,
        asked: Asked::default(),
    };
    let mut decoded = Vec::new();
    for stretch in stretches {
        let addresses = match &stretch {
            Stretch::Frame(frame) => frame.addresses.clone(),
            _ => Addresses::default(),
        };
        let joined = joins.get_mut(&(addresses.source, addresses.destination));
        decoded.push(match (stretch, joined) {
            (Stretch::Frame(frame), Some(joins)) => conversation.frame(*frame, joins),
            (Stretch::Within(piece, octets), Some(joins)) => {
                conversation.within(piece, &octets, joins)
            }
            (Stretch::Other(piece) | Stretch::Within(piece, _), _) => piece,
            // Each link has its room.
            (Stretch::Frame(frame), None) => frame.decoded(Told::default(), None),
        });
    }
    decoded
}

impl Conversation<'_> {
    /// A frame, and the message that it ends.
    fn frame(&mut self, frame: Frame<'_>, joins: &mut Joins<'_>) -> Decoded {
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
    fn within(&mut self, mut piece: Decoded, octets: &[u8], joins: &mut Joins<'_>) -> Decoded {
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
        joins: &mut Joins<'_>,
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
