//! Decimal digits in halves of octets.

/// What decimal digits say.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Digits {
    /// A number. A half-octet F in the highest place is a minus sign.
    Number(i64),
    /// All half-octets are F: there is no value. observed: libmbus, wmbusmeters; heat meters without
    /// a flow sensor.
    Missing,
    /// A half-octet that is no digit: A to E anywhere, F behind the highest place. Meters mark errors
    /// so (EEEE).
    Invalid,
}

/// All half-octets are nought but bit 3.
const BIT_3: u64 = 0x8888_8888_8888_8888;

impl Digits {
    /// Reads `len` octets of digits, at most 8, from `raw`, in which the lowest digits lie lowest.
    /// What lies above them is nought.
    #[must_use]
    #[inline]
    pub const fn of(raw: u64, len: usize) -> Self {
        // A half-octet is above 9 where its bit 3 and one of the bits 2 and 1 are set.
        if raw & (raw << 1 | raw << 2) & BIT_3 == 0 {
            Self::Number(binary(raw))
        } else {
            Self::odd(raw, len)
        }
    }

    /// The digits of a number that has its sign elsewhere.
    #[must_use]
    pub const fn unsigned(raw: u64) -> Self {
        if raw & (raw << 1 | raw << 2) & BIT_3 == 0 {
            Self::Number(binary(raw))
        } else {
            Self::Invalid
        }
    }

    #[cold]
    const fn odd(raw: u64, len: usize) -> Self {
        let bits = (len as u32).wrapping_mul(8);
        let all = u64::MAX.wrapping_shr(64_u32.saturating_sub(bits));
        if raw == all {
            return Self::Missing;
        }
        let sign = 0xF_u64.wrapping_shl(bits.saturating_sub(4));
        if raw & sign != sign {
            return Self::Invalid;
        }
        match Self::unsigned(raw & !sign) {
            Self::Number(number) => Self::Number(number.wrapping_neg()),
            other => other,
        }
    }
}

/// Sixteen decimal digits as a number: neighbours are joined to pairs, pairs to fours, fours to
/// eights, all at once.
#[inline]
const fn binary(digits: u64) -> i64 {
    let pairs = (digits & 0x0F0F_0F0F_0F0F_0F0F)
        .wrapping_add((digits >> 4 & 0x0F0F_0F0F_0F0F_0F0F).wrapping_mul(10));
    let fours = (pairs & 0x00FF_00FF_00FF_00FF)
        .wrapping_add((pairs >> 8 & 0x00FF_00FF_00FF_00FF).wrapping_mul(100));
    let eights = (fours & 0x0000_FFFF_0000_FFFF)
        .wrapping_add((fours >> 16 & 0x0000_FFFF_0000_FFFF).wrapping_mul(10_000));
    let low = eights & 0xFFFF_FFFF;
    low.wrapping_add((eights >> 32).wrapping_mul(100_000_000)) as i64
}

/// The digits of a number below 10^16, the lowest lowest; `None` for a larger one.
pub(crate) const fn to_digits(mut number: u64) -> Option<u64> {
    let (mut digits, mut place) = (0_u64, 0_u32);
    while number != 0 {
        if place == 64 {
            return None;
        }
        digits |= (number % 10).wrapping_shl(place);
        number /= 10;
        place = place.wrapping_add(4);
    }
    Some(digits)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert_eq, proptest};

    use super::{Digits, to_digits};

    #[test]
    fn digits_signs_and_marks() {
        for (raw, len, digits) in [
            (0x1234_5678, 4, Digits::Number(12_345_678)),
            (0x00, 1, Digits::Number(0)),
            (0x9999_9999_9999_9999, 8, Digits::Number(9_999_999_999_999_999)),
            (0xF012, 2, Digits::Number(-12)),
            (0xF5, 1, Digits::Number(-5)),
            (0xFFFF, 2, Digits::Missing),
            (u64::MAX, 8, Digits::Missing),
            (0xEEEE, 2, Digits::Invalid),
            (0x00F1, 2, Digits::Invalid),
            (0xFF12, 2, Digits::Invalid),
            (0x120A, 2, Digits::Invalid),
            (0xA000, 2, Digits::Invalid),
        ] {
            assert_eq!(Digits::of(raw, len), digits, "{raw:X}");
        }
    }

    /// Digit by digit, as one does on paper.
    fn slow(raw: u64, len: usize) -> Digits {
        let halves: std::vec::Vec<u64> = (0..len * 2).rev().map(|i| raw >> (i * 4) & 0xF).collect();
        if halves.iter().all(|half| *half == 0xF) && len > 0 {
            return Digits::Missing;
        }
        let (sign, rest) = match halves.split_first() {
            Some((0xF, rest)) => (-1, rest.to_vec()),
            _ => (1, halves.clone()),
        };
        if rest.iter().any(|half| *half > 9) {
            return Digits::Invalid;
        }
        Digits::Number(sign * rest.iter().fold(0, |sum, half| sum * 10 + *half as i64))
    }

    proptest! {
        #[test]
        fn all_at_once_is_as_one_by_one(raw in any::<u64>(), len in 1_usize..=8, easy in any::<bool>()) {
            let raw = raw & (u64::MAX >> (64 - 8 * len));
            let raw = if easy { raw & 0x7777_7777_7777_7777 } else { raw };
            prop_assert_eq!(Digits::of(raw, len), slow(raw, len));
        }

        #[test]
        fn digits_of_a_number_give_it_back(number in 0_u64..10_000_000_000_000_000) {
            let digits = to_digits(number).unwrap();
            prop_assert_eq!(Digits::unsigned(digits), Digits::Number(number as i64));
            prop_assert_eq!(to_digits(number + 10_000_000_000_000_000), None);
        }
    }
}
