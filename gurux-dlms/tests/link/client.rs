//! The client, octet by octet.

use core::time::Duration;

use gurux_dlms::session::link::{
    Answer, ClientLink, ClientLinkConfig, LinkEvent, Owned, Recovery, SendError, Snrm, Why,
};
use gurux_framing::hdlc::{Control, Frmr, HdlcAddress, LinkParameters};

use crate::desk::{Desk, frame, from_client, from_meter};

type Client = Desk<ClientLink<Owned>>;

fn config() -> ClientLinkConfig {
    ClientLinkConfig { reconnects: 0, ..ClientLinkConfig::default() }
}

/// A client whose meter speaks of nothing: 128 octets, a window of 1.
fn plain() -> Client {
    Desk::connected(config(), &[])
}

/// Both sides: 4 octets in a field, a window of 3.
fn narrow() -> Client {
    let parameters = LinkParameters {
        max_info_transmit: 4,
        max_info_receive: 4,
        window_transmit: 3,
        window_receive: 3,
    };
    let ua = [
        0x81, 0x80, 0x12, 0x05, 0x01, 0x04, 0x06, 0x01, 0x04, 0x07, 0x04, 0, 0, 0, 3, 0x08, 0x04,
        0, 0, 0, 3,
    ];
    Desk::connected(ClientLinkConfig { parameters, ..config() }, &ua)
}

fn events(desk: &mut Client) -> Vec<LinkEvent> {
    core::iter::from_fn(|| desk.event()).collect()
}

const REQUEST: [u8; 5] = [0xE6, 0xE6, 0x00, 0xC0, 0x01];
const ANSWER: [u8; 5] = [0xE6, 0xE7, 0x00, 0xC4, 0x01];

#[test]
fn a_link_is_set_up_used_and_closed() {
    let mut desk = Desk::client(config());
    assert_eq!(desk.session.send(&REQUEST, Answer::Expected), Err(SendError::NotConnected));
    desk.session.connect();
    // Worked by hand: SNRM with 128, 128, 1, 1.
    let snrm = "7EA01F0223219321E0818014050180060180070400000001080400000001D6487E";
    let snrm = snrm.replace("818014", "818012");
    let field = [
        0x81, 0x80, 0x12, 0x05, 0x01, 0x80, 0x06, 0x01, 0x80, 0x07, 0x04, 0, 0, 0, 1, 0x08, 0x04,
        0, 0, 0, 1,
    ];
    assert_eq!(desk.sent(), from_client(0x93, &field, false));
    assert_eq!(snrm[..12], from_client(0x93, &field, false)[..12]);
    assert_eq!(desk.answer("7EA008210223737A437E"), "");
    assert_eq!(events(&mut desk), [LinkEvent::Connected(LinkParameters::DEFAULT)]);

    desk.session.send(&REQUEST, Answer::Expected).unwrap();
    assert_eq!(desk.session.send(&REQUEST, Answer::None), Err(SendError::Busy));
    assert_eq!(desk.sent(), from_client(0x10, &REQUEST, false));
    assert_eq!(desk.answer(&from_meter(0x30, &ANSWER, false)), "");
    assert_eq!(events(&mut desk), [LinkEvent::Acknowledged, LinkEvent::Message { octets: 5 }]);
    assert_eq!(desk.session.message(), Some(&ANSWER[..]));
    assert_eq!(desk.session.send(&REQUEST, Answer::Expected), Err(SendError::Busy));
    desk.session.release();
    assert_eq!(desk.session.message(), None);
    assert!(desk.session.is_idle());

    desk.session.send(&REQUEST, Answer::Expected).unwrap();
    assert_eq!(desk.sent(), from_client(0x32, &REQUEST, false));
    desk.input(&from_meter(0x52, &ANSWER, false));
    desk.session.release();
    desk.session.disconnect();
    assert_eq!(desk.sent(), from_client(0x53, &[], false));
    desk.input(&from_meter(0x73, &[], false));
    assert_eq!(events(&mut desk).last(), Some(&LinkEvent::Disconnected(Why::Requested)));
}

