//! `gurux-ami write`: control, with read-back.

use clap::Args;
use gurux_device::profile::WriteClass;
use gurux_device::{
    DeviceEvent, DeviceSession, Error, Failure as LinkFailure, OrderId, ReadFailure, Reading,
};
use gurux_value::{Unit, Value};
use serde_json::json;

use super::Common;
use crate::connection::{MediaArgs, PatienceArgs};
use crate::exit::{Exit, Failure};
use crate::meter::{self, Meter, ProfileArgs};
use crate::output::{Output, Record};
use crate::readings;
use crate::tally::Tally;

/// Writes values to a meter, and reads them back
///
/// A value is written as it is shown: a number in the property's unit, the name of a value, true
/// or false, characters. All values are checked against the profile before the first is sent.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  gurux-ami write --profile meter.xml --media tcp:10.0.0.5:502 \
    tariff=night")]
pub(super) struct Write {
    #[command(flatten)]
    profile: ProfileArgs,
    #[command(flatten)]
    media: MediaArgs,
    #[command(flatten)]
    patience: PatienceArgs,
    /// Write also what can cost money or cut somebody off
    #[arg(long)]
    confirm: bool,
    /// Check the values, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// What to write
    #[arg(required = true, value_name = "PROPERTY=VALUE", value_parser = meter::assignment)]
    values: Vec<(String, String)>,
}

const COLUMNS: &[&str] = &["property", "written", "read back", "unit", "note"];

/// One value to write.
struct Order {
    id: OrderId,
    property: String,
    value: Value<'static>,
    unit: Option<Unit>,
}

impl Write {
    pub(super) fn run(&self, common: &Common) -> Result<Exit, Failure> {
        let device = self.profile.device()?;
        let name = device.name().to_owned();
        let mut session = meter::session(device, &self.media, &self.patience)?;
        let orders =
            self.values.iter().map(|(property, text)| self.order(&mut session, property, text));
        let orders = orders.collect::<Result<Vec<_>, _>>()?;
        let mut output = Output::stdout(common.format, COLUMNS);
        if self.dry_run {
            for order in &orders {
                output.record(record(&name, order, &Done::default()))?;
            }
            output.finish()?;
            return Ok(Exit::Ok);
        }
        let mut meter = Meter::open(session, &self.media, common)?;
        let mut tally = Tally::default();
        let mut is_verified = true;
        for order in &orders {
            let done = written(&mut meter, order, &mut tally);
            tally.count(done.why.as_ref());
            is_verified &= done.verified != Some(false);
            output.record(record(&name, order, &done))?;
        }
        meter.close();
        output.finish()?;
        match tally.end(meter.place(), "written")? {
            Exit::Ok if !is_verified => Err(Failure::new(
                Exit::Partial,
                format!("{}: what was read back is not what was written", meter.place()),
            )),
            exit => Ok(exit),
        }
    }

    /// Puts a value into the session's queue, if it is one; nothing is sent yet.
    fn order(
        &self,
        session: &mut DeviceSession,
        property: &str,
        text: &str,
    ) -> Result<Order, Failure> {
        let device = session.device();
        let item = meter::property(device, property)?;
        let found = device.items().get(item).map(|item| &item.property);
        if found.is_some_and(|found| !found.access_mode.is_writable()) {
            return Err(wrong(Error::NotWritable(property.to_owned())));
        }
        let value = device.parse_value(item, text).map_err(wrong)?;
        let class = found.map_or(WriteClass::Normal, |found| found.write_class);
        if class != WriteClass::Normal && !self.confirm && !self.dry_run {
            let why = match class {
                WriteClass::Dangerous => "can cut somebody off or cost money",
                _ => "is not to be written by the way",
            };
            return Err(Failure::usage(format!("{property} {why}: say --confirm to write it")));
        }
        let unit = found.and_then(|found| found.unit);
        let id = session.write(item, value.clone()).map_err(wrong)?;
        Ok(Order { id, property: property.to_owned(), value, unit })
    }
}

/// The caller's mistake, by what it is about.
fn wrong(error: Error) -> Failure {
    match error {
        Error::Value { .. } => Failure::invalid(error.to_string()),
        error => Failure::usage(error.to_string()),
    }
}

/// What became of one order; of a dry run, nothing.
#[derive(Default)]
struct Done {
    is_sent: bool,
    read_back: Option<Reading>,
    verified: Option<bool>,
    why: Option<ReadFailure>,
}

/// Waits for the end of one order. Those after the end of the medium are not carried out.
fn written(meter: &mut Meter, order: &Order, tally: &mut Tally) -> Done {
    let mut done = Done { is_sent: true, ..Done::default() };
    loop {
        match meter.next() {
            Ok(Some(DeviceEvent::Written { order: id, read_back, verified, .. }))
                if id == order.id =>
            {
                (done.read_back, done.verified) = (read_back, verified);
            }
            Ok(Some(DeviceEvent::NotWritten { order: id, why, .. })) if id == order.id => {
                done.why = Some(why);
            }
            Ok(Some(DeviceEvent::Done { order: id, .. })) if id == order.id => return done,
            Ok(Some(_)) => {}
            Ok(None) => {
                done.why.get_or_insert(ReadFailure::Failed(LinkFailure::Closed));
                return done;
            }
            Err(failure) => {
                tally.end_of_medium(failure);
                done.why.get_or_insert(ReadFailure::Failed(LinkFailure::Closed));
                return done;
            }
        }
    }
}

fn record(device: &str, order: &Order, done: &Done) -> Record {
    let value = order.value.to_string();
    let back = done.read_back.as_ref();
    let shown = back.and_then(|reading| reading.measurement.value.as_ref());
    let shown = shown.map(ToString::to_string).unwrap_or_default();
    let note = match (&done.why, done.verified) {
        (Some(why), _) => why.to_string(),
        (None, _) if !done.is_sent => "not sent: a dry run".to_owned(),
        (None, Some(true)) => "verified".to_owned(),
        (None, Some(false)) => "not what was written".to_owned(),
        (None, None) => "not read back".to_owned(),
    };
    let unit = readings::unit(order.unit);
    Record {
        json: json!({
            "device": device,
            "property": order.property,
            "value": value,
            "unit": order.unit.map(|unit| unit.to_string()),
            "sent": done.is_sent,
            "verified": done.verified,
            "read_back": back.map(|reading| readings::to_json(reading, None)),
            "error": done.why.as_ref().map(ToString::to_string),
        }),
        cells: vec![order.property.clone(), value, shown, unit, note],
    }
}
