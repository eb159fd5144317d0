//! Compact profiles: a series of values in one record.
//!
//! | octets | field |
//! |---|---|
//! | 1 | spacing control: bits 0–3 the data field of each value, 4–5 unit of the spacing (s, min, h, d), 6–7 increment mode |
//! | 1 | spacing value: how many units (1 to 250) lie between two values; 254 with days is a month, with hours three, with minutes six; 253 with days is half a month; 0 where no time lies between |
//! | n | values |
//!
//! The mode tells whether a value is absolute (0), what was added to the one before (1), taken from
//! it (2), or added with a sign (3). The first one continues a **base**: the value and the time of
//! other records with the same storage number (for the value also tariff, subunit and VIB, but for
//! the VIFE of the profile). Each value has the next storage number. An inverse profile walks back in
//! time from its base, the others walk on. Where no record is the base value, the first value of the
//! profile is the first of the series, and the others continue it.
//!
//! Source: the KNX specification of RF M-Bus, Annex B, which tells compact profiles in full; the
//! examples of EN 13757-3, Annex F, and of OMS volume 2, Annex G, as exmbus and wmbusmeters test them.

use core::iter::FusedIterator;

use gurux_value::{ClockStatus, DateTime, Day, Measurement, Month, Quality, Value};

use super::{Meaning, qualified_word};
use crate::table::ProfileKind;
use crate::wire::{Data, DataField, DataRecord, Digits, RecordItem, Records};

/// A compact profile, expanded lazily.
///
/// ```
/// use gurux_mbus::value::Profile;
/// use gurux_mbus::wire::{RecordItem, Records};
///
/// // 1013 litres on 31 May; what was added in the months before.
/// let payload = [
///     0x0C, 0x13, 0x13, 0x10, 0x00, 0x00, 0x02, 0x6C, 0x1F, 0x15, 0x0D, 0x93, 0x13, 0x0A, 0x7A, 0xFE,
///     0x58, 0x02, 0x32, 0x03, 0x14, 0x02, 0x44, 0x01,
/// ];
/// let Some(RecordItem::Record(record)) = Records::new(&payload).last() else { panic!() };
/// let profile = Profile::of(&record).expect("a profile").with_base_in(&payload);
/// let shown: Vec<String> = profile.map(|value| value.to_string()).collect();
/// assert_eq!(shown, [
///     "volume = 0.755 m³ at 2008-04-30 (storage 1)",
///     "volume = 0.423 m³ at 2008-03-31 (storage 2)",
///     "volume = 0.209 m³ at 2008-02-29 (storage 3)",
///     "volume = 0.065 m³ at 2008-01-31 (storage 4)",
/// ]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Profile<'a> {
    record: DataRecord<'a>,
    meaning: Meaning,
    kind: ProfileKind,
    element: DataField,
    mode: IncrementMode,
    spacing: Spacing,
    base_time: Option<DateTime>,
    /// The value before the next one, in steps of the meaning's power of ten.
    value: Before,
    /// The values not expanded yet.
    octets: &'a [u8],
    /// How many values were expanded.
    count: u16,
}

/// What is known of the value before the next one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Before {
    /// There is none: the next one begins the series.
    Nothing,
    /// There is one, and nobody knows it.
    Unknown,
    /// It is this.
    Known(i64),
}

/// How the values of a profile follow from one another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum IncrementMode {
    /// They do not: each is whole.
    Absolute,
    /// The younger is larger by so much.
    Increment,
    /// The younger is smaller by so much.
    Decrement,
    /// The younger minus the older.
    Difference,
}

/// The time between two values of a profile.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Spacing {
    /// So many seconds.
    Seconds(u32),
    /// So many months.
    Months(u8),
    /// Anything else: half a month, an array without time, and what is reserved.
    Other {
        /// The spacing control octet.
        control: u8,
        /// The spacing value.
        value: u8,
    },
}

impl Spacing {
    const fn of(control: u8, value: u8) -> Self {
        let unit = match control >> 4 & 0x03 {
            0 => 1,
            1 => 60,
            2 => 3_600,
            _ => 86_400,
        };
        match value {
            1..=250 => Self::Seconds((value as u32).wrapping_mul(unit)),
            254 => Self::Months(match unit {
                60 => 6,
                3_600 => 3,
                // Reserved with seconds; the example of the KNX specification has a month so.
                _ => 1,
            }),
            _ => Self::Other { control, value },
        }
    }

