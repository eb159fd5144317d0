//! The primitives against their published vectors, the examples of the Green Book, and what opening
//! and sealing promise each other.

use std::vec;
use std::vec::Vec;

use aes_gcm::aead::{AeadInOut, KeyInit};
use gurux_framing::Wire;
use proptest::prelude::*;

use super::*;
use crate::wire::{
    ApduTag, Ciphered, GeneralCiphering, GeneralHeader, GeneralSigning, GloDed, KekId, KeyId,
    KeyInfo, SecurityControl,
};

pub(super) fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        text.chars().filter_map(|digit| digit.to_digit(16)).map(|digit| digit as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

pub(super) fn array<const N: usize>(text: &str) -> [u8; N] {
    hex(text).try_into().unwrap()
}

pub(super) fn cipher(key: &str) -> SoftwareCipher {
    SoftwareCipher::new(&key.parse().unwrap())
}

/// The keys and titles of the Green Book's examples.
pub(super) const EK: &str = "000102030405060708090A0B0C0D0E0F";
pub(super) const AK: &str = "D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF";
pub(super) const CLIENT: SystemTitle = SystemTitle(*b"MMM\0\0\xBC\x61\x4E");
pub(super) const SERVER: SystemTitle = SystemTitle(*b"MMM\0\0\0\0\x01");

fn keys() -> Keyring<SoftwareCipher> {
    Keyring::new(cipher(EK)).with_authentication(AK.parse().unwrap())
}

#[test]
fn gcm_is_that_of_test_cases_4_and_16_of_its_authors() {
    // McGrew and Viega, The Galois/Counter Mode of Operation, appendix B.
    let nonce = array("cafebabefacedbaddecaf888");
    let header = hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
    let text = hex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72\
         1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
    for (key, sealed, tag) in [
        (
            "feffe9928665731c6d6a8f9467308308",
            "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e\
             21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091",
            "5bc94fbc3221a5db94fae95a",
        ),
        (
            "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa\
             8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
            "76fc6ece0f4e1768cddf8853",
        ),
    ] {
        let cipher = cipher(key);
        let mut octets = text.clone();
        assert_eq!(cipher.encrypt(&nonce, &[&header], &mut octets), Ok(array(tag)));
        assert_eq!(octets, hex(sealed));
        let mut wrong = array(tag);
        wrong[11] ^= 1;
        let result = cipher.decrypt(&nonce, &[&header], &mut octets, &wrong);
        assert_eq!((result, &octets), (Err(CipherError::Tag), &hex(sealed)));
        cipher.decrypt(&nonce, &[&header], &mut octets, &array(tag)).unwrap();
        assert_eq!(octets, text);
        cipher.apply_keystream(&nonce, &mut octets[..5]).unwrap();
        assert_eq!(octets[..5], hex(sealed)[..5]);
    }
}

#[test]
fn a_block_is_that_of_fips_197() {
    // Appendix C.1 and C.3.
    let long = "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F";
    for (key, sealed) in
        [(EK, "69c4e0d86a7b0430d8cdb78070b4c55a"), (long, "8ea2b7ca516745bfeafc49904b496089")]
    {
        let mut block = array("00112233445566778899aabbccddeeff");
        cipher(key).encrypt_block(&mut block).unwrap();
        assert_eq!(block, array(sealed));
    }
}

#[test]
fn a_header_alone_is_authenticated_as_nist_has_it() {
    // CAVP gcmEncryptExtIV128, PTlen 0, AADlen 128, count 0; of its tag the first 12 octets.
    let cipher = cipher("77be63708971c4e240d1cb79e8d77feb");
    let nonce = array("e0e00f19fed7ba0136a797f3");
    let header = hex("7a43ec1d9c0a5a78a0b16533a6213cab");
    let tag = array("209fcc8d3675ed938e9c7166");
    assert_eq!(cipher.encrypt(&nonce, &[&header], &mut []), Ok(tag));
    assert_eq!(cipher.encrypt(&nonce, &[&header[..3], &header[3..]], &mut []), Ok(tag));
}

#[test]
fn keys_are_wrapped_as_in_rfc_3394() {
    // 4.1 and 4.6.
    let long = "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F";
    for (kek, key, wrapped) in [
        (
            EK,
            "00112233445566778899AABBCCDDEEFF",
            "1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5",
        ),
        (
            long,
            "00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F",
            "28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21",
        ),
    ] {
        let (cipher, key) = (cipher(kek), hex(key));
        let mut room = vec![0; key.len() + 8];
        cipher.wrap(&key, &mut room).unwrap();
        assert_eq!(room, hex(wrapped));
        let mut back = vec![0; key.len()];
        cipher.unwrap(&room, &mut back).unwrap();
        assert_eq!(back, key);
        room[3] ^= 1;
        assert_eq!(cipher.unwrap(&room, &mut back), Err(CipherError::Tag));
        assert_eq!(cipher.unwrap(&room, &mut back[1..]), Err(CipherError::Length));
        assert_eq!(cipher.wrap(&key, &mut back), Err(CipherError::Length));
    }
}

#[test]
fn hashes_are_those_of_abc() {
    // RFC 1321, A.5, and FIPS 180-2, appendices.
    for (hash, digest) in [
        (Hash::Md5, "900150983cd24fb0d6963f7d28e17f72"),
        (Hash::Sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
        (Hash::Sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            Hash::Sha384,
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded163\
             1a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
        ),
    ] {
        let made = Software.hash(hash, &[b"a", b"", b"bc"]).unwrap();
        assert_eq!(made.octets(), hex(digest), "{hash:?}");
    }
}

#[test]
fn signatures_are_those_of_rfc_6979() {
    // A.2.5 and A.2.6, the message "sample".
    for (key, signature) in [
        (
            "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721",
            "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716\
             F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8",
        ),
        (
            "6B9D3DAD2E1B8C1C05B19875B6659F4DE23C3B667BF297BA9AA47740787137D8\
             96D5724E4C70A825F872C9EA60D2EDF5",
            "94EDBB92A5ECB8AAD4736E56C691916B3F88140666CE9FA73D64C4EA95AD133C\
             81A648152E44ACF96E36DD1E80FABE46\
             99EF4AEB15F178CEA1FE40DB2603138F130E740A19624526203B6351D0A3A94F\
             A329C145786E679E7B82C71A38628AC8",
        ),
    ] {
        let key = SoftwareKey::new(&hex(key)).unwrap();
        let made = key.sign(&[b"sam", b"ple"]).unwrap();
        assert_eq!(made, Signature::new(&hex(signature)).unwrap());
        let public = key.public_key().unwrap();
        assert_eq!(Software.verify(&public, &[b"sample"], &made), Ok(()));
        assert_eq!(Software.verify(&public, &[b"simple"], &made), Err(CipherError::Tag));
        let mut other = made.octets().to_vec();
        other[0] ^= 1;
        let other = Signature::new(&other).unwrap();
        assert_eq!(Software.verify(&public, &[b"sample"], &other), Err(CipherError::Tag));
    }
}

#[test]
fn what_is_no_key_is_told() {
    assert_eq!(SoftwareKey::new(&[0; 32]).unwrap_err(), CipherError::NoKey);
    assert_eq!(SoftwareKey::new(&[0xFF; 48]).unwrap_err(), CipherError::NoKey);
    assert_eq!(SoftwareKey::new(&[1; 33]).unwrap_err(), CipherError::Length);
    assert_eq!(PublicKey::new(&[1; 63]), Err(CipherError::Length));
    let key = SoftwareKey::new(&[1; 32]).unwrap();
    // Not on the curve, and of the other curve.
    assert_eq!(key.agree(&PublicKey::new(&[1; 64]).unwrap()).unwrap_err(), CipherError::NoKey);
    let other = SoftwareKey::new(&[1; 48]).unwrap().public_key().unwrap();
    assert_eq!(key.agree(&other).unwrap_err(), CipherError::Unsupported);
    // A certificate's form is the same key.
    let public = key.public_key().unwrap();
    let sec1 = [&[4], public.octets()].concat();
    assert_eq!(PublicKey::new(&sec1), Ok(public));
}

#[test]
fn nothing_secret_prints() {
    let key = SoftwareKey::new(&[0xA5; 32]).unwrap();
    let secret = key.agree(&SoftwareKey::new(&[7; 32]).unwrap().public_key().unwrap()).unwrap();
    assert_eq!(std::format!("{key:?} {secret:?}"), "SoftwareKey SharedSecret(32 octets)");
    assert_eq!(std::format!("{:?}", cipher(EK)), "SoftwareCipher");
    let digest = Software.hash(Hash::Md5, &[]).unwrap();
    assert_eq!(std::format!("{digest:?}"), "Digest(16 octets)");
}

/// A GetRequest for the clock, under the counter 01234567: the Green Book's example of protection.
const GET: &str = "C0010000080000010000FF0200";

#[test]
fn the_green_books_example_comes_out_in_all_three_protections() {
    for (octet, payload) in [
        // The tag is GMAC over 10, the authentication key and the request.
        (0x10, "C0010000080000010000FF0200 06725D910F9221D263877516"),
        (0x20, "411312FF935A47566827C467BC"),
        // The tag goes over 30 and the authentication key as the header.
        (0x30, "411312FF935A47566827C467BC 7D825C3BE4A77C3FCC056B6B"),
    ] {
        let control = SecurityControl::new(octet);
        let payload = hex(payload);
        let body = Ciphered { control, invocation_counter: 0x0123_4567, payload: &payload };
        let service = GloDed::new(ApduTag::GLO_GET_REQUEST, body);
        let mut expected = vec![0; service.wire_len()];
        service.emit_to_slice(&mut expected).unwrap();

        let mut room = [0; 64];
        let envelope = Envelope::Service(ApduTag::GLO_GET_REQUEST);
        let len = seal(envelope, control, 0x0123_4567, CLIENT, &keys(), &hex(GET), &mut room);
        assert_eq!(&room[..len.unwrap()], expected);

        let policy = if octet == 0x20 { Policy::DecryptUnverified } else { Policy::Verified };
        let opened = open(&mut expected, Some(CLIENT), &keys(), policy).unwrap();
        assert_eq!(opened.text, hex(GET));
        assert_eq!((opened.sender, opened.control), (CLIENT, control));
        assert_eq!((opened.invocation_counter, opened.is_dedicated), (0x0123_4567, false));
        assert_eq!(opened.is_verified, octet != 0x20);
    }
}

#[test]
fn who_has_one_key_reads_and_who_has_both_knows() {
    let text = hex(GET);
    let only_ek = Keyring::new(cipher(EK));
    for octet in [0x00, 0x10, 0x20, 0x30] {
        let control = SecurityControl::new(octet);
        let mut room = [0; 64];
        let envelope = Envelope::GeneralGlo(&CLIENT.0);
        let len = seal(envelope, control, 1, CLIENT, &keys(), &text, &mut room).unwrap();
        let sealed = &room[..len];
        let open = |keys: &Keyring<_>, policy| {
            let mut message = sealed.to_vec();
            let result = open(&mut message, None, keys, policy)
                .map(|opened| (opened.text.to_vec(), opened.is_verified));
            if result.is_err() {
                assert_eq!(message, sealed, "what is refused stays as it was");
            }
            result
        };
        let strict = if control.is_authenticated() {
            Ok((text.clone(), true))
        } else {
            Err(OpenError::NotAuthenticated)
        };
        assert_eq!(open(&keys(), Policy::Verified), strict);
        let lax = Ok((text.clone(), control.is_authenticated()));
        assert_eq!(open(&keys(), Policy::DecryptUnverified), lax);
        assert_eq!(open(&only_ek, Policy::DecryptUnverified), Ok((text.clone(), false)));
        let refused = if control.is_authenticated() {
            OpenError::NoKey("authentication key")
        } else {
            OpenError::NotAuthenticated
        };
        assert_eq!(open(&only_ek, Policy::Verified), Err(refused));
        // A tag that can be checked is, whatever the policy.
        let wrong = keys().with_authentication(EK.parse().unwrap());
        if control.is_authenticated() {
            let result = open(&wrong, Policy::DecryptUnverified);
            assert_eq!(result, Err(OpenError::Cipher(CipherError::Tag)));
        }
    }
}

#[test]
fn each_message_is_opened_with_its_own_key() {
    let keys = Keyring {
        unicast: Some(cipher(&"01".repeat(16))),
        broadcast: Some(cipher(&"02".repeat(16))),
        dedicated: Some(cipher(&"03".repeat(16))),
        session: Some(cipher(&"04".repeat(32))),
        authentication: Some(AK.parse().unwrap()),
    };
    let text = hex(GET);
    let control = SecurityControl::AUTHENTICATED_ENCRYPTED;
    let header = GeneralHeader {
        transaction_id: &[1, 2, 3],
        originator_system_title: &CLIENT.0,
        recipient_system_title: &SERVER.0,
        date_time: &[],
        other_information: &[9],
    };
    let general = |key_info| Envelope::General(header, key_info);
    let wrapped = KeyInfo::Wrapped { kek_id: KekId::MASTER, key_ciphered_data: &[7; 24] };
    let agreed = KeyInfo::Agreed { key_parameters: &[2], key_ciphered_data: &[] };
    let broadcast = KeyInfo::Identified(KeyId::GLOBAL_BROADCAST_ENCRYPTION);
    let unicast = KeyInfo::Identified(KeyId::GLOBAL_UNICAST_ENCRYPTION);
    for (envelope, control, missing) in [
        (Envelope::Service(ApduTag::GLO_SET_REQUEST), control, "unicast key"),
        (Envelope::Service(ApduTag::DED_SET_REQUEST), control, "dedicated key"),
        (Envelope::GeneralGlo(&CLIENT.0), control, "unicast key"),
        (Envelope::GeneralGlo(&[]), control.with_broadcast(true), "broadcast key"),
        (Envelope::GeneralDed(&CLIENT.0), control, "dedicated key"),
        (general(None), control.with_suite(2), "session key"),
        (general(Some(wrapped)), control, "session key"),
        (general(Some(agreed)), control, "session key"),
        (general(Some(unicast)), control, "unicast key"),
        (general(Some(broadcast)), control, "broadcast key"),
    ] {
        let mut room = [0; 128];
        let len = seal(envelope, control, 5, CLIENT, &keys, &text, &mut room).unwrap();
        let without = |name| {
            let mut keys = keys.clone();
            match name {
                "unicast key" => keys.unicast = None,
                "broadcast key" => keys.broadcast = None,
                "dedicated key" => keys.dedicated = None,
                // Where nothing says which key it is, it is the unicast one if there was none before.
                _ => (keys.session, keys.unicast) = (None, None),
            }
            keys
        };
        let missing = match envelope {
            Envelope::General(_, None) => "unicast key",
            _ => missing,
        };
        let keys_left = match envelope {
            Envelope::General(_, None) => without("session key"),
            _ => without(missing),
        };
        let mut message = room[..len].to_vec();
        let result = open(&mut message, Some(CLIENT), &keys_left, Policy::Verified);
        assert_eq!(result.unwrap_err(), OpenError::NoKey(missing), "{envelope:?}");
        let result = seal(envelope, control, 5, CLIENT, &keys_left, &text, &mut [0; 128]);
        assert_eq!(result, Err(SealError::NoKey(missing)));
        // It takes as much room as it takes.
        let result = seal(envelope, control, 5, CLIENT, &keys, &text, &mut room[..len - 1]);
        assert_eq!(result, Err(SealError::Room { needed: len, room: len - 1 }));

        let opened = open(&mut message, Some(CLIENT), &keys, Policy::Verified).unwrap();
        assert_eq!((&*opened.text, opened.is_verified), (&text[..], true), "{envelope:?}");
        assert_eq!(opened.is_dedicated, missing == "dedicated key");
        // Everything but the length's own form and, where the key is as good, its name is proven.
        let sealed = seal(envelope, control, 5, CLIENT, &keys, &text, &mut room).unwrap();
        for place in 0..sealed {
            let mut message = room[..sealed].to_vec();
            message[place] ^= 0x10;
            if let Ok(opened) = open(&mut message, Some(CLIENT), &keys, Policy::Verified) {
                assert_eq!(opened.text, text, "{envelope:?} {place}");
                let key_info = matches!(envelope, Envelope::General(_, Some(_)));
                assert!(place == 0 || key_info && place >= 27, "{envelope:?} {place}");
            }
        }
    }
}

#[test]
fn a_title_in_the_message_goes_first_and_must_have_eight_octets() {
    let mut room = [0; 64];
    let control = SecurityControl::AUTHENTICATED;
    let mut sealed = |title: &[u8]| {
        let envelope = Envelope::GeneralGlo(title);
        let len = seal(envelope, control, 1, CLIENT, &keys(), &[0xC0], &mut room).unwrap();
        room[..len].to_vec()
    };
    let open = |mut message: Vec<u8>, sender| {
        open(&mut message, sender, &keys(), Policy::Verified).map(|opened| opened.sender)
    };
    assert_eq!(open(sealed(&CLIENT.0), Some(SERVER)), Ok(CLIENT));
    // observed: an empty title (Fiorentini).
    assert_eq!(open(sealed(&[]), Some(CLIENT)), Ok(CLIENT));
    assert_eq!(open(sealed(&[]), None), Err(OpenError::NoSystemTitle));
    assert_eq!(open(sealed(b"MMM"), Some(CLIENT)), Err(OpenError::NoSystemTitle));
}

#[test]
fn what_is_no_protected_message_is_refused_with_its_place() {
    let open =
        |text: &str| open(&mut hex(text), Some(CLIENT), &keys(), Policy::Verified).unwrap_err();
    let text = |error: OpenError| std::string::ToString::to_string(&error);
    assert_eq!(text(open("")), "octet 0, ciphered service: 1 octet needed, none is left");
    assert_eq!(text(open("C001")), "octet 0, ciphered service: code 0xC0 cannot stand here");
    assert_eq!(
        text(open("C8 07 10 00 00 00 01 AA BB")),
        "octet 7, authentication-tag: 12 octets needed, 2 octets are left"
    );
}

#[test]
fn a_signed_message_is_its_signers() {
    let header = GeneralHeader {
        transaction_id: &[1, 2, 3, 4, 5, 6, 7, 8],
        originator_system_title: &CLIENT.0,
        recipient_system_title: &SERVER.0,
        ..GeneralHeader::default()
    };
    for len in [32, 48] {
        let key = SoftwareKey::new(&vec![7; len]).unwrap();
        let public = key.public_key().unwrap();
        let mut room = [0; 256];
        let signed = sign(header, &hex(GET), Signed::Content, &key, &mut room).unwrap();
        let message = &room[..signed];
        assert_eq!(GeneralSigning::from_bytes(message).unwrap().content, hex(GET));
        assert_eq!(verify(message, &Software, &public), Ok(()));
        let other = SoftwareKey::new(&vec![8; len]).unwrap().public_key().unwrap();
        let tag = Err(OpenError::Cipher(CipherError::Tag));
        assert_eq!(verify(message, &Software, &other), tag);
        for place in 2..signed {
            let mut message = message.to_vec();
            message[place] ^= 1;
            assert!(verify(&message, &Software, &public).is_err(), "{place}");
        }
        let short = sign(header, &hex(GET), Signed::Content, &key, &mut room[..signed - 1]);
        assert_eq!(short, Err(SealError::Room { needed: signed, room: signed - 1 }));
    }
}

#[test]
fn the_green_books_signatures_fit() {
    // Its tables C.1 and C.2: the signatures of an ephemeral public key, with the key's number before
    // it in the ephemeral unified model, alone in one-pass Diffie-Hellman.
    let signer =
        PublicKey::new(&hex("BAAFFDE06A8CB1C9DAE8D94023C601DBBB249254BA22EDD827E820BCA2BCC643\
         62FBB83D86A82B87BB8B7161D2AAB5521911A946B97A284A90F7785CD9047D25"))
        .unwrap();
    let key =
        SoftwareKey::new(&hex("418073C239FA6125011DE4D6CD2E645780289F761BB21BFB0835CB5585E8B373"))
            .unwrap();
    assert_eq!(key.public_key(), Ok(signer));
    for (number, ephemeral, signature) in [
        (
            &[0][..],
            "2914D60E10AB705F62ED6CC349D7CB99B9AB3F3978E59278C7AF595B3AF98794\
             1372DAB6D5AF1FA867E134167E6F23DE664A6693E05F43414611058D1B48F894",
            "06F0607702AA0E2435A183E2F6B1ECD19629712E389A213610C03F77B2590860\
             EA840AF5C3FA1F2BCDF055D4744E9A01CE9A0E55026BCAA4EEBEB764CED64BB3",
        ),
        (
            &[],
            "C323C2BD45711DE4688637D919F92E9DB8FB2DFC213A88D21C9DC8DCBA917D81\
             70511DE1BADB360D50058F794B0960AE11FA28D392CFF907A62D13E3357B1DC0",
            "B51BE089D0B682863B2217201E73A1A9031968A9B4121DCBC3281A69739AF874\
             29F5B3AC5471E7B6A04A2C0F2F8A25FD772A317DF97FC5463FEAC248EB8AB8BE",
        ),
    ] {
        let signature = Signature::new(&hex(signature)).unwrap();
        let ephemeral = hex(ephemeral);
        assert_eq!(Software.verify(&signer, &[number, &ephemeral], &signature), Ok(()));
        assert_eq!(
            Software.verify(&signer, &[&[1], &ephemeral], &signature),
            Err(CipherError::Tag)
        );
    }
}

proptest! {
    #[test]
    fn gcm_is_that_of_another_crate_wherever_the_header_is_cut(
        key in any::<[u8; 16]>(),
        nonce in any::<[u8; 12]>(),
        header in prop::collection::vec(any::<u8>(), 0..100),
        cuts in any::<(prop::sample::Index, prop::sample::Index)>(),
        text in prop::collection::vec(any::<u8>(), 0..100),
    ) {
        type Other = aes_gcm::AesGcm<aes::Aes128, aes_gcm::aead::consts::U12, aes_gcm::aead::consts::U12>;
        let other = Other::new(&key.into());
        let mut expected = text.clone();
        let tag = other
            .encrypt_inout_detached(&nonce.into(), &header, expected.as_mut_slice().into())
            .unwrap();
        let (first, second) = (cuts.0.index(header.len() + 1), cuts.1.index(header.len() + 1));
        let (from, to) = (first.min(second), first.max(second));
        let parts = [&header[..from], &header[from..to], &header[to..]];
        let cipher = SoftwareCipher::new(&Key::Aes128(key));
        let mut octets = text.clone();
        let made = cipher.encrypt(&nonce, &parts, &mut octets).unwrap();
        prop_assert_eq!((&octets, &made[..]), (&expected, &tag[..]));
        cipher.decrypt(&nonce, &parts, &mut octets, &made).unwrap();
        prop_assert_eq!(octets, text);
    }

    #[test]
    fn what_is_sealed_opens(
        text in prop::collection::vec(any::<u8>(), 0..600),
        octet in any::<u8>(),
        counter in any::<u32>(),
        key in any::<[u8; 32]>(),
    ) {
        let keys = Keyring::new(SoftwareCipher::new(&Key::Aes256(key)))
            .with_broadcast(cipher(EK))
            .with_authentication(Key::Aes256(key));
        let control = SecurityControl::new(octet);
        let header = GeneralHeader { originator_system_title: &CLIENT.0, ..GeneralHeader::default() };
        for envelope in [
            Envelope::Service(ApduTag::GLO_ACTION_RESPONSE),
            Envelope::GeneralGlo(&CLIENT.0),
            Envelope::General(header, None),
        ] {
            let mut room = vec![0; 700];
            let len = seal(envelope, control, counter, CLIENT, &keys, &text, &mut room).unwrap();
            let message = &mut room[..len];
            if let Envelope::General(..) = envelope {
                prop_assert!(GeneralCiphering::from_bytes(message).is_ok());
            }
            let opened = open(message, Some(CLIENT), &keys, Policy::DecryptUnverified).unwrap();
            prop_assert_eq!(&*opened.text, &text[..]);
            prop_assert_eq!(opened.invocation_counter, counter);
        }
    }

    #[test]
    fn no_octets_bring_opening_down(octets in prop::collection::vec(any::<u8>(), 0..80), first in 0..6_usize) {
        let mut message = octets;
        if let Some(octet) = message.first_mut() {
            *octet = [0x21, 0xC8, 0xDB, 0xDC, 0xDD, 0xDF][first];
        }
        let before = message.clone();
        if open(&mut message, Some(CLIENT), &keys(), Policy::Verified).is_err() {
            prop_assert_eq!(&message, &before);
        }
        let public = SoftwareKey::new(&[7; 32]).unwrap().public_key().unwrap();
        prop_assert!(verify(&before, &Software, &public).is_err());
    }
}
