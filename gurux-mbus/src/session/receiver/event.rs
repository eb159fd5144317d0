//! [`ReceiverEvent`]: what a receiver tells.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use gurux_framing::WireError;
use gurux_media::Instant;
use gurux_value::Measurement;

use crate::Error;
use crate::security::{Opened, Verdict};
use crate::session::received::turned;
use crate::value::measurements;
use crate::wire::{Afl, Body, FormatSignature, Link, MeterAddress, Records, Sealed, Telegram};

/// What a receiver tells.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ReceiverEvent {
    /// A telegram, opened as far as a key was there. Of a message in fragments there is one such
    /// event, when the last one came.
    Telegram(ReceivedTelegram),
    /// A message in fragments will not be told: one is missing, they are too many, or they were not
    /// for this key.
    Incomplete {
        /// Who sent them.
        sender: MeterAddress,
    },
    /// A meter that asked for it was told that it was heard, as the configuration wants it.
    Installed {
        /// Which meter.
        meter: MeterAddress,
    },
    /// An order was carried out: each order ends with this event or with `OrderFailed`. What a meter
    /// answers is a `Telegram` before it.
    OrderDone {
        /// Which order.
        id: OrderId,
    },
    /// An order was not carried out.
    OrderFailed {
        /// Which order.
        id: OrderId,
        /// Why.
        why: OrderFailure,
    },
    /// Octets that are no telegram.
    Noise {
        /// How many.
        octets: usize,
        /// What is wrong with them.
        why: WireError,
    },
}

/// Which order: unique for the first four thousand million of a receiver.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct OrderId(pub(super) u32);

impl fmt::Display for OrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "order {}", self.0)
    }
}

/// Why an order was not carried out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OrderFailure {
    /// The meter did not answer, as often as it was sent.
    Unanswered,
    /// The meter refused it (NACK).
    Refused,
    /// It could not be made: too long, or without a key.
    NotSealed(Error),
}

/// A telegram that was received, with its octets, opened.
#[derive(Clone, PartialEq, Eq)]
pub struct ReceivedTelegram {
    octets: Box<[u8]>,
    /// The telegram as it was opened, if that changed anything.
    opened: Option<Clear>,
    verdict: Verdict,
    at: Instant,
    pub(super) compact: Compact,
    /// Of records with the high octet first: the same with the low octet first.
    turned: Box<[u8]>,
}

#[derive(Clone, PartialEq, Eq)]
enum Clear {
    /// A whole radio telegram.
    Telegram(Box<[u8]>),
    /// What fragments made: user data from the CI field of the transport layer on.
    Message(Box<[u8]>),
}

/// What became of a compact frame, or of the frame that tells its format.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Compact {
    /// It is none.
    No,
    /// These are its records, as a full frame has them.
    Expanded(Box<[u8]>),
    /// Its format was not learnt yet.
    UnknownFormat(FormatSignature),
    /// Its data are not of the formats that are known, or the format is not the one that is signed.
    Bad(WireError),
}

impl ReceivedTelegram {
    pub(super) fn new(octets: &[u8], opened: &Opened<'_>, at: Instant, is_message: bool) -> Self {
        let telegram = opened.telegram;
        let clear = if is_message {
            let inner = Telegram { link: Link::Bare, ell: None, nwl: None, afl: None, ..telegram };
            emitted(&inner).map(Clear::Message)
        } else {
            emitted(&telegram).filter(|clear| **clear != *octets).map(Clear::Telegram)
        };
        Self {
            octets: octets.into(),
            opened: clear,
            verdict: opened.verdict,
            at,
            compact: Compact::No,
            turned: turned(telegram.body()),
        }
    }

    /// The octets as they came, check sums taken off; of fragments those of the last one.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// When it came.
    #[must_use]
    pub const fn at(&self) -> Instant {
        self.at
    }

