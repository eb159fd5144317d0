//! [`Line`]: what belongs to a mode, a direction and a frame format.

use super::{ChipSink, LineCode, LinkMode};
use crate::wireless::FrameFormat;
use crate::{WireError, WireErrorKind};

/// Which way a telegram goes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum Way {
    /// From the meter to the other device.
    FromMeter,
    /// From the other device to the meter.
    ToMeter,
    /// Either.
    Both,
}

/// The chips that tell where a frame begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SyncWord {
    /// The chips, the first in the highest bit that counts.
    pub word: u32,
    /// How many they are, 1 to 32.
    pub len: usize,
}

/// What goes over the air in one mode, direction and frame format.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Line {
    /// What it is called.
    pub name: &'static str,
    /// The mode.
    pub mode: LinkMode,
    /// The direction.
    pub way: Way,
    /// The format of the frame.
    pub format: FrameFormat,
    /// The code of the frame.
    pub code: LineCode,
    /// Chips in a second. Mode N has channels with 2400 too.
    pub chip_rate: u32,
    /// How often 01 is sent before the synchronisation word, at least.
    pub preamble: usize,
    /// What tells that the frame begins.
    pub sync: SyncWord,
    /// Do chips in turn follow the frame?
    pub postamble: bool,
}

/// Of the preamble, so many chips must have been heard.
pub(super) const HEARD: usize = 8;

/// The longest synchronisation word.
pub(super) const MAX_SYNC_LEN: usize = 26;

impl Line {
    /// Mode S with the long preamble of S1.
    pub const S: Self = Self {
        name: "S",
        mode: LinkMode::S,
        way: Way::Both,
        format: FrameFormat::A,
        code: LineCode::Manchester,
        chip_rate: 32_768,
        preamble: 279,
        sync: SyncWord { word: 0b00_0111_0110_1001_0110, len: 18 },
        postamble: true,
    };

    /// Mode S with the short preamble of S1-m and S2.
    pub const S_SHORT: Self = Self { name: "S, short preamble", preamble: 15, ..Self::S };

    /// Mode T, what a meter sends.
    pub const T: Self = Self {
        name: "T, from the meter",
        mode: LinkMode::T,
        way: Way::FromMeter,
        format: FrameFormat::A,
        code: LineCode::ThreeOfSix,
        chip_rate: 100_000,
        preamble: 19,
        sync: SyncWord { word: 0b00_0011_1101, len: 10 },
        postamble: true,
    };

    /// Mode T, what a meter hears: as in mode S.
    pub const T_TO_METER: Self =
        Self { name: "T, to the meter", mode: LinkMode::T, way: Way::ToMeter, ..Self::S_SHORT };

    /// Mode C with frame format A, what a meter sends.
    pub const C_A: Self = Self {
        name: "C, format A, from the meter",
        mode: LinkMode::C,
        way: Way::FromMeter,
        format: FrameFormat::A,
        code: LineCode::Nrz,
        chip_rate: 100_000,
        preamble: 19,
        // The word of mode T, then the one of format A.
        sync: SyncWord { word: 0b00_0011_1101 << 16 | 0x54CD, len: 26 },
        postamble: false,
    };

    /// Mode C with frame format B, what a meter sends.
    pub const C_B: Self = Self {
        name: "C, format B, from the meter",
        format: FrameFormat::B,
        sync: SyncWord { word: 0b00_0011_1101 << 16 | 0x543D, len: 26 },
        ..Self::C_A
    };

    /// Mode C with frame format A, what a meter hears.
    pub const C_A_TO_METER: Self = Self {
        name: "C, format A, to the meter",
        way: Way::ToMeter,
        chip_rate: 50_000,
        ..Self::C_A
    };

    /// Mode C with frame format B, what a meter hears.
    pub const C_B_TO_METER: Self = Self {
        name: "C, format B, to the meter",
        way: Way::ToMeter,
        chip_rate: 50_000,
        ..Self::C_B
    };

    /// Mode R2.
    pub const R: Self =
        Self { name: "R", mode: LinkMode::R, chip_rate: 4_800, preamble: 39, ..Self::S };

    /// Mode N with frame format A.
    pub const N_A: Self = Self {
        name: "N, format A",
        mode: LinkMode::N,
        way: Way::Both,
        format: FrameFormat::A,
        code: LineCode::Nrz,
        chip_rate: 4_800,
        preamble: 8,
        sync: SyncWord { word: 0xF68D, len: 16 },
        postamble: false,
    };

