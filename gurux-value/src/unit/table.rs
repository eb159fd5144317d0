//! The table of units.
//!
//! One row a unit, in the order of the DLMS/COSEM list of physical units, then what other meters
//! use. The codes are those of the list as the DLMS client of Gurux (`Unit.cs`) and the reader of
//! volkszaehler (`unit.h`, after IEC 62056-6-2) hold it; a code without a unit of its own (0,
//! 253, 254) has no row. The ratios are the definitions of the units: the non-metric ones are
//! exact since 1959, the calorie and the British thermal unit are those of the International
//! Steam Table (4.1868 J, so that 1 Gcal is 1.163 MWh, and 1055.05585262 J).

use super::{Dimension, Unit};
use crate::decimal::Decimal;

/// A unit without prefix.
#[derive(Debug)]
pub(super) struct Row {
    /// What is printed.
    pub(super) symbol: &'static str,
    /// What else is read as this unit, separated by blanks.
    pub(super) spellings: &'static str,
    pub(super) name: &'static str,
    pub(super) dimension: Dimension,
    /// The unit in the coherent unit of its dimension: (value + offset) times numerator /
    /// denominator times ten to the power of exponent.
    pub(super) numerator: u64,
    pub(super) denominator: u64,
    pub(super) exponent: i8,
    /// What is added first, in hundredths: only the scales of temperature have it.
    pub(super) offset_hundredths: i32,
    pub(super) takes_prefix: bool,
    /// Its codes in the DLMS list; the first is the one that is sent.
    pub(super) dlms: &'static [u8],
    /// The prefix under which the DLMS list has it: kilo for the gram.
    pub(super) dlms_prefix: i8,
}

impl Row {
    /// From a point on the scale of this unit to a multiple of it.
    pub(super) fn multiple(&self, point: Decimal) -> Option<Decimal> {
        // Most units begin at nought; adding 0.00 would add digits that the meter did not state.
        if self.offset_hundredths == 0 {
            return Some(point);
        }
        point.checked_add(Decimal::new(self.offset_hundredths.into(), -2))
    }

    /// The way back, for a multiple that is still to be divided by `divisor`.
    pub(super) fn point(&self, multiple: Decimal, divisor: Decimal) -> Option<Decimal> {
        if self.offset_hundredths == 0 {
            return Some(multiple);
        }
        let offset = Decimal::new(self.offset_hundredths.into(), -2).checked_mul(divisor)?;
        multiple.checked_sub(offset)
    }

    pub(super) fn is_spelled(&self, text: &str) -> bool {
        let same = |spelling: &str| folded(spelling).eq(folded(text));
        // A list of one letter: core's search for a single letter links panicking code.
        same(self.symbol) || (!text.is_empty() && self.spellings.split([' ']).any(same))
    }
}

/// The characters of a spelling that matter: `m^3` is `m³`, `1/(Wh)` is `1/Wh`, and signs that
/// look alike are one (the micro sign and the Greek mu, the ohm sign and the Greek omega).
fn folded(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|c| !matches!(c, '^' | '·' | '⋅' | '*' | '(' | ')' | ' ')).map(
        |c| match c {
            '²' => '2',
            '³' => '3',
            'μ' => 'µ',
            '\u{2126}' => 'Ω',
            other => other,
        },
    )
}

/// Makes the static table, and of each row a constant of [`Unit`].
macro_rules! units {
    ($($constant:ident: $symbol:literal, $spellings:literal, $name:literal, $dimension:ident,
       $numerator:literal, $denominator:literal, $exponent:literal, $takes_prefix:ident,
       [$($dlms:literal),*] $(offset $offset:literal)? $(prefix $dlms_prefix:literal)?;)*) => {
        /// All units, without prefixes.
        pub(super) static UNITS: [Row; COUNT] = [$(Row {
            symbol: $symbol,
            spellings: $spellings,
            name: $name,
            dimension: Dimension::$dimension,
            numerator: $numerator,
            denominator: $denominator,
            exponent: $exponent,
            offset_hundredths: 0 $(+ $offset)?,
            takes_prefix: units!(@$takes_prefix),
            dlms: &[$($dlms),*],
            dlms_prefix: 0 $(+ $dlms_prefix)?,
        }),*];

        /// The place of each row.
        #[expect(non_camel_case_types, reason = "named as the constants are")]
        #[expect(clippy::upper_case_acronyms, reason = "named as the constants are")]
        enum Place { $($constant),* }

        const COUNT: usize = [$($symbol),*].len();

        impl Unit {
            $(
                #[doc = concat!("`", $symbol, "`: ", $name, ".")]
                pub const $constant: Self = Self::of_row(Place::$constant as u8);
            )*
        }
    };
    (@yes) => { true };
    (@no) => { false };
}

