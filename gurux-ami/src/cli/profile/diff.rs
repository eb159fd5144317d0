//! `gurux-ami profile diff`: what differs between two profiles.

use std::path::PathBuf;

use clap::Args;
use gurux_device::Drivers;
use gurux_device::profile::Difference;
use serde_json::json;

use crate::cli::Common;
use crate::exit::{Exit, Failure};
use crate::output::{Output, Record};
use crate::profiles;

/// What differs between two profiles, by meaning
///
/// The order in a file, spelling (0x48 or 72, h: or holding:), comments and stated defaults are no
/// difference. What bears a name is found by it, wherever it stands.
///
/// The exit code is 0 where both say the same and 1 where they differ.
#[derive(Args, Debug)]
pub(super) struct Diff {
    /// A profile
    #[arg(value_name = "BEFORE")]
    before: PathBuf,
    /// Another one
    #[arg(value_name = "AFTER")]
    after: PathBuf,
}

impl Diff {
    pub(super) fn run(&self, common: &Common) -> Result<Exit, Failure> {
        const COLUMNS: &[&str] = &["item", "attribute", "before", "after"];
        let drivers = Drivers::standard();
        let before = profiles::load(&drivers, &self.before)?;
        let after = profiles::load(&drivers, &self.after)?;
        let differences = before.diff(&after);
        if differences.is_empty() && common.format == crate::output::Format::Table {
            return Ok(Exit::Ok);
        }
        let mut output = Output::stdout(common.format, COLUMNS);
        for difference in &differences {
            output.record(record(difference))?;
        }
        output.finish()?;
        Ok(if differences.is_empty() { Exit::Ok } else { Exit::Usage })
    }
}

fn record(difference: &Difference) -> Record {
    let Difference { item, attribute, before, after } = difference;
    let change = match (before, after) {
        (None, _) => "added",
        (_, None) => "removed",
        _ => "changed",
    };
    // Where a whole item is there on one side only, it may have nothing to say but that.
    let shown = |side: &Option<String>| match side {
        Some(text) if text.is_empty() => "there".to_owned(),
        Some(text) => text.clone(),
        None => String::new(),
    };
    Record {
        json: json!({
            "item": item, "attribute": attribute, "change": change, "before": before, "after": after,
        }),
        cells: vec![
            item.clone(),
            attribute.clone().unwrap_or_default(),
            shown(before),
            shown(after),
        ],
    }
}
