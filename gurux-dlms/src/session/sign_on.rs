//! Sign-on of IEC 62056-21 in mode E: how an HDLC link is entered on an optical head.
//!
//! ```text
//!  reader                                               line
//!  /? address ! CR LF            -->                    300 7E1
//!                                <--  / XXX Z \2 text CR LF
//!  06 2 Z 2 CR LF                -->
//!                                <--  06 2 Z 2 CR LF     Z   7E1
//!  HDLC from here on             <->                    Z   8N1
//! ```
//!
//! `Z` is the speed that the meter proposes, and `\2` says that it can do mode E. The speed changes
//! between the reader's choice and the meter's confirmation, which still has parity; eight bits
//! without parity come with HDLC (MetCom MCS301 product manual, 12.2.2).
//!
//! [`SignOn`] is the reader, [`SignOnMeter`] the meter. Which settings the line is to have is told
//! with what is sent ([`Transmit::then_line`](gurux_media::Transmit)).

mod identification;
mod meter;
mod phrases;

use core::time::Duration;

use gurux_framing::rules::iec62056_21;
use gurux_media::bytes::BytesMut;
use gurux_media::{Instant, LineSettings, Parity, Session, Transmit};

use self::phrases::{Phrase, Phrases};

pub use self::identification::{Identification, IdentificationError};
pub use self::meter::{SignOnMeter, SignOnMeterConfig, SignOnMeterEvent};

/// How a [`SignOn`] behaves.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignOnConfig {
    /// Which meter is meant, up to 32 characters; mostly empty, for the one that is there.
    pub address: [u8; 32],
    /// The line at the beginning: 300 7E1.
    pub line: LineSettings,
    /// The fastest that the head can do; if the meter proposes more, the line stays at the speed that
    /// it has. `None`: whatever the meter proposes.
    pub max_baud: Option<u32>,
    /// The wait for the first octet of an answer, and between two octets. The standard gives 1500 ms
    /// for both.
    pub response_timeout: Duration,
    /// How often it is begun anew.
    pub resends: u8,
    /// Must the meter confirm the choice? If not, HDLC begins also without, after the time-out.
    pub needs_confirmation: bool,
    /// Meters that do not say `\2` are asked all the same.
    pub is_forced: bool,
    /// The pause between the last change of the line and the first HDLC frame.
    pub pause: Duration,
}

impl Default for SignOnConfig {
    fn default() -> Self {
        Self {
            address: [0; 32],
            line: start_line(),
            max_baud: None,
            response_timeout: Duration::from_millis(1_500),
            resends: 2,
            needs_confirmation: false,
            is_forced: false,
            pause: Duration::from_millis(300),
        }
    }
}

/// 300 bit/s, seven bits, even parity.
const fn start_line() -> LineSettings {
    let mut line = LineSettings::new(300).even();
    line.data_bits = 7;
    line
}

/// The line of HDLC at this speed.
const fn hdlc_line(line: LineSettings, baud: u32) -> LineSettings {
    LineSettings { data_bits: 8, parity: Parity::None, ..line.with_baud(baud) }
}

/// What a [`SignOn`] tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SignOnEvent {
    /// HDLC may begin, on a line with these settings.
    SignedOn {
        /// Who the meter says that it is.
        identification: Identification,
        /// The settings that the line has now.
        line: LineSettings,
        /// Did the meter confirm the choice?
        is_confirmed: bool,
    },
    /// It did not come to that.
    Failed(SignOnFailure),
    /// Octets that belong to no message.
    Dropped {
        /// How many.
        octets: usize,
    },
}

/// Why a sign-on failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SignOnFailure {
    /// Nobody answered, however often it was begun.
    NoAnswer,
    /// The meter did not confirm the choice.
    NotConfirmed(Identification),
    /// The meter does not say that it can do mode E.
    NotModeE(Identification),
    /// The medium closed.
    Closed,
}

