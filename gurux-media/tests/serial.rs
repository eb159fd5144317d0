//! The real serial adapter against the real pseudo-terminal.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may stop")]
#![cfg(all(unix, feature = "serial", feature = "pty"))]

mod talk;

use core::time::Duration;
use std::io::Read;
use std::path::PathBuf;
use std::thread;

use gurux_media::pty::Pty;
use gurux_media::serial::Serial;
use gurux_media::settings::{PtySettings, SerialSettings};
use gurux_media::{
    Driven, Driver, Instant, LineSettings, Media, MediaError, MediaState, Rs485, clock,
};
use talk::{Answerer, Asker, Told};

fn soon() -> Instant {
    clock::now() + Duration::from_secs(10)
}

/// A place of its own for the link of each test.
fn link(test: &str) -> PathBuf {
    std::env::temp_dir().join(format!("gurux-media-{}-{test}", std::process::id()))
}

fn line(text: &str) -> LineSettings {
    text.parse().unwrap()
}

fn connected(test: &str, line: LineSettings, software_parity: bool) -> (Serial, Pty) {
    let mut meter = Pty::new(PtySettings { line, software_parity, ..PtySettings::new(link(test)) });
    meter.open().unwrap();
    let path = link(test).display().to_string();
    let mut port =
        Serial::new(SerialSettings { software_parity, ..SerialSettings::new(path, line) });
    port.open().unwrap();
    (port, meter)
}

fn take(media: &mut impl Media, count: usize) -> Vec<u8> {
    let mut got = Vec::new();
    let mut buf = [0; 256];
    while got.len() < count {
        let more = media.receive(&mut buf, soon()).unwrap();
        assert!(more > 0, "only {got:X?}");
        got.extend_from_slice(&buf[..more]);
    }
    got
}

#[test]
fn octets_go_both_ways_unchanged() {
    let (mut port, mut meter) = connected("both-ways", line("9600 8N1"), false);
    let all: Vec<u8> = (0..=255).collect();
    port.send(&all).unwrap();
    assert_eq!(take(&mut meter, 256), all);
    meter.send(&all).unwrap();
    assert_eq!(take(&mut port, 256), all);
    assert_eq!((port.kind(), meter.kind()), ("Serial", "Pty"));
}

#[test]
fn deadlines_are_kept() {
    let (mut port, mut meter) = connected("deadlines", line("9600 8N1"), false);
    for media in [&mut port as &mut dyn Media, &mut meter] {
        let started = clock::now();
        assert_eq!(media.receive(&mut [0; 8], Instant::ZERO).unwrap(), 0);
        let deadline = started + Duration::from_millis(40);
        assert_eq!(media.receive(&mut [0; 8], deadline).unwrap(), 0);
        assert!(clock::now() >= deadline && clock::now() - started < Duration::from_secs(2));
    }
}

#[test]
fn seven_even_one_stands_on_the_wire_as_parity_bits() {
    let mut meter = Pty::new(PtySettings {
        line: line("300 7E1"),
        software_parity: true,
        ..PtySettings::new(link("7e1-wire"))
    });
    meter.open().unwrap();
    let mut raw = std::fs::File::open(meter.path().unwrap()).unwrap();
    meter.send(b"/?!\r\n").unwrap();
    let mut octets = [0; 5];
    raw.read_exact(&mut octets).unwrap();
    assert_eq!(octets, [0xAF, 0x3F, 0x21, 0x8D, 0x0A]);
}

#[test]
fn seven_even_one_in_software_on_both_sides() {
    let (mut port, mut meter) = connected("7e1", line("300 7E1"), true);
    port.send(b"/?!\r\n").unwrap();
    assert_eq!(take(&mut meter, 5), b"/?!\r\n");
    meter.send(b"/GUX5meter\r\n").unwrap();
    assert_eq!(take(&mut port, 12), b"/GUX5meter\r\n");
    assert_eq!((port.parity_errors(), meter.parity_errors()), (0, 0));
}

