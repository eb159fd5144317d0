//! A capture as its carrier cuts it.

use std::ops::Range;

use gurux_dlms::carrier::Piece;
use gurux_framing::{Direction, Node, WireError};
use serde_json::{Map, Value as Json};

use super::super::{Content, Decoded};

/// A stretch of the capture.
#[derive(Debug)]
pub(super) enum Stretch<'b> {
    /// A frame of a carrier of DLMS.
    Frame(Box<Frame<'b>>),
    /// A message of another protocol, or noise.
    Other(Decoded),
    /// A message of another protocol, in which this one stands.
    Within(Decoded, Vec<u8>),
}

/// A frame.
#[derive(Debug)]
pub(super) struct Frame<'b> {
    pub(super) layer: &'static str,
    pub(super) offset: usize,
    pub(super) octets: &'b [u8],
    pub(super) addresses: Addresses,
    /// Which way it goes, if the carrier tells.
    pub(super) direction: Option<Direction>,
    /// Every octet but those of the message.
    pub(super) nodes: Vec<Node>,
    /// The piece of a message in it, and where in the capture that stands.
    pub(super) carried: Option<(Piece<'b>, usize)>,
    /// The number that it was sent with.
    pub(super) number: Option<u8>,
    /// What the frame itself is for.
    pub(super) summary: Option<String>,
    pub(super) fields: Map<String, Json>,
    pub(super) error: Option<WireError>,
}

/// From whom to whom.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Addresses {
    pub(super) source: String,
    pub(super) destination: String,
}

impl Addresses {
    pub(super) fn new(source: u16, destination: u16) -> Self {
        Self { source: source.to_string(), destination: destination.to_string() }
    }

    /// The two as fields: by their roles, if it is known who asks.
    pub(super) fn tell(&self, direction: Option<Direction>, into: &mut Map<String, Json>) {
        if self.source.is_empty() {
            return;
        }
        let (source, destination) = match direction {
            Some(Direction::Request) => ("client", "server"),
            Some(Direction::Response) => ("server", "client"),
            None => ("source", "destination"),
        };
        for (name, address) in [(source, &self.source), (destination, &self.destination)] {
            let number = address.parse::<u64>().map(Json::from);
            into.insert(name.to_owned(), number.unwrap_or_else(|_| address.as_str().into()));
        }
    }
}

impl<'b> Frame<'b> {
    /// A frame that carries nothing.
    pub(super) fn new(
        layer: &'static str,
        offset: usize,
        octets: &'b [u8],
        addresses: Addresses,
    ) -> Self {
        Self {
            layer,
            offset,
            octets,
            addresses,
            direction: None,
            nodes: Vec::new(),
            carried: None,
            number: None,
            summary: None,
            fields: Map::new(),
            error: None,
        }
    }
}

impl Stretch<'_> {
    pub(super) fn noise(offset: usize, octets: &[u8], what: WireError) -> Self {
        Self::Other(Decoded::noise(offset, octets, what))
    }

    /// Puts noise behind the others, to that which is the last of them if there is one.
    pub(super) fn put_noise(
        stretches: &mut Vec<Self>,
        offset: usize,
        octets: &[u8],
        what: WireError,
    ) {
        match stretches.last_mut() {
            Some(Self::Other(before)) if matches!(before.content, Content::Noise { .. }) => {
                before.octets.extend_from_slice(octets);
            }
            _ => stretches.push(Self::noise(offset, octets, what)),
        }
    }
}

/// Puts what a message is where a frame has only its octets.
pub(super) fn put_inside(nodes: &mut Vec<Node>, at: &Range<usize>, mut inner: Vec<Node>) {
    let holds = |node: &Node| node.at().start <= at.start && at.end <= node.at().end;
    if let Some(Node::Group { nodes, .. }) =
        nodes.iter_mut().find(|node| matches!(node, Node::Group { .. }) && holds(node))
    {
        return put_inside(nodes, at, inner);
    }
    nodes.retain(|node| !matches!(node, Node::Field { at: field, .. } if field == at));
    let place = nodes.iter().position(|node| node.at().start >= at.end).unwrap_or(nodes.len());
    let behind = nodes.split_off(place);
    nodes.append(&mut inner);
    nodes.extend(behind);
}
