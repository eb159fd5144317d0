//! The way back: a message as JSON, or one of DLMS as XML, to the octets that go on the wire.

use serde_json::Value as Json;

pub(crate) mod dlms;
mod mbus;
mod modbus;

/// What decode says of a message; what only says where it stood is passed over.
const MEMBERS: &[&str] = &[
    "protocol",
    "line",
    "stream",
    "offset",
    "length",
    "layers",
    "meter",
    "direction",
    "message",
    "readings",
    "summary",
    "notes",
    "error",
    "octets",
    "annotation",
    "inside",
];

/// The protocol whose layers these are: of M-Bus, or of Modbus, which needs none.
fn of_layers(message: &Json) -> &'static str {
    match message.get("layers").and_then(|layers| layers.get(0)).and_then(Json::as_str) {
        Some(layer) if mbus::LAYERS.contains(&layer) => "mbus",
        _ => "modbus",
    }
}

/// A member that nobody looks at is a slip of the pen, and would be lost in silence.
///
/// # Errors
/// The sentence that names it.
fn known_members(object: &Json, of: &str, known: &[&str]) -> Result<(), String> {
    let names = object.as_object().into_iter().flat_map(|object| object.keys());
    match names.into_iter().find(|name| !known.contains(&name.as_str())) {
        None => Ok(()),
        Some(name) => {
            let known = known.join("`, `");
            Err(format!("`{of}{name}` is no field of a message; there may be `{known}`"))
        }
    }
}

/// The octets of a message in the form that `decode` writes.
///
/// # Errors
/// A sentence that says which field is missing or wrong, and what would be right.
pub(crate) fn encode(message: &Json, protocol: Option<&str>) -> Result<Vec<u8>, String> {
    known_members(message, "", MEMBERS)?;
    let named = message.get("protocol").and_then(Json::as_str);
    let protocol = protocol.or(named).unwrap_or_else(|| of_layers(message));
    match protocol.split_once('-').unwrap_or((protocol, "")) {
        ("modbus", framing) => modbus::encode(message, framing),
        ("mbus", framing) => mbus::encode(message, framing),
        ("wmbus", _) => mbus::encode(message, "wireless"),
        ("dlms" | "axdr", _) => {
            Err("a message of DLMS is encoded from XML, as decode --format xml writes it"
                .to_owned())
        }
        ("noise", _) => Err("this is noise, not a message".to_owned()),
        _ => Err(format!("the protocol `{protocol}` is not known; it may be dlms, mbus or modbus")),
    }
}
