//! [`Instant`]: a moment in microseconds, handed in by whoever owns the clock.

use core::fmt;
use core::ops::{Add, AddAssign, Sub};
use core::time::Duration;

/// A moment, in microseconds since an arbitrary start.
///
/// Nothing in the stack asks the machine for the time; every step is told what time it is. So a
/// test runs a day of time-outs in milliseconds, and a recording replays as it happened. The
/// microsecond is needed: Modbus RTU ends a frame after 1750 µs of silence.
///
/// The arithmetic saturates. 64 bits hold 584,000 years, so only a wrong caller notices.
///
/// ```
/// use core::time::Duration;
/// use gurux_media::Instant;
///
/// let start = Instant::from_micros(1_000);
/// assert_eq!(start + Duration::from_millis(2), Instant::from_micros(3_000));
/// assert_eq!(start - Instant::from_micros(400), Duration::from_micros(600));
/// assert_eq!(Instant::from_micros(400) - start, Duration::ZERO);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct Instant {
    micros: u64,
}

impl Instant {
    /// The arbitrary start.
    pub const ZERO: Self = Self { micros: 0 };
    /// A moment that never comes.
    pub const FAR_FUTURE: Self = Self { micros: u64::MAX };

    /// The moment `micros` microseconds after the start.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Self {
        Self { micros }
    }

    /// The moment `millis` milliseconds after the start.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self { micros: millis.saturating_mul(1_000) }
    }

    /// Microseconds since the start.
    #[must_use]
    pub const fn as_micros(self) -> u64 {
        self.micros
    }

    /// The time from `earlier` to here; zero if `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.micros.saturating_sub(earlier.micros))
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    fn add(self, span: Duration) -> Self {
        let seconds = span.as_secs().saturating_mul(1_000_000);
        let micros = seconds.saturating_add(span.subsec_micros().into());
        Self { micros: self.micros.saturating_add(micros) }
    }
}

impl AddAssign<Duration> for Instant {
    fn add_assign(&mut self, span: Duration) {
        *self = *self + span;
    }
}

impl Sub for Instant {
    type Output = Duration;

    fn sub(self, earlier: Self) -> Duration {
        self.since(earlier)
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Seconds with six decimals: `12.001750`.
impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:06}", self.micros / 1_000_000, self.micros % 1_000_000)
    }
}
