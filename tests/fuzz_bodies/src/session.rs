//! Modbus sessions under events in any order, at any time, wrong ones included.

use std::time::Duration;

use gurux_framing::{Direction, Wire};
use gurux_media::bytes::BytesMut;
use gurux_media::{Instant, Session};
use gurux_modbus::session::{
    Client, ClientConfig, ClientEvent, Framing, Leniency, Listener, ListenerConfig, ListenerEvent,
    Memory, RequestId, Resend, Server, ServerConfig, ServerEvent,
};
use gurux_modbus::wire::{ReadDeviceIdCode, Request, Response, UnitId};

use crate::choices::Choices;

/// How deep events get with a client.
pub const CLIENT_RUNGS: &[&str] = &["nothing sent", "sent", "answered", "answered after a fault"];

/// How deep events get with a server.
pub const SERVER_RUNGS: &[&str] = &["no request", "refused", "answered", "answered after noise"];

/// How deep events get with a listener.
pub const LISTENER_RUNGS: &[&str] =
    &["nothing", "noise", "a message", "a pair", "a pair after noise"];

/// Steps in which a client that is left alone must have come to its end.
const QUIET_STEPS: usize = 10_000;

/// Addresses that the device has.
const ADDRESSES: u16 = 64;

fn device() -> Memory {
    Memory {
        coils: (0..ADDRESSES).map(|at| (at, at % 3 == 0)).collect(),
        holding_registers: (0..ADDRESSES).map(|at| (at, value_of(at))).collect(),
        input_registers: (0..ADDRESSES).map(|at| (at, !value_of(at))).collect(),
        read_only_registers: (0..ADDRESSES).collect(),
        identification: (0..3).map(|id: u8| (id.into(), vec![b'a'; 100])).collect(),
        ..Memory::default()
    }
}

/// What tells one register from all others.
const fn value_of(address: u16) -> u16 {
    address.wrapping_mul(0x0101) ^ 0x5A00
}

/// A client, a device that answers it, and what lies on the way between them.
struct Talk {
    client: Client,
    device: Server<Memory>,
    now: Instant,
    /// Requests that have not ended, with the address that each reads.
    open: Vec<(RequestId, u16)>,
    /// Messages of the device that have not arrived.
    under_way: Vec<Vec<u8>>,
    /// Were octets damaged where no check sum shows it?
    trusted: bool,
    faults: bool,
    depth: usize,
}

/// Sends, answers, loses, delays, damages, doubles, cancels, closes and opens as the octets say, then
/// leaves the line alone: every request ends exactly once, in finitely many steps, and no register
/// comes back that is another's.
pub fn client(octets: &[u8]) -> usize {
    let mut choices = Choices::new(octets);
    let framing = Framing::ALL[usize::from(choices.below(Framing::ALL.len() as u8))];
    let mut talk = Talk {
        client: Client::new(config(framing, &mut choices)),
        device: Server::new(ServerConfig::new(framing), device()),
        now: Instant::from_millis(1),
        open: Vec::new(),
        under_way: Vec::new(),
        trusted: true,
        faults: false,
        depth: 0,
    };
    while !choices.is_empty() {
        talk.event(&mut choices);
        talk.settle();
    }
    talk.client.handle_open(talk.now);
    talk.settle();
    for _ in 0..QUIET_STEPS {
        let Some(at) = talk.client.poll_timeout() else { break };
        assert!(at > talk.now, "asks to be called again at once");
        talk.now = at;
        talk.client.handle_timeout(at);
        talk.settle();
    }
    assert!(talk.open.is_empty(), "requests without an end: {:?}", talk.open);
    assert_eq!(talk.client.pending_count(), 0);
    talk.depth
}

fn config(framing: Framing, choices: &mut Choices<'_>) -> ClientConfig {
    let mut span = |unit: u64| Duration::from_millis(u64::from(choices.octet()) * unit);
    let spans = ClientConfig {
        response_timeout: span(10),
        octet_timeout: span(1),
        turnaround: span(1),
        pause_after_connect: span(1),
        late_reply: span(10),
        unit_gap: span(1),
        ..ClientConfig::new(framing)
    };
    let bits = choices.octet();
    let bit = |at: u8| bits >> at & 1 == 1;
    ClientConfig {
        window: choices.below(20),
        queue: choices.below(20).into(),
        resends: choices.below(4),
        resend: if bit(7) { Resend::All } else { Resend::Repeatable },
        patience: choices.below(4),
        leniency: Leniency {
            ignore_transaction: bit(0),
            any_unit: bit(1),
            unit_255_in_exceptions: bit(2),
            exception_without_crc: bit(3),
            length_one_too_long: bit(4),
            local_echo: bit(5),
        },
        broadcast_by_mbap: bit(6),
        ..spans
    }
}

