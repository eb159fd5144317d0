//! [`DataRef`]: a value in place.

use gurux_framing::{Reader, Shown, Sink, Visit, Wire, WireError, WireErrorKind};

use super::tag::Shape;
use super::{CompactArray, CosemDate, CosemDateTime, CosemTime, DataType, Sequence, length, prove};

/// A value of COSEM, borrowed from the octets that it was read from.
///
/// One variant a type of the standard. What is nested is proven with it.
#[derive(Clone, Copy, PartialEq, Debug)]
#[non_exhaustive]
pub enum DataRef<'a> {
    /// No value, or the one before it again.
    NullData,
    /// Values of one type.
    Array(Sequence<'a>),
    /// Values of any types.
    Structure(Sequence<'a>),
    /// True or false.
    Boolean(bool),
    /// Bits.
    BitString(BitString<'a>),
    /// 32 bits, signed.
    DoubleLong(i32),
    /// 32 bits.
    DoubleLongUnsigned(u32),
    /// Octets.
    OctetString(&'a [u8]),
    /// ASCII, as octets: meters write other things too.
    VisibleString(&'a [u8]),
    /// UTF-8, as octets: meters write other things too.
    Utf8String(&'a [u8]),
    /// Two decimal digits, one in each half.
    Bcd(u8),
    /// 8 bits, signed.
    Integer(i8),
    /// 16 bits, signed.
    Long(i16),
    /// 8 bits.
    Unsigned(u8),
    /// 16 bits.
    LongUnsigned(u16),
    /// Values of one type that is said once.
    CompactArray(CompactArray<'a>),
    /// 64 bits, signed.
    Long64(i64),
    /// 64 bits.
    Long64Unsigned(u64),
    /// One of a list.
    Enum(u8),
    /// IEEE 754, 32 bits.
    Float32(f32),
    /// IEEE 754, 64 bits.
    Float64(f64),
    /// A date and time.
    DateTime(CosemDateTime),
    /// A date.
    Date(CosemDate),
    /// A time of day.
    Time(CosemTime),
    /// What is added to an integer before.
    DeltaInteger(i8),
    /// What is added to a long before.
    DeltaLong(i16),
    /// What is added to a double-long before.
    DeltaDoubleLong(i32),
    /// What is added to an unsigned before.
    DeltaUnsigned(u8),
    /// What is added to a long-unsigned before.
    DeltaLongUnsigned(u16),
    /// What is added to a double-long-unsigned before.
    DeltaDoubleLongUnsigned(u32),
    /// A place that is not used.
    DontCare,
}

/// Bits in a row, the first in the top bit of the first octet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BitString<'a> {
    count: usize,
    octets: &'a [u8],
}

impl<'a> BitString<'a> {
    /// `count` bits in these octets; what is left of the last octet does not count.
    ///
    /// # Errors
    /// [`WireErrorKind::Length`] unless the octets are as many as the bits need.
    pub const fn new(count: usize, octets: &'a [u8]) -> Result<Self, WireError> {
        if count.div_ceil(8) != octets.len() {
            let kind =
                WireErrorKind::Length { declared: count.div_ceil(8), available: octets.len() };
            return Err(WireError::new(0, "bit-string", kind));
        }
        Ok(Self { count, octets })
    }

    /// The same of as many octets as the bits need.
    #[cfg(feature = "alloc")]
    pub(crate) const fn proven(count: usize, octets: &'a [u8]) -> Self {
        Self { count, octets }
    }

    /// How many bits.
    #[must_use]
    pub const fn len(self) -> usize {
        self.count
    }

    /// Is there none?
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.count == 0
    }

    /// The octets that hold them.
    #[must_use]
    pub const fn octets(self) -> &'a [u8] {
        self.octets
    }

    /// The bit of this number, from 0.
    #[must_use]
    pub fn bit(self, number: usize) -> Option<bool> {
        if number >= self.count {
            return None;
        }
        self.octets.get(number / 8).map(|octet| octet << (number % 8) & 0x80 != 0)
    }

    /// Each bit in turn.
    pub fn iter(self) -> impl Iterator<Item = bool> + 'a {
        (0..self.count).filter_map(move |number| self.bit(number))
    }
}

impl<'a> DataRef<'a> {
    /// The tag of its type.
    #[must_use]
    pub const fn data_type(&self) -> DataType {
        match self {
            Self::NullData => DataType::NULL_DATA,
            Self::Array(_) => DataType::ARRAY,
            Self::Structure(_) => DataType::STRUCTURE,
            Self::Boolean(_) => DataType::BOOLEAN,
            Self::BitString(_) => DataType::BIT_STRING,
            Self::DoubleLong(_) => DataType::DOUBLE_LONG,
            Self::DoubleLongUnsigned(_) => DataType::DOUBLE_LONG_UNSIGNED,
            Self::OctetString(_) => DataType::OCTET_STRING,
            Self::VisibleString(_) => DataType::VISIBLE_STRING,
            Self::Utf8String(_) => DataType::UTF8_STRING,
            Self::Bcd(_) => DataType::BCD,
            Self::Integer(_) => DataType::INTEGER,
            Self::Long(_) => DataType::LONG,
            Self::Unsigned(_) => DataType::UNSIGNED,
            Self::LongUnsigned(_) => DataType::LONG_UNSIGNED,
            Self::CompactArray(_) => DataType::COMPACT_ARRAY,
            Self::Long64(_) => DataType::LONG64,
            Self::Long64Unsigned(_) => DataType::LONG64_UNSIGNED,
            Self::Enum(_) => DataType::ENUM,
            Self::Float32(_) => DataType::FLOAT32,
            Self::Float64(_) => DataType::FLOAT64,
            Self::DateTime(_) => DataType::DATE_TIME,
            Self::Date(_) => DataType::DATE,
            Self::Time(_) => DataType::TIME,
            Self::DeltaInteger(_) => DataType::DELTA_INTEGER,
            Self::DeltaLong(_) => DataType::DELTA_LONG,
            Self::DeltaDoubleLong(_) => DataType::DELTA_DOUBLE_LONG,
            Self::DeltaUnsigned(_) => DataType::DELTA_UNSIGNED,
            Self::DeltaLongUnsigned(_) => DataType::DELTA_LONG_UNSIGNED,
            Self::DeltaDoubleLongUnsigned(_) => DataType::DELTA_DOUBLE_LONG_UNSIGNED,
            Self::DontCare => DataType::DONT_CARE,
        }
    }

    /// What is in an array, a structure or a compact array.
    #[must_use]
    pub const fn elements(&self) -> Option<Sequence<'a>> {
        match self {
            Self::Array(sequence) | Self::Structure(sequence) => Some(*sequence),
            Self::CompactArray(array) => Some(array.elements()),
            _ => None,
        }
    }

    /// The value of a whole number of any width, an enum, a delta or a boolean.
    #[must_use]
    #[inline]
    pub fn as_integer(&self) -> Option<i128> {
        Some(match *self {
            Self::Boolean(value) => value.into(),
            Self::Integer(value) | Self::DeltaInteger(value) => value.into(),
            Self::Unsigned(value) | Self::Enum(value) | Self::DeltaUnsigned(value) => value.into(),
            Self::Long(value) | Self::DeltaLong(value) => value.into(),
            Self::LongUnsigned(value) | Self::DeltaLongUnsigned(value) => value.into(),
            Self::DoubleLong(value) | Self::DeltaDoubleLong(value) => value.into(),
            Self::DoubleLongUnsigned(value) | Self::DeltaDoubleLongUnsigned(value) => value.into(),
            Self::Long64(value) => value.into(),
            Self::Long64Unsigned(value) => value.into(),
            _ => return None,
        })
    }

    /// The octets of an octet-string, a visible-string or a utf8-string.
    #[must_use]
    pub const fn as_octets(&self) -> Option<&'a [u8]> {
        match self {
            Self::OctetString(octets) | Self::VisibleString(octets) | Self::Utf8String(octets) => {
                Some(octets)
            }
            _ => None,
        }
    }

    /// The text of a visible-string or a utf8-string, if it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&'a str> {
        match self {
            Self::VisibleString(octets) | Self::Utf8String(octets) => {
                core::str::from_utf8(octets).ok()
            }
            _ => None,
        }
    }

    /// Takes a value of this type, whose tag was taken. `depth` arrays and structures stand around
    /// it.
    #[inline(always)]
    pub(super) fn read_body<V: Visit>(
        reader: &mut Reader<'a, V>,
        data_type: DataType,
        depth: usize,
    ) -> Result<Self, WireError> {
        let what = "value";
        Ok(match data_type {
            DataType::NULL_DATA => Self::NullData,
            DataType::ARRAY => Self::Array(apart(reader, depth, Sequence::read)?),
            DataType::STRUCTURE => Self::Structure(apart(reader, depth, Sequence::read)?),
            DataType::BOOLEAN => {
                let [octet] = reader.array(what)?;
                Self::Boolean(octet != 0)
            }
            DataType::BIT_STRING => {
                let count = length::read(reader, "bit count")?;
                Self::BitString(BitString { count, octets: reader.slice(count.div_ceil(8), what)? })
            }
            DataType::DOUBLE_LONG => Self::DoubleLong(i32::from_be_bytes(reader.array(what)?)),
            DataType::DOUBLE_LONG_UNSIGNED => {
                Self::DoubleLongUnsigned(u32::from_be_bytes(reader.array(what)?))
            }
            DataType::OCTET_STRING => Self::OctetString(string(reader)?),
            DataType::VISIBLE_STRING => Self::VisibleString(string(reader)?),
            DataType::UTF8_STRING => Self::Utf8String(string(reader)?),
            DataType::BCD => {
                let [octet] = reader.array(what)?;
                Self::Bcd(octet)
            }
            DataType::INTEGER => Self::Integer(i8::from_be_bytes(reader.array(what)?)),
            DataType::LONG => Self::Long(i16::from_be_bytes(reader.array(what)?)),
            DataType::UNSIGNED => Self::Unsigned(u8::from_be_bytes(reader.array(what)?)),
            DataType::LONG_UNSIGNED => Self::LongUnsigned(u16::from_be_bytes(reader.array(what)?)),
            DataType::COMPACT_ARRAY => {
                Self::CompactArray(apart(reader, depth, CompactArray::read)?)
            }
            DataType::LONG64 => Self::Long64(i64::from_be_bytes(reader.array(what)?)),
            DataType::LONG64_UNSIGNED => {
                Self::Long64Unsigned(u64::from_be_bytes(reader.array(what)?))
            }
            DataType::ENUM => Self::Enum(u8::from_be_bytes(reader.array(what)?)),
            DataType::FLOAT32 => Self::Float32(f32::from_be_bytes(reader.array(what)?)),
            DataType::FLOAT64 => Self::Float64(f64::from_be_bytes(reader.array(what)?)),
            DataType::DATE_TIME => {
                Self::DateTime(CosemDateTime::from_octets(reader.array("date-time")?))
            }
            DataType::DATE => Self::Date(CosemDate::from_octets(reader.array("date")?)),
            DataType::TIME => Self::Time(CosemTime::from_octets(reader.array("time")?)),
            DataType::DELTA_INTEGER => Self::DeltaInteger(i8::from_be_bytes(reader.array(what)?)),
            DataType::DELTA_LONG => Self::DeltaLong(i16::from_be_bytes(reader.array(what)?)),
            DataType::DELTA_DOUBLE_LONG => {
                Self::DeltaDoubleLong(i32::from_be_bytes(reader.array(what)?))
            }
            DataType::DELTA_UNSIGNED => Self::DeltaUnsigned(u8::from_be_bytes(reader.array(what)?)),
            DataType::DELTA_LONG_UNSIGNED => {
                Self::DeltaLongUnsigned(u16::from_be_bytes(reader.array(what)?))
            }
            DataType::DELTA_DOUBLE_LONG_UNSIGNED => {
                Self::DeltaDoubleLongUnsigned(u32::from_be_bytes(reader.array(what)?))
            }
            DataType::DONT_CARE => Self::DontCare,
            other => return Err(unknown(reader.offset(), other)),
        })
    }

    /// Writes the value without its tag.
    pub(crate) fn emit_body(&self, out: &mut impl Sink) {
        match *self {
            Self::NullData | Self::DontCare => {}
            Self::Array(sequence) | Self::Structure(sequence) => sequence.emit(out),
            Self::Boolean(value) => out.put_u8(value.into()),
            Self::BitString(bits) => {
                length::emit(bits.count, out);
                out.put(bits.octets);
            }
            Self::DoubleLong(value) | Self::DeltaDoubleLong(value) => {
                out.put_array(value.to_be_bytes());
            }
            Self::DoubleLongUnsigned(value) | Self::DeltaDoubleLongUnsigned(value) => {
                out.put_u32(value);
            }
            Self::OctetString(octets) | Self::VisibleString(octets) | Self::Utf8String(octets) => {
                length::emit(octets.len(), out);
                out.put(octets);
            }
            Self::Bcd(value)
            | Self::Unsigned(value)
            | Self::Enum(value)
            | Self::DeltaUnsigned(value) => {
                out.put_u8(value);
            }
            Self::Integer(value) | Self::DeltaInteger(value) => out.put_array(value.to_be_bytes()),
            Self::Long(value) | Self::DeltaLong(value) => out.put_array(value.to_be_bytes()),
            Self::LongUnsigned(value) | Self::DeltaLongUnsigned(value) => out.put_u16(value),
            Self::CompactArray(array) => array.emit(out),
            Self::Long64(value) => out.put_array(value.to_be_bytes()),
            Self::Long64Unsigned(value) => out.put_array(value.to_be_bytes()),
            Self::Float32(value) => out.put_array(value.to_be_bytes()),
            Self::Float64(value) => out.put_array(value.to_be_bytes()),
            Self::DateTime(value) => out.put_array(value.octets()),
            Self::Date(value) => out.put_array(value.octets()),
            Self::Time(value) => out.put_array(value.octets()),
        }
    }

    /// Octets of the value without its tag.
    pub(crate) fn body_len(&self) -> usize {
        let of_octets = |octets: &[u8]| length::wire_len(octets.len()).wrapping_add(octets.len());
        match self {
            Self::Array(sequence) | Self::Structure(sequence) => sequence.wire_len(),
            Self::CompactArray(array) => array.wire_len(),
            Self::BitString(bits) => length::wire_len(bits.count).wrapping_add(bits.octets.len()),
            Self::OctetString(octets) | Self::VisibleString(octets) | Self::Utf8String(octets) => {
                of_octets(octets)
            }
            scalar => match scalar.data_type().shape() {
                Shape::Fixed(len) => len.into(),
                _ => 0,
            },
        }
    }
}

