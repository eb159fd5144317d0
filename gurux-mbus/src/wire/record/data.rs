//! [`DataRecord`]: one value with all that the meter says of it, and its data.

use core::fmt;

use gurux_framing::{Reader, Shown, Sink, Visit, Wire, WireError, WireErrorKind};
use gurux_value::Function;

use super::bcd::Digits;
use super::dib::{DataField, Dib};
use super::extent::{PLAIN_TEXT_WITH_VIFES, TextOrder, behind_vib, truncated};
use super::lvar::{Lvar, LvarKind, RecordText};
use super::vib::{Vib, VibShape};

/// A data record, borrowed from its telegram.
///
/// | octets | field |
/// |---|---|
/// | 1–11 | [`Dib`] |
/// | 1–n | [`Vib`] |
/// | 0 or 1 | LVAR, where the length is variable |
/// | n | data |
///
/// The octets are kept, so that emitting it gives back just what was read.
///
/// ```
/// use gurux_framing::Wire;
/// use gurux_mbus::wire::{Data, DataRecord, Digits};
///
/// let record = DataRecord::from_bytes(&[0x0C, 0x13, 0x78, 0x56, 0x34, 0x12])?;
/// assert_eq!(record.data(), Data::Bcd(Digits::Number(12_345_678)));
/// assert_eq!(record.measurement().to_string(), "volume = 12345.678 m³");
/// # Ok::<(), gurux_framing::WireError>(())
/// ```
#[derive(Clone, Copy)]
pub struct DataRecord<'a> {
    octets: &'a [u8],
    /// The data of up to eight octets as a number, the octets above nought.
    raw: u64,
    dib: Dib,
    shape: VibShape,
    vib_at: u16,
    /// Behind LVAR, where there is one.
    data_at: u16,
}

/// The data of a record.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Data<'a> {
    /// None: the record only names something, or asks for it.
    None,
    /// A signed integer.
    Integer(i64),
    /// A float of 32 bits.
    Real(f32),
    /// Decimal digits.
    Bcd(Digits),
    /// Characters.
    Text(RecordText<'a>),
    /// A binary number of variable length, the low octet first; also what else the maker or the
    /// standard puts there (addresses, profiles, containers).
    Binary(&'a [u8]),
}

impl<'a> DataRecord<'a> {
    /// The octets on the wire.
    #[must_use]
    #[inline]
    pub const fn octets(&self) -> &'a [u8] {
        self.octets
    }

    /// The data information block.
    #[must_use]
    #[inline]
    pub const fn dib(&self) -> Dib {
        self.dib
    }

    /// The value information block.
    #[must_use]
    #[inline]
    pub fn vib(&self) -> Vib<'a> {
        let behind_lvar = if self.dib.data_field() == DataField::Variable { 1 } else { 0 };
        let end = usize::from(self.data_at).wrapping_sub(behind_lvar);
        let octets = self.octets.get(self.vib_at.into()..end).unwrap_or_default();
        Vib::of_shape(octets, self.shape)
    }

    /// The data information block and the value information block, as a format frame has them and
    /// as the signature of a compact frame is computed over.
    #[must_use]
    pub fn header(&self) -> &'a [u8] {
        let behind_lvar = if self.dib.data_field() == DataField::Variable { 1 } else { 0 };
        let end = usize::from(self.data_at).wrapping_sub(behind_lvar);
        self.octets.get(..end).unwrap_or_default()
    }

    /// How the value came to be.
    #[must_use]
    #[inline]
    pub const fn function(&self) -> Function {
        self.dib.function()
    }

    /// 0 is the present value, higher ones are historic.
    #[must_use]
    #[inline]
    pub const fn storage_number(&self) -> u64 {
        self.dib.storage_number()
    }

    /// 0 is the total.
    #[must_use]
    #[inline]
    pub const fn tariff(&self) -> u32 {
        self.dib.tariff()
    }

    /// The part of the device that measured; 0 is the device itself.
    #[must_use]
    #[inline]
    pub const fn subunit(&self) -> u16 {
        self.dib.subunit()
    }

    /// Is the VIB one octet, of the primary table and not reserved there?
    #[inline]
    pub(crate) const fn plain_vif(&self) -> Option<u8> {
        let vif = self.shape.vif();
        if vif < 0x7B && vif != 0x6F { Some(vif) } else { None }
    }

    /// The octets of the data, without LVAR.
    #[must_use]
    #[inline]
    pub fn data_octets(&self) -> &'a [u8] {
        self.octets.get(self.data_at.into()..).unwrap_or_default()
    }

    /// The first octet of data of variable length.
    #[must_use]
    pub fn lvar(&self) -> Option<Lvar> {
        if self.dib.data_field() != DataField::Variable {
            return None;
        }
        self.octets.get(usize::from(self.data_at).checked_sub(1)?).copied().map(Lvar::new)
    }

    /// Up to eight octets of data as an unsigned number, the low octet first.
    #[inline]
    pub(crate) const fn raw(&self) -> u64 {
        self.raw
    }

    /// What the data say, whatever the VIB makes of it.
    #[must_use]
    #[inline]
    pub fn data(&self) -> Data<'a> {
        let field = self.dib.data_field();
        let len = field.data_len();
        match field {
            DataField::None | DataField::Selection | DataField::Special => Data::None,
            DataField::Real32 => Data::Real(f32::from_bits(self.raw as u32)),
            DataField::Variable => self.variable(),
            _ if field.is_bcd() => Data::Bcd(Digits::of(self.raw, len)),
            _ => Data::Integer(signed(self.raw, len)),
        }
    }

    #[cold]
    fn variable(&self) -> Data<'a> {
        let octets = self.data_octets();
        let digits = || match octets.split_at_checked(8) {
            // The ninth octet has the digits above 10^16; nine octets are the most.
            Some((_, [highest])) => {
                match (Digits::unsigned(self.raw), Digits::unsigned((*highest).into())) {
                    (Digits::Number(low), Digits::Number(high)) => {
                        let high = high.wrapping_mul(10_000_000_000_000_000);
                        Digits::Number(low.wrapping_add(high))
                    }
                    _ => Digits::Invalid,
                }
            }
            _ => Digits::unsigned(self.raw),
        };
        match self.lvar().and_then(Lvar::kind) {
            Some(LvarKind::Text) => Data::Text(RecordText::new(octets)),
            Some(LvarKind::PositiveBcd) => Data::Bcd(digits()),
            Some(LvarKind::NegativeBcd) => Data::Bcd(match digits() {
                Digits::Number(number) => Digits::Number(number.wrapping_neg()),
                other => other,
            }),
            Some(LvarKind::Binary) | None => Data::Binary(octets),
        }
    }
}

