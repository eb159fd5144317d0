use alloc::collections::BTreeSet;
use alloc::string::ToString;
use alloc::vec::Vec;

use proptest::prelude::{any, prop_assert_eq, proptest};

use super::table::UNITS;
use super::{PREFIXES, Unit, rows};
use crate::decimal::Decimal;
use crate::error::ConvertError;

/// Every unit with every prefix that it takes.
fn all() -> Vec<Unit> {
    rows()
        .flat_map(|(row, _)| {
            PREFIXES.iter().filter_map(move |p| Unit::of_row(row).with_prefix(p.1))
        })
        .collect()
}

fn unit(text: &str) -> Unit {
    text.parse().unwrap()
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

#[track_caller]
fn converts(value: &str, from: &str, expected: &str, to: &str) {
    let converted = unit(from).convert(decimal(value), unit(to)).unwrap();
    assert_eq!(converted, decimal(expected), "{value} {from} in {to}");
}

#[test]
fn every_printed_unit_reads_back_and_no_two_print_alike() {
    let mut seen = BTreeSet::new();
    for unit in all() {
        let text = unit.to_string();
        assert_eq!(text.parse(), Ok(unit), "{text}");
        assert!(seen.insert(text.clone()), "{text} twice");
    }
    assert!(UNITS.len() <= 256);
}

#[test]
fn every_spelling_reads_as_its_own_row() {
    for (row, entry) in rows() {
        for spelling in entry.spellings.split(' ').filter(|s| !s.is_empty()) {
            assert_eq!(spelling.parse(), Ok(Unit::of_row(row)), "{spelling}");
        }
    }
}

#[test]
fn every_dlms_code_is_in_one_row() {
    let codes: Vec<u8> = UNITS.iter().flat_map(|row| row.dlms).copied().collect();
    let unique: BTreeSet<u8> = codes.iter().copied().collect();
    assert_eq!(codes.len(), unique.len());
    for (row, entry) in rows().filter(|(_, entry)| !entry.dlms.is_empty()) {
        let unit = Unit::of_row(row).with_prefix(entry.dlms_prefix).unwrap();
        assert_eq!(unit.dlms_code(), entry.dlms.first().copied());
        assert!(entry.dlms.iter().all(|code| Unit::from_dlms(*code) == Some(unit)));
    }
}

#[test]
fn the_whole_space_of_dlms_codes_answers() {
    let known = (0..=255).filter_map(Unit::from_dlms).count();
    assert_eq!(known, UNITS.iter().map(|row| row.dlms.len()).sum::<usize>());
    assert_eq!([0, 58, 127, 253, 254].map(Unit::from_dlms), [None; 5]);
}

/// Sample from another list than the table was typed from: `dlms_cosem` (Rust), `unit.rs`.
#[test]
fn dlms_codes_agree_with_another_list() {
    for (code, text) in [
        (4, "d"),
        (8, "°"),
        (9, "°C"),
        (11, "m"),
        (15, "m³/h"),
        (17, "m³/d"),
        (19, "l"),
        (20, "kg"),
        (23, "Pa"),
        (25, "J"),
        (27, "W"),
        (28, "VA"),
        (29, "var"),
        (30, "Wh"),
        (31, "VAh"),
        (32, "varh"),
        (33, "A"),
        (35, "V"),
        (38, "Ω"),
        (44, "Hz"),
        (50, "kg/s"),
        (52, "K"),
        (56, "%"),
        (57, "Ah"),
        (61, "J/m³"),
    ] {
        assert_eq!(Unit::from_dlms(code), Some(unit(text)), "{text}");
    }
}

#[test]
fn spellings_of_meters_are_read() {
    for (spelling, symbol) in [
        ("m3", "m³"),
        ("m^3", "m³"),
        ("m3/h", "m³/h"),
        ("kvarh", "kvarh"),
        ("kVArh", "kvarh"),
        ("uA", "µA"),
        ("μA", "µA"),
        ("kOhm", "kΩ"),
        ("\u{2126}", "Ω"),
        ("W/m2", "W/m²"),
        ("1/(Wh)", "1/Wh"),
        ("imp/kWh", "imp/kWh"),
        ("degC", "°C"),
        ("Pct", "%"),
        ("WHr", "Wh"),
    ] {
        assert_eq!(unit(spelling).to_string(), symbol);
    }
    for nonsense in ["kwh", "kkWh", "kh", "Wh ago", "k", "m4"] {
        assert!(nonsense.parse::<Unit>().is_err(), "{nonsense}");
    }
}

#[test]
fn conversions_that_decimals_hold_are_exact() {
    converts("1", "kWh", "3.6", "MJ");
    converts("12345", "Wh", "12.345", "kWh");
    converts("1", "Gcal", "1.163", "MWh");
    converts("21.5", "°C", "294.65", "K");
    converts("-40", "°F", "-40", "°C");
    converts("212", "°F", "100", "°C");
    converts("1.013", "bar", "101300", "Pa");
    converts("1234", "l", "1.234", "m³");
    converts("3.6", "m³/h", "1", "l/s");
    converts("7200", "s", "2", "h");
    converts("1", "ft³", "28.316846592", "l");
    converts("1000", "imp/kWh", "1", "1/Wh");
    converts("2", "a", "24", "mo");
    converts("1", "acre·ft", "43560", "ft³");
    converts("1", "BTU/lb", "2.326", "kJ/kg");
    converts("50", "%", "0.5", "1");
    converts("1", "t/h", "1000", "kg/h");
}

#[test]
fn resolution_is_kept() {
    let counter = Unit::WATT_HOUR.convert(decimal("12300"), Unit::KILOWATT_HOUR).unwrap();
    assert_eq!(counter.to_string(), "12.300");
    let joules = Unit::KILOWATT_HOUR.convert(decimal("1.5"), Unit::MEGAJOULE).unwrap();
    assert_eq!(joules.to_string(), "5.40");
    let kelvin = Unit::DEGREE_CELSIUS.convert(decimal("21.5"), Unit::KELVIN).unwrap();
    assert_eq!(kelvin.to_string(), "294.65");
}

#[test]
fn unlike_units_are_refused_by_name() {
    let refusal = Unit::KILOVAR_HOUR.convert(Decimal::ONE, Unit::KILOWATT_HOUR).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "kvarh does not convert to kWh: one measures reactive energy, the other energy"
    );
}

