//! [`Hdlc`]: frames out of a stream.

use super::{HdlcFrame, MAX_FLAGS, MAX_LEN, MIN_LEN};
use crate::{Deframe, Step, Wire, WireError, WireErrorKind};

/// Cuts HDLC frames out of a stream.
///
/// A frame is handed on without the flags around it. A flag that closes one frame and opens the
/// next is taken with the first.
///
/// ```
/// use gurux_framing::{Deframe, Step, hdlc::Hdlc};
///
/// let mut deframer = Hdlc::new();
/// let stream = [0x55, 0x7E, 0xA0, 0x07, 0x03, 0x21, 0x93, 0x0F, 0x01, 0x7E];
/// let Step::Skip { used: 1, .. } = deframer.deframe(&stream) else { panic!() };
/// let Step::Frame { frame, used } = deframer.deframe(&stream[1..]) else { panic!() };
/// assert_eq!((frame, used), (&stream[2..9], 9));
/// ```
#[derive(Clone, Debug)]
pub struct Hdlc {
    /// The octet before the front of the buffer was the flag that closed a frame: it may open one.
    is_open: bool,
    /// The longest frame that is believed.
    max_len: usize,
}

const FLAG: u8 = 0x7E;

impl Default for Hdlc {
    fn default() -> Self {
        Self::new()
    }
}

impl Hdlc {
    /// Frames of any length that the length field can say.
    #[must_use]
    pub const fn new() -> Self {
        Self { is_open: false, max_len: MAX_LEN }
    }

    /// Frames of at most so many octets, from the frame format to the FCS; for a link that has
    /// agreed on less, so that a length that lies is found out sooner. At least [`MIN_LEN`].
    #[must_use]
    pub const fn with_max_len(self, max_len: usize) -> Self {
        let max_len = if max_len < MIN_LEN { MIN_LEN } else { max_len };
        let max_len = if max_len > MAX_LEN { MAX_LEN } else { max_len };
        Self { max_len, ..self }
    }

    fn step<'b>(&mut self, buf: &'b [u8], is_end: bool) -> Step<'b> {
        let flags = buf.iter().take_while(|octet| **octet == FLAG).count();
        if flags == 0 && !self.is_open {
            let used = buf.iter().take_while(|octet| **octet != FLAG).count();
            return match used {
                0 => Step::NeedMore { at_least: 1 },
                _ => Step::Skip { used, why: WireError::new(0, "flag", NO_FLAG) },
            };
        }
        // Fill between frames; all but the last few are given up as soon as they come.
        if let Some(used @ 1..) = flags.checked_sub(MAX_FLAGS) {
            return Step::Skip { used, why: WireError::new(0, "frame format", NO_FORMAT) };
        }
        let frame = buf.get(flags..).unwrap_or_default();
        match self.candidate(frame) {
            Ok(len) => {
                // A true frame is closed by a flag; its sums prove it also where that was lost.
                if let Some(octets) = frame.get(..len)
                    && (is_end || frame.len() > len)
                {
                    return match HdlcFrame::from_bytes(octets) {
                        Ok(_) => {
                            // With it goes the fill behind it, as far as it came.
                            let behind = frame.get(len..).unwrap_or_default();
                            let closing = behind.iter().take_while(|octet| **octet == FLAG).count();
                            self.is_open = closing > 0;
                            let used = flags.saturating_add(len).saturating_add(closing);
                            Step::Frame { frame: octets, used }
                        }
                        Err(why) => self.skip(flags, why),
                    };
                }
                if is_end && frame.is_empty() && self.is_open {
                    self.is_open = false;
                }
                let at_least = flags.saturating_add(len).saturating_add(1);
                Step::NeedMore { at_least }
            }
            Err(why) => self.skip(flags, why),
        }
    }

    /// How long the frame is that begins here, or how long the least is that can be.
    fn candidate(&self, frame: &[u8]) -> Result<usize, WireError> {
        let Some((first, rest)) = frame.split_first() else { return Ok(MIN_LEN) };
        if first >> 4 != 0xA {
            return Err(WireError::new(0, "frame format", NO_FORMAT));
        }
        let Some(second) = rest.first() else { return Ok(MIN_LEN) };
        let len = usize::from(first & 7) << 8 | usize::from(*second);
        if (MIN_LEN..=self.max_len).contains(&len) {
            return Ok(len);
        }
        let (found, min, max) = (len as u32, MIN_LEN as u32, self.max_len as u32);
        Err(WireError::new(0, "length", WireErrorKind::Range { found, min, max }))
    }

    /// No frame begins behind these flags. The last flag may close what was lost before it: only
    /// the flags go, and the octets up to the next one.
    fn skip<'b>(&mut self, flags: usize, why: WireError) -> Step<'b> {
        self.is_open = false;
        Step::Skip { used: flags.max(1), why: why.at(flags) }
    }
}

const NO_FLAG: WireErrorKind = WireErrorKind::Expected("a flag (7E)");
const NO_FORMAT: WireErrorKind = WireErrorKind::Expected("a frame format of type 3 (A)");

impl Deframe for Hdlc {
    fn deframe<'b>(&mut self, buf: &'b [u8]) -> Step<'b> {
        self.step(buf, false)
    }

    fn finish<'b>(&mut self, buf: &'b [u8]) -> Step<'b> {
        match self.step(buf, true) {
            Step::NeedMore { at_least } if !buf.is_empty() => {
                let kind = WireErrorKind::Truncated { needed: at_least, available: buf.len() };
                self.skip(
                    buf.iter().take_while(|octet| **octet == FLAG).count(),
                    WireError::new(0, "frame", kind),
                )
            }
            step => step,
        }
    }

    fn reset(&mut self) {
        self.is_open = false;
    }

    fn max_len(&self) -> usize {
        self.max_len.saturating_add(MAX_FLAGS).saturating_add(1)
    }
}
