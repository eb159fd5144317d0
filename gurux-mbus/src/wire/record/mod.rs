//! Data records of the variable data structure (EN 13757-3): what a meter says, one value after
//! another.
//!
//! | octets | field |
//! |---|---|
//! | 1–11 | [`Dib`]: how the data are coded, function, storage number, tariff, subunit |
//! | 1–n | [`Vib`]: what is measured, in which unit |
//! | n | data, the low octet first |
//!
//! [`Records`] walks over them. What is no record (fillers, the manufacturer's own octets, octets
//! that cannot be read) is an item of its own, so that the items together are all octets.

mod bcd;
mod build;
mod data;
mod dib;
mod extent;
mod iter;
mod lvar;
mod measured;
mod time;
mod vib;

pub use bcd::Digits;
pub use build::{BuildValue, RecordBuilder};
pub use data::{Data, DataRecord};
pub(crate) use data::{signed, split_header};
pub use dib::{DataField, Dib, MAX_DIFE};
pub(crate) use extent::TextOrder;
pub use iter::{RecordItem, Records};
pub use lvar::{Lvar, LvarKind, RecordText};
pub use time::RecordTime;
pub use vib::{MAX_VIFE, Vib};

/// The bit of a DIF, DIFE, VIF or VIFE that says that another octet of the kind follows.
pub(crate) const EXTENSION: u8 = 0x80;
