//! `gurux-ami poll`: many meters, on schedules.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use serde_json::json;

use super::Common;
use crate::exit::{Exit, Failure};
use crate::output::{Output, Record};
use crate::poll;
use crate::schedule::Agenda;
use crate::site::{Meter, Poll as MeterPoll, Site};
use crate::span::span;

/// Reads many meters on schedules
///
/// The site file says which meters there are, over which lines they are reached, and when what is read of
/// them. Each reading is written to standard output, a JSON object a line. It polls until it is interrupted:
/// what is under way is ended in order. On SIGHUP the site file is read again, and lines that stayed the same
/// go on.
///
/// Exits with 0 when it was stopped and all that was read is written, 2 if some of it could not be, 5 if the
/// site file or a profile is wrong.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  gurux-ami poll --check north.xml
  gurux-ami poll north.xml > readings.ndjson")]
pub(super) struct Poll {
    /// The site file
    #[arg(value_name = "SITE.xml")]
    site: PathBuf,
    /// Only look at the site file and all profiles, and show what would be read and when first
    #[arg(long)]
    check: bool,
    /// Ends by itself after this time (30s, 5m)
    #[arg(long, value_name = "SPAN", value_parser = span)]
    duration: Option<Duration>,
    /// How the log is written, on standard error; -v tells each round, -vv what sessions say
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    log: Log,
}

/// The form of the log.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
enum Log {
    /// A line each, for people.
    #[default]
    Text,
    /// A JSON object each, for programs.
    Json,
}

const COLUMNS: &[&str] = &["device", "poll", "properties", "line", "first"];

impl Poll {
    pub(super) fn run(&self, common: &Common) -> Result<Exit, Failure> {
        let site = Site::load(&self.site)?;
        if self.check {
            return show(&site, common);
        }
        self.start_log(common);
        poll::run(&self.site, site, self.duration)
    }

    fn start_log(&self, common: &Common) {
        let level = match common.verbose {
            0 => tracing::Level::INFO,
            1 => tracing::Level::DEBUG,
            _ => tracing::Level::TRACE,
        };
        let log = tracing_subscriber::fmt().with_max_level(level).with_writer(io::stderr);
        let is_terminal = io::IsTerminal::is_terminal(&io::stderr());
        // Who has one already keeps it.
        let _ = match self.log {
            Log::Text => log.with_ansi(is_terminal).with_target(false).try_init(),
            Log::Json => log.json().flatten_event(true).with_target(false).try_init(),
        };
    }
}

/// What would be read, and when first.
fn show(site: &Site, common: &Common) -> Result<Exit, Failure> {
    let now = Timestamp::now();
    let mut output = Output::stdout(common.format, COLUMNS);
    for line in &site.lines {
        for meter in &line.meters {
            for poll in &meter.polls {
                output.record(planned(site, &line.name, meter, poll, now))?;
            }
        }
    }
    output.finish()?;
    Ok(Exit::Ok)
}

fn planned(site: &Site, line: &str, meter: &Meter, poll: &MeterPoll, now: Timestamp) -> Record {
    let mut agenda = Agenda::new();
    let name = format!("{}/{}", meter.name, poll.name);
    agenda.add(poll.schedule.clone(), &name, None, now);
    let first = agenda.next().map(|first| first.to_zoned_datetime(site.zone.clone()));
    let first_text = first.as_ref().map(|first| first.strftime("%F %T %Z").to_string());
    Record {
        json: json!({
            "device": meter.name,
            "poll": poll.name,
            "properties": poll.items.len(),
            "line": line,
            "first": first.map(|first| first.timestamp().to_string()),
        }),
        cells: vec![
            meter.name.clone(),
            poll.name.clone(),
            poll.items.len().to_string(),
            line.to_owned(),
            first_text.unwrap_or_else(|| "never".to_owned()),
        ],
    }
}
