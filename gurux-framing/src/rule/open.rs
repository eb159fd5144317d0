//! [`FrameRule::open`] and [`FrameRule::explain`]: what is in a frame.

use core::ops::Range;

use super::examine::{Found, Verdict};
use super::memory::Memory;
use super::{Boundary, CheckState, Few, FrameRule, Octets, Over, Place, Start, Transform};
use crate::explain::{Shown, Visit};
use crate::{WireError, WireErrorKind};

/// What is in a frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Opened<'f> {
    /// The octets before the content that the rule does not set itself, in order: addresses,
    /// control octets, transaction numbers. At most [`Octets::MAX`] of them.
    pub head: Octets,
    /// The content, decoded, without filling and check sum.
    pub content: &'f [u8],
    /// What the check said.
    pub check: CheckState,
}

/// A part of a frame that the rule sets or can tell itself.
#[derive(Clone, Copy)]
pub(super) struct Part {
    pub(super) at: usize,
    pub(super) len: usize,
    pub(super) name: &'static str,
}

impl FrameRule {
    /// Takes a whole frame apart. Where the rule has a [`Transform`], the content is decoded into
    /// `room`, for which the length of the frame is enough; else it is borrowed.
    ///
    /// # Errors
    /// Those of a frame that is none, [`WireErrorKind::Trailing`] if octets follow it, and
    /// [`WireErrorKind::Limit`] if the room is too small.
    pub fn open<'f>(&self, frame: &'f [u8], room: &'f mut [u8]) -> Result<Opened<'f>, WireError> {
        let (found, check) = self.located(frame)?;
        let range = self.content_range(&found)?;
        let coded = frame.get(range.clone()).unwrap_or_default();
        let content = match self.transform {
            Transform::None => coded,
            transform => decode(transform, coded, room).map_err(|why| why.at(range.start))?,
        };
        let sum_len = match &self.check {
            Some(check) if check.over == Over::Content => check.wire_len(),
            _ => 0,
        };
        let fill_len = match &self.fill {
            Some(fill) => frame.get(found.place(fill.count_at)?).copied().map_or(0, usize::from),
            None => 0,
        };
        let behind = sum_len.saturating_add(fill_len);
        let content = match content.len().checked_sub(behind) {
            Some(len) => content.get(..len).unwrap_or_default(),
            None => {
                let kind = WireErrorKind::Length { declared: behind, available: content.len() };
                return Err(WireError::new(range.start, "filling", kind));
            }
        };
        Ok(Opened { head: self.head(frame), content, check })
    }

    /// Where the content lies in a whole frame: coded, with filling.
    ///
    /// # Errors
    /// Those of [`open`](Self::open).
    pub fn content_in(&self, frame: &[u8]) -> Result<Range<usize>, WireError> {
        let (found, _) = self.located(frame)?;
        self.content_range(&found)
    }

    /// Proves a whole frame without taking it apart.
    ///
    /// # Errors
    /// Those of [`open`](Self::open).
    pub fn check_in(&self, frame: &[u8]) -> Result<CheckState, WireError> {
        self.located(frame).map(|(_, state)| state)
    }

    pub(super) fn located(&self, frame: &[u8]) -> Result<(Found, CheckState), WireError> {
        if !matches!(self.lead(frame), super::examine::Lead::Behind(0)) {
            let kind = WireErrorKind::Expected("the beginning of a frame");
            return Err(WireError::new(0, self.name, kind));
        }
        match self.examine(frame, true, &mut Memory::default()) {
            Verdict::Frame(found, state) => match frame.len().saturating_sub(found.total) {
                0 => Ok((found, state)),
                octets => {
                    let kind = WireErrorKind::Trailing { octets };
                    Err(WireError::new(found.total, self.name, kind))
                }
            },
            Verdict::No(why) => Err(why),
            Verdict::More(needed) => {
                let kind = WireErrorKind::Truncated { needed, available: frame.len() };
                Err(WireError::new(0, self.name, kind))
            }
        }
    }

