//! A meter pushes as its push setup says: in its window, tried again until it is delivered, under a counter
//! of its own each time; and a listener takes it.
#![cfg(feature = "crypto")]
#![expect(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]

use core::time::Duration;

use gurux_dlms::push::LAYOUTS;
use gurux_dlms::security::{
    Key, Keyring, OwnCounter, Policy, Provider, Software, SoftwareCipher, SystemTitle,
};
use gurux_dlms::session::meter::{Entry, Memory};
use gurux_dlms::session::{
    Guard, Listener, ListenerConfig, ListenerEvent, MeterKeys, Push, PushCarrier, PushFailure,
    PushNotTaken, Pushed, Pusher, PusherConfig, PusherEvent, RepetitionDelay,
};
use gurux_dlms::table::class::ClassId;
use gurux_dlms::value::Data;
use gurux_dlms::wire::{CosemDateTime, SecurityControl};
use gurux_framing::Wire;
use gurux_framing::hdlc::HdlcAddress;
use gurux_media::bytes::BytesMut;
use gurux_media::pair::{Conducted, Conductor, PairSettings, pair};
use gurux_media::{Faults, Instant, Session};
use proptest::prelude::*;

const METER: SystemTitle = SystemTitle(*b"MMM\0\0\0\0\x01");
const HEAD_END: SystemTitle = SystemTitle(*b"HES\0\0\0\0\x01");
const WRAPPER: PushCarrier = PushCarrier::Wrapper { source: 1, destination: 16 };

fn ring() -> Keyring<SoftwareCipher> {
    let key = |first: u8| Key::Aes128(core::array::from_fn(|at| first + at as u8));
    Keyring::new(Software.cipher(&key(0)).expect("a key")).with_authentication(key(0xD0))
}

type Keys = MeterKeys<SoftwareCipher>;

fn keys() -> Keys {
    let mut keys = MeterKeys::new();
    keys.insert(METER, ring(), Policy::Verified);
    keys.with_answers(HEAD_END, OwnCounter::new(1, 1, ()))
}

fn guard(is_sealed: bool) -> Guard<Software> {
    let guard = Guard::new(Software, ring(), METER);
    if !is_sealed {
        return guard;
    }
    guard.with_control(SecurityControl::AUTHENTICATED_ENCRYPTED).with_peer(HEAD_END)
}

fn pusher(carrier: PushCarrier, is_sealed: bool) -> Pusher<Software> {
    Pusher::new(PusherConfig::default(), carrier, guard(is_sealed))
}

/// The energy of this much, as its OBIS code, its value, and its scaler and unit; then this many octets.
fn push(energy: u32, more: usize) -> Push {
    let scaler = Data::structure([Data::Integer(0), Data::Enum(30)]);
    let name = Data::OctetString(vec![1, 0, 1, 8, 0, 255]);
    let row = Data::structure([name, Data::DoubleLongUnsigned(energy), scaler]);
    let rest = (more > 0).then(|| Data::OctetString(vec![0x7E; more]));
    Push::new(Data::structure([row].into_iter().chain(rest)))
}

fn sent(pusher: &mut Pusher<Software>, now: Instant) -> Vec<u8> {
    let mut line = BytesMut::new();
    while pusher.poll_transmit(now, &mut line).is_some() {}
    line.to_vec()
}

fn told(pusher: &mut Pusher<Software>) -> Vec<PusherEvent> {
    std::iter::from_fn(|| pusher.poll_event()).collect()
}

fn heard(listener: &mut Listener<Keys>, now: Instant, octets: &[u8]) -> Vec<Pushed> {
    for piece in octets.chunks(7) {
        listener.handle_input(now, piece);
    }
    let events = std::iter::from_fn(|| listener.poll_event());
    events
        .map(|event| match event {
            ListenerEvent::Pushed(push) => push,
            event => panic!("{event:?}"),
        })
        .collect()
}

fn energy(push: &Pushed) -> String {
    push.measurements(LAYOUTS).expect("a body")[0].value.as_ref().expect("a value").to_string()
}

const fn seconds(count: u64) -> Instant {
    Instant::from_micros(count * 1_000_000)
}

