//! [`Core`]: the state of a client's link, its turns and its timers.

use core::fmt;
use core::time::Duration;

use gurux_framing::Sink;
use gurux_framing::hdlc::{Command, Control, HdlcAddress, HdlcFrame, LinkParameters};
use gurux_media::Instant;

use super::Answer;
use crate::session::link::config::{ClientLinkConfig, Recovery, Snrm};
use crate::session::link::echo::Echo;
use crate::session::link::event::{LinkCounters, LinkEvent, Noise, Ring, Why};
use crate::session::link::station::{PARAMETERS_LEN, SendError, Station, parameters_field, write};
use crate::session::link::store::Store;
use crate::session::link::unnumbered::{Joined, Outgoing};

/// All but the octets that came in.
#[derive(Clone)]
pub(in crate::session::link) struct Core<S> {
    pub(super) config: ClientLinkConfig,
    pub(super) client: HdlcAddress,
    pub(super) server: HdlcAddress,
    pub(super) phase: Phase,
    pub(super) turn: Turn,
    pub(super) station: Station<S>,
    pub(super) joined: Joined<S>,
    outgoing: Outgoing<S>,
    pub(super) events: Ring<LinkEvent>,
    pub(super) noise: Noise,
    pub(super) counters: LinkCounters,
    pub(super) echo: Echo,
    /// Time-outs since the meter was last heard.
    pub(super) attempts: u8,
    /// How often the link was set up again by itself since it last did any good.
    pub(super) reconnects: u8,
    /// The answer to the message that was sent is still to come.
    pub(super) awaits_answer: bool,
    /// A supervisory frame is to go out.
    pub(super) poll_due: bool,
    /// It asks what of our frames arrived, so that even «nothing» is news.
    pub(super) is_enquiry: bool,
    /// Frames were sent again for this REJ already.
    pub(super) is_reject_obeyed: bool,
    /// Why the meter did not connect, when it was last asked.
    pub(super) refusal: Option<Why>,
    /// When the last octet that was sent is out.
    line_free_at: Instant,
    /// An order came since anything was last sent.
    is_fresh: bool,
    /// When there was last any progress.
    pub(super) progress_at: Instant,
    /// When the link last fell idle.
    pub(super) idle_at: Instant,
    pub(super) silent_at: Option<Instant>,
}

/// The modes of a link.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Phase {
    Disconnected,
    Connecting,
    Connected,
    Disconnecting,
}

/// Whose turn it is to send.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Turn {
    Ours,
    /// It becomes ours then.
    Pause(Instant),
    Theirs {
        deadline: Instant,
        /// Octets that trickle in put the deadline off up to here.
        limit: Instant,
        /// A frame of this turn came.
        is_heard: bool,
    },
}

impl<S: Store> Core<S> {
    pub(super) fn new(
        config: ClientLinkConfig,
        client: HdlcAddress,
        server: HdlcAddress,
        (received, sent, unnumbered_received, unnumbered_sent): (S, S, S, S),
    ) -> Self {
        Self {
            config,
            client,
            server,
            phase: Phase::Disconnected,
            turn: Turn::Ours,
            station: Station::new(sent, received),
            joined: Joined::new(unnumbered_received),
            outgoing: Outgoing::new(unnumbered_sent),
            events: Ring::new(),
            noise: Noise::default(),
            counters: LinkCounters::default(),
            echo: Echo::default(),
            attempts: 0,
            reconnects: 0,
            awaits_answer: false,
            poll_due: false,
            is_enquiry: false,
            is_reject_obeyed: false,
            refusal: None,
            line_free_at: Instant::ZERO,
            is_fresh: false,
            progress_at: Instant::ZERO,
            idle_at: Instant::ZERO,
            silent_at: None,
        }
    }

    pub(super) fn is_connected(&self) -> bool {
        self.phase == Phase::Connected
    }

    pub(super) fn is_idle(&self) -> bool {
        matches!(self.phase, Phase::Disconnected | Phase::Connected)
            && self.turn == Turn::Ours
            && !self.station.is_sending()
            && !self.poll_due
            && !self.wants_more()
            && !self.outgoing.is_under_way()
    }

    pub(super) fn connect(&mut self) {
        self.reconnects = 0;
        self.enter(Phase::Connecting);
    }

    pub(super) fn disconnect(&mut self) {
        self.enter(Phase::Disconnecting);
    }

