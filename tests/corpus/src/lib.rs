//! The captures of real meters that lie beside the checkout, and the account of what agrees with them.
//!
//! They are `$GURUX_CORPUS`, or `../shared/corpus`: a folder for each protocol, a file for each source, a
//! line of JSON for each capture.

mod ledger;

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::Value as Json;

pub use ledger::Ledger;

/// The captures of one source.
pub struct File {
    /// Its name, without the folder.
    pub name: String,
    /// One for each line.
    pub entries: Vec<Json>,
}

/// Where the captures of a protocol lie, if there are any.
#[must_use]
pub fn folder(protocol: &str) -> PathBuf {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    std::env::var_os("GURUX_CORPUS").map_or_else(beside, PathBuf::from).join(protocol)
}

/// The captures of a protocol by their sources, in the order of the names; none where no folder is.
///
/// # Panics
///
/// Panics where a file cannot be read, or a line of it is no JSON.
#[must_use]
#[expect(clippy::panic, reason = "a test stops at what it cannot read")]
pub fn files(protocol: &str) -> Vec<File> {
    let Ok(entries) = fs::read_dir(folder(protocol)) else { return Vec::new() };
    let mut paths: Vec<_> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
        .collect();
    paths.sort();
    let read = |path: PathBuf| {
        let broken = |why: &dyn std::fmt::Display| -> ! { panic!("{}: {why}", path.display()) };
        let text = fs::read_to_string(&path).unwrap_or_else(|why| broken(&why));
        let entry = |line| serde_json::from_str(line).unwrap_or_else(|why| broken(&why));
        let entries = text.lines().filter(|line| !line.is_empty()).map(entry).collect();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        File { name, entries }
    };
    paths.into_iter().map(read).collect()
}

/// A test for each of the files: `facts` gives the account of one entry, from the file's name and the
/// entry. `exceptions` are the lines of the list of what the captures have wrong. Prints what disagrees
/// and a sum, and ends the program; without files, the test is reported as ignored.
pub fn run<F>(protocol: &str, files: Vec<File>, exceptions: &'static str, facts: F) -> !
where
    F: Fn(&str, &Json) -> Ledger + Send + Sync + 'static,
{
    let trials = if files.is_empty() {
        println!("ignored: there is no corpus at {}", folder(protocol).display());
        vec![Trial::test("corpus", || Ok(())).with_ignored_flag(true)]
    } else {
        let facts = Arc::new(facts);
        let trial = |file: File| {
            let facts = Arc::clone(&facts);
            Trial::test(file.name.clone(), move || compare(&file, exceptions, &*facts))
        };
        files.into_iter().map(trial).collect()
    };
    libtest_mimic::run(&Arguments::from_args(), trials).exit()
}

fn compare(
    file: &File,
    exceptions: &str,
    facts: impl Fn(&str, &Json) -> Ledger,
) -> Result<(), Failed> {
    let mut sum = Ledger::default();
    let mut listed = 0;
    for entry in &file.entries {
        let id = entry.get("id").and_then(Json::as_str).ok_or("an entry without an id")?;
        let mut ledger = facts(&file.name, entry);
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
    let Ledger { agree, driver, disagreements } = sum;
    let disagree = disagreements.len();
    println!("{}: agree {agree}, disagree {disagree}, listed {listed}, driver {driver}", file.name);
    if disagree == 0 && agree > 0 { Ok(()) } else { Err(format!("{disagree} disagree").into()) }
}

/// A line of the list is: id, field, reason.
fn is_listed(exceptions: &str, id: &str, disagreement: &str) -> bool {
    exceptions.lines().filter(|line| !line.starts_with('#')).any(|line| {
        let mut words = line.split_whitespace();
        words.next() == Some(id)
            && words.next().is_some_and(|field| disagreement.starts_with(&format!("{field}:")))
    })
}
