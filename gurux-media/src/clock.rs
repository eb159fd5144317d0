//! The machine's monotonic clock as an [`Instant`].

use std::sync::OnceLock;
use std::time;

use crate::Instant;

/// The start of this process' time line: the first use of the clock.
static START: OnceLock<time::Instant> = OnceLock::new();

/// The present moment on the machine's monotonic clock.
///
/// One time line for the whole process: moments that two media of real hardware give can be
/// compared. Setting the machine's wall clock does not move it.
#[must_use]
pub fn now() -> Instant {
    at(time::Instant::now())
}

/// A moment of `std` on the same time line.
pub(crate) fn at(moment: time::Instant) -> Instant {
    // A millisecond in front: no present moment is ever equal to `Instant::ZERO`, which callers
    // use as a deadline that has passed.
    let start = START.get_or_init(|| moment);
    Instant::from_millis(1) + moment.saturating_duration_since(*start)
}

/// The same moment on the time line of `std`; `None` if it is too far away for it.
#[cfg(feature = "tokio")]
pub(crate) fn to_std(moment: Instant) -> Option<time::Instant> {
    let start = START.get_or_init(time::Instant::now);
    start
        .checked_add(moment.since(Instant::from_millis(1)))
        .filter(|_| moment < Instant::FAR_FUTURE)
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::*;

    #[test]
    fn the_clock_moves_with_time_and_only_forward() {
        let before = now();
        std::thread::sleep(Duration::from_millis(3));
        let after = now();
        assert!(after - before >= Duration::from_millis(3));
        assert!(before > Instant::ZERO);
    }
}