#[test]
fn what_a_meter_can_do_less_holds() {
    // 1024 and 7 here; 200 and 2 there, as large as a field of two octets says it.
    let parameters = LinkParameters {
        max_info_transmit: 1024,
        max_info_receive: 1024,
        window_transmit: 7,
        window_receive: 7,
    };
    let ua = [
        0x81, 0x80, 0x14, 0x05, 0x02, 0x01, 0x00, 0x06, 0x02, 0x00, 0xC8, 0x07, 0x04, 0, 0, 0, 2,
        0x08, 0x04, 0, 0, 0, 3,
    ];
    let desk = Desk::connected(ClientLinkConfig { parameters, ..config() }, &ua);
    let agreed = desk.session.parameters();
    assert_eq!((agreed.max_info_transmit, agreed.max_info_receive), (200, 256));
    assert_eq!((agreed.window_transmit, agreed.window_receive), (3, 2));
}

#[test]
fn snrm_speaks_of_parameters_where_the_meter_can_bear_it() {
    let wide = LinkParameters { window_receive: 2, ..LinkParameters::DEFAULT };
    for (snrm, parameters, has_field) in [
        (Snrm::Complete, LinkParameters::DEFAULT, true),
        (Snrm::WhereNeeded, LinkParameters::DEFAULT, false),
        (Snrm::WhereNeeded, wide, true),
        (Snrm::Bare, wide, false),
    ] {
        let mut desk = Desk::client(ClientLinkConfig { snrm, parameters, ..config() });
        desk.session.connect();
        assert_eq!(desk.sent().len() > 20, has_field, "{snrm:?}");
    }
}

#[test]
fn a_message_goes_out_in_windows_of_segments() {
    let mut desk = narrow();
    let message: Vec<u8> = (1..=14).collect();
    desk.session.send(&message, Answer::None).unwrap();
    let sent = [
        from_client(0x00, &[1, 2, 3, 4], true),
        from_client(0x02, &[5, 6, 7, 8], true),
        from_client(0x14, &[9, 10, 11, 12], true),
    ];
    assert_eq!(desk.sent(), sent.concat());
    assert_eq!(desk.answer(&from_meter(0x71, &[], false)), from_client(0x16, &[13, 14], false));
    assert_eq!(events(&mut desk), []);
    assert_eq!(desk.answer(&from_meter(0x91, &[], false)), "");
    assert_eq!(events(&mut desk), [LinkEvent::Acknowledged]);
    assert!(desk.session.is_idle());
}

#[test]
fn what_is_not_acknowledged_goes_out_again_at_once() {
    let mut desk = narrow();
    desk.session.send(&(1..=12).collect::<Vec<_>>(), Answer::None).unwrap();
    desk.sent();
    // The second was lost: by RR, and by REJ.
    let again =
        [from_client(0x02, &[5, 6, 7, 8], true), from_client(0x14, &[9, 10, 11, 12], false)];
    assert_eq!(desk.answer(&from_meter(0x31, &[], false)), again.concat());
    assert_eq!(desk.answer(&from_meter(0x39, &[], false)), again.concat());
    // A copy of the REJ is no reason to do it once more.
    assert_eq!(desk.answer(&from_meter(0x39, &[], false)), "");
    assert_eq!(desk.session.counters().late, 1);
    desk.input(&from_meter(0x71, &[], false));
    assert_eq!(events(&mut desk), [LinkEvent::Acknowledged]);
    assert_eq!(desk.session.counters().resent, 4);
}

