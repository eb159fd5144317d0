//! Where a meter message begins and ends.
#![no_std]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(test)]
extern crate std;

mod annotate;
pub mod ascii;
pub mod checksum;
mod code;
mod deframe;
mod direction;
mod error;
mod explain;
pub mod laws;
pub mod mbap;
mod reader;
pub mod rtu;
pub mod rule;
pub mod rules;
mod sink;
pub mod transaction;
#[cfg(feature = "alloc")]
mod tree;
mod wire;

#[cfg(feature = "alloc")]
pub use bytes;
pub use nom;

pub use annotate::Annotator;
pub use deframe::{Deframe, Piece, Pieces, Step, pieces};
pub use direction::Direction;
pub use error::{WireError, WireErrorKind};
pub use explain::{Shown, Visit};
pub use reader::{Behind, Reader};
pub use sink::{Sink, SliceSink};
#[cfg(feature = "alloc")]
pub use tree::{Node, Tree, TreeValue};
pub use wire::{Fault, Parsed, Wire};
