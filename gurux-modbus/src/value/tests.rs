//! Values of every type, in every order, there and back.

use std::string::ToString;
use std::vec;
use std::vec::Vec;

use gurux_value::{Decimal, Octets, Quality, Text, Value};
use proptest::prelude::*;

use super::{Absent, BitField, ByteOrder, Format, Half, Packing, ValueError, ValueType};

const ORDERS: [&str; 4] = ["ABCD", "CDAB", "BADC", "DCBA"];

#[rustfmt::skip]
const TYPES: [ValueType; 23] = [
    ValueType::U8(Half::High), ValueType::U8(Half::Low),
    ValueType::I8(Half::High), ValueType::I8(Half::Low),
    ValueType::U16, ValueType::I16, ValueType::U32, ValueType::I32,
    ValueType::U48, ValueType::I48, ValueType::U64, ValueType::I64,
    ValueType::F16, ValueType::F32, ValueType::F64,
    ValueType::Bcd16, ValueType::Bcd32, ValueType::Bcd48, ValueType::Bcd64,
    ValueType::Bool,
    ValueType::String { registers: 5, packing: Packing::Both },
    ValueType::String { registers: 5, packing: Packing::Half(Half::High) },
    ValueType::String { registers: 5, packing: Packing::Half(Half::Low) },
];

fn format(value_type: ValueType, order: &str) -> Format {
    Format::new(value_type).with_order(order.parse().unwrap()).unwrap()
}

fn read(format: Format, registers: &[u16]) -> Option<Value<'static>> {
    let decoded = format.decode_owned(registers.iter().copied()).unwrap();
    assert_eq!(decoded.value.is_none(), decoded.quality.is_bad());
    decoded.value
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// Writes, and reads back from, registers that held something else.
fn write(format: Format, value: &Value<'_>) -> Result<Vec<u16>, ValueError> {
    let mut registers = vec![0xA5C3; format.registers()];
    format.encode(value, &mut registers)?;
    Ok(registers)
}

/// A value whose octets all differ, so that no two orders give the same registers.
fn sample(value_type: ValueType) -> Value<'static> {
    match value_type {
        ValueType::U8(_) => Value::from(Decimal::from(0xC1)),
        ValueType::I8(_) => Value::from(Decimal::from(-0x71)),
        ValueType::F16 => Value::Float32(-1.5),
        ValueType::F32 => Value::Float32(142.7),
        ValueType::F64 => Value::Float64(1.234_567_8),
        ValueType::Bool => Value::Bool(true),
        ValueType::String { .. } => Value::from("Pro3E"),
        ValueType::Octets { .. } => Value::from(Octets::new(&[1, 2])),
        ValueType::Bcd16 => Value::from(Decimal::from(1234)),
        ValueType::Bcd32 => Value::from(Decimal::from(12_345_678)),
        ValueType::Bcd48 => Value::from(Decimal::from(123_456_789_012_i64)),
        ValueType::Bcd64 => Value::from(Decimal::from(1_234_567_890_123_456_i64)),
        other => {
            let number = 0x0123_4567_89AB_CDEF_u64 >> (64 - other.bits());
            let number = i128::from(number);
            Value::from(Decimal::from(if other.is_signed() { -number } else { number }))
        }
    }
}

/// Word order is where most Modbus readers err: arendst/Tasmota#17467,
/// openhab/openhab1-addons#3558, collectd/collectd#2660, thingsboard/thingsboard-gateway#614; and
/// edgexfoundry/device-modbus-go#335, where the swap was right for 32 bits and had no effect on 64.
#[test]
fn thread_15_every_type_in_every_order_reads_back_what_was_written() {
    for value_type in TYPES {
        let mut seen: Vec<Vec<u16>> = Vec::new();
        for order in ORDERS {
            let format = format(value_type, order);
            let value = sample(value_type);
            let registers = write(format, &value).unwrap();
            assert_eq!(read(format, &registers), Some(value), "{value_type} {order}");
            if !seen.contains(&registers) {
                seen.push(registers);
            }
        }
        // An order that changes nothing would pass the round trip: the registers must differ.
        let numbers_in_several =
            value_type.registers() > 1 && !matches!(value_type, ValueType::String { .. });
        assert_eq!(seen.len(), if numbers_in_several { 4 } else { 2 }, "{value_type}");
    }
}

