//! The data information block: width, function, storage, tariff, subunit.
//!
//! | octets | field |
//! |---|---|
//! | 1 | DIF: bits 0–3 data field, 4–5 function, 6 lowest bit of the storage number, 7 a DIFE follows |
//! | 0–10 | DIFE: bits 0–3 storage number, 4–5 tariff, 6 subunit, 7 another DIFE follows |
//!
//! Each DIFE brings the next higher bits: four of the storage number (from its bit 1 up), two of the
//! tariff, one of the subunit.

use gurux_framing::{Reader, Shown, Sink, Visit, Wire, WireError, WireErrorKind};
use gurux_value::Function;

use super::EXTENSION;

/// How the data of a record is coded: the low four bits of a DIF.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum DataField {
    /// No data.
    None = 0x0,
    /// A signed integer of 8 bits.
    Integer8 = 0x1,
    /// A signed integer of 16 bits.
    Integer16 = 0x2,
    /// A signed integer of 24 bits.
    Integer24 = 0x3,
    /// A signed integer of 32 bits.
    Integer32 = 0x4,
    /// A float of 32 bits (IEEE 754).
    Real32 = 0x5,
    /// A signed integer of 48 bits.
    Integer48 = 0x6,
    /// A signed integer of 64 bits.
    Integer64 = 0x7,
    /// Selection for readout: no data; the reader asks for the record that this describes.
    Selection = 0x8,
    /// 2 decimal digits.
    Bcd2 = 0x9,
    /// 4 decimal digits.
    Bcd4 = 0xA,
    /// 6 decimal digits.
    Bcd6 = 0xB,
    /// 8 decimal digits.
    Bcd8 = 0xC,
    /// Variable length: the first octet of the data says what follows.
    Variable = 0xD,
    /// 12 decimal digits.
    Bcd12 = 0xE,
    /// No record: a special function.
    Special = 0xF,
}

/// Octets of data, and the name, of each data field at its code.
#[rustfmt::skip]
static DATA_FIELDS: [(u8, &str); 16] = [
    (0, "no data"),                (1, "8 bit integer"),   (2, "16 bit integer"),
    (3, "24 bit integer"),         (4, "32 bit integer"),  (4, "32 bit real"),
    (6, "48 bit integer"),         (8, "64 bit integer"),  (0, "selection for readout"),
    (1, "2 digit BCD"),            (2, "4 digit BCD"),     (3, "6 digit BCD"),
    (4, "8 digit BCD"),            (0, "variable length"), (6, "12 digit BCD"),
    (0, "special function"),
];

impl DataField {
    /// The data field of a DIF; its other bits do not count.
    #[must_use]
    #[inline]
    pub const fn of(dif: u8) -> Self {
        match dif & 0x0F {
            0x0 => Self::None,
            0x1 => Self::Integer8,
            0x2 => Self::Integer16,
            0x3 => Self::Integer24,
            0x4 => Self::Integer32,
            0x5 => Self::Real32,
            0x6 => Self::Integer48,
            0x7 => Self::Integer64,
            0x8 => Self::Selection,
            0x9 => Self::Bcd2,
            0xA => Self::Bcd4,
            0xB => Self::Bcd6,
            0xC => Self::Bcd8,
            0xD => Self::Variable,
            0xE => Self::Bcd12,
            _ => Self::Special,
        }
    }

    /// The number on the wire, 0 to 15.
    #[must_use]
    #[inline]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The octets that its data take; 0 where the data themselves tell ([`Variable`](Self::Variable)).
    #[must_use]
    #[inline]
    pub fn data_len(self) -> usize {
        DATA_FIELDS.get(usize::from(self.code())).map_or(0, |(len, _)| usize::from(*len))
    }

    /// What it is: `32 bit integer`.
    #[must_use]
    pub fn name(self) -> &'static str {
        DATA_FIELDS.get(usize::from(self.code())).map_or("", |(_, name)| name)
    }

    /// Are the data decimal digits of a fixed count?
    #[must_use]
    #[inline]
    pub const fn is_bcd(self) -> bool {
        matches!(self, Self::Bcd2 | Self::Bcd4 | Self::Bcd6 | Self::Bcd8 | Self::Bcd12)
    }
}

/// The data information block of a record: how its data are coded, how the value came to be, and
/// which of several values of one quantity it is.
///
/// ```
/// use gurux_framing::Wire;
/// use gurux_mbus::wire::{DataField, Dib};
/// use gurux_value::Function;
///
/// let dib = Dib::from_bytes(&[0xD4, 0x91, 0x02])?;
/// assert_eq!((dib.data_field(), dib.function()), (DataField::Integer32, Function::Maximum));
/// assert_eq!((dib.storage_number(), dib.tariff(), dib.subunit()), (67, 1, 0));
/// # Ok::<(), gurux_framing::WireError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Dib {
    storage_number: u64,
    tariff: u32,
    subunit: u16,
    /// Data field and function, as in the DIF.
    control: u8,
}

