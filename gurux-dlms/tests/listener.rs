//! Meters push, and a listener takes it: by every carrier, opened with the keys of each, once.
#![cfg(feature = "crypto")]
#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test may fail")]

use core::time::Duration;
use std::sync::{Arc, Mutex};

use gurux_dlms::carrier::{Cut, Llc, MbusSegment, Piece, Wrapper};
use gurux_dlms::push::LAYOUTS;
use gurux_dlms::security::{
    CipherError, Envelope, Key, Keyring, OpenError, Policy, Provider, Replay, Software,
    SoftwareCipher, SystemTitle, seal,
};
use gurux_dlms::session::{
    Listener, ListenerConfig, ListenerEvent, MeterKeys, PushKeys, PushRefusal, Pushed, PushedBy,
};
use gurux_dlms::value::Data;
use gurux_dlms::wire::{
    ApduTag, BlockControl, DataNotification, GeneralBlockTransfer, LongInvokeId, SecurityControl,
    TimeStamp,
};
use gurux_framing::Wire;
use gurux_framing::hdlc::{Command, Control, HdlcAddress, HdlcFrame};
use gurux_media::bytes::BytesMut;
use gurux_media::{Instant, Session};

const METER: SystemTitle = SystemTitle(*b"MMM\0\0\0\0\x01");
const OTHER: SystemTitle = SystemTitle(*b"MMM\0\0\0\0\x02");
const STRANGER: SystemTitle = SystemTitle(*b"XYZ\0\0\0\0\x09");

fn octets<'a>(message: &impl Wire<'a>) -> Vec<u8> {
    let mut octets = vec![0; message.wire_len()];
    message.emit_to_slice(&mut octets).expect("its length");
    octets
}

fn key(first: u8) -> Key {
    Key::Aes128(core::array::from_fn(|at| first + at as u8))
}

fn ring(first: u8) -> Keyring<SoftwareCipher> {
    Keyring::new(Software.cipher(&key(first)).expect("a key")).with_authentication(key(0xD0))
}

/// An OBIS code, a value, its scaler and unit: the energy of this much.
fn push(energy: u32, id: LongInvokeId) -> Vec<u8> {
    let scaler = Data::structure(vec![Data::Integer(0), Data::Enum(30)]);
    let row =
        vec![Data::OctetString(vec![1, 0, 1, 8, 0, 255]), Data::DoubleLongUnsigned(energy), scaler];
    let body = octets(&Data::structure(vec![Data::structure(row)]));
    let head = octets(&DataNotification {
        long_invoke_id_and_priority: id,
        date_time: TimeStamp::NONE,
        notification_body: gurux_dlms::wire::DataRef::NullData,
    });
    [&head[..head.len() - 1], &body].concat()
}

fn plain(energy: u32) -> Vec<u8> {
    push(energy, LongInvokeId::new(energy).unconfirmed())
}

fn sealed(
    title: SystemTitle,
    ring: &Keyring<SoftwareCipher>,
    counter: u32,
    text: &[u8],
) -> Vec<u8> {
    let control = SecurityControl::AUTHENTICATED_ENCRYPTED;
    let mut room = vec![0; text.len() + 64];
    let envelope = Envelope::GeneralGlo(&title.0);
    let len = seal(envelope, control, counter, title, ring, text, &mut room).expect("it fits");
    room.truncate(len);
    room
}

fn wrapped(source: u16, apdu: &[u8]) -> Vec<u8> {
    octets(&Wrapper::new(source, 103, apdu).expect("short enough"))
}

fn in_hdlc(meter: u8, message: &[u8], max: usize) -> Vec<Vec<u8>> {
    let address = |number| HdlcAddress::of_client(number).expect("7 bits");
    let whole = [&Llc::Response.octets()[..], message].concat();
    let frame = |piece: Piece<'_>| {
        let frame = HdlcFrame::new(address(103), address(meter), Control::new(Command::Ui, false))
            .with_information(piece.octets)
            .expect("short enough")
            .with_segmentation(!piece.is_last);
        let mut room = [0; 400];
        let len = frame.write(&mut room).expect("it fits");
        room[..len].to_vec()
    };
    Cut::new(&whole, max, 0).map(frame).collect()
}

