//! Check sums: the catalogue's by table, those of a profile by their parameters, and the original
//! Gurux kinds as data.
//!
//! A sum that is known when the program is written is a function:
//!
//! ```
//! use gurux_framing::checksum;
//!
//! assert_eq!(checksum::modbus(b"123456789"), 0x4B37);
//! assert_eq!(checksum::sum8(&[0x08, 0x01, 0x72]), 0x7B);
//! ```
//!
//! A sum that a profile names is a value of [`Checksum`], whose [`Digest`] takes the octets in as
//! many pieces as they come in:
//!
//! ```
//! use gurux_framing::checksum::{Checksum, Rocksoft};
//!
//! let named = Checksum::Modbus;
//! let spelled = Checksum::Rocksoft(Rocksoft {
//!     width: 16, poly: 0x8005, init: 0xFFFF, refin: true, refout: true, xorout: 0,
//! });
//! assert_eq!(named.of(b"123456789"), spelled.of(b"123456789"));
//! ```
//!
//! The names of the cyclic sums are those of the catalogue of parametrised CRC algorithms that the
//! crate `crc` carries.

mod kind;
mod order;
mod plain;
mod rocksoft;
mod table;

pub use kind::{ChecksumKind, ChecksumSettings};
pub use order::{ByteOrder, Stored};
pub use plain::{adler32, fletcher16, lrc8, sum8, sum16, sum32, xor8};
pub use rocksoft::Rocksoft;
pub use table::{
    arc, dnp, en_13757, genibus, ibm_3740, ibm_sdlc, kermit, mcrf4xx, modbus, modbus_just_written,
    xmodem,
};

pub(crate) use table::en_13757_block;

use plain::{Adler, Fletcher};
pub(crate) use table::Tabled;

/// A check sum as data: an algorithm with all its parameters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Checksum {
    /// CRC-16/MODBUS: Modbus RTU.
    Modbus,
    /// CRC-16/ARC: DSMR P1.
    Arc,
    /// CRC-16/IBM-SDLC, also called X-25 and FCS-16: HDLC, SML, ANSI C12.18.
    IbmSdlc,
    /// CRC-16/KERMIT: seen in place of X-25 in some SML meters.
    Kermit,
    /// CRC-16/EN-13757: wireless M-Bus.
    En13757,
    /// CRC-16/DNP: the reflected brother of EN-13757.
    Dnp,
    /// CRC-16/XMODEM: Kamstrup KMP, ABB Alpha.
    Xmodem,
    /// CRC-16/IBM-3740, also called CCITT-FALSE.
    Ibm3740,
    /// CRC-16/GENIBUS.
    Genibus,
    /// CRC-16/MCRF4XX.
    Mcrf4xx,
    /// The sum of all octets, modulo 256: FT1.2, DL/T 645.
    Sum8,
    /// The sum of all octets, modulo 2^16.
    Sum16,
    /// The sum of all octets, modulo 2^32.
    Sum32,
    /// All octets combined by exclusive or: the block check character of IEC 62056-21.
    Xor8,
    /// The two's complement of the sum of all octets: Modbus ASCII.
    Lrc8,
    /// Fletcher's sum of 16 bits, modulo 255.
    Fletcher16,
    /// Adler's sum of 32 bits, modulo 65521.
    Adler32,
    /// Any cyclic sum of 8 to 32 bits, by its parameters.
    Rocksoft(Rocksoft),
    /// A sum of the caller's own. It cannot be stored in a file.
    #[cfg_attr(feature = "serde", serde(skip))]
    Own(OwnSum),
}

/// A check sum that the caller computes: three plain functions over a state of 32 bits.
#[derive(Clone, Copy, Debug)]
pub struct OwnSum {
    /// What it is called: two sums with one name count as equal.
    pub name: &'static str,
    /// Octets that it takes in a message, 1 to 4.
    pub len: u8,
    /// The state before the first octet.
    pub init: u32,
    /// The state after some more octets.
    pub update: fn(u32, &[u8]) -> u32,
    /// The sum, from the state after the last octet.
    pub finish: fn(u32) -> u32,
}

impl PartialEq for OwnSum {
    fn eq(&self, other: &Self) -> bool {
        (self.name, self.len) == (other.name, other.len)
    }
}

impl Eq for OwnSum {}

