//! What a message does, in words.

use gurux_dlms::table::class::{ClassId, versions};
use gurux_dlms::table::obis::lookup_obis;
use gurux_dlms::wire::{
    AccessResponseSpecification, ActionRequest, ActionResponse, Apdu, ApduTag, AttributeDescriptor,
    DataRef, GetDataBlockResult, GetDataResult, GetRequest, GetResponse, MethodDescriptor,
    ObjectIdentifier, ResultSourceDiagnostic, SetRequest, SetResponse, WriteResult,
};
use gurux_framing::Direction;
use gurux_value::Obis;

use super::readings::Asked;
use crate::capture::spaced_hex;

/// Which way a message goes, if its tag tells.
pub(super) fn direction(tag: ApduTag) -> Option<Direction> {
    Some(match tag.service().unwrap_or(tag) {
        ApduTag::INITIATE_REQUEST
        | ApduTag::READ_REQUEST
        | ApduTag::WRITE_REQUEST
        | ApduTag::UNCONFIRMED_WRITE_REQUEST
        | ApduTag::DATA_NOTIFICATION_CONFIRM
        | ApduTag::AARQ
        | ApduTag::RLRQ
        | ApduTag::GET_REQUEST
        | ApduTag::SET_REQUEST
        | ApduTag::ACTION_REQUEST
        | ApduTag::ACCESS_REQUEST => Direction::Request,
        ApduTag::GENERAL_GLO_CIPHERING
        | ApduTag::GENERAL_DED_CIPHERING
        | ApduTag::GENERAL_CIPHERING
        | ApduTag::GENERAL_SIGNING
        | ApduTag::GENERAL_BLOCK_TRANSFER => return None,
        _ if tag.name().is_none() => return None,
        _ => Direction::Response,
    })
}

/// An attribute of an object: `register 1-0:1.8.0*255 (active energy import, total), value`.
pub(super) fn attribute(of: &AttributeDescriptor) -> String {
    let class = versions(ClassId::new(of.class_id)).last();
    let attribute = match of.attribute_id {
        0 => "all attributes".to_owned(),
        index => match class.and_then(|class| class.attribute(index)) {
            Some(attribute) => attribute.name.to_owned(),
            None => format!("attribute {index}"),
        },
    };
    format!("{}, {attribute}", object(of.class_id, of.instance_id))
}

fn method(of: &MethodDescriptor) -> String {
    let class = versions(ClassId::new(of.class_id)).last();
    let method = match class.and_then(|class| class.method(of.method_id)) {
        Some(method) => method.name.to_owned(),
        None => format!("method {}", of.method_id),
    };
    format!("{}, {method}", object(of.class_id, of.instance_id))
}

fn object(class_id: u16, obis: Obis) -> String {
    let class = match ClassId::new(class_id).name() {
        Some(name) => name.to_owned(),
        None => format!("class {class_id}"),
    };
    format!("{class} {}", named(obis))
}

/// A code and its name.
pub(super) fn named(obis: Obis) -> String {
    match lookup_obis(obis) {
        Some(name) => format!("{obis} ({name})"),
        None => obis.to_string(),
    }
}

/// A value in few words.
pub(super) fn value(value: &DataRef<'_>) -> String {
    let name = value.data_type().name().unwrap_or("value");
    match (value.elements(), gurux_dlms::value::plain_value(*value)) {
        (Some(elements), _) => format!("{name} of {}", elements.len()),
        (None, Some(plain)) => format!("{name} {plain}"),
        (None, None) => name.to_owned(),
    }
}

fn listed(texts: impl Iterator<Item = String>) -> String {
    texts.collect::<Vec<_>>().join("; ")
}

fn result(result: &GetDataResult<DataRef<'_>>) -> String {
    match result {
        GetDataResult::Data(data) => value(data),
        GetDataResult::DataAccessResult(why) => format!("refused: {why}"),
    }
}