fn in_mbus(message: &[u8], max: usize) -> Vec<Vec<u8>> {
    let frame = |piece: Piece<'_>| {
        let content = octets(&MbusSegment::new(1, 103, piece));
        let len = content.len() as u8;
        let sum = content.iter().fold(0_u8, |sum, octet| sum.wrapping_add(*octet));
        [&[0x68, len, len, 0x68], &content[..], &[sum, 0x16]].concat()
    };
    Cut::new(message, max, 0).map(frame).collect()
}

/// All that a listener tells of these octets, which come in pieces of so many.
fn told<K: PushKeys>(
    listener: &mut Listener<K>,
    octets: &[u8],
    piece: usize,
) -> Vec<ListenerEvent> {
    let mut told = Vec::new();
    for piece in octets.chunks(piece) {
        listener.handle_input(Instant::ZERO, piece);
        told.extend(std::iter::from_fn(|| listener.poll_event()));
    }
    told
}

fn energies(events: &[ListenerEvent]) -> Vec<String> {
    let pushes = events.iter().filter_map(|event| match event {
        ListenerEvent::Pushed(push) => Some(energy(push)),
        _ => None,
    });
    pushes.collect()
}

fn energy(push: &Pushed) -> String {
    let found = push.measurements(LAYOUTS).expect("a body");
    assert_eq!(found.len(), 1);
    let unit = found[0].unit.map(|unit| unit.to_string()).unwrap_or_default();
    format!("{} {unit}", found[0].value.as_ref().expect("a value"))
}

#[test]
fn every_carrier_is_told_by_itself_even_on_one_line() {
    let text = "/MMM5METER\r\n\r\n1-0:1.8.0(000005.000*kWh)\r\n!";
    let stream = [
        wrapped(1, &plain(1)),
        in_hdlc(17, &plain(2), 300).concat(),
        // Two frames with one flag between them.
        in_hdlc(17, &plain(3), 300).concat()[1..].to_vec(),
        in_mbus(&plain(4), 200).concat(),
        format!("{text}{:04X}\r\n", arc(text.as_bytes())).into_bytes(),
        wrapped(2, &plain(6)),
    ]
    .concat();
    for piece in [1, 2, 7, 64, stream.len()] {
        let mut listener = Listener::new(ListenerConfig::default(), ());
        let events = told(&mut listener, &stream, piece);
        let found = energies(&events);
        assert_eq!(found, ["1 Wh", "2 Wh", "3 Wh", "4 Wh", "5.000 kWh", "6 Wh"], "{piece}");
        assert_eq!(events.len(), 6, "{piece}: {events:?}");
        assert_eq!(listener.poll_timeout(), None);
    }
}

/// The check sum of a P1 telegram: CRC-16/ARC.
fn arc(octets: &[u8]) -> u16 {
    octets.iter().fold(0, |crc, octet| {
        (0..8).fold(crc ^ u16::from(*octet), |crc, _| {
            if crc & 1 == 0 { crc >> 1 } else { (crc >> 1) ^ 0xA001 }
        })
    })
}

