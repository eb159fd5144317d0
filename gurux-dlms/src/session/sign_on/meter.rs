//! [`SignOnMeter`]: the side that is signed on to.

use core::time::Duration;

use gurux_framing::rules::iec62056_21;
use gurux_media::bytes::BytesMut;
use gurux_media::{Instant, LineSettings, Session, Transmit};

use super::phrases::{Phrase, Phrases};
use super::{Identification, hdlc_line, start_line};

/// How a [`SignOnMeter`] behaves.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignOnMeterConfig {
    /// Who it is, with the speed that it proposes.
    pub identification: Identification,
    /// Its address, zeros behind it; it answers to none as well.
    pub address: [u8; 32],
    /// The line at the beginning: 300 7E1.
    pub line: LineSettings,
    /// The pause before an answer: 200 ms in the standard.
    pub response_delay: Duration,
    /// The wait for the reader's choice.
    pub timeout: Duration,
    /// Does it confirm the choice?
    pub confirms: bool,
}

impl SignOnMeterConfig {
    /// The usual times, for a meter of this name.
    #[must_use]
    pub const fn new(identification: Identification) -> Self {
        Self {
            identification,
            address: [0; 32],
            line: start_line(),
            response_delay: Duration::from_millis(200),
            timeout: Duration::from_millis(2_000),
            confirms: true,
        }
    }
}

/// What a [`SignOnMeter`] tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SignOnMeterEvent {
    /// HDLC may begin, on a line with these settings.
    SignedOn {
        /// The settings that the line has now.
        line: LineSettings,
    },
    /// The reader chose something else than HDLC: protocol, speed and mode.
    Selected([u8; 3]),
}

/// Waits to be signed on to.
#[derive(Clone, Debug)]
pub struct SignOnMeter {
    config: SignOnMeterConfig,
    phrases: Phrases,
    state: State,
    event: Option<SignOnMeterEvent>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    /// The line is to be set.
    Line,
    Idle,
    /// The identification is to go out then.
    Identify(Instant),
    Identified {
        until: Instant,
    },
    /// The line is to be set to this speed.
    Switch {
        speed: u8,
        baud: u32,
    },
    /// The choice is to be confirmed then.
    Confirm {
        at: Instant,
        speed: u8,
        baud: u32,
    },
    /// It is signed on to, at this speed.
    Done {
        baud: u32,
    },
}

impl SignOnMeter {
    /// A meter that waits.
    #[must_use]
    pub fn new(config: SignOnMeterConfig) -> Self {
        let phrases = Phrases::new(iec62056_21::METER_IDLE);
        Self { config, phrases, state: State::Line, event: None }
    }

    /// HDLC is over: it waits to be signed on to again.
    pub fn restart(&mut self) {
        self.phrases.switch(iec62056_21::METER_IDLE);
        self.state = State::Line;
    }

    fn hear(&mut self, now: Instant, phrase: Phrase) {
        match (self.state, phrase) {
            (State::Idle | State::Identify(_) | State::Identified { .. }, Phrase::Request(who))
                if who == [0; 32] || who == self.config.address =>
            {
                self.phrases.switch(iec62056_21::METER_IDENTIFIED);
                self.state = State::Identify(now + self.config.response_delay);
            }
            (State::Identified { .. }, Phrase::Repeat) => {
                self.state = State::Identify(now + self.config.response_delay);
            }
            (State::Identified { .. }, Phrase::Select([b'2', speed, b'2'])) => {
                let own = self.config.identification;
                let baud = if speed == own.speed() { own.baud() } else { None };
                self.state = match baud {
                    Some(baud) => State::Switch { speed, baud },
                    None if speed == b'0' => State::Switch { speed, baud: self.config.line.baud },
                    // A speed that was not proposed: no answer.
                    None => self.state,
                };
            }
            (State::Identified { .. }, Phrase::Select(choice)) => {
                self.restart();
                self.event = Some(SignOnMeterEvent::Selected(choice));
            }
            _ => {}
        }
    }

    fn done(&mut self, baud: u32) -> LineSettings {
        let line = hdlc_line(self.config.line, baud);
        self.state = State::Done { baud };
        self.event = Some(SignOnMeterEvent::SignedOn { line });
        line
    }
}

impl Session for SignOnMeter {
    type Event = SignOnMeterEvent;

    fn handle_open(&mut self, now: Instant) {
        self.handle_close(now);
    }

    fn handle_input(&mut self, now: Instant, octets: &[u8]) {
        if matches!(self.state, State::Done { .. }) {
            return;
        }
        self.phrases.receive(octets);
        while let Some(phrase) = self.phrases.next() {
            self.hear(now, phrase);
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        if matches!(self.state, State::Identified { until } if until <= now) {
            self.restart();
        }
    }

    fn handle_close(&mut self, _: Instant) {
        self.restart();
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut BytesMut) -> Option<Transmit> {
        let line = self.config.line;
        let then = |line| Some(Transmit { then_line: Some(line), ..Transmit::now(0) });
        match self.state {
            State::Line => {
                self.state = State::Idle;
                then(line)
            }
            State::Identify(at) if at <= now => {
                let text = self.config.identification.as_str().as_bytes();
                out.extend_from_slice(b"/");
                out.extend_from_slice(text);
                out.extend_from_slice(b"\r\n");
                let octets = text.len().saturating_add(3);
                let until = now + line.octets_time(octets) + self.config.timeout;
                self.state = State::Identified { until };
                Some(Transmit::now(octets))
            }
            State::Switch { speed, baud } if self.config.confirms => {
                self.state = State::Confirm { at: now + self.config.response_delay, speed, baud };
                then(line.with_baud(baud))
            }
            State::Switch { baud, .. } => then(self.done(baud)),
            State::Confirm { at, speed, baud } if at <= now => {
                let confirmation = [0x06, b'2', speed, b'2', b'\r', b'\n'];
                out.extend_from_slice(&confirmation);
                let then_line = Some(self.done(baud));
                Some(Transmit { then_line, ..Transmit::now(confirmation.len()) })
            }
            _ => None,
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        match self.state {
            State::Identify(at) | State::Confirm { at, .. } | State::Identified { until: at } => {
                Some(at)
            }
            _ => None,
        }
    }

    fn poll_event(&mut self) -> Option<SignOnMeterEvent> {
        self.event.take()
    }
}