#[test]
fn thread_15_low_word_first_as_the_inverter_sends_it() {
    let read = |order| read(format(ValueType::U32, order), &[0x5678, 0x1234]);
    assert_eq!(read("CDAB"), Some(Value::from(Decimal::from(0x1234_5678))));
    assert_eq!(read("ABCD"), Some(Value::from(Decimal::from(0x5678_1234))));
    assert_eq!(read("DCBA"), Some(Value::from(Decimal::from(0x3412_7856))));
    assert_eq!(read("BADC"), Some(Value::from(Decimal::from(0x7856_3412))));
}

#[test]
fn thread_15_a_double_with_the_low_word_first() {
    let mut registers = write(Format::new(ValueType::F64), &Value::Float64(-2.5e-7)).unwrap();
    registers.reverse();
    assert_eq!(read(format(ValueType::F64, "CDAB"), &registers), Some(Value::Float64(-2.5e-7)));
    assert_eq!(read(format(ValueType::F64, "GHEFCDAB"), &registers), Some(Value::Float64(-2.5e-7)));
}

#[test]
fn scale_is_exact() {
    let format = Format::new(ValueType::I16).with_scale(decimal("0.1"), Decimal::ZERO).unwrap();
    assert_eq!(read(format, &[0xFFFF]).unwrap().to_string(), "-0.1");
    assert_eq!(read(format, &[2300]).unwrap().to_string(), "230.0");
    let kelvin = Format::new(ValueType::U16).with_scale(decimal("0.01"), decimal("-273.15"));
    assert_eq!(read(kelvin.unwrap(), &[30_000]).unwrap().to_string(), "26.85");
    assert_eq!(write(kelvin.unwrap(), &Value::from(decimal("26.85"))), Ok(vec![30_000]));
    let whole = Format::new(ValueType::U64).with_scale(decimal("1000"), Decimal::ZERO).unwrap();
    assert_eq!(read(whole, &[0xFFFF; 4]).unwrap().to_string(), "18446744073709551615000");
    assert_eq!(
        Format::new(ValueType::U16).with_scale(Decimal::ZERO, Decimal::ONE),
        Err(ValueError::Scale)
    );
}

#[test]
fn a_float_stays_one_unless_it_is_scaled() {
    let registers = [0x430E, 0xB333];
    let float = Format::new(ValueType::F32);
    assert_eq!(read(float, &registers), Some(Value::Float32(142.7)));
    let milli = float.with_scale(decimal("0.001"), Decimal::ZERO).unwrap();
    assert_eq!(read(milli, &registers), Some(Value::from(decimal("0.1427"))));
    assert_eq!(write(milli, &Value::from(decimal("0.1427"))), Ok(registers.to_vec()));
    assert_eq!(write(float, &Value::from(decimal("142.7"))), Ok(registers.to_vec()));
    let third = float.with_scale(decimal("3"), Decimal::ZERO).unwrap();
    assert_eq!(write(third, &Value::from(Decimal::ONE)), write(float, &Value::Float32(1.0 / 3.0)));
    assert_eq!(
        write(float, &Value::Float64(1e300)).unwrap_err(),
        ValueError::Range { number: decimal("1e300"), value_type: ValueType::F32 }
    );
    let scaled_infinity = milli.decode_owned([0x7F80, 0]).unwrap();
    assert_eq!((scaled_infinity.value, scaled_infinity.quality), (None, Quality::INVALID));
}

#[test]
fn what_is_no_number_is_missing_unless_wanted() {
    let float = Format::new(ValueType::F32);
    let missing = float.decode_owned([0x7FC0, 0]).unwrap();
    assert_eq!((missing.value, missing.quality), (None, Quality::MISSING));
    let wanted = float.with_absent(Absent::NONE);
    assert!(matches!(read(wanted, &[0x7FC0, 1]), Some(Value::Float32(nan)) if nan.is_nan()));
    assert_eq!(write(wanted, &Value::Float32(f32::from_bits(0x7FC0_0001))), Ok(vec![0x7FC0, 1]));
}

#[test]
fn marks_are_compared_before_bits_and_scale_and_after_order() {
    let format = format(ValueType::I32, "CDAB")
        .with_absent("0x80000000".parse().unwrap())
        .with_scale(decimal("0.01"), Decimal::ONE)
        .unwrap();
    assert_eq!(format.decode_owned([0, 0x8000]).unwrap().quality, Quality::MISSING);
    assert_eq!(read(format, &[0x8000, 0]), Some(Value::from(decimal("328.68"))));
    let name = Format::new(ValueType::String { registers: 2, packing: Packing::Both });
    assert_eq!(read(name, &[0, 0x4142]), Some(Value::from("")));
    let named = name.with_absent(Absent::EMPTY);
    assert_eq!(named.decode_owned([0x2020, 0]).unwrap().quality, Quality::MISSING);
}

