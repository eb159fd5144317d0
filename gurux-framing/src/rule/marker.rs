//! Frames that end at a marker: the search for it.

use super::examine::{Found, Verdict};
use super::memory::Memory;
use super::{EndMarker, FrameRule, Octets, Place, Then, Transform};
use crate::{WireError, WireErrorKind};

/// How a text compares with the octets that are there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Match {
    No,
    /// The octets end before the text does.
    Partial,
    Yes,
}

pub(super) fn compare(octets: &[u8], text: &[u8]) -> Match {
    if octets.starts_with(text) {
        Match::Yes
    } else if text.starts_with(octets) {
        Match::Partial
    } else {
        Match::No
    }
}

/// Where the search for an end marker stopped.
enum Search {
    /// A marker begins and ends there.
    Marker(usize, usize),
    /// More octets must tell whether one begins there.
    Wait(usize),
    No(WireError),
}

impl FrameRule {
    /// Looks for the end marker, from where the last look stopped.
    pub(super) fn marked(
        &self,
        end: &EndMarker,
        octets: &[u8],
        closing: bool,
        memory: &mut Memory,
    ) -> Verdict {
        let (Place::Start(content), _) = self.content else {
            let kind = WireErrorKind::Expected("content that begins at a place from the start");
            return Verdict::No(WireError::new(0, self.name, kind));
        };
        let sequence = match self.transform {
            Transform::Doubled(sequence) if !sequence.is_empty() => Some(sequence),
            _ => None,
        };
        let window = octets.get(..self.max_len).unwrap_or(octets);
        let more = Verdict::More(octets.len().saturating_add(1));
        let mut at = memory.search_from(content, sequence.is_some());
        loop {
            let search = match &sequence {
                None => next_marker(end, window, at),
                Some(sequence) => next_single(end, sequence, window, at),
            };
            let (start, behind) = match search {
                Search::Marker(start, behind) => {
                    memory.searched(behind.saturating_sub(at));
                    (start, behind)
                }
                Search::Wait(to) => {
                    memory.searched(to.saturating_sub(at));
                    memory.searched_to(to);
                    return more;
                }
                Search::No(why) => return Verdict::No(why),
            };
            let total = match end.then {
                Then::Octets(count) => Some(behind.saturating_add(count)),
                Then::Line(max) => match end_of_line(octets, behind, max) {
                    Ok(total) => total,
                    // The last line of a capture may lack its end.
                    Err(()) if closing => Some(octets.len()),
                    Err(()) => {
                        memory.searched_to(start);
                        return more;
                    }
                },
            };
            at = start.saturating_add(1);
            let Some(total) = total else {
                memory.searched_to(at);
                continue;
            };
            memory.marker_at(start);
            match self.whole(octets, Found { total, marker: Some((start, behind)) }, memory) {
                Verdict::No(_) if end.in_content => memory.searched_to(at),
                verdict => return verdict,
            }
        }
    }
}

/// The first marker from `at` on.
fn next_marker(end: &EndMarker, octets: &[u8], mut at: usize) -> Search {
    let firsts = first_octets(end);
    loop {
        let rest = octets.get(at..).unwrap_or_default();
        let Some(skipped) = position(rest, firsts) else {
            return Search::Wait(octets.len().max(at));
        };
        at = at.saturating_add(skipped);
        let rest = rest.get(skipped..).unwrap_or_default();
        match marker_here(end, rest) {
            (Match::Yes, len) => return Search::Marker(at, at.saturating_add(len)),
            (Match::Partial, _) => return Search::Wait(at),
            (Match::No, _) => at = at.saturating_add(1),
        }
    }
}

/// The first marker from `at` on, where the content comes in groups as long as an escape sequence
/// and the sequence stands twice where it is content.
fn next_single(end: &EndMarker, sequence: &Octets, octets: &[u8], mut at: usize) -> Search {
    let sequence = sequence.as_slice();
    let mut rest = octets.get(at..).unwrap_or_default();
    loop {
        let Some((group, behind)) = rest.split_at_checked(sequence.len()) else {
            return Search::Wait(at);
        };
        at = at.saturating_add(group.len());
        if group.first() != sequence.first() || group != sequence {
            rest = behind;
            continue;
        }
        let start = at.saturating_sub(group.len());
        match marker_here(end, rest) {
            (Match::Yes, len) => return Search::Marker(start, start.saturating_add(len)),
            (Match::Partial, _) => return Search::Wait(start),
            (Match::No, _) => {}
        }
        match compare(behind, sequence) {
            Match::Yes => {
                at = at.saturating_add(sequence.len());
                rest = behind.get(sequence.len()..).unwrap_or_default();
            }
            Match::Partial => return Search::Wait(start),
            Match::No => {
                let kind = WireErrorKind::Expected("the same again or the end marker");
                return Search::No(WireError::new(at, "escape sequence", kind));
            }
        }
    }
}

/// Does a marker begin with these octets, and how long is it? The first that could, decides.
fn marker_here(end: &EndMarker, octets: &[u8]) -> (Match, usize) {
    let matches = end.markers.iter().map(|marker| {
        let text = marker.as_slice();
        (compare(octets, text), text.len())
    });
    matches.into_iter().find(|(matched, _)| *matched != Match::No).unwrap_or((Match::No, 0))
}

/// What the markers begin with; less than four are repeated.
fn first_octets(end: &EndMarker) -> [u8; 4] {
    let mut firsts = end.markers.iter().filter_map(|marker| marker.as_slice().first()).copied();
    let first = firsts.next().unwrap_or(0);
    let mut next = || firsts.next().unwrap_or(first);
    [first, next(), next(), next()]
}

/// The first of `octets` that is one of four: whole blocks first, which the compiler compares at
/// once.
fn position(octets: &[u8], [a, b, c, d]: [u8; 4]) -> Option<usize> {
    let is_one = |&octet: &u8| (octet == a) | (octet == b) | (octet == c) | (octet == d);
    let (blocks, _) = octets.as_chunks::<32>();
    let clear = blocks
        .iter()
        .take_while(|block| !block.iter().fold(false, |any, octet| any | is_one(octet)))
        .count()
        .saturating_mul(32);
    let rest = octets.get(clear..).unwrap_or_default();
    rest.iter().position(is_one).map(|at| at.saturating_add(clear))
}

/// The octet behind the line that goes on at `from` and may take `max` octets more: none if it takes
/// more than that, an error if more octets must tell.
fn end_of_line(octets: &[u8], from: usize, max: usize) -> Result<Option<usize>, ()> {
    let there = octets.get(from..).unwrap_or_default();
    match (1..=max).zip(there).find(|(_, octet)| **octet == b'\n') {
        Some((len, _)) => Ok(Some(from.saturating_add(len))),
        None if there.len() >= max => Ok(None),
        None => Err(()),
    }
}
