//! Messages in blocks, and rows as they come.

use gurux_dlms::session::{ClientConfig, Failure};
use gurux_dlms::wire::{ApduTag, Conformance, DataAccessResult, DataRef};

use crate::desk::{ALL, Desk, aare, encoded, register};

fn without_gbt() -> Conformance {
    Conformance::from_bits(ALL.bits() & !Conformance::GENERAL_BLOCK_TRANSFER.bits())
}

/// A meter that sends this value in blocks of so many octets.
fn in_blocks(value: Vec<u8>, len: usize) -> impl FnMut(&[u8]) -> Vec<Vec<u8>> {
    move |message| {
        let number = match message[..2] {
            [0x60, _] => return vec![aare(ALL, 1024)],
            [0xC0, 1] => 0,
            _ => u32::from_be_bytes(message[3..7].try_into().unwrap()),
        };
        let blocks: Vec<&[u8]> = value.chunks(len).collect();
        let piece = blocks[number as usize];
        let is_last = number as usize + 1 == blocks.len();
        let mut block = vec![0xC4, 2, message[2], is_last.into()];
        block.extend((number + 1).to_be_bytes());
        block.push(0);
        block.push(piece.len() as u8);
        block.extend(piece);
        vec![block]
    }
}

#[test]
fn blocks_are_joined() {
    let value = encoded(&DataRef::OctetString(&[0x5A; 100]));
    for len in [1, 7, 50, 101, 102, 103] {
        let mut desk = Desk::new(ClientConfig::default(), in_blocks(value.clone(), len));
        let (told, end) = desk.get();
        assert_eq!((end, told.values), (Ok(()), vec![Ok(value.clone())]), "{len}");
    }
}

#[test]
fn rows_come_one_by_one_and_need_no_more_room_than_one() {
    // 3000 rows: more than the stores hold together.
    let mut value = vec![1, 0x82, 0x0B, 0xB8];
    for number in 0..3000_u16 {
        let [high, low] = number.to_be_bytes();
        value.extend([2, 2, 0x12, high, low, 0x06, 0, 0, high, low]);
    }
    assert!(value.len() > 10 * 2048);
    for len in [3, 120] {
        let mut desk = Desk::new(ClientConfig::default(), in_blocks(value.clone(), len));
        if len == 3 {
            // Only the first rows, to keep it short; the whole is the other's.
            continue;
        }
        let call = desk.client.read_rows(register(), None).unwrap();
        let (told, end) = desk.run(call);
        assert_eq!((end, told.rows.len()), (Ok(()), 3000));
        for (row, octets) in told.rows.iter().zip(value[4..].chunks(10)) {
            assert_eq!(row, octets);
        }
        // The same read as one value does not fit.
        assert!(matches!(desk.get().1, Err(Failure::TooLong { .. })));
    }
}

#[test]
fn rows_cut_anywhere_are_the_same_rows() {
    let value = [&[1, 3][..], &[2, 1, 0x11, 1], &[0x0A, 3, b'a', b'b', b'c'], &[0]].concat();
    for len in 1..=value.len() {
        let mut desk = Desk::new(ClientConfig::default(), in_blocks(value.clone(), len));
        let call = desk.client.read_rows(register(), None).unwrap();
        let (told, end) = desk.run(call);
        assert_eq!(end, Ok(()), "{len}");
        assert_eq!(told.rows, [&value[2..6], &value[6..11], &value[11..]], "{len}");
    }
    // In one message; none at all; and what is no array.
    for (value, rows, values) in [(value.clone(), 3, 0), (vec![1, 0], 0, 0), (vec![0x11, 7], 0, 1)]
    {
        for whole in [true, false] {
            let mut blocks = in_blocks(value.clone(), 64);
            let meter = |message: &[u8]| match message[0] {
                0xC0 if whole => vec![[&[0xC4, 1, message[2], 0][..], &value].concat()],
                _ => blocks(message),
            };
            let mut desk = Desk::new(ClientConfig::default(), meter);
            let call = desk.client.read_rows(register(), None).unwrap();
            let (told, end) = desk.run(call);
            assert_eq!((end, told.rows.len(), told.values.len()), (Ok(()), rows, values));
        }
    }
}

#[test]
fn an_array_that_says_more_than_it_has_fails() {
    for value in [vec![1, 3, 0x11, 1], vec![1, 1, 0x11, 1, 0x11], vec![1, 1, 0x77]] {
        let mut desk = Desk::new(ClientConfig::default(), in_blocks(value, 2));
        let call = desk.client.read_rows(register(), None).unwrap();
        assert!(matches!(desk.run(call).1, Err(Failure::Malformed(_))));
    }
}

