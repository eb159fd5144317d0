//! [`ValueType`]: what the registers of a value hold, before order and scale.

use core::fmt;
use core::str::FromStr;

use super::ValueError;

/// What registers hold.
///
/// Each type has a name, in which it is also printed and (de)serialised; names are read in either
/// case:
///
/// | name | registers | what |
/// |------|-----------|------|
/// | `u16` `u32` `u48` `u64` | 1 2 3 4 | unsigned integer |
/// | `i16` `i32` `i48` `i64` | 1 2 3 4 | signed integer, two's complement |
/// | `u8-high` `u8-low` `i8-high` `i8-low` | 1 | integer in one half of a register |
/// | `f16` `f32` `f64` | 1 2 4 | IEEE 754 binary floating point |
/// | `bcd16` `bcd32` `bcd48` `bcd64` | 1 2 3 4 | decimal digits, four a register |
/// | `bool` | 1 | nought is false, all else true |
/// | `string(N)` | N | two characters a register |
/// | `string-high(N)` `string-low(N)` | N | one character a register, in that half |
/// | `octets(N)` | N | octets without a meaning of their own |
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum ValueType {
    /// An unsigned octet in one half of a register.
    U8(Half),
    /// A signed octet in one half of a register.
    I8(Half),
    /// An unsigned integer of 16 bits.
    U16,
    /// A signed integer of 16 bits.
    I16,
    /// An unsigned integer of 32 bits.
    U32,
    /// A signed integer of 32 bits.
    I32,
    /// An unsigned integer of 48 bits.
    U48,
    /// A signed integer of 48 bits.
    I48,
    /// An unsigned integer of 64 bits.
    U64,
    /// A signed integer of 64 bits.
    I64,
    /// Floating point of 16 bits.
    F16,
    /// Floating point of 32 bits.
    F32,
    /// Floating point of 64 bits.
    F64,
    /// Four decimal digits in a register.
    Bcd16,
    /// Eight decimal digits in two registers.
    Bcd32,
    /// Twelve decimal digits in three registers.
    Bcd48,
    /// Sixteen decimal digits in four registers.
    Bcd64,
    /// Nought or not nought: a register, a coil, a bit.
    Bool,
    /// Characters, padded with NUL or blanks.
    String {
        /// How many registers.
        registers: u8,
        /// Which octets of each register hold a character.
        packing: Packing,
    },
    /// Octets, as they are.
    Octets {
        /// How many registers.
        registers: u8,
    },
}

/// One half of a register.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Half {
    /// The more significant octet.
    High,
    /// The less significant octet.
    Low,
}

/// Which octets of a register hold characters.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Packing {
    /// Both: the more significant octet first.
    Both,
    /// One character a register; the other half is not looked at.
    Half(Half),
}

/// The types whose names stand for themselves.
#[rustfmt::skip]
static NAMES: [(&str, ValueType); 22] = [
    ("u8-high", ValueType::U8(Half::High)),
    ("u8-low",  ValueType::U8(Half::Low)),
    ("i8-high", ValueType::I8(Half::High)),
    ("i8-low",  ValueType::I8(Half::Low)),
    ("u16",     ValueType::U16),
    ("i16",     ValueType::I16),
    ("u32",     ValueType::U32),
    ("i32",     ValueType::I32),
    ("u48",     ValueType::U48),
    ("i48",     ValueType::I48),
    ("u64",     ValueType::U64),
    ("i64",     ValueType::I64),
    ("f16",     ValueType::F16),
    ("f32",     ValueType::F32),
    ("f64",     ValueType::F64),
    ("bcd16",   ValueType::Bcd16),
    ("bcd32",   ValueType::Bcd32),
    ("bcd48",   ValueType::Bcd48),
    ("bcd64",   ValueType::Bcd64),
    ("bool",    ValueType::Bool),
    // A bit and a truth value are the same thing; both names are in use.
    ("bit",     ValueType::Bool),
    ("boolean", ValueType::Bool),
];

