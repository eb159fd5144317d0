//! [`pair`]: two ends of a line in memory, with a clock of its own.
//!
//! Everything happens in simulated time: hours of time-outs pass in milliseconds, and one seed is
//! one course of events. The line can be a socket (no line settings, two ends that hang up on
//! each other), a serial line (each octet takes its time; two ends at different settings hear
//! noise), or a datagram network.
//!
//! Three ways to use it, all from one thread:
//!
//! - by hand: `send` at one end, `receive` at the other; `receive` moves the clock;
//! - [`Simulated`]: a session behind a medium, so that a blocking client talks to a meter that
//!   has no thread;
//! - [`Conductor`]: two sessions, stepped from one wake-up to the next.

mod conductor;
mod simulated;

use core::time::Duration;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::vec::Vec;

use crate::faults::Spoiler;
use crate::{Faults, Instant, LineSettings, Media, MediaError, MediaState};

pub use conductor::{Conducted, Conductor};
pub use simulated::Simulated;

/// What lies between the two ends.
#[derive(Clone, PartialEq, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PairSettings {
    /// From the end of an octet at the sender to its arrival.
    pub latency: Duration,
    /// The settings of a serial line; both ends begin with them. `None` is a network: octets take
    /// no time beyond the latency.
    pub line: Option<LineSettings>,
    /// The sender hears its own octets, as on many two-wire converters.
    pub echo: bool,
    /// Each message sent is one datagram, and datagrams may overtake each other.
    pub datagram: bool,
    /// What goes wrong, in each direction with its own course.
    pub faults: Faults,
}

/// Two ends of a line, both open, at [`Instant::ZERO`].
///
/// ```
/// use core::time::Duration;
/// use gurux_media::pair::{PairSettings, pair};
/// use gurux_media::{Instant, LineSettings, Media};
///
/// let line = Some(LineSettings::new(9600));
/// let (mut client, mut meter) = pair(&PairSettings { line, ..PairSettings::default() });
/// client.send(b"12345678901234567890123456789012")?;
/// // 32 octets of ten bits at 9600 bit/s:
/// assert_eq!(client.now(), Instant::from_micros(33_334));
///
/// let mut buf = [0; 64];
/// assert_eq!(meter.receive(&mut buf, Instant::FAR_FUTURE)?, 32);
/// assert_eq!(meter.receive(&mut buf, Instant::from_millis(3_600_000))?, 0);
/// assert_eq!(client.now(), Instant::from_millis(3_600_000));
/// # Ok::<(), gurux_media::MediaError>(())
/// ```
#[must_use]
pub fn pair(settings: &PairSettings) -> (PairEnd, PairEnd) {
    let end = |stream| End {
        state: EndState::Open,
        line: settings.line,
        busy_until: Instant::ZERO,
        spoiler: Spoiler::new(&settings.faults, stream),
        arriving: VecDeque::new(),
    };
    let wire = Arc::new(Mutex::new(Wire {
        settings: settings.clone(),
        now: Instant::ZERO,
        ends: [end(0), end(1)],
    }));
    (PairEnd { wire: Arc::clone(&wire), side: Side::A }, PairEnd { wire, side: Side::B })
}

/// One end of a [`pair`].
#[derive(Debug)]
pub struct PairEnd {
    wire: Arc<Mutex<Wire>>,
    side: Side,
}

impl PairEnd {
    /// Lets time pass for both ends.
    pub fn advance(&self, span: Duration) {
        let mut wire = self.wire();
        wire.now += span;
    }

    /// When the next octet arrives here; `None` if nothing is under way to this end.
    #[must_use]
    pub fn next_arrival(&self) -> Option<Instant> {
        let mut wire = self.wire();
        wire.end(self.side).next_arrival()
    }

    /// The settings of the line at this end, where it is a serial line.
    #[must_use]
    pub fn line(&self) -> Option<LineSettings> {
        self.wire().end(self.side).line
    }

