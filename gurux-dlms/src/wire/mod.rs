//! What DLMS/COSEM writes on the wire.

mod access;
mod acse;
mod action;
mod apdu;
mod axdr;
mod conformance;
mod descriptor;
mod error;
mod general_block;
mod get;
mod initiate;
mod invoke_id;
mod list;
mod notification;
pub(crate) mod part;
mod result;
mod security;
mod set;
mod short_name;
#[cfg(test)]
pub(crate) mod tests;
mod time_stamp;

pub use access::{
    AccessRequest, AccessRequestBody, AccessRequestSpecification, AccessResponse,
    AccessResponseBody, AccessResponseSpecification,
};
pub use acse::{
    Aare, Aarq, AcseRequirements, AcseServiceProvider, AcseServiceUser, ApplicationContext,
    AssociationResult, AuthenticationForm, AuthenticationValue, Mechanism, ObjectIdentifier, Party,
    ReleaseRequestReason, ReleaseResponseReason, ResultSourceDiagnostic, Rlre, Rlrq,
};
pub use action::{ActionRequest, ActionResponse, ActionResponseItem};
pub use apdu::{Apdu, ApduTag};
pub(crate) use axdr::length;
pub use axdr::{
    BitString, CompactArray, CosemDate, CosemDateTime, CosemTime, DataRef, DataType, Elements,
    Event, Events, MAX_DEPTH, MAX_DESCRIPTION, Sequence, TypeDescription,
};
pub use conformance::{Conformance, ConformanceBlock, ConformanceForm};
pub use descriptor::{
    AttributeDescriptor, AttributeWithSelection, EntryDescriptor, MethodDescriptor,
    RangeDescriptor, SelectiveAccess,
};
pub use error::{
    ConfirmedService, ConfirmedServiceError, ExceptionResponse, ServiceErrorCode, ServiceErrorKind,
    StateError,
};
pub use general_block::{BlockControl, GeneralBlockTransfer};
pub use get::{DataBlock, GetDataBlock, GetDataBlockResult, GetRequest, GetResponse};
pub use initiate::{DLMS_VERSION, DefaultTrue, InitiateRequest, InitiateResponse};
pub use invoke_id::{InvokeId, LongInvokeId};
pub use list::List;
pub use notification::{DataNotification, DataNotificationConfirm, EventNotification};
pub use part::Unread;
pub use result::{ActionResult, DataAccessResult, GetDataResult};
pub use security::{
    Ciphered, GeneralCiphering, GeneralGloDed, GeneralHeader, GeneralSigning, GloDed, KekId, KeyId,
    KeyInfo, SecurityControl, TAG_LEN,
};
pub use set::{SetRequest, SetResponse};
pub use short_name::{
    InformationReport, ReadRequest, ReadResponse, ReadResult, UnconfirmedWriteRequest,
    VariableAccess, WriteRequest, WriteResponse, WriteResult,
};
pub use time_stamp::{DateTimeForm, TimeStamp};
