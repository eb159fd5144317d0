//! A draft from an answer of an M-Bus meter, whose records say themselves what they are.

use std::sync::{Arc, Mutex};

use gurux_device::profile::{
    AllowedMedia, Category, Detect, Expect, Frame, Match, MatchTest, Property, Settings, Subject,
    Test,
};
use gurux_device::profile::{Located, Parameter, ParameterType};
use gurux_device::{Device, DeviceEvent, Drivers, Parameters, ReadFailure};
use gurux_media::drive::{Driven, Driver};
use gurux_media::{Instant, TraceKind, TraceLevel, Traced};
use serde_json::Value as Json;

use super::{Draft, New};
use crate::capture::{self, Capture};
use crate::cli::Common;
use crate::connection::{self, AnyMedia};
use crate::decode::{self, Hints};
use crate::exit::{Exit, Failure};
use crate::meter;

/// How any meter on two wires is reached.
const ANY: &str = r#"<DeviceProfile xmlns="urn:gurux-ami:profile:1"
    Guid="6a0a2a4e-9b5f-4c39-9d6c-0c6c5d1b8a79" Name="any" Protocol="mbus" Version="1.0.0">
  <Parameter Name="address" Type="Int" Default="1"/>
  <Parameter Name="id" Type="String"/>
  <Parameter Name="key" Type="String" Secret="true"/>
  <MBus PrimaryAddress="{address}" SecondaryAddress="{id}" Key="{key}"/>
  <Category Name="any"><Property Name="id" Address="header=id"/></Category>
</DeviceProfile>"#;

impl New {
    /// From a meter: it is read once, and what came in is looked at as a capture.
    pub(super) fn mbus(&self, common: &Common) -> Result<Draft, Failure> {
        let drivers = Drivers::standard();
        let usage = |error: gurux_device::Error| Failure::usage(error.to_string());
        let any = drivers.read(ANY).map_err(usage)?;
        let parameters = Parameters::new(&any, self.set.iter().cloned()).map_err(usage)?;
        let device = Device::new("", any, parameters, &drivers).map_err(usage)?;
        let media = self.media()?;
        let mut session = meter::session(device, media, &self.patience)?;
        let items = session.device().readable();
        session.read(&items).map_err(usage)?;
        let heard: Arc<Mutex<Vec<u8>>> = Arc::default();
        let ear = Arc::clone(&heard);
        let open = connection::open(&media.media, common)?;
        let mut open: AnyMedia = Box::new(Traced::new(open, TraceLevel::Verbose, move |trace| {
            if let (TraceKind::Received(octets), Ok(mut heard)) = (trace.what, ear.lock()) {
                heard.extend_from_slice(octets);
            }
        }));
        let mut driver = Driver::new();
        let mut failure = None;
        loop {
            let driven = driver.drive(&mut session, &mut *open, Instant::FAR_FUTURE);
            match driven.map_err(|error| connection::unreachable(&media.media, &error))? {
                Driven::Event(DeviceEvent::Failed { why, .. }) => failure = Some(why),
                Driven::Event(DeviceEvent::Done { .. }) | Driven::Closed => break,
                Driven::Event(_) | Driven::Deadline => {}
            }
        }
        if let Some(why) = failure {
            let exit = match why {
                ReadFailure::Refused(_) => Exit::Refused,
                _ => Exit::Unreachable,
            };
            return Err(Failure::new(exit, format!("the meter: {why}")));
        }
        let octets = heard.lock().map(|heard| heard.clone()).unwrap_or_default();
        draft_of(&[octets])
    }

    /// From what somebody captured.
    pub(super) fn mbus_capture(&self, argument: &str) -> Result<Draft, Failure> {
        let captures = capture::captures(argument, None)?;
        let octets: Result<Vec<Vec<u8>>, Failure> = captures
            .into_iter()
            .map(|found| {
                found.map(|capture| capture.octets).map_err(|bad| Failure::invalid(bad.sentence))
            })
            .collect();
        draft_of(&octets?)
    }
}

