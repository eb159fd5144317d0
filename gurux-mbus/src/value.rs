//! What records mean: quantity, unit and exact value.

mod profile;

pub use profile::{IncrementMode, Measurements, Profile, Spacing, measurements};

use gurux_value::{Decimal, Measurement, Octets, Quality, Quantity, Text, Unit, Value};

use crate::table::{
    Coding, Effect, ProfileKind, SAME_BUT_HISTORIC, VifRow, VifTable, lookup_combinable,
    lookup_combinable_extension, lookup_fixed_unit, lookup_vif, primary_rows,
};
use crate::wire::{Data, DataRecord, Digits, FixedData, Manufacturer, RecordText, RecordTime, Vib};

/// What a value information block makes of the data.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Meaning {
    row: &'static VifRow,
    unit: Option<Unit>,
    exponent: i16,
    coding: Coding,
    /// What is added to the value, in thousandths of the unit.
    addend: u32,
    error: Quality,
    profile: Option<ProfileKind>,
    /// Do combinable VIFEs or a text add to the word of the row?
    qualified: bool,
}

/// The meaning of each VIF that stands alone.
static PRIMARY: [Meaning; 128] = primary();

#[expect(clippy::indexing_slicing, reason = "runs only in the compiler, where it is proven")]
const fn primary() -> [Meaning; 128] {
    let rows = primary_rows();
    let mut meanings = [Meaning::of_row(rows[0], 0); 128];
    let mut code = 0;
    while code < 128 {
        meanings[code] = Meaning::of_row(rows[code], code as u8);
        code += 1;
    }
    meanings
}

impl Meaning {
    const fn of_row(row: &'static VifRow, code: u8) -> Self {
        Self {
            row,
            unit: row.unit,
            exponent: row.exponent_of(code) as i16,
            coding: row.coding,
            addend: 0,
            error: Quality::GOOD,
            profile: None,
            qualified: false,
        }
    }

    /// The meaning of a block: its row, changed by the combinable VIFEs in their order.
    #[must_use]
    pub fn of(vib: &Vib<'_>) -> Self {
        let walk = walk(vib);
        let mut meaning = Self::of_row(walk.row, walk.code);
        if let Some(text) = vib.text() {
            meaning.qualified = true;
            meaning.unit = unit_of_text(text);
        }
        meaning.qualified |= is_coded(meaning.row.quantity);
        for step in walk {
            match step {
                Step::Effect(effect) => meaning.apply(effect),
                Step::Code(_) | Step::Extension(_) => meaning.qualified = true,
            }
        }
        meaning
    }

    fn apply(&mut self, effect: Effect) {
        self.qualified |= !matches!(
            effect,
            Effect::Nothing
                | Effect::Error(_)
                | Effect::Scale(_)
                | Effect::Add(_)
                | Effect::Profile(_)
                | Effect::Unsigned
                | Effect::Bits
        );
        match effect {
            Effect::Error(why) => self.error = self.error.union(why),
            Effect::Unit(word) => {
                // Where there is no such unit, it stays that of the undivided value: the word says per what.
                if let Some((unit, exponent)) = self.unit.and_then(|unit| derived(unit, word)) {
                    self.unit = Some(unit);
                    self.exponent = self.exponent.saturating_add(exponent);
                }
            }
            Effect::NonMetric(_) => self.unit = None,
            Effect::Moment(_) => {
                (self.coding, self.unit, self.exponent) = (Coding::Moment, None, 0)
            }
            Effect::Count(_) => (self.coding, self.unit, self.exponent) = (Coding::Number, None, 0),
            Effect::Duration(_, unit) => {
                (self.coding, self.unit, self.exponent) = (Coding::Number, Some(unit), 0);
            }
            Effect::Scale(power) => self.exponent = self.exponent.saturating_add(power.into()),
            Effect::Add(thousandths) => {
                self.addend = self.addend.saturating_add(thousandths.into())
            }
            Effect::Profile(kind) => self.profile = Some(kind),
            Effect::Unsigned => self.coding = Coding::Unsigned,
            Effect::Bits => self.coding = Coding::Bits,
            Effect::Nothing
            | Effect::Word(_)
            | Effect::Extension
            | Effect::Manufacturer
            | Effect::Unknown => {}
        }
    }

