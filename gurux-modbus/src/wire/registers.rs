//! [`Registers`]: 16-bit words, high octet first.

use core::fmt;

use gurux_framing::{Reader, Shown, Sink, Visit, WireError};

use super::MAX_REGISTERS;
use crate::Error;
use crate::error::check_quantity;

/// A run of registers, read from the octets of a message as they are asked for, or lent by the
/// caller to be sent.
///
/// On the wire each register is two octets, the high one first. Two runs are equal if their
/// registers are, wherever they come from.
///
/// ```
/// use gurux_modbus::wire::Registers;
///
/// let sent = Registers::new(&[0x022B, 0x0064])?;
/// let received = Registers::from_octets(&[0x02, 0x2B, 0x00, 0x64])?;
/// assert_eq!(sent, received);
/// assert_eq!(received.get(1), Some(100));
/// assert_eq!(received.iter().map(u32::from).sum::<u32>(), 0x28F);
/// # Ok::<(), gurux_modbus::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct Registers<'a>(Source<'a>);

#[derive(Clone, Copy)]
enum Source<'a> {
    Octets(&'a [[u8; 2]]),
    Words(&'a [u16]),
}

impl<'a> Registers<'a> {
    /// No registers.
    pub const EMPTY: Self = Self(Source::Words(&[]));

    /// Registers to be sent.
    ///
    /// # Errors
    /// [`Error::Quantity`] for more than the 125 that any message holds.
    pub const fn new(words: &'a [u16]) -> Result<Self, Error> {
        match check_quantity("registers", words.len(), 0, MAX_REGISTERS) {
            Ok(()) => Ok(Self(Source::Words(words))),
            Err(error) => Err(error),
        }
    }

    /// Registers in the form in which they stand on the wire.
    ///
    /// # Errors
    /// [`Error::OddLength`], and [`Error::Quantity`] for more than 125 registers.
    pub const fn from_octets(octets: &'a [u8]) -> Result<Self, Error> {
        match octets.as_chunks::<2>() {
            (pairs, []) => match check_quantity("registers", pairs.len(), 0, MAX_REGISTERS) {
                Ok(()) => Ok(Self(Source::Octets(pairs))),
                Err(error) => Err(error),
            },
            _ => Err(Error::OddLength { what: "registers", found: octets.len() }),
        }
    }

    /// How many there are.
    #[must_use]
    #[inline]
    pub const fn len(&self) -> usize {
        match self.0 {
            Source::Octets(pairs) => pairs.len(),
            Source::Words(words) => words.len(),
        }
    }

    /// Are there none?
    #[must_use]
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The register at `index`, counted from 0.
    #[must_use]
    #[inline]
    pub fn get(&self, index: usize) -> Option<u16> {
        match self.0 {
            Source::Octets(pairs) => pairs.get(index).map(|pair| u16::from_be_bytes(*pair)),
            Source::Words(words) => words.get(index).copied(),
        }
    }

    /// The registers from `start` on, `count` of them; `None` if that many are not there.
    #[must_use]
    #[inline]
    pub fn slice(&self, start: usize, count: usize) -> Option<Self> {
        let end = start.checked_add(count)?;
        Some(Self(match self.0 {
            Source::Octets(pairs) => Source::Octets(pairs.get(start..end)?),
            Source::Words(words) => Source::Words(words.get(start..end)?),
        }))
    }

    /// The registers in order.
    #[must_use]
    #[inline]
    pub fn iter(&self) -> RegistersIter<'a> {
        RegistersIter(match self.0 {
            Source::Octets(pairs) => Words::Octets(pairs.iter()),
            Source::Words(words) => Words::Native(words.iter()),
        })
    }

    /// Reads the registers in the next `octets` octets, an even number.
    #[inline]
    pub(crate) fn read<V: Visit>(
        reader: &mut Reader<'a, V>,
        octets: usize,
    ) -> Result<Self, WireError> {
        reader.list("registers", |reader| {
            let start = reader.offset();
            let (pairs, _) = reader.slice(octets, "registers")?.as_chunks::<2>();
            if V::ACTIVE {
                let mut at = start;
                for pair in pairs {
                    let next = at.wrapping_add(2);
                    let value = u16::from_be_bytes(*pair);
                    reader.show_at(at..next, "register", Shown::Unsigned(value.into()));
                    at = next;
                }
            }
            Ok(Self(Source::Octets(pairs)))
        })
    }

    #[inline]
    pub(crate) fn emit(&self, out: &mut impl Sink) {
        let room = out.claim(self.octets_len()).as_chunks_mut::<2>().0;
        match self.0 {
            Source::Octets(pairs) => {
                for (to, from) in room.iter_mut().zip(pairs) {
                    *to = *from;
                }
            }
            Source::Words(words) => {
                for (to, from) in room.iter_mut().zip(words) {
                    *to = from.to_be_bytes();
                }
            }
        }
    }

    /// Octets on the wire: two for each register.
    #[must_use]
    #[inline]
    pub const fn octets_len(&self) -> usize {
        self.len().wrapping_mul(2)
    }
}

