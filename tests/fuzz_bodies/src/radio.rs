//! Wireless M-Bus below the telegram: frames with their CRCs, what receivers hand on, and chips.

use gurux_framing::line_code::{Catch, Catcher, Chips, Line};
use gurux_framing::receiver::{Amb8465, Cul, HexLines, Im871a, ROOM_LEN, Receiver, RtlWmbus};
use gurux_framing::wireless::{
    self, FrameFormat, MAX_LEN, MAX_TELEGRAM_LEN, Salvaged, Wireless, detect,
};

use crate::choices::Choices;
use crate::framing::{cut, stream};

const FORMATS: [FrameFormat; 3] = [FrameFormat::A, FrameFormat::B, FrameFormat::NoCrc];

/// Frames of wireless M-Bus: cut out of a stream, proven, stripped and made again.
pub fn frames(octets: &[u8]) -> usize {
    let (mode, stream) =
        stream(octets, |content, out| FORMATS[content.len() % 3].wrap(&telegram(content), out));
    for format in FORMATS {
        taken_apart(format, &stream);
    }
    let trailer = usize::from(mode / 4 % 3);
    match mode % 4 {
        0 => cut(|| Wireless::detecting().with_trailer(trailer), &stream),
        format => {
            let format = FORMATS[usize::from(format) - 1];
            cut(|| Wireless::new(format).with_trailer(trailer), &stream)
        }
    }
}

/// A telegram with this content: it begins with what a meter sends unasked.
fn telegram(content: &[u8]) -> Vec<u8> {
    let content = &content[..content.len().min(240)];
    let mut telegram = vec![0, 0x44, 0x2D, 0x2C, 0x78, 0x56, 0x34, 0x12, 0x01, 0x07];
    telegram.extend(content);
    telegram[0] = (telegram.len() - 1) as u8;
    telegram
}

/// What is stripped is wrapped to the same again, and what is salvaged is part of it.
fn taken_apart(format: FrameFormat, octets: &[u8]) {
    let (mut room, mut whole) = ([0; MAX_TELEGRAM_LEN], [0; MAX_TELEGRAM_LEN]);
    let stripped = format.strip(octets, &mut whole);
    assert_eq!(stripped.is_ok(), format.check(octets).is_ok());
    match format.salvage(octets, &mut room) {
        Ok(Salvaged { telegram, fault: None }) => assert_eq!(Ok(telegram), stripped),
        Ok(Salvaged { fault: Some(why), .. }) | Err(why) => assert_eq!(Err(why), stripped),
    }
    let Ok(telegram) = stripped else { return };
    let mut frame = [0; MAX_LEN];
    let len = format.wrap(telegram, &mut frame).expect("what was stripped is a telegram");
    assert_eq!(frame[..len], octets[..len]);
    let found = detect(octets).expect("a good frame has a format");
    assert!(
        found == format || format == FrameFormat::NoCrc || FrameFormat::A.check(octets).is_ok()
    );
    let mut room = [0; MAX_TELEGRAM_LEN];
    if let Ok((format, stripped)) = wireless::strip(octets, &mut room) {
        assert_eq!(Ok(stripped), format.strip(octets, &mut [0; MAX_TELEGRAM_LEN]));
    }
}

/// What receivers hand on: the first octet says whose.
pub fn receivers(octets: &[u8]) -> usize {
    let Some((whose, octets)) = octets.split_first() else { return 0 };
    match whose % 5 {
        0 => received(RtlWmbus::new(), octets, |telegram| {
            let text: String = telegram.iter().map(|octet| format!("{octet:02x}")).collect();
            format!("T1;1;1;2024-02-11 16:00:00.000;97;148;12345678;0x{text}\n").into_bytes()
        }),
        1 => received(Cul::new(), octets, |telegram| {
            let mut frame = [0; MAX_LEN];
            let len = FrameFormat::A.wrap(telegram, &mut frame).unwrap_or(0);
            let text: String = frame[..len].iter().map(|octet| format!("{octet:02X}")).collect();
            format!("b{text}30EC\r\n").into_bytes()
        }),
        2 => received(HexLines::new(), octets, |telegram| {
            let text: String = telegram.iter().map(|octet| format!("{octet:02x}")).collect();
            format!("{text}\n").into_bytes()
        }),
        3 => received(Im871a::new(), octets, |telegram| {
            let head = [0xA5, 0x02, 0x03, telegram[0]];
            [&head, &telegram[1..]].concat()
        }),
        _ => received(Amb8465::new(), octets, |telegram| {
            let mut command = [&[0xFF, 0x03, telegram[0] + 1], &telegram[1..], &[0xD8]].concat();
            command.push(command.iter().fold(0, |check, octet| check ^ octet));
            command
        }),
    }
}

/// Cuts what a receiver hands on, and opens it.
fn received<R: Receiver + Copy>(
    receiver: R,
    octets: &[u8],
    hand_on: impl Fn(&[u8]) -> Vec<u8>,
) -> usize {
    let (_, stream) = stream(octets, |content, out| {
        let handed_on = hand_on(&telegram(&content[..content.len().min(100)]));
        let room = out.get_mut(..handed_on.len()).unwrap_or_default();
        room.copy_from_slice(&handed_on[..room.len()]);
        Ok(room.len())
    });
    let mut left = &stream[..];
    let mut cutter = receiver;
    while let gurux_framing::Step::Frame { used, frame } = cutter.finish(left) {
        let mut room = [0; ROOM_LEN];
        if let Ok(reception) = receiver.open(frame, &mut room) {
            let good = reception.telegram(&mut [0; MAX_TELEGRAM_LEN]).is_ok();
            let proven = reception.format != FrameFormat::NoCrc;
            assert!(!proven || good || reception.crc_ok == Some(false));
        }
        left = &left[used..];
    }
    cut(|| receiver, &stream)
}

