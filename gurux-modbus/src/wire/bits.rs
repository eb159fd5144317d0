//! [`Bits`]: coils and discrete inputs, eight to an octet.

use core::fmt;

use gurux_framing::{Reader, Shown, Sink, Visit, WireError};

use super::MAX_BITS;
use crate::Error;
use crate::error::check_quantity;

/// A run of coils or discrete inputs, read from the octets of a message as they are asked for, or
/// lent by the caller to be sent.
///
/// On the wire the first bit is the least significant of the first octet, and the last octet is
/// filled up with zeros. A response does not say how many bits it means: it holds whole octets,
/// and [`first`](Self::first) cuts them to what was asked for.
///
/// ```
/// use gurux_modbus::wire::Bits;
///
/// let received = Bits::from_octets(&[0xCD, 0x01], 10)?;
/// let sent = [true, false, true, true, false, false, true, true, true, false];
/// assert_eq!(received, Bits::new(&sent)?);
/// assert_eq!((received.get(0), received.get(1), received.get(10)), (Some(true), Some(false), None));
/// # Ok::<(), gurux_modbus::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct Bits<'a>(Source<'a>);

#[derive(Clone, Copy)]
enum Source<'a> {
    /// `count` is at most eight for each octet.
    Octets {
        octets: &'a [u8],
        count: usize,
    },
    Flags(&'a [bool]),
}

impl<'a> Bits<'a> {
    /// Bits to be sent.
    ///
    /// # Errors
    /// [`Error::Quantity`] for more than the 2000 that any message holds.
    pub const fn new(flags: &'a [bool]) -> Result<Self, Error> {
        match check_quantity("bits", flags.len(), 0, MAX_BITS) {
            Ok(()) => Ok(Self(Source::Flags(flags))),
            Err(error) => Err(error),
        }
    }

    /// The first `count` bits of octets in the form in which they stand on the wire.
    ///
    /// # Errors
    /// [`Error::Quantity`] for more than 2000 bits, or more than the octets hold.
    pub fn from_octets(octets: &'a [u8], count: usize) -> Result<Self, Error> {
        let held = octets.len().saturating_mul(8).min(MAX_BITS);
        check_quantity("bits", count, 0, held)?;
        let octets = octets.get(..count.div_ceil(8)).unwrap_or_default();
        Ok(Self(Source::Octets { octets, count }))
    }

    /// How many there are.
    #[must_use]
    #[inline]
    pub const fn len(&self) -> usize {
        match self.0 {
            Source::Octets { count, .. } => count,
            Source::Flags(flags) => flags.len(),
        }
    }

    /// Are there none?
    #[must_use]
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bit at `index`, counted from 0.
    #[must_use]
    #[inline]
    pub fn get(&self, index: usize) -> Option<bool> {
        match self.0 {
            Source::Octets { octets, count } if index < count => {
                octets.get(index >> 3).map(|octet| octet >> (index & 7) & 1 != 0)
            }
            Source::Octets { .. } => None,
            Source::Flags(flags) => flags.get(index).copied(),
        }
    }

    /// The first `count` bits, or all if there are fewer.
    #[must_use]
    pub fn first(&self, count: usize) -> Self {
        Self(match self.0 {
            Source::Octets { octets, count: held } => {
                let count = count.min(held);
                Source::Octets { octets: octets.get(..count.div_ceil(8)).unwrap_or(octets), count }
            }
            Source::Flags(flags) => Source::Flags(flags.get(..count).unwrap_or(flags)),
        })
    }

    /// The bits in order.
    #[must_use]
    #[inline]
    pub fn iter(&self) -> BitsIter<'a> {
        BitsIter { bits: *self, next: 0 }
    }

    /// Octets on the wire: one for eight bits, begun ones whole.
    #[must_use]
    #[inline]
    pub const fn octets_len(&self) -> usize {
        self.len().div_ceil(8)
    }

    /// Reads `count` bits out of the next `octets` octets, which hold at least as many.
    #[inline]
    pub(crate) fn read<V: Visit>(
        reader: &mut Reader<'a, V>,
        octets: usize,
        count: usize,
    ) -> Result<Self, WireError> {
        reader.list("bits", |reader| {
            let start = reader.offset();
            let octets = reader.slice(octets, "bits")?;
            let bits = Self(Source::Octets { octets, count });
            if V::ACTIVE {
                for (index, bit) in bits.iter().enumerate() {
                    let at = start.wrapping_add(index >> 3);
                    reader.show_at(at..at.wrapping_add(1), "bit", Shown::Unsigned(bit.into()));
                }
            }
            Ok(bits)
        })
    }

    #[inline]
    pub(crate) fn emit(&self, out: &mut impl Sink) {
        let room = out.claim(self.octets_len());
        match self.0 {
            Source::Octets { octets, count } => {
                for (to, from) in room.iter_mut().zip(octets) {
                    *to = *from;
                }
                if let (Some(last), filled @ 1..) = (room.last_mut(), count & 7) {
                    *last &= (1_u8 << filled).wrapping_sub(1);
                }
            }
            Source::Flags(flags) => {
                for (to, eight) in room.iter_mut().zip(flags.chunks(8)) {
                    *to = eight.iter().rev().fold(0, |octet, bit| octet << 1 | u8::from(*bit));
                }
            }
        }
    }
}

impl PartialEq for Bits<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Bits<'_> {}

impl fmt::Debug for Bits<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter().map(u8::from)).finish()
    }
}

impl<'a> IntoIterator for Bits<'a> {
    type Item = bool;
    type IntoIter = BitsIter<'a>;

    #[inline]
    fn into_iter(self) -> BitsIter<'a> {
        self.iter()
    }
}

impl<'a> IntoIterator for &Bits<'a> {
    type Item = bool;
    type IntoIter = BitsIter<'a>;

    #[inline]
    fn into_iter(self) -> BitsIter<'a> {
        self.iter()
    }
}

/// The bits of [`Bits`], in order.
#[derive(Clone, Debug)]
pub struct BitsIter<'a> {
    bits: Bits<'a>,
    next: usize,
}

impl Iterator for BitsIter<'_> {
    type Item = bool;

    #[inline]
    fn next(&mut self) -> Option<bool> {
        let bit = self.bits.get(self.next)?;
        self.next = self.next.wrapping_add(1);
        Some(bit)
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.bits.len().saturating_sub(self.next);
        (left, Some(left))
    }
}

impl ExactSizeIterator for BitsIter<'_> {}

impl core::iter::FusedIterator for BitsIter<'_> {}
