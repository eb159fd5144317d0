//! Who a meter is: its number on the line, and its own four-part address.

use core::fmt;
use core::str::FromStr;

use gurux_framing::{Reader, Shown, Sink, Visit, Wire, WireError};

use super::device_type::before_parentheses;
use super::{DeviceType, Manufacturer};
use crate::table::lookup_device_type;

/// Who sends version and device type before the identification number.
const TURNED_AROUND_BY: [&[u8; 3]; 5] = [b"DME", b"EWT", b"HYD", b"SAP", b"SPL"];

/// The address field of a wired frame: which station is meant.
///
/// | value | means |
/// |---|---|
/// | 0 | a meter that has no address yet |
/// | 1 to 250 | a meter |
/// | 251 | the management of a repeater |
/// | 252 | reserved |
/// | 253 | the meter that was selected by its secondary address |
/// | 254 | whoever is there, and all answer: for a line with one meter |
/// | 255 | all, and none answers |
///
/// observed: meters that were selected answer with 253, 0 or their own number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct AField(pub u8);

impl AField {
    /// A meter as it left the factory.
    pub const UNCONFIGURED: Self = Self(0);
    /// The highest number of a meter.
    pub const MAX_METER: Self = Self(250);
    /// The management of a repeater.
    pub const REPEATER: Self = Self(251);
    /// The meter that was selected.
    pub const SELECTED: Self = Self(253);
    /// Whoever is there; all answer.
    pub const TEST: Self = Self(254);
    /// All; none answers.
    pub const BROADCAST: Self = Self(255);

    /// Is it the number of a single meter (0 to 250)?
    #[must_use]
    pub const fn is_meter(self) -> bool {
        self.0 <= Self::MAX_METER.0
    }

    /// What the number stands for, unless it is a meter's own.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        match self.0 {
            0 => Some("unconfigured"),
            251 => Some("repeater"),
            252 => Some("reserved"),
            253 => Some("selected"),
            254 => Some("test"),
            255 => Some("broadcast"),
            _ => None,
        }
    }
}

impl fmt::Display for AField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The identification number of a meter: eight digits, four octets with the low one first.
///
/// Mostly the printed serial number in BCD. observed: meters that count in hexadecimal, so A to F
/// are digits too; in a selection F stands for any digit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identification(pub u32);

impl Identification {
    /// Every meter, in a selection.
    pub const ANY: Self = Self(0xFFFF_FFFF);

    /// The number whose eight digits are all decimal, as a number.
    ///
    /// ```
    /// use gurux_mbus::wire::Identification;
    ///
    /// assert_eq!(Identification(0x1234_5678).to_decimal(), Some(12_345_678));
    /// assert_eq!(Identification(0x1234_567A).to_decimal(), None);
    /// ```
    #[must_use]
    pub const fn to_decimal(self) -> Option<u32> {
        let mut number: u32 = 0;
        let mut shift = 32;
        while shift > 0 {
            shift -= 4;
            let digit = (self.0 >> shift) & 0x0F;
            if digit > 9 {
                return None;
            }
            // Eight decimal digits are below 2^27.
            number = number.wrapping_mul(10).wrapping_add(digit);
        }
        Some(number)
    }

    #[inline]
    fn read<V: Visit>(
        reader: &mut Reader<'_, V>,
        order: fn([u8; 4]) -> u32,
    ) -> Result<Self, WireError> {
        Self::read_as(reader, "identification", order)
    }

    /// Takes eight digits, low octet first, by another name.
    pub(super) fn read_named<V: Visit>(
        reader: &mut Reader<'_, V>,
        name: &'static str,
    ) -> Result<Self, WireError> {
        Self::read_as(reader, name, u32::from_le_bytes)
    }

    #[inline]
    fn read_as<V: Visit>(
        reader: &mut Reader<'_, V>,
        name: &'static str,
        order: fn([u8; 4]) -> u32,
    ) -> Result<Self, WireError> {
        let start = reader.offset();
        let number = Self(order(reader.array(name)?));
        if V::ACTIVE {
            let mut digits = [0; 8];
            for (digit, shift) in digits.iter_mut().rev().zip((0..32).step_by(4)) {
                let value = (number.0 >> shift) as u8 & 0x0F;
                *digit = if value < 10 { b'0' | value } else { 0x37_u8.wrapping_add(value) };
            }
            let text = core::str::from_utf8(&digits).unwrap_or_default();
            reader.show(start, name, Shown::Text(text));
        }
        Ok(number)
    }
}

impl fmt::Display for Identification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08X}", self.0)
    }
}

