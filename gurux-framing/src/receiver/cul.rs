//! [`Cul`]: the lines of culfw.

use super::lines::{Form, Lines, MAX_LINE_LEN, are_octets, octets, opened};
use super::{Found, Receiver, Reception, Rssi, tested};
use crate::line_code::LinkMode;
use crate::{Deframe, Step, WireError, WireErrorKind};

/// The lines of a CUL, a nanoCUL and their kin with culfw, set to wireless M-Bus.
///
/// `b1E44…` in modes S and T, `bY2544…` in mode C with frame format B (and `bX`, if some version marks
/// format A so): the telegram with its CRCs, and, if the receiver was told to (`X21`), quality and
/// strength behind it, two octets.
///
/// The mode is told only for C. [`Reception::crc_ok`] is what the CRCs say; the receiver does not test
/// them.
///
/// Source: wmbusmeters/wmbusmeters issues 45, 279 and 953 and pull request 232.
#[derive(Clone, Copy, Default, Debug)]
pub struct Cul {
    lines: Lines,
}

impl Cul {
    /// A deframer for such lines.
    #[must_use]
    pub const fn new() -> Self {
        Self { lines: Lines::NEW }
    }
}

/// The mode, and the digits with the octets before them.
fn fields(line: &[u8]) -> Option<(Option<LinkMode>, &[u8], usize)> {
    match line {
        [b'b', b'X' | b'Y', digits @ ..] => Some((Some(LinkMode::C), digits, 2)),
        [b'b', digits @ ..] => Some((None, digits, 1)),
        _ => None,
    }
}

impl Form for Cul {
    const NAME: &'static str = "culfw line";

    fn may_begin(octet: u8) -> bool {
        octet == b'b'
    }

    fn fits(line: &[u8]) -> Result<(), WireError> {
        let expected = WireErrorKind::Expected("b and hexadecimal digits");
        let (_, digits, at) = fields(line).ok_or(WireError::new(0, Self::NAME, expected))?;
        // culfw writes capitals, so that a small b begins another line, the end of this being lost.
        if let Some(b) = digits.iter().position(|octet| *octet == b'b') {
            let kind = WireErrorKind::Expected("the end of the line");
            return Err(WireError::new(at.saturating_add(b), Self::NAME, kind));
        }
        are_octets(digits, at)
    }
}

impl Deframe for Cul {
    fn deframe<'b>(&mut self, buf: &'b [u8]) -> Step<'b> {
        self.lines.step::<Self>(buf, false)
    }
    fn finish<'b>(&mut self, buf: &'b [u8]) -> Step<'b> {
        self.lines.step::<Self>(buf, true)
    }
    fn reset(&mut self) {
        self.lines.reset();
    }
    fn max_len(&self) -> usize {
        MAX_LINE_LEN
    }
}

impl Receiver for Cul {
    fn open<'a>(&self, frame: &'a [u8], room: &'a mut [u8]) -> Result<Reception<'a>, WireError> {
        let line = opened::<Self>(frame)?;
        let (mode, digits, _) = fields(line).unwrap_or_default();
        let Found { octets, format, behind, crc_ok } = tested(octets(digits, room));
        let rssi = match behind {
            [_quality, strength] => Some(Rssi::of_cc1101(*strength)),
            _ => None,
        };
        Ok(Reception { octets, format, crc_ok, mode, rssi, time: None })
    }
}