#[test]
fn by_every_carrier_short_and_long_in_clear_and_sealed() {
    let address = |number| HdlcAddress::of_client(number).expect("7 bits");
    let hdlc =
        |max_info| PushCarrier::Hdlc { source: address(17), destination: address(103), max_info };
    let carriers =
        [WRAPPER, hdlc(128), hdlc(2030), PushCarrier::Mbus { source: 1, destination: 103 }];
    for carrier in carriers {
        for is_sealed in [false, true] {
            for (more, max_pdu) in [(0, 65_535), (2000, 65_535), (2000, 200), (0, 10), (20, 12)] {
                let config = PusherConfig { max_pdu, ..PusherConfig::default() };
                let mut pusher = Pusher::new(config, carrier, guard(is_sealed));
                let mut listener = Listener::new(ListenerConfig::default(), keys());
                pusher.handle_open(Instant::ZERO);
                let number = pusher.push(Instant::ZERO, &push(77, more)).expect("room");
                let octets = sent(&mut pusher, Instant::ZERO);
                let found = heard(&mut listener, Instant::ZERO, &octets);
                let what = (carrier, is_sealed, more, max_pdu);
                assert_eq!(found.iter().map(energy).collect::<Vec<_>>(), ["77"], "{what:?}");
                assert_eq!(found[0].is_verified, is_sealed, "{what:?}");
                assert_eq!(told(&mut pusher), [PusherEvent::Delivered { number, attempts: 1 }]);
                assert!(pusher.is_idle() && pusher.poll_timeout().is_none());
            }
        }
    }
}

#[test]
fn it_waits_for_the_medium_and_tries_again_as_the_push_setup_says() {
    let delay = RepetitionDelay { min: 10, exponent: 200, max: 30 };
    let mut pusher = pusher(WRAPPER, true);
    let push = push(1, 0).with_retries(3, delay);
    let number = pusher.push(seconds(0), &push).expect("room");
    assert!(pusher.wants_medium());
    // Nobody opens it: 30 s, then 10 s of a pause.
    assert_eq!(pusher.poll_timeout(), Some(seconds(30)));
    assert_eq!(sent(&mut pusher, seconds(29)), []);
    pusher.handle_timeout(seconds(30));
    let why = PushFailure::NotOpen;
    let next = seconds(40);
    assert_eq!(told(&mut pusher), [PusherEvent::Repeated { number, attempts: 1, why, next }]);
    assert!(!pusher.wants_medium());
    // It opens in the pause; nothing goes before that is over, and what has not gone out whole is lost.
    pusher.handle_open(seconds(35));
    assert_eq!(sent(&mut pusher, seconds(39)), []);
    pusher.handle_timeout(seconds(40));
    pusher.handle_close(seconds(40));
    let (why, next) = (PushFailure::Closed, seconds(60));
    assert_eq!(told(&mut pusher), [PusherEvent::Repeated { number, attempts: 2, why, next }]);
    pusher.handle_open(seconds(60));
    let octets = sent(&mut pusher, seconds(60));
    assert_eq!(told(&mut pusher), [PusherEvent::Delivered { number, attempts: 3 }]);
    // The second attempt took a counter that did not go out; the third has another.
    let mut listener = Listener::new(ListenerConfig::default(), keys());
    assert_eq!(heard(&mut listener, seconds(60), &octets)[0].invocation_counter, Some(2));
}

#[test]
fn what_is_not_confirmed_is_tried_again_and_given_up_in_the_end() {
    let delay = RepetitionDelay::constant(60);
    let mut pusher = pusher(WRAPPER, true);
    let mut listener = Listener::new(ListenerConfig::default(), keys());
    let push = push(5, 0).confirmed().with_retries(2, delay);
    let number = pusher.push(seconds(0), &push).expect("room");
    pusher.handle_open(seconds(0));
    let mut counters = Vec::new();
    for attempt in 1..=3_u8 {
        let now = seconds(u64::from(attempt - 1) * 70);
        let octets = sent(&mut pusher, now);
        let found = heard(&mut listener, now, &octets);
        assert!(found[0].is_confirmed);
        counters.push(found[0].invocation_counter);
        // The confirmation is lost.
        let _ = listener.poll_transmit(now, &mut BytesMut::new());
        pusher.handle_timeout(now + Duration::from_secs(10));
        let (attempts, why) = (attempt, PushFailure::NotConfirmed);
        let next = now + Duration::from_secs(70);
        let expected = match attempt {
            3 => PusherEvent::Failed { number, attempts, why },
            _ => PusherEvent::Repeated { number, attempts, why, next },
        };
        assert_eq!(told(&mut pusher), [expected]);
    }
    assert_eq!(counters, [Some(1), Some(2), Some(3)]);
    assert!(pusher.is_idle());
}