impl fmt::Debug for Identification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Identification {
    type Err = AddressError;

    /// One to eight hexadecimal digits; leading zeros may be left out.
    fn from_str(text: &str) -> Result<Self, AddressError> {
        if text.len() > 8 {
            return Err(AddressError::Identification);
        }
        hex(text).map(Self).ok_or(AddressError::Identification)
    }
}

serde_as_text!(Identification, "up to eight hexadecimal digits");

/// The address of a meter that no other has: identification, manufacturer, version, device type.
///
/// | octets | in a transport header and a selection | in a radio link layer |
/// |---|---|---|
/// | 4 | identification number, low octet first | 2: manufacturer |
/// | 2 | manufacturer, low octet first | 4: identification number |
/// | 1 | version | version |
/// | 1 | device type | device type |
///
/// As [`Wire`] it has the order of the transport header.
///
/// As text: the identification number, the manufacturer, version and device type as decimal
/// numbers. The 16 hexadecimal digits of the octets in a selection are read too.
///
/// ```
/// use gurux_mbus::wire::{DeviceType, MeterAddress};
///
/// let meter: MeterAddress = "12345678 KAM 27 4".parse()?;
/// assert_eq!(meter.device_type, DeviceType::HEAT_OUTLET);
/// assert_eq!(meter.to_string(), "12345678 KAM 27 4");
/// assert_eq!("785634122D2C1B04".parse(), Ok(meter));
/// # Ok::<(), gurux_mbus::wire::AddressError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct MeterAddress {
    /// The number of the meter.
    pub identification: Identification,
    /// Who made it.
    pub manufacturer: Manufacturer,
    /// The version of the meter, as its manufacturer counts.
    pub version: u8,
    /// What it meters.
    pub device_type: DeviceType,
}

impl MeterAddress {
    /// The octets that an address takes in either order.
    pub const LEN: usize = 8;

    /// What is metered, in a word or two; also where the code is the manufacturer's own.
    #[must_use]
    pub fn medium(&self) -> Option<&'static str> {
        lookup_device_type(self.manufacturer, self.device_type).map(before_parentheses)
    }

    /// The address as it is meant, where a radio link layer has version and device type before the
    /// identification number; `None` where it is as it should be.
    ///
    /// observed: Diehl, Hydrometer and Sappel meters, before they followed the standard. Told by
    /// this: as it stands, the device type is none of a meter; turned around it is, and the
    /// identification number is decimal.
    #[must_use]
    #[inline]
    pub fn turned_around(&self) -> Option<Self> {
        if self.device_type.is_meter() || !TURNED_AROUND_BY.contains(&&self.manufacturer.letters()?)
        {
            return None;
        }
        let [version, device_type, i0, i1] = self.identification.0.to_le_bytes();
        let number = [i0, i1, self.version, self.device_type.code()];
        let turned = Self {
            identification: Identification(u32::from_le_bytes(number)),
            manufacturer: self.manufacturer,
            version,
            device_type: DeviceType::new(device_type),
        };
        let is_meant =
            turned.device_type.is_meter() && turned.identification.to_decimal().is_some();
        is_meant.then_some(turned)
    }

    /// Reads the address in the order of a radio link layer: manufacturer first.
    ///
    /// # Errors
    /// Fewer than eight octets.
    #[inline]
    pub fn read_link_order<V: Visit>(reader: &mut Reader<'_, V>) -> Result<Self, WireError> {
        let manufacturer = read_manufacturer(reader, u16::from_le_bytes)?;
        let identification = Identification::read(reader, u32::from_le_bytes)?;
        Self::read_rest(reader, identification, manufacturer)
    }

    /// Reads the address with the high octets first, as behind CI field 76.
    pub(crate) fn read_msb_first<V: Visit>(reader: &mut Reader<'_, V>) -> Result<Self, WireError> {
        let identification = Identification::read(reader, u32::from_be_bytes)?;
        let manufacturer = read_manufacturer(reader, u16::from_be_bytes)?;
        Self::read_rest(reader, identification, manufacturer)
    }

    #[inline]
    fn read_rest<V: Visit>(
        reader: &mut Reader<'_, V>,
        identification: Identification,
        manufacturer: Manufacturer,
    ) -> Result<Self, WireError> {
        let version = reader.u8("version")?;
        let device_type = DeviceType::read_octet(reader)?;
        Ok(Self { identification, manufacturer, version, device_type })
    }

    /// Writes the address in the order of a radio link layer.
    pub fn emit_link_order(&self, out: &mut impl Sink) {
        out.put_u16_le(self.manufacturer.0);
        out.put_array(self.identification.0.to_le_bytes());
        out.put_u8(self.version);
        out.put_u8(self.device_type.code());
    }

    /// Writes the address with the high octets first.
    pub(crate) fn emit_msb_first(&self, out: &mut impl Sink) {
        out.put_u32(self.identification.0);
        out.put_u16(self.manufacturer.0);
        out.put_u8(self.version);
        out.put_u8(self.device_type.code());
    }

    /// The octets in the order of a radio link layer.
    #[must_use]
    pub const fn link_octets(&self) -> [u8; Self::LEN] {
        let [i0, i1, i2, i3] = self.identification.0.to_le_bytes();
        let [m0, m1] = self.manufacturer.0.to_le_bytes();
        [m0, m1, i0, i1, i2, i3, self.version, self.device_type.code()]
    }

    /// The octets in the order of a transport header.
    #[must_use]
    pub const fn octets(&self) -> [u8; Self::LEN] {
        let [i0, i1, i2, i3] = self.identification.0.to_le_bytes();
        let [m0, m1] = self.manufacturer.0.to_le_bytes();
        [i0, i1, i2, i3, m0, m1, self.version, self.device_type.code()]
    }

    /// The address in octets of a transport header.
    #[must_use]
    pub const fn from_octets([i0, i1, i2, i3, m0, m1, v, t]: [u8; Self::LEN]) -> Self {
        Self {
            identification: Identification(u32::from_le_bytes([i0, i1, i2, i3])),
            manufacturer: Manufacturer(u16::from_le_bytes([m0, m1])),
            version: v,
            device_type: DeviceType::new(t),
        }
    }
}

