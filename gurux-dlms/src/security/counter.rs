//! Invocation counters: one's own, which never comes twice, and others', which must be new.

/// Where a counter outlives the power supply: a file, a register, a database.
pub trait CounterStore {
    /// Why it could not be kept.
    type Error;

    /// Keeps `limit`: after a restart, counting begins there. When it returns, it is kept.
    ///
    /// # Errors
    /// The store's own; then no counter is given out.
    fn keep(&mut self, limit: u32) -> Result<(), Self::Error>;
}

/// Nothing is kept: for keys that end with the program, such as dedicated ones.
impl CounterStore for () {
    type Error = core::convert::Infallible;

    fn keep(&mut self, _: u32) -> Result<(), Self::Error> {
        Ok(())
    }
}

/// A function that keeps it.
impl<E, F: FnMut(u32) -> Result<(), E>> CounterStore for F {
    type Error = E;

    fn keep(&mut self, limit: u32) -> Result<(), E> {
        self(limit)
    }
}

/// The counter of one's own messages under one key. Two messages under one counter would give both
/// away: it never goes back, and ends before it would begin anew.
///
/// It is kept ahead of time: each time the kept limit is reached, a limit `step` further on is kept
/// first. After a restart up to `step` counters are left out, and none comes twice.
///
/// ```
/// use gurux_dlms::security::{CounterError, OwnCounter};
///
/// let mut kept = 100;
/// let mut counter = OwnCounter::new(kept, 50, |limit| { kept = limit; Ok::<(), ()>(()) });
/// assert_eq!(counter.take(), Ok(100));
/// assert_eq!(counter.take(), Ok(101));
/// // The power fails. What was kept is ahead of all that was used.
/// let mut counter = OwnCounter::new(kept, 50, ());
/// assert_eq!(counter.take(), Ok(150));
/// // A meter that says which counter it expects is believed, if that is higher.
/// counter.raise_to(1000);
/// counter.raise_to(7);
/// assert_eq!(counter.take(), Ok(1000));
/// # Ok::<(), CounterError<()>>(())
/// ```
#[derive(Clone, Debug)]
pub struct OwnCounter<S> {
    /// The next to be given out. One more than there are counters when all are used.
    next: u64,
    /// All below are kept as used.
    limit: u64,
    step: u32,
    store: S,
}

/// One more than the highest counter.
const END: u64 = 1 << 32;

/// Why no counter is given out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CounterError<E> {
    /// All are used: the key must be changed.
    #[error("the invocation counter has come to its end, a new key is due")]
    Exhausted,
    /// The store did not keep it.
    #[error("the invocation counter could not be kept")]
    Store(E),
}

impl<S: CounterStore> OwnCounter<S> {
    /// A counter that goes on at `kept`, the limit that the store kept last, and keeps its limits
    /// `step` apart, or one apart if that is 0.
    pub const fn new(kept: u32, step: u32, store: S) -> Self {
        Self { next: kept as u64, limit: kept as u64, step, store }
    }

    /// A counter that no message had yet.
    ///
    /// # Errors
    /// [`CounterError`]: then no message may be sent.
    pub fn take(&mut self) -> Result<u32, CounterError<S::Error>> {
        let counter = u32::try_from(self.next).map_err(|_| CounterError::Exhausted)?;
        if self.next >= self.limit {
            let limit = self.next.saturating_add(self.step.max(1).into());
            // The highest is kept as used before it is: there is none behind it that a limit could name.
            let kept = u32::try_from(limit).unwrap_or(u32::MAX);
            self.store.keep(kept).map_err(CounterError::Store)?;
            self.limit = limit.min(END);
        }
        self.next = self.next.saturating_add(1);
        Ok(counter)
    }

    /// Leaves out all counters below this one. A lower one changes nothing.
    pub fn raise_to(&mut self, counter: u32) {
        self.next = self.next.max(counter.into());
    }

    /// The next counter, if there is one.
    #[must_use]
    pub fn peek(&self) -> Option<u32> {
        u32::try_from(self.next).ok()
    }
}

/// Which counters of one sender under one key were there already.
///
/// Messages may overtake each other on the way: those up to `width` behind the highest are taken once,
/// older ones never. With width 0 each must be higher than all before it.
///
/// Ask after the tag was found to fit: a forged message must not move it. A dedicated key has a window
/// of its own.
///
/// ```
/// use gurux_dlms::security::{Replay, ReplayWindow};
///
/// let mut window = ReplayWindow::new(100, 64);
/// assert_eq!(window.accept(99), Err(Replay::TooOld { least: 100 }));
/// assert_eq!(window.accept(110), Ok(()));
/// assert_eq!(window.accept(105), Ok(()));
/// assert_eq!(window.accept(105), Err(Replay::Repeated));
/// assert_eq!(window.floor(), 111);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ReplayWindow {
    /// No counter below was ever accepted.
    first: u64,
    /// One more than the highest that was there; all from here on are new.
    next: u64,
    /// Bit n: `next - 1 - n` was there, or lies below the first.
    seen: u64,
    width: u8,
}

/// Why a counter is not accepted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Replay {
    /// It was there.
    #[error("the invocation counter was there already")]
    Repeated,
    /// It is lower than can be told.
    #[error("the invocation counter is too old, the least is {least}")]
    TooOld {
        /// The least that may still be accepted.
        least: u32,
    },
}

impl ReplayWindow {
    /// A window that accepts no counter below `floor`, and at most 64 of width.
    #[must_use]
    pub const fn new(floor: u32, width: u8) -> Self {
        let first = floor as u64;
        Self { first, next: first, seen: u64::MAX, width: if width > 64 { 64 } else { width } }
    }

