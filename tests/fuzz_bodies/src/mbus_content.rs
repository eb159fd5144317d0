//! M-Bus: what telegrams carry, opened or not.

use gurux_framing::Wire;
use gurux_framing::laws::RangesWithin;
use gurux_mbus::security::{Assembly, Key, Known, Piece, SEAL_ROOM, Software, open, seal};
use gurux_mbus::value::Meaning;
use gurux_mbus::wire::{Body, CompactFrame, FormatFrame, RecordItem, Records, Telegram, headers};

use crate::choices::Choices;
use crate::mbus::radio_telegram;
use crate::{mbus, seeds};

/// How deep a payload gets.
pub const RECORD_RUNGS: &[&str] = &["nothing read", "a record", "several kinds of items"];
/// How deep a telegram gets.
pub const TELEGRAM_RUNGS: &[&str] = &["refused", "sealed or odd", "records, and written again"];
/// How deep a compact frame gets.
pub const COMPACT_RUNGS: &[&str] = &["no records", "another format", "put together again"];
/// How deep a sealed telegram gets.
pub const SEALED_RUNGS: &[&str] = &["refused", "not opened", "sealed and opened again"];
/// How deep fragments get.
pub const FRAGMENT_RUNGS: &[&str] = &["no fragment", "taken", "a message put together"];

/// Any octets as a payload of records: no octet is lost, each item is read again as what it was, and
/// what is told stays within it.
pub fn records(octets: &[u8]) -> usize {
    Records::explain(octets, 0, RangesWithin::new(0..octets.len()));
    let mut written = Vec::new();
    let mut kinds = [false; 3];
    let mut walk = Records::new(octets);
    loop {
        let at = walk.offset();
        let Some(item) = walk.next() else { break };
        let before = written.len();
        assert_eq!(at, before, "items follow each other");
        item.emit(&mut written);
        assert!(written.len() > before, "each item has octets");
        match item {
            RecordItem::Record(record) => {
                kinds[0] = true;
                let measurement = record.measurement();
                assert!(!measurement.to_string().is_empty());
                assert_eq!(Meaning::of(&record.vib()), record.meaning());
                assert_eq!(record.octets(), &written[before..]);
            }
            RecordItem::Bad { why, .. } => {
                kinds[1] = true;
                assert!((at..=octets.len()).contains(&why.offset), "{why}");
            }
            _ => kinds[2] = true,
        }
    }
    assert_eq!(written, octets, "the items are the payload");
    match kinds.iter().filter(|seen| **seen).count() {
        0 => 0,
        1 => 1,
        _ => 2,
    }
}

/// Any octets as a telegram of each medium: what is read is written again and reads the same.
pub fn telegrams(octets: &[u8]) -> usize {
    let radio = radio_telegram(octets);
    let line = mbus::long_frame(octets);
    let read = [
        Telegram::from_wired(octets),
        Telegram::from_wireless(octets),
        Telegram::from_user_data(octets),
        Telegram::from_wireless(&radio),
        Telegram::from_wired(&line),
    ];
    read.iter().map(|read| read.as_ref().map_or(0, telegram)).max().unwrap_or(0)
}

fn telegram(telegram: &Telegram<'_>) -> usize {
    let mut room = vec![0; telegram.wire_len()];
    let len = telegram.emit_to_slice(&mut room).expect("room for what was read");
    assert_eq!(len, telegram.wire_len());
    assert!(telegram.addresses().count() <= 3);
    match telegram.body() {
        Body::Records(payload) => {
            records(payload);
            2
        }
        _ => 1,
    }
}