    /// `time` and so many spacings, on or back.
    fn shift(self, time: DateTime, count: u16, back: bool) -> Option<DateTime> {
        match self {
            Self::Seconds(seconds) => {
                let micros = i64::from(seconds).wrapping_mul(count.into()).wrapping_mul(1_000_000);
                shift_micros(time, if back { micros.wrapping_neg() } else { micros })
            }
            Self::Months(months) => {
                let months = i32::from(months).saturating_mul(count.into());
                shift_months(time, if back { months.saturating_neg() } else { months })
            }
            Self::Other { .. } => None,
        }
    }
}

/// A local time, later by so many microseconds. A date without a time moves by whole days only.
fn shift_micros(time: DateTime, micros: i64) -> Option<DateTime> {
    const DAY: i64 = 86_400_000_000;
    let has_time = time.hour().is_some();
    if !has_time && micros % DAY != 0 {
        return None;
    }
    let whole = if has_time { time } else { time.with_time(0, 0, 0)? };
    let later = DateTime::from_unix_micros(whole.unix_micros_at(0)?.checked_add(micros)?)?;
    let (year, month, day) = later.date()?;
    let date = DateTime::UNKNOWN.with_date(year, month, day)?;
    let moved = if has_time {
        date.with_hour(later.hour())?
            .with_minute(time.minute().and(later.minute()))?
            .with_second(time.second().and(later.second()))?
    } else {
        date
    };
    Some(moved.with_status(status_of(time)))
}

/// The same day so many months later; from the last day of a month to the last day of a month.
fn shift_months(time: DateTime, months: i32) -> Option<DateTime> {
    let (year, month, day) = time.date()?;
    let last_of = |time: DateTime| Some(time.with_day(Some(Day::Last))?.date()?.2);
    let is_last = last_of(time)? == day;
    let count = i32::from(year).checked_mul(12)?.checked_add(i32::from(month))?;
    let count = count.checked_sub(1)?.checked_add(months)?;
    let year = u16::try_from(count.div_euclid(12)).ok()?;
    let month = u8::try_from(count.rem_euclid(12)).ok()?.checked_add(1)?;
    let moved = time
        .with_day(None)?
        .with_year(Some(year))?
        .with_month(Some(Month::Number(month)))?
        .with_weekday(None);
    let last = last_of(moved)?;
    moved.with_day(Some(Day::Number(if is_last { last } else { day.min(last) })))
}

/// What is still true of the clock: whether it is invalid, but not which half of the year it was in.
fn status_of(time: DateTime) -> ClockStatus {
    if time.status().contains(ClockStatus::INVALID) {
        ClockStatus::INVALID
    } else {
        ClockStatus::OK
    }
}

impl<'a> Profile<'a> {
    /// The profile in a record, without its base; `None` where the record has none.
    #[must_use]
    pub fn of(record: &DataRecord<'a>) -> Option<Self> {
        record.lvar()?;
        let meaning = record.meaning();
        let kind = meaning.profile()?;
        let ([control, spacing], octets) = record.data_octets().split_first_chunk::<2>()?;
        let (control, spacing) = (*control, *spacing);
        let mode = match control >> 6 {
            0 => IncrementMode::Absolute,
            1 => IncrementMode::Increment,
            2 => IncrementMode::Decrement,
            _ => IncrementMode::Difference,
        };
        let element = DataField::of(control);
        // Values without a width of their own never end; floats have no differences.
        let is_countable = element.data_len() > 0 && element != DataField::Real32;
        is_countable.then_some(Self {
            record: *record,
            meaning,
            kind,
            element,
            mode,
            spacing: Spacing::of(control, spacing),
            base_time: None,
            value: Before::Nothing,
            octets,
            count: 0,
        })
    }

