//! Records that say a measurement: the way back from the words of gurux-value.

use gurux_framing::WireErrorKind::Expected;
use gurux_framing::{SliceSink, Wire};
use gurux_value::{Measurement, Quality, Value};

use super::EXTENSION;
use super::build::{BuildValue, Codes, INTEGERS, RecordBuilder, refusal};
use super::data::{DataRecord, signed};
use super::dib::DataField;
use super::time::encode;
use crate::table::{
    VifTable, lookup_combinable, lookup_combinable_extension, unit_power, vif_rows,
};
use crate::value::Meaning;

/// The longest record: a block of both kinds, a plain text, and data with their length.
const MAX_LEN: usize = 11 + 14 + 192 + 192;

/// The most words of combinable codes behind a quantity; meters send one or two. As many codes of the
/// manufacturer's as there is room for.
const MAX_WORDS: u8 = 4;

/// A plain text in place of a unit.
const PLAIN_TEXT: u8 = 0x7C;
/// The combinable code behind which more of them stand.
const BEHIND_FC: u8 = 0x7C;

impl<'a> RecordBuilder<'a> {
    /// A record that says this measurement: read again, it is the same quantity in the same unit (or in
    /// one that is a power of ten of it) with the same value, function, storage number, tariff and subunit. The
    /// code is the one whose power of ten is that of the number, or the nearest finer one; the data field
    /// the shortest that holds it.
    ///
    /// Of a missing value the record says why, with a code of EN 13757-3, record errors. The time stands in
    /// a record of its own: [`of_time`](Self::of_time). Not said by a record: an OBIS code, names of bits,
    /// the quality of a value that is there.
    ///
    /// ```
    /// use gurux_mbus::wire::RecordBuilder;
    /// use gurux_value::{Decimal, Measurement, Quantity, Unit};
    ///
    /// let flow = Measurement::new(Quantity::new("flow.volume.negative"))
    ///     .with_value(Decimal::new(1_250, -3), Unit::CUBIC_METRE_PER_HOUR)
    ///     .with_storage(1);
    /// let mut out = Vec::new();
    /// RecordBuilder::of(&flow)?.emit(&mut out);
    /// assert_eq!(out, [0x42, 0xBB, 0x3C, 0xE2, 0x04]);
    /// # Ok::<(), gurux_mbus::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Wire`](crate::Error::Wire) where no codes say the quantity in the unit, or no data that such
    /// a record may have say the value.
    pub fn of(measurement: &'a Measurement<'_>) -> Result<Self, crate::Error> {
        let mut best: Option<(i16, Self)> = None;
        let mut is_known = false;
        each_block(measurement.quantity.as_str(), &mut |codes, text| {
            is_known = true;
            let record = Self { text, ..Self::of_codes(codes, BuildValue::None) };
            let Some(meaning) = record.meaning() else { return };
            let Some(rank) = rank(measurement, &meaning) else { return };
            if best.as_ref().is_none_or(|(best, _)| rank > *best)
                && let Some(record) = record.with_value(measurement)
            {
                best = Some((rank, record));
            }
        });
        let what = if is_known { "data" } else { "vif" };
        let right = if is_known {
            "a unit and a value that a record of this quantity can have"
        } else {
            "a quantity with a code"
        };
        best.map(|(_, record)| record).ok_or_else(|| refusal(what, Expected(right)))
    }

    /// The record with the time of a measurement, to stand among the others; `None` where it has none.
    ///
    /// # Errors
    /// [`Error::Wire`](crate::Error::Wire) for a time that no type says.
    pub fn of_time(measurement: &Measurement<'_>) -> Result<Option<Self>, crate::Error> {
        let record = |time| Self::with_time(&[0x6D], time)?.placed(measurement);
        measurement.time.map(record).transpose()
    }