#[test]
fn a_wrong_parity_bit_is_counted_and_the_character_kept() {
    let test = "7e1-wrong";
    let mut meter = Pty::new(PtySettings::new(link(test)));
    meter.open().unwrap();
    let path = link(test).display().to_string();
    let settings =
        SerialSettings { software_parity: true, ..SerialSettings::new(path, line("300 7E1")) };
    let mut port = Serial::new(settings);
    port.open().unwrap();
    meter.send(&[0xAF, 0x3F, 0xA1]).unwrap();
    assert_eq!(take(&mut port, 3), b"/?!");
    assert_eq!(port.parity_errors(), 1);
}

/// The sign-on of IEC 62056-21 mode C: 300 baud for the first words, then the agreed speed.
#[test]
fn the_speed_is_switched_in_mid_conversation() {
    let (mut port, mut meter) = connected("switch", line("300 7E1"), true);
    let meter = thread::spawn(move || {
        let mut session = Answerer {
            switch_after: Some(("fast".to_string(), line("9600 7E1"))),
            ..Answerer::default()
        };
        let mut driver = Driver::new();
        for _ in 0..3 {
            driver.drive(&mut session, &mut meter, soon()).unwrap();
        }
        let until = clock::now() + Duration::from_millis(50);
        driver.drive(&mut session, &mut meter, until).unwrap();
        *meter.line()
    });
    let mut session = Asker {
        switch_after: Some(("fast".to_string(), line("9600 7E1"))),
        ..Asker::new(&["slow", "fast", "go on"])
    };
    let mut driver = Driver::new();
    for question in ["slow", "fast", "go on"] {
        let answer = question.chars().rev().collect();
        let told = Told::Answer { question: question.to_string(), answer };
        assert_eq!(driver.drive(&mut session, &mut port, soon()).unwrap(), Driven::Event(told));
        let baud = if question == "slow" { 300 } else { 9600 };
        assert_eq!(port.line().baud, baud);
    }
    assert_eq!(meter.join().unwrap().baud, 9600);
}

#[test]
fn a_port_opens_again_with_its_first_settings() {
    let (mut port, _meter) = connected("again", line("300 8N1"), false);
    port.reconfigure(&line("9600 8N1")).unwrap();
    port.close();
    assert!(matches!(port.send(b"x"), Err(MediaError::NotOpen)));
    port.open().unwrap();
    assert_eq!(port.line().baud, 300);
}

#[test]
fn a_port_that_vanishes_is_told_so() {
    let (mut port, mut meter) = connected("vanish", line("9600 8N1"), false);
    meter.close();
    let error = port.receive(&mut [0; 8], soon()).unwrap_err();
    assert!(matches!(error, MediaError::Gone { .. }), "{error}");
    assert!(error.to_string().ends_with("the port is gone (was the adapter unplugged?)"));
    assert_eq!(port.state(), MediaState::Closed);
    // Back in the socket: the same medium opens again.
    meter.open().unwrap();
    port.open().unwrap();
    port.send(b"hello").unwrap();
    assert_eq!(take(&mut meter, 5), b"hello");
}

#[test]
fn a_pause_before_sending_is_kept() {
    let test = "pause";
    let mut meter = Pty::new(PtySettings::new(link(test)));
    meter.open().unwrap();
    let path = link(test).display().to_string();
    let mut port = Serial::new(SerialSettings {
        pause_before_send: Duration::from_millis(30),
        ..SerialSettings::new(path, LineSettings::default())
    });
    port.open().unwrap();
    meter.send(b"?").unwrap();
    take(&mut port, 1);
    let heard = clock::now();
    port.send(b"!").unwrap();
    assert!(clock::now() - heard >= Duration::from_millis(29));
}

