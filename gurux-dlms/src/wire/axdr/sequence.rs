//! [`Sequence`]: what is in an array or a structure.

use gurux_framing::{Reader, Sink, Visit, Wire, WireError};

use super::{DataRef, DataType, compact_array, length, prove};

/// The values in an array or a structure, proven, not yet taken apart.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Sequence<'a> {
    count: usize,
    octets: &'a [u8],
    types: Types<'a>,
}

/// Where the types of the values stand.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Types<'a> {
    /// In front of each.
    Tagged,
    /// In this description, one for all: the array of a compact array.
    Same(&'a [u8]),
    /// In these descriptions, one for each: the structure of a compact array.
    Each(&'a [u8]),
}

impl<'a> Sequence<'a> {
    /// Nothing.
    pub const EMPTY: Self = Self { count: 0, octets: &[], types: Types::Tagged };

    /// `count` values, each with its tag, one behind the other in `octets`.
    ///
    /// # Errors
    /// What is wrong in a value, and what is missing or too much.
    pub fn new(count: usize, octets: &'a [u8]) -> Result<Self, WireError> {
        let mut reader = Reader::new(octets);
        prove::values(&mut reader, count, 1)?;
        reader.finish("values")?;
        Ok(Self { count, octets, types: Types::Tagged })
    }

    pub(super) const fn described(count: usize, octets: &'a [u8], types: Types<'a>) -> Self {
        Self { count, octets, types }
    }

    /// Takes a count and so many values.
    pub(super) fn read<V: Visit>(
        reader: &mut Reader<'a, V>,
        depth: usize,
    ) -> Result<Self, WireError> {
        let count = length::read(reader, "count")?;
        let begin = reader.rest();
        prove::values(reader, count, depth.saturating_add(1))?;
        let len = begin.len().saturating_sub(reader.rest().len());
        Ok(Self { count, octets: begin.get(..len).unwrap_or_default(), types: Types::Tagged })
    }

    /// How many values.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.count
    }

    /// Is there none?
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The values as they are on the wire; without tags in a compact array.
    #[must_use]
    pub const fn octets(&self) -> &'a [u8] {
        self.octets
    }

    /// Value after value.
    #[must_use]
    #[inline]
    pub fn iter(&self) -> Elements<'a> {
        Elements { reader: Reader::new(self.octets), left: self.count, types: self.types }
    }

    /// The value of this number, from 0.
    #[must_use]
    pub fn element(&self, number: usize) -> Option<DataRef<'a>> {
        self.iter().nth(number)
    }

    pub(super) fn emit(&self, out: &mut impl Sink) {
        length::emit(self.count, out);
        match self.types {
            Types::Tagged => out.put(self.octets),
            // Out of its compact array each value says its type itself. The sink is lent on as it
            // is, so that depth makes no new type of it.
            Types::Same(_) | Types::Each(_) => emit_each(*self, out),
        }
    }

    pub(super) fn wire_len(&self) -> usize {
        let values = match self.types {
            Types::Tagged => self.octets.len(),
            Types::Same(_) | Types::Each(_) => {
                self.iter().fold(0, |len: usize, value| len.wrapping_add(value.wire_len()))
            }
        };
        length::wire_len(self.count).wrapping_add(values)
    }
}

fn emit_each<S: Sink>(sequence: Sequence<'_>, out: &mut S) {
    for value in sequence.iter() {
        out.put_u8(value.data_type().code());
        value.emit_body(out);
    }
}

impl<'a> IntoIterator for Sequence<'a> {
    type Item = DataRef<'a>;
    type IntoIter = Elements<'a>;

    fn into_iter(self) -> Elements<'a> {
        self.iter()
    }
}

/// Value after value of a [`Sequence`].
#[derive(Clone, Debug)]
pub struct Elements<'a> {
    reader: Reader<'a>,
    left: usize,
    types: Types<'a>,
}

impl Elements<'_> {
    /// Octets of the values that are left.
    pub(super) const fn octets_left(&self) -> usize {
        self.reader.rest().len()
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = DataRef<'a>;

    #[inline]
    fn next(&mut self) -> Option<DataRef<'a>> {
        self.left = self.left.checked_sub(1)?;
        // Proven when the sequence was read, so there are no errors to tell.
        match &mut self.types {
            Types::Tagged => {
                let [tag] = self.reader.array("data type").ok()?;
                DataRef::read_body(&mut self.reader, DataType::new(tag), 0).ok()
            }
            Types::Same(description) => {
                compact_array::value(&mut self.reader, &mut Reader::new(description)).ok()
            }
            Types::Each(descriptions) => {
                let mut description = Reader::new(descriptions);
                let value = compact_array::value(&mut self.reader, &mut description).ok();
                *descriptions = description.rest();
                value
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.left))
    }
}
