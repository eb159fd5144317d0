//! Protected messages: ciphered, authenticated or signed.
//!
//! | tag | message | whose key |
//! |---|---|---|
//! | 21 to 38, C8 to CF | [`GloDed`]: one ciphered service | global, of the association's two sides |
//! | 41 to 58, D0 to D7 | [`GloDed`] | dedicated, for this association alone |
//! | DB, DC | [`GeneralGloDed`]: any message, and who sends it | global, dedicated |
//! | DD | [`GeneralCiphering`]: any message, from whom to whom | as its key-info says |
//! | DF | [`GeneralSigning`]: any message, from whom to whom, signed | |
//!
//! What is ciphered has the same form in each, [`Ciphered`]: a security header, then the text, then a
//! tag of twelve octets if it is authenticated.
//!
//! Source: the ASN.1 of IEC 62056-5-3, as known from public texts, the examples of the Green Book in
//! public test suites, and captures of real meters.

mod ciphered;
mod control;
mod general;
mod glo_ded;
#[cfg(test)]
mod tests;

pub use ciphered::{Ciphered, TAG_LEN};
pub use control::SecurityControl;
pub use general::{
    GeneralCiphering, GeneralGloDed, GeneralHeader, GeneralSigning, KekId, KeyId, KeyInfo,
};
pub use glo_ded::GloDed;

use gurux_framing::{Reader, Shown, Sink, Visit, WireError, WireErrorKind};

use super::axdr::length;

/// Reads a length and as many octets.
fn octet_string<'a, V: Visit>(
    reader: &mut Reader<'a, V>,
    what: &'static str,
) -> Result<&'a [u8], WireError> {
    let len = length::read(reader, "length")?;
    reader.octets(len, what)
}

fn put_octet_string(octets: &[u8], out: &mut impl Sink) {
    length::emit(octets.len(), out);
    out.put(octets);
}

fn octet_string_len(octets: &[u8]) -> usize {
    with_length(octets.len())
}

/// What so many octets take with their length in front.
fn with_length(len: usize) -> usize {
    length::wire_len(len).saturating_add(len)
}

/// Reads an octet that must be `tag`.
fn tag<V: Visit>(reader: &mut Reader<'_, V>, tag: u8, what: &'static str) -> Result<(), WireError> {
    let start = reader.offset();
    let [found] = reader.array(what)?;
    if found != tag {
        return Err(WireError::new(start, what, WireErrorKind::Code(found.into())));
    }
    reader.show_structure(start, "tag", Shown::Code { code: found.into(), name: None });
    Ok(())
}
