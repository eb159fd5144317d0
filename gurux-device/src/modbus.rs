//! The driver for Modbus.
//!
//! In a profile, `<Modbus UnitId="{unit}" ByteOrder="CDAB" ZeroBased="true"/>` holds what is the
//! same for all properties; an address is a table and a number:
//!
//! | address | is |
//! |---------|----|
//! | `holding:107` `h:0x6B` `input:0` `coil:3` `discrete:3` | the number that the protocol sends, from 0 (with `ZeroBased="false"`, from 1) |
//! | `40108` `30108` `4x108` | the number of the data model, from 1 |
//! | `holding:{base}+12` | a sum: SunSpec's points count from the start of their model |
//!
//! Types are those of [`ValueType`], in either case: `U16`, `I32`,
//! `F32`, `BCD32`, `String` with `Length` in octets, ... A property of a coil or discrete input is
//! `Bool`.

mod capture;
mod compile;
mod gateway;
mod identify;
mod link;
mod meter;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use gurux_framing::Wire;
use gurux_modbus::plan::{self, Batch, Limits};
use gurux_modbus::value::{BitField, Format, ValueType};
use gurux_modbus::wire::{
    BitSpan, Bits, ExceptionCode, MaskWrite, RegisterSpan, Registers, Request, Response, UnitId,
    WriteCoil, WriteRegister, WriteRegisters,
};
use gurux_modbus::{Address, Table};
use gurux_value::{Decimal, Value};

use crate::driver::{
    Advice, Dialect, Driver, Identify, Link, LinkSettings, MeterSide, Outcome, Raw, Refusal,
    Request as Message, Shape,
};
use crate::item::Item;
use crate::parameters::Parameters;
use crate::profile::{Communication, DeviceProfile, Faults, Match, NullMark, ProtocolRule};

pub use gateway::{
    Gateway, GatewayConfig, GatewayConnection, GatewayCounters, GatewayEvent, GatewayLine,
};

/// The driver for Modbus, over all of its transports: `rtu`, `ascii`, `tcp`, `rtu-over-tcp`,
/// `ascii-over-tcp` and `udp`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Modbus;

impl Driver for Modbus {
    fn rule(&self) -> ProtocolRule {
        ProtocolRule {
            protocol: "modbus",
            element: "Modbus",
            required: &[],
            optional: &["UnitId", "ByteOrder", "ZeroBased"],
        }
    }

    fn compile(
        &self,
        profile: &DeviceProfile,
        items: &[Item],
        parameters: &Parameters,
    ) -> Result<Box<dyn Dialect>, Faults> {
        Ok(Box::new(compile::compile(profile, items, parameters)?))
    }
}

/// A profile in terms of Modbus.
#[derive(Clone, Debug)]
struct ModbusMeter {
    unit: UnitId,
    limits: Limits,
    /// The points, by item.
    points: Vec<Point>,
    /// Where requests must not reach across, as refusals have taught: the address at which the
    /// later part begins.
    cuts: BTreeSet<Address>,
    communication: Communication,
    /// What a simulated meter says of itself: the basic objects of its identification.
    identity: [String; 3],
}

/// Where and how one item lies.
#[derive(Clone, Copy, Debug)]
struct Point {
    address: Address,
    /// Registers or bits.
    count: u16,
    format: Format,
    /// One bit of a register: its value is yes or no.
    is_flag: bool,
    /// The bits of the value, where it has but some of the register's.
    bits: Option<BitField>,
    /// The first mark of absence, for a simulated meter to send.
    absent: Option<NullMark>,
    is_writable: bool,
}

type Batches = Vec<Batch<usize>>;

impl ModbusMeter {
    fn item(&self, key: usize) -> Option<plan::Item<usize>> {
        let Point { address, count, .. } = *self.points.get(key)?;
        Some(plan::Item { address, count, key })
    }

    /// Requests for all these items, with the cuts kept.
    fn batches(&self, items: &[usize]) -> Batches {
        let mut items: Vec<_> = items.iter().filter_map(|item| self.item(*item)).collect();
        items.sort_by_key(|item| item.address);
        // No cut lies between two items of one run.
        let runs = items.chunk_by(|before, after| {
            self.cuts.range(before.address..=after.address).all(|cut| *cut == before.address)
        });
        // Each item was planned alone when it was compiled, so that no plan fails here.
        runs.flat_map(|run| plan::plan(run.iter().copied(), &self.limits).unwrap_or_default())
            .collect()
    }