/// The DIFEs that may stand behind a DIF: they give 41 bits of storage number, 20 of tariff and 10 of
/// subunit.
pub const MAX_DIFE: usize = 10;

/// The function field of a DIF, bits 4 and 5.
const fn function_of(dif: u8) -> Function {
    match (dif >> 4) & 0x03 {
        0 => Function::Instantaneous,
        1 => Function::Maximum,
        2 => Function::Minimum,
        // libmbus and EN 13757-3: "value during error state".
        _ => Function::ErrorState,
    }
}

const fn function_bits(function: Function) -> u8 {
    match function {
        Function::Instantaneous => 0x00,
        Function::Maximum => 0x10,
        Function::Minimum => 0x20,
        Function::ErrorState => 0x30,
    }
}

impl Dib {
    /// The present value of the meter itself, coded so.
    #[must_use]
    pub const fn new(data_field: DataField) -> Self {
        Self { storage_number: 0, tariff: 0, subunit: 0, control: data_field.code() }
    }

    /// With this function.
    #[must_use]
    pub const fn with_function(self, function: Function) -> Self {
        Self { control: (self.control & 0x0F) | function_bits(function), ..self }
    }

    /// With this coding of the data.
    #[must_use]
    pub const fn with_data_field(self, data_field: DataField) -> Self {
        Self { control: (self.control & 0x30) | data_field.code(), ..self }
    }

    /// With this storage number; `None` above 2^41 - 1, which ten DIFEs cannot say.
    #[must_use]
    pub fn with_storage_number(self, storage_number: u64) -> Option<Self> {
        let dib = Self { storage_number, ..self };
        (dib.dife_count() <= MAX_DIFE).then_some(dib)
    }

    /// With this tariff; `None` above 2^20 - 1, which ten DIFEs cannot say.
    #[must_use]
    pub fn with_tariff(self, tariff: u32) -> Option<Self> {
        let dib = Self { tariff, ..self };
        (dib.dife_count() <= MAX_DIFE).then_some(dib)
    }

    /// With this subunit; `None` above 1023, which ten DIFEs cannot say.
    #[must_use]
    pub fn with_subunit(self, subunit: u16) -> Option<Self> {
        let dib = Self { subunit, ..self };
        (dib.dife_count() <= MAX_DIFE).then_some(dib)
    }

    /// How the data are coded.
    #[must_use]
    #[inline]
    pub const fn data_field(&self) -> DataField {
        DataField::of(self.control)
    }

    /// How the value came to be.
    #[must_use]
    #[inline]
    pub const fn function(&self) -> Function {
        function_of(self.control)
    }

    /// 0 is the present value, higher ones are historic.
    #[must_use]
    #[inline]
    pub const fn storage_number(&self) -> u64 {
        self.storage_number
    }

    /// 0 is the total.
    #[must_use]
    #[inline]
    pub const fn tariff(&self) -> u32 {
        self.tariff
    }

    /// The part of the device that measured; 0 is the device itself.
    #[must_use]
    #[inline]
    pub const fn subunit(&self) -> u16 {
        self.subunit
    }

    /// The DIFEs that these numbers take: as many as the longest of the three.
    fn dife_count(&self) -> usize {
        const fn bits(number: u64) -> usize {
            64_u32.saturating_sub(number.leading_zeros()) as usize
        }
        let storage = bits(self.storage_number >> 1).div_ceil(4);
        let tariff = bits(self.tariff as u64).div_ceil(2);
        storage.max(tariff).max(bits(self.subunit as u64))
    }

    /// The first octet on the wire.
    #[must_use]
    pub fn dif(&self) -> u8 {
        let storage = if self.storage_number & 1 == 1 { 0x40 } else { 0 };
        let extension = if self.dife_count() > 0 { EXTENSION } else { 0 };
        self.control | storage | extension
    }

    /// Reads what follows a DIF that says so.
    fn read_difes<V: Visit>(mut self, reader: &mut Reader<'_, V>) -> Result<Self, WireError> {
        let mut place = 0_u32;
        loop {
            let start = reader.offset();
            let [dife] = reader.array("dife")?;
            reader.show(start, "dife", Shown::Code { code: dife.into(), name: None });
            if place as usize >= MAX_DIFE {
                return Err(WireError::new(start, "dife", WireErrorKind::Limit { max: MAX_DIFE }));
            }
            let storage =
                u64::from(dife & 0x0F).wrapping_shl(place.wrapping_mul(4).wrapping_add(1));
            let tariff = u32::from((dife >> 4) & 0x03).wrapping_shl(place.wrapping_mul(2));
            let subunit = u16::from((dife >> 6) & 0x01).wrapping_shl(place);
            self.storage_number |= storage;
            self.tariff |= tariff;
            self.subunit |= subunit;
            place = place.wrapping_add(1);
            if dife & EXTENSION == 0 {
                return Ok(self);
            }
        }
    }
}