#[test]
fn a_whole_answer_between_the_blocks_of_rows_ends_the_order() {
    let value = [&[1, 3][..], &[2, 1, 0x11, 1], &[0x0A, 3, b'a', b'b', b'c'], &[0]].concat();
    let refused = Failure::Aborted(DataAccessResult::HARDWARE_FAULT);
    let unexpected = Failure::Unexpected(ApduTag::GET_RESPONSE);
    for (answer, failure) in [(&[1, 1][..], refused), (&[0, 0x11, 7], unexpected)] {
        let mut blocks = in_blocks(value.clone(), 6);
        let meter = |message: &[u8]| match message[..2] {
            [0xC0, 2] => vec![[&[0xC4, 1, message[2]], answer].concat()],
            _ => blocks(message),
        };
        let mut desk = Desk::new(ClientConfig::default(), meter);
        let call = desk.client.read_rows(register(), None).unwrap();
        let (told, end) = desk.run(call);
        assert_eq!((told.rows.len(), end), (1, Err(failure)));
    }
}

#[test]
fn blocks_out_of_turn_and_given_up_end_the_order() {
    let value = encoded(&DataRef::OctetString(&[0x5A; 100]));
    let mut blocks = in_blocks(value.clone(), 20);
    let wrong = |message: &[u8]| {
        let mut answers = blocks(message);
        if message[..2] == [0xC0, 2] {
            answers[0][7] = 9;
        }
        answers
    };
    let mut desk = Desk::new(ClientConfig::default(), wrong);
    assert_eq!(desk.get().1, Err(Failure::Block { expected: 2, found: 9 }));
    let mut blocks = in_blocks(value, 20);
    let given_up = |message: &[u8]| match message[..2] {
        [0xC0, 2] => vec![vec![0xC4, 2, message[2], 1, 0, 0, 0, 2, 1, 15]],
        _ => blocks(message),
    };
    let mut desk = Desk::new(ClientConfig::default(), given_up);
    assert_eq!(desk.get().1, Err(Failure::Aborted(DataAccessResult::LONG_GET_ABORTED)));
}

#[test]
fn a_long_value_is_written_in_blocks() {
    let value = [0x5A; 300];
    let mut joined = Vec::new();
    let meter = |message: &[u8]| {
        assert!(message.len() <= 128);
        let (at, number) = match message[..2] {
            [0x60, _] => return vec![aare(without_gbt(), 128)],
            [0xC1, 2] => (13, 1),
            [0xC1, 3] => (3, joined.len()),
            _ => panic!("{message:02X?}"),
        };
        let _ = number;
        let (is_last, number) = (message[at] != 0, &message[at + 1..at + 5]);
        assert_eq!(usize::from(message[at + 5]), message.len() - at - 6);
        joined.extend_from_slice(&message[at + 6..]);
        if is_last {
            assert_eq!(joined, encoded(&DataRef::OctetString(&value)));
            return vec![[&[0xC5, 3, message[2], 0], number].concat()];
        }
        vec![[&[0xC5, 2, message[2]], number].concat()]
    };
    let mut desk = Desk::new(ClientConfig::default(), meter);
    let call = desk.client.set(register(), DataRef::OctetString(&value)).unwrap();
    let (told, end) = desk.run(call);
    assert_eq!((end, told.values), (Ok(()), vec![Ok(vec![0])]));
    assert!(desk.sent.len() > 3);
}

#[test]
fn a_long_value_for_a_meter_without_blocks_is_refused() {
    let none = Conformance::GET | Conformance::SET;
    let mut desk = Desk::new(ClientConfig::default(), |_: &[u8]| vec![aare(none, 128)]);
    let call = desk.client.set(register(), DataRef::OctetString(&[0; 300])).unwrap();
    assert!(matches!(desk.run(call).1, Err(Failure::TooLong { .. })));
    assert_eq!(desk.sent.len(), 1);
}

/// A meter that streams its answer in general blocks, and loses the second block of the first window.
#[test]
fn a_general_block_that_is_lost_is_asked_for_again() {
    let value = encoded(&DataRef::OctetString(&[0x5A; 100]));
    let answer = [&[0xC4, 1, 0xC1, 0][..], &value].concat();
    let blocks: Vec<Vec<u8>> = answer.chunks(20).map(<[u8]>::to_vec).collect();
    for is_lossy in [false, true] {
        let mut is_lost = !is_lossy;
        let meter = |message: &[u8]| {
            let acknowledged = match message[0] {
                0x60 => return vec![aare(ALL, 1024)],
                0xC0 => 0,
                0xE0 => usize::from(u16::from_be_bytes([message[4], message[5]])),
                _ => panic!("{message:02X?}"),
            };
            let window = if message[0] == 0xE0 { usize::from(message[1] & 0x3F) } else { 1 };
            let end = (acknowledged + window).min(blocks.len());
            let mut sent = Vec::new();
            for number in acknowledged + 1..=end {
                if number == 3 && !std::mem::replace(&mut is_lost, true) {
                    continue;
                }
                let last = u8::from(number == blocks.len()) << 7;
                let streaming = u8::from(number != end && last == 0) << 6;
                let piece = &blocks[number - 1];
                let mut block = vec![0xE0, last | streaming | 1, 0, number as u8, 0, 1];
                block.push(piece.len() as u8);
                block.extend(piece);
                sent.push(block);
            }
            sent
        };
        let config = ClientConfig { block_window: 3, ..ClientConfig::default() };
        let mut desk = Desk::new(config, meter);
        let (told, end) = desk.get();
        assert_eq!((end, told.values), (Ok(()), vec![Ok(value.clone())]), "{is_lossy}");
    }
}
