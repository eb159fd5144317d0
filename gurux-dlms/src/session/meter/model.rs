//! [`Model`]: what a meter serves.

use gurux_media::Instant;
use gurux_value::Obis;

use crate::security::Key;
use crate::session::link::{Owned, StoreSink};
use crate::table::class::{Class, ClassId, ShortNamed, lookup_class};
use crate::wire::{
    ActionResult, DataAccessResult, DataRef, KeyId, Mechanism, SecurityControl, SelectiveAccess,
};

/// Where a [`Model`] writes a value: bounded, so that no value takes more memory than the meter gives.
pub type Out<'s> = StoreSink<'s, Owned>;

/// Who asks, and how.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Who {
    /// The client's address: 16 is the public client.
    pub client: u16,
    /// How it proved who it is.
    pub mechanism: Mechanism,
    /// How this very request was protected.
    pub protection: SecurityControl,
}

/// An object, as an object list states it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Object {
    /// The number of its class.
    pub class_id: ClassId,
    /// The version of the class.
    pub version: u8,
    /// Its name.
    pub logical_name: Obis,
    /// Its base name, for clients that name objects by numbers.
    pub base_name: Option<u16>,
}

impl Object {
    /// Its class; `None` if the table does not have it in this version.
    #[must_use]
    pub fn class(&self) -> Option<&'static Class> {
        lookup_class(self.class_id, self.version)
    }
}

/// What a client may do with an attribute or a method.
///
/// An object list says it by a number, of which the association's version says the meaning: up to
/// version 2 one of a list, from version 3 on bits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Access {
    /// An attribute may be read, a method called.
    pub read: bool,
    /// An attribute may be written.
    pub write: bool,
    /// The request must be authenticated.
    pub authenticated: bool,
    /// The request must be encrypted.
    pub encrypted: bool,
}

impl Access {
    /// Nothing.
    pub const NONE: Self =
        Self { read: false, write: false, authenticated: false, encrypted: false };
    /// An attribute may be read, a method called.
    pub const READ: Self = Self { read: true, ..Self::NONE };
    /// An attribute may be read and written.
    pub const READ_WRITE: Self = Self { read: true, write: true, ..Self::NONE };

    /// The same, only in requests that are authenticated.
    #[must_use]
    pub const fn authenticated(self) -> Self {
        Self { authenticated: true, ..self }
    }

    /// The same, only in requests that are encrypted.
    #[must_use]
    pub const fn encrypted(self) -> Self {
        Self { encrypted: true, ..self }
    }

    /// Is a request that is protected so well enough?
    #[must_use]
    pub const fn is_met_by(self, protection: SecurityControl) -> bool {
        (!self.authenticated || protection.is_authenticated())
            && (!self.encrypted || protection.is_encrypted())
    }

    /// The access_mode of an attribute, as associations of version 0 to 2 have it: 0 none, 1 read,
    /// 2 write, 3 both, 4 to 6 the same with authentication.
    #[must_use]
    pub const fn attribute_mode(self) -> u8 {
        let mode = self.read as u8 | (self.write as u8) << 1;
        if self.authenticated && mode != 0 { mode.saturating_add(3) } else { mode }
    }

    /// The access_mode of a method, as associations of version 1 and 2 have it: 0 none, 1 access, 2 the
    /// same with authentication.
    #[must_use]
    pub const fn method_mode(self) -> u8 {
        if !self.read {
            0
        } else if self.authenticated {
            2
        } else {
            1
        }
    }

    /// What the access_mode of an attribute says, in an association of version 0 to 2.
    #[must_use]
    pub const fn of_attribute_mode(mode: u8) -> Self {
        let (mode, authenticated) = match mode {
            4..=6 => (mode.saturating_sub(3), true),
            0..=3 => (mode, false),
            _ => (0, false),
        };
        Self { read: mode & 1 != 0, write: mode & 2 != 0, authenticated, encrypted: false }
    }

    /// What the access_mode of a method says, in an association of version 0 to 2; true, in version 0, is 1.
    #[must_use]
    pub const fn of_method_mode(mode: u8) -> Self {
        let read = matches!(mode, 1 | 2);
        Self { read, write: false, authenticated: mode == 2, encrypted: false }
    }

