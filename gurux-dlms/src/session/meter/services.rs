//! [`Services`]: a request comes, its answer goes.

mod access;
mod action;
mod get;
mod order;
mod set;
mod short_name;

use gurux_framing::{Sink, Wire};

use self::order::Order;
use super::model::{Model, Who};
use crate::session::link::{Owned, Store, StoreSink};
use crate::session::{Agreed, Referencing};
use crate::wire::{
    Apdu, ApduTag, ConfirmedService, ConfirmedServiceError, Conformance, DataAccessResult,
    ExceptionResponse, ServiceErrorCode, ServiceErrorKind, StateError,
};

/// What both sides agreed on, as far as services need it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Terms {
    /// How objects are named.
    pub referencing: Referencing,
    /// The services that both can.
    pub conformance: Conformance,
    /// The longest answer, in octets, before it is protected; `None` for no limit.
    pub max_send: Option<usize>,
}

impl Terms {
    /// What is left of an agreement, where protecting an answer adds so many octets.
    #[must_use]
    pub fn new(agreed: &Agreed, overhead: usize) -> Self {
        Self {
            referencing: agreed.referencing,
            conformance: agreed.conformance,
            max_send: agreed.max_send.map(|max| usize::from(max).saturating_sub(overhead)),
        }
    }

    const fn grants(&self, services: Conformance) -> bool {
        self.conformance.contains(services)
    }

    /// Is an answer of so many octets short enough?
    fn is_short(&self, len: usize) -> bool {
        self.max_send.is_none_or(|max| len <= max)
    }

    /// Octets for a piece of an answer with so many around it.
    fn piece_len(&self, overhead: usize) -> usize {
        self.max_send.unwrap_or(usize::MAX).saturating_sub(overhead).max(1)
    }
}

/// The services of one association, in clear: a request comes, its answer goes, in blocks where it is
/// too long. What comes and goes in blocks takes no more memory than was given.
///
/// ```
/// use gurux_dlms::session::link::{Owned, Store};
/// use gurux_dlms::session::meter::{Entry, Memory, Services, Terms, Who};
/// use gurux_dlms::session::Referencing;
/// use gurux_dlms::table::class::ClassId;
/// use gurux_dlms::value::Data;
/// use gurux_dlms::wire::{Mechanism, SecurityControl};
///
/// let mut memory = Memory::new();
/// let energy = Entry::new(ClassId::REGISTER, 0, "1-0:1.8.0*255".parse()?)
///     .with(2, &Data::DoubleLongUnsigned(1_249_750));
/// memory.add(energy);
/// let terms = Terms {
///     referencing: Referencing::LogicalNames,
///     conformance: Referencing::LogicalNames.services(),
///     max_send: None,
/// };
/// let (mechanism, protection) = (Mechanism::LOWEST, SecurityControl::new(0));
/// let who = Who { client: 16, mechanism, protection };
/// let mut services = Services::new(1024);
/// let mut out = Owned::new(1024);
/// let request = [0xC0, 0x01, 0xC1, 0x00, 0x03, 1, 0, 1, 8, 0, 255, 0x02, 0x00];
/// services.answer(&mut memory, &who, &terms, &request, &mut out);
/// assert_eq!(out.octets(), [0xC4, 0x01, 0xC1, 0x00, 0x06, 0x00, 0x13, 0x11, 0xD6]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Services {
    outgoing: Owned,
    sending: Option<Sending>,
    incoming: Owned,
    receiving: Option<Receiving>,
}

/// An answer that goes in blocks.
#[derive(Clone, Copy, Debug)]
struct Sending {
    kind: Long,
    /// The block that went last.
    number: u32,
    /// Where it begins, and ends.
    begin: usize,
    end: usize,
}

/// Whose answer goes in blocks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Long {
    Get,
    Action,
    Read,
}

/// A request that comes in blocks.
#[derive(Clone, Copy, Debug)]
struct Receiving {
    kind: Part,
    /// So many octets in front say what the value is for.
    head_len: usize,
    /// The block that came last.
    number: u32,
}

