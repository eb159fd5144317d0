//! Modbus ASCII: octets as pairs of hexadecimal digits between a colon and a line end.
//!
//! | characters | field |
//! |---|---|
//! | 1 | `:` |
//! | 2 | unit |
//! | 2 for each octet | PDU: a function code and what belongs to it |
//! | 2 | LRC: the two's complement of the sum of all octets before |
//! | 2 | CR, and LF or whatever the line's end character is |
//!
//! A colon begins a frame wherever it stands; a frame that it interrupts is dropped. The last
//! character is LF until a client changes it (diagnostics, sub-function 3).
//!
//! Source: MODBUS over Serial Line V1.02, 2.5.2 (as known from its public text), and the captures
//! and issue reports named in the tests.

use crate::{Deframe, Step, WireError, WireErrorKind};

/// The longest frame, in characters (MODBUS over Serial Line V1.02, 2.5.2: 2 x 252 of data).
pub const MAX_LEN: usize = 513;

/// The shortest frame: a unit and a function code.
pub const MIN_LEN: usize = frame_len(1);

/// The longest PDU that fits.
pub const MAX_PDU_LEN: usize = (MAX_LEN - frame_len(0)) / 2;

/// The last character, until a client changes it.
pub const LF: u8 = b'\n';

const CR: u8 = b'\r';
const COLON: u8 = b':';

/// Characters in the frame of a PDU of so many octets.
#[must_use]
pub const fn frame_len(pdu_len: usize) -> usize {
    pdu_len.saturating_add(2).saturating_mul(2).saturating_add(3)
}

/// Writes the frame of a PDU to the front of `out`, ended by CR and `delimiter` ([`LF`] unless
/// that was changed), and says how many characters it took.
///
/// ```
/// use gurux_framing::ascii;
///
/// let mut out = [0; ascii::MAX_LEN];
/// let len = ascii::wrap(0x11, &[0x03, 0x00, 0x6B, 0x00, 0x03], ascii::LF, &mut out)?;
/// assert_eq!(&out[..len], b":1103006B00037E\r\n");
/// # Ok::<(), gurux_framing::WireError>(())
/// ```
///
/// # Errors
/// [`WireErrorKind::Limit`] if the frame is longer than `out` or than [`MAX_LEN`].
pub fn wrap(unit: u8, pdu: &[u8], delimiter: u8, out: &mut [u8]) -> Result<usize, WireError> {
    let len = frame_len(pdu.len());
    let max = out.len().min(MAX_LEN);
    let limit = WireError::new(max, "frame", WireErrorKind::Limit { max });
    let room = if len > max { None } else { out.get_mut(..len) };
    let Some(([colon, text @ ..], end)) = room.and_then(<[u8]>::split_last_chunk_mut::<2>) else {
        return Err(limit);
    };
    *colon = COLON;
    *end = [CR, delimiter];
    let octets = core::iter::once(unit).chain(pdu.iter().copied());
    let lrc = octets.clone().fold(0_u8, u8::wrapping_sub);
    for (pair, octet) in text.as_chunks_mut::<2>().0.iter_mut().zip(octets.chain([lrc])) {
        *pair = [digit(octet >> 4), digit(octet & 0x0F)];
    }
    Ok(len)
}

const fn digit(nibble: u8) -> u8 {
    match nibble {
        0..=9 => b'0'.wrapping_add(nibble),
        _ => (b'A' - 10).wrapping_add(nibble),
    }
}

const fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit.wrapping_sub(b'0')),
        b'A'..=b'F' => Some(digit.wrapping_sub(b'A' - 10)),
        // The standard writes capitals; some devices do not.
        b'a'..=b'f' => Some(digit.wrapping_sub(b'a' - 10)),
        _ => None,
    }
}

