//! The original's check sums: `GXChecksum` of Gurux.Communication as data.

use core::ops::Range;

use super::{ByteOrder, Checksum, Digest, OwnSum, Rocksoft};
use crate::{WireError, WireErrorKind};

/// The original's 23 types of check sum, in its order and with its parameters.
///
/// Source: `ChecksumType` and `GXChecksum.Type` of Gurux.Communication. Where the original named a
/// type and did not compute it (Fletcher, Adler), cut it to one octet (the sums of 16 and 32 bits),
/// ran it through a polynomial of zero (the exclusive or) or stored it in too many octets (the sum
/// of 24 bits), this is what the name says.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum ChecksumKind {
    /// 0: no check sum.
    #[default]
    None,
    /// 1: computed by the caller.
    Own,
    /// 2: polynomial 8005, reflected: CRC-16/ARC.
    Crc16,
    /// 3: polynomial A001, reflected.
    Crc16Reversed,
    /// 4: CRC-32/ISO-HDLC.
    Crc32,
    /// 5: Fletcher's sum of 16 bits.
    Fletcher,
    /// 6: Adler's sum of 32 bits.
    Adler32,
    /// 7: polynomial 1021 from FFFF: CRC-16/IBM-3740.
    Ccitt16,
    /// 8: CRC-16/MODBUS.
    Ibm16,
    /// 9: polynomial 8408, reflected.
    Ccitt16Reversed,
    /// 10: CRC-16/XMODEM.
    Zmodem,
    /// 11: CRC-16/ARC.
    Crc16Arc,
    /// 12: CRC-24/OPENPGP.
    Crc24,
    /// 13: CRC-32/ISO-HDLC, stored in the other octet order.
    Crc32Reversed,
    /// 14: polynomial E0 of 8 bits.
    Crc8,
    /// 15: polynomial 07 of 8 bits, reflected.
    Crc8Reversed,
    /// 16: exclusive or of all octets.
    Crc8Xor,
    /// 17: sum modulo 2^16.
    Sum16,
    /// 18: sum modulo 2^32.
    Sum32,
    /// 19: CRC-16/IBM-SDLC, the frame check sequence of HDLC.
    Fcs16,
    /// 20: the parameters in [`ChecksumSettings`].
    Custom,
    /// 21: sum modulo 256.
    Sum8,
    /// 22: ABB Alpha: CRC-16/XMODEM.
    CrcAbbAlpha,
}

impl ChecksumKind {
    /// All kinds, in the order of their numbers.
    #[rustfmt::skip]
    pub const ALL: [Self; 23] = [
        Self::None, Self::Own, Self::Crc16, Self::Crc16Reversed, Self::Crc32, Self::Fletcher,
        Self::Adler32, Self::Ccitt16, Self::Ibm16, Self::Ccitt16Reversed, Self::Zmodem,
        Self::Crc16Arc, Self::Crc24, Self::Crc32Reversed, Self::Crc8, Self::Crc8Reversed,
        Self::Crc8Xor, Self::Sum16, Self::Sum32, Self::Fcs16, Self::Custom, Self::Sum8,
        Self::CrcAbbAlpha,
    ];

    /// The number in the original's files.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The kind with this number in the original's files.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }
}

/// Which check sum a packet carries, where, and over what: the original's `GXChecksum`.
///
/// Places count in the packet without its sum: start marker, data, end marker.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct ChecksumSettings {
    /// The kind.
    pub kind: ChecksumKind,
    /// The octet before which the sum is put; negative counts from the end: -1 behind everything,
    /// -2 before the last octet (an end marker of one octet).
    pub position: i32,
    /// The first octet that counts.
    pub start: u32,
    /// How many octets count; negative counts from the end: -1 all, -2 all but the last.
    pub count: i32,
    /// Bits of the sum, for [`ChecksumKind::Custom`]: 8, 16, 24 or 32.
    pub size: u8,
    /// The polynomial, for [`ChecksumKind::Custom`].
    pub polynomial: u32,
    /// The register at the beginning, for [`ChecksumKind::Custom`].
    pub initial_value: u32,
    /// Combined with the sum at the end, for [`ChecksumKind::Custom`].
    pub final_xor: u32,
    /// Does the lowest bit of each octet go first? For [`ChecksumKind::Custom`].
    pub reverse_data: bool,
    /// Is the sum read with its bits in reverse order? For [`ChecksumKind::Custom`].
    pub reflection: bool,
    /// Is the sum stored in the order opposite to that of the packet?
    pub reversed_checksum: bool,
    /// The caller's sum, for [`ChecksumKind::Own`].
    #[cfg_attr(feature = "serde", serde(skip))]
    pub own: Option<OwnSum>,
}

