//! [`Chips`] and [`ChipSink`]: chips packed in octets, the first in the highest bit.

/// Chips, packed eight to an octet, the first in the highest bit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Chips<'c> {
    octets: &'c [u8],
    from: usize,
    to: usize,
}

impl<'c> Chips<'c> {
    /// The first `count` chips in `octets`, or as many as there are.
    #[must_use]
    pub const fn new(octets: &'c [u8], count: usize) -> Self {
        let all = octets.len().saturating_mul(8);
        Self { octets, from: 0, to: if count < all { count } else { all } }
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.to.saturating_sub(self.from)
    }

    /// Is there none?
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The chips behind the first `count`.
    #[must_use]
    pub const fn skip(mut self, count: usize) -> Self {
        let from = self.from.saturating_add(count);
        self.from = if from < self.to { from } else { self.to };
        self
    }

    /// The `count` chips from place `at` on as a number, the first in its highest bit; at most 32.
    /// Nothing if they are not all there.
    #[must_use]
    pub fn word(&self, at: usize, count: usize) -> Option<u32> {
        let start = self.from.checked_add(at)?;
        let end = start.checked_add(count)?;
        if end > self.to || count > 32 {
            return None;
        }
        // Five octets hold 32 chips wherever they begin; eight are read at once where they are there.
        let octets = self.octets.get(start / 8..)?;
        let window = match octets.first_chunk::<8>() {
            Some(octets) => u64::from_be_bytes(*octets),
            None => {
                let octets = octets.iter().chain(core::iter::repeat(&0)).take(8);
                octets.fold(0_u64, |window, octet| window << 8 | u64::from(*octet))
            }
        };
        let behind = 64_usize.saturating_sub(start % 8).saturating_sub(count);
        let mask = 1_u64.wrapping_shl(count as u32).wrapping_sub(1);
        Some((window.wrapping_shr(behind as u32) & mask) as u32)
    }
}

/// Takes chips, in order, and packs them into a slice. What does not fit is dropped and remembered.
#[derive(Debug)]
pub struct ChipSink<'o> {
    out: &'o mut [u8],
    len: usize,
    overrun: bool,
}

impl<'o> ChipSink<'o> {
    /// A sink that fills `out` from its front.
    #[must_use]
    pub const fn new(out: &'o mut [u8]) -> Self {
        Self { out, len: 0, overrun: false }
    }

    /// Chips taken.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Was none taken?
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Was any dropped because it did not fit?
    #[must_use]
    pub const fn is_overrun(&self) -> bool {
        self.overrun
    }

    /// Takes the lowest `count` bits of `word`, the highest of them first.
    pub fn put(&mut self, word: u32, count: usize) {
        for place in (0..count.min(32)).rev() {
            let chip = (word.wrapping_shr(place as u32) & 1) as u8;
            let Some(octet) = self.out.get_mut(self.len / 8) else {
                self.overrun = true;
                return;
            };
            let shift = 7_usize.saturating_sub(self.len % 8) as u32;
            let bit = 1_u8.wrapping_shl(shift);
            *octet = *octet & !bit | chip.wrapping_shl(shift);
            self.len = self.len.wrapping_add(1);
        }
    }
}
