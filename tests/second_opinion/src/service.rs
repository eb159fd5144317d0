//! Every service, every choice of it.

use gurux_dlms::wire::{
    Aare, Aarq, AccessRequest, AccessRequestBody, AccessRequestSpecification, AccessResponse,
    AccessResponseBody, AccessResponseSpecification, AcseRequirements, AcseServiceProvider,
    AcseServiceUser, ActionRequest, ActionResponse, ActionResponseItem, ActionResult, Apdu,
    ApplicationContext, AssociationResult, AttributeDescriptor, AttributeWithSelection,
    AuthenticationValue, BlockControl, ConfirmedService, ConfirmedServiceError, Conformance,
    DataAccessResult, DataBlock, DataNotification, DataNotificationConfirm, DefaultTrue,
    EventNotification, ExceptionResponse, GeneralBlockTransfer, GetDataBlock, GetDataBlockResult,
    GetDataResult, GetRequest, GetResponse, InformationReport, InitiateRequest, InitiateResponse,
    InvokeId, LongInvokeId, Mechanism, MethodDescriptor, Party, ReadRequest, ReadResponse,
    ReadResult, ReleaseRequestReason, ReleaseResponseReason, ResultSourceDiagnostic, Rlre, Rlrq,
    SelectiveAccess, ServiceErrorCode, ServiceErrorKind, SetRequest, SetResponse, StateError,
    TimeStamp, UnconfirmedWriteRequest, VariableAccess, WriteRequest, WriteResponse, WriteResult,
};

use crate::Gen;
use crate::generate::octets_of;

/// A message that lives as long as the program.
pub type Message = Apdu<'static>;

