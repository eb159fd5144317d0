//! [`AsyncMedia`]: a byte channel without blocking, and tokio's sockets as such.

use core::pin::Pin;
use core::task::{Context, Poll, ready};
use core::time::Duration;
use std::io;
use std::string::{String, ToString};

use ::tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use ::tokio::net::{TcpStream, UdpSocket};
use ::tokio::time::timeout;
use socket2::{SockRef, TcpKeepalive};

use crate::settings::{Endpoint, TcpSettings, UdpSettings};
use crate::{LineSettings, MediaError};

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
    /// Calls a meter, as the blocking `Tcp` does.
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

/// Datagrams to and from one peer. As with the blocking `Udp`, that nobody listens there is silence
/// and not an error.
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
