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
    if left > 0 {
        too_many(reader, left)?;
        too_deep(reader, depth)?;
    }
    let octets = reader.rest();
    let mut rest = plain(octets, &mut left);
    if left > 0 {
        let passed = octets.len().saturating_sub(rest.len());
        rest = walk(rest, reader.offset().saturating_add(passed), left, depth)?;
    }
    reader.slice(octets.len().saturating_sub(rest.len()), "values").map(|_| ())
}

/// Passes over values that are not nested, as long as nothing is wrong with them: what a row is made
/// of. What is behind them.
#[inline(always)]
pub(super) fn plain<'a>(octets: &'a [u8], left: &mut usize) -> &'a [u8] {
    let (mut begin, mut end) = (0, 0_usize);
    while *left > 0
        && let Some(tag) = octets.get(end)
    {
        let len = match DataType::new(*tag).fixed_len() {
            0 => match octets.get(end.wrapping_add(1)) {
                Some(len @ ..0x80) if is_string(*tag) => usize::from(*len).wrapping_add(2),
                _ => break,
            },
            len => usize::from(len),
        };
        begin = end;
        end = end.wrapping_add(len);
        *left = left.wrapping_sub(1);
    }
    match octets.get(end..) {
        Some(rest) => rest,
        // The last did not end; whoever passes over it again says so.
        None => {
            *left = left.wrapping_add(1);
            octets.get(begin..).unwrap_or_default()
        }
    }
}

#[inline(always)]
fn is_string(tag: u8) -> bool {
    matches!(DataType::new(tag).shape(), Shape::Octets)
}

/// Passes over any values, whose octets begin at `offset`; what is behind them.
fn walk(octets: &[u8], offset: usize, mut left: usize, depth: usize) -> Result<&[u8], WireError> {
    let end = offset.saturating_add(octets.len());
    let mut above = [0_usize; MAX_DEPTH];
    let mut level = depth;
    let mut rest = octets;
    loop {
        rest = plain(rest, &mut left);
        while left == 0 {
            if level <= depth {
                return Ok(rest);
            }
            level = level.wrapping_sub(1);
            left = above.get(level).copied().unwrap_or(0);
        }
        left = left.wrapping_sub(1);
        let count = match *rest {
            [1 | 2, count @ 1..0x80, ref tail @ ..] => {
                rest = tail;
                usize::from(count)
            }
            _ => {
                let at = end.saturating_sub(rest.len());
                let count;
                (count, rest) = any(Reader::explaining(rest, at, ()), level)?;
                count
            }
        };
        if count > 0 {
            let available = rest.len();
            if count > available || level >= MAX_DEPTH {
                let reader = Reader::explaining(rest, end.saturating_sub(available), ());
                too_many(&reader, count)?;
                too_deep(&reader, level.wrapping_add(1))?;
            }
            if let Some(place) = above.get_mut(level) {
                *place = left;
            }
            level = level.wrapping_add(1);
            left = count;
        }
    }
}

/// Passes over one value, or over the beginning of a nested one: how many are in it, and what is
/// behind.
#[inline(never)]
fn any(mut reader: Reader<'_>, level: usize) -> Result<(usize, &[u8]), WireError> {
    let [tag] = reader.array("data type")?;
    let data_type = DataType::new(tag);
    let mut count = 0;
    match data_type.shape() {
        // An empty one is as deep as one that holds something.
        Shape::Values => {
            count = length::read(&mut reader, "count")?;
            too_deep(&reader, level.saturating_add(1))?;
        }
        Shape::Fixed(len) => {
            reader.slice(len.into(), "value")?;
        }
        Shape::Octets => {
            let len = length::read(&mut reader, "length")?;
            reader.slice(len, "value")?;
        }
        Shape::Bits => {
            let bits = length::read(&mut reader, "bit count")?;
            reader.slice(bits.div_ceil(8), "value")?;
        }
        Shape::Compact => {
            CompactArray::read(&mut reader, level)?;
        }
        Shape::Unknown => return Err(unknown(reader.offset(), data_type)),
    }
    Ok((count, reader.rest()))
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
