//! What the driver says of a profile, and conversations with simulated meters.

use gurux_media::bytes::BytesMut;
use gurux_media::{Instant, Session};

use crate::driver::{Drivers, LinkSettings, Seed};
use crate::profile::NAMESPACE;
use crate::simulate::{SimulatedMeter, Simulation};
use crate::{Device, DeviceEvent, DeviceSession, Error, Parameters};

const DEMO: &str = include_str!("../../../profiles/gurux/demo-electricity-dlms.xml");

fn text(inside: &str) -> String {
    format!(
        "<DeviceProfile xmlns=\"{NAMESPACE}\" Guid=\"1b4e28ba-2fa1-11d2-883f-0016d3cca427\" \
         Name=\"n\" Protocol=\"dlms\" Version=\"1.0.0\">\n{inside}</DeviceProfile>"
    )
}

/// A property with `attributes`, in the third line of its file, behind `before` in its second.
fn property(before: &str, attributes: &str) -> String {
    text(&format!("{before}<Category Name=\"C\">\n<Property Name=\"a\" {attributes}/></Category>"))
}

fn faults(text: &str) -> String {
    match Drivers::standard().read(text) {
        Err(Error::Profile(faults)) => faults.to_string(),
        other => panic!("{other:?}"),
    }
}

fn device(text: &str, set: &[(&str, &str)]) -> Device {
    let drivers = Drivers::standard();
    let profile = drivers.read(text).unwrap_or_else(|error| panic!("{error}"));
    let set = set.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let parameters = Parameters::new(&profile, set).unwrap();
    Device::new("d", profile, parameters, &drivers).unwrap_or_else(|error| panic!("{error}"))
}

/// Both sides until the client has nothing to do; each event as a line.
fn converse(
    session: &mut DeviceSession,
    meter: &mut SimulatedMeter,
    now: &mut Instant,
) -> Vec<String> {
    let mut told = Vec::new();
    let mut out = BytesMut::new();
    for _ in 0..20_000 {
        let mut has_moved = false;
        while session.poll_transmit(*now, &mut out).is_some() {
            meter.handle_input(*now, &out.split());
            has_moved = true;
        }
        while meter.poll_transmit(*now, &mut out).is_some() {
            session.handle_input(*now, &out.split());
            has_moved = true;
        }
        while meter.poll_event().is_some() {}
        while let Some(event) = session.poll_event() {
            told.extend(line(&event));
            has_moved = true;
        }
        if session.is_idle() {
            return told;
        }
        if !has_moved {
            let next = [session.poll_timeout(), meter.poll_timeout()].into_iter().flatten().min();
            *now = next.expect("something is waited for").max(*now);
            session.handle_timeout(*now);
            meter.handle_timeout(*now);
        }
    }
    panic!("no end: {told:?}");
}

fn line(event: &DeviceEvent) -> Option<String> {
    match event {
        DeviceEvent::Reading { reading, .. } => {
            let text = reading.measurement.to_string();
            Some(format!("{}: {text}", reading.property))
        }
        DeviceEvent::Failed { reading, why, .. } => Some(format!("{}: {why}", reading.property)),
        DeviceEvent::Written { property, value, verified, .. } => {
            Some(format!("{property} is {value}, verified {verified:?}"))
        }
        DeviceEvent::NotWritten { property, why, .. } => Some(format!("{property}: {why}")),
        DeviceEvent::Identified { detection, .. } => Some(format!("detected {detection:?}")),
        _ => None,
    }
}

fn settings(transport: &str) -> LinkSettings {
    LinkSettings::new(transport).with_seed(Seed::new([7; 32]))
}

/// A client and a meter of the same profile, with what each of them is told.
struct Pair {
    session: DeviceSession,
    meter: SimulatedMeter,
    now: Instant,
}

