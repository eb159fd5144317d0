//! Values as octets.

use alloc::vec;
use alloc::vec::Vec;

use gurux_framing::{Sink, Wire};

use crate::table::class::Type;
use crate::value::Data;
use crate::wire::{DataRef, DataType, length};

pub(super) fn encoded(value: &Data) -> Vec<u8> {
    let mut octets = Vec::with_capacity(value.wire_len());
    value.emit(&mut octets);
    octets
}

/// A value of this type that says nothing.
pub(super) fn default_of(data_type: &Type) -> Vec<u8> {
    let string = |octets: &[u8]| encoded(&Data::OctetString(octets.to_vec()));
    match data_type {
        Type::Any => vec![0],
        Type::Is(data_type) => nought(*data_type),
        Type::LogicalName => string(&[0; 6]),
        Type::DateTime => {
            string(&[0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x80, 0, 0xFF])
        }
        Type::Date => string(&[0xFF; 5]),
        Type::Time => string(&[0xFF; 4]),
        Type::Choice(types) => types.first().map_or_else(|| vec![0], default_of),
        Type::Array(_) => vec![DataType::ARRAY.code(), 0],
        Type::Structure(fields) => {
            let mut octets = vec![DataType::STRUCTURE.code()];
            length::emit(fields.len(), &mut octets);
            fields.iter().for_each(|field| octets.extend(default_of(&field.data_type)));
            octets
        }
    }
}

/// Nought, of a type that has one; else null-data.
pub(super) fn nought(data_type: DataType) -> Vec<u8> {
    let zeros = match data_type {
        DataType::BOOLEAN
        | DataType::INTEGER
        | DataType::UNSIGNED
        | DataType::ENUM
        | DataType::BCD
        | DataType::OCTET_STRING
        | DataType::VISIBLE_STRING
        | DataType::UTF8_STRING
        | DataType::BIT_STRING
        | DataType::ARRAY
        | DataType::STRUCTURE => 1,
        DataType::LONG | DataType::LONG_UNSIGNED => 2,
        DataType::DOUBLE_LONG | DataType::DOUBLE_LONG_UNSIGNED | DataType::FLOAT32 => 4,
        DataType::LONG64 | DataType::LONG64_UNSIGNED | DataType::FLOAT64 => 8,
        _ => return vec![0],
    };
    let mut octets = vec![data_type.code()];
    octets.put([0; 8].split_at_checked(zeros).unwrap_or_default().0);
    octets
}

/// The octets of an element of a value: by number from 1; 0 is the value itself.
pub(super) fn element(octets: &[u8], number: u16) -> Option<Vec<u8>> {
    let Some(number) = number.checked_sub(1) else { return Some(octets.to_vec()) };
    let element = DataRef::from_bytes(octets).ok()?.elements()?.element(number.into())?;
    let mut octets = Vec::with_capacity(element.wire_len());
    element.emit(&mut octets);
    Some(octets)
}
