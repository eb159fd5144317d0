//! [`Echo`]: what was sent and comes back, where a converter does that.

use alloc::vec::Vec;

/// What was sent and has not come back.
#[derive(Clone, Debug, Default)]
pub(super) struct Echo {
    rest: Vec<u8>,
}

impl Echo {
    /// This was sent.
    pub(super) fn expect(&mut self, octets: &[u8]) {
        self.rest.clear();
        self.rest.extend_from_slice(octets);
    }

    /// Drops what comes back from the front of what came in.
    pub(super) fn strip<'o>(&mut self, octets: &'o [u8]) -> &'o [u8] {
        if self.rest.is_empty() {
            return octets;
        }
        let same = self.rest.iter().zip(octets).take_while(|(sent, found)| sent == found).count();
        self.rest.drain(..same);
        let others = octets.get(same..).unwrap_or_default();
        if !others.is_empty() {
            // The end of the echo, or none after all.
            self.rest.clear();
        }
        others
    }

    pub(super) fn clear(&mut self) {
        self.rest.clear();
    }
}
