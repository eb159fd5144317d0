//! [`Listener`]: the side that meters push to.

mod event;
mod keys;
mod line;

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use gurux_framing::hdlc::{Command, HdlcFrame};
use gurux_framing::rules::ft12;
use gurux_framing::{Wire, WireError};
use gurux_media::bytes::BytesMut;
use gurux_media::{Instant, Session, Transmit};

pub use self::event::{ListenerEvent, PushRefusal, Pushed, PushedBy};
pub use self::keys::{MeterKeys, PushKeys};
pub(super) use self::line::{Carrier, Found, Line};
use crate::carrier::{Assembly, Llc, MbusSegment, Piece, Wrapper};
use crate::push::P1Telegram;
use crate::security::SystemTitle;
use crate::wire::{
    ApduTag, DataNotification, DataNotificationConfirm, GeneralBlockTransfer, GeneralSigning,
    SecurityControl, TimeStamp, Unread,
};

/// How a [`Listener`] behaves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct ListenerConfig {
    /// Each [`handle_input`](Session::handle_input) is one whole datagram: UDP.
    pub is_datagram: bool,
    /// A frame may pause so long between two of its octets; 10 s. observed: adapters of M-Bus and of
    /// optical heads hand a frame on in pieces, seconds apart.
    pub octet_timeout: Duration,
    /// The next segment or block comes within this; 2 min.
    pub piece_timeout: Duration,
    /// No message is longer, in octets; 65,535.
    pub max_message: usize,
    /// Pushes that want it are confirmed, in the wrapper; protected ones if the keys can
    /// [`seal`](PushKeys::seal).
    pub confirms: bool,
}

impl Default for ListenerConfig {
    fn default() -> Self {
        Self {
            is_datagram: false,
            octet_timeout: Duration::from_secs(10),
            piece_timeout: Duration::from_secs(120),
            max_message: 65_535,
            confirms: true,
        }
    }
}

/// Events are kept until this many wait.
const MAX_EVENTS: usize = 1024;
/// Messages in pieces that are put together at the same time, on one line.
const MAX_JOINS: usize = 16;
/// Messages in messages.
const MAX_DEPTH: u8 = 4;

/// Listens to one source of pushes: a connection, the datagrams of one peer, a serial line. For many
/// sources there is one each, and they share their keys.
///
/// | what comes | what happens |
/// |---|---|
/// | HDLC, the wrapper, M-Bus, the text of a P1 port | told apart by their first octet, even on one line |
/// | segments, blocks of GENERAL-BLOCK-TRANSFER | put together, those of each sender by themselves |
/// | general-glo-, general-ded-, general-ciphering | opened with the keys of its sender, if its counter is new |
/// | general-signing | taken out; the signature is not checked |
/// | DATA-NOTIFICATION, EVENT-NOTIFICATION, information report | told, with what is known of its sender |
/// | a DATA-NOTIFICATION that wants to be confirmed | confirmed, in the wrapper, protected as it was |
/// | anything else | told as what it is; nothing is lost in silence |
///
/// ```
/// use gurux_dlms::push::LAYOUTS;
/// use gurux_dlms::session::{Listener, ListenerConfig, ListenerEvent};
/// use gurux_media::{Instant, Session};
///
/// let mut listener = Listener::new(ListenerConfig::default(), ());
/// // The wrapper, a data-notification, a structure of OBIS code and value with scaler and unit.
/// let octets = [
///     0, 1, 0, 1, 0, 16, 0, 30, 0x0F, 0, 0, 0, 1, 0, 0x02, 1, 0x02, 3, 0x09, 6, 1, 0, 1, 8, 0, 255,
///     0x06, 0, 0, 0x30, 0x39, 0x02, 2, 0x0F, 0, 0x16, 30,
/// ];
/// # let octets = { let mut octets = octets.to_vec(); octets[7] = (octets.len() - 8) as u8; octets };
/// listener.handle_input(Instant::ZERO, &octets[..20]);
/// listener.handle_input(Instant::ZERO, &octets[20..]);
/// let Some(ListenerEvent::Pushed(push)) = listener.poll_event() else { panic!() };
/// let energy = &push.measurements(LAYOUTS)?[0];
/// assert_eq!(energy.obis.unwrap().to_string(), "1-0:1.8.0*255");
/// assert_eq!(energy.value.as_ref().unwrap().to_string(), "12345");
/// # Ok::<(), gurux_framing::WireError>(())
/// ```
pub struct Listener<K> {
    config: ListenerConfig,
    keys: K,
    line: Line,
    joins: Vec<Joins>,
    events: VecDeque<ListenerEvent>,
    overrun: usize,
    /// Confirmations that wait to go out.
    outbox: VecDeque<Vec<u8>>,
    /// When the frame that has begun is given up.
    line_until: Option<Instant>,
}

