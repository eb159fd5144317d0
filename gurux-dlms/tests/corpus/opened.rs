//! What is enciphered, with the keys that were published.

use gurux_dlms::security::{
    Keyring, Policy, Provider, Software, SoftwareCipher, SystemTitle, open, open_text,
};
use gurux_dlms::wire::{Apdu, Ciphered, DataRef, SecurityControl};
use gurux_framing::Wire;
use gurux_framing::hdlc::HdlcAddress;
use serde_json::{Value as Json, json};

use crate::said;
use gurux_corpus::Ledger;

/// The text of a message: proven where the authentication key is known and there is a tag.
pub(crate) fn message(octets: &[u8], keys: &Json) -> Result<Vec<u8>, String> {
    let apdu = Apdu::<DataRef<'_>>::from_bytes(octets).map_err(|error| error.to_string())?;
    let control = match apdu {
        Apdu::GloDed(message) => message.body.control,
        Apdu::GeneralGloDed(message) => message.body.control,
        _ => return Err("it is not enciphered".into()),
    };
    let is_proven = !keys["ak"].is_null() && control.is_authenticated();
    let policy = if is_proven { Policy::Verified } else { Policy::DecryptUnverified };
    let title = SystemTitle::new(&said::octets(&keys["system_title"]));
    let mut room = octets.to_vec();
    let opened =
        open(&mut room, title, &keyring(keys), policy).map_err(|error| error.to_string())?;
    if opened.is_verified != is_proven {
        return Err("nothing proves it".into());
    }
    let text: &[u8] = opened.text;
    Ok(text.to_vec())
}

fn keyring(keys: &Json) -> Keyring<SoftwareCipher> {
    let key = |name: &str| keys[name].as_str().map(|text| text.parse().expect("a key"));
    let cipher = |name| key(name).map(|key| Software.cipher(&key).expect("a cipher"));
    Keyring {
        unicast: cipher("ek"),
        broadcast: None,
        dedicated: cipher("dedicated"),
        session: None,
        authentication: key("ak"),
    }
}

/// What an entry of no layer may expect.
const KEYS: [&str; 9] = [
    "valid",
    "kind",
    "security_control",
    "invocation_counter",
    "plaintext_hex",
    "tag",
    "f_stoc",
    "address",
    "asserts",
];

/// An address alone, a text and its tag, or the answer to a challenge.
pub(crate) fn primitive(ledger: &mut Ledger, entry: &Json) {
    let expect = &entry["expect"];
    ledger.unknown_keys("expect", expect, &KEYS);
    let octets = said::octets(&entry["hex"]);
    match expect["kind"].as_str() {
        Some("hdlc-address") => {
            let found = HdlcAddress::from_bytes(&octets).map_or(Json::Null, |address| {
                let (bytes, upper) = (address.len(), address.upper());
                json!({ "bytes": bytes, "upper": upper, "lower": address.lower() })
            });
            ledger.tree("address", &expect["address"], &found);
        }
        Some("gcm") => {
            let found = text(entry, octets).unwrap_or_else(|error| error);
            ledger.same("plaintext_hex", &expect["plaintext_hex"], found);
        }
        // The challenge is authenticated as a text is.
        Some("gmac") => {
            let payload = [&octets[..], &said::octets(&expect["tag"])].concat();
            let found = text(entry, payload).unwrap_or_else(|error| error);
            ledger.same("tag", &entry["hex"], found);
            let counter = expect["invocation_counter"].as_u64().unwrap_or_default();
            let [control, tag] =
                ["security_control", "tag"].map(|key| expect[key].as_str().unwrap_or_default());
            ledger.same("f_stoc", &expect["f_stoc"], format!("{control}{counter:08x}{tag}"));
        }
        _ => ledger.disagree("kind", "nobody knows it"),
    }
}

fn text(entry: &Json, mut payload: Vec<u8>) -> Result<String, String> {
    let keys = keyring(&entry["keys"]);
    let title = SystemTitle::new(&said::octets(&entry["keys"]["system_title"])).ok_or("a title")?;
    let expect = &entry["expect"];
    let [control] = said::octets(&expect["security_control"])[..] else {
        return Err("a security control".into());
    };
    let counter = expect["invocation_counter"].as_u64().and_then(|one| one.try_into().ok());
    let body = Ciphered {
        control: SecurityControl::new(control),
        invocation_counter: counter.ok_or("a counter")?,
        payload: &[],
    };
    let cipher = keys.unicast.as_ref().ok_or("a key")?;
    let key = keys.authentication.as_ref();
    let opened = open_text(cipher, key, Policy::Verified, title, &body, &[], &mut payload);
    opened.map(|opened| said::hex(opened.text)).map_err(|error| error.to_string())
}
