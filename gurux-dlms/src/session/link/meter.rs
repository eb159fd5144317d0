//! [`MeterLink`]: the side that answers, the secondary station.

mod core;
mod slot;

use ::core::fmt;

use gurux_framing::Sink;
use gurux_framing::hdlc::{HdlcAddress, LinkParameters};
use gurux_media::Instant;

use self::core::Core;
use super::config::MeterLinkConfig;
use super::event::{LinkCounters, LinkEvent};
use super::inbox::{Inbox, Incoming};
use super::station::SendError;
use super::store::Store;

/// The two ends of a connection, as the meter sees them.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Peer {
    /// The client.
    pub client: HdlcAddress,
    /// The meter, by the address that the client calls it by: its logical device, and the physical
    /// one where there is one.
    pub server: HdlcAddress,
}

/// What happened on one of a meter's links.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MeterLinkEvent {
    /// On which; `None` where it concerns them all.
    pub peer: Option<Peer>,
    /// What.
    pub event: LinkEvent,
}

/// The buffers of a meter with up to `CLIENTS` connections at once.
#[derive(Clone, Debug)]
pub struct MeterBuffers<S, const CLIENTS: usize> {
    /// Octets of the line until they are a frame: the longest frame and two flags, at most 2049.
    pub line: S,
    /// A message in unnumbered frames that is received.
    pub unnumbered_received: S,
    /// A message in unnumbered frames that is sent.
    pub unnumbered_sent: S,
    /// For each connection, the message that is received and the one that is sent.
    pub clients: [(S, S); CLIENTS],
}

#[cfg(feature = "alloc")]
impl<const CLIENTS: usize> MeterBuffers<super::Owned, CLIENTS> {
    /// For messages of up to `max_message` octets, each way.
    #[must_use]
    pub fn owned(max_message: usize) -> Self {
        use super::Owned;
        Self {
            line: Owned::new(super::store::LINE_LEN),
            unnumbered_received: Owned::new(max_message),
            unnumbered_sent: Owned::new(max_message),
            clients: ::core::array::from_fn(|_| (Owned::new(max_message), Owned::new(max_message))),
        }
    }
}

/// The meter's side of its HDLC links, with up to `CLIENTS` of them at once.
///
/// A message that came stays in its link until it is released; the client's turn ends with it. If a
/// message was given to [`send`](Self::send) by the time that octets are next asked for, it goes out
/// as the answer, or else an acknowledgement alone, and the client asks again later.
///
/// ```
/// use gurux_dlms::session::link::{LinkEvent, MeterBuffers, MeterLink, MeterLinkConfig, Owned};
/// use gurux_media::Instant;
///
/// let mut link = MeterLink::<Owned, 2>::new(MeterLinkConfig::default(), MeterBuffers::owned(1024));
/// // SNRM from client 16 to logical device 1.
/// let now = Instant::ZERO;
/// link.handle_input(now, &[0x7E, 0xA0, 0x07, 0x03, 0x21, 0x93, 0x0F, 0x01, 0x7E]);
/// let event = link.poll_event().unwrap();
/// assert!(matches!(event.event, LinkEvent::Connected(_)));
/// assert_eq!(event.peer.unwrap().client.upper(), 16);
///
/// let mut out = Vec::new();
/// link.transmit(now, &mut out);
/// assert_eq!(out[3..6], [0x21, 0x03, 0x73]); // UA
/// ```
#[derive(Clone)]
pub struct MeterLink<S, const CLIENTS: usize> {
    inbox: Inbox<S>,
    core: Core<S, CLIENTS>,
}

impl<S: Store, const CLIENTS: usize> MeterLink<S, CLIENTS> {
    /// A meter to which nobody is connected.
    #[must_use]
    pub fn new(config: MeterLinkConfig, buffers: MeterBuffers<S, CLIENTS>) -> Self {
        let MeterBuffers { line, unnumbered_received, unnumbered_sent, clients } = buffers;
        let core = Core::new(config, clients, unnumbered_received, unnumbered_sent);
        Self { inbox: Inbox::new(line), core }
    }

    /// Sends a message to a client when it gives the turn: mostly the answer to the one that came.
    /// Ends with [`LinkEvent::Acknowledged`] or [`LinkEvent::Disconnected`].
    ///
    /// # Errors
    /// [`SendError`]; nothing is sent then.
    pub fn send(&mut self, peer: Peer, message: &[u8]) -> Result<(), SendError> {
        let slot = self.core.slot_mut(peer).ok_or(SendError::NotConnected)?;
        slot.station.submit(&[], message)
    }

    /// The same with the LLC octets by themselves.
    ///
    /// # Errors
    /// [`SendError`]; nothing is sent then.
    pub fn send_parts(
        &mut self,
        peer: Peer,
        header: &[u8],
        message: &[u8],
    ) -> Result<(), SendError> {
        let slot = self.core.slot_mut(peer).ok_or(SendError::NotConnected)?;
        slot.station.submit(header, message)
    }

