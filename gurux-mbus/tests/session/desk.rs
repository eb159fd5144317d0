//! [`Desk`]: a session on a table, with a clock that the test moves.

use core::time::Duration;

use gurux_mbus::session::{Reader, ReaderConfig};
use gurux_media::bytes::BytesMut;
use gurux_media::{Instant, LineSettings, Session};

/// A session, its clock, and the line that it wants.
pub(crate) struct Desk<S> {
    pub(crate) session: S,
    pub(crate) now: Instant,
    pub(crate) line: Option<LineSettings>,
}

impl Desk<Reader> {
    pub(crate) fn reader(config: ReaderConfig) -> Self {
        Self::new(Reader::new(config))
    }
}

impl<S: Session> Desk<S> {
    pub(crate) fn new(session: S) -> Self {
        Self { session, now: Instant::ZERO, line: None }
    }

    /// What it sends now, in hex; empty if nothing.
    pub(crate) fn sent(&mut self) -> String {
        let mut out = BytesMut::new();
        while let Some(transmit) = self.session.poll_transmit(self.now, &mut out) {
            self.line = transmit.then_line.or(self.line);
        }
        hex(&out)
    }

    /// Octets come in, given in hex.
    pub(crate) fn input(&mut self, octets: &str) {
        self.session.handle_input(self.now, &unhex(octets));
    }

    /// Lets time pass, timer by timer, for so many milliseconds or until it sends something.
    pub(crate) fn wait(&mut self, millis: u64) -> String {
        let until = self.now + Duration::from_millis(millis);
        loop {
            let sent = self.sent();
            let at = self.session.poll_timeout().filter(|at| *at <= until);
            match at {
                _ if !sent.is_empty() => return sent,
                Some(at) => {
                    self.now = self.now.max(at);
                    self.session.handle_timeout(self.now);
                }
                None => {
                    self.now = until;
                    return String::new();
                }
            }
        }
    }

    pub(crate) fn event(&mut self) -> Option<S::Event> {
        self.session.poll_event()
    }
}

pub(crate) fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02X}")).collect()
}

pub(crate) fn unhex(text: &str) -> Vec<u8> {
    let digits: String = text.split_ascii_whitespace().collect();
    (0..digits.len())
        .step_by(2)
        .map(|place| u8::from_str_radix(&digits[place..place + 2], 16).unwrap())
        .collect()
}
