//! `gurux-ami demo`: simulated meters, polled for real.

use std::io::Write;
use std::time::{Duration, Instant};

use clap::Args;
use gurux_device::{Device, DeviceEvent, Drivers, Parameters, Reading, Simulation};
use gurux_media::Faults;
use serde_json::json;

use super::Common;
use crate::connection::{MediaArgs, PatienceArgs, Transport};
use crate::exit::{Exit, Failure};
use crate::interrupt::Interrupt;
use crate::meter::{self, Meter};
use crate::output::{Format, Output, Record};
use crate::readings;
use crate::simulator::{Serving, Simulator};
use crate::tally::Tally;

/// Simulated meters on loopback and on a pseudo-terminal, polled for real
///
/// An electricity meter is asked over TCP; a water meter and a second electricity meter share one
/// line of RTU, which is read like any serial port; two heat meters share an M-Bus behind a gateway,
/// one with a primary and one with a secondary address; a water meter is heard by radio. A DLMS meter
/// is asked over TCP, authenticated and encrypted, and one on an optical head behind a sign-on. It
/// takes a few seconds and leaves nothing behind.
#[derive(Args, Debug)]
pub(super) struct Demo {}

/// Each meter is read so often, a second apart: enough to see its values move.
const ROUNDS: usize = 3;
const PAUSE: Duration = Duration::from_secs(1);
/// The line that two meters share.
const LINE: &str = "19200,8N1";
/// An optical head, as a sign-on begins; most begin at 300 bit/s, which takes its time.
const HEAD: &str = "9600,7E1";
const COLUMNS: &[&str] = &["meter", "property", "round 1", "round 2", "round 3", "unit"];

/// A simulated meter: its name, the parameters that tell it from others, its profile, and the view
/// of it that is read.
struct Kind {
    name: &'static str,
    set: &'static [(&'static str, &'static str)],
    profile: &'static str,
    view: &'static str,
}

static THREE_PHASE: &str = include_str!("../../profiles/demo-three-phase.xml");
static WATER: &str = include_str!("../../profiles/demo-water.xml");
static HEAT: &str = include_str!("../../profiles/demo-heat.xml");
static ELECTRICITY: &str = include_str!("../../profiles/demo-electricity-dlms.xml");
static RADIO: &str = include_str!("../../profiles/demo-water-radio.xml");

static ON_TCP: &[Kind] =
    &[Kind { name: "house", set: &[("unit", "1")], profile: THREE_PHASE, view: "customer" }];
static ON_LINE: &[Kind] = &[
    Kind { name: "cellar", set: &[("unit", "10")], profile: WATER, view: "customer" },
    Kind { name: "garage", set: &[("unit", "2")], profile: THREE_PHASE, view: "live" },
];
static ON_MBUS: &[Kind] = &[
    Kind { name: "flat-1", set: &[("address", "1")], profile: HEAT, view: "customer" },
    Kind {
        name: "flat-2",
        set: &[("address", "2"), ("id", "10000002")],
        profile: HEAT,
        view: "customer",
    },
];
static IN_THE_AIR: &[Kind] = &[Kind {
    name: "garden",
    set: &[("key", "000102030405060708090A0B0C0D0E0F"), ("id", "20000001")],
    profile: RADIO,
    view: "customer",
}];

static ON_DLMS: &[Kind] = &[Kind {
    name: "shop",
    set: &[
        ("authentication", "gmac"),
        ("security", "authentication-encryption"),
        ("ek", "000102030405060708090A0B0C0D0E0F"),
        ("ak", "D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF"),
        ("client", "1"),
    ],
    profile: ELECTRICITY,
    view: "customer",
}];
static ON_A_HEAD: &[Kind] =
    &[Kind { name: "barn", set: &[("client", "16")], profile: ELECTRICITY, view: "live" }];

impl Kind {
    fn device(&self) -> Result<Device, Failure> {
        let drivers = Drivers::standard();
        let profile = drivers.read(self.profile).map_err(wrong)?;
        let set = self.set.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let parameters = Parameters::new(&profile, set).map_err(wrong)?;
        Device::new(self.name, profile, parameters, &drivers).map_err(wrong)
    }

