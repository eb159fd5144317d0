//! [`Annotator`]: what each octet of a message is, as text to read.

use core::fmt::{self, Write};
use core::ops::Range;

use crate::explain::{Shown, Visit};

/// Writes an annotated dump: for each field its range, its octets, its name and its value, under the
/// names of the groups that it is in. No line is longer than 80 columns, whatever the names are.
///
/// A field in square brackets only holds the message together: a length, a check sum, a marker.
/// Octets that no parser told of stand as `?`.
///
/// ```
/// use gurux_framing::{Annotator, rules};
///
/// let frame = [0x68, 3, 3, 0x68, 0x53, 0x01, 0x51, 0xA5, 0x16];
/// let mut text = String::new();
/// let mut annotator = Annotator::new(&mut text, &frame);
/// rules::ft12::VARIABLE.explain(&frame, 0, &mut annotator)?;
/// annotator.finish()?;
/// assert_eq!(text, "\
/// 0                                     frame of variable length
/// 0..1         68                         [start]
/// 1..2         03                         [length: 3]
/// 2..3         03                         [length: 3]
/// 3..4         68                         [fixed]
/// 4..7         53 01 51                   content
/// 7..8         A5                         [check sum]
/// 8..9         16                         [end]
/// ");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Annotator<'o, W> {
    out: W,
    octets: &'o [u8],
    /// The octet behind all that was written so far.
    told_to: usize,
    depth: usize,
    result: fmt::Result,
}

/// Octets in a row.
const ROW: usize = 8;
/// Columns before the octets, before the name of a field, and for it.
const OCTETS_AT: usize = 13;
const LABEL_AT: usize = OCTETS_AT + ROW * 3 + 1;
const LABEL: usize = 80 - LABEL_AT;
/// Deeper groups are not indented further.
const DEEPEST: usize = 12;

impl<'o, W: Write> Annotator<'o, W> {
    /// A dump of `octets`, the outermost buffer, written to `out`.
    pub const fn new(out: W, octets: &'o [u8]) -> Self {
        Self { out, octets, told_to: 0, depth: 0, result: Ok(()) }
    }

    /// Leaves out the octets before `origin`: for one message of a longer capture.
    #[must_use]
    pub const fn starting_at(mut self, origin: usize) -> Self {
        self.told_to = origin;
        self
    }

    /// Writes what nobody told of, and gives back what the lines went to.
    ///
    /// # Errors
    /// Those of what the lines were written to, now or before.
    pub fn finish(mut self) -> Result<W, fmt::Error> {
        self.depth = 0;
        self.gap(self.octets.len());
        self.result.map(|()| self.out)
    }

    /// Writes the octets that were passed over on the way to `start`.
    fn gap(&mut self, start: usize) {
        if start > self.told_to {
            let at = self.told_to..start;
            self.told_to = start;
            self.rows(&at, &Label { name: "?", value: None, len: 0, structure: false });
        }
    }

    /// Writes the octets of a range in rows, and the label beside them, in rows too.
    fn rows(&mut self, at: &Range<usize>, label: &Label<'_>) {
        if self.result.is_ok() {
            self.result = self.try_rows(at, label);
        }
    }

    fn try_rows(&mut self, at: &Range<usize>, label: &Label<'_>) -> fmt::Result {
        let octets = self.octets.get(at.clone()).unwrap_or_default();
        let indent = self.depth.min(DEEPEST).saturating_mul(2);
        let width = LABEL.saturating_sub(indent);
        let mut rows = octets.chunks(ROW);
        let (mut row, mut written) = (rows.next(), 0);
        loop {
            let mut line = Line { out: &mut self.out, column: 0, skip: 0, left: 80 };
            if written == 0 {
                write!(line, "{}", at.start)?;
                if at.end > at.start {
                    write!(line, "..{}", at.end)?;
                }
            }
            if let Some(octets) = row {
                line.pad_to(OCTETS_AT)?;
                for (index, octet) in octets.iter().enumerate() {
                    let blank = if index > 0 { " " } else { "" };
                    write!(line, "{blank}{octet:02X}")?;
                }
            }
            // Of the label, what did not fit the lines before.
            let more = label.len() > written;
            if more {
                line.pad_to(LABEL_AT.saturating_add(indent))?;
                (line.skip, line.left) = (written, width);
                write!(line, "{label}")?;
            }
            self.out.write_char('\n')?;
            written = written.saturating_add(width);
            row = rows.next();
            if row.is_none() && label.len() <= written {
                return Ok(());
            }
        }
    }
}

impl<W: Write> Visit for Annotator<'_, W> {
    fn field(&mut self, at: Range<usize>, name: &'static str, value: Shown<'_>) {
        self.gap(at.start);
        self.told_to = self.told_to.max(at.end);
        self.rows(&at, &Label { name, value: Some(value), len: at.len(), structure: false });
    }

    fn structure(&mut self, at: Range<usize>, name: &'static str, value: Shown<'_>) {
        self.gap(at.start);
        self.told_to = self.told_to.max(at.end);
        self.rows(&at, &Label { name, value: Some(value), len: at.len(), structure: true });
    }

    fn enter_group(&mut self, start: usize, name: &'static str) {
        self.gap(start);
        self.rows(&(start..start), &Label { name, value: None, len: 0, structure: false });
        self.depth = self.depth.saturating_add(1);
    }

    fn enter_list(&mut self, start: usize, name: &'static str) {
        self.enter_group(start, name);
    }

    fn leave(&mut self, end: usize) {
        self.gap(end);
        self.depth = self.depth.saturating_sub(1);
    }
}

