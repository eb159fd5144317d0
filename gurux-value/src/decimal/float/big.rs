//! Long integers without an allocator: just what exact floats need.

use core::cmp::Ordering;

/// Enough for the mantissa of a decimal (128 bits) over ten to the power of 382, which divides the
/// least float, with 66 bits of quotient to round from.
const LIMBS: usize = 24;
const LIMB_BITS: u32 = 64;

/// An integer of 1536 bits, least limb first. What does not fit is `None`.
#[derive(Clone, Copy)]
pub(super) struct Big([u64; LIMBS]);

impl From<u64> for Big {
    fn from(integer: u64) -> Self {
        let mut limbs = [0; LIMBS];
        let [low, ..] = &mut limbs;
        *low = integer;
        Self(limbs)
    }
}

impl From<u128> for Big {
    fn from(integer: u128) -> Self {
        let mut limbs = [0; LIMBS];
        let [low, high, ..] = &mut limbs;
        (*low, *high) = (integer as u64, (integer >> LIMB_BITS) as u64);
        Self(limbs)
    }
}

impl Big {
    pub(super) fn cmp(&self, other: &Self) -> Ordering {
        self.0.iter().rev().cmp(other.0.iter().rev())
    }

    pub(super) fn plus(&self, other: &Self) -> Option<Self> {
        let (mut sum, mut carry) = (*self, false);
        for (limb, other) in sum.0.iter_mut().zip(&other.0) {
            let (first, over) = limb.overflowing_add(*other);
            let (second, over_again) = first.overflowing_add(carry.into());
            (*limb, carry) = (second, over | over_again);
        }
        (!carry).then_some(sum)
    }

    /// `None` where the other is larger.
    pub(super) fn minus(&self, other: &Self) -> Option<Self> {
        let (mut rest, mut borrow) = (*self, false);
        for (limb, other) in rest.0.iter_mut().zip(&other.0) {
            let (first, under) = limb.overflowing_sub(*other);
            let (second, under_again) = first.overflowing_sub(borrow.into());
            (*limb, borrow) = (second, under | under_again);
        }
        (!borrow).then_some(rest)
    }

    pub(super) fn times(&self, factor: u64) -> Option<Self> {
        let (mut product, mut carry) = (*self, 0u128);
        for limb in &mut product.0 {
            let wide = u128::from(*limb).wrapping_mul(factor.into()).wrapping_add(carry);
            (*limb, carry) = (wide as u64, wide >> LIMB_BITS);
        }
        (carry == 0).then_some(product)
    }

    pub(super) fn times_pow10(&self, power: u32) -> Option<Self> {
        let mut product = *self;
        for step in steps_of_ten(power) {
            product = product.times(step)?;
        }
        Some(product)
    }

    /// The quotient by a power of ten; is something left?
    fn div_pow10(&self, power: u32) -> (Self, bool) {
        let (mut quotient, mut left) = (*self, false);
        for step in steps_of_ten(power) {
            let mut rest = 0u128;
            for limb in quotient.0.iter_mut().rev() {
                let wide = rest << LIMB_BITS | u128::from(*limb);
                let divisor = u128::from(step);
                *limb = wide.checked_div(divisor).unwrap_or(0) as u64;
                rest = wide.checked_rem(divisor).unwrap_or(0);
            }
            left |= rest != 0;
        }
        (quotient, left)
    }

    pub(super) fn shifted_left(&self, bits: u32) -> Option<Self> {
        if self.bit_len().checked_add(bits)? > LIMB_BITS.wrapping_mul(LIMBS as u32) {
            return None;
        }
        let (whole, part) = ((bits / LIMB_BITS) as usize, bits % LIMB_BITS);
        let mut limbs = [0; LIMBS];
        for (place, limb) in limbs.iter_mut().enumerate().skip(whole) {
            let from = place.wrapping_sub(whole);
            let high = self.limb(from).wrapping_shl(part);
            // Nothing comes from below when whole limbs are shifted.
            let low = self.limb(from.wrapping_sub(1)).checked_shr(LIMB_BITS.wrapping_sub(part));
            *limb = high | low.unwrap_or(0);
        }
        Some(Self(limbs))
    }

