//! [`DataRecord`]: one value with all that the meter says of it, and its data.

use core::fmt;

use gurux_framing::{Reader, Shown, Sink, Visit, Wire, WireError, WireErrorKind};
use gurux_value::Function;

use super::bcd::Digits;
use super::dib::{DataField, Dib};
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
        if self.shape.vif < 0x7B { Some(self.shape.vif) } else { None }
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

/// The first `len` octets as a number, the low octet first; at most eight count.
#[inline(always)]
fn unsigned(octets: &[u8], len: usize) -> u64 {
    match octets.first_chunk::<8>() {
        // Whatever follows the data in the telegram is shifted out.
        Some(eight) if len > 0 => {
            let unused = 64_u32.saturating_sub((len as u32).wrapping_mul(8));
            u64::from_le_bytes(*eight).wrapping_shl(unused).wrapping_shr(unused)
        }
        _ => unsigned_at_end(octets, len),
    }
}

#[inline(never)]
fn unsigned_at_end(octets: &[u8], len: usize) -> u64 {
    let octets = octets.iter().take(len.min(8)).rev();
    octets.fold(0, |number, octet| number.wrapping_shl(8) | u64::from(*octet))
}

impl<'a> Wire<'a> for DataRecord<'a> {
    #[inline(always)]
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        let (start, all) = (reader.offset(), reader.rest());
        let dib: Dib = reader.read()?;
        let field = dib.data_field();
        if field == DataField::Special {
            let code = dib.dif().into();
            return Err(WireError::new(start, "dif", WireErrorKind::Code(code)));
        }
        let vib_at = reader.offset().wrapping_sub(start);
        let shape = VibShape::read(reader, field)?;
        let len = if field == DataField::Variable {
            reader.call(|reader| read_lvar(reader))?
        } else {
            field.data_len()
        };
        let data_at = reader.offset().wrapping_sub(start);
        let raw = unsigned(reader.rest(), len);
        let data_start = reader.offset();
        let data = reader.slice(len, "data")?;
        let octets_len = reader.offset().wrapping_sub(start);
        let record = Self {
            octets: all.get(..octets_len).unwrap_or_default(),
            raw,
            dib,
            shape,
            // DIB, VIB and LVAR are bounded to some 300 octets.
            vib_at: vib_at as u16,
            data_at: data_at as u16,
        };
        if V::ACTIVE {
            record.show_data(reader, data_start, data);
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

fn read_lvar<V: Visit>(reader: &mut Reader<'_, V>) -> Result<usize, WireError> {
    let start = reader.offset();
    let lvar = Lvar::new(reader.structure_u8("lvar")?);
    let reserved = WireError::new(start, "lvar", WireErrorKind::Code(lvar.code().into()));
    lvar.data_len().ok_or(reserved)
}

impl DataRecord<'_> {
    fn show_data<V: Visit>(&self, reader: &mut Reader<'_, V>, start: usize, octets: &[u8]) {
        match self.data() {
            Data::None => {}
            Data::Integer(number) | Data::Bcd(Digits::Number(number)) => {
                reader.show(start, "data", Shown::Signed(number));
            }
            _ => reader.show(start, "data", Shown::Octets(octets)),
        }
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
