//! Sign-on in mode E, alone and in pairs over a line whose speed matters.

use core::time::Duration;

use gurux_dlms::session::{
    Identification, SignOn, SignOnConfig, SignOnEvent, SignOnFailure, SignOnMeter,
    SignOnMeterConfig, SignOnMeterEvent,
};
use gurux_media::pair::{Conducted, Conductor, PairSettings, pair};
use gurux_media::{Faults, Instant, LineSettings, Session};

use crate::desk::{Desk, hex};

fn identification() -> Identification {
    Identification::new(b"APA5\\2NORAX30").unwrap()
}

fn line(text: &str) -> Option<LineSettings> {
    Some(text.parse().unwrap())
}

/// What both tell, and the settings of the line at both ends afterwards.
fn run(
    config: SignOnConfig,
    meter: SignOnMeterConfig,
    settings: &PairSettings,
) -> (SignOnEvent, Option<SignOnMeterEvent>, [Option<LineSettings>; 2]) {
    let mut reader = SignOn::new(config);
    reader.start();
    let mut bench = Conductor::new(reader, SignOnMeter::new(meter), pair(settings));
    let (mut told, mut heard) = (None, None);
    loop {
        match bench.run(Instant::from_millis(600_000)).unwrap() {
            Conducted::A(SignOnEvent::Dropped { .. }) => {}
            Conducted::A(event) => told = Some(event),
            Conducted::B(event) => heard = Some(event),
            Conducted::Deadline | Conducted::Quiet => break,
        }
    }
    let (a, b) = bench.ends();
    (told.unwrap(), heard, [a.line(), b.line()])
}

fn serial(echo: bool) -> PairSettings {
    PairSettings { line: Some(LineSettings::new(19_200)), echo, ..PairSettings::default() }
}

#[test]
fn both_sides_come_to_the_speed_that_the_meter_proposes() {
    for echo in [false, true] {
        for confirms in [false, true] {
            let meter = SignOnMeterConfig { confirms, ..SignOnMeterConfig::new(identification()) };
            let (told, heard, lines) = run(SignOnConfig::default(), meter, &serial(echo));
            let line = "9600 8N1".parse().unwrap();
            let identification = identification();
            let is_confirmed = confirms;
            assert_eq!(told, SignOnEvent::SignedOn { identification, line, is_confirmed });
            assert_eq!(heard, Some(SignOnMeterEvent::SignedOn { line }));
            assert_eq!(lines, [Some(line); 2], "echo {echo}, confirms {confirms}");
        }
    }
}

#[test]
fn a_head_that_is_slower_stays_at_300() {
    let config = SignOnConfig { max_baud: Some(4_800), ..SignOnConfig::default() };
    let meter = SignOnMeterConfig::new(identification());
    let (told, _, lines) = run(config, meter, &serial(false));
    assert!(matches!(told, SignOnEvent::SignedOn { is_confirmed: true, .. }), "{told:?}");
    assert_eq!(lines, [line("300 8N1"); 2]);
}

#[test]
fn only_the_meter_that_is_meant_answers() {
    let address = |text: &[u8]| {
        let mut address = [0; 32];
        address[..text.len()].copy_from_slice(text);
        address
    };
    let meter = || SignOnMeterConfig {
        address: address(b"72432595"),
        ..SignOnMeterConfig::new(identification())
    };
    let config = |text| SignOnConfig { address: address(text), ..SignOnConfig::default() };
    assert!(matches!(
        run(config(b"72432595"), meter(), &serial(false)).0,
        SignOnEvent::SignedOn { .. }
    ));
    let (told, heard, _) = run(config(b"1"), meter(), &serial(false));
    assert_eq!(told, SignOnEvent::Failed(SignOnFailure::NoAnswer));
    assert_eq!(heard, None);
}

#[test]
fn a_meter_without_mode_e_is_left_alone_unless_told_otherwise() {
    let plain = Identification::new(b"ISk5MT174-0001").unwrap();
    let meter = SignOnMeterConfig::new(plain);
    let (told, heard, _) = run(SignOnConfig::default(), meter.clone(), &serial(false));
    assert_eq!(told, SignOnEvent::Failed(SignOnFailure::NotModeE(plain)));
    assert_eq!(heard, None);
    let config = SignOnConfig { is_forced: true, ..SignOnConfig::default() };
    assert!(matches!(run(config, meter, &serial(false)).0, SignOnEvent::SignedOn { .. }));
}

#[test]
fn a_confirmation_that_must_come_is_waited_for() {
    let config = SignOnConfig { needs_confirmation: true, ..SignOnConfig::default() };
    let mut desk = Desk::new(SignOn::new(config));
    desk.session.start();
    assert_eq!(desk.sent(), hex(b"/?!\r\n"));
    assert_eq!(desk.line, line("300 7E1"));
    for attempt in 0..3 {
        // With the parity bits that a line of eight bits leaves in.
        desk.input(&hex(b"\xAFAPA\xB5\\\xB2NORAX30\x8D\n"));
        assert_eq!(desk.sent(), hex(b"\x06252\r\n"));
        assert_eq!(desk.line, line("9600 7E1"));
        let again = desk.wait(10_000);
        assert_eq!(again.is_empty(), attempt == 2);
    }
    let failure = SignOnFailure::NotConfirmed(identification());
    assert_eq!(desk.event(), Some(SignOnEvent::Failed(failure)));
}

#[test]
fn a_reader_that_chooses_another_mode_is_told_of() {
    let mut desk = Desk::new(SignOnMeter::new(SignOnMeterConfig::new(identification())));
    assert_eq!((desk.sent(), desk.line), (String::new(), line("300 7E1")));
    assert_eq!(desk.answer(&hex(b"/?!\r\n")), "");
    assert_eq!(desk.wait(200), hex(b"/APA5\\2NORAX30\r\n"));
    desk.input(&hex(b"\x06050\r\n"));
    assert_eq!(desk.event(), Some(SignOnMeterEvent::Selected(*b"050")));
    assert_eq!(desk.sent(), "");
    // A speed that was not proposed is no choice.
    desk.answer(&hex(b"/?!\r\n"));
    desk.wait(200);
    desk.input(&hex(b"\x06262\r\n"));
    assert_eq!(desk.wait(10_000), "");
    assert_eq!(desk.event(), None);
}

#[test]
fn on_a_bad_line_it_ends_one_way_or_the_other() {
    let mut signed_on = 0;
    for seed in 0..200 {
        let faults = Faults::all(seed, 0.1, Duration::from_millis(300));
        let settings = PairSettings { faults, ..serial(seed % 2 == 0) };
        let meter = SignOnMeterConfig::new(identification());
        let (told, _, _) = run(SignOnConfig::default(), meter, &settings);
        signed_on += usize::from(matches!(told, SignOnEvent::SignedOn { .. }));
    }
    assert!((50..200).contains(&signed_on), "{signed_on}");
}

#[test]
fn a_medium_that_closes_ends_it() {
    let mut desk = Desk::new(SignOn::new(SignOnConfig::default()));
    desk.session.start();
    desk.session.handle_open(desk.now);
    assert_eq!(desk.sent(), hex(b"/?!\r\n"));
    desk.session.handle_close(desk.now);
    assert_eq!(desk.event(), Some(SignOnEvent::Failed(SignOnFailure::Closed)));
}
