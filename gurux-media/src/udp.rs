//! UDP: [`Udp`] sends to one peer, [`UdpServer`] answers whoever sends.

use std::boxed::Box;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs, UdpSocket};
use std::string::{String, ToString};

use crate::settings::{Endpoint, UdpListenSettings, UdpSettings};
use crate::{Instant, LineSettings, Media, MediaError, MediaState, clock, wait};

/// The longest payload of a datagram: 65,535 octets less the headers of IPv4 and UDP.
const LONGEST_PAYLOAD: usize = 65_507;
/// Room for any datagram, so that none is ever cut by the system.
const ROOM: usize = 65_535;

/// Datagrams to and from one peer.
///
/// UDP promises nothing, and neither does this: that nobody listens at the other side is not an
/// error here, for the next datagram may find somebody. The session's time-out tells.
#[derive(Debug)]
pub struct Udp {
    settings: UdpSettings,
    name: String,
    socket: Option<UdpSocket>,
    datagram: Box<[u8]>,
}

impl Udp {
    /// Datagrams to the peer of `settings`.
    #[must_use]
    pub fn new(settings: UdpSettings) -> Self {
        let name = Endpoint(&settings.host, settings.port).to_string();
        Self { settings, name, socket: None, datagram: room() }
    }

    fn connect(&self) -> io::Result<UdpSocket> {
        let mut refusal = io::Error::new(ErrorKind::NotFound, "the name has no usable address");
        let host = (self.settings.host.as_str(), self.settings.port);
        for peer in host.to_socket_addrs()?.filter(|a| !self.settings.ipv6 || a.is_ipv6()) {
            let any: SocketAddr = if peer.is_ipv6() {
                (Ipv6Addr::UNSPECIFIED, 0).into()
            } else {
                (Ipv4Addr::UNSPECIFIED, 0).into()
            };
            let socket = UdpSocket::bind(any).and_then(|socket| {
                socket.connect(peer)?;
                socket.set_nonblocking(true)?;
                Ok(socket)
            });
            match socket {
                Ok(socket) => return Ok(socket),
                Err(error) => refusal = error,
            }
        }
        Err(refusal)
    }
}

impl Media for Udp {
    fn open(&mut self) -> Result<(), MediaError> {
        if self.socket.is_none() {
            let socket =
                self.connect().map_err(|error| MediaError::io(&self.name, "open", error))?;
            self.socket = Some(socket);
        }
        Ok(())
    }

    fn close(&mut self) {
        self.socket = None;
    }

    fn state(&self) -> MediaState {
        if self.socket.is_some() { MediaState::Open } else { MediaState::Closed }
    }

    fn send(&mut self, octets: &[u8]) -> Result<(), MediaError> {
        let socket = self.socket.as_ref().ok_or(MediaError::NotOpen)?;
        put(octets, &self.name, || socket.send(octets))
    }

