//! GENERAL-BLOCK-TRANSFER: any message in pieces, either way.
//!
//! What goes out is sent block by block, each acknowledged. What comes may stream: as many blocks as the
//! window that the client gives, then word of how far they came; what is missing is sent again.

use core::ops::Range;

use gurux_framing::Wire;

use super::answer::general_block;
use super::event::Failure;
use super::{Awaits, Client, MAX_REPEATS};
use crate::security::{CounterStore, Provider};
use crate::session::link::{Answer, Store, StoreSink};
use crate::wire::{BlockControl, GeneralBlockTransfer};

/// A message that goes out in blocks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Outgoing {
    /// The message is the protected one.
    is_sealed: bool,
    /// Octets that went.
    sent: usize,
    /// The last block that went.
    number: u16,
    is_last: bool,
}

/// A message that comes in blocks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Incoming {
    /// The last block that came without a gap.
    number: u16,
    /// The last word that went out about it.
    told: u16,
    attempts: u8,
}

/// Octets around a piece.
const AROUND: usize = 11;

impl<S: Store, P: Provider, C: CounterStore> Client<S, P, C> {
    /// Begins to send the message in blocks.
    pub(super) fn begin_general(&mut self, is_sealed: bool) -> Result<(), Failure> {
        self.outgoing = Some(Outgoing { is_sealed, sent: 0, number: 0, is_last: false });
        self.next_general(0)
    }

    fn next_general(&mut self, acknowledged: u16) -> Result<(), Failure> {
        let Some(mut outgoing) = self.outgoing else { return Ok(()) };
        let max = self.agreed.and_then(|agreed| agreed.max_send).map_or(usize::MAX, usize::from);
        let room = max.saturating_sub(AROUND).max(1);
        let super::Stores { clear, sealed, joined, .. } = &mut self.stores;
        let message = if outgoing.is_sealed { sealed.octets() } else { clear.octets() };
        let rest = message.get(outgoing.sent..).unwrap_or_default();
        let (piece, behind) = rest.split_at_checked(room).unwrap_or((rest, &[]));
        outgoing.sent = outgoing.sent.saturating_add(piece.len());
        outgoing.number = outgoing.number.saturating_add(1);
        outgoing.is_last = behind.is_empty();
        let control = BlockControl::new(self.config.block_window.clamp(1, 63));
        let block = GeneralBlockTransfer {
            block_control: if outgoing.is_last { control.last() } else { control },
            block_number: outgoing.number,
            block_number_ack: acknowledged,
            block_data: piece,
        };
        joined.clear();
        let octets = block.wire_len();
        let mut sink = StoreSink::new(joined);
        block.emit(&mut sink);
        if !sink.is_whole() {
            return Err(Failure::TooLong { octets });
        }
        self.outgoing = Some(outgoing);
        self.drop_message();
        self.carrier.send(self.stores.joined.octets(), Answer::Expected)?;
        self.stores.joined.clear();
        self.is_due = true;
        Ok(())
    }

    /// A block came, or word of one of ours.
    pub(super) fn hear_general(&mut self, range: Range<usize>) -> Result<(), Failure> {
        let start = range.start;
        let message = self.carrier.message().unwrap_or_default();
        let apdu = message.get(range).unwrap_or_default();
        let (block, piece) = general_block(apdu)?;
        let (control, number) = (block.block_control, block.block_number);
        let acknowledged = block.block_number_ack;
        if self.awaits == Awaits::Nothing {
            self.drop_message();
            return Ok(());
        }
        if let Some(outgoing) = self.outgoing {
            if !outgoing.is_last {
                if acknowledged < outgoing.number {
                    // Word of one before, once more, or of none yet.
                    self.repeats = self.repeats.saturating_add(1);
                }
                if acknowledged > outgoing.number || self.repeats > MAX_REPEATS {
                    let expected = outgoing.number.into();
                    return Err(Failure::Block { expected, found: acknowledged.into() });
                }
                if acknowledged < outgoing.number {
                    self.drop_message();
                    self.carrier.await_more(self.now);
                    return Ok(());
                }
                self.repeats = 0;
                return self.next_general(number);
            }
            if piece.is_empty() && !control.is_last() {
                // Only word that the last one came; the answer follows.
                self.drop_message();
                self.carrier.await_more(self.now);
                return Ok(());
            }
        }
        let mut incoming = self.incoming.unwrap_or(Incoming { number: 0, told: 0, attempts: 0 });
        if incoming.number == 0 {
            self.stores.joined.clear();
        }
        let is_next = number == incoming.number.wrapping_add(1);
        if is_next {
            incoming.number = number;
            incoming.attempts = 0;
            let message = self.carrier.message().unwrap_or_default();
            let piece = message.get(start..).and_then(|apdu| apdu.get(piece)).unwrap_or_default();
            if !self.stores.joined.append(piece) {
                let octets = self.stores.joined.octets().len().saturating_add(piece.len());
                return Err(Failure::TooLong { octets });
            }
        }
        self.incoming = Some(incoming);
        if is_next && control.is_last() {
            self.incoming = None;
            self.outgoing = None;
            self.drop_message();
            return self.hear_joined();
        }
        self.drop_message();
        if control.is_streaming() {
            self.carrier.await_more(self.now);
            self.is_due = true;
            return Ok(());
        }
        self.acknowledge_general(incoming)
    }

    /// Says how far the blocks came, and that more may come.
    fn acknowledge_general(&mut self, mut incoming: Incoming) -> Result<(), Failure> {
        let number = match &mut self.outgoing {
            Some(outgoing) => {
                outgoing.number = outgoing.number.saturating_add(1);
                outgoing.number
            }
            None => {
                let sent = Outgoing { is_sealed: false, sent: 0, number: 2, is_last: true };
                self.outgoing = Some(sent);
                2
            }
        };
        incoming.told = incoming.number;
        self.incoming = Some(incoming);
        let block = GeneralBlockTransfer {
            block_control: BlockControl::new(self.config.block_window.clamp(1, 63)).last(),
            block_number: number,
            block_number_ack: incoming.number,
            block_data: &[],
        };
        let mut room = [0; 8];
        let len = block.emit_to_slice(&mut room)?;
        self.carrier.send(room.get(..len).unwrap_or_default(), Answer::Expected)?;
        self.is_due = true;
        Ok(())
    }

    /// No block came for too long: what is missing is asked for again.
    pub(super) fn ask_general_again(&mut self) -> Result<(), Failure> {
        let Some(mut incoming) = self.incoming else { return Ok(()) };
        if incoming.attempts >= self.config.resends {
            return Err(Failure::TimedOut);
        }
        incoming.attempts = incoming.attempts.saturating_add(1);
        self.acknowledge_general(incoming)
    }
}
