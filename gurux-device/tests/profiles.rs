//! Every profile of the repository: read, judged by its driver, written back, tested.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use gurux_device::Drivers;

fn profiles() -> Vec<(PathBuf, String)> {
    fn collect(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "xml") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    let mut found = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../profiles"), &mut found);
    assert!(found.len() >= 4, "the profiles are beside the crates");
    found
}

#[test]
fn each_reads_and_is_written_as_it_was_read() {
    let drivers = Drivers::standard();
    for (path, text) in profiles() {
        let profile = drivers.read(&text).unwrap_or_else(|e| panic!("{}:\n{e}", path.display()));
        let back = drivers.read(&profile.to_xml()).unwrap();
        assert_eq!(back, profile, "{}", path.display());
    }
}

#[test]
fn the_frames_of_each_give_the_expected_readings() {
    let drivers = Drivers::standard();
    for (path, text) in profiles() {
        let results = drivers.read(&text).unwrap().run_tests(&drivers);
        assert!(!results.is_empty(), "{} has no tests", path.display());
        for result in results {
            assert!(result.is_passed(), "{}, {}: {:?}", path.display(), result.name, result.faults);
        }
    }
}

#[test]
fn no_two_have_the_same_identity() {
    let drivers = Drivers::standard();
    let mut guids: Vec<_> =
        profiles().iter().map(|(_, text)| drivers.read(text).unwrap().guid).collect();
    guids.sort();
    guids.dedup();
    assert_eq!(guids.len(), profiles().len());
}

/// `tests/vectors/profiles` holds faulty profiles, each with all that is said of it.
#[test]
fn each_faulty_profile_is_told_what_is_wrong_with_it() {
    let drivers = Drivers::standard();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/profiles");
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "xml") {
            continue;
        }
        count += 1;
        let told = drivers.read(&fs::read_to_string(&path).unwrap()).unwrap_err().to_string();
        let expected = fs::read_to_string(path.with_extension("txt")).unwrap_or_default();
        assert_eq!(told.trim(), expected.trim(), "{}", path.display());
    }
    assert!(count >= 7);
}
