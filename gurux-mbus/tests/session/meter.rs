//! The meter, octet by octet.

use core::time::Duration;

use gurux_mbus::session::{Meter, MeterConfig, MeterEvent, Reaction};
use gurux_media::LineSettings;

use crate::bench::Fake;
use crate::desk::{Desk, hex};

fn desk(meters: impl IntoIterator<Item = Fake>) -> Desk<Meter<Fake>> {
    Desk::new(Meter::new(MeterConfig::default(), meters))
}

/// What is answered to a frame.
fn answer(desk: &mut Desk<Meter<Fake>>, frame: &str) -> String {
    desk.input(frame);
    desk.wait(100)
}

/// The value of the one record of an answer.
fn value(answer: &str) -> &str {
    &answer[42..44]
}

#[test]
fn a_request_with_the_same_frame_count_bit_is_answered_the_same() {
    let mut desk = desk([Fake::new(5, "12345678 KAM 1 4").telling(3)]);
    assert_eq!(answer(&mut desk, "1040054516"), "E5");
    let first = answer(&mut desk, "107B058016");
    assert_eq!(value(&first), "00");
    assert_eq!(answer(&mut desk, "107B058016"), first);
    let second = answer(&mut desk, "105B056016");
    assert_eq!(value(&second), "01");
    assert_eq!(answer(&mut desk, "105B056016"), second);
    assert_eq!(value(&answer(&mut desk, "107B058016")), "02");
    // After the last one, the first again; after a reset too.
    assert_eq!(value(&answer(&mut desk, "105B056016")), "00");
    assert_eq!(value(&answer(&mut desk, "107B058016")), "01");
    answer(&mut desk, "1040054516");
    assert_eq!(value(&answer(&mut desk, "107B058016")), "00");
    // And after an application reset.
    assert_eq!(answer(&mut desk, "68030368530550A816"), "E5");
    assert_eq!(value(&answer(&mut desk, "107B058016")), "00");
}

#[test]
fn what_is_sent_twice_is_carried_out_once() {
    let mut desk = desk([Fake::new(5, "12345678 KAM 1 4")]);
    let command = "68 07 07 68 73 05 51 01 FD 1A 40 21 16";
    assert_eq!(answer(&mut desk, command), "E5");
    assert_eq!(answer(&mut desk, command), "E5");
    assert_eq!(desk.session.models().next().unwrap().told.len(), 1);
    assert_eq!(answer(&mut desk, "68 07 07 68 53 05 51 01 FD 1A 40 01 16"), "E5");
    assert_eq!(desk.session.models().next().unwrap().told.len(), 2);
}

#[test]
fn frames_for_others_and_answers_of_others_are_passed_over() {
    let mut desk = desk([Fake::new(5, "12345678 KAM 1 4")]);
    for frame in
        ["1040064616", "107BFD7816", "E5", "68 06 06 68 08 05 78 01 13 2A C3 16", "00 11 22"]
    {
        assert_eq!(answer(&mut desk, frame), "", "{frame}");
    }
    // Whoever is there.
    assert_eq!(answer(&mut desk, "1040FE3E16"), "E5");
    // All, and none answers.
    assert_eq!(answer(&mut desk, "1040FF3F16"), "");
}

#[test]
fn a_meter_is_selected_until_another_one_is() {
    let mut desk = desk([Fake::new(5, "12345678 KAM 1 4"), Fake::new(6, "22345678 KAM 1 4")]);
    let select = |digit: u8| {
        let octets = [0x53, 0xFD, 0x52, 0x78, 0x56, 0x34, digit, 0xFF, 0xFF, 0xFF, 0xFF];
        let sum = octets.iter().fold(0_u8, |sum, octet| sum.wrapping_add(*octet));
        format!("680B0B68{}{sum:02X}16", hex(&octets))
    };
    assert_eq!(answer(&mut desk, &select(0x12)), "E5");
    assert_eq!(value(&answer(&mut desk, "107BFD7816")), "05");
    assert_eq!(answer(&mut desk, &select(0x22)), "E5");
    assert_eq!(value(&answer(&mut desk, "107BFD7816")), "06");
    assert_eq!(answer(&mut desk, &select(0x32)), "");
    assert_eq!(answer(&mut desk, "107BFD7816"), "");
    assert_eq!(answer(&mut desk, &select(0xF2)), "E5");
    // Both are selected, and their answers lie over each other.
    while desk.event().is_some() {}
    let both = answer(&mut desk, "107BFD7816");
    assert_eq!(both.len(), 48);
    assert!(matches!(desk.event(), Some(MeterEvent::Served { answers: 2, .. })));
    // Deselected: those that were, say so.
    assert_eq!(answer(&mut desk, "1040FD3D16"), "E5");
    assert_eq!(answer(&mut desk, "107BFD7816"), "");
}

#[test]
fn what_a_meter_cannot_do_it_says_when_it_is_read() {
    let mut meter = Fake::new(5, "12345678 KAM 1 4");
    meter.reaction = Reaction::Error(4);
    let mut desk = desk([meter]);
    assert_eq!(answer(&mut desk, "68 07 07 68 73 05 51 01 FD 1A 40 21 16"), "E5");
    assert_eq!(answer(&mut desk, "105B056016"), "68040468080570048116");
    assert_eq!(value(&answer(&mut desk, "107B058016")), "05");
}

#[test]
fn a_new_speed_is_kept_if_it_is_used() {
    let mut desk = desk([Fake::new(5, "12345678 KAM 1 4")]);
    let (old, new) = (LineSettings::new(2400).even(), LineSettings::new(9600).even());
    assert_eq!(answer(&mut desk, "680303687305BD3516"), "E5");
    assert_eq!((desk.line, *desk.session.line()), (Some(new), new));
    assert_eq!(desk.wait(119_000), "");
    assert_eq!(desk.line, Some(new));
    desk.wait(2_000);
    assert_eq!((desk.line, *desk.session.line()), (Some(old), old));

    assert_eq!(answer(&mut desk, "680303685305BD1516"), "E5");
    assert_eq!(answer(&mut desk, "1040054516"), "E5");
    desk.wait(500_000);
    assert_eq!(desk.line, Some(new));
}

#[test]
fn half_a_frame_is_forgotten() {
    let mut desk = desk([Fake::new(5, "12345678 KAM 1 4")]);
    desk.input("68 20 20 68 73 05");
    desk.wait(200);
    assert!(matches!(desk.event(), Some(MeterEvent::Noise { octets: 6, .. })));
    assert_eq!(answer(&mut desk, "1040054516"), "E5");
    // A reader that asks again does not wait for the answer any more.
    desk.input("107B058016");
    desk.now += Duration::from_millis(1);
    desk.input("107B058016");
    assert_eq!(desk.wait(100).len(), 48);
    assert_eq!(desk.wait(100), "");
}
