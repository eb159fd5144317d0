//! Telegrams by radio, as a receiver hands them on: nothing is asked, one waits for what comes.

use std::collections::VecDeque;
use std::time::Duration;

use gurux_framing::receiver::{Detecting, ROOM_LEN, Receiver};
use gurux_framing::wireless::MAX_TELEGRAM_LEN;
use gurux_framing::{Deframe, Step};
use gurux_mbus::session::Target;
use gurux_mbus::wire::{
    CField, CiField, Config, Header, Link as Carrier, ShortHeader, Telegram, Tpl, WirelessFrame,
};
use gurux_media::bytes::BytesMut;
use gurux_media::{Instant, Session, Transmit};

use super::meter::Shared;
use super::opened::{clear_user_data, seal};
use super::reply::{Reply, refusal};
use super::{Key, MbusMeter};
use crate::driver::{
    Failure, Link, LinkEvent, LinkSettings, MeterEvent, MeterSession, Outcome, Request,
};

/// How long to wait for a telegram, where neither the profile nor the installation says so: meters
/// of OMS send at least every quarter of an hour, most of them every minute or less.
const PATIENCE: Duration = Duration::from_secs(60);

/// A simulated meter sends so often.
const PERIOD: Duration = Duration::from_secs(2);

/// So many octets that make no telegram are kept.
const MAX_HELD: usize = 4096;

/// So many telegrams wait to be asked for.
const MAX_HEARD: usize = 1024;

/// A link that waits for the telegrams of `meter`.
pub(super) fn link(meter: &MbusMeter, settings: &LinkSettings) -> Box<dyn Link> {
    let patience = settings.wait_time.or(meter.communication.wait_time).unwrap_or(PATIENCE);
    Box::new(Listening {
        target: meter.target,
        key: meter.key.clone(),
        patience,
        inbox: Inbox::default(),
        waiting: VecDeque::new(),
        told: VecDeque::new(),
        now: Instant::ZERO,
    })
}

/// The telegrams in captured octets, if they are this meter's.
pub(super) fn open_wireless(meter: &MbusMeter, received: &[u8]) -> Result<Reply, String> {
    let mut inbox = Inbox::default();
    let mut telegrams = inbox.take(received);
    telegrams.extend(inbox.finish());
    if telegrams.is_empty() {
        return Err("there is no telegram in it".to_owned());
    }
    let mut reply = Reply::default();
    for octets in telegrams {
        let telegram = read(&octets)?;
        if !is_meant(&meter.target, &telegram) {
            return Err("the telegram is of another meter".to_owned());
        }
        reply.push(&clear_user_data(&telegram, meter.key.as_ref())?);
    }
    Ok(reply)
}

fn read(octets: &[u8]) -> Result<Telegram<'_>, String> {
    Telegram::from_wireless(octets).map_err(|error| format!("the telegram: {error}"))
}

/// Is it a telegram of the meter that is listened to? Without a secondary address, any is.
fn is_meant(target: &Target, telegram: &Telegram<'_>) -> bool {
    match target {
        Target::Primary(_) => true,
        Target::Secondary(selection) => {
            telegram.addresses().any(|address| selection.matches(&address))
        }
    }
}

/// Listens to a receiver of wireless M-Bus of whichever kind, over any medium. Its events are the
/// telegrams whose check sums are good, without these.
#[derive(Debug, Default)]
pub struct Listener {
    inbox: Inbox,
    heard: VecDeque<Vec<u8>>,
}

impl Session for Listener {
    type Event = Vec<u8>;

    fn handle_input(&mut self, _: Instant, octets: &[u8]) {
        self.heard.extend(self.inbox.take(octets));
        // Whoever does not ask for them does not want them.
        while self.heard.len() > MAX_HEARD {
            self.heard.pop_front();
        }
    }

    fn handle_timeout(&mut self, _: Instant) {}

    fn poll_transmit(&mut self, _: Instant, _: &mut BytesMut) -> Option<Transmit> {
        None
    }

