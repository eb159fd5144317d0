//! [`Data`]: a value that owns what is in it.

use alloc::boxed::Box;
use alloc::vec::Vec;

use gurux_framing::{Reader, Sink, Visit, Wire, WireError};

use crate::wire::{
    BitString, CompactArray, CosemDate, CosemDateTime, CosemTime, DataRef, Elements, Sequence,
};

/// A value of COSEM that owns what is in it; [`DataRef`] is the same in place.
///
/// What is nested stays as it is on the wire, so that a profile of a thousand rows is one allocation:
/// [`borrowed`](Self::borrowed) walks it.
///
/// ```
/// use gurux_dlms::value::Data;
/// use gurux_framing::Wire;
///
/// let row = Data::structure([
///     Data::OctetString(vec![1, 0, 1, 8, 0, 255]),
///     Data::DoubleLongUnsigned(1_249_750),
/// ]);
/// let mut out = [0; 32];
/// let len = row.emit_to_slice(&mut out)?;
/// assert_eq!(out[..len], [2, 2, 9, 6, 1, 0, 1, 8, 0, 255, 6, 0, 0x13, 0x11, 0xD6]);
/// assert_eq!(Data::from_bytes(&out[..len])?, row);
/// let cells = row.borrowed().elements().expect("a structure");
/// assert_eq!(cells.iter().last().and_then(|cell| cell.as_integer()), Some(1_249_750));
/// # Ok::<(), gurux_framing::WireError>(())
/// ```
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub enum Data {
    /// No value, or the one before it again.
    NullData,
    /// Values of one type.
    Array(SequenceBuf),
    /// Values of any types.
    Structure(SequenceBuf),
    /// True or false.
    Boolean(bool),
    /// Bits.
    BitString(BitStringBuf),
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

/// A [`Sequence`] that owns its octets.
///
/// Values are collected into it. Nobody reads what stands deeper in each other than
/// [`MAX_DEPTH`](crate::wire::MAX_DEPTH).
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct SequenceBuf {
    count: usize,
    /// The values, each with its tag.
    octets: Box<[u8]>,
}

/// A [`BitString`] that owns its octets.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BitStringBuf {
    count: usize,
    octets: Box<[u8]>,
}

/// A [`CompactArray`] that owns its octets.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CompactArrayBuf {
    count: usize,
    description: Box<[u8]>,
    contents: Box<[u8]>,
}

impl SequenceBuf {
    /// The same in place.
    #[must_use]
    pub const fn borrowed(&self) -> Sequence<'_> {
        Sequence::proven(self.count, &self.octets)
    }

    /// Value after value.
    #[must_use]
    pub fn iter(&self) -> Elements<'_> {
        self.borrowed().iter()
    }

    /// How many values.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.count
    }

    /// Is there none?
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }
}

impl FromIterator<Data> for SequenceBuf {
    fn from_iter<I: IntoIterator<Item = Data>>(values: I) -> Self {
        let mut octets = Vec::new();
        let values = values.into_iter().inspect(|value| value.emit(&mut octets));
        let count = values.count();
        Self { count, octets: octets.into() }
    }
}

impl From<Sequence<'_>> for SequenceBuf {
    fn from(sequence: Sequence<'_>) -> Self {
        let octets = match sequence.tagged() {
            Some(octets) => octets.into(),
            // Out of a compact array: there the tags are apart.
            None => {
                let mut octets = Vec::new();
                sequence.iter().for_each(|value| value.emit(&mut octets));
                octets.into()
            }
        };
        Self { count: sequence.len(), octets }
    }
}

impl<'a> IntoIterator for &'a SequenceBuf {
    type Item = DataRef<'a>;
    type IntoIter = Elements<'a>;

    fn into_iter(self) -> Elements<'a> {
        self.iter()
    }
}

impl BitStringBuf {
    /// The same in place.
    #[must_use]
    pub const fn borrowed(&self) -> BitString<'_> {
        BitString::proven(self.count, &self.octets)
    }
}

impl From<BitString<'_>> for BitStringBuf {
    fn from(bits: BitString<'_>) -> Self {
        Self { count: bits.len(), octets: bits.octets().into() }
    }
}

impl CompactArrayBuf {
    /// The same in place.
    #[must_use]
    pub const fn borrowed(&self) -> CompactArray<'_> {
        CompactArray::proven(self.count, &self.description, &self.contents)
    }
}

