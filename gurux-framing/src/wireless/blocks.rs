//! The blocks of both formats: one walk, for those who prove and for those who take off.

use crate::checksum::{en_13757, en_13757_block};
use crate::{WireError, WireErrorKind};

/// Octets of a check sum.
pub(super) const CRC_LEN: usize = 2;

/// Octets of the first block of format A.
pub(super) const FIRST_LEN: usize = 10;

/// Octets of each further block of format A, but the last.
pub(super) const BLOCK_LEN: usize = 16;

/// Octets that the first check sum of format B goes over, at most.
pub(super) const B_FIRST_LEN: usize = 126;

/// What a fault is about.
pub(super) const CRC: &str = "block CRC";

/// Takes the blocks of a frame, in order, each proven.
pub(super) trait Blocks {
    /// The first block of format A.
    fn first(&mut self, block: &[u8; FIRST_LEN]);
    /// A whole block of format A.
    fn whole(&mut self, block: &[u8; BLOCK_LEN]);
    /// A block of any length.
    fn any(&mut self, block: &[u8]);
}

/// Wants to know only whether they are good.
impl Blocks for () {
    #[inline(always)]
    fn first(&mut self, _: &[u8; FIRST_LEN]) {}
    #[inline(always)]
    fn whole(&mut self, _: &[u8; BLOCK_LEN]) {}
    #[inline(always)]
    fn any(&mut self, _: &[u8]) {}
}

/// Writes them one behind the other. There is room, which the caller made sure of.
pub(super) struct Copy<'o> {
    rest: &'o mut [u8],
    pub(super) len: usize,
}

impl<'o> Copy<'o> {
    #[inline(always)]
    pub(super) const fn new(out: &'o mut [u8]) -> Self {
        Self { rest: out, len: 0 }
    }

    #[inline(always)]
    fn array<const N: usize>(&mut self, block: &[u8; N]) {
        if let Some((to, rest)) = core::mem::take(&mut self.rest).split_first_chunk_mut::<N>() {
            *to = *block;
            self.rest = rest;
            self.len = self.len.wrapping_add(N);
        }
    }
}

impl Blocks for Copy<'_> {
    #[inline(always)]
    fn first(&mut self, block: &[u8; FIRST_LEN]) {
        self.array(block);
    }
    #[inline(always)]
    fn whole(&mut self, block: &[u8; BLOCK_LEN]) {
        self.array(block);
    }
    #[inline(always)]
    fn any(&mut self, block: &[u8]) {
        if let Some((to, rest)) = core::mem::take(&mut self.rest).split_at_mut_checked(block.len())
        {
            for (to, from) in to.iter_mut().zip(block) {
                *to = *from;
            }
            self.rest = rest;
            self.len = self.len.wrapping_add(block.len());
        }
    }
}

/// Walks the blocks of format A in `frame`, whose telegram has `telegram_len` octets.
///
/// # Errors
/// [`WireErrorKind::Checksum`] at the first sum that does not fit, [`WireErrorKind::Truncated`]
/// where a block is not all there. The blocks before were taken.
#[inline(always)]
pub(super) fn format_a(
    frame: &[u8],
    telegram_len: usize,
    taken: &mut impl Blocks,
) -> Result<(), WireError> {
    let Some((first, mut rest)) = frame.split_first_chunk::<FIRST_LEN>() else {
        return Err(truncated(frame, 0, FIRST_LEN));
    };
    rest = proven(frame, en_13757_block(first), rest)?;
    taken.first(first);
    let mut left = telegram_len.saturating_sub(FIRST_LEN);
    while left >= BLOCK_LEN {
        let Some((block, behind)) = rest.split_first_chunk::<BLOCK_LEN>() else {
            return Err(truncated(frame, rest.len(), BLOCK_LEN));
        };
        rest = proven(frame, en_13757_block(block), behind)?;
        taken.whole(block);
        left = left.wrapping_sub(BLOCK_LEN);
    }
    if left > 0 {
        let Some((block, behind)) = rest.split_at_checked(left) else {
            return Err(truncated(frame, rest.len(), left));
        };
        proven(frame, en_13757(block), behind)?;
        taken.any(block);
    }
    Ok(())
}

/// Walks the one or two blocks of format B in `frame`, whose telegram has `telegram_len` octets.
///
/// # Errors
/// As [`format_a`].
#[inline]
pub(super) fn format_b(
    frame: &[u8],
    telegram_len: usize,
    taken: &mut impl Blocks,
) -> Result<(), WireError> {
    let mut rest = frame;
    let mut left = telegram_len;
    let mut block_len = B_FIRST_LEN;
    while left > 0 {
        block_len = block_len.min(left);
        let Some((block, behind)) = rest.split_at_checked(block_len) else {
            return Err(truncated(frame, rest.len(), block_len));
        };
        rest = proven(frame, en_13757(block), behind)?;
        taken.any(block);
        left = left.wrapping_sub(block_len);
        block_len = left;
    }
    Ok(())
}

/// The octets behind the check sum at the front of `rest`, if it is this one.
#[inline(always)]
fn proven<'f>(frame: &[u8], expected: u16, rest: &'f [u8]) -> Result<&'f [u8], WireError> {
    match rest.split_first_chunk::<CRC_LEN>() {
        Some((sum, behind)) if u16::from_be_bytes(*sum) == expected => Ok(behind),
        sum => Err(refused(frame.len().wrapping_sub(rest.len()), expected, sum)),
    }
}

#[cold]
fn refused(at: usize, expected: u16, sum: Option<(&[u8; CRC_LEN], &[u8])>) -> WireError {
    let kind = match sum {
        Some((sum, _)) => WireErrorKind::Checksum {
            expected: expected.into(),
            found: u16::from_be_bytes(*sum).into(),
        },
        None => WireErrorKind::Truncated { needed: CRC_LEN, available: 0 },
    };
    WireError::new(at, CRC, kind)
}

#[cold]
fn truncated(frame: &[u8], available: usize, needed: usize) -> WireError {
    let at = frame.len().saturating_sub(available);
    WireError::new(at, "block", WireErrorKind::Truncated { needed, available })
}