    fn poll_timeout(&self) -> Option<Instant> {
        None
    }

    fn poll_event(&mut self) -> Option<Vec<u8>> {
        self.heard.pop_front()
    }
}

/// Octets of a receiver, cut into telegrams without check sums.
#[derive(Debug, Default)]
struct Inbox {
    receiver: Detecting,
    held: Vec<u8>,
}

impl Inbox {
    fn take(&mut self, octets: &[u8]) -> Vec<Vec<u8>> {
        self.held.extend_from_slice(octets);
        self.cut(false)
    }

    fn finish(&mut self) -> Vec<Vec<u8>> {
        self.cut(true)
    }

    fn cut(&mut self, closing: bool) -> Vec<Vec<u8>> {
        let Self { receiver, held } = self;
        let mut telegrams = Vec::new();
        let mut used = 0_usize;
        while let Some(rest) = held.get(used..).filter(|rest| !rest.is_empty()) {
            let step = if closing { receiver.finish(rest) } else { receiver.deframe(rest) };
            match step {
                Step::NeedMore { .. } => break,
                Step::Skip { used: skipped, .. } => used += skipped,
                Step::Frame { frame, used: taken } => {
                    let (mut room, mut out) = ([0; ROOM_LEN], [0; MAX_TELEGRAM_LEN]);
                    let reception = receiver.open(frame, &mut room);
                    let is_good = |ok: Option<bool>| ok != Some(false);
                    if let Ok(reception) = reception
                        && is_good(reception.crc_ok)
                        && let Ok(telegram) = reception.telegram(&mut out)
                    {
                        telegrams.push(telegram.to_vec());
                    }
                    used += taken;
                }
            }
        }
        held.drain(..used.min(held.len()));
        if held.len() > MAX_HELD {
            held.clear();
            receiver.reset();
        }
        telegrams
    }
}

/// Waits for telegrams.
#[derive(Debug)]
struct Listening {
    target: Target,
    key: Option<Key>,
    patience: Duration,
    inbox: Inbox,
    /// Requests, and when they are given up.
    waiting: VecDeque<(u64, Instant)>,
    told: VecDeque<LinkEvent>,
    now: Instant,
}

impl Listening {
    fn handle(&mut self, octets: &[u8]) -> Result<(), String> {
        let telegram = read(octets)?;
        if !is_meant(&self.target, &telegram) {
            return Ok(());
        }
        let data = clear_user_data(&telegram, self.key.as_ref())?;
        let outcome = match refusal(&data) {
            Some(refusal) => Outcome::Refused(refusal),
            None => {
                let mut reply = Reply::default();
                reply.push(&data);
                Outcome::Reply(reply.octets)
            }
        };
        if let Some((id, _)) = self.waiting.pop_front() {
            self.told.push_back(LinkEvent::Done { id, outcome, at: self.now });
        }
        Ok(())
    }
}

impl Link for Listening {
    fn window(&self) -> usize {
        1
    }

    fn submit(&mut self, now: Instant, id: u64, request: &Request) {
        self.now = now;
        if request.octets.is_empty() {
            self.waiting.push_back((id, now + self.patience));
            return;
        }
        const DEAF: &str = "nothing can be sent to a meter through a receiver";
        let outcome = Outcome::Failed(Failure::Other(DEAF.to_owned()));
        self.told.push_back(LinkEvent::Done { id, outcome, at: now });
    }
}

impl Session for Listening {
    type Event = LinkEvent;

