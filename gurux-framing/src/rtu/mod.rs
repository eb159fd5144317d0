//! Modbus RTU: a frame that nothing marks, cut by what it says of itself.
//!
//! | octets | field |
//! |---|---|
//! | 1 | unit: 0 broadcast, 1 to 247 a server |
//! | 1..=253 | PDU: a function code and what belongs to it |
//! | 2 | CRC-16/MODBUS of all before, low octet first |
//!
//! The standard ends a frame by a silence of 3.5 characters. No adapter between the line and a
//! program keeps silences, so [`Rtu`] finds the end by [`Length`]: the function code says how long
//! the PDU is, or where its length stands, both ways. Only a function that nobody knows ends by
//! silence, which the caller tells by [`finish`](crate::Deframe::finish).
//!
//! Nothing marks the start either. Octets that are no frame are dropped one at a time, so a frame
//! hidden behind noise, or inside what looked like a longer one, is found.
//!
//! Two traps, for those who would check the CRC over "all received": the CRC of a good frame and
//! any number of zero octets behind it is good again (an RS-485 driver that turns round likes to
//! add one), and two frames may come in one piece. The length that the frame declares always wins.
//!
//! Source: MODBUS over Serial Line V1.02, 2.5.1 (as known from its public text), and the captures
//! and issue reports named in the tests.

mod length;
mod silence;
#[cfg(test)]
mod tests;

use crate::{Deframe, Direction, Step, WireError, WireErrorKind, checksum};

pub use length::{Length, LengthRule, PduLen, pdu_len};
pub use silence::Silence;

/// The shortest frame: unit, function code, CRC.
pub const MIN_LEN: usize = 4;

/// The longest frame (MODBUS over Serial Line V1.02, 2.5.1).
pub const MAX_LEN: usize = 256;

/// Octets that stand around a PDU.
pub const OVERHEAD: usize = 3;

const CRC_LEN: usize = 2;

/// The frames that answer a read of one value or more.
const ANSWERS: core::ops::RangeInclusive<usize> = 6..=MAX_LEN;

/// The check sum of a frame: over the unit and the PDU.
#[must_use]
#[inline]
pub fn crc(octets: &[u8]) -> u16 {
    checksum::modbus(octets)
}

/// Writes the frame of a PDU to the front of `out` and says how many octets it took: three more
/// than the PDU.
///
/// ```
/// use gurux_framing::rtu;
///
/// let mut out = [0; rtu::MAX_LEN];
/// let len = rtu::wrap(0x11, &[0x03, 0x00, 0x6B, 0x00, 0x03], &mut out)?;
/// assert_eq!(out[..len], [0x11, 0x03, 0x00, 0x6B, 0x00, 0x03, 0x76, 0x87]);
/// # Ok::<(), gurux_framing::WireError>(())
/// ```
///
/// # Errors
/// [`WireErrorKind::Limit`] if the frame is longer than `out` or than [`MAX_LEN`].
pub fn wrap(unit: u8, pdu: &[u8], out: &mut [u8]) -> Result<usize, WireError> {
    let len = pdu.len().saturating_add(OVERHEAD);
    let max = out.len().min(MAX_LEN);
    let limit = WireError::new(max, "frame", WireErrorKind::Limit { max });
    let room = if len > max { None } else { out.get_mut(..len) };
    let (body, stored) = room.and_then(<[u8]>::split_last_chunk_mut::<CRC_LEN>).ok_or(limit)?;
    for (to, from) in body.iter_mut().zip(core::iter::once(&unit).chain(pdu)) {
        *to = *from;
    }
    *stored = crc(body).to_le_bytes();
    Ok(len)
}

