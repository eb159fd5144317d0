//! What a Modbus device says of itself: objects of its identification, models of SunSpec.

use gurux_framing::Wire;
use gurux_modbus::sunspec::{Discovery, End, Event};
use gurux_modbus::wire::{
    ObjectId, ReadDeviceIdCode, ReadDeviceIdentification, RegisterSpan, Request, Response,
};

use super::octets;
use crate::driver::{Identify, Outcome, Request as Message};
use crate::profile::{Match, Subject, integer};

/// Begins to look for a mark of a profile.
pub(super) fn identify(mark: &Match) -> Option<Box<dyn Identify>> {
    match &mark.subject {
        Subject::Object(object) => {
            let id = integer(object).and_then(|id| u8::try_from(id).ok())?;
            Some(Box::new(ObjectProbe::new(ObjectId::new(id))))
        }
        Subject::Model { id, .. } => Some(Box::new(ModelProbe {
            wanted: id.value,
            discovery: Discovery::new(),
            found: None,
            is_over: false,
        })),
        Subject::Property(_) => None,
    }
}

/// Reads one object of the identification, as part of the stream of its category: not every
/// device gives single objects.
#[derive(Debug)]
struct ObjectProbe {
    wanted: ObjectId,
    code: ReadDeviceIdCode,
    /// Where the stream goes on; `None` at its end.
    from: Option<ObjectId>,
    found: Option<String>,
}

impl ObjectProbe {
    fn new(wanted: ObjectId) -> Self {
        // V1.1b3, 6.21: 0 to 2 are basic, up to 127 regular, from 128 on extended.
        let code = match wanted.code() {
            0..=2 => ReadDeviceIdCode::BASIC,
            3..=0x7F => ReadDeviceIdCode::REGULAR,
            _ => ReadDeviceIdCode::EXTENDED,
        };
        Self { wanted, code, from: Some(ObjectId::VENDOR_NAME), found: None }
    }
}

impl Identify for ObjectProbe {
    fn next(&mut self) -> Option<Message> {
        let read = ReadDeviceIdentification::new(self.code, self.from?).ok()?;
        let octets = octets(&Request::ReadDeviceIdentification(read));
        Some(Message { octets, ..Message::default() })
    }

    fn handle(&mut self, outcome: &Outcome) {
        let from = self.from.take();
        let Outcome::Reply(reply) = outcome else { return };
        let Ok(Response::ReadDeviceIdentification(part)) = Response::from_bytes(reply) else {
            return;
        };
        let object = part.objects().iter().find(|object| object.id() == self.wanted);
        if let Some(object) = object {
            self.found = Some(String::from_utf8_lossy(object.value()).into_owned());
        } else {
            // Only onward: a device that points back would be asked for ever.
            self.from = part.more_follows().filter(|next| from.is_some_and(|from| *next > from));
        }
    }

    fn found(&self) -> Option<String> {
        self.found.clone()
    }
}

/// Walks SunSpec's chain of models until one is there; what it says is the model's address.
#[derive(Debug)]
struct ModelProbe {
    wanted: u16,
    discovery: Discovery<'static>,
    found: Option<u16>,
    is_over: bool,
}

impl Identify for ModelProbe {
    fn next(&mut self) -> Option<Message> {
        if self.is_over || self.found.is_some() {
            return None;
        }
        let (address, count) = self.discovery.next_read()?;
        let span = RegisterSpan::new(address.number, count).ok()?;
        let octets = octets(&Request::ReadHoldingRegisters(span));
        Some(Message { octets, ..Message::default() })
    }

    fn handle(&mut self, outcome: &Outcome) {
        let event = match outcome {
            Outcome::Reply(reply) => match Response::from_bytes(reply) {
                Ok(Response::ReadHoldingRegisters(registers)) => {
                    self.discovery.handle_registers(registers.iter())
                }
                _ => self.discovery.handle_refusal(),
            },
            Outcome::Refused(_) => self.discovery.handle_refusal(),
            // Nobody is there: the other bases need not be tried.
            Outcome::Failed(_) => Event::End(End::NoMark),
        };
        match event {
            Event::Model(model) if model.id == self.wanted => self.found = Some(model.address),
            Event::End(_) => self.is_over = true,
            _ => {}
        }
    }

    fn found(&self) -> Option<String> {
        self.found.map(|address| address.to_string())
    }
}
