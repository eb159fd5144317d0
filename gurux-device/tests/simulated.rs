//! Each profile plays its own meter, and is read from it, over every transport.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use gurux_device::profile::DeviceProfile;
use gurux_device::{
    Device, DeviceEvent, DeviceSession, Drivers, LinkSettings, Parameters, Reading, SimulatedLine,
    Simulation,
};
use gurux_media::bytes::BytesMut;
use gurux_media::{Instant, Session};
use gurux_value::Decimal;

const TRANSPORTS: [&str; 6] = ["rtu", "ascii", "tcp", "rtu-over-tcp", "ascii-over-tcp", "udp"];

/// The transports of a profile's protocol.
fn transports(profile: &DeviceProfile) -> &'static [&'static str] {
    match profile.protocol.as_str() {
        "mbus" => &["wired", "wireless"],
        // Behind a sign-on time passes, and values move.
        "dlms" => &["hdlc", "udp", "wrapper"],
        _ => &TRANSPORTS,
    }
}

fn profiles() -> Vec<(PathBuf, Arc<DeviceProfile>)> {
    fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "xml") {
                found.push(path);
            }
        }
    }
    let mut paths = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../profiles"), &mut paths);
    let drivers = Drivers::standard();
    let read = |path: PathBuf| {
        let profile = drivers.read(&fs::read_to_string(&path).unwrap()).unwrap();
        (path, Arc::new(profile))
    };
    paths.into_iter().map(read).collect()
}

fn demo() -> Arc<DeviceProfile> {
    let mut all = profiles().into_iter();
    all.find(|(path, _)| path.ends_with("gurux/demo-three-phase.xml")).unwrap().1
}

fn device(profile: &Arc<DeviceProfile>, given: &[(&str, &str)]) -> Device {
    let given = given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let parameters = Parameters::new(profile, given).unwrap();
    Device::new("sim", Arc::clone(profile), parameters, &Drivers::standard()).unwrap()
}

/// Both ends, and a clock that jumps to the next moment that one of them waits for.
struct Line<'m, M> {
    session: DeviceSession,
    meter: &'m mut M,
    now: Instant,
}

impl<M: Session> Line<'_, M> {
    fn run(&mut self) -> Vec<DeviceEvent> {
        let mut events = Vec::new();
        for _ in 0..100_000 {
            let (mut out, mut is_busy) = (BytesMut::new(), false);
            while self.session.poll_transmit(self.now, &mut out).is_some() {
                self.now += Duration::from_millis(3);
                self.meter.handle_input(self.now, &out.split());
                is_busy = true;
            }
            while self.meter.poll_transmit(self.now, &mut out).is_some() {
                self.now += Duration::from_millis(3);
                self.session.handle_input(self.now, &out.split());
                is_busy = true;
            }
            while self.meter.poll_event().is_some() {}
            events.extend(std::iter::from_fn(|| self.session.poll_event()));
            if self.session.is_idle() {
                return events;
            }
            if !is_busy {
                let next = [self.session.poll_timeout(), self.meter.poll_timeout()];
                let next = next.into_iter().flatten().min().expect("somebody waits");
                self.now = self.now.max(next);
                self.session.handle_timeout(self.now);
                self.meter.handle_timeout(self.now);
            }
        }
        panic!("no end: {events:?}");
    }

    fn read_all(&mut self) -> Vec<Reading> {
        let items = self.session.device().readable();
        self.session.read(&items).unwrap();
        let mut readings: Vec<Reading> = self
            .run()
            .into_iter()
            .filter_map(|event| match event {
                DeviceEvent::Reading { reading, .. } => Some(reading),
                DeviceEvent::Failed { reading, why, .. } => panic!("{reading}: {why}"),
                _ => None,
            })
            .collect();
        readings.sort_by(|a, b| a.property.cmp(&b.property));
        assert_eq!(readings.len(), items.len());
        readings
    }
}

fn value(readings: &[Reading], property: &str) -> String {
    let found = readings.iter().find(|reading| reading.property == property).unwrap();
    found.measurement.value.as_ref().map_or("none".to_owned(), ToString::to_string)
}

#[test]
fn a_usual_value_that_does_not_fit_is_left_out() {
    // 1234500 Wh are more than a float of 16 bits holds, 230 V are not.
    let text = r#"<DeviceProfile xmlns="urn:gurux-ami:profile:1" Guid="00000000-0000-4000-8000-000000000001"
        Name="small" Protocol="modbus" Version="1.0.0">
      <Modbus UnitId="1"/>
      <Category Name="all">
        <Property Name="import" Unit="Wh" Address="input:801" Type="F16"/>
        <Property Name="voltage" Unit="V" Address="input:1" Type="F16"/>
      </Category>
    </DeviceProfile>"#;
    let profile = Arc::new(Drivers::standard().read(text).unwrap());
    let simulation = Simulation::new(&device(&profile, &[]), 1).unwrap();
    let raw = |item| simulation.raw(item).and_then(|value| value.as_decimal());
    assert_ne!(raw(0), Some(Decimal::from(1_234_500)));
    assert_eq!(raw(1), Some(Decimal::from(230)));
}

