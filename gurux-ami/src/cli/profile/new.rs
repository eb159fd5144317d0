//! `gurux-ami profile new`: a draft of a profile from what a meter says of itself.

mod dlms;
mod mbus;
mod modbus;

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;
use gurux_device::profile::{DeviceProfile, Located, Version};
use gurux_device::{Drivers, import};

use crate::cli::Common;
use crate::connection::{MediaArgs, PatienceArgs};
use crate::exit::{Exit, Failure};
use crate::meter;
use crate::output::Format;

/// A draft of a profile from a live meter
///
/// DLMS: the objects of its association, each read once for its unit. M-Bus: the records of its answer, or
/// of a telegram that was captured; the telegram becomes a test. Modbus: what it says of itself, and its
/// models of SunSpec; which registers it has, no Modbus device tells.
///
/// What a person must look at stands in the draft as comments.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  gurux-ami profile new --protocol dlms --media tcp:10.0.0.5:4059 -o meter.xml
  gurux-ami profile new --protocol dlms --media serial:/dev/ttyUSB0,300,7E1 --transport mode-e \\
    --set client=1 --set authentication=low --set password=12345678
  gurux-ami profile new --protocol mbus --media serial:/dev/ttyUSB0,2400,8E1 --set address=7
  gurux-ami profile new --protocol mbus --capture telegram.hex -o meter.xml
  gurux-ami profile new --protocol modbus --media tcp:10.0.0.5:502 --set unit=3")]
pub(super) struct New {
    /// What is spoken there
    #[arg(long, value_parser = PossibleValuesParser::new(["dlms", "mbus", "modbus"]))]
    protocol: String,
    #[command(flatten)]
    media: Option<MediaArgs>,
    #[command(flatten)]
    patience: PatienceArgs,
    /// Where and how the meter is asked; may be given more than once. DLMS: client, device, physical,
    /// names (LN, SN), authentication, password, security, suite, ek, ak, counter. M-Bus: address or id,
    /// key. Modbus: unit
    #[arg(long, value_name = "NAME=VALUE", value_parser = meter::assignment)]
    set: Vec<(String, String)>,
    /// A captured telegram of M-Bus instead of a meter: hex digits or a file
    #[arg(long, value_name = "HEX|FILE", conflicts_with = "media")]
    capture: Option<String>,
    /// Write the draft to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// A profile as far as the meter tells it, and what a person must look at.
#[derive(Default)]
struct Draft {
    profile: DeviceProfile,
    /// What is said before all.
    head: Vec<String>,
    /// What is said of a property, by its name.
    notes: Vec<(String, String)>,
    names: BTreeSet<String>,
}

impl Draft {
    fn new(protocol: &str) -> Self {
        let mut draft = Self::default();
        draft.profile.protocol = protocol.into();
        draft.profile.version = Version { major: 0, minor: 1, patch: 0 };
        draft.head.push("A draft, from what one meter said of itself. Look at:".to_owned());
        draft
    }

    /// A name that no other property has.
    fn name(&mut self, text: &str) -> Located<String> {
        let bare = import::identifier(&text.to_lowercase());
        let mut name = bare.clone();
        let mut number = 1;
        while !self.names.insert(name.clone()) {
            number += 1;
            let short: String = bare.chars().take(56).collect();
            name = format!("{short}_{number}");
        }
        name.into()
    }

    fn note(&mut self, property: &str, text: impl Into<String>) {
        self.notes.push((property.to_owned(), text.into()));
    }

    /// The file of the draft, which our own reader accepts.
    fn finish(mut self) -> Result<String, Failure> {
        // Who made it is no part of what it is: the same meter gives the same draft.
        self.profile.guid = import::guid(&self.profile.to_xml());
        let text = import::commented(&self.profile, &self.head, &self.notes);
        match Drivers::standard().read(&text) {
            Ok(_) => Ok(text),
            Err(error) => {
                Err(Failure::invalid(format!("what the meter says makes no good profile: {error}")))
            }
        }
    }
}

impl New {
    pub(super) fn run(&self, common: &Common) -> Result<Exit, Failure> {
        if common.format != Format::Table {
            return Err(Failure::usage("a draft is a profile in XML: --format is for results"));
        }
        let draft = match (self.protocol.as_str(), &self.capture) {
            ("mbus", Some(capture)) => self.mbus_capture(capture)?,
            (_, Some(_)) => {
                return Err(Failure::usage(
                    "--capture is for M-Bus, whose telegrams say what they hold",
                ));
            }
            ("dlms", _) => self.dlms(common)?,
            ("mbus", _) => self.mbus(common)?,
            _ => self.modbus(common)?,
        };
        let text = draft.finish()?;
        match &self.output {
            Some(file) => super::write(file, &text)?,
            None => super::print(&text)?,
        }
        Ok(Exit::Ok)
    }

    fn media(&self) -> Result<&MediaArgs, Failure> {
        self.media
            .as_ref()
            .ok_or_else(|| Failure::usage("say where the meter is: --media tcp:HOST:PORT"))
    }

    /// The value that was set for `name`.
    fn set_to(&self, name: &str) -> Option<&str> {
        let mut all = self.set.iter().rev();
        all.find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}
