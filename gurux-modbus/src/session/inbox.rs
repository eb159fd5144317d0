//! [`Inbox`]: octets in, messages out.

use alloc::vec::Vec;
use core::ops::Range;

use gurux_framing::ascii::Ascii;
use gurux_framing::mbap::Mbap;
use gurux_framing::rtu::{LengthRule, Rtu};
use gurux_framing::{Deframe, Direction, Step, WireError, WireErrorKind};

use super::Framing;

/// What came in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Incoming<'b> {
    /// A message as it was found, its check proven; and which way it goes, where the octets say.
    Frame(&'b [u8], Option<Direction>),
    /// Octets that belong to no message.
    Noise { octets: &'b [u8], why: WireError },
}

/// Did the session answer a message?
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Answered {
    Yes,
    No,
}

/// What to look for.
#[derive(Clone, Debug, Default)]
pub(super) struct Filter {
    pub(super) framing: Framing,
    /// `None`: both ways.
    pub(super) direction: Option<Direction>,
    /// The last character of ASCII messages.
    pub(super) delimiter: u8,
    /// The lengths of functions that only the user knows.
    pub(super) rules: Vec<LengthRule>,
    pub(super) exception_without_crc: bool,
    pub(super) length_one_too_long: bool,
}

/// The deframer of a framing.
#[derive(Clone, Debug)]
enum Deframer {
    Rtu(Rtu<Vec<LengthRule>>),
    Ascii(Ascii),
    Mbap(Mbap),
}

impl Deframer {
    fn new(filter: Filter) -> Self {
        let direction = filter.direction;
        match filter.framing {
            Framing::Rtu | Framing::RtuOverTcp => Self::Rtu(
                Rtu::with_rules(direction, filter.rules)
                    .accepting_bare_exceptions(filter.exception_without_crc),
            ),
            Framing::Ascii | Framing::AsciiOverTcp => {
                Self::Ascii(Ascii::with_delimiter(filter.delimiter))
            }
            Framing::Tcp | Framing::Udp => {
                let short = direction.filter(|_| filter.length_one_too_long);
                Self::Mbap(Mbap::new().accepting_short(short))
            }
        }
    }

    fn direction(&self) -> Option<Direction> {
        match self {
            Self::Rtu(rtu) => rtu.direction(),
            Self::Ascii(_) | Self::Mbap(_) => None,
        }
    }
}

impl Deframe for Deframer {
    fn deframe<'b>(&mut self, buf: &'b [u8]) -> Step<'b> {
        match self {
            Self::Rtu(rtu) => rtu.deframe(buf),
            Self::Ascii(ascii) => ascii.deframe(buf),
            Self::Mbap(mbap) => mbap.deframe(buf),
        }
    }

    fn finish<'b>(&mut self, buf: &'b [u8]) -> Step<'b> {
        match self {
            Self::Rtu(rtu) => rtu.finish(buf),
            Self::Ascii(ascii) => ascii.finish(buf),
            Self::Mbap(mbap) => mbap.finish(buf),
        }
    }

    fn reset(&mut self) {
        match self {
            Self::Rtu(rtu) => rtu.reset(),
            Self::Ascii(ascii) => ascii.reset(),
            Self::Mbap(mbap) => mbap.reset(),
        }
    }

    fn max_len(&self) -> usize {
        match self {
            Self::Rtu(rtu) => rtu.max_len(),
            Self::Ascii(ascii) => ascii.max_len(),
            Self::Mbap(mbap) => mbap.max_len(),
        }
    }
}

/// Octets that came and are not yet decided on: at most one message long.
#[derive(Clone, Debug)]
pub(super) struct Inbox {
    deframer: Deframer,
    fresh: Deframer,
    held: Vec<u8>,
}

impl Inbox {
    pub(super) fn new(filter: Filter) -> Self {
        let deframer = Deframer::new(filter);
        Self { fresh: deframer.clone(), deframer, held: Vec::new() }
    }

    /// ASCII messages end by this character from now on.
    pub(super) fn set_delimiter(&mut self, delimiter: u8) {
        for deframer in [&mut self.deframer, &mut self.fresh] {
            if let Deframer::Ascii(ascii) = deframer {
                ascii.set_delimiter(delimiter);
            }
        }
    }

    /// Octets that may yet become a message.
    pub(super) fn held(&self) -> &[u8] {
        &self.held
    }

    /// Forgets them.
    pub(super) fn clear(&mut self) {
        self.held.clear();
        self.deframer.reset();
    }

