//! [`ClientCarrier`]: what a client's messages travel in, HDLC or the wrapper, with one set of verbs.

use core::fmt;

use gurux_framing::WireError;
use gurux_framing::hdlc::{HdlcAddress, LinkParameters};
use gurux_media::bytes::BytesMut;
use gurux_media::{Instant, Session, Transmit};

use super::link::{Answer, ClientLink, LinkEvent, Owned, SendError, Store, Why};
use super::wrapper::{WrapperEvent, WrapperLink};
use super::{Identification, SignOn, SignOnEvent, SignOnFailure};
use crate::carrier::Llc;

/// What a [`ClientCarrier`] tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CarrierEvent {
    /// The meter answered the sign-on: who it says that it is.
    SignedOn(Identification),
    /// Messages can go; of HDLC, with these parameters.
    Connected(Option<LinkParameters>),
    /// No more. What was under way is lost: a message may have arrived or not.
    Disconnected(Lost),
    /// A message came whole. It waits until it is released.
    Message,
    /// A message came that is longer than the buffer; it is dropped.
    TooLong {
        /// How many octets it has.
        octets: usize,
    },
    /// The answer that was expected did not come in time.
    Unanswered,
    /// A message that nobody asked for came in unnumbered frames of HDLC. It waits until it is released.
    Unnumbered {
        /// Who sent it.
        source: HdlcAddress,
    },
    /// Octets that belong to nothing.
    Dropped {
        /// How many.
        octets: usize,
        /// What is wrong with the first of them, which is octet 0.
        why: WireError,
    },
}

/// Why a carrier is no more, or never was.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lost {
    /// The link says why.
    Link(Why),
    /// The sign-on failed.
    SignOn(SignOnFailure),
    /// It was asked for.
    Requested,
    /// The medium closed.
    Closed,
}

impl From<Why> for Lost {
    fn from(why: Why) -> Self {
        match why {
            Why::Requested => Self::Requested,
            Why::Closed => Self::Closed,
            why => Self::Link(why),
        }
    }
}

/// What a client's messages travel in. They come and go without LLC or header, and are changed where
/// they lie.
///
/// ```
/// use gurux_dlms::session::link::{Buffers, ClientLink, ClientLinkConfig, Owned};
/// use gurux_dlms::session::{ClientCarrier, SignOn, SignOnConfig, WrapperConfig, WrapperLink};
/// use gurux_framing::hdlc::HdlcAddress;
///
/// // HDLC to the management logical device of meter 17, behind a sign-on on an optical head.
/// let (client, meter) = (HdlcAddress::of_client(16).unwrap(), HdlcAddress::of_server(1, 17).unwrap());
/// let link = ClientLink::new(ClientLinkConfig::default(), client, meter, Buffers::owned(1024));
/// let optical = ClientCarrier::hdlc(link).with_sign_on(SignOn::new(SignOnConfig::default()));
/// // The same device over TCP.
/// let (line, sent) = (Owned::new(2048), Owned::new(2048));
/// let tcp = ClientCarrier::wrapper(WrapperLink::new(WrapperConfig::default(), line, sent));
/// ```
#[derive(Clone)]
pub struct ClientCarrier<S = Owned> {
    lower: Lower<S>,
    sign_on: Option<alloc::boxed::Box<SignOn>>,
    is_signing_on: bool,
    /// An order of the wrapper's to connect or disconnect, which is done at once.
    told: Option<CarrierEvent>,
    is_connected: bool,
    /// Something went out since it was connected.
    has_sent: bool,
}

#[derive(Clone)]
enum Lower<S> {
    Hdlc(alloc::boxed::Box<ClientLink<S>>),
    Wrapper(WrapperLink<S>),
}

impl<S: Store> ClientCarrier<S> {
    /// In HDLC.
    #[must_use]
    pub fn hdlc(link: ClientLink<S>) -> Self {
        Self::new(Lower::Hdlc(alloc::boxed::Box::new(link)))
    }

    /// In the wrapper.
    #[must_use]
    pub fn wrapper(link: WrapperLink<S>) -> Self {
        Self::new(Lower::Wrapper(link))
    }

