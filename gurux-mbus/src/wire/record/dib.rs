//! The data information block: width, function, storage, tariff, subunit.
//!
//! | octets | field |
//! |---|---|
//! | 1 | DIF: bits 0–3 data field, 4–5 function, 6 lowest bit of the storage number, 7 a DIFE follows |
//! | 0–10 | DIFE: bits 0–3 storage number, 4–5 tariff, 6 subunit, 7 another DIFE follows |
//!
//! Each DIFE brings the next higher bits: four of the storage number (from its bit 1 up), two of the
//! tariff, one of the subunit.

use gurux_framing::{Reader, Shown, Sink, Visit, Wire, WireError};
use gurux_value::Function;

use super::EXTENSION;
use super::extent::{chain_fault, truncated};

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

/// The octets of data of each data field, half an octet each, code 0 lowest.
const DATA_LENS: u64 = 0x0604_3210_8644_3210;

/// The name of each data field at its code.
#[rustfmt::skip]
static NAMES: [&str; 16] = [
    "no data",        "8 bit integer",  "16 bit integer",  "24 bit integer",
    "32 bit integer", "32 bit real",    "48 bit integer",  "64 bit integer",
    "selection for readout", "2 digit BCD", "4 digit BCD", "6 digit BCD",
    "8 digit BCD",    "variable length", "12 digit BCD",   "special function",
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
    pub const fn data_len(self) -> usize {
        (DATA_LENS.wrapping_shr((self.code() as u32).wrapping_mul(4)) & 0x0F) as usize
    }

    /// What it is: `32 bit integer`.
    #[must_use]
    pub fn name(self) -> &'static str {
        NAMES.get(usize::from(self.code())).copied().unwrap_or_default()
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
    /// Bits 0–5 data field and function as in the DIF, 16–31 subunit, 32–63 tariff: two words, which
    /// the compiler keeps in registers.
    parts: u64,
}

