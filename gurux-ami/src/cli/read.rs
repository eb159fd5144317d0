//! `gurux-ami read`: one meter, now.

use std::collections::BTreeMap;
use std::io::Write;

use clap::Args;
use gurux_device::{Device, DeviceEvent};

use super::Common;
use crate::connection::{MediaArgs, PatienceArgs};
use crate::exit::{Exit, Failure};
use crate::meter::{self, Meter, ProfileArgs};
use crate::output::{Format, Output, Record};
use crate::progress::Progress;
use crate::readings;
use crate::tally::Tally;

/// One meter, now
///
/// Reads the named properties, those of a view, or all that can be read. The same reading over
/// another medium gives the same output.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  gurux-ami read --profile meter.xml --media tcp:10.0.0.5:502 \
    import voltage_l1")]
pub(super) struct Read {
    #[command(flatten)]
    profile: ProfileArgs,
    #[command(flatten)]
    media: MediaArgs,
    #[command(flatten)]
    patience: PatienceArgs,
    /// The properties of this view of the profile
    #[arg(long, value_name = "VIEW", conflicts_with = "properties")]
    view: Option<String>,
    /// What to read
    #[arg(value_name = "PROPERTY")]
    properties: Vec<String>,
}

impl Read {
    pub(super) fn run(&self, common: &Common) -> Result<Exit, Failure> {
        let device = self.profile.device()?;
        let items = self.items(&device)?;
        let mut session = meter::session(device, &self.media, &self.patience)?;
        session.read(&items).map_err(|error| Failure::usage(error.to_string()))?;
        let mut meter = Meter::open(session, &self.media, common)?;
        let mut tally = Tally::default();
        let mut output = Output::stdout(common.format, readings::COLUMNS);
        read(&mut meter, &items, &mut tally, &mut output)?;
        meter.close();
        // A meter that never answered is one sentence, not a row for each property.
        if common.format != Format::Table || tally.is_answered() {
            output.finish()?;
        }
        tally.end(meter.place(), "read")
    }

    /// The places of what is to be read, each once, in the order in which it was asked for.
    fn items(&self, device: &Device) -> Result<Vec<usize>, Failure> {
        if let Some(view) = &self.view {
            return device.view(view).map_err(|error| Failure::usage(error.to_string()));
        }
        if self.properties.is_empty() {
            return Ok(device.readable());
        }
        let mut items = Vec::new();
        for name in &self.properties {
            let item = meter::property(device, name)?;
            if !items.contains(&item) {
                items.push(item);
            }
        }
        Ok(items)
    }
}

/// Reads what was ordered, and tells it in the order in which it was asked for, each as soon as
/// those before it are known.
fn read<W: Write>(
    meter: &mut Meter,
    items: &[usize],
    tally: &mut Tally,
    output: &mut Output<W>,
) -> Result<(), Failure> {
    let progress = Progress::new(items.len(), "reading");
    let mut waiting: BTreeMap<usize, Record> = BTreeMap::new();
    let mut told = 0;
    loop {
        let (reading, why) = match meter.next() {
            Ok(Some(DeviceEvent::Reading { reading, .. })) => (reading, None),
            Ok(Some(DeviceEvent::Failed { reading, why, .. })) => (reading, Some(why)),
            Ok(Some(DeviceEvent::Done { .. }) | None) => break,
            Ok(Some(_)) => continue,
            // What the medium says of its end comes after all that was read.
            Err(failure) => {
                tally.end_of_medium(failure);
                break;
            }
        };
        tally.count(why.as_ref());
        progress.step();
        let item = meter.session.device().lookup(&reading.property).ok();
        if let Some(place) = items.iter().position(|asked| Some(*asked) == item) {
            waiting.insert(place, readings::record(&reading, why.as_ref()));
        }
        while let Some(record) = waiting.remove(&told) {
            progress.suspend(|| output.record(record))?;
            told += 1;
        }
    }
    // After the end of the medium there may be gaps before these.
    waiting.into_values().try_for_each(|record| output.record(record))
}
