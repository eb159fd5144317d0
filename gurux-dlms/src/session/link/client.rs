//! [`ClientLink`]: the side that asks, the primary station.

mod core;
mod hear;

use ::core::fmt;

use gurux_framing::Sink;
use gurux_framing::hdlc::{HdlcAddress, LinkParameters};
use gurux_media::Instant;

use self::core::Core;
use super::config::ClientLinkConfig;
use super::event::{LinkCounters, LinkEvent};
use super::inbox::{Inbox, Incoming};
use super::station::SendError;
use super::store::{Buffers, Store};

/// The client's side of an HDLC link.
///
/// Orders ([`connect`](Self::connect), [`send`](Self::send), [`disconnect`](Self::disconnect)) are
/// given at any time; octets and time come in by the verbs of every session, and what came of the
/// orders is told as [`LinkEvent`]s. A message that came stays in the link, to be read in place, until
/// it is released.
///
/// ```
/// use gurux_dlms::session::link::{Answer, Buffers, ClientLink, ClientLinkConfig, LinkEvent};
/// use gurux_framing::hdlc::HdlcAddress;
/// use gurux_media::Instant;
///
/// let client = HdlcAddress::of_client(16).unwrap();
/// let meter = HdlcAddress::of_server(1, 17).unwrap();
/// let config = ClientLinkConfig::default();
/// let mut link = ClientLink::new(config, client, meter, Buffers::owned(1024));
/// link.connect();
/// let (now, mut out) = (Instant::ZERO, Vec::new());
/// link.transmit(now, &mut out);
/// assert_eq!(out[3..7], [0x02, 0x23, 0x21, 0x93]); // SNRM to 1/17 from 16
///
/// // UA, without parameters: the defaults hold.
/// link.handle_input(now, &[0x7E, 0xA0, 0x08, 0x21, 0x02, 0x23, 0x73, 0x7A, 0x43, 0x7E]);
/// assert!(matches!(link.poll_event(), Some(LinkEvent::Connected(agreed)) if agreed.window_transmit == 1));
/// link.send(&[0xE6, 0xE6, 0x00, 0xC0, 0x01, 0xC1], Answer::Expected)?;
/// # Ok::<(), gurux_dlms::session::link::SendError>(())
/// ```
#[derive(Clone)]
pub struct ClientLink<S> {
    inbox: Inbox<S>,
    core: Core<S>,
}

/// Is a message answered by one?
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Answer {
    /// The meter is asked for one until it comes.
    Expected,
    /// It is enough that the message arrives.
    None,
}

impl<S: Store> ClientLink<S> {
    /// A link at rest, from `client` to `server`.
    #[must_use]
    pub fn new(
        config: ClientLinkConfig,
        client: HdlcAddress,
        server: HdlcAddress,
        buffers: Buffers<S>,
    ) -> Self {
        let Buffers { line, received, sent, unnumbered_received, unnumbered_sent } = buffers;
        let stores = (received, sent, unnumbered_received, unnumbered_sent);
        Self { inbox: Inbox::new(line), core: Core::new(config, client, server, stores) }
    }

    /// Sets the link up; anew, if it is. A message that is under way is lost.
    ///
    /// Ends with [`LinkEvent::Connected`] or [`LinkEvent::Disconnected`].
    pub fn connect(&mut self) {
        self.core.connect();
    }

    /// Closes the link; also one of which only the meter knows. Ends with
    /// [`LinkEvent::Disconnected`].
    pub fn disconnect(&mut self) {
        self.core.disconnect();
    }

    /// Sends a message: the LLC octets and the APDU. Ends with [`LinkEvent::Acknowledged`], or with
    /// [`LinkEvent::Disconnected`]; where an answer is expected, [`LinkEvent::Message`] or
    /// [`LinkEvent::Unanswered`] follows.
    ///
    /// # Errors
    /// [`SendError`]; nothing is sent then.
    pub fn send(&mut self, message: &[u8], answer: Answer) -> Result<(), SendError> {
        self.core.send(&[], message, answer)
    }

    /// The same with the LLC octets by themselves.
    ///
    /// # Errors
    /// [`SendError`]; nothing is sent then.
    pub fn send_parts(
        &mut self,
        header: &[u8],
        message: &[u8],
        answer: Answer,
    ) -> Result<(), SendError> {
        self.core.send(header, message, answer)
    }

