//! [`FrameFormat`]: check sums put in, proven and taken off.

use super::blocks::{B_FIRST_LEN, BLOCK_LEN, Blocks, CRC_LEN, Copy, FIRST_LEN, format_a, format_b};
use super::{MAX_TELEGRAM_LEN, MIN_LENGTH};
use crate::checksum::en_13757;
use crate::{Shown, Visit, WireError, WireErrorKind};

/// How the check sums stand in the octets of a frame.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum FrameFormat {
    /// Blocks of 10, then 16 octets. L counts no check sum.
    A,
    /// At most two blocks, of 126 octets and the rest. L counts the check sums.
    B,
    /// No check sum, and L counts none: a telegram as a receiver hands it on.
    NoCrc,
}

/// What is good in a frame that need not be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Salvaged<'o> {
    /// The telegram from its L octet on, up to the first octet that no check sum proves. L is that
    /// of the whole telegram without check sums, so it may say more than is there.
    pub telegram: &'o [u8],
    /// Why it ends before L says; nothing if it is whole.
    pub fault: Option<WireError>,
}

/// Tells by their check sums what `octets` are, beginning with L. What follows the end that L says
/// is not looked at.
///
/// - [`FrameFormat::A`] or [`FrameFormat::B`] if all sums of one fit;
/// - else the one of which the sum of the first block fits, A before B;
/// - else A if the sum of a later block fits and the frame is whole: its first block is spoilt;
/// - else [`FrameFormat::NoCrc`] if as many octets are there as L says;
/// - else nothing.
///
/// One telegram in 65,536 without sums looks like one with them.
#[must_use]
pub fn detect(octets: &[u8]) -> Option<FrameFormat> {
    let begins_like_a = first_block_fits(octets);
    if begins_like_a && FrameFormat::A.check(octets).is_ok() {
        return Some(FrameFormat::A);
    }
    let b_len = octets.first().and_then(|&length| FrameFormat::B.telegram_len(length));
    let begins_like_b = |len: usize| format_b(octets, len.min(B_FIRST_LEN), &mut ()).is_ok();
    match b_len {
        Some(_) if FrameFormat::B.check(octets).is_ok() => Some(FrameFormat::B),
        _ if begins_like_a => Some(FrameFormat::A),
        Some(len) if begins_like_b(len) => Some(FrameFormat::B),
        _ if later_block_fits(octets) => Some(FrameFormat::A),
        _ => FrameFormat::NoCrc.check(octets).is_ok().then_some(FrameFormat::NoCrc),
    }
}

/// Tells what `octets` are and takes the check sums off, in one go: [`detect`] and
/// [`FrameFormat::strip`].
///
/// # Errors
/// Those of `strip` in the format that the first check sum tells; of octets without one,
/// [`WireErrorKind::Range`] and [`WireErrorKind::Truncated`].
#[inline]
pub fn strip<'o>(octets: &[u8], out: &'o mut [u8]) -> Result<(FrameFormat, &'o [u8]), WireError> {
    // Most frames are whole and of format A; those go over their sums once.
    let len = FrameFormat::A.strip(octets, out).map(<[u8]>::len);
    if let Ok(len) = len {
        return Ok((FrameFormat::A, out.get(..len).unwrap_or_default()));
    }
    let format = detect(octets).unwrap_or(FrameFormat::NoCrc);
    Ok((format, format.strip(octets, out)?))
}

/// Are these the ten octets that begin a frame of format A, with their sum?
pub(super) fn first_block_fits(octets: &[u8]) -> bool {
    octets.first() >= Some(&MIN_LENGTH) && format_a(octets, FIRST_LEN, &mut ()).is_ok()
}

/// Is there a block of format A behind the first with its sum, in a frame as long as L says? Then that
/// is the format, whatever became of the first block: without its sums it would be another meter's.
fn later_block_fits(octets: &[u8]) -> bool {
    let len = octets.first().and_then(|&length| FrameFormat::A.frame_len(length));
    let frame = len.and_then(|len| octets.get(..len)).unwrap_or_default();
    let blocks = frame.get(FIRST_LEN.saturating_add(CRC_LEN)..).unwrap_or_default();
    blocks.chunks(BLOCK_LEN.saturating_add(CRC_LEN)).any(|block| {
        let parts = block.split_last_chunk::<CRC_LEN>();
        parts.is_some_and(|(block, crc)| en_13757(block) == u16::from_be_bytes(*crc))
    })
}

