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
        let mut scratch = [b'0'; 40];
        let mut used = 0usize;
        let mut places = scratch.iter_mut().rev();
        loop {
            let mut low = (integer % CHUNK) as u64;
            integer /= CHUNK;
            for place in places.by_ref().take(19) {
                *place = b'0' | (low % 10) as u8;
                low /= 10;
                used = used.wrapping_add(1);
                if low == 0 && integer == 0 {
                    break;
                }
            }
            if integer == 0 {
                break;
            }
        }
        let mut line = Self::new();
        line.push_bytes(scratch.get(scratch.len().wrapping_sub(used)..).unwrap_or(&[]));
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
        let digits = Line::<10>::of_integer(u128::from(integer));
        self.push_zeros(width.saturating_sub(digits.len));
        self.push_str(digits.as_str());
    }

    pub(crate) fn as_str(&self) -> &str {
        // Only whole texts were pushed, so that it is UTF-8.
        self.octets.get(..self.len).and_then(|text| core::str::from_utf8(text).ok()).unwrap_or("")
    }
}

impl<const N: usize> fmt::Write for Line<N> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push_str(text);
        Ok(())
    }
}
