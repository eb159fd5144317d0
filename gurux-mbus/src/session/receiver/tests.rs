use core::time::Duration;
use std::string::ToString;
use std::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::security::{Key, Known, Proof, SEAL_ROOM, Software, seal};
use crate::wire::{
    Afl, CField, CiField, CommunicationControl, Config, Ell, EllKind, Header, MessageControl,
    Selection, ShortHeader, Tpl,
};

/// 12345678 ELS 51 7.
const METER: MeterAddress =
    MeterAddress::from_octets([0x78, 0x56, 0x34, 0x12, 0x93, 0x15, 0x33, 0x07]);
/// We: 99999999 GUR 1 49.
const OWN: MeterAddress =
    MeterAddress::from_octets([0x99, 0x99, 0x99, 0x99, 0xB2, 0x1E, 0x01, 0x31]);
/// 1234.567 m3, and what it was at the end of the month.
const RECORDS: &[u8] = &[0x0C, 0x13, 0x67, 0x45, 0x23, 0x01, 0x4C, 0x13, 0x66, 0x45, 0x23, 0x01];

fn key(octet: u8) -> Software {
    Software::new(&Key::Aes([octet; 16]))
}

fn at(millis: u64) -> Instant {
    Instant::from_millis(millis)
}

/// With the meter's key.
fn receiver() -> Receiver<Software> {
    let mut keys = KeyStore::new();
    keys.insert(Selection::exactly(METER), key(1));
    let config = ReceiverConfig {
        address: Some(OWN),
        install: Install::WithKey,
        ..ReceiverConfig::default()
    };
    Receiver::new(config, keys)
}

fn telegram<'a>(
    control: CField,
    ci: u8,
    access_number: u8,
    config: Config,
    payload: &'a [u8],
) -> Telegram<'a> {
    let short = ShortHeader { access_number, config, ..ShortHeader::default() };
    let header = match ci {
        0x78 | 0x79 => Header::None,
        0x72 | 0x8B => Header::Long(METER, short),
        _ => Header::Short(short),
    };
    Telegram {
        link: Link::Wireless { control, address: METER },
        tpl: Some(Tpl::new(CiField::new(ci), header).unwrap()),
        payload,
        ..Telegram::from_user_data(&[]).unwrap()
    }
}

fn octets(telegram: &Telegram<'_>, key: Option<&Software>) -> Vec<u8> {
    let mut room = [0; SEAL_ROOM];
    let telegram = match key {
        Some(key) => seal(telegram, Known::default(), key, &mut room).unwrap(),
        None => *telegram,
    };
    let mut octets = std::vec![0; telegram.wire_len()];
    telegram.emit_to_slice(&mut octets).unwrap();
    octets
}

fn mode_5(access_number: u8, by: u8) -> Vec<u8> {
    let telegram = telegram(CField::SND_NR, 0x7A, access_number, Config::mode_5(0), RECORDS);
    octets(&telegram, Some(&key(by)))
}

fn clear(control: CField, access_number: u8, word: u16) -> Vec<u8> {
    octets(&telegram(control, 0x7A, access_number, Config::new(word), RECORDS), None)
}

fn events(receiver: &mut Receiver<Software>) -> Vec<ReceiverEvent> {
    core::iter::from_fn(|| receiver.poll_event()).collect()
}

fn heard(receiver: &mut Receiver<Software>, now: u64, octets: &[u8]) -> ReceivedTelegram {
    receiver.handle_input(at(now), octets);
    match receiver.poll_event() {
        Some(ReceiverEvent::Telegram(telegram)) => telegram,
        other => panic!("{other:?}"),
    }
}

fn sent(receiver: &mut Receiver<Software>, now: u64) -> Option<Vec<u8>> {
    let mut out = BytesMut::new();
    receiver.poll_transmit(at(now), &mut out).map(|_| out.to_vec())
}