    /// The row of the code that the block begins with.
    #[must_use]
    pub const fn row(&self) -> &'static VifRow {
        self.row
    }

    /// What the value counts.
    #[must_use]
    #[inline]
    pub const fn unit(&self) -> Option<Unit> {
        self.unit
    }

    /// The power of ten that the data count of the unit.
    #[must_use]
    #[inline]
    pub const fn exponent(&self) -> i16 {
        self.exponent
    }

    /// How integers are read.
    #[must_use]
    #[inline]
    pub const fn coding(&self) -> Coding {
        self.coding
    }

    /// Why there is no value, where a code of the block says so.
    #[must_use]
    pub const fn error(&self) -> Quality {
        self.error
    }

    /// The kind of profile that the data are.
    #[must_use]
    pub const fn profile(&self) -> Option<ProfileKind> {
        self.profile
    }

    /// Are data of variable length octets, whatever their length octet says?
    const fn is_octets(&self) -> bool {
        self.profile.is_some() || matches!(self.coding, Coding::Octets)
    }

    /// An integer of the data as a value in the unit; `None` for one that fits nowhere.
    #[must_use]
    #[inline]
    pub fn scaled(&self, mantissa: i128) -> Option<Decimal> {
        let number = Decimal::new(mantissa, self.exponent);
        if self.addend == 0 {
            return Some(number);
        }
        number.checked_add(Decimal::new(self.addend.into(), -3))
    }
}

/// Rows that many codes share, so that the code belongs to the word.
fn is_coded(quantity: &str) -> bool {
    quantity == "reserved"
}

/// The unit of a plain text, where gurux-value knows it. A single letter says nothing: meters call
/// counters so (observed: Kamstrup, "C" and "c").
fn unit_of_text(text: RecordText<'_>) -> Option<Unit> {
    let text = Text::collect(text.trimmed().chars())?;
    let is_letter = text.len() == 1 && text.chars().all(char::is_alphabetic);
    text.parse().ok().filter(|unit| !is_letter && *unit != Unit::ONE)
}

/// Units that are another divided or multiplied: unit, suffix, result, power of ten.
#[rustfmt::skip]
static DERIVED: &[(Unit, &str, Unit, i16)] = &[
    (Unit::CUBIC_METRE,      "per-s",   Unit::CUBIC_METRE_PER_SECOND,    0),
    (Unit::CUBIC_METRE,      "per-min", Unit::CUBIC_METRE_PER_MINUTE,    0),
    (Unit::CUBIC_METRE,      "per-h",   Unit::CUBIC_METRE_PER_HOUR,      0),
    (Unit::CUBIC_METRE,      "per-d",   Unit::CUBIC_METRE_PER_DAY,       0),
    (Unit::WATT_HOUR,        "per-h",   Unit::WATT,                      0),
    (Unit::WATT_HOUR,        "per-m3",  Unit::WATT_HOUR_PER_CUBIC_METRE, 0),
    (Unit::VAR_HOUR,         "per-h",   Unit::VAR,                       0),
    (Unit::VOLT_AMPERE_HOUR, "per-h",   Unit::VOLT_AMPERE,               0),
    (Unit::JOULE,            "per-s",   Unit::JOULE_PER_SECOND,          0),
    (Unit::JOULE,            "per-h",   Unit::JOULE_PER_HOUR,            0),
    (Unit::JOULE,            "per-m3",  Unit::JOULE_PER_CUBIC_METRE,     0),
    (Unit::JOULE,            "per-kg",  Unit::JOULE_PER_KILOGRAM,        0),
    (Unit::KILOGRAM,         "per-s",   Unit::KILOGRAM_PER_SECOND,       0),
    (Unit::KILOGRAM,         "per-h",   Unit::KILOGRAM_PER_HOUR,         0),
    (Unit::TONNE,            "per-h",   Unit::TONNE_PER_HOUR,            0),
    (Unit::WATT,             "times-s", Unit::JOULE,                     0),
    (Unit::AMPERE,           "times-s", Unit::COULOMB,                   0),
];

