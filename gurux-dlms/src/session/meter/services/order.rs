//! [`Order`]: one attribute read or written, one method called, after looking whether it may be.

use gurux_framing::Wire;
use gurux_value::Obis;

use super::super::model::{Access, Model, Object, Who};
use super::Terms;
use crate::session::link::{Owned, Store, StoreSink};
use crate::wire::{
    ActionResult, AttributeDescriptor, AttributeWithSelection, Conformance, DataAccessResult,
    DataRef, MethodDescriptor, SelectiveAccess,
};

/// One request under way.
pub(super) struct Order<'o, M> {
    pub(super) model: &'o mut M,
    pub(super) who: &'o Who,
    pub(super) terms: &'o Terms,
}

impl<M: Model> Order<'_, M> {
    fn object(&self, class_id: u16, logical_name: Obis) -> Result<Object, DataAccessResult> {
        let object = self.model.find(logical_name).ok_or(DataAccessResult::OBJECT_UNDEFINED)?;
        if object.class_id.code() == class_id {
            Ok(object)
        } else {
            Err(DataAccessResult::OBJECT_CLASS_INCONSISTENT)
        }
    }

    fn may(&self, access: Access, is_granted: bool) -> Result<(), DataAccessResult> {
        if !is_granted {
            return Err(DataAccessResult::READ_WRITE_DENIED);
        }
        if access.is_met_by(self.who.protection) {
            Ok(())
        } else {
            Err(DataAccessResult::SCOPE_OF_ACCESS_VIOLATED)
        }
    }

    fn may_attribute(
        &self,
        object: &Object,
        attribute: i8,
        is_selective: bool,
        is_writing: bool,
    ) -> Result<(), DataAccessResult> {
        // Attributes below 0 are the manufacturer's; a class without a row has what its model says.
        let is_known = object.class().is_none_or(|class| class.attribute(attribute).is_some());
        if !is_known && attribute >= 0 {
            return Err(DataAccessResult::OBJECT_UNDEFINED);
        }
        let access = self.model.attribute_access(self.who, object, attribute);
        self.may(access, if is_writing { access.write } else { access.read })?;
        let is_granted = self.terms.grants(Conformance::SELECTIVE_ACCESS)
            || self.terms.grants(Conformance::PARAMETERIZED_ACCESS);
        if is_selective && !is_granted {
            return Err(DataAccessResult::SCOPE_OF_ACCESS_VIOLATED);
        }
        Ok(())
    }

    /// Adds the value of an attribute to `out`; nothing, unless it succeeds.
    pub(super) fn read(
        &mut self,
        at: &AttributeWithSelection<'_>,
        out: &mut Owned,
    ) -> DataAccessResult {
        let (descriptor, selection) = (&at.cosem_attribute_descriptor, at.access_selection);
        if descriptor.attribute_id == 0 {
            return self.read_all(descriptor, out);
        }
        match self.object(descriptor.class_id, descriptor.instance_id) {
            Ok(object) => self.read_of(&object, descriptor.attribute_id, selection, out),
            Err(refused) => refused,
        }
    }

    /// The same of an object that was found.
    pub(super) fn read_of(
        &mut self,
        object: &Object,
        attribute: i8,
        selection: Option<SelectiveAccess<'_>>,
        out: &mut Owned,
    ) -> DataAccessResult {
        if let Err(refused) = self.may_attribute(object, attribute, selection.is_some(), false) {
            return refused;
        }
        let begin = out.octets().len();
        let mut sink = StoreSink::new(out);
        let result = self.model.get(self.who, object, attribute, selection, &mut sink);
        let is_whole = sink.is_whole();
        if result == DataAccessResult::SUCCESS && is_whole && out.octets().len() > begin {
            return result;
        }
        out.truncate(begin);
        // More than there is room for, or nothing at all.
        if result == DataAccessResult::SUCCESS { DataAccessResult::OTHER_REASON } else { result }
    }

    /// Attribute 0: a structure of all attributes, null-data where one is not to be read.
    fn read_all(&mut self, at: &AttributeDescriptor, out: &mut Owned) -> DataAccessResult {
        if !self.terms.grants(Conformance::ATTRIBUTE0_SUPPORTED_WITH_GET) {
            return DataAccessResult::OBJECT_UNDEFINED;
        }
        let object = match self.object(at.class_id, at.instance_id) {
            Ok(object) => object,
            Err(refused) => return refused,
        };
        let attributes = object.class().map_or(&[][..], |class| class.attributes);
        let count = u8::try_from(attributes.len()).unwrap_or(u8::MAX);
        let begin = out.octets().len();
        let mut is_whole = out.append(&[2, count]);
        for attribute in attributes.iter().take(count.into()) {
            let result = self.read_of(&object, attribute.index, None, out);
            if result != DataAccessResult::SUCCESS {
                is_whole &= out.append(&[0]);
            }
        }
        if is_whole {
            return DataAccessResult::SUCCESS;
        }
        out.truncate(begin);
        DataAccessResult::OTHER_REASON
    }

    pub(super) fn write(
        &mut self,
        at: &AttributeWithSelection<'_>,
        value: DataRef<'_>,
    ) -> DataAccessResult {
        let (descriptor, selection) = (&at.cosem_attribute_descriptor, at.access_selection);
        match self.object(descriptor.class_id, descriptor.instance_id) {
            Ok(object) => self.write_of(&object, descriptor.attribute_id, selection, value),
            Err(refused) => refused,
        }
    }

    /// The same of an object that was found.
    pub(super) fn write_of(
        &mut self,
        object: &Object,
        attribute: i8,
        selection: Option<SelectiveAccess<'_>>,
        value: DataRef<'_>,
    ) -> DataAccessResult {
        if let Err(refused) = self.may_attribute(object, attribute, selection.is_some(), true) {
            return refused;
        }
        let row = object.class().and_then(|class| class.attribute(attribute));
        if selection.is_none() && row.is_some_and(|row| !row.data_type.fits(&value)) {
            return DataAccessResult::TYPE_UNMATCHED;
        }
        self.model.set(self.who, object, attribute, selection, value)
    }

    /// Calls a method; what it returns is added to `out`.
    pub(super) fn act(
        &mut self,
        at: &MethodDescriptor,
        parameter: Option<DataRef<'_>>,
        out: &mut Owned,
    ) -> ActionResult {
        match self.object(at.class_id, at.instance_id) {
            Ok(object) => self.act_of(&object, at.method_id, parameter, out),
            Err(refused) => ActionResult::new(refused.code()),
        }
    }

    /// The same of an object that was found.
    pub(super) fn act_of(
        &mut self,
        object: &Object,
        method: i8,
        parameter: Option<DataRef<'_>>,
        out: &mut Owned,
    ) -> ActionResult {
        let is_known = object.class().is_none_or(|class| class.method(method).is_some());
        if !is_known && method >= 0 {
            return ActionResult::OBJECT_UNDEFINED;
        }
        let access = self.model.method_access(self.who, object, method);
        if let Err(refused) = self.may(access, access.read) {
            return ActionResult::new(refused.code());
        }
        let begin = out.octets().len();
        let mut sink = StoreSink::new(out);
        let result = self.model.act(self.who, object, method, parameter, &mut sink);
        let is_whole = sink.is_whole();
        if result != ActionResult::SUCCESS || !is_whole {
            out.truncate(begin);
        }
        if is_whole { result } else { ActionResult::OTHER_REASON }
    }

    /// Adds Action-Response-With-Optional-Data: how a method went, and what it returned.
    pub(super) fn act_item(
        &mut self,
        at: &MethodDescriptor,
        parameter: Option<DataRef<'_>>,
        out: &mut Owned,
    ) {
        let begin = out.octets().len();
        // A success that returns something, unless the call says otherwise.
        out.append(&[0, 1, 0]);
        let filled = out.octets().len();
        let result = self.act(at, parameter, out);
        if out.octets().len() == filled {
            out.truncate(begin);
            out.append(&[result.code(), 0]);
        }
    }
}

/// A parameter that stands where there must be one: null-data for none.
pub(super) fn optional(parameter: DataRef<'_>) -> Option<DataRef<'_>> {
    (parameter != DataRef::NullData).then_some(parameter)
}

/// The octets of one value, and nothing behind them.
pub(super) fn one(octets: &[u8]) -> Option<DataRef<'_>> {
    DataRef::from_bytes(octets).ok()
}
