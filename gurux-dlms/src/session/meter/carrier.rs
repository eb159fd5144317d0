//! [`MeterCarrier`]: what a meter's messages travel in, HDLC with several clients or the wrapper.

use gurux_framing::WireError;
use gurux_media::bytes::BytesMut;
use gurux_media::{Instant, Session, Transmit};

use crate::carrier::Llc;
use crate::session::link::{Answer, LinkEvent, MeterLink, Owned, Peer, SendError};
use crate::session::{SignOnMeter, SignOnMeterEvent, WrapperEvent, WrapperLink};

/// So many clients are connected in HDLC at once.
pub const CLIENTS: usize = 4;

/// Who a message comes from, and goes to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Caller {
    /// The client's address.
    pub client: u16,
    /// The logical device that it speaks to.
    pub server: u16,
    /// The two ends in HDLC.
    peer: Option<Peer>,
}

/// What happened below.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Below {
    Connected(Caller),
    Disconnected(Caller),
    Message(Caller),
    TooLong(Caller),
    Ready,
    Dropped { octets: usize, why: WireError },
}

/// What a meter's messages travel in.
#[derive(Clone)]
pub struct MeterCarrier {
    lower: Lower,
    sign_on: Option<alloc::boxed::Box<SignOnMeter>>,
    is_signing_on: bool,
}

#[derive(Clone)]
enum Lower {
    Hdlc(alloc::boxed::Box<MeterLink<Owned, CLIENTS>>),
    Wrapper(alloc::boxed::Box<WrapperLink<Owned>>),
}

impl MeterCarrier {
    /// In HDLC, up to [`CLIENTS`] clients at once.
    #[must_use]
    pub fn hdlc(link: MeterLink<Owned, CLIENTS>) -> Self {
        let lower = Lower::Hdlc(alloc::boxed::Box::new(link));
        Self { lower, sign_on: None, is_signing_on: false }
    }

    /// In the wrapper. A link whose peer is 0 answers every client.
    #[must_use]
    pub fn wrapper(link: WrapperLink<Owned>) -> Self {
        let lower = Lower::Wrapper(alloc::boxed::Box::new(link));
        Self { lower, sign_on: None, is_signing_on: false }
    }

    /// The same behind a sign-on, as on an optical head.
    #[must_use]
    pub fn with_sign_on(self, sign_on: SignOnMeter) -> Self {
        let sign_on = Some(alloc::boxed::Box::new(sign_on));
        Self { sign_on, is_signing_on: true, ..self }
    }

    fn caller(link: &WrapperLink<Owned>) -> Caller {
        Caller { client: link.caller(), server: link.config().own, peer: None }
    }

    const fn of_peer(peer: Peer) -> Caller {
        Caller { client: peer.client.upper(), server: peer.server.upper(), peer: Some(peer) }
    }

    /// Takes the message of a caller out: what it holds is free then.
    pub(super) fn take(&mut self, caller: Caller, into: &mut alloc::vec::Vec<u8>) {
        into.clear();
        match (&mut self.lower, caller.peer) {
            (Lower::Hdlc(link), Some(peer)) => {
                let message = link.message(peer).unwrap_or_default();
                into.extend_from_slice(Llc::strip(message).1);
                link.release(peer);
            }
            (Lower::Wrapper(link), _) => {
                into.extend_from_slice(link.message().unwrap_or_default());
                link.release();
            }
            _ => {}
        }
    }

    /// # Errors
    /// [`SendError`]: it waits to be sent later, or there is nobody.
    pub(super) fn send(&mut self, caller: Caller, message: &[u8]) -> Result<(), SendError> {
        match (&mut self.lower, caller.peer) {
            (Lower::Hdlc(link), Some(peer)) => {
                link.send_parts(peer, &Llc::Response.octets(), message)
            }
            (Lower::Wrapper(link), _) => link.send_to(caller.client, message, Answer::None),
            _ => Err(SendError::NotConnected),
        }
    }

