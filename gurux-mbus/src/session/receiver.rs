//! [`Receiver`]: the side that listens to radio telegrams, and speaks when a meter listens.

mod config;
mod event;
mod formats;
mod keys;
mod order;
mod repeats;
mod talk;

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;

use bytes::BytesMut;
use gurux_framing::wireless::{self, FrameFormat};
use gurux_framing::{Direction, Wire, WireError};
use gurux_media::{Instant, Session, Transmit};

use self::repeats::Repeats;
use self::talk::Talks;
use crate::Error;
use crate::security::{Assembly, Cipher, Opened, Piece, Verdict, open};
use crate::wire::{Body, CompactFrame, FormatFrame, Link, MeterAddress, Telegram};

pub use self::config::{Install, ReceiverConfig};
pub use self::event::{
    Compact, OrderFailure, OrderId, ReceivedTelegram, ReceiverCounters, ReceiverEvent,
};
pub use self::formats::FormatMemory;
pub use self::keys::KeyStore;
pub use self::order::Order;

/// Events are kept until this many wait.
const MAX_EVENTS: usize = 1024;
/// Messages in fragments that are put together at the same time.
const MAX_ASSEMBLIES: usize = 16;
/// The longest message that fragments make.
const MAX_MESSAGE: usize = 16 * 1024;
/// Meters of which is remembered that a key opened their telegrams.
const MAX_PROVEN: usize = 100_000;
/// After so many telegrams in a row that a key does not open, it is a wrong key after all.
const MAX_FAILURES: u8 = 3;

/// Listens to radio telegrams: opens them, expands compact frames, drops repeated ones, puts
/// fragments together; and tells meters what they are to be told, when they listen.
///
/// Each input is one telegram from its length on, with check sums (format A or B) or without, as a
/// receiver hands it on: [`gurux_framing::receiver`] takes it out of the lines of the usual ones.
///
/// | telegram | what happens |
/// |---|---|
/// | the same as one within the last moments | counted |
/// | sealed | opened with the keys of any of its addresses |
/// | a fragment | kept; when the last one came, the message is told |
/// | a full frame, a format frame | its format is learnt |
/// | a compact frame | expanded, if its format is known |
/// | SND_IR | answered by CNF_IR, if the configuration wants it |
/// | ACC_DMD | answered by ACK |
/// | of a meter that listens | the next order for it is sent; its answer has the same access number |
///
/// A wrong key becomes bad data where a key has opened an earlier telegram of the meter: see
/// [`Verdict`] for the rules.
///
/// What is sent follows EN 13757-4 as far as its names go (CNF_IR, ACK and SND_NKE with CI 80 and the
/// meter's address, our own address in the link layer); it was not tried with a meter.
///
/// ```
/// use gurux_media::{Instant, Session};
/// use gurux_mbus::security::{Key, Software};
/// use gurux_mbus::session::{KeyStore, Receiver, ReceiverConfig, ReceiverEvent};
/// use gurux_mbus::wire::Selection;
///
/// let mut keys = KeyStore::new();
/// let key: Key = "000102030405060708090A0B0C0D0E0F".parse()?;
/// keys.insert(Selection::exactly("12345678 ELS 51 7".parse()?), Software::new(&key));
/// let mut receiver = Receiver::new(ReceiverConfig::default(), keys);
///
/// // A telegram in clear: a volume.
/// let octets = [
///     0x14, 0x44, 0x93, 0x15, 0x78, 0x56, 0x34, 0x12, 0x33, 0x07, 0x7A, 0x2A, 0x00, 0x00, 0x00,
///     0x0C, 0x13, 0x67, 0x45, 0x23, 0x01,
/// ];
/// receiver.handle_input(Instant::ZERO, &octets);
/// let Some(ReceiverEvent::Telegram(telegram)) = receiver.poll_event() else { panic!() };
/// let volume = telegram.measurements().next().unwrap();
/// assert_eq!(volume.value.unwrap().to_string(), "1234.567");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Receiver<C> {
    config: ReceiverConfig,
    keys: KeyStore<C>,
    formats: FormatMemory,
    repeats: Repeats,
    assemblies: Vec<Assembled>,
    /// Meters whose telegrams a key has opened, and how often none did since.
    proven: BTreeMap<MeterAddress, u8>,
    talks: Talks,
    events: VecDeque<ReceiverEvent>,
    counters: ReceiverCounters,
}

/// A message in fragments.
#[derive(Clone, Debug)]
struct Assembled {
    sender: MeterAddress,
    at: Instant,
    assembly: Assembly<Box<[u8]>>,
}

