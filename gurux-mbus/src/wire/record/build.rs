//! Records built from what they are to say.

use gurux_framing::{Sink, WireError, WireErrorKind};
use gurux_value::{DateTime, Decimal, Function, Value};

use super::EXTENSION;
use super::bcd::to_digits;
use super::data::{Data, DataRecord};
use super::dib::{DataField, Dib};
use super::time::encode;
use super::vib::MAX_VIFE;
use crate::table::{Coding, FoundVif, VifTable, find_vif};

/// Builds one record: how its value came to be, what it is of, and the value.
///
/// The data field is the shortest that holds the value, unless one is asked for.
///
/// ```
/// use gurux_mbus::wire::{DataField, RecordBuilder};
/// use gurux_value::{Decimal, Unit};
///
/// let mut out = Vec::new();
/// RecordBuilder::new("volume", Some(Unit::CUBIC_METRE), Decimal::new(54_321, -3))?
///     .with_storage_number(1)?
///     .emit(&mut out);
/// assert_eq!(out, [0x43, 0x13, 0x31, 0xD4, 0x00]);
///
/// // The same as eight digits.
/// out.clear();
/// RecordBuilder::new("volume", Some(Unit::CUBIC_METRE), Decimal::new(54_321, -3))?
///     .with_data_field(DataField::Bcd8)?
///     .emit(&mut out);
/// assert_eq!(out, [0x0C, 0x13, 0x21, 0x43, 0x05, 0x00]);
/// # Ok::<(), gurux_mbus::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct RecordBuilder<'a> {
    pub(super) dib: Dib,
    pub(super) codes: Codes,
    pub(super) text: Option<&'a str>,
    pub(super) value: BuildValue<'a>,
}

/// What the data of a built record are.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum BuildValue<'a> {
    /// None: the record only names something.
    None,
    /// An integer.
    Integer(i64),
    /// A float of 32 bits.
    Real(f32),
    /// Characters of ISO 8859-1, in reading order.
    Text(&'a str),
    /// Octets, as a binary number of variable length.
    Octets(&'a [u8]),
}

impl BuildValue<'_> {
    /// Can data of a record be this?
    pub(super) fn is_held(&self) -> bool {
        match self {
            Self::Text(text) => is_latin(text) && text.chars().count() <= MAX_TEXT,
            Self::Octets(octets) => binary_lvar(octets.len()).is_some(),
            _ => true,
        }
    }
}

/// The codes of a value information block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Codes {
    codes: [u8; MAX_VIFE + 1],
    len: u8,
}

impl Codes {
    pub(super) fn of(codes: &[u8]) -> Option<Self> {
        let mut block = Self { codes: [0; MAX_VIFE + 1], len: 0 };
        codes.iter().try_for_each(|code| block.push(*code))?;
        Some(block)
    }

    fn push(&mut self, code: u8) -> Option<()> {
        *self.codes.get_mut(usize::from(self.len))? = code & !EXTENSION;
        self.len = self.len.saturating_add(1);
        Some(())
    }

    /// Does a text follow them?
    fn has_text(&self) -> bool {
        self.codes.first() == Some(&0x7C)
    }

    /// With another code behind them.
    pub(super) fn and(mut self, code: u8) -> Option<Self> {
        self.push(code).map(|()| self)
    }

    /// The codes with the extension bits that say which is the last.
    fn octets(&self) -> impl Iterator<Item = u8> + '_ {
        let last = usize::from(self.len).saturating_sub(1);
        let codes = self.codes.iter().take(self.len.into()).enumerate();
        codes.map(move |(at, code)| if at < last { code | EXTENSION } else { *code })
    }
}

/// The most characters of a text: LVAR cannot say more.
const MAX_TEXT: usize = 0xBF;

pub(super) fn refusal(what: &'static str, kind: WireErrorKind) -> crate::Error {
    WireError::new(0, what, kind).into()
}