#[test]
fn each_push_is_opened_with_the_keys_of_its_meter_and_taken_once() {
    let mut keys = MeterKeys::new();
    keys.insert(METER, ring(0), Policy::Verified);
    keys.insert(OTHER, ring(0x40), Policy::Verified);
    let keys = Arc::new(Mutex::new(keys));
    // A connection each, and the keys of all.
    let mut first = Listener::new(ListenerConfig::default(), Arc::clone(&keys));
    let mut second = Listener::new(ListenerConfig::default(), Arc::clone(&keys));
    let of = |title, ring: &Keyring<_>, counter| {
        wrapped(1, &sealed(title, ring, counter, &plain(counter)))
    };
    let events = told(&mut first, &of(METER, &ring(0), 7), 5);
    let [ListenerEvent::Pushed(push)] = &events[..] else { panic!("{events:?}") };
    assert_eq!((push.sender, push.invocation_counter), (Some(METER), Some(7)));
    assert!(push.is_verified && push.protection.is_some_and(SecurityControl::is_encrypted));
    assert_eq!(push.from, PushedBy::Wrapper { source: 1, destination: 103 });
    let events = told(&mut second, &of(OTHER, &ring(0x40), 7), 5);
    assert_eq!(energies(&events), ["7 Wh"]);
    let refused = |listener: &mut Listener<_>, octets: &[u8]| {
        let events = told(listener, octets, 9);
        let [ListenerEvent::Refused { why, message, .. }] = &events[..] else {
            panic!("{events:?}")
        };
        assert_eq!(message[..], octets[8..], "it is told as it came");
        *why
    };
    // The same again, on whichever connection; a newer one, and a later one that overtook it.
    let repeated = PushRefusal::Replay(Replay::Repeated);
    assert_eq!(refused(&mut second, &of(METER, &ring(0), 7)), repeated);
    assert_eq!(energies(&told(&mut first, &of(METER, &ring(0), 9), 5)), ["9 Wh"]);
    assert_eq!(energies(&told(&mut first, &of(METER, &ring(0), 8), 5)), ["8 Wh"]);
    // With the keys of another meter, and of one that nobody knows.
    let tag = PushRefusal::Open(OpenError::Cipher(CipherError::Tag));
    assert_eq!(refused(&mut first, &of(METER, &ring(0x40), 20)), tag);
    assert_eq!(refused(&mut first, &of(STRANGER, &ring(0), 1)), PushRefusal::NoKeys(STRANGER));
    // What was forged has moved nothing.
    assert_eq!(energies(&told(&mut first, &of(METER, &ring(0), 10), 5)), ["10 Wh"]);
    let floor = keys.lock().expect("nobody panics").floor(METER);
    assert_eq!(floor, Some(11));
    // What was kept of an earlier run holds.
    let mut later = MeterKeys::new();
    later.insert(METER, ring(0), Policy::Verified);
    later.set_floor(METER, 11);
    let mut listener = Listener::new(ListenerConfig::default(), later);
    let events = told(&mut listener, &of(METER, &ring(0), 10), 5);
    assert!(matches!(&events[..], [ListenerEvent::Refused { why: PushRefusal::Replay(_), .. }]));
}

#[test]
fn one_key_for_all_and_one_without_its_authentication_key() {
    let mut keys = MeterKeys::new();
    keys.insert_others(ring(0), Policy::Verified);
    let half = Keyring { authentication: None, ..ring(0x40) };
    keys.insert(OTHER, half, Policy::DecryptUnverified);
    let mut listener = Listener::new(ListenerConfig::default(), keys);
    for (title, ring, is_verified) in
        [(METER, ring(0), true), (STRANGER, ring(0), true), (OTHER, ring(0x40), false)]
    {
        let events = told(&mut listener, &wrapped(1, &sealed(title, &ring, 3, &plain(5))), 50);
        let [ListenerEvent::Pushed(push)] = &events[..] else { panic!("{events:?}") };
        assert_eq!((push.is_verified, push.sender), (is_verified, Some(title)));
    }
    // Each meter has counters of its own, whosever the key is.
    let again = told(&mut listener, &wrapped(1, &sealed(METER, &ring(0), 3, &plain(5))), 50);
    assert!(matches!(&again[..], [ListenerEvent::Refused { why: PushRefusal::Replay(_), .. }]));
    // What another key makes of it is no message.
    let noise = told(&mut listener, &wrapped(1, &sealed(OTHER, &ring(0x11), 4, &plain(5))), 50);
    assert!(matches!(&noise[..], [ListenerEvent::Refused { why: PushRefusal::Open(_), .. }]));
}

