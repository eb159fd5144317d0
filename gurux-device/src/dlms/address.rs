//! [`Address`]: which attribute or method of which object a property is.

use gurux_dlms::table::class::ClassId;
use gurux_dlms::wire::{AttributeDescriptor, MethodDescriptor};
use gurux_value::Obis;

use crate::profile::integer;

/// Where a property's value stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Address {
    pub(super) class_id: u16,
    pub(super) logical_name: Obis,
    pub(super) member: Member,
    /// Which rows of a profile, from the first to the last, counted from 1; 0 is the last of all.
    pub(super) entries: Option<(u32, u32)>,
    /// Which element of a structure or an array, each from 1, the outermost first.
    pub(super) element: Vec<usize>,
    /// The power of ten of the value, where the profile states it.
    pub(super) scaler: Option<i8>,
    /// Written by these methods: the one for "no" and the one for "yes".
    pub(super) switch: Option<(i8, i8)>,
}

/// An attribute or a method.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Member {
    Attribute(i8),
    Method(i8),
}

/// What an address looks like.
pub(super) const GRAMMAR: &str = "class:OBIS:attribute, as in 3:1-0:1.8.0*255:2, or :m1 for a \
    method, with entries=, element=, scaler=, or off= and on= behind it, separated by semicolons";

impl Address {
    /// The address that `text` means.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let (class_id, object) = parts.next()?.split_once(':')?;
        // An OBIS code may have a colon of its own, but no number behind its last one.
        let (name, member) = match object.rsplit_once(':') {
            Some((name, member)) if Member::parse(member).is_some() => {
                (name, Member::parse(member)?)
            }
            _ => (object, Member::Attribute(2)),
        };
        let mut address = Self {
            class_id: u16::try_from(integer(class_id.trim())?).ok()?,
            logical_name: name.trim().parse().ok()?,
            member,
            entries: None,
            element: Vec::new(),
            scaler: None,
            switch: None,
        };
        let (mut off, mut on) = (None, None);
        for part in parts {
            let (name, value) = part.split_once('=')?;
            match name {
                "entries" => address.entries = Some(rows(value)?),
                "element" => address.element = path(value)?,
                "scaler" => address.scaler = Some(i8::try_from(integer(value)?).ok()?),
                "off" => off = Some(i8::try_from(integer(value)?).ok()?),
                "on" => on = Some(i8::try_from(integer(value)?).ok()?),
                _ => return None,
            }
        }
        // Only the buffer of a profile has rows.
        let is_buffer =
            (address.class(), address.member) == (ClassId::PROFILE_GENERIC, Member::Attribute(2));
        if address.entries.is_some() && !is_buffer {
            return None;
        }
        address.switch = match (off, on) {
            (None, None) => None,
            (Some(off), Some(on)) => Some((off, on)),
            _ => return None,
        };
        Some(address)
    }

    /// The attribute; `None` for a method.
    pub(super) fn attribute(&self) -> Option<AttributeDescriptor> {
        match self.member {
            Member::Attribute(attribute) => Some(self.attribute_of(attribute)),
            Member::Method(_) => None,
        }
    }

    /// Another attribute of the same object.
    pub(super) fn attribute_of(&self, attribute_id: i8) -> AttributeDescriptor {
        AttributeDescriptor {
            class_id: self.class_id,
            instance_id: self.logical_name,
            attribute_id,
        }
    }

    /// A method of the object.
    pub(super) fn method(&self, method_id: i8) -> MethodDescriptor {
        MethodDescriptor { class_id: self.class_id, instance_id: self.logical_name, method_id }
    }

    pub(super) fn class(&self) -> ClassId {
        ClassId::new(self.class_id)
    }

    /// The attribute of the same object that scales this one.
    pub(super) fn scaler_unit(&self) -> Option<AttributeDescriptor> {
        let scaler = match (self.class(), self.member) {
            (ClassId::REGISTER | ClassId::EXTENDED_REGISTER, Member::Attribute(2)) => 3,
            (ClassId::DEMAND_REGISTER, Member::Attribute(2 | 3)) => 4,
            _ => return None,
        };
        self.element.is_empty().then(|| self.attribute_of(scaler))
    }

    /// The attribute of the same object that says when it was captured.
    pub(super) fn capture_time(&self) -> Option<AttributeDescriptor> {
        match (self.class(), self.member) {
            (ClassId::EXTENDED_REGISTER, Member::Attribute(2)) => Some(self.attribute_of(5)),
            (ClassId::DEMAND_REGISTER, Member::Attribute(3)) => Some(self.attribute_of(6)),
            _ => None,
        }
    }
}

impl Member {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some(number) = text.strip_prefix('m') {
            return number.parse().ok().map(Self::Method);
        }
        text.parse().ok().map(Self::Attribute)
    }
}

/// `11-30`, or one row.
fn rows(text: &str) -> Option<(u32, u32)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last): (u32, u32) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    (first > 0 && (last == 0 || first <= last)).then_some((first, last))
}

/// `2.1`
fn path(text: &str) -> Option<Vec<usize>> {
    let number = |part: &str| part.parse().ok().filter(|number| *number > 0);
    text.split('.').map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_class_object_and_attribute() {
        for text in ["3:1.0.1.8.0.255:2", "3:1-0:1.8.0*255:2", "3:1-0:1.8.0*255", "3:1.0.1.8.0.255"]
        {
            let address = Address::parse(text).expect(text);
            assert_eq!((address.class_id, address.member), (3, Member::Attribute(2)), "{text}");
            assert_eq!(address.logical_name.groups(), [1, 0, 1, 8, 0, 255], "{text}");
            assert_eq!(address.scaler_unit().map(|a| a.attribute_id), Some(3));
        }
        let relay = Address::parse("70:0.0.96.3.10.255:2;off=1;on=2").unwrap();
        assert_eq!((relay.switch, relay.scaler_unit()), (Some((1, 2)), None));
        let reset = Address::parse("3:1.0.1.8.0.255:m1").unwrap();
        assert_eq!((reset.member, reset.attribute()), (Member::Method(1), None));
        let scaler = Address::parse("3:1.0.1.8.0.255:3; element=2.1; scaler=-3").unwrap();
        assert_eq!((scaler.element, scaler.scaler), (vec![2, 1], Some(-3)));
        let some = Address::parse("7:1.0.99.1.0.255:2;entries=11-30;element=1.3").unwrap();
        assert_eq!((some.entries, some.element), (Some((11, 30)), vec![1, 3]));
        let last = Address::parse("5:1.0.1.4.0.255:3").unwrap();
        let others = [last.scaler_unit(), last.capture_time()].map(|a| a.map(|a| a.attribute_id));
        assert_eq!(others, [Some(4), Some(6)]);
    }

    #[test]
    fn what_is_no_address_is_none() {
        for wrong in [
            "",
            "1.0.1.8.0.255:2",
            "3:1.0.1.8.0:2:3:4",
            "x:1.0.1.8.0.255:2",
            "3:1.0.1.8.0.255:m",
            "3:1.0.1.8.0.255:2;element=0",
            "3:1.0.1.8.0.255:2;off=1",
            "3:1.0.1.8.0.255:2;colour=1",
            "3:1.0.1.8.0.255:2;entries=1-2",
            "7:1.0.99.1.0.255:2;entries=3-2",
            "7:1.0.99.1.0.255:2;entries=0-2",
            "70000:1.0.1.8.0.255:2",
        ] {
            assert_eq!(Address::parse(wrong), None, "{wrong}");
        }
    }
}