impl Checksum {
    /// Octets that the sum takes in a message when it is stored in binary: 1 to 4.
    #[must_use]
    pub const fn wire_len(&self) -> usize {
        match self {
            Self::Sum8 | Self::Xor8 | Self::Lrc8 => 1,
            Self::Sum32 | Self::Adler32 => 4,
            Self::Rocksoft(rocksoft) => rocksoft.wire_len(),
            Self::Own(own) => match own.len {
                0 | 1 => 1,
                2 => 2,
                3 => 3,
                _ => 4,
            },
            _ => 2,
        }
    }

    /// The sum of `octets`, in the low bits.
    #[must_use]
    pub fn of(&self, octets: &[u8]) -> u32 {
        let mut digest = self.digest();
        digest.update(octets);
        digest.finish()
    }

    /// Begins a sum whose octets come in pieces.
    #[must_use]
    pub const fn digest(&self) -> Digest {
        Digest(match *self {
            Self::Modbus => State::Tabled(Tabled::MODBUS),
            Self::Arc => State::Tabled(Tabled::ARC),
            Self::IbmSdlc => State::Tabled(Tabled::IBM_SDLC),
            Self::Kermit => State::Tabled(Tabled::KERMIT),
            Self::En13757 => State::Tabled(Tabled::EN_13757),
            Self::Dnp => State::Tabled(Tabled::DNP),
            Self::Xmodem => State::Tabled(Tabled::XMODEM),
            Self::Ibm3740 => State::Tabled(Tabled::IBM_3740),
            Self::Genibus => State::Tabled(Tabled::GENIBUS),
            Self::Mcrf4xx => State::Tabled(Tabled::MCRF4XX),
            Self::Sum8 => State::Sum { sum: 0, mask: 0xFF },
            Self::Sum16 => State::Sum { sum: 0, mask: 0xFFFF },
            Self::Sum32 => State::Sum { sum: 0, mask: u32::MAX },
            Self::Xor8 => State::Xor(0),
            Self::Lrc8 => State::Lrc(0),
            Self::Fletcher16 => State::Fletcher(Fletcher::START),
            Self::Adler32 => State::Adler(Adler::START),
            Self::Rocksoft(rocksoft) => {
                State::Rocksoft { register: rocksoft.start(), model: rocksoft }
            }
            Self::Own(own) => State::Own { state: own.init, own },
        })
    }
}

/// A check sum in the making. Pieces of any length give the same sum as the whole.
#[derive(Clone, Copy, Debug)]
pub struct Digest(State);

#[derive(Clone, Copy, Debug)]
enum State {
    Tabled(Tabled),
    Sum { sum: u32, mask: u32 },
    Xor(u8),
    Lrc(u8),
    Fletcher(Fletcher),
    Adler(Adler),
    Rocksoft { register: u32, model: Rocksoft },
    Own { state: u32, own: OwnSum },
}

impl Digest {
    /// Takes the next octets.
    pub fn update(&mut self, octets: &[u8]) {
        match &mut self.0 {
            State::Tabled(tabled) => tabled.update(octets),
            State::Sum { sum, .. } => *sum = sum.wrapping_add(sum32(octets)),
            State::Xor(sum) => *sum ^= xor8(octets),
            State::Lrc(sum) => *sum = sum.wrapping_add(lrc8(octets)),
            State::Fletcher(fletcher) => fletcher.update(octets),
            State::Adler(adler) => adler.update(octets),
            State::Rocksoft { register, model } => *register = model.update(*register, octets),
            State::Own { state, own } => *state = (own.update)(*state, octets),
        }
    }