#[test]
fn each_profile_reads_the_meter_that_it_plays_the_same_over_every_transport() {
    for (path, profile) in profiles() {
        let mut all: Vec<Vec<String>> = Vec::new();
        for transport in transports(&profile) {
            let settings = LinkSettings::new(*transport);
            let simulation = Simulation::new(&device(&profile, &[]), 7)
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let mut meter = simulation.session(&settings).unwrap();
            let session = device(&profile, &[]).session(&settings).unwrap();
            let mut line = Line { session, meter: &mut meter, now: Instant::from_millis(5) };
            let readings = line.read_all();
            for reading in &readings {
                let quality = reading.measurement.quality;
                let is_told = quality.is_good() || reading.measurement.value.is_none();
                assert!(is_told, "{}: {reading}", path.display());
            }
            all.push(readings.iter().map(ToString::to_string).collect());
        }
        assert!(all.windows(2).all(|pair| pair[0] == pair[1]), "{}", path.display());
    }
}

#[test]
fn each_value_begins_as_the_profile_says() {
    for (path, profile) in profiles() {
        let settings = LinkSettings::new(transports(&profile).last().copied().unwrap());
        let mut meter =
            Simulation::new(&device(&profile, &[]), 7).unwrap().session(&settings).unwrap();
        let session = device(&profile, &[]).session(&settings).unwrap();
        let mut line = Line { session, meter: &mut meter, now: Instant::from_millis(5) };
        let readings = line.read_all();
        let device = line.session.device();
        for (place, item) in device.items().iter().enumerate() {
            let property = &item.property;
            let is_read = property.access_mode.is_readable();
            let Some(text) = property.default_value.as_ref().filter(|_| is_read) else { continue };
            let expected = device.parse_value(place, text).unwrap();
            let found = readings.iter().find(|reading| reading.property == *property.name).unwrap();
            let found = found.measurement.value.as_ref().unwrap();
            let same =
                expected.as_decimal().is_some() && expected.as_decimal() == found.as_decimal();
            assert!(
                same || expected.to_string() == found.to_string(),
                "{}: {found}",
                path.display()
            );
        }
    }
}

#[test]
fn counters_grow_and_measured_values_wander_by_the_seed() {
    let profile = demo();
    let settings = LinkSettings::new("tcp");
    let run = |seed: u64| {
        let simulation = Simulation::new(&device(&profile, &[]), seed).unwrap();
        let mut meter = simulation.session(&settings).unwrap();
        let session = device(&profile, &[]).session(&settings).unwrap();
        let mut line = Line { session, meter: &mut meter, now: Instant::from_millis(5) };
        let first = line.read_all();
        line.now += Duration::from_secs(3600);
        let second = line.read_all();
        [first, second].map(|readings| {
            ["import", "voltage_l1", "power"].map(|property| value(&readings, property))
        })
    };
    let [first, second] = run(7);
    let number = |text: &str| text.parse::<Decimal>().unwrap();
    assert!(number(&second[0]) > number(&first[0]));
    assert_ne!(first[1..], second[1..]);
    // What the profile gives no default is absent.
    let simulation = Simulation::new(&device(&profile, &[]), 1).unwrap();
    let external = device(&profile, &[]).lookup("temperature_external").unwrap();
    assert_eq!(simulation.raw(external), None);
    for voltage in [&first[1], &second[1]] {
        assert!((225..=236).contains(&number(voltage).round_to(0).unwrap().to_i64().unwrap()));
    }
    assert_eq!(run(7), [first, second.clone()]);
    assert_ne!(run(8)[1], second);
}

#[test]
fn what_is_written_stays_and_all_clients_see_it() {
    let profile = demo();
    let simulation = Simulation::new(&device(&profile, &[]), 1).unwrap();
    let written = [
        ("relay", "false"),
        ("tariff", "night"),
        ("display_page", "200"),
        ("current_limit", "16.5"),
        ("power_limit", "7.25"),
        ("transformer_ratio", "40"),
        ("location", "Roof, north"),
    ];
    for transport in ["rtu", "tcp", "ascii"] {
        let settings = LinkSettings::new(transport);
        let mut meter = simulation.session(&settings).unwrap();
        let session = device(&profile, &[]).session(&settings).unwrap();
        let mut line = Line { session, meter: &mut meter, now: Instant::from_millis(5) };
        for (property, text) in written {
            let item = line.session.device().lookup(property).unwrap();
            let value = line.session.device().parse_value(item, text).unwrap();
            line.session.write(item, value).unwrap();
            let events = line.run();
            let is_verified = |event: &DeviceEvent| {
                matches!(event, DeviceEvent::Written { verified: Some(true), .. })
            };
            assert!(events.iter().any(is_verified), "{property} over {transport}: {events:?}");
        }
    }
    let settings = LinkSettings::new("tcp");
    let mut meter = simulation.session(&settings).unwrap();
    let session = device(&profile, &[]).session(&settings).unwrap();
    let mut line = Line { session, meter: &mut meter, now: Instant::from_millis(90_000) };
    let readings = line.read_all();
    for (property, text) in written {
        assert_eq!(value(&readings, property), text);
    }
}

