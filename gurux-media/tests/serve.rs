//! Many callers at once.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may stop")]
#![cfg(all(feature = "tcp", feature = "udp"))]

mod talk;

use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::sync::Mutex;
use std::thread;

use gurux_media::serve::{ServeSettings, serve_tcp, serve_udp};
use gurux_media::settings::{TcpListenSettings, TcpSettings, UdpListenSettings, UdpSettings};
use gurux_media::tcp::{Tcp, TcpServer};
use gurux_media::udp::{Udp, UdpServer};
use gurux_media::{Driven, Driver, Instant, Media, MediaError, clock};
use talk::{Answerer, Asker, Told};

fn soon() -> Instant {
    clock::now() + Duration::from_secs(10)
}

fn ask(media: &mut dyn Media, question: &str) -> Told {
    let mut session = Asker::new(&[question]);
    match Driver::new().drive(&mut session, media, soon()).unwrap() {
        Driven::Event(told) => told,
        other => panic!("{other:?}"),
    }
}

fn answer(question: &str) -> Told {
    let answer = question.chars().rev().collect();
    Told::Answer { question: question.to_string(), answer }
}

/// Runs `clients` against a server on a port of its own; what the sessions told.
fn with_tcp(settings: ServeSettings, clients: impl FnOnce(&TcpSettings) + Send) -> Vec<String> {
    let mut port = TcpServer::new(TcpListenSettings::new("127.0.0.1", 0));
    port.bind().unwrap();
    let place = TcpSettings::new("127.0.0.1", port.local_addr().unwrap().port());
    let stop = AtomicBool::new(false);
    let told = Mutex::new(Vec::new());
    thread::scope(|scope| {
        scope.spawn(|| {
            clients(&place);
            stop.store(true, Ordering::Relaxed);
        });
        let make = |_| Some(Answerer::default());
        serve_tcp(&mut port, &settings, &stop, make, |_, event| told.lock().unwrap().push(event))
            .unwrap();
    });
    told.into_inner().unwrap()
}

#[test]
fn each_connection_has_its_session() {
    let mut told = with_tcp(ServeSettings::default(), |place| {
        thread::scope(|scope| {
            for client in 0..8 {
                scope.spawn(move || {
                    let mut media = Tcp::new(place.clone());
                    media.open().unwrap();
                    for n in 0..5 {
                        let question = format!("client {client} question {n}");
                        assert_eq!(ask(&mut media, &question), answer(&question));
                    }
                });
            }
        });
    });
    told.sort();
    assert_eq!(told.len(), 40);
    assert_eq!(told[0], "client 0 question 0");
}

#[test]
fn one_caller_too_many_is_hung_up_on() {
    with_tcp(ServeSettings { limit: 1, ..ServeSettings::default() }, |place| {
        let mut first = Tcp::new(place.clone());
        first.open().unwrap();
        assert_eq!(ask(&mut first, "a"), answer("a"));
        let mut second = Tcp::new(place.clone());
        second.open().unwrap();
        let error = second.receive(&mut [0; 8], soon()).unwrap_err();
        assert!(matches!(error, MediaError::Closed));
        assert_eq!(ask(&mut first, "b"), answer("b"));
        // Who hangs up makes room.
        first.close();
        let started = clock::now();
        loop {
            assert!(clock::now() - started < Duration::from_secs(10));
            let mut third = Tcp::new(place.clone());
            third.open().unwrap();
            if ask(&mut third, "c") == answer("c") {
                break;
            }
        }
    });
}

#[test]
fn a_caller_that_falls_silent_is_hung_up_on() {
    let settings = ServeSettings { idle: Some(Duration::from_millis(150)), limit: 9 };
    with_tcp(settings, |place| {
        // Silence counts from the connection, not from the start of the clock.
        thread::sleep(Duration::from_millis(200));
        let mut media = Tcp::new(place.clone());
        media.open().unwrap();
        assert_eq!(ask(&mut media, "a"), answer("a"));
        let started = clock::now();
        let error = media.receive(&mut [0; 8], soon()).unwrap_err();
        assert!(matches!(error, MediaError::Closed));
        assert!(clock::now() - started >= Duration::from_millis(100));
        // Also one that never said anything.
        let mut media = Tcp::new(place.clone());
        media.open().unwrap();
        let early = clock::now() + Duration::from_millis(60);
        assert_eq!(media.receive(&mut [0; 8], early).unwrap(), 0);
        assert!(matches!(media.receive(&mut [0; 8], soon()), Err(MediaError::Closed)));
    });
}

