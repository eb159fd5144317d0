//! Does a frame of this rule begin here, and where does it end?

use core::ops::Range;

use super::marker::{Match, compare};
use super::memory::Memory;
use super::{Boundary, CheckState, FrameLen, FrameRule, Length, Over, Place, Start, Transform};
use crate::{WireError, WireErrorKind};

/// A frame that was found: how long it is, and where its end marker lies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Found {
    pub(super) total: usize,
    pub(super) marker: Option<(usize, usize)>,
}

impl Found {
    /// Octets from the beginning of the frame to a place in it.
    pub(super) fn place(&self, place: Place) -> Result<usize, WireError> {
        let place = match (place, self.marker) {
            (Place::Start(octets), _) => Some(octets),
            (Place::End(octets), _) => self.total.checked_sub(octets),
            (Place::BeforeMarker, Some((start, _))) => Some(start),
            (Place::BehindMarker, Some((_, end))) => Some(end),
            (Place::BeforeMarker | Place::BehindMarker, None) => None,
        };
        place.filter(|&place| place <= self.total).ok_or(WireError::new(
            self.total,
            "frame",
            WireErrorKind::Truncated {
                needed: self.total.saturating_add(1),
                available: self.total,
            },
        ))
    }
}

/// How octets begin, as far as they go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Lead {
    /// No frame begins here.
    No,
    /// More octets must tell.
    Partial,
    /// A frame may begin behind so many octets of preamble.
    Behind(usize),
}

/// What the octets from the beginning of a possible frame on are.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Verdict {
    Frame(Found, CheckState),
    /// The buffer must hold so many octets.
    More(usize),
    No(WireError),
}

pub(super) const fn not_coded() -> WireError {
    WireError::new(0, "content", WireErrorKind::Expected("another code"))
}

impl FrameRule {
    /// Can a frame begin at the front of `octets`?
    pub(super) fn lead(&self, octets: &[u8]) -> Lead {
        let (skipped, octets) = match self.preamble {
            None => (0, octets),
            Some(preamble) => {
                let run = octets.iter().take_while(|&&octet| octet == preamble.octet);
                let run = run.take(preamble.max.saturating_add(1)).count();
                if run > preamble.max {
                    return Lead::No;
                }
                (run, octets.get(run..).unwrap_or_default())
            }
        };
        if let Some(among) = &self.among
            && octets.get(among.at).is_some_and(|octet| !among.set.contains(*octet))
        {
            return Lead::No;
        }
        match self.begins(octets) {
            Match::Yes => Lead::Behind(skipped),
            Match::Partial => Lead::Partial,
            Match::No => Lead::No,
        }
    }

    fn begins(&self, octets: &[u8]) -> Match {
        match (&self.start, octets.first()) {
            (_, None) => Match::Partial,
            (Start::Any, Some(_)) => Match::Yes,
            (Start::OneOf(set), Some(&first)) if set.contains(first) => Match::Yes,
            (Start::OneOf(_), Some(_)) => Match::No,
            (Start::Markers(markers), Some(_)) => {
                let mut best = Match::No;
                for marker in markers.iter() {
                    match compare(octets, marker.as_slice()) {
                        Match::Yes => return Match::Yes,
                        Match::Partial => best = Match::Partial,
                        Match::No => {}
                    }
                }
                best
            }
        }
    }

    /// Looks at octets that begin like a frame. Where `closing`, nothing more will come.
    pub(super) fn examine(&self, octets: &[u8], closing: bool, memory: &mut Memory) -> Verdict {
        let verdict = match self.fixed_octets(octets) {
            Err(why) => Verdict::No(why),
            Ok(()) => self.bounded(octets, closing, memory),
        };
        // A frame of the greatest length may still wait for the silence behind it.
        let max_needed = match self.boundary {
            Boundary::Silence => self.max_len.saturating_add(1),
            _ => self.max_len,
        };
        // Nothing is waited for before the octet that is one of a few is known to be.
        let among = self.among.map_or(0, |among| among.at.saturating_add(1));
        match verdict {
            Verdict::More(_) if !closing && octets.len() < among => Verdict::More(among),
            Verdict::More(needed) if closing || needed > max_needed => {
                let available = octets.len();
                let kind = if needed > max_needed {
                    WireErrorKind::Limit { max: self.max_len }
                } else {
                    WireErrorKind::Truncated { needed, available }
                };
                Verdict::No(WireError::new(0, self.name, kind))
            }
            Verdict::More(needed) => Verdict::More(needed.max(octets.len().saturating_add(1))),
            verdict => verdict,
        }
    }

    /// The literals that are counted from the beginning, as far as they are there.
    fn fixed_octets(&self, octets: &[u8]) -> Result<(), WireError> {
        self.literals.iter().try_for_each(|literal| match literal.at {
            Place::Start(at) => expect(octets, at, literal.octets.as_slice()),
            _ => Ok(()),
        })
    }

    fn bounded(&self, octets: &[u8], closing: bool, memory: &mut Memory) -> Verdict {
        let total = match &self.boundary {
            Boundary::Fixed(total) => *total,
            Boundary::Length(length) => match length.total(octets) {
                Ok(Some(total)) => total,
                Ok(None) => return Verdict::More(length.end()),
                Err(why) => return Verdict::No(why),
            },
            Boundary::Function(function) => match function(octets) {
                FrameLen::Total(total) => total,
                FrameLen::More(needed) => return Verdict::More(needed),
                FrameLen::Invalid => {
                    let kind = WireErrorKind::Expected("the beginning of a frame");
                    return Verdict::No(WireError::new(0, self.name, kind));
                }
            },
            Boundary::Silence if closing => octets.len(),
            Boundary::Silence => return Verdict::More(octets.len().saturating_add(1)),
            Boundary::Marker(end) => return self.marked(end, octets, closing, memory),
        };
        self.whole(octets, Found { total, marker: None }, memory)
    }

