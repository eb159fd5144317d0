//! The meter's side: registers that hold the values of the items, and servers over them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gurux_modbus::plan::Limits;
use gurux_modbus::session::{
    Framing, Memory, Model, OtherUnits, Server, ServerConfig, ServerEvent,
};
use gurux_modbus::value::ValueType;
use gurux_modbus::wire::{Bits, ExceptionCode, ObjectId, Registers, UnitId};
use gurux_modbus::{Address, Table};
use gurux_value::{Decimal, Text, Value};

use super::link::TRANSPORTS;
use super::{Held, ModbusMeter, Point, switch};
use crate::driver::{LinkSettings, MeterEvent, MeterSession, MeterSide};
use crate::profile::{Communication, NullMark};
use crate::serving::Serving;

/// The meter's side of `meter`.
pub(super) fn meter(meter: &ModbusMeter) -> Box<dyn MeterSide> {
    let mut memory = Memory::default();
    let mut writable: Vec<Address> = Vec::new();
    for point in &meter.points {
        let start = u32::from(point.address.number);
        for number in start..start + u32::from(point.count) {
            let Ok(number) = u16::try_from(number) else { continue };
            match point.address.table {
                Table::Coil => _ = memory.coils.insert(number, false),
                Table::DiscreteInput => _ = memory.discrete_inputs.insert(number, false),
                Table::HoldingRegister => _ = memory.holding_registers.insert(number, 0),
                Table::InputRegister => _ = memory.input_registers.insert(number, 0),
            }
            if point.is_writable {
                writable.push(Address::new(point.address.table, number));
            }
        }
    }
    fill_gaps(&mut memory.coils, Table::Coil, &meter.limits, false);
    fill_gaps(&mut memory.discrete_inputs, Table::DiscreteInput, &meter.limits, false);
    fill_gaps(&mut memory.holding_registers, Table::HoldingRegister, &meter.limits, 0);
    fill_gaps(&mut memory.input_registers, Table::InputRegister, &meter.limits, 0);
    memory.read_only_coils.extend(memory.coils.keys());
    memory.read_only_registers.extend(memory.holding_registers.keys());
    for Address { table, number } in writable {
        match table {
            Table::Coil => memory.read_only_coils.remove(&number),
            _ => memory.read_only_registers.remove(&number),
        };
    }
    let [vendor, product, revision] = &meter.identity;
    for (id, text) in [
        (ObjectId::VENDOR_NAME, vendor),
        (ObjectId::PRODUCT_CODE, product),
        (ObjectId::MAJOR_MINOR_REVISION, revision),
    ] {
        // 3 objects of at most 80 octets fit into one message.
        memory.identification.insert(id, text.bytes().take(80).collect());
    }
    let running = [meter.unit.code(), 0xFF];
    memory.server_id = Some(running.into_iter().chain(product.bytes().take(80)).collect());
    let image = Image { memory, limits: meter.limits.clone() };
    Box::new(Registered {
        image: Arc::new(Mutex::new(image)),
        points: meter.points.clone(),
        unit: meter.unit,
        communication: meter.communication.clone(),
    })
}

/// A profile that lets requests reach across so many entries says that they are there.
fn fill_gaps<T: Copy>(map: &mut BTreeMap<u16, T>, table: Table, limits: &Limits, empty: T) {
    let known: Vec<u16> = map.keys().copied().collect();
    let is_forbidden = |number: u16| {
        let holes = limits.forbidden.iter().filter(|hole| hole.table == table);
        holes.into_iter().any(|hole| (hole.first..=hole.last).contains(&number))
    };
    for pair in known.windows(2) {
        let &[before, after] = pair else { continue };
        if after - before - 1 <= limits.max_gap {
            for number in (before + 1..after).filter(|number| !is_forbidden(*number)) {
                map.insert(number, empty);
            }
        }
    }
}

/// The registers, and how many of them may be asked for.
#[derive(Debug)]
struct Image {
    memory: Memory,
    limits: Limits,
}

impl Image {
    fn check(&self, table: Table, count: usize) -> Result<(), ExceptionCode> {
        let max = usize::from(self.limits.max_count(table));
        let is_one = !self.limits.one_per_request || count <= 4;
        if count <= max && is_one { Ok(()) } else { Err(ExceptionCode::ILLEGAL_DATA_VALUE) }
    }
}

impl Model for Image {
    fn read_coils(
        &mut self,
        unit: UnitId,
        address: u16,
        out: &mut [bool],
    ) -> Result<(), ExceptionCode> {
        self.check(Table::Coil, out.len())?;
        self.memory.read_coils(unit, address, out)
    }

    fn read_discrete_inputs(
        &mut self,
        unit: UnitId,
        address: u16,
        out: &mut [bool],
    ) -> Result<(), ExceptionCode> {
        self.check(Table::DiscreteInput, out.len())?;
        self.memory.read_discrete_inputs(unit, address, out)
    }

    fn read_holding_registers(
        &mut self,
        unit: UnitId,
        address: u16,
        out: &mut [u16],
    ) -> Result<(), ExceptionCode> {
        self.check(Table::HoldingRegister, out.len())?;
        self.memory.read_holding_registers(unit, address, out)
    }

    fn read_input_registers(
        &mut self,
        unit: UnitId,
        address: u16,
        out: &mut [u16],
    ) -> Result<(), ExceptionCode> {
        self.check(Table::InputRegister, out.len())?;
        self.memory.read_input_registers(unit, address, out)
    }

    fn write_coils(
        &mut self,
        unit: UnitId,
        address: u16,
        values: Bits<'_>,
    ) -> Result<(), ExceptionCode> {
        self.memory.write_coils(unit, address, values)
    }