impl FrameFormat {
    /// The least that L says in this format.
    #[must_use]
    pub const fn min_length(self) -> u8 {
        match self {
            Self::A | Self::NoCrc => MIN_LENGTH,
            Self::B => MIN_LENGTH.saturating_add(CRC_LEN as u8),
        }
    }

    /// Octets of the telegram without check sums, where L says `length`; nothing if no frame says so.
    #[must_use]
    #[inline]
    pub const fn telegram_len(self, length: u8) -> Option<usize> {
        if length < self.min_length() {
            return None;
        }
        let counted = (length as usize).saturating_add(1);
        match self {
            Self::A | Self::NoCrc => Some(counted),
            Self::B if counted <= B_FIRST_LEN.saturating_add(CRC_LEN) => {
                Some(counted.saturating_sub(CRC_LEN))
            }
            // A second check sum goes over one octet at least.
            Self::B if counted <= B_FIRST_LEN.saturating_add(2 * CRC_LEN) => None,
            Self::B => Some(counted.saturating_sub(2 * CRC_LEN)),
        }
    }

    /// Octets of the whole frame, where L says `length`; nothing if no frame says so.
    #[must_use]
    #[inline]
    pub const fn frame_len(self, length: u8) -> Option<usize> {
        match self.telegram_len(length) {
            Some(telegram_len) => Some(self.wrapped_len(telegram_len)),
            None => None,
        }
    }

    /// Octets of the frame of a telegram of so many octets.
    #[must_use]
    #[inline]
    pub const fn wrapped_len(self, telegram_len: usize) -> usize {
        let sums = match self {
            Self::A => telegram_len.saturating_sub(FIRST_LEN).div_ceil(BLOCK_LEN).saturating_add(1),
            Self::B if telegram_len > B_FIRST_LEN => 2,
            Self::B => 1,
            Self::NoCrc => 0,
        };
        telegram_len.saturating_add(sums.saturating_mul(CRC_LEN))
    }

    /// Where in the frame the octet stands that is at `offset` in the telegram without check sums:
    /// for an error in the telegram, to be told of the frame.
    #[must_use]
    pub const fn offset_in_frame(self, offset: usize) -> usize {
        let sums = match self {
            Self::A if offset >= FIRST_LEN => {
                (offset.saturating_sub(FIRST_LEN) / BLOCK_LEN).saturating_add(1)
            }
            Self::B if offset >= B_FIRST_LEN => 1,
            Self::A | Self::B | Self::NoCrc => 0,
        };
        offset.saturating_add(sums.saturating_mul(CRC_LEN))
    }

    /// Proves the frame at the front of `octets` and says how many octets it has; what follows is not
    /// looked at.
    ///
    /// # Errors
    /// Those of [`strip`](Self::strip).
    pub fn check(self, octets: &[u8]) -> Result<usize, WireError> {
        let (length, telegram_len) = self.lengths(octets)?;
        self.walk(octets, telegram_len, &mut ())?;
        Ok(self.frame_len(length).unwrap_or_default())
    }

