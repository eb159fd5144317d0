//! Small values that a rule is made of: a few octets, a few of anything, a set of octets.

use core::fmt;

/// Up to [`Octets::MAX`] octets, stored in place: a marker, or the head of a message.
///
/// ```
/// use gurux_framing::rule::Octets;
///
/// const CR_LF: Octets = Octets::of(*b"\r\n");
/// assert_eq!(CR_LF.as_slice(), [0x0D, 0x0A]);
/// assert_eq!(CR_LF.to_string(), "0D0A");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Octets {
    octets: [u8; Self::MAX],
    len: u8,
}

impl Octets {
    /// The most octets that it holds.
    pub const MAX: usize = 16;

    /// No octets.
    pub const EMPTY: Self = Self { octets: [0; Self::MAX], len: 0 };

    /// These octets, whose number is known to the compiler; more than [`Self::MAX`] do not
    /// compile.
    #[must_use]
    #[expect(clippy::indexing_slicing, reason = "N is at most MAX, which the compiler proves")]
    pub const fn of<const N: usize>(from: [u8; N]) -> Self {
        const { assert!(N <= Self::MAX, "too many octets") };
        let mut octets = [0; Self::MAX];
        let mut i = 0;
        while i < N && i < Self::MAX {
            octets[i] = from[i];
            i = i.wrapping_add(1);
        }
        Self { octets, len: N as u8 }
    }

    /// These octets, if they are not too many.
    #[must_use]
    pub fn from_slice(from: &[u8]) -> Option<Self> {
        let mut made = Self::EMPTY;
        from.iter().try_for_each(|&octet| made.push(octet)).map(|()| made)
    }

    /// Puts one more octet behind the others, if there is room.
    pub fn push(&mut self, octet: u8) -> Option<()> {
        *self.octets.get_mut(usize::from(self.len))? = octet;
        self.len = self.len.wrapping_add(1);
        Some(())
    }

    /// The octets.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        self.octets.get(..usize::from(self.len)).unwrap_or_default()
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len as usize
    }

    /// Are there none?
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl fmt::Display for Octets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_slice().iter().try_for_each(|octet| write!(f, "{octet:02X}"))
    }
}

impl fmt::Debug for Octets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl core::str::FromStr for Octets {
    type Err = NotOctets;

    /// Reads hexadecimal digits, two an octet, with nothing between.
    fn from_str(text: &str) -> Result<Self, NotOctets> {
        let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return Err(NotOctets) };
        let mut made = Self::EMPTY;
        for &pair in pairs {
            made.push(super::transform::hex_pair(pair).ok_or(NotOctets)?).ok_or(NotOctets)?;
        }
        Ok(made)
    }
}

/// A text is not a few octets in hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("up to 16 octets as pairs of hexadecimal digits are expected")]
pub struct NotOctets;

/// Up to `N` values, stored in place.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Few<T, const N: usize> {
    items: [Option<T>; N],
}

impl<T: Copy, const N: usize> Few<T, N> {
    /// None.
    pub const NONE: Self = Self { items: [None; N] };

    /// These values; more than `N` do not compile.
    #[must_use]
    #[expect(clippy::indexing_slicing, reason = "M is at most N, which the compiler proves")]
    pub const fn of<const M: usize>(from: [T; M]) -> Self {
        const { assert!(M <= N, "too many values") };
        let mut items = [None; N];
        let mut i = 0;
        while i < M && i < N {
            items[i] = Some(from[i]);
            i = i.wrapping_add(1);
        }
        Self { items }
    }

    /// Puts one more value behind the others, if there is room.
    pub fn push(&mut self, item: T) -> Option<()> {
        *self.items.iter_mut().find(|place| place.is_none())? = Some(item);
        Some(())
    }

    /// The values, in order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.items.iter().flatten()
    }

    /// The first value.
    #[must_use]
    pub fn first(&self) -> Option<&T> {
        self.iter().next()
    }
}

impl<T: Copy, const N: usize> Default for Few<T, N> {
    fn default() -> Self {
        Self::NONE
    }
}

impl<T: Copy + fmt::Debug, const N: usize> fmt::Debug for Few<T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// A set of octets.
///
/// ```
/// use gurux_framing::rule::OctetSet;
///
/// const LETTERS: OctetSet = OctetSet::NONE.with(b'A', b'Z').with(b'a', b'z');
/// assert!(LETTERS.contains(b'q') && !LETTERS.contains(b'5'));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct OctetSet([u64; 4]);

