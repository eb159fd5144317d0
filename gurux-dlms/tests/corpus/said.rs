//! Messages and values of this crate in the words of the corpus.

use gurux_dlms::wire::{
    Aare, Aarq, ActionRequest, ActionResponse, ActionResponseItem, Apdu, AttributeDescriptor,
    Ciphered, Conformance, CosemDateTime, DataRef, DateTimeForm, GetDataBlock, GetDataBlockResult,
    GetDataResult, GetRequest, GetResponse, InvokeId, MethodDescriptor, ReadRequest,
    ResultSourceDiagnostic, SelectiveAccess, SetRequest, SetResponse, VariableAccess, WriteRequest,
};
use gurux_framing::Wire;
use gurux_value::Obis;
use serde_json::{Map, Value as Json, json};

/// Lower case hex digits.
pub(crate) fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// The octets of hex digits.
pub(crate) fn octets(digits: &Json) -> Vec<u8> {
    let digits = digits.as_str().unwrap_or_default();
    let pair = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).expect("hex");
    (0..digits.len() / 2).map(|at| pair(at * 2)).collect()
}

/// Six numbers with dots.
pub(crate) fn obis(obis: Obis) -> String {
    obis.groups().map(|group| group.to_string()).join(".")
}

/// A value of A-XDR, with the name of its type.
pub(crate) fn value(value: DataRef<'_>) -> Json {
    let name = value.data_type().name().unwrap_or("?");
    let said = match value {
        DataRef::NullData | DataRef::DontCare => Json::Null,
        DataRef::OctetString(octets) => hex(octets).into(),
        DataRef::VisibleString(octets) | DataRef::Utf8String(octets) => std::str::from_utf8(octets)
            .map_or_else(|_| format!("hex:{}", hex(octets)), str::to_owned)
            .into(),
        DataRef::DateTime(time) => hex(&time.octets()).into(),
        DataRef::Date(date) => hex(&date.octets()).into(),
        DataRef::Time(time) => hex(&time.octets()).into(),
        DataRef::Boolean(yes) => yes.into(),
        DataRef::Enum(number) => number.into(),
        other => match (other.elements(), other.as_integer()) {
            (Some(elements), _) => elements.iter().map(self::value).collect(),
            (None, Some(number)) => i64::try_from(number).map_or(Json::Null, Json::from),
            (None, None) => Json::Null,
        },
    };
    json!({ name: said })
}

/// A message.
pub(crate) fn apdu(octets: &[u8]) -> Result<Json, String> {
    let apdu = Apdu::<DataRef<'_>>::from_bytes(octets).map_err(|error| error.to_string())?;
    let tag = octets.first().copied().unwrap_or_default();
    let mut said = match &apdu {
        Apdu::GetRequest(request) => get_request(request),
        Apdu::GetResponse(response) => get_response(response),
        Apdu::SetRequest(request) => set_request(request),
        Apdu::SetResponse(SetResponse::Normal { invoke_id_and_priority, result }) => {
            let mut said = invoke(*invoke_id_and_priority, "normal");
            said["result"] = u8::from(*result).into();
            said
        }
        Apdu::ActionRequest(request) => action_request(request),
        Apdu::ActionResponse(response) => action_response(response),
        Apdu::ReadRequest(ReadRequest { variable_access_specification }) => {
            json!({ "list": variable_access_specification.iter().map(variable).collect::<Json>() })
        }
        Apdu::WriteRequest(WriteRequest { variable_access_specification, list_of_data }) => {
            json!({
                "list": variable_access_specification.iter().map(variable).collect::<Json>(),
                "data": list_of_data.iter().map(value).collect::<Json>(),
            })
        }
        Apdu::DataNotification(push) => {
            let invoke = push.long_invoke_id_and_priority;
            let mut said = json!({
                "long_invoke_id": invoke.number(), "flags": hex(&[invoke.0.to_be_bytes()[0]]),
                "date_time": push.date_time.date_time().map_or(Json::Null, date_time),
                "body": value(push.notification_body),
            });
            if push.date_time.form == DateTimeForm::Tagged {
                said["quirk"] = "date-time carries an octet-string data tag".into();
            }
            said
        }
        Apdu::InitiateRequest(request) => {
            let mut said = initiate(
                request.proposed_conformance.conformance,
                request.proposed_dlms_version_number,
                request.client_max_receive_pdu_size,
            );
            said["response_allowed"] = request.response_allowed.0.into();
            put(&mut said, "dedicated_key", request.dedicated_key.map(hex));
            put(&mut said, "quality_of_service", request.proposed_quality_of_service);
            said
        }
        Apdu::InitiateResponse(response) => {
            let mut said = initiate(
                response.negotiated_conformance.conformance,
                response.negotiated_dlms_version_number,
                response.server_max_receive_pdu_size,
            );
            said["vaa_name"] = response.vaa_name.into();
            put(&mut said, "quality_of_service", response.negotiated_quality_of_service);
            said
        }
        Apdu::Aarq(aarq) => self::aarq(aarq),
        Apdu::Aare(aare) => self::aare(aare),
        Apdu::Rlrq(rlrq) => {
            let mut said = json!({});
            put(&mut said, "reason", rlrq.reason.map(u8::from));
            user_information(&mut said, rlrq.user_information);
            said
        }
        Apdu::Rlre(rlre) => {
            let mut said = json!({});
            put(&mut said, "reason", rlre.reason.map(u8::from));
            user_information(&mut said, rlre.user_information);
            said
        }
        Apdu::GloDed(message) => ciphered(&message.body),
        Apdu::GeneralGloDed(message) => {
            let mut said = ciphered(&message.body);
            said["system_title"] = hex(message.system_title).into();
            said
        }
        other => return Err(format!("the corpus has no words for {other:?}")),
    };
    said["apdu"] = name(tag).into();
    Ok(said)
}