#[test]
fn a_sealed_telegram_becomes_measurements() {
    let mut receiver = receiver();
    let octets = mode_5(1, 1);
    let received = heard(&mut receiver, 0, &octets);
    assert_eq!(received.verdict(), Verdict::Decrypted(Proof::Fillers));
    assert_eq!((received.octets(), received.at()), (&octets[..], at(0)));
    assert_eq!(received.meter(), Some(METER));
    assert_eq!(received.telegram().unwrap().sealed, None);
    let values: Vec<_> =
        received.measurements().map(|measurement| measurement.to_string()).collect();
    assert_eq!(values.len(), 2);
    assert!(values[0].contains("1234.567"), "{values:?}");
    assert_eq!(receiver.counters().decrypted, 1);
}

#[test]
fn every_mode_is_handed_up_open() {
    let mac = Afl::EMPTY.with_message_control(MessageControl(0x25)).with_counter(5);
    for (name, config, afl) in [
        ("mode 7", Config::mode_7(0, 0, 1), Some(mac)),
        ("mode 9", Config::new(0x09FF).with_extension(0x10, Some(1), None), None),
        ("mode 10", Config::mode_10(0, 1, 6, 8), None),
    ] {
        let telegram = telegram(CField::SND_NR, 0x72, 9, config, RECORDS);
        let octets = octets(&Telegram { afl, ..telegram }, Some(&key(1)));
        let received = heard(&mut receiver(), 0, &octets);
        assert!(matches!(received.verdict(), Verdict::Decrypted(_)), "{name}");
        assert_eq!(received.measurements().count(), 2, "{name}");
    }
}

#[test]
fn a_frame_with_check_sums_is_taken_too() {
    for format in [FrameFormat::A, FrameFormat::B] {
        let mut room = [0; wireless::MAX_LEN];
        let len = format.wrap(&mode_5(1, 1), &mut room).unwrap();
        let received = heard(&mut receiver(), 0, &room[..len]);
        assert_eq!(received.octets(), mode_5(1, 1));
    }
}

#[test]
fn the_same_telegram_is_told_once() {
    let mut receiver = receiver();
    let octets = mode_5(1, 1);
    heard(&mut receiver, 0, &octets);
    // A repeater sets hop count and repeated access in the configuration.
    let mut repeated = octets.clone();
    repeated[13] |= 0x03;
    for again in [&octets, &repeated] {
        receiver.handle_input(at(900), again);
        assert_eq!(receiver.poll_event(), None);
    }
    assert_eq!((receiver.counters().telegrams, receiver.counters().repeated), (3, 2));
    // Another access number, or another moment, is another telegram.
    heard(&mut receiver, 1000, &mode_5(2, 1));
    heard(&mut receiver, 2500, &octets);
}

#[test]
fn a_key_that_was_right_is_not_wrong_at_once() {
    let mut receiver = receiver();
    assert_eq!(heard(&mut receiver, 0, &mode_5(1, 2)).verdict(), Verdict::WrongKey);
    heard(&mut receiver, 0, &mode_5(2, 1));
    for number in 3..=5 {
        assert_eq!(heard(&mut receiver, 0, &mode_5(number, 2)).verdict(), Verdict::BadData);
    }
    assert_eq!(heard(&mut receiver, 0, &mode_5(6, 2)).verdict(), Verdict::WrongKey);
}

#[test]
fn a_meter_without_a_key_is_told_sealed() {
    let mut receiver: Receiver<Software> =
        Receiver::new(ReceiverConfig::default(), KeyStore::new());
    let received = heard(&mut receiver, 0, &mode_5(1, 1));
    assert_eq!(received.verdict(), Verdict::NoKey);
    assert!(received.telegram().unwrap().sealed.is_some());
    assert_eq!(received.measurements().count(), 0);
    receiver.keys_mut().insert(Selection::ANY, key(1));
    assert!(heard(&mut receiver, 0, &mode_5(2, 1)).verdict().is_good());
}