    /// What the access_mode of either says, in an association of version 3. What it asks of answers, and of
    /// signatures, is not in here.
    #[must_use]
    pub const fn of_bits(bits: u8) -> Self {
        Self {
            read: bits & 1 != 0,
            write: bits & 2 != 0,
            authenticated: bits & 4 != 0,
            encrypted: bits & 8 != 0,
        }
    }

    /// The access_mode of both, as associations of version 3 have it: bit 0 read (of a method: access),
    /// 1 write, 2 authenticated request, 3 encrypted request.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.read as u8
            | (self.write as u8) << 1
            | (self.authenticated as u8) << 2
            | (self.encrypted as u8) << 3
    }
}

/// What a meter serves: objects, their attributes and their methods.
///
/// The meter has looked at an order before it comes here: the object and the attribute or method are
/// there, the client may do it, and a value that is written is of the type that the class has.
/// Associations (classes 12 and 15) and new keys are the meter's own affair.
pub trait Model {
    /// The objects in turn, from 0.
    fn object(&self, number: usize) -> Option<Object>;

    /// The object of this name.
    fn find(&self, logical_name: Obis) -> Option<Object> {
        (0..).map_while(|number| self.object(number)).find(|o| o.logical_name == logical_name)
    }

    /// The object that this number lies in, and what lies there.
    fn find_short(&self, short_name: u16) -> Option<(Object, ShortNamed)> {
        (0..).map_while(|number| self.object(number)).find_map(|object| {
            let offset = short_name.checked_sub(object.base_name?)?;
            Some((object, object.class()?.at_offset(offset)?))
        })
    }

    /// What this client may do with an attribute.
    fn attribute_access(&self, who: &Who, object: &Object, attribute: i8) -> Access;

    /// What this client may do with a method.
    fn method_access(&self, who: &Who, object: &Object, method: i8) -> Access;

    /// Writes the value of an attribute, or of a part of it.
    fn get(
        &mut self,
        who: &Who,
        object: &Object,
        attribute: i8,
        selection: Option<SelectiveAccess<'_>>,
        out: &mut Out<'_>,
    ) -> DataAccessResult;

    /// Takes a value for an attribute, or for a part of it.
    fn set(
        &mut self,
        who: &Who,
        object: &Object,
        attribute: i8,
        selection: Option<SelectiveAccess<'_>>,
        value: DataRef<'_>,
    ) -> DataAccessResult;

    /// Calls a method. What it returns is written; nothing, if it returns nothing.
    fn act(
        &mut self,
        who: &Who,
        object: &Object,
        method: i8,
        parameter: Option<DataRef<'_>>,
        out: &mut Out<'_>,
    ) -> ActionResult;

    /// Time passed.
    fn elapse(&mut self, now: Instant) {
        let _ = now;
    }

    /// When [`elapse`](Self::elapse) wants to be called at the latest.
    fn next_at(&self) -> Option<Instant> {
        None
    }

    /// A key of the meter's.
    fn key(&self, id: KeyId) -> Option<&Key> {
        let _ = id;
        None
    }

    /// A client transfers a new key, wrapped with the master key and unwrapped already. False, if it is
    /// not taken.
    fn set_key(&mut self, id: KeyId, key: Key) -> bool {
        let _ = (id, key);
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_are_told_as_each_version_has_them() {
        let all = Access::READ_WRITE;
        assert_eq!((all.attribute_mode(), all.method_mode(), all.bits()), (3, 1, 3));
        let authenticated = all.authenticated();
        assert_eq!((authenticated.attribute_mode(), authenticated.method_mode()), (6, 2));
        assert_eq!(authenticated.encrypted().bits(), 0b1111);
        let none = Access::NONE.authenticated();
        assert_eq!((none.attribute_mode(), none.method_mode()), (0, 0));
    }

    #[test]
    fn a_request_must_be_protected_as_the_right_says() {
        let clear = SecurityControl::new(0);
        let right = Access::READ.authenticated();
        assert!(Access::READ.is_met_by(clear) && !right.is_met_by(clear));
        assert!(!right.is_met_by(SecurityControl::ENCRYPTED));
        assert!(right.is_met_by(SecurityControl::AUTHENTICATED_ENCRYPTED));
        assert!(!right.encrypted().is_met_by(SecurityControl::AUTHENTICATED));
    }
}
