//! General block transfer, the meter's side: any message in pieces, several at once in a window.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use gurux_framing::Wire;

use crate::session::link::{Owned, Store};
use crate::wire::{BlockControl, GeneralBlockTransfer};

/// What of messages in general blocks came, and what goes.
#[derive(Clone, Debug)]
pub(super) struct General {
    incoming: Owned,
    /// The block that came last without a gap.
    received: u16,
    /// Blocks that this side takes without an answer.
    window: u8,
    /// Blocks that came since the last answer.
    since: u8,
    outgoing: Owned,
    piece_len: usize,
    is_sending: bool,
}

/// What became of a block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Heard {
    /// A message is whole; [`General::message`] has it.
    Whole,
    /// More of it is to come, or more of an answer went out.
    More,
    /// It belongs to nothing.
    Unexpected,
}

/// Tag, control, two numbers and a length of up to three octets.
const OVERHEAD: usize = 9;

impl General {
    pub(super) const fn new(max_message: usize, window: u8) -> Self {
        Self {
            incoming: Owned::new(max_message),
            received: 0,
            window,
            since: 0,
            outgoing: Owned::new(max_message),
            piece_len: 1,
            is_sending: false,
        }
    }

    /// What came, whole.
    pub(super) fn take(&mut self) -> Vec<u8> {
        let message = self.incoming.octets().to_vec();
        self.incoming.clear();
        message
    }

    /// A block came: what it acknowledges goes on, what it brings is kept. Blocks to be sent are added
    /// to `queue`.
    pub(super) fn hear(
        &mut self,
        block: &GeneralBlockTransfer<'_>,
        queue: &mut VecDeque<Vec<u8>>,
    ) -> Heard {
        if block.block_data.is_empty() && self.is_sending {
            let is_over = usize::from(block.block_number_ack) >= self.count();
            if is_over {
                self.is_sending = false;
                self.outgoing.clear();
                return Heard::More;
            }
            self.send(
                block.block_number_ack,
                block.block_number,
                block.block_control.window(),
                queue,
            );
            return Heard::More;
        }
        if block.block_data.is_empty() && !block.block_control.is_last() {
            return Heard::Unexpected;
        }
        if block.block_number == 1 && self.received != 0 {
            self.received = 0;
        }
        if self.received == 0 {
            self.incoming.clear();
            self.since = 0;
        }
        self.is_sending = false;
        let is_next = self.received.checked_add(1) == Some(block.block_number);
        if is_next && !self.incoming.append(block.block_data) {
            self.incoming.clear();
            self.received = 0;
            return Heard::Unexpected;
        }
        if is_next {
            self.received = block.block_number;
        } else if block.block_number > self.received.saturating_add(self.window.into()) {
            return Heard::Unexpected;
        }
        self.since = self.since.saturating_add(1);
        if is_next && block.block_control.is_last() {
            return Heard::Whole;
        }
        // The sender waits for word, after a window or where one was lost.
        if !block.block_control.is_streaming() || self.since >= self.window {
            self.since = 0;
            let word = GeneralBlockTransfer {
                block_control: BlockControl::new(self.window),
                block_number: 1,
                block_number_ack: self.received,
                block_data: &[],
            };
            queue.push_back(emitted(&word));
        }
        Heard::More
    }

    /// A message that is too long for one goes in blocks: the first of them now.
    pub(super) fn begin(
        &mut self,
        message: &[u8],
        max: usize,
        queue: &mut VecDeque<Vec<u8>>,
    ) -> bool {
        self.outgoing.clear();
        if !self.outgoing.append(message) {
            return false;
        }
        self.piece_len = max.saturating_sub(OVERHEAD).max(1);
        self.is_sending = true;
        self.send(0, self.received, 1, queue);
        self.received = 0;
        true
    }

    fn count(&self) -> usize {
        self.outgoing.octets().len().div_ceil(self.piece_len)
    }

