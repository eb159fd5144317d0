//! TCP: [`Tcp`] calls a meter, [`TcpServer`] is called by meters.

use core::fmt;
use std::format;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::string::{String, ToString};
use std::vec::Vec;

use socket2::{Domain, Protocol, SockRef, Socket, TcpKeepalive, Type};

use crate::settings::{Endpoint, TcpListenSettings, TcpSettings};
use crate::{Instant, LineSettings, Media, MediaError, MediaState, clock, wait};

/// A connection: one that we make, or one that was accepted.
///
/// ```no_run
/// use gurux_media::Media;
/// use gurux_media::settings::TcpSettings;
/// use gurux_media::tcp::Tcp;
///
/// let mut meter = Tcp::new(TcpSettings::new("10.0.0.5", 502));
/// meter.open()?;
/// # Ok::<(), gurux_media::MediaError>(())
/// ```
#[derive(Debug)]
pub struct Tcp {
    settings: TcpSettings,
    name: String,
    stream: Option<TcpStream>,
    /// Where the connection came to us: there is nobody to call again.
    attached: bool,
}

impl Tcp {
    /// A connection to be made by [`Media::open`].
    #[must_use]
    pub fn new(settings: TcpSettings) -> Self {
        let name = Endpoint(&settings.host, settings.port).to_string();
        Self { settings, name, stream: None, attached: false }
    }

    /// Makes a medium of a socket that somebody else accepted, so that a server can talk to one
    /// caller as if it had called. It cannot be opened again once closed.
    ///
    /// # Errors
    /// What the system says of the socket.
    pub fn attach(stream: TcpStream) -> Result<Self, MediaError> {
        let peer = stream.peer_addr().map_err(|e| MediaError::io("socket", "attach", e))?;
        Self::adopt(stream, TcpSettings::new(peer.ip().to_string(), peer.port()))
    }

    /// The other side's address, while connected.
    #[must_use]
    pub fn peer(&self) -> Option<SocketAddr> {
        self.stream.as_ref()?.peer_addr().ok()
    }

    fn adopt(stream: TcpStream, settings: TcpSettings) -> Result<Self, MediaError> {
        let mut tcp = Self { attached: true, ..Self::new(settings) };
        tcp.prepare(&stream).map_err(|e| MediaError::io(&tcp.name, "attach", e))?;
        tcp.stream = Some(stream);
        Ok(tcp)
    }

    fn prepare(&self, stream: &TcpStream) -> io::Result<()> {
        stream.set_nonblocking(true)?;
        stream.set_nodelay(self.settings.nodelay)?;
        if let Some(idle) = self.settings.keepalive {
            SockRef::from(stream).set_tcp_keepalive(&TcpKeepalive::new().with_time(idle))?;
        }
        Ok(())
    }

    /// Calls each address of the host until one answers; the time is for all together.
    fn connect(&self) -> io::Result<TcpStream> {
        let until = clock::now() + self.settings.connect_timeout;
        let mut refusal = io::Error::new(ErrorKind::NotFound, "the name has no usable address");
        for address in resolve(&self.settings.host, self.settings.port, self.settings.ipv6)? {
            let left = until.since(clock::now());
            if left.is_zero() {
                return Err(ErrorKind::TimedOut.into());
            }
            match TcpStream::connect_timeout(&address, left) {
                Ok(stream) => return Ok(stream),
                Err(error) => refusal = error,
            }
        }
        Err(refusal)
    }

    /// Closes after an error, and says what it was.
    fn broken(&mut self, what: &'static str, error: io::Error) -> MediaError {
        self.close();
        MediaError::broken(&self.name, what, error)
    }
}

/// The addresses of a host, in the system's order.
pub(crate) fn resolve(host: &str, port: u16, ipv6_only: bool) -> io::Result<Vec<SocketAddr>> {
    let addresses = (host, port).to_socket_addrs()?;
    Ok(addresses.filter(|address| !ipv6_only || address.is_ipv6()).collect())
}

