//! [`Assembly`] and [`Cut`]: pieces to a message, and a message to pieces.

use gurux_framing::hdlc::HdlcFrame;
use gurux_framing::{WireError, WireErrorKind};

use super::{Llc, MbusSegment};
use crate::wire::GeneralBlockTransfer;

/// A piece of a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Piece<'a> {
    /// Its number, counted as its carrier counts; 0 where that does not.
    pub number: u32,
    /// Is it the last?
    pub is_last: bool,
    /// What it holds.
    pub octets: &'a [u8],
    order: Order,
}

/// What is known of the place of a piece.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Order {
    /// Numbers that begin with this one.
    From(u32),
    /// Numbers of M-Bus, which begin again behind 15.
    Sixteen,
    /// No numbers; the first piece is told by its LLC.
    None,
}

impl<'a> Piece<'a> {
    /// A piece with a number, the first of which is 0.
    #[must_use]
    pub const fn new(number: u32, is_last: bool, octets: &'a [u8]) -> Self {
        Self { number, is_last, octets, order: Order::From(0) }
    }

    /// A piece of a block transfer (GET, SET, ACTION), the first of which has number 1.
    #[must_use]
    pub const fn of_block(number: u32, is_last: bool, octets: &'a [u8]) -> Self {
        Self { number, is_last, octets, order: Order::From(1) }
    }

    /// Can it not be but the first of a message?
    const fn begins(&self) -> bool {
        match self.order {
            Order::From(first) => self.number == first,
            Order::Sixteen => false,
            Order::None => Llc::strip(self.octets).0.is_some(),
        }
    }

    /// Does it stand behind `count` pieces of its message?
    const fn follows(&self, count: u32) -> bool {
        match self.order {
            Order::From(first) => self.number == first.saturating_add(count),
            Order::Sixteen => self.number == count & 0x0F,
            Order::None => true,
        }
    }
}

/// A segment of HDLC. Their order is the link's affair, and an unnumbered one has no number: a piece
/// with an [`Llc`] begins a message, and one that is missing is not noticed.
impl<'a> From<&HdlcFrame<'a>> for Piece<'a> {
    fn from(frame: &HdlcFrame<'a>) -> Self {
        let is_last = !frame.is_segmented;
        Self { number: 0, is_last, octets: frame.information(), order: Order::None }
    }
}

impl<'a> From<&MbusSegment<'a>> for Piece<'a> {
    fn from(segment: &MbusSegment<'a>) -> Self {
        Self {
            number: segment.number().into(),
            is_last: segment.is_last,
            octets: segment.octets,
            order: Order::Sixteen,
        }
    }
}

impl<'a> From<&GeneralBlockTransfer<'a>> for Piece<'a> {
    fn from(block: &GeneralBlockTransfer<'a>) -> Self {
        let is_last = block.block_control.is_last();
        Self::of_block(block.block_number.into(), is_last, block.block_data)
    }
}

/// Joins pieces to a message, in the room of the caller: no message can be longer than that.
///
/// The first piece of a message gives up what there is of another (observed: L+G E450 begins a push
/// again with block 1). A piece that comes twice in a row is taken once.
#[derive(Clone, Debug)]
pub struct Assembly<R> {
    room: R,
    len: usize,
    /// Pieces so far; 0 between messages.
    count: u32,
    given_up: usize,
}

impl<R> Assembly<R> {
    /// An assembly in this room: lent (`&mut [u8]`) or owned (an array, a `Vec<u8>`).
    #[must_use]
    pub const fn new(room: R) -> Self {
        Self { room, len: 0, count: 0, given_up: 0 }
    }

    /// Octets of a message that is not whole yet.
    #[must_use]
    pub const fn pending(&self) -> usize {
        if self.count == 0 { 0 } else { self.len }
    }

    /// Octets of a message that was given up for the piece that came last: it began another, or did not
    /// follow.
    #[must_use]
    pub const fn given_up(&self) -> usize {
        self.given_up
    }

    /// Gives up a message that is not whole.
    pub const fn clear(&mut self) {
        self.given_up = self.pending();
        self.len = 0;
        self.count = 0;
    }
}

