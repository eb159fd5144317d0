//! What is known of `frames.jsonl`: one frame or PDU, and all that it says or why it is wrong.

use gurux_framing::ascii::{Ascii, LF};
use gurux_framing::mbap::Mbap;
use gurux_framing::rtu::Rtu;
use gurux_framing::{Deframe, Direction, Step, Wire, WireError, WireErrorKind};
use gurux_modbus::wire::{Request, Response, ascii, exception_for, rtu, tcp};
use serde_json::{Map, Value as Json};

use crate::facts::{Facts, hex, octets};

pub(crate) const KEYS: [&str; 9] = [
    "id",
    "source",
    "transport",
    "direction",
    "hex",
    "expect",
    "text",
    "request_pdu",
    "response_length",
];

/// Compares every fact of one line.
pub(crate) fn disagreements(entry: &Json) -> Vec<String> {
    let transport = entry["transport"].as_str().expect("a transport");
    let direction = direction(&entry["direction"]).expect("a direction");
    let frame = octets(&entry["hex"]);
    let mut found = compare(transport, direction, &frame, &entry["expect"]);
    if let Some(text) = entry.get("text") {
        expect(&mut found, "text", text, &String::from_utf8_lossy(&frame).into());
    }
    let pdu = pdu_of(transport, &frame);
    if let Some(len) = entry.get("response_length") {
        let answer = Request::from_bytes(&pdu).ok().and_then(|request| request.answer_len());
        let answer = answer.map(|answer| answer + frame.len() - pdu.len());
        expect(&mut found, "response_length", len, &answer.into());
    }
    // The request that this answers.
    if let Some(request) = entry.get("request_pdu").filter(|_| expected_error(entry).is_none()) {
        let request = octets(request);
        let response = Response::from_bytes(&pdu).expect("a good frame has a good PDU");
        let answers = match Request::from_bytes(&request) {
            Ok(request) => response.answers(&request),
            // Some servers answer what they should refuse.
            Err(_) => request.first() == Some(&response.function().code()),
        };
        expect(&mut found, "request_pdu", &true.into(), &answers.into());
    }
    found
}

fn expected_error(entry: &Json) -> Option<&Json> {
    entry["expect"].get("error")
}

pub(crate) fn direction(name: &Json) -> Option<Direction> {
    match name.as_str() {
        Some("request") => Some(Direction::Request),
        Some("response") => Some(Direction::Response),
        _ => None,
    }
}

fn expect(found: &mut Vec<String>, field: &str, expected: &Json, got: &Json) {
    if expected != got {
        found.push(format!("{field}: expected {expected}, found {got}"));
    }
}

/// Compares what a frame says, fact by fact, in both directions, and writes a good one again.
pub(crate) fn compare(
    transport: &str,
    direction: Direction,
    frame: &[u8],
    expected: &Json,
) -> Vec<String> {
    let got = outcome(transport, direction, frame);
    let expected = expected.as_object().expect("facts");
    let mut found = Vec::new();
    let mut keys: Vec<_> = expected.keys().chain(got.keys()).collect();
    keys.sort();
    keys.dedup();
    for key in keys {
        let side = |facts: &Map<String, Json>| facts.get(key).cloned().unwrap_or_default();
        expect(&mut found, key, &side(expected), &side(&got));
    }
    if found.is_empty() && !expected.contains_key("error") {
        // Hexadecimal digits may be small on the line; ours are not.
        let frame = if transport == "ascii" { frame.to_ascii_uppercase() } else { frame.to_vec() };
        let mut room = [0; ascii::OCTETS_LEN];
        let again = match direction {
            Direction::Request => emitted::<Request<'_>>(transport, &frame, &mut room),
            Direction::Response => emitted::<Response<'_>>(transport, &frame, &mut room),
        };
        // What a client puts behind its last coil means nothing; we put zeros.
        if got.contains_key("bits") {
            let again = outcome(transport, direction, &again);
            expect(&mut found, "emitted", &got.into(), &again.into());
        } else {
            expect(&mut found, "emitted", &hex(&frame).into(), &hex(&again).into());
        }
    }
    found
}

/// What we say of octets: all facts of a good frame, or the error in the corpus' words with what
/// could be read before it.
fn outcome(transport: &str, direction: Direction, frame: &[u8]) -> Map<String, Json> {
    if let Err(error) = cut(transport, direction, frame) {
        return error_facts(error, "frame");
    }
    let (mut facts, mut room) = (Facts::default(), [0; ascii::OCTETS_LEN]);
    let result = match direction {
        Direction::Request => explain::<Request<'_>>(transport, frame, &mut room, &mut facts),
        Direction::Response => explain::<Response<'_>>(transport, frame, &mut room, &mut facts),
    };
    let mut facts = facts.into_json();
    if let Err(error) = result {
        facts.retain(|key, _| matches!(key.as_str(), "unit" | "tid" | "function"));
        facts.append(&mut error_facts(pdu_error(&error), "pdu"));
        if direction == Direction::Request && facts.contains_key("function") {
            facts.insert("reply_exception".into(), exception_for(&error).code().into());
        }
    }
    facts
}

