//! `tests/vectors/framing/receivers.txt`: each line cut whole, octet by octet, in two at every place,
//! and with noise in front; each reception opened, and its CRCs taken off.

#![expect(clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]

use gurux_framing::Step;
use gurux_framing::receiver::{
    Amb8465, Cul, HexLines, Im871a, ROOM_LEN, Receiver, Reception, RtlWmbus,
};
use gurux_framing::wireless::{FrameFormat, Wireless};

static VECTORS: &str = include_str!("../../tests/vectors/framing/receivers.txt");

fn receiver(form: &str) -> Box<dyn Receiver> {
    match form {
        "rtl" => Box::new(RtlWmbus::new()),
        "cul" => Box::new(Cul::new()),
        "im871a" => Box::new(Im871a::new()),
        "amb" => Box::new(Amb8465::new()),
        "amb-mute" => Box::new(Amb8465::new().with_rssi(false)),
        "hex" => Box::new(HexLines::new()),
        "alone" => Box::new(Wireless::detecting()),
        _ => panic!("form {form}"),
    }
}

fn octets(text: &str) -> Vec<u8> {
    let mut octets = Vec::new();
    for (index, part) in text.split('"').enumerate() {
        if index % 2 == 1 {
            octets.extend(part.replace("\\r", "\r").replace("\\n", "\n").into_bytes());
        } else {
            let digits: Vec<u32> = part.chars().filter_map(|c| c.to_digit(16)).collect();
            octets
                .extend(digits.chunks(2).map(|pair| pair.iter().fold(0, |n, d| n << 4 | *d as u8)));
        }
    }
    octets
}

/// A reception as it stands in the file.
fn told(reception: &Reception<'_>) -> String {
    let format = match reception.format {
        FrameFormat::A => "A",
        FrameFormat::B => "B",
        FrameFormat::NoCrc => "none",
    };
    let mode = reception.mode.map_or("-".to_owned(), |mode| mode.to_string());
    let crcs = match reception.crc_ok {
        None => "-",
        Some(true) => "good",
        Some(false) => "bad",
    };
    let strength = match reception.rssi {
        None => "-".to_owned(),
        Some(rssi) => rssi.dbm.map_or(rssi.raw.to_string(), |dbm| format!("{dbm}dBm")),
    };
    let octets: String = reception.octets.iter().map(|octet| format!("{octet:02X}")).collect();
    let mut room = [0; 256];
    // What has its CRCs, and good ones, opens.
    let spoilt = reception.format != FrameFormat::NoCrc && reception.crc_ok == Some(false);
    assert_eq!(reception.telegram(&mut room).is_err(), spoilt);
    assert!(reception.salvage(&mut room).is_ok());
    format!("{format} {mode} {crcs} {strength} {octets}")
}

/// What comes out of a stream that arrives with ends at these places, then falls silent.
fn cut(form: &str, stream: &[u8], ends: impl Iterator<Item = usize>) -> Vec<String> {
    let mut receiver = receiver(form);
    let (mut found, mut start) = (Vec::new(), 0);
    for (end, silent) in ends.map(|end| (end, false)).chain([(stream.len(), true)]) {
        loop {
            let buffer = &stream[start..end.max(start)];
            let step = if silent { receiver.finish(buffer) } else { receiver.deframe(buffer) };
            match step {
                Step::NeedMore { at_least } => {
                    assert!(at_least > buffer.len() && at_least <= receiver.max_len());
                    break;
                }
                Step::Frame { frame, used } => {
                    start += used;
                    let mut room = [0; ROOM_LEN];
                    found.push(match receiver.open(frame, &mut room) {
                        Ok(reception) => told(&reception),
                        Err(_) => "other".to_owned(),
                    });
                }
                Step::Skip { used, why } => {
                    assert!(used > 0 && used <= buffer.len() && why.offset <= buffer.len());
                    start += used;
                }
            }
        }
    }
    assert_eq!(start, stream.len());
    found
}

#[test]
fn every_line_is_cut_and_opened() {
    let mut count = 0;
    for line in VECTORS.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (left, right) = line.split_once(" = ").unwrap();
        let (form, stream) = left.split_once(": ").unwrap();
        let (form, stream) = (form.trim(), octets(stream));
        let expected: Vec<&str> =
            if right == "nothing" { Vec::new() } else { right.split(", ").collect() };

        assert_eq!(cut(form, &stream, [stream.len()].into_iter()), expected, "{line}");
        assert_eq!(cut(form, &stream, 0..=stream.len()), expected, "singly: {line}");
        for end in 0..stream.len() {
            assert_eq!(cut(form, &stream, [end].into_iter()), expected, "cut at {end}: {line}");
        }
        // Octets that begin nothing in any of them, and end a line.
        let noisy = [&[0x07; 9][..], b"\n", &stream].concat();
        assert_eq!(cut(form, &noisy, [noisy.len()].into_iter()), expected, "behind noise: {line}");
        count += 1;
    }
    assert!(count > 25, "{count} lines");
}

#[test]
fn the_time_of_a_reception() {
    use gurux_framing::receiver::Time;

    let mut room = [0; ROOM_LEN];
    let line = b"T1;1;1;2024-02-11 16:00:00.000;97;148;12345678;0x0944ae0c785634120107\n";
    let reception = RtlWmbus::new().open(line, &mut room).unwrap();
    assert_eq!(reception.time, Some(Time::Text("2024-02-11 16:00:00.000")));
    let message =
        [0xA5, 0x22, 3, 9, 0x44, 0xAE, 0x0C, 0x78, 0x56, 0x34, 0x12, 0x01, 0x07, 4, 3, 2, 1];
    let reception = Im871a::new().open(&message, &mut room).unwrap();
    assert_eq!(reception.time, Some(Time::Count(0x0102_0304)));
}

#[test]
fn a_line_without_an_end_is_dropped_and_the_next_is_found() {
    let line = b"b0A44AE0C785634120107A1B278\r\n";
    for len in [1023, 1024, 1025, 3000, 5000] {
        let stream = [&vec![b'0'; len], &b"\n"[..], line].concat();
        for piece_len in [1, 100, 10_000] {
            let ends = (0..=stream.len()).step_by(piece_len);
            assert_eq!(cut("cul", &stream, ends).len(), 1, "{len} in {piece_len}");
        }
    }
}
