//! `gurux-ami listen`: what meters send of themselves.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use clap::Args;
use gurux_dlms::push::{LAYOUTS, Layout};
use gurux_dlms::security::{
    Key as DlmsKey, Keyring, Policy, Provider, Software, SoftwareCipher, SystemTitle,
};
use gurux_dlms::session::{
    Listener, ListenerConfig, ListenerEvent, MeterKeys, PushRefusal, Pushed,
};
use gurux_media::drive::{Driven, Driver};
use gurux_media::serve::{ServeSettings, serve_tcp, serve_udp};
use gurux_media::tcp::TcpServer;
use gurux_media::udp::UdpServer;
use gurux_media::{Media, MediaError, MediaSettings, clock, new_media};
use serde_json::{Value as Json, json};

use super::Common;
use super::decode::{key, keys_in, said_reading};
use super::simulate::announce;
use crate::capture::{Capture, to_hex};
use crate::connection::{self, AnyMedia};
use crate::decode::{self, Hints, Key};
use crate::exit::{Exit, Failure};
use crate::interrupt::Interrupt;
use crate::output::{Format, Output, Record};
use crate::span::span;

/// What DLMS meters send of themselves
///
/// Takes pushes in HDLC, in the wrapper, in M-Bus and as the text of a P1 port, told apart by
/// themselves; joins their segments and blocks, opens them with the keys of each meter, by its system
/// title, and takes each once. Pushes that want it are confirmed. Prints `listening on WHERE` when it is
/// ready, and listens until it is interrupted.
///
/// Exits with 0 if every message was taken, 2 if some were, 5 if none was.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  gurux-ami listen --media tcp-listen:0.0.0.0:4059 --keys keys.txt --format ndjson
  gurux-ami listen --media serial:/dev/ttyUSB0,2400,8E1 --key ek=000102...0F,ak=D0D1D2...DF")]
pub(super) struct Listen {
    /// Where they come: tcp-listen:ADDR:PORT, udp-listen:ADDR:PORT, serial:PATH,SPEED,8N1,
    /// pty:LINK, tcp:HOST:PORT (a converter), replay:FILE
    #[arg(long, value_name = "MEDIA")]
    media: MediaSettings,
    /// A key: ek (encryption), ak (authentication), bk (broadcast), of any meter; of one alone by its
    /// system title, TITLE=HEX or TITLE/ak=HEX. Without ak nothing is proven
    #[arg(long, value_name = "NAME=HEX", value_delimiter = ',', value_parser = key)]
    key: Vec<Key>,
    /// A file of keys, NAME=HEX in each line; # begins a comment
    #[arg(long, value_name = "FILE")]
    keys: Option<PathBuf>,
    /// A file of lists that say what a push holds whose values have no names
    #[arg(long, value_name = "FILE")]
    layouts: Option<PathBuf>,
    /// Ends by itself after this time (30s, 5m)
    #[arg(long, value_name = "SPAN", value_parser = span)]
    duration: Option<Duration>,
    /// Ends by itself after so many pushes
    #[arg(long, value_name = "NUMBER")]
    count: Option<usize>,
}

/// The keys that all connections share.
type Shared = Arc<Mutex<MeterKeys<SoftwareCipher>>>;

/// Who said it, and what.
type Heard = (String, ListenerEvent);

const COLUMNS: &[&str] =
    &["source", "meter", "what", "time", "obis", "name", "value", "unit", "quality"];

/// How often it is looked at whether the end has come.
const LOOK: Duration = Duration::from_millis(100);

