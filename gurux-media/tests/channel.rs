//! What IGXMedia promises, over any medium. Each defect that the original's media have is a test
//! of its own here (the first five).
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may stop")]
#![cfg(all(feature = "channel", feature = "pair"))]

mod talk;

use core::time::Duration;
use std::sync::{Arc, Mutex};

use gurux_media::pair::{PairEnd, PairSettings, Simulated, pair};
use gurux_media::{
    Channel, ChannelEvent, Driven, Driver, Instant, Media, MediaError, MediaState,
    ReceiveParameters, Received, TraceLevel,
};
use proptest::prelude::*;
use talk::{Answerer, Asker, Told};

fn channel() -> (Channel<PairEnd>, PairEnd) {
    let (near, far) = pair(&PairSettings::default());
    (Channel::new(near), far)
}

fn receive(
    channel: &mut Channel<PairEnd>,
    parameters: &ReceiveParameters<'_>,
) -> (Received, Vec<u8>) {
    let mut reply = Vec::new();
    let received = channel.receive(parameters, &mut reply).unwrap();
    assert_eq!(received.octets, reply.len());
    (received, reply)
}

const SHORT: Duration = Duration::from_millis(100);

/// The original's buffer doubled once at most, and one read of more overran it.
#[test]
fn a_large_read_never_overruns_the_buffer() {
    let (mut channel, mut meter) = channel();
    let large: Vec<u8> = (0..300_000u32).map(|n| (n % 251) as u8).collect();
    meter.send(&large).unwrap();
    let (received, reply) = receive(&mut channel, &ReceiveParameters::exactly(300_000));
    assert!(received.complete && reply == large);
    meter.send(&large).unwrap();
    let (_, reply) = receive(&mut channel, &ReceiveParameters::all());
    assert_eq!(reply, large[..reply.len()]);
}

/// The original cut by the length of the first alternative, whichever had matched.
#[test]
fn the_matched_end_mark_sets_the_length() {
    let marks: [&[u8]; 3] = [b"LONG-END", b"\r\n", b"!"];
    for (text, mark, length) in [(&b"a!b"[..], 2, 2), (b"ab\r\ncd", 1, 4), (b"abLONG-END!", 0, 10)]
    {
        let (mut channel, mut meter) = channel();
        meter.send(text).unwrap();
        let (received, reply) = receive(&mut channel, &ReceiveParameters::until(&marks));
        assert_eq!(received, Received { octets: length, complete: true, mark: Some(mark) });
        assert_eq!(reply, text[..length]);
        assert_eq!(channel.buffered(), text.len() - length);
    }
}

/// In the original a wait time of zero waited for ever.
#[test]
fn a_wait_time_of_zero_is_now() {
    let (mut channel, mut meter) = channel();
    let now = ReceiveParameters::until(&[b"!"]).within(Duration::ZERO);
    let nothing = Received { octets: 0, complete: false, mark: None };
    assert_eq!(receive(&mut channel, &now).0, nothing);
    meter.send(b"ab").unwrap();
    assert_eq!(receive(&mut channel, &now).0, nothing);
    assert_eq!(channel.buffered(), 2);
    meter.send(b"c!").unwrap();
    assert_eq!(receive(&mut channel, &now).1, b"abc!");
    assert_eq!(channel.now(), Instant::ZERO);
}

/// In the original `Peek` was declared and did nothing.
#[test]
fn peeking_leaves_the_octets() {
    let (mut channel, mut meter) = channel();
    meter.send(b"first!second!").unwrap();
    let line = ReceiveParameters::until(&[b"!"]);
    for _ in 0..3 {
        assert_eq!(receive(&mut channel, &line.peeking()).1, b"first!");
    }
    assert_eq!(receive(&mut channel, &line).1, b"first!");
    assert_eq!(receive(&mut channel, &ReceiveParameters::all().peeking()).1, b"second!");
    assert_eq!(receive(&mut channel, &line).1, b"second!");
}

