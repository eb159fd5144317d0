//! Conversations recorded, written down, read back and played again.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may stop")]
#![cfg(all(feature = "replay", feature = "pair"))]

mod talk;

use core::time::Duration;

use gurux_media::pair::{PairSettings, Simulated, pair};
use gurux_media::replay::{Conversation, Entry, Recording, Replay, Step};
use gurux_media::{
    Driven, Driver, Instant, LineSettings, Media, MediaError, MediaSettings, MediaState, open_media,
};
use proptest::prelude::*;
use talk::{Answerer, Asker, Told};

/// Two questions at 300 and 9600 baud, asked of a simulated meter and recorded.
fn recorded() -> String {
    let line = Some(LineSettings::new(300));
    let (near, far) = pair(&PairSettings { line, ..PairSettings::default() });
    let fast = LineSettings::new(9600);
    let switch = || Some(("fast".to_string(), fast));
    let meter = Answerer { switch_after: switch(), ..Answerer::default() };
    let mut media = Recording::new(Simulated::new(near, far, meter), Vec::new());
    media.note("Sign on,\nthen faster.");
    let mut session = Asker::new(&["slow", "fast"]);
    let mut driver = Driver::new();
    for _ in 0..2 {
        driver.drive(&mut session, &mut media, Instant::from_millis(60_000)).unwrap();
    }
    media.reconfigure(&fast).unwrap();
    driver.close(&mut session, &mut media);
    String::from_utf8(media.into_parts().1).unwrap()
}

#[test]
fn a_recording_reads_like_this() {
    let text = recorded();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "gurux-conversation 1");
    assert_eq!(lines[1], "0.000000 open Pair pair-a");
    assert_eq!(lines[2], "# Sign on,");
    assert_eq!(lines[3], "# then faster.");
    assert_eq!(lines[4], "0.000000 > 73 6C 6F 77 2A 38 33 0A");
    assert!(lines[5].starts_with("0.") && lines[5].contains(" < "), "{}", lines[5]);
    assert!(lines[lines.len() - 2].ends_with(" line 9600 8N1"));
    assert!(lines[lines.len() - 1].ends_with(" close"));
}

#[test]
fn a_recording_is_written_as_it_was_read() {
    let text = recorded();
    let conversation: Conversation = text.parse().unwrap();
    assert_eq!(conversation.to_string(), text);
}

#[test]
fn the_same_session_runs_over_its_recording() {
    let text = recorded();
    let mut media = Replay::new(text.parse().unwrap());
    assert!(media.octets_left() > 0);
    media.open().unwrap();
    let mut session = Asker::new(&["slow", "fast"]);
    let mut driver = Driver::new();
    for question in ["slow", "fast"] {
        let answer = question.chars().rev().collect();
        let told = Told::Answer { question: question.to_string(), answer };
        let driven = driver.drive(&mut session, &mut media, Instant::from_millis(60_000)).unwrap();
        assert_eq!(driven, Driven::Event(told));
    }
    assert_eq!(media.octets_left(), 0);
    // The meter took its time on the line, and the replay tells that time.
    let played: Conversation = text.parse().unwrap();
    let last = played.entries.iter().rfind(|e| matches!(e.step, Step::Received(_))).unwrap();
    assert_eq!(media.now(), last.at);
}

#[test]
fn a_recording_plays_the_client_to_a_meter() {
    let mut media = Replay::new(recorded().parse().unwrap()).reversed();
    media.open().unwrap();
    let mut meter = Answerer::default();
    let mut driver = Driver::new();
    for question in ["slow", "fast"] {
        let driven = driver.drive(&mut meter, &mut media, Instant::from_millis(60_000)).unwrap();
        assert_eq!(driven, Driven::Event(question.to_string()));
    }
    let driven = driver.drive(&mut meter, &mut media, Instant::from_millis(60_000)).unwrap();
    assert_eq!(driven, Driven::Closed);
    assert_eq!(media.octets_left(), 0);
}

fn replay(lines: &str) -> Replay {
    let mut media = Replay::new(format!("gurux-conversation 1\n{lines}").parse().unwrap());
    media.open().unwrap();
    media
}

#[test]
fn the_first_difference_is_told() {
    let script = "0.5 open Net x\n1.0 > 01 02 03\n2.0 < 04\n2.5 > 05\n3.0 close\n";
    let says = |sends: &[&[u8]]| {
        let mut media = replay(script);
        let result = sends.iter().try_for_each(|octets| {
            media.send(octets)?;
            media.receive(&mut [0; 8], Instant::from_millis(9_000)).map(drop)
        });
        result.unwrap_err().to_string()
    };
    assert_eq!(
        says(&[&[1, 2, 7]]),
        "at 1.000000 of the recording, octet 2: 03 is recorded, 07 was sent"
    );
    assert_eq!(
        says(&[&[1, 2, 3, 9]]),
        "at 2.000000 of the recording, octet 0: an answer is recorded, 09 was sent"
    );
    assert_eq!(
        says(&[&[1, 2, 3], &[5, 6]]),
        "at 3.000000 of the recording, octet 0: the end of the channel is recorded, 06 was sent"
    );
    assert_eq!(says(&[&[1, 2, 3], &[5]]), "the other side closed the connection");
}

