//! [`ByteOrder`]: which octet of a number goes first.

/// Which octet of a number goes first.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum ByteOrder {
    /// The low octet.
    #[default]
    Little,
    /// The high octet.
    Big,
}

impl ByteOrder {
    /// The other order.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Little => Self::Big,
            Self::Big => Self::Little,
        }
    }

    /// The number in `octets`, of which the lowest 32 bits count.
    #[must_use]
    pub fn value(self, octets: &[u8]) -> u32 {
        let shift_in = |value: u32, &octet: &u8| value << 8 | u32::from(octet);
        match self {
            Self::Little => octets.iter().rev().fold(0, shift_in),
            Self::Big => octets.iter().fold(0, shift_in),
        }
    }

    /// The lowest `len` octets of `value`, 1 to 4.
    #[must_use]
    pub const fn octets(self, value: u32, len: usize) -> Stored {
        let len = if len > 4 { 4 } else { len };
        let octets = match self {
            Self::Little => value.to_le_bytes(),
            // The octets that count come first.
            Self::Big => value.wrapping_shl(32_u32.wrapping_sub(8 * len as u32)).to_be_bytes(),
        };
        Stored { octets, len }
    }
}

/// A number of 1 to 4 octets as it is stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stored {
    octets: [u8; 4],
    len: usize,
}

impl Stored {
    /// The octets.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        self.octets.get(..self.len).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_and_value_are_each_others_way_back() {
        for order in [ByteOrder::Little, ByteOrder::Big] {
            for (len, value) in [(1, 0x12), (2, 0x1234), (3, 0x12_3456), (4, 0x1234_5678)] {
                assert_eq!(order.value(order.octets(value, len).as_slice()), value);
            }
        }
        assert_eq!(ByteOrder::Big.octets(0x1234, 2).as_slice(), [0x12, 0x34]);
        assert_eq!(ByteOrder::Little.octets(0x1234, 3).as_slice(), [0x34, 0x12, 0]);
    }
}