    /// With the value, and all that stands before the codes; `None` where it would not be read again.
    fn with_value(self, measurement: &'a Measurement<'_>) -> Option<Self> {
        let placed = self.placed(measurement).ok()?;
        let of_value = |value, field| {
            let record = Self { value, dib: placed.dib.with_data_field(field), ..placed };
            Some(record).filter(|record| record.says(measurement))
        };
        let integer = |raw: u64| {
            INTEGERS.iter().find_map(|field| {
                of_value(BuildValue::Integer(signed(raw, field.data_len())), *field)
            })
        };
        match &measurement.value {
            None => {
                let why = measurement.quality;
                let codes = [
                    (Quality::OVERFLOW, 0x16),
                    (Quality::UNDERFLOW, 0x17),
                    (Quality::INVALID, 0x18),
                    (Quality::MISSING, 0x15),
                ];
                let (_, code) = codes.into_iter().find(|(quality, _)| why.contains(*quality))?;
                // Behind the manufacturer's codes it would be one of these.
                placed.with_vife(code).ok().filter(|record| record.says(measurement))
            }
            Some(Value::DateTime(time)) => {
                let (raw, field) = encode(*time)?;
                of_value(BuildValue::Integer(signed(raw, field.data_len())), field)
            }
            Some(Value::Text(text)) => {
                let value = BuildValue::Text(text);
                value.is_held().then(|| of_value(value, DataField::Variable))?
            }
            Some(Value::Octets(octets)) => {
                let value = BuildValue::Octets(octets);
                value.is_held().then(|| of_value(value, DataField::Variable))?
            }
            Some(Value::Flags { bits, .. }) => integer(*bits),
            Some(Value::Float32(float)) => of_value(BuildValue::Real(*float), DataField::Real32),
            Some(value) => {
                let meaning = placed.meaning()?;
                let prefix = power_between(measurement, &meaning)?;
                let scaled = value.as_decimal()?.scaled(prefix)?.rescale(meaning.exponent())?;
                let number = scaled.mantissa();
                let raw = i64::try_from(number).map(|number| number as u64);
                integer(raw.or_else(|_| u64::try_from(number)).ok()?)
            }
        }
    }

    /// With function, storage number, tariff and subunit of the measurement.
    fn placed(self, measurement: &Measurement<'_>) -> Result<Self, crate::Error> {
        let subunit = u16::try_from(measurement.subunit)
            .map_err(|_| refusal("subunit", Expected("one of ten bits")))?;
        self.with_function(measurement.function)
            .with_storage_number(measurement.storage)?
            .with_tariff(measurement.tariff)?
            .with_subunit(subunit)
    }

    /// What the codes make of data.
    fn meaning(&self) -> Option<Meaning> {
        self.read(|record| record.meaning())
    }

    /// Is this what a reader of the record is told?
    fn says(&self, measurement: &Measurement<'_>) -> bool {
        self.read(|record| {
            let read = record.measurement();
            let is_same_value = match (&read.value, &measurement.value) {
                (None, None) => read.quality.is_bad() && measurement.quality.contains(read.quality),
                (Some(Value::Flags { bits, .. }), Some(Value::Flags { bits: other, .. })) => {
                    bits == other
                }
                (Some(Value::Decimal(number)), Some(other)) => {
                    let prefix = power_between(measurement, &record.meaning());
                    let other = other.as_decimal().zip(prefix);
                    other.and_then(|(other, prefix)| other.scaled(prefix)) == Some(*number)
                }
                (value, other) => value == other && read.unit == measurement.unit,
            };
            is_same_value
                && read.quantity == measurement.quantity
                && read.function == measurement.function
                && (read.storage, read.tariff, read.subunit)
                    == (measurement.storage, measurement.tariff, measurement.subunit)
        })
        .unwrap_or(false)
    }