/// The number of `len` octets in two's complement.
#[inline]
pub(crate) const fn signed(raw: u64, len: usize) -> i64 {
    let unused = 64_u32.wrapping_sub((len as u32).wrapping_mul(8));
    (raw.wrapping_shl(unused) as i64).wrapping_shr(unused)
}

/// The first `len` octets, at most eight, as a number, the low octet first. Of no octets, any
/// number.
#[inline(always)]
fn unsigned(octets: &[u8], len: usize) -> u64 {
    match octets.first_chunk::<8>() {
        // Whatever follows the data in the telegram is shifted out.
        Some(eight) => {
            let unused = 64_u32.wrapping_sub((len as u32).wrapping_mul(8));
            u64::from_le_bytes(*eight).wrapping_shl(unused).wrapping_shr(unused)
        }
        None => unsigned_at_end(octets, len),
    }
}

/// The same within the last octets of a telegram.
#[inline(never)]
fn unsigned_at_end(octets: &[u8], len: usize) -> u64 {
    let number = match (len, octets) {
        (1, [a, ..]) => [*a, 0, 0, 0, 0, 0, 0, 0],
        (2, [a, b, ..]) => [*a, *b, 0, 0, 0, 0, 0, 0],
        (3, [a, b, c, ..]) => [*a, *b, *c, 0, 0, 0, 0, 0],
        (4, [a, b, c, d, ..]) => [*a, *b, *c, *d, 0, 0, 0, 0],
        _ => {
            let octets = octets.iter().take(len.min(8)).rev();
            return octets.fold(0, |number, octet| number.wrapping_shl(8) | u64::from(*octet));
        }
    };
    u64::from_le_bytes(number)
}