/// A meter as its telegrams tell it.
fn draft_of(captures: &[Vec<u8>]) -> Result<Draft, Failure> {
    let mut draft = Draft::new("mbus");
    let mut meter: Option<Json> = None;
    let mut made: Vec<Property> = Vec::new();
    let mut expected: Vec<Expect> = Vec::new();
    let mut frames: Vec<Frame> = Vec::new();
    let mut is_wired = true;
    for octets in captures {
        let capture = Capture::of(octets.clone());
        for piece in decode::decode(&capture, Some("mbus"), Hints::default()) {
            let told = piece.to_json(&capture, false);
            let readings = at(&told, "readings").as_array().cloned().unwrap_or_default();
            if readings.is_empty() {
                continue;
            }
            // Telegrams of another meter are passed over: a profile is one kind of meter.
            if *meter.get_or_insert_with(|| at(&told, "meter").clone()) != *at(&told, "meter") {
                continue;
            }
            is_wired &= at(&told, "layers").get(0).is_some_and(|layer| layer == "ft12");
            frames.push(Frame { received: true, octets: piece.octets.clone().into() });
            for reading in &readings {
                let (property, expect) = record(&mut draft, reading, &made);
                expected.extend(expect);
                made.push(property);
            }
        }
    }
    let Some(meter) = meter else {
        return Err(Failure::invalid(
            "there is no telegram with records in it; one that is encrypted must be opened first",
        ));
    };
    about(&mut draft, &meter, is_wired);
    draft.profile.categories =
        vec![Category { name: "Records".into(), properties: made, ..Category::default() }];
    prove(&mut draft, frames, expected);
    Ok(draft)
}

/// A member of an object; null where there is none.
fn at<'j>(json: &'j Json, name: &str) -> &'j Json {
    json.get(name).unwrap_or(&Json::Null)
}

fn text<'j>(json: &'j Json, name: &str) -> &'j str {
    at(json, name).as_str().unwrap_or_default()
}

/// Who the meter is.
fn about(draft: &mut Draft, meter: &Json, is_wired: bool) {
    let (maker, medium) =
        (text(meter, "manufacturer").to_owned(), text(meter, "medium").to_owned());
    let version = at(meter, "version").as_u64().map(|version| version.to_string());
    let profile = &mut draft.profile;
    profile.name = ["M-Bus meter", &maker, &medium].join(" ").trim().to_owned();
    profile.manufacturer = Some(maker.clone()).filter(|maker| !maker.is_empty());
    profile.device_version = version.clone();
    profile.source = Some("A telegram of one meter".to_owned());
    let parameter =
        |name: &str, kind| Parameter { name: name.into(), kind, ..Parameter::default() };
    profile.parameters = vec![
        Parameter { default: Some("1".into()), ..parameter("address", ParameterType::Int) },
        parameter("id", ParameterType::String),
        Parameter { secret: true, ..parameter("key", ParameterType::String) },
    ];
    let settings =
        [("PrimaryAddress", "{address}"), ("SecondaryAddress", "{id}"), ("Key", "{key}")];
    profile.settings = Settings {
        element: "MBus".to_owned(),
        attributes: settings.map(|(name, value)| (name.to_owned(), Located::from(value))).into(),
        ..Settings::default()
    };
    if is_wired {
        let line = [("Bps", "2400"), ("ByteSize", "8"), ("Parity", "2"), ("StopBits", "1")];
        profile.media.push(AllowedMedia {
            kind: "serial".to_owned(),
            settings: line.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        });
    }
    let marks = [("manufacturer", Some(maker)), ("version", version), ("medium", Some(medium))];
    let matches = marks.into_iter().filter_map(|(name, value)| {
        let value = value.filter(|value| !value.is_empty())?;
        Some(Match { subject: Subject::Object(name.into()), test: Some(MatchTest::Equals(value)) })
    });
    let matches: Vec<Match> = matches.collect();
    if !matches.is_empty() {
        profile.detections = vec![Detect { matches }];
    }
    draft.head.extend([
        "Name and Model; whether another meter of this kind has the same records in the same units.".to_owned(),
        "The Test holds a true telegram with the number of its meter: take it out if that is nobody's business."
            .to_owned(),
    ]);
}