/// What a message does.
pub(super) fn summary(apdu: &Apdu<'_>, asked: &Asked) -> String {
    match apdu {
        Apdu::GetRequest(request) => get_request(request),
        Apdu::GetResponse(response) => get_response(response, asked),
        Apdu::SetRequest(request) => set_request(request),
        Apdu::SetResponse(response) => set_response(response),
        Apdu::ActionRequest(request) => action_request(request),
        Apdu::ActionResponse(response) => action_response(response),
        Apdu::Aarq(aarq) => {
            let mut text = "asks for an association".to_owned();
            text.push_str(&context(&aarq.application_context_name));
            match aarq.mechanism_name.and_then(ObjectIdentifier::mechanism) {
                Some(mechanism) => text.push_str(&format!(", authentication {mechanism}")),
                None => text.push_str(", without authentication"),
            }
            text
        }
        Apdu::Aare(aare) => {
            let why = match aare.result_source_diagnostic {
                ResultSourceDiagnostic::User(why) => why.to_string(),
                ResultSourceDiagnostic::Provider(why) => why.to_string(),
            };
            let why = if why == "null" { String::new() } else { format!(": {why}") };
            format!("association {}{why}{}", aare.result, context(&aare.application_context_name))
        }
        Apdu::Rlrq(_) => "asks to end the association".to_owned(),
        Apdu::Rlre(_) => "the association has ended".to_owned(),
        Apdu::InitiateRequest(initiate) => format!(
            "proposes services: {}; takes {} octets",
            initiate.proposed_conformance.conformance, initiate.client_max_receive_pdu_size
        ),
        Apdu::InitiateResponse(initiate) => format!(
            "grants services: {}; takes {} octets",
            initiate.negotiated_conformance.conformance, initiate.server_max_receive_pdu_size
        ),
        Apdu::ExceptionResponse(exception) => {
            let counter = exception.invocation_counter;
            let counter = counter.map(|counter| format!(", invocation counter {counter}"));
            format!(
                "refused: {}, {}{}",
                exception.state_error,
                exception.service_error,
                counter.unwrap_or_default()
            )
        }
        Apdu::ConfirmedServiceError(error) => {
            format!("refused: {}, {}", error.kind, error.name().unwrap_or("unknown reason"))
        }
        Apdu::DataNotification(push) => format!("pushes {}", value(&push.notification_body)),
        Apdu::DataNotificationConfirm(_) => "a push was received".to_owned(),
        Apdu::EventNotification(event) => format!(
            "tells {}: {}",
            attribute(&event.cosem_attribute_descriptor),
            value(&event.attribute_value)
        ),
        Apdu::ReadRequest(request) => {
            format!("READ of {} short names", request.variable_access_specification.len())
        }
        Apdu::ReadResponse(response) => format!("{} results", response.results.len()),
        Apdu::WriteRequest(request) => {
            let values = request.list_of_data.iter();
            format!("WRITE of {}", listed(values.map(|data| value(&data))))
        }
        Apdu::WriteResponse(response) => listed(response.results.iter().map(|one| match one {
            WriteResult::Success => "written".to_owned(),
            WriteResult::DataAccessError(why) => format!("refused: {why}"),
            WriteResult::BlockNumber(number) => format!("block {number} received"),
        })),
        Apdu::UnconfirmedWriteRequest(request) => {
            let values = request.list_of_data.iter();
            format!("WRITE without answer of {}", listed(values.map(|data| value(&data))))
        }
        Apdu::InformationReport(report) => format!("tells {} values", report.list_of_data.len()),
        Apdu::AccessRequest(request) => {
            let count = request.access_request_body.access_request_specification.len();
            format!("ACCESS, {count} things to do")
        }
        Apdu::AccessResponse(response) => {
            let results = response.access_response_body.access_response_specification;
            listed(results.iter().map(|one| match one {
                AccessResponseSpecification::Get { result }
                | AccessResponseSpecification::Set { result } => result.to_string(),
                AccessResponseSpecification::Action { result } => result.to_string(),
            }))
        }
        Apdu::GeneralBlockTransfer(block) => {
            let last = if block.block_control.is_last() { ", the last" } else { "" };
            format!("block {}{last}", block.block_number)
        }
        Apdu::GloDed(service) => format!("ciphered, counter {}", service.body.invocation_counter),
        Apdu::GeneralGloDed(general) => {
            format!("ciphered, counter {}", general.body.invocation_counter)
        }
        Apdu::GeneralCiphering(general) => {
            format!("ciphered, counter {}", general.body.invocation_counter)
        }
        Apdu::GeneralSigning(_) => "signed".to_owned(),
        _ => "a message".to_owned(),
    }
}