impl ValueType {
    /// The type with this name; `registers` is the length of strings and octets, and is ignored
    /// by all others.
    ///
    /// ```
    /// use gurux_modbus::value::{Packing, ValueType};
    ///
    /// assert_eq!(ValueType::named("U32", 0), Some(ValueType::U32));
    /// let name = ValueType::String { registers: 16, packing: Packing::Both };
    /// assert_eq!(ValueType::named("string", 16), Some(name));
    /// ```
    #[must_use]
    pub fn named(name: &str, registers: u8) -> Option<Self> {
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        if let Some((_, value_type)) = NAMES.iter().find(|(other, _)| is(other)) {
            return Some(*value_type);
        }
        let string = |packing| Some(Self::String { registers, packing });
        match () {
            () if registers == 0 => None,
            () if is("string") => string(Packing::Both),
            () if is("string-high") => string(Packing::Half(Half::High)),
            () if is("string-low") => string(Packing::Half(Half::Low)),
            () if is("octets") => Some(Self::Octets { registers }),
            () => None,
        }
    }

    /// The name without a length.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::String { packing: Packing::Both, .. } => "string",
            Self::String { packing: Packing::Half(Half::High), .. } => "string-high",
            Self::String { packing: Packing::Half(Half::Low), .. } => "string-low",
            Self::Octets { .. } => "octets",
            number => NAMES.iter().find(|row| row.1 == number).map_or("", |(name, _)| *name),
        }
    }

    /// How many registers the value takes.
    #[must_use]
    pub const fn registers(self) -> usize {
        match self {
            Self::U8(_) | Self::I8(_) => 1,
            Self::U16 | Self::I16 | Self::F16 | Self::Bcd16 | Self::Bool => 1,
            Self::U32 | Self::I32 | Self::F32 | Self::Bcd32 => 2,
            Self::U48 | Self::I48 | Self::Bcd48 => 3,
            Self::U64 | Self::I64 | Self::F64 | Self::Bcd64 => 4,
            Self::String { registers, .. } | Self::Octets { registers } => registers as usize,
        }
    }

    /// The number of bits of a number: 8 for one half of a register.
    pub const fn bits(self) -> u32 {
        match self {
            Self::U8(_) | Self::I8(_) => 8,
            other => (other.registers() as u32).saturating_mul(16),
        }
    }

    /// Is it an integer (a truth value counts), in which single bits can be told apart?
    #[must_use]
    pub const fn is_integer(self) -> bool {
        match self {
            Self::U16 | Self::U32 | Self::U48 | Self::U64 | Self::U8(_) | Self::Bool => true,
            _ => self.is_signed(),
        }
    }

    /// Does the highest bit mean a sign?
    pub const fn is_signed(self) -> bool {
        matches!(self, Self::I8(_) | Self::I16 | Self::I32 | Self::I48 | Self::I64)
    }
}

impl FromStr for ValueType {
    type Err = ValueError;

    /// Reads a name, with the number of registers in brackets where the type has no fixed length.
    fn from_str(text: &str) -> Result<Self, ValueError> {
        let (name, registers) = match text.strip_suffix(')').and_then(|text| text.split_once('(')) {
            Some((name, registers)) => {
                let registers = registers.parse().map_err(|_| ValueError::TypeText)?;
                (name, registers)
            }
            None => (text, 0),
        };
        let value_type = Self::named(name, registers).ok_or(ValueError::TypeText)?;
        let variable = matches!(value_type, Self::String { .. } | Self::Octets { .. });
        if variable || registers == 0 { Ok(value_type) } else { Err(ValueError::TypeText) }
    }
}

impl fmt::Display for ValueType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self {
            Self::String { registers, .. } | Self::Octets { registers } => {
                write!(f, "({registers})")
            }
            _ => Ok(()),
        }
    }
}

serde_as_text!(ValueType, "name of a value type, such as u32 or string(8)");

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::{NAMES, ValueType};

    #[test]
    fn names_read_back_as_written() {
        let lengths = ["string(8)", "string-high(1)", "string-low(255)", "octets(3)"];
        for name in NAMES.iter().map(|(name, _)| *name).take(20).chain(lengths) {
            let value_type: ValueType = name.to_uppercase().parse().unwrap();
            assert_eq!(value_type.to_string(), name);
        }
        assert_eq!("BIT".parse(), Ok(ValueType::Bool));
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "u17", "string", "string()", "string(0)", "string(256)", "u16(1)", "(1)"] {
            assert!(text.parse::<ValueType>().is_err(), "{text}");
        }
    }
}