/// Cuts RTU frames out of a stream.
///
/// ```
/// use gurux_framing::{Direction, Piece, pieces, rtu::Rtu};
///
/// // Two octets of noise, a response of unit 1, and the zero of an RS-485 driver turning round.
/// let capture = [0x42, 0x43, 0x01, 0x03, 0x04, 0x89, 0x02, 0x42, 0xC7, 0x00, 0x9D, 0x00];
/// let frames: Vec<_> = pieces(Rtu::new(Direction::Response), &capture)
///     .filter_map(|piece| match piece {
///         Piece::Frame { frame, .. } => Some(frame),
///         Piece::Noise { .. } => None,
///     })
///     .collect();
/// assert_eq!(frames, [&capture[2..11]]);
/// ```
#[derive(Clone, Debug)]
pub struct Rtu<R = [LengthRule; 0]> {
    /// `None` listens to both.
    side: Option<Direction>,
    rules: R,
    expected: Expected,
    bare_exceptions: bool,
    /// The direction of the last frame, and what would answer it.
    last: Option<Direction>,
    awaited: Option<Awaited>,
    /// Checks of the octets in front that failed: the last two.
    failed: [Option<Failed>; 2],
}

/// What frames may begin with; what is `None` may be anything.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Expected {
    /// The unit.
    pub unit: Option<u8>,
    /// The function code, without the top bit of an exception.
    pub function: Option<u8>,
}

impl Expected {
    fn allows(&self, header: &[u8]) -> bool {
        let unit = match (self.unit, header.first()) {
            (Some(expected), Some(unit)) => expected == *unit,
            _ => true,
        };
        let function = match (self.function, header.get(1)) {
            (Some(expected), Some(function)) => expected & 0x7F == *function & 0x7F,
            _ => true,
        };
        unit && function
    }
}

/// A check sum that did not fit.
#[derive(Clone, Copy, Debug)]
struct Failed {
    /// Octets that were covered.
    covered: u16,
    expected: u16,
    found: u16,
}

impl Failed {
    fn error(self) -> WireError {
        let (expected, found) = (self.expected.into(), self.found.into());
        WireError::new(self.covered.into(), "CRC", WireErrorKind::Checksum { expected, found })
    }
}

/// What the answer to a request looks like.
#[derive(Clone, Copy, Debug)]
struct Awaited {
    unit: u8,
    function: u8,
    /// The length of the answer, where the request says it.
    len: Option<usize>,
    /// The length of the request and its CRC, to know it again.
    request: (usize, [u8; CRC_LEN]),
}

impl Awaited {
    /// Does the request stand in front once more, where its answer would never begin like it?
    fn is_asked_again(&self, buf: &[u8]) -> bool {
        let (len, crc) = self.request;
        let again = buf.get(..len).and_then(<[u8]>::split_last_chunk::<CRC_LEN>);
        length::is_never_repeated(self.function)
            && again.is_some_and(|(covered, stored)| {
                covered.starts_with(&[self.unit, self.function]) && *stored == crc
            })
    }
}

impl Rtu {
    /// Finds the frames that go in one direction: a server finds requests, a client responses.
    #[must_use]
    pub const fn new(direction: Direction) -> Self {
        Self::with_rules(Some(direction), [])
    }

    /// Finds the frames of both directions, as a listener on a line sees them. Where octets can
    /// be read both ways, they are the answer if the frame before them asked for it, and a request
    /// otherwise.
    #[must_use]
    pub const fn both() -> Self {
        Self::with_rules(None, [])
    }
}

impl<R: AsRef<[LengthRule]>> Rtu<R> {
    /// Knows the lengths of functions that the standard leaves to the user (or that a device
    /// deviates in): `rules` are asked before the standard's. `None` finds both directions.
    #[must_use]
    pub const fn with_rules(direction: Option<Direction>, rules: R) -> Self {
        Self {
            side: direction,
            rules,
            expected: Expected { unit: None, function: None },
            bare_exceptions: false,
            last: None,
            awaited: None,
            failed: [None; 2],
        }
    }

    /// Takes an exception without CRC for a frame, when silence follows it: three octets, unit,
    /// function code and exception code. Some devices send such (slowtec/tokio-modbus#60).
    #[must_use]
    pub const fn accepting_bare_exceptions(mut self, accept: bool) -> Self {
        self.bare_exceptions = accept;
        self
    }

    /// Says what the frames to come may begin with, so that noise rarely looks like a frame.
    /// All else is skipped.
    pub fn expect(&mut self, expected: Expected) {
        self.expected = expected;
        self.failed = [None; 2];
    }

    /// The direction of the last frame found.
    #[must_use]
    pub const fn direction(&self) -> Option<Direction> {
        self.last
    }