impl<'a> DataRecord<'a> {
    /// The record at the begin of `octets`, and the octets behind it.
    #[inline(always)]
    pub(super) fn split(octets: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (dib, at_vib) = Dib::split(octets)?;
        let field = dib.data_field();
        let (shape, behind_vib) = VibShape::split(at_vib, field)?;
        let (at_data, len, raw) = match field {
            DataField::Variable => split_lvar(behind_vib)?,
            DataField::Special => return None,
            _ => (behind_vib, field.data_len(), unsigned(behind_vib, field.data_len())),
        };
        let (_, behind) = at_data.split_at_checked(len)?;
        let record = Self {
            octets: octets.get(..octets.len().wrapping_sub(behind.len()))?,
            raw,
            dib,
            shape,
            // DIB, VIB and LVAR are bounded to some 300 octets.
            vib_at: octets.len().wrapping_sub(at_vib.len()) as u16,
            data_at: octets.len().wrapping_sub(at_data.len()) as u16,
        };
        Some((record, behind))
    }

    /// Why there is no record at the begin of `octets`.
    #[cold]
    pub(super) fn fault(octets: &[u8]) -> WireError {
        let Some((dib, at_vib)) = Dib::split(octets) else { return Dib::fault(octets) };
        let offset = |at: &[u8]| octets.len().wrapping_sub(at.len());
        let field = dib.data_field();
        if field == DataField::Special {
            let dif = octets.first().copied().unwrap_or_default();
            return WireError::new(0, "dif", WireErrorKind::Code(dif.into()));
        }
        let Some((_, behind_vib)) = VibShape::split(at_vib, field) else {
            return VibShape::fault(at_vib, field).at(offset(at_vib));
        };
        let (at_data, needed) = match (field, behind_vib.split_first()) {
            (DataField::Variable, None) => return truncated("lvar").at(offset(behind_vib)),
            (DataField::Variable, Some((lvar, at_data))) => match Lvar::new(*lvar).data_len() {
                Some(len) => (at_data, len),
                None => {
                    let kind = WireErrorKind::Code((*lvar).into());
                    return WireError::new(offset(behind_vib), "lvar", kind);
                }
            },
            _ => (behind_vib, field.data_len()),
        };
        let kind = WireErrorKind::Truncated { needed, available: at_data.len() };
        WireError::new(offset(at_data), "data", kind)
    }

    /// Tells of the octets of the record, which was just taken.
    #[cold]
    fn show<V: Visit>(&self, reader: &mut Reader<'_, V>, start: usize) {
        let vib_at = usize::from(self.vib_at);
        Dib::show(reader, start, self.octets.get(..vib_at).unwrap_or_default());
        self.vib().show(reader, start.wrapping_add(vib_at));
        let data_at = start.wrapping_add(self.data_at.into());
        if let Some(lvar) = self.lvar() {
            let shown = Shown::Unsigned(lvar.code().into());
            reader.show_structure_at(data_at.wrapping_sub(1)..data_at, "lvar", shown);
        }
        let shown = match self.data() {
            Data::None => return,
            Data::Integer(number) | Data::Bcd(Digits::Number(number)) => Shown::Signed(number),
            _ => Shown::Octets(self.data_octets()),
        };
        reader.show(data_at, "data", shown);
    }
}

/// The header of a record at the begin of a format, which has no data: its octets, how its data are
/// coded, and the octets behind. Without an order of plain texts, the header itself is to tell it.
pub(crate) fn split_header(
    format: &[u8],
    order: Option<TextOrder>,
) -> Option<(&[u8], DataField, &[u8])> {
    let (dib, at_vib) = Dib::split(format)?;
    let field = dib.data_field();
    if field == DataField::Special {
        return None;
    }
    let behind = match (order, at_vib) {
        (Some(order), [PLAIN_TEXT_WITH_VIFES, rest @ ..]) => behind_vib(rest, order)?.1,
        _ => VibShape::split(at_vib, DataField::None)?.1,
    };
    let len = format.len().wrapping_sub(behind.len());
    Some((format.get(..len)?, field, behind))
}

impl DataField {
    /// The octets of data so coded at the begin of `octets`, with LVAR where there is one.
    pub(crate) fn data_len_at(self, octets: &[u8]) -> Option<usize> {
        if self != Self::Variable {
            return Some(self.data_len());
        }
        Lvar::new(*octets.first()?).data_len()?.checked_add(1)
    }
}

