//! Telegrams that are sealed, opened, and tampered with.

use std::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::wire::{
    Afl, Body, CField, CiField, CommunicationControl, Config, Ell, EllKind, Header, Link,
    MessageControl, MeterAddress, RecordItem, Records, Sealed, Session, SessionNumber, ShortHeader,
    Telegram, Tpl,
};

/// 12345678 ELS 51 7.
const METER: MeterAddress =
    MeterAddress::from_octets([0x78, 0x56, 0x34, 0x12, 0x93, 0x15, 0x33, 0x07]);
/// Its radio module: 11223344 KAM 1 55.
const MODULE: MeterAddress =
    MeterAddress::from_octets([0x44, 0x33, 0x22, 0x11, 0x2D, 0x2C, 0x01, 0x37]);
/// A volume, a date, and the manufacturer's rest.
const RECORDS: &[u8] =
    &[0x0C, 0x13, 0x67, 0x45, 0x23, 0x01, 0x02, 0x6C, 0x94, 0x38, 0x0F, 0x01, 0x02, 0x03];

fn key(octet: u8) -> Software {
    Software::new(&Key::Aes([octet; 16]))
}

fn clear(ci: u8, config: Config) -> Telegram<'static> {
    let short = ShortHeader { access_number: 42, config, ..ShortHeader::default() };
    let header =
        if matches!(ci, 0x72 | 0x5B) { Header::Long(METER, short) } else { Header::Short(short) };
    let (control, address) = match ci {
        0x72 => (CField::SND_NR, MODULE),
        0x5B => (CField::SND_UD, MODULE),
        _ => (CField::SND_NR, METER),
    };
    Telegram {
        link: Link::Wireless { control, address },
        tpl: Some(Tpl::new(CiField::new(ci), header).unwrap()),
        payload: RECORDS,
        ..Telegram::from_user_data(&[]).unwrap()
    }
}

fn with_afl<'a>(telegram: Telegram<'a>, counter: Option<u32>) -> Telegram<'a> {
    // CMAC of eight octets, a counter, a length.
    let afl = Afl::EMPTY.with_message_control(MessageControl(0x65)).with_message_length(0);
    let afl = counter.map_or(afl, |counter| afl.with_counter(counter));
    Telegram { afl: Some(afl), ..telegram }
}

fn with_session<'a>(telegram: Telegram<'a>, number: u32) -> Telegram<'a> {
    let session = Session { number: SessionNumber(number), payload_crc: 0 };
    let (control, access_number) = (CommunicationControl(0x20), 7);
    Telegram { ell: Some(Ell { control, access_number, kind: EllKind::Ii(session) }), ..telegram }
}

/// A telegram for each way to seal one.
fn all() -> Vec<(&'static str, Telegram<'static>, Proof)> {
    let counted =
        |word: u16, extension| Config::new(word).with_extension(extension, Some(0x0102_0304), None);
    let plain = |payload: Telegram<'static>| payload;
    std::vec![
        ("mode 5", plain(clear(0x7A, Config::mode_5(0))), Proof::Fillers),
        ("mode 5, long", clear(0x72, Config::mode_5(0)), Proof::Fillers),
        ("mode 7", with_afl(clear(0x7A, Config::mode_7(0, 0, 1)), Some(9)), Proof::Mac),
        ("mode 7, down", with_afl(clear(0x5B, Config::mode_7(0, 0, 1)), Some(9)), Proof::Mac),
        ("mode 7, own key", with_afl(clear(0x72, Config::mode_7(0, 0, 0)), None), Proof::Mac),
        ("mode 7, no MAC", clear(0x72, counted(0x0700, 0x10)), Proof::Fillers),
        ("mode 8", with_afl(clear(0x7A, counted(0x08FF, 0x10)), None), Proof::Mac),
        ("mode 9", clear(0x7A, counted(0x09FF, 0x10)), Proof::Tag),
        ("mode 10", clear(0x7A, Config::mode_10(3, 1, 77, 8)), Proof::Tag),
        ("mode 10, tag of 4", clear(0x72, Config::mode_10(0, 0, 77, 4)), Proof::Tag),
        ("mode 10, tag of 16", clear(0x5B, Config::mode_10(0, 1, 77, 16)), Proof::Tag),
        ("mode 10, 6 octets", clear(0x7A, counted(0x0A06, 0x0110)), Proof::Tag),
        ("session", with_session(clear(0x72, Config::CLEAR), 0x2ABC_DEF5), Proof::Crc),
        (
            "session, mode 5",
            with_session(clear(0x72, Config::mode_5(0)), 0x2ABC_DEF5),
            Proof::Fillers
        ),
    ]
}

