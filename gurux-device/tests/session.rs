//! A device session against a meter with holes, silences and a mind of its own.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod meter;

use gurux_device::profile::NAMESPACE;
use gurux_device::{Device, DeviceEvent, DeviceSession, Drivers, LinkSettings, Parameters};
use gurux_media::bytes::BytesMut;
use gurux_media::{Instant, Session};
use meter::{Meter, run};

fn device(inside: &str) -> Device {
    let text = format!(
        "<DeviceProfile xmlns=\"{NAMESPACE}\" Guid=\"1b4e28ba-2fa1-11d2-883f-0016d3cca427\" \
         Name=\"n\" Protocol=\"modbus\" Version=\"1.0.0\">{inside}</DeviceProfile>"
    );
    let drivers = Drivers::standard();
    let profile = drivers.read(&text).unwrap_or_else(|error| panic!("{error}"));
    let parameters = Parameters::new(&profile, []).unwrap();
    Device::new("m", profile, parameters, &drivers).unwrap()
}

fn session(inside: &str) -> DeviceSession {
    device(inside).session(&LinkSettings::new("tcp").with_resend_count(0)).unwrap()
}

/// Registers from 0 on, each a property `r0`, `r1`, ...
fn registers(count: u16) -> String {
    let property = |n| {
        format!("<Property Name=\"r{n}\" Address=\"holding:{n}\" Type=\"U16\" Null=\"0xFFFF\"/>")
    };
    format!("<Category Name=\"c\">{}</Category>", (0..count).map(property).collect::<String>())
}

fn read_all(session: &mut DeviceSession, meter: &mut Meter) -> Vec<DeviceEvent> {
    let items = session.device().readable();
    session.read(&items).unwrap();
    run(session, meter)
}

/// `name=value` of what was read, `name!` of what was not, and the counts at the end.
fn told(events: &[DeviceEvent]) -> Vec<String> {
    let text = |event: &DeviceEvent| match event {
        DeviceEvent::Reading { reading, .. } => {
            let value = reading.measurement.value.as_ref();
            Some(format!(
                "{}={}",
                reading.property,
                value.map_or(reading.measurement.quality.to_string(), ToString::to_string)
            ))
        }
        DeviceEvent::Failed { reading, why, .. } => Some(format!("{}! {why}", reading.property)),
        DeviceEvent::Done { good, failed, .. } => Some(format!("{good} good, {failed} failed")),
        DeviceEvent::Written { property, verified, .. } => {
            Some(format!("{property} written, verified {verified:?}"))
        }
        DeviceEvent::NotWritten { property, why, .. } => {
            Some(format!("{property} not written: {why}"))
        }
        DeviceEvent::Identified { detection, facts, parameters, .. } => {
            Some(format!("{detection:?} {facts:?} {parameters:?}"))
        }
        _ => None,
    };
    events.iter().filter_map(text).collect()
}

#[test]
fn neighbours_are_read_in_one_request() {
    let mut session = session(&registers(3));
    let mut meter = Meter::holding([(0, 1), (1, 2), (2, 0xFFFF)]);
    let events = read_all(&mut session, &mut meter);
    assert_eq!(told(&events), ["r0=1", "r1=2", "r2=missing", "3 good, 0 failed"]);
    assert_eq!(meter.requests, [[3, 0, 0, 0, 3]]);
}

#[test]
fn a_hole_costs_only_itself_and_is_asked_for_once() {
    let mut session = session(&registers(8));
    let mut meter = Meter::holding((0..8).filter(|n| *n != 5).map(|n| (n, n + 10)));
    let events = told(&read_all(&mut session, &mut meter));
    assert_eq!(events.len(), 9);
    assert_eq!(events[8], "7 good, 1 failed");
    assert!(events.contains(&"r5! the meter refused: illegal data address (2)".to_owned()));
    let first = meter.requests.len();
    let events = told(&read_all(&mut session, &mut meter));
    assert_eq!(events[8], "7 good, 1 failed");
    // 0..5 and 6..8: what was refused is known, and what was cut stays cut.
    assert!(meter.requests.len() - first <= 4, "{:?}", &meter.requests[first..]);
    assert!(
        meter.requests[first..]
            .iter()
            .all(|request| request[2] > 5 || request[2] + request[4] <= 5)
    );
    session.revive();
    meter.registers.insert(5, 15);
    assert!(told(&read_all(&mut session, &mut meter)).contains(&"r5=15".to_owned()));
}

