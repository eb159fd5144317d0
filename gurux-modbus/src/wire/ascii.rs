//! A PDU on a serial line in ASCII mode.
//!
//! [`gurux_framing::ascii::Ascii`] cuts the text out of a stream. As each octet is two characters,
//! a message is opened into a buffer of the caller's, and borrows from that.

use gurux_framing::ascii::{self, MAX_PDU_LEN};
use gurux_framing::{Reader, SliceSink, Visit, Wire, WireError, WireErrorKind};

use super::UnitId;

/// Room for the octets of any frame: a unit and a PDU.
pub const OCTETS_LEN: usize = MAX_PDU_LEN + 1;

/// A whole message in ASCII mode; `P` is [`Request`](super::Request) or
/// [`Response`](super::Response).
///
/// ```
/// use gurux_framing::ascii::{LF, MAX_LEN};
/// use gurux_modbus::wire::{Request, Span, ascii};
///
/// let mut octets = [0; ascii::OCTETS_LEN];
/// let adu = ascii::Adu::<Request>::from_text(b":1103006B00037E\r\n", &mut octets)?;
/// assert_eq!(adu.pdu, Request::ReadHoldingRegisters(Span::new(0x6B, 3)?));
///
/// let mut out = [0; MAX_LEN];
/// let len = adu.emit_text(LF, &mut out)?;
/// assert_eq!(&out[..len], b":1103006B00037E\r\n");
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
    pub const fn new(unit: UnitId, pdu: P) -> Self {
        Self { unit, pdu }
    }
}

impl<'o, P: Wire<'o>> Adu<P> {
    /// Opens a frame, from its colon to its end, into `octets`.
    ///
    /// # Errors
    /// Those of [`gurux_framing::ascii::unwrap`], and those of the PDU, whose offsets count
    /// characters of the frame.
    pub fn from_text(frame: &[u8], octets: &'o mut [u8]) -> Result<Self, WireError> {
        Self::explain_text(frame, octets, ())
    }

    /// Opens a frame and tells `visitor` of each field. Ranges count octets, as if the frame's
    /// digits were the octets that they stand for and the colon were none.
    ///
    /// # Errors
    /// Those of [`from_text`](Self::from_text).
    pub fn explain_text<V: Visit>(
        frame: &[u8],
        octets: &'o mut [u8],
        visitor: V,
    ) -> Result<Self, WireError> {
        let octets: &'o [u8] = ascii::unwrap(frame, octets)?;
        let mut reader = Reader::explaining(octets, 0, visitor);
        let read = |reader: &mut Reader<'o, V>| {
            let unit = UnitId::new(reader.u8("unit")?);
            let pdu = P::read(reader)?;
            reader.finish("PDU")?;
            Ok(Self { unit, pdu })
        };
        read(&mut reader).map_err(|error: WireError| WireError {
            // Two characters for each octet, behind the colon.
            offset: error.offset.saturating_mul(2).saturating_add(1),
            ..error
        })
    }

    /// Writes the frame to the front of `out`, ended by CR and `delimiter`, and says how many
    /// characters it took.
    ///
    /// # Errors
    /// [`WireErrorKind::Limit`] if `out` is shorter than [`text_len`](Self::text_len).
    pub fn emit_text(&self, delimiter: u8, out: &mut [u8]) -> Result<usize, WireError> {
        let mut pdu = [0; MAX_PDU_LEN];
        let mut sink = SliceSink::new(&mut pdu);
        self.pdu.emit(&mut sink);
        let len = sink.written();
        let Some(pdu) = pdu.get(..len) else {
            let kind = WireErrorKind::Limit { max: MAX_PDU_LEN };
            return Err(WireError::new(0, "PDU", kind));
        };
        ascii::wrap(self.unit.code(), pdu, delimiter, out)
    }

    /// Characters that [`emit_text`](Self::emit_text) writes.
    #[must_use]
    pub fn text_len(&self) -> usize {
        ascii::frame_len(self.pdu.wire_len())
    }
}
