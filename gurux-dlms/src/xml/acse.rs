//! AARQ, AARE, RLRQ and RLRE: BER, field by field, by one table both ways.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use gurux_framing::{Reader, Shown, Visit, WireError, WireErrorKind};

use super::XmlError;
use super::data::octet_string;
use super::element::Element;
use super::encode::{hex, number};
use super::write::Writer;
use crate::wire::{ApduTag, ObjectIdentifier, length};

/// What stands in a field, and how XML has it. A field with something else in it is written as
/// digits, with `encoding="hex"`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Digits: the octets.
    Raw,
    /// An object identifier, its numbers with points between them.
    Name,
    /// The same with a tag of its own.
    TaggedName,
    /// An octet-string with a tag of its own: digits.
    Octets,
    /// An integer of one octet with a tag of its own.
    Integer,
    /// A charstring, `[0]`: digits in an element of that name.
    Charstring,
    /// The side that gives the diagnostic, and its integer.
    Diagnostic,
}

/// Message, tag of the field, name, content; in the order of the standard.
#[rustfmt::skip]
static FIELDS: &[(ApduTag, u8, &str, Kind)] = &[
    (ApduTag::AARQ, 0x80, "protocol-version",               Kind::Raw),
    (ApduTag::AARQ, 0xA1, "application-context-name",       Kind::TaggedName),
    (ApduTag::AARQ, 0xA2, "called-AP-title",                Kind::Octets),
    (ApduTag::AARQ, 0xA3, "called-AE-qualifier",            Kind::Octets),
    (ApduTag::AARQ, 0xA4, "called-AP-invocation-id",        Kind::Integer),
    (ApduTag::AARQ, 0xA5, "called-AE-invocation-id",        Kind::Integer),
    (ApduTag::AARQ, 0xA6, "calling-AP-title",               Kind::Octets),
    (ApduTag::AARQ, 0xA7, "calling-AE-qualifier",           Kind::Octets),
    (ApduTag::AARQ, 0xA8, "calling-AP-invocation-id",       Kind::Integer),
    (ApduTag::AARQ, 0xA9, "calling-AE-invocation-id",       Kind::Integer),
    (ApduTag::AARQ, 0x8A, "sender-acse-requirements",       Kind::Raw),
    (ApduTag::AARQ, 0x8B, "mechanism-name",                 Kind::Name),
    (ApduTag::AARQ, 0xAC, "calling-authentication-value",   Kind::Charstring),
    (ApduTag::AARQ, 0xBD, "implementation-information",     Kind::Raw),
    (ApduTag::AARQ, 0xBE, "user-information",               Kind::Octets),
    (ApduTag::AARE, 0x80, "protocol-version",               Kind::Raw),
    (ApduTag::AARE, 0xA1, "application-context-name",       Kind::TaggedName),
    (ApduTag::AARE, 0xA2, "result",                         Kind::Integer),
    (ApduTag::AARE, 0xA3, "result-source-diagnostic",       Kind::Diagnostic),
    (ApduTag::AARE, 0xA4, "responding-AP-title",            Kind::Octets),
    (ApduTag::AARE, 0xA5, "responding-AE-qualifier",        Kind::Octets),
    (ApduTag::AARE, 0xA6, "responding-AP-invocation-id",    Kind::Integer),
    (ApduTag::AARE, 0xA7, "responding-AE-invocation-id",    Kind::Integer),
    (ApduTag::AARE, 0x88, "responder-acse-requirements",    Kind::Raw),
    (ApduTag::AARE, 0x89, "mechanism-name",                 Kind::Name),
    (ApduTag::AARE, 0xAA, "responding-authentication-value", Kind::Charstring),
    (ApduTag::AARE, 0xBD, "implementation-information",     Kind::Raw),
    (ApduTag::AARE, 0xBE, "user-information",               Kind::Octets),
    (ApduTag::RLRQ, 0x80, "reason",                         Kind::Raw),
    (ApduTag::RLRQ, 0xBE, "user-information",               Kind::Octets),
    (ApduTag::RLRE, 0x80, "reason",                         Kind::Raw),
    (ApduTag::RLRE, 0xBE, "user-information",               Kind::Octets),
];

const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const OBJECT_IDENTIFIER: u8 = 0x06;
const CHARSTRING: u8 = 0x80;
const SIDES: [(u8, &str); 2] = [(0xA1, "acse-service-user"), (0xA2, "acse-service-provider")];

/// Is this the tag of a message of ACSE?
pub(super) fn has(tag: u8) -> bool {
    FIELDS.iter().any(|(message, ..)| message.code() == tag)
}

/// The tag of a field, and its content up to the end that it states, or to that of the octets.
pub(super) fn content(octets: &[u8]) -> Result<(u8, &[u8]), WireError> {
    let mut reader = Reader::new(octets);
    let (tag, content) = field(&mut reader)?;
    Ok((tag, content))
}

fn field<'a>(reader: &mut Reader<'a>) -> Result<(u8, &'a [u8]), WireError> {
    let [tag] = reader.array("tag")?;
    let len = length::read(reader, "length")?.min(reader.rest().len());
    Ok((tag, reader.slice(len, "content")?))
}

