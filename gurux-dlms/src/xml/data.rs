//! Values, from the elements that are named by their types.

use alloc::vec::Vec;

use super::XmlError;
use super::element::{Children, Element};
use super::encode::{flag, hex, named, number};
use crate::wire::{DataRef, DataType, Unread, length};

impl DataRef<'_> {
    /// Writes the value that the one element says.
    pub(crate) fn encode_content(
        from: &mut Children<'_, '_>,
        out: &mut Vec<u8>,
    ) -> Result<(), XmlError> {
        value(from.any()?, out)
    }
}

impl Unread<'_> {
    /// Writes the value that the one element says.
    pub(crate) fn encode_content(
        from: &mut Children<'_, '_>,
        out: &mut Vec<u8>,
    ) -> Result<(), XmlError> {
        DataRef::encode_content(from, out)
    }
}

/// An element is no deeper than the reader lets it be, so neither is this.
fn value(element: &Element<'_>, out: &mut Vec<u8>) -> Result<(), XmlError> {
    let data_type = named(element.name, DataType::ALL, DataType::name)
        .ok_or(element.wrong("the name of a type"))?;
    out.push(data_type.code());
    match data_type {
        DataType::NULL_DATA | DataType::DONT_CARE => {}
        DataType::ARRAY | DataType::STRUCTURE => {
            length::emit(element.children.len(), out);
            return element.children.iter().try_for_each(|child| value(child, out));
        }
        DataType::COMPACT_ARRAY => {
            let mut parts = element.children();
            out.extend(hex(parts.take("contents-description")?)?);
            octet_string(&hex(parts.take("array-contents")?)?, out);
            return parts.finish();
        }
        DataType::BOOLEAN => out.push(flag(element)?.into()),
        DataType::BIT_STRING => bits(element, out)?,
        DataType::VISIBLE_STRING | DataType::UTF8_STRING if !element.is_hex => {
            octet_string(element.text.as_bytes(), out);
        }
        DataType::OCTET_STRING | DataType::VISIBLE_STRING | DataType::UTF8_STRING => {
            octet_string(&hex(element)?, out);
        }
        DataType::FLOAT32 => fixed(element, 4, out)?,
        DataType::FLOAT64 => fixed(element, 8, out)?,
        DataType::DATE_TIME => fixed(element, 12, out)?,
        DataType::DATE => fixed(element, 5, out)?,
        DataType::TIME => fixed(element, 4, out)?,
        DataType::INTEGER | DataType::DELTA_INTEGER => {
            out.extend(number::<i8>(element)?.to_be_bytes());
        }
        DataType::LONG | DataType::DELTA_LONG => out.extend(number::<i16>(element)?.to_be_bytes()),
        DataType::DOUBLE_LONG | DataType::DELTA_DOUBLE_LONG => {
            out.extend(number::<i32>(element)?.to_be_bytes());
        }
        DataType::LONG64 => out.extend(number::<i64>(element)?.to_be_bytes()),
        DataType::LONG_UNSIGNED | DataType::DELTA_LONG_UNSIGNED => {
            out.extend(number::<u16>(element)?.to_be_bytes());
        }
        DataType::DOUBLE_LONG_UNSIGNED | DataType::DELTA_DOUBLE_LONG_UNSIGNED => {
            out.extend(number::<u32>(element)?.to_be_bytes());
        }
        DataType::LONG64_UNSIGNED => out.extend(number::<u64>(element)?.to_be_bytes()),
        // An enum, a bcd, an unsigned, what is added to one.
        _ => out.push(number(element)?),
    }
    element.children().finish()
}

pub(crate) fn octet_string(octets: &[u8], out: &mut Vec<u8>) {
    length::emit(octets.len(), out);
    out.extend_from_slice(octets);
}

fn fixed(element: &Element<'_>, len: usize, out: &mut Vec<u8>) -> Result<(), XmlError> {
    let octets = hex(element)?;
    if octets.len() != len {
        return Err(element.wrong("as many octets as its type has"));
    }
    out.extend(octets);
    Ok(())
}

fn bits(element: &Element<'_>, out: &mut Vec<u8>) -> Result<(), XmlError> {
    let mut octets = Vec::new();
    let mut count = 0_usize;
    for c in element.text.chars().filter(|c| !c.is_whitespace()) {
        let bit = c.to_digit(2).ok_or(element.wrong("0 and 1"))? as u8;
        let place = count % 8;
        if place == 0 {
            octets.push(0);
        }
        if let Some(last) = octets.last_mut() {
            *last |= bit << 7_usize.saturating_sub(place);
        }
        count = count.saturating_add(1);
    }
    length::emit(count, out);
    out.extend(octets);
    Ok(())
}
