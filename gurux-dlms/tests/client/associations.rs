//! How associations begin, fail and end.

use gurux_dlms::security::{Challenges, PrivateKey, Side, Software, SoftwareKey};
use gurux_dlms::session::link::Store;
use gurux_dlms::session::{
    Authentication, ClientConfig, ClientEvent, CounterFrom, Failure, Guard, GuardError, Lost,
    Quirks, WrapperConfig,
};
use gurux_dlms::wire::{
    Aare, Aarq, AcseServiceUser, ApplicationContext, AssociationResult, Conformance,
    DataAccessResult, DataRef, ExceptionResponse, InitiateRequest, Mechanism, Party,
    ResultSourceDiagnostic, StateError,
};
use gurux_framing::Wire;
use gurux_media::{Instant, Session};

use crate::desk::{
    ALL, CLIENT, Desk, METER, aare, aare_with_challenge, encoded, guard, initiate_response,
    register, secret,
};

const VALUE: [u8; 9] = [0xC4, 1, 0xC1, 0, 6, 0, 0x13, 0x11, 0xC6];

/// The register's value, for whatever GET it answers.
fn value_for(get: &[u8]) -> Vec<u8> {
    let mut value = VALUE.to_vec();
    value[2] = get[2];
    value
}

fn challenged(mechanism: Mechanism, theirs: &'static [u8], is_right: bool) -> Result<(), Failure> {
    let mut ours = Vec::new();
    let mut asked = Vec::new();
    let meter = |message: &[u8]| match message[0] {
        0x60 => {
            let aarq = Aarq::from_bytes(message).unwrap();
            assert_eq!(aarq.mechanism_name, Some(mechanism.into()));
            ours = aarq.calling_authentication_value.unwrap().octets.to_vec();
            // A meter that holds up a mirror.
            let theirs = if theirs.is_empty() { &ours } else { theirs };
            vec![aare_with_challenge(mechanism, theirs)]
        }
        0xC3 => {
            let challenges = Challenges {
                client_to_server: &ours,
                server_to_client: theirs,
                client_title: &CLIENT.0,
                server_title: &METER.0,
            };
            let answer = &message[15..];
            let check =
                |side| challenges.check_secret(&Software, mechanism, side, b"hls-secret", answer);
            assert_eq!(check(Side::Client), Ok(()));
            let side = if is_right { Side::Server } else { Side::Client };
            let answer =
                challenges.answer_by_secret(&Software, mechanism, side, b"hls-secret").unwrap();
            let mut reply = vec![0xC7, 1, message[2], 0, 1, 0];
            reply.extend(encoded(&DataRef::OctetString(answer.octets())));
            vec![reply]
        }
        _ => {
            asked.push(message.to_vec());
            vec![value_for(message)]
        }
    };
    let authentication = match mechanism {
        Mechanism::HIGH_MD5 => Authentication::Md5(secret(b"hls-secret")),
        Mechanism::HIGH_SHA1 => Authentication::Sha1(secret(b"hls-secret")),
        _ => Authentication::Sha256(secret(b"hls-secret")),
    };
    let guard = Guard::new(Software, crate::desk::keyring(), CLIENT);
    let config = ClientConfig::default();
    let mut desk = Desk::with(config, WrapperConfig::default(), authentication, guard, meter);
    let (told, end) = desk.get();
    assert_eq!(told.values.len(), usize::from(end.is_ok()));
    end
}

#[test]
fn both_sides_prove_that_they_have_the_secret() {
    for mechanism in [Mechanism::HIGH_MD5, Mechanism::HIGH_SHA1, Mechanism::HIGH_SHA256] {
        assert_eq!(challenged(mechanism, b"a challenge of the meter", true), Ok(()));
        let wrong = challenged(mechanism, b"a challenge of the meter", false);
        assert_eq!(wrong, Err(Failure::NotAuthentic), "{mechanism}");
        assert_eq!(challenged(mechanism, b"", true), Err(Failure::NotAuthentic), "{mechanism}");
    }
}

