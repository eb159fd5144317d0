//! Certificates made with the Python package cryptography 48, from keys of equal octets: the issuer's
//! is 03 or 05 throughout, the device's 04 or 06.

use std::string::ToString;
use std::vec;

use gurux_framing::WireErrorKind;
use proptest::prelude::*;

use super::super::tests::{CLIENT, hex};
use super::super::{PrivateKey, Software, SoftwareKey};
use super::*;

const P256: &str = "308201683082010FA00302010202021234300A06082A8648CE3D040302301931\
     17301506035504030C0E4578616D706C65205375622D43413020170D32343032\
     31313030303030305A180F32303630303130323033303430355A302D3110300E\
     060355040A0C074578616D706C653119301706035504030C1034443444344430\
     3030304243363134453059301306072A8648CE3D020106082A8648CE3D030107\
     0342000473103EC30B3CCF57DAAE08E93534AEF144A35940CF6BBBA12A0CF7CB\
     D5D65A64D82C8C99E9D3C45F9245BA9B27982C9AEA8EC1DB94B19C44795942C0\
     EB22AA32A331302F301D0603551D0E0416041401010101010101010101010101\
     01010101010101300E0603551D0F0101FF040403020780300A06082A8648CE3D\
     0403020347003044022028462D19E7868CAD6A434FF7F3F7023EAB944BDF697C\
     514A75E390542BFA8F73022029122D2175A80B0CE1DB83AD8FBB3BE807AB231B\
     C5F3B23B9C85D15F7A04B7BB";
const P384: &str = "308201A53082012AA00302010202020080300A06082A8648CE3D040303301931\
     17301506035504030C0E4578616D706C65205375622D4341301E170D39393132\
     33313233353935385A170D3439313233313233353935395A302D3110300E0603\
     55040A0C074578616D706C653119301706035504030C10344434443444303030\
     304243363134453076301006072A8648CE3D020106052B81040022036200044F\
     00FF400FA7CE6854DA7800E58FBBC5D7A3D5301D15B93BDE26ED03FBC8E81C89\
     6E2AFD8E2E591E8AAAAA503D1BF82BD56CBC5CBCB5463A5135CAE7C739CF1B2C\
     A401848160A7A1A22A448AFBED5336AA20A675D23437705355C2EBA0976AB1A3\
     31302F301D0603551D0E04160414010101010101010101010101010101010101\
     0101300E0603551D0F0101FF040403020308300A06082A8648CE3D0403030369\
     003066023100A715EB2898C268433834AA82B824403CC76DDEB5F45682915B27\
     9760428AEE758A42C3D573BBA4A33C28A829519EE0DE023100857B8FB60315C5\
     E49B88C2FD3E6784985262E674A7250EAFA7132F79BF5B978D7C4AF2D0843AEB\
     5C655CBCDC832A26C8";

fn public(octet: u8, len: usize) -> PublicKey {
    SoftwareKey::new(&vec![octet; len]).unwrap().public_key().unwrap()
}

fn at(text: &str) -> CertificateTime {
    CertificateTime(text.as_bytes().try_into().unwrap())
}

#[test]
fn a_certificate_says_whose_key_it_is_and_who_says_so() {
    for (der, len, octet, serial, from, to) in [
        (P256, 32, 3, &[0x12, 0x34][..], "20240211000000", "20600102030405"),
        (P384, 48, 5, &[0, 0x80], "19991231235958", "20491231235959"),
    ] {
        let der = hex(der);
        let certificate = Certificate::from_der(&der).unwrap();
        assert_eq!(certificate.public_key, public(octet + 1, len));
        assert_eq!(certificate.system_title(), Some(CLIENT));
        assert_eq!(certificate.issuer_common_name(), Some(&b"Example Sub-CA"[..]));
        assert_eq!(certificate.serial_number, serial);
        assert_eq!(certificate.not_before.to_string(), from);
        assert_eq!(certificate.not_after.to_string(), to);
        assert!(certificate.is_valid_at(at(from)) && certificate.is_valid_at(at(to)));
        assert!(!certificate.is_valid_at(at("20600102030406")));
        assert!(!certificate.is_valid_at(at("19991231235957")));
        assert_eq!(certificate.key_usage.has_digital_signature(), octet == 3);
        assert_eq!(certificate.key_usage.has_key_agreement(), octet != 3);
        assert!(!certificate.key_usage.has_key_cert_sign());
        assert_eq!(certificate.check(&Software, &public(octet, len)), Ok(()));
        let other = certificate.check(&Software, &public(octet + 1, len));
        assert_eq!(other, Err(CipherError::Tag));
    }
}

#[test]
fn a_certificate_that_was_changed_is_nobodys() {
    let der = hex(P256);
    for place in 0..der.len() {
        let mut der = der.clone();
        der[place] ^= 1;
        if let Ok(certificate) = Certificate::from_der(&der)
            && certificate.check(&Software, &public(3, 32)).is_ok()
        {
            // What stands between what is signed and the signature: which algorithm it is said to be.
            let start = 4 + certificate.signed.len();
            assert!((start..start + 12).contains(&place), "{place}");
        }
    }
}

#[test]
fn other_curves_are_told_from_other_faults() {
    let der = hex(P256);
    let place = der.windows(8).position(|octets| octets == CURVES[0].0).unwrap();
    let mut other = der.clone();
    other[place + 7] = 6;
    let error = Certificate::from_der(&other).unwrap_err();
    assert_eq!(error.kind, WireErrorKind::Expected("a key on P-256 or P-384"));
    assert_eq!(error.offset, place - 11, "the algorithm");
    for end in 0..der.len() {
        assert!(Certificate::from_der(&der[..end]).is_err(), "{end}");
    }
    let longer = [&der[..], &[0]].concat();
    let error = Certificate::from_der(&longer).unwrap_err();
    assert_eq!((error.offset, error.kind), (der.len(), WireErrorKind::Trailing { octets: 1 }));
}

proptest! {
    #[test]
    fn no_octets_bring_it_down(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..5),
    ) {
        let mut der = hex(P384);
        for (place, octet) in changes {
            let place = place.index(der.len());
            der[place] = octet;
        }
        if let Ok(certificate) = Certificate::from_der(&der) {
            let _ = (certificate.system_title(), certificate.issuer_common_name());
        }
    }
}