/// The octets behind LVAR, how many of them are the data, and the first of these as a number.
#[inline(never)]
fn split_lvar(octets: &[u8]) -> Option<(&[u8], usize, u64)> {
    let (lvar, at_data) = octets.split_first()?;
    let len = Lvar::new(*lvar).data_len()?;
    Some((at_data, len, unsigned_at_end(at_data, len.min(8))))
}

impl<'a> Wire<'a> for DataRecord<'a> {
    #[inline]
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        let (start, all) = (reader.offset(), reader.rest());
        let Some((record, _)) = Self::split(all) else { return Err(Self::fault(all).at(start)) };
        reader.slice(record.octets.len(), "record")?;
        if V::ACTIVE {
            record.show(reader, start);
        }
        Ok(record)
    }

    fn emit(&self, out: &mut impl Sink) {
        out.put(self.octets);
    }

    fn wire_len(&self) -> usize {
        self.octets.len()
    }
}

impl PartialEq for DataRecord<'_> {
    /// By octets.
    fn eq(&self, other: &Self) -> bool {
        self.octets == other.octets
    }
}

impl fmt::Debug for DataRecord<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DataRecord")
            .field("dib", &self.dib)
            .field("vib", &self.vib())
            .field("data", &self.data())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;
    use std::vec::Vec;

    use gurux_framing::Wire;
    use gurux_value::Function;

    use super::{Data, DataRecord, Digits, RecordText};

    fn data(octets: &[u8]) -> Data<'_> {
        DataRecord::from_bytes(octets).unwrap().data()
    }

    #[test]
    fn every_data_field_is_read() {
        for (octets, expected) in [
            (&[0x00, 0x13][..], Data::None),
            (&[0x01, 0x13, 0xFF], Data::Integer(-1)),
            (&[0x02, 0x13, 0x00, 0x80], Data::Integer(-32_768)),
            (&[0x03, 0x13, 0xFF, 0xFF, 0x7F], Data::Integer(8_388_607)),
            (&[0x04, 0x13, 0x78, 0x56, 0x34, 0x12], Data::Integer(0x1234_5678)),
            (&[0x05, 0x13, 0x00, 0x00, 0xC0, 0x3F], Data::Real(1.5)),
            (&[0x06, 0x13, 0, 0, 0, 0, 0, 0x80], Data::Integer(-0x8000_0000_0000)),
            (&[0x07, 0x13, 0, 0, 0, 0, 0, 0, 0, 0x80], Data::Integer(i64::MIN)),
            (&[0x08, 0x13], Data::None),
            (&[0x09, 0x13, 0x99], Data::Bcd(Digits::Number(99))),
            (&[0x0A, 0x13, 0x34, 0xF2], Data::Bcd(Digits::Number(-234))),
            (&[0x0B, 0x13, 0x56, 0x34, 0x12], Data::Bcd(Digits::Number(123_456))),
            (&[0x0C, 0x13, 0xEE, 0xEE, 0xEE, 0xEE], Data::Bcd(Digits::Invalid)),
            (
                &[0x0E, 0x13, 0x12, 0x90, 0x78, 0x56, 0x34, 0x12],
                Data::Bcd(Digits::Number(123_456_789_012)),
            ),
            (&[0x0D, 0x13, 0x02, b'b', b'a'], Data::Text(RecordText::new(b"ba"))),
            (&[0x0D, 0x13, 0xC2, 0x34, 0x12], Data::Bcd(Digits::Number(1_234))),
            (
                &[0x0D, 0x13, 0xC9, 1, 0, 0, 0, 0, 0, 0, 0, 0x12],
                Data::Bcd(Digits::Number(120_000_000_000_000_001)),
            ),
            (&[0x0D, 0x13, 0xD2, 0x34, 0x12], Data::Bcd(Digits::Number(-1_234))),
            (&[0x0D, 0x13, 0xD1, 0xF4], Data::Bcd(Digits::Invalid)),
            (&[0x0D, 0x13, 0xE3, 1, 2, 3], Data::Binary(&[1, 2, 3])),
            (&[0x0D, 0x13, 0xE0], Data::Binary(&[])),
        ] {
            assert_eq!(data(octets), expected, "{octets:02X?}");
            // The octets behind change nothing.
            let longer = [octets, &[0xA5; 9]].concat();
            let record = DataRecord::split(&longer).unwrap().0;
            assert_eq!((record.data(), record.octets()), (expected, octets), "{octets:02X?}");
            gurux_framing::wire_laws!(
                DataRecord<'_>,
                DataRecord::from_bytes(octets).unwrap(),
                self_delimiting
            );
        }
    }

    #[test]
    fn what_the_block_says_becomes_the_measurement() {
        for (octets, expected) in [
            (&[0x04, 0xFB, 0x82, 0x75, 1, 0, 0, 0][..], "energy.reactive = 100 varh"),
            (&[0x02, 0xFD, 0x49, 0xE6, 0x00], "voltage = 230 V"),
            // Phases, directions, averages, limits.
            (&[0x02, 0xFD, 0xC9, 0xFC, 0x01, 0xE6, 0x00], "voltage.l1 = 230 V"),
            (&[0x01, 0x86, 0x3C, 7], "energy.negative = 7000 Wh"),
            (&[0x01, 0xBE, 0x50, 9], "flow.volume.under.first.duration = 9 s"),
            (&[0x01, 0xBE, 0x58, 9], "flow.volume.over.first.duration = 9 s"),
            (&[0x02, 0xBE, 0x4A, 0x1F, 0x15], "flow.volume.over.first.begin = 2008-05-31"),
            (&[0x01, 0xBE, 0x49, 9], "flow.volume.over.count = 9"),
            (&[0x01, 0x93, 0x3A, 9], "volume.uncorrected = 0.009 m³"),
            // Corrections of the scale and of the value.
            (&[0x01, 0x96, 0x74, 5], "volume = 0.05 m³"),
            (&[0x01, 0x96, 0x7D, 5], "volume = 5000 m³"),
            (&[0x01, 0xE7, 0x7B, 5], "temperature.external = 6.000 °C"),
            // Units that are another divided.
            (&[0x01, 0x96, 0x22, 5], "volume.per-h = 5 m³/h"),
            (&[0x01, 0xBE, 0x2F, 5], "flow.volume.per-k = 5 m³/h"),
            // Errors of the record.
            (&[0x01, 0x93, 0x15, 0], "volume = none m³ (missing)"),
            (&[0x01, 0x93, 0x16, 0], "volume = none m³ (overflow)"),
            (&[0x01, 0x93, 0x17, 0], "volume = none m³ (underflow)"),
            (&[0x01, 0x93, 0x18, 0], "volume = none m³ (invalid)"),
            (&[0x01, 0x93, 0x02, 0], "volume = none m³ (missing)"),
            (&[0x01, 0x93, 0x00, 1], "volume = 0.001 m³"),
            // Bits, unsigned numbers, codes that nobody knows, the maker's own.
            (&[0x01, 0xFD, 0x17, 0x80], "error.flags = 0x80"),
            (&[0x01, 0xFD, 0x08, 0xFF], "access.number = 255"),
            (&[0x01, 0xFD, 0x71, 0xB0], "signal.strength = -80 dBm"),
            (&[0x01, 0xFB, 0x3C, 1], "reserved.fb.3c = 1"),
            (&[0x01, 0x93, 0x10, 1], "volume.10 = 0.001 m³"),
            (&[0x01, 0xFF, 0x2A, 1], "manufacturer.data.2a = 1"),
            (&[0x01, 0x93, 0xFF, 0x2A, 1], "volume.manufacturer.2a = 0.001 m³"),
            // Texts, octets, dates.
            (&[0x0D, 0xFD, 0x0C, 2, b'b', b'a'], "model = ab"),
            (&[0x0D, 0xFD, 0x3B, 0xE2, 1, 2], "container.wireless = 0102"),
            // As long as a text would be, and none.
            (&[0x0D, 0xFD, 0x3B, 4, 0x5E, 0x44, b'a', b'b'], "container.wireless = 5E446162"),
            (&[0x0D, 0xFF, 0x5F, 3, 0, 0x19, b'a'], "manufacturer.data.5f = 001961"),
            (&[0x0D, 0xFD, 0x0C, 4, 0, b' ', b'b', b'a'], "model = ab"),
            (&[0x0D, 0x13, 0xE2, 0x01, 0x80], "volume = -32.767 m³"),
            (&[0x0D, 0x13, 0xE2, 0x00, 0x80], "volume = none m³ (missing)"),
            // Of variable length it is type M, which stays octets; digits and floats are no date.
            (&[0x0D, 0x6D, 0xE4, 0x1E, 0x2D, 0x0C, 0x15], "clock = 1E2D0C15"),
            (&[0x0C, 0x6D, 0x12, 0x34, 0x56, 0x78], "clock = none (invalid)"),
            (&[0x0A, 0x6C, 0x31, 0x12], "date = none (invalid)"),
            (&[0x05, 0x6D, 0x00, 0x00, 0xC0, 0x3F], "clock = none (invalid)"),
            // Identifications may have digits up to F, and addresses are written as addresses.
            (&[0x0C, 0x78, 0x39, 0x80, 0x38, 0x01], "fabrication.number = 1388039"),
            (&[0x0C, 0x78, 0x39, 0x80, 0x38, 0xF1], "fabrication.number = F1388039"),
            (
                &[0x0E, 0x78, 0x99, 0x86, 0x01, 0x24, 0x01, 0xFF],
                "fabrication.number = FF0124018699",
            ),
            (&[0x0C, 0x78, 0xFF, 0xFF, 0xFF, 0xFF], "fabrication.number = none (missing)"),
            (&[0x04, 0x78, 0x01, 0x02, 0x03, 0x04], "fabrication.number = 67305985"),
            (&[0x02, 0xFD, 0x0A, 0x93, 0x15], "manufacturer = ELS"),
            (
                &[0x07, 0x79, 0x78, 0x56, 0x34, 0x12, 0x93, 0x15, 0x01, 0x07],
                "meter.id = 12345678 ELS 1 7",
            ),
            (&[0x06, 0x7A, 0x78, 0x56, 0x34, 0x12, 0x93, 0x15], "bus.address = 785634129315"),
            (&[0x01, 0x7A, 0xFB], "bus.address = 251"),
            (&[0x02, 0x6C, 0xFF, 0xFF], "date = none (missing)"),
            // The lowest number of each width is the mark of no value; of bits and of what has no
            // sign it is none.
            (&[0x02, 0x2B, 0x00, 0x80], "power = none W (missing)"),
            (&[0x03, 0x2B, 0x00, 0x00, 0x80], "power = none W (missing)"),
            (&[0x84, 0x08, 0x06, 0, 0, 0, 0x80], "energy = none Wh (storage 16, missing)"),
            (&[0x02, 0x2B, 0x01, 0x80], "power = -32767 W"),
            (&[0x02, 0xFD, 0x17, 0x00, 0x80], "error.flags = 0x8000"),
            (&[0x02, 0xFD, 0x08, 0x00, 0x80], "access.number = 32768"),
            (&[0x04, 0x6D, 0xB2, 0x37, 0x1F, 0x15], "clock = 2008-05-31T23:50 (clock-invalid)"),
            (&[0x03, 0x6D, 0x1E, 0x2D, 0x0C], "clock = T12:45:30"),
            (&[0x05, 0x2E, 0x00, 0x00, 0xC0, 0x3F], "power = 1500 W"),
            (&[0x05, 0x2B, 0x00, 0x00, 0xC0, 0x7F], "power = none W (invalid)"),
            (&[0x0A, 0x2B, 0xFF, 0xFF], "power = none W (missing)"),
            (&[0x02, 0x7C, 0x01, b'C', 5, 0], "plain-text.C = 5"),
        ] {
            let record = DataRecord::from_bytes(octets).unwrap();
            assert_eq!(record.measurement().to_string(), expected, "{octets:02X?}");
        }
    }

    #[test]
    fn a_value_in_an_error_state_says_so() {
        let record = DataRecord::from_bytes(&[0x31, 0x13, 5]).unwrap();
        assert_eq!(record.measurement().function, Function::ErrorState);
    }

    #[test]
    fn a_record_is_small() {
        assert!(size_of::<DataRecord<'_>>() <= 56, "{}", size_of::<DataRecord<'_>>());
    }

    #[test]
    fn headers_have_no_data() {
        let octets = [0x8D, 0x10, 0xFD, 0x0C, 2, b'b', b'a'];
        let record = DataRecord::from_bytes(&octets).unwrap();
        assert_eq!(record.header(), &octets[..4]);
        assert_eq!(record.data_octets(), b"ba");
        assert_eq!(record.vib().codes().collect::<Vec<_>>(), [0xFD, 0x0C]);
    }
}