/// Messages in pieces from one sender.
struct Joins {
    from: PushedBy,
    segments: Assembly<Vec<u8>>,
    blocks: Assembly<Vec<u8>>,
    until: Instant,
}

impl Joins {
    const fn pending(&self) -> usize {
        self.segments.pending().saturating_add(self.blocks.pending())
    }
}

/// What the layers around a message have said.
#[derive(Clone, Copy, Default)]
struct Around {
    sender: Option<SystemTitle>,
    protection: Option<SecurityControl>,
    invocation_counter: Option<u32>,
    is_verified: bool,
    is_signed: bool,
}

impl<K: PushKeys> Listener<K> {
    /// A listener to which nobody has spoken.
    #[must_use]
    pub fn new(config: ListenerConfig, keys: K) -> Self {
        Self {
            config,
            keys,
            line: Line::new(),
            joins: Vec::new(),
            events: VecDeque::new(),
            overrun: 0,
            outbox: VecDeque::new(),
            line_until: None,
        }
    }

    /// The keys.
    #[must_use]
    pub const fn keys(&self) -> &K {
        &self.keys
    }

    /// The keys, to be changed while it listens.
    pub const fn keys_mut(&mut self) -> &mut K {
        &mut self.keys
    }

    /// How it behaves.
    #[must_use]
    pub const fn config(&self) -> &ListenerConfig {
        &self.config
    }

    fn tell(&mut self, event: ListenerEvent) {
        if self.events.len() < MAX_EVENTS {
            self.events.push_back(event);
        } else {
            self.overrun = self.overrun.saturating_add(1);
        }
    }

    /// Takes all frames that the line holds.
    fn read_line(&mut self, now: Instant, is_end: bool) {
        while let Some(found) = self.line.take(is_end) {
            match found {
                Found::Noise(octets, why) => self.tell(ListenerEvent::Dropped { octets, why }),
                Found::Frame(carrier, frame) => {
                    if let Err(why) = self.frame(now, carrier, &frame) {
                        self.tell(ListenerEvent::Dropped { octets: frame.len(), why });
                    }
                }
            }
        }
        self.line_until = (self.line.pending() > 0).then(|| now + self.config.octet_timeout);
    }

    fn frame(&mut self, now: Instant, carrier: Carrier, frame: &[u8]) -> Result<(), WireError> {
        match carrier {
            Carrier::Wrapper => {
                let Wrapper { source, destination, .. } = Wrapper::from_bytes(frame)?;
                let apdu = Wrapper::from_bytes(frame)?.apdu();
                let from = PushedBy::Wrapper { source, destination };
                self.message(now, from, apdu.to_vec(), Around::default(), 0);
            }
            Carrier::Text => {
                self.message(now, PushedBy::Text, frame.to_vec(), Around::default(), 0);
            }
            Carrier::Hdlc => {
                let frame = HdlcFrame::from_bytes(frame)?;
                let is_information =
                    matches!(frame.control.command(), Command::Information { .. } | Command::Ui);
                if is_information && !frame.information().is_empty() {
                    let (source, destination) = (frame.source, frame.destination);
                    let from = PushedBy::Hdlc { source, destination };
                    self.segment(now, from, Piece::from(&frame));
                }
            }
            Carrier::Mbus => {
                let segment = MbusSegment::from_bytes(ft12::content(frame)?)?;
                let (source, destination) = (segment.source, segment.destination);
                self.segment(now, PushedBy::Mbus { source, destination }, Piece::from(&segment));
            }
        }
        Ok(())
    }

    fn segment(&mut self, now: Instant, from: PushedBy, piece: Piece<'_>) {
        // Most messages are one piece.
        let is_alone = piece.is_last && piece.number == 0;
        let is_begun = self.joins.iter().any(|joins| joins.from == from && joins.pending() > 0);
        if is_alone && !is_begun {
            return self.message(now, from, piece.octets.to_vec(), Around::default(), 0);
        }
        match self.joined(now, from, piece, |joins| &mut joins.segments) {
            Ok(Some(message)) => self.message(now, from, message, Around::default(), 0),
            Ok(None) => {}
            Err(why) => self.refuse(from, why.into(), piece.octets.to_vec()),
        }
    }

