//! [`Ciphered`]: a security header and what it protects.

use gurux_framing::{Reader, Shown, Sink, Visit, Wire, WireError};

use super::SecurityControl;

/// Octets of an authentication tag.
pub const TAG_LEN: usize = 12;

/// A protected text.
///
/// | octets | field |
/// |---|---|
/// | 1 | security control |
/// | 4 | invocation counter |
/// | n | the text, encrypted or not |
/// | 12 | the tag, if it is authenticated |
///
/// It fills what carries it, which has its length.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Ciphered<'a> {
    /// How the text is protected.
    pub control: SecurityControl,
    /// With the system title of its sender, what no two texts under one key share.
    pub invocation_counter: u32,
    /// The text, and the tag behind it if there is one.
    pub payload: &'a [u8],
}

/// Octets of a security header.
pub(super) const HEADER_LEN: usize = 5;

impl<'a> Ciphered<'a> {
    /// The text and its tag. `None` if there should be a tag, but fewer octets than it has.
    #[must_use]
    pub const fn text_and_tag(&self) -> Option<(&'a [u8], Option<&'a [u8; TAG_LEN]>)> {
        if !self.control.is_authenticated() {
            return Some((self.payload, None));
        }
        match self.payload.split_last_chunk() {
            Some((text, tag)) => Some((text, Some(tag))),
            None => None,
        }
    }
}

impl<'a> Wire<'a> for Ciphered<'a> {
    #[inline]
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        let start = reader.offset();
        let [octet] = reader.array("security-control")?;
        reader.show(start, "security-control", Shown::Unsigned(octet.into()));
        let control = SecurityControl::new(octet);
        let invocation_counter = reader.u32("invocation-counter")?;
        let start = reader.offset();
        let payload = reader.slice(reader.rest().len(), "ciphered-text")?;
        let value = Self { control, invocation_counter, payload };
        if V::ACTIVE {
            let (text, tag) = value.text_and_tag().unwrap_or((payload, None));
            let end = start.saturating_add(text.len());
            reader.show_at(start..end, "ciphered-text", Shown::Octets(text));
            if let Some(tag) = tag {
                reader.show(end, "authentication-tag", Shown::Octets(tag));
            }
        }
        Ok(value)
    }

    #[inline]
    fn emit(&self, out: &mut impl Sink) {
        out.put_u8(self.control.octet());
        out.put_u32(self.invocation_counter);
        out.put(self.payload);
    }

    #[inline]
    fn wire_len(&self) -> usize {
        self.payload.len().saturating_add(HEADER_LEN)
    }
}
