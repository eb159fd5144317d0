//! [`Channel`]: what IGXMedia has beyond [`Media`], once, over any medium.
//!
//! | IGXMedia | here |
//! | --- | --- |
//! | `Open`, `Close`, `IsOpen`, `Send`, `Name`, `MediaType` | [`Media`] |
//! | `Receive(ReceiveParameters)` | [`Channel::receive`] |
//! | `ResetSynchronousBuffer` | [`Channel::reset_buffer`] |
//! | `BytesSent`, `BytesReceived`, `ResetByteCounters` | [`Channel::octets_sent`] and so on |
//! | `Trace`, `OnTrace` | [`Channel::on_trace`] |
//! | `OnMediaStateChange` | [`Channel::on_event`] |
//! | `Settings` | [`MediaSettings::from_xml`], [`MediaSettings::to_xml`] |
//! | `Validate` | reading [`MediaSettings`] does it |
//! | `OnReceived`, `Eop`, `Synchronous` | a session, which hears everything, and [`Driver`] |
//! | `OnClientConnected`, `Attach` | `serve` and `Tcp::attach` |
//! | `IGXVirtualMedia` | any [`Media`] of one's own |
//! | `Properties`, `ConfigurableSettings` | none: windows are no part of a medium |
//!
//! [`MediaSettings::from_xml`]: crate::MediaSettings::from_xml
//! [`MediaSettings::to_xml`]: crate::MediaSettings::to_xml
//! [`MediaSettings`]: crate::MediaSettings
//! [`Driver`]: crate::Driver

use core::time::Duration;
use std::boxed::Box;
use std::vec::Vec;

use bytes::{Buf, BytesMut};

use crate::trace::Tracer;
use crate::{Instant, LineSettings, Media, MediaError, MediaState, Trace, TraceKind, TraceLevel};

/// How much a channel holds at most, unless told otherwise: one MiB.
const BUFFER_LIMIT: usize = 1 << 20;
/// How many octets one read takes from a stream.
const PIECE: usize = 4096;
/// Room for any datagram.
const LONGEST_DATAGRAM: usize = 65_535;

/// What [`Channel::receive`] waits for. At least one of `eop`, `count` and `all_data` says what;
/// with none of them any octet will do.
///
/// ```
/// use core::time::Duration;
/// use gurux_media::ReceiveParameters;
///
/// // A line, ended by CR LF or by LF alone, within two seconds.
/// let line = ReceiveParameters::until(&[b"\r\n", b"\n"]).within(Duration::from_secs(2));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ReceiveParameters<'a> {
    /// End marks, any of which ends the reply. The mark that begins first is taken; of those
    /// that begin at the same octet, the longest. While a mark that would be taken has only come
    /// in part, the call waits for the rest of it, so that the cut of the stream changes nothing.
    pub eop: &'a [&'a [u8]],
    /// At least so many octets; the search for an end mark begins behind them.
    pub count: usize,
    /// Everything that is there is taken, not just up to the mark or the count; also when the
    /// time is over.
    pub all_data: bool,
    /// Nothing is taken away: the next call sees the same octets again.
    pub peek: bool,
    /// How long to wait; `None` without end. Zero is now: what is there counts, and nothing is
    /// waited for.
    pub timeout: Option<Duration>,
}

impl<'a> ReceiveParameters<'a> {
    /// Everything that is there, at least one octet; waits without end.
    #[must_use]
    pub const fn all() -> Self {
        Self { eop: &[], count: 0, all_data: true, peek: false, timeout: None }
    }

    /// Up to and with an end mark; waits without end.
    #[must_use]
    pub const fn until(eop: &'a [&'a [u8]]) -> Self {
        Self { eop, count: 0, all_data: false, peek: false, timeout: None }
    }

    /// `count` octets; waits without end.
    #[must_use]
    pub const fn exactly(count: usize) -> Self {
        Self { eop: &[], count, all_data: false, peek: false, timeout: None }
    }

    /// The same, with at least `count` octets before the end mark.
    #[must_use]
    pub const fn behind(mut self, count: usize) -> Self {
        self.count = count;
        self
    }

    /// The same, but for at most this long.
    #[must_use]
    pub const fn within(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// The same, leaving the octets where they are.
    #[must_use]
    pub const fn peeking(mut self) -> Self {
        self.peek = true;
        self
    }
}

