//! The orders that a client takes.

use gurux_framing::{Sink, Wire};
use gurux_value::Obis;

use super::event::{CallError, CallId};
use super::order::{Access, Kind, Order, Way};
use super::short::Named;
use super::{Awaits, Client};
use crate::security::{CounterStore, Provider};
use crate::session::link::{Store, StoreSink};
use crate::wire::{
    AttributeDescriptor, AttributeWithSelection, DataRef, MethodDescriptor, SelectiveAccess, length,
};

/// The most items of an order.
const MAX_ITEMS: usize = 255;

/// # Errors
/// Each order: [`CallError`]; nothing is sent then.
impl<S: Store, P: Provider, C: CounterStore> Client<S, P, C> {
    /// Sets up the association, where there is none. Every other order does so by itself.
    pub fn associate(&mut self) -> Result<CallId, CallError> {
        self.order(Kind::Associate, 1, |_| {}, |_| {})
    }

    /// Ends the association, and the link with it. Over TCP the connection is the caller's to close.
    pub fn release(&mut self) -> Result<CallId, CallError> {
        self.order(Kind::Release, 1, |_| {}, |_| {})
    }

    /// Reads an attribute.
    pub fn get(&mut self, attribute: AttributeDescriptor) -> Result<CallId, CallError> {
        self.get_item(attribute.into(), false)
    }

    /// Reads a part of an attribute.
    pub fn get_with(
        &mut self,
        attribute: AttributeDescriptor,
        selection: SelectiveAccess<'_>,
    ) -> Result<CallId, CallError> {
        self.get_item(with_selection(attribute, Some(selection)), false)
    }

    /// Reads an array, or a part of it, row by row: each is told when it is whole
    /// ([`ClientEvent::Row`](super::ClientEvent::Row)) and forgotten then, so that an array of any length
    /// takes no more room than one block and one row. What is no array comes as one value.
    pub fn read_rows(
        &mut self,
        attribute: AttributeDescriptor,
        selection: Option<SelectiveAccess<'_>>,
    ) -> Result<CallId, CallError> {
        self.get_item(with_selection(attribute, selection), true)
    }

    fn get_item(
        &mut self,
        item: AttributeWithSelection<'_>,
        by_rows: bool,
    ) -> Result<CallId, CallError> {
        let call = self.take(Kind::Get, 1, |sink| item.emit(sink), |_| {}, by_rows, false)?;
        self.advance();
        Ok(call)
    }