#[test]
fn a_long_answer_is_fetched_segment_by_segment() {
    let mut desk = plain();
    desk.session.send(&REQUEST, Answer::Expected).unwrap();
    desk.sent();
    assert_eq!(desk.answer(&from_meter(0x30, &[1; 128], true)), from_client(0x31, &[], false));
    assert_eq!(desk.answer(&from_meter(0x32, &[2; 128], true)), from_client(0x51, &[], false));
    assert_eq!(desk.answer(&from_meter(0x34, &[3; 4], false)), "");
    assert_eq!(events(&mut desk), [LinkEvent::Acknowledged, LinkEvent::Message { octets: 260 }]);
    let whole = [&[1; 128][..], &[2; 128], &[3; 4]].concat();
    assert_eq!(desk.session.message(), Some(&whole[..]));
}

#[test]
fn a_frame_that_is_missing_is_asked_for() {
    let mut desk = narrow();
    desk.session.send(&[9], Answer::Expected).unwrap();
    desk.sent();
    let window = [from_meter(0x20, &[1], true), from_meter(0x34, &[3], false)];
    assert_eq!(desk.answer(&window.concat()), from_client(0x39, &[], false));
    let again = [from_meter(0x22, &[2], true), from_meter(0x34, &[3], false)];
    assert_eq!(desk.answer(&again.concat()), "");
    assert_eq!(desk.session.message(), Some(&[1, 2, 3][..]));
    assert_eq!(desk.session.counters().gaps, 1);
}

#[test]
fn an_answer_that_does_not_come_is_asked_for_again_and_then_given_up() {
    let mut desk = plain();
    desk.session.send(&REQUEST, Answer::Expected).unwrap();
    let request = from_client(0x10, &REQUEST, false);
    assert_eq!(desk.sent(), request);
    for attempt in 1..=3 {
        assert_eq!(desk.wait(1_499), "", "{attempt}");
        assert_eq!(desk.wait(1), request, "{attempt}");
    }
    assert_eq!(desk.wait(100_000), "");
    assert_eq!(events(&mut desk), [LinkEvent::Disconnected(Why::NoAnswer)]);
    // It comes now.
    desk.input(&from_meter(0x30, &ANSWER, false));
    assert_eq!((events(&mut desk), desk.session.message()), (vec![], None));
}

#[test]
fn a_copy_of_an_answer_is_neither_told_nor_answered() {
    let mut desk = plain();
    desk.session.send(&REQUEST, Answer::Expected).unwrap();
    desk.sent();
    desk.wait(1_500);
    // The meter answers both.
    desk.input(&from_meter(0x30, &ANSWER, false));
    assert_eq!(events(&mut desk).len(), 2);
    desk.session.release();
    desk.session.send(&REQUEST, Answer::Expected).unwrap();
    assert_eq!(desk.sent(), from_client(0x32, &REQUEST, false));
    assert_eq!(desk.answer(&from_meter(0x30, &ANSWER, false)), "");
    assert_eq!(desk.answer(&from_meter(0x31, &[], false)), "");
    assert_eq!((events(&mut desk), desk.session.counters().late), (vec![], 3));
    desk.input(&from_meter(0x52, &ANSWER, false));
    assert_eq!(events(&mut desk).len(), 2);
}

#[test]
fn a_meter_may_be_asked_what_came() {
    let mut desk = Desk::connected(ClientLinkConfig { recovery: Recovery::Poll, ..config() }, &[]);
    desk.session.send(&REQUEST, Answer::Expected).unwrap();
    let request = desk.sent();
    assert_eq!(desk.wait(1_500), from_client(0x11, &[], false));
    // Nothing: so it is sent again.
    assert_eq!(desk.answer(&from_meter(0x11, &[], false)), request);
    assert_eq!(desk.wait(1_500), from_client(0x11, &[], false));
    // It did, only the answer was lost; and it takes a while.
    assert_eq!(desk.answer(&from_meter(0x31, &[], false)), "");
    assert_eq!(desk.wait(100), from_client(0x11, &[], false));
    desk.input(&from_meter(0x30, &ANSWER, false));
    assert_eq!(desk.session.message(), Some(&ANSWER[..]));
}

