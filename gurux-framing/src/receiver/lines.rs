//! Lines of text: where they end, and hexadecimal digits in them.

use crate::{Step, WireError, WireErrorKind};

/// The longest line that is taken for one, in characters: the longest telegram twice, and what
/// receivers write around it.
pub(super) const MAX_LINE_LEN: usize = 1024;

/// What the deframers of lines remember: no line ends before this octet.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Lines {
    scanned: usize,
}

/// A form of lines.
pub(super) trait Form {
    /// What a line of it is called.
    const NAME: &'static str;

    /// Can a line begin with this octet?
    fn may_begin(octet: u8) -> bool;

    /// Is this a line, without its end?
    fn fits(line: &[u8]) -> Result<(), WireError>;
}

impl Lines {
    pub(super) const NEW: Self = Self { scanned: 0 };

    pub(super) fn step<'b, F: Form>(&mut self, buf: &'b [u8], closing: bool) -> Step<'b> {
        if buf.is_empty() {
            return Step::NeedMore { at_least: 1 };
        }
        let rest = buf.get(self.scanned..).unwrap_or_default();
        let end = rest.iter().position(|octet| *octet == b'\n');
        let len = match end {
            Some(at) => self.scanned.saturating_add(at).saturating_add(1),
            None if closing && buf.len() < MAX_LINE_LEN => buf.len(),
            None => MAX_LINE_LEN.saturating_add(1),
        };
        if len > MAX_LINE_LEN {
            if end.is_none() && buf.len() < MAX_LINE_LEN {
                self.scanned = buf.len();
                return Step::NeedMore { at_least: buf.len().saturating_add(1) };
            }
            // As much as was known to hold no end when the line became too long.
            let limit = WireErrorKind::Limit { max: MAX_LINE_LEN };
            let used = MAX_LINE_LEN.min(buf.len());
            self.scanned = 0;
            return Step::Skip { used, why: WireError::new(0, F::NAME, limit) };
        }
        let line = buf.get(..len).unwrap_or(buf);
        match F::fits(trimmed(line)) {
            Ok(()) => {
                self.scanned = 0;
                Step::Frame { frame: line, used: len }
            }
            Err(why) => {
                // The end of a line may have been lost: another may begin in this one.
                let behind = line.iter().skip(1).position(|octet| F::may_begin(*octet));
                let used = behind.map_or(len, |at| at.saturating_add(1));
                self.scanned = len.saturating_sub(used).saturating_sub(1);
                Step::Skip { used, why }
            }
        }
    }

    pub(super) fn reset(&mut self) {
        self.scanned = 0;
    }
}

/// A line without its end.
pub(super) fn trimmed(line: &[u8]) -> &[u8] {
    line.trim_ascii_end()
}

/// Hexadecimal digits as octets: written to the front of `room` as far as there is room.
pub(super) fn octets<'r>(digits: &[u8], room: &'r mut [u8]) -> &'r mut [u8] {
    let mut len = 0_usize;
    for (to, pair) in room.iter_mut().zip(digits.as_chunks::<2>().0) {
        *to = value(pair);
        len = len.wrapping_add(1);
    }
    room.get_mut(..len).unwrap_or_default()
}

fn value([high, low]: &[u8; 2]) -> u8 {
    let digit = |octet: u8| char::from(octet).to_digit(16).unwrap_or(0) as u8;
    digit(*high) << 4 | digit(*low)
}

/// Are these pairs of digits, enough for a telegram? `at` octets stand before them in the line.
pub(super) fn are_octets(digits: &[u8], at: usize) -> Result<(), WireError> {
    let expected = |offset: usize, what| {
        WireError::new(at.saturating_add(offset), "telegram", WireErrorKind::Expected(what))
    };
    if let Some(wrong) = digits.iter().position(|octet| !octet.is_ascii_hexdigit()) {
        return Err(expected(wrong, "a hexadecimal digit"));
    }
    // A character that got lost on the way shifts all that follows it.
    if !digits.len().is_multiple_of(2) {
        return Err(expected(digits.len(), "a pair of digits"));
    }
    match digits.len() / 2 {
        0..10 => Err(expected(digits.len(), "the ten octets of a link layer")),
        _ => Ok(()),
    }
}

/// The line of a `frame` that this form fits.
pub(super) fn opened<F: Form>(frame: &[u8]) -> Result<&[u8], WireError> {
    let line = trimmed(frame);
    F::fits(line).map(|()| line)
}
