//! What our parsers say of octets, in the words of the corpus.

use std::ops::Range;

use gurux_framing::{Shown, Visit};
use serde_json::{Map, Value as Json};

/// Gathers what the parsers tell into one JSON object.
#[derive(Default)]
pub(crate) struct Facts {
    fields: Map<String, Json>,
    /// The groups and lists that are open, the innermost last.
    open: Vec<(String, Json)>,
}

impl Facts {
    /// All that was told.
    pub(crate) fn into_json(self) -> Map<String, Json> {
        self.fields
    }

    fn add(&mut self, name: &str, value: Json) {
        // The one name that the corpus shortens.
        let name = if name == "transaction" { "tid".to_owned() } else { name.replace(' ', "_") };
        match self.open.last_mut() {
            Some((_, Json::Array(items))) => items.push(value),
            Some((_, Json::Object(fields))) => drop(fields.insert(name, value)),
            _ => {
                let before = self.fields.insert(name.clone(), value);
                assert_eq!(before, None, "{name} is told twice");
            }
        }
    }
}

impl Visit for Facts {
    fn field(&mut self, _: Range<usize>, name: &'static str, value: Shown<'_>) {
        let value = match value {
            Shown::Unsigned(number) => number.into(),
            Shown::Signed(number) => number.into(),
            Shown::Flag(flag) => flag.into(),
            Shown::Code { code, .. } => code.into(),
            Shown::Octets(octets) => hex(octets).into(),
            Shown::Text(text) => text.into(),
            other => panic!("{other:?} is new"),
        };
        self.add(name, value);
    }

    fn structure(&mut self, _: Range<usize>, _: &'static str, _: Shown<'_>) {}

    fn enter_group(&mut self, _: usize, name: &'static str) {
        self.open.push((name.to_owned(), Json::Object(Map::new())));
    }

    fn enter_list(&mut self, _: usize, name: &'static str) {
        self.open.push((name.to_owned(), Json::Array(Vec::new())));
    }

    fn leave(&mut self, _: usize) {
        let (name, value) = self.open.pop().expect("something was entered");
        self.add(&name, value);
    }
}

pub(crate) fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

pub(crate) fn octets(hex: &Json) -> Vec<u8> {
    let hex = hex.as_str().expect("octets are a text of digits");
    let pairs = hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).expect("ASCII"));
    pairs.map(|pair| u8::from_str_radix(pair, 16).expect("hexadecimal digits")).collect()
}