/// The octets of a frame: unit, PDU and LRC, from the characters between the colon and the end.
///
/// # Errors
/// [`WireErrorKind::Expected`] where the text is no frame: no colon, an odd number of digits, a
/// character that is no digit, or too few octets.
fn octets(frame: &[u8]) -> Result<impl Iterator<Item = u8> + Clone, WireError> {
    let expected = |at: usize, what| WireError::new(at, "frame", WireErrorKind::Expected(what));
    let Some(([COLON, text @ ..], _)) = frame.split_last_chunk::<2>() else {
        return Err(expected(0, "a colon"));
    };
    if let Some(at) = text.iter().position(|character| nibble(*character).is_none()) {
        return Err(expected(at.saturating_add(1), "a hexadecimal digit"));
    }
    let (pairs, odd) = text.as_chunks::<2>();
    if !odd.is_empty() {
        return Err(expected(text.len(), "a pair of digits"));
    }
    if pairs.len() < 3 {
        return Err(expected(text.len().saturating_add(1), "a unit, a function code and an LRC"));
    }
    Ok(pairs.iter().map(|[high, low]| {
        nibble(*high).unwrap_or_default() << 4 | nibble(*low).unwrap_or_default()
    }))
}

/// Opens a frame into `out`: the unit and the PDU, its LRC proven.
///
/// ```
/// use gurux_framing::ascii;
///
/// let mut out = [0; 255];
/// let octets = ascii::unwrap(b":1103006B00037E\r\n", &mut out)?;
/// assert_eq!(octets, [0x11, 0x03, 0x00, 0x6B, 0x00, 0x03]);
/// # Ok::<(), gurux_framing::WireError>(())
/// ```
///
/// # Errors
/// [`WireErrorKind::Expected`] where the text is no frame, [`WireErrorKind::Checksum`], and
/// [`WireErrorKind::Limit`] if `out` is too short. Offsets count characters of the frame.
pub fn unwrap<'o>(frame: &[u8], out: &'o mut [u8]) -> Result<&'o [u8], WireError> {
    let octets = octets(frame)?;
    check(frame, octets.clone())?;
    let max = out.len();
    // Three octets at least, so there is a unit, a function code and an LRC.
    let len = octets.clone().count().saturating_sub(1);
    let Some(room) = out.get_mut(..len) else {
        return Err(WireError::new(0, "frame", WireErrorKind::Limit { max }));
    };
    for (to, octet) in room.iter_mut().zip(octets) {
        *to = octet;
    }
    Ok(room)
}

fn check(frame: &[u8], octets: impl Iterator<Item = u8>) -> Result<(), WireError> {
    let (sum, found) =
        octets.fold((0_u8, 0_u8), |(sum, _), octet| (sum.wrapping_add(octet), octet));
    if sum == 0 {
        return Ok(());
    }
    let expected = found.wrapping_sub(sum);
    let kind = WireErrorKind::Checksum { expected: expected.into(), found: found.into() };
    Err(WireError::new(frame.len().saturating_sub(4), "LRC", kind))
}

/// Cuts ASCII frames out of a stream.
///
/// ```
/// use gurux_framing::{Deframe, Step, ascii::Ascii};
///
/// let mut deframer = Ascii::new();
/// // A frame that was broken off, and the one that followed.
/// let Step::Skip { used: 5, .. } = deframer.deframe(b":1103:1103006B00037E\r\n") else { panic!() };
/// let Step::Frame { frame, .. } = deframer.deframe(b":1103006B00037E\r\n") else { panic!() };
/// assert_eq!(frame.len(), 17);
/// ```
#[derive(Clone, Debug)]
pub struct Ascii {
    delimiter: u8,
    /// Characters in front that hold neither an end nor another colon; the first is a colon.
    scanned: usize,
}

impl Ascii {
    /// Frames that end by CR LF.
    #[must_use]
    pub const fn new() -> Self {
        Self::with_delimiter(LF)
    }

    /// Frames that end by CR and `delimiter`.
    #[must_use]
    pub const fn with_delimiter(delimiter: u8) -> Self {
        Self { delimiter, scanned: 0 }
    }

