//! [`Desk`]: a session on a table, with a clock that the test moves; and frames made by hand.

use core::time::Duration;

use gurux_dlms::session::link::{
    Buffers, ClientLink, ClientLinkConfig, MeterBuffers, MeterLink, MeterLinkConfig, Owned,
};
use gurux_framing::hdlc::HdlcAddress;
use gurux_media::bytes::BytesMut;
use gurux_media::{Instant, LineSettings, Session};

/// A session, its clock, and the line that it wants.
pub(crate) struct Desk<S> {
    pub(crate) session: S,
    pub(crate) now: Instant,
    pub(crate) line: Option<LineSettings>,
}

pub(crate) fn client_address() -> HdlcAddress {
    HdlcAddress::of_client(16).unwrap()
}

pub(crate) fn meter_address() -> HdlcAddress {
    HdlcAddress::of_server(1, 17).unwrap()
}

impl Desk<ClientLink<Owned>> {
    pub(crate) fn client(config: ClientLinkConfig) -> Self {
        let buffers = Buffers::owned(512);
        Self::new(ClientLink::new(config, client_address(), meter_address(), buffers))
    }

    /// A client that is connected, with what the meter says in UA.
    pub(crate) fn connected(config: ClientLinkConfig, ua: &[u8]) -> Self {
        let mut desk = Self::client(config);
        desk.session.connect();
        assert!(!desk.sent().is_empty());
        desk.input(&from_meter(0x73, ua, false));
        assert!(desk.session.is_connected());
        while desk.event().is_some() {}
        desk
    }
}

impl Desk<MeterLink<Owned, 2>> {
    pub(crate) fn meter(config: MeterLinkConfig) -> Self {
        Self::new(MeterLink::new(config, MeterBuffers::owned(512)))
    }
}

impl<S: Session> Desk<S> {
    pub(crate) fn new(session: S) -> Self {
        Self { session, now: Instant::ZERO, line: None }
    }

    /// What it sends now, in hex; empty if nothing.
    pub(crate) fn sent(&mut self) -> String {
        let mut out = BytesMut::new();
        while let Some(transmit) = self.session.poll_transmit(self.now, &mut out) {
            self.line = transmit.then_line.or(self.line);
        }
        hex(&out)
    }

    /// Octets come in, given in hex.
    pub(crate) fn input(&mut self, octets: &str) {
        self.session.handle_input(self.now, &unhex(octets));
    }

    /// Octets come in; what is sent at once.
    pub(crate) fn answer(&mut self, octets: &str) -> String {
        self.input(octets);
        self.sent()
    }

    /// Lets time pass, timer by timer, for so many milliseconds or until it sends something.
    pub(crate) fn wait(&mut self, millis: u64) -> String {
        let until = self.now + Duration::from_millis(millis);
        loop {
            let sent = self.sent();
            let at = self.session.poll_timeout().filter(|at| *at <= until);
            match at {
                _ if !sent.is_empty() => return sent,
                Some(at) => {
                    self.now = self.now.max(at);
                    self.session.handle_timeout(self.now);
                }
                None => {
                    self.now = until;
                    return String::new();
                }
            }
        }
    }

    pub(crate) fn event(&mut self) -> Option<S::Event> {
        self.session.poll_event()
    }
}

/// A frame from the meter 1/17 to the client 16, in hex.
pub(crate) fn from_meter(control: u8, information: &[u8], more: bool) -> String {
    frame(&[0x21], &[0x02, 0x23], control, information, more)
}

/// A frame from the client 16 to the meter 1/17, in hex.
pub(crate) fn from_client(control: u8, information: &[u8], more: bool) -> String {
    frame(&[0x02, 0x23], &[0x21], control, information, more)
}

/// A frame as the standard draws it, made without the library.
pub(crate) fn frame(
    destination: &[u8],
    source: &[u8],
    control: u8,
    information: &[u8],
    more: bool,
) -> String {
    let sums = if information.is_empty() { 2 } else { 4 };
    let len = 3 + destination.len() + source.len() + information.len() + sums;
    let mut octets = vec![0xA0 | u8::from(more) << 3 | (len >> 8) as u8, len as u8];
    octets.extend(destination);
    octets.extend(source);
    octets.push(control);
    if !information.is_empty() {
        octets.extend(fcs(&octets));
        octets.extend(information);
    }
    octets.extend(fcs(&octets));
    format!("7E{}7E", hex(&octets))
}

/// CRC-16/IBM-SDLC, bit by bit.
fn fcs(octets: &[u8]) -> [u8; 2] {
    let mut sum = 0xFFFF_u16;
    for octet in octets {
        sum ^= u16::from(*octet);
        for _ in 0..8 {
            sum = if sum & 1 == 1 { sum >> 1 ^ 0x8408 } else { sum >> 1 };
        }
    }
    (!sum).to_le_bytes()
}

pub(crate) fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02X}")).collect()
}

pub(crate) fn unhex(text: &str) -> Vec<u8> {
    let digits: String = text.split_ascii_whitespace().collect();
    (0..digits.len())
        .step_by(2)
        .map(|place| u8::from_str_radix(&digits[place..place + 2], 16).unwrap())
        .collect()
}
