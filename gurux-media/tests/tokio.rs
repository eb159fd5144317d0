//! Sessions on tokio: sockets, pipes, datagrams, paused time.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may stop")]
#![cfg(feature = "tokio")]

mod talk;

use core::time::Duration;

use gurux_media::drive::{AsyncDatagram, AsyncDriver, AsyncMedia, AsyncStream, tokio_now};
use gurux_media::settings::{TcpSettings, UdpSettings};
use gurux_media::{Driven, Instant, LineSettings, MediaError};
use talk::{Answerer, Asker, Babbler, Stuck, Told, line};
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use tokio::net::{TcpListener, UdpSocket};

fn answer(question: &str) -> Told {
    let answer = question.chars().rev().collect();
    Told::Answer { question: question.to_string(), answer }
}

/// Plays the meter until the connection closes; what it heard.
async fn meter(media: impl AsyncMedia) -> Vec<String> {
    let mut driver = AsyncDriver::new(media);
    let mut session = Answerer::default();
    let mut heard = Vec::new();
    loop {
        match driver.drive(&mut session, Instant::FAR_FUTURE).await {
            Ok(Driven::Event(question)) => heard.push(question),
            _ => return heard,
        }
    }
}

#[tokio::test]
async fn a_session_runs_over_a_socket() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let meter = tokio::spawn(async move {
        let (stream, peer) = listener.accept().await.unwrap();
        meter(AsyncStream::new(stream, peer.to_string())).await
    });
    let settings = TcpSettings {
        keepalive: Some(Duration::from_secs(60)),
        ..TcpSettings::new("127.0.0.1", port)
    };
    let mut driver = AsyncDriver::new(AsyncStream::connect(&settings).await.unwrap());
    let mut session = Asker { tell_state: true, ..Asker::new(&["energy", "power"]) };
    let until = driver.now() + Duration::from_secs(10);
    for told in [Told::Opened, answer("energy"), answer("power")] {
        assert_eq!(driver.drive(&mut session, until).await.unwrap(), Driven::Event(told));
    }
    let now = driver.now();
    assert_eq!(driver.drive(&mut session, now).await.unwrap(), Driven::Deadline);
    drop(driver.close(&mut session));
    assert_eq!(gurux_media::Session::poll_event(&mut session), Some(Told::Closed));
    assert_eq!(meter.await.unwrap(), ["energy", "power"]);
}

#[tokio::test]
async fn a_session_runs_over_datagrams() {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let port = socket.local_addr().unwrap().port();
    let mut driver = AsyncDriver::new(
        AsyncDatagram::connect(&UdpSettings::new("127.0.0.1", port)).await.unwrap(),
    );
    let meter = tokio::spawn(async move {
        let mut buf = [0; 64];
        let (count, peer) = socket.recv_from(&mut buf).await.unwrap();
        assert_eq!(buf[..count], line("energy"));
        socket.send_to(&line("ygrene"), peer).await.unwrap();
    });
    let mut session = Asker::new(&["energy"]);
    let until = driver.now() + Duration::from_secs(10);
    let driven = driver.drive(&mut session, until).await.unwrap();
    assert_eq!(driven, Driven::Event(answer("energy")));
    meter.await.unwrap();
}

#[tokio::test]
async fn nobody_at_the_other_side_of_datagrams_is_silence() {
    let port = std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut driver = AsyncDriver::new(
        AsyncDatagram::connect(&UdpSettings::new("127.0.0.1", port)).await.unwrap(),
    );
    let mut session = Asker { timeout: Duration::from_millis(10), ..Asker::new(&["energy"]) };
    let until = driver.now() + Duration::from_secs(10);
    let driven = driver.drive(&mut session, until).await.unwrap();
    assert_eq!(driven, Driven::Event(Told::GaveUp { question: "energy".to_string() }));
}

#[tokio::test]
async fn a_refused_connection_names_the_place() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let settings = TcpSettings::new("127.0.0.1", port);
    let error = AsyncStream::connect(&settings).await.unwrap_err().to_string();
    assert!(error.starts_with(&format!("127.0.0.1:{port}: connect: ")), "{error}");
}

#[tokio::test]
async fn the_session_is_told_when_the_peer_hangs_up() {
    let (near, far) = duplex(64);
    let mut driver = AsyncDriver::new(AsyncStream::new(near, "pipe"));
    let mut session = Asker { tell_state: true, ..Asker::new(&["energy"]) };
    drop(far);
    let mut told = Vec::new();
    while let Driven::Event(event) = driver.drive(&mut session, Instant::FAR_FUTURE).await.unwrap()
    {
        told.push(event);
    }
    let gave_up = Told::GaveUp { question: "energy".to_string() };
    assert_eq!(told, [Told::Opened, gave_up, Told::Closed]);
    assert_eq!(driver.drive(&mut session, Instant::FAR_FUTURE).await.unwrap(), Driven::Closed);
}

