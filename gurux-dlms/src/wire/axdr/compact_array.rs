//! [`CompactArray`]: values of one type that is said once.

use gurux_framing::{Reader, Shown, Sink, Visit, Wire, WireError, WireErrorKind};

use super::data_ref::unknown;
use super::sequence::Types;
use super::tag::Shape;
use super::{DataRef, DataType, MAX_DEPTH, MAX_DESCRIPTION, Sequence, length, prove};

/// A compact array, proven, not yet taken apart.
///
/// | octets | field |
/// |---|---|
/// | n | contents description: the type of an element |
/// | length, n | array contents: the elements without tags |
///
/// A description is the tag of a type. Behind that of an array stand the number of elements (two
/// octets) and their description, behind that of a structure a count and so many descriptions.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct CompactArray<'a> {
    description: &'a [u8],
    contents: &'a [u8],
    count: usize,
}

/// The type of the elements of a [`CompactArray`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TypeDescription<'a>(&'a [u8]);

impl<'a> TypeDescription<'a> {
    /// The octets of a description.
    ///
    /// # Errors
    /// What is wrong in it.
    pub fn new(octets: &'a [u8]) -> Result<Self, WireError> {
        let mut reader = Reader::new(octets);
        least_len(&mut reader, 0)?;
        reader.finish("contents description")?;
        too_long(0, octets)?;
        Ok(Self(octets))
    }

    /// The octets on the wire.
    #[must_use]
    pub const fn octets(self) -> &'a [u8] {
        self.0
    }

    /// The outermost type.
    #[must_use]
    pub fn data_type(self) -> DataType {
        self.0.first().map_or(DataType::NULL_DATA, |tag| DataType::new(*tag))
    }
}

impl<'a> CompactArray<'a> {
    /// Elements of this type, one behind the other without tags.
    ///
    /// # Errors
    /// What is wrong in an element, and [`WireErrorKind::Expected`] if they take no octets.
    pub fn new(description: TypeDescription<'a>, contents: &'a [u8]) -> Result<Self, WireError> {
        let count = count(description.0, &mut Reader::new(contents))?;
        Ok(Self { description: description.0, contents, count })
    }

    /// The same of octets that were proven.
    #[cfg(feature = "alloc")]
    pub(crate) const fn proven(count: usize, description: &'a [u8], contents: &'a [u8]) -> Self {
        Self { description, contents, count }
    }

    pub(super) fn read<V: Visit>(
        reader: &mut Reader<'a, V>,
        depth: usize,
    ) -> Result<Self, WireError> {
        let (begin, start) = (reader.rest(), reader.offset());
        least_len(reader, depth.saturating_add(1))?;
        let len = begin.len().saturating_sub(reader.rest().len());
        let description = begin.get(..len).unwrap_or_default();
        too_long(start, description)?;
        let len = length::read(reader, "contents length")?;
        let start = reader.offset();
        let contents = reader.slice(len, "array contents")?;
        let count = count(description, &mut Reader::explaining(contents, start, ()))?;
        Ok(Self { description, contents, count })
    }

    /// The type of the elements.
    #[must_use]
    pub const fn description(&self) -> TypeDescription<'a> {
        TypeDescription(self.description)
    }

    /// The elements.
    #[must_use]
    pub const fn elements(&self) -> Sequence<'a> {
        Sequence::described(self.count, self.contents, Types::Same(self.description))
    }

    pub(super) fn emit(&self, out: &mut impl Sink) {
        out.put(self.description);
        length::emit(self.contents.len(), out);
        out.put(self.contents);
    }

    pub(super) fn wire_len(&self) -> usize {
        self.description
            .len()
            .wrapping_add(length::wire_len(self.contents.len()))
            .wrapping_add(self.contents.len())
    }

    /// Passes over its octets and tells of them, each element at its own.
    pub(super) fn tell<V: Visit>(&self, reader: &mut Reader<'_, V>) -> Result<(), WireError> {
        let start = reader.offset();
        let description = reader.slice(self.description.len(), "contents description")?;
        reader.show_structure(start, "contents description", Shown::Octets(description));
        length::read(reader, "contents length")?;
        let start = reader.offset();
        reader.within(self.contents.len(), "array contents", |reader| {
            tell_each(reader, self.elements(), start)
        })
    }
}

/// Tells of each element, the first of which begins at octet `start`.
fn tell_each<V: Visit>(
    reader: &mut Reader<'_, V>,
    elements: Sequence<'_>,
    start: usize,
) -> Result<(), WireError> {
    let octets = elements.octets().len();
    let place = |left: usize| start.saturating_add(octets.saturating_sub(left));
    let mut elements = elements.iter();
    loop {
        let from = place(elements.octets_left());
        let Some(element) = elements.next() else { return Ok(()) };
        let to = place(elements.octets_left());
        let name = element.data_type().name().unwrap_or("value");
        match (element.shown(), element.elements()) {
            (Some(shown), _) => {
                reader.slice(to.saturating_sub(reader.offset()), name)?;
                reader.show_at(from..to, name, shown);
            }
            (None, Some(inner)) => {
                // Its count stands in the description.
                reader.list(name, |reader| tell_each(reader, inner, from))?;
            }
            (None, None) => {}
        }
    }
}

