//! Messages and keys of the British smart meters (GBCS), as the tests of SmartDCCInnovation/gbcs-parser
//! publish them: the static unified model of key agreement, and general-signing, both of suite 1.
#![cfg(feature = "crypto")]
#![expect(clippy::expect_used, reason = "a test may fail")]

use gurux_dlms::security::{
    CipherError, OpenError, PrivateKey, PublicKey, Scheme, Signed, Software, SoftwareKey, Suite,
    SystemTitle, derive_key_for, sign, verify,
};
use gurux_dlms::wire::{Apdu, DataRef, GeneralHeader, GeneralSigning};
use gurux_framing::Wire;

const DEVICE: &str = "6AE1A6D161829C5FF4E3FF24AFEE6D683D070B9232BC64357D15046D4AE293C3";
const PROVIDER: &str = "AD35C8E1DF832839B6937908E0C8229FF97EB5349DA007B51A1079F56FC1DF68";
const SUPPLIER: &str = "40883990DA5B372DC4EC96C76B576BF5D4206E3BFD34CBF60B62448F1F9BA544";
/// The public key of the supplier's other certificate, that for signatures.
const SUPPLIER_SIGNS: &str = "30C2AB5A0D131726FFBDA80E79294CC37534432A3E424405B97A3ABA0FFC79DC\
    E729B2517563CB7D95827E4C50B48CBA3D87D5893C51B96D87C345E3717F8C1E";

const SUPPLIER_TITLE: &str = "90B3D51F30010000";
const DEVICE_TITLE: &str = "00DB1234567890A0";

/// A signed access-request.
const MESSAGE: &str = "DF0901000001828340947D0890B3D51F3001000008BC33ACFFFEFA553D000200626CD9\
    2040947D00050200080000010000FF090300080000010000FF050300080000010000FF040100080000010000FF\
    020100080000010000FF040516050203090CFFFFFFFFFFFFFFFFFF8000FF090C07DE0C1FFF173B0A008000FF\
    090C07DF0101FF00000A008000FF0F000000408A75133E718C958A6CE456FF5575A12778C4544D3B4FF0EF1ED0\
    83DA91110F2DFAA0C780831F360698F4B3850FB73F1233F6FF210F737872FEF7488BFCA7D1B1";

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<char> = text.chars().filter(|c| c.is_ascii_hexdigit()).collect();
    let octet = |pair: &[char]| u8::from_str_radix(&pair.iter().collect::<String>(), 16);
    digits.chunks(2).map(|pair| octet(pair).expect("digits")).collect()
}

fn private(scalar: &str) -> SoftwareKey {
    SoftwareKey::new(&hex(scalar)).expect("a key")
}

#[test]
fn both_sides_agree_on_the_published_keys() {
    // A command, a response, an alert: the first octet of the transaction says which.
    let cases = [
        (PROVIDER, DEVICE, "010000000100000000", true, "6A93E360717394015DF93E031218C9A6"),
        (SUPPLIER, DEVICE, "020000000100000000", false, "03FD30815577C49EB7E3834B63EF8302"),
        (SUPPLIER, DEVICE, "0300000000000007D1", false, "558FB1FA6660AF0D9E8365C47804B8FA"),
    ];
    for (remote, device, transaction, is_command, key) in cases {
        let title = |text| SystemTitle::new(&hex(text)).expect("eight octets");
        let (supplier, meter) = (title(SUPPLIER_TITLE), title(DEVICE_TITLE));
        let titles = if is_command { (supplier, meter) } else { (meter, supplier) };
        let (remote, device) = (private(remote), private(device));
        for (own, other) in [(&remote, &device), (&device, &remote)] {
            let secret = own.agree(&other.public_key().expect("it has one")).expect("a secret");
            let found = derive_key_for(
                &Software,
                Suite::Suite1,
                Suite::BRITISH_ALGORITHM_ID,
                Scheme::StaticUnifiedModel,
                &secret,
                titles,
                &hex(transaction),
            );
            assert_eq!(found, Ok(key.parse().expect("a key")));
        }
    }
}

#[test]
fn a_signature_covers_the_length_of_the_content_too() {
    let message = hex(MESSAGE);
    let signer = PublicKey::new(&hex(SUPPLIER_SIGNS)).expect("a point");
    assert_eq!(verify(&message, &Software, &signer), Ok(()));
    let signing = GeneralSigning::from_bytes(&message).expect("a message");
    assert!(matches!(Apdu::<DataRef<'_>>::from_bytes(signing.content), Ok(Apdu::AccessRequest(_))));
    // Any octet changed, it is nobody's.
    for at in [5, 12, 40, message.len() - 80, message.len() - 1] {
        let mut spoilt = message.clone();
        if let Some(octet) = spoilt.get_mut(at) {
            *octet ^= 1;
        }
        assert_ne!(verify(&spoilt, &Software, &signer), Ok(()), "{at}");
    }
}

#[test]
fn what_is_signed_in_either_way_is_verified() {
    let (transaction, from, to) =
        (hex("010000000100000000"), hex(SUPPLIER_TITLE), hex(DEVICE_TITLE));
    let header = GeneralHeader {
        transaction_id: &transaction,
        originator_system_title: &from,
        recipient_system_title: &to,
        date_time: &[],
        other_information: &[0, 0x62],
    };
    let (key, other) = (private(SUPPLIER), private(DEVICE));
    let mut made = Vec::new();
    for content in [vec![0xC0; 13], vec![7; 200]] {
        for signed in [Signed::Content, Signed::ContentWithLength] {
            let mut room = [0; 400];
            let len = sign(header, &content, signed, &key, &mut room).expect("it fits");
            let message = room.get(..len).unwrap_or_default().to_vec();
            let public = |key: &SoftwareKey| key.public_key().expect("it has one");
            assert_eq!(verify(&message, &Software, &public(&key)), Ok(()));
            let wrong = verify(&message, &Software, &public(&other));
            assert_eq!(wrong, Err(OpenError::Cipher(CipherError::Tag)));
            made.push(message);
        }
    }
    assert_ne!(made.first(), made.get(1));
}