    /// With this base: the value as its record has it, before the power of ten, and the time. Without
    /// a value the profile begins its series itself.
    #[must_use]
    pub const fn with_base(self, value: Option<i64>, time: Option<DateTime>) -> Self {
        let value = match value {
            Some(value) => Before::Known(value),
            None => Before::Nothing,
        };
        Self { value, base_time: time, ..self }
    }

    /// With the base that is found among the records of `payload`.
    #[must_use]
    pub fn with_base_in(self, payload: &[u8]) -> Self {
        let vib = self.record.vib();
        // Volume in litres is 13 as well: only behind the VIF is it a profile.
        let vif_len = vib.codes().take(2).take_while(|code| is_table(*code)).count();
        let is_profile =
            |(at, code): &(usize, u8)| *at > vif_len && matches!(code, 0x13 | 0x1E | 0x1F);
        // The extension bits differ where the VIFE of the profile was the last.
        let codes = vib.codes().map(|code| code & 0x7F).enumerate();
        let codes = codes.filter(|code| !is_profile(code)).map(|(_, code)| code);
        let dib = self.record.dib();
        let (mut value, mut time) = (Before::Nothing, None);
        for item in Records::new(payload) {
            let RecordItem::Record(record) = item else { continue };
            let other = record.dib();
            if other.storage_number() != dib.storage_number() {
                continue;
            }
            let same_part = (other.tariff(), other.subunit()) == (dib.tariff(), dib.subunit())
                && other.function() == dib.function();
            let others = record.vib().codes().map(|code| code & 0x7F);
            if value == Before::Nothing
                && same_part
                && record.vib().text() == vib.text()
                && others.eq(codes.clone())
            {
                value = match record.data() {
                    Data::Integer(number) if record.is_absent(number) => Before::Unknown,
                    Data::Integer(number) | Data::Bcd(Digits::Number(number)) => {
                        Before::Known(number)
                    }
                    _ => Before::Unknown,
                };
            } else if time.is_none() && is_time(&record) {
                time = match record.measurement().value {
                    Some(Value::DateTime(time)) => Some(time),
                    _ => None,
                };
            }
        }
        Self { value, base_time: time, ..self }
    }

    /// How the values lie.
    #[must_use]
    pub const fn kind(&self) -> ProfileKind {
        self.kind
    }

    /// How they follow from one another.
    #[must_use]
    pub const fn mode(&self) -> IncrementMode {
        self.mode
    }

    /// The time between them.
    #[must_use]
    pub const fn spacing(&self) -> Spacing {
        self.spacing
    }

    /// How each of them is coded.
    #[must_use]
    pub const fn element(&self) -> DataField {
        self.element
    }

    /// The next value, which `digits` are or continue to.
    fn next_value(&self, digits: Option<i64>) -> Option<i64> {
        let digits = digits?;
        let before = match (self.mode, self.value) {
            (IncrementMode::Absolute, _) | (_, Before::Nothing) => return Some(digits),
            (_, Before::Known(before)) => before,
            (_, Before::Unknown) => return None,
        };
        let younger_minus_older = match self.mode {
            IncrementMode::Decrement => digits.checked_neg()?,
            _ => digits,
        };
        if self.kind == ProfileKind::Inverse {
            before.checked_sub(younger_minus_older)
        } else {
            before.checked_add(younger_minus_older)
        }
    }

    /// A number of the profile; `None` for the mark of one that is not there.
    fn digits(&self, octets: &[u8]) -> Option<i64> {
        let len = octets.len();
        let raw = octets.iter().rev().fold(0, |raw, octet| raw << 8 | u64::from(*octet));
        if self.element.is_bcd() {
            return match Digits::of(raw, len) {
                Digits::Number(number) => Some(number),
                _ => None,
            };
        }
        let bits = (len as u32).wrapping_mul(8);
        let all = u64::MAX.wrapping_shr(64_u32.saturating_sub(bits));
        match self.mode {
            // Signed: the least number is the mark.
            IncrementMode::Absolute | IncrementMode::Difference => {
                let number = crate::wire::signed(raw, len);
                (raw != all ^ (all >> 1)).then_some(number)
            }
            IncrementMode::Increment | IncrementMode::Decrement => {
                i64::try_from(raw).ok().filter(|_| raw != all)
            }
        }
    }
}