/// The original measured its time-outs on the wall clock. Here the medium's own clock counts and
/// no other: a simulated hour passes in no time at all.
#[test]
fn time_outs_run_on_the_clock_of_the_medium() {
    let started = std::time::Instant::now();
    let (mut channel, _meter) = channel();
    let hour = ReceiveParameters::until(&[b"!"]).within(Duration::from_secs(3_600));
    assert!(!receive(&mut channel, &hour).0.complete);
    assert_eq!(channel.now(), Instant::from_millis(3_600_000));
    assert!(started.elapsed() < Duration::from_secs(1));
}

#[test]
fn without_any_condition_any_octet_will_do() {
    let (mut channel, mut meter) = channel();
    meter.send(b"ab").unwrap();
    let any = ReceiveParameters { all_data: false, ..ReceiveParameters::all() };
    assert_eq!(receive(&mut channel, &any).1, b"a");
}

#[test]
fn a_count_is_waited_for_and_not_exceeded() {
    let (mut channel, mut meter) = channel();
    meter.send(b"abc").unwrap();
    let four = ReceiveParameters::exactly(4).within(SHORT);
    assert!(!receive(&mut channel, &four).0.complete);
    meter.send(b"def").unwrap();
    assert_eq!(receive(&mut channel, &four).1, b"abcd");
    assert_eq!(channel.buffered(), 2);
    // With all data the count is a minimum.
    meter.send(b"gh").unwrap();
    let all = ReceiveParameters { all_data: true, ..ReceiveParameters::exactly(3) };
    assert_eq!(receive(&mut channel, &all).1, b"efgh");
}

#[test]
fn the_search_for_the_end_begins_behind_the_count() {
    let (mut channel, mut meter) = channel();
    meter.send(b"\x16ab\x16cd").unwrap();
    let frame = ReceiveParameters::until(&[b"\x16"]).behind(2);
    assert_eq!(receive(&mut channel, &frame).1, b"\x16ab\x16");
}

#[test]
fn all_data_takes_what_is_behind_the_mark_too() {
    let (mut channel, mut meter) = channel();
    meter.send(b"ab!cd").unwrap();
    let all = ReceiveParameters { all_data: true, ..ReceiveParameters::until(&[b"!"]) };
    assert_eq!(receive(&mut channel, &all).1, b"ab!cd");
}

#[test]
fn all_data_hands_out_what_came_when_the_time_is_over() {
    let (mut channel, mut meter) = channel();
    meter.send(b"half a li").unwrap();
    let all =
        ReceiveParameters { all_data: true, ..ReceiveParameters::until(&[b"!"]).within(SHORT) };
    let (received, reply) = receive(&mut channel, &all);
    assert_eq!(received, Received { octets: 9, complete: false, mark: None });
    assert_eq!(reply, b"half a li");
    assert_eq!(channel.buffered(), 0);
}

#[test]
fn of_marks_that_begin_together_the_longest_is_taken() {
    let marks: [&[u8]; 2] = [b"\r", b"\r\n"];
    let reversed: [&[u8]; 2] = [b"\r\n", b"\r"];
    for marks in [&marks, &reversed] {
        let (mut channel, mut meter) = channel();
        meter.send(b"z\r\n").unwrap();
        assert_eq!(receive(&mut channel, &ReceiveParameters::until(marks)).1, b"z\r\n");
    }
    let (mut channel, mut meter) = channel();
    meter.send(b"a\r").unwrap();
    meter.send(b"\nb\rc").unwrap();
    let line = ReceiveParameters::until(&marks).within(SHORT);
    assert_eq!(receive(&mut channel, &line).1, b"a\r\n");
    assert_eq!(receive(&mut channel, &line).1, b"b\r");
    // Nothing follows, so the shorter one does once the time is over.
    meter.send(b"\r").unwrap();
    let (received, reply) = receive(&mut channel, &line);
    assert_eq!((received.complete, received.mark, &reply[..]), (true, Some(0), &b"c\r"[..]));
}