    fn write_registers(
        &mut self,
        unit: UnitId,
        address: u16,
        values: Registers<'_>,
    ) -> Result<(), ExceptionCode> {
        self.memory.write_registers(unit, address, values)
    }

    fn server_id(&mut self, unit: UnitId, out: &mut [u8]) -> Result<usize, ExceptionCode> {
        self.memory.server_id(unit, out)
    }

    fn identification(&mut self, unit: UnitId, id: ObjectId, out: &mut [u8]) -> Option<usize> {
        self.memory.identification(unit, id, out)
    }
}

/// The meter's side.
#[derive(Debug)]
struct Registered {
    image: Arc<Mutex<Image>>,
    points: Vec<Point>,
    unit: UnitId,
    communication: Communication,
}

impl Registered {
    fn image(&self) -> MutexGuard<'_, Image> {
        // A panic elsewhere leaves the registers as they are.
        self.image.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl MeterSide for Registered {
    fn set(&mut self, item: usize, value: Option<&Value<'_>>) -> Result<(), String> {
        let point = *self.points.get(item).ok_or("there is no such item")?;
        let absent = point.absent();
        let Some(value) = value.or(absent.as_ref()) else { return Ok(()) };
        let mut image = self.image();
        let memory = &mut image.memory;
        let number = point.address.number;
        match point.address.table {
            Table::Coil => {
                memory.coils.insert(number, switch(value).ok_or("it is neither on nor off")?);
            }
            Table::DiscreteInput => {
                let value = switch(value).ok_or("it is neither on nor off")?;
                memory.discrete_inputs.insert(number, value);
            }
            Table::HoldingRegister => write(&point, &mut memory.holding_registers, value)?,
            Table::InputRegister => write(&point, &mut memory.input_registers, value)?,
        }
        Ok(())
    }

    fn raw(&self, item: usize) -> Option<Value<'static>> {
        let point = self.points.get(item)?;
        let image = self.image();
        let number = point.address.number;
        let map = match point.address.table {
            Table::Coil => return image.memory.coils.get(&number).copied().map(Value::Bool),
            Table::DiscreteInput => {
                return image.memory.discrete_inputs.get(&number).copied().map(Value::Bool);
            }
            Table::HoldingRegister => &image.memory.holding_registers,
            Table::InputRegister => &image.memory.input_registers,
        };
        let words: Vec<u16> =
            map.range(number..).take(usize::from(point.count)).map(|(_, word)| *word).collect();
        point.raw(&Held::Registers(Registers::new(&words).ok()?), 0)?.value
    }

    fn serve(
        &self,
        settings: &LinkSettings,
        is_alone: bool,
    ) -> Result<Box<dyn MeterSession>, &'static [&'static str]> {
        let framing: Framing = settings.transport.parse().map_err(|_| TRANSPORTS)?;
        let mut config = ServerConfig::new(framing);
        config.line = settings.line;
        config.units = vec![self.unit];
        config.local_echo = settings.local_echo;
        config.response_delay = self.communication.reply_delay.unwrap_or_default();
        if is_alone && framing.is_numbered() {
            // MODBUS Messaging on TCP/IP, 4.4.2.1: 0 and 255 are the device itself.
            config.units.extend([UnitId::new(0), UnitId::new(255)]);
            config.other_units = OtherUnits::GatewayTargetFailed;
        }
        let session = Server::new(config, Arc::clone(&self.image));
        Ok(Box::new(Serving { session, tell: told, lies_over_others: false }))
    }
}

fn write(point: &Point, map: &mut BTreeMap<u16, u16>, value: &Value<'_>) -> Result<(), String> {
    let number = point.address.number;
    // Both images of the value differ in the bits that are not its own: these stay.
    let (zero, one) = (point.words(value, 0)?, point.words(value, 0xFFFF)?);
    for ((_, word), (zero, one)) in map.range_mut(number..).zip(zero.iter().zip(&one)) {
        *word = *word & (zero ^ one) | zero;
    }
    Ok(())
}

impl Point {
    /// The raw value that is the mark of absence.
    fn absent(&self) -> Option<Value<'static>> {
        Some(match self.absent? {
            NullMark::NaN => Value::Float64(f64::NAN),
            NullMark::Empty => Value::Text(Text::new("")),
            NullMark::Integer(mark) => {
                let value_type = self.format.value_type();
                // The mark of a float is a pattern of bits.
                match value_type {
                    ValueType::F32 => {
                        return Some(Value::Float32(f32::from_bits(u32::try_from(mark).ok()?)));
                    }
                    ValueType::F64 => {
                        return Some(Value::Float64(f64::from_bits(u64::try_from(mark).ok()?)));
                    }
                    _ => {}
                }
                let values = 1_i128 << value_type.bits().min(64);
                let is_above = value_type.is_signed() && mark >= values / 2;
                Decimal::new(if is_above { mark - values } else { mark }, 0).into()
            }
        })
    }
}

/// An event of a server.
fn told(event: ServerEvent) -> MeterEvent {
    match event {
        ServerEvent::Served { unit, function, refused } => {
            let what = format!("unit {}, {function}", unit.code());
            match refused {
                None => MeterEvent::Served(what),
                Some(code) => MeterEvent::Refused(format!("{what}: {code}")),
            }
        }
        ServerEvent::ListensOnly => MeterEvent::Notice("it listens only".to_owned()),
        ServerEvent::Restarted => MeterEvent::Notice("it was restarted".to_owned()),
        ServerEvent::Overrun { unit } => {
            MeterEvent::Notice(format!("a request to unit {} was lost", unit.code()))
        }
        ServerEvent::Noise { octets, why } => {
            MeterEvent::Notice(format!("{octets} octets of no message were skipped: {why}"))
        }
    }
}
