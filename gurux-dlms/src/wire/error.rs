//! What a server answers to a request that it does not serve at all.

use gurux_framing::{Reader, Shown, Sink, Visit, Wire, WireError, wire_code};

use super::ApduTag;
use super::part::{Part, part_as_code, take_tag};
use crate::table::service_error::lookup_service_error;

wire_code! {
    /// In which state a server refuses a request.
    pub struct StateError(u8) {
        /// The service is not allowed now: there is no association, or it does not have it.
        SERVICE_NOT_ALLOWED = 1 => "service-not-allowed",
        /// The service is not known.
        SERVICE_UNKNOWN = 2 => "service-unknown",
    }
}

wire_code! {
    /// Why a server refuses a request.
    pub struct ServiceErrorCode(u8) {
        /// It cannot be done now.
        OPERATION_NOT_POSSIBLE = 1 => "operation-not-possible",
        /// The service is not there.
        SERVICE_NOT_SUPPORTED = 2 => "service-not-supported",
        /// Another reason.
        OTHER_REASON = 3 => "other-reason",
        /// The request, or its answer, is too long.
        PDU_TOO_LONG = 4 => "pdu-too-long",
        /// The request could not be deciphered.
        DECIPHERING_ERROR = 5 => "deciphering-error",
        /// The invocation counter is not above the last one; the server says which it expects.
        INVOCATION_COUNTER_ERROR = 6 => "invocation-counter-error",
    }
}

part_as_code! {
    StateError(u8) = "state-error",
    ServiceErrorCode(u8) = "service-error",
}

/// ExceptionResponse: a server refuses a request with logical names.
///
/// | octets | field |
/// |---|---|
/// | D8 | the message |
/// | 1 | state-error |
/// | 1 | service-error |
/// | 4 | the invocation counter, with service-error 6 only |
///
/// ```
/// use gurux_dlms::wire::{ExceptionResponse, ServiceErrorCode};
/// use gurux_framing::{Wire, WireError};
///
/// let exception = ExceptionResponse::from_bytes(&[0xD8, 1, 6, 0, 0, 1, 2])?;
/// assert_eq!(exception.service_error, ServiceErrorCode::INVOCATION_COUNTER_ERROR);
/// assert_eq!(exception.invocation_counter, Some(0x102));
/// # Ok::<(), WireError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub struct ExceptionResponse {
    /// In which state.
    pub state_error: StateError,
    /// Why.
    pub service_error: ServiceErrorCode,
    /// The counter that the server expects: there with an invocation-counter-error, and only then.
    pub invocation_counter: Option<u32>,
}

impl ExceptionResponse {
    /// A refusal; with a service error of 6, the counter that is expected is 0.
    #[must_use]
    pub fn new(state_error: StateError, service_error: ServiceErrorCode) -> Self {
        let counted = service_error == ServiceErrorCode::INVOCATION_COUNTER_ERROR;
        Self { state_error, service_error, invocation_counter: counted.then_some(0) }
    }

    /// A refusal because of an invocation counter, and the one that is expected.
    #[must_use]
    pub const fn invocation_counter(state_error: StateError, expected: u32) -> Self {
        Self {
            state_error,
            service_error: ServiceErrorCode::INVOCATION_COUNTER_ERROR,
            invocation_counter: Some(expected),
        }
    }
}

impl<'a> Wire<'a> for ExceptionResponse {
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        take_tag(reader, ApduTag::EXCEPTION_RESPONSE)?;
        reader.group("exception-response", |reader| {
            let state_error = StateError::take(reader, "state-error")?;
            let service_error = ServiceErrorCode::take(reader, "service-error")?;
            let counted = service_error == ServiceErrorCode::INVOCATION_COUNTER_ERROR;
            let invocation_counter =
                if counted { Some(reader.u32("invocation-counter-error")?) } else { None };
            Ok(Self { state_error, service_error, invocation_counter })
        })
    }

    fn emit(&self, out: &mut impl Sink) {
        out.put_array([
            ApduTag::EXCEPTION_RESPONSE.code(),
            self.state_error.code(),
            self.service_error.code(),
        ]);
        if let Some(counter) = self.invocation_counter {
            out.put_u32(counter);
        }
    }

    fn wire_len(&self) -> usize {
        if self.invocation_counter.is_some() { 7 } else { 3 }
    }
}

