//! The values of the corpus, read and written: every fact must agree.
#![expect(clippy::indexing_slicing, reason = "an index into JSON answers null where nothing is")]

#[path = "corpus/values.rs"]
mod values;

use std::fs;
use std::path::PathBuf;

use libtest_mimic::{Arguments, Failed, Trial};

fn main() {
    let corpus = std::env::var_os("GURUX_CORPUS")
        .map_or_else(|| PathBuf::from("../../shared/corpus"), PathBuf::from)
        .join("modbus");
    let file = corpus.join("values.jsonl");
    let missing = !file.is_file();
    if missing {
        println!("ignored: there is no {}", file.display());
    }
    let trial = Trial::test("values.jsonl", move || compare(&file)).with_ignored_flag(missing);
    libtest_mimic::run(&Arguments::from_args(), vec![trial]).exit();
}

fn compare(file: &std::path::Path) -> Result<(), Failed> {
    let text = fs::read_to_string(file)?;
    let (mut agree, mut disagree) = (0, 0);
    for line in text.lines() {
        let entry: serde_json::Value = serde_json::from_str(line)?;
        let found = values::disagreements(&entry);
        for disagreement in &found {
            println!("{}: {disagreement}", entry["id"]);
        }
        if found.is_empty() { agree += 1 } else { disagree += 1 }
    }
    println!("values.jsonl: agree {agree}, disagree {disagree}, listed 0, driver 0");
    if disagree == 0 && agree > 0 { Ok(()) } else { Err(format!("{disagree} disagree").into()) }
}
