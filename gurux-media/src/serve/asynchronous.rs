//! The servers on tokio.

use core::net::SocketAddr;
use core::time::Duration;
use std::io::{self, ErrorKind};
use std::string::{String, ToString};
use std::sync::Arc;

use ::tokio::net::{TcpListener, TcpSocket, TcpStream, UdpSocket};
use ::tokio::task::JoinSet;
use ::tokio::time::{sleep, timeout_at};

use super::ServeSettings;
use super::peers::{PeerWork, Peers};
use crate::drive::{AsyncDriver, AsyncStream, prepare, tokio_now};
use crate::settings::{Endpoint, TcpListenSettings};
use crate::{Driven, Instant, MediaError, Session, clock};

/// How long to wait after accepting failed, and how often that may happen in a row.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
const ACCEPT_TRIES: u32 = 100;

/// Binds a port with the accept queue of `settings`; tokio's own `bind` takes 1024 or fewer.
///
/// # Errors
/// What the system says: the port is taken, the address is not ours, no right to do so.
pub async fn listen_async(settings: &TcpListenSettings) -> Result<TcpListener, MediaError> {
    let name = Endpoint(&settings.address, settings.port).to_string();
    let listen = async {
        let mut refusal = io::Error::new(ErrorKind::NotFound, "the name has no usable address");
        let address = (settings.address.as_str(), settings.port);
        for address in ::tokio::net::lookup_host(address).await? {
            match listen_at(address, settings.backlog) {
                Ok(listener) => return Ok(listener),
                Err(error) => refusal = error,
            }
        }
        Err(refusal)
    };
    listen.await.map_err(|error| MediaError::io(&name, "listen", error))
}

fn listen_at(address: SocketAddr, backlog: u32) -> io::Result<TcpListener> {
    let socket = if address.is_ipv6() { TcpSocket::new_v6() } else { TcpSocket::new_v4() }?;
    #[cfg(not(windows))]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(backlog)
}

/// Serves callers, a task for each, until the future is dropped; then all of them are hung up
/// on. `make` gives each caller its session, or `None` to hang up; `tell` hears what the sessions
/// tell, from the caller's task.
///
/// # Errors
/// When the port does not accept any more. What goes wrong with one caller ends that caller's
/// connection and nothing else.
pub async fn serve_tcp_async<S>(
    listener: TcpListener,
    settings: ServeSettings,
    mut make: impl FnMut(SocketAddr) -> Option<S>,
    tell: impl Fn(SocketAddr, S::Event) + Send + Sync + 'static,
) -> Result<(), MediaError>
where
    S: Session + Send + 'static,
    S::Event: Send,
{
    let name = listener.local_addr().map_or_else(|_| String::new(), |address| address.to_string());
    let tell = Arc::new(tell);
    let mut served = JoinSet::new();
    let mut failures = 0;
    loop {
        let (stream, peer) = match listener.accept().await {
            Ok(caller) => caller,
            Err(error) if failures == ACCEPT_TRIES => {
                return Err(MediaError::io(&name, "accept", error));
            }
            Err(_) => {
                failures += 1;
                sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        failures = 0;
        while served.try_join_next().is_some() {}
        if served.len() >= settings.limit || prepare(&stream, true, None).is_err() {
            continue;
        }
        if let Some(session) = make(peer) {
            let tell = Arc::clone(&tell);
            served.spawn(async move {
                serve_one(stream, peer, session, settings, |event| tell(peer, event)).await;
            });
        }
    }
}

async fn serve_one<S: Session>(
    stream: TcpStream,
    peer: SocketAddr,
    mut session: S,
    settings: ServeSettings,
    tell: impl Fn(S::Event),
) {
    let mut driver = AsyncDriver::new(AsyncStream::new(stream, peer.to_string()));
    let connected_at = driver.now();
    loop {
        let active_at = driver.active_at().max(connected_at);
        let idle_at = settings.idle.map_or(Instant::FAR_FUTURE, |idle| active_at + idle);
        match driver.drive(&mut session, idle_at).await {
            Ok(Driven::Event(event)) => tell(event),
            // Octets may have come in the meantime.
            Ok(Driven::Deadline) if driver.active_at() > active_at => {}
            _ => break,
        }
    }
    drop(driver.close(&mut session));
    while let Some(event) = session.poll_event() {
        tell(event);
    }
}

/// Serves whoever sends to `socket`, until the future is dropped: a session for each address, in
/// one task. `make` gives a new peer its session, or `None` to ignore it.
///
/// # Errors
/// The system's own of the port.
pub async fn serve_udp_async<S: Session>(
    socket: UdpSocket,
    settings: ServeSettings,
    mut make: impl FnMut(SocketAddr) -> Option<S>,
    mut tell: impl FnMut(SocketAddr, S::Event),
) -> Result<(), MediaError> {
    let name = socket.local_addr().map_or_else(|_| String::new(), |address| address.to_string());
    let mut peers = Peers::new(&settings);
    let mut buf = std::vec![0; 65_535];
    loop {
        let received = match clock::to_std(peers.wake_at()) {
            Some(wake_at) => timeout_at(wake_at.into(), socket.recv_from(&mut buf)).await.ok(),
            None => Some(socket.recv_from(&mut buf).await),
        };
        let now = tokio_now();
        let mut work = |peer, item: PeerWork<'_, S::Event>| match item {
            // A full queue loses the datagram, as any place on its way may.
            PeerWork::Send(octets) => _ = socket.try_send_to(octets, peer),
            PeerWork::Tell(event) => tell(peer, event),
        };
        match received {
            Some(Ok((count, from))) => {
                let octets = buf.get(..count).unwrap_or_default();
                peers.receive(now, from, octets, &mut make, &mut work);
            }
            // The system's word that an earlier datagram found nobody.
            Some(Err(error))
                if matches!(
                    error.kind(),
                    ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset
                ) => {}
            Some(Err(error)) => return Err(MediaError::io(&name, "receive", error)),
            None => {}
        }
        peers.serve_due(now, &mut work);
    }
}
