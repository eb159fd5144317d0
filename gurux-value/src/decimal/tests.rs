use alloc::format;
use alloc::string::ToString;
use core::hash::{BuildHasher, BuildHasherDefault};
use std::collections::hash_map::DefaultHasher;

use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

use super::Decimal;

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap_or_else(|fault| panic!("{text}: {fault}"))
}

fn hash(decimal: Decimal) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(decimal)
}

#[test]
fn the_stated_digits_are_printed() {
    for (mantissa, exponent, text) in [
        (1230, -2, "12.30"),
        (0, -3, "0.000"),
        (0, 3, "0"),
        (-5, -1, "-0.5"),
        (-5, -4, "-0.0005"),
        (12, 3, "12000"),
        (i128::MAX, -64, "0.0000000000000000000000000170141183460469231731687303715884105727"),
        (i128::MIN, 0, "-170141183460469231731687303715884105728"),
        (7, 300, "7e300"),
        (-7, -300, "-7e-300"),
    ] {
        let decimal = Decimal::new(mantissa, exponent);
        assert_eq!(decimal.to_string(), text);
        assert_eq!(text.parse(), Ok(decimal));
    }
}

#[test]
fn columns_and_precision_are_obeyed() {
    let price = decimal("-12.345");
    assert_eq!(format!("{price:10}|"), "   -12.345|");
    assert_eq!(format!("{price:<10}|"), "-12.345   |");
    assert_eq!(format!("{price:010.2}|"), "-000012.35|");
    assert_eq!(format!("{:+}", decimal("1.0")), "+1.0");
    assert_eq!(format!("{:.2}", decimal("7")), "7.00");
}

#[test]
fn spellings_of_numbers_are_read() {
    for (text, mantissa, exponent) in [
        ("+1.50", 150, -2),
        (".5", 5, -1),
        ("5.", 5, 0),
        ("1e3", 1, 3),
        ("1.5E-3", 15, -4),
        ("000123", 123, 0),
        ("0.00", 0, -2),
        ("1000000000000000000000000000000000000000000", 1, 42),
    ] {
        let read = decimal(text);
        assert_eq!((read.mantissa(), read.exponent()), (mantissa, exponent), "{text}");
    }
}

#[test]
fn other_texts_are_refused_with_their_place() {
    for (text, offset) in [
        ("", 0),
        ("-", 1),
        (".", 1),
        ("1,5", 1),
        ("12a", 2),
        ("1e", 2),
        ("0x1F", 1),
        ("NaN", 0),
        ("1.5.2", 3),
        (" 1", 0),
        ("1e99999", 7),
        ("1234567890123456789012345678901234567891", 40),
    ] {
        let fault = text.parse::<Decimal>().unwrap_err();
        assert_eq!(fault.offset, offset, "{text}: {fault}");
    }
    let fault = "1,5".parse::<Decimal>().unwrap_err();
    assert_eq!(fault.to_string(), "decimal, character 2: expected a digit");
}

#[test]
fn a_half_rounds_away_from_nought() {
    for (value, exponent, rounded) in [
        ("2.5", 0, "3"),
        ("-2.5", 0, "-3"),
        ("2.4999", 0, "2"),
        ("1250", 2, "13e2"),
        ("1.005", -2, "1.01"),
        ("0.5", 3, "0e3"),
        ("7", -2, "7.00"),
        ("0.0004", -3, "0.000"),
    ] {
        let result = decimal(value).round_to(exponent).unwrap();
        assert_eq!(result, decimal(rounded), "{value}");
        assert_eq!(result.exponent(), exponent);
    }
    assert_eq!(decimal("1e-200").round_to(0), Some(Decimal::ZERO));
    assert_eq!(decimal("1e200").round_to(0), None);
}

#[test]
fn quotients_are_exact_or_refused() {
    assert_eq!(decimal("10").checked_div(decimal("4")), Some(decimal("2.5")));
    assert_eq!(decimal("1").checked_div(decimal("3")), None);
    assert_eq!(decimal("1").checked_div(Decimal::ZERO), None);
    assert_eq!(Decimal::ZERO.checked_div(decimal("-7")), Some(Decimal::ZERO));
    assert_eq!(decimal("-6").checked_div(decimal("0.3")), Some(decimal("-20")));
    assert_eq!(decimal("1").div_round(decimal("3"), -4), Some(decimal("0.3333")));
    assert_eq!(decimal("-2").div_round(decimal("3"), -4), Some(decimal("-0.6667")));
    assert_eq!(decimal("1").div_round(Decimal::ZERO, -4), None);
}

#[test]
fn what_does_not_fit_is_refused() {
    let most = Decimal::new(i128::MAX, 0);
    assert_eq!(most.checked_add(Decimal::ONE), None);
    assert_eq!(most.checked_mul(decimal("2")), None);
    assert_eq!(Decimal::new(i128::MIN, 0).checked_neg(), None);
    assert_eq!(Decimal::new(1, i16::MAX).scaled(1), None);
    assert_eq!(Decimal::new(1, i16::MAX).checked_mul(decimal("1e1")), None);
    assert_eq!(most.rescale(-1), None);
    assert_eq!(decimal("1.5").to_i64(), None);
    assert_eq!(decimal("1e30").to_i64(), None);
    assert_eq!(decimal("-1").to_u64(), None);
    assert_eq!(decimal("1.50e1").to_i64(), Some(15));
}

