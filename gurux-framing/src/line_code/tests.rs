use std::string::String;
use std::vec::Vec;

use proptest::collection::vec;
use proptest::prelude::*;

use super::{Catch, Catcher, ChipSink, Chips, Line, LineCode, LinkMode};
use crate::{WireError, WireErrorKind};

const CODES: [LineCode; 3] = [LineCode::Manchester, LineCode::ThreeOfSix, LineCode::Nrz];

fn frame(line: &Line, telegram_len: usize) -> Vec<u8> {
    let header = [0, 0x44, 0xAE, 0x0C, 0x78, 0x56, 0x34, 0x12, 0x01, 0x07];
    let content = (10..telegram_len).map(|at| (at * 29) as u8);
    let mut telegram: Vec<u8> = header.into_iter().chain(content).collect();
    telegram[0] = telegram_len as u8 - 1;
    let mut out = [0; 290];
    let len = line.format.wrap(&telegram, &mut out).unwrap();
    out[..len].to_vec()
}

/// Chips as a text of 0 and 1.
fn text(chips: Chips<'_>) -> String {
    (0..chips.len()).map(|at| if chips.word(at, 1) == Some(1) { '1' } else { '0' }).collect()
}

fn packed(text: &str) -> (Vec<u8>, usize) {
    let mut out = std::vec![0; text.len().div_ceil(8)];
    let mut sink = ChipSink::new(&mut out);
    for chip in text.chars() {
        sink.put(u32::from(chip == '1'), 1);
    }
    (out, text.len())
}

fn sent(line: &Line, frame: &[u8]) -> String {
    let mut out = [0xFF; 1024];
    let chips = line.emit(frame, &mut out).unwrap();
    assert_eq!(chips, line.chips(frame.len()));
    text(Chips::new(&out, chips))
}