    fn message(batch: &Batch<usize>) -> Option<Message> {
        let (number, count) = (batch.address.number, batch.count);
        let request = match batch.address.table {
            Table::Coil => Request::ReadCoils(BitSpan::new(number, count).ok()?),
            Table::DiscreteInput => Request::ReadDiscreteInputs(BitSpan::new(number, count).ok()?),
            Table::HoldingRegister => {
                Request::ReadHoldingRegisters(RegisterSpan::new(number, count).ok()?)
            }
            Table::InputRegister => {
                Request::ReadInputRegisters(RegisterSpan::new(number, count).ok()?)
            }
        };
        let items = batch.items.iter().map(|item| item.key).collect();
        Some(Message { items, octets: octets(&request), is_command: false })
    }
}

/// The octets of a message.
fn octets<'a>(message: &impl Wire<'a>) -> Vec<u8> {
    let mut octets = Vec::with_capacity(message.wire_len());
    message.emit(&mut octets);
    octets
}

/// The refusal that an exception is.
fn refused(code: ExceptionCode) -> Refusal {
    Refusal { code: code.code().into(), name: code.to_string() }
}

impl Dialect for ModbusMeter {
    fn plan(&self, items: &[usize]) -> Vec<Message> {
        self.batches(items).iter().filter_map(Self::message).collect()
    }

    fn decode(&self, request: &Message, reply: &[u8]) -> Result<Vec<(usize, Raw)>, String> {
        let asked = Request::from_bytes(&request.octets).map_err(|error| error.to_string())?;
        let said = Response::from_bytes(reply).map_err(|error| error.to_string())?;
        if !said.answers(&asked) {
            return Err("this is no answer to what was asked".to_owned());
        }
        let (start, held) = match (asked, said) {
            (Request::ReadHoldingRegisters(span), Response::ReadHoldingRegisters(registers))
            | (Request::ReadInputRegisters(span), Response::ReadInputRegisters(registers)) => {
                (span.address(), Held::Registers(registers))
            }
            (Request::ReadCoils(span), Response::ReadCoils(bits))
            | (Request::ReadDiscreteInputs(span), Response::ReadDiscreteInputs(bits)) => {
                (span.address(), Held::Bits(bits))
            }
            // A write was confirmed: nothing is read.
            _ => return Ok(Vec::new()),
        };
        let raw = |item: &usize| {
            let point = self.points.get(*item)?;
            let offset = point.address.number.checked_sub(start)?;
            Some((*item, point.raw(&held, usize::from(offset))?))
        };
        Ok(request.items.iter().filter_map(raw).collect())
    }

    fn encode(&self, item: usize, value: &Value<'_>) -> Result<Message, String> {
        let Some(point) = self.points.get(item) else { return Err("there is no such item".into()) };
        let address = point.address.number;
        let octets = if point.address.table.is_bits() {
            let value = switch(value).ok_or("it is neither on nor off")?;
            octets(&Request::WriteSingleCoil(WriteCoil { address, value }))
        } else {
            let words = point.words(value, 0)?;
            // The bits that are not the value's stay what they are: those that differ here.
            let kept =
                if point.format.is_partial() { point.words(value, 0xFFFF)? } else { words.clone() };
            let request = match (words.as_slice(), kept.as_slice()) {
                ([zero], [one]) if zero != one => Request::MaskWriteRegister(MaskWrite {
                    address,
                    and_mask: zero ^ one,
                    or_mask: *zero,
                }),
                ([value], _) => {
                    Request::WriteSingleRegister(WriteRegister { address, value: *value })
                }
                (words, _) => {
                    let registers = Registers::new(words).map_err(|error| error.to_string())?;
                    let write = WriteRegisters::new(address, registers);
                    Request::WriteMultipleRegisters(write.map_err(|error| error.to_string())?)
                }
            };
            octets(&request)
        };
        Ok(Message { items: vec![item], octets, is_command: false })
    }

    fn shape(&self, item: usize) -> Shape {
        self.points.get(item).map_or(Shape::Bool, Point::shape)
    }