#[test]
fn a_confirmation_counts_where_it_is_proven_and_of_this_push() {
    let mut pusher = pusher(WRAPPER, true);
    let mut listener = Listener::new(ListenerConfig::default(), keys());
    pusher.handle_open(seconds(0));
    let number = pusher.push(seconds(0), &push(5, 0).confirmed()).expect("room");
    let octets = sent(&mut pusher, seconds(0));
    heard(&mut listener, seconds(0), &octets);
    let mut line = BytesMut::new();
    listener.poll_transmit(seconds(0), &mut line).expect("a confirmation");
    // In clear anybody could say it.
    let clear = [0, 1, 0, 16, 0, 1, 0, 6, 0x10, 0x40, 0, 0, number as u8, 0];
    pusher.handle_input(seconds(1), &clear);
    let mut spoilt = line.to_vec();
    *spoilt.last_mut().expect("a tag") ^= 1;
    pusher.handle_input(seconds(1), &spoilt);
    let events = told(&mut pusher);
    assert!(matches!(
        events[..],
        [PusherEvent::Dropped { octets: 14, .. }, PusherEvent::Dropped { .. }]
    ));
    pusher.handle_input(seconds(2), &line);
    assert_eq!(told(&mut pusher), [PusherEvent::Delivered { number, attempts: 1 }]);
    // Once more it is nobody's.
    pusher.handle_input(seconds(3), &line);
    assert!(matches!(told(&mut pusher)[..], [PusherEvent::Dropped { .. }]));

    // One in clear is confirmed in clear.
    let mut pusher = self::pusher(WRAPPER, false);
    pusher.handle_open(seconds(0));
    pusher.push(seconds(0), &push(5, 0).confirmed()).expect("room");
    sent(&mut pusher, seconds(0));
    let other = [0, 1, 0, 16, 0, 1, 0, 6, 0x10, 0x40, 0, 0, 9, 0];
    pusher.handle_input(seconds(1), &other);
    assert_eq!(told(&mut pusher), []);
    pusher.handle_input(seconds(1), &clear);
    assert_eq!(told(&mut pusher), [PusherEvent::Delivered { number: 1, attempts: 1 }]);
}

#[test]
fn the_random_wait_and_the_room_are_bounded() {
    let config = |seed| PusherConfig { seed, max_waiting: 300, ..PusherConfig::default() };
    let mut starts = Vec::new();
    for seed in 0..300 {
        let mut pusher = Pusher::new(config(seed), WRAPPER, guard(false));
        let push = Push { random_start: Duration::from_secs(100), ..push(1, 0) };
        pusher.push(seconds(5), &push).expect("room");
        starts.push(pusher.poll_timeout().expect("it waits"));
    }
    assert!(starts.iter().all(|start| (seconds(5)..=seconds(135)).contains(start)));
    let early = starts.iter().filter(|start| **start < seconds(55)).count();
    assert!((100..200).contains(&early), "{early} of 300 in the first half");

    let mut pusher = pusher(WRAPPER, false);
    for _ in 0..16 {
        pusher.push(seconds(0), &push(1, 0)).expect("room");
    }
    assert_eq!(pusher.push(seconds(0), &push(1, 0)), Err(PushNotTaken::Full(16)));
    let never = Push { opens_in: None, ..push(1, 0) };
    assert_eq!(self::pusher(WRAPPER, false).push(seconds(0), &never), Err(PushNotTaken::NoWindow));
}

