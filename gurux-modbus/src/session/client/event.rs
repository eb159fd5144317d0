//! [`ClientEvent`]: what a client tells.

use core::fmt;
use core::time::Duration;

use gurux_framing::{Wire, WireError};

use crate::session::{Identification, Pdu};
use crate::wire::{Bits, ExceptionCode, FunctionCode, Registers, Response, UnitId};

/// Which request: unique for the first four thousand million of a client.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RequestId(pub(in crate::session) u32);

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "request {}", self.0)
    }
}

/// What a client tells.
///
/// Each request ends with exactly one of the first five, unless it is cancelled. The last two are
/// notices about octets that answered nothing; of these the client keeps a few, and drops the
/// rest when nobody polls ([`Counters`](super::ClientCounters) count them all).
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(clippy::large_enum_variant, reason = "a reply is kept inline so that none is allocated")]
pub enum ClientEvent {
    /// The reply to a request. It answers what was asked: function, counts and echoes agree.
    Reply(Reply),
    /// The identification of a device, all parts together, as
    /// [`identify`](super::Client::identify) asked.
    Identified {
        /// Which request.
        id: RequestId,
        /// Who it is.
        unit: UnitId,
        /// What it says of itself.
        identification: Identification,
    },
    /// The server, or a gateway on the way, refused.
    Refused {
        /// Which request.
        id: RequestId,
        /// Who was asked.
        unit: UnitId,
        /// What was asked.
        function: FunctionCode,
        /// Why not.
        code: ExceptionCode,
    },
    /// No answer. Whether the server did what was asked is unknown.
    Failed {
        /// Which request.
        id: RequestId,
        /// Who was asked.
        unit: UnitId,
        /// Why there is no answer.
        reason: Failure,
    },
    /// A request that nobody answers is out, and the time to carry it out has passed.
    Sent {
        /// Which request.
        id: RequestId,
        /// To whom.
        unit: UnitId,
    },
    /// A good message that answers nothing which is waited for. It was skipped.
    Skipped {
        /// From whom.
        unit: UnitId,
        /// Its function code, as it came.
        function: FunctionCode,
        /// Why it is nobody's answer.
        why: Skipped,
    },
    /// Octets that belong to no message. They were skipped.
    Noise {
        /// How many, in a row.
        octets: usize,
        /// Why no message begins with the first of them, which is octet 0.
        why: WireError,
    },
}

/// Why there is no answer.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// None came in time.
    #[error("no reply, asked {attempts} times")]
    TimedOut {
        /// How often the request was sent.
        attempts: u16,
    },
    /// The medium closed while the request was in flight.
    #[error("the connection closed before the reply came")]
    Closed,
    /// The parts of an identification do not fit together: the device names a next object that
    /// was there before.
    #[error("the device goes round in circles: the next object it names has been read")]
    Circular,
}

/// Why a good message is nobody's answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Skipped {
    /// It answers a request that was given up: it is late.
    Late,
    /// Nothing of the kind is waited for: another unit, function, number or length.
    NotAsked,
    /// It seems to be an answer, but its content is not as the standard says.
    Malformed(WireError),
}

/// The reply to a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Reply {
    /// Which request.
    pub id: RequestId,
    /// Who answered.
    pub unit: UnitId,
    /// How often the request was sent, 1 for the first time.
    pub attempts: u16,
    /// From the last sending of the request to the reply.
    pub latency: Duration,
    pub(super) pdu: Pdu,
}

impl Reply {
    /// The octets of the response: function code and data.
    #[must_use]
    pub fn pdu(&self) -> &[u8] {
        &self.pdu
    }

    /// The response.
    ///
    /// # Errors
    /// None in practice: a message that cannot be read is skipped and never becomes a reply.
    #[inline]
    pub fn response(&self) -> Result<Response<'_>, WireError> {
        Response::from_bytes(self.pdu.as_slice())
    }

    /// The registers, where the response carries any (03, 04, 17, 18).
    #[must_use]
    #[inline]
    pub fn registers(&self) -> Option<Registers<'_>> {
        match self.response().ok()? {
            Response::ReadHoldingRegisters(registers)
            | Response::ReadInputRegisters(registers)
            | Response::ReadWriteMultipleRegisters(registers) => Some(registers),
            Response::ReadFifoQueue(queue) => Some(queue.registers()),
            _ => None,
        }
    }

    /// The coils or inputs, where the response carries any (01, 02). A response says how many
    /// octets they fill, so up to seven more may follow those that were asked for.
    #[must_use]
    #[inline]
    pub fn bits(&self) -> Option<Bits<'_>> {
        match self.response().ok()? {
            Response::ReadCoils(bits) | Response::ReadDiscreteInputs(bits) => Some(bits),
            _ => None,
        }
    }
}
