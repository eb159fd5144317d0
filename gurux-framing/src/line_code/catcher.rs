//! [`Catcher`]: frames out of a stream of chips.

use super::line::{HEARD, MAX_SYNC_LEN};
use super::{Chips, Line};
use crate::{WireError, WireErrorKind};

/// What was found at the front of the caller's chips. Offsets and counts are chips.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Catch<'l, 'o> {
    /// Nothing can be said before so many chips are there; always more than there are.
    NeedMore {
        /// Chips that there must be in all.
        at_least: usize,
    },
    /// A frame, its check sums proven.
    Frame {
        /// Its octets, with check sums.
        frame: &'o [u8],
        /// The line that it came by.
        line: &'l Line,
        /// Chips to drop from the front: what was before the frame, and the frame.
        used: usize,
    },
    /// A frame that was found and is spoilt.
    Spoilt {
        /// Its octets up to the first chip that its code does not have; all, if a check sum does not fit.
        /// [`salvage`](crate::wireless::FrameFormat::salvage) gives the good blocks.
        octets: &'o [u8],
        /// The line that it came by.
        line: &'l Line,
        /// Chips to drop from the front; another frame may begin in this one.
        used: usize,
        /// What is wrong, and at which chip.
        why: WireError,
    },
    /// Chips that belong to no frame.
    Skip {
        /// Chips to drop from the front; never zero.
        used: usize,
        /// Why they are no frame.
        why: WireError,
    },
}

/// Finds synchronisation words in chips, wherever they begin, and reads the frames behind.
///
/// The caller owns the chips: it adds what comes, calls [`catch`](Self::catch), and drops what was used.
/// The chips come at the rate that the lines share. What is found does not hang on the pieces in which
/// they come, and the work is linear in them where the caller waits for as many as are asked for.
///
/// Of the preamble eight chips are wanted; one 0 more before the synchronisation word is let pass
/// (wmbusmeters/wmbusmeters issue 953: Engelmann sends it).
#[derive(Clone, Copy, Debug)]
pub struct Catcher<'l> {
    lines: &'l [Line],
}

/// What begins at a place.
enum Begins<'l> {
    Line(&'l Line),
    Undecided,
    Nothing,
}

impl<'l> Catcher<'l> {
    /// Listens for these lines: [`Line::T_AND_C`], for instance. Where one synchronisation word begins
    /// like another, the longer one is looked for first.
    #[must_use]
    pub const fn new(lines: &'l [Line]) -> Self {
        Self { lines }
    }

    /// Octets of room that are enough for every frame.
    pub const ROOM_LEN: usize = crate::wireless::MAX_LEN;

    /// Looks at the front of `chips`; a frame goes to the front of `room`.
    pub fn catch<'o>(&self, chips: Chips<'_>, room: &'o mut [u8]) -> Catch<'l, 'o> {
        self.look(chips, room, false)
    }

    /// Looks at the front of `chips` when nothing more will come.
    pub fn finish<'o>(&self, chips: Chips<'_>, room: &'o mut [u8]) -> Catch<'l, 'o> {
        self.look(chips, room, true)
    }

    fn look<'o>(&self, chips: Chips<'_>, room: &'o mut [u8], closing: bool) -> Catch<'l, 'o> {
        for at in HEARD..chips.len() {
            if !preamble_before(chips, at) {
                continue;
            }
            match self.begins(chips, at) {
                Begins::Line(line) => return read(line, chips, at, room, closing),
                Begins::Undecided if !closing => {
                    return Catch::NeedMore { at_least: at.saturating_add(MAX_SYNC_LEN) };
                }
                Begins::Undecided | Begins::Nothing => {}
            }
        }
        // What is left may be the end of a preamble.
        let kept = if closing { 0 } else { HEARD.saturating_add(1) };
        match chips.len().saturating_sub(kept) {
            0 => Catch::NeedMore { at_least: chips.len().saturating_add(1) },
            used => {
                let kind = WireErrorKind::Expected("a preamble and a synchronisation word");
                Catch::Skip { used, why: WireError::new(0, "chips", kind) }
            }
        }
    }

    /// Whose synchronisation word begins at `at`?
    fn begins(&self, chips: Chips<'_>, at: usize) -> Begins<'l> {
        let there = chips.len().saturating_sub(at);
        let mut found: Option<&Line> = None;
        for line in self.lines {
            let len = line.sync.len.min(MAX_SYNC_LEN);
            let cut = len.saturating_sub(there);
            let begins_so =
                chips.word(at, len.min(there)) == Some(line.sync.word.wrapping_shr(cut as u32));
            if begins_so && cut > 0 {
                return Begins::Undecided;
            }
            if begins_so && found.is_none_or(|found| found.sync.len < len) {
                found = Some(line);
            }
        }
        found.map_or(Begins::Nothing, Begins::Line)
    }
}

/// Do chips in turn end at `at`, or one 0 before it?
fn preamble_before(chips: Chips<'_>, at: usize) -> bool {
    let in_turn = |from: Option<usize>| from.and_then(|from| chips.word(from, HEARD)) == Some(0x55);
    in_turn(at.checked_sub(HEARD))
        || in_turn(at.checked_sub(HEARD.saturating_add(1)))
            && chips.word(at.saturating_sub(1), 1) == Some(0)
}

/// Reads the frame whose synchronisation word begins at `at`.
fn read<'l, 'o>(
    line: &'l Line,
    chips: Chips<'_>,
    at: usize,
    room: &'o mut [u8],
    closing: bool,
) -> Catch<'l, 'o> {
    let width = line.code.chips_per_octet();
    let start = at.saturating_add(line.sync.len);
    // Another frame may begin within this one, but not with the same word.
    let again = at.saturating_add(1);
    let coded = chips.skip(start);
    let mut length = [0];
    if coded.len() < width && !closing {
        return Catch::NeedMore { at_least: start.saturating_add(width) };
    }
    let frame_len = match line.code.decode(coded, &mut length) {
        Ok(()) => line.format.frame_len(length.first().copied().unwrap_or_default()),
        Err((_, why)) => return Catch::Skip { used: again, why: why.at(start) },
    };
    let Some(frame_len) = frame_len else {
        let kind = WireErrorKind::Code(length.first().copied().unwrap_or_default().into());
        return Catch::Skip { used: again, why: WireError::new(start, "length", kind) };
    };
    let used = start.saturating_add(frame_len.saturating_mul(width));
    if chips.len() < used && !closing {
        return Catch::NeedMore { at_least: used };
    }
    let max = room.len();
    let Some(frame) = room.get_mut(..frame_len) else {
        let why = WireError::new(start, "room", WireErrorKind::Limit { max });
        return Catch::Skip { used: again, why };
    };
    let decoded = line.code.decode(coded, frame);
    let frame: &'o [u8] = frame;
    match decoded {
        Err((good, why)) => {
            let octets = frame.get(..good).unwrap_or_default();
            Catch::Spoilt { octets, line, used: again, why: why.at(start) }
        }
        Ok(()) => match line.format.check(frame) {
            Ok(_) => Catch::Frame { frame, line, used },
            Err(why) => {
                let chip = start.saturating_add(why.offset.saturating_mul(width));
                let why = WireError::new(chip, why.what, why.kind);
                Catch::Spoilt { octets: frame, line, used: again, why }
            }
        },
    }
}