#[test]
fn bits_of_an_integer() {
    let bits =
        |offset, width| Format::new(ValueType::U16).with_bits(BitField { offset, width }).unwrap();
    assert_eq!(read(bits(4, 8), &[0x1234]), Some(Value::from(Decimal::from(0x23))));
    assert_eq!(read(bits(0, 16), &[0x1234]), Some(Value::from(Decimal::from(0x1234))));
    // What is beside the field stays.
    let mut registers = [0x1234];
    bits(4, 8).encode(&Value::from(Decimal::from(0xAB)), &mut registers).unwrap();
    assert_eq!(registers, [0x1AB4]);
    assert!(bits(4, 8).encode(&Value::from(Decimal::from(0x100)), &mut registers).is_err());
    assert!(bits(4, 8).is_partial() && !bits(0, 16).is_partial());

    let signed = Format::new(ValueType::I32).with_bits(BitField { offset: 8, width: 4 }).unwrap();
    assert_eq!(read(signed, &[0, 0x0F00]), Some(Value::from(Decimal::from(-1))));
    assert_eq!(write(signed, &Value::from(Decimal::from(-8))), Ok(vec![0xA5C3, 0xA8C3]));
    assert!(write(signed, &Value::from(Decimal::from(8))).is_err());

    let bit = Format::new(ValueType::Bool).with_bits(BitField::bit(15)).unwrap();
    assert_eq!(read(bit, &[0x8000]), Some(Value::Bool(true)));
    assert_eq!(read(bit, &[0x7FFF]), Some(Value::Bool(false)));
    assert_eq!(write(bit, &Value::Bool(false)), Ok(vec![0x25C3]));

    for (value_type, field) in [
        (ValueType::U16, BitField::bit(16)),
        (ValueType::U16, BitField { offset: 3, width: 0 }),
        (ValueType::U16, BitField { offset: 255, width: 255 }),
        (ValueType::F32, BitField::bit(0)),
        (ValueType::U8(Half::High), BitField::bit(8)),
    ] {
        assert!(Format::new(value_type).with_bits(field).is_err(), "{value_type} {field:?}");
    }
}

#[test]
fn halves_of_a_register() {
    let high = Format::new(ValueType::U8(Half::High));
    let low = Format::new(ValueType::I8(Half::Low));
    assert_eq!(read(high, &[0x12FE]), Some(Value::from(Decimal::from(0x12))));
    assert_eq!(read(low, &[0x12FE]), Some(Value::from(Decimal::from(-2))));
    let mut registers = [0x12FE];
    high.encode(&Value::from(Decimal::from(0xFF)), &mut registers).unwrap();
    low.encode(&Value::from(Decimal::from(-128)), &mut registers).unwrap();
    assert_eq!(registers, [0xFF80]);
    let nibble = high.with_bits(BitField { offset: 4, width: 4 }).unwrap();
    assert_eq!(read(nibble, &[0x12FE]), Some(Value::from(Decimal::from(1))));
    nibble.encode(&Value::from(Decimal::from(9)), &mut registers).unwrap();
    assert_eq!(registers, [0x9F80]);
}

#[test]
fn digits_above_nine_are_invalid() {
    let bcd = Format::new(ValueType::Bcd32);
    assert_eq!(read(bcd, &[0x0012, 0x3456]), Some(Value::from(Decimal::from(123_456))));
    let wrong = bcd.decode_owned([0x0012, 0x345A]).unwrap();
    assert_eq!((wrong.value, wrong.quality), (None, Quality::INVALID));
    assert_eq!(write(bcd, &Value::from(Decimal::from(99_999_999))), Ok(vec![0x9999, 0x9999]));
    assert!(write(bcd, &Value::from(Decimal::from(100_000_000))).is_err());
    assert!(write(bcd, &Value::from(Decimal::from(-1))).is_err());
}

