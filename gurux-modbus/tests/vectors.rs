//! `tests/vectors/modbus/messages.txt`: each line is read in every way in which octets can come,
//! and what was read is written again.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::ops::Range;

use gurux_framing::ascii::{self as ascii_frame, Ascii, LF};
use gurux_framing::mbap::{self, Mbap};
use gurux_framing::rtu::{self as rtu_frame, PduLen, Rtu, pdu_len};
use gurux_framing::{Deframe, Direction, Shown, Step, Visit, Wire, WireError, wire_laws};
use gurux_modbus::wire::{Request, Response, ascii, rtu, tcp};

static VECTORS: &str = include_str!("../../tests/vectors/modbus/messages.txt");

/// What every PDU is put into a frame with.
const UNIT: u8 = 0x11;
const TRANSACTION: u16 = 0x1503;

/// A line of the file.
struct Vector<'t> {
    /// `None` for a PDU alone.
    transport: Option<&'t str>,
    direction: Direction,
    octets: Vec<u8>,
    /// The fields, or the sentence that refuses the octets.
    expected: Result<&'t str, &'t str>,
}

fn vector(line: &'static str) -> Option<Vector<'static>> {
    let (head, rest) = line.split_once(" : ")?;
    let (octets, expected) = match rest.split_once(" ! ") {
        Some((octets, sentence)) => (octets, Err(sentence)),
        None => rest.split_once(" = ").map(|(octets, fields)| (octets, Ok(fields)))?,
    };
    let (transport, direction) = match head.trim().rsplit_once(' ') {
        Some((transport, direction)) => (Some(transport), direction),
        None => (None, head.trim()),
    };
    let direction = match direction {
        "request" => Direction::Request,
        "response" => Direction::Response,
        _ => return None,
    };
    let digits: Vec<u8> = octets.bytes().filter(|octet| *octet != b' ').collect();
    let (pairs, []) = digits.as_chunks::<2>() else { return None };
    let octets = pairs.iter().map(|pair| {
        let pair = std::str::from_utf8(pair).ok()?;
        u8::from_str_radix(pair, 16).ok()
    });
    Some(Vector { transport, direction, octets: octets.collect::<Option<_>>()?, expected })
}

fn vectors() -> impl Iterator<Item = (&'static str, Vector<'static>)> {
    let lines = VECTORS.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| (line, vector(line).unwrap_or_else(|| panic!("the form of {line}"))))
}

#[test]
fn every_message_says_what_stands_behind_it() {
    let mut count = 0;
    for (line, vector) in vectors() {
        let told = match vector.direction {
            Direction::Request => tell::<Request<'_>>(&vector),
            Direction::Response => tell::<Response<'_>>(&vector),
        };
        match (told, vector.expected) {
            (Ok(fields), Ok(expected)) => assert_eq!(fields, expected, "{line}"),
            (Err(error), Err(expected)) => assert_eq!(error.to_string(), expected, "{line}"),
            (told, _) => panic!("{line}: {told:?}"),
        }
        count += 1;
    }
    assert!(count > 100, "{count} lines");
}

