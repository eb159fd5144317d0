//! What a capture looks like from its first octets, be it cut short or spoilt behind them.

use gurux_dlms::carrier::{Gateway, Llc};
use gurux_dlms::wire::{ApduTag, SecurityControl};
use gurux_framing::Wire;

/// Does it begin like a frame of HDLC?
pub(in super::super) fn resembles_hdlc(octets: &[u8]) -> bool {
    let frame = octets.iter().position(|octet| *octet != FLAG);
    let frame = frame.and_then(|start| octets.get(start..)).unwrap_or_default();
    octets.first() == Some(&FLAG) && frame.first().is_none_or(|format| format >> 4 == 0xA)
}

pub(super) const FLAG: u8 = 0x7E;

/// Does it begin like the wrapper, with the tag of a message behind the header, or with most of the
/// header? wPort 0 is nobody's, so that the headers of Modbus TCP, which have zeros there, are none.
pub(in super::super) fn resembles_wrapper(octets: &[u8]) -> bool {
    let [0, 1, source_high, source_low, _, behind @ ..] = octets else { return false };
    let is_tag = |code: &u8| ApduTag::new(*code).name().is_some() || matches!(code, 0xE6 | 0xE7);
    (source_high | source_low) != 0 && behind.get(3).is_none_or(is_tag)
}

/// Is there the beginning of a frame of M-Bus whose control information is that of DLMS?
pub(in super::super) fn resembles_mbus(octets: &[u8]) -> bool {
    let is_dlms = |control_information: u8| control_information <= 0x1F;
    matches!(octets, [0x68, a, b, 0x68, _, _, ci, ..] if a == b && is_dlms(*ci))
}

/// Does it begin like a message, behind an LLC, the prefix of a gateway or nothing? The octets behind
/// the tag must be such as follow it.
pub(in super::super) fn resembles_apdu(octets: &[u8]) -> bool {
    let (llc, apdu) = Llc::strip(octets);
    let is_tag = apdu.first().is_some_and(|tag| ApduTag::new(*tag).name().is_some());
    if llc.is_some() {
        return is_tag || matches!(apdu, [] | [0xE6 | 0xE7, ..]);
    }
    match Gateway::from_bytes(apdu) {
        Ok(gateway) if !gateway.apdu.is_empty() => begins_like_message(gateway.apdu),
        _ => begins_like_message(apdu),
    }
}

/// Does it begin with a tag and a system title, whose first letters are a maker's?
pub(in super::super) fn begins_with_title(octets: &[u8]) -> bool {
    matches!(octets, [0xDB | 0xDC, 8, b'A'..=b'Z', b'A'..=b'Z', b'A'..=b'Z', ..])
}

