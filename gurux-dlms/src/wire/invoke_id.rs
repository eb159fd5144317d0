//! [`InvokeId`] and [`LongInvokeId`]: which request an answer belongs to.

use core::fmt;

use gurux_framing::{Reader, Shown, Sink, Visit, WireError};

use super::part::{Part, encode_by};
#[cfg(feature = "alloc")]
use crate::xml;

/// Invoke-Id-And-Priority.
///
/// | bits | field |
/// |---|---|
/// | 0 to 3 | invoke-id |
/// | 4 and 5 | reserved |
/// | 6 | service class: 1 confirmed |
/// | 7 | priority: 1 high |
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct InvokeId(pub u8);

impl InvokeId {
    const CONFIRMED: u8 = 0x40;
    const HIGH_PRIORITY: u8 = 0x80;

    /// A confirmed request of normal priority; of the number, the low four bits.
    #[must_use]
    pub const fn new(number: u8) -> Self {
        Self(number & 0x0F | Self::CONFIRMED)
    }

    /// The same with high priority.
    #[must_use]
    pub const fn with_high_priority(self) -> Self {
        Self(self.0 | Self::HIGH_PRIORITY)
    }

    /// The same without an answer.
    #[must_use]
    pub const fn unconfirmed(self) -> Self {
        Self(self.0 & !Self::CONFIRMED)
    }

    /// The number, 0 to 15.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0 & 0x0F
    }

    /// Is an answer asked for?
    #[must_use]
    pub const fn is_confirmed(self) -> bool {
        self.0 & Self::CONFIRMED != 0
    }

    /// Is the priority high?
    #[must_use]
    pub const fn has_high_priority(self) -> bool {
        self.0 & Self::HIGH_PRIORITY != 0
    }
}

/// Long-Invoke-Id-And-Priority.
///
/// | bits | field |
/// |---|---|
/// | 0 to 23 | long-invoke-id |
/// | 24 to 27 | reserved |
/// | 28 | self-descriptive: the request's specifications come back with the answer |
/// | 29 | processing option: 1 break on error |
/// | 30 | service class: 1 confirmed |
/// | 31 | priority: 1 high |
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct LongInvokeId(pub u32);

impl LongInvokeId {
    const NUMBER: u32 = 0x00FF_FFFF;
    const SELF_DESCRIPTIVE: u32 = 1 << 28;
    const BREAK_ON_ERROR: u32 = 1 << 29;
    const CONFIRMED: u32 = 1 << 30;
    const HIGH_PRIORITY: u32 = 1 << 31;

    /// A confirmed request of normal priority; of the number, the low 24 bits.
    #[must_use]
    pub const fn new(number: u32) -> Self {
        Self(number & Self::NUMBER | Self::CONFIRMED)
    }

    /// The same with high priority.
    #[must_use]
    pub const fn with_high_priority(self) -> Self {
        Self(self.0 | Self::HIGH_PRIORITY)
    }

    /// The same without an answer.
    #[must_use]
    pub const fn unconfirmed(self) -> Self {
        Self(self.0 & !Self::CONFIRMED)
    }

    /// The same, to be given up at the first item that fails.
    #[must_use]
    pub const fn with_break_on_error(self) -> Self {
        Self(self.0 | Self::BREAK_ON_ERROR)
    }

    /// The same, with the specifications in the answer.
    #[must_use]
    pub const fn self_descriptive(self) -> Self {
        Self(self.0 | Self::SELF_DESCRIPTIVE)
    }

    /// The number, 24 bits.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0 & Self::NUMBER
    }

    /// Do the specifications come back with the answer?
    #[must_use]
    pub const fn is_self_descriptive(self) -> bool {
        self.0 & Self::SELF_DESCRIPTIVE != 0
    }

    /// Is the request given up at the first item that fails?
    #[must_use]
    pub const fn breaks_on_error(self) -> bool {
        self.0 & Self::BREAK_ON_ERROR != 0
    }

    /// Is an answer asked for?
    #[must_use]
    pub const fn is_confirmed(self) -> bool {
        self.0 & Self::CONFIRMED != 0
    }

    /// Is the priority high?
    #[must_use]
    pub const fn has_high_priority(self) -> bool {
        self.0 & Self::HIGH_PRIORITY != 0
    }
}

macro_rules! bits {
    ($Name:ident($Int:ty), $name:literal) => {
        impl<'a> Part<'a> for $Name {
            const TYPE: &'static str = $name;

            #[inline(always)]
            fn take<V: Visit>(
                reader: &mut Reader<'a, V>,
                what: &'static str,
            ) -> Result<Self, WireError> {
                let start = reader.offset();
                let value = <$Int>::from_be_bytes(reader.array(what)?);
                reader.show(start, what, Shown::Unsigned(value.into()));
                Ok(Self(value))
            }

            #[inline(always)]
            fn put(&self, out: &mut impl Sink) {
                out.put_array(self.0.to_be_bytes());
            }

            #[inline(always)]
            fn part_len(&self) -> usize {
                size_of::<$Int>()
            }

            encode_by!(|element, out| {
                out.extend(xml::number::<$Int>(element)?.to_be_bytes());
            });
        }

        impl fmt::Debug for $Name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let class = if self.is_confirmed() { "confirmed" } else { "unconfirmed" };
                let priority = if self.has_high_priority() { "high" } else { "normal" };
                write!(f, "{} ({class}, {priority} priority)", self.number())
            }
        }
    };
}

bits!(InvokeId(u8), "Invoke-Id-And-Priority");
bits!(LongInvokeId(u32), "Long-Invoke-Id-And-Priority");

#[cfg(test)]
mod tests {
    use super::{InvokeId, LongInvokeId};

    #[test]
    fn each_bit_stands_in_its_place() {
        let id = InvokeId::new(0x11).with_high_priority();
        assert_eq!((id.0, id.number()), (0xC1, 1));
        assert!(id.is_confirmed() && id.has_high_priority());
        assert_eq!(id.unconfirmed().0, 0x81);
        let id = LongInvokeId::new(0xFF00_0002).with_break_on_error().self_descriptive();
        assert_eq!((id.0, id.number()), (0x7000_0002, 2));
        assert!(id.breaks_on_error() && id.is_self_descriptive() && id.is_confirmed());
        assert_eq!(id.unconfirmed().with_high_priority().0, 0xB000_0002);
    }
}