impl<'a> RecordBuilder<'a> {
    /// A record of a quantity by its word in gurux-value, with a number that counts `unit`. The code
    /// is the one whose power of ten is that of the number, or the nearest finer one.
    ///
    /// # Errors
    /// [`Error::Wire`](crate::Error::Wire) if no code says this quantity in this unit, or no 64 bits
    /// hold the number.
    pub fn new(
        quantity: &str,
        unit: Option<gurux_value::Unit>,
        value: Decimal,
    ) -> Result<Self, crate::Error> {
        let unknown = || refusal("vif", WireErrorKind::Expected("a quantity and unit with a code"));
        let found = find_vif(quantity, unit, value.exponent()).ok_or_else(unknown)?;
        let FoundVif { table, code, exponent, prefix } = found;
        // The code may count a multiple of the unit that the number is in.
        let integer = value.scaled(prefix).and_then(|value| value.rescale(exponent));
        let integer = integer.and_then(|integer| i64::try_from(integer.mantissa()).ok());
        let integer = integer
            .ok_or_else(|| refusal("data", WireErrorKind::Expected("a number of 64 bits")))?;
        let codes = match table {
            VifTable::Primary => Codes::of(&[code]),
            VifTable::Fb => Codes::of(&[0xFB, code]),
            VifTable::Fd => Codes::of(&[0xFD, code]),
            VifTable::FdFd => Codes::of(&[0xFD, 0xFD, code]),
            VifTable::Ef => Codes::of(&[0xEF, code]),
        };
        Ok(Self::of_codes(codes.ok_or_else(unknown)?, BuildValue::Integer(integer)))
    }

    /// A record with these codes of VIF and VIFEs; their extension bits are set as they must be. Behind
    /// `7C` stands an empty text, until there is [another](Self::with_text).
    ///
    /// # Errors
    /// [`Error::Wire`](crate::Error::Wire) for no code or more than eleven, for a code that only says in
    /// which table the next one is, and for a value that no record holds: so for the lowest integer of 64
    /// bits, which stands for none.
    pub fn with_codes(codes: &[u8], value: BuildValue<'a>) -> Result<Self, crate::Error> {
        let limit = || refusal("vife", WireErrorKind::Limit { max: MAX_VIFE });
        let is_begun =
            matches!(codes, [0x6F | 0xEF | 0x7B | 0xFB | 0x7D | 0xFD] | [0xFD, 0x7D | 0xFD]);
        if is_begun {
            return Err(refusal(
                "vif",
                WireErrorKind::Expected("a code of the table that follows"),
            ));
        }
        let codes = Codes::of(codes).filter(|codes| codes.len > 0).ok_or_else(limit)?;
        let record = Self::of_codes(codes, value);
        if value.is_held() && !record.is_mark_of_none() {
            Ok(record)
        } else {
            Err(refusal(
                "data",
                WireErrorKind::Expected("a length and characters that LVAR can say"),
            ))
        }
    }

    /// A record with a date and time: type G for a date, J for a time, F up to minutes, I with
    /// seconds.
    ///
    /// # Errors
    /// [`Error::Wire`](crate::Error::Wire) if no type says such a date or time, or none that is read
    /// behind these codes: behind `6C` stand dates alone.
    pub fn with_time(codes: &[u8], time: DateTime) -> Result<Self, crate::Error> {
        let (raw, field) = encode(time)
            .ok_or_else(|| refusal("data", WireErrorKind::Expected("a date of 1981 to 2299")))?;
        let value = BuildValue::Integer(super::data::signed(raw, field.data_len()));
        let record = Self::with_codes(codes, value)?;
        let record = Self { dib: record.dib.with_data_field(field), ..record };
        let is_read = record.read(|record| {
            record.measurement().value.is_some_and(|value| value == Value::DateTime(time))
        });
        let right = "codes of dates, and a date or time that they may have";
        let is_date_alone = field == DataField::Integer16;
        is_read
            .filter(|is_read| *is_read && (is_date_alone || codes != [0x6C]))
            .map(|_| record)
            .ok_or_else(|| refusal("vif", WireErrorKind::Expected(right)))
    }

