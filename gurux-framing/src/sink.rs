//! [`Sink`]: where emitted octets go.

/// Takes octets, in order. Numbers go out big-endian unless the method says `_le`.
///
/// A sink never fails in the middle: one over a slice drops what does not fit and remembers that
/// it did.
pub trait Sink {
    /// The next `count` octets, to be filled by the caller; an empty slice if they do not fit.
    /// Their content before is unspecified.
    fn claim(&mut self, count: usize) -> &mut [u8];

    /// Writes octets as they are.
    #[inline]
    fn put(&mut self, octets: &[u8]) {
        for (to, from) in self.claim(octets.len()).iter_mut().zip(octets) {
            *to = *from;
        }
    }

    /// Writes one octet.
    #[inline]
    fn put_u8(&mut self, value: u8) {
        self.put_array([value]);
    }

    /// Writes two octets.
    #[inline]
    fn put_u16(&mut self, value: u16) {
        self.put_array(value.to_be_bytes());
    }

    /// Writes four octets.
    #[inline]
    fn put_u32(&mut self, value: u32) {
        self.put_array(value.to_be_bytes());
    }

    /// Writes two octets, the low one first.
    #[inline]
    fn put_u16_le(&mut self, value: u16) {
        self.put_array(value.to_le_bytes());
    }

    /// Writes a number of octets that is known beforehand: one store where `put` is a loop.
    #[inline]
    fn put_array<const N: usize>(&mut self, octets: [u8; N]) {
        if let Some((room, _)) = self.claim(N).split_first_chunk_mut::<N>() {
            *room = octets;
        }
    }
}

/// A [`Sink`] over a slice.
///
/// ```
/// use gurux_framing::{Sink, SliceSink};
///
/// let mut room = [0; 3];
/// let mut sink = SliceSink::new(&mut room);
/// sink.put_u16(0x1234);
/// assert_eq!((sink.written(), sink.is_overrun()), (2, false));
/// sink.put_u16(0x5678); // does not fit, and nothing of it is written
/// assert_eq!((sink.written(), sink.is_overrun()), (2, true));
/// assert_eq!(room, [0x12, 0x34, 0]);
/// ```
#[derive(Debug)]
pub struct SliceSink<'b> {
    rest: &'b mut [u8],
    written: usize,
    overrun: bool,
}

impl<'b> SliceSink<'b> {
    /// A sink that fills `room` from its front.
    #[must_use]
    #[inline]
    pub const fn new(room: &'b mut [u8]) -> Self {
        Self { rest: room, written: 0, overrun: false }
    }

    /// Octets written so far.
    #[must_use]
    #[inline]
    pub const fn written(&self) -> usize {
        self.written
    }

    /// Was anything dropped because it did not fit?
    #[must_use]
    #[inline]
    pub const fn is_overrun(&self) -> bool {
        self.overrun
    }
}

impl Sink for SliceSink<'_> {
    #[inline]
    fn claim(&mut self, count: usize) -> &mut [u8] {
        match core::mem::take(&mut self.rest).split_at_mut_checked(count) {
            Some((room, rest)) => {
                self.rest = rest;
                self.written = self.written.wrapping_add(count);
                room
            }
            None => {
                // The rest stays empty, so that nothing later slips in behind a gap.
                self.overrun = true;
                &mut []
            }
        }
    }
}

#[cfg(feature = "alloc")]
impl Sink for bytes::BytesMut {
    #[inline]
    fn claim(&mut self, count: usize) -> &mut [u8] {
        let start = self.len();
        self.resize(start.saturating_add(count), 0);
        self.get_mut(start..).unwrap_or_default()
    }

    #[inline]
    fn put(&mut self, octets: &[u8]) {
        self.extend_from_slice(octets);
    }

    #[inline]
    fn put_array<const N: usize>(&mut self, octets: [u8; N]) {
        self.extend_from_slice(&octets);
    }
}

#[cfg(feature = "alloc")]
impl Sink for alloc::vec::Vec<u8> {
    #[inline]
    fn claim(&mut self, count: usize) -> &mut [u8] {
        let start = self.len();
        self.resize(start.saturating_add(count), 0);
        self.get_mut(start..).unwrap_or_default()
    }

    #[inline]
    fn put(&mut self, octets: &[u8]) {
        self.extend_from_slice(octets);
    }

    #[inline]
    fn put_array<const N: usize>(&mut self, octets: [u8; N]) {
        self.extend_from_slice(&octets);
    }
}