impl<'a> Wire<'a> for Dib {
    #[inline(always)]
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        let start = reader.offset();
        let [dif] = reader.array("dif")?;
        let dib = Self {
            storage_number: u64::from((dif >> 6) & 0x01),
            tariff: 0,
            subunit: 0,
            control: dif & 0x3F,
        };
        let name = if V::ACTIVE { Some(dib.data_field().name()) } else { None };
        reader.show(start, "dif", Shown::Code { code: dif.into(), name });
        if dif & EXTENSION == 0 { Ok(dib) } else { reader.call(|reader| dib.read_difes(reader)) }
    }

    /// Writes as few DIFEs as the numbers need.
    fn emit(&self, out: &mut impl Sink) {
        out.put_u8(self.dif());
        let count = self.dife_count();
        for place in 0..count {
            let place = place as u32;
            let more = if (place as usize).wrapping_add(1) < count { EXTENSION } else { 0 };
            let storage = self.storage_number.wrapping_shr(place.wrapping_mul(4).wrapping_add(1));
            let tariff = self.tariff.wrapping_shr(place.wrapping_mul(2));
            let subunit = self.subunit.wrapping_shr(place);
            let octet = (storage & 0x0F) as u8
                | ((tariff & 0x03) as u8) << 4
                | ((subunit & 0x01) as u8) << 6;
            out.put_u8(octet | more);
        }
    }

    fn wire_len(&self) -> usize {
        self.dife_count().wrapping_add(1)
    }
}

#[cfg(test)]
mod tests {
    use gurux_framing::{Wire, WireErrorKind};
    use gurux_value::Function;
    use proptest::prelude::{any, prop_assert_eq, proptest};

    use super::{DataField, Dib, MAX_DIFE};

    #[test]
    fn storage_starts_at_bit_six_and_goes_on_from_bit_one() {
        let storage = |octets: &[u8]| Dib::from_bytes(octets).unwrap().storage_number();
        assert_eq!(storage(&[0x04]), 0);
        assert_eq!(storage(&[0x44]), 1);
        assert_eq!(storage(&[0x84, 0x01]), 2);
        assert_eq!(storage(&[0xC4, 0x01]), 3);
        assert_eq!(storage(&[0x84, 0x04]), 8);
        assert_eq!(storage(&[0x84, 0x80, 0x01]), 32);
    }

    #[test]
    fn tariff_and_subunit_grow_with_each_dife() {
        let dib = Dib::from_bytes(&[0x84, 0x90, 0xE0, 0x40]).unwrap();
        assert_eq!((dib.tariff(), dib.subunit(), dib.storage_number()), (1 | 2 << 2, 0b110, 0));
    }

    #[test]
    fn functions_are_those_of_the_standard() {
        for (dif, function) in [
            (0x04, Function::Instantaneous),
            (0x14, Function::Maximum),
            (0x24, Function::Minimum),
            (0x34, Function::ErrorState),
        ] {
            let dib = Dib::from_bytes(&[dif]).unwrap();
            assert_eq!(dib.function(), function);
            assert_eq!(Dib::new(DataField::Integer32).with_function(function), dib);
        }
    }

    #[test]
    fn a_chain_longer_than_the_standards_is_refused_where_it_is_too_long() {
        let mut octets = [0x80; 12];
        octets[10] = 0x0F;
        let dib = Dib::from_bytes(&octets[..11]).unwrap();
        assert_eq!(dib.storage_number(), 0xF << 37);
        octets[10] = 0x80;
        octets[11] = 0;
        let error = Dib::from_bytes(&octets).unwrap_err();
        assert_eq!((error.offset, error.kind), (11, WireErrorKind::Limit { max: 10 }));
    }

    #[test]
    fn what_ten_difes_cannot_say_is_not_constructed() {
        let dib = Dib::new(DataField::None);
        assert!(dib.with_storage_number((1 << 41) - 1).is_some());
        assert!(dib.with_storage_number(1 << 41).is_none());
        assert!(dib.with_tariff((1 << 20) - 1).is_some());
        assert!(dib.with_tariff(1 << 20).is_none());
        assert!(dib.with_subunit(1023).is_some());
        assert!(dib.with_subunit(1024).is_none());
    }

    proptest! {
        #[test]
        fn laws(storage in 0_u64..1 << 41, tariff in 0_u32..1 << 20, subunit in 0_u16..1024, dif in 0_u8..0x40) {
            let dib = Dib { storage_number: storage, tariff, subunit, control: dif };
            prop_assert_eq!(dib.wire_len() <= 1 + MAX_DIFE, true);
            gurux_framing::wire_laws!(Dib, dib, self_delimiting);
        }

        #[test]
        fn any_code_is_a_data_field(dif in any::<u8>()) {
            let field = DataField::of(dif);
            prop_assert_eq!(field.code(), dif & 0x0F);
            prop_assert_eq!(field.data_len() <= 8 && !field.name().is_empty(), true);
        }
    }
}
