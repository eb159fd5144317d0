//! [`HdlcAddress`]: the address of one side of an HDLC link, one, two or four octets long.

use core::fmt;

use crate::{Reader, Shown, Sink, Visit, Wire, WireError, WireErrorKind};

/// The address of a server or a client on an HDLC link (IEC 62056-46, address fields).
///
/// Seven bits of each octet count; the lowest bit is 1 in the last octet alone. A client has one
/// octet. A server has one octet (its logical device), two (logical device, then physical device:
/// seven bits each) or four (the same with fourteen bits each). The two sides of a link need not
/// have addresses of one width (observed: Kaifa, Aidon and Iskra pushes).
///
/// ```
/// use gurux_framing::hdlc::HdlcAddress;
///
/// let meter = HdlcAddress::of_server(1, 17).expect("both fit into 14 bits");
/// assert_eq!((meter.upper(), meter.lower(), meter.len()), (1, Some(17), 2));
/// assert_eq!(meter.to_string(), "1/17");
/// assert_eq!(HdlcAddress::of_client(16).expect("7 bits").to_string(), "16");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct HdlcAddress {
    /// Seven bits of each octet, the first octet's above.
    bits: u32,
    /// Octets on the wire: 1, 2 or 4.
    len: u8,
}

/// Addresses with a meaning of their own have all bits of their part set, or nearly so: see
/// [`HdlcAddress::is_broadcast`].
const ALL_STATIONS_7: u16 = 0x7F;
const ALL_STATIONS_14: u16 = 0x3FFF;

impl HdlcAddress {
    /// The address of no client (00): nobody answers to it.
    pub const NO_STATION: Self = Self { bits: 0, len: 1 };

    /// A client, 0 to 127; 16 is the public client.
    #[must_use]
    pub const fn of_client(client: u8) -> Option<Self> {
        if client > 0x7F {
            return None;
        }
        Some(Self { bits: client as u32, len: 1 })
    }

    /// A server by its logical device alone, 0 to 127, in one octet.
    #[must_use]
    pub const fn of_logical_device(logical: u8) -> Option<Self> {
        Self::of_client(logical)
    }

    /// A server by its logical and its physical device, 0 to 16383 each, in two octets if both are
    /// below 128 and in four if not.
    #[must_use]
    pub const fn of_server(logical: u16, physical: u16) -> Option<Self> {
        if logical <= ALL_STATIONS_7 && physical <= ALL_STATIONS_7 {
            return Some(Self { bits: (logical as u32) << 7 | physical as u32, len: 2 });
        }
        Self::of_server_wide(logical, physical)
    }

    /// A server by its logical and its physical device, 0 to 16383 each, in four octets whatever
    /// they are.
    #[must_use]
    pub const fn of_server_wide(logical: u16, physical: u16) -> Option<Self> {
        if logical > ALL_STATIONS_14 || physical > ALL_STATIONS_14 {
            return None;
        }
        Some(Self { bits: (logical as u32) << 14 | physical as u32, len: 4 })
    }

    /// The upper part: the client, or the server's logical device.
    #[must_use]
    pub const fn upper(self) -> u16 {
        (match self.len {
            1 => self.bits,
            2 => self.bits >> 7,
            _ => self.bits >> 14,
        }) as u16
    }

    /// The lower part, the server's physical device; `None` in an address of one octet.
    #[must_use]
    pub const fn lower(self) -> Option<u16> {
        match self.len {
            1 => None,
            2 => Some((self.bits & 0x7F) as u16),
            _ => Some((self.bits & 0x3FFF) as u16),
        }
    }

    /// Octets on the wire: 1, 2 or 4.
    #[expect(clippy::len_without_is_empty, reason = "an address is never empty")]
    #[must_use]
    pub const fn len(self) -> usize {
        self.len as usize
    }

    /// Is it meant for all servers: all bits of the upper or of the lower part set?
    #[must_use]
    pub const fn is_broadcast(self) -> bool {
        let all = if self.len == 4 { ALL_STATIONS_14 } else { ALL_STATIONS_7 };
        self.upper() == all || matches!(self.lower(), Some(lower) if lower == all)
    }

