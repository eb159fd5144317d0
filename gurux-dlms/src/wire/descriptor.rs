//! Which attribute or method of which object, and which part of it.

use gurux_framing::{Reader, Sink, Visit, Wire, WireError, WireErrorKind};
use gurux_value::Obis;

use super::part::sequence;
use super::{DataRef, Sequence};

sequence! {
    /// Cosem-Attribute-Descriptor: an attribute of an object.
    pub struct AttributeDescriptor = "Cosem-Attribute-Descriptor" {
        /// The interface class.
        class_id: u16 = "class-id",
        /// The logical name.
        instance_id: Obis = "instance-id",
        /// The attribute, from 1; 0 is all of them.
        attribute_id: i8 = "attribute-id",
    }
}

sequence! {
    /// Cosem-Method-Descriptor: a method of an object.
    pub struct MethodDescriptor = "Cosem-Method-Descriptor" {
        /// The interface class.
        class_id: u16 = "class-id",
        /// The logical name.
        instance_id: Obis = "instance-id",
        /// The method, from 1.
        method_id: i8 = "method-id",
    }
}

sequence! {
    /// Selective-Access-Descriptor: which part of an attribute.
    pub struct SelectiveAccess<'a> = "Selective-Access-Descriptor" {
        /// How it is selected: for the buffer of a profile, 1 by range and 2 by entry.
        access_selector: u8 = "access-selector",
        /// What is selected.
        access_parameters: DataRef<'a> = "access-parameters",
    }
}

sequence! {
    /// Cosem-Attribute-Descriptor-With-Selection: an attribute, or a part of it.
    pub struct AttributeWithSelection<'a> = "Cosem-Attribute-Descriptor-With-Selection" {
        /// The attribute.
        cosem_attribute_descriptor: AttributeDescriptor = "cosem-attribute-descriptor",
        /// The part, if not all.
        access_selection: Option<SelectiveAccess<'a>> = "access-selection",
    }
}

impl From<AttributeDescriptor> for AttributeWithSelection<'_> {
    fn from(cosem_attribute_descriptor: AttributeDescriptor) -> Self {
        Self { cosem_attribute_descriptor, access_selection: None }
    }
}

impl<'a> SelectiveAccess<'a> {
    /// Selects rows of a profile by the value of a column.
    pub const BY_RANGE: u8 = 1;
    /// Selects rows of a profile by their number.
    pub const BY_ENTRY: u8 = 2;

    /// The range, if rows are selected so.
    #[must_use]
    pub fn by_range(&self) -> Option<RangeDescriptor<'a>> {
        (self.access_selector == Self::BY_RANGE)
            .then(|| RangeDescriptor::from_data(self.access_parameters))?
    }

    /// The numbers, if rows are selected so.
    #[must_use]
    pub fn by_entry(&self) -> Option<EntryDescriptor> {
        (self.access_selector == Self::BY_ENTRY)
            .then(|| EntryDescriptor::from_data(self.access_parameters))?
    }
}

/// The rows of a profile from a value of one column to another.
///
/// On the wire a structure: the column (a structure of class, logical name, attribute and index),
/// from, to, and an array of the columns that are wanted, empty for all.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct RangeDescriptor<'a> {
    /// The class of the object whose column restricts the rows: 8, a clock.
    pub class_id: u16,
    /// Its logical name.
    pub logical_name: Obis,
    /// Its attribute.
    pub attribute_index: i8,
    /// Which element of the attribute, from 1; 0 is all of it.
    pub data_index: u16,
    /// The first value.
    pub from_value: DataRef<'a>,
    /// The last value.
    pub to_value: DataRef<'a>,
    /// The columns that are wanted; none is all.
    pub selected_values: Sequence<'a>,
}

/// The rows of a profile from a number to another, and the columns.
///
/// On the wire a structure of two double-long-unsigned and two long-unsigned.
///
/// ```
/// use gurux_dlms::wire::{DataRef, EntryDescriptor, SelectiveAccess};
/// use gurux_framing::{Wire, WireError};
///
/// let last_ten = EntryDescriptor { from_entry: 1, to_entry: 10, ..EntryDescriptor::ALL };
/// let mut room = [0; EntryDescriptor::WIRE_LEN];
/// last_ten.emit_to_slice(&mut room)?;
/// let selection = SelectiveAccess {
///     access_selector: SelectiveAccess::BY_ENTRY,
///     access_parameters: DataRef::from_bytes(&room)?,
/// };
/// assert_eq!(selection.by_entry(), Some(last_ten));
/// # Ok::<(), WireError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct EntryDescriptor {
    /// The first row, from 1.
    pub from_entry: u32,
    /// The last row; 0 is the last of all.
    pub to_entry: u32,
    /// The first column, from 1.
    pub from_selected_value: u16,
    /// The last column; 0 is the last of all.
    pub to_selected_value: u16,
}