    /// Sends a window of blocks behind the one that was received. What was lost of the window before is among
    /// them.
    fn send(&self, received: u16, acknowledged: u16, window: u8, queue: &mut VecDeque<Vec<u8>>) {
        let count = self.count();
        let end = usize::from(received).saturating_add(window.max(1).into()).min(count);
        let pieces = self.outgoing.octets().chunks(self.piece_len).enumerate();
        for (place, piece) in pieces.take(end).skip(received.into()) {
            let number = place.saturating_add(1);
            let mut control = BlockControl::new(self.window);
            if number == count {
                control = control.last();
            } else if number < end {
                control = control.streaming();
            }
            let block = GeneralBlockTransfer {
                block_control: control,
                block_number: u16::try_from(number).unwrap_or(u16::MAX),
                block_number_ack: acknowledged,
                block_data: piece,
            };
            queue.push_back(emitted(&block));
        }
    }
}

fn emitted(block: &GeneralBlockTransfer<'_>) -> Vec<u8> {
    let mut octets = Vec::with_capacity(block.wire_len());
    block.emit(&mut octets);
    octets
}

#[cfg(test)]
mod tests {
    use std::vec;

    use super::*;

    fn heard(general: &mut General, octets: &[u8]) -> (Heard, Vec<Vec<u8>>) {
        let block = GeneralBlockTransfer::from_bytes(octets).unwrap();
        let mut queue = VecDeque::new();
        (general.hear(&block, &mut queue), queue.into())
    }

    #[test]
    fn an_answer_goes_in_windows_and_what_was_lost_again() {
        let mut general = General::new(100, 1);
        let mut queue = VecDeque::new();
        // Pieces of two octets.
        assert!(general.begin(&[1, 2, 3, 4, 5, 6, 7], 11, &mut queue));
        assert_eq!(queue, [[0xE0, 0x01, 0, 1, 0, 0, 2, 1, 2]]);
        let (_, sent) = heard(&mut general, &[0xE0, 0x02, 0, 1, 0, 1, 0]);
        let third = [0xE0, 0x01, 0, 3, 0, 1, 2, 5, 6];
        assert_eq!(sent, [[0xE0, 0x41, 0, 2, 0, 1, 2, 3, 4], third]);
        // The third was lost.
        let (_, sent) = heard(&mut general, &[0xE0, 0x02, 0, 2, 0, 2, 0]);
        assert_eq!(sent[0], [0xE0, 0x41, 0, 3, 0, 2, 2, 5, 6]);
        assert_eq!(sent[1], [0xE0, 0x81, 0, 4, 0, 2, 1, 7]);
        let (end, sent) = heard(&mut general, &[0xE0, 0x82, 0, 3, 0, 4, 0]);
        assert_eq!((end, sent), (Heard::More, vec![]));
    }

    #[test]
    fn a_request_is_joined_and_gaps_are_told() {
        let mut general = General::new(100, 2);
        let (more, sent) = heard(&mut general, &[0xE0, 0x41, 0, 1, 0, 0, 1, 0xC0]);
        assert_eq!((more, sent), (Heard::More, vec![]), "streaming");
        let word = |received| vec![vec![0xE0, 0x02, 0, 1, 0, received, 0]];
        let (_, sent) = heard(&mut general, &[0xE0, 0x01, 0, 3, 0, 0, 1, 0xC2]);
        assert_eq!(sent, word(1), "2 is missing");
        let (_, sent) = heard(&mut general, &[0xE0, 0x01, 0, 2, 0, 0, 1, 0xC1]);
        assert_eq!(sent, word(2));
        let (whole, sent) = heard(&mut general, &[0xE0, 0x81, 0, 3, 0, 0, 1, 0xC2]);
        assert_eq!((whole, sent), (Heard::Whole, vec![]));
        assert_eq!(general.take(), [0xC0, 0xC1, 0xC2]);
    }

    #[test]
    fn what_belongs_to_nothing_or_is_too_long_is_refused() {
        let mut general = General::new(2, 1);
        assert_eq!(heard(&mut general, &[0xE0, 0x01, 0, 1, 0, 1, 0]).0, Heard::Unexpected);
        assert_eq!(heard(&mut general, &[0xE0, 0x01, 0, 9, 0, 0, 1, 7]).0, Heard::Unexpected);
        let long = [0xE0, 0x01, 0, 1, 0, 0, 3, 7, 7, 7];
        assert_eq!(heard(&mut general, &long).0, Heard::Unexpected);
    }
}
