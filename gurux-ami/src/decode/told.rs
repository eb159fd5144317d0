//! What a parser told of a message, as JSON and as text.

use gurux_framing::{Annotator, Node, Shown, TreeValue, Visit};
use serde_json::{Map, Value as Json, json};

use super::{Layer, Meanings};
use crate::capture::to_hex;

/// The fields of a message by name; what only holds it together is left out.
pub(crate) fn message(nodes: &[Node]) -> Json {
    Json::Object(fields(nodes))
}

fn fields(nodes: &[Node]) -> Map<String, Json> {
    nodes.iter().filter_map(|node| Some((key(node.name()), value(node)?))).collect()
}

fn value(node: &Node) -> Option<Json> {
    match node {
        Node::Field { structure: true, .. } => None,
        Node::Field { value, .. } => Some(scalar(value)),
        Node::Group { nodes, .. } => Some(Json::Object(fields(nodes))),
        Node::List { nodes, .. } => Some(nodes.iter().filter_map(value).collect()),
    }
}

fn scalar(value: &TreeValue) -> Json {
    match value {
        TreeValue::Unsigned(number) => (*number).into(),
        TreeValue::Signed(number) => (*number).into(),
        TreeValue::Flag(flag) => (*flag).into(),
        TreeValue::Code { code, .. } => (*code).into(),
        TreeValue::Octets(octets) => to_hex(octets).into(),
        TreeValue::Text(text) => text.as_str().into(),
        _ => Json::Null,
    }
}

/// The standard's name as an identifier.
fn key(name: &str) -> String {
    name.replace([' ', '-'], "_")
}

/// The tree of octet ranges with their meaning.
pub(crate) fn annotation(nodes: &[Node], meanings: &Meanings) -> Json {
    nodes
        .iter()
        .map(|node| {
            let at = node.at();
            let mut object = Map::new();
            object.insert("offset".into(), at.start.into());
            object.insert("length".into(), at.end.saturating_sub(at.start).into());
            object.insert("name".into(), node.name().into());
            if let Node::Field { value, structure, .. } = node {
                object.insert("value".into(), scalar(value));
                if let Some(words) = meanings.at(at, node.name()) {
                    object.insert("meaning".into(), json!(words));
                } else if let TreeValue::Code { name: Some(name), .. } = value {
                    object.insert("meaning".into(), json!(name));
                }
                object.insert("structure".into(), (*structure).into());
            } else {
                object.insert("fields".into(), annotation(node.nodes(), meanings));
            }
            Json::Object(object)
        })
        .collect()
}

/// What was opened or joined, octet by octet.
pub(crate) fn inside(layers: &[Layer]) -> Json {
    layers
        .iter()
        .map(|layer| {
            json!({
                "name": layer.name,
                "octets": to_hex(&layer.octets),
                "annotation": annotation(&layer.nodes, &layer.meanings),
            })
        })
        .collect()
}

/// The same for people. `capture` ends where the message does, which begins at `origin`.
pub(crate) fn dump(nodes: &[Node], meanings: &Meanings, capture: &[u8], origin: usize) -> String {
    let mut annotator = Annotator::new(String::new(), capture).starting_at(origin);
    nodes.iter().for_each(|node| tell(node, meanings, &mut annotator));
    // Writing to a string cannot fail.
    annotator.finish().unwrap_or_default()
}

/// Tells a visitor of a node, with the words that there are.
fn tell(node: &Node, meanings: &Meanings, visitor: &mut impl Visit) {
    let (at, name) = (node.at(), node.name());
    match node {
        Node::Field { structure: false, .. } => match meanings.at(at, name) {
            Some(words) => visitor.field(at.clone(), name, Shown::Text(words)),
            None => node.tell(visitor),
        },
        Node::Field { .. } => node.tell(visitor),
        Node::Group { nodes, .. } | Node::List { nodes, .. } => {
            visitor.enter_group(at.start, name);
            nodes.iter().for_each(|node| tell(node, meanings, visitor));
            visitor.leave(at.end);
        }
    }
}
