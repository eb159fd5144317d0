use std::vec::Vec;

use proptest::collection::vec;
use proptest::prelude::*;

use super::{
    FrameFormat, MAX_LEN, MAX_TELEGRAM_LEN, MIN_LENGTH, Salvaged, Wireless, detect, strip,
};
use crate::checksum::{Checksum, Rocksoft};
use crate::{Deframe, Piece, Step, WireError, WireErrorKind, laws, pieces};

const FORMATS: [FrameFormat; 3] = [FrameFormat::A, FrameFormat::B, FrameFormat::NoCrc];

/// A telegram of so many octets: SND-NR of a meter, and something in it.
fn telegram(len: usize) -> Vec<u8> {
    let header = [(len - 1) as u8, 0x44, 0xAE, 0x0C, 0x78, 0x56, 0x34, 0x12, 0x01, 0x07];
    let content = (10..len).map(|at| (at * 31 + len) as u8);
    header.into_iter().chain(content).collect()
}

fn wrapped(format: FrameFormat, telegram: &[u8]) -> Vec<u8> {
    let mut out = [0; MAX_LEN];
    let len = format.wrap(telegram, &mut out).unwrap();
    out[..len].to_vec()
}

/// The second way: blocks cut out of a list, sums by long division.
fn by_hand(first: usize, further: usize, telegram: &[u8]) -> Vec<u8> {
    let crc = Checksum::Rocksoft(Rocksoft {
        width: 16,
        poly: 0x3D65,
        init: 0,
        refin: false,
        refout: false,
        xorout: 0xFFFF,
    });
    let (head, tail) = telegram.split_at(first.min(telegram.len()));
    let mut frame = Vec::new();
    for block in core::iter::once(head).chain(tail.chunks(further)) {
        frame.extend(block);
        frame.extend((crc.of(block) as u16).to_be_bytes());
    }
    frame
}

#[test]
fn frames_of_every_length_agree_with_a_second_way() {
    for len in 10..=MAX_TELEGRAM_LEN {
        let telegram = telegram(len);
        assert_eq!(wrapped(FrameFormat::A, &telegram), by_hand(10, 16, &telegram));
        let mut counted = telegram.clone();
        let sums = if len > 126 { 4 } else { 2 };
        if len + sums > 256 {
            let refused = FrameFormat::B.wrap(&telegram, &mut [0; MAX_LEN]);
            assert_eq!(refused.map_err(|why| why.kind), Err(WireErrorKind::Limit { max: 252 }));
            continue;
        }
        counted[0] += sums as u8;
        assert_eq!(wrapped(FrameFormat::B, &telegram), by_hand(126, 126, &counted));
    }
}

#[test]
fn every_length_is_told_apart_proven_and_stripped() {
    for len in 10..=MAX_TELEGRAM_LEN {
        let telegram = telegram(len);
        for format in FORMATS {
            if format == FrameFormat::B && len > 252 {
                continue;
            }
            let mut frame = wrapped(format, &telegram);
            assert_eq!(format.wrapped_len(len), frame.len());
            assert_eq!(format.frame_len(frame[0]), Some(frame.len()));
            assert_eq!(format.telegram_len(frame[0]), Some(len));
            assert_eq!(detect(&frame), Some(format), "{len} octets");
            // A strength of signal, a check sum of the receiver, the content again.
            frame.extend([0x80, 0x12, 0x34, 0x78, 0x0B, 0x13]);
            assert_eq!(detect(&frame), Some(format), "{len} octets and what follows");
            let mut room = [0xEE; MAX_TELEGRAM_LEN];
            assert_eq!(format.strip(&frame, &mut room[..len]), Ok(&telegram[..]));
            assert_eq!(format.check(&frame), Ok(frame.len() - 6));
            assert_eq!(strip(&frame, &mut room), Ok((format, &telegram[..])));
            for offset in 1..len {
                assert_eq!(frame[format.offset_in_frame(offset)], telegram[offset]);
            }
        }
    }
}

#[test]
fn a_length_that_no_frame_says_is_refused() {
    for length in 0..=u8::MAX {
        let [a, b, none] = FORMATS.map(|format| format.telegram_len(length).is_some());
        assert_eq!(a, length >= MIN_LENGTH);
        assert_eq!(none, a);
        // 129 and 130 octets: two sums, the second over nothing.
        assert_eq!(b, length >= 11 && !matches!(length, 128 | 129), "{length}");
    }
    let short = [0x08, 0x44, 0xAE, 0x0C, 0x78, 0x56, 0x34, 0x12, 0x01, 0x12, 0x34];
    let why = FrameFormat::A.strip(&short, &mut [0; 16]).unwrap_err();
    assert_eq!(why.kind, WireErrorKind::Range { found: 8, min: 9, max: 255 });
    assert_eq!(detect(&short), None);
    assert_eq!(detect(&[]), None);
}

