//! `gurux-ami profile`: is a profile right, what is in it, do its test frames hold; what differs
//! between two of them; profiles out of other people's files.

mod diff;
mod import;
mod new;

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use gurux_device::profile::{AccessMode, DeviceProfile, Property, Role};
use gurux_device::{Device, Drivers, Item, Parameters, TestResult};
use serde_json::json;

use super::Common;
use crate::exit::{Exit, Failure};
use crate::output::{Format, Output, Record};
use crate::profiles::{self, ProfileFault};
use crate::{meter, readings};

/// Looks after profiles: meters as XML files
#[derive(Args, Debug)]
#[command(arg_required_else_help = true)]
pub(super) struct Profile {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand, Debug)]
enum Verb {
    /// Is everything in these profiles as it should be? Every fault is said with its place
    Validate {
        /// Profiles
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// The properties of a profile
    Show {
        /// A profile
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Only what this view shows
        #[arg(long)]
        view: Option<String>,
        /// What a meter decides for itself; may be given more than once
        #[arg(long, value_name = "NAME=VALUE", value_parser = meter::assignment)]
        set: Vec<(String, String)>,
    },
    /// Do the frames kept in these profiles give the readings that they should?
    Test {
        /// Profiles
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    Import(import::Import),
    Diff(diff::Diff),
    New(new::New),
}

impl Profile {
    pub(super) fn run(&self, common: &Common) -> Result<Exit, Failure> {
        match &self.verb {
            Verb::Validate { files } => validate(common, files),
            Verb::Show { file, view, set } => show(common, file, view.as_deref(), set),
            Verb::Test { files } => test(common, files),
            Verb::Import(import) => import.run(common),
            Verb::Diff(diff) => diff.run(common),
            Verb::New(new) => new.run(common),
        }
    }
}

/// The text of a file that is read for this command.
fn text_of(file: &Path) -> Result<String, Failure> {
    let name = file.display();
    let octets = std::fs::read(file)
        .map_err(|error| Failure::invalid(format!("{name}: the file cannot be read: {error}")))?;
    String::from_utf8(octets).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Failure::invalid(format!("{name}: the octet at offset {at} is no UTF-8"))
    })
}

/// Writes a profile to a file.
fn write(file: &Path, xml: &str) -> Result<(), Failure> {
    std::fs::write(file, xml).map_err(|error| {
        let name = file.display();
        Failure::new(Exit::Partial, format!("{name}: the profile cannot be written: {error}"))
    })
}

/// Writes a profile to standard output.
fn print(xml: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    out.write_all(xml.as_bytes())?;
    out.flush()?;
    Ok(())
}

/// How many of the files, or tests, were good.
fn verdict(good: usize, bad: usize) -> Exit {
    match (good, bad) {
        (_, 0) => Exit::Ok,
        (0, _) => Exit::Invalid,
        _ => Exit::Partial,
    }
}

fn validate(common: &Common, files: &[PathBuf]) -> Result<Exit, Failure> {
    const COLUMNS: &[&str] = &["file", "line", "column", "fault"];
    let drivers = Drivers::standard();
    let mut output = Output::stdout(common.format, COLUMNS);
    let (mut good, mut bad) = (0_usize, 0_usize);
    for file in files {
        match profiles::read(&drivers, file) {
            Ok(profile) => {
                good += 1;
                let (line, record) = sound(file, &profile);
                tell(common, &mut output, &line, record)?;
            }
            Err(faults) => {
                bad += 1;
                for fault in &faults {
                    tell(common, &mut output, &fault.to_string(), faulty(fault))?;
                }
            }
        }
    }
    output.finish()?;
    Ok(verdict(good, bad))
}

/// People get a line, as from a compiler, in which editors find the place; programs a record.
fn tell<W: Write>(
    common: &Common,
    output: &mut Output<W>,
    line: &str,
    record: Record,
) -> Result<(), Failure> {
    if common.format == Format::Table {
        writeln!(std::io::stdout(), "{line}")?;
        return Ok(());
    }
    output.record(record)
}

fn sound(file: &Path, profile: &DeviceProfile) -> (String, Record) {
    let file = file.display().to_string();
    let version = profile.version.to_string();
    let count = profile.properties().count();
    let line = format!("{file}: good: {} {version}, {count} properties", profile.name);
    let record = Record {
        json: json!({
            "file": file, "line": null, "column": null, "fault": null,
            "profile": profile.name, "version": version, "properties": count,
        }),
        cells: vec![file, String::new(), String::new(), String::new()],
    };
    (line, record)
}

