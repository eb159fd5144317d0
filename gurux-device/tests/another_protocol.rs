//! A protocol that this crate knows nothing of: a line of text each way, `?address` answered by
//! `=number` or `!reason`, `address=number` by `ok`. Its driver is registered at run time; sessions,
//! views, scaling, partial results, writes and simulated meters come with it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gurux_device::profile::{DeviceProfile, Fault, Faults, Match, NAMESPACE, ProtocolRule};
use gurux_device::{
    Advice, Device, DeviceEvent, Dialect, Driver, Drivers, Failure, Identify, Item, Link,
    LinkEvent, LinkSettings, MeterEvent, MeterSession, MeterSide, Outcome, Parameters, Raw,
    Refusal, Request, Shape, Simulation,
};
use gurux_media::bytes::BytesMut;
use gurux_media::{Instant, Session, Transmit};
use gurux_value::{Decimal, Value};

struct LineProtocol;

impl Driver for LineProtocol {
    fn rule(&self) -> ProtocolRule {
        ProtocolRule { protocol: "line", element: "Line", required: &[], optional: &["Greeting"] }
    }

    fn compile(
        &self,
        _: &DeviceProfile,
        items: &[Item],
        _: &Parameters,
    ) -> Result<Box<dyn Dialect>, Faults> {
        let mut addresses = Vec::new();
        for item in items {
            let address = &item.property.address;
            if address.contains('=') {
                let expected = "an address without =";
                let fault = Fault::value(address.place, "Address", address.as_str(), expected);
                return Err(fault.into());
            }
            addresses.push(address.value.clone());
        }
        Ok(Box::new(LineDialect { addresses }))
    }
}

struct LineDialect {
    addresses: Vec<String>,
}

const TRANSPORTS: &[&str] = &["text"];

impl Dialect for LineDialect {
    fn plan(&self, items: &[usize]) -> Vec<Request> {
        let request = |item: &usize| {
            let octets = format!("?{}\n", self.addresses.get(*item)?).into_bytes();
            Some(Request { items: vec![*item], octets, is_command: false })
        };
        items.iter().filter_map(request).collect()
    }

    fn decode(&self, request: &Request, reply: &[u8]) -> Result<Vec<(usize, Raw)>, String> {
        let text = String::from_utf8_lossy(reply);
        let Some(number) = text.strip_prefix('=') else { return Ok(Vec::new()) };
        let number: Decimal = number.trim().parse().map_err(|_| "that is no number".to_owned())?;
        let raw =
            Raw { value: Some(Value::Decimal(number)), octets: reply.to_vec(), ..Raw::default() };
        Ok(request.items.iter().map(|item| (*item, raw.clone())).collect())
    }

    fn encode(&self, item: usize, value: &Value<'_>) -> Result<Request, String> {
        let number = value.as_decimal().ok_or("only numbers are written")?;
        let address = self.addresses.get(item).ok_or("there is no such item")?;
        let octets = format!("{address}={number}\n").into_bytes();
        Ok(Request { items: vec![item], octets, is_command: false })
    }

    fn shape(&self, _: usize) -> Shape {
        Shape::Float
    }

    fn refused(&mut self, _: &Request, _: Option<&Refusal>) -> Advice {
        Advice::Dead
    }

    fn identify(&self, _: &Match) -> Option<Box<dyn Identify>> {
        None
    }

    fn link(&self, settings: &LinkSettings) -> Result<Box<dyn Link>, &'static [&'static str]> {
        if settings.transport == "text" {
            Ok(Box::new(LineLink::default()))
        } else {
            Err(TRANSPORTS)
        }
    }

    fn open(&self, sent: &[u8], received: &[u8]) -> Result<(Request, Outcome), String> {
        let place = self.addresses.iter().position(|a| format!("?{a}\n").as_bytes() == sent);
        let items = vec![place.ok_or("that is no question of this meter")?];
        let request = Request { items, octets: sent.to_vec(), is_command: false };
        Ok((request, Outcome::Reply(received.to_vec())))
    }

    fn meter(&self) -> Box<dyn MeterSide> {
        let values = self.addresses.iter().map(|address| (address.clone(), None)).collect();
        let values = Arc::new(Mutex::new(values));
        Box::new(LineMeter { addresses: self.addresses.clone(), values })
    }
}

