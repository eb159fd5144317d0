//! Values in registers: what they hold, and in which order their octets lie.

mod kind;
mod order;

pub use kind::{Half, Packing, ValueType};
pub use order::ByteOrder;

/// What is wrong with the description of a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ValueError {
    /// The letters are no order.
    #[error("a byte order has 2, 4, 6 or 8 letters, each of the first so many once, such as CDAB")]
    OrderText,
    /// The text names no type.
    #[error("a value type is a name such as u32, or string(8) with the number of registers")]
    TypeText,
}