/// The corpus parts the words of all names, as the newer of them do.
pub(crate) fn name(tag: u8) -> String {
    let name = gurux_dlms::wire::ApduTag::new(tag).name().unwrap_or("?");
    let mut parted = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            parted.push('-');
        }
        parted.push(letter.to_ascii_lowercase());
    }
    parted
}

fn put(said: &mut Json, key: &str, value: Option<impl Into<Json>>) {
    if let Some(value) = value {
        said[key] = value.into();
    }
}

fn invoke(id: InvokeId, kind: &str) -> Json {
    json!({
        "invoke_id": id.number(), "confirmed": id.is_confirmed(),
        "high_priority": id.has_high_priority(), "kind": kind,
    })
}

fn attribute(of: &AttributeDescriptor, access: Option<SelectiveAccess<'_>>) -> Json {
    let (class, index) = (of.class_id, of.attribute_id);
    let mut said = json!({ "class": class, "index": index, "obis": obis(of.instance_id) });
    if let Some(access) = access {
        said["selector"] = access.access_selector.into();
        said["parameters"] = value(access.access_parameters);
    }
    said
}

fn method(of: &MethodDescriptor) -> Json {
    json!({ "class": of.class_id, "index": of.method_id, "obis": obis(of.instance_id) })
}

fn get_request(request: &GetRequest<'_>) -> Json {
    match request {
        GetRequest::Normal {
            invoke_id_and_priority,
            cosem_attribute_descriptor,
            access_selection,
        } => {
            let mut said = invoke(*invoke_id_and_priority, "normal");
            said["attribute"] = attribute(cosem_attribute_descriptor, *access_selection);
            said
        }
        GetRequest::Next { invoke_id_and_priority, block_number } => {
            let mut said = invoke(*invoke_id_and_priority, "next");
            said["block"] = (*block_number).into();
            said
        }
        GetRequest::WithList { invoke_id_and_priority, attribute_descriptor_list } => {
            let mut said = invoke(*invoke_id_and_priority, "with-list");
            let one = |of: gurux_dlms::wire::AttributeWithSelection<'_>| {
                attribute(&of.cosem_attribute_descriptor, of.access_selection)
            };
            said["list"] = attribute_descriptor_list.iter().map(one).collect();
            said
        }
    }
}

fn result(of: GetDataResult<DataRef<'_>>) -> (&'static str, Json) {
    match of {
        GetDataResult::Data(data) => ("data", value(data)),
        GetDataResult::DataAccessResult(code) => ("access_result", u8::from(code).into()),
    }
}

fn get_response(response: &GetResponse<'_>) -> Json {
    match response {
        GetResponse::Normal { invoke_id_and_priority, result: of } => {
            let mut said = invoke(*invoke_id_and_priority, "normal");
            let (key, value) = result(*of);
            said[key] = value;
            said
        }
        GetResponse::WithDatablock { invoke_id_and_priority, result } => {
            let mut said = invoke(*invoke_id_and_priority, "with-datablock");
            let GetDataBlock { last_block, block_number, result } = result;
            said["block"] = json!({ "last": last_block, "number": block_number });
            match result {
                GetDataBlockResult::RawData(raw) => said["block"]["raw"] = hex(raw).into(),
                GetDataBlockResult::DataAccessResult(code) => {
                    said["block"]["access_result"] = u8::from(*code).into();
                }
            }
            said
        }
        GetResponse::WithList { invoke_id_and_priority, result: results } => {
            let mut said = invoke(*invoke_id_and_priority, "with-list");
            let one = |of| {
                let (key, value) = result(of);
                json!({ key: value })
            };
            said["list"] = results.iter().map(one).collect();
            said
        }
    }
}

fn set_request(request: &SetRequest<'_>) -> Json {
    match request {
        SetRequest::Normal {
            invoke_id_and_priority,
            cosem_attribute_descriptor,
            access_selection,
            value: of,
        } => {
            let mut said = invoke(*invoke_id_and_priority, "normal");
            said["attribute"] = attribute(cosem_attribute_descriptor, *access_selection);
            said["value"] = value(*of);
            said
        }
        other => json!({ "kind": format!("{other:?}") }),
    }
}