#[test]
fn pieces_are_joined_those_of_each_meter_by_themselves() {
    let mut keys = MeterKeys::new();
    keys.insert(METER, ring(0), Policy::Verified);
    keys.insert(OTHER, ring(0x40), Policy::Verified);
    let mut listener = Listener::new(ListenerConfig::default(), keys);
    let first = in_hdlc(17, &sealed(METER, &ring(0), 1, &plain(100)), 20);
    let second = in_hdlc(18, &sealed(OTHER, &ring(0x40), 1, &plain(200)), 20);
    assert!(first.len() > 2 && first.len() == second.len());
    let mixed: Vec<u8> =
        first.iter().zip(&second).flat_map(|(a, b)| [&a[..], b].concat()).collect();
    let events = told(&mut listener, &mixed, 11);
    assert_eq!(energies(&events), ["100 Wh", "200 Wh"]);
    assert_eq!(events.len(), 2);
    // Blocks of GENERAL-BLOCK-TRANSFER, each in a message of its own.
    let message = sealed(METER, &ring(0), 2, &plain(300));
    let blocks = |message: &[u8]| -> Vec<Vec<u8>> {
        let block = |piece: Piece<'_>| {
            let control = BlockControl::new(1).streaming();
            octets(&GeneralBlockTransfer {
                block_control: if piece.is_last { control.last() } else { control },
                block_number: piece.number as u16,
                block_number_ack: 0,
                block_data: piece.octets,
            })
        };
        Cut::new(message, 16, 1).map(block).map(|block| wrapped(1, &block)).collect()
    };
    let events = told(&mut listener, &blocks(&message).concat(), 13);
    assert_eq!(energies(&events), ["300 Wh"]);
    assert_eq!(listener.poll_timeout(), None);
    // Segments of M-Bus, and a second push that begins before the first is whole.
    let begun = in_mbus(&sealed(METER, &ring(0), 3, &plain(400)), 40);
    let whole = in_mbus(&sealed(METER, &ring(0), 4, &plain(500)), 40);
    let events = told(&mut listener, &[&begun[0][..], &whole.concat()].concat(), 9);
    assert_eq!(energies(&events), ["500 Wh"]);
    let lost = &events[0];
    assert!(matches!(lost, ListenerEvent::Incomplete { octets: 40, .. }), "{lost:?}");
}

#[test]
fn half_a_message_is_given_up_when_its_time_is_over() {
    let config = ListenerConfig::default();
    let mut listener = Listener::new(config, ());
    let frame = wrapped(1, &plain(1));
    assert!(told(&mut listener, &frame[..20], 20).is_empty());
    assert_eq!(listener.poll_timeout(), Some(Instant::ZERO + config.octet_timeout));
    // A pause that is shorter is none.
    let later = Instant::ZERO + (config.octet_timeout - Duration::from_millis(1));
    listener.handle_timeout(later);
    listener.handle_input(later, &frame[20..]);
    assert!(matches!(listener.poll_event(), Some(ListenerEvent::Pushed(_))));
    // A longer one is the end of it; what comes behind is read.
    listener.handle_input(later, &frame[..20]);
    let end = later + config.octet_timeout;
    listener.handle_timeout(end);
    let octets: usize = std::iter::from_fn(|| listener.poll_event())
        .map(|event| match event {
            ListenerEvent::Dropped { octets, .. } => octets,
            other => panic!("{other:?}"),
        })
        .sum();
    assert_eq!(octets, 20);
    listener.handle_input(end, &frame);
    assert!(matches!(listener.poll_event(), Some(ListenerEvent::Pushed(_))));
    // A segment, and no more.
    let segments = in_hdlc(17, &plain(1), 10);
    listener.handle_input(end, &segments[0]);
    assert_eq!(listener.poll_timeout(), Some(end + config.piece_timeout));
    listener.handle_timeout(end + config.piece_timeout);
    let lost = listener.poll_event();
    assert!(matches!(lost, Some(ListenerEvent::Incomplete { octets: 10, .. })), "{lost:?}");
    // The connection ends in the middle of the next one.
    listener.handle_input(end, &segments[0]);
    listener.handle_close(end);
    assert!(matches!(listener.poll_event(), Some(ListenerEvent::Incomplete { .. })));
    assert_eq!(listener.poll_timeout(), None);
}

