//! Two ends in memory, and sessions over them in simulated time.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may stop")]
#![cfg(feature = "pair")]

mod talk;

use core::time::Duration;

use gurux_media::pair::{Conducted, Conductor, PairSettings, Simulated, pair};
use gurux_media::{
    Driven, Driver, Faults, Instant, LineSettings, Media, MediaError, MediaState, Parity,
};
use proptest::prelude::*;
use talk::{Answerer, Asker, Babbler, Stuck, Told, line};

fn answer(question: &str) -> Told {
    let answer = question.chars().rev().collect();
    Told::Answer { question: question.to_string(), answer }
}

fn serial(baud: u32) -> PairSettings {
    PairSettings { line: Some(LineSettings::new(baud)), ..PairSettings::default() }
}

#[test]
fn octets_arrive_after_the_latency() {
    let settings = PairSettings { latency: Duration::from_millis(20), ..PairSettings::default() };
    let (mut a, mut b) = pair(&settings);
    let mut buf = [0; 8];
    a.send(b"abc").unwrap();
    assert_eq!(b.next_arrival(), Some(Instant::from_millis(20)));
    assert_eq!(b.receive(&mut buf, Instant::from_millis(19)).unwrap(), 0);
    assert_eq!(b.receive(&mut buf, Instant::from_millis(30)).unwrap(), 3);
    assert_eq!(b.now(), Instant::from_millis(20));
}

#[test]
fn each_octet_takes_its_time_on_a_serial_line() {
    let settings = PairSettings { latency: Duration::from_millis(50), ..serial(1_000) };
    let (mut a, mut b) = pair(&settings);
    a.send(b"abc").unwrap();
    // Ten bits an octet: the last is out after 30 ms, and the first arrives at 60.
    assert_eq!(a.now(), Instant::from_millis(30));
    let mut buf = [0; 8];
    for at in [60, 70, 80] {
        assert_eq!(b.receive(&mut buf, Instant::FAR_FUTURE).unwrap(), 1);
        assert_eq!(b.now(), Instant::from_millis(at));
    }
}

#[test]
fn ends_at_different_settings_hear_noise() {
    let (mut a, mut b) = pair(&serial(300));
    let mut buf = [0; 32];
    a.reconfigure(&LineSettings::new(9600)).unwrap();
    a.send(b"0123456789abcdef").unwrap();
    let count = b.receive(&mut buf, Instant::FAR_FUTURE).unwrap();
    assert_eq!(count, 16);
    assert_ne!(&buf[..16], b"0123456789abcdef");

    b.reconfigure(&LineSettings::new(9600)).unwrap();
    a.send(b"0123456789abcdef").unwrap();
    assert_eq!(b.receive(&mut buf, Instant::FAR_FUTURE).unwrap(), 16);
    assert_eq!(&buf[..16], b"0123456789abcdef");

    // The same speed with another parity is another line too.
    let even = LineSettings { parity: Parity::Even, ..LineSettings::new(9600) };
    a.reconfigure(&even).unwrap();
    assert_eq!(a.line(), Some(even));
    a.send(b"0123456789abcdef").unwrap();
    assert_eq!(b.receive(&mut buf, Instant::FAR_FUTURE).unwrap(), 16);
    assert_ne!(&buf[..16], b"0123456789abcdef");
}

#[test]
fn the_sender_hears_its_echo() {
    let (mut a, mut b) = pair(&PairSettings { echo: true, ..serial(9600) });
    let mut buf = [0; 8];
    a.send(b"abc").unwrap();
    assert_eq!(a.receive(&mut buf, Instant::ZERO).unwrap(), 3);
    assert_eq!(b.receive(&mut buf, Instant::ZERO).unwrap(), 3);
}

#[test]
fn datagrams_stay_whole_and_are_never_cut() {
    let (mut a, mut b) = pair(&PairSettings { datagram: true, ..PairSettings::default() });
    assert!(a.is_datagram());
    let mut buf = [0; 8];
    a.send(b"one").unwrap();
    a.send(b"two").unwrap();
    assert_eq!(b.receive(&mut buf, Instant::ZERO).unwrap(), 3);
    assert_eq!(&buf[..3], b"one");
    let error = b.receive(&mut buf[..2], Instant::ZERO).unwrap_err();
    assert_eq!(error.to_string(), "a datagram of 3 octets does not fit into 2");
}

