//! Associations and what is said in them, over the wrapper.

use std::string::String;
use std::vec;
use std::vec::Vec;

use super::*;
use crate::security::{Challenges, Key, Keyring, Side, Software, wrap_key};
use crate::session::meter::{Access, Entry, Memory};
use crate::session::{Authentication, GuardError, Secret, WrapperConfig, WrapperLink};
use crate::table::class::ClassId;
use crate::value::Data;
use crate::wire::{
    Aare, Aarq, AcseRequirements, AcseServiceUser, ActionRequest, Apdu, ApplicationContext,
    AssociationResult, DataRef, InitiateRequest, InvokeId, KeyId, MethodDescriptor, Party,
    ResultSourceDiagnostic,
};

const METER: SystemTitle = SystemTitle(*b"MMM\0\0\0\0\x01");
const CLIENT: SystemTitle = SystemTitle(*b"ABC\0\0\0\0\x01");
const BOTH: SecurityControl = SecurityControl::AUTHENTICATED_ENCRYPTED;
const GET: [u8; 13] = [0xC0, 1, 0xC1, 0, 1, 0, 0, 42, 0, 0, 255, 2, 0];
const GOT: [u8; 6] = [0xC4, 1, 0xC1, 0, 17, 7];

type TestMeter = Meter<Memory, Software>;

fn key(from: u8) -> Key {
    Key::from_octets(&(from..).take(16).collect::<Vec<_>>()).unwrap()
}

fn secret(octets: &[u8]) -> Secret {
    Secret::new(octets).unwrap()
}

fn ln(authentication: Authentication) -> Account {
    Account::new(Referencing::LogicalNames, authentication)
}

fn meter(accounts: Vec<Account>) -> TestMeter {
    let mut memory = Memory::new();
    memory.insert_key(KeyId::GLOBAL_UNICAST_ENCRYPTION, key(0));
    memory.insert_key(KeyId::AUTHENTICATION, key(0xD0));
    memory.insert_key(KeyId::MASTER, key(0x40));
    let name = Entry::new(ClassId::DATA, 0, [0, 0, 42, 0, 0, 255].into());
    memory.add(name.with(2, &Data::Unsigned(7)).with_access(2, Access::READ));
    let long = Entry::new(ClassId::DATA, 0, [0, 0, 96, 1, 0, 255].into());
    memory.add(long.with(2, &Data::OctetString((0..200).collect())));
    memory.add(Entry::new(ClassId::SECURITY_SETUP, 0, [0, 0, 43, 0, 0, 255].into()));
    let link = WrapperConfig { own: 1, peer: 0, ..WrapperConfig::default() };
    let link = WrapperLink::new(link, Owned::new(4096), Owned::new(4096));
    let challenges = |octets: &mut [u8]| octets.fill(b'S');
    let carrier = MeterCarrier::wrapper(link);
    let config = MeterConfig { max_pdu: 1024, ..MeterConfig::new(METER) };
    Meter::new(config, accounts, Software, memory, carrier, challenges)
}

/// All answers to a message from this client.
fn ask_all(meter: &mut TestMeter, client: u8, message: &[u8]) -> Vec<Vec<u8>> {
    let len = u16::try_from(message.len()).unwrap().to_be_bytes();
    let framed = [&[0, 1, 0, client, 0, 1], &len[..], message].concat();
    meter.handle_input(Instant::ZERO, &framed);
    let mut answers = Vec::new();
    loop {
        let mut out = BytesMut::new();
        if meter.poll_transmit(Instant::ZERO, &mut out).is_none() {
            return answers;
        }
        assert_eq!(out[..6], [0, 1, 0, 1, 0, client]);
        answers.push(out[8..].to_vec());
    }
}

fn ask(meter: &mut TestMeter, client: u8, message: &[u8]) -> Vec<u8> {
    ask_all(meter, client, message).pop().unwrap_or_default()
}

fn initiate() -> InitiateRequest<'static> {
    InitiateRequest {
        dedicated_key: None,
        response_allowed: crate::wire::DefaultTrue(true),
        proposed_quality_of_service: None,
        proposed_dlms_version_number: 6,
        proposed_conformance: Referencing::LogicalNames.services().into(),
        client_max_receive_pdu_size: 0,
    }
}

fn octets<'a>(message: &impl Wire<'a>) -> Vec<u8> {
    let mut out = Vec::new();
    message.emit(&mut out);
    out
}

fn aarq<'a>(context: ApplicationContext, information: &'a [u8]) -> Aarq<'a> {
    Aarq::new(context, information)
}