/// What comes in blocks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Part {
    Set { is_list: bool },
    Action { is_list: bool },
    Read,
    Write,
}

/// How a block of a request fits to those before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Joined {
    /// More follow.
    More,
    /// It was the last: all is there.
    Whole,
    /// It does not follow on the one before.
    Unnumbered,
    /// None is expected.
    Unexpected,
    /// All together are too long.
    TooLong,
}

impl Services {
    /// For requests, and answers, of up to `max_message` octets in all their blocks.
    #[must_use]
    pub const fn new(max_message: usize) -> Self {
        Self {
            outgoing: Owned::new(max_message),
            sending: None,
            incoming: Owned::new(max_message),
            receiving: None,
        }
    }

    /// What is under way in blocks is dropped.
    pub fn reset(&mut self) {
        self.outgoing.clear();
        self.incoming.clear();
        self.sending = None;
        self.receiving = None;
    }

    /// Writes the answer to a request; false, if there is none to give.
    pub fn answer(
        &mut self,
        model: &mut impl Model,
        who: &Who,
        terms: &Terms,
        request: &[u8],
        out: &mut Owned,
    ) -> bool {
        out.clear();
        let tag = ApduTag::new(request.first().copied().unwrap_or_default());
        let apdu: Apdu<'_> = match Apdu::from_bytes(request) {
            Ok(apdu) => apdu,
            Err(_) => return refuse(tag, Refused::Malformed, out),
        };
        if let Err(refused) = check(&apdu, terms) {
            return refuse(tag, refused, out);
        }
        let mut order = Order { model, who, terms };
        match apdu {
            Apdu::GetRequest(request) => self.get(&mut order, request, out),
            Apdu::SetRequest(request) => self.set(&mut order, request, out),
            Apdu::ActionRequest(request) => self.action(&mut order, request, out),
            Apdu::AccessRequest(request) => return self.access(&mut order, &request, out),
            Apdu::ReadRequest(request) => self.read(&mut order, &request, out),
            Apdu::WriteRequest(request) => self.write(&mut order, &request, out),
            Apdu::UnconfirmedWriteRequest(request) => order.write_unconfirmed(&request),
            // A client says that a push came; it wants nothing.
            Apdu::DataNotificationConfirm(_) => return false,
            _ => return refuse(tag, Refused::Unknown, out),
        }
        !out.octets().is_empty()
    }

    /// Keeps what stands behind `skipped` octets of an answer that is too long, and writes its first
    /// block instead. Without blocks it stays as it is, if general blocks can carry it; false, if
    /// nothing can.
    fn send_long(
        &mut self,
        kind: Long,
        skipped: usize,
        invoke: u8,
        terms: &Terms,
        out: &mut Owned,
    ) -> bool {
        self.sending = None;
        if terms.is_short(out.octets().len()) {
            return true;
        }
        let service = match kind {
            Long::Get | Long::Read => Conformance::BLOCK_TRANSFER_WITH_GET_OR_READ,
            Long::Action => Conformance::BLOCK_TRANSFER_WITH_ACTION,
        };
        if !terms.grants(service) {
            return terms.grants(Conformance::GENERAL_BLOCK_TRANSFER);
        }
        self.outgoing.clear();
        self.outgoing.append(out.octets().get(skipped..).unwrap_or_default());
        self.sending = Some(Sending { kind, number: 0, begin: 0, end: 0 });
        self.send_block(invoke, terms, out);
        true
    }

    /// Writes the next block.
    fn send_block(&mut self, invoke: u8, terms: &Terms, out: &mut Owned) {
        let Some(sending) = &mut self.sending else { return };
        sending.number = sending.number.saturating_add(1);
        sending.begin = sending.end;
        let left = self.outgoing.octets().len().saturating_sub(sending.begin);
        // The longest head: tag, choice, invoke-id, last-block, number, choice, length of five octets.
        let piece = left.min(terms.piece_len(14));
        sending.end = sending.begin.saturating_add(piece);
        self.repeat_block(invoke, out);
    }

    /// Writes the block that went last.
    fn repeat_block(&mut self, invoke: u8, out: &mut Owned) {
        let Some(sending) = self.sending else { return };
        let piece = self.outgoing.octets().get(sending.begin..sending.end).unwrap_or_default();
        let last = u8::from(sending.end >= self.outgoing.octets().len());
        out.clear();
        let mut sink = StoreSink::new(out);
        match sending.kind {
            Long::Get => {
                sink.put_array([ApduTag::GET_RESPONSE.code(), 2, invoke, last]);
                sink.put_u32(sending.number);
                sink.put_u8(0);
            }
            Long::Action => {
                sink.put_array([ApduTag::ACTION_RESPONSE.code(), 2, invoke, last]);
                sink.put_u32(sending.number);
            }
            Long::Read => {
                sink.put_array([ApduTag::READ_RESPONSE.code(), 1, 2, last]);
                sink.put_u16(short(sending.number));
            }
        }
        crate::wire::length::emit(piece.len(), &mut sink);
        sink.put(piece);
    }

    /// The client has the block of this number and wants the next. One that it did not get is sent
    /// again.
    fn send_next(
        &mut self,
        kind: Long,
        received: u32,
        invoke: u8,
        terms: &Terms,
        out: &mut Owned,
    ) -> Result<(), DataAccessResult> {
        let Some(sending) = self.sending.filter(|sending| sending.kind == kind) else {
            return Err(DataAccessResult::NO_LONG_GET_IN_PROGRESS);
        };
        if received.checked_add(1) == Some(sending.number) && received > 0 {
            self.repeat_block(invoke, out);
            return Ok(());
        }
        if received != sending.number {
            self.sending = None;
            return Err(DataAccessResult::DATA_BLOCK_NUMBER_INVALID);
        }
        if sending.end >= self.outgoing.octets().len() {
            self.sending = None;
            return Err(DataAccessResult::NO_LONG_GET_IN_PROGRESS);
        }
        self.send_block(invoke, terms, out);
        Ok(())
    }

    /// A request begins to come in blocks: `head` says what they are for.
    fn begin<'a>(&mut self, kind: Part, head: Option<&impl Wire<'a>>) {
        self.incoming.clear();
        self.sending = None;
        let mut sink = StoreSink::new(&mut self.incoming);
        if let Some(head) = head {
            head.emit(&mut sink);
        }
        let is_whole = sink.is_whole();
        let head_len = self.incoming.octets().len();
        self.receiving = is_whole.then_some(Receiving { kind, head_len, number: 0 });
    }

    /// A block came. The one before once more changes nothing.
    fn join(
        &mut self,
        is_same: impl Fn(Part) -> bool,
        number: u32,
        last: bool,
        piece: &[u8],
    ) -> Joined {
        let Some(receiving) = self.receiving.as_mut().filter(|r| is_same(r.kind)) else {
            return Joined::Unexpected;
        };
        if number == receiving.number && number > 0 && !last {
            return Joined::More;
        }
        if receiving.number.checked_add(1) != Some(number) {
            self.receiving = None;
            return Joined::Unnumbered;
        }
        receiving.number = number;
        if !self.incoming.append(piece) {
            self.receiving = None;
            self.incoming.clear();
            return Joined::TooLong;
        }
        if last { Joined::Whole } else { Joined::More }
    }

    /// All came: what it is for, and the octets.
    fn joined(&self) -> (&[u8], &[u8]) {
        let head_len = self.receiving.map_or(0, |receiving| receiving.head_len);
        self.incoming.octets().split_at_checked(head_len).unwrap_or_default()
    }

    fn forget(&mut self) {
        self.receiving = None;
        self.incoming.clear();
    }
}

