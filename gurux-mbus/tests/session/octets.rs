//! The reader octet by octet: what it sends, when, and what it makes of what comes.

use gurux_mbus::session::{
    Done, Failure, Initialise, LinkConfig, Reader, ReaderConfig, ReaderEvent, RequestId,
};
use gurux_mbus::wire::{AField, BaudRate, Command, MeterAddress};
use gurux_media::LineSettings;

use crate::desk::Desk;

/// No records follow, and more follow; of address 5, without a header.
const LAST: &str = "68 06 06 68 08 05 78 01 13 2A C3 16";
const MORE: &str = "68 07 07 68 08 05 78 01 13 2B 1F E3 16";
const RESET: &str = "1040054516";
const REQUEST: [&str; 2] = ["105B056016", "107B058016"];

fn desk() -> Desk<Reader> {
    Desk::reader(ReaderConfig { initialise: Initialise::Never, ..ReaderConfig::default() })
}

fn telegrams(desk: &mut Desk<Reader>) -> usize {
    let mut count = 0;
    while let Some(event) = desk.event() {
        match event {
            ReaderEvent::Telegram { .. } => count += 1,
            ReaderEvent::Done { .. } => return count,
            other => panic!("{other:?}"),
        }
    }
    panic!("not over");
}

fn failure(desk: &mut Desk<Reader>) -> Failure {
    loop {
        match desk.event() {
            Some(ReaderEvent::Failed { reason, .. }) => return reason,
            Some(ReaderEvent::Noise { .. } | ReaderEvent::Skipped { .. }) => {}
            other => panic!("{other:?}"),
        }
    }
}

fn how(desk: &mut Desk<Reader>) -> Done {
    loop {
        match desk.event() {
            Some(ReaderEvent::Done { how, .. }) => return how,
            Some(ReaderEvent::Failed { reason, .. }) => panic!("{reason}"),
            None => panic!("not over"),
            Some(_) => {}
        }
    }
}

#[test]
fn the_frame_count_bit_stays_when_an_answer_is_lost_and_toggles_when_one_came() {
    let mut desk = desk();
    desk.session.read(AField(5)).unwrap();
    assert_eq!(desk.sent(), REQUEST[1]);
    // Lost: after 5 octets of 11 bits, 330 bit times, 50 ms and 150 ms the same again.
    assert_eq!(desk.wait(360), "");
    assert_eq!(desk.wait(1), REQUEST[1]);
    desk.input(MORE);
    // One of the two answers may be late: the next request waits for it.
    assert_eq!(desk.wait(200), "");
    desk.input(MORE);
    assert_eq!(desk.wait(100), REQUEST[0]);
    desk.input(LAST);
    assert_eq!(telegrams(&mut desk), 2);
    // The bits of different addresses have nothing to do with each other; this one goes on after
    // a reset, because there were several telegrams.
    desk.session.read(AField(6)).unwrap();
    assert_eq!(desk.wait(100), "107B068116");
}

#[test]
fn the_bit_is_kept_from_reading_to_reading() {
    let mut desk = desk();
    for bit in [1, 0, 1, 0] {
        desk.session.read(AField(5)).unwrap();
        assert_eq!(desk.wait(100), REQUEST[bit]);
        desk.input(LAST);
        assert_eq!(telegrams(&mut desk), 1);
    }
}

#[test]
fn a_meter_is_reset_where_it_is_not_certain_what_it_says_next() {
    let mut desk = Desk::reader(ReaderConfig::default());
    let mut read = |resets: bool, answer: &[&str]| {
        desk.session.read(AField(5)).unwrap();
        if resets {
            assert_eq!(desk.wait(2_000), RESET);
            desk.input("E5");
        }
        let mut bit = usize::from(resets);
        for octets in answer {
            let sent = desk.wait(2_000);
            assert!(REQUEST.contains(&sent.as_str()), "{sent}");
            if resets {
                assert_eq!(sent, REQUEST[bit]);
            }
            bit ^= 1;
            desk.input(octets);
        }
        while desk.event().is_some() {}
    };
    read(true, &[LAST]);
    read(false, &[LAST]);
    // After several telegrams it might go on with the last one.
    read(false, &[MORE, LAST]);
    read(true, &[LAST]);
    // Data that follow a reading.
    desk.session.send(AField(5), &[0x50]).unwrap();
    assert_eq!(desk.wait(2_000), RESET);
    desk.input("E5");
    assert_eq!(desk.wait(2_000), "68030368730550C816");
    desk.input("E5");
    assert_eq!(how(&mut desk), Done::Acknowledged);
    // And reading after data: the next bit, no reset.
    desk.session.read(AField(5)).unwrap();
    assert_eq!(desk.wait(2_000), REQUEST[0]);
}