#[test]
fn an_address_outside_of_the_map_is_refused() {
    let simulation = Simulation::new(&device(&demo(), &[]), 1).unwrap();
    let mut meter = simulation.session(&LinkSettings::new("tcp")).unwrap();
    let mut ask = |pdu: &[u8]| {
        let len = (pdu.len() + 1) as u8;
        meter.handle_input(Instant::ZERO, &[&[0, 1, 0, 0, 0, len, 1], pdu].concat());
        let mut out = BytesMut::new();
        meter.poll_transmit(Instant::ZERO, &mut out).unwrap();
        out[7..].to_vec()
    };
    assert_eq!(ask(&[3, 0x10, 0, 0, 1]), [0x83, 2]);
    // A forbidden range is a hole, too long a request is refused, and what is read only stays.
    assert_eq!(ask(&[3, 0, 64, 0, 1]), [0x83, 2]);
    assert_eq!(ask(&[3, 0, 0, 0, 61]), [0x83, 3]);
    assert_eq!(ask(&[6, 0, 12, 0, 1]), [0x86, 2]);
    // It says who it is.
    assert!(ask(&[0x2B, 0x0E, 1, 0]).windows(7).any(|name| name == b"DEMO-3P"));
}

#[test]
fn a_simulated_sunspec_device_is_found_along_its_chain() {
    let mut all = profiles().into_iter();
    let profile = all.find(|(path, _)| path.ends_with("gurux/sunspec-meter.xml")).unwrap().1;
    let settings = LinkSettings::new("tcp");
    let mut meter = Simulation::new(&device(&profile, &[]), 1).unwrap().session(&settings).unwrap();
    let mut session = device(&profile, &[]).session(&settings).unwrap();
    session.identify();
    let mut line = Line { session, meter: &mut meter, now: Instant::from_millis(5) };
    let events = line.run();
    let DeviceEvent::Identified { parameters, .. } = &events[0] else { panic!("{events:?}") };
    let expected = [("common", "40002"), ("meter", "40070")];
    assert_eq!(*parameters, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

#[test]
fn a_profile_without_defaults_shows_usual_values() {
    let mut all = profiles().into_iter();
    let profile = all.find(|(path, _)| path.ends_with("eastron/sdm630.xml")).unwrap().1;
    let settings = LinkSettings::new("rtu");
    let mut meter = Simulation::new(&device(&profile, &[]), 1).unwrap().session(&settings).unwrap();
    let session = device(&profile, &[]).session(&settings).unwrap();
    let mut line = Line { session, meter: &mut meter, now: Instant::from_millis(5) };
    let readings = line.read_all();
    assert_eq!(value(&readings, "voltage_l1"), "230");
    assert_eq!(value(&readings, "frequency"), "50");
}

#[test]
fn several_meters_share_a_line() {
    let profile = demo();
    let settings = LinkSettings::new("rtu");
    let meters: Vec<Simulation> = ["3", "4"]
        .iter()
        .map(|unit| Simulation::new(&device(&profile, &[("unit", unit)]), 1).unwrap())
        .collect();
    let mut both = SimulatedLine::new(&meters, &settings).unwrap();
    for unit in ["3", "4"] {
        let session = device(&profile, &[("unit", unit)]).session(&settings).unwrap();
        let mut line = Line { session, meter: &mut both, now: Instant::from_millis(5) };
        assert_eq!(value(&line.read_all(), "serial"), "DEMO-00001");
    }
}

#[test]
fn a_simulated_meter_is_recognised_by_its_marks() {
    let profile = demo();
    let settings = LinkSettings::new("tcp");
    let mut meter = Simulation::new(&device(&profile, &[]), 1).unwrap().session(&settings).unwrap();
    let mut session = device(&profile, &[]).session(&settings).unwrap();
    session.identify();
    let mut line = Line { session, meter: &mut meter, now: Instant::from_millis(5) };
    let events = line.run();
    let DeviceEvent::Identified { detection, facts, .. } = &events[0] else { panic!("{events:?}") };
    assert_eq!(*detection, Some(0));
    assert_eq!(facts[1], ("object 1".to_owned(), Some("DEMO-3P".to_owned())));
}
