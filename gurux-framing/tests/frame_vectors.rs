//! `tests/vectors/framing/rules.txt`: each line cut whole, octet by octet, in two at every place,
//! and with noise in front; each frame opened and wrapped again.

#![expect(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test may fail")]

use gurux_framing::rule::{Boundary, EndMarker, FrameRule, RuleDeframer, Then};
use gurux_framing::rules::{c12_18, dlt645, ft12, iec62056_21, mbap, p1, sml, wrapper};
use gurux_framing::{Deframe, Piece, Step, pieces};

static VECTORS: &str = include_str!("../../tests/vectors/framing/rules.txt");

fn rules(name: &str) -> &'static [FrameRule] {
    match name {
        "ft12-mbus" => ft12::MBUS,
        "ft12-102" => ft12::IEC_60870_5_102,
        "dlt645" => dlt645::RULES,
        "wrapper" => wrapper::RULES,
        "mbap" => mbap::RULES,
        "sml" => sml::RULES,
        "p1" => p1::RULES,
        "iec-idle" => iec62056_21::METER_IDLE,
        "iec-ident" => iec62056_21::METER_IDENTIFIED,
        "iec-sign" => iec62056_21::READER_SIGN_ON,
        "iec-data" => iec62056_21::READER_DATA,
        "iec-prog" => iec62056_21::METER_PROGRAMMING,
        "iec-moded" => iec62056_21::READER_MODE_D,
        "c12.18" => c12_18::RULES,
        _ => panic!("rules {name}"),
    }
}

/// Hexadecimal digits and quoted texts.
fn octets(text: &str) -> Vec<u8> {
    let mut octets = Vec::new();
    for (index, part) in text.split('"').enumerate() {
        if index % 2 == 1 {
            octets.extend(unquoted(part));
        } else {
            let digits: Vec<u32> = part.chars().filter_map(|c| c.to_digit(16)).collect();
            octets
                .extend(digits.chunks(2).map(|pair| pair.iter().fold(0, |n, d| n << 4 | *d as u8)));
        }
    }
    octets
}

fn unquoted(text: &str) -> Vec<u8> {
    let mut letters = text.bytes();
    let mut octets = Vec::new();
    while let Some(letter) = letters.next() {
        octets.push(match letter {
            b'\\' => match letters.next() {
                Some(b'r') => b'\r',
                Some(b'n') => b'\n',
                Some(b'\\') => b'\\',
                Some(b'x') => {
                    let mut digit = || {
                        letters.next().and_then(|d| char::from(d).to_digit(16)).unwrap_or(0) as u8
                    };
                    digit() << 4 | digit()
                }
                other => panic!("escape {other:?}"),
            },
            letter => letter,
        });
    }
    octets
}

/// A piece as it stands in the file.
#[derive(Debug, PartialEq)]
enum Expected {
    Frame { head: Vec<u8>, content: Vec<u8> },
    Noise(usize),
}

fn expected(text: &str) -> Vec<Expected> {
    let piece = |text: &str| match text.trim().split_once(' ') {
        Some(("noise", count)) => Expected::Noise(count.parse().unwrap()),
        Some(("frame", rest)) => {
            let (head, content) = rest.split_once(' ').unwrap();
            Expected::Frame { head: octets(head), content: octets(content) }
        }
        _ => panic!("piece {text}"),
    };
    text.split(", ").map(piece).collect()
}

fn opened(rules: &[FrameRule], index: usize, frame: &[u8]) -> Expected {
    let mut room = [0; 512];
    let opened = rules[index].open(frame, &mut room).unwrap();
    Expected::Frame { head: opened.head.as_slice().to_vec(), content: opened.content.to_vec() }
}

/// What comes out of a stream that arrives with ends at these places, then falls silent.
fn cut(rules: &[FrameRule], stream: &[u8], ends: impl Iterator<Item = usize>) -> Vec<Expected> {
    let mut deframer = RuleDeframer::new(rules);
    let (mut found, mut start) = (Vec::new(), 0);
    for (end, silent) in ends.map(|end| (end, false)).chain([(stream.len(), true)]) {
        loop {
            let buffer = &stream[start..end.max(start)];
            let step = if silent { deframer.finish(buffer) } else { deframer.deframe(buffer) };
            match step {
                Step::NeedMore { .. } => break,
                Step::Frame { frame, used } => {
                    start += used;
                    found.push(opened(rules, deframer.rule_index(), frame));
                }
                Step::Skip { used, .. } => {
                    start += used;
                    match found.last_mut() {
                        Some(Expected::Noise(count)) => *count += used,
                        _ => found.push(Expected::Noise(used)),
                    }
                }
            }
        }
    }
    assert_eq!(start, stream.len());
    found
}

#[test]
fn every_line_is_cut_opened_and_wrapped_again() {
    let mut count = 0;
    for line in VECTORS.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (left, right) = line.split_once(" = ").unwrap();
        let (name, stream) = left.split_once(" : ").unwrap();
        let (rules, stream, expected) = (rules(name.trim()), octets(stream), expected(right));

        assert_eq!(cut(rules, &stream, [stream.len()].into_iter()), expected, "{line}");
        assert_eq!(cut(rules, &stream, 0..=stream.len()), expected, "singly: {line}");
        for end in 0..stream.len() {
            assert_eq!(cut(rules, &stream, [end].into_iter()), expected, "cut at {end}: {line}");
        }
        // An octet that begins nothing in any of them.
        let mut noisy = vec![0xA7; 9];
        noisy.extend_from_slice(&stream);
        let found = cut(rules, &noisy, [noisy.len()].into_iter());
        let frames = |pieces: &[Expected]| {
            pieces.iter().filter(|piece| matches!(piece, Expected::Frame { .. })).count()
        };
        assert_eq!(frames(&found), frames(&expected), "behind noise: {line}");

        for piece in pieces(RuleDeframer::new(rules), &stream) {
            let Piece::Frame { frame, .. } = piece else { continue };
            let rule = rules.iter().find(|rule| rule.check_in(frame).is_ok()).unwrap();
            let mut room = [0; 512];
            let opened = rule.open(frame, &mut room).unwrap();
            let mut wrapped = [0; 512];
            let len = rule.wrap(opened.head.as_slice(), opened.content, &mut wrapped).unwrap();
            // What has several forms is written in one: the sum in full, ETX, X-25.
            let mut room = [0; 512];
            assert_eq!(rule.open(&wrapped[..len], &mut room).unwrap().content, opened.content);
            if len == frame.len() && rule.check_in(frame) == rule.check_in(&wrapped[..len]) {
                let one_form = rule.name != iec62056_21::DATA.name;
                assert!(!one_form || wrapped[..len] == *frame, "{line}");
            }
            for end in 0..frame.len() {
                // The last line of a capture may lack its end.
                let lines = matches!(
                    rule.boundary,
                    Boundary::Marker(EndMarker { then: Then::Line(_), .. })
                );
                assert!(rule.check_in(&frame[..end]).is_err() || lines, "{line}");
            }
        }
        count += 1;
    }
    assert!(count > 30, "{count} lines");
}
