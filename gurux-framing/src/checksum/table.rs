//! The catalogue's sums of 16 bits, by table.
//!
//! The tables come from the crate `crc`; the loop over them is ours, because the crate's own keeps
//! bounds checks, and with them code that panics. Tables depend on the polynomial and the direction
//! alone, so ten sums share five of them: 8 KiB each, or 512 octets with the feature
//! `small-tables`. What a program does not call is not linked.

use crc::{
    Algorithm, CRC_16_ARC, CRC_16_DNP, CRC_16_EN_13757, CRC_16_GENIBUS, CRC_16_IBM_3740,
    CRC_16_IBM_SDLC, CRC_16_KERMIT, CRC_16_MCRF4XX, CRC_16_MODBUS, CRC_16_XMODEM, Crc, Table,
};

/// Octets that one step over the tables takes.
#[cfg(not(feature = "small-tables"))]
const LANES: usize = 16;
#[cfg(feature = "small-tables")]
const LANES: usize = 1;

/// Lane `n` holds, for each octet, what it adds to the sum when `n` octets follow it.
type Lanes = [[u16; 256]; LANES];

const fn lanes(algorithm: &'static Algorithm<u16>) -> Lanes {
    *Crc::<u16, Table<LANES>>::new(algorithm).table()
}

static POLY_8005_REFLECTED: Lanes = lanes(&CRC_16_MODBUS);
static POLY_1021_REFLECTED: Lanes = lanes(&CRC_16_IBM_SDLC);
static POLY_1021: Lanes = lanes(&CRC_16_XMODEM);
static POLY_3D65_REFLECTED: Lanes = lanes(&CRC_16_DNP);
static POLY_3D65: Lanes = lanes(&CRC_16_EN_13757);

/// CRC-16/MODBUS of `octets`: Modbus RTU, low octet first on the wire.
#[must_use]
#[inline]
pub fn modbus(octets: &[u8]) -> u16 {
    Tabled::MODBUS.of(octets)
}

/// [`modbus`] of a few octets that were written a moment ago.
///
/// One octet at a time: a read of several would wait until the processor has put the narrow writes
/// before it together, which costs more than the whole sum of a request.
#[must_use]
#[inline]
pub fn modbus_just_written(octets: &[u8]) -> u16 {
    let mut sum = Tabled::MODBUS;
    for octet in octets {
        sum.update(core::slice::from_ref(octet));
    }
    sum.finish()
}

/// CRC-16/ARC of `octets`: DSMR P1, as four hexadecimal digits.
#[must_use]
#[inline]
pub fn arc(octets: &[u8]) -> u16 {
    Tabled::ARC.of(octets)
}

/// CRC-16/IBM-SDLC of `octets`, also called X-25 and FCS-16: HDLC, SML and ANSI C12.18, low octet
/// first on the wire.
#[must_use]
#[inline]
pub fn ibm_sdlc(octets: &[u8]) -> u16 {
    Tabled::IBM_SDLC.of(octets)
}

/// CRC-16/KERMIT of `octets`.
#[must_use]
#[inline]
pub fn kermit(octets: &[u8]) -> u16 {
    Tabled::KERMIT.of(octets)
}

/// CRC-16/EN-13757 of `octets`: the blocks of wireless M-Bus, high octet first on the wire.
#[must_use]
#[inline]
pub fn en_13757(octets: &[u8]) -> u16 {
    Tabled::EN_13757.of(octets)
}

/// [`en_13757`] of a block whose length is known when the program is written: all its look-ups at
/// once. At most [`LANES`] octets; a longer one gives the sum of its end.
#[inline(always)]
pub(crate) fn en_13757_block<const N: usize>(block: &[u8; N]) -> u16 {
    #[cfg(not(feature = "small-tables"))]
    let register = step::<false, N>(&POLY_3D65, 0, *block);
    #[cfg(feature = "small-tables")]
    let register = update::<false>(&POLY_3D65, 0, block);
    register ^ CRC_16_EN_13757.xorout
}

/// CRC-16/DNP of `octets`.
#[must_use]
#[inline]
pub fn dnp(octets: &[u8]) -> u16 {
    Tabled::DNP.of(octets)
}

/// CRC-16/XMODEM of `octets`.
#[must_use]
#[inline]
pub fn xmodem(octets: &[u8]) -> u16 {
    Tabled::XMODEM.of(octets)
}

/// CRC-16/IBM-3740 of `octets`, also called CCITT-FALSE.
#[must_use]
#[inline]
pub fn ibm_3740(octets: &[u8]) -> u16 {
    Tabled::IBM_3740.of(octets)
}

/// CRC-16/GENIBUS of `octets`.
#[must_use]
#[inline]
pub fn genibus(octets: &[u8]) -> u16 {
    Tabled::GENIBUS.of(octets)
}

/// CRC-16/MCRF4XX of `octets`.
#[must_use]
#[inline]
pub fn mcrf4xx(octets: &[u8]) -> u16 {
    Tabled::MCRF4XX.of(octets)
}

/// A sum in the making: its register, and what belongs to its algorithm.
#[derive(Clone, Copy)]
pub(crate) struct Tabled {
    register: u16,
    xorout: u16,
    reflected: bool,
    lanes: &'static Lanes,
}

