//! [`Selection`]: which meters are meant by a secondary address.

use core::fmt;
use core::str::FromStr;

use gurux_framing::{Reader, Shown, Sink, Visit, Wire, WireError, WireErrorKind};

use super::{AddressError, DeviceType, Identification, Manufacturer, MeterAddress};

/// What follows CI 52: a secondary address in which parts may be left open.
///
/// | octets | field | stands for any |
/// |---|---|---|
/// | 4 | identification number, low octet first | a digit F |
/// | 2 | manufacturer, low octet first | an octet FF |
/// | 1 | version | FF |
/// | 1 | device type | FF |
/// | 6, or none | the record 0C 78 and a fabrication number, low octet first | a digit F |
///
/// (ABB A43/A44 user manual, 10.2.3.1, for the first eight.) A meter that all parts fit is selected
/// and acknowledges; any other one is selected no more. The fabrication number tells meters apart
/// that share all the rest; few know it.
///
/// As text: the four parts of the address, and the fabrication number where there is one.
///
/// ```
/// use gurux_mbus::wire::Selection;
///
/// let selection: Selection = "123456FF FFFF 255 4".parse()?;
/// assert!(selection.matches(&"12345678 KAM 27 4".parse()?));
/// assert!(!selection.matches(&"12345578 KAM 27 4".parse()?));
/// assert!(!selection.matches(&"12345678 KAM 27 7".parse()?));
/// # Ok::<(), gurux_mbus::wire::AddressError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Selection {
    /// The address, with wildcards.
    pub address: MeterAddress,
    /// The fabrication number, with wildcards: BCD, as an identification number.
    pub fabrication_number: Option<Identification>,
}

/// DIF and VIF of a fabrication number of eight digits.
const FABRICATION_NUMBER: [u8; 2] = [0x0C, 0x78];

impl Selection {
    /// Every meter.
    pub const ANY: Self = Self {
        address: MeterAddress {
            identification: Identification::ANY,
            manufacturer: Manufacturer::ANY,
            version: 0xFF,
            device_type: DeviceType::new(0xFF),
        },
        fabrication_number: None,
    };

    /// One meter, or all that share this address.
    #[must_use]
    pub const fn exactly(address: MeterAddress) -> Self {
        Self { address, fabrication_number: None }
    }

    /// Is a meter with this address meant, whatever its fabrication number is?
    #[must_use]
    pub fn matches(&self, meter: &MeterAddress) -> bool {
        let mask = &self.address;
        let [low, high] = mask.manufacturer.0.to_le_bytes();
        let [own_low, own_high] = meter.manufacturer.0.to_le_bytes();
        let octets = [
            (low, own_low),
            (high, own_high),
            (mask.version, meter.version),
            (mask.device_type.code(), meter.device_type.code()),
        ];
        digits_match(mask.identification, meter.identification)
            && octets.iter().all(|&(mask, own)| mask == 0xFF || mask == own)
    }

    /// Is a meter with this address and this fabrication number meant?
    ///
    /// One without a fabrication number is not, where the selection names one.
    #[must_use]
    pub fn matches_with(
        &self,
        meter: &MeterAddress,
        fabrication_number: Option<Identification>,
    ) -> bool {
        self.matches(meter)
            && self
                .fabrication_number
                .is_none_or(|mask| fabrication_number.is_some_and(|own| digits_match(mask, own)))
    }
}

fn digits_match(mask: Identification, own: Identification) -> bool {
    (0..32).step_by(4).all(|shift| {
        let digit = (mask.0 >> shift) & 0xF;
        digit == 0xF || digit == (own.0 >> shift) & 0xF
    })
}

