//! The object model against captures: what a client asked for exists, what a meter answered fits.
//! The captures are read from `$GURUX_CORPUS/dlms`, or from `../shared/corpus/dlms` beside the
//! checkout.
#![expect(clippy::indexing_slicing, reason = "an index into JSON answers null where nothing is")]
#![expect(clippy::expect_used, reason = "a test stops at what it does not know")]

use std::path::PathBuf;
use std::process::ExitCode;

use gurux_dlms::table::class::{Attribute, ClassId, versions};
use gurux_dlms::table::obis::lookup_obis;
use gurux_dlms::wire::DataRef;
use gurux_framing::{Reader, Wire};
use gurux_value::Obis;
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::Value;

/// Classes of makers.
const FOREIGN: [u16; 1] = [2313];

/// In front of a GET request and of its answer: the LLC header, the tag and the choice.
const REQUEST: [u8; 5] = [0xE6, 0xE6, 0x00, 0xC0, 0x01];
const RESPONSE: [u8; 5] = [0xE6, 0xE7, 0x00, 0xC4, 0x01];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let folder = std::env::var_os("GURUX_CORPUS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus"),
        PathBuf::from,
    );
    let folder = folder.join("dlms");
    let Ok(files) = std::fs::read_dir(&folder) else {
        let name = format!("no captures in {}", folder.display());
        let trial = Trial::test(name, || Ok(())).with_ignored_flag(true);
        return libtest_mimic::run(&arguments, vec![trial]).exit_code();
    };
    let entries: Vec<Value> = files
        .flatten()
        .filter(|file| file.path().extension().is_some_and(|extension| extension == "jsonl"))
        .flat_map(|file| {
            let text = std::fs::read_to_string(file.path()).expect("a file that can be read");
            text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect::<Vec<_>>()
        })
        .collect();
    let mut trials = Vec::new();
    for entry in entries {
        let id = entry["id"].as_str().unwrap_or_default().to_owned();
        let mut found = Vec::new();
        descriptors(&entry["expect"]["decode"], &mut found);
        for (class, obis, attribute) in found {
            let name = format!("{id} {class} {obis} {attribute}");
            trials.push(Trial::test(name, move || known(class, obis, attribute)));
        }
        if entry["layer"] == "hdlc-session" {
            trials.push(Trial::test(id, move || answers_fit(&hex(&entry["hex"]))));
        }
    }
    assert!(trials.len() >= 80, "{} is not the corpus", folder.display());
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// The structures that name an attribute: a class, a logical name, an index, an index of data.
fn descriptors(value: &Value, found: &mut Vec<(u16, Obis, i8)>) {
    if let Some(members) = value["structure"].as_array()
        && let [class, name, index, data_index, ..] = &members[..]
        && let Some(class) = class["long-unsigned"].as_u64()
        && let Some(index) = index["integer"].as_i64()
        && data_index["long-unsigned"].is_u64()
        && let Ok(groups) = <[u8; 6]>::try_from(hex(&name["octet-string"]))
    {
        let class = u16::try_from(class).expect("16 bits");
        found.push((class, Obis::new(groups), i8::try_from(index).expect("8 bits")));
    }
    match value {
        Value::Array(values) => values.iter().for_each(|value| descriptors(value, found)),
        Value::Object(map) => map.values().for_each(|value| descriptors(value, found)),
        _ => {}
    }
}

fn known(class: u16, obis: Obis, index: i8) -> Result<(), Failed> {
    if FOREIGN.contains(&class) {
        return Ok(());
    }
    if attributes(class, index).is_empty() {
        return Err(format!("class {class} has no attribute {index}").into());
    }
    // What is asked for is in the general table, or of the maker, or D 50 to 99: of his too.
    let own = obis.groups().iter().take(5).any(|group| (128..=254).contains(group));
    if lookup_obis(obis).is_none() && !own && !(50..=99).contains(&obis.d()) {
        return Err(format!("{obis} has no name").into());
    }
    Ok(())
}

/// The attribute in each version that has it.
fn attributes(class: u16, index: i8) -> Vec<&'static Attribute> {
    versions(ClassId::new(class)).iter().filter_map(|class| class.attribute(index)).collect()
}

/// Each answer of a conversation is of the type of what was asked for.
fn answers_fit(octets: &[u8]) -> Result<(), Failed> {
    let mut asked: Option<(u16, i8)> = None;
    for (place, header) in octets.windows(5).enumerate() {
        let rest = &octets[place..];
        if header == REQUEST {
            let [_, _, _, _, _, _, high, low, _, _, _, _, _, _, index, ..] = rest else { continue };
            let (class, index) = (u16::from_be_bytes([*high, *low]), i8::from_be_bytes([*index]));
            if attributes(class, index).is_empty() && !FOREIGN.contains(&class) {
                return Err(format!("class {class} has no attribute {index}").into());
            }
            asked = Some((class, index));
        }
        if header == RESPONSE
            && let Some((class, index)) = asked.take()
            && let [0, value @ ..] = rest.get(6..).unwrap_or_default()
            // A value that is cut into segments is not read here.
            && let Ok(value) = DataRef::read(&mut Reader::new(value))
            && !attributes(class, index).iter().any(|a| a.data_type.fits(&value))
        {
            return Err(format!("class {class}, attribute {index}: {value:?}").into());
        }
    }
    Ok(())
}

fn hex(text: &Value) -> Vec<u8> {
    let digits: Vec<u32> =
        text.as_str().unwrap_or_default().chars().filter_map(|c| c.to_digit(16)).collect();
    let (pairs, _) = digits.as_chunks::<2>();
    pairs.iter().map(|[high, low]| u8::try_from(high << 4 | low).expect("an octet")).collect()
}
