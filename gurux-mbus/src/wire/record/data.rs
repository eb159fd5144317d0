//! [`DataRecord`]: one value with all that the meter says of it, and its data.

use core::fmt;

use gurux_framing::{Reader, Shown, Sink, Visit, Wire, WireError, WireErrorKind};
use gurux_value::Function;

use super::bcd::Digits;
use super::dib::{DataField, Dib};
use super::extent::truncated;
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

    /// Is the VIB one octet, and not of a table of its own?
    #[inline]
    pub(crate) const fn plain_vif(&self) -> Option<u8> {
        if self.shape.vif() < 0x7B { Some(self.shape.vif()) } else { None }
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
/// coded, and the octets behind.
pub(crate) fn split_header(format: &[u8]) -> Option<(&[u8], DataField, &[u8])> {
    let (dib, at_vib) = Dib::split(format)?;
    let field = dib.data_field();
    if field == DataField::Special {
        return None;
    }
    let (_, behind) = VibShape::split(at_vib, DataField::None)?;
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
