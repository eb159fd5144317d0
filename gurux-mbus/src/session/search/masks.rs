//! [`Node`]: a selection to which several meters answer, and the narrower ones inside it.

use super::event::FoundMeter;
use crate::table::manufacturers;
use crate::wire::{DeviceType, Identification, Manufacturer, MeterAddress, Selection};

/// Which digits an identification or fabrication number may have.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Digits {
    /// 0 to 9: a third less to try.
    Decimal,
    /// 0 to F: observed in real meters. A digit F cannot be asked for, since it stands for any;
    /// such meters are looked for by their other digits, where the rest does not explain what
    /// was heard. Two others that differ in the same digit explain it, and hide it.
    #[default]
    Hexadecimal,
}

impl Digits {
    const fn count(self) -> u16 {
        match self {
            Self::Decimal => 10,
            Self::Hexadecimal => 15,
        }
    }
}

/// A selection to which several meters answer, and the narrower ones inside it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Node {
    pub(super) mask: Selection,
    /// Which part is told apart here, see [`Part`].
    level: u8,
    /// The value that is tried next.
    pub(super) next: u16,
    /// How many answered inside: one that answered alone is one, several are two.
    pub(super) answers: u16,
    /// Was the mask itself tried a second time, because those inside do not explain it?
    pub(super) is_confirmed: bool,
}

/// What is told apart at a level.
enum Part {
    /// A digit of the identification number, from the left.
    Identification(u8),
    DeviceType,
    Version,
    /// The octets of the manufacturer's code, the low one first. A meter may take each of them
    /// for a wildcard (ABB A43/A44 user manual, 10.2.3.1), or only both together.
    ManufacturerLow,
    ManufacturerHigh,
    /// The manufacturer as a whole: those whose names are known, and those met on this line.
    Manufacturer,
    /// A digit of the fabrication number, from the left.
    Fabrication(u8),
}

const FABRICATION_LEVEL: u8 = 13;
const LEVELS: u8 = 21;

impl Node {
    /// The first node inside `mask`: its first part that is a wildcard is told apart.
    pub(super) fn new(mask: Selection) -> Option<Self> {
        Self { mask, level: 0, next: 0, answers: 0, is_confirmed: false }.at_wildcard(0)
    }

    /// The node inside its present child.
    pub(super) fn inside(&self, mask: Selection) -> Option<Self> {
        Self { mask, ..*self }.at_wildcard(self.level.saturating_add(1))
    }

    /// The node of the same mask that tells the next part apart.
    pub(super) fn beside(&self) -> Option<Self> {
        self.at_wildcard(self.level.saturating_add(1))
    }

    fn at_wildcard(&self, from: u8) -> Option<Self> {
        let level = (from..LEVELS).find(|&level| is_wild(&self.mask, level))?;
        Some(Self { level, next: 0, answers: 0, is_confirmed: false, ..*self })
    }

    /// How many values there are to try.
    pub(super) fn width(&self, digits: Digits, found: &[FoundMeter]) -> u16 {
        match part(self.level) {
            Part::Identification(_) | Part::Fabrication(_) => digits.count(),
            // A manufacturer's code has 15 bits.
            Part::ManufacturerHigh => 0x80,
            Part::DeviceType | Part::Version | Part::ManufacturerLow => 0xFF,
            Part::Manufacturer => u16::try_from(known(found).count()).unwrap_or(u16::MAX),
        }
    }

    /// The narrower selection that is tried next; none if all were.
    pub(super) fn child(&self, digits: Digits, found: &[FoundMeter]) -> Option<Selection> {
        if self.next >= self.width(digits, found) {
            return None;
        }
        let value = self.next as u8;
        let mut mask = self.mask;
        let address = &mut mask.address;
        match part(self.level) {
            Part::Identification(place) => {
                address.identification.0 = with_digit(address.identification.0, place, value);
            }
            Part::DeviceType => address.device_type = DeviceType::new(value),
            Part::Version => address.version = value,
            Part::ManufacturerLow => address.manufacturer.0 = 0xFF00 | u16::from(value),
            Part::ManufacturerHigh => {
                let low = address.manufacturer.0 & 0x00FF;
                address.manufacturer.0 = u16::from(value) << 8 | low;
            }
            Part::Manufacturer => {
                address.manufacturer = known(found).nth(usize::from(self.next))?;
            }
            Part::Fabrication(place) => {
                let number = mask.fabrication_number.map_or(u32::MAX, |number| number.0);
                mask.fabrication_number = Some(Identification(with_digit(number, place, value)));
            }
        }
        Some(mask)
    }
}

const fn part(level: u8) -> Part {
    match level {
        0..=7 => Part::Identification(level),
        8 => Part::DeviceType,
        9 => Part::Version,
        10 => Part::ManufacturerLow,
        11 => Part::ManufacturerHigh,
        12 => Part::Manufacturer,
        _ => Part::Fabrication(level.saturating_sub(FABRICATION_LEVEL)),
    }
}

/// Is the part of a level still a wildcard?
fn is_wild(mask: &Selection, level: u8) -> bool {
    let MeterAddress { identification, manufacturer, version, device_type } = mask.address;
    let Manufacturer(manufacturer) = manufacturer;
    match part(level) {
        Part::Identification(place) => digit(identification.0, place) == 0xF,
        Part::DeviceType => device_type.code() == 0xFF,
        Part::Version => version == 0xFF,
        Part::ManufacturerLow | Part::Manufacturer => manufacturer == 0xFFFF,
        // Only inside a low octet that was found.
        Part::ManufacturerHigh => manufacturer & 0xFF00 == 0xFF00 && manufacturer != 0xFFFF,
        Part::Fabrication(place) => {
            mask.fabrication_number.is_none_or(|number| digit(number.0, place) == 0xF)
        }
    }
}

/// The manufacturers to try: those whose names are known, and those of the meters that were found,
/// each once. What is found later does not move those before.
fn known(found: &[FoundMeter]) -> impl Iterator<Item = Manufacturer> {
    let manufacturer = |meter: &FoundMeter| meter.address.map(|address| address.manufacturer);
    let others = found.iter().enumerate().filter_map(move |(place, meter)| {
        let own = manufacturer(meter)?;
        let before = found.get(..place).unwrap_or_default();
        let is_new =
            own.name().is_none() && before.iter().all(|other| manufacturer(other) != Some(own));
        is_new.then_some(own)
    });
    manufacturers().chain(others)
}

const fn digit(number: u32, place: u8) -> u32 {
    (number >> shift(place)) & 0xF
}

const fn with_digit(number: u32, place: u8, digit: u8) -> u32 {
    number & !(0xF << shift(place)) | (digit as u32) << shift(place)
}

/// The place of a digit, counted from the left.
const fn shift(place: u8) -> u32 {
    28_u32.saturating_sub((place as u32).saturating_mul(4))
}