/// Signs on to a meter: once, from [`start`](Self::start) to [`SignOnEvent::SignedOn`] or
/// [`SignOnEvent::Failed`].
///
/// ```
/// use gurux_dlms::session::{SignOn, SignOnConfig};
/// use gurux_media::{Instant, Session, bytes::BytesMut};
///
/// let mut sign_on = SignOn::new(SignOnConfig::default());
/// sign_on.start();
/// let (now, mut out) = (Instant::ZERO, BytesMut::new());
/// let line = sign_on.poll_transmit(now, &mut out).and_then(|transmit| transmit.then_line);
/// assert_eq!(line.unwrap().to_string(), "300 7E1");
/// sign_on.poll_transmit(now, &mut out);
/// assert_eq!(&out[..], b"/?!\r\n");
///
/// sign_on.handle_input(now, b"/APA5\\2NORAX30\r\n");
/// out.clear();
/// let line = sign_on.poll_transmit(now, &mut out).and_then(|transmit| transmit.then_line);
/// assert_eq!(&out[..], b"\x06252\r\n");
/// assert_eq!(line.unwrap().to_string(), "9600 7E1");
/// ```
#[derive(Clone, Debug)]
pub struct SignOn {
    config: SignOnConfig,
    phrases: Phrases,
    state: State,
    identification: Option<Identification>,
    attempts: u8,
    /// Our own request came back, so that our choice does too.
    is_echoing: bool,
    /// The line is not the one of the beginning.
    is_switched: bool,
    event: Option<SignOnEvent>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Idle,
    /// The line is to be set.
    Line,
    /// The request is to go out.
    Request,
    Identification(Instant),
    /// The choice is to go out.
    Select,
    Confirmation {
        deadline: Instant,
        echo_due: bool,
    },
    /// The line is to be set for HDLC.
    Switch {
        is_confirmed: bool,
    },
    Pause {
        until: Instant,
        is_confirmed: bool,
    },
}

impl SignOn {
    /// A reader at rest.
    #[must_use]
    pub fn new(config: SignOnConfig) -> Self {
        Self {
            config,
            phrases: Phrases::new(iec62056_21::READER_SIGN_ON),
            state: State::Idle,
            identification: None,
            attempts: 0,
            is_echoing: false,
            is_switched: false,
            event: None,
        }
    }

    /// Begins, whatever was under way.
    pub fn start(&mut self) {
        self.attempts = 0;
        self.is_echoing = false;
        self.begin();
    }

    fn begin(&mut self) {
        self.phrases.switch(iec62056_21::READER_SIGN_ON);
        self.identification = None;
        self.state = State::Line;
    }

    fn fail(&mut self, failure: SignOnFailure) {
        self.state = State::Idle;
        self.event = Some(SignOnEvent::Failed(failure));
    }

    /// No answer, or none that can be used.
    fn again(&mut self, failure: SignOnFailure) {
        if self.attempts >= self.config.resends {
            return self.fail(failure);
        }
        self.attempts = self.attempts.saturating_add(1);
        self.begin();
    }

    /// The speed that was chosen: its character, and bits a second.
    fn speed(&self) -> (u8, u32) {
        let stay = (b'0', self.config.line.baud);
        let Some(identification) = &self.identification else { return stay };
        let Some(baud) = identification.baud() else { return stay };
        let is_possible = self.config.max_baud.is_none_or(|max| baud <= max);
        if is_possible { (identification.speed(), baud) } else { stay }
    }

    fn hear(&mut self, now: Instant, phrase: Phrase) {
        match (self.state, phrase) {
            (State::Identification(_), Phrase::Request(_)) => self.is_echoing = true,
            (State::Identification(_), Phrase::Identification(identification)) => {
                self.identification = Some(identification);
                if identification.is_mode_e() || self.config.is_forced {
                    self.phrases.switch(iec62056_21::METER_IDENTIFIED);
                    self.state = State::Select;
                } else {
                    self.fail(SignOnFailure::NotModeE(identification));
                }
            }
            (State::Confirmation { deadline, echo_due: true }, Phrase::Select(_)) => {
                self.state = State::Confirmation { deadline, echo_due: false };
            }
            (State::Confirmation { .. }, Phrase::Select([b'2', speed, b'2']))
                if speed == self.speed().0 =>
            {
                self.state = State::Switch { is_confirmed: true };
            }
            (State::Confirmation { .. }, Phrase::Repeat) => self.state = State::Select,
            (_, Phrase::Dropped(octets)) if self.event.is_none() => {
                self.event = Some(SignOnEvent::Dropped { octets });
            }
            _ => {}
        }
        self.extend(now);
    }

