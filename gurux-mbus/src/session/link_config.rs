//! [`LinkConfig`]: the times of a wired line, and how often one asks again.

use core::time::Duration;

use gurux_framing::transaction::{BackOff, Policy};
use gurux_media::LineSettings;

use crate::wire::LinkFrame;

/// A meter answers within this many bit times and [`ANSWER_PAUSE`].
const ANSWER_BITS: u32 = 330;

/// What a meter may take beyond [`ANSWER_BITS`], at any speed.
const ANSWER_PAUSE: Duration = Duration::from_millis(50);

/// The longest frame whose length field does not wrap.
const MAX_FRAME_LEN: usize = LinkFrame::MAX_USER_DATA + 8;

/// The line rests for this many bit times between an answer and the next request.
const IDLE_BITS: u32 = 33;

/// The times of a wired line, and how often a [`Reader`](super::Reader) or a
/// [`Search`](super::Search) asks again.
///
/// The defaults are those of a level converter on a serial port; [`gateway`](Self::gateway) has
/// those of a converter behind a network.
///
/// ```
/// use core::time::Duration;
/// use gurux_mbus::session::LinkConfig;
///
/// let link = LinkConfig { extra_timeout: Duration::ZERO, ..LinkConfig::default() };
/// // 330 bit times at 2400 bit/s and 50 ms.
/// assert_eq!(link.response_timeout(), Duration::from_micros(187_500));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct LinkConfig {
    /// The speed and character of the meters' line, 2400 8E1 by default: every wait follows from
    /// it.
    pub line: LineSettings,
    /// Is the line at the far end of a network? Then its speed is not switched from here, and
    /// octets take no time on their way out.
    pub gateway: bool,
    /// What the answer may take beyond 330 bit times and 50 ms. observed: meters that take longer
    /// than they should, and gateways that need more than a second.
    pub extra_timeout: Duration,
    /// Octets of one answer come no further apart than this; after such a silence what came is
    /// judged as it is. Far longer than the standard allows, because converters hand octets on in
    /// pieces.
    pub octet_timeout: Duration,
    /// How often a request is sent again when no answer comes, or none that can be read.
    pub resends: u8,
    /// The rest of the line between an answer and the next request; `None`: 33 bit times.
    pub gap: Option<Duration>,
    /// How late an answer may be and still be told from that to the next request, where a request
    /// was sent more often than it was answered.
    pub late_answer: Duration,
    /// From the opening of the medium to the first request: a converter that is fed by the port,
    /// and the meters that are fed by the line, need it.
    pub pause_after_connect: Duration,
}

impl Default for LinkConfig {
    fn default() -> Self {
        Self {
            line: LineSettings::new(2400).even(),
            gateway: false,
            extra_timeout: Duration::from_millis(150),
            octet_timeout: Duration::from_millis(100),
            resends: 2,
            gap: None,
            late_answer: Duration::from_millis(250),
            pause_after_connect: Duration::ZERO,
        }
    }
}

impl LinkConfig {
    /// The times of a converter behind a network.
    #[must_use]
    pub fn gateway() -> Self {
        Self {
            gateway: true,
            extra_timeout: Duration::from_millis(1_200),
            octet_timeout: Duration::from_millis(300),
            ..Self::default()
        }
    }

    /// The wait for an answer, from the last octet of the request.
    #[must_use]
    pub fn response_timeout(&self) -> Duration {
        bits_time(&self.line, ANSWER_BITS).saturating_add(ANSWER_PAUSE + self.extra_timeout)
    }

    /// The rest of the line between an answer and the next request.
    #[must_use]
    pub fn idle_time(&self) -> Duration {
        self.gap.unwrap_or_else(|| bits_time(&self.line, IDLE_BITS))
    }

    /// The time that octets of ours take on their way out.
    pub(super) fn on_line(&self, octets: usize) -> Duration {
        if self.gateway { Duration::ZERO } else { self.line.octets_time(octets) }
    }

    /// The times and counts for the resend machine.
    pub(super) fn policy(&self, late_answer: Duration) -> Policy {
        Policy {
            window: 1,
            response_timeout: self.response_timeout(),
            octet_timeout: self.octet_timeout,
            // On a slow line the longest frame is on its way for seconds; a gateway may hold
            // ours back for as long as it takes on the line.
            reply_limit: self
                .line
                .octets_time(2 * MAX_FRAME_LEN)
                .saturating_add(self.response_timeout()),
            back_off: BackOff::Constant,
            patience: 0,
            gap: self.idle_time(),
            turnaround: self.response_timeout(),
            pause_after_connect: self.pause_after_connect,
            stale_lifetime: late_answer,
        }
    }
}

/// The time of `bits` bits, rounded up to a microsecond.
pub(super) fn bits_time(line: &LineSettings, bits: u32) -> Duration {
    let baud = u64::from(line.baud.max(1));
    Duration::from_micros((u64::from(bits) * 1_000_000).div_ceil(baud))
}
