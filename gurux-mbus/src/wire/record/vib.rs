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

use gurux_framing::{Reader, Shown, Sink, Visit, Wire, WireError};

use super::EXTENSION;
use super::dib::DataField;
use super::extent::{
    PLAIN_TEXT, TextOrder, behind_chain, chain_fault, split_text, text_fault, text_order, truncated,
};
use super::lvar::RecordText;

/// The value information block of a record, as its octets.
///
/// What it means is said by [`DataRecord::meaning`](super::DataRecord::meaning).
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

/// Where the parts of a VIB lie, found while reading a record: bits 0–7 are the VIF, the others are
/// where the length of a text stands, from the begin of the VIB, or nought. One word, which the
/// compiler keeps in a register.
#[derive(Clone, Copy)]
pub(super) struct VibShape(u32);

impl VibShape {
    /// The block at the begin of `octets`, and the octets behind it: data of this kind, and further
    /// records, from which the order of a plain text is told.
    #[inline(always)]
    pub(super) fn split(octets: &[u8], field: DataField) -> Option<(Self, &[u8])> {
        let [vif, behind @ ..] = octets else { return None };
        let shape = Self((*vif).into());
        if *vif < PLAIN_TEXT || *vif == 0x7D || *vif == 0x7E || *vif == 0x7F {
            return Some((shape, behind));
        }
        shape.split_more(behind, field)
    }

    /// The same behind a VIF that octets follow.
    #[inline(never)]
    fn split_more(self, octets: &[u8], field: DataField) -> Option<(Self, &[u8])> {
        let vif = self.vif();
        if vif & !EXTENSION != PLAIN_TEXT {
            return Some((self, behind_chain(octets, MAX_VIFE)?));
        }
        let (text_at, behind) = if vif & EXTENSION == 0 {
            (octets, split_text(octets)?.1)
        } else if text_order(octets, field) == TextOrder::BeforeVifes {
            (octets, behind_chain(split_text(octets)?.1, MAX_VIFE)?)
        } else {
            let text = behind_chain(octets, MAX_VIFE)?;
            (text, split_text(text)?.1)
        };
        // The chain before a text is bounded, so that the place fits.
        let text_at = octets.len().wrapping_sub(text_at.len()).wrapping_add(1) as u16;
        Some((Self(u32::from(text_at) << 8 | u32::from(vif)), behind))
    }

    /// The VIF.
    #[inline(always)]
    pub(super) const fn vif(self) -> u8 {
        self.0 as u8
    }

    const fn text_at(self) -> u16 {
        (self.0 >> 8) as u16
    }

    /// Why there is no block at the begin of `octets`.
    #[cold]
    pub(super) fn fault(octets: &[u8], field: DataField) -> WireError {
        let Some((vif, octets)) = octets.split_first() else { return truncated("vif") };
        let text_first = *vif == PLAIN_TEXT
            || *vif & !EXTENSION == PLAIN_TEXT
                && text_order(octets, field) == TextOrder::BeforeVifes;
        if text_first && split_text(octets).is_none() {
            return text_fault(octets).at(1);
        }
        let vifes =
            if text_first { split_text(octets).map_or(octets, |(_, rest)| rest) } else { octets };
        let vifes_at = octets.len().wrapping_sub(vifes.len()).wrapping_add(1);
        match behind_chain(vifes, MAX_VIFE) {
            None => chain_fault(vifes, MAX_VIFE, "vife").at(vifes_at),
            Some(text) => {
                text_fault(text).at(octets.len().wrapping_sub(text.len()).wrapping_add(1))
            }
        }
    }
}

impl<'a> Vib<'a> {
    #[inline]
    pub(super) const fn of_shape(octets: &'a [u8], shape: VibShape) -> Self {
        Self { octets, text_at: shape.text_at() }
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

    /// Tells of the octets of the block, which was just taken.
    pub(super) fn show<V: Visit>(&self, reader: &mut Reader<'_, V>, start: usize) {
        let (before, text, behind) = self.parts();
        let mut name = "vif";
        let mut show_codes = |reader: &mut Reader<'_, V>, start: usize, octets: &[u8]| {
            for (at, octet) in (start..).zip(octets) {
                let shown = Shown::Code { code: (*octet).into(), name: None };
                reader.show_at(at..at.wrapping_add(1), name, shown);
                name = "vife";
            }
        };
        show_codes(reader, start, before);
        let Some(text) = text else { return };
        let text_at = start.wrapping_add(before.len()).wrapping_add(1);
        let behind_at = text_at.wrapping_add(text.len());
        let len = Shown::Unsigned(text.len() as u64);
        reader.show_structure_at(text_at.wrapping_sub(1)..text_at, "text length", len);
        reader.show_at(text_at..behind_at, "text", Shown::Octets(text));
        show_codes(reader, behind_at, behind);
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
        let (start, all) = (reader.offset(), reader.rest());
        let field = DataField::None;
        let Some((shape, rest)) = VibShape::split(all, field) else {
            return Err(VibShape::fault(all, field).at(start));
        };
        let octets = reader.slice(all.len().wrapping_sub(rest.len()), "vib")?;
        let vib = Self::of_shape(octets, shape);
        if V::ACTIVE {
            vib.show(reader, start);
        }
        Ok(vib)
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