impl Pair {
    fn new(transport: &str, client: &[(&str, &str)], meter: &[(&str, &str)]) -> Self {
        let settings = settings(transport);
        let simulation = Simulation::new(&device(DEMO, meter), 1).unwrap();
        // Nothing moves by itself.
        for item in 0..7 {
            simulation.set(item, simulation.raw(item).as_ref()).unwrap();
        }
        let mut meter = simulation.session(&settings).unwrap();
        let mut session = device(DEMO, client).session(&settings).unwrap();
        let now = Instant::from_micros(1_000_000);
        meter.handle_open(now);
        session.handle_open(now);
        Self { session, meter, now }
    }

    fn run(&mut self) -> Vec<String> {
        converse(&mut self.session, &mut self.meter, &mut self.now)
    }

    fn read(&mut self, names: &[&str]) -> Vec<String> {
        let items: Vec<usize> =
            names.iter().map(|name| self.session.device().lookup(name).unwrap()).collect();
        self.session.read(&items).unwrap();
        self.run()
    }

    fn write(&mut self, name: &str, value: &str) -> Vec<String> {
        let item = self.session.device().lookup(name).unwrap();
        let value = self.session.device().parse_value(item, value).unwrap();
        self.session.write(item, value).unwrap();
        self.run()
    }
}

const SEVEN: [&str; 7] =
    ["import", "import_t1", "voltage_l1", "current_l1", "frequency", "relay", "name"];

const KEYS: [(&str, &str); 2] =
    [("ek", "000102030405060708090A0B0C0D0E0F"), ("ak", "D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF")];

#[test]
fn values_have_the_scaler_and_the_unit_of_their_object_over_every_carrier() {
    for transport in ["wrapper", "udp", "hdlc", "mode-e", ""] {
        let mut pair = Pair::new(transport, &[], &[]);
        let told = pair.read(&SEVEN);
        assert_eq!(
            told,
            [
                "import: energy.active.import.total 1-0:1.8.0*255 = 12345.678 kWh",
                "import_t1: energy.active.import.t1 1-0:1.8.1*255 = 9876543 Wh",
                "voltage_l1: voltage.l1 1-0:32.7.0*255 = 230.5 V",
                "current_l1: current.l1 1-0:31.7.0*255 = 5.123 A",
                "frequency: frequency 1-0:14.7.0*255 = 50.00 Hz",
                "relay: relay 0-0:96.3.10*255 = true",
                "name: device.name 0-0:42.0.0*255 = GURDEMO000000001",
            ],
            "{transport}"
        );
        pair.session.identify();
        assert_eq!(pair.run(), ["detected Some(0)"]);
        // The link is ended, which the meter confirms, and begun anew.
        let before = pair.now;
        pair.session.release();
        assert!(pair.run().is_empty());
        assert!(pair.now.since(before).as_millis() < 1_000, "{transport}");
        assert_eq!(pair.read(&["name"]).len(), 1, "{transport}");
    }
}

#[test]
fn every_mechanism_and_protection_goes_both_ways() {
    let mut setups = vec![];
    for authentication in ["low", "high", "md5", "sha1", "gmac", "sha256"] {
        setups.push((authentication, "none", "0", "LN"));
    }
    for names in ["LN", "SN"] {
        for security in ["authentication", "encryption", "authentication-encryption"] {
            setups.push(("gmac", security, "0", names));
            setups.push(("none", security, "1", names));
            setups.push(("low", security, "2", names));
        }
    }
    let wide = [
        ("ek", "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F"),
        ("ak", "D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDFE0E1E2E3E4E5E6E7E8E9EAEBECEDEEEF"),
    ];
    for (authentication, security, suite, names) in setups {
        let mut set = vec![
            ("client", "1"),
            ("authentication", authentication),
            ("security", security),
            ("suite", suite),
            ("names", names),
            ("password", "0123456789ABCDEF"),
        ];
        set.extend(if suite == "2" { wide } else { KEYS });
        if names == "SN" {
            set.push(("counter", "1000"));
        }
        let mut pair = Pair::new("wrapper", &set, &set);
        assert_eq!(
            pair.read(&["voltage_l1", "name"]),
            [
                "voltage_l1: voltage.l1 1-0:32.7.0*255 = 230.5 V",
                "name: device.name 0-0:42.0.0*255 = GURDEMO000000001",
            ],
            "{set:?}"
        );
    }
}

