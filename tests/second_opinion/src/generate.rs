//! Values and messages of a seed.

use gurux_dlms::wire::{
    BitString, CompactArray, CosemDate, CosemDateTime, CosemTime, DataRef, DataType, Sequence,
    TypeDescription,
};
use gurux_framing::Wire;
use gurux_value::Obis;

/// A row of choices that a seed decides. What it makes is never freed: the program ends soon after.
pub struct Gen {
    state: u64,
}

/// Lengths at which the form of a length changes, and some between.
const LENGTHS: &[usize] = &[0, 1, 2, 6, 8, 12, 13, 31, 127, 128, 129, 255, 256, 300];

impl Gen {
    /// The choices of this seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// 64 bits: SplitMix64.
    pub fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Below `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        (self.bits() % limit as u64) as usize
    }

    /// One of these.
    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// Yes in one of `n` cases.
    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// Something, in one of two cases.
    pub fn maybe<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.one_in(2) { Some(make(self)) } else { None }
    }

    /// A number of which the ends of the range are not rare.
    pub fn number(&mut self) -> u64 {
        match self.below(5) {
            0 => 0,
            1 => u64::MAX,
            2 => 1 << self.below(64),
            _ => self.bits(),
        }
    }

    /// Any octet.
    pub fn u8(&mut self) -> u8 {
        self.number() as u8
    }

    /// Any two octets.
    pub fn u16(&mut self) -> u16 {
        self.number() as u16
    }

    /// Any four octets.
    pub fn u32(&mut self) -> u32 {
        self.number() as u32
    }

    /// So many octets.
    pub fn octets(&mut self, len: usize) -> &'static [u8] {
        (0..len).map(|_| self.bits() as u8).collect::<Vec<_>>().leak()
    }

    /// Octets of any length.
    pub fn some_octets(&mut self) -> &'static [u8] {
        let len = self.pick(LENGTHS);
        self.octets(len)
    }

    /// Letters, digits and signs of ASCII, of any length.
    pub fn text(&mut self) -> &'static [u8] {
        let len = self.pick(LENGTHS);
        (0..len).map(|_| 0x20 + self.below(0x5F) as u8).collect::<Vec<_>>().leak()
    }

    /// Items, up to `most`.
    pub fn list<T>(&mut self, most: usize, make: impl FnMut(&mut Self) -> T) -> &'static [T] {
        let count = self.below(most + 1);
        self.so_many(count, make)
    }

    /// So many items.
    pub fn so_many<T>(
        &mut self,
        count: usize,
        mut make: impl FnMut(&mut Self) -> T,
    ) -> &'static [T] {
        (0..count).map(|_| make(self)).collect::<Vec<_>>().leak()
    }

    /// A logical name.
    pub fn obis(&mut self) -> Obis {
        Obis::new([(); 6].map(|()| self.bits() as u8))
    }

    /// A date and time, of which parts may be left open.
    pub fn date_time(&mut self) -> CosemDateTime {
        let [y, z, month, day, weekday] = self.date().octets();
        let [hour, minute, second, hundredths] = self.time().octets();
        let [high, low] = self.pick(&[i16::MIN, 0, 60, -120, 720, -720]).to_be_bytes();
        let status = self.pick(&[0, 0x80, 0x01, 0xFF]);
        let octets =
            [y, z, month, day, weekday, hour, minute, second, hundredths, high, low, status];
        CosemDateTime::from_octets(octets)
    }

    fn date(&mut self) -> CosemDate {
        let [high, low] = match self.below(4) {
            0 => [0xFF, 0xFF],
            _ => (1990 + self.below(110) as u16).to_be_bytes(),
        };
        let [month, day] = [1 + self.below(12) as u8, 1 + self.below(28) as u8];
        let month = self.pick(&[month, month, month, 0xFF, 0xFE, 0xFD]);
        let day = self.pick(&[day, day, day, 0xFF, 0xFE, 0xFD]);
        let weekday = self.pick(&[1, 2, 3, 4, 5, 6, 7, 0xFF]);
        CosemDate::from_octets([high, low, month, day, weekday])
    }

    fn time(&mut self) -> CosemTime {
        let [hour, minute, second, hundredths] =
            [24, 60, 60, 100].map(|limit| self.below(limit) as u8);
        let open = |this: &mut Self, octet| this.pick(&[octet, octet, octet, 0xFF]);
        CosemTime::from_octets([
            open(self, hour),
            open(self, minute),
            open(self, second),
            open(self, hundredths),
        ])
    }

    /// A value of any type, with `depth` levels of others in it.
    pub fn data(&mut self, depth: usize) -> DataRef<'static> {
        let tag = self.pick(if depth > 0 { NESTED } else { SIMPLE });
        self.data_of(tag, depth)
    }

    /// A value of this type.
    pub fn data_of(&mut self, data_type: DataType, depth: usize) -> DataRef<'static> {
        let number = self.number();
        match data_type {
            DataType::ARRAY => {
                let count = self.pick(&[0, 1, 2, 3, 5]);
                let of = self.pick(SIMPLE);
                let of = if depth > 1 { self.pick(&[of, DataType::STRUCTURE]) } else { of };
                let of = if depth > 1 && self.one_in(40) { DataType::ARRAY } else { of };
                let count = if depth == 1 && self.one_in(30) { 130 } else { count };
                DataRef::Array(self.sequence(count, |this| this.data_of(of, depth - 1)))
            }
            DataType::STRUCTURE => {
                let count = self.below(6);
                DataRef::Structure(self.sequence(count, |this| this.data(depth - 1)))
            }
            DataType::COMPACT_ARRAY => DataRef::CompactArray(self.compact_array()),
            DataType::BOOLEAN => DataRef::Boolean(number & 1 == 1),
            DataType::BIT_STRING => {
                let count: usize = self.pick(&[0, 1, 7, 8, 9, 16, 24, 127, 128, 200]);
                let mut octets = self.octets(count.div_ceil(8)).to_vec();
                // The bits that do not count are 0, as most write them.
                let unused = octets.len() * 8 - count;
                if let Some(last) = octets.last_mut() {
                    *last &= 0xFF << unused;
                }
                DataRef::BitString(BitString::new(count, octets.leak()).unwrap())
            }
            DataType::DOUBLE_LONG => DataRef::DoubleLong(number as i32),
            DataType::DOUBLE_LONG_UNSIGNED => DataRef::DoubleLongUnsigned(number as u32),
            DataType::OCTET_STRING => DataRef::OctetString(self.some_octets()),
            DataType::VISIBLE_STRING => DataRef::VisibleString(self.text()),
            DataType::UTF8_STRING => DataRef::Utf8String(self.text()),
            DataType::BCD => DataRef::Bcd((self.below(10) << 4 | self.below(10)) as u8),
            DataType::INTEGER => DataRef::Integer(number as i8),
            DataType::LONG => DataRef::Long(number as i16),
            DataType::UNSIGNED => DataRef::Unsigned(number as u8),
            DataType::LONG_UNSIGNED => DataRef::LongUnsigned(number as u16),
            DataType::LONG64 => DataRef::Long64(number as i64),
            DataType::LONG64_UNSIGNED => DataRef::Long64Unsigned(number),
            DataType::ENUM => DataRef::Enum(number as u8),
            // What is no number equals nothing, itself among it.
            DataType::FLOAT32 => DataRef::Float32(match f32::from_bits(number as u32) {
                value if value.is_nan() => 50.0625,
                value => value,
            }),
            DataType::FLOAT64 => DataRef::Float64(match f64::from_bits(number) {
                value if value.is_nan() => -0.1,
                value => value,
            }),
            DataType::DATE_TIME => DataRef::DateTime(self.date_time()),
            DataType::DATE => DataRef::Date(self.date()),
            DataType::TIME => DataRef::Time(self.time()),
            DataType::DELTA_INTEGER => DataRef::DeltaInteger(number as i8),
            DataType::DELTA_LONG => DataRef::DeltaLong(number as i16),
            DataType::DELTA_DOUBLE_LONG => DataRef::DeltaDoubleLong(number as i32),
            DataType::DELTA_UNSIGNED => DataRef::DeltaUnsigned(number as u8),
            DataType::DELTA_LONG_UNSIGNED => DataRef::DeltaLongUnsigned(number as u16),
            DataType::DELTA_DOUBLE_LONG_UNSIGNED => DataRef::DeltaDoubleLongUnsigned(number as u32),
            DataType::DONT_CARE => DataRef::DontCare,
            _ => DataRef::NullData,
        }
    }

    fn sequence(
        &mut self,
        count: usize,
        mut make: impl FnMut(&mut Self) -> DataRef<'static>,
    ) -> Sequence<'static> {
        let octets: Vec<u8> = (0..count).flat_map(|_| octets_of(&make(self))).collect();
        Sequence::new(count, octets.leak()).unwrap()
    }

    fn compact_array(&mut self) -> CompactArray<'static> {
        let types: Vec<DataType> = match self.below(3) {
            0 => (0..1 + self.below(5)).map(|_| self.pick(PACKED)).collect(),
            _ => vec![self.pick(PACKED)],
        };
        let tags = types.iter().map(|data_type| data_type.code());
        let description: Vec<u8> = match types.len() {
            1 if self.one_in(2) => tags.collect(),
            count => [DataType::STRUCTURE.code(), count as u8].into_iter().chain(tags).collect(),
        };
        let mut contents = Vec::new();
        for _ in 0..self.below(20) {
            for data_type in &types {
                // Without the tag.
                contents.extend(&octets_of(&self.data_of(*data_type, 0))[1..]);
            }
        }
        let description = TypeDescription::new(description.leak()).unwrap();
        CompactArray::new(description, contents.leak()).unwrap()
    }
}

/// The octets of a value or a message.
pub fn octets_of<'a>(value: &impl Wire<'a>) -> Vec<u8> {
    let mut room = vec![0; value.wire_len()];
    let len = value.emit_to_slice(&mut room).unwrap();
    assert_eq!(len, room.len(), "it takes as many octets as it says");
    room
}

const SIMPLE: &[DataType] = &[
    DataType::NULL_DATA,
    DataType::BOOLEAN,
    DataType::BIT_STRING,
    DataType::DOUBLE_LONG,
    DataType::DOUBLE_LONG_UNSIGNED,
    DataType::OCTET_STRING,
    DataType::VISIBLE_STRING,
    DataType::UTF8_STRING,
    DataType::BCD,
    DataType::INTEGER,
    DataType::LONG,
    DataType::UNSIGNED,
    DataType::LONG_UNSIGNED,
    DataType::COMPACT_ARRAY,
    DataType::LONG64,
    DataType::LONG64_UNSIGNED,
    DataType::ENUM,
    DataType::FLOAT32,
    DataType::FLOAT64,
    DataType::DATE_TIME,
    DataType::DATE,
    DataType::TIME,
    DataType::DELTA_INTEGER,
    DataType::DELTA_LONG,
    DataType::DELTA_DOUBLE_LONG,
    DataType::DELTA_UNSIGNED,
    DataType::DELTA_LONG_UNSIGNED,
    DataType::DELTA_DOUBLE_LONG_UNSIGNED,
    DataType::DONT_CARE,
];

/// As often as all the others together.
const NESTED: &[DataType] = &[
    DataType::ARRAY,
    DataType::STRUCTURE,
    DataType::STRUCTURE,
    DataType::OCTET_STRING,
    DataType::DOUBLE_LONG_UNSIGNED,
    DataType::COMPACT_ARRAY,
];

/// What a compact array holds here.
const PACKED: &[DataType] = &[
    DataType::BOOLEAN,
    DataType::DOUBLE_LONG_UNSIGNED,
    DataType::OCTET_STRING,
    DataType::INTEGER,
    DataType::LONG_UNSIGNED,
    DataType::LONG64,
    DataType::ENUM,
    DataType::DATE_TIME,
    DataType::BIT_STRING,
];
