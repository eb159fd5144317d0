//! The same messages in the words of dlms-cosem-rs.

mod parts;

use dlms_cosem_rs::acse as their_acse;
use dlms_cosem_rs::axdr::Data;
use dlms_cosem_rs::codec::{Decode, Encode};
use dlms_cosem_rs::xdlms as their;
use gurux_dlms::wire::{
    Aare, Aarq, ActionRequest, ActionResponse, Apdu, DataRef, GetDataBlockResult, GetRequest,
    GetResponse, ObjectIdentifier, Party, ResultSourceDiagnostic, SetRequest, SetResponse,
};

use crate::service::Message;

/// The same thing as their type has it.
trait Twin {
    type Theirs;

    fn twin(&self) -> Self::Theirs;
}

/// The value as they have it.
pub fn data_twin(value: &DataRef<'static>) -> Data<'static> {
    value.twin()
}

/// What they write.
pub fn their_octets(value: &impl Encode) -> Vec<u8> {
    let mut out = Vec::new();
    value.encode(&mut out).expect("they write it");
    assert_eq!(out.len(), value.encoded_len());
    out
}

/// A list of theirs is octets that are proven to hold its items.
fn list<T>(items: impl Iterator<Item = T>) -> their::List<'static, T>
where
    T: Encode + Decode<'static> + PartialEq + std::fmt::Debug,
{
    let items: Vec<T> = items.collect();
    let octets: Vec<u8> = items.iter().flat_map(their_octets).collect();
    let list = their::List::from_raw(items.len(), octets.leak());
    let read: Result<Vec<T>, _> = list.iter().collect();
    assert!(same(&read.expect("they read what they wrote"), &items));
    list
}

/// Are the two the same? Their compact arrays also tell where they were read: that does not count.
pub fn same<T: PartialEq + std::fmt::Debug>(one: &T, other: &T) -> bool {
    one == other || without_places(one) == without_places(other)
}

fn without_places(value: &impl std::fmt::Debug) -> String {
    let text = format!("{value:?}");
    let is_place = |field: &&str| {
        ["base: ", "desc_base: ", "contents_base: ", "depth: "]
            .iter()
            .any(|place| field.starts_with(place))
    };
    text.split(", ").filter(|field| !is_place(field)).collect()
}

macro_rules! twins {
    ($list:expr) => {
        list($list.iter().map(|item| item.twin()))
    };
}

/// The message as they have it. `None` for the one service that they have not.
pub fn twin(message: &Message) -> Option<their::Apdu<'static>> {
    Some(match message {
        Apdu::InitiateRequest(m) => their::Apdu::InitiateRequest(their::InitiateRequest {
            dedicated_key: m.dedicated_key,
            // What is absent is true.
            response_allowed: (!m.response_allowed.0).then_some(false),
            proposed_quality_of_service: m.proposed_quality_of_service,
            proposed_dlms_version: m.proposed_dlms_version_number,
            proposed_conformance: conformance(m.proposed_conformance.conformance.bits()),
            client_max_receive_pdu_size: m.client_max_receive_pdu_size,
        }),
        Apdu::InitiateResponse(m) => their::Apdu::InitiateResponse(their::InitiateResponse {
            negotiated_quality_of_service: m.negotiated_quality_of_service,
            negotiated_dlms_version: m.negotiated_dlms_version_number,
            negotiated_conformance: conformance(m.negotiated_conformance.conformance.bits()),
            server_max_receive_pdu_size: m.server_max_receive_pdu_size,
            vaa_name: m.vaa_name,
        }),
        Apdu::Aarq(m) => their::Apdu::Aarq(m.twin()),
        Apdu::Aare(m) => their::Apdu::Aare(m.twin()),
        Apdu::Rlrq(m) => their::Apdu::Rlrq(their_acse::Rlrq {
            reason: m.reason.map(|reason| their_acse::ReleaseReason::from_u8(reason.code())),
            user_information: m.user_information,
        }),
        Apdu::Rlre(m) => their::Apdu::Rlre(their_acse::Rlre {
            reason: m.reason.map(|reason| their_acse::ReleaseReason::from_u8(reason.code())),
            user_information: m.user_information,
        }),
        Apdu::GetRequest(m) => their::Apdu::GetRequest(m.twin()),
        Apdu::GetResponse(m) => their::Apdu::GetResponse(m.twin()),
        Apdu::SetRequest(m) => their::Apdu::SetRequest(m.twin()),
        Apdu::SetResponse(m) => their::Apdu::SetResponse(m.twin()),
        Apdu::ActionRequest(m) => their::Apdu::ActionRequest(m.twin()),
        Apdu::ActionResponse(m) => their::Apdu::ActionResponse(m.twin()),
        Apdu::AccessRequest(m) => their::Apdu::AccessRequest(their::AccessRequest {
            long_invoke_id: m.long_invoke_id_and_priority.twin(),
            date_time: m.date_time.twin(),
            specification: twins!(m.access_request_body.access_request_specification),
            data: twins!(m.access_request_body.access_request_list_of_data),
        }),
        Apdu::AccessResponse(m) => their::Apdu::AccessResponse(their::AccessResponse {
            long_invoke_id: m.long_invoke_id_and_priority.twin(),
            date_time: m.date_time.twin(),
            request_specification: m
                .access_response_body
                .access_request_specification
                .map(|list| twins!(list)),
            data: twins!(m.access_response_body.access_response_list_of_data),
            response_specification: twins!(m.access_response_body.access_response_specification),
        }),
        Apdu::DataNotification(m) => their::Apdu::DataNotification(their::DataNotification {
            long_invoke_id: m.long_invoke_id_and_priority.twin(),
            date_time: m.date_time.twin(),
            body: m.notification_body.twin(),
        }),
        Apdu::EventNotification(m) => their::Apdu::EventNotification(their::EventNotification {
            time: m.time.and_then(|time| time.twin().0),
            descriptor: m.cosem_attribute_descriptor.twin(),
            value: m.attribute_value.twin(),
        }),
        Apdu::GeneralBlockTransfer(m) => {
            their::Apdu::GeneralBlockTransfer(their::GeneralBlockTransfer {
                control: their::BlockControl::new(
                    m.block_control.is_last(),
                    m.block_control.is_streaming(),
                    m.block_control.window(),
                ),
                block_number: m.block_number,
                block_number_ack: m.block_number_ack,
                block_data: m.block_data,
            })
        }
        Apdu::ReadRequest(m) => their::Apdu::ReadRequest(their::ReadRequest {
            specification: twins!(m.variable_access_specification),
        }),
        Apdu::ReadResponse(m) => {
            their::Apdu::ReadResponse(their::ReadResponse { results: twins!(m.results) })
        }
        Apdu::WriteRequest(m) => their::Apdu::WriteRequest(their::WriteRequest {
            specification: twins!(m.variable_access_specification),
            values: twins!(m.list_of_data),
        }),
        Apdu::WriteResponse(m) => {
            their::Apdu::WriteResponse(their::WriteResponse { results: twins!(m.results) })
        }
        Apdu::UnconfirmedWriteRequest(m) => {
            their::Apdu::UnconfirmedWriteRequest(their::UnconfirmedWriteRequest {
                specification: twins!(m.variable_access_specification),
                values: twins!(m.list_of_data),
            })
        }
        Apdu::InformationReport(m) => {
            their::Apdu::InformationReportRequest(their::InformationReportRequest {
                current_time: m.current_time,
                specification: twins!(m.variable_access_specification),
                values: twins!(m.list_of_data),
            })
        }
        Apdu::ExceptionResponse(m) => their::Apdu::ExceptionResponse(their::ExceptionResponse {
            state_error: their::StateError::from_u8(m.state_error.code()),
            service_error: their::ServiceError::from_u8(m.service_error.code()),
            expected_invocation_counter: m.invocation_counter,
        }),
        Apdu::ConfirmedServiceError(m) => {
            their::Apdu::ConfirmedServiceError(their::ConfirmedServiceError {
                service: m.service.code(),
                error_class: m.kind.code(),
                error_code: m.code,
            })
        }
        _ => return None,
    })
}