#[test]
fn sums_far_apart_fit_when_their_noughts_go() {
    let large = Decimal::new(1_000_000, 30);
    assert_eq!(large.checked_add(Decimal::new(0, -20)), Some(large));
    let tens = Decimal::new(i128::MAX / 10 * 10, 0);
    assert!(Decimal::new(10, 37).checked_mul(tens).is_some());
}

/// 0 stands apart: it has no first digit.
#[test]
fn order_holds_across_all_exponents() {
    let ascending = ["-1e300", "-2", "-1.5", "-1e-300", "0", "1e-300", "0.1", "1", "1e30", "1e300"];
    for (left, low) in ascending.iter().enumerate() {
        for (right, high) in ascending.iter().enumerate() {
            assert_eq!(decimal(low).cmp(&decimal(high)), left.cmp(&right), "{low} {high}");
        }
    }
    assert!(Decimal::new(i128::MAX, 1) > Decimal::new(i128::MAX, 0));
    // 38 nines with a nought do not fit 128 bits.
    let nines = Decimal::new(10i128.pow(38) - 1, 1);
    assert!(Decimal::new(i128::MAX, 0) < nines);
    assert!(nines > Decimal::new(i128::MAX, 0));
    assert!(Decimal::new(i128::MIN, 0) < Decimal::new(-17, 37));
}

/// Exact rational of small decimals, over one common denominator.
fn micros(mantissa: i64, exponent: i16) -> i128 {
    i128::from(mantissa) * 10i128.pow(u32::try_from(exponent + 6).unwrap())
}

proptest! {
    #[test]
    fn what_is_printed_reads_back(mantissa in any::<i128>(), shift in 0u32..127, exponent in any::<i16>()) {
        let decimal = Decimal::new(mantissa >> shift, exponent);
        prop_assert_eq!(decimal.to_string().parse(), Ok(decimal));
        if (-64..=0).contains(&exponent) {
            prop_assert_eq!(decimal.to_string().parse::<Decimal>().unwrap().exponent(), exponent);
        }
    }

    #[test]
    fn sums_products_and_order_are_those_of_integers(
        a in any::<i64>(), b in any::<i64>(), ea in -6i16..6, eb in -6i16..6,
    ) {
        let (left, right) = (Decimal::new(a.into(), ea), Decimal::new(b.into(), eb));
        let (x, y) = (micros(a, ea), micros(b, eb));
        let exact = |micros: i128| Some(Decimal::new(micros, -6));
        prop_assert_eq!(left.checked_add(right), exact(x + y));
        prop_assert_eq!(left.checked_sub(right), exact(x - y));
        prop_assert_eq!(left.checked_mul(right), Some(Decimal::new(i128::from(a) * i128::from(b), ea + eb)));
        prop_assert_eq!(left.cmp(&right), x.cmp(&y));
        prop_assert_eq!(left == right, x == y);
    }

    #[test]
    fn equal_numbers_hash_alike(mantissa in any::<i64>(), exponent in -20i16..20, zeros in 0i16..18) {
        let short = Decimal::new(mantissa.into(), exponent);
        let long = short.rescale(exponent - zeros).unwrap();
        prop_assert_eq!(short, long);
        prop_assert_eq!(hash(short), hash(long));
        prop_assert_eq!(long.normalized().mantissa() % 10 == 0, mantissa == 0);
    }

    #[test]
    fn quotients_multiply_back(a in any::<i32>(), b in any::<i32>(), ea in -6i16..6, eb in -6i16..6) {
        let (left, right) = (Decimal::new(a.into(), ea), Decimal::new(b.into(), eb));
        if let Some(quotient) = left.checked_div(right) {
            prop_assert_eq!(quotient.checked_mul(right), Some(left));
        }
        let product = left.checked_mul(right).unwrap();
        if b != 0 {
            prop_assert_eq!(product.checked_div(right), Some(left));
        }
    }

    /// The rounded quotient is off by at most half a unit of its last place.
    #[test]
    fn rounding_is_to_the_nearest(a in any::<i64>(), b in any::<i32>(), exponent in -8i16..4) {
        if b != 0 {
            let (left, right) = (Decimal::from(a), Decimal::from(b));
            let rounded = left.div_round(right, exponent).unwrap();
            let error = rounded.checked_mul(right).unwrap().checked_sub(left).unwrap().checked_abs().unwrap();
            let half = right.checked_abs().unwrap().checked_mul(Decimal::new(5, exponent - 1)).unwrap();
            prop_assert!(error <= half);
            prop_assert_eq!(rounded.exponent(), exponent);
        }
    }

    /// No panic and no wrap at the ends of the range, where no oracle fits.
    #[test]
    fn the_ends_of_the_range_are_safe(a in any::<i128>(), b in any::<i128>(), ea in any::<i16>(), eb in any::<i16>()) {
        let (left, right) = (Decimal::new(a, ea), Decimal::new(b, eb));
        let _ = (left.checked_add(right), left.checked_sub(right), left.checked_mul(right));
        let _ = (left.checked_div(right), left.div_round(right, ea), left.round_to(eb), left.rescale(eb));
        prop_assert_eq!(left.cmp(&right), right.cmp(&left).reverse());
        prop_assert_eq!(left.normalized(), left);
    }

    #[test]
    fn no_text_panics(text in "[-+0-9.eE]{0,50}") {
        let _ = text.parse::<Decimal>();
    }
}
