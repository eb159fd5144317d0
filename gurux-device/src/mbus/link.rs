//! The reader session of gurux-mbus as a [`Link`]: a wired line.

use std::collections::VecDeque;

use gurux_mbus::session::{
    Done, Failure as ReaderFailure, LinkConfig, Reader, ReaderConfig, ReaderEvent, RequestId,
    Target,
};
use gurux_mbus::wire::{AField, CField};
use gurux_media::bytes::BytesMut;
use gurux_media::{Instant, Session, Transmit};

use super::opened::open_user_data;
use super::reply::{Reply, refusal};
use super::{Key, MbusMeter, TRANSPORTS, listen};
use crate::driver::{Failure, Link, LinkEvent, LinkSettings, Outcome, Refusal, Request};

/// What a converter says who understood a frame and does not carry it out.
const NACK: u32 = 0xA2;

/// A link to `meter`.
pub(super) fn link(
    meter: &MbusMeter,
    settings: &LinkSettings,
) -> Result<Box<dyn Link>, &'static [&'static str]> {
    match settings.transport.as_str() {
        "wired" => Ok(Box::new(WiredLink::new(meter, settings))),
        "wireless" => Ok(listen::link(meter, settings)),
        _ => Err(TRANSPORTS),
    }
}

/// How to talk on this line.
fn config(meter: &MbusMeter, settings: &LinkSettings) -> ReaderConfig {
    // Where nobody says how fast the line is, it is behind a network.
    let mut link = match settings.line {
        Some(line) => LinkConfig { line, ..LinkConfig::default() },
        None => LinkConfig::gateway(),
    };
    let communication = &meter.communication;
    if let Some(wait) = settings.wait_time.or(communication.wait_time) {
        link.extra_timeout = std::time::Duration::ZERO;
        link.extra_timeout = wait.saturating_sub(link.response_timeout());
    }
    if let Some(resends) = settings.resend_count.or(communication.resend_count) {
        link.resends = resends;
    }
    link.gap = communication.transaction_delay.or(link.gap);
    if let Some(pause) = communication.connect_delay {
        link.pause_after_connect = pause;
    }
    ReaderConfig { link, any_address: meter.any_address, ..ReaderConfig::default() }
}

#[derive(Debug)]
struct WiredLink {
    reader: Reader,
    target: Target,
    key: Option<Key>,
    /// Requests that are not over.
    calls: Vec<Call>,
    told: VecDeque<LinkEvent>,
    now: Instant,
}

/// A request under way, and what came of it so far.
#[derive(Debug)]
struct Call {
    request: RequestId,
    id: u64,
    reply: Reply,
    refusal: Option<Refusal>,
    /// Why a telegram of it stays closed.
    closed: Option<String>,
    /// It asks for data, so that an acknowledgement alone says that there are none.
    wants_data: bool,
    /// The address of who answered in place of the one that was asked.
    stranger: Option<AField>,
}

impl WiredLink {
    fn new(meter: &MbusMeter, settings: &LinkSettings) -> Self {
        Self {
            reader: Reader::new(config(meter, settings)),
            target: meter.target,
            key: meter.key.clone(),
            calls: Vec::new(),
            told: VecDeque::new(),
            now: Instant::ZERO,
        }
    }

    fn done(&mut self, request: RequestId, failed: Option<Outcome>) -> Option<LinkEvent> {
        let place = self.calls.iter().position(|call| call.request == request)?;
        let call = self.calls.swap_remove(place);
        let has_data = !call.reply.octets.is_empty();
        let outcome = match (failed, call.refusal, call.closed) {
            (Some(outcome), ..) => outcome,
            (None, Some(refusal), _) => Outcome::Refused(refusal),
            (None, None, Some(why)) if !has_data => Outcome::Failed(Failure::Other(why)),
            (None, None, None) if call.wants_data && !has_data => {
                let why = "the meter acknowledges the request for data, and has none to send";
                Outcome::Failed(Failure::Other(why.to_owned()))
            }
            (None, None, closed) => {
                self.told.extend(closed.map(LinkEvent::Notice));
                Outcome::Reply(call.reply.octets)
            }
        };
        Some(LinkEvent::Done { id: call.id, outcome, at: self.now })
    }

    /// Why a request timed out, where answers came, and from another address than the one asked.
    fn answered_by_another(&self, request: RequestId) -> Option<Failure> {
        let Target::Primary(asked) = self.target else { return None };
        let stranger = self.calls.iter().find(|call| call.request == request)?.stranger?;
        Some(Failure::Other(format!(
            "answers come from address {stranger}, and {asked} was asked; AnyAddress=\"true\" in \
             the profile takes them, where the meter is alone on its line"
        )))
    }

