//! The simple fields, from their text.

use alloc::vec::Vec;

use super::XmlError;
use super::element::Element;

/// Octets from hexadecimal digits, with blanks between them or without.
pub(crate) fn hex(element: &Element<'_>) -> Result<Vec<u8>, XmlError> {
    let mut octets = Vec::with_capacity(element.text.len() / 2);
    let mut high = None;
    for c in element.text.chars().filter(|c| !c.is_whitespace()) {
        let digit = c.to_digit(16).ok_or(element.wrong("hexadecimal digits"))? as u8;
        match high.take() {
            None => high = Some(digit << 4),
            Some(high) => octets.push(high | digit),
        }
    }
    if high.is_some() { Err(element.wrong("an even number of digits")) } else { Ok(octets) }
}

/// A number.
pub(crate) fn number<T: core::str::FromStr>(element: &Element<'_>) -> Result<T, XmlError> {
    element.text.trim().parse().map_err(|_| element.wrong("a number in its range"))
}

/// `true` or `false`.
pub(crate) fn flag(element: &Element<'_>) -> Result<bool, XmlError> {
    match element.text.trim() {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(element.wrong("true or false")),
    }
}

/// A code by its name, or by its number.
pub(crate) fn code<T: Copy + From<u8>>(
    element: &Element<'_>,
    all: &[T],
    name: impl Fn(T) -> Option<&'static str>,
) -> Result<T, XmlError> {
    let text = element.text.trim();
    match named(text, all, name) {
        Some(code) => Ok(code),
        None => number::<u8>(element)
            .map(T::from)
            .map_err(|_| element.wrong("a name of the standard, or a number")),
    }
}

/// The code of this name.
pub(crate) fn named<T: Copy>(
    text: &str,
    all: &[T],
    name: impl Fn(T) -> Option<&'static str>,
) -> Option<T> {
    all.iter().copied().find(|code| name(*code) == Some(text))
}