#[test]
fn texts_are_cut_at_nul_and_blanks() {
    let string = |packing| Format::new(ValueType::String { registers: 3, packing });
    let both = string(Packing::Both);
    assert_eq!(read(both, &[0x4142, 0x2043, 0x2000]), Some(Value::from("AB C")));
    assert_eq!(read(both, &[0x4142, 0x0043, 0x4445]), Some(Value::from("AB")));
    assert_eq!(write(both, &Value::from("ABC")), Ok(vec![0x4142, 0x4300, 0]));
    assert_eq!(write(both, &Value::from("ABCDEFG")), Err(ValueError::TooLong { len: 7, room: 6 }));
    // Carlo Gavazzi EM340: one character in each register.
    let low = string(Packing::Half(Half::Low));
    assert_eq!(read(low, &[0x0045, 0xFF4D, 0x0033]), Some(Value::from("EM3")));
    assert_eq!(write(low, &Value::from("E")), Ok(vec![0xA545, 0xA500, 0xA500]));
    let high = string(Packing::Half(Half::High));
    assert_eq!(read(high, &[0x4500, 0x4D00, 0x3300]), Some(Value::from("EM3")));
    // modbus2mqtt/modbus2mqtt#91: "Pro3EM-1" came out as "rP3oME1-".
    let swapped = both.with_order(ByteOrder::BA).unwrap();
    assert_eq!(read(swapped, &[0x7250, 0x336F, 0x4D45]), Some(Value::from("Pro3EM")));
    let latin = both.decode_owned([0xB043, 0, 0]).unwrap();
    assert_eq!(latin.value, Some(Value::from(Octets::new(&[0xB0, 0x43, 0, 0, 0, 0]))));
    assert_eq!(latin.quality, Quality::INVALID);
}

#[test]
fn octets_are_as_they_are() {
    let octets = Format::new(ValueType::Octets { registers: 2 });
    let value = Value::from(Octets::new(&[1, 2, 3, 4]));
    assert_eq!(read(octets, &[0x0102, 0x0304]), Some(value.clone()));
    assert_eq!(write(octets, &value), Ok(vec![0x0102, 0x0304]));
}

#[test]
fn what_does_not_fit_is_said_clearly() {
    let u16 = Format::new(ValueType::U16);
    let tenths = u16.with_scale(decimal("0.1"), Decimal::ZERO).unwrap();
    for (format, value, sentence) in [
        (u16, Value::from(decimal("65536")), "65536 is outside of what u16 can hold here"),
        (u16, Value::from(decimal("-1")), "-1 is outside of what u16 can hold here"),
        (
            u16,
            Value::from(decimal("1.5")),
            "1.5 lies between two steps of the scale, which are 1 apart",
        ),
        (u16, Value::from(decimal("1e200")), "1e200 is outside of what u16 can hold here"),
        (
            tenths,
            Value::from(decimal("23.07")),
            "23.07 lies between two steps of the scale, which are 0.1 apart",
        ),
        (u16, Value::from("5"), "a value of kind text cannot be written as u16"),
    ] {
        assert_eq!(write(format, &value).unwrap_err().to_string(), sentence);
    }
    assert_eq!(
        u16.encode(&Value::from(Decimal::ONE), &mut []),
        Err(ValueError::Registers { needed: 1, available: 0 })
    );
    assert!(Format::new(ValueType::U32).decode([1], &mut []).is_err());
    let text = Format::new(ValueType::String { registers: 2, packing: Packing::Both });
    assert_eq!(
        text.decode([1, 2], &mut [0; 3]).unwrap_err(),
        ValueError::Room { needed: 4, available: 3 }
    );
    assert_eq!(
        Format::new(ValueType::U16).with_order("ACBD".parse().unwrap()).unwrap_err().to_string(),
        "the byte order ACBD does not fit u16"
    );
}

#[test]
fn codes_flags_and_truths_are_numbers_too() {
    let u16 = Format::new(ValueType::U16);
    let code = Value::Code { number: 4, label: Some(Text::new("MPPT")) };
    assert_eq!(write(u16, &code), Ok(vec![4]));
    assert_eq!(write(u16, &Value::Flags { bits: 0x8001, label: None }), Ok(vec![0x8001]));
    assert_eq!(write(u16, &Value::Bool(true)), Ok(vec![1]));
    let bool = Format::new(ValueType::Bool);
    assert_eq!(write(bool, &Value::from(Decimal::ONE)), Ok(vec![1]));
    assert!(write(bool, &Value::from(Decimal::from(2))).is_err());
    assert_eq!(read(bool, &[0xFF00]), Some(Value::Bool(true)));
}

