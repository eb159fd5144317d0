//! [`ReaderConfig`]: how a reader talks, and what it puts up with.

use crate::session::LinkConfig;

/// How a [`Reader`](super::Reader) talks, and what it puts up with.
///
/// ```
/// use gurux_mbus::session::{LinkConfig, ReaderConfig};
///
/// let config = ReaderConfig { link: LinkConfig::gateway(), ..ReaderConfig::default() };
/// assert_eq!(config.max_telegrams, 64);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct ReaderConfig {
    /// The times of the line, and how often one asks again.
    pub link: LinkConfig,
    /// When a meter is reset (SND_NKE) before it is asked.
    pub initialise: Initialise,
    /// How many network resets (SND_NKE to 253) go before the first attempt to select a meter.
    /// Each further attempt is preceded by one more, up to two. observed: meters that want none,
    /// one, or two.
    pub network_resets: u8,
    /// How many telegrams one reading may have.
    pub max_telegrams: u16,
    /// Take the answer of any meter for that of the one which was asked by its primary address?
    /// Only for a line with one meter.
    pub any_address: bool,
    /// How many requests may wait.
    pub queue: u16,
}

impl Default for ReaderConfig {
    fn default() -> Self {
        Self {
            link: LinkConfig::default(),
            initialise: Initialise::default(),
            network_resets: 0,
            max_telegrams: 64,
            any_address: false,
            queue: 64,
        }
    }
}

/// When a meter is reset (SND_NKE) before it is asked by its primary address.
///
/// A meter that does not answer the reset is asked all the same. A meter asked by its secondary
/// address is selected, which is a reset too.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Initialise {
    /// Each time.
    Always,
    /// Where it is not certain what the meter says next: the first time, after a request that
    /// failed, after a reading of several telegrams, and for data that follow a reading (there are
    /// meters that keep one frame count bit for all requests, and meters that keep one for each
    /// kind; a reset makes them agree).
    #[default]
    WhenNeeded,
    /// Never.
    Never,
}