impl<'a> Wire<'a> for Selection {
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        let address = MeterAddress::read(reader)?;
        if reader.is_empty() {
            return Ok(Self { address, fabrication_number: None });
        }
        let start = reader.offset();
        if reader.array("fabrication number record")? != FABRICATION_NUMBER {
            let kind = WireErrorKind::Expected("0C 78");
            return Err(WireError::new(start, "fabrication number record", kind));
        }
        let head = u16::from_be_bytes(FABRICATION_NUMBER).into();
        reader.show_structure(start, "fabrication number record", Shown::Unsigned(head));
        let number = Identification::read_named(reader, "fabrication number")?;
        Ok(Self { address, fabrication_number: Some(number) })
    }

    fn emit(&self, out: &mut impl Sink) {
        self.address.emit(out);
        if let Some(number) = self.fabrication_number {
            out.put_array(FABRICATION_NUMBER);
            out.put_array(number.0.to_le_bytes());
        }
    }

    fn wire_len(&self) -> usize {
        let record_len = if self.fabrication_number.is_some() { 6 } else { 0 };
        MeterAddress::LEN.wrapping_add(record_len)
    }
}

impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.address.fmt(f)?;
        match self.fabrication_number {
            Some(number) => write!(f, " {number}"),
            None => Ok(()),
        }
    }
}

impl FromStr for Selection {
    type Err = AddressError;

    /// The four parts of an address, and perhaps a fabrication number.
    fn from_str(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        match text.rsplit_once(|space: char| space.is_ascii_whitespace()) {
            Some((address, number)) if text.split_ascii_whitespace().count() == 5 => {
                Ok(Self { address: address.parse()?, fabrication_number: Some(number.parse()?) })
            }
            _ => Ok(Self::exactly(text.parse()?)),
        }
    }
}

serde_as_text!(Selection, "a secondary address, perhaps with wildcards and a fabrication number");

#[cfg(test)]
mod tests {
    use std::string::ToString;
    use std::vec::Vec;

    use gurux_framing::wire_laws;

    use super::*;

    fn meter() -> MeterAddress {
        "1234567A KAM 27 4".parse().unwrap()
    }

    #[test]
    fn eight_octets_and_perhaps_a_fabrication_number() {
        let selection = Selection::exactly(meter());
        wire_laws!(Selection, selection);
        let number = Some(Identification(0x1122_3344));
        let enhanced = Selection { fabrication_number: number, ..selection };
        wire_laws!(Selection, enhanced);
        let mut out = Vec::new();
        enhanced.emit(&mut out);
        assert_eq!(
            out,
            [0x7A, 0x56, 0x34, 0x12, 0x2D, 0x2C, 27, 4, 0x0C, 0x78, 0x44, 0x33, 0x22, 0x11]
        );
        out[9] = 0x79;
        assert_eq!(Selection::from_bytes(&out).unwrap_err().offset, 8);
    }

    #[test]
    fn each_part_is_compared_unless_it_is_a_wildcard() {
        let matches = |text: &str| {
            let selection: Selection = text.parse().unwrap();
            selection.matches_with(&meter(), Some(Identification(0x11)))
        };
        assert!(Selection::ANY.matches(&meter()));
        for same in [
            "1234567A KAM 27 4",
            "F2FF5FFA KAM 27 4",
            "1234567A FF2D 27 4",
            "1234567A 2CFF 27 4",
            "1234567A FFFF 27 4",
            "1234567A KAM 255 4",
            "1234567A KAM 27 255",
            "1234567A KAM 27 4 000000FF",
        ] {
            assert!(matches(same), "{same}");
        }
        for other in [
            "1234567B KAM 27 4",
            "0FFFFFFF KAM 27 4",
            "1234567A KAN 27 4",
            "1234567A FF2C 27 4",
            "1234567A KAM 28 4",
            "1234567A KAM 27 5",
            "1234567A KAM 27 4 00000012",
        ] {
            assert!(!matches(other), "{other}");
        }
        let enhanced: Selection = "1234567A KAM 27 4 FFFFFFFF".parse().unwrap();
        assert!(!enhanced.matches_with(&meter(), None), "it has no such number");
    }

    #[test]
    fn a_text_is_read_back() {
        for text in ["1234567A KAM 27 4", "FFFFFFFF FFFF 255 255", "1234567A KAM 27 4 11223344"] {
            assert_eq!(text.parse::<Selection>().unwrap().to_string(), text);
        }
        assert_eq!("".parse::<Selection>(), Err(AddressError::Parts));
        let number = "1234567A KAM 27 4 112233445".parse::<Selection>();
        assert_eq!(number, Err(AddressError::Identification));
    }
}
