//! [`P1Telegram`]: the text of a customer's port, alone or inside a ciphered message.

use gurux_framing::checksum::arc;
use gurux_framing::{WireError, WireErrorKind};
use gurux_value::{ClockStatus, DateTime, Decimal, Measurement, Obis, Quality, Text, Unit, Value};

use super::values::named;

/// A telegram of a P1 port (DSMR and its relatives): an identification, lines of OBIS codes with their
/// values, and a check sum.
///
/// Meters of Luxembourg and of Styria send it inside of general-glo-ciphering, where a message of DLMS
/// would stand; others send it in clear.
///
/// ```
/// use gurux_dlms::push::P1Telegram;
///
/// let octets = b"/EST5\\253717584_A\r\n\r\n1-0:1.8.0(007112.944*kWh)\r\n1-0:32.7.0(231.4*V)\r\n!\r\n";
/// let telegram = P1Telegram::from_octets(octets)?;
/// assert_eq!(telegram.identification, "EST5\\253717584_A");
/// let told: Vec<_> = telegram.values().map(|value| value.to_string()).collect();
/// assert_eq!(told[0], "energy.active.import.total 1-0:1.8.0*255 = 7112.944 kWh");
/// assert_eq!(told[1], "voltage.l1 1-0:32.7.0*255 = 231.4 V");
/// # Ok::<(), gurux_framing::WireError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct P1Telegram<'a> {
    /// What stands behind the first `/`: three letters of the maker, a digit of the speed, and his own
    /// words.
    pub identification: &'a str,
    /// The lines, up to the `!`.
    pub lines: &'a str,
    /// Is the check sum there? It is right then. Meters before DSMR 4 have none.
    pub is_checked: bool,
}

impl<'a> P1Telegram<'a> {
    /// The telegram in these octets, and nothing else.
    ///
    /// # Errors
    /// What stands there that no telegram has, or a check sum that is wrong.
    pub fn from_octets(octets: &'a [u8]) -> Result<Self, WireError> {
        let wrong = |offset, what, expected| {
            WireError::new(offset, what, WireErrorKind::Expected(expected))
        };
        let Some((b'/', rest)) = octets.split_first() else {
            return Err(wrong(0, "telegram", "the / of a P1 telegram"));
        };
        let text = core::str::from_utf8(rest)
            .map_err(|error| wrong(error.valid_up_to().saturating_add(1), "telegram", "a text"))?;
        let Some((identification, behind)) = split(text, b'\n') else {
            return Err(wrong(octets.len(), "identification", "the end of the line"));
        };
        // The ! stands at the beginning of a line: an identification may have one of its own.
        let mark = behind.bytes().rposition(|octet| octet == b'!');
        let parted = mark.and_then(|at| behind.split_at_checked(at));
        let is_line = |lines: &str| lines.is_empty() || lines.ends_with('\n');
        let Some((lines, sum)) = parted.filter(|(lines, _)| is_line(lines)) else {
            return Err(wrong(octets.len(), "telegram", "a line that begins with !"));
        };
        let sum = sum.get(1..).unwrap_or_default();
        let sum_at = octets.len().saturating_sub(sum.len());
        let digits = sum.trim_end_matches(['\r', '\n', '\0']);
        let is_checked = !digits.is_empty();
        if is_checked {
            let given = u16::from_str_radix(digits, 16)
                .map_err(|_| wrong(sum_at, "check sum", "four hexadecimal digits"))?;
            let found = arc(octets.get(..sum_at).unwrap_or_default());
            if given != found {
                let (expected, found) = (given.into(), found.into());
                let kind = WireErrorKind::Checksum { expected, found };
                return Err(WireError::new(sum_at, "check sum", kind));
            }
        }
        let identification = identification.trim_end_matches('\r');
        Ok(Self { identification, lines, is_checked })
    }

