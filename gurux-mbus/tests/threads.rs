//! What users of other libraries ask for, one test a thread: the table is in the README.
#![cfg(feature = "crypto")]
#![expect(clippy::unwrap_used, reason = "tests")]

use gurux_framing::rule::RuleDeframer;
use gurux_framing::rules::ft12;
use gurux_framing::{Deframe, Step, Wire, WireErrorKind};
use gurux_mbus::security::{Assembly, Key, Known, Piece, SEAL_ROOM, Software, Verdict, open, seal};
use gurux_mbus::wire::{
    ApplicationErrorCode, Body, CField, CiField, CompactFrame, Config, DataRecord, FormatSignature,
    Header, Link, MAX_DIFE, RecordItem, Records, ShortHeader, Status, Telegram, Tpl, headers,
};

/// Volume 1234.567 m3 and flow 0.09 m3/h.
const RECORDS: [u8; 10] = [0x0C, 0x13, 0x67, 0x45, 0x23, 0x01, 0x02, 0x3B, 90, 0];

fn says(octets: &[u8]) -> String {
    DataRecord::from_bytes(octets).unwrap().measurement().to_string()
}

/// A radio telegram with a short header in this configuration.
fn telegram(config: Config, payload: &[u8]) -> Telegram<'_> {
    let address = "12345678 KAM 27 7".parse().unwrap();
    let short = ShortHeader { access_number: 42, status: Status(0), config };
    let tpl = Tpl::new(CiField::new(0x7A), Header::Short(short)).unwrap();
    Telegram {
        link: Link::Wireless { control: CField::SND_NR, address },
        ell: None,
        nwl: None,
        afl: None,
        tpl: Some(tpl),
        payload,
        payload_offset: 15,
        sealed: None,
    }
}

#[test]
fn thread_01_a_compact_frame_is_read_with_a_format_that_was_kept() {
    let format = headers(&RECORDS).collect::<Vec<_>>().concat();
    assert_eq!(format, [0x0C, 0x13, 0x02, 0x3B]);
    let data = [0x67, 0x45, 0x23, 0x01, 90, 0];
    let compact = CompactFrame::of_full(&RECORDS, &data);
    assert_eq!(compact.signature(), FormatSignature::of_records(&RECORDS));
    let mut room = [0; 64];
    assert_eq!(compact.expand(&format, &mut room), Ok(&RECORDS[..]));
    // Another meter with the same signature by chance: the sum over the full frame tells.
    let other = CompactFrame::of_full(&RECORDS, &[0x68, 0x45, 0x23, 0x01, 90, 0]);
    let why = other.expand(&format, &mut room).unwrap_err();
    assert!(matches!(why.kind, WireErrorKind::Checksum { .. }), "{why}");
}

#[test]
fn threads_02_and_03_a_wrong_key_is_told_from_bad_data() {
    let [key, wrong] = [[1; 16], [2; 16]].map(|octets| Software::new(&Key::Aes(octets)));
    for config in [Config::mode_5(1), Config::mode_10(0, 1, 7, 8)] {
        let clear = telegram(config, &RECORDS);
        let mut room = [0; 64 + SEAL_ROOM];
        let sealed = seal(&clear, Known::default(), &key, &mut room).unwrap();
        let mut out = [0; 300];
        let opened = open(&sealed, [&wrong], &mut out).unwrap();
        assert_eq!(opened.verdict, Verdict::WrongKey);
        let mut out = [0; 300];
        let opened = open(&sealed, [&wrong, &key], &mut out).unwrap();
        assert!(opened.verdict.is_good(), "{:?}", opened.verdict);
        let payload = opened.telegram.payload;
        assert!(payload.windows(RECORDS.len()).any(|window| window == RECORDS));
    }
}

#[test]
fn thread_08_what_combines_with_a_code_is_part_of_its_meaning() {
    let plain = says(&[0x02, 0x3E, 5, 0]);
    let odd = says(&[0x02, 0xBE, 0x50, 5, 0]);
    assert_ne!(plain, odd);
    assert!(!odd.contains("m³/h"), "{odd}");
}

#[test]
fn thread_10_one_odd_record_costs_no_other() {
    let odd = [&RECORDS[..], &[0x0C, 0x13, 0xDD, 0xDD, 0xEB, 0xBD], &RECORDS].concat();
    let read: Vec<_> = Records::new(&odd)
        .filter_map(|item| match item {
            RecordItem::Record(record) => Some(record.measurement().value.is_some()),
            _ => None,
        })
        .collect();
    assert_eq!(read, [true, true, false, true, true]);
    assert_eq!(says(&[0x0A, 0x5A, 0x12, 0xF0]), "temperature.flow = -1.2 °C");
}

#[test]
fn thread_11_a_text_stands_before_the_extensions_or_behind_them() {
    for payload in [
        [0x02, 0xFC, 0x03, b'H', b'R', b'%', 0x74, 0x44, 0x0D],
        [0x02, 0xFC, 0x74, 0x03, b'H', b'R', b'%', 0x44, 0x0D],
    ] {
        let items: Vec<_> = Records::new(&payload).collect();
        let [RecordItem::Record(record)] = items[..] else { panic!("{items:?}") };
        assert_eq!(record.vib().text().unwrap().chars().collect::<String>(), "%RH");
        assert_eq!(record.data_octets(), [0x44, 0x0D]);
    }
    let error = Telegram::from_user_data(&[0x70, 0x08]).unwrap();
    let Body::ApplicationError(error) = error.body() else { panic!("{error:?}") };
    assert_eq!(error.code(), Some(ApplicationErrorCode::APPLICATION_BUSY));
}

