//! dlms-cosem-rs, in process.

use dlms_cosem_rs::codec::Decode;
use dlms_cosem_rs::security::{
    Key, KeyRing, Protector, RustCryptoProvider, SecurityPolicy, SecuritySuite, SystemTitle,
};
use dlms_cosem_rs::xdlms as their;
use gurux_dlms::wire::{AccessRequestSpecification, Apdu};
use gurux_framing::Wire;
use gurux_second_opinion::sealed::{Form, Sealed};
use gurux_second_opinion::twin::{data_twin, is_whole, same, their_octets, twin};
use gurux_second_opinion::{Decided, Gen, Message, SERVICES, Tally, Way, cases, octets_of};

/// By the ASN.1 of IEC 62056-5-3, an access-request-get-with-selection, and that of set, hold a
/// Selective-Access-Descriptor that is not OPTIONAL: no usage flag stands before it. They write one.
/// The types that jDLMS generated from the ASN.1 agree with us.
const ACCESS_SELECTION: Decided = Decided("ACCESS: a usage flag before a selection; ours has none");

/// The additional data of general-ciphering's tag end with the five fields of the header. They leave
/// these out; three other implementations have them.
const GENERAL_TAG: Decided =
    Decided("general-ciphering: the tag does not cover the header; ours does");

#[test]
fn each_value_is_the_same_for_both() {
    let mut tally = Tally::default();
    let mut choices = Gen::new(100);
    for _ in 0..cases() {
        let value = choices.data(4);
        tally.case("data");
        // Making the twin asserts that they read what they write.
        let twin = data_twin(&value);
        let octets: &'static [u8] = octets_of(&value).leak();
        let result = match dlms_cosem_rs::axdr::Data::from_bytes(octets) {
            Ok(read) if same(&read, &twin) => Ok(()),
            read => Err(format!("{octets:02X?} {read:?}")),
        };
        tally.way("data", Way::OursToTheirs, result, None);
        let theirs = their_octets(&twin);
        let result = if theirs == octets { Ok(()) } else { Err(format!("{theirs:02X?}")) };
        tally.way("data", Way::TheirsToOurs, result, None);
    }
    tally.finish("dlms-cosem-rs", &[]);
}

#[test]
fn each_service_is_the_same_for_both() {
    let mut tally = Tally::default();
    for (seed, (service, make)) in SERVICES.iter().enumerate() {
        let mut choices = Gen::new(seed as u64);
        while tally.least(service) < cases() {
            let message = make(&mut choices);
            let Some(twin) = twin(&message) else { break };
            tally.case(service);
            let octets: &'static [u8] = octets_of(&message).leak();
            let read = dlms_cosem_rs::Apdu::from_bytes(octets);
            let result = match read {
                Ok(read) if same(&read, &twin) => Ok(()),
                read => Err(format!("{message:?}\n    {octets:02X?}\n    {read:?}")),
            };
            let decided = has_access_selection(&message).then_some(ACCESS_SELECTION);
            tally.way(service, Way::OursToTheirs, result, decided);
            if !is_whole(&message) {
                continue;
            }
            let theirs = their_octets(&twin);
            let result = match Message::from_bytes(theirs.clone().leak()) {
                Ok(read) if read == message && theirs == octets => Ok(()),
                read => Err(format!("{message:?}\n    {theirs:02X?}\n    {read:?}")),
            };
            tally.way(service, Way::TheirsToOurs, result, decided);
        }
    }
    tally.finish("dlms-cosem-rs", &[ACCESS_SELECTION]);
}

fn has_access_selection(message: &Message) -> bool {
    let list = match message {
        Apdu::AccessRequest(m) => Some(m.access_request_body.access_request_specification),
        Apdu::AccessResponse(m) => m.access_response_body.access_request_specification,
        _ => None,
    };
    list.is_some_and(|list| {
        list.iter().any(|one| {
            matches!(
                one,
                AccessRequestSpecification::GetWithSelection { .. }
                    | AccessRequestSpecification::SetWithSelection { .. }
            )
        })
    })
}