impl EntryDescriptor {
    /// All rows, all columns.
    pub const ALL: Self =
        Self { from_entry: 1, to_entry: 0, from_selected_value: 1, to_selected_value: 0 };

    /// The octets that one takes.
    pub const WIRE_LEN: usize = 18;

    fn from_data(data: DataRef<'_>) -> Option<Self> {
        let DataRef::Structure(fields) = data else { return None };
        let mut fields = fields.iter();
        let (
            Some(DataRef::DoubleLongUnsigned(from_entry)),
            Some(DataRef::DoubleLongUnsigned(to_entry)),
            Some(DataRef::LongUnsigned(from_selected_value)),
            Some(DataRef::LongUnsigned(to_selected_value)),
            None,
        ) = (fields.next(), fields.next(), fields.next(), fields.next(), fields.next())
        else {
            return None;
        };
        Some(Self { from_entry, to_entry, from_selected_value, to_selected_value })
    }
}

impl<'a> Wire<'a> for EntryDescriptor {
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        let start = reader.offset();
        let expected = WireErrorKind::Expected("an entry descriptor");
        Self::from_data(DataRef::read(reader)?).ok_or(WireError::new(
            start,
            "access-parameters",
            expected,
        ))
    }

    fn emit(&self, out: &mut impl Sink) {
        out.put_array([2, 4]);
        DataRef::DoubleLongUnsigned(self.from_entry).emit(out);
        DataRef::DoubleLongUnsigned(self.to_entry).emit(out);
        DataRef::LongUnsigned(self.from_selected_value).emit(out);
        DataRef::LongUnsigned(self.to_selected_value).emit(out);
    }

    fn wire_len(&self) -> usize {
        Self::WIRE_LEN
    }
}

impl<'a> RangeDescriptor<'a> {
    fn from_data(data: DataRef<'a>) -> Option<Self> {
        let DataRef::Structure(fields) = data else { return None };
        let mut fields = fields.iter();
        let (
            Some(DataRef::Structure(column)),
            Some(from_value),
            Some(to_value),
            Some(DataRef::Array(selected_values)),
            None,
        ) = (fields.next(), fields.next(), fields.next(), fields.next(), fields.next())
        else {
            return None;
        };
        let mut column = column.iter();
        let (
            Some(DataRef::LongUnsigned(class_id)),
            Some(DataRef::OctetString(logical_name)),
            Some(DataRef::Integer(attribute_index)),
            Some(DataRef::LongUnsigned(data_index)),
            None,
        ) = (column.next(), column.next(), column.next(), column.next(), column.next())
        else {
            return None;
        };
        let logical_name = Obis::new(logical_name.try_into().ok()?);
        Some(Self {
            class_id,
            logical_name,
            attribute_index,
            data_index,
            from_value,
            to_value,
            selected_values,
        })
    }
}

impl<'a> Wire<'a> for RangeDescriptor<'a> {
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        let start = reader.offset();
        let expected = WireErrorKind::Expected("a range descriptor");
        Self::from_data(DataRef::read(reader)?).ok_or(WireError::new(
            start,
            "access-parameters",
            expected,
        ))
    }

    fn emit(&self, out: &mut impl Sink) {
        out.put_array([2, 4, 2, 4]);
        DataRef::LongUnsigned(self.class_id).emit(out);
        DataRef::OctetString(&self.logical_name.groups()).emit(out);
        DataRef::Integer(self.attribute_index).emit(out);
        DataRef::LongUnsigned(self.data_index).emit(out);
        self.from_value.emit(out);
        self.to_value.emit(out);
        DataRef::Array(self.selected_values).emit(out);
    }

    fn wire_len(&self) -> usize {
        let column = 20_usize;
        [self.from_value, self.to_value, DataRef::Array(self.selected_values)]
            .iter()
            .fold(column, |len, value| len.wrapping_add(value.wire_len()))
    }
}
