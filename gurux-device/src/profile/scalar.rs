//! The small values of a profile's attributes, each read from its text and printed as it reads.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// The identity of a profile: 128 bits, written `8-4-4-4-12` in hex.
///
/// ```
/// use gurux_device::profile::Guid;
///
/// let guid: Guid = "1B4E28BA-2FA1-11D2-883F-0016D3CCA427".parse()?;
/// assert_eq!(guid.to_string(), "1b4e28ba-2fa1-11d2-883f-0016d3cca427");
/// # Ok::<(), &'static str>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Guid(pub u128);

impl FromStr for Guid {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const EXPECTED: &str = "a GUID, like 1b4e28ba-2fa1-11d2-883f-0016d3cca427";
        let groups: Vec<&str> = text.split('-').collect();
        let lengths = groups.iter().map(|group| group.len());
        let hex = |group: &&str| group.bytes().all(|octet| octet.is_ascii_hexdigit());
        if !lengths.eq([8, 4, 4, 4, 12]) || !groups.iter().all(hex) {
            return Err(EXPECTED);
        }
        u128::from_str_radix(&groups.concat(), 16).map(Self).map_err(|_| EXPECTED)
    }
}

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |shift: u32, bits: u32| (self.0 >> shift) & ((1 << bits) - 1);
        let (a, b, c) = (part(96, 32), part(80, 16), part(64, 16));
        write!(f, "{a:08x}-{b:04x}-{c:04x}-{:04x}-{:012x}", part(48, 16), part(0, 48))
    }
}

/// The version of a profile, `1.2.0`: a new last number mends, a new middle one adds, a new first
/// one changes what was there.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Version {
    /// First number: changes what was there.
    pub major: u32,
    /// Middle number: adds.
    pub minor: u32,
    /// Last number: mends.
    pub patch: u32,
}

impl FromStr for Version {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const EXPECTED: &str = "three numbers, like 1.0.0";
        let mut numbers = text.split('.').map(number::<u32>);
        let mut next = || numbers.next().flatten().ok_or(EXPECTED);
        let version = Self { major: next()?, minor: next()?, patch: next()? };
        if numbers.next().is_some() { Err(EXPECTED) } else { Ok(version) }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

/// A raw value that means "there is none": the `Null` of a property.
///
/// An integer is compared with the raw value as the device sends it, as a signed or an unsigned
/// number of its width, whichever fits (`0xFFFF` and `-1` are one mark of a 16-bit value).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum NullMark {
    /// This integer.
    Integer(i128),
    /// Any NaN of a floating-point value.
    NaN,
    /// A text or string of octets that is empty once padding is taken off.
    Empty,
}

impl FromStr for NullMark {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "NaN" => Ok(Self::NaN),
            "empty" => Ok(Self::Empty),
            _ => match integer(text) {
                Some(value) => Ok(Self::Integer(value)),
                None => Err("integers (0xFFFF, -32768), NaN or empty, with blanks between"),
            },
        }
    }
}

impl fmt::Display for NullMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(value @ 16..) => write!(f, "{value:#X}"),
            Self::Integer(value) => value.fmt(f),
            Self::NaN => f.write_str("NaN"),
            Self::Empty => f.write_str("empty"),
        }
    }
}

/// Digits only, no sign: what `u32::from_str` takes besides (`+1`) is no number here.
pub(crate) fn number<T: FromStr>(text: &str) -> Option<T> {
    let digits = !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

/// An integer in decimal or, after `0x`, in hex, with a sign in front or none.
pub(crate) fn integer(text: &str) -> Option<i128> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let value = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(hex) if hex.bytes().all(|octet| octet.is_ascii_hexdigit()) => {
            i128::from_str_radix(hex, 16).ok()?
        }
        Some(_) => return None,
        None => number(digits)?,
    };
    if negative { value.checked_neg() } else { Some(value) }
}

/// Units of a span of time, the longest first.
const SPANS: [(&str, u64); 5] =
    [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// A span of time: a number and `ms`, `s`, `m`, `h` or `d`.
pub(crate) fn span(text: &str) -> Result<Duration, &'static str> {
    const EXPECTED: &str = "a number and ms, s, m, h or d, like 15m";
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (count, unit) = text.split_at_checked(digits).ok_or(EXPECTED)?;
    let millis = SPANS.iter().find(|(name, _)| *name == unit).ok_or(EXPECTED)?.1;
    let millis = number::<u64>(count).and_then(|count| count.checked_mul(millis));
    millis.map(Duration::from_millis).ok_or(EXPECTED)
}

/// The shortest text that [`span`] reads as this time.
pub(crate) fn print_span(time: Duration) -> String {
    let millis = time.as_millis();
    let whole = |(_, unit): &&(&str, u64)| millis.is_multiple_of(u128::from(*unit));
    let (name, unit) = SPANS.iter().find(whole).copied().unwrap_or(("ms", 1));
    format!("{}{name}", millis / u128::from(unit))
}