#[test]
fn hanging_up_is_noticed_after_the_last_octet() {
    let (mut a, mut b) = pair(&PairSettings::default());
    let mut buf = [0; 8];
    a.send(b"bye").unwrap();
    a.close();
    assert!(matches!(a.send(b"x"), Err(MediaError::NotOpen)));
    assert_eq!(b.receive(&mut buf, Instant::FAR_FUTURE).unwrap(), 3);
    assert!(matches!(b.receive(&mut buf, Instant::FAR_FUTURE), Err(MediaError::Closed)));
    assert_eq!(b.state(), MediaState::Closed);
    a.open().unwrap();
    b.open().unwrap();
    a.send(b"again").unwrap();
    assert_eq!(b.receive(&mut buf, Instant::FAR_FUTURE).unwrap(), 5);
}

#[test]
fn a_dropped_end_hangs_up() {
    let (a, mut b) = pair(&PairSettings::default());
    drop(a);
    assert!(matches!(b.receive(&mut [0; 8], Instant::FAR_FUTURE), Err(MediaError::Closed)));
}

#[test]
fn an_endless_wait_for_nothing_is_told_instead_of_hanging() {
    let (mut a, _b) = pair(&PairSettings::default());
    assert!(matches!(a.receive(&mut [0; 8], Instant::FAR_FUTURE), Err(MediaError::Stalled)));
}

#[test]
fn a_client_talks_to_a_simulated_meter_without_a_thread() {
    let settings = PairSettings { latency: Duration::from_millis(5), ..serial(9600) };
    let (near, far) = pair(&settings);
    let meter = Answerer { delay: Duration::from_millis(100), ..Answerer::default() };
    let mut line = Simulated::new(near, far, meter);
    let mut client = Asker::new(&["energy", "power"]);
    let mut driver = Driver::new();
    for question in ["energy", "power"] {
        let driven = driver.drive(&mut client, &mut line, Instant::from_millis(60_000)).unwrap();
        assert_eq!(driven, Driven::Event(answer(question)));
    }
    assert_eq!(line.take_events(), ["energy", "power"]);
    assert!(line.now() > Instant::from_millis(220) && line.now() < Instant::from_millis(300));
}

#[test]
fn a_client_redials_a_simulated_meter() {
    let (near, far) = pair(&PairSettings::default());
    let mut line = Simulated::new(near, far, Answerer::default());
    let mut client = Asker { tell_state: true, ..Asker::new(&["a"]) };
    let mut driver = Driver::new();
    let mut told = Vec::new();
    for _ in 0..2 {
        line.open().unwrap();
        client.questions.push_back("b".to_string());
        while let Driven::Event(event) =
            driver.drive(&mut client, &mut line, Instant::from_millis(1_000)).unwrap()
        {
            told.push(event);
        }
        driver.close(&mut client, &mut line);
    }
    let expected =
        [Told::Opened, answer("a"), answer("b"), Told::Closed, Told::Opened, answer("b")];
    assert_eq!(told, expected);
}

#[test]
fn a_session_with_much_to_say_hears_as_well() {
    let (mut near, mut far) = pair(&serial(9600));
    far.send(b"stop").unwrap();
    let (mut session, mut driver) = (Babbler::default(), Driver::new());
    let until = Instant::from_millis(1_000);
    let mut heard = Vec::new();
    while let Driven::Event(octets) = driver.drive(&mut session, &mut near, until).unwrap() {
        heard.extend(octets);
    }
    assert_eq!(heard, b"stop");
    // And a deadline is a deadline, but for the message that was begun.
    assert!(near.now() < until + Duration::from_millis(20));
}

#[test]
fn a_timer_that_stays_due_does_not_make_the_loop_spin() {
    let (mut near, _far) = pair(&PairSettings::default());
    let mut session = Stuck::default();
    let until = Instant::from_millis(100);
    let driven = Driver::new().drive(&mut session, &mut near, until).unwrap();
    assert_eq!(driven, Driven::Deadline);
    assert!(session.timeouts <= 102, "{}", session.timeouts);
}

