//! [`Address`]: which value of a telegram a property is.

use gurux_value::Function;

use crate::driver::Shape;
use crate::profile::integer;

/// Where a property's value stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Address {
    /// In the record that means this.
    Record(Record),
    /// In the record that begins with these octets.
    Exact(Vec<u8>),
    /// In the header before the records.
    Header(HeaderField),
}

/// A record, by what it means.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Record {
    pub(super) what: What,
    pub(super) function: Function,
    pub(super) storage: u64,
    pub(super) tariff: u32,
    pub(super) subunit: u32,
    /// Which of several alike, from 1.
    pub(super) index: usize,
}

/// What a record holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum What {
    /// A quantity, by its word.
    Quantity(String),
    /// The octets of its value information.
    Vib(Vec<u8>),
}

/// A field of the header.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum HeaderField {
    Identification,
    Manufacturer,
    Version,
    Medium,
    AccessNumber,
    Status,
}

impl HeaderField {
    const ALL: [(&'static str, Self); 6] = [
        ("id", Self::Identification),
        ("manufacturer", Self::Manufacturer),
        ("version", Self::Version),
        ("medium", Self::Medium),
        ("access", Self::AccessNumber),
        ("status", Self::Status),
    ];

    /// The field of this name.
    pub(super) fn lookup(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, field)| *field)
    }

    /// The names of all fields.
    pub(super) fn names() -> Vec<&'static str> {
        Self::ALL.iter().map(|(name, _)| *name).collect()
    }

    /// What its value is.
    pub(super) fn shape(self) -> Shape {
        match self {
            Self::Identification => Shape::Text(8),
            Self::Manufacturer => Shape::Text(3),
            Self::Medium => Shape::Text(0),
            Self::Version | Self::AccessNumber | Self::Status => Shape::Integer(0, 255),
        }
    }
}

/// What an address looks like.
pub(super) const GRAMMAR: &str = "vif=energy (or another quantity, or hex digits of the VIF and its \
    VIFEs) with storage=, tariff=, subunit=, func= and index= behind it, separated by semicolons; \
    difvif= and the hex digits of DIF and VIF; or header= and one of id, manufacturer, version, \
    medium, access, status";

/// The address that `text` means; storage numbers of a repeated category are `shift` higher.
pub(super) fn address(text: &str, shift: u32) -> Option<Address> {
    let mut parts = text.split(';').map(|part| part.trim().split_once('='));
    let (name, value) = parts.next()??;
    match name {
        "header" => HeaderField::lookup(value).map(Address::Header),
        "difvif" => Some(Address::Exact(hex(value)?)),
        "vif" => {
            let what = match hex(value) {
                Some(octets) => What::Vib(octets),
                None if is_word(value) => What::Quantity(value.to_owned()),
                None => return None,
            };
            let mut record = Record {
                what,
                function: Function::Instantaneous,
                storage: 0,
                tariff: 0,
                subunit: 0,
                index: 1,
            };
            for part in parts.by_ref() {
                record.set(part?)?;
            }
            record.storage = record.storage.checked_add(shift.into())?;
            Some(Address::Record(record))
        }
        _ => None,
    }
    .filter(|_| parts.next().is_none())
}

impl Record {
    fn set(&mut self, (name, value): (&str, &str)) -> Option<()> {
        let number = integer(value);
        match name {
            "storage" => self.storage = u64::try_from(number?).ok()?,
            "tariff" => self.tariff = u32::try_from(number?).ok()?,
            "subunit" => self.subunit = u32::try_from(number?).ok()?,
            "index" => self.index = usize::try_from(number?).ok().filter(|index| *index > 0)?,
            "func" => {
                self.function = match value {
                    "inst" => Function::Instantaneous,
                    "min" => Function::Minimum,
                    "max" => Function::Maximum,
                    "error" => Function::ErrorState,
                    _ => return None,
                }
            }
            _ => return None,
        }
        Some(())
    }
}

/// A word of the vocabulary: letters, digits, points and hyphens.
fn is_word(text: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.' || c == '-';
    text.starts_with(|c: char| c.is_ascii_lowercase()) && text.chars().all(is_letter)
}

/// Octets from upper-case hex digits, with blanks between if there are.
fn hex(text: &str) -> Option<Vec<u8>> {
    // `fa` could be a word.
    if text.contains(|c: char| c.is_ascii_lowercase()) {
        return None;
    }
    crate::profile::octets(text).ok().filter(|octets| !octets.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_what_is_meant_or_how_it_is_coded() {
        let Some(Address::Record(record)) = address("vif=energy;storage=2;tariff=1;func=max", 3)
        else {
            panic!("no record")
        };
        assert_eq!(record.what, What::Quantity("energy".to_owned()));
        assert_eq!((record.storage, record.tariff, record.subunit, record.index), (5, 1, 0, 1));
        assert_eq!(record.function, Function::Maximum);
        assert_eq!(address("difvif=0413", 0), Some(Address::Exact(vec![0x04, 0x13])));
        let Some(Address::Record(record)) = address("vif=93 3C; index=2", 0) else {
            panic!("no record")
        };
        assert_eq!((record.what, record.index), (What::Vib(vec![0x93, 0x3C]), 2));
        assert_eq!(address("header=status", 0), Some(Address::Header(HeaderField::Status)));
    }

    #[test]
    fn what_is_no_address_is_none() {
        for wrong in [
            "",
            "energy",
            "vif=",
            "vif=ENERGY",
            "vif=energy;storage=x",
            "vif=energy;storage",
            "vif=energy;index=0",
            "vif=energy;func=mean",
            "vif=energy;colour=1",
            "vif=energy;tariff=-1",
            "difvif=041",
            "difvif=0413;storage=1",
            "header=colour",
        ] {
            assert_eq!(address(wrong, 0), None, "{wrong}");
        }
    }
}
