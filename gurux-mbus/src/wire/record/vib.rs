//! The value information block: what is measured, and in which unit.
//!
//! | octets | field |
//! |---|---|
//! | 1 | VIF: bits 0–6 code, bit 7 a VIFE follows |
//! | 0–10 | VIFE: likewise |
//! | 0 or 1 + n | with VIF `7C` or `FC`: length and characters of a plain text |
//!
//! VIF `FB`, `FD` and `EF` are no codes but name the table in which the next octet is one; `FD FD`
//! names a table of its own. A plain text stands behind the last VIFE by the standard, and right
//! behind the VIF in many meters: both are read.

use core::fmt;

use gurux_framing::{Reader, Shown, Sink, Visit, Wire, WireError, WireErrorKind};

use super::EXTENSION;
use super::dib::DataField;
use super::extent::{PLAIN_TEXT, TextOrder, text_order};
use super::lvar::RecordText;

/// The value information block of a record, as its octets.
///
/// What it means is said by [`meaning`](Self::meaning).
///
/// ```
/// use gurux_framing::Wire;
/// use gurux_mbus::wire::Vib;
///
/// let vib = Vib::from_bytes(&[0xFC, 0x03, 0x48, 0x52, 0x25, 0x74])?;
/// assert_eq!(vib.text().map(|text| text.to_string()).as_deref(), Some("%RH"));
/// assert!(vib.codes().eq([0xFC, 0x74]));
/// # Ok::<(), gurux_framing::WireError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Vib<'a> {
    octets: &'a [u8],
    /// Where the length of the plain text stands; 0 where there is none.
    text_at: u16,
}

/// The VIFEs that may stand behind a VIF.
pub const MAX_VIFE: usize = 10;

/// Where the parts of a VIB lie, found while reading a record.
#[derive(Clone, Copy)]
pub(super) struct VibShape {
    pub(super) vif: u8,
    /// From the begin of the VIB; 0 where there is no text.
    pub(super) text_at: u16,
}

impl VibShape {
    /// Reads a VIB at the cursor. Behind the VIB stand data of this kind and further records, from
    /// which the order of a plain text is told.
    #[inline(always)]
    pub(super) fn read<V: Visit>(
        reader: &mut Reader<'_, V>,
        field: DataField,
    ) -> Result<Self, WireError> {
        let start = reader.offset();
        let [vif] = reader.array("vif")?;
        reader.show(start, "vif", Shown::Code { code: vif.into(), name: None });
        let shape = Self { vif, text_at: 0 };
        if vif & EXTENSION == 0 && vif != PLAIN_TEXT {
            return Ok(shape);
        }
        reader.call(|reader| shape.read_rest(reader, start, field))
    }

    fn read_rest<V: Visit>(
        mut self,
        reader: &mut Reader<'_, V>,
        start: usize,
        field: DataField,
    ) -> Result<Self, WireError> {
        let is_text = self.vif & !EXTENSION == PLAIN_TEXT;
        let text_first = is_text
            && (self.vif & EXTENSION == 0
                || text_order(reader.rest(), field) == TextOrder::BeforeVifes);
        if text_first {
            self.read_text(reader, start)?;
        }
        if self.vif & EXTENSION != 0 {
            let mut count = 0_usize;
            loop {
                let at = reader.offset();
                let [vife] = reader.array("vife")?;
                reader.show(at, "vife", Shown::Code { code: vife.into(), name: None });
                count = count.wrapping_add(1);
                if count > MAX_VIFE {
                    return Err(WireError::new(at, "vife", WireErrorKind::Limit { max: MAX_VIFE }));
                }
                if vife & EXTENSION == 0 {
                    break;
                }
            }
        }
        if is_text && !text_first {
            self.read_text(reader, start)?;
        }
        Ok(self)
    }

    fn read_text<V: Visit>(
        &mut self,
        reader: &mut Reader<'_, V>,
        start: usize,
    ) -> Result<(), WireError> {
        // The chain before it is bounded, so that the place fits.
        self.text_at = reader.offset().wrapping_sub(start) as u16;
        let len = reader.structure_u8("text length")?;
        reader.octets(len.into(), "text")?;
        Ok(())
    }
}