#[test]
fn what_is_sent_may_be_cut_anywhere() {
    let mut media = replay("0 > 01 02\n0 > 03\n1 < 04 05\n");
    media.send(&[1]).unwrap();
    media.send(&[2, 3]).unwrap();
    let mut buf = [0; 1];
    assert_eq!(media.receive(&mut buf, Instant::ZERO).unwrap(), 0);
    assert_eq!(media.receive(&mut buf, Instant::from_millis(999)).unwrap(), 0);
    assert_eq!(media.receive(&mut buf, Instant::from_millis(5_000)).unwrap(), 1);
    assert_eq!(media.now(), Instant::from_millis(1_000));
    assert_eq!(media.receive(&mut buf, Instant::ZERO).unwrap(), 1);
    assert_eq!(buf, [5]);
    assert!(matches!(media.receive(&mut buf, Instant::FAR_FUTURE), Err(MediaError::Closed)));
    assert_eq!(media.state(), MediaState::Closed);
}

#[test]
fn an_endless_wait_for_an_answer_to_nothing_is_told() {
    let mut media = replay("0 > 01\n");
    let error = media.receive(&mut [0; 1], Instant::FAR_FUTURE).unwrap_err();
    assert!(matches!(error, MediaError::Stalled));
}

#[test]
fn another_line_than_the_recorded_one_is_a_difference() {
    let mut media = replay("0 line 9600 7E1\n");
    let error = media.reconfigure(&LineSettings::new(4800)).unwrap_err().to_string();
    assert!(error.ends_with("line 9600 7E1 is recorded, line 4800 8N1 was set"), "{error}");
    media.reconfigure(&"9600 7E1".parse().unwrap()).unwrap();
}

#[test]
fn datagrams_stay_whole() {
    let mut media = replay("0 open Net datagrams x\n0 < 01 02 03\n0 < 04\n");
    assert!(media.is_datagram());
    let error = media.receive(&mut [0; 2], Instant::ZERO).unwrap_err();
    assert!(matches!(error, MediaError::Datagram { octets: 3, room: 2 }));
    assert_eq!(media.receive(&mut [0; 8], Instant::ZERO).unwrap(), 3);
    assert_eq!(media.receive(&mut [0; 8], Instant::ZERO).unwrap(), 1);
}

#[test]
fn a_file_is_recorded_and_opened_by_its_settings() {
    let file = std::env::temp_dir().join(format!("gurux-media-{}-replay", std::process::id()));
    let (a, mut b) = pair(&PairSettings::default());
    let mut media = Recording::create(a, &file).unwrap();
    media.send(b"hi").unwrap();
    b.send(b"ho").unwrap();
    assert_eq!(media.receive(&mut [0; 8], Instant::ZERO).unwrap(), 2);
    drop(media);
    let settings: MediaSettings = format!("replay:{}", file.display()).parse().unwrap();
    let mut media = open_media(&settings).unwrap();
    media.send(b"hi").unwrap();
    assert_eq!(media.receive(&mut [0; 8], Instant::ZERO).unwrap(), 2);

    std::fs::write(&file, "gurux-conversation 1\n0 > XY\n").unwrap();
    let error = open_media(&settings).err().unwrap().to_string();
    assert_eq!(error, format!("{}: line 2, column 5: `XY` is no octet in hex", file.display()));
    std::fs::remove_file(&file).unwrap();
    let error = open_media(&settings).err().unwrap().to_string();
    assert!(error.contains("read the recording: No such file"), "{error}");
}

#[test]
fn a_full_disk_is_told_and_loses_no_octet() {
    #[derive(Debug)]
    struct Full(usize);
    impl std::io::Write for Full {
        fn write(&mut self, octets: &[u8]) -> std::io::Result<usize> {
            if octets.len() > self.0 {
                return Err(std::io::Error::other("the disk is full"));
            }
            self.0 -= octets.len();
            Ok(octets.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let (a, mut b) = pair(&PairSettings::default());
    let mut media = Recording::new(a, Full(50));
    b.send(b"precious").unwrap();
    let mut buf = [0; 8];
    assert_eq!(media.receive(&mut buf, Instant::ZERO).unwrap(), 8);
    assert_eq!(&buf, b"precious");
    let error = media.send(b"more").unwrap_err().to_string();
    assert_eq!(error, "pair-a: write the recording: the disk is full");
}

fn step() -> impl Strategy<Value = Step> {
    let octets = || prop::collection::vec(any::<u8>(), 1..20);
    prop_oneof![
        "[ -~]{0,20}".prop_map(|text| Step::Note(text.trim().to_string())),
        ("[A-Za-z]{1,8}", any::<bool>(), "[a-z0-9.:/]{1,12}")
            .prop_map(|(kind, datagrams, name)| Step::Open { kind, datagrams, name }),
        Just(Step::Close),
        octets().prop_map(Step::Sent),
        octets().prop_map(Step::Received),
        (1u32..1_000_000).prop_map(|baud| Step::Line(LineSettings::new(baud))),
    ]
}

proptest! {
    #[test]
    fn any_conversation_survives_paper(
        steps in prop::collection::vec((0u64..5_000_000, step()), 0..20),
    ) {
        let mut at = Instant::ZERO;
        let entries = steps.into_iter().map(|(micros, step)| {
            // Notes carry no time of their own.
            if !matches!(step, Step::Note(_)) {
                at += Duration::from_micros(micros);
            }
            Entry { at, step }
        });
        let conversation = Conversation { entries: entries.collect() };
        let text = conversation.to_string();
        prop_assert_eq!(text.parse::<Conversation>().unwrap(), conversation);
    }

    #[test]
    fn no_text_stops_the_reader(text in "(gurux-conversation 1\n)?([0-9.# <>a-zé\n]|line |open ){0,60}") {
        _ = text.parse::<Conversation>();
    }
}