#[test]
fn signatures_prove_it_too() {
    let (client_key, meter_key) =
        (SoftwareKey::new(&[3; 32]).unwrap(), SoftwareKey::new(&[5; 32]).unwrap());
    let client_public = client_key.public_key().unwrap();
    let meter_public = meter_key.public_key().unwrap();
    let theirs = [9; 32];
    let mut ours = Vec::new();
    let meter = |message: &[u8]| match message[0] {
        0x60 => {
            let aarq = Aarq::from_bytes(message).unwrap();
            assert_eq!(aarq.calling.ap_title, Some(&CLIENT.0[..]));
            ours = aarq.calling_authentication_value.unwrap().octets.to_vec();
            vec![aare_with_challenge(Mechanism::HIGH_ECDSA, &theirs)]
        }
        0xC3 => {
            let challenges = Challenges {
                client_to_server: &ours,
                server_to_client: &theirs,
                client_title: &CLIENT.0,
                server_title: &METER.0,
            };
            let answer = &message[15..];
            challenges.check_signature(&Software, Side::Client, &client_public, answer).unwrap();
            let answer = challenges.answer_by_signature(Side::Server, &meter_key).unwrap();
            let mut reply = vec![0xC7, 1, message[2], 0, 1, 0];
            reply.extend(encoded(&DataRef::OctetString(answer.octets())));
            vec![reply]
        }
        _ => vec![value_for(message)],
    };
    let authentication = Authentication::Ecdsa { own: Box::new(client_key), peer: meter_public };
    let guard = Guard::new(Software, crate::desk::keyring(), CLIENT);
    let config = ClientConfig::default();
    let mut desk = Desk::with(config, WrapperConfig::default(), authentication, guard, meter);
    assert_eq!(desk.get().1, Ok(()));
}

#[test]
fn a_meter_that_asks_for_no_challenge_is_left() {
    let authentication = Authentication::Md5(secret(b"hls-secret"));
    let guard = Guard::open(Software);
    let config = ClientConfig::default();
    let meter = |_: &[u8]| vec![aare(ALL, 1024)];
    let mut desk = Desk::with(config, WrapperConfig::default(), authentication, guard, meter);
    assert_eq!(desk.get().1, Err(Failure::NoChallenge));
    assert_eq!(desk.sent.len(), 1);
}

#[test]
fn a_refusal_says_why_with_user_information_or_without() {
    let diagnostic = ResultSourceDiagnostic::User(AcseServiceUser::AUTHENTICATION_FAILURE);
    let result = AssociationResult::REJECTED_PERMANENT;
    for (information, name) in
        [(None, None), (Some(&[0x0E, 1, 6, 1][..]), Some("dlms-version-too-low"))]
    {
        let meter = |_: &[u8]| {
            let context = ApplicationContext::LOGICAL_NAME;
            vec![encoded(&Aare::new(context, result, diagnostic, information))]
        };
        let mut desk = Desk::new(ClientConfig::default(), meter);
        let Err(Failure::Refused(refusal)) = desk.get().1 else { panic!() };
        assert_eq!((refusal.result, refusal.diagnostic), (result, diagnostic));
        assert_eq!(refusal.error.and_then(|error| error.name()), name);
        // The next order begins anew.
        assert!(matches!(desk.get().1, Err(Failure::Refused(_))));
    }
}