const SUBUNIT: u32 = 16;
const TARIFF: u32 = 32;

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
        Self { storage_number: 0, parts: data_field.code() as u64 }
    }

    /// With this function.
    #[must_use]
    pub const fn with_function(self, function: Function) -> Self {
        Self { parts: (self.parts & !0x30) | function_bits(function) as u64, ..self }
    }

    /// With this coding of the data.
    #[must_use]
    pub const fn with_data_field(self, data_field: DataField) -> Self {
        Self { parts: (self.parts & !0x0F) | data_field.code() as u64, ..self }
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
        let others = self.parts & 0xFFFF_FFFF;
        let dib = Self { parts: others | (tariff as u64) << TARIFF, ..self };
        (dib.dife_count() <= MAX_DIFE).then_some(dib)
    }

    /// With this subunit; `None` above 1023, which ten DIFEs cannot say.
    #[must_use]
    pub fn with_subunit(self, subunit: u16) -> Option<Self> {
        let others = self.parts & !(0xFFFF << SUBUNIT);
        let dib = Self { parts: others | (subunit as u64) << SUBUNIT, ..self };
        (dib.dife_count() <= MAX_DIFE).then_some(dib)
    }

    /// How the data are coded.
    #[must_use]
    #[inline]
    pub const fn data_field(&self) -> DataField {
        DataField::of(self.parts as u8)
    }

    /// How the value came to be.
    #[must_use]
    #[inline]
    pub const fn function(&self) -> Function {
        function_of(self.parts as u8)
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
        (self.parts >> TARIFF) as u32
    }

    /// The part of the device that measured; 0 is the device itself.
    #[must_use]
    #[inline]
    pub const fn subunit(&self) -> u16 {
        (self.parts >> SUBUNIT) as u16
    }

    /// The DIFEs that these numbers take: as many as the longest of the three.
    fn dife_count(&self) -> usize {
        const fn bits(number: u64) -> usize {
            64_u32.saturating_sub(number.leading_zeros()) as usize
        }
        let storage = bits(self.storage_number >> 1).div_ceil(4);
        let tariff = bits(self.tariff().into()).div_ceil(2);
        storage.max(tariff).max(bits(self.subunit().into()))
    }

    /// The first octet on the wire.
    #[must_use]
    pub fn dif(&self) -> u8 {
        let storage = if self.storage_number & 1 == 1 { 0x40 } else { 0 };
        let extension = if self.dife_count() > 0 { EXTENSION } else { 0 };
        (self.parts & 0x3F) as u8 | storage | extension
    }

    /// The block at the begin of `octets`, and the octets behind it.
    #[inline(always)]
    pub(super) fn split(octets: &[u8]) -> Option<(Self, &[u8])> {
        let [dif, behind @ ..] = octets else { return None };
        let mut dib = Self::of_dif(*dif);
        if dif & EXTENSION == 0 {
            return Some((dib, behind));
        }
        match behind {
            [dife @ ..EXTENSION, behind @ ..] => {
                dib.add(*dife, 0);
                Some((dib, behind))
            }
            _ => Self::split_chain(octets),
        }
    }

    /// The same with any number of DIFEs. It begins anew, so that the short way stays in registers.
    #[inline(never)]
    fn split_chain(octets: &[u8]) -> Option<(Self, &[u8])> {
        let [dif, octets @ ..] = octets else { return None };
        let (mut dib, mut octets) = (Self::of_dif(*dif), octets);
        for place in 0..MAX_DIFE as u32 {
            let [dife, behind @ ..] = octets else { return None };
            dib.add(*dife, place);
            if dife & EXTENSION == 0 {
                return Some((dib, behind));
            }
            octets = behind;
        }
        None
    }

    #[inline(always)]
    const fn of_dif(dif: u8) -> Self {
        let storage_number = (dif >> 6 & 0x01) as u64;
        Self { storage_number, parts: (dif & 0x3F) as u64 }
    }

    /// Adds the bits of a DIFE, of which `place` come before.
    #[inline(always)]
    fn add(&mut self, dife: u8, place: u32) {
        let (storage, tariff, subunit) = (dife & 0x0F, (dife >> 4) & 0x03, (dife >> 6) & 0x01);
        let storage_place = place.wrapping_mul(4).wrapping_add(1);
        self.storage_number |= u64::from(storage).wrapping_shl(storage_place);
        let tariff_place = place.wrapping_mul(2).wrapping_add(TARIFF);
        self.parts |= u64::from(tariff).wrapping_shl(tariff_place);
        self.parts |= u64::from(subunit).wrapping_shl(place.wrapping_add(SUBUNIT));
    }

    /// Why there is no block at the begin of `octets`.
    #[cold]
    pub(super) fn fault(octets: &[u8]) -> WireError {
        match octets.split_first() {
            None => truncated("dif"),
            Some((_, difes)) => chain_fault(difes, MAX_DIFE, "dife").at(1),
        }
    }

    /// Tells of the octets of a block that was just taken.
    pub(super) fn show<V: Visit>(reader: &mut Reader<'_, V>, start: usize, octets: &[u8]) {
        let mut name = "dif";
        for (at, octet) in (start..).zip(octets) {
            let meaning = (name == "dif").then(|| DataField::of(*octet).name());
            let shown = Shown::Code { code: (*octet).into(), name: meaning };
            reader.show_at(at..at.wrapping_add(1), name, shown);
            name = "dife";
        }
    }
}

impl<'a> Wire<'a> for Dib {
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        let (start, all) = (reader.offset(), reader.rest());
        let Some((dib, rest)) = Self::split(all) else { return Err(Self::fault(all).at(start)) };
        let octets = reader.slice(all.len().wrapping_sub(rest.len()), "dib")?;
        if V::ACTIVE {
            Self::show(reader, start, octets);
        }
        Ok(dib)
    }

    /// Writes as few DIFEs as the numbers need.
    fn emit(&self, out: &mut impl Sink) {
        out.put_u8(self.dif());
        let count = self.dife_count();
        for place in 0..count {
            let place = place as u32;
            let more = if (place as usize).wrapping_add(1) < count { EXTENSION } else { 0 };
            let storage = self.storage_number.wrapping_shr(place.wrapping_mul(4).wrapping_add(1));
            let tariff = self.tariff().wrapping_shr(place.wrapping_mul(2));
            let subunit = self.subunit().wrapping_shr(place);
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
            let dib = Dib::new(DataField::of(dif)).with_function(super::function_of(dif));
            let dib = dib.with_storage_number(storage).unwrap();
            let dib = dib.with_tariff(tariff).unwrap().with_subunit(subunit).unwrap();
            prop_assert_eq!((dib.storage_number(), dib.tariff(), dib.subunit()), (storage, tariff, subunit));
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