#[test]
fn the_blocks_before_a_spoilt_one_are_salvaged() {
    let telegram = telegram(63);
    let whole = wrapped(FrameFormat::A, &telegram);
    for at in 0..whole.len() {
        let mut frame = whole.clone();
        frame[at] ^= 0x04;
        let mut room = [0; MAX_TELEGRAM_LEN];
        let salvaged = FrameFormat::A.salvage(&frame, &mut room);
        let (good, sum_at) = match at {
            // L says the spoilt length, but the first sum goes over it too.
            0..12 => {
                assert_eq!(salvaged.unwrap_err().offset, 10);
                continue;
            }
            12..30 => (10, 28),
            30..48 => (26, 46),
            48..66 => (42, 64),
            _ => (58, 71),
        };
        let Salvaged { telegram: found, fault } = salvaged.unwrap();
        assert_eq!(found, &telegram[..good], "octet {at}");
        let WireError { offset, kind: WireErrorKind::Checksum { .. }, .. } = fault.unwrap() else {
            panic!("octet {at}");
        };
        assert_eq!(offset, sum_at, "octet {at}");
        assert!(FrameFormat::A.strip(&frame, &mut [0; 256]).is_err());
        assert_eq!(strip(&frame, &mut [0; 256]).map_err(|why| why.offset), Err(sum_at));
        // It is still told apart from what has no sums.
        assert_eq!(detect(&frame), Some(FrameFormat::A));
    }
    for len in 0..whole.len() {
        let mut room = [0; MAX_TELEGRAM_LEN];
        let salvaged = FrameFormat::A.salvage(&whole[..len], &mut room);
        assert_eq!(salvaged.is_ok(), len >= 12, "{len}");
        assert!(salvaged.map_or(true, |found| found.fault.unwrap().is_truncated()));
    }
}

#[test]
fn the_first_half_of_a_spoilt_long_frame_of_format_b_is_salvaged() {
    let telegram = telegram(200);
    let mut frame = wrapped(FrameFormat::B, &telegram);
    frame[150] ^= 1;
    let mut room = [0; MAX_TELEGRAM_LEN];
    let salvaged = FrameFormat::B.salvage(&frame, &mut room).unwrap();
    assert_eq!(salvaged.telegram, &telegram[..126]);
    assert_eq!(salvaged.fault.unwrap().offset, 202);
    assert_eq!(detect(&frame), Some(FrameFormat::B));
}

/// Wherever an octet of a frame of format A is wrong but its length, it is of format A.
#[test]
fn a_spoilt_first_block_makes_no_telegram_without_sums() {
    let frame = wrapped(FrameFormat::A, &telegram(60));
    for place in 1..frame.len() {
        let mut frame = frame.clone();
        frame[place] ^= 0x40;
        assert_eq!(detect(&frame), Some(FrameFormat::A), "octet {place}");
        let mut room = [0; MAX_TELEGRAM_LEN];
        assert!(FrameFormat::A.strip(&frame, &mut room).is_err());
    }
}

#[test]
fn what_is_no_telegram_is_not_wrapped() {
    let mut out = [0; MAX_LEN];
    let mut wrap = |telegram: &[u8]| FrameFormat::A.wrap(telegram, &mut out).unwrap_err().kind;
    assert!(matches!(wrap(&[]), WireErrorKind::Truncated { .. }));
    assert!(matches!(wrap(&[2, 0x44, 0]), WireErrorKind::Truncated { .. }));
    assert_eq!(wrap(&[0x44; 12]), WireErrorKind::Length { declared: 0x44, available: 11 });
    let telegram = telegram(30);
    for format in FORMATS {
        let len = format.wrapped_len(30);
        let why = format.wrap(&telegram, &mut [0; MAX_LEN][..len - 1]).unwrap_err();
        assert_eq!(why.kind, WireErrorKind::Limit { max: len - 1 });
        let frame = wrapped(format, &telegram);
        let why = format.strip(&frame, &mut [0; 29]).unwrap_err();
        assert_eq!(why.kind, WireErrorKind::Limit { max: 29 });
    }
}

#[test]
fn each_octet_is_explained() {
    for len in [10, 11, 26, 27, 126, 127, 200] {
        for format in FORMATS {
            let frame = wrapped(format, &telegram(len));
            let range = 7..7 + frame.len();
            format.explain(&frame, 7, laws::RangesWithin::new(range)).unwrap();
        }
    }
}

