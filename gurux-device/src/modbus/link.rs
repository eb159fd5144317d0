//! The client session of gurux-modbus as a [`Link`].

use std::collections::VecDeque;
use std::time::Duration;

use gurux_framing::Wire;
use gurux_framing::transaction::BackOff;
use gurux_media::bytes::BytesMut;
use gurux_media::{Instant, Session, Transmit};
use gurux_modbus::session::{
    Client, ClientConfig, ClientEvent, Failure as ClientFailure, Framing, RequestId, SendOptions,
    Skipped,
};
use gurux_modbus::wire::{Request, UnitId};

use super::{ModbusMeter, refused};
use crate::driver::{Failure, Link, LinkEvent, LinkSettings, Outcome, Request as Message};

/// The transports, by name.
pub(super) static TRANSPORTS: &[&str] =
    &["rtu", "ascii", "tcp", "rtu-over-tcp", "ascii-over-tcp", "udp"];

/// The longest wait that a growing one comes to.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// A link to `meter`.
pub(super) fn link(
    meter: &ModbusMeter,
    settings: &LinkSettings,
) -> Result<Box<dyn Link>, &'static [&'static str]> {
    let framing: Framing = settings.transport.parse().map_err(|_| TRANSPORTS)?;
    let mut config = ClientConfig::new(framing);
    config.line = settings.line;
    config.window = settings.window.clamp(1, 16);
    config.leniency.local_echo = settings.local_echo;
    let communication = &meter.communication;
    if let Some(wait) = settings.wait_time.or(communication.wait_time) {
        config.response_timeout = wait;
    }
    if let Some(resends) = settings.resend_count.or(communication.resend_count) {
        config.resends = resends;
    }
    if let Some(factor @ 2..) = communication.backoff {
        config.back_off = BackOff::Factor { factor, cap: LONGEST_WAIT };
    }
    if let Some(pause) = communication.transaction_delay {
        config.unit_gap = pause;
    }
    if let Some(pause) = communication.connect_delay {
        config.pause_after_connect = pause;
    }
    let window = if framing.is_numbered() { usize::from(config.window) } else { 1 };
    Ok(Box::new(ClientLink {
        client: Client::new(config),
        unit: meter.unit,
        window,
        ids: Vec::new(),
        told: VecDeque::new(),
        now: Instant::ZERO,
    }))
}

#[derive(Debug)]
struct ClientLink {
    client: Client,
    unit: UnitId,
    window: usize,
    /// The client's number of each request under way, and ours.
    ids: Vec<(RequestId, u64)>,
    /// What this link itself has to tell: the ends of requests that the client did not take or
    /// gave up, and of those that it had to repeat.
    told: VecDeque<LinkEvent>,
    now: Instant,
}

impl ClientLink {
    fn done(&mut self, request: RequestId, outcome: Outcome) -> LinkEvent {
        let place = self.ids.iter().position(|(known, _)| *known == request);
        let id = place.map_or(0, |place| self.ids.swap_remove(place).1);
        LinkEvent::Done { id, outcome, at: self.now }
    }
}

impl Link for ClientLink {
    fn window(&self) -> usize {
        self.window
    }

    fn submit(&mut self, now: Instant, id: u64, request: &Message) {
        self.now = now;
        let options =
            SendOptions { resends: request.is_command.then_some(0), ..SendOptions::default() };
        let sent = Request::from_bytes(&request.octets)
            .map_err(|error| error.to_string())
            .and_then(|request| {
                let sent = self.client.send_with(self.unit, &request, options);
                sent.map_err(|error| error.to_string())
            });
        match sent {
            Ok(request) => self.ids.push((request, id)),
            Err(why) => {
                let outcome = Outcome::Failed(Failure::Other(why));
                self.told.push_back(LinkEvent::Done { id, outcome, at: now });
            }
        }
    }
}

impl Session for ClientLink {
    type Event = LinkEvent;

    fn handle_open(&mut self, now: Instant) {
        self.now = now;
        self.client.handle_open(now);
    }

    fn handle_input(&mut self, now: Instant, octets: &[u8]) {
        self.now = now;
        self.client.handle_input(now, octets);
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.now = now;
        self.client.handle_timeout(now);
    }

    fn handle_close(&mut self, now: Instant) {
        self.now = now;
        self.client.handle_close(now);
        // The order that these belong to is over; they shall not be sent when the medium opens
        // again.
        for (request, _) in self.ids.clone() {
            if self.client.cancel(request) {
                let event = self.done(request, Outcome::Failed(Failure::Closed));
                self.told.push_back(event);
            }
        }
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut BytesMut) -> Option<Transmit> {
        self.now = now;
        self.client.poll_transmit(now, out)
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.client.poll_timeout()
    }

    fn poll_event(&mut self) -> Option<LinkEvent> {
        if let Some(event) = self.told.pop_front() {
            return Some(event);
        }
        Some(match self.client.poll_event()? {
            ClientEvent::Reply(reply) => {
                let done = self.done(reply.id, Outcome::Reply(reply.pdu().to_vec()));
                if reply.attempts == 1 {
                    return Some(done);
                }
                self.told.push_back(done);
                let times = reply.attempts;
                LinkEvent::Notice(format!("a request was asked again: {times} times in all"))
            }
            ClientEvent::Refused { id, code, .. } => self.done(id, Outcome::Refused(refused(code))),
            ClientEvent::Failed { id, reason, .. } => {
                let failure = match reason {
                    ClientFailure::TimedOut { .. } => Failure::Silent,
                    ClientFailure::Closed => Failure::Closed,
                    other => Failure::Other(other.to_string()),
                };
                self.done(id, Outcome::Failed(failure))
            }
            ClientEvent::Sent { id, .. } => self.done(id, Outcome::Reply(Vec::new())),
            ClientEvent::Identified { id, .. } => self.done(id, Outcome::Reply(Vec::new())),
            ClientEvent::Skipped { unit, function, why } => {
                let why = match why {
                    Skipped::Late => "it is late".to_owned(),
                    Skipped::Malformed(error) => error.to_string(),
                    _ => "nothing of the kind was asked".to_owned(),
                };
                let (unit, function) = (unit.code(), function.code());
                LinkEvent::Notice(format!(
                    "a message of unit {unit}, function {function}, was skipped: {why}"
                ))
            }
            ClientEvent::Noise { octets, why } => {
                LinkEvent::Notice(format!("{octets} octets of no message were skipped: {why}"))
            }
        })
    }
}