#[test]
fn a_compact_frame_is_expanded_once_its_format_is_known() {
    let data = [0x67, 0x45, 0x23, 0x01, 0x66, 0x45, 0x23, 0x01];
    let mut compact = [0; 12];
    CompactFrame::of_full(RECORDS, &data).emit_to_slice(&mut compact).unwrap();
    let compact = octets(&telegram(CField::SND_NR, 0x79, 0, Config::CLEAR, &compact), None);
    let full = octets(&telegram(CField::SND_NR, 0x78, 0, Config::CLEAR, RECORDS), None);

    let mut receiver = receiver();
    let unknown = heard(&mut receiver, 0, &compact);
    assert!(matches!(unknown.compact(), Compact::UnknownFormat(_)));
    assert_eq!(unknown.measurements().count(), 0);
    heard(&mut receiver, 1, &full);
    let known = heard(&mut receiver, 5000, &compact);
    assert!(matches!(known.compact(), Compact::Expanded(records) if **records == *RECORDS));
    assert_eq!(known.measurements().count(), 2);

    let formats = receiver.formats().clone();
    let mut other = Receiver::new(ReceiverConfig::default(), KeyStore::<Software>::new());
    other = other.with_formats(formats);
    assert_eq!(heard(&mut other, 0, &compact).measurements().count(), 2);
}

#[test]
fn a_format_that_is_not_the_signed_one_is_told_and_not_learnt() {
    let format = [0x04, 0x13, 0x02, 0x3B];
    let mut frame = [0; 7];
    FormatFrame::new(&format).unwrap().emit_to_slice(&mut frame).unwrap();
    let mut receiver = receiver();
    let mut tell = |at, frame: &[u8]| {
        let told = octets(&telegram(CField::SND_NR, 0x6A, at as u8, Config::CLEAR, frame), None);
        heard(&mut receiver, at, &told).compact().clone()
    };
    assert_eq!(tell(1, &frame), Compact::No);
    frame[1] ^= 1;
    assert!(matches!(tell(5000, &frame), Compact::Bad(error) if error.what == "format signature"));
}

/// A mode 7 message in three fragments.
fn fragments() -> Vec<Vec<u8>> {
    let long: Vec<u8> = RECORDS.repeat(12);
    let whole = Telegram {
        afl: Some(Afl::EMPTY.with_message_control(MessageControl(0x25)).with_counter(5)),
        ..telegram(CField::SND_NR, 0x7A, 1, Config::mode_7(0, 0, 1), &long)
    };
    let mut room = [0; SEAL_ROOM];
    let sealed = seal(&whole, Known::default(), &key(1), &mut room).unwrap();
    let afl = sealed.afl.unwrap();
    let message = octets(&Telegram { link: Link::Bare, afl: None, ..sealed }, None);
    let pieces: Vec<&[u8]> = message.chunks(60).collect();
    let last = pieces.len();
    let pieces = pieces.into_iter().zip(1..).map(|(payload, number)| {
        let mut part = Afl::fragment(number, usize::from(number) < last);
        if number == 1 {
            part = part.with_message_control(afl.message_control().unwrap()).with_counter(5);
        }
        if usize::from(number) == last {
            part = part.with_mac(afl.mac().unwrap()).unwrap();
        }
        octets(&Telegram { afl: Some(part), tpl: None, payload, ..whole }, None)
    });
    pieces.collect()
}

#[test]
fn fragments_become_one_telegram() {
    let fragments = fragments();
    assert_eq!(fragments.len(), 3);
    let mut receiver = receiver();
    for fragment in &fragments {
        assert_eq!(events(&mut receiver), []);
        receiver.handle_input(at(0), fragment);
        receiver.handle_input(at(10), fragment);
    }
    let [ReceiverEvent::Telegram(received)] = &events(&mut receiver)[..] else { panic!() };
    assert_eq!(received.verdict(), Verdict::Decrypted(Proof::Mac));
    assert_eq!((received.meter(), received.measurements().count()), (Some(METER), 24));
    assert_eq!((receiver.counters().fragments, receiver.counters().messages), (3, 1));
}

#[test]
fn a_message_that_looks_like_another_layer_is_told_as_it_was_put_together() {
    let base = [0x44, 0xAE, 0x0C, 0x78, 0x56, 0x34, 0x12, 0x01, 0x07];
    let fragment = |afl: &[u8], payload: &[u8]| {
        let behind = [&base[..], afl, payload].concat();
        [&[behind.len() as u8][..], &behind].concat()
    };
    // 8F and 90 are the CI fields of an extended link layer and of fragments: not inside of a message.
    for ci in [0x8F, 0x90, 0x81] {
        let mut receiver = receiver();
        let first = fragment(&[0x90, 2, 1, 0x40], &[ci, 0x2A, 0, 0, 0, 0x0C]);
        receiver.handle_input(at(0), &first);
        receiver.handle_input(at(10), &fragment(&[0x90, 2, 2, 0], &[0x13, 0x45, 0x23, 1, 0]));
        let [ReceiverEvent::Telegram(received)] = &events(&mut receiver)[..] else { panic!() };
        let telegram = received.telegram().unwrap();
        assert_eq!((telegram.ci(), telegram.ell), (Some(CiField::new(ci)), None));
    }
}