fn sealed(telegram: &Telegram<'_>, key: &Software) -> Vec<u8> {
    let mut room = [0; SEAL_ROOM];
    let sealed = seal(telegram, Known::default(), key, &mut room).unwrap();
    let mut out = std::vec![0; sealed.wire_len()];
    sealed.emit_to_slice(&mut out).unwrap();
    out
}

fn verdict(octets: &[u8], keys: &[Software]) -> Option<Verdict> {
    let mut room = [0; 256];
    let telegram = Telegram::from_wireless(octets).ok()?;
    Some(open(&telegram, keys, &mut room).unwrap().verdict)
}

#[test]
fn what_is_sealed_opens_and_seals_again_to_the_same() {
    for (name, telegram, proof) in all() {
        let octets = sealed(&telegram, &key(1));
        let received = Telegram::from_wireless(&octets).unwrap();
        assert!(received.sealed.is_some(), "{name}");
        let mut room = [0; 256];
        let opened = open(&received, [&key(1)], &mut room).unwrap();
        assert_eq!(opened.verdict, Verdict::Decrypted(proof), "{name}");
        assert_eq!(opened.telegram.sealed, None, "{name}");
        let Body::Records(records) = opened.telegram.body() else { panic!("{name}") };
        let found = records.windows(RECORDS.len()).any(|window| window == RECORDS);
        assert!(found, "{name}: {records:02X?}");
        let start = opened.telegram.payload_offset;
        assert!(start > 10 && start + opened.telegram.payload.len() <= octets.len(), "{name}");
        assert_eq!(sealed(&opened.telegram, &key(1)), octets, "{name}");
    }
}

#[test]
fn another_key_is_told() {
    for (name, telegram, _) in all() {
        let octets = sealed(&telegram, &key(1));
        assert_eq!(verdict(&octets, &[]), Some(Verdict::NoKey), "{name}");
        assert_eq!(verdict(&octets, &[key(2)]), Some(Verdict::WrongKey), "{name}");
        let good = verdict(&octets, &[key(2), key(1), key(3)]).unwrap();
        assert!(good.is_good(), "{name}: {good:?}");
    }
}

/// No octet that a MAC or a tag covers can change without notice.
#[test]
fn each_octet_that_is_proven_is_proven() {
    for (name, telegram, proof) in all() {
        if !matches!(proof, Proof::Mac | Proof::Tag) {
            continue;
        }
        let octets = sealed(&telegram, &key(1));
        let payload = Telegram::from_wireless(&octets).unwrap().payload_offset;
        // What is clear between the encrypted octets and the tag is covered by nothing known.
        let covered =
            if name.contains("6 octets") { payload..payload + 6 } else { payload..octets.len() };
        for place in covered {
            for bit in 0..8 {
                let mut changed = octets.clone();
                changed[place] ^= 1 << bit;
                let verdict = verdict(&changed, &[key(1)]);
                assert!(!verdict.unwrap().is_good(), "{name}: octet {place}, bit {bit}");
            }
        }
    }
}

