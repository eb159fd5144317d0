//! [`Apdu`]: any message, told by its tag.

use gurux_framing::{Reader, Sink, Visit, Wire, WireError, WireErrorKind, wire_code};

use super::part::Part;
use super::{
    Aare, Aarq, AccessRequest, AccessResponse, ActionRequest, ActionResponse,
    ConfirmedServiceError, DataNotification, DataNotificationConfirm, DataRef, EventNotification,
    ExceptionResponse, GeneralBlockTransfer, GeneralCiphering, GeneralGloDed, GeneralSigning,
    GetRequest, GetResponse, GloDed, InformationReport, InitiateRequest, InitiateResponse,
    ReadRequest, ReadResponse, Rlre, Rlrq, SetRequest, SetResponse, UnconfirmedWriteRequest,
    WriteRequest, WriteResponse,
};

wire_code! {
    /// The tag with which a message begins (XDLMS-APDU and ACSE-APDU of IEC 62056-5-3).
    pub struct ApduTag(u8) {
        /// A client proposes services.
        INITIATE_REQUEST = 0x01 => "initiateRequest",
        /// READ with short names.
        READ_REQUEST = 0x05 => "readRequest",
        /// WRITE with short names.
        WRITE_REQUEST = 0x06 => "writeRequest",
        /// A server grants services.
        INITIATE_RESPONSE = 0x08 => "initiateResponse",
        /// The answer to READ.
        READ_RESPONSE = 0x0C => "readResponse",
        /// The answer to WRITE.
        WRITE_RESPONSE = 0x0D => "writeResponse",
        /// A request is refused.
        CONFIRMED_SERVICE_ERROR = 0x0E => "confirmedServiceError",
        /// A value is pushed.
        DATA_NOTIFICATION = 0x0F => "data-notification",
        /// A push was received.
        DATA_NOTIFICATION_CONFIRM = 0x10 => "data-notification-confirm",
        /// WRITE without an answer.
        UNCONFIRMED_WRITE_REQUEST = 0x16 => "unconfirmedWriteRequest",
        /// Values told, with short names.
        INFORMATION_REPORT_REQUEST = 0x18 => "informationReportRequest",
        /// `initiateRequest` with the global key.
        GLO_INITIATE_REQUEST = 0x21 => "glo-initiateRequest",
        /// `readRequest` with the global key.
        GLO_READ_REQUEST = 0x25 => "glo-readRequest",
        /// `writeRequest` with the global key.
        GLO_WRITE_REQUEST = 0x26 => "glo-writeRequest",
        /// `initiateResponse` with the global key.
        GLO_INITIATE_RESPONSE = 0x28 => "glo-initiateResponse",
        /// `readResponse` with the global key.
        GLO_READ_RESPONSE = 0x2C => "glo-readResponse",
        /// `writeResponse` with the global key.
        GLO_WRITE_RESPONSE = 0x2D => "glo-writeResponse",
        /// `confirmedServiceError` with the global key.
        GLO_CONFIRMED_SERVICE_ERROR = 0x2E => "glo-confirmedServiceError",
        /// `unconfirmedWriteRequest` with the global key.
        GLO_UNCONFIRMED_WRITE_REQUEST = 0x36 => "glo-unconfirmedWriteRequest",
        /// `informationReportRequest` with the global key.
        GLO_INFORMATION_REPORT_REQUEST = 0x38 => "glo-informationReportRequest",
        /// `initiateRequest` with the dedicated key.
        DED_INITIATE_REQUEST = 0x41 => "ded-initiateRequest",
        /// `readRequest` with the dedicated key.
        DED_READ_REQUEST = 0x45 => "ded-readRequest",
        /// `writeRequest` with the dedicated key.
        DED_WRITE_REQUEST = 0x46 => "ded-writeRequest",
        /// `initiateResponse` with the dedicated key.
        DED_INITIATE_RESPONSE = 0x48 => "ded-initiateResponse",
        /// `readResponse` with the dedicated key.
        DED_READ_RESPONSE = 0x4C => "ded-readResponse",
        /// `writeResponse` with the dedicated key.
        DED_WRITE_RESPONSE = 0x4D => "ded-writeResponse",
        /// `confirmedServiceError` with the dedicated key.
        DED_CONFIRMED_SERVICE_ERROR = 0x4E => "ded-confirmedServiceError",
        /// `unconfirmedWriteRequest` with the dedicated key.
        DED_UNCONFIRMED_WRITE_REQUEST = 0x56 => "ded-unconfirmedWriteRequest",
        /// `informationReportRequest` with the dedicated key.
        DED_INFORMATION_REPORT_REQUEST = 0x58 => "ded-informationReportRequest",
        /// An association is asked for.
        AARQ = 0x60 => "aarq",
        /// The answer.
        AARE = 0x61 => "aare",
        /// Its end is asked for.
        RLRQ = 0x62 => "rlrq",
        /// The answer.
        RLRE = 0x63 => "rlre",
        /// GET.
        GET_REQUEST = 0xC0 => "get-request",
        /// SET.
        SET_REQUEST = 0xC1 => "set-request",
        /// A value is told.
        EVENT_NOTIFICATION_REQUEST = 0xC2 => "event-notification-request",
        /// ACTION.
        ACTION_REQUEST = 0xC3 => "action-request",
        /// The answer to GET.
        GET_RESPONSE = 0xC4 => "get-response",
        /// The answer to SET.
        SET_RESPONSE = 0xC5 => "set-response",
        /// The answer to ACTION.
        ACTION_RESPONSE = 0xC7 => "action-response",
        /// `get-request` with the global key.
        GLO_GET_REQUEST = 0xC8 => "glo-get-request",
        /// `set-request` with the global key.
        GLO_SET_REQUEST = 0xC9 => "glo-set-request",
        /// `event-notification-request` with the global key.
        GLO_EVENT_NOTIFICATION_REQUEST = 0xCA => "glo-event-notification-request",
        /// `action-request` with the global key.
        GLO_ACTION_REQUEST = 0xCB => "glo-action-request",
        /// `get-response` with the global key.
        GLO_GET_RESPONSE = 0xCC => "glo-get-response",
        /// `set-response` with the global key.
        GLO_SET_RESPONSE = 0xCD => "glo-set-response",
        /// `action-response` with the global key.
        GLO_ACTION_RESPONSE = 0xCF => "glo-action-response",
        /// `get-request` with the dedicated key.
        DED_GET_REQUEST = 0xD0 => "ded-get-request",
        /// `set-request` with the dedicated key.
        DED_SET_REQUEST = 0xD1 => "ded-set-request",
        /// `event-notification-request` with the dedicated key.
        DED_EVENT_NOTIFICATION_REQUEST = 0xD2 => "ded-event-notification-request",
        /// `action-request` with the dedicated key.
        DED_ACTION_REQUEST = 0xD3 => "ded-action-request",
        /// `get-response` with the dedicated key.
        DED_GET_RESPONSE = 0xD4 => "ded-get-response",
        /// `set-response` with the dedicated key.
        DED_SET_RESPONSE = 0xD5 => "ded-set-response",
        /// `action-response` with the dedicated key.
        DED_ACTION_RESPONSE = 0xD7 => "ded-action-response",
        /// A request is refused.
        EXCEPTION_RESPONSE = 0xD8 => "exception-response",
        /// ACCESS.
        ACCESS_REQUEST = 0xD9 => "access-request",
        /// The answer to ACCESS.
        ACCESS_RESPONSE = 0xDA => "access-response",
        /// Any message, with the global key.
        GENERAL_GLO_CIPHERING = 0xDB => "general-glo-ciphering",
        /// Any message, with the dedicated key.
        GENERAL_DED_CIPHERING = 0xDC => "general-ded-ciphering",
        /// Any message, with a key that it names.
        GENERAL_CIPHERING = 0xDD => "general-ciphering",
        /// Any message, signed.
        GENERAL_SIGNING = 0xDF => "general-signing",
        /// A piece of any message.
        GENERAL_BLOCK_TRANSFER = 0xE0 => "general-block-transfer",
    }
}