impl<C: Cipher> Receiver<C> {
    /// A receiver with these keys, that knows no format.
    #[must_use]
    pub fn new(config: ReceiverConfig, keys: KeyStore<C>) -> Self {
        Self {
            config,
            keys,
            formats: FormatMemory::new(config.max_formats),
            repeats: Repeats::default(),
            assemblies: Vec::new(),
            proven: BTreeMap::new(),
            talks: Talks::new(),
            events: VecDeque::new(),
            counters: ReceiverCounters::default(),
        }
    }

    /// The same, with formats that were saved.
    #[must_use]
    pub fn with_formats(self, formats: FormatMemory) -> Self {
        Self { formats, ..self }
    }

    /// What the receiver does besides listening.
    #[must_use]
    pub const fn config(&self) -> &ReceiverConfig {
        &self.config
    }

    /// The keys.
    #[must_use]
    pub const fn keys(&self) -> &KeyStore<C> {
        &self.keys
    }

    /// The keys, to add some or take some out.
    pub fn keys_mut(&mut self) -> &mut KeyStore<C> {
        self.proven.clear();
        &mut self.keys
    }

    /// The formats that are known, to be saved.
    #[must_use]
    pub const fn formats(&self) -> &FormatMemory {
        &self.formats
    }

    /// What was counted since the receiver began.
    #[must_use]
    pub const fn counters(&self) -> &ReceiverCounters {
        &self.counters
    }

    /// Tells a meter something, when it listens the next time: at once after one of its telegrams that
    /// says so. Orders of one meter are carried out one after another.
    ///
    /// # Errors
    /// [`Error::Missing`] if the configuration has no address of our own, and [`Error::Quantity`] if
    /// too many orders wait.
    pub fn order(&mut self, meter: MeterAddress, order: Order) -> Result<OrderId, Error> {
        if self.config.address.is_none() {
            return Err(Error::Missing { what: "address of the receiver" });
        }
        self.talks.order(meter, order)
    }

    fn tell(&mut self, event: ReceiverEvent) {
        if self.events.len() < MAX_EVENTS {
            self.events.push_back(event);
        } else {
            self.counters.lost_events = self.counters.lost_events.saturating_add(1);
        }
    }

    fn receive(&mut self, now: Instant, octets: &[u8]) -> Result<(), WireError> {
        let mut room = [0; wireless::MAX_TELEGRAM_LEN];
        let (_, octets) = wireless::strip(octets, &mut room)?;
        let telegram = Telegram::from_wireless(octets)?;
        self.counters.telegrams = self.counters.telegrams.saturating_add(1);
        if self.repeats.is_repeated(now, self.config.repeat_window, &telegram) {
            self.counters.repeated = self.counters.repeated.saturating_add(1);
            return Ok(());
        }

        let mut room = [0; wireless::MAX_LEN];
        let opened = self.open(&telegram, &mut room);
        if opened.verdict == Verdict::Fragment {
            self.counters.count(Verdict::Fragment);
            self.take_fragment(now, octets, &opened.telegram);
        } else {
            self.hand_up(now, octets, &opened, false);
        }
        if control_is_from_meter(&telegram) {
            let mut events = Vec::new();
            self.talks.heard(now, &self.config, &self.keys, &opened.telegram, &mut events);
            events.into_iter().for_each(|event| self.tell(event));
        }
        Ok(())
    }

    fn open<'b>(&mut self, telegram: &Telegram<'b>, room: &'b mut [u8]) -> Opened<'b> {
        let opened = open(telegram, self.keys.lookup(telegram), room);
        let mut opened =
            opened.unwrap_or(Opened { telegram: *telegram, verdict: Verdict::Unsupported });
        let Some(meter) = telegram.meter() else { return opened };
        match opened.verdict {
            Verdict::Decrypted(_) | Verdict::Authentic
                if self.proven.len() < MAX_PROVEN || self.proven.contains_key(&meter) =>
            {
                self.proven.insert(meter, 0);
            }
            Verdict::WrongKey => {
                if let Some(failures) = self.proven.get_mut(&meter) {
                    *failures = failures.saturating_add(1);
                    if *failures > MAX_FAILURES {
                        self.proven.remove(&meter);
                    } else {
                        opened.verdict = Verdict::BadData;
                    }
                }
            }
            _ => {}
        }
        opened
    }

