//! DLMS/COSEM: any octets as association messages and as protected ones.

use std::sync::LazyLock;

use gurux_dlms::security::{
    Certificate, Challenges, Envelope, Key, Keyring, Policy, Provider, ReplayWindow, Side,
    Software, SoftwareCipher, SystemTitle, open, seal, unwrap_key,
};
use gurux_dlms::wire::{
    Aare, Aarq, Apdu, ApduTag, GeneralCiphering, GeneralGloDed, GeneralSigning, GloDed, Rlre, Rlrq,
    SecurityControl,
};
use gurux_framing::{Annotator, Wire};

/// How far octets get as an association message.
pub const ACSE_RUNGS: &[&str] = &["no message", "a message", "with what it carries read"];

/// How far octets get as a protected message.
pub const SEALED_RUNGS: &[&str] =
    &["no protected message", "a protected message", "opened", "opened, and a message in clear"];

/// Any octets as each association message: what is read is written again, as it reads.
pub fn acse(octets: &[u8]) -> usize {
    let aarq = again(Aarq::from_bytes(octets), octets);
    let aare = again(Aare::from_bytes(octets), octets);
    let rlrq = again(Rlrq::from_bytes(octets), octets);
    let rlre = again(Rlre::from_bytes(octets), octets);
    let carried = aarq
        .and_then(|message| {
            let _ = (message.calling.user_id(), message.application_context_name.to_string());
            message.user_information
        })
        .or(aare.and_then(|message| message.user_information))
        .or(rlrq.and_then(|message| message.user_information))
        .or(rlre.and_then(|message| message.user_information));
    let is_message = aarq.is_some() || aare.is_some() || rlrq.is_some() || rlre.is_some();
    match carried.map(<Apdu<'_>>::from_bytes) {
        Some(Ok(_)) => 2,
        _ => usize::from(is_message),
    }
}

/// What was read, after it was explained and written.
fn again<'a, T: Wire<'a> + PartialEq + std::fmt::Debug + Copy>(
    message: Result<T, gurux_framing::WireError>,
    octets: &'a [u8],
) -> Option<T> {
    let explained = T::explain(octets, 0, Annotator::new(String::new(), octets));
    assert_eq!(explained, message);
    let message = message.ok()?;
    let mut written = vec![0; message.wire_len()];
    assert_eq!(message.emit_to_slice(&mut written), Ok(written.len()));
    assert!(written.len() <= octets.len(), "lengths are written in their shortest form");
    Some(message)
}

const SENDER: SystemTitle = SystemTitle(*b"MMM\0\0\0\0\x01");

/// The keys of each kind, so that every message finds its own; expanded once.
static KEYS: LazyLock<Keyring<SoftwareCipher>> = LazyLock::new(keys);

fn keys() -> Keyring<SoftwareCipher> {
    let cipher = |octet| Software.cipher(&Key::Aes128([octet; 16])).expect("a key");
    Keyring::new(cipher(1))
        .with_broadcast(cipher(2))
        .with_dedicated(cipher(3))
        .with_session(Software.cipher(&Key::Aes256([4; 32])).expect("a key"))
        .with_authentication(Key::Aes128([5; 16]))
}

