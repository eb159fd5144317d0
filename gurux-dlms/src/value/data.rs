//! [`Data`]: a value that owns what is in it.

use alloc::vec::Vec;

use gurux_framing::{Reader, Sink, Visit, Wire, WireError};

use crate::wire::{
    BitString, CompactArray, CosemDate, CosemDateTime, CosemTime, DataRef, DataType, Sequence,
    TypeDescription, length,
};

/// A value of COSEM that owns what is in it; [`DataRef`] is the same in place.
///
/// ```
/// use gurux_dlms::value::Data;
/// use gurux_framing::Wire;
///
/// let row = Data::Structure(vec![
///     Data::OctetString(vec![1, 0, 1, 8, 0, 255]),
///     Data::DoubleLongUnsigned(1_249_750),
/// ]);
/// let mut out = [0; 32];
/// let len = row.emit_to_slice(&mut out)?;
/// assert_eq!(out[..len], [2, 2, 9, 6, 1, 0, 1, 8, 0, 255, 6, 0, 0x13, 0x11, 0xD6]);
/// assert_eq!(Data::from_bytes(&out[..len])?, row);
/// # Ok::<(), gurux_framing::WireError>(())
/// ```
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub enum Data {
    /// No value, or the one before it again.
    NullData,
    /// Values of one type.
    Array(Vec<Data>),
    /// Values of any types.
    Structure(Vec<Data>),
    /// True or false.
    Boolean(bool),
    /// So many bits, the first in the top bit of the first octet.
    BitString(usize, Vec<u8>),
    /// 32 bits, signed.
    DoubleLong(i32),
    /// 32 bits.
    DoubleLongUnsigned(u32),
    /// Octets.
    OctetString(Vec<u8>),
    /// ASCII, as octets.
    VisibleString(Vec<u8>),
    /// UTF-8, as octets.
    Utf8String(Vec<u8>),
    /// Two decimal digits.
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
    CompactArray(CompactArrayBuf),
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

/// A [`CompactArray`] that owns its octets.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CompactArrayBuf {
    description: Vec<u8>,
    contents: Vec<u8>,
}

impl CompactArrayBuf {
    /// The same in place.
    ///
    /// # Errors
    /// None for what was read or made by [`From`]: it was proven then.
    pub fn borrowed(&self) -> Result<CompactArray<'_>, WireError> {
        CompactArray::new(TypeDescription::new(&self.description)?, &self.contents)
    }
}

impl From<CompactArray<'_>> for CompactArrayBuf {
    fn from(array: CompactArray<'_>) -> Self {
        Self {
            description: array.description().octets().to_vec(),
            contents: array.elements().octets().to_vec(),
        }
    }
}

impl From<DataRef<'_>> for Data {
    /// Goes as deep as values are read, [`MAX_DEPTH`](crate::wire::MAX_DEPTH).
    fn from(value: DataRef<'_>) -> Self {
        let owned = |sequence: Sequence<'_>| sequence.iter().map(Self::from).collect();
        match value {
            DataRef::NullData => Self::NullData,
            DataRef::Array(sequence) => Self::Array(owned(sequence)),
            DataRef::Structure(sequence) => Self::Structure(owned(sequence)),
            DataRef::Boolean(value) => Self::Boolean(value),
            DataRef::BitString(bits) => Self::BitString(bits.len(), bits.octets().to_vec()),
            DataRef::DoubleLong(value) => Self::DoubleLong(value),
            DataRef::DoubleLongUnsigned(value) => Self::DoubleLongUnsigned(value),
            DataRef::OctetString(octets) => Self::OctetString(octets.to_vec()),
            DataRef::VisibleString(octets) => Self::VisibleString(octets.to_vec()),
            DataRef::Utf8String(octets) => Self::Utf8String(octets.to_vec()),
            DataRef::Bcd(value) => Self::Bcd(value),
            DataRef::Integer(value) => Self::Integer(value),
            DataRef::Long(value) => Self::Long(value),
            DataRef::Unsigned(value) => Self::Unsigned(value),
            DataRef::LongUnsigned(value) => Self::LongUnsigned(value),
            DataRef::CompactArray(array) => Self::CompactArray(array.into()),
            DataRef::Long64(value) => Self::Long64(value),
            DataRef::Long64Unsigned(value) => Self::Long64Unsigned(value),
            DataRef::Enum(value) => Self::Enum(value),
            DataRef::Float32(value) => Self::Float32(value),
            DataRef::Float64(value) => Self::Float64(value),
            DataRef::DateTime(value) => Self::DateTime(value),
            DataRef::Date(value) => Self::Date(value),
            DataRef::Time(value) => Self::Time(value),
            DataRef::DeltaInteger(value) => Self::DeltaInteger(value),
            DataRef::DeltaLong(value) => Self::DeltaLong(value),
            DataRef::DeltaDoubleLong(value) => Self::DeltaDoubleLong(value),
            DataRef::DeltaUnsigned(value) => Self::DeltaUnsigned(value),
            DataRef::DeltaLongUnsigned(value) => Self::DeltaLongUnsigned(value),
            DataRef::DeltaDoubleLongUnsigned(value) => Self::DeltaDoubleLongUnsigned(value),
            DataRef::DontCare => Self::DontCare,
        }
    }
}

