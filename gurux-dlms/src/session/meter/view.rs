//! [`View`]: what a meter serves, seen through one association.

use alloc::vec::Vec;

use gurux_framing::{Sink, Wire};
use gurux_value::Obis;

use super::account::Account;
use super::challenge::Challenge;
use super::model::{Access, Model, Object, Out, Who};
use crate::security::{CounterStore, KeyTransfer, Provider, unwrap_key};
use crate::session::{Agreed, Guard, Referencing};
use crate::table::class::{ClassId, ShortNamed};
use crate::wire::{
    ActionResult, BitString, DataAccessResult, DataRef, DataType, KeyId, SelectiveAccess, length,
};

/// How far an association has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Stage {
    /// The client has to answer the meter's challenge.
    Challenged,
    /// Its answer was wrong.
    Failed,
    /// It stands.
    Associated,
}

/// What a meter serves to one client: its model, and the association itself.
pub(super) struct View<'v, M, P: Provider, C> {
    pub(super) model: &'v mut M,
    pub(super) guard: &'v mut Guard<P, C>,
    pub(super) account: &'v Account,
    pub(super) agreed: &'v Agreed,
    pub(super) challenge: &'v Challenge,
    pub(super) stage: &'v mut Stage,
    pub(super) client: u16,
    pub(super) server: u16,
}

/// The association that is looked through.
const CURRENT: Obis = Obis::new([0, 0, 40, 0, 0, 255]);
/// Its base name.
const BASE_NAME: u16 = 0xFA00;
const SECURITY_SETUP: [u8; 6] = [0, 0, 43, 0, 0, 255];

