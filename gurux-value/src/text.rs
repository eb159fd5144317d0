//! Text and octets that are borrowed from the input or, with feature `alloc`, owned.
//!
//! A decoder lends out pieces of the frame that it was given; an application keeps them after
//! the frame is gone. Both hold the same type: what it is inside is private, so that the feature
//! changes no public type.

use core::fmt;
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
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<'a>(Lent<'a, str>);

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

/// The two types differ only in what they lend: everything but printing is written once.
macro_rules! lent {
    ($name:ident, $target:ty, $owned:ty) => {
        impl<'a> $name<'a> {
            /// Borrows; nothing is copied.
            #[must_use]
            pub const fn new(lent: &'a $target) -> Self {
                #[cfg(feature = "alloc")]
                return Self(Cow::Borrowed(lent));
                #[cfg(not(feature = "alloc"))]
                return Self(lent);
            }

            /// The same, free of the input: copies what was borrowed.
            #[cfg(feature = "alloc")]
            #[must_use]
            pub fn into_owned(self) -> $name<'static> {
                $name(Cow::Owned(self.0.into_owned()))
            }

            /// The same, borrowed from this one.
            #[must_use]
            pub fn as_borrowed(&self) -> $name<'_> {
                $name::new(self)
            }
        }

        impl Deref for $name<'_> {
            type Target = $target;

            fn deref(&self) -> &$target {
                &self.0
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
        impl From<$owned> for $name<'_> {
            fn from(owned: $owned) -> Self {
                Self(Cow::Owned(owned))
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

    use super::Octets;
    #[cfg(feature = "alloc")]
    use super::Text;

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
    fn octets_print_as_hex() {
        assert_eq!(Octets::new(&[0x0C, 0xFF]).to_string(), "0CFF");
        assert_eq!(Octets::default().to_string(), "");
    }
}
