//! [`List`]: a count, and so many items.

#[cfg(feature = "alloc")]
use alloc::vec::Vec;
use core::fmt;

use gurux_framing::{Reader, Sink, Visit, Wire, WireError, WireErrorKind};

use super::axdr::length;
use super::part::Part;
#[cfg(feature = "alloc")]
use crate::xml::{Children, XmlError};

/// A SEQUENCE OF: items read in place and proven, or items that are to be written.
///
/// ```
/// use gurux_dlms::wire::{DataRef, List};
/// use gurux_framing::{Wire, WireError};
///
/// let items = [DataRef::Unsigned(1), DataRef::NullData];
/// let mut out = [0; 8];
/// let len = List::from(&items[..]).emit_to_slice(&mut out)?;
/// assert_eq!(out[..len], [2, 0x11, 1, 0]);
///
/// let list = List::<DataRef>::from_bytes(&out[..len])?;
/// assert!(list.iter().eq(items));
/// # Ok::<(), WireError>(())
/// ```
#[derive(Clone, Copy)]
pub struct List<'a, T>(Form<'a, T>);

#[derive(Clone, Copy)]
enum Form<'a, T> {
    /// So many in these octets, proven.
    Read { count: usize, octets: &'a [u8] },
    /// These.
    Made(&'a [T]),
}

impl<'a, T> List<'a, T> {
    /// No item.
    pub const EMPTY: Self = Self(Form::Made(&[]));

    /// How many items.
    #[must_use]
    pub const fn len(&self) -> usize {
        match self.0 {
            Form::Read { count, .. } => count,
            Form::Made(items) => items.len(),
        }
    }

    /// Is there none?
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<'a, T: Part<'a> + Copy> List<'a, T> {
    /// Item after item.
    pub fn iter(&self) -> impl Iterator<Item = T> + Clone + use<'a, T> {
        let (octets, items) = match self.0 {
            Form::Read { octets, .. } => (octets, [].as_slice()),
            Form::Made(items) => ([].as_slice(), items),
        };
        // Proven when the list was read, so there are no errors to tell.
        let mut reader = Reader::new(octets);
        let read = core::iter::repeat_n((), self.len()).map_while(move |()| {
            if reader.is_empty() { None } else { T::take(&mut reader, T::TYPE).ok() }
        });
        read.chain(items.iter().copied())
    }
}

impl<'a, T> From<&'a [T]> for List<'a, T> {
    fn from(items: &'a [T]) -> Self {
        Self(Form::Made(items))
    }
}

impl<'a, T: Part<'a> + Copy + PartialEq> PartialEq for List<'a, T> {
    /// Are the items the same, read or made?
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl<'a, T: Part<'a> + Copy + fmt::Debug> fmt::Debug for List<'a, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a, T: Part<'a> + Copy> Wire<'a> for List<'a, T> {
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        let count = length::read(reader, "count")?;
        let begin = reader.rest();
        // Each item has one octet at least: the work is linear in the octets.
        if count > begin.len() {
            let kind = WireErrorKind::Length { declared: count, available: begin.len() };
            return Err(reader.error("count", kind));
        }
        for _ in 0..count {
            T::take(reader, T::TYPE)?;
        }
        let len = begin.len().wrapping_sub(reader.rest().len());
        Ok(Self(Form::Read { count, octets: begin.get(..len).unwrap_or_default() }))
    }

    fn emit(&self, out: &mut impl Sink) {
        length::emit(self.len(), out);
        self.iter().for_each(|item| item.put(out));
    }

    fn wire_len(&self) -> usize {
        self.iter()
            .fold(length::wire_len(self.len()), |len, item| len.wrapping_add(item.part_len()))
    }
}

impl<'a, T: Part<'a> + Copy> Part<'a> for List<'a, T> {
    const TYPE: &'static str = "SEQUENCE-OF";

    #[inline]
    fn take<V: Visit>(reader: &mut Reader<'a, V>, what: &'static str) -> Result<Self, WireError> {
        reader.list(what, Self::read)
    }

    #[inline]
    fn put(&self, out: &mut impl Sink) {
        self.emit(out);
    }

    #[inline]
    fn part_len(&self) -> usize {
        self.wire_len()
    }

    #[cfg(feature = "alloc")]
    fn encode(
        from: &mut Children<'_, '_>,
        what: &'static str,
        out: &mut Vec<u8>,
    ) -> Result<(), XmlError> {
        let mut items = from.take(what)?.children();
        length::emit(items.len(), out);
        (0..items.len()).try_for_each(|_| T::encode(&mut items, T::TYPE, out))
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use gurux_framing::{Wire, wire_laws};

    use super::List;
    use crate::wire::DataRef;

    #[test]
    fn a_list_that_was_made_equals_the_one_that_is_read() {
        let items = [DataRef::Unsigned(7), DataRef::Boolean(true)];
        wire_laws!(List<'_, DataRef<'_>>, List::from(&items[..]), self_delimiting);
        wire_laws!(List<'_, DataRef<'_>>, List::EMPTY, self_delimiting);
    }

    #[test]
    fn a_count_beyond_the_octets_is_refused_at_once() {
        let error =
            List::<DataRef<'_>>::from_bytes(&[0x84, 0xFF, 0xFF, 0xFF, 0xFF, 0]).unwrap_err();
        assert_eq!(error.to_string(), "octet 5, count: length says 4294967295, 1 octet is left");
    }
}