wire_code! {
    /// The service that a ConfirmedServiceError is about.
    pub struct ConfirmedService(u8) {
        /// Initiate.
        INITIATE = 1 => "initiateError",
        /// GetStatus.
        GET_STATUS = 2 => "getStatus",
        /// GetNameList.
        GET_NAME_LIST = 3 => "getNameList",
        /// GetVariableAttribute.
        GET_VARIABLE_ATTRIBUTE = 4 => "getVariableAttribute",
        /// Read.
        READ = 5 => "read",
        /// Write.
        WRITE = 6 => "write",
        /// GetDataSetAttribute.
        GET_DATA_SET_ATTRIBUTE = 7 => "getDataSetAttribute",
        /// GetTIAttribute.
        GET_TI_ATTRIBUTE = 8 => "getTIAttribute",
        /// ChangeScope.
        CHANGE_SCOPE = 9 => "changeScope",
        /// Start.
        START = 10 => "start",
        /// Stop.
        STOP = 11 => "stop",
        /// Resume.
        RESUME = 12 => "resume",
        /// MakeUsable.
        MAKE_USABLE = 13 => "makeUsable",
        /// InitiateLoad.
        INITIATE_LOAD = 14 => "initiateLoad",
        /// LoadSegment.
        LOAD_SEGMENT = 15 => "loadSegment",
        /// TerminateLoad.
        TERMINATE_LOAD = 16 => "terminateLoad",
        /// InitiateUpLoad.
        INITIATE_UP_LOAD = 17 => "initiateUpLoad",
        /// UpLoadSegment.
        UP_LOAD_SEGMENT = 18 => "upLoadSegment",
        /// TerminateUpLoad.
        TERMINATE_UP_LOAD = 19 => "terminateUpLoad",
    }
}

wire_code! {
    /// What kind of thing is wrong; which of them is in
    /// [`lookup_service_error`](crate::table::service_error::lookup_service_error).
    pub struct ServiceErrorKind(u8) {
        /// Between the applications.
        APPLICATION_REFERENCE = 0 => "application-reference",
        /// Hardware.
        HARDWARE_RESOURCE = 1 => "hardware-resource",
        /// The state of the server.
        VDE_STATE_ERROR = 2 => "vde-state-error",
        /// The service.
        SERVICE = 3 => "service",
        /// What the request names.
        DEFINITION = 4 => "definition",
        /// Access to it.
        ACCESS = 5 => "access",
        /// Initiate.
        INITIATE = 6 => "initiate",
        /// Loading data sets.
        LOAD_DATA_SET = 7 => "load-data-set",
        /// Tasks.
        TASK = 9 => "task",
        /// Another.
        OTHER = 10 => "other",
    }
}

/// ConfirmedServiceError: a server refuses an initiate, or a request with short names.
///
/// | octets | field |
/// |---|---|
/// | 0E | the message |
/// | 1 | the service |
/// | 1 | the kind of error |
/// | 1 | the error |
///
/// ```
/// use gurux_dlms::wire::{ConfirmedService, ConfirmedServiceError};
/// use gurux_framing::{Wire, WireError};
///
/// let error = ConfirmedServiceError::from_bytes(&[0x0E, 1, 6, 1])?;
/// assert_eq!(error.service, ConfirmedService::INITIATE);
/// assert_eq!(error.name(), Some("dlms-version-too-low"));
/// # Ok::<(), WireError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ConfirmedServiceError {
    /// The service that failed.
    pub service: ConfirmedService,
    /// What kind of thing is wrong.
    pub kind: ServiceErrorKind,
    /// Which of them.
    pub code: u8,
}

impl ConfirmedServiceError {
    /// The standard's name of the error, if it has one.
    #[must_use]
    pub fn name(&self) -> Option<&'static str> {
        lookup_service_error(self.kind, self.code)
    }
}

impl<'a> Wire<'a> for ConfirmedServiceError {
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        take_tag(reader, ApduTag::CONFIRMED_SERVICE_ERROR)?;
        reader.group("confirmedServiceError", |reader| {
            let [service, kind, code] = reader.array("service-error")?;
            let at = reader.offset();
            let error = Self {
                service: ConfirmedService::new(service),
                kind: ServiceErrorKind::new(kind),
                code,
            };
            let service = error.service.name().unwrap_or("service-error");
            let kind = error.kind.name().unwrap_or("other");
            reader.group(service, |reader| {
                if V::ACTIVE {
                    let name = error.name();
                    let shown = Shown::Code { code: code.into(), name };
                    reader.show(at.saturating_sub(1), kind, shown);
                }
                Ok(error)
            })
        })
    }

    fn emit(&self, out: &mut impl Sink) {
        out.put_array([
            ApduTag::CONFIRMED_SERVICE_ERROR.code(),
            self.service.code(),
            self.kind.code(),
            self.code,
        ]);
    }

    fn wire_len(&self) -> usize {
        4
    }
}
