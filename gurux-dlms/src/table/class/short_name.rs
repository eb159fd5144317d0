//! Where the attributes and methods of an object lie, for a client that names them by numbers.

use super::{Class, ClassId};

/// What lies at an offset from the base name of an object.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ShortNamed {
    /// The attribute of this number.
    Attribute(i8),
    /// The method of this number.
    Method(i8),
}

/// From one attribute or method to the next.
const STEP: u16 = 8;

/// The offset of the first method, by class.
///
/// The offsets were compared with what gurux-dlms 1.0.203 asks for (`GXDLMS.getActionInfo`).
const METHODS: &[(ClassId, u16)] = &[
    (ClassId::REGISTER, 0x28),
    (ClassId::EXTENDED_REGISTER, 0x38),
    (ClassId::DEMAND_REGISTER, 0x48),
    (ClassId::REGISTER_ACTIVATION, 0x30),
    (ClassId::PROFILE_GENERIC, 0x58),
    (ClassId::CLOCK, 0x60),
    (ClassId::SCRIPT_TABLE, 0x20),
    (ClassId::SPECIAL_DAYS_TABLE, 0x10),
    (ClassId::ASSOCIATION_SN, 0x20),
    (ClassId::ASSOCIATION_LN, 0x60),
    (ClassId::SAP_ASSIGNMENT, 0x20),
    (ClassId::IMAGE_TRANSFER, 0x40),
    (ClassId::ACTIVITY_CALENDAR, 0x50),
    (ClassId::PUSH_SETUP, 0x38),
    (ClassId::REGISTER_TABLE, 0x28),
    (ClassId::SECURITY_SETUP, 0x30),
    (ClassId::DISCONNECT_CONTROL, 0x20),
];

impl Class {
    /// The offset of a method from the base name of its object; `None` where the class is not known to
    /// have one.
    ///
    /// ```
    /// use gurux_dlms::table::class::{ClassId, ShortNamed, lookup_class};
    ///
    /// let register = lookup_class(ClassId::REGISTER, 0).unwrap();
    /// assert_eq!(register.method_offset(1), Some(0x28));
    /// assert_eq!(register.at_offset(0x08), Some(ShortNamed::Attribute(2)));
    /// assert_eq!(register.at_offset(0x28), Some(ShortNamed::Method(1)));
    /// assert_eq!(register.at_offset(0x30), None);
    /// ```
    #[must_use]
    pub fn method_offset(&self, method: i8) -> Option<u16> {
        self.method(method)?;
        let (_, first) = METHODS.iter().find(|(id, _)| *id == self.id)?;
        let number = u16::try_from(method).ok()?.checked_sub(1)?;
        first.checked_add(number.checked_mul(STEP)?)
    }

    /// The offset of an attribute from the base name of its object.
    #[must_use]
    pub fn attribute_offset(&self, attribute: i8) -> Option<u16> {
        self.attribute(attribute)?;
        u16::try_from(attribute).ok()?.checked_sub(1)?.checked_mul(STEP)
    }

    /// What lies at this offset.
    #[must_use]
    pub fn at_offset(&self, offset: u16) -> Option<ShortNamed> {
        let methods = self.methods.iter().map(|method| method.index);
        let method = methods.into_iter().find(|index| self.method_offset(*index) == Some(offset));
        let attributes = self.attributes.iter().map(|attribute| attribute.index);
        let attribute =
            attributes.into_iter().find(|index| self.attribute_offset(*index) == Some(offset));
        attribute.map(ShortNamed::Attribute).or(method.map(ShortNamed::Method))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{classes, lookup_class};
    use super::*;

    #[test]
    fn what_is_written_by_its_offset_is_found_by_it() {
        for class in classes() {
            for attribute in class.attributes {
                let offset = class.attribute_offset(attribute.index);
                let found = offset.and_then(|offset| class.at_offset(offset));
                let expected =
                    (attribute.index > 0).then_some(ShortNamed::Attribute(attribute.index));
                assert_eq!(found, expected, "{} {}", class.name(), attribute.name);
            }
        }
    }

    /// The reply to the server's challenge lies at FA58 in captures of short-name meters.
    #[test]
    fn the_association_answers_challenges_where_clients_look() {
        let association = lookup_class(ClassId::ASSOCIATION_SN, 2).unwrap();
        assert_eq!(association.method_offset(8), Some(0x58));
        assert_eq!(association.at_offset(0x58), Some(ShortNamed::Method(8)));
        assert_eq!(association.at_offset(0x08), Some(ShortNamed::Attribute(2)));
    }
}