#[test]
fn a_meter_that_is_away_costs_two_time_outs() {
    let inside = format!("<Communication MaxRegisters=\"1\"/>{}", registers(20));
    let mut session = session(&inside);
    let mut meter = Meter { mute: (0..20).collect(), ..Meter::default() };
    let events = told(&read_all(&mut session, &mut meter));
    assert_eq!(events.len(), 21);
    assert!(events[..20].iter().all(|told| told.ends_with("! the meter does not answer")));
    assert_eq!((events[20].as_str(), meter.requests.len()), ("0 good, 20 failed", 2));
}

#[test]
fn silence_about_a_hole_is_a_refusal_after_three_rounds() {
    let mut session = session(&registers(4).replace("holding:0\"", "holding:100\""));
    let mut meter = Meter { mute: vec![2], ..Meter::holding((1..4).map(|n| (n, n))) };
    meter.registers.insert(100, 7);
    let mut rounds = Vec::new();
    for _ in 0..7 {
        rounds.push(told(&read_all(&mut session, &mut meter)));
    }
    assert_eq!(rounds[0].last().unwrap(), "1 good, 3 failed");
    let last = rounds.last().unwrap();
    assert!(last.contains(&"r3=3".to_owned()) && last.contains(&"r1=1".to_owned()), "{rounds:?}");
    assert_eq!(last.last().unwrap(), "3 good, 1 failed");
}

#[test]
fn a_busy_meter_is_not_taken_for_one_without_registers() {
    let mut session = session(&registers(2));
    let mut meter = Meter::holding([(0, 1), (1, 2)]);
    meter.exception = Some(4);
    let events = told(&read_all(&mut session, &mut meter));
    assert_eq!(events[0], "r0! the meter refused: server device failure (4)");
    meter.exception = None;
    assert_eq!(told(&read_all(&mut session, &mut meter)), ["r0=1", "r1=2", "2 good, 0 failed"]);
}

const WRITABLE: &str = "<Category Name=\"c\">\
    <Property Name=\"limit\" Address=\"holding:1\" Type=\"U16\" Scale=\"0.1\" Minimum=\"6\" Maximum=\"80\" AccessMode=\"ReadWrite\"/>\
    <Property Name=\"part\" Address=\"holding:2\" Type=\"U16\" Mask=\"0x0F00\" AccessMode=\"ReadWrite\"/>\
    <Property Name=\"long\" Address=\"holding:3\" Type=\"F32\" ByteOrder=\"CDAB\" AccessMode=\"ReadWrite\"/>\
    <Property Name=\"command\" Address=\"holding:9\" Type=\"U16\" AccessMode=\"Write\"/>\
    <Property Name=\"scaled\" Address=\"holding:20\" Type=\"I16\" ScaleBy=\"sf\" AccessMode=\"ReadWrite\"/>\
    <Property Name=\"sf\" Address=\"holding:21\" Type=\"I16\"/></Category>";

fn write(session: &mut DeviceSession, meter: &mut Meter, name: &str, text: &str) -> Vec<String> {
    let item = session.device().lookup(name).unwrap();
    let value = session.device().parse_value(item, text).unwrap();
    session.write(item, value).unwrap();
    told(&run(session, meter))
}

#[test]
fn a_value_is_written_and_read_back() {
    let mut session = session(WRITABLE);
    let mut meter = Meter::holding((0..30).map(|n| (n, 0xA5A5)));
    let written =
        |name: &str| [format!("{name} written, verified Some(true)"), "1 good, 0 failed".into()];
    assert_eq!(write(&mut session, &mut meter, "limit", "16.5"), written("limit"));
    assert_eq!(meter.registers[&1], 165);
    assert_eq!(write(&mut session, &mut meter, "part", "2"), written("part"));
    assert_eq!(meter.registers[&2], 0xA2A5);
    assert_eq!(write(&mut session, &mut meter, "long", "12.3"), written("long"));
    assert_eq!((meter.registers[&4], meter.registers[&3]), (0x4144, 0xCCCD));
    let command = write(&mut session, &mut meter, "command", "1");
    assert_eq!(command, ["command written, verified None", "1 good, 0 failed"]);
}

#[test]
fn what_is_scaled_by_another_property_is_written_by_its_present_value() {
    let mut session = session(WRITABLE);
    let mut meter = Meter::holding([(20, 0), (21, 0xFFFE)]);
    let events = write(&mut session, &mut meter, "scaled", "1.25");
    assert_eq!(events, ["scaled written, verified Some(true)", "1 good, 0 failed"]);
    assert_eq!(meter.registers[&20], 125);
    let events = write(&mut session, &mut meter, "scaled", "1.255");
    assert!(events[0].starts_with("scaled not written: scaled cannot be"), "{events:?}");
}

#[test]
fn a_value_that_does_not_stay_is_told() {
    let mut session = session(WRITABLE);
    let mut meter = Meter { frozen: true, ..Meter::holding([(1, 60)]) };
    let events = write(&mut session, &mut meter, "limit", "16");
    assert_eq!(events, ["limit written, verified Some(false)", "0 good, 1 failed"]);
}