/// The unit and power of ten of a unit that a suffix changes, where there is one.
fn derived(unit: Unit, word: &str) -> Option<(Unit, i16)> {
    let row = DERIVED.iter().find(|(from, by, ..)| *from == unit && *by == word)?;
    Some((row.2, row.3))
}

/// Walks over the codes of a block: the row first, then what is combined with it.
#[derive(Clone)]
struct Walk<I> {
    row: &'static VifRow,
    /// The code of the row.
    code: u8,
    table: VifTable,
    codes: I,
    /// All further codes are the manufacturer's.
    manufacturer: bool,
}

/// What a code that is combined with others does.
enum Step {
    Effect(Effect),
    /// A code of the manufacturer's, or one that nobody knows.
    Code(u8),
    /// A code behind `FC` that nobody knows.
    Extension(u8),
}

fn walk<'a>(vib: &Vib<'a>) -> Walk<impl Iterator<Item = u8> + Clone + use<'a>> {
    let mut codes = vib.codes();
    let mut next = || codes.next().unwrap_or_default();
    let (table, code) = match next() {
        0xFB => (VifTable::Fb, next()),
        0xFD => match next() {
            0xFD => (VifTable::FdFd, next()),
            code => (VifTable::Fd, code),
        },
        0xEF => (VifTable::Ef, next()),
        code => (VifTable::Primary, code),
    };
    let code = code & 0x7F;
    let manufacturer = table == VifTable::Primary && code == 0x7F;
    Walk { row: lookup_vif(table, code), code, table, codes, manufacturer }
}

impl<I: Iterator<Item = u8>> Iterator for Walk<I> {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        let code = self.codes.next()? & 0x7F;
        if self.manufacturer {
            return Some(Step::Code(code));
        }
        let effect = lookup_combinable(code).effect;
        self.manufacturer = effect == Effect::Manufacturer;
        Some(match effect {
            Effect::Unknown => Step::Code(code),
            Effect::Extension => match self.codes.next().map(|code| code & 0x7F) {
                Some(code) => match lookup_combinable_extension(code).effect {
                    Effect::Unknown => Step::Extension(code),
                    effect => Step::Effect(effect),
                },
                None => Step::Code(code),
            },
            effect => Step::Effect(effect),
        })
    }
}

/// A part of a quantity's word.
#[derive(Clone, Copy)]
enum Part<'a> {
    Word(&'static str),
    Code(u8),
    Text(RecordText<'a>),
}

impl Part<'_> {
    /// Its characters; a code is two hexadecimal digits.
    fn chars(self) -> impl Iterator<Item = char> + Clone {
        let digit = |half: u8| char::from_digit(half.into(), 16);
        let (word, code, text) = match self {
            Self::Word(word) => (word, [None; 2], RecordText::new(&[])),
            Self::Code(code) => ("", [digit(code >> 4), digit(code & 0x0F)], RecordText::new(&[])),
            Self::Text(text) => ("", [None; 2], text.trimmed()),
        };
        word.chars().chain(code.into_iter().flatten()).chain(text.chars())
    }
}

impl Effect {
    /// What is appended to the word of a quantity.
    pub(crate) const fn word(self) -> Option<&'static str> {
        match self {
            Self::Word(word)
            | Self::Unit(word)
            | Self::NonMetric(word)
            | Self::Moment(word)
            | Self::Count(word)
            | Self::Duration(word, _) => Some(word),
            Self::Manufacturer => Some("manufacturer"),
            _ => None,
        }
    }
}