/// The name and the value of a field.
struct Label<'v> {
    name: &'static str,
    value: Option<Shown<'v>>,
    /// Octets of the field, which stand beside the label.
    len: usize,
    structure: bool,
}

impl Label<'_> {
    /// Columns that it takes when it is written in one line.
    fn len(&self) -> usize {
        let mut line = Line { out: &mut Nowhere, column: 0, skip: 0, left: usize::MAX };
        // Nowhere takes everything.
        let _ = write!(line, "{self}");
        line.column
    }
}

impl fmt::Display for Label<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.structure {
            f.write_str("[")?;
        }
        f.write_str(self.name)?;
        match self.value {
            None => {}
            // They stand beside it already.
            Some(Shown::Octets(octets)) if octets.len() == self.len => {}
            Some(value) => write!(f, ": {value}")?,
        }
        if self.structure {
            f.write_str("]")?;
        }
        Ok(())
    }
}

/// A line in the making: of what is written it leaves out the first `skip` characters, and all
/// behind the `left` that are to come.
struct Line<'w> {
    out: &'w mut dyn Write,
    column: usize,
    skip: usize,
    left: usize,
}

impl Line<'_> {
    fn pad_to(&mut self, column: usize) -> fmt::Result {
        while self.column < column {
            self.write_char(' ')?;
        }
        Ok(())
    }
}

impl Write for Line<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.chars().try_for_each(|c| self.write_char(c))
    }

    fn write_char(&mut self, c: char) -> fmt::Result {
        if self.skip > 0 {
            self.skip = self.skip.saturating_sub(1);
        } else if self.left > 0 {
            self.left = self.left.saturating_sub(1);
            self.column = self.column.saturating_add(1);
            self.out.write_char(c)?;
        }
        Ok(())
    }
}

struct Nowhere;

impl Write for Nowhere {
    fn write_str(&mut self, _: &str) -> fmt::Result {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::string::String;
    use std::vec::Vec;

    use super::*;

    fn dump(octets: &[u8], tell: impl FnOnce(&mut Annotator<'_, &mut String>)) -> Vec<String> {
        let mut text = String::new();
        let mut annotator = Annotator::new(&mut text, octets);
        tell(&mut annotator);
        annotator.finish().unwrap();
        text.lines().map(String::from).collect()
    }

    #[test]
    fn groups_are_indented_and_structure_is_bracketed() {
        let lines = dump(&[1, 3, 0, 7], |annotator| {
            annotator.enter_group(0, "adu");
            annotator.field(0..1, "unit identifier", Shown::Unsigned(1));
            annotator.enter_list(1, "registers");
            annotator.structure(1..2, "count", Shown::Unsigned(3));
            let code = Shown::Code { code: 7, name: Some("seven") };
            annotator.field(2..4, "register", code);
            annotator.leave(4);
            annotator.leave(4);
        });
        assert_eq!(
            lines,
            [
                "0                                     adu",
                "0..1         01                         unit identifier: 1",
                "1                                       registers",
                "1..2         03                           [count: 3]",
                "2..4         00 07                        register: seven (0x07)",
            ]
        );
    }

    #[test]
    fn octets_that_nobody_told_of_are_not_lost() {
        let lines = dump(&[1, 2, 3, 4], |annotator| {
            annotator.field(1..2, "middle", Shown::Unsigned(2));
        });
        assert_eq!(
            lines,
            [
                "0..1         01                       ?",
                "1..2         02                       middle: 2",
                "2..4         03 04                    ?",
            ]
        );
    }

    #[test]
    fn long_octets_and_long_texts_take_more_lines_of_80_columns() {
        let octets: Vec<u8> = (b'a'..=b'z').cycle().take(100).collect();
        let text = core::str::from_utf8(&octets).unwrap();
        let lines = dump(&octets, |annotator| {
            for _ in 0..30 {
                annotator.enter_group(0, "a group with a rather long name to fill the line up");
            }
            annotator.field(0..100, "text", Shown::Text(text));
            annotator.field(100..100, "nothing", Shown::Octets(&[]));
        });
        assert!(lines.iter().all(|line| line.chars().count() <= 80), "{lines:#?}");
        let labels: String = lines
            .iter()
            .filter_map(|line| line.get(LABEL_AT..))
            .map(|label| label.strip_prefix("                        ").unwrap_or(label))
            .collect();
        assert!(labels.contains(text), "{labels}");
        assert_eq!(lines.iter().filter(|line| line.contains("61 62")).count(), 4);
    }

    #[test]
    fn a_range_outside_the_octets_is_shown_without_them() {
        let lines = dump(&[1], |annotator| {
            annotator.field(5..9, "elsewhere", Shown::Flag(true));
        });
        assert_eq!(
            lines.last().map(String::as_str),
            Some("5..9                                  elsewhere: yes")
        );
    }
}
