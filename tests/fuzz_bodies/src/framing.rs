//! Deframers: any octets, in any pieces.

use gurux_framing::ascii::{self, Ascii};
use gurux_framing::hdlc::{Control, Frmr, Hdlc, HdlcAddress, HdlcFrame, LinkParameters};
use gurux_framing::mbap::{self, Mbap};
use gurux_framing::rtu::{self, Rtu};
use gurux_framing::rule::{FrameRule, RuleDeframer};
use gurux_framing::rules::{c12_18, dlt645, ft12, iec62056_21, p1, sml, wrapper};
use gurux_framing::{
    Deframe, Direction, Piece, Step, Wire, WireError, WireErrorKind, pieces, rules,
};

use crate::choices::Choices;
use crate::{modbus, seeds};

/// How deep octets get in a deframer.
pub const RUNGS: &[&str] =
    &["noise only", "a frame", "several frames", "frames with noise between"];

/// Octets of a stream, at most; the longest frame of all has fewer.
const STREAM_LEN: usize = 1024;

/// Modbus RTU, as a server, a client or a listener sees it.
pub fn rtu(octets: &[u8]) -> usize {
    let (mode, stream) = stream(octets, |pdu, out| rtu::wrap(1, pdu, out));
    let deframer = match mode % 5 {
        0 => Rtu::both(),
        1 => Rtu::new(Direction::Request),
        2 => Rtu::new(Direction::Response),
        3 => Rtu::new(Direction::Response).accepting_bare_exceptions(true),
        _ => Rtu::both().accepting_bare_exceptions(true),
    };
    cut(|| deframer.clone(), &stream)
}

/// Modbus ASCII.
pub fn ascii(octets: &[u8]) -> usize {
    let (_, stream) = stream(octets, |pdu, out| ascii::wrap(1, pdu, ascii::LF, out));
    cut(Ascii::new, &stream)
}

/// Modbus TCP, strictly or with the leniency for a length of one too many.
pub fn mbap(octets: &[u8]) -> usize {
    let (mode, stream) = stream(octets, |pdu, out| mbap::wrap(7, 1, pdu, out));
    let side = match mode % 3 {
        0 => None,
        1 => Some(Direction::Request),
        _ => Some(Direction::Response),
    };
    cut(|| Mbap::new().accepting_short(side), &stream)
}

/// HDLC, with the frames of any link or only the short ones of one that agreed on less.
pub fn hdlc(octets: &[u8]) -> usize {
    let client = HdlcAddress::of_client(16).expect("7 bits");
    let meter = HdlcAddress::of_server(1, 17).expect("14 bits");
    let (mode, stream) = stream(octets, |information, out| {
        let control = Control::from_octet(information.first().copied().unwrap_or(0x93));
        HdlcFrame::new(meter, client, control).with_information(information)?.write(out)
    });
    let deframer = if mode % 2 == 0 { Hdlc::new() } else { Hdlc::new().with_max_len(64) };
    for piece in pieces(deframer.clone(), &stream) {
        if let Piece::Frame { frame, .. } = piece {
            let opened = HdlcFrame::from_bytes(frame).expect("a deframer proves its frames");
            assert_eq!(HdlcFrame::open_proven(frame), Ok(opened));
            let _ = LinkParameters::from_bytes(opened.information());
            let _ = Frmr::from_bytes(opened.information());
        }
    }
    cut(|| deframer.clone(), &stream)
}

/// The rules of the neighbours: the first octet says whose.
pub fn rules(octets: &[u8]) -> usize {
    let Some((whose, octets)) = octets.split_first() else { return 0 };
    let rules = RULES[usize::from(*whose) % RULES.len()];
    let rule = rules[usize::from(*whose) / RULES.len() % rules.len()];
    let (_, stream) = stream(octets, |content, out| {
        // A rule knows how long its head is; the first cut that suits it is taken.
        let mut cuts = (0..=content.len().min(16)).map(|cut| content.split_at(cut));
        let wrapped = cuts.find_map(|(head, content)| rule.wrap(head, content, out).ok());
        wrapped.ok_or(WireError::new(0, "content", WireErrorKind::Expected("another content")))
    });
    cut(|| RuleDeframer::new(rules), &stream)
}

const RULES: [&[FrameRule]; 12] = [
    c12_18::RULES,
    dlt645::RULES,
    ft12::MBUS,
    ft12::IEC_60870_5_102,
    iec62056_21::METER_IDENTIFIED,
    iec62056_21::READER_DATA,
    iec62056_21::READER_MODE_D,
    iec62056_21::CAPTURE,
    rules::mbap::RULES,
    p1::RULES,
    sml::RULES,
    wrapper::RULES,
];

