//! UDP over loopback sockets.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may stop")]
#![cfg(feature = "udp")]

mod talk;

use core::time::Duration;
use std::net::UdpSocket;
use std::thread;

use gurux_media::settings::{UdpListenSettings, UdpSettings};
use gurux_media::udp::{Udp, UdpServer};
use gurux_media::{Driven, Driver, Instant, Media, MediaError, clock};
use talk::{Answerer, Asker, Told};

fn soon() -> Instant {
    clock::now() + Duration::from_secs(10)
}

fn connected() -> (Udp, UdpServer) {
    let mut server = UdpServer::new(UdpListenSettings::new("127.0.0.1", 0));
    server.open().unwrap();
    let mut client = Udp::new(UdpSettings::new("127.0.0.1", server.local_addr().unwrap().port()));
    client.open().unwrap();
    (client, server)
}

#[test]
fn an_answer_goes_to_whoever_was_heard_last() {
    let (mut client, mut server) = connected();
    assert!(client.is_datagram());
    let mut buf = [0; 64];
    let error = server.send(b"too early").unwrap_err().to_string();
    assert_eq!(error, "this medium cannot send before a peer was heard");
    client.send(b"one").unwrap();
    client.send(b"two").unwrap();
    assert_eq!(server.receive(&mut buf, soon()).unwrap(), 3);
    assert_eq!(server.receive(&mut buf, soon()).unwrap(), 3);
    assert_eq!(&buf[..3], b"two");
    server.send(b"answer").unwrap();
    assert_eq!(client.receive(&mut buf, soon()).unwrap(), 6);
}

#[test]
fn a_datagram_too_long_is_an_error_and_never_cut() {
    let (mut client, mut server) = connected();
    client.send(&[7; 300]).unwrap();
    client.send(b"next").unwrap();
    let mut buf = [0; 64];
    let error = server.receive(&mut buf, soon()).unwrap_err();
    assert!(matches!(error, MediaError::Datagram { octets: 300, room: 64 }));
    assert_eq!(server.receive(&mut buf, soon()).unwrap(), 4);
    let error = client.send(&vec![0; 65_508]).unwrap_err().to_string();
    assert_eq!(error, "a datagram of 65508 octets does not fit into 65507");
}

#[test]
fn the_longest_datagram_passes() {
    let (mut client, mut server) = connected();
    let mut buf = vec![0; 65_535];
    client.send(&vec![9; 65_507]).unwrap();
    assert_eq!(server.receive(&mut buf, soon()).unwrap(), 65_507);
}

#[test]
fn nobody_at_the_other_side_is_silence_and_not_an_error() {
    let port = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut client = Udp::new(UdpSettings::new("127.0.0.1", port));
    client.open().unwrap();
    for _ in 0..3 {
        client.send(b"anybody?").unwrap();
        let deadline = clock::now() + Duration::from_millis(30);
        assert_eq!(client.receive(&mut [0; 8], deadline).unwrap(), 0);
        assert!(clock::now() >= deadline);
    }
}

#[test]
fn a_session_runs_over_datagrams() {
    let (mut client, mut server) = connected();
    let meter = thread::spawn(move || {
        let (mut session, mut driver) = (Answerer::default(), Driver::new());
        driver.drive(&mut session, &mut server, soon()).unwrap();
        driver.drive(&mut session, &mut server, clock::now()).unwrap()
    });
    let mut session = Asker::new(&["energy"]);
    let told = Driver::new().drive(&mut session, &mut client, soon()).unwrap();
    let answer = Told::Answer { question: "energy".to_string(), answer: "ygrene".to_string() };
    assert_eq!(told, Driven::Event(answer));
    assert_eq!(meter.join().unwrap(), Driven::Deadline);
}