    /// The limb at this place; 0 past the ends.
    fn limb(&self, place: usize) -> u64 {
        self.0.get(place).copied().unwrap_or(0)
    }

    /// The number of bits up to the highest one that is set.
    fn bit_len(&self) -> u32 {
        let empty = self.0.iter().rev().take_while(|limb| **limb == 0).count();
        let used = LIMBS.saturating_sub(empty);
        let highest = self.limb(used.wrapping_sub(1));
        (used as u32).wrapping_mul(LIMB_BITS).wrapping_sub(highest.leading_zeros() % LIMB_BITS)
    }

    /// The low 64 bits after a shift to the right.
    fn bits_from(&self, bit: u32) -> u64 {
        let (whole, part) = ((bit / LIMB_BITS) as usize, bit % LIMB_BITS);
        let high = self.limb(whole.wrapping_add(1)).checked_shl(LIMB_BITS.wrapping_sub(part));
        self.limb(whole).wrapping_shr(part) | high.unwrap_or(0)
    }

    /// Is a bit set below this one?
    fn any_below(&self, bit: u32) -> bool {
        let (whole, part) = ((bit / LIMB_BITS) as usize, bit % LIMB_BITS);
        let mask = 1u64.wrapping_shl(part).wrapping_sub(1);
        self.0.iter().take(whole).any(|limb| *limb != 0) || self.limb(whole) & mask != 0
    }
}

/// Powers of ten of at most a limb whose product is ten to the power of `power`.
fn steps_of_ten(power: u32) -> impl Iterator<Item = u64> {
    const STEP: u32 = 19;
    const WHOLE: u64 = 10u64.pow(STEP);
    let last = 10u64.checked_pow(power % STEP).unwrap_or(1);
    core::iter::repeat_n(WHOLE, (power / STEP) as usize).chain(core::iter::once(last))
}

/// The float nearest to `mantissa` times ten to the power of `exponent`, to even at the middle;
/// `None` past the largest. The mantissa is not nought, the exponent is from -382 to 310.
pub(super) fn scaled(mantissa: u128, exponent: i32) -> Option<f64> {
    let power = exponent.unsigned_abs();
    // The number is `integer` (and a little more, if `left`) over two to the power of `down`.
    let (integer, left, down) = if exponent >= 0 {
        (Big::from(mantissa).times_pow10(power)?, false, 0)
    } else {
        // Ten has 3.33 bits; 66 more than the divisor leave more digits than a float has.
        let down = power.wrapping_mul(10).wrapping_div(3).wrapping_add(66);
        let (quotient, left) = Big::from(mantissa).shifted_left(down)?.div_pow10(power);
        (quotient, left, i32::try_from(down).ok()?)
    };
    let len = i32::try_from(integer.bit_len()).ok()?;
    // The last bit of the result: 52 below the first, but never below the least float.
    let first = len.wrapping_sub(1).wrapping_sub(down);
    let last = first.wrapping_sub(52).max(-1_074);
    if first > 1_023 {
        return None;
    }
    let dropped = last.wrapping_add(down);
    let (kept, half, more) = match u32::try_from(dropped) {
        Err(_) => (integer.bits_from(0), false, false),
        Ok(0) => (integer.bits_from(0), false, left),
        Ok(dropped) => {
            let half = dropped.wrapping_sub(1);
            let set = integer.bits_from(half) & 1 == 1;
            (integer.bits_from(dropped), set, left || integer.any_below(half))
        }
    };
    let up = half && (more || kept & 1 == 1);
    // At most 2^53, and a power of two: the product is exact, or past the largest.
    let last = if dropped < 0 { down.wrapping_neg() } else { last };
    let float = kept.wrapping_add(up.into()) as f64 * power_of_two(last);
    float.is_finite().then_some(float)
}

/// Two to the power of -1074 to 1023.
const fn power_of_two(power: i32) -> f64 {
    let bits = if power < -1_022 {
        1u64.wrapping_shl(power.wrapping_add(1_074).unsigned_abs())
    } else {
        (power.wrapping_add(1_023).unsigned_abs() as u64).wrapping_shl(52)
    };
    f64::from_bits(bits)
}
