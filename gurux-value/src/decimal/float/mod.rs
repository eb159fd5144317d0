//! Between decimals and binary floats, exactly.
//!
//! A float *is* a decimal (every power of two is), but with up to 767 digits. What a person wants
//! to read is the shortest decimal that lies nearer to it than to any other float: 230.1, not
//! 230.1000061035156. The digits are produced by the method of Steele and White as Dragon4 has it
//! (long integers, nothing rounded); numbers as meters send them take a short cut that is exact too.

mod big;

use core::cmp::Ordering;

use super::Decimal;
use big::Big;

/// A finite float without its sign: `mantissa` times two to the power of `exponent`.
struct Binary {
    mantissa: u64,
    exponent: i32,
    /// The next float below is only half as far as the next above (mantissa is a power of two).
    narrow_below: bool,
}

impl Decimal {
    /// The shortest decimal that reads back to this very float; of several the nearest. `None`
    /// for infinities and what is no number.
    ///
    /// ```
    /// use gurux_value::Decimal;
    ///
    /// let shortest = Decimal::from_f64_shortest(0.1).expect("a number");
    /// assert_eq!(shortest.to_string(), "0.1");
    /// ```
    #[must_use]
    pub fn from_f64_shortest(float: f64) -> Option<Self> {
        const BITS: u32 = f64::MANTISSA_DIGITS - 1;
        let bits = float.to_bits();
        let fraction = bits & ((1 << BITS) - 1);
        let power = i32::try_from(bits >> BITS & 0x7FF).ok()?;
        if power == 0x7FF {
            return None;
        }
        let magnitude = short_cut(float.abs(), 1e15, |read| read == float.abs());
        signed(float.is_sign_negative(), magnitude, binary(fraction, power, 1 << BITS, 1_075))
    }

    /// The shortest decimal that reads back to this very float; of several the nearest. `None`
    /// for infinities and what is no number.
    ///
    /// ```
    /// use gurux_value::Decimal;
    ///
    /// let shortest = Decimal::from_f32_shortest(230.1).expect("a number");
    /// assert_eq!(shortest.to_string(), "230.1");
    /// ```
    #[must_use]
    pub fn from_f32_shortest(float: f32) -> Option<Self> {
        const BITS: u32 = f32::MANTISSA_DIGITS - 1;
        let bits = u64::from(float.to_bits());
        let fraction = bits & ((1 << BITS) - 1);
        let power = i32::try_from(bits >> BITS & 0xFF).ok()?;
        if power == 0xFF {
            return None;
        }
        // Read back through f64, hence rounded twice. That is wrong only next to the middle of two
        // f32; but a number of at most seven places that is not the middle itself stands off from
        // it by more than 1/(2^25 * 10^7), which f64 tells apart.
        let reads = |read: f64| (read as f32) == float.abs();
        let magnitude = short_cut(f64::from(float.abs()), 16_777_216.0, reads);
        signed(float.is_sign_negative(), magnitude, binary(fraction, power, 1 << BITS, 150))
    }

    /// The nearest float; of two equally near the one with the even mantissa, as IEEE 754 has it.
    /// Past the largest float it is infinite.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        let magnitude = nearest(self.mantissa.unsigned_abs(), self.exponent.into());
        if self.is_negative() { -magnitude } else { magnitude }
    }
}

/// Takes the fields of a float apart; `hidden` is the bit that is not sent, `bias` counts to the
/// last bit of the mantissa.
const fn binary(fraction: u64, power: i32, hidden: u64, bias: i32) -> Binary {
    if power == 0 {
        Binary { mantissa: fraction, exponent: 1i32.wrapping_sub(bias), narrow_below: false }
    } else {
        Binary {
            mantissa: fraction | hidden,
            exponent: power.wrapping_sub(bias),
            narrow_below: fraction == 0 && power > 1,
        }
    }
}

fn signed(negative: bool, short: Option<Decimal>, exact: Binary) -> Option<Decimal> {
    let magnitude = match short {
        Some(decimal) => decimal,
        None => shortest(&exact)?,
    };
    if negative { magnitude.checked_neg() } else { Some(magnitude) }
}

