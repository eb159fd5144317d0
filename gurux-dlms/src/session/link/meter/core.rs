//! [`Core`]: what a meter makes of frames.

use gurux_framing::Sink;
use gurux_framing::Wire;
use gurux_framing::hdlc::{Command, Control, Frmr, HdlcAddress, HdlcFrame, LinkParameters};
use gurux_media::Instant;

use super::slot::{Reply, Slot};
use super::{MeterLinkEvent, Peer};
use crate::session::link::config::MeterLinkConfig;
use crate::session::link::echo::Echo;
use crate::session::link::event::{LinkCounters, LinkEvent, Noise, Ring, Why};
use crate::session::link::station::{Accepted, Acknowledged, write};
use crate::session::link::store::Store;
use crate::session::link::unnumbered::{Heard, Joined, Outgoing};

/// All but the octets that came in.
#[derive(Clone)]
pub(in crate::session::link) struct Core<S, const CLIENTS: usize> {
    pub(super) config: MeterLinkConfig,
    pub(super) slots: [Slot<S>; CLIENTS],
    pub(super) joined: Joined<S>,
    pub(super) outgoing: Outgoing<S>,
    pub(super) events: Ring<MeterLinkEvent>,
    pub(super) noise: Noise,
    pub(super) counters: LinkCounters,
    echo: Echo,
    /// UA or DM for a client that is not connected (any more).
    parting: Option<(Peer, Command)>,
    /// No answer begins before.
    reply_at: Instant,
    pub(super) silent_at: Option<Instant>,
    pub(super) now: Instant,
}

impl<S: Store, const CLIENTS: usize> Core<S, CLIENTS> {
    pub(super) fn new(
        config: MeterLinkConfig,
        clients: [(S, S); CLIENTS],
        unnumbered_received: S,
        unnumbered_sent: S,
    ) -> Self {
        Self {
            config,
            slots: clients.map(Slot::new),
            joined: Joined::new(unnumbered_received),
            outgoing: Outgoing::new(unnumbered_sent),
            events: Ring::new(),
            noise: Noise::default(),
            counters: LinkCounters::default(),
            echo: Echo::default(),
            parting: None,
            reply_at: Instant::ZERO,
            silent_at: None,
            now: Instant::ZERO,
        }
    }

    /// A connection that is not broken by a rejected frame.
    pub(super) fn slot(&self, peer: Peer) -> Option<&Slot<S>> {
        self.slots
            .iter()
            .find(|slot| slot.is_of(peer.client, peer.server) && slot.rejection.is_none())
    }

    pub(super) fn slot_mut(&mut self, peer: Peer) -> Option<&mut Slot<S>> {
        self.slots
            .iter_mut()
            .find(|slot| slot.is_of(peer.client, peer.server) && slot.rejection.is_none())
    }

    fn tell(&mut self, peer: Peer, event: LinkEvent) {
        self.events.push(MeterLinkEvent { peer: Some(peer), event });
    }

    /// Is this address one of ours?
    fn is_own(&self, address: HdlcAddress) -> bool {
        let device = 1_u128.checked_shl(address.upper().into()).unwrap_or(0);
        self.config.logical_devices & device != 0
            && address.lower().is_none_or(|lower| lower == self.config.physical_device)
    }