/// The first octets are a payload of records; its format and data make it again, and any other data with
/// that format makes nothing that was not there.
pub fn compact(octets: &[u8]) -> usize {
    let mut choices = Choices::new(octets);
    let count = usize::from(choices.octet());
    let full = choices.octets(count);
    let other = choices.octets(usize::MAX);
    let format = headers(full).collect::<Vec<_>>().concat();
    let mut room = [0; 4096];
    if let Ok(compact) = CompactFrame::from_bytes(other) {
        let _ = compact.expand(&format, &mut room).map(records);
    }
    if let Some(frame) = FormatFrame::new(&format) {
        assert_eq!(frame.format(), format);
    }
    let mut data = Vec::new();
    let mut whole = true;
    let mut texts_with_vifes = 0;
    for item in Records::new(full) {
        match item {
            RecordItem::Record(record) => {
                data.extend(&record.octets()[record.header().len()..]);
                texts_with_vifes += usize::from(record.vib().vif() == 0xFC);
            }
            _ => whole = false,
        }
    }
    if data.is_empty() {
        return 0;
    }
    let compact = CompactFrame::of_full(full, &data);
    match compact.expand(&format, &mut room) {
        Ok(again) => {
            // Sixteen bits prove much, not all: only where there is one way can it be no other frame.
            assert!(again == full || !whole || texts_with_vifes > 0);
            2
        }
        Err(why) => {
            assert!(!whole || texts_with_vifes > 1, "a frame of whole records: {why}");
            1
        }
    }
}

/// Any octets as a telegram that a key may open; what is sealed with a key is opened with it.
pub fn sealed(octets: &[u8]) -> usize {
    let key = Software::new(&Key::Aes([0x42; 16]));
    let telegram = radio_telegram(octets);
    let Ok(read) = Telegram::from_wireless(&telegram) else { return 0 };
    let mut room = [0; 1024];
    let opened = open(&read, [&key], &mut room).expect("room");
    if let Body::Records(payload) = opened.telegram.body() {
        records(payload);
    }
    // The same as if it were clear, sealed, and opened.
    let clear = Telegram { sealed: None, ..read };
    let mut room = [0; 1024 + SEAL_ROOM];
    let Ok(sealed) = seal(&clear, Known::default(), &key, &mut room) else { return 1 };
    let mut out = [0; 1024];
    let opened = open(&sealed, [&key], &mut out).expect("room");
    if opened.verdict.is_good() { 2 } else { 1 }
}

/// Any octets as fragments, one after the other, each after its length: what is put together is never longer
/// than its room.
pub fn fragments(octets: &[u8]) -> usize {
    let mut choices = Choices::new(octets);
    let mut assembly = Assembly::new([0; 512]);
    let mut depth = 0;
    while !choices.is_empty() {
        let count = usize::from(choices.octet());
        let telegram = radio_telegram(choices.octets(count));
        let Ok(read) = Telegram::from_wireless(&telegram) else { continue };
        match assembly.push(&read) {
            Piece::Taken | Piece::Repeated => depth = depth.max(1),
            Piece::Last => {
                depth = 2;
                if let Ok(message) = assembly.message(&read) {
                    assert!(message.payload.len() <= 512);
                }
            }
            Piece::OutOfOrder | Piece::Length => {}
        }
    }
    depth
}

/// Payloads that lead to each room, and what is captured.
pub fn seeds() -> Vec<Vec<u8>> {
    let own = PAYLOADS.iter().map(|payload| payload.to_vec());
    own.chain(seeds::captures()).chain(mbus::seeds()).collect()
}

/// Telegrams without their length: clear, in mode 5, 7 and 10, behind an encrypted link layer.
pub fn telegram_seeds() -> Vec<Vec<u8>> {
    let records = [
        0x2F, 0x2F, 0x0C, 0x13, 0x45, 0x23, 0x01, 0x00, 0x02, 0x5B, 0x47, 0x00, 0x2F, 0x2F, 0x2F,
        0x2F,
    ];
    let heads: [&[u8]; 6] = [
        &[0x7A, 0x2A, 0x00, 0x00, 0x00],
        &[0x7A, 0x2A, 0x00, 0x10, 0x05],
        &[
            0x8C, 0x20, 0x27, 0x90, 0x0F, 0x00, 0x2C, 0x25, 1, 2, 3, 4, 1, 2, 3, 4, 5, 6, 7, 8,
            0x7A, 0x2A, 0x00, 0x10, 0x07, 0x10,
        ],
        &[0x7A, 0x2A, 0x00, 0xFF, 0x0A, 0x10, 0x01, 1, 2, 3, 4],
        &[0x8D, 0x20, 0x27, 1, 2, 3, 0x20, 0xAB, 0xCD, 0x78],
        &[0x72, 0x78, 0x56, 0x34, 0x12, 0x77, 0x04, 0x0E, 0x04, 0x2A, 0x00, 0x10, 0x05],
    ];
    let link = [0x44, 0xAE, 0x0C, 0x78, 0x56, 0x34, 0x12, 0x01, 0x07];
    heads.iter().map(|head| [&link[..], head, &records].concat()).chain(seeds()).collect()
}