    /// The readings of the octets in front, the more likely one first.
    fn readings(&self, buf: &[u8]) -> [Option<Direction>; 2] {
        let (Some(&unit), Some(&function)) = (buf.first(), buf.get(1)) else {
            return [self.side.or(Some(Direction::Request)), None];
        };
        match (self.side, self.awaited) {
            (Some(direction), _) => [Some(direction), None],
            // Only a server refuses.
            (None, _) if function >= 0x80 => [Some(Direction::Response), None],
            (None, Some(awaited)) if awaited.unit == unit && awaited.function == function => {
                let declared = match pdu_len(self.rules.as_ref(), Direction::Response, tail(buf)) {
                    PduLen::Known(len) => Some(len.saturating_add(OVERHEAD)),
                    _ => None,
                };
                match (awaited.len, declared) {
                    // The request came again, unanswered.
                    (Some(len), Some(declared)) if len != declared => {
                        [Some(Direction::Request), Some(Direction::Response)]
                    }
                    _ => [Some(Direction::Response), Some(Direction::Request)],
                }
            }
            _ => [Some(Direction::Request), Some(Direction::Response)],
        }
    }

    /// Looks whether the first `len` octets are a frame; a second look costs nothing.
    fn check(&mut self, buf: &[u8], len: usize) -> Result<(), WireError> {
        let octets = buf.get(..len).unwrap_or_default();
        let Some((covered, stored)) = octets.split_last_chunk::<CRC_LEN>() else {
            return Err(truncated(len, buf.len()));
        };
        let covered_len = covered.len() as u16;
        if let Some(failed) = self.failed.iter().flatten().find(|f| f.covered == covered_len) {
            return Err(failed.error());
        }
        let (expected, found) = (crc(covered), u16::from_le_bytes(*stored));
        if expected == found {
            return Ok(());
        }
        let failed = Failed { covered: covered_len, expected, found };
        let [last, _] = self.failed;
        self.failed = [Some(failed), last];
        Err(failed.error())
    }

    /// Looks at one reading of the octets in front.
    fn read(&mut self, direction: Direction, buf: &[u8], silent: bool) -> Reading {
        let len = match pdu_len(self.rules.as_ref(), direction, tail(buf)) {
            // No PDU is without a function code, whatever a rule says.
            PduLen::Known(len) => len.max(1).saturating_add(OVERHEAD),
            // So many octets of a PDU and the CRC are too many already.
            PduLen::Need(octets) if octets > MAX_LEN - OVERHEAD => octets.saturating_add(OVERHEAD),
            // A rule that asks for what it has would wait for ever.
            PduLen::Need(octets) if octets <= tail(buf).len() => {
                let kind = WireErrorKind::Truncated { needed: octets, available: buf.len() };
                return Reading::No(WireError::new(1, "length rule", kind));
            }
            PduLen::Need(octets) => {
                return Reading::Short { at_least: octets.saturating_add(1).max(MIN_LEN) };
            }
            PduLen::UntilSilence { mostly } => {
                if let Some(usual) = mostly.map(|len| len.saturating_add(OVERHEAD)) {
                    if buf.len() >= usual && self.check(buf, usual).is_ok() {
                        return Reading::Frame { len: usual };
                    }
                    if buf.len() < usual && !silent {
                        return Reading::Short { at_least: usual };
                    }
                }
                if buf.len() <= MAX_LEN && !silent {
                    return Reading::Short { at_least: MAX_LEN + 1 };
                }
                buf.len().max(MIN_LEN)
            }
        };
        if len > MAX_LEN {
            let kind = WireErrorKind::Limit { max: MAX_LEN };
            return Reading::No(WireError::new(0, "frame", kind));
        }
        if len > buf.len() {
            return Reading::Short { at_least: len };
        }
        match self.check(buf, len) {
            Ok(()) => Reading::Frame { len },
            Err(error) => Reading::No(error),
        }
    }

