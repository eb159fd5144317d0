//! Exact decimals: an integer and a power of ten, from the wire to the report.
//!
//! A meter sends an integer and says how to scale it; what it sends is exact, and its last digit
//! tells the meter's resolution. So `12.30` stays `12.30`: no arithmetic here passes through a
//! float, and what does not fit is refused (`None`), never wrapped and never rounded unasked.

mod float;

use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::str::FromStr;

use crate::error::ParseError;
use crate::line::Line;

/// 10 to the power of `power`, or `None` past the 39 digits of a `u128`.
pub(crate) const fn pow10(power: u32) -> Option<u128> {
    10u128.checked_pow(power)
}

/// Exponents that print in full; outside, `5e300` is clearer than three hundred noughts.
const PLAIN_EXPONENTS: core::ops::RangeInclusive<i16> = -64..=40;

/// An exact number: `mantissa` times ten to the power of `exponent`.
///
/// | part | type | example `12.30` |
/// |------|------|-----------------|
/// | mantissa | `i128`, at least 38 digits | 1230 |
/// | exponent | `i16` | -2 |
///
/// Comparison and hash are by number: `12.3 == 12.30`. Printing keeps the digits that the
/// exponent states. `{:.2}` rounds for display.
///
/// ```
/// use gurux_value::Decimal;
///
/// let counter = Decimal::new(123_450, -2);
/// assert_eq!(counter.to_string(), "1234.50");
/// assert_eq!(counter, "1234.5".parse::<Decimal>()?);
/// assert_eq!(counter.checked_add(Decimal::from(1)), Some(Decimal::new(123_550, -2)));
/// # Ok::<(), gurux_value::ParseError>(())
/// ```
#[derive(Clone, Copy, Default)]
pub struct Decimal {
    mantissa: i128,
    exponent: i16,
}

impl Decimal {
    /// Nought.
    pub const ZERO: Self = Self::new(0, 0);
    /// One.
    pub const ONE: Self = Self::new(1, 0);

    /// `mantissa` times ten to the power of `exponent`.
    #[must_use]
    pub const fn new(mantissa: i128, exponent: i16) -> Self {
        Self { mantissa, exponent }
    }

    /// The digits, as an integer.
    #[must_use]
    pub const fn mantissa(self) -> i128 {
        self.mantissa
    }

    /// The power of ten that the mantissa counts: -2 for hundredths.
    #[must_use]
    pub const fn exponent(self) -> i16 {
        self.exponent
    }