/// By the names of the bits: they count them from the other end.
fn conformance(bits: u32) -> their::Conformance {
    gurux_dlms::wire::Conformance::from_bits(bits)
        .names()
        .map(|name| {
            let name = name.to_uppercase().replace('-', "_");
            their::Conformance::from_name(&name).expect("a name that they know")
        })
        .fold(their::Conformance::empty(), |all, bit| all | bit)
}

impl Twin for Aarq<'static> {
    type Theirs = their_acse::Aarq<'static>;

    /// Without the fields that they pass over.
    fn twin(&self) -> Self::Theirs {
        their_acse::Aarq {
            application_context: context(self.application_context_name),
            called_ap_title: self.called.ap_title,
            calling_ap_title: self.calling.ap_title,
            calling_ae_qualifier: self.calling.ae_qualifier,
            sender_acse_requirements: self
                .sender_acse_requirements
                .is_some_and(|bits| bits.has_authentication()),
            mechanism_name: self.mechanism_name.and_then(mechanism),
            calling_authentication_value: self.calling_authentication_value.map(|v| v.octets),
            user_information: self.user_information,
        }
    }
}

impl Twin for Aare<'static> {
    type Theirs = their_acse::Aare<'static>;

    /// Without the fields that they pass over.
    fn twin(&self) -> Self::Theirs {
        their_acse::Aare {
            application_context: context(self.application_context_name),
            result: their_acse::AssociationResult::from_u8(self.result.code()),
            diagnostic: match self.result_source_diagnostic {
                ResultSourceDiagnostic::User(code) => {
                    their_acse::Diagnostic::User(their_acse::UserDiagnostic::from_u8(code.code()))
                }
                ResultSourceDiagnostic::Provider(code) => {
                    their_acse::Diagnostic::Provider(code.code())
                }
            },
            responding_ap_title: self.responding.ap_title,
            responder_acse_requirements: self
                .responder_acse_requirements
                .is_some_and(|bits| bits.has_authentication()),
            mechanism_name: self.mechanism_name.and_then(mechanism),
            responding_authentication_value: self
                .responding_authentication_value
                .map(|value| value.octets),
            user_information: self.user_information,
        }
    }
}

