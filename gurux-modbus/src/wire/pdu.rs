//! What requests and responses have in common.

use gurux_framing::{Reader, Visit, WireError, WireErrorKind};

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
