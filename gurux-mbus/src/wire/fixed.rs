//! The fixed data structure: two counters, as the first meters sent them.

use gurux_framing::{Reader, Shown, Sink, Visit, Wire, WireError};

use super::Identification;

/// The body of CI `73` (low octet first) and CI `77` (high octet first).
///
/// | octets | field |
/// |---|---|
/// | 4 | identification, 8 digits |
/// | 1 | access number |
/// | 1 | status: bit 0 counters are binary (else decimal digits), bit 1 counters are of a fixed date |
/// | 2 | medium and units: bits 0–5 of each octet the unit of its counter, bits 6–7 half of the medium |
/// | 4 | counter 1 |
/// | 4 | counter 2 |
///
/// Source: the documentation of the M-Bus Usergroup as libmbus follows it.
///
/// ```
/// use gurux_framing::Wire;
/// use gurux_mbus::wire::FixedData;
///
/// let fixed = FixedData::from_bytes(&[
///     0x78, 0x56, 0x34, 0x12, 0x0A, 0x00, 0xE9, 0x7E, 0x01, 0x00, 0x00, 0x00, 0x35, 0x01, 0x00, 0x00,
/// ])?;
/// let [now, then] = fixed.measurements();
/// assert_eq!(now.to_string(), "volume = 1 l");
/// assert_eq!(then.to_string(), "volume = 135 l (storage 1)");
/// # Ok::<(), gurux_framing::WireError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct FixedData {
    /// Who speaks.
    pub identification: Identification,
    /// Counts the answers.
    pub access_number: u8,
    /// The status octet.
    pub status: u8,
    /// The two octets of medium and units, that of counter 1 first.
    pub units: [u8; 2],
    /// The counters as they stand: digits or a number.
    pub counters: [u32; 2],
}

/// Counters are binary.
const BINARY: u8 = 0x01;
/// Counters are those of a fixed date.
const STORED: u8 = 0x02;

/// The names of the media, by their code. Those in mode 2 give the same in other units.
///
/// observed: libmbus names them so.
static MEDIA: [&str; 15] = [
    "other",
    "oil",
    "electricity",
    "gas",
    "heat",
    "steam",
    "hot water",
    "water",
    "heat cost allocator",
    "reserved",
    "gas, mode 2",
    "heat, mode 2",
    "hot water, mode 2",
    "water, mode 2",
    "heat cost allocator, mode 2",
];

impl FixedData {
    /// The octets that it takes.
    pub const LEN: usize = 16;

    /// Are the counters binary numbers, and not digits?
    #[must_use]
    pub const fn is_binary(&self) -> bool {
        self.status & BINARY != 0
    }

    /// Are the counters those of a fixed date, and not of now?
    #[must_use]
    pub const fn is_stored(&self) -> bool {
        self.status & STORED != 0
    }

    /// What is metered: 0 to 15 (2 electricity, 3 gas, 4 heat, 6 hot water, 7 water, 8 heat cost).
    #[must_use]
    pub const fn medium(&self) -> u8 {
        let [first, second] = self.units;
        first >> 6 | second >> 6 << 2
    }

    /// What is metered, in a word or two.
    #[must_use]
    pub fn medium_name(&self) -> &'static str {
        MEDIA.get(usize::from(self.medium())).copied().unwrap_or("reserved")
    }

    /// The codes of the units of both counters.
    #[must_use]
    pub const fn unit_codes(&self) -> [u8; 2] {
        let [first, second] = self.units;
        [first & 0x3F, second & 0x3F]
    }

    /// Reads a body of which all fields have their high octet first (CI `77`).
    ///
    /// # Errors
    /// Those of [`Wire::read`].
    pub fn read_high_first<V: Visit>(reader: &mut Reader<'_, V>) -> Result<Self, WireError> {
        Self::read_with(reader, u32::from_be_bytes, |[second, first]| [first, second])
    }

    /// Writes a body with the high octet of each field first (CI `77`).
    pub fn emit_high_first(&self, out: &mut impl Sink) {
        let [first, second] = self.units;
        let [one, two] = self.counters;
        out.put_u32(self.identification.0);
        out.put_array([self.access_number, self.status, second, first]);
        out.put_u32(one);
        out.put_u32(two);
    }

    fn read_with<V: Visit>(
        reader: &mut Reader<'_, V>,
        number: impl Fn([u8; 4]) -> u32,
        pair: impl Fn([u8; 2]) -> [u8; 2],
    ) -> Result<Self, WireError> {
        let digits = |reader: &mut Reader<'_, V>, name| {
            let start = reader.offset();
            let value = number(reader.array(name)?);
            reader.show(start, name, Shown::Code { code: value.into(), name: None });
            Ok::<_, WireError>(value)
        };
        let identification = Identification(digits(reader, "identification number")?);
        let access_number = reader.u8("access number")?;
        let status = reader.u8("status")?;
        let start = reader.offset();
        let units = pair(reader.array("medium and units")?);
        reader.show(start, "medium and units", Shown::Octets(&units));
        let counters = [digits(reader, "counter 1")?, digits(reader, "counter 2")?];
        Ok(Self { identification, access_number, status, units, counters })
    }
}