#[test]
fn a_message_that_lacks_a_fragment_is_told_as_such() {
    let fragments = fragments();
    let mut receiver = receiver();
    receiver.handle_input(at(0), &fragments[0]);
    receiver.handle_input(at(0), &fragments[2]);
    assert_eq!(events(&mut receiver), [ReceiverEvent::Incomplete { sender: METER }]);
    receiver.handle_input(at(5000), &fragments[0]);
    receiver.handle_input(at(70_000), &fragments[1]);
    let told = events(&mut receiver);
    assert!(told.iter().all(|event| *event == ReceiverEvent::Incomplete { sender: METER }));
    assert!(!told.is_empty());
}

#[test]
fn a_meter_that_asks_to_be_installed_is_confirmed() {
    let mut receiver = receiver();
    heard(&mut receiver, 0, &clear(CField::SND_IR, 0x2A, 0));
    assert_eq!(events(&mut receiver), [ReceiverEvent::Installed { meter: METER }]);
    let confirmation = sent(&mut receiver, 1).unwrap();
    let confirmation = Telegram::from_wireless(&confirmation).unwrap();
    assert_eq!(confirmation.control(), Some(CField::CNF_IR));
    assert_eq!((confirmation.meter(), confirmation.access_number()), (Some(METER), Some(0x2A)));
    assert_eq!(confirmation.link, Link::Wireless { control: CField::CNF_IR, address: OWN });
    assert_eq!(sent(&mut receiver, 1), None);

    // Too late, it would only disturb.
    heard(&mut receiver, 5000, &clear(CField::SND_IR, 0x2B, 0));
    assert_eq!(events(&mut receiver).len(), 1);
    assert_eq!(sent(&mut receiver, 5200), None);
    assert_eq!(receiver.counters().too_late, 1);

    // Not the one whose key is not known.
    receiver.keys_mut().remove(&Selection::exactly(METER));
    heard(&mut receiver, 9000, &clear(CField::SND_IR, 0x2C, 0));
    assert_eq!(sent(&mut receiver, 9000), None);
}

#[test]
fn a_demand_for_access_is_acknowledged() {
    let mut receiver = receiver();
    heard(&mut receiver, 0, &clear(CField::ACC_DMD, 7, 0));
    let answer = sent(&mut receiver, 0).unwrap();
    let answer = Telegram::from_wireless(&answer).unwrap();
    assert_eq!((answer.control(), answer.access_number()), (Some(CField::ACK), Some(7)));
}

/// Both bits, bidirectional and accessible, in the configuration.
const LISTENS: u16 = 0xC000;

fn ack(access_number: u8, control: CField) -> Vec<u8> {
    octets(&telegram(control, 0x8B, access_number, Config::CLEAR, &[]), None)
}

