//! What is ciphered, opened with the keys of the command line.

use gurux_dlms::security::{
    CipherError, Key as DlmsKey, Keyring, OpenError, Policy, Provider, Software, SoftwareCipher,
    Suite, SystemTitle, open, unwrap_key,
};
use gurux_dlms::wire::{Apdu, DataRef, GeneralHeader, KeyInfo, SecurityControl};
use gurux_framing::{Direction, Wire};

use super::conversation::Conversation;
use super::readings;

/// What came of a message that is ciphered.
pub(super) enum Opened {
    /// The message that was inside.
    Text(Vec<u8>),
    /// Nothing, for want of a key.
    Closed,
    /// Nothing, though a key was given.
    Failed,
}

/// A ciphered message as far as its head says.
pub(super) struct Sealed<'a> {
    pub(super) octets: &'a [u8],
    pub(super) control: SecurityControl,
    pub(super) title: Option<SystemTitle>,
    /// Of general-ciphering: its fields, and what it says of its key.
    pub(super) general: Option<(GeneralHeader<'a>, Option<KeyInfo<'a>>)>,
    pub(super) is_dedicated: bool,
}

impl Sealed<'_> {
    /// Do both sides work out its key?
    const fn is_agreed(&self) -> bool {
        matches!(self.general, Some((_, Some(KeyInfo::Agreed { .. }))))
    }
}