fn action_request(request: &ActionRequest<'_>) -> Json {
    match request {
        ActionRequest::Normal {
            invoke_id_and_priority,
            cosem_method_descriptor,
            method_invocation_parameters,
        } => {
            let mut said = invoke(*invoke_id_and_priority, "normal");
            said["method"] = method(cosem_method_descriptor);
            said["parameters"] = method_invocation_parameters.map_or(Json::Null, value);
            said
        }
        other => json!({ "kind": format!("{other:?}") }),
    }
}

fn action_response(response: &ActionResponse<'_>) -> Json {
    match response {
        ActionResponse::Normal { invoke_id_and_priority, single_response } => {
            let mut said = invoke(*invoke_id_and_priority, "normal");
            let ActionResponseItem { result: code, return_parameters } = single_response;
            said["result"] = u8::from(*code).into();
            if let Some(of) = return_parameters {
                let (key, value) = result(*of);
                said["return"] = json!({ key: value });
            }
            said
        }
        other => json!({ "kind": format!("{other:?}") }),
    }
}

fn variable(of: VariableAccess<'_>) -> Json {
    match of {
        VariableAccess::VariableName(name) => json!({ "name": name }),
        VariableAccess::Parameterized { variable_name, selector, parameter } => {
            json!({ "name": variable_name, "selector": selector, "parameter": value(parameter) })
        }
        other => json!({ "kind": format!("{other:?}") }),
    }
}

/// What is not specified is null.
fn date_time(time: CosemDateTime) -> Json {
    let [y0, y1, month, day, dow, hour, minute, second, hundredths, d0, d1, status] = time.octets();
    let unless = |octet: u8| if octet == 0xFF { Json::Null } else { octet.into() };
    let year = u16::from_be_bytes([y0, y1]);
    let deviation = i16::from_be_bytes([d0, d1]);
    json!({
        "year": if year == 0xFFFF { Json::Null } else { year.into() }, "month": unless(month),
        "day": unless(day), "dow": unless(dow), "hour": unless(hour), "minute": unless(minute),
        "second": unless(second), "hundredths": unless(hundredths),
        "deviation_min": if deviation == i16::MIN { Json::Null } else { deviation.into() },
        "status": status,
    })
}

fn initiate(conformance: Conformance, version: u8, max_pdu: u16) -> Json {
    let names: Vec<&str> = conformance.names().collect();
    json!({ "conformance": names, "dlms_version": version, "max_pdu": max_pdu })
}

fn ciphered(body: &Ciphered<'_>) -> Json {
    let control = body.control;
    json!({
        "security_control": hex(&[control.octet()]), "suite": control.suite(),
        "authenticated": control.is_authenticated(), "encrypted": control.is_encrypted(),
        "broadcast": control.is_broadcast(), "compressed": control.is_compressed(),
        "invocation_counter": body.invocation_counter, "payload_len": body.payload.len(),
    })
}

fn user_information(said: &mut Json, information: Option<&[u8]>) {
    if let Some(octets) = information {
        said["user_information"] = apdu(octets).unwrap_or_else(Json::from);
    }
}

fn aarq(aarq: &Aarq<'_>) -> Json {
    let mut said = Json::Object(Map::new());
    let context = aarq.application_context_name.application_context();
    put(&mut said, "context", context.map(u8::from));
    let mechanism = aarq.mechanism_name.and_then(|name| name.mechanism());
    put(&mut said, "mechanism", mechanism.map(u8::from));
    put(&mut said, "calling_ap_title", aarq.calling.ap_title.map(hex));
    let value = aarq.calling_authentication_value.map(|value| hex(value.octets));
    put(&mut said, "authentication_value", value);
    put(&mut said, "protocol_version", aarq.protocol_version.map(|bits| hex(bits.0)));
    let requirements = aarq.sender_acse_requirements.map(|bits| hex(bits.0));
    put(&mut said, "sender_acse_requirements", requirements);
    user_information(&mut said, aarq.user_information);
    said
}

fn aare(aare: &Aare<'_>) -> Json {
    let mut said = json!({ "result": u8::from(aare.result) });
    let context = aare.application_context_name.application_context();
    put(&mut said, "context", context.map(u8::from));
    let (source, value) = match aare.result_source_diagnostic {
        ResultSourceDiagnostic::User(code) => ("user", u8::from(code)),
        ResultSourceDiagnostic::Provider(code) => ("provider", u8::from(code)),
    };
    said["diagnostic"] = json!({ "source": source, "value": value });
    let mechanism = aare.mechanism_name.and_then(|name| name.mechanism());
    put(&mut said, "mechanism", mechanism.map(u8::from));
    put(&mut said, "responding_ap_title", aare.responding.ap_title.map(hex));
    let value = aare.responding_authentication_value.map(|value| hex(value.octets));
    put(&mut said, "authentication_value", value);
    let requirements = aare.responder_acse_requirements.map(|bits| hex(bits.0));
    put(&mut said, "responder_acse_requirements", requirements);
    user_information(&mut said, aare.user_information);
    said
}