#[test]
fn thread_12_what_no_calendar_has_is_no_date() {
    assert_eq!(says(&[0x02, 0x6C, 0xFF, 0xFF]), "date = none (missing)");
    assert_eq!(says(&[0x42, 0x6C, 0x00, 0x00]), "date = none (storage 1, missing)");
    assert_eq!(says(&[0x02, 0x6C, 0x2B, 0x33]), "date = 2025-03-11");
}

#[test]
fn thread_13_the_extended_link_layer_of_radio_is_read() {
    let octets = [
        0x15, 0x44, 0x2D, 0x2C, 0x78, 0x56, 0x34, 0x12, 0x1B, 0x16, 0x8C, 0x20, 0x27, 0x78, 0x0C,
        0x13, 0x67, 0x45, 0x23, 0x01, 0x2F, 0x2F,
    ];
    let telegram = Telegram::from_wireless(&octets).unwrap();
    assert_eq!(telegram.ell.map(|ell| ell.access_number), Some(0x27));
    assert!(matches!(telegram.body(), Body::Records([0x0C, 0x13, ..])));
}

#[test]
fn thread_14_dlms_inside_is_handed_up_whole() {
    let data = [0x53, 0xFF, 0x10, 0x01, 0x67, 0xDB, 0x08];
    let sum = data.iter().fold(0_u8, |sum, octet| sum.wrapping_add(*octet));
    let frame = [&[0x68, 7, 7, 0x68][..], &data, &[sum, 0x16]].concat();
    let telegram = Telegram::from_wired(&frame).unwrap();
    let Body::Dlms { ci, octets } = telegram.body() else { panic!("{telegram:?}") };
    assert_eq!((ci.code(), octets), (0x10, &[0x01, 0x67, 0xDB, 0x08][..]));
}

/// A long frame of a push: SND_UD to all meters, this CI field, and `data` behind it. Lengths wrap
/// where there are more than 255 octets.
fn pushed(ci: u8, data: &[u8]) -> Vec<u8> {
    let inside = [&[0x53, 0xFF, ci][..], data].concat();
    let sum = inside.iter().fold(0_u8, |sum, octet| sum.wrapping_add(*octet));
    let len = inside.len() as u8;
    [&[0x68, len, len, 0x68][..], &inside, &[sum, 0x16]].concat()
}

#[test]
fn thread_14_dlms_in_several_segments_is_handed_up_in_order_and_complete() {
    let message: Vec<u8> = (0..500_u16).map(|octet| (octet % 251) as u8).collect();
    // The low four bits of the CI field count, bit 4 marks the last one; one frame needs an L that wraps.
    for (count, information) in
        [(1, &[0x10][..]), (2, &[0x00, 0x11]), (3, &[0x00, 0x01, 0x12]), (4, &[0, 1, 2, 0x13])]
    {
        let mut stream = Vec::new();
        for (ci, piece) in information.iter().zip(message.chunks(message.len().div_ceil(count))) {
            stream.extend(pushed(*ci, &[&[0x01, 0x67][..], piece].concat()));
        }
        let mut deframer = RuleDeframer::new(ft12::MBUS);
        let (mut rest, mut joined, mut seen) = (&stream[..], Vec::new(), Vec::new());
        while let Step::Frame { frame, used } = deframer.deframe(rest) {
            let telegram = Telegram::from_wired(frame).unwrap();
            let Body::Dlms { ci, octets } = telegram.body() else { panic!("{telegram:?}") };
            assert!(ci.is_dlms_segment());
            let (points, piece) = octets.split_at(2);
            assert_eq!(points, [0x01, 0x67]);
            joined.extend_from_slice(piece);
            seen.push(ci.code());
            rest = &rest[used..];
        }
        assert_eq!((seen.as_slice(), rest.len()), (information, 0));
        assert_eq!(joined, message);
    }
}

#[test]
fn the_longest_chains_and_endless_fragments_are_bounded() {
    // A chain over the whole telegram, of both kinds, is one fault and no loop.
    for octet in [0x84, 0xFF] {
        let chain = [&[0x84][..], &[octet; 250]].concat();
        assert_eq!(Records::new(&chain).count(), 1);
    }
    let longest = [&[0x84][..], &[0x80; MAX_DIFE - 1], &[0x00, 0x13, 1, 0, 0, 0]].concat();
    assert_eq!(Records::new(&longest).count(), 1);
    assert!(DataRecord::from_bytes(&longest).is_ok());
    // Fragments that never end stop at the room that the caller gave.
    let mut assembly = Assembly::new([0; 100]);
    let pieces: Vec<_> = (1..=255_u8)
        .map(|number| {
            let head =
                [0x44, 0x2D, 0x2C, 0x78, 0x56, 0x34, 0x12, 0x1B, 0x16, 0x90, 0x02, number, 0x40];
            let behind = [&head[..], &[0xAA; 30]].concat();
            let telegram = [&[behind.len() as u8][..], &behind].concat();
            assembly.push(&Telegram::from_wireless(&telegram).unwrap())
        })
        .collect();
    assert_eq!(pieces.iter().filter(|piece| **piece == Piece::Taken).count(), 3);
    assert!(pieces.contains(&Piece::Length));
}