/// What was caught: the frame and its line, or how many octets of a spoilt one and why.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Caught {
    Frame(&'static str, Vec<u8>),
    Spoilt(&'static str, usize, WireError),
}

/// What is caught of chips that come with ends at these places, then no more.
fn caught(lines: &'static [Line], chips: &str, ends: impl Iterator<Item = usize>) -> Vec<Caught> {
    let (octets, len) = packed(chips);
    let catcher = Catcher::new(lines);
    let (mut found, mut start) = (Vec::new(), 0);
    for (end, silent) in ends.map(|end| (end, false)).chain([(len, true)]) {
        loop {
            let buffer = Chips::new(&octets, end.max(start)).skip(start);
            if buffer.is_empty() {
                break;
            }
            let mut room = [0; Catcher::ROOM_LEN];
            let catch = match silent {
                false => catcher.catch(buffer, &mut room),
                true => catcher.finish(buffer, &mut room),
            };
            let used = match catch {
                Catch::NeedMore { at_least } => {
                    assert!(!silent && at_least > buffer.len());
                    break;
                }
                Catch::Frame { frame, line, used } => {
                    found.push(Caught::Frame(line.name, frame.to_vec()));
                    used
                }
                Catch::Spoilt { octets, line, used, why } => {
                    found.push(Caught::Spoilt(line.name, octets.len(), why.at(start)));
                    used
                }
                Catch::Skip { used, .. } => used,
            };
            assert!(used > 0 && used <= buffer.len());
            start += used;
        }
    }
    assert_eq!(start, len);
    found
}

fn all_at_once(lines: &'static [Line], chips: &str) -> Vec<Caught> {
    caught(lines, chips, [chips.len()].into_iter())
}

#[test]
fn each_octet_has_its_chips() {
    // Silicon Labs C8051F96x data sheet, tables 15.2 and 15.4.
    for (code, octet, chips) in [
        (LineCode::Manchester, 0x00, 0xAAAA),
        (LineCode::Manchester, 0x1F, 0xA955),
        (LineCode::Manchester, 0x84, 0x6A9A),
        (LineCode::ThreeOfSix, 0x01, 0b010110_001101),
        (LineCode::ThreeOfSix, 0xF8, 0b101001_101100),
        (LineCode::Nrz, 0xC5, 0xC5),
    ] {
        assert_eq!(code.encoded(octet), chips, "{code:?} {octet:02X}");
    }
    for code in CODES {
        let mut known = Vec::new();
        for octet in 0..=u8::MAX {
            assert_eq!(code.decoded(code.encoded(octet)), Ok(octet), "{code:?}");
            known.push(code.encoded(octet));
        }
        let all = 1_u32 << code.chips_per_octet();
        let decodable = (0..all).filter(|chips| code.decoded(*chips as u16).is_ok()).count();
        assert_eq!(decodable, 256, "{code:?}");
        for octet in known {
            assert!(code == LineCode::Nrz || code.encoded(0).count_ones() == octet.count_ones());
        }
    }
}

#[test]
fn a_wrong_chip_is_located() {
    assert_eq!(LineCode::Manchester.decoded(0xAAAA ^ 1 << 9), Err(6));
    assert_eq!(LineCode::Manchester.decoded(0xAAAA ^ 1 << 15), Err(0));
    assert_eq!(LineCode::ThreeOfSix.decoded(0b010110_001101 ^ 1), Err(6));
    assert_eq!(LineCode::ThreeOfSix.decoded(0b010101_001101), Err(0));
    let mut out = [0; 2];
    let chips = [0b0101_1000, 0b1101_0101, 0b1000_1100];
    let why = LineCode::ThreeOfSix.decode(Chips::new(&chips, 24), &mut out).unwrap_err();
    assert_eq!((why.0, why.1.offset), (1, 18));
    let why = LineCode::Nrz.decode(Chips::new(&chips, 15), &mut out).unwrap_err();
    assert_eq!(why.1.kind, WireErrorKind::Truncated { needed: 16, available: 15 });
}

#[test]
fn a_transmission_begins_and_ends_as_its_mode_says() {
    let begins = |line: &Line, text: &str| {
        let sent = sent(line, &frame(line, 20));
        assert!(sent.starts_with(text), "{}: {sent}", line.name);
        sent
    };
    let turns = |pairs: usize| "01".repeat(pairs);
    let manchester = |length: u8| {
        (0..8).rev().map(|bit| if length >> bit & 1 == 1 { "01" } else { "10" }).collect::<String>()
    };
    begins(&Line::S, &(turns(279) + "000111011010010110" + &manchester(19)));
    let sent = begins(&Line::T, &(turns(19) + "0000111101" + "001101" + "001011"));
    assert_eq!(sent.len() % 8, 0);
    let (frame, behind) = sent.split_at(48 + 12 * 24);
    let first = if frame.ends_with('1') { "01" } else { "10" };
    assert_eq!(behind, first.repeat(behind.len() / 2));
    assert!((2..=8).contains(&behind.len()));
    begins(&Line::C_A, &(turns(16) + "01010100001111010101010011001101" + "00010011"));
    begins(&Line::C_B, &(turns(16) + "01010100001111010101010000111101" + "00010101"));
    begins(&Line::N_A, &(turns(8) + "1111011010001101"));
    begins(&Line::F_B, &(turns(39) + "1111011001110010"));
}

#[test]
fn every_line_is_caught_behind_noise_at_any_place() {
    for line in Line::ALL {
        let lines = core::slice::from_ref(line);
        for telegram_len in [10, 11, 50, 250] {
            let frame = frame(line, telegram_len);
            let sent = sent(line, &frame);
            for noise in ["", "1", "0010", "111000110", "0000000000000000000000000000001"] {
                let chips = [noise, &sent, noise, &sent].concat();
                let expected = Caught::Frame(line.name, frame.clone());
                let expected = [expected.clone(), expected];
                assert_eq!(all_at_once(lines, &chips), expected, "{}", line.name);
                for piece_len in [7, 64, 1000] {
                    let ends = (0..=chips.len()).step_by(piece_len);
                    assert_eq!(caught(lines, &chips, ends), expected, "{}", line.name);
                }
            }
        }
    }
}

#[test]
fn modes_t_and_c_are_told_apart() {
    let lines = Line::T_AND_C;
    let (mut chips, mut expected) = (String::new(), Vec::new());
    for line in lines.iter().chain(lines.iter().rev()) {
        let frame = frame(line, 33);
        chips += &sent(line, &frame);
        chips += "0011";
        expected.push(Caught::Frame(line.name, frame));
    }
    assert_eq!(all_at_once(lines, &chips), expected);
    assert_eq!(caught(lines, &chips, 0..=chips.len()), expected);
}

#[test]
fn a_zero_before_the_synchronisation_word_is_let_pass() {
    for line in Line::T_AND_C {
        let frame = frame(line, 20);
        let sent = sent(line, &frame);
        let (preamble, rest) = sent.split_at(38);
        let chips = [preamble, "0", rest].concat();
        assert_eq!(all_at_once(Line::T_AND_C, &chips), [Caught::Frame(line.name, frame)]);
    }
}

#[test]
fn a_spoilt_frame_is_told_of_and_a_true_one_in_it_found() {
    let frame = frame(&Line::T, 60);
    let sent = sent(&Line::T, &frame);
    let mut chips: Vec<u8> = sent.clone().into_bytes();
    // The second six of octet 40.
    let at = 48 + 40 * 12 + 6;
    chips[at] ^= 1;
    let mut stream = String::from_utf8(chips).unwrap();
    let found = all_at_once(&[Line::T], &stream);
    let [Caught::Spoilt("T, from the meter", 40, why)] = &found[..] else { panic!("{found:?}") };
    assert_eq!(why.offset, at);
    // The rest of it was lost; another came.
    stream.truncate(300);
    stream += &sent;
    let found = all_at_once(&[Line::T], &stream);
    let [Caught::Spoilt(..), Caught::Frame(_, caught)] = &found[..] else { panic!("{found:?}") };
    assert_eq!(*caught, frame);
}

#[test]
fn a_check_sum_that_does_not_fit_is_told_at_its_chip() {
    let mut spoilt = frame(&Line::C_A, 40);
    spoilt[20] ^= 1;
    let good = frame(&Line::C_A, 40);
    let mut chips = sent(&Line::C_A, &good);
    let start = 64;
    let octet = (0..8).rev().map(|bit| char::from(b'0' + (spoilt[20] >> bit & 1)));
    chips.replace_range(start + 160..start + 168, &octet.collect::<String>());
    let found = all_at_once(Line::T_AND_C, &chips);
    let [Caught::Spoilt(_, len, why)] = &found[..] else { panic!("{found:?}") };
    assert_eq!((*len, why.offset), (good.len(), start + 28 * 8));
    let (octets, chips) = packed(&chips);
    let mut room = [0; Catcher::ROOM_LEN];
    let catch = Catcher::new(Line::T_AND_C).catch(Chips::new(&octets, chips), &mut room);
    let Catch::Spoilt { octets, line, .. } = catch else { panic!() };
    let salvaged = line.format.salvage(octets, &mut [0; 256]).map(|found| found.telegram.len());
    assert_eq!(salvaged, Ok(10));
}

#[test]
fn a_frame_of_another_format_is_not_sent() {
    let mut out = [0; 512];
    let frame = frame(&Line::C_B, 30);
    assert!(Line::C_A.emit(&frame, &mut out).is_err());
    assert!(Line::C_B.emit(&[&frame[..], &[0]].concat(), &mut out).is_err());
    let needed = Line::C_B.chips(frame.len()).div_ceil(8);
    assert!(Line::C_B.emit(&frame, &mut out[..needed - 1]).is_err());
    assert!(Line::C_B.emit(&frame, &mut out[..needed]).is_ok());
}

#[test]
fn names_of_modes() {
    for (name, mode) in [
        (&b"T1"[..], Some(LinkMode::T)),
        (b"C", Some(LinkMode::C)),
        (b"N2a", Some(LinkMode::N)),
        (b"X1", None),
        (b"T12", None),
        (b"S1;", None),
        (b"", None),
    ] {
        assert_eq!(LinkMode::from_name(name), mode);
    }
}

proptest! {
    #[test]
    fn any_chips_in_any_pieces(
        octets in vec(any::<u8>(), 0..120),
        cut in 0..900_usize,
        preambles: bool,
    ) {
        let mut chips = text(Chips::new(&octets, octets.len() * 8));
        if preambles {
            // Noise that hurts: a synchronisation word at every tenth octet.
            chips = chips.as_bytes().chunks(80).map(|chunk| {
                let noise = core::str::from_utf8(chunk).unwrap();
                ["0101010101010000111101", noise].concat()
            }).collect();
        }
        for lines in [Line::T_AND_C, Line::N, &[Line::S]] {
            let whole = all_at_once(lines, &chips);
            prop_assert_eq!(&caught(lines, &chips, 0..=chips.len()), &whole);
            prop_assert_eq!(&caught(lines, &chips, [cut.min(chips.len())].into_iter()), &whole);
        }
    }

    #[test]
    fn what_is_coded_is_decoded(octets in vec(any::<u8>(), 0..40), before in 0..9_usize) {
        for code in CODES {
            let mut room = [0; 100];
            let mut sink = ChipSink::new(&mut room);
            sink.put(0, before);
            code.encode(&octets, &mut sink);
            let (len, overrun) = (sink.len(), sink.is_overrun());
            prop_assert!(!overrun && len == before + octets.len() * code.chips_per_octet());
            let mut back = std::vec![0; octets.len()];
            prop_assert!(code.decode(Chips::new(&room, len).skip(before), &mut back).is_ok());
            prop_assert_eq!(&back, &octets);
        }
    }

    #[test]
    fn words_are_read_wherever_they_begin(octets in vec(any::<u8>(), 0..12), at in 0..80_usize, count in 0..33_usize) {
        let chips = Chips::new(&octets, octets.len() * 8);
        let slow = octets.iter().flat_map(|octet| (0..8).rev().map(move |bit| octet >> bit & 1));
        let slow: Vec<u8> = slow.skip(at).take(count).collect();
        let word = (slow.len() == count && at <= chips.len())
            .then(|| slow.iter().fold(0_u32, |word, chip| word << 1 | u32::from(*chip)));
        prop_assert_eq!(chips.word(at, count), word);
    }
}
