//! gurux-modbus: addresses, and values of every type.

use gurux_modbus::Address;
use gurux_modbus::value::{Absent, BitField, ByteOrder, Format, ValueType};
use gurux_value::{Decimal, Octets, Text, Value};

use super::Reached;

pub(super) fn reach(reached: &mut Reached, octets: &[u8]) {
    reached.text::<Address>(octets);
    reached.text::<ByteOrder>(octets);
    reached.text::<ValueType>(octets);
    reached.text::<Absent>(octets);
    let mut rest = octets;
    while let Some((chunk, after)) = rest.split_first_chunk::<32>() {
        rest = after;
        if let Some(value) = value(reached, chunk) {
            reached.message();
            reached.emitted = reached.emitted.saturating_add(value);
        }
    }
}

/// Reads and writes the value that the octets describe.
fn value(reached: &mut Reached, octets: &[u8; 32]) -> Option<usize> {
    let [kind, registers, order, offset, width, mark, power, rest @ ..] = octets;
    let name = NAMES.iter().cycle().nth(usize::from(*kind))?;
    let order = ByteOrder::regular(8, order & 1 != 0, order & 2 != 0)?;
    let (factor, rest) = rest.split_first_chunk()?;
    let factor = Decimal::new(i64::from_be_bytes(*factor).into(), power.cast_signed().into());
    let format = Format::new(ValueType::named(name, registers % 8)?)
        .with_absent(Absent::sunspec(ValueType::U16).and_raw(u64::from(*mark))?)
        .with_order(order)
        .ok()?;
    let field = BitField { offset: *offset, width: *width };
    let format = format.with_bits(field).unwrap_or(format);
    let format = format.with_scale(factor, factor).unwrap_or(format);
    let mut registers = [0; 8];
    for (register, pair) in registers.iter_mut().zip(rest.as_chunks::<2>().0) {
        *register = u16::from_be_bytes(*pair);
    }
    let mut room = [0; 16];
    let decoded = format.decode(registers, &mut room).ok()?;
    let mut written = [0; 8];
    let values = [
        decoded.value?,
        Value::Decimal(factor),
        Value::Text(Text::new(core::str::from_utf8(rest).unwrap_or_default())),
        Value::Octets(Octets::new(rest)),
    ];
    for value in &values {
        if format.encode(value, &mut written).is_ok() {
            let _ = core::hint::black_box(&written);
            reached.message();
        }
    }
    Some(format.registers())
}

static NAMES: [&str; 24] = [
    "u8-high",
    "u8-low",
    "i8-high",
    "i8-low",
    "u16",
    "i16",
    "u32",
    "i32",
    "u48",
    "i48",
    "u64",
    "i64",
    "f16",
    "f32",
    "f64",
    "bcd16",
    "bcd32",
    "bcd48",
    "bcd64",
    "bool",
    "string",
    "string-high",
    "string-low",
    "octets",
];