    pub(super) fn of_codes(codes: Codes, value: BuildValue<'a>) -> Self {
        let field = match value {
            BuildValue::None => DataField::None,
            BuildValue::Integer(integer) => shortest(integer),
            BuildValue::Real(_) => DataField::Real32,
            BuildValue::Text(_) | BuildValue::Octets(_) => DataField::Variable,
        };
        Self { dib: Dib::new(field), codes, text: None, value }
    }

    /// With this function.
    #[must_use]
    pub fn with_function(self, function: Function) -> Self {
        Self { dib: self.dib.with_function(function), ..self }
    }

    /// With this storage number.
    ///
    /// # Errors
    /// [`Error::Wire`](crate::Error::Wire) for one that ten DIFEs cannot say; so for the next two.
    pub fn with_storage_number(self, storage_number: u64) -> Result<Self, crate::Error> {
        self.with_dib("storage number", self.dib.with_storage_number(storage_number))
    }

    /// With this tariff.
    ///
    /// # Errors
    /// [`Error::Wire`](crate::Error::Wire).
    pub fn with_tariff(self, tariff: u32) -> Result<Self, crate::Error> {
        self.with_dib("tariff", self.dib.with_tariff(tariff))
    }

    /// With this subunit.
    ///
    /// # Errors
    /// [`Error::Wire`](crate::Error::Wire).
    pub fn with_subunit(self, subunit: u16) -> Result<Self, crate::Error> {
        self.with_dib("subunit", self.dib.with_subunit(subunit))
    }

    fn with_dib(self, what: &'static str, dib: Option<Dib>) -> Result<Self, crate::Error> {
        let max = super::dib::MAX_DIFE;
        let dib = dib.ok_or_else(|| refusal(what, WireErrorKind::Limit { max }))?;
        Ok(Self { dib, ..self })
    }

    /// With another combinable VIFE behind the codes.
    ///
    /// # Errors
    /// [`Error::Wire`](crate::Error::Wire) for the eleventh.
    pub fn with_vife(mut self, vife: u8) -> Result<Self, crate::Error> {
        let limit = refusal("vife", WireErrorKind::Limit { max: MAX_VIFE });
        self.codes.push(vife).ok_or(limit)?;
        Ok(self)
    }

    /// With a plain text in place of a unit: the first code becomes `7C`, and the text stands behind
    /// the last one.
    ///
    /// # Errors
    /// [`Error::Wire`](crate::Error::Wire) for a text of more than 191 characters, or of others than
    /// ISO 8859-1 has.
    pub fn with_text(mut self, text: &'a str) -> Result<Self, crate::Error> {
        if !is_latin(text) || text.chars().count() > MAX_TEXT {
            return Err(refusal("text", WireErrorKind::Limit { max: MAX_TEXT }));
        }
        if let Some(vif) = self.codes.codes.first_mut() {
            *vif = 0x7C;
        }
        Ok(Self { text: Some(text), ..self })
    }

    /// With the data coded so. A float takes a real, a text a variable length; an integer anything
    /// that holds it. The lowest integer of a width stands for none.
    ///
    /// # Errors
    /// [`Error::Wire`](crate::Error::Wire) if the data field does not hold the value.
    pub fn with_data_field(self, field: DataField) -> Result<Self, crate::Error> {
        let holds = match self.value {
            BuildValue::None => matches!(field, DataField::None | DataField::Selection),
            BuildValue::Integer(integer) => holds(field, integer),
            BuildValue::Real(_) => field == DataField::Real32,
            BuildValue::Text(_) | BuildValue::Octets(_) => field == DataField::Variable,
        };
        let record = Self { dib: self.dib.with_data_field(field), ..self };
        if holds && !record.is_mark_of_none() {
            Ok(record)
        } else {
            Err(refusal("data field", WireErrorKind::Expected("a data field that holds the value")))
        }
    }