fn context(name: ObjectIdentifier<'_>) -> Option<their_acse::ApplicationContext> {
    let code = name.application_context()?.code();
    Some(their_acse::ApplicationContext::from_arc(code))
}

fn mechanism(name: ObjectIdentifier<'_>) -> Option<their_acse::AuthMechanism> {
    Some(their_acse::AuthMechanism::from_arc(name.mechanism()?.code()))
}

/// Does the message hold nothing that they pass over?
pub fn is_whole(message: &Message) -> bool {
    let is_whole =
        |party: Party<'_>| party.ap_invocation_id.is_none() && party.ae_invocation_id.is_none();
    match message {
        Apdu::Aarq(m) => {
            m.protocol_version.is_none()
                && is_whole(m.called)
                && m.called.ae_qualifier.is_none()
                && is_whole(m.calling)
                && m.implementation_information.is_none()
        }
        Apdu::Aare(m) => {
            m.protocol_version.is_none()
                && is_whole(m.responding)
                && m.responding.ae_qualifier.is_none()
                && m.implementation_information.is_none()
        }
        _ => true,
    }
}

impl Twin for GetRequest<'static> {
    type Theirs = their::GetRequest<'static>;

    fn twin(&self) -> Self::Theirs {
        match *self {
            Self::Normal {
                invoke_id_and_priority,
                cosem_attribute_descriptor,
                access_selection,
            } => their::GetRequest::Normal {
                invoke_id: invoke_id_and_priority.twin(),
                descriptor: cosem_attribute_descriptor.twin(),
                access: access_selection.map(|selection| selection.twin()),
            },
            Self::Next { invoke_id_and_priority, block_number } => {
                their::GetRequest::Next { invoke_id: invoke_id_and_priority.twin(), block_number }
            }
            Self::WithList { invoke_id_and_priority, attribute_descriptor_list } => {
                their::GetRequest::WithList {
                    invoke_id: invoke_id_and_priority.twin(),
                    list: twins!(attribute_descriptor_list),
                }
            }
        }
    }
}

