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
use core::time::Duration;
use std::boxed::Box;
use std::io;
use std::string::{String, ToString};

use ::tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use ::tokio::net::{TcpStream, UdpSocket};
use ::tokio::time::{Sleep, sleep_until, timeout};
use socket2::{SockRef, TcpKeepalive};

use super::{Crank, Driven, LONGEST_DATAGRAM, STREAM_PIECE, Turn};
use crate::settings::{Endpoint, TcpSettings, UdpSettings};
use crate::{Instant, LineSettings, MediaError, Session, clock};

/// The present moment on tokio's clock: the machine's, or a test's paused one. It is on the same
/// time line as [`clock::now`].
#[must_use]
pub fn tokio_now() -> Instant {
    clock::at(::tokio::time::Instant::now().into_std())
}

/// A byte channel without blocking: what [`Media`](crate::Media) is to [`Driver`](super::Driver).
pub trait AsyncMedia {
    /// Receives what came first into `buf`. A stream's end is [`MediaError::Closed`].
    fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<Result<(), MediaError>>;

    /// Sends octets and says how many were taken. A datagram is taken whole.
    fn poll_send(&mut self, cx: &mut Context<'_>, octets: &[u8])
    -> Poll<Result<usize, MediaError>>;

    /// Makes sure that all octets taken are under way.
    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), MediaError>>;

    /// How long the line is busy with `count` octets after they were taken; zero but for serial
    /// lines.
    fn line_time(&self, count: usize) -> Duration {
        let _ = count;
        Duration::ZERO
    }

    /// As [`Media::reconfigure`](crate::Media::reconfigure).
    ///
    /// # Errors
    /// [`MediaError::Unsupported`] where the line cannot do what is asked.
    fn reconfigure(&mut self, line: &LineSettings) -> Result<(), MediaError> {
        let _ = line;
        Ok(())
    }

    /// As [`Media::is_datagram`](crate::Media::is_datagram).
    fn is_datagram(&self) -> bool {
        false
    }
}

/// Any of tokio's streams as a medium: a socket, a pipe in memory, a TLS connection.
#[derive(Debug)]
pub struct AsyncStream<T> {
    stream: T,
    name: String,
}

impl<T> AsyncStream<T> {
    /// `stream`, called `name` in errors.
    pub fn new(stream: T, name: impl Into<String>) -> Self {
        Self { stream, name: name.into() }
    }

    /// The stream.
    pub fn into_inner(self) -> T {
        self.stream
    }
}

impl AsyncStream<TcpStream> {
    /// Calls a meter, as [`Tcp`](crate::tcp::Tcp) does.
    ///
    /// # Errors
    /// The system's refusal, and [`io::ErrorKind::TimedOut`].
    pub async fn connect(settings: &TcpSettings) -> Result<Self, MediaError> {
        let name = Endpoint(&settings.host, settings.port).to_string();
        let connected = timeout(settings.connect_timeout, connect(settings)).await;
        match connected.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
            Ok(stream) => Ok(Self { stream, name }),
            Err(error) => Err(MediaError::io(&name, "connect", error)),
        }
    }
}

async fn connect(settings: &TcpSettings) -> io::Result<TcpStream> {
    let mut refusal = io::Error::new(io::ErrorKind::NotFound, "the name has no usable address");
    let host = (settings.host.as_str(), settings.port);
    for address in ::tokio::net::lookup_host(host).await? {
        if settings.ipv6 && !address.is_ipv6() {
            continue;
        }
        match TcpStream::connect(address).await {
            Ok(stream) => {
                prepare(&stream, settings.nodelay, settings.keepalive)?;
                return Ok(stream);
            }
            Err(error) => refusal = error,
        }
    }
    Err(refusal)
}

pub(crate) fn prepare(
    stream: &TcpStream,
    nodelay: bool,
    keepalive: Option<Duration>,
) -> io::Result<()> {
    stream.set_nodelay(nodelay)?;
    match keepalive {
        Some(idle) => SockRef::from(stream).set_tcp_keepalive(&TcpKeepalive::new().with_time(idle)),
        None => Ok(()),
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> AsyncMedia for AsyncStream<T> {
    fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<Result<(), MediaError>> {
        let read = ready!(Pin::new(&mut self.stream).poll_read(cx, buf));
        Poll::Ready(match read {
            Ok(()) if buf.filled().is_empty() => Err(MediaError::Closed),
            Ok(()) => Ok(()),
            Err(error) => Err(MediaError::broken(&self.name, "receive", error)),
        })
    }

    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<Result<usize, MediaError>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(cx, octets));
        Poll::Ready(match written {
            Ok(0) => Err(MediaError::Closed),
            Ok(count) => Ok(count),
            Err(error) => Err(MediaError::broken(&self.name, "send", error)),
        })
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), MediaError>> {
        let flushed = ready!(Pin::new(&mut self.stream).poll_flush(cx));
        Poll::Ready(flushed.map_err(|error| MediaError::broken(&self.name, "send", error)))
    }
}