    /// How it is called.
    fn address(&self) -> String {
        let set = self.set.last().copied().unwrap_or_default();
        format!("{} {}", set.0, set.1)
    }
}

/// The profiles are part of the program, and a test reads them; so this is not seen.
fn wrong(error: gurux_device::Error) -> Failure {
    Failure::invalid(error.to_string())
}

impl Demo {
    pub(super) fn run(&self, common: &Common) -> Result<Exit, Failure> {
        let begun_at = Instant::now();
        let interrupt = Interrupt::catch()?;
        let house = serve(ON_TCP, "tcp-listen:127.0.0.1:0", None)?;
        let link = format!("gurux-ami-demo-{}", std::process::id());
        let link = std::env::temp_dir().join(link);
        let line = serve(ON_LINE, &format!("pty:{},{LINE}", link.display()), None)?;
        let mbus = serve(ON_MBUS, "tcp-listen:127.0.0.1:0", None)?;
        let radio = Some(Transport::Wireless);
        let air = serve(IN_THE_AIR, "tcp-listen:127.0.0.1:0", radio)?;
        let dlms = serve(ON_DLMS, "tcp-listen:127.0.0.1:0", None)?;
        let head = std::env::temp_dir().join(format!("gurux-ami-head-{}", std::process::id()));
        let optical = Some(Transport::ModeE);
        let head = serve(ON_A_HEAD, &format!("pty:{},{HEAD}", head.display()), optical)?;
        let mut polled = Vec::new();
        polled.extend(polls(ON_TCP, &format!("tcp:{}", house.place), None)?);
        polled.extend(polls(ON_LINE, &format!("serial:{},{LINE}", line.place), None)?);
        polled.extend(polls(ON_MBUS, &format!("tcp:{}", mbus.place), None)?);
        polled.extend(polls(IN_THE_AIR, &format!("tcp:{}", air.place), radio)?);
        polled.extend(polls(ON_DLMS, &format!("tcp:{}", dlms.place), None)?);
        polled.extend(polls(ON_A_HEAD, &format!("serial:{},{HEAD}", head.place), optical)?);
        if common.format == Format::Table {
            introduce(&polled)?;
        }

        let mut tally = Tally::default();
        for round in 0..ROUNDS {
            if round > 0 && interrupt.wait(PAUSE) {
                return Err(Failure::new(Exit::Partial, "interrupted"));
            }
            for meter in &mut polled {
                meter.read(round, common, &mut tally)?;
            }
        }
        let mut output = Output::stdout(common.format, COLUMNS);
        for meter in &polled {
            for row in &meter.rows {
                output.record(row.record(meter))?;
            }
        }
        output.finish()?;
        let readings = tally.good();
        let exit = tally.end("demo", "read")?;
        let took = begun_at.elapsed().as_secs_f32();
        eprintln!("{readings} readings of {} meters in {took:.1} s", polled.len());
        Ok(exit)
    }
}

/// Simulates these meters, which share a medium.
fn serve(kinds: &[Kind], media: &str, transport: Option<Transport>) -> Result<Serving, Failure> {
    let media = media_args(media, transport)?;
    let mut meters = Vec::with_capacity(kinds.len());
    let mut link = media.link("");
    for (seed, kind) in (1..).zip(kinds) {
        let device = kind.device()?;
        link = media.link(&device.profile().protocol);
        meters.push(Simulation::new(&device, seed).map_err(wrong)?);
    }
    let faults = Faults::none();
    Simulator { meters, link, faults, common: Common::default() }.serve(&media.media)
}

/// These meters, to be polled over one medium.
fn polls(
    kinds: &'static [Kind],
    media: &str,
    transport: Option<Transport>,
) -> Result<Vec<Polled>, Failure> {
    let media = media_args(media, transport)?;
    let poll = |kind: &'static Kind| {
        let device = kind.device()?;
        let items = device.view(kind.view).map_err(wrong)?;
        let names = items.iter().filter_map(|item| device.items().get(*item));
        let rows = names.map(|item| Row {
            property: item.property.name.to_string(),
            readings: Default::default(),
        });
        Ok(Polled { kind, media: media.clone(), rows: rows.collect() })
    };
    kinds.iter().map(poll).collect()
}

