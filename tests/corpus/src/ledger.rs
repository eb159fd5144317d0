//! How many facts agree, which do not, and which only the source knows.

use std::fmt::Display;

use serde_json::Value as Json;

/// The account of one entry, or of a file.
#[derive(Default)]
pub struct Ledger {
    /// Facts that agree.
    pub agree: usize,
    /// What the octets do not say: facts that only the driver of one meter knows, words of the source.
    pub driver: usize,
    /// Each fact that does not agree: `field: expected this, found that`.
    pub disagreements: Vec<String>,
}

impl Ledger {
    /// Adds the account of a part.
    pub fn add(&mut self, part: Self) {
        self.agree += part.agree;
        self.driver += part.driver;
        self.disagreements.extend(part.disagreements);
    }

    /// A fact agrees.
    pub const fn agree(&mut self) {
        self.agree += 1;
    }

    /// A fact is the driver's.
    pub const fn driver(&mut self) {
        self.driver += 1;
    }

    /// A fact does not agree.
    pub fn disagree(&mut self, field: impl Display, why: impl Display) {
        self.disagreements.push(format!("{field}: {why}"));
    }

    /// A fact agrees, or does not.
    pub fn check(
        &mut self,
        field: impl Display,
        agrees: bool,
        expected: impl Display,
        found: impl Display,
    ) {
        if agrees {
            self.agree();
        } else {
            self.disagree(field, format_args!("expected {expected}, found {found}"));
        }
    }

    /// Two values are the same.
    pub fn same(&mut self, field: impl Display, expected: &Json, found: impl Into<Json>) {
        let found = found.into();
        self.check(field, *expected == found, expected, &found);
    }

    /// Two trees are the same, leaf by leaf: what one of them has the other has.
    pub fn tree(&mut self, field: &str, expected: &Json, found: &Json) {
        match (expected, found) {
            (Json::Object(expected), Json::Object(found)) => {
                for (key, value) in expected {
                    match found.get(key) {
                        Some(own) => self.tree(&format!("{field}.{key}"), value, own),
                        None => self.disagree(format_args!("{field}.{key}"), "nobody finds it"),
                    }
                }
                for (key, value) in found.iter().filter(|(key, _)| !expected.contains_key(*key)) {
                    let why = format_args!("expected nothing, found {value}");
                    self.disagree(format_args!("{field}.{key}"), why);
                }
            }
            (Json::Array(expected), Json::Array(found)) if expected.len() == found.len() => {
                self.agree();
                for (place, (one, own)) in expected.iter().zip(found).enumerate() {
                    self.tree(&format!("{field}[{place}]"), one, own);
                }
            }
            _ => self.same(field, expected, found.clone()),
        }
    }

    /// A key that nobody compares is a fact passed over in silence.
    pub fn unknown_keys(&mut self, place: &str, object: &Json, known: &[&str]) {
        let point = if place.is_empty() { "" } else { "." };
        let keys = object.as_object().into_iter().flat_map(|object| object.keys());
        for key in keys.filter(|key| !known.contains(&key.as_str())) {
            self.disagree(format_args!("{place}{point}{key}"), "nobody compares this");
        }
    }
}
