//! The same orders with short names: each attribute and method has a number of 16 bits.

use gurux_framing::{Reader, Sink, Wire};
use gurux_value::Obis;

use super::event::Failure;
use super::items::Place;
use super::object_list::{ListedObject, ObjectList};
use super::order::{Kind, Order, Way};
use super::{Awaits, Client};
use crate::security::{CounterStore, Provider};
use crate::session::link::{Store, StoreSink};
use crate::wire::{
    ApduTag, AttributeWithSelection, DataRef, MethodDescriptor, VariableAccess, length,
};

/// An object and its base name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Named {
    pub(super) base_name: u16,
    pub(super) class_id: u16,
    pub(super) logical_name: Obis,
}

impl Named {
    pub(super) fn new(object: ListedObject<'_>) -> Option<Self> {
        let (class_id, logical_name) = (object.class_id.code(), object.logical_name);
        Some(Self { base_name: object.base_name?, class_id, logical_name })
    }
}

/// The object list of the association FA00: its attribute 2.
const OBJECT_LIST: u16 = 0xFA08;
/// Attributes and methods lie so far apart.
const STEP: u16 = 8;
/// A method with a parameter is read with this selector.
const METHOD_SELECTOR: u8 = 1;

/// How far behind the base name the first method of a class lies, as the classes' tables of short names
/// have it.
const FIRST_METHODS: &[(u16, u16)] = &[
    (3, 0x28),
    (4, 0x38),
    (5, 0x48),
    (6, 0x30),
    (7, 0x58),
    (8, 0x60),
    (9, 0x20),
    (11, 0x10),
    (12, 0x20),
    (15, 0x60),
    (17, 0x20),
    (18, 0x40),
    (20, 0x50),
    (40, 0x38),
    (42, 0x60),
    (61, 0x28),
    (64, 0x30),
    (70, 0x20),
    (72, 0x60),
];

impl<S: Store, P: Provider, C: CounterStore> Client<S, P, C> {
    /// Reads the list of objects.
    pub(super) fn ask_names(&mut self) -> Result<(), Failure> {
        let [high, low] = OBJECT_LIST.to_be_bytes();
        self.stores.clear.clear();
        self.stores.joined.clear();
        let mut sink = StoreSink::new(&mut self.stores.clear);
        sink.put_array([ApduTag::READ_REQUEST.code(), 1, 2, high, low]);
        self.block = 0;
        self.awaits = Awaits::Names;
        self.dispatch()
    }

    /// The list lies there: structures of base name, class, version and logical name.
    pub(super) fn names_came(&mut self, place: Place) -> Result<(), Failure> {
        let mut names = core::mem::take(&mut self.names);
        let list = ObjectList::from_octets(self.octets(place))?;
        names.extend(list.iter().filter_map(Named::new));
        let is_empty = names.is_empty();
        self.names = names;
        self.awaits = Awaits::Nothing;
        self.block = 0;
        self.drop_message();
        self.stores.joined.clear();
        if is_empty { Err(Failure::NoShortName) } else { self.ask() }
    }

    /// Writes the order with short names.
    pub(super) fn compose_short(&mut self, order: &Order) -> Result<(), Failure> {
        let super::Stores { request, clear, .. } = &mut self.stores;
        let (heads, values) =
            request.octets().split_at_checked(order.heads_len).unwrap_or_default();
        clear.clear();
        let mut sink = StoreSink::new(clear);
        let is_written =
            order.kind == Kind::Set || matches!(order.way, Way::Blocks { .. } if order.has_value);
        let tag = match order.kind {
            _ if is_written => ApduTag::WRITE_REQUEST,
            Kind::Access => return Err(Failure::NotGranted("ACCESS")),
            _ => ApduTag::READ_REQUEST,
        };
        let count_len = if order.is_list() { length::wire_len(order.items) } else { 0 };
        let (head_at, value_at, items) = match order.way {
            Way::Single { head, value, .. } => (head.max(count_len), value.max(count_len), 1),
            _ => (count_len, count_len, order.items),
        };
        sink.put_u8(tag.code());
        length::emit(items, &mut sink);
        let mut heads = Reader::new(heads.get(head_at..).unwrap_or_default());
        let values = values.get(value_at..).unwrap_or_default();
        let mut parameters = Reader::new(values);
        for _ in 0..items {
            let access = if order.kind == Kind::Act {
                let method = heads.read::<MethodDescriptor>()?;
                let variable_name = method_name(&self.names, &method)?;
                let parameter = parameters.read::<DataRef<'_>>()?;
                if is_written {
                    VariableAccess::VariableName(variable_name)
                } else if order.has_value && !(order.is_list() && parameter == DataRef::NullData) {
                    let selector = METHOD_SELECTOR;
                    VariableAccess::Parameterized { variable_name, selector, parameter }
                } else {
                    VariableAccess::VariableName(variable_name)
                }
            } else {
                let item = heads.read::<AttributeWithSelection<'_>>()?;
                let variable_name = attribute_name(&self.names, &item)?;
                match item.access_selection {
                    Some(selection) => VariableAccess::Parameterized {
                        variable_name,
                        selector: selection.access_selector,
                        parameter: selection.access_parameters,
                    },
                    None => VariableAccess::VariableName(variable_name),
                }
            };
            access.emit(&mut sink);
        }
        if is_written {
            length::emit(items, &mut sink);
            let mut reader = Reader::new(values);
            for _ in 0..items {
                reader.read::<DataRef<'_>>()?;
            }
            sink.put(values.get(..reader.offset()).unwrap_or_default());
        }
        super::compose::whole(&sink, values.len())
    }
}

fn base_name(names: &[Named], class_id: u16, logical_name: Obis) -> Result<u16, Failure> {
    names
        .iter()
        .find(|named| named.class_id == class_id && named.logical_name == logical_name)
        .map(|named| named.base_name)
        .ok_or(Failure::NoShortName)
}

fn attribute_name(names: &[Named], item: &AttributeWithSelection<'_>) -> Result<u16, Failure> {
    let attribute = item.cosem_attribute_descriptor;
    let base = base_name(names, attribute.class_id, attribute.instance_id)?;
    let index = u16::try_from(attribute.attribute_id).unwrap_or_default().saturating_sub(1);
    Ok(base.wrapping_add(index.saturating_mul(STEP)))
}

fn method_name(names: &[Named], method: &MethodDescriptor) -> Result<u16, Failure> {
    let base = base_name(names, method.class_id, method.instance_id)?;
    let first = FIRST_METHODS.iter().find(|(class, _)| *class == method.class_id);
    let (_, first) = first.ok_or(Failure::NoShortName)?;
    let index = u16::try_from(method.method_id).unwrap_or_default().saturating_sub(1);
    Ok(base.wrapping_add(*first).wrapping_add(index.saturating_mul(STEP)))
}