#[test]
fn bad_data_are_told_from_a_wrong_key_where_something_tells() {
    // The fillers in the first block come out, the MAC does not fit.
    let payload = [RECORDS, RECORDS].concat();
    let longer = Telegram { payload: &payload, ..clear(0x7A, Config::mode_7(0, 0, 1)) };
    let mut octets = sealed(&with_afl(longer, Some(9)), &key(1));
    *octets.last_mut().unwrap() ^= 1;
    assert_eq!(verdict(&octets, &[key(1)]), Some(Verdict::BadData));
    assert_eq!(verdict(&octets, &[key(2), key(1)]), Some(Verdict::BadData));

    // A CI field comes out, the CRC does not fit.
    let mut octets = sealed(&with_session(clear(0x72, Config::CLEAR), 0x2000_0010), &key(1));
    *octets.last_mut().unwrap() ^= 1;
    assert_eq!(verdict(&octets, &[key(1)]), Some(Verdict::BadData));

    // The telegram ends before its encrypted octets do: whole blocks come out.
    let payload = [0x2F; 48];
    let long = Telegram { payload: &payload, ..clear(0x7A, Config::mode_5(0)) };
    let mut octets = sealed(&long, &key(1));
    octets.truncate(octets.len() - 5);
    octets[0] -= 5;
    let telegram = Telegram::from_wireless(&octets).unwrap();
    let mut room = [0; 256];
    let opened = open(&telegram, [&key(1)], &mut room).unwrap();
    assert_eq!((opened.verdict, opened.telegram.payload), (Verdict::BadData, &payload[..32]));
}

#[test]
fn the_tail_behind_the_blocks_is_clear() {
    let mut payload = std::vec![
        0x2F, 0x2F, 0x0C, 0x13, 1, 2, 3, 4, 0x2F, 0x2F, 0x2F, 0x2F, 0x2F, 0x2F, 0x2F, 0x2F
    ];
    payload.extend([0x02, 0x6C, 0x94, 0x38]);
    let partly = Telegram { payload: &payload, ..clear(0x7A, Config::mode_5(1)) };
    let octets = sealed(&partly, &key(1));
    assert!(octets.ends_with(&[0x02, 0x6C, 0x94, 0x38]));
    let telegram = Telegram::from_wireless(&octets).unwrap();
    assert_eq!(telegram.sealed, Some(Sealed::Tpl { encrypted: 16 }));
    let mut room = [0; 256];
    let opened = open(&telegram, [&key(1)], &mut room).unwrap();
    assert_eq!(opened.telegram.payload, payload);
}

#[test]
fn fillers_stay_before_records_alone() {
    for (ci, payload) in [(0x7B, &[1, 2, 3, 4, 5][..]), (0x6E, &[9]), (0x7D, &[0xC4, 1])] {
        let telegram = Telegram { payload, ..clear(0x7A, Config::mode_5(0)) };
        let header = telegram.tpl.unwrap().header();
        let tpl = Tpl::new(CiField::new(ci), header).unwrap();
        let octets = sealed(&Telegram { tpl: Some(tpl), ..telegram }, &key(1));
        let received = Telegram::from_wireless(&octets).unwrap();
        let mut room = [0; 256];
        let opened = open(&received, [&key(1)], &mut room).unwrap().telegram;
        assert!(opened.payload.starts_with(payload), "{ci:02X}: {:02X?}", opened.payload);
        assert_eq!(opened.payload_offset, received.payload_offset + 2);
        assert_eq!(sealed(&opened, &key(1)), octets, "{ci:02X}");
    }
}

#[test]
fn what_arrives_clear_is_clear_with_every_key() {
    let payload = [&[0x2F, 0x2F][..], RECORDS, &[0x2F; 16]].concat();
    let telegram = Telegram { payload: &payload, ..clear(0x7A, Config::mode_5(2)) };
    let mut octets = std::vec![0; telegram.wire_len()];
    telegram.emit_to_slice(&mut octets).unwrap();
    for keys in [&[][..], &[key(1)], &[key(1), key(2)]] {
        assert_eq!(verdict(&octets, keys), Some(Verdict::AlreadyClear));
    }

    let mut room = [0; 256];
    let octets = sealed(&with_session(clear(0x72, Config::CLEAR), 0x2000_0010), &key(1));
    let opened = open(&Telegram::from_wireless(&octets).unwrap(), [&key(1)], &mut room).unwrap();
    let mut clear = std::vec![0; opened.telegram.wire_len()];
    opened.telegram.emit_to_slice(&mut clear).unwrap();
    assert_eq!(verdict(&clear, &[]), Some(Verdict::AlreadyClear));
    assert_eq!(verdict(&clear, &[key(2)]), Some(Verdict::AlreadyClear));
}

