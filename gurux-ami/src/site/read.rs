//! From the file to the site: the outermost element, lines and media.

use std::collections::HashMap;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gurux_device::profile::{DeviceProfile, Fault, FaultKind, Place};
use gurux_device::xml::{self, Attribute, Element};
use gurux_device::{BusConfig, Drivers};
use gurux_media::MediaSettings;
use jiff::tz::TimeZone;

use super::faults::Faults;
use super::{Line, Meter, NAMESPACE, Site, names};
use crate::schedule::Schedule;
use crate::span::span;

/// What the file of a site is.
const ROOT: &str = "a site is one Site element with xmlns=\"urn:gurux-ami:site:1\"";

/// Reads one file, and on the way the profiles that it names.
pub(super) struct Reader {
    pub(super) faults: Faults,
    pub(super) folder: PathBuf,
    pub(super) drivers: Drivers,
    /// What was read already; `None` for one that is wrong, which is told once.
    pub(super) profiles: HashMap<PathBuf, Option<Arc<DeviceProfile>>>,
    pub(super) zone: TimeZone,
    /// The folder in which invocation counters are kept.
    state: PathBuf,
    pub(super) schedules: HashMap<String, Schedule>,
    /// Where each name stood first: lines and meters have theirs in common, since logs and numbers
    /// name both.
    names: HashMap<(&'static str, String), Place>,
    /// Which line has a medium, and where that was said.
    media: HashMap<String, (String, Place)>,
}

impl Reader {
    pub(super) fn new(file: &str, folder: &Path) -> Self {
        Self {
            faults: Faults::new(file),
            folder: folder.to_owned(),
            drivers: Drivers::standard(),
            profiles: HashMap::new(),
            zone: TimeZone::UTC,
            state: folder.join("state"),
            schedules: HashMap::new(),
            names: HashMap::new(),
            media: HashMap::new(),
        }
    }

    /// The whole file; what is wrong is among the faults.
    pub(super) fn site(&mut self, text: &str) -> Option<Site> {
        let root = match xml::parse(text, ROOT) {
            Ok(root) => root,
            Err(fault) => {
                self.faults.fault(&fault);
                return None;
            }
        };
        let is_ours = root.attribute("xmlns").is_some_and(|xmlns| xmlns.value == NAMESPACE);
        if root.name != "Site" || !is_ours {
            self.faults.fault(&Fault::new(root.place, FaultKind::Root { expected: ROOT }));
            return None;
        }
        names::check(&root, &mut self.faults);
        if let Some(zone) = root.attribute("TimeZone") {
            match TimeZone::get(&zone.value) {
                Ok(found) => self.zone = found,
                Err(_) => self.faults.value(zone, "the name of a time zone, like Europe/Helsinki"),
            }
        }
        if let Some(state) = root.attribute("State") {
            self.state = self.folder.join(&state.value);
        }
        for element in root.children("Schedule") {
            let schedule = self.schedule(element);
            if let (Some(name), Some(schedule)) = (self.name(element, "schedule"), schedule) {
                self.schedules.insert(name, schedule);
            }
        }
        let metrics = root.children("Metrics").next().and_then(|metrics| {
            self.parsed(
                metrics,
                "Address",
                "an address and a port, like 127.0.0.1:9100",
                str::parse,
            )
        });
        let store = root.children("Store").next().and_then(|store| {
            let file = store.attribute("File")?;
            if file.value.is_empty() {
                self.faults.value(file, "the name of a file, like readings.db");
            }
            Some(self.folder.join(&file.value))
        });
        let lines: Vec<Line> = root
            .children
            .iter()
            .filter_map(|element| match element.name.as_str() {
                "Line" => self.line(element),
                // A device with media of its own is a line of its own.
                "Device" => self.lonely(element),
                _ => None,
            })
            .collect();
        if !root.children.iter().any(|element| matches!(&*element.name, "Line" | "Device")) {
            self.faults.at(root.place, "there is no Line and no Device: nothing to poll");
        }
        let name = root.attribute("Name").map(|name| name.value.clone()).unwrap_or_default();
        Some(Site { name, zone: self.zone.clone(), metrics, store, lines })
    }

    fn line(&mut self, element: &Element) -> Option<Line> {
        let name = self.name(element, "line");
        let ways = self.ways(element);
        let meters: Vec<_> = element
            .children("Device")
            .filter_map(|device| {
                if let Some(media) = device.children("Media").next() {
                    const SHARED: &str = "a Device in a Line is reached over the media of its Line";
                    self.faults.at(media.place, SHARED);
                }
                self.device(device, &ways)
            })
            .collect();
        if element.children("Device").next().is_none() {
            let (parent, element_name) = (element.name.clone(), "Device".to_owned());
            let kind = FaultKind::MissingElement { parent, element: element_name };
            self.faults.kind(element.place, &kind);
        }
        self.check_framing(element, &ways, &meters);
        let bus = self.bus(element);
        Some(Line { name: name?, ways, bus, state: self.state.clone(), meters })
    }

