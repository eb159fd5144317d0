//! [`Transform`]: how the content of a frame is coded, and the way back.

use super::{OctetSet, Octets};

/// How the content of a frame is coded.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case", deny_unknown_fields))]
#[non_exhaustive]
pub enum Transform {
    /// As it is.
    #[default]
    None,
    /// A constant is added to each octet (DL/T 645: 33h).
    Add(u8),
    /// The escape sequence is doubled where it occurs in the content. It stands at multiples of
    /// its own length, counted from the beginning of the frame (SML: 1B1B1B1B).
    Doubled(Octets),
    /// Each octet of the set is written as the escape octet and itself combined with `xor`
    /// (asynchronous HDLC: 7D, 20; Kamstrup KMP: 1B, FF).
    Escaped {
        /// The escape octet, which is always escaped itself.
        escape: u8,
        /// What an escaped octet is combined with.
        xor: u8,
        /// The octets that are escaped.
        set: OctetSet,
    },
    /// Two hexadecimal digits an octet; capitals are written, small ones read too (Modbus ASCII).
    Hex,
}

impl Transform {
    /// The coded octets, decoded one by one; `None` stands for octets that are no code.
    pub(super) fn decoded(self, coded: &[u8]) -> Decoded<'_> {
        Decoded { transform: self, coded, in_group: 0 }
    }

    /// Hands the code of `octets` to `put`, octet by octet.
    pub(super) fn encode(self, octets: impl Iterator<Item = u8>, mut put: impl FnMut(u8)) {
        match self {
            Self::None => octets.for_each(put),
            Self::Add(constant) => octets.for_each(|octet| put(octet.wrapping_add(constant))),
            Self::Escaped { escape, xor, set } => octets.for_each(|octet| {
                if octet == escape || set.contains(octet) {
                    put(escape);
                    put(octet ^ xor);
                } else {
                    put(octet);
                }
            }),
            Self::Hex => octets.for_each(|octet| {
                put(hex_digit(octet >> 4));
                put(hex_digit(octet & 15));
            }),
            Self::Doubled(escape) => {
                // The content begins at a multiple of the sequence, so it comes in whole groups.
                let escape = escape.as_slice();
                let mut group = Octets::EMPTY;
                for octet in octets {
                    put(octet);
                    // A group is never longer than the sequence, which fits.
                    let _ = group.push(octet);
                    if group.len() >= escape.len() {
                        if group.as_slice() == escape {
                            escape.iter().for_each(|&octet| put(octet));
                        }
                        group = Octets::EMPTY;
                    }
                }
            }
        }
    }
}

/// The decoded octets of a content.
#[derive(Clone)]
pub(super) struct Decoded<'f> {
    transform: Transform,
    coded: &'f [u8],
    /// Octets that went by since the last multiple of a doubled sequence.
    in_group: usize,
}

impl Iterator for Decoded<'_> {
    type Item = Option<u8>;

    #[inline]
    fn next(&mut self) -> Option<Option<u8>> {
        let coded = self.coded;
        let (&first, rest) = coded.split_first()?;
        self.coded = rest;
        Some(match self.transform {
            Transform::None => Some(first),
            Transform::Add(constant) => Some(first.wrapping_sub(constant)),
            Transform::Escaped { escape, xor, .. } if first == escape => {
                rest.split_first().map(|(&second, rest)| {
                    self.coded = rest;
                    second ^ xor
                })
            }
            Transform::Escaped { .. } => Some(first),
            Transform::Hex => rest.split_first().and_then(|(&second, rest)| {
                self.coded = rest;
                hex_pair([first, second])
            }),
            Transform::Doubled(escape) => {
                let sequence = escape.as_slice();
                // At the beginning of a group: of two sequences, the first is left out.
                if self.in_group == 0
                    && let Some(behind) = coded.strip_prefix(sequence)
                    && behind.starts_with(sequence)
                {
                    self.coded = behind.get(1..).unwrap_or_default();
                }
                self.in_group = match self.in_group.wrapping_add(1) {
                    whole if whole >= sequence.len() => 0,
                    part => part,
                };
                Some(first)
            }
        })
    }
}

/// The digit for a value below 16.
pub(super) const fn hex_digit(value: u8) -> u8 {
    match value {
        0..=9 => b'0'.wrapping_add(value),
        _ => b'A'.wrapping_sub(10).wrapping_add(value),
    }
}

/// The value of a digit.
pub(super) const fn hex_value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit.wrapping_sub(b'0')),
        b'A'..=b'F' => Some(digit.wrapping_sub(b'A').wrapping_add(10)),
        b'a'..=b'f' => Some(digit.wrapping_sub(b'a').wrapping_add(10)),
        _ => None,
    }
}

/// The octet that two digits spell.
pub(super) fn hex_pair([high, low]: [u8; 2]) -> Option<u8> {
    Some(hex_value(high)? << 4 | hex_value(low)?)
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    const SML: Transform = Transform::Doubled(Octets::of([0x1B; 4]));
    const KMP: Transform = Transform::Escaped {
        escape: 0x1B,
        xor: 0xFF,
        set: OctetSet::NONE.with(0x80, 0x80).with(0x40, 0x40).with(0x0D, 0x0D).with(0x06, 0x06),
    };

    fn encoded(transform: Transform, octets: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        transform.encode(octets.iter().copied(), |octet| out.push(octet));
        out
    }

    fn decoded(transform: Transform, coded: &[u8]) -> Option<Vec<u8>> {
        transform.decoded(coded).collect()
    }

    #[test]
    fn an_escape_sequence_is_doubled_at_its_multiples_only() {
        assert_eq!(
            encoded(SML, &[1, 2, 3, 4, 0x1B, 0x1B, 0x1B, 0x1B, 5]),
            [1, 2, 3, 4, 0x1B, 0x1B, 0x1B, 0x1B, 0x1B, 0x1B, 0x1B, 0x1B, 5],
        );
        assert_eq!(encoded(SML, &[1, 0x1B, 0x1B, 0x1B, 0x1B]), [1, 0x1B, 0x1B, 0x1B, 0x1B]);
    }

    #[test]
    fn escaped_octets_are_read_back() {
        assert_eq!(encoded(KMP, &[0x80, 0x1B, 0x12]), [0x1B, 0x7F, 0x1B, 0xE4, 0x12]);
        assert_eq!(decoded(KMP, &[0x1B, 0x7F, 0x12]), Some([0x80, 0x12].to_vec()));
        assert_eq!(decoded(KMP, &[0x12, 0x1B]), None);
    }

    #[test]
    fn hexadecimal_text_must_be_pairs_of_digits() {
        assert_eq!(encoded(Transform::Hex, &[0x1F, 0xA0]), b"1FA0");
        assert_eq!(decoded(Transform::Hex, b"1Fa0"), Some([0x1F, 0xA0].to_vec()));
        assert_eq!(decoded(Transform::Hex, b"1Fa"), None);
        assert_eq!(decoded(Transform::Hex, b"1G"), None);
    }

    proptest! {
        #[test]
        fn decoding_is_the_way_back(octets in prop::collection::vec(prop_oneof![Just(0x1B_u8), any::<u8>()], 0..60)) {
            for transform in [Transform::None, Transform::Add(0x33), SML, KMP, Transform::Hex] {
                prop_assert_eq!(decoded(transform, &encoded(transform, &octets)), Some(octets.clone()), "{:?}", transform);
            }
        }
    }
}