#[test]
fn a_message_that_no_carrier_takes_fails_with_its_length() {
    let mut pusher = pusher(WRAPPER, false);
    pusher.handle_open(seconds(0));
    let number = pusher.push(seconds(0), &push(1, 70_000)).expect("room");
    // It goes in general blocks, since no message of the wrapper is that long.
    assert!(sent(&mut pusher, seconds(0)).len() > 70_000);
    assert_eq!(told(&mut pusher), [PusherEvent::Delivered { number, attempts: 1 }]);
    // More blocks than there are numbers.
    let config = PusherConfig { max_pdu: 10, ..PusherConfig::default() };
    let mut pusher = Pusher::new(config, WRAPPER, guard(false));
    pusher.handle_open(seconds(0));
    let number = pusher.push(seconds(0), &push(1, 70_000)).expect("room");
    assert_eq!(sent(&mut pusher, seconds(0)), []);
    let events = told(&mut pusher);
    let [PusherEvent::Failed { number: failed, why: PushFailure::TooLong { octets }, .. }] =
        events[..]
    else {
        panic!("{events:?}")
    };
    assert!(failed == number && octets > 70_000);
}

/// A push setup of version 2, with the clock and the energy to push; the time is 2024-02-11, a Sunday, 12:00.
fn setup(windows: &[([u8; 12], [u8; 12])]) -> Memory {
    let name = |octets: [u8; 6]| Data::OctetString(octets.to_vec());
    let column = |class_id, octets| {
        let fields =
            [Data::LongUnsigned(class_id), name(octets), Data::Integer(2), Data::LongUnsigned(0)];
        Data::structure(fields)
    };
    let time = |octets: [u8; 12]| Data::OctetString(octets.to_vec());
    let windows = windows.iter().map(|(from, to)| Data::structure([time(*from), time(*to)]));
    let (clock, energy) = ([0, 0, 1, 0, 0, 255], [1, 0, 1, 8, 0, 255]);
    let destination = Data::OctetString(b"192.0.2.1:4059".to_vec());
    let long = Data::LongUnsigned;
    let mut memory = Memory::new();
    memory.add(Entry::new(ClassId::CLOCK, 0, clock.into()));
    let value = Data::DoubleLongUnsigned(4242);
    memory.add(Entry::new(ClassId::REGISTER, 0, energy.into()).with(2, &value));
    memory.add(
        Entry::new(ClassId::PUSH_SETUP, 2, SETUP.into())
            .with(2, &Data::array([column(8, clock), column(3, energy)]))
            .with(3, &Data::structure([Data::Enum(0), destination, Data::Enum(0)]))
            .with(4, &Data::array(windows))
            .with(5, &long(120))
            .with(6, &Data::Unsigned(7))
            .with(7, &Data::structure([long(10), long(150), long(60)]))
            .with(9, &Data::Integer(102))
            .with(11, &Data::Enum(2)),
    );
    let noon = CosemDateTime::from_octets([7, 0xE8, 2, 11, 7, 12, 0, 0, 0, 0, 0, 0]);
    memory.set_time(Instant::ZERO, noon.to_date_time());
    memory
}

const SETUP: [u8; 6] = [0, 0, 25, 9, 0, 255];

#[test]
fn a_push_setup_says_it_all() {
    let memory = setup(&[]);
    let push = memory.push(SETUP.into()).expect("a push setup");
    assert_eq!((push.transport, &push.destination[..]), (0, &b"192.0.2.1:4059"[..]));
    assert_eq!((push.client, push.retries, push.is_confirmed), (Some(102), 7, true));
    assert_eq!(push.delay, RepetitionDelay { min: 10, exponent: 150, max: 60 });
    assert_eq!(
        (push.opens_in, push.random_start),
        (Some(Duration::ZERO), Duration::from_secs(120))
    );
    let mut body = vec![0; push.body.wire_len()];
    push.body.emit_to_slice(&mut body).expect("its length");
    assert_eq!((&body[..2], &body[16..]), (&[2, 2][..], &[6, 0, 0, 0x10, 0x92][..]));
    assert_eq!(memory.push([1, 0, 1, 8, 0, 255].into()), None, "a register is none");

    // It goes to the client that it names.
    let mut pusher = pusher(WRAPPER, false);
    pusher.handle_open(seconds(0));
    let push = Push { random_start: Duration::ZERO, ..push };
    pusher.push(seconds(0), &push).expect("room");
    let octets = sent(&mut pusher, seconds(0));
    assert_eq!(octets[..6], [0, 1, 0, 1, 0, 102]);
    let mut listener = Listener::new(ListenerConfig::default(), keys());
    let found = heard(&mut listener, seconds(0), &octets);
    assert_eq!(found[0].time().expect("a time").to_string(), "2024-02-11T12:00:00Z");
}

