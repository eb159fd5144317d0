//! Octets to XML.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;
use core::ops::Range;

use gurux_framing::{Shown, Visit, Wire, WireError};

use super::acse;
use super::general::Generally;
use crate::wire::{Apdu, ApduTag, Conformance, DataRef, DataType, GloDed};

/// The message in these octets as XML, with a line for each field.
///
/// # Errors
/// What is wrong with the octets.
pub fn to_xml(octets: &[u8]) -> Result<String, WireError> {
    let mut writer = Writer { octets, text: String::new(), depth: 0, names: Vec::new(), silent: 0 };
    let tag = octets.first().copied().unwrap_or_default();
    if ApduTag::new(tag).service().is_some() {
        // The standard has what is ciphered as octets.
        GloDed::from_bytes(octets)?;
        let (_, content) = acse::content(octets)?;
        let name = ApduTag::new(tag).name().unwrap_or("ciphered");
        writer.field(0..octets.len(), name, Shown::Octets(content));
    } else if Generally::has(tag) {
        Apdu::<DataRef<'_>>::from_bytes(octets)?;
        Generally::explain(octets, 0, &mut writer)?;
    } else if acse::has(tag) {
        Apdu::<DataRef<'_>>::from_bytes(octets)?;
        acse::write(octets, &mut writer)?;
    } else {
        Apdu::<DataRef<'_>>::explain(octets, 0, &mut writer)?;
    }
    Ok(writer.text)
}

/// Writes an element for each field that it is told of.
pub(super) struct Writer<'a> {
    octets: &'a [u8],
    text: String,
    depth: usize,
    /// Of the elements that are open.
    names: Vec<&'static str>,
    /// How many groups are open of which nothing is written.
    silent: usize,
}

impl Writer<'_> {
    fn indent(&mut self) {
        for _ in 0..self.depth {
            self.text.push_str("  ");
        }
    }

    /// A whole element, whose content is XML already.
    pub(super) fn line(&mut self, name: &str, attribute: &str, content: &str) {
        self.indent();
        // A String takes whatever is written.
        let _ = match content {
            "" => writeln!(self.text, "<{name}{attribute}/>"),
            _ => writeln!(self.text, "<{name}{attribute}>{content}</{name}>"),
        };
    }

    fn octets(&mut self, name: &str, octets: &[u8]) {
        let content = digits(octets);
        self.line(name, "", &content);
    }

    /// Octets of a field that is not as the standard has it.
    pub(super) fn octets_as_they_are(&mut self, name: &str, octets: &[u8]) {
        let content = digits(octets);
        self.line(name, " encoding=\"hex\"", &content);
    }

    fn string(&mut self, name: &str, octets: &[u8]) {
        match core::str::from_utf8(octets) {
            Ok(text) if text.chars().all(is_xml) => {
                let content = escaped(text);
                self.line(name, "", &content);
            }
            _ => self.octets_as_they_are(name, octets),
        }
    }
}

fn digits(octets: &[u8]) -> String {
    let mut text = String::with_capacity(octets.len().saturating_mul(2));
    let _ = write!(text, "{}", Shown::Octets(octets));
    text
}

/// A character that XML can hold.
fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{1_0000}'..)
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            // A reader of XML makes a line feed of it, unless it is written so.
            '\r' => escaped.push_str("&#13;"),
            c => escaped.push(c),
        }
    }
    escaped
}

impl Visit for Writer<'_> {
    fn field(&mut self, at: Range<usize>, name: &'static str, value: Shown<'_>) {
        if self.silent > 0 {
            return;
        }
        let octets = self.octets.get(at).unwrap_or_default();
        match (name, value) {
            ("conformance", Shown::Octets(&[a, b, c])) => {
                let conformance = Conformance::from_bits(u32::from_be_bytes([0, a, b, c]));
                let mut content = String::new();
                let _ = write!(content, "{conformance}");
                self.line(name, "", &content);
            }
            ("bit-string", _) => {
                let mut content = String::new();
                if let Ok(DataRef::BitString(bits)) = DataRef::from_bytes(octets) {
                    content.extend(bits.iter().map(|bit| if bit { '1' } else { '0' }));
                }
                self.line(name, "", &content);
            }
            ("float32" | "float64", _) => self.octets(name, octets.get(1..).unwrap_or_default()),
            ("visible-string" | "utf8-string", Shown::Text(text)) => {
                self.string(name, text.as_bytes());
            }
            ("visible-string" | "utf8-string", Shown::Octets(octets)) => {
                self.string(name, octets);
            }
            ("null-data" | "dont-care", _) => self.line(name, "", ""),
            (_, Shown::Octets(octets)) => self.octets(name, octets),
            (_, Shown::Flag(value)) => self.line(name, "", if value { "true" } else { "false" }),
            (_, Shown::Code { name: Some(content), .. }) => self.line(name, "", content),
            (_, value) => {
                let mut content = String::new();
                let _ = match value {
                    Shown::Unsigned(number) | Shown::Code { code: number, .. } => {
                        write!(content, "{number}")
                    }
                    Shown::Signed(number) => write!(content, "{number}"),
                    other => write!(content, "{other}"),
                };
                self.line(name, "", &content);
            }
        }
    }

    fn structure(&mut self, _: Range<usize>, _: &'static str, _: Shown<'_>) {}

    fn enter_group(&mut self, start: usize, name: &'static str) {
        if self.silent > 0 {
            self.silent = self.silent.saturating_add(1);
            return;
        }
        let compact = DataType::COMPACT_ARRAY.name() == Some(name);
        self.indent();
        let _ = writeln!(self.text, "<{name}>");
        self.depth = self.depth.saturating_add(1);
        if compact {
            // It was told value by value; the standard has its two parts.
            let begin = self.octets.get(start..).unwrap_or_default();
            if let Ok((_, DataRef::CompactArray(array))) = DataRef::parse(begin) {
                self.octets("contents-description", array.description().octets());
                self.octets("array-contents", array.elements().octets());
            }
            self.depth = self.depth.saturating_sub(1);
            self.indent();
            let _ = writeln!(self.text, "</{name}>");
            self.silent = 1;
            return;
        }
        self.names.push(name);
    }

    fn enter_list(&mut self, start: usize, name: &'static str) {
        self.enter_group(start, name);
    }

    fn leave(&mut self, _: usize) {
        if self.silent > 0 {
            self.silent = self.silent.saturating_sub(1);
            return;
        }
        self.depth = self.depth.saturating_sub(1);
        self.indent();
        if let Some(name) = self.names.pop() {
            let _ = writeln!(self.text, "</{name}>");
        }
    }
}
