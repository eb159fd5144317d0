//! True frames of the neighbouring protocols, cut and checked by rules that are data alone.
//!
//! Each line of each file is fed whole, octet by octet, and cut in two at every position; the frames
//! must be the same. What the corpus knows of a frame is compared with what framing knows of it.
#![expect(clippy::indexing_slicing, reason = "an index into JSON answers null where nothing is")]
#![expect(clippy::expect_used, reason = "a test may fail")]

use std::path::{Path, PathBuf};

use gurux_framing::rule::{CheckState, FrameRule, RuleDeframer};
use gurux_framing::{Deframe, Step, WireError, WireErrorKind, rules};
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::{Map, Value as Json, json};

/// Facts that no frame states: they are what a higher layer reads in its content. Of these, only
/// that the content carries them is checked (see [`carried`]).
const CONTENT: [(&str, &str); 6] = [
    ("objects", "the data lines of P1 and IEC 62056-21"),
    ("messages", "the SML messages in a file"),
    ("message_crc", "each SML message has a sum of its own"),
    ("server_id", "a field of an SML message"),
    ("values", "the entries of an SML list"),
    ("error", "of an SML file whose transport is good: its messages are not"),
];

/// What is known of one protocol: its rules, and how the facts follow from what they cut.
struct Protocol {
    file: &'static str,
    rules: &'static [FrameRule],
    facts: fn(&[Event], &[u8]) -> Json,
}

static P1_RULES: [FrameRule; 1] = [rules::p1::UNPROVEN_TELEGRAM];

#[rustfmt::skip]
static PROTOCOLS: [Protocol; 5] = [
    Protocol { file: "p1.jsonl",              rules: &P1_RULES,                         facts: p1 },
    Protocol { file: "sml.jsonl",             rules: rules::sml::RULES,                 facts: sml },
    Protocol { file: "iec62056-21.jsonl",     rules: rules::iec62056_21::CAPTURE,       facts: iec62056_21 },
    Protocol { file: "dlt645.jsonl",          rules: rules::dlt645::RULES,              facts: dlt645 },
    Protocol { file: "iec60870-5-102.jsonl",  rules: rules::ft12::IEC_60870_5_102,      facts: ft12 },
];

/// A step of the deframer, with what it knows beyond the octets.
#[derive(Clone, PartialEq, Debug)]
enum Event {
    Frame {
        at: usize,
        preamble: usize,
        frame: Vec<u8>,
        rule: &'static FrameRule,
        index: usize,
        check: CheckState,
    },
    Skip {
        at: usize,
        why: WireError,
    },
}