impl Default for ChecksumSettings {
    fn default() -> Self {
        Self::new(ChecksumKind::None)
    }
}

impl ChecksumSettings {
    /// A sum of this kind over the whole packet and behind it.
    #[must_use]
    pub const fn new(kind: ChecksumKind) -> Self {
        Self {
            kind,
            position: -1,
            start: 0,
            count: -1,
            size: 0,
            polynomial: 0,
            initial_value: 0,
            final_xor: 0,
            reverse_data: false,
            reflection: false,
            reversed_checksum: false,
            own: None,
        }
    }

    /// The algorithm; none for [`ChecksumKind::None`], and for [`ChecksumKind::Own`] without a
    /// sum of the caller's.
    #[must_use]
    pub const fn checksum(&self) -> Option<Checksum> {
        match self.kind {
            ChecksumKind::None => None,
            ChecksumKind::Own => match self.own {
                Some(own) => Some(Checksum::Own(own)),
                None => None,
            },
            ChecksumKind::Crc16 | ChecksumKind::Crc16Arc => Some(Checksum::Arc),
            ChecksumKind::Crc16Reversed => plain_crc(16, 0xA001, 0, true),
            ChecksumKind::Crc32 | ChecksumKind::Crc32Reversed => {
                Some(Checksum::Rocksoft(Rocksoft::CRC_32))
            }
            ChecksumKind::Fletcher => Some(Checksum::Fletcher16),
            ChecksumKind::Adler32 => Some(Checksum::Adler32),
            ChecksumKind::Ccitt16 => Some(Checksum::Ibm3740),
            ChecksumKind::Ibm16 => Some(Checksum::Modbus),
            ChecksumKind::Ccitt16Reversed => plain_crc(16, 0x8408, 0, true),
            ChecksumKind::Zmodem | ChecksumKind::CrcAbbAlpha => Some(Checksum::Xmodem),
            ChecksumKind::Crc24 => Some(Checksum::Rocksoft(Rocksoft::CRC_24)),
            ChecksumKind::Crc8 => plain_crc(8, 0xE0, 0, false),
            ChecksumKind::Crc8Reversed => plain_crc(8, 0x07, 0, true),
            ChecksumKind::Crc8Xor => Some(Checksum::Xor8),
            ChecksumKind::Sum16 => Some(Checksum::Sum16),
            ChecksumKind::Sum32 => Some(Checksum::Sum32),
            ChecksumKind::Fcs16 => Some(Checksum::IbmSdlc),
            ChecksumKind::Sum8 => Some(Checksum::Sum8),
            ChecksumKind::Custom => Some(Checksum::Rocksoft(Rocksoft {
                width: self.size,
                poly: self.polynomial,
                init: self.initial_value,
                refin: self.reverse_data,
                refout: self.reflection,
                xorout: self.final_xor,
            })),
        }
    }

    /// The order in which the sum is stored in a packet of this order.
    #[must_use]
    pub const fn order(&self, packet: ByteOrder) -> ByteOrder {
        let swapped = matches!(self.kind, ChecksumKind::Crc32Reversed);
        if self.reversed_checksum == swapped { packet } else { packet.other() }
    }

    /// The octet before which the sum stands in a packet of `len` octets without its sum; none if
    /// the packet is too short for that.
    #[must_use]
    pub fn place(&self, len: usize) -> Option<usize> {
        from_end(self.position, len).filter(|&place| place <= len)
    }

    /// The octets that count in a packet of `len` octets without its sum; none if the packet is
    /// too short for them.
    #[must_use]
    pub fn covered(&self, len: usize) -> Option<Range<usize>> {
        let start = usize::try_from(self.start).ok()?;
        let end = match usize::try_from(self.count) {
            Ok(count) => start.checked_add(count)?,
            Err(_) => from_end(self.count, len)?,
        };
        (start <= end && end <= len).then_some(start..end)
    }

