//! [`Numbers`]: the sequence numbers of one side.

/// The state variables of a station (ISO/IEC 13239, modulo 8), counted so that what is in flight is
/// plain: V(A) is `acked`, V(S) `acked + next`, V(R) `expected`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Numbers {
    /// The number of the oldest frame that is not acknowledged.
    acked: u8,
    /// So many frames from there on were sent since we last went back.
    next: u8,
    /// So many were sent at all.
    sent: u8,
    /// The number of the frame that the other side is to send next.
    expected: u8,
}

impl Numbers {
    /// V(R): what goes out as N(R).
    pub(super) const fn expected(&self) -> u8 {
        self.expected
    }

    /// V(S): the number of the frame that goes out next.
    pub(super) const fn send_seq(&self) -> u8 {
        self.acked.wrapping_add(self.next) & 7
    }

    /// How many frames behind the last acknowledged one the next to be sent lies.
    pub(super) const fn next(&self) -> u8 {
        self.next
    }

    /// Is nothing in flight?
    pub(super) const fn is_settled(&self) -> bool {
        self.sent == 0
    }

    /// Was the next frame sent before?
    pub(super) const fn is_again(&self) -> bool {
        self.next < self.sent
    }

    /// A frame went out.
    pub(super) fn advance(&mut self) {
        self.next = self.next.saturating_add(1).min(7);
        self.sent = self.sent.max(self.next);
    }

    /// All that is not acknowledged goes out again.
    pub(super) const fn go_back(&mut self) {
        self.next = 0;
    }

    /// What is in flight is given up.
    pub(super) const fn settle(&mut self) {
        self.next = 0;
        self.sent = 0;
    }

    /// N(R) came: how many frames it acknowledges; `None` if it speaks of what was never sent.
    pub(super) const fn acknowledge(&mut self, recv_seq: u8) -> Option<u8> {
        let count = recv_seq.wrapping_sub(self.acked) & 7;
        if count > self.sent {
            return None;
        }
        self.acked = recv_seq & 7;
        self.sent = self.sent.wrapping_sub(count);
        self.next = self.next.saturating_sub(count);
        Some(count)
    }

    /// How far a frame lies ahead of the one that is expected, 0 to 7.
    pub(super) const fn ahead(&self, send_seq: u8) -> u8 {
        send_seq.wrapping_sub(self.expected) & 7
    }

    /// The expected frame came.
    pub(super) const fn accept(&mut self) {
        self.expected = self.expected.wrapping_add(1) & 7;
    }
}

#[cfg(test)]
mod tests {
    use super::Numbers;

    #[test]
    fn numbers_go_round() {
        let mut numbers = Numbers::default();
        for round in 0..20_u8 {
            assert_eq!(numbers.send_seq(), round & 7);
            numbers.advance();
            assert_eq!(numbers.acknowledge(round.wrapping_add(1) & 7), Some(1));
            numbers.accept();
            assert_eq!(numbers.expected(), round.wrapping_add(1) & 7);
        }
        assert!(numbers.is_settled());
    }

    #[test]
    fn a_window_is_acknowledged_in_part_and_the_rest_goes_again() {
        let mut numbers = Numbers::default();
        for _ in 0..7 {
            numbers.advance();
        }
        assert_eq!((numbers.send_seq(), numbers.acknowledge(0)), (7, Some(0)));
        assert_eq!(numbers.acknowledge(3), Some(3));
        numbers.go_back();
        assert_eq!((numbers.send_seq(), numbers.is_again()), (3, true));
        // What went out before we went back may yet be acknowledged.
        assert_eq!(numbers.acknowledge(6), Some(3));
        assert_eq!(numbers.send_seq(), 6);
        assert_eq!(numbers.acknowledge(0), None);
        assert_eq!(numbers.acknowledge(5), None);
        assert_eq!(numbers.acknowledge(7), Some(1));
    }
}