    /// Is it nought?
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.mantissa == 0
    }

    /// Is it below nought?
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.mantissa < 0
    }

    /// Ten to the power of `by` times this number. The mantissa stays; `None` when the exponent
    /// leaves its range.
    #[must_use]
    pub const fn scaled(self, by: i16) -> Option<Self> {
        match self.exponent.checked_add(by) {
            Some(exponent) => Some(Self { exponent, ..self }),
            None => None,
        }
    }

    /// The same number with the shortest mantissa: `12.30` becomes `12.3`, `1200` becomes 12 with
    /// exponent 2, nought becomes `0`.
    #[must_use]
    pub const fn normalized(self) -> Self {
        if self.mantissa == 0 {
            return Self::ZERO;
        }
        let Self { mut mantissa, mut exponent } = self;
        while mantissa % 10 == 0 && exponent < i16::MAX {
            mantissa /= 10;
            exponent = exponent.wrapping_add(1);
        }
        Self { mantissa, exponent }
    }

    /// The same number with the given exponent, or `None` when that would drop a digit other than
    /// nought, or does not fit.
    #[must_use]
    pub fn rescale(self, exponent: i16) -> Option<Self> {
        if self.mantissa == 0 {
            return Some(Self::new(0, exponent));
        }
        let up = i32::from(self.exponent).wrapping_sub(i32::from(exponent));
        let factor = i128::try_from(pow10(up.unsigned_abs())?).ok()?;
        let mantissa = if up >= 0 {
            self.mantissa.checked_mul(factor)?
        } else if self.mantissa.checked_rem(factor)? == 0 {
            self.mantissa.checked_div(factor)?
        } else {
            return None;
        };
        Some(Self { mantissa, exponent })
    }

    /// The nearest number with the given exponent; a half goes away from nought, as on paper:
    /// 2.5 to 3, -2.5 to -3. `None` when a finer exponent needs more digits than fit.
    #[must_use]
    pub fn round_to(self, exponent: i16) -> Option<Self> {
        if exponent <= self.exponent {
            self.rescale(exponent)
        } else {
            self.div_round(Self::ONE, exponent)
        }
    }

    /// The sum, with the finer of the two exponents where that fits.
    #[must_use]
    pub fn checked_add(self, rhs: Self) -> Option<Self> {
        self.add_aligned(rhs).or_else(|| self.normalized().add_aligned(rhs.normalized()))
    }

    fn add_aligned(self, rhs: Self) -> Option<Self> {
        let exponent = self.exponent.min(rhs.exponent);
        let (left, right) = (self.rescale(exponent)?, rhs.rescale(exponent)?);
        Some(Self::new(left.mantissa.checked_add(right.mantissa)?, exponent))
    }

    /// The difference, with the finer of the two exponents where that fits.
    #[must_use]
    pub fn checked_sub(self, rhs: Self) -> Option<Self> {
        self.checked_add(rhs.checked_neg()?)
    }

    /// The product; exponents add.
    #[must_use]
    pub fn checked_mul(self, rhs: Self) -> Option<Self> {
        self.mul_as_is(rhs).or_else(|| self.normalized().mul_as_is(rhs.normalized()))
    }

    fn mul_as_is(self, rhs: Self) -> Option<Self> {
        Some(Self {
            mantissa: self.mantissa.checked_mul(rhs.mantissa)?,
            exponent: self.exponent.checked_add(rhs.exponent)?,
        })
    }

    /// The number with the other sign. (`None` only for the one mantissa that has no opposite.)
    #[must_use]
    pub const fn checked_neg(self) -> Option<Self> {
        match self.mantissa.checked_neg() {
            Some(mantissa) => Some(Self { mantissa, ..self }),
            None => None,
        }
    }

    /// The number without its sign.
    #[must_use]
    pub const fn checked_abs(self) -> Option<Self> {
        match self.mantissa.checked_abs() {
            Some(mantissa) => Some(Self { mantissa, ..self }),
            None => None,
        }
    }

    /// The exact quotient, or `None`: when dividing by nought, when the quotient has no end as a
    /// decimal (1/3), and when it needs more digits than fit.
    #[must_use]
    pub fn checked_div(self, rhs: Self) -> Option<Self> {
        let (numerator, mut rest) = reduce(self.mantissa, rhs.mantissa)?;
        // Only twos and fives below the line make a finite decimal.
        let (mut twos, mut fives) = (0u32, 0u32);
        while rest % 2 == 0 {
            rest /= 2;
            twos = twos.wrapping_add(1);
        }
        while rest % 5 == 0 {
            rest /= 5;
            fives = fives.wrapping_add(1);
        }
        if rest != 1 {
            return None;
        }
        let digits = twos.max(fives);
        let magnitude = numerator
            .checked_mul(2u128.checked_pow(digits.saturating_sub(twos))?)?
            .checked_mul(5u128.checked_pow(digits.saturating_sub(fives))?)?;
        let exponent = i32::from(self.exponent)
            .wrapping_sub(i32::from(rhs.exponent))
            .checked_sub_unsigned(digits)?;
        Some(Self {
            mantissa: signed(self.is_negative() != rhs.is_negative(), magnitude)?,
            exponent: i16::try_from(exponent).ok()?,
        })
    }

    /// The quotient rounded to the given exponent, a half away from nought. `None` when dividing
    /// by nought and when the result does not fit.
    #[must_use]
    pub fn div_round(self, rhs: Self, exponent: i16) -> Option<Self> {
        let (numerator, denominator) = reduce(self.mantissa, rhs.mantissa)?;
        let up = i32::from(self.exponent)
            .wrapping_sub(i32::from(rhs.exponent))
            .wrapping_sub(i32::from(exponent));
        let factor = pow10(up.unsigned_abs());
        let (numerator, denominator) = match (up >= 0, factor) {
            (true, Some(factor)) => (numerator.checked_mul(factor)?, denominator),
            (true, None) if numerator != 0 => return None,
            // A divisor past 128 bits leaves less than half a unit of any mantissa.
            (false, factor) => match factor.and_then(|factor| denominator.checked_mul(factor)) {
                Some(denominator) => (numerator, denominator),
                None => (0, 1),
            },
            (true, None) => (0, 1),
        };
        let quotient = numerator.checked_div(denominator)?;
        let rest = numerator.checked_rem(denominator)?;
        let up_one = rest >= denominator.wrapping_sub(rest);
        let magnitude = quotient.checked_add(u128::from(up_one))?;
        let negative = self.is_negative() != rhs.is_negative();
        Some(Self { mantissa: signed(negative, magnitude)?, exponent })
    }

    /// The number as an integer, or `None` when it has a fraction or does not fit.
    #[must_use]
    pub fn to_i128(self) -> Option<i128> {
        Some(self.rescale(0)?.mantissa)
    }

    /// The number as an integer, or `None` when it has a fraction or does not fit.
    #[must_use]
    pub fn to_i64(self) -> Option<i64> {
        i64::try_from(self.to_i128()?).ok()
    }

    /// The number as an integer, or `None` when it has a fraction, a sign or does not fit.
    #[must_use]
    pub fn to_u64(self) -> Option<u64> {
        u64::try_from(self.to_i128()?).ok()
    }

    /// The number of decimal digits of the mantissa; nought has one.
    const fn digit_count(self) -> u32 {
        match self.mantissa.unsigned_abs().checked_ilog10() {
            Some(log) => log.wrapping_add(1),
            None => 1,
        }
    }
}

