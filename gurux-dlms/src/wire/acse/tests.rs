//! Messages worked by hand, the deviations of real meters, and the laws.

use std::string::{String, ToString};
use std::vec::Vec;
use std::{format, vec};

use gurux_framing::{Wire, WireError, wire_laws};
use proptest::prelude::*;

use super::*;

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        text.chars().filter_map(|digit| digit.to_digit(16)).map(|digit| digit as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

fn emitted<'a>(message: &impl Wire<'a>) -> Vec<u8> {
    let mut octets = vec![0; message.wire_len()];
    message.emit_to_slice(&mut octets).unwrap();
    octets
}

#[test]
fn every_field_of_an_aarq_has_its_place() {
    let octets = hex("60 7A\
        80 02 07 80\
        A1 09 06 07 60 85 74 05 08 01 03\
        A2 0A 04 08 4D 4D 4D 00 00 BC 61 4E\
        A3 04 04 02 30 82\
        A4 03 02 01 07\
        A5 04 02 02 01 00\
        A6 0A 04 08 4D 4D 4D 00 00 00 00 01\
        A7 05 04 03 30 01 02\
        A8 03 02 01 FF\
        A9 03 02 01 C8\
        8A 02 07 80\
        8B 07 60 85 74 05 08 02 05\
        AC 0A 80 08 4B 35 36 69 56 61 67 59\
        BD 04 80 02 AA BB\
        BE 10 04 0E 01 00 00 00 06 5F 1F 04 00 00 7E 1F 04 B0");
    let title = hex("4D4D4D0000000001");
    let aarq = Aarq::from_bytes(&octets).unwrap();
    assert_eq!(aarq.protocol_version, Some(AcseRequirements::AUTHENTICATION));
    assert_eq!(aarq.application_context_name, ApplicationContext::LOGICAL_NAME_CIPHERED.into());
    assert_eq!(aarq.called.ap_title, Some(&hex("4D4D4D0000BC614E")[..]));
    assert_eq!(aarq.called.ae_qualifier, Some(&[0x30, 0x82][..]));
    assert_eq!(aarq.called.ap_invocation_id, Some(7));
    assert_eq!(aarq.called.ae_invocation_id, Some(0x100));
    assert_eq!(aarq.called.user_id(), None);
    assert_eq!(aarq.calling.ap_title, Some(&title[..]));
    assert_eq!(aarq.calling.ae_qualifier, Some(&[0x30, 1, 2][..]));
    assert_eq!(aarq.calling.ap_invocation_id, Some(-1));
    assert_eq!(aarq.calling.user_id(), Some(200));
    assert!(aarq.sender_acse_requirements.unwrap().has_authentication());
    assert_eq!(aarq.mechanism_name.unwrap().mechanism(), Some(Mechanism::HIGH_GMAC));
    assert_eq!(aarq.calling_authentication_value, Some(AuthenticationValue::new(b"K56iVagY")));
    assert_eq!(aarq.implementation_information, Some(&[0x80, 2, 0xAA, 0xBB][..]));
    assert_eq!(aarq.user_information.unwrap().len(), 14);
    assert_eq!(emitted(&aarq), octets);
    wire_laws!(Aarq<'_>, aarq, self_delimiting);
}

#[test]
fn every_field_of_an_aare_has_its_place() {
    let octets = hex("61 67\
        80 02 07 80\
        A1 09 06 07 60 85 74 05 08 01 04\
        A2 03 02 01 00\
        A3 05 A1 03 02 01 0E\
        A4 0A 04 08 4D 4D 4D 00 00 BC 61 4E\
        A5 04 04 02 30 82\
        A6 03 02 01 07\
        A7 04 02 02 00 C8\
        88 02 07 80\
        89 07 60 85 74 05 08 02 07\
        AA 0A 80 08 50 36 77 52 4A 32 31 46\
        BD 02 80 00\
        BE 10 04 0E 08 00 06 5F 1F 04 00 00 50 1F 01 F4 00 07");
    let aare = Aare::from_bytes(&octets).unwrap();
    assert_eq!(aare.application_context_name, ApplicationContext::SHORT_NAME_CIPHERED.into());
    assert_eq!(aare.result, AssociationResult::ACCEPTED);
    assert_eq!(
        aare.result_source_diagnostic,
        ResultSourceDiagnostic::User(AcseServiceUser::AUTHENTICATION_REQUIRED)
    );
    assert_eq!(aare.responding.ap_title, Some(&hex("4D4D4D0000BC614E")[..]));
    assert_eq!(aare.responding.ae_qualifier, Some(&[0x30, 0x82][..]));
    assert_eq!(aare.responding.ap_invocation_id, Some(7));
    assert_eq!(aare.responding.user_id(), Some(200));
    assert_eq!(aare.responder_acse_requirements, Some(AcseRequirements::AUTHENTICATION));
    assert_eq!(aare.mechanism_name, Some(Mechanism::HIGH_ECDSA.into()));
    assert_eq!(
        aare.responding_authentication_value.map(|value| value.octets),
        Some(&b"P6wRJ21F"[..])
    );
    assert_eq!(aare.implementation_information, Some(&[0x80, 0][..]));
    assert_eq!(emitted(&aare), octets);
    wire_laws!(Aare<'_>, aare, self_delimiting);
}

#[test]
fn a_refusal_names_who_refuses() {
    let octets = hex("61 17 A1 09 06 07 60 85 74 05 08 01 01 A2 03 02 01 01 A3 05 A2 03 02 01 02");
    let aare = Aare::from_bytes(&octets).unwrap();
    assert_eq!(aare.result, AssociationResult::REJECTED_PERMANENT);
    assert_eq!(
        aare.result_source_diagnostic,
        ResultSourceDiagnostic::Provider(AcseServiceProvider::NO_COMMON_ACSE_VERSION)
    );
    // observed: no user-information (Landis+Gyr ZCXi120, ZMXi320).
    assert_eq!(aare.user_information, None);
    assert_eq!(emitted(&aare), octets);
}

#[test]
fn a_release_may_be_empty() {
    let rlrq = Rlrq::from_bytes(&[0x62, 0]).unwrap();
    assert_eq!(rlrq, Rlrq::default());
    assert_eq!(emitted(&rlrq), [0x62, 0]);
    let rlre = Rlre::from_bytes(&[0x63, 0]).unwrap();
    assert_eq!(rlre, Rlre::default());

    let octets = hex("62 08 80 01 1E BE 03 04 01 AA");
    let rlrq = Rlrq::from_bytes(&octets).unwrap();
    assert_eq!(rlrq.reason, Some(ReleaseRequestReason::USER_DEFINED));
    assert_eq!(rlrq.user_information, Some(&[0xAA][..]));
    wire_laws!(Rlrq<'_>, rlrq, self_delimiting);

    let rlre = Rlre::from_bytes(&[0x63, 3, 0x80, 1, 1]).unwrap();
    assert_eq!(rlre.reason, Some(ReleaseResponseReason::NOT_FINISHED));
    wire_laws!(Rlre<'_>, rlre, self_delimiting);
}

#[test]
fn titles_of_any_length_are_kept() {
    for title in [&[][..], &[1; 3], &[2; 16]] {
        let aarq = Aarq { calling: Party::titled(title), ..Aarq::new(CONTEXT, &[1]) };
        let octets = emitted(&aarq);
        assert_eq!(Aarq::from_bytes(&octets), Ok(aarq));
    }
}

const CONTEXT: ApplicationContext = ApplicationContext::LOGICAL_NAME;

#[test]
fn foreign_names_keep_their_octets() {
    // 1.2.840.113549: the example of X.690's own tutorials for numbers of several octets.
    let name = ObjectIdentifier::new(&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D]);
    assert_eq!((name.application_context(), name.mechanism()), (None, None));
    assert_eq!(name.to_string(), "1.2.840.113549");
    assert_eq!(format!("{name:?}"), "1.2.840.113549");
    assert_eq!(ObjectIdentifier::new(&[]).to_string(), "0.0");
    let aarq = Aarq::new(name, &[1]);
    let octets = emitted(&aarq);
    assert_eq!(Aarq::from_bytes(&octets), Ok(aarq));
    // Of DLMS, but neither a context nor a mechanism.
    let name = ObjectIdentifier::new(&[0x60, 0x85, 0x74, 0x05, 0x08, 0x03, 0x00]);
    assert_eq!((name.application_context(), name.mechanism()), (None, None));
    assert_eq!(name.to_string(), "2.16.756.5.8.3.0");
}

#[test]
fn longer_forms_of_lengths_and_numbers_are_read_and_shortened() {
    let octets = hex("63 81 06 80 81 03 00 00 1E");
    let rlre = Rlre::from_bytes(&octets);
    assert_eq!(rlre.map(|rlre| rlre.reason), Ok(Some(ReleaseResponseReason::USER_DEFINED)),);
    assert_eq!(emitted(&rlre.unwrap()), [0x63, 3, 0x80, 1, 0x1E]);
}

#[test]
fn complaints_name_the_field_and_its_octet() {
    let complaint = |text: &str| Aare::from_bytes(&hex(text)).unwrap_err().to_string();
    assert_eq!(complaint("60 00"), "octet 0, aare: code 0x60 cannot stand here");
    assert_eq!(complaint("61 05 A1 03 06 01 00"), "octet 7, result: 1 octet needed, none is left",);
    assert_eq!(
        complaint("61 0A A1 03 06 01 00 A2 03 04 01 00"),
        "octet 9, result: code 0x04 cannot stand here",
    );
    assert_eq!(
        complaint("61 0B A1 03 06 01 00 A2 04 02 02 01 00"),
        "octet 11, result: code 0x100 cannot stand here",
    );
    assert_eq!(
        complaint("61 09 A1 03 06 01 00 A2 02 02 00"),
        "octet 11, result: 1 octet needed, none is left",
    );
    assert_eq!(
        complaint("61 0E A1 03 06 01 00 A2 07 02 05 00 00 00 00 00"),
        "octet 11, result: more than the 4 that are accepted",
    );
    assert_eq!(
        complaint("61 11 A1 03 06 01 00 A2 03 02 01 00 A3 05 A3 03 02 01 00"),
        "octet 14, acse-service-provider: code 0xA3 cannot stand here",
    );
    assert_eq!(
        Rlrq::from_bytes(&hex("62 02 99 00")).unwrap_err().to_string(),
        "octet 2, field: code 0x99 cannot stand here",
    );
    assert_eq!(
        Aarq::from_bytes(&hex("60 0A A1 03 06 01 00 AC 03 84 01 00")).unwrap_err().to_string(),
        "octet 9, calling-authentication-value: code 0x84 cannot stand here",
    );
}

#[test]
fn a_password_does_not_print() {
    let aarq = Aarq::new(CONTEXT, &[1]).with_authentication(Mechanism::LOW, b"12345678");
    let text = format!("{aarq:?}");
    assert!(text.contains("CharString(8 octets)"), "{text}");
    assert!(!text.contains("49, 50"), "{text}");
}

#[test]
fn an_explanation_names_each_field() {
    #[derive(Default)]
    struct Names(Vec<String>);
    impl gurux_framing::Visit for &mut Names {
        fn field(
            &mut self,
            at: core::ops::Range<usize>,
            name: &'static str,
            value: gurux_framing::Shown<'_>,
        ) {
            self.0.push(format!("{at:?} {name} {value}"));
        }
        fn structure(
            &mut self,
            _: core::ops::Range<usize>,
            _: &'static str,
            _: gurux_framing::Shown<'_>,
        ) {
        }
        fn enter_group(&mut self, _: usize, _: &'static str) {}
        fn enter_list(&mut self, _: usize, _: &'static str) {}
        fn leave(&mut self, _: usize) {}
    }
    let octets = hex("61 17 A1 09 06 07 60 85 74 05 08 01 01 A2 03 02 01 00 A3 05 A1 03 02 01 0D");
    let mut names = Names::default();
    Aare::explain(&octets, 0, &mut names).unwrap();
    assert_eq!(
        names.0,
        [
            "6..13 application-context-name logical-name-referencing-no-ciphering (0x01)",
            "17..18 result accepted (0x00)",
            "24..25 acse-service-user authentication-failure (0x0D)",
        ]
    );
}

#[test]
fn what_the_application_says_is_explained_too() {
    let dump = |octets: &[u8]| {
        let mut annotator = gurux_framing::Annotator::new(String::new(), octets);
        Aarq::explain(octets, 0, &mut annotator).unwrap();
        annotator.finish().unwrap()
    };
    let head = "A1 09 06 07 60 85 74 05 08 01 01";
    let plain =
        dump(&hex(&format!("60 1D {head} BE 10 04 0E 01 00 00 00 06 5F 1F 04 00 00 10 10 04 B0")));
    assert!(plain.contains("initiateRequest"), "{plain}");
    assert!(plain.contains("client-max-receive-pdu-size: 1200"), "{plain}");
    let ciphered = dump(&hex(&format!("60 17 {head} BE 0A 04 08 21 06 20 00 00 00 07 AA")));
    assert!(ciphered.contains("invocation-counter: 7"), "{ciphered}");
    // What is neither stays octets.
    let other = dump(&hex(&format!("60 12 {head} BE 05 04 03 01 02 03")));
    assert!(
        other.lines().any(|line| line.starts_with("17..20") && line.ends_with(" user-information")),
        "{other}"
    );
    assert!(!format!("{plain}{ciphered}{other}").contains('?'), "{plain}{ciphered}{other}");
}

fn octets() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..40)
}

proptest! {
    #[test]
    fn the_laws_hold(
        context in octets(),
        title in prop::option::of(octets()),
        qualifier in prop::option::of(prop::collection::vec(any::<u8>(), 0..300)),
        ids in any::<(Option<i32>, Option<i32>)>(),
        mechanism in prop::option::of(any::<u8>()),
        value in prop::option::of(octets()),
        form in 0..4_usize,
        information in prop::option::of(octets()),
        code in any::<(u8, u8, bool)>(),
    ) {
        use AuthenticationForm::{BitString, CharString, External, Other};

        let party = Party {
            ap_title: title.as_deref(),
            ae_qualifier: qualifier.as_deref(),
            ap_invocation_id: ids.0,
            ae_invocation_id: ids.1,
        };
        let form = [CharString, BitString, External, Other][form];
        let value = value.as_deref().map(|octets| AuthenticationValue { form, octets });
        let name = ObjectIdentifier::new(&context);
        let mechanism = mechanism.map(|code| Mechanism::new(code).into());
        let aarq = Aarq {
            protocol_version: title.as_deref().map(AcseRequirements),
            application_context_name: name,
            called: party,
            calling: party,
            sender_acse_requirements: information.as_deref().map(AcseRequirements),
            mechanism_name: mechanism,
            calling_authentication_value: value,
            implementation_information: title.as_deref(),
            user_information: information.as_deref(),
        };
        wire_laws!(Aarq<'_>, aarq, self_delimiting);
        let aare = Aare {
            protocol_version: None,
            application_context_name: name,
            result: AssociationResult::new(code.0),
            result_source_diagnostic: if code.2 {
                ResultSourceDiagnostic::User(AcseServiceUser::new(code.1))
            } else {
                ResultSourceDiagnostic::Provider(AcseServiceProvider::new(code.1))
            },
            responding: party,
            responder_acse_requirements: None,
            mechanism_name: mechanism,
            responding_authentication_value: value,
            implementation_information: None,
            user_information: information.as_deref(),
        };
        wire_laws!(Aare<'_>, aare, self_delimiting);
        let rlrq = Rlrq {
            reason: Some(ReleaseRequestReason::new(code.0)),
            user_information: information.as_deref(),
        };
        wire_laws!(Rlrq<'_>, rlrq, self_delimiting);
    }

    #[test]
    fn whatever_is_read_is_written_as_it_reads(octets in octets()) {
        fn check<'a, T: Wire<'a> + PartialEq + core::fmt::Debug>(message: Result<T, WireError>)
        -> Option<Vec<u8>> {
            message.ok().map(|message| emitted(&message))
        }
        for tag in 0x60..=0x63 {
            let octets = [&[tag, octets.len() as u8], &octets[..]].concat();
            let again = match tag {
                0x60 => check(Aarq::from_bytes(&octets)),
                0x61 => check(Aare::from_bytes(&octets)),
                0x62 => check(Rlrq::from_bytes(&octets)),
                _ => check(Rlre::from_bytes(&octets)),
            };
            prop_assert!(again.is_none_or(|again| again.len() <= octets.len()));
        }
    }
}