    /// Writes `packet` with its sum into `out` and says how many octets that took.
    ///
    /// # Errors
    /// [`WireErrorKind::Limit`] if `out` is too short, [`WireErrorKind::Truncated`] if the packet
    /// is too short for the place of the sum or for the octets that count.
    pub fn insert(
        &self,
        packet: &[u8],
        order: ByteOrder,
        out: &mut [u8],
    ) -> Result<usize, WireError> {
        let (place, sum) = match self.checksum() {
            None => (packet.len(), None),
            Some(checksum) => {
                let place = self.place(packet.len()).ok_or_else(|| short(packet))?;
                let mut digest = checksum.digest();
                self.digest_into(&mut digest, packet, &[])?;
                (place, Some((digest.finish(), checksum.wire_len())))
            }
        };
        let (head, tail) = packet.split_at_checked(place).ok_or_else(|| short(packet))?;
        let stored = sum.map(|(value, len)| self.order(order).octets(value, len));
        let stored = stored.as_ref().map_or(&[][..], |stored| stored.as_slice());
        let max = out.len();
        let len = packet.len().saturating_add(stored.len());
        let room = out.get_mut(..len).ok_or(WireError::new(
            max,
            "output buffer",
            WireErrorKind::Limit { max },
        ))?;
        for (to, from) in room.iter_mut().zip(head.iter().chain(stored).chain(tail)) {
            *to = *from;
        }
        Ok(len)
    }

    /// Checks the sum in `packet`.
    ///
    /// # Errors
    /// [`WireErrorKind::Checksum`] if it does not fit, [`WireErrorKind::Truncated`] if the packet
    /// is too short to hold it.
    pub fn verify(&self, packet: &[u8], order: ByteOrder) -> Result<(), WireError> {
        let Some(checksum) = self.checksum() else { return Ok(()) };
        let len = checksum.wire_len();
        let bare = packet.len().checked_sub(len).ok_or_else(|| short(packet))?;
        let place = self.place(bare).ok_or_else(|| short(packet))?;
        let (head, tail) = packet.split_at_checked(place).ok_or_else(|| short(packet))?;
        let (stored, tail) = tail.split_at_checked(len).ok_or_else(|| short(packet))?;
        let mut digest = checksum.digest();
        self.digest_into(&mut digest, head, tail)?;
        let (expected, found) = (digest.finish(), self.order(order).value(stored));
        if expected == found {
            Ok(())
        } else {
            Err(WireError::new(place, "checksum", WireErrorKind::Checksum { expected, found }))
        }
    }

    /// Takes what counts of a packet that lies in two pieces.
    fn digest_into(&self, digest: &mut Digest, head: &[u8], tail: &[u8]) -> Result<(), WireError> {
        let len = head.len().saturating_add(tail.len());
        let covered = self.covered(len).ok_or_else(|| short(head))?;
        let in_head = covered.start.min(head.len())..covered.end.min(head.len());
        let in_tail =
            covered.start.saturating_sub(head.len())..covered.end.saturating_sub(head.len());
        digest.update(head.get(in_head).unwrap_or_default());
        digest.update(tail.get(in_tail).unwrap_or_default());
        Ok(())
    }
}

const fn plain_crc(width: u8, poly: u32, init: u32, reflected: bool) -> Option<Checksum> {
    Some(Checksum::Rocksoft(Rocksoft {
        width,
        poly,
        init,
        refin: reflected,
        refout: reflected,
        xorout: 0,
    }))
}

/// A place that counts from the end of `len` octets when it is negative, -1 being the end itself.
fn from_end(place: i32, len: usize) -> Option<usize> {
    match usize::try_from(place) {
        Ok(place) => Some(place),
        Err(_) => len.checked_sub(usize::try_from(place.unsigned_abs()).ok()?.wrapping_sub(1)),
    }
}