    fn handle_input(&mut self, now: Instant, octets: &[u8]) {
        self.now = now;
        for telegram in self.inbox.take(octets) {
            if let Err(why) = self.handle(&telegram) {
                // It is the meter's, and of no use: whoever waits should know why.
                self.told.push_back(LinkEvent::Notice(why));
            }
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.now = now;
        while let Some((id, _)) = self.waiting.pop_front_if(|(_, at)| *at <= now) {
            let outcome = Outcome::Failed(Failure::Silent);
            self.told.push_back(LinkEvent::Done { id, outcome, at: now });
        }
    }

    fn handle_close(&mut self, now: Instant) {
        self.now = now;
        for (id, _) in std::mem::take(&mut self.waiting) {
            let outcome = Outcome::Failed(Failure::Closed);
            self.told.push_back(LinkEvent::Done { id, outcome, at: now });
        }
    }

    fn poll_transmit(&mut self, now: Instant, _: &mut BytesMut) -> Option<Transmit> {
        self.now = now;
        None
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.waiting.front().map(|(_, at)| *at)
    }

    fn poll_event(&mut self) -> Option<LinkEvent> {
        self.told.pop_front()
    }
}

/// A meter that sends its telegrams, as a receiver writes them down: a line of hex digits each.
pub(super) fn meter(image: Shared, key: Option<Key>) -> Box<dyn MeterSession> {
    Box::new(Sending {
        image,
        key,
        access_number: 0,
        next: None,
        pending: VecDeque::new(),
        told: VecDeque::new(),
    })
}

#[derive(Debug)]
struct Sending {
    image: Shared,
    key: Option<Key>,
    access_number: u8,
    /// When the next telegrams are due; the first when somebody listens.
    next: Option<Instant>,
    pending: VecDeque<Vec<u8>>,
    told: VecDeque<MeterEvent>,
}

impl Sending {
    fn send(&mut self, now: Instant) {
        self.next = Some(now + PERIOD);
        let image = self.image.image();
        for records in image.telegrams() {
            self.access_number = self.access_number.wrapping_add(1);
            let short = ShortHeader {
                access_number: self.access_number,
                status: gurux_mbus::wire::Status(image.status),
                // The number of blocks is set when the telegram is sealed.
                config: match &self.key {
                    Some(_) => Config::mode_5(0),
                    None => Config::CLEAR,
                },
            };
            match radio(&image, short, &records, self.key.as_ref()) {
                Ok(line) => self.pending.push_back(line),
                Err(why) => self.told.push_back(MeterEvent::Notice(why)),
            }
        }
    }
}

/// A telegram as a line.
fn radio(
    image: &super::meter::Image,
    short: ShortHeader,
    records: &[u8],
    key: Option<&Key>,
) -> Result<Vec<u8>, String> {
    let tpl = Tpl::new(CiField::VARIABLE_DATA_SHORT, Header::Short(short));
    let tpl = tpl.map_err(|error| error.to_string())?;
    let telegram = Telegram {
        link: Carrier::Wireless { control: CField::SND_NR, address: image.address },
        ell: None,
        nwl: None,
        afl: None,
        tpl: Some(tpl),
        payload: records,
        payload_offset: 0,
        sealed: None,
    };
    let octets = seal(&telegram, key)?;
    if octets.len() > WirelessFrame::MAX_USER_DATA + 10 {
        return Err("the records do not fit a telegram".to_owned());
    }
    let mut line: String = octets.iter().map(|octet| format!("{octet:02x}")).collect();
    line.push('\n');
    Ok(line.into_bytes())
}

impl MeterSession for Sending {}

impl Session for Sending {
    type Event = MeterEvent;

    fn handle_open(&mut self, now: Instant) {
        self.handle_close(now);
    }

    fn handle_input(&mut self, now: Instant, _: &[u8]) {
        self.handle_timeout(now);
    }

    fn handle_timeout(&mut self, now: Instant) {
        if self.next.is_some_and(|next| next <= now) {
            self.send(now);
        }
    }

    fn handle_close(&mut self, _: Instant) {
        self.pending.clear();
        self.next = None;
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut BytesMut) -> Option<Transmit> {
        if self.next.is_none() {
            self.send(now);
        }
        let line = self.pending.pop_front()?;
        out.extend_from_slice(&line);
        Some(Transmit::now(line.len()))
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.next
    }

    fn poll_event(&mut self) -> Option<MeterEvent> {
        self.told.pop_front()
    }
}