#[test]
fn each_protection_is_the_same_for_both() {
    let mut tally = Tally::default();
    for (form, suite, service) in [
        (Form::Service, 0, "glo- and ded-, suite 0"),
        (Form::Service, 1, "glo- and ded-, suite 1"),
        (Form::Service, 2, "glo- and ded-, suite 2"),
        (Form::General, 0, "general-glo- and -ded-, suite 0"),
        (Form::General, 1, "general-glo- and -ded-, suite 1"),
        (Form::General, 2, "general-glo- and -ded-, suite 2"),
        (Form::Named, 0, "general-ciphering, suite 0"),
        (Form::Named, 1, "general-ciphering, suite 1"),
        (Form::Named, 2, "general-ciphering, suite 2"),
    ] {
        let mut choices = Gen::new(200 + u64::from(suite));
        for _ in 0..cases() {
            let case = Sealed::new(&mut choices, form, suite);
            tally.case(service);
            let ours = case.seal();
            let is_authenticated = case.control.is_authenticated();
            let decided = (form == Form::Named && is_authenticated).then_some(GENERAL_TAG);
            tally.way(service, Way::OursToTheirs, they_open(&case, &ours), decided);
            let theirs = they_seal(&case);
            let result = case.open(&theirs).and_then(|()| {
                if theirs == ours { Ok(()) } else { Err(format!("{theirs:02X?} {ours:02X?}")) }
            });
            tally.way(service, Way::TheirsToOurs, result, decided);
        }
    }
    tally.finish("dlms-cosem-rs", &[GENERAL_TAG]);
}

fn protector(case: &Sealed) -> (Protector<RustCryptoProvider>, SecurityPolicy) {
    let [global, dedicated, authentication] =
        case.keys.map(|key| Some(Key::from_slice(key).unwrap()));
    let keys = KeyRing { guek: global, gak: authentication, dedicated, ..KeyRing::default() };
    let policy = SecurityPolicy {
        suite: SecuritySuite::from_id(case.control.suite()).unwrap(),
        authenticated: case.control.is_authenticated(),
        encrypted: case.control.is_encrypted(),
        ..SecurityPolicy::NONE
    }
    .with_dedicated(case.is_dedicated);
    (Protector::new(RustCryptoProvider::new(keys), policy), policy)
}

fn they_open(case: &Sealed, message: &[u8]) -> Result<(), String> {
    let (protector, policy) = protector(case);
    let body = match dlms_cosem_rs::Apdu::from_bytes(message) {
        Ok(their::Apdu::Ciphered { body, .. }) => body,
        Ok(their::Apdu::GeneralCiphered { body, .. }) => body.ciphered,
        Ok(their::Apdu::GeneralCiphering(message)) => message.ciphered,
        other => return Err(format!("{other:?}")),
    };
    let mut payload = body.payload.to_vec();
    let title = SystemTitle(case.sender.0);
    let counter = body.invocation_counter;
    let opened = protector.unprotect_as(
        policy,
        body.security_control,
        &title,
        counter,
        case.keys[2],
        &mut payload,
    );
    match opened {
        Ok(text) if text == case.text => Ok(()),
        other => Err(format!("{other:?}")),
    }
}

fn they_seal(case: &Sealed) -> Vec<u8> {
    let (protector, policy) = protector(case);
    let mut room = vec![0; case.text.len() + 16];
    let title = SystemTitle(case.sender.0);
    let payload = protector
        .protect_as(policy, &title, case.counter, case.keys[2], &case.text, &mut room)
        .expect("they protect it");
    let body = their::CipheredService {
        security_control: policy.control(),
        invocation_counter: case.counter,
        payload,
    };
    let protection =
        if case.is_dedicated { their::Protection::Dedicated } else { their::Protection::Global };
    their_octets(&match case.form {
        Form::Service => {
            let service = their::ApduTag::from_u8(case.text[0]).expect("a service that they know");
            their::Apdu::Ciphered { protection, service, body }
        }
        Form::General => their::Apdu::GeneralCiphered {
            protection,
            body: their::GeneralGloCiphering { system_title: &case.sender.0, ciphered: body },
        },
        Form::Named => their::Apdu::GeneralCiphering(their::GeneralCiphering {
            transaction_id: case.header.transaction_id,
            originator_system_title: case.header.originator_system_title,
            recipient_system_title: case.header.recipient_system_title,
            date_time: case.header.date_time,
            other_information: case.header.other_information,
            key_info: Some(their::KeyInfo::Identified { key_id: 0 }),
            ciphered: body,
        }),
    })
}
