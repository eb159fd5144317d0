//! Floating point of 16 bits: IEEE 754 binary16, one sign, five exponent and ten fraction bits.

/// What is added to the exponent in 16 bits.
const BIAS: i32 = 15;
const INFINITE: u16 = 0x7C00;
const NO_NUMBER: u16 = 0x7E00;

/// The same number with 32 bits; every one has a place there.
pub(super) fn to_f32(bits: u16) -> f32 {
    let sign = u32::from(bits & 0x8000).wrapping_shl(16);
    let exponent = u32::from(bits >> 10 & 0x1F);
    let fraction = u32::from(bits & 0x03FF);
    let magnitude = match exponent {
        // Subnormal: so many times 2^-24, which f32 states exactly.
        0 => (fraction as f32 / 16_777_216.0).to_bits(),
        31 => 0x7F80_0000 | fraction.wrapping_shl(13),
        _ => exponent.wrapping_add(127 - 15).wrapping_shl(23) | fraction.wrapping_shl(13),
    };
    f32::from_bits(sign | magnitude)
}

/// The nearest number with 16 bits, a half to even as IEEE 754 has it; `None` where a finite
/// number is past the largest, 65504.
pub(super) fn from_f64(float: f64) -> Option<u16> {
    let bits = float.to_bits();
    let sign = (bits >> 48) as u16 & 0x8000;
    let exponent = (bits >> 52 & 0x7FF) as i32;
    let fraction = bits & ((1 << 52) - 1);
    if exponent == 0x7FF {
        return Some(sign | if fraction == 0 { INFINITE } else { NO_NUMBER });
    }
    let exponent = exponent.wrapping_sub(1023);
    // The significand has 52 bits after the point, the target ten, and one fewer for each power
    // of two below the least normal exponent.
    let subnormal = u32::try_from((1 - BIAS).saturating_sub(exponent)).unwrap_or(0);
    let dropped = 42u32.saturating_add(subnormal);
    if dropped > 54 {
        return Some(sign);
    }
    let significand = fraction | 1 << 52;
    let kept = significand.wrapping_shr(dropped);
    let rest = significand.wrapping_sub(kept.wrapping_shl(dropped));
    let half = 1u64.wrapping_shl(dropped.wrapping_sub(1));
    let up = rest > half || (rest == half && kept & 1 == 1);
    // The hidden bit of a normal number counts one exponent, and so does a carry.
    let normal = if subnormal == 0 { exponent.wrapping_add(BIAS - 1) } else { 0 };
    let magnitude = u64::try_from(normal).ok()?.wrapping_shl(10).wrapping_add(kept);
    let magnitude = u16::try_from(magnitude.wrapping_add(u64::from(up))).ok()?;
    (magnitude < INFINITE).then_some(sign | magnitude)
}

#[cfg(test)]
mod tests {
    use super::{from_f64, to_f32};

    #[test]
    fn known_numbers() {
        for (bits, float) in [
            (0x3C00, 1.0),
            (0xC000, -2.0),
            (0x7BFF, 65504.0),
            (0x0400, 6.103_515_6e-5),
            (0x0001, 5.960_464_5e-8),
            (0x3555, 0.333_251_95),
            (0x7C00, f32::INFINITY),
            (0x8000, -0.0),
        ] {
            assert_eq!(to_f32(bits).to_bits(), f32::to_bits(float), "{bits:04X}");
        }
        assert!(to_f32(0x7E00).is_nan());
    }

    #[test]
    fn each_of_the_65536_reads_back() {
        for bits in 0..=u16::MAX {
            let float = to_f32(bits);
            if !float.is_nan() {
                assert_eq!(from_f64(float.into()), Some(bits), "{bits:04X}");
            }
        }
    }

    #[test]
    fn what_lies_between_goes_to_the_nearest_and_a_half_to_even() {
        assert_eq!(from_f64(1.0 + 1.0 / 2048.0), Some(0x3C00));
        assert_eq!(from_f64(1.0 + 3.0 / 2048.0), Some(0x3C02));
        assert_eq!(from_f64(1.0 + 1.1 / 2048.0), Some(0x3C01));
        // Half of the least number is a half: to even, nought.
        assert_eq!(from_f64(2f64.powi(-25)), Some(0));
        assert_eq!(from_f64(2f64.powi(-25) * 1.01), Some(1));
        assert_eq!(from_f64(65519.9), Some(0x7BFF));
        assert_eq!(from_f64(65520.0), None);
        assert_eq!(from_f64(f64::NEG_INFINITY), Some(0xFC00));
        assert_eq!(from_f64(1e300), None);
        assert_eq!(from_f64(1e-300), Some(0));
    }
}