/// What a meter says to an AARQ: the diagnostic, and what is wrong with the initiate.
fn refused(meter: &mut TestMeter, message: &[u8]) -> (u8, Vec<u8>) {
    let answer = ask(meter, 1, message);
    let aare = Aare::from_bytes(&answer).unwrap();
    assert_eq!(aare.result, AssociationResult::REJECTED_PERMANENT);
    let ResultSourceDiagnostic::User(code) = aare.result_source_diagnostic else { panic!() };
    assert_eq!(ask(meter, 1, &GET), [0xD8, 1, 1], "there is no association");
    (code.code(), aare.user_information.unwrap_or_default().to_vec())
}

#[test]
fn an_association_is_asked_for_used_and_released() {
    let mut meter = meter(vec![ln(Authentication::Lowest)]);
    assert_eq!(ask(&mut meter, 1, &GET), [0xD8, 1, 1]);
    // The octets of an AARQ as another's client sends it, and its answer.
    let hex = |text: &str| -> Vec<u8> {
        let pairs = text.as_bytes().chunks(2);
        let pairs = pairs.map(|pair| String::from_utf8(pair.to_vec()).unwrap());
        pairs.map(|pair| u8::from_str_radix(&pair, 16).unwrap()).collect()
    };
    let asked = hex("601da109060760857405080101be10040e01000000065f1f0400401e5dffff");
    let answered =
        "6129a109060760857405080101a203020100a305a103020100be10040e0800065f1f0400401e5d04000007";
    assert_eq!(ask(&mut meter, 1, &asked), hex(answered));
    assert_eq!(ask(&mut meter, 1, &GET), GOT);
    assert_eq!(ask(&mut meter, 2, &GET), [0xD8, 1, 1], "another client");
    ask(&mut meter, 2, &asked);
    assert_eq!(ask(&mut meter, 2, &GET), GOT);
    assert_eq!(meter.notify(2, &[0x0F, 0, 0, 0, 1, 0, 0]), 1);
    let mut out = BytesMut::new();
    meter.poll_transmit(Instant::ZERO, &mut out);
    assert_eq!(out[..], [0, 1, 0, 1, 0, 2, 0, 7, 0x0F, 0, 0, 0, 1, 0, 0]);
    assert_eq!(ask(&mut meter, 1, &[0x62, 3, 0x80, 1, 0]), [0x63, 3, 0x80, 1, 0]);
    assert_eq!(ask(&mut meter, 1, &GET), [0xD8, 1, 1]);
    assert_eq!(ask(&mut meter, 2, &GET), GOT, "the other's stands");
    meter.handle_close(Instant::ZERO);
    assert_eq!(ask(&mut meter, 2, &GET), [0xD8, 1, 1]);
}

#[test]
fn each_refusal_says_what_is_wrong() {
    const LN: ApplicationContext = ApplicationContext::LOGICAL_NAME;
    let information = octets(&initiate());
    let plain = aarq(LN, &information);
    let low = || ln(Authentication::Low(secret(b"12345678")));
    let mut passworded = meter(vec![low()]);
    let none = vec![];
    let mut says = |message: &Aarq<'_>| refused(&mut passworded, &octets(message));
    let told = |code: AcseServiceUser| (code.code(), vec![]);
    assert_eq!(says(&plain), told(AcseServiceUser::AUTHENTICATION_REQUIRED));
    let wrong = plain.with_authentication(Mechanism::LOW, b"12345679");
    assert_eq!(says(&wrong), told(AcseServiceUser::AUTHENTICATION_FAILURE));
    let other = plain.with_authentication(Mechanism::HIGH_MD5, b"12345678");
    let unrecognised = AcseServiceUser::AUTHENTICATION_MECHANISM_NAME_NOT_RECOGNISED;
    assert_eq!(says(&other), told(unrecognised));
    let nameless =
        Aarq { sender_acse_requirements: Some(AcseRequirements::AUTHENTICATION), ..plain };
    let required = AcseServiceUser::AUTHENTICATION_MECHANISM_NAME_REQUIRED;
    assert_eq!(says(&nameless), told(required));
    let unsupported = AcseServiceUser::APPLICATION_CONTEXT_NAME_NOT_SUPPORTED;
    assert_eq!(says(&aarq(ApplicationContext::SHORT_NAME, &information)), told(unsupported));

    let mut open = meter(vec![ln(Authentication::Lowest)]);
    let untitled = AcseServiceUser::CALLING_AP_TITLE_NOT_RECOGNIZED;
    let ciphered = aarq(ApplicationContext::LOGICAL_NAME_CIPHERED, &information);
    assert_eq!(refused(&mut open, &octets(&ciphered)), told(untitled));
    for (initiate, code) in [
        (InitiateRequest { proposed_dlms_version_number: 5, ..initiate() }, 1),
        (InitiateRequest { proposed_conformance: Conformance::READ.into(), ..initiate() }, 2),
        (InitiateRequest { client_max_receive_pdu_size: 12, ..initiate() }, 3),
    ] {
        let information = octets(&initiate);
        let (_, error) = refused(&mut open, &octets(&aarq(LN, &information)));
        assert_eq!(error, [0x0E, 1, 6, code]);
    }
    let bare = Aarq { user_information: None, ..plain };
    assert_eq!(refused(&mut open, &octets(&bare)), told(AcseServiceUser::NO_REASON_GIVEN));
    assert_eq!(refused(&mut open, &[0x60, 5, 1]), (1, none));
    // Whoever must protect cannot come in clear.
    let mut strict = meter(vec![ln(Authentication::Lowest).with_required(BOTH)]);
    assert_eq!(refused(&mut strict, &octets(&plain)), told(unsupported));
    let mut known = meter(vec![low().for_client(2)]);
    assert_eq!(refused(&mut known, &octets(&plain)), told(AcseServiceUser::NO_REASON_GIVEN));
}

