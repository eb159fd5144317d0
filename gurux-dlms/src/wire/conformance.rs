//! [`Conformance`]: which services two applications can use.

use core::fmt;
use core::ops::{BitAnd, BitOr};

use gurux_framing::{Reader, Shown, Sink, Visit, Wire, WireError, WireErrorKind};

use super::part::part_as_group;

/// The services and options that a client proposes, or a server grants: 24 bits, of which the first
/// is the highest.
///
/// ```
/// use gurux_dlms::wire::Conformance;
///
/// let granted = Conformance::GET | Conformance::SET | Conformance::ACTION;
/// assert_eq!(granted.bits(), 0x00_0019);
/// assert_eq!(granted.to_string(), "get set action");
/// assert!(granted.contains(Conformance::GET));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Conformance(u32);

macro_rules! conformance {
    ($($(#[$doc:meta])* $NAME:ident = $bit:literal => $name:literal,)*) => {
        impl Conformance {
            $( $(#[$doc])* pub const $NAME: Self = Self(1 << (23 - $bit)); )*

            /// Each bit by itself with its name, in the order of the standard.
            pub const ALL: &'static [(Self, &'static str)] = &[$((Self::$NAME, $name),)*];
        }
    };
}

conformance! {
    /// Reserved.
    RESERVED_ZERO = 0 => "reserved-zero",
    /// general-glo-, general-ded-, general-ciphering and general-signing.
    GENERAL_PROTECTION = 1 => "general-protection",
    /// GENERAL-BLOCK-TRANSFER.
    GENERAL_BLOCK_TRANSFER = 2 => "general-block-transfer",
    /// READ.
    READ = 3 => "read",
    /// WRITE.
    WRITE = 4 => "write",
    /// UNCONFIRMED-WRITE.
    UNCONFIRMED_WRITE = 5 => "unconfirmed-write",
    /// Values as differences from those before.
    DELTA_VALUE_ENCODING = 6 => "delta-value-encoding",
    /// Reserved.
    RESERVED_SEVEN = 7 => "reserved-seven",
    /// SET of all attributes of an object.
    ATTRIBUTE0_SUPPORTED_WITH_SET = 8 => "attribute0-supported-with-set",
    /// Requests of high priority.
    PRIORITY_MGMT_SUPPORTED = 9 => "priority-mgmt-supported",
    /// GET of all attributes of an object.
    ATTRIBUTE0_SUPPORTED_WITH_GET = 10 => "attribute0-supported-with-get",
    /// Answers to GET or READ in blocks.
    BLOCK_TRANSFER_WITH_GET_OR_READ = 11 => "block-transfer-with-get-or-read",
    /// SET or WRITE in blocks.
    BLOCK_TRANSFER_WITH_SET_OR_WRITE = 12 => "block-transfer-with-set-or-write",
    /// ACTION in blocks.
    BLOCK_TRANSFER_WITH_ACTION = 13 => "block-transfer-with-action",
    /// Several items in a request.
    MULTIPLE_REFERENCES = 14 => "multiple-references",
    /// INFORMATION-REPORT.
    INFORMATION_REPORT = 15 => "information-report",
    /// DATA-NOTIFICATION.
    DATA_NOTIFICATION = 16 => "data-notification",
    /// ACCESS.
    ACCESS = 17 => "access",
    /// READ and WRITE with parameters.
    PARAMETERIZED_ACCESS = 18 => "parameterized-access",
    /// GET.
    GET = 19 => "get",
    /// SET.
    SET = 20 => "set",
    /// Parts of attributes.
    SELECTIVE_ACCESS = 21 => "selective-access",
    /// EVENT-NOTIFICATION.
    EVENT_NOTIFICATION = 22 => "event-notification",
    /// ACTION.
    ACTION = 23 => "action",
}

impl Conformance {
    /// Nothing.
    pub const NONE: Self = Self(0);

    /// These bits, of which the low 24 count: bit 0 of the standard is the highest of them.
    #[must_use]
    pub const fn from_bits(bits: u32) -> Self {
        Self(bits & 0x00FF_FFFF)
    }

    /// The bits, as on the wire.
    #[must_use]
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Are all of these granted?
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The names of the bits that are set, in the order of the standard.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::ALL.iter().filter(move |(bit, _)| self.contains(*bit)).map(|(_, name)| *name)
    }
}

impl BitOr for Conformance {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitAnd for Conformance {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl fmt::Display for Conformance {
    /// The names, with blanks between them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, name) in self.names().enumerate() {
            if number > 0 {
                f.write_str(" ")?;
            }
            f.write_str(name)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Conformance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Conformance({self})")
    }
}

/// The conformance block as it stands in an initiate-request or -response: in BER, as an implicit
/// BIT STRING with the tag of the application class, number 31.
///
/// | octets | |
/// |---|---|
/// | 5F 1F | the tag |
/// | 04 | length |
/// | 00 | no bits unused |
/// | 3 | the bits |
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ConformanceBlock {
    /// The bits.
    pub conformance: Conformance,
    /// How the tag is written.
    pub form: ConformanceForm,
}

/// How the tag of the conformance block is written.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ConformanceForm {
    /// 5F 1F, as the standard says.
    Standard,
    /// 5F alone. observed: older meters with short names, and their clients.
    Short,
}

impl From<Conformance> for ConformanceBlock {
    fn from(conformance: Conformance) -> Self {
        Self { conformance, form: ConformanceForm::Standard }
    }
}

const TAG: u8 = 0x5F;
const TAG_NUMBER: u8 = 0x1F;
const LENGTH: u8 = 4;
const UNUSED_BITS: u8 = 0;

impl<'a> Wire<'a> for ConformanceBlock {
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        let start = reader.offset();
        let what = "conformance";
        let form = match reader.array(what)? {
            [TAG, TAG_NUMBER] => {
                expect(reader, LENGTH)?;
                ConformanceForm::Standard
            }
            [TAG, LENGTH] => ConformanceForm::Short,
            [TAG, other] | [other, _] => {
                return Err(WireError::new(start, what, WireErrorKind::Code(other.into())));
            }
        };
        expect(reader, UNUSED_BITS)?;
        let [a, b, c] = reader.array(what)?;
        if V::ACTIVE {
            reader.show(start, what, Shown::Octets(&[a, b, c]));
        }
        Ok(Self { conformance: Conformance(u32::from_be_bytes([0, a, b, c])), form })
    }

    fn emit(&self, out: &mut impl Sink) {
        let [_, a, b, c] = self.conformance.0.to_be_bytes();
        match self.form {
            ConformanceForm::Standard => out.put_array([TAG, TAG_NUMBER, LENGTH]),
            ConformanceForm::Short => out.put_array([TAG, LENGTH]),
        }
        out.put_array([UNUSED_BITS, a, b, c]);
    }

    fn wire_len(&self) -> usize {
        match self.form {
            ConformanceForm::Standard => 7,
            ConformanceForm::Short => 6,
        }
    }
}

fn expect<V: Visit>(reader: &mut Reader<'_, V>, expected: u8) -> Result<(), WireError> {
    let start = reader.offset();
    match reader.array("conformance")? {
        [found] if found == expected => Ok(()),
        [found] => Err(WireError::new(start, "conformance", WireErrorKind::Code(found.into()))),
    }
}

part_as_group!(<'a> ConformanceBlock, "Conformance");
