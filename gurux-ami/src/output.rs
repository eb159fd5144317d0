//! Results, written as a table, JSON, a JSON line each, or CSV.

use std::io::{self, Write};

use comfy_table::{
    ColumnConstraint, ContentArrangement, ContentLineStyle, LineStyle, Table, TableStyle,
};
use serde_json::Value as Json;

use crate::exit::Failure;

/// How a result is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Table,
    /// One array of objects.
    Json,
    /// One object in each line, as soon as it is known.
    Ndjson,
    /// Comma separated values with a header line.
    Csv,
    /// The messages of DLMS in the standard's XML; of decode alone.
    Xml,
}

/// A line below the header and nothing else, so that a table survives being pasted.
const STYLE: TableStyle = TableStyle::new()
    .header_lines(ContentLineStyle::none().junction(' '))
    .header_separator(LineStyle::none().fill('-').junction(' '))
    .content_lines(ContentLineStyle::none().junction(' '));

/// How wide a table is where there is no terminal.
const PIPE_WIDTH: u16 = 80;
/// Blanks between two columns.
const GAP: usize = 2;
/// The least width of a last column that may be wrapped while the others are not.
const LEAST_TEXT: usize = 16;

/// One result: an object for programs, and the cells that a person sees.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Record {
    pub(crate) json: Json,
    pub(crate) cells: Vec<String>,
}

/// Writes records in the format that was asked for. Formats that need no look ahead write at
/// once; a table is written at the end.
pub(crate) struct Output<W: Write> {
    format: Format,
    out: W,
    columns: &'static [&'static str],
    rows: Vec<Vec<String>>,
    count: usize,
}

impl Output<io::BufWriter<io::StdoutLock<'static>>> {
    /// An output to standard output with these columns.
    pub(crate) fn stdout(format: Format, columns: &'static [&'static str]) -> Self {
        Self::new(format, io::BufWriter::new(io::stdout().lock()), columns)
    }
}

impl<W: Write> Output<W> {
    pub(crate) fn new(format: Format, out: W, columns: &'static [&'static str]) -> Self {
        Self { format, out, columns, rows: Vec::new(), count: 0 }
    }

    /// Takes one result.
    pub(crate) fn record(&mut self, mut record: Record) -> Result<(), Failure> {
        let first = self.count == 0;
        self.count += 1;
        match self.format {
            Format::Table => self.rows.push(record.cells),
            Format::Json => {
                self.out.write_all(if first { b"[\n" } else { b",\n" })?;
                write!(self.out, "{}", record.json)?;
            }
            Format::Ndjson => {
                writeln!(self.out, "{}", record.json)?;
                self.out.flush()?;
            }
            Format::Csv => {
                if first {
                    self.csv(self.columns)?;
                }
                record.cells.iter_mut().for_each(harmless);
                self.csv(&record.cells)?;
                self.out.flush()?;
            }
            // What is no message of DLMS is told as a comment.
            Format::Xml => {
                let cells = record.cells.iter().filter(|cell| !cell.is_empty());
                let text = cells.map(String::as_str).collect::<Vec<_>>().join(" ");
                self.comment(&text)?;
            }
        }
        Ok(())
    }

    /// Writes a comment of XML.
    pub(crate) fn comment(&mut self, text: &str) -> Result<(), Failure> {
        let mut text = text.replace("--", "- -");
        harmless(&mut text);
        writeln!(self.out, "<!-- {text} -->")?;
        Ok(())
    }

    /// Takes one result that is written already, for the formats that have one behind the other.
    pub(crate) fn line(&mut self, text: &str) -> Result<(), Failure> {
        self.count += 1;
        self.out.write_all(text.as_bytes())?;
        self.out.write_all(b"\n")?;
        self.out.flush()?;
        Ok(())
    }

    fn csv<T: AsRef<[u8]>>(&mut self, cells: &[T]) -> Result<(), Failure> {
        let mut line = csv::Writer::from_writer(&mut self.out);
        line.write_record(cells).map_err(|error| Failure::from(io::Error::from(error)))?;
        line.flush()?;
        Ok(())
    }

    /// Names and numbers stand in one piece, and the last column, which is text, takes the lines
    /// that it needs: as long as the others leave it enough room.
    fn keep_whole(&self, table: &mut Table, width: u16) {
        let cell_len = |row: &Vec<String>, column: usize| {
            row.get(column)
                .map_or(0, |cell| cell.lines().map(|l| l.chars().count()).max().unwrap_or(0))
        };
        let last = self.columns.len().saturating_sub(1);
        let others: usize = (0..last)
            .map(|column| {
                let header = self.columns.get(column).map_or(0, |header| header.len());
                let longest = self.rows.iter().map(|row| cell_len(row, column)).max();
                longest.unwrap_or(0).max(header) + GAP
            })
            .sum();
        if others + LEAST_TEXT <= usize::from(width) {
            table.column_iter_mut().take(last).for_each(|column| {
                column.set_constraint(ColumnConstraint::ContentWidth);
            });
        }
    }

    /// Ends the output: the table itself, the closing bracket, the header of an empty CSV.
    pub(crate) fn finish(mut self) -> Result<(), Failure> {
        match self.format {
            Format::Table if !self.rows.is_empty() => {
                // What a meter says must not steer the terminal.
                self.rows.iter_mut().flatten().for_each(harmless);
                self.rows.iter_mut().flatten().for_each(shorten);
                let mut table = Table::new();
                table.load_style(STYLE).set_header(self.columns).add_rows(&self.rows);
                // In a pipe there is no terminal to ask.
                let width = table.width().unwrap_or(PIPE_WIDTH);
                table.set_width(width).set_content_arrangement(ContentArrangement::Dynamic);
                table.column_iter_mut().for_each(|column| {
                    column.set_padding((0, 1));
                });
                self.keep_whole(&mut table, width);
                for line in table.lines() {
                    writeln!(self.out, "{}", line.trim_end())?;
                }
            }
            Format::Json => {
                self.out.write_all(if self.count == 0 { b"[]\n" } else { b"\n]\n" })?;
            }
            Format::Csv if self.count == 0 => self.csv(self.columns)?,
            Format::Table | Format::Ndjson | Format::Csv | Format::Xml => {}
        }
        self.out.flush()?;
        Ok(())
    }
}

