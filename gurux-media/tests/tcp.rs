//! TCP over loopback sockets.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may stop")]
#![cfg(feature = "tcp")]

mod talk;

use core::time::Duration;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use gurux_media::settings::{TcpListenSettings, TcpSettings};
use gurux_media::tcp::{Tcp, TcpServer};
use gurux_media::{Driven, Driver, Instant, Media, MediaError, MediaState, clock};
use talk::{Answerer, Asker, Told};

fn soon() -> Instant {
    clock::now() + Duration::from_secs(10)
}

fn server() -> (TcpServer, TcpSettings) {
    let mut server = TcpServer::new(TcpListenSettings::new("127.0.0.1", 0));
    server.bind().unwrap();
    let port = server.local_addr().unwrap().port();
    (server, TcpSettings::new("127.0.0.1", port))
}

fn connected() -> (Tcp, Tcp) {
    let (mut server, settings) = server();
    let mut client = Tcp::new(settings);
    client.open().unwrap();
    (client, server.accept(soon()).unwrap().unwrap())
}

#[test]
fn octets_go_both_ways() {
    let (mut client, mut meter) = connected();
    let mut buf = [0; 64];
    client.send(b"question").unwrap();
    assert_eq!(meter.receive(&mut buf, soon()).unwrap(), 8);
    meter.send(b"answer").unwrap();
    assert_eq!(client.receive(&mut buf, soon()).unwrap(), 6);
    assert_eq!(&buf[..6], b"answer");
    assert_eq!(client.kind(), "Net");
    assert_eq!(meter.name(), meter.peer().unwrap().to_string());
}

#[test]
fn a_deadline_in_the_past_takes_what_is_there_and_does_not_wait() {
    let (mut client, mut meter) = connected();
    let mut buf = [0; 64];
    let started = std::time::Instant::now();
    assert_eq!(client.receive(&mut buf, Instant::ZERO).unwrap(), 0);
    assert!(started.elapsed() < Duration::from_millis(100));
    meter.send(b"abc").unwrap();
    thread::sleep(Duration::from_millis(50));
    assert_eq!(client.receive(&mut buf, Instant::ZERO).unwrap(), 3);
}

#[test]
fn a_deadline_is_kept() {
    let (mut client, _meter) = connected();
    let started = clock::now();
    let deadline = started + Duration::from_millis(60);
    assert_eq!(client.receive(&mut [0; 8], deadline).unwrap(), 0);
    assert!(clock::now() >= deadline);
    assert!(clock::now() - started < Duration::from_secs(2));
}

#[test]
fn a_peer_that_hangs_up_is_told_after_its_last_octet() {
    let (mut client, mut meter) = connected();
    meter.send(b"bye").unwrap();
    meter.close();
    let mut buf = [0; 8];
    assert_eq!(client.receive(&mut buf, soon()).unwrap(), 3);
    let error = client.receive(&mut buf, soon()).unwrap_err();
    assert_eq!(error.to_string(), "the other side closed the connection");
    assert_eq!(client.state(), MediaState::Closed);
    assert!(matches!(client.send(b"x"), Err(MediaError::NotOpen)));
}

#[test]
fn a_refused_connection_names_the_place() {
    // A port that was ours a moment ago and that nobody listens on now.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error = Tcp::new(TcpSettings::new("127.0.0.1", port)).open().unwrap_err().to_string();
    assert!(error.starts_with(&format!("127.0.0.1:{port}: connect: ")), "{error}");
    assert!(error.contains("refused"), "{error}");
}

#[test]
fn a_peer_that_takes_nothing_does_not_hold_us_for_ever() {
    let (mut server, settings) = server();
    let settings = TcpSettings { send_timeout: Duration::from_millis(200), ..settings };
    let mut client = Tcp::new(settings);
    client.open().unwrap();
    let _meter = server.accept(soon()).unwrap().unwrap();
    let flood = vec![0; 64 << 20];
    let error = client.send(&flood).unwrap_err().to_string();
    assert!(error.contains("send"), "{error}");
    assert_eq!(client.state(), MediaState::Closed);
}

#[test]
fn a_large_message_arrives_whole() {
    let (mut client, mut meter) = connected();
    let message: Vec<u8> = (0..5_000_000u32).map(|i| i as u8).collect();
    let copy = message.clone();
    let sender = thread::spawn(move || client.send(&copy).map(|()| client));
    let mut got = Vec::new();
    let mut buf = [0; 4096];
    while got.len() < message.len() {
        let count = meter.receive(&mut buf, soon()).unwrap();
        assert!(count > 0);
        got.extend_from_slice(&buf[..count]);
    }
    sender.join().unwrap().unwrap();
    assert!(got == message);
}

#[test]
fn an_accepted_socket_becomes_a_medium() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut caller = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let mut meter = Tcp::attach(listener.accept().unwrap().0).unwrap();
    assert_eq!(meter.state(), MediaState::Open);
    caller.write_all(b"hello").unwrap();
    let mut buf = [0; 8];
    assert_eq!(meter.receive(&mut buf, soon()).unwrap(), 5);
    meter.send(b"there").unwrap();
    caller.read_exact(&mut buf[..5]).unwrap();
    assert_eq!(&buf[..5], b"there");
    meter.close();
    let error = meter.open().unwrap_err().to_string();
    assert_eq!(error, "this medium cannot call back a meter that had called us");
}

