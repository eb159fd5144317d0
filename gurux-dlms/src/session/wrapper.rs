//! [`WrapperLink`]: the wrapper of TCP and UDP with the verbs of a link, for either side.

use core::fmt;
use core::time::Duration;

use gurux_framing::{Sink, Wire, WireError, WireErrorKind};
use gurux_media::Instant;

use super::link::{Answer, SendError, Store};
use crate::carrier::Wrapper;

/// How a [`WrapperLink`] behaves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct WrapperConfig {
    /// The wPort of this side: of a client 1 to 255, 16 the public one; of a logical device from 1 on.
    pub own: u16,
    /// The wPort of the other side; of a meter 0: it answers whoever asks.
    pub peer: u16,
    /// Each [`handle_input`](WrapperLink::handle_input) is one whole datagram: UDP. Datagrams may overtake
    /// each other: an answer to short names has no number, and a general block none of its message, so that a
    /// late one is told from the right one only where messages are authenticated.
    pub is_datagram: bool,
    /// The wait for an answer, anew with each piece of it.
    pub response_timeout: Duration,
    /// An answer that comes in drops is waited for no longer than this.
    pub reply_limit: Duration,
}

impl Default for WrapperConfig {
    fn default() -> Self {
        Self {
            own: 16,
            peer: 1,
            is_datagram: false,
            response_timeout: Duration::from_secs(10),
            reply_limit: Duration::from_secs(60),
        }
    }
}

/// What a [`WrapperLink`] tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WrapperEvent {
    /// A message came. It waits until it is released; those behind it wait in the line.
    Message {
        /// How many octets it has.
        octets: usize,
    },
    /// A message came that is longer than the store; it is dropped.
    TooLong {
        /// How many octets it has.
        octets: usize,
    },
    /// The answer that was expected did not come in time.
    Unanswered,
    /// Octets that belong to no message, or to one between others.
    Dropped {
        /// How many.
        octets: usize,
        /// What is wrong with the first of them, which is octet 0.
        why: WireError,
    },
}

/// The wrapper as a link: a header of eight octets, and no acknowledgement of its own. Nothing is sent
/// again by it: TCP does that, and over UDP whoever asks.
///
/// ```
/// use gurux_dlms::session::link::{Answer, Owned};
/// use gurux_dlms::session::{WrapperConfig, WrapperEvent, WrapperLink};
/// use gurux_media::Instant;
///
/// let config = WrapperConfig::default();
/// let mut link = WrapperLink::new(config, Owned::new(1024), Owned::new(1024));
/// link.send(&[0xC0, 0x01], Answer::Expected)?;
/// let (now, mut out) = (Instant::ZERO, Vec::new());
/// link.transmit(now, &mut out);
/// assert_eq!(out, [0, 1, 0, 16, 0, 1, 0, 2, 0xC0, 0x01]);
/// link.handle_input(now, &[0, 1, 0, 1, 0, 16, 0, 2, 0xC4, 0x01]);
/// assert_eq!(link.poll_event(), Some(WrapperEvent::Message { octets: 2 }));
/// assert_eq!(link.message(), Some(&[0xC4, 0x01][..]));
/// # Ok::<(), gurux_dlms::session::link::SendError>(())
/// ```
#[derive(Clone)]
pub struct WrapperLink<S> {
    config: WrapperConfig,
    /// Octets that came: the message that waits, if there is one, and what is behind it.
    line: S,
    /// How many octets the message that waits has, without its header.
    ready: Option<usize>,
    /// Was it told?
    is_told: bool,
    /// So many octets to come belong to a message that is too long.
    skipped: usize,
    /// Who sent the message that came last.
    caller: u16,
    /// Who what is sent goes to.
    sent_to: u16,
    sent: S,
    is_due: bool,
    awaits: Option<Answer>,
    deadline: Option<(Instant, Instant)>,
    event: Option<WrapperEvent>,
    noise: Option<(usize, WireError)>,
}

const HEADER_LEN: usize = 8;

impl<S: Store> WrapperLink<S> {
    /// A link at rest. `line` holds what comes, header and message, and bounds it; `sent` what goes.
    #[must_use]
    pub const fn new(config: WrapperConfig, line: S, sent: S) -> Self {
        Self {
            config,
            line,
            ready: None,
            is_told: false,
            skipped: 0,
            caller: config.peer,
            sent_to: config.peer,
            sent,
            is_due: false,
            awaits: None,
            deadline: None,
            event: None,
            noise: None,
        }
    }

