//! M-Bus by radio: a receiver that hears anything, at any time.

use std::collections::BTreeSet;
use std::time::Duration;

use gurux_framing::Wire;
use gurux_framing::wireless::{self, FrameFormat};
use gurux_mbus::security::{Key, Known, SEAL_ROOM, Software, Verdict, seal};
use gurux_mbus::session::{
    Compact, Install, KeyStore, Order, OrderId, Receiver, ReceiverConfig, ReceiverCounters,
    ReceiverEvent,
};
use gurux_mbus::wire::{MeterAddress, Selection, Telegram};
use gurux_media::bytes::BytesMut;
use gurux_media::{Instant, Session};

use crate::choices::Choices;
use crate::mbus::radio_telegram;
use crate::{mbus_content, seeds};

/// How deep telegrams get into a receiver; an order ends where the meter answers it.
pub const RUNGS: &[&str] = &[
    "noise",
    "a telegram",
    "opened with a key",
    "a compact frame expanded",
    "an order carried out",
];

/// Formats that the receiver has room for.
const MAX_FORMATS: usize = 4;
/// Steps in which a receiver that is left alone must have come to its end.
const QUIET_STEPS: usize = 1000;
/// The link layer of the meter that has a key, and orders.
const LINK: [u8; 9] = [0x44, 0xAE, 0x0C, 0x78, 0x56, 0x34, 0x12, 0x01, 0x07];

/// Telegrams, noise, repetitions, orders and answers, as the octets say, each at its time. Every
/// input is counted once, a repeated telegram is not told, what is told can be read, an order ends
/// once, and a receiver that is left alone comes to rest.
pub fn receiver(octets: &[u8]) -> usize {
    let mut choices = Choices::new(octets);
    let mut heard = Heard::new(choices.octet());
    while !choices.is_empty() {
        let pause = choices.octet();
        heard.now += match pause {
            0..0x80 => Duration::from_millis(pause.into()),
            _ => Duration::from_secs((pause & 0x7F).into()),
        };
        heard.receiver.handle_timeout(heard.now);
        heard.step(&mut choices);
        heard.settle();
    }
    heard.rest();
    heard.depth
}

struct Heard {
    receiver: Receiver<Software>,
    now: Instant,
    inputs: u64,
    last: Vec<u8>,
    /// How what it sends is framed.
    output: FrameFormat,
    /// The access number of what was sent last.
    sent: u8,
    open: BTreeSet<OrderId>,
    depth: usize,
}

impl Heard {
    fn new(choice: u8) -> Self {
        let meter = meter();
        let mut keys = KeyStore::new();
        if choice & 1 == 0 {
            keys.insert(Selection::exactly(meter), key());
        }
        if choice & 2 == 0 {
            keys.insert(Selection::ANY, Software::new(&Key::Aes([0x24; 16])));
        }
        let config = ReceiverConfig {
            max_formats: MAX_FORMATS,
            address: (choice & 4 == 0).then_some(meter),
            install: if choice & 8 == 0 { Install::All } else { Install::WithKey },
            output: if choice & 16 == 0 { FrameFormat::NoCrc } else { FrameFormat::A },
            ..ReceiverConfig::default()
        };
        let output = config.output;
        Self {
            receiver: Receiver::new(config, keys),
            now: Instant::from_millis(1),
            inputs: 0,
            last: Vec::new(),
            output,
            sent: 0,
            open: BTreeSet::new(),
            depth: 0,
        }
    }

    fn step(&mut self, choices: &mut Choices<'_>) {
        let kind = choices.octet();
        match kind % 8 {
            0..4 => {
                let count = choices.octet().into();
                let telegram = radio_telegram(choices.octets(count));
                self.hear(dressed(telegram, kind >> 3));
            }
            4 => {
                let count = choices.octet().into();
                self.hear(choices.octets(count).to_vec());
            }
            5 => self.repeat(),
            6 => {
                let order = match kind >> 3 & 3 {
                    0 => Order::read(),
                    1 => Order::read_alarms(),
                    2 => Order::application_reset(None),
                    _ => Order::records(vec![0x2F; choices.octet().into()]),
                };
                if let Ok(id) = self.receiver.order(meter(), order) {
                    assert!(self.open.insert(id), "an order has a number of its own");
                }
            }
            _ => {
                // ACK, NACK, RSP_UD.
                let control = [0x00, 0x01, 0x08, 0x08][usize::from(kind >> 3 & 3)];
                let [_, behind @ ..] = LINK;
                let header = [0x7A, self.sent, 0x00, 0x00, 0x00];
                self.hear(radio_telegram(&[&[control][..], &behind, &header].concat()));
            }
        }
    }

