//! The meter's side: objects that hold the values of the items, and sessions that serve them.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gurux_dlms::security::{Hash, Key, Provider, Software, SystemTitle};
use gurux_dlms::session::meter::{
    Access, Entry, Memory, Meter, MeterConfig, MeterEvent as ServerEvent, Model, Object, Out, Who,
};
use gurux_dlms::table::class::{ClassId, ShortNamed, versions};
use gurux_dlms::value::Data;
use gurux_dlms::wire::{ActionResult, DataAccessResult, DataRef, KeyId, SelectiveAccess};
use gurux_framing::Wire;
use gurux_media::Instant;
use gurux_value::{DateTime, Decimal, Obis, Unit, Value};

use super::address::Member;
use super::form::Form;
use super::{DlmsMeter, Point, Scaling, TRANSPORTS};
use crate::driver::{LinkSettings, MeterEvent, MeterSession, MeterSide};
use crate::serving::Serving;

const CLOCK: Obis = Obis::new([0, 0, 1, 0, 0, 255]);
const DEVICE_NAME: Obis = Obis::new([0, 0, 42, 0, 0, 255]);
const SAPS: Obis = Obis::new([0, 0, 41, 0, 0, 255]);
const IMAGE: Obis = Obis::new([0, 0, 44, 0, 0, 255]);

/// A row of a profile each quarter of an hour, where no property says another period.
const CAPTURE_PERIOD: u32 = 900;
/// Rows of a profile: a month of quarters of an hour.
const ROWS: u32 = 31 * 96;
/// Octets of a block of an image.
const IMAGE_BLOCK: u32 = 200;

/// The meter's side of `meter`.
pub(super) fn meter(meter: &DlmsMeter) -> Box<dyn MeterSide> {
    let memory = memory(meter);
    Box::new(Side { memory: Arc::new(Mutex::new(memory)), meter: meter.clone() })
}

/// The objects, as far as the profile and the standard say what is in them.
fn memory(meter: &DlmsMeter) -> Memory {
    let mut memory = Memory::new();
    let keys = [
        (KeyId::GLOBAL_UNICAST_ENCRYPTION, &meter.settings.encryption_key),
        (KeyId::AUTHENTICATION, &meter.settings.authentication_key),
    ];
    for (id, key) in keys {
        if let Some(key) = key {
            memory.insert_key(id, key.clone());
        }
    }
    if meter.settings.client != super::settings::PUBLIC {
        memory.restrict_public();
    }
    let mut objects: BTreeSet<(u16, Obis)> = BTreeSet::new();
    let mut base_name = 0x1000_u16;
    let mut add = |memory: &mut Memory, entry: Entry| {
        // Short names of objects lie far enough apart for every class.
        memory.add(entry.at(base_name));
        base_name = base_name.saturating_add(0x100);
    };
    for entry in standing(meter) {
        add(&mut memory, entry);
    }
    let columns = columns(meter);
    for point in &meter.points {
        let (class_id, name) = (point.address.class(), point.address.logical_name);
        let is_ours = [CLOCK, DEVICE_NAME, SAPS, IMAGE].contains(&name)
            || meter.settings.counter_from.is_some_and(|counter| counter.instance_id == name);
        if is_ours || !objects.insert((class_id.code(), name)) {
            continue;
        }
        let mut entry = Entry::new(class_id, version(class_id), name);
        for own in meter.points.iter().filter(|p| p.address.logical_name == name) {
            entry = equipped(entry, own);
        }
        if class_id == ClassId::PROFILE_GENERIC {
            entry = entry
                .with(3, &columns)
                .with(4, &Data::DoubleLongUnsigned(CAPTURE_PERIOD))
                .with(5, &Data::Enum(1))
                .with(8, &Data::DoubleLongUnsigned(ROWS));
        }
        if class_id == ClassId::DISCONNECT_CONTROL {
            // Connected, and switched from afar in both directions.
            entry = entry.with(2, &Data::Boolean(true)).with(3, &Data::Enum(1));
            entry = entry.with(4, &Data::Enum(4));
        }
        add(&mut memory, entry);
    }
    // 2026-01-01, if the profile's clock says no other time.
    let begin = DateTime::UNKNOWN.with_date(2026, 1, 1);
    let begin = begin.and_then(|time| time.with_time(0, 0, 0)?.with_utc_offset(0));
    memory.set_time(Instant::ZERO, begin.unwrap_or(DateTime::UNKNOWN));
    memory
}