    /// Each value, with its OBIS code and unit. A line that is none, as the parts of a long one, is left
    /// out.
    #[must_use]
    pub const fn values(&self) -> P1Values<'a> {
        P1Values { rest: self.lines }
    }

    /// When the telegram was made: local time, as the line 0-0:1.0.0 says.
    #[must_use]
    pub fn time(&self) -> Option<DateTime> {
        self.values().find_map(|value| match (value.obis?.groups(), value.value) {
            ([0, _, 1, 0, 0, _], Some(Value::DateTime(time))) => Some(time),
            _ => None,
        })
    }
}

/// The values of a [`P1Telegram`].
#[derive(Clone, Debug)]
pub struct P1Values<'a> {
    rest: &'a str,
}

impl<'a> Iterator for P1Values<'a> {
    type Item = Measurement<'a>;

    fn next(&mut self) -> Option<Measurement<'a>> {
        loop {
            if self.rest.is_empty() {
                return None;
            }
            let (line, rest) = split(self.rest, b'\n').unwrap_or((self.rest, ""));
            self.rest = rest;
            if let Some(value) = value(line.trim()) {
                return Some(value);
            }
        }
    }
}

/// A line: an OBIS code, and its values in parentheses.
fn value(line: &str) -> Option<Measurement<'_>> {
    let (obis, groups) = split(line, b'(')?;
    let obis: Obis = obis.parse().ok()?;
    let (first, behind) = split(groups, b')')?;
    let mut measurement = named(Some(obis));
    let second = behind.strip_prefix('(').and_then(|behind| split(behind, b')'));
    let (time_of, said) = match (time(first), second) {
        // A meter behind this one: when it was read, and what.
        (Some(time), Some((said, ""))) => (Some(time), said),
        _ => (None, first),
    };
    measurement.time = time_of;
    if said.is_empty() {
        return Some(measurement.without_value(Quality::MISSING));
    }
    let (number, unit) = match split(said, b'*') {
        Some((number, unit)) => (number, Some(unit)),
        None => (said, None),
    };
    measurement.unit = unit.and_then(|unit| unit.parse::<Unit>().ok());
    let is_clock = matches!(obis.groups(), [0, _, 1, 0, 0, _]);
    measurement.value = Some(match (time(said).filter(|_| is_clock), number.parse::<Decimal>()) {
        (Some(time), _) => Value::DateTime(time),
        (None, Ok(number)) if unit.is_some() || !is_text(obis) => Value::Decimal(number),
        _ => Value::Text(text_of(said)),
    });
    Some(measurement)
}

/// What stands in front of the first such octet, and behind it. (What the standard library has for it
/// can panic, as far as a compiler sees.)
fn split(text: &str, at: u8) -> Option<(&str, &str)> {
    let (before, behind) = text.split_at_checked(text.bytes().position(|octet| octet == at)?)?;
    Some((before, behind.get(1..)?))
}

/// Is it a name or a message, which may be of digits alone? Identifiers (0-n:96.1.x, 0-0:42.0.0),
/// messages (0-0:96.13.x), the tariff that is in use (0-0:96.14.0).
fn is_text(obis: Obis) -> bool {
    matches!(obis.groups(), [0, _, 96, 1 | 13 | 14, ..] | [0, _, 42, 0, ..])
}

/// A text, whose characters are mostly written as two hexadecimal digits each.
fn text_of(said: &str) -> Text<'_> {
    let digit = |octet: u8| char::from(octet).to_digit(16);
    let chars = said.as_bytes().chunks(2).map(|pair| match pair {
        &[high, low] => {
            let code = digit(high)?.checked_mul(16)?.checked_add(digit(low)?)?;
            char::from_u32(code).filter(|c| (' '..='~').contains(c))
        }
        _ => None,
    });
    // Digits alone in pairs like 30 or 41 may be meant as they stand; so short a name is none.
    let is_coded = said.len() >= 8 && chars.clone().all(|c| c.is_some());
    let coded = is_coded.then(|| Text::collect(chars.flatten())).flatten();
    coded.unwrap_or(Text::new(said))
}