#[test]
fn every_message_obeys_the_laws() {
    for (_, vector) in vectors().filter(|(_, vector)| vector.expected.is_ok()) {
        let octets = &vector.octets[..];
        match (vector.transport, vector.direction) {
            (None, Direction::Request) => {
                wire_laws!(Request<'_>, Request::from_bytes(octets).unwrap());
            }
            (None, Direction::Response) => {
                wire_laws!(Response<'_>, Response::from_bytes(octets).unwrap());
            }
            (Some("rtu"), Direction::Request) => {
                type Adu<'a> = rtu::Adu<Request<'a>>;
                wire_laws!(Adu<'_>, Adu::from_bytes(octets).unwrap(), self_delimiting);
            }
            (Some("tcp"), Direction::Response) => {
                type Adu<'a> = tcp::Adu<Response<'a>>;
                wire_laws!(Adu<'_>, Adu::from_bytes(octets).unwrap(), self_delimiting);
            }
            _ => {}
        }
    }
}

#[test]
fn every_message_is_written_as_it_was_read() {
    for (line, vector) in vectors().filter(|(_, vector)| vector.expected.is_ok()) {
        let again = match vector.direction {
            Direction::Request => emitted::<Request<'_>>(&vector),
            Direction::Response => emitted::<Response<'_>>(&vector),
        };
        assert_eq!(again, vector.octets, "{line}");
    }
}

#[test]
fn thread_09_every_frame_is_found_however_it_comes() {
    for (line, vector) in vectors() {
        let frames = match vector.transport {
            Some(transport) if vector.expected.is_ok() => vec![(transport, vector.octets)],
            // What a server refuses must reach it first.
            None => framed(&vector.octets),
            _ => continue,
        };
        for (transport, frame) in frames {
            match transport {
                "rtu" => {
                    let pdu = &frame[1..frame.len() - 2];
                    let len = pdu_len(&[], vector.direction, pdu);
                    let ending = match len {
                        PduLen::Known(len) if len == pdu.len() => Ending::Declared,
                        PduLen::UntilSilence { .. } => Ending::Silence,
                        _ => Ending::Wrong,
                    };
                    let deframer = || Rtu::new(vector.direction);
                    found_however_it_comes(deframer, &frame, b"\x42\x43", ending, line);
                }
                "tcp" => {
                    let noise = b"\x3F\x1A";
                    found_however_it_comes(Mbap::new, &frame, noise, Ending::Declared, line);
                }
                _ => {
                    let noise = b"abc:11";
                    found_however_it_comes(Ascii::new, &frame, noise, Ending::Declared, line);
                }
            }
        }
    }
}

/// Where a frame ends.
#[derive(Clone, Copy, PartialEq)]
enum Ending {
    /// Where it says.
    Declared,
    /// Where nothing more comes.
    Silence,
    /// Not where it says: it is none.
    Wrong,
}

/// A PDU in a frame of each kind.
fn framed(pdu: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut out = [0; ascii_frame::MAX_LEN];
    let mut frames = Vec::new();
    let len = rtu_frame::wrap(UNIT, pdu, &mut out).unwrap();
    frames.push(("rtu", out[..len].to_vec()));
    let len = mbap::wrap(TRANSACTION, UNIT, pdu, &mut out).unwrap();
    frames.push(("tcp", out[..len].to_vec()));
    let len = ascii_frame::wrap(UNIT, pdu, LF, &mut out).unwrap();
    frames.push(("ascii", out[..len].to_vec()));
    frames
}

fn found_however_it_comes<D: Deframe>(
    deframer: impl Fn() -> D,
    frame: &[u8],
    noise: &[u8],
    ending: Ending,
    line: &str,
) {
    let none: [&[u8]; 0] = [];
    let noisy = [noise, frame].concat();
    if ending == Ending::Wrong {
        assert_eq!(feed(deframer(), &[frame]), none, "{line}");
    } else {
        assert_eq!(feed(deframer(), &[frame]), [frame], "whole: {line}");
        assert_eq!(feed(deframer(), &[&noisy]), [frame], "behind noise: {line}");
        for end in 0..frame.len() {
            assert_eq!(feed(deframer(), &[&frame[..end]]), none, "{end} octets of it: {line}");
        }
    }
    if ending == Ending::Declared {
        let twice = [frame, frame].concat();
        assert_eq!(feed(deframer(), &[&twice]), [frame, frame], "twice: {line}");
    }
    // However it is cut, the same is found, be it good or not.
    let whole = feed(deframer(), &[&noisy]);
    let singly: Vec<&[u8]> = noisy.chunks(1).collect();
    assert_eq!(feed(deframer(), &singly), whole, "octet by octet: {line}");
    let mut seed = 0x2545_F491_u32;
    for _ in 0..20 {
        let (mut pieces, mut rest) = (Vec::new(), &noisy[..]);
        while !rest.is_empty() {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let (piece, behind) = rest.split_at((seed >> 28) as usize % rest.len() + 1);
            pieces.push(piece);
            rest = behind;
        }
        assert_eq!(feed(deframer(), &pieces), whole, "in pieces: {line}");
    }
}

/// The frames in octets that come in pieces, and then silence.
fn feed<D: Deframe>(mut deframer: D, pieces: &[&[u8]]) -> Vec<Vec<u8>> {
    let (mut buffer, mut frames) = (Vec::new(), Vec::new());
    for piece in pieces.iter().map(Some).chain([None]) {
        buffer.extend_from_slice(piece.copied().unwrap_or_default());
        loop {
            let step = match piece {
                Some(_) => deframer.deframe(&buffer),
                None => deframer.finish(&buffer),
            };
            let used = match step {
                Step::NeedMore { .. } => break,
                Step::Frame { frame, used } => {
                    frames.push(frame.to_vec());
                    used
                }
                Step::Skip { used, .. } => used,
            };
            buffer.drain(..used);
        }
    }
    frames
}

/// All that octets say, or why they are refused.
fn tell<'a, P: Wire<'a>>(vector: &'a Vector<'_>) -> Result<String, WireError> {
    let (octets, mut fields) = (&vector.octets[..], Fields::default());
    match vector.transport {
        Some("rtu") => rtu::Adu::<P>::explain(octets, 0, &mut fields).map(drop),
        Some("tcp") => tcp::Adu::<P>::explain(octets, 0, &mut fields).map(drop),
        Some(_) => {
            // The PDU borrows from the room, and nobody keeps it.
            let room = Box::leak(Box::new([0; ascii::OCTETS_LEN]));
            ascii::Adu::<P>::explain_text(octets, room, &mut fields).map(drop)
        }
        None => P::explain(octets, 0, &mut fields).map(drop),
    }?;
    Ok(fields.text)
}

fn emitted<'a, P: Wire<'a>>(vector: &'a Vector<'_>) -> Vec<u8> {
    let octets = &vector.octets[..];
    let mut out = [0; ascii_frame::MAX_LEN];
    let len = match vector.transport {
        Some("rtu") => rtu::Adu::<P>::from_bytes(octets).unwrap().emit_to_slice(&mut out),
        Some("tcp") => tcp::Adu::<P>::from_bytes(octets).unwrap().emit_to_slice(&mut out),
        Some(_) => {
            let room = Box::leak(Box::new([0; ascii::OCTETS_LEN]));
            ascii::Adu::<P>::from_text(octets, room).unwrap().emit_text(LF, &mut out)
        }
        None => P::from_bytes(octets).unwrap().emit_to_slice(&mut out),
    };
    out[..len.unwrap()].to_vec()
}

/// Writes each field as its name and its value.
#[derive(Default)]
struct Fields {
    text: String,
    /// What is open, the innermost last: is it a list?
    open: Vec<bool>,
}

impl Fields {
    fn in_list(&self) -> bool {
        self.open.last() == Some(&true)
    }

    /// Before the next of its kind: a comma between fields, a blank between items.
    fn separate(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with(['[', '{']) {
            self.text += if self.in_list() { " " } else { ", " };
        }
    }
}

impl Visit for Fields {
    fn field(&mut self, _: Range<usize>, name: &'static str, value: Shown<'_>) {
        self.separate();
        let value = match value {
            Shown::Unsigned(number) => number.to_string(),
            Shown::Code { code, .. } => code.to_string(),
            Shown::Flag(flag) => flag.to_string(),
            Shown::Octets(octets) => octets.iter().map(|octet| format!("{octet:02x}")).collect(),
            other => format!("{other:?}"),
        };
        self.text += &match (self.in_list(), value.is_empty()) {
            (true, _) => value,
            (false, true) => name.to_owned(),
            (false, false) => format!("{name} {value}"),
        };
    }

    fn structure(&mut self, _: Range<usize>, _: &'static str, _: Shown<'_>) {}

    fn enter_group(&mut self, _: usize, _: &'static str) {
        self.separate();
        self.text += "{";
        self.open.push(false);
    }

    fn enter_list(&mut self, _: usize, name: &'static str) {
        self.separate();
        self.text += &format!("{name} [");
        self.open.push(true);
    }

    fn leave(&mut self, _: usize) {
        self.text += if self.open.pop() == Some(true) { "]" } else { "}" };
    }
}
