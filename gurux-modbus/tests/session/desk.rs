//! [`Desk`]: a session on a table, with a clock that the test moves.

use core::time::Duration;

use gurux_framing::{mbap, rtu};
use gurux_media::bytes::BytesMut;
use gurux_media::{Instant, Session};
use gurux_modbus::session::{Client, ClientConfig, ClientEvent, Failure, Framing, Reply};
use gurux_modbus::wire::UnitId;

/// A session, its clock, and what it sent last.
pub(crate) struct Desk<S> {
    pub(crate) session: S,
    pub(crate) now: Instant,
}

impl Desk<Client> {
    /// A client with one second for a reply and no resends.
    pub(crate) fn client(framing: Framing) -> Self {
        Self::client_with(framing, |_| {})
    }

    pub(crate) fn client_with(framing: Framing, change: impl FnOnce(&mut ClientConfig)) -> Self {
        let mut config = ClientConfig { resends: 0, ..ClientConfig::new(framing) };
        change(&mut config);
        Self::new(Client::new(config))
    }

    /// The next event, which must be a reply, and its registers.
    pub(crate) fn registers(&mut self) -> Vec<u16> {
        self.reply().registers().expect("registers").iter().collect()
    }

    pub(crate) fn reply(&mut self) -> Reply {
        match self.event() {
            Some(ClientEvent::Reply(reply)) => reply,
            other => panic!("a reply is expected, not {other:?}"),
        }
    }

    /// The next event, which must be a time-out.
    pub(crate) fn timed_out(&mut self) -> u16 {
        match self.event() {
            Some(ClientEvent::Failed { reason: Failure::TimedOut { attempts }, .. }) => attempts,
            other => panic!("a time-out is expected, not {other:?}"),
        }
    }
}

impl<S: Session> Desk<S> {
    pub(crate) fn new(mut session: S) -> Self {
        let now = Instant::from_millis(1_000);
        session.handle_open(now);
        Self { session, now }
    }

    /// What the session sends now, one message.
    pub(crate) fn sent(&mut self) -> Option<Vec<u8>> {
        let mut out = BytesMut::new();
        let transmit = self.session.poll_transmit(self.now, &mut out)?;
        assert_eq!(transmit.octets, out.len());
        Some(out.to_vec())
    }

    pub(crate) fn input(&mut self, octets: &[u8]) {
        self.session.handle_input(self.now, octets);
    }

    /// Lets time pass, with every timer on its way.
    pub(crate) fn wait(&mut self, millis: u64) {
        let until = self.now + Duration::from_millis(millis);
        while let Some(at) = self.session.poll_timeout().filter(|&at| at <= until) {
            self.now = at.max(self.now);
            self.session.handle_timeout(self.now);
            let next = self.session.poll_timeout();
            assert!(next.is_none_or(|at| at > self.now), "a timer that does not move on");
        }
        self.now = until;
    }

    pub(crate) fn event(&mut self) -> Option<S::Event> {
        self.session.poll_event()
    }
}

pub(crate) const fn unit(number: u8) -> UnitId {
    UnitId::new(number)
}

/// An RTU frame.
pub(crate) fn rtu(unit: u8, pdu: &[u8]) -> Vec<u8> {
    let mut out = vec![0; pdu.len() + rtu::OVERHEAD];
    rtu::wrap(unit, pdu, &mut out).expect("room");
    out
}

/// An MBAP frame.
pub(crate) fn mbap(transaction: u16, unit: u8, pdu: &[u8]) -> Vec<u8> {
    let mut out = vec![0; pdu.len() + mbap::HEADER_LEN];
    mbap::wrap(transaction, unit, pdu, &mut out).expect("room");
    out
}

/// A response to a read of holding registers.
pub(crate) fn registers(values: &[u16]) -> Vec<u8> {
    let mut pdu = vec![3, u8::try_from(values.len() * 2).expect("few")];
    pdu.extend(values.iter().flat_map(|value| value.to_be_bytes()));
    pdu
}
