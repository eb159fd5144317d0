//! [`Gateway`]: the prefix by which a gateway finds the meter behind it.

use gurux_framing::{Reader, Shown, Sink, Visit, Wire, WireError, WireErrorKind};

/// A message behind the prefix of a gateway (IEC 62056-5-3, gateway protocol).
///
/// | octets | field |
/// |---|---|
/// | E6, E7 | towards the meter, from the meter |
/// | 1 | network |
/// | 1 | length of the address |
/// | n | physical device address |
/// | | message |
///
/// In HDLC it stands behind the [`Llc`](super::Llc), which begins with the same octet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Gateway<'a> {
    /// Does it come from the meter?
    pub is_response: bool,
    /// The network that the meter is on.
    pub network: u8,
    address: &'a [u8],
    /// The message: all that is left.
    pub apdu: &'a [u8],
}

const REQUEST: u8 = 0xE6;
const RESPONSE: u8 = 0xE7;

impl<'a> Gateway<'a> {
    /// This message to a meter on a network, or from it.
    ///
    /// # Errors
    /// [`WireErrorKind::Limit`] if the address is longer than 255 octets.
    pub const fn new(
        is_response: bool,
        network: u8,
        address: &'a [u8],
        apdu: &'a [u8],
    ) -> Result<Self, WireError> {
        let max = 0xFF;
        if address.len() > max {
            return Err(WireError::new(2, "address length", WireErrorKind::Limit { max }));
        }
        Ok(Self { is_response, network, address, apdu })
    }

    /// The physical device address, mostly of one or two octets or a text.
    #[must_use]
    pub const fn address(&self) -> &'a [u8] {
        self.address
    }
}

impl<'a> Wire<'a> for Gateway<'a> {
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        let start = reader.offset();
        let is_response = match reader.structure_u8("header")? {
            REQUEST => false,
            RESPONSE => true,
            other => {
                return Err(WireError::new(start, "header", WireErrorKind::Code(other.into())));
            }
        };
        let network = reader.u8("network-id")?;
        let len = reader.structure_u8("address-length")?;
        let start = reader.offset();
        let address = reader.slice(len.into(), "physical-device-address")?;
        if V::ACTIVE {
            reader.show(start, "physical-device-address", Shown::Octets(address));
        }
        let apdu = reader.rest();
        let apdu = reader.slice(apdu.len(), "apdu")?;
        Ok(Self { is_response, network, address, apdu })
    }

    fn emit(&self, out: &mut impl Sink) {
        out.put_u8(if self.is_response { RESPONSE } else { REQUEST });
        out.put_u8(self.network);
        out.put_u8(u8::try_from(self.address.len()).unwrap_or(u8::MAX));
        out.put(self.address);
        out.put(self.apdu);
    }

    fn wire_len(&self) -> usize {
        3_usize.saturating_add(self.address.len()).saturating_add(self.apdu.len())
    }
}

#[cfg(test)]
mod tests {
    use gurux_framing::Wire;

    use super::Gateway;

    #[test]
    fn the_prefix_is_read_and_written() {
        let octets = [0xE6, 0x01, 0x02, 0x00, 0x11, 0xC0, 0x01];
        let request = Gateway::from_bytes(&octets).expect("a prefix");
        assert_eq!(Gateway::new(false, 1, &[0x00, 0x11], &[0xC0, 0x01]), Ok(request));
        let mut out = [0; 7];
        assert_eq!(request.emit_to_slice(&mut out), Ok(7));
        assert_eq!(out, octets);
        let cut = Gateway::from_bytes(&octets[..4]).expect_err("an address of two octets");
        assert_eq!((cut.offset, cut.what), (3, "physical-device-address"));
        assert_eq!(Gateway::from_bytes(&[0xE5, 0, 0]).map_err(|e| e.offset), Err(0));
        assert_eq!(
            Gateway::new(true, 0, &[0; 256], &[]).map_err(|e| e.what),
            Err("address length")
        );
    }
}