/// One in 65536 encrypted telegrams begins with the octets that fillers have.
#[test]
fn encrypted_octets_that_begin_like_fillers_are_opened() {
    // 04 13: a volume of four octets.
    let found = (0_u32..10_000_000).find_map(|number| {
        let payload = [&[0x04, 0x13][..], &number.to_le_bytes(), RECORDS].concat();
        let telegram = Telegram { payload: &payload, ..clear(0x7A, Config::mode_5(0)) };
        let octets = sealed(&telegram, &key(1));
        let start = Telegram::from_wireless(&octets).unwrap().payload_offset;
        octets[start..].starts_with(&[0x2F, 0x2F]).then_some(octets)
    });
    assert_eq!(verdict(&found.unwrap(), &[key(1)]), Some(Verdict::Decrypted(Proof::Fillers)));
}

/// One in 65536 clear telegrams gives fillers when it is decrypted all the same, and mostly no
/// records behind them.
#[test]
fn clear_records_are_not_decrypted_to_something_else() {
    let found = (0_u32..10_000_000).find_map(|number| {
        let mut payload = [0x2F; 16];
        payload[2..4].copy_from_slice(&[0x04, 0x13]);
        payload[4..8].copy_from_slice(&number.to_le_bytes());
        let mut decrypted = payload;
        key(1).decrypt_cbc(&initial_vector_5(&METER, 42), &mut decrypted).unwrap();
        let is_bad = Records::new(&decrypted).any(|item| matches!(item, RecordItem::Bad { .. }));
        (decrypted.starts_with(&[0x2F, 0x2F]) && is_bad).then_some(payload)
    });
    let payload = found.unwrap();
    let telegram = Telegram { payload: &payload, ..clear(0x7A, Config::mode_5(1)) };
    let mut octets = std::vec![0; telegram.wire_len()];
    telegram.emit_to_slice(&mut octets).unwrap();
    assert_eq!(verdict(&octets, &[key(1)]), Some(Verdict::AlreadyClear));
}

#[test]
fn a_repeated_session_opens() {
    let octets = sealed(&with_session(clear(0x72, Config::CLEAR), 0x2ABC_DEF5), &key(1));
    let mut repeated = octets.clone();
    // The communication control: hop count and repeated access.
    repeated[11] |= 0x12;
    assert_eq!(verdict(&repeated, &[key(1)]), Some(Verdict::Decrypted(Proof::Crc)));
    repeated[11] |= 0x04;
    assert_eq!(verdict(&repeated, &[key(1)]), Some(Verdict::WrongKey));
}

#[test]
fn a_clear_message_with_a_mac_is_authentic_or_not() {
    let telegram = with_afl(clear(0x7A, Config::CLEAR), Some(5));
    let octets = sealed(&telegram, &key(1));
    assert_eq!(verdict(&octets, &[]), Some(Verdict::Clear));
    assert_eq!(verdict(&octets, &[key(1)]), Some(Verdict::Authentic));
    assert_eq!(verdict(&octets, &[key(2)]), Some(Verdict::WrongKey));
    assert_eq!(verdict(&octets, &[key(2), key(1)]), Some(Verdict::Authentic));
}