#[test]
fn an_order_waits_until_the_meter_listens() {
    let mut receiver = receiver();
    let first = receiver.order(METER, Order::records([0x01, 0xFD, 0x1A, 0x00])).unwrap();
    let second = receiver.order(METER, Order::read()).unwrap();
    assert_eq!(sent(&mut receiver, 0), None);
    heard(&mut receiver, 0, &clear(CField::SND_NR, 1, 0));
    assert_eq!(sent(&mut receiver, 0), None);

    heard(&mut receiver, 10, &clear(CField::SND_NR, 2, LISTENS));
    let order = sent(&mut receiver, 11).unwrap();
    let order = Telegram::from_wireless(&order).unwrap();
    assert_eq!(order.control(), Some(CField::SND_UD.with_fcb(true)));
    assert_eq!((order.meter(), order.payload), (Some(METER), &[0x01, 0xFD, 0x1A, 0x00][..]));
    let number = order.access_number().unwrap();

    // An answer to something else is none.
    heard(&mut receiver, 12, &ack(number.wrapping_add(1), CField::ACK));
    assert_eq!(events(&mut receiver), []);
    heard(&mut receiver, 13, &ack(number, CField::ACK));
    assert_eq!(events(&mut receiver), [ReceiverEvent::OrderDone { id: first }]);

    let order = sent(&mut receiver, 14).unwrap();
    let order = Telegram::from_wireless(&order).unwrap();
    assert_eq!(order.control(), Some(CField::REQ_UD2.with_fcb(false)));
    let number = order.access_number().unwrap();
    let answer = octets(&telegram(CField::RSP_UD, 0x7A, number, Config::CLEAR, RECORDS), None);
    assert_eq!(heard(&mut receiver, 15, &answer).measurements().count(), 2);
    assert_eq!(events(&mut receiver), [ReceiverEvent::OrderDone { id: second }]);

    let release = sent(&mut receiver, 16).unwrap();
    assert_eq!(Telegram::from_wireless(&release).unwrap().control(), Some(CField::SND_NKE));
    assert_eq!((sent(&mut receiver, 16), receiver.poll_timeout()), (None, None));
}

#[test]
fn an_order_is_sent_again_with_the_same_bit_and_given_up_at_last() {
    let mut receiver = receiver();
    let id = receiver.order(METER, Order::read_alarms()).unwrap();
    let mut now = 0;
    for number in 0..6 {
        heard(&mut receiver, now, &clear(CField::SND_NR, number, LISTENS));
        let order = sent(&mut receiver, now).unwrap();
        let control = Telegram::from_wireless(&order).unwrap().control();
        assert_eq!(control, Some(CField::REQ_UD1.with_fcb(true)), "{number}");
        assert_eq!(receiver.poll_timeout(), Some(at(now) + Duration::from_secs(2)));
        now += 2000;
        assert_eq!(events(&mut receiver), []);
        receiver.handle_timeout(at(now));
    }
    let why = OrderFailure::Unanswered;
    assert_eq!(events(&mut receiver), [ReceiverEvent::OrderFailed { id, why }]);
    heard(&mut receiver, now, &clear(CField::SND_NR, 99, LISTENS));
    assert_eq!(sent(&mut receiver, now), None);
}

#[test]
fn answers_that_nobody_fetches_do_not_pile_up() {
    let mut receiver = receiver();
    for number in 0..1000_u32 {
        // Each of another moment, so that none is a repetition.
        let now = u64::from(number) * 10_000;
        let telegram = clear(CField::ACC_DMD, number as u8, 0);
        receiver.handle_input(at(now), &telegram);
        events(&mut receiver);
    }
    let mut out = BytesMut::new();
    receiver.poll_transmit(at(1_000_000_000), &mut out);
    assert_eq!(receiver.counters().too_late, 256);
}

#[test]
fn a_refusal_is_told() {
    let mut receiver = receiver();
    let id = receiver.order(METER, Order::application_reset(None)).unwrap();
    heard(&mut receiver, 0, &clear(CField::SND_NR, 0, LISTENS));
    let order = sent(&mut receiver, 0).unwrap();
    let number = Telegram::from_wireless(&order).unwrap().access_number().unwrap();
    heard(&mut receiver, 1, &ack(number, CField::NACK));
    let why = OrderFailure::Refused;
    assert_eq!(events(&mut receiver), [ReceiverEvent::OrderFailed { id, why }]);
}

