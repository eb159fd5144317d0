//! What a client makes of a frame.
//!
//! ```text
//!                connect                 UA                       disconnect
//!  Disconnected ---------> Connecting ---------> Connected ------------------> Disconnecting
//!       ^                    |   ^                |  FRMR, DM                       |
//!       |   never, refused   |   +---- at once ---+                                 | UA, DM,
//!       +--------------------+---------------------------------------------+-------+ never
//! ```

use gurux_framing::Wire;
use gurux_framing::hdlc::{Command, HdlcFrame, LinkParameters};
use gurux_media::Instant;

use super::core::{Core, Phase, Turn};
use crate::session::link::event::{LinkEvent, Why};
use crate::session::link::station::{Accepted, Acknowledged, is_same_station};
use crate::session::link::store::Store;
use crate::session::link::unnumbered::Heard;

/// What a frame says about what was asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum News {
    /// Something new.
    Progress,
    /// Nothing new, but it does answer.
    Answer,
    /// Perhaps it answers what was asked before.
    None,
}

impl<S: Store> Core<S> {
    pub(super) fn hear(&mut self, now: Instant, octets: &[u8]) {
        let Ok(frame) = HdlcFrame::open_proven(octets) else { return };
        if self.echo.knows(&frame, self.client, self.server) {
            self.counters.echoes = self.counters.echoes.saturating_add(1);
            return;
        }
        let command = frame.control.command();
        let is_unnumbered = command == Command::Ui;
        let is_ours =
            frame.destination == self.client || (is_unnumbered && frame.destination.is_broadcast());
        if !is_ours || !(is_unnumbered || is_same_station(frame.source, self.server)) {
            self.counters.foreign = self.counters.foreign.saturating_add(1);
            return;
        }
        if !self.events.has_room() {
            self.counters.refused = self.counters.refused.saturating_add(1);
            return;
        }
        self.counters.received = self.counters.received.saturating_add(1);
        match (self.phase, command) {
            (_, Command::Ui) => match self.joined.accept(&frame) {
                Heard::Segment => {}
                Heard::Whole(event) => self.events.push(event),
                Heard::Lost => {
                    self.counters.unnumbered_lost = self.counters.unnumbered_lost.saturating_add(1);
                }
            },
            (Phase::Connecting, Command::Ua) => {
                let theirs = LinkParameters::from_bytes(frame.information());
                self.idle_at = now;
                self.connected(theirs.unwrap_or_default());
            }
            // It may be a late one, to DISC or to what came before; so SNRM is tried again.
            (Phase::Connecting, Command::Dm) => self.put_off(now, Why::Refused),
            (Phase::Connecting, Command::Frmr) => {
                self.put_off(now, Why::rejected(frame.information()));
            }
            (Phase::Disconnecting, Command::Ua | Command::Dm) => {
                self.lose_for_good(Why::Requested);
            }
            (Phase::Connected, Command::Dm) => self.lose(Why::NotConnected),
            (Phase::Connected, Command::Frmr) => self.lose(Why::rejected(frame.information())),
            (Phase::Connected, Command::Information { send_seq, recv_seq }) => {
                self.hear_information(now, send_seq, recv_seq, &frame);
            }
            (
                Phase::Connected,
                Command::ReceiveReady(recv_seq)
                | Command::ReceiveNotReady(recv_seq)
                | Command::Reject(recv_seq),
            ) => self.hear_supervisory(now, command, recv_seq, &frame),
            _ => self.late(),
        }
    }

    fn late(&mut self) {
        self.counters.late = self.counters.late.saturating_add(1);
    }

    /// SNRM was refused: it goes out again after a while, as often as if nobody had answered.
    fn put_off(&mut self, now: Instant, why: Why) {
        self.refusal = Some(why);
        self.attempts = self.attempts.saturating_add(1);
        if self.attempts > self.config.resends {
            return self.lose_for_good(why);
        }
        self.turn = Turn::Pause(now + self.config.poll_interval);
    }

