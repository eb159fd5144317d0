//! Captures of real meters and clients whose keys are public: what was ciphered comes out as the
//! corpus says, and association messages are written again as they were read. The captures are read
//! from `$GURUX_CORPUS/dlms`, or from `../shared/corpus/dlms` beside the checkout.
#![expect(clippy::indexing_slicing, reason = "an index into JSON answers null where nothing is")]
#![expect(clippy::expect_used, reason = "a test stops at what it does not know")]

use std::path::PathBuf;
use std::process::ExitCode;

use gurux_dlms::security::{
    Keyring, Policy, Provider, Software, SoftwareCipher, SystemTitle, open, open_text,
};
use gurux_dlms::wire::{Aare, Aarq, Ciphered, Rlre, Rlrq, SecurityControl};
use gurux_framing::Wire;
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::Value;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let folder = std::env::var_os("GURUX_CORPUS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus"),
        PathBuf::from,
    );
    let folder = folder.join("dlms");
    let Ok(files) = std::fs::read_dir(&folder) else {
        let name = format!("no captures in {}", folder.display());
        let trial = Trial::test(name, || Ok(())).with_ignored_flag(true);
        return libtest_mimic::run(&arguments, vec![trial]).exit_code();
    };
    let entries: Vec<Value> = files
        .flatten()
        .filter(|file| file.path().extension().is_some_and(|extension| extension == "jsonl"))
        .flat_map(|file| {
            let text = std::fs::read_to_string(file.path()).expect("a file that can be read");
            text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect::<Vec<_>>()
        })
        .collect();
    let mut trials = Vec::new();
    for entry in entries {
        let id = entry["id"].as_str().unwrap_or_default().to_owned();
        for (number, apdu) in apdus(&entry).into_iter().enumerate() {
            let entry = entry.clone();
            let name = format!("{id} {number}");
            trials.push(Trial::test(name, move || check(&apdu, &entry["keys"])));
        }
        if entry["layer"] == "crypto" && !entry["keys"].is_null() {
            trials.push(Trial::test(id, move || check_primitive(&entry)));
        }
    }
    assert!(trials.len() >= 40, "{} is not the corpus", folder.display());
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// The messages of an entry that this test knows something of.
fn apdus(entry: &Value) -> Vec<Value> {
    let known = |apdu: &&Value| {
        !apdu["plaintext_hex"].is_null()
            // What the plain standard cannot read is none of this test's.
            || apdu["error"].is_null()
                && matches!(apdu["hex"].as_str().map(|hex| &hex[..2]), Some("60" | "61" | "62" | "63"))
    };
    let apdus = entry["expect"]["decode"]["apdus"].as_array();
    apdus.map(|apdus| apdus.iter().filter(known).cloned().collect()).unwrap_or_default()
}

fn check(apdu: &Value, keys: &Value) -> Result<(), Failed> {
    let mut message = hex(&apdu["hex"]);
    match message.first() {
        Some(0x60) => emitted_again(Aarq::from_bytes(&message)?, &message, |aarq| {
            same("context", aarq.application_context_name.application_context(), apdu, "context")?;
            let mechanism = aarq.mechanism_name.and_then(|name| name.mechanism());
            same("mechanism", mechanism, apdu, "mechanism")?;
            octets("calling_ap_title", aarq.calling.ap_title, apdu)?;
            let value = aarq.calling_authentication_value.map(|value| value.octets);
            octets("authentication_value", value, apdu)?;
            octets("protocol_version", aarq.protocol_version.map(|bits| bits.0), apdu)
        }),
        Some(0x61) => emitted_again(Aare::from_bytes(&message)?, &message, |aare| {
            same("context", aare.application_context_name.application_context(), apdu, "context")?;
            same("result", Some(aare.result), apdu, "result")?;
            let mechanism = aare.mechanism_name.and_then(|name| name.mechanism());
            same("mechanism", mechanism, apdu, "mechanism")?;
            octets("responding_ap_title", aare.responding.ap_title, apdu)?;
            let value = aare.responding_authentication_value.map(|value| value.octets);
            octets("authentication_value", value, apdu)
        }),
        Some(0x62) => emitted_again(Rlrq::from_bytes(&message)?, &message, |_| Ok(())),
        Some(0x63) => emitted_again(Rlre::from_bytes(&message)?, &message, |rlre| {
            same("reason", rlre.reason, apdu, "reason")
        }),
        _ => {
            let has_ak = !keys["ak"].is_null();
            let control = apdu["decode"]["security_control"].as_str().unwrap_or_default();
            let is_authenticated = control.starts_with('3') || control.starts_with('1');
            let policy = if has_ak && is_authenticated {
                Policy::Verified
            } else {
                Policy::DecryptUnverified
            };
            let title = SystemTitle::new(&hex(&keys["system_title"]));
            let opened = open(&mut message, title, &keyring(keys), policy)?;
            if opened.is_verified != (policy == Policy::Verified) {
                return Err("nothing proves it".into());
            }
            let expected = hex(&apdu["plaintext_hex"]);
            let found: &[u8] = opened.text;
            if found == expected { Ok(()) } else { Err("another text comes out".into()) }
        }
    }
}