impl Talk {
    fn event(&mut self, choices: &mut Choices<'_>) {
        match choices.below(12) {
            0..=2 => self.ask(choices),
            // The next message arrives: whole, in two pieces, twice, damaged, or not at all.
            3 | 4 => self.arrive(choices),
            5 => self.now += Duration::from_millis(choices.octet().into()),
            6 => {
                self.now = self.client.poll_timeout().unwrap_or(self.now).max(self.now);
                self.client.handle_timeout(self.now);
            }
            7 => {
                let count = choices.below(16).into();
                self.trusted = false;
                self.client.handle_input(self.now, choices.octets(count));
            }
            8 => self.client.handle_timeout(self.now),
            9 => {
                let at = usize::from(choices.octet());
                if let Some(&(id, _)) = self.open.get(at % self.open.len().max(1)) {
                    assert!(self.client.cancel(id));
                    self.end(id);
                }
            }
            10 => self.client.handle_close(self.now),
            _ => self.client.handle_open(self.now),
        }
    }

    fn ask(&mut self, choices: &mut Choices<'_>) {
        let unit = UnitId::new(choices.below(3));
        let (kind, at) = (choices.below(8), u16::from(choices.below(80)));
        let client = &mut self.client;
        let id = match kind {
            0 => client.read_coils(unit, at, 9),
            1 => client.read_input_registers(unit, at, 1),
            2 => client.write_single_coil(unit, at, true),
            3 => client.identify(unit, ReadDeviceIdCode::BASIC),
            4 => client.send(unit, &Request::ReportServerId),
            _ => client.read_holding_registers(unit, at, 1 + at % 5),
        };
        if let Ok(id) = id {
            self.open.push((id, at));
        }
    }

    fn arrive(&mut self, choices: &mut Choices<'_>) {
        if self.under_way.is_empty() {
            return;
        }
        let next = usize::from(choices.octet()) % self.under_way.len();
        let mut message = self.under_way.remove(next);
        let (fault, at) = (choices.below(8), usize::from(choices.octet()) % message.len());
        self.faults |= fault < 4;
        match fault {
            0 => return,
            1 => {
                message[at] ^= 1 << choices.below(8);
                self.trusted = false;
            }
            2 => self.under_way.push(message.clone()),
            3 => {
                message.truncate(at);
                self.trusted = false;
            }
            4 => {
                self.client.handle_input(self.now, &message[..at]);
                self.now += Duration::from_millis(choices.octet().into());
                message.drain(..at);
            }
            _ => {}
        }
        self.client.handle_input(self.now, &message);
    }

    /// Takes what the client wants sent to the device, and what it tells.
    fn settle(&mut self) {
        let mut out = BytesMut::new();
        while let Some(transmit) = self.client.poll_transmit(self.now, &mut out) {
            assert_eq!(transmit.octets, out.len());
            self.depth = self.depth.max(1);
            self.device.handle_input(self.now, &out);
            let mut answer = BytesMut::new();
            while self.device.poll_transmit(self.now, &mut answer).is_some() {
                self.under_way.push(answer.split().to_vec());
            }
            out.clear();
        }
        while let Some(event) = self.client.poll_event() {
            match event {
                ClientEvent::Reply(reply) => {
                    let at = self.end(reply.id);
                    let response = reply.response().expect("a reply that can be read");
                    // A reply that looks like another's cannot be told apart on a line; how long
                    // one may be late there is the client's to say, and the octets' here.
                    if let Response::ReadHoldingRegisters(registers) = response
                        && self.trusted
                        && is_told_apart(&self.client)
                    {
                        let expected = (at..).map(value_of).take(registers.len());
                        assert!(registers.iter().eq(expected), "the registers of another request");
                    }
                    self.depth = self.depth.max(if self.faults { 3 } else { 2 });
                }
                ClientEvent::Identified { id, .. }
                | ClientEvent::Refused { id, .. }
                | ClientEvent::Failed { id, .. }
                | ClientEvent::Sent { id, .. } => {
                    self.end(id);
                }
                ClientEvent::Skipped { .. } | ClientEvent::Noise { .. } => self.faults = true,
            }
        }
    }

    fn end(&mut self, id: RequestId) -> u16 {
        let place = self.open.iter().position(|(open, _)| *open == id);
        self.open.swap_remove(place.expect("a request ends once")).1
    }
}

/// Do replies carry a number that means something?
fn is_told_apart(client: &Client) -> bool {
    client.config().framing.is_numbered() && !client.config().leniency.ignore_transaction
}

