//! [`Assembly`]: messages that come in fragments.

use super::copy;
use crate::wire::{Afl, KeyInformation, MessageControl, Telegram};

/// Puts the fragments of one meter's message together.
///
/// A message that is too long for one telegram is cut behind its authentication layer; each piece
/// gets such a layer, with a number counted from 1 and a mark whether more follow. Counter, key
/// information, MAC and length may stand in any of them: the MAC mostly in the last.
///
/// | what comes | what happens |
/// |---|---|
/// | fragment 1 | a new message begins; what was there is dropped |
/// | the next one | it is taken |
/// | the one that came last | nothing: telegrams are repeated |
/// | another one | the message is dropped: one is missing |
/// | more than the buffer holds | the message is dropped |
///
/// So that fragments that never end cannot take more than the buffer. The buffer may be an array, a
/// lent slice, or a `Vec` of the length that messages may have.
///
/// ```
/// use gurux_mbus::security::{Assembly, Piece};
/// use gurux_mbus::wire::{Afl, Body, Link, Telegram};
///
/// let mut assembly = Assembly::new([0; 1024]);
/// let piece = |number, more, payload| Telegram {
///     afl: Some(Afl::fragment(number, more)),
///     payload,
///     ..Telegram::from_user_data(&[]).unwrap_or_else(|_| unreachable!())
/// };
/// assert_eq!(assembly.push(&piece(1, true, &[0x78, 0x0B, 0x03])), Piece::Taken);
/// assert_eq!(assembly.push(&piece(2, false, &[0x45, 0x23, 0x01])), Piece::Last);
/// let last = piece(2, false, &[]);
/// let message = assembly.message(&last)?;
/// assert_eq!(message.body(), Body::Records(&[0x0B, 0x03, 0x45, 0x23, 0x01]));
/// # Ok::<(), gurux_framing::WireError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Assembly<B> {
    buffer: B,
    len: usize,
    /// The fragment that came last; 0 if there is none.
    last: u8,
    is_complete: bool,
    control: Option<MessageControl>,
    key_information: Option<KeyInformation>,
    counter: Option<u32>,
    mac: [u8; Afl::MAX_MAC],
    mac_len: Option<usize>,
    message_length: Option<u16>,
}

/// What became of a fragment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Piece {
    /// Taken; more follow.
    Taken,
    /// Taken, and the message is complete.
    Last,
    /// It was there already.
    Repeated,
    /// No fragment, or none that goes on where the last one ended: a message that had begun is
    /// dropped.
    OutOfOrder,
    /// The message is longer than the buffer, or has another length than it says; it is dropped.
    Length,
}

impl<B: AsRef<[u8]> + AsMut<[u8]>> Assembly<B> {
    /// Room for one message, as long as the buffer.
    pub const fn new(buffer: B) -> Self {
        Self {
            buffer,
            len: 0,
            last: 0,
            is_complete: false,
            control: None,
            key_information: None,
            counter: None,
            mac: [0; Afl::MAX_MAC],
            mac_len: None,
            message_length: None,
        }
    }

    /// Drops what is there.
    pub fn clear(&mut self) {
        (self.len, self.last, self.is_complete) = (0, 0, false);
        (self.control, self.key_information, self.counter) = (None, None, None);
        (self.mac_len, self.message_length) = (None, None);
    }

    /// Takes a telegram that is a fragment, its extended link layer open.
    pub fn push(&mut self, telegram: &Telegram<'_>) -> Piece {
        let Some(afl) = telegram.afl.filter(|afl| !afl.is_whole()) else {
            return Piece::OutOfOrder;
        };
        let number = afl.fragmentation().fragment_id();
        if number != 1 && number == self.last {
            return Piece::Repeated;
        }
        if number == 1 {
            self.clear();
        } else if self.last == 0 || self.is_complete || Some(number) != self.last.checked_add(1) {
            self.clear();
            return Piece::OutOfOrder;
        }
        self.take_fields(&afl);
        let end = self.len.saturating_add(telegram.payload.len());
        let Some(room) = self.buffer.as_mut().get_mut(self.len..end) else {
            self.clear();
            return Piece::Length;
        };
        copy(telegram.payload, room);
        (self.len, self.last) = (end, number);
        if afl.fragmentation().more_fragments() {
            return Piece::Taken;
        }
        if self.message_length.is_some_and(|length| usize::from(length) != self.len) {
            self.clear();
            return Piece::Length;
        }
        self.is_complete = true;
        Piece::Last
    }

    fn take_fields(&mut self, afl: &Afl<'_>) {
        self.control = afl.message_control().or(self.control);
        self.key_information = afl.key_information().or(self.key_information);
        self.counter = afl.counter().or(self.counter);
        self.message_length = afl.message_length().or(self.message_length);
        if let Some(mac) = afl.mac()
            && let Some(room) = self.mac.get_mut(..mac.len())
        {
            copy(mac, room);
            self.mac_len = Some(mac.len());
        }
    }

    /// The message in one piece, as if `last`, the telegram with its last fragment, had brought all of
    /// it: ready for [`open`](super::open). Before the last fragment came it is what there is.
    ///
    /// # Errors
    /// The message ends inside a header.
    pub fn message<'b>(
        &'b self,
        last: &Telegram<'b>,
    ) -> Result<Telegram<'b>, gurux_framing::WireError> {
        let mut afl = Afl::EMPTY;
        if let Some(control) = self.control {
            afl = afl.with_message_control(control);
        }
        if let Some(key_information) = self.key_information {
            afl = afl.with_key_information(key_information);
        }
        if let Some(counter) = self.counter {
            afl = afl.with_counter(counter);
        }
        if let Some(length) = self.message_length {
            afl = afl.with_message_length(length);
        }
        if let Some(mac) = self.mac_len.and_then(|len| self.mac.get(..len)) {
            // One of another length than the message control says proves nothing.
            afl = afl.with_mac(mac).unwrap_or(afl);
        }
        let whole = Telegram { afl: Some(afl), ..*last };
        whole.reopen(self.buffer.as_ref().get(..self.len).unwrap_or_default())
    }
}
