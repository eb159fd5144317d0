//! [`SearchState`]: how far a search has come, to be kept and taken up again.

use alloc::vec::Vec;

use super::event::{FoundMeter, Progress};
use super::masks::{Digits, Node};
use crate::session::Target;
use crate::wire::{AField, Selection};

/// How far a search has come: a value that can be stored, and taken up again later.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct SearchState {
    /// The meters found so far, in the order in which they were found.
    pub found: Vec<FoundMeter>,
    /// Addresses and masks tried so far.
    pub probes: u32,
    /// Answers of the present pass that came only at the last attempt: the line loses some, and may have
    /// lost all of a meter's.
    pub lost: u32,
    /// How often all was tried before.
    pub passes: u8,
    pub(super) phase: Phase,
}

/// What is tried next.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) enum Phase {
    /// Nothing was tried yet.
    #[default]
    New,
    /// Primary addresses, from this one on.
    Primary(u8),
    /// The mask that everything begins with.
    Whole(Selection),
    /// Masks to which several answer, each inside the one before.
    Inside(Vec<Node>),
    /// All was tried.
    Over,
}

impl SearchState {
    /// Is there nothing left to try?
    #[must_use]
    pub const fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Over)
    }

    pub(super) fn progress(&self, last: AField, digits: Digits) -> Progress {
        let done = match &self.phase {
            Phase::New | Phase::Whole(_) => 0,
            Phase::Primary(next) => u64::from(*next) * WHOLE / u64::from(last.0).saturating_add(1),
            Phase::Over => WHOLE,
            Phase::Inside(nodes) => {
                let mut done = 0_u64;
                let mut part = WHOLE;
                for (depth, node) in (1..).zip(nodes) {
                    let width = u64::from(node.width(digits, &self.found)).max(1);
                    // The value that is told apart further is not done.
                    let under_way = u64::from(depth < nodes.len());
                    let tried = u64::from(node.next).saturating_sub(under_way).min(width);
                    done = done.saturating_add(part.saturating_mul(tried) / width);
                    part /= width;
                }
                done
            }
        };
        Progress {
            probes: self.probes,
            found: self.found.len(),
            permille: u16::try_from(done * 1_000 / WHOLE).unwrap_or(1_000),
        }
    }

    /// Is this a meter that was not found before?
    pub(super) fn is_new(&self, meter: &FoundMeter) -> bool {
        !self.found.iter().any(|known| match (known.target, meter.target) {
            (Target::Primary(known), Target::Primary(new)) => known == new,
            (Target::Secondary(old), Target::Secondary(new)) => {
                old == new
                    || (known.address.is_some()
                        && known.address == meter.address
                        && old.fabrication_number == new.fabrication_number)
            }
            _ => false,
        })
    }
}

/// All of the addresses, for fractions.
const WHOLE: u64 = 1 << 40;