#[test]
fn what_is_written_is_read_back() {
    let mut pair = Pair::new("hdlc", &[], &[]);
    assert_eq!(pair.write("location", "attic"), ["location is attic, verified Some(true)"]);
    assert_eq!(pair.read(&["location"]), ["location: customer.location = attic"]);
    assert_eq!(pair.write("relay", "off"), ["relay is false, verified Some(true)"]);
    assert_eq!(pair.read(&["relay"]), ["relay: relay 0-0:96.3.10*255 = false"]);
    assert_eq!(pair.write("relay", "on"), ["relay is true, verified Some(true)"]);
    assert_eq!(
        pair.write("clock", "2026-11-23T12:00:00Z"),
        ["clock is 2026-11-23T12:00:00Z, verified None"]
    );
    let told = pair.read(&["clock"]);
    assert!(told[0].contains("2026-11-23T12:00:0"), "{told:?}");
}

#[test]
fn a_load_profile_fills_as_time_goes_by() {
    let mut pair = Pair::new("wrapper", &[], &[]);
    assert_eq!(pair.read(&["rows"]), ["rows: entries = 0"]);
    for _ in 0..4 {
        pair.now += std::time::Duration::from_secs(900);
        pair.meter.handle_timeout(pair.now);
    }
    assert_eq!(pair.read(&["rows"]), ["rows: entries = 4"]);
    let told = pair.read(&["load_profile"]).concat();
    assert!(told.contains("07EA0B17"), "{told}");
}

#[test]
fn rows_of_a_profile_are_selected_by_their_number() {
    let ours = text(
        r#"<Dlms/><Category Name="C">
        <Property Name="time" Address="7:1-0:99.1.0*255:2;entries=2-3;element=2.1" Type="DateTime"/>
        <Property Name="none" Address="7:1-0:99.1.0*255:2;entries=2-3;element=3.1"/>
        <Property Name="rest" Address="7:1-0:99.1.0*255:2;entries=4-0;element=1.1" Type="DateTime"/>
        </Category>"#,
    );
    for transport in ["wrapper", "hdlc"] {
        let mut pair = Pair::new(transport, &[], &[]);
        for _ in 0..4 {
            pair.now += std::time::Duration::from_secs(900);
            pair.meter.handle_timeout(pair.now);
        }
        pair.session = device(&ours, &[]).session(&settings(transport)).unwrap();
        assert_eq!(
            pair.read(&["time", "none", "rest"]),
            [
                "time: time = 2026-11-23T06:45:00Z",
                "none: none = none (missing)",
                "rest: rest = 2026-11-23T07:00:00Z",
            ]
        );
    }
}

#[test]
fn a_wrong_password_is_one_sentence_and_asked_about_once() {
    let mut right = vec![("client", "1"), ("authentication", "low"), ("password", "12345678")];
    let meter = right.clone();
    right[2].1 = "12345670";
    let mut pair = Pair::new("wrapper", &right, &meter);
    let told = pair.read(&["voltage_l1", "name"]);
    let why = "the meter refused: the association is rejected-permanent: authentication-failure: \
               the password or the key is wrong (13)";
    assert_eq!(told, [format!("voltage_l1: {why}"), format!("name: {why}")]);
    // It is not tried once more in the same conversation: a meter may lock itself.
    let mut out = BytesMut::new();
    let item = pair.session.device().lookup("name").unwrap();
    pair.session.read(&[item]).unwrap();
    assert!(pair.session.poll_transmit(pair.now, &mut out).is_none());
}