    /// The sum, in the low bits.
    #[must_use]
    pub fn finish(self) -> u32 {
        match self.0 {
            State::Tabled(tabled) => tabled.finish().into(),
            State::Sum { sum, mask } => sum & mask,
            State::Xor(sum) | State::Lrc(sum) => sum.into(),
            State::Fletcher(fletcher) => fletcher.finish().into(),
            State::Adler(adler) => adler.finish(),
            State::Rocksoft { register, model } => model.finish(register),
            State::Own { state, own } => (own.finish)(state),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    const CHECK: &[u8] = b"123456789";

    /// The values that the catalogue and field practice pin to the names.
    #[rustfmt::skip]
    const CHECKS: [(Checksum, u32); 17] = [
        (Checksum::Modbus,     0x4B37),
        (Checksum::Arc,        0xBB3D),
        (Checksum::IbmSdlc,    0x906E),
        (Checksum::Kermit,     0x2189),
        (Checksum::En13757,    0xC2B7),
        (Checksum::Dnp,        0xEA82),
        (Checksum::Xmodem,     0x31C3),
        (Checksum::Ibm3740,    0x29B1),
        (Checksum::Genibus,    0xD64E),
        (Checksum::Mcrf4xx,    0x6F91),
        (Checksum::Sum8,       0xDD),
        (Checksum::Sum16,      0x01DD),
        (Checksum::Sum32,      0x01DD),
        (Checksum::Xor8,       0x31),
        (Checksum::Lrc8,       0x23),
        (Checksum::Fletcher16, 0x1EDE),
        (Checksum::Adler32,    0x091E_01DE),
    ];

    /// The second way: the parameters of each cyclic sum, for the bitwise engine.
    #[rustfmt::skip]
    const SPELLED: [(Checksum, u32, u32, bool, u32); 10] = [
        (Checksum::Modbus,  0x8005, 0xFFFF, true,  0),
        (Checksum::Arc,     0x8005, 0,      true,  0),
        (Checksum::IbmSdlc, 0x1021, 0xFFFF, true,  0xFFFF),
        (Checksum::Kermit,  0x1021, 0,      true,  0),
        (Checksum::En13757, 0x3D65, 0,      false, 0xFFFF),
        (Checksum::Dnp,     0x3D65, 0,      true,  0xFFFF),
        (Checksum::Xmodem,  0x1021, 0,      false, 0),
        (Checksum::Ibm3740, 0x1021, 0xFFFF, false, 0),
        (Checksum::Genibus, 0x1021, 0xFFFF, false, 0xFFFF),
        (Checksum::Mcrf4xx, 0x1021, 0xFFFF, true,  0),
    ];

    #[test]
    fn check_values_pin_the_names() {
        for (checksum, value) in CHECKS {
            assert_eq!(checksum.of(CHECK), value, "{checksum:?}");
        }
    }

    #[test]
    fn functions_and_data_are_one() {
        let octets: [u8; 67] = core::array::from_fn(|i| (i * 37) as u8);
        for (checksum, function) in [
            (Checksum::Modbus, modbus as fn(&[u8]) -> u16),
            (Checksum::Arc, arc),
            (Checksum::IbmSdlc, ibm_sdlc),
            (Checksum::Kermit, kermit),
            (Checksum::En13757, en_13757),
            (Checksum::Dnp, dnp),
            (Checksum::Xmodem, xmodem),
            (Checksum::Ibm3740, ibm_3740),
            (Checksum::Genibus, genibus),
            (Checksum::Mcrf4xx, mcrf4xx),
            (Checksum::Sum16, sum16),
            (Checksum::Fletcher16, fletcher16),
        ] {
            assert_eq!(checksum.of(&octets), u32::from(function(&octets)), "{checksum:?}");
        }
    }

    #[test]
    fn a_sum_of_the_callers_own_is_used_like_any() {
        let own = Checksum::Own(OwnSum {
            name: "sum & 3F + 20, of TIC",
            len: 1,
            init: 0,
            update: |sum, octets| sum.wrapping_add(sum32(octets)),
            finish: |sum| (sum & 0x3F) + 0x20,
        });
        assert_eq!((own.of(b"PAPP 00750"), own.wire_len()), (0x2D, 1));
    }

    proptest! {
        #[test]
        fn tables_agree_with_the_bitwise_engine(octets: Vec<u8>, cut: usize) {
            let (head, tail) = octets.split_at(cut % (octets.len() + 1));
            for (checksum, poly, init, reflected, xorout) in SPELLED {
                let spelled = Checksum::Rocksoft(Rocksoft {
                    width: 16, poly, init, refin: reflected, refout: reflected, xorout,
                });
                prop_assert_eq!(checksum.of(&octets), spelled.of(&octets), "{:?}", checksum);
                prop_assert_eq!(checksum.wire_len(), spelled.wire_len());
            }
            for (checksum, _) in CHECKS {
                let mut digest = checksum.digest();
                digest.update(head);
                digest.update(tail);
                prop_assert_eq!(digest.finish(), checksum.of(&octets), "{:?} in two pieces", checksum);
            }
        }
    }
}
