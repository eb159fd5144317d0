//! What a meter's value can be: mostly a number, but also a text, a state, a date.

use core::fmt;

use crate::datetime::DateTime;
use crate::decimal::Decimal;
use crate::text::{Octets, Text};

/// One value, borrowed from the input or owned.
///
/// A metered quantity is a [`Value::Decimal`]. Floats appear only where the meter sent a float,
/// in the width that it sent, so that their text is the shortest that reads back to the same
/// float. It prints as a reader expects it in a report; numbers exactly.
///
/// ```
/// use gurux_value::{Decimal, Text, Value};
///
/// assert_eq!(Value::from(Decimal::new(123_45, -2)).to_string(), "123.45");
/// assert_eq!(Value::Float32(230.1).to_string(), "230.1");
/// let state = Value::Code { number: 4, label: Some(Text::new("MPPT")) };
/// assert_eq!(state.to_string(), "MPPT");
/// assert_eq!(state.as_decimal(), Some(Decimal::from(4)));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value<'a> {
    /// An exact number.
    Decimal(Decimal),
    /// A float of 32 bits, as the meter sent it.
    Float32(f32),
    /// A float of 64 bits, as the meter sent it.
    Float64(f64),
    /// Yes or no.
    Bool(bool),
    /// One of a list of states.
    Code {
        /// The number that the meter sent.
        number: i64,
        /// What it stands for, where that is known.
        label: Option<Text<'a>>,
    },
    /// Bits of which each means something.
    Flags {
        /// The bits that the meter sent.
        bits: u64,
        /// The names of the set bits, where they are known.
        label: Option<Text<'a>>,
    },
    /// Characters.
    Text(Text<'a>),
    /// Octets without a further meaning here.
    Octets(Octets<'a>),
    /// A date, a time or both.
    DateTime(DateTime),
}

impl Value<'_> {
    /// The value as an exact number: decimals, codes, yes (1) and no (0), and floats as the
    /// shortest decimal that reads back to the same float. `None` for anything else and for
    /// floats that are no number.
    #[must_use]
    pub fn as_decimal(&self) -> Option<Decimal> {
        match self {
            Self::Decimal(decimal) => Some(*decimal),
            Self::Float32(float) => Decimal::from_f32_shortest(*float),
            Self::Float64(float) => Decimal::from_f64_shortest(*float),
            Self::Bool(yes) => Some(Decimal::from(u8::from(*yes))),
            Self::Code { number, .. } => Some(Decimal::from(*number)),
            Self::Flags { .. } | Self::Text(_) | Self::Octets(_) | Self::DateTime(_) => None,
        }
    }

    /// The characters, where the value is a text.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The name of the kind, as serialised: `decimal`, `float32`, `float64`, `bool`, `code`,
    /// `flags`, `text`, `octets`, `date-time`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Decimal(_) => "decimal",
            Self::Float32(_) => "float32",
            Self::Float64(_) => "float64",
            Self::Bool(_) => "bool",
            Self::Code { .. } => "code",
            Self::Flags { .. } => "flags",
            Self::Text(_) => "text",
            Self::Octets(_) => "octets",
            Self::DateTime(_) => "date-time",
        }
    }

    /// The label of a code or of flags.
    #[must_use]
    pub const fn label(&self) -> Option<&Text<'_>> {
        match self {
            Self::Code { label, .. } | Self::Flags { label, .. } => label.as_ref(),
            _ => None,
        }
    }

    /// The value as text without any label: what [`Display`](fmt::Display) prints, but the number
    /// of a code and the bits of flags.
    #[must_use]
    pub const fn without_label(&self) -> impl fmt::Display {
        Unlabelled(self)
    }

    /// The same, free of the input.
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Self::Decimal(decimal) => Value::Decimal(decimal),
            Self::Float32(float) => Value::Float32(float),
            Self::Float64(float) => Value::Float64(float),
            Self::Bool(yes) => Value::Bool(yes),
            Self::Code { number, label } => {
                Value::Code { number, label: label.map(Text::into_owned) }
            }
            Self::Flags { bits, label } => {
                Value::Flags { bits, label: label.map(Text::into_owned) }
            }
            Self::Text(text) => Value::Text(text.into_owned()),
            Self::Octets(octets) => Value::Octets(octets.into_owned()),
            Self::DateTime(moment) => Value::DateTime(moment),
        }
    }
}

impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.label() {
            Some(label) => label.fmt(f),
            None => Unlabelled(self).fmt(f),
        }
    }
}

struct Unlabelled<'v, 'a>(&'v Value<'a>);

impl fmt::Display for Unlabelled<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::Decimal(decimal) => decimal.fmt(f),
            Value::Float32(float) => match Decimal::from_f32_shortest(*float) {
                Some(decimal) => decimal.fmt(f),
                None => f.pad(name_of_no_number(f64::from(*float))),
            },
            Value::Float64(float) => match Decimal::from_f64_shortest(*float) {
                Some(decimal) => decimal.fmt(f),
                None => f.pad(name_of_no_number(*float)),
            },
            Value::Bool(yes) => yes.fmt(f),
            Value::Code { number, .. } => number.fmt(f),
            Value::Flags { bits, .. } => write!(f, "{bits:#x}"),
            Value::Text(text) => text.fmt(f),
            Value::Octets(octets) => octets.fmt(f),
            Value::DateTime(moment) => moment.fmt(f),
        }
    }
}

/// The floats that are no decimal, as Rust and others read them.
const fn name_of_no_number(float: f64) -> &'static str {
    if float.is_nan() {
        "NaN"
    } else if float > 0.0 {
        "inf"
    } else {
        "-inf"
    }
}

impl From<Decimal> for Value<'_> {
    fn from(decimal: Decimal) -> Self {
        Self::Decimal(decimal)
    }
}

impl From<f32> for Value<'_> {
    fn from(float: f32) -> Self {
        Self::Float32(float)
    }
}

impl From<f64> for Value<'_> {
    fn from(float: f64) -> Self {
        Self::Float64(float)
    }
}

impl From<bool> for Value<'_> {
    fn from(yes: bool) -> Self {
        Self::Bool(yes)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Text::new(text))
    }
}

impl<'a> From<Text<'a>> for Value<'a> {
    fn from(text: Text<'a>) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<Octets<'a>> for Value<'a> {
    fn from(octets: Octets<'a>) -> Self {
        Self::Octets(octets)
    }
}

impl From<DateTime> for Value<'_> {
    fn from(moment: DateTime) -> Self {
        Self::DateTime(moment)
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::Value;
    use crate::text::{Octets, Text};

    #[test]
    fn each_kind_prints_as_a_report_shows_it() {
        for (value, text) in [
            (Value::from(crate::Decimal::new(1_230, -2)), "12.30"),
            (Value::Float32(0.1), "0.1"),
            (Value::Float64(-1.5e-7), "-0.00000015"),
            (Value::Float64(f64::NAN), "NaN"),
            (Value::Float32(f32::NEG_INFINITY), "-inf"),
            (Value::from(true), "true"),
            (Value::Code { number: -3, label: None }, "-3"),
            (Value::Flags { bits: 0x8001, label: None }, "0x8001"),
            (Value::Flags { bits: 1, label: Some(Text::new("LEAK")) }, "LEAK"),
            (Value::from("00123"), "00123"),
            (Value::from(Octets::new(&[0xAB, 1])), "AB01"),
            (Value::DateTime("2024-02-11".parse().unwrap()), "2024-02-11"),
        ] {
            assert_eq!(value.to_string(), text);
            #[cfg(feature = "alloc")]
            assert_eq!(value.into_owned().to_string(), text);
        }
        let named = Value::Code { number: 3, label: Some(Text::new("FAULT")) };
        assert_eq!(named.without_label().to_string(), "3");
    }

    #[test]
    fn a_text_of_digits_is_no_number() {
        assert_eq!(Value::from("00123").as_decimal(), None);
        assert_eq!(Value::from("00123").as_text(), Some("00123"));
    }
}
