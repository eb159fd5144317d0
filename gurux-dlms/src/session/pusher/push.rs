//! [`Push`]: what a push setup sends, to whom, and how often it tries.

use alloc::vec::Vec;
use core::time::Duration;

use crate::value::Data;
use crate::wire::CosemDateTime;

/// What a meter has to send of itself, as one of its push setups (class 40) says;
/// [`Memory::push`](crate::session::meter::Memory::push) makes it.
#[derive(Clone, PartialEq, Debug)]
pub struct Push {
    /// What is sent, a structure with each value in its turn: notification-body.
    pub body: Data,
    /// When it was so; `None` is not told.
    pub time: Option<CosemDateTime>,
    /// How it is carried, as the class numbers it: 0 is TCP, 1 UDP.
    pub transport: u8,
    /// Where to, as the push setup has it: of IP an address and a port.
    pub destination: Vec<u8>,
    /// The address of the client (push_client_SAP); `None` is the one that the carrier has.
    pub client: Option<u8>,
    /// The first attempt is due in this time, when a communication window opens; `None` if none does within
    /// a year.
    pub opens_in: Option<Duration>,
    /// It waits at random for so long at most, so that not all meters come at once.
    pub random_start: Duration,
    /// How often it is tried again.
    pub retries: u8,
    /// How long it waits before that.
    pub delay: RepetitionDelay,
    /// It is tried again until the client has confirmed it; else until it went out.
    pub is_confirmed: bool,
}

impl Push {
    /// This body, at once and once.
    #[must_use]
    pub const fn new(body: Data) -> Self {
        Self {
            body,
            time: None,
            transport: 0,
            destination: Vec::new(),
            client: None,
            opens_in: Some(Duration::ZERO),
            random_start: Duration::ZERO,
            retries: 0,
            delay: RepetitionDelay::constant(0),
            is_confirmed: false,
        }
    }

    /// The same, to be confirmed.
    #[must_use]
    pub fn confirmed(self) -> Self {
        Self { is_confirmed: true, ..self }
    }

    /// The same, tried again so often.
    #[must_use]
    pub fn with_retries(self, retries: u8, delay: RepetitionDelay) -> Self {
        Self { retries, delay, ..self }
    }
}

/// How long a push waits before it is tried again: repetition_delay of a push setup. From version 2 on it
/// grows with each attempt.
///
/// ```
/// use core::time::Duration;
/// use gurux_dlms::session::RepetitionDelay;
///
/// let delay = RepetitionDelay { min: 60, exponent: 200, max: 600 };
/// let seconds = [1, 2, 3, 4, 5].map(|attempt| delay.after(attempt).as_secs());
/// assert_eq!(seconds, [60, 120, 240, 480, 600]);
/// assert_eq!(RepetitionDelay::constant(90).after(200), Duration::from_secs(90));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RepetitionDelay {
    /// Seconds before the first repetition.
    pub min: u16,
    /// By how much it grows with each, in hundredths: 100 is not at all.
    pub exponent: u16,
    /// The most seconds.
    pub max: u16,
}

impl RepetitionDelay {
    /// Always so many seconds, as up to version 1.
    #[must_use]
    pub const fn constant(seconds: u16) -> Self {
        Self { min: seconds, exponent: 100, max: seconds }
    }

    /// After so many attempts, from 1.
    #[must_use]
    pub fn after(self, attempts: u8) -> Duration {
        let max = u64::from(self.max).saturating_mul(1_000_000);
        let mut micros = u64::from(self.min).saturating_mul(1_000_000);
        for _ in 1..attempts {
            if micros >= max || micros == 0 {
                break;
            }
            micros = micros.saturating_mul(self.exponent.into()) / 100;
        }
        Duration::from_micros(micros.min(max))
    }
}