/// Escapes what a terminal would obey.
pub(crate) fn harmless(text: &mut String) {
    let is_control = |c: char| c.is_control() && c != '\n';
    if text.contains(is_control) {
        let escaped = text.chars().map(|c| match is_control(c) {
            true => c.escape_default().to_string(),
            false => c.to_string(),
        });
        *text = escaped.collect();
    }
}

/// The most characters of a word in a table: the digits of the longest frame of most protocols.
const LONGEST_WORD: usize = 600;

/// Ends words that nobody reads to their end, such as the octets of long noise: the other formats have
/// all of them.
fn shorten(text: &mut String) {
    if text.len() <= LONGEST_WORD {
        return;
    }
    let word = |word: &str| match word.char_indices().nth(LONGEST_WORD) {
        Some((end, _)) => {
            let (head, rest) = word.split_at(end);
            let behind = rest.trim_end();
            let count = behind.chars().count();
            format!(
                "{head}… ({count} characters more){}",
                rest.get(behind.len()..).unwrap_or_default()
            )
        }
        None => word.to_owned(),
    };
    *text = text.split_inclusive([' ', '\n']).map(word).collect();
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn written(format: Format, count: usize) -> String {
        let mut octets = Vec::new();
        let mut output = Output::new(format, &mut octets, &["name", "value"]);
        for value in 0..count {
            let cells = vec!["a,b".to_owned(), value.to_string()];
            output
                .record(Record { json: json!({ "name": "a,b", "value": value }), cells })
                .unwrap();
        }
        output.finish().unwrap();
        String::from_utf8(octets).unwrap()
    }

    #[test]
    fn every_format_stays_well_formed_without_and_with_records() {
        for count in [0, 1, 3] {
            let json: Vec<Json> = serde_json::from_str(&written(Format::Json, count)).unwrap();
            assert_eq!(json.len(), count);
            assert_eq!(written(Format::Ndjson, count).lines().count(), count);
            assert_eq!(written(Format::Csv, count).lines().count(), count + 1);
        }
        assert_eq!(written(Format::Csv, 1), "name,value\n\"a,b\",0\n");
        assert_eq!(written(Format::Table, 0), "");
    }

    fn of_one_cell(format: Format, cell: String) -> String {
        let mut octets = Vec::new();
        let mut output = Output::new(format, &mut octets, &["text"]);
        output.record(Record { json: json!({}), cells: vec![cell] }).unwrap();
        output.finish().unwrap();
        String::from_utf8(octets).unwrap()
    }

    #[test]
    fn what_a_meter_says_does_not_steer_the_terminal() {
        for format in [Format::Table, Format::Csv] {
            let text = of_one_cell(format, "\u{1b}[31mred\u{7}".to_owned());
            assert!(text.contains("red") && !text.contains(['\u{1b}', '\u{7}']), "{text}");
        }
    }

    #[test]
    fn a_table_has_no_endless_words() {
        let noise = format!("{}: why", "00".repeat(500_000));
        assert_eq!(of_one_cell(Format::Csv, noise.clone()).len(), noise.len() + 6);
        let table = of_one_cell(Format::Table, noise);
        assert!(table.len() < 1_000, "{}", table.len());
        let words: Vec<&str> = table.split_whitespace().collect();
        assert!(words.ends_with(&["(999401", "characters", "more)", "why"]), "{words:?}");
    }
}