fn error_facts(error: &str, layer: &str) -> Map<String, Json> {
    [("error".to_owned(), error.into()), ("layer".to_owned(), layer.into())].into_iter().collect()
}

/// Finds the frame, which must be all there is.
fn cut(transport: &str, direction: Direction, frame: &[u8]) -> Result<(), &'static str> {
    let step = match transport {
        "pdu" => return Ok(()),
        "rtu" => step(Rtu::new(direction), frame),
        "tcp" => step(Mbap::new(), frame),
        "ascii" => step(Ascii::new(), frame),
        other => panic!("transport {other} is new"),
    };
    match step {
        Step::Frame { used, .. } if used == frame.len() => Ok(()),
        Step::Frame { .. } => Err("trailing"),
        Step::NeedMore { .. } => Err("incomplete"),
        Step::Skip { why, .. } => Err(match why.kind {
            WireErrorKind::Truncated { .. } => "incomplete",
            WireErrorKind::Checksum { .. } if transport == "ascii" => "lrc_mismatch",
            WireErrorKind::Checksum { .. } => "crc_mismatch",
            // The corpus calls a frame too long only if all of it is there.
            WireErrorKind::Limit { max } if frame.len() > max => "too_long",
            WireErrorKind::Limit { .. } => "incomplete",
            _ if why.what == "protocol identifier" => "protocol_id",
            _ if why.what == "length" => "mbap_length",
            _ => "framing",
        }),
    }
}

/// What lies in front; silence follows.
fn step<D: Deframe>(mut deframer: D, frame: &[u8]) -> Step<'_> {
    match deframer.deframe(frame) {
        Step::NeedMore { .. } => deframer.finish(frame),
        step => step,
    }
}

/// The corpus' word for what is wrong inside a PDU.
fn pdu_error(error: &WireError) -> &'static str {
    match error.kind {
        WireErrorKind::Truncated { .. } | WireErrorKind::Trailing { .. } => "pdu_length",
        WireErrorKind::Length { .. } | WireErrorKind::Expected(_) | WireErrorKind::Limit { .. } => {
            "byte_count"
        }
        WireErrorKind::Range { .. } => "quantity",
        WireErrorKind::Code(_) if error.what == "function" => "function",
        _ => "value",
    }
}

/// Tells all that a frame says.
fn explain<'a, P: Wire<'a>>(
    transport: &str,
    frame: &'a [u8],
    room: &'a mut [u8],
    facts: &mut Facts,
) -> Result<(), WireError> {
    match transport {
        "rtu" => rtu::Adu::<P>::explain(frame, 0, facts).map(drop),
        "tcp" => tcp::Adu::<P>::explain(frame, 0, facts).map(drop),
        "ascii" => ascii::Adu::<P>::explain_text(frame, room, facts).map(drop),
        _ => P::explain(frame, 0, facts).map(drop),
    }
}

/// Opens a good frame and writes it again.
fn emitted<'a, P: Wire<'a>>(transport: &str, frame: &'a [u8], room: &'a mut [u8]) -> Vec<u8> {
    let mut out = [0; gurux_framing::ascii::MAX_LEN];
    let len = match transport {
        "rtu" => rtu::Adu::<P>::from_bytes(frame).and_then(|adu| adu.emit_to_slice(&mut out)),
        "tcp" => tcp::Adu::<P>::from_bytes(frame).and_then(|adu| adu.emit_to_slice(&mut out)),
        "ascii" => {
            ascii::Adu::<P>::from_text(frame, room).and_then(|adu| adu.emit_text(LF, &mut out))
        }
        _ => P::from_bytes(frame).and_then(|pdu| pdu.emit_to_slice(&mut out)),
    };
    out[..len.expect("a frame that was read a moment ago")].to_vec()
}

/// The PDU of a frame whose form is right.
fn pdu_of(transport: &str, frame: &[u8]) -> Vec<u8> {
    let mut room = [0; ascii::OCTETS_LEN];
    let pdu = match transport {
        "rtu" => frame.get(1..frame.len().saturating_sub(2)),
        "tcp" => frame.get(7..),
        "ascii" => gurux_framing::ascii::unwrap(frame, &mut room).ok().and_then(|o| o.get(1..)),
        _ => Some(frame),
    };
    pdu.unwrap_or_default().to_vec()
}