    /// The other reading of a good frame, where that is the better one: its CRC is good for both
    /// if one is the other with zeros behind.
    fn preferred(&mut self, found: Direction, buf: &[u8], len: usize) -> (Direction, usize) {
        if self.side.is_some() {
            return (found, len);
        }
        match (found, self.awaited) {
            // The request came again, unanswered, and zeros or the next frame behind it.
            (Direction::Response, Some(awaited))
                if awaited.request.0 <= len
                    && awaited.is_asked_again(buf)
                    && self.check(buf, awaited.request.0).is_ok() =>
            {
                (Direction::Request, awaited.request.0)
            }
            // A request that has no answer is a response with zeros behind.
            (Direction::Request, _)
                if length::answer_len(buf).is_some_and(|len| !ANSWERS.contains(&len)) =>
            {
                match self.read(Direction::Response, buf, false) {
                    Reading::Frame { len: other } if other <= len => (Direction::Response, other),
                    _ => (found, len),
                }
            }
            _ => (found, len),
        }
    }

    fn step<'b>(&mut self, buf: &'b [u8], silent: bool) -> Step<'b> {
        if buf.is_empty() {
            return Step::NeedMore { at_least: MIN_LEN };
        }
        if self.expected != Expected::default() {
            let foreign = self.foreign(buf);
            if foreign > 0 {
                self.failed = [None; 2];
                let why = WireErrorKind::Expected("the unit and function of the answer");
                return Step::Skip { used: foreign, why: WireError::new(0, "unit", why) };
            }
        }
        let mut why: Option<WireError> = None;
        for direction in self.readings(buf).into_iter().flatten() {
            match self.read(direction, buf, silent) {
                Reading::Frame { len } => {
                    let (direction, len) = self.preferred(direction, buf, len);
                    return self.found(direction, buf, len);
                }
                // The likelier reading is waited for: taking the other one in the meantime would
                // make the answer hang on how the octets were cut.
                Reading::Short { at_least } if !silent => return Step::NeedMore { at_least },
                Reading::Short { at_least } => {
                    why.get_or_insert(truncated(at_least, buf.len()));
                }
                Reading::No(error) => {
                    why.get_or_insert(error);
                }
            }
        }
        if silent
            && self.bare_exceptions
            && self.side != Some(Direction::Request)
            && matches!(buf, [_, 0x80..=0xFF, _])
        {
            return self.found(Direction::Response, buf, buf.len());
        }
        self.failed = [None; 2];
        Step::Skip { used: 1, why: why.unwrap_or(truncated(MIN_LEN, buf.len())) }
    }

    /// How many octets in front begin nothing that is expected.
    fn foreign(&self, buf: &[u8]) -> usize {
        let mut rest = buf;
        while !rest.is_empty() && !self.expected.allows(rest) {
            rest = tail(rest);
        }
        buf.len().saturating_sub(rest.len())
    }

    fn found<'b>(&mut self, direction: Direction, buf: &'b [u8], len: usize) -> Step<'b> {
        let frame = buf.get(..len).unwrap_or(buf);
        self.last = Some(direction);
        self.awaited = match (direction, frame) {
            // Nobody answers a broadcast.
            (Direction::Request, [unit @ 1..=0xFF, function, .., low, high]) => Some(Awaited {
                unit: *unit,
                function: *function,
                len: length::answer_len(frame),
                request: (frame.len(), [*low, *high]),
            }),
            _ => None,
        };
        self.failed = [None; 2];
        Step::Frame { frame, used: frame.len() }
    }
}

enum Reading {
    Frame { len: usize },
    Short { at_least: usize },
    No(WireError),
}

/// All but the first octet.
fn tail(octets: &[u8]) -> &[u8] {
    octets.get(1..).unwrap_or_default()
}

const fn truncated(needed: usize, available: usize) -> WireError {
    WireError::new(0, "frame", WireErrorKind::Truncated { needed, available })
}

impl<R: AsRef<[LengthRule]>> Deframe for Rtu<R> {
    fn deframe<'b>(&mut self, buf: &'b [u8]) -> Step<'b> {
        self.step(buf, false)
    }

    fn finish<'b>(&mut self, buf: &'b [u8]) -> Step<'b> {
        self.step(buf, true)
    }

    fn reset(&mut self) {
        self.failed = [None; 2];
        self.awaited = None;
        self.last = None;
    }

    fn max_len(&self) -> usize {
        // One octet more than the longest frame shows that no silence ended it.
        MAX_LEN + 1
    }
}
