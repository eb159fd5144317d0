//! Sums that are no polynomial: plain addition, exclusive or, Fletcher, Adler.

/// The sum of all octets, modulo 256.
#[must_use]
#[inline]
pub fn sum8(octets: &[u8]) -> u8 {
    octets.iter().fold(0, |sum, &octet| sum.wrapping_add(octet))
}

/// The sum of all octets, modulo 2^16.
#[must_use]
#[inline]
pub fn sum16(octets: &[u8]) -> u16 {
    octets.iter().fold(0, |sum, &octet| sum.wrapping_add(u16::from(octet)))
}

/// The sum of all octets, modulo 2^32.
#[must_use]
#[inline]
pub fn sum32(octets: &[u8]) -> u32 {
    octets.iter().fold(0, |sum, &octet| sum.wrapping_add(u32::from(octet)))
}

/// All octets combined by exclusive or: the block check character.
#[must_use]
#[inline]
pub fn xor8(octets: &[u8]) -> u8 {
    octets.iter().fold(0, |sum, octet| sum ^ octet)
}

/// The two's complement of [`sum8`]: with it added, the sum is zero.
#[must_use]
#[inline]
pub fn lrc8(octets: &[u8]) -> u8 {
    sum8(octets).wrapping_neg()
}

/// Fletcher's sum of 16 bits, modulo 255: the sum of the sums in the high octet.
#[must_use]
pub fn fletcher16(octets: &[u8]) -> u16 {
    let mut state = Fletcher::START;
    state.update(octets);
    state.finish()
}

/// Adler's sum of 32 bits: the sum of the sums in the high half.
#[must_use]
pub fn adler32(octets: &[u8]) -> u32 {
    let mut state = Adler::START;
    state.update(octets);
    state.finish()
}

/// Two running sums modulo `MODULUS`.
#[derive(Clone, Copy, Debug)]
pub(super) struct TwoSums<const MODULUS: u32> {
    sum: u32,
    sum_of_sums: u32,
}

pub(super) type Fletcher = TwoSums<255>;
pub(super) type Adler = TwoSums<65521>;

impl Fletcher {
    pub(super) const START: Self = Self { sum: 0, sum_of_sums: 0 };

    pub(super) const fn finish(self) -> u16 {
        (self.sum_of_sums << 8 | self.sum) as u16
    }
}

impl Adler {
    pub(super) const START: Self = Self { sum: 1, sum_of_sums: 0 };

    pub(super) const fn finish(self) -> u32 {
        self.sum_of_sums << 16 | self.sum
    }
}

impl<const MODULUS: u32> TwoSums<MODULUS> {
    pub(super) fn update(&mut self, octets: &[u8]) {
        // Sums below 65521 + 256 * 255 and 65521 + 256 * 130801 stay far below 2^32, so the
        // remainder can wait for the end of a piece.
        for piece in octets.chunks(256) {
            for &octet in piece {
                self.sum = self.sum.wrapping_add(octet.into());
                self.sum_of_sums = self.sum_of_sums.wrapping_add(self.sum);
            }
            self.sum %= MODULUS;
            self.sum_of_sums %= MODULUS;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    #[test]
    fn sums_do_not_stop_at_an_octet() {
        let octets = [0xFF; 70_000];
        assert_eq!(sum8(&octets), 0x90);
        assert_eq!(sum16(&octets), (255_u32 * 70_000) as u16);
        assert_eq!(sum32(&octets), 255 * 70_000);
    }

    #[test]
    fn fletcher_and_adler_agree_with_a_remainder_after_each_octet() {
        let octets: Vec<u8> = (0..100_000_u32).map(|i| (i ^ i >> 8 | 0xF0) as u8).collect();
        let slow = |start: u32, modulus: u32| {
            octets.iter().fold((start, 0), |(a, b), &octet| {
                let a = (a + u32::from(octet)) % modulus;
                (a, (a + b) % modulus)
            })
        };
        let (a, b) = slow(0, 255);
        assert_eq!(u32::from(fletcher16(&octets)), b << 8 | a);
        let (a, b) = slow(1, 65521);
        assert_eq!(adler32(&octets), b << 16 | a);
    }

    #[test]
    fn known_values() {
        assert_eq!(fletcher16(b"abcde"), 0xC8F0);
        assert_eq!(fletcher16(b"abcdefgh"), 0x0627);
        assert_eq!(adler32(b"Wikipedia"), 0x11E6_0398);
    }
}