/// Hours of time-outs on tokio's paused clock.
#[tokio::test(start_paused = true)]
async fn time_outs_follow_the_clock_of_the_runtime() {
    let (near, _far) = duplex(4096);
    let mut driver = AsyncDriver::new(AsyncStream::new(near, "pipe"));
    let mut session = Asker { timeout: Duration::from_secs(3_600), ..Asker::new(&["energy"]) };
    let start = tokio_now();
    let driven = driver.drive(&mut session, Instant::FAR_FUTURE).await.unwrap();
    assert_eq!(driven, Driven::Event(Told::GaveUp { question: "energy".to_string() }));
    let elapsed = tokio_now() - start;
    assert!(elapsed >= Duration::from_secs(4 * 3_600), "{elapsed:?}");
    assert!(elapsed < Duration::from_secs(4 * 3_600 + 1), "{elapsed:?}");
    let until = tokio_now() + Duration::from_secs(60);
    assert_eq!(driver.drive(&mut session, until).await.unwrap(), Driven::Deadline);
    assert!(tokio_now() >= until);
}

#[tokio::test(start_paused = true)]
async fn silence_before_a_message_is_kept() {
    let (near, mut far) = duplex(4096);
    let silence = Duration::from_millis(250);
    let client = tokio::spawn(async move {
        let mut driver = AsyncDriver::new(AsyncStream::new(near, "pipe"));
        let mut session = Asker {
            silence_before: silence,
            timeout: Duration::from_secs(10),
            ..Asker::new(&["a", "b"])
        };
        for _ in 0..2 {
            driver.drive(&mut session, Instant::FAR_FUTURE).await.unwrap();
        }
    });
    let mut buf = [0; 64];
    for question in ["a", "b"] {
        let before = tokio_now();
        let count = far.read(&mut buf).await.unwrap();
        assert_eq!(buf[..count], line(question));
        let waited = tokio_now() - before;
        assert!(waited >= silence && waited < silence * 2, "{waited:?}");
        far.write_all(&line(question)).await.unwrap();
    }
    client.await.unwrap();
}

/// A pipe of eight octets: every message is cut many times, and every future dropped many times.
#[tokio::test]
async fn a_dropped_drive_loses_nothing() {
    let (near, far) = duplex(8);
    let meter = tokio::spawn(meter(AsyncStream::new(far, "far")));
    let mut driver = AsyncDriver::new(AsyncStream::new(near, "near"));
    let questions: Vec<String> = (0..50).map(|n| format!("question number {n}")).collect();
    let mut session = Asker::new(&questions.iter().map(String::as_str).collect::<Vec<_>>());
    session.timeout = Duration::from_secs(60);
    let mut answers = Vec::new();
    let mut dropped = 0;
    while answers.len() < questions.len() {
        let drive = driver.drive(&mut session, Instant::FAR_FUTURE);
        tokio::select! {
            biased;
            driven = drive => match driven.unwrap() {
                Driven::Event(told) => answers.push(told),
                other => panic!("{other:?}"),
            },
            () = tokio::task::yield_now() => dropped += 1,
        }
    }
    assert!(dropped > 50, "{dropped}");
    let expected: Vec<Told> = questions.iter().map(|question| answer(question)).collect();
    assert_eq!(answers, expected);
    drop(driver);
    assert_eq!(meter.await.unwrap(), questions);
}

/// Both sides write more than the pipe holds before either reads.
#[tokio::test]
async fn two_talkative_sides_do_not_block_each_other() {
    let (near, far) = duplex(16);
    let talk = |io| async move {
        let long = "x".repeat(10_000);
        let mut driver = AsyncDriver::new(AsyncStream::new(io, "pipe"));
        let mut session = Asker::new(&[&long]);
        let until = tokio_now() + Duration::from_secs(20);
        // The other side asks the very same palindrome, so its question is our answer.
        driver.drive(&mut session, until).await.unwrap()
    };
    let (a, b) = tokio::join!(talk(near), talk(far));
    for told in [a, b] {
        assert!(matches!(told, Driven::Event(Told::Answer { .. })), "{told:?}");
    }
}

#[tokio::test]
async fn a_session_with_much_to_say_hears_as_well() {
    let (near, mut far) = duplex(1 << 20);
    far.write_all(b"stop").await.unwrap();
    let mut driver = AsyncDriver::new(AsyncStream::new(near, "pipe"));
    let until = driver.now() + Duration::from_secs(10);
    let driven = driver.drive(&mut Babbler::default(), until).await.unwrap();
    assert_eq!(driven, Driven::Event(b"stop".to_vec()));
    let now = driver.now();
    assert_eq!(driver.drive(&mut Babbler::default(), now).await.unwrap(), Driven::Deadline);
    // It was stopped before it had filled the pipe.
    drop(driver);
    let mut said = Vec::new();
    far.read_to_end(&mut said).await.unwrap();
    assert!(said.len() < 100, "{}", said.len());
}