    fn new(lower: Lower<S>) -> Self {
        Self {
            lower,
            sign_on: None,
            is_signing_on: false,
            told: None,
            is_connected: false,
            has_sent: false,
        }
    }

    /// The same behind a sign-on, which goes before each connection.
    #[must_use]
    pub fn with_sign_on(self, sign_on: SignOn) -> Self {
        Self { sign_on: Some(alloc::boxed::Box::new(sign_on)), ..self }
    }

    /// Connects; anew, if it is connected. Ends with [`CarrierEvent::Connected`] or
    /// [`CarrierEvent::Disconnected`].
    pub fn connect(&mut self) {
        self.release();
        if let Some(sign_on) = &mut self.sign_on {
            sign_on.start();
            self.is_signing_on = true;
            return;
        }
        self.connect_lower();
    }

    fn connect_lower(&mut self) {
        match &mut self.lower {
            Lower::Hdlc(link) => link.connect(),
            Lower::Wrapper(link) => {
                link.settle();
                self.is_connected = true;
                self.has_sent = false;
                self.told = Some(CarrierEvent::Connected(None));
            }
        }
    }

    /// Disconnects. Ends with [`CarrierEvent::Disconnected`]. A TCP connection is the caller's to close.
    pub fn disconnect(&mut self) {
        self.release();
        self.is_signing_on = false;
        match &mut self.lower {
            Lower::Hdlc(link) => link.disconnect(),
            Lower::Wrapper(link) => {
                link.settle();
                self.is_connected = false;
                self.told = Some(CarrierEvent::Disconnected(Lost::Requested));
            }
        }
    }

    /// Sends a message.
    ///
    /// # Errors
    /// [`SendError`]; nothing is sent then.
    pub fn send(&mut self, message: &[u8], answer: Answer) -> Result<(), SendError> {
        match &mut self.lower {
            Lower::Hdlc(link) => link.send_parts(&Llc::Command.octets(), message, answer),
            Lower::Wrapper(_) if !self.is_connected => Err(SendError::NotConnected),
            Lower::Wrapper(link) => link.send(message, answer),
        }
    }

    /// Sends the last message once more, octet for octet. In HDLC the link does so by itself: false
    /// then, and nothing is sent.
    pub fn resend(&mut self) -> bool {
        match &mut self.lower {
            Lower::Wrapper(link) if link.config().is_datagram => {
                link.resend();
                true
            }
            _ => false,
        }
    }

    /// Can messages be sent again, and come twice? Over UDP.
    #[must_use]
    pub fn can_resend(&self) -> bool {
        matches!(&self.lower, Lower::Wrapper(link) if link.config().is_datagram)
    }

    /// What came was not the answer, or not all of it: it is waited for further.
    pub fn await_more(&mut self, now: Instant) {
        match &mut self.lower {
            Lower::Wrapper(link) => link.await_more(now),
            Lower::Hdlc(link) => link.await_more(),
        }
    }

    /// Nothing is awaited any more, and what did not go out in the wrapper stays here.
    pub fn cancel(&mut self) {
        match &mut self.lower {
            Lower::Hdlc(link) => link.cancel(),
            Lower::Wrapper(link) => link.settle(),
        }
    }

    /// Gives the meter the turn, so that it may tell what it has to; in the wrapper it needs none.
    pub fn poll(&mut self) {
        if let Lower::Hdlc(link) = &mut self.lower {
            link.poll();
        }
    }

    /// The message that came, until it is released.
    #[must_use]
    pub fn message(&self) -> Option<&[u8]> {
        match &self.lower {
            Lower::Hdlc(link) => link.message().map(|message| Llc::strip(message).1),
            Lower::Wrapper(link) => link.message(),
        }
    }

    /// The same, to be deciphered where it lies.
    pub fn message_mut(&mut self) -> Option<&mut [u8]> {
        match &mut self.lower {
            Lower::Hdlc(link) => link.message_mut().map(strip_mut),
            Lower::Wrapper(link) => link.message_mut(),
        }
    }

    /// The message that came is done with.
    pub fn release(&mut self) {
        match &mut self.lower {
            Lower::Hdlc(link) => link.release(),
            Lower::Wrapper(link) => link.release(),
        }
    }