/// Feeds a server with good requests, spoilt ones and noise: all that it says are whole answers, and
/// what it keeps is bounded.
pub fn server(octets: &[u8]) -> usize {
    let mut choices = Choices::new(octets);
    let framing = Framing::ALL[usize::from(choices.below(Framing::ALL.len() as u8))];
    let config = ServerConfig {
        units: if choices.yes() { vec![UnitId::new(1)] } else { Vec::new() },
        response_delay: Duration::from_millis(choices.octet().into()),
        local_echo: choices.yes(),
        ..ServerConfig::new(framing)
    };
    let mut server = Server::new(config.clone(), device());
    // A client only puts the frames on.
    let mut pen = Client::new(ClientConfig { window: 1, queue: 1, ..ClientConfig::new(framing) });
    let (mut now, mut depth, mut noise) = (Instant::from_millis(1), 0, false);
    let mut out = BytesMut::new();
    while !choices.is_empty() {
        match choices.below(6) {
            0..=2 => {
                let count = choices.below(40).into();
                let unit = UnitId::new(choices.below(3));
                let spoil = choices.octet();
                let Ok(request) = Request::from_bytes(choices.octets(count)) else { continue };
                let Ok(id) = pen.send(unit, &request) else { continue };
                out.clear();
                now += Duration::from_secs(1);
                while pen.poll_transmit(now, &mut out).is_some() {}
                pen.cancel(id);
                if spoil < 16 && !out.is_empty() {
                    let at = usize::from(spoil) % out.len();
                    out[at] ^= 0x10;
                }
                let (front, back) = out.split_at(usize::from(spoil) % (out.len() + 1));
                server.handle_input(now, front);
                server.handle_input(now, back);
            }
            3 => {
                let count = choices.below(40).into();
                server.handle_input(now, choices.octets(count));
            }
            4 => {
                now = server.poll_timeout().unwrap_or(now).max(now);
                server.handle_timeout(now);
            }
            _ => now += Duration::from_millis(choices.octet().into()),
        }
        for _ in 0..=64 {
            match server.poll_event() {
                None => break,
                Some(ServerEvent::Noise { .. }) => noise = true,
                Some(ServerEvent::Served { refused, .. }) => {
                    depth = depth.max(match (refused, noise) {
                        (Some(_), _) => 1,
                        (None, false) => 2,
                        (None, true) => 3,
                    });
                }
                Some(_) => {}
            }
        }
        assert_eq!(server.poll_event(), None, "events without bound");
        let mut answers = BytesMut::new();
        for _ in 0..=16 {
            let start = answers.len();
            let Some(transmit) = server.poll_transmit(now, &mut answers) else { break };
            assert_eq!(transmit.octets, answers.len() - start);
        }
        assert!(server.poll_transmit(now, &mut answers).is_none(), "answers without bound");
    }
    depth
}

/// Lets a listener overhear good requests and answers, spoilt ones and noise, on one wire or on two: it
/// never asks for more time than it was told to wait, never speaks, every pair agrees with itself, what
/// it keeps is bounded, and after the end of the line nothing is left.
pub fn listener(octets: &[u8]) -> usize {
    let mut choices = Choices::new(octets);
    let framing = Framing::ALL[usize::from(choices.below(Framing::ALL.len() as u8))];
    let config = ListenerConfig {
        response_timeout: Duration::from_millis(u64::from(choices.octet()) * 10),
        octet_timeout: Duration::from_millis(choices.octet().into()),
        ..ListenerConfig::new(framing)
    };
    let mut listener = Listener::new(config);
    let two_wires = choices.yes();
    let mut device = Server::new(ServerConfig::new(framing), device());
    let mut pen = Client::new(ClientConfig { window: 1, queue: 1, ..ClientConfig::new(framing) });
    let (mut now, mut depth) = (Instant::from_millis(1), 0);
    while !choices.is_empty() {
        match choices.below(6) {
            0..=2 => {
                let count = choices.below(40).into();
                let (unit, spoil) = (UnitId::new(choices.below(3)), choices.octet());
                let Ok(request) = Request::from_bytes(choices.octets(count)) else { continue };
                let Ok(id) = pen.send(unit, &request) else { continue };
                now += Duration::from_secs(2);
                let (mut asked, mut answered) = (BytesMut::new(), BytesMut::new());
                while pen.poll_transmit(now, &mut asked).is_some() {}
                pen.cancel(id);
                device.handle_input(now, &asked);
                while device.poll_transmit(now, &mut answered).is_some() {}
                for (direction, message) in
                    [(Direction::Request, &mut asked), (Direction::Response, &mut answered)]
                {
                    if spoil < 32 && !message.is_empty() {
                        let at = usize::from(spoil) % message.len();
                        message[at] ^= 0x10;
                    }
                    let (front, back) = message.split_at(usize::from(spoil) % (message.len() + 1));
                    for piece in [front, back] {
                        if two_wires {
                            listener.handle_side(now, direction, piece);
                        } else {
                            listener.handle_input(now, piece);
                        }
                    }
                    now += Duration::from_millis(u64::from(spoil));
                }
            }
            3 => {
                let count = choices.below(40).into();
                listener.handle_input(now, choices.octets(count));
            }
            4 => {
                now = listener.poll_timeout().unwrap_or(now).max(now);
                listener.handle_timeout(now);
                assert!(listener.poll_timeout().is_none_or(|at| at > now), "asks again at once");
            }
            _ => now += Duration::from_millis(choices.octet().into()),
        }
        depth = heard(&mut listener, now, depth);
    }
    listener.handle_close(now);
    depth = heard(&mut listener, now, depth);
    assert_eq!(listener.poll_timeout(), None, "something is left after the end of the line");
    depth
}

