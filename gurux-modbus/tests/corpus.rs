//! True frames: every fact of the Modbus corpus must agree.
//!
//! The corpus is `$GURUX_CORPUS/modbus`, or lies beside the checkout; without it the tests are
//! reported as ignored. `corpus-exceptions.txt` lists what the corpus has wrong.
#![expect(clippy::indexing_slicing, reason = "an index into JSON answers null where nothing is")]
#![expect(clippy::expect_used, clippy::panic, reason = "a test stops at what it does not know")]

#[path = "corpus/facts.rs"]
mod facts;
#[path = "corpus/frames.rs"]
mod frames;
#[path = "corpus/streams.rs"]
mod streams;
#[path = "corpus/values.rs"]
mod values;

use gurux_corpus::{Ledger, files, run};
use serde_json::Value as Json;

/// A kind of files in the corpus.
struct Kind {
    /// How the name of each begins.
    name: &'static str,
    /// What an entry may have.
    keys: &'static [&'static str],
    /// Answers each disagreement as `field: expected this, found that`.
    disagreements: fn(&Json) -> Vec<String>,
}

const KINDS: [Kind; 3] = [
    Kind { name: "frames", keys: &frames::KEYS, disagreements: frames::disagreements },
    Kind { name: "streams", keys: &streams::KEYS, disagreements: streams::disagreements },
    Kind {
        name: "values",
        keys: &["id", "source", "registers", "type", "order", "expect"],
        disagreements: values::disagreements,
    },
];

fn main() {
    let exceptions = include_str!("corpus-exceptions.txt");
    run("modbus", files("modbus"), exceptions, facts);
}

/// One entry agrees or not, as a whole.
fn facts(file: &str, entry: &Json) -> Ledger {
    let mut ledger = Ledger::default();
    match KINDS.iter().find(|kind| file.starts_with(kind.name)) {
        Some(kind) => {
            ledger.unknown_keys("", entry, kind.keys);
            ledger.disagreements.extend((kind.disagreements)(entry));
        }
        None => ledger.disagree(file, "nobody knows what this file holds"),
    }
    if ledger.disagreements.is_empty() {
        ledger.agree();
    }
    ledger
}

/// A key that nobody compares is a fact passed over in silence.
pub(crate) fn unknown(entry: &Json, keys: &[&str]) -> Vec<String> {
    let present = entry.as_object().into_iter().flat_map(|entry| entry.keys());
    present
        .filter(|key| !keys.contains(&key.as_str()))
        .map(|key| format!("{key}: nobody compares this"))
        .collect()
}