    fn hear(&mut self, octets: Vec<u8>) {
        self.receiver.handle_input(self.now, &octets);
        self.inputs += 1;
        self.last = octets;
    }

    /// The same once more, at the same moment: told once.
    fn repeat(&mut self) {
        let first = std::mem::take(&mut self.last);
        self.hear(first.clone());
        self.settle();
        let before = *self.receiver.counters();
        self.hear(first);
        let after = *self.receiver.counters();
        if after.telegrams > before.telegrams {
            assert_eq!(after.repeated, before.repeated + 1, "it came before");
            assert_eq!(self.receiver.poll_event(), None, "a repeated telegram is not told");
        }
    }

    /// Takes all that the receiver tells and sends.
    fn settle(&mut self) {
        while let Some(event) = self.receiver.poll_event() {
            self.told(&event);
        }
        let mut out = BytesMut::new();
        while self.receiver.poll_transmit(self.now, &mut out).is_some() {
            let mut room = [0; wireless::MAX_TELEGRAM_LEN];
            // The last octets of a telegram without check sums may be what its check sum would be.
            let telegram = self.output.strip(&out, &mut room).expect("what is sent is whole");
            let telegram = Telegram::from_wireless(telegram).expect("what is sent can be read");
            self.sent = telegram.access_number().unwrap_or(self.sent);
            out.clear();
        }
        let counters = self.receiver.counters();
        assert_eq!(counters.telegrams + counters.noise, self.inputs, "every input is counted");
        assert_eq!(
            counters.telegrams + counters.messages,
            counters.repeated + verdicts(counters),
            "every telegram has a verdict"
        );
        assert_eq!(counters.lost_events, 0);
        assert!(self.receiver.formats().len() <= MAX_FORMATS);
    }

    fn told(&mut self, event: &ReceiverEvent) {
        assert!(!format!("{event:?}").is_empty());
        match event {
            ReceiverEvent::Telegram(told) => {
                self.depth = self.depth.max(match told.verdict() {
                    Verdict::Decrypted(_) => 2,
                    _ => 1,
                });
                let telegram = told.telegram().expect("what is told can be read");
                assert_eq!(told.meter(), telegram.meter());
                assert_eq!(told.at(), self.now);
                // A compact profile is many measurements in one record, each of an octet at least.
                let octets = match told.compact() {
                    Compact::Expanded(records) => records.len(),
                    _ => told.octets().len(),
                };
                assert!(told.measurements().count() <= octets);
                if let Compact::Expanded(records) = told.compact() {
                    self.depth = self.depth.max(3);
                    mbus_content::records(records);
                }
            }
            ReceiverEvent::OrderDone { id } => {
                assert!(self.open.remove(id), "an order ends once");
                self.depth = self.depth.max(4);
            }
            ReceiverEvent::OrderFailed { id, .. } => {
                assert!(self.open.remove(id), "an order ends once");
            }
            ReceiverEvent::Incomplete { .. }
            | ReceiverEvent::Installed { .. }
            | ReceiverEvent::Noise { .. } => {}
        }
    }

    /// Nobody speaks any more.
    fn rest(&mut self) {
        let mut steps = 0..QUIET_STEPS;
        loop {
            self.settle();
            let Some(at) = self.receiver.poll_timeout() else { return };
            assert!(steps.next().is_some(), "the receiver does not come to rest");
            self.now = at.max(self.now);
            self.receiver.handle_timeout(self.now);
        }
    }
}

fn verdicts(counters: &ReceiverCounters) -> u64 {
    [
        counters.fragments,
        counters.clear,
        counters.already_clear,
        counters.decrypted,
        counters.without_key,
        counters.wrong_key,
        counters.bad_data,
        counters.unsupported,
    ]
    .iter()
    .sum()
}

