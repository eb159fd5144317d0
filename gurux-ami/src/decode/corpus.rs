//! Captures of real devices, of every protocol: is each told as what it is? They are read from
//! `$GURUX_CORPUS`, or from `../shared/corpus` beside the checkout.

use std::path::PathBuf;

use serde_json::Value as Json;

use super::*;
use crate::capture::hex_line;

/// The captures of a protocol, if they are there.
fn captures(protocol: &str) -> Vec<Json> {
    let folder = std::env::var_os("GURUX_CORPUS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus"),
        PathBuf::from,
    );
    let Ok(files) = std::fs::read_dir(folder.join(protocol)) else {
        println!("no captures in {}: nothing is compared", folder.display());
        return Vec::new();
    };
    let files = files.flatten().map(|file| file.path());
    let mut files: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|e| e == "jsonl")).collect();
    files.sort();
    let lines = files.iter().flat_map(|path| {
        let text = std::fs::read_to_string(path).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Json>>()
    });
    lines.collect()
}

fn capture(octets: Vec<u8>) -> Capture {
    Capture { line: None, stream: None, packet: None, direction: None, octets }
}

/// What each stretch is told as, with an error or without, and whether every octet is told once.
fn told(entry: &Json, protocol: Option<&str>, annotate: bool) -> Vec<(&'static str, bool)> {
    let id = entry["id"].as_str().unwrap_or_default();
    let Ok(octets) = hex_line(entry["hex"].as_str().unwrap_or_default()) else { return Vec::new() };
    let capture = capture(octets);
    let keys = keys(entry);
    let hints = Hints { keys: &keys, annotate, ..Hints::default() };
    let mut end = 0;
    let mut found = Vec::new();
    for piece in decode(&capture, protocol, hints) {
        assert_eq!(piece.offset, end, "{id}: every octet is told once");
        end = piece.offset + piece.octets.len();
        assert_eq!(Some(&piece.octets[..]), capture.octets.get(piece.offset..end), "{id}");
        found.push(match &piece.content {
            Content::Message(message) => (message.protocol, message.error.is_none()),
            Content::Noise { .. } => ("noise", false),
        });
        // What programs get is JSON, whatever the octets are.
        let line = piece.line(&capture, annotate);
        let _: Json = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{id}: {e}: {line}"));
    }
    assert_eq!(end, capture.octets.len(), "{id}: every octet is told");
    found
}

/// The keys that a capture of DLMS came with.
fn keys(entry: &Json) -> Vec<Key> {
    let names = [("ek", "ek"), ("ak", "ak"), ("system_title", "title"), ("dedicated", "ded")];
    let key = |(known, name): (&str, &str)| {
        let octets = hex_line(entry["keys"][known].as_str()?).ok()?;
        Some(Key { name: name.to_owned(), octets })
    };
    names.into_iter().filter_map(key).collect()
}

/// Does somebody else come to an error in a message of it?
fn has_error(value: &Json) -> bool {
    match value {
        Json::Object(fields) => fields.contains_key("error") || fields.values().any(has_error),
        Json::Array(values) => values.iter().any(has_error),
        _ => false,
    }
}

