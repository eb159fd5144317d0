//! [`Expected`]: what a reply is recognised by, and which requests may be repeated.

use gurux_framing::Wire;
use gurux_framing::transaction::Key;

use super::config::Resend;
use super::event::RequestId;
use crate::session::request::is_write;
use crate::wire::{FunctionCode, Request, Response, SubFunction, UnitId};

/// The top bit of the function code marks an exception.
pub(super) const EXCEPTION: u8 = 0x80;

/// The length of an exception: function code and exception code.
const EXCEPTION_LEN: usize = 2;

/// What a reply is recognised by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Expected {
    pub(super) id: RequestId,
    /// Where the client keeps the request.
    pub(super) place: u16,
    /// The MBAP transaction identifier that it is sent with.
    pub(super) transaction: u16,
    /// Does the reply repeat it?
    pub(super) is_numbered: bool,
    /// May the reply name another unit?
    pub(super) any_unit: bool,
    pub(super) unit: UnitId,
    pub(super) function: FunctionCode,
    /// Octets of the response PDU, where the request says how many.
    pub(super) len: Option<u8>,
}

impl Expected {
    /// Does a message look like the answer: number, unit, function, length?
    pub(super) fn fits(&self, transaction: u16, is_unit: bool, pdu: &[u8]) -> bool {
        let Some((&code, _)) = pdu.split_first() else { return false };
        (!self.is_numbered || self.transaction == transaction)
            && is_unit
            && code & !EXCEPTION == self.function.code()
            && if code & EXCEPTION != 0 {
                pdu.len() == EXCEPTION_LEN
            } else {
                self.len.is_none_or(|len| usize::from(len) == pdu.len())
            }
    }
}

impl Key for Expected {
    fn is_mistakable_for(&self, other: &Self) -> bool {
        if self.is_numbered {
            self.transaction == other.transaction
        } else {
            // Not the length: a late exception fits every request of its function.
            (self.any_unit || self.unit == other.unit) && self.function == other.function
        }
    }

    fn is_same_device(&self, other: &Self) -> bool {
        self.unit == other.unit
    }
}

/// How many octets the response PDU to a request has, where the request says so.
pub(super) fn response_len(request: &Request<'_>) -> Option<u8> {
    let len = match request {
        Request::ReadCoils(span) | Request::ReadDiscreteInputs(span) => {
            usize::from(span.count().div_ceil(8)).saturating_add(2)
        }
        Request::ReadHoldingRegisters(span) | Request::ReadInputRegisters(span) => {
            usize::from(span.count()).saturating_mul(2).saturating_add(2)
        }
        Request::ReadWriteMultipleRegisters(asked) => {
            usize::from(asked.read_span().count()).saturating_mul(2).saturating_add(2)
        }
        Request::WriteSingleCoil(_)
        | Request::WriteSingleRegister(_)
        | Request::WriteMultipleCoils(_)
        | Request::WriteMultipleRegisters(_)
        | Request::GetCommEventCounter => 5,
        Request::MaskWriteRegister(_) => 7,
        Request::ReadExceptionStatus => 2,
        Request::WriteFileRecord(_) => request.wire_len(),
        _ => return None,
    };
    u8::try_from(len).ok()
}

/// Does a server ever answer this request? Not to be told to listen only (V1.1b3, 6.8.1, 04).
pub(super) fn is_answered(request: &Request<'_>) -> bool {
    !matches!(request, Request::Diagnostics(asked)
        if asked.sub_function() == SubFunction::FORCE_LISTEN_ONLY_MODE)
}

/// May a request be carried out twice, as far as `resend` goes?
pub(super) fn is_repeatable(request: &Request<'_>, resend: Resend) -> bool {
    match resend {
        Resend::All => true,
        Resend::Reads => {
            !is_write(request) && !matches!(request, Request::ReadWriteMultipleRegisters(_))
        }
        Resend::Repeatable => !is_write(request) || sets_a_state(request),
    }
}

fn sets_a_state(request: &Request<'_>) -> bool {
    matches!(
        request,
        Request::WriteSingleCoil(_)
            | Request::WriteSingleRegister(_)
            | Request::WriteMultipleCoils(_)
            | Request::WriteMultipleRegisters(_)
            | Request::WriteFileRecord(_)
            | Request::MaskWriteRegister(_)
    )
}

/// Is a PDU that fits a request the answer to it? What was asked is compared with what was
/// answered.
#[cold]
pub(super) fn answers(pdu: &[u8], request: &[u8]) -> bool {
    match (Response::from_bytes(pdu), Request::from_bytes(request)) {
        (Ok(response), Ok(request)) => response.answers(&request),
        _ => false,
    }
}
