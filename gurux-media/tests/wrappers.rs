//! Traced, faulty and failover, over any medium.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may stop")]
#![cfg(feature = "pair")]

mod talk;

use core::time::Duration;
use std::sync::{Arc, Mutex};

use gurux_media::pair::{PairEnd, PairSettings, Simulated, pair};
use gurux_media::{
    Driven, Driver, Failover, Faults, Faulty, Instant, LineSettings, Media, MediaError, MediaState,
    TraceLevel, Traced,
};
use talk::{Answerer, Asker, Told};

fn traced(level: TraceLevel) -> (Traced<PairEnd>, PairEnd, Arc<Mutex<Vec<String>>>) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let lines = Arc::clone(&told);
    let (a, b) = pair(&PairSettings::default());
    let hook = move |trace: &gurux_media::Trace<'_>| lines.lock().unwrap().push(trace.to_string());
    (Traced::new(a, level, hook), b, told)
}

fn work(media: &mut Traced<PairEnd>, mut peer: PairEnd) {
    let mut buf = [0; 8];
    media.send(&[1, 2]).unwrap();
    peer.send(&[3]).unwrap();
    media.receive(&mut buf, Instant::ZERO).unwrap();
    media.receive(&mut buf, Instant::from_millis(1)).unwrap();
    media.reconfigure(&LineSettings::new(300)).unwrap();
    drop(peer);
    media.receive(&mut buf, Instant::FAR_FUTURE).unwrap_err();
    media.close();
    media.send(&[4]).unwrap_err();
    media.open().unwrap();
    media.close();
}

#[test]
fn each_level_tells_what_those_before_it_tell() {
    let lines_at = |level| {
        let (mut media, peer, told) = traced(level);
        work(&mut media, peer);
        told.lock().unwrap().clone()
    };
    assert!(lines_at(TraceLevel::Off).is_empty());
    assert_eq!(lines_at(TraceLevel::Error), ["0.001000 pair-a error: the medium is not open"]);
    assert_eq!(lines_at(TraceLevel::Warning)[0], "0.001000 pair-a the other side hung up");
    let info = lines_at(TraceLevel::Info);
    assert_eq!(
        info,
        [
            "0.001000 pair-a line 300 8N1",
            "0.001000 pair-a the other side hung up",
            "0.001000 pair-a error: the medium is not open",
            "0.001000 pair-a opening",
            "0.001000 pair-a open",
            "0.001000 pair-a closed",
        ]
    );
    let all = lines_at(TraceLevel::Verbose);
    assert_eq!(all[..2], ["0.000000 pair-a > 01 02", "0.000000 pair-a < 03"]);
    assert_eq!(all.len(), 2 + info.len() + 1);
}

#[test]
fn every_question_over_a_faulty_medium_ends() {
    let course = |seed| {
        let (near, far) = pair(&PairSettings::default());
        let meter = Simulated::new(near, far, Answerer::default());
        let mut media = Faulty::new(meter, &Faults::all(seed, 0.2, Duration::from_millis(300)));
        let questions: Vec<String> = (0..50).map(|n| format!("question {n}")).collect();
        let mut session = Asker::new(&questions.iter().map(String::as_str).collect::<Vec<_>>());
        let mut driver = Driver::new();
        let mut course = Vec::new();
        for question in &questions {
            let until = Instant::from_millis(1_000_000);
            let Driven::Event(told) = driver.drive(&mut session, &mut media, until).unwrap() else {
                panic!("stuck at {question}");
            };
            match &told {
                Told::Answer { question: asked, .. } | Told::GaveUp { question: asked } => {
                    assert_eq!(asked, question);
                }
                other => panic!("{other:?}"),
            }
            course.push((media.now(), told));
        }
        course
    };
    let first = course(1);
    assert!(first.iter().any(|(_, told)| matches!(told, Told::Answer { .. })));
    assert_eq!(first, course(1));
    assert_ne!(first, course(2));
}

