//! [`RuleDeframer`]: frames out of a stream, by rules.

use super::examine::{Lead, Verdict};
use super::memory::Memory;
use super::{CheckState, FrameRule, OctetSet, Start};
use crate::{Deframe, Step, WireError, WireErrorKind};

/// Cuts a stream by one rule, or by several of which the first that fits decides.
///
/// The rules can be a static slice, an array, a `Vec` from a profile or an `Arc` over one. Rules
/// that may begin alike stand with the longer start marker first.
///
/// Besides the frame it knows which rule it followed ([`rule_index`](Self::rule_index)) and what
/// its check said ([`check_state`](Self::check_state)), and it counts
/// ([`counters`](Self::counters)).
#[derive(Clone, Debug)]
pub struct RuleDeframer<R> {
    rules: R,
    memory: Memory,
    counters: Counters,
    last: (usize, CheckState),
    /// What a frame of any of the rules, or its preamble, can begin with.
    firsts: OctetSet,
}

/// What a deframer has seen since it was made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counters {
    /// Frames delivered.
    pub frames: u64,
    /// Beginnings given up because a check sum did not fit.
    pub check_failures: u64,
    /// Octets that belonged to no frame.
    pub dropped_octets: u64,
    /// Beginnings given up because the frame would have been too long.
    pub overruns: u64,
    /// Octets that went through a check sum, with those that had to go again.
    pub checked_octets: u64,
    /// Octets that were looked at for an end marker, with those that had to be looked at again.
    pub searched_octets: u64,
}

impl<R: AsRef<[FrameRule]>> RuleDeframer<R> {
    /// A deframer for these rules.
    #[must_use]
    pub fn new(rules: R) -> Self {
        let firsts = first_octets(rules.as_ref());
        Self {
            rules,
            memory: Memory::default(),
            counters: Counters::default(),
            last: (0, CheckState::Unchecked),
            firsts,
        }
    }

    /// From here on other rules hold: the next phase of a conversation. The octets that the caller
    /// has and that were not dropped are looked at again.
    pub fn switch(&mut self, rules: R) {
        self.firsts = first_octets(rules.as_ref());
        self.rules = rules;
        self.memory.forget();
    }

    /// The rules.
    #[must_use]
    pub fn rules(&self) -> &[FrameRule] {
        self.rules.as_ref()
    }

    /// Which of the rules the last frame followed.
    #[must_use]
    pub const fn rule_index(&self) -> usize {
        self.last.0
    }

    /// What the check of the last frame said.
    #[must_use]
    pub const fn check_state(&self) -> CheckState {
        self.last.1
    }

    /// What was seen so far.
    #[must_use]
    pub const fn counters(&self) -> Counters {
        Counters {
            checked_octets: self.memory.checked,
            searched_octets: self.memory.searched,
            ..self.counters
        }
    }

    fn step<'b>(&mut self, buf: &'b [u8], closing: bool) -> Step<'b> {
        if buf.is_empty() {
            return Step::NeedMore { at_least: 1 };
        }
        let mut why = None;
        let mut begun = 0;
        while let Some(rule) = self.rules.as_ref().get(self.memory.rule) {
            match rule.lead(buf) {
                Lead::No => {}
                Lead::Partial if closing => {
                    let available = buf.len();
                    let needed = available.saturating_add(1);
                    let kind = WireErrorKind::Truncated { needed, available };
                    why.get_or_insert(WireError::new(0, START, kind));
                }
                Lead::Partial => return Step::NeedMore { at_least: buf.len().saturating_add(1) },
                Lead::Behind(preamble) => {
                    let octets = buf.get(preamble..).unwrap_or_default();
                    match rule.examine(octets, closing, &mut self.memory) {
                        Verdict::More(needed) => {
                            let at_least = needed.saturating_add(preamble);
                            return Step::NeedMore { at_least };
                        }
                        Verdict::Frame(found, state) => {
                            self.last = (self.memory.rule, state);
                            self.counters.frames = self.counters.frames.saturating_add(1);
                            let frame = octets.get(..found.total).unwrap_or_default();
                            let used = preamble.saturating_add(found.total);
                            self.drop_front(used);
                            return Step::Frame { frame, used };
                        }
                        Verdict::No(no) => {
                            why = Some(no.at(preamble));
                            begun = preamble;
                        }
                    }
                }
            }
            self.memory.next_rule();
        }
        let used = self.next_start(buf, begun.saturating_add(1));
        let why = why.unwrap_or(WireError::new(
            0,
            START,
            WireErrorKind::Expected("the beginning of a frame"),
        ));
        self.count_skip(used, &why);
        self.drop_front(used);
        Step::Skip { used, why }
    }

    /// So many octets leave the front of the buffer.
    fn drop_front(&mut self, used: usize) {
        // The next frame may have a preamble, which lies between the front and its beginning.
        let preambles = self.rules.as_ref().iter().filter_map(|rule| rule.preamble);
        let preamble = preambles.map(|preamble| preamble.max).max().unwrap_or(0);
        self.memory.drop_front(used.saturating_add(preamble));
    }

    /// The first place from `from` on where a frame may begin.
    fn next_start(&self, buf: &[u8], from: usize) -> usize {
        let rules = self.rules.as_ref();
        let may_begin = |(at, octet): &(usize, &u8)| {
            self.firsts.contains(**octet) && {
                let octets = buf.get(*at..).unwrap_or_default();
                rules.iter().any(|rule| rule.lead(octets) != Lead::No)
            }
        };
        let rest = buf.get(from..).unwrap_or_default();
        (from..).zip(rest).find(may_begin).map_or(buf.len(), |(at, _)| at)
    }

    fn count_skip(&mut self, used: usize, why: &WireError) {
        let counters = &mut self.counters;
        counters.dropped_octets = counters.dropped_octets.saturating_add(used as u64);
        match why.kind {
            WireErrorKind::Checksum { .. } => {
                counters.check_failures = counters.check_failures.saturating_add(1);
            }
            WireErrorKind::Limit { .. } => counters.overruns = counters.overruns.saturating_add(1),
            _ => {}
        }
    }
}

fn first_octets(rules: &[FrameRule]) -> OctetSet {
    let mut firsts = OctetSet::NONE;
    for rule in rules {
        if let Some(preamble) = rule.preamble {
            firsts = firsts.with(preamble.octet, preamble.octet);
        }
        firsts = match &rule.start {
            Start::Any => firsts.with(0, u8::MAX),
            Start::OneOf(set) => firsts.and(*set),
            Start::Markers(markers) => markers
                .iter()
                .filter_map(|marker| marker.as_slice().first())
                .fold(firsts, |firsts, &first| firsts.with(first, first)),
        };
    }
    firsts
}

/// What a skip is about where nothing begins.
const START: &str = "start";

impl<R: AsRef<[FrameRule]>> Deframe for RuleDeframer<R> {
    fn deframe<'b>(&mut self, buf: &'b [u8]) -> Step<'b> {
        self.step(buf, false)
    }

    fn finish<'b>(&mut self, buf: &'b [u8]) -> Step<'b> {
        self.step(buf, true)
    }

    fn reset(&mut self) {
        self.memory.forget();
    }

    fn max_len(&self) -> usize {
        let rules = self.rules.as_ref().iter();
        rules
            .map(|rule| {
                rule.max_len.saturating_add(rule.preamble.map_or(0, |preamble| preamble.max))
            })
            .max()
            .unwrap_or(1)
    }
}