impl core::fmt::Debug for Tabled {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Tabled").field("register", &self.register).finish_non_exhaustive()
    }
}

impl Tabled {
    pub(super) const MODBUS: Self = Self::new(&CRC_16_MODBUS, &POLY_8005_REFLECTED);
    pub(super) const ARC: Self = Self::new(&CRC_16_ARC, &POLY_8005_REFLECTED);
    pub(crate) const IBM_SDLC: Self = Self::new(&CRC_16_IBM_SDLC, &POLY_1021_REFLECTED);
    pub(super) const KERMIT: Self = Self::new(&CRC_16_KERMIT, &POLY_1021_REFLECTED);
    pub(super) const MCRF4XX: Self = Self::new(&CRC_16_MCRF4XX, &POLY_1021_REFLECTED);
    pub(super) const XMODEM: Self = Self::new(&CRC_16_XMODEM, &POLY_1021);
    pub(super) const IBM_3740: Self = Self::new(&CRC_16_IBM_3740, &POLY_1021);
    pub(super) const GENIBUS: Self = Self::new(&CRC_16_GENIBUS, &POLY_1021);
    pub(super) const EN_13757: Self = Self::new(&CRC_16_EN_13757, &POLY_3D65);
    pub(super) const DNP: Self = Self::new(&CRC_16_DNP, &POLY_3D65_REFLECTED);

    /// All of them start with a register that reads the same from both ends, and leave it as they
    /// read it (`refin` equals `refout`).
    const fn new(algorithm: &Algorithm<u16>, lanes: &'static Lanes) -> Self {
        Self {
            register: algorithm.init,
            xorout: algorithm.xorout,
            reflected: algorithm.refin,
            lanes,
        }
    }

    #[inline(always)]
    fn of(mut self, octets: &[u8]) -> u16 {
        self.update(octets);
        self.finish()
    }

    #[inline(always)]
    pub(crate) fn update(&mut self, octets: &[u8]) {
        self.register = if self.reflected {
            update::<true>(self.lanes, self.register, octets)
        } else {
            update::<false>(self.lanes, self.register, octets)
        };
    }

    #[inline(always)]
    pub(crate) const fn finish(self) -> u16 {
        self.register ^ self.xorout
    }
}

/// The register after `octets`. A message is mostly shorter than a step: it does not pay for the
/// many registers of the processor that whole steps want.
#[inline]
fn update<const REFLECTED: bool>(lanes: &Lanes, register: u16, octets: &[u8]) -> u16 {
    #[cfg(not(feature = "small-tables"))]
    if octets.len() >= LANES {
        return in_steps::<REFLECTED>(lanes, register, octets);
    }
    short_of_a_step::<REFLECTED>(lanes, register, octets)
}

/// Whole steps, then what is left.
#[cfg(not(feature = "small-tables"))]
#[inline(never)]
fn in_steps<const REFLECTED: bool>(lanes: &Lanes, mut register: u16, octets: &[u8]) -> u16 {
    let (blocks, rest) = octets.as_chunks::<LANES>();
    for block in blocks {
        register = step::<REFLECTED, LANES>(lanes, register, *block);
    }
    short_of_a_step::<REFLECTED>(lanes, register, rest)
}

/// A half and a quarter of a step, then single octets.
#[inline(always)]
fn short_of_a_step<const REFLECTED: bool>(lanes: &Lanes, mut register: u16, octets: &[u8]) -> u16 {
    #[cfg(not(feature = "small-tables"))]
    let octets = {
        let mut octets = octets;
        if let Some((block, rest)) = octets.split_first_chunk::<8>() {
            register = step::<REFLECTED, 8>(lanes, register, *block);
            octets = rest;
        }
        if let Some((block, rest)) = octets.split_first_chunk::<4>() {
            register = step::<REFLECTED, 4>(lanes, register, *block);
            octets = rest;
        }
        octets
    };
    let [lane, ..] = lanes;
    for octet in octets {
        let [near, _] = ends::<REFLECTED>(register);
        let kept = if REFLECTED { register >> 8 } else { register << 8 };
        register = look_up(lane, near ^ octet) ^ kept;
    }
    register
}

/// The register after one block: each octet is looked up in the lane of its place, all at once.
/// The two look-ups that hang on the register come last, which lets the processor do the rest of
/// the next block before this one is finished.
#[cfg(not(feature = "small-tables"))]
#[inline(always)]
fn step<const REFLECTED: bool, const N: usize>(
    lanes: &Lanes,
    register: u16,
    mut block: [u8; N],
) -> u16 {
    if let [first, second, ..] = block.as_mut_slice() {
        let [near, far] = ends::<REFLECTED>(register);
        *first ^= near;
        *second ^= far;
    }
    block.iter().rev().zip(lanes).fold(0, |sum, (&octet, lane)| sum ^ look_up(lane, octet))
}

/// The octet of the register that meets the next octet of the message, and the other.
#[inline(always)]
const fn ends<const REFLECTED: bool>(register: u16) -> [u8; 2] {
    if REFLECTED { register.to_le_bytes() } else { register.to_be_bytes() }
}

#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "an octet always has its row of 256")]
fn look_up(lane: &[u16; 256], octet: u8) -> u16 {
    lane[usize::from(octet)]
}
