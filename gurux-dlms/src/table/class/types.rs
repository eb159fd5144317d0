//! [`Type`]: what the value of an attribute may be; and the types that several classes share.

use crate::wire::{DataRef, DataType};

/// What the value of an attribute may be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Type {
    /// Anything: the object says it.
    Any,
    /// A value with this tag.
    Is(DataType),
    /// Six octets: the logical name of an object.
    LogicalName,
    /// Twelve octets as a date and time, or such a value with its own tag.
    DateTime,
    /// Five octets as a date, or such a value with its own tag.
    Date,
    /// Four octets as a time of day, or such a value with its own tag.
    Time,
    /// One of these.
    Choice(&'static [Type]),
    /// An array, packed or not, of these.
    Array(&'static Type),
    /// A structure of just these.
    Structure(&'static [Field]),
}

/// A member of a structure.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Field {
    /// The standard's name, in snake_case.
    pub name: &'static str,
    /// What it is.
    pub data_type: Type,
}

impl Type {
    /// Is the value of this type, with all that is nested in it?
    #[must_use]
    pub fn fits(&self, value: &DataRef<'_>) -> bool {
        match (self, value) {
            (Self::Any, _)
            | (Self::DateTime, DataRef::DateTime(_))
            | (Self::Date, DataRef::Date(_))
            | (Self::Time, DataRef::Time(_)) => true,
            (Self::Is(data_type), value) => value.data_type() == *data_type,
            (Self::LogicalName, DataRef::OctetString(octets)) => octets.len() == 6,
            (Self::DateTime, DataRef::OctetString(octets)) => octets.len() == 12,
            (Self::Date, DataRef::OctetString(octets)) => octets.len() == 5,
            (Self::Time, DataRef::OctetString(octets)) => octets.len() == 4,
            (Self::Choice(types), value) => types.iter().any(|choice| choice.fits(value)),
            (Self::Array(element), DataRef::Array(values)) => {
                values.iter().all(|value| element.fits(&value))
            }
            (Self::Array(element), DataRef::CompactArray(array)) => {
                array.elements().iter().all(|value| element.fits(&value))
            }
            (Self::Structure(fields), DataRef::Structure(values)) => {
                fields.len() == values.len()
                    && fields.iter().zip(values.iter()).all(|(f, value)| f.data_type.fits(&value))
            }
            _ => false,
        }
    }
}

/// A member of a structure.
pub(super) const fn field(name: &'static str, data_type: Type) -> Field {
    Field { name, data_type }
}

pub(super) const ANY: Type = Type::Any;
pub(super) const NULL: Type = Type::Is(DataType::NULL_DATA);
pub(super) const ARRAY: Type = Type::Is(DataType::ARRAY);
pub(super) const STRUCTURE: Type = Type::Is(DataType::STRUCTURE);
pub(super) const BOOLEAN: Type = Type::Is(DataType::BOOLEAN);
pub(super) const BIT_STRING: Type = Type::Is(DataType::BIT_STRING);
pub(super) const DOUBLE_LONG: Type = Type::Is(DataType::DOUBLE_LONG);
pub(super) const DOUBLE_LONG_UNSIGNED: Type = Type::Is(DataType::DOUBLE_LONG_UNSIGNED);
pub(super) const OCTET_STRING: Type = Type::Is(DataType::OCTET_STRING);
pub(super) const VISIBLE_STRING: Type = Type::Is(DataType::VISIBLE_STRING);
pub(super) const INTEGER: Type = Type::Is(DataType::INTEGER);
pub(super) const LONG: Type = Type::Is(DataType::LONG);
pub(super) const UNSIGNED: Type = Type::Is(DataType::UNSIGNED);
pub(super) const LONG_UNSIGNED: Type = Type::Is(DataType::LONG_UNSIGNED);
pub(super) const LONG64_UNSIGNED: Type = Type::Is(DataType::LONG64_UNSIGNED);
pub(super) const ENUM: Type = Type::Is(DataType::ENUM);
pub(super) const LN: Type = Type::LogicalName;
pub(super) const DATE_TIME: Type = Type::DateTime;
pub(super) const DATE: Type = Type::Date;
pub(super) const TIME: Type = Type::Time;

/// The power of ten and the unit of a register.
pub(super) const SCALER_UNIT: Type =
    Type::Structure(&[field("scaler", INTEGER), field("unit", ENUM)]);

/// An attribute of an object.
pub(super) const VALUE_DEFINITION: Type = Type::Structure(&[
    field("class_id", LONG_UNSIGNED),
    field("logical_name", LN),
    field("attribute_index", INTEGER),
]);

/// An attribute of an object, or an element of it.
pub(super) const CAPTURE_OBJECT: Type = Type::Structure(&[
    field("class_id", LONG_UNSIGNED),
    field("logical_name", LN),
    field("attribute_index", INTEGER),
    field("data_index", LONG_UNSIGNED),
]);

pub(super) const CAPTURE_OBJECTS: Type = Type::Array(&CAPTURE_OBJECT);

/// A script of a script table.
pub(super) const ACTION_ITEM: Type =
    Type::Structure(&[field("script_logical_name", LN), field("script_selector", LONG_UNSIGNED)]);

/// What is run when a value rises above a threshold, and when it falls below.
pub(super) const ACTION_SET: Type =
    Type::Structure(&[field("action_up", ACTION_ITEM), field("action_down", ACTION_ITEM)]);

/// From when to when.
pub(super) const WINDOWS: Type =
    Type::Array(&Type::Structure(&[field("start_time", DATE_TIME), field("end_time", DATE_TIME)]));