    fn receive(&mut self, buf: &mut [u8], deadline: Instant) -> Result<usize, MediaError> {
        let socket = self.socket.as_ref().ok_or(MediaError::NotOpen)?;
        if buf.is_empty() {
            return Ok(0);
        }
        let room = &mut self.datagram;
        let taken = take(socket, deadline, || Ok((socket.recv(room)?, ())));
        match taken.map_err(|error| MediaError::io(&self.name, "receive", error))? {
            Some((count, ())) => hand_over(&self.datagram, count, buf),
            None => Ok(0),
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

    fn is_datagram(&self) -> bool {
        true
    }
}

/// A port to which others send. [`Media::send`] goes to whoever was heard last.
#[derive(Debug)]
pub struct UdpServer {
    settings: UdpListenSettings,
    name: String,
    socket: Option<UdpSocket>,
    peer: Option<SocketAddr>,
    datagram: Box<[u8]>,
}

impl UdpServer {
    /// A port to be bound by [`Media::open`].
    #[must_use]
    pub fn new(settings: UdpListenSettings) -> Self {
        let name = Endpoint(&settings.address, settings.port).to_string();
        Self { settings, name, socket: None, peer: None, datagram: room() }
    }

    /// The bound address; the port is the true one where zero was asked for.
    #[must_use]
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.socket.as_ref()?.local_addr().ok()
    }

    /// Who was heard last.
    #[must_use]
    pub fn peer(&self) -> Option<SocketAddr> {
        self.peer
    }

    /// Takes one datagram and tells who sent it, or `None` at `deadline`.
    ///
    /// # Errors
    /// As [`Media::receive`].
    pub fn receive_from(
        &mut self,
        buf: &mut [u8],
        deadline: Instant,
    ) -> Result<Option<(usize, SocketAddr)>, MediaError> {
        let socket = self.socket.as_ref().ok_or(MediaError::NotOpen)?;
        let room = &mut self.datagram;
        let taken = take(socket, deadline, || socket.recv_from(room));
        match taken.map_err(|error| MediaError::io(&self.name, "receive", error))? {
            Some((count, peer)) => {
                self.peer = Some(peer);
                Ok(Some((hand_over(&self.datagram, count, buf)?, peer)))
            }
            None => Ok(None),
        }
    }

    /// Sends one datagram to `peer`.
    ///
    /// # Errors
    /// As [`Media::send`].
    pub fn send_to(&mut self, octets: &[u8], peer: SocketAddr) -> Result<(), MediaError> {
        let socket = self.socket.as_ref().ok_or(MediaError::NotOpen)?;
        put(octets, &self.name, || socket.send_to(octets, peer))
    }
}

impl Media for UdpServer {
    fn open(&mut self) -> Result<(), MediaError> {
        if self.socket.is_some() {
            return Ok(());
        }
        let address = (self.settings.address.as_str(), self.settings.port);
        let socket = UdpSocket::bind(address)
            .and_then(|socket| socket.set_nonblocking(true).map(|()| socket))
            .map_err(|error| MediaError::io(&self.name, "bind", error))?;
        if let Ok(address) = socket.local_addr() {
            self.name = address.to_string();
        }
        self.socket = Some(socket);
        Ok(())
    }

    fn close(&mut self) {
        self.socket = None;
        self.peer = None;
    }

    fn state(&self) -> MediaState {
        if self.socket.is_some() { MediaState::Open } else { MediaState::Closed }
    }

    /// An error while nobody has been heard yet: there is nowhere to send to.
    fn send(&mut self, octets: &[u8]) -> Result<(), MediaError> {
        match self.peer {
            Some(peer) => self.send_to(octets, peer),
            None if self.socket.is_none() => Err(MediaError::NotOpen),
            None => Err(MediaError::Unsupported("send before a peer was heard")),
        }
    }

    fn receive(&mut self, buf: &mut [u8], deadline: Instant) -> Result<usize, MediaError> {
        if buf.is_empty() && self.socket.is_some() {
            return Ok(0);
        }
        Ok(self.receive_from(buf, deadline)?.map_or(0, |(count, _)| count))
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

    fn is_datagram(&self) -> bool {
        true
    }
}

fn room() -> Box<[u8]> {
    std::vec![0; ROOM].into_boxed_slice()
}

/// The system's word that nobody listens there, about an earlier datagram.
fn is_unheard(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset)
}

fn put(
    octets: &[u8],
    name: &str,
    mut send: impl FnMut() -> io::Result<usize>,
) -> Result<(), MediaError> {
    if octets.len() > LONGEST_PAYLOAD {
        return Err(MediaError::Datagram { octets: octets.len(), room: LONGEST_PAYLOAD });
    }
    loop {
        match send() {
            Ok(_) => return Ok(()),
            Err(error) if error.kind() == ErrorKind::Interrupted || is_unheard(&error) => {}
            // The system's queue is full: the datagram is lost, as it might be anywhere on its
            // way.
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(MediaError::io(name, "send", error)),
        }
    }
}

/// One datagram, or `None` at the deadline.
fn take<T>(
    socket: &UdpSocket,
    deadline: Instant,
    mut receive: impl FnMut() -> io::Result<(usize, T)>,
) -> io::Result<Option<(usize, T)>> {
    loop {
        match receive() {
            // An empty datagram carries nothing up.
            Ok((0, _)) => {}
            Ok(taken) => return Ok(Some(taken)),
            Err(error) if error.kind() == ErrorKind::Interrupted || is_unheard(&error) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                if deadline <= clock::now() || !wait::readable(socket, deadline)? {
                    return Ok(None);
                }
            }
            Err(error) => return Err(error),
        }
    }
}

fn hand_over(datagram: &[u8], count: usize, buf: &mut [u8]) -> Result<usize, MediaError> {
    match (datagram.get(..count), buf.get_mut(..count)) {
        (Some(from), Some(to)) => {
            to.copy_from_slice(from);
            Ok(count)
        }
        _ => Err(MediaError::Datagram { octets: count, room: buf.len() }),
    }
}
