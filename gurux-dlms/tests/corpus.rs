//! True frames: every fact of the DLMS corpus must agree.
//!
//! The corpus is `$GURUX_CORPUS/dlms`, or lies beside the checkout; without it the tests are reported
//! as ignored. `corpus-exceptions.txt` lists what the corpus has wrong.
//!
//! Compared are each frame and what is in none, the messages that are joined from them, every field
//! of each message and of what it enciphers, every value of A-XDR, and what the sources assert. Each
//! message is written again, as octets and as XML. A key that nobody compares is a disagreement; those
//! that state nothing of the octets are in one list, `asserts::SILENT`, and counted.
#![expect(clippy::indexing_slicing, reason = "an index into JSON answers null where nothing is")]
#![expect(clippy::expect_used, reason = "a test stops at what it does not know")]

#[path = "corpus/asserts.rs"]
mod asserts;
#[path = "corpus/capture.rs"]
mod capture;
#[path = "corpus/opened.rs"]
mod opened;
#[path = "corpus/readings.rs"]
mod readings;
#[path = "corpus/refused.rs"]
mod refused;
#[path = "corpus/roundtrip.rs"]
mod roundtrip;
#[path = "corpus/said.rs"]
mod said;

use gurux_corpus::{Ledger, files, run};
use gurux_dlms::wire::DataRef;
use gurux_framing::Wire;
use serde_json::Value as Json;

use capture::Capture;

/// What an entry may have; where it comes from and how to read it state nothing.
const KEYS: [&str; 8] = ["id", "source", "also", "layer", "hex", "keys", "expect", "note"];

/// What the corpus may expect of an entry; the others are of primitives.
const EXPECT: [&str; 4] = ["valid", "reason", "asserts", "decode"];

/// What is decoded of an entry.
const DECODE: [&str; 6] = ["frames", "header", "apdus", "data", "complete", "reassembly"];

/// What is said of a message.
const APDU: [&str; 5] = ["hex", "decode", "error", "plaintext_hex", "plaintext"];

fn main() {
    let exceptions = include_str!("corpus-exceptions.txt");
    run("dlms", files("dlms"), exceptions, |_, entry| facts(entry));
}

/// Every fact of one entry.
fn facts(entry: &Json) -> Ledger {
    let mut ledger = Ledger::default();
    ledger.unknown_keys("", entry, &KEYS);
    let layer = entry["layer"].as_str().unwrap_or_default();
    if layer == "crypto" {
        opened::primitive(&mut ledger, entry);
        return ledger;
    }
    let expect = &entry["expect"];
    ledger.unknown_keys("expect", expect, &EXPECT);
    let capture = match Capture::new(said::octets(&entry["hex"]), layer) {
        Ok(capture) => capture,
        Err(why) => {
            ledger.disagree("layer", why);
            return ledger;
        }
    };
    let decode = &expect["decode"];
    ledger.unknown_keys("decode", decode, &DECODE);
    refused::facts(&mut ledger, &capture, expect);
    if expect["valid"] == true {
        carried(&mut ledger, &capture, decode);
    }
    for (place, apdu) in decode["apdus"].as_array().into_iter().flatten().enumerate() {
        ledger.unknown_keys("apdu", apdu, &APDU);
        message(&mut ledger, &format!("apdus[{place}]"), apdu, &entry["keys"]);
    }
    if let Some(expected) = decode.get("data") {
        data(&mut ledger, &capture.octets, expected);
    }
    asserts::facts(&mut ledger, entry, &capture);
    ledger
}

/// The headers and pieces around the messages, and the octets of these.
fn carried(ledger: &mut Ledger, capture: &Capture, decode: &Json) {
    if let Some(expected) = decode.get("header") {
        let found = capture.header.clone().unwrap_or_default();
        ledger.tree("header", expected, &found);
    }
    if let Some(apdus) = decode["apdus"].as_array() {
        let expected: Json = apdus.iter().map(|apdu| apdu["hex"].clone()).collect();
        let parts = capture.messages.iter().chain(&capture.orphans);
        let found: Json = parts.map(|message| said::hex(message)).collect();
        ledger.tree("apdus", &expected, &found);
    }
    if let Some(expected) = decode.get("complete") {
        ledger.same("complete", expected, capture.reassembly.is_none());
    } else if !decode["frames"].is_null() && !decode["apdus"].is_null() {
        ledger.same("reassembly", &decode["reassembly"], capture.reassembly);
    }
}

/// What is in a message, and in what it enciphers.
fn message(ledger: &mut Ledger, place: &str, apdu: &Json, keys: &Json) {
    let octets = said::octets(&apdu["hex"]);
    match (apdu.get("decode"), said::apdu(&octets)) {
        (Some(expected), Ok(found)) => {
            ledger.tree(&format!("{place}.decode"), expected, &found);
            roundtrip::both_ways(ledger, place, &octets);
        }
        (Some(_), Err(why)) => ledger.disagree(format_args!("{place}.decode"), why),
        // What the plain standard cannot read is refused, or is read in all and written again.
        (None, Err(_)) => ledger.agree(),
        (None, Ok(_)) => roundtrip::both_ways(ledger, place, &octets),
    }
    if let Some(expected) = apdu.get("plaintext_hex") {
        match opened::message(&octets, keys) {
            Ok(text) => {
                ledger.same(format_args!("{place}.plaintext_hex"), expected, said::hex(&text));
                let found = said::apdu(&text).unwrap_or_else(Json::from);
                ledger.tree(&format!("{place}.plaintext"), &apdu["plaintext"], &found);
                roundtrip::both_ways(ledger, place, &text);
            }
            Err(why) => ledger.disagree(format_args!("{place}.plaintext_hex"), why),
        }
    }
}

/// Value after value.
fn data(ledger: &mut Ledger, octets: &[u8], expected: &Json) {
    let (mut rest, mut found) = (octets, Vec::new());
    while let Ok((behind, value)) = DataRef::parse(rest) {
        found.push(said::value(value));
        let mut again = vec![0; value.wire_len()];
        let is_written = value.emit_to_slice(&mut again).is_ok();
        // What is longer than the standard has it is read the same again.
        let is_same = rest.starts_with(&again) || DataRef::from_bytes(&again) == Ok(value);
        ledger.check("data", is_written && is_same, "the same octets", said::hex(&again));
        rest = behind;
    }
    ledger.tree("data", expected, &Json::from(found));
    ledger.check("data", rest.is_empty(), "values", said::hex(rest));
}
