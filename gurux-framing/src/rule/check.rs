//! [`Check`]: what proves a frame.

use core::ops::Range;

use super::examine::Found;
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
        let (values, stored) = match self.over {
            Over::Frame { from, to, at } => {
                let (stored_at, stored) = self.stored(frame, found, at)?;
                let Some(stored) = stored else { return Ok(CheckState::Absent) };
                (
                    self.over_frame(frame, found.place(from)?..found.place(to)?, stored_at, memory),
                    stored,
                )
            }
            Over::Content => self.over_content(content, transform, memory)?,
        };
        let mut expected = None;
        for (index, value) in (0..).zip(values.into_iter().flatten()) {
            if value == stored {
                return Ok(CheckState::Good(index));
            }
            expected.get_or_insert(value);
        }
        Ok(match expected {
            Some(expected) => CheckState::Bad { expected, found: stored },
            None => CheckState::Unchecked,
        })
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

    fn over_frame(
        &self,
        frame: &[u8],
        covered: Range<usize>,
        stored_at: Range<usize>,
        memory: &mut Memory,
    ) -> [Option<u32>; 2] {
        let before = covered.start..covered.end.min(stored_at.start);
        let behind = covered.start.max(stored_at.end)..covered.end;
        if !behind.is_empty() {
            let mut running = Running::new(&self.sums, covered.start);
            memory.checked(running.update(frame.get(before).unwrap_or_default()));
            memory.checked(running.update(frame.get(behind).unwrap_or_default()));
            return running.finish();
        }
        // An end further on was tried before: only what came in between is new.
        let mut running = match memory.take_running() {
            Some(running) if running.from == covered.start && running.to <= before.end => running,
            _ => Running::new(&self.sums, covered.start),
        };
        memory.checked(running.update(frame.get(running.to..before.end).unwrap_or_default()));
        memory.keep_running(running);
        running.finish()
    }

    fn over_content(
        &self,
        content: &[u8],
        transform: Transform,
        memory: &mut Memory,
    ) -> Result<([Option<u32>; 2], u32), WireError> {
        let mut octets = transform.decoded(content);
        let mut count = 0_usize;
        for octet in octets.clone() {
            octet.ok_or(super::examine::not_coded())?;
            count = count.wrapping_add(1);
        }
        let len = self.wire_len();
        let covered = count.checked_sub(len).ok_or(WireError::new(
            0,
            "check sum",
            WireErrorKind::Truncated { needed: len, available: count },
        ))?;
        let mut running = Running::new(&self.sums, 0);
        let mut left = covered;
        while left > 0 {
            let mut piece = Octets::EMPTY;
            for octet in octets.by_ref().flatten().take(left.min(Octets::MAX)) {
                // A piece is as long as the octets that it takes.
                let _ = piece.push(octet);
            }
            memory.checked(running.update(piece.as_slice()));
            left = left.saturating_sub(piece.len().max(1));
        }
        let mut stored = Octets::EMPTY;
        for octet in octets.flatten() {
            // A sum has at most four octets.
            let _ = stored.push(octet);
        }
        Ok((running.finish(), self.order().value(stored.as_slice())))
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
        let [value, _] = self.over_frame(frame, covered, stored_at, &mut Memory::default());
        value.unwrap_or_default()
    }
}

/// The accepted sums over a stretch of the frame that may still grow.
#[derive(Clone, Copy, Debug)]
pub(super) struct Running {
    from: usize,
    to: usize,
    digests: [Option<Digest>; 2],
}

impl Running {
    fn new(sums: &Few<Checksum, 2>, from: usize) -> Self {
        let mut sums = sums.iter();
        let mut next = || sums.next().map(Checksum::digest);
        Self { from, to: from, digests: [next(), next()] }
    }

    /// Takes more octets and says how many that were.
    fn update(&mut self, octets: &[u8]) -> usize {
        for digest in self.digests.iter_mut().flatten() {
            digest.update(octets);
        }
        self.to = self.to.wrapping_add(octets.len());
        octets.len()
    }

    fn finish(self) -> [Option<u32>; 2] {
        self.digests.map(|digest| digest.map(Digest::finish))
    }
}