/// Does this octet name a table for the next one?
const fn is_table(code: u8) -> bool {
    matches!(code, 0xFB | 0xFD | 0xEF)
}

/// Is this a date or time, and not one of something else?
fn is_time(record: &DataRecord<'_>) -> bool {
    matches!(record.vib().octets(), [0x6C | 0x6D])
}

impl<'a> Iterator for Profile<'a> {
    type Item = Measurement<'a>;

    fn next(&mut self) -> Option<Measurement<'a>> {
        let (octets, rest) = self.octets.split_at_checked(self.element.data_len())?;
        self.octets = rest;
        self.count = self.count.saturating_add(1);
        let value = self.next_value(self.digits(octets));
        self.value = value.map_or(Before::Unknown, Before::Known);
        let quantity = if self.meaning.qualified {
            qualified_word(&self.record.vib(), &self.meaning)
        } else {
            gurux_value::Quantity::new(self.meaning.row.quantity)
        };
        let number = value.and_then(|value| self.meaning.scaled(value.into()));
        let mut measurement = Measurement::new(quantity)
            .with_function(self.record.function())
            .with_storage(self.record.storage_number().saturating_add(self.count.into()))
            .with_tariff(self.record.tariff())
            .with_subunit(self.record.subunit().into())
            .with_quality(Quality::GOOD.with_if(number.is_none(), Quality::MISSING));
        measurement.unit = self.meaning.unit;
        measurement.value = number.map(Value::Decimal);
        let back = self.kind == ProfileKind::Inverse;
        measurement.time =
            self.base_time.and_then(|time| self.spacing.shift(time, self.count, back));
        Some(measurement)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let count = self.octets.len().checked_div(self.element.data_len()).unwrap_or(0);
        (count, Some(count))
    }
}

impl ExactSizeIterator for Profile<'_> {}
impl FusedIterator for Profile<'_> {}

/// All measurements of a telegram's records, profiles expanded. What is no record is passed over:
/// [`Records`] tells of it.
///
/// ```
/// use gurux_mbus::value::measurements;
///
/// let payload = [0x0B, 0x13, 0x78, 0x56, 0x34, 0x2F, 0x02, 0x5A, 0xD9, 0x00];
/// let shown: Vec<String> = measurements(&payload).map(|value| value.to_string()).collect();
/// assert_eq!(shown, ["volume = 345.678 m³", "temperature.flow = 21.7 °C"]);
/// ```
#[must_use]
pub const fn measurements(payload: &[u8]) -> Measurements<'_> {
    Measurements { payload, records: Records::new(payload), profile: None }
}

/// What [`measurements`] gives.
#[derive(Clone, Debug)]
pub struct Measurements<'a> {
    payload: &'a [u8],
    records: Records<'a>,
    profile: Option<Profile<'a>>,
}

impl<'a> Iterator for Measurements<'a> {
    type Item = Measurement<'a>;

