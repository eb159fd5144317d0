//! Fields with a tag and a length, as BER has them.

use gurux_framing::{Reader, Shown, Sink, Visit, Wire, WireError, WireErrorKind};

use crate::wire::axdr::length;

/// Tags of the types that stand in explicitly tagged fields.
pub(super) const INTEGER: u8 = 0x02;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;

/// The tag of an explicit or constructed field.
pub(super) const fn constructed(number: u8) -> u8 {
    0xA0 | number
}

/// The tag of an implicit field of a primitive type.
pub(super) const fn primitive(number: u8) -> u8 {
    0x80 | number
}

/// Reads the field with this tag, if it is the next one; `read` takes all of its content.
#[inline]
pub(super) fn optional<'a, V: Visit, T>(
    reader: &mut Reader<'a, V>,
    tag: u8,
    what: &'static str,
    read: impl FnOnce(&mut Reader<'a, V>) -> Result<T, WireError>,
) -> Result<Option<T>, WireError> {
    if reader.rest().first() == Some(&tag) {
        required(reader, tag, what, read).map(Some)
    } else {
        Ok(None)
    }
}

/// Reads the field with this tag, which must be the next one; `read` takes all of its content.
pub(super) fn required<'a, V: Visit, T>(
    reader: &mut Reader<'a, V>,
    tag: u8,
    what: &'static str,
    read: impl FnOnce(&mut Reader<'a, V>) -> Result<T, WireError>,
) -> Result<T, WireError> {
    let start = reader.offset();
    let [found] = reader.array(what)?;
    if found != tag {
        return Err(WireError::new(start, what, WireErrorKind::Code(found.into())));
    }
    reader.show_structure(start, "tag", Shown::Code { code: tag.into(), name: None });
    let len = length::read(reader, "length")?;
    reader.within(len, what, read)
}

/// The content of a field, as octets.
pub(super) fn octets<'a, V: Visit>(
    reader: &mut Reader<'a, V>,
    what: &'static str,
) -> Result<&'a [u8], WireError> {
    Ok(reader.remaining_octets(what))
}

/// The content of an explicit field that is an OCTET STRING.
pub(super) fn octet_string<'a, V: Visit>(
    reader: &mut Reader<'a, V>,
    what: &'static str,
) -> Result<&'a [u8], WireError> {
    required(reader, OCTET_STRING, what, |reader| octets(reader, what))
}

/// The content of an explicit field that is an INTEGER.
pub(super) fn explicit_integer<V: Visit>(
    reader: &mut Reader<'_, V>,
    what: &'static str,
) -> Result<i32, WireError> {
    required(reader, INTEGER, what, |reader| {
        let start = reader.offset();
        let value = integer(reader, what)?;
        reader.show(start, what, Shown::Signed(value.into()));
        Ok(value)
    })
}

/// An INTEGER whose values are codes of one octet. One octet is never taken for a negative number.
pub(super) fn code<V: Visit>(
    reader: &mut Reader<'_, V>,
    what: &'static str,
    shown: impl FnOnce(u8) -> Shown<'static>,
) -> Result<u8, WireError> {
    let start = reader.offset();
    let value = integer(reader, what)?;
    if !(-0x80..0x100).contains(&value) {
        return Err(WireError::new(start, what, WireErrorKind::Code(value.cast_unsigned())));
    }
    let [code, ..] = value.to_le_bytes();
    reader.show(start, what, shown(code));
    Ok(code)
}

/// The content of an INTEGER, of one to four octets.
fn integer<V: Visit>(reader: &mut Reader<'_, V>, what: &'static str) -> Result<i32, WireError> {
    let start = reader.offset();
    let octets = reader.rest();
    match octets.len() {
        1..=4 => {}
        0 => {
            let kind = WireErrorKind::Truncated { needed: 1, available: 0 };
            return Err(WireError::new(start, what, kind));
        }
        _ => return Err(WireError::new(start, what, WireErrorKind::Limit { max: 4 })),
    }
    let octets = reader.slice(octets.len(), what)?;
    let negative = octets.first().is_some_and(|first| first & 0x80 != 0);
    let sign = if negative { -1 } else { 0 };
    Ok(octets.iter().fold(sign, |value: i32, octet| value << 8 | i32::from(*octet)))
}

/// Refuses what follows the last known field.
pub(super) fn nothing_else<V: Visit>(reader: &Reader<'_, V>) -> Result<(), WireError> {
    match reader.rest().first() {
        Some(&tag) => Err(reader.error("field", WireErrorKind::Code(tag.into()))),
        None => Ok(()),
    }
}

/// What can stand in a field.
pub(super) trait Content {
    fn put(&self, out: &mut impl Sink);
}

impl Content for &[u8] {
    fn put(&self, out: &mut impl Sink) {
        out.put(self);
    }
}

/// A field with this tag, whatever is in it.
pub(super) struct Field<C>(pub(super) u8, pub(super) C);

impl<C: Content> Content for Field<C> {
    fn put(&self, out: &mut impl Sink) {
        out.put_u8(self.0);
        length::emit(len_of(&self.1), out);
        self.1.put(out);
    }
}

impl<C: Content> Content for Option<C> {
    fn put(&self, out: &mut impl Sink) {
        if let Some(content) = self {
            content.put(out);
        }
    }
}

/// An INTEGER, in as few octets as it takes.
pub(super) struct Integer(pub(super) i32);

impl Content for Integer {
    fn put(&self, out: &mut impl Sink) {
        let [a, b, c, d] = self.0.to_be_bytes();
        let content: &[u8] = match self.0 {
            -0x80..=0x7F => &[d],
            -0x8000..=0x7FFF => &[c, d],
            -0x80_0000..=0x7F_FFFF => &[b, c, d],
            _ => &[a, b, c, d],
        };
        Field(INTEGER, content).put(out);
    }
}

/// A code of one octet.
pub(super) struct Code(pub(super) u8);

impl Content for Code {
    fn put(&self, out: &mut impl Sink) {
        out.put_u8(self.0);
    }
}

/// The octets that content takes: what it writes is counted.
pub(super) fn len_of(content: &impl Content) -> usize {
    let mut count = Count(0);
    content.put(&mut count);
    count.0
}

/// Takes octets by number alone.
struct Count(usize);

impl Sink for Count {
    fn claim(&mut self, count: usize) -> &mut [u8] {
        self.0 = self.0.saturating_add(count);
        &mut []
    }
}

/// A message of this crate's: all of its fields are the content of one tag.
pub(super) struct Message<'m, M>(pub(super) &'m M);

impl<M: Fields> Content for Message<'_, M> {
    fn put(&self, out: &mut impl Sink) {
        self.0.put_fields(out);
    }
}

/// A message that is one tag over a sequence of fields.
pub(super) trait Fields: Sized {
    const TAG: u8;
    fn put_fields(&self, out: &mut impl Sink);

    fn message(&self) -> Field<Message<'_, Self>> {
        Field(Self::TAG, Message(self))
    }
}

/// Reads a message: its tag, and by `read` its fields, and nothing behind them.
pub(super) fn message<'a, V: Visit, T: Wire<'a> + Fields>(
    reader: &mut Reader<'a, V>,
    what: &'static str,
    read: impl FnOnce(&mut Reader<'a, V>) -> Result<T, WireError>,
) -> Result<T, WireError> {
    reader.group(what, |reader| {
        required(reader, T::TAG, what, |reader| {
            let value = read(reader)?;
            nothing_else(reader)?;
            Ok(value)
        })
    })
}
