//! [`Check`]: what proves a frame.

use core::ops::Range;

use super::examine::{Found, not_coded};
use super::memory::Memory;
use super::transform::{hex_digit, hex_value};
use super::{Few, Octets, Place, Transform};
use crate::checksum::{ByteOrder, Checksum, Digest};
use crate::{WireError, WireErrorKind};

/// What proves a frame: a check sum, over what, and where it is stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Check {
    /// The sums that are accepted, all of one length; the first is written when a frame is made.
    pub sums: Few<Checksum, 2>,
    /// Over what the sum goes, and where it stands.
    pub over: Over,
    /// How it is stored.
    pub form: SumForm,
    /// Is a frame whose sum does not fit noise? If not, it is delivered all the same, and
    /// [`RuleDeframer::check_state`](super::RuleDeframer::check_state) tells.
    pub required: bool,
}

/// Over what a sum goes, and where it stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case", deny_unknown_fields))]
pub enum Over {
    /// Over the octets of the frame as they are on the line. The octets of the sum itself never
    /// count, wherever it stands.
    Frame {
        /// The first octet that counts.
        from: Place,
        /// The end of what counts.
        to: Place,
        /// Where the sum stands.
        at: Place,
    },
    /// Over the decoded content, of which the sum is the end.
    Content,
}

/// How a sum is stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case", deny_unknown_fields))]
pub enum SumForm {
    /// As octets in this order.
    Binary(ByteOrder),
    /// As hexadecimal digits, high digit first. Leading zeros may be missing.
    Hex {
        /// May the digits be missing altogether?
        may_be_absent: bool,
    },
}

/// What a check said of a frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum CheckState {
    /// The rule has no check.
    #[default]
    Unchecked,
    /// The frame carries no sum, and need not.
    Absent,
    /// The sum fits; the number tells which of those that are accepted.
    Good(u8),
    /// The sum does not fit.
    Bad {
        /// Computed over the octets, by the first sum.
        expected: u32,
        /// Found in the frame.
        found: u32,
    },
}

impl Check {
    /// This sum over the octets from `from` up to itself, stored at `at` with its low octet first.
    #[must_use]
    pub const fn of(sum: Checksum, from: Place, at: Place) -> Self {
        Self {
            sums: Few::of([sum]),
            over: Over::Frame { from, to: at, at },
            form: SumForm::Binary(ByteOrder::Little),
            required: true,
        }
    }

    /// Octets that the sum takes where it is stored in full.
    pub(super) fn wire_len(&self) -> usize {
        let len = self.sums.first().map_or(0, Checksum::wire_len);
        match (self.over, self.form) {
            (Over::Frame { .. }, SumForm::Hex { .. }) => len.wrapping_mul(2),
            _ => len,
        }
    }

    /// What the check says of a frame whose coded content is `content`.
    ///
    /// # Errors
    /// The places do not lie within the frame, or the content is no code.
    pub(super) fn state(
        &self,
        frame: &[u8],
        found: &Found,
        (content, transform): (&[u8], Transform),
        memory: &mut Memory,
    ) -> Result<CheckState, WireError> {
        match self.over {
            Over::Frame { from, to, at } => {
                let (stored_at, stored) = self.stored(frame, found, at)?;
                let Some(stored) = stored else { return Ok(CheckState::Absent) };
                let covered = Covered::new(found.place(from)?..found.place(to)?, stored_at);
                Ok(self.verdict(stored, |index, sum| match index {
                    0 => covered.first_sum(sum, frame, memory),
                    _ => covered.sum(sum, frame, memory),
                }))
            }
            Over::Content => {
                let octets = transform.decoded(content);
                let mut count = 0_usize;
                for octet in octets.clone() {
                    octet.ok_or(not_coded())?;
                    count = count.wrapping_add(1);
                }
                let needed = self.wire_len();
                let kind = WireErrorKind::Truncated { needed, available: count };
                let covered =
                    count.checked_sub(needed).ok_or(WireError::new(0, "check sum", kind))?;
                let mut stored = Octets::EMPTY;
                for octet in octets.clone().skip(covered).flatten() {
                    // A sum has at most four octets.
                    let _ = stored.push(octet);
                }
                Ok(self.verdict(self.order().value(stored.as_slice()), |_, sum| {
                    memory.checked(covered);
                    of_octets(sum, octets.clone().flatten().take(covered))
                }))
            }
        }
    }

    /// Compares what is stored with what each of the sums gives.
    fn verdict(&self, stored: u32, mut sum_of: impl FnMut(u8, &Checksum) -> u32) -> CheckState {
        let mut expected = None;
        for (index, sum) in (0..).zip(self.sums.iter()) {
            let value = sum_of(index, sum);
            if value == stored {
                return CheckState::Good(index);
            }
            expected.get_or_insert(value);
        }
        match expected {
            Some(expected) => CheckState::Bad { expected, found: stored },
            None => CheckState::Unchecked,
        }
    }