    /// Sends a message in unnumbered frames (push), unasked; to a client or to all. `poll` is the final
    /// bit of the last frame: control 13, or else 03. Ends with [`LinkEvent::Sent`].
    ///
    /// # Errors
    /// [`SendError`]; nothing is sent then.
    pub fn send_unnumbered(
        &mut self,
        peer: Peer,
        message: &[u8],
        poll: bool,
    ) -> Result<(), SendError> {
        self.core.outgoing.submit(peer.client, peer.server, message, poll)
    }

    /// The message that came from a client, whole, until it is released.
    #[must_use]
    pub fn message(&self, peer: Peer) -> Option<&[u8]> {
        self.core.slot(peer)?.station.message()
    }

    /// The same, to be changed in place.
    pub fn message_mut(&mut self, peer: Peer) -> Option<&mut [u8]> {
        self.core.slot_mut(peer)?.station.message_mut()
    }

    /// The message that came from a client is done with.
    pub fn release(&mut self, peer: Peer) {
        if let Some(slot) = self.core.slot_mut(peer)
            && slot.station.message().is_some()
        {
            slot.station.release();
        }
    }

    /// The message that came in unnumbered frames, until it is released.
    #[must_use]
    pub fn unnumbered(&self) -> Option<&[u8]> {
        self.core.joined.message()
    }

    /// The message that came in unnumbered frames is done with.
    pub fn release_unnumbered(&mut self) {
        if self.core.joined.message().is_some() {
            self.core.joined.release();
        }
    }

    /// Who is connected, with what was agreed on.
    pub fn peers(&self) -> impl Iterator<Item = (Peer, &LinkParameters)> {
        self.core.slots.iter().filter_map(|slot| Some((slot.peer?, &slot.station.parameters)))
    }

    /// What it counted.
    #[must_use]
    pub const fn counters(&self) -> &LinkCounters {
        &self.core.counters
    }

    /// Octets came in: any number, cut anywhere.
    pub fn handle_input(&mut self, now: Instant, octets: &[u8]) {
        if octets.is_empty() {
            return;
        }
        let Self { inbox, core } = self;
        inbox.receive(octets, |incoming| core.take(now, incoming));
        core.silent_at = inbox.is_holding().then(|| now + core.config.octet_timeout);
        core.now = now;
    }

    /// Time passed.
    pub fn handle_timeout(&mut self, now: Instant) {
        let Self { inbox, core } = self;
        if core.silent_at.is_some_and(|at| at <= now) {
            core.silent_at = None;
            inbox.finish(|incoming| core.take(now, incoming));
        }
        core.handle_timeout(now);
    }

    /// The medium closed: all links are no more.
    pub fn handle_close(&mut self) {
        self.inbox.clear();
        self.core.silent_at = None;
        self.core.handle_close();
    }

    /// Writes the next frame, between flags, if there is one to send now; how many octets it has. Call
    /// until `None`; the answer may change after any other call but `poll_timeout` and `poll_event`.
    pub fn transmit(&mut self, now: Instant, out: &mut impl Sink) -> Option<usize> {
        self.core.transmit(now, out)
    }

    /// When [`handle_timeout`](Self::handle_timeout) wants to be called at the latest.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.core.poll_timeout()
    }

    /// The next thing to tell. While several wait, frames that come are not taken.
    pub fn poll_event(&mut self) -> Option<MeterLinkEvent> {
        self.core
            .events
            .pop()
            .or_else(|| self.core.noise.take().map(|event| MeterLinkEvent { peer: None, event }))
    }
}

impl<S, const CLIENTS: usize> Core<S, CLIENTS> {
    fn take(&mut self, now: Instant, incoming: Incoming<'_>)
    where
        S: Store,
    {
        match incoming {
            Incoming::Frame(octets) => self.hear(now, octets),
            Incoming::Noise { octets, why } => {
                self.counters.noise = self.counters.noise.saturating_add(octets as u64);
                self.noise.add(octets, why);
            }
        }
    }
}

impl<S, const CLIENTS: usize> fmt::Debug for MeterLink<S, CLIENTS> {
    /// Without the octets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let peers = self.core.slots.iter().filter_map(|slot| slot.peer);
        f.write_str("MeterLink ")?;
        f.debug_list().entries(peers).finish()
    }
}

#[cfg(feature = "alloc")]
impl<S: Store, const CLIENTS: usize> gurux_media::Session for MeterLink<S, CLIENTS> {
    type Event = MeterLinkEvent;

    fn handle_open(&mut self, _: Instant) {
        MeterLink::handle_close(self);
    }

    fn handle_input(&mut self, now: Instant, octets: &[u8]) {
        MeterLink::handle_input(self, now, octets);
    }

    fn handle_timeout(&mut self, now: Instant) {
        MeterLink::handle_timeout(self, now);
    }

    fn handle_close(&mut self, _: Instant) {
        MeterLink::handle_close(self);
    }

    fn poll_transmit(
        &mut self,
        now: Instant,
        out: &mut gurux_media::bytes::BytesMut,
    ) -> Option<gurux_media::Transmit> {
        self.transmit(now, out).map(gurux_media::Transmit::now)
    }

    fn poll_timeout(&self) -> Option<Instant> {
        MeterLink::poll_timeout(self)
    }

    fn poll_event(&mut self) -> Option<MeterLinkEvent> {
        MeterLink::poll_event(self)
    }
}
