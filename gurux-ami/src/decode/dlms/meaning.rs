//! What the fields of messages mean, in words.

use gurux_dlms::table::class::{ClassId, versions};
use gurux_dlms::wire::{
    BlockControl, Conformance, CosemDate, CosemDateTime, CosemTime, InvokeId, LongInvokeId,
    SecurityControl,
};
use gurux_framing::{Node, TreeValue};
use gurux_value::Obis;

use super::super::Meanings;
use super::words;

/// Words for the fields of these nodes.
pub(super) fn meanings(nodes: &[Node]) -> Meanings {
    let mut found = Meanings::default();
    let mut class = None;
    walk(nodes, &mut class, &mut found);
    found
}

fn walk(nodes: &[Node], class: &mut Option<u16>, found: &mut Meanings) {
    for node in nodes {
        let Node::Field { at, name, value, structure: false } = node else {
            walk(node.nodes(), class, found);
            continue;
        };
        if let ("class-id", TreeValue::Unsigned(number)) = (*name, value) {
            *class = u16::try_from(*number).ok();
        }
        if let Some(words) = words_for(name, value, *class) {
            found.insert(at.clone(), name, words);
        }
    }
}

/// Words for a field, given the class of the object that is spoken of.
fn words_for(name: &str, value: &TreeValue, class: Option<u16>) -> Option<String> {
    match (name, value) {
        ("class-id", TreeValue::Unsigned(number)) => {
            let id = ClassId::new(u16::try_from(*number).ok()?);
            id.name().map(|name| format!("{number}, {name}"))
        }
        ("instance-id", TreeValue::Octets(octets)) => {
            Some(words::named(Obis::new(octets.as_slice().try_into().ok()?)))
        }
        ("attribute-id", _) => {
            let index = number(value)?;
            let class = versions(ClassId::new(class?)).last()?;
            class.attribute(index).map(|attribute| format!("{index}, {}", attribute.name))
        }
        ("method-id", _) => {
            let index = number(value)?;
            let class = versions(ClassId::new(class?)).last()?;
            class.method(index).map(|method| format!("{index}, {}", method.name))
        }
        ("invoke-id-and-priority", TreeValue::Unsigned(octet)) => {
            let id = InvokeId(u8::try_from(*octet).ok()?);
            let mut text = format!("{}", id.number());
            text.push_str(if id.is_confirmed() { ", confirmed" } else { ", unconfirmed" });
            text.push_str(if id.has_high_priority() { ", high priority" } else { "" });
            Some(text)
        }
        ("long-invoke-id-and-priority", TreeValue::Unsigned(octets)) => {
            let id = LongInvokeId(u32::try_from(*octets).ok()?);
            let mut text = format!("{}", id.number());
            text.push_str(if id.is_confirmed() { ", confirmed" } else { ", unconfirmed" });
            text.push_str(if id.has_high_priority() { ", high priority" } else { "" });
            Some(text)
        }
        ("security-control", TreeValue::Unsigned(octet)) => {
            Some(SecurityControl::new(u8::try_from(*octet).ok()?).to_string())
        }
        ("block-control", TreeValue::Unsigned(octet)) => {
            let control = BlockControl(u8::try_from(*octet).ok()?);
            let last = if control.is_last() { ", last" } else { "" };
            let streaming = if control.is_streaming() { ", streaming" } else { "" };
            Some(format!("window {}{last}{streaming}", control.window()))
        }
        ("conformance", TreeValue::Octets(octets)) => {
            let [a, b, c] = octets.as_slice().try_into().ok()?;
            let conformance = Conformance::from_bits(u32::from_be_bytes([0, a, b, c]));
            Some(conformance.to_string())
        }
        ("date-time" | "time" | "current-time", TreeValue::Octets(octets)) if octets.len() != 4 => {
            let Some(time) = CosemDateTime::from_slice(octets) else {
                return Some(words::none_or(octets));
            };
            Some(time.to_date_time().to_string())
        }
        ("date", TreeValue::Octets(octets)) => {
            let date = CosemDate::from_octets(octets.as_slice().try_into().ok()?);
            Some(date.to_date_time().to_string())
        }
        ("time", TreeValue::Octets(octets)) => {
            let time = CosemTime::from_octets(octets.as_slice().try_into().ok()?);
            Some(time.to_date_time().to_string())
        }
        ("float32", TreeValue::Unsigned(bits)) => {
            Some(f32::from_bits(u32::try_from(*bits).ok()?).to_string())
        }
        ("float64", TreeValue::Unsigned(bits)) => Some(f64::from_bits(*bits).to_string()),
        ("octet-string", TreeValue::Octets(octets)) => match words::octets(octets) {
            Some(words) => Some(words),
            None => Some(words::none_or(octets)),
        },
        ("system-title" | "originator-system-title" | "recipient-system-title", _)
        | ("calling-ap-title" | "responding-ap-title", _) => {
            let TreeValue::Octets(octets) = value else { return None };
            let letters =
                octets.get(..3).filter(|octets| octets.iter().all(u8::is_ascii_alphabetic));
            let letters = letters.and_then(|octets| std::str::from_utf8(octets).ok());
            letters.map(|letters| format!("of {letters}"))
        }
        _ => None,
    }
}

fn number(value: &TreeValue) -> Option<i8> {
    match value {
        TreeValue::Unsigned(number) => i8::try_from(*number).ok(),
        TreeValue::Signed(number) => i8::try_from(*number).ok(),
        _ => None,
    }
}