fn short(packet: &[u8]) -> WireError {
    let available = packet.len();
    let needed = available.saturating_add(1);
    WireError::new(available, "checksum", WireErrorKind::Truncated { needed, available })
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    const PACKET: &[u8] = b"\x02123456789\x03";

    fn over_the_digits(kind: ChecksumKind) -> ChecksumSettings {
        ChecksumSettings { position: -2, start: 1, count: -2, ..ChecksumSettings::new(kind) }
    }

    #[track_caller]
    fn stored(settings: &ChecksumSettings, order: ByteOrder) -> Vec<u8> {
        let mut out = [0; 32];
        let len = settings.insert(PACKET, order, &mut out).unwrap();
        settings.verify(&out[..len], order).unwrap();
        for place in 0..len {
            let mut broken = out;
            broken[place] ^= 0x10;
            let counts = settings.kind != ChecksumKind::None && place > 0 && place + 1 < len;
            assert_eq!(settings.verify(&broken[..len], order).is_err(), counts, "octet {place}");
        }
        out[10..len - 1].to_vec()
    }

    /// For "123456789", in the order of a little-endian packet; the values are the catalogue's.
    /// The kinds that no catalogue has stand in the next test.
    #[test]
    fn kinds_of_the_catalogue_have_their_values() {
        use ChecksumKind as K;
        #[rustfmt::skip]
        let expected: [(K, &[u8]); 17] = [
            (K::None,            &[]),
            (K::Crc16,           &[0x3D, 0xBB]),
            (K::Crc32,           &[0x26, 0x39, 0xF4, 0xCB]),
            (K::Fletcher,        &[0xDE, 0x1E]),
            (K::Adler32,         &[0xDE, 0x01, 0x1E, 0x09]),
            (K::Ccitt16,         &[0xB1, 0x29]),
            (K::Ibm16,           &[0x37, 0x4B]),
            (K::Zmodem,          &[0xC3, 0x31]),
            (K::Crc16Arc,        &[0x3D, 0xBB]),
            (K::Crc24,           &[0x02, 0xCF, 0x21]),
            (K::Crc32Reversed,   &[0xCB, 0xF4, 0x39, 0x26]),
            (K::Crc8Xor,         &[0x31]),
            (K::Sum16,           &[0xDD, 0x01]),
            (K::Sum32,           &[0xDD, 0x01, 0x00, 0x00]),
            (K::Fcs16,           &[0x6E, 0x90]),
            (K::Sum8,            &[0xDD]),
            (K::CrcAbbAlpha,     &[0xC3, 0x31]),
        ];
        for (kind, octets) in expected {
            assert_eq!(stored(&over_the_digits(kind), ByteOrder::Little), octets, "{kind:?}");
        }
    }

    /// The second way for the kinds that are in nobody's catalogue: division of polynomials,
    /// written out.
    fn divided(width: u32, poly: u64, reflected: bool, octets: &[u8]) -> u32 {
        let bits = octets.iter().flat_map(|&octet| {
            (0..8).map(move |i| if reflected { octet >> i & 1 } else { octet >> (7 - i) & 1 })
        });
        let mut rest = 0_u64;
        for bit in bits.chain(core::iter::repeat_n(0, width as usize)) {
            rest = rest << 1 | u64::from(bit);
            if rest >> width == 1 {
                rest ^= 1 << width | poly;
            }
        }
        let value = rest as u32;
        if reflected { value.reverse_bits() >> (32 - width) } else { value }
    }

    #[test]
    fn kinds_outside_the_catalogue_agree_with_long_division() {
        for (kind, width, poly, reflected) in [
            (ChecksumKind::Crc16Reversed, 16, 0xA001, true),
            (ChecksumKind::Ccitt16Reversed, 16, 0x8408, true),
            (ChecksumKind::Crc8, 8, 0xE0, false),
            (ChecksumKind::Crc8Reversed, 8, 0x07, true),
        ] {
            let value = ChecksumSettings::new(kind).checksum().unwrap().of(b"123456789");
            assert_eq!(value, divided(width, poly, reflected, b"123456789"), "{kind:?}");
        }
    }

    #[test]
    fn sums_of_16_and_32_bits_are_not_cut_to_one_octet() {
        let sum = |kind| ChecksumSettings::new(kind).checksum().unwrap().of(&[0xFF; 300]);
        assert_eq!(sum(ChecksumKind::Sum16), 76_500 & 0xFFFF);
        assert_eq!(sum(ChecksumKind::Sum32), 76_500);
    }

    #[test]
    fn fletcher_and_adler_are_implemented() {
        let sum = |kind| ChecksumSettings::new(kind).checksum().unwrap().of(b"Wikipedia");
        assert_eq!(sum(ChecksumKind::Adler32), 0x11E6_0398);
        assert_eq!(sum(ChecksumKind::Fletcher), u32::from(super::super::fletcher16(b"Wikipedia")));
    }

    #[test]
    fn adler_counts_from_its_start_to_its_end() {
        let settings =
            ChecksumSettings { start: 4, count: 5, ..over_the_digits(ChecksumKind::Adler32) };
        let mut out = [0; 32];
        settings.insert(PACKET, ByteOrder::Big, &mut out).unwrap();
        assert_eq!(out[10..14], crate::checksum::adler32(b"45678").to_be_bytes());
    }

    #[test]
    fn a_crc_of_24_bits_takes_three_octets() {
        assert_eq!(
            stored(&over_the_digits(ChecksumKind::Crc24), ByteOrder::Big),
            [0x21, 0xCF, 0x02]
        );
    }

    #[test]
    fn a_big_endian_packet_stores_the_high_octet_first_and_reversed_swaps_once() {
        let mut settings = over_the_digits(ChecksumKind::Ibm16);
        assert_eq!(stored(&settings, ByteOrder::Big), [0x4B, 0x37]);
        settings.reversed_checksum = true;
        assert_eq!(stored(&settings, ByteOrder::Big), [0x37, 0x4B]);
        assert_eq!(stored(&settings, ByteOrder::Little), [0x4B, 0x37]);
    }

    #[test]
    fn the_sum_stands_behind_before_the_end_marker_or_at_a_place() {
        let mut out = [0; 32];
        for (position, at) in [(-1, 11), (-2, 10), (-3, 9), (0, 0), (4, 4)] {
            let settings =
                ChecksumSettings { position, ..ChecksumSettings::new(ChecksumKind::Fcs16) };
            let len = settings.insert(PACKET, ByteOrder::Little, &mut out).unwrap();
            assert_eq!(len, 13);
            let sum = crate::checksum::ibm_sdlc(PACKET).to_le_bytes();
            assert_eq!(out[at..at + 2], sum, "position {position}");
            assert_eq!(settings.verify(&out[..13], ByteOrder::Little), Ok(()));
        }
    }

    #[test]
    fn a_custom_sum_takes_its_parameters_from_the_settings() {
        let settings = ChecksumSettings {
            size: 24,
            polynomial: 0x5D_6DCB,
            initial_value: 0xFE_DCBA,
            ..over_the_digits(ChecksumKind::Custom)
        };
        // CRC-24/FLEXRAY-A of the catalogue.
        assert_eq!(stored(&settings, ByteOrder::Big), [0x79, 0x79, 0xBD]);
    }

    #[test]
    fn a_sum_of_the_callers_own_is_a_kind() {
        let own = OwnSum {
            name: "count",
            len: 2,
            init: 0,
            update: |n, o| n + o.len() as u32,
            finish: |n| n,
        };
        let settings = ChecksumSettings { own: Some(own), ..over_the_digits(ChecksumKind::Own) };
        let mut out = [0; 32];
        assert_eq!(settings.insert(PACKET, ByteOrder::Little, &mut out), Ok(13));
        assert_eq!(out[10..12], [9, 0]);
        assert_eq!(over_the_digits(ChecksumKind::Own).checksum(), None);
    }

    #[test]
    fn a_packet_too_short_is_an_error() {
        let settings =
            ChecksumSettings { position: 40, ..ChecksumSettings::new(ChecksumKind::Sum8) };
        assert!(settings.insert(PACKET, ByteOrder::Little, &mut [0; 64]).is_err());
        assert!(settings.verify(PACKET, ByteOrder::Little).is_err());
        let settings = ChecksumSettings { count: 40, ..ChecksumSettings::new(ChecksumKind::Sum8) };
        assert!(settings.verify(PACKET, ByteOrder::Little).is_err());
        assert!(over_the_digits(ChecksumKind::Crc32).verify(&[1, 2], ByteOrder::Little).is_err());
        let fits = over_the_digits(ChecksumKind::Crc32);
        assert!(fits.insert(PACKET, ByteOrder::Little, &mut [0; 14]).is_err());
    }

    #[test]
    fn numbers_are_those_of_the_originals_files() {
        for (number, kind) in (0..).zip(ChecksumKind::ALL) {
            assert_eq!((kind.number(), ChecksumKind::from_number(number)), (number, Some(kind)));
        }
        assert_eq!(ChecksumKind::from_number(23), None);
        assert_eq!(ChecksumKind::Sum8.number(), 21);
    }
}
