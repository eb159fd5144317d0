//! What DLMS/COSEM writes on the wire.

mod axdr;

#[cfg(feature = "alloc")]
pub(crate) use axdr::length;
pub use axdr::{
    BitString, CompactArray, CosemDate, CosemDateTime, CosemTime, DataRef, DataType, Elements,
    Event, Events, MAX_DEPTH, Sequence, TypeDescription,
};