fn media_args(media: &str, transport: Option<Transport>) -> Result<MediaArgs, Failure> {
    let media = media.parse().map_err(|error| Failure::usage(format!("{error}")))?;
    Ok(MediaArgs { media, transport })
}

/// Says what is simulated, and how it will be asked.
fn introduce(polled: &[Polled]) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    for Polled { kind, media, .. } in polled {
        let device = kind.device()?;
        let profile = device.profile().name.to_lowercase();
        let protocol = &device.profile().protocol;
        let how = match (protocol.as_str(), media.transport(protocol)) {
            ("mbus", transport) => format!("M-Bus, {transport}"),
            ("dlms", "mode-e") => "DLMS, mode E".to_owned(),
            ("dlms", _) => "DLMS, authenticated and encrypted,".to_owned(),
            (_, transport) => format!("Modbus {}", transport.to_uppercase()),
        };
        writeln!(out, "{:8}{profile}, {}", kind.name, kind.address())?;
        writeln!(out, "{:8}{how} over {}", "", media.media)?;
    }
    writeln!(out)?;
    out.flush()?;
    Ok(())
}

/// A meter that is polled, and what was read of it.
struct Polled {
    kind: &'static Kind,
    media: MediaArgs,
    rows: Vec<Row>,
}

/// One property, round by round.
struct Row {
    property: String,
    readings: [Option<Reading>; ROUNDS],
}

impl Polled {
    /// Reads the view, as `gurux-ami read` does it.
    fn read(&mut self, round: usize, common: &Common, tally: &mut Tally) -> Result<(), Failure> {
        let device = self.kind.device()?;
        let items = device.view(self.kind.view).map_err(wrong)?;
        let mut session = meter::session(device, &self.media, &PatienceArgs::default())?;
        session.read(&items).map_err(wrong)?;
        let mut meter = Meter::open(session, &self.media, common)?;
        while let Some(event) = meter.next()? {
            let (reading, why) = match event {
                DeviceEvent::Reading { reading, .. } => (reading, None),
                DeviceEvent::Failed { reading, why, .. } => (reading, Some(why)),
                DeviceEvent::Done { .. } => break,
                _ => continue,
            };
            tally.count(why.as_ref());
            let row = self.rows.iter_mut().find(|row| row.property == reading.property);
            if let Some(slot) = row.and_then(|row| row.readings.get_mut(round)) {
                *slot = Some(reading);
            }
        }
        meter.close();
        Ok(())
    }
}

impl Row {
    fn record(&self, meter: &Polled) -> Record {
        let texts = self.readings.each_ref().map(|reading| {
            let value = reading.as_ref()?.measurement.value.as_ref()?;
            Some(value.to_string())
        });
        let unit = self.readings.iter().flatten().find_map(|reading| reading.measurement.unit);
        let mut cells = vec![meter.kind.name.to_owned(), self.property.clone()];
        cells.extend(texts.iter().map(|text| text.clone().unwrap_or_else(|| "-".to_owned())));
        cells.push(readings::unit(unit));
        let json = json!({
            "device": meter.kind.name,
            "media": meter.media.media.to_string(),
            "property": self.property,
            "unit": unit.map(|unit| unit.to_string()),
            "values": texts,
        });
        Record { json, cells }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_profiles_in_the_program_are_those_of_the_repository() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../profiles/gurux");
        for (name, ours) in [
            ("demo-three-phase.xml", THREE_PHASE),
            ("demo-water.xml", WATER),
            ("demo-heat.xml", HEAT),
            ("demo-water-radio.xml", RADIO),
            ("demo-electricity-dlms.xml", ELECTRICITY),
        ] {
            // A packaged crate stands alone.
            if let Ok(theirs) = std::fs::read_to_string(folder.join(name)) {
                assert_eq!(ours, theirs, "gurux-ami/profiles/{name} is another");
            }
        }
        for kind in [ON_TCP, ON_LINE, ON_MBUS, IN_THE_AIR, ON_DLMS, ON_A_HEAD].into_iter().flatten()
        {
            assert!(!kind.device().unwrap().view(kind.view).unwrap().is_empty());
        }
    }
}
