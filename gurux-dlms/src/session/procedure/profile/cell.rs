//! [`Column`] and [`Cell`]: what a profile captures, and what of it stands in a row.

use gurux_framing::Wire;
use gurux_value::{Obis, Unit, Value};

use crate::table::class::ClassId;
use crate::value::plain_value;
use crate::wire::{AttributeDescriptor, CosemDateTime, DataAccessResult, DataRef};

/// A column of a profile: capture_object_definition.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Column {
    /// The class of the object.
    pub class_id: u16,
    /// Its name.
    pub logical_name: Obis,
    /// The attribute that is captured.
    pub attribute: i8,
    /// Which element of it, from 1; 0 is all of it.
    pub data_index: u16,
    /// How its numbers are scaled.
    pub scale: Scale,
}

/// How the numbers of a column are scaled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scale {
    /// It is no value of a register.
    None,
    /// The meter is still to be asked.
    Due,
    /// As the register says: times ten to the power of the scaler, in this unit.
    Known {
        /// The power of ten.
        scaler: i8,
        /// The unit; `None` where there is none, or the table does not have it.
        unit: Option<Unit>,
    },
    /// The meter does not tell it.
    Refused(DataAccessResult),
}

impl Column {
    /// An attribute of an object, or an element of one.
    #[must_use]
    pub fn new(class_id: u16, logical_name: Obis, attribute: i8, data_index: u16) -> Self {
        let mut column = Self { class_id, logical_name, attribute, data_index, scale: Scale::None };
        if column.scaler_unit().is_some() {
            column.scale = Scale::Due;
        }
        column
    }

    /// A capture_object_definition, or one of push_object_list.
    pub(in crate::session::procedure) fn from_data(definition: DataRef<'_>) -> Option<Self> {
        let mut fields = definition.elements()?.iter();
        let (
            DataRef::LongUnsigned(class_id),
            DataRef::OctetString(name),
            DataRef::Integer(attribute),
            DataRef::LongUnsigned(data_index),
        ) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?)
        else {
            return None;
        };
        Some(Self::new(class_id, Obis::new(name.try_into().ok()?), attribute, data_index))
    }

    /// Where its scaler and unit stand.
    pub(super) fn scaler_unit(&self) -> Option<AttributeDescriptor> {
        let attribute_id = match (ClassId::new(self.class_id), self.attribute) {
            (ClassId::REGISTER | ClassId::EXTENDED_REGISTER, 2) => 3,
            (ClassId::DEMAND_REGISTER, 2 | 3) => 4,
            _ => return None,
        };
        let (class_id, instance_id) = (self.class_id, self.logical_name);
        Some(AttributeDescriptor { class_id, instance_id, attribute_id })
    }

    /// Is it the time of the row?
    #[must_use]
    pub fn is_clock(&self) -> bool {
        self.class_id == ClassId::CLOCK.code() && self.attribute == 2
    }

    /// Is a date-time in an octet-string?
    fn is_time(&self) -> bool {
        matches!(
            (ClassId::new(self.class_id), self.attribute),
            (ClassId::CLOCK, 2)
                | (ClassId::EXTENDED_REGISTER, 5)
                | (ClassId::DEMAND_REGISTER, 6 | 7)
        )
    }
}

/// What stands in a column of a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cell<'a> {
    column: &'a Column,
    octets: &'a [u8],
}

impl<'a> Cell<'a> {
    pub(super) const fn new(column: &'a Column, octets: &'a [u8]) -> Self {
        Self { column, octets }
    }

    /// Its column.
    #[must_use]
    pub const fn column(&self) -> &'a Column {
        self.column
    }

    /// As the meter has it; `None` where the meter left it out and nothing before says what it is.
    #[must_use]
    pub fn data(&self) -> Option<DataRef<'a>> {
        DataRef::from_bytes(self.octets).ok()
    }

    /// In the words of every protocol, numbers in [`unit`](Self::unit) and exact. `None` where there is nothing,
    /// it has no such form, or its scaler is not known.
    #[must_use]
    pub fn value(&self) -> Option<Value<'a>> {
        let data = self.data()?;
        if let (true, DataRef::OctetString(octets)) = (self.column.is_time(), data) {
            return CosemDateTime::from_slice(octets).map(|t| Value::DateTime(t.to_date_time()));
        }
        let value = plain_value(data)?;
        let is_number = matches!(value, Value::Decimal(_) | Value::Float32(_) | Value::Float64(_));
        match self.column.scale {
            Scale::Known { scaler, .. } if is_number && scaler != 0 => {
                Some(Value::Decimal(value.as_decimal()?.scaled(scaler.into())?))
            }
            Scale::Due | Scale::Refused(_) if is_number => None,
            _ => Some(value),
        }
    }

    /// The unit of its number.
    #[must_use]
    pub const fn unit(&self) -> Option<Unit> {
        match self.column.scale {
            Scale::Known { unit, .. } => unit,
            _ => None,
        }
    }
}