/// Datagrams to and from one peer. As with [`Udp`](crate::udp::Udp), that nobody listens there is
/// silence and not an error.
#[derive(Debug)]
pub struct AsyncDatagram {
    socket: UdpSocket,
    name: String,
}

impl AsyncDatagram {
    /// A socket that is connected to its peer.
    pub fn new(socket: UdpSocket, name: impl Into<String>) -> Self {
        Self { socket, name: name.into() }
    }

    /// A socket for the peer of `settings`.
    ///
    /// # Errors
    /// The system's refusal.
    pub async fn connect(settings: &UdpSettings) -> Result<Self, MediaError> {
        let name = Endpoint(&settings.host, settings.port).to_string();
        match connect_datagram(settings).await {
            Ok(socket) => Ok(Self { socket, name }),
            Err(error) => Err(MediaError::io(&name, "open", error)),
        }
    }
}

async fn connect_datagram(settings: &UdpSettings) -> io::Result<UdpSocket> {
    let host = (settings.host.as_str(), settings.port);
    let mut addresses = ::tokio::net::lookup_host(host).await?;
    let peer = addresses
        .find(|address| !settings.ipv6 || address.is_ipv6())
        .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "the name has no usable address"))?;
    let any = if peer.is_ipv6() { "[::]:0" } else { "0.0.0.0:0" };
    let socket = UdpSocket::bind(any).await?;
    socket.connect(peer).await?;
    Ok(socket)
}

fn is_unheard(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset)
}

impl AsyncMedia for AsyncDatagram {
    fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<Result<(), MediaError>> {
        loop {
            match ready!(self.socket.poll_recv(cx, buf)) {
                // An empty datagram carries nothing up.
                Ok(()) if buf.filled().is_empty() => {}
                Ok(()) => return Poll::Ready(Ok(())),
                Err(error) if is_unheard(&error) => {}
                Err(error) => {
                    return Poll::Ready(Err(MediaError::io(&self.name, "receive", error)));
                }
            }
        }
    }

    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<Result<usize, MediaError>> {
        loop {
            match ready!(self.socket.poll_send(cx, octets)) {
                Ok(_) => return Poll::Ready(Ok(octets.len())),
                Err(error) if is_unheard(&error) => {}
                Err(error) => {
                    return Poll::Ready(Err(MediaError::io(&self.name, "send", error)));
                }
            }
        }
    }

    fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<Result<(), MediaError>> {
        Poll::Ready(Ok(()))
    }

    fn is_datagram(&self) -> bool {
        true
    }
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
        let mut sent_late = false;
        loop {
            let now = tokio_now();
            if !self.started {
                self.started = true;
                self.crank.opened(session, now);
            }
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
                Turn::Send if sent_late && self.written == 0 => {
                    return Poll::Ready(Ok(Driven::Deadline));
                }
                Turn::Send => match self.poll_write(cx) {
                    Poll::Ready(Ok(done_at)) => {
                        self.crank.sent(done_at);
                        sent_late = now >= until;
                        // Hear, before anything more is said.
                        now
                    }
                    Poll::Ready(Err(error)) => {
                        self.fail(session, error);
                        continue;
                    }
                    Poll::Pending => self.crank.timer(session),
                },
            };
            match self.poll_listen(cx, session) {
                Poll::Ready(Ok(())) => continue,
                Poll::Ready(Err(error)) => {
                    self.fail(session, error);
                    continue;
                }
                Poll::Pending => {}
            }
            if wake_at <= now {
                continue;
            }
            if now >= until {
                return Poll::Ready(Ok(Driven::Deadline));
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

    fn poll_listen<S: Session>(
        &mut self,
        cx: &mut Context<'_>,
        session: &mut S,
    ) -> Poll<Result<(), MediaError>> {
        if self.media.is_datagram() {
            self.poll_piece::<S, LONGEST_DATAGRAM>(cx, session)
        } else {
            self.poll_piece::<S, STREAM_PIECE>(cx, session)
        }
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
