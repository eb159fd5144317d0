//! [`Phrases`]: the messages of a sign-on, out of octets.

use alloc::vec::Vec;

use gurux_framing::rule::{FrameRule, RuleDeframer};
use gurux_framing::{Deframe, Step};

use super::Identification;

/// A message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Phrase {
    /// Who is there? With an address, or none: zeros behind it.
    Request([u8; 32]),
    /// A meter says who it is.
    Identification(Identification),
    /// Protocol, speed and mode.
    Select([u8; 3]),
    /// Say it again.
    Repeat,
    /// So many octets are no message.
    Dropped(usize),
}

/// Octets that came and are not yet decided on.
#[derive(Clone, Debug)]
pub(super) struct Phrases {
    deframer: RuleDeframer<&'static [FrameRule]>,
    held: Vec<u8>,
}

/// Two of the longest messages.
const MAX_HELD: usize = 160;

impl Phrases {
    pub(super) fn new(rules: &'static [FrameRule]) -> Self {
        Self { deframer: RuleDeframer::new(rules), held: Vec::new() }
    }

    /// The next phase; what came before is forgotten.
    pub(super) fn switch(&mut self, rules: &'static [FrameRule]) {
        self.held.clear();
        self.deframer.switch(rules);
    }

    /// Takes octets in. What is more than two messages long is none: the oldest octets go.
    pub(super) fn receive(&mut self, octets: &[u8]) {
        // The characters have seven bits; a line that delivers eight leaves parity in.
        self.held.extend(octets.iter().map(|octet| octet & 0x7F));
        let over = self.held.len().saturating_sub(MAX_HELD);
        if over > 0 {
            self.held.drain(..over);
            self.deframer.reset();
        }
    }

    /// The next message; `None` if more octets are needed.
    pub(super) fn next(&mut self) -> Option<Phrase> {
        let (phrase, used) = match self.deframer.deframe(&self.held) {
            Step::NeedMore { .. } => return None,
            Step::Skip { used, .. } => (Phrase::Dropped(used), used),
            Step::Frame { frame, used } => (parse(frame), used),
        };
        self.held.drain(..used.clamp(1, self.held.len().max(1)).min(self.held.len()));
        Some(phrase)
    }
}

/// Tells messages apart by their first octets: no rule of this phase is needed for it.
fn parse(frame: &[u8]) -> Phrase {
    match *frame {
        [b'/', b'?', ref rest @ ..] => {
            let address = rest.strip_suffix(b"!\r\n").unwrap_or(rest);
            let mut kept = [0; 32];
            kept.iter_mut().zip(address).for_each(|(to, from)| *to = *from);
            Phrase::Request(kept)
        }
        [b'/', ref rest @ ..] => {
            let text = rest.strip_suffix(b"\r\n").unwrap_or(rest);
            Identification::new(text).map_or(Phrase::Dropped(frame.len()), Phrase::Identification)
        }
        [0x06, protocol, speed, mode, ..] => Phrase::Select([protocol, speed, mode]),
        [0x15] => Phrase::Repeat,
        _ => Phrase::Dropped(frame.len()),
    }
}