/// What [`Channel::receive`] came back with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Received {
    /// How many octets were appended to the reply.
    pub octets: usize,
    /// Is the condition met? If not, the time was over.
    pub complete: bool,
    /// Which of the end marks was found.
    pub mark: Option<usize>,
}

/// What a channel tells of its life.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ChannelEvent {
    /// The state changed.
    State(MediaState),
    /// Another medium took the place of the old one.
    Changed,
}

/// A medium with the rest of IGXMedia: receive by end mark, count or all data, peek, octet
/// counters, traces and events.
///
/// A channel is a medium itself, so a session can be driven over it; octets that are buffered
/// come first.
///
/// ```
/// # #[cfg(feature = "pair")] {
/// use core::time::Duration;
/// use gurux_media::pair::{PairSettings, pair};
/// use gurux_media::{Channel, Media, ReceiveParameters};
///
/// let (near, mut meter) = pair(&PairSettings::default());
/// let mut channel = Channel::new(near);
/// channel.send(b"/?!\r\n")?;
/// meter.send(b"/GUX5meter\r\n\x02...")?;
///
/// let mut reply = Vec::new();
/// let line = ReceiveParameters::until(&[b"\r\n"]).within(Duration::from_secs(2));
/// let received = channel.receive(&line, &mut reply)?;
/// assert!(received.complete);
/// assert_eq!(reply, b"/GUX5meter\r\n");
/// assert_eq!((channel.octets_sent(), channel.octets_received()), (5, 16));
/// # }
/// # Ok::<(), gurux_media::MediaError>(())
/// ```
pub struct Channel<M> {
    media: M,
    buffer: BytesMut,
    limit: usize,
    piece: Vec<u8>,
    sent: u64,
    received: u64,
    tracer: Tracer,
    listener: Option<Box<dyn FnMut(ChannelEvent) + Send>>,
    /// The state that was told last.
    told: MediaState,
}

impl<M: Media> Channel<M> {
    /// A channel over `media`.
    pub fn new(media: M) -> Self {
        let told = media.state();
        Self {
            media,
            buffer: BytesMut::new(),
            limit: BUFFER_LIMIT,
            piece: Vec::new(),
            sent: 0,
            received: 0,
            tracer: Tracer::default(),
            listener: None,
            told,
        }
    }

    /// The same with another bound for octets that came and were not taken yet, instead of 1 MiB.
    /// A datagram more than that may be held.
    #[must_use]
    pub fn with_limit(mut self, octets: usize) -> Self {
        self.limit = octets;
        self
    }

    /// The medium.
    pub fn media(&mut self) -> &mut M {
        &mut self.media
    }

    /// The medium alone; what is buffered is dropped.
    pub fn into_inner(self) -> M {
        self.media
    }

    /// Puts another medium in the place of the old one, which is closed and given back.
    pub fn replace(&mut self, media: M) -> M {
        self.close();
        let old = core::mem::replace(&mut self.media, media);
        self.tracer.tell(self.media.now(), self.media.name(), TraceKind::Changed);
        if let Some(listener) = &mut self.listener {
            listener(ChannelEvent::Changed);
        }
        self.tell_state(self.media.state());
        old
    }

    /// Receives until the condition of `parameters` is met, and appends to `reply`.
    ///
    /// When the time is over before, [`Received::complete`] is false, and what came stays for the
    /// next call; with `all_data` it is handed out. The time runs on the medium's clock, which
    /// is monotonic.
    ///
    /// # Errors
    /// [`MediaError::Buffer`] when the condition asks for more than the buffer may hold, and
    /// those of [`Media::receive`]. No octet is lost by any of them.
    pub fn receive(
        &mut self,
        parameters: &ReceiveParameters<'_>,
        reply: &mut Vec<u8>,
    ) -> Result<Received, MediaError> {
        let deadline = match parameters.timeout {
            Some(timeout) => self.media.now() + timeout,
            None => Instant::FAR_FUTURE,
        };
        if parameters.count > self.limit {
            return Err(MediaError::Buffer { wanted: parameters.count, limit: self.limit });
        }
        let mut search = Search::new(parameters);
        loop {
            if let Some(found) = search.look(&self.buffer, false) {
                return Ok(self.hand_out(parameters, found, true, reply));
            }
            if self.buffer.len() >= self.limit {
                let wanted = self.limit.saturating_add(1);
                return Err(MediaError::Buffer { wanted, limit: self.limit });
            }
            let late = self.media.now() >= deadline;
            let count = self.fill(deadline)?;
            if count == 0 && late {
                // A shorter mark may do now that the longer one did not come.
                if let Some(found) = search.look(&self.buffer, true) {
                    return Ok(self.hand_out(parameters, found, true, reply));
                }
                let octets = if parameters.all_data { self.buffer.len() } else { 0 };
                return Ok(self.hand_out(parameters, Found { octets, mark: None }, false, reply));
            }
        }
    }

