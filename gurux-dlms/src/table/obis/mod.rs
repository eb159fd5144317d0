//! What an OBIS code says, in English (IEC 62056-6-1, EN 13757-1).
//!
//! A code is read by value groups: the medium (A) says which table names the quantity (C) and how it
//! was processed (D), E is a rate, a harmonic or a number, F a billing period. Codes that name one
//! object as a whole, the clock or an event log, have rows of their own.
//!
//! ```
//! use gurux_dlms::table::obis::lookup_obis;
//! use gurux_value::Obis;
//!
//! let name = |code: &str| lookup_obis(code.parse().unwrap()).map(|name| name.to_string());
//! assert_eq!(name("1-0:1.8.0*255").as_deref(), Some("active energy import, total"));
//! assert_eq!(name("1-0:2.8.2*1").as_deref(), Some("active energy export, rate 2, billing period 1"));
//! assert_eq!(name("1-0:32.7.0*255").as_deref(), Some("voltage L1, instantaneous"));
//! assert_eq!(name("0-0:42.0.0*255").as_deref(), Some("logical device name"));
//! assert_eq!(name("0-1:96.1.0*255").as_deref(), Some("device ID 1, channel 1"));
//! assert_eq!(name("7-0:200.0.0*255"), None);
//! ```
//!
//! Sources, compared: Gurux/Gurux.DLMS.Net Development/OBISCodes.txt (abstract objects and gas), the
//! names that public readers of meters give codes of electricity, water, heat and heat cost
//! allocators, and the codes of captured telegrams.

mod abstracts;
mod electricity;
mod others;
#[cfg(test)]
mod tests;

use core::fmt;

use gurux_value::Obis;

/// What measures, or what is measured: value group A.
#[must_use]
pub const fn lookup_medium(a: u8) -> Option<&'static str> {
    Some(match a {
        0 => "abstract",
        1 => "electricity",
        4 => "heat cost allocator",
        5 => "cooling",
        6 => "heat",
        7 => "gas",
        8 => "cold water",
        9 => "hot water",
        _ => return None,
    })
}

/// What a code names; it prints as a short English phrase.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ObisName {
    obis: Obis,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Object(&'static Object),
    Quantity(&'static Quantity, &'static Processing),
    /// What turns, and against what.
    Angle(&'static str, &'static str),
}

/// An object that a code names as a whole.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Object {
    a: Media,
    c: u8,
    /// The first and the last.
    d: (u8, u8),
    e: (u8, u8),
    name: &'static str,
    number: Number,
}

/// Which media a row is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Media {
    One(u8),
    /// Abstract objects, and those of each medium.
    All,
}

/// What the last number of a name counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Number {
    None,
    /// Group E, and so much more.
    E(u8),
    /// Group D, less so much.
    D(u8),
}

/// What is measured: value group C.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Quantity {
    c: u8,
    name: &'static str,
    /// Its name where it is summed up over time: the energy of a power. Empty if it has no other.
    integral: &'static str,
    /// Where it is measured: a phase, or nothing.
    place: &'static str,
}

/// How it was processed: value group D.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Processing {
    d: u8,
    name: &'static str,
    group_e: GroupE,
    integral: bool,
}

/// What group E is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum GroupE {
    /// A rate; 0 is the total.
    Total,
    /// A rate; 0 is none.
    Rate,
    /// A harmonic; 0 is none.
    Harmonic,
}

/// The name of a code, if the general tables have one.
///
/// Channels above 64, codes of manufacturers and of countries have none.
#[must_use]
pub fn lookup_obis(obis: Obis) -> Option<ObisName> {
    if obis.b() > 64 {
        return None;
    }
    let object = |rows: &'static [Object]| {
        let begin = rows.partition_point(|row| row.c < obis.c());
        let rest = rows.get(begin..).unwrap_or_default();
        rest.iter().take_while(|row| row.c == obis.c()).find(|row| row.is(obis))
    };
    if let Some(object) = object(abstracts::OBJECTS).or_else(|| object(others::OBJECTS)) {
        return Some(ObisName { obis, kind: Kind::Object(object) });
    }
    if let [1, _, 81, 7, e, _] = obis.groups() {
        let angle = Kind::Angle(electricity::vector(e % 10)?, electricity::vector(e / 10)?);
        return Some(ObisName { obis, kind: angle });
    }
    let (quantities, processings) = match obis.a() {
        1 => (electricity::QUANTITIES, electricity::PROCESSINGS),
        4 => (others::ALLOCATOR, others::DATES),
        5 | 6 => (others::HEAT, others::DATES),
        7 => (others::GAS, others::GAS_PROCESSINGS),
        8 | 9 => (others::WATER, others::DATES),
        _ => return None,
    };
    let quantity = quantities.iter().find(|row| row.c == obis.c())?;
    let processing = processings.iter().find(|row| row.d == obis.d())?;
    let fits = match processing.group_e {
        GroupE::Total | GroupE::Rate => obis.e() <= 63,
        GroupE::Harmonic => obis.e() <= 120,
    };
    fits.then_some(ObisName { obis, kind: Kind::Quantity(quantity, processing) })
}