#[test]
fn windows_open_when_they_say() {
    let any = [0xFF; 12];
    let at = |hour, minute| {
        let mut octets = any;
        (octets[5], octets[6]) = (hour, minute);
        octets[9..11].copy_from_slice(&[0x80, 0]);
        octets
    };
    let on = |mut octets: [u8; 12], weekday| {
        octets[4] = weekday;
        octets
    };
    let day = |year: u16, month, day, hour| {
        let [high, low] = year.to_be_bytes();
        [high, low, month, day, 0xFF, hour, 0, 0, 0, 0, 0, 0]
    };
    let minutes = |count: u64| Some(Duration::from_secs(count * 60));
    let cases = [
        (vec![], minutes(0)),
        // Every day; it is noon.
        (vec![(at(11, 0), at(13, 0))], minutes(0)),
        (vec![(at(13, 30), at(14, 0))], minutes(90)),
        (vec![(at(10, 0), at(11, 0))], minutes(22 * 60)),
        (vec![(at(22, 0), at(6, 0))], minutes(600)),
        (vec![(at(23, 0), at(22, 59))], minutes(0)),
        (vec![(at(13, 30), at(14, 0)), (at(12, 10), at(12, 20))], minutes(10)),
        // Mondays.
        (vec![(on(at(0, 0), 1), on(at(6, 0), 1))], minutes(720)),
        // Once.
        (vec![(day(2024, 2, 11, 10), day(2024, 2, 11, 14))], minutes(0)),
        (vec![(day(2024, 2, 12, 10), day(2024, 2, 12, 14))], minutes(22 * 60)),
        (vec![(day(2024, 2, 10, 10), day(2024, 2, 10, 14))], None),
    ];
    for (windows, expected) in cases {
        let push = setup(&windows).push(SETUP.into()).expect("a push setup");
        assert_eq!(push.opens_in, expected, "{windows:02X?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// What is told as confirmed was taken by the listener, and what ends otherwise says so.
    #[test]
    fn over_a_bad_line(
        seed in any::<u64>(),
        rates in (0.0..0.3_f64, 0.0..0.1_f64, 0.0..0.1_f64, 0.0..0.1_f64),
        delay in 0..2_000_u64,
        is_sealed in any::<bool>(),
        count in 1..5_u32,
    ) {
        let (loss, duplicate, flip, garbage) = rates;
        let flip = if is_sealed { flip } else { 0.0 };
        let delay = Duration::from_millis(delay);
        let faults = Faults { seed, loss, duplicate, flip, garbage, delay, ..Faults::none() };
        let line = pair(&PairSettings { faults, datagram: true, ..PairSettings::default() });
        let config = ListenerConfig { is_datagram: true, ..ListenerConfig::default() };
        let listener = Listener::new(config, keys());
        let mut line = Conductor::new(pusher(WRAPPER, is_sealed), listener, line);
        let mut left = Vec::new();
        for energy in 1..=count {
            let push = push(energy, 0).confirmed().with_retries(4, RepetitionDelay::constant(20));
            left.push((line.a.push(Instant::ZERO, &push).expect("room"), energy));
        }
        let mut taken = Vec::new();
        while !left.is_empty() {
            match line.run(seconds(3600)).expect("a line has no faults of its own") {
                Conducted::A(PusherEvent::Delivered { number, .. }) => {
                    let place = left.iter().position(|(of, _)| *of == number).expect("once");
                    let (_, value) = left.remove(place);
                    prop_assert!(taken.contains(&value.to_string()), "{value} was not taken");
                }
                Conducted::A(PusherEvent::Failed { number, attempts, .. }) => {
                    prop_assert_eq!(attempts, 5);
                    left.retain(|(of, _)| *of != number);
                }
                // What garbage makes of a message comes in clear, and mostly says nothing.
                Conducted::B(ListenerEvent::Pushed(push)) if push.is_verified || !is_sealed => {
                    if push.measurements(LAYOUTS).is_ok() {
                        taken.push(energy(&push));
                    }
                }
                Conducted::A(_) | Conducted::B(_) => {}
                end @ (Conducted::Quiet | Conducted::Deadline) => panic!("no end: {end:?}"),
            }
        }
        prop_assert!(line.a.is_idle());
        prop_assert!(taken.iter().all(|value| (1..=count).any(|sent| sent.to_string() == *value)));
    }
}