/// Reads in silence by a function that is not inlined, with a cursor of its own: so the address of
/// `reader` stays unknown, and it in registers.
#[inline(always)]
fn apart<'a, T, V: Visit>(
    reader: &mut Reader<'a, V>,
    depth: usize,
    read: impl FnOnce(&mut Reader<'a>, usize) -> Result<T, WireError>,
) -> Result<T, WireError> {
    let mut quiet = Reader::explaining(reader.rest(), reader.offset(), ());
    let value = read(&mut quiet, depth)?;
    reader.slice(reader.rest().len().saturating_sub(quiet.rest().len()), "value")?;
    Ok(value)
}

#[inline(always)]
fn string<'a, V: Visit>(reader: &mut Reader<'a, V>) -> Result<&'a [u8], WireError> {
    let len = length::read(reader, "length")?;
    reader.slice(len, "value")
}

/// A tag that no type has; it stands just before `offset`.
#[cold]
pub(super) fn unknown(offset: usize, found: DataType) -> WireError {
    let kind = WireErrorKind::Code(found.code().into());
    WireError::new(offset.saturating_sub(1), "data type", kind)
}

impl<'a> Wire<'a> for DataRef<'a> {
    #[inline]
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        if V::ACTIVE {
            // Told value by value; what is nested is proven on the way.
            let mut quiet = Reader::explaining(reader.rest(), reader.offset(), ());
            prove::told(reader, "data")?;
            return Self::read(&mut quiet);
        }
        let [tag] = reader.array("data type")?;
        Self::read_body(reader, DataType::new(tag), 0)
    }

    #[inline]
    fn emit(&self, out: &mut impl Sink) {
        out.put_u8(self.data_type().code());
        self.emit_body(out);
    }

    fn wire_len(&self) -> usize {
        self.body_len().wrapping_add(1)
    }
}