#[test]
fn a_meter_that_ignores_resets_is_read_and_told_of() {
    let mut desk = Desk::reader(ReaderConfig::default());
    let id = desk.session.read(AField(5)).unwrap();
    for _ in 0..3 {
        assert_eq!(desk.wait(1_000), RESET);
    }
    assert_eq!(desk.wait(1_000), REQUEST[1]);
    desk.input(MORE);
    // It is there, so perhaps the resets were lost, and this is none of its first.
    for _ in 0..3 {
        assert_eq!(desk.wait(1_000), RESET);
    }
    assert_eq!(desk.wait(1_000), REQUEST[1]);
    desk.input(LAST);
    assert_eq!(desk.event(), Some(ReaderEvent::NotReset { id }));
    assert_eq!(telegrams(&mut desk), 1);
}

#[test]
fn an_answer_in_pieces_and_behind_noise_is_found() {
    let mut desk = desk();
    desk.session.read(AField(5)).unwrap();
    desk.sent();
    // A converter that turns round, our own frame, a piece of the answer, and the rest later.
    desk.input("00 FF 10 7B 05 80 16 68 06");
    assert_eq!(desk.wait(90), "");
    desk.input("06 68 08 05 78 01 13");
    desk.wait(90);
    desk.input("2A C3");
    desk.wait(90);
    desk.input("16");
    assert!(matches!(desk.event(), Some(ReaderEvent::Noise { octets: 2, .. })));
    assert_eq!(telegrams(&mut desk), 1);
    assert_eq!(desk.session.echo_count(), 1);
}

#[test]
fn what_is_garbled_is_asked_for_again() {
    let mut desk = desk();
    desk.session.read(AField(5)).unwrap();
    desk.sent();
    desk.input("68 06 06 68 08 05 78 01 13 2B C3 16");
    assert_eq!(desk.wait(1_000), REQUEST[1]);
    desk.input(LAST);
    assert_eq!(desk.wait(1_000), REQUEST[1]);
    desk.input(LAST);
    while let Some(event) = desk.event() {
        if let ReaderEvent::Done { how, .. } = event {
            assert_eq!(how, Done::Complete { telegrams: 1 });
            return;
        }
    }
    panic!("not over");
}

#[test]
fn a_spike_a_burst_a_beginning_and_a_collision_are_told_apart() {
    #[derive(PartialEq, Eq, Debug)]
    enum Told {
        Garbled,
        CutOff,
        Collision,
    }
    for (octets, expected) in [
        ("FE", Told::Garbled),
        ("00 17 A5", Told::Garbled),
        // No frame begins like this: another speed, or another protocol.
        ("7E A0 07 03 21 93 0F 01 7E", Told::Garbled),
        // The two lengths differ, and the sum is wrong.
        ("68 04 04 60 08 01", Told::Collision),
        ("68 06 06 68 08 05 78 01 13 2B C3 16", Told::Collision),
        // One octet of a good answer is missing.
        ("68 06 06 68 08 05 78 01 13 2B C4", Told::CutOff),
        ("68 06 06 68 08", Told::CutOff),
    ] {
        let mut desk = desk();
        desk.session.read(AField(5)).unwrap();
        for _ in 0..3 {
            assert_eq!(desk.wait(1_000), REQUEST[1]);
            desk.input(octets);
        }
        desk.wait(1_000);
        let reason = failure(&mut desk);
        let told = match reason {
            Failure::Garbled { attempts: 3, .. } => Told::Garbled,
            Failure::CutOff { attempts: 3, .. } => Told::CutOff,
            Failure::Collision { attempts: 3 } => Told::Collision,
            other => panic!("{octets}: {other}"),
        };
        assert_eq!(told, expected, "{octets}: {reason}");
    }
}

