//! What is known of `values.jsonl`: registers, type and order on one side, the value on the other.

use gurux_modbus::value::{Absent, ByteOrder, Format, ValueType};
use gurux_value::{Decimal, Value};
use serde_json::Value as Json;

/// Compares every fact of one line; answers the field and both sides of each that disagrees.
pub(crate) fn disagreements(entry: &Json) -> Vec<String> {
    let expected = &entry["expect"]["value"];
    match read(entry) {
        Ok(value) if agrees(&value, expected) => Vec::new(),
        Ok(value) => vec![format!("value: expected {expected}, found {value}")],
        Err(reason) => vec![format!("value: expected {expected}, but {reason}")],
    }
}

fn read(entry: &Json) -> Result<Value<'static>, String> {
    let registers = entry["registers"].as_array().ok_or("there are no registers")?;
    let registers: Vec<u16> = registers
        .iter()
        .map(|register| register.as_u64().and_then(|register| u16::try_from(register).ok()))
        .collect::<Option<_>>()
        .ok_or("a register is no number of 16 bits")?;
    let name = entry["type"].as_str().ok_or("there is no type")?;
    let count = u8::try_from(registers.len()).map_err(|_| "there are too many registers")?;
    let value_type = ValueType::named(name, count).ok_or_else(|| format!("type {name} is new"))?;
    let order = match entry["order"].as_str().ok_or("there is no order")? {
        // Texts come as the standard has it.
        "as-is" => ByteOrder::AB,
        letters => letters.parse().map_err(|error| format!("{letters}: {error}"))?,
    };
    let format = Format::new(value_type)
        .with_absent(Absent::NONE)
        .with_order(order)
        .map_err(|error| error.to_string())?;
    if format.registers() != registers.len() {
        return Err(format!("{value_type} does not take {count} registers"));
    }
    let decoded = format.decode_owned(registers.iter().copied()).map_err(|e| e.to_string())?;
    let value = decoded.value.ok_or_else(|| format!("it is {}", decoded.quality))?;

    // The way back: the same registers.
    let mut written = vec![0; registers.len()];
    format.encode(&value, &mut written).map_err(|error| format!("writing fails: {error}"))?;
    if written != registers {
        return Err(format!("writing {value} gives {written:?}"));
    }
    Ok(value)
}

fn agrees(value: &Value<'_>, expected: &Json) -> bool {
    match (value, expected) {
        (Value::Text(text), Json::String(expected)) => **text == **expected,
        (Value::Bool(yes), Json::Bool(expected)) => yes == expected,
        // JSON has no such numbers; the corpus spells them out.
        (Value::Float32(_) | Value::Float64(_), Json::String(expected)) => {
            value.to_string().eq_ignore_ascii_case(expected)
        }
        (Value::Float32(float), Json::Number(expected)) => {
            expected.to_string().parse() == Ok(*float)
        }
        (Value::Float64(float), Json::Number(expected)) => {
            expected.to_string().parse() == Ok(*float)
        }
        (Value::Decimal(number), Json::Number(expected)) => {
            expected.to_string().parse::<Decimal>().is_ok_and(|expected| expected == *number)
        }
        _ => false,
    }
}