/// Any octets as a protected message, opened and read; and as a text, sealed, changed and opened.
pub fn sealed(octets: &[u8]) -> usize {
    let keys = &*KEYS;
    let mut deepest = usize::from(
        GloDed::from_bytes(octets).is_ok()
            || GeneralGloDed::from_bytes(octets).is_ok()
            || GeneralCiphering::from_bytes(octets).is_ok()
            || GeneralSigning::from_bytes(octets).is_ok(),
    );
    for policy in [Policy::Verified, Policy::DecryptUnverified] {
        let mut message = octets.to_vec();
        match open(&mut message, Some(SENDER), keys, policy) {
            Ok(opened) => {
                assert!(opened.is_verified || policy == Policy::DecryptUnverified);
                assert!(deepest > 0, "what is opened is a protected message");
                let mut window = ReplayWindow::new(0, 64);
                assert_eq!(window.accept(opened.invocation_counter), Ok(()));
                assert!(window.accept(opened.invocation_counter).is_err());
                deepest = deepest.max(2 + usize::from(<Apdu<'_>>::from_bytes(opened.text).is_ok()));
            }
            Err(_) => assert_eq!(message, octets, "what is refused stays as it was"),
        }
    }
    let Some((&choice, text)) = octets.split_first() else { return deepest };
    let control = SecurityControl::new(choice).with_broadcast(false);
    let mut room = vec![0; text.len() + 64];
    let envelope = match choice % 3 {
        0 => Envelope::Service(ApduTag::GLO_GET_RESPONSE),
        1 => Envelope::GeneralGlo(&SENDER.0),
        _ => Envelope::GeneralDed(&[]),
    };
    let len = seal(envelope, control, 7, SENDER, keys, text, &mut room).expect("room");
    let mut message = room[..len].to_vec();
    let opened = open(&mut message, Some(SENDER), keys, Policy::DecryptUnverified).expect("good");
    assert_eq!(&*opened.text, text);
    assert_eq!(opened.is_verified, control.is_authenticated());
    let place = usize::from(choice) % len;
    let mut message = room[..len].to_vec();
    message[place] ^= 0x55;
    if let Ok(opened) = open(&mut message, Some(SENDER), keys, Policy::Verified) {
        // Of what a tag proves, the tag of a ciphered service alone is not part.
        assert!(place == 0 && *opened.text == *text, "octet {place} was changed");
    }
    deepest
}

/// Any octets as a certificate, an answer to a challenge, a wrapped key: none is good, none brings it
/// down.
pub fn proofs(octets: &[u8]) -> usize {
    let cipher = KEYS.unicast.as_ref().expect("a key");
    let key = Key::Aes128([5; 16]);
    assert!(unwrap_key(cipher, octets).is_err());
    // A challenge has at most 64 octets; more of them only cost the cipher's time.
    let challenge = octets.get(..CHALLENGE_LEN).unwrap_or(octets);
    let challenges = Challenges {
        client_to_server: challenge,
        server_to_client: challenge,
        client_title: &[],
        server_title: &[],
    };
    assert!(challenges.check_gmac(Side::Client, cipher, &key, SENDER, octets).is_err());
    let _ = challenges.answer_by_block_cipher(Side::Server, cipher);
    let Ok(certificate) = Certificate::from_der(octets) else { return 0 };
    let title = certificate.system_title();
    let _ = certificate.issuer_common_name();
    1 + usize::from(title.is_some())
}

/// The longest challenge of the standard.
const CHALLENGE_LEN: usize = 64;

/// How far octets get as a certificate.
pub const PROOF_RUNGS: &[&str] = &["no certificate", "a certificate", "one of a device"];

/// Each association message, short and with every field.
pub fn acse_seeds() -> Vec<Vec<u8>> {
    let context = [0xA1, 9, 6, 7, 0x60, 0x85, 0x74, 5, 8, 1, 3];
    let title = [0xA6, 10, 4, 8, 77, 77, 77, 0, 0, 0, 0, 1];
    let authentication = [
        0x8A, 2, 7, 0x80, 0x8B, 7, 0x60, 0x85, 0x74, 5, 8, 2, 5, 0xAC, 10, 0x80, 8, 1, 2, 3, 4, 5,
        6, 7, 8,
    ];
    let request = [0xBE, 16, 4, 14, 1, 0, 0, 0, 6, 0x5F, 0x1F, 4, 0, 0, 0x7E, 0x1F, 4, 0xB0];
    let result = [0xA2, 3, 2, 1, 0, 0xA3, 5, 0xA1, 3, 2, 1, 0];
    let response = [0xBE, 16, 4, 14, 8, 0, 6, 0x5F, 0x1F, 4, 0, 0, 0x50, 0x1F, 1, 0xF4, 0, 7];
    let message = |tag: u8, parts: &[&[u8]]| {
        let content = parts.concat();
        [&[tag, content.len() as u8][..], &content].concat()
    };
    vec![
        message(0x60, &[&context, &request]),
        message(0x60, &[&[0x80, 2, 7, 0x80], &context, &title, &authentication, &request]),
        message(0x61, &[&context, &result, &response]),
        message(0x61, &[&context, &[0xA2, 3, 2, 1, 1, 0xA3, 5, 0xA2, 3, 2, 1, 2]]),
        message(0x62, &[]),
        message(0x62, &[&[0x80, 1, 0], &request]),
        message(0x63, &[&[0x80, 1, 0], &response]),
    ]
}

/// Messages of each form and protection that open with the keys here.
pub fn sealed_seeds() -> Vec<Vec<u8>> {
    let text = [0xC0, 1, 0xC1, 0, 3, 1, 0, 1, 8, 0, 0xFF, 2, 0];
    let envelopes = [
        Envelope::Service(ApduTag::GLO_GET_REQUEST),
        Envelope::Service(ApduTag::DED_GET_REQUEST),
        Envelope::GeneralGlo(&SENDER.0),
        Envelope::GeneralDed(&[]),
        Envelope::General(
            gurux_dlms::wire::GeneralHeader {
                originator_system_title: &SENDER.0,
                ..Default::default()
            },
            None,
        ),
    ];
    let controls = [0x00, 0x10, 0x20, 0x30, 0x71, 0x32];
    let seal = |envelope, control| {
        let mut room = vec![0; 128];
        let control = SecurityControl::new(control);
        let len = seal(envelope, control, 1, SENDER, &KEYS, &text, &mut room).expect("room");
        room.truncate(len);
        room
    };
    envelopes.iter().flat_map(|&envelope| controls.map(|control| seal(envelope, control))).collect()
}

/// The skeleton of a certificate, and what is short.
pub fn proof_seeds() -> Vec<Vec<u8>> {
    vec![vec![0x30, 0], vec![0x10; 17], vec![7; 24], certificate()]
}

/// A certificate whose signature is that of nobody.
fn certificate() -> Vec<u8> {
    let tlv = |tag: u8, content: &[u8]| match u8::try_from(content.len()) {
        Ok(len) if len < 0x80 => [&[tag, len][..], content].concat(),
        _ => [&[tag, 0x82], &(content.len() as u16).to_be_bytes()[..], content].concat(),
    };
    let algorithm = tlv(0x30, &tlv(6, &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 2]));
    let common_name = [tlv(6, &[0x55, 4, 3]), tlv(0x0C, b"4D4D4D0000000001")].concat();
    let name = tlv(0x30, &tlv(0x31, &tlv(0x30, &common_name)));
    let times = [tlv(0x17, b"240211000000Z"), tlv(0x18, b"20600102030405Z")].concat();
    let curve = [
        tlv(6, &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 2, 1]),
        tlv(6, &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 3, 1, 7]),
    ];
    let point = [&[0, 4][..], &[1; 64]].concat();
    let key = [tlv(0x30, &curve.concat()), tlv(3, &point)].concat();
    let usage = [tlv(6, &[0x55, 0x1D, 0x0F]), tlv(4, &[3, 2, 7, 0x80])].concat();
    let tbs = [
        tlv(0xA0, &[2, 1, 2]),
        tlv(2, &[7]),
        algorithm.clone(),
        name.clone(),
        tlv(0x30, &times),
        name,
        tlv(0x30, &key),
        tlv(0xA3, &tlv(0x30, &tlv(0x30, &usage))),
    ];
    let pair = [tlv(2, &[1; 32]), tlv(2, &[2; 32])].concat();
    let signature = [&[0][..], &tlv(0x30, &pair)].concat();
    tlv(0x30, &[tlv(0x30, &tbs.concat()), algorithm, tlv(3, &signature)].concat())
}
