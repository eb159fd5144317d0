//! [`Wrapper`]: a message in TCP or UDP.

use gurux_framing::{Reader, Sink, Visit, Wire, WireError, WireErrorKind};

/// A message behind the header of the wrapper (IEC 62056-47, wrapper protocol data unit).
///
/// | octets | field |
/// |---|---|
/// | 2 | version, 1 |
/// | 2 | source wPort |
/// | 2 | destination wPort |
/// | 2 | length of the message |
/// | n | message |
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wrapper<'a> {
    /// The wPort that it comes from: 16 is the public client, 1 the management logical device.
    pub source: u16,
    /// The wPort that it goes to.
    pub destination: u16,
    apdu: &'a [u8],
}

const VERSION: u16 = 1;
const HEADER_LEN: usize = 8;

impl<'a> Wrapper<'a> {
    /// This message between these two.
    ///
    /// # Errors
    /// [`WireErrorKind::Limit`] if the message is longer than 65535 octets.
    pub const fn new(source: u16, destination: u16, apdu: &'a [u8]) -> Result<Self, WireError> {
        let max = 0xFFFF;
        if apdu.len() > max {
            return Err(WireError::new(6, "length", WireErrorKind::Limit { max }));
        }
        Ok(Self { source, destination, apdu })
    }

    /// The message.
    #[must_use]
    pub const fn apdu(&self) -> &'a [u8] {
        self.apdu
    }
}

impl<'a> Wire<'a> for Wrapper<'a> {
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        let start = reader.offset();
        let version = reader.structure_u16("version")?;
        if version != VERSION {
            return Err(WireError::new(start, "version", WireErrorKind::Code(version.into())));
        }
        let source = reader.u16("source-wport")?;
        let destination = reader.u16("destination-wport")?;
        let len = reader.structure_u16("length")?;
        let apdu = reader.slice(len.into(), "apdu")?;
        Ok(Self { source, destination, apdu })
    }

    fn emit(&self, out: &mut impl Sink) {
        out.put_u16(VERSION);
        out.put_u16(self.source);
        out.put_u16(self.destination);
        out.put_u16(u16::try_from(self.apdu.len()).unwrap_or(u16::MAX));
        out.put(self.apdu);
    }

    fn wire_len(&self) -> usize {
        HEADER_LEN.saturating_add(self.apdu.len())
    }
}

#[cfg(test)]
mod tests {
    use gurux_framing::{Wire, wire_laws};

    use super::Wrapper;

    #[test]
    fn the_laws_hold() {
        for len in [0, 1, 300] {
            let octets = std::vec![0x5A; len];
            let wrapper = Wrapper::new(1, 16, &octets).expect("short enough");
            wire_laws!(Wrapper<'_>, wrapper, self_delimiting);
        }
    }

    #[test]
    fn another_version_and_a_longer_message_are_refused() {
        assert_eq!(
            Wrapper::from_bytes(&[0, 2, 0, 1, 0, 16, 0, 0]).map_err(|e| e.what),
            Err("version")
        );
        assert_eq!(Wrapper::new(1, 1, &[0; 65_536]).map_err(|e| e.what), Err("length"));
    }
}
