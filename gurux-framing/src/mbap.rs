//! Modbus TCP: a PDU behind the MODBUS Application Protocol header.
//!
//! | octets | field |
//! |---|---|
//! | 2 | transaction identifier, chosen by the client, repeated by the server |
//! | 2 | protocol identifier, 0 |
//! | 2 | length: octets that follow, 2 to 254 |
//! | 1 | unit identifier |
//! | n | PDU: a function code and what belongs to it |
//!
//! There is no check sum. Where a stream has lost its place (a gateway that leaks the CRC of its
//! serial side, a length that lies), [`Mbap`] finds the next header by what it must look like.
//!
//! Source: MODBUS Messaging on TCP/IP Implementation Guide V1.0b, 3.1.3 (as known from its public
//! text), and the captures and issue reports named in the tests.

use crate::rtu::{PduLen, pdu_len};
use crate::{Deframe, Direction, Step, WireError, WireErrorKind};

/// Octets of the header, with the unit identifier.
pub const HEADER_LEN: usize = 7;

/// The longest frame: a header and a PDU of 253 octets.
pub const MAX_LEN: usize = 260;

/// The shortest frame: a header and a function code.
pub const MIN_LEN: usize = 8;

/// The least that the length field says.
pub const MIN_LENGTH: u16 = 2;

/// The most that the length field says.
pub const MAX_LENGTH: u16 = 254;

/// Octets in front that the length does not count.
const UNCOUNTED: usize = 6;

/// Writes the frame of a PDU to the front of `out` and says how many octets it took: seven more
/// than the PDU.
///
/// ```
/// use gurux_framing::mbap;
///
/// let mut out = [0; mbap::MAX_LEN];
/// let len = mbap::wrap(0x1503, 0x11, &[0x03, 0x00, 0x6B, 0x00, 0x03], &mut out)?;
/// assert_eq!(out[..len], [0x15, 0x03, 0, 0, 0, 6, 0x11, 0x03, 0x00, 0x6B, 0x00, 0x03]);
/// # Ok::<(), gurux_framing::WireError>(())
/// ```
///
/// # Errors
/// [`WireErrorKind::Limit`] if the frame is longer than `out` or than [`MAX_LEN`].
pub fn wrap(transaction: u16, unit: u8, pdu: &[u8], out: &mut [u8]) -> Result<usize, WireError> {
    let len = pdu.len().saturating_add(HEADER_LEN);
    let max = out.len().min(MAX_LEN);
    let limit = WireError::new(max, "frame", WireErrorKind::Limit { max });
    let room = if len > max { None } else { out.get_mut(..len) };
    let Some((header, body)) = room.and_then(<[u8]>::split_first_chunk_mut::<HEADER_LEN>) else {
        return Err(limit);
    };
    *header = self::header(transaction, unit, pdu.len());
    for (to, from) in body.iter_mut().zip(pdu) {
        *to = *from;
    }
    Ok(len)
}

/// The header of a PDU of at most 253 octets.
#[must_use]
#[inline]
pub const fn header(transaction: u16, unit: u8, pdu_len: usize) -> [u8; HEADER_LEN] {
    let [t_high, t_low] = transaction.to_be_bytes();
    let [l_high, l_low] = (pdu_len.wrapping_add(1) as u16).to_be_bytes();
    [t_high, t_low, 0, 0, l_high, l_low, unit]
}

/// Cuts Modbus TCP frames out of a stream.
///
/// ```
/// use gurux_framing::{Deframe, Step, mbap::Mbap};
///
/// let mut deframer = Mbap::new();
/// let stream = [0x15, 0x03, 0, 0, 0, 6, 0x11, 0x03, 0x00, 0x6B, 0x00, 0x03, 0x15];
/// assert_eq!(deframer.deframe(&stream), Step::Frame { frame: &stream[..12], used: 12 });
/// ```
#[derive(Clone, Copy, Default, Debug)]
pub struct Mbap {
    unit: Option<u8>,
    short: Option<Direction>,
}

impl Mbap {
    /// Takes every header for one whose protocol identifier is 0 and whose length is 2 to 254.
    #[must_use]
    pub const fn new() -> Self {
        Self { unit: None, short: None }
    }

    /// Takes only this unit identifier for one, so that the place is found again sooner.
    #[must_use]
    pub const fn with_unit(mut self, unit: Option<u8>) -> Self {
        self.unit = unit;
        self
    }

    /// Takes a frame that is one octet shorter than it says, when its PDU is whole and nothing
    /// follows (pymodbus-dev/pymodbus#2303). `direction` says how the PDU is to be read.
    #[must_use]
    pub const fn accepting_short(mut self, direction: Option<Direction>) -> Self {
        self.short = direction;
        self
    }

    /// What keeps these octets from beginning a frame, as far as they are there.
    fn fault(&self, buf: &[u8]) -> Option<WireError> {
        let protocol = [buf.get(2), buf.get(3)];
        for (at, octet) in (2..).zip(protocol) {
            if let Some(&found @ 1..) = octet {
                let kind = WireErrorKind::Code(found.into());
                return Some(WireError::new(at, "protocol identifier", kind));
            }
        }
        if let Some([high, low]) = buf.get(4..6) {
            let found = u16::from_be_bytes([*high, *low]);
            if !(MIN_LENGTH..=MAX_LENGTH).contains(&found) {
                let (min, max) = (MIN_LENGTH.into(), MAX_LENGTH.into());
                let kind = WireErrorKind::Range { found: found.into(), min, max };
                return Some(WireError::new(4, "length", kind));
            }
        }
        match (self.unit, buf.get(6)) {
            (Some(expected), Some(found)) if expected != *found => {
                let kind = WireErrorKind::Code((*found).into());
                Some(WireError::new(6, "unit identifier", kind))
            }
            _ => None,
        }
    }
}

impl Deframe for Mbap {
    fn deframe<'b>(&mut self, buf: &'b [u8]) -> Step<'b> {
        if let Some(why) = self.fault(buf) {
            // On to the next place where a header could be.
            let mut used = 1_usize;
            while let Some(rest @ [_, ..]) = buf.get(used..)
                && self.fault(rest).is_some()
            {
                used = used.saturating_add(1);
            }
            return Step::Skip { used, why };
        }
        let Some([high, low]) = buf.get(4..6) else {
            return Step::NeedMore { at_least: MIN_LEN };
        };
        let len = usize::from(u16::from_be_bytes([*high, *low])).saturating_add(UNCOUNTED);
        match buf.get(..len) {
            Some(frame) => Step::Frame { frame, used: len },
            None => Step::NeedMore { at_least: len },
        }
    }

    fn finish<'b>(&mut self, buf: &'b [u8]) -> Step<'b> {
        let at_least = match self.deframe(buf) {
            Step::NeedMore { at_least } if !buf.is_empty() => at_least,
            step => return step,
        };
        let pdu = buf.get(HEADER_LEN..).unwrap_or_default();
        if let Some(direction) = self.short
            && buf.len().saturating_add(1) == at_least
            && pdu_len(&[], direction, pdu) == PduLen::Known(pdu.len())
        {
            return Step::Frame { frame: buf, used: buf.len() };
        }
        let kind = WireErrorKind::Truncated { needed: at_least, available: buf.len() };
        Step::Skip { used: 1, why: WireError::new(0, "frame", kind) }
    }

    fn reset(&mut self) {}

    fn max_len(&self) -> usize {
        MAX_LEN
    }
}
