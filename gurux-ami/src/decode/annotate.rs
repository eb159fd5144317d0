//! Every range of octets with its meaning: what `--annotate` shows.

use std::fmt::Write;
use std::ops::Range;

use gurux_framing::{Shown, Visit};
use serde_json::{Value as Json, json};

use crate::capture::to_hex;

/// The fields of a message in the order of its octets.
#[derive(Clone, Debug, Default)]
pub(crate) struct Annotation {
    rows: Vec<Row>,
    depth: usize,
}

#[derive(Clone, Debug)]
struct Row {
    at: Range<usize>,
    depth: usize,
    name: &'static str,
    /// `None` heads a group.
    value: Option<String>,
}

impl Annotation {
    /// The rows for a person who reads 80 columns: range, octets, name and value.
    ///
    /// `octets` are those of the capture from octet `origin` on.
    pub(crate) fn to_text(&self, octets: &[u8], origin: usize) -> String {
        /// Octets that fit in front of a name.
        const SHOWN: usize = 8;
        let mut text = String::new();
        for row in &self.rows {
            let from = row.at.start.saturating_sub(origin);
            let to = row.at.end.saturating_sub(origin).max(from);
            let octets = octets.get(from..to).unwrap_or_default();
            let (hex, range) = match row.value {
                None => (String::new(), format!("{:>4}", row.at.start)),
                Some(_) => {
                    let mut hex = to_hex(octets.get(..SHOWN).unwrap_or(octets));
                    if octets.len() > SHOWN {
                        hex.push_str("..");
                    }
                    (hex, format!("{:>4}..{:<4}", row.at.start, row.at.end))
                }
            };
            let indent = "  ".repeat(row.depth);
            let value = row.value.as_deref().map(|value| format!(": {value}")).unwrap_or_default();
            let line = format!("{range:<10} {hex:<18} {indent}{}{value}", row.name);
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{}", line.trim_end());
        }
        text
    }

    /// The rows for programs.
    pub(crate) fn to_json(&self) -> Json {
        self.rows
            .iter()
            .map(|row| {
                json!({
                    "offset": row.at.start,
                    "length": row.at.end.saturating_sub(row.at.start),
                    "depth": row.depth,
                    "name": row.name,
                    "value": row.value,
                })
            })
            .collect()
    }

    fn push(&mut self, at: Range<usize>, name: &'static str, value: Option<String>) {
        self.rows.push(Row { at, depth: self.depth, name, value });
    }
}

impl Visit for Annotation {
    fn field(&mut self, at: Range<usize>, name: &'static str, value: Shown<'_>) {
        let value = match value {
            Shown::Unsigned(number) => number.to_string(),
            Shown::Signed(number) => number.to_string(),
            Shown::Flag(flag) => flag.to_string(),
            Shown::Code { code, name: Some(name) } => format!("{code} ({name})"),
            Shown::Code { code, name: None } => code.to_string(),
            Shown::Octets(octets) => to_hex(octets),
            Shown::Text(text) => format!("{text:?}"),
            _ => String::new(),
        };
        self.push(at, name, Some(value));
    }

    fn structure(&mut self, at: Range<usize>, name: &'static str, value: Shown<'_>) {
        self.field(at, name, value);
    }

    fn enter_group(&mut self, start: usize, name: &'static str) {
        self.push(start..start, name, None);
        self.depth += 1;
    }

    fn enter_list(&mut self, start: usize, name: &'static str) {
        self.enter_group(start, name);
    }

    fn leave(&mut self, end: usize) {
        self.depth = self.depth.saturating_sub(1);
        // The heading now knows where its content ends.
        let depth = self.depth;
        let heading =
            self.rows.iter_mut().rev().find(|row| row.depth == depth && row.value.is_none());
        if let Some(row) = heading {
            row.at.end = end;
        }
    }
}
