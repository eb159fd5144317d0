//! What is known of `streams.jsonl`: the frames in a stream, whatever the cuts.

use std::time::Duration;

use gurux_framing::ascii::Ascii;
use gurux_framing::mbap::Mbap;
use gurux_framing::rtu::{Rtu, Silence};
use gurux_framing::{Deframe, Direction, Step, Wire};
use gurux_media::LineSettings;
use gurux_modbus::wire::{Response, tcp};
use serde_json::Value as Json;

use crate::facts::{hex, octets};
use crate::frames::{compare, direction};
use crate::unknown;

pub(crate) const KEYS: [&str; 8] =
    ["id", "source", "transport", "direction", "baud", "waiting_tid", "chunks", "expect"];

/// What came of a stream: each frame with its direction, and how many octets were dropped.
type Found = (Vec<(Direction, Vec<u8>)>, usize);

/// Compares every fact of one stream: whole, octet by octet, cut in two at every position, in the
/// chunks in which it came, and with the silences between them.
pub(crate) fn disagreements(entry: &Json) -> Vec<String> {
    let chunks: Vec<Vec<u8>> = list(&entry["chunks"]).map(|chunk| octets(&chunk["hex"])).collect();
    let whole = chunks.concat();
    let mut cuts = vec![
        ("whole".to_owned(), vec![Some(whole.clone())]),
        ("in chunks".to_owned(), chunks.into_iter().map(Some).collect()),
        ("with its silences".to_owned(), with_silences(entry)),
        ("octet by octet".to_owned(), whole.chunks(1).map(|octet| Some(octet.to_vec())).collect()),
    ];
    cuts.extend((1..whole.len()).map(|at| {
        let (before, after) = whole.split_at(at);
        (format!("cut at {at}"), vec![Some(before.to_vec()), Some(after.to_vec())])
    }));

    let mut found = Vec::new();
    for (how, pieces) in cuts {
        let (frames, dropped) = feed(entry, &pieces);
        let expected = list(&entry["expect"]["frames"]);
        let expected: Vec<_> = expected
            .map(|frame| {
                (direction(&frame["direction"]).expect("a direction"), octets(&frame["hex"]))
            })
            .collect();
        if frames != expected {
            let shown = |frames: &[(Direction, Vec<u8>)]| -> String {
                frames.iter().map(|(to, frame)| format!(" {to:?} {}", hex(frame))).collect()
            };
            let (expected, frames) = (shown(&expected), shown(&frames));
            found.push(format!("frames: {how}: expected{expected}, found{frames}"));
        }
        if Some(dropped as u64) != entry["expect"]["discarded_bytes"].as_u64() {
            let expected = &entry["expect"]["discarded_bytes"];
            found.push(format!("discarded_bytes: {how}: expected {expected}, found {dropped}"));
        }
        if let Some(waiting) = entry["waiting_tid"].as_u64() {
            let delivered = frames.iter().filter(|(_, frame)| transaction(frame) == waiting);
            if delivered.count() != 1 {
                found.push(format!("waiting_tid: {how}: not just one answer to {waiting}"));
            }
        }
    }
    for frame in list(&entry["expect"]["frames"]) {
        let transport = entry["transport"].as_str().expect("a transport");
        let direction = direction(&frame["direction"]).expect("a direction");
        found.extend(compare(transport, direction, &octets(&frame["hex"]), &frame["expect"]));
    }
    found.extend(unknown(&entry["expect"], &["frames", "discarded_bytes"]));
    found.extend(list(&entry["chunks"]).flat_map(|chunk| unknown(chunk, &["t_us", "hex"])));
    found
}

/// The chunks, and `None` where the line was silent for as long as ends a frame. Without a speed
/// nothing is known of silences.
fn with_silences(entry: &Json) -> Vec<Option<Vec<u8>>> {
    let baud = entry["baud"].as_u64().map(|baud| u32::try_from(baud).expect("a speed"));
    let line = baud.map(LineSettings::new);
    let (mut pieces, mut end) = (Vec::new(), None);
    for chunk in list(&entry["chunks"]) {
        let start = Duration::from_micros(chunk["t_us"].as_u64().expect("a time"));
        let octets = octets(&chunk["hex"]);
        if let (Some(line), Some(end)) = (&line, end)
            && start.saturating_sub(end) >= Silence::of(line).between_frames
        {
            pieces.push(None);
        }
        end = line.map(|line| start + line.octets_time(octets.len()));
        pieces.push(Some(octets));
    }
    pieces
}

fn list(entries: &Json) -> impl Iterator<Item = &Json> {
    entries.as_array().expect("a list").iter()
}

/// The transaction that an answer belongs to.
fn transaction(frame: &[u8]) -> u64 {
    let adu = tcp::Adu::<Response<'_>>::from_bytes(frame).expect("an answer over TCP");
    adu.mbap.transaction.into()
}

fn feed(entry: &Json, pieces: &[Option<Vec<u8>>]) -> Found {
    let side = direction(&entry["direction"]);
    match entry["transport"].as_str() {
        Some("rtu") => run(Rtu::with_rules(side, []), pieces, |rtu| rtu.direction()),
        Some("tcp") => run(Mbap::new(), pieces, |_| side),
        Some("ascii") => run(Ascii::new(), pieces, |_| side),
        other => panic!("transport {other:?} is new"),
    }
}

/// Feeds a stream in pieces, then silence; `None` is a silence too.
fn run<D: Deframe>(
    mut deframer: D,
    pieces: &[Option<Vec<u8>>],
    direction: impl Fn(&D) -> Option<Direction>,
) -> Found {
    let (mut buffer, mut frames, mut dropped) = (Vec::new(), Vec::new(), 0);
    for piece in pieces.iter().chain([&None]) {
        buffer.extend_from_slice(piece.as_deref().unwrap_or_default());
        loop {
            let step = match piece {
                Some(_) => deframer.deframe(&buffer),
                None => deframer.finish(&buffer),
            };
            let used = match step {
                Step::NeedMore { at_least } => {
                    assert!(at_least > buffer.len(), "wants what it has");
                    break;
                }
                Step::Frame { frame, used } => {
                    let frame = frame.to_vec();
                    frames.push((direction(&deframer).expect("a frame was found"), frame));
                    used
                }
                Step::Skip { used, .. } => {
                    dropped += used;
                    used
                }
            };
            assert!(used > 0, "no progress");
            buffer.drain(..used);
        }
    }
    assert!(buffer.is_empty(), "octets are left");
    (frames, dropped)
}
