//! [`Peers`]: a session for each address on one port of datagrams, without any I/O; and
//! [`serve_udp`].

use core::net::SocketAddr;
use core::time::Duration;
use std::collections::HashMap;

use super::ServeSettings;
use crate::drive::{Crank, Turn};
use crate::{Instant, Session};

/// How much one peer may do before the others have their turn.
const TURNS: usize = 64;

/// What a peer's session wants done.
pub(super) enum PeerWork<'a, E> {
    /// Send a datagram.
    Send(&'a [u8]),
    /// Tell the owner.
    Tell(E),
}

/// All peers of one port.
pub(super) struct Peers<S> {
    limit: usize,
    idle: Option<Duration>,
    peers: HashMap<SocketAddr, Peer<S>>,
    /// No peer needs anything before this.
    wake_at: Instant,
}

struct Peer<S> {
    session: S,
    crank: Crank,
    wake_at: Instant,
}

impl<S: Session> Peers<S> {
    pub(super) fn new(settings: &ServeSettings) -> Self {
        Self {
            limit: settings.limit,
            idle: settings.idle,
            peers: HashMap::new(),
            wake_at: Instant::FAR_FUTURE,
        }
    }

    /// When [`serve_due`](Self::serve_due) is to be called at the latest.
    pub(super) fn wake_at(&self) -> Instant {
        self.wake_at
    }

    /// Hands a datagram to its peer's session, and does what that wants done.
    pub(super) fn receive(
        &mut self,
        now: Instant,
        from: SocketAddr,
        octets: &[u8],
        make: &mut impl FnMut(SocketAddr) -> Option<S>,
        work: &mut impl FnMut(SocketAddr, PeerWork<'_, S::Event>),
    ) {
        if !self.peers.contains_key(&from) {
            if self.peers.len() >= self.limit {
                return;
            }
            let Some(mut session) = make(from) else { return };
            let mut crank = Crank::default();
            crank.opened(&mut session, now);
            self.peers.insert(from, Peer { session, crank, wake_at: now });
        }
        let Some(peer) = self.peers.get_mut(&from) else { return };
        peer.crank.received(&mut peer.session, now, octets);
        peer.serve(now, self.idle, &mut |item| work(from, item));
        self.wake_at = self.wake_at.min(peer.wake_at);
    }

    /// Serves all whose time has come, and forgets those that were silent for too long.
    pub(super) fn serve_due(
        &mut self,
        now: Instant,
        work: &mut impl FnMut(SocketAddr, PeerWork<'_, S::Event>),
    ) {
        if now < self.wake_at {
            return;
        }
        let idle = self.idle;
        self.peers.retain(|&from, peer| {
            if idle.is_some_and(|idle| peer.crank.active_at() + idle <= now) {
                peer.crank.closed(&mut peer.session, now);
                while let Some(event) = peer.session.poll_event() {
                    work(from, PeerWork::Tell(event));
                }
                return false;
            }
            if peer.wake_at <= now {
                peer.serve(now, idle, &mut |item| work(from, item));
            }
            true
        });
        let wakes = self.peers.values().map(|peer| peer.wake_at);
        self.wake_at = wakes.fold(Instant::FAR_FUTURE, Instant::min);
    }
}

impl<S: Session> Peer<S> {
    fn serve(
        &mut self,
        now: Instant,
        idle: Option<Duration>,
        work: &mut impl FnMut(PeerWork<'_, S::Event>),
    ) {
        let idle_at = idle.map_or(Instant::FAR_FUTURE, |idle| self.crank.active_at() + idle);
        for _ in 0..TURNS {
            match self.crank.turn(&mut self.session, now) {
                Turn::Event(event) => work(PeerWork::Tell(event)),
                Turn::Send => {
                    if !self.crank.message().is_empty() {
                        work(PeerWork::Send(self.crank.message()));
                    }
                    self.crank.sent(now);
                }
                // A network has no line to switch.
                Turn::Line(_) => {}
                Turn::Wait(wake_at) => {
                    self.wake_at = wake_at.min(idle_at);
                    return;
                }
                Turn::Closed => {
                    self.wake_at = idle_at;
                    return;
                }
            }
        }
        self.wake_at = now;
    }
}

#[cfg(feature = "udp")]
mod blocking {
    use core::net::SocketAddr;
    use core::sync::atomic::{AtomicBool, Ordering};
    use core::time::Duration;

    use super::{PeerWork, Peers, ServeSettings};
    use crate::udp::UdpServer;
    use crate::{Media, MediaError, Session, clock};

    /// How often the server looks whether it shall stop.
    const STOP_INTERVAL: Duration = Duration::from_millis(100);

    /// Serves whoever sends to `port`, until `stop` is set: a session for each address, in one
    /// thread. `make` gives a new peer its session, or `None` to ignore it; `tell` hears what the
    /// sessions tell.
    ///
    /// # Errors
    /// When the port cannot be bound, and the system's own of the port. That one peer cannot be
    /// reached is not an error: its datagrams are lost, as they may be anywhere.
    pub fn serve_udp<S: Session>(
        port: &mut UdpServer,
        settings: &ServeSettings,
        stop: &AtomicBool,
        mut make: impl FnMut(SocketAddr) -> Option<S>,
        mut tell: impl FnMut(SocketAddr, S::Event),
    ) -> Result<(), MediaError> {
        port.open()?;
        let mut peers = Peers::new(settings);
        let mut buf = std::vec![0; 65_535];
        while !stop.load(Ordering::Relaxed) {
            let deadline = peers.wake_at().min(clock::now() + STOP_INTERVAL);
            let received = port.receive_from(&mut buf, deadline)?;
            let now = clock::now();
            let mut work = |peer, item: PeerWork<'_, S::Event>| match item {
                PeerWork::Send(octets) => _ = port.send_to(octets, peer),
                PeerWork::Tell(event) => tell(peer, event),
            };
            if let Some((count, from)) = received {
                let octets = buf.get(..count).unwrap_or_default();
                peers.receive(now, from, octets, &mut make, &mut work);
            }
            peers.serve_due(now, &mut work);
        }
        Ok(())
    }
}

#[cfg(feature = "udp")]
pub use blocking::serve_udp;