    /// Reads several attributes, or parts of them.
    pub fn get_list(&mut self, items: &[AttributeWithSelection<'_>]) -> Result<CallId, CallError> {
        let heads = |sink: &mut StoreSink<'_, S>| items.iter().for_each(|item| item.emit(sink));
        self.order(Kind::Get, items.len(), heads, |_| {})
    }

    /// Writes an attribute.
    pub fn set(
        &mut self,
        attribute: AttributeDescriptor,
        value: DataRef<'_>,
    ) -> Result<CallId, CallError> {
        self.set_list(&[attribute.into()], &[value])
    }

    /// Writes a part of an attribute.
    pub fn set_with(
        &mut self,
        attribute: AttributeDescriptor,
        selection: SelectiveAccess<'_>,
        value: DataRef<'_>,
    ) -> Result<CallId, CallError> {
        self.set_list(&[with_selection(attribute, Some(selection))], &[value])
    }

    /// Writes several attributes, or parts of them; a value for each.
    pub fn set_list(
        &mut self,
        items: &[AttributeWithSelection<'_>],
        values: &[DataRef<'_>],
    ) -> Result<CallId, CallError> {
        if items.len() != values.len() {
            return Err(CallError::Items);
        }
        let heads = |sink: &mut StoreSink<'_, S>| items.iter().for_each(|item| item.emit(sink));
        self.order(Kind::Set, items.len(), heads, |sink| put_values(values, sink))
    }

    /// Calls a method.
    pub fn act(
        &mut self,
        method: MethodDescriptor,
        parameter: Option<DataRef<'_>>,
    ) -> Result<CallId, CallError> {
        let value = parameter.unwrap_or(DataRef::NullData);
        let heads = |sink: &mut StoreSink<'_, S>| method.emit(sink);
        let values = |sink: &mut StoreSink<'_, S>| value.emit(sink);
        let call = self.take(Kind::Act, 1, heads, values, false, parameter.is_some())?;
        self.advance();
        Ok(call)
    }

    /// Calls several methods; a parameter for each, null-data where it has none.
    pub fn act_list(
        &mut self,
        methods: &[MethodDescriptor],
        parameters: &[DataRef<'_>],
    ) -> Result<CallId, CallError> {
        if methods.len() != parameters.len() {
            return Err(CallError::Items);
        }
        let heads = |sink: &mut StoreSink<'_, S>| methods.iter().for_each(|item| item.emit(sink));
        self.order(Kind::Act, methods.len(), heads, |sink| put_values(parameters, sink))
    }

    /// Reads, writes and calls in one message (ACCESS); with logical names only.
    pub fn access(&mut self, items: &[Access<'_>]) -> Result<CallId, CallError> {
        let heads = |sink: &mut StoreSink<'_, S>| {
            items.iter().for_each(|item| item.specification().emit(sink));
        };
        let values = |sink: &mut StoreSink<'_, S>| {
            items.iter().for_each(|item| item.value().emit(sink));
        };
        self.order(Kind::Access, items.len(), heads, values)
    }

    /// An object's short name, where it is known beforehand. With none known, the meter's list is read
    /// when it is first needed.
    pub fn name_object(&mut self, base_name: u16, class_id: u16, logical_name: Obis) {
        self.names.push(Named { base_name, class_id, logical_name });
    }

    fn order(
        &mut self,
        kind: Kind,
        items: usize,
        heads: impl FnOnce(&mut StoreSink<'_, S>),
        values: impl FnOnce(&mut StoreSink<'_, S>),
    ) -> Result<CallId, CallError> {
        let call = self.take(kind, items, heads, values, false, true)?;
        self.advance();
        Ok(call)
    }

    fn take(
        &mut self,
        kind: Kind,
        items: usize,
        heads: impl FnOnce(&mut StoreSink<'_, S>),
        values: impl FnOnce(&mut StoreSink<'_, S>),
        by_rows: bool,
        has_value: bool,
    ) -> Result<CallId, CallError> {
        if self.order.is_some() || self.awaits != Awaits::Nothing {
            return Err(CallError::Busy);
        }
        if items == 0 || items > MAX_ITEMS {
            return Err(CallError::Items);
        }
        self.let_go();
        let request = &mut self.stores.request;
        request.clear();
        let max = request.max_len();
        let is_list = items > 1 || kind == Kind::Access;
        let mut sink = StoreSink::new(request);
        if is_list {
            length::emit(items, &mut sink);
        }
        heads(&mut sink);
        let heads_are_whole = sink.is_whole();
        let heads_len = self.stores.request.octets().len();
        let mut sink = StoreSink::new(&mut self.stores.request);
        if is_list && kind != Kind::Get {
            length::emit(items, &mut sink);
        }
        values(&mut sink);
        if !(heads_are_whole && sink.is_whole()) {
            self.stores.request.clear();
            return Err(CallError::TooLong { max });
        }
        let call = CallId(self.next_call);
        self.next_call = self.next_call.wrapping_add(1);
        self.order = Some(Order {
            call,
            kind,
            items,
            heads_len,
            by_rows,
            has_value,
            way: Way::Undecided,
            invoke: 0,
            is_asked: false,
            is_retried: false,
        });
        Ok(call)
    }
}

const fn with_selection(
    cosem_attribute_descriptor: AttributeDescriptor,
    access_selection: Option<SelectiveAccess<'_>>,
) -> AttributeWithSelection<'_> {
    AttributeWithSelection { cosem_attribute_descriptor, access_selection }
}

fn put_values(values: &[DataRef<'_>], sink: &mut impl Sink) {
    values.iter().for_each(|value| value.emit(sink));
}