impl Twin for GetResponse<'static> {
    type Theirs = their::GetResponse<'static>;

    fn twin(&self) -> Self::Theirs {
        match *self {
            Self::Normal { invoke_id_and_priority, result } => their::GetResponse::Normal {
                invoke_id: invoke_id_and_priority.twin(),
                result: result.twin(),
            },
            Self::WithDatablock { invoke_id_and_priority, result } => {
                their::GetResponse::WithDataBlock {
                    invoke_id: invoke_id_and_priority.twin(),
                    block: their::DataBlockG {
                        last_block: result.last_block,
                        block_number: result.block_number,
                        result: match result.result {
                            GetDataBlockResult::RawData(octets) => Ok(octets),
                            GetDataBlockResult::DataAccessResult(result) => Err(result.twin()),
                        },
                    },
                }
            }
            Self::WithList { invoke_id_and_priority, result } => their::GetResponse::WithList {
                invoke_id: invoke_id_and_priority.twin(),
                results: twins!(result),
            },
        }
    }
}

impl Twin for SetRequest<'static> {
    type Theirs = their::SetRequest<'static>;

    fn twin(&self) -> Self::Theirs {
        match *self {
            Self::Normal {
                invoke_id_and_priority,
                cosem_attribute_descriptor,
                access_selection,
                value,
            } => their::SetRequest::Normal {
                invoke_id: invoke_id_and_priority.twin(),
                descriptor: cosem_attribute_descriptor.twin(),
                access: access_selection.map(|selection| selection.twin()),
                value: value.twin(),
            },
            Self::WithFirstDatablock {
                invoke_id_and_priority,
                cosem_attribute_descriptor,
                access_selection,
                datablock,
            } => their::SetRequest::WithFirstDataBlock {
                invoke_id: invoke_id_and_priority.twin(),
                descriptor: cosem_attribute_descriptor.twin(),
                access: access_selection.map(|selection| selection.twin()),
                block: datablock.twin(),
            },
            Self::WithDatablock { invoke_id_and_priority, datablock } => {
                their::SetRequest::WithDataBlock {
                    invoke_id: invoke_id_and_priority.twin(),
                    block: datablock.twin(),
                }
            }
            Self::WithList { invoke_id_and_priority, attribute_descriptor_list, value_list } => {
                their::SetRequest::WithList {
                    invoke_id: invoke_id_and_priority.twin(),
                    descriptors: twins!(attribute_descriptor_list),
                    values: twins!(value_list),
                }
            }
            Self::WithListAndFirstDatablock {
                invoke_id_and_priority,
                attribute_descriptor_list,
                datablock,
            } => their::SetRequest::WithListAndFirstDataBlock {
                invoke_id: invoke_id_and_priority.twin(),
                descriptors: twins!(attribute_descriptor_list),
                block: datablock.twin(),
            },
        }
    }
}