    /// Where the sum stands in the frame, and its value; none if it is absent and may be.
    pub(super) fn stored(
        &self,
        frame: &[u8],
        found: &Found,
        at: Place,
    ) -> Result<(Range<usize>, Option<u32>), WireError> {
        let start = found.place(at)?;
        let rest = frame.get(start..).unwrap_or_default();
        let len = self.wire_len();
        let truncated = |available| {
            WireError::new(start, "check sum", WireErrorKind::Truncated { needed: len, available })
        };
        match self.form {
            SumForm::Binary(order) => {
                let stored = rest.get(..len).ok_or_else(|| truncated(rest.len()))?;
                Ok((start..start.saturating_add(len), Some(order.value(stored))))
            }
            SumForm::Hex { may_be_absent } => {
                let digits = rest.iter().map_while(|&digit| hex_value(digit));
                let (count, value) = digits.take(len).fold((0_usize, 0_u32), |(n, sum), digit| {
                    (n.wrapping_add(1), sum << 4 | u32::from(digit))
                });
                match count {
                    0 if may_be_absent => Ok((start..start, None)),
                    0 => Err(truncated(0)),
                    count => Ok((start..start.saturating_add(count), Some(value))),
                }
            }
        }
    }

    pub(super) const fn order(&self) -> ByteOrder {
        match self.form {
            SumForm::Binary(order) => order,
            SumForm::Hex { .. } => ByteOrder::Big,
        }
    }

    /// The sum of a frame in the making, by the first algorithm, in the form in which it is
    /// stored.
    pub(super) fn written(&self, value: u32) -> Octets {
        let len = self.sums.first().map_or(0, Checksum::wire_len);
        let stored = self.order().octets(value, len);
        let mut written = Octets::EMPTY;
        let mut put = |octet| {
            // Four octets or eight digits fit.
            let _ = written.push(octet);
        };
        for &octet in stored.as_slice() {
            match (self.over, self.form) {
                (Over::Frame { .. }, SumForm::Hex { .. }) => {
                    put(hex_digit(octet >> 4));
                    put(hex_digit(octet & 15));
                }
                _ => put(octet),
            }
        }
        written
    }

    /// The first sum over the frame in the making.
    pub(super) fn value(
        &self,
        frame: &[u8],
        covered: Range<usize>,
        stored_at: Range<usize>,
    ) -> u32 {
        let covered = Covered::new(covered, stored_at);
        self.sums.first().map_or(0, |sum| covered.sum(sum, frame, &mut Memory::default()))
    }
}

/// What a sum goes over: the octets before it and those behind it.
struct Covered {
    before: Range<usize>,
    behind: Range<usize>,
}

impl Covered {
    fn new(covered: Range<usize>, stored_at: Range<usize>) -> Self {
        Self {
            before: covered.start..covered.end.min(stored_at.start),
            behind: covered.start.max(stored_at.end)..covered.end,
        }
    }

    fn sum(&self, sum: &Checksum, frame: &[u8], memory: &mut Memory) -> u32 {
        let mut digest = sum.digest();
        for piece in [&self.before, &self.behind] {
            let octets = frame.get(piece.clone()).unwrap_or_default();
            memory.checked(octets.len());
            digest.update(octets);
        }
        digest.finish()
    }

    /// The same, from where the sum stood at the last end that was tried: only what came in between
    /// is new.
    fn first_sum(&self, sum: &Checksum, frame: &[u8], memory: &mut Memory) -> u32 {
        let Range { start, end } = self.before;
        if start > end || !self.behind.is_empty() {
            return self.sum(sum, frame, memory);
        }
        let mut running = match memory.take_running() {
            Some(running) if running.from == start && running.to <= end => running,
            _ => Running { from: start, to: start, digest: sum.digest() },
        };
        let octets = frame.get(running.to..end).unwrap_or_default();
        memory.checked(octets.len());
        running.digest.update(octets);
        running.to = end;
        memory.keep_running(running);
        running.digest.finish()
    }
}

/// A sum over a stretch of the frame that may still grow.
#[derive(Clone, Copy, Debug)]
pub(super) struct Running {
    from: usize,
    to: usize,
    digest: Digest,
}

/// A sum over octets that come one by one.
fn of_octets(sum: &Checksum, octets: impl Iterator<Item = u8>) -> u32 {
    let mut digest = sum.digest();
    let mut piece = Octets::EMPTY;
    for octet in octets {
        if piece.push(octet).is_none() {
            digest.update(piece.as_slice());
            piece = Octets::EMPTY;
            // There is room again.
            let _ = piece.push(octet);
        }
    }
    digest.update(piece.as_slice());
    digest.finish()
}