#[test]
fn late_octets_come_late_and_in_order() {
    let (a, mut b) = pair(&PairSettings::default());
    let faults = Faults { delay: Duration::from_millis(100), seed: 5, ..Faults::none() };
    let mut a = Faulty::new(a, &faults);
    for octet in 0..20 {
        b.send(&[octet]).unwrap();
    }
    let mut got = Vec::new();
    let mut buf = [0; 4];
    while a.now() < Instant::from_millis(200) {
        let count = a.receive(&mut buf, Instant::from_millis(200)).unwrap();
        got.extend_from_slice(&buf[..count]);
    }
    assert_eq!(got, (0..20).collect::<Vec<u8>>());
}

#[test]
fn octets_that_are_late_come_before_the_end() {
    let (a, mut b) = pair(&PairSettings::default());
    let faults = Faults { delay: Duration::from_millis(100), seed: 5, ..Faults::none() };
    let mut a = Faulty::new(a, &faults);
    b.send(b"last words").unwrap();
    drop(b);
    let mut got = Vec::new();
    let mut buf = [0; 64];
    let error = loop {
        match a.receive(&mut buf, Instant::FAR_FUTURE) {
            Ok(count) => got.extend_from_slice(&buf[..count]),
            Err(error) => break error,
        }
    };
    assert_eq!(got, b"last words");
    assert!(matches!(error, MediaError::Closed));
    assert_eq!(a.state(), MediaState::Closed);
}

/// A medium that opens or not, as told.
struct Way {
    name: &'static str,
    works: Arc<Mutex<bool>>,
    open: bool,
}

impl Media for Way {
    fn open(&mut self) -> Result<(), MediaError> {
        if !*self.works.lock().unwrap() {
            return Err(MediaError::io(self.name, "connect", std::io::Error::other("no route")));
        }
        self.open = true;
        Ok(())
    }
    fn close(&mut self) {
        self.open = false;
    }
    fn state(&self) -> MediaState {
        if self.open { MediaState::Open } else { MediaState::Closed }
    }
    fn send(&mut self, _: &[u8]) -> Result<(), MediaError> {
        self.open = false;
        Err(MediaError::Closed)
    }
    fn receive(&mut self, _: &mut [u8], _: Instant) -> Result<usize, MediaError> {
        Ok(0)
    }
    fn reconfigure(&mut self, _: &LineSettings) -> Result<(), MediaError> {
        Ok(())
    }
    fn name(&self) -> &str {
        self.name
    }
    fn kind(&self) -> &'static str {
        "Test"
    }
    fn now(&self) -> Instant {
        Instant::ZERO
    }
}

#[test]
fn the_first_medium_that_opens_is_taken() {
    let works = [false, true, true].map(|works| Arc::new(Mutex::new(works)));
    let ways = ["lan", "gprs", "modem"].iter().zip(&works).map(|(name, works)| {
        Box::new(Way { name, works: Arc::clone(works), open: false }) as Box<dyn Media + Send>
    });
    let mut media = Failover::new(ways.collect());
    assert_eq!((media.name(), media.state()), ("lan", MediaState::Closed));
    media.open().unwrap();
    assert_eq!((media.active(), media.name(), media.kind()), (Some(1), "gprs", "Test"));
    // It breaks; the best one works again by now.
    *works[0].lock().unwrap() = true;
    assert!(matches!(media.send(b"x"), Err(MediaError::Closed)));
    assert_eq!(media.state(), MediaState::Closed);
    media.open().unwrap();
    assert_eq!(media.name(), "lan");
    // It opens, but nobody answers.
    media.give_up();
    media.open().unwrap();
    assert_eq!(media.name(), "gprs");
    media.give_up();
    media.open().unwrap();
    assert_eq!(media.name(), "modem");
    media.give_up();
    media.open().unwrap();
    assert_eq!(media.name(), "lan");
    media.close();
    for works in &works {
        *works.lock().unwrap() = false;
    }
    let error = media.open().unwrap_err().to_string();
    assert_eq!(
        error,
        "none of the media opened: lan: connect: no route; gprs: connect: no route; \
         modem: connect: no route"
    );
    assert!(matches!(media.send(b"x"), Err(MediaError::NotOpen)));
    let error = Failover::default().open().unwrap_err().to_string();
    assert_eq!(error, "none of the media opened: the list is empty");
}