impl<M: Model, P: Provider, C: CounterStore> View<'_, M, P, C> {
    const fn association(&self) -> Object {
        match self.account.referencing {
            Referencing::LogicalNames => Object {
                class_id: ClassId::ASSOCIATION_LN,
                version: 1,
                logical_name: CURRENT,
                base_name: None,
            },
            Referencing::ShortNames => Object {
                class_id: ClassId::ASSOCIATION_SN,
                version: 2,
                logical_name: CURRENT,
                base_name: Some(BASE_NAME),
            },
        }
    }

    /// The method by which the client answers the challenge.
    const fn reply_method(&self) -> i8 {
        match self.account.referencing {
            Referencing::LogicalNames => 1,
            Referencing::ShortNames => 8,
        }
    }

    fn is_own(object: &Object) -> bool {
        object.logical_name == CURRENT
    }

    fn put_list(&self, who: &Who, out: &mut impl Sink) {
        let objects = || {
            let all = (0..).map_while(|number| self.object(number));
            all.filter(|object| self.is_listed(who, object))
        };
        out.put_u8(DataType::ARRAY.code());
        length::emit(objects().count(), out);
        for object in objects() {
            out.put_array([DataType::STRUCTURE.code(), 4]);
            if self.account.referencing == Referencing::ShortNames {
                let [high, low] = object.base_name.unwrap_or_default().to_be_bytes();
                DataRef::Long(i16::from_be_bytes([high, low])).emit(out);
            }
            DataRef::LongUnsigned(object.class_id.code()).emit(out);
            DataRef::Unsigned(object.version).emit(out);
            DataRef::OctetString(&object.logical_name.groups()).emit(out);
            if self.account.referencing == Referencing::LogicalNames {
                self.put_rights(who, &object, out);
            }
        }
    }

    /// Objects that this client may do something with; by short names only those that have one.
    fn is_listed(&self, who: &Who, object: &Object) -> bool {
        let by_name = self.account.referencing == Referencing::LogicalNames;
        (by_name || object.base_name.is_some())
            && object.class().is_none_or(|class| {
                let mut rows = class.attributes.iter();
                rows.any(|row| self.attribute_access(who, object, row.index) != Access::NONE)
            })
    }

    fn put_rights(&self, who: &Who, object: &Object, out: &mut impl Sink) {
        let class = object.class();
        let attributes = class.map_or(&[][..], |class| class.attributes);
        let methods = class.map_or(&[][..], |class| class.methods);
        out.put_array([DataType::STRUCTURE.code(), 2, DataType::ARRAY.code()]);
        length::emit(attributes.len(), out);
        for row in attributes {
            let mode = self.attribute_access(who, object, row.index).attribute_mode();
            out.put_array([DataType::STRUCTURE.code(), 3]);
            DataRef::Integer(row.index).emit(out);
            DataRef::Enum(mode).emit(out);
            DataRef::NullData.emit(out);
        }
        out.put_u8(DataType::ARRAY.code());
        length::emit(methods.len(), out);
        for row in methods {
            let mode = self.method_access(who, object, row.index).method_mode();
            out.put_array([DataType::STRUCTURE.code(), 2]);
            DataRef::Integer(row.index).emit(out);
            DataRef::Enum(mode).emit(out);
        }
    }

    fn put_own(&self, who: &Who, attribute: i8, out: &mut impl Sink) -> DataAccessResult {
        let is_ciphered = self.guard.is_protecting();
        match (self.account.referencing, attribute) {
            (_, 1) => DataRef::OctetString(&CURRENT.groups()).emit(out),
            (_, 2) => self.put_list(who, out),
            (Referencing::LogicalNames, 3) => {
                let client = self.client.to_be_bytes().last().copied().unwrap_or_default();
                out.put_array([DataType::STRUCTURE.code(), 2]);
                DataRef::Integer(i8::from_be_bytes([client])).emit(out);
                DataRef::LongUnsigned(self.server).emit(out);
            }
            (Referencing::LogicalNames, 4) => {
                let context = self.account.referencing.context(is_ciphered).code();
                DataRef::OctetString(&[0x60, 0x85, 0x74, 5, 8, 1, context]).emit(out);
            }
            (Referencing::LogicalNames, 5) => {
                let [_, bits @ ..] = self.agreed.conformance.bits().to_be_bytes();
                out.put_array([DataType::STRUCTURE.code(), 6]);
                BitString::new(24, &bits).map_or(DataRef::NullData, DataRef::BitString).emit(out);
                DataRef::LongUnsigned(self.agreed.max_receive.unwrap_or_default()).emit(out);
                DataRef::LongUnsigned(self.agreed.max_send.unwrap_or_default()).emit(out);
                DataRef::Unsigned(crate::wire::DLMS_VERSION).emit(out);
                DataRef::Integer(0).emit(out);
                DataRef::OctetString(&[]).emit(out);
            }
            (Referencing::LogicalNames, 6) => {
                let mechanism = self.account.authentication.mechanism().code();
                DataRef::OctetString(&[0x60, 0x85, 0x74, 5, 8, 2, mechanism]).emit(out);
            }
            (Referencing::LogicalNames, 8) => {
                DataRef::Enum(if *self.stage == Stage::Associated { 2 } else { 1 }).emit(out);
            }
            (Referencing::LogicalNames, 9) | (Referencing::ShortNames, 4) => {
                DataRef::OctetString(&SECURITY_SETUP).emit(out);
            }
            (Referencing::ShortNames, 3) => out.put_array([DataType::ARRAY.code(), 0]),
            _ => return DataAccessResult::READ_WRITE_DENIED,
        }
        DataAccessResult::SUCCESS
    }

    /// The client answers the challenge; the meter answers the client's.
    fn reply(&mut self, parameter: Option<DataRef<'_>>, out: &mut Out<'_>) -> ActionResult {
        if *self.stage != Stage::Challenged {
            return ActionResult::READ_WRITE_DENIED;
        }
        let Some(DataRef::OctetString(given)) = parameter else {
            return ActionResult::TYPE_UNMATCHED;
        };
        match self.challenge.answer(&self.account.authentication, self.guard, given) {
            Ok(answer) => {
                *self.stage = Stage::Associated;
                DataRef::OctetString(answer.octets()).emit(out);
                ActionResult::SUCCESS
            }
            Err(_) => {
                *self.stage = Stage::Failed;
                ActionResult::OTHER_REASON
            }
        }
    }

    /// New keys, wrapped with the master key: all of them or none. They hold from the next association on.
    fn transfer(&mut self, parameter: Option<DataRef<'_>>) -> ActionResult {
        let Some(Ok(transfer)) = parameter.map(KeyTransfer::new) else {
            return ActionResult::TYPE_UNMATCHED;
        };
        let master = self.model.key(KeyId::MASTER);
        let master = master.and_then(|key| self.guard.provider().cipher(key).ok());
        let Some(master) = master else { return ActionResult::TEMPORARY_FAILURE };
        let keys =
            transfer.keys().map(|(id, wrapped)| Some((id, unwrap_key(&master, wrapped).ok()?)));
        let Some(keys) = keys.collect::<Option<Vec<_>>>() else {
            return ActionResult::OTHER_REASON;
        };
        if keys.iter().any(|(id, _)| self.model.key(*id).is_none()) {
            return ActionResult::OTHER_REASON;
        }
        for (id, key) in keys {
            if !self.model.set_key(id, key) {
                return ActionResult::OTHER_REASON;
            }
        }
        ActionResult::SUCCESS
    }
}