impl From<CompactArray<'_>> for CompactArrayBuf {
    fn from(array: CompactArray<'_>) -> Self {
        Self {
            count: array.elements().len(),
            description: array.description().octets().into(),
            contents: array.elements().octets().into(),
        }
    }
}

impl From<DataRef<'_>> for Data {
    fn from(value: DataRef<'_>) -> Self {
        match value {
            DataRef::NullData => Self::NullData,
            DataRef::Array(sequence) => Self::Array(sequence.into()),
            DataRef::Structure(sequence) => Self::Structure(sequence.into()),
            DataRef::Boolean(value) => Self::Boolean(value),
            DataRef::BitString(bits) => Self::BitString(bits.into()),
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
    /// An array of these.
    #[must_use]
    pub fn array(values: impl IntoIterator<Item = Self>) -> Self {
        Self::Array(values.into_iter().collect())
    }

    /// A structure of these.
    #[must_use]
    pub fn structure(values: impl IntoIterator<Item = Self>) -> Self {
        Self::Structure(values.into_iter().collect())
    }

    /// The same in place.
    #[must_use]
    pub fn borrowed(&self) -> DataRef<'_> {
        match self {
            Self::Array(values) => DataRef::Array(values.borrowed()),
            Self::Structure(values) => DataRef::Structure(values.borrowed()),
            Self::NullData => DataRef::NullData,
            Self::Boolean(value) => DataRef::Boolean(*value),
            Self::BitString(bits) => DataRef::BitString(bits.borrowed()),
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
            Self::CompactArray(array) => DataRef::CompactArray(array.borrowed()),
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
        }
    }
}

impl<'a> Wire<'a> for Data {
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        DataRef::read(reader).map(Self::from)
    }

    fn emit(&self, out: &mut impl Sink) {
        self.borrowed().emit(out);
    }

    fn wire_len(&self) -> usize {
        self.borrowed().wire_len()
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use gurux_framing::{Wire, wire_laws};

    use super::Data;
    use crate::wire::{BitString, CosemDateTime, DataRef};

    #[test]
    fn the_laws_hold_for_what_is_owned() {
        let time = CosemDateTime::from_octets([7, 0xE8, 2, 11, 7, 16, 0, 0, 0, 0, 0, 0]);
        let row = Data::structure([
            Data::DateTime(time),
            Data::BitString(BitString::new(3, &[0xA0]).unwrap().into()),
            Data::array([]),
            Data::NullData,
            Data::Long64(-1),
        ]);
        wire_laws!(Data, Data::array([row.clone(), row]), self_delimiting);
    }

    #[test]
    fn what_is_owned_says_the_same_as_what_is_in_place() {
        // An array of two numbers; two structures of such arrays in a compact array.
        for octets in [
            &[0x01, 2, 0x12, 0, 1, 0x12, 0, 2][..],
            &[0x13, 2, 1, 1, 0, 2, 0x12, 8, 0, 1, 0, 2, 0, 3, 0, 4],
            &[0x04, 3, 0xA0],
            &[0x0A, 2, b'4', b'2'],
        ] {
            let value = DataRef::from_bytes(octets).unwrap();
            let owned = Data::from(value);
            assert_eq!(owned.borrowed(), value);
            wire_laws!(Data, owned, self_delimiting);
        }
    }

    /// Lengths in longer forms than needed are kept, as everything that was read.
    #[test]
    fn what_was_nested_is_written_as_it_was_read() {
        let octets = [0x02, 2, 0x09, 0x81, 1, 0xAA, 0x11, 7];
        let owned = Data::from_bytes(&octets).unwrap();
        let mut out = [0; 16];
        let len = owned.emit_to_slice(&mut out).unwrap();
        assert_eq!(out[..len], octets);
    }

    #[test]
    fn a_row_out_of_a_compact_array_says_its_types_itself() {
        let octets = [0x13, 2, 2, 0x11, 0x12, 6, 1, 0, 2, 3, 0, 4];
        let array = DataRef::from_bytes(&octets).unwrap();
        let rows: Vec<_> = array.elements().unwrap().iter().map(Data::from).collect();
        let expected = |a, b| Data::structure([Data::Unsigned(a), Data::LongUnsigned(b)]);
        assert_eq!(rows, [expected(1, 2), expected(3, 4)]);
    }
}
