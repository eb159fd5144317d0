//! [`Span`]: which coils or registers a request asks for.

use gurux_framing::{Reader, Sink, Visit, Wire, WireError, WireErrorKind};

use crate::Error;
use crate::error::check_quantity;

/// Which items a request reads: the address of the first, counted from 0, and how many, from 1 to
/// `MAX`.
///
/// | octets | field |
/// |---|---|
/// | 2 | starting address |
/// | 2 | quantity |
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Span<const MAX: u16> {
    address: u16,
    count: u16,
}

/// A span of coils or discrete inputs (V1.1b3, 6.1 and 6.2: 1 to 2000).
pub type BitSpan = Span<2000>;

/// A span of holding or input registers (V1.1b3, 6.3 and 6.4: 1 to 125).
pub type RegisterSpan = Span<125>;

impl<const MAX: u16> Span<MAX> {
    /// The most items that one request may ask for.
    pub const MAX: u16 = MAX;

    /// `count` items from `address` on.
    ///
    /// A span may run past address 65535: such a request has a right form, and the server refuses
    /// it by [`ILLEGAL_DATA_ADDRESS`](super::ExceptionCode::ILLEGAL_DATA_ADDRESS).
    ///
    /// # Errors
    /// [`Error::Quantity`] if `count` is 0 or more than `MAX`.
    pub const fn new(address: u16, count: u16) -> Result<Self, Error> {
        match check_quantity("items", count as usize, 1, MAX as usize) {
            Ok(()) => Ok(Self { address, count }),
            Err(error) => Err(error),
        }
    }

    /// The address of the first item, counted from 0.
    #[must_use]
    #[inline]
    pub const fn address(&self) -> u16 {
        self.address
    }

    /// How many items, 1 to `MAX`.
    #[must_use]
    #[inline]
    pub const fn count(&self) -> u16 {
        self.count
    }

    /// Reads a span whose fields are not called "address" and "count".
    #[inline]
    pub(crate) fn read_named<V: Visit>(
        reader: &mut Reader<'_, V>,
        address: &'static str,
        count: &'static str,
    ) -> Result<Self, WireError> {
        Ok(Self { address: reader.u16(address)?, count: read_quantity(reader, count, MAX)? })
    }
}

impl<'a, const MAX: u16> Wire<'a> for Span<MAX> {
    #[inline]
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        Self::read_named(reader, "address", "count")
    }

    #[inline]
    fn emit(&self, out: &mut impl Sink) {
        out.put_u16(self.address);
        out.put_u16(self.count);
    }

    #[inline]
    fn wire_len(&self) -> usize {
        4
    }
}

/// Asks for the fields before the data, `len` octets, to be there before what they say is judged.
#[inline]
pub(crate) fn check_head<V: Visit>(reader: &Reader<'_, V>, len: usize) -> Result<(), WireError> {
    let available = reader.rest().len();
    if available < len {
        let kind = WireErrorKind::Truncated { needed: len, available };
        return Err(fault("request", kind).at(reader.offset()));
    }
    Ok(())
}

/// Reads how many items a request is about, from 1 to `max`.
#[inline]
pub(crate) fn read_quantity<V: Visit>(
    reader: &mut Reader<'_, V>,
    what: &'static str,
    max: u16,
) -> Result<u16, WireError> {
    let start = reader.offset();
    let count = reader.u16(what)?;
    if count == 0 || count > max {
        return Err(quantity_error(what, count, max).at(start));
    }
    Ok(count)
}

#[cold]
fn quantity_error(what: &'static str, count: u16, max: u16) -> WireError {
    let kind = WireErrorKind::Range { found: count.into(), min: 1, max: max.into() };
    WireError::new(0, what, kind)
}

/// Reads the octet that says how many octets are left, which must be so.
///
/// A PDU has no length of its own: the frame around it ends it, and this octet must agree.
#[inline]
pub(crate) fn read_byte_count<V: Visit>(reader: &mut Reader<'_, V>) -> Result<usize, WireError> {
    let declared = usize::from(reader.structure_u8("byte count")?);
    let available = reader.rest().len();
    if declared != available {
        return Err(byte_count_error(reader, WireErrorKind::Length { declared, available }));
    }
    Ok(declared)
}

/// An error at the byte count, which is the octet just taken.
#[inline]
pub(crate) fn byte_count_error<V: Visit>(reader: &Reader<'_, V>, kind: WireErrorKind) -> WireError {
    fault("byte count", kind).at(reader.offset().wrapping_sub(1))
}

#[cold]
fn fault(what: &'static str, kind: WireErrorKind) -> WireError {
    WireError::new(0, what, kind)
}

/// Reads a byte count that must be what `count` items take.
#[inline]
pub(crate) fn read_byte_count_of<V: Visit>(
    reader: &mut Reader<'_, V>,
    expected: usize,
) -> Result<(), WireError> {
    let declared = read_byte_count(reader)?;
    if declared != expected {
        let kind = WireErrorKind::Length { declared, available: expected };
        return Err(byte_count_error(reader, kind));
    }
    Ok(())
}