    /// Puts octets on the line without waiting for them to leave; the moment at which the last
    /// one is out.
    pub(crate) fn post(&self, octets: &[u8]) -> Result<Instant, MediaError> {
        self.wire().post(self.side, octets)
    }

    /// Moves the clock to `moment`, never back.
    pub(crate) fn advance_to(&self, moment: Instant) {
        let mut wire = self.wire();
        wire.now = wire.now.max(moment);
    }

    fn wire(&self) -> MutexGuard<'_, Wire> {
        // A panic in another thread of a test leaves the line as it was; nothing to protect.
        self.wire.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Media for PairEnd {
    fn open(&mut self) -> Result<(), MediaError> {
        self.wire().end(self.side).state = EndState::Open;
        Ok(())
    }

    fn close(&mut self) {
        let mut wire = self.wire();
        let end = wire.end(self.side);
        end.state = EndState::Closed;
        end.arriving.clear();
    }

    fn state(&self) -> MediaState {
        match self.wire().end(self.side).state {
            EndState::Open => MediaState::Open,
            EndState::Closed => MediaState::Closed,
        }
    }

    fn send(&mut self, octets: &[u8]) -> Result<(), MediaError> {
        let mut wire = self.wire();
        let done_at = wire.post(self.side, octets)?;
        wire.now = wire.now.max(done_at);
        Ok(())
    }

    fn receive(&mut self, buf: &mut [u8], deadline: Instant) -> Result<usize, MediaError> {
        let mut wire = self.wire();
        let peer_hung_up = wire.peer_hung_up(self.side);
        let now = wire.now;
        let end = wire.end(self.side);
        if end.state == EndState::Closed {
            return Err(MediaError::NotOpen);
        }
        if buf.is_empty() {
            return Ok(0);
        }
        match end.next_arrival() {
            Some(at) if at <= now || at <= deadline => {
                let now = now.max(at);
                let is_datagram = wire.settings.datagram;
                wire.now = now;
                wire.end(self.side).take(buf, now, is_datagram)
            }
            None if peer_hung_up => {
                end.state = EndState::Closed;
                Err(MediaError::Closed)
            }
            None if deadline == Instant::FAR_FUTURE => Err(MediaError::Stalled),
            _ => {
                wire.now = now.max(deadline);
                Ok(0)
            }
        }
    }

    fn reconfigure(&mut self, line: &LineSettings) -> Result<(), MediaError> {
        let mut wire = self.wire();
        let end = wire.end(self.side);
        if end.line.is_some() {
            end.line = Some(*line);
        }
        Ok(())
    }

    fn name(&self) -> &str {
        match self.side {
            Side::A => "pair-a",
            Side::B => "pair-b",
        }
    }

    fn kind(&self) -> &'static str {
        "Pair"
    }

    fn now(&self) -> Instant {
        self.wire().now
    }

    fn is_datagram(&self) -> bool {
        self.wire().settings.datagram
    }
}