/// Frames and the octets that are none, of a stream that comes in pieces of this length.
fn cut(mut wireless: Wireless, stream: &[u8], piece_len: usize) -> (Vec<Vec<u8>>, usize) {
    let (mut found, mut dropped, mut start, mut end) = (Vec::new(), 0, 0, 0);
    while start < stream.len() {
        let silent = end == stream.len();
        let buffer = &stream[start..end];
        let step = if silent { wireless.finish(buffer) } else { wireless.deframe(buffer) };
        match step {
            Step::NeedMore { at_least } => {
                assert!(!silent && at_least > end - start && at_least <= wireless.max_len());
                end = stream.len().min(end + piece_len);
            }
            Step::Frame { frame, used } => {
                let mut room = [0; MAX_TELEGRAM_LEN];
                found.push(wireless.format().strip(frame, &mut room).unwrap().to_vec());
                start += used;
            }
            Step::Skip { used, .. } => {
                assert!(used > 0);
                dropped += used;
                start += used;
            }
        }
    }
    (found, dropped)
}

#[test]
fn a_stream_is_cut_in_each_format() {
    for format in FORMATS {
        let stream: Vec<u8> = [30, 10, 140, 200]
            .into_iter()
            .flat_map(|len| wrapped(format, &telegram(len)))
            .collect();
        let whole = [30, 10, 140, 200].map(telegram).to_vec();
        for deframer in [Wireless::new(format), Wireless::detecting()] {
            for piece_len in [1, 2, 7, stream.len()] {
                assert_eq!(cut(deframer, &stream, piece_len), (whole.clone(), 0), "{format:?}");
            }
        }
    }
}

#[test]
fn a_frame_inside_a_broken_one_is_found() {
    for format in [FrameFormat::A, FrameFormat::B] {
        let (broken, good) = (wrapped(format, &telegram(90)), wrapped(format, &telegram(40)));
        // The rest of the first was lost.
        let stream = [&[0x55, 0x55], &broken[..20], &good, &good].concat();
        let (found, dropped) = cut(Wireless::new(format), &stream, 3);
        assert_eq!((found, dropped), ([40, 40].map(telegram).to_vec(), 22), "{format:?}");
    }
}

#[test]
fn what_follows_each_frame_is_dropped_when_its_length_is_known() {
    let (one, two) = (telegram(30), telegram(41));
    let stream = [&one[..], &[0xB1], &two, &[0x7F]].concat();
    let wireless = Wireless::new(FrameFormat::NoCrc).with_trailer(1);
    assert_eq!(cut(wireless, &stream, 5), (std::vec![one.clone(), two], 0));
    // A capture may end before it.
    assert_eq!(cut(wireless, &one, 50), (std::vec![one], 0));
}

#[test]
fn a_length_is_believed_only_behind_a_good_first_block() {
    let frame = wrapped(FrameFormat::A, &telegram(60));
    for mut wireless in [Wireless::new(FrameFormat::A), Wireless::detecting()] {
        assert_eq!(wireless.deframe(&frame[..12]), Step::NeedMore { at_least: frame.len() });
    }
    let noise = [0xF0; 13];
    let step = Wireless::new(FrameFormat::A).deframe(&noise);
    assert!(matches!(step, Step::Skip { used: 2, .. }), "{step:?}");
}

#[test]
fn the_skip_tells_which_block_was_spoilt() {
    let mut frame = wrapped(FrameFormat::A, &telegram(60));
    frame[40] ^= 0x10;
    let Step::Skip { why, .. } = Wireless::detecting().deframe(&frame) else { panic!() };
    assert_eq!((why.offset, why.what), (46, "block CRC"));
}

proptest! {
    #[test]
    fn no_octets_bring_it_down(octets in vec(any::<u8>(), 0..300), keep in 0..300_usize) {
        let mut octets = octets;
        for format in FORMATS {
            let mut room = [0; MAX_TELEGRAM_LEN];
            let _ = format.salvage(&octets, &mut room);
            if let Ok(len) = format.check(&octets) {
                prop_assert!(len <= octets.len());
            }
        }
        let _ = detect(&octets);
        octets.extend(wrapped(FrameFormat::A, &telegram(30)));
        octets.truncate(octets.len() - keep.min(octets.len()));
        for wireless in [Wireless::detecting(), Wireless::new(FrameFormat::B)] {
            let whole = cut(wireless, &octets, octets.len());
            prop_assert_eq!(&cut(wireless, &octets, 1), &whole);
            let noise = pieces(wireless, &octets)
                .map(|piece| if let Piece::Noise { octets, .. } = piece { octets.len() } else { 0 });
            prop_assert_eq!(noise.sum::<usize>(), whole.1);
        }
    }

    #[test]
    fn what_is_wrapped_is_stripped(content in vec(any::<u8>(), 0..=242)) {
        let mut telegram = telegram(10 + content.len());
        telegram[10..].copy_from_slice(&content);
        for format in FORMATS {
            let frame = wrapped(format, &telegram);
            let mut room = [0; MAX_TELEGRAM_LEN];
            prop_assert_eq!(format.strip(&frame, &mut room), Ok(&telegram[..]));
            for end in 0..frame.len() {
                prop_assert!(format.strip(&frame[..end], &mut room).is_err());
            }
        }
    }
}