    /// How its opening went.
    #[must_use]
    pub const fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// All layers, open if the verdict is good.
    ///
    /// # Errors
    /// None in practice: what cannot be read never becomes one of these.
    pub fn telegram(&self) -> Result<Telegram<'_>, WireError> {
        let mut telegram = match &self.opened {
            None => Telegram::from_wireless(&self.octets)?,
            Some(Clear::Telegram(octets)) => Telegram::from_wireless(octets)?,
            Some(Clear::Message(octets)) => {
                // No layer stands before the transport layer any more, whatever its CI field looks like.
                let last = Telegram::from_wireless(&self.octets)?;
                let behind = Telegram { ell: None, nwl: None, afl: Some(Afl::EMPTY), ..last };
                Telegram { afl: None, ..behind.reopen(octets)? }
            }
        };
        if self.verdict.is_good() && telegram.sealed != Some(Sealed::Unknown) {
            telegram.sealed = None;
        }
        Ok(telegram)
    }

    /// The meter that it is of, or for.
    #[must_use]
    pub fn meter(&self) -> Option<MeterAddress> {
        self.telegram().ok()?.meter()
    }

    /// What became of it, if it is a compact frame.
    #[must_use]
    pub const fn compact(&self) -> &Compact {
        &self.compact
    }

    /// The records, those of a compact frame among them, and those with the high octet first turned
    /// around; none where they are sealed or there are none.
    #[must_use]
    pub fn records(&self) -> Records<'_> {
        Records::new(self.payload())
    }

    /// What the records say, compact profiles expanded.
    pub fn measurements(&self) -> impl Iterator<Item = Measurement<'_>> {
        measurements(self.payload())
    }

    fn payload(&self) -> &[u8] {
        if let Compact::Expanded(records) = &self.compact {
            return records;
        }
        match self.telegram().ok().map(|telegram| telegram.body()) {
            Some(Body::Records(octets)) => octets,
            Some(Body::RecordsMsbFirst(_)) => &self.turned,
            _ => &[],
        }
    }
}

fn emitted(telegram: &Telegram<'_>) -> Option<Box<[u8]>> {
    let mut octets: Vec<u8> = alloc::vec![0; telegram.wire_len()];
    let len = telegram.emit_to_slice(&mut octets).ok()?;
    octets.truncate(len);
    Some(octets.into_boxed_slice())
}

/// The octets as they came, in hex, and the verdict.
impl fmt::Debug for ReceivedTelegram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReceivedTelegram(")?;
        for octet in &self.octets {
            write!(f, "{octet:02X}")?;
        }
        write!(f, ", {})", self.verdict.name())
    }
}

/// What a receiver counted since it began.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default))]
pub struct ReceiverCounters {
    /// Telegrams that came, repeated ones and fragments among them.
    pub telegrams: u64,
    /// Those that were the same as one just before.
    pub repeated: u64,
    /// Those that were fragments.
    pub fragments: u64,
    /// Messages that fragments made.
    pub messages: u64,
    /// Clear ones, authentic ones among them.
    pub clear: u64,
    /// Marked as encrypted, and clear.
    pub already_clear: u64,
    /// Opened with a key.
    pub decrypted: u64,
    /// Sealed, without a key.
    pub without_key: u64,
    /// Sealed, and no key fits.
    pub wrong_key: u64,
    /// Sealed, with a key that fits, and wrong.
    pub bad_data: u64,
    /// Of modes that are not opened here, or that the provider of ciphers failed on.
    pub unsupported: u64,
    /// Compact frames that were expanded.
    pub expanded: u64,
    /// Compact frames whose format was not known, or did not fit.
    pub not_expanded: u64,
    /// Inputs that were no telegram.
    pub noise: u64,
    /// Telegrams that were sent.
    pub sent: u64,
    /// Telegrams that were not fetched in time to be sent.
    pub too_late: u64,
    /// Events that were dropped because nobody polled them.
    pub lost_events: u64,
}

impl ReceiverCounters {
    pub(super) fn count(&mut self, verdict: Verdict) {
        let counter = match verdict {
            Verdict::Clear | Verdict::Authentic => &mut self.clear,
            Verdict::AlreadyClear => &mut self.already_clear,
            Verdict::Decrypted(_) => &mut self.decrypted,
            Verdict::NoKey => &mut self.without_key,
            Verdict::WrongKey => &mut self.wrong_key,
            Verdict::BadData => &mut self.bad_data,
            Verdict::Fragment => &mut self.fragments,
            Verdict::Unsupported | Verdict::Failed(_) => &mut self.unsupported,
        };
        *counter = counter.saturating_add(1);
    }
}
