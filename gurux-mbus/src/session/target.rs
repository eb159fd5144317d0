//! [`Target`]: which meter is meant.

use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use gurux_framing::Wire;

use crate::wire::{AField, CiField, MeterAddress, Selection};

/// Which meter a [`Reader`](super::Reader) is to talk to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Target {
    /// By its link address: 0 to 250; 254 for the only meter on the line, whatever its address;
    /// 255 for all meters, which do not answer.
    Primary(AField),
    /// By its secondary address, or as much of it as is known. The meter is selected first, and
    /// then called by the link address 253.
    Secondary(Selection),
}

impl Target {
    /// The link address under which the meter is called.
    #[must_use]
    pub const fn link_address(&self) -> AField {
        match self {
            Self::Primary(address) => *address,
            Self::Secondary(_) => AField::SELECTED,
        }
    }
}

impl From<AField> for Target {
    fn from(address: AField) -> Self {
        Self::Primary(address)
    }
}

impl From<Selection> for Target {
    fn from(selection: Selection) -> Self {
        Self::Secondary(selection)
    }
}

impl From<MeterAddress> for Target {
    fn from(address: MeterAddress) -> Self {
        Self::Secondary(Selection::exactly(address))
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Primary(address) => write!(f, "primary address {}", address.0),
            Self::Secondary(selection) => write!(f, "secondary address {selection}"),
        }
    }
}

/// A selection as user data: CI 52, and the octets.
pub(super) fn selection_data(selection: &Selection) -> Vec<u8> {
    let mut user_data = vec![CiField::SELECTION.code()];
    selection.emit(&mut user_data);
    user_data
}