#[test]
fn a_whole_telegram_among_garbled_ones_is_confirmed() {
    let mut desk = desk();
    let garbled = "68 06 06 68 08 05 78 01 13 2B C3 16";
    desk.session.read(AField(5)).unwrap();
    desk.sent();
    desk.input(garbled);
    assert_eq!(desk.wait(1_000), REQUEST[1]);
    desk.input(LAST);
    // The same again, with the frame count bit unchanged.
    assert_eq!(desk.wait(1_000), REQUEST[1]);
    for _ in 0..3 {
        desk.input(garbled);
        desk.wait(1_000);
    }
    assert_eq!(failure(&mut desk), Failure::Collision { attempts: 3 });
}

#[test]
fn an_acknowledgement_of_something_else_is_no_data() {
    let mut desk = desk();
    desk.session.read(AField(5)).unwrap();
    desk.sent();
    desk.input("E5");
    desk.wait(100);
    desk.input(LAST);
    assert_eq!(telegrams(&mut desk), 1);
    // Each time, it means that there are none.
    desk.session.read(AField(5)).unwrap();
    for _ in 0..3 {
        assert_eq!(desk.wait(1_000), REQUEST[0]);
        desk.input("E5");
    }
    desk.wait(1_000);
    assert_eq!(how(&mut desk), Done::Acknowledged);
}

#[test]
fn a_refusal_is_believed_when_it_comes_each_time() {
    let mut desk = desk();
    desk.session.send(AField(5), &[0x50]).unwrap();
    for _ in 0..3 {
        assert_eq!(desk.wait(1_000), "68030368730550C816");
        desk.input("A2");
    }
    desk.wait(1_000);
    assert_eq!(failure(&mut desk), Failure::Refused);
}

#[test]
fn a_selected_meter_may_answer_with_any_address_and_others_may_not() {
    let selected: MeterAddress = "12345678 KAM 1 4".parse().unwrap();
    for address in ["00", "05", "F0", "FD"] {
        let mut desk = desk();
        desk.session.read(selected).unwrap();
        assert_eq!(desk.sent(), "680B0B6853FD52785634122D2C01041416");
        desk.input("E5");
        assert_eq!(desk.wait(100), "107BFD7816");
        let sum =
            0x08 + u8::from_str_radix(address, 16).unwrap() as u32 + 0x78 + 0x01 + 0x13 + 0x2A;
        desk.input(&format!("6806066808{address}7801132A{:02X}16", sum & 0xFF));
        assert_eq!(telegrams(&mut desk), 1);
    }
    let mut desk = desk();
    desk.session.read(AField(6)).unwrap();
    desk.sent();
    desk.input(LAST);
    assert!(matches!(desk.event(), Some(ReaderEvent::Skipped { .. })));
    assert_eq!(desk.event(), None);
}

#[test]
fn a_meter_that_was_not_selected_is_never_taken_for_the_one_that_was() {
    // Its header says who it is: 1234567A, where 12345678 was selected.
    let selected: MeterAddress = "12345678 KAM 1 4".parse().unwrap();
    let body = "0802727A5634122D2C01070200000001132A";
    let sum = (0..body.len() / 2)
        .map(|at| u32::from_str_radix(&body[2 * at..2 * at + 2], 16).unwrap())
        .sum::<u32>();
    let answer = format!("68121268{body}{:02X}16", sum & 0xFF);
    let mut desk = desk();
    desk.session.read(selected).unwrap();
    assert_eq!(desk.sent(), "680B0B6853FD52785634122D2C01041416");
    desk.input("E5");
    for _ in 0..3 {
        assert_eq!(desk.wait(1_000), "107BFD7816");
        desk.input(&answer);
    }
    let meter = "1234567A KAM 1 7".parse().unwrap();
    assert_eq!(failure(&mut desk), Failure::AnotherMeter { meter });
}