/// What is authenticated, octet by octet, with the primitives alone.
#[test]
fn a_mac_covers_control_counter_length_and_the_message() {
    let octets =
        sealed(&with_afl(clear(0x7A, Config::mode_7(0, 0, 1)), Some(0x0102_0304)), &key(1));
    let telegram = Telegram::from_wireless(&octets).unwrap();
    let purpose = Purpose::Authentication;
    let direction = gurux_framing::Direction::Response;
    let block = derivation_block(purpose, direction, 0x0102_0304, METER.identification);
    let start = telegram.payload_offset - 6;
    let message = &octets[start..];
    assert_eq!(message[..6], [0x7A, 42, 0, 0x10, 0x07, 0x10]);
    let head = [0x65, 0x04, 0x03, 0x02, 0x01, message.len() as u8, 0];
    let mac = key(1).derive(&block).unwrap().cmac(&[&head, message]).unwrap();
    assert_eq!(telegram.afl.unwrap().mac().unwrap(), &mac[..8]);
}

/// What a tag of mode 10 authenticates: CI field to configuration extension, not the counter.
#[test]
fn a_tag_covers_the_header_up_to_the_counter() {
    let octets = sealed(&clear(0x7A, Config::mode_10(0, 1, 0x0102_0304, 8)), &key(1));
    let telegram = Telegram::from_wireless(&octets).unwrap();
    let direction = gurux_framing::Direction::Response;
    let block = derivation_block(Purpose::Encryption, direction, 0x0102_0304, METER.identification);
    let nonce = nonce_10(&METER, 0x0102_0304);
    let header = [0x7A, 42, 0, 0xFF, 0x2A, 0x10, 0x01];
    assert_eq!(octets[10..17], header);
    let (text, tag) = telegram.payload.split_at(RECORDS.len());
    let mut text = text.to_vec();
    key(1).derive(&block).unwrap().decrypt_ccm(&nonce, &header, &mut text, tag).unwrap();
    assert_eq!(text, RECORDS);
}

/// OMS Vol. 2, Annex N, example of profile B, as public test suites carry it: the telegram is built
/// here from its parts and must come out with the MAC that stands there.
#[test]
fn profile_b_makes_the_mac_of_the_published_example() {
    let key = Software::new(&"000102030405060708090A0B0C0D0E0F".parse().unwrap());
    let address = "12345678 ELS 51 3".parse().unwrap();
    let short = ShortHeader {
        access_number: 0x75,
        config: Config::mode_7(0, 0, 1),
        ..ShortHeader::default()
    };
    let telegram = Telegram {
        link: Link::Wireless { control: CField::SND_NR, address },
        afl: Some(Afl::EMPTY.with_message_control(MessageControl(0x25)).with_counter(2739)),
        tpl: Some(Tpl::new(CiField::new(0x7A), Header::Short(short)).unwrap()),
        // 28504.27 m3 at 2008-05-31 23:50, no error.
        payload: &[
            0x0C, 0x14, 0x27, 0x04, 0x85, 0x02, 0x04, 0x6D, 0x32, 0x37, 0x1F, 0x15, 0x02, 0xFD,
            0x17, 0x00, 0x00,
        ],
        ..Telegram::from_user_data(&[]).unwrap()
    };
    let mut room = [0; SEAL_ROOM];
    let sealed = seal(&telegram, Known::default(), &key, &mut room).unwrap();
    let mac = sealed.afl.and_then(|afl| afl.mac()).unwrap();
    assert_eq!(mac, [0x21, 0x92, 0x4D, 0x4F, 0x2F, 0xB6, 0x6E, 0x01]);
}