    /// Takes the octets of an address up to the one whose lowest bit is set, in silence.
    #[inline]
    pub(super) fn take<V: Visit>(
        reader: &mut Reader<'_, V>,
        what: &'static str,
    ) -> Result<Self, WireError> {
        let rest = reader.rest();
        let (bits, len) = match *rest {
            [a, ..] if a & 1 == 1 => (u32::from(a >> 1), 1),
            [a, b, ..] if b & 1 == 1 => (u32::from(a >> 1) << 7 | u32::from(b >> 1), 2),
            [a, b, c, d, ..] if c & 1 == 0 && d & 1 == 1 => {
                let upper = u32::from(a >> 1) << 7 | u32::from(b >> 1);
                (upper << 14 | u32::from(c >> 1) << 7 | u32::from(d >> 1), 4)
            }
            _ => return Err(Self::fault(reader, what)),
        };
        let _ = reader.slice(len, what)?;
        Ok(Self { bits, len: len as u8 })
    }

    #[cold]
    fn fault<V: Visit>(reader: &Reader<'_, V>, what: &'static str) -> WireError {
        let available = reader.rest().len();
        let ended = reader.rest().iter().take(4).any(|octet| octet & 1 == 1);
        if ended || available >= 4 {
            return reader.error(what, WireErrorKind::Expected("an address of 1, 2 or 4 octets"));
        }
        let needed = if available < 2 { available.saturating_add(1) } else { 4 };
        reader.error(what, WireErrorKind::Truncated { needed, available })
    }
}

impl<'a> Wire<'a> for HdlcAddress {
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        Self::read_named(reader, "address")
    }

    fn emit(&self, out: &mut impl Sink) {
        let bits = self.bits;
        let seven = |shift: u32| ((bits >> shift) as u8) << 1;
        match self.len {
            1 => out.put_u8(seven(0) | 1),
            2 => out.put_array([seven(7), seven(0) | 1]),
            _ => out.put_array([seven(21), seven(14), seven(7), seven(0) | 1]),
        }
    }

    fn wire_len(&self) -> usize {
        self.len()
    }
}

impl HdlcAddress {
    /// Reads an address as the field `what`.
    #[inline]
    pub(super) fn read_named<V: Visit>(
        reader: &mut Reader<'_, V>,
        what: &'static str,
    ) -> Result<Self, WireError> {
        let start = reader.offset();
        let address = Self::take(reader, what)?;
        if V::ACTIVE {
            reader.show(start, what, Shown::Unsigned(address.bits.into()));
        }
        Ok(address)
    }
}

impl fmt::Display for HdlcAddress {
    /// `logical/physical`, or the one part that there is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.lower() {
            Some(lower) => write!(f, "{}/{lower}", self.upper()),
            None => write!(f, "{}", self.upper()),
        }
    }
}

impl fmt::Debug for HdlcAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HdlcAddress({self}; {} octets)", self.len)
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::HdlcAddress;
    use crate::Wire;

    fn read(octets: &[u8]) -> HdlcAddress {
        HdlcAddress::from_bytes(octets).unwrap()
    }

    #[test]
    fn each_width_has_its_parts() {
        assert_eq!(read(&[0x21]), HdlcAddress::of_client(16).unwrap());
        assert_eq!(read(&[0x02, 0x23]), HdlcAddress::of_server(1, 17).unwrap());
        let wide = read(&[0x00, 0x02, 0x7E, 0xFF]);
        assert_eq!((wide.upper(), wide.lower(), wide.len()), (1, Some(0x1FFF), 4));
        assert_eq!(wide, HdlcAddress::of_server(1, 0x1FFF).unwrap());
        assert_eq!(HdlcAddress::of_server_wide(1, 17).unwrap().len(), 4);
    }

    #[test]
    fn broadcast_is_told_by_either_part() {
        assert!(read(&[0xFF]).is_broadcast());
        assert!(read(&[0x02, 0xFF]).is_broadcast());
        assert!(read(&[0x00, 0x02, 0xFE, 0xFF]).is_broadcast());
        assert!(!read(&[0x02, 0x23]).is_broadcast());
    }

    #[test]
    fn three_octets_are_no_address() {
        let error = HdlcAddress::from_bytes(&[0x02, 0x02, 0x03]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "octet 0, address: an address of 1, 2 or 4 octets is expected here"
        );
        let error = HdlcAddress::from_bytes(&[0x02, 0x02]).unwrap_err();
        assert_eq!(error.to_string(), "octet 0, address: 4 octets needed, 2 octets are left");
    }

    #[test]
    fn parts_that_do_not_fit_are_refused() {
        assert_eq!(HdlcAddress::of_client(128), None);
        assert_eq!(HdlcAddress::of_server(0x4000, 0), None);
        assert_eq!(HdlcAddress::of_server_wide(0, 0x4000), None);
    }
}