#[test]
fn what_cannot_be_written_is_refused_at_once() {
    let mut session = session(WRITABLE);
    let limit = session.device().lookup("limit").unwrap();
    let parse = |session: &DeviceSession, text: &str| session.device().parse_value(limit, text);
    assert_eq!(
        parse(&session, "x").unwrap_err().to_string(),
        "limit cannot be x: a number is expected"
    );
    let (low, odd) = (parse(&session, "5").unwrap(), parse(&session, "16.55").unwrap());
    assert_eq!(
        session.write(limit, low.clone()).unwrap_err().to_string(),
        "limit cannot be 5: the least value is 6"
    );
    assert!(session.write(limit, odd).is_err());
    let sf = session.device().lookup("sf").unwrap();
    let error = session.write(sf, low).unwrap_err().to_string();
    assert_eq!(error, "the profile does not allow to write sf");
}

#[test]
fn a_refused_write_is_told() {
    let mut session = session(WRITABLE);
    let mut meter = Meter { exception: Some(3), ..Meter::default() };
    let events = write(&mut session, &mut meter, "limit", "16");
    let expected = "limit not written: the meter refused: illegal data value (3)";
    assert_eq!(events, [expected, "0 good, 1 failed"]);
}

#[test]
fn a_command_is_never_sent_twice() {
    let device = device(WRITABLE);
    let mut session = device.session(&LinkSettings::new("tcp").with_resend_count(3)).unwrap();
    let mut meter = Meter { mute_writes: true, ..Meter::holding([(1, 60)]) };
    let events = write(&mut session, &mut meter, "command", "1");
    assert_eq!(events, ["command not written: the meter does not answer", "0 good, 1 failed"]);
    assert_eq!(meter.requests.len(), 1);
    write(&mut session, &mut meter, "limit", "16");
    assert_eq!(meter.requests.len(), 1 + 4);
}

#[test]
fn a_closed_medium_fails_the_order_and_keeps_the_next() {
    let mut session = session(&registers(2));
    let items = session.device().readable();
    session.read(&items).unwrap();
    session.read(&items[..1]).unwrap();
    let now = Instant::from_millis(1);
    session.handle_open(now);
    assert!(session.poll_transmit(now, &mut BytesMut::new()).is_some());
    session.handle_close(now);
    let events = std::iter::from_fn(|| session.poll_event()).collect::<Vec<_>>();
    let closed = |name: &str| format!("{name}! the connection was closed");
    assert_eq!(told(&events), [closed("r0"), closed("r1"), "0 good, 2 failed".to_owned()]);
    let mut meter = Meter::holding([(0, 5)]);
    assert_eq!(told(&run(&mut session, &mut meter)), ["r0=5", "1 good, 0 failed"]);
}

#[test]
fn a_scale_factor_is_read_along_and_not_told() {
    let mut session = session(WRITABLE);
    let mut meter = Meter::holding([(20, 1234), (21, 0xFFFE)]);
    let scaled = session.device().lookup("scaled").unwrap();
    session.read(&[scaled]).unwrap();
    assert_eq!(told(&run(&mut session, &mut meter)), ["scaled=12.34", "1 good, 0 failed"]);
    meter.registers.remove(&21);
    session.read(&[scaled]).unwrap();
    assert_eq!(told(&run(&mut session, &mut meter)), ["scaled=invalid", "1 good, 0 failed"]);
}

#[test]
fn a_meter_is_known_by_its_marks() {
    let inside = format!(
        "<Parameter Name=\"m\" Type=\"Int\" Default=\"0\"/><Detect><Match Property=\"r0\" Equals=\"2\"/></Detect>\
         <Detect><Match Property=\"r1\" Pattern=\"1?\"/><Match Model=\"203\" Base=\"m\"/></Detect>{}",
        registers(2)
    );
    let chain = [0x5375, 0x6E53, 1, 2, 0, 0, 203, 1, 0, 0xFFFF, 0];
    let chain = (40_000..).zip(chain);
    let mut meter = Meter::holding(chain.chain([(0, 1), (1, 17)]));
    let mut session = session(&inside);
    session.identify();
    assert_eq!(
        told(&run(&mut session, &mut meter))[0],
        "Some(1) [(\"r0\", Some(\"1\")), (\"r1\", Some(\"17\")), (\"model 203\", Some(\"40006\"))] [(\"m\", \"40006\")]"
    );
    meter.registers.insert(1, 27);
    session.identify();
    assert!(told(&run(&mut session, &mut meter))[0].starts_with("None "));
}