    /// The message that came in unnumbered frames, until it is released.
    #[must_use]
    pub fn unnumbered(&self) -> Option<&[u8]> {
        match &self.lower {
            Lower::Hdlc(link) => link.unnumbered().map(|message| Llc::strip(message).1),
            Lower::Wrapper(_) => None,
        }
    }

    /// The message that came in unnumbered frames is done with.
    pub fn release_unnumbered(&mut self) {
        if let Lower::Hdlc(link) = &mut self.lower {
            link.release_unnumbered();
        }
    }

    /// Can messages go?
    #[must_use]
    pub fn is_connected(&self) -> bool {
        match &self.lower {
            Lower::Hdlc(link) => link.is_connected() && !self.is_signing_on,
            Lower::Wrapper(_) => self.is_connected,
        }
    }

    /// The link below, if it is HDLC.
    #[must_use]
    pub fn link(&self) -> Option<&ClientLink<S>> {
        match &self.lower {
            Lower::Hdlc(link) => Some(link),
            Lower::Wrapper(_) => None,
        }
    }

    /// Another client of the same meter, from the next connection on; which one it was before.
    pub fn set_client(&mut self, client: u8) -> u8 {
        match &mut self.lower {
            Lower::Hdlc(link) => link.set_client(client),
            Lower::Wrapper(link) => {
                let (before, peer) = (link.config().own, link.config().peer);
                link.set_ports(client.into(), peer);
                u8::try_from(before).unwrap_or_default()
            }
        }
    }

    fn of_link(event: LinkEvent) -> Option<CarrierEvent> {
        Some(match event {
            LinkEvent::Connected(parameters) => CarrierEvent::Connected(Some(parameters)),
            LinkEvent::Disconnected(why) => CarrierEvent::Disconnected(why.into()),
            LinkEvent::Message { .. } => CarrierEvent::Message,
            LinkEvent::TooLong { octets } => CarrierEvent::TooLong { octets },
            LinkEvent::Unanswered => CarrierEvent::Unanswered,
            LinkEvent::Unnumbered { source, .. } => CarrierEvent::Unnumbered { source },
            LinkEvent::Dropped { octets, why } => CarrierEvent::Dropped { octets, why },
            LinkEvent::Acknowledged | LinkEvent::Sent => return None,
        })
    }

    fn poll_sign_on(&mut self) -> Option<CarrierEvent> {
        let event = self.sign_on.as_mut().filter(|_| self.is_signing_on)?.poll_event()?;
        Some(match event {
            SignOnEvent::SignedOn { identification, line, .. } => {
                self.is_signing_on = false;
                if let Lower::Hdlc(link) = &mut self.lower {
                    link.set_line(line);
                }
                self.connect_lower();
                CarrierEvent::SignedOn(identification)
            }
            SignOnEvent::Failed(failure) => {
                self.is_signing_on = false;
                CarrierEvent::Disconnected(match failure {
                    SignOnFailure::Closed => Lost::Closed,
                    failure => Lost::SignOn(failure),
                })
            }
            SignOnEvent::Dropped { octets } => {
                let kind = gurux_framing::WireErrorKind::Expected("a sign-on message");
                CarrierEvent::Dropped { octets, why: WireError::new(0, "sign-on", kind) }
            }
        })
    }
}

fn strip_mut(message: &mut [u8]) -> &mut [u8] {
    let header = message.len().saturating_sub(Llc::strip(message).1.len());
    message.get_mut(header..).unwrap_or_default()
}

impl<S: Store> Session for ClientCarrier<S> {
    type Event = CarrierEvent;

    /// The link begins anew; an order that waits to go out is kept.
    fn handle_open(&mut self, now: Instant) {
        self.handle_close(now);
    }