    /// What is read of the record that this builds.
    pub(super) fn read<R>(&self, look: impl FnOnce(&DataRecord<'_>) -> R) -> Option<R> {
        let mut room = [0; MAX_LEN];
        let mut sink = SliceSink::new(&mut room);
        self.emit(&mut sink);
        let written = sink.written();
        if sink.is_overrun() {
            return None;
        }
        DataRecord::from_bytes(room.get(..written)?).ok().map(|record| look(&record))
    }
}

/// How well codes with this meaning fit, the more the better; `None` where their unit is another.
fn rank(measurement: &Measurement<'_>, meaning: &Meaning) -> Option<i16> {
    let prefix = power_between(measurement, meaning)?;
    let number = measurement.value.as_ref().and_then(Value::as_decimal);
    let wanted = number.map_or(0, |number| number.exponent().saturating_add(prefix));
    // Codes that count more than the last digit come after all that count less.
    let over = i16::from(meaning.exponent() > wanted).saturating_mul(1_000);
    Some(
        0_i16
            .saturating_sub(meaning.exponent().abs_diff(wanted).try_into().ok()?)
            .saturating_sub(over),
    )
}

/// The power of ten of the record's unit that the measurement's unit is; `None` where it is another one.
fn power_between(measurement: &Measurement<'_>, meaning: &Meaning) -> Option<i16> {
    unit_power(measurement.unit, meaning.unit())
}

/// Hands over each block of codes that says this word, with its plain text.
fn each_block<'w>(word: &'w str, found: &mut impl FnMut(Codes, Option<&'w str>)) {
    let tables: [(VifTable, &[u8]); 4] = [
        (VifTable::Primary, &[]),
        (VifTable::Fd, &[0xFD]),
        (VifTable::Fb, &[0xFB]),
        (VifTable::FdFd, &[0xFD, 0xFD]),
    ];
    for (table, before) in tables {
        let rows = vif_rows(table).iter().filter(|row| row.quantity != "reserved");
        for (row, rest) in rows.filter_map(|row| Some((row, behind(word, row.quantity)?))) {
            for code in row.first..=row.last {
                let Some(codes) = Codes::of(before).and_then(|codes| codes.and(code)) else {
                    continue;
                };
                if table == VifTable::Primary && code == PLAIN_TEXT {
                    found(codes, Some(rest));
                } else {
                    each_qualified(codes, rest, MAX_WORDS, found);
                }
            }
        }
    }
}

/// Hands over the block with all combinable codes behind it that say these words.
///
/// Each call adds a code, and there is room for twelve: so deep it goes.
fn each_qualified<'w>(
    codes: Codes,
    words: &'w str,
    left: u8,
    found: &mut impl FnMut(Codes, Option<&'w str>),
) {
    if words.is_empty() {
        return found(codes, None);
    }
    let combinable = (0..EXTENSION).map(|code| (None, code, lookup_combinable(code).effect));
    let behind_it = (0..EXTENSION)
        .map(|code| (Some(BEHIND_FC), code, lookup_combinable_extension(code).effect));
    for (before, code, effect) in combinable.chain(behind_it).filter(|_| left > 0) {
        if let Some(rest) = effect.word().and_then(|word| behind(words, word))
            && let Some(codes) = before.map_or(Some(codes), |before| codes.and(before))
            && let Some(codes) = codes.and(code)
        {
            each_qualified(codes, rest, left.saturating_sub(1), found);
        }
    }
    // A code of the manufacturer's, in two digits.
    if let Some((digits, rest)) = words.split_at_checked(2)
        && let Some(rest) = behind(rest, "")
        && let Ok(code @ 0..EXTENSION) = u8::from_str_radix(digits, 16)
        && let Some(codes) = codes.and(code)
    {
        each_qualified(codes, rest, left, found);
    }
}

/// What of the words stands behind this beginning and a dot.
fn behind<'w>(words: &'w str, begin: &str) -> Option<&'w str> {
    let rest = words.strip_prefix(begin)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('.') }
}

#[cfg(test)]
mod tests {
    use std::format;
    use std::string::{String, ToString};
    use std::vec::Vec;

    use gurux_framing::Wire;
    use gurux_value::{Decimal, Function, Measurement, Quality, Quantity, Unit, Value};
    use proptest::prelude::{Just, any, prop_assert, prop_assert_eq, prop_oneof, proptest};