/// Both magnitudes without their common divisor; `None` when the second is nought.
fn reduce(left: i128, right: i128) -> Option<(u128, u128)> {
    let (left, right) = (left.unsigned_abs(), right.unsigned_abs());
    let (mut divisor, mut rest) = (right, left);
    while rest != 0 {
        (divisor, rest) = (rest, divisor.checked_rem(rest)?);
    }
    Some((left.checked_div(divisor)?, right.checked_div(divisor)?)).filter(|(_, d)| *d != 0)
}

/// A magnitude with its sign, where that fits.
fn signed(negative: bool, magnitude: u128) -> Option<i128> {
    if negative { 0i128.checked_sub_unsigned(magnitude) } else { magnitude.try_into().ok() }
}

macro_rules! from_integers {
    ($($integer:ty),*) => {$(
        impl From<$integer> for Decimal {
            fn from(integer: $integer) -> Self {
                // No integer of these widths leaves the range of i128.
                Self::new(integer as i128, 0)
            }
        }
    )*};
}

from_integers!(i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, usize);

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Decimal {}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    /// By number, whatever the exponents.
    fn cmp(&self, other: &Self) -> Ordering {
        if self.exponent == other.exponent {
            return self.mantissa.cmp(&other.mantissa);
        }
        let sign = self.mantissa.signum();
        if sign != other.mantissa.signum() || sign == 0 {
            return sign.cmp(&other.mantissa.signum());
        }
        let magnitude = cmp_magnitude(*self, *other);
        if sign < 0 { magnitude.reverse() } else { magnitude }
    }
}

/// Compares without sign; neither is nought.
fn cmp_magnitude(left: Decimal, right: Decimal) -> Ordering {
    // The place of the first digit decides; only where both begin at the same place (and then the
    // exponents differ by less than the digits of a mantissa) are the digits compared.
    let place = |d: Decimal| i64::from(d.exponent).wrapping_add(i64::from(d.digit_count()));
    place(left).cmp(&place(right)).then_with(|| {
        let (a, b) = (left.mantissa.unsigned_abs(), right.mantissa.unsigned_abs());
        let up = i32::from(left.exponent).wrapping_sub(i32::from(right.exponent));
        let widen = |n: u128| pow10(up.unsigned_abs()).and_then(|factor| n.checked_mul(factor));
        // What overflows 128 bits is larger than any mantissa.
        if up >= 0 {
            widen(a).map_or(Ordering::Greater, |a| a.cmp(&b))
        } else {
            widen(b).map_or(Ordering::Less, |b| a.cmp(&b))
        }
    })
}

impl Hash for Decimal {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self { mantissa, exponent } = self.normalized();
        (mantissa, exponent).hash(state);
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = match f.precision().map(i16::try_from) {
            Some(Ok(digits)) => self.round_to(digits.saturating_neg()).unwrap_or(*self),
            _ => *self,
        };
        let mut line = Line::<128>::new();
        shown.print_magnitude(&mut line);
        f.pad_integral(!shown.is_negative(), "", line.as_str())
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Decimal({self})")
    }
}