/// YYMMDDhhmmss, and S in summer, W in winter: local time.
fn time(text: &str) -> Option<DateTime> {
    let (digits, season) = text.split_at_checked(12)?;
    let status = match season {
        "S" => ClockStatus::DAYLIGHT_SAVING,
        "W" | "" => ClockStatus::OK,
        _ => return None,
    };
    let two = |at: usize| -> Option<u8> {
        let pair = digits.get(at..at.checked_add(2)?)?;
        pair.bytes().all(|octet| octet.is_ascii_digit()).then(|| pair.parse().ok())?
    };
    let year = u16::from(two(0)?).checked_add(2000)?;
    let time = DateTime::UNKNOWN.with_date(year, two(2)?, two(4)?)?;
    Some(time.with_time(two(6)?, two(8)?, two(10)?)?.with_status(status))
}

#[cfg(test)]
mod tests {
    use std::format;
    use std::string::{String, ToString};
    use std::vec::Vec;

    use super::*;

    const LINES: &str = "/KFM5KAIFA-METER\r\n\r\n1-3:0.2.8(50)\r\n0-0:1.0.0(230817152425S)\r\n\
        0-0:96.1.1(4B384547303034303436333935353037)\r\n1-0:1.8.1(007112.944*kWh)\r\n\
        0-0:96.14.0(0002)\r\n1-0:99.97.0(1)(0-0:96.7.19)(000101000001W)(2147483647*s)\r\n\
        0-1:24.2.1(230817150000S)(00123.456*m3)\r\n0-0:96.13.0()\r\n1-0:21.7.0(00.193*kW)\r\nodd\r\n!";

    fn telegram() -> String {
        format!("{LINES}{:04X}\r\n", arc(LINES.as_bytes()))
    }

    #[test]
    fn each_line_is_a_value() {
        let text = telegram();
        let telegram = P1Telegram::from_octets(text.as_bytes()).unwrap();
        assert!(telegram.is_checked);
        assert_eq!(telegram.identification, "KFM5KAIFA-METER");
        assert_eq!(telegram.time().unwrap().to_string(), "2023-08-17T15:24:25");
        let told = telegram.values().map(|value| {
            let obis = value.obis.unwrap();
            let unit = value.unit.map(|unit| unit.to_string()).unwrap_or_default();
            let text = value.value.map(|value| value.to_string()).unwrap_or_default();
            let time = value.time.map(|time| time.to_string()).unwrap_or_default();
            format!("{obis} {text} {unit} {time}").trim_end().to_string()
        });
        assert_eq!(
            told.collect::<Vec<_>>(),
            [
                "1-3:0.2.8*255 50",
                "0-0:1.0.0*255 2023-08-17T15:24:25",
                "0-0:96.1.1*255 K8EG004046395507",
                "1-0:1.8.1*255 7112.944 kWh",
                "0-0:96.14.0*255 0002",
                "1-0:99.97.0*255 1",
                "0-1:24.2.1*255 123.456 m³ 2023-08-17T15:00:00",
                "0-0:96.13.0*255",
                "1-0:21.7.0*255 0.193 kW",
            ]
        );
    }

    #[test]
    fn what_is_no_telegram_is_refused_where_it_is_wrong() {
        let good = telegram();
        for at in 0..good.len() - 2 {
            let mut spoilt = good.clone().into_bytes();
            spoilt[at] ^= 1;
            assert!(P1Telegram::from_octets(&spoilt).is_err(), "{at}");
        }
        let offset = |octets: &[u8]| P1Telegram::from_octets(octets).unwrap_err().offset;
        assert_eq!(offset(b""), 0);
        assert_eq!(offset(b"x"), 0);
        assert_eq!(offset(b"/abc\xFF"), 4);
        assert_eq!(offset(b"/abc\r\n1-0:1.8.0(1)\r\n"), 20);
        assert_eq!(offset(b"/abc\r\n!XYZ\r\n"), 7);
    }

    #[test]
    fn a_telegram_without_a_sum_is_read_and_said_to_be_unchecked() {
        let telegram = P1Telegram::from_octets(b"/ISk5\r\n1-0:1.8.0(1*kWh)\r\n!\r\n").unwrap();
        assert!(!telegram.is_checked);
        assert_eq!(telegram.values().count(), 1);
    }
}
