//! The listener by hand: who asked what, and what was answered.

use core::time::Duration;

use gurux_framing::{Direction, ascii};
use gurux_media::{Instant, Session};
use gurux_modbus::session::{Framing, Heard, Listener, ListenerConfig, ListenerEvent};

use crate::desk::{Desk, mbap, registers, rtu, unit};

fn listener(framing: Framing) -> Desk<Listener> {
    Desk::new(Listener::new(ListenerConfig::new(framing)))
}

fn pair(event: Option<ListenerEvent>) -> (Heard, Heard) {
    match event {
        Some(ListenerEvent::Pair { request, response }) => (request, response),
        other => panic!("a pair is expected, not {other:?}"),
    }
}

#[test]
fn requests_and_responses_on_one_wire_are_paired() {
    let conversation = [
        (rtu(1, &[3, 0, 0, 0, 2]), rtu(1, &registers(&[1, 2]))),
        // Request and response are the same octets.
        (rtu(1, &[5, 0, 1, 0xFF, 0]), rtu(1, &[5, 0, 1, 0xFF, 0])),
        (rtu(2, &[6, 0, 1, 0, 9]), rtu(2, &[6, 0, 1, 0, 9])),
        (rtu(3, &[3, 0, 9, 0, 1]), rtu(3, &[0x83, 2])),
        (rtu(3, &[0x11]), rtu(3, &[0x11, 2, 7, 0xFF])),
    ];
    for cut in [1, 5, 1_000] {
        let mut desk = listener(Framing::Rtu);
        for (request, response) in &conversation {
            for (message, latency) in [(request, 40), (response, 10)] {
                for piece in message.chunks(cut) {
                    desk.input(piece);
                }
                desk.wait(latency);
            }
            let (asked, answered) = pair(desk.event());
            assert_eq!(asked.pdu[..], request[1..request.len() - 2]);
            assert_eq!(answered.pdu[..], response[1..response.len() - 2]);
            assert_eq!(answered.at - asked.at, Duration::from_millis(40));
        }
        assert_eq!(desk.event(), None);
    }
}

#[test]
fn a_request_alone_a_response_alone_and_noise_are_told() {
    let mut desk = listener(Framing::Rtu);
    desk.input(&rtu(1, &[3, 0, 0, 0, 2]));
    desk.wait(1_999);
    assert_eq!(desk.event(), None);
    desk.wait(1);
    assert!(
        matches!(desk.event(), Some(ListenerEvent::Unanswered { request }) if request.unit == unit(1))
    );

    desk.input(&rtu(1, &registers(&[1, 2])));
    assert!(matches!(desk.event(), Some(ListenerEvent::Orphan { .. })));

    desk.input(&[0xEE, 0xEE]);
    desk.wait(50);
    assert!(matches!(desk.event(), Some(ListenerEvent::Noise { octets: 2, .. })));
    assert_eq!(desk.session.poll_timeout(), None);
}

#[test]
fn a_request_that_is_repeated_was_not_answered_the_first_time() {
    let mut desk = listener(Framing::Rtu);
    desk.input(&rtu(1, &[3, 0, 0, 0, 2]));
    desk.wait(500);
    desk.input(&rtu(1, &[3, 0, 0, 0, 2]));
    assert!(matches!(desk.event(), Some(ListenerEvent::Unanswered { .. })));
    desk.input(&rtu(1, &registers(&[1, 2])));
    pair(desk.event());
}

#[test]
fn a_broadcast_is_not_waited_for() {
    let mut desk = listener(Framing::Rtu);
    desk.input(&rtu(0, &[6, 0, 1, 0, 1]));
    assert!(
        matches!(desk.event(), Some(ListenerEvent::Unanswered { request }) if request.unit == unit(0))
    );
}

#[test]
fn thread_12_pauses_do_not_split_what_is_heard() {
    // alerighi/modbus-sniffer#9: a reply of 165 octets came apart every 32.
    let mut desk = listener(Framing::Rtu);
    desk.input(&rtu(1, &[3, 0, 0, 0, 80]));
    desk.wait(20);
    for piece in rtu(1, &registers(&[7; 80])).chunks(32) {
        desk.wait(8);
        desk.input(piece);
    }
    assert_eq!(pair(desk.event()).1.pdu[..], registers(&[7; 80]));
}

#[test]
fn thread_05_messages_behind_noise_are_found() {
    let mut desk = listener(Framing::Rtu);
    desk.input(&[&[0x01, 0x03, 0xF0, 0xAA][..], &rtu(1, &[3, 0, 0, 0, 1])].concat());
    desk.wait(60);
    desk.input(&rtu(1, &registers(&[5])));
    assert!(matches!(desk.event(), Some(ListenerEvent::Noise { octets: 4, .. })));
    pair(desk.event());
}

#[test]
fn over_mbap_the_numbers_pair_and_the_sides_may_come_apart() {
    let (one, two) = (mbap(1, 1, &[3, 0, 0, 0, 1]), mbap(2, 1, &[3, 0, 5, 0, 1]));
    let (first, second) = (mbap(1, 1, &registers(&[1])), mbap(2, 1, &registers(&[2])));
    let mut desk = listener(Framing::Tcp);
    for message in [&one, &two, &second, &first] {
        desk.input(message);
    }
    assert_eq!(pair(desk.event()).0.transaction, 2);
    assert_eq!(pair(desk.event()).0.transaction, 1);

    // Two streams: pieces of one come between pieces of the other.
    let mut desk = listener(Framing::Tcp);
    let now = desk.now;
    let (requests, responses) = ([one, two].concat(), [first, second].concat());
    for (request, response) in requests.chunks(4).zip(responses.chunks(3)) {
        desk.session.handle_side(now, Direction::Request, request);
        desk.session.handle_side(now, Direction::Response, response);
    }
    desk.session.handle_side(now, Direction::Response, &responses[18..]);
    assert_eq!(pair(desk.event()).0.transaction, 1);
    assert_eq!(pair(desk.event()).0.transaction, 2);
}

#[test]
fn ascii_is_heard_too() {
    let frame = |pdu: &[u8]| {
        let mut out = vec![0; ascii::frame_len(pdu.len())];
        ascii::wrap(1, pdu, ascii::LF, &mut out).unwrap();
        out
    };
    let mut desk = listener(Framing::Ascii);
    desk.input(&frame(&[3, 0, 0, 0, 1]));
    desk.input(&frame(&registers(&[5])));
    pair(desk.event());
    desk.input(&frame(&[6, 0, 1, 0, 1]));
    desk.input(&frame(&[6, 0, 1, 0, 1]));
    pair(desk.event());
}

#[test]
fn what_is_kept_is_bounded() {
    let mut desk = listener(Framing::Tcp);
    for number in 0..10_000 {
        desk.input(&mbap(number, 1, &[3, 0, 0, 0, 1]));
        desk.input(&[0xFF; 3]);
    }
    let events = std::iter::from_fn(|| desk.event()).count();
    assert!(events <= 256, "{events}");
    assert!(desk.session.dropped() > 9_000);
    desk.session.handle_close(Instant::from_millis(1));
    assert_eq!(desk.session.poll_timeout(), None);
}
