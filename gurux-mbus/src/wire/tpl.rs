//! The transport layer: the header behind a CI field.

use gurux_framing::{Reader, Sink, Visit, Wire, WireError};

use super::{CiField, Config, MeterAddress, Status};
use crate::Error;
use crate::table::{HeaderKind, lookup_ci};

/// A CI field and the header of the transport layer behind it.
///
/// | octets | none | short | long |
/// |---|---|---|---|
/// | CI field | 1 | 1 | 1 |
/// | address | | | 8 |
/// | access number | | 1 | 1 |
/// | status | | 1 | 1 |
/// | configuration | | 2 to 9 | 2 to 9 |
///
/// Which header there is, the CI field says; 73 is both, see [`Tpl::read_behind`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Tpl {
    ci: CiField,
    /// Only with what every header says.
    address: Option<MeterAddress>,
    short: Option<ShortHeader>,
}

/// The header of a transport layer.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Header {
    /// None.
    None,
    /// Without an address: the link layer has it.
    Short(ShortHeader),
    /// With the address of the meter.
    Long(MeterAddress, ShortHeader),
}

/// What every header says.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub struct ShortHeader {
    /// Counts the telegrams; an answer has the number of its request, in radio.
    pub access_number: u8,
    /// How the meter fares.
    pub status: Status,
    /// Security, and when the meter listens.
    pub config: Config,
}

impl Tpl {
    /// A CI field with its header.
    ///
    /// # Errors
    /// [`Error::Header`] unless the CI field goes with that kind of header. One that is unknown or
    /// the manufacturer's goes with none; where nothing at all follows, any does.
    pub fn new(ci: CiField, header: Header) -> Result<Self, Error> {
        let goes = match (ci, header) {
            // Fixed data have none, and a control frame ends with its CI field.
            (_, Header::None) => true,
            (_, Header::Short(_)) => kind_of(ci) == HeaderKind::Short,
            (_, Header::Long(..)) => kind_of(ci) == HeaderKind::Long,
        };
        let (address, short) = match header {
            Header::None => (None, None),
            Header::Short(short) => (None, Some(short)),
            Header::Long(address, short) => (Some(address), Some(short)),
        };
        if goes { Ok(Self { ci, address, short }) } else { Err(Error::Header { ci: ci.code() }) }
    }

    /// The CI field.
    #[must_use]
    pub const fn ci(&self) -> CiField {
        self.ci
    }

    /// The header.
    #[must_use]
    pub const fn header(&self) -> Header {
        match (self.address, self.short) {
            (Some(address), Some(short)) => Header::Long(address, short),
            (None, Some(short)) => Header::Short(short),
            (_, None) => Header::None,
        }
    }

    /// What a header says besides the address, if there is one.
    #[must_use]
    pub const fn short(&self) -> Option<ShortHeader> {
        self.short
    }

    /// The address in a long header.
    #[must_use]
    pub const fn address(&self) -> Option<MeterAddress> {
        self.address
    }

    /// The access number, if there is a header.
    #[must_use]
    pub const fn access_number(&self) -> Option<u8> {
        match self.short() {
            Some(short) => Some(short.access_number),
            None => None,
        }
    }

    /// The status, if there is a header.
    #[must_use]
    pub const fn status(&self) -> Option<Status> {
        match self.short() {
            Some(short) => Some(short.status),
            None => None,
        }
    }

    /// The configuration; in clear, if there is no header.
    #[must_use]
    pub const fn config(&self) -> Config {
        match self.short() {
            Some(short) => short.config,
            None => Config::CLEAR,
        }
    }

    /// Reads the CI field and its header. Behind CI field 73 there is none if exactly 16 octets
    /// follow and `fixed_data` allows it: fixed data structures are of wired lines, compact frames
    /// with the same CI field came with newer texts. Behind any CI field there is none if nothing
    /// follows: so ends a control frame.
    ///
    /// # Errors
    /// The header is not there in full.
    #[inline]
    pub fn read_behind<V: Visit>(
        reader: &mut Reader<'_, V>,
        fixed_data: bool,
    ) -> Result<Self, WireError> {
        reader.group("transport layer", |reader| {
            let ci = CiField::read_octet(reader)?;
            let is_fixed_data =
                ci == CiField::FIXED_DATA && fixed_data && reader.rest().len() == FIXED_DATA_LEN;
            let kind = match kind_of(ci) {
                _ if is_fixed_data || reader.is_empty() => HeaderKind::None,
                kind => kind,
            };
            let msb_first = ci == CiField::VARIABLE_DATA_MSB_FIRST;
            let address = match kind {
                HeaderKind::Long if msb_first => Some(MeterAddress::read_msb_first(reader)?),
                HeaderKind::Long => Some(reader.read()?),
                _ => None,
            };
            let short = match kind {
                HeaderKind::None => None,
                _ if msb_first => Some(ShortHeader::read_with(reader, Config::read_msb_first)?),
                _ => Some(ShortHeader::read(reader)?),
            };
            Ok(Self { ci, address, short })
        })
    }
}

/// A fixed data structure has so many octets.
const FIXED_DATA_LEN: usize = 16;

