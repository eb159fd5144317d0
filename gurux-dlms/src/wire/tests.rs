//! Each message, made by hand from its ASN.1: what is in it, and the laws.

use std::string::{String, ToString};
use std::vec::Vec;

use gurux_framing::{Annotator, Wire, wire_laws};
use gurux_value::Obis;

use super::{
    AccessRequest, AccessRequestSpecification, AccessResponse, AccessResponseSpecification,
    ActionResponse, ActionResult, Apdu, AttributeDescriptor, BlockControl, CosemDateTime,
    DataAccessResult, DataNotification, DataRef, DateTimeForm, EntryDescriptor, EventNotification,
    ExceptionResponse, GeneralBlockTransfer, GetDataBlockResult, GetDataResult, GetRequest,
    GetResponse, InformationReport, InitiateRequest, InitiateResponse, InvokeId, List,
    RangeDescriptor, ReadResponse, ReadResult, SetRequest, SetResponse, Unread, VariableAccess,
    WriteResponse, WriteResult,
};

pub(crate) fn octets(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.chars().filter_map(|c| c.to_digit(16)).map(|d| d as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

/// One message of each kind and form.
pub(crate) const MESSAGES: &[&str] = &[
    // Initiate, with a dedicated key and without; refused.
    "01 00 00 00 06 5F1F0400 00001D 04B0",
    "01 01 10 00112233445566778899AABBCCDDEEFF 0100 01 05 06 5F1F0400 007E1F 0000",
    "01 00 00 00 06 5F0400 1C1320 FFFF",
    "08 00 06 5F1F0400 00501F 0500 0007",
    "08 01 00 06 5F1F0400 1C0320 0960 FA00",
    "0E 01 06 01",
    "0E 05 05 02",
    // Short names.
    "05 02 02 2008 04 2010 01 11 05",
    "05 01 05 0003",
    "05 01 06 00 0001 03 010203",
    "0C 04 00 06 00000001 01 03 02 01 0002 02 AABB 03 0007",
    "06 02 02 4020 07 01 0002 02 0F 00 09 02 1234",
    "0D 03 00 01 0C 02 0005",
    "16 01 02 4020 01 0F 00",
    "18 00 02 02 1008 02 1010 02 12 0001 12 0002",
    "18 01 0F 32303234303231313136303030305A 01 02 1008 01 12 0001",
    // Notifications.
    "0F 40000000 00 06 000002DD",
    "0F 00000001 0C 07E8020B07100000FFFFC400 02 02 11 01 12 0002",
    "0F 40000000 090C 07E1090F0504331AFF800000 02 01 06 00000270",
    "10 40000001 00",
    "C2 00 0003 0100010800FF 02 06 00000001",
    "C2 01 0C 07E8020B07100000FFFFC400 0001 0000600101FF 02 09 01 31",
    // GET.
    "C0 01 C1 0003 0100010800FF 02 00",
    "C0 01 C1 0007 0100630100FF 02 01 02 02 04 06 00000001 06 0000000A 12 0001 12 0000",
    "C0 02 C1 00000001",
    "C0 03 C1 02 0001 00002A0000FF 02 00 0008 0000010000FF 02 01 01 00",
    "C4 01 C1 00 06 0000304D",
    "C4 01 C1 01 03",
    "C4 02 C1 00 00000001 00 03 010203",
    "C4 02 C1 01 00000002 01 10",
    "C4 03 C1 02 00 11 07 01 0B",
    // SET.
    "C1 01 C1 0001 0000600101FF 02 00 12 0007",
    "C1 02 C1 0001 0000600101FF 02 00 00 00000001 03 090801",
    "C1 03 C1 01 00000002 02 3132",
    "C1 04 C1 02 0001 0000600101FF 02 00 0001 0000600102FF 02 00 02 11 01 11 02",
    "C1 05 C1 01 0001 0000600101FF 02 00 00 00000001 02 0111",
    "C5 01 C1 00",
    "C5 02 C1 00000001",
    "C5 03 C1 00 00000002",
    "C5 04 C1 02 00 0C 00000002",
    "C5 05 C1 02 00 0C",
    // ACTION.
    "C3 01 C1 0046 0000600300FF 01 01 0F 00",
    "C3 01 C1 0046 0000600300FF 01 00",
    "C3 02 C1 00000001",
    "C3 03 C1 01 0046 0000600300FF 01 01 00",
    "C3 04 C1 0046 0000600300FF 01 00 00000001 01 0F",
    "C3 05 C1 01 0046 0000600300FF 01 00 00000001 01 01",
    "C3 06 C1 01 00000002 01 00",
    "C7 01 C1 00 00",
    "C7 01 C1 00 01 00 09 01 31",
    "C7 01 C1 0C 01 01 FA",
    "C7 02 C1 01 00000001 02 0001",
    "C7 03 C1 02 00 00 03 00",
    "C7 04 C1 00000001",
    // ACCESS.
    "D9 40000001 00 05 01 0008 0000010000FF 02 02 0008 0000010000FF 03 03 0008 0000010000FF 01 \
     04 0007 0100630100FF 02 02 00 05 0007 0100630100FF 02 02 00 05 00 10 003C 0F 00 00 00",
    "DA 40000001 0C 07E8020B07100000FFFFC400 00 03 11 01 00 00 03 01 00 02 03 03 0C",
    "DA 50000001 00 01 01 01 0008 0000010000FF 02 01 11 01 01 01 00",
    // Refusals, and any message in pieces.
    "D8 01 02",
    "D8 01 06 00000102",
    "E0 C3 0001 0000 02 C001",
    "E0 80 0002 0001 00",
    // Ciphered.
    "C8 08 20 00000001 AABBCC",
    "DB 08 4B414D4501020304 08 20 00000001 AABBCC",
    "DC 08 4B414D4501020304 08 20 00000001 AABBCC",
];

#[test]
fn each_message_is_written_as_it_was_read() {
    for hex in MESSAGES {
        let octets = octets(hex);
        let apdu =
            Apdu::<DataRef<'_>>::from_bytes(&octets).unwrap_or_else(|e| panic!("{hex}: {e}"));
        assert_eq!(apdu.tag().code(), octets[0]);
        wire_laws!(Apdu<'_>, apdu, self_delimiting);
        let mut out = [0; 256];
        let len = apdu.emit_to_slice(&mut out).unwrap();
        assert_eq!(out[..len], octets, "{hex}");
    }
}

#[test]
fn a_body_that_is_not_looked_at_is_the_rest() {
    for hex in ["0F 40000000 00 AA BB", "C4 01 C1 00 AA BB"] {
        let octets = octets(hex);
        assert!(Apdu::<DataRef<'_>>::from_bytes(&octets).is_err());
        let apdu = Apdu::<Unread<'_>>::from_bytes(&octets).unwrap();
        wire_laws!(Apdu<'_, Unread<'_>>, apdu);
        match apdu {
            Apdu::DataNotification(DataNotification {
                notification_body: Unread(body), ..
            })
            | Apdu::GetResponse(GetResponse::Normal {
                result: GetDataResult::Data(Unread(body)),
                ..
            }) => assert_eq!(body, [0xAA, 0xBB]),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn get_in_all_its_forms() {
    let clock = AttributeDescriptor {
        class_id: 8,
        instance_id: Obis::new([0, 0, 1, 0, 0, 255]),
        attribute_id: 2,
    };
    let request = octets("C0 03 C1 02 0001 00002A0000FF 02 00 0008 0000010000FF 02 01 01 00");
    let GetRequest::WithList { invoke_id_and_priority, attribute_descriptor_list } =
        GetRequest::from_bytes(&request).unwrap()
    else {
        panic!()
    };
    assert_eq!(invoke_id_and_priority, InvokeId::new(1).with_high_priority());
    let last = attribute_descriptor_list.iter().last().unwrap();
    assert_eq!(last.cosem_attribute_descriptor, clock);
    assert_eq!(last.access_selection.map(|selection| selection.access_selector), Some(1));

    let answer = octets("C4 03 C1 02 00 11 07 01 0B");
    let GetResponse::WithList { result, .. } =
        GetResponse::<DataRef<'_>>::from_bytes(&answer).unwrap()
    else {
        panic!()
    };
    assert!(result.iter().eq([
        GetDataResult::Data(DataRef::Unsigned(7)),
        GetDataResult::DataAccessResult(DataAccessResult::OBJECT_UNAVAILABLE),
    ]));
    let block = octets("C4 02 C1 01 00000002 00 03 010203");
    let GetResponse::WithDatablock { result, .. } =
        GetResponse::<DataRef<'_>>::from_bytes(&block).unwrap()
    else {
        panic!()
    };
    assert!(result.last_block);
    assert_eq!((result.block_number, result.result), (2, GetDataBlockResult::RawData(&[1, 2, 3])));
}

#[test]
fn rows_of_a_profile_are_selected_by_range_and_by_entry() {
    let hex = "C0 01 C1 0007 0100630100FF 02 01 01 02 04 02 04 12 0008 09 06 0000010000FF 0F 02 12 0000 \
               09 0C 07E8020B07000000FFFFC400 09 0C 07E8020C01000000FFFFC400 01 00";
    let octets = octets(hex);
    let GetRequest::Normal { access_selection: Some(selection), .. } =
        GetRequest::from_bytes(&octets).unwrap()
    else {
        panic!()
    };
    let range = selection.by_range().unwrap();
    assert_eq!((range.class_id, range.attribute_index, range.data_index), (8, 2, 0));
    assert_eq!(range.logical_name, Obis::new([0, 0, 1, 0, 0, 255]));
    let from = range.from_value.as_octets().and_then(CosemDateTime::from_slice).unwrap();
    assert_eq!(from.to_string(), "2024-02-11T00:00:00+01:00");
    assert!(range.selected_values.is_empty());
    assert_eq!(selection.by_entry(), None);
    wire_laws!(RangeDescriptor<'_>, range, self_delimiting);
    wire_laws!(
        EntryDescriptor,
        EntryDescriptor { to_entry: 96, ..EntryDescriptor::ALL },
        self_delimiting
    );
}

#[test]
fn set_and_action_answer_item_by_item() {
    let answer = octets("C5 04 C1 02 00 0C 00000002");
    let SetResponse::LastDatablockWithList { result, block_number, .. } =
        SetResponse::from_bytes(&answer).unwrap()
    else {
        panic!()
    };
    assert!(result.iter().eq([DataAccessResult::SUCCESS, DataAccessResult::TYPE_UNMATCHED]));
    assert_eq!(block_number, 2);
    let answer = octets("C7 01 C1 00 01 00 09 01 31");
    let ActionResponse::Normal { single_response, .. } =
        ActionResponse::from_bytes(&answer).unwrap()
    else {
        panic!()
    };
    assert_eq!(single_response.result, ActionResult::SUCCESS);
    let returned = single_response.return_parameters.and_then(|result| result.data());
    assert_eq!(returned, Some(DataRef::OctetString(b"1")));
    let request = octets("C1 04 C1 01 0001 0000600101FF 02 00 01 11 01");
    let SetRequest::WithList { value_list, .. } = SetRequest::from_bytes(&request).unwrap() else {
        panic!()
    };
    assert_eq!(value_list, List::from(&[DataRef::Unsigned(1)][..]));
}

#[test]
fn access_names_what_each_item_is_and_how_it_went() {
    let request =
        octets("D9 40000001 00 02 01 0008 0000010000FF 02 04 0007 0100630100FF 02 02 00 02 00 00");
    let request = AccessRequest::from_bytes(&request).unwrap();
    let mut items = request.access_request_body.access_request_specification.iter();
    assert!(matches!(items.next(), Some(AccessRequestSpecification::Get { .. })));
    assert!(matches!(
        items.next(),
        Some(AccessRequestSpecification::GetWithSelection { access_selection, .. })
            if access_selection.access_selector == 2
    ));
    let answer = octets("DA 40000001 0C 07E8020B07100000FFFFC400 00 02 11 01 00 02 01 00 03 0C");
    let answer = AccessResponse::from_bytes(&answer).unwrap();
    assert_eq!(answer.date_time.date_time().unwrap().to_string(), "2024-02-11T16:00:00+01:00");
    let body = answer.access_response_body;
    assert_eq!(body.access_request_specification, None);
    assert!(body.access_response_specification.iter().eq([
        AccessResponseSpecification::Get { result: DataAccessResult::SUCCESS },
        AccessResponseSpecification::Action { result: ActionResult::TYPE_UNMATCHED },
    ]));
}

#[test]
fn short_names_in_all_their_forms() {
    let answer = octets("0C 04 00 06 00000001 01 03 02 01 0002 02 AABB 03 0007");
    assert!(ReadResponse::from_bytes(&answer).unwrap().results.iter().eq([
        ReadResult::Data(DataRef::DoubleLongUnsigned(1)),
        ReadResult::DataAccessError(DataAccessResult::READ_WRITE_DENIED),
        ReadResult::DataBlock { last_block: true, block_number: 2, raw_data: &[0xAA, 0xBB] },
        ReadResult::BlockNumber(7),
    ]));
    let answer = octets("0D 03 00 01 0C 02 0005");
    assert!(WriteResponse::from_bytes(&answer).unwrap().results.iter().eq([
        WriteResult::Success,
        WriteResult::DataAccessError(DataAccessResult::TYPE_UNMATCHED),
        WriteResult::BlockNumber(5),
    ]));
    let report = octets("18 01 0F 32303234303231313136303030305A 01 02 1008 01 12 0001");
    let report = InformationReport::from_bytes(&report).unwrap();
    assert_eq!(report.current_time, Some(&b"20240211160000Z"[..]));
    let names = report.variable_access_specification;
    assert!(names.iter().eq([VariableAccess::VariableName(0x1008)]));
}

#[test]
fn what_a_date_time_may_look_like() {
    let plain = octets("0F 00000001 0C 07E8020B07100000FFFFC400 00");
    let tagged = octets("0F 00000001 09 0C 07E8020B07100000FFFFC400 00");
    let read = |octets| DataNotification::<DataRef<'_>>::from_bytes(octets).unwrap().date_time;
    assert_eq!(read(&plain).date_time(), read(&tagged).date_time());
    assert_eq!(read(&tagged).form, DateTimeForm::Tagged);
    // Nine octets of which the first is twelve: no date-time, and no tag either.
    let nine = octets("0F 00000001 8109 0C0102030405060708 00");
    assert_eq!(read(&nine), super::TimeStamp::new(&octets("0C0102030405060708")));
    let message = DataNotification::<DataRef<'_>>::from_bytes(&nine).unwrap();
    let mut again = std::vec![0; message.wire_len()];
    message.emit_to_slice(&mut again).unwrap();
    assert_eq!(again, nine);
    let event = octets("C2 00 0003 0100010800FF 02 06 00000001");
    assert_eq!(EventNotification::from_bytes(&event).unwrap().time, None);
}

#[test]
fn initiate_keeps_how_its_conformance_was_written() {
    let hex = "01 01 02 1122 0100 01 05 06 5F0400 1C1320 FFFF";
    let octets_ = octets(hex);
    let initiate = InitiateRequest::from_bytes(&octets_).unwrap();
    assert_eq!(initiate.dedicated_key, Some(&[0x11, 0x22][..]));
    assert!(!initiate.response_allowed.0);
    assert_eq!(initiate.proposed_quality_of_service, Some(5));
    assert_eq!(
        initiate.proposed_conformance.conformance.to_string(),
        "read write unconfirmed-write block-transfer-with-get-or-read multiple-references \
         information-report parameterized-access"
    );
    wire_laws!(InitiateRequest<'_>, initiate, self_delimiting);
    let wrong = octets("08 00 06 5F1E0400 00501F 0500 0007");
    let error = InitiateResponse::from_bytes(&wrong).unwrap_err();
    assert_eq!(error.to_string(), "octet 3, conformance: code 0x1E cannot stand here");
}

#[test]
fn blocks_of_any_message_and_refusals() {
    let block = octets("E0 C3 0001 0007 02 C001");
    let block = GeneralBlockTransfer::from_bytes(&block).unwrap();
    assert_eq!(block.block_control, BlockControl::new(3).last().streaming());
    assert_eq!((block.block_number, block.block_number_ack), (1, 7));
    assert_eq!((block.block_control.window(), block.block_data), (3, &[0xC0, 1][..]));
    let refusal = ExceptionResponse::from_bytes(&[0xD8, 1, 6, 0, 0, 1, 2]).unwrap();
    assert_eq!(refusal.invocation_counter, Some(0x102));
    assert!(ExceptionResponse::from_bytes(&[0xD8, 1, 2, 0, 0, 1, 2]).is_err());
}

#[test]
fn an_unknown_tag_and_an_unknown_form_are_named_with_their_place() {
    let error = |octets: &[u8]| Apdu::<DataRef<'_>>::from_bytes(octets).unwrap_err().to_string();
    assert_eq!(error(&[]), "octet 0, tag: 1 octet needed, none is left");
    assert_eq!(error(&[0x07]), "octet 0, tag: code 0x07 cannot stand here");
    assert_eq!(error(&[0xC4, 4, 0xC1]), "octet 1, get-response: code 0x04 cannot stand here");
}

#[test]
fn a_message_is_explained_in_the_words_of_the_standard() {
    let octets = octets("C4 01 C1 00 02 02 06 0000304D 02 02 0F FE 16 1E");
    let mut annotator = Annotator::new(String::new(), &octets);
    GetResponse::<DataRef<'_>>::explain(&octets, 0, &mut annotator).unwrap();
    let text = annotator.finish().unwrap();
    for word in ["get-response-normal", "invoke-id-and-priority", "double-long-unsigned", "enum"] {
        assert!(text.contains(word), "{word} is not in\n{text}");
    }
}