/// The telegram as it is, with check sums in one of both formats, or sealed with the meter's key.
fn dressed(telegram: Vec<u8>, choice: u8) -> Vec<u8> {
    let with_sums = |format: FrameFormat| {
        let mut room = [0; wireless::MAX_LEN];
        let len = format.wrap(&telegram, &mut room).ok()?;
        room.get(..len).map(<[u8]>::to_vec)
    };
    let changed = match choice % 4 {
        1 => with_sums(FrameFormat::A),
        2 => with_sums(FrameFormat::B),
        3 => sealed(&telegram),
        _ => None,
    };
    changed.unwrap_or(telegram)
}

fn sealed(telegram: &[u8]) -> Option<Vec<u8>> {
    let read = Telegram::from_wireless(telegram).ok()?;
    let mut room = [0; 1024 + SEAL_ROOM];
    let sealed =
        seal(&Telegram { sealed: None, ..read }, Known::default(), &key(), &mut room).ok()?;
    let mut octets = vec![0; sealed.wire_len()];
    let len = sealed.emit_to_slice(&mut octets).ok()?;
    octets.truncate(len);
    Some(octets)
}

fn key() -> Software {
    Software::new(&Key::Aes([0x42; 16]))
}

/// Whom [`LINK`] names.
fn meter() -> MeterAddress {
    let telegram = radio_telegram(&[&LINK[..], &[0x78]].concat());
    let telegram = Telegram::from_wireless(&telegram).expect("a link layer and a CI field");
    telegram.meter().expect("it names the meter")
}

/// A day of a meter: sealed telegrams, a full and a compact frame, fragments, repetitions and orders;
/// and what is captured.
pub fn seeds() -> Vec<Vec<u8>> {
    // A pause, the kind of step, and what it takes.
    let telegram = |kind: u8, behind: &[u8]| {
        let telegram = [&LINK[..], behind].concat();
        [&[50, kind, telegram.len() as u8][..], &telegram].concat()
    };
    let records = [0x2F, 0x2F, 0x0C, 0x13, 0x45, 0x23, 0x01, 0x00, 0x02, 0x5B, 0x47, 0x00];
    let full = telegram(0, &[&[0x78][..], &records[2..]].concat());
    let format = [0x0C, 0x13, 0x02, 0x5B];
    let data = [0x45, 0x23, 0x01, 0x00, 0x47, 0x00];
    let mut room = [0; 64];
    let compact = gurux_mbus::wire::CompactFrame::of_full(&records[2..], &data);
    let len = compact.emit_to_slice(&mut room).unwrap_or(0);
    let compact = telegram(0, &[&[0x79][..], &room[..len]].concat());
    assert!(compact.ends_with(&data) && full.len() > format.len());
    let clear = [&[0x7A, 0x2A, 0x00, 0x00, 0x00][..], &records].concat();
    let listens = [&[0x7A, 0x2B, 0x00, 0x00, 0x80][..], &records].concat();
    let mode_5 = [&[0x7A, 0x2C, 0x00, 0x10, 0x05][..], &records, &[0x2F; 4]].concat();
    let first = telegram(0, &[0x90, 0x02, 0x01, 0x40, 0x7A, 0x2A, 0x00, 0x00, 0x00, 0x0C]);
    let second = telegram(0, &[0x90, 0x02, 0x02, 0x00, 0x13, 0x45, 0x23, 0x01, 0x00]);
    let again = [0x90, 5];
    let order = [1, 6];
    let answer = [1, 7];
    let day = [
        &[0][..],
        &telegram(8, &clear),
        &telegram(16, &clear),
        &telegram(24, &mode_5),
        &again,
        &full,
        &compact,
        &first,
        &second,
        &order,
        &telegram(0, &listens),
        &answer,
        &[5, 4, 3, 1, 2, 3],
    ]
    .concat();
    let orders = [&[0][..], &[1, 14, 1, 30, 1, 22], &telegram(0, &listens), &[1, 15, 1, 23, 1, 31]];
    let captured = seeds::captures().into_iter().filter(|capture| capture.len() < 256);
    let captured =
        captured.map(|capture| [&[0, 10, 4, capture.len() as u8][..], &capture].concat());
    [day, orders.concat()].into_iter().chain(captured).collect()
}