#[cfg(feature = "serde")]
#[test]
fn a_format_is_a_readable_text() {
    let text = r#"{"type":"u32","order":"CDAB","bits":null,"absent":"0xFFFFFFFF","factor":"0.1","offset":"0"}"#;
    let format: Format = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_string(&format).unwrap(), text);
    let short: Format = serde_json::from_str(r#"{"type":"string(8)"}"#).unwrap();
    assert_eq!(short, Format::new(ValueType::String { registers: 8, packing: Packing::Both }));
    let decoded = format.decode_owned([0x5678, 0x1234]).unwrap();
    let text = serde_json::to_string(&decoded).unwrap();
    assert_eq!(serde_json::from_str::<super::Decoded<'_>>(&text).unwrap(), decoded);
    for wrong in [
        r#"{"type":"u32","order":"ABC"}"#,
        r#"{"type":"u16","bits":{"offset":9,"width":8}}"#,
        r#"{"type":"u16","factor":"0"}"#,
        r#"{"type":"u16","scale":"1"}"#,
    ] {
        assert!(serde_json::from_str::<Format>(wrong).is_err(), "{wrong}");
    }
}

fn any_format() -> impl Strategy<Value = Format> {
    let order = (any::<bool>(), any::<bool>(), Just(()));
    let scale = (1i64..=i64::MAX, -20i16..20, any::<i64>(), -20i16..20);
    (prop::sample::select(TYPES.to_vec()), order, any::<bool>(), scale, any::<(u8, u8)>()).prop_map(
        |(value_type, (swapped, low_first, ()), scaled, scale, (offset, width))| {
            let order = ByteOrder::regular(8, swapped, low_first).unwrap();
            let format = Format::new(value_type).with_order(order).unwrap();
            let format = format
                .with_bits(BitField { offset: offset % 64, width: width % 65 })
                .unwrap_or(format);
            let (factor, power, add, add_power) = scale;
            if !scaled {
                return format;
            }
            format
                .with_scale(Decimal::new(factor.into(), power), Decimal::new(add.into(), add_power))
                .unwrap()
        },
    )
}

proptest! {
    /// Whatever stands in the registers: what is read from them, written into the same registers,
    /// changes nothing that is read.
    #[test]
    fn what_is_read_can_be_written(
        format in any_format(),
        registers in prop::collection::vec(any::<u16>(), 5),
    ) {
        let decoded = format.decode_owned(registers.iter().copied()).unwrap();
        let Some(value) = decoded.value.clone() else { return Ok(()) };
        if decoded.quality == Quality::INVALID {
            return Ok(());
        }
        let mut written = registers.clone();
        match format.encode(&value, &mut written) {
            Ok(()) => prop_assert_eq!(format.decode_owned(written).unwrap(), decoded),
            // A float scaled by many digits is not divided back exactly; nothing else may fail.
            Err(error) => prop_assert!(
                matches!(format.value_type(), ValueType::F16 | ValueType::F32 | ValueType::F64),
                "{error}"
            ),
        }
    }

    #[test]
    fn unscaled_numbers_give_the_same_registers(
        value_type in prop::sample::select(TYPES[4..15].to_vec()),
        order in prop::sample::select(ORDERS.to_vec()),
        registers in prop::collection::vec(any::<u16>(), 4),
    ) {
        let format = format(value_type, order).with_absent(Absent::NONE);
        let value = read(format, &registers).unwrap();
        let nan = matches!(value, Value::Float32(x) if x.is_nan())
            || matches!(value, Value::Float64(x) if x.is_nan());
        let count = format.registers();
        let written = write(format, &value).unwrap();
        prop_assert!(nan || written == registers[..count]);
    }

    #[test]
    fn any_permutation_of_letters_is_an_order(
        letters in prop::sample::select(vec!["AB", "ABCD", "ABCDEF", "ABCDEFGH"])
            .prop_flat_map(|letters| Just(letters.chars().collect::<Vec<_>>()).prop_shuffle()),
        number in any::<u64>(),
    ) {
        let letters = letters.into_iter().collect::<std::string::String>();
        let order: ByteOrder = letters.parse().unwrap();
        prop_assert_eq!(order.to_string(), &letters[..]);
        let number = number >> (64 - 8 * letters.len());
        let octets: Vec<u8> = order.scatter(number).collect();
        prop_assert_eq!(order.gather(octets.iter().copied()), number);
        // The letters say which octet of the number stands where.
        let big_endian = &number.to_be_bytes()[8 - letters.len()..];
        for (letter, octet) in letters.bytes().zip(octets) {
            prop_assert_eq!(octet, big_endian[usize::from(letter - b'A')]);
        }
    }

    #[test]
    fn nothing_panics(
        format in any_format(),
        registers in prop::collection::vec(any::<u16>(), 0..6),
        number in (any::<i128>(), any::<i16>()),
        room in 0usize..12,
    ) {
        let mut room = vec![0; room];
        let _ = format.decode(registers.iter().copied(), &mut room);
        let mut registers = registers;
        let before = registers.clone();
        if format.encode(&Value::from(Decimal::new(number.0, number.1)), &mut registers).is_err() {
            prop_assert_eq!(registers, before);
        }
    }
}
