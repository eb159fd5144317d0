//! What is asked, and what is told of the answers.

use gurux_dlms::security::Software;
use gurux_dlms::session::{Access, CallError, ClientConfig, ClientEvent, Failure, WrapperConfig};
use gurux_dlms::session::{Authentication, Guard};
use gurux_dlms::wire::{
    ApduTag, Conformance, DataAccessResult, DataRef, MethodDescriptor, ServiceErrorCode,
};

use crate::desk::{ALL, Desk, aare, register};

const HEAD: [u8; 9] = [0, 3, 1, 0, 1, 8, 0, 255, 2];

/// A meter that accepts the association and answers the rest so.
fn answers(mut with: impl FnMut(&[u8]) -> Vec<Vec<u8>>) -> impl FnMut(&[u8]) -> Vec<Vec<u8>> {
    move |message| if message[0] == 0x60 { vec![aare(ALL, 1024)] } else { with(message) }
}

#[test]
fn a_value_is_read_where_it_lies() {
    let meter = answers(|m| vec![vec![0xC4, 1, m[2], 0, 0x12, 0x12, 0x34]]);
    let mut desk = Desk::new(ClientConfig::default(), meter);
    let (told, end) = desk.get();
    assert_eq!((end, told.values), (Ok(()), vec![Ok(vec![0x12, 0x12, 0x34])]));
    assert_eq!(desk.sent[1], [&[0xC0, 1, 0xC1][..], &HEAD, &[0]].concat());
    // The association stands: the next order asks at once, under the next number.
    assert_eq!(desk.get().1, Ok(()));
    assert_eq!(desk.sent[2], [&[0xC0, 1, 0xC2][..], &HEAD, &[0]].concat());
}

#[test]
fn a_refused_item_is_told_as_such_and_the_order_is_done() {
    let meter = answers(|m| vec![vec![0xC4, 1, m[2], 1, 3]]);
    let mut desk = Desk::new(ClientConfig::default(), meter);
    let (told, end) = desk.get();
    assert_eq!((end, told.values), (Ok(()), vec![Err(DataAccessResult::READ_WRITE_DENIED)]));
}

#[test]
fn what_is_written_and_called_has_an_answer_each() {
    let meter = answers(|m| match m[0] {
        0xC1 => vec![vec![0xC5, 1, m[2], if m[13] == 0x11 { 0 } else { 12 }]],
        _ if m[12] == 1 => vec![vec![0xC7, 1, m[2], 0, 1, 0, 0x11, 9]],
        _ => vec![vec![0xC7, 1, m[2], 250, 0]],
    });
    let mut desk = Desk::new(ClientConfig::default(), meter);
    let call = desk.client.set(register(), DataRef::Unsigned(7)).unwrap();
    assert_eq!(desk.run(call).0.values, [Ok(vec![0])]);
    assert_eq!(desk.sent[1], [&[0xC1, 1, 0xC1][..], &HEAD, &[0, 0x11, 7]].concat());
    let call = desk.client.set(register(), DataRef::Integer(7)).unwrap();
    assert_eq!(desk.run(call).0.values, [Err(DataAccessResult::TYPE_UNMATCHED)]);
    let method =
        MethodDescriptor { class_id: 3, instance_id: register().instance_id, method_id: 1 };
    let call = desk.client.act(method, Some(DataRef::Integer(0))).unwrap();
    assert_eq!(desk.run(call).0.values, [Ok(vec![0x11, 9])]);
    let call = desk.client.act(method, None).unwrap();
    assert_eq!(desk.run(call).0.values, [Err(DataAccessResult::OTHER_REASON)]);
    assert_eq!(*desk.sent[4].last().unwrap(), 0);
}

#[test]
fn several_items_go_in_a_list_or_one_by_one() {
    for multiple in [true, false] {
        let conformance = if multiple {
            ALL
        } else {
            Conformance::from_bits(ALL.bits() & !Conformance::MULTIPLE_REFERENCES.bits())
        };
        let meter = |message: &[u8]| match message[..2] {
            [0x60, _] => vec![aare(conformance, 1024)],
            [0xC0, 3] => vec![vec![0xC4, 3, message[2], 2, 0, 0x11, 1, 1, 4]],
            [0xC0, 1] if message[2] == 0xC1 => vec![vec![0xC4, 1, 0xC1, 0, 0x11, 1]],
            [0xC0, 1] => vec![vec![0xC4, 1, message[2], 1, 4]],
            _ => panic!("{message:02X?}"),
        };
        let mut desk = Desk::new(ClientConfig::default(), meter);
        let items = [register().into(), register().into()];
        let call = desk.client.get_list(&items).unwrap();
        let (told, end) = desk.run(call);
        let expected = [Ok(vec![0x11, 1]), Err(DataAccessResult::OBJECT_UNDEFINED)];
        assert_eq!((end, &told.values[..]), (Ok(()), &expected[..]));
        assert_eq!(desk.sent.len(), if multiple { 2 } else { 3 });
    }
}

#[test]
fn a_list_with_another_number_of_answers_is_refused() {
    let meter = answers(|m| vec![vec![0xC4, 3, m[2], 1, 0, 0x11, 1]]);
    let mut desk = Desk::new(ClientConfig::default(), meter);
    let call = desk.client.get_list(&[register().into(), register().into()]).unwrap();
    assert!(matches!(desk.run(call).1, Err(Failure::Malformed(_))));
}

