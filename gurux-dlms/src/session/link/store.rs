//! [`Store`]: where a link keeps octets, lent by the caller or its own.

#[cfg(feature = "alloc")]
use alloc::vec::Vec;

use gurux_framing::Sink;

/// A bounded place for octets.
pub trait Store {
    /// What it holds.
    fn octets(&self) -> &[u8];

    /// The most octets that it can hold.
    fn max_len(&self) -> usize;

    /// Adds octets behind those that it holds; false, and nothing is added, if they do not fit.
    fn append(&mut self, octets: &[u8]) -> bool;

    /// What it holds, to be changed in place.
    fn octets_mut(&mut self) -> &mut [u8];

    /// Adds so many octets of any content and hands them out to be filled; `None`, and nothing is
    /// added, if they do not fit.
    fn grow(&mut self, count: usize) -> Option<&mut [u8]>;

    /// Drops what is behind the first `len` octets.
    fn truncate(&mut self, len: usize);

    /// Drops so many octets from its front.
    fn drop_front(&mut self, count: usize);

    /// Drops all.
    fn clear(&mut self);
}

/// A [`Store`] in a buffer that the caller lends.
///
/// ```
/// use gurux_dlms::session::link::{Lent, Store};
///
/// let mut room = [0; 4];
/// let mut store = Lent::new(&mut room);
/// assert!(store.append(&[1, 2, 3]) && !store.append(&[4, 5]));
/// store.drop_front(1);
/// assert_eq!(store.octets(), [2, 3]);
/// ```
#[derive(Debug)]
pub struct Lent<'b> {
    room: &'b mut [u8],
    len: usize,
}

impl<'b> Lent<'b> {
    /// Empty, and as large as `room`.
    #[must_use]
    pub const fn new(room: &'b mut [u8]) -> Self {
        Self { room, len: 0 }
    }
}

impl Store for Lent<'_> {
    fn octets(&self) -> &[u8] {
        self.room.get(..self.len).unwrap_or_default()
    }

    fn max_len(&self) -> usize {
        self.room.len()
    }

    fn append(&mut self, octets: &[u8]) -> bool {
        let end = self.len.saturating_add(octets.len());
        let Some(free) = self.room.get_mut(self.len..end) else { return false };
        for (to, from) in free.iter_mut().zip(octets) {
            *to = *from;
        }
        self.len = end;
        true
    }

    fn octets_mut(&mut self) -> &mut [u8] {
        self.room.get_mut(..self.len).unwrap_or_default()
    }

    fn grow(&mut self, count: usize) -> Option<&mut [u8]> {
        let end = self.len.saturating_add(count);
        let free = self.room.get_mut(self.len..end)?;
        self.len = end;
        Some(free)
    }

    fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    fn drop_front(&mut self, count: usize) {
        let count = count.min(self.len);
        if let Some(held) = self.room.get_mut(..self.len) {
            held.rotate_left(count);
        }
        self.len = self.len.saturating_sub(count);
    }

    fn clear(&mut self) {
        self.len = 0;
    }
}

/// A [`Store`] that grows up to a limit. An empty one takes next to no memory: what a long message
/// needed is given back with it.
#[cfg(feature = "alloc")]
#[derive(Clone, Debug, Default)]
pub struct Owned {
    octets: Vec<u8>,
    max_len: usize,
}

/// So much memory is kept for the next message.
#[cfg(feature = "alloc")]
const KEPT: usize = 256;

#[cfg(feature = "alloc")]
impl Owned {
    /// Empty, for up to `max_len` octets.
    #[must_use]
    pub const fn new(max_len: usize) -> Self {
        Self { octets: Vec::new(), max_len }
    }
}

#[cfg(feature = "alloc")]
impl Store for Owned {
    fn octets(&self) -> &[u8] {
        &self.octets
    }

    fn max_len(&self) -> usize {
        self.max_len
    }

    fn append(&mut self, octets: &[u8]) -> bool {
        if self.octets.len().saturating_add(octets.len()) > self.max_len {
            return false;
        }
        self.octets.extend_from_slice(octets);
        true
    }

    fn octets_mut(&mut self) -> &mut [u8] {
        &mut self.octets
    }

    fn grow(&mut self, count: usize) -> Option<&mut [u8]> {
        let begin = self.octets.len();
        let end = begin.saturating_add(count);
        if end > self.max_len {
            return None;
        }
        self.octets.resize(end, 0);
        self.octets.get_mut(begin..)
    }

    fn truncate(&mut self, len: usize) {
        self.octets.truncate(len);
    }

    fn drop_front(&mut self, count: usize) {
        self.octets.drain(..count.min(self.octets.len()));
    }

    fn clear(&mut self) {
        self.octets.clear();
        self.octets.shrink_to(KEPT);
    }
}

/// A [`Sink`] behind what a store holds. What does not fit is dropped, and remembered.
#[derive(Debug)]
pub struct StoreSink<'s, S> {
    store: &'s mut S,
    is_overrun: bool,
}

impl<'s, S: Store> StoreSink<'s, S> {
    /// Adds to what `store` holds.
    #[must_use]
    pub const fn new(store: &'s mut S) -> Self {
        Self { store, is_overrun: false }
    }

    /// Did all fit?
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        !self.is_overrun
    }
}

impl<S: Store> Sink for StoreSink<'_, S> {
    fn claim(&mut self, count: usize) -> &mut [u8] {
        if self.is_overrun {
            return &mut [];
        }
        if let Some(room) = self.store.grow(count) {
            return room;
        }
        self.is_overrun = true;
        &mut []
    }
}

/// The buffers of one link.
#[derive(Clone, Debug)]
pub struct Buffers<S> {
    /// Octets of the line until they are a frame: the longest frame and two flags, at most 2049.
    /// A shorter one bounds the frames that are heard.
    pub line: S,
    /// The message that is received.
    pub received: S,
    /// The message that is sent.
    pub sent: S,
    /// A message in unnumbered frames that is received; of no size if those are not wanted.
    pub unnumbered_received: S,
    /// A message in unnumbered frames that is sent; of no size if none is.
    pub unnumbered_sent: S,
}

/// The longest frame and a flag on each side.
#[cfg(feature = "alloc")]
pub(super) const LINE_LEN: usize = gurux_framing::hdlc::MAX_LEN + 2;

#[cfg(feature = "alloc")]
impl Buffers<Owned> {
    /// For messages of up to `max_message` octets, each way.
    #[must_use]
    pub const fn owned(max_message: usize) -> Self {
        Self {
            line: Owned::new(LINE_LEN),
            received: Owned::new(max_message),
            sent: Owned::new(max_message),
            unnumbered_received: Owned::new(max_message),
            unnumbered_sent: Owned::new(max_message),
        }
    }
}