/// One question at a time, given up after a second.
#[derive(Default)]
struct LineLink {
    queue: VecDeque<(u64, Vec<u8>)>,
    asked: Option<(u64, Instant)>,
    held: Vec<u8>,
    events: VecDeque<LinkEvent>,
}

impl LineLink {
    fn end(&mut self, outcome: Outcome, at: Instant) {
        if let Some((id, _)) = self.asked.take() {
            self.events.push_back(LinkEvent::Done { id, outcome, at });
        }
    }
}

impl Link for LineLink {
    fn window(&self) -> usize {
        1
    }

    fn submit(&mut self, _: Instant, id: u64, request: &Request) {
        self.queue.push_back((id, request.octets.clone()));
    }
}

impl Session for LineLink {
    type Event = LinkEvent;

    fn handle_input(&mut self, now: Instant, octets: &[u8]) {
        self.held.extend_from_slice(octets);
        while let Some(end) = self.held.iter().position(|octet| *octet == b'\n') {
            let line: Vec<u8> = self.held.drain(..=end).collect();
            let text = String::from_utf8_lossy(&line).trim().to_owned();
            match text.strip_prefix('!') {
                Some(name) => {
                    let refusal = Refusal { code: 1, name: name.to_owned() };
                    self.end(Outcome::Refused(refusal), now);
                }
                None => self.end(Outcome::Reply(line), now),
            }
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        if self.poll_timeout().is_some_and(|at| at <= now) {
            self.end(Outcome::Failed(Failure::Silent), now);
        }
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut BytesMut) -> Option<Transmit> {
        if self.asked.is_some() {
            return None;
        }
        let (id, octets) = self.queue.pop_front()?;
        self.asked = Some((id, now));
        out.extend_from_slice(&octets);
        Some(Transmit::now(octets.len()))
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.asked.map(|(_, at)| at + Duration::from_secs(1))
    }

    fn poll_event(&mut self) -> Option<LinkEvent> {
        self.events.pop_front()
    }
}

type Values = Arc<Mutex<BTreeMap<String, Option<Decimal>>>>;

struct LineMeter {
    addresses: Vec<String>,
    values: Values,
}

impl MeterSide for LineMeter {
    fn set(&mut self, item: usize, value: Option<&Value<'_>>) -> Result<(), String> {
        let address = self.addresses.get(item).ok_or("there is no such item")?;
        let number = value.and_then(Value::as_decimal);
        self.values.lock().unwrap().insert(address.clone(), number);
        Ok(())
    }

    fn raw(&self, item: usize) -> Option<Value<'static>> {
        let number = *self.values.lock().unwrap().get(self.addresses.get(item)?)?;
        number.map(Value::Decimal)
    }

    fn serve(
        &self,
        _: &LinkSettings,
        _: bool,
    ) -> Result<Box<dyn MeterSession>, &'static [&'static str]> {
        Ok(Box::new(LineServer { values: Arc::clone(&self.values), answers: VecDeque::new() }))
    }
}

struct LineServer {
    values: Values,
    answers: VecDeque<String>,
}

impl MeterSession for LineServer {}

impl Session for LineServer {
    type Event = MeterEvent;

    fn handle_input(&mut self, _: Instant, octets: &[u8]) {
        let mut values = self.values.lock().unwrap();
        for line in String::from_utf8_lossy(octets).lines() {
            let answer = match (line.strip_prefix('?'), line.split_once('=')) {
                (Some(address), _) => match values.get(address) {
                    Some(Some(number)) => format!("={number}\n"),
                    _ => "!none\n".to_owned(),
                },
                (None, Some((address, number))) => {
                    values.insert(address.to_owned(), number.parse().ok());
                    "ok\n".to_owned()
                }
                (None, None) => "!what\n".to_owned(),
            };
            self.answers.push_back(answer);
        }
    }

    fn handle_timeout(&mut self, _: Instant) {}

    fn poll_transmit(&mut self, _: Instant, out: &mut BytesMut) -> Option<Transmit> {
        let answer = self.answers.pop_front()?;
        out.extend_from_slice(answer.as_bytes());
        Some(Transmit::now(answer.len()))
    }

    fn poll_timeout(&self) -> Option<Instant> {
        None
    }