/// Numbers of at most 15 digits with few places, found by trying one place after the other.
///
/// Below `limit` floats lie close enough that an integer cannot be shortened. The product is exact
/// for f32 (24 bits and 21), for f64 it is off by less than 1/8 where half the way to the next
/// float is less than that as well: so the nearest integer is found, and if any reads back to the
/// float, it does. The quotient of two floats that are exact is the float nearest to the decimal.
fn short_cut(magnitude: f64, limit: f64, reads_back: impl Fn(f64) -> bool) -> Option<Decimal> {
    const MAX_PLACES: usize = 7;
    const MAX_SHIFTED: f64 = 1e15;
    if magnitude >= limit {
        return None;
    }
    // Next to a power of two the spacing changes, and a neighbour may be the one that reads back.
    let power_of_two = magnitude.to_bits() & ((1 << 52) - 1) == 0;
    let mut power = 1.0;
    for places in (0i16..).take(MAX_PLACES + 1) {
        let shifted = magnitude * power;
        if shifted >= MAX_SHIFTED {
            return None;
        }
        let integer = (shifted + 0.5) as u64;
        let back = integer as f64 / power;
        let found = if power_of_two { back == magnitude } else { reads_back(back) };
        if found {
            return Some(Decimal::new(integer.into(), places.wrapping_neg()));
        }
        power *= 10.0;
    }
    None
}

/// The digits of the shortest decimal, by long integers.
///
/// The float is `rest / scale`; `below` and `above` are, in the same scale, half the way to the
/// next floats. A digit is taken after the other until what is left is less than either.
fn shortest(float: &Binary) -> Option<Decimal> {
    if float.mantissa == 0 {
        return Some(Decimal::ZERO);
    }
    // All times two, for halves; times two again where the way below is half the way above.
    let spare = 1u32.wrapping_add(float.narrow_below.into());
    let up = u32::try_from(float.exponent).unwrap_or(0);
    let down = float.exponent.min(0).unsigned_abs();
    let mut rest = Big::from(float.mantissa).shifted_left(up.wrapping_add(spare))?;
    let mut below = Big::from(1u64).shifted_left(up)?;
    let mut above = if float.narrow_below { below.shifted_left(1)? } else { below };
    let mut scale = Big::from(1u64).shifted_left(down.wrapping_add(spare))?;
    // The ends of the interval read back to the float where its mantissa is even.
    let even = float.mantissa.is_multiple_of(2);
    let past = |sum: &Big, scale: &Big| match sum.cmp(scale) {
        Ordering::Greater => true,
        Ordering::Equal => even,
        Ordering::Less => false,
    };

    // The place before the first digit: an estimate that is at most one too low, put right.
    let bits = i64::from(float.mantissa.ilog2()).wrapping_add(float.exponent.into());
    // 1_233 / 4_096 is just below the logarithm of two to the base ten.
    let mut place = i32::try_from(bits.wrapping_mul(1_233) >> 12).ok()?;
    if place > 0 {
        scale = scale.times_pow10(place.unsigned_abs())?;
    } else {
        let power = place.unsigned_abs();
        rest = rest.times_pow10(power)?;
        (below, above) = (below.times_pow10(power)?, above.times_pow10(power)?);
    }
    while past(&rest.plus(&above)?, &scale) {
        scale = scale.times(10)?;
        place = place.checked_add(1)?;
    }

    let mut digits = 0u64;
    loop {
        rest = rest.times(10)?;
        (below, above) = (below.times(10)?, above.times(10)?);
        place = place.checked_sub(1)?;
        let mut digit = 0u64;
        while let Some(less) = rest.minus(&scale) {
            rest = less;
            digit = digit.wrapping_add(1);
        }
        digits = digits.checked_mul(10)?.checked_add(digit)?;
        let low = past(&below, &rest);
        let high = past(&rest.plus(&above)?, &scale);
        if low || high {
            let nearer_above = rest.times(2)?.cmp(&scale).is_ge();
            let up = high && (!low || nearer_above);
            let mantissa = i128::from(digits).checked_add(up.into())?;
            let decimal = Decimal::new(mantissa, i16::try_from(place).ok()?).normalized();
            // 1e3 is for a computer; a person reads 1000.
            return Some(match decimal.rescale(0) {
                Some(plain) if (1..=20).contains(&decimal.exponent) => plain,
                _ => decimal,
            });
        }
    }
}

