//! [`Serving`]: the meter's side of a protocol's own session, as a meter's session.

use core::fmt;

use gurux_media::bytes::BytesMut;
use gurux_media::{Instant, Session, Transmit};

use crate::driver::{MeterEvent, MeterSession};

/// A session of a protocol whose events are told as a meter's; all else is the session's own.
pub(crate) struct Serving<S: Session> {
    pub(crate) session: S,
    pub(crate) tell: fn(S::Event) -> MeterEvent,
    pub(crate) lies_over_others: bool,
}

impl<S: Session + fmt::Debug> fmt::Debug for Serving<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Serving").field(&self.session).finish()
    }
}

impl<S: Session + Send> MeterSession for Serving<S> {
    fn lies_over_others(&self) -> bool {
        self.lies_over_others
    }
}

impl<S: Session> Session for Serving<S> {
    type Event = MeterEvent;

    fn handle_open(&mut self, now: Instant) {
        self.session.handle_open(now);
    }

    fn handle_input(&mut self, now: Instant, octets: &[u8]) {
        self.session.handle_input(now, octets);
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.session.handle_timeout(now);
    }

    fn handle_close(&mut self, now: Instant) {
        self.session.handle_close(now);
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut BytesMut) -> Option<Transmit> {
        self.session.poll_transmit(now, out)
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.session.poll_timeout()
    }

    fn poll_event(&mut self) -> Option<MeterEvent> {
        self.session.poll_event().map(self.tell)
    }
}