macro_rules! apdu {
    ($( $(#[$doc:meta])* $Variant:ident($Message:ty) = $TAG:ident, )*) => {
        /// Any message, told by its tag. `D` is what is made of the value in an answer to GET and in
        /// a data-notification: [`DataRef`], or [`Unread`](super::Unread).
        ///
        /// ```
        /// use gurux_dlms::wire::{Apdu, GetRequest};
        /// use gurux_framing::{Wire, WireError};
        ///
        /// // The energy imported so far: register 1-0:1.8.0, its value.
        /// let octets = [0xC0, 0x01, 0xC1, 0x00, 0x03, 1, 0, 1, 8, 0, 255, 0x02, 0x00];
        /// let Apdu::GetRequest(GetRequest::Normal { cosem_attribute_descriptor, .. }) =
        ///     Apdu::<gurux_dlms::wire::DataRef>::from_bytes(&octets)?
        /// else { panic!() };
        /// assert_eq!(cosem_attribute_descriptor.class_id, 3);
        /// assert_eq!(cosem_attribute_descriptor.instance_id.to_string(), "1-0:1.8.0*255");
        /// # Ok::<(), WireError>(())
        /// ```
        #[derive(Clone, Copy, PartialEq, Debug)]
        #[non_exhaustive]
        pub enum Apdu<'a, D = DataRef<'a>> {
            $( $(#[$doc])* $Variant($Message), )*
            /// One service, ciphered under the global or a dedicated key.
            GloDed(GloDed<'a>),
            /// Any message, ciphered under the global or a dedicated key.
            GeneralGloDed(GeneralGloDed<'a>),
        }

        impl<'a, D: Part<'a>> Apdu<'a, D> {
            /// The tag with which it begins.
            #[must_use]
            pub const fn tag(&self) -> ApduTag {
                match self {
                    $( Self::$Variant(_) => ApduTag::$TAG, )*
                    Self::GloDed(message) => message.tag,
                    Self::GeneralGloDed(message) if message.is_dedicated => {
                        ApduTag::GENERAL_DED_CIPHERING
                    }
                    Self::GeneralGloDed(_) => ApduTag::GENERAL_GLO_CIPHERING,
                }
            }
        }

        impl<'a, D: Part<'a>> Wire<'a> for Apdu<'a, D> {
            #[inline]
            fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
                let Some(tag) = reader.rest().first() else {
                    let kind = WireErrorKind::Truncated { needed: 1, available: 0 };
                    return Err(reader.error("tag", kind));
                };
                match ApduTag::new(*tag) {
                    $( ApduTag::$TAG => Wire::read(reader).map(Self::$Variant), )*
                    ApduTag::GENERAL_GLO_CIPHERING | ApduTag::GENERAL_DED_CIPHERING => {
                        Wire::read(reader).map(Self::GeneralGloDed)
                    }
                    other if other.service().is_some() => {
                        Wire::read(reader).map(Self::GloDed)
                    }
                    other => Err(reader.error("tag", WireErrorKind::Code(other.code().into()))),
                }
            }

            fn emit(&self, out: &mut impl Sink) {
                match self {
                    $( Self::$Variant(message) => message.emit(out), )*
                    Self::GloDed(message) => message.emit(out),
                    Self::GeneralGloDed(message) => message.emit(out),
                }
            }

            fn wire_len(&self) -> usize {
                match self {
                    $( Self::$Variant(message) => message.wire_len(), )*
                    Self::GloDed(message) => message.wire_len(),
                    Self::GeneralGloDed(message) => message.wire_len(),
                }
            }
        }

        $(
            impl<'a, D> From<$Message> for Apdu<'a, D> {
                fn from(message: $Message) -> Self {
                    Self::$Variant(message)
                }
            }
        )*
    };
}

apdu! {
    /// A client proposes services.
    InitiateRequest(InitiateRequest<'a>) = INITIATE_REQUEST,
    /// A client reads by short names.
    ReadRequest(ReadRequest<'a>) = READ_REQUEST,
    /// A client writes by short names.
    WriteRequest(WriteRequest<'a>) = WRITE_REQUEST,
    /// A server grants services.
    InitiateResponse(InitiateResponse) = INITIATE_RESPONSE,
    /// The answer to READ.
    ReadResponse(ReadResponse<'a>) = READ_RESPONSE,
    /// The answer to WRITE.
    WriteResponse(WriteResponse<'a>) = WRITE_RESPONSE,
    /// A server refuses an initiate, or a request with short names.
    ConfirmedServiceError(ConfirmedServiceError) = CONFIRMED_SERVICE_ERROR,
    /// A server pushes a value.
    DataNotification(DataNotification<'a, D>) = DATA_NOTIFICATION,
    /// A client has received it.
    DataNotificationConfirm(DataNotificationConfirm<'a>) = DATA_NOTIFICATION_CONFIRM,
    /// A client writes by short names and wants no answer.
    UnconfirmedWriteRequest(UnconfirmedWriteRequest<'a>) = UNCONFIRMED_WRITE_REQUEST,
    /// A server tells values by short names.
    InformationReport(InformationReport<'a>) = INFORMATION_REPORT_REQUEST,
    /// A client asks for an association.
    Aarq(Aarq<'a>) = AARQ,
    /// The answer.
    Aare(Aare<'a>) = AARE,
    /// One side asks for its end.
    Rlrq(Rlrq<'a>) = RLRQ,
    /// The answer.
    Rlre(Rlre<'a>) = RLRE,
    /// A client reads.
    GetRequest(GetRequest<'a>) = GET_REQUEST,
    /// A client writes.
    SetRequest(SetRequest<'a>) = SET_REQUEST,
    /// A server tells a value.
    EventNotification(EventNotification<'a>) = EVENT_NOTIFICATION_REQUEST,
    /// A client calls methods.
    ActionRequest(ActionRequest<'a>) = ACTION_REQUEST,
    /// The answer to GET.
    GetResponse(GetResponse<'a, D>) = GET_RESPONSE,
    /// The answer to SET.
    SetResponse(SetResponse<'a>) = SET_RESPONSE,
    /// The answer to ACTION.
    ActionResponse(ActionResponse<'a>) = ACTION_RESPONSE,
    /// A server refuses a request.
    ExceptionResponse(ExceptionResponse) = EXCEPTION_RESPONSE,
    /// A client wants several things done.
    AccessRequest(AccessRequest<'a>) = ACCESS_REQUEST,
    /// The answer to ACCESS.
    AccessResponse(AccessResponse<'a>) = ACCESS_RESPONSE,
    /// Any message, ciphered under a key that it names.
    GeneralCiphering(GeneralCiphering<'a>) = GENERAL_CIPHERING,
    /// Any message, signed.
    GeneralSigning(GeneralSigning<'a>) = GENERAL_SIGNING,
    /// A piece of any message.
    GeneralBlockTransfer(GeneralBlockTransfer<'a>) = GENERAL_BLOCK_TRANSFER,
}
