//! What the importers of Modbus definitions have in common: tables, types, orders of octets, times.

use std::time::Duration;

use crate::profile::{AllowedMedia, Located, NullMark, Property};

/// The table that a word means, in the words of an address here.
pub(super) fn table(word: &str) -> Option<&'static str> {
    match word {
        "holding" => Some("holding"),
        "input" => Some("input"),
        "coil" => Some("coil"),
        "discrete" => Some("discrete"),
        _ => None,
    }
}

/// The order of the octets of a value that takes so many registers, where a source names it in the way
/// of a value of two: `CDAB` of four registers is `GHEFCDAB`, of one `AB`. `None` where it is the usual one.
pub(super) fn order(named: &str, registers: u16) -> Option<Option<Located<String>>> {
    let (swaps_octets, swaps_registers) = match named.to_ascii_uppercase().as_str() {
        "" | "AB" | "ABCD" | "ABCDEFGH" => (false, false),
        "BA" => (true, false),
        "BADC" | "BADCFEHG" => (true, false),
        "CDAB" | "GHEFCDAB" => (false, true),
        "DCBA" | "HGFEDCBA" => (true, true),
        _ => return None,
    };
    let mut pairs: Vec<Vec<char>> = ('A'..='H')
        .collect::<Vec<_>>()
        .chunks(2)
        .take(registers.into())
        .map(<[char]>::to_vec)
        .collect();
    if swaps_registers {
        pairs.reverse();
    }
    if swaps_octets {
        pairs.iter_mut().for_each(|pair| pair.reverse());
    }
    let order: String = pairs.into_iter().flatten().collect();
    let is_usual = order.chars().is_sorted();
    Some((!is_usual).then(|| order.into()))
}

/// How many registers a value of this type takes; `None` for those of any length.
pub(super) fn registers(kind: &str) -> Option<u16> {
    Some(match kind {
        "U16" | "I16" | "F16" | "U8-high" | "U8-low" | "I8-high" | "I8-low" => 1,
        "U32" | "I32" | "F32" => 2,
        "U64" | "I64" | "F64" => 4,
        _ => return None,
    })
}

/// A property of this type at this address.
pub(super) fn property(name: Located<String>, table: &str, address: u16, kind: &str) -> Property {
    let place = name.place;
    Property {
        address: Located::new(format!("{table}:{address}"), place),
        kind: Located::new(kind.to_owned(), place),
        null: if kind.starts_with('F') { vec![NullMark::NaN] } else { Vec::new() },
        name,
        ..Property::default()
    }
}

/// The settings of a serial line, as media read them.
pub(super) fn serial(
    bps: Option<i128>,
    bits: Option<i128>,
    parity: Option<char>,
    stop: Option<i128>,
) -> AllowedMedia {
    let parity = parity.and_then(|parity| match parity.to_ascii_uppercase() {
        'N' => Some(0),
        'O' => Some(1),
        'E' => Some(2),
        _ => None,
    });
    let all = [("Bps", bps), ("ByteSize", bits), ("Parity", parity), ("StopBits", stop)];
    let stated = all.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let settings = stated.map(|(name, value)| (name.to_owned(), value.to_string())).collect();
    AllowedMedia { kind: "serial".to_owned(), settings }
}

/// A TCP connection, to this port if one is stated.
pub(super) fn net(port: Option<i128>) -> AllowedMedia {
    let settings = port.map(|port| ("Port".to_owned(), port.to_string())).into_iter().collect();
    AllowedMedia { kind: "net".to_owned(), settings }
}

/// Units of a span of time, in nanoseconds.
const SPANS: [(&str, u64); 7] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// A span of time as Go writes it, `1m30s` or `0.5s`, in whole milliseconds, rounded up; at most a day.
pub(super) fn go_span(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut nanos: u128 = 0;
    if rest.is_empty() {
        return None;
    }
    if rest == "0" {
        return Some(Duration::ZERO);
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) =
            rest.split_at_checked(digits).filter(|(number, _)| !number.is_empty())?;
        let end = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (unit, tail) = tail.split_at_checked(end)?;
        let factor = SPANS.iter().find(|(name, _)| *name == unit)?.1;
        let (whole, part) = number.split_once('.').unwrap_or((number, ""));
        let mut value = whole.parse::<u64>().ok().or(whole.is_empty().then_some(0))?;
        value = value.checked_mul(factor)?;
        let mut step = factor;
        for digit in part.chars() {
            step /= 10;
            value = value.checked_add(step.checked_mul(digit.to_digit(10)?.into())?)?;
        }
        nanos = nanos.checked_add(value.into())?;
        rest = tail;
    }
    let millis = u64::try_from(nanos.div_ceil(1_000_000)).ok()?;
    (millis <= 86_400_000).then(|| Duration::from_millis(millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_that_of_the_values_own_length() {
        for (named, registers, expected) in [
            ("ABCD", 1, None),
            ("ABCD", 4, None),
            ("CDAB", 1, None),
            ("CDAB", 2, Some("CDAB")),
            ("CDAB", 4, Some("GHEFCDAB")),
            ("BADC", 1, Some("BA")),
            ("DCBA", 4, Some("HGFEDCBA")),
            ("BA", 2, Some("BADC")),
        ] {
            let found = order(named, registers).unwrap().map(|order| order.value);
            assert_eq!(found.as_deref(), expected, "{named} {registers}");
        }
        assert_eq!(order("ACBD", 2), None);
    }

    #[test]
    fn spans_of_time_as_go_writes_them() {
        for (text, millis) in
            [("1s", 1_000), ("1m30s", 90_000), ("0.5s", 500), ("100us", 1), ("0", 0), ("1.5ms", 2)]
        {
            assert_eq!(go_span(text), Some(Duration::from_millis(millis)), "{text}");
        }
        for wrong in ["", "1", "s", "1.2.3s", "1 s", "99999h", "1w", "é", "1é"] {
            assert_eq!(go_span(wrong), None, "{wrong}");
        }
    }
}
