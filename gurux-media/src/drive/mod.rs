//! [`Driver`]: the loop that runs a [`Session`] over a [`Media`].
//!
//! The loop is written once and serves every language, client and meter alike, on real hardware
//! and on a simulated clock. It obeys what a [`Transmit`](crate::Transmit) asks of the line,
//! sleeps in [`Media::receive`] and nowhere else, and hands the session's events out one by one.

#[cfg(feature = "tokio")]
mod async_media;
#[cfg(feature = "tokio")]
mod asynchronous;
mod crank;

use alloc::vec::Vec;

use crate::{Instant, Media, MediaError, MediaState, Session};

#[cfg(feature = "tokio")]
pub(crate) use async_media::prepare;
#[cfg(feature = "tokio")]
pub use async_media::{AsyncDatagram, AsyncMedia, AsyncStream};
#[cfg(feature = "tokio")]
pub use asynchronous::{AsyncDriver, tokio_now};
pub(crate) use crank::{Crank, Turn};

/// How many octets one receive takes from a stream.
const STREAM_PIECE: usize = 4096;
/// The longest datagram that UDP can carry.
const LONGEST_DATAGRAM: usize = 65_535;
/// How many pieces are heard before a timer that is due, at most: a flood must not stop time.
const PIECES_BEFORE_TIMER: u32 = 16;

/// Why [`Driver::drive`] came back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Driven<E> {
    /// The session has something to tell. Drive again: there may be more.
    Event(E),
    /// The caller's deadline passed. Nothing is lost; driving again goes on where it was.
    Deadline,
    /// The channel is not open: never opened, closed by the other side, or closed after an
    /// error. The session knows. Whether and when to open again is the caller's choice.
    Closed,
}

/// Runs a session over a medium, blocking.
///
/// It keeps what the loop must remember between two calls (since when the line is silent, a
/// message that waits for silence), so keep one for each medium in use.
///
/// ```
/// # #[cfg(feature = "pair")] {
/// use core::time::Duration;
/// use gurux_media::bytes::BytesMut;
/// use gurux_media::drive::{Driven, Driver};
/// use gurux_media::pair::{PairSettings, Simulated, pair};
/// use gurux_media::{Instant, Media, Session, Transmit};
///
/// /// Asks once and tells the answer; the meter side answers each octet with the next one.
/// #[derive(Default)]
/// struct Ask { question: Option<u8>, answer: Option<u8> }
/// struct Next(Option<u8>);
///
/// impl Session for Ask {
///     type Event = u8;
///     fn handle_input(&mut self, _: Instant, octets: &[u8]) { self.answer = octets.last().copied(); }
///     fn handle_timeout(&mut self, _: Instant) {}
///     fn poll_transmit(&mut self, _: Instant, out: &mut BytesMut) -> Option<Transmit> {
///         out.extend_from_slice(&[self.question.take()?]);
///         Some(Transmit::now(1))
///     }
///     fn poll_timeout(&self) -> Option<Instant> { None }
///     fn poll_event(&mut self) -> Option<u8> { self.answer.take() }
/// }
/// impl Session for Next {
///     type Event = core::convert::Infallible;
///     fn handle_input(&mut self, _: Instant, octets: &[u8]) { self.0 = octets.last().copied(); }
///     fn handle_timeout(&mut self, _: Instant) {}
///     fn poll_transmit(&mut self, _: Instant, out: &mut BytesMut) -> Option<Transmit> {
///         out.extend_from_slice(&[self.0.take()? + 1]);
///         Some(Transmit::now(1))
///     }
///     fn poll_timeout(&self) -> Option<Instant> { None }
///     fn poll_event(&mut self) -> Option<Self::Event> { None }
/// }
///
/// let (near, far) = pair(&PairSettings { latency: Duration::from_millis(40), ..Default::default() });
/// let mut line = Simulated::new(near, far, Next(None));
/// let mut client = Ask { question: Some(41), answer: None };
/// let until = line.now() + Duration::from_secs(1);
/// assert_eq!(Driver::new().drive(&mut client, &mut line, until)?, Driven::Event(42));
/// assert_eq!(line.now(), Instant::from_millis(80));
/// # }
/// # Ok::<(), gurux_media::MediaError>(())
/// ```
#[derive(Debug, Default)]
pub struct Driver {
    crank: Crank,
    input: Vec<u8>,
    failure: Option<MediaError>,
}