/// The word of a quantity with all that the block says of it.
fn qualified_word(vib: &Vib<'_>, meaning: &Meaning) -> Quantity<'static> {
    let walk = walk(vib);
    let coded = is_coded(meaning.row.quantity);
    let table = match walk.table {
        VifTable::Primary => "primary",
        VifTable::Fb => "fb",
        VifTable::Fd => "fd",
        VifTable::FdFd => "fd-fd",
        VifTable::Ef => "ef",
    };
    let code = [Part::Word(table), Part::Code(walk.code)].into_iter().filter(move |_| coded);
    let text = vib.text().map(Part::Text);
    let steps = walk.flat_map(|step| match step {
        Step::Effect(effect) => [effect.word().map(Part::Word), None],
        Step::Code(code) => [Some(Part::Code(code)), None],
        Step::Extension(code) => [Some(Part::Word("fc")), Some(Part::Code(code))],
    });
    let steps = steps.flatten();
    joined(core::iter::once(Part::Word(meaning.row.quantity)).chain(code).chain(text).chain(steps))
}

/// The parts with dots between.
fn joined<'a>(parts: impl Iterator<Item = Part<'a>> + Clone) -> Quantity<'static> {
    let dots = core::iter::once("").chain(core::iter::repeat("."));
    let chars = dots.zip(parts).flat_map(|(dot, part)| dot.chars().chain(part.chars()));
    Text::collect(chars).map_or(Quantity::new(TOO_LONG), Quantity::from)
}

/// A word that is too long to be kept, and there is no allocator.
const TOO_LONG: &str = "other";

impl<'a> DataRecord<'a> {
    /// What the value information block makes of the data.
    #[must_use]
    #[inline]
    pub fn meaning(&self) -> Meaning {
        match self.plain_vif().and_then(|code| PRIMARY.get(usize::from(code))) {
            Some(meaning) => *meaning,
            None => Meaning::of(&self.vib()),
        }
    }

    /// The value as an exact number in the unit of its [`meaning`](Self::meaning); `None` where it is
    /// none, is missing or wrong, or is a float. The short way for who needs nothing else.
    ///
    /// ```
    /// use gurux_framing::Wire;
    /// use gurux_mbus::wire::DataRecord;
    ///
    /// let record = DataRecord::from_bytes(&[0x0C, 0x13, 0x78, 0x56, 0x34, 0x12])?;
    /// assert_eq!(record.number().map(|number| number.to_string()).as_deref(), Some("12345.678"));
    /// # Ok::<(), gurux_framing::WireError>(())
    /// ```
    #[must_use]
    #[inline]
    pub fn number(&self) -> Option<Decimal> {
        let meaning = self.meaning();
        match (self.data(), meaning.coding) {
            _ if meaning.error != Quality::GOOD || meaning.profile.is_some() => None,
            (Data::Integer(number), Coding::Number) if !self.is_absent(number) => {
                meaning.scaled(number.into())
            }
            (Data::Integer(_), Coding::Unsigned) => meaning.scaled(self.raw().into()),
            (Data::Bcd(Digits::Number(number)), coding) if coding.is_number() => {
                meaning.scaled(number.into())
            }
            _ => None,
        }
    }

