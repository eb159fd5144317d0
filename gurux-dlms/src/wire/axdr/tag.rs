//! [`DataType`]: the tag in front of every value.

use gurux_framing::wire_code;

wire_code! {
    /// The tag of a value (IEC 62056-6-2, common data types; A-XDR of IEC 61334-6).
    pub struct DataType(u8) {
        /// Nothing: no value, or the one before it again.
        NULL_DATA = 0 => "null-data",
        /// Values of one type.
        ARRAY = 1 => "array",
        /// Values of any types.
        STRUCTURE = 2 => "structure",
        /// True or false.
        BOOLEAN = 3 => "boolean",
        /// Bits, the first in the top bit of the first octet.
        BIT_STRING = 4 => "bit-string",
        /// 32 bits, signed.
        DOUBLE_LONG = 5 => "double-long",
        /// 32 bits.
        DOUBLE_LONG_UNSIGNED = 6 => "double-long-unsigned",
        /// Octets.
        OCTET_STRING = 9 => "octet-string",
        /// ASCII.
        VISIBLE_STRING = 10 => "visible-string",
        /// UTF-8.
        UTF8_STRING = 12 => "utf8-string",
        /// Two decimal digits.
        BCD = 13 => "bcd",
        /// 8 bits, signed.
        INTEGER = 15 => "integer",
        /// 16 bits, signed.
        LONG = 16 => "long",
        /// 8 bits.
        UNSIGNED = 17 => "unsigned",
        /// 16 bits.
        LONG_UNSIGNED = 18 => "long-unsigned",
        /// Values of one type that is said once.
        COMPACT_ARRAY = 19 => "compact-array",
        /// 64 bits, signed.
        LONG64 = 20 => "long64",
        /// 64 bits.
        LONG64_UNSIGNED = 21 => "long64-unsigned",
        /// One of a list.
        ENUM = 22 => "enum",
        /// IEEE 754, 32 bits.
        FLOAT32 = 23 => "float32",
        /// IEEE 754, 64 bits.
        FLOAT64 = 24 => "float64",
        /// Twelve octets.
        DATE_TIME = 25 => "date-time",
        /// Five octets.
        DATE = 26 => "date",
        /// Four octets.
        TIME = 27 => "time",
        /// 8 bits, signed: what is added to the value before.
        DELTA_INTEGER = 28 => "delta-integer",
        /// 16 bits, signed: what is added to the value before.
        DELTA_LONG = 29 => "delta-long",
        /// 32 bits, signed: what is added to the value before.
        DELTA_DOUBLE_LONG = 30 => "delta-double-long",
        /// 8 bits: what is added to the value before.
        DELTA_UNSIGNED = 31 => "delta-unsigned",
        /// 16 bits: what is added to the value before.
        DELTA_LONG_UNSIGNED = 32 => "delta-long-unsigned",
        /// 32 bits: what is added to the value before.
        DELTA_DOUBLE_LONG_UNSIGNED = 33 => "delta-double-long-unsigned",
        /// Anything: a place that is not used.
        DONT_CARE = 255 => "dont-care",
    }
}

/// How many octets a value of a type takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Shape {
    /// So many.
    Fixed(u8),
    /// A length says how many octets.
    Octets,
    /// A length says how many bits.
    Bits,
    /// A count of values follows, each with its tag.
    Values,
    /// A description of the type, a length, and values without tags.
    Compact,
    /// No type.
    Unknown,
}

impl DataType {
    /// How long a value of this type is.
    #[inline(always)]
    pub(super) fn shape(self) -> Shape {
        SHAPES.get(usize::from(self.code())).copied().unwrap_or(Shape::Unknown)
    }

    /// How many octets its tag and a value take together, if all its values are of one length; else
    /// nought.
    #[inline(always)]
    pub(super) fn fixed_len(self) -> u8 {
        FIXED.get(usize::from(self.code())).copied().unwrap_or(0)
    }
}

static FIXED: [u8; 256] = {
    let mut lengths = [0; 256];
    let mut tag = 0;
    #[expect(clippy::indexing_slicing, reason = "runs when this is compiled")]
    while tag < lengths.len() {
        if let Shape::Fixed(len) = SHAPES[tag] {
            lengths[tag] = len + 1;
        }
        tag += 1;
    }
    lengths
};

/// By tag; what lies behind the last of them has no value but [`DataType::DONT_CARE`], of no octets.
static SHAPES: [Shape; 256] = {
    let mut shapes = [Shape::Unknown; 256];
    #[rustfmt::skip]
    let rows = [
        (DataType::NULL_DATA,                  Shape::Fixed(0)),
        (DataType::ARRAY,                      Shape::Values),
        (DataType::STRUCTURE,                  Shape::Values),
        (DataType::BOOLEAN,                    Shape::Fixed(1)),
        (DataType::BIT_STRING,                 Shape::Bits),
        (DataType::DOUBLE_LONG,                Shape::Fixed(4)),
        (DataType::DOUBLE_LONG_UNSIGNED,       Shape::Fixed(4)),
        (DataType::OCTET_STRING,               Shape::Octets),
        (DataType::VISIBLE_STRING,             Shape::Octets),
        (DataType::UTF8_STRING,                Shape::Octets),
        (DataType::BCD,                        Shape::Fixed(1)),
        (DataType::INTEGER,                    Shape::Fixed(1)),
        (DataType::LONG,                       Shape::Fixed(2)),
        (DataType::UNSIGNED,                   Shape::Fixed(1)),
        (DataType::LONG_UNSIGNED,              Shape::Fixed(2)),
        (DataType::COMPACT_ARRAY,              Shape::Compact),
        (DataType::LONG64,                     Shape::Fixed(8)),
        (DataType::LONG64_UNSIGNED,            Shape::Fixed(8)),
        (DataType::ENUM,                       Shape::Fixed(1)),
        (DataType::FLOAT32,                    Shape::Fixed(4)),
        (DataType::FLOAT64,                    Shape::Fixed(8)),
        (DataType::DATE_TIME,                  Shape::Fixed(12)),
        (DataType::DATE,                       Shape::Fixed(5)),
        (DataType::TIME,                       Shape::Fixed(4)),
        (DataType::DELTA_INTEGER,              Shape::Fixed(1)),
        (DataType::DELTA_LONG,                 Shape::Fixed(2)),
        (DataType::DELTA_DOUBLE_LONG,          Shape::Fixed(4)),
        (DataType::DELTA_UNSIGNED,             Shape::Fixed(1)),
        (DataType::DELTA_LONG_UNSIGNED,        Shape::Fixed(2)),
        (DataType::DELTA_DOUBLE_LONG_UNSIGNED, Shape::Fixed(4)),
        (DataType::DONT_CARE,                  Shape::Fixed(0)),
    ];
    let mut row = 0;
    #[expect(clippy::indexing_slicing, reason = "runs when this is compiled")]
    while row < rows.len() {
        shapes[rows[row].0.code() as usize] = rows[row].1;
        row += 1;
    }
    shapes
};
