//! The maker's protocol: a request is the number of a register, an answer that number and its two
//! octets, a refusal the number alone.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use gurux_device::profile::{DeviceProfile, Fault, Faults, Match, ProtocolRule};
use gurux_device::{
    Advice, Dialect, Driver, Failure, Identify, Item, Link, LinkEvent, LinkSettings, MeterEvent,
    MeterSession, MeterSide, Outcome, Parameters, Raw, Refusal, Request, Shape,
};
use gurux_framing::{Deframe, Step};
use gurux_media::bytes::BytesMut;
use gurux_media::{Instant, Session, Transmit};
use gurux_value::Value;

use crate::{Counted, wrap};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(1);

/// The driver, to be registered.
pub struct CountedDriver;

impl Driver for CountedDriver {
    fn rule(&self) -> ProtocolRule {
        ProtocolRule { protocol: "counted", element: "Counted", required: &[], optional: &[] }
    }

    fn compile(
        &self,
        _: &DeviceProfile,
        items: &[Item],
        _: &Parameters,
    ) -> Result<Box<dyn Dialect>, Faults> {
        let register = |item: &Item| {
            let address = &item.property.address;
            let number = address.value.parse();
            number.map_err(|_| Fault::value(address.place, "Address", &**address, "0 to 255"))
        };
        let registers: Result<_, Fault> = items.iter().map(register).collect();
        Ok(Box::new(Registers(registers?)))
    }
}

/// The register of each item.
#[derive(Clone)]
struct Registers(Vec<u8>);

impl Dialect for Registers {
    fn plan(&self, items: &[usize]) -> Vec<Request> {
        let request = |item: &usize| Request {
            items: vec![*item],
            octets: vec![self.0[*item]],
            is_command: false,
        };
        items.iter().map(request).collect()
    }

    fn decode(&self, request: &Request, reply: &[u8]) -> Result<Vec<(usize, Raw)>, String> {
        let [_, octets @ ..] = reply else { return Err("the reply is empty".into()) };
        let number = <[u8; 2]>::try_from(octets).map_err(|_| "the reply is too short")?;
        let value = Some(Value::Decimal(u16::from_be_bytes(number).into()));
        let raw = Raw { value, octets: octets.to_vec(), ..Raw::default() };
        Ok(request.items.iter().map(|item| (*item, raw.clone())).collect())
    }

    fn encode(&self, _: usize, _: &Value<'_>) -> Result<Request, String> {
        Err("these meters are not written".into())
    }

    fn shape(&self, _: usize) -> Shape {
        Shape::Integer(0, u16::MAX.into())
    }

    fn refused(&mut self, _: &Request, _: Option<&Refusal>) -> Advice {
        Advice::Dead
    }

    fn identify(&self, _: &Match) -> Option<Box<dyn Identify>> {
        None
    }

    fn link(&self, _: &LinkSettings) -> Result<Box<dyn Link>, &'static [&'static str]> {
        Ok(Box::<Reader>::default())
    }

    fn open(&self, _: &[u8], _: &[u8]) -> Result<(Request, Outcome), String> {
        Err("no captures are kept of these meters".into())
    }

    fn meter(&self) -> Box<dyn MeterSide> {
        Box::new(Meter { registers: self.clone(), values: Values::default() })
    }
}

/// The reading side: one request at a time.
#[derive(Default)]
struct Reader {
    waiting: VecDeque<(u64, Vec<u8>)>,
    /// What is under way, and until when.
    asked: Option<(u64, Instant)>,
    received: Vec<u8>,
    events: VecDeque<LinkEvent>,
}

impl Reader {
    fn done(&mut self, outcome: Outcome, at: Instant) {
        if let Some((id, _)) = self.asked.take() {
            self.events.push_back(LinkEvent::Done { id, outcome, at });
        }
    }
}

impl Link for Reader {
    fn window(&self) -> usize {
        1
    }