#[test]
fn a_sealed_order_opens_at_the_meter() {
    let time = "2026-11-22T18:30:15".parse().unwrap();
    for (name, config) in [
        ("mode 5", Config::mode_5(0)),
        ("mode 7", Config::mode_7(0, 0, 1).with_extension(0x10, Some(7), None)),
        ("mode 10", Config::mode_10(0, 1, 7, 8)),
    ] {
        let mut receiver = receiver();
        receiver.order(METER, Order::set_clock(time).unwrap().sealed(config)).unwrap();
        // The extended link layer says that the meter listens.
        let ell = Ell { control: CommunicationControl(0x80), access_number: 1, kind: EllKind::I };
        let listens = Telegram {
            ell: Some(ell),
            ..telegram(CField::SND_NR, 0x7A, 1, Config::CLEAR, RECORDS)
        };
        heard(&mut receiver, 0, &octets(&listens, None));
        let order = sent(&mut receiver, 0).unwrap();
        let sealed = Telegram::from_wireless(&order).unwrap();
        assert!(sealed.sealed.is_some(), "{name}");
        let mut room = [0; 256];
        let opened = open(&sealed, [&key(1)], &mut room).unwrap();
        assert!(matches!(opened.verdict, Verdict::Decrypted(_)), "{name}: {:?}", opened.verdict);
        let Body::ClockSync(clock) = opened.telegram.body() else { panic!("{name}") };
        // 18:30:15, the 22nd of November 2026.
        assert_eq!(clock.octets()[..7], [0x00, 0x0F, 0x1E, 0x12, 0x56, 0x3B, 0x00], "{name}");
    }
}

#[test]
fn orders_that_cannot_be_are_refused() {
    let mut listener: Receiver<Software> =
        Receiver::new(ReceiverConfig::default(), KeyStore::new());
    assert!(listener.order(METER, Order::read()).is_err());

    let mut receiver = receiver();
    receiver.keys_mut().remove(&Selection::exactly(METER));
    let id = receiver.order(METER, Order::read().sealed(Config::mode_5(0))).unwrap();
    let long = receiver.order(METER, Order::records([0; 300])).unwrap();
    heard(&mut receiver, 0, &clear(CField::SND_NR, 0, LISTENS));
    let told = events(&mut receiver);
    let failed = |event: &ReceiverEvent, order| matches!(event, ReceiverEvent::OrderFailed { id, why: OrderFailure::NotSealed(_) } if *id == order);
    assert!(failed(&told[0], id) && failed(&told[1], long), "{told:?}");
    assert_eq!(sent(&mut receiver, 0), None);
    assert!(Order::set_clock("2026-11-22".parse().unwrap()).is_err());
}

#[test]
fn noise_is_told() {
    let mut receiver = receiver();
    receiver.handle_input(at(0), &[1, 2, 3]);
    assert!(matches!(receiver.poll_event(), Some(ReceiverEvent::Noise { octets: 3, .. })));
    receiver.handle_input(at(0), &[]);
    assert_eq!(receiver.counters().noise, 2);
}

#[test]
fn events_that_nobody_polls_are_counted() {
    let mut receiver = receiver();
    for _ in 0..MAX_EVENTS + 5 {
        receiver.handle_input(at(0), &[]);
    }
    assert_eq!((events(&mut receiver).len(), receiver.counters().lost_events), (MAX_EVENTS, 5));
}

fn is_send<T: Send>(_: &T) {}

proptest! {
    #[test]
    fn nothing_brings_it_down(
        inputs in prop::collection::vec(
            (0_u64..100_000, prop::collection::vec(any::<u8>(), 8..120), 0_usize..12, 0_usize..8),
            1..20,
        ),
    ) {
        let mut receiver = receiver();
        is_send(&receiver);
        let mut out = BytesMut::new();
        for (now, mut octets, ci, control) in inputs {
            octets[0] = octets.len() as u8 - 1;
            octets[1] = [0x44, 0x46, 0x48, 0x08, 0x00, 0x01, 0x47, 0x53][control];
            for (octet, of_meter) in octets[2..].iter_mut().zip(METER.link_octets()) {
                *octet = of_meter;
            }
            if let Some(octet) = octets.get_mut(10) {
                *octet = [0x7A, 0x72, 0x8D, 0x8F, 0x90, 0x8C, 0x79, 0x78, 0x7B, 0x69, 0x8B, 0x6A][ci];
            }
            let _ = receiver.order(METER, Order::read().sealed(Config::mode_5(0)));
            receiver.handle_input(at(now), &octets);
            receiver.poll_transmit(at(now), &mut out);
            receiver.handle_timeout(at(now));
            while let Some(event) = receiver.poll_event() {
                if let ReceiverEvent::Telegram(telegram) = event {
                    prop_assert!(telegram.telegram().is_ok());
                    let _ = telegram.measurements().count();
                }
            }
        }
    }
}
