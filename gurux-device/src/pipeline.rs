//! From a raw value to a measurement and back: the same for all protocols.
//!
//! ```text
//! raw --times Scale, times ten to the power of ScaleBy, plus Offset--> value
//!     --Values--> named value --Minimum, Maximum--> quality
//! ```
//!
//! Order of octets, width and marks of absence lie below, with the protocol. All arithmetic is
//! exact; what does not fit is no value, and the quality says so.

use gurux_value::{Decimal, Measurement, Octets, Quality, Quantity, Text, Value};

use crate::driver::{Raw, Shape};
use crate::item::Item;
use crate::profile::{Property, Severity, ValueRows, ValueTable, integer};

/// A power of ten by which a property is scaled, as another property told it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Power {
    /// The property is not scaled by another.
    None,
    /// The power.
    Ten(i16),
    /// The other property has no usable value.
    Missing,
}

impl Power {
    /// The power that the value of a scale factor property states.
    pub(crate) fn of(value: Option<&Value<'_>>) -> Self {
        let power = value.and_then(Value::as_decimal).and_then(Decimal::to_i128);
        // SunSpec's factors go from -10 to 10; a mantissa of 38 digits has no use for more.
        match power.and_then(|power| i16::try_from(power).ok()) {
            Some(power @ -38..=38) => Self::Ten(power),
            _ => Self::Missing,
        }
    }
}

/// The measurement of an item, and how much its value matters.
pub(crate) fn measure(
    item: &Item,
    table: Option<&ValueTable>,
    power: Power,
    raw: &Raw,
) -> (Measurement<'static>, Option<Severity>) {
    let property = &item.property;
    let told = &raw.told;
    let mut blank = blank(item)
        .with_function(told.function)
        .with_storage(told.storage)
        .with_tariff(told.tariff)
        .with_subunit(told.subunit)
        .with_quality(raw.quality);
    blank.unit = property.unit.or(told.unit);
    blank.time = told.time;
    let Some(value) = &raw.value else {
        let why = if raw.quality.is_bad() { Quality::GOOD } else { Quality::MISSING };
        return (blank.without_value(why), None);
    };
    let Some(value) = scaled(property, power, value) else {
        return (blank.without_value(Quality::INVALID), None);
    };
    let (value, severity) = match table {
        Some(table) => named(table, value),
        None => (value, None),
    };
    let number = value.as_decimal();
    let below = property.minimum.is_some_and(|minimum| number.is_some_and(|n| n < minimum));
    let above = property.maximum.is_some_and(|maximum| number.is_some_and(|n| n > maximum));
    let quality = raw.quality.with_if(below || above, Quality::SUSPECT_RANGE);
    let measurement = match blank.unit {
        Some(unit) => blank.with_value(value, unit),
        None => blank.with_plain_value(value),
    };
    (measurement.with_quality(quality), severity)
}

/// The measurement of an item without its value.
pub(crate) fn blank(item: &Item) -> Measurement<'static> {
    let property = &item.property;
    let known = property.obis.and_then(Quantity::from_obis);
    let quantity = match &property.quantity {
        Some(word) => Quantity::from(Text::from(word.value.clone())),
        None => known.unwrap_or_else(|| Text::from(property.name.value.clone()).into()),
    };
    let mut blank = Measurement::new(quantity);
    blank.obis = property.obis;
    blank.unit = property.unit;
    blank
}

/// The value in its unit; `None` where it has no exact form.
fn scaled(property: &Property, power: Power, value: &Value<'static>) -> Option<Value<'static>> {
    let power = match power {
        Power::None if property.scale.is_none() && property.offset.is_none() => {
            return Some(value.clone());
        }
        Power::None => 0,
        Power::Ten(power) => power,
        Power::Missing => return None,
    };
    let number = value.as_decimal()?;
    let number = match property.scale {
        Some(scale) => number.checked_mul(scale)?,
        None => number,
    };
    let number = number.scaled(power)?;
    let number = match property.offset {
        Some(offset) => number.checked_add(offset)?,
        None => number,
    };
    Some(number.into())
}

/// The value with its name, and how much it matters.
fn named(table: &ValueTable, value: Value<'static>) -> (Value<'static>, Option<Severity>) {
    let Some(number) = value.as_decimal().and_then(Decimal::to_i128) else {
        return (value, None);
    };
    let default = || table.default.clone().map(Text::from);
    match &table.rows {
        ValueRows::Enum(items) => {
            let Ok(code) = i64::try_from(number) else { return (value, None) };
            let row = items.iter().find(|item| item.device_value.value == number);
            let label = match row {
                Some(item) => Some(Text::from(item.ui_value.value.clone())),
                None => default(),
            };
            (Value::Code { number: code, label }, row.map(|item| item.severity))
        }
        ValueRows::Flags(flags) => {
            let Ok(bits) = u64::try_from(number) else { return (value, None) };
            let set: Vec<_> = flags.iter().filter(|flag| bits & *flag.mask != 0).collect();
            let mut names: Vec<String> = set.iter().map(|flag| flag.name.value.clone()).collect();
            // A bit without a name is not passed over.
            let unnamed = flags.iter().fold(bits, |rest, flag| rest & !*flag.mask);
            if unnamed != 0 {
                names.push(format!("{unnamed:#x}"));
            }
            let label =
                if names.is_empty() { default() } else { Some(Text::from(names.join(","))) };
            let severity = set.iter().map(|flag| flag.severity).max();
            (Value::Flags { bits, label }, severity)
        }
    }
}

/// The value that a person means by `text`.
///
/// # Errors
/// What is expected instead, as the end of a sentence.
pub(crate) fn parse(
    item: &Item,
    table: Option<&ValueTable>,
    shape: Shape,
    text: &str,
) -> Result<Value<'static>, String> {
    if let Some(table) = table {
        return parse_named(table, text);
    }
    let scaled = item.property.scale.is_some()
        || item.property.offset.is_some()
        || item.property.scale_by.is_some();
    match shape {
        Shape::Bool if !scaled => match text {
            "true" | "on" | "1" => Ok(Value::Bool(true)),
            "false" | "off" | "0" => Ok(Value::Bool(false)),
            _ => Err("true or false is expected".to_owned()),
        },
        Shape::Text(_) => Ok(Value::Text(Text::from(text.to_owned()))),
        Shape::Octets(_) => {
            let octets = crate::profile::octets(text).map_err(|e| format!("{e} is expected"))?;
            Ok(Value::Octets(Octets::from(octets)))
        }
        Shape::DateTime => text
            .parse()
            .map(Value::DateTime)
            .map_err(|_| "a date and time is expected, like 2026-11-22T14:30".to_owned()),
        Shape::Bool | Shape::Integer(..) | Shape::Steps(..) | Shape::Float => {
            let number = text.parse::<Decimal>().ok();
            let number = number.or_else(|| integer(text).map(|number| Decimal::new(number, 0)));
            number.map(Value::Decimal).ok_or_else(|| "a number is expected".to_owned())
        }
    }
}

