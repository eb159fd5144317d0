//! M-Bus sessions of a wired line, under octets in any order, at any time.

use core::fmt::Debug;
use std::time::Duration;

use gurux_mbus::session::{
    Meter, MeterConfig, MeterModel, Reader, ReaderConfig, ReaderEvent, Search, SearchConfig,
};
use gurux_mbus::wire::{AField, MeterAddress, Selection};
use gurux_media::bytes::BytesMut;
use gurux_media::{Instant, Session};

use crate::choices::Choices;

/// How deep a reader or a search gets.
pub const READER_RUNGS: &[&str] = &["nothing sent", "sent", "told something"];
/// How deep a meter gets.
pub const METER_RUNGS: &[&str] = &["no answer", "answered"];

/// Steps in which a session that is left alone must have come to its end.
const QUIET_STEPS: usize = 50_000;

/// A meter on the other side.
#[derive(Clone, Debug)]
struct Water(u8);

impl MeterModel for Water {
    fn address(&self) -> MeterAddress {
        MeterAddress::from_octets([self.0, 0x56, 0x34, 0x12, 0x77, 0x04, 0x0E, 0x07])
    }

    fn primary_address(&self) -> AField {
        AField(self.0)
    }

    fn set_primary_address(&mut self, address: AField) -> bool {
        self.0 = address.0;
        true
    }

    fn records(&mut self, _: Instant, telegram: u16, out: &mut Vec<u8>) -> bool {
        out.extend([0x02, 0x13, self.0, 0x00]);
        telegram < 2
    }
}

fn meters() -> Meter<Water> {
    Meter::new(MeterConfig { gateway: true, ..MeterConfig::default() }, [Water(1), Water(2)])
}

/// A reader and two meters; octets are lost, spoilt and made up between them. Every request ends.
pub fn reader(octets: &[u8]) -> usize {
    let mut choices = Choices::new(octets);
    let mut reader = Reader::new(ReaderConfig::default());
    let mut open = 0_usize;
    for _ in 0..1 + choices.below(3) {
        let asked = match choices.below(4) {
            0 => reader.read(AField(choices.below(4))),
            1 => reader.read(Selection::exactly(Water(choices.below(3)).address())),
            2 => reader.initialise(AField(1)),
            _ => reader.read_alarm(AField(2)),
        };
        open += usize::from(asked.is_ok());
    }
    let mut ended = 0_usize;
    let depth = talk(&mut reader, &mut choices, |event| {
        ended += usize::from(matches!(event, ReaderEvent::Done { .. }));
    });
    assert!(ended <= open, "a request ends once");
    assert_eq!(reader.pending_count(), 0, "every request ends");
    depth
}

/// A search over a line that answers what it likes, for as long as the octets last.
pub fn search(octets: &[u8]) -> usize {
    let mut choices = Choices::new(octets);
    let config = if choices.yes() { SearchConfig::secondary() } else { SearchConfig::primary() };
    let mut search = Search::new(config);
    converse(&mut search, &mut choices, &mut |_| {})
}

/// A meter that is told anything.
pub fn meter(octets: &[u8]) -> usize {
    let mut meter = meters();
    let mut now = Instant::from_millis(1);
    let mut out = BytesMut::new();
    let mut depth = 0;
    let mut choices = Choices::new(octets);
    while !choices.is_empty() {
        let count = usize::from(choices.octet());
        meter.handle_input(now, choices.octets(count));
        now += Duration::from_millis(choices.octet().into());
        meter.handle_timeout(now);
        while meter.poll_transmit(now, &mut out).is_some() {
            depth = 1;
            assert!(out.len() <= 4096, "an answer is bounded");
            out.clear();
        }
        while meter.poll_event().is_some() {}
    }
    depth
}

