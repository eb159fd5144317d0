//! [`Wireless`]: frames out of a stream of octets.

use super::format::first_block_fits;
use super::{FrameFormat, MAX_LEN};
use crate::{Deframe, Step, WireError, WireErrorKind};

/// Octets after which it is known whether a frame of format A begins.
const FIRST_BLOCK_LEN: usize = 12;

/// The most octets that are dropped behind a frame.
const MAX_TRAILER_LEN: usize = 16;

/// Cuts frames of wireless M-Bus out of a stream in which one follows the other: a receiver that hands
/// on telegrams without anything around them.
///
/// A frame is handed on with its check sums, all proven; [`format`](Self::format) says how they stand in
/// it. Where a later block of format A is spoilt, the `Skip` tells which, and
/// [`salvage`](FrameFormat::salvage) of the same buffer gives the blocks before it.
///
/// Telegrams without check sums can only be held against what a length and a control octet can be; an
/// octet that was lost is found out when the line falls silent. Where a receiver has a frame of its own
/// around each telegram, that is the better place to cut.
///
/// ```
/// use gurux_framing::wireless::{FrameFormat, Wireless};
/// use gurux_framing::{Deframe, Step};
///
/// let mut deframer = Wireless::detecting();
/// let telegram = [0x0A, 0x44, 0xAE, 0x0C, 0x78, 0x56, 0x34, 0x12, 0x01, 0x07, 0x78];
/// // Twelve octets are ten and a check sum, or they are not.
/// assert_eq!(deframer.deframe(&telegram), Step::NeedMore { at_least: 12 });
/// // When no more comes, this is all there is.
/// assert_eq!(deframer.finish(&telegram), Step::Frame { frame: &telegram, used: 11 });
/// assert_eq!(deframer.format(), FrameFormat::NoCrc);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wireless {
    wanted: Option<FrameFormat>,
    found: FrameFormat,
    trailer_len: usize,
}

/// What the octets from a place on are.
enum Verdict {
    Frame(FrameFormat, usize),
    More(usize),
    No(WireError),
}

impl Wireless {
    /// Frames of this format only.
    #[must_use]
    pub const fn new(format: FrameFormat) -> Self {
        Self { wanted: Some(format), found: format, trailer_len: 0 }
    }

    /// Frames of any format, told apart by their check sums.
    #[must_use]
    pub const fn detecting() -> Self {
        Self { wanted: None, found: FrameFormat::NoCrc, trailer_len: 0 }
    }

    /// Drops so many octets behind each frame, up to 16: what the receiver says of the signal.
    #[must_use]
    pub const fn with_trailer(mut self, octets: usize) -> Self {
        self.trailer_len = if octets > MAX_TRAILER_LEN { MAX_TRAILER_LEN } else { octets };
        self
    }

    /// The format of the last frame.
    #[must_use]
    pub const fn format(&self) -> FrameFormat {
        self.found
    }

    fn examine(&self, octets: &[u8], closing: bool) -> Verdict {
        match self.wanted {
            Some(format) => of_format(format, octets),
            None if octets.len() < FIRST_BLOCK_LEN && !closing => Verdict::More(FIRST_BLOCK_LEN),
            None if first_block_fits(octets) => match of_format(FrameFormat::A, octets) {
                Verdict::More(needed) if !closing => Verdict::More(needed),
                Verdict::Frame(format, len) => Verdict::Frame(format, len),
                // Ten octets and a sum are a frame of format B too.
                verdict => match of_format(FrameFormat::B, octets) {
                    Verdict::Frame(format, len) => Verdict::Frame(format, len),
                    _ => verdict,
                },
            },
            None => match of_format(FrameFormat::B, octets) {
                Verdict::No(_) => of_format(FrameFormat::NoCrc, octets),
                verdict => verdict,
            },
        }
    }

    fn step<'b>(&mut self, buf: &'b [u8], closing: bool) -> Step<'b> {
        let mut used = 0_usize;
        let mut first_fault = None;
        while let Some(octets @ [_, ..]) = buf.get(used..) {
            let why = match self.examine(octets, closing) {
                Verdict::No(why) => why,
                Verdict::More(needed) if closing => {
                    let kind = WireErrorKind::Truncated { needed, available: octets.len() };
                    WireError::new(0, "frame", kind)
                }
                // What may begin a frame here is looked at when it has come to the front.
                _ if used > 0 => break,
                Verdict::More(at_least) => return Step::NeedMore { at_least },
                Verdict::Frame(format, len) => {
                    let with_trailer = len.saturating_add(self.trailer_len);
                    if octets.len() < with_trailer && !closing {
                        return Step::NeedMore { at_least: with_trailer };
                    }
                    self.found = format;
                    let frame = octets.get(..len).unwrap_or(octets);
                    return Step::Frame { frame, used: with_trailer.min(octets.len()) };
                }
            };
            first_fault.get_or_insert(why);
            used = used.wrapping_add(1);
        }
        match first_fault {
            Some(why) => Step::Skip { used, why },
            None => Step::NeedMore { at_least: FIRST_BLOCK_LEN },
        }
    }
}

/// Does a frame of this format begin here?
fn of_format(format: FrameFormat, octets: &[u8]) -> Verdict {
    let [length, behind @ ..] = octets else { return Verdict::More(FIRST_BLOCK_LEN) };
    let Some(len) = format.frame_len(*length) else {
        let (min, max) = (format.min_length().into(), u8::MAX.into());
        let kind = WireErrorKind::Range { found: (*length).into(), min, max };
        return Verdict::No(WireError::new(0, "length", kind));
    };
    match (format, behind.first()) {
        (FrameFormat::A, _) => {
            if octets.len() < FIRST_BLOCK_LEN {
                return Verdict::More(FIRST_BLOCK_LEN);
            }
            // The sum of the first block is tested before a length is believed.
            if octets.len() < len && first_block_fits(octets) {
                return Verdict::More(len);
            }
        }
        (FrameFormat::NoCrc, Some(&control)) if !is_control(control) => {
            return Verdict::No(WireError::new(1, "control", WireErrorKind::Code(control.into())));
        }
        _ if octets.len() < len => return Verdict::More(len),
        _ => {}
    }
    match format.check(octets) {
        Ok(len) => Verdict::Frame(format, len),
        Err(why) => Verdict::No(why),
    }
}

/// Can this be the control octet of a wireless telegram? The highest bit is never set, and the
/// functions are few: of a primary 0 SND-NKE, 3 SND-UD, 4 SND-NR, 6 SND-IR, 7 ACC-NR, 8 ACC-DMD,
/// 10 and 11 REQ-UD (docs.silabs.com, RAIL SDK, Wireless M-Bus support); of a secondary 0 ACK,
/// 1 NACK, 6 CNF-IR, 8 RSP-UD.
#[must_use]
pub const fn is_control(control: u8) -> bool {
    let functions = match control & 0xC0 {
        0x40 => 0b0000_1101_1101_1001_u16,
        0x00 => 0b0000_0001_0100_0011,
        _ => 0,
    };
    functions.wrapping_shr((control & 0x0F) as u32) & 1 == 1
}

impl Deframe for Wireless {
    fn deframe<'b>(&mut self, buf: &'b [u8]) -> Step<'b> {
        self.step(buf, false)
    }

    fn finish<'b>(&mut self, buf: &'b [u8]) -> Step<'b> {
        self.step(buf, true)
    }

    fn reset(&mut self) {}

    fn max_len(&self) -> usize {
        MAX_LEN.saturating_add(self.trailer_len)
    }
}
