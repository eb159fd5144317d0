//! A Modbus meter in a few lines, written against the octets alone, and a clock to run it by.

use std::collections::BTreeMap;
use std::time::Duration;

use gurux_device::{DeviceEvent, DeviceSession};
use gurux_media::bytes::BytesMut;
use gurux_media::{Instant, Session};

/// Holding registers of unit 1 behind MBAP; what is not there is refused with exception 2.
#[derive(Default)]
pub(crate) struct Meter {
    pub(crate) registers: BTreeMap<u16, u16>,
    /// Addresses that it is silent about.
    pub(crate) mute: Vec<u16>,
    pub(crate) requests: Vec<Vec<u8>>,
    /// Answers every request with this exception.
    pub(crate) exception: Option<u8>,
    /// Says yes to writes and does nothing.
    pub(crate) frozen: bool,
    /// Does not answer writes.
    pub(crate) mute_writes: bool,
}

impl Meter {
    pub(crate) fn holding(values: impl IntoIterator<Item = (u16, u16)>) -> Self {
        Self { registers: values.into_iter().collect(), ..Self::default() }
    }

    fn answer(&mut self, pdu: &[u8]) -> Option<Vec<u8>> {
        self.requests.push(pdu.to_vec());
        let word = |at: usize| u16::from_be_bytes([pdu[at], pdu[at + 1]]);
        let refuse = |code| Some(vec![pdu[0] | 0x80, code]);
        if let Some(code) = self.exception {
            return refuse(code);
        }
        let (start, count) = (word(1), word(3));
        if self.mute_writes && pdu[0] != 3 {
            return None;
        }
        if self.frozen && pdu[0] == 6 {
            return Some(pdu.to_vec());
        }
        match pdu[0] {
            3 => {
                let span = start..start + count;
                if span.clone().any(|address| self.mute.contains(&address)) {
                    return None;
                }
                let values: Option<Vec<u16>> =
                    span.map(|address| self.registers.get(&address).copied()).collect();
                let Some(values) = values else { return refuse(2) };
                let octets = values.iter().flat_map(|value| value.to_be_bytes());
                Some([3, 2 * count as u8].into_iter().chain(octets).collect())
            }
            6 => {
                self.registers.insert(start, count);
                Some(pdu.to_vec())
            }
            0x10 => {
                for i in 0..count {
                    self.registers.insert(start + i, word(6 + 2 * usize::from(i)));
                }
                Some(pdu[..5].to_vec())
            }
            0x16 => {
                let before = self.registers.get(&start).copied().unwrap_or_default();
                let (and, or) = (word(3), word(5));
                self.registers.insert(start, before & and | or & !and);
                Some(pdu.to_vec())
            }
            _ => refuse(1),
        }
    }
}

/// Runs the session against the meter until it has nothing left to do.
pub(crate) fn run(session: &mut DeviceSession, meter: &mut Meter) -> Vec<DeviceEvent> {
    let mut now = Instant::from_millis(1);
    let mut events = Vec::new();
    session.handle_open(now);
    for _ in 0..10_000 {
        let mut out = BytesMut::new();
        while session.poll_transmit(now, &mut out).is_some() {
            now += Duration::from_millis(2);
            let frame = out.split();
            if let Some(pdu) = meter.answer(&frame[7..]) {
                let len = (pdu.len() + 1) as u16;
                let header = [&frame[..4], &len.to_be_bytes(), &frame[6..7]].concat();
                session.handle_input(now, &[header, pdu].concat());
            }
        }
        while let Some(event) = session.poll_event() {
            events.push(event);
        }
        if session.is_idle() {
            return events;
        }
        now = session.poll_timeout().expect("a session with work has a next moment").max(now);
        session.handle_timeout(now);
    }
    panic!("the session does not end: {events:?}");
}
