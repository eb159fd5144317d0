//! Cyclic sums by their parameters, bit by bit.

/// The parameters of a cyclic sum, in the words of the "Rocksoft model", and the engine that
/// computes it: bit by bit, for sums that a profile brings at run time.
///
/// ```
/// use gurux_framing::checksum::Rocksoft;
///
/// assert_eq!(Rocksoft::CRC_32.of(b"123456789"), 0xCBF4_3926);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Rocksoft {
    /// Bits in the register, 8 to 32; less counts as 8, more as 32.
    pub width: u8,
    /// The generator polynomial without its highest term, highest power in the highest bit.
    pub poly: u32,
    /// The register before the first octet.
    pub init: u32,
    /// Does the lowest bit of each octet go first?
    pub refin: bool,
    /// Is the sum read with its bits in reverse order?
    pub refout: bool,
    /// Combined with the sum by exclusive or at the end.
    pub xorout: u32,
}

impl Rocksoft {
    /// CRC-32/ISO-HDLC: Ethernet, zip.
    pub const CRC_32: Self = Self {
        width: 32,
        poly: 0x04C1_1DB7,
        init: u32::MAX,
        refin: true,
        refout: true,
        xorout: u32::MAX,
    };

    /// CRC-24/OPENPGP.
    pub const CRC_24: Self = Self {
        width: 24,
        poly: 0x86_4CFB,
        init: 0xB7_04CE,
        refin: false,
        refout: false,
        xorout: 0,
    };

    /// Octets that the sum takes in a message: 1 to 4.
    #[must_use]
    pub const fn wire_len(&self) -> usize {
        match self.width {
            0..=8 => 1,
            9..=16 => 2,
            17..=24 => 3,
            _ => 4,
        }
    }

    /// The sum of `octets`, in the low bits.
    #[must_use]
    pub fn of(&self, octets: &[u8]) -> u32 {
        self.finish(self.update(self.start(), octets))
    }

    /// Bits of 32 that the register leaves free.
    const fn free(&self) -> u32 {
        match self.width {
            0..=8 => 24,
            width @ 9..=32 => 32_u32.wrapping_sub(width as u32),
            _ => 0,
        }
    }

    /// The register lies at the end where octets come in: at the low end of the 32 bits when they
    /// come in reflected, else at the high end.
    const fn placed(&self, value: u32) -> u32 {
        let high = value.wrapping_shl(self.free());
        if self.refin { high.reverse_bits() } else { high }
    }

    pub(super) const fn start(&self) -> u32 {
        self.placed(self.init)
    }

    pub(super) fn update(&self, mut register: u32, octets: &[u8]) -> u32 {
        let poly = self.placed(self.poly);
        for &octet in octets {
            if self.refin {
                register ^= u32::from(octet);
                for _ in 0..8 {
                    let out = register & 1;
                    register >>= 1;
                    if out == 1 {
                        register ^= poly;
                    }
                }
            } else {
                register ^= u32::from(octet) << 24;
                for _ in 0..8 {
                    let out = register >> 31;
                    register <<= 1;
                    if out == 1 {
                        register ^= poly;
                    }
                }
            }
        }
        register
    }

    pub(super) const fn finish(&self, register: u32) -> u32 {
        let free = self.free();
        let plain = if self.refin { register } else { register.wrapping_shr(free) };
        let value =
            if self.refin == self.refout { plain } else { plain.reverse_bits().wrapping_shr(free) };
        (value ^ self.xorout) & u32::MAX.wrapping_shr(free)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Check values of the catalogue, for "123456789".
    #[rustfmt::skip]
    const CATALOGUE: [(Rocksoft, u32); 8] = [
        (Rocksoft { width: 8,  poly: 0x07,        init: 0,        refin: false, refout: false, xorout: 0 },        0xF4),
        (Rocksoft { width: 8,  poly: 0x07,        init: 0xFF,     refin: true,  refout: true,  xorout: 0 },        0xD0),
        (Rocksoft { width: 12, poly: 0x80F,       init: 0,        refin: false, refout: true,  xorout: 0 },        0xDAF),
        (Rocksoft { width: 15, poly: 0x4599,      init: 0,        refin: false, refout: false, xorout: 0 },        0x059E),
        (Rocksoft { width: 21, poly: 0x10_2899,   init: 0,        refin: false, refout: false, xorout: 0 },        0x0E_D841),
        (Rocksoft::CRC_24,                                                                                         0x21_CF02),
        (Rocksoft::CRC_32,                                                                                         0xCBF4_3926),
        (Rocksoft { width: 32, poly: 0x04C1_1DB7, init: u32::MAX, refin: false, refout: false, xorout: 0 },        0x0376_E6E7),
    ];

    #[test]
    fn the_catalogues_widths_agree() {
        for (model, check) in CATALOGUE {
            assert_eq!(model.of(b"123456789"), check, "{model:?}");
        }
    }

    #[test]
    fn a_width_out_of_range_is_the_nearest() {
        let narrow = Rocksoft { width: 3, ..CATALOGUE[0].0 };
        assert_eq!((narrow.of(b"123456789"), narrow.wire_len()), (0xF4, 1));
        let wide = Rocksoft { width: 200, ..Rocksoft::CRC_32 };
        assert_eq!((wide.of(b"123456789"), wide.wire_len()), (0xCBF4_3926, 4));
    }
}