#[test]
fn fragments_make_a_message() {
    let whole = with_afl(clear(0x72, Config::mode_7(0, 0, 1)), Some(9));
    let mut room = [0; SEAL_ROOM];
    let sealed = seal(&whole, Known::default(), &key(1), &mut room).unwrap();
    let afl = sealed.afl.unwrap();
    let mut message = std::vec![0; 256];
    let inner = Telegram { link: Link::Bare, afl: None, ..sealed };
    let len = inner.emit_to_slice(&mut message).unwrap();
    message.truncate(len);

    let (first, last) = message.split_at(20);
    let control = afl.message_control().unwrap();
    let pieces = [
        Telegram {
            afl: Some(
                Afl::fragment(1, true)
                    .with_message_control(control)
                    .with_counter(9)
                    .with_message_length(afl.message_length().unwrap()),
            ),
            tpl: None,
            payload: first,
            ..whole
        },
        Telegram {
            afl: Some(Afl::fragment(2, false).with_mac(afl.mac().unwrap()).unwrap()),
            tpl: None,
            payload: last,
            ..whole
        },
    ];
    let mut assembly = Assembly::new([0; 256]);
    for (piece, became) in
        [(0, Piece::Taken), (0, Piece::Taken), (1, Piece::Last), (1, Piece::Repeated)]
    {
        let mut octets = std::vec![0; 256];
        let len = pieces[piece].emit_to_slice(&mut octets).unwrap();
        let telegram = Telegram::from_wireless(&octets[..len]).unwrap();
        assert_eq!(telegram.sealed, Some(Sealed::Fragment));
        let mut room = [0; 256];
        assert_eq!(open(&telegram, [&key(1)], &mut room).unwrap().verdict, Verdict::Fragment);
        assert_eq!(assembly.push(&telegram), became);
    }
    let mut room = [0; 256];
    let behind = Telegram { afl: Some(Afl::fragment(3, false)), ..pieces[1] };
    assert_eq!(assembly.clone().push(&behind), Piece::OutOfOrder);
    let telegram = assembly.message(&pieces[1]).unwrap();
    let opened = open(&telegram, [&key(1)], &mut room).unwrap();
    assert_eq!(opened.verdict, Verdict::Decrypted(Proof::Mac));
    assert!(opened.telegram.payload.starts_with(&[0x2F, 0x2F, 0x0C, 0x13]));
}

#[test]
fn fragments_that_never_end_take_no_more_than_the_buffer() {
    let mut assembly = Assembly::new([0; 1000]);
    let payload = [0x2F; 200];
    let piece = |number| Telegram {
        afl: Some(Afl::fragment(number, true)),
        payload: &payload,
        ..Telegram::from_user_data(&[]).unwrap()
    };
    for number in 1..=5 {
        assert_eq!(assembly.push(&piece(number)), Piece::Taken);
    }
    assert_eq!(assembly.push(&piece(6)), Piece::Length);
    assert_eq!(assembly.push(&piece(7)), Piece::OutOfOrder);
    assert_eq!(assembly.push(&piece(1)), Piece::Taken);
    assert_eq!(assembly.push(&piece(3)), Piece::OutOfOrder);
    assert_eq!(assembly.push(&Telegram::from_user_data(&[]).unwrap()), Piece::OutOfOrder);
}

#[cfg(feature = "des")]
#[test]
fn des_is_sealed_and_opened() {
    let des = Software::new(&Key::Des([0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF]));
    for (mode, date) in [(0x0200, None), (0x0300, Some([0xDA, 0x7E]))] {
        let telegram = clear(0x72, Config::new(mode));
        let known = Known { date, ..Known::default() };
        let mut room = [0; SEAL_ROOM];
        let sealed = seal(&telegram, known, &des, &mut room).unwrap();
        assert_eq!(sealed.sealed, Some(Sealed::Tpl { encrypted: 16 }));
        let mut room = [0; 256];
        let opened = open_with(&sealed, known, [&des], &mut room).unwrap();
        assert_eq!(opened.verdict, Verdict::Decrypted(Proof::Fillers));
        assert_eq!(opened.telegram.payload[2..], *RECORDS);
        let mut room = [0; 256];
        let opened = open_with(&sealed, known, [&key(1)], &mut room).unwrap();
        assert_eq!(opened.verdict, Verdict::Failed(CipherError::Unsupported));
    }
}