    /// Would a reader take the number for the mark that there is none?
    fn is_mark_of_none(&self) -> bool {
        let is_marked = |record: &DataRecord<'_>| match record.data() {
            Data::Integer(number) => {
                record.meaning().coding() == Coding::Number && record.is_absent(number)
            }
            _ => false,
        };
        self.read(is_marked).unwrap_or(false)
    }

    /// Writes the record.
    pub fn emit(&self, out: &mut impl Sink) {
        use gurux_framing::Wire;
        self.dib.emit(out);
        self.codes.octets().for_each(|octet| out.put_u8(octet));
        if let Some(text) = self.text.or(self.codes.has_text().then_some("")) {
            out.put_u8(text.chars().count() as u8);
            put_text(text, out);
        }
        match self.value {
            BuildValue::None => {}
            BuildValue::Integer(integer) => put_integer(self.dib.data_field(), integer, out),
            BuildValue::Real(float) => out.put_array(float.to_bits().to_le_bytes()),
            BuildValue::Text(text) => {
                out.put_u8(text.chars().count() as u8);
                put_text(text, out);
            }
            BuildValue::Octets(octets) => {
                out.put_u8(binary_lvar(octets.len()).unwrap_or(0xE0));
                out.put(octets);
            }
        }
    }
}

fn is_latin(text: &str) -> bool {
    text.chars().all(|c| u8::try_from(c).is_ok())
}

/// Characters as records hold them: the last one first.
fn put_text(text: &str, out: &mut impl Sink) {
    text.chars().rev().filter_map(|c| u8::try_from(c).ok()).for_each(|octet| out.put_u8(octet));
}

/// LVAR of a binary number of so many octets.
const fn binary_lvar(len: usize) -> Option<u8> {
    match len {
        0..=15 => Some(0xE0 | len as u8),
        16 => Some(0xF0),
        20 => Some(0xF1),
        24 => Some(0xF2),
        28 => Some(0xF3),
        32 => Some(0xF4),
        48 => Some(0xF5),
        64 => Some(0xF6),
        _ => None,
    }
}

/// The widths of integers, the shortest first.
pub(super) static INTEGERS: [DataField; 6] = [
    DataField::Integer8,
    DataField::Integer16,
    DataField::Integer24,
    DataField::Integer32,
    DataField::Integer48,
    DataField::Integer64,
];

/// The lowest number of a width stands for no value, so it takes the next one.
fn shortest(integer: i64) -> DataField {
    let holds =
        |field: &&DataField| holds(**field, integer) && holds(**field, integer.saturating_sub(1));
    let field = INTEGERS.iter().find(holds);
    field.copied().unwrap_or(DataField::Integer64)
}

/// Does data so coded hold this number?
fn holds(field: DataField, integer: i64) -> bool {
    let len = field.data_len();
    if field.is_bcd() {
        // The sign takes the highest digit.
        let digits = (len as u32).wrapping_mul(2).wrapping_sub(u32::from(integer < 0));
        return 10_u64.checked_pow(digits).is_some_and(|end| integer.unsigned_abs() < end);
    }
    INTEGERS.contains(&field) && super::data::signed(integer as u64, len) == integer
}