/// What every simulated meter has.
fn standing(meter: &DlmsMeter) -> Vec<Entry> {
    let name = Data::OctetString(meter.name.clone().into_bytes());
    let sap = Data::structure([Data::LongUnsigned(meter.settings.logical_device), name.clone()]);
    let mut entries = vec![
        Entry::new(ClassId::CLOCK, 0, CLOCK).writable(2).writable(3).public(),
        Entry::new(ClassId::DATA, 0, DEVICE_NAME).with(2, &name).public(),
        Entry::new(ClassId::SAP_ASSIGNMENT, 0, SAPS).with(2, &Data::array([sap])).public(),
        Entry::new(ClassId::IMAGE_TRANSFER, 0, IMAGE)
            .with(2, &Data::DoubleLongUnsigned(IMAGE_BLOCK))
            .with(5, &Data::Boolean(true))
            .writable(5),
    ];
    if let Some(counter) = meter.settings.counter_from {
        let entry = Entry::new(ClassId::DATA, 0, counter.instance_id);
        entries.push(entry.with(2, &Data::DoubleLongUnsigned(0)).public());
    }
    entries
}

/// The version in which a class is simulated.
fn version(class_id: ClassId) -> u8 {
    match class_id {
        ClassId::PROFILE_GENERIC => 1,
        class_id => versions(class_id).first().map_or(0, |class| class.version),
    }
}

/// The object with what a property needs of it.
fn equipped(mut entry: Entry, point: &Point) -> Entry {
    let Member::Attribute(attribute) = point.address.member else { return entry };
    if let Some(scaler) = point.address.scaler_unit() {
        let unit = point.wire_unit.and_then(Unit::dlms_code).unwrap_or(255);
        let scaler_unit = Data::structure([Data::Integer(point.scaler), Data::Enum(unit)]);
        entry = entry.with(scaler.attribute_id, &scaler_unit);
    }
    if point.is_writable && point.address.switch.is_none() {
        entry = entry.writable(attribute);
    }
    entry
}

/// What a profile generic captures: the time, and each register that counts.
fn columns(meter: &DlmsMeter) -> Data {
    let column = |class_id: ClassId, name: Obis| {
        Data::structure([
            Data::LongUnsigned(class_id.code()),
            Data::OctetString(name.groups().to_vec()),
            Data::Integer(2),
            Data::LongUnsigned(0),
        ])
    };
    let counting = meter.points.iter().filter(|point| point.counts);
    let registers = counting.filter(|point| point.address.scaler_unit().is_some());
    let registers =
        registers.map(|point| column(point.address.class(), point.address.logical_name));
    Data::array([column(ClassId::CLOCK, CLOCK)].into_iter().chain(registers))
}

/// One meter that several sessions serve.
struct Shared {
    memory: Arc<Mutex<Memory>>,
    /// As they were when the session began.
    keys: [Option<Key>; 4],
    /// Where the counter is told.
    counter: Option<Obis>,
}

impl Shared {
    fn memory(&self) -> MutexGuard<'_, Memory> {
        lock(&self.memory)
    }
}

fn lock(memory: &Mutex<Memory>) -> MutexGuard<'_, Memory> {
    // A panic elsewhere leaves the objects as they are.
    memory.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Model for Shared {
    fn object(&self, number: usize) -> Option<Object> {
        self.memory().object(number)
    }

    fn find(&self, logical_name: Obis) -> Option<Object> {
        self.memory().find(logical_name)
    }

    fn find_short(&self, short_name: u16) -> Option<(Object, ShortNamed)> {
        self.memory().find_short(short_name)
    }

    fn attribute_access(&self, who: &Who, object: &Object, attribute: i8) -> Access {
        self.memory().attribute_access(who, object, attribute)
    }

    fn method_access(&self, who: &Who, object: &Object, method: i8) -> Access {
        self.memory().method_access(who, object, method)
    }

    fn get(
        &mut self,
        who: &Who,
        object: &Object,
        attribute: i8,
        selection: Option<SelectiveAccess<'_>>,
        out: &mut Out<'_>,
    ) -> DataAccessResult {
        self.memory().get(who, object, attribute, selection, out)
    }

    fn set(
        &mut self,
        who: &Who,
        object: &Object,
        attribute: i8,
        selection: Option<SelectiveAccess<'_>>,
        value: DataRef<'_>,
    ) -> DataAccessResult {
        self.memory().set(who, object, attribute, selection, value)
    }

    fn act(
        &mut self,
        who: &Who,
        object: &Object,
        method: i8,
        parameter: Option<DataRef<'_>>,
        out: &mut Out<'_>,
    ) -> ActionResult {
        self.memory().act(who, object, method, parameter, out)
    }

    fn elapse(&mut self, now: Instant) {
        let mut memory = self.memory();
        memory.elapse(now);
        if let Some(counter) = self.counter {
            // It rises faster than messages come, so that no client takes a number twice.
            let told = u32::try_from(now.as_micros() / 1_000).unwrap_or(u32::MAX);
            memory.write(counter, 2, &Data::DoubleLongUnsigned(told));
        }
    }

    fn next_at(&self) -> Option<Instant> {
        self.memory().next_at()
    }

    fn key(&self, id: KeyId) -> Option<&Key> {
        self.keys.get(usize::from(id.code()))?.as_ref()
    }

    /// The key is used from the next conversation on.
    fn set_key(&mut self, id: KeyId, key: Key) -> bool {
        self.memory().set_key(id, key)
    }
}