    fn handle_input(&mut self, now: Instant, octets: &[u8]) {
        match (&mut self.sign_on, &mut self.lower) {
            (Some(sign_on), _) if self.is_signing_on => sign_on.handle_input(now, octets),
            (_, Lower::Hdlc(link)) => link.handle_input(now, octets),
            (_, Lower::Wrapper(link)) => link.handle_input(now, octets),
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        match (&mut self.sign_on, &mut self.lower) {
            (Some(sign_on), _) if self.is_signing_on => sign_on.handle_timeout(now),
            (_, Lower::Hdlc(link)) => link.handle_timeout(now),
            (_, Lower::Wrapper(link)) => link.handle_timeout(now),
        }
    }

    fn handle_close(&mut self, now: Instant) {
        if let Some(sign_on) = self.sign_on.as_mut().filter(|_| self.is_signing_on) {
            sign_on.handle_close(now);
        }
        match &mut self.lower {
            Lower::Hdlc(link) => link.handle_close(),
            // Nothing went out: the first message waits for the medium.
            Lower::Wrapper(_) if !self.has_sent => {}
            Lower::Wrapper(link) => {
                link.handle_close();
                if core::mem::take(&mut self.is_connected) {
                    self.told = Some(CarrierEvent::Disconnected(Lost::Closed));
                }
            }
        }
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut BytesMut) -> Option<Transmit> {
        match (&mut self.sign_on, &mut self.lower) {
            (Some(sign_on), _) if self.is_signing_on => sign_on.poll_transmit(now, out),
            (_, Lower::Hdlc(link)) => link.transmit(now, out).map(Transmit::now),
            (_, Lower::Wrapper(link)) => {
                let octets = link.transmit(now, out)?;
                self.has_sent = true;
                Some(Transmit::now(octets))
            }
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        match (&self.sign_on, &self.lower) {
            (Some(sign_on), _) if self.is_signing_on => sign_on.poll_timeout(),
            (_, Lower::Hdlc(link)) => link.poll_timeout(),
            (_, Lower::Wrapper(link)) => link.poll_timeout(),
        }
    }

    fn poll_event(&mut self) -> Option<CarrierEvent> {
        if let Some(told) = self.told.take() {
            return Some(told);
        }
        if self.is_signing_on {
            return self.poll_sign_on();
        }
        match &mut self.lower {
            Lower::Hdlc(link) => loop {
                let event = link.poll_event()?;
                if let Some(event) = Self::of_link(event) {
                    return Some(event);
                }
            },
            Lower::Wrapper(link) => Some(match link.poll_event()? {
                WrapperEvent::Message { .. } => CarrierEvent::Message,
                WrapperEvent::TooLong { octets } => CarrierEvent::TooLong { octets },
                WrapperEvent::Unanswered => CarrierEvent::Unanswered,
                WrapperEvent::Dropped { octets, why } => CarrierEvent::Dropped { octets, why },
            }),
        }
    }
}

impl<S> fmt::Debug for ClientCarrier<S> {
    /// Without the octets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.lower {
            Lower::Hdlc(link) => fmt::Debug::fmt(link, f),
            Lower::Wrapper(link) => fmt::Debug::fmt(link, f),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;
    use std::vec::Vec;

    use gurux_framing::Wire;
    use gurux_framing::hdlc::{Command, Control, HdlcFrame};

    use super::*;
    use crate::session::link::{Buffers, ClientLinkConfig};
    use crate::session::{SignOnConfig, WrapperConfig};

    fn sent(carrier: &mut ClientCarrier, now: Instant) -> Vec<u8> {
        let mut out = BytesMut::new();
        while carrier.poll_transmit(now, &mut out).is_some() {}
        out.to_vec()
    }

    fn hdlc() -> ClientCarrier {
        let client = HdlcAddress::of_client(16).unwrap();
        let meter = HdlcAddress::of_client(1).unwrap();
        let config = ClientLinkConfig::default();
        ClientCarrier::hdlc(ClientLink::new(config, client, meter, Buffers::owned(256)))
    }

    fn from_meter(command: Command, information: &[u8]) -> Vec<u8> {
        let client = HdlcAddress::of_client(16).unwrap();
        let meter = HdlcAddress::of_client(1).unwrap();
        let frame = HdlcFrame::new(client, meter, Control::new(command, true))
            .with_information(information)
            .unwrap();
        let mut room = [0; 64];
        let len = frame.emit_to_slice(&mut room).unwrap();
        [&[0x7E], &room[..len], &[0x7E]].concat()
    }

    #[test]
    fn the_wrapper_connects_at_once_and_says_when_the_medium_is_gone() {
        let (line, out) = (Owned::new(64), Owned::new(64));
        let link = WrapperLink::new(WrapperConfig::default(), line, out);
        let mut carrier = ClientCarrier::wrapper(link);
        assert_eq!(carrier.send(&[1], Answer::Expected), Err(SendError::NotConnected));
        carrier.connect();
        // It waits for the medium: that this opens is no loss.
        carrier.handle_open(Instant::ZERO);
        assert_eq!(carrier.poll_event(), Some(CarrierEvent::Connected(None)));
        carrier.send(&[0xC0], Answer::Expected).unwrap();
        assert_eq!(sent(&mut carrier, Instant::ZERO), [0, 1, 0, 16, 0, 1, 0, 1, 0xC0]);
        carrier.handle_close(Instant::ZERO);
        assert_eq!(carrier.poll_event(), Some(CarrierEvent::Disconnected(Lost::Closed)));
        assert_eq!((carrier.poll_event(), carrier.poll_timeout()), (None, None));
    }

    #[test]
    fn messages_of_hdlc_come_and_go_without_llc() {
        let now = Instant::ZERO;
        let mut carrier = hdlc();
        carrier.connect();
        sent(&mut carrier, now);
        carrier.handle_input(now, &from_meter(Command::Ua, &[]));
        assert!(matches!(carrier.poll_event(), Some(CarrierEvent::Connected(Some(_)))));
        carrier.send(&[0xC0, 1], Answer::Expected).unwrap();
        assert_eq!(sent(&mut carrier, now)[8..13], [0xE6, 0xE6, 0x00, 0xC0, 1]);
        let command = Command::Information { send_seq: 0, recv_seq: 1 };
        let frame = from_meter(command, &[0xE6, 0xE7, 0x00, 0xC4, 9]);
        carrier.handle_input(now, &frame);
        assert_eq!(carrier.poll_event(), Some(CarrierEvent::Message));
        assert_eq!(carrier.message(), Some(&[0xC4, 9][..]));
        carrier.message_mut().unwrap()[1] = 8;
        assert_eq!(carrier.message(), Some(&[0xC4, 8][..]));
        carrier.release();
        assert_eq!(carrier.message(), None);
    }

    #[test]
    fn a_sign_on_goes_before_the_link() {
        let now = Instant::ZERO;
        let mut carrier = hdlc().with_sign_on(SignOn::new(SignOnConfig::default()));
        carrier.connect();
        assert_eq!(sent(&mut carrier, now), b"/?!\r\n");
        carrier.handle_input(now, b"/APA5\\2NORAX30\r\n");
        assert_eq!(sent(&mut carrier, now), b"\x06252\r\n");
        carrier.handle_input(now, b"\x06252\r\n");
        sent(&mut carrier, now);
        let at = carrier.poll_timeout().unwrap();
        carrier.handle_timeout(at);
        assert!(matches!(carrier.poll_event(), Some(CarrierEvent::SignedOn(_))));
        assert_eq!(carrier.link().unwrap().config().line.unwrap().to_string(), "9600 8N1");
        assert_eq!(sent(&mut carrier, at)[5], 0x93);
        carrier.handle_input(at, &from_meter(Command::Ua, &[]));
        assert!(matches!(carrier.poll_event(), Some(CarrierEvent::Connected(Some(_)))));
    }

    #[test]
    fn a_sign_on_without_an_answer_ends() {
        let mut carrier = hdlc().with_sign_on(SignOn::new(SignOnConfig::default()));
        carrier.connect();
        let mut now = Instant::ZERO;
        let event = loop {
            sent(&mut carrier, now);
            if let Some(event) = carrier.poll_event() {
                break event;
            }
            now = carrier.poll_timeout().expect("an end");
            carrier.handle_timeout(now);
        };
        assert_eq!(event, CarrierEvent::Disconnected(Lost::SignOn(SignOnFailure::NoAnswer)));
    }
}
