//! How many facts agree, which do not, and which only a driver knows.

use std::fmt::Display;

use serde_json::Value as Json;

/// The account of one entry, or of a file.
#[derive(Default)]
pub(crate) struct Ledger {
    /// Facts that agree.
    pub(crate) agree: usize,
    /// Facts that only the driver of one meter knows.
    pub(crate) driver: usize,
    /// Each other: `field: expected this, found that`.
    pub(crate) disagreements: Vec<String>,
}

impl Ledger {
    /// Adds the account of a part.
    pub(crate) fn add(&mut self, part: Self) {
        self.agree += part.agree;
        self.driver += part.driver;
        self.disagreements.extend(part.disagreements);
    }

    /// A fact agrees.
    pub(crate) fn agree(&mut self) {
        self.agree += 1;
    }

    /// A fact is the driver's.
    pub(crate) fn driver(&mut self) {
        self.driver += 1;
    }

    /// A fact does not agree.
    pub(crate) fn disagree(&mut self, field: impl Display, why: impl Display) {
        self.disagreements.push(format!("{field}: {why}"));
    }

    /// A fact agrees, or does not.
    pub(crate) fn check(
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

    /// Two texts or numbers are the same.
    pub(crate) fn same(&mut self, field: impl Display, expected: &Json, found: impl Into<Json>) {
        let found = found.into();
        self.check(field, *expected == found, expected, &found);
    }

    /// A key that nobody compares is a fact passed over in silence.
    pub(crate) fn unknown_keys(&mut self, place: &str, object: &Json, known: &[&str]) {
        let keys = object.as_object().into_iter().flat_map(|object| object.keys());
        for key in keys.filter(|key| !known.contains(&key.as_str())) {
            self.disagree(format_args!("{place}.{key}"), "nobody compares this");
        }
    }
}
