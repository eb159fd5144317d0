//! Values in registers: what they hold, in which order their octets lie, how they are scaled.
//!
//! A register has sixteen bits and no type. Each maker packs what he has into as many registers as
//! it takes, in an order of his own; a [`Format`] says how, and reads and writes the value:
//!
//! - [`ValueType`]: integers of 8 to 64 bits, floats of 16, 32 and 64 bits, decimal digits, truth
//!   values, characters (also one a register), octets;
//! - [`ByteOrder`]: any permutation of the octets, by its letters (`ABCD`, `CDAB`, `GHEFCDAB`);
//! - [`BitField`]: a few bits of an integer;
//! - [`Absent`]: the marks that stand for "no value";
//! - factor and offset: exact decimals.
//!
//! ```
//! use gurux_modbus::value::{Format, ValueType};
//! use gurux_value::Value;
//!
//! // A meter's phase voltage: a float in two registers.
//! let volts = Format::new(ValueType::F32);
//! let read = volts.decode([0x430E, 0xB333], &mut [])?;
//! assert_eq!(read.value, Some(Value::Float32(142.7)));
//! # Ok::<(), gurux_modbus::value::ValueError>(())
//! ```

mod absent;
mod format;
mod half_float;
mod kind;
mod order;

#[cfg(test)]
mod tests;

use gurux_value::Decimal;

pub use absent::Absent;
pub use format::{BitField, Decoded, Format};
pub use kind::{Half, Packing, ValueType};
pub use order::ByteOrder;

/// What is wrong with the description of a value, or with a value that is to be written.
///
/// What a device sends wrong is no error but a [`Quality`](gurux_value::Quality).
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ValueError {
    /// The letters are no order.
    #[error("a byte order has 2, 4, 6 or 8 letters, each of the first so many once, such as CDAB")]
    OrderText,
    /// The text names no type.
    #[error("a value type is a name such as u32, or string(8) with the number of registers")]
    TypeText,
    /// The text is no list of marks.
    #[error("marks of absence are at most 4 raw numbers such as 0xFFFF, and the words nan, empty")]
    AbsentText,
    /// The order does not say how to arrange the octets of this type.
    #[error("the byte order {order} does not fit {value_type}")]
    Order {
        /// The order.
        order: ByteOrder,
        /// The type.
        value_type: ValueType,
    },
    /// The type has no such bits.
    #[error("{value_type} has no {} bits from bit {} on", bits.width, bits.offset)]
    Bits {
        /// The bits.
        bits: BitField,
        /// The type.
        value_type: ValueType,
    },
    /// The factor is nought.
    #[error("the factor of a scale is nought")]
    Scale,
    /// There are fewer registers than the value takes.
    #[error("the value takes {needed} registers, {available} are there")]
    Registers {
        /// Registers that the value takes.
        needed: usize,
        /// Registers given.
        available: usize,
    },
    /// There is less room than the octets of the value take.
    #[error("the value takes {needed} octets of room, {available} are there")]
    Room {
        /// Octets needed.
        needed: usize,
        /// Octets given.
        available: usize,
    },
    /// A value of this kind has no form in that type.
    #[error("a value of kind {kind} cannot be written as {value_type}")]
    Kind {
        /// The kind of the value.
        kind: &'static str,
        /// The type of the registers.
        value_type: ValueType,
    },
    /// The number does not fit the type, or the bits of it that may be used.
    #[error("{number} is outside of what {value_type} can hold here")]
    Range {
        /// The number, in the unit of the value.
        number: Decimal,
        /// The type of the registers.
        value_type: ValueType,
    },
    /// The number lies between the steps of the scale.
    #[error("{number} lies between two steps of the scale, which are {factor} apart")]
    Step {
        /// The number.
        number: Decimal,
        /// The size of a step.
        factor: Decimal,
    },
    /// The text or the octets are too long.
    #[error("{len} octets do not fit into the {room} of the registers")]
    TooLong {
        /// Octets given.
        len: usize,
        /// Octets that fit.
        room: usize,
    },
}