#[inline]
fn read_manufacturer<V: Visit>(
    reader: &mut Reader<'_, V>,
    order: fn([u8; 2]) -> u16,
) -> Result<Manufacturer, WireError> {
    let start = reader.offset();
    let manufacturer = Manufacturer(order(reader.array("manufacturer")?));
    if V::ACTIVE {
        match manufacturer.letters() {
            Some(letters) => {
                let text = core::str::from_utf8(&letters).unwrap_or_default();
                reader.show(start, "manufacturer", Shown::Text(text));
            }
            None => {
                let code = Shown::Code { code: manufacturer.0.into(), name: None };
                reader.show(start, "manufacturer", code);
            }
        }
    }
    Ok(manufacturer)
}

impl<'a> Wire<'a> for MeterAddress {
    #[inline]
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        let identification = Identification::read(reader, u32::from_le_bytes)?;
        let manufacturer = read_manufacturer(reader, u16::from_le_bytes)?;
        Self::read_rest(reader, identification, manufacturer)
    }

    #[inline]
    fn emit(&self, out: &mut impl Sink) {
        out.put_array(self.octets());
    }

    #[inline]
    fn wire_len(&self) -> usize {
        Self::LEN
    }
}

impl fmt::Display for MeterAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { identification, manufacturer, version, device_type } = self;
        write!(f, "{identification} {manufacturer:#} {version} {}", device_type.code())
    }
}

impl FromStr for MeterAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        if text.len() == 16 && text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            let octets = u64::from_str_radix(text, 16).map_err(|_| AddressError::Parts)?;
            return Ok(Self::from_octets(octets.to_be_bytes()));
        }
        let mut parts = text.split_ascii_whitespace();
        let mut part = || parts.next().ok_or(AddressError::Parts);
        let address = Self {
            identification: part()?.parse()?,
            manufacturer: part()?.parse()?,
            version: part()?.parse().map_err(|_| AddressError::Version)?,
            device_type: DeviceType::new(part()?.parse().map_err(|_| AddressError::DeviceType)?),
        };
        match parts.next() {
            None => Ok(address),
            Some(_) => Err(AddressError::Parts),
        }
    }
}

serde_as_text!(MeterAddress, "identification, manufacturer, version and device type of a meter");

/// The number that up to eight hexadecimal digits, and nothing else, say.
pub(super) fn hex(digits: &str) -> Option<u32> {
    let all_digits = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    if all_digits { u32::from_str_radix(digits, 16).ok() } else { None }
}

/// Why a text is no address.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// Not four parts.
    #[error("an address has four parts: identification, manufacturer, version, device type")]
    Parts,
    /// The identification number is not one to eight hexadecimal digits.
    #[error("an identification number has one to eight hexadecimal digits")]
    Identification,
    /// The manufacturer is neither three letters nor four hexadecimal digits.
    #[error("a manufacturer is three letters or four hexadecimal digits")]
    Manufacturer,
    /// The version is no number of 0 to 255.
    #[error("a version is a number of 0 to 255")]
    Version,
    /// The device type is no number of 0 to 255.
    #[error("a device type is a number of 0 to 255")]
    DeviceType,
}