fn context(name: &ObjectIdentifier<'_>) -> String {
    let context = name.application_context();
    let names = match context.and_then(|context| context.has_logical_names()) {
        Some(true) => ", logical names",
        Some(false) => ", short names",
        None => "",
    };
    let ciphered = context.is_some_and(|context| context.is_ciphered());
    format!("{names}{}", if ciphered { ", ciphered" } else { "" })
}

fn get_request(request: &GetRequest<'_>) -> String {
    match request {
        GetRequest::Normal { cosem_attribute_descriptor, access_selection, .. } => {
            let part = match access_selection.map(|selection| selection.access_selector) {
                Some(1) => ", a range of it",
                Some(2) => ", some entries of it",
                Some(_) => ", a part of it",
                None => "",
            };
            format!("GET of {}{part}", attribute(cosem_attribute_descriptor))
        }
        GetRequest::Next { block_number, .. } => format!("GET of the block behind {block_number}"),
        GetRequest::WithList { attribute_descriptor_list, .. } => {
            let list = attribute_descriptor_list.iter();
            format!("GET of {}", listed(list.map(|one| attribute(&one.cosem_attribute_descriptor))))
        }
    }
}

fn get_response(response: &GetResponse<'_>, asked: &Asked) -> String {
    match response {
        GetResponse::Normal { invoke_id_and_priority, result: one } => {
            let of = asked.taken(invoke_id_and_priority.number());
            let of = of.first().map(|of| format!("{}: ", attribute(of)));
            format!("{}{}", of.unwrap_or_default(), result(one))
        }
        GetResponse::WithDatablock { result, .. } => match result.result {
            GetDataBlockResult::RawData(raw) => {
                let last = if result.last_block { ", the last" } else { "" };
                format!("block {}{last}, {} octets", result.block_number, raw.len())
            }
            GetDataBlockResult::DataAccessResult(why) => format!("refused: {why}"),
        },
        GetResponse::WithList { result: results, .. } => {
            listed(results.iter().map(|one| result(&one)))
        }
    }
}

fn set_request(request: &SetRequest<'_>) -> String {
    match request {
        SetRequest::Normal { cosem_attribute_descriptor, value: data, .. } => {
            format!("SET of {}: {}", attribute(cosem_attribute_descriptor), value(data))
        }
        SetRequest::WithFirstDatablock { cosem_attribute_descriptor, .. } => {
            format!("SET of {}, block 1", attribute(cosem_attribute_descriptor))
        }
        SetRequest::WithDatablock { datablock, .. } => {
            format!("SET, block {}", datablock.block_number)
        }
        SetRequest::WithList { attribute_descriptor_list, .. } => {
            let list = attribute_descriptor_list.iter();
            format!("SET of {}", listed(list.map(|one| attribute(&one.cosem_attribute_descriptor))))
        }
        SetRequest::WithListAndFirstDatablock { attribute_descriptor_list, .. } => {
            let list = attribute_descriptor_list.iter();
            let list = listed(list.map(|one| attribute(&one.cosem_attribute_descriptor)));
            format!("SET of {list}, block 1")
        }
    }
}

