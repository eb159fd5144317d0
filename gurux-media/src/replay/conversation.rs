//! [`Conversation`]: a recording as a value, read from text and written to it.

use core::fmt;
use core::str::FromStr;
use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

use crate::trace::Hex;
use crate::{Instant, LineSettings};

/// The first line of every recording.
pub(super) const HEADER: &str = "gurux-conversation 1";

/// A recorded conversation. The format is told at the head of [`replay`](crate::replay).
///
/// What was read is written again as it was, but for empty lines.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Conversation {
    /// The steps, in their order.
    pub entries: Vec<Entry>,
}

/// One step of a conversation.
#[derive(Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Entry {
    /// When, since the beginning.
    pub at: Instant,
    /// What.
    pub step: Step,
}

/// What happened.
#[derive(Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Step {
    /// A word to the reader. One line.
    Note(String),
    /// The channel opened.
    Open {
        /// The kind of medium.
        kind: String,
        /// Each piece is one datagram.
        datagrams: bool,
        /// The name of the medium.
        name: String,
    },
    /// The channel closed.
    Close,
    /// Octets were sent.
    Sent(Vec<u8>),
    /// Octets came.
    Received(Vec<u8>),
    /// The line was switched; only speed and character are recorded.
    Line(LineSettings),
}

/// What is wrong in a recording, and where.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {line}, column {column}: {what}")]
pub struct ConversationError {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Conversation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}")?;
        self.entries.iter().try_for_each(|entry| writeln!(f, "{entry}"))
    }
}

/// One line, without its end.
impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.at;
        match &self.step {
            Step::Note(text) => write!(f, "# {text}"),
            Step::Open { kind, datagrams: false, name } => write!(f, "{at} open {kind} {name}"),
            Step::Open { kind, datagrams: true, name } => {
                write!(f, "{at} open {kind} datagrams {name}")
            }
            Step::Close => write!(f, "{at} close"),
            Step::Sent(octets) => write!(f, "{at} > {}", Hex(octets)),
            Step::Received(octets) => write!(f, "{at} < {}", Hex(octets)),
            Step::Line(line) => write!(f, "{at} line {line}"),
        }
    }
}

impl FromStr for Conversation {
    type Err = ConversationError;

    fn from_str(text: &str) -> Result<Self, ConversationError> {
        let mut lines = text.lines().enumerate().map(|(index, text)| (index + 1, text));
        let (_, first) = lines.next().unwrap_or((1, ""));
        if first.trim_end() != HEADER {
            let what = format!("a recording begins with `{HEADER}`");
            return Err(ConversationError { line: 1, column: 1, what });
        }
        let mut entries = Vec::new();
        let mut at = Instant::ZERO;
        for (line, text) in lines {
            let mut reader = Reader { line, text, rest: text };
            if let Some(step) = reader.line(&mut at)? {
                entries.push(Entry { at, step });
            }
        }
        Ok(Self { entries })
    }
}