    /// Tells `visitor` what each octet of a whole frame is; the frame begins at octet `origin` of
    /// the outermost buffer.
    ///
    /// # Errors
    /// Those of [`open`](Self::open); then nothing is told.
    pub fn explain<V: Visit>(
        &self,
        frame: &[u8],
        origin: usize,
        mut visitor: V,
    ) -> Result<(), WireError> {
        let (found, _) = self.located(frame)?;
        let content = self.content_range(&found)?;
        let parts = self.parts(frame, &found);
        visitor.enter_group(origin, self.name);
        let mut at = 0_usize;
        while at < frame.len() {
            let part = parts.iter().find(|part| part.at == at && part.len > 0);
            let (len, name) = match part {
                Some(part) => (part.len, part.name),
                None => {
                    // Up to the next part, or to where the content begins or ends.
                    let next = parts
                        .iter()
                        .map(|part| part.at)
                        .chain([content.start, content.end, frame.len()])
                        .filter(|&next| next > at)
                        .min()
                        .unwrap_or(frame.len());
                    let name = if content.contains(&at) {
                        "content"
                    } else if at < content.start {
                        "head"
                    } else {
                        "tail"
                    };
                    (next.saturating_sub(at).max(1), name)
                }
            };
            let end = at.saturating_add(len).min(frame.len());
            let octets = frame.get(at..end).unwrap_or_default();
            let range = origin.saturating_add(at)..origin.saturating_add(end);
            match (part, name) {
                (None, _) => visitor.field(range, name, Shown::Octets(octets)),
                (Some(_), "length") => {
                    let value = self.length_value(octets);
                    visitor.structure(range, name, Shown::Unsigned(value));
                }
                (Some(_), _) => visitor.structure(range, name, Shown::Octets(octets)),
            }
            at = end;
        }
        visitor.leave(origin.saturating_add(frame.len()));
        Ok(())
    }

    fn length_value(&self, octets: &[u8]) -> u64 {
        match &self.boundary {
            Boundary::Length(length) => {
                (length.order.value(octets) & length.mask).wrapping_shr(length.shift.into()).into()
            }
            _ => 0,
        }
    }

    /// The octets before the content that are no part of the rule's own.
    fn head(&self, frame: &[u8]) -> Octets {
        let known = self.parts_before(frame);
        let mut head = Octets::EMPTY;
        let (Place::Start(len), _) = self.content else { return head };
        for (at, &octet) in (0..len).zip(frame) {
            if !covers(&known, at) {
                // A longer head is cut, as its documentation says.
                let _ = head.push(octet);
            }
        }
        head
    }

    /// What the rule sets before the content of `frame`.
    pub(super) fn parts_before(&self, frame: &[u8]) -> Few<Part, 12> {
        let mut parts = Few::NONE;
        let mut add = |at, len, name| {
            // Twelve are more than a rule can name: one start, four literals, two lengths, a
            // check, a filling and an end.
            let _ = parts.push(Part { at, len, name });
        };
        if let Start::Markers(markers) = &self.start
            && let Some(marker) = markers.iter().find(|marker| frame.starts_with(marker.as_slice()))
        {
            add(0, marker.len(), "start");
        }
        for literal in self.literals.iter() {
            if let Place::Start(at) = literal.at {
                add(at, literal.octets.len(), "fixed");
            }
        }
        if let Boundary::Length(length) = &self.boundary {
            add(length.at, length.width, "length");
            if let Some(at) = length.copy_at {
                add(at, length.width, "length");
            }
        }
        if let Some(check) = &self.check
            && let Over::Frame { at: Place::Start(at), .. } = check.over
        {
            add(at, check.wire_len(), "check sum");
        }
        parts
    }

    /// What the rule sets in a whole frame.
    fn parts(&self, frame: &[u8], found: &Found) -> Few<Part, 12> {
        let mut parts = self.parts_before(frame);
        let mut add = |at, len, name| {
            let _ = parts.push(Part { at, len, name });
        };
        if let Some((start, end)) = found.marker {
            add(start, end.saturating_sub(start), "end marker");
        }
        if let Some(fill) = &self.fill
            && let Ok(at) = found.place(fill.count_at)
        {
            add(at, 1, "filling");
        }
        if let Some(check) = &self.check
            && let Over::Frame { at, .. } = check.over
            && !matches!(at, Place::Start(_))
            && let Ok((range, _)) = check.stored(frame, found, at)
        {
            add(range.start, range.len(), "check sum");
        }
        for literal in self.literals.iter() {
            if !matches!(literal.at, Place::Start(_))
                && let Ok(at) = found.place(literal.at)
            {
                add(at, literal.octets.len(), "end");
            }
        }
        parts
    }
}

/// Is the octet at `at` in one of the parts?
pub(super) fn covers(parts: &Few<Part, 12>, at: usize) -> bool {
    parts.iter().any(|part| part.at <= at && at < part.at.saturating_add(part.len))
}

fn decode<'r>(
    transform: Transform,
    coded: &[u8],
    room: &'r mut [u8],
) -> Result<&'r [u8], WireError> {
    let max = room.len();
    let mut len = 0_usize;
    for octet in transform.decoded(coded) {
        let octet = octet.ok_or(super::examine::not_coded())?;
        let limit = WireError::new(max, "output buffer", WireErrorKind::Limit { max });
        *room.get_mut(len).ok_or(limit)? = octet;
        len = len.wrapping_add(1);
    }
    let room: &'r [u8] = room;
    Ok(room.get(..len).unwrap_or_default())
}