    /// Sends a message.
    ///
    /// # Errors
    /// [`SendError::Busy`] while one waits to go out, an answer is awaited or a message is not
    /// released; [`SendError::Length`] for one that does not fit.
    pub fn send(&mut self, message: &[u8], answer: Answer) -> Result<(), SendError> {
        let peer = if self.config.peer == 0 { self.caller } else { self.config.peer };
        self.send_to(peer, message, answer)
    }

    /// Sends a message to this wPort: of a meter, that answers whoever asks.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn send_to(&mut self, peer: u16, message: &[u8], answer: Answer) -> Result<(), SendError> {
        if self.is_due || self.deadline.is_some() || self.message().is_some() {
            return Err(SendError::Busy);
        }
        self.sent.clear();
        let max = self.sent.max_len().min(usize::from(u16::MAX));
        if message.is_empty() || message.len() > max || !self.sent.append(message) {
            return Err(SendError::Length { max });
        }
        self.is_due = true;
        self.sent_to = peer;
        self.awaits = Some(answer);
        Ok(())
    }

    /// Sends the last message once more, octet for octet; nothing if there is none.
    pub fn resend(&mut self) {
        self.is_due = !self.sent.octets().is_empty();
        self.deadline = None;
    }

    /// What was sent is done with: no answer is awaited, and it cannot be sent again.
    pub fn settle(&mut self) {
        self.deadline = None;
        self.is_due = false;
        self.sent.clear();
    }

    /// The message that came, until it is released.
    #[must_use]
    pub fn message(&self) -> Option<&[u8]> {
        let len = self.ready.filter(|_| self.is_told)?;
        self.line.octets().get(HEADER_LEN..)?.get(..len)
    }

    /// The same, to be changed in place.
    pub fn message_mut(&mut self) -> Option<&mut [u8]> {
        let len = self.ready.filter(|_| self.is_told)?;
        self.line.octets_mut().get_mut(HEADER_LEN..)?.get_mut(..len)
    }

    /// The message that came is done with.
    pub fn release(&mut self) {
        if let Some(len) = self.ready.filter(|_| self.is_told) {
            self.ready = None;
            self.line.drop_front(len.saturating_add(HEADER_LEN));
            if self.line.octets().is_empty() {
                self.line.clear();
            }
            self.look();
        }
    }

    /// Is nothing under way?
    #[must_use]
    pub const fn is_idle(&self) -> bool {
        !self.is_due && self.deadline.is_none() && self.ready.is_none()
    }

    /// The wPort from which the last message came.
    #[must_use]
    pub const fn caller(&self) -> u16 {
        self.caller
    }

    /// How it behaves.
    #[must_use]
    pub const fn config(&self) -> &WrapperConfig {
        &self.config
    }

    /// Another pair of wPorts, for what is sent and heard from now on.
    pub const fn set_ports(&mut self, own: u16, peer: u16) {
        self.config.own = own;
        self.config.peer = peer;
        self.sent_to = peer;
    }

    /// Octets came in: of a stream any number, cut anywhere; of datagrams one whole.
    pub fn handle_input(&mut self, now: Instant, mut octets: &[u8]) {
        if self.config.is_datagram {
            self.skipped = 0;
            if self.ready.is_some() {
                // Of datagrams one waits at a time.
                return self
                    .drop_noise(octets.len(), WireErrorKind::Expected("room for a message"));
            }
        }
        if let Some((deadline, limit)) = &mut self.deadline {
            *deadline = (now + self.config.response_timeout).min(*limit).max(*deadline);
        }
        while !octets.is_empty() {
            let skipped = self.skipped.min(octets.len());
            self.skipped = self.skipped.saturating_sub(skipped);
            octets = octets.get(skipped..).unwrap_or_default();
            let room = self.line.max_len().saturating_sub(self.line.octets().len());
            let (taken, rest) = octets.split_at_checked(room).unwrap_or((octets, &[]));
            if taken.is_empty() && !octets.is_empty() {
                // One message waits, and those behind it fill the store.
                return self
                    .drop_noise(octets.len(), WireErrorKind::Expected("room for a message"));
            }
            self.line.append(taken);
            octets = rest;
            self.look();
        }
        if self.config.is_datagram && self.ready.is_none() && !self.line.octets().is_empty() {
            let (needed, available) = (HEADER_LEN, self.line.octets().len());
            self.drop_noise(available, WireErrorKind::Truncated { needed, available });
            self.line.clear();
        }
    }

    /// Looks for a message at the front of the line.
    fn look(&mut self) {
        while self.ready.is_none() {
            let octets = self.line.octets();
            let is_begun = octets.iter().zip([0, 1]).all(|(found, version)| *found == version);
            if !is_begun {
                // The next octet that can begin one.
                let next = octets.iter().skip(1).position(|octet| *octet == 0);
                let noise = next.map_or(octets.len(), |at| at.saturating_add(1));
                let found = octets.iter().copied().find(|octet| *octet != 0).unwrap_or_default();
                self.drop_noise(noise, WireErrorKind::Code(found.into()));
                self.line.drop_front(noise);
                continue;
            }
            let Some((header, _)) = octets.split_first_chunk::<HEADER_LEN>() else { return };
            let [_, _, a, b, c, d, e, f] = *header;
            let ports = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
            let len = usize::from(u16::from_be_bytes([e, f]));
            let whole = len.saturating_add(HEADER_LEN);
            let available = octets.len();
            let is_ours = ports.1 == self.config.own
                && (self.config.peer == 0 || ports.0 == self.config.peer);
            if whole > self.line.max_len() {
                self.skipped = whole.saturating_sub(available);
                self.line.clear();
                if is_ours && self.event.is_none() {
                    self.settled_by_answer();
                    self.event = Some(WrapperEvent::TooLong { octets: len });
                }
                return;
            }
            if available < whole {
                return;
            }
            if is_ours {
                self.ready = Some(len);
                self.is_told = false;
                self.caller = ports.0;
                return;
            }
            let other = if ports.0 == self.config.peer { ports.1 } else { ports.0 };
            self.drop_noise(whole, WireErrorKind::Code(other.into()));
            self.line.drop_front(whole);
        }
    }

    fn drop_noise(&mut self, octets: usize, kind: WireErrorKind) {
        if octets > 0 {
            let (count, _) = self.noise.get_or_insert((0, WireError::new(0, "wrapper", kind)));
            *count = count.saturating_add(octets);
        }
    }

    fn settled_by_answer(&mut self) {
        self.deadline = None;
    }

    /// Time passed.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.deadline.is_some_and(|(at, _)| at <= now) && self.event.is_none() {
            self.deadline = None;
            self.event = Some(WrapperEvent::Unanswered);
        }
    }

    /// The medium closed: all that was under way is lost.
    pub fn handle_close(&mut self) {
        self.line.clear();
        self.ready = None;
        self.skipped = 0;
        self.event = None;
        self.settle();
    }

    /// Writes the next message with its header, if there is one; how many octets it has.
    pub fn transmit(&mut self, now: Instant, out: &mut impl Sink) -> Option<usize> {
        if !core::mem::take(&mut self.is_due) {
            return None;
        }
        let message = Wrapper::new(self.config.own, self.sent_to, self.sent.octets()).ok()?;
        message.emit(out);
        if self.awaits == Some(Answer::Expected) {
            let deadline = now + self.config.response_timeout;
            self.deadline = Some((deadline, deadline + self.config.reply_limit));
        }
        Some(message.wire_len())
    }

    /// When [`handle_timeout`](Self::handle_timeout) wants to be called at the latest.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.deadline.map(|(at, _)| at)
    }

    /// The next thing to tell.
    pub fn poll_event(&mut self) -> Option<WrapperEvent> {
        if let Some(event) = self.event.take() {
            return Some(event);
        }
        if let Some(octets) = self.ready.filter(|_| !self.is_told) {
            self.is_told = true;
            self.settled_by_answer();
            return Some(WrapperEvent::Message { octets });
        }
        let (octets, why) = self.noise.take()?;
        Some(WrapperEvent::Dropped { octets, why })
    }

    /// What came was not the answer: it is waited for further.
    pub fn await_more(&mut self, now: Instant) {
        let deadline = now + self.config.response_timeout;
        self.deadline = Some((deadline, deadline + self.config.reply_limit));
    }
}

