//! Captures: octets from the command line, a file, standard input or a packet capture.

use std::io::Read;
use std::path::Path;

use gurux_framing::Direction;

use crate::decode::is_reception;
use crate::exit::Failure;

mod pcap;

/// How the octets are written down.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub(crate) enum Input {
    /// Hex digits, a capture in each line; `#` begins a comment.
    Hex,
    /// The octets themselves.
    Raw,
    /// A packet capture (pcap or pcapng).
    Pcap,
}

/// Octets that came one after another on one line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Capture {
    /// The line of a hex file, counted from 1.
    pub(crate) line: Option<usize>,
    /// The connection or datagram of a packet capture, as `source > destination`.
    pub(crate) stream: Option<String>,
    /// The packet of a packet capture that has its first octet, counted from 1.
    pub(crate) packet: Option<usize>,
    /// Which way the octets went, where the ports of a packet capture tell.
    pub(crate) direction: Option<Direction>,
    pub(crate) octets: Vec<u8>,
}

/// A part of the input that is no octets at all.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Unreadable {
    pub(crate) line: Option<usize>,
    pub(crate) sentence: String,
}

/// What was found in the input, in its order.
pub(crate) type Captures = Vec<Result<Capture, Unreadable>>;

/// The captures in `argument`: hex itself, the name of a file, or `-` for standard input.
pub(crate) fn captures(argument: &str, input: Option<Input>) -> Result<Captures, Failure> {
    if argument != "-" && input.is_none_or(|input| input == Input::Hex) {
        match hex_line(argument) {
            Ok(octets) => return Ok(vec![Ok(Capture::of(octets))]),
            // Nothing but hex and separators, and no file of that name: hex with a slip in it.
            Err(_) if is_reception(argument) => {
                return Ok(vec![Ok(Capture::of(argument.as_bytes().to_vec()))]);
            }
            Err(slip @ (HexError::OddDigits(_) | HexError::Empty))
                if !Path::new(argument).exists() =>
            {
                return Err(Failure::invalid(format!("`{}`: {slip}", shortened(argument))));
            }
            Err(_) => {}
        }
    }
    let octets = read(argument)?;
    match input.unwrap_or_else(|| sniff(&octets)) {
        Input::Raw => Ok(vec![Ok(Capture::of(octets))]),
        Input::Pcap => pcap::captures(&octets)
            .map_err(|reason| Failure::invalid(format!("{argument}: {reason}"))),
        Input::Hex => match std::str::from_utf8(&octets) {
            Ok(text) => Ok(hex_lines(text)),
            Err(error) => Err(Failure::invalid(format!(
                "{argument}: octet {} is no text, so this is no hex file; `--input raw` reads octets as they are",
                error.valid_up_to()
            ))),
        },
    }
}

fn read(argument: &str) -> Result<Vec<u8>, Failure> {
    if argument == "-" {
        let mut octets = Vec::new();
        std::io::stdin()
            .read_to_end(&mut octets)
            .map_err(|error| Failure::invalid(format!("standard input cannot be read: {error}")))?;
        return Ok(octets);
    }
    std::fs::read(argument).map_err(|error| {
        let name = shortened(argument);
        match (error.kind(), hex_line(argument)) {
            (std::io::ErrorKind::NotFound, Err(slip)) => {
                Failure::invalid(format!("`{name}` is neither hex ({slip}) nor the name of a file"))
            }
            _ => Failure::invalid(format!("{name} cannot be read: {error}")),
        }
    })
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// What the octets of a file look like.
fn sniff(octets: &[u8]) -> Input {
    const PCAP_MAGIC: [[u8; 4]; 5] = [
        [0xD4, 0xC3, 0xB2, 0xA1],
        [0xA1, 0xB2, 0xC3, 0xD4],
        [0x4D, 0x3C, 0xB2, 0xA1],
        [0xA1, 0xB2, 0x3C, 0x4D],
        [0x0A, 0x0D, 0x0D, 0x0A],
    ];
    if octets.first_chunk().is_some_and(|magic| PCAP_MAGIC.contains(magic)) {
        return Input::Pcap;
    }
    // Text that is not all hex is still taken for a hex file with a bad line, as long as it has a
    // good one: the error then names the line.
    let is_text =
        octets.iter().all(|&o| o == b'\t' || o == b'\n' || o == b'\r' || (0x20..0x7F).contains(&o));
    let has_hex_line = || {
        std::str::from_utf8(octets).is_ok_and(|text| {
            text.lines().any(|line| {
                let line = without_comment(line);
                !line.is_empty() && (hex_line(line).is_ok() || is_reception(line))
            })
        })
    };
    // Digits alone, however many, are meant as hex: one of them is missing.
    let is_all_digits = || {
        let is_digit = |octet: &u8| octet.is_ascii_hexdigit() || octet.is_ascii_whitespace();
        octets.iter().any(u8::is_ascii_hexdigit) && octets.iter().all(is_digit)
    };
    if is_text && (has_hex_line() || is_all_digits()) { Input::Hex } else { Input::Raw }
}

fn without_comment(line: &str) -> &str {
    line.split_once('#').map_or(line, |(before, _)| before).trim()
}

/// Each line with hex in it is a capture of its own, and so is one that a receiver of wireless M-Bus
/// wrote.
fn hex_lines(text: &str) -> Captures {
    text.lines()
        .enumerate()
        .filter_map(|(index, line)| {
            let text = without_comment(line);
            if text.is_empty() {
                return None;
            }
            let line = Some(index + 1);
            Some(match hex_line(text) {
                Ok(octets) => Ok(Capture { line, ..Capture::of(octets) }),
                Err(_) if is_reception(text) => {
                    Ok(Capture { line, ..Capture::of(text.as_bytes().to_vec()) })
                }
                Err(error) => Err(Unreadable { line, sentence: error.to_string() }),
            })
        })
        .collect()
}

/// Why a line is not hex.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub(crate) enum HexError {
    /// A character that is neither a hex digit nor a separator.
    #[error("character {column} is `{found}`, which is no hex digit")]
    NotHex { column: usize, found: char },
    /// An octet with only one digit.
    #[error("hex digits come in pairs, and here are {0}")]
    OddDigits(usize),
    #[error("there is no hex digit in it")]
    Empty,
}

