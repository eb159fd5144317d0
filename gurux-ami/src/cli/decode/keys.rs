//! Keys as they are given: on the command line, and in a file.

use std::path::Path;

use gurux_dlms::security::{Certificate, PublicKey, SoftwareKey};
use gurux_mbus::wire::MeterAddress;

use crate::capture;
use crate::decode::Key;
use crate::exit::Failure;

/// A key as it is given on the command line.
pub(in crate::cli) fn key(text: &str) -> Result<Key, String> {
    let (name, hex) = text.split_once('=').ok_or("a key is written NAME=HEX")?;
    let (name, hex) = (name.trim(), hex.trim());
    if !is_key_name(name) {
        return Err(format!(
            "`{name}` is the name of no key: {}, a meter (12345678, or \"12345678 ELS 51 7\") or a \
             system title (16 hex digits), and one of them behind it: 4D4D4D0000000001/ak",
            KEY_NAMES.join(", ")
        ));
    }
    let octets = capture::hex_line(hex).map_err(|slip| slip.to_string())?;
    let kind = name.rsplit_once('/').map_or(name, |(_, kind)| kind);
    if CURVE_NAMES.iter().any(|known| known.eq_ignore_ascii_case(kind)) {
        if !is_curve_key(&octets) {
            return Err(format!(
                "a public key has 64 octets or 96, a private one 32 or 48, and a certificate in DER \
                 begins with 30: this is none, with {} octets",
                octets.len()
            ));
        }
    } else if !KEY_LENS.contains(&octets.len()) {
        return Err(format!(
            "a key has 16 octets or 32, a system title and a key of DES 8, and this has {}",
            octets.len()
        ));
    }
    Ok(Key { name: name.to_owned(), octets })
}

/// What a key is, by the name that it is given.
const KEY_NAMES: [&str; 9] =
    ["ek", "ak", "ded", "bk", "kek", "title", "client", CURVE_NAMES[0], CURVE_NAMES[1]];

/// The keys that are points of a curve, or belong to one.
const CURVE_NAMES: [&str; 2] = ["sign", "agree"];

/// A key of P-256 or P-384, public or private, or the certificate of one.
fn is_curve_key(octets: &[u8]) -> bool {
    Certificate::from_der(octets).is_ok()
        || PublicKey::new(octets).is_ok()
        || SoftwareKey::new(octets).is_ok()
}

fn is_key_name(name: &str) -> bool {
    let is_kind = |name: &str| KEY_NAMES.iter().any(|known| known.eq_ignore_ascii_case(name));
    let is_hex = |name: &str| name.chars().all(|c| c.is_ascii_hexdigit());
    let is_owner = |name: &str| {
        (matches!(name.len(), 8 | 16) && is_hex(name)) || name.parse::<MeterAddress>().is_ok()
    };
    match name.split_once('/') {
        Some((owner, kind)) => is_owner(owner) && is_kind(kind),
        None => is_kind(name) || is_owner(name),
    }
}

/// AES-128, AES-256; DES, and a system title.
const KEY_LENS: [usize; 3] = [16, 32, 8];

/// The keys in a file.
pub(in crate::cli) fn keys_in(path: &Path) -> Result<Vec<Key>, Failure> {
    let name = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::invalid(format!("{name} cannot be read: {error}")))?;
    let lines = text.lines().enumerate().filter_map(|(index, line)| {
        let line = line.split_once('#').map_or(line, |(before, _)| before).trim();
        (!line.is_empty()).then_some((index + 1, line))
    });
    lines
        .map(|(number, line)| {
            key(line).map_err(|why| Failure::invalid(format!("{name}:{number}: {why}")))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::key;

    #[test]
    fn a_key_is_somebodys() {
        let hex = "00112233445566778899AABBCCDDEEFF";
        for name in
            ["ek", "AK", "12345678", "12345678 ELS 51 7", "4D4D4D0000000001", "4D4D4D0000000001/ak"]
        {
            assert!(key(&format!("{name}={hex}")).is_ok(), "{name}");
        }
        let point = hex.repeat(4);
        assert!(key(&format!("4D4D4D0000000001/sign={point}")).is_ok());
        assert!(key(&format!("agree={}", hex.repeat(2))).is_ok());
        let refused = key(&format!("sign={hex}")).unwrap_err();
        assert!(refused.starts_with("a public key has 64 octets or 96"), "{refused}");
        for name in ["nonsense", "eK2", "1234567", "4D4D4D0000000001/xk", "/ek", ""] {
            let refused = key(&format!("{name}={hex}")).unwrap_err();
            assert!(refused.starts_with(&format!("`{name}` is the name of no key")), "{refused}");
        }
    }
}