impl<'a> Vib<'a> {
    pub(super) const fn of_shape(octets: &'a [u8], shape: VibShape) -> Self {
        Self { octets, text_at: shape.text_at }
    }

    /// The octets on the wire.
    #[must_use]
    pub const fn octets(&self) -> &'a [u8] {
        self.octets
    }

    /// The octets before the length of the text, the text, and the octets behind it.
    fn parts(&self) -> (&'a [u8], Option<&'a [u8]>, &'a [u8]) {
        if self.text_at == 0 {
            return (self.octets, None, &[]);
        }
        let split = self.octets.split_at_checked(self.text_at.into());
        let (before, rest) = split.unwrap_or((self.octets, &[]));
        let Some((len, rest)) = rest.split_first() else { return (before, None, &[]) };
        let (text, behind) = rest.split_at_checked((*len).into()).unwrap_or((rest, &[]));
        (before, Some(text), behind)
    }

    /// The VIF and the VIFEs, without a plain text.
    pub fn codes(&self) -> impl Iterator<Item = u8> + Clone + use<'a> {
        let (before, _, behind) = self.parts();
        before.iter().chain(behind).copied()
    }

    /// The plain text that stands for the unit.
    #[must_use]
    pub fn text(&self) -> Option<RecordText<'a>> {
        self.parts().1.map(RecordText::new)
    }

    /// The first octet.
    #[must_use]
    pub fn vif(&self) -> u8 {
        self.octets.first().copied().unwrap_or_default()
    }
}

impl<'a> Wire<'a> for Vib<'a> {
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        let (start, octets) = (reader.offset(), reader.rest());
        let shape = VibShape::read(reader, DataField::None)?;
        let len = reader.offset().wrapping_sub(start);
        Ok(Self::of_shape(octets.get(..len).unwrap_or_default(), shape))
    }

    fn emit(&self, out: &mut impl Sink) {
        out.put(self.octets);
    }

    fn wire_len(&self) -> usize {
        self.octets.len()
    }
}

impl fmt::Debug for Vib<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vib(")?;
        self.octets.iter().try_for_each(|octet| write!(f, "{octet:02X}"))?;
        f.write_str(")")
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;
    use std::vec::Vec;

    use gurux_framing::{Wire, WireErrorKind};

    use super::Vib;

    fn text(octets: &[u8]) -> Option<std::string::String> {
        Vib::from_bytes(octets).unwrap().text().map(|text| text.to_string())
    }

    #[test]
    fn chains_are_read_to_their_end() {
        for octets in [&[0x13][..], &[0xFD, 0x17], &[0xFD, 0xFD, 0x02], &[0x93, 0xBC, 0x58]] {
            let vib = Vib::from_bytes(octets).unwrap();
            assert!(vib.codes().eq(octets.iter().copied()));
            assert_eq!(vib.text(), None);
            gurux_framing::wire_laws!(Vib<'_>, vib, self_delimiting);
        }
    }

    #[test]
    fn plain_text_stands_before_or_behind_the_vifes() {
        assert_eq!(text(&[0x7C, 0x02, b'V', b'm']).as_deref(), Some("mV"));
        assert_eq!(text(&[0xFC, 0x02, b'V', b'm', 0x74]).as_deref(), Some("mV"));
        assert_eq!(text(&[0xFC, 0x74, 0x02, b'V', b'm']).as_deref(), Some("mV"));
        for octets in [&[0xFC, 0x02, b'V', b'm', 0x74][..], &[0xFC, 0x74, 0x02, b'V', b'm']] {
            let vib = Vib::from_bytes(octets).unwrap();
            assert_eq!(vib.codes().collect::<Vec<_>>(), [0xFC, 0x74]);
        }
    }

    #[test]
    fn a_chain_without_end_is_bounded() {
        let error = Vib::from_bytes(&[0x80; 100]).unwrap_err();
        assert_eq!((error.offset, error.kind), (11, WireErrorKind::Limit { max: 10 }));
    }
}
