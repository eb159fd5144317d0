//! What is encrypted in M-Bus telegrams, opened with the keys of the command line.

use gurux_framing::WireErrorKind;
use gurux_mbus::security::{Key as MbusKey, Proof, Software, Verdict, open as open_telegram};
use gurux_mbus::wire::Telegram;

use super::Key;

/// What came of it.
pub(super) struct Opened<'b> {
    /// The telegram in the clear, where it was encrypted.
    pub(super) telegram: Option<Telegram<'b>>,
    pub(super) notes: Vec<String>,
    /// A piece of a longer message, its extended link layer open.
    pub(super) fragment: Option<Telegram<'b>>,
    /// A key was given, and what came of it is not the telegram: why.
    pub(super) failure: Option<WireErrorKind>,
}

/// Room for what comes out.
pub(super) const fn room() -> [u8; 600] {
    [0; 600]
}

/// Opens a telegram as far as the keys go.
pub(super) fn open<'b>(telegram: &Telegram<'b>, keys: &[Key], room: &'b mut [u8]) -> Opened<'b> {
    let ciphers: Vec<Software> = keys
        .iter()
        .filter(|key| is_for(key, telegram))
        .filter_map(|key| MbusKey::from_octets(&key.octets).ok())
        .map(|key| Software::new(&key))
        .collect();
    let opened = match open_telegram(telegram, &ciphers, room) {
        Ok(opened) => opened,
        // There is room for the longest.
        Err(error) => {
            return Opened::failed(error.to_string(), Some(error.kind));
        }
    };
    let mode = telegram.tpl.map_or(0, |tpl| tpl.config().mode().0);
    let what = if telegram.tpl.is_some() && mode > 0 {
        format!("encrypted in mode {mode}")
    } else {
        "encrypted in its extended link layer".to_owned()
    };
    let needs_des = telegram.tpl.is_some() && matches!(mode, 2 | 3);
    if needs_des && !cfg!(feature = "des") && telegram.sealed.is_some() {
        let note = format!(
            "{what}, which is DES: this gurux-ami was built without it (cargo feature `des`)"
        );
        let why = WireErrorKind::Expected("a build with the feature `des`");
        return Opened::failed(note, (!ciphers.is_empty()).then_some(why));
    }
    // There is no key to give for it: the session's is agreed on in the conversation.
    let is_tls = telegram.tpl.is_some() && mode == 13 && telegram.sealed.is_some();
    let note = match opened.verdict {
        Verdict::NoKey | Verdict::WrongKey | Verdict::Unsupported if is_tls => {
            Some(format!("{what}, which is TLS: one telegram alone cannot be opened"))
        }
        Verdict::Clear => None,
        Verdict::Authentic => Some("the MAC fits".to_owned()),
        Verdict::AlreadyClear => Some(format!("marked as {what}, and in clear")),
        Verdict::Decrypted(proof) => Some(match proof {
            // A wrong key gives them once in 65,536 telegrams, and a changed telegram keeps them.
            Proof::Fillers => format!(
                "{what}; opened: the key gives the fillers 2F 2F first, and nothing proves the \
                 data behind them"
            ),
            Proof::Crc => format!("{what}; opened: the CRC inside fits"),
            Proof::Mac => format!("{what}; opened, and the MAC proves the data"),
            Proof::Tag => format!("{what}; opened, and the tag proves the data"),
        }),
        Verdict::NoKey => Some(format!("{what}; no key is given for it (--key)")),
        Verdict::WrongKey => Some(format!("{what}; no key that is given fits")),
        Verdict::BadData => Some(format!("{what}; a key fits, and the data are wrong")),
        Verdict::Fragment => Some("a fragment of a longer message".to_owned()),
        Verdict::Unsupported => Some(format!("{what}, which only the manufacturer knows")),
        Verdict::Failed(error) => Some(format!("{what}: {error}")),
    };
    let is_opened = opened.verdict.is_good() && telegram.sealed.is_some();
    let failure = match opened.verdict {
        Verdict::WrongKey => Some(WireErrorKind::Keys),
        Verdict::BadData => {
            Some(WireErrorKind::Expected("the whole text, as its sender encrypted it,"))
        }
        Verdict::Failed(_) => Some(WireErrorKind::Expected("a text that the cipher can take")),
        _ => None,
    };
    let notes = note.into_iter().collect();
    let is_fragment = opened.verdict == Verdict::Fragment;
    Opened {
        telegram: is_opened.then_some(opened.telegram),
        notes,
        fragment: is_fragment.then_some(opened.telegram),
        failure,
    }
}

impl Opened<'_> {
    fn failed(note: String, failure: Option<WireErrorKind>) -> Self {
        Self { telegram: None, notes: vec![note], fragment: None, failure }
    }
}

/// Is the key meant for this telegram? One by the name of `ek` is meant for any.
fn is_for(key: &Key, telegram: &Telegram<'_>) -> bool {
    key.name.eq_ignore_ascii_case("ek")
        || telegram.addresses().any(|address| {
            key.name.eq_ignore_ascii_case(&address.identification.to_string())
                || key.name.eq_ignore_ascii_case(&address.to_string())
        })
}
