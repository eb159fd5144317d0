//! [`Crank`]: the order of a session's verbs, without any I/O. Every loop of this crate turns it.

use core::time::Duration;

use bytes::BytesMut;

use crate::{Instant, LineSettings, Session, Transmit};

/// How long a timer that stays due after `handle_timeout` is left alone. Only a faulty session
/// does that; it must not make the loop spin.
const STUCK_TIMER_PAUSE: Duration = Duration::from_millis(1);

/// What the owner of the medium does next.
pub(crate) enum Turn<E> {
    /// Tell the caller.
    Event(E),
    /// Send [`Crank::message`], then call [`Crank::sent`].
    Send,
    /// Switch the line.
    Line(LineSettings),
    /// Wait for octets until this moment at the latest, then turn again.
    Wait(Instant),
    /// The channel is not open and nothing is left to tell.
    Closed,
}

/// What has to be remembered between the turns.
#[derive(Debug, Default)]
pub(crate) struct Crank {
    open: bool,
    /// The message that `waiting` speaks of.
    out: BytesMut,
    /// A message that the session has handed over and that is not sent yet.
    waiting: Option<Transmit>,
    /// The settings that hold from a moment on: when the last octet is out.
    switch: Option<(Instant, LineSettings)>,
    /// Since when the line is silent; in the future while octets of ours are on it.
    silent_since: Instant,
    /// Until when a stuck timer is left alone.
    timer_paused_until: Instant,
}

impl Crank {
    pub(crate) fn is_open(&self) -> bool {
        self.open
    }

    /// When the last octet came or went, or will have gone.
    pub(crate) fn active_at(&self) -> Instant {
        self.silent_since
    }

    /// When the session's own timer wants to be served.
    pub(crate) fn timer<S: Session>(&self, session: &S) -> Instant {
        let timer = session.poll_timeout().map(|at| at.max(self.timer_paused_until));
        timer.unwrap_or(Instant::FAR_FUTURE)
    }

    /// The medium opened. The silence before the first message counts from here.
    pub(crate) fn opened<S: Session>(&mut self, session: &mut S, now: Instant) {
        self.open = true;
        self.silent_since = now;
        session.handle_open(now);
    }

    /// The medium closed. A message that was handed over but not sent is lost with it; the
    /// session knows that what was in flight failed.
    pub(crate) fn closed<S: Session>(&mut self, session: &mut S, now: Instant) {
        if self.open {
            self.open = false;
            self.out.clear();
            self.waiting = None;
            self.switch = None;
            session.handle_close(now);
        }
    }

    pub(crate) fn received<S: Session>(&mut self, session: &mut S, now: Instant, octets: &[u8]) {
        self.silent_since = self.silent_since.max(now);
        session.handle_input(now, octets);
    }

    /// The message to send at [`Turn::Send`].
    pub(crate) fn message(&self) -> &[u8] {
        &self.out
    }

    /// The message is on its way; its last octet leaves at `done_at`.
    pub(crate) fn sent(&mut self, done_at: Instant) {
        self.out.clear();
        self.silent_since = self.silent_since.max(done_at);
        if let Some(line) = self.waiting.take().and_then(|transmit| transmit.then_line) {
            self.switch = Some((done_at, line));
        }
    }

    /// Turns once.
    pub(crate) fn turn<S: Session>(&mut self, session: &mut S, now: Instant) -> Turn<S::Event> {
        // Before all else, since the answer already comes at the new speed.
        if let Some((_, line)) = self.switch.take_if(|(at, _)| *at <= now) {
            return Turn::Line(line);
        }
        if let Some(event) = session.poll_event() {
            return Turn::Event(event);
        }
        if !self.open {
            return Turn::Closed;
        }
        if self.timer_is_due(session, now) {
            session.handle_timeout(now);
            if self.timer_is_due(session, now) {
                self.timer_paused_until = now + STUCK_TIMER_PAUSE;
            }
        }
        let wake_at = match self.line_work(session, now) {
            Ok(turn) => return turn,
            Err(wake_at) => wake_at,
        };
        // Both `handle_timeout` and `poll_transmit` may have found something to tell.
        if let Some(event) = session.poll_event() {
            return Turn::Event(event);
        }
        Turn::Wait(wake_at.min(self.timer(session)))
    }

    fn timer_is_due<S: Session>(&self, session: &S, now: Instant) -> bool {
        now >= self.timer_paused_until && session.poll_timeout().is_some_and(|at| at <= now)
    }

    /// What the line is due to do now, or the moment at which there may be something.
    fn line_work<S: Session>(
        &mut self,
        session: &mut S,
        now: Instant,
    ) -> Result<Turn<S::Event>, Instant> {
        if let Some((at, _)) = self.switch {
            return Err(at);
        }
        if self.waiting.is_none() {
            self.waiting = session.poll_transmit(now, &mut self.out);
        }
        match &self.waiting {
            None => Err(Instant::FAR_FUTURE),
            Some(transmit) => {
                let silent_at = self.silent_since + transmit.silence_before;
                if now >= silent_at { Ok(Turn::Send) } else { Err(silent_at) }
            }
        }
    }
}