fn main() {
    let corpus = std::env::var_os("GURUX_CORPUS")
        .map_or_else(|| PathBuf::from("../../shared/corpus"), PathBuf::from)
        .join("neighbours");
    let mut trials = Vec::new();
    for protocol in &PROTOCOLS {
        let path = corpus.join(protocol.file);
        let missing = !path.is_file();
        if missing {
            println!("{}: ignored: there is no {}", protocol.file, path.display());
        }
        let trial = Trial::test(protocol.file, move || compare(protocol, &path));
        trials.push(trial.with_ignored_flag(missing));
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn compare(protocol: &Protocol, path: &Path) -> Result<(), Failed> {
    let (mut agree, mut disagree, mut driver) = (0, 0, 0);
    for line in std::fs::read_to_string(path)?.lines().filter(|line| !line.is_empty()) {
        let entry: Json = serde_json::from_str(line)?;
        let octets = hex(entry["hex"].as_str().ok_or("an entry has no hex")?)?;
        let events = events(protocol.rules, &octets, octets.len());
        let facts = (protocol.facts)(&events, &octets);
        let mut found = Vec::new();
        object(&entry["expect"], &facts, "", &mut found, &mut driver);
        if let Some(missing) = not_carried(&entry["expect"], &events) {
            found.push(format!("no content carries {missing}"));
        }
        cuts(protocol.rules, &octets, &mut found);
        for disagreement in &found {
            println!("{}: {disagreement}", entry["id"]);
        }
        if found.is_empty() { agree += 1 } else { disagree += 1 }
    }
    let file = protocol.file;
    println!("{file}: agree {agree}, disagree {disagree}, listed 0, driver {driver}");
    if disagree == 0 && agree > 0 { Ok(()) } else { Err(format!("{disagree} disagree").into()) }
}

/// Compares every fact that is asserted with the one that was found.
fn object(expect: &Json, facts: &Json, path: &str, found: &mut Vec<String>, driver: &mut usize) {
    let empty = Map::new();
    for (key, expected) in expect.as_object().unwrap_or(&empty) {
        match (&facts[key], CONTENT.iter().find(|(listed, _)| listed == key)) {
            (Json::Null, Some(_)) => *driver += leaves(expected),
            (Json::Null, None) => found.push(format!("{path}{key}: nothing is known of it")),
            (Json::Array(items), _) => {
                let wanted = expected.as_array().map(Vec::as_slice).unwrap_or_default();
                if wanted.len() != items.len() {
                    let (wanted, items) = (wanted.len(), items.len());
                    found.push(format!("{path}{key}: expected {wanted} of them, found {items}"));
                }
                for (index, (wanted, item)) in wanted.iter().zip(items).enumerate() {
                    object(wanted, item, &format!("{path}{key}[{index}]."), found, driver);
                }
            }
            (fact, _) if fact == expected => {}
            (fact, _) => found.push(format!("{path}{key}: expected {expected}, found {fact}")),
        }
    }
    for (key, fact) in facts.as_object().unwrap_or(&empty) {
        if expect[key].is_null() {
            found.push(format!("{path}{key}: found {fact}, which nobody expects"));
        }
    }
}

fn leaves(json: &Json) -> usize {
    match json {
        Json::Array(items) => items.iter().map(leaves).sum(),
        Json::Object(fields) => fields.values().map(leaves).sum(),
        _ => 1,
    }
}

/// The first fact of a higher layer that no delivered content carries.
fn not_carried<'e>(expect: &'e Json, events: &[Event]) -> Option<&'e Json> {
    let contents: Vec<Vec<u8>> = events
        .iter()
        .filter_map(|event| match event {
            Event::Frame { frame, rule, .. } => Some(opened(rule, frame).1),
            Event::Skip { .. } => None,
        })
        .collect();
    carried(expect)
        .into_iter()
        .find(|(_, text)| !contents.iter().any(|content| contains(content, text)))
        .map(|(fact, _)| fact)
}

/// The facts that stand in the content as they are: texts of data lines, the SML server id, and
/// OBIS codes as six octets.
fn carried(expect: &Json) -> Vec<(&Json, Vec<u8>)> {
    let mut facts = Vec::new();
    let list = |json: &'_ Json| json.as_array().map_or(0, Vec::len);
    let text = |fact: &'_ Json| fact.as_str().map(|text| text.chars().map(|c| c as u8).collect());
    for index in 0..list(&expect["objects"]) {
        let object = &expect["objects"][index];
        facts.extend(text(&object["obis"]).map(|octets| (&object["obis"], octets)));
        for value in object["values"].as_array().into_iter().flatten() {
            facts.extend(text(&value["value"]).map(|octets| (&value["value"], octets)));
            facts.extend(text(&value["unit"]).map(|octets| (&value["unit"], octets)));
        }
    }
    for file in expect["files"].as_array().into_iter().flatten() {
        let id = file["server_id"].as_str().and_then(|id| hex(id).ok());
        facts.extend(id.map(|octets| (&file["server_id"], octets)));
        for value in file["values"].as_array().into_iter().flatten() {
            let obis = value["obis"].as_str().unwrap_or_default();
            let groups: Vec<u8> =
                obis.split(['-', ':', '.', '*']).filter_map(|group| group.parse().ok()).collect();
            facts.push((&value["obis"], groups));
        }
    }
    facts
}

fn contains(content: &[u8], text: &[u8]) -> bool {
    text.is_empty() || content.windows(text.len()).any(|window| window == text)
}

/// Feeds octets with a cut behind `cut`, then lets the line fall silent.
fn events(rules: &'static [FrameRule], octets: &[u8], cut: usize) -> Vec<Event> {
    let mut deframer = RuleDeframer::new(rules);
    let mut events = Vec::new();
    let mut start = feed(rules, &mut deframer, octets, 0, cut, false, &mut events);
    start = feed(rules, &mut deframer, octets, start, octets.len(), true, &mut events);
    assert_eq!(start, octets.len(), "silence decides on every octet");
    events
}