fn set_response(response: &SetResponse<'_>) -> String {
    match response {
        SetResponse::Normal { result, .. } | SetResponse::LastDatablock { result, .. } => {
            format!("SET: {result}")
        }
        SetResponse::Datablock { block_number, .. } => format!("block {block_number} received"),
        SetResponse::LastDatablockWithList { result, .. }
        | SetResponse::WithList { result, .. } => {
            format!("SET: {}", listed(result.iter().map(|one| one.to_string())))
        }
    }
}

fn action_request(request: &ActionRequest<'_>) -> String {
    match request {
        ActionRequest::Normal { cosem_method_descriptor, method_invocation_parameters, .. } => {
            let with = method_invocation_parameters.map(|data| format!(": {}", value(&data)));
            format!("ACTION {}{}", method(cosem_method_descriptor), with.unwrap_or_default())
        }
        ActionRequest::NextPblock { block_number, .. } => {
            format!("ACTION, the block behind {block_number}")
        }
        ActionRequest::WithList { cosem_method_descriptor_list, .. }
        | ActionRequest::WithListAndFirstPblock { cosem_method_descriptor_list, .. } => {
            let list = cosem_method_descriptor_list.iter();
            format!("ACTION {}", listed(list.map(|one| method(&one))))
        }
        ActionRequest::WithFirstPblock { cosem_method_descriptor, .. } => {
            format!("ACTION {}, block 1", method(cosem_method_descriptor))
        }
        ActionRequest::WithPblock { pblock, .. } => {
            format!("ACTION, block {}", pblock.block_number)
        }
    }
}

fn action_response(response: &ActionResponse<'_>) -> String {
    let of = |one: &gurux_dlms::wire::ActionResponseItem<'_>| {
        let with = one.return_parameters.map(|data| format!(", {}", result(&data)));
        format!("{}{}", one.result, with.unwrap_or_default())
    };
    match response {
        ActionResponse::Normal { single_response, .. } => {
            format!("ACTION: {}", of(single_response))
        }
        ActionResponse::WithPblock { pblock, .. } => {
            format!("ACTION, block {} of the answer", pblock.block_number)
        }
        ActionResponse::WithList { list_of_responses, .. } => {
            format!("ACTION: {}", listed(list_of_responses.iter().map(|one| of(&one))))
        }
        ActionResponse::NextPblock { block_number, .. } => {
            format!("ACTION, block {block_number} received")
        }
    }
}

/// Octets as what they may mean: an OBIS code, a date and time, a text.
pub(super) fn octets(octets: &[u8]) -> Option<String> {
    use gurux_dlms::wire::CosemDateTime;

    if let Ok(code) = <[u8; 6]>::try_from(octets)
        && code.last() == Some(&0xFF)
    {
        return Some(named(Obis::new(code)));
    }
    if let Some(time) = CosemDateTime::from_slice(octets)
        && is_time(octets)
    {
        return Some(time.to_date_time().to_string());
    }
    let text = std::str::from_utf8(octets).ok()?;
    let is_text = text.len() > 1 && text.chars().all(|c| matches!(c, ' '..='~'));
    is_text.then(|| text.to_owned())
}

/// Are the parts of a date and time such as there are?
fn is_time(octets: &[u8]) -> bool {
    let [high, low, month, day, weekday, hour, minute, second, hundredths, ..] = octets else {
        return false;
    };
    let year = u16::from_be_bytes([*high, *low]);
    (year == 0xFFFF || (1900..2200).contains(&year))
        && matches!(month, 1..=12 | 0xFD..=0xFF)
        && matches!(day, 1..=31 | 0xFD..=0xFF)
        && matches!(weekday, 0..=7 | 0xFF)
        && matches!(hour, 0..=24 | 0xFF)
        && matches!(minute, 0..=59 | 0xFF)
        && matches!(second, 0..=60 | 0xFF)
        && matches!(hundredths, 0..=99 | 0xFF)
}

/// Octets as they are, or a word that there are none.
pub(super) fn none_or(octets: &[u8]) -> String {
    if octets.is_empty() { "none".to_owned() } else { spaced_hex(octets) }
}