    /// In one connection Modbus has its header with all meters, or with none: the other side takes what
    /// it does not expect for noise.
    fn check_framing(&mut self, element: &Element, ways: &[MediaSettings], meters: &[Meter]) {
        for way in ways {
            let modbus = meters.iter().filter(|meter| *meter.profile.protocol == "modbus");
            let framings: Vec<_> = modbus.map(|meter| (meter, meter.transport_over(way))).collect();
            let Some((first, framing)) = framings.first() else { return };
            let Some((other, differs)) = framings.iter().find(|(_, other)| other != framing) else {
                continue;
            };
            let is_other = |device: &&Element| {
                device.attribute("Name").is_some_and(|name| name.value == other.name)
            };
            let place = element.children("Device").find(is_other).map(|device| {
                device.attribute("Transport").map_or(device.place, |transport| transport.place)
            });
            let sentence = format!(
                "{} speaks {differs} over {way}, and {} speaks {framing}: one connection has one \
                 framing",
                other.name, first.name
            );
            self.faults.at(place.unwrap_or(element.place), sentence);
        }
    }

    fn lonely(&mut self, element: &Element) -> Option<Line> {
        let ways = self.ways(element);
        let meter = self.device(element, &ways)?;
        Some(Line {
            name: meter.name.clone(),
            ways,
            bus: BusConfig::default(),
            state: self.state.clone(),
            meters: vec![meter],
        })
    }

    fn bus(&mut self, element: &Element) -> BusConfig {
        const SPAN: &str = "a span of time, like 30ms or 15m";
        let default = BusConfig::default();
        let mut time = |name| self.parsed(element, name, SPAN, span);
        let pause = time("Pause").unwrap_or(default.pause);
        let ageing = time("Ageing").unwrap_or(default.ageing);
        let first_rest = time("FirstRest").unwrap_or(default.first_rest);
        let longest_rest = time("LongestRest").unwrap_or(default.longest_rest).max(first_rest);
        let patience = self.parsed(element, "Patience", "a number from 1 to 255", |text| {
            text.parse().ok().filter(|patience| *patience > 0).ok_or(())
        });
        let share = self.parsed(element, "SilentShare", "hundredths from 0 to 100", |text| {
            text.parse().ok().filter(|share| *share <= 100).ok_or(())
        });
        BusConfig {
            pause,
            ageing,
            patience: patience.unwrap_or(default.patience),
            first_rest,
            longest_rest,
            silent_share: share.unwrap_or(default.silent_share),
        }
    }

    /// The media of a line or a device, the best first.
    fn ways(&mut self, element: &Element) -> Vec<MediaSettings> {
        let line = element.attribute("Name").map_or("", |name| name.value.as_str());
        let mut ways = Vec::new();
        for media in element.children("Media") {
            match media.text.parse::<MediaSettings>() {
                Ok(settings) => {
                    self.claim(media, &settings, line);
                    ways.push(settings);
                }
                Err(error) => self.faults.at(media.text_place, error),
            }
        }
        if element.children("Media").next().is_none() {
            let (parent, element_name) = (element.name.clone(), "Media".to_owned());
            let kind = FaultKind::MissingElement { parent, element: element_name };
            self.faults.kind(element.place, &kind);
        }
        ways
    }

    /// One line owns one medium: two owners would talk into each other's answers.
    fn claim(&mut self, media: &Element, settings: &MediaSettings, line: &str) {
        let port = match settings {
            MediaSettings::Tcp(tcp) => format!("tcp {}:{}", tcp.host.to_lowercase(), tcp.port),
            MediaSettings::Udp(udp) => format!("udp {}:{}", udp.host.to_lowercase(), udp.port),
            MediaSettings::TcpListen(tcp) => format!("port {}:{}", tcp.address, tcp.port),
            MediaSettings::Serial(serial) => format!("serial {}", serial.path),
            _ => {
                const KINDS: &str = "a poller's line goes over tcp, tcp-listen, udp or serial";
                self.faults.at(media.text_place, KINDS);
                return;
            }
        };
        if let Some((owner, place)) = self.media.get(&port) {
            let sentence = if owner == line {
                format!("{} stands here a second time; it was named at {place}", media.text)
            } else {
                format!(
                    "{} belongs to {owner} at {place}: two owners of one line would talk into each \
                     other's answers; put these devices into one Line",
                    media.text
                )
            };
            self.faults.at(media.text_place, sentence);
        } else {
            self.media.insert(port, (line.to_owned(), media.text_place));
        }
    }

    /// The name of an element, which no other of its kind has.
    pub(super) fn name(&mut self, element: &Element, what: &'static str) -> Option<String> {
        let name = element.attribute("Name")?;
        if name.value.is_empty() || name.value.len() > 64 || name.value.contains(['/', '\t']) {
            self.faults.value(name, "1 to 64 characters, no / among them");
            return None;
        }
        let key = (what, name.value.clone());
        if let Some(first) = self.names.get(&key) {
            let kind = FaultKind::Duplicate { what, name: name.value.clone(), first: *first };
            self.faults.kind(name.place, &kind);
            return None;
        }
        self.names.insert(key, name.place);
        Some(name.value.clone())
    }

    /// The value of an attribute that is there and right.
    pub(super) fn parsed<T, E>(
        &mut self,
        element: &Element,
        name: &str,
        expected: impl Display,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let attribute: &Attribute = element.attribute(name)?;
        match parse(&attribute.value) {
            Ok(value) => Some(value),
            Err(_) => {
                self.faults.value(attribute, expected);
                None
            }
        }
    }
}
