//! [`Silence`]: the pauses of a serial line.

use core::time::Duration;

use gurux_media::LineSettings;

/// The two silences of RTU (MODBUS over Serial Line V1.02, 2.5.1.1).
///
/// ```
/// use core::time::Duration;
/// use gurux_framing::rtu::Silence;
/// use gurux_media::LineSettings;
///
/// let slow = Silence::of(&LineSettings::new(9600).even());
/// assert_eq!(slow.between_frames, Duration::from_micros(4011)); // 3.5 characters of 11 bits
/// let fast = Silence::of(&LineSettings::new(115_200));
/// assert_eq!(fast.between_frames, Duration::from_micros(1750));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Silence {
    /// T1.5: a longer silence inside a frame makes it suspect. A hint only: no adapter keeps it.
    pub within_frame: Duration,
    /// T3.5: the least silence between two frames.
    pub between_frames: Duration,
}

/// Above this speed both silences are fixed.
const FIXED_ABOVE_BAUD: u32 = 19_200;

impl Silence {
    /// The silences of a line: 1.5 and 3.5 characters, and 750 and 1750 µs above 19200 bit/s.
    #[must_use]
    pub const fn of(line: &LineSettings) -> Self {
        if line.baud > FIXED_ABOVE_BAUD {
            return Self {
                within_frame: Duration::from_micros(750),
                between_frames: Duration::from_micros(1750),
            };
        }
        Self {
            within_frame: halved(line.octets_time(3)),
            between_frames: halved(line.octets_time(7)),
        }
    }

    /// The same silences, none shorter than `floor`: what an adapter, or the scheduler behind it,
    /// may tear open inside a frame (16 ms for many USB adapters).
    #[must_use]
    pub fn at_least(self, floor: Duration) -> Self {
        Self {
            within_frame: self.within_frame.max(floor),
            between_frames: self.between_frames.max(floor),
        }
    }
}

/// Half of it, rounded up to a microsecond.
const fn halved(time: Duration) -> Duration {
    Duration::from_micros((time.as_micros() as u64).div_ceil(2))
}
