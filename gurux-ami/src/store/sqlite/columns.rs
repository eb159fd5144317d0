//! What a value is in columns, and what columns are as a value.

use std::collections::HashMap;
use std::sync::Arc;

use gurux_device::Source;
use gurux_value::{DateTime, Decimal, Octets, Text, Value};

use crate::capture::to_hex;

/// The numbers of what has been seen: devices, polls and series.
#[derive(Default, Debug)]
pub(super) struct Keys {
    pub(super) devices: HashMap<Arc<str>, i64>,
    pub(super) polls: HashMap<(Arc<str>, Arc<str>), i64>,
    /// By device; then property and unit.
    pub(super) series: HashMap<i64, HashMap<(String, String), i64>>,
}

/// A value as the columns kind, raw, exp, value and text.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Columns {
    pub(super) kind: i64,
    pub(super) raw: Option<i64>,
    pub(super) exp: Option<i64>,
    pub(super) value: Option<f64>,
    pub(super) text: Option<String>,
}

impl Columns {
    pub(super) fn of(value: Option<&Value<'_>>) -> Self {
        match value {
            None => Self::default(),
            Some(Value::Decimal(decimal)) => Self::of_decimal(*decimal),
            Some(Value::Float32(float)) => Self::of_float(2, f64::from(*float)),
            Some(Value::Float64(float)) => Self::of_float(3, *float),
            Some(Value::Bool(bool)) => {
                let value = Some(f64::from(u8::from(*bool)));
                Self { kind: 4, raw: Some(i64::from(*bool)), value, ..Self::default() }
            }
            Some(Value::Code { number, label }) => {
                let value = Decimal::from(*number).to_f64();
                let text = label.as_ref().map(ToString::to_string);
                Self { kind: 5, raw: Some(*number), value: Some(value), text, ..Self::default() }
            }
            Some(Value::Flags { bits, label }) => {
                let text = label.as_ref().map(ToString::to_string);
                Self { kind: 6, raw: Some(bits.cast_signed()), text, ..Self::default() }
            }
            Some(Value::Text(text)) => Self::of_text(7, text.to_string()),
            Some(Value::Octets(octets)) => Self::of_text(8, to_hex(octets)),
            Some(Value::DateTime(time)) => Self::of_text(9, time.to_string()),
            // A kind that came later than this program's forms.
            Some(other) => Self::of_text(7, other.to_string()),
        }
    }

    fn of_decimal(decimal: Decimal) -> Self {
        let raw = i64::try_from(decimal.mantissa()).ok();
        let text = if raw.is_none() { Some(decimal.to_string()) } else { None };
        let exp = raw.map(|_| i64::from(decimal.exponent()));
        Self { kind: 1, raw, exp, value: Some(decimal.to_f64()), text }
    }

    /// SQLite takes a float that is no number for NULL: such a one is kept by its bits.
    fn of_float(kind: i64, float: f64) -> Self {
        if float.is_nan() {
            let raw = Some(float.to_bits().cast_signed());
            return Self { kind, raw, ..Self::default() };
        }
        Self { kind, value: Some(float), ..Self::default() }
    }

    fn of_text(kind: i64, text: String) -> Self {
        Self { kind, text: Some(text), ..Self::default() }
    }

    /// The value; `None` where there is none, or where somebody else wrote what makes none.
    pub(super) fn into_value(self) -> Option<Value<'static>> {
        let float = || self.value.or_else(|| Some(f64::from_bits(self.raw?.cast_unsigned())));
        let label = |text: Option<String>| text.map(Text::from);
        Some(match self.kind {
            1 => match (self.raw, self.exp, &self.text) {
                (Some(raw), Some(exp), _) => {
                    Decimal::new(raw.into(), i16::try_from(exp).ok()?).into()
                }
                (_, _, Some(text)) => text.parse::<Decimal>().ok()?.into(),
                _ => return None,
            },
            #[expect(clippy::cast_possible_truncation, reason = "it was one of 32 bits")]
            2 => (float()? as f32).into(),
            3 => float()?.into(),
            4 => (self.raw? != 0).into(),
            5 => Value::Code { number: self.raw?, label: label(self.text) },
            6 => Value::Flags { bits: self.raw?.cast_unsigned(), label: label(self.text) },
            7 => Text::from(self.text?).into(),
            8 => Octets::from(octets(&self.text?)?).into(),
            9 => self.text?.parse::<DateTime>().ok()?.into(),
            _ => return None,
        })
    }
}

pub(super) const fn source(source: Source) -> i64 {
    match source {
        Source::ReadBack => 1,
        Source::Captured => 2,
        _ => 0,
    }
}

/// What [`to_hex`] wrote.
fn octets(text: &str) -> Option<Vec<u8>> {
    let digit = |place: usize| text.get(place..place.checked_add(2)?);
    let digits = (0..text.len()).step_by(2).map(digit);
    digits.map(|digits| u8::from_str_radix(digits?, 16).ok()).collect()
}