/// One line, read word by word.
struct Reader<'a> {
    line: usize,
    text: &'a str,
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn line(&mut self, at: &mut Instant) -> Result<Option<Step>, ConversationError> {
        let text = self.text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        if let Some(note) = text.strip_prefix('#') {
            let note = note.strip_prefix(' ').unwrap_or(note);
            return Ok(Some(Step::Note(note.to_string())));
        }
        let word = self.word();
        let time = seconds(word)
            .ok_or_else(|| self.wrong(word, format!("`{word}` is no time in seconds")))?;
        if time < *at {
            return Err(self.wrong(word, format!("`{word}` is before the step above it")));
        }
        *at = time;
        let word = self.word();
        match word {
            ">" => self.octets().map(|octets| Some(Step::Sent(octets))),
            "<" => self.octets().map(|octets| Some(Step::Received(octets))),
            "close" => {
                let left = self.word();
                if left.is_empty() {
                    Ok(Some(Step::Close))
                } else {
                    Err(self.wrong(left, "nothing stands behind `close`".to_string()))
                }
            }
            "open" => {
                let kind = self.word().to_string();
                let rest = self.rest.trim();
                let (datagrams, name) = match rest.strip_prefix("datagrams ") {
                    Some(name) => (true, name.trim()),
                    None => (false, rest),
                };
                if kind.is_empty() || name.is_empty() {
                    return Err(self.wrong(word, "an `open` names a kind and a name".to_string()));
                }
                Ok(Some(Step::Open { kind, datagrams, name: name.to_string() }))
            }
            "line" => {
                let rest = self.rest.trim();
                let line = rest.parse().map_err(|error| self.wrong(rest, format!("{error}")))?;
                Ok(Some(Step::Line(line)))
            }
            "" => Err(self.wrong(word, "a step follows the time".to_string())),
            _ => Err(self.wrong(word, format!("`{word}` is no step of a conversation"))),
        }
    }

    fn word(&mut self) -> &'a str {
        let rest = self.rest.trim_start();
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let (word, rest) = rest.split_at(end);
        self.rest = rest;
        word
    }

    fn octets(&mut self) -> Result<Vec<u8>, ConversationError> {
        let mut octets = Vec::with_capacity(self.rest.len() / 3);
        loop {
            let word = self.word();
            if word.is_empty() {
                break;
            }
            let octet = match word.as_bytes() {
                [high, low] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                    u8::from_str_radix(word, 16).ok()
                }
                _ => None,
            };
            octets.push(
                octet.ok_or_else(|| self.wrong(word, format!("`{word}` is no octet in hex")))?,
            );
        }
        if octets.is_empty() {
            return Err(self.wrong("", "octets follow the arrow".to_string()));
        }
        Ok(octets)
    }

    /// `word` is the rest of the line before `self.rest`, or the rest itself.
    fn wrong(&self, word: &str, what: String) -> ConversationError {
        let start = word.as_ptr().addr().wrapping_sub(self.text.as_ptr().addr());
        let before = self.text.get(..start).unwrap_or(self.text);
        ConversationError { line: self.line, column: before.chars().count() + 1, what }
    }
}

/// `12.00175`: seconds, with up to six decimals.
fn seconds(text: &str) -> Option<Instant> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !is_number(whole) || !is_number(fraction) || fraction.len() > 6 {
        return None;
    }
    let micros: u64 = format!("{fraction:0<6}").parse().ok()?;
    let whole: u64 = whole.parse().ok()?;
    Some(Instant::from_micros(whole.checked_mul(1_000_000)?.checked_add(micros)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_told_with_line_and_column() {
        let says = |lines: &str| {
            format!("{HEADER}\n{lines}").parse::<Conversation>().unwrap_err().to_string()
        };
        let cases = [
            ("0.0 > 01 0G", "line 2, column 10: `0G` is no octet in hex"),
            ("0.0 > 01 234", "line 2, column 10: `234` is no octet in hex"),
            ("0.0 > 01 é", "line 2, column 10: `é` is no octet in hex"),
            ("0.0 <", "line 2, column 6: octets follow the arrow"),
            ("\n1x < 01", "line 3, column 1: `1x` is no time in seconds"),
            ("2.0 close\n1.9 close", "line 3, column 1: `1.9` is before the step above it"),
            ("2.0 shut", "line 2, column 5: `shut` is no step of a conversation"),
            ("2.0 close it", "line 2, column 11: nothing stands behind `close`"),
            ("2.0", "line 2, column 4: a step follows the time"),
            ("2.0 open Net", "line 2, column 5: an `open` names a kind and a name"),
            ("0.0000001 close", "line 2, column 1: `0.0000001` is no time in seconds"),
        ];
        for (lines, sentence) in cases {
            assert_eq!(says(lines), sentence);
        }
        assert!(says("0 line fast").starts_with("line 2, column 8: line settings are"));
        let error = "0.0 close".parse::<Conversation>().unwrap_err().to_string();
        assert_eq!(error, "line 1, column 1: a recording begins with `gurux-conversation 1`");
        assert!("".parse::<Conversation>().is_err());
    }
}
