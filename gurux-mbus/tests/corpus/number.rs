//! Numbers of other programs against exact ones.

use gurux_value::{Decimal, Measurement, Unit, Value};
use serde_json::Value as Json;

/// A number as another program printed it, from a JSON number or a text.
pub(crate) fn printed(json: &Json) -> Option<f64> {
    match json {
        Json::Number(number) => number.as_f64(),
        Json::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// Are two numbers the same, one of them printed with at most six places, or through a float?
pub(crate) fn near(printed: f64, exact: f64) -> bool {
    let slack = 0.6e-6 + exact.abs() * 2e-7;
    (printed - exact).abs() <= slack
}

/// Are two numbers the same but for the noise of a double and six places?
pub(crate) fn close(printed: f64, exact: f64) -> bool {
    let slack = 0.6e-6 + exact.abs() * 1e-12;
    (printed - exact).abs() <= slack
}

/// The number of a value.
pub(crate) fn number(value: &Value<'_>) -> Option<Decimal> {
    match value {
        Value::Flags { bits, .. } => Some(Decimal::from(*bits)),
        Value::Text(text) => text.trim().parse().ok(),
        other => other.as_decimal(),
    }
}

/// A number in a unit, in another unit; none if they measure different things.
pub(crate) fn converted(value: Decimal, from: Unit, to: Unit) -> Option<f64> {
    // Twelve places lose nothing that six places of a double could show.
    from.convert_rounded(value, to, -12).ok().map(Decimal::to_f64)
}

/// A number of a measurement in a unit. A difference of temperatures is the same in K and in °C.
pub(crate) fn scaled(measurement: &Measurement<'_>, value: Decimal, to: Unit) -> Option<f64> {
    let from = measurement.unit?;
    let degree = |unit: Unit| unit == Unit::KELVIN || unit == Unit::DEGREE_CELSIUS;
    if measurement.quantity.as_str().contains("difference") && degree(from) && degree(to) {
        return Some(value.to_f64());
    }
    converted(value, from, to)
}

/// The number of a measurement in a unit; where the unit is `None`, the plain number.
pub(crate) fn in_unit(measurement: &Measurement<'_>, unit: Option<Unit>) -> Option<f64> {
    let value = number(measurement.value.as_ref()?)?;
    match (measurement.unit, unit) {
        (Some(_), Some(to)) => scaled(measurement, value, to),
        (_, None) => Some(value.to_f64()),
        (None, Some(_)) => None,
    }
}
