//! The meter's side: records that hold the values of the items, and sessions that tell them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gurux_framing::Wire;
use gurux_mbus::session::{Meter, MeterConfig, MeterEvent as StationEvent, MeterModel, Reaction};
use gurux_mbus::wire::{
    AField, CiField, DataRecord, Identification, MeterAddress, RecordItem, Records,
};
use gurux_media::Instant;
use gurux_value::Value;

use super::address::{Address, HeaderField};
use super::form::Form;
use super::records::Telegrams;
use super::reply::Reply;
use super::{MbusMeter, Point, TRANSPORTS, listen};
use crate::driver::{LinkSettings, MeterEvent, MeterSession, MeterSide};
use crate::profile::Communication;
use crate::serving::Serving;

/// The most octets of records in one telegram: what fits behind a long header, with the mark that
/// more follow.
const MAX_RECORDS: usize = 234;

/// The meter's side of `meter`.
pub(super) fn meter(meter: &MbusMeter) -> Box<dyn MeterSide> {
    let image = Image {
        address: meter.identity,
        primary: meter.primary,
        status: 0,
        records: meter.points.iter().map(|_| None).collect(),
        points: meter.points.clone(),
    };
    Box::new(Side {
        image: Shared(Arc::new(Mutex::new(image))),
        communication: meter.communication.clone(),
        key: meter.key.clone(),
    })
}

/// What the meter is and holds.
#[derive(Debug)]
pub(super) struct Image {
    pub(super) address: MeterAddress,
    primary: AField,
    pub(super) status: u8,
    points: Vec<Point>,
    /// The record of each item that has a value.
    records: Vec<Option<Vec<u8>>>,
}

impl Image {
    /// The records, cut into telegrams.
    pub(super) fn telegrams(&self) -> Vec<Vec<u8>> {
        let mut telegrams = vec![Vec::new()];
        for record in self.records.iter().flatten() {
            let is_full =
                |telegram: &Vec<u8>| telegram.len().saturating_add(record.len()) > MAX_RECORDS;
            if telegrams.last().is_some_and(is_full) {
                telegrams.push(Vec::new());
            }
            if let Some(last) = telegrams.last_mut() {
                last.extend_from_slice(record);
            }
        }
        telegrams
    }

    /// Takes the records that were sent, if all of them may be written.
    fn write(&mut self, payload: &[u8]) -> bool {
        let mut taken = Vec::new();
        for item in Records::new(payload) {
            let RecordItem::Record(record) = item else { return false };
            let is_meant = |point: &Point| {
                let header = point.form.as_ref().map(Form::header);
                point.is_writable && header == Some(record.header())
            };
            let Some(place) = self.points.iter().position(is_meant) else { return false };
            taken.push((place, record.octets().to_vec()));
        }
        for (place, octets) in taken {
            if let Some(slot) = self.records.get_mut(place) {
                *slot = Some(octets);
            }
        }
        true
    }
}

/// One meter that several sessions serve.
#[derive(Clone, Debug)]
pub(super) struct Shared(Arc<Mutex<Image>>);

impl Shared {
    pub(super) fn image(&self) -> MutexGuard<'_, Image> {
        // A panic elsewhere leaves the records as they are.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl MeterModel for Shared {
    fn address(&self) -> MeterAddress {
        self.image().address
    }

    fn primary_address(&self) -> AField {
        self.image().primary
    }

    fn set_primary_address(&mut self, address: AField) -> bool {
        self.image().primary = address;
        true
    }

    fn fabrication_number(&self) -> Option<Identification> {
        Some(self.image().address.identification)
    }

    fn status(&self) -> u8 {
        self.image().status
    }

    fn records(&mut self, _: Instant, telegram: u16, out: &mut Vec<u8>) -> bool {
        let telegrams = self.image().telegrams();
        let place = usize::from(telegram);
        out.extend(telegrams.get(place).into_iter().flatten());
        place + 1 < telegrams.len()
    }

    fn command(&mut self, _: Instant, user_data: &[u8]) -> Reaction {
        match user_data.split_first() {
            Some((ci, payload)) if *ci == CiField::COMMAND.code() => {
                let is_taken = self.image().write(payload);
                if is_taken { Reaction::Acknowledge } else { Reaction::Refuse }
            }
            _ => Reaction::Ignore,
        }
    }
}

/// The meter's side.
#[derive(Debug)]
struct Side {
    image: Shared,
    communication: Communication,
    key: Option<super::Key>,
}

impl MeterSide for Side {
    fn set(&mut self, item: usize, value: Option<&Value<'_>>) -> Result<(), String> {
        let mut image = self.image.image();
        let Some(point) = image.points.get(item) else {
            return Err("there is no such item".into());
        };
        let record = match (&point.form, &point.address, value) {
            (_, Address::Header(HeaderField::Status), Some(value)) => {
                let bits = match value {
                    Value::Flags { bits, .. } => Some((*bits).into()),
                    value => value.as_decimal().and_then(|number| number.to_i128()),
                };
                let bits = bits.and_then(|bits| u8::try_from(bits).ok());
                image.status = bits.ok_or("it is not one octet")?;
                return Ok(());
            }
            // The rest of the header is who the meter is.
            (_, Address::Header(_), _) => return Ok(()),
            (Some(form), _, Some(value)) => Some(form.record(value)?),
            (None, _, Some(_)) => return Err("no record can hold it in this unit".to_owned()),
            // What is absent is not told.
            (_, _, None) => None,
        };
        if let Some(slot) = image.records.get_mut(item) {
            *slot = record;
        }
        Ok(())
    }

    fn raw(&self, item: usize) -> Option<Value<'static>> {
        let image = self.image.image();
        let point = image.points.get(item)?;
        match point.address {
            Address::Header(HeaderField::Status) => Some(Value::Decimal(image.status.into())),
            Address::Header(_) => None,
            _ => {
                let record = image.records.get(item)?.as_ref()?;
                // A telegram with this record alone, which is the first of its kind.
                let record = DataRecord::from_bytes(record).ok()?;
                let mut reply = Reply::default();
                let header = CiField::VARIABLE_DATA.code();
                reply.push(&[&[header], record.octets()].concat());
                let exact = Address::Exact(record.header().to_vec());
                Telegrams::read(&reply.octets).raw(&exact, point.unit, &point.marks).value
            }
        }
    }

    fn serve(
        &self,
        settings: &LinkSettings,
        _: bool,
    ) -> Result<Box<dyn MeterSession>, &'static [&'static str]> {
        match settings.transport.as_str() {
            "wired" => {
                let mut config = match settings.line {
                    Some(line) => MeterConfig { line, ..MeterConfig::default() },
                    None => MeterConfig { gateway: true, ..MeterConfig::default() },
                };
                config.response_delay = self.communication.reply_delay;
                let session = Meter::new(config, [self.image.clone()]);
                Ok(Box::new(Serving { session, tell: told, lies_over_others: true }))
            }
            "wireless" => Ok(listen::meter(self.image.clone(), self.key.clone())),
            _ => Err(TRANSPORTS),
        }
    }
}

/// An event of a meter on a wire.
fn told(event: StationEvent) -> MeterEvent {
    match event {
        StationEvent::Served { control, address, .. } => {
            MeterEvent::Served(format!("address {address}, {control}"))
        }
        StationEvent::Speed { baud } => {
            MeterEvent::Notice(format!("the line has {baud} bit/s now"))
        }
        StationEvent::Noise { octets, why } => {
            MeterEvent::Notice(format!("{octets} octets of no frame were skipped: {why}"))
        }
    }
}
