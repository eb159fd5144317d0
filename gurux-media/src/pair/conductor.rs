//! [`Conductor`]: two sessions over a pair, stepped from one wake-up to the next.

use std::vec::Vec;

use crate::drive::{Crank, Turn};
use crate::pair::PairEnd;
use crate::{Instant, Media, MediaError, MediaState, Session};

/// What [`Conductor::run`] came back with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Conducted<A, B> {
    /// The session at the first end tells something.
    A(A),
    /// The session at the second end tells something.
    B(B),
    /// The moment asked for has come.
    Deadline,
    /// Neither side will ever move again: nothing is on the line, and no timer runs.
    Quiet,
}

/// Runs two sessions over a [`pair`](crate::pair::pair()) in one thread.
///
/// Each step goes to the next moment at which anything happens: an octet arrives, a timer is due,
/// a line is silent for long enough. Sending does not hold the clock up, so each side sees each
/// octet when it arrives; a run of hours takes milliseconds and is the same each time.
#[derive(Debug)]
pub struct Conductor<A, B> {
    /// The session at the first end.
    pub a: A,
    /// The session at the second end.
    pub b: B,
    end_a: Player,
    end_b: Player,
}

impl<A: Session, B: Session> Conductor<A, B> {
    /// `a` at the first end, `b` at the second.
    pub fn new(a: A, b: B, (end_a, end_b): (PairEnd, PairEnd)) -> Self {
        Self { a, b, end_a: Player::new(end_a), end_b: Player::new(end_b) }
    }

    /// The present moment on the line.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.end_a.end.now()
    }

    /// The two ends of the line, to look at or to close one.
    pub fn ends(&mut self) -> (&mut PairEnd, &mut PairEnd) {
        (&mut self.end_a.end, &mut self.end_b.end)
    }

    /// Runs both sessions until one has something to tell, or `until`.
    ///
    /// # Errors
    /// What an end of the line reports; that end is then closed.
    pub fn run(&mut self, until: Instant) -> Result<Conducted<A::Event, B::Event>, MediaError> {
        loop {
            let wake_a = match self.end_a.play(&mut self.a)? {
                Played::Event(event) => return Ok(Conducted::A(event)),
                Played::Until(wake_at) => wake_at,
            };
            let wake_b = match self.end_b.play(&mut self.b)? {
                Played::Event(event) => return Ok(Conducted::B(event)),
                Played::Until(wake_at) => wake_at,
            };
            let now = self.now();
            // The second end may have sent to the first, which was looked at before.
            let arrivals = [self.end_a.end.next_arrival(), self.end_b.end.next_arrival()];
            let wake_at = arrivals.into_iter().flatten().fold(wake_a.min(wake_b), Instant::min);
            if wake_at <= now {
                continue;
            }
            if until <= now {
                return Ok(Conducted::Deadline);
            }
            if wake_at == Instant::FAR_FUTURE && until == Instant::FAR_FUTURE {
                return Ok(Conducted::Quiet);
            }
            self.end_a.end.advance_to(wake_at.min(until));
        }
    }
}

/// A session's end of the line, and how far its crank is turned.
#[derive(Debug)]
pub(super) struct Player {
    pub(super) end: PairEnd,
    crank: Crank,
    input: Vec<u8>,
}

/// What a session did with the present moment.
pub(super) enum Played<E> {
    /// It tells something.
    Event(E),
    /// It did all that is due; by itself it moves again at this moment.
    Until(Instant),
}

impl Player {
    pub(super) fn new(end: PairEnd) -> Self {
        Self { end, crank: Crank::default(), input: std::vec![0; 65_535] }
    }

    /// Lets the session do all that is due now, without letting time pass.
    pub(super) fn play<S: Session>(
        &mut self,
        session: &mut S,
    ) -> Result<Played<S::Event>, MediaError> {
        loop {
            let now = self.end.now();
            match (self.crank.is_open(), self.end.state() == MediaState::Open) {
                (false, true) => self.crank.opened(session, now),
                (true, false) => self.crank.closed(session, now),
                _ => {}
            }
            // What arrived at this very moment comes before what the moment makes due.
            if self.crank.is_open() {
                match self.end.receive(&mut self.input, Instant::ZERO) {
                    Ok(0) => {}
                    Ok(count) => {
                        let octets = self.input.get(..count).unwrap_or_default();
                        self.crank.received(session, now, octets);
                        continue;
                    }
                    Err(error) => {
                        self.fail(session, error)?;
                        continue;
                    }
                }
            }
            match self.crank.turn(session, now) {
                Turn::Event(event) => return Ok(Played::Event(event)),
                Turn::Closed => return Ok(Played::Until(Instant::FAR_FUTURE)),
                Turn::Line(line) => self.end.reconfigure(&line)?,
                Turn::Send => match self.end.post(self.crank.message()) {
                    Ok(done_at) => self.crank.sent(done_at),
                    Err(error) => self.fail(session, error)?,
                },
                Turn::Wait(wake_at) => return Ok(Played::Until(wake_at)),
            }
        }
    }

    /// A peer that hung up is news for the session, not a fault of the line.
    fn fail<S: Session>(&mut self, session: &mut S, error: MediaError) -> Result<(), MediaError> {
        self.end.close();
        self.crank.closed(session, self.end.now());
        if matches!(error, MediaError::Closed) { Ok(()) } else { Err(error) }
    }
}
