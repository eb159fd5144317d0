//! The text form of a [`DateTime`]: RFC 3339 as far as it is known.

use core::fmt::{self, Write};
use core::str::FromStr;

use super::{DateTime, Day, Month, Weekday};
use crate::datetime::ClockStatus;
use crate::error::ParseError;
use crate::line::Line;

/// The longest text: `Mon 9999-dst-begin-last2T23:59:60.999999+23:59[...]` with all status names.
type Text = Line<128>;

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = Text::new();
        self.print_date(&mut line, f.alternate());
        self.print_time(&mut line);
        if f.alternate() && self.status != ClockStatus::OK {
            write!(line, "[{}]", self.status)?;
        }
        f.pad(line.as_str())
    }
}

impl DateTime {
    fn print_date(&self, line: &mut Text, with_weekday: bool) {
        let whole = matches!(
            (self.year, self.month, self.day),
            (Some(_), Some(Month::Number(_)), Some(Day::Number(_)))
        );
        if let Some(weekday) = self.weekday.filter(|_| with_weekday || !whole) {
            line.push_str(weekday.short_name());
            line.push_str(" ");
        }
        if (self.year, self.month, self.day) == (None, None, None) {
            return;
        }
        match self.year {
            Some(year) => line.push_padded(year.into(), 4),
            None => line.push_str("*"),
        }
        if (self.month, self.day) == (None, None) {
            return;
        }
        match self.month {
            Some(Month::Number(month)) => {
                line.push_str("-");
                line.push_padded(month.into(), 2);
            }
            Some(Month::DstBegin) => line.push_str("-dst-begin"),
            Some(Month::DstEnd) => line.push_str("-dst-end"),
            None => line.push_str("-*"),
        }
        match self.day {
            Some(Day::Number(day)) => {
                line.push_str("-");
                line.push_padded(day.into(), 2);
            }
            Some(Day::Last) => line.push_str("-last"),
            Some(Day::SecondLast) => line.push_str("-last2"),
            None => {}
        }
    }

    fn print_time(&self, line: &mut Text) {
        let fraction = self.microsecond.filter(|us| *us != 0);
        // A part is printed when it or a later one is known; an offset follows at least `T*`, for
        // after a date its minus would read as a month or day.
        let parts = [(self.hour, "T"), (self.minute, ":"), (self.second, ":")];
        let known = if fraction.is_some() {
            3
        } else {
            let last = parts.iter().rposition(|(part, _)| part.is_some());
            last.map_or(0, |last| last.saturating_add(1)).max(self.utc_offset.is_some().into())
        };
        for (part, before) in parts.iter().take(known) {
            line.push_str(before);
            match part {
                Some(part) => line.push_padded((*part).into(), 2),
                None => line.push_str("*"),
            }
        }
        if let Some(micros) = fraction {
            line.push_str(".");
            if micros.is_multiple_of(10_000) {
                line.push_padded(micros / 10_000, 2);
            } else {
                line.push_padded(micros, 6);
            }
        }
        match self.utc_offset {
            None => {}
            Some(0) => line.push_str("Z"),
            Some(minutes) => {
                line.push_str(if minutes < 0 { "-" } else { "+" });
                let minutes = u32::from(minutes.unsigned_abs());
                line.push_padded(minutes / 60, 2);
                line.push_str(":");
                line.push_padded(minutes % 60, 2);
            }
        }
    }
}

impl FromStr for DateTime {
    type Err = ParseError;

    /// Reads what is printed, in both forms; a blank in place of `T`, and `t` and `z` (RFC 3339).
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let mut reader = Reader { text, rest: text };
        let read = reader.date_time()?;
        // What reads but cannot be: 30 February.
        let checked = read.checked().ok_or(reader.fault("a date and time that exist"))?;
        if reader.rest.is_empty() { Ok(checked) } else { Err(reader.fault("the end")) }
    }
}

struct Reader<'t> {
    text: &'t str,
    rest: &'t str,
}

