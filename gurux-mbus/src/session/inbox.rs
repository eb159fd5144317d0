//! [`Inbox`]: octets in, link frames out.

use alloc::vec::Vec;

use gurux_framing::rule::{FrameRule, RuleDeframer};
use gurux_framing::rules::ft12;
use gurux_framing::{Deframe, Step, WireError};

/// What came in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Incoming<'b> {
    /// A frame as it was found, its check proven.
    Frame(&'b [u8]),
    /// Octets that belong to no frame.
    Noise { octets: usize, why: WireError },
}

/// Octets that came and are not yet decided on: at most one frame long.
#[derive(Clone, Debug)]
pub(super) struct Inbox {
    deframer: RuleDeframer<&'static [FrameRule]>,
    held: Vec<u8>,
}

impl Inbox {
    pub(super) fn new() -> Self {
        Self { deframer: RuleDeframer::new(ft12::MBUS), held: Vec::new() }
    }

    /// Is there a beginning that waits for the rest of its frame?
    pub(super) fn is_holding(&self) -> bool {
        !self.held.is_empty()
    }

    /// Forgets what it holds.
    pub(super) fn clear(&mut self) {
        self.held.clear();
        self.deframer.reset();
    }

    /// Takes octets in and tells of each frame and each run of noise in them.
    pub(super) fn receive(&mut self, octets: &[u8], mut tell: impl FnMut(Incoming<'_>)) {
        // Piece by piece, so that never much more than one frame is held.
        for piece in octets.chunks(self.deframer.max_len().max(1)) {
            self.held.extend_from_slice(piece);
            self.cut(false, &mut tell);
        }
    }

    /// The line fell silent: everything that is held is decided on.
    pub(super) fn finish(&mut self, mut tell: impl FnMut(Incoming<'_>)) {
        self.cut(true, &mut tell);
        self.clear();
    }

    /// Cuts what can be cut off the front of what is held.
    fn cut(&mut self, silent: bool, tell: &mut impl FnMut(Incoming<'_>)) {
        let Self { deframer, held } = self;
        let mut used = 0_usize;
        let mut noise: Option<(usize, WireError)> = None;
        loop {
            let rest = held.get(used..).unwrap_or_default();
            let step = match rest {
                [] => Step::NeedMore { at_least: 1 },
                _ if silent => deframer.finish(rest),
                _ => deframer.deframe(rest),
            };
            if let Step::Skip { used: skipped, why } = step {
                let (octets, _) = noise.get_or_insert((0, why));
                *octets = octets.saturating_add(skipped.max(1));
                used = used.saturating_add(skipped.max(1));
                continue;
            }
            if let Some((octets, why)) = noise.take() {
                tell(Incoming::Noise { octets, why });
            }
            let Step::Frame { frame, used: taken } = step else { break };
            tell(Incoming::Frame(frame));
            used = used.saturating_add(taken.max(1));
        }
        held.drain(..used.min(held.len()));
    }
}