impl Twin for SetResponse<'static> {
    type Theirs = their::SetResponse<'static>;

    fn twin(&self) -> Self::Theirs {
        match *self {
            Self::Normal { invoke_id_and_priority, result } => their::SetResponse::Normal {
                invoke_id: invoke_id_and_priority.twin(),
                result: result.twin(),
            },
            Self::Datablock { invoke_id_and_priority, block_number } => {
                let invoke_id = invoke_id_and_priority.twin();
                their::SetResponse::DataBlock { invoke_id, block_number }
            }
            Self::LastDatablock { invoke_id_and_priority, result, block_number } => {
                their::SetResponse::LastDataBlock {
                    invoke_id: invoke_id_and_priority.twin(),
                    result: result.twin(),
                    block_number,
                }
            }
            Self::LastDatablockWithList { invoke_id_and_priority, result, block_number } => {
                their::SetResponse::LastDataBlockWithList {
                    invoke_id: invoke_id_and_priority.twin(),
                    results: twins!(result),
                    block_number,
                }
            }
            Self::WithList { invoke_id_and_priority, result } => their::SetResponse::WithList {
                invoke_id: invoke_id_and_priority.twin(),
                results: twins!(result),
            },
        }
    }
}

impl Twin for ActionRequest<'static> {
    type Theirs = their::ActionRequest<'static>;

    fn twin(&self) -> Self::Theirs {
        match *self {
            Self::Normal {
                invoke_id_and_priority,
                cosem_method_descriptor,
                method_invocation_parameters,
            } => their::ActionRequest::Normal {
                invoke_id: invoke_id_and_priority.twin(),
                descriptor: cosem_method_descriptor.twin(),
                parameters: method_invocation_parameters.map(|data| data.twin()),
            },
            Self::NextPblock { invoke_id_and_priority, block_number } => {
                let invoke_id = invoke_id_and_priority.twin();
                their::ActionRequest::NextPblock { invoke_id, block_number }
            }
            Self::WithList {
                invoke_id_and_priority,
                cosem_method_descriptor_list,
                method_invocation_parameters,
            } => their::ActionRequest::WithList {
                invoke_id: invoke_id_and_priority.twin(),
                descriptors: twins!(cosem_method_descriptor_list),
                parameters: twins!(method_invocation_parameters),
            },
            Self::WithFirstPblock { invoke_id_and_priority, cosem_method_descriptor, pblock } => {
                their::ActionRequest::WithFirstPblock {
                    invoke_id: invoke_id_and_priority.twin(),
                    descriptor: cosem_method_descriptor.twin(),
                    block: pblock.twin(),
                }
            }
            Self::WithListAndFirstPblock {
                invoke_id_and_priority,
                cosem_method_descriptor_list,
                pblock,
            } => their::ActionRequest::WithListAndFirstPblock {
                invoke_id: invoke_id_and_priority.twin(),
                descriptors: twins!(cosem_method_descriptor_list),
                block: pblock.twin(),
            },
            Self::WithPblock { invoke_id_and_priority, pblock } => {
                their::ActionRequest::WithPblock {
                    invoke_id: invoke_id_and_priority.twin(),
                    block: pblock.twin(),
                }
            }
        }
    }
}

impl Twin for ActionResponse<'static> {
    type Theirs = their::ActionResponse<'static>;

    fn twin(&self) -> Self::Theirs {
        match *self {
            Self::Normal { invoke_id_and_priority, single_response } => {
                their::ActionResponse::Normal {
                    invoke_id: invoke_id_and_priority.twin(),
                    response: single_response.twin(),
                }
            }
            Self::WithPblock { invoke_id_and_priority, pblock } => {
                their::ActionResponse::WithPblock {
                    invoke_id: invoke_id_and_priority.twin(),
                    block: pblock.twin(),
                }
            }
            Self::WithList { invoke_id_and_priority, list_of_responses } => {
                their::ActionResponse::WithList {
                    invoke_id: invoke_id_and_priority.twin(),
                    responses: twins!(list_of_responses),
                }
            }
            Self::NextPblock { invoke_id_and_priority, block_number } => {
                let invoke_id = invoke_id_and_priority.twin();
                their::ActionResponse::NextPblock { invoke_id, block_number }
            }
        }
    }
}