/// Talks as the octets say, then leaves the session alone until it waits for nothing.
fn talk<S: Session<Event: Debug>>(
    session: &mut S,
    choices: &mut Choices<'_>,
    mut told: impl FnMut(&S::Event),
) -> usize {
    let depth = converse(session, choices, &mut told);
    let mut now = Instant::from_millis(1 << 30);
    let mut out = BytesMut::new();
    for _ in 0..QUIET_STEPS {
        let mut moved = false;
        while session.poll_transmit(now, &mut out).is_some() {
            moved = true;
            out.clear();
        }
        while let Some(event) = session.poll_event() {
            moved = true;
            told(&event);
        }
        match session.poll_timeout() {
            Some(at) => {
                now = at.max(now);
                session.handle_timeout(now);
            }
            None if moved => {}
            None => break,
        }
    }
    depth
}

fn converse<S: Session<Event: Debug>>(
    session: &mut S,
    choices: &mut Choices<'_>,
    told: &mut impl FnMut(&S::Event),
) -> usize {
    let mut line = meters();
    let mut now = Instant::from_millis(1);
    let mut depth = 0;
    session.handle_open(now);
    while !choices.is_empty() {
        let mut sent = BytesMut::new();
        while session.poll_transmit(now, &mut sent).is_some() {
            depth = depth.max(1);
        }
        // The meters answer; what comes back is whole, spoilt, made up, or nothing.
        line.handle_input(now, &sent);
        line.handle_timeout(now);
        let mut answer = BytesMut::new();
        while line.poll_transmit(now, &mut answer).is_some() {}
        while line.poll_event().is_some() {}
        now += Duration::from_millis(u64::from(choices.octet()) * 4);
        match choices.below(6) {
            0 => {}
            1 => {
                let count = choices.below(16).into();
                session.handle_input(now, choices.octets(count));
            }
            2 => {
                let at = usize::from(choices.octet());
                let spoilt = answer.len().checked_sub(1).map(|last| at % (last + 1));
                if let Some(octet) = spoilt.and_then(|at| answer.get_mut(at)) {
                    *octet ^= 1 << choices.below(8);
                }
                session.handle_input(now, &answer);
            }
            _ => session.handle_input(now, &answer),
        }
        if choices.below(4) == 0 {
            now = session.poll_timeout().unwrap_or(now).max(now);
        }
        session.handle_timeout(now);
        while let Some(event) = session.poll_event() {
            depth = 2;
            assert!(!format!("{event:?}").is_empty());
            told(&event);
        }
    }
    depth
}

/// Conversations that go well, and some that do not.
pub fn seeds() -> Vec<Vec<u8>> {
    let well = [2, 0, 1, 1, 2, 3].into_iter().chain([10, 3, 1].into_iter().cycle().take(120));
    let badly = [1, 2, 0, 3, 3].into_iter().chain((0..200).map(|step| (step * 37 % 251) as u8));
    vec![well.collect(), badly.collect(), vec![1; 90], vec![0, 3, 0, 1, 40, 3, 0, 1, 40, 3, 0]]
}

/// Frames for a meter, each after its length, with a time behind it.
pub fn meter_seeds() -> Vec<Vec<u8>> {
    let frames: [&[u8]; 5] = [
        &[0x10, 0x40, 0x01, 0x41, 0x16],
        &[0x10, 0x5B, 0x01, 0x5C, 0x16],
        &[0x10, 0x7B, 0x01, 0x7C, 0x16],
        &[
            0x68, 0x0B, 0x0B, 0x68, 0x73, 0xFD, 0x52, 0x01, 0x56, 0x34, 0x12, 0xFF, 0xFF, 0xFF,
            0xFF, 0x5B, 0x16,
        ],
        &[0x10, 0x7B, 0xFD, 0x78, 0x16],
    ];
    let all = frames.map(|frame| [&[frame.len() as u8][..], frame, &[200]].concat());
    vec![all.concat(), all[0].clone(), [&all[3][..], &all[4]].concat()]
}
