//! [`AsyncDriver`]: the loop of [`Driver`](super::Driver) for tokio.
//!
//! One task, no channel, no lock, no buffer of its own for input: an idle connection costs a few
//! hundred octets. The loop reads while it writes, so two sides that both have much to say never
//! block each other. Every wait can be cancelled: a dropped future loses nothing, the next drive
//! goes on where it was.

use core::future::{Future as _, poll_fn};
use core::mem::MaybeUninit;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use std::boxed::Box;

use ::tokio::io::ReadBuf;
use ::tokio::time::{Sleep, sleep_until};

use super::{AsyncMedia, Crank, Driven, LONGEST_DATAGRAM, PIECES_BEFORE_TIMER, STREAM_PIECE, Turn};
use crate::{Instant, MediaError, Session, clock};

/// The present moment on tokio's clock: the machine's, or a test's paused one. It is on the same
/// time line as [`clock::now`].
#[must_use]
pub fn tokio_now() -> Instant {
    clock::at(::tokio::time::Instant::now().into_std())
}

/// Runs a session over an [`AsyncMedia`], on tokio. One for each connection; the session may
/// outlive it and go on with the next one.
///
/// ```
/// # use gurux_media::bytes::BytesMut;
/// # use gurux_media::{Instant, Session, Transmit};
/// use core::time::Duration;
/// use gurux_media::Driven;
/// use gurux_media::drive::{AsyncDriver, AsyncStream};
/// # #[derive(Default)]
/// # struct Ask { question: Option<u8>, answer: Option<u8> }
/// # impl Session for Ask {
/// #     type Event = u8;
/// #     fn handle_input(&mut self, _: Instant, octets: &[u8]) { self.answer = octets.last().copied(); }
/// #     fn handle_timeout(&mut self, _: Instant) {}
/// #     fn poll_transmit(&mut self, _: Instant, out: &mut BytesMut) -> Option<Transmit> {
/// #         out.extend_from_slice(&[self.question.take()?]);
/// #         Some(Transmit::now(1))
/// #     }
/// #     fn poll_timeout(&self) -> Option<Instant> { None }
/// #     fn poll_event(&mut self) -> Option<u8> { self.answer.take() }
/// # }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), gurux_media::MediaError> {
/// # use tokio::io::AsyncWriteExt;
/// let (near, mut far) = tokio::io::duplex(64);
/// let mut driver = AsyncDriver::new(AsyncStream::new(near, "pipe"));
/// let mut session = Ask { question: Some(41), answer: None };
/// # far.write_all(&[42]).await.unwrap();
/// let until = driver.now() + Duration::from_secs(1);
/// assert_eq!(driver.drive(&mut session, until).await?, Driven::Event(42));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct AsyncDriver<M> {
    crank: Crank,
    media: M,
    /// The session was told that the medium is open.
    started: bool,
    /// How many octets of the message are written.
    written: usize,
    failure: Option<MediaError>,
    sleep: Option<Pin<Box<Sleep>>>,
    /// What `sleep` is set to.
    sleeps_until: Instant,
}

impl<M: AsyncMedia> AsyncDriver<M> {
    /// A driver for a connection that is up.
    pub fn new(media: M) -> Self {
        Self {
            crank: Crank::default(),
            media,
            started: false,
            written: 0,
            failure: None,
            sleep: None,
            sleeps_until: Instant::ZERO,
        }
    }

    /// The present moment on the clock of `until`: [`tokio_now`].
    #[must_use]
    pub fn now(&self) -> Instant {
        tokio_now()
    }

    /// The medium.
    pub fn media(&mut self) -> &mut M {
        &mut self.media
    }

    /// When the last octet came or went.
    #[must_use]
    pub fn active_at(&self) -> Instant {
        self.crank.active_at()
    }

    /// Hangs up, and tells the session, whose events are then asked of it directly.
    pub fn close<S: Session>(mut self, session: &mut S) -> M {
        self.crank.closed(session, tokio_now());
        self.media
    }

    /// Runs `session` until it has something to tell, or `until`; the same as
    /// [`Driver::drive`](super::Driver::drive). Cancel safe.
    ///
    /// # Errors
    /// Whatever the medium reports, after the session's events were handed out. The connection
    /// is then over; only after [`MediaError::Unsupported`] of a line switch it goes on.
    pub async fn drive<S: Session>(
        &mut self,
        session: &mut S,
        until: Instant,
    ) -> Result<Driven<S::Event>, MediaError> {
        poll_fn(|cx| self.poll_drive(cx, session, until)).await
    }