impl<S> fmt::Debug for WrapperLink<S> {
    /// Without the octets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WrapperLink")
            .field("config", &self.config)
            .field("ready", &self.ready)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[cfg(feature = "alloc")]
mod tests {
    use std::vec;
    use std::vec::Vec;

    use super::*;
    use crate::session::link::Owned;

    const ANSWER: [u8; 10] = [0, 1, 0, 1, 0, 16, 0, 2, 0xC4, 0x01];

    fn link(room: usize) -> WrapperLink<Owned> {
        WrapperLink::new(WrapperConfig::default(), Owned::new(room), Owned::new(64))
    }

    fn told(link: &mut WrapperLink<Owned>) -> Vec<WrapperEvent> {
        let mut events = Vec::new();
        while let Some(event) = link.poll_event() {
            if let WrapperEvent::Message { .. } = event {
                assert_eq!(link.message(), Some(&ANSWER[8..]));
                link.release();
            }
            events.push(event);
        }
        events
    }

    #[test]
    fn messages_come_out_of_any_cut_and_from_between_noise() {
        let stream = [&ANSWER[..], &[0xFF, 0, 0xFE], &ANSWER, &ANSWER].concat();
        for first in 0..stream.len() {
            let mut link = link(64);
            let (one, two) = stream.split_at(first);
            link.handle_input(Instant::ZERO, one);
            let mut events = told(&mut link);
            link.handle_input(Instant::ZERO, two);
            events.extend(told(&mut link));
            let messages = events.iter().filter(|e| matches!(e, WrapperEvent::Message { .. }));
            assert_eq!(messages.count(), 3, "{first}: {events:?}");
            let noise: usize = events
                .iter()
                .map(|e| if let WrapperEvent::Dropped { octets, .. } = e { *octets } else { 0 })
                .sum();
            assert_eq!(noise, 3, "{first}");
        }
    }

