//! `tests/vectors/framing/chips.txt`: each transmission caught whole and in two at every chip, and made
//! again.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test may fail")]

use gurux_framing::line_code::{Catch, Catcher, Chips, Line};

static VECTORS: &str = include_str!("../../tests/vectors/framing/chips.txt");

fn line(name: &str) -> Line {
    match name {
        "S" => Line::S_SHORT,
        "T" => Line::T,
        "T-to" => Line::T_TO_METER,
        "C-A" => Line::C_A,
        "C-B" => Line::C_B,
        "R" => Line::R,
        "N-A" => Line::N_A,
        "N-B" => Line::N_B,
        "F-A" => Line::F_A,
        "F-B" => Line::F_B,
        _ => panic!("line {name}"),
    }
}

fn octets(text: &str) -> Vec<u8> {
    let pair = |at| u8::from_str_radix(text.get(at..at + 2).unwrap(), 16).unwrap();
    (0..text.len()).step_by(2).map(pair).collect()
}

#[test]
fn every_transmission_is_caught_and_made_again() {
    let mut count = 0;
    for text in VECTORS.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (left, frame) = text.split_once(" = ").unwrap();
        let (name, chips) = left.split_once(": ").unwrap();
        let (line, chips, frame) = (line(name.trim()), octets(chips), octets(frame));
        let lines = [line];
        let catcher = Catcher::new(&lines);
        let all = chips.len() * 8;

        let mut caught_at = None;
        for end in 0..=all {
            let mut room = [0; Catcher::ROOM_LEN];
            match catcher.catch(Chips::new(&chips, end), &mut room) {
                Catch::Frame { frame: caught, used, .. } => {
                    assert_eq!(caught, frame, "{name} in {end} chips");
                    assert_eq!(*caught_at.get_or_insert(end), used, "{name}");
                }
                Catch::NeedMore { at_least } => assert!(at_least > end),
                // Chips before a preamble can be dropped as soon as they are known to be none.
                Catch::Skip { used, .. } => assert!(used < end && caught_at.is_none()),
                Catch::Spoilt { why, .. } => panic!("{name} in {end} chips: {why}"),
            }
        }
        assert!(caught_at.is_some(), "{name}");

        // As text, with the chips before the preamble cut off.
        let mut sent = [0; 512];
        let len = line.emit(&frame, &mut sent).unwrap();
        let text = |octets: &[u8], len| -> String {
            let chips = Chips::new(octets, len);
            (0..len).map(|at| if chips.word(at, 1) == Some(1) { '1' } else { '0' }).collect()
        };
        assert!(text(&chips, all).contains(&text(&sent, len)), "{name}");
        count += 1;
    }
    assert_eq!(count, 10);
}