fn check_primitive(entry: &Value) -> Result<(), Failed> {
    let keys = keyring(&entry["keys"]);
    let title = SystemTitle::new(&hex(&entry["keys"]["system_title"])).ok_or("a title")?;
    let expect = &entry["expect"];
    let control = u8::from_str_radix(expect["security_control"].as_str().ok_or("control")?, 16)?;
    let counter = expect["invocation_counter"].as_u64().ok_or("a counter")?.try_into()?;
    let (text, mut payload) = match expect["kind"].as_str() {
        Some("gcm") => (hex(&expect["plaintext_hex"]), hex(&entry["hex"])),
        // The challenge is authenticated as a text is.
        Some("gmac") => {
            let challenge = hex(&entry["hex"]);
            let payload = [&challenge[..], &hex(&expect["tag"])].concat();
            (challenge, payload)
        }
        kind => return Err(format!("{kind:?} is not known").into()),
    };
    let body = Ciphered {
        control: SecurityControl::new(control),
        invocation_counter: counter,
        payload: &[],
    };
    let cipher = keys.unicast.as_ref().ok_or("a key")?;
    let key = keys.authentication.as_ref();
    let opened = open_text(cipher, key, Policy::Verified, title, &body, &[], &mut payload)?;
    if *opened.text == text { Ok(()) } else { Err("another text comes out".into()) }
}

fn keyring(keys: &Value) -> Keyring<SoftwareCipher> {
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

fn emitted_again<'a, T: Wire<'a>>(
    message: T,
    octets: &[u8],
    check: impl FnOnce(&T) -> Result<(), Failed>,
) -> Result<(), Failed> {
    let mut room = vec![0; octets.len()];
    let len = message.emit_to_slice(&mut room)?;
    if room[..len] != *octets {
        return Err("it is not written as it was read".into());
    }
    check(&message)
}

fn same<C: Into<u8>>(
    what: &str,
    found: Option<C>,
    apdu: &Value,
    field: &str,
) -> Result<(), Failed> {
    let found = found.map(|code| u64::from(code.into()));
    let expected = apdu["decode"][field].as_u64();
    if found == expected {
        return Ok(());
    }
    Err(format!("{what} is {found:?}, the corpus has {expected:?}").into())
}

fn octets(field: &str, found: Option<&[u8]>, apdu: &Value) -> Result<(), Failed> {
    let expected = &apdu["decode"][field];
    let expected = (!expected.is_null()).then(|| hex(expected));
    if found == expected.as_deref() {
        return Ok(());
    }
    Err(format!("{field} is {found:02X?}, the corpus has {expected:02X?}").into())
}

fn hex(text: &Value) -> Vec<u8> {
    let text = text.as_str().unwrap_or_default();
    (0..text.len() / 2)
        .map(|place| u8::from_str_radix(&text[2 * place..2 * place + 2], 16).expect("hex"))
        .collect()
}
