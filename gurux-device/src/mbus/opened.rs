//! Opening what is encrypted, and sealing it.

use gurux_mbus::security::{
    Known, SEAL_ROOM, Software, Verdict, open as open_telegram, seal as seal_telegram,
};
use gurux_mbus::wire::{CiField, MeterAddress, ShortHeader, Telegram};

use super::Key;

/// A telegram in the clear.
pub(super) struct Opened {
    pub(super) meter: Option<MeterAddress>,
    pub(super) ci: CiField,
    pub(super) header: Option<ShortHeader>,
    /// What is behind the transport layer.
    pub(super) payload: Vec<u8>,
}

/// Opens a telegram.
///
/// # Errors
/// Why it stays closed, as a clause.
pub(super) fn open(telegram: &Telegram<'_>, key: Option<&Key>) -> Result<Opened, String> {
    let key = key.map(|key| Software::new(&key.cipher()));
    let mut room = [0; SEAL_ROOM];
    let opened =
        open_telegram(telegram, key.as_ref(), &mut room).map_err(|error| error.to_string())?;
    match opened.verdict {
        verdict if verdict.is_good() => {}
        // The maker may mean something else by it; what can be read is read.
        Verdict::Unsupported if telegram.tpl.is_some() => {}
        Verdict::NoKey => {
            return Err("the telegram is encrypted, and there is no key".to_owned());
        }
        Verdict::WrongKey => {
            return Err("the telegram is encrypted with another key".to_owned());
        }
        verdict => return Err(format!("the telegram cannot be opened: {}", verdict.name())),
    }
    let tpl = opened.telegram.tpl.ok_or("there is nothing in the telegram")?;
    Ok(Opened {
        meter: opened.telegram.meter(),
        ci: tpl.ci(),
        header: tpl.short(),
        payload: opened.telegram.payload.to_vec(),
    })
}

/// The octets of a telegram, encrypted if there is a key.
///
/// # Errors
/// Why it cannot be sent, as a clause.
pub(super) fn seal(telegram: &Telegram<'_>, key: Option<&Key>) -> Result<Vec<u8>, String> {
    let mut room = [0; SEAL_ROOM];
    let sealed = match key {
        Some(key) => {
            let key = Software::new(&key.cipher());
            seal_telegram(telegram, Known::default(), &key, &mut room)
                .map_err(|error| error.to_string())?
        }
        None => *telegram,
    };
    let mut octets = vec![0; sealed.wire_len()];
    let len = sealed.emit_to_slice(&mut octets).map_err(|error| error.to_string())?;
    octets.truncate(len);
    Ok(octets)
}