    /// Takes a counter, once.
    ///
    /// # Errors
    /// [`Replay`] if it is not new. Then nothing has changed.
    pub fn accept(&mut self, counter: u32) -> Result<(), Replay> {
        let counter = u64::from(counter);
        if let Some(ahead) = counter.checked_sub(self.next) {
            let moved = u32::try_from(ahead.saturating_add(1)).unwrap_or(u32::MAX);
            // The bit of the counter itself is the lowest.
            self.seen = self.seen.checked_shl(moved).unwrap_or(0) | 1;
            self.next = counter.saturating_add(1);
            return Ok(());
        }
        let behind = self.next.saturating_sub(counter).saturating_sub(1);
        if counter < self.first || behind >= self.width.into() {
            return Err(Replay::TooOld { least: self.least() });
        }
        let bit = 1_u64.checked_shl(behind as u32).unwrap_or(0);
        if self.seen & bit != 0 {
            return Err(Replay::Repeated);
        }
        self.seen |= bit;
        Ok(())
    }

    /// What to keep: a window that begins here accepts nothing that this one has.
    #[must_use]
    pub fn floor(&self) -> u32 {
        u32::try_from(self.next).unwrap_or(u32::MAX)
    }

    /// The least counter that may still be accepted.
    fn least(&self) -> u32 {
        let open = self.next.saturating_sub(u64::from(self.width));
        let first = (0..u64::from(self.width))
            .rev()
            .find(|&behind| self.seen.checked_shr(behind as u32).unwrap_or(0) & 1 == 0)
            .map(|behind| self.next.saturating_sub(behind).saturating_sub(1));
        u32::try_from(first.unwrap_or(self.next).max(open)).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_counter_ends_and_never_begins_anew() {
        let mut kept = Vec::new();
        let mut counter = OwnCounter::new(u32::MAX - 2, 2, |limit| {
            kept.push(limit);
            Ok::<(), ()>(())
        });
        let given: Vec<_> = (0..5).map(|_| counter.take()).collect();
        let end = Err(CounterError::Exhausted);
        assert_eq!(given, [Ok(u32::MAX - 2), Ok(u32::MAX - 1), Ok(u32::MAX), end, end]);
        assert_eq!(counter.peek(), None);
        assert_eq!(kept, [u32::MAX, u32::MAX]);
    }

    #[test]
    fn what_cannot_be_kept_is_not_given_out() {
        let works = core::cell::Cell::new(false);
        let store = |_| if works.get() { Ok(()) } else { Err("full") };
        let mut counter = OwnCounter::new(5, 10, store);
        assert_eq!(counter.take(), Err(CounterError::Store("full")));
        assert_eq!(counter.peek(), Some(5));
        works.set(true);
        assert_eq!(counter.take(), Ok(5));
    }

    proptest! {
        #[test]
        fn no_counter_comes_twice_whenever_the_power_fails(
            runs in prop::collection::vec((0..40_u32, prop::option::of(0..500_u32)), 1..20),
            step in 0..20_u32,
        ) {
            let mut kept = 0;
            let mut used = BTreeSet::new();
            for (takes, raise) in runs {
                let mut counter = OwnCounter::new(kept, step, |limit| {
                    kept = limit;
                    Ok::<(), ()>(())
                });
                if let Some(raise) = raise {
                    counter.raise_to(raise);
                }
                for _ in 0..takes {
                    let taken = counter.take().unwrap();
                    prop_assert!(used.insert(taken), "{taken} came twice");
                    prop_assert!(used.last() == Some(&taken), "{taken} went back");
                }
            }
        }

        #[test]
        fn a_window_is_a_set_of_all_that_was_there(
            counters in prop::collection::vec(0..200_u32, 0..200),
            floor in 0..100_u32,
            width in 0..70_u8,
        ) {
            let mut window = ReplayWindow::new(floor, width);
            let mut seen = BTreeSet::new();
            for counter in counters {
                let highest = seen.last().copied().unwrap_or(floor.saturating_sub(1));
                let open = (highest + 1).saturating_sub(u32::from(width.min(64))).max(floor);
                let is_new = counter >= floor
                    && (counter > highest || seen.is_empty() || counter >= open)
                    && !seen.contains(&counter);
                let result = window.accept(counter);
                prop_assert_eq!(result.is_ok(), is_new, "{} {:?}", counter, result);
                let is_repeated = result == Err(Replay::Repeated);
                prop_assert_eq!(is_repeated, seen.contains(&counter) && counter >= open);
                if let Err(Replay::TooOld { least }) = result {
                    prop_assert!(counter < least && !seen.contains(&least));
                    prop_assert!(window.clone().accept(least).is_ok());
                }
                if is_new {
                    seen.insert(counter);
                }
                let mut later = ReplayWindow::new(window.floor(), width);
                prop_assert!(seen.iter().all(|&counter| later.accept(counter).is_err()));
            }
        }
    }

    #[test]
    fn the_highest_counter_is_accepted_once() {
        let mut window = ReplayWindow::new(0, 64);
        assert_eq!(window.accept(u32::MAX), Ok(()));
        assert_eq!(window.accept(u32::MAX), Err(Replay::Repeated));
        assert_eq!(window.accept(u32::MAX - 63), Ok(()));
        let least = u32::MAX - 62;
        assert_eq!(window.accept(u32::MAX - 64), Err(Replay::TooOld { least }));
    }
}
