//! [`Deframe`]: where a message begins and ends in a stream of octets.

use crate::{WireError, WireErrorKind};

/// What a deframer found at the front of the caller's buffer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step<'b> {
    /// Nothing can be said before the buffer holds this many octets.
    NeedMore {
        /// Octets that the buffer must hold in all; always more than it holds now.
        at_least: usize,
    },
    /// A message, its check proven.
    Frame {
        /// The octets of the message as they were found.
        frame: &'b [u8],
        /// Octets to drop from the front of the buffer: the message and what belongs to it
        /// (a preamble before, a pad behind).
        used: usize,
    },
    /// Octets that belong to no message.
    Skip {
        /// Octets to drop from the front of the buffer; never zero.
        used: usize,
        /// Why they are no message, counted from the front of the buffer.
        why: WireError,
    },
}

/// Cuts messages out of a stream.
///
/// The caller owns the buffer: it appends what comes, calls [`deframe`](Self::deframe), and drops
/// the `used` octets of each answer from the front before the next call. A deframer may remember
/// how far it has looked, so the front of the buffer must not change in any other way without a
/// [`reset`](Self::reset).
///
/// Laws, tested for each deframer:
/// - the same messages come out, whether the octets come at once, singly or in any pieces;
/// - `Skip` drops at least one octet, and no more than what cannot begin a message;
/// - the work is linear in the octets;
/// - nothing is swallowed in silence: every octet is in a message or in a `Skip`.
pub trait Deframe {
    /// Looks at the front of `buf`.
    fn deframe<'b>(&mut self, buf: &'b [u8]) -> Step<'b>;

    /// Looks at the front of `buf` when nothing more will come: the line fell silent, the
    /// datagram or the capture ended. A message that a longer silence ends is taken; what only
    /// began is skipped octet by octet, so that a whole message behind it is found.
    ///
    /// With an empty buffer the answer is `NeedMore`.
    fn finish<'b>(&mut self, buf: &'b [u8]) -> Step<'b> {
        match self.deframe(buf) {
            Step::NeedMore { at_least } if !buf.is_empty() => {
                self.reset();
                Step::Skip {
                    used: 1,
                    why: WireError::new(
                        0,
                        "message",
                        WireErrorKind::Truncated { needed: at_least, available: buf.len() },
                    ),
                }
            }
            step => step,
        }
    }

    /// Forgets what it remembers of the buffer.
    fn reset(&mut self);

    /// The longest message this deframer can find, in octets: a buffer of this size is enough.
    fn max_len(&self) -> usize;
}

impl<D: Deframe + ?Sized> Deframe for &mut D {
    fn deframe<'b>(&mut self, buf: &'b [u8]) -> Step<'b> {
        D::deframe(self, buf)
    }
    fn finish<'b>(&mut self, buf: &'b [u8]) -> Step<'b> {
        D::finish(self, buf)
    }
    fn reset(&mut self) {
        D::reset(self);
    }
    fn max_len(&self) -> usize {
        D::max_len(self)
    }
}

#[cfg(feature = "alloc")]
impl<D: Deframe + ?Sized> Deframe for alloc::boxed::Box<D> {
    fn deframe<'b>(&mut self, buf: &'b [u8]) -> Step<'b> {
        D::deframe(self, buf)
    }
    fn finish<'b>(&mut self, buf: &'b [u8]) -> Step<'b> {
        D::finish(self, buf)
    }
    fn reset(&mut self) {
        D::reset(self);
    }
    fn max_len(&self) -> usize {
        D::max_len(self)
    }
}

/// A piece of a capture: a message, or octets that belong to none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Piece<'b> {
    /// A message.
    Frame {
        /// Octets from the start of the capture.
        offset: usize,
        /// The message as it was found.
        frame: &'b [u8],
    },
    /// Octets that belong to no message, as one run.
    Noise {
        /// Octets from the start of the capture.
        offset: usize,
        /// The octets.
        octets: &'b [u8],
        /// Why the first of them begins no message, counted from the start of the capture.
        why: WireError,
    },
}

/// Takes a whole capture apart: every octet comes out once, in a message or as noise.
#[derive(Clone, Debug)]
pub struct Pieces<'b, D> {
    deframer: D,
    capture: &'b [u8],
    offset: usize,
    /// A message that was found while a run of noise was being gathered: offset and octets.
    held: Option<Piece<'b>>,
}

/// Takes `capture` apart with `deframer`, as if the line fell silent behind it.
pub fn pieces<D: Deframe>(deframer: D, capture: &[u8]) -> Pieces<'_, D> {
    Pieces { deframer, capture, offset: 0, held: None }
}

impl<D> Pieces<'_, D> {
    /// The deframer, for what it knows beyond the octets (the direction of the last message).
    pub const fn deframer(&self) -> &D {
        &self.deframer
    }
}

impl<'b, D: Deframe> Iterator for Pieces<'b, D> {
    type Item = Piece<'b>;

    fn next(&mut self) -> Option<Piece<'b>> {
        if let Some(piece) = self.held.take() {
            return Some(piece);
        }
        let start = self.offset;
        let mut noise: Option<WireError> = None;
        loop {
            let buf = self.capture.get(self.offset..).unwrap_or_default();
            let step = if buf.is_empty() {
                None
            } else {
                match self.deframer.finish(buf) {
                    Step::NeedMore { .. } => None,
                    step => Some(step),
                }
            };
            let end = self.offset;
            match step {
                Some(Step::Skip { used, why }) => {
                    noise.get_or_insert(why.at(self.offset));
                    self.offset = self.offset.saturating_add(used.max(1)).min(self.capture.len());
                    continue;
                }
                Some(Step::Frame { frame, used }) => {
                    // Behind what belongs to it and is not handed on: a preamble, flags.
                    let before = nom::Offset::offset(buf, frame);
                    let offset = self.offset.saturating_add(before);
                    let piece = Piece::Frame { offset, frame };
                    self.offset = self.offset.saturating_add(used.max(1)).min(self.capture.len());
                    match noise {
                        None => return Some(piece),
                        Some(_) => self.held = Some(piece),
                    }
                }
                Some(Step::NeedMore { .. }) | None => self.offset = self.capture.len(),
            }
            // What the deframer never decided on is noise too.
            let end = if self.held.is_some() { end } else { self.capture.len() };
            let octets = self.capture.get(start..end).unwrap_or_default();
            if octets.is_empty() {
                return self.held.take();
            }
            let why = noise.unwrap_or(WireError::new(
                start,
                "message",
                WireErrorKind::Expected("the beginning of a message"),
            ));
            return Some(Piece::Noise { offset: start, octets, why });
        }
    }
}