    /// Begins a phase with nothing under way.
    fn enter(&mut self, phase: Phase) {
        self.station.reset(true);
        self.phase = phase;
        self.turn = Turn::Ours;
        self.attempts = 0;
        self.awaits_answer = false;
        self.poll_due = false;
        self.is_enquiry = false;
        self.is_reject_obeyed = false;
        self.refusal = None;
        self.is_fresh = true;
        self.echo.clear();
    }

    pub(super) fn send(
        &mut self,
        header: &[u8],
        message: &[u8],
        answer: Answer,
    ) -> Result<(), SendError> {
        if self.phase != Phase::Connected {
            return Err(SendError::NotConnected);
        }
        if self.awaits_answer || self.station.message().is_some() {
            return Err(SendError::Busy);
        }
        self.station.submit(header, message)?;
        self.awaits_answer = answer == Answer::Expected;
        self.is_fresh = true;
        Ok(())
    }

    pub(super) fn send_unnumbered(
        &mut self,
        destination: HdlcAddress,
        message: &[u8],
        poll: bool,
    ) -> Result<(), SendError> {
        self.outgoing.submit(destination, self.client, message, poll)
    }

    pub(super) fn poll(&mut self) {
        if self.phase == Phase::Connected && self.is_idle() {
            self.poll_due = true;
            self.is_fresh = true;
        }
    }

    pub(super) fn await_more(&mut self) {
        if self.phase == Phase::Connected {
            self.awaits_answer = true;
            self.is_fresh = true;
        }
    }

    /// Is the meter to be asked for more?
    pub(super) fn wants_more(&self) -> bool {
        self.awaits_answer
            || self.station.is_joining()
            || self.station.is_gap
            || (self.station.is_peer_busy && self.station.is_sending())
    }

    /// The link is no more.
    pub(super) fn lose(&mut self, why: Why) {
        self.enter(Phase::Disconnected);
        self.events.push(LinkEvent::Disconnected(why));
        if matches!(why, Why::NotConnected | Why::Rejected(_))
            && self.reconnects < self.config.reconnects
        {
            self.reconnects = self.reconnects.saturating_add(1);
            self.enter(Phase::Connecting);
        }
    }

    pub(super) fn connected(&mut self, theirs: LinkParameters) {
        self.enter(Phase::Connected);
        self.station.reset(self.config.keeps_numbers);
        self.station.parameters = self.config.parameters.agree(theirs);
        self.events.push(LinkEvent::Connected(self.station.parameters));
    }

    pub(super) fn handle_close(&mut self) {
        self.joined.drop_begun();
        // An order that waits to go out is kept.
        let is_waiting =
            matches!(self.phase, Phase::Connecting | Phase::Disconnecting) && self.is_fresh;
        if self.phase != Phase::Disconnected && !is_waiting {
            self.enter(Phase::Disconnected);
            self.events.push(LinkEvent::Disconnected(Why::Closed));
        }
    }

    /// Octets came, so that an answer may be under way.
    pub(super) fn extend_wait(&mut self, now: Instant) {
        if let Turn::Theirs { deadline, limit, .. } = &mut self.turn {
            *deadline = (now + self.config.octet_timeout).min(*limit).max(*deadline);
        }
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        match self.turn {
            Turn::Theirs { deadline, is_heard, .. } if deadline <= now => {
                self.timed_out(now, is_heard);
            }
            Turn::Pause(until) if until <= now => {
                self.turn = Turn::Ours;
                self.poll_due = self.phase == Phase::Connected && !self.station.has_next();
            }
            Turn::Ours if self.keep_alive_at().is_some_and(|at| at <= now) => self.poll(),
            _ => {}
        }
    }

    fn timed_out(&mut self, now: Instant, is_heard: bool) {
        self.turn = Turn::Ours;
        self.idle_at = now;
        self.is_reject_obeyed = false;
        let is_settled = self.station.numbers.is_settled();
        if self.phase == Phase::Connected && is_heard && is_settled && !self.wants_more() {
            // All that was wanted came, only the final bit did not.
            return;
        }
        self.attempts = self.attempts.saturating_add(1);
        if self.attempts > self.config.resends {
            let why = self.refusal.unwrap_or(Why::NoAnswer);
            return self.lose_for_good(why);
        }
        if self.phase != Phase::Connected {
            return;
        }
        if is_settled || self.config.recovery == Recovery::Poll {
            self.poll_due = true;
            self.is_enquiry = !is_settled;
        } else {
            self.station.numbers.go_back();
        }
    }