    fn next(&mut self) -> Option<Measurement<'a>> {
        loop {
            if let Some(profile) = &mut self.profile {
                match profile.next() {
                    Some(measurement) => return Some(measurement),
                    None => self.profile = None,
                }
            }
            if let RecordItem::Record(record) = self.records.next()? {
                match Profile::of(&record) {
                    Some(profile) => self.profile = Some(profile.with_base_in(self.payload)),
                    None => return Some(record.measurement()),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::string::{String, ToString};
    use std::vec::Vec;

    use proptest::collection::vec;
    use proptest::prelude::{any, prop_assert, proptest};

    use super::{Profile, Spacing, measurements};
    use crate::wire::{RecordItem, Records};

    fn shown(payload: &[u8]) -> Vec<String> {
        measurements(payload).map(|value| value.to_string()).collect()
    }

    /// Base time and value with storage number 8, then the profile.
    fn with_base(hour: u8, base: [u8; 3], profile: &[u8]) -> Vec<u8> {
        let time = [0x84, 0x04, 0x6D, 0x00, 0x20 | hour, 0x41, 0x11];
        let value = [&[0x8B, 0x04, 0x15][..], &base].concat();
        [&time[..], &value, profile].concat()
    }

    /// EN 13757-3, Annex F.2.7, as exmbus tests it.
    #[test]
    fn a_profile_continues_its_base() {
        let profile = [0x8D, 0x04, 0x95, 0x1F, 0x05, 0x69, 0x01, 0x03, 0x02, 0x11];
        let payload = with_base(0, [0x00, 0x30, 0x12], &profile);
        assert_eq!(
            shown(&payload)[2..],
            [
                "volume = 12300.3 m³ at 2010-01-01T01:00 (storage 9)",
                "volume = 12300.5 m³ at 2010-01-01T02:00 (storage 10)",
                "volume = 12301.6 m³ at 2010-01-01T03:00 (storage 11)",
            ]
        );
    }

    /// EN 13757-3, Annex F.2.8, as exmbus tests it.
    #[test]
    fn an_inverse_profile_walks_back() {
        let profile = [0x8D, 0x04, 0x95, 0x13, 0x05, 0x69, 0x01, 0x11, 0x02, 0x03];
        let payload = with_base(3, [0x16, 0x30, 0x12], &profile);
        assert_eq!(
            shown(&payload)[2..],
            [
                "volume = 12300.5 m³ at 2010-01-01T02:00 (storage 9)",
                "volume = 12300.3 m³ at 2010-01-01T01:00 (storage 10)",
                "volume = 12300.0 m³ at 2010-01-01T00:00 (storage 11)",
            ]
        );
    }

    #[test]
    fn a_base_has_the_codes_but_for_the_profile() {
        for (base, profile) in [
            (&[0x01, 0x13, 5][..], &[0x0D, 0x93, 0x1F][..]),
            (&[0x01, 0x9F, 0x3B, 5], &[0x0D, 0x9F, 0xBB, 0x1F]),
            (&[0x01, 0xFB, 0x1E, 5], &[0x0D, 0xFB, 0x9E, 0x13]),
            (&[0x01, 0xFD, 0xFD, 0x02, 5], &[0x0D, 0xFD, 0xFD, 0x82, 0x1F]),
        ] {
            let payload = [base, profile, &[0x03, 0x61, 0x01, 0x00]].concat();
            let values: Vec<_> = measurements(&payload).map(|value| value.value).collect();
            assert_eq!(values.len(), 2);
            assert_eq!(values[0], values[1], "{payload:02X?}");
        }
    }

    #[test]
    fn every_mode_has_its_sign_and_its_mark() {
        for (control, octets, expected) in [
            // Absolute, days: no base value is needed.
            (0x31, [0x05, 0xFF, 0x80], ["0.5", "-0.1", "none"]),
            // Decrements: the mark is all ones, and nothing can be known behind it.
            (0xB1, [0x05, 0xFF, 0x01], ["12299.5", "none", "none"]),
            // Signed differences.
            (0xF1, [0x05, 0xFF, 0x80], ["12300.5", "12300.4", "none"]),
        ] {
            let [a, b, c] = octets;
            let profile = [0x8D, 0x04, 0x95, 0x1F, 0x05, control, 0x01, a, b, c];
            let payload = with_base(0, [0x00, 0x30, 0x12], &profile);
            let values: Vec<String> = measurements(&payload)
                .skip(2)
                .map(|m| m.value.map_or("none".into(), |value| value.to_string()))
                .collect();
            assert_eq!(values, expected, "{control:02X}");
        }
    }

    #[test]
    fn without_a_base_the_profile_begins_its_series() {
        let payload = [0x8D, 0x04, 0x95, 0x1F, 0x04, 0x69, 0x01, 0x13, 0x02];
        let expected = ["volume = 1.3 m³ (storage 9)", "volume = 1.5 m³ (storage 10)"];
        assert_eq!(shown(&payload), expected);
        // A base of another storage number, tariff or quantity is none.
        let others = [0x0B, 0x15, 1, 2, 3, 0x8B, 0x14, 0x15, 1, 2, 3, 0x8B, 0x04, 0x14, 1, 2, 3];
        let payload = [&others[..], &payload].concat();
        assert_eq!(shown(&payload)[3..], expected);
    }

    #[test]
    fn behind_a_value_that_nobody_knows_none_is_known() {
        for base in [
            &[0x8B, 0x04, 0x15, 0xFF, 0xFF, 0xFF][..],
            &[0x83, 0x04, 0x15, 0x00, 0x00, 0x80],
            &[0x8B, 0x04, 0x15, 0xBB, 0xBB, 0xBB],
        ] {
            let payload = [base, &[0x8D, 0x04, 0x95, 0x1F, 0x03, 0x69, 0x01, 0x03]].concat();
            assert_eq!(shown(&payload)[1..], ["volume = none m³ (storage 9, missing)"]);
        }
    }

    /// The first example of the KNX specification, B.5.1: a month between two values.
    #[test]
    fn a_profile_with_registers() {
        let payload = [
            0x86, 0x80, 0x01, 0x6D, 0x00, 0x00, 0xA0, 0x41, 0x11, 0x35, 0x84, 0x90, 0x01, 0x03,
            0xF0, 0x49, 0x02, 0x00, 0x8D, 0x90, 0x01, 0x83, 0x1E, 0x0A, 0x04, 0xFE, 0xA0, 0x86,
            0x01, 0x00, 0xD0, 0xFB, 0x01, 0x00,
        ];
        assert_eq!(
            shown(&payload)[1..],
            [
                "energy = 150000 Wh (storage 32, tariff 1)",
                "energy = 100000 Wh at 2010-02-01T00:00:00 (storage 33, tariff 1)",
                "energy = 130000 Wh at 2010-03-01T00:00:00 (storage 34, tariff 1)",
            ]
        );
    }

    #[test]
    fn a_profile_of_no_profile_is_octets() {
        for payload in [
            // No spacing value, values without a width, floats.
            &[0x0D, 0x95, 0x1F, 0x01, 0x69][..],
            &[0x0D, 0x95, 0x1F, 0x03, 0x60, 0x01, 0x00],
            &[0x0D, 0x95, 0x1F, 0x06, 0x65, 0x01, 0, 0, 0, 0],
        ] {
            let Some(RecordItem::Record(record)) = Records::new(payload).next() else { panic!() };
            assert!(Profile::of(&record).is_none());
            assert_eq!(measurements(payload).count(), 1);
        }
    }

    #[test]
    fn a_date_moves_by_days_and_months() {
        let moved = |text: &str, spacing: Spacing, count, back| {
            let moved = spacing.shift(text.parse().unwrap(), count, back);
            moved.map_or("none".into(), |time| time.to_string())
        };
        let day = Spacing::Seconds(86_400);
        assert_eq!(moved("2024-02-28", day, 2, false), "2024-03-01");
        assert_eq!(moved("2024-03-01", day, 1, true), "2024-02-29");
        assert_eq!(moved("2024-03-01", Spacing::Seconds(3_600), 1, true), "none");
        assert_eq!(moved("2024-01-31", Spacing::Months(1), 1, false), "2024-02-29");
        assert_eq!(moved("2024-01-30", Spacing::Months(1), 1, false), "2024-02-29");
        assert_eq!(moved("2024-02-29", Spacing::Months(6), 2, true), "2023-02-28");
        assert_eq!(moved("2024-01-15T10:30", Spacing::Months(1), 13, false), "2025-02-15T10:30");
        assert_eq!(moved("2024-01", day, 1, false), "none");
        assert_eq!(Spacing::of(0x11, 254), Spacing::Months(6));
        assert_eq!(Spacing::of(0x21, 254), Spacing::Months(3));
        assert_eq!(Spacing::of(0x31, 254), Spacing::Months(1));
        let half = Spacing::of(0x31, 253);
        assert_eq!(moved("2024-01-01", half, 1, false), "none");
    }

    proptest! {
        #[test]
        fn anything_is_expanded(
            vife in 0_usize..3, control in any::<u8>(), spacing in any::<u8>(),
            base in any::<[u8; 3]>(), values in vec(any::<u8>(), 0..80),
        ) {
            let head = [0x8D, 0x04, 0x95, [0x13, 0x1E, 0x1F][vife], values.len() as u8 + 2];
            let profile = [&head[..], &[control, spacing], &values].concat();
            let payload = with_base(3, base, &profile);
            prop_assert!(measurements(&payload).count() <= 2 + 80);
        }
    }
}
