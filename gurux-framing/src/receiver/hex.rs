//! [`HexLines`]: telegrams in logs.

use super::lines::{Form, Lines, MAX_LINE_LEN, are_octets, octets, opened};
use super::{Found, Receiver, Reception, tested};
use crate::{Deframe, Step, WireError};

/// Lines of hexadecimal digits, a telegram each, with or without CRCs, with or without `0x` before.
#[derive(Clone, Copy, Default, Debug)]
pub struct HexLines {
    lines: Lines,
}

impl HexLines {
    /// A deframer for such lines.
    #[must_use]
    pub const fn new() -> Self {
        Self { lines: Lines::NEW }
    }
}

/// The digits, and the octets before them.
fn digits(line: &[u8]) -> (&[u8], usize) {
    line.strip_prefix(b"0x").map_or((line, 0), |digits| (digits, 2))
}

impl Form for HexLines {
    const NAME: &'static str = "hexadecimal line";

    /// A digit that follows no digit would have to be told; a line that is none is dropped whole.
    fn may_begin(_: u8) -> bool {
        false
    }

    fn fits(line: &[u8]) -> Result<(), WireError> {
        let (digits, at) = digits(line);
        are_octets(digits, at)
    }
}

impl Deframe for HexLines {
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

impl Receiver for HexLines {
    fn open<'a>(&self, frame: &'a [u8], room: &'a mut [u8]) -> Result<Reception<'a>, WireError> {
        let (digits, _) = digits(opened::<Self>(frame)?);
        let Found { octets, format, crc_ok, .. } = tested(octets(digits, room));
        Ok(Reception { octets, format, crc_ok, mode: None, rssi: None, time: None })
    }
}
