//! [`LineCode`]: octets as chips.

use super::{ChipSink, Chips};
use crate::{WireError, WireErrorKind};

/// How the bits of a frame become chips. The highest bit of an octet goes first.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum LineCode {
    /// 10 for each 0, 01 for each 1.
    Manchester,
    /// Six chips, of which three are 1, for each half of an octet.
    ThreeOfSix,
    /// A chip for each bit.
    Nrz,
}

/// Six chips for each half octet (Silicon Labs C8051F96x data sheet, table 15.4).
#[rustfmt::skip]
const THREE_OF_SIX: [u8; 16] = [
    0b010110, 0b001101, 0b001110, 0b001011, 0b011100, 0b011001, 0b011010, 0b010011,
    0b101100, 0b100101, 0b100110, 0b100011, 0b110100, 0b110001, 0b110010, 0b101001,
];

/// The half octet of each six chips; a code that is none of them has bits above.
static HALF_OCTETS: [u8; 64] = half_octets();

const NONE: u8 = 0xFF;

#[expect(clippy::indexing_slicing, reason = "computed when the program is built")]
const fn half_octets() -> [u8; 64] {
    let mut table = [NONE; 64];
    let mut half = 0;
    while half < THREE_OF_SIX.len() {
        table[THREE_OF_SIX[half] as usize] = half as u8;
        half += 1;
    }
    table
}

impl LineCode {
    /// Chips for an octet.
    #[must_use]
    pub const fn chips_per_octet(self) -> usize {
        match self {
            Self::Manchester => 16,
            Self::ThreeOfSix => 12,
            Self::Nrz => 8,
        }
    }

    /// The chips of an octet, in the low bits, the first in the highest of them.
    #[must_use]
    pub fn encoded(self, octet: u8) -> u16 {
        match self {
            // Each bit is followed by itself: first its opposite, then it.
            Self::Manchester => {
                let spread = (0..8).fold(0_u16, |spread, place| {
                    spread | (u16::from(octet) & 1 << place).wrapping_shl(place)
                });
                spread | (!spread & 0x5555).wrapping_shl(1)
            }
            Self::ThreeOfSix => {
                let six = |half: u8| {
                    THREE_OF_SIX.get(usize::from(half & 0x0F)).copied().map_or(0, u16::from)
                };
                six(octet >> 4).wrapping_shl(6) | six(octet)
            }
            Self::Nrz => octet.into(),
        }
    }

    /// The octet of such chips; which of them, counted from the first, begins what no octet has.
    ///
    /// # Errors
    /// The place of the first pair (of Manchester) or six (of 3-of-6) that the code does not have.
    pub fn decoded(self, chips: u16) -> Result<u8, usize> {
        match self {
            Self::Manchester => {
                let (first, second) = (chips.wrapping_shr(1) & 0x5555, chips & 0x5555);
                let alike = !(first ^ second) & 0x5555;
                if alike != 0 {
                    return Err(alike.leading_zeros() as usize & !1);
                }
                Ok((0..8).fold(0_u8, |octet, place| {
                    octet | ((second.wrapping_shr(place * 2) & 1) as u8).wrapping_shl(place)
                }))
            }
            Self::ThreeOfSix => {
                let half =
                    |six: u16| HALF_OCTETS.get(usize::from(six & 0x3F)).copied().unwrap_or(NONE);
                match (half(chips.wrapping_shr(6)), half(chips)) {
                    (NONE, _) => Err(0),
                    (_, NONE) => Err(6),
                    (high, low) => Ok(high.wrapping_shl(4) | low),
                }
            }
            Self::Nrz => Ok(chips as u8),
        }
    }

    /// Writes the chips of `octets`.
    pub fn encode(self, octets: &[u8], out: &mut ChipSink<'_>) {
        for octet in octets {
            out.put(self.encoded(*octet).into(), self.chips_per_octet());
        }
    }

    /// Reads `out.len()` octets from the front of `chips`.
    ///
    /// # Errors
    /// [`WireErrorKind::Truncated`] if chips lack, and [`WireErrorKind::Code`] where the code does not
    /// have them, with the number of octets that are good. Offsets count chips.
    pub fn decode(self, chips: Chips<'_>, out: &mut [u8]) -> Result<(), (usize, WireError)> {
        let width = self.chips_per_octet();
        let needed = out.len().saturating_mul(width);
        for (index, to) in out.iter_mut().enumerate() {
            let at = index.saturating_mul(width);
            let Some(word) = chips.word(at, width) else {
                let kind = WireErrorKind::Truncated { needed, available: chips.len() };
                return Err((index, WireError::new(at, "chips", kind)));
            };
            match self.decoded(word as u16) {
                Ok(octet) => *to = octet,
                Err(place) => {
                    let at = at.saturating_add(place);
                    return Err((index, WireError::new(at, "chips", WireErrorKind::Code(word))));
                }
            }
        }
        Ok(())
    }
}