impl<R: AsRef<[u8]> + AsMut<[u8]>> Assembly<R> {
    /// Takes a piece, and answers the message with the last one.
    ///
    /// # Errors
    /// [`WireErrorKind::Expected`] at the piece's start if it is not the next one, and
    /// [`WireErrorKind::Limit`] if there is no room. In both cases the message is given up.
    pub fn push(&mut self, piece: Piece<'_>) -> Result<Option<&[u8]>, WireError> {
        self.given_up = 0;
        if piece.begins() && !self.repeats(&piece) {
            self.clear();
        } else if self.repeats(&piece) {
            return Ok(None);
        } else if !piece.follows(self.count) {
            self.clear();
        }
        // Numbers of M-Bus begin again with 0: where that does not follow, another message begins.
        if !piece.follows(self.count) {
            let kind = WireErrorKind::Expected("the next piece of the message");
            return Err(WireError::new(0, "number", kind));
        }
        if self.count == 0 {
            self.len = 0;
        }
        let room = self.room.as_mut();
        let max = room.len();
        let place = room.get_mut(self.len..).and_then(|room| room.get_mut(..piece.octets.len()));
        let Some(place) = place else {
            self.clear();
            return Err(WireError::new(0, "piece", WireErrorKind::Limit { max }));
        };
        for (to, from) in place.iter_mut().zip(piece.octets) {
            *to = *from;
        }
        self.len = self.len.saturating_add(piece.octets.len());
        self.count = self.count.saturating_add(1);
        if !piece.is_last {
            return Ok(None);
        }
        self.count = 0;
        Ok(self.room.as_ref().get(..self.len))
    }

    /// Is it the piece that came last, once more?
    fn repeats(&self, piece: &Piece<'_>) -> bool {
        let Some(before) = self.count.checked_sub(1) else { return false };
        let numbered = piece.order != Order::None && !piece.is_last && piece.follows(before);
        let so_far = self.room.as_ref().get(..self.len);
        numbered && so_far.is_some_and(|so_far| so_far.ends_with(piece.octets))
    }
}

/// A message cut into pieces of at most so many octets. An empty message is one empty piece.
#[derive(Clone, Debug)]
pub struct Cut<'a> {
    rest: Option<&'a [u8]>,
    max: usize,
    number: u32,
}

impl<'a> Cut<'a> {
    /// Pieces of at most `max` octets, at least one, numbered from `first`.
    #[must_use]
    pub fn new(message: &'a [u8], max: usize, first: u32) -> Self {
        Self { rest: Some(message), max: max.max(1), number: first }
    }
}

impl<'a> Iterator for Cut<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        let rest = self.rest.take()?;
        let number = self.number;
        self.number = number.wrapping_add(1);
        let (octets, is_last) = match rest.split_at_checked(self.max) {
            Some((octets, behind)) if !behind.is_empty() => {
                self.rest = Some(behind);
                (octets, false)
            }
            _ => (rest, true),
        };
        Some(Piece::new(number, is_last, octets))
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use proptest::prelude::*;

    use super::{Assembly, Cut, MbusSegment, Piece};

    proptest! {
        #[test]
        fn what_is_cut_is_joined_again(
            message in proptest::collection::vec(any::<u8>(), 0..300),
            max in 1..40_usize,
        ) {
            let mut room = [0; 300];
            let mut assembly = Assembly::new(&mut room);
            let mut whole = None;
            for piece in Cut::new(&message, max, 0) {
                prop_assert!(whole.is_none() && piece.octets.len() <= max);
                let segment = MbusSegment::new(1, 103, piece);
                whole = assembly.push(Piece::from(&segment)).expect("in order").map(<[u8]>::to_vec);
            }
            prop_assert_eq!(whole, Some(message));
        }

        #[test]
        fn no_order_of_pieces_brings_it_down(
            pieces in proptest::collection::vec((0..4_u32, any::<bool>(), 0..5_usize), 0..40),
        ) {
            let mut room = [0; 8];
            let mut assembly = Assembly::new(&mut room);
            for (number, is_last, len) in pieces {
                let octets: Vec<u8> = std::vec![7; len];
                let _ = assembly.push(Piece::of_block(number, is_last, &octets));
                prop_assert!(assembly.pending() <= 8);
            }
        }
    }

    #[test]
    fn a_first_block_begins_again_and_a_gap_gives_up() {
        let mut room = [0; 8];
        let mut assembly = Assembly::new(&mut room);
        assert_eq!(assembly.push(Piece::of_block(1, false, &[1, 2])), Ok(None));
        assert_eq!(assembly.push(Piece::of_block(1, false, &[3])), Ok(None));
        assert_eq!(assembly.push(Piece::of_block(1, false, &[3])), Ok(None), "the same again");
        assert_eq!(assembly.push(Piece::of_block(2, true, &[4])), Ok(Some(&[3, 4][..])));
        assert_eq!(assembly.push(Piece::of_block(1, false, &[5])), Ok(None));
        let gap = assembly.push(Piece::of_block(3, true, &[6])).expect_err("a gap");
        assert_eq!((gap.what, assembly.pending()), ("number", 0));
        assert_eq!(
            assembly.push(Piece::of_block(1, true, &[0; 9])).map_err(|e| e.what),
            Err("piece")
        );
        assert_eq!(assembly.push(Piece::of_block(1, true, &[9])), Ok(Some(&[9][..])));
    }
}