#[cfg(test)]
mod tests {
    use std::string::ToString;
    use std::vec;
    use std::vec::Vec;

    use gurux_framing::wire_laws;

    use super::*;

    const METER: MeterAddress = MeterAddress {
        identification: Identification(0x1234_567A),
        manufacturer: Manufacturer(0x2C2D),
        version: 0x1B,
        device_type: DeviceType::new(0x16),
    };

    #[test]
    fn a_transport_header_begins_with_the_identification() {
        wire_laws!(MeterAddress, METER, self_delimiting);
        assert_eq!(METER.octets(), [0x7A, 0x56, 0x34, 0x12, 0x2D, 0x2C, 0x1B, 0x16]);
        assert_eq!(MeterAddress::from_octets(METER.octets()), METER);
    }

    #[test]
    fn a_radio_link_layer_begins_with_the_manufacturer() {
        let mut out = Vec::new();
        METER.emit_link_order(&mut out);
        assert_eq!(out, [0x2D, 0x2C, 0x7A, 0x56, 0x34, 0x12, 0x1B, 0x16]);
        assert_eq!(METER.link_octets()[..], out);
        assert_eq!(MeterAddress::read_link_order(&mut Reader::new(&out)), Ok(METER));
        assert!(MeterAddress::read_link_order(&mut Reader::new(&out[1..])).is_err());
    }

    #[test]
    fn high_octets_first_turns_numbers_around_and_not_their_order() {
        let mut out = Vec::new();
        METER.emit_msb_first(&mut out);
        assert_eq!(out, [0x12, 0x34, 0x56, 0x7A, 0x2C, 0x2D, 0x1B, 0x16]);
        assert_eq!(MeterAddress::read_msb_first(&mut Reader::new(&out)), Ok(METER));
    }

    #[test]
    fn a_text_is_read_back_and_a_wrong_one_named() {
        assert_eq!(METER.to_string(), "1234567A KAM 27 22");
        assert_eq!(METER.to_string().parse(), Ok(METER));
        assert_eq!(" 1234567a  kam 27 22 ".parse(), Ok(METER));
        let refused = |text: &str| text.parse::<MeterAddress>().unwrap_err();
        assert_eq!(refused("1234567A KAM 27"), AddressError::Parts);
        assert_eq!(refused("1234567A KAM 27 22 1"), AddressError::Parts);
        assert_eq!(refused("123456789 KAM 27 22"), AddressError::Identification);
        assert_eq!(refused("1234567G KAM 27 22"), AddressError::Identification);
        assert_eq!(refused("1234567A K 27 22"), AddressError::Manufacturer);
        assert_eq!(refused("1234567A KAM 256 22"), AddressError::Version);
        assert_eq!(refused("1234567A KAM 27 heat"), AddressError::DeviceType);
    }

    #[test]
    fn an_address_that_is_turned_around_is_told_by_its_device_type() {
        let diehl = |octets: [u8; 6]| {
            let mut link = vec![0x24, 0x23];
            link.extend(octets);
            let address = MeterAddress::read_link_order(&mut Reader::new(&link)).unwrap();
            address.turned_around().map(|address| address.to_string())
        };
        assert_eq!(
            diehl([0x8B, 0x07, 0x78, 0x56, 0x84, 0x63]).as_deref(),
            Some("63845678 HYD 139 7")
        );
        // As the standard says.
        assert_eq!(diehl([0x78, 0x56, 0x84, 0x63, 0x8B, 0x07]), None);
        // Neither way.
        assert_eq!(diehl([0x8B, 0x07, 0x7A, 0x56, 0x84, 0x63]), None);
        let other = MeterAddress { manufacturer: "KAM".parse().unwrap(), ..METER };
        assert_eq!(other.turned_around(), None);
    }

    #[test]
    fn the_medium_is_named_in_short() {
        assert_eq!(METER.medium(), Some("cold water"));
        let heat = MeterAddress { device_type: DeviceType::HEAT_OUTLET, ..METER };
        assert_eq!(heat.medium(), Some("heat"));
        let unknown = MeterAddress { device_type: DeviceType::new(0x62), ..METER };
        assert_eq!(unknown.medium(), None);
    }

    #[test]
    fn numbers_of_single_meters_end_at_250() {
        assert!(AField(0).is_meter() && AField(250).is_meter() && !AField(251).is_meter());
        assert_eq!(AField::SELECTED.name(), Some("selected"));
        assert_eq!(AField(5).name(), None);
    }
}
