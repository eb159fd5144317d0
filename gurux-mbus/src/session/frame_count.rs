//! [`FrameCounts`]: the frame count bit of each address.

use alloc::vec::Vec;

/// What was last said to a meter under an address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Last {
    /// A link reset, or a selection.
    Reset,
    /// Data were sent to it.
    Sent,
    /// Its one telegram was read, or all of them.
    Read,
}

/// The frame count bits, as a reader keeps them.
///
/// The bit of the next request with data is set after a link reset, and toggles with each request
/// that was answered. A request that is sent again because its answer was lost keeps its bit, so
/// that the meter repeats its telegram instead of going on. (ABB A43/A44 user manual, 10.2.1.)
///
/// An address that nothing is known of is not in here: its meter is to be reset first.
#[derive(Clone, Debug, Default)]
pub(super) struct FrameCounts {
    known: Vec<Known>,
}

#[derive(Clone, Copy, Debug)]
struct Known {
    address: u8,
    next: bool,
    last: Last,
}

impl FrameCounts {
    /// The bit of the next request.
    pub(super) fn next(&self, address: u8) -> bool {
        self.find(address).is_none_or(|known| known.next)
    }

    /// What was last said under this address, if that is known.
    pub(super) fn last(&self, address: u8) -> Option<Last> {
        self.find(address).map(|known| known.last)
    }

    /// The meter was reset, or selected.
    pub(super) fn reset(&mut self, address: u8) {
        self.set(Known { address, next: true, last: Last::Reset });
    }

    /// A request was answered.
    pub(super) fn answered(&mut self, address: u8, last: Last) {
        let next = !self.next(address);
        self.set(Known { address, next, last });
    }

    /// Nothing is known of this address any more.
    pub(super) fn forget(&mut self, address: u8) {
        self.known.retain(|known| known.address != address);
    }

    /// Nothing is known any more.
    pub(super) fn clear(&mut self) {
        self.known.clear();
    }

    fn find(&self, address: u8) -> Option<&Known> {
        self.known.iter().find(|known| known.address == address)
    }

    fn set(&mut self, new: Known) {
        match self.known.iter_mut().find(|known| known.address == new.address) {
            Some(known) => *known = new,
            // At most one for each of the 256 addresses.
            None => self.known.push(new),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bit_is_set_after_a_reset_and_toggles_with_each_answer() {
        let mut counts = FrameCounts::default();
        assert_eq!(counts.last(5), None);
        counts.reset(5);
        assert!(counts.next(5));
        counts.answered(5, Last::Read);
        assert!(!counts.next(5));
        // Another address has a bit of its own.
        counts.reset(6);
        assert!(counts.next(6));
        counts.answered(5, Last::Sent);
        assert_eq!((counts.next(5), counts.last(5)), (true, Some(Last::Sent)));
        counts.answered(5, Last::Sent);
        counts.reset(5);
        assert_eq!((counts.next(5), counts.last(5)), (true, Some(Last::Reset)));
        counts.forget(5);
        assert_eq!((counts.last(5), counts.last(6)), (None, Some(Last::Reset)));
    }
}
