//! What a combinable VIFE does to the quantity before it.
//!
//! The rows are in the order of the standard's tables (EN 13757-3), one for each code. Codes 01–0F
//! are errors of a record when the meter says them, and actions on the record when a reader does.

use gurux_value::{Quality, Unit};

/// What one code does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CombinableRow {
    /// The code, without the extension bit.
    pub code: u8,
    /// The standard's words.
    pub name: &'static str,
    /// The unit in them, as the standard writes it.
    pub unit: &'static str,
    /// What becomes of value, unit and word.
    pub effect: Effect,
}

/// What becomes of the value, the unit and the word of a quantity.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effect {
    /// Nothing.
    Nothing,
    /// There is no value, and this is why.
    Error(Quality),
    /// It is another quantity, in the same unit: this is appended to its word.
    Word(&'static str),
    /// Likewise, and the unit is divided or multiplied.
    Unit(&'static str),
    /// Likewise, and the unit is the one of another, non-metric table.
    NonMetric(&'static str),
    /// The value is a date or a time.
    Moment(&'static str),
    /// The value is a count.
    Count(&'static str),
    /// The value is a span of time in this unit.
    Duration(&'static str, Unit),
    /// The value is multiplied by this power of ten.
    Scale(i8),
    /// So many thousandths of the unit are added to the value.
    Add(u16),
    /// The data are a series of values.
    Profile(ProfileKind),
    /// The value is unsigned (type C).
    Unsigned,
    /// The value is bits (type D).
    Bits,
    /// The next code is of the second table.
    Extension,
    /// All codes behind are the manufacturer's.
    Manufacturer,
    /// Reserved, or for readers only.
    Unknown,
}

/// How a compact profile is laid out.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ProfileKind {
    /// VIFE `1F`: the oldest value first, behind the base value.
    Plain,
    /// VIFE `13`: the newest value first, before the base value.
    Inverse,
    /// VIFE `1E`: values with the numbers of their registers.
    Registers,
}

/// The row of a combinable VIFE; its extension bit does not count.
#[must_use]
pub fn lookup_combinable(code: u8) -> &'static CombinableRow {
    COMBINABLE.get(usize::from(code & 0x7F)).unwrap_or(&UNKNOWN)
}

/// The row of a code behind `FC`; its extension bit does not count.
#[must_use]
pub fn lookup_combinable_extension(code: u8) -> &'static CombinableRow {
    BEHIND_FC.get(usize::from(code & 0x7F)).unwrap_or(&UNKNOWN)
}

const fn row(code: u8, name: &'static str, unit: &'static str, effect: Effect) -> CombinableRow {
    CombinableRow { code, name, unit, effect }
}

static UNKNOWN: CombinableRow = row(0, "reserved", "", Unknown);

use Effect::{
    Add, Bits, Count, Duration, Error, Extension, Manufacturer, Moment, NonMetric, Nothing,
    Profile, Scale, Unknown, Unsigned, Word,
};

/// The codes of the first table.
#[rustfmt::skip]
static COMBINABLE: [CombinableRow; 128] = [
    row(0x00, "record error: none",                                          "",          Nothing),
    row(0x01, "record error: too many DIFEs",                                "",          Error(Quality::MISSING)),
    row(0x02, "record error: storage number not implemented",                "",          Error(Quality::MISSING)),
    row(0x03, "record error: unit number not implemented",                   "",          Error(Quality::MISSING)),
    row(0x04, "record error: tariff number not implemented",                 "",          Error(Quality::MISSING)),
    row(0x05, "record error: function not implemented",                      "",          Error(Quality::MISSING)),
    row(0x06, "record error: data class not implemented",                    "",          Error(Quality::MISSING)),
    row(0x07, "record error: data size not implemented",                     "",          Error(Quality::MISSING)),
    row(0x08, "object action: add entry",                                    "",          Unknown),
    row(0x09, "object action: delete entry",                                 "",          Unknown),
    row(0x0A, "object action: delayed action",                               "",          Unknown),
    row(0x0B, "record error: too many VIFEs",                                "",          Error(Quality::MISSING)),
    row(0x0C, "record error: illegal VIF group",                             "",          Error(Quality::MISSING)),
    row(0x0D, "record error: illegal VIF exponent",                          "",          Error(Quality::MISSING)),
    row(0x0E, "record error: VIF/DIF mismatch",                              "",          Error(Quality::MISSING)),
    row(0x0F, "record error: unimplemented action",                          "",          Error(Quality::MISSING)),
    row(0x10, "reserved",                                                    "",          Unknown),
    row(0x11, "reserved",                                                    "",          Unknown),
    row(0x12, "average value",                                               "",          Word("average")),
    row(0x13, "inverse compact profile",                                     "",          Profile(ProfileKind::Inverse)),
    row(0x14, "relative deviation",                                          "",          Word("relative-deviation")),
    row(0x15, "record error: no data available (undefined value)",           "",          Error(Quality::MISSING)),
    row(0x16, "record error: data overflow",                                 "",          Error(Quality::OVERFLOW)),
    row(0x17, "record error: data underflow",                                "",          Error(Quality::UNDERFLOW)),
    row(0x18, "record error: data error",                                    "",          Error(Quality::INVALID)),
    row(0x19, "reserved",                                                    "",          Unknown),
    row(0x1A, "reserved",                                                    "",          Unknown),
    row(0x1B, "reserved",                                                    "",          Unknown),
    row(0x1C, "record error: premature end of record",                       "",          Error(Quality::INVALID)),
    row(0x1D, "standard-conform data content",                               "",          Nothing),
    row(0x1E, "compact profile with register numbers",                       "",          Profile(ProfileKind::Registers)),
    row(0x1F, "compact profile",                                             "",          Profile(ProfileKind::Plain)),
    row(0x20, "per",                                                         "s",         Effect::Unit("per-s")),
    row(0x21, "per",                                                         "min",       Effect::Unit("per-min")),
    row(0x22, "per",                                                         "h",         Effect::Unit("per-h")),
    row(0x23, "per",                                                         "d",         Effect::Unit("per-d")),
    row(0x24, "per",                                                         "week",      Effect::Unit("per-week")),
    row(0x25, "per",                                                         "month",     Effect::Unit("per-month")),
    row(0x26, "per",                                                         "year",      Effect::Unit("per-year")),
    row(0x27, "per",                                                         "revolution or measurement", Effect::Unit("per-measurement")),
    row(0x28, "increment per input pulse, channel 0",                        "",          Word("increment.input0")),
    row(0x29, "increment per input pulse, channel 1",                        "",          Word("increment.input1")),
    row(0x2A, "increment per output pulse, channel 0",                       "",          Word("increment.output0")),
    row(0x2B, "increment per output pulse, channel 1",                       "",          Word("increment.output1")),
    row(0x2C, "per",                                                         "l",         Effect::Unit("per-l")),
    row(0x2D, "per",                                                         "m3",        Effect::Unit("per-m3")),
    row(0x2E, "per",                                                         "kg",        Effect::Unit("per-kg")),
    row(0x2F, "per",                                                         "K",         Effect::Unit("per-k")),
    row(0x30, "per",                                                         "kWh",       Effect::Unit("per-kwh")),
    row(0x31, "per",                                                         "GJ",        Effect::Unit("per-gj")),
    row(0x32, "per",                                                         "kW",        Effect::Unit("per-kw")),
    row(0x33, "per",                                                         "K*l",       Effect::Unit("per-k-l")),
    row(0x34, "per",                                                         "V",         Effect::Unit("per-v")),
    row(0x35, "per",                                                         "A",         Effect::Unit("per-a")),
    row(0x36, "multiplied by",                                               "s",         Effect::Unit("times-s")),
    row(0x37, "multiplied by",                                               "s/V",       Effect::Unit("times-s-per-v")),
    row(0x38, "multiplied by",                                               "s/A",       Effect::Unit("times-s-per-a")),
    row(0x39, "start date/time of",                                          "",          Moment("start")),
    row(0x3A, "value in uncorrected unit",                                   "",          Word("uncorrected")),
    row(0x3B, "accumulation only of positive contributions",                 "",          Word("positive")),
    row(0x3C, "accumulation of absolute value of negative contributions",    "",          Word("negative")),
    row(0x3D, "alternate non-metric unit system",                            "",          NonMetric("non-metric")),
    row(0x3E, "value at base conditions",                                    "",          Word("base-conditions")),
    row(0x3F, "OBIS declaration",                                            "",          Word("obis")),
    row(0x40, "lower limit value",                                           "",          Word("lower-limit")),
    row(0x41, "number of exceeds of lower limit",                            "",          Count("under.count")),
    row(0x42, "date/time of begin of first lower limit exceed",              "",          Moment("under.first.begin")),
    row(0x43, "date/time of end of first lower limit exceed",                "",          Moment("under.first.end")),
    row(0x44, "reserved",                                                    "",          Unknown),
    row(0x45, "reserved",                                                    "",          Unknown),
    row(0x46, "date/time of begin of last lower limit exceed",               "",          Moment("under.last.begin")),
    row(0x47, "date/time of end of last lower limit exceed",                 "",          Moment("under.last.end")),
    row(0x48, "upper limit value",                                           "",          Word("upper-limit")),
    row(0x49, "number of exceeds of upper limit",                            "",          Count("over.count")),
    row(0x4A, "date/time of begin of first upper limit exceed",              "",          Moment("over.first.begin")),
    row(0x4B, "date/time of end of first upper limit exceed",                "",          Moment("over.first.end")),
    row(0x4C, "reserved",                                                    "",          Unknown),
    row(0x4D, "reserved",                                                    "",          Unknown),
    row(0x4E, "date/time of begin of last upper limit exceed",               "",          Moment("over.last.begin")),
    row(0x4F, "date/time of end of last upper limit exceed",                 "",          Moment("over.last.end")),
    row(0x50, "duration of first lower limit exceed",                        "s",         Duration("under.first.duration", Unit::SECOND)),
    row(0x51, "duration of first lower limit exceed",                        "min",       Duration("under.first.duration", Unit::MINUTE)),
    row(0x52, "duration of first lower limit exceed",                        "h",         Duration("under.first.duration", Unit::HOUR)),
    row(0x53, "duration of first lower limit exceed",                        "d",         Duration("under.first.duration", Unit::DAY)),
    row(0x54, "duration of last lower limit exceed",                         "s",         Duration("under.last.duration", Unit::SECOND)),
    row(0x55, "duration of last lower limit exceed",                         "min",       Duration("under.last.duration", Unit::MINUTE)),
    row(0x56, "duration of last lower limit exceed",                         "h",         Duration("under.last.duration", Unit::HOUR)),
    row(0x57, "duration of last lower limit exceed",                         "d",         Duration("under.last.duration", Unit::DAY)),
    row(0x58, "duration of first upper limit exceed",                        "s",         Duration("over.first.duration", Unit::SECOND)),
    row(0x59, "duration of first upper limit exceed",                        "min",       Duration("over.first.duration", Unit::MINUTE)),
    row(0x5A, "duration of first upper limit exceed",                        "h",         Duration("over.first.duration", Unit::HOUR)),
    row(0x5B, "duration of first upper limit exceed",                        "d",         Duration("over.first.duration", Unit::DAY)),
    row(0x5C, "duration of last upper limit exceed",                         "s",         Duration("over.last.duration", Unit::SECOND)),
    row(0x5D, "duration of last upper limit exceed",                         "min",       Duration("over.last.duration", Unit::MINUTE)),
    row(0x5E, "duration of last upper limit exceed",                         "h",         Duration("over.last.duration", Unit::HOUR)),
    row(0x5F, "duration of last upper limit exceed",                         "d",         Duration("over.last.duration", Unit::DAY)),
    row(0x60, "duration of first",                                           "s",         Duration("first.duration", Unit::SECOND)),
    row(0x61, "duration of first",                                           "min",       Duration("first.duration", Unit::MINUTE)),
    row(0x62, "duration of first",                                           "h",         Duration("first.duration", Unit::HOUR)),
    row(0x63, "duration of first",                                           "d",         Duration("first.duration", Unit::DAY)),
    row(0x64, "duration of last",                                            "s",         Duration("last.duration", Unit::SECOND)),
    row(0x65, "duration of last",                                            "min",       Duration("last.duration", Unit::MINUTE)),
    row(0x66, "duration of last",                                            "h",         Duration("last.duration", Unit::HOUR)),
    row(0x67, "duration of last",                                            "d",         Duration("last.duration", Unit::DAY)),
    row(0x68, "value during lower limit exceed",                             "",          Word("while-under")),
    row(0x69, "leakage values",                                              "",          Word("leakage")),
    row(0x6A, "date/time of begin of first",                                 "",          Moment("first.begin")),
    row(0x6B, "date/time of end of first",                                   "",          Moment("first.end")),
    row(0x6C, "value during upper limit exceed",                             "",          Word("while-over")),
    row(0x6D, "overflow values",                                             "",          Word("overflow")),
    row(0x6E, "date/time of begin of last",                                  "",          Moment("last.begin")),
    row(0x6F, "date/time of end of last",                                    "",          Moment("last.end")),
    row(0x70, "multiplicative correction",                                   "",          Scale(-6)),
    row(0x71, "multiplicative correction",                                   "",          Scale(-5)),
    row(0x72, "multiplicative correction",                                   "",          Scale(-4)),
    row(0x73, "multiplicative correction",                                   "",          Scale(-3)),
    row(0x74, "multiplicative correction",                                   "",          Scale(-2)),
    row(0x75, "multiplicative correction",                                   "",          Scale(-1)),
    row(0x76, "multiplicative correction",                                   "",          Scale(0)),
    row(0x77, "multiplicative correction",                                   "",          Scale(1)),
    row(0x78, "additive correction",                                         "",          Add(1)),
    row(0x79, "additive correction",                                         "",          Add(10)),
    row(0x7A, "additive correction",                                         "",          Add(100)),
    row(0x7B, "additive correction",                                         "",          Add(1000)),
    row(0x7C, "extension of combinable table follows",                       "",          Extension),
    row(0x7D, "multiplicative correction",                                   "",          Scale(3)),
    row(0x7E, "future value",                                                "",          Word("future")),
    row(0x7F, "manufacturer specific VIFEs follow",                          "",          Manufacturer),
];

/// The codes behind `FC`.
#[rustfmt::skip]
static BEHIND_FC: [CombinableRow; 22] = [
    row(0x00, "reserved",                                            "",  Unknown),
    row(0x01, "at phase L1",                                         "",  Word("l1")),
    row(0x02, "at phase L2",                                         "",  Word("l2")),
    row(0x03, "at phase L3",                                         "",  Word("l3")),
    row(0x04, "at neutral",                                          "",  Word("neutral")),
    row(0x05, "between L1 and L2",                                   "",  Word("l1-l2")),
    row(0x06, "between L2 and L3",                                   "",  Word("l2-l3")),
    row(0x07, "between L3 and L1",                                   "",  Word("l3-l1")),
    row(0x08, "at quadrant Q1",                                      "",  Word("q1")),
    row(0x09, "at quadrant Q2",                                      "",  Word("q2")),
    row(0x0A, "at quadrant Q3",                                      "",  Word("q3")),
    row(0x0B, "at quadrant Q4",                                      "",  Word("q4")),
    row(0x0C, "delta between import and export",                     "",  Word("delta")),
    row(0x0D, "alternative non-metric units",                        "",  NonMetric("non-metric")),
    row(0x0E, "secondary sensor",                                    "",  Word("secondary-sensor")),
    row(0x0F, "higher resolution register",                          "",  Word("high-resolution")),
    row(0x10, "accumulation of absolute value of both signs",        "",  Word("absolute")),
    row(0x11, "data presented with type C (unsigned)",               "",  Unsigned),
    row(0x12, "data presented with type D (bits)",                   "",  Bits),
    row(0x13, "end date",                                            "",  Moment("end")),
    row(0x14, "direction: partner to meter",                         "",  Word("partner-to-meter")),
    row(0x15, "direction: meter to partner",                         "",  Word("meter-to-partner")),
];

#[cfg(test)]
mod tests {
    use super::{BEHIND_FC, COMBINABLE, Effect, lookup_combinable, lookup_combinable_extension};

    #[test]
    fn each_row_stands_at_its_code() {
        for (code, row) in (0..).zip(&COMBINABLE) {
            assert_eq!((row.code, lookup_combinable(code | 0x80)), (code, row));
        }
        for (code, row) in (0..).zip(&BEHIND_FC) {
            assert_eq!((row.code, lookup_combinable_extension(code)), (code, row));
        }
    }

    #[test]
    fn the_whole_key_space_answers() {
        for code in 0..=u8::MAX {
            assert!(!lookup_combinable(code).name.is_empty());
            let behind = lookup_combinable_extension(code);
            assert_eq!(behind.effect == Effect::Unknown, matches!(code & 0x7F, 0 | 0x16..));
        }
    }
}