#[test]
fn a_wrong_secret_and_a_wrong_key_are_told() {
    let set = |authentication, password, ek| {
        vec![
            ("client", "1"),
            ("authentication", authentication),
            ("password", password),
            (
                "security",
                if authentication == "gmac" { "authentication-encryption" } else { "none" },
            ),
            ("ek", ek),
            ("ak", KEYS[1].1),
        ]
    };
    for authentication in ["md5", "sha1", "sha256"] {
        let meter = set(authentication, "0123456789ABCDEF", KEYS[0].1);
        let client = set(authentication, "0123456789ABCDE0", KEYS[0].1);
        let told = Pair::new("wrapper", &client, &meter).read(&["name"]);
        assert!(told[0].starts_with("name: the meter refused: it does not accept"), "{told:?}");
    }
    let meter = set("gmac", "", KEYS[0].1);
    let client = set("gmac", "", "100102030405060708090A0B0C0D0E0F");
    let told = Pair::new("wrapper", &client, &meter).read(&["name"]);
    assert!(told[0].starts_with("name: the meter refused: "), "{told:?}");
}

#[test]
fn what_is_needed_and_not_given_is_told_before_anything_is_sent() {
    let set = [("client", "1"), ("authentication", "low")];
    let mut pair = Pair::new("wrapper", &set, &[]);
    assert_eq!(pair.read(&["name"]), ["name: the password is not given"]);
    let set = [("client", "1"), ("security", "encryption")];
    let mut pair = Pair::new("wrapper", &set, &[]);
    assert_eq!(pair.read(&["name"]), ["name: the encryption key is not given"]);
}

#[test]
fn an_attribute_that_is_refused_costs_only_itself() {
    let ours = text(
        r#"<Dlms/><Category Name="C">
        <Property Name="name" Address="1:0-0:42.0.0*255:2" Type="Text"/>
        <Property Name="nothing" Address="3:1-0:99.99.99*255:2"/>
        <Property Name="time" Address="8:0-0:1.0.0*255:2"/>
        <Property Name="column" Address="7:1-0:99.1.0*255:3;element=1.2"/>
        <Property Name="nowhere" Address="7:1-0:99.1.0*255:3;element=9"/>
        </Category>"#,
    );
    let settings = settings("wrapper");
    let simulation = Simulation::new(&device(DEMO, &[]), 1).unwrap();
    let now = Instant::from_micros(1_000_000);
    let meter = simulation.session(&settings).unwrap();
    let session = device(&ours, &[]).session(&settings).unwrap();
    let mut pair = Pair { session, meter, now };
    assert_eq!(
        pair.read(&["name", "nothing", "time", "column", "nowhere"]),
        [
            "name: name = GURDEMO000000001",
            "time: time = 2026-11-23T06:00:01Z",
            "column: column = 0000010000FF",
            "nowhere: nowhere = none (missing)",
            "nothing: the meter refused: object-undefined (4)",
        ]
    );
}

#[test]
fn a_faulty_profile_is_told_what_is_wrong_with_it() {
    for (before, attributes, told) in [
        ("", "Address=\"1.8.0\"", "line 3, column 20: Address=\"1.8.0\""),
        ("", "Address=\"3:1-0:1.8.0*255:2\" Type=\"Long\"", "Type=\"Long\""),
        ("", "Address=\"3:1-0:1.8.0*255:m1\"", "as the property is read"),
        (
            "",
            "Address=\"3:1-0:1.8.0*255\" Type=\"U32\" AccessMode=\"ReadWrite\"",
            "scaler= behind it",
        ),
        ("<Dlms Client=\"200\"/>", "Address=\"1:0-0:42.0.0*255\"", "a number from 1 to 127"),
        ("<Dlms Authentication=\"x\"/>", "Address=\"1:0-0:42.0.0*255\"", "one of none, low"),
        ("<Dlms Password=\"1234\"/>", "Address=\"1:0-0:42.0.0*255\"", "a secret parameter"),
        ("<Dlms Quirks=\"strange\"/>", "Address=\"1:0-0:42.0.0*255\"", "no-release"),
        ("<Dlms Colour=\"red\"/>", "Address=\"1:0-0:42.0.0*255\"", "Colour"),
    ] {
        let found = faults(&property(before, attributes));
        assert!(found.contains(told), "{found}");
        assert!(!found.contains("1234"), "{found}");
    }
}