    fn poll_event(&mut self) -> Option<MeterEvent> {
        None
    }
}

fn profile(inside: &str) -> String {
    format!(
        "<DeviceProfile xmlns=\"{NAMESPACE}\" Guid=\"1b4e28ba-2fa1-11d2-883f-0016d3cca427\" \
         Name=\"n\" Protocol=\"line\" Version=\"1.0.0\">{inside}</DeviceProfile>"
    )
}

const METER: &str = "<Line Greeting=\"hello\"/><Category Name=\"c\">\
    <Property Name=\"power\" Unit=\"kW\" Address=\"p\" Type=\"number\" Scale=\"0.001\" Static=\"true\" DefaultValue=\"1.5\"/>\
    <Property Name=\"gone\" Address=\"g\" Type=\"number\"/>\
    <Property Name=\"limit\" Unit=\"A\" Address=\"l\" Type=\"number\" Maximum=\"63\" AccessMode=\"ReadWrite\" DefaultValue=\"16\"/>\
    </Category>\
    <Test Name=\"one line each way\"><Tx>3F 70 0A</Tx><Rx>3D 32 30 30 30 0A</Rx><Expect Property=\"power\" Value=\"2\" Unit=\"kW\"/></Test>";

fn drivers() -> Drivers {
    let mut drivers = Drivers::standard();
    drivers.register(LineProtocol);
    drivers
}

#[test]
fn its_profiles_are_read_by_its_own_rules() {
    let error = Drivers::standard().read(&profile(METER)).unwrap_err().to_string();
    assert!(error.contains("expected a protocol with a driver"), "{error}");
    assert!(drivers().read(&profile(METER)).is_ok());
    let error = drivers().read(&profile("<Line Colour=\"red\"/>")).unwrap_err().to_string();
    assert!(error.ends_with("Line has no attribute Colour; it may have Greeting"), "{error}");
    let error = drivers().read(&profile("<Modbus/>")).unwrap_err().to_string();
    assert!(error.contains("belongs to another protocol"), "{error}");
    let wrong = METER.replace("Address=\"g\"", "Address=\"a=b\"");
    let error = drivers().read(&profile(&wrong)).unwrap_err().to_string();
    assert!(error.ends_with("Address=\"a=b\": expected an address without ="), "{error}");
}

#[test]
fn its_frames_are_tested_its_meters_are_simulated_read_and_written() {
    let drivers = drivers();
    let read = drivers.read(&profile(METER)).unwrap();
    assert!(read.run_tests(&drivers).iter().all(gurux_device::TestResult::is_passed));
    let parameters = Parameters::new(&read, []).unwrap();
    let device = Device::new("m", read, parameters, &drivers).unwrap();
    let settings = LinkSettings::new("text");
    let simulation = Simulation::new(&device, 1).unwrap();
    let mut meter = simulation.session(&settings).unwrap();
    let limit = device.lookup("limit").unwrap();
    let value = device.parse_value(limit, "20").unwrap();
    assert!(Device::parse_value(&device, limit, "x").is_err());
    let mut session = device.session(&settings).unwrap();
    session.read(&session.device().readable()).unwrap();
    session.write(limit, value).unwrap();

    let mut told = Vec::new();
    let now = Instant::ZERO;
    while !session.is_idle() {
        let mut out = BytesMut::new();
        while session.poll_transmit(now, &mut out).is_some() {
            meter.handle_input(now, &out.split());
        }
        while meter.poll_transmit(now, &mut out).is_some() {
            session.handle_input(now, &out.split());
        }
        while let Some(event) = session.poll_event() {
            told.push(match event {
                DeviceEvent::Reading { reading, .. } => reading.to_string(),
                DeviceEvent::Failed { reading, why, .. } => format!("{}: {why}", reading.property),
                DeviceEvent::Written { property, verified, .. } => {
                    format!("{property} {verified:?}")
                }
                DeviceEvent::Done { good, failed, .. } => format!("{good}, {failed}"),
                other => format!("{other:?}"),
            });
        }
    }
    assert_eq!(
        told,
        [
            "m/power: power = 1.500 kW",
            "gone: the meter refused: none (1)",
            "m/limit: limit = 16 A",
            "2, 1",
            "limit Some(true)",
            "1, 0",
        ]
    );
}