/// A block's number where it has 16 bits.
fn short(number: u32) -> u16 {
    u16::try_from(number & 0xFFFF).unwrap_or_default()
}

/// Writes a message in place of what was there.
fn put<'a>(message: &impl Wire<'a>, out: &mut Owned) {
    out.clear();
    message.emit(&mut StoreSink::new(out));
}

/// Why a whole request is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Refused {
    /// It cannot be read.
    Malformed,
    /// No such service.
    Unknown,
    /// The service was not agreed on.
    NotGranted,
    /// The answer would be too long.
    TooLong,
}

/// Is this service among those that were agreed on?
fn check(apdu: &Apdu<'_>, terms: &Terms) -> Result<(), Refused> {
    use crate::wire::{ActionRequest, GetRequest, SetRequest};
    let mut needed = match apdu {
        Apdu::GetRequest(_) => Conformance::GET,
        Apdu::SetRequest(_) => Conformance::SET,
        Apdu::ActionRequest(_) => Conformance::ACTION,
        Apdu::AccessRequest(_) => Conformance::ACCESS,
        Apdu::ReadRequest(_) => Conformance::READ,
        Apdu::WriteRequest(_) => Conformance::WRITE,
        Apdu::UnconfirmedWriteRequest(_) => Conformance::UNCONFIRMED_WRITE,
        Apdu::DataNotificationConfirm(_) => return Ok(()),
        _ => return Err(Refused::Unknown),
    };
    match apdu {
        Apdu::GetRequest(GetRequest::WithList { .. })
        | Apdu::SetRequest(SetRequest::WithList { .. })
        | Apdu::ActionRequest(ActionRequest::WithList { .. }) => {
            needed = needed | Conformance::MULTIPLE_REFERENCES;
        }
        Apdu::SetRequest(
            SetRequest::WithFirstDatablock { .. } | SetRequest::WithDatablock { .. },
        ) => needed = needed | Conformance::BLOCK_TRANSFER_WITH_SET_OR_WRITE,
        Apdu::SetRequest(SetRequest::WithListAndFirstDatablock { .. }) => {
            let both =
                Conformance::BLOCK_TRANSFER_WITH_SET_OR_WRITE | Conformance::MULTIPLE_REFERENCES;
            needed = needed | both;
        }
        Apdu::ActionRequest(
            ActionRequest::WithFirstPblock { .. } | ActionRequest::WithPblock { .. },
        ) => needed = needed | Conformance::BLOCK_TRANSFER_WITH_ACTION,
        Apdu::ActionRequest(ActionRequest::WithListAndFirstPblock { .. }) => {
            let both = Conformance::BLOCK_TRANSFER_WITH_ACTION | Conformance::MULTIPLE_REFERENCES;
            needed = needed | both;
        }
        _ => {}
    }
    if terms.grants(needed) { Ok(()) } else { Err(Refused::NotGranted) }
}