fn reply(answer: &[u8]) -> Vec<u8> {
    octets(&ActionRequest::Normal {
        invoke_id_and_priority: InvokeId(0xC1),
        cosem_method_descriptor: MethodDescriptor {
            class_id: 15,
            instance_id: [0, 0, 40, 0, 0, 255].into(),
            method_id: 1,
        },
        method_invocation_parameters: Some(DataRef::OctetString(answer)),
    })
}

#[test]
fn a_client_that_has_yet_to_answer_the_challenge_is_served_nothing_else() {
    let information = octets(&initiate());
    let asked = aarq(ApplicationContext::LOGICAL_NAME, &information)
        .with_authentication(Mechanism::HIGH_MD5, b"CCCCCCCC");
    let challenges = Challenges {
        client_to_server: b"CCCCCCCC",
        server_to_client: &[b'S'; 16],
        client_title: &[],
        server_title: &[],
    };
    let answer = |side, secret: &[u8]| {
        challenges.answer_by_secret(&Software, Mechanism::HIGH_MD5, side, secret).unwrap()
    };
    let mut meter = meter(vec![ln(Authentication::Md5(secret(b"secret")))]);
    let aare = ask(&mut meter, 1, &octets(&asked));
    let aare = Aare::from_bytes(&aare).unwrap();
    assert_eq!(aare.result, AssociationResult::ACCEPTED);
    let required = ResultSourceDiagnostic::User(AcseServiceUser::AUTHENTICATION_REQUIRED);
    assert_eq!(aare.result_source_diagnostic, required);
    assert_eq!(aare.responding_authentication_value.map(|v| v.octets), Some(&[b'S'; 16][..]));
    assert_eq!(ask(&mut meter, 1, &GET), [0xC4, 1, 0xC1, 1, 3]);
    let right = reply(answer(Side::Client, b"secret").octets());
    let own = answer(Side::Server, b"secret");
    let expected = [&[0xC7, 1, 0xC1, 0, 1, 0, 9, 16][..], own.octets()].concat();
    assert_eq!(ask(&mut meter, 1, &right), expected);
    assert_eq!(ask(&mut meter, 1, &GET), GOT);
    // After a wrong answer not even the right one helps.
    ask(&mut meter, 1, &octets(&asked));
    let wrong = reply(answer(Side::Client, b"Secret").octets());
    assert_eq!(ask(&mut meter, 1, &wrong), [0xC7, 1, 0xC1, 250, 0]);
    assert_eq!(ask(&mut meter, 1, &right), [0xC7, 1, 0xC1, 3, 0]);
    assert_eq!(ask(&mut meter, 1, &GET), [0xC4, 1, 0xC1, 1, 3]);
}

fn client_guard() -> Guard<Software> {
    let keys = Keyring::new(Software.cipher(&key(0)).unwrap()).with_authentication(key(0xD0));
    Guard::new(Software, keys, CLIENT).with_control(BOTH).with_peer(METER)
}

fn sealed(guard: &mut Guard<Software>, message: &[u8]) -> Vec<u8> {
    let mut out = Owned::new(4096);
    guard.protect(message, &mut out).unwrap();
    out.octets().to_vec()
}

fn opened(guard: &mut Guard<Software>, mut message: Vec<u8>) -> Result<Vec<u8>, GuardError> {
    let range = guard.unprotect(&mut message)?.range();
    Ok(message[range].to_vec())
}