    /// All that the record says, in the words of gurux-value: the value scaled to its unit, or none
    /// and why.
    ///
    /// A profile is octets here: [`measurements`] expands it.
    #[must_use]
    pub fn measurement(&self) -> Measurement<'a> {
        let meaning = self.meaning();
        let quantity = if meaning.qualified {
            qualified_word(&self.vib(), &meaning)
        } else {
            Quantity::new(meaning.row.quantity)
        };
        let (value, quality) = self.value_of(&meaning);
        let mut measurement = Measurement::new(quantity)
            .with_function(self.function())
            .with_storage(self.storage_number())
            .with_tariff(self.tariff())
            .with_subunit(self.subunit().into())
            .with_quality(quality);
        measurement.unit = match value {
            Some(Value::DateTime(_) | Value::Text(_) | Value::Octets(_) | Value::Flags { .. }) => {
                None
            }
            _ => meaning.unit,
        };
        measurement.value = value;
        measurement
    }

    /// Has it a sense: are all its codes known, and is its value none that no meter means?
    pub(crate) fn is_plausible(&self) -> bool {
        let meaning = self.meaning();
        let vib = self.vib();
        let mut steps = walk(&vib);
        let is_known = !is_coded(meaning.row.quantity)
            && meaning.row.quantity != "manufacturer.data"
            && steps
                .all(|step| matches!(step, Step::Effect(effect) if effect != Effect::Manufacturer));
        // No meter has so many tariffs, parts and stored values.
        let is_near = self.storage_number() < 4_096 && self.tariff() < 64 && self.subunit() < 64;
        is_known
            && is_near
            && self.data() != Data::None
            && !self.value_of(&meaning).1.contains(Quality::INVALID)
    }

    /// The value in the unit of its meaning, or none and why.
    #[inline]
    fn value_of(&self, meaning: &Meaning) -> (Option<Value<'a>>, Quality) {
        if meaning.error != Quality::GOOD {
            return (None, meaning.error);
        }
        match self.data() {
            Data::Integer(number) => self.integer(number, meaning),
            Data::Bcd(Digits::Number(number)) if meaning.coding.is_number() => {
                counted(meaning.scaled(number.into()))
            }
            Data::Bcd(digits) if !meaning.coding.is_number() => self.digits(digits, meaning),
            Data::Bcd(Digits::Number(_)) => (None, Quality::INVALID),
            Data::Bcd(Digits::Missing) => (None, Quality::MISSING),
            Data::Bcd(Digits::Invalid) => (None, Quality::INVALID),
            Data::None => (None, Quality::MISSING),
            Data::Real(float) => real(float, meaning),
            // A profile, or a telegram in a telegram, has its length where a text has it. observed:
            // Lansen, FD 3B; Qundis, FF 5F.
            Data::Text(text) if meaning.is_octets() || text.is_binary() => {
                (Some(Value::Octets(Octets::new(self.data_octets()))), Quality::GOOD)
            }
            Data::Text(text) => (Some(text_value(text)), Quality::GOOD),
            Data::Binary(octets) => binary(octets, meaning),
        }
    }

    /// Is it the mark of type B that there is no value: of all negative numbers the lowest, the only one
    /// with one bit set? observed: Engelmann SensoStar, for a due date that has not come yet.
    #[inline]
    pub(crate) fn is_absent(&self, number: i64) -> bool {
        number < 0 && self.raw().is_power_of_two()
    }

    #[inline]
    fn integer(&self, number: i64, meaning: &Meaning) -> (Option<Value<'a>>, Quality) {
        match meaning.coding {
            Coding::Number if self.is_absent(number) => (None, Quality::MISSING),
            Coding::Number => counted(meaning.scaled(number.into())),
            Coding::Unsigned | Coding::Digits => counted(meaning.scaled(self.raw().into())),
            Coding::Address => address(self.data_octets()),
            Coding::Manufacturer => manufacturer(self.data_octets()),
            Coding::Bits => (Some(Value::Flags { bits: self.raw(), label: None }), Quality::GOOD),
            Coding::Moment => {
                let (time, quality) =
                    RecordTime::of(self.raw(), self.dib().data_field().data_len()).value();
                (time.map(Value::DateTime), quality)
            }
            Coding::Octets => (Some(Value::Octets(Octets::new(self.data_octets()))), Quality::GOOD),
            // A receiver never hears 1 mW and more, so a level of one octet that is not negative is of
            // the older kind. observed: Weptech sensors, as pyMeterBus reads them.
            Coding::Level if self.data_octets().len() == 1 && number >= 0 => {
                counted(meaning.scaled(i128::from(number).saturating_mul(2).saturating_sub(130)))
            }
            Coding::Level => counted(meaning.scaled(number.into())),
        }
    }

    /// Decimal digits of what is no number.
    #[cold]
    fn digits(&self, digits: Digits, meaning: &Meaning) -> (Option<Value<'a>>, Quality) {
        match (meaning.coding, digits) {
            (_, Digits::Missing) => (None, Quality::MISSING),
            (Coding::Digits, Digits::Number(number)) if number >= 0 => {
                counted(meaning.scaled(number.into()))
            }
            // observed: Maddalena, FF0124018699.
            (Coding::Digits | Coding::Address, _) => {
                let octets = self.data_octets().iter().rev();
                let digits = octets.flat_map(|octet| Part::Code(*octet).chars());
                let digits = digits.map(|digit| digit.to_ascii_uppercase());
                let text = Text::collect(digits).map(Value::Text);
                (text.or(Some(Value::Octets(Octets::new(self.data_octets())))), Quality::GOOD)
            }
            // No date, bit or letter is written in decimal digits.
            _ => (None, Quality::INVALID),
        }
    }
}

