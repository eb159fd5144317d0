//! [`Adu`]: a message with its frame on and off.

use gurux_framing::{Sink, WireError, WireErrorKind, ascii, mbap, rtu};

use super::Framing;
use crate::wire::{MAX_PDU_LEN, UnitId};

/// An opened message: who is spoken to or speaks, and what is said.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Adu<'a> {
    /// The MBAP transaction identifier; 0 where there is none.
    pub(super) transaction: u16,
    pub(super) unit: UnitId,
    pub(super) pdu: &'a [u8],
}

/// An RTU exception that lacks its CRC has unit, function code and exception code.
const BARE_EXCEPTION_LEN: usize = 3;

/// How many octets the message of a PDU has.
pub(super) const fn len(framing: Framing, pdu_len: usize) -> usize {
    match framing {
        Framing::Rtu | Framing::RtuOverTcp => pdu_len.saturating_add(rtu::OVERHEAD),
        Framing::Ascii | Framing::AsciiOverTcp => ascii::frame_len(pdu_len),
        Framing::Tcp | Framing::Udp => pdu_len.saturating_add(mbap::HEADER_LEN),
    }
}

/// Writes the message of a PDU; ASCII messages end by CR and `delimiter`.
#[inline]
pub(super) fn emit(framing: Framing, delimiter: u8, adu: &Adu<'_>, out: &mut impl Sink) {
    let unit = adu.unit.code();
    if framing.is_numbered() {
        out.put_array(mbap::header(adu.transaction, unit, adu.pdu.len()));
        return out.put(adu.pdu);
    }
    let room = out.claim(len(framing, adu.pdu.len()));
    // It fits: a `Pdu` has at most 253 octets, and the room was made for it.
    let _ = match framing {
        Framing::Ascii | Framing::AsciiOverTcp => ascii::wrap(unit, adu.pdu, delimiter, room),
        _ => rtu::wrap(unit, adu.pdu, room),
    };
}

/// Opens a message that a deframer found, and hands it on.
#[inline]
pub(super) fn open<R>(
    framing: Framing,
    frame: &[u8],
    take: impl FnOnce(Result<Adu<'_>, WireError>) -> R,
) -> R {
    match framing {
        Framing::Rtu | Framing::RtuOverTcp => {
            let body = match frame.len() {
                BARE_EXCEPTION_LEN => frame,
                _ => frame.get(..frame.len().saturating_sub(2)).unwrap_or_default(),
            };
            take(unnumbered(body))
        }
        Framing::Ascii | Framing::AsciiOverTcp => {
            let mut room = [0; MAX_PDU_LEN + 2];
            take(ascii::unwrap(frame, &mut room).and_then(unnumbered))
        }
        Framing::Tcp | Framing::Udp => take(match frame {
            &[high, low, _, _, _, _, unit, ref pdu @ ..] if !pdu.is_empty() => Ok(Adu {
                transaction: u16::from_be_bytes([high, low]),
                unit: UnitId::new(unit),
                pdu,
            }),
            _ => Err(NO_PDU),
        }),
    }
}

/// Opens what has the unit in front and no number.
fn unnumbered(body: &[u8]) -> Result<Adu<'_>, WireError> {
    match body {
        [unit, pdu @ ..] if !pdu.is_empty() => {
            Ok(Adu { transaction: 0, unit: UnitId::new(*unit), pdu })
        }
        _ => Err(NO_PDU),
    }
}

/// No deframer finds such a message.
const NO_PDU: WireError =
    WireError::new(0, "message", WireErrorKind::Expected("a unit and a function"));

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    #[test]
    fn a_message_opens_to_what_was_closed() {
        for &framing in Framing::ALL {
            let numbered = framing.is_numbered();
            for pdu in [&[0x11][..], &[0x03, 1, 2, 3, 4], &[0x41; MAX_PDU_LEN]] {
                let transaction = if numbered { 0x1234 } else { 0 };
                let adu = Adu { transaction, unit: UnitId::new(17), pdu };
                let mut out = Vec::new();
                emit(framing, ascii::LF, &adu, &mut out);
                assert_eq!(out.len(), len(framing, pdu.len()));
                open(framing, &out, |found| assert_eq!(found, Ok(adu), "{framing}"));
            }
            open(framing, &[], |found| assert!(found.is_err()));
        }
    }
}