    pub(super) fn poll(&mut self) -> Option<Below> {
        if self.is_signing_on {
            let event = self.sign_on.as_mut()?.poll_event()?;
            if let SignOnMeterEvent::SignedOn { .. } = event {
                self.is_signing_on = false;
            }
            return None;
        }
        match &mut self.lower {
            Lower::Hdlc(link) => loop {
                let event = link.poll_event()?;
                let Some(peer) = event.peer else {
                    if let LinkEvent::Dropped { octets, why } = event.event {
                        return Some(Below::Dropped { octets, why });
                    }
                    continue;
                };
                let caller = Self::of_peer(peer);
                return Some(match event.event {
                    LinkEvent::Connected(_) => Below::Connected(caller),
                    LinkEvent::Disconnected(_) => {
                        self.sign_on_again();
                        Below::Disconnected(caller)
                    }
                    LinkEvent::Message { .. } => Below::Message(caller),
                    LinkEvent::TooLong { .. } => Below::TooLong(caller),
                    LinkEvent::Acknowledged => Below::Ready,
                    LinkEvent::Dropped { octets, why } => Below::Dropped { octets, why },
                    LinkEvent::Unanswered | LinkEvent::Sent => continue,
                    LinkEvent::Unnumbered { .. } => {
                        link.release_unnumbered();
                        continue;
                    }
                });
            },
            Lower::Wrapper(link) => Some(match link.poll_event()? {
                WrapperEvent::Message { .. } => Below::Message(Self::caller(link)),
                WrapperEvent::TooLong { .. } => Below::TooLong(Self::caller(link)),
                WrapperEvent::Unanswered => Below::Ready,
                WrapperEvent::Dropped { octets, why } => Below::Dropped { octets, why },
            }),
        }
    }

    /// Behind a sign-on the line goes back to it when the last client is gone.
    fn sign_on_again(&mut self) {
        let is_left = match &self.lower {
            Lower::Hdlc(link) => link.peers().next().is_some(),
            Lower::Wrapper(_) => false,
        };
        if let Some(sign_on) = self.sign_on.as_mut().filter(|_| !is_left) {
            sign_on.restart();
            self.is_signing_on = true;
        }
    }

    pub(super) fn handle_input(&mut self, now: Instant, octets: &[u8]) {
        match (&mut self.sign_on, &mut self.lower) {
            (Some(sign_on), _) if self.is_signing_on => sign_on.handle_input(now, octets),
            (_, Lower::Hdlc(link)) => link.handle_input(now, octets),
            (_, Lower::Wrapper(link)) => link.handle_input(now, octets),
        }
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        match (&mut self.sign_on, &mut self.lower) {
            (Some(sign_on), _) if self.is_signing_on => sign_on.handle_timeout(now),
            (_, Lower::Hdlc(link)) => link.handle_timeout(now),
            (_, Lower::Wrapper(link)) => link.handle_timeout(now),
        }
    }

    pub(super) fn handle_close(&mut self, now: Instant) {
        match &mut self.lower {
            Lower::Hdlc(link) => link.handle_close(),
            Lower::Wrapper(link) => link.handle_close(),
        }
        if let Some(sign_on) = &mut self.sign_on {
            sign_on.handle_close(now);
            self.is_signing_on = true;
        }
    }

    pub(super) fn poll_transmit(&mut self, now: Instant, out: &mut BytesMut) -> Option<Transmit> {
        if let Lower::Hdlc(link) = &mut self.lower
            && self.is_signing_on
            && let Some(octets) = link.transmit(now, out)
        {
            // The answer to DISC goes out before the line is that of the sign-on again.
            return Some(Transmit::now(octets));
        }
        match (&mut self.sign_on, &mut self.lower) {
            (Some(sign_on), _) if self.is_signing_on => sign_on.poll_transmit(now, out),
            (_, Lower::Hdlc(link)) => link.transmit(now, out).map(Transmit::now),
            (_, Lower::Wrapper(link)) => link.transmit(now, out).map(Transmit::now),
        }
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        match (&self.sign_on, &self.lower) {
            (Some(sign_on), _) if self.is_signing_on => sign_on.poll_timeout(),
            (_, Lower::Hdlc(link)) => link.poll_timeout(),
            (_, Lower::Wrapper(link)) => link.poll_timeout(),
        }
    }
}