/// Octets in hex, with blanks between or none.
pub(crate) fn octets(text: &str) -> Result<Vec<u8>, &'static str> {
    const EXPECTED: &str = "pairs of hex digits, like 01 03 00 0A";
    let digits: Vec<u32> = text
        .chars()
        .filter(|c| *c != ' ')
        .map(|c| c.to_digit(16))
        .collect::<Option<_>>()
        .ok_or(EXPECTED)?;
    let (pairs, rest) = digits.as_chunks::<2>();
    if pairs.is_empty() || !rest.is_empty() {
        return Err(EXPECTED);
    }
    Ok(pairs.iter().map(|[high, low]| (high << 4 | low) as u8).collect())
}

/// Octets as pairs of hex digits with blanks between.
pub(crate) fn print_octets(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02X}")).collect::<Vec<_>>().join(" ")
}

/// Does `text` fit `pattern`, where `*` stands for any characters and `?` for one?
///
/// No backtracking beyond the last `*`: the time is at most the product of the two lengths.
pub(crate) fn fits(pattern: &str, text: &str) -> bool {
    let (mut pattern, mut text) = (pattern.chars(), text.chars());
    let mut retry = None;
    loop {
        let here = text.clone();
        match (pattern.next(), text.next()) {
            (None, None) => return true,
            (Some('*'), _) => {
                retry = Some((pattern.clone(), here.clone()));
                text = here;
            }
            (Some(wanted), Some(found)) if wanted == '?' || wanted == found => {}
            _ => match &mut retry {
                Some((after_star, from)) => {
                    if from.next().is_none() {
                        return false;
                    }
                    (pattern, text) = (after_star.clone(), from.clone());
                }
                None => return false,
            },
        }
    }
}

/// Characters in a name.
pub(crate) const MAX_NAME: usize = 64;

/// A name: letters, digits, `_`, `-` and `.`, at most 64 of them, the first a letter or `_`.
pub(crate) fn is_name(text: &str) -> bool {
    let first = |c: char| c.is_ascii_alphabetic() || c == '_';
    let rest = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    text.len() <= MAX_NAME && text.starts_with(first) && text.chars().all(rest)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Guid, NullMark, Version, fits, integer, is_name, octets, print_span, span};

    #[test]
    fn guid_needs_its_five_groups() {
        let text = "1b4e28ba-2fa1-11d2-883f-0016d3cca427";
        assert_eq!(text.parse::<Guid>().unwrap().to_string(), text);
        assert!("1b4e28ba2fa111d2883f0016d3cca427".parse::<Guid>().is_err());
        assert!("+b4e28ba-2fa1-11d2-883f-0016d3cca427".parse::<Guid>().is_err());
        assert_eq!(Guid(1).to_string(), "00000000-0000-0000-0000-000000000001");
    }

    #[test]
    fn version_has_three_numbers() {
        assert_eq!("1.20.3".parse(), Ok(Version { major: 1, minor: 20, patch: 3 }));
        for wrong in ["1.2", "1.2.3.4", "1.2.x", "1.+2.3", "", "1.2.3-beta"] {
            assert!(wrong.parse::<Version>().is_err(), "{wrong}");
        }
        assert!("1.10.0".parse::<Version>() > "1.9.9".parse());
    }

    #[test]
    fn integers_in_both_bases() {
        assert_eq!(integer("0xFFFF"), Some(65_535));
        assert_eq!(integer("-32768"), Some(-32_768));
        for wrong in ["", "-", "0x", "0x-1", "--1", "+1", "1.0", "0xG"] {
            assert_eq!(integer(wrong), None, "{wrong}");
        }
        assert_eq!(integer(&"9".repeat(60)), None);
    }

    #[test]
    fn null_marks_print_as_they_read() {
        for text in ["0xFFFF", "-32768", "0", "NaN", "empty"] {
            assert_eq!(text.parse::<NullMark>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn spans_of_time() {
        assert_eq!(span("15m"), Ok(Duration::from_secs(900)));
        assert_eq!(span("250ms"), Ok(Duration::from_millis(250)));
        for wrong in ["15", "m", "", "1.5h", "15 m", "1w", "99999999999999999999d", "é1"] {
            assert!(span(wrong).is_err(), "{wrong}");
        }
        for (millis, text) in [(0, "0d"), (1, "1ms"), (90_000, "90s"), (86_400_000, "1d")] {
            assert_eq!(print_span(Duration::from_millis(millis)), text);
            assert_eq!(span(text), Ok(Duration::from_millis(millis)));
        }
    }

    #[test]
    fn octets_in_hex() {
        assert_eq!(octets("01 03 fF"), Ok(vec![1, 3, 255]));
        for wrong in ["", "1", "01 0", "0x01", "zz"] {
            assert!(octets(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn patterns() {
        for (pattern, text) in [
            ("*", ""),
            ("SIM*", "SIM-1"),
            ("*-?", "a-b-c"),
            ("a*b*c", "aXbYbZc"),
            ("", ""),
            ("é?", "éx"),
        ] {
            assert!(fits(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("", "x"), ("?", ""), ("SIM?", "SIM"), ("a*b", "abc"), ("A", "a")] {
            assert!(!fits(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn names() {
        assert!(is_name("voltage_l1") && is_name("A.b-c"));
        for wrong in ["", "1a", "a b", "ä", "-a"] {
            assert!(!is_name(wrong), "{wrong}");
        }
        assert!(!is_name(&"a".repeat(65)));
    }
}