fn parse_named(table: &ValueTable, text: &str) -> Result<Value<'static>, String> {
    match &table.rows {
        ValueRows::Enum(items) => {
            let row = items.iter().find(|item| *item.ui_value == text);
            let row = row.or_else(|| {
                let number = integer(text)?;
                items.iter().find(|item| item.device_value.value == number)
            });
            let Some(row) = row else {
                let names: Vec<&str> = items.iter().map(|item| item.ui_value.as_str()).collect();
                return Err(format!("one of {} is expected", names.join(", ")));
            };
            let label = Some(Text::from(row.ui_value.value.clone()));
            match i64::try_from(row.device_value.value) {
                Ok(number) => Ok(Value::Code { number, label }),
                Err(_) => Ok(Value::Decimal(Decimal::new(row.device_value.value, 0))),
            }
        }
        ValueRows::Flags(flags) => {
            let mut bits = 0;
            for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
                let flag = flags.iter().find(|flag| *flag.name == name).map(|flag| *flag.mask);
                let number = || integer(name).and_then(|number| u64::try_from(number).ok());
                let none = table.default.as_deref() == Some(name);
                bits |= match flag.or_else(number) {
                    Some(mask) => mask,
                    None if none => 0,
                    None => {
                        let names: Vec<&str> = flags.iter().map(|f| f.name.as_str()).collect();
                        return Err(format!(
                            "names of {} with commas between are expected",
                            names.join(", ")
                        ));
                    }
                };
            }
            Ok(named(table, Decimal::from(bits).into()).0)
        }
    }
}

/// The raw value that stands for `value`.
///
/// # Errors
/// What is wrong with the value, as a clause.
pub(crate) fn raw(
    item: &Item,
    table: Option<&ValueTable>,
    power: Power,
    value: &Value<'static>,
) -> Result<Value<'static>, String> {
    let property = &item.property;
    match value {
        Value::Flags { bits, .. } => return Ok(Decimal::from(*bits).into()),
        Value::Text(text) if table.is_some() => {
            let table = table.map(|table| parse_named(table, text)).transpose()?;
            return match table {
                Some(named) => raw(item, None, power, &named),
                None => Ok(value.clone()),
            };
        }
        Value::Text(_) | Value::Octets(_) | Value::DateTime(_) => return Ok(value.clone()),
        _ => {}
    }
    let Some(number) = value.as_decimal() else {
        return Err(format!("a value of kind {} cannot be written", value.kind()));
    };
    if let Some(minimum) = property.minimum.filter(|minimum| number < *minimum) {
        return Err(format!("the least value is {minimum}"));
    }
    if let Some(maximum) = property.maximum.filter(|maximum| number > *maximum) {
        return Err(format!("the greatest value is {maximum}"));
    }
    if let (Some(ValueTable { rows: ValueRows::Enum(items), .. }), Some(code)) =
        (table, number.to_i128())
        && !items.iter().any(|item| item.device_value.value == code)
    {
        return Err(format!("{code} is none of the values that the profile names"));
    }
    let power = match power {
        Power::None if property.scale.is_none() && property.offset.is_none() => {
            return Ok(value.clone());
        }
        Power::None => 0,
        Power::Ten(power) => power,
        Power::Missing => return Err("its scale factor cannot be read".to_owned()),
    };
    unscaled(property, power, number)
        .map(Value::Decimal)
        .ok_or_else(|| "it lies between the steps of the scale".to_owned())
}

fn unscaled(property: &Property, power: i16, number: Decimal) -> Option<Decimal> {
    let number = match property.offset {
        Some(offset) => number.checked_sub(offset)?,
        None => number,
    };
    let number = number.scaled(power.checked_neg()?)?;
    match property.scale {
        Some(scale) => number.checked_div(scale),
        None => Some(number),
    }
}
