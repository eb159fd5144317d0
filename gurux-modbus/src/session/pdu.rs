//! [`Pdu`]: a PDU kept by value, without an allocation.

use core::fmt;
use core::ops::Deref;

use gurux_framing::{Wire, WireError};

use crate::wire::MAX_PDU_LEN;

/// A PDU kept by value: a function code and its data, at most 253 octets.
#[derive(Clone, Copy)]
pub struct Pdu {
    len: u8,
    octets: [u8; MAX_PDU_LEN],
}

impl Pdu {
    /// Keeps a copy of `octets`; `None` if there are none or more than 253.
    #[must_use]
    #[inline]
    pub fn new(octets: &[u8]) -> Option<Self> {
        let len = u8::try_from(octets.len()).ok().filter(|&len| len > 0)?;
        let mut pdu = Self { len, octets: [0; MAX_PDU_LEN] };
        pdu.octets.get_mut(..octets.len())?.copy_from_slice(octets);
        Some(pdu)
    }

    /// Takes the octets of a message in place of its own.
    pub(super) fn write<'a>(&mut self, message: &impl Wire<'a>) -> Result<(), WireError> {
        let len = message.emit_to_slice(&mut self.octets)?;
        self.len = u8::try_from(len).unwrap_or(u8::MAX);
        Ok(())
    }

    /// The octets.
    #[must_use]
    #[inline]
    pub fn as_slice(&self) -> &[u8] {
        self.octets.get(..usize::from(self.len)).unwrap_or_default()
    }
}

/// No octets: a place to write to.
impl Default for Pdu {
    fn default() -> Self {
        Self { len: 0, octets: [0; MAX_PDU_LEN] }
    }
}

impl Deref for Pdu {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.as_slice()
    }
}

impl PartialEq for Pdu {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl Eq for Pdu {}

/// Hex, as in a capture.
impl fmt::Debug for Pdu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for octet in self.as_slice() {
            write!(f, "{octet:02X}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::format;

    use super::*;

    #[test]
    fn it_holds_what_a_pdu_may_hold() {
        assert_eq!(Pdu::new(&[]), None);
        assert_eq!(Pdu::new(&[1; 254]), None);
        assert_eq!(Pdu::new(&[7; 253]).unwrap().len(), 253);
        let pdu = Pdu::new(&[0x83, 0x02]).unwrap();
        assert_eq!((format!("{pdu:?}"), &pdu[..]), ("8302".into(), &[0x83, 2][..]));
    }
}
