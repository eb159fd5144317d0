//! The units of the fixed data structure.
//!
//! Six bits, in the order of the documentation of the M-Bus Usergroup as libmbus follows it.

use gurux_value::Unit;

/// What a range of codes stands for; the power of ten grows by one with each code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FixedUnitRow {
    /// The first code.
    pub first: u8,
    /// The last code.
    pub last: u8,
    /// The word of gurux-value for what is counted.
    pub quantity: &'static str,
    /// The unit of the first code.
    pub unit: Option<Unit>,
    /// The power of ten that the first code counts of the unit.
    pub exponent: i8,
}

/// Like counter 1, but at a fixed date.
pub const SAME_BUT_HISTORIC: u8 = 0x3E;

/// The row of a code, of which six bits count. Every code has one.
#[must_use]
pub fn lookup_fixed_unit(code: u8) -> &'static FixedUnitRow {
    let code = code & 0x3F;
    FIXED_UNITS.iter().find(|row| row.first <= code && code <= row.last).unwrap_or(&RESERVED)
}

const fn row(
    first: u8,
    last: u8,
    quantity: &'static str,
    unit: Option<Unit>,
    exponent: i8,
) -> FixedUnitRow {
    FixedUnitRow { first, last, quantity, unit, exponent }
}

static RESERVED: FixedUnitRow = row(0x00, 0x3F, "reserved", None, 0);

/// All codes.
#[rustfmt::skip]
static FIXED_UNITS: &[FixedUnitRow] = &[
    row(0x00, 0x00, "clock",            None,                              0),
    row(0x01, 0x01, "date",             None,                              0),
    row(0x02, 0x0A, "energy",           Some(Unit::WATT_HOUR),             0),
    row(0x0B, 0x13, "energy",           Some(Unit::JOULE),                 3),
    row(0x14, 0x1C, "power",            Some(Unit::WATT),                  0),
    row(0x1D, 0x25, "power",            Some(Unit::JOULE_PER_HOUR),        3),
    row(0x26, 0x2E, "volume",           Some(Unit::LITRE),                -3),
    row(0x2F, 0x37, "flow.volume",      Some(Unit::LITRE_PER_HOUR),       -3),
    row(0x38, 0x38, "temperature",      Some(Unit::DEGREE_CELSIUS),       -3),
    row(0x39, 0x39, "heat-cost",        Some(Unit::HEAT_COST_UNIT),        0),
    row(0x3A, 0x3D, "reserved",         None,                              0),
    // Counter 1 with this code has nobody to be like.
    row(0x3E, 0x3E, "reserved",         None,                              0),
    row(0x3F, 0x3F, "dimensionless",    None,                              0),
];

#[cfg(test)]
mod tests {
    use std::format;
    use std::string::ToString;

    use gurux_value::{Decimal, Quantity};

    use super::{FIXED_UNITS, lookup_fixed_unit};

    #[test]
    fn rows_follow_one_another_and_cover_all() {
        let mut next = 0;
        for row in FIXED_UNITS {
            assert_eq!(row.first, next);
            assert!(Quantity::new(row.quantity).is_known(), "{}", row.quantity);
            next = row.last + 1;
        }
        assert_eq!(next, 0x40);
        for code in 0..=u8::MAX {
            let row = lookup_fixed_unit(code);
            assert!(row.first <= code & 0x3F && code & 0x3F <= row.last);
        }
    }

    /// A sample against the table in libmbus' documentation of `mbus_data_fixed_unit`.
    #[test]
    fn units_grow_by_tens() {
        for (code, text) in [
            (0x02, "1 Wh"),
            (0x05, "1000 Wh"),
            (0x0A, "100000000 Wh"),
            (0x0B, "1000 J"),
            (0x0E, "1000000 J"),
            (0x11, "1000000000 J"),
            (0x14, "1 W"),
            (0x1A, "1000000 W"),
            (0x1D, "1000 J/h"),
            (0x23, "1000000000 J/h"),
            (0x26, "0.001 l"),
            (0x29, "1 l"),
            (0x2C, "1000 l"),
            (0x32, "1 l/h"),
            (0x35, "1000 l/h"),
            (0x38, "0.001 °C"),
        ] {
            let row = lookup_fixed_unit(code);
            let exponent = row.exponent + (code - row.first) as i8;
            let one = Decimal::new(1, exponent.into());
            let unit = row.unit.map(|unit| unit.to_string()).unwrap_or_default();
            assert_eq!(format!("{one} {unit}"), text, "{code:02X}");
        }
    }
}