impl Listen {
    pub(super) fn run(&self, common: &Common) -> Result<Exit, Failure> {
        let mut given = self.key.clone();
        given.extend(self.keys.as_deref().map(keys_in).transpose()?.unwrap_or_default());
        let keys: Shared = Arc::new(Mutex::new(meter_keys(&given)?));
        let layouts = self.layouts.as_deref().map(decode::layouts_in).transpose()?;
        let layouts = layouts.unwrap_or(LAYOUTS);
        let interrupt = Interrupt::catch()?;
        let (heard, events) = mpsc::channel();
        let stop = Arc::new(AtomicBool::new(false));
        let (place, work) = self.work(common, keys, heard, Arc::clone(&stop))?;
        match common.format {
            Format::Table | Format::Ndjson => announce(common, &place)?,
            _ => eprintln!("listening on {place}"),
        }
        let thread = thread::spawn(work);
        let mut output = Output::stdout(common.format, COLUMNS);
        let until = self.duration.and_then(|duration| Instant::now().checked_add(duration));
        let mut tally = Tally::default();
        let is_enough = |tally: &Tally| self.count.is_some_and(|count| tally.taken >= count);
        while !is_enough(&tally) {
            match events.recv_timeout(LOOK) {
                Ok(heard) => tally.tell(&heard, common.format, layouts, &mut output)?,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if interrupt.wait(Duration::ZERO) || until.is_some_and(|until| until <= Instant::now())
            {
                break;
            }
        }
        stop.store(true, Ordering::Relaxed);
        let ended = thread.join().unwrap_or(Ok(()));
        // What came while it was ending is told, too.
        while let Ok(heard) = events.try_recv() {
            if is_enough(&tally) {
                break;
            }
            tally.tell(&heard, common.format, layouts, &mut output)?;
        }
        output.finish()?;
        ended.map_err(|error| connection::unreachable(&self.media, &error))?;
        Ok(match (tally.taken, tally.others) {
            (_, 0) => Exit::Ok,
            (0, _) => Exit::Invalid,
            _ => Exit::Partial,
        })
    }

    /// Opens the medium: where it is, and what is to be done there.
    fn work(
        &self,
        common: &Common,
        keys: Shared,
        heard: Sender<Heard>,
        stop: Arc<AtomicBool>,
    ) -> Result<(String, Work), Failure> {
        let failed = |error: MediaError| connection::unreachable(&self.media, &error);
        let config = ListenerConfig::default();
        match &self.media {
            MediaSettings::TcpListen(tcp) => {
                let mut server = TcpServer::new(tcp.clone());
                server.bind().map_err(failed)?;
                let place = server.local_addr().map(|address| address.to_string());
                let work = move || {
                    let make = |_| Some(Listener::new(config, Arc::clone(&keys)));
                    let heard = Mutex::new(heard);
                    let tell = |peer: SocketAddr, event| tell_on(&heard, peer, event);
                    serve_tcp(&mut server, &ServeSettings::default(), &stop, make, tell)
                };
                Ok((place.unwrap_or_default(), Box::new(work)))
            }
            MediaSettings::UdpListen(udp) => {
                let mut server = UdpServer::new(udp.clone());
                server.open().map_err(failed)?;
                let place = server.local_addr().map(|address| address.to_string());
                let config = ListenerConfig { is_datagram: true, ..config };
                let work = move || {
                    let make = |_| Some(Listener::new(config, Arc::clone(&keys)));
                    let heard = Mutex::new(heard);
                    let tell = |peer: SocketAddr, event| tell_on(&heard, peer, event);
                    serve_udp(&mut server, &ServeSettings::default(), &stop, make, tell)
                };
                Ok((place.unwrap_or_default(), Box::new(work)))
            }
            settings => {
                let media = new_media(settings).map_err(failed)?;
                let mut media = connection::observed(media, common)?;
                media.open().map_err(failed)?;
                let place = media.name().to_owned();
                let config = ListenerConfig { is_datagram: media.is_datagram(), ..config };
                let listener = Listener::new(config, keys);
                Ok((place, Box::new(move || converse(listener, media, &heard, &stop))))
            }
        }
    }
}

/// What the thread of the medium does until it is stopped.
type Work = Box<dyn FnOnce() -> Result<(), MediaError> + Send>;

/// Each caller has a thread of its own.
fn tell_on(heard: &Mutex<Sender<Heard>>, peer: SocketAddr, event: ListenerEvent) {
    let heard = heard.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    // Nobody hears any more when the end has come.
    let _ = heard.send((peer.to_string(), event));
}

/// One medium, until it ends.
fn converse(
    mut listener: Listener<Shared>,
    mut media: AnyMedia,
    heard: &Sender<Heard>,
    stop: &AtomicBool,
) -> Result<(), MediaError> {
    let name = media.name().to_owned();
    // Nobody hears any more when the end has come.
    let tell = |event| _ = heard.send((name.clone(), event));
    let mut driver = Driver::new();
    let mut ended = Ok(());
    while !stop.load(Ordering::Relaxed) {
        match driver.drive(&mut listener, &mut *media, clock::now() + LOOK) {
            Ok(Driven::Event(event)) => tell(event),
            Ok(Driven::Deadline) => {}
            Ok(Driven::Closed) => break,
            Err(error) => {
                ended = Err(error);
                break;
            }
        }
    }
    driver.close(&mut listener, &mut *media);
    while let Some(event) = gurux_media::Session::poll_event(&mut listener) {
        tell(event);
    }
    ended
}

/// The keys by their meters.
fn meter_keys(given: &[Key]) -> Result<MeterKeys<SoftwareCipher>, Failure> {
    let mut keys = MeterKeys::new();
    let mut titles: Vec<SystemTitle> = Vec::new();
    for key in given {
        let owner = key.name.split('/').next().unwrap_or_default();
        let Ok(octets) = crate::capture::hex_line(owner) else { continue };
        if let Some(title) = SystemTitle::new(&octets)
            && !titles.contains(&title)
        {
            titles.push(title);
        }
    }
    let of = |title: Option<SystemTitle>, kind: &str| -> Option<DlmsKey> {
        let found = given.iter().find(|key| match (title, key.name.split_once('/')) {
            (Some(title), Some((owner, rest))) => {
                owner.eq_ignore_ascii_case(&title.to_string()) && rest.eq_ignore_ascii_case(kind)
            }
            (Some(title), None) => {
                kind == "ek" && key.name.eq_ignore_ascii_case(&title.to_string())
            }
            (None, _) => key.name.eq_ignore_ascii_case(kind),
        });
        DlmsKey::from_octets(&found?.octets).ok()
    };
    let cipher = |key: Option<DlmsKey>| -> Result<Option<SoftwareCipher>, Failure> {
        let made = key.map(|key| Software.cipher(&key)).transpose();
        made.map_err(|error| Failure::invalid(error.to_string()))
    };
    let ring =
        |title: Option<SystemTitle>| -> Result<Option<(Keyring<SoftwareCipher>, Policy)>, Failure> {
            // What is not given for one meter is that of all.
            let any = |kind| of(title, kind).or_else(|| of(None, kind));
            let (unicast, broadcast) = (cipher(any("ek"))?, cipher(any("bk"))?);
            if unicast.is_none() && broadcast.is_none() {
                return Ok(None);
            }
            let authentication = any("ak");
            let policy = match authentication {
                Some(_) => Policy::Verified,
                None => Policy::DecryptUnverified,
            };
            let ring =
                Keyring { unicast, broadcast, dedicated: None, session: None, authentication };
            Ok(Some((ring, policy)))
        };
    for title in titles {
        if let Some((ring, policy)) = ring(Some(title))? {
            keys.insert(title, ring, policy);
        }
    }
    if let Some((ring, policy)) = ring(None)? {
        keys.insert_others(ring, policy);
    }
    Ok(keys)
}

/// What came so far.
#[derive(Default)]
struct Tally {
    taken: usize,
    /// Messages that were not, and octets that were none.
    others: usize,
}

impl Tally {
    fn tell<W: std::io::Write>(
        &mut self,
        (source, event): &Heard,
        format: Format,
        layouts: &[Layout<'_>],
        output: &mut Output<W>,
    ) -> Result<(), Failure> {
        let (meter, what, body) = match event {
            ListenerEvent::Pushed(push) => {
                let body = body(push, layouts);
                let meter = named(push, &body);
                let is_read = body.get("error").is_none_or(Json::is_null);
                if is_read {
                    self.taken += 1;
                } else {
                    self.others += 1;
                }
                (meter, how(push), body)
            }
            event => {
                self.others += 1;
                let (what, octets) = untaken(event);
                (String::new(), what, json!({ "octets": octets }))
            }
        };
        let readings = body.get("readings").and_then(Json::as_array).cloned().unwrap_or_default();
        match format {
            Format::Table => {
                let mut text = format!("{source}: {what}");
                if !meter.is_empty() {
                    text.push_str(&format!(", meter {meter}"));
                }
                for note in body.get("notes").and_then(Json::as_array).into_iter().flatten() {
                    text.push_str(&format!("\n  {}", note.as_str().unwrap_or_default()));
                }
                if let Some(error) = body.pointer("/error/what").and_then(Json::as_str) {
                    text.push_str(&format!("\n  wrong: {error}"));
                }
                for reading in &readings {
                    text.push_str(&format!("\n  {}", said_reading(reading)));
                }
                crate::output::harmless(&mut text);
                println!("{text}");
                Ok(())
            }
            Format::Csv => {
                let rows = if readings.is_empty() { vec![Json::Null] } else { readings };
                rows.iter().try_for_each(|reading| {
                    let field = |name: &str| match reading.get(name) {
                        Some(Json::String(text)) => text.clone(),
                        None | Some(Json::Null) => String::new(),
                        Some(other) => other.to_string(),
                    };
                    let mut cells = vec![source.clone(), meter.clone(), what.clone()];
                    cells.extend(COLUMNS.iter().skip(3).map(|name| field(name)));
                    output.record(Record { json: Json::Null, cells })
                })
            }
            _ => {
                let mut json = json!({ "source": source, "meter": meter, "what": what });
                if let (Some(json), Json::Object(body)) = (json.as_object_mut(), body) {
                    json.extend(body);
                }
                if let (Some(json), ListenerEvent::Pushed(push)) = (json.as_object_mut(), event) {
                    json.insert("counter".into(), push.invocation_counter.into());
                    json.insert("verified".into(), push.is_verified.into());
                    json.insert("confirmed".into(), push.is_confirmed.into());
                }
                output.record(Record { json, cells: Vec::new() })
            }
        }
    }
}

/// How it came, in words.
fn how(push: &Pushed) -> String {
    let mut what = "push".to_owned();
    what.push_str(match (push.protection, push.is_verified) {
        (None, _) => " in clear",
        (Some(_), true) => ", proven by its tag",
        (Some(_), false) => ", decrypted unverified",
    });
    if push.is_signed {
        what.push_str(", signed");
    }
    if push.is_confirmed {
        what.push_str(", confirmed");
    }
    what
}

/// What was not taken, in words, and its octets.
fn untaken(event: &ListenerEvent) -> (String, String) {
    match event {
        ListenerEvent::Refused { why, message, .. } => {
            let hint = match why {
                PushRefusal::NoKeys(title) => format!(" (--key {title}=...)"),
                _ => String::new(),
            };
            (format!("refused: {why}{hint}"), to_hex(message))
        }
        ListenerEvent::Incomplete { octets, .. } => {
            (format!("incomplete: {octets} octets of a message, and not the rest"), String::new())
        }
        ListenerEvent::Dropped { octets, why } => {
            (format!("noise: {octets} octets of no message: {why}"), String::new())
        }
        ListenerEvent::Overrun(count) => (format!("{count} messages were too many"), String::new()),
        ListenerEvent::Pushed(_) => Default::default(),
    }
}

/// Who pushed: by the seal, or by what is pushed.
fn named(push: &Pushed, body: &Json) -> String {
    let said =
        |name: &str| Some(body.pointer(&format!("/meter_says/{name}"))?.as_str()?.to_owned());
    let sender = push.sender.map(|title| title.to_string());
    sender.or_else(|| said("id")).or_else(|| said("logical_device")).unwrap_or_default()
}

/// The readings of a push, what its meter says of itself, and what is wrong, as `decode` tells them.
fn body(push: &Pushed, layouts: &[Layout<'_>]) -> Json {
    let capture = Capture::of(push.message().to_vec());
    let hints = Hints { layouts, ..Hints::default() };
    let told = decode::decode(&capture, Some("dlms-apdu"), hints);
    let Some(piece) = told.first() else { return Json::Null };
    let told = piece.to_json(&capture, false);
    let part = |name: &str| told.get(name).cloned().unwrap_or(Json::Null);
    json!({
        "meter_says": part("meter"),
        "readings": part("readings"),
        "notes": part("notes"),
        "error": part("error"),
    })
}