    /// The line has other settings from now on.
    pub const fn set_line(&mut self, line: gurux_media::LineSettings) {
        self.core.config.line = Some(line);
    }

    /// Another client of the same meter, on a link that is closed; what it was before. 0, and a number
    /// above 127, change nothing.
    pub fn set_client(&mut self, client: u8) -> u8 {
        let before = self.core.client;
        self.core.client = HdlcAddress::of_client(client).unwrap_or(before);
        before.upper().try_into().unwrap_or_default()
    }

    /// The message that came, to be changed in place.
    pub fn message_mut(&mut self) -> Option<&mut [u8]> {
        self.core.station.message_mut()
    }

    /// Sends a message in unnumbered frames, connected or not, perhaps to all (broadcast); nobody
    /// answers. `poll` is the poll bit of the last frame: control 13, or else 03. Ends with
    /// [`LinkEvent::Sent`].
    ///
    /// # Errors
    /// [`SendError`]; nothing is sent then.
    pub fn send_unnumbered(
        &mut self,
        destination: HdlcAddress,
        message: &[u8],
        poll: bool,
    ) -> Result<(), SendError> {
        self.core.send_unnumbered(destination, message, poll)
    }

    /// Gives the meter the turn once, so that it may send what it has to tell by itself.
    pub fn poll(&mut self) {
        self.core.poll();
    }

    /// What came was not the answer, or not all of it: the meter is asked for more until it comes.
    pub fn await_more(&mut self) {
        self.core.await_more();
    }

    /// The answer is not awaited any more. A message that is under way goes on.
    pub fn cancel(&mut self) {
        self.core.awaits_answer = false;
    }

    /// The message that came, whole, until it is released.
    #[must_use]
    pub fn message(&self) -> Option<&[u8]> {
        self.core.station.message()
    }

    /// The message that came is done with.
    pub fn release(&mut self) {
        if self.core.station.message().is_some() {
            self.core.station.release();
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

    /// Is the link set up?
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.core.is_connected()
    }

    /// Is nothing under way: no order, no message, no answer that is awaited?
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.core.is_idle()
    }

    /// What both sides agreed on; the defaults before.
    #[must_use]
    pub const fn parameters(&self) -> &LinkParameters {
        &self.core.station.parameters
    }

    /// The address of this side.
    #[must_use]
    pub const fn client(&self) -> HdlcAddress {
        self.core.client
    }

    /// The address of the meter.
    #[must_use]
    pub const fn server(&self) -> HdlcAddress {
        self.core.server
    }

    /// How it behaves.
    #[must_use]
    pub const fn config(&self) -> &ClientLinkConfig {
        &self.core.config
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
        core.extend_wait(now);
        inbox.receive(octets, |incoming| core.take(now, incoming));
        core.silent_at = inbox.is_holding().then(|| now + core.config.octet_timeout);
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

    /// The medium closed: the link is no more. An order to connect or to disconnect that waits to go
    /// out is kept.
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
    pub fn poll_event(&mut self) -> Option<LinkEvent> {
        self.core.events.pop().or_else(|| self.core.noise.take())
    }
}

impl<S> fmt::Debug for ClientLink<S> {
    /// Without the octets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.core.fmt_state(f)
    }
}

impl<S> Core<S> {
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

#[cfg(feature = "alloc")]
impl<S: Store> gurux_media::Session for ClientLink<S> {
    type Event = LinkEvent;

    fn handle_open(&mut self, _: Instant) {
        ClientLink::handle_close(self);
    }

    fn handle_input(&mut self, now: Instant, octets: &[u8]) {
        ClientLink::handle_input(self, now, octets);
    }

    fn handle_timeout(&mut self, now: Instant) {
        ClientLink::handle_timeout(self, now);
    }

    fn handle_close(&mut self, _: Instant) {
        ClientLink::handle_close(self);
    }

    fn poll_transmit(
        &mut self,
        now: Instant,
        out: &mut gurux_media::bytes::BytesMut,
    ) -> Option<gurux_media::Transmit> {
        self.transmit(now, out).map(gurux_media::Transmit::now)
    }

    fn poll_timeout(&self) -> Option<Instant> {
        ClientLink::poll_timeout(self)
    }

    fn poll_event(&mut self) -> Option<LinkEvent> {
        ClientLink::poll_event(self)
    }
}
