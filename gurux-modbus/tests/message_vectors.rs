//! `tests/vectors/modbus/messages.txt`: each frame is cut, opened, told, written again, and carried
//! over every other transport.
#![expect(clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

use std::ops::Range;

use gurux_framing::ascii::{LF, MAX_LEN};
use gurux_framing::rtu::Rtu;
use gurux_framing::{Deframe, Direction, Shown, Step, Visit, Wire};
use gurux_modbus::wire::{Request, Response, ascii, rtu, tcp};

static VECTORS: &str = include_str!("../../tests/vectors/modbus/messages.txt");

/// Writes what a parser tells: `name=value, list=[1 2], records=[{a=1}]`.
#[derive(Default)]
struct Teller {
    told: String,
    /// For each list or group entered: is it a list?
    lists: Vec<bool>,
}

impl Teller {
    fn separate(&mut self) {
        let in_list = self.lists.last() == Some(&true);
        if !self.told.is_empty() && !self.told.ends_with(['[', '{']) {
            self.told.push_str(if in_list { " " } else { ", " });
        }
    }

    fn name(&mut self, name: &str) {
        self.separate();
        if self.lists.last() != Some(&true) {
            self.told.push_str(name);
            self.told.push('=');
        }
    }
}

impl Visit for Teller {
    fn field(&mut self, _: Range<usize>, name: &'static str, value: Shown<'_>) {
        // The unit is the same in all.
        if name == "unit" {
            return;
        }
        self.name(name);
        match value {
            Shown::Code { name: Some(name), .. } => self.told.push_str(name),
            other => self.told.push_str(&other.to_string()),
        }
    }

    fn structure(&mut self, _: Range<usize>, _: &'static str, _: Shown<'_>) {}

    fn enter_group(&mut self, _: usize, name: &'static str) {
        self.name(name);
        self.told.push('{');
        self.lists.push(false);
    }

    fn enter_list(&mut self, _: usize, name: &'static str) {
        self.name(name);
        self.told.push('[');
        self.lists.push(true);
    }

    fn leave(&mut self, _: usize) {
        self.told.push(if self.lists.pop() == Some(true) { ']' } else { '}' });
    }
}

/// The octets, the direction and the reading of a line.
fn vector(line: &str) -> Option<(Vec<u8>, Direction, &str)> {
    let (octets, reading) = line.split_once(" = ")?;
    let octets = octets.split(' ').map(|pair| u8::from_str_radix(pair, 16));
    let (direction, reading) = reading.split_once(' ')?;
    let direction = match direction {
        "request" => Direction::Request,
        "response" => Direction::Response,
        _ => return None,
    };
    Some((octets.collect::<Result<_, _>>().ok()?, direction, reading))
}

/// All that one frame must show: a function for each direction, since the octets that it writes
/// live less long than those that it is given.
macro_rules! check {
    ($check:ident, $Pdu:ident) => {
        fn $check(frame: &[u8], reading: &str) {
            let mut teller = Teller::default();
            let adu = rtu::Adu::<$Pdu<'_>>::explain(frame, 0, &mut teller).unwrap();
            assert_eq!(teller.told, reading);
            assert_eq!(adu, rtu::Adu::from_bytes(frame).unwrap());

            let mut out = [0; 256];
            let len = adu.emit_to_slice(&mut out).unwrap();
            assert_eq!(out[..len], *frame);
            for len in 0..frame.len() {
                assert!(rtu::Adu::<$Pdu<'_>>::from_bytes(&frame[..len]).is_err(), "{len} octets");
            }

            let over_tcp = tcp::Adu::new(0x1503, adu.unit, adu.pdu);
            let mut out = [0; 260];
            let len = over_tcp.emit_to_slice(&mut out).unwrap();
            assert_eq!(tcp::Adu::from_bytes(&out[..len]).unwrap(), over_tcp);
            for len in 0..len {
                assert!(tcp::Adu::<$Pdu<'_>>::from_bytes(&out[..len]).is_err(), "{len} octets");
            }

            let in_ascii = ascii::Adu::new(adu.unit, adu.pdu);
            let (mut out, mut octets) = ([0; MAX_LEN], [0; ascii::OCTETS_LEN]);
            let len = in_ascii.emit_text(LF, &mut out).unwrap();
            assert_eq!(ascii::Adu::from_text(&out[..len], &mut octets).unwrap(), in_ascii);
        }
    };
}

check!(check_request, Request);
check!(check_response, Response);

/// The frame is found at once, and octet by octet.
fn cut(frame: &[u8], direction: Direction) {
    for step in [frame.len(), 1] {
        let mut deframer = Rtu::new(direction);
        let mut end = 0;
        let found = loop {
            end = (end + step).min(frame.len());
            match deframer.deframe(&frame[..end]) {
                Step::NeedMore { .. } if end < frame.len() => {}
                // Functions that the standard does not know end by silence.
                Step::NeedMore { .. } => match deframer.finish(frame) {
                    Step::Frame { frame, .. } => break frame.to_vec(),
                    other => panic!("{other:?}"),
                },
                Step::Frame { frame, .. } => break frame.to_vec(),
                Step::Skip { why, .. } => panic!("{why}"),
            }
        };
        assert_eq!(found, frame);
    }
}

#[test]
fn every_frame_is_cut_opened_told_and_written_again() {
    let lines = VECTORS.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut functions = [0_u8; 256];
    for line in lines {
        println!("{line}");
        let (frame, direction, reading) = vector(line).unwrap();
        match direction {
            Direction::Request => check_request(&frame, reading),
            Direction::Response => check_response(&frame, reading),
        }
        cut(&frame, direction);
        functions[usize::from(frame[1])] += 1;
    }
    for function in (1..=8).chain([0x0B, 0x0C, 0x0F, 0x10, 0x11]).chain(0x14..=0x18).chain([0x2B]) {
        assert!(functions[function] >= 2, "function {function} is not shown both ways");
    }
}