    fn refused(&mut self, request: &Message, refusal: Option<&Refusal>) -> Advice {
        let speaks_of_address = refusal.is_none_or(|refusal| {
            // 3 comes from devices that say so of too great a count.
            [ExceptionCode::ILLEGAL_DATA_ADDRESS, ExceptionCode::ILLEGAL_DATA_VALUE]
                .iter()
                .any(|code| u32::from(code.code()) == refusal.code)
        });
        if !speaks_of_address {
            return Advice::Later;
        }
        let mut items: Vec<_> = request.items.iter().filter_map(|item| self.item(*item)).collect();
        items.sort_by_key(|item| item.address);
        let Some(first) = items.first() else { return Advice::Dead };
        let batch = Batch { address: first.address, count: first.count, items };
        match batch.split() {
            Ok(halves) => {
                let [_, tail] = &halves;
                self.cuts.insert(tail.address);
                Advice::Split(halves.iter().filter_map(Self::message).collect())
            }
            Err(_) => Advice::Dead,
        }
    }

    fn identify(&self, mark: &Match) -> Option<Box<dyn Identify>> {
        identify::identify(mark)
    }

    fn link(&self, settings: &LinkSettings) -> Result<Box<dyn Link>, &'static [&'static str]> {
        link::link(self, settings)
    }

    fn open(&self, sent: &[u8], received: &[u8]) -> Result<(Message, Outcome), String> {
        capture::open(self, sent, received)
    }

    fn meter(&self) -> Box<dyn MeterSide> {
        meter::meter(self)
    }
}

/// What a reply holds.
enum Held<'a> {
    Registers(Registers<'a>),
    Bits(Bits<'a>),
}

impl Point {
    /// The raw value at this place of what was read.
    fn raw(&self, held: &Held<'_>, offset: usize) -> Option<Raw> {
        match held {
            Held::Bits(bits) => {
                let bit = bits.get(offset)?;
                let octets = vec![u8::from(bit)];
                Some(Raw { value: Some(Value::Bool(bit)), octets, ..Raw::default() })
            }
            Held::Registers(registers) => {
                let words = registers.slice(offset, usize::from(self.count))?;
                let decoded = self.format.decode_owned(words.iter()).ok()?;
                let octets = words.iter().flat_map(u16::to_be_bytes).collect();
                let value = match decoded.value {
                    Some(value) if self.is_flag => Some(Value::Bool(switch(&value)?)),
                    value => value,
                };
                Some(Raw { value, quality: decoded.quality, octets, ..Raw::default() })
            }
        }
    }

    /// The registers that hold this value, where they held `before` in every register.
    fn words(&self, value: &Value<'_>, before: u16) -> Result<Vec<u16>, String> {
        let mut words = vec![before; usize::from(self.count)];
        let number = match value {
            // A flag is a number to the codec, and a code is one.
            Value::Bool(_) | Value::Code { .. } => value.as_decimal().map(Value::Decimal),
            Value::Flags { bits, .. } => Some(Decimal::from(*bits).into()),
            _ => None,
        };
        let value = number.as_ref().unwrap_or(value);
        self.format.encode(value, &mut words).map_err(|error| error.to_string())?;
        Ok(words)
    }

    fn shape(&self) -> Shape {
        let value_type = self.format.value_type();
        if self.is_flag || self.address.table.is_bits() {
            return Shape::Bool;
        }
        match value_type {
            ValueType::Bool => Shape::Bool,
            ValueType::F16 | ValueType::F32 | ValueType::F64 => Shape::Float,
            ValueType::String { .. } => Shape::Text(self.format.room()),
            ValueType::Octets { .. } => Shape::Octets(self.format.room()),
            ValueType::Bcd16 | ValueType::Bcd32 | ValueType::Bcd48 | ValueType::Bcd64 => {
                Shape::Integer(0, 10_i128.pow(value_type.bits() / 4) - 1)
            }
            _ => {
                let width = self.bits.map_or(value_type.bits(), |bits| bits.width.into());
                let values = 1_i128 << width.min(64);
                if value_type.is_signed() {
                    Shape::Integer(-values / 2, values / 2 - 1)
                } else {
                    Shape::Integer(0, values - 1)
                }
            }
        }
    }
}

/// Yes or no.
fn switch(value: &Value<'_>) -> Option<bool> {
    match value.as_decimal()?.to_i128()? {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    }
}