    /// Drops what came and was not taken yet (`ResetSynchronousBuffer`).
    pub fn reset_buffer(&mut self) {
        self.buffer.clear();
    }

    /// How many octets came and were not taken yet.
    #[must_use]
    pub fn buffered(&self) -> usize {
        self.buffer.len()
    }

    /// Octets sent since the channel was opened or the counters were reset.
    #[must_use]
    pub fn octets_sent(&self) -> u64 {
        self.sent
    }

    /// Octets received since the channel was opened or the counters were reset.
    #[must_use]
    pub fn octets_received(&self) -> u64 {
        self.received
    }

    /// Sets both counters to zero.
    pub fn reset_counters(&mut self) {
        self.sent = 0;
        self.received = 0;
    }

    /// Tells `hook` what the channel does, as far as `level` goes.
    pub fn on_trace(&mut self, level: TraceLevel, hook: impl FnMut(&Trace<'_>) + Send + 'static) {
        self.tracer = Tracer { level, hook: Some(Box::new(hook)) };
    }

    /// Traces more, or less, from now on.
    pub fn set_trace_level(&mut self, level: TraceLevel) {
        self.tracer.level = level;
    }

    /// Tells `listener` of every change of state.
    pub fn on_event(&mut self, listener: impl FnMut(ChannelEvent) + Send + 'static) {
        self.listener = Some(Box::new(listener));
    }

    fn hand_out(
        &mut self,
        parameters: &ReceiveParameters<'_>,
        found: Found,
        complete: bool,
        reply: &mut Vec<u8>,
    ) -> Received {
        let octets = if parameters.all_data { self.buffer.len() } else { found.octets };
        reply.extend_from_slice(self.buffer.get(..octets).unwrap_or_default());
        if !parameters.peek {
            self.buffer.advance(octets);
        }
        Received { octets, complete, mark: found.mark }
    }

    /// Reads once, never more than the buffer has room for.
    fn fill(&mut self, deadline: Instant) -> Result<usize, MediaError> {
        // A datagram cannot be read in parts, so the last one may go beyond the bound.
        let room = if self.media.is_datagram() {
            LONGEST_DATAGRAM
        } else {
            PIECE.min(self.limit.saturating_sub(self.buffer.len()))
        };
        if self.piece.len() < room {
            self.piece.resize(room, 0);
        }
        let buf = self.piece.get_mut(..room).unwrap_or_default();
        let received = self.media.receive(buf, deadline);
        let count = self.check(received)?;
        let octets = self.piece.get(..count).unwrap_or_default();
        self.received += count as u64;
        self.buffer.extend_from_slice(octets);
        if !octets.is_empty() {
            let what = TraceKind::Received(octets);
            self.tracer.tell(self.media.now(), self.media.name(), what);
        }
        Ok(count)
    }

    /// Tells of an error, and of the state it left the medium in.
    fn check<T>(&mut self, result: Result<T, MediaError>) -> Result<T, MediaError> {
        result.map_err(|error| {
            let error = self.tracer.failed(self.media.now(), self.media.name(), error);
            self.tell_state(self.media.state());
            error
        })
    }

    fn tell_state(&mut self, state: MediaState) {
        if self.told == state {
            return;
        }
        self.told = state;
        self.tracer.tell(self.media.now(), self.media.name(), TraceKind::State(state));
        if let Some(listener) = &mut self.listener {
            listener(ChannelEvent::State(state));
        }
    }
}

impl<M: Media> Media for Channel<M> {
    /// Opens the medium with an empty buffer and counters at zero.
    fn open(&mut self) -> Result<(), MediaError> {
        if self.media.state() == MediaState::Open {
            return Ok(());
        }
        self.reset_buffer();
        self.reset_counters();
        self.tell_state(MediaState::Opening);
        let opened = self.media.open();
        self.check(opened)?;
        self.tell_state(MediaState::Open);
        Ok(())
    }