    fn handle(&mut self, event: ReaderEvent) {
        match event {
            ReaderEvent::Telegram { id, frame, .. } => {
                if let Some(call) = self.calls.iter_mut().find(|call| call.request == id) {
                    match open_user_data(frame.user_data(), self.key.as_ref()) {
                        Ok(data) => {
                            call.refusal = call.refusal.take().or_else(|| refusal(&data));
                            call.reply.push(&data);
                        }
                        Err(why) => call.closed = Some(why),
                    }
                }
            }
            ReaderEvent::Done { id, how } => {
                let notice = match how {
                    Done::Repeated { telegrams } => Some(format!(
                        "the meter sends the same telegram again: {telegrams} are all there is"
                    )),
                    Done::Limit { telegrams } => {
                        Some(format!("the meter has more to say than {telegrams} telegrams"))
                    }
                    _ => None,
                };
                self.told.extend(notice.map(LinkEvent::Notice));
                let done = self.done(id, None);
                self.told.extend(done);
            }
            ReaderEvent::Failed { id, reason } => {
                let outcome = match reason {
                    ReaderFailure::TimedOut { .. } | ReaderFailure::NotSelected { .. } => {
                        Outcome::Failed(self.answered_by_another(id).unwrap_or(Failure::Silent))
                    }
                    ReaderFailure::Closed => Outcome::Failed(Failure::Closed),
                    ReaderFailure::Refused => {
                        Outcome::Refused(Refusal { code: NACK, name: "not accepted".to_owned() })
                    }
                    other => Outcome::Failed(Failure::Other(other.to_string())),
                };
                let done = self.done(id, Some(outcome));
                self.told.extend(done);
            }
            ReaderEvent::NotReset { .. } => {
                let text = "the meter does not answer a link reset, and is asked all the same";
                self.told.push_back(LinkEvent::Notice(text.to_owned()));
            }
            ReaderEvent::Skipped { frame } => {
                // One request is under way at a time.
                if let (Some(call), Some(control)) = (self.calls.first_mut(), frame.control())
                    && control.is_same_function(CField::RSP_UD)
                {
                    call.stranger = frame.address();
                }
                let octets = frame.octets().len();
                let text = format!("a frame of {octets} octets that answers nothing was skipped");
                self.told.push_back(LinkEvent::Notice(text));
            }
            ReaderEvent::Noise { octets, why } => {
                let text = format!("{octets} octets of no frame were skipped: {why}");
                self.told.push_back(LinkEvent::Notice(text));
            }
        }
    }
}

impl Link for WiredLink {
    fn window(&self) -> usize {
        1
    }

    fn submit(&mut self, now: Instant, id: u64, request: &Request) {
        self.now = now;
        // The frame count bit tells a repeated command from a new one, so that commands too are
        // sent again.
        let wants_data = request.octets.is_empty();
        let sent = if wants_data {
            self.reader.read(self.target)
        } else {
            self.reader.send(self.target, &request.octets)
        };
        match sent {
            Ok(request) => {
                self.calls.push(Call {
                    request,
                    id,
                    reply: Reply::default(),
                    refusal: None,
                    closed: None,
                    wants_data,
                    stranger: None,
                });
            }
            Err(error) => {
                let outcome = Outcome::Failed(Failure::Other(error.to_string()));
                self.told.push_back(LinkEvent::Done { id, outcome, at: now });
            }
        }
    }
}

impl Session for WiredLink {
    type Event = LinkEvent;

    fn handle_open(&mut self, now: Instant) {
        self.now = now;
        self.reader.handle_open(now);
    }

    fn handle_input(&mut self, now: Instant, octets: &[u8]) {
        self.now = now;
        self.reader.handle_input(now, octets);
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.now = now;
        self.reader.handle_timeout(now);
    }

    fn handle_close(&mut self, now: Instant) {
        self.now = now;
        self.reader.handle_close(now);
        // What waits behind it would be sent when the medium opens again, for an order that is
        // over by then.
        while let Some(event) = self.reader.poll_event() {
            self.handle(event);
        }
        for call in std::mem::take(&mut self.calls) {
            self.reader.cancel(call.request);
            let outcome = Outcome::Failed(Failure::Closed);
            self.told.push_back(LinkEvent::Done { id: call.id, outcome, at: now });
        }
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut BytesMut) -> Option<Transmit> {
        self.now = now;
        self.reader.poll_transmit(now, out)
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.reader.poll_timeout()
    }

    fn poll_event(&mut self) -> Option<LinkEvent> {
        loop {
            if let Some(event) = self.told.pop_front() {
                return Some(event);
            }
            let event = self.reader.poll_event()?;
            self.handle(event);
        }
    }
}
