//! How far a record reaches, without looking at what it says.
//!
//! Two questions are answered with it: where the next record begins behind one that cannot be read,
//! and on which side of the VIFEs a plain text stands.

use gurux_framing::{WireError, WireErrorKind};

use super::EXTENSION;
use super::dib::DataField;
use super::lvar::Lvar;

/// On which side of the VIFEs the text of a plain-text VIF stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum TextOrder {
    /// Behind the last VIFE: the standard's order.
    BehindVifes,
    /// Right behind the VIF. observed: ELV CMa10, ACW Cyble, Schlumberger MaXX and others.
    BeforeVifes,
}

/// A plain-text VIF.
pub(super) const PLAIN_TEXT: u8 = 0x7C;
/// A plain-text VIF with VIFEs: the text stands on either side of them.
pub(super) const PLAIN_TEXT_WITH_VIFES: u8 = PLAIN_TEXT | EXTENSION;

/// The most octets that are looked ahead for the order of a text; frames are shorter.
const MAX_LOOK_AHEAD: usize = 2_048;

/// The octets behind a chain of octets with extension bits, of at most `max` octets.
pub(super) fn behind_chain(octets: &[u8], max: usize) -> Option<&[u8]> {
    let last = octets.iter().take(max).position(|octet| octet & EXTENSION == 0)?;
    octets.get(last.checked_add(1)?..)
}

/// Where and why a chain of at most `max` octets does not end, counted from its begin.
pub(super) fn chain_fault(octets: &[u8], max: usize, what: &'static str) -> WireError {
    match octets.get(max) {
        Some(_) => WireError::new(max, what, WireErrorKind::Limit { max }),
        None => truncated(what).at(octets.len()),
    }
}

/// An octet is missing.
pub(super) const fn truncated(what: &'static str) -> WireError {
    WireError::new(0, what, WireErrorKind::Truncated { needed: 1, available: 0 })
}

/// Where and why there is no text at the begin of `octets`.
pub(super) fn text_fault(octets: &[u8]) -> WireError {
    let Some((len, rest)) = octets.split_first() else { return truncated("text length") };
    let (declared, available) = (usize::from(*len), rest.len());
    WireError::new(0, "text length", WireErrorKind::Length { declared, available })
}

/// A text with its length in front, and the octets behind.
pub(super) fn split_text(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = octets.split_first()?;
    rest.split_at_checked(usize::from(*len))
}

/// The text of a plain-text VIB and the octets behind the VIB; `octets` begin behind the VIF, which
/// has its extension bit set.
pub(super) fn behind_vib(octets: &[u8], order: TextOrder) -> Option<(&[u8], &[u8])> {
    match order {
        TextOrder::BehindVifes => split_text(behind_chain(octets, usize::MAX)?),
        TextOrder::BeforeVifes => {
            let (text, vifes) = split_text(octets)?;
            Some((text, behind_chain(vifes, usize::MAX)?))
        }
    }
}

/// The octets behind the data; `octets` begin behind the VIB.
fn behind_data(octets: &[u8], field: DataField) -> Option<&[u8]> {
    if field != DataField::Variable {
        return octets.get(field.data_len()..);
    }
    let (lvar, rest) = octets.split_first()?;
    rest.get(Lvar::new(*lvar).data_len()?..)
}

/// The octets behind the record at the begin of `octets`; `None` where that cannot be told.
pub(super) fn behind_record(octets: &[u8], order: TextOrder) -> Option<&[u8]> {
    let field = DataField::of(*octets.first()?);
    if field == DataField::Special {
        return None;
    }
    let vib = behind_chain(octets, usize::MAX)?;
    let (vif, behind_vif) = vib.split_first()?;
    let behind = match *vif {
        PLAIN_TEXT => split_text(behind_vif)?.1,
        PLAIN_TEXT_WITH_VIFES => behind_vib(behind_vif, order)?.1,
        vif if vif & EXTENSION == 0 => behind_vif,
        _ => behind_chain(behind_vif, usize::MAX)?,
    };
    behind_data(behind, field)
}

/// Do records fill `octets` exactly, if texts stand in this order?
fn ends_exactly(mut octets: &[u8], order: TextOrder) -> bool {
    loop {
        octets = match *octets {
            // Behind these anything may stand.
            [] | [0x0F | 0x1F, ..] => return true,
            [0x2F, ref rest @ ..] => rest,
            _ => match behind_record(octets, order) {
                Some(rest) => rest,
                None => return false,
            },
        }
    }
}

/// The order of a plain-text VIB; `octets` begin behind the VIF, which has its extension bit set.
///
/// The order is the one in which the octets behind end exactly with a record; if both do or none,
/// the one whose text can be printed; if that says nothing either, the standard's.
#[cold]
pub(super) fn text_order(octets: &[u8], field: DataField) -> TextOrder {
    let octets = octets.get(..MAX_LOOK_AHEAD).unwrap_or(octets);
    let score = |order| {
        let (text, behind) = behind_vib(octets, order)?;
        let exact = behind_data(behind, field).is_some_and(|rest| ends_exactly(rest, order));
        let printable = text.iter().all(|octet| matches!(octet, 0x20..=0x7E | 0xA0..));
        Some((exact, printable))
    };
    if score(TextOrder::BeforeVifes) > score(TextOrder::BehindVifes) {
        TextOrder::BeforeVifes
    } else {
        TextOrder::BehindVifes
    }
}