/// The octets of a line of hex digits. Blanks, `:`, `-`, `,`, `_` and a `0x` before an octet
/// separate; a line `:0103...` is a Modbus ASCII frame as it is printed, and stands for its
/// characters.
pub(crate) fn hex_line(text: &str) -> Result<Vec<u8>, HexError> {
    let text = text.trim();
    if let Some(pairs) = text.strip_prefix(':')
        && !pairs.is_empty()
        && pairs.bytes().all(|b| b.is_ascii_hexdigit())
    {
        let mut octets = text.as_bytes().to_vec();
        octets.extend_from_slice(b"\r\n");
        return Ok(octets);
    }
    let mut octets = Vec::with_capacity(text.len() / 2);
    let mut high: Option<u8> = None;
    let mut digits = 0_usize;
    let mut characters = text.chars().enumerate().peekable();
    while let Some((index, found)) = characters.next() {
        if found == '0' && high.is_none() && matches!(characters.peek(), Some((_, 'x' | 'X'))) {
            characters.next();
            continue;
        }
        if matches!(found, ' ' | '\t' | ':' | '-' | ',' | '_' | ';') {
            continue;
        }
        let digit = found
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
            .ok_or(HexError::NotHex { column: index + 1, found })?;
        digits += 1;
        match high.take() {
            None => high = Some(digit << 4),
            Some(high) => octets.push(high | digit),
        }
    }
    match (high, octets.is_empty()) {
        (Some(_), _) => Err(HexError::OddDigits(digits)),
        (None, true) => Err(HexError::Empty),
        (None, false) => Ok(octets),
    }
}

/// Octets as lower-case hex digits.
pub(crate) fn to_hex(octets: &[u8]) -> String {
    use std::fmt::Write;
    octets.iter().fold(String::with_capacity(octets.len() * 2), |mut text, octet| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{octet:02x}");
        text
    })
}

/// Octets as upper-case hex digits with a blank between, as people write them.
pub(crate) fn spaced_hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02X}")).collect::<Vec<_>>().join(" ")
}

impl Capture {
    /// The two ends between which it went, whichever way.
    pub(crate) fn connection(&self) -> Option<(&str, &str)> {
        let (from, to) = self.stream.as_deref()?.split_once(" > ")?;
        Some((from.min(to), from.max(to)))
    }

    pub(crate) fn of(octets: Vec<u8>) -> Self {
        Self { line: None, stream: None, packet: None, direction: None, octets }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_usual_way_to_write_octets_is_read() {
        for text in ["0103 0a", "01:03:0A", "01-03-0a", "0x01, 0x03, 0x0A", "01 03\t0a", "01030a"] {
            assert_eq!(hex_line(text), Ok(vec![1, 3, 10]), "{text}");
        }
    }

    #[test]
    fn a_printed_ascii_frame_stands_for_its_characters() {
        assert_eq!(hex_line(":010304FF"), Ok(b":010304FF\r\n".to_vec()));
    }

    #[test]
    fn what_is_no_hex_is_said_with_its_place() {
        assert_eq!(hex_line("01 0g"), Err(HexError::NotHex { column: 5, found: 'g' }));
        assert_eq!(hex_line("010"), Err(HexError::OddDigits(3)));
        assert_eq!(hex_line(" - "), Err(HexError::Empty));
    }

    #[test]
    fn a_bad_line_does_not_lose_its_neighbours() {
        let found = hex_lines("# two frames\n0103\n\n01xx # odd\n0104\n");
        assert_eq!(found.len(), 3);
        assert_eq!(found[0].as_ref().unwrap().line, Some(2));
        assert_eq!(found[1].as_ref().unwrap_err().line, Some(4));
        assert_eq!(found[2].as_ref().unwrap().octets, [1, 4]);
    }

    #[test]
    fn a_file_is_recognised_by_what_is_in_it() {
        assert_eq!(sniff(&[0xD4, 0xC3, 0xB2, 0xA1, 2, 0]), Input::Pcap);
        assert_eq!(sniff(b"01 03\n# x\n"), Input::Hex);
        assert_eq!(sniff(&[1, 3, 0, 0]), Input::Raw);
        assert_eq!(sniff(b":0103007C00027E\r\n"), Input::Hex);
    }
}