impl Decimal {
    /// The number without its sign, as text: at most 39 digits with 64 places either way.
    fn print_magnitude(self, line: &mut Line<128>) {
        let digits = Line::<40>::of_integer(self.mantissa.unsigned_abs());
        let digits = digits.as_str();
        if !PLAIN_EXPONENTS.contains(&self.exponent) {
            line.push_str(digits);
            line.push_str(if self.exponent < 0 { "e-" } else { "e" });
            let exponent = Line::<8>::of_integer(u128::from(self.exponent.unsigned_abs()));
            line.push_str(exponent.as_str());
            return;
        }
        let places = usize::from(self.exponent.unsigned_abs());
        if self.exponent >= 0 {
            line.push_str(digits);
            if self.mantissa != 0 {
                line.push_zeros(places);
            }
            return;
        }
        match digits.len().checked_sub(places).and_then(|whole| digits.split_at_checked(whole)) {
            Some((whole, fraction)) => {
                line.push_str(if whole.is_empty() { "0" } else { whole });
                line.push_str(".");
                line.push_str(fraction);
            }
            None => {
                line.push_str("0.");
                line.push_zeros(places.saturating_sub(digits.len()));
                line.push_str(digits);
            }
        }
    }
}

impl FromStr for Decimal {
    type Err = ParseError;

    /// Reads `[+-]digits[.digits][e[+-]digits]`, with digits on at least one side of the point.
    /// Digits after the point are kept, also noughts; noughts that no mantissa holds move into the
    /// exponent.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let mut rest = text.as_bytes();
        let fault = |rest: &[u8], expected| ParseError {
            what: "decimal",
            expected,
            offset: text.len().saturating_sub(rest.len()),
        };
        let negative = take_sign(&mut rest);
        let mut digits = Digits::default();
        digits.take(&mut rest).ok_or_else(|| fault(rest, "fewer digits"))?;
        if let Some((b'.', fraction)) = rest.split_first() {
            rest = fraction;
            digits.after_point = true;
            digits.take(&mut rest).ok_or_else(|| fault(rest, "fewer digits"))?;
        }
        if !digits.any {
            return Err(fault(rest, "a digit"));
        }
        let mut power = 0i32;
        if let Some((b'e' | b'E', after)) = rest.split_first() {
            rest = after;
            let below = take_sign(&mut rest);
            let mut any = false;
            while let Some((digit @ b'0'..=b'9', after)) = rest.split_first() {
                power = power.saturating_mul(10).saturating_add(i32::from(digit & 0x0F));
                any = true;
                rest = after;
            }
            if !any {
                return Err(fault(rest, "a digit of the exponent"));
            }
            power = if below { power.saturating_neg() } else { power };
        }
        if !rest.is_empty() {
            return Err(fault(rest, "a digit"));
        }
        digits
            .finish(negative, power)
            .ok_or_else(|| fault(rest, "a number of at most 38 digits with a smaller exponent"))
    }
}

/// Drops a sign; was it a minus?
fn take_sign(rest: &mut &[u8]) -> bool {
    match rest.split_first() {
        Some((sign @ (b'-' | b'+'), after)) => {
            *rest = after;
            *sign == b'-'
        }
        _ => false,
    }
}

/// The digits of a number as they are read.
#[derive(Default)]
struct Digits {
    /// The digits up to the last one that is not nought.
    magnitude: u128,
    /// Noughts since then.
    zeros: u32,
    /// Digits after the point.
    places: i32,
    after_point: bool,
    any: bool,
}

impl Digits {
    /// Reads digits; `None` when they exceed 128 bits.
    fn take(&mut self, rest: &mut &[u8]) -> Option<()> {
        while let Some((digit @ b'0'..=b'9', after)) = rest.split_first() {
            *rest = after;
            self.any = true;
            self.places = self.places.saturating_add(i32::from(self.after_point));
            if *digit == b'0' {
                self.zeros = self.zeros.saturating_add(1);
                continue;
            }
            let shift = self.zeros.saturating_add(1);
            if self.magnitude != 0 {
                self.magnitude = self.magnitude.checked_mul(pow10(shift)?)?;
            }
            self.magnitude = self.magnitude.checked_add(u128::from(digit & 0x0F))?;
            self.zeros = 0;
        }
        Some(())
    }

    fn finish(self, negative: bool, power: i32) -> Option<Decimal> {
        let exponent = i16::try_from(power.checked_sub(self.places)?);
        let full = pow10(self.zeros).and_then(|factor| self.magnitude.checked_mul(factor));
        if let (Ok(exponent), Some(Some(mantissa))) = (exponent, full.map(|m| signed(negative, m)))
        {
            return Some(Decimal { mantissa, exponent });
        }
        if self.magnitude == 0 {
            return Some(Decimal::new(0, exponent.unwrap_or(0)));
        }
        let exponent = power.checked_sub(self.places)?.checked_add_unsigned(self.zeros)?;
        Some(Decimal {
            mantissa: signed(negative, self.magnitude)?,
            exponent: i16::try_from(exponent).ok()?,
        })
    }
}

#[cfg(test)]
mod tests;
