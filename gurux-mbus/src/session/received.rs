//! [`ReceivedFrame`]: a frame that a session hands out, with its octets.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use gurux_framing::{Wire, WireError};

use crate::wire::{
    AField, CField, CiField, Identification, LinkFrame, MeterAddress, RecordItem, Records,
    SecurityMode, Tpl,
};

/// A frame that came from a meter: octets whose check is proven, opened when asked for.
#[derive(Clone, PartialEq, Eq)]
pub struct ReceivedFrame {
    octets: Box<[u8]>,
}

impl ReceivedFrame {
    pub(super) fn new(octets: Vec<u8>) -> Self {
        Self { octets: octets.into_boxed_slice() }
    }

    /// The octets as they came, from 68 to 16.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// The link layer.
    ///
    /// # Errors
    /// None in practice: what no deframer takes for a frame never becomes one of these.
    pub fn link(&self) -> Result<LinkFrame<'_>, WireError> {
        LinkFrame::from_bytes(&self.octets)
    }

    /// The control field, where the frame has one.
    #[must_use]
    pub fn control(&self) -> Option<CField> {
        match self.link() {
            Ok(LinkFrame::Long { control, .. } | LinkFrame::Short { control, .. }) => Some(control),
            _ => None,
        }
    }

    /// The link address, where the frame has one.
    #[must_use]
    pub fn address(&self) -> Option<AField> {
        match self.link() {
            Ok(LinkFrame::Long { address, .. } | LinkFrame::Short { address, .. }) => Some(address),
            _ => None,
        }
    }

    /// Does the meter say that more records follow in its next telegram (DIF 1F)?
    ///
    /// Not where the records are encrypted: then nobody can tell without the key.
    #[must_use]
    pub fn more_records_follow(&self) -> bool {
        self.records()
            .any(|item| matches!(item, RecordItem::Manufacturer { more_records_follow: true, .. }))
    }

    /// The records, where the telegram has some and they are not encrypted; else none.
    #[must_use]
    pub fn records(&self) -> Records<'_> {
        match self.tpl() {
            Some((rest, tpl)) if has_records(tpl.ci()) && !is_encrypted(&tpl) => Records::new(rest),
            _ => Records::new(&[]),
        }
    }

    /// The address of the meter, where a header says it.
    #[must_use]
    pub fn meter(&self) -> Option<MeterAddress> {
        self.tpl().and_then(|(_, tpl)| tpl.address())
    }

    /// The identification number of the meter, where a header or a fixed data structure says it.
    #[must_use]
    pub fn identification(&self) -> Option<Identification> {
        let (rest, tpl) = self.tpl()?;
        match (tpl.address(), tpl.ci()) {
            (Some(address), _) => Some(address.identification),
            (None, CiField::FIXED_DATA) => {
                rest.first_chunk().map(|octets| Identification(u32::from_le_bytes(*octets)))
            }
            (None, CiField::FIXED_DATA_MSB_FIRST) => {
                rest.first_chunk().map(|octets| Identification(u32::from_be_bytes(*octets)))
            }
            (None, _) => None,
        }
    }

    /// Are the user data the same, but for the access number?
    pub(super) fn is_like(&self, other: &Self) -> bool {
        let without = |frame: &Self| {
            let (rest, tpl) = frame.tpl()?;
            Some((rest.len(), tpl.ci(), tpl.address(), tpl.status(), tpl.config()))
        };
        let same_rest = match (self.tpl(), other.tpl()) {
            (Some((own, _)), Some((others, _))) => own == others,
            _ => false,
        };
        same_rest && without(self) == without(other)
    }

    /// The transport layer, and the octets behind its header.
    fn tpl(&self) -> Option<(&[u8], Tpl)> {
        Tpl::parse(self.user_data()).ok()
    }

    /// The octets from the CI field on, where there are any.
    #[must_use]
    pub fn user_data(&self) -> &[u8] {
        match self.link() {
            Ok(LinkFrame::Long { user_data, .. }) => user_data,
            _ => &[],
        }
    }
}

/// The octets in hex.
impl fmt::Debug for ReceivedFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReceivedFrame(")?;
        for octet in &self.octets {
            write!(f, "{octet:02X}")?;
        }
        f.write_str(")")
    }
}

const fn has_records(ci: CiField) -> bool {
    matches!(
        ci,
        CiField::VARIABLE_DATA
            | CiField::VARIABLE_DATA_SHORT
            | CiField::VARIABLE_DATA_LONG
            | CiField::VARIABLE_DATA_MSB_FIRST
    )
}

fn is_encrypted(tpl: &Tpl) -> bool {
    tpl.config().mode() != SecurityMode::NONE
}