    pub(super) fn hear(&mut self, now: Instant, octets: &[u8]) {
        self.now = now;
        let Ok(frame) = HdlcFrame::open_proven(octets) else { return };
        let (client, server) = (frame.source, frame.destination);
        let command = frame.control.command();
        let is_echo = if client == server {
            self.echo.knows(&frame, server, client)
        } else {
            self.is_own(client) && self.slots.iter().any(|slot| slot.is_of(server, client))
        };
        if is_echo {
            self.counters.echoes = self.counters.echoes.saturating_add(1);
            return;
        }
        let is_for_all = command == Command::Ui && server.is_broadcast();
        let is_response = matches!(command, Command::Ua | Command::Dm | Command::Frmr);
        if !(self.is_own(server) || is_for_all) || client == HdlcAddress::NO_STATION || is_response
        {
            self.counters.foreign = self.counters.foreign.saturating_add(1);
            return;
        }
        if !self.events.has_room() {
            self.counters.refused = self.counters.refused.saturating_add(1);
            return;
        }
        self.counters.received = self.counters.received.saturating_add(1);
        if command == Command::Ui {
            match self.joined.accept(&frame) {
                Heard::Segment => {}
                Heard::Whole(event) => self.tell(Peer { client, server }, event),
                Heard::Lost => {
                    self.counters.unnumbered_lost = self.counters.unnumbered_lost.saturating_add(1);
                }
            }
            return;
        }
        self.reply_at = now + self.config.response_delay;
        self.echo.clear();
        // Whoever sends waits for no other answer.
        self.parting = None;
        let peer = Peer { client, server };
        let place = self.slots.iter().position(|slot| slot.is_of(client, server));
        match (place, command) {
            (_, Command::Snrm) => self.connect(now, peer, place, frame.information()),
            (Some(place), Command::Disc) => self.disconnect(peer, place),
            (Some(place), _) => self.converse(now, place, &frame),
            (None, Command::Disc) => self.parting = Some((peer, Command::Dm)),
            (None, _) if frame.control.poll() => self.parting = Some((peer, Command::Dm)),
            (None, _) => {}
        }
    }

    fn connect(&mut self, now: Instant, peer: Peer, place: Option<usize>, field: &[u8]) {
        let free = || self.slots.iter().position(|slot| slot.peer.is_none());
        let Some(slot) = place.or_else(free).and_then(|place| self.slots.get_mut(place)) else {
            self.parting = Some((peer, Command::Dm));
            return;
        };
        let theirs = LinkParameters::from_bytes(field).unwrap_or_default();
        let agreed = self.config.parameters.agree(theirs);
        let is_bare = self.config.bare_ua && field.is_empty() && agreed == LinkParameters::DEFAULT;
        let known = slot.peer.filter(|_| slot.rejection.is_none());
        let was_used = slot.is_used || slot.station.is_sending();
        // The same SNRM again: UA was lost, and the client knows nothing of a connection yet.
        let is_again = known.is_some() && !was_used && slot.station.parameters == agreed;
        slot.connect(peer, agreed, is_bare);
        slot.inactive_at = self.config.inactivity_timeout.map(|span| now + span);
        if is_again {
            return;
        }
        if let Some(known) = known {
            self.tell(known, LinkEvent::Disconnected(Why::Reset));
        }
        self.tell(peer, LinkEvent::Connected(agreed));
    }

    fn disconnect(&mut self, peer: Peer, place: usize) {
        let Some(slot) = self.slots.get_mut(place) else { return };
        let known = slot.peer.filter(|_| slot.rejection.is_none());
        slot.clear();
        let answer = if self.config.dm_for_disc { Command::Dm } else { Command::Ua };
        self.parting = Some((peer, answer));
        if let Some(known) = known {
            self.tell(known, LinkEvent::Disconnected(Why::Requested));
        }
    }

    /// A frame on a connection.
    fn converse(&mut self, now: Instant, place: usize, frame: &HdlcFrame<'_>) {
        let inactive_at = self.config.inactivity_timeout.map(|span| now + span);
        let max_field = usize::from(self.config.parameters.max_info_receive);
        let Some(slot) = self.slots.get_mut(place) else { return };
        let Some(peer) = slot.peer else { return };
        slot.inactive_at = inactive_at;
        if frame.control.poll() {
            slot.reply = Some(Reply::Turn);
        }
        if slot.rejection.is_some() {
            return;
        }
        slot.is_used = true;
        let field = frame.information();
        let (recv_seq, send_seq) = match frame.control.command() {
            Command::Information { send_seq, recv_seq } if field.len() <= max_field => {
                (recv_seq, Some(send_seq))
            }
            Command::Information { .. } => {
                return self.reject(place, frame, Frmr::INFORMATION_TOO_LONG);
            }
            Command::ReceiveReady(recv_seq)
            | Command::ReceiveNotReady(recv_seq)
            | Command::Reject(recv_seq)
                if field.is_empty() =>
            {
                (recv_seq, None)
            }
            Command::ReceiveReady(_) | Command::ReceiveNotReady(_) | Command::Reject(_) => {
                return self.reject(place, frame, Frmr::INFORMATION_NOT_PERMITTED);
            }
            _ => return self.reject(place, frame, Frmr::UNDEFINED_CONTROL),
        };
        let Some(acknowledged) = slot.station.acknowledge(recv_seq) else {
            return self.reject(place, frame, Frmr::INVALID_NUMBER);
        };
        let accepted = match send_seq {
            Some(send_seq) => Some(slot.station.accept(send_seq, frame)),
            None => {
                let command = frame.control.command();
                slot.station.is_peer_busy = matches!(command, Command::ReceiveNotReady(_));
                None
            }
        };
        if frame.control.poll() {
            // What is not acknowledged by now did not arrive.
            slot.station.numbers.go_back();
        }
        if acknowledged == Acknowledged::Message {
            self.tell(peer, LinkEvent::Acknowledged);
        }
        let count = |counter: &mut u64| *counter = counter.saturating_add(1);
        match accepted {
            Some(Accepted::Message(octets)) => self.tell(peer, LinkEvent::Message { octets }),
            Some(Accepted::TooLong(octets)) => self.tell(peer, LinkEvent::TooLong { octets }),
            Some(Accepted::Again) => count(&mut self.counters.late),
            Some(Accepted::Gap) => count(&mut self.counters.gaps),
            Some(Accepted::Refused) => count(&mut self.counters.refused),
            Some(Accepted::Segment) | None => {}
        }
    }

