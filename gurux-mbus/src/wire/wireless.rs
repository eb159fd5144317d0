//! The link layer of wireless M-Bus (EN 13757-4).

use gurux_framing::{Reader, Shown, Sink, Visit, Wire, WireError, WireErrorKind};

use super::{CField, MeterAddress};
use crate::Error;
use crate::error::check_quantity;

/// A radio telegram, its block check sums removed.
///
/// | octets | field |
/// |---|---|
/// | 1 | L, octets that follow |
/// | 1 | control |
/// | 8 | address of the sender: manufacturer, identification, version, device type |
/// | n | user data, from the CI field on; at most 246 |
///
/// Formats A and B with their check sums are cut and stripped by `gurux_framing::wireless`, which
/// corrects L where it counted them.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct WirelessFrame<'a> {
    control: CField,
    address: MeterAddress,
    user_data: &'a [u8],
}

/// Control field and address.
const HEAD: usize = 9;

impl<'a> WirelessFrame<'a> {
    /// The most octets of user data.
    pub const MAX_USER_DATA: usize = 246;

    /// A telegram of this sender.
    ///
    /// # Errors
    /// [`Error::Quantity`] unless there are at most 246 octets of user data.
    pub const fn new(
        control: CField,
        address: MeterAddress,
        user_data: &'a [u8],
    ) -> Result<Self, Error> {
        let len = user_data.len();
        match check_quantity("octets of user data", len, 0, Self::MAX_USER_DATA) {
            Ok(()) => Ok(Self { control, address, user_data }),
            Err(error) => Err(error),
        }
    }

    /// What the telegram is for.
    #[must_use]
    pub const fn control(&self) -> CField {
        self.control
    }

    /// Who sent it: the meter, or its radio module.
    #[must_use]
    pub const fn address(&self) -> MeterAddress {
        self.address
    }

    /// From the CI field on.
    #[must_use]
    pub const fn user_data(&self) -> &'a [u8] {
        self.user_data
    }

    /// The octets before so many of user data.
    pub(super) fn head(control: CField, address: MeterAddress, user_data_len: usize) -> [u8; 10] {
        let length = user_data_len.wrapping_add(HEAD) as u8;
        let [m0, m1, i0, i1, i2, i3, version, device_type] = address.link_octets();
        [length, control.0, m0, m1, i0, i1, i2, i3, version, device_type]
    }

    /// Reads a telegram whose user data `inside` reads to their end.
    #[inline(always)]
    pub(super) fn read_with<V: Visit, T>(
        reader: &mut Reader<'a, V>,
        inside: impl FnOnce(&mut Reader<'a, V>) -> Result<T, WireError>,
    ) -> Result<(Self, T), WireError> {
        let at = reader.offset();
        let length = reader.structure_u8("length")?;
        if usize::from(length) < HEAD {
            let kind = WireErrorKind::Range { found: length.into(), min: 9, max: 255 };
            return Err(WireError::new(at, "length", kind));
        }
        let behind = reader.narrow(length.into(), "length")?;
        let control = CField::read(reader)?;
        let address = MeterAddress::read_link_order(reader)?;
        let user_data = reader.rest();
        let value = inside(reader)?;
        reader.widen(behind, "user data")?;
        Ok((Self { control, address, user_data }, value))
    }
}

impl<'a> Wire<'a> for WirelessFrame<'a> {
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        let user_data = |reader: &mut Reader<'a, V>| {
            let start = reader.offset();
            let octets = reader.slice(reader.rest().len(), "user data")?;
            if !octets.is_empty() {
                reader.show(start, "user data", Shown::Octets(octets));
            }
            Ok(())
        };
        Ok(Self::read_with(reader, user_data)?.0)
    }

    fn emit(&self, out: &mut impl Sink) {
        out.put_array(Self::head(self.control, self.address, self.user_data.len()));
        out.put(self.user_data);
    }

    fn wire_len(&self) -> usize {
        self.user_data.len().wrapping_add(HEAD).wrapping_add(1)
    }
}

#[cfg(test)]
mod tests {
    use gurux_framing::wire_laws;

    use super::*;

    const METER: MeterAddress =
        MeterAddress::from_octets([0x78, 0x56, 0x34, 0x12, 0x2D, 0x2C, 1, 7]);

    #[test]
    fn a_length_counts_what_follows_it() {
        let frame = WirelessFrame::new(CField::SND_NR, METER, &[0x78, 0x2F]).unwrap();
        wire_laws!(WirelessFrame<'_>, frame, self_delimiting);
        let mut out = [0; 12];
        frame.emit_to_slice(&mut out).unwrap();
        assert_eq!(out, [0x0B, 0x44, 0x2D, 0x2C, 0x78, 0x56, 0x34, 0x12, 0x01, 0x07, 0x78, 0x2F]);
        out[0] = 8;
        assert_eq!(WirelessFrame::from_bytes(&out).unwrap_err().what, "length");
        out[0] = 12;
        assert!(WirelessFrame::from_bytes(&out).is_err());
    }

    #[test]
    fn user_data_end_where_a_length_of_one_octet_does() {
        let frame = WirelessFrame::new(CField::SND_NR, METER, &[0; 246]).unwrap();
        wire_laws!(WirelessFrame<'_>, frame, self_delimiting);
        assert!(WirelessFrame::new(CField::SND_NR, METER, &[0; 247]).is_err());
        let empty = WirelessFrame::new(CField::ACC_NR, METER, &[]).unwrap();
        wire_laws!(WirelessFrame<'_>, empty, self_delimiting);
    }
}
