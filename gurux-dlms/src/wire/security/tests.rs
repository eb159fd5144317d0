//! Forms worked by hand, and the laws.

use std::string::ToString;
use std::vec::Vec;

use gurux_framing::{Wire, wire_laws};
use proptest::prelude::*;

use super::*;
use crate::wire::ApduTag;

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        text.chars().filter_map(|digit| digit.to_digit(16)).map(|digit| digit as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

const TITLE: &[u8] = b"MMM\x00\x00\xBC\x61\x4E";

#[test]
fn a_ciphered_service_has_header_text_and_tag() {
    let octets = hex("C8 13 30 01 23 45 67 AA BB 01 02 03 04 05 06 07 08 09 0A 0B 0C");
    let service = GloDed::from_bytes(&octets).unwrap();
    assert_eq!(service.tag, ApduTag::GLO_GET_REQUEST);
    assert_eq!(service.body.control, SecurityControl::AUTHENTICATED_ENCRYPTED);
    assert_eq!(service.body.invocation_counter, 0x0123_4567);
    let (text, tag) = service.body.text_and_tag().unwrap();
    assert_eq!((text, tag.unwrap()[11]), (&[0xAA, 0xBB][..], 0x0C));
    wire_laws!(GloDed<'_>, service, self_delimiting);

    // Encrypted only: all of it is text.
    let octets = hex("D4 07 20 00 00 00 01 AA BB");
    let service = GloDed::from_bytes(&octets).unwrap();
    assert!(service.tag.is_dedicated());
    assert_eq!(service.body.text_and_tag(), Some((&[0xAA, 0xBB][..], None)));
}

#[test]
fn a_length_that_counts_a_tag_that_is_not_there_is_kept() {
    let octets = hex("C8 13 20 00 00 00 01 AA BB");
    let service = GloDed::from_bytes(&octets).unwrap();
    assert!(service.length_counts_a_tag());
    assert_eq!(service.body.payload, [0xAA, 0xBB]);
    wire_laws!(GloDed<'_>, service);
    // An authenticated one must be whole, and so must the header be.
    for text in ["C8 13 30 00 00 00 01 AA BB", "C8 12 20 00 00 00 01 AA BB", "C8 10 20 00 00 00"] {
        assert!(GloDed::from_bytes(&hex(text)).is_err(), "{text}");
    }
}

#[test]
fn a_tag_that_is_cut_is_no_tag() {
    let octets = hex("C8 07 30 00 00 00 01 AA BB");
    let service = GloDed::from_bytes(&octets).unwrap();
    assert_eq!(service.body.text_and_tag(), None);
    wire_laws!(GloDed<'_>, service, self_delimiting);
    assert_eq!(
        GloDed::from_bytes(&hex("C8 04 30 00 00 00")).unwrap_err().to_string(),
        "octet 3, invocation-counter: 4 octets needed, 3 octets are left",
    );
    assert_eq!(
        GloDed::from_bytes(&hex("C0 04 30 00 00 00")).unwrap_err().to_string(),
        "octet 0, ciphered service: code 0xC0 cannot stand here",
    );
}

#[test]
fn each_ciphered_service_has_its_plain_tag() {
    let plain = [
        0x01, 0x05, 0x06, 0x08, 0x0C, 0x0D, 0x0E, 0x16, 0x18, 0xC0, 0xC1, 0xC2, 0xC3, 0xC4, 0xC5,
        0xC7,
    ];
    for code in 0..=0xFF {
        for dedicated in [false, true] {
            let tag = ApduTag::new(code).ciphered(dedicated);
            assert_eq!(tag.is_some(), plain.contains(&code), "{code:#X}");
            if let Some(tag) = tag {
                assert_eq!(
                    (tag.service(), tag.is_dedicated()),
                    (Some(ApduTag::new(code)), dedicated)
                );
                let prefix = if dedicated { "ded-" } else { "glo-" };
                assert!(tag.name().unwrap().starts_with(prefix), "{tag}");
            }
        }
    }
    let ciphered = |tag: &&ApduTag| tag.service().is_some();
    assert_eq!(ApduTag::ALL.iter().filter(ciphered).count(), 2 * plain.len());
    for code in [0xC0, 0xCE, 0xD8, 0xDB, 0xE0] {
        assert_eq!(ApduTag::new(code).service(), None, "{code:#X}");
        assert!(!ApduTag::new(code).is_dedicated(), "{code:#X}");
    }
}

#[test]
fn the_general_forms_name_their_sender() {
    let body = hex("20 00 00 00 02 AA");
    let octets = [&hex("DB 08")[..], TITLE, &[6], &body].concat();
    let glo = GeneralGloDed::from_bytes(&octets).unwrap();
    assert_eq!((glo.is_dedicated, glo.system_title), (false, TITLE));
    assert_eq!((glo.body.invocation_counter, glo.body.payload), (2, &[0xAA][..]));
    wire_laws!(GeneralGloDed<'_>, glo, self_delimiting);
    // observed: an empty title (Fiorentini).
    let octets = [&hex("DC 00 06")[..], &body].concat();
    let ded = GeneralGloDed::from_bytes(&octets).unwrap();
    assert_eq!((ded.is_dedicated, ded.system_title), (true, &[][..]));
    wire_laws!(GeneralGloDed<'_>, ded, self_delimiting);
    assert!(GeneralGloDed::from_bytes(&hex("DD 00 06 20 00 00 00 02 AA")).is_err());
}

#[test]
fn general_ciphering_says_which_key() {
    let header = "DD 08 0102030405060708 08 4D4D4D0000BC614E 08 4D4D4D0000000001 00 00";
    let body = "06 20 00 00 00 02 AA";
    let parse = |key_info: &str| {
        let octets = hex(&[header, key_info, body].concat());
        let message = GeneralCiphering::from_bytes(&octets).unwrap();
        wire_laws!(GeneralCiphering<'_>, message, self_delimiting);
        assert_eq!(message.header.transaction_id, [1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(message.header.originator_system_title, TITLE);
        assert_eq!(message.header.recipient_system_title, b"MMM\0\0\0\0\x01");
        assert_eq!(message.body.payload, [0xAA]);
        std::format!("{:?}", message.key_info)
    };
    assert_eq!(parse("00"), "None");
    assert_eq!(parse("01 00 01"), "Some(Identified(global-broadcast-encryption-key))");
    assert_eq!(
        parse("01 01 00 02 CA FE"),
        "Some(Wrapped { kek_id: master-key, key_ciphered_data: [202, 254] })"
    );
    assert_eq!(
        parse("01 02 01 02 00"),
        "Some(Agreed { key_parameters: [2], key_ciphered_data: [] })"
    );
    let complaint = |key_info: &str| {
        let octets = hex(&[header, key_info, body].concat());
        GeneralCiphering::from_bytes(&octets).unwrap_err().to_string()
    };
    assert_eq!(complaint("02"), "octet 30, key-info presence: code 0x02 cannot stand here");
    assert_eq!(complaint("01 03"), "octet 31, key-info: code 0x03 cannot stand here");
}

#[test]
fn general_signing_has_content_and_signature() {
    let octets = hex("DF 01 07 02 AA BB 00 0C 07E8060F06FF00FF00800000 01 2A 02 C0 01 03 01 02 03");
    let message = GeneralSigning::from_bytes(&octets).unwrap();
    assert_eq!(message.header.date_time.len(), 12);
    assert_eq!(message.header.other_information, [0x2A]);
    assert_eq!((message.content, message.signature), (&[0xC0, 1][..], &[1, 2, 3][..]));
    wire_laws!(GeneralSigning<'_>, message, self_delimiting);
}

fn octets() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..150)
}

fn ciphered_tags() -> Vec<ApduTag> {
    ApduTag::ALL.iter().copied().filter(|tag| tag.service().is_some()).collect()
}

proptest! {
    #[test]
    fn the_laws_hold(
        control in any::<u8>(),
        invocation_counter in any::<u32>(),
        payload in octets(),
        title in octets(),
        key in octets(),
        code in any::<u8>(),
        tag in prop::sample::select(ciphered_tags()),
    ) {
        let body = Ciphered {
            control: SecurityControl::new(control),
            invocation_counter,
            payload: &payload,
        };
        wire_laws!(Ciphered<'_>, body);
        wire_laws!(GloDed<'_>, GloDed::new(tag, body));
        let general = GeneralGloDed { is_dedicated: code % 2 == 0, system_title: &title, body };
        wire_laws!(GeneralGloDed<'_>, general, self_delimiting);
        let header = GeneralHeader {
            transaction_id: &key,
            originator_system_title: &title,
            recipient_system_title: &[],
            date_time: &title,
            other_information: &key,
        };
        wire_laws!(GeneralHeader<'_>, header, self_delimiting);
        for key_info in [
            KeyInfo::Identified(KeyId::new(code)),
            KeyInfo::Wrapped { kek_id: KekId::new(code), key_ciphered_data: &key },
            KeyInfo::Agreed { key_parameters: &title, key_ciphered_data: &key },
        ] {
            wire_laws!(KeyInfo<'_>, key_info, self_delimiting);
            let message = GeneralCiphering { header, key_info: Some(key_info), body };
            wire_laws!(GeneralCiphering<'_>, message, self_delimiting);
        }
        let message = GeneralSigning { header, content: &payload, signature: &key };
        wire_laws!(GeneralSigning<'_>, message, self_delimiting);
    }
}