    /// Takes octets in and tells of each message and each run of noise in them.
    pub(super) fn receive(
        &mut self,
        mut octets: &[u8],
        mut tell: impl FnMut(Incoming<'_>) -> Answered,
    ) {
        // The usual case: one whole message.
        if self.held.is_empty()
            && let Step::Frame { frame, used } = self.deframer.deframe(octets)
            && used == octets.len()
        {
            if tell(Incoming::Frame(frame, self.deframer.direction())) == Answered::Yes {
                self.deframer.reset();
            }
            return;
        }
        while !octets.is_empty() {
            if self.held.is_empty() {
                // Whole messages are told of where they lie.
                let used = cut(&mut self.deframer, octets, false, &mut tell);
                octets = octets.get(used..).unwrap_or_default();
                if octets.is_empty() {
                    return;
                }
                if octets.len() < self.deframer.max_len() {
                    self.held.extend_from_slice(octets);
                    return;
                }
            }
            let room = self.deframer.max_len().saturating_sub(self.held.len()).max(1);
            let (taken, rest) = octets.split_at_checked(room).unwrap_or((octets, &[]));
            self.held.extend_from_slice(taken);
            octets = rest;
            let used = cut(&mut self.deframer, &self.held, false, &mut tell);
            self.held.drain(..used.min(self.held.len()));
        }
    }

    /// The line fell silent, or a datagram ended: everything that is held is decided on.
    pub(super) fn finish(&mut self, mut tell: impl FnMut(Incoming<'_>) -> Answered) {
        let held = core::mem::take(&mut self.held);
        let mut used = 0_usize;
        while let Some(rest) = held.get(used..).filter(|rest| !rest.is_empty()) {
            used = used.saturating_add(match cut(&mut self.deframer, rest, true, &mut tell) {
                0 => rest.len(),
                taken => taken,
            });
        }
        // What the deframer knows of the last message stands: its answer may come.
        self.held = held;
        self.held.clear();
    }

    /// Where in what is held a message lies that is wanted, if silence follows it: perhaps behind
    /// a beginning that looks like that of a longer message.
    pub(super) fn find(
        &mut self,
        mut is_wanted: impl FnMut(&[u8]) -> bool,
    ) -> Option<Range<usize>> {
        (0..self.held.len()).find_map(|start| {
            self.fresh.reset();
            match self.fresh.finish(self.held.get(start..)?) {
                Step::Frame { frame, .. } if is_wanted(frame) => {
                    Some(start..start.saturating_add(frame.len()))
                }
                _ => None,
            }
        })
    }

    /// Decides on a message that [`find`](Self::find) found, and on all before it.
    pub(super) fn take(
        &mut self,
        found: Range<usize>,
        mut tell: impl FnMut(Incoming<'_>) -> Answered,
    ) {
        if let Some(before) = self.held.get(..found.start).filter(|before| !before.is_empty()) {
            tell(Incoming::Noise { octets: before, why: NO_END });
        }
        if let Some(frame) = self.held.get(found.clone()) {
            tell(Incoming::Frame(frame, None));
        }
        self.held.drain(..found.end.min(self.held.len()));
        self.deframer.reset();
    }
}

/// Why octets before a rescued message are noise.
const NO_END: WireError =
    WireError::new(0, "message", WireErrorKind::Expected("the rest of the message"));

/// Cuts what can be cut off the front of `buf`; how many octets that were.
fn cut(
    deframer: &mut Deframer,
    buf: &[u8],
    silent: bool,
    tell: &mut impl FnMut(Incoming<'_>) -> Answered,
) -> usize {
    let mut used = 0_usize;
    // A run of noise: where it begins, and why.
    let mut noise: Option<(usize, WireError)> = None;
    loop {
        let rest = buf.get(used..).unwrap_or_default();
        let step = match rest {
            [] => Step::NeedMore { at_least: 1 },
            _ if silent => deframer.finish(rest),
            _ => deframer.deframe(rest),
        };
        if let Step::Skip { used: skipped, why } = step {
            noise.get_or_insert((used, why));
            used = used.saturating_add(skipped.max(1)).min(buf.len());
            continue;
        }
        if let Some((start, why)) = noise.take() {
            let octets = buf.get(start..used).unwrap_or_default();
            tell(Incoming::Noise { octets, why });
        }
        let Step::Frame { frame, used: taken } = step else { return used };
        if tell(Incoming::Frame(frame, deframer.direction())) == Answered::Yes {
            // What we send is not heard here, so what comes next is no answer to this message.
            deframer.reset();
        }
        used = used.saturating_add(taken.max(1)).min(buf.len());
        if used == buf.len() {
            return used;
        }
    }
}