    /// The message that this piece ends.
    fn joined(
        &mut self,
        now: Instant,
        from: PushedBy,
        piece: Piece<'_>,
        which: fn(&mut Joins) -> &mut Assembly<Vec<u8>>,
    ) -> Result<Option<Vec<u8>>, WireError> {
        let mut joins = self.take_joins(now, from);
        let pieces = which(&mut joins);
        let message = pieces.push(piece).map(|message| message.map(<[u8]>::to_vec));
        let octets = pieces.given_up();
        if octets > 0 {
            self.tell(ListenerEvent::Incomplete { from, octets });
        }
        if joins.pending() > 0 {
            self.joins.push(joins);
        }
        message
    }

    /// The pieces from this sender; where there are too many senders, the oldest makes room.
    fn take_joins(&mut self, now: Instant, from: PushedBy) -> Joins {
        let until = now + self.config.piece_timeout;
        if let Some(place) = self.joins.iter().position(|joins| joins.from == from) {
            return Joins { until, ..self.joins.swap_remove(place) };
        }
        if self.joins.len() >= MAX_JOINS
            && let Some(oldest) = self.oldest()
        {
            self.give_up(oldest);
        }
        let room = || Assembly::new(alloc::vec![0; self.config.max_message]);
        Joins { from, segments: room(), blocks: room(), until }
    }

    fn oldest(&self) -> Option<usize> {
        let by_time = self.joins.iter().enumerate().min_by_key(|(_, joins)| joins.until);
        by_time.map(|(place, _)| place)
    }

    /// Gives up what there is of messages from one sender.
    fn give_up(&mut self, place: usize) {
        let joins = self.joins.swap_remove(place);
        let octets = joins.pending();
        if octets > 0 {
            self.tell(ListenerEvent::Incomplete { from: joins.from, octets });
        }
    }

    fn refuse(&mut self, from: PushedBy, why: PushRefusal, message: Vec<u8>) {
        self.tell(ListenerEvent::Refused { from, why, message });
    }

    fn message(
        &mut self,
        now: Instant,
        from: PushedBy,
        mut octets: Vec<u8>,
        around: Around,
        depth: u8,
    ) {
        let llc = octets.len().saturating_sub(Llc::strip(&octets).1.len());
        octets.drain(..llc);
        if depth > MAX_DEPTH {
            return self.refuse(from, PushRefusal::Nested, octets);
        }
        let deeper = depth.saturating_add(1);
        let Some(tag) = octets.first().map(|tag| ApduTag::new(*tag)) else { return };
        match tag {
            ApduTag::GENERAL_BLOCK_TRANSFER => {
                let block = match GeneralBlockTransfer::from_bytes(&octets) {
                    Ok(block) => Piece::from(&block),
                    Err(why) => return self.refuse(from, why.into(), octets),
                };
                match self.joined(now, from, block, |joins| &mut joins.blocks) {
                    Ok(Some(message)) => self.message(now, from, message, around, deeper),
                    Ok(None) => {}
                    Err(why) => self.refuse(from, why.into(), octets),
                }
            }
            ApduTag::GENERAL_SIGNING => match GeneralSigning::from_bytes(&octets) {
                Ok(signing) => {
                    let signer = SystemTitle::new(signing.header.originator_system_title);
                    let sender = around.sender.or(signer);
                    let around = Around { sender, is_signed: true, ..around };
                    self.message(now, from, signing.content.to_vec(), around, deeper);
                }
                Err(why) => self.refuse(from, why.into(), octets),
            },
            ApduTag::GENERAL_GLO_CIPHERING
            | ApduTag::GENERAL_DED_CIPHERING
            | ApduTag::GENERAL_CIPHERING
            | ApduTag::GLO_EVENT_NOTIFICATION_REQUEST
            | ApduTag::DED_EVENT_NOTIFICATION_REQUEST
            | ApduTag::GLO_INFORMATION_REPORT_REQUEST
            | ApduTag::DED_INFORMATION_REPORT_REQUEST => {
                let mut copy = octets.clone();
                match self.keys.open(&mut copy) {
                    Ok(opened) => {
                        let around = Around {
                            sender: Some(opened.sender),
                            protection: Some(opened.control),
                            invocation_counter: Some(opened.invocation_counter),
                            is_verified: opened.is_verified,
                            ..around
                        };
                        let text = opened.text.to_vec();
                        if !is_message(&text) && !opened.is_verified {
                            // Another key makes noise of it.
                            let why =
                                crate::security::OpenError::from(crate::security::CipherError::Tag);
                            return self.refuse(from, why.into(), octets);
                        }
                        self.message(now, from, text, around, deeper);
                    }
                    Err(why) => self.refuse(from, why, octets),
                }
            }
            ApduTag::DATA_NOTIFICATION
            | ApduTag::EVENT_NOTIFICATION_REQUEST
            | ApduTag::INFORMATION_REPORT_REQUEST => self.pushed(now, from, octets, around),
            _ if P1Telegram::from_octets(&octets).is_ok() => self.pushed(now, from, octets, around),
            tag => self.refuse(from, PushRefusal::Unexpected(tag), octets),
        }
    }