/// A payload with its length before it, and data behind it.
pub fn compact_seeds() -> Vec<Vec<u8>> {
    PAYLOADS
        .iter()
        .map(|payload| [&[payload.len() as u8][..], payload, &[1, 2, 3, 4, 5, 6, 7, 8]].concat())
        .collect()
}

/// Two fragments of one message, each after its length.
pub fn fragment_seeds() -> Vec<Vec<u8>> {
    let link = [0x44, 0xAE, 0x0C, 0x78, 0x56, 0x34, 0x12, 0x01, 0x07];
    let first = [&link[..], &[0x90, 0x02, 0x01, 0x40, 0x7A, 0x2A, 0x00, 0x00, 0x00, 0x0C]].concat();
    let second = [&link[..], &[0x90, 0x02, 0x02, 0x00, 0x13, 0x45, 0x23, 0x01, 0x00]].concat();
    let both = [&first, &second].map(|one| [&[one.len() as u8][..], one].concat()).concat();
    vec![both.clone(), [&both[..], &both].concat()]
}

/// Records of each kind, profiles, long chains, texts in both orders, and what is no record.
#[rustfmt::skip]
const PAYLOADS: [&[u8]; 14] = [
    &[0x0C, 0x13, 0x45, 0x23, 0x01, 0x00, 0x02, 0x5B, 0x47, 0x00],
    &[0x2F, 0x04, 0x6D, 0x1E, 0x0F, 0x2B, 0x33, 0x42, 0x6C, 0xFF, 0xFF, 0x1F, 0xAA, 0xBB],
    &[0x84, 0x10, 0x2B, 1, 2, 3, 4, 0xC4, 0xAF, 0xC0, 0x01, 0x13, 1, 2, 3, 4],
    &[0x0D, 0x78, 0x05, b'1', b'2', b'3', b'4', b'5', 0x0D, 0x13, 0xC4, 0x78, 0x56, 0x34, 0x12],
    &[0x02, 0xFC, 0x03, b'H', b'R', b'%', 0x74, 0x44, 0x0D, 0x02, 0x7C, 0x03, b'A', b'B', b'C', 1, 0],
    &[0x8D, 0x04, 0x93, 0x1E, 0x07, 0x3A, 0xFE, 0x00, 0x01, 0x00, 0x02, 0x00],
    &[0x0D, 0x93, 0x1F, 0x06, 0x32, 0x01, 0x01, 0x00, 0x02, 0x00],
    &[0x0D, 0x93, 0x13, 0x06, 0x32, 0x01, 0x01, 0x00, 0x02, 0x00],
    &[0x04, 0xFB, 0x82, 0x75, 1, 2, 3, 4, 0x02, 0xFD, 0xC8, 0xFF, 0x01, 1, 2],
    &[0x0C, 0x13, 0xDD, 0xDD, 0xEB, 0xBD, 0x0A, 0x5A, 0x12, 0xF0],
    &[0x8B, 0x8B, 0x8B, 0x8B, 0x8B, 0x8B, 0x8B, 0x8B, 0x8B, 0x8B, 0x8B, 0x60, 1, 2, 3],
    &[0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x00, 1],
    &[0x05, 0x5B, 0x00, 0x00, 0xA4, 0x41, 0x01, 0x93, 0x15, 0x00, 0x3F],
    &[0x07, 0x79, 1, 2, 3, 4, 5, 6, 7, 8, 0x0D, 0xFD, 0x10, 0xE3, 1, 2, 3, 0x0D, 0x13, 0xFA],
];