#[test]
fn a_counter_that_is_too_low_is_raised_and_the_order_tried_once_more() {
    for always in [false, true] {
        let mut theirs = guard(METER, CLIENT);
        let mut refused = 0;
        let meter = |message: &[u8]| {
            let mut message = message.to_vec();
            if message[0] == 0x60 {
                let aarq = Aarq::from_bytes(&message).unwrap();
                let mut information = aarq.user_information.unwrap().to_vec();
                let opened = theirs.unprotect(&mut information).unwrap();
                InitiateRequest::from_bytes(&information[opened.range()]).unwrap();
                let mut sealed = gurux_dlms::session::link::Owned::new(256);
                theirs.protect_initiate(&initiate_response(ALL, 1024), &mut sealed).unwrap();
                let context = ApplicationContext::LOGICAL_NAME_CIPHERED;
                let diagnostic = ResultSourceDiagnostic::User(AcseServiceUser::NULL);
                let accepted = AssociationResult::ACCEPTED;
                return vec![encoded(&Aare {
                    responding: Party::titled(&METER.0),
                    ..Aare::new(context, accepted, diagnostic, Some(sealed.octets()))
                })];
            }
            if refused == 0 || always {
                refused += 1;
                let state = StateError::SERVICE_NOT_ALLOWED;
                return vec![encoded(&ExceptionResponse::invocation_counter(state, 5000))];
            }
            assert!(u32::from_be_bytes(message[3..7].try_into().unwrap()) >= 5000);
            let opened = theirs.unprotect(&mut message).unwrap();
            let mut sealed = gurux_dlms::session::link::Owned::new(256);
            theirs.protect(&value_for(&message[opened.range()]), &mut sealed).unwrap();
            vec![sealed.octets().to_vec()]
        };
        let (config, wrapper) = (ClientConfig::default(), WrapperConfig::default());
        let ours = guard(CLIENT, METER);
        let mut desk = Desk::with(config, wrapper, Authentication::Lowest, ours, meter);
        let (told, end) = desk.get();
        let raised =
            told.other.iter().any(|e| matches!(e, ClientEvent::CounterRaised { to: 5001 }));
        assert!(raised, "{told:?}");
        if always {
            assert!(matches!(end, Err(Failure::Exception(_))));
            assert_eq!(desk.sent.len(), 3);
        } else {
            assert_eq!((end, told.values), (Ok(()), vec![Ok(VALUE[4..].to_vec())]));
        }
    }
}

#[test]
fn the_counter_is_read_by_the_public_client_first() {
    let mut theirs = guard(METER, CLIENT);
    let mut is_public = true;
    let meter = |message: &[u8]| match message[0] {
        0x60 if is_public => {
            assert_eq!(Aarq::from_bytes(message).unwrap().calling.ap_title, None);
            vec![aare(ALL, 1024)]
        }
        0xC0 => {
            is_public = false;
            vec![vec![0xC4, 1, message[2], 0, 6, 0, 0, 0x10, 0]]
        }
        _ => {
            let aarq = Aarq::from_bytes(message).unwrap();
            let mut information = aarq.user_information.unwrap().to_vec();
            assert_eq!(information[3..7], [0, 0, 0x10, 11], "one more and the step");
            theirs.unprotect(&mut information).unwrap();
            vec![]
        }
    };
    let config = ClientConfig {
        counter_from: Some(CounterFrom { client: 16, ..CounterFrom::default() }),
        quirks: Quirks { counter_step: 10, ..Quirks::default() },
        ..ClientConfig::default()
    };
    let wrapper = WrapperConfig { own: 1, ..WrapperConfig::default() };
    let ours = guard(CLIENT, METER);
    let mut desk = Desk::with(config, wrapper, Authentication::Lowest, ours, meter);
    // The meter of this test does not know the client itself, which is another than the public one.
    assert_eq!(desk.get().1, Err(Failure::TimedOut));
    assert_eq!(desk.sent.len(), 3);
}

#[test]
fn no_order_goes_through_the_association_in_which_the_counter_could_not_be_read() {
    let meter = |message: &[u8]| match message[0] {
        0x60 => vec![aare(ALL, 1024)],
        // The meter has no such object for the public client.
        0xC0 => vec![vec![0xC4, 1, message[2], 1, 4]],
        _ => panic!("{message:02X?}"),
    };
    let config =
        ClientConfig { counter_from: Some(CounterFrom::default()), ..ClientConfig::default() };
    let wrapper = WrapperConfig { own: 1, ..WrapperConfig::default() };
    let ours = guard(CLIENT, METER);
    let mut desk = Desk::with(config, wrapper, Authentication::Lowest, ours, meter);
    let no_counter = Err(Failure::NoCounter(DataAccessResult::OBJECT_UNDEFINED));
    assert_eq!(desk.get().1, no_counter);
    let value = DataRef::Unsigned(1);
    let call = desk.client.set(register(), value).unwrap();
    assert_eq!(desk.run(call).1, no_counter, "it is tried again, and nothing is written in clear");
    let tags: Vec<u8> = desk.sent.iter().map(|message| message[0]).collect();
    assert_eq!(tags, [0x60, 0xC0, 0x60, 0xC0]);
    let call = desk.client.release().unwrap();
    assert_eq!(desk.run(call).1, Ok(()), "there is nothing to release");
}

