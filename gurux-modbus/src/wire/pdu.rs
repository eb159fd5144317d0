//! What requests and responses have in common.

use gurux_framing::{Reader, Visit, Wire, WireError, WireErrorKind};

use super::{FunctionCode, MAX_PDU_LEN};

/// Refuses a PDU that began at `start` and is longer than any frame can carry.
#[inline]
pub(crate) fn check_pdu_len<V: Visit>(
    reader: &Reader<'_, V>,
    start: usize,
) -> Result<(), WireError> {
    if reader.offset().wrapping_sub(start) > MAX_PDU_LEN {
        return Err(too_long(start));
    }
    Ok(())
}

#[cold]
fn too_long(start: usize) -> WireError {
    WireError::new(start, "PDU", WireErrorKind::Limit { max: MAX_PDU_LEN })
}

/// Reads the function code. Of an octet in which the bits of `flags` mark something else, the
/// others are shown.
#[inline]
pub(crate) fn read_function<V: Visit>(
    reader: &mut Reader<'_, V>,
    flags: u8,
) -> Result<FunctionCode, WireError> {
    let start = reader.offset();
    let [code] = reader.array("function")?;
    reader.show(start, "function", FunctionCode::new(code & !flags).shown());
    Ok(FunctionCode::new(code))
}

/// Reads what must be all that is left: `len` octets. What is too long is told before what it says
/// is judged.
#[inline]
pub(crate) fn read_last<'a, T: Wire<'a>, V: Visit>(
    reader: &mut Reader<'a, V>,
    len: usize,
) -> Result<T, WireError> {
    if let Some(octets @ 1..) = reader.rest().len().checked_sub(len) {
        let end = reader.offset().wrapping_add(len);
        return Err(WireError::new(end, "message", WireErrorKind::Trailing { octets }));
    }
    T::read(reader)
}