/// Writes why a request is refused: by its service's own error with short names, else by an
/// exception. Nothing for what wants no answer.
fn refuse(tag: ApduTag, why: Refused, out: &mut Owned) -> bool {
    let service = match tag {
        ApduTag::READ_REQUEST => ConfirmedService::READ,
        ApduTag::WRITE_REQUEST => ConfirmedService::WRITE,
        ApduTag::UNCONFIRMED_WRITE_REQUEST | ApduTag::DATA_NOTIFICATION_CONFIRM => return false,
        _ => {
            let (state, error) = match why {
                Refused::Malformed => {
                    (StateError::SERVICE_NOT_ALLOWED, ServiceErrorCode::OTHER_REASON)
                }
                Refused::Unknown => {
                    (StateError::SERVICE_UNKNOWN, ServiceErrorCode::SERVICE_NOT_SUPPORTED)
                }
                Refused::NotGranted => {
                    (StateError::SERVICE_NOT_ALLOWED, ServiceErrorCode::SERVICE_NOT_SUPPORTED)
                }
                Refused::TooLong => {
                    (StateError::SERVICE_NOT_ALLOWED, ServiceErrorCode::PDU_TOO_LONG)
                }
            };
            put(&ExceptionResponse::new(state, error), out);
            return true;
        }
    };
    // Of the kind service: 0 other, 1 pdu-size, 2 service-unsupported.
    let code = match why {
        Refused::Malformed => 0,
        Refused::TooLong => 1,
        Refused::Unknown | Refused::NotGranted => 2,
    };
    put(&ConfirmedServiceError { service, kind: ServiceErrorKind::SERVICE, code }, out);
    true
}

#[cfg(test)]
mod tests;