/// Constants of units with a prefix that meters use every day.
macro_rules! prefixed {
    ($($constant:ident = $power:literal, $unit:ident, $symbol:literal;)*) => {
        impl Unit {
            $(
                #[doc = concat!("`", $symbol, "`.")]
                pub const $constant: Self = Self::$unit.prefixed($power);
            )*
        }
    };
}

// constant, symbol, other spellings, name, dimension,
// numerator, denominator, exponent, takes a prefix, DLMS codes; offset; prefix of the DLMS codes
#[rustfmt::skip]
units! {
    // DLMS/COSEM list of physical units, in its order.
    YEAR:                                "a",           "year years yr",                   "year",                                   Calendar,                                     12,              1,   0, no,  [1];
    MONTH:                               "mo",          "month months",                    "month",                                  Calendar,                                      1,              1,   0, no,  [2];
    WEEK:                                "wk",          "week weeks",                      "week",                                   Time,                                       6048,              1,   2, no,  [3];
    DAY:                                 "d",           "day days",                        "day",                                    Time,                                        864,              1,   2, no,  [4];
    HOUR:                                "h",           "hour hours hr Hrs",               "hour",                                   Time,                                         36,              1,   2, no,  [5];
    MINUTE:                              "min",         "min. minute minutes",             "minute",                                 Time,                                          6,              1,   1, no,  [6];
    SECOND:                              "s",           "sec second seconds Secs",         "second",                                 Time,                                          1,              1,   0, yes, [7];
    DEGREE:                              "°",           "deg degree degrees Deg",          "degree of angle",                        Angle,                                         1,              1,   0, no,  [8];
    DEGREE_CELSIUS:                      "°C",          "degC deg_C ℃",                    "degree Celsius",                         Temperature,                                   1,              1,   0, no,  [9] offset 27_315;
    CURRENCY:                            "currency",    "¤",                               "local currency",                         Currency,                                      1,              1,   0, no,  [10];
    METRE:                               "m",           "meter metre",                     "metre",                                  Length,                                        1,              1,   0, yes, [11];
    METRE_PER_SECOND:                    "m/s",         "mps",                             "metre per second",                       Speed,                                         1,              1,   0, no,  [12];
    CUBIC_METRE:                         "m³",          "cbm",                             "cubic metre",                            Volume,                                        1,              1,   0, no,  [13, 14];
    CUBIC_METRE_PER_HOUR:                "m³/h",        "cbm/h",                           "cubic metre per hour",                   VolumeFlow,                                    1,             36,  -2, no,  [15, 16];
    CUBIC_METRE_PER_DAY:                 "m³/d",        "",                                "cubic metre per day",                    VolumeFlow,                                    1,            864,  -2, no,  [17, 18];
    LITRE:                               "l",           "L liter litre",                   "litre",                                  Volume,                                        1,              1,  -3, yes, [19];
    GRAM:                                "g",           "",                                "gram",                                   Mass,                                          1,              1,  -3, yes, [20] prefix 3;
    NEWTON:                              "N",           "",                                "newton",                                 Force,                                         1,              1,   0, yes, [21];
    NEWTON_METRE:                        "Nm",          "",                                "newton metre",                           Energy,                                        1,              1,   0, yes, [22];
    PASCAL:                              "Pa",          "",                                "pascal",                                 Pressure,                                      1,              1,   0, yes, [23];
    BAR:                                 "bar",         "",                                "bar",                                    Pressure,                                      1,              1,   5, yes, [24];
    JOULE:                               "J",           "Ws",                              "joule",                                  Energy,                                        1,              1,   0, yes, [25];
    JOULE_PER_HOUR:                      "J/h",         "",                                "joule per hour",                         Power,                                         1,             36,  -2, yes, [26];
    WATT:                                "W",           "",                                "watt",                                   Power,                                         1,              1,   0, yes, [27];
    VOLT_AMPERE:                         "VA",          "",                                "volt-ampere",                            ApparentPower,                                 1,              1,   0, yes, [28];
    VAR:                                 "var",         "VAr Var VAR",                     "var",                                    ReactivePower,                                 1,              1,   0, yes, [29];
    WATT_HOUR:                           "Wh",          "WHr Whr WH",                      "watt-hour",                              Energy,                                       36,              1,   2, yes, [30];
    VOLT_AMPERE_HOUR:                    "VAh",         "VAHr VAhr VAH",                   "volt-ampere-hour",                       ApparentEnergy,                               36,              1,   2, yes, [31];
    VAR_HOUR:                            "varh",        "VArh Varh VArHr varhr VARh VARH", "var-hour",                               ReactiveEnergy,                               36,              1,   2, yes, [32];
    AMPERE:                              "A",           "Amp Amps",                        "ampere",                                 Current,                                       1,              1,   0, yes, [33];
    COULOMB:                             "C",           "As",                              "coulomb",                                Charge,                                        1,              1,   0, yes, [34];
    VOLT:                                "V",           "Volt Volts",                      "volt",                                   Voltage,                                       1,              1,   0, yes, [35];
    VOLT_PER_METRE:                      "V/m",         "",                                "volt per metre",                         FieldStrength,                                 1,              1,   0, yes, [36];
    FARAD:                               "F",           "",                                "farad",                                  Capacitance,                                   1,              1,   0, yes, [37];
    OHM:                                 "Ω",           "ohm Ohm ohms Ohms",               "ohm",                                    Resistance,                                    1,              1,   0, yes, [38];
    OHM_METRE:                           "Ω·m",         "ohm·m Ω·m²/m",                    "ohm metre",                              Resistivity,                                   1,              1,   0, yes, [39];
    WEBER:                               "Wb",          "",                                "weber",                                  MagneticFlux,                                  1,              1,   0, yes, [40];
    TESLA:                               "T",           "",                                "tesla",                                  MagneticInduction,                             1,              1,   0, yes, [41];
    AMPERE_PER_METRE:                    "A/m",         "",                                "ampere per metre",                       MagneticFieldStrength,                         1,              1,   0, yes, [42];
    HENRY:                               "H",           "",                                "henry",                                  Inductance,                                    1,              1,   0, yes, [43];
    HERTZ:                               "Hz",          "",                                "hertz",                                  Frequency,                                     1,              1,   0, yes, [44];
    PER_WATT_HOUR:                       "1/Wh",        "imp/Wh",                          "per watt-hour",                          PulsesPerEnergy,                               1,             36,  -2, no,  [45];
    PER_VAR_HOUR:                        "1/varh",      "imp/varh",                        "per var-hour",                           PulsesPerReactiveEnergy,                       1,             36,  -2, no,  [46];
    PER_VOLT_AMPERE_HOUR:                "1/VAh",       "imp/VAh",                         "per volt-ampere-hour",                   PulsesPerApparentEnergy,                       1,             36,  -2, no,  [47];
    VOLT_SQUARED_HOUR:                   "V²h",         "",                                "volt-squared hour",                      VoltageSquaredTime,                           36,              1,   2, no,  [48];
    AMPERE_SQUARED_HOUR:                 "A²h",         "",                                "ampere-squared hour",                    CurrentSquaredTime,                           36,              1,   2, no,  [49];
    GRAM_PER_SECOND:                     "g/s",         "",                                "gram per second",                        MassFlow,                                      1,              1,  -3, yes, [50] prefix 3;
    SIEMENS:                             "S",           "mho",                             "siemens",                                Conductance,                                   1,              1,   0, yes, [51];
    KELVIN:                              "K",           "",                                "kelvin",                                 Temperature,                                   1,              1,   0, yes, [52];
    PER_VOLT_SQUARED_HOUR:               "1/V²h",       "",                                "per volt-squared hour",                  PulsesPerVoltageSquaredTime,                   1,             36,  -2, no,  [53];
    PER_AMPERE_SQUARED_HOUR:             "1/A²h",       "",                                "per ampere-squared hour",                PulsesPerCurrentSquaredTime,                   1,             36,  -2, no,  [54];
    PER_CUBIC_METRE:                     "1/m³",        "imp/m³",                          "per cubic metre",                        PulsesPerVolume,                               1,              1,   0, no,  [55];
    PERCENT:                             "%",           "Pct percent %RH",                 "percent",                                Ratio,                                         1,              1,  -2, no,  [56];
    AMPERE_HOUR:                         "Ah",          "AHr",                             "ampere-hour",                            Charge,                                       36,              1,   2, yes, [57];
    WATT_HOUR_PER_CUBIC_METRE:           "Wh/m³",       "",                                "watt-hour per cubic metre",              EnergyDensity,                                36,              1,   2, yes, [60];
    JOULE_PER_CUBIC_METRE:               "J/m³",        "",                                "joule per cubic metre",                  EnergyDensity,                                 1,              1,   0, yes, [61];
    MOLE_PERCENT:                        "mol%",        "Mol%",                            "mole percent",                           MoleFraction,                                  1,              1,  -2, no,  [62];
    GRAM_PER_CUBIC_METRE:                "g/m³",        "",                                "gram per cubic metre",                   Density,                                       1,              1,  -3, yes, [63];
    PASCAL_SECOND:                       "Pa·s",        "",                                "pascal second",                          DynamicViscosity,                              1,              1,   0, yes, [64];
    JOULE_PER_KILOGRAM:                  "J/kg",        "",                                "joule per kilogram",                     SpecificEnergy,                                1,              1,   0, yes, [65];
    GRAM_FORCE_PER_SQUARE_CENTIMETRE:    "g/cm²",       "gf/cm²",                          "gram-force per square centimetre",       Pressure,                                980_665,              1,  -4, no,  [66];
    ATMOSPHERE:                          "atm",         "",                                "standard atmosphere",                    Pressure,                                101_325,              1,   0, no,  [67];
    DECIBEL_MILLIWATT:                   "dBm",         "dBmW",                            "decibel above 1 mW",                     PowerLevel,                                    1,              1,   0, no,  [70];
    DECIBEL_MICROVOLT:                   "dBµV",        "dBuV",                            "decibel above 1 µV",                     VoltageLevel,                                  1,              1,   0, no,  [71];
    DECIBEL:                             "dB",          "",                                "decibel",                                LevelDifference,                               1,              1,   0, no,  [72];

    // DLMS/COSEM list, non-metric units.
    INCH:                                "in",          "inch",                            "inch",                                   Length,                                      254,              1,  -4, no,  [128];
    FOOT:                                "ft",          "foot feet",                       "foot",                                   Length,                                     3048,              1,  -4, no,  [129];
    POUND:                               "lb",          "lbs",                             "pound",                                  Mass,                                 45_359_237,              1,  -8, no,  [130];
    DEGREE_FAHRENHEIT:                   "°F",          "degF deg_F ℉",                    "degree Fahrenheit",                      Temperature,                                   5,              9,   0, no,  [131] offset 45_967;
    DEGREE_RANKINE:                      "°R",          "degR",                            "degree Rankine",                         Temperature,                                   5,              9,   0, no,  [132];
    SQUARE_INCH:                         "in²",         "",                                "square inch",                            Area,                                     64_516,              1,  -8, no,  [133];
    SQUARE_FOOT:                         "ft²",         "",                                "square foot",                            Area,                                  9_290_304,              1,  -8, no,  [134];
    ACRE:                                "acre",        "",                                "acre",                                   Area,                             40_468_564_224,              1,  -7, no,  [135];
    CUBIC_INCH:                          "in³",         "",                                "cubic inch",                             Volume,                               16_387_064,              1, -12, no,  [136];
    CUBIC_FOOT:                          "ft³",         "cf cft",                          "cubic foot",                             Volume,                           28_316_846_592,              1, -12, no,  [137, 151];
    ACRE_FOOT:                           "acre·ft",     "",                                "acre-foot",                              Volume,                      123_348_183_754_752,              1, -11, no,  [138];
    GALLON_IMPERIAL:                     "gal(UK)",     "gal(imp)",                        "imperial gallon",                        Volume,                                  454_609,              1,  -8, no,  [139, 161];
    GALLON_US:                           "gal(US)",     "gal gallon USgal",                "US gallon",                              Volume,                            3_785_411_784,              1, -12, no,  [140, 166];
    POUND_FORCE:                         "lbf",         "",                                "pound-force",                            Force,                        44_482_216_152_605,              1, -13, no,  [141];
    POUND_FORCE_PER_SQUARE_INCH:         "psi",         "lbf/in²",                         "pound-force per square inch",            Pressure,                     44_482_216_152_605,         64_516,  -5, no,  [142];
    POUND_PER_CUBIC_FOOT:                "lb/ft³",      "",                                "pound per cubic foot",                   Density,                              45_359_237, 28_316_846_592,   4, no,  [143];
    POUND_PER_FOOT_SECOND:               "lb/(ft·s)",   "",                                "pound per foot second",                  DynamicViscosity,                     45_359_237,           3048,  -4, no,  [144];
    SQUARE_FOOT_PER_SECOND:              "ft²/s",       "",                                "square foot per second",                 KinematicViscosity,                    9_290_304,              1,  -8, no,  [145];
    BRITISH_THERMAL_UNIT:                "BTU",         "Btu",                             "British thermal unit",                   Energy,                          105_505_585_262,              1,  -8, no,  [146];
    THERM_EU:                            "therm",       "therm(EU)",                       "therm (EU)",                             Energy,                          105_505_585_262,              1,  -3, no,  [147];
    THERM_US:                            "therm(US)",   "",                                "therm (US)",                             Energy,                                1_054_804,              1,   2, no,  [148];
    BRITISH_THERMAL_UNIT_PER_POUND:      "BTU/lb",      "Btu/lb",                          "British thermal unit per pound",         SpecificEnergy,                             2326,              1,   0, no,  [149];
    BRITISH_THERMAL_UNIT_PER_CUBIC_FOOT: "BTU/ft³",     "Btu/ft³",                         "British thermal unit per cubic foot",    EnergyDensity,                   105_505_585_262, 28_316_846_592,   4, no,  [150];
    FOOT_PER_SECOND:                     "ft/s",        "",                                "foot per second",                        Speed,                                      3048,              1,  -4, no,  [152];
    CUBIC_FOOT_PER_SECOND:               "ft³/s",       "",                                "cubic foot per second",                  VolumeFlow,                       28_316_846_592,              1, -12, no,  [153];
    CUBIC_FOOT_PER_MINUTE:               "ft³/min",     "",                                "cubic foot per minute",                  VolumeFlow,                       28_316_846_592,              6, -13, no,  [154];
    CUBIC_FOOT_PER_HOUR:                 "ft³/h",       "",                                "cubic foot per hour",                    VolumeFlow,                       28_316_846_592,             36, -14, no,  [155];
    CUBIC_FOOT_PER_DAY:                  "ft³/d",       "",                                "cubic foot per day",                     VolumeFlow,                       28_316_846_592,            864, -14, no,  [156];
    ACRE_FOOT_PER_SECOND:                "acre·ft/s",   "",                                "acre-foot per second",                   VolumeFlow,                  123_348_183_754_752,              1, -11, no,  [157];
    ACRE_FOOT_PER_MINUTE:                "acre·ft/min", "",                                "acre-foot per minute",                   VolumeFlow,                  123_348_183_754_752,              6, -12, no,  [158];
    ACRE_FOOT_PER_HOUR:                  "acre·ft/h",   "",                                "acre-foot per hour",                     VolumeFlow,                  123_348_183_754_752,             36, -13, no,  [159];
    ACRE_FOOT_PER_DAY:                   "acre·ft/d",   "",                                "acre-foot per day",                      VolumeFlow,                  123_348_183_754_752,            864, -13, no,  [160];
    GALLON_IMPERIAL_PER_SECOND:          "gal(UK)/s",   "gal(imp)/s",                      "imperial gallon per second",             VolumeFlow,                              454_609,              1,  -8, no,  [162];
    GALLON_IMPERIAL_PER_MINUTE:          "gal(UK)/min", "gal(imp)/min",                    "imperial gallon per minute",             VolumeFlow,                              454_609,              6,  -9, no,  [163];
    GALLON_IMPERIAL_PER_HOUR:            "gal(UK)/h",   "gal(imp)/h",                      "imperial gallon per hour",               VolumeFlow,                              454_609,             36, -10, no,  [164];
    GALLON_IMPERIAL_PER_DAY:             "gal(UK)/d",   "gal(imp)/d",                      "imperial gallon per day",                VolumeFlow,                              454_609,            864, -10, no,  [165];
    GALLON_US_PER_SECOND:                "gal(US)/s",   "gal/s",                           "US gallon per second",                   VolumeFlow,                        3_785_411_784,              1, -12, no,  [167];
    GALLON_US_PER_MINUTE:                "gal(US)/min", "gal/min",                         "US gallon per minute",                   VolumeFlow,                        3_785_411_784,              6, -13, no,  [168];
    GALLON_US_PER_HOUR:                  "gal(US)/h",   "gal/h",                           "US gallon per hour",                     VolumeFlow,                        3_785_411_784,             36, -14, no,  [169];
    GALLON_US_PER_DAY:                   "gal(US)/d",   "gal/d",                           "US gallon per day",                      VolumeFlow,                        3_785_411_784,            864, -14, no,  [170];
    BRITISH_THERMAL_UNIT_PER_SECOND:     "BTU/s",       "Btu/s",                           "British thermal unit per second",        Power,                           105_505_585_262,              1,  -8, no,  [171];
    BRITISH_THERMAL_UNIT_PER_MINUTE:     "BTU/min",     "Btu/min",                         "British thermal unit per minute",        Power,                           105_505_585_262,              6,  -9, no,  [172];
    BRITISH_THERMAL_UNIT_PER_HOUR:       "BTU/h",       "Btu/h",                           "British thermal unit per hour",          Power,                           105_505_585_262,             36, -10, no,  [173];
    BRITISH_THERMAL_UNIT_PER_DAY:        "BTU/d",       "Btu/d",                           "British thermal unit per day",           Power,                           105_505_585_262,            864, -10, no,  [174];
    ONE:                                 "",            "1 none",                          "one",                                    Ratio,                                         1,              1,   0, no,  [255];

    // Not in the DLMS list: units of M-Bus, SunSpec and of meters' displays.
    PER_MILLE:                           "‰",           "permille",                        "per mille",                              Ratio,                                         1,              1,  -3, no,  [];
    PARTS_PER_MILLION:                   "ppm",         "",                                "parts per million",                      Ratio,                                         1,              1,  -6, no,  [];
    PULSE:                               "imp",         "pulse pulses imps",               "pulse",                                  Count,                                         1,              1,   0, no,  [];
    PULSE_PER_KILOWATT_HOUR:             "imp/kWh",     "1/kWh",                           "pulse per kilowatt-hour",                PulsesPerEnergy,                               1,             36,  -5, no,  [];
    PULSE_PER_KILOVAR_HOUR:              "imp/kvarh",   "1/kvarh",                         "pulse per kilovar-hour",                 PulsesPerReactiveEnergy,                       1,             36,  -5, no,  [];
    PULSE_PER_KILOVOLT_AMPERE_HOUR:      "imp/kVAh",    "1/kVAh",                          "pulse per kilovolt-ampere-hour",         PulsesPerApparentEnergy,                       1,             36,  -5, no,  [];
    PULSE_PER_LITRE:                     "imp/l",       "1/l",                             "pulse per litre",                        PulsesPerVolume,                               1,              1,   3, no,  [];
    CUBIC_METRE_PER_MINUTE:              "m³/min",      "",                                "cubic metre per minute",                 VolumeFlow,                                    1,              6,  -1, no,  [];
    CUBIC_METRE_PER_SECOND:              "m³/s",        "",                                "cubic metre per second",                 VolumeFlow,                                    1,              1,   0, no,  [];
    LITRE_PER_HOUR:                      "l/h",         "L/h lph",                         "litre per hour",                         VolumeFlow,                                    1,             36,  -5, yes, [];
    LITRE_PER_MINUTE:                    "l/min",       "L/min lpm",                       "litre per minute",                       VolumeFlow,                                    1,              6,  -4, yes, [];
    LITRE_PER_SECOND:                    "l/s",         "L/s",                             "litre per second",                       VolumeFlow,                                    1,              1,  -3, yes, [];
    TONNE:                               "t",           "",                                "tonne",                                  Mass,                                          1,              1,   3, no,  [];
    GRAM_PER_HOUR:                       "g/h",         "",                                "gram per hour",                          MassFlow,                                      1,             36,  -5, yes, [];
    TONNE_PER_HOUR:                      "t/h",         "",                                "tonne per hour",                         MassFlow,                                      1,             36,   1, no,  [];
    CALORIE:                             "cal",         "",                                "calorie (International Table)",          Energy,                                   41_868,              1,  -4, yes, [];
    CALORIE_PER_HOUR:                    "cal/h",       "",                                "calorie per hour (International Table)", Power,                                    41_868,             36,  -6, yes, [];
    JOULE_PER_SECOND:                    "J/s",         "",                                "joule per second",                       Power,                                         1,              1,   0, yes, [];
    SQUARE_METRE:                        "m²",          "",                                "square metre",                           Area,                                          1,              1,   0, no,  [];
    WATT_PER_SQUARE_METRE:               "W/m²",        "",                                "watt per square metre",                  Irradiance,                                    1,              1,   0, yes, [];
    KILOMETRE_PER_HOUR:                  "km/h",        "kph",                             "kilometre per hour",                     Speed,                                         1,             36,   1, no,  [];
    SQUARE_METRE_PER_SECOND:             "m²/s",        "",                                "square metre per second",                KinematicViscosity,                            1,              1,   0, no,  [];
    MILLIMETRE_OF_MERCURY:               "mmHg",        "",                                "millimetre of mercury",                  Pressure,                        133_322_387_415,              1,  -9, no,  [];
    METRE_OF_WATER:                      "mH2O",        "mWS mWC",                         "metre of water",                         Pressure,                                980_665,              1,  -2, no,  [];
    REVOLUTION_PER_MINUTE:               "rpm",         "RPM 1/min",                       "revolution per minute",                  RotationalSpeed,                               1,              1,   0, no,  [];
    LUX:                                 "lx",          "",                                "lux",                                    Illuminance,                                   1,              1,   0, yes, [];
    BAUD:                                "Bd",          "baud",                            "baud",                                   SymbolRate,                                    1,              1,   0, yes, [];
    BIT_PER_SECOND:                      "bit/s",       "bps",                             "bit per second",                         BitRate,                                       1,              1,   0, yes, [];
    BIT_TIME:                            "bit times",   "",                                "bit times",                              BitTime,                                       1,              1,   0, no,  [];
    HEAT_COST_UNIT:                      "HCA",         "hca",                             "unit of a heat cost allocator",          HeatCost,                                      1,              1,   0, no,  [];
}