#[test]
fn a_meter_that_only_says_that_it_is_there_is_waited_for_no_longer_than_told() {
    let mut desk = plain();
    desk.session.send(&REQUEST, Answer::Expected).unwrap();
    desk.sent();
    let mut polls = 0;
    loop {
        desk.input(&from_meter(0x31, &[], false));
        if desk.wait(100).is_empty() {
            break;
        }
        polls += 1;
    }
    assert_eq!(polls, 600);
    assert_eq!(events(&mut desk), [LinkEvent::Acknowledged, LinkEvent::Unanswered]);
    assert!(desk.session.is_connected() && desk.session.is_idle());
}

#[test]
fn a_meter_that_is_not_ready_is_asked_until_it_is() {
    let mut desk = narrow();
    desk.session.send(&[1, 2, 3, 4, 5], Answer::None).unwrap();
    desk.sent();
    // RNR 1: the second did not find room.
    assert_eq!(desk.answer(&from_meter(0x35, &[], false)), "");
    assert_eq!(desk.wait(100), from_client(0x11, &[], false));
    assert_eq!(desk.answer(&from_meter(0x31, &[], false)), from_client(0x12, &[5], false));
    desk.input(&from_meter(0x55, &[], false));
    assert_eq!(events(&mut desk), [LinkEvent::Acknowledged]);
    // For ever is too long.
    desk.session.send(&[1], Answer::None).unwrap();
    desk.wait(100);
    desk.sent();
    for _ in 0..2_000 {
        desk.input(&from_meter(0x55, &[], false));
        desk.wait(100);
    }
    assert_eq!(events(&mut desk), [LinkEvent::Disconnected(Why::Stuck)]);
}

#[test]
fn a_rejected_frame_ends_the_link_and_says_why() {
    let mut desk = plain();
    desk.session.send(&REQUEST, Answer::Expected).unwrap();
    desk.sent();
    // The rejected control 10, V(R) 3, V(S) 2; z: N(R) cannot be.
    desk.input(&from_meter(0x97, &[0x10, 0x64, 0x08], false));
    let frmr = Frmr::new(Control::from_octet(0x10), 2, 3).with_reasons(Frmr::INVALID_NUMBER);
    assert_eq!(events(&mut desk), [LinkEvent::Disconnected(Why::Rejected(Some(frmr)))]);
    assert_eq!(desk.wait(100_000), "");
    // Without a reason, and of other length.
    let mut desk = plain();
    desk.input(&from_meter(0x97, &[], false));
    assert_eq!(events(&mut desk), [LinkEvent::Disconnected(Why::Rejected(None))]);
}

#[test]
fn a_link_is_set_up_again_by_itself_as_often_as_told() {
    let mut desk = Desk::connected(ClientLinkConfig::default(), &[]);
    desk.session.send(&REQUEST, Answer::Expected).unwrap();
    desk.sent();
    let snrm = desk.answer(&from_meter(0x1F, &[], false));
    assert_eq!(snrm[10..14], *"2193");
    desk.input(&from_meter(0x73, &[], false));
    let told = events(&mut desk);
    assert_eq!(told[0], LinkEvent::Disconnected(Why::NotConnected));
    assert!(matches!(told[1], LinkEvent::Connected(_)));
    // Numbers begin anew, and the message is not sent by itself.
    assert_eq!(desk.sent(), "");
    desk.session.send(&REQUEST, Answer::Expected).unwrap();
    assert_eq!(desk.sent(), from_client(0x10, &REQUEST, false));
    // It did no good.
    assert_eq!(desk.answer(&from_meter(0x1F, &[], false)), "");
    assert_eq!(events(&mut desk), [LinkEvent::Disconnected(Why::NotConnected)]);
}