    fn pushed(&mut self, now: Instant, from: PushedBy, message: Vec<u8>, around: Around) {
        let is_confirmed = self.config.confirms && self.confirm(from, &message, around);
        self.tell(ListenerEvent::Pushed(Pushed {
            at: now,
            from,
            sender: around.sender,
            protection: around.protection,
            invocation_counter: around.invocation_counter,
            is_verified: around.is_verified,
            is_signed: around.is_signed,
            is_confirmed,
            message,
        }));
    }

    /// Tells the meter that its push came, if it wants to know it and can be told.
    fn confirm(&mut self, from: PushedBy, message: &[u8], around: Around) -> bool {
        let PushedBy::Wrapper { source, destination } = from else { return false };
        let Ok(push) = DataNotification::<Unread<'_>>::from_bytes(message) else { return false };
        let id = push.long_invoke_id_and_priority;
        if !id.is_confirmed() || self.outbox.len() >= MAX_EVENTS {
            return false;
        }
        let confirm =
            DataNotificationConfirm { long_invoke_id_and_priority: id, date_time: TimeStamp::NONE };
        let mut apdu = Vec::with_capacity(confirm.wire_len());
        confirm.emit(&mut apdu);
        match (around.protection, around.sender) {
            (None, _) => {}
            // What nothing proves may come from anybody.
            (Some(control), Some(meter)) if around.is_verified => {
                // It is for this meter alone, and as it is.
                let control = SecurityControl::new(control.octet() & 0x3F);
                match self.keys.seal(meter, control, &apdu) {
                    Some(sealed) => apdu = sealed,
                    None => return false,
                }
            }
            _ => return false,
        }
        let Ok(wrapped) = Wrapper::new(destination, source, &apdu) else { return false };
        let mut octets = Vec::with_capacity(wrapped.wire_len());
        wrapped.emit(&mut octets);
        self.outbox.push_back(octets);
        true
    }
}

/// Does it begin like a message that a push may hold, or is it a text of a P1 port?
fn is_message(octets: &[u8]) -> bool {
    let (_, apdu) = Llc::strip(octets);
    let tag = apdu.first().map(|tag| ApduTag::new(*tag));
    tag.is_some_and(|tag| tag.name().is_some()) || P1Telegram::from_octets(octets).is_ok()
}

impl<K: PushKeys> Session for Listener<K> {
    type Event = ListenerEvent;

    fn handle_open(&mut self, _: Instant) {
        // Half a frame of the connection before is none of this one.
        self.line.clear();
        self.line_until = None;
    }

    fn handle_input(&mut self, now: Instant, octets: &[u8]) {
        self.line.push(octets);
        self.read_line(now, self.config.is_datagram);
    }

    fn handle_timeout(&mut self, now: Instant) {
        if self.line_until.is_some_and(|until| until <= now) {
            self.read_line(now, true);
        }
        while let Some(place) = self.joins.iter().position(|joins| joins.until <= now) {
            self.give_up(place);
        }
    }

    fn handle_close(&mut self, now: Instant) {
        self.read_line(now, true);
        self.line_until = None;
        while !self.joins.is_empty() {
            self.give_up(0);
        }
        self.outbox.clear();
    }

    fn poll_transmit(&mut self, _: Instant, out: &mut BytesMut) -> Option<Transmit> {
        let octets = self.outbox.pop_front()?;
        out.extend_from_slice(&octets);
        Some(Transmit::now(octets.len()))
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let pieces = self.joins.iter().map(|joins| joins.until);
        pieces.chain(self.line_until).min()
    }

    fn poll_event(&mut self) -> Option<ListenerEvent> {
        if let Some(event) = self.events.pop_front() {
            return Some(event);
        }
        let overrun = core::mem::take(&mut self.overrun);
        (overrun > 0).then_some(ListenerEvent::Overrun(overrun))
    }
}

impl<K> fmt::Debug for Listener<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listener")
            .field("config", &self.config)
            .field("pending", &self.line.pending())
            .field("events", &self.events.len())
            .finish_non_exhaustive()
    }
}