#[test]
fn a_push_that_wants_it_is_confirmed() {
    let asks = |config| {
        let mut listener = Listener::new(config, ());
        let wants = wrapped(5, &push(1, LongInvokeId::new(77)));
        let events = told(&mut listener, &[wants, wrapped(5, &plain(2))].concat(), 1000);
        let is_confirmed = |event: &ListenerEvent| matches!(event, ListenerEvent::Pushed(push) if push.is_confirmed);
        let confirmed: Vec<bool> = events.iter().map(is_confirmed).collect();
        let mut out = BytesMut::new();
        while listener.poll_transmit(Instant::ZERO, &mut out).is_some() {}
        (confirmed, out.to_vec())
    };
    let (confirmed, out) = asks(ListenerConfig::default());
    assert_eq!(confirmed, [true, false]);
    // To the device that sent it, with its number, and no time.
    let answer = Wrapper::from_bytes(&out).expect("one answer");
    assert_eq!((answer.source, answer.destination), (103, 5));
    assert_eq!(answer.apdu(), [0x10, 0x40, 0, 0, 77, 0]);
    let (confirmed, out) = asks(ListenerConfig { confirms: false, ..ListenerConfig::default() });
    assert_eq!((confirmed, out.len()), (vec![false, false], 0));
}

#[test]
fn what_is_no_push_is_told_and_never_lost() {
    let mut listener = Listener::new(ListenerConfig::default(), ());
    let stream = [
        &[0xFF, 0xFE][..],
        &wrapped(1, &[0xC4, 1, 0xC1, 0, 0x00]),
        &wrapped(1, &plain(1)[..9]),
        &wrapped(1, &[0xDB, 8, 1]),
        &[0xFD; 3],
        &wrapped(1, &plain(2)),
    ]
    .concat();
    let events = told(&mut listener, &stream, stream.len());
    let [
        ListenerEvent::Dropped { octets: 2, .. },
        ListenerEvent::Refused { why: PushRefusal::Unexpected(ApduTag::GET_RESPONSE), .. },
        ListenerEvent::Pushed(broken),
        ListenerEvent::Refused { why: PushRefusal::Open(_), .. },
        ListenerEvent::Dropped { octets: 3, .. },
        ListenerEvent::Pushed(_),
    ] = &events[..]
    else {
        panic!("{events:?}")
    };
    assert!(broken.measurements(LAYOUTS).is_err());
    // Datagrams have nothing in common: half of one is no beginning of the next.
    let config = ListenerConfig { is_datagram: true, ..ListenerConfig::default() };
    let mut listener = Listener::new(config, ());
    let frame = wrapped(1, &plain(2));
    let events =
        [told(&mut listener, &frame[..30], 100), told(&mut listener, &frame, 100)].concat();
    assert_eq!(energies(&events), ["2 Wh"]);
    assert_eq!(listener.poll_timeout(), None);
    // Nobody takes what is told: it is counted.
    for _ in 0..2000 {
        listener.handle_input(Instant::ZERO, &frame);
    }
    let events: Vec<_> = std::iter::from_fn(|| listener.poll_event()).collect();
    assert_eq!(events.last(), Some(&ListenerEvent::Overrun(2000 - (events.len() - 1))));
}
