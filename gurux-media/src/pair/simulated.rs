//! [`Simulated`]: a medium with a session at its far end.

use std::vec::Vec;

use crate::pair::PairEnd;
use crate::pair::conductor::{Played, Player};
use crate::{Instant, LineSettings, Media, MediaError, MediaState, Session};

/// The near end of a [`pair`](crate::pair::pair()) whose far end is played by a session: a meter
/// that needs no thread and no socket, for any blocking client.
///
/// The far session moves while the near side waits in [`Media::receive`].
#[derive(Debug)]
pub struct Simulated<S: Session> {
    near: PairEnd,
    far: Player,
    session: S,
    events: Vec<S::Event>,
}

impl<S: Session> Simulated<S> {
    /// `session` plays the far end.
    pub fn new(near: PairEnd, far: PairEnd, session: S) -> Self {
        Self { near, far: Player::new(far), session, events: Vec::new() }
    }

    /// The session at the far end.
    pub fn session(&mut self) -> &mut S {
        &mut self.session
    }

    /// What the far session told so far; it is told once.
    pub fn take_events(&mut self) -> Vec<S::Event> {
        core::mem::take(&mut self.events)
    }

    /// Lets the far side do all that is due; when it moves again by itself.
    fn play_far(&mut self) -> Result<Instant, MediaError> {
        loop {
            match self.far.play(&mut self.session)? {
                Played::Event(event) => self.events.push(event),
                Played::Until(wake_at) => return Ok(wake_at),
            }
        }
    }
}

impl<S: Session> Media for Simulated<S> {
    /// Opens both ends, so that a client may hang up and dial again.
    fn open(&mut self) -> Result<(), MediaError> {
        self.near.open()?;
        self.far.end.open()
    }

    fn close(&mut self) {
        self.near.close();
    }

    fn state(&self) -> MediaState {
        self.near.state()
    }

    fn send(&mut self, octets: &[u8]) -> Result<(), MediaError> {
        self.near.send(octets)
    }

    fn receive(&mut self, buf: &mut [u8], deadline: Instant) -> Result<usize, MediaError> {
        loop {
            let far_wakes_at = self.play_far()?;
            let now = self.near.now();
            let arrivals = [self.near.next_arrival(), self.far.end.next_arrival()];
            let wake_at = arrivals.into_iter().flatten().fold(far_wakes_at, Instant::min);
            let near_has_some = self.near.next_arrival().is_some_and(|at| at <= now);
            if near_has_some || deadline <= now || wake_at == Instant::FAR_FUTURE {
                return self.near.receive(buf, deadline);
            }
            self.near.advance_to(wake_at.min(deadline));
        }
    }

    fn reconfigure(&mut self, line: &LineSettings) -> Result<(), MediaError> {
        self.near.reconfigure(line)
    }

    fn name(&self) -> &str {
        self.near.name()
    }

    fn kind(&self) -> &'static str {
        self.near.kind()
    }

    fn now(&self) -> Instant {
        self.near.now()
    }

    fn is_datagram(&self) -> bool {
        self.near.is_datagram()
    }
}