#[test]
fn an_endless_result_needs_a_stated_resolution() {
    let (from, to) = (Unit::SECOND, Unit::HOUR);
    assert_eq!(from.convert(Decimal::ONE, to), Err(ConvertError::NotFinite { from, to }));
    assert_eq!(from.convert_rounded(decimal("1"), to, -6).unwrap().to_string(), "0.000278");
    let boiling = Unit::DEGREE_FAHRENHEIT.convert_rounded(decimal("0"), Unit::DEGREE_CELSIUS, -2);
    assert_eq!(boiling.unwrap().to_string(), "-17.78");
}

#[test]
fn what_does_not_fit_is_refused() {
    let (from, to) = (Unit::CUBIC_FOOT, Unit::CUBIC_METRE);
    let huge = Decimal::new(i128::MAX, 0);
    assert_eq!(from.convert(huge, to), Err(ConvertError::Overflow { from, to }));
}

proptest! {
    /// There and back gives the same number, wherever the way there is exact.
    #[test]
    fn there_and_back(value in any::<i64>(), exponent in -6i16..6, from in 0usize..2000, to in 0usize..2000) {
        let units = all();
        let from = units[from % units.len()];
        let alike: Vec<Unit> =
            units.iter().copied().filter(|u| u.dimension() == from.dimension()).collect();
        let to = alike[to % alike.len()];
        let value = Decimal::new(value.into(), exponent);
        if let Ok(there) = from.convert(value, to)
            && let Ok(back) = to.convert(there, from)
        {
            prop_assert_eq!(back, value);
        }
    }

    /// What is exact is its own rounding.
    #[test]
    fn rounding_agrees_with_the_exact_result(value in any::<i32>(), from in 0usize..2000, to in 0usize..2000) {
        let units = all();
        let from = units[from % units.len()];
        let alike: Vec<Unit> =
            units.iter().copied().filter(|u| u.dimension() == from.dimension()).collect();
        let to = alike[to % alike.len()];
        if let Ok(exact) = from.convert(value.into(), to) {
            let rounded = from.convert_rounded(value.into(), to, exact.exponent());
            prop_assert_eq!(rounded, Ok(exact));
        }
    }

    #[test]
    fn no_text_panics(text in ".{0,8}") {
        let _ = text.parse::<Unit>();
    }
}