#[test]
fn access_reads_and_writes_in_one_message() {
    let meter = answers(|m| {
        assert_eq!(m[..6], [0xD9, 0xC0, 0, 0, 1, 0]);
        let id = &m[1..5];
        vec![[&[0xDA], id, &[0, 0, 2, 0x11, 7, 0, 2, 1, 0, 2, 12]].concat()]
    });
    let mut desk = Desk::new(ClientConfig::default(), meter);
    let items = [Access::Get(register()), Access::Set(register(), DataRef::Boolean(true))];
    let call = desk.client.access(&items).unwrap();
    let (told, end) = desk.run(call);
    assert_eq!(end, Ok(()));
    assert_eq!(told.values, [Ok(vec![0x11, 7]), Err(DataAccessResult::TYPE_UNMATCHED)]);
}

#[test]
fn a_service_that_was_not_granted_is_not_asked_for() {
    let meter = |_: &[u8]| vec![aare(Conformance::SET, 1024)];
    let mut desk = Desk::new(ClientConfig::default(), meter);
    assert_eq!(desk.get().1, Err(Failure::NotGranted("GET")));
    assert_eq!(desk.sent.len(), 1);
}

#[test]
fn refusals_of_the_whole_are_failures() {
    let mut desk = Desk::new(ClientConfig::default(), answers(|_| vec![vec![0xD8, 1, 2]]));
    let Err(Failure::Exception(exception)) = desk.get().1 else { panic!() };
    assert_eq!(exception.service_error, ServiceErrorCode::SERVICE_NOT_SUPPORTED);
    let mut desk = Desk::new(ClientConfig::default(), answers(|_| vec![vec![0x0E, 5, 3, 2]]));
    assert!(matches!(desk.get().1, Err(Failure::ServiceError(_))));
    let mut desk = Desk::new(ClientConfig::default(), answers(|m| vec![vec![0xC5, 1, m[2], 0]]));
    assert_eq!(desk.get().1, Err(Failure::Unexpected(ApduTag::SET_RESPONSE)));
    let mut desk = Desk::new(ClientConfig::default(), answers(|m| vec![vec![0xC4, 1, m[2], 0, 6]]));
    assert!(matches!(desk.get().1, Err(Failure::Malformed(_))));
    let mut desk =
        Desk::new(ClientConfig::default(), answers(|m| vec![vec![0xC4, 1, m[2], 0, 0x11, 1, 1]]));
    assert!(matches!(desk.get().1, Err(Failure::Malformed(_))));
}

#[test]
fn one_order_at_a_time_and_none_that_does_not_fit() {
    let mut desk = Desk::new(ClientConfig::default(), answers(|_| vec![]));
    assert_eq!(desk.client.get_list(&[]), Err(CallError::Items));
    let long = vec![0; 3000];
    let refused = desk.client.set(register(), DataRef::OctetString(&long));
    assert_eq!(refused, Err(CallError::TooLong { max: 2048 }));
    assert!(desk.client.is_idle());
    let call = desk.client.get(register()).unwrap();
    assert_eq!(desk.client.get(register()), Err(CallError::Busy));
    assert_eq!(desk.run(call).1, Err(Failure::TimedOut));
}

#[test]
fn an_answer_to_another_request_is_passed_over() {
    let meter = answers(|m| {
        let late = vec![0xC4, 1, 0xCF, 0, 0x11, 1];
        vec![late, vec![0xC4, 1, m[2], 0, 0x11, 2]]
    });
    let mut desk = Desk::new(ClientConfig::default(), meter);
    assert_eq!(desk.get().0.values, [Ok(vec![0x11, 2])]);
    // One that comes when nobody waits.
    desk.hear(&[0xC4, 1, 0xC1, 0, 0x11, 3]);
    assert_eq!(desk.get().0.values, [Ok(vec![0x11, 2])]);
}

#[test]
fn what_the_meter_tells_of_itself_comes_between() {
    let push = [0x0F, 0, 0, 0, 1, 0, 0x11, 9];
    let meter = answers(|m| vec![push.to_vec(), vec![0xC4, 1, m[2], 0, 0x11, 2]]);
    let mut desk = Desk::new(ClientConfig::default(), meter);
    let (told, end) = desk.get();
    let notified = ClientEvent::Notification { tag: ApduTag::DATA_NOTIFICATION };
    assert!(told.other.contains(&notified), "{told:?}");
    assert_eq!((end, told.values), (Ok(()), vec![Ok(vec![0x11, 2])]));
    // And while nothing is asked: it is there to be read.
    use gurux_media::Session;
    desk.hear(&push);
    assert_eq!(desk.client.poll_event(), Some(notified));
    assert_eq!(desk.client.notification(), Some(&push[..]));
    assert_eq!(desk.client.poll_event(), None);
    assert_eq!(desk.client.notification(), None);
}

#[test]
fn over_udp_reading_is_asked_again_and_writing_never() {
    for writes in [false, true] {
        let mut lost = 0;
        let meter = |message: &[u8]| match message[0] {
            0x60 => vec![aare(ALL, 1024)],
            _ if lost < 2 => {
                lost += 1;
                vec![]
            }
            _ => vec![vec![0xC4, 1, message[2], 0, 0x11, 2]],
        };
        let wrapper = WrapperConfig { is_datagram: true, ..WrapperConfig::default() };
        let (config, open) = (ClientConfig::default(), Guard::open(Software));
        let mut desk = Desk::with(config, wrapper, Authentication::Lowest, open, meter);
        if writes {
            let call = desk.client.set(register(), DataRef::Unsigned(7)).unwrap();
            assert_eq!(desk.run(call).1, Err(Failure::TimedOut));
            assert_eq!(desk.sent.len(), 2);
        } else {
            assert_eq!(desk.get().0.values, [Ok(vec![0x11, 2])]);
            assert_eq!(desk.sent.len(), 4);
        }
    }
}