/// A day of questions that nobody answers.
#[test]
fn hours_of_time_outs_pass_in_milliseconds() {
    let started = std::time::Instant::now();
    let (near, far) = pair(&serial(2400));
    let deaf = Asker::new(&[]);
    let mut meters = Conductor::new(
        Asker {
            timeout: Duration::from_secs(3_600),
            ..Asker::new(&["a", "b", "c", "d", "e", "f"])
        },
        deaf,
        (near, far),
    );
    let mut given_up = 0;
    loop {
        match meters.run(Instant::FAR_FUTURE).unwrap() {
            Conducted::A(Told::GaveUp { .. }) => given_up += 1,
            Conducted::Quiet => break,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(given_up, 6);
    assert!(meters.now() >= Instant::from_millis(24 * 3_600_000));
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
}

/// The question leaves only when the line has been silent for long enough.
#[test]
fn silence_before_a_message_is_kept() {
    let silence = Duration::from_micros(1_750);
    let (near, far) = pair(&serial(19_200));
    let mut talk = Conductor::new(
        Asker { silence_before: silence, ..Asker::new(&["a", "b"]) },
        Answerer::default(),
        (near, far),
    );
    let octets = LineSettings::new(19_200).octets_time(line("a").len());
    let heard = |conducted| matches!(conducted, Conducted::B(_));
    assert!(heard(talk.run(Instant::FAR_FUTURE).unwrap()));
    let first = Instant::ZERO + silence + octets;
    assert_eq!(talk.now(), first);
    assert_eq!(talk.run(Instant::FAR_FUTURE).unwrap(), Conducted::A(answer("a")));
    assert_eq!(talk.now(), first + octets);
    assert!(heard(talk.run(Instant::FAR_FUTURE).unwrap()));
    assert_eq!(talk.now(), first + octets + silence + octets);
}

/// As in the sign-on of IEC 62056-21: both sides change their speed in mid-conversation, each
/// when its own last octet is out.
#[test]
fn both_sides_switch_their_speed() {
    let fast = LineSettings::new(9600);
    let switch = || Some(("fast".to_string(), fast));
    let (near, far) = pair(&serial(300));
    let meter = Answerer { switch_after: switch(), ..Answerer::default() };
    let mut talk = Conductor::new(Asker::new(&["slow", "fast"]), meter, (near, far));
    let mut answers = 0;
    while answers < 2 {
        if let Conducted::A(told) = talk.run(Instant::FAR_FUTURE).unwrap() {
            assert!(matches!(told, Told::Answer { .. }));
            answers += 1;
        }
    }
    // The meter's last octet is out at this very moment.
    assert_eq!(talk.run(talk.now()).unwrap(), Conducted::Deadline);
    let (near, far) = talk.ends();
    assert_eq!(far.line(), Some(fast));
    near.reconfigure(&fast).unwrap();
    talk.a.questions.push_back("again".to_string());
    assert!(matches!(talk.run(Instant::FAR_FUTURE).unwrap(), Conducted::B(_)));
    assert_eq!(talk.run(Instant::FAR_FUTURE).unwrap(), Conducted::A(answer("again")));
}

#[test]
fn a_line_switch_waits_for_the_last_octet() {
    let fast = LineSettings::new(9600);
    let (near, far) = pair(&serial(300));
    let client =
        Asker { switch_after: Some(("fast".to_string(), fast)), ..Asker::new(&["fast", "next"]) };
    let mut talk = Conductor::new(client, Answerer::default(), (near, far));
    assert_eq!(talk.run(Instant::FAR_FUTURE).unwrap(), Conducted::B("fast".to_string()));
    let sent = Instant::ZERO + LineSettings::new(300).octets_time(line("fast").len());
    assert_eq!(talk.now(), sent);
    assert_eq!(talk.ends().0.line(), Some(fast));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Whatever the line does, every question ends with its own answer or a stated failure, and
    /// the same seed gives the same course.
    #[test]
    fn a_spoiled_line_ends_every_question(
        seed: u64,
        rate in 0.0..0.5f64,
        delay in 0u64..200,
        datagram: bool,
        is_serial: bool,
    ) {
        let settings = PairSettings {
            latency: Duration::from_millis(10),
            line: is_serial.then(|| LineSettings::new(1200)),
            datagram,
            echo: false,
            faults: Faults::all(seed, rate, Duration::from_millis(delay)),
        };
        let questions = ["one", "two", "three", "four"];
        let course = || {
            let mut talk =
                Conductor::new(Asker::new(&questions), Answerer::default(), pair(&settings));
            let mut course = Vec::new();
            while !talk.a.is_done() || course.len() < questions.len() {
                match talk.run(Instant::from_millis(600_000)).unwrap() {
                    Conducted::A(told) => course.push((talk.now(), told)),
                    Conducted::B(_) => {}
                    stuck => panic!("{stuck:?} after {course:?}"),
                }
            }
            course
        };
        let first = course();
        for (question, (_, told)) in questions.iter().zip(&first) {
            let gave_up = Told::GaveUp { question: question.to_string() };
            prop_assert!(*told == answer(question) || *told == gave_up, "{:?}", told);
        }
        prop_assert_eq!(first, course());
    }
}