/// Writes a message that was read before.
pub(super) fn write(octets: &[u8], writer: &mut Writer<'_>) -> Result<(), WireError> {
    let (tag, fields) = content(octets)?;
    let message = ApduTag::new(tag);
    writer.enter_group(0, message.name().unwrap_or("acse"));
    let mut reader = Reader::new(fields);
    while !reader.is_empty() {
        let (tag, content) = field(&mut reader)?;
        let row = FIELDS.iter().find(|row| row.0 == message && row.1 == tag);
        let Some((.., name, kind)) = row else {
            return Err(reader.error("field", WireErrorKind::Code(tag.into())));
        };
        put(*kind, name, content, writer);
    }
    writer.leave(octets.len());
    Ok(())
}

fn put(kind: Kind, name: &'static str, octets: &[u8], writer: &mut Writer<'_>) {
    let inner = content(octets).ok().filter(|(tag, inner)| tagged(*tag, inner) == octets);
    match (kind, inner) {
        (Kind::Raw, _) => writer.field(0..0, name, Shown::Octets(octets)),
        (Kind::Octets, Some((OCTET_STRING, inner))) => {
            writer.field(0..0, name, Shown::Octets(inner));
        }
        (Kind::Name, _) if is_name(octets) => writer.line(name, "", &numbers(octets)),
        (Kind::TaggedName, Some((OBJECT_IDENTIFIER, inner))) if is_name(inner) => {
            writer.line(name, "", &numbers(inner));
        }
        (Kind::Integer, Some((INTEGER, [number]))) => {
            writer.line(name, "", &number.to_string());
        }
        (Kind::Charstring, Some((CHARSTRING, inner))) => {
            writer.enter_group(0, name);
            writer.field(0..0, "charstring", Shown::Octets(inner));
            writer.leave(0);
        }
        (Kind::Diagnostic, Some((side, inner))) => {
            let code = content(inner).ok().filter(|(_, code)| tagged(INTEGER, code) == inner);
            let side = SIDES.iter().find(|(tag, _)| *tag == side);
            match (side, code) {
                (Some((_, side)), Some((_, [code]))) => {
                    writer.enter_group(0, name);
                    writer.line(side, "", &code.to_string());
                    writer.leave(0);
                }
                _ => writer.octets_as_they_are(name, octets),
            }
        }
        _ => writer.octets_as_they_are(name, octets),
    }
}

/// The octets of the message of this name, if there is one.
pub(super) fn encode(element: &Element<'_>) -> Option<Result<Vec<u8>, XmlError>> {
    let named = |(message, ..): &&(ApduTag, u8, &str, Kind)| message.name() == Some(element.name);
    let message = FIELDS.iter().find(named)?.0;
    Some(fields(message, element).map(|fields| tagged(message.code(), &fields)))
}

fn fields(message: ApduTag, element: &Element<'_>) -> Result<Vec<u8>, XmlError> {
    let mut out = Vec::new();
    for child in &element.children {
        let row = FIELDS.iter().find(|row| row.0 == message && row.2 == child.name);
        let Some((_, tag, _, kind)) = row else {
            return Err(child.wrong("a field of the message"));
        };
        out.extend(tagged(*tag, &taken(*kind, child)?));
    }
    Ok(out)
}

fn taken(kind: Kind, element: &Element<'_>) -> Result<Vec<u8>, XmlError> {
    if element.is_hex {
        return hex(element);
    }
    Ok(match kind {
        Kind::Raw => hex(element)?,
        Kind::Octets => tagged(OCTET_STRING, &hex(element)?),
        Kind::Name => name(element)?,
        Kind::TaggedName => tagged(OBJECT_IDENTIFIER, &name(element)?),
        Kind::Integer => tagged(INTEGER, &[number(element)?]),
        Kind::Charstring => {
            let mut children = element.children();
            let inner = tagged(CHARSTRING, &hex(children.take("charstring")?)?);
            children.finish()?;
            inner
        }
        Kind::Diagnostic => {
            let mut children = element.children();
            let side = children.any()?;
            children.finish()?;
            let tag = SIDES.iter().find(|(_, name)| *name == side.name);
            let (tag, _) = tag.ok_or(side.wrong("acse-service-user or acse-service-provider"))?;
            tagged(*tag, &tagged(INTEGER, &[number(side)?]))
        }
    })
}

fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::from([tag]);
    octet_string(content, &mut out);
    out
}

fn numbers(octets: &[u8]) -> String {
    format!("{}", ObjectIdentifier::new(octets))
}

/// Do the numbers make the octets again?
fn is_name(octets: &[u8]) -> bool {
    name_octets(&numbers(octets)).as_deref() == Some(octets)
}

fn name(element: &Element<'_>) -> Result<Vec<u8>, XmlError> {
    name_octets(element.text.trim()).ok_or(element.wrong("numbers with points between them"))
}

/// The first two numbers share an octet; each is written seven bits an octet, all but the last with
/// the top bit.
fn name_octets(text: &str) -> Option<Vec<u8>> {
    let mut numbers = text.split('.').map(|number| number.parse::<u32>().ok());
    let (root, second) = (numbers.next()??, numbers.next()??);
    let first = root.checked_mul(40)?.checked_add(second)?;
    let mut out = Vec::new();
    for number in core::iter::once(Some(first)).chain(numbers) {
        let number = number?;
        let groups = (0..5).rev().map(|group| number >> (7 * group)).skip_while(|rest| *rest == 0);
        let groups: Vec<u32> = groups.collect();
        for (place, group) in groups.iter().enumerate() {
            let last = place.saturating_add(1) == groups.len();
            out.push((group & 0x7F) as u8 | if last { 0 } else { 0x80 });
        }
        if groups.is_empty() {
            out.push(0);
        }
    }
    Some(out)
}