impl<'a> Wire<'a> for FixedData {
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        Self::read_with(reader, u32::from_le_bytes, |units| units)
    }

    fn emit(&self, out: &mut impl Sink) {
        let [first, second] = self.units;
        let [one, two] = self.counters;
        out.put_array(self.identification.0.to_le_bytes());
        out.put_array([self.access_number, self.status, first, second]);
        out.put_array(one.to_le_bytes());
        out.put_array(two.to_le_bytes());
    }

    fn wire_len(&self) -> usize {
        Self::LEN
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;
    use std::vec::Vec;

    use gurux_framing::{Reader, Wire};
    use proptest::prelude::{any, prop_assert_eq, proptest};

    use super::{FixedData, Identification};

    const DIGITS: [u8; 16] =
        [0x78, 0x56, 0x34, 0x12, 0x0A, 0x00, 0xE9, 0x7E, 0x01, 0, 0, 0, 0x35, 0x01, 0, 0];

    #[test]
    fn medium_and_units_share_their_octets() {
        let fixed = FixedData::from_bytes(&DIGITS).unwrap();
        assert_eq!(fixed.identification, Identification(0x1234_5678));
        assert_eq!((fixed.medium(), fixed.unit_codes()), (7, [0x29, 0x3E]));
        assert!(!fixed.is_binary() && !fixed.is_stored());
    }

    #[test]
    fn high_octets_may_come_first() {
        let mut octets: Vec<u8> = Vec::new();
        let fixed = FixedData::from_bytes(&DIGITS).unwrap();
        fixed.emit_high_first(&mut octets);
        assert_eq!(octets[..8], [0x12, 0x34, 0x56, 0x78, 0x0A, 0x00, 0x7E, 0xE9]);
        assert_eq!(FixedData::read_high_first(&mut Reader::new(&octets)), Ok(fixed));
    }

    #[test]
    fn counters_are_digits_or_binary() {
        let fixed = FixedData::from_bytes(&DIGITS).unwrap();
        let shown = |fixed: FixedData| fixed.measurements().map(|m| m.to_string());
        assert_eq!(shown(fixed), ["volume = 1 l", "volume = 135 l (storage 1)"]);
        let binary = FixedData { status: 0x01, ..fixed };
        assert_eq!(shown(binary), ["volume = 1 l", "volume = 309 l (storage 1)"]);
        let stored = FixedData { status: 0x02, ..fixed };
        assert_eq!(shown(stored)[0], "volume = 1 l (storage 1)");
        let broken = FixedData { counters: [0xFFFF_FFFF, 0x0000_00AB], ..fixed };
        assert_eq!(shown(broken)[0], "volume = none l (missing)");
        assert_eq!(shown(broken)[1], "volume = none l (storage 1, invalid)");
        let odd = FixedData { units: [0x3F, 0x3D], ..fixed };
        assert_eq!(shown(odd), ["dimensionless = 1", "reserved.fixed.3d = 135"]);
        let times = FixedData { units: [0x00, 0x01], ..fixed };
        assert_eq!(shown(times), ["clock = 00000001", "date = 00000135"]);
    }

    proptest! {
        #[test]
        fn laws(octets in any::<[u8; 16]>()) {
            let fixed = FixedData::from_bytes(&octets).unwrap();
            gurux_framing::wire_laws!(FixedData, fixed, self_delimiting);
            prop_assert_eq!(fixed.measurements().len(), 2);
            let mut swapped = Vec::new();
            fixed.emit_high_first(&mut swapped);
            prop_assert_eq!(FixedData::read_high_first(&mut Reader::new(&swapped)), Ok(fixed));
        }
    }
}