#[inline]
fn kind_of(ci: CiField) -> HeaderKind {
    lookup_ci(ci).map_or(HeaderKind::None, |row| row.header)
}

impl<'a> Wire<'a> for Tpl {
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        Self::read_behind(reader, true)
    }

    fn emit(&self, out: &mut impl Sink) {
        out.put_u8(self.ci.code());
        match self.header() {
            Header::None => {}
            Header::Short(short) => short.emit(out),
            Header::Long(address, short) if self.ci == CiField::VARIABLE_DATA_MSB_FIRST => {
                address.emit_msb_first(out);
                out.put_array([short.access_number, short.status.0]);
                short.config.emit_msb_first(out);
            }
            Header::Long(address, short) => {
                address.emit(out);
                short.emit(out);
            }
        }
    }

    fn wire_len(&self) -> usize {
        match self.header() {
            Header::None => 1,
            Header::Short(short) => short.wire_len().wrapping_add(1),
            Header::Long(_, short) => {
                short.wire_len().wrapping_add(1).wrapping_add(MeterAddress::LEN)
            }
        }
    }
}

impl ShortHeader {
    #[inline]
    fn read_with<'a, V: Visit>(
        reader: &mut Reader<'a, V>,
        config: impl FnOnce(&mut Reader<'a, V>) -> Result<Config, WireError>,
    ) -> Result<Self, WireError> {
        let access_number = reader.u8("access number")?;
        let status = Status::read(reader)?;
        Ok(Self { access_number, status, config: config(reader)? })
    }
}

impl<'a> Wire<'a> for ShortHeader {
    #[inline]
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        Self::read_with(reader, Config::read)
    }

    #[inline]
    fn emit(&self, out: &mut impl Sink) {
        out.put_array([self.access_number, self.status.0]);
        self.config.emit(out);
    }

    fn wire_len(&self) -> usize {
        self.config.wire_len().wrapping_add(2)
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use gurux_framing::wire_laws;

    use super::*;

    const METER: MeterAddress =
        MeterAddress::from_octets([0x78, 0x56, 0x34, 0x12, 0x2D, 0x2C, 1, 4]);
    const SHORT: ShortHeader =
        ShortHeader { access_number: 7, status: Status(0x04), config: Config::mode_5(2) };

    fn emitted(tpl: Tpl) -> Vec<u8> {
        let mut out = Vec::new();
        tpl.emit(&mut out);
        out
    }

    #[test]
    fn the_ci_field_says_which_header() {
        for (ci, header, len) in [
            (CiField::VARIABLE_DATA, Header::None, 1),
            (CiField::VARIABLE_DATA_SHORT, Header::Short(SHORT), 5),
            (CiField::VARIABLE_DATA_LONG, Header::Long(METER, SHORT), 13),
            (CiField::VARIABLE_DATA_MSB_FIRST, Header::Long(METER, SHORT), 13),
            (CiField::FIXED_DATA, Header::Long(METER, SHORT), 13),
            (CiField::new(0xA2), Header::None, 1),
            (CiField::new(0x20), Header::None, 1),
        ] {
            let tpl = Tpl::new(ci, header).unwrap();
            wire_laws!(Tpl, tpl);
            assert_eq!(tpl.wire_len(), len);
        }
        wire_laws!(Tpl, Tpl::new(CiField::VARIABLE_DATA_LONG, Header::None).unwrap());
        let refused = Tpl::new(CiField::VARIABLE_DATA, Header::Short(SHORT));
        assert_eq!(refused, Err(Error::Header { ci: 0x78 }));
        assert!(Tpl::new(CiField::VARIABLE_DATA_LONG, Header::Short(SHORT)).is_err());
    }

    #[test]
    fn ci_field_76_turns_every_number_around() {
        let tpl = Tpl::new(CiField::VARIABLE_DATA_MSB_FIRST, Header::Long(METER, SHORT)).unwrap();
        let octets = [0x76, 0x12, 0x34, 0x56, 0x78, 0x2C, 0x2D, 1, 4, 7, 4, 0x05, 0x20];
        assert_eq!(emitted(tpl), octets);
    }

    #[test]
    fn ci_field_73_is_fixed_data_where_16_octets_follow() {
        let mut octets = [0; 17];
        octets[0] = 0x73;
        let header = |octets: &[u8], fixed: bool| {
            Tpl::read_behind(&mut Reader::new(octets), fixed).map(|tpl| tpl.header())
        };
        assert_eq!(header(&octets, true), Ok(Header::None));
        assert!(matches!(header(&octets, false), Ok(Header::Long(..))));
        let mut longer = octets.to_vec();
        longer.push(0);
        assert!(matches!(header(&longer, true), Ok(Header::Long(..))));
        assert!(header(&octets[..10], true).is_err());
    }

    #[test]
    fn a_header_that_is_cut_says_where() {
        let tpl = Tpl::new(CiField::VARIABLE_DATA_LONG, Header::Long(METER, SHORT)).unwrap();
        let error = Tpl::from_bytes(&emitted(tpl)[..12]).unwrap_err();
        assert_eq!((error.offset, error.what), (11, "configuration"));
    }
}
