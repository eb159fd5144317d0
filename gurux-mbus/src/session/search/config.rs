//! [`SearchConfig`]: where a search looks, and how long.

use core::time::Duration;

use super::masks::Digits;
use crate::session::LinkConfig;
use crate::wire::{AField, Selection};

/// Where a [`Search`](super::Search) looks, and how long.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct SearchConfig {
    /// The times of the line, and how often one asks again. One resend by default: where nobody
    /// is, each costs a time-out.
    pub link: LinkConfig,
    /// The first and the last primary address to try, if any are.
    pub primary: Option<(AField, AField)>,
    /// The secondary addresses to try, if any are: all that this selection lets through.
    pub secondary: Option<Selection>,
    /// Which digits the numbers may have.
    pub digits: Digits,
    /// How many network resets (SND_NKE to 253) go before each selection. observed: meters that
    /// want none, one, or two; each costs a time-out.
    pub network_resets: u8,
    /// How often all is tried, at the most. All is tried again where an answer came only at the last
    /// attempt: a meter of which each answer to one question was lost is found the next time.
    pub passes: u8,
    /// How long the search may take; then it stops, to be taken up again.
    pub time_budget: Option<Duration>,
}

/// All primary addresses, and then all secondary ones.
impl Default for SearchConfig {
    fn default() -> Self {
        Self {
            link: LinkConfig { resends: 1, ..LinkConfig::default() },
            primary: Some((AField::UNCONFIGURED, AField::MAX_METER)),
            secondary: Some(Selection::ANY),
            digits: Digits::default(),
            network_resets: 0,
            passes: 3,
            time_budget: None,
        }
    }
}

impl SearchConfig {
    /// All primary addresses, 0 to 250.
    #[must_use]
    pub fn primary() -> Self {
        Self { secondary: None, ..Self::default() }
    }

    /// All secondary addresses.
    #[must_use]
    pub fn secondary() -> Self {
        Self { primary: None, ..Self::default() }
    }

    pub(super) fn last_primary(&self) -> AField {
        self.primary.map_or(AField::UNCONFIGURED, |(_, last)| last.min(AField::MAX_METER))
    }
}