impl Coding {
    /// Are the data a number, whatever their data field is?
    #[inline]
    const fn is_number(self) -> bool {
        matches!(self, Self::Number | Self::Unsigned | Self::Level)
    }
}

/// The address of a meter in the order of the wire, as it is written; or an address on a wire.
#[cold]
fn address<'a>(octets: &'a [u8]) -> (Option<Value<'a>>, Quality) {
    let shown = match octets {
        [address] => Some(Value::Decimal((*address).into())),
        [a, b, c, d, low, high, version, device_type] => {
            let number = [d, c, b, a].into_iter().flat_map(|octet| Part::Code(*octet).chars());
            let chars = number.chain([' ']).chain(letters([*low, *high]));
            let chars = chars.chain([' ']).chain(decimal(*version));
            Text::collect(chars.chain([' ']).chain(decimal(*device_type))).map(Value::Text)
        }
        _ => None,
    };
    (shown.or(Some(Value::Octets(Octets::new(octets)))), Quality::GOOD)
}

/// The letters of a manufacturer.
#[cold]
fn manufacturer<'a>(octets: &'a [u8]) -> (Option<Value<'a>>, Quality) {
    let shown = match octets {
        [low, high] => Text::collect(letters([*low, *high])).map(Value::Text),
        _ => None,
    };
    (shown.or(Some(Value::Octets(Octets::new(octets)))), Quality::GOOD)
}

/// The three letters of a manufacturer's code, or its four digits where it stands for none.
fn letters([low, high]: [u8; 2]) -> impl Iterator<Item = char> + Clone {
    let letters = Manufacturer(u16::from_le_bytes([low, high])).letters();
    let digits = [high, low].into_iter().flat_map(|octet| Part::Code(octet).chars());
    let digits = digits.filter(move |_| letters.is_none());
    letters.into_iter().flatten().map(char::from).chain(digits)
}

/// A number in decimal digits.
fn decimal(number: u8) -> impl Iterator<Item = char> + Clone {
    let digits = [number / 100, number / 10 % 10, number % 10];
    let leading = digits.iter().take(2).take_while(|digit| **digit == 0).count();
    digits.into_iter().skip(leading).map(|digit| char::from(b'0'.wrapping_add(digit)))
}

impl FixedData {
    /// Both counters. One of a fixed date has storage number 1.
    #[must_use]
    pub fn measurements(&self) -> [Measurement<'static>; 2] {
        let [first, second] = self.unit_codes();
        let [one, two] = self.counters;
        let like_first = second == SAME_BUT_HISTORIC;
        [
            self.counter(one, first, self.is_stored()),
            self.counter(
                two,
                if like_first { first } else { second },
                like_first || self.is_stored(),
            ),
        ]
    }

