//! `gurux-ami scan --protocol dlms`: the logical devices of a meter, or the meters of a line.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use gurux_device::Drivers;
use gurux_dlms::table::class::ClassId;
use gurux_dlms::table::obis::lookup_obis;
use serde_json::{Value as Json, json};

use super::Scan;
use crate::cli::Common;
use crate::connection;
use crate::exit::{Exit, Failure};
use crate::interrupt::Interrupt;
use crate::output::{Output, Record};
use crate::profiles;
use crate::progress::Progress;
use crate::scan::dlms::{Found, Object, Place, Scan as DlmsScan};

const COLUMNS: &[&str] = &["device", "physical", "name", "objects", "profile", "answer"];

/// So long for each answer, if nothing else is said: a meter behind a network thinks.
const PATIENCE: Duration = Duration::from_secs(1);

impl Scan {
    /// Logical devices in the wrapper, physical devices in HDLC.
    pub(super) fn dlms(&self, common: &Common) -> Result<Exit, Failure> {
        let drivers = Drivers::standard();
        let profiles = self.profile.iter().map(|file| profiles::load(&drivers, file));
        let profiles = profiles.collect::<Result<Vec<_>, _>>()?;
        let mut link = self.media.link("dlms");
        link.wait_time = Some(self.timeout.unwrap_or(PATIENCE));
        link.resend_count = Some(self.resend.unwrap_or(0));
        let is_hdlc = match link.transport.as_str() {
            "" => link.line.is_some(),
            transport => matches!(transport, "hdlc" | "mode-e"),
        };

        let mut waiting = self.places(is_hdlc);
        let mut known: BTreeSet<Place> = waiting.iter().copied().collect();
        let media = connection::open(&self.media.media, common)?;
        // From here on an interrupt leaves what was found so far.
        let interrupt = Interrupt::catch()?;
        let place = media.name().to_owned();
        let mut scan = DlmsScan::new(media, link);
        let mut output = Output::stdout(common.format, COLUMNS);
        let (mut asked, mut found) = (0_usize, 0_usize);
        let mut ending = None;
        {
            let progress = Progress::new(waiting.len(), "asking");
            while let Some(at) = waiting.pop_front() {
                if interrupt.wait(Duration::ZERO) {
                    ending = Some(Failure::new(Exit::Partial, "interrupted"));
                    break;
                }
                asked += 1;
                match scan.look(at, &profiles) {
                    Ok(None) => {}
                    Ok(Some(device)) => {
                        found += 1;
                        // A meter may know of logical devices that nobody thought to ask.
                        for (number, _) in &device.devices {
                            let other = Place { device: *number, ..at };
                            if *number > 0 && known.insert(other) {
                                waiting.push_back(other);
                            }
                        }
                        progress.suspend(|| output.record(record(&device)))?;
                    }
                    Err(error) => {
                        ending = Some(connection::unreachable(&self.media.media, &error));
                        break;
                    }
                }
                progress.step();
            }
        }
        output.finish()?;
        match (ending, found) {
            (Some(Failure { exit, sentence }), found) => {
                let exit = if found > 0 { Exit::Partial } else { exit };
                Err(Failure::new(exit, sentence))
            }
            (None, 0) => Err(Failure::new(
                Exit::Unreachable,
                format!("{place}: nobody answers ({asked} addresses were asked)"),
            )),
            (None, _) => Ok(Exit::Ok),
        }
    }

    /// Whom to ask: in HDLC the management logical device, by itself and of each physical device.
    fn places(&self, is_hdlc: bool) -> VecDeque<Place> {
        let range = self.range.as_ref().map(|range| range.0.clone());
        if !is_hdlc {
            let range = range.unwrap_or_else(|| vec![1]);
            return range
                .into_iter()
                .map(|device| Place { device: device.into(), physical: None })
                .collect();
        }
        let alone = range.is_none().then_some(Place { device: 1, physical: None });
        let range = range.unwrap_or_else(|| (16..=32).collect());
        let places =
            range.into_iter().map(|physical| Place { device: 1, physical: Some(physical.into()) });
        alone.into_iter().chain(places).collect()
    }
}

fn object(object: &Object) -> Json {
    json!({
        "class": object.class_id,
        "class_name": ClassId::new(object.class_id).name(),
        "version": object.version,
        "obis": object.name.to_string(),
        "name": lookup_obis(object.name).map(|name| name.to_string()),
    })
}

fn record(found: &Found) -> Record {
    let physical = found.place.physical.map(|physical| physical.to_string());
    let devices =
        found.devices.iter().map(|(number, name)| json!({"device": number, "name": name}));
    let objects = match found.objects.len() {
        0 => String::new(),
        count => count.to_string(),
    };
    Record {
        json: json!({
            "protocol": "dlms",
            "device": found.place.device,
            "physical": found.place.physical,
            "answer": found.answer,
            "name": found.name,
            "devices": devices.collect::<Vec<_>>(),
            "objects": found.objects.iter().map(object).collect::<Vec<_>>(),
            "profile": found.profile,
        }),
        cells: vec![
            found.place.device.to_string(),
            physical.unwrap_or_default(),
            found.name.clone().unwrap_or_default(),
            objects,
            found.profile.clone().unwrap_or_default(),
            found.answer.clone(),
        ],
    }
}
