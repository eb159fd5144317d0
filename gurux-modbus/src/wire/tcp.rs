//! A PDU on TCP or UDP: behind the MODBUS Application Protocol header.
//!
//! | octets | field |
//! |---|---|
//! | 2 | transaction identifier |
//! | 2 | protocol identifier, 0 |
//! | 2 | length: octets that follow, 2 to 254 |
//! | 1 | unit identifier |
//! | n | PDU |

use gurux_framing::mbap::{self, HEADER_LEN, MAX_LENGTH, MIN_LENGTH};
use gurux_framing::{Reader, Shown, Sink, Visit, Wire, WireError, WireErrorKind};

use super::UnitId;

/// What the MBAP header says beyond structure.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Mbap {
    /// The number that the client chose, and the server repeats.
    pub transaction: u16,
    /// The server.
    pub unit: UnitId,
}

/// A whole message on TCP or UDP; `P` is [`Request`](super::Request) or
/// [`Response`](super::Response).
///
/// ```
/// use gurux_framing::Wire;
/// use gurux_modbus::wire::{Response, tcp};
///
/// let octets = [0x15, 0x03, 0, 0, 0, 7, 0x11, 0x03, 0x04, 0x02, 0x2B, 0x00, 0x64];
/// let adu = tcp::Adu::<Response>::from_bytes(&octets)?;
/// assert_eq!((adu.mbap.transaction, adu.mbap.unit.code()), (0x1503, 0x11));
/// let Response::ReadHoldingRegisters(registers) = adu.pdu else { panic!() };
/// assert_eq!(registers.iter().map(u32::from).sum::<u32>(), 555 + 100);
///
/// let mut out = [0; 260];
/// let len = adu.emit_to_slice(&mut out)?;
/// assert_eq!(out[..len], octets);
/// # Ok::<(), gurux_framing::WireError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Adu<P> {
    /// The header.
    pub mbap: Mbap,
    /// The message.
    pub pdu: P,
}

impl<P> Adu<P> {
    /// `pdu` to or from `unit`, in the transaction of that number.
    #[must_use]
    #[inline]
    pub const fn new(transaction: u16, unit: UnitId, pdu: P) -> Self {
        Self { mbap: Mbap { transaction, unit }, pdu }
    }
}

impl<'a, P: Wire<'a>> Adu<P> {
    /// Reads a message whose length says one octet more than there is, as some gateways send it
    /// (pymodbus-dev/pymodbus#2303). The PDU must be whole.
    ///
    /// # Errors
    /// Those of [`from_bytes`](Wire::from_bytes); a right length is one too.
    pub fn from_short_bytes(octets: &'a [u8]) -> Result<Self, WireError> {
        Self::read_with(&mut Reader::new(octets), 1)
    }

    /// Reads a message of which `missing` octets are counted and not there.
    #[inline(always)]
    fn read_with<V: Visit>(reader: &mut Reader<'a, V>, missing: usize) -> Result<Self, WireError> {
        let start = reader.offset();
        let [t_high, t_low, p_high, p_low, l_high, l_low, unit] =
            reader.array::<HEADER_LEN>("MBAP header")?;
        let transaction = u16::from_be_bytes([t_high, t_low]);
        let protocol = u16::from_be_bytes([p_high, p_low]);
        let length = u16::from_be_bytes([l_high, l_low]);
        let mbap = Mbap { transaction, unit: UnitId::new(unit) };
        if V::ACTIVE {
            mbap.show(reader, start, protocol, length);
        }
        // A protocol that is not 0 makes this number more than any length: one look at both.
        let both = u32::from_be_bytes([p_high, p_low, l_high, l_low]);
        if !(MIN_LENGTH.into()..=MAX_LENGTH.into()).contains(&both) {
            return Err(header_fault(protocol, length).at(start));
        }
        // The unit identifier is counted, and taken already.
        let pdu_len = (both as usize).wrapping_sub(1).wrapping_sub(missing);
        let behind = reader.narrow(pdu_len, "PDU")?;
        let pdu = P::read(reader)?;
        reader.widen(behind, "PDU")?;
        Ok(Self { mbap, pdu })
    }
}

/// What is wrong with a header.
#[cold]
fn header_fault(protocol: u16, length: u16) -> WireError {
    if protocol != 0 {
        let kind = WireErrorKind::Code(protocol.into());
        return WireError::new(2, "protocol identifier", kind);
    }
    let (min, max) = (MIN_LENGTH.into(), MAX_LENGTH.into());
    WireError::new(4, "length", WireErrorKind::Range { found: length.into(), min, max })
}

impl Mbap {
    fn show<V: Visit>(&self, reader: &mut Reader<'_, V>, start: usize, protocol: u16, length: u16) {
        let at = |from: usize, to: usize| start.wrapping_add(from)..start.wrapping_add(to);
        reader.show_at(at(0, 2), "transaction", Shown::Unsigned(self.transaction.into()));
        reader.show_structure_at(at(2, 4), "protocol identifier", Shown::Unsigned(protocol.into()));
        reader.show_structure_at(at(4, 6), "length", Shown::Unsigned(length.into()));
        reader.show_at(at(6, 7), "unit", Shown::Unsigned(self.unit.code().into()));
    }
}

impl<'a, P: Wire<'a>> Wire<'a> for Adu<P> {
    #[inline(always)]
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        Self::read_with(reader, 0)
    }

    #[inline]
    fn emit(&self, out: &mut impl Sink) {
        let Mbap { transaction, unit } = self.mbap;
        out.put_array(mbap::header(transaction, unit.code(), self.pdu.wire_len()));
        self.pdu.emit(out);
    }

    #[inline]
    fn wire_len(&self) -> usize {
        self.pdu.wire_len().wrapping_add(HEADER_LEN)
    }
}