fn put_integer(field: DataField, integer: i64, out: &mut impl Sink) {
    let len = field.data_len();
    let raw = if field.is_bcd() {
        let digits = to_digits(integer.unsigned_abs()).unwrap_or_default();
        let sign = 0xF_u64.wrapping_shl((len as u32).wrapping_mul(8).saturating_sub(4));
        if integer < 0 { digits | sign } else { digits }
    } else {
        integer as u64
    };
    out.put(raw.to_le_bytes().get(..len).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use std::string::ToString;
    use std::vec::Vec;

    use gurux_framing::Wire;
    use gurux_value::{DateTime, Decimal, Function, Unit};
    use proptest::prelude::{Just, any, prop_assert_eq, prop_oneof, proptest};

    use super::{BuildValue, RecordBuilder};
    use crate::wire::{Data, DataField, DataRecord, Digits};

    fn octets(record: RecordBuilder<'_>) -> Vec<u8> {
        let mut out = Vec::new();
        record.emit(&mut out);
        out
    }

    #[test]
    fn the_code_is_the_nearest_finer_one() {
        let built = |value, unit| octets(RecordBuilder::new("energy", Some(unit), value).unwrap());
        assert_eq!(built(Decimal::new(12, 3), Unit::WATT_HOUR), [0x01, 0x06, 12]);
        assert_eq!(built(Decimal::new(12, 0), Unit::KILOWATT_HOUR), [0x01, 0x06, 12]);
        // No code counts 0.1 mWh: the digits do not fit.
        let fine = RecordBuilder::new("energy", Some(Unit::WATT_HOUR), Decimal::new(1, -4));
        assert!(fine.is_err());
        // No code counts 10 GWh: the coarsest that is finer counts 1 MWh.
        let expected = [0x03, 0xFB, 0x01, 0xA0, 0x86, 0x01];
        assert_eq!(built(Decimal::new(10, 10), Unit::WATT_HOUR), expected);
    }

    #[test]
    fn plain_texts_and_texts_are_reversed() {
        let record = RecordBuilder::with_codes(&[0x7C, 0x74], BuildValue::Integer(5_410))
            .and_then(|record| record.with_text("%RH"))
            .unwrap();
        assert_eq!(octets(record), [0x02, 0xFC, 0x74, 3, b'H', b'R', b'%', 0x22, 0x15]);
        let record = RecordBuilder::with_codes(&[0xFD, 0x0C], BuildValue::Text("m³")).unwrap();
        assert_eq!(octets(record), [0x0D, 0xFD, 0x0C, 2, 0xB3, b'm']);
        assert!(RecordBuilder::with_codes(&[0x78], BuildValue::Text("Ω")).is_err());
    }

    #[test]
    fn times_take_the_type_that_says_them() {
        for (text, expected) in [
            ("2008-05-31", &[0x02, 0x6D, 0x1F, 0x15][..]),
            ("2008-05-31T23:50", &[0x04, 0x6D, 0x32, 0x37, 0x1F, 0x15]),
            ("2008-05-31T23:50:10", &[0x06, 0x6D, 0x0A, 0x32, 0x17, 0x1F, 0x15, 0x00]),
            ("T12:45:30", &[0x03, 0x6D, 0x1E, 0x2D, 0x0C]),
        ] {
            let time: DateTime = text.parse().unwrap();
            let built = octets(RecordBuilder::with_time(&[0x6D], time).unwrap());
            assert_eq!(built, expected, "{text}");
            let read = DataRecord::from_bytes(&built).unwrap().measurement();
            assert_eq!(read.value.unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_number_is_not_taken_for_the_mark_of_none() {
        for (integer, expected) in [
            (-127, &[0x01, 0x2B, 0x81][..]),
            (-128, &[0x02, 0x2B, 0x80, 0xFF]),
            (127, &[0x01, 0x2B, 0x7F]),
            (-32_768, &[0x03, 0x2B, 0x00, 0x80, 0xFF]),
        ] {
            let record = RecordBuilder::with_codes(&[0x2B], BuildValue::Integer(integer)).unwrap();
            assert_eq!(octets(record), expected, "{integer}");
        }
        let record = RecordBuilder::with_codes(&[0x2B], BuildValue::Integer(-128)).unwrap();
        assert!(record.with_data_field(DataField::Integer8).is_err());
        assert!(RecordBuilder::with_codes(&[0x2B], BuildValue::Integer(i64::MIN)).is_err());
        // Bits have no such mark.
        let flags = RecordBuilder::with_codes(&[0xFD, 0x17], BuildValue::Integer(-128)).unwrap();
        assert!(flags.with_data_field(DataField::Integer8).is_ok());
    }

    #[test]
    fn a_time_fits_its_codes() {
        let minute: DateTime = "2024-02-29T10:00".parse().unwrap();
        assert!(RecordBuilder::with_time(&[0x6C], minute).is_err());
        assert!(RecordBuilder::with_time(&[0x13], minute).is_err());
        let built = octets(RecordBuilder::with_time(&[0x13, 0x39], minute).unwrap());
        assert_eq!(built[..3], [0x04, 0x93, 0x39]);
        let time = DateTime::UNKNOWN.with_time(10, 0, 30);
        assert!(time.is_none_or(|time| RecordBuilder::with_time(&[0x6C], time).is_err()));
    }

    #[test]
    fn a_plain_text_is_there_from_the_start() {
        let record = RecordBuilder::with_codes(&[0x7C], BuildValue::Integer(1)).unwrap();
        assert_eq!(octets(record), [0x01, 0x7C, 0x00, 0x01]);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let record = RecordBuilder::with_codes(&[0x13], BuildValue::Integer(-1_000)).unwrap();
        assert!(record.with_data_field(DataField::Bcd6).is_ok());
        // The sign takes a digit.
        assert!(record.with_data_field(DataField::Bcd4).is_err());
        assert!(record.with_data_field(DataField::Integer8).is_err());
        assert!(record.with_data_field(DataField::Real32).is_err());
        assert!(RecordBuilder::with_codes(&[], BuildValue::None).is_err());
        for begun in [&[0xFD][..], &[0xFB], &[0xFD, 0xFD], &[0x7D], &[0xEF]] {
            assert!(RecordBuilder::with_codes(begun, BuildValue::None).is_err(), "{begun:02X?}");
        }
        assert!(RecordBuilder::with_codes(&[0; 12], BuildValue::None).is_err());
        assert!(RecordBuilder::with_codes(&[0x79], BuildValue::Octets(&[0; 17])).is_err());
    }

    proptest! {
        #[test]
        fn what_is_built_is_read(
            integer in prop_oneof![any::<i64>(), -10_000_i64..10_000],
            function in prop_oneof![
                Just(Function::Instantaneous), Just(Function::Minimum),
                Just(Function::Maximum), Just(Function::ErrorState),
            ],
            storage in 0_u64..1 << 41,
            tariff in 0_u32..1 << 20,
            subunit in 0_u16..1 << 10,
            bcd in any::<bool>(),
        ) {
            let record = RecordBuilder::with_codes(&[0x13], BuildValue::Integer(integer)).unwrap()
                .with_function(function)
                .with_storage_number(storage).unwrap()
                .with_tariff(tariff).unwrap()
                .with_subunit(subunit).unwrap();
            let digits = record.with_data_field(DataField::Bcd12);
            let (record, is_bcd) = match digits {
                Ok(digits) if bcd => (digits, true),
                _ => (record, false),
            };
            let built = octets(record);
            let read = DataRecord::from_bytes(&built).unwrap();
            let expected = if is_bcd {
                Data::Bcd(Digits::Number(integer))
            } else {
                Data::Integer(integer)
            };
            prop_assert_eq!(read.data(), expected);
            prop_assert_eq!((read.function(), read.storage_number()), (function, storage));
            prop_assert_eq!((read.tariff(), read.subunit()), (tariff, subunit));
        }

        #[test]
        fn measurements_are_built_and_read(mantissa in -1_000_000_i64..1_000_000, exponent in -3_i16..=4) {
            let value = Decimal::new(mantissa.into(), exponent);
            let built = octets(RecordBuilder::new("power", Some(Unit::WATT), value).unwrap());
            let read = DataRecord::from_bytes(&built).unwrap().measurement();
            prop_assert_eq!(read.quantity.as_str(), "power");
            prop_assert_eq!(read.unit, Some(Unit::WATT));
            prop_assert_eq!(read.value.unwrap().as_decimal(), Some(value));
        }
    }
}
