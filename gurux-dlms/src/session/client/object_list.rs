//! [`ObjectList`]: what an association shows of a meter.

use gurux_framing::{Wire, WireError, WireErrorKind};
use gurux_value::Obis;

use super::Client;
use super::short::Named;
use crate::security::{CounterStore, Provider};
use crate::session::link::Store;
use crate::session::meter::Access;
use crate::table::class::ClassId;
use crate::wire::{AttributeDescriptor, DataRef, Sequence};

/// The association that asks for it, whichever that is.
const CURRENT: Obis = Obis::new([0, 0, 40, 0, 0, 255]);
/// From this version of the association on its rights are bits.
const BITS_SINCE: u8 = 3;

/// The objects of an association, as its attribute 2 lists them: by logical names with what this client may
/// do with each, by short names with their numbers.
///
/// It borrows the octets of the attribute. Whoever keeps them needs not ask the meter again, which takes
/// long on a slow line: [`Client::name_objects`].
///
/// ```
/// use gurux_dlms::session::ObjectList;
/// use gurux_dlms::session::meter::Access;
/// use gurux_framing::WireError;
///
/// // A register (class 3, version 0); attribute 2 may be read, method 1 may not be called.
/// let kept = [
///     0x01, 0x01, 0x02, 0x04, 0x12, 0, 3, 0x11, 0, 0x09, 6, 1, 0, 1, 8, 0, 255,
///     0x02, 0x02, 0x01, 0x01, 0x02, 0x03, 0x0F, 2, 0x16, 1, 0x00,
///     0x01, 0x01, 0x02, 0x02, 0x0F, 1, 0x16, 0,
/// ];
/// let list = ObjectList::from_octets(&kept)?;
/// let register = list.iter().next().expect("an object");
/// assert_eq!(register.logical_name.to_string(), "1-0:1.8.0*255");
/// assert_eq!(register.attribute(2), Some(Access::READ));
/// assert_eq!(register.method(1), Some(Access::NONE));
/// # Ok::<(), WireError>(())
/// ```
///
/// Source: the classes Association LN and Association SN, as `table::class` has them.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ObjectList<'a> {
    objects: Sequence<'a>,
    has_bits: bool,
}

/// An object of an [`ObjectList`].
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ListedObject<'a> {
    /// Its class.
    pub class_id: ClassId,
    /// The version of the class.
    pub version: u8,
    /// Its name.
    pub logical_name: Obis,
    /// Its short name, in a list of short names.
    pub base_name: Option<u16>,
    /// access_rights: of attributes, and of methods.
    rights: Option<(Sequence<'a>, Sequence<'a>)>,
    has_bits: bool,
}

impl<'a> ObjectList<'a> {
    /// The attribute that is the list, where objects have logical names.
    pub const BY_LOGICAL_NAME: AttributeDescriptor = AttributeDescriptor {
        class_id: ClassId::ASSOCIATION_LN.code(),
        instance_id: CURRENT,
        attribute_id: 2,
    };
    /// The attribute that is the list, where objects have short names.
    pub const BY_SHORT_NAME: AttributeDescriptor = AttributeDescriptor {
        class_id: ClassId::ASSOCIATION_SN.code(),
        instance_id: CURRENT,
        attribute_id: 2,
    };

    /// The list in the octets of the attribute.
    ///
    /// # Errors
    /// What is no value of A-XDR, or no array.
    pub fn from_octets(octets: &'a [u8]) -> Result<Self, WireError> {
        let value = DataRef::from_bytes(octets)?;
        let kind = WireErrorKind::Expected("an array of objects");
        Self::new(value).ok_or(WireError::new(0, "object_list", kind))
    }

    /// The list that is the value of the attribute; `None` if it is no array.
    #[must_use]
    pub fn new(value: DataRef<'a>) -> Option<Self> {
        let objects = value.elements()?;
        let plain = Self { objects, has_bits: false };
        let own = plain.find(ClassId::ASSOCIATION_LN, CURRENT);
        Some(Self { objects, has_bits: own.is_some_and(|own| own.version >= BITS_SINCE) })
    }