    fn take_fragment(&mut self, now: Instant, octets: &[u8], telegram: &Telegram<'_>) {
        let Link::Wireless { address: sender, .. } = telegram.link else { return };
        let timeout = self.config.fragment_timeout;
        let stale = |kept: &Assembled| now.since(kept.at) > timeout;
        for late in self.assemblies.extract_if(.., |kept| stale(kept)).collect::<Vec<_>>() {
            self.tell(ReceiverEvent::Incomplete { sender: late.sender });
        }
        let place = match self.assemblies.iter().position(|kept| kept.sender == sender) {
            Some(place) => place,
            None => {
                if self.assemblies.len() >= MAX_ASSEMBLIES {
                    let oldest = self.assemblies.remove(0);
                    self.tell(ReceiverEvent::Incomplete { sender: oldest.sender });
                }
                let buffer = alloc::vec![0; MAX_MESSAGE].into_boxed_slice();
                self.assemblies.push(Assembled {
                    sender,
                    at: now,
                    assembly: Assembly::new(buffer),
                });
                self.assemblies.len().saturating_sub(1)
            }
        };
        let Some(kept) = self.assemblies.get_mut(place) else { return };
        kept.at = now;
        match kept.assembly.push(telegram) {
            Piece::Taken | Piece::Repeated => {}
            Piece::OutOfOrder | Piece::Length => {
                self.assemblies.remove(place);
                self.tell(ReceiverEvent::Incomplete { sender });
            }
            Piece::Last => {
                let kept = self.assemblies.remove(place);
                let Ok(message) = kept.assembly.message(telegram) else {
                    self.tell(ReceiverEvent::Incomplete { sender });
                    return;
                };
                self.counters.messages = self.counters.messages.saturating_add(1);
                let mut room = alloc::vec![0; message.payload.len().saturating_add(2)];
                let opened = self.open(&message, &mut room);
                self.hand_up(now, octets, &opened, true);
            }
        }
    }

    /// Learns from a telegram, expands it, and tells it.
    fn hand_up(&mut self, now: Instant, octets: &[u8], opened: &Opened<'_>, is_message: bool) {
        self.counters.count(opened.verdict);
        let mut received = ReceivedTelegram::new(octets, opened, now, is_message);
        if opened.verdict.is_good()
            && let Some(meter) = opened.telegram.meter()
        {
            match opened.telegram.body() {
                Body::Records(records) if control_is_from_meter(&opened.telegram) => {
                    self.formats.learn(meter, records);
                }
                Body::FormatFrame(octets) => match FormatFrame::from_bytes(octets) {
                    Ok(frame) => _ = self.formats.learn_format(meter, &frame),
                    Err(error) => received.compact = Compact::Bad(error),
                },
                Body::CompactFrame(octets) => received.compact = self.expand(meter, octets),
                _ => {}
            }
        }
        self.tell(ReceiverEvent::Telegram(received));
    }

    fn expand(&mut self, meter: MeterAddress, octets: &[u8]) -> Compact {
        let frame = match CompactFrame::from_bytes(octets) {
            Ok(frame) => frame,
            Err(error) => return Compact::Bad(error),
        };
        let (counter, compact) = match self.formats.expand(meter, &frame) {
            Some(Ok(records)) => {
                (&mut self.counters.expanded, Compact::Expanded(records.into_boxed_slice()))
            }
            Some(Err(error)) => (&mut self.counters.not_expanded, Compact::Bad(error)),
            None => (&mut self.counters.not_expanded, Compact::UnknownFormat(frame.signature())),
        };
        *counter = counter.saturating_add(1);
        compact
    }
}

fn control_is_from_meter(telegram: &Telegram<'_>) -> bool {
    telegram.control().is_some_and(|control| control.direction() == Direction::Response)
}

impl<C: Cipher> Session for Receiver<C> {
    type Event = ReceiverEvent;

    /// One telegram from its length on, with check sums or without.
    fn handle_input(&mut self, now: Instant, octets: &[u8]) {
        if let Err(why) = self.receive(now, octets) {
            self.counters.noise = self.counters.noise.saturating_add(1);
            self.tell(ReceiverEvent::Noise { octets: octets.len(), why });
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        let mut events = Vec::new();
        self.talks.handle_timeout(now, &self.config, &mut events);
        events.into_iter().for_each(|event| self.tell(event));
    }

    fn handle_close(&mut self, _: Instant) {
        self.talks.handle_close();
    }

    /// One telegram, with check sums if the configuration wants them.
    fn poll_transmit(&mut self, now: Instant, out: &mut BytesMut) -> Option<Transmit> {
        let (telegram, too_late) = self.talks.poll(now, &self.config);
        self.counters.too_late = self.counters.too_late.saturating_add(too_late);
        let telegram = telegram?;
        let mut room = [0; wireless::MAX_LEN];
        let octets = match self.config.output {
            FrameFormat::NoCrc => &telegram[..],
            format => {
                let len = format.wrap(&telegram, &mut room).unwrap_or(0);
                room.get(..len).unwrap_or_default()
            }
        };
        out.extend_from_slice(octets);
        self.counters.sent = self.counters.sent.saturating_add(1);
        Some(Transmit::now(octets.len()))
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.talks.timeout()
    }

    fn poll_event(&mut self) -> Option<ReceiverEvent> {
        self.events.pop_front()
    }
}

#[cfg(test)]
#[cfg(feature = "crypto")]
mod tests;