    /// Takes N(R); `None` if it is none of this connection.
    fn acknowledged(&mut self, recv_seq: u8) -> Option<News> {
        let Some(acknowledged) = self.station.acknowledge(recv_seq) else {
            self.late();
            return None;
        };
        if acknowledged == Acknowledged::Message {
            self.events.push(LinkEvent::Acknowledged);
        }
        Some(if acknowledged == Acknowledged::Nothing { News::None } else { News::Progress })
    }

    fn hear_information(
        &mut self,
        now: Instant,
        send_seq: u8,
        recv_seq: u8,
        frame: &HdlcFrame<'_>,
    ) {
        let Some(mut news) = self.acknowledged(recv_seq) else { return };
        match self.station.accept(send_seq, frame) {
            Accepted::Segment => news = News::Progress,
            Accepted::Message(octets) => {
                news = News::Progress;
                self.awaits_answer &= self.station.is_sending();
                self.events.push(LinkEvent::Message { octets });
            }
            Accepted::TooLong(octets) => {
                news = News::Progress;
                self.awaits_answer = false;
                self.events.push(LinkEvent::TooLong { octets });
            }
            Accepted::Again => self.late(),
            Accepted::Gap => {
                self.counters.gaps = self.counters.gaps.saturating_add(1);
                news = news.or_answer();
            }
            Accepted::Refused => {
                self.counters.refused = self.counters.refused.saturating_add(1);
                news = news.or_answer();
            }
        }
        self.conclude(now, frame.control.poll(), news);
    }

    fn hear_supervisory(
        &mut self,
        now: Instant,
        command: Command,
        recv_seq: u8,
        frame: &HdlcFrame<'_>,
    ) {
        let Some(mut news) = self.acknowledged(recv_seq) else { return };
        let was_busy = core::mem::replace(
            &mut self.station.is_peer_busy,
            matches!(command, Command::ReceiveNotReady(_)),
        );
        let is_reject = matches!(command, Command::Reject(_));
        if is_reject && !self.is_reject_obeyed {
            self.is_reject_obeyed = true;
            news = news.or_answer();
        } else if self.station.numbers.is_settled()
            || self.station.is_peer_busy
            || was_busy
            || (self.is_enquiry && !is_reject)
        {
            news = news.or_answer();
        }
        self.conclude(now, frame.control.poll(), news);
    }

    /// A frame of the meter's was taken. With its final bit the turn comes back to us.
    fn conclude(&mut self, now: Instant, is_final: bool, news: News) {
        if news == News::None {
            if is_final {
                // Nothing in it is new: the answer to what was sent twice, or a copy. What was asked
                // last is still to be answered; to send again for this would double every answer.
                self.late();
            }
            return;
        }
        if news == News::Progress {
            self.progress_at = now;
            self.reconnects = 0;
            self.is_reject_obeyed = false;
        }
        let Turn::Theirs { deadline, is_heard, .. } = &mut self.turn else { return };
        if !is_final {
            *is_heard = true;
            *deadline = (now + self.config.response_timeout).max(*deadline);
            return;
        }
        self.attempts = 0;
        self.is_enquiry = false;
        self.idle_at = now;
        self.turn = Turn::Ours;
        // What was sent before the poll and is not acknowledged did not arrive.
        self.station.numbers.go_back();
        if self.station.has_next() && news == News::Progress || !self.is_wanting() {
            return;
        }
        if now.since(self.progress_at) >= self.config.answer_timeout {
            return self.give_up();
        }
        if self.station.has_next() {
            return;
        }
        if news == News::Progress && self.station.is_joining() || self.station.is_gap {
            self.poll_due = true;
        } else {
            // It has nothing yet.
            self.turn = Turn::Pause(now + self.config.poll_interval);
        }
    }

    /// Is anything under way that the meter has to do with?
    fn is_wanting(&self) -> bool {
        self.station.is_sending() || self.wants_more()
    }

    /// The meter answers, and what is wanted does not come.
    fn give_up(&mut self) {
        if self.station.is_sending() || self.station.is_joining() || self.station.is_gap {
            return self.lose_for_good(Why::Stuck);
        }
        self.awaits_answer = false;
        self.events.push(LinkEvent::Unanswered);
    }
}

impl News {
    fn or_answer(self) -> Self {
        if self == Self::None { Self::Answer } else { self }
    }
}