    use super::{RecordBuilder, each_block};
    use crate::table::{Coding, VifTable, vif_rows};
    use crate::wire::{BuildValue, DataRecord};

    fn octets(record: RecordBuilder<'_>) -> Vec<u8> {
        let mut out = Vec::new();
        record.emit(&mut out);
        out
    }

    fn built(word: &str, unit: &str, value: Value<'static>) -> Result<Vec<u8>, String> {
        let mut measurement = Measurement::new(Quantity::new(word));
        measurement.unit = (!unit.is_empty()).then(|| unit.parse().unwrap());
        measurement.value = Some(value);
        RecordBuilder::of(&measurement).map(octets).map_err(|error| error.to_string())
    }

    fn number(text: &str) -> Value<'static> {
        Value::Decimal(text.parse().unwrap())
    }

    #[test]
    fn words_are_codes_again() {
        for (word, unit, value, expected) in [
            ("energy.negative", "Wh", "12345", &[0x02, 0x83, 0x3C, 0x39, 0x30][..]),
            ("energy", "kWh", "12.345", &[0x02, 0x03, 0x39, 0x30]),
            ("voltage.l1", "V", "230.1", &[0x02, 0xFD, 0xC8, 0xFC, 0x01, 0xFD, 0x08]),
            ("volume", "l", "1234.5", &[0x02, 0x12, 0x39, 0x30]),
            ("flow.volume", "l/h", "12", &[0x01, 0x3B, 0x0C]),
            ("volume.per-h", "m³/h", "1.5", &[0x01, 0x95, 0x22, 0x0F]),
            ("volume.under.first.duration", "min", "5", &[0x01, 0x90, 0x51, 0x05]),
            ("plain-text.%RH", "%RH", "5", &[0x01, 0x7C, 3, b'H', b'R', b'%', 0x05]),
            ("manufacturer.data.0a.7f", "", "5", &[0x01, 0xFF, 0x8A, 0x7F, 0x05]),
            // No code counts more than 10 m³ but one, and there are digits to spare.
            ("volume", "m³", "1000", &[0x02, 0x16, 0xE8, 0x03]),
        ] {
            assert_eq!(built(word, unit, number(value)).as_deref(), Ok(expected), "{word}");
        }
        let flags = Value::Flags { bits: 0xFF, label: None };
        assert_eq!(built("error.flags", "", flags).unwrap(), [0x01, 0xFD, 0x17, 0xFF]);
        let text = Value::Text("ELS".into());
        assert_eq!(built("manufacturer", "", text).unwrap(), *b"\x0D\xFD\x0A\x03SLE");
        assert_eq!(built("power", "W", Value::Float32(1.5)).unwrap()[..2], [0x05, 0x2B]);
    }

    #[test]
    fn what_no_record_says_is_refused() {
        for (word, unit, value, sentence) in [
            ("weather", "", number("1"), "octet 0, vif: a quantity with a code is expected here"),
            ("volume", "V", number("1"), "a unit and a value that a record of this quantity"),
            ("volume", "m³", number("0.0000000001"), "a unit and a value"),
            ("volume", "m³", Value::Text("Ω".into()), "a unit and a value"),
        ] {
            let refused = built(word, unit, value).unwrap_err();
            assert!(refused.contains(sentence), "{word}: {refused}");
        }
    }

    #[test]
    fn a_missing_value_says_why() {
        for (quality, code) in
            [(Quality::MISSING, 0x15), (Quality::OVERFLOW, 0x16), (Quality::INVALID, 0x18)]
        {
            let mut missing = Measurement::new(Quantity::new("volume")).with_quality(quality);
            missing.unit = Some(Unit::CUBIC_METRE);
            let record = octets(RecordBuilder::of(&missing).unwrap());
            assert_eq!(record, [0x00, 0x96, code]);
            let read = DataRecord::from_bytes(&record).unwrap().measurement();
            assert_eq!((read.value, read.quality), (None, quality));
        }
    }

    #[test]
    fn a_time_stands_beside_its_value() {
        let mut volume = Measurement::new(Quantity::new("volume")).with_storage(1).with_tariff(2);
        assert_eq!(RecordBuilder::of_time(&volume), Ok(None));
        volume.time = Some("2008-05-31T23:50".parse().unwrap());
        let record = octets(RecordBuilder::of_time(&volume).unwrap().unwrap());
        assert_eq!(record, [0xC4, 0x20, 0x6D, 0x32, 0x37, 0x1F, 0x15]);
    }

    /// Each code of each table, with and without another behind it: what is told can be built.
    #[test]
    fn all_that_the_tables_say_is_built_again() {
        for table in [VifTable::Primary, VifTable::Fb, VifTable::Fd, VifTable::FdFd] {
            for row in vif_rows(table).iter().filter(|row| row.quantity != "reserved") {
                let before: &[u8] = match table {
                    VifTable::Fb => &[0xFB],
                    VifTable::Fd => &[0xFD],
                    VifTable::FdFd => &[0xFD, 0xFD],
                    _ => &[],
                };
                for behind in [&[][..], &[0x3B], &[0x22], &[0x7C, 0x01], &[0x69, 0x12]] {
                    for data in [7, -7, 1_000] {
                        let codes = [before, &[row.last], behind].concat();
                        if codes[0] == 0x7F && !behind.is_empty() && behind[0] == 0x7C {
                            continue;
                        }
                        let record =
                            RecordBuilder::with_codes(&codes, BuildValue::Integer(data)).unwrap();
                        let first = octets(record);
                        let first = DataRecord::from_bytes(&first).unwrap().measurement();
                        // A number of two octets is no date, one with a sign no identification.
                        let is_number = matches!(row.coding, Coding::Number | Coding::Bits);
                        if first.value.is_none() || !is_number {
                            continue;
                        }
                        let again = RecordBuilder::of(&first).map(octets);
                        let again = again.unwrap_or_else(|e| panic!("{codes:02X?} {first}: {e}"));
                        let again = DataRecord::from_bytes(&again).unwrap().measurement();
                        assert_eq!(again, first, "{codes:02X?}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_word_that_goes_on_for_ever_comes_to_an_end() {
        let word = format!("volume{}", ".over.first.duration".repeat(40));
        let mut blocks = 0_u32;
        each_block(&word, &mut |_, _| blocks += 1);
        assert_eq!(blocks, 0);
    }

    proptest! {
        #[test]
        fn measurements_are_built_and_read(
            mantissa in -1_000_000_000_i64..1_000_000_000,
            exponent in -6_i16..=3,
            function in prop_oneof![Just(Function::Instantaneous), Just(Function::Maximum)],
            storage in 0_u64..1_000,
            tariff in 0_u32..16,
            subunit in 0_u32..8,
            kilo in any::<bool>(),
        ) {
            let unit = if kilo { Unit::KILOWATT_HOUR } else { Unit::WATT_HOUR };
            let mut measurement = Measurement::new(Quantity::new("energy.positive"))
                .with_value(Decimal::new(mantissa.into(), exponent), unit)
                .with_function(function)
                .with_storage(storage)
                .with_tariff(tariff)
                .with_subunit(subunit);
            match RecordBuilder::of(&measurement) {
                Ok(record) => {
                    let record = octets(record);
                    let read = DataRecord::from_bytes(&record).unwrap().measurement();
                    if kilo {
                        let value = Decimal::new(mantissa.into(), exponent + 3);
                        measurement = measurement.with_value(value, Unit::WATT_HOUR);
                    }
                    prop_assert_eq!(read, measurement);
                }
                // The finest code counts 1 mWh.
                Err(_) => {
                    let finest = if kilo { -6 } else { -3 };
                    prop_assert!(exponent < finest);
                }
            }
        }
    }
}
