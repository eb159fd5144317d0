//! Messages of real meters and clients to XML and back. The captures are read from
//! `$GURUX_CORPUS/dlms`, or from `../shared/corpus/dlms` beside the checkout.
#![expect(clippy::indexing_slicing, reason = "an index into JSON answers null where nothing is")]
#![expect(clippy::expect_used, reason = "a test stops at what it does not know")]

use std::path::PathBuf;
use std::process::ExitCode;

use gurux_dlms::wire::{Apdu, DataRef};
use gurux_dlms::xml::{from_xml, to_xml};
use gurux_framing::Wire;
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::Value;

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
    let mut messages = Vec::new();
    for file in files.flatten().filter(|file| file.path().extension().is_some_and(|e| e == "jsonl"))
    {
        let text = std::fs::read_to_string(file.path()).expect("a file that can be read");
        for line in text.lines() {
            let entry: Value = serde_json::from_str(line).expect("JSON");
            collect(&entry["expect"]["decode"], &mut messages);
        }
    }
    messages.sort();
    messages.dedup();
    assert!(
        messages.len() >= MESSAGES,
        "{} is not the corpus: {}",
        folder.display(),
        messages.len()
    );
    let trials = messages.into_iter().map(|hex| {
        let name = hex.chars().take(48).collect::<String>();
        Trial::test(name, move || check(&hex))
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

/// Fewer, and something was left out.
const MESSAGES: usize = 150;

/// The messages that the plain standard can read, and what ciphered ones hold.
fn collect(value: &Value, messages: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            if fields.get("error").is_none() && fields.contains_key("decode") {
                messages.extend(fields.get("hex").and_then(Value::as_str).map(str::to_owned));
            }
            messages.extend(fields.get("plaintext_hex").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|value| collect(value, messages));
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, messages)),
        _ => {}
    }
}

fn check(hex: &str) -> Result<(), Failed> {
    let octets: Vec<u8> = (0..hex.len() / 2)
        .map(|place| u8::from_str_radix(&hex[2 * place..2 * place + 2], 16).expect("hex"))
        .collect();
    let apdu = Apdu::<DataRef<'_>>::from_bytes(&octets).map_err(|error| error.to_string())?;
    let mut standard = vec![0; apdu.wire_len()];
    apdu.emit_to_slice(&mut standard).map_err(|error| error.to_string())?;
    let xml = to_xml(&octets).map_err(|error| error.to_string())?;
    let back = from_xml(&xml).map_err(|error| format!("{error}\n{xml}"))?;
    // A deviation of the meter's is not in the XML; a message without one is the same again.
    let deviates =
        standard != octets || DEVIATIONS.iter().any(|form| format!("{apdu:?}").contains(form));
    if back != octets && !deviates {
        return Err(format!("not the same: {back:02X?}\n{xml}").into());
    }
    Ok(())
}

/// Forms that the types keep and the standard does not have.
const DEVIATIONS: &[&str] = &["form: Tagged", "form: Short", "length_counts_a_tag: true"];