    /// The link is no more, and nobody is there who could set it up again.
    pub(super) fn lose_for_good(&mut self, why: Why) {
        self.reconnects = u8::MAX;
        self.lose(why);
    }

    fn keep_alive_at(&self) -> Option<Instant> {
        let idle = self.phase == Phase::Connected && self.is_idle();
        self.config.keep_alive.filter(|_| idle).map(|span| self.idle_at + span)
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let turn = match self.turn {
            Turn::Theirs { deadline, .. } => Some(deadline),
            Turn::Pause(until) => Some(until),
            Turn::Ours => self.keep_alive_at(),
        };
        [turn, self.silent_at].into_iter().flatten().min()
    }

    pub(super) fn transmit(&mut self, now: Instant, out: &mut impl Sink) -> Option<usize> {
        if self.turn != Turn::Ours {
            return None;
        }
        let field_len = usize::from(self.station.parameters.max_info_transmit);
        if self.events.has_room()
            && let Some((octets, is_last)) = self.outgoing.write_next(field_len, out)
        {
            if is_last {
                self.events.push(LinkEvent::Sent);
            }
            self.went_out(now, octets);
            return Some(octets);
        }
        let was_idle = core::mem::take(&mut self.is_fresh);
        let (octets, is_last) = match self.phase {
            Phase::Disconnected => return None,
            Phase::Connecting => (self.write_snrm(out), true),
            Phase::Disconnecting => (self.write_command(Command::Disc, &[], out), true),
            Phase::Connected if self.is_poll_due() => {
                self.poll_due = false;
                let command = self.station.supervisory();
                (self.write_command(command, &[], out), true)
            }
            Phase::Connected => {
                let recv_seq = self.station.numbers.expected();
                let send_seq = self.station.numbers.send_seq();
                let written = self.station.write_next(self.server, self.client, out)?;
                let command = Command::Information { send_seq, recv_seq };
                self.echo.remember(Control::new(command, written.is_last));
                if written.is_again {
                    self.counters.resent = self.counters.resent.saturating_add(1);
                }
                (written.octets, written.is_last)
            }
        };
        if was_idle {
            self.progress_at = now;
        }
        self.went_out(now, octets);
        if is_last {
            let deadline = self.line_free_at + self.config.response_timeout;
            let limit = deadline + self.config.reply_limit;
            self.turn = Turn::Theirs { deadline, limit, is_heard: false };
        }
        Some(octets)
    }

    /// Is it time for a supervisory frame? Also when a late answer did away with what was to go out
    /// again, and more is wanted.
    fn is_poll_due(&self) -> bool {
        self.poll_due || (self.wants_more() && !self.station.has_next())
    }

    fn went_out(&mut self, now: Instant, octets: usize) {
        self.counters.sent = self.counters.sent.saturating_add(1);
        let on_line = self.config.line.map_or(Duration::ZERO, |line| line.octets_time(octets));
        self.line_free_at = self.line_free_at.max(now) + on_line;
    }

    fn write_snrm(&mut self, out: &mut impl Sink) -> usize {
        let ours = self.config.parameters;
        let is_bare = match self.config.snrm {
            Snrm::Complete => false,
            Snrm::WhereNeeded => ours == LinkParameters::DEFAULT,
            Snrm::Bare => true,
        };
        let mut room = [0; PARAMETERS_LEN];
        let field = if is_bare { &[] } else { parameters_field(&ours, &mut room) };
        self.write_command(Command::Snrm, field, out)
    }

    fn write_command(&mut self, command: Command, field: &[u8], out: &mut impl Sink) -> usize {
        let control = Control::new(command, true);
        self.echo.clear();
        self.echo.remember(control);
        let frame = HdlcFrame::new(self.server, self.client, control);
        write(&frame.with_information(field).unwrap_or(frame), out)
    }
}

impl<S> Core<S> {
    pub(super) fn fmt_state(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientLink")
            .field("client", &self.client)
            .field("server", &self.server)
            .field("phase", &self.phase)
            .field("turn", &self.turn)
            .field("numbers", &self.station.numbers)
            .field("parameters", &self.station.parameters)
            .field("counters", &self.counters)
            .finish_non_exhaustive()
    }
}