impl OctetSet {
    /// The empty set.
    pub const NONE: Self = Self([0; 4]);

    /// The set with all octets from `first` to `last` added.
    #[must_use]
    pub const fn with(self, first: u8, last: u8) -> Self {
        let Self([mut a, mut b, mut c, mut d]) = self;
        let mut octet = first as u16;
        while octet <= last as u16 {
            let bit = 1_u64.wrapping_shl(octet as u32 & 63);
            match octet >> 6 {
                0 => a |= bit,
                1 => b |= bit,
                2 => c |= bit,
                _ => d |= bit,
            }
            octet = octet.wrapping_add(1);
        }
        Self([a, b, c, d])
    }

    /// The set with all octets of another added.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        let (Self([a, b, c, d]), Self([e, f, g, h])) = (self, other);
        Self([a | e, b | f, c | g, d | h])
    }

    /// Is `octet` in the set?
    #[must_use]
    pub const fn contains(&self, octet: u8) -> bool {
        let Self([a, b, c, d]) = *self;
        let word = match octet >> 6 {
            0 => a,
            1 => b,
            2 => c,
            _ => d,
        };
        word.wrapping_shr(octet as u32 & 63) & 1 == 1
    }
}

impl fmt::Debug for OctetSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries((0..=u8::MAX).filter(|&octet| self.contains(octet))).finish()
    }
}

#[cfg(feature = "serde")]
mod stored {
    use core::fmt;
    use core::marker::PhantomData;

    use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};
    use serde::ser::{Serialize, Serializer};

    use super::{Few, NotOctets, Octets};

    impl Serialize for Octets {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_str(self)
        }
    }

    impl<'de> Deserialize<'de> for Octets {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct Hex;

            impl Visitor<'_> for Hex {
                type Value = Octets;

                fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    write!(f, "{NotOctets}")
                }
                fn visit_str<E: Error>(self, text: &str) -> Result<Octets, E> {
                    text.parse().map_err(E::custom)
                }
            }

            deserializer.deserialize_str(Hex)
        }
    }

    impl<T: Copy + Serialize, const N: usize> Serialize for Few<T, N> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_seq(self.iter())
        }
    }

    impl<'de, T: Copy + Deserialize<'de>, const N: usize> Deserialize<'de> for Few<T, N> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct List<T, const N: usize>(PhantomData<T>);

            impl<'de, T: Copy + Deserialize<'de>, const N: usize> Visitor<'de> for List<T, N> {
                type Value = Few<T, N>;

                fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    write!(f, "a list of at most {N}")
                }
                fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Few<T, N>, A::Error> {
                    let mut made = Few::NONE;
                    while let Some(item) = seq.next_element()? {
                        made.push(item)
                            .ok_or_else(|| Error::invalid_length(N.saturating_add(1), &self))?;
                    }
                    Ok(made)
                }
            }

            deserializer.deserialize_seq(List(PhantomData))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;

    #[test]
    fn octets_read_what_they_show() {
        let octets = Octets::from_slice(&[0x1B, 0x00, 0xFF]).unwrap();
        assert_eq!((octets.to_string().as_str(), octets.len()), ("1B00FF", 3));
        assert_eq!("1b00fF".parse(), Ok(octets));
        for bad in ["1", "1G", "0011223344556677889900112233445566"] {
            assert_eq!(bad.parse::<Octets>(), Err(NotOctets));
        }
        assert_eq!(Octets::from_slice(&[0; 17]), None);
    }

    #[test]
    fn a_set_holds_what_was_put_in() {
        let set = OctetSet::NONE.with(0x3F, 0x41).with(0xFF, 0xFF).with(9, 3);
        for octet in 0..=u8::MAX {
            assert_eq!(set.contains(octet), matches!(octet, 0x3F..=0x41 | 0xFF), "{octet:#04X}");
        }
    }

    #[test]
    fn few_are_not_more_than_there_is_room_for() {
        let mut few = Few::<u8, 2>::of([7]);
        assert_eq!(few.push(8), Some(()));
        assert_eq!(few.push(9), None);
        assert!(few.iter().eq(&[7, 8]));
    }
}