impl<M: Model, P: Provider, C: CounterStore> Model for View<'_, M, P, C> {
    fn object(&self, number: usize) -> Option<Object> {
        match number.checked_sub(1) {
            None => Some(self.association()),
            Some(number) => self.model.object(number),
        }
    }

    fn find(&self, logical_name: Obis) -> Option<Object> {
        if logical_name == CURRENT {
            return Some(self.association());
        }
        self.model.find(logical_name)
    }

    fn find_short(&self, short_name: u16) -> Option<(Object, ShortNamed)> {
        let own = self.association();
        let there =
            short_name.checked_sub(BASE_NAME).and_then(|offset| own.class()?.at_offset(offset));
        there.map(|there| (own, there)).or_else(|| self.model.find_short(short_name))
    }

    fn attribute_access(&self, who: &Who, object: &Object, attribute: i8) -> Access {
        if *self.stage != Stage::Associated {
            return Access::NONE;
        }
        // The secret is never told.
        let is_secret = self.account.referencing == Referencing::LogicalNames && attribute == 7;
        match Self::is_own(object) {
            true if is_secret => Access::NONE,
            true => Access::READ,
            false => self.model.attribute_access(who, object, attribute),
        }
    }

    fn method_access(&self, who: &Who, object: &Object, method: i8) -> Access {
        match (Self::is_own(object), *self.stage) {
            (true, Stage::Challenged | Stage::Associated) if method == self.reply_method() => {
                Access::READ
            }
            (false, Stage::Associated) => self.model.method_access(who, object, method),
            _ => Access::NONE,
        }
    }

    fn get(
        &mut self,
        who: &Who,
        object: &Object,
        attribute: i8,
        selection: Option<SelectiveAccess<'_>>,
        out: &mut Out<'_>,
    ) -> DataAccessResult {
        match (Self::is_own(object), selection) {
            (true, None) => self.put_own(who, attribute, out),
            (true, Some(_)) => DataAccessResult::SCOPE_OF_ACCESS_VIOLATED,
            (false, selection) => self.model.get(who, object, attribute, selection, out),
        }
    }

    fn set(
        &mut self,
        who: &Who,
        object: &Object,
        attribute: i8,
        selection: Option<SelectiveAccess<'_>>,
        value: DataRef<'_>,
    ) -> DataAccessResult {
        self.model.set(who, object, attribute, selection, value)
    }

    fn act(
        &mut self,
        who: &Who,
        object: &Object,
        method: i8,
        parameter: Option<DataRef<'_>>,
        out: &mut Out<'_>,
    ) -> ActionResult {
        match (object.class_id, method) {
            _ if Self::is_own(object) => self.reply(parameter, out),
            (ClassId::SECURITY_SETUP, 2) => self.transfer(parameter),
            _ => self.model.act(who, object, method, parameter, out),
        }
    }
}