fn ciphered_aarq(guard: &mut Guard<Software>) -> Vec<u8> {
    ciphered_aarq_with(guard, &initiate())
}

fn ciphered_aarq_with(guard: &mut Guard<Software>, initiate: &InitiateRequest<'_>) -> Vec<u8> {
    let mut information = Owned::new(256);
    guard.protect_initiate(&octets(initiate), &mut information).unwrap();
    let context = ApplicationContext::LOGICAL_NAME_CIPHERED;
    let aarq = aarq(context, information.octets());
    octets(&Aarq { calling: Party::titled(&CLIENT.0), ..aarq })
}

#[test]
fn a_ciphered_association_takes_each_message_once_and_only_protected() {
    let mut meter = meter(vec![ln(Authentication::Lowest).with_required(BOTH)]);
    let mut client = client_guard();
    let asked = ciphered_aarq(&mut client);
    let aare = ask(&mut meter, 1, &asked);
    let aare = Aare::from_bytes(&aare).unwrap();
    assert_eq!(aare.result, AssociationResult::ACCEPTED);
    assert_eq!(aare.responding.ap_title, Some(&METER.0[..]));
    let response = opened(&mut client, aare.user_information.unwrap().to_vec()).unwrap();
    assert!(matches!(Apdu::from_bytes(&response), Ok(Apdu::<DataRef<'_>>::InitiateResponse(_))));
    for form in [Form::Service, Form::General, Form::GeneralCiphering] {
        client.set_form(form);
        let request = sealed(&mut client, &GET);
        let answer = ask(&mut meter, 1, &request);
        assert_eq!(answer[0] == 0xCC, form == Form::Service);
        assert_eq!(opened(&mut client, answer).unwrap(), GOT);
        let expected = client.peek_counter().unwrap().to_be_bytes();
        let replayed = [&[0xD8, 1, 6][..], &expected].concat();
        assert_eq!(ask(&mut meter, 1, &request), replayed, "the same once more");
    }
    let mut spoilt = sealed(&mut client, &GET);
    *spoilt.last_mut().unwrap() ^= 1;
    assert_eq!(ask(&mut meter, 1, &spoilt), [0xD8, 1, 5]);
    assert_eq!(ask(&mut meter, 1, &GET), [0xD8, 1, 1], "in clear");
    // The AARQ once more, although the association ended: its counter is remembered.
    ask(&mut meter, 1, &[0x62, 0]);
    let again = ask(&mut meter, 1, &asked);
    assert_eq!(again[..3], [0xD8, 1, 6]);
    let fresh = ciphered_aarq(&mut client);
    assert_eq!(ask(&mut meter, 1, &fresh)[0], 0x61);
}

#[test]
fn an_answer_is_sealed_with_the_key_that_its_request_was() {
    let mut meter = meter(vec![ln(Authentication::Lowest).with_required(BOTH)]);
    let mut client = client_guard();
    let dedicated: Vec<u8> = (0x40..0x50).collect();
    let initiate = InitiateRequest { dedicated_key: Some(&dedicated), ..initiate() };
    let asked = ciphered_aarq_with(&mut client, &initiate);
    let aare = ask(&mut meter, 1, &asked);
    let response = Aare::from_bytes(&aare).unwrap().user_information.unwrap().to_vec();
    opened(&mut client, response).unwrap();
    client.set_dedicated(Some(Software.cipher(&key(0x40)).unwrap()));
    for uses_dedicated in [false, true, false] {
        client.use_dedicated(uses_dedicated);
        for (form, tags) in [(Form::Service, [0xCC, 0xD4]), (Form::General, [0xDB, 0xDC])] {
            client.set_form(form);
            let request = sealed(&mut client, &GET);
            let answer = ask(&mut meter, 1, &request);
            assert_eq!(answer[0], tags[usize::from(uses_dedicated)]);
            assert_eq!(opened(&mut client, answer).unwrap(), GOT);
        }
    }
}

#[test]
fn new_keys_hold_from_the_next_association_on() {
    let mut meter = meter(vec![ln(Authentication::Lowest).with_required(BOTH)]);
    let mut client = client_guard();
    let asked = ciphered_aarq(&mut client);
    ask(&mut meter, 1, &asked);
    let transfer = |master: u8| {
        let wrapped = wrap_key(&Software.cipher(&key(master)).unwrap(), &key(0x80)).unwrap();
        let head = [0xC3, 1, 0xC1, 0, 64, 0, 0, 43, 0, 0, 255, 2, 1, 1, 1, 2, 2, 22, 0, 9, 24];
        [&head[..], wrapped.octets()].concat()
    };
    let mut say = |meter: &mut TestMeter, message: &[u8]| {
        let sealed = sealed(&mut client, message);
        let answer = ask(meter, 1, &sealed);
        opened(&mut client, answer).unwrap()
    };
    assert_eq!(say(&mut meter, &transfer(0x41)), [0xC7, 1, 0xC1, 250, 0], "another master key");
    assert_eq!(say(&mut meter, &transfer(0x40)), [0xC7, 1, 0xC1, 0, 0]);
    assert_eq!(say(&mut meter, &GET), GOT);
    let stale = ciphered_aarq(&mut client);
    let refused = ask(&mut meter, 1, &stale);
    let aare = Aare::from_bytes(&refused).unwrap();
    let failure = ResultSourceDiagnostic::User(AcseServiceUser::AUTHENTICATION_FAILURE);
    assert_eq!(aare.result_source_diagnostic, failure);
}

#[test]
fn a_pre_established_association_stands_by_itself() {
    let mut meter = meter(vec![ln(Authentication::Lowest).for_client(3).pre_established()]);
    assert_eq!(ask(&mut meter, 3, &GET), GOT);
    assert_eq!(ask(&mut meter, 4, &GET), [0xD8, 1, 1]);
}

#[test]
fn a_long_answer_goes_in_general_blocks_where_there_are_no_others() {
    let mut account = ln(Authentication::Lowest);
    account.conformance = Conformance::GET | Conformance::GENERAL_BLOCK_TRANSFER;
    let mut meter = meter(vec![account]);
    let information = octets(&InitiateRequest { client_max_receive_pdu_size: 109, ..initiate() });
    ask(&mut meter, 1, &octets(&aarq(ApplicationContext::LOGICAL_NAME, &information)));
    let request = [0xC0, 1, 0xC1, 0, 1, 0, 0, 96, 1, 0, 255, 2, 0];
    // The request in blocks too: the first is acknowledged.
    let piece = |control, number, octets: &[u8]| {
        let len = u8::try_from(octets.len()).unwrap();
        [&[0xE0, control, 0, number, 0, 0, len][..], octets].concat()
    };
    let word = ask_all(&mut meter, 1, &piece(0x01, 1, &request[..5]));
    assert_eq!(word, [[0xE0, 0x01, 0, 1, 0, 1, 0]]);
    let first = ask_all(&mut meter, 1, &piece(0x81, 2, &request[5..]));
    assert_eq!(first.len(), 1);
    assert_eq!(first[0][..7], [0xE0, 0x01, 0, 1, 0, 2, 100]);
    // 4 + 3 + 200 octets: two more, in a window of three.
    let rest = ask_all(&mut meter, 1, &[0xE0, 0x03, 0, 3, 0, 1, 0]);
    let controls: Vec<_> = rest.iter().map(|block| (block[1], block[3])).collect();
    assert_eq!(controls, [(0x41, 2), (0x81, 3)]);
    let joined = [&first[0][7..], &rest[0][7..], &rest[1][7..]].concat();
    assert_eq!(joined[..8], [0xC4, 1, 0xC1, 0, 9, 0x81, 200, 0]);
    assert_eq!(joined.len(), 207);
}

proptest::proptest! {
    /// Whatever comes in whatever pieces: the meter goes on, and whoever comes next is served.
    #[test]
    fn whatever_comes_the_next_client_is_served(
        messages in proptest::collection::vec(
            proptest::collection::vec(proptest::num::u8::ANY, 1..60), 0..12),
        tags in proptest::collection::vec(
            proptest::sample::select(vec![0x60_u8, 0x62, 0xC0, 0xC1, 0xC3, 0xC8, 0xD9, 0xDB, 0xDD, 0xE0, 5, 6]),
            12),
    ) {
        let mut meter = meter(vec![ln(Authentication::Lowest)]);
        for (message, tag) in messages.iter().zip(tags) {
            let mut message = message.clone();
            message[0] = tag;
            for answer in ask_all(&mut meter, 1, &message) {
                let apdu: Result<Apdu<'_>, _> = Apdu::from_bytes(&answer);
                proptest::prop_assert!(apdu.is_ok(), "{message:02X?} {answer:02X?}");
            }
        }
        let information = octets(&initiate());
        ask(&mut meter, 1, &octets(&aarq(ApplicationContext::LOGICAL_NAME, &information)));
        proptest::prop_assert_eq!(ask(&mut meter, 1, &GET), GOT);
    }
}
