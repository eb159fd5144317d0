//! `gurux-ami profile`: is a profile right, what is in it, do its test frames hold.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use gurux_device::Drivers;
use gurux_device::profile::DeviceProfile;
use serde_json::json;

use super::Common;
use crate::exit::{Exit, Failure};
use crate::output::{Output, Record};

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
    },
    /// Do the frames kept in these profiles give the readings that they should?
    Test {
        /// Profiles
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
}

impl Profile {
    pub(super) fn run(&self, common: &Common) -> Result<Exit, Failure> {
        match &self.verb {
            Verb::Validate { files } => validate(common, files),
            Verb::Show { file, view } => show(common, file, view.as_deref()),
            Verb::Test { files } => test(common, files),
        }
    }
}

/// The profile in a file.
pub(super) fn load(file: &Path) -> Result<DeviceProfile, Failure> {
    let name = file.display();
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::invalid(format!("{name} cannot be read: {error}")))?;
    Drivers::standard().read(&text).map_err(|error| {
        let lines: Vec<_> = error.to_string().lines().map(|line| format!("{name}: {line}")).collect();
        Failure::invalid(lines.join("\n"))
    })
}

fn validate(common: &Common, files: &[PathBuf]) -> Result<Exit, Failure> {
    let mut output = Output::stdout(common.format, &["file", "profile", "version", "fault"]);
    let (mut good, mut bad) = (0_usize, 0_usize);
    for file in files {
        let name = file.display().to_string();
        let record = match load(file) {
            Ok(profile) => {
                good += 1;
                let version = profile.version.to_string();
                Record {
                    json: json!({
                        "file": name, "profile": profile.name, "version": version, "fault": null,
                    }),
                    cells: vec![name, profile.name, version, String::new()],
                }
            }
            Err(failure) => {
                bad += 1;
                Record {
                    json: json!({
                        "file": name, "profile": null, "version": null,
                        "fault": failure.sentence,
                    }),
                    cells: vec![name, String::new(), String::new(), failure.sentence],
                }
            }
        };
        output.record(record)?;
    }
    output.finish()?;
    Ok(match (good, bad) {
        (_, 0) => Exit::Ok,
        (0, _) => Exit::Invalid,
        _ => Exit::Partial,
    })
}