impl Conversation<'_> {
    /// Opens a message as far as the keys go, and says what came of it.
    pub(super) fn open(
        &self,
        sealed: &Sealed<'_>,
        direction: Option<Direction>,
    ) -> (Opened, String) {
        let what = protection(sealed.control);
        let titles = self.titles(sealed, direction);
        let is_encrypted = sealed.control.is_encrypted();
        let mut wrong: Option<OpenError> = None;
        let mut missing: Option<&'static str> = None;
        for title in &titles {
            for ring in self.rings(sealed, *title) {
                let mut octets = sealed.octets.to_vec();
                let has_key = ring.authentication.is_some();
                match open(&mut octets, Some(*title), &ring, Policy::DecryptUnverified) {
                    Ok(opened) if opened.is_verified => {
                        let text = opened.text.to_vec();
                        return (
                            Opened::Text(text),
                            format!("{what}; opened, and the tag proves it"),
                        );
                    }
                    Ok(opened) if readings::is_checked_p1(opened.text) => {
                        let text = opened.text.to_vec();
                        let why = "the check sum of the telegram inside proves the key";
                        return (Opened::Text(text), format!("{what}; decrypted: {why}"));
                    }
                    Ok(opened)
                        if sealed.control.is_compressed() || reads_as_message(opened.text) =>
                    {
                        let why = if sealed.control.is_authenticated() && !has_key {
                            "the authentication key is not given, so that the tag proves nothing"
                        } else {
                            "it is not authenticated, so that nothing proves it"
                        };
                        let verb = if is_encrypted { "decrypted" } else { "read" };
                        let text = opened.text.to_vec();
                        return (Opened::Text(text), format!("{what}; {verb} unverified: {why}"));
                    }
                    Ok(_) => wrong = wrong.or(Some(OpenError::Cipher(CipherError::Tag))),
                    Err(OpenError::NoKey(key)) => missing = missing.or(Some(key)),
                    Err(error) => wrong = Some(error),
                }
            }
        }
        if titles.is_empty() {
            return (
                Opened::Closed,
                format!("{what}; its sender's system title is not known (--key title=...)"),
            );
        }
        match (wrong, missing) {
            (Some(OpenError::Cipher(CipherError::Tag)), _) if sealed.control.is_authenticated() => {
                let note = if !self.has("ak") {
                    "no key that is given fits: what comes out is no message"
                } else if self.decrypts(sealed, &titles) {
                    "the key fits, but the tag does not: the authentication key is of another \
                     meter, or octets were changed"
                } else {
                    "the tag does not fit: a key is of another meter, or octets were changed"
                };
                (Opened::Failed, format!("{what}; {note}"))
            }
            (Some(OpenError::Cipher(CipherError::Tag)), _) => {
                let note = "no key that is given fits: what comes out is no message";
                (Opened::Failed, format!("{what}; {note}"))
            }
            (Some(error), _) => (Opened::Failed, format!("{what}; {error}")),
            (None, Some("session key")) if sealed.is_agreed() => {
                let note = "its key is agreed on: the private key of one side is not given \
                    (--key agree=...), or in the static scheme the public key of the other \
                    (--key TITLE/agree=...)";
                (Opened::Closed, format!("{what}; {note}"))
            }
            (None, Some(key)) => {
                let name = NAMES.iter().find(|(known, _)| *known == key).map_or("ek", |(_, n)| *n);
                (Opened::Closed, format!("{what}; the {key} is not given (--key {name}=...)"))
            }
            (None, None) => (Opened::Closed, format!("{what}; no key is given for it (--key)")),
        }
    }

    /// Does one of the encryption keys give a message, whatever the tag says?
    fn decrypts(&self, sealed: &Sealed<'_>, titles: &[SystemTitle]) -> bool {
        titles.iter().any(|title| {
            self.rings(sealed, *title).into_iter().any(|ring| {
                let ring = Keyring { authentication: None, ..ring };
                let mut octets = sealed.octets.to_vec();
                let opened = open(&mut octets, Some(*title), &ring, Policy::DecryptUnverified);
                opened.is_ok_and(|opened| {
                    readings::is_checked_p1(opened.text) || reads_as_message(opened.text)
                })
            })
        })
    }

    /// Who may have sent it: as the message says, as the association says, as the command line says.
    fn titles(&self, sealed: &Sealed<'_>, direction: Option<Direction>) -> Vec<SystemTitle> {
        let known = match direction {
            Some(Direction::Request) => self.known.client,
            Some(Direction::Response) => self.known.server,
            None => None,
        };
        if let Some(title) = sealed.title.or(known) {
            return vec![title];
        }
        let given = |name: &str| {
            let keys =
                self.hints.keys.iter().filter(move |key| key.name.eq_ignore_ascii_case(name));
            keys.filter_map(|key| SystemTitle::new(&key.octets)).collect::<Vec<_>>()
        };
        let mut titles = Vec::new();
        if direction != Some(Direction::Response) {
            titles.extend(given("client"));
        }
        titles.extend(given("title"));
        if titles.is_empty() && !sealed.control.is_encrypted() {
            // What is in clear takes none to be read.
            titles.push(SystemTitle([0; 8]));
        }
        titles
    }

    /// The keys that may fit, together.
    fn rings(&self, sealed: &Sealed<'_>, title: SystemTitle) -> Vec<Keyring<SoftwareCipher>> {
        let sessions: Vec<DlmsKey> = match &sealed.general {
            Some((_, Some(KeyInfo::Wrapped { key_ciphered_data, .. }))) => {
                let masters = self.keys("kek", title);
                let masters = masters.iter().filter_map(|master| Software.cipher(master).ok());
                masters.filter_map(|master| unwrap_key(&master, key_ciphered_data).ok()).collect()
            }
            Some((header, Some(KeyInfo::Agreed { key_parameters, key_ciphered_data }))) => {
                let suite = Suite::of(sealed.control);
                self.agreed_keys(suite, header, key_parameters, key_ciphered_data)
            }
            _ => Vec::new(),
        };
        let ciphers = |keys: Vec<DlmsKey>| -> Vec<Option<SoftwareCipher>> {
            let made = keys.iter().filter_map(|key| Software.cipher(key).ok()).map(Some);
            let made: Vec<_> = made.collect();
            if made.is_empty() { vec![None] } else { made }
        };
        let mut dedicated = self.keys("ded", title);
        dedicated.extend(self.known.dedicated.clone());
        let keys = if sealed.is_dedicated { dedicated } else { self.keys("ek", title) };
        let broadcast = self.keys("bk", title);
        let authentications = self.keys("ak", title);
        let authentications: Vec<Option<DlmsKey>> = if authentications.is_empty() {
            vec![None]
        } else {
            authentications.into_iter().map(Some).collect()
        };
        let sessions = ciphers(sessions);
        let mut rings = Vec::new();
        for cipher in ciphers(keys) {
            for broadcast in ciphers(broadcast.clone()) {
                for authentication in &authentications {
                    let (unicast, dedicated) = match sealed.is_dedicated {
                        true => (None, cipher.clone()),
                        false => (cipher.clone(), None),
                    };
                    rings.extend(sessions.iter().map(|session| Keyring {
                        unicast: unicast.clone(),
                        broadcast: broadcast.clone(),
                        dedicated: dedicated.clone(),
                        session: session.clone(),
                        authentication: authentication.clone(),
                    }));
                }
            }
        }
        rings
    }

    /// The symmetric keys of this kind: those of this sender, or else those of any.
    fn keys(&self, kind: &str, title: SystemTitle) -> Vec<DlmsKey> {
        let given = self.given(kind, Some(title));
        given.iter().filter_map(|key| DlmsKey::from_octets(&key.octets).ok()).collect()
    }

    /// Is a key of this kind given, for whomever?
    fn has(&self, kind: &str) -> bool {
        let of = |name: &str| name.rsplit_once('/').map_or(name, |(_, kind)| kind).to_owned();
        self.hints.keys.iter().any(|key| of(&key.name).eq_ignore_ascii_case(kind))
    }
}

/// What the library calls a key, and its name on the command line.
const NAMES: [(&str, &str); 5] = [
    ("unicast key", "ek"),
    ("broadcast key", "bk"),
    ("dedicated key", "ded"),
    ("session key", "kek"),
    ("authentication key", "ak"),
];

/// How a message is protected.
fn protection(control: SecurityControl) -> String {
    let how = match (control.is_encrypted(), control.is_authenticated()) {
        (true, true) => "encrypted and authenticated",
        (true, false) => "encrypted",
        (false, true) => "authenticated, in clear",
        (false, false) => "in clear",
    };
    let key = if control.is_broadcast() { " with the broadcast key" } else { "" };
    let compressed = if control.is_compressed() { ", compressed" } else { "" };
    format!("{how}{key}{compressed} (suite {})", control.suite())
}

/// Is this a message, and nothing else?
pub(super) fn reads_as_message(octets: &[u8]) -> bool {
    Apdu::<DataRef<'_>>::from_bytes(octets).is_ok() || readings::is_dialect_push(octets)
}
