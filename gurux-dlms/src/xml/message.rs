//! XML to octets.

use alloc::vec::Vec;

use gurux_framing::Wire;

use super::element::{Children, Element, read, read_all};
use super::encode::{code, hex, named, number};
use super::general::{General, GeneralDed, GeneralGlo, Signed};
use super::{XmlError, acse, data};
use crate::table::service_error::lookup_service_error;
use crate::wire::{
    AccessRequest, AccessResponse, ActionRequest, ActionResponse, ApduTag, ConfirmedService,
    Conformance, ConformanceBlock, DataNotification, DataNotificationConfirm, DataRef,
    EventNotification, GeneralBlockTransfer, GetRequest, GetResponse, InformationReport,
    InitiateRequest, InitiateResponse, ReadRequest, ReadResponse, ServiceErrorCode,
    ServiceErrorKind, SetRequest, SetResponse, StateError, UnconfirmedWriteRequest, WriteRequest,
    WriteResponse,
};

type Encode = fn(&mut Children<'_, '_>, &mut Vec<u8>) -> Result<(), XmlError>;

/// By tag: what writes the fields of a message.
#[rustfmt::skip]
static MESSAGES: &[(ApduTag, Encode)] = &[
    (ApduTag::INITIATE_REQUEST,           InitiateRequest::encode_content),
    (ApduTag::READ_REQUEST,               ReadRequest::encode_content),
    (ApduTag::WRITE_REQUEST,              WriteRequest::encode_content),
    (ApduTag::INITIATE_RESPONSE,          InitiateResponse::encode_content),
    (ApduTag::READ_RESPONSE,              ReadResponse::encode_content),
    (ApduTag::WRITE_RESPONSE,             WriteResponse::encode_content),
    (ApduTag::CONFIRMED_SERVICE_ERROR,    service_error),
    (ApduTag::DATA_NOTIFICATION,          DataNotification::<'_, DataRef<'_>>::encode_content),
    (ApduTag::DATA_NOTIFICATION_CONFIRM,  DataNotificationConfirm::encode_content),
    (ApduTag::UNCONFIRMED_WRITE_REQUEST,  UnconfirmedWriteRequest::encode_content),
    (ApduTag::INFORMATION_REPORT_REQUEST, InformationReport::encode_content),
    (ApduTag::GET_REQUEST,                GetRequest::encode_content),
    (ApduTag::SET_REQUEST,                SetRequest::encode_content),
    (ApduTag::EVENT_NOTIFICATION_REQUEST, EventNotification::encode_content),
    (ApduTag::ACTION_REQUEST,             ActionRequest::encode_content),
    (ApduTag::GET_RESPONSE,               GetResponse::<'_, DataRef<'_>>::encode_content),
    (ApduTag::SET_RESPONSE,               SetResponse::encode_content),
    (ApduTag::ACTION_RESPONSE,            ActionResponse::encode_content),
    (ApduTag::EXCEPTION_RESPONSE,         exception),
    (ApduTag::ACCESS_REQUEST,             AccessRequest::encode_content),
    (ApduTag::ACCESS_RESPONSE,            AccessResponse::encode_content),
    (ApduTag::GENERAL_GLO_CIPHERING,      GeneralGlo::encode_content),
    (ApduTag::GENERAL_DED_CIPHERING,      GeneralDed::encode_content),
    (ApduTag::GENERAL_CIPHERING,          General::encode_content),
    (ApduTag::GENERAL_SIGNING,            Signed::encode_content),
    (ApduTag::GENERAL_BLOCK_TRANSFER,     GeneralBlockTransfer::encode_content),
];

/// The octets of the message that this XML says.
///
/// # Errors
/// What is wrong with the text: it is no XML, no message, or a field is not as the standard has it.
pub fn from_xml(text: &str) -> Result<Vec<u8>, XmlError> {
    message(&read(text)?)
}

/// The octets of each message of a text that holds one behind the other, as a conversation is written.
///
/// # Errors
/// That the text is no XML; and for each message what is wrong with it.
pub fn from_xml_all(text: &str) -> Result<Vec<Result<Vec<u8>, XmlError>>, XmlError> {
    Ok(read_all(text)?.iter().map(message).collect())
}

fn message(element: &Element<'_>) -> Result<Vec<u8>, XmlError> {
    if let Some(message) = acse::encode(element) {
        return message;
    }
    let tag = named(element.name, ApduTag::ALL, ApduTag::name)
        .ok_or(element.wrong("the name of a message"))?;
    let mut out = Vec::from([tag.code()]);
    if tag.service().is_some() {
        data::octet_string(&hex(element)?, &mut out);
        return Ok(out);
    }
    let (_, encode) = MESSAGES
        .iter()
        .find(|(message, _)| *message == tag)
        .ok_or(element.wrong("the name of a message"))?;
    let mut fields = element.children();
    encode(&mut fields, &mut out)?;
    fields.finish()?;
    Ok(out)
}

impl ConformanceBlock {
    pub(crate) fn encode_content(
        from: &mut Children<'_, '_>,
        out: &mut Vec<u8>,
    ) -> Result<(), XmlError> {
        let element = from.take("conformance")?;
        let mut conformance = Conformance::NONE;
        for name in element.text.split_whitespace() {
            let bit = Conformance::ALL.iter().find(|(_, known)| *known == name);
            let (bit, _) = bit.ok_or(element.wrong("names of services"))?;
            conformance = conformance | *bit;
        }
        let block = Self::from(conformance);
        block.emit(out);
        Ok(())
    }
}

fn exception(from: &mut Children<'_, '_>, out: &mut Vec<u8>) -> Result<(), XmlError> {
    let state = code(from.take("state-error")?, StateError::ALL, StateError::name)?;
    let service = code(from.take("service-error")?, ServiceErrorCode::ALL, ServiceErrorCode::name)?;
    out.extend([state.code(), service.code()]);
    if service == ServiceErrorCode::INVOCATION_COUNTER_ERROR {
        let counter: u32 = number(from.take("invocation-counter-error")?)?;
        out.extend(counter.to_be_bytes());
    }
    Ok(())
}

fn service_error(from: &mut Children<'_, '_>, out: &mut Vec<u8>) -> Result<(), XmlError> {
    let service: &Element<'_> = from.any()?;
    let mut inner = service.children();
    let kind = inner.any()?;
    inner.finish()?;
    let service = named(service.name, ConfirmedService::ALL, ConfirmedService::name)
        .ok_or(service.wrong("the name of a service"))?;
    let error = named(kind.name, ServiceErrorKind::ALL, ServiceErrorKind::name)
        .ok_or(kind.wrong("a kind of service error"))?;
    let text = kind.text.trim();
    let code = (0..=u8::MAX).find(|code| lookup_service_error(error, *code) == Some(text));
    out.extend([service.code(), error.code(), code.map_or_else(|| number(kind), Ok)?]);
    Ok(())
}
