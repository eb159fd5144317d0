//! Lengths and counts: one octet below 128, or an octet that says how many follow.

use gurux_framing::{Reader, Shown, Sink, Visit, WireError, WireErrorKind};

/// Lengths have at most four octets.
const MAX_OCTETS: u8 = 4;

/// Takes a length or a count.
///
/// Longer forms than needed are read: DLMS/COSEM meters write `82 00 10` as well as `10`.
#[inline(always)]
pub(crate) fn read<V: Visit>(
    reader: &mut Reader<'_, V>,
    what: &'static str,
) -> Result<usize, WireError> {
    let start = reader.offset();
    let [first] = reader.array(what)?;
    let len = if first < 0x80 {
        usize::from(first)
    } else {
        // Not by the cursor, so that it stays in registers.
        let (octets, len) = long(reader.rest(), start, first, what)?;
        reader.slice(octets, what)?;
        len
    };
    if V::ACTIVE {
        reader.show_structure(start, what, Shown::Unsigned(len as u64));
    }
    Ok(len)
}

/// How many octets follow the first, and the length that they say.
#[inline(never)]
fn long(
    rest: &[u8],
    start: usize,
    first: u8,
    what: &'static str,
) -> Result<(usize, usize), WireError> {
    let count = first & 0x7F;
    if count == 0 || count > MAX_OCTETS {
        return Err(WireError::new(start, what, WireErrorKind::Code(first.into())));
    }
    let mut reader = Reader::explaining(rest, start.saturating_add(1), ());
    let octets = reader.slice(count.into(), what)?;
    let len = octets.iter().fold(0_u32, |len, octet| len << 8 | u32::from(*octet));
    Ok((octets.len(), len as usize))
}

/// Writes a length or a count in its shortest form.
#[inline]
pub(crate) fn emit(len: usize, out: &mut impl Sink) {
    let [.., a, b, c, d] = (len as u64).to_be_bytes();
    match wire_len(len) {
        1 => out.put_u8(d),
        2 => out.put_array([0x81, d]),
        3 => out.put_array([0x82, c, d]),
        4 => out.put_array([0x83, b, c, d]),
        _ => out.put_array([0x84, a, b, c, d]),
    }
}

/// Octets of a length in its shortest form.
#[must_use]
#[inline]
pub(crate) const fn wire_len(len: usize) -> usize {
    match len {
        0..0x80 => 1,
        0x80..0x100 => 2,
        0x100..0x1_0000 => 3,
        0x1_0000..0x100_0000 => 4,
        _ => 5,
    }
}

#[cfg(test)]
mod tests {
    use gurux_framing::{Reader, SliceSink};

    use super::{emit, read, wire_len};

    #[test]
    fn the_shortest_form_is_written_and_every_form_read() {
        for len in [0, 1, 0x7F, 0x80, 0xFF, 0x100, 0xFFFF, 0x1_0000, 0xFF_FFFF, 0x100_0000] {
            let mut room = [0; 5];
            let mut sink = SliceSink::new(&mut room);
            emit(len, &mut sink);
            let written = sink.written();
            assert_eq!(written, wire_len(len));
            let mut reader = Reader::new(&room[..written]);
            assert_eq!(read(&mut reader, "length"), Ok(len));
            assert!(reader.is_empty());
        }
        assert_eq!(read(&mut Reader::new(&[0x84, 0, 0, 0, 5]), "length"), Ok(5));
    }

    #[test]
    fn indefinite_and_huge_lengths_are_refused() {
        for first in [0x80, 0x85, 0xFF] {
            let error = read(&mut Reader::new(&[first, 0, 0, 0, 0, 0]), "length").unwrap_err();
            assert_eq!(
                error.to_string(),
                std::format!("octet 0, length: code {first:#04X} cannot stand here")
            );
        }
    }

    use std::string::ToString;
}