/// A service by its name, and how a message of it is made.
pub type Service = (&'static str, fn(&mut Gen) -> Message);

/// All services that are not ciphered.
pub const SERVICES: &[Service] = &[
    ("initiate-request", |g| Apdu::InitiateRequest(g.initiate_request())),
    ("initiate-response", |g| Apdu::InitiateResponse(g.initiate_response())),
    ("aarq", |g| Apdu::Aarq(g.aarq())),
    ("aare", |g| Apdu::Aare(g.aare())),
    ("rlrq", |g| Apdu::Rlrq(g.rlrq())),
    ("rlre", |g| Apdu::Rlre(g.rlre())),
    ("get-request", |g| Apdu::GetRequest(g.get_request())),
    ("get-response", |g| Apdu::GetResponse(g.get_response())),
    ("set-request", |g| Apdu::SetRequest(g.set_request())),
    ("set-response", |g| Apdu::SetResponse(g.set_response())),
    ("action-request", |g| Apdu::ActionRequest(g.action_request())),
    ("action-response", |g| Apdu::ActionResponse(g.action_response())),
    ("access-request", |g| Apdu::AccessRequest(g.access_request())),
    ("access-response", |g| Apdu::AccessResponse(g.access_response())),
    ("data-notification", |g| Apdu::DataNotification(g.data_notification())),
    ("data-notification-confirm", |g| Apdu::DataNotificationConfirm(g.confirm())),
    ("event-notification", |g| Apdu::EventNotification(g.event_notification())),
    ("general-block-transfer", |g| Apdu::GeneralBlockTransfer(g.general_block())),
    ("read-request", |g| Apdu::ReadRequest(g.read_request())),
    ("read-response", |g| Apdu::ReadResponse(g.read_response())),
    ("write-request", |g| Apdu::WriteRequest(g.write_request())),
    ("write-response", |g| Apdu::WriteResponse(g.write_response())),
    ("unconfirmed-write-request", |g| Apdu::UnconfirmedWriteRequest(g.unconfirmed_write())),
    ("information-report", |g| Apdu::InformationReport(g.information_report())),
    ("exception-response", |g| Apdu::ExceptionResponse(g.exception())),
    ("confirmed-service-error", |g| Apdu::ConfirmedServiceError(g.service_error())),
];

const DEPTH: usize = 3;

impl Gen {
    fn initiate_request(&mut self) -> InitiateRequest<'static> {
        InitiateRequest {
            dedicated_key: self.maybe(|g| {
                let len = g.pick(&[16, 32]);
                g.octets(len)
            }),
            response_allowed: DefaultTrue(!self.one_in(4)),
            proposed_quality_of_service: self.maybe(|g| g.u8() as i8),
            proposed_dlms_version_number: self.pick(&[6, 6, 6, 5]),
            proposed_conformance: self.conformance().into(),
            client_max_receive_pdu_size: self.u16(),
        }
    }

    fn initiate_response(&mut self) -> InitiateResponse {
        InitiateResponse {
            negotiated_quality_of_service: self.maybe(|g| g.u8() as i8),
            negotiated_dlms_version_number: self.pick(&[6, 6, 6, 5]),
            negotiated_conformance: self.conformance().into(),
            server_max_receive_pdu_size: self.u16(),
            vaa_name: self.pick(&[7, 0xFA00]),
        }
    }

    fn conformance(&mut self) -> Conformance {
        Conformance::from_bits(self.u32())
    }

    fn context(&mut self) -> ApplicationContext {
        ApplicationContext::new(1 + self.below(4) as u8)
    }

    fn mechanism(&mut self) -> Mechanism {
        Mechanism::new(self.below(8) as u8)
    }

    fn title(&mut self) -> &'static [u8] {
        self.octets(8)
    }

    fn party(&mut self) -> Party<'static> {
        Party {
            ap_title: self.maybe(Self::title),
            ae_qualifier: self.maybe(Self::some_octets),
            ap_invocation_id: if self.one_in(4) { Some(self.below(128) as i32) } else { None },
            ae_invocation_id: if self.one_in(4) { Some(self.below(128) as i32) } else { None },
        }
    }

    fn value(&mut self) -> AuthenticationValue<'static> {
        let len = 8 + self.below(57);
        AuthenticationValue::new(self.octets(len))
    }

    fn aarq(&mut self) -> Aarq<'static> {
        let information = octets_of(&self.initiate_request()).leak();
        let mut aarq = Aarq::new(self.context(), information);
        if self.one_in(2) {
            aarq.sender_acse_requirements = Some(AcseRequirements::AUTHENTICATION);
            aarq.mechanism_name = Some(self.mechanism().into());
            aarq.calling_authentication_value = Some(self.value());
        }
        if self.one_in(4) {
            aarq.protocol_version = Some(AcseRequirements::AUTHENTICATION);
            aarq.called = self.party();
            aarq.calling = self.party();
            aarq.implementation_information = self.maybe(Self::some_octets);
            aarq.user_information = None;
        } else {
            aarq.calling.ap_title = self.maybe(Self::title);
        }
        aarq
    }

    fn aare(&mut self) -> Aare<'static> {
        let diagnostic = match self.below(4) {
            0 => ResultSourceDiagnostic::Provider(AcseServiceProvider::new(self.below(3) as u8)),
            _ => ResultSourceDiagnostic::User(AcseServiceUser::new(self.below(15) as u8)),
        };
        let information = match self.below(4) {
            0 => octets_of(&self.service_error()),
            _ => octets_of(&self.initiate_response()),
        };
        let result = AssociationResult::new(self.below(3) as u8);
        let mut aare = Aare::new(self.context(), result, diagnostic, Some(information.leak()));
        aare.responding.ap_title = self.maybe(Self::title);
        if self.one_in(2) {
            aare.responder_acse_requirements = Some(AcseRequirements::AUTHENTICATION);
            aare.mechanism_name = Some(self.mechanism().into());
            aare.responding_authentication_value = Some(self.value());
        }
        if self.one_in(4) {
            aare.protocol_version = Some(AcseRequirements::AUTHENTICATION);
            aare.responding = self.party();
            aare.implementation_information = self.maybe(Self::some_octets);
            aare.user_information = None;
        }
        aare
    }

    fn rlrq(&mut self) -> Rlrq<'static> {
        let reason = self.maybe(|g| ReleaseRequestReason::new(g.pick(&[0, 1, 30])));
        let user_information = self.maybe(|g| &*octets_of(&g.initiate_request()).leak());
        Rlrq { reason, user_information }
    }

    fn rlre(&mut self) -> Rlre<'static> {
        let reason = self.maybe(|g| ReleaseResponseReason::new(g.pick(&[0, 1, 30])));
        let user_information = self.maybe(|g| &*octets_of(&g.initiate_response()).leak());
        Rlre { reason, user_information }
    }

    fn invoke(&mut self) -> InvokeId {
        // Half of them as clients count them.
        InvokeId(match self.below(2) {
            0 => self.pick(&[0x01, 0x41, 0x81, 0xC1]),
            _ => self.u8(),
        })
    }

    fn long_invoke(&mut self) -> LongInvokeId {
        LongInvokeId(self.u32())
    }

    fn class(&mut self) -> u16 {
        self.pick(&[1, 3, 4, 5, 7, 8, 15, 17, 64, 70, 0x8000, 0xFFFF])
    }

    fn attribute(&mut self) -> AttributeDescriptor {
        AttributeDescriptor {
            class_id: self.class(),
            instance_id: self.obis(),
            attribute_id: self.u8() as i8,
        }
    }

    fn method(&mut self) -> MethodDescriptor {
        MethodDescriptor {
            class_id: self.class(),
            instance_id: self.obis(),
            method_id: self.u8() as i8,
        }
    }

    fn selection(&mut self) -> SelectiveAccess<'static> {
        SelectiveAccess { access_selector: self.u8(), access_parameters: self.data(2) }
    }

    fn selected(&mut self) -> AttributeWithSelection<'static> {
        AttributeWithSelection {
            cosem_attribute_descriptor: self.attribute(),
            access_selection: self.maybe(Self::selection),
        }
    }

    fn selections(&mut self) -> &'static [AttributeWithSelection<'static>] {
        self.list(5, Self::selected)
    }

    fn access_result(&mut self) -> DataAccessResult {
        DataAccessResult::new(
            self.pick(&[0, 1, 2, 3, 4, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19, 250]),
        )
    }

    fn action_result(&mut self) -> ActionResult {
        ActionResult::new(self.pick(&[0, 1, 2, 3, 4, 9, 11, 12, 13, 14, 15, 16, 250]))
    }

    fn block(&mut self) -> DataBlock<'static> {
        DataBlock {
            last_block: self.one_in(2),
            block_number: self.u32(),
            raw_data: self.some_octets(),
        }
    }

    fn values(&mut self) -> &'static [gurux_dlms::wire::DataRef<'static>] {
        self.list(4, |g| g.data(2))
    }

    fn get_request(&mut self) -> GetRequest<'static> {
        let invoke_id_and_priority = self.invoke();
        match self.below(4) {
            0 => GetRequest::Next { invoke_id_and_priority, block_number: self.u32() },
            1 => GetRequest::WithList {
                invoke_id_and_priority,
                attribute_descriptor_list: self.selections().into(),
            },
            _ => GetRequest::Normal {
                invoke_id_and_priority,
                cosem_attribute_descriptor: self.attribute(),
                access_selection: self.maybe(Self::selection),
            },
        }
    }

    fn get_result(&mut self) -> GetDataResult<gurux_dlms::wire::DataRef<'static>> {
        match self.below(4) {
            0 => GetDataResult::DataAccessResult(self.access_result()),
            _ => GetDataResult::Data(self.data(DEPTH)),
        }
    }

    fn get_response(&mut self) -> GetResponse<'static> {
        let invoke_id_and_priority = self.invoke();
        match self.below(4) {
            0 => GetResponse::WithDatablock {
                invoke_id_and_priority,
                result: GetDataBlock {
                    last_block: self.one_in(2),
                    block_number: self.u32(),
                    result: match self.below(4) {
                        0 => GetDataBlockResult::DataAccessResult(self.access_result()),
                        _ => GetDataBlockResult::RawData(self.some_octets()),
                    },
                },
            },
            1 => GetResponse::WithList {
                invoke_id_and_priority,
                result: self.list(4, Self::get_result).into(),
            },
            _ => GetResponse::Normal { invoke_id_and_priority, result: self.get_result() },
        }
    }

    fn set_request(&mut self) -> SetRequest<'static> {
        let invoke_id_and_priority = self.invoke();
        match self.below(6) {
            0 => SetRequest::WithFirstDatablock {
                invoke_id_and_priority,
                cosem_attribute_descriptor: self.attribute(),
                access_selection: self.maybe(Self::selection),
                datablock: self.block(),
            },
            1 => SetRequest::WithDatablock { invoke_id_and_priority, datablock: self.block() },
            2 => SetRequest::WithList {
                invoke_id_and_priority,
                attribute_descriptor_list: self.selections().into(),
                value_list: self.values().into(),
            },
            3 => SetRequest::WithListAndFirstDatablock {
                invoke_id_and_priority,
                attribute_descriptor_list: self.selections().into(),
                datablock: self.block(),
            },
            _ => SetRequest::Normal {
                invoke_id_and_priority,
                cosem_attribute_descriptor: self.attribute(),
                access_selection: self.maybe(Self::selection),
                value: self.data(DEPTH),
            },
        }
    }

    fn set_response(&mut self) -> SetResponse<'static> {
        let invoke_id_and_priority = self.invoke();
        let (result, block_number) = (self.access_result(), self.u32());
        let results = self.list(5, Self::access_result);
        match self.below(5) {
            0 => SetResponse::Datablock { invoke_id_and_priority, block_number },
            1 => SetResponse::LastDatablock { invoke_id_and_priority, result, block_number },
            2 => SetResponse::LastDatablockWithList {
                invoke_id_and_priority,
                result: results.into(),
                block_number,
            },
            3 => SetResponse::WithList { invoke_id_and_priority, result: results.into() },
            _ => SetResponse::Normal { invoke_id_and_priority, result },
        }
    }

    fn action_request(&mut self) -> ActionRequest<'static> {
        let invoke_id_and_priority = self.invoke();
        match self.below(7) {
            0 => ActionRequest::NextPblock { invoke_id_and_priority, block_number: self.u32() },
            1 => ActionRequest::WithList {
                invoke_id_and_priority,
                cosem_method_descriptor_list: self.list(4, Self::method).into(),
                method_invocation_parameters: self.values().into(),
            },
            2 => ActionRequest::WithFirstPblock {
                invoke_id_and_priority,
                cosem_method_descriptor: self.method(),
                pblock: self.block(),
            },
            3 => ActionRequest::WithListAndFirstPblock {
                invoke_id_and_priority,
                cosem_method_descriptor_list: self.list(4, Self::method).into(),
                pblock: self.block(),
            },
            4 => ActionRequest::WithPblock { invoke_id_and_priority, pblock: self.block() },
            _ => ActionRequest::Normal {
                invoke_id_and_priority,
                cosem_method_descriptor: self.method(),
                method_invocation_parameters: self.maybe(|g| g.data(DEPTH)),
            },
        }
    }

    fn action_item(&mut self) -> ActionResponseItem<'static> {
        ActionResponseItem {
            result: self.action_result(),
            return_parameters: self.maybe(Self::get_result),
        }
    }

    fn action_response(&mut self) -> ActionResponse<'static> {
        let invoke_id_and_priority = self.invoke();
        match self.below(5) {
            0 => ActionResponse::WithPblock { invoke_id_and_priority, pblock: self.block() },
            1 => ActionResponse::WithList {
                invoke_id_and_priority,
                list_of_responses: self.list(4, Self::action_item).into(),
            },
            2 => ActionResponse::NextPblock { invoke_id_and_priority, block_number: self.u32() },
            _ => ActionResponse::Normal {
                invoke_id_and_priority,
                single_response: self.action_item(),
            },
        }
    }

    fn time_stamp(&mut self) -> TimeStamp<'static> {
        match self.below(3) {
            0 => TimeStamp::NONE,
            _ => TimeStamp::new(self.date_time().octets().to_vec().leak()),
        }
    }

    fn access_specification(&mut self) -> AccessRequestSpecification<'static> {
        match self.below(6) {
            0 => AccessRequestSpecification::Set { cosem_attribute_descriptor: self.attribute() },
            1 => AccessRequestSpecification::Action { cosem_method_descriptor: self.method() },
            2 => AccessRequestSpecification::GetWithSelection {
                cosem_attribute_descriptor: self.attribute(),
                access_selection: self.selection(),
            },
            3 => AccessRequestSpecification::SetWithSelection {
                cosem_attribute_descriptor: self.attribute(),
                access_selection: self.selection(),
            },
            _ => AccessRequestSpecification::Get { cosem_attribute_descriptor: self.attribute() },
        }
    }

    fn access_request(&mut self) -> AccessRequest<'static> {
        AccessRequest {
            long_invoke_id_and_priority: self.long_invoke(),
            date_time: self.time_stamp(),
            access_request_body: AccessRequestBody {
                access_request_specification: self.list(4, Self::access_specification).into(),
                access_request_list_of_data: self.values().into(),
            },
        }
    }

    fn access_response(&mut self) -> AccessResponse<'static> {
        AccessResponse {
            long_invoke_id_and_priority: self.long_invoke(),
            date_time: self.time_stamp(),
            access_response_body: AccessResponseBody {
                access_request_specification: self
                    .maybe(|g| g.list(4, Self::access_specification).into()),
                access_response_list_of_data: self.values().into(),
                access_response_specification: self
                    .list(4, |g| match g.below(3) {
                        0 => AccessResponseSpecification::Get { result: g.access_result() },
                        1 => AccessResponseSpecification::Set { result: g.access_result() },
                        _ => AccessResponseSpecification::Action { result: g.action_result() },
                    })
                    .into(),
            },
        }
    }

    fn data_notification(&mut self) -> DataNotification<'static> {
        DataNotification {
            long_invoke_id_and_priority: self.long_invoke(),
            date_time: self.time_stamp(),
            notification_body: self.data(DEPTH),
        }
    }

    fn confirm(&mut self) -> DataNotificationConfirm<'static> {
        DataNotificationConfirm {
            long_invoke_id_and_priority: self.long_invoke(),
            date_time: self.time_stamp(),
        }
    }

    fn event_notification(&mut self) -> EventNotification<'static> {
        EventNotification {
            time: self.maybe(|g| TimeStamp::new(g.date_time().octets().to_vec().leak())),
            cosem_attribute_descriptor: self.attribute(),
            attribute_value: self.data(DEPTH),
        }
    }

    fn general_block(&mut self) -> GeneralBlockTransfer<'static> {
        GeneralBlockTransfer {
            block_control: BlockControl(self.u8()),
            block_number: self.u16(),
            block_number_ack: self.u16(),
            block_data: self.some_octets(),
        }
    }

    fn exception(&mut self) -> ExceptionResponse {
        let state = StateError::new(1 + self.below(2) as u8);
        match self.below(6) {
            0 => ExceptionResponse::invocation_counter(state, self.u32()),
            code => ExceptionResponse::new(state, ServiceErrorCode::new(code as u8)),
        }
    }

    fn service_error(&mut self) -> ConfirmedServiceError {
        ConfirmedServiceError {
            service: ConfirmedService::new(self.pick(&[1, 5, 6])),
            kind: ServiceErrorKind::new(self.pick(&[0, 1, 2, 3, 4, 5, 6, 7, 9])),
            code: self.below(5) as u8,
        }
    }

    fn variable(&mut self) -> VariableAccess<'static> {
        match self.below(7) {
            0 | 1 => VariableAccess::Parameterized {
                variable_name: self.u16(),
                selector: self.u8(),
                parameter: self.data(2),
            },
            2 => VariableAccess::BlockNumber { block_number: self.u16() },
            3 => VariableAccess::ReadDataBlock {
                last_block: self.one_in(2),
                block_number: self.u16(),
                raw_data: self.some_octets(),
            },
            4 => VariableAccess::WriteDataBlock {
                last_block: self.one_in(2),
                block_number: self.u16(),
            },
            _ => VariableAccess::VariableName(self.u16()),
        }
    }

    fn variables(&mut self) -> &'static [VariableAccess<'static>] {
        self.list(4, Self::variable)
    }

    fn read_request(&mut self) -> ReadRequest<'static> {
        ReadRequest { variable_access_specification: self.variables().into() }
    }

    fn read_response(&mut self) -> ReadResponse<'static> {
        let result = |g: &mut Self| match g.below(6) {
            0 => ReadResult::DataAccessError(g.access_result()),
            1 => ReadResult::DataBlock {
                last_block: g.one_in(2),
                block_number: g.u16(),
                raw_data: g.some_octets(),
            },
            2 => ReadResult::BlockNumber(g.u16()),
            _ => ReadResult::Data(g.data(2)),
        };
        ReadResponse { results: self.list(4, result).into() }
    }

    fn write_request(&mut self) -> WriteRequest<'static> {
        WriteRequest {
            variable_access_specification: self.variables().into(),
            list_of_data: self.values().into(),
        }
    }

    fn unconfirmed_write(&mut self) -> UnconfirmedWriteRequest<'static> {
        UnconfirmedWriteRequest {
            variable_access_specification: self.variables().into(),
            list_of_data: self.values().into(),
        }
    }

    fn write_response(&mut self) -> WriteResponse<'static> {
        let result = |g: &mut Self| match g.below(4) {
            0 => WriteResult::DataAccessError(g.access_result()),
            1 => WriteResult::BlockNumber(g.u16()),
            _ => WriteResult::Success,
        };
        WriteResponse { results: self.list(6, result).into() }
    }

    fn information_report(&mut self) -> InformationReport<'static> {
        InformationReport {
            current_time: self.maybe(|_| b"20240211160000Z".as_slice()),
            variable_access_specification: self.variables().into(),
            list_of_data: self.values().into(),
        }
    }
}