#[test]
fn captures_of_dlms_are_told_as_dlms_and_whole() {
    let mut wrong = Vec::new();
    for entry in captures("dlms").iter().filter(|entry| entry["layer"] != "crypto") {
        let axdr = entry["layer"] == "axdr";
        let found = told(entry, axdr.then_some("axdr"), false);
        let is_valid = entry["expect"]["valid"] == true;
        let good = found.iter().all(|(protocol, good)| *protocol == "dlms" && *good);
        let foreign = found.iter().any(|(protocol, _)| !matches!(*protocol, "dlms" | "noise"));
        // What follows a spoilt frame on the same wire may be a frame of M-Bus.
        let foreign = foreign && !matches!(entry["id"].as_str(), Some(WITH_MBUS));
        if foreign || is_valid && !good && !has_error(&entry["expect"]["decode"]) {
            wrong.push(format!("{}: {found:?}", entry["id"]));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A frame of DLMS, then octets that were lost, then an acknowledgement.
const WITH_MBUS: &str = "ams-sagemcom-gh155-2";

#[test]
fn captures_of_mbus_and_modbus_are_told_as_those() {
    let mut wrong = Vec::new();
    let mut check = |entry: &Json, own: &str| {
        let found = told(entry, None, false);
        if found.iter().any(|(protocol, _)| *protocol != own && *protocol != "noise") {
            wrong.push(format!("{}: {found:?}", entry["id"]));
        }
    };
    captures("mbus").iter().for_each(|entry| check(entry, "mbus"));
    // A PDU without a frame is no capture: nothing tells it from one of another protocol.
    let framed = |entry: &&Json| entry["transport"] != "pdu";
    captures("modbus").iter().filter(framed).for_each(|entry| check(entry, "modbus"));
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What is told of a telegram is all of it: encoded again, it is the same octets.
#[test]
fn what_is_told_of_mbus_is_encoded_again() {
    let (mut same, mut wrong) = (0, Vec::new());
    for entry in captures("mbus") {
        let id = entry["id"].as_str().unwrap_or_default();
        let octets = hex_line(entry["hex"].as_str().unwrap_or_default()).unwrap_or_default();
        let capture = capture(octets);
        for piece in decode(&capture, None, Hints::default()) {
            if !matches!(&piece.content, Content::Message(message) if message.error.is_none()) {
                continue;
            }
            let told: Json = serde_json::from_str(&piece.line(&capture, false)).unwrap();
            match crate::encode::encode(&told, None) {
                // Behind a telegram may stand the strength of its signal.
                Ok(again)
                    if piece.octets.starts_with(&again)
                        && piece.octets.len() <= again.len() + 1 => {}
                Ok(again) => wrong.push(format!("{id}: {}", to_hex(&again))),
                Err(why) => wrong.push(format!("{id}: {why}")),
            }
            same += 1;
        }
    }
    println!("mbus: {same} told and encoded again");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn captures_of_neighbours_are_not_taken_for_any_of_them() {
    let mut wrong = Vec::new();
    for entry in captures("neighbours") {
        let found = told(&entry, None, false);
        // FT1.2 is the frame of M-Bus too, and an identification with \2 says that it is of mode E.
        let is_shared = entry["protocol"] == "iec60870-5-102"
            || entry["expect"]["kind"] == "identification"
            || entry["expect"]["kind"] == "option_select";
        if !is_shared && found.iter().any(|(protocol, _)| *protocol != "noise") {
            wrong.push(format!("{}: {found:?}", entry["id"]));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn an_explanation_of_dlms_leaves_out_no_octet() {
    let mut wrong = Vec::new();
    for entry in captures("dlms").iter().filter(|entry| entry["layer"] != "crypto") {
        let octets = hex_line(entry["hex"].as_str().unwrap()).unwrap();
        let capture = capture(octets);
        let keys = keys(entry);
        let hints = Hints { keys: &keys, annotate: true, ..Hints::default() };
        let protocol = (entry["layer"] == "axdr").then_some("axdr");
        for piece in decode(&capture, protocol, hints) {
            let Content::Message(message) = piece.content else { continue };
            if message.error.is_some() {
                continue;
            }
            let end = piece.offset + piece.octets.len();
            let mut gaps = gaps(&message.nodes, piece.offset..end);
            for layer in &message.inner {
                gaps.extend(self::gaps(&layer.nodes, 0..layer.octets.len()));
            }
            if !gaps.is_empty() {
                wrong.push(format!("{}: {gaps:?}", entry["id"]));
            }
            let dump =
                told::dump(&message.nodes, &message.meanings, &capture.octets[..end], piece.offset);
            let is_wide = |line: &&str| line.chars().count() > 80;
            assert_eq!(dump.lines().find(is_wide), None, "{}", entry["id"]);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Octets that no field is of, and those that fields behind one another both claim.
fn gaps(nodes: &[Node], at: std::ops::Range<usize>) -> Vec<std::ops::Range<usize>> {
    fn leaves(nodes: &[Node], found: &mut Vec<std::ops::Range<usize>>) {
        for node in nodes {
            match node {
                Node::Field { at, .. } => found.push(at.clone()),
                _ => leaves(node.nodes(), found),
            }
        }
    }
    let mut fields = Vec::new();
    leaves(nodes, &mut fields);
    let mut gaps = Vec::new();
    let mut last = at.start..at.start;
    for field in fields {
        // Several fields may be of the same octets: the bits of one.
        if field != last && field.start != last.end {
            gaps.push(last.end..field.start);
        }
        last = field;
    }
    if last.end != at.end {
        gaps.push(last.end..at.end);
    }
    gaps
}

/// Numbers that look like chance, the same each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end.max(1)
    }
}

/// A capture that was spoilt is told to its last octet, whatever it is taken for.
#[test]
fn spoilt_captures_of_dlms_are_told_octet_by_octet() {
    let mut chance = Chance(7);
    let entries = captures("dlms");
    let entries: Vec<&Json> = entries.iter().filter(|entry| entry["layer"] != "crypto").collect();
    for entry in &entries {
        let octets = hex_line(entry["hex"].as_str().unwrap()).unwrap();
        let other = chance.below(entries.len());
        let other = hex_line(entries[other]["hex"].as_str().unwrap()).unwrap();
        for way in 0..8 {
            let mut spoilt = octets.clone();
            let at = chance.below(spoilt.len());
            match way {
                0 | 1 => spoilt.truncate(at),
                2 => drop(spoilt.drain(..at)),
                3 | 4 => spoilt[at] ^= 1 << chance.below(8),
                5 => spoilt.insert(at, 0x7E),
                6 => drop(spoilt.remove(at)),
                // Two captures, one cut short by the other.
                _ => {
                    spoilt.truncate(at);
                    spoilt.extend(&other);
                }
            }
            let spoilt = serde_json::json!({
                "id": format!("{} {way} {at}", entry["id"]),
                "hex": to_hex(&spoilt),
                "keys": entry["keys"],
            });
            for protocol in [None, Some("dlms"), Some("axdr")] {
                told(&spoilt, protocol, way % 2 == 0);
            }
        }
    }
    // Octets of no kind, and those that say that much follows.
    for len in 0..300 {
        let octets: Vec<u8> = (0..len).map(|_| chance.below(256) as u8).collect();
        let nested = [&[0x0F, 0, 0, 0, 1, 0][..], &[0x02, 0x01].repeat(len)].concat();
        let counted =
            [&[0xC4, 1, 0xC1, 0, 0x01, 0x84, 0xFF, 0xFF, 0xFF, 0xFF][..], &octets].concat();
        for octets in [octets, nested, counted] {
            let hex = to_hex(&octets);
            let entry = serde_json::json!({ "id": hex, "hex": hex });
            for protocol in [None, Some("dlms"), Some("axdr")] {
                told(&entry, protocol, true);
            }
        }
    }
}