    /// Ends frames by CR and `delimiter` from now on (diagnostics, sub-function 3).
    pub const fn set_delimiter(&mut self, delimiter: u8) {
        self.delimiter = delimiter;
        self.scanned = 0;
    }

    fn skip<'b>(&mut self, used: usize, at: usize, kind: WireErrorKind) -> Step<'b> {
        self.scanned = 0;
        Step::Skip { used: used.max(1), why: WireError::new(at, "frame", kind) }
    }
}

impl Default for Ascii {
    fn default() -> Self {
        Self::new()
    }
}

impl Deframe for Ascii {
    fn deframe<'b>(&mut self, buf: &'b [u8]) -> Step<'b> {
        match buf.first() {
            None => return Step::NeedMore { at_least: MIN_LEN },
            Some(&COLON) => {}
            Some(_) => {
                let used = buf.iter().position(|octet| *octet == COLON).unwrap_or(buf.len());
                return self.skip(used, 0, WireErrorKind::Expected("a colon"));
            }
        }
        let mut at = self.scanned.max(1);
        let mut last = buf.get(at.saturating_sub(1)).copied();
        for &character in buf.get(at..).unwrap_or_default() {
            let next = at.saturating_add(1);
            if last == Some(CR) && character == self.delimiter {
                let frame = buf.get(..next).unwrap_or(buf);
                self.scanned = 0;
                return match octets(frame).and_then(|octets| check(frame, octets)) {
                    Ok(()) => Step::Frame { frame, used: next },
                    // There is no colon behind the first, so nothing in it begins a frame.
                    Err(why) => Step::Skip { used: next, why },
                };
            }
            if character == COLON {
                return self.skip(at, at, WireErrorKind::Expected("the end of the frame"));
            }
            if last == Some(CR) || nibble(character).is_none() && character != CR {
                return self.skip(next, at, WireErrorKind::Expected("a hexadecimal digit"));
            }
            if next >= MAX_LEN {
                return self.skip(next, 0, WireErrorKind::Limit { max: MAX_LEN });
            }
            last = Some(character);
            at = next;
        }
        self.scanned = at;
        Step::NeedMore { at_least: at.saturating_add(1).max(MIN_LEN) }
    }

    fn finish<'b>(&mut self, buf: &'b [u8]) -> Step<'b> {
        match self.deframe(buf) {
            // What is there holds no other colon: none of it begins a frame.
            Step::NeedMore { at_least } if !buf.is_empty() => {
                let kind = WireErrorKind::Truncated { needed: at_least, available: buf.len() };
                self.skip(buf.len(), 0, kind)
            }
            step => step,
        }
    }

    fn reset(&mut self) {
        self.scanned = 0;
    }

    fn max_len(&self) -> usize {
        MAX_LEN
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;
    use std::vec::Vec;

    use proptest::collection::vec;
    use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};

    use super::{Ascii, LF, MAX_LEN, MAX_PDU_LEN, unwrap, wrap};
    use crate::{Deframe, Step};

    const FRAME: &[u8] = b":1103006B00037E\r\n";

    fn frames(mut deframer: Ascii, capture: &[u8]) -> Vec<Vec<u8>> {
        let (mut rest, mut found) = (capture, Vec::new());
        while !rest.is_empty() {
            let used = match deframer.finish(rest) {
                Step::NeedMore { .. } => unreachable!("silence leaves nothing open"),
                Step::Frame { frame, used } => {
                    found.push(frame.to_vec());
                    used
                }
                Step::Skip { used, .. } => used,
            };
            rest = &rest[used..];
        }
        found
    }

    fn why(capture: &[u8]) -> std::string::String {
        match Ascii::new().finish(capture) {
            Step::Skip { why, .. } => why.to_string(),
            step => panic!("{step:?}"),
        }
    }

    #[test]
    fn every_fault_is_told() {
        assert_eq!(why(b"abc:"), "octet 0, frame: a colon is expected here");
        assert_eq!(why(b":11:"), "octet 3, frame: the end of the frame is expected here");
        assert_eq!(why(b":1G03"), "octet 2, frame: a hexadecimal digit is expected here");
        assert_eq!(why(b":11\\r03"), "octet 3, frame: a hexadecimal digit is expected here");
        assert_eq!(
            why(b":1103006B00037\r\n"),
            "octet 13, frame: a pair of digits is expected here"
        );
        assert_eq!(
            why(b":1103\r\n"),
            "octet 5, frame: a unit, a function code and an LRC is expected here"
        );
        assert_eq!(
            why(b":1103006B00037F\r\n"),
            "octet 13, LRC: check sum is 0x7F, the octets give 0x7E"
        );
        assert_eq!(why(b":1103"), "octet 0, frame: 9 octets needed, 5 octets are left");
        let endless = [&b":"[..], &[b'0'; MAX_LEN]].concat();
        assert_eq!(why(&endless), "octet 0, frame: more than the 513 that are accepted");
    }

    #[test]
    fn small_digits_and_another_delimiter_are_read() {
        let mut out = [0; 255];
        assert_eq!(unwrap(b":1103006b00037e\r\n", &mut out).unwrap().len(), 6);
        let hash = b":1103006B00037E\r#";
        assert_eq!(frames(Ascii::with_delimiter(b'#'), hash), [hash]);
        let mut deframer = Ascii::new();
        deframer.set_delimiter(b'#');
        assert_eq!(frames(deframer, &[&hash[..], &FRAME[..15]].concat()), [hash]);
    }

    #[test]
    fn the_longest_frame_has_513_characters() {
        let mut out = [0; 600];
        let len = wrap(1, &[0x55; MAX_PDU_LEN], LF, &mut out).unwrap();
        assert_eq!(len, MAX_LEN);
        assert_eq!(frames(Ascii::new(), &out[..len]), [&out[..len]]);
        assert!(wrap(1, &[0x55; MAX_PDU_LEN + 1], LF, &mut out).is_err());
        assert!(wrap(1, &[0x55], LF, &mut [0; 8]).is_err());
        assert!(unwrap(FRAME, &mut [0; 5]).is_err());
    }

    fn tempting() -> impl Strategy<Value = Vec<u8>> {
        let part = prop_oneof![
            Just(FRAME.to_vec()),
            Just(b":1103006B00037F\r\n".to_vec()),
            Just(b":".to_vec()),
            Just(b":11\r".to_vec()),
            Just(b"\n".to_vec()),
            vec(any::<u8>(), 0..4),
        ];
        vec(part, 0..12).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn any_cut_gives_the_same_frames(octets in tempting(), len in 1..9_usize) {
            let whole = frames(Ascii::new(), &octets);
            let (mut deframer, mut found, mut start, mut end) = (Ascii::new(), Vec::new(), 0, 0);
            while start < octets.len() {
                let step = if end < octets.len() {
                    deframer.deframe(&octets[start..end])
                } else {
                    deframer.finish(&octets[start..])
                };
                match step {
                    Step::NeedMore { at_least } => {
                        assert!(at_least > end - start && at_least <= MAX_LEN);
                        end = octets.len().min(end + len);
                    }
                    Step::Frame { frame, used } => {
                        found.push(frame.to_vec());
                        start += used;
                    }
                    Step::Skip { used, .. } => {
                        assert!(used > 0 && used <= end - start);
                        start += used;
                    }
                }
            }
            assert_eq!(found, whole);
        }

        #[test]
        fn what_is_wrapped_is_unwrapped(unit: u8, pdu in vec(any::<u8>(), 1..=MAX_PDU_LEN)) {
            let (mut text, mut octets) = ([0; MAX_LEN], [0; MAX_PDU_LEN + 1]);
            let len = wrap(unit, &pdu, LF, &mut text).unwrap();
            let octets = unwrap(&text[..len], &mut octets).unwrap();
            assert_eq!(octets.split_first(), Some((&unit, &pdu[..])));
            assert_eq!(frames(Ascii::new(), &text[..len]), [&text[..len]]);
        }
    }
}
