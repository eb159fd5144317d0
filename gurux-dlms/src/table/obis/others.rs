//! Heat cost allocators, heat and cooling, gas, and water.

use super::{GroupE, Media, Number, Object, Processing, Quantity};

const fn q(c: u8, name: &'static str) -> Quantity {
    Quantity { c, name, integral: name, place: "" }
}

const fn p(d: u8, name: &'static str, group_e: GroupE) -> Processing {
    Processing { d, name, group_e, integral: true }
}

/// Heat cost allocators.
pub(super) const ALLOCATOR: &[Quantity] = &[
    q(1, "unrated integral"),
    q(2, "rated integral"),
    q(3, "radiator surface temperature"),
    q(4, "heating medium temperature"),
    q(5, "flow temperature"),
    q(6, "return temperature"),
    q(7, "room temperature"),
];

/// Heat and cooling.
pub(super) const HEAT: &[Quantity] = &[
    q(1, "energy"),
    q(2, "volume"),
    q(8, "power"),
    q(9, "flow rate"),
    q(10, "flow temperature"),
    q(11, "return temperature"),
];

/// Cold and hot water.
pub(super) const WATER: &[Quantity] = &[q(1, "volume"), q(2, "flow rate")];

/// Values of these media are of now, or of the day set for reading.
pub(super) const DATES: &[Processing] =
    &[p(0, "", GroupE::Rate), p(2, "on the set date", GroupE::Rate)];

/// Gas: what the meter itself counted, and what a converter made of it.
pub(super) const GAS: &[Quantity] = &[
    q(1, "forward undisturbed meter volume"),
    q(2, "forward disturbed meter volume"),
    q(3, "forward absolute meter volume"),
    q(11, "forward undisturbed converter volume"),
    q(12, "forward disturbed converter volume"),
    q(13, "forward absolute converter volume"),
];

/// The condition that a volume is stated at.
pub(super) const GAS_PROCESSINGS: &[Processing] = &[
    p(0, "at metering conditions", GroupE::Total),
    p(1, "corrected", GroupE::Total),
    p(2, "at base conditions", GroupE::Total),
    p(3, "at metering conditions, redundant", GroupE::Total),
];

/// What identifies the meters of these media, and moments that they tell.
#[rustfmt::skip]
pub(super) const OBJECTS: &[Object] = &[
    Object { a: Media::One(1), c: 0, d: (0, 0), e: (0, 9), name: "electricity ID", number: Number::E(1) },
    Object { a: Media::One(1), c: 0, d: (1, 1), e: (0, 0), name: "billing period counter", number: Number::None },
    Object { a: Media::One(1), c: 0, d: (1, 1), e: (1, 1), name: "available billing periods", number: Number::None },
    Object { a: Media::One(1), c: 0, d: (1, 1), e: (2, 2), name: "time of the billing period", number: Number::None },
    Object { a: Media::One(1), c: 0, d: (1, 1), e: (3, 3), name: "billing period counter of scheme 2", number: Number::None },
    Object { a: Media::One(1), c: 0, d: (1, 1), e: (4, 4), name: "available billing periods of scheme 2", number: Number::None },
    Object { a: Media::One(1), c: 0, d: (1, 1), e: (5, 5), name: "time of the billing period of scheme 2", number: Number::None },
    Object { a: Media::One(1), c: 0, d: (2, 2), e: (0, 0), name: "active firmware identifier", number: Number::None },
    Object { a: Media::One(1), c: 0, d: (2, 2), e: (1, 1), name: "parameter record number", number: Number::None },
    Object { a: Media::One(1), c: 0, d: (2, 2), e: (2, 2), name: "time switch program number", number: Number::None },
    Object { a: Media::One(1), c: 0, d: (2, 2), e: (7, 7), name: "passive calendar name", number: Number::None },
    Object { a: Media::One(1), c: 0, d: (2, 2), e: (8, 8), name: "active firmware signature", number: Number::None },
    Object { a: Media::One(1), c: 0, d: (4, 4), e: (2, 2), name: "current transformer ratio, numerator", number: Number::None },
    Object { a: Media::One(1), c: 0, d: (4, 4), e: (3, 3), name: "voltage transformer ratio, numerator", number: Number::None },
    Object { a: Media::One(4), c: 0, d: (1, 1), e: (10, 10), name: "set date", number: Number::None },
    Object { a: Media::One(4), c: 0, d: (9, 9), e: (1, 1), name: "time of transmission", number: Number::None },
    Object { a: Media::One(4), c: 0, d: (9, 9), e: (2, 2), name: "date of transmission", number: Number::None },
];