    /// Proves the frame at the front of `octets` and writes its telegram without check sums to the
    /// front of `out`, with an L that counts none; what follows the frame is not looked at.
    ///
    /// # Errors
    /// [`WireErrorKind::Range`] where L says what no frame says, [`WireErrorKind::Truncated`] if
    /// octets lack, [`WireErrorKind::Checksum`] at the first sum that does not fit, and
    /// [`WireErrorKind::Limit`] if `out` is shorter than the telegram.
    #[inline]
    pub fn strip<'o>(self, octets: &[u8], out: &'o mut [u8]) -> Result<&'o [u8], WireError> {
        let (_, telegram_len) = self.lengths(octets)?;
        let max = out.len();
        let Some(room) = out.get_mut(..telegram_len) else { return Err(too_small(max)) };
        self.walk(octets, telegram_len, &mut Copy::new(room))?;
        self.count_no_sums(telegram_len, room);
        Ok(room)
    }

    /// Like [`strip`](Self::strip), but of a frame that is spoilt or cut short it gives the blocks
    /// before the first bad one: with the first block of format A, the sender is known. Without check
    /// sums, what is there is taken for good.
    ///
    /// # Errors
    /// Those of [`strip`](Self::strip), if not even the first block is good.
    pub fn salvage<'o>(self, octets: &[u8], out: &'o mut [u8]) -> Result<Salvaged<'o>, WireError> {
        let (_, telegram_len) = self.lengths(octets)?;
        let max = out.len();
        let Some(room) = out.get_mut(..telegram_len) else { return Err(too_small(max)) };
        let mut copy = Copy::new(room);
        let fault = self.walk(octets, telegram_len, &mut copy).err();
        let len = copy.len;
        match fault {
            Some(why) if len == 0 => Err(why),
            fault => {
                self.count_no_sums(telegram_len, room);
                Ok(Salvaged { telegram: room.get(..len).unwrap_or_default(), fault })
            }
        }
    }

    /// Writes the frame of a telegram to the front of `out` and says how many octets it took. The
    /// telegram begins with an L that counts no check sum.
    ///
    /// # Errors
    /// [`WireErrorKind::Length`] if L does not count the telegram, [`WireErrorKind::Truncated`] if it
    /// is shorter than a link layer, and [`WireErrorKind::Limit`] if the frame is longer than L can say
    /// or than `out`.
    #[inline]
    pub fn wrap(self, telegram: &[u8], out: &mut [u8]) -> Result<usize, WireError> {
        let length = self.length_of(telegram)?;
        let len = self.wrapped_len(telegram.len());
        let max = out.len();
        let Some(mut room) = out.get_mut(..len) else { return Err(too_small(max)) };
        let mut rest = telegram;
        let mut block_len = self.first_len();
        while !rest.is_empty() {
            let block;
            (block, rest) = rest.split_at_checked(block_len).unwrap_or((rest, &[]));
            let to;
            let Some(split) = room.split_at_mut_checked(block.len()) else { break };
            (to, room) = split;
            for (to, from) in to.iter_mut().zip(block) {
                *to = *from;
            }
            if self == Self::NoCrc {
                continue;
            }
            let sum = match to {
                // The first block holds L, which in format B is not the telegram's.
                [first, ..]
                    if block.first() != Some(&length)
                        && rest.len().wrapping_add(block.len()) == telegram.len() =>
                {
                    *first = length;
                    en_13757(to)
                }
                _ => en_13757(block),
            };
            let Some((to, behind)) = room.split_first_chunk_mut::<CRC_LEN>() else { break };
            *to = sum.to_be_bytes();
            room = behind;
            block_len = self.further_len();
        }
        Ok(len)
    }

    /// Tells `visitor` what each octet of the frame at the front of `octets` is: L, the blocks and
    /// their check sums. The frame begins at octet `origin` of the outermost buffer.
    ///
    /// # Errors
    /// Those of [`check`](Self::check); then nothing is told.
    pub fn explain<V: Visit>(
        self,
        octets: &[u8],
        origin: usize,
        mut visitor: V,
    ) -> Result<(), WireError> {
        let (length, telegram_len) = self.lengths(octets)?;
        let len = self.check(octets)?;
        visitor.enter_group(origin, self.name());
        visitor.structure(
            origin..origin.saturating_add(1),
            "length",
            Shown::Unsigned(length.into()),
        );
        let (mut at, mut left, mut block_len) = (1_usize, telegram_len, self.first_len());
        while left > 0 {
            block_len = block_len.min(left);
            let end = if at == 1 { block_len } else { at.saturating_add(block_len) };
            let block = octets.get(at..end).unwrap_or_default();
            let range =
                |from: usize, to: usize| origin.saturating_add(from)..origin.saturating_add(to);
            visitor.field(range(at, end), "block", Shown::Octets(block));
            left = left.saturating_sub(block_len);
            at = end;
            if self != Self::NoCrc {
                at = end.saturating_add(CRC_LEN);
                let sum = octets.get(end..at).unwrap_or_default();
                visitor.structure(range(end, at), "block CRC", Shown::Octets(sum));
            }
            block_len = self.further_len();
        }
        visitor.leave(origin.saturating_add(len));
        Ok(())
    }

    /// The format as a word: `frame format A`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::A => "frame format A",
            Self::B => "frame format B",
            Self::NoCrc => "telegram without CRCs",
        }
    }

    const fn first_len(self) -> usize {
        match self {
            Self::A => FIRST_LEN,
            Self::B => B_FIRST_LEN,
            Self::NoCrc => MAX_TELEGRAM_LEN,
        }
    }

    const fn further_len(self) -> usize {
        match self {
            Self::A => BLOCK_LEN,
            Self::B | Self::NoCrc => MAX_TELEGRAM_LEN,
        }
    }

    /// L, and the octets of the telegram without check sums.
    #[inline(always)]
    fn lengths(self, octets: &[u8]) -> Result<(u8, usize), WireError> {
        let Some(&length) = octets.first() else {
            let kind = WireErrorKind::Truncated { needed: 1, available: 0 };
            return Err(WireError::new(0, "length", kind));
        };
        match self.telegram_len(length) {
            Some(telegram_len) => Ok((length, telegram_len)),
            None => Err(self.no_length(length)),
        }
    }

    #[cold]
    fn no_length(self, length: u8) -> WireError {
        let kind = WireErrorKind::Range {
            found: length.into(),
            min: self.min_length().into(),
            max: u8::MAX.into(),
        };
        WireError::new(0, "length", kind)
    }

    /// Gives a telegram of format B, whose check sums were taken off, an L that counts none.
    #[inline(always)]
    fn count_no_sums(self, telegram_len: usize, telegram: &mut [u8]) {
        if self == Self::B
            && let [length, ..] = telegram
        {
            *length = telegram_len.wrapping_sub(1) as u8;
        }
    }

    #[inline(always)]
    fn walk(
        self,
        octets: &[u8],
        telegram_len: usize,
        taken: &mut impl Blocks,
    ) -> Result<(), WireError> {
        match self {
            Self::A => format_a(octets, telegram_len, taken),
            Self::B => format_b(octets, telegram_len, taken),
            Self::NoCrc => match octets.get(..telegram_len) {
                Some(telegram) => {
                    taken.any(telegram);
                    Ok(())
                }
                None => {
                    taken.any(octets);
                    let kind =
                        WireErrorKind::Truncated { needed: telegram_len, available: octets.len() };
                    Err(WireError::new(0, "telegram", kind))
                }
            },
        }
    }

    /// What L says in the frame of `telegram`.
    #[inline]
    fn length_of(self, telegram: &[u8]) -> Result<u8, WireError> {
        let available = telegram.len().saturating_sub(1);
        let Some(&declared) = telegram.first() else {
            let kind = WireErrorKind::Truncated { needed: FIRST_LEN, available: 0 };
            return Err(WireError::new(0, "telegram", kind));
        };
        if usize::from(declared) != available {
            let kind = WireErrorKind::Length { declared: declared.into(), available };
            return Err(WireError::new(0, "length", kind));
        }
        if declared < MIN_LENGTH {
            let kind = WireErrorKind::Truncated { needed: FIRST_LEN, available: telegram.len() };
            return Err(WireError::new(0, "telegram", kind));
        }
        let counted = match self {
            Self::B => self.wrapped_len(telegram.len()).saturating_sub(1),
            Self::A | Self::NoCrc => available,
        };
        u8::try_from(counted).map_err(|_| {
            let max = MAX_TELEGRAM_LEN.saturating_sub(2 * CRC_LEN);
            WireError::new(max, "telegram", WireErrorKind::Limit { max })
        })
    }
}

#[cold]
const fn too_small(max: usize) -> WireError {
    WireError::new(max, "output buffer", WireErrorKind::Limit { max })
}