#[rustfmt::skip]
prefixed! {
    KILOWATT_HOUR        =  3, WATT_HOUR,          "kWh";
    MEGAWATT_HOUR        =  6, WATT_HOUR,          "MWh";
    KILOVAR_HOUR         =  3, VAR_HOUR,           "kvarh";
    KILOVOLT_AMPERE_HOUR =  3, VOLT_AMPERE_HOUR,   "kVAh";
    KILOWATT             =  3, WATT,               "kW";
    MEGAWATT             =  6, WATT,               "MW";
    KILOVAR              =  3, VAR,                "kvar";
    KILOVOLT_AMPERE      =  3, VOLT_AMPERE,        "kVA";
    MILLIVOLT            = -3, VOLT,               "mV";
    KILOVOLT             =  3, VOLT,               "kV";
    MILLIAMPERE          = -3, AMPERE,             "mA";
    KILOAMPERE           =  3, AMPERE,             "kA";
    KILOGRAM             =  3, GRAM,               "kg";
    KILOGRAM_PER_HOUR    =  3, GRAM_PER_HOUR,      "kg/h";
    KILOGRAM_PER_SECOND  =  3, GRAM_PER_SECOND,    "kg/s";
    KILOJOULE            =  3, JOULE,              "kJ";
    MEGAJOULE            =  6, JOULE,              "MJ";
    GIGAJOULE            =  9, JOULE,              "GJ";
    GIGACALORIE          =  9, CALORIE,            "Gcal";
    KILOPASCAL           =  3, PASCAL,             "kPa";
    HECTOPASCAL          =  2, PASCAL,             "hPa";
    MILLIBAR             = -3, BAR,                "mbar";
    MILLISECOND          = -3, SECOND,             "ms";
    MILLIMETRE           = -3, METRE,              "mm";
    KILOHERTZ            =  3, HERTZ,              "kHz";
}

/// Row and prefix of each DLMS code, at its place.
pub(super) static BY_DLMS: [Option<(u8, i8)>; 256] = by_dlms();

#[expect(clippy::indexing_slicing, reason = "runs only in the compiler, where it is proven")]
const fn by_dlms() -> [Option<(u8, i8)>; 256] {
    let mut places = [None; 256];
    let mut row = 0;
    while row < UNITS.len() {
        let mut code = 0;
        while code < UNITS[row].dlms.len() {
            places[UNITS[row].dlms[code] as usize] = Some((row as u8, UNITS[row].dlms_prefix));
            code += 1;
        }
        row += 1;
    }
    places
}