    fn submit(&mut self, _: Instant, id: u64, request: &Request) {
        self.waiting.push_back((id, request.octets.clone()));
    }
}

impl Session for Reader {
    type Event = LinkEvent;

    fn handle_input(&mut self, now: Instant, octets: &[u8]) {
        for content in contents(&mut self.received, octets) {
            let outcome = match content.as_slice() {
                [_] => Outcome::Refused(Refusal { code: 1, name: "no such register".into() }),
                _ => Outcome::Reply(content),
            };
            self.done(outcome, now);
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        if self.asked.is_some_and(|(_, until)| until <= now) {
            self.done(Outcome::Failed(Failure::Silent), now);
        }
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut BytesMut) -> Option<Transmit> {
        if self.asked.is_some() {
            return None;
        }
        let (id, content) = self.waiting.pop_front()?;
        self.asked = Some((id, now + PATIENCE));
        transmit(&content, out)
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.asked.map(|(_, until)| until)
    }

    fn poll_event(&mut self) -> Option<LinkEvent> {
        self.events.pop_front()
    }
}

/// The value of each register of a meter, shared by its conversations.
type Values = Arc<Mutex<BTreeMap<u8, Value<'static>>>>;

struct Meter {
    registers: Registers,
    values: Values,
}

impl MeterSide for Meter {
    fn set(&mut self, item: usize, value: Option<&Value<'_>>) -> Result<(), String> {
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        let register = self.registers.0[item];
        match value {
            Some(value) => values.insert(register, value.clone().into_owned()),
            None => values.remove(&register),
        };
        Ok(())
    }

    fn raw(&self, item: usize) -> Option<Value<'static>> {
        let values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        values.get(&self.registers.0[item]).cloned()
    }

    fn serve(
        &self,
        _: &LinkSettings,
        _: bool,
    ) -> Result<Box<dyn MeterSession>, &'static [&'static str]> {
        let values = Arc::clone(&self.values);
        Ok(Box::new(Conversation { values, received: Vec::new(), answers: VecDeque::new() }))
    }
}

/// The meter's side of one conversation.
struct Conversation {
    values: Values,
    received: Vec<u8>,
    answers: VecDeque<Vec<u8>>,
}

impl MeterSession for Conversation {}

impl Session for Conversation {
    type Event = MeterEvent;

    fn handle_input(&mut self, _: Instant, octets: &[u8]) {
        let values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        for content in contents(&mut self.received, octets) {
            let [register] = content.as_slice() else { continue };
            let value = values.get(register).and_then(Value::as_decimal);
            let number = value.and_then(|value| u16::try_from(value.to_i64()?).ok());
            let octets = number.map(u16::to_be_bytes);
            self.answers
                .push_back([*register].into_iter().chain(octets.into_iter().flatten()).collect());
        }
    }

    fn handle_timeout(&mut self, _: Instant) {}

    fn poll_transmit(&mut self, _: Instant, out: &mut BytesMut) -> Option<Transmit> {
        transmit(&self.answers.pop_front()?, out)
    }

    fn poll_timeout(&self) -> Option<Instant> {
        None
    }

    fn poll_event(&mut self) -> Option<MeterEvent> {
        None
    }
}

/// The contents of the frames that are whole.
fn contents(received: &mut Vec<u8>, octets: &[u8]) -> Vec<Vec<u8>> {
    received.extend(octets);
    let mut contents = Vec::new();
    loop {
        let used = match Counted.deframe(received) {
            Step::NeedMore { .. } => return contents,
            Step::Skip { used, .. } => used,
            Step::Frame { frame, used } => {
                contents.push(frame[2..frame.len() - 1].to_vec());
                used
            }
        };
        received.drain(..used);
    }
}

fn transmit(content: &[u8], out: &mut BytesMut) -> Option<Transmit> {
    let mut frame = [0; 258];
    let len = wrap(content, &mut frame)?;
    out.extend_from_slice(&frame[..len]);
    Some(Transmit::now(len))
}
