//! Text and octets that are borrowed from the input or, with feature `alloc`, owned.
//!
//! A decoder lends out pieces of the frame that it was given; an application keeps them after
//! the frame is gone. A text that the frame does not hold as it reads is short enough, mostly, for
//! the value itself. All is the same type: what it is inside is private, so that the feature
//! changes no public type.

use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::ops::Deref;

#[cfg(feature = "alloc")]
use alloc::borrow::{Cow, ToOwned};
#[cfg(feature = "alloc")]
use alloc::string::String;
#[cfg(feature = "alloc")]
use alloc::vec::Vec;

#[cfg(feature = "alloc")]
type Lent<'a, T> = Cow<'a, T>;
#[cfg(not(feature = "alloc"))]
type Lent<'a, T> = &'a T;

/// Characters, borrowed or owned. It reads as a `str`.
///
/// ```
/// use gurux_value::Text;
///
/// let maker = Text::new("KAM");
/// assert_eq!(maker, *"KAM");
/// assert_eq!(maker.len(), 3);
/// ```
#[derive(Clone)]
pub struct Text<'a>(Chars<'a>);

#[derive(Clone)]
enum Chars<'a> {
    Lent(Lent<'a, str>),
    Short(Short),
}

/// A text that nobody lends, on the stack: only whole characters are in it.
#[derive(Clone, Copy)]
struct Short {
    octets: [u8; Text::SHORT],
    len: u8,
}

impl Short {
    fn collect(chars: impl Iterator<Item = char>) -> Option<Self> {
        let mut short = Self { octets: [0; Text::SHORT], len: 0 };
        for c in chars {
            let mut encoded = [0; 4];
            let encoded = c.encode_utf8(&mut encoded).as_bytes();
            let end = usize::from(short.len).checked_add(encoded.len())?;
            let room = short.octets.get_mut(usize::from(short.len)..end)?;
            room.iter_mut().zip(encoded).for_each(|(to, from)| *to = *from);
            short.len = u8::try_from(end).ok()?;
        }
        Some(short)
    }

    fn as_str(&self) -> &str {
        let octets = self.octets.get(..usize::from(self.len)).unwrap_or_default();
        core::str::from_utf8(octets).unwrap_or_default()
    }
}

impl<'a> Text<'a> {
    /// The octets of a text that [`collect`](Self::collect) keeps without an allocator.
    pub const SHORT: usize = 39;

    /// Borrows; nothing is copied.
    #[must_use]
    pub const fn new(lent: &'a str) -> Self {
        #[cfg(feature = "alloc")]
        return Self(Chars::Lent(Cow::Borrowed(lent)));
        #[cfg(not(feature = "alloc"))]
        return Self(Chars::Lent(lent));
    }

    /// The same, free of the input: copies what was borrowed.
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn into_owned(self) -> Text<'static> {
        Text(match self.0 {
            Chars::Lent(lent) => Chars::Lent(Cow::Owned(lent.into_owned())),
            Chars::Short(short) => Chars::Short(short),
        })
    }
}

impl Text<'static> {
    /// A text of these characters, which nobody lends: up to [`SHORT`](Self::SHORT) octets of
    /// UTF-8 are kept in the value itself, longer ones need `alloc`. `None` for a longer one
    /// without it.
    ///
    /// ```
    /// use gurux_value::Text;
    ///
    /// let reversed = Text::collect("³m".chars().rev()).expect("a short one");
    /// assert_eq!(reversed, *"m³");
    /// ```
    #[must_use]
    pub fn collect(chars: impl Iterator<Item = char> + Clone) -> Option<Self> {
        if let Some(short) = Short::collect(chars.clone()) {
            return Some(Self(Chars::Short(short)));
        }
        #[cfg(feature = "alloc")]
        return Some(Self(Chars::Lent(Cow::Owned(chars.collect()))));
        #[cfg(not(feature = "alloc"))]
        return None;
    }
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match &self.0 {
            Chars::Lent(lent) => lent,
            Chars::Short(short) => short.as_str(),
        }
    }
}

#[cfg(feature = "alloc")]
impl From<String> for Text<'_> {
    fn from(owned: String) -> Self {
        Self(Chars::Lent(Cow::Owned(owned)))
    }
}