impl DataRef<'_> {
    /// The value as a visitor is told of it; nothing for what is nested.
    pub(super) fn shown(&self) -> Option<Shown<'_>> {
        Some(match self {
            Self::NullData => Shown::Text("null-data"),
            Self::DontCare => Shown::Text("dont-care"),
            Self::Array(_) | Self::Structure(_) | Self::CompactArray(_) => return None,
            Self::Boolean(value) => Shown::Flag(*value),
            Self::BitString(bits) => Shown::Octets(bits.octets()),
            Self::OctetString(octets) => Shown::Octets(octets),
            Self::VisibleString(octets) | Self::Utf8String(octets) => {
                match core::str::from_utf8(octets) {
                    Ok(text) => Shown::Text(text),
                    Err(_) => Shown::Octets(octets),
                }
            }
            Self::DateTime(value) => Shown::Octets(value.as_octets()),
            Self::Date(value) => Shown::Octets(value.as_octets()),
            Self::Time(value) => Shown::Octets(value.as_octets()),
            Self::Float32(value) => Shown::Unsigned(value.to_bits().into()),
            Self::Float64(value) => Shown::Unsigned(value.to_bits()),
            Self::Bcd(value) => Shown::Unsigned((*value).into()),
            Self::Long64Unsigned(value) => Shown::Unsigned(*value),
            number => match number.as_integer() {
                Some(value) if value >= 0 => Shown::Unsigned(value as u64),
                Some(value) => Shown::Signed(value as i64),
                None => return None,
            },
        })
    }
}
