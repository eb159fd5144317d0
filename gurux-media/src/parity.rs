//! Software parity: the eighth bit of an octet as the parity bit of a character of seven.
//!
//! A character of seven data bits with parity (7E1, the sign-on of IEC 62056-21) has the same
//! ten bits on the line as one of eight without (8N1). Where an adapter can do only the latter,
//! the eighth bit is made and taken off here.

use crate::{LineSettings, MediaError, Parity};

/// The parity bit of a character, made and taken off in the octets that pass.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct SoftwareParity(Parity);

impl SoftwareParity {
    /// The software parity of a line, where it is possible: seven data bits and a parity bit.
    pub(crate) fn of(line: &LineSettings) -> Option<Self> {
        (line.data_bits == 7 && line.parity != Parity::None).then_some(Self(line.parity))
    }

    /// The same, where the user asked for it.
    pub(crate) fn asked(line: &LineSettings, asked: bool) -> Result<Option<Self>, MediaError> {
        match (asked, Self::of(line)) {
            (false, _) => Ok(None),
            (true, Some(parity)) => Ok(Some(parity)),
            (true, None) if line.data_bits == 8 && line.parity == Parity::None => Ok(None),
            (true, None) => Err(MediaError::Unsupported(
                "make parity in software for other characters than seven data bits with parity",
            )),
        }
    }

    /// The octet as it stands on the line.
    pub(crate) fn add(self, octet: u8) -> u8 {
        let data = octet & 0x7F;
        let odd_ones = data.count_ones() % 2 == 1;
        let bit = match self.0 {
            Parity::None | Parity::Space => false,
            Parity::Mark => true,
            Parity::Even => odd_ones,
            Parity::Odd => !odd_ones,
        };
        data | if bit { 0x80 } else { 0 }
    }

    /// Takes the parity bits off; how many of them were wrong. A character with a wrong one is
    /// kept: the check of the frame decides.
    pub(crate) fn strip(self, octets: &mut [u8]) -> u64 {
        let mut wrong = 0;
        for octet in octets {
            if self.add(*octet) != *octet {
                wrong += 1;
            }
            *octet &= 0x7F;
        }
        wrong
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn soft(parity: Parity) -> SoftwareParity {
        SoftwareParity::of(&LineSettings { data_bits: 7, parity, ..LineSettings::new(300) })
            .unwrap()
    }

    #[test]
    fn the_sign_on_of_iec_62056_21_at_7e1() {
        // `/?!` CR LF with even parity, worked by hand: 2F has five ones, 3F six, 21 two,
        // 0D three, 0A two.
        let octets: std::vec::Vec<u8> =
            b"/?!\r\n".iter().map(|&octet| soft(Parity::Even).add(octet)).collect();
        assert_eq!(octets, [0xAF, 0x3F, 0x21, 0x8D, 0x0A]);
    }

    #[test]
    fn each_parity_comes_off_again_and_wrong_bits_are_counted() {
        for parity in [Parity::Even, Parity::Odd, Parity::Mark, Parity::Space] {
            let soft = soft(parity);
            let mut octets: std::vec::Vec<u8> = (0..128).map(|octet| soft.add(octet)).collect();
            assert_eq!(soft.strip(&mut octets), 0, "{parity:?}");
            assert!(octets.iter().copied().eq(0..128));
            let mut wrong: std::vec::Vec<u8> =
                (0..128).map(|octet| soft.add(octet) ^ 0x80).collect();
            assert_eq!(soft.strip(&mut wrong), 128);
        }
    }

    #[test]
    fn only_seven_data_bits_leave_room_for_a_parity_bit() {
        assert!(SoftwareParity::asked(&LineSettings::new(9600).even(), true).is_err());
        assert!(SoftwareParity::asked(&LineSettings::new(9600).even(), false).is_ok());
        assert_eq!(SoftwareParity::asked(&LineSettings::new(9600), true).unwrap(), None);
    }
}