#[test]
fn numbers_go_on_with_meters_that_keep_theirs() {
    for (keeps_numbers, control) in [(false, 0x10), (true, 0x32)] {
        let mut desk = Desk::connected(ClientLinkConfig { keeps_numbers, ..config() }, &[]);
        desk.session.send(&REQUEST, Answer::Expected).unwrap();
        desk.sent();
        desk.input(&from_meter(0x30, &ANSWER, false));
        desk.session.release();
        desk.session.connect();
        desk.sent();
        desk.input(&from_meter(0x73, &[], false));
        desk.session.send(&REQUEST, Answer::Expected).unwrap();
        assert_eq!(desk.sent(), from_client(control, &REQUEST, false));
    }
}

#[test]
fn a_refusal_is_believed_when_it_is_repeated() {
    let mut desk = Desk::client(config());
    desk.session.connect();
    let snrm = desk.sent();
    for _ in 0..3 {
        assert_eq!(desk.answer(&from_meter(0x1F, &[], false)), "");
        assert_eq!(desk.wait(100), snrm);
    }
    desk.input(&from_meter(0x1F, &[], false));
    assert_eq!(events(&mut desk), [LinkEvent::Disconnected(Why::Refused)]);
}

#[test]
fn dm_is_an_answer_to_disc() {
    let mut desk = plain();
    desk.session.disconnect();
    desk.sent();
    desk.input(&from_meter(0x1F, &[], false));
    assert_eq!(events(&mut desk), [LinkEvent::Disconnected(Why::Requested)]);
}

#[test]
fn frames_of_others_and_our_own_are_passed_over() {
    let mut desk = plain();
    desk.session.send(&REQUEST, Answer::Expected).unwrap();
    let request = desk.sent();
    desk.input(&request);
    assert_eq!(desk.session.counters().echoes, 1);
    for foreign in [
        frame(&[0x23], &[0x02, 0x23], 0x30, &ANSWER, false),
        frame(&[0x21], &[0x02, 0x25], 0x30, &ANSWER, false),
    ] {
        desk.input(&foreign);
    }
    assert_eq!(desk.session.counters().foreign, 2);
    assert_eq!(events(&mut desk), []);
    // The meter may write its own address wider than we do.
    desk.input(&frame(&[0x21], &[0x00, 0x02, 0x00, 0x23], 0x30, &ANSWER, false));
    assert_eq!(events(&mut desk).len(), 2);
}

#[test]
fn where_both_have_one_address_an_echo_is_known_by_its_numbers() {
    let one = HdlcAddress::of_client(1).unwrap();
    let buffers = gurux_dlms::session::link::Buffers::owned(512);
    let mut desk = Desk::new(ClientLink::new(config(), one, one, buffers));
    desk.session.connect();
    let snrm = desk.sent();
    desk.input(&snrm);
    desk.input(
        "7EA0070303738A087E"
            .replace("738A08", &frame(&[3], &[3], 0x73, &[], false)[10..16])
            .as_str(),
    );
    assert!(desk.session.is_connected());
    desk.session.send(&REQUEST, Answer::Expected).unwrap();
    let request = desk.sent();
    assert_eq!(desk.answer(&request), "");
    // A segment; RR 1 comes back; and then the meter says RR 1 too, because it takes its time.
    let poll = desk.answer(&frame(&[3], &[3], 0x30, &[1], true));
    assert_eq!(poll, frame(&[3], &[3], 0x31, &[], false));
    assert_eq!(desk.answer(&poll), "");
    assert_eq!(desk.session.counters().echoes, 3);
    assert_eq!(desk.wait(99), "");
    desk.input(&poll);
    assert_eq!(desk.wait(100), poll);
}