/// A dropped end hangs up.
impl Drop for PairEnd {
    fn drop(&mut self) {
        self.close();
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Side {
    A,
    B,
}

impl Side {
    fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum EndState {
    Open,
    Closed,
}

/// What both ends share.
#[derive(Debug)]
struct Wire {
    settings: PairSettings,
    now: Instant,
    ends: [End; 2],
}

impl Wire {
    fn end(&mut self, side: Side) -> &mut End {
        let [a, b] = &mut self.ends;
        match side {
            Side::A => a,
            Side::B => b,
        }
    }

    /// Octets on a serial line end nowhere, but a socket notices.
    fn peer_hung_up(&mut self, side: Side) -> bool {
        self.settings.line.is_none()
            && !self.settings.datagram
            && self.end(side.other()).state == EndState::Closed
    }

    fn post(&mut self, side: Side, octets: &[u8]) -> Result<Instant, MediaError> {
        let (now, datagram, echo) = (self.now, self.settings.datagram, self.settings.echo);
        let latency = self.settings.latency;
        if self.end(side).state == EndState::Closed {
            return Err(MediaError::NotOpen);
        }
        if self.peer_hung_up(side) {
            return Err(MediaError::Closed);
        }
        let sender = self.end(side);
        let line = sender.line;
        let start = sender.busy_until.max(now);
        if octets.is_empty() {
            return Ok(start);
        }
        let done_at = start + line.map_or(Duration::ZERO, |line| line.octets_time(octets.len()));
        sender.busy_until = done_at;
        let arrivals = sender.spoiler.spoil(octets);
        if echo {
            sender.expect(Piece::new(start, line, octets.to_vec()), datagram);
        }
        let receiver = self.end(side.other());
        if receiver.state == EndState::Open {
            for (late, octets) in arrivals {
                receiver.expect(Piece::new(start + latency + late, line, octets), datagram);
            }
        }
        Ok(done_at)
    }
}

#[derive(Debug)]
struct End {
    state: EndState,
    line: Option<LineSettings>,
    /// Until when this end's own octets occupy the line.
    busy_until: Instant,
    spoiler: Spoiler,
    /// What comes to this end, in the order of arrival.
    arriving: VecDeque<Piece>,
}

impl End {
    fn expect(&mut self, mut piece: Piece, may_overtake: bool) {
        if may_overtake {
            let place = self.arriving.partition_point(|other| other.start <= piece.start);
            self.arriving.insert(place, piece);
        } else {
            if let Some(last) = self.arriving.back() {
                piece.start = piece.start.max(last.end());
            }
            self.arriving.push_back(piece);
        }
    }

    fn next_arrival(&self) -> Option<Instant> {
        self.arriving.front().map(Piece::next_at)
    }

    /// Takes what has arrived of the first piece.
    fn take(
        &mut self,
        buf: &mut [u8],
        now: Instant,
        is_datagram: bool,
    ) -> Result<usize, MediaError> {
        let own_line = self.line;
        let Some(piece) = self.arriving.front_mut() else { return Ok(0) };
        let garbled = piece.line.zip(own_line).is_some_and(|(theirs, own)| !hears(&own, &theirs));
        let mut count = 0;
        if is_datagram && piece.octets.len() > buf.len() {
            return Err(MediaError::Datagram { octets: piece.octets.len(), room: buf.len() });
        }
        while piece.taken < piece.octets.len() && piece.next_at() <= now {
            let (Some(&octet), Some(slot)) = (piece.octets.get(piece.taken), buf.get_mut(count))
            else {
                break;
            };
            *slot = if garbled { self.spoiler.octet() } else { octet };
            piece.taken += 1;
            count += 1;
        }
        if piece.taken == piece.octets.len() {
            self.arriving.pop_front();
        }
        Ok(count)
    }
}

/// Do two ends with these settings understand each other?
fn hears(own: &LineSettings, theirs: &LineSettings) -> bool {
    (own.baud, own.data_bits, own.parity) == (theirs.baud, theirs.data_bits, theirs.parity)
}

/// Octets that travel together.
#[derive(Debug)]
struct Piece {
    /// When the first bit of the first octet arrives.
    start: Instant,
    /// The sender's settings: they say how long each octet takes.
    line: Option<LineSettings>,
    octets: Vec<u8>,
    taken: usize,
}

impl Piece {
    fn new(start: Instant, line: Option<LineSettings>, octets: Vec<u8>) -> Self {
        Self { start, line, octets, taken: 0 }
    }

    fn arrival(&self, count: usize) -> Instant {
        self.start + self.line.map_or(Duration::ZERO, |line| line.octets_time(count))
    }

    fn next_at(&self) -> Instant {
        self.arrival(self.taken + 1)
    }

    fn end(&self) -> Instant {
        self.arrival(self.octets.len())
    }
}