fn feed(
    rules: &'static [FrameRule],
    deframer: &mut RuleDeframer<&'static [FrameRule]>,
    octets: &[u8],
    mut start: usize,
    end: usize,
    silent: bool,
    events: &mut Vec<Event>,
) -> usize {
    loop {
        let buffer = octets.get(start..end).unwrap_or_default();
        let step = if silent { deframer.finish(buffer) } else { deframer.deframe(buffer) };
        match step {
            Step::NeedMore { .. } => return start,
            Step::Frame { frame, used } => {
                let index = deframer.rule_index();
                events.push(Event::Frame {
                    at: start,
                    preamble: used - frame.len(),
                    frame: frame.to_vec(),
                    rule: &rules[index],
                    index,
                    check: deframer.check_state(),
                });
                start += used;
            }
            Step::Skip { used, why } => {
                events.push(Event::Skip { at: start, why });
                start += used;
            }
        }
    }
}

/// The frames must not depend on how the octets came.
fn cuts(rules: &'static [FrameRule], octets: &[u8], found: &mut Vec<String>) {
    // In a set for whole captures, the end of the capture decides between two rules.
    if core::ptr::eq(rules, rules::iec62056_21::CAPTURE) {
        return;
    }
    let frames = |events: Vec<Event>| -> Vec<Event> {
        events.into_iter().filter(|event| matches!(event, Event::Frame { .. })).collect()
    };
    let whole = frames(events(rules, octets, octets.len()));
    for cut in 0..octets.len() {
        if frames(events(rules, octets, cut)) != whole {
            found.push(format!("a cut at {cut} gives other frames"));
            return;
        }
    }
    let mut deframer = RuleDeframer::new(rules);
    let mut single = Vec::new();
    let mut start = 0;
    for end in 0..=octets.len() {
        start = feed(rules, &mut deframer, octets, start, end, end == octets.len(), &mut single);
    }
    if frames(single) != whole {
        found.push("octet by octet gives other frames".to_owned());
    }
}

/// Head and content of a frame.
fn opened(rule: &FrameRule, frame: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let mut room = vec![0; frame.len()];
    let opened = rule.open(frame, &mut room).expect("a delivered frame opens");
    (opened.head.as_slice().to_vec(), opened.content.to_vec())
}

fn p1(events: &[Event], _: &[u8]) -> Json {
    let frame = events.iter().find_map(|event| match event {
        Event::Frame { frame, rule, check, .. } => Some((opened(rule, frame).1, *check)),
        Event::Skip { .. } => None,
    });
    let Some((content, check)) = frame else { return json!({ "error": "incomplete" }) };
    let identification = latin(content.split(|&octet| octet == b'\n').next().unwrap_or_default());
    let identification = identification.trim_end_matches('\r');
    match check {
        CheckState::Good(_) => json!({ "identification": identification, "crc": "ok" }),
        CheckState::Absent => json!({ "identification": identification, "crc": "none" }),
        CheckState::Bad { expected, .. } => json!({
            "identification": identification,
            "crc": "mismatch",
            "crc_calculated": format!("{expected:04X}"),
        }),
        CheckState::Unchecked => json!({ "identification": identification }),
    }
}

/// The corpus jumps over the whole of a file whose sum does not fit. We look into it, since a lost
/// octet makes two files look like one; what is found there is more than the corpus knows.
fn sml(events: &[Event], _: &[u8]) -> Json {
    let mut files = Vec::new();
    let mut known_from = 0;
    for event in events {
        let (at, transport) = match event {
            Event::Frame { at, check: CheckState::Good(0), .. } => (*at, "ok"),
            Event::Frame { at, .. } => (*at, "ok_kermit"),
            // Octets that begin no file.
            Event::Skip { why, .. } if why.what == "start" => continue,
            Event::Skip { at, why } => match why.kind {
                WireErrorKind::Checksum { .. } => (*at, "crc_mismatch"),
                _ => (*at, "incomplete"),
            },
        };
        if at < known_from {
            continue;
        }
        if let (Event::Skip { why, .. }, "crc_mismatch") = (event, transport) {
            known_from = at + why.offset + 2;
        }
        files.push(json!({ "transport": transport }));
    }
    json!({ "files": files })
}