/// The float nearest to `mantissa` times ten to the power of `exponent`.
fn nearest(mantissa: u128, exponent: i32) -> f64 {
    /// Below, the number is less than half of the least float; above, more than the largest.
    const LEAST_PLACE: i32 = -344;
    const LARGEST_PLACE: i32 = 310;
    const EXACT_POWERS: [f64; 23] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
        1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ];
    // Both exact: the one operation rounds as it should.
    if mantissa < 1 << 53
        && let Some(power) = usize::try_from(exponent.unsigned_abs())
            .ok()
            .and_then(|places| EXACT_POWERS.get(places))
    {
        let integer = mantissa as f64;
        return if exponent < 0 { integer / power } else { integer * power };
    }
    let place = mantissa.checked_ilog10().map(|log| exponent.saturating_add_unsigned(log));
    let Some(place @ LEAST_PLACE..) = place else { return 0.0 };
    if place > LARGEST_PLACE {
        return f64::INFINITY;
    }
    big::scaled(mantissa, exponent).unwrap_or(f64::INFINITY)
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::{String, ToString};

    use proptest::prelude::{any, prop_assert_eq, proptest};

    use super::super::Decimal;

    /// What the standard library prints is the shortest that reads back, too, by another method.
    fn oracle(float: impl core::fmt::LowerExp) -> Decimal {
        let text: String = format!("{float:e}");
        text.parse().unwrap()
    }

    #[track_caller]
    fn agrees(float: f64) {
        let ours = Decimal::from_f64_shortest(float).unwrap();
        assert_eq!(ours, oracle(float), "{float:e}");
        assert_eq!(ours.to_f64(), float);
    }

    #[test]
    fn floats_of_meters_are_short() {
        for (float, text) in [
            (230.1f32, "230.1"),
            (50.0, "50"),
            (0.98, "0.98"),
            (-1234.567, "-1234.567"),
            (16_777_216.0, "16777216"),
            (1e10, "10000000000"),
            (0.1, "0.1"),
        ] {
            assert_eq!(Decimal::from_f32_shortest(float).unwrap().to_string(), text);
        }
        assert_eq!(Decimal::from_f64_shortest(-0.0).unwrap().to_string(), "0");
        assert_eq!(Decimal::from_f32_shortest(f32::NAN), None);
        assert_eq!(Decimal::from_f64_shortest(f64::INFINITY), None);
    }

    #[test]
    fn the_ends_of_the_range_and_powers_of_two_agree_with_the_standard_library() {
        for float in [f64::MIN_POSITIVE, f64::MAX, f64::from_bits(1), f64::EPSILON, 5e-324, 1e23] {
            agrees(float);
            agrees(-float);
        }
        for power in 0..2047 {
            for fraction in [0, 1, (1 << 52) - 1] {
                agrees(f64::from_bits(power << 52 | fraction));
            }
        }
        for power in 0..255 {
            for fraction in [0, 1, (1 << 23) - 1] {
                let float = f32::from_bits(power << 23 | fraction);
                assert_eq!(Decimal::from_f32_shortest(float), Some(oracle(float)), "{float:e}");
            }
        }
    }

    #[test]
    fn rounding_is_to_even_at_the_middle() {
        // 2^53 + 1 lies in the middle of two floats.
        for (text, float) in [
            ("9007199254740993", 9_007_199_254_740_992.0),
            ("9007199254740993.0000000000000001", 9_007_199_254_740_994.0),
            ("2.4703282292062327208e-324", 0.0),
            ("2.4703282292062327209e-324", 5e-324),
            ("1.7976931348623158079e308", f64::MAX),
            ("1.797693134862315808e308", f64::INFINITY),
            ("1e400", f64::INFINITY),
            ("-1e-400", 0.0),
        ] {
            assert_eq!(text.parse::<Decimal>().unwrap().to_f64(), float, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_f64_agrees_with_the_standard_library(bits in any::<u64>()) {
            let float = f64::from_bits(bits);
            if float.is_finite() {
                agrees(float);
            }
        }

        #[test]
        fn any_f32_agrees_with_the_standard_library(bits in any::<u32>()) {
            let float = f32::from_bits(bits);
            if float.is_finite() {
                let ours = Decimal::from_f32_shortest(float).unwrap();
                prop_assert_eq!(ours, oracle(float));
            }
        }

        #[test]
        fn numbers_of_meters_agree_with_the_standard_library(mantissa in -99_999_999i64..99_999_999, places in 0i32..8) {
            let float = mantissa as f64 / 10f64.powi(places);
            agrees(float);
            prop_assert_eq!(Decimal::from_f32_shortest(float as f32), Some(oracle(float as f32)));
        }

        /// Oracle: the standard library reads our text.
        #[test]
        fn any_decimal_has_the_nearest_float(mantissa in any::<i128>(), shift in 0u32..127, exponent in -400i16..400) {
            let decimal = Decimal::new(mantissa >> shift, exponent);
            let text = format!("{}e{exponent}", mantissa >> shift);
            prop_assert_eq!(decimal.to_f64(), text.parse::<f64>().unwrap(), "{}", text);
        }
    }
}