    fn counter(&self, raw: u32, code: u8, stored: bool) -> Measurement<'static> {
        let row = lookup_fixed_unit(code);
        let digits = if self.is_binary() {
            Digits::Number((raw as i32).into())
        } else {
            Digits::of(raw.into(), 4)
        };
        let steps = if row.unit.is_some() { code.wrapping_sub(row.first) } else { 0 };
        let exponent = i16::from(row.exponent).wrapping_add(steps.into());
        let (value, quality) = match digits {
            // How hours or days lie in the digits is not known here: they stay as the meter shows them.
            _ if matches!(row.quantity, "clock" | "date") => (as_shown(raw), Quality::GOOD),
            Digits::Number(number) => counted(Some(Decimal::new(number.into(), exponent))),
            Digits::Missing => (None, Quality::MISSING),
            Digits::Invalid => (None, Quality::INVALID),
        };
        let quantity = if is_coded(row.quantity) {
            let parts = [Part::Word(row.quantity), Part::Word("fixed"), Part::Code(code)];
            joined(parts.into_iter())
        } else {
            Quantity::new(row.quantity)
        };
        let mut measurement =
            Measurement::new(quantity).with_storage(u64::from(stored)).with_quality(quality);
        (measurement.value, measurement.unit) = (value, row.unit);
        measurement
    }
}

/// The eight digits of a counter.
fn as_shown(raw: u32) -> Option<Value<'static>> {
    let digits = raw.to_be_bytes().into_iter().flat_map(|octet| Part::Code(octet).chars());
    Text::collect(digits).map(Value::Text)
}

/// A number, where it fits into one.
#[inline]
fn counted<'a>(number: Option<Decimal>) -> (Option<Value<'a>>, Quality) {
    match number {
        Some(number) => (Some(Value::Decimal(number)), Quality::GOOD),
        None => (None, Quality::INVALID),
    }
}

/// A float as the meter sent it; where it counts a multiple of the unit, the decimal that it stands
/// for.
#[cold]
fn real<'a>(float: f32, meaning: &Meaning) -> (Option<Value<'a>>, Quality) {
    // A date, an address or bits are no float.
    if !float.is_finite() || !meaning.coding.is_number() {
        return (None, Quality::INVALID);
    }
    if meaning.exponent == 0 && meaning.addend == 0 {
        return (Some(Value::Float32(float)), Quality::GOOD);
    }
    let decimal = Decimal::from_f32_shortest(float).and_then(|decimal| {
        let scaled = decimal.scaled(meaning.exponent)?;
        match meaning.addend {
            0 => Some(scaled),
            addend => scaled.checked_add(Decimal::new(addend.into(), -3)),
        }
    });
    counted(decimal)
}

/// A text in reading order. One that cannot be kept without an allocator stays octets.
#[cold]
fn text_value(text: RecordText<'_>) -> Value<'_> {
    let text = text.trimmed();
    Text::collect(text.chars())
        .map_or_else(|| Value::Octets(Octets::new(text.octets())), Value::Text)
}

/// A binary number of variable length, where the quantity is one and it fits; else octets.
#[cold]
fn binary<'a>(octets: &'a [u8], meaning: &Meaning) -> (Option<Value<'a>>, Quality) {
    let as_octets = (Some(Value::Octets(Octets::new(octets))), Quality::GOOD);
    if meaning.profile.is_some() || octets.is_empty() || octets.len() > 16 {
        return as_octets;
    }
    let unsigned = octets.iter().rev().fold(0_u128, |sum, octet| sum << 8 | u128::from(*octet));
    let unused = 128_u32.wrapping_sub((octets.len() as u32).wrapping_mul(8));
    match meaning.coding {
        // What counts no unit of the tables is no number either: addresses, containers, blocks.
        Coding::Number if meaning.row.unit.is_some() => {
            let signed = (unsigned.wrapping_shl(unused) as i128).wrapping_shr(unused);
            // The mark of type B, whatever the width.
            if signed < 0 && unsigned.is_power_of_two() {
                return (None, Quality::MISSING);
            }
            counted(meaning.scaled(signed))
        }
        Coding::Bits if octets.len() <= 8 => {
            (Some(Value::Flags { bits: unsigned as u64, label: None }), Quality::GOOD)
        }
        Coding::Address if octets.len() == 8 => address(octets),
        Coding::Manufacturer => manufacturer(octets),
        // A date and time of variable length is of type M, whose layout nothing public tells.
        _ => as_octets,
    }
}
