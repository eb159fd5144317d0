//! The way back: a message as JSON, or one of DLMS as XML, to the octets that go on the wire.

use serde_json::Value as Json;

pub(crate) mod dlms;
mod mbus;
mod modbus;

/// The octets of a message in the form that `decode` writes.
///
/// # Errors
/// A sentence that says which field is missing or wrong, and what would be right.
pub(crate) fn encode(message: &Json, protocol: Option<&str>) -> Result<Vec<u8>, String> {
    let named = message.get("protocol").and_then(Json::as_str);
    let protocol = protocol.or(named).unwrap_or("modbus");
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