    /// Proves a frame whose end is known.
    pub(super) fn whole(&self, octets: &[u8], found: Found, memory: &mut Memory) -> Verdict {
        if found.total > self.max_len {
            let kind = WireErrorKind::Limit { max: self.max_len };
            return Verdict::No(WireError::new(0, self.name, kind));
        }
        if found.total < self.min_len.max(1) {
            let kind = WireErrorKind::Truncated { needed: self.min_len, available: found.total };
            return Verdict::No(WireError::new(0, self.name, kind));
        }
        let Some(frame) = octets.get(..found.total) else { return Verdict::More(found.total) };
        match self.proven(frame, &found, memory) {
            Ok(state) => Verdict::Frame(found, state),
            Err(why) => Verdict::No(why),
        }
    }

    fn proven(
        &self,
        frame: &[u8],
        found: &Found,
        memory: &mut Memory,
    ) -> Result<CheckState, WireError> {
        for literal in self.literals.iter() {
            let text = literal.octets.as_slice();
            let at = found.place(literal.at)?;
            expect(frame, at, text)?;
            // An octet of the frame for each of the literal: nothing was cut off.
            found.place(Place::Start(at.saturating_add(text.len())))?;
        }
        let range = self.content_range(found)?;
        let coded = frame.get(range.clone()).unwrap_or_default();
        let state = match &self.check {
            None => CheckState::Unchecked,
            Some(check) => check
                .state(frame, found, (coded, self.transform), memory)
                .map_err(|why| if why.what == "content" { why.at(range.start) } else { why })?,
        };
        if matches!(self.transform, Transform::Hex | Transform::Escaped { .. })
            && self.transform.decoded(coded).any(|octet| octet.is_none())
        {
            return Err(not_coded().at(range.start));
        }
        if let Some(fill) = &self.fill {
            let count = frame.get(found.place(fill.count_at)?).copied().map_or(0, usize::from);
            // No transform makes of one octet more than two.
            let available = coded.len() / 2;
            if count > available && count > self.transform.decoded(coded).count() {
                let kind = WireErrorKind::Length { declared: count, available };
                return Err(WireError::new(range.start, "filling", kind));
            }
        }
        if let (CheckState::Bad { expected, found: sum }, Some(check)) = (state, &self.check)
            && check.required
        {
            let at = match check.over {
                Over::Frame { at, .. } => found.place(at)?,
                Over::Content => range.end,
            };
            let kind = WireErrorKind::Checksum { expected, found: sum };
            return Err(WireError::new(at, "check sum", kind));
        }
        if self.restart && !matches!(state, CheckState::Good(_)) {
            let begins =
                |&at: &usize| self.begins(frame.get(at..).unwrap_or_default()) == Match::Yes;
            if let Some(at) = (1..frame.len()).find(begins) {
                let kind = WireErrorKind::Expected("the end before another beginning");
                return Err(WireError::new(at, self.name, kind));
            }
        }
        Ok(state)
    }

    /// Where the content lies in a frame, coded and filled up.
    pub(super) fn content_range(&self, found: &Found) -> Result<Range<usize>, WireError> {
        let (from, to) = (found.place(self.content.0)?, found.place(self.content.1)?);
        if from <= to {
            return Ok(from..to);
        }
        let kind = WireErrorKind::Truncated { needed: from.wrapping_sub(to), available: 0 };
        Err(WireError::new(to, "content", kind))
    }
}

/// Are these the octets at `at`, as far as they are there?
fn expect(octets: &[u8], at: usize, text: &[u8]) -> Result<(), WireError> {
    let there = octets.get(at..).unwrap_or_default();
    match (0..).zip(there.iter().zip(text)).find(|(_, (have, want))| have != want) {
        None => Ok(()),
        Some((index, (&found, &expected))) => Err(WireError::new(
            at.saturating_add(index),
            "fixed octet",
            WireErrorKind::Fixed { expected, found },
        )),
    }
}

impl Length {
    /// The octet behind all that says how long the frame is.
    fn end(&self) -> usize {
        let field = self.at.saturating_add(self.width);
        self.copy_at.map_or(field, |at| at.saturating_add(self.width).max(field))
    }

    /// The length of the whole frame, once its field is there.
    fn total(&self, octets: &[u8]) -> Result<Option<usize>, WireError> {
        let field = |at: usize| {
            let field = octets.get(at..)?.get(..self.width)?;
            Some((self.order.value(field) & self.mask).wrapping_shr(self.shift.into()))
        };
        let Some(declared) = field(self.at) else { return Ok(None) };
        if let Some(copy_at) = self.copy_at {
            let Some(copy) = field(copy_at) else { return Ok(None) };
            if copy != declared {
                let kind =
                    WireErrorKind::Length { declared: declared as usize, available: copy as usize };
                return Err(WireError::new(copy_at, "length", kind));
            }
        }
        let total = i64::from(declared).wrapping_add(self.add.into());
        match usize::try_from(total) {
            Ok(total) if total >= self.end() => Ok(Some(total)),
            _ => {
                let kind = WireErrorKind::Length { declared: declared as usize, available: 0 };
                Err(WireError::new(self.at, "length", kind))
            }
        }
    }
}