/// A stream, and a number that the octets choose. The octets are the stream as they are, or, if the
/// first is even, they tell how frames with good sums and noise take turns: a fuzzer finds no sum by
/// itself.
pub(crate) fn stream(
    octets: &[u8],
    wrap: impl Fn(&[u8], &mut [u8]) -> Result<usize, WireError>,
) -> (u8, Vec<u8>) {
    let Some((mode, rest)) = octets.split_first() else { return (0, Vec::new()) };
    if mode % 2 == 1 {
        return (mode / 2, rest.iter().copied().take(STREAM_LEN).collect());
    }
    let mut choices = Choices::new(rest);
    let mut stream = Vec::new();
    let mut out = [0; STREAM_LEN];
    while !choices.is_empty() && stream.len() < STREAM_LEN {
        let content = match choices.below(3) {
            0 => {
                let count = choices.below(64).into();
                stream.extend(choices.octets(count));
                continue;
            }
            1 => {
                let count = choices.octet().into();
                choices.octets(count)
            }
            _ => modbus::PDUS[usize::from(choices.octet()) % modbus::PDUS.len()],
        };
        if let Ok(len) = wrap(content, &mut out) {
            stream.extend(&out[..len]);
        }
    }
    stream.truncate(STREAM_LEN);
    (mode / 2, stream)
}

/// The captures as they are, and lines of three frames with noise between.
pub fn stream_seeds() -> Vec<Vec<u8>> {
    let raw = seeds::captures().into_iter().map(|capture| [vec![1], capture].concat());
    let line = |pdu| vec![0, 2, pdu, 0, 3, 0xff, 0x01, 0x03, 2, pdu + 1, 1, 2, 0x41, 9];
    raw.chain((0..modbus::PDUS.len() as u8).map(line)).collect()
}

/// The same for each rule.
pub fn rule_seeds() -> Vec<Vec<u8>> {
    let line = [0, 1, 16, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 0, 2, 0xff, 0xff];
    let twice = [&line[..], &line[1..]].concat();
    (0..64).map(|whose| [&[whose][..], &twice].concat()).collect()
}

/// A frame that was found: octets from the start of the stream, and the frame.
type Found = (usize, Vec<u8>);

/// Feeds the octets whole and in pieces whose lengths they say themselves, often single octets, and
/// holds the laws of [`Deframe`]: the same frames each time, progress in every step, no octet lost.
pub(crate) fn cut<D: Deframe>(make: impl Fn() -> D, octets: &[u8]) -> usize {
    let whole = fed(make(), octets, |_| octets.len());
    let longest = 1 + octets.last().copied().unwrap_or(0) % 16;
    let pieces = fed(make(), octets, |at| usize::from(octets[at] % longest));
    assert_eq!(whole, pieces, "in pieces other frames are found than at once");

    let framed: usize = whole.iter().map(|(_, frame)| frame.len()).sum();
    match whole.len() {
        0 => 0,
        1 => 1,
        _ if framed == octets.len() => 2,
        _ => 3,
    }
}

/// The frames of a stream that comes in pieces of these lengths and then falls silent.
fn fed<D: Deframe>(
    mut deframer: D,
    octets: &[u8],
    piece_len: impl Fn(usize) -> usize,
) -> Vec<Found> {
    let mut found = Vec::new();
    let (mut dropped, mut received) = (0, 0);
    while received < octets.len() {
        received = octets.len().min(received + piece_len(received).max(1));
        while let Some(used) = step(|buffer| deframer.deframe(buffer), &octets[dropped..received]) {
            dropped = taken(used, dropped, octets, &mut found);
        }
    }
    while dropped < octets.len() {
        let used = step(|buffer| deframer.finish(buffer), &octets[dropped..])
            .expect("when nothing more will come, each octet is a frame's or noise");
        dropped = taken(used, dropped, octets, &mut found);
    }
    found
}

/// One step on a buffer: octets to drop, and the frame if there was one. Nothing if more is needed.
fn step<'b>(
    deframe: impl FnOnce(&'b [u8]) -> Step<'b>,
    buffer: &'b [u8],
) -> Option<(usize, Option<&'b [u8]>)> {
    match deframe(buffer) {
        Step::NeedMore { at_least } => {
            assert!(at_least > buffer.len(), "wants {at_least} octets and has {}", buffer.len());
            None
        }
        Step::Frame { frame, used } => {
            assert!(!frame.is_empty() && frame.len() <= used && used <= buffer.len());
            Some((used, Some(frame)))
        }
        Step::Skip { used, why } => {
            assert!(used > 0 && used <= buffer.len(), "skips {used} of {}", buffer.len());
            assert!(!why.to_string().is_empty());
            Some((used, None))
        }
    }
}

/// Keeps the frame, with its place in the stream: what was dropped before it depends on the pieces.
fn taken(
    (used, frame): (usize, Option<&[u8]>),
    dropped: usize,
    stream: &[u8],
    found: &mut Vec<Found>,
) -> usize {
    found.extend(frame.map(|frame| {
        let place = frame.as_ptr().addr() - stream.as_ptr().addr();
        (place, frame.to_vec())
    }));
    dropped + used
}