impl Driver {
    /// A driver for one medium.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs `session` over `media` until it has something to tell, or `until` on the medium's
    /// clock. An `until` in the past does what can be done without waiting.
    ///
    /// The medium is opened by the caller. The first drive over an open medium tells the session
    /// ([`Session::handle_open`]); a medium that closes is told too ([`Session::handle_close`]).
    ///
    /// # Errors
    /// Whatever the medium reports, after the session's events were handed out. The medium is
    /// then closed; only after [`MediaError::Unsupported`] of a line switch it stays open.
    pub fn drive<S, M>(
        &mut self,
        session: &mut S,
        media: &mut M,
        until: Instant,
    ) -> Result<Driven<S::Event>, MediaError>
    where
        S: Session,
        M: Media + ?Sized,
    {
        self.follow_state(session, media);
        let mut sent_before = false;
        let mut late = false;
        let mut heard = 0;
        loop {
            let now = media.now();
            // An answer that came in time is not late because its owner was busy elsewhere.
            if self.crank.is_open()
                && self.crank.timer(session) <= now
                && heard < PIECES_BEFORE_TIMER
                && self.listen(session, media, Instant::ZERO)
            {
                heard += 1;
                continue;
            }
            heard = 0;
            match self.crank.turn(session, now) {
                Turn::Event(event) => return Ok(Driven::Event(event)),
                Turn::Closed => {
                    return self.failure.take().map_or(Ok(Driven::Closed), Err);
                }
                Turn::Line(line) => media.reconfigure(&line)?,
                Turn::Send if late => return Ok(Driven::Deadline),
                Turn::Send => {
                    // A session with much to say must hear as well.
                    if sent_before {
                        self.listen(session, media, Instant::ZERO);
                        late = now >= until;
                    }
                    sent_before = true;
                    self.send(session, media);
                }
                Turn::Wait(_) if late => return Ok(Driven::Deadline),
                Turn::Wait(wake_at) => {
                    sent_before = false;
                    // One look at what is there is due even to a caller who cannot wait.
                    late = now >= until;
                    self.listen(session, media, wake_at.min(until));
                }
            }
        }
    }

    /// When the last octet came or went.
    #[must_use]
    pub fn active_at(&self) -> Instant {
        self.crank.active_at()
    }

    /// Closes the medium and tells the session. What the session has to tell of it comes with
    /// the next [`drive`](Self::drive).
    pub fn close<S, M>(&mut self, session: &mut S, media: &mut M)
    where
        S: Session,
        M: Media + ?Sized,
    {
        media.close();
        self.crank.closed(session, media.now());
    }

    /// Tells the session what the caller did to the medium since the last call.
    fn follow_state<S, M>(&mut self, session: &mut S, media: &M)
    where
        S: Session,
        M: Media + ?Sized,
    {
        match (self.crank.is_open(), media.state() == MediaState::Open) {
            (false, true) => {
                self.failure = None;
                self.crank.opened(session, media.now());
            }
            (true, false) => self.crank.closed(session, media.now()),
            _ => {}
        }
    }

    fn send<S, M>(&mut self, session: &mut S, media: &mut M)
    where
        S: Session,
        M: Media + ?Sized,
    {
        let message = self.crank.message();
        let sent = if message.is_empty() { Ok(()) } else { media.send(message) };
        match sent {
            Ok(()) => self.crank.sent(media.now()),
            Err(error) => self.fail(session, media, error),
        }
    }

    /// Hears one piece; did one come (or the end of the channel)?
    fn listen<S, M>(&mut self, session: &mut S, media: &mut M, deadline: Instant) -> bool
    where
        S: Session,
        M: Media + ?Sized,
    {
        let room = if media.is_datagram() { LONGEST_DATAGRAM } else { STREAM_PIECE };
        if self.input.len() < room {
            self.input.resize(room, 0);
        }
        match media.receive(&mut self.input, deadline) {
            Ok(0) => return false,
            Ok(count) => {
                let octets = self.input.get(..count).unwrap_or_default();
                self.crank.received(session, media.now(), octets);
            }
            Err(error) => self.fail(session, media, error),
        }
        true
    }

    fn fail<S, M>(&mut self, session: &mut S, media: &mut M, error: MediaError)
    where
        S: Session,
        M: Media + ?Sized,
    {
        media.close();
        self.crank.closed(session, media.now());
        if !matches!(error, MediaError::Closed) {
            self.failure = Some(error);
        }
    }
}