#[test]
fn a_listening_port_is_a_medium_to_one_caller_after_the_other() {
    let (mut server, settings) = server();
    for word in [&b"first"[..], b"second"] {
        let mut meter = Tcp::new(settings.clone());
        meter.open().unwrap();
        server.open().unwrap();
        meter.send(word).unwrap();
        let mut buf = [0; 16];
        let count = server.receive(&mut buf, soon()).unwrap();
        assert_eq!(&buf[..count], word);
        meter.close();
        assert!(matches!(server.receive(&mut buf, soon()), Err(MediaError::Closed)));
        assert_eq!(server.state(), MediaState::Closed);
    }
}

#[test]
fn nobody_calls() {
    let settings = TcpListenSettings {
        accept_timeout: Some(Duration::from_millis(20)),
        ..TcpListenSettings::new("127.0.0.1", 0)
    };
    let mut server = TcpServer::new(settings);
    let error = server.open().unwrap_err().to_string();
    assert!(error.ends_with("wait for a caller: nobody called"), "{error}");
}

/// With the queue of 128 that runtimes take, each caller too many loses a second.
#[test]
fn a_thousand_callers_are_queued_at_once() {
    let (mut server, settings) = server();
    let allowed: usize = std::fs::read_to_string("/proc/sys/net/core/somaxconn")
        .ok()
        .and_then(|text| text.trim().parse().ok())
        .unwrap_or(128);
    let count = 800.min(allowed);
    let started = std::time::Instant::now();
    let mut callers = Vec::new();
    for _ in 0..count {
        let mut caller = Tcp::new(settings.clone());
        match caller.open() {
            Ok(()) => callers.push(caller),
            // No more descriptors for this process: the queue is not to blame.
            Err(MediaError::Io { source, .. }) if source.raw_os_error() == Some(24) => break,
            Err(error) => panic!("{error}"),
        }
    }
    let elapsed = started.elapsed();
    assert!(elapsed < Duration::from_millis(900), "{} callers: {elapsed:?}", callers.len());
    for _ in 0..callers.len().min(100) {
        assert!(server.accept(soon()).unwrap().is_some());
    }
}

#[test]
fn a_session_runs_over_a_socket() {
    let (mut client, mut meter) = connected();
    let meter = thread::spawn(move || {
        let (mut session, mut driver) = (Answerer::default(), Driver::new());
        let mut heard = Vec::new();
        while let Driven::Event(event) = driver.drive(&mut session, &mut meter, soon()).unwrap() {
            heard.push(event);
        }
        heard
    });
    let mut session = Asker { tell_state: true, ..Asker::new(&["energy", "power"]) };
    let mut driver = Driver::new();
    let mut told = Vec::new();
    while !session.is_done() {
        match driver.drive(&mut session, &mut client, soon()).unwrap() {
            Driven::Event(event) => told.push(event),
            other => panic!("{other:?}"),
        }
    }
    let answer = |question: &str| Told::Answer {
        question: question.to_string(),
        answer: question.chars().rev().collect(),
    };
    assert_eq!(told, [Told::Opened, answer("energy"), answer("power")]);
    driver.close(&mut session, &mut client);
    assert_eq!(
        driver.drive(&mut session, &mut client, soon()).unwrap(),
        Driven::Event(Told::Closed)
    );
    assert_eq!(driver.drive(&mut session, &mut client, soon()).unwrap(), Driven::Closed);
    assert_eq!(meter.join().unwrap(), ["energy", "power"]);
}

#[test]
fn a_session_is_told_when_the_peer_hangs_up() {
    let (mut client, meter) = connected();
    let mut session = Asker { tell_state: true, ..Asker::new(&["energy"]) };
    let mut driver = Driver::new();
    assert_eq!(
        driver.drive(&mut session, &mut client, soon()).unwrap(),
        Driven::Event(Told::Opened)
    );
    drop(meter);
    let mut told = Vec::new();
    while let Driven::Event(event) = driver.drive(&mut session, &mut client, soon()).unwrap() {
        told.push(event);
    }
    assert_eq!(told, [Told::GaveUp { question: "energy".to_string() }, Told::Closed]);
}

/// The answer lay in the socket in time; that its owner was busy does not make it late.
#[test]
fn an_answer_that_came_in_time_is_heard_before_the_time_out() {
    let (mut client, mut meter) = connected();
    let mut session = Asker { timeout: Duration::from_millis(30), ..Asker::new(&["energy"]) };
    let mut driver = Driver::new();
    let driven = driver.drive(&mut session, &mut client, clock::now()).unwrap();
    assert_eq!(driven, Driven::Deadline);
    meter.send(&talk::line("ygrene")).unwrap();
    thread::sleep(Duration::from_millis(60));
    let driven = driver.drive(&mut session, &mut client, soon()).unwrap();
    assert!(matches!(driven, Driven::Event(Told::Answer { .. })), "{driven:?}");
    driver.close(&mut session, &mut client);
    let mut asked = [0; 256];
    let count = meter.receive(&mut asked, soon()).unwrap();
    assert_eq!(asked[..count], talk::line("energy"));
    assert!(matches!(meter.receive(&mut asked, soon()), Err(MediaError::Closed)));
}