impl PartialEq for Registers<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Registers<'_> {}

impl fmt::Debug for Registers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a> IntoIterator for Registers<'a> {
    type Item = u16;
    type IntoIter = RegistersIter<'a>;

    #[inline]
    fn into_iter(self) -> RegistersIter<'a> {
        self.iter()
    }
}

impl<'a> IntoIterator for &Registers<'a> {
    type Item = u16;
    type IntoIter = RegistersIter<'a>;

    #[inline]
    fn into_iter(self) -> RegistersIter<'a> {
        self.iter()
    }
}

/// The registers of [`Registers`], in order.
#[derive(Clone, Debug)]
pub struct RegistersIter<'a>(Words<'a>);

#[derive(Clone, Debug)]
enum Words<'a> {
    Octets(core::slice::Iter<'a, [u8; 2]>),
    Native(core::slice::Iter<'a, u16>),
}

impl Iterator for RegistersIter<'_> {
    type Item = u16;

    #[inline]
    fn next(&mut self) -> Option<u16> {
        match &mut self.0 {
            Words::Octets(pairs) => pairs.next().map(|pair| u16::from_be_bytes(*pair)),
            Words::Native(words) => words.next().copied(),
        }
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        match &self.0 {
            Words::Octets(pairs) => pairs.size_hint(),
            Words::Native(words) => words.size_hint(),
        }
    }

    // Where they come from is asked once, not for each: what is left is a loop that the compiler
    // can unroll. `sum`, `for_each` and the like are built on this.
    #[inline]
    fn fold<B, F: FnMut(B, u16) -> B>(self, init: B, f: F) -> B {
        match self.0 {
            Words::Octets(pairs) if pairs.len() < BLOCK => {
                pairs.map(|pair| u16::from_be_bytes(*pair)).fold(init, f)
            }
            Words::Octets(pairs) => fold_blocks(pairs.as_slice(), init, f),
            Words::Native(words) => words.copied().fold(init, f),
        }
    }
}

/// An array of so many registers is turned around by vector instructions; of more, the sums of
/// the lanes are added up less often.
const BLOCK: usize = 8;
const LONG_BLOCK: usize = 4 * BLOCK;

// Apart, so that it does not burden those who read one register.
#[inline(never)]
fn fold_blocks<B, F: FnMut(B, u16) -> B>(pairs: &[[u8; 2]], init: B, mut f: F) -> B {
    let (blocks, rest) = pairs.as_chunks::<LONG_BLOCK>();
    let state = blocks
        .iter()
        .fold(init, |state, block| block.map(u16::from_be_bytes).into_iter().fold(state, &mut f));
    let (blocks, rest) = rest.as_chunks::<BLOCK>();
    let state = blocks
        .iter()
        .fold(state, |state, block| block.map(u16::from_be_bytes).into_iter().fold(state, &mut f));
    rest.iter().map(|pair| u16::from_be_bytes(*pair)).fold(state, f)
}

impl ExactSizeIterator for RegistersIter<'_> {}

impl core::iter::FusedIterator for RegistersIter<'_> {}