/// A pseudo-terminal has no RTS line: what cannot be done is said, not ignored.
#[test]
fn a_line_without_rts_cannot_be_turned() {
    let test = "rs485";
    let mut meter = Pty::new(PtySettings::new(link(test)));
    meter.open().unwrap();
    let path = link(test).display().to_string();
    let rs485 = Some(Rs485::default());
    let line = LineSettings { rs485, ..LineSettings::default() };
    let mut port = Serial::new(SerialSettings::new(path, line));
    let error = port.open().unwrap_err().to_string();
    assert!(error.contains("turn the RS-485 driver"), "{error}");
    assert_eq!(port.state(), MediaState::Closed);
}

#[test]
fn the_link_comes_and_goes_with_the_terminal() {
    let link = link("link");
    let mut meter = Pty::new(PtySettings::new(&link));
    meter.open().unwrap();
    assert_eq!(std::fs::read_link(&link).unwrap(), meter.path().unwrap());
    // A link that a killed run left behind is replaced.
    let mut second = Pty::new(PtySettings::new(&link));
    second.open().unwrap();
    drop(meter);
    assert!(link.exists());
    drop(second);
    assert!(std::fs::symlink_metadata(&link).is_err());
    // A file of somebody else is not.
    std::fs::write(&link, "mine").unwrap();
    let error = Pty::new(PtySettings::new(&link)).open().unwrap_err().to_string();
    assert!(error.contains("make a pseudo-terminal"), "{error}");
    assert_eq!(std::fs::read_to_string(&link).unwrap(), "mine");
    std::fs::remove_file(&link).unwrap();
}

#[test]
fn octets_that_nobody_reads_do_not_hold_the_meter_up() {
    let mut meter = Pty::new(PtySettings::new(link("unread")));
    meter.open().unwrap();
    let started = clock::now();
    meter.send(&[0x55; 100_000]).unwrap();
    assert!(clock::now() - started < Duration::from_secs(5));
    assert_eq!(meter.state(), MediaState::Open);
}

#[cfg(feature = "tokio-serial")]
#[tokio::test]
async fn a_session_runs_over_a_port_on_tokio() {
    use gurux_media::drive::AsyncDriver;
    use gurux_media::serial::AsyncSerial;

    let test = "tokio";
    let settings = PtySettings {
        line: line("300 7E1"),
        software_parity: true,
        ..PtySettings::new(link(test))
    };
    let mut meter = Pty::new(settings);
    meter.open().unwrap();
    let (done, all_read) = std::sync::mpsc::channel::<()>();
    let meter = thread::spawn(move || {
        let (mut session, mut driver) = (Answerer::default(), Driver::new());
        for _ in 0..2 {
            driver.drive(&mut session, &mut meter, soon()).unwrap();
        }
        driver.drive(&mut session, &mut meter, clock::now()).unwrap();
        // A terminal that closes takes along what was not read yet.
        all_read.recv().unwrap_err();
        meter.close();
    });
    let path = link(test).display().to_string();
    let settings =
        SerialSettings { software_parity: true, ..SerialSettings::new(path, line("300 7E1")) };
    let mut driver = AsyncDriver::new(AsyncSerial::open(settings).unwrap());
    let mut session = Asker {
        switch_after: Some(("fast".to_string(), line("9600 7E1"))),
        ..Asker::new(&["slow", "fast"])
    };
    for question in ["slow", "fast"] {
        let answer = question.chars().rev().collect();
        let told = Told::Answer { question: question.to_string(), answer };
        assert_eq!(driver.drive(&mut session, soon()).await.unwrap(), Driven::Event(told));
    }
    assert_eq!(driver.media().line().baud, 9600);
    assert_eq!(driver.media().parity_errors(), 0);
    drop(done);
    let error = driver.drive(&mut session, soon()).await.unwrap_err();
    assert!(matches!(error, MediaError::Gone { .. }), "{error}");
    meter.join().unwrap();
}
