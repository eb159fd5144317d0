//! [`Session`]: the verbs of every conversation in the stack, client or meter.
//!
//! A session is a state machine without a clock, a socket or a thread. Whoever owns those turns
//! the crank:
//!
//! 1. tell it what happened: [`handle_open`](Session::handle_open),
//!    [`handle_input`](Session::handle_input), [`handle_timeout`](Session::handle_timeout),
//!    [`handle_close`](Session::handle_close);
//! 2. send what it wants sent: [`poll_transmit`](Session::poll_transmit) until it says `None`;
//! 3. take what it found: [`poll_event`](Session::poll_event) until it says `None`;
//! 4. sleep until octets come or [`poll_timeout`](Session::poll_timeout) is reached; go to 1.
//!
//! [`drive`](crate::drive) is this loop, written once. Any order of calls is legal, and a call too
//! many does nothing.

use core::time::Duration;

use bytes::BytesMut;

use crate::{Instant, LineSettings};

/// What a session wants done with the octets that it has just written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Transmit {
    /// How many octets were appended to the caller's buffer.
    pub octets: usize,
    /// The line must have been silent for this long before the first octet (Modbus T3.5, a
    /// turnaround of a converter). Zero where the session has seen to it itself.
    pub silence_before: Duration,
    /// Switch the line to these settings when the last octet is out (IEC 62056-21 sign-on).
    pub then_line: Option<LineSettings>,
}

impl Transmit {
    /// `octets` were appended; send them at once.
    #[must_use]
    pub const fn now(octets: usize) -> Self {
        Self { octets, silence_before: Duration::ZERO, then_line: None }
    }
}

/// One side of a conversation, as a pure state machine: same inputs and same `now`, same outputs.
pub trait Session {
    /// What the session tells its owner: readings, replies, failures, notices.
    type Event;

    /// The medium opened (or opened again). Clears what was received of a half frame and starts
    /// the pause after connecting, where there is one. Sessions that do not care ignore it.
    fn handle_open(&mut self, now: Instant) {
        let _ = now;
    }

    /// Octets came in: any number, cut anywhere. For a datagram medium, one datagram.
    fn handle_input(&mut self, now: Instant, octets: &[u8]);

    /// Time passed. Does nothing before [`poll_timeout`](Self::poll_timeout).
    fn handle_timeout(&mut self, now: Instant);

    /// The medium closed. What was in flight fails with a stated reason; what waits to be sent
    /// is kept.
    fn handle_close(&mut self, now: Instant) {
        let _ = now;
    }

    /// Appends the next message to `out`, if there is one to send now.
    ///
    /// The answer may change after any other call on the session, and after time passed
    /// [`poll_timeout`](Self::poll_timeout). Call until `None`.
    fn poll_transmit(&mut self, now: Instant, out: &mut BytesMut) -> Option<Transmit>;

    /// When [`handle_timeout`](Self::handle_timeout) wants to be called at the latest; `None` if
    /// only input or a new order can move the session.
    fn poll_timeout(&self) -> Option<Instant>;

    /// The next thing to tell. Call until `None`.
    fn poll_event(&mut self) -> Option<Self::Event>;
}