fn begins_like_message(apdu: &[u8]) -> bool {
    let Some((tag, rest)) = apdu.split_first() else { return false };
    let tag = ApduTag::new(*tag);
    if tag.service().is_some() {
        return begins_like_ciphered(rest);
    }
    match tag {
        // A choice of few.
        ApduTag::GET_REQUEST | ApduTag::GET_RESPONSE => matches!(rest, [1..=3, ..]),
        ApduTag::SET_REQUEST | ApduTag::SET_RESPONSE => matches!(rest, [1..=5, ..]),
        ApduTag::ACTION_REQUEST | ApduTag::ACTION_RESPONSE => matches!(rest, [1..=6, ..]),
        // No time, and a class of less than 256 or of a country; or a time of twelve octets.
        ApduTag::EVENT_NOTIFICATION_REQUEST => match rest {
            [0, 0, 1..=255, ..] | [0, 0x20, _, ..] => true,
            [1, 0x0C, date @ ..] => is_year(date),
            _ => false,
        },
        ApduTag::EXCEPTION_RESPONSE => matches!(rest, [1 | 2] | [1 | 2, 1..=6, ..]),
        ApduTag::CONFIRMED_SERVICE_ERROR => matches!(rest, [1 | 5 | 6] | [1 | 5 | 6, 0..=10]),
        // Few values, and of the first that it is there, and its type; or why it is not.
        ApduTag::READ_RESPONSE => {
            matches!(rest, [1..=0x20, 0, 1..=6 | 9 | 10 | 12 | 13 | 15..=27, ..] | [1..=0x20, 1, 0..=14, ..])
        }
        // Few names, each a multiple of eight.
        ApduTag::READ_REQUEST | ApduTag::WRITE_REQUEST | ApduTag::UNCONFIRMED_WRITE_REQUEST => {
            matches!(rest, [1..=0x20, 2 | 4, 1..=255, low, ..] if low & 7 == 0)
        }
        // All but the conformance block is mostly absent.
        ApduTag::INITIATE_REQUEST => {
            rest.len() >= 4 && agrees(rest, &[0, 0, 0, 6, 0x5F, 0x1F, 4])
                || rest.windows(3).take(40).any(|octets| octets == [0x5F, 0x1F, 4])
        }
        ApduTag::INITIATE_RESPONSE => {
            rest.len() >= 3 && agrees(rest, &[0, 6, 0x5F, 0x1F, 4])
                || rest.windows(3).take(4).any(|octets| octets == [0x5F, 0x1F, 4])
        }
        // A length, and the version or the application context behind it.
        ApduTag::AARQ | ApduTag::AARE => behind_length(rest).is_some_and(|fields| {
            agrees(fields, &[0xA1, 0x09, 0x06, 0x07]) || agrees(fields, &[0x80, 0x02])
        }),
        // A length, and a reason or what the application says.
        ApduTag::RLRQ | ApduTag::RLRE => behind_length(rest).is_some_and(|fields| {
            matches!(fields, [0x80, 0x01, 0 | 1 | 30, ..] | [0xBE, _, 0x04, ..])
                || fields.len() == 2 && agrees(fields, &[0x80, 0x01])
        }),
        ApduTag::ACCESS_REQUEST | ApduTag::ACCESS_RESPONSE => match rest {
            [_, _, _, _, 0, count @ ..] => matches!(count, [] | [0..=0x20, ..]),
            [_, _, _, _, 0x0C, date @ ..] => is_year(date),
            _ => false,
        },
        // A title of eight octets; of none; or of eight with its length given twice.
        ApduTag::GENERAL_GLO_CIPHERING | ApduTag::GENERAL_DED_CIPHERING => match rest {
            [8, ..] | [9, 8, ..] => true,
            [0, rest @ ..] => begins_like_ciphered(rest),
            _ => false,
        },
        ApduTag::GENERAL_CIPHERING | ApduTag::GENERAL_SIGNING => has_general_header(rest),
        // The number of the block, and that of the last one that came: both of few.
        ApduTag::GENERAL_BLOCK_TRANSFER => matches!(rest, [_, 0, 1..=255, 0, ..]),
        // No date and time, or one with a year of this century, with its tag or without.
        ApduTag::DATA_NOTIFICATION => match rest {
            [_, _, _, _, 0x00, body @ ..] => matches!(body, [0x01..=0x13, ..]),
            [_, _, _, _, 0x0C, date @ ..] | [_, _, _, _, 0x09, 0x0C, date @ ..] => is_year(date),
            _ => false,
        },
        _ => false,
    }
}

/// A year from 2000 to 2099, or one that is not said.
fn is_year(date: &[u8]) -> bool {
    matches!(date, [0x07, 0xD0..=0xFF, ..] | [0x08, 0..=0x33, ..] | [0xFF, 0xFF, ..])
}

/// A length, and a security header behind it: a suite that there is, and some protection.
fn begins_like_ciphered(octets: &[u8]) -> bool {
    let Some([control, behind @ ..]) = behind_length(octets) else { return false };
    let control = SecurityControl::new(*control);
    control.suite() <= 2
        && (control.is_encrypted() || control.is_authenticated())
        && !behind.is_empty()
}

/// What stands behind a length of BER.
fn behind_length(octets: &[u8]) -> Option<&[u8]> {
    match octets {
        [1..=0x7F, rest @ ..] | [0x81, 0x80..=0xFF, rest @ ..] | [0x82, 1..=0xFF, _, rest @ ..] => {
            Some(rest)
        }
        _ => None,
    }
}

/// Are they the same as far as both go, which must be an octet at least?
fn agrees(octets: &[u8], expected: &[u8]) -> bool {
    !octets.is_empty() && octets.iter().zip(expected).all(|(found, due)| found == due)
}

/// A number of up to 16 octets, and the titles of sender and receiver, of eight octets each or none.
fn has_general_header(fields: &[u8]) -> bool {
    let title = |octets: &[u8]| match octets {
        [8, ..] => octets.get(9..).map(<[u8]>::to_vec),
        [0, rest @ ..] => Some(rest.to_vec()),
        _ => None,
    };
    let [len @ 0..=16, rest @ ..] = fields else { return false };
    let sender = rest.get(usize::from(*len)..).and_then(title);
    sender.as_deref().and_then(title).is_some()
}
