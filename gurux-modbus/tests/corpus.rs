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

use std::fs;
use std::path::{Path, PathBuf};

use libtest_mimic::{Arguments, Failed, Trial};
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
    let corpus = std::env::var_os("GURUX_CORPUS")
        .map_or_else(|| PathBuf::from("../../shared/corpus"), PathBuf::from)
        .join("modbus");
    let files = files(&corpus);
    let trials = if files.is_empty() {
        println!("ignored: there is no corpus at {}", corpus.display());
        vec![Trial::test("corpus", || Ok(())).with_ignored_flag(true)]
    } else {
        let exceptions = fs::read_to_string("tests/corpus-exceptions.txt").unwrap_or_default();
        let trial = |(name, path): (String, PathBuf)| {
            let exceptions = exceptions.clone();
            Trial::test(name.clone(), move || compare(&name, &path, &exceptions))
        };
        files.into_iter().map(trial).collect()
    };
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn files(corpus: &Path) -> Vec<(String, PathBuf)> {
    let Ok(entries) = fs::read_dir(corpus) else { return Vec::new() };
    let mut files: Vec<_> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
        .filter_map(|path| Some((path.file_name()?.to_str()?.to_owned(), path)))
        .collect();
    files.sort();
    files
}

/// Compares each line of a file, prints what disagrees, and fails if anything does.
fn compare(name: &str, path: &Path, exceptions: &str) -> Result<(), Failed> {
    let kind = KINDS
        .iter()
        .find(|kind| name.starts_with(kind.name))
        .ok_or("nobody knows what this file holds")?;
    let (mut agree, mut disagree, mut listed) = (0, 0, 0);
    for line in fs::read_to_string(path)?.lines() {
        let entry: Json = serde_json::from_str(line)?;
        let id = entry["id"].as_str().ok_or("an entry without an id")?;
        let mut found = unknown(&entry, kind.keys);
        found.extend((kind.disagreements)(&entry));
        let (known, new): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|found| is_listed(exceptions, id, found));
        for disagreement in &new {
            println!("{id}: {disagreement}");
        }
        listed += usize::from(!known.is_empty());
        match (new.is_empty(), known.is_empty()) {
            (true, true) => agree += 1,
            (true, false) => {}
            (false, _) => disagree += 1,
        }
    }
    println!("{name}: agree {agree}, disagree {disagree}, listed {listed}, driver 0");
    if disagree == 0 && agree > 0 { Ok(()) } else { Err(format!("{disagree} disagree").into()) }
}

/// A key that nobody compares is a fact passed over in silence.
pub(crate) fn unknown(entry: &Json, keys: &[&str]) -> Vec<String> {
    let present = entry.as_object().into_iter().flat_map(|entry| entry.keys());
    present
        .filter(|key| !keys.contains(&key.as_str()))
        .map(|key| format!("{key}: nobody compares this"))
        .collect()
}

fn is_listed(exceptions: &str, id: &str, disagreement: &str) -> bool {
    exceptions.lines().filter(|line| !line.starts_with('#')).any(|line| {
        let mut words = line.split_whitespace();
        words.next() == Some(id)
            && words.next().is_some_and(|field| disagreement.starts_with(&format!("{field}:")))
    })
}