/// Chips, in pieces: the first octet says of which lines.
pub fn chips(octets: &[u8]) -> usize {
    let Some((choice, octets)) = octets.split_first() else { return 0 };
    let lines = LINES[usize::from(choice / 2) % LINES.len()];
    let stream = if choice % 2 == 1 { octets.to_vec() } else { transmissions(lines, octets) };
    let count = stream.len() * 8;
    let whole = caught(lines, &stream, |_| count);
    let longest = 1 + usize::from(octets.last().copied().unwrap_or(0) % 64);
    let pieces = caught(lines, &stream, |at| 1 + at * 7 % (longest * 8));
    assert_eq!(whole, pieces, "in pieces other frames are caught than at once");
    match whole.len() {
        0 => 0,
        1 => 1,
        _ => 2,
    }
}

/// How deep chips get.
pub const CHIP_RUNGS: &[&str] = &["noise only", "a frame", "several frames"];

const LINES: [&[Line]; 6] =
    [&[Line::S_SHORT], &[Line::T], Line::T_AND_C, &[Line::R], Line::N, Line::F];

/// Octets of chips: a few telegrams, and noise between them. More of them show nothing else, and cost the
/// fuzzer others.
const MAX_STREAM: usize = 768;

/// Transmissions with noise between, as the octets say, each a few chips out of step with octets.
fn transmissions(lines: &[Line], octets: &[u8]) -> Vec<u8> {
    let mut choices = Choices::new(octets);
    let mut chips: Vec<bool> = Vec::new();
    let mut add = |octets: &[u8], count: usize| {
        let bits =
            octets.iter().flat_map(|octet| (0..8).rev().map(move |bit| octet >> bit & 1 == 1));
        chips.extend(bits.take(count));
    };
    while !choices.is_empty() {
        let noise = choices.below(20);
        add(choices.octets(usize::from(noise / 8)), noise.into());
        let line = &lines[usize::from(choices.below(lines.len() as u8))];
        let count = choices.below(64).into();
        let (mut frame, mut sent) = ([0; MAX_LEN], [0; 1024]);
        let Ok(len) = line.format.wrap(&telegram(choices.octets(count)), &mut frame) else {
            continue;
        };
        let Ok(count) = line.emit(&frame[..len], &mut sent) else { continue };
        // Some chips are lost, some turned over.
        if choices.below(4) == 0 {
            sent[usize::from(choices.octet())] ^= choices.octet();
        }
        let lost = if choices.below(4) == 0 { usize::from(choices.octet()) } else { 0 };
        add(&sent, count.saturating_sub(lost));
    }
    chips
        .chunks(8)
        .map(|octet| {
            (0..8).fold(0, |packed, at| packed << 1 | u8::from(octet.get(at) == Some(&true)))
        })
        .take(MAX_STREAM)
        .collect()
}

/// The frames in chips that come in pieces of these lengths.
fn caught(lines: &[Line], stream: &[u8], piece: impl Fn(usize) -> usize) -> Vec<(usize, Vec<u8>)> {
    let catcher = Catcher::new(lines);
    let (mut found, mut start, mut end) = (Vec::new(), 0, 0);
    let count = stream.len() * 8;
    while start < count {
        let silent = end == count;
        let buffer = Chips::new(stream, end).skip(start);
        let mut room = [0; Catcher::ROOM_LEN];
        let catch = match silent {
            false => catcher.catch(buffer, &mut room),
            true => catcher.finish(buffer, &mut room),
        };
        let used = match catch {
            Catch::NeedMore { at_least } => {
                assert!(!silent && at_least > buffer.len());
                end = count.min(end + piece(end).max(1));
                continue;
            }
            Catch::Frame { frame, line, used } => {
                assert_eq!(line.format.check(frame), Ok(frame.len()));
                found.push((start, frame.to_vec()));
                used
            }
            Catch::Spoilt { used, octets, why, .. } => {
                assert!(octets.len() <= MAX_LEN && !why.to_string().is_empty());
                used
            }
            Catch::Skip { used, .. } => used,
        };
        assert!(used > 0 && used <= buffer.len());
        start += used;
    }
    // A frame is told by its octets; how much noise went with it hangs on the pieces.
    found.iter_mut().for_each(|(at, _)| *at = 0);
    found
}

/// Telegrams with noise between, for each format, receiver and line.
pub fn seeds() -> Vec<Vec<u8>> {
    let line: Vec<u8> = [1, 30].into_iter().chain(0..30).chain([0, 2, 0xFF, 0xFE]).collect();
    let twice = [&line[..], &line].concat();
    let modes = (0..16).map(|mode| [&[mode * 2][..], &twice].concat());
    let whose = (0..5).flat_map(|whose| [0, 2].map(|mode| [&[whose, mode][..], &twice].concat()));
    modes.chain(whose).collect()
}

/// Transmissions of each line.
pub fn chip_seeds() -> Vec<Vec<u8>> {
    let sent = [&[3, 0, 20][..], &[0x5A; 20], &[1, 1]].concat();
    (0..12).map(|choice| [&[choice][..], &sent, &sent, &sent].concat()).collect()
}
