//! `tests/vectors/modbus/values.txt`: each line is read, and what was read is written back.

use gurux_modbus::value::{Absent, BitField, ByteOrder, Format, ValueType};
use gurux_value::{Decimal, Quality};

static VECTORS: &str = include_str!("../../tests/vectors/modbus/values.txt");

/// The format, the registers and the expected text of a line.
fn vector(line: &str) -> Option<(Format, Vec<u16>, &str)> {
    let (left, expected) = line.split_once(" = ")?;
    let (description, registers) = left.split_once(" : ")?;
    let registers = registers.split_whitespace().map(|word| u16::from_str_radix(word, 16));
    let registers: Vec<u16> = registers.collect::<Result<_, _>>().ok()?;
    let mut words = description.split_whitespace();
    let value_type: ValueType = words.next()?.parse().ok()?;
    let order: ByteOrder = words.next()?.parse().ok()?;
    let mut format = Format::new(value_type).with_order(order).ok()?;
    let (mut factor, mut offset) = (Decimal::ONE, Decimal::ZERO);
    for word in words {
        match word.split_once('=')? {
            ("bits", field) => {
                let (lowest, width) = field.split_once('+')?;
                let (offset, width) = (lowest.parse().ok()?, width.parse().ok()?);
                format = format.with_bits(BitField { offset, width }).ok()?;
            }
            ("absent", marks) => format = format.with_absent(marks.parse::<Absent>().ok()?),
            ("factor", number) => factor = number.parse().ok()?,
            ("offset", number) => offset = number.parse().ok()?,
            _ => return None,
        }
    }
    Some((format.with_scale(factor, offset).ok()?, registers, expected))
}

#[test]
fn every_line_is_read_and_written_back() {
    let lines = VECTORS.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut count = 0;
    for line in lines {
        let (format, registers, expected) = vector(line).unwrap_or_else(|| panic!("form: {line}"));
        assert_eq!(format.registers(), registers.len(), "{line}");
        let decoded = format.decode_owned(registers.iter().copied()).unwrap();
        match &decoded.value {
            Some(value) => {
                assert_eq!(value.to_string(), expected, "{line}");
                let mut written = registers.clone();
                format.encode(value, &mut written).unwrap();
                let again = format.decode_owned(written).unwrap();
                assert_eq!(again, decoded, "{line}");
            }
            None => assert_eq!(format!("[{}]", decoded.quality), expected, "{line}"),
        }
        assert!(decoded.value.is_some() || decoded.quality != Quality::GOOD, "{line}");
        count += 1;
    }
    assert!(count > 50, "{count}");
}
