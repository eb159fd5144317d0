//! DLMS/COSEM: any octets as what carries messages, in any order of pieces, and as pushed bodies.

use gurux_dlms::carrier::{Assembly, Cut, Gateway, Llc, MbusSegment, Piece, Wrapper};
use gurux_dlms::push::{LAYOUTS, P1Telegram, PushValues};
use gurux_dlms::wire::{Apdu, DataNotification, GeneralBlockTransfer, Unread};
use gurux_framing::hdlc::HdlcFrame;
use gurux_framing::{Annotator, Wire};

use crate::choices::Choices;

/// How far octets get as something that carries.
pub const RUNGS: &[&str] = &[
    "pieces in no order",
    "a header of a carrier",
    "pieces in order",
    "both, one behind the other",
];

/// The longest message that is joined.
const ROOM: usize = 256;

/// Any octets as each header, as a message that is cut and joined, and as pieces in an order that they
/// choose.
pub fn carriers(octets: &[u8]) -> usize {
    let mut choices = Choices::new(octets);
    let whole = joined(&mut choices);
    let wrapper = again::<Wrapper<'_>>(octets);
    let gateway = again::<Gateway<'_>>(octets);
    let segment = again::<MbusSegment<'_>>(octets);
    let block = again::<GeneralBlockTransfer<'_>>(octets);
    let is_header = wrapper | gateway | segment | block;
    cut(octets);
    let (llc, rest) = Llc::strip(octets);
    assert_eq!(rest.len() + llc.map_or(0, |llc| llc.octets().len()), octets.len());
    match (whole, is_header) {
        (true, true) => 3,
        (true, false) => 2,
        (false, true) => 1,
        (false, false) => 0,
    }
}

/// What is read is written as it was, and explained without a word against it.
fn again<'a, T: Wire<'a> + PartialEq + std::fmt::Debug>(octets: &'a [u8]) -> bool {
    let message = T::from_bytes(octets);
    let explained = T::explain(octets, 0, Annotator::new(String::new(), octets));
    assert_eq!(explained, message);
    let Ok(message) = message else { return false };
    let mut written = vec![0; message.wire_len()];
    assert_eq!(message.emit_to_slice(&mut written), Ok(written.len()));
    // Only a length may have been longer than needed.
    assert!(written == octets || written.len() < octets.len());
    true
}

/// A message in pieces, as each carrier numbers them, is the message again.
fn cut(message: &[u8]) {
    let max = message.first().map_or(1, |octet| 1 + usize::from(*octet % 40));
    let message = message.get(..ROOM).unwrap_or(message);
    let by_block = |piece: Piece<'_>| {
        assert!(piece.octets.len() <= max);
        Some((piece.number + 1, piece.is_last, piece.octets.to_vec()))
    };
    let blocks: Vec<_> = Cut::new(message, max, 0).filter_map(by_block).collect();
    let (mut first, mut second) = ([0; ROOM], [0; ROOM]);
    let (mut numbered, mut segmented) = (Assembly::new(&mut first), Assembly::new(&mut second));
    let mut whole = None;
    for ((number, is_last, octets), piece) in blocks.iter().zip(Cut::new(message, max, 0)) {
        let block = numbered.push(Piece::of_block(*number, *is_last, octets)).expect("in order");
        let segment = MbusSegment::new(1, 2, piece);
        let other = segmented.push(Piece::from(&segment)).expect("in order");
        assert_eq!(block, other);
        whole = block.map(<[u8]>::to_vec);
    }
    assert_eq!(whole.as_deref(), Some(message));
}

/// Pieces of every kind in the order of the choices; what comes out is no longer than the room. Did a
/// message of several come out?
fn joined(choices: &mut Choices<'_>) -> bool {
    let mut room = [0; ROOM];
    let mut assembly = Assembly::new(&mut room);
    let (mut taken, mut several) = (0_u32, false);
    while !choices.is_empty() {
        let kind = choices.octet();
        let (number, is_last) = (u32::from(kind >> 4), kind & 1 == 1);
        let count = usize::from(choices.octet());
        let octets = choices.octets(count);
        let given = match kind >> 1 & 3 {
            0 => assembly.push(Piece::new(number, is_last, octets)),
            1 => assembly.push(Piece::of_block(number, is_last, octets)),
            2 => {
                let piece = Piece::new(number, is_last, octets);
                assembly.push(Piece::from(&MbusSegment::new(1, 2, piece)))
            }
            _ => match HdlcFrame::from_bytes(octets) {
                Ok(frame) => assembly.push(Piece::from(&frame)),
                Err(_) => continue,
            },
        };
        match given {
            Ok(Some(message)) => {
                assert!(message.len() <= ROOM);
                several |= taken > 0;
                taken = 0;
            }
            Ok(None) => taken = u32::from(assembly.pending() > 0),
            Err(_) => {
                assert_eq!(assembly.pending(), 0, "what is refused is given up");
                taken = 0;
            }
        }
        assert!(assembly.pending() <= ROOM);
    }
    several
}

