//! [`Inbox`]: octets in, frames out.

use gurux_framing::hdlc::Hdlc;
use gurux_framing::{Deframe, Step, WireError};

use super::store::Store;

/// What came in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Incoming<'b> {
    /// A frame without flags, its sums proven.
    Frame(&'b [u8]),
    /// Octets that belong to no frame.
    Noise { octets: usize, why: WireError },
}

const FLAG: u8 = 0x7E;

/// Octets that came and are not yet decided on: at most one frame long.
#[derive(Clone, Debug)]
pub(super) struct Inbox<S> {
    deframer: Hdlc,
    held: S,
}

impl<S: Store> Inbox<S> {
    pub(super) fn new(held: S) -> Self {
        let deframer = Hdlc::new().with_max_len(held.max_len().saturating_sub(2));
        Self { deframer, held }
    }

    /// Is there a beginning that waits for the rest of its frame?
    pub(super) fn is_holding(&self) -> bool {
        self.held.octets().iter().any(|octet| *octet != FLAG)
    }

    pub(super) fn clear(&mut self) {
        self.held.clear();
        self.deframer.reset();
    }

    /// Takes octets in and tells of each frame and each run of noise in them.
    pub(super) fn receive(&mut self, mut octets: &[u8], mut tell: impl FnMut(Incoming<'_>)) {
        let Self { deframer, held } = self;
        if held.octets().is_empty() {
            // The usual case: whole frames, told of where they lie.
            let used = cut(deframer, octets, false, &mut tell);
            octets = octets.get(used..).unwrap_or_default();
        }
        while !octets.is_empty() {
            // Of the fill between frames one flag is enough.
            if held.octets() == [FLAG] {
                let fill = octets.iter().take_while(|octet| **octet == FLAG).count();
                octets = octets.get(fill..).unwrap_or_default();
            }
            let room = held.max_len().saturating_sub(held.octets().len());
            let (taken, rest) = octets.split_at_checked(room).unwrap_or((octets, &[]));
            octets = rest;
            held.append(taken);
            let used = cut(deframer, held.octets(), false, &mut tell);
            if used > 0 {
                held.drop_front(used);
            } else if room == 0 {
                // A store that is too short for any frame, or full of what never becomes one.
                let used = cut(deframer, held.octets(), true, &mut tell);
                held.drop_front(used.max(1));
                if held.max_len() == 0 {
                    return;
                }
            }
        }
    }

    /// The line fell silent: everything that is held is decided on.
    pub(super) fn finish(&mut self, mut tell: impl FnMut(Incoming<'_>)) {
        cut(&mut self.deframer, self.held.octets(), true, &mut tell);
        self.clear();
    }
}

/// Cuts what can be cut off the front of `buf`; how many octets that were.
fn cut(
    deframer: &mut Hdlc,
    buf: &[u8],
    silent: bool,
    tell: &mut impl FnMut(Incoming<'_>),
) -> usize {
    let mut used = 0_usize;
    let mut noise: Option<(usize, WireError)> = None;
    loop {
        let rest = buf.get(used..).unwrap_or_default();
        let step = match rest {
            [] => Step::NeedMore { at_least: 1 },
            _ if silent => deframer.finish(rest),
            _ => deframer.deframe(rest),
        };
        if let Step::Skip { used: skipped, why } = step {
            let skipped = skipped.max(1).min(rest.len());
            // Flags that open nothing are no loss.
            let lost = rest.get(..skipped).unwrap_or_default();
            let lost = lost.iter().filter(|octet| **octet != FLAG).count();
            if lost > 0 {
                let (octets, _) = noise.get_or_insert((0, why));
                *octets = octets.saturating_add(lost);
            }
            used = used.saturating_add(skipped);
            continue;
        }
        if let Some((octets, why)) = noise.take() {
            tell(Incoming::Noise { octets, why });
        }
        let Step::Frame { frame, used: taken } = step else { return used };
        tell(Incoming::Frame(frame));
        used = used.saturating_add(taken.max(1)).min(buf.len());
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::{Inbox, Incoming};
    use crate::session::link::{Lent, Store};

    const SNRM: [u8; 9] = [0x7E, 0xA0, 0x07, 0x03, 0x21, 0x93, 0x0F, 0x01, 0x7E];

    fn heard<S: Store>(inbox: &mut Inbox<S>, octets: &[u8]) -> (Vec<Vec<u8>>, usize) {
        let (mut frames, mut noise) = (Vec::new(), 0);
        inbox.receive(octets, |incoming| match incoming {
            Incoming::Frame(frame) => frames.push(frame.to_vec()),
            Incoming::Noise { octets, .. } => noise += octets,
        });
        (frames, noise)
    }

    #[test]
    fn a_frame_comes_out_of_any_cut() {
        for first in 0..SNRM.len() {
            let mut room = [0; 16];
            let mut inbox = Inbox::new(Lent::new(&mut room));
            let (one, two) = SNRM.split_at(first);
            let mut frames = heard(&mut inbox, one).0;
            frames.extend(heard(&mut inbox, two).0);
            frames.extend(heard(&mut inbox, &SNRM).0);
            assert_eq!(frames, [&SNRM[1..8], &SNRM[1..8]], "{first}");
        }
    }

    #[test]
    fn a_store_too_small_for_anything_never_hangs() {
        for size in 0..9 {
            let mut room = [0; 16];
            let mut inbox = Inbox::new(Lent::new(&mut room[..size]));
            for octet in SNRM.iter().chain(&SNRM) {
                heard(&mut inbox, &[*octet]);
            }
        }
    }

    #[test]
    fn noise_is_counted_and_a_run_of_flags_is_none() {
        let mut room = [0; 16];
        let mut inbox = Inbox::new(Lent::new(&mut room));
        assert_eq!(heard(&mut inbox, &[0x7E; 500]), (Vec::new(), 0));
        assert_eq!(heard(&mut inbox, &SNRM).0.len(), 1);
        assert_eq!(heard(&mut inbox, &[1, 2, 3, 0x7E]), (Vec::new(), 3));
        assert!(!inbox.is_holding());
        heard(&mut inbox, &SNRM[1..4]);
        assert!(inbox.is_holding());
        let mut lost = 0;
        inbox.finish(|incoming| {
            if let Incoming::Noise { octets, .. } = incoming {
                lost += octets;
            }
        });
        assert_eq!(lost, 3);
        assert!(!inbox.is_holding());
    }
}