/// Takes what a listener tells; how deep that is.
fn heard(listener: &mut Listener, now: Instant, mut depth: usize) -> usize {
    assert!(listener.poll_transmit(now, &mut BytesMut::new()).is_none(), "a listener speaks");
    let mut count = 0;
    while let Some(event) = listener.poll_event() {
        count += 1;
        assert!(count <= 256, "events without bound");
        depth = match event {
            ListenerEvent::Noise { octets, .. } => {
                assert!(octets > 0, "noise of no octets");
                depth.max(1)
            }
            ListenerEvent::Pair { request, response } => {
                assert!(request.at <= response.at && response.at <= now);
                assert!(request.unit == response.unit);
                assert_eq!(request.transaction, response.transaction);
                // Also of a request whose function code has the top bit set: a refusal only sets it.
                let (asked, answered) = (request.pdu[0], response.pdu[0]);
                assert!(
                    answered == asked || answered == asked | 0x80,
                    "{asked:02X} is answered by {answered:02X}"
                );
                depth.max(if matches!(depth, 1 | 4) { 4 } else { 3 })
            }
            _ => depth.max(2),
        };
    }
    depth
}

/// A client's ways: ask and be answered; be answered late, in pieces, twice; be asked to wait.
pub fn client_seeds() -> Vec<Vec<u8>> {
    let ask = [0, 1, 7, 5];
    let arrive = [3, 0, 7, 0];
    let lose = [3, 0, 0, 0];
    let double = [3, 0, 2, 0];
    let wake = [6];
    (0..Framing::ALL.len() as u8)
        .map(|framing| {
            let config = [framing, 10, 20, 1, 0, 2, 0, 0, 4, 4, 2, 2];
            [
                &config[..],
                &ask,
                &ask,
                &arrive,
                &arrive,
                &ask,
                &lose,
                &wake,
                &double,
                &arrive,
                &arrive,
            ]
            .concat()
        })
        .collect()
}

/// A server's ways: a good request, noise, another good one.
pub fn server_seeds() -> Vec<Vec<u8>> {
    let read = [0, 5, 1, 200, 3, 0, 1, 0, 2];
    let refused = [0, 5, 1, 200, 3, 1, 1, 0, 2];
    let noise = [3, 4, 0xFF, 0xFF, 0xFF, 0xFF];
    let later = [5, 255, 4];
    (0..Framing::ALL.len() as u8)
        .map(|framing| {
            let config = [framing, 0, 0, 0];
            [&config[..], &read, &refused, &noise, &later, &read].concat()
        })
        .collect()
}

/// A listener's ways: good requests with their answers, a refusal, noise, a spoilt one, silence.
pub fn listener_seeds() -> Vec<Vec<u8>> {
    let read = [0, 5, 1, 200, 3, 0, 1, 0, 2];
    let refused = [0, 5, 1, 200, 3, 1, 1, 0, 2];
    let spoilt = [0, 5, 1, 4, 3, 0, 1, 0, 2];
    let noise = [3, 4, 0xFF, 0xFF, 0xFF, 0xFF];
    let silence = [4, 5, 255, 4];
    (0..Framing::ALL.len() as u8)
        .flat_map(|framing| {
            [0, 1].map(|wires| {
                let config = [framing, 200, 50, wires];
                [&config[..], &noise, &silence, &read, &refused, &spoilt, &silence, &read].concat()
            })
        })
        .collect()
}
