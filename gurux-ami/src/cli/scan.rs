//! `gurux-ami scan`: who is on this line.

mod dlms;
mod mbus;

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap::builder::PossibleValuesParser;
use gurux_device::Drivers;
use gurux_modbus::session::Framing;
use gurux_modbus::wire::UnitId;
use serde_json::{Map, Value as Json, json};

use super::Common;
use crate::capture::to_hex;
use crate::connection::{self, MediaArgs, Transport};
use crate::exit::{Exit, Failure};
use crate::interrupt::Interrupt;
use crate::output::{Output, Record};
use crate::profiles;
use crate::progress::Progress;
use crate::scan::PROTOCOLS;
use crate::scan::modbus::{Found, Manner, Scan as ModbusScan};
use crate::span::span;

/// Who is on this line
///
/// Asks one address after the other, and those who answer who they are. With profiles, also which
/// of them they fit. Wireless M-Bus is listened to. A DLMS meter is asked as the public client for its
/// name, its logical devices and its objects.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  gurux-ami scan --media serial:/dev/ttyUSB0,9600,8E1 --range \
    1-32\n  gurux-ami scan --protocol mbus --media serial:/dev/ttyUSB0,2400,8E1 --secondary\n  \
    gurux-ami scan --protocol wmbus --media serial:/dev/ttyUSB1,57600,8N1 --budget 2m\n  gurux-ami \
    scan --protocol dlms --media tcp:10.0.0.5:4059")]
pub(super) struct Scan {
    #[command(flatten)]
    media: MediaArgs,
    /// What is spoken there
    #[arg(long, default_value = "modbus", value_parser = PossibleValuesParser::new(PROTOCOLS))]
    protocol: String,
    /// The addresses to ask: 1-247, or 1,5,10-20 (M-Bus: 0-250, or one part of it; DLMS: logical
    /// devices in the wrapper, 1 if not said, physical devices in HDLC, 16-32 if not said)
    #[arg(long, value_name = "RANGE", value_parser = range)]
    range: Option<Range>,
    /// Search for the secondary addresses of M-Bus instead: all, or those that fit a mask, in which
    /// F stands for any digit
    #[arg(long, value_name = "MASK", num_args = 0..=1, default_missing_value = "FFFFFFFF")]
    secondary: Option<String>,
    /// Keep how far a search has come in this file, and go on from there (M-Bus)
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// How long a search or listening may take (M-Bus; listening 1m, if not said)
    #[arg(long, value_name = "SPAN", value_parser = span)]
    budget: Option<Duration>,
    /// A profile to compare with; may be given more than once
    #[arg(long, value_name = "FILE")]
    profile: Vec<PathBuf>,
    /// How long to wait for each answer (Modbus 300ms, DLMS 1s, M-Bus by the speed of the line, if
    /// not said)
    #[arg(long, value_name = "SPAN", value_parser = span)]
    timeout: Option<Duration>,
    /// How often to ask again who does not answer (Modbus and DLMS 0, M-Bus 1, if not said)
    #[arg(long, value_name = "COUNT")]
    resend: Option<u8>,
    /// Ask a silent address in three more ways: some devices are silent where they should refuse
    #[arg(long)]
    thorough: bool,
}

/// Addresses, each once, in the order in which they were named.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Range(Vec<u8>);

/// `1-247`, `1,5,10-20`
fn range(text: &str) -> Result<Range, String> {
    let mut units = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let number = |text: &str| text.trim().parse::<u8>().ok();
        let (Some(first), Some(last)) = (number(first), number(last)) else {
            return Err("write 1-247 or 1,5,10-20, with numbers from 0 to 255".to_owned());
        };
        if first > last {
            return Err(format!("{first} comes after {last}"));
        }
        units.extend((first..=last).filter(|unit| !units.contains(unit)).collect::<Vec<_>>());
    }
    Ok(Range(units))
}

const COLUMNS: &[&str] = &["unit", "answer", "profile", "who it says it is"];

impl Scan {
    pub(super) fn run(&self, common: &Common) -> Result<Exit, Failure> {
        let is_wireless = self.media.transport == Some(Transport::Wireless);
        match self.protocol.as_str() {
            "dlms" => self.dlms(common),
            "wmbus" | "mbus-wireless" => self.wireless(common),
            "mbus" if is_wireless => self.wireless(common),
            "mbus" | "mbus-wired" => self.wired(common),
            _ => self.modbus(common),
        }
    }

