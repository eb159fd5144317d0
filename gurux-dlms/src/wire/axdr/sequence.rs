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

    /// The same of octets that were proven.
    #[cfg(feature = "alloc")]
    pub(crate) const fn proven(count: usize, octets: &'a [u8]) -> Self {
        Self { count, octets, types: Types::Tagged }
    }

    /// The values, if each has its tag.
    #[cfg(feature = "alloc")]
    pub(crate) fn tagged(&self) -> Option<&'a [u8]> {
        matches!(self.types, Types::Tagged).then_some(self.octets)
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

    /// A count and so many values of which none is nested, and what is behind them: a row of a
    /// profile. Nothing where it is anything else.
    #[inline(always)]
    fn of_plain(octets: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let [count @ ..0x80, values @ ..] = octets else { return None };
        let count = usize::from(*count);
        let mut left = count;
        let behind = prove::plain(values, &mut left);
        if left > 0 {
            return None;
        }
        let octets = values.get(..values.len().wrapping_sub(behind.len()))?;
        Some((Self { count, octets, types: Types::Tagged }, behind))
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
        Elements { rest: self.octets, left: self.count, types: self.types }
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

/// The next value of a compact array, what is behind it, and the types of what is there.
#[inline(never)]
fn described<'a>(octets: &'a [u8], types: Types<'a>) -> (Option<DataRef<'a>>, &'a [u8], Types<'a>) {
    let (Types::Same(description) | Types::Each(description)) = types else {
        return (None, octets, types);
    };
    let (mut reader, mut description) = (Reader::new(octets), Reader::new(description));
    let value = compact_array::value(&mut reader, &mut description).ok();
    let types = match types {
        Types::Each(_) => Types::Each(description.rest()),
        types => types,
    };
    (value, reader.rest(), types)
}

/// Value after value of a [`Sequence`].
#[derive(Clone, Debug)]
pub struct Elements<'a> {
    rest: &'a [u8],
    left: usize,
    types: Types<'a>,
}

impl Elements<'_> {
    /// Octets of the values that are left.
    pub(super) const fn octets_left(&self) -> usize {
        self.rest.len()
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = DataRef<'a>;

    // What is handed over in memory costs more than reading it.
    #[inline(always)]
    fn next(&mut self) -> Option<DataRef<'a>> {
        self.left = self.left.checked_sub(1)?;
        // Proven when the sequence was read, so there are no errors to tell.
        if !matches!(self.types, Types::Tagged) {
            let value;
            (value, self.rest, self.types) = described(self.rest, self.types);
            return value;
        }
        let (tag, rest) = self.rest.split_first()?;
        if matches!(DataType::new(*tag), DataType::ARRAY | DataType::STRUCTURE)
            && let Some((sequence, behind)) = Sequence::of_plain(rest)
        {
            self.rest = behind;
            return Some(match DataType::new(*tag) {
                DataType::ARRAY => DataRef::Array(sequence),
                _ => DataRef::Structure(sequence),
            });
        }
        let mut reader = Reader::new(rest);
        let value = DataRef::read_body(&mut reader, DataType::new(*tag), 0).ok();
        self.rest = reader.rest();
        value
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.left))
    }
}