impl Object {
    fn is(&self, obis: Obis) -> bool {
        let within = |(first, last): (u8, u8), group: u8| (first..=last).contains(&group);
        let medium = match self.a {
            Media::One(a) => a == obis.a(),
            Media::All => lookup_medium(obis.a()).is_some(),
        };
        medium && self.c == obis.c() && within(self.d, obis.d()) && within(self.e, obis.e())
    }
}

impl ObisName {
    /// The code.
    #[must_use]
    pub const fn obis(&self) -> Obis {
        self.obis
    }

    /// The object, or the quantity without what was done with it: `active energy import`.
    #[must_use]
    pub const fn subject(&self) -> &'static str {
        match self.kind {
            Kind::Object(object) => object.name,
            Kind::Quantity(quantity, processing) => quantity.named(processing.integral),
            Kind::Angle(..) => "angle",
        }
    }

    /// Where it is measured: `L1`, `L2`, `L3` or `neutral`.
    #[must_use]
    pub const fn place(&self) -> Option<&'static str> {
        match self.kind {
            Kind::Quantity(Quantity { place, .. }, _) if !place.is_empty() => Some(place),
            _ => None,
        }
    }

    /// How it was processed: `maximum`, `instantaneous`.
    #[must_use]
    pub const fn processing(&self) -> Option<&'static str> {
        match self.kind {
            Kind::Quantity(_, Processing { name, .. }) if !name.is_empty() => Some(name),
            _ => None,
        }
    }

    /// The rate (tariff) that a value belongs to, from 1; none for a total.
    #[must_use]
    pub const fn rate(&self) -> Option<u8> {
        match self.kind {
            Kind::Quantity(_, Processing { group_e: GroupE::Total | GroupE::Rate, .. })
                if self.obis.e() != 0 =>
            {
                Some(self.obis.e())
            }
            _ => None,
        }
    }
}

impl Quantity {
    const fn named(&self, integral: bool) -> &'static str {
        if integral && !self.integral.is_empty() { self.integral } else { self.name }
    }
}

impl fmt::Display for ObisName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.subject())?;
        match self.kind {
            Kind::Object(Object { number: Number::None, .. }) => {}
            Kind::Angle(of, against) => write!(f, " of {of} against {against}")?,
            Kind::Object(Object { number: Number::E(more), .. }) => {
                write!(f, " {}", u16::from(self.obis.e()).wrapping_add((*more).into()))?;
            }
            Kind::Object(Object { number: Number::D(less), .. }) => {
                write!(f, " {}", self.obis.d().wrapping_sub(*less))?;
            }
            Kind::Quantity(quantity, processing) => {
                if let Some(place) = self.place() {
                    write!(f, " {place}")?;
                }
                if processing.integral && quantity.integral.is_empty() {
                    f.write_str(", time integral")?;
                }
                if let Some(name) = self.processing() {
                    write!(f, ", {name}")?;
                }
                match (processing.group_e, self.obis.e()) {
                    (GroupE::Total, 0) => f.write_str(", total")?,
                    (GroupE::Rate | GroupE::Harmonic, 0) => {}
                    (GroupE::Total | GroupE::Rate, rate) => write!(f, ", rate {rate}")?,
                    (GroupE::Harmonic, number) => write!(f, ", harmonic {number}")?,
                }
            }
        }
        if self.obis.b() != 0 {
            write!(f, ", channel {}", self.obis.b())?;
        }
        match self.obis.f() {
            period @ 0..=99 => write!(f, ", billing period {period}"),
            count @ 101..=125 => write!(f, ", last {} billing periods", count.wrapping_sub(100)),
            126 => f.write_str(", all billing periods"),
            _ => Ok(()),
        }
    }
}
