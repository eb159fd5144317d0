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

    /// Where no whole frame begins: how much is missing, or where a header could be.
    #[cold]
    fn search<'b>(&self, buf: &'b [u8]) -> Step<'b> {
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
        let at_least = match buf.get(4..6) {
            Some([high, low]) => {
                usize::from(u16::from_be_bytes([*high, *low])).saturating_add(UNCOUNTED)
            }
            _ => MIN_LEN,
        };
        Step::NeedMore { at_least }
    }
}

impl Deframe for Mbap {
    #[inline]
    fn deframe<'b>(&mut self, buf: &'b [u8]) -> Step<'b> {
        // The usual case: a whole frame. A protocol that is not 0 makes `both` more than any length.
        if let [_, _, p_high, p_low, l_high, l_low, unit, ..] = *buf {
            let both = u32::from_be_bytes([p_high, p_low, l_high, l_low]);
            let len = (both as usize).wrapping_add(UNCOUNTED);
            if (MIN_LENGTH.into()..=MAX_LENGTH.into()).contains(&both)
                && self.unit.is_none_or(|expected| expected == unit)
                && let Some(frame) = buf.get(..len)
            {
                return Step::Frame { frame, used: len };
            }
        }
        self.search(buf)
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

#[cfg(test)]
mod tests {
    use std::string::{String, ToString};
    use std::vec::Vec;

    use super::{MAX_LEN, Mbap, wrap};
    use crate::{Deframe, Direction, Step};

    fn frame(transaction: u16, unit: u8, pdu: &[u8]) -> Vec<u8> {
        let mut out = [0; MAX_LEN];
        let len = wrap(transaction, unit, pdu, &mut out).unwrap();
        out[..len].to_vec()
    }

    /// The frames of a stream that comes in pieces of this length, and how many octets are none.
    fn frames(mut mbap: Mbap, stream: &[u8], piece_len: usize) -> (Vec<Vec<u8>>, usize) {
        let (mut found, mut dropped, mut start, mut end) = (Vec::new(), 0, 0, 0);
        while start < stream.len() {
            let step = if end < stream.len() {
                mbap.deframe(&stream[start..end])
            } else {
                mbap.finish(&stream[start..])
            };
            match step {
                Step::NeedMore { at_least } => {
                    assert!(at_least > end - start && at_least <= MAX_LEN);
                    end = stream.len().min(end + piece_len);
                }
                Step::Frame { frame, used } => {
                    found.push(frame.to_vec());
                    start += used;
                }
                Step::Skip { used, .. } => {
                    assert!(used > 0 && used <= end - start);
                    dropped += used;
                    start += used;
                }
            }
        }
        (found, dropped)
    }

    #[test]
    fn octets_leaked_between_frames_are_dropped_and_no_more() {
        let (one, two) = (frame(1, 1, &[3, 2, 0x11, 0x11]), frame(0x0100, 1, &[3, 2, 0x22, 0x22]));
        for leak in [&[0x3F, 0x1A][..], &[0], &[0, 0], &[1, 0, 0, 0], &[0xFF; 40], &[3, 2, 0, 1]] {
            let stream = [&one, leak, &two[..], leak, &one].concat();
            for piece_len in 1..stream.len() {
                let (found, dropped) = frames(Mbap::new(), &stream, piece_len);
                assert_eq!(found, [&one[..], &two, &one], "{leak:?}");
                assert_eq!(dropped, 2 * leak.len(), "{leak:?}");
            }
        }
    }

    #[test]
    fn a_known_unit_finds_the_place_again_sooner() {
        let good = frame(2, 1, &[3, 2, 0x22, 0x22]);
        // What leaks reads as a header of a long frame to unit 9.
        let stream = [&[0, 7, 0, 0, 0, 0xC8, 9][..], &good].concat();
        assert!(matches!(Mbap::new().deframe(&stream), Step::NeedMore { at_least: 206 }));
        let mut mbap = Mbap::new().with_unit(Some(1));
        let Step::Skip { used: 7, .. } = mbap.deframe(&stream) else { panic!() };
        assert_eq!(mbap.deframe(&good), Step::Frame { frame: &good, used: good.len() });
    }

    #[test]
    fn a_length_that_lies_does_not_stop_the_stream() {
        let good = frame(2, 1, &[3, 2, 0x22, 0x22]);
        for length in [[0, 0], [0, 1], [0, 0xFF], [0xFF, 0xFF]] {
            let mut bad = good.clone();
            bad[4..6].copy_from_slice(&length);
            let stream = [&bad[..], &good].concat();
            assert_eq!(frames(Mbap::new(), &stream, 1).0, [&good[..]], "{length:?}");
        }
        // One that claims more than is there swallows what it claims, until silence tells.
        let mut bad = good.clone();
        bad[5] = 0xFE;
        assert_eq!(frames(Mbap::new(), &[&bad[..], &good].concat(), 5).0, [&good[..]]);
    }

    #[test]
    fn a_length_one_too_long_is_taken_if_asked_for_and_nothing_follows() {
        let short = [0, 1, 0, 0, 0, 6, 1, 3, 2, 0x39, 2];
        let lenient = || Mbap::new().accepting_short(Some(Direction::Response));
        assert!(matches!(lenient().deframe(&short), Step::NeedMore { at_least: 12 }));
        assert_eq!(lenient().finish(&short), Step::Frame { frame: &short, used: 11 });
        assert!(matches!(Mbap::new().finish(&short), Step::Skip { .. }));
        // The PDU must be whole.
        assert!(matches!(lenient().finish(&short[..10]), Step::Skip { .. }));
    }

    #[test]
    fn every_fault_is_told() {
        let why = |octets: &[u8]| -> String {
            match Mbap::new().with_unit(Some(1)).finish(octets) {
                Step::Skip { why, .. } => why.to_string(),
                step => panic!("{step:?}"),
            }
        };
        let protocol = "octet 3, protocol identifier: code 0x12 cannot stand here";
        assert_eq!(why(&[0, 5, 0, 0x12]), protocol);
        assert_eq!(why(&[0, 5, 0, 0, 0, 1, 1]), "octet 4, length: 1 is not within 2 to 254");
        assert_eq!(
            why(&[0, 5, 0, 0, 0, 6, 2]),
            "octet 6, unit identifier: code 0x02 cannot stand here"
        );
        assert_eq!(why(&[0, 5, 0, 0, 0, 6]), "octet 0, frame: 12 octets needed, 6 octets are left");
        assert!(wrap(1, 1, &[3; 254], &mut [0; 300]).is_err());
        assert!(wrap(1, 1, &[3; 5], &mut [0; 11]).is_err());
    }
}