    /// [`drive`](Self::drive) for callers that poll by hand.
    ///
    /// # Errors
    /// As [`drive`](Self::drive).
    pub fn poll_drive<S: Session>(
        &mut self,
        cx: &mut Context<'_>,
        session: &mut S,
        until: Instant,
    ) -> Poll<Result<Driven<S::Event>, MediaError>> {
        let mut has_said = false;
        let mut heard = 0;
        loop {
            let now = tokio_now();
            if !self.started {
                self.started = true;
                self.crank.opened(session, now);
            }
            // An answer that came in time is not late because its owner was busy elsewhere.
            if self.crank.is_open()
                && self.crank.timer(session) <= now
                && heard < PIECES_BEFORE_TIMER
                && self.listen(cx, session).is_ready()
            {
                heard += 1;
                continue;
            }
            heard = 0;
            let wake_at = match self.crank.turn(session, now) {
                Turn::Event(event) => return Poll::Ready(Ok(Driven::Event(event))),
                Turn::Closed => {
                    let end = self.failure.take().map_or(Ok(Driven::Closed), Err);
                    return Poll::Ready(end);
                }
                Turn::Line(line) => {
                    if let Err(error) = self.media.reconfigure(&line) {
                        return Poll::Ready(Err(error));
                    }
                    continue;
                }
                Turn::Wait(wake_at) => wake_at,
                // A session with much to say must hear as well.
                Turn::Send if has_said => {
                    has_said = false;
                    now
                }
                Turn::Send => match self.poll_write(cx) {
                    Poll::Ready(Ok(done_at)) => {
                        self.crank.sent(done_at);
                        has_said = true;
                        continue;
                    }
                    Poll::Ready(Err(error)) => {
                        self.fail(session, error);
                        continue;
                    }
                    Poll::Pending => self.crank.timer(session),
                },
            };
            if self.listen(cx, session).is_ready() {
                continue;
            }
            if now >= until {
                return Poll::Ready(Ok(Driven::Deadline));
            }
            if wake_at <= now {
                continue;
            }
            ready!(self.poll_sleep(cx, wake_at.min(until)));
        }
    }

    /// Writes the message; when its last octet is out.
    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<Result<Instant, MediaError>> {
        let message = self.crank.message();
        while let Some(rest) = message.get(self.written..)
            && !rest.is_empty()
        {
            match ready!(self.media.poll_send(cx, rest)) {
                Ok(count) => self.written += count,
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
        if let Err(error) = ready!(self.media.poll_flush(cx)) {
            return Poll::Ready(Err(error));
        }
        let line_time = self.media.line_time(message.len());
        self.written = 0;
        Poll::Ready(Ok(tokio_now() + line_time))
    }

    /// Hears one piece, or the end of the channel.
    fn listen<S: Session>(&mut self, cx: &mut Context<'_>, session: &mut S) -> Poll<()> {
        let received = if self.media.is_datagram() {
            self.poll_piece::<S, LONGEST_DATAGRAM>(cx, session)
        } else {
            self.poll_piece::<S, STREAM_PIECE>(cx, session)
        };
        if let Err(error) = ready!(received) {
            self.fail(session, error);
        }
        Poll::Ready(())
    }

    /// Input passes through the stack: a connection that is silent needs no buffer.
    #[inline(never)]
    fn poll_piece<S: Session, const ROOM: usize>(
        &mut self,
        cx: &mut Context<'_>,
        session: &mut S,
    ) -> Poll<Result<(), MediaError>> {
        let mut room = [MaybeUninit::<u8>::uninit(); ROOM];
        let mut buf = ReadBuf::uninit(&mut room);
        let received = ready!(self.media.poll_receive(cx, &mut buf));
        if received.is_ok() {
            self.crank.received(session, tokio_now(), buf.filled());
        }
        Poll::Ready(received)
    }

    fn poll_sleep(&mut self, cx: &mut Context<'_>, until: Instant) -> Poll<()> {
        let Some(moment) = clock::to_std(until) else { return Poll::Pending };
        let moment = ::tokio::time::Instant::from_std(moment);
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep_until(moment)));
        if self.sleeps_until != until || sleep.is_elapsed() {
            self.sleeps_until = until;
            sleep.as_mut().reset(moment);
        }
        sleep.as_mut().poll(cx)
    }

    fn fail<S: Session>(&mut self, session: &mut S, error: MediaError) {
        self.written = 0;
        self.crank.closed(session, tokio_now());
        if !matches!(error, MediaError::Closed) {
            self.failure = Some(error);
        }
    }
}