/// A header of each kind, pieces in order, pieces twice and with a gap, a segment of HDLC.
pub fn carrier_seeds() -> Vec<Vec<u8>> {
    let hdlc = [0xA0, 0x07, 0x03, 0x21, 0x93, 0x0F, 0x01];
    vec![
        vec![0, 1, 0, 1, 0, 16, 0, 3, 0xC0, 1, 0xC1],
        vec![0xE6, 1, 2, b'1', b'2', 0xC0, 1, 0xC1],
        vec![0x53, 0xFF, 0x11, 1, 0x67, 0xAA, 0xBB],
        vec![0xE0, 0xC3, 0, 1, 0, 0, 2, 0xC0, 1],
        vec![0xE6, 0xE7, 0x00, 0x0F, 0, 0, 0, 7],
        vec![0x00, 2, 1, 2, 0x11, 1, 3],
        vec![0x12, 2, 1, 2, 0x12, 2, 1, 2, 0x23, 1, 3, 0x43, 1, 4],
        vec![0x04, 1, 1, 0x15, 1, 2],
        [&[0x06, 7][..], &hdlc].concat(),
        // A wrapper of version 1 that is a piece, and then another.
        vec![0x00, 0x01, 0x00, 0x11, 0x00, 0x10, 0x00, 0x01, 0x33],
    ]
}

/// How far octets get as a pushed body.
pub const PUSH_RUNGS: &[&str] = &["no body", "a body", "with a name", "with a name and a unit"];

/// Any octets as a body, and as a notification around one: each value has a measurement, and there are
/// not more of them than octets.
pub fn push(octets: &[u8]) -> usize {
    let body = match Apdu::<Unread<'_>>::from_bytes(octets) {
        Ok(Apdu::DataNotification(DataNotification {
            notification_body: Unread(body), ..
        })) => body,
        _ => octets,
    };
    let plain = PushValues::from_octets(body, &[]).map(Iterator::count);
    let Ok(values) = PushValues::from_octets(body, LAYOUTS) else {
        assert!(plain.is_err(), "layouts do not say what a body is");
        return 0;
    };
    let (mut count, mut deepest) = (0, 1);
    for value in values {
        count += 1;
        let measurement = value.measurement();
        assert!(measurement.value.is_some() || measurement.unit.is_none());
        if let Some(value) = &measurement.value {
            let _ = value.to_string();
        }
        deepest = deepest.max(match (measurement.obis, measurement.unit) {
            (Some(_), Some(_)) => 3,
            (Some(_), None) => 2,
            _ => 1,
        });
    }
    assert!(count <= body.len());
    deepest
}

/// A body of each form: pairs, the object list in front, descriptors without tags, places.
pub fn push_seeds() -> Vec<Vec<u8>> {
    let pair = [2, 1, 2, 3, 9, 6, 1, 0, 32, 7, 0, 255, 0x12, 9, 0x3C, 2, 2, 0x0F, 0xFF, 0x16, 35];
    let object = |class, groups: [u8; 6]| {
        [&[2, 4, 0x12, 0, class, 9, 6][..], &groups, &[0x0F, 2, 0x12, 0, 0]].concat()
    };
    let listed = [
        &[2, 2, 1, 2][..],
        &object(40, [0, 8, 25, 9, 0, 255]),
        &object(3, [1, 1, 1, 8, 2, 255]),
        &[6, 0, 0, 0x3B, 0x67],
    ]
    .concat();
    let untagged = vec![2, 2, 0x16, 1, 1, 1, 2, 2, 0, 3, 1, 0, 1, 7, 0, 255, 2, 6, 0, 0, 7, 0xA4];
    let kamstrup =
        [&[2, 3, 0x0A, 14][..], b"Kamstrup_V0001", &[9, 6, 1, 1, 31, 7, 0, 255, 6, 0, 0, 3, 0x80]]
            .concat();
    let apdu = [&[0x0F, 0, 0, 0, 1, 0][..], &pair].concat();
    vec![
        pair.to_vec(),
        listed,
        untagged,
        kamstrup,
        apdu,
        vec![2, 1, 6, 0, 0, 8, 0xE5],
        vec![0x11, 5],
    ]
}

/// How far octets get as the text of a port.
pub const P1_RUNGS: &[&str] = &["no telegram", "a telegram", "with a value", "with a unit"];

/// Any octets as a telegram, and as the lines of one with the right check sum.
pub fn p1(octets: &[u8]) -> usize {
    if let Ok(telegram) = P1Telegram::from_octets(octets) {
        assert!(telegram.values().count() <= octets.len() / 4, "no more values than lines");
    }
    let mut checked = [b"/XXX5\r\n", octets, b"\n!"].concat();
    let sum = gurux_framing::checksum::arc(&checked);
    checked.extend(format!("{sum:04X}\r\n").into_bytes());
    let Ok(telegram) = P1Telegram::from_octets(&checked) else {
        assert!(core::str::from_utf8(octets).is_err(), "a text between / and ! is a telegram");
        return 0;
    };
    assert!(telegram.is_checked);
    let mut deepest = 1;
    let mut count = 0;
    for value in telegram.values() {
        count += 1;
        deepest = deepest.max(2 + usize::from(value.unit.is_some() && value.value.is_some()));
        let _ = value.to_string();
    }
    assert!(count <= 1 + octets.len() / 4, "no more values than lines");
    deepest
}

/// Lines of each kind.
pub fn p1_seeds() -> Vec<Vec<u8>> {
    let lines = "1-3:0.2.8(50)\r\n0-0:1.0.0(230817152425S)\r\n0-0:96.1.1(4B384547303034)\r\n\
        1-0:1.8.1(007112.944*kWh)\r\n1-0:99.97.0(1)(0-0:96.7.19)(000101000001W)(2147483647*s)\r\n\
        0-1:24.2.1(230817150000S)(00123.456*m3)\r\n0-0:96.13.0()\r\n1-0:21.7.0(00.193*kW)";
    let each = lines.lines().map(|line| line.as_bytes().to_vec());
    let whole = format!("/ISk5\\2\r\n\r\n{lines}\r\n!\r\n").into_bytes();
    each.chain([lines.as_bytes().to_vec(), whole]).collect()
}