impl Media for Tcp {
    fn open(&mut self) -> Result<(), MediaError> {
        if self.stream.is_some() {
            return Ok(());
        }
        if self.attached {
            return Err(MediaError::Unsupported("call back a meter that had called us"));
        }
        let stream = self
            .connect()
            .and_then(|stream| self.prepare(&stream).map(|()| stream))
            .map_err(|error| MediaError::io(&self.name, "connect", error))?;
        self.stream = Some(stream);
        Ok(())
    }

    fn close(&mut self) {
        if let Some(stream) = self.stream.take() {
            // A peer that is gone already is no news here.
            _ = stream.shutdown(Shutdown::Both);
        }
    }

    fn state(&self) -> MediaState {
        if self.stream.is_some() { MediaState::Open } else { MediaState::Closed }
    }

    fn send(&mut self, mut octets: &[u8]) -> Result<(), MediaError> {
        let until = clock::now() + self.settings.send_timeout;
        while !octets.is_empty() {
            let stream = self.stream.as_mut().ok_or(MediaError::NotOpen)?;
            match stream.write(octets) {
                Ok(count) => octets = octets.get(count..).unwrap_or_default(),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    match wait::writable(stream, until) {
                        Ok(true) => {}
                        Ok(false) => return Err(self.broken("send", ErrorKind::TimedOut.into())),
                        Err(error) => return Err(self.broken("send", error)),
                    }
                }
                Err(error) => return Err(self.broken("send", error)),
            }
        }
        if self.stream.is_some() { Ok(()) } else { Err(MediaError::NotOpen) }
    }

    fn receive(&mut self, buf: &mut [u8], deadline: Instant) -> Result<usize, MediaError> {
        let stream = self.stream.as_mut().ok_or(MediaError::NotOpen)?;
        if buf.is_empty() {
            return Ok(0);
        }
        // Waiting first costs a system call less than reading in vain.
        let mut look = deadline <= clock::now();
        loop {
            if !look {
                match wait::readable(stream, deadline) {
                    Ok(true) => {}
                    Ok(false) => return Ok(0),
                    Err(error) => return Err(self.broken("receive", error)),
                }
            }
            match stream.read(buf) {
                Ok(0) => {
                    self.close();
                    return Err(MediaError::Closed);
                }
                Ok(count) => return Ok(count),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    if look {
                        return Ok(0);
                    }
                    look = deadline <= clock::now();
                }
                Err(error) => return Err(self.broken("receive", error)),
            }
        }
    }

    fn reconfigure(&mut self, _: &LineSettings) -> Result<(), MediaError> {
        Ok(())
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn kind(&self) -> &'static str {
        "Net"
    }

    fn now(&self) -> Instant {
        clock::now()
    }
}

/// A port on which meters call.
///
/// Two uses: [`accept`](Self::accept) makes each caller a [`Tcp`] of its own; and as a [`Media`]
/// it is the channel to one caller at a time: [`Media::open`] waits for the next one.
pub struct TcpServer {
    settings: TcpListenSettings,
    name: String,
    listener: Option<TcpListener>,
    caller: Option<Tcp>,
}

impl TcpServer {
    /// A port to be bound by [`bind`](Self::bind) or [`Media::open`].
    #[must_use]
    pub fn new(settings: TcpListenSettings) -> Self {
        let name = Endpoint(&settings.address, settings.port).to_string();
        Self { settings, name, listener: None, caller: None }
    }

    /// Binds the port; does nothing if it is bound.
    ///
    /// # Errors
    /// What the system says: the port is taken, the address is not ours, no right to do so.
    pub fn bind(&mut self) -> Result<(), MediaError> {
        if self.listener.is_none() {
            let listener = listen(&self.settings)
                .map_err(|error| MediaError::io(&self.name, "listen", error))?;
            if let Ok(address) = listener.local_addr() {
                self.name = address.to_string();
            }
            self.listener = Some(listener);
        }
        Ok(())
    }