/// Takes a description; how many octets an element of it has at least.
fn least_len<V: Visit>(reader: &mut Reader<'_, V>, depth: usize) -> Result<usize, WireError> {
    prove::too_deep(reader, depth)?;
    let [tag] = reader.array("contents description")?;
    let data_type = DataType::new(tag);
    let depth = depth.saturating_add(1);
    match (data_type, data_type.shape()) {
        (DataType::ARRAY, _) => {
            let count = u16::from_be_bytes(reader.array("number of elements")?);
            let len = least_len(reader, depth)?;
            if len == 0 && count > 0 {
                return Err(reader.error("contents description", EMPTY));
            }
            Ok(len.saturating_mul(count.into()))
        }
        (DataType::STRUCTURE, _) => {
            let count = length::read(reader, "count")?;
            let mut len = 0_usize;
            for _ in 0..count {
                len = len.saturating_add(least_len(reader, depth)?);
            }
            Ok(len)
        }
        (_, Shape::Fixed(len)) => Ok(len.into()),
        (_, Shape::Octets | Shape::Bits) => Ok(1),
        (_, Shape::Values | Shape::Compact | Shape::Unknown) => {
            Err(unknown(reader.offset(), data_type))
        }
    }
}

/// Is a description that begins at `offset` longer than is accepted?
fn too_long(offset: usize, description: &[u8]) -> Result<(), WireError> {
    if description.len() > MAX_DESCRIPTION {
        let kind = WireErrorKind::Limit { max: MAX_DESCRIPTION };
        return Err(WireError::new(offset, "contents description", kind));
    }
    Ok(())
}

const EMPTY: WireErrorKind = WireErrorKind::Expected("a type whose values take octets");

/// How many elements of a description the contents hold; they must end with the last.
fn count(description: &[u8], contents: &mut Reader<'_>) -> Result<usize, WireError> {
    let mut count = 0_usize;
    while !contents.is_empty() {
        let before = contents.rest().len();
        pass(contents, &mut Reader::new(description))?;
        if contents.rest().len() == before {
            // An element of no octets: there would be no end of them.
            return Err(contents.error("array contents", EMPTY));
        }
        count = count.saturating_add(1);
    }
    Ok(count)
}

/// Passes over a value that is described. The description was proven, so that its depth is bounded,
/// and an array within has elements of an octet at least, so that the work is.
fn pass(contents: &mut Reader<'_>, description: &mut Reader<'_>) -> Result<(), WireError> {
    let [tag] = description.array("contents description")?;
    match DataType::new(tag) {
        DataType::ARRAY => {
            let count = u16::from_be_bytes(description.array("number of elements")?);
            let element = description.rest();
            if count == 0 {
                least_len(description, 0)?;
            }
            for _ in 0..count {
                let mut again = Reader::new(element);
                pass(contents, &mut again)?;
                *description = again;
            }
            Ok(())
        }
        DataType::STRUCTURE => {
            let count = length::read(description, "count")?;
            (0..count).try_for_each(|_| pass(contents, description))
        }
        data_type => DataRef::read_body(contents, data_type, MAX_DEPTH).map(|_| ()),
    }
}

/// Takes a value that is described, and its description.
pub(super) fn value<'a>(
    contents: &mut Reader<'a>,
    description: &mut Reader<'a>,
) -> Result<DataRef<'a>, WireError> {
    let begin = contents.rest();
    let taken = |contents: &Reader<'a>| {
        let len = begin.len().saturating_sub(contents.rest().len());
        begin.get(..len).unwrap_or_default()
    };
    let before = description.clone();
    let [tag] = description.array("contents description")?;
    match DataType::new(tag) {
        DataType::ARRAY => {
            let count = u16::from_be_bytes(description.array("number of elements")?);
            let element = description.rest();
            *description = before;
            pass(contents, description)?;
            let types = Types::Same(element);
            Ok(DataRef::Array(Sequence::described(count.into(), taken(contents), types)))
        }
        DataType::STRUCTURE => {
            let count = length::read(description, "count")?;
            let fields = description.rest();
            *description = before;
            pass(contents, description)?;
            let types = Types::Each(fields);
            Ok(DataRef::Structure(Sequence::described(count, taken(contents), types)))
        }
        data_type => DataRef::read_body(contents, data_type, MAX_DEPTH),
    }
}

impl<'a> Wire<'a> for CompactArray<'a> {
    /// Without its tag.
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        CompactArray::read(reader, 0)
    }

    fn emit(&self, out: &mut impl Sink) {
        CompactArray::emit(self, out);
    }

    fn wire_len(&self) -> usize {
        CompactArray::wire_len(self)
    }
}