#[test]
fn unnumbered_messages_go_both_ways() {
    let mut desk = Desk::client(config());
    let all = HdlcAddress::of_logical_device(127).unwrap();
    desk.session.send_unnumbered(all, &[5; 130], true).unwrap();
    let segments = [
        frame(&[0xFF], &[0x21], 0x03, &[5; 128], true),
        frame(&[0xFF], &[0x21], 0x13, &[5; 2], false),
    ];
    assert_eq!(desk.sent(), segments.concat());
    assert_eq!(events(&mut desk), [LinkEvent::Sent]);
    assert_eq!(desk.wait(100_000), "");

    // As the Iskra AM550 does: 03, 03, 13, the segmentation bit in all but the last.
    desk.input(&from_meter(0x03, &[1, 2], true));
    desk.input(&from_meter(0x03, &[3], true));
    desk.input(&from_meter(0x13, &[4], false));
    let told = events(&mut desk);
    assert!(matches!(told[..], [LinkEvent::Unnumbered { octets: 4, poll: true, .. }]), "{told:?}");
    assert_eq!(desk.session.unnumbered(), Some(&[1, 2, 3, 4][..]));
    desk.input(&from_meter(0x03, &[9], false));
    assert_eq!(desk.session.counters().unnumbered_lost, 1);
    desk.session.release_unnumbered();
    desk.input(&from_meter(0x03, &[9], false));
    assert_eq!(desk.session.unnumbered(), Some(&[9][..]));
}

#[test]
fn a_message_longer_than_its_buffer_is_told_and_dropped() {
    let mut desk = plain();
    desk.session.send(&REQUEST, Answer::Expected).unwrap();
    desk.sent();
    for segment in 0..5 {
        let control = 0x30 | segment << 1;
        let poll = from_client(0x11 | (segment + 1) << 5, &[], false);
        assert_eq!(desk.answer(&from_meter(control, &[7; 128], true)), poll);
    }
    assert_eq!(desk.answer(&from_meter(0x3A, &[7; 10], false)), "");
    assert_eq!(events(&mut desk), [LinkEvent::Acknowledged, LinkEvent::TooLong { octets: 650 }]);
    assert!(desk.session.is_connected() && desk.session.message().is_none());
    assert_eq!(desk.session.send(&[0; 513], Answer::None), Err(SendError::Length { max: 512 }));
}

#[test]
fn noise_and_half_frames_are_told() {
    let mut desk = plain();
    desk.session.send(&REQUEST, Answer::Expected).unwrap();
    desk.sent();
    let answer = from_meter(0x30, &ANSWER, false);
    desk.input(&answer[..20]);
    desk.wait(300);
    let told = events(&mut desk);
    assert!(matches!(told[..], [LinkEvent::Dropped { octets: 9, .. }]), "{told:?}");
    desk.input(&format!("0102{answer}"));
    let told = events(&mut desk);
    assert!(matches!(told[2], LinkEvent::Dropped { octets: 2, .. }), "{told:?}");
    assert_eq!(desk.session.counters().noise, 11);
}

#[test]
fn an_answer_that_trickles_in_is_waited_for() {
    let mut desk = plain();
    desk.session.send(&REQUEST, Answer::Expected).unwrap();
    desk.sent();
    desk.wait(1_400);
    let answer = from_meter(0x30, &ANSWER, false);
    for at in (0..answer.len()).step_by(2) {
        desk.input(&answer[at..at + 2]);
        assert_eq!(desk.wait(250), "", "{at}");
    }
    assert_eq!(events(&mut desk).len(), 2);
}

#[test]
fn an_idle_link_is_kept_alive() {
    let keep_alive = Some(Duration::from_secs(60));
    let mut desk = Desk::connected(ClientLinkConfig { keep_alive, ..config() }, &[]);
    assert_eq!(desk.wait(59_999), "");
    assert_eq!(desk.wait(1), from_client(0x11, &[], false));
    assert_eq!(desk.answer(&from_meter(0x11, &[], false)), "");
    assert_eq!(desk.wait(60_000), from_client(0x11, &[], false));
}

#[test]
fn an_idle_link_takes_little_memory() {
    assert!(size_of::<ClientLink<Owned>>() < 1024, "{}", size_of::<ClientLink<Owned>>());
}