#[test]
fn a_reply_is_appended_to_over_successive_calls() {
    let (mut channel, mut meter) = channel();
    let mut reply = b"so far: ".to_vec();
    for part in [&b"one!"[..], b"two!"] {
        meter.send(part).unwrap();
        channel.receive(&ReceiveParameters::until(&[b"!"]), &mut reply).unwrap();
    }
    assert_eq!(reply, b"so far: one!two!");
}

#[test]
fn the_buffer_is_bounded_and_keeps_what_it_has() {
    let (near, mut meter) = pair(&PairSettings::default());
    let mut channel = Channel::new(near).with_limit(1_000);
    let mut reply = Vec::new();
    let error = channel.receive(&ReceiveParameters::exactly(1_001), &mut reply).unwrap_err();
    assert_eq!(
        error.to_string(),
        "1001 octets are wanted in one piece; the buffer holds at most 1000"
    );
    meter.send(&[7; 2_500]).unwrap();
    let error = channel.receive(&ReceiveParameters::until(&[b"!"]), &mut reply).unwrap_err();
    assert!(matches!(error, MediaError::Buffer { limit: 1_000, .. }));
    assert_eq!((channel.buffered(), reply.len()), (1_000, 0));
    for left in [1_000, 1_000, 500] {
        assert_eq!(receive(&mut channel, &ReceiveParameters::all()).0.octets, left);
    }
    channel.reset_buffer();
    assert_eq!(channel.octets_received(), 2_500);
}

#[test]
fn a_reset_buffer_is_empty() {
    let (mut channel, mut meter) = channel();
    meter.send(b"old").unwrap();
    receive(&mut channel, &ReceiveParameters::until(&[b"!"]).within(SHORT));
    channel.reset_buffer();
    meter.send(b"new!").unwrap();
    assert_eq!(receive(&mut channel, &ReceiveParameters::until(&[b"!"])).1, b"new!");
}

#[test]
fn datagrams_are_buffered_whole() {
    let (near, mut meter) = pair(&PairSettings { datagram: true, ..PairSettings::default() });
    let mut channel = Channel::new(near).with_limit(100);
    meter.send(&[1; 60]).unwrap();
    meter.send(&[2; 60]).unwrap();
    let marked = ReceiveParameters::until(&[b"!"]).within(SHORT);
    assert!(channel.receive(&marked, &mut Vec::new()).is_err());
    assert_eq!(channel.buffered(), 120);
}

#[test]
fn counters_count_and_begin_anew_with_the_channel() {
    let (mut channel, mut meter) = channel();
    channel.send(b"12345").unwrap();
    meter.send(b"abc").unwrap();
    receive(&mut channel, &ReceiveParameters::all());
    assert_eq!((channel.octets_sent(), channel.octets_received()), (5, 3));
    channel.reset_counters();
    assert_eq!((channel.octets_sent(), channel.octets_received()), (0, 0));
    channel.send(b"12345").unwrap();
    channel.close();
    // What went over a channel can be read after it closed.
    assert_eq!(channel.octets_sent(), 5);
    channel.open().unwrap();
    assert_eq!(channel.octets_sent(), 0);
}

#[test]
fn every_change_of_state_is_told() {
    let (mut channel, meter) = channel();
    let told = Arc::new(Mutex::new(Vec::new()));
    let events = Arc::clone(&told);
    channel.on_event(move |event| events.lock().unwrap().push(event));
    channel.close();
    channel.close();
    channel.open().unwrap();
    channel.open().unwrap();
    drop(meter);
    channel.receive(&ReceiveParameters::all(), &mut Vec::new()).unwrap_err();
    let (other, _far) = pair(&PairSettings::default());
    drop(channel.replace(other));
    use ChannelEvent::{Changed, State};
    use MediaState::{Closed, Closing, Open, Opening};
    let expected = [
        State(Closing),
        State(Closed),
        State(Opening),
        State(Open),
        State(Closed),
        Changed,
        State(Open),
    ];
    assert_eq!(*told.lock().unwrap(), expected);
}

