//! Modbus messages of both directions, and values in registers.

use gurux_framing::laws::RangesWithin;
use gurux_framing::{Wire, WireError, wire_laws};
use gurux_modbus::value::{Absent, BitField, ByteOrder, Format, ValueType};
use gurux_modbus::wire::{MAX_PDU_LEN, Request, Response};
use gurux_value::Decimal;

use crate::choices::Choices;
use crate::seeds;

/// How deep a message gets.
pub const PDU_RUNGS: &[&str] = &["refused", "kept as octets", "read, and all laws hold"];
/// How deep registers get.
pub const VALUE_RUNGS: &[&str] = &["no such format", "no value there", "decoded", "written back"];

/// Any octets as a request.
pub fn requests(octets: &[u8]) -> usize {
    match Request::from_bytes(octets) {
        Err(error) => refused::<Request<'_>>(octets, error),
        Ok(request) => {
            wire_laws!(Request<'_>, request);
            if matches!(request, Request::Custom(_)) { 1 } else { 2 }
        }
    }
}

/// Any octets as a response.
pub fn responses(octets: &[u8]) -> usize {
    match Response::from_bytes(octets) {
        Err(error) => refused::<Response<'_>>(octets, error),
        Ok(response) => {
            wire_laws!(Response<'_>, response);
            if matches!(response, Response::Custom(_)) { 1 } else { 2 }
        }
    }
}

/// A refusal names a place in the octets, and an explanation is refused in the same way.
fn refused<'a, T: Wire<'a>>(octets: &'a [u8], error: WireError) -> usize {
    assert!(error.offset <= octets.len() && !error.to_string().is_empty());
    let explained = T::explain(octets, 0, RangesWithin::new(0..octets.len()));
    assert_eq!(explained.err(), Some(error));
    0
}

/// Registers as a value of some type, order, scale and bits; what is decoded is encoded into the same
/// registers.
pub fn values(octets: &[u8]) -> usize {
    let mut choices = Choices::new(octets);
    let Some(format) = format(&mut choices) else { return 0 };
    let registers: Vec<u16> = (0..format.registers()).map(|_| choices.number()).collect();
    let mut room = [0; MAX_PDU_LEN * 2];
    let decoded = format.decode(registers.iter().copied(), &mut room).expect("room and registers");
    let Some(value) = decoded.value else { return 1 };

    let mut written = registers.clone();
    if format.encode(&value, &mut written).is_err() {
        return 2;
    }
    let mut room = [0; MAX_PDU_LEN * 2];
    let again = format.decode(written, &mut room).expect("room and registers");
    assert_eq!(again.value.as_ref(), Some(&value), "{format:?} of {registers:04x?}");
    3
}

fn format(choices: &mut Choices<'_>) -> Option<Format> {
    let name = TYPES[usize::from(choices.below(TYPES.len() as u8))];
    let value_type = ValueType::named(name, choices.below(8))?;
    let mut format = Format::new(value_type);
    if choices.yes() {
        let order = ByteOrder::regular(2 * format.registers(), choices.yes(), choices.yes())?;
        format = format.with_order(order).ok()?;
    }
    if choices.yes() {
        let bits = BitField { offset: choices.below(64), width: choices.below(65) };
        format = format.with_bits(bits).ok()?;
    }
    if choices.yes() {
        format = format.with_absent(Absent::sunspec(value_type));
    }
    if choices.yes() {
        let exponent = i16::from(choices.octet().cast_signed() / 4);
        let factor = Decimal::new(choices.number().into(), exponent);
        format = format.with_scale(factor, Decimal::new(choices.octet().into(), exponent)).ok()?;
    }
    Some(format)
}

#[rustfmt::skip]
const TYPES: [&str; 24] = [
    "u8-high", "u8-low", "i8-high", "i8-low", "u16", "i16", "u32", "i32", "u48", "i48", "u64", "i64",
    "f16", "f32", "f64", "bcd16", "bcd32", "bcd48", "bcd64", "bool", "string", "string-high",
    "string-low", "octets",
];

/// A PDU of each function in both directions.
#[rustfmt::skip]
pub(crate) const PDUS: [&[u8]; 36] = [
    &[0x01, 0x00, 0x13, 0x00, 0x13], &[0x01, 0x03, 0xcd, 0x6b, 0x05],
    &[0x02, 0x00, 0xc4, 0x00, 0x16], &[0x02, 0x03, 0xac, 0xdb, 0x35],
    &[0x03, 0x00, 0x6b, 0x00, 0x03], &[0x03, 0x06, 0x02, 0x2b, 0x00, 0x00, 0x00, 0x64],
    &[0x04, 0x00, 0x08, 0x00, 0x01], &[0x04, 0x02, 0x00, 0x0a],
    &[0x05, 0x00, 0xac, 0xff, 0x00],
    &[0x06, 0x00, 0x01, 0x00, 0x03],
    &[0x07], &[0x07, 0x6d],
    &[0x08, 0x00, 0x00, 0xa5, 0x37], &[0x08, 0x00, 0x01, 0xff, 0x00],
    &[0x0b], &[0x0b, 0xff, 0xff, 0x01, 0x08],
    &[0x0c], &[0x0c, 0x08, 0x00, 0x00, 0x01, 0x08, 0x01, 0x21, 0x20, 0x00],
    &[0x0f, 0x00, 0x13, 0x00, 0x0a, 0x02, 0xcd, 0x01], &[0x0f, 0x00, 0x13, 0x00, 0x0a],
    &[0x10, 0x00, 0x01, 0x00, 0x02, 0x04, 0x00, 0x0a, 0x01, 0x02], &[0x10, 0x00, 0x01, 0x00, 0x02],
    &[0x11], &[0x11, 0x03, 0x01, 0xff, 0x02],
    &[0x14, 0x07, 0x06, 0x00, 0x04, 0x00, 0x01, 0x00, 0x02],
    &[0x14, 0x06, 0x05, 0x06, 0x0d, 0xfe, 0x00, 0x20],
    &[0x15, 0x0d, 0x06, 0x00, 0x04, 0x00, 0x07, 0x00, 0x03, 0x06, 0xaf, 0x04, 0xbe, 0x10, 0x0d],
    &[0x16, 0x00, 0x04, 0x00, 0xf2, 0x00, 0x25],
    &[0x17, 0x00, 0x03, 0x00, 0x06, 0x00, 0x0e, 0x00, 0x01, 0x02, 0x00, 0xff],
    &[0x17, 0x04, 0x00, 0xfe, 0x0a, 0xcd],
    &[0x18, 0x04, 0xde], &[0x18, 0x00, 0x06, 0x00, 0x02, 0x01, 0xb8, 0x12, 0x84],
    &[0x2b, 0x0e, 0x01, 0x00],
    &[0x2b, 0x0e, 0x01, 0x01, 0xff, 0x02, 0x01, 0x00, 0x02, b'A', b'B'],
    &[0x83, 0x02], &[0x65, 0x01, 0x02],
];

/// Those, and what is captured.
pub fn pdu_seeds() -> Vec<Vec<u8>> {
    PDUS.into_iter().map(<[u8]>::to_vec).chain(seeds::captures()).collect()
}

/// Each type with small numbers in it, plain and with everything that can be asked.
pub fn value_seeds() -> Vec<Vec<u8>> {
    let plain = [0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8];
    let scaled = [0, 1, 1, 0, 0, 0, 1, 0xfc, 0, 5, 0, 1, 2, 3, 4, 5, 6, 7, 8];
    (0..TYPES.len() as u8)
        .flat_map(|place| [[&[place, 2][..], &plain].concat(), [&[place, 2][..], &scaled].concat()])
        .collect()
}