/// The meter's side.
struct Side {
    memory: Arc<Mutex<Memory>>,
    meter: DlmsMeter,
}

impl MeterSide for Side {
    fn set(&mut self, item: usize, value: Option<&Value<'_>>) -> Result<(), String> {
        let point = self.meter.points.get(item).ok_or("there is no such item")?;
        // What is absent is null-data; an attribute that the class computes stays as it is.
        let Some(value) = value else { return Ok(()) };
        let address = &point.address;
        let Member::Attribute(attribute) = address.member else { return Ok(()) };
        if !address.element.is_empty() {
            return Err("a part of an attribute cannot be simulated".to_owned());
        }
        let mut memory = lock(&self.memory);
        if let (ClassId::CLOCK, 2, Value::DateTime(time)) = (address.class(), attribute, value) {
            let time = match time.utc_offset() {
                Some(_) => Some(*time),
                None => time.with_utc_offset(0),
            };
            memory.set_time(Instant::ZERO, time.ok_or("it is no time")?);
            return Ok(());
        }
        let form = if address.switch.is_some() { Form::Bool } else { point.form };
        let data = match form {
            Form::Bool => form.data(value)?,
            _ => point.on_the_wire(value)?,
        };
        memory.write(address.logical_name, attribute, &data);
        Ok(())
    }

    fn raw(&self, item: usize) -> Option<Value<'static>> {
        let point = self.meter.points.get(item)?;
        let address = &point.address;
        let memory = lock(&self.memory);
        let octets = memory.stored(address.logical_name, address.attribute()?.attribute_id)?;
        let data = DataRef::from_bytes(octets).ok()?;
        let value = Form::value(point.read_as, data)?;
        match (point.scaling, point.step()) {
            (Scaling::None, _) | (_, None) => Some(value),
            (_, Some(step)) => {
                let number: Option<Decimal> = value.as_decimal();
                Some(number?.checked_mul(step)?.into())
            }
        }
    }

    fn serve(
        &self,
        settings: &LinkSettings,
        _: bool,
    ) -> Result<Box<dyn MeterSession>, &'static [&'static str]> {
        let own = &self.meter.settings;
        let delay = self.meter.communication.reply_delay;
        let carrier = own.meter_carrier(settings, delay).map_err(|_| TRANSPORTS)?;
        let title = own.meter_title.unwrap_or(SystemTitle(*b"GUR\0\0\0\0\x01"));
        // Each conversation has a memory of its own for counters: the keys are for tests.
        let config = MeterConfig {
            max_pdu: own.max_pdu,
            remembers_counters: false,
            window: own.block_window.unwrap_or(1),
            ..MeterConfig::new(title)
        };
        let ids = [
            KeyId::GLOBAL_UNICAST_ENCRYPTION,
            KeyId::GLOBAL_BROADCAST_ENCRYPTION,
            KeyId::AUTHENTICATION,
            KeyId::MASTER,
        ];
        let mut keys = [None, None, None, None];
        let memory = lock(&self.memory);
        for id in ids {
            if let Some(slot) = keys.get_mut(usize::from(id.code())) {
                *slot = memory.key(id).cloned();
            }
        }
        drop(memory);
        let counter = own.counter_from.map(|counter| counter.instance_id);
        let model = Shared { memory: Arc::clone(&self.memory), keys, counter };
        let (seed, mut drawn) = (settings.seed.octets(), 0_u32);
        let challenges = move |octets: &mut [u8]| {
            drawn = drawn.wrapping_add(1);
            let digest = Software.hash(Hash::Sha256, &[&seed, &drawn.to_be_bytes()]);
            if let Ok(digest) = digest {
                octets.iter_mut().zip(digest.octets()).for_each(|(to, from)| *to = *from);
            }
        };
        let session = Meter::new(config, own.accounts(), Software, model, carrier, challenges);
        Ok(Box::new(Serving { session, tell: told, lies_over_others: false }))
    }
}

/// An event of a meter.
fn told(event: ServerEvent) -> MeterEvent {
    match event {
        ServerEvent::Associated(who, mechanism) => {
            MeterEvent::Notice(format!("client {} is associated ({mechanism})", who.client))
        }
        ServerEvent::Refused(who) => {
            MeterEvent::Refused(format!("client {}: the association", who.client))
        }
        ServerEvent::Released(who) => {
            MeterEvent::Notice(format!("the association of client {} is over", who.client))
        }
        ServerEvent::Answered(who) => MeterEvent::Served(format!("client {}", who.client)),
        ServerEvent::Dropped { octets, why } => {
            MeterEvent::Notice(format!("{octets} octets of no message were skipped: {why}"))
        }
    }
}