    #[test]
    fn what_is_too_long_or_for_others_is_passed_over() {
        let mut link = link(20);
        let mut long = vec![0, 1, 0, 1, 0, 16, 0, 100];
        long.resize(108, 0);
        link.handle_input(Instant::ZERO, &long[..30]);
        link.handle_input(Instant::ZERO, &long[30..]);
        link.handle_input(Instant::ZERO, &ANSWER);
        let events = told(&mut link);
        assert_eq!(
            events,
            [WrapperEvent::TooLong { octets: 100 }, WrapperEvent::Message { octets: 2 }]
        );
        let mut foreign = ANSWER;
        foreign[5] = 17;
        link.handle_input(Instant::ZERO, &foreign);
        assert!(matches!(told(&mut link)[..], [WrapperEvent::Dropped { octets: 10, .. }]));
    }

    #[test]
    fn an_answer_that_does_not_come_is_missed_once() {
        let mut link = link(64);
        link.send(&[1], Answer::Expected).unwrap();
        let mut out = Vec::new();
        link.transmit(Instant::ZERO, &mut out);
        let at = link.poll_timeout().unwrap();
        assert_eq!(at, Instant::ZERO + link.config().response_timeout);
        link.handle_timeout(at);
        assert_eq!(told(&mut link), [WrapperEvent::Unanswered]);
        assert_eq!(link.poll_timeout(), None);
        link.resend();
        let mut again = Vec::new();
        link.transmit(at, &mut again);
        assert_eq!(out, again);
        link.handle_input(at, &ANSWER);
        assert_eq!(told(&mut link), [WrapperEvent::Message { octets: 2 }]);
        assert_eq!(link.poll_timeout(), None);
    }

    #[test]
    fn half_a_datagram_is_not_joined_with_the_next() {
        let config = WrapperConfig { is_datagram: true, ..WrapperConfig::default() };
        let mut link = WrapperLink::new(config, Owned::new(64), Owned::new(64));
        link.handle_input(Instant::ZERO, &ANSWER[..9]);
        link.handle_input(Instant::ZERO, &ANSWER);
        let events = told(&mut link);
        assert!(
            matches!(
                events[..],
                [WrapperEvent::Message { .. }, WrapperEvent::Dropped { octets: 9, .. }]
            ),
            "{events:?}"
        );
    }
}