impl PartialEq for Text<'_> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Text<'_> {}

impl PartialOrd for Text<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        (**self).cmp(&**other)
    }
}

impl Hash for Text<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Text").field(&&**self).finish()
    }
}

/// Octets, borrowed or owned. They read as a `[u8]` and print as upper-case hex.
///
/// ```
/// use gurux_value::Octets;
///
/// let title = Octets::new(&[0x4B, 0x41, 0x4D]);
/// assert_eq!(title.to_string(), "4B414D");
/// assert_eq!(title.first(), Some(&0x4B));
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Octets<'a>(Lent<'a, [u8]>);

impl<'a> Octets<'a> {
    /// Borrows; nothing is copied.
    #[must_use]
    pub const fn new(lent: &'a [u8]) -> Self {
        #[cfg(feature = "alloc")]
        return Self(Cow::Borrowed(lent));
        #[cfg(not(feature = "alloc"))]
        return Self(lent);
    }

    /// The same, free of the input: copies what was borrowed.
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn into_owned(self) -> Octets<'static> {
        Octets(Cow::Owned(self.0.into_owned()))
    }
}

impl Deref for Octets<'_> {
    type Target = [u8];

    #[cfg_attr(
        not(feature = "alloc"),
        expect(clippy::needless_borrow, reason = "with an allocator it is a Cow")
    )]
    fn deref(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(feature = "alloc")]
impl From<Vec<u8>> for Octets<'_> {
    fn from(owned: Vec<u8>) -> Self {
        Self(Cow::Owned(owned))
    }
}

/// What the two have in common.
macro_rules! lent {
    ($name:ident, $target:ty, $owned:ty) => {
        impl $name<'_> {
            /// The same, borrowed from this one.
            #[must_use]
            pub fn as_borrowed(&self) -> $name<'_> {
                $name::new(self)
            }
        }

        impl AsRef<$target> for $name<'_> {
            fn as_ref(&self) -> &$target {
                self
            }
        }

        impl Default for $name<'_> {
            fn default() -> Self {
                Self::new(Default::default())
            }
        }

        impl<'a> From<&'a $target> for $name<'a> {
            fn from(lent: &'a $target) -> Self {
                Self::new(lent)
            }
        }

        #[cfg(feature = "alloc")]
        impl From<$name<'_>> for $owned {
            fn from(value: $name<'_>) -> Self {
                <$target>::to_owned(&value)
            }
        }

        impl PartialEq<$target> for $name<'_> {
            fn eq(&self, other: &$target) -> bool {
                **self == *other
            }
        }

        impl PartialEq<&$target> for $name<'_> {
            fn eq(&self, other: &&$target) -> bool {
                **self == **other
            }
        }
    };
}

lent!(Text, str, String);
lent!(Octets, [u8], Vec<u8>);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}

impl fmt::Display for Octets<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.iter().try_for_each(|octet| write!(f, "{octet:02X}"))
    }
}

impl fmt::Debug for Octets<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Octets({self})")
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::{Octets, Text};

    #[cfg(feature = "alloc")]
    #[test]
    fn owned_and_borrowed_are_equal() {
        let word = alloc::string::String::from("heat");
        let lent = Text::new(&word);
        let owned: Text<'static> = lent.clone().into_owned();
        assert_eq!(lent, owned);
        assert_eq!(owned.as_borrowed(), lent);
        drop(word);
        assert_eq!(owned, "heat");
    }

    #[test]
    fn characters_are_collected_whole() {
        let short = Text::collect("kürzer".chars()).unwrap();
        assert_eq!((&*short, short == Text::new("kürzer")), ("kürzer", true));
        let fits = "é".repeat(Text::SHORT / 2);
        assert_eq!(Text::collect(fits.chars()).unwrap(), *fits);
        let long = "é".repeat(Text::SHORT / 2 + 1);
        let collected = Text::collect(long.chars());
        assert_eq!(collected.is_some(), cfg!(feature = "alloc"));
        assert!(collected.is_none_or(|text| text == *long));
    }

    #[test]
    fn octets_print_as_hex() {
        assert_eq!(Octets::new(&[0x0C, 0xFF]).to_string(), "0CFF");
        assert_eq!(Octets::default().to_string(), "");
    }
}
