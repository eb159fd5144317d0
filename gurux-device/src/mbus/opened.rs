//! Opening what is encrypted, and sealing it.

use std::borrow::Cow;

use gurux_framing::Wire;
use gurux_mbus::security::{
    Known, SEAL_ROOM, Software, Verdict, open as open_telegram, seal as seal_telegram,
};
use gurux_mbus::wire::{CiField, Config, Header, MeterAddress, Sealed, ShortHeader, Telegram, Tpl};

use super::Key;

/// A telegram in the clear.
struct Opened {
    meter: Option<MeterAddress>,
    ci: CiField,
    header: Option<ShortHeader>,
    /// What is behind the transport layer.
    payload: Vec<u8>,
}

/// User data of a wire in the clear; those that are not encrypted stay as they are.
///
/// # Errors
/// Why they stay closed, as a clause.
pub(super) fn open_user_data<'a>(
    user_data: &'a [u8],
    key: Option<&Key>,
) -> Result<Cow<'a, [u8]>, String> {
    match Telegram::from_user_data(user_data) {
        Ok(telegram) if matches!(telegram.sealed, Some(Sealed::Tpl { .. } | Sealed::Ell)) => {
            Ok(Cow::Owned(clear_user_data(&telegram, key)?))
        }
        // What is in them is seen when they are read.
        _ => Ok(Cow::Borrowed(user_data)),
    }
}

/// A telegram in the clear, as it would be on a wire: with a long header of who sent it.
pub(super) fn clear_user_data(
    telegram: &Telegram<'_>,
    key: Option<&Key>,
) -> Result<Vec<u8>, String> {
    let Opened { meter, ci, header, payload } = open(telegram, key)?;
    let short = header.unwrap_or_default();
    let short = ShortHeader { config: Config::CLEAR, ..short };
    let is_records = matches!(
        ci,
        CiField::VARIABLE_DATA | CiField::VARIABLE_DATA_SHORT | CiField::VARIABLE_DATA_LONG
    );
    let mut octets = Vec::new();
    match meter {
        Some(meter) if is_records => {
            let tpl = Tpl::new(CiField::VARIABLE_DATA_LONG, Header::Long(meter, short));
            tpl.map_err(|error| error.to_string())?.emit(&mut octets);
        }
        _ => octets.push(ci.code()),
    }
    octets.extend(payload);
    Ok(octets)
}

/// Opens a telegram.
///
/// # Errors
/// Why it stays closed, as a clause.
fn open(telegram: &Telegram<'_>, key: Option<&Key>) -> Result<Opened, String> {
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
