//! [`Visit`]: the parsers say what they read, field by field, to whoever wants to know.
//!
//! There is one parser for each message. Given a visitor, it also tells the range of octets, the
//! standard's name and the value of every field it passes; given none (the unit type), all of that
//! compiles to nothing. An annotated dump, a JSON message and an XML message are writers over
//! these events.

use core::fmt::{self, Write};
use core::ops::Range;

/// The value of a field, as told to a [`Visit`].
#[derive(Clone, Copy, PartialEq, Debug)]
#[non_exhaustive]
pub enum Shown<'a> {
    /// An unsigned number.
    Unsigned(u64),
    /// A signed number.
    Signed(i64),
    /// Yes or no.
    Flag(bool),
    /// A code, with its name where it has one.
    Code {
        /// The number on the wire.
        code: u64,
        /// The standard's name for it.
        name: Option<&'static str>,
    },
    /// Octets without further meaning here.
    Octets(&'a [u8]),
    /// A text.
    Text(&'a str),
}

impl fmt::Display for Shown<'_> {
    /// Octets in hexadecimal, a text with what does not print escaped, a code by its name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Unsigned(value) => write!(f, "{value}"),
            Self::Signed(value) => write!(f, "{value}"),
            Self::Flag(value) => f.write_str(if value { "yes" } else { "no" }),
            Self::Code { code, name: Some(name) } => write!(f, "{name} ({code:#04X})"),
            Self::Code { code, name: None } => write!(f, "{code:#04X}"),
            Self::Octets(octets) => octets.iter().try_for_each(|octet| write!(f, "{octet:02X}")),
            Self::Text(text) => {
                text.chars().flat_map(char::escape_debug).try_for_each(|c| f.write_char(c))
            }
        }
    }
}

/// Listens to a parser. Ranges count octets from the start of the outermost buffer.
///
/// Names are the standard's words in lower case (`event count`); a writer that wants an
/// identifier puts an underscore for each blank. A group or list that was entered and not left
/// means that the parser met an error there.
pub trait Visit {
    /// Is anybody listening? Parsers skip the walk over lazily parsed parts where nobody is.
    const ACTIVE: bool = true;

    /// A field that carries meaning.
    fn field(&mut self, at: Range<usize>, name: &'static str, value: Shown<'_>);

    /// A field that only holds the message together: a length, a count that the content repeats,
    /// a check sum, a marker.
    fn structure(&mut self, at: Range<usize>, name: &'static str, value: Shown<'_>);

    /// A group of named fields begins at octet `start`.
    fn enter_group(&mut self, start: usize, name: &'static str);

    /// A list of like items begins at octet `start`: fields or groups, whose names are only
    /// labels.
    fn enter_list(&mut self, start: usize, name: &'static str);

    /// The innermost group or list ends before octet `end`.
    fn leave(&mut self, end: usize);
}

/// Nobody listens.
impl Visit for () {
    const ACTIVE: bool = false;

    #[inline(always)]
    fn field(&mut self, _: Range<usize>, _: &'static str, _: Shown<'_>) {}
    #[inline(always)]
    fn structure(&mut self, _: Range<usize>, _: &'static str, _: Shown<'_>) {}
    #[inline(always)]
    fn enter_group(&mut self, _: usize, _: &'static str) {}
    #[inline(always)]
    fn enter_list(&mut self, _: usize, _: &'static str) {}
    #[inline(always)]
    fn leave(&mut self, _: usize) {}
}

impl<V: Visit> Visit for &mut V {
    const ACTIVE: bool = V::ACTIVE;

    #[inline]
    fn field(&mut self, at: Range<usize>, name: &'static str, value: Shown<'_>) {
        V::field(self, at, name, value);
    }
    #[inline]
    fn structure(&mut self, at: Range<usize>, name: &'static str, value: Shown<'_>) {
        V::structure(self, at, name, value);
    }
    #[inline]
    fn enter_group(&mut self, start: usize, name: &'static str) {
        V::enter_group(self, start, name);
    }
    #[inline]
    fn enter_list(&mut self, start: usize, name: &'static str) {
        V::enter_list(self, start, name);
    }
    #[inline]
    fn leave(&mut self, end: usize) {
        V::leave(self, end);
    }
}