#[test]
fn an_answer_in_clear_where_all_is_protected_is_no_answer() {
    let (config, wrapper) = (ClientConfig::default(), WrapperConfig::default());
    let meter = |_: &[u8]| vec![aare(ALL, 1024)];
    let ours = guard(CLIENT, METER);
    let mut desk = Desk::with(config, wrapper, Authentication::Lowest, ours, meter);
    assert_eq!(desk.get().1, Err(Failure::Guard(GuardError::Clear(8))));
}

#[test]
fn an_association_that_is_there_is_not_asked_for() {
    let config = ClientConfig { is_pre_established: true, ..ClientConfig::default() };
    let mut desk = Desk::new(config, |message: &[u8]| vec![value_for(message)]);
    assert_eq!(desk.get().1, Ok(()));
    assert_eq!(desk.sent.len(), 1);
}

#[test]
fn an_accepted_association_without_user_information_has_what_was_proposed() {
    let diagnostic = ResultSourceDiagnostic::User(AcseServiceUser::NULL);
    let context = ApplicationContext::LOGICAL_NAME;
    let bare = encoded(&Aare::new(context, AssociationResult::ACCEPTED, diagnostic, None));
    let meter = |message: &[u8]| match message[0] {
        0x60 => vec![bare.clone()],
        _ => vec![value_for(message)],
    };
    let mut desk = Desk::new(ClientConfig::default(), meter);
    assert_eq!(desk.get().1, Ok(()));
    assert!(desk.client.agreed().unwrap().grants(Conformance::GET));
}

#[test]
fn it_ends_with_release_where_the_meter_knows_one() {
    for (quirks, last) in [
        (Quirks::default(), Some(vec![0x62, 3, 0x80, 1, 0])),
        (Quirks { bare_release: true, ..Quirks::default() }, Some(vec![0x62, 0])),
        (Quirks { no_release: true, ..Quirks::default() }, None),
    ] {
        for knows_release in [true, false] {
            let meter = |message: &[u8]| match message[0] {
                0x60 => vec![aare(ALL, 1024)],
                0x62 if knows_release => vec![vec![0x63, 0]],
                0x62 => vec![vec![0xD8, 1, 2]],
                _ => vec![value_for(message)],
            };
            let mut desk = Desk::new(ClientConfig { quirks, ..ClientConfig::default() }, meter);
            assert_eq!(desk.get().1, Ok(()));
            let call = desk.client.release().unwrap();
            assert_eq!(desk.run(call).1, Ok(()));
            assert_eq!(desk.client.agreed(), None);
            assert_eq!(desk.sent.get(2), last.as_ref());
            // Nothing to release any more.
            let call = desk.client.release().unwrap();
            assert_eq!(desk.run(call).1, Ok(()));
        }
    }
}

#[test]
fn a_medium_that_closes_ends_the_order() {
    let mut desk = Desk::new(ClientConfig::default(), |_: &[u8]| vec![]);
    let call = desk.client.get(register()).unwrap();
    assert_eq!(desk.client.poll_event(), None);
    let mut out = gurux_media::bytes::BytesMut::new();
    desk.client.handle_open(Instant::ZERO);
    assert!(desk.client.poll_transmit(Instant::ZERO, &mut out).is_some());
    desk.client.handle_close(Instant::ZERO);
    assert_eq!(desk.run(call).1, Err(Failure::Lost(Lost::Closed)));
    assert!(desk.client.is_idle());
}
