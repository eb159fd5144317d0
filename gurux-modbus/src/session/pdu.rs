//! [`Pdu`]: a PDU kept by value, without an allocation.

use core::fmt;
use core::ops::Deref;
use core::str::FromStr;

use gurux_framing::{SliceSink, Wire, WireError, WireErrorKind};

use crate::wire::MAX_PDU_LEN;

/// A PDU kept by value: a function code and its data, at most 253 octets.
#[derive(Clone, Copy)]
pub struct Pdu {
    len: u8,
    octets: [u8; MAX_PDU_LEN],
}

impl Pdu {
    /// A place to write to.
    pub(super) const EMPTY: Self = Self { len: 0, octets: [0; MAX_PDU_LEN] };

    /// Keeps a copy of `octets`; `None` if there are none or more than 253.
    #[must_use]
    #[inline]
    pub fn new(octets: &[u8]) -> Option<Self> {
        let len = u8::try_from(octets.len()).ok().filter(|&len| len > 0)?;
        let mut pdu = Self { len, octets: [0; MAX_PDU_LEN] };
        pdu.octets.get_mut(..octets.len())?.copy_from_slice(octets);
        Some(pdu)
    }

    /// Takes the first 253 of these octets in place of its own.
    #[inline]
    pub(super) fn copy_from(&mut self, octets: &[u8]) {
        let octets = octets.get(..MAX_PDU_LEN).unwrap_or(octets);
        if let Some(room) = self.octets.get_mut(..octets.len()) {
            room.copy_from_slice(octets);
            self.len = u8::try_from(octets.len()).unwrap_or(u8::MAX);
        }
    }

    /// Takes the octets of a message in place of its own.
    #[inline(always)]
    pub(super) fn write<'a>(&mut self, message: &impl Wire<'a>) -> Result<(), WireError> {
        let (len, max) = (message.wire_len(), MAX_PDU_LEN);
        let Some(room) = self.octets.get_mut(..len) else {
            return Err(WireError::new(max, "PDU", WireErrorKind::Limit { max }));
        };
        message.emit(&mut SliceSink::new(room));
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
impl fmt::Display for Pdu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_slice().iter().try_for_each(|octet| write!(f, "{octet:02X}"))
    }
}

impl fmt::Debug for Pdu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is no [`Pdu`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a PDU is 1 to 253 octets, two hexadecimal digits each")]
pub struct PduError;

impl FromStr for Pdu {
    type Err = PduError;

    /// Reads hexadecimal digits, two an octet, with nothing between.
    fn from_str(text: &str) -> Result<Self, PduError> {
        let (pairs, odd) = text.as_bytes().as_chunks::<2>();
        if !odd.is_empty() || pairs.len() > MAX_PDU_LEN {
            return Err(PduError);
        }
        let digit = |digit: u8| char::from(digit).to_digit(16);
        let mut octets = [0; MAX_PDU_LEN];
        for (octet, &[high, low]) in octets.iter_mut().zip(pairs) {
            let value = digit(high).zip(digit(low)).ok_or(PduError)?;
            *octet = (value.0 << 4 | value.1) as u8;
        }
        octets.get(..pairs.len()).and_then(Self::new).ok_or(PduError)
    }
}

serde_as_text!(Pdu, "up to 253 octets in hexadecimal digits");

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

    #[test]
    fn it_reads_back_from_the_digits_of_a_capture() {
        assert_eq!("8302".parse(), Ok(Pdu::new(&[0x83, 2]).unwrap()));
        let longest = Pdu::new(&[0xFA; 253]).unwrap();
        assert_eq!(format!("{longest}").to_lowercase().parse(), Ok(longest));
        for wrong in ["", "8", "830", "83 02", "+1", "é", &"00".repeat(254)] {
            assert_eq!(wrong.parse::<Pdu>(), Err(PduError), "{wrong}");
        }
    }
}