    /// Its objects, in the order of the meter. What is no object is passed over.
    pub fn iter(&self) -> impl Iterator<Item = ListedObject<'a>> + use<'a> {
        let has_bits = self.has_bits;
        self.objects.iter().filter_map(move |object| ListedObject::new(object, has_bits))
    }

    /// The object of this class and name.
    #[must_use]
    pub fn find(&self, class_id: ClassId, logical_name: Obis) -> Option<ListedObject<'a>> {
        let is_meant = |object: &ListedObject<'_>| {
            object.class_id == class_id && object.logical_name == logical_name
        };
        self.iter().find(is_meant)
    }
}

impl<'a> ListedObject<'a> {
    /// A structure of class, version, name and rights; of short name, class, version and name.
    fn new(object: DataRef<'a>, has_bits: bool) -> Option<Self> {
        let fields = object.elements()?;
        let field = |place| fields.element(place);
        let [base_name, class_id, version, name, rights] = match field(3) {
            Some(DataRef::OctetString(_)) => [field(0), field(1), field(2), field(3), None],
            rights => [None, field(0), field(1), field(2), rights],
        };
        let DataRef::OctetString(name) = name? else { return None };
        // Base names are signed in this list: FA00 stands there as -600h.
        let signed = |base| i16::try_from(base).map(i16::cast_unsigned);
        let base_name = match base_name {
            Some(base) => {
                let base = base.as_integer()?;
                Some(u16::try_from(base).or_else(|_| signed(base)).ok()?)
            }
            None => None,
        };
        let rights = rights.and_then(|rights| rights.elements());
        let rights = rights.and_then(|rights| {
            Some((rights.element(0)?.elements()?, rights.element(1)?.elements()?))
        });
        Some(Self {
            class_id: ClassId::new(u16::try_from(class_id?.as_integer()?).ok()?),
            version: u8::try_from(version?.as_integer()?).ok()?,
            logical_name: Obis::new(name.try_into().ok()?),
            base_name,
            rights,
            has_bits,
        })
    }

    /// What this client may do with each attribute, by its index; nothing, if the list does not say it, as
    /// those of short names do not.
    pub fn attributes(&self) -> impl Iterator<Item = (i8, Access)> + use<'a> {
        let has_bits = self.has_bits;
        let rights = self.rights.into_iter().flat_map(|(attributes, _)| attributes.iter());
        rights.filter_map(move |row| right(row, has_bits, Access::of_attribute_mode))
    }

    /// The same of its methods: [`Access::read`] says that one may be called.
    pub fn methods(&self) -> impl Iterator<Item = (i8, Access)> + use<'a> {
        let has_bits = self.has_bits;
        let rights = self.rights.into_iter().flat_map(|(_, methods)| methods.iter());
        rights.filter_map(move |row| right(row, has_bits, Access::of_method_mode))
    }

    /// What this client may do with this attribute, if the list says it.
    #[must_use]
    pub fn attribute(&self, index: i8) -> Option<Access> {
        self.attributes().find(|(known, _)| *known == index).map(|(_, access)| access)
    }

    /// What it may do with this method, if the list says it.
    #[must_use]
    pub fn method(&self, index: i8) -> Option<Access> {
        self.methods().find(|(known, _)| *known == index).map(|(_, access)| access)
    }
}

/// A structure of an index, an access_mode, and for attributes of selectors.
fn right(row: DataRef<'_>, has_bits: bool, of_mode: fn(u8) -> Access) -> Option<(i8, Access)> {
    let fields = row.elements()?;
    let index = i8::try_from(fields.element(0)?.as_integer()?).ok()?;
    let mode = match fields.element(1)? {
        DataRef::Enum(mode) => mode,
        DataRef::Boolean(yes) => u8::from(yes),
        _ => return None,
    };
    Some((index, if has_bits { Access::of_bits(mode) } else { of_mode(mode) }))
}

impl<S: Store, P: Provider, C: CounterStore> Client<S, P, C> {
    /// Takes the short names of a list that was read before, so that the meter is not asked for it again.
    pub fn name_objects(&mut self, list: &ObjectList<'_>) {
        self.names.extend(list.iter().filter_map(Named::new));
    }
}
