//! What a [`Listener`](super::Listener) tells.

use alloc::vec::Vec;
use core::fmt;

use gurux_framing::hdlc::HdlcAddress;
use gurux_framing::{Wire, WireError};
use gurux_media::Instant;
use gurux_value::{DateTime, Measurement, Quality, Value};

use crate::push::{Layout, P1Telegram, PushValue, PushValues};
use crate::security::{OpenError, Replay, SystemTitle};
use crate::wire::{
    ApduTag, CosemDateTime, DataNotification, EventNotification, InformationReport,
    SecurityControl, Unread,
};

/// What a [`Listener`](super::Listener) tells.
#[derive(Clone, PartialEq, Debug)]
pub enum ListenerEvent {
    /// A meter has pushed something.
    Pushed(Pushed),
    /// A whole message came, and is not taken.
    Refused {
        /// Between whom it went.
        from: PushedBy,
        /// Why.
        why: PushRefusal,
        /// The message as it came.
        message: Vec<u8>,
    },
    /// The beginning of a message came, and not the rest.
    Incomplete {
        /// Between whom it went.
        from: PushedBy,
        /// How many octets of it came.
        octets: usize,
    },
    /// Octets that belong to no message.
    Dropped {
        /// How many.
        octets: usize,
        /// What is wrong with the first of them, which is octet 0.
        why: WireError,
    },
    /// So many more were not kept, since nobody took what came before.
    Overrun(usize),
}

/// Why a message is not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PushRefusal {
    /// There are no keys of this meter.
    #[error("there are no keys of the meter {0}")]
    NoKeys(SystemTitle),
    /// The keys do not open it.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// It was there before, or is older than can be told.
    #[error(transparent)]
    Replay(#[from] Replay),
    /// It cannot be read.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// It is no push: something that clients and meters say in a conversation.
    #[error("{0} is no push")]
    Unexpected(ApduTag),
    /// A message in a message, too often.
    #[error("a message lies in more than four others")]
    Nested,
    /// The counters of no more meters can be remembered.
    #[error("too many meters share one key: their counters cannot be remembered")]
    TooMany,
}

/// Between whom a push went, as its carrier says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PushedBy {
    /// The wrapper of TCP and UDP.
    Wrapper {
        /// The wPort of the meter's logical device.
        source: u16,
        /// The wPort of the client.
        destination: u16,
    },
    /// HDLC.
    Hdlc {
        /// The meter.
        source: HdlcAddress,
        /// The client.
        destination: HdlcAddress,
    },
    /// Wired M-Bus.
    Mbus {
        /// STSAP.
        source: u8,
        /// DTSAP.
        destination: u8,
    },
    /// The text of a P1 port, which says nobody.
    Text,
}

impl fmt::Display for PushedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wrapper { source, destination } => write!(f, "{source} to {destination}"),
            Self::Hdlc { source, destination } => write!(f, "{source} to {destination}"),
            Self::Mbus { source, destination } => write!(f, "{source} to {destination}"),
            Self::Text => f.write_str("P1"),
        }
    }
}

/// What a meter has pushed: DATA-NOTIFICATION, EVENT-NOTIFICATION, an information report, or the text of
/// a P1 port.
#[derive(Clone, PartialEq, Debug)]
pub struct Pushed {
    /// When its last octet came.
    pub at: Instant,
    /// Between whom it went.
    pub from: PushedBy,
    /// Who has sealed or signed it.
    pub sender: Option<SystemTitle>,
    /// How it was protected; `None` if it came in clear.
    pub protection: Option<SecurityControl>,
    /// The counter that it came with.
    pub invocation_counter: Option<u32>,
    /// Did a tag prove it?
    pub is_verified: bool,
    /// Was it signed? The signature is the caller's to check: `security::verify`.
    pub is_signed: bool,
    /// Was its reception confirmed to the meter?
    pub is_confirmed: bool,
    pub(super) message: Vec<u8>,
}

impl Pushed {
    /// The message in clear.
    #[must_use]
    pub fn message(&self) -> &[u8] {
        &self.message
    }

    /// When it was made, as it says itself.
    #[must_use]
    pub fn time(&self) -> Option<DateTime> {
        let time = match ApduTag::new(*self.message.first()?) {
            ApduTag::DATA_NOTIFICATION => {
                let push = DataNotification::<Unread<'_>>::from_bytes(&self.message).ok()?;
                push.date_time.date_time()
            }
            ApduTag::EVENT_NOTIFICATION_REQUEST => {
                EventNotification::from_bytes(&self.message).ok()?.time?.date_time()
            }
            _ => return P1Telegram::from_octets(&self.message).ok()?.time(),
        };
        time.map(CosemDateTime::to_date_time)
    }

    /// Its values, each with the time of the push or of the clock that is pushed with them. Those of which
    /// nobody knows what they are have no unit; what is nested is left out.
    ///
    /// # Errors
    /// What is wrong with its body.
    pub fn measurements<'s>(
        &'s self,
        layouts: &'s [Layout<'s>],
    ) -> Result<Vec<Measurement<'s>>, WireError> {
        let octets = &self.message[..];
        let tag = octets.first().copied().map(ApduTag::new);
        let mut found: Vec<Measurement<'s>> = match tag {
            Some(ApduTag::DATA_NOTIFICATION) => {
                let push = DataNotification::<Unread<'_>>::from_bytes(octets)?;
                let values = PushValues::from_octets(push.notification_body.0, layouts)?;
                values.filter_map(plain).collect()
            }
            Some(ApduTag::EVENT_NOTIFICATION_REQUEST) => {
                let event = EventNotification::from_bytes(octets)?;
                let of = event.cosem_attribute_descriptor;
                plain(PushValue {
                    attribute: Some((of.class_id, of.attribute_id)),
                    obis: Some(of.instance_id),
                    value: event.attribute_value,
                    scaler_unit: None,
                })
                .into_iter()
                .collect()
            }
            Some(ApduTag::INFORMATION_REPORT_REQUEST) => {
                let report = InformationReport::from_bytes(octets)?;
                let value =
                    |value| PushValue { attribute: None, obis: None, value, scaler_unit: None };
                report.list_of_data.iter().map(value).filter_map(plain).collect()
            }
            _ => P1Telegram::from_octets(octets)?.values().collect(),
        };
        let clock = |measurement: &Measurement<'_>| match &measurement.value {
            Some(Value::DateTime(time)) if time.date().is_some() => Some(*time),
            _ => None,
        };
        let time = self.time().or_else(|| found.iter().find_map(clock));
        for measurement in &mut found {
            if !matches!(measurement.value, Some(Value::DateTime(_))) {
                measurement.time = measurement.time.or(time);
            }
        }
        Ok(found)
    }
}

/// A value by itself; one that is none is missing.
fn plain(value: PushValue<'_>) -> Option<Measurement<'_>> {
    let measurement = value.measurement();
    if value.value.elements().is_some() {
        return None;
    }
    Some(match measurement.value {
        Some(_) => measurement,
        None => measurement.without_value(Quality::MISSING),
    })
}