    fn reject(&mut self, place: usize, frame: &HdlcFrame<'_>, reasons: u8) {
        let Some(slot) = self.slots.get_mut(place) else { return };
        let frmr = slot.reject(frame, reasons);
        if let Some(peer) = slot.peer {
            self.tell(peer, LinkEvent::Disconnected(Why::Rejected(Some(frmr))));
        }
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        self.now = now;
        for place in 0..CLIENTS {
            let Some(slot) = self.slots.get_mut(place) else { return };
            if !self.events.has_room() || slot.inactive_at.is_none_or(|at| at > now) {
                continue;
            }
            let known = slot.peer.filter(|_| slot.rejection.is_none());
            slot.clear();
            if let Some(peer) = known {
                self.tell(peer, LinkEvent::Disconnected(Why::Inactive));
            }
        }
    }

    pub(super) fn handle_close(&mut self) {
        self.joined.drop_begun();
        self.parting = None;
        let was_used = self.slots.iter().any(|slot| slot.peer.is_some());
        self.slots.iter_mut().for_each(Slot::clear);
        if was_used {
            let event = LinkEvent::Disconnected(Why::Closed);
            self.events.push(MeterLinkEvent { peer: None, event });
        }
    }

    fn is_owing(&self) -> bool {
        self.parting.is_some() || self.slots.iter().any(|slot| slot.reply.is_some())
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        // An answer that is due is not a timer: it waits to be taken.
        let reply = Some(self.reply_at).filter(|at| *at > self.now && self.is_owing());
        let inactive = self.slots.iter().filter_map(|slot| slot.inactive_at).min();
        [reply, inactive, self.silent_at].into_iter().flatten().min()
    }

    pub(super) fn transmit(&mut self, now: Instant, out: &mut impl Sink) -> Option<usize> {
        self.now = now;
        let field_len = usize::from(self.config.parameters.max_info_transmit);
        if self.events.has_room()
            && let Some((octets, is_last)) = self.outgoing.write_next(field_len, out)
        {
            if is_last {
                let event = LinkEvent::Sent;
                self.events.push(MeterLinkEvent { peer: None, event });
            }
            self.counters.sent = self.counters.sent.saturating_add(1);
            return Some(octets);
        }
        if self.reply_at > now {
            return None;
        }
        let (octets, control) = match self.parting.take() {
            Some((peer, command)) => {
                let control = Control::new(command, true);
                let frame = HdlcFrame::new(peer.client, peer.server, control);
                (write(&frame, out), control)
            }
            None => {
                let frame = self.slots.iter_mut().find_map(|slot| slot.transmit(out))?;
                if frame.is_again {
                    self.counters.resent = self.counters.resent.saturating_add(1);
                }
                (frame.octets, frame.control)
            }
        };
        self.echo.remember(control);
        self.counters.sent = self.counters.sent.saturating_add(1);
        Some(octets)
    }
}
