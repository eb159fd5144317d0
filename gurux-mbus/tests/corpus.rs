//! True frames: every fact of the M-Bus corpus must agree.
//!
//! The corpus is `$GURUX_CORPUS/mbus`, or lies beside the checkout; without it the tests are reported
//! as ignored. `corpus-exceptions.txt` lists what the corpus has wrong.
//!
//! Each fact that a source asserts of a capture is compared with what this crate says of the octets; a
//! key that nobody compares is a disagreement. What only the driver of one meter knows is told apart
//! by the rules of `corpus/wmbusmeters.rs` and counted.
#![expect(clippy::indexing_slicing, reason = "an index into JSON answers null where nothing is")]
#![expect(clippy::expect_used, reason = "a test stops at what it does not know")]

#[path = "corpus/capture.rs"]
mod capture;
#[path = "corpus/derived.rs"]
mod derived;
#[path = "corpus/errors.rs"]
mod errors;
#[path = "corpus/libmbus.rs"]
mod libmbus;
#[path = "corpus/media.rs"]
mod media;
#[path = "corpus/named.rs"]
mod named;
#[path = "corpus/number.rs"]
mod number;
#[path = "corpus/roundtrip.rs"]
mod roundtrip;
#[path = "corpus/wmbusmeters.rs"]
mod wmbusmeters;

use gurux_corpus::{File, Ledger, files, run};
use serde_json::Value as Json;

use capture::{Capture, Memory};

/// What an entry may have.
const KEYS: [&str; 8] = ["id", "source", "kind", "hex", "key", "expect", "also", "derived"];

fn main() {
    let files = files("mbus");
    let corpus = Corpus::read(&files);
    let exceptions = include_str!("corpus-exceptions.txt");
    run("mbus", files, exceptions, move |_, entry| facts(entry, &corpus));
}

/// What the captures say of each other: a compact frame needs the full one, a second part the first.
pub(crate) struct Corpus {
    memory: Memory,
    captures: Vec<(String, Capture)>,
}

impl Corpus {
    fn read(files: &[File]) -> Self {
        let entries = || files.iter().flat_map(|file| &file.entries);
        let mut memory = Memory::default();
        entries().for_each(|entry| memory.learn(&Capture::new(entry, &Memory::default())));
        let capture = |entry: &Json| {
            (entry["id"].as_str().expect("an id").to_owned(), Capture::new(entry, &memory))
        };
        let captures = entries().map(capture).collect();
        Self { memory, captures }
    }

    /// The other parts of a reading that came in several telegrams: `NAME-part1`, `NAME-part2`.
    pub(crate) fn other_parts(&self, id: &str) -> Vec<&Capture> {
        let stem = |id: &str| id.rsplit_once("-part").map(|(stem, _)| stem.to_owned());
        let Some(own) = stem(id) else { return Vec::new() };
        let others = self.captures.iter().filter(|(one, _)| one != id);
        others.filter(|(one, _)| stem(one).as_ref() == Some(&own)).map(|(_, one)| one).collect()
    }
}

/// Every fact of one entry.
fn facts(entry: &Json, corpus: &Corpus) -> Ledger {
    let id = entry["id"].as_str().unwrap_or_default();
    let mut ledger = Ledger::default();
    ledger.unknown_keys("", entry, &[&KEYS[..], &["note"]].concat());
    let capture = Capture::new(entry, &corpus.memory);
    derived::envelope(&mut ledger, &capture, entry);
    assertions(&mut ledger, "expect", &capture, &entry["expect"], id, corpus);
    for (place, also) in entry["also"].as_array().into_iter().flatten().enumerate() {
        let place = format!("also[{place}]");
        ledger.unknown_keys(&place, also, &["source", "expect"]);
        if let Some(expect) = also.get("expect") {
            assertions(&mut ledger, &place, &capture, expect, id, corpus);
        }
    }
    if let Some(facts) = entry.get("derived") {
        derived::facts(&mut ledger, &capture, facts);
    }
    roundtrip::both_ways(&mut ledger, &capture);
    ledger
}

/// What one source asserts, by the form in which it does.
fn assertions(
    ledger: &mut Ledger,
    place: &str,
    capture: &Capture,
    expect: &Json,
    id: &str,
    corpus: &Corpus,
) {
    let mut own = Ledger::default();
    match expect["format"].as_str() {
        _ if expect["error"] == true => errors::facts(&mut own, capture, expect),
        Some("libmbus-norm-xml") => libmbus::facts(&mut own, capture, expect),
        Some("wmbusmeters-json" | "wmbusmeters-simulation") => {
            wmbusmeters::facts(&mut own, capture, expect, &corpus.other_parts(id));
        }
        Some(_) => named::facts(&mut own, capture, expect),
        None => own.disagree("format", "an assertion without a format"),
    }
    own.disagreements.iter_mut().for_each(|found| *found = format!("{place}.{found}"));
    ledger.add(own);
}