/// The property of one record, and what it must say in the test.
fn record(draft: &mut Draft, reading: &Json, made: &[Property]) -> (Property, Option<Expect>) {
    let quantity = text(reading, "quantity").to_owned();
    let number = |name: &str| at(reading, name).as_u64().unwrap_or_default();
    let function = match text(reading, "function") {
        "minimum" => "min",
        "maximum" => "max",
        "error-state" => "error",
        _ => "inst",
    };
    let mut address = format!("vif={quantity}");
    let mut title = quantity.replace('.', "_");
    for (name, value) in [
        ("storage", number("storage")),
        ("tariff", number("tariff")),
        ("subunit", number("subunit")),
    ] {
        if value > 0 {
            address.push_str(&format!(";{name}={value}"));
            title.push_str(&format!("_{}{value}", name.chars().next().unwrap_or_default()));
        }
    }
    if function != "inst" {
        address.push_str(&format!(";func={function}"));
        title.push_str(&format!("_{function}"));
    }
    let alike = |property: &&Property| {
        *property.address == *address || property.address.starts_with(&format!("{address};index="))
    };
    let before = made.iter().filter(alike).count();
    if before > 0 {
        address.push_str(&format!(";index={}", before + 1));
    }
    let name = draft.name(if title.is_empty() { "record" } else { &title });
    let (value, unit) = (text(reading, "value").to_owned(), text(reading, "unit").to_owned());
    if text(reading, "quality") != "good" {
        draft.note(&name, format!("The meter said of it: {}.", text(reading, "quality")));
    }
    let raw = text(reading, "raw");
    draft.note(&name, format!("Record {raw}: {value} {unit}"));
    let property = Property {
        quantity: Some(quantity).filter(|quantity| !quantity.is_empty()).map(Into::into),
        unit: unit.parse().ok(),
        address: address.into(),
        name: name.clone(),
        ..Property::default()
    };
    let is_good = text(reading, "quality") == "good" && !value.is_empty();
    let expect = is_good.then(|| Expect {
        property: name,
        value: Some(value),
        unit: unit.parse().ok(),
        ..Expect::default()
    });
    (property, expect)
}

/// Makes the telegrams a test, and takes what does not hold: an address by meaning is replaced by the
/// octets of DIF and VIF, and what does not hold even so is only noted.
fn prove(draft: &mut Draft, frames: Vec<Frame>, expected: Vec<Expect>) {
    let drivers = Drivers::standard();
    let name = || Located::from("what the meter said");
    let holds = |draft: &Draft, expect: &Expect| {
        let mut profile = draft.profile.clone();
        profile.tests = vec![Test {
            name: name(),
            frames: frames.clone(),
            expectations: vec![expect.clone()],
            ..Test::default()
        }];
        profile.run_tests(&drivers).iter().all(gurux_device::TestResult::is_passed)
    };
    let mut kept = Vec::new();
    for expect in expected {
        if holds(draft, &expect) {
            kept.push(expect);
            continue;
        }
        let note = draft.notes.iter().find(|(property, _)| *property == *expect.property);
        let raw = note.and_then(|(_, note)| {
            note.strip_prefix("Record ")?.split(':').next().map(str::to_owned)
        });
        let header = raw.as_deref().and_then(dif_and_vif);
        let found =
            draft.profile.categories.iter_mut().flat_map(|category| &mut category.properties);
        let property = found.into_iter().find(|property| property.name == expect.property);
        if let (Some(property), Some(header)) = (property, header) {
            property.address = format!("difvif={header}").into();
        }
        if holds(draft, &expect) {
            kept.push(expect);
        } else {
            draft.note(&expect.property, "This address does not find it in the telegram.");
        }
    }
    if !kept.is_empty() {
        let test = Test { name: name(), frames, expectations: kept, ..Test::default() };
        draft.profile.tests = vec![test];
    }
}

/// The octets before the value of a record, in hex; `None` where its VIF is a text.
fn dif_and_vif(raw: &str) -> Option<String> {
    let octets = capture::hex_line(raw).ok()?;
    let goes_on = |octet: &u8| octet & 0x80 != 0;
    let difs = octets.iter().take_while(|octet| goes_on(octet)).count().checked_add(1)?;
    let vifs =
        octets.iter().skip(difs).take_while(|octet| goes_on(octet)).count().checked_add(1)?;
    let header = octets.get(..difs.checked_add(vifs)?)?;
    let vif = octets.get(difs)? & 0x7F;
    (vif != 0x7C).then(|| capture::to_hex(header))
}
