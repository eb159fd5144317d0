//! What the driver says of a profile, and conversations with simulated meters.

use gurux_mbus::security::{Known, SEAL_ROOM, Software, seal};
use gurux_mbus::wire::{AField, CField, CiField, Config, Header, Link, ShortHeader, Telegram, Tpl};
use gurux_media::bytes::BytesMut;
use gurux_media::{Instant, Session};
use gurux_value::{Text, Value};

use crate::driver::{Drivers, LinkSettings};
use crate::profile::NAMESPACE;
use crate::simulate::{SimulatedLine, Simulation};
use crate::{Device, DeviceEvent, DeviceSession, Error, Parameters};

fn text(inside: &str) -> String {
    format!(
        "<DeviceProfile xmlns=\"{NAMESPACE}\" Guid=\"1b4e28ba-2fa1-11d2-883f-0016d3cca427\" \
         Name=\"n\" Protocol=\"mbus\" Version=\"1.0.0\">\n{inside}</DeviceProfile>"
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

const HEAT: &str = r#"
  <Parameter Name="address" Type="Int" Default="5"/>
  <Parameter Name="id" Type="String"/>
  <Parameter Name="key" Type="String" Secret="true"/>
  <MBus PrimaryAddress="{address}" SecondaryAddress="{id}" Key="{key}"/>
  <Detect>
    <Match Object="manufacturer" Equals="KAM"/>
    <Match Object="medium" Equals="heat"/>
  </Detect>
  <Types><Flags Name="Status" Default="OK"><Bit Name="LOW" Index="2"/></Flags></Types>
  <Category Name="Heat">
    <Property Name="energy" Unit="kWh" Address="vif=energy" Type="BCD8" DefaultValue="1234.5"/>
    <Property Name="power" Unit="W" Address="difvif=022B" DefaultValue="-1200"/>
    <Property Name="limit" Unit="°C" Address="vif=temperature.external;storage=3" Type="I16"
              AccessMode="ReadWrite" DefaultValue="20.5" Maximum="90"/>
    <Property Name="clock" Address="vif=clock" Type="I32" AccessMode="ReadWrite"
              DefaultValue="2026-11-22T14:30"/>
    <Property Name="hours" Unit="h" Address="vif=time.on" Type="I24"/>
    <Property Name="status" Address="header=status" Values="Status" DefaultValue="LOW"/>
    <Property Name="id" Address="header=id"/>
  </Category>"#;

fn device(text: &str, set: &[(&str, &str)]) -> Device {
    let drivers = Drivers::standard();
    let profile = drivers.read(text).unwrap_or_else(|error| panic!("{error}"));
    let set = set.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let parameters = Parameters::new(&profile, set).unwrap();
    Device::new("d", profile, parameters, &drivers).unwrap_or_else(|error| panic!("{error}"))
}

fn heat(set: &[(&str, &str)]) -> Device {
    device(&text(HEAT), set)
}

/// Lets a client and the meters of a line talk until all is said.
fn talk(client: &mut DeviceSession, line: &mut SimulatedLine) -> Vec<DeviceEvent> {
    let (mut now, mut out) = (Instant::ZERO, BytesMut::new());
    let mut told = Vec::new();
    line.handle_open(now);
    for _ in 0..10_000 {
        let mut quiet = true;
        while client.poll_transmit(now, &mut out).is_some() {
            line.handle_input(now, &out.split());
            quiet = false;
        }
        while line.poll_transmit(now, &mut out).is_some() {
            client.handle_input(now, &out.split());
            quiet = false;
        }
        while line.poll_event().is_some() {}
        while let Some(event) = client.poll_event() {
            told.push(event);
        }
        if client.is_idle() {
            return told;
        }
        if quiet {
            let next = client.poll_timeout().into_iter().chain(line.poll_timeout()).min();
            now = next.expect("somebody waits for something").max(now);
            client.handle_timeout(now);
            line.handle_timeout(now);
        }
    }
    panic!("the conversation does not end");
}

fn readings(told: &[DeviceEvent]) -> Vec<String> {
    told.iter()
        .filter_map(|event| match event {
            DeviceEvent::Reading { reading, .. } => Some(reading.to_string()),
            DeviceEvent::Failed { reading, why, .. } => {
                Some(format!("{}: {why}", reading.property))
            }
            DeviceEvent::Written { property, verified, .. } => {
                Some(format!("{property} {verified:?}"))
            }
            DeviceEvent::NotWritten { property, why, .. } => Some(format!("{property}: {why}")),
            _ => None,
        })
        .collect()
}

fn read(device: Device, line: &[Simulation], transport: &str) -> Vec<String> {
    let settings = LinkSettings::new(transport);
    let mut line = SimulatedLine::new(line, &settings).unwrap();
    let mut client = device.session(&settings).unwrap();
    client.read(&client.device().readable()).unwrap();
    readings(&talk(&mut client, &mut line))
}

#[test]
fn what_only_the_driver_knows_is_told_with_its_place() {
    for (before, attributes, expected) in [
        ("", "Address=\"energy\"", "line 3, column 20: Address=\"energy\": expected vif=energy"),
        ("", "Address=\"vif=enrgy\"", "Address=\"vif=enrgy\": expected a quantity that there is"),
        ("", "Address=\"difvif=04\"", "DIF, DIFEs, VIF and VIFEs of a record"),
        ("", "Address=\"difvif=041300\"", "DIF, DIFEs, VIF and VIFEs of a record, and no more"),
        ("", "Address=\"difvif=0413\" Type=\"I16\"", "a record of type 16 bit integer"),
        ("", "Address=\"vif=energy\" Type=\"U32\"", "Type=\"U32\": expected I8, I16,"),
        (
            "",
            "Address=\"header=status\" AccessMode=\"ReadWrite\"",
            "expected a record that can be written",
        ),
        ("<MBus PrimaryAddress=\"251\"/>", "Address=\"vif=energy\"", "0 to 250, or 254"),
        ("<MBus AnyAddress=\"yes\"/>", "Address=\"vif=energy\"", "expected true or false"),
        ("<MBus SecondaryAddress=\"x\"/>", "Address=\"vif=energy\"", "SecondaryAddress=\"x\""),
        ("<MBus Key=\"00112233\"/>", "Address=\"vif=energy\"", "Key=\"...\": expected 32 hex"),
        (
            "<Detect><Match Object=\"colour\"/></Detect>",
            "Address=\"vif=energy\"",
            "Object=\"colour\": expected one of id, manufacturer",
        ),
        (
            "",
            "Address=\"vif=energy\" Type=\"BCD2\" Unit=\"kWh\" DefaultValue=\"1e40\"",
            "DefaultValue=\"1e40\"",
        ),
    ] {
        let told = faults(&property(before, attributes));
        assert!(told.contains(expected), "{attributes}: {told}");
    }
}

#[test]
fn a_meter_is_read_and_written_by_its_primary_address() {
    let meter = Simulation::new(&heat(&[]), 1).unwrap();
    let told = read(heat(&[]), std::slice::from_ref(&meter), "wired");
    assert_eq!(
        told,
        [
            "d/energy: energy = 1234.5 kWh at 2026-11-22T14:30",
            "d/power: power = -1200 W at 2026-11-22T14:30",
            "d/limit: limit = 20.5 °C (storage 3)",
            "d/clock: clock = 2026-11-22T14:30",
            "d/hours: hours = none h (missing)",
            "d/status: status = LOW",
            "d/id: id = 00000005",
        ]
    );
    let settings = LinkSettings::new("wired");
    let mut line = SimulatedLine::new(std::slice::from_ref(&meter), &settings).unwrap();
    let mut client = heat(&[]).session(&settings).unwrap();
    for (name, value) in [("limit", "21"), ("clock", "2027-01-01T00:00")] {
        let item = client.device().lookup(name).unwrap();
        let value = client.device().parse_value(item, value).unwrap();
        client.write(item, value).unwrap();
    }
    let told = readings(&talk(&mut client, &mut line));
    assert_eq!(told, ["limit Some(true)", "clock Some(true)"]);
}

#[test]
fn meters_of_one_line_are_told_apart_by_both_addresses() {
    let first = heat(&[("id", "12345678"), ("address", "1")]);
    let second = heat(&[("id", "12345679"), ("address", "2")]);
    let line = [Simulation::new(&first, 1).unwrap(), Simulation::new(&second, 2).unwrap()];
    line[1].set(0, Some(&Value::Decimal("77".parse().unwrap()))).unwrap();
    let energy = |device: Device| read(device, &line, "wired").swap_remove(0);
    assert!(energy(first).contains("= 1234.5 kWh"));
    assert!(energy(second).contains("= 77.0 kWh"));
    let wildcard = heat(&[("id", "1234567F")]);
    let told = read(wildcard, &line, "wired");
    assert!(told.iter().all(|line| line.contains("several answer at once")), "{told:?}");
    assert!(energy(heat(&[("id", "FFFFFFF9")])).contains("= 77.0 kWh"));
    let nobody = read(heat(&[("id", "99999999")]), &line, "wired");
    assert!(nobody.iter().all(|line| line.contains("does not answer")), "{nobody:?}");
}

#[test]
fn what_must_not_be_written_is_refused_by_the_meter() {
    // The meter's own profile does not allow what the client's does.
    let locked = text(
        &HEAT.replace("AccessMode=\"ReadWrite\" DefaultValue=\"20.5\"", "DefaultValue=\"20.5\""),
    );
    let meter = Simulation::new(&device(&locked, &[]), 1).unwrap();
    let settings = LinkSettings::new("wired");
    let mut line = SimulatedLine::new(&[meter], &settings).unwrap();
    let mut client = heat(&[]).session(&settings).unwrap();
    let item = client.device().lookup("limit").unwrap();
    let value = client.device().parse_value(item, "21").unwrap();
    client.write(item, value).unwrap();
    let told = readings(&talk(&mut client, &mut line));
    assert_eq!(told, ["limit: the meter refused: not accepted (162)"]);
}

#[test]
fn a_meter_is_recognised_by_its_header() {
    let meter = Simulation::new(&heat(&[("id", "12345678")]), 1).unwrap();
    let settings = LinkSettings::new("wired");
    let mut line = SimulatedLine::new(&[meter], &settings).unwrap();
    let mut client = heat(&[]).session(&settings).unwrap();
    client.identify();
    let told = talk(&mut client, &mut line);
    let found = told.iter().find_map(|event| match event {
        DeviceEvent::Identified { detection, facts, .. } => Some((*detection, facts.clone())),
        _ => None,
    });
    let fact = |name: &str, said: &str| (format!("object {name}"), Some(said.to_owned()));
    assert_eq!(found, Some((Some(0), vec![fact("manufacturer", "KAM"), fact("medium", "heat")])));
}

#[test]
fn a_meter_that_is_only_heard_is_read_too() {
    let meter = heat(&[("id", "12345678")]);
    let other = heat(&[("id", "87654321")]);
    let line = [Simulation::new(&other, 1).unwrap(), Simulation::new(&meter, 2).unwrap()];
    line[1].set(0, Some(&Value::Decimal("77".parse().unwrap()))).unwrap();
    let told = read(meter, &line, "wireless");
    assert!(told[0].contains("energy = 77.0 kWh"), "{told:?}");
    assert!(told.iter().any(|line| line.contains("id = 12345678")), "{told:?}");
    let stranger = read(heat(&[("id", "11111111")]), &line, "wireless");
    assert!(stranger[0].contains("does not answer"), "{stranger:?}");
}

#[test]
fn many_values_take_several_telegrams() {
    let months = r#"
      <MBus PrimaryAddress="3"/>
      <Category Name="Months" Repeat="month" Count="40" Stride="1">
        <Property Name="volume_{month}" Unit="m³" Address="vif=volume;storage=8" Type="I64"
                  DefaultValue="1.5"/>
      </Category>
      <Category Name="Text"><Property Name="owner" Address="difvif=0DFD0A" AccessMode="ReadWrite"
        DefaultValue="nobody"/></Category>"#;
    let months = text(months);
    let meter = Simulation::new(&device(&months, &[]), 1).unwrap();
    let owner = Value::Text(Text::new("somebody else"));
    meter.set(40, Some(&owner)).unwrap();
    let told = read(device(&months, &[]), &[meter], "wired");
    assert_eq!(told.len(), 41);
    assert_eq!(told[39], "d/volume_40: volume_40 = 1.5 m³ (storage 47)");
    assert_eq!(told[40], "d/owner: owner = somebody else");
}

/// What a device says whose meter sends `answer` to every request for data.
fn answered(device: Device, answer: &[u8]) -> Vec<String> {
    let mut client = device.session(&LinkSettings::new("wired")).unwrap();
    client.read(&client.device().readable()).unwrap();
    let (mut now, mut out) = (Instant::ZERO, BytesMut::new());
    client.handle_open(now);
    let mut told = Vec::new();
    for _ in 0..1000 {
        while client.poll_transmit(now, &mut out).is_some() {
            // A link reset is acknowledged.
            let is_request = out.get(1).is_some_and(|control| control & 0x0F == 0x0B);
            client.handle_input(now, if is_request { answer } else { &[0xE5] });
            out.clear();
        }
        told.extend(std::iter::from_fn(|| client.poll_event()));
        if client.is_idle() {
            return readings(&told);
        }
        now = client.poll_timeout().expect("it waits for something").max(now);
        client.handle_timeout(now);
    }
    panic!("the conversation does not end");
}

#[test]
fn an_acknowledgement_is_no_data() {
    let told = answered(heat(&[]), &[0xE5]);
    assert!(told[0].contains("has none to send"), "{told:?}");
}

#[test]
fn a_wired_answer_is_opened_with_the_key_of_the_profile() {
    // CI 72, mode 5: one block with 12345 Wh in it.
    let key = "000102030405060708090A0B0C0D0E0F";
    let header =
        ShortHeader { access_number: 1, config: Config::mode_5(0), ..ShortHeader::default() };
    let meter = "12345678 KAM 1 4".parse().unwrap();
    let telegram = Telegram {
        link: Link::Wired { control: CField::RSP_UD, address: AField(5) },
        tpl: Some(Tpl::new(CiField::new(0x72), Header::Long(meter, header)).unwrap()),
        payload: &[0x0C, 0x03, 0x45, 0x23, 0x01, 0x00],
        ..Telegram::from_user_data(&[]).unwrap()
    };
    let cipher = Software::new(&key.parse().unwrap());
    let mut room = [0; SEAL_ROOM];
    let sealed = seal(&telegram, Known::default(), &cipher, &mut room).unwrap();
    let mut answer = vec![0; sealed.wire_len()];
    sealed.emit_to_slice(&mut answer).unwrap();
    let told = answered(heat(&[("key", key)]), &answer);
    assert_eq!(told[0], "d/energy: energy = 12.345 kWh");
    for (set, expected) in [
        (&[][..], "the telegram is encrypted, and there is no key"),
        (&[("key", "FF0102030405060708090A0B0C0D0E0F")], "encrypted with another key"),
    ] {
        let told = answered(heat(set), &answer);
        assert!(told[0].contains(expected), "{told:?}");
    }
}

#[test]
fn an_answer_that_stops_is_no_collision() {
    // Twenty octets of a good answer, then silence; and the same length with a wrong sum.
    let answer = [
        0x68, 0x15, 0x15, 0x68, 0x08, 0x05, 0x72, 0x78, 0x56, 0x34, 0x12, 0x2D, 0x2C, 0x01, 0x04,
        0x00, 0x00, 0x00, 0x00, 0x0C, 0x03, 0x45, 0x23, 0x01, 0x00, 0x00, 0x16,
    ];
    for (len, expected) in [(20, "the answer stops before its end"), (27, "several answer at once")]
    {
        let told = answered(heat(&[]), &answer[..len]);
        assert!(told.iter().all(|line| line.contains(expected)), "{told:?}");
    }
}

#[test]
fn an_answer_from_another_address_is_told_and_taken_where_the_profile_says_so() {
    // 12345 Wh, from address 0, where 5 is asked.
    let answer = [
        0x68, 0x15, 0x15, 0x68, 0x08, 0x00, 0x72, 0x78, 0x56, 0x34, 0x12, 0x2D, 0x2C, 0x01, 0x04,
        0x00, 0x00, 0x00, 0x00, 0x0C, 0x03, 0x45, 0x23, 0x01, 0x00, 0x64, 0x16,
    ];
    let told = answered(heat(&[]), &answer);
    let expected = "answers come from address 0, and 5 was asked; AnyAddress=\"true\"";
    assert!(told.iter().all(|line| line.contains(expected)), "{told:?}");
    let any = HEAT.replace("<MBus ", "<MBus AnyAddress=\"true\" ");
    let told = answered(device(&text(&any), &[]), &answer);
    assert_eq!(told[0], "d/energy: energy = 12.345 kWh");
}