    fn modbus(&self, common: &Common) -> Result<Exit, Failure> {
        let drivers = Drivers::standard();
        let profiles = self.profile.iter().map(|file| profiles::load(&drivers, file));
        let profiles = profiles.collect::<Result<Vec<_>, _>>()?;
        let manner = self.manner(common)?;
        let units = self.units(manner.framing)?;
        let failed = |error| connection::unreachable(&self.media.media, &error);

        let media = connection::open(&self.media.media, common)?;
        // From here on an interrupt leaves what was found so far.
        let interrupt = Interrupt::catch()?;
        let place = media.name().to_owned();
        let mut scan = ModbusScan::new(media, manner);
        let mut output = Output::stdout(common.format, COLUMNS);
        let mut found = 0_usize;
        let mut ending = None;
        {
            let progress = Progress::new(units.len(), "asking");
            for unit in &units {
                if interrupt.wait(Duration::ZERO) {
                    ending = Some(Failure::new(Exit::Partial, "interrupted"));
                    break;
                }
                match scan.look(UnitId::new(*unit), &profiles) {
                    Ok(None) => {}
                    Ok(Some(unit)) => {
                        found += 1;
                        progress.suspend(|| output.record(record(&unit)))?;
                    }
                    Err(error) => {
                        ending = Some(failed(error));
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
                format!("{place}: nobody answers ({} addresses were asked)", units.len()),
            )),
            (None, _) => Ok(Exit::Ok),
        }
    }

    fn manner(&self, common: &Common) -> Result<Manner, Failure> {
        let mut media = self.media.clone();
        media.transport = match self.protocol.as_str() {
            "modbus-rtu" => Some(Transport::Rtu),
            "modbus-ascii" => Some(Transport::Ascii),
            "modbus-tcp" => Some(Transport::Tcp),
            _ => media.transport,
        };
        let framing: Framing = media
            .transport("modbus")
            .parse()
            .map_err(|error| Failure::usage(format!("{}: {error}", media.transport("modbus"))))?;
        Ok(Manner {
            framing,
            line: media.link("modbus").line,
            timeout: self.timeout.unwrap_or(Duration::from_millis(300)),
            resends: self.resend.unwrap_or(0),
            is_thorough: self.thorough,
            is_verbose: common.verbose > 0,
        })
    }

    /// Nobody answers a broadcast, so address 0 is asked only where it is somebody.
    fn units(&self, framing: Framing) -> Result<Vec<u8>, Failure> {
        let is_broadcast = |unit: u8| unit == 0 && !framing.is_numbered();
        let all = Range((1..=247).collect());
        let range = self.range.as_ref().unwrap_or(&all);
        let units: Vec<u8> = range.0.iter().copied().filter(|unit| !is_broadcast(*unit)).collect();
        if units.is_empty() {
            return Err(Failure::usage("address 0 is a broadcast here, which nobody answers"));
        }
        Ok(units)
    }
}

fn record(found: &Found) -> Record {
    let mut objects = Map::new();
    let mut says = Vec::new();
    for object in found.identification.iter().flat_map(|all| &all.objects) {
        let text = String::from_utf8_lossy(&object.value).into_owned();
        let name = object.id.to_string().replace(' ', "_").to_lowercase();
        says.push(text.clone());
        objects.insert(name, text.into());
    }
    let server_id = found.server_id.as_deref().map(to_hex);
    says.extend(server_id.iter().map(|octets| format!("server id {octets}")));
    let profile = found.profile.as_ref().map(|(name, _)| name.as_str());
    let parameters = found.profile.iter().flat_map(|(_, parameters)| parameters);
    let parameters: Map<String, Json> =
        parameters.map(|(name, value)| (name.clone(), value.as_str().into())).collect();
    Record {
        json: json!({
            "protocol": "modbus",
            "unit": found.unit.code(),
            "answer": found.answer,
            "identification": objects,
            "server_id": server_id,
            "profile": profile,
            "parameters": parameters,
        }),
        cells: vec![
            found.unit.code().to_string(),
            found.answer.clone(),
            profile.unwrap_or_default().to_owned(),
            says.join(", "),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_names_each_address_once() {
        assert_eq!(range("1-3,2,9"), Ok(Range(vec![1, 2, 3, 9])));
        assert_eq!(range("247").map(|range| range.0), Ok(vec![247]));
        assert_eq!(range("0-255").map(|range| range.0.len()), Ok(256));
        for wrong in ["", "1-", "256", "5-1", "a", "1;2"] {
            assert!(range(wrong).is_err(), "{wrong}");
        }
    }
}
