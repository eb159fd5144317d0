//! [`ReceiverConfig`]: what a receiver does besides listening.

use core::time::Duration;

use gurux_framing::wireless::FrameFormat;

use crate::wire::MeterAddress;

/// What a [`Receiver`](super::Receiver) does besides listening.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct ReceiverConfig {
    /// The same telegram within this time is a repeater's or another receiver's, and is dropped.
    /// observed: repeated telegrams come within a second.
    pub repeat_window: Duration,
    /// Fragments of one message come no further apart than this.
    pub fragment_timeout: Duration,
    /// For how many formats of compact frames there is room.
    pub max_formats: usize,
    /// Who we are when we speak; `None`: we never do, and refuse orders.
    pub address: Option<MeterAddress>,
    /// Which meters that ask for it (SND_IR) are told that they were heard (CNF_IR).
    pub install: Install,
    /// What is to be sent to a meter is dropped when it was not fetched within this time: a meter
    /// listens for a moment only.
    pub answer_window: Duration,
    /// How long a meter's answer to an order may take.
    pub response_timeout: Duration,
    /// How often an order is sent again, when the meter listens the next time.
    pub resends: u8,
    /// Is a meter told by SND_NKE that there are no more orders, so that it may sleep?
    pub release: bool,
    /// How telegrams leave: with check sums, or without for a module that makes them.
    pub output: FrameFormat,
}

impl Default for ReceiverConfig {
    fn default() -> Self {
        Self {
            repeat_window: Duration::from_secs(2),
            fragment_timeout: Duration::from_secs(60),
            max_formats: 10_000,
            address: None,
            install: Install::None,
            answer_window: Duration::from_millis(100),
            response_timeout: Duration::from_secs(2),
            resends: 5,
            release: true,
            output: FrameFormat::NoCrc,
        }
    }
}

/// Which meters are confirmed when they ask to be installed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum Install {
    /// None.
    None,
    /// Those whose own key is known; keys for all meters do not count.
    WithKey,
    /// All.
    All,
}