    /// The bound address; the port is the true one where zero was asked for.
    #[must_use]
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.listener.as_ref()?.local_addr().ok()
    }

    /// Waits for a caller until `deadline`; `None` means that nobody called. Binds first.
    ///
    /// # Errors
    /// As [`bind`](Self::bind), and when the system has no more descriptors.
    pub fn accept(&mut self, deadline: Instant) -> Result<Option<Tcp>, MediaError> {
        self.bind()?;
        let Some(listener) = &self.listener else { return Err(MediaError::NotOpen) };
        loop {
            match listener.accept() {
                Ok((stream, peer)) => {
                    let settings = TcpSettings {
                        send_timeout: self.settings.send_timeout,
                        nodelay: self.settings.nodelay,
                        keepalive: self.settings.keepalive,
                        ..TcpSettings::new(peer.ip().to_string(), peer.port())
                    };
                    // A caller that hung up while waiting in the queue is no fault of the port.
                    if let Ok(tcp) = Tcp::adopt(stream, settings) {
                        return Ok(Some(tcp));
                    }
                }
                Err(error) => match error.kind() {
                    ErrorKind::WouldBlock => {
                        let ready = wait::readable(listener, deadline)
                            .map_err(|error| MediaError::io(&self.name, "accept", error))?;
                        if !ready {
                            return Ok(None);
                        }
                    }
                    ErrorKind::Interrupted | ErrorKind::ConnectionAborted => {}
                    _ => return Err(MediaError::io(&self.name, "accept", error)),
                },
            }
        }
    }

    /// The caller of the moment, where this is used as a [`Media`].
    fn caller(&mut self) -> Result<&mut Tcp, MediaError> {
        self.caller.as_mut().ok_or(MediaError::NotOpen)
    }
}

/// A listening socket with its accept queue set.
pub(crate) fn listen(settings: &TcpListenSettings) -> io::Result<TcpListener> {
    let addresses = resolve(&settings.address, settings.port, false)?;
    let mut refusal = io::Error::new(ErrorKind::NotFound, "the name has no usable address");
    for address in addresses {
        match listen_at(address, settings.backlog) {
            Ok(listener) => return Ok(listener),
            Err(error) => refusal = error,
        }
    }
    Err(refusal)
}

fn listen_at(address: SocketAddr, backlog: u32) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // After a restart, connections of the last run must not keep the port busy. On Windows the
    // same option would let two programs share the port.
    #[cfg(not(windows))]
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(i32::try_from(backlog).unwrap_or(i32::MAX))?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

impl Media for TcpServer {
    /// Binds the port and waits for a caller, as long as the settings say.
    fn open(&mut self) -> Result<(), MediaError> {
        if self.state() == MediaState::Open {
            return Ok(());
        }
        let deadline = match self.settings.accept_timeout {
            Some(span) => clock::now() + span,
            None => Instant::FAR_FUTURE,
        };
        match self.accept(deadline)? {
            Some(caller) => {
                self.caller = Some(caller);
                Ok(())
            }
            None => {
                let error = io::Error::new(ErrorKind::TimedOut, "nobody called");
                Err(MediaError::io(&self.name, "wait for a caller", error))
            }
        }
    }

    /// Hangs up on the caller. The port stays bound: the next may be waiting.
    fn close(&mut self) {
        self.caller = None;
    }

    fn state(&self) -> MediaState {
        self.caller.as_ref().map_or(MediaState::Closed, Media::state)
    }

    fn send(&mut self, octets: &[u8]) -> Result<(), MediaError> {
        self.caller()?.send(octets)
    }

    fn receive(&mut self, buf: &mut [u8], deadline: Instant) -> Result<usize, MediaError> {
        self.caller()?.receive(buf, deadline)
    }

    fn reconfigure(&mut self, _: &LineSettings) -> Result<(), MediaError> {
        Ok(())
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn kind(&self) -> &'static str {
        "Net"
    }

    fn now(&self) -> Instant {
        clock::now()
    }
}

impl fmt::Debug for TcpServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format!("TcpServer({})", self.name))
    }
}