    fn close(&mut self) {
        if self.media.state() != MediaState::Closed {
            self.tell_state(MediaState::Closing);
            self.media.close();
        }
        self.buffer.clear();
        self.tell_state(self.media.state());
    }

    fn state(&self) -> MediaState {
        self.media.state()
    }

    fn send(&mut self, octets: &[u8]) -> Result<(), MediaError> {
        self.tracer.tell(self.media.now(), self.media.name(), TraceKind::Sent(octets));
        let sent = self.media.send(octets);
        self.check(sent)?;
        self.sent += octets.len() as u64;
        Ok(())
    }

    /// Hands out what is buffered before it asks the medium.
    fn receive(&mut self, buf: &mut [u8], deadline: Instant) -> Result<usize, MediaError> {
        if self.buffer.is_empty() {
            let received = self.media.receive(buf, deadline);
            let count = self.check(received)?;
            self.received += count as u64;
            if let Some(octets) = buf.get(..count)
                && count > 0
            {
                let what = TraceKind::Received(octets);
                self.tracer.tell(self.media.now(), self.media.name(), what);
            }
            return Ok(count);
        }
        let count = self.buffer.len().min(buf.len());
        self.buffer.copy_to_slice(buf.get_mut(..count).unwrap_or_default());
        Ok(count)
    }

    fn reconfigure(&mut self, line: &LineSettings) -> Result<(), MediaError> {
        let switched = self.media.reconfigure(line);
        self.check(switched)?;
        self.tracer.tell(self.media.now(), self.media.name(), TraceKind::Line(line));
        Ok(())
    }

    fn name(&self) -> &str {
        self.media.name()
    }

    fn kind(&self) -> &'static str {
        self.media.kind()
    }

    fn now(&self) -> Instant {
        self.media.now()
    }

    fn is_datagram(&self) -> bool {
        self.media.is_datagram()
    }
}

impl<M: core::fmt::Debug> core::fmt::Debug for Channel<M> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Channel").field("media", &self.media).finish_non_exhaustive()
    }
}

/// Where a reply ends.
struct Found {
    octets: usize,
    mark: Option<usize>,
}

/// The search for the end of a reply; it remembers how far it looked.
struct Search<'a> {
    parameters: &'a ReceiveParameters<'a>,
    /// No mark begins before this octet.
    looked: usize,
}

/// How much of a mark stands at a place.
#[derive(PartialEq)]
enum Fit {
    Whole,
    Beginning,
    None,
}

impl<'a> Search<'a> {
    fn new(parameters: &'a ReceiveParameters<'a>) -> Self {
        Self { parameters, looked: parameters.count }
    }

    /// Where the reply ends, if it does. `late`: no more octets will come, so that a mark that is
    /// not whole yet is none.
    fn look(&mut self, buffer: &[u8], late: bool) -> Option<Found> {
        if buffer.len() < self.parameters.count.max(1) {
            return None;
        }
        // A mark of no octets ends nothing.
        if self.parameters.eop.iter().all(|mark| mark.is_empty()) {
            let octets = self.parameters.count.max(1);
            return Some(Found { octets, mark: None });
        }
        while let Some(rest) = buffer.get(self.looked..)
            && !rest.is_empty()
        {
            let mut best: Option<(usize, usize)> = None;
            let mut may_come = false;
            for (index, mark) in self.parameters.eop.iter().enumerate() {
                match fit(rest, mark) {
                    Fit::Whole if best.is_none_or(|(_, len)| mark.len() > len) => {
                        best = Some((index, mark.len()));
                    }
                    Fit::Beginning => may_come = true,
                    _ => {}
                }
            }
            // A mark that came only in part is longer than any that came whole.
            if may_come && !late {
                return None;
            }
            if let Some((index, len)) = best {
                return Some(Found { octets: self.looked + len, mark: Some(index) });
            }
            self.looked += 1;
        }
        None
    }
}

fn fit(rest: &[u8], mark: &[u8]) -> Fit {
    if mark.is_empty() {
        Fit::None
    } else if rest.starts_with(mark) {
        Fit::Whole
    } else if mark.starts_with(rest) {
        Fit::Beginning
    } else {
        Fit::None
    }
}
