//! `gurux-ami profile import`: other people's definitions of meters, as profiles.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use gurux_device::import::{self, ImportError, Imported, Left};
use serde_json::json;

use crate::cli::Common;
use crate::exit::{Exit, Failure};
use crate::output::{Format, Output, Record};

/// Definitions of meters that other programs have, as profiles
///
/// The profile goes to standard output or to the file after -o. What could not be carried over is told
/// with its place in the source and the reason, and stands in the profile as a comment; then the exit code
/// is 2. What comes out is a draft: nobody but the meter knows whether the source was right.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  gurux-ami profile import --from sunspec model_203.json -o meter.xml
  gurux-ami profile import --from telegraf telegraf.conf -o meter.xml --format ndjson")]
pub(super) struct Import {
    /// What kind of file it is
    #[arg(long, value_enum, value_name = "KIND")]
    from: From,
    /// The file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Write the profile to this file; standard output then has the list of what could not be carried over
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// What is imported.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum From {
    /// A model of the SunSpec Alliance, in JSON
    #[value(name = "sunspec")]
    SunSpec,
    /// A meter definition of evcc, a template in YAML
    Evcc,
    /// The first [[inputs.modbus]] section of Telegraf's configuration, in TOML
    Telegraf,
    /// A profile of the original GuruxAMI's device editor, in XML
    Gxp,
}

impl From {
    fn import(self, text: &str) -> Result<Imported, ImportError> {
        match self {
            Self::SunSpec => import::sunspec(text),
            Self::Evcc => import::evcc(text),
            Self::Gxp => import::gxp(text),
            Self::Telegraf => import::telegraf(text),
        }
    }
}

impl Import {
    pub(super) fn run(&self, common: &Common) -> Result<Exit, Failure> {
        if self.output.is_none() && common.format != Format::Table {
            return Err(Failure::usage(
                "--format is for the list of what could not be carried over, and standard output has \
                 the profile: give that a file with -o",
            ));
        }
        let file = self.file.display().to_string();
        let text = super::text_of(&self.file)?;
        let imported = self.from.import(&text).map_err(|error| {
            let place = error.place;
            Failure::invalid(format!("{file}:{}:{}: {}", place.line, place.column, error.what))
        })?;
        let xml = imported.to_xml();
        match &self.output {
            Some(output) => {
                super::write(output, &xml)?;
                self.list(common, &file, output, &imported)?;
            }
            None => {
                super::print(&xml)?;
                imported.left.iter().for_each(|left| eprintln!("{}", sentence(&file, left)));
            }
        }
        Ok(if imported.left.is_empty() { Exit::Ok } else { Exit::Partial })
    }

    fn list(
        &self,
        common: &Common,
        file: &str,
        written: &Path,
        imported: &Imported,
    ) -> Result<(), Failure> {
        const COLUMNS: &[&str] = &["file", "line", "column", "what", "why"];
        if common.format == Format::Table {
            let count = imported.profile.properties().count();
            println!("{}: {}, {count} properties", written.display(), imported.profile.name);
            imported.left.iter().for_each(|left| println!("{}", sentence(file, left)));
            return Ok(());
        }
        let mut output = Output::stdout(common.format, COLUMNS);
        for left in &imported.left {
            output.record(Record {
                json: json!({
                    "file": file, "line": left.place.line, "column": left.place.column,
                    "what": left.what, "why": left.why,
                }),
                cells: vec![
                    file.to_owned(),
                    left.place.line.to_string(),
                    left.place.column.to_string(),
                    left.what.clone(),
                    left.why.clone(),
                ],
            })?;
        }
        output.finish()?;
        Ok(())
    }
}

/// As compilers write it and editors find it.
fn sentence(file: &str, left: &Left) -> String {
    let Left { place, what, why } = left;
    format!("{file}:{}:{}: {what}: {why}", place.line, place.column)
}
