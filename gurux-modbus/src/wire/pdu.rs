//! What requests and responses have in common.

use gurux_framing::{Reader, Visit, WireError, WireErrorKind};

use super::{FunctionCode, MAX_PDU_LEN};

/// Refuses a PDU that no frame may carry.
#[inline]
pub(crate) fn check_pdu_len<V: Visit>(reader: &Reader<'_, V>) -> Result<(), WireError> {
    if reader.rest().len() > MAX_PDU_LEN {
        return Err(reader.error("PDU", WireErrorKind::Limit { max: MAX_PDU_LEN }));
    }
    Ok(())
}

/// Reads the function code; the top bit, which marks an exception, is not shown.
#[inline]
pub(crate) fn read_function<V: Visit>(
    reader: &mut Reader<'_, V>,
) -> Result<FunctionCode, WireError> {
    let start = reader.offset();
    let [code] = reader.array("function")?;
    reader.show(start, "function", FunctionCode::new(code & 0x7F).shown());
    Ok(FunctionCode::new(code))
}