    /// Mode N with frame format B.
    pub const N_B: Self = Self {
        name: "N, format B",
        format: FrameFormat::B,
        sync: SyncWord { word: 0xF672, len: 16 },
        ..Self::N_A
    };

    /// Mode F with frame format A.
    pub const F_A: Self = Self {
        name: "F, format A",
        mode: LinkMode::F,
        chip_rate: 2_400,
        preamble: 39,
        ..Self::N_A
    };

    /// Mode F with frame format B.
    pub const F_B: Self =
        Self { name: "F, format B", format: FrameFormat::B, sync: Self::N_B.sync, ..Self::F_A };

    /// Every line.
    ///
    /// Sources: Amber AMB8426-M manual V2.4, table 8 (synchronisation words of S, T and C); IMST iM871A
    /// manual V1.2, table 4-3 (chip rates of R, S, T, C) and figure 3-5 (postamble of at most an octet);
    /// Microchip, TRX configuration for wM-Bus, table 5-1 (preambles of S and T); the wiki of adswill/OnAir
    /// (words of R and N); Webdyn WebdynRF manual V1.0, table 18 (chip rates of N). The words of format B in
    /// mode N and those of mode F, and the preambles of C, R, N and F, are as they are commonly given; no
    /// public document that says so was found. `observed:` the chips that merbanan/rtl_433 issue 2861 and
    /// xaelsouth/rtl-wmbus issue 48 show of mode T give frames whose check sums are all good. A [`Catcher`](super::Catcher) does not count preambles.
    pub const ALL: &[Self] = &[
        Self::S,
        Self::S_SHORT,
        Self::T,
        Self::T_TO_METER,
        Self::C_A,
        Self::C_B,
        Self::C_A_TO_METER,
        Self::C_B_TO_METER,
        Self::R,
        Self::N_A,
        Self::N_B,
        Self::F_A,
        Self::F_B,
    ];

    /// What meters send on 868.95 MHz, told apart by its synchronisation word.
    pub const T_AND_C: &[Self] = &[Self::T, Self::C_A, Self::C_B];

    /// What meters hear in mode C.
    pub const C_TO_METER: &[Self] = &[Self::C_A_TO_METER, Self::C_B_TO_METER];

    /// Mode N, either format.
    pub const N: &[Self] = &[Self::N_A, Self::N_B];

    /// Mode F, either format.
    pub const F: &[Self] = &[Self::F_A, Self::F_B];

    /// Chips of a transmission of a frame of so many octets.
    #[must_use]
    pub const fn chips(&self, frame_len: usize) -> usize {
        let frame = frame_len.saturating_mul(self.code.chips_per_octet());
        let sent = self.preamble.saturating_mul(2).saturating_add(self.sync.len);
        let sent = sent.saturating_add(frame);
        // Two chips in turn at least, and the octet is full.
        match (self.postamble, sent % 8) {
            (false, _) => sent,
            (true, over) => sent.saturating_add(8).saturating_sub(over),
        }
    }

    /// Writes the chips of a transmission to the front of `out`: preamble, synchronisation word, the
    /// frame with its check sums, postamble. Says how many they are; the last octet of `out` that they
    /// reach is filled up with zeros.
    ///
    /// # Errors
    /// [`WireErrorKind::Limit`] if `out` is too short, and those of [`FrameFormat::check`] if the frame is
    /// none of this line's format.
    pub fn emit(&self, frame: &[u8], out: &mut [u8]) -> Result<usize, WireError> {
        let len = self.format.check(frame)?;
        if let octets @ 1.. = frame.len().saturating_sub(len) {
            return Err(WireError::new(len, "frame", WireErrorKind::Trailing { octets }));
        }
        let chips = self.chips(frame.len());
        let max = out.len();
        let Some(room) = out.get_mut(..chips.div_ceil(8)) else {
            return Err(WireError::new(max, "output buffer", WireErrorKind::Limit { max }));
        };
        room.fill(0);
        let mut sink = ChipSink::new(room);
        for _ in 0..self.preamble {
            sink.put(0b01, 2);
        }
        sink.put(self.sync.word, self.sync.len);
        self.code.encode(frame, &mut sink);
        // The chips go on in turn from the last one.
        let last = frame.last().map_or(0, |octet| self.code.encoded(*octet) & 1);
        let turns = if last == 1 { 0x5555_5555 } else { 0xAAAA_AAAA_u32 };
        let left = chips.saturating_sub(sink.len());
        sink.put(turns.wrapping_shr(32_u32.saturating_sub(left as u32)), left);
        Ok(chips)
    }
}