#[test]
fn only_the_verbose_level_traces_octets() {
    for (level, lines) in [
        (TraceLevel::Verbose, &["0.000000 pair-a > 01", "0.000000 pair-a < 02"][..]),
        (TraceLevel::Info, &[]),
    ] {
        let (mut channel, mut meter) = channel();
        let told = Arc::new(Mutex::new(Vec::new()));
        let trace = Arc::clone(&told);
        channel.on_trace(level, move |line| trace.lock().unwrap().push(line.to_string()));
        channel.send(&[1]).unwrap();
        meter.send(&[2]).unwrap();
        receive(&mut channel, &ReceiveParameters::all());
        assert_eq!(*told.lock().unwrap(), lines);
    }
}

#[test]
fn a_session_runs_over_a_channel_and_buffered_octets_come_first() {
    let (near, far) = pair(&PairSettings::default());
    let mut channel = Channel::new(Simulated::new(near, far, Answerer::default()));
    let mut session = Asker::new(&["energy"]);
    let told = Driver::new().drive(&mut session, &mut channel, Instant::from_millis(1_000));
    assert!(matches!(told, Ok(Driven::Event(Told::Answer { .. }))));
    assert!(channel.octets_sent() > 0 && channel.octets_received() > 0);

    let (near, mut meter) = pair(&PairSettings::default());
    let mut channel = Channel::new(near);
    meter.send(b"ab!cd").unwrap();
    channel.receive(&ReceiveParameters::until(&[b"!"]), &mut Vec::new()).unwrap();
    meter.send(b"ef").unwrap();
    let mut buf = [0; 8];
    assert_eq!(Media::receive(&mut channel, &mut buf, Instant::ZERO).unwrap(), 2);
    assert_eq!(&buf[..2], b"cd");
    assert_eq!(Media::receive(&mut channel, &mut buf, Instant::ZERO).unwrap(), 2);
    assert_eq!(&buf[..2], b"ef");
}

proptest! {
    /// However a stream is cut, the replies are the same, and no octet is lost.
    #[test]
    fn the_cut_of_the_stream_changes_nothing(
        stream in "[ab]{0,40}",
        marks in prop::collection::vec("[ab]{1,4}", 1..4),
        cuts in prop::collection::vec(1usize..6, 0..40),
    ) {
        let marks: Vec<&[u8]> = marks.iter().map(String::as_bytes).collect();
        let parameters = ReceiveParameters::until(&marks).within(SHORT);
        let replies = |cuts: &[usize]| {
            let (mut channel, mut meter) = channel();
            let mut rest = stream.as_bytes();
            let mut replies = Vec::new();
            let mut cuts = cuts.iter();
            let mut sent_all = false;
            while !sent_all {
                let cut = cuts.next().map_or(rest.len(), |cut| (*cut).min(rest.len()));
                meter.send(&rest[..cut]).unwrap();
                rest = &rest[cut..];
                sent_all = rest.is_empty();
            }
            loop {
                let (received, reply) = receive(&mut channel, &parameters);
                if !received.complete {
                    break;
                }
                replies.push((received.mark, reply));
            }
            let (_, left) = receive(
                &mut channel,
                &ReceiveParameters::all().within(Duration::ZERO),
            );
            (replies, left)
        };
        let whole = replies(&[]);
        let mut octets: Vec<u8> = whole.0.iter().flat_map(|(_, reply)| reply.clone()).collect();
        octets.extend_from_slice(&whole.1);
        prop_assert_eq!(octets, stream.as_bytes());
        prop_assert_eq!(whole, replies(&cuts));
    }
}
