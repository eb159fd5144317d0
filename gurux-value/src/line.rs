//! A short line of text on the stack: what a value prints before it is padded to its column.

use core::fmt;

/// At most `N` octets of text. What does not fit is dropped whole; every user states why it fits.
pub(crate) struct Line<const N: usize> {
    octets: [u8; N],
    len: usize,
}

impl<const N: usize> Line<N> {
    pub(crate) const fn new() -> Self {
        Self { octets: [0; N], len: 0 }
    }

    /// The digits of an integer.
    pub(crate) fn of_integer(mut integer: u128) -> Self {
        // Least digit first, from the end of a scratch line, in chunks that fit a machine word.
        const CHUNK: u128 = 10_000_000_000_000_000_000;
        const CHUNK_DIGITS: usize = 19;
        let mut scratch = [0; 40];
        let mut free = scratch.len();
        while integer >= CHUNK {
            let low = (integer % CHUNK) as u64;
            integer /= CHUNK;
            free = put_digits(&mut scratch, free, low, CHUNK_DIGITS);
        }
        free = put_digits(&mut scratch, free, integer as u64, 1);
        let mut line = Self::new();
        line.push_bytes(scratch.get(free..).unwrap_or(&[]));
        line
    }

    pub(crate) fn push_str(&mut self, text: &str) {
        self.push_bytes(text.as_bytes());
    }

    fn push_bytes(&mut self, text: &[u8]) {
        let free = self.octets.get_mut(self.len..).unwrap_or(&mut []);
        if text.len() <= free.len() {
            free.iter_mut().zip(text).for_each(|(to, from)| *to = *from);
            self.len = self.len.wrapping_add(text.len());
        }
    }

    pub(crate) fn push_zeros(&mut self, count: usize) {
        (0..count).for_each(|_| self.push_bytes(b"0"));
    }

    /// An integer with leading noughts up to `width`.
    pub(crate) fn push_padded(&mut self, integer: u32, width: usize) {
        let mut scratch = [0; 10];
        let free = put_digits(&mut scratch, 10, integer.into(), width);
        self.push_bytes(scratch.get(free..).unwrap_or(&[]));
    }

    pub(crate) fn as_str(&self) -> &str {
        // Only whole texts were pushed, so that it is UTF-8.
        self.octets.get(..self.len).and_then(|text| core::str::from_utf8(text).ok()).unwrap_or("")
    }
}

/// Writes the digits of an integer, at least `width` of them, before place `end`, and answers where they
/// begin. The caller has room for them.
fn put_digits(scratch: &mut [u8], end: usize, mut integer: u64, width: usize) -> usize {
    let mut begin = end;
    for place in scratch.get_mut(..end).unwrap_or_default().iter_mut().rev() {
        if integer == 0 && end.wrapping_sub(begin) >= width {
            break;
        }
        *place = b'0' | (integer % 10) as u8;
        integer /= 10;
        begin = begin.wrapping_sub(1);
    }
    begin
}

impl<const N: usize> fmt::Write for Line<N> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push_str(text);
        Ok(())
    }
}
