//! [`Entry`]: an object of a [`Memory`](super::Memory).

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use gurux_framing::Wire;
use gurux_value::Obis;

use super::image::Image;
use super::profile::Profile;
use super::value::{default_of, encoded};
use crate::session::meter::model::{Access, Object};
use crate::table::class::ClassId;
use crate::value::Data;
use crate::wire::{DataRef, DataType};

/// An object of a [`Memory`](super::Memory), as it is added.
///
/// All attributes that its class has are there, empty and readable, and its methods may be called.
#[derive(Clone, Debug)]
pub struct Entry {
    pub(super) object: Object,
    values: BTreeMap<i8, Vec<u8>>,
    access: BTreeMap<i8, Access>,
    pub(super) methods: Access,
    pub(super) is_public: bool,
    pub(super) state: State,
}

/// What an object has beside its attributes.
#[derive(Clone, Debug)]
pub(super) enum State {
    Plain,
    Profile(Profile),
    Image(Image),
}

impl Entry {
    /// An object of this class.
    #[must_use]
    pub fn new(class_id: ClassId, version: u8, logical_name: Obis) -> Self {
        let object = Object { class_id, version, logical_name, base_name: None };
        let rows = object.class().map_or(&[][..], |class| class.attributes);
        let values = rows.iter().map(|row| (row.index, default_of(&row.data_type)));
        let state = match class_id {
            ClassId::PROFILE_GENERIC => State::Profile(Profile::default()),
            ClassId::IMAGE_TRANSFER => State::Image(Image::default()),
            _ => State::Plain,
        };
        Self {
            object,
            values: values.collect(),
            access: BTreeMap::new(),
            methods: Access::READ,
            is_public: false,
            state,
        }
    }

    /// With this value.
    #[must_use]
    pub fn with(mut self, attribute: i8, value: &Data) -> Self {
        self.store(attribute, encoded(value));
        self.changed(attribute);
        self
    }

    /// Clients may read and write this attribute.
    #[must_use]
    pub fn writable(self, attribute: i8) -> Self {
        self.with_access(attribute, Access::READ_WRITE)
    }

    /// What clients may do with an attribute.
    #[must_use]
    pub fn with_access(mut self, attribute: i8, access: Access) -> Self {
        self.access.insert(attribute, access);
        self
    }

    /// What clients may do with the methods.
    #[must_use]
    pub fn with_methods(self, access: Access) -> Self {
        Self { methods: access, ..self }
    }

    /// The public client sees it too, where it does not see all.
    #[must_use]
    pub fn public(self) -> Self {
        Self { is_public: true, ..self }
    }

    /// Its base name, for clients that name objects by numbers.
    #[must_use]
    pub fn at(mut self, base_name: u16) -> Self {
        self.object.base_name = Some(base_name);
        self
    }

    pub(super) fn access(&self, attribute: i8) -> Access {
        self.access.get(&attribute).copied().unwrap_or(Access::READ)
    }

    pub(super) fn stored(&self, attribute: i8) -> Option<&[u8]> {
        self.values.get(&attribute).map(Vec::as_slice)
    }

    /// The value of an attribute.
    pub(super) fn data(&self, attribute: i8) -> Option<DataRef<'_>> {
        DataRef::from_bytes(self.stored(attribute)?).ok()
    }

    pub(super) fn integer(&self, attribute: i8) -> Option<i128> {
        self.data(attribute)?.as_integer()
    }

    pub(super) fn store(&mut self, attribute: i8, octets: Vec<u8>) {
        self.values.insert(attribute, octets);
    }

    pub(super) fn put(&mut self, attribute: i8, value: DataRef<'_>) {
        let mut octets = Vec::with_capacity(value.wire_len());
        value.emit(&mut octets);
        self.store(attribute, octets);
    }

    /// Is a value of the same type as the one that is there? Where nothing is there, any will do.
    pub(super) fn accepts(&self, attribute: i8, octets: &[u8]) -> bool {
        let there = self.stored(attribute).and_then(|octets| octets.first()).copied();
        let is_open = there.is_none_or(|tag| tag == DataType::NULL_DATA.code());
        // An octet-string with a date-time, and the date-time itself, are one to the class.
        let is_any = |tag| {
            self.object.class().and_then(|c| c.attribute(attribute)).is_some_and(|row| {
                row.data_type != crate::table::class::Type::Any && Some(&tag) != there.as_ref()
            })
        };
        let tag = octets.first().copied().unwrap_or_default();
        is_open || there == Some(tag) || is_any(tag)
    }

    /// An attribute was written: what hangs on it follows.
    pub(super) fn changed(&mut self, attribute: i8) {
        let size = self.integer(2).and_then(|size| u32::try_from(size).ok()).unwrap_or_default();
        let (most, period) = (self.integer(8), self.integer(4));
        match (&mut self.state, attribute) {
            // Other columns, or another period: the rows that are there no longer fit.
            (State::Profile(profile), 3) => profile.clear(),
            (State::Profile(profile), 8) => profile.set_max(most),
            (State::Profile(profile), 4) => profile.set_period(period),
            (State::Image(image), 2) => image.set_block_size(size),
            _ => {}
        }
    }
}