#[test]
fn a_meter_that_wants_network_resets_gets_them() {
    let selected: MeterAddress = "12345678 KAM 1 4".parse().unwrap();
    let mut desk = desk();
    desk.session.read(selected).unwrap();
    let (reset, select) = ("1040FD3D16", "680B0B6853FD52785634122D2C01041416");
    for expected in [select, reset, select, reset, reset, select] {
        assert_eq!(desk.wait(1_000), expected);
    }
    desk.wait(1_000);
    assert_eq!(failure(&mut desk), Failure::NotSelected { attempts: 3 });
}

#[test]
fn a_speed_that_is_lost_is_given_up() {
    let mut desk = desk();
    desk.session.command(AField(5), &Command::SetBaudRate(BaudRate::B9600)).unwrap();
    assert_eq!(desk.sent(), "680303687305BD3516");
    assert_eq!(desk.line, None);
    desk.input("E5");
    assert_eq!(desk.wait(100), RESET);
    assert_eq!(desk.line, Some(LineSettings::new(9600).even()));
    for _ in 0..2 {
        assert_eq!(desk.wait(1_000), RESET);
    }
    desk.wait(1_000);
    assert_eq!(failure(&mut desk), Failure::SpeedLost);
    assert_eq!(desk.line, Some(LineSettings::new(2400).even()));
    // A line behind a gateway is not switched from here.
    let link = LinkConfig { gateway: true, ..LinkConfig::default() };
    let config = ReaderConfig { link, initialise: Initialise::Never, ..ReaderConfig::default() };
    let mut desk = Desk::reader(config);
    desk.session.command(AField(5), &Command::SetBaudRate(BaudRate::B300)).unwrap();
    desk.sent();
    desk.input("E5");
    assert_eq!(desk.wait(100), RESET);
    assert_eq!(desk.line, None);
}

#[test]
fn all_meters_are_told_and_none_answers() {
    let mut desk = Desk::reader(ReaderConfig::default());
    desk.session.command(AField::BROADCAST, &Command::Synchronise).unwrap();
    assert_eq!(desk.sent(), "6803036873FF5CCE16");
    assert_eq!(desk.event(), None);
    assert_eq!(desk.wait(1_000), "");
    assert_eq!(how(&mut desk), Done::Sent);
}

#[test]
fn a_closed_line_fails_what_is_under_way_and_keeps_the_rest() {
    let mut desk = desk();
    desk.session.read(AField(5)).unwrap();
    desk.session.read(AField(6)).unwrap();
    desk.sent();
    gurux_media::Session::handle_close(&mut desk.session, desk.now);
    assert_eq!(failure(&mut desk), Failure::Closed);
    assert_eq!((desk.wait(5_000), desk.event()), (String::new(), None));
    gurux_media::Session::handle_open(&mut desk.session, desk.now);
    assert_eq!(desk.wait(1_000), "107B068116");
}

#[test]
fn a_request_is_given_up_and_the_queue_is_bounded() {
    let mut desk = desk();
    let first = desk.session.read(AField(5)).unwrap();
    desk.sent();
    let second = desk.session.read(AField(5)).unwrap();
    assert!(desk.session.cancel(second) && !desk.session.cancel(second));
    assert!(desk.session.cancel(first));
    desk.input(LAST);
    desk.wait(1_000);
    assert!(matches!(desk.event(), Some(ReaderEvent::Skipped { .. }) | None));
    assert_eq!(desk.session.pending_count(), 0);
    let ids: Vec<RequestId> = (0..70).map_while(|_| desk.session.read(AField(5)).ok()).collect();
    assert_eq!(ids.len(), 64);
}

#[test]
fn nobody_polls_and_nothing_grows() {
    let mut desk = desk();
    desk.session.read(AField(5)).unwrap();
    let (mut requests, mut value) = (0, 0_u8);
    for _ in 0..200 {
        let sent = desk.wait(500);
        if !sent.is_empty() {
            requests += 1;
            value = value.wrapping_add(1);
            let sum = (0x08 + 0x05 + 0x78 + 0x01 + 0x13 + u32::from(value) + 0x1F) & 0xFF;
            desk.input(&format!("680707680805780113{value:02X}1F{sum:02X}16"));
        }
    }
    assert!(requests <= 33, "{requests}");
}