    /// Octets came, so that an answer may be under way.
    fn extend(&mut self, now: Instant) {
        if let State::Identification(deadline) | State::Confirmation { deadline, .. } =
            &mut self.state
        {
            *deadline = (now + self.config.response_timeout).max(*deadline);
        }
    }
}

impl Session for SignOn {
    type Event = SignOnEvent;

    fn handle_open(&mut self, now: Instant) {
        self.handle_close(now);
    }

    fn handle_input(&mut self, now: Instant, octets: &[u8]) {
        self.phrases.receive(octets);
        while let Some(phrase) = self.phrases.next() {
            self.hear(now, phrase);
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        match self.state {
            State::Identification(deadline) if deadline <= now => {
                self.again(SignOnFailure::NoAnswer);
            }
            State::Confirmation { deadline, .. } if deadline <= now => match self.identification {
                Some(meter) if self.config.needs_confirmation => {
                    self.again(SignOnFailure::NotConfirmed(meter));
                }
                _ => self.state = State::Switch { is_confirmed: false },
            },
            State::Pause { until, is_confirmed } if until <= now => {
                self.state = State::Idle;
                let line = hdlc_line(self.config.line, self.speed().1);
                if let Some(identification) = self.identification {
                    self.event = Some(SignOnEvent::SignedOn { identification, line, is_confirmed });
                }
            }
            _ => {}
        }
    }

    /// What was under way fails; a sign-on that waits to begin is kept.
    fn handle_close(&mut self, _: Instant) {
        self.phrases.switch(iec62056_21::READER_SIGN_ON);
        if !matches!(self.state, State::Idle | State::Line) {
            self.fail(SignOnFailure::Closed);
        }
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut BytesMut) -> Option<Transmit> {
        let line = self.config.line;
        let (_, baud) = self.speed();
        let then = |line| Some(Transmit { then_line: Some(line), ..Transmit::now(0) });
        match self.state {
            State::Line => {
                self.state = State::Request;
                self.is_switched = false;
                then(line)
            }
            State::Request => {
                let address = self.config.address.split(|octet| *octet == 0).next();
                let address = address.unwrap_or_default();
                out.extend_from_slice(b"/?");
                out.extend_from_slice(address);
                out.extend_from_slice(b"!\r\n");
                let octets = address.len().saturating_add(5);
                let out_at = now + line.octets_time(octets);
                self.state = State::Identification(out_at + self.config.response_timeout);
                Some(Transmit::now(octets))
            }
            State::Select => {
                let select = [0x06, b'2', self.speed().0, b'2', b'\r', b'\n'];
                out.extend_from_slice(&select);
                // A choice that is repeated goes out at the speed that holds by now.
                let present = if self.is_switched { line.with_baud(baud) } else { line };
                let out_at = now + present.octets_time(select.len());
                self.state = State::Confirmation {
                    deadline: out_at + self.config.response_timeout,
                    echo_due: self.is_echoing,
                };
                self.is_switched = true;
                let then_line = Some(line.with_baud(baud));
                Some(Transmit { then_line, ..Transmit::now(select.len()) })
            }
            State::Switch { is_confirmed } => {
                self.state = State::Pause { until: now + self.config.pause, is_confirmed };
                then(hdlc_line(line, baud))
            }
            _ => None,
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        match self.state {
            State::Identification(at)
            | State::Confirmation { deadline: at, .. }
            | State::Pause { until: at, .. } => Some(at),
            _ => None,
        }
    }

    fn poll_event(&mut self) -> Option<SignOnEvent> {
        self.event.take()
    }
}