#[test]
fn what_cannot_be_sealed_or_opened_is_said() {
    let mut room = [0; SEAL_ROOM];
    let uncounted = clear(0x7A, Config::mode_7(0, 0, 1));
    let error = seal(&uncounted, Known::default(), &key(1), &mut room).unwrap_err();
    assert_eq!(error, crate::Error::Missing { what: "key derivation" });
    let tls = clear(0x7A, Config::new(0x0DFF));
    assert!(seal(&tls, Known::default(), &key(1), &mut room).is_err());
    let long = Telegram { payload: &[0x2E; 240], ..clear(0x7A, Config::mode_5(0)) };
    assert!(seal(&long, Known::default(), &key(1), &mut room).is_err());
    assert!(seal(&uncounted, Known::default(), &key(1), &mut [0; 40]).is_err());

    for word in [0x0DFF, 0x0110, 0x1810, 0x0F10] {
        let mut octets = [0; 64];
        let len = clear(0x7A, Config::new(word)).emit_to_slice(&mut octets).unwrap();
        assert_eq!(verdict(&octets[..len], &[key(1)]), Some(Verdict::Unsupported), "{word:04X}");
    }
    let octets = sealed(&clear(0x7A, Config::mode_5(0)), &key(1));
    let telegram = Telegram::from_wireless(&octets).unwrap();
    assert!(open(&telegram, [&key(1)], &mut [0; 8]).is_err());
}

#[test]
fn a_wired_telegram_with_a_short_header_needs_the_address_that_was_selected() {
    let wired = Link::Wired { control: CField::RSP_UD, address: crate::wire::AField::SELECTED };
    let telegram = Telegram { link: wired, ..clear(0x7A, Config::mode_5(0)) };
    let known = Known { meter: Some(METER), date: None };
    let mut room = [0; SEAL_ROOM];
    let sealed = seal(&telegram, known, &key(1), &mut room).unwrap();
    let mut octets = [0; 64];
    let len = sealed.emit_to_slice(&mut octets).unwrap();
    let telegram = Telegram::from_wired(&octets[..len]).unwrap();
    let (mut one, mut other) = ([0; 64], [0; 64]);
    assert_eq!(open(&telegram, [&key(1)], &mut one).unwrap().verdict, Verdict::Unsupported);
    let opened = open_with(&telegram, known, [&key(1)], &mut other).unwrap();
    assert_eq!(opened.verdict, Verdict::Decrypted(Proof::Fillers));
}

proptest! {
    #[test]
    fn nothing_brings_it_down(mut octets in prop::collection::vec(any::<u8>(), 10..255), ci in 0_usize..12) {
        octets[0] = octets.len() as u8 - 1;
        if let Some(place) = octets.get_mut(10) {
            *place = [0x7A, 0x72, 0x8D, 0x8F, 0x90, 0x8C, 0x5B, 0x81, 0x86, 0x76, 0x53, 0x7A][ci];
        }
        if let Ok(telegram) = Telegram::from_wireless(&octets) {
            let mut room = [0; 256];
            let opened = open(&telegram, [&key(1), &key(2)], &mut room).unwrap();
            prop_assert!(opened.telegram.payload.len() <= octets.len());
            let mut room = [0; SEAL_ROOM];
            let _ = seal(&telegram, Known::default(), &key(1), &mut room);
            let mut assembly = Assembly::new([0; 300]);
            let _ = assembly.push(&telegram);
            let _ = assembly.message(&telegram);
        }
    }

    #[test]
    fn what_is_sealed_opens(payload in prop::collection::vec(any::<u8>(), 0..180), which in 0_usize..14) {
        let (_, telegram, _) = all()[which];
        let telegram = Telegram { payload: &payload, ..telegram };
        let octets = sealed(&telegram, &key(1));
        let received = Telegram::from_wireless(&octets).unwrap();
        let mut room = [0; 256];
        let opened = open(&received, [&key(1)], &mut room).unwrap();
        prop_assert!(opened.verdict.is_good() || payload.starts_with(&[0x2F]));
        let fillers = usize::from(opened.telegram.payload.starts_with(&[0x2F, 0x2F])) * 2;
        let out = opened.telegram.payload;
        prop_assert!(out.starts_with(&payload) || out[fillers..].starts_with(&payload));
    }
}