fn faulty(fault: &ProfileFault) -> Record {
    let (line, column) = fault.place.unzip();
    let text = |number: Option<u32>| number.map(|number| number.to_string()).unwrap_or_default();
    Record {
        json: json!({
            "file": fault.file, "line": line, "column": column, "fault": fault.sentence,
            "profile": null, "version": null, "properties": null,
        }),
        cells: vec![fault.file.clone(), text(line), text(column), fault.sentence.clone()],
    }
}

fn show(
    common: &Common,
    file: &Path,
    view: Option<&str>,
    set: &[(String, String)],
) -> Result<Exit, Failure> {
    let drivers = Drivers::standard();
    let profile = profiles::load(&drivers, file)?;
    let parameters = Parameters::new(&profile, set.iter().cloned())
        .map_err(|error| Failure::usage(error.to_string()))?;
    let device = Device::new("", profile, parameters, &drivers)
        .map_err(|error| Failure::invalid(format!("{}: {error}", file.display())))?;
    let places = match view {
        Some(view) => device.view(view).map_err(|error| Failure::usage(error.to_string()))?,
        None => (0..device.items().len()).collect(),
    };
    let columns = &["property", "address", "type", "unit", "access", "what it is"];
    let mut output = Output::stdout(common.format, columns);
    for item in places.into_iter().filter_map(|place| device.items().get(place)) {
        output.record(shown(item))?;
    }
    output.finish()?;
    Ok(Exit::Ok)
}

fn shown(item: &Item) -> Record {
    let property = &item.property;
    let quantity = property.quantity.as_ref().map(|quantity| quantity.as_str());
    let access = access(property);
    Record {
        json: json!({
            "property": property.name.as_str(),
            "display_name": property.display_name,
            "category": item.category,
            "address": property.address.as_str(),
            "shift": item.shift,
            "type": property.kind.as_str(),
            "unit": property.unit.map(|unit| unit.to_string()),
            "access": access,
            "level": if property.access_level == Role::User { "user" } else { "developer" },
            "quantity": quantity,
            "obis": property.obis.map(|obis| obis.to_string()),
            "group": property.group,
        }),
        cells: vec![
            property.name.to_string(),
            address(item),
            property.kind.to_string(),
            readings::unit(property.unit),
            access.to_owned(),
            property
                .display_name
                .clone()
                .or(quantity.map(|quantity| quantity.replace('.', " ")))
                .unwrap_or_default(),
        ],
    }
}

/// The address as it stands in the file, and how far on this one of several alike lies.
fn address(item: &Item) -> String {
    match item.shift {
        0 => item.property.address.to_string(),
        shift => format!("{}+{shift}", *item.property.address),
    }
}

fn access(property: &Property) -> &'static str {
    match property.access_mode {
        AccessMode::Read => "read",
        AccessMode::Write => "write",
        AccessMode::ReadWrite => "read-write",
        AccessMode::Denied => "none",
    }
}

fn test(common: &Common, files: &[PathBuf]) -> Result<Exit, Failure> {
    let drivers = Drivers::standard();
    let mut output = Output::stdout(common.format, &["file", "line", "test", "faults"]);
    let (mut good, mut bad) = (0_usize, 0_usize);
    for file in files {
        let profile = match profiles::read(&drivers, file) {
            Ok(profile) => profile,
            Err(faults) => {
                bad += 1;
                for fault in &faults {
                    tell(common, &mut output, &fault.to_string(), faulty(fault))?;
                }
                continue;
            }
        };
        for result in profile.run_tests(&drivers) {
            *(if result.is_passed() { &mut good } else { &mut bad }) += 1;
            let (line, record) = tested(file, &result);
            tell(common, &mut output, &line, record)?;
        }
    }
    output.finish()?;
    if good + bad == 0 {
        return Err(Failure::invalid("there is no test in these profiles"));
    }
    Ok(verdict(good, bad))
}

fn tested(file: &Path, result: &TestResult) -> (String, Record) {
    let file = file.display().to_string();
    let place = format!("{file}:{}:{}", result.place.line, result.place.column);
    let mut line = if result.is_passed() {
        format!("passed  {file}: {}", result.name)
    } else {
        format!("FAILED  {place}: {}", result.name)
    };
    for fault in &result.faults {
        line.push_str("\n        ");
        line.push_str(fault);
    }
    let record = Record {
        json: json!({
            "file": file, "line": result.place.line, "test": result.name,
            "passed": result.is_passed(), "faults": result.faults,
        }),
        cells: vec![
            file,
            result.place.line.to_string(),
            result.name.clone(),
            result.faults.join("; "),
        ],
    };
    (line, record)
}