fn iec62056_21(events: &[Event], octets: &[u8]) -> Json {
    use gurux_framing::rules::iec62056_21 as iec;

    let (frame, rule) = match events {
        [Event::Frame { frame, rule, .. }] => (frame, rule),
        // The first line of a readout in mode D that has no end.
        [Event::Frame { rule, .. }, ..] if rule.name == iec::IDENTIFICATION.name => {
            return json!({ "error": "incomplete" });
        }
        // A request is whole or none.
        _ if octets.starts_with(b"/?") => return json!({ "error": "framing" }),
        _ => return json!({ "error": error(events, "bcc_mismatch") }),
    };
    let text = latin(&opened(rule, frame).1);
    if rule.name == iec::REQUEST.name {
        json!({ "kind": "request", "address": text })
    } else if rule.name == iec::OPTION_SELECT.name {
        let mut letters = text.chars().map(String::from);
        json!({
            "kind": "option_select",
            "protocol": letters.next(),
            "baud": letters.next(),
            "mode": letters.next(),
        })
    } else if rule.name == iec::ACK.name {
        json!({ "kind": "ack" })
    } else if rule.name == iec::NAK.name {
        json!({ "kind": "nak" })
    } else if rule.name == iec::COMMAND.name {
        let (command, data) = match text.split_once('\x02') {
            Some((command, data)) => (command, Some(data)),
            None => (text.as_str(), None),
        };
        let (letter, kind) = command.split_at(1.min(command.len()));
        let mut facts = json!({ "kind": "command", "command": letter, "type": kind });
        if let Some(data) = data {
            facts["data"] = json!(data);
        }
        facts
    } else if rule.name == iec::DATA.name {
        json!({ "kind": if text.ends_with("!\r\n") { "readout" } else { "answer" } })
    } else {
        let (line, lines) = text.split_once("\r\n").unwrap_or((&text, ""));
        let mode_d = rule.name == iec::MODE_D.name;
        let part = |from, to| line.get(from..to).unwrap_or_default();
        let mut facts = json!({
            "kind": if mode_d { "mode_d_readout" } else { "identification" },
            "manufacturer": part(0, 3),
            "baud": part(3, 4),
            "identification": part(4, line.len()),
        });
        if mode_d && !lines.starts_with("\r\n") {
            facts["blank_line"] = json!(false);
        }
        facts
    }
}

fn dlt645(events: &[Event], _: &[u8]) -> Json {
    // What follows the first frame is not said.
    let [Event::Frame { preamble, frame, rule, .. }, ..] = events else {
        // A header that is not all there is called a framing error.
        let error = match error(events, "checksum") {
            "incomplete" if available(events) < rules::dlt645::FRAME.min_len => "framing",
            error => error,
        };
        return json!({ "error": error });
    };
    let (head, content) = opened(rule, frame);
    let (control, address) = head.split_last().map_or((0, &[][..]), |(c, a)| (*c, a));
    let address: Vec<u8> = address.iter().rev().copied().collect();
    json!({
        "preamble": preamble,
        "address": to_hex(&address),
        "control": control,
        "data": to_hex(&content),
    })
}

fn ft12(events: &[Event], _: &[u8]) -> Json {
    let (frame, rule, index) = match events {
        [Event::Frame { frame, rule, index, .. }] => (frame, rule, index),
        // What follows a frame of variable length is not said.
        [Event::Frame { frame, rule, index: index @ 0, .. }, ..] => (frame, rule, index),
        _ => return json!({ "error": error(events, "checksum") }),
    };
    let (_, content) = opened(rule, frame);
    let kind = ["variable", "fixed", "ack"].get(*index);
    match content.as_slice() {
        [control, low, high, asdu @ ..] => {
            let address = u16::from_le_bytes([*low, *high]);
            let mut facts = json!({ "kind": kind, "control": control, "address": address });
            if !asdu.is_empty() {
                facts["asdu"] = json!(to_hex(asdu));
            }
            facts
        }
        _ => json!({ "kind": kind }),
    }
}

/// What the corpus calls the first fault.
fn error(events: &[Event], checksum: &'static str) -> &'static str {
    match events.first() {
        Some(Event::Skip { why, .. }) if matches!(why.kind, WireErrorKind::Checksum { .. }) => {
            checksum
        }
        Some(Event::Skip { why, .. }) if why.is_truncated() => "incomplete",
        _ => "framing",
    }
}

/// How many octets of a frame that is not whole were there.
fn available(events: &[Event]) -> usize {
    match events.first() {
        Some(Event::Skip { why, .. }) => match why.kind {
            WireErrorKind::Truncated { available, .. } => available,
            _ => 0,
        },
        _ => 0,
    }
}

fn latin(octets: &[u8]) -> String {
    octets.iter().map(|&octet| char::from(octet)).collect()
}

fn to_hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

fn hex(text: &str) -> Result<Vec<u8>, Failed> {
    let digits = |at| text.get(at..at + 2).ok_or("hexadecimal digits come in pairs");
    (0..text.len()).step_by(2).map(|at| Ok(u8::from_str_radix(digits(at)?, 16)?)).collect()
}
