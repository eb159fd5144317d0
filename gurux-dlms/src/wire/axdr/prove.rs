//! The walk over values that finds where they end and proves that they can be read.

use gurux_framing::{Reader, Visit, WireError, WireErrorKind};

use super::data_ref::unknown;
use super::tag::Shape;
use super::{CompactArray, DataRef, DataType, MAX_DEPTH, length};

/// Passes over `left` values, each with its tag, around which `depth` arrays and structures stand.
///
/// Each value has one octet at least, so a count that is larger than what is left is refused before
/// anything is done about it: the work is linear in the octets.
#[inline]
pub(super) fn values<V: Visit>(
    reader: &mut Reader<'_, V>,
    mut left: usize,
    depth: usize,
) -> Result<(), WireError> {
    if left == 0 {
        return Ok(());
    }
    too_many(reader, left)?;
    let mut above = [0_usize; MAX_DEPTH];
    let mut level = depth;
    too_deep(reader, level)?;
    loop {
        while left == 0 {
            if level <= depth {
                return Ok(());
            }
            level = level.wrapping_sub(1);
            left = above.get(level).copied().unwrap_or(0);
        }
        left = left.wrapping_sub(1);
        let [tag] = reader.array("data type")?;
        let data_type = DataType::new(tag);
        match data_type.shape() {
            Shape::Fixed(len) => {
                reader.slice(len.into(), "value")?;
            }
            Shape::Octets => {
                let len = length::read(reader, "length")?;
                reader.slice(len, "value")?;
            }
            Shape::Bits => {
                let count = length::read(reader, "bit count")?;
                reader.slice(count.div_ceil(8), "value")?;
            }
            Shape::Values => {
                let count = length::read(reader, "count")?;
                if count > 0 {
                    too_many(reader, count)?;
                    if let Some(place) = above.get_mut(level) {
                        *place = left;
                    }
                    level = level.wrapping_add(1);
                    too_deep(reader, level)?;
                    left = count;
                }
            }
            Shape::Compact => {
                CompactArray::read(reader, level)?;
            }
            Shape::Unknown => return Err(unknown(reader.offset(), data_type)),
        }
    }
}

#[inline]
fn too_many<V: Visit>(reader: &Reader<'_, V>, count: usize) -> Result<(), WireError> {
    let available = reader.rest().len();
    if count > available {
        return Err(reader.error("count", WireErrorKind::Length { declared: count, available }));
    }
    Ok(())
}

#[inline]
pub(super) fn too_deep<V: Visit>(reader: &Reader<'_, V>, level: usize) -> Result<(), WireError> {
    if level > MAX_DEPTH {
        return Err(reader.error("depth", WireErrorKind::Limit { max: MAX_DEPTH }));
    }
    Ok(())
}

/// Passes over one value and tells of it: a field by the name of its type, or a list of those.
pub(super) fn told<V: Visit>(
    reader: &mut Reader<'_, V>,
    what: &'static str,
) -> Result<(), WireError> {
    told_at(reader, what, 0)
}

fn told_at<V: Visit>(
    reader: &mut Reader<'_, V>,
    what: &'static str,
    depth: usize,
) -> Result<(), WireError> {
    let start = reader.offset();
    let data_type = match reader.rest() {
        [tag, ..] => DataType::new(*tag),
        [] => {
            let kind = WireErrorKind::Truncated { needed: 1, available: 0 };
            return Err(reader.error("data type", kind));
        }
    };
    let name = data_type.name().unwrap_or(what);
    match data_type.shape() {
        Shape::Values => {
            too_deep(reader, depth.saturating_add(1))?;
            reader.list(name, |reader| {
                reader.structure_u8("data type")?;
                let count = length::read(reader, "count")?;
                too_many(reader, count)?;
                (0..count).try_for_each(|_| told_at(reader, what, depth.saturating_add(1)))
            })
        }
        Shape::Compact => reader.list(name, |reader| {
            reader.structure_u8("data type")?;
            let begin = reader.offset();
            let mut quiet = Reader::explaining(reader.rest(), begin, ());
            let array = CompactArray::read(&mut quiet, depth)?;
            array.tell(reader)
        }),
        Shape::Unknown => {
            let _ = reader.slice(1, "data type")?;
            Err(unknown(reader.offset(), data_type))
        }
        Shape::Fixed(_) | Shape::Octets | Shape::Bits => {
            let _ = reader.slice(1, "data type")?;
            let value = {
                let mut quiet = Reader::explaining(reader.rest(), reader.offset(), ());
                let value = DataRef::read_body(&mut quiet, data_type, depth)?;
                let taken = reader.rest().len().saturating_sub(quiet.rest().len());
                reader.slice(taken, "value")?;
                value
            };
            if let Some(shown) = value.shown() {
                reader.show(start, name, shown);
            }
            Ok(())
        }
    }
}
