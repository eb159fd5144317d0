//! The network layer.

use gurux_framing::{Reader, Sink, Visit, Wire, WireError};

use super::CiField;
use crate::Error;
use crate::error::check_quantity;
use crate::table::{Content, lookup_ci};

/// A network layer (EN 13757-5), kept as octets.
///
/// | octets | field |
/// |---|---|
/// | 1 | CI field, 81 |
/// | 1 | length |
/// | n | the layer |
///
/// observed: meters (Sontex) send 81, one octet of 1D, and at once the CI field of the transport
/// layer. An octet behind the length that announces a transport layer or an AFL is taken so.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Nwl<'a> {
    length: u8,
    octets: &'a [u8],
}

impl<'a> Nwl<'a> {
    /// A network layer with this content.
    ///
    /// # Errors
    /// [`Error::Quantity`] unless there are at most 255 octets; [`Error::Code`] if the first one would
    /// be taken for the next layer.
    pub fn new(octets: &'a [u8]) -> Result<Self, Error> {
        check_quantity("octets of network layer", octets.len(), 0, u8::MAX.into())?;
        match octets.first() {
            Some(code) if announces_next_layer(*code) => {
                Err(Error::Code { what: "network layer", code: *code })
            }
            _ => Ok(Self { length: octets.len() as u8, octets }),
        }
    }

    /// The octet behind the CI field: a length, mostly.
    #[must_use]
    pub const fn length(&self) -> u8 {
        self.length
    }

    /// The content; empty where the octet behind the CI field is all.
    #[must_use]
    pub const fn octets(&self) -> &'a [u8] {
        self.octets
    }
}

/// Can this octet, behind a network layer's length, be a CI field of the transport layer or an AFL?
fn announces_next_layer(code: u8) -> bool {
    let Some(row) = lookup_ci(CiField::new(code)) else { return false };
    matches!(
        row.content,
        Content::Records | Content::CompactFrame | Content::FormatFrame | Content::Afl
    )
}

impl<'a> Wire<'a> for Nwl<'a> {
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        reader.group("network layer", |reader| {
            CiField::read_this(reader, CiField::NWL)?;
            let length = reader.structure_u8("length")?;
            let octets = match reader.rest().first() {
                Some(next) if announces_next_layer(*next) => &[],
                _ => reader.octets(length.into(), "network layer")?,
            };
            Ok(Self { length, octets })
        })
    }

    fn emit(&self, out: &mut impl Sink) {
        out.put_array([CiField::NWL.code(), self.length]);
        out.put(self.octets);
    }

    fn wire_len(&self) -> usize {
        self.octets.len().wrapping_add(2)
    }
}

#[cfg(test)]
mod tests {
    use gurux_framing::wire_laws;

    use super::*;

    #[test]
    fn a_length_counts_the_octets_behind_it() {
        wire_laws!(Nwl<'_>, Nwl::new(&[1, 2, 3]).unwrap(), self_delimiting);
        wire_laws!(Nwl<'_>, Nwl::new(&[]).unwrap(), self_delimiting);
        assert!(Nwl::new(&[0; 256]).is_err());
        let refused = Error::Code { what: "network layer", code: 0x7A };
        assert_eq!(Nwl::new(&[0x7A]), Err(refused));
    }

    #[test]
    fn the_next_layer_may_begin_at_once() {
        let (rest, layer) = Nwl::parse(&[0x81, 0x1D, 0x7A, 0, 0, 0, 0]).unwrap();
        assert_eq!((layer.length(), layer.octets(), rest.len()), (0x1D, &[][..], 5));
        assert_eq!(layer.wire_len(), 2);
    }
}
