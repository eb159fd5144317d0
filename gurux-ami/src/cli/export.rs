//! `gurux-ami export`: all readings of a store, for other programs.

use std::io::{self, Write as _};

use clap::Args;

use super::Common;
use super::report::{Scope, Times, to_json};
use crate::exit::{Exit, Failure};
use crate::output::{Format, harmless};
use crate::readings;

/// Writes stored readings for other programs, one behind the other, times in UTC
///
/// As CSV, or as JSON with `--format ndjson` or `--format json`.
///
/// Exits with 0, 1 if the store has no such device or property, 5 if the site file or the store is wrong.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  gurux-ami export north.xml --from 2026-11-01 > november.csv
  gurux-ami export readings.db --device heat --format ndjson")]
pub(super) struct Export {
    #[command(flatten)]
    scope: Scope,
    #[command(flatten)]
    times: Times,
}

const COLUMNS: [&str; 9] =
    ["device", "property", "time", "value", "unit", "quality", "quantity", "obis", "received_at"];

impl Export {
    pub(super) fn run(&self, common: &Common) -> Result<Exit, Failure> {
        let (mut source, filter) = self.scope.open()?;
        let span = self.times.all(&source)?;
        let mut out = io::BufWriter::new(io::stdout().lock());
        let mut is_first = true;
        let is_csv = matches!(common.format, Format::Table | Format::Csv);
        if is_csv {
            writeln!(out, "{}", COLUMNS.join(","))?;
        }
        for series in source.series(&filter)? {
            let mut written = Ok(());
            source.store.readings(series.id, span, &mut |row| {
                if written.is_err() {
                    return;
                }
                written = if is_csv {
                    let cells = [
                        series.device.to_string(),
                        series.property.clone(),
                        row.time.to_string(),
                        row.value
                            .as_ref()
                            .map(|_| readings::text(row.value.as_ref()))
                            .unwrap_or_default(),
                        series.unit.clone(),
                        row.quality.to_string(),
                        series.quantity.clone(),
                        series.obis.clone().unwrap_or_default(),
                        row.received_at.to_string(),
                    ];
                    csv_line(&mut out, cells)
                } else {
                    let json = to_json(&series, &row);
                    match (common.format, is_first) {
                        (Format::Json, true) => write!(out, "[\n{json}"),
                        (Format::Json, false) => write!(out, ",\n{json}"),
                        _ => writeln!(out, "{json}"),
                    }
                };
                is_first = false;
            })?;
            written?;
        }
        if common.format == Format::Json {
            writeln!(out, "{}", if is_first { "[]" } else { "\n]" })?;
        }
        out.flush()?;
        Ok(Exit::Ok)
    }
}

fn csv_line(out: &mut impl io::Write, mut cells: [String; 9]) -> io::Result<()> {
    cells.iter_mut().for_each(harmless);
    let mut line = csv::Writer::from_writer(out);
    line.write_record(&cells)?;
    line.flush()
}
