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
#[path = "corpus/ledger.rs"]
mod ledger;
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

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::Value as Json;

use capture::{Capture, Memory};
use ledger::Ledger;

/// What an entry may have.
const KEYS: [&str; 8] = ["id", "source", "kind", "hex", "key", "expect", "also", "derived"];

fn main() {
    let corpus = std::env::var_os("GURUX_CORPUS")
        .map_or_else(|| PathBuf::from("../../shared/corpus"), PathBuf::from)
        .join("mbus");
    let files = files(&corpus);
    let trials = if files.is_empty() {
        println!("ignored: there is no corpus at {}", corpus.display());
        vec![Trial::test("corpus", || Ok(())).with_ignored_flag(true)]
    } else {
        let corpus = Arc::new(Corpus::read(&files));
        let exceptions = fs::read_to_string("tests/corpus-exceptions.txt").unwrap_or_default();
        let trial = |(name, entries): (String, Vec<Json>)| {
            let (corpus, exceptions) = (Arc::clone(&corpus), exceptions.clone());
            Trial::test(name.clone(), move || compare(&name, &entries, &corpus, &exceptions))
        };
        files.into_iter().map(trial).collect()
    };
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

/// Each file with its entries.
fn files(corpus: &Path) -> Vec<(String, Vec<Json>)> {
    let Ok(entries) = fs::read_dir(corpus) else { return Vec::new() };
    let mut paths: Vec<_> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
        .collect();
    paths.sort();
    let lines = |path: &Path| {
        let text = fs::read_to_string(path).expect("a file that is there");
        text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
    };
    paths
        .iter()
        .filter_map(|path| Some((path.file_name()?.to_str()?.to_owned(), lines(path))))
        .collect()
}

/// What the captures say of each other: a compact frame needs the full one, a second part the first.
pub(crate) struct Corpus {
    memory: Memory,
    captures: Vec<(String, Capture)>,
}

impl Corpus {
    fn read(files: &[(String, Vec<Json>)]) -> Self {
        let entries = || files.iter().flat_map(|(_, entries)| entries);
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

/// Compares each entry of a file, prints what disagrees, and fails if anything does.
fn compare(name: &str, entries: &[Json], corpus: &Corpus, exceptions: &str) -> Result<(), Failed> {
    let mut sum = Ledger::default();
    let mut listed = 0;
    for entry in entries {
        let id = entry["id"].as_str().ok_or("an entry without an id")?;
        let mut ledger = facts(entry, id, corpus);
        ledger.disagreements.retain(|found| {
            let known = is_listed(exceptions, id, found);
            listed += usize::from(known);
            !known
        });
        for disagreement in &ledger.disagreements {
            println!("{id}: {disagreement}");
        }
        sum.add(ledger);
    }
    let disagree = sum.disagreements.len();
    println!(
        "{name}: agree {}, disagree {disagree}, listed {listed}, driver {}",
        sum.agree, sum.driver
    );
    if disagree == 0 && sum.agree > 0 { Ok(()) } else { Err(format!("{disagree} disagree").into()) }
}

/// Every fact of one entry.
fn facts(entry: &Json, id: &str, corpus: &Corpus) -> Ledger {
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

/// A line of the list is: id, field, reason.
fn is_listed(exceptions: &str, id: &str, disagreement: &str) -> bool {
    exceptions.lines().filter(|line| !line.starts_with('#')).any(|line| {
        let mut words = line.split_whitespace();
        words.next() == Some(id)
            && words.next().is_some_and(|field| disagreement.starts_with(&format!("{field}:")))
    })
}