impl Reader<'_> {
    fn fault(&self, expected: &'static str) -> ParseError {
        let offset = self.text.len().saturating_sub(self.rest.len());
        ParseError { what: "date and time", expected, offset }
    }

    fn eat(&mut self, word: &str) -> bool {
        self.rest.strip_prefix(word).inspect(|rest| self.rest = rest).is_some()
    }

    fn digit(&mut self) -> Option<u32> {
        let digit = self.rest.chars().next()?.to_digit(10)?;
        self.rest = self.rest.get(1..)?;
        Some(digit)
    }

    /// Just so many digits, or `*` for unknown.
    fn part(&mut self, digits: u32, expected: &'static str) -> Result<Option<u32>, ParseError> {
        if self.eat("*") {
            return Ok(None);
        }
        let mut value = 0u32;
        for _ in 0..digits {
            let digit = self.digit().ok_or_else(|| self.fault(expected))?;
            value = value.wrapping_mul(10).wrapping_add(digit);
        }
        Ok(Some(value))
    }

    fn two(&mut self, expected: &'static str) -> Result<Option<u8>, ParseError> {
        Ok(self.part(2, expected)?.and_then(|part| u8::try_from(part).ok()))
    }

    fn date_time(&mut self) -> Result<DateTime, ParseError> {
        let mut read = DateTime::UNKNOWN;
        let weekday = Weekday::ALL.iter().find(|(_, name)| self.eat(name));
        if let Some((weekday, _)) = weekday {
            read.weekday = Some(*weekday);
            if !self.eat(" ") && !self.rest.is_empty() {
                return Err(self.fault("a blank after the weekday"));
            }
        }
        if self.rest.starts_with(|c: char| c == '*' || c.is_ascii_digit()) {
            self.date(&mut read)?;
        }
        let before = self.rest;
        if self.eat("T") || self.eat("t") || (before.len() < self.text.len() && self.eat(" ")) {
            self.time(&mut read)?;
        }
        self.offset(&mut read)?;
        self.status(&mut read)?;
        Ok(read)
    }

    fn date(&mut self, read: &mut DateTime) -> Result<(), ParseError> {
        let year = self.part(4, "a year of four digits or `*`")?;
        read.year = year.and_then(|year| u16::try_from(year).ok());
        if !self.eat("-") {
            return Ok(());
        }
        read.month = if self.eat("dst-begin") {
            Some(Month::DstBegin)
        } else if self.eat("dst-end") {
            Some(Month::DstEnd)
        } else {
            self.two("a month of two digits or `*`")?.map(Month::Number)
        };
        if !self.eat("-") {
            return Ok(());
        }
        read.day = if self.eat("last2") {
            Some(Day::SecondLast)
        } else if self.eat("last") {
            Some(Day::Last)
        } else {
            self.two("a day of two digits or `*`")?.map(Day::Number)
        };
        Ok(())
    }

    fn time(&mut self, read: &mut DateTime) -> Result<(), ParseError> {
        read.hour = self.two("an hour of two digits or `*`")?;
        if !self.eat(":") {
            return Ok(());
        }
        read.minute = self.two("a minute of two digits or `*`")?;
        if !self.eat(":") {
            return Ok(());
        }
        read.second = self.two("a second of two digits or `*`")?;
        if !self.eat(".") {
            return Ok(());
        }
        let first = self.digit().ok_or_else(|| self.fault("a digit of the fraction"))?;
        let (mut micros, mut place) = (first.wrapping_mul(100_000), 10_000u32);
        while let Some(digit) = self.digit() {
            // Digits past the microsecond are dropped.
            micros = micros.wrapping_add(digit.wrapping_mul(place));
            place /= 10;
        }
        read.microsecond = Some(micros);
        Ok(())
    }

    fn offset(&mut self, read: &mut DateTime) -> Result<(), ParseError> {
        if self.eat("Z") || self.eat("z") {
            read.utc_offset = Some(0);
            return Ok(());
        }
        let west = self.eat("-");
        if !west && !self.eat("+") {
            return Ok(());
        }
        let hours = self.two("two digits of hours")?;
        let colon = self.eat(":");
        let minutes = if colon { self.two("two digits of minutes")? } else { None };
        let (Some(hours), Some(minutes @ 0..60)) = (hours, minutes) else {
            return Err(self.fault("an offset such as +01:00"));
        };
        let total = i16::from(hours).wrapping_mul(60).wrapping_add(minutes.into());
        read.utc_offset = Some(if west { total.wrapping_neg() } else { total });
        Ok(())
    }

    fn status(&mut self, read: &mut DateTime) -> Result<(), ParseError> {
        if !self.eat("[") {
            return Ok(());
        }
        let unclosed = self.fault("the names of a clock status and `]`");
        // A list of one letter: core's search for a single letter links panicking code.
        let (names, rest) = self.rest.split_once([']']).ok_or(unclosed)?;
        read.status = names.parse().map_err(|_| unclosed)?;
        self.rest = rest;
        Ok(())
    }
}