#[test]
fn each_address_has_its_session() {
    let mut port = UdpServer::new(UdpListenSettings::new("127.0.0.1", 0));
    port.open().unwrap();
    let place = UdpSettings::new("127.0.0.1", port.local_addr().unwrap().port());
    let stop = AtomicBool::new(false);
    let settings = ServeSettings { limit: 2, idle: Some(Duration::from_millis(300)) };
    let client = || {
        let mut media = Udp::new(place.clone());
        media.open().unwrap();
        media
    };
    let mut made = 0;
    thread::scope(|scope| {
        scope.spawn(|| {
            let (mut a, mut b, mut c) = (client(), client(), client());
            for question in ["one", "two"] {
                assert_eq!(ask(&mut a, question), answer(question));
                assert_eq!(ask(&mut b, question), answer(question));
            }
            // There is no room for a third until the others have been silent for long enough.
            let mut session = Asker { timeout: Duration::from_millis(50), ..Asker::new(&["c"]) };
            let until = clock::now() + Duration::from_millis(40);
            let early = Driver::new().drive(&mut session, &mut c, until).unwrap();
            assert_eq!(early, Driven::Deadline);
            thread::sleep(Duration::from_millis(500));
            assert_eq!(ask(&mut c, "d"), answer("d"));
            stop.store(true, Ordering::Relaxed);
        });
        let make = |_| {
            made += 1;
            Some(Answerer::default())
        };
        serve_udp(&mut port, &settings, &stop, make, |_, _| {}).unwrap();
    });
    assert_eq!(made, 3);
}

#[cfg(feature = "tokio")]
mod on_tokio {
    use gurux_media::drive::{AsyncDatagram, AsyncDriver, AsyncMedia, AsyncStream};
    use gurux_media::serve::{listen_async, serve_tcp_async, serve_udp_async};
    use tokio::net::UdpSocket;

    use super::*;

    async fn ask_async(media: impl AsyncMedia, question: &str) -> Option<Told> {
        let mut driver = AsyncDriver::new(media);
        let mut session = Asker::new(&[question]);
        match driver.drive(&mut session, soon()).await.unwrap() {
            Driven::Event(told) => Some(told),
            _ => None,
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn each_connection_has_its_task() {
        let listener = listen_async(&TcpListenSettings::new("127.0.0.1", 0)).await.unwrap();
        let place = TcpSettings::new("127.0.0.1", listener.local_addr().unwrap().port());
        let (heard, mut questions) = tokio::sync::mpsc::unbounded_channel();
        let settings = ServeSettings { idle: Some(Duration::from_millis(200)), limit: 600 };
        let server = tokio::spawn(serve_tcp_async(
            listener,
            settings,
            |_| Some(Answerer::default()),
            move |_, question| heard.send(question).unwrap(),
        ));
        let mut clients = tokio::task::JoinSet::new();
        for n in 0..300 {
            let place = place.clone();
            clients.spawn(async move {
                let media = AsyncStream::connect(&place).await.unwrap();
                let question = format!("question {n}");
                assert_eq!(ask_async(media, &question).await, Some(answer(&question)));
            });
        }
        while let Some(client) = clients.join_next().await {
            client.unwrap();
        }
        for _ in 0..300 {
            questions.recv().await.unwrap();
        }
        // Silence is hung up on.
        let mut driver = AsyncDriver::new(AsyncStream::connect(&place).await.unwrap());
        let driven = driver.drive(&mut Asker::new(&[]), soon()).await.unwrap();
        assert_eq!(driven, Driven::Closed);
        server.abort();
    }

    #[tokio::test]
    async fn each_address_has_its_session_in_one_task() {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let place = UdpSettings::new("127.0.0.1", socket.local_addr().unwrap().port());
        let settings = ServeSettings { limit: 1, idle: Some(Duration::from_millis(200)) };
        let server = tokio::spawn(serve_udp_async(
            socket,
            settings,
            |_| Some(Answerer { delay: Duration::from_millis(20), ..Answerer::default() }),
            |_, _| {},
        ));
        let media = AsyncDatagram::connect(&place).await.unwrap();
        assert_eq!(ask_async(media, "one").await, Some(answer("one")));
        // The first peer fills the limit until it is forgotten; the question is asked again.
        let media = AsyncDatagram::connect(&place).await.unwrap();
        assert_eq!(ask_async(media, "two").await, Some(answer("two")));
        server.abort();
    }
}