impl Data {
    /// What is in an array or a structure.
    #[must_use]
    pub fn elements(&self) -> Option<&[Data]> {
        match self {
            Self::Array(values) | Self::Structure(values) => Some(values),
            _ => None,
        }
    }

    /// The same in place, unless it is an array or a structure: those have no octets to lend.
    #[must_use]
    pub fn scalar(&self) -> Option<DataRef<'_>> {
        Some(match self {
            Self::Array(_) | Self::Structure(_) => return None,
            Self::NullData => DataRef::NullData,
            Self::Boolean(value) => DataRef::Boolean(*value),
            Self::BitString(count, octets) => {
                DataRef::BitString(BitString::new(*count, octets).ok()?)
            }
            Self::DoubleLong(value) => DataRef::DoubleLong(*value),
            Self::DoubleLongUnsigned(value) => DataRef::DoubleLongUnsigned(*value),
            Self::OctetString(octets) => DataRef::OctetString(octets),
            Self::VisibleString(octets) => DataRef::VisibleString(octets),
            Self::Utf8String(octets) => DataRef::Utf8String(octets),
            Self::Bcd(value) => DataRef::Bcd(*value),
            Self::Integer(value) => DataRef::Integer(*value),
            Self::Long(value) => DataRef::Long(*value),
            Self::Unsigned(value) => DataRef::Unsigned(*value),
            Self::LongUnsigned(value) => DataRef::LongUnsigned(*value),
            Self::CompactArray(array) => DataRef::CompactArray(array.borrowed().ok()?),
            Self::Long64(value) => DataRef::Long64(*value),
            Self::Long64Unsigned(value) => DataRef::Long64Unsigned(*value),
            Self::Enum(value) => DataRef::Enum(*value),
            Self::Float32(value) => DataRef::Float32(*value),
            Self::Float64(value) => DataRef::Float64(*value),
            Self::DateTime(value) => DataRef::DateTime(*value),
            Self::Date(value) => DataRef::Date(*value),
            Self::Time(value) => DataRef::Time(*value),
            Self::DeltaInteger(value) => DataRef::DeltaInteger(*value),
            Self::DeltaLong(value) => DataRef::DeltaLong(*value),
            Self::DeltaDoubleLong(value) => DataRef::DeltaDoubleLong(*value),
            Self::DeltaUnsigned(value) => DataRef::DeltaUnsigned(*value),
            Self::DeltaLongUnsigned(value) => DataRef::DeltaLongUnsigned(*value),
            Self::DeltaDoubleLongUnsigned(value) => DataRef::DeltaDoubleLongUnsigned(*value),
            Self::DontCare => DataRef::DontCare,
        })
    }

    fn nested(&self) -> Option<(DataType, &[Data])> {
        match self {
            Self::Array(values) => Some((DataType::ARRAY, values)),
            Self::Structure(values) => Some((DataType::STRUCTURE, values)),
            _ => None,
        }
    }
}

impl<'a> Wire<'a> for Data {
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        DataRef::read(reader).map(Self::from)
    }

    fn emit(&self, out: &mut impl Sink) {
        match self.nested() {
            Some((data_type, values)) => {
                out.put_u8(data_type.code());
                length::emit(values.len(), out);
                emit_each(values, out);
            }
            // A bit-string whose octets do not fit its bits cannot be said; a place holder can.
            None => self.scalar().unwrap_or(DataRef::NullData).emit(out),
        }
    }

    fn wire_len(&self) -> usize {
        match self.nested() {
            Some((_, values)) => {
                let begin = length::wire_len(values.len()).wrapping_add(1);
                values.iter().fold(begin, |len, value| len.wrapping_add(value.wire_len()))
            }
            None => self.scalar().unwrap_or(DataRef::NullData).wire_len(),
        }
    }
}

fn emit_each<S: Sink>(values: &[Data], out: &mut S) {
    for value in values {
        value.emit(out);
    }
}

#[cfg(test)]
mod tests {
    use std::vec;

    use gurux_framing::{Wire, wire_laws};

    use super::Data;
    use crate::wire::{CosemDateTime, DataRef};

    #[test]
    fn the_laws_hold_for_what_is_owned() {
        let time = CosemDateTime::from_octets([7, 0xE8, 2, 11, 7, 16, 0, 0, 0, 0, 0, 0]);
        let row = Data::Structure(vec![
            Data::DateTime(time),
            Data::BitString(3, vec![0xA0]),
            Data::Array(vec![]),
            Data::NullData,
            Data::Long64(-1),
        ]);
        wire_laws!(Data, Data::Array(vec![row.clone(), row]), self_delimiting);
    }

    #[test]
    fn what_is_owned_says_the_same_as_what_is_in_place() {
        let octets = [0x13, 0x12, 4, 0, 1, 0, 2];
        let value = DataRef::from_bytes(&octets).unwrap();
        let owned = Data::from(value);
        assert_eq!(owned.scalar(), Some(value));
        wire_laws!(Data, owned, self_delimiting);
    }
}