#[tokio::test(start_paused = true)]
async fn a_timer_that_stays_due_does_not_make_the_loop_spin() {
    let (near, _far) = duplex(64);
    let mut driver = AsyncDriver::new(AsyncStream::new(near, "pipe"));
    let mut session = Stuck::default();
    let until = driver.now() + Duration::from_millis(100);
    assert_eq!(driver.drive(&mut session, until).await.unwrap(), Driven::Deadline);
    assert!(session.timeouts <= 102, "{}", session.timeouts);
}

/// The answer lay in the socket in time; that its owner was busy does not make it late.
#[tokio::test]
async fn an_answer_that_came_in_time_is_heard_before_the_time_out() {
    let (near, mut far) = duplex(4096);
    let mut driver = AsyncDriver::new(AsyncStream::new(near, "pipe"));
    let mut session = Asker { timeout: Duration::from_millis(30), ..Asker::new(&["energy"]) };
    let now = driver.now();
    assert_eq!(driver.drive(&mut session, now).await.unwrap(), Driven::Deadline);
    far.write_all(&line("ygrene")).await.unwrap();
    tokio::time::sleep(Duration::from_millis(60)).await;
    let until = driver.now() + Duration::from_secs(10);
    let driven = driver.drive(&mut session, until).await.unwrap();
    assert_eq!(driven, Driven::Event(answer("energy")));
    drop(driver);
    let mut asked = Vec::new();
    far.read_to_end(&mut asked).await.unwrap();
    assert_eq!(asked, line("energy"));
}

/// The answer may be there at once, and it already comes at the new speed.
#[tokio::test]
async fn the_line_is_switched_before_the_answer_is_heard() {
    use core::task::{Context, Poll};

    #[derive(Default)]
    struct Line {
        steps: Vec<String>,
    }
    impl AsyncMedia for Line {
        fn poll_receive(
            &mut self,
            _: &mut Context<'_>,
            buf: &mut tokio::io::ReadBuf<'_>,
        ) -> Poll<Result<(), MediaError>> {
            if !self.steps.contains(&"send".to_string()) {
                return Poll::Pending;
            }
            self.steps.push("receive".to_string());
            buf.put_slice(&line("tsaf"));
            Poll::Ready(Ok(()))
        }
        fn poll_send(
            &mut self,
            _: &mut Context<'_>,
            octets: &[u8],
        ) -> Poll<Result<usize, MediaError>> {
            self.steps.push("send".to_string());
            Poll::Ready(Ok(octets.len()))
        }
        fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<Result<(), MediaError>> {
            Poll::Ready(Ok(()))
        }
        fn reconfigure(&mut self, line: &LineSettings) -> Result<(), MediaError> {
            self.steps.push(line.to_string());
            Ok(())
        }
    }
    let mut driver = AsyncDriver::new(Line::default());
    let mut session = Asker {
        switch_after: Some(("fast".to_string(), LineSettings::new(9600))),
        ..Asker::new(&["fast"])
    };
    let driven = driver.drive(&mut session, Instant::FAR_FUTURE).await.unwrap();
    assert_eq!(driven, Driven::Event(answer("fast")));
    assert_eq!(driver.media().steps, ["send", "9600 8N1", "receive"]);
}

#[tokio::test]
async fn a_failing_stream_is_an_error_after_the_events() {
    #[derive(Debug)]
    struct Broken;
    impl AsyncMedia for Broken {
        fn poll_receive(
            &mut self,
            _: &mut core::task::Context<'_>,
            _: &mut tokio::io::ReadBuf<'_>,
        ) -> core::task::Poll<Result<(), MediaError>> {
            core::task::Poll::Pending
        }
        fn poll_send(
            &mut self,
            _: &mut core::task::Context<'_>,
            _: &[u8],
        ) -> core::task::Poll<Result<usize, MediaError>> {
            let error = std::io::Error::other("it smokes");
            core::task::Poll::Ready(Err(MediaError::io("modem", "send", error)))
        }
        fn poll_flush(
            &mut self,
            _: &mut core::task::Context<'_>,
        ) -> core::task::Poll<Result<(), MediaError>> {
            core::task::Poll::Ready(Ok(()))
        }
    }
    let mut driver = AsyncDriver::new(Broken);
    let mut session = Asker::new(&["energy"]);
    let driven = driver.drive(&mut session, Instant::FAR_FUTURE).await.unwrap();
    assert_eq!(driven, Driven::Event(Told::GaveUp { question: "energy".to_string() }));
    let error = driver.drive(&mut session, Instant::FAR_FUTURE).await.unwrap_err();
    assert_eq!(error.to_string(), "modem: send: it smokes");
    assert_eq!(driver.drive(&mut session, Instant::FAR_FUTURE).await.unwrap(), Driven::Closed);
}
