//! A PDU on a serial line in RTU mode, or in RTU frames over TCP.
//!
//! | octets | field |
//! |---|---|
//! | 1 | unit |
//! | n | PDU |
//! | 2 | CRC, low octet first |
//!
//! A frame has no length of its own: [`gurux_framing::rtu::Rtu`] cuts it out of a stream.

use gurux_framing::checksum::modbus_just_written;
use gurux_framing::rtu::{MIN_LEN, OVERHEAD, crc};
use gurux_framing::{Reader, Shown, Sink, SliceSink, Visit, Wire, WireError, WireErrorKind};

use super::UnitId;

/// Up to here a sum is taken octet by octet while it is written: most requests are shorter.
const SHORT: usize = 8;

/// A whole message in RTU mode; `P` is [`Request`](super::Request) or
/// [`Response`](super::Response).
///
/// ```
/// use gurux_framing::Wire;
/// use gurux_modbus::wire::{Request, Span, UnitId, rtu};
///
/// let pdu = Request::ReadHoldingRegisters(Span::new(0x6B, 3)?);
/// let adu = rtu::Adu { unit: UnitId::new(0x11), pdu };
/// let mut out = [0; 256];
/// let len = adu.emit_to_slice(&mut out)?;
/// assert_eq!(out[..len], [0x11, 0x03, 0x00, 0x6B, 0x00, 0x03, 0x76, 0x87]);
/// assert_eq!(rtu::Adu::from_bytes(&out[..len])?, adu);
/// # Ok::<(), gurux_modbus::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Adu<P> {
    /// The server, or [`UnitId::BROADCAST`].
    pub unit: UnitId,
    /// The message.
    pub pdu: P,
}

impl<P> Adu<P> {
    /// `pdu` to or from `unit`.
    #[must_use]
    #[inline]
    pub const fn new(unit: UnitId, pdu: P) -> Self {
        Self { unit, pdu }
    }
}

impl<'a, P: Wire<'a>> Adu<P> {
    /// Reads a message without its CRC: an exception as some devices send it
    /// (slowtec/tokio-modbus#60).
    ///
    /// # Errors
    /// Those of the PDU.
    pub fn from_bare_bytes(octets: &'a [u8]) -> Result<Self, WireError> {
        let mut reader = Reader::new(octets);
        let adu = Self::read_bare(&mut reader)?;
        reader.finish("PDU")?;
        Ok(adu)
    }

    #[inline(always)]
    fn read_bare<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        let unit = UnitId::new(reader.u8("unit")?);
        Ok(Self { unit, pdu: P::read(reader)? })
    }
}

#[cold]
fn truncated(available: usize) -> WireError {
    WireError::new(0, "frame", WireErrorKind::Truncated { needed: MIN_LEN, available })
}

#[cold]
fn crc_fault(expected: u16, found: u16) -> WireError {
    let kind = WireErrorKind::Checksum { expected: expected.into(), found: found.into() };
    WireError::new(0, "CRC", kind)
}

impl<'a, P: Wire<'a>> Wire<'a> for Adu<P> {
    #[inline(always)]
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        let start = reader.offset();
        let available = reader.rest().len();
        let (covered, stored) = match reader.rest().split_last_chunk::<2>() {
            Some((covered @ [_, _, ..], stored)) => (covered, stored),
            _ => {
                return Err(truncated(available).at(start));
            }
        };
        let (expected, found) = (crc(covered), u16::from_le_bytes(*stored));
        if expected != found {
            return Err(crc_fault(expected, found).at(start.wrapping_add(covered.len())));
        }
        let behind = reader.narrow(covered.len(), "PDU")?;
        let adu = Self::read_bare(reader)?;
        reader.widen(behind, "PDU")?;
        let start = reader.offset();
        reader.array::<2>("CRC")?;
        reader.show_structure(start, "CRC", Shown::Unsigned(found.into()));
        Ok(adu)
    }

    #[inline]
    fn emit(&self, out: &mut impl Sink) {
        let body_len = self.pdu.wire_len().wrapping_add(1);
        let room = out.claim(body_len.wrapping_add(2));
        let Some((body, stored)) = room.split_at_mut_checked(body_len) else { return };
        let mut sink = SliceSink::new(body);
        sink.put_u8(self.unit.code());
        self.pdu.emit(&mut sink);
        if let Some(stored) = stored.first_chunk_mut() {
            let sum = if body.len() < SHORT { modbus_just_written(body) } else { crc(body) };
            *stored = sum.to_le_bytes();
        }
    }

    #[inline]
    fn wire_len(&self) -> usize {
        self.pdu.wire_len().wrapping_add(OVERHEAD)
    }
}
