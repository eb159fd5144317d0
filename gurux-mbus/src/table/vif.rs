//! What a VIF stands for.
//!
//! Rows cover ranges of codes, in the order of the standard's tables (EN 13757-3); within a range the
//! power of ten grows by one with each code where `step` is 1. Where the text of 1997 and the newer
//! one differ, codes that the newer text reserves keep their meaning of 1997, and codes that it
//! gives a meaning have that.

use gurux_value::{Decimal, Unit};

/// What a range of codes stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct VifRow {
    /// The first code, without the extension bit.
    pub first: u8,
    /// The last code.
    pub last: u8,
    /// The standard's word.
    pub name: &'static str,
    /// The word of gurux-value for it.
    pub quantity: &'static str,
    /// What the value counts.
    pub unit: Option<Unit>,
    /// The power of ten that the first code's value counts of the unit.
    pub exponent: i8,
    /// How much the exponent grows from one code to the next: 0 or 1.
    pub step: i8,
    /// How data are read.
    pub coding: Coding,
}

/// How the data of a quantity are read, where their data field leaves a choice.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Coding {
    /// A number with a sign (types A, B and H).
    Number,
    /// A number without a sign (type C): identifications, counters.
    Unsigned,
    /// A level in dBm with a sign; one octet that is not negative counts steps of 2 dB from -130 dBm.
    Level,
    /// The digits of an identification, without a sign; those that go up to F are a text.
    Digits,
    /// The address of a meter (8 octets), or on a wire (1); what else has an address is digits.
    Address,
    /// The code of a manufacturer, which stands for three letters.
    Manufacturer,
    /// Bits (type D).
    Bits,
    /// A date, a time or both: the type follows the width (F, G, I, J).
    Moment,
    /// Octets with a structure of their own.
    Octets,
}

/// The tables of value information fields.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum VifTable {
    /// VIF `00`–`7F`.
    Primary,
    /// Behind `FB`: the first extension table (alternate units).
    Fb,
    /// Behind `FD`: the main extension table.
    Fd,
    /// Behind `FD FD`: the second level of it.
    FdFd,
    /// Behind `EF`: reserved.
    Ef,
}

impl VifRow {
    /// The power of ten that a value with this code counts of the unit.
    #[must_use]
    #[inline]
    pub const fn exponent_of(&self, code: u8) -> i8 {
        let steps = (code & 0x7F).wrapping_sub(self.first) as i8;
        self.exponent.wrapping_add(steps.wrapping_mul(self.step))
    }
}

/// The row of a code; its extension bit does not count. Every code of every table has one.
#[must_use]
#[inline]
pub fn lookup_vif(table: VifTable, code: u8) -> &'static VifRow {
    match table {
        VifTable::Primary => at(PRIMARY, &PRIMARY_PLACES, code),
        VifTable::Fb => at(FB, &FB_PLACES, code),
        VifTable::Fd => at(FD, &FD_PLACES, code),
        VifTable::FdFd => at(FD_FD, &FD_FD_PLACES, code),
        VifTable::Ef => &RESERVED,
    }
}

/// The row of each code of the primary table.
#[expect(clippy::indexing_slicing, reason = "runs only in the compiler, where it is proven")]
pub(crate) const fn primary_rows() -> [&'static VifRow; 128] {
    let mut rows: [&VifRow; 128] = [&RESERVED; 128];
    let mut code = 0;
    while code < 128 {
        rows[code] = &PRIMARY[PRIMARY_PLACES[code] as usize];
        code += 1;
    }
    rows
}

fn at(rows: &'static [VifRow], places: &[u8; 128], code: u8) -> &'static VifRow {
    let [place, ..] = places.get(usize::from(code & 0x7F)..).unwrap_or_default() else {
        return &RESERVED;
    };
    rows.get(usize::from(*place)).unwrap_or(&RESERVED)
}

/// All rows of a table, in the order of their codes.
#[must_use]
pub const fn vif_rows(table: VifTable) -> &'static [VifRow] {
    match table {
        VifTable::Primary => PRIMARY,
        VifTable::Fb => FB,
        VifTable::Fd => FD,
        VifTable::FdFd => FD_FD,
        VifTable::Ef => EF,
    }
}

/// A code for a quantity in a unit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FoundVif {
    /// Where the code stands.
    pub table: VifTable,
    /// The code.
    pub code: u8,
    /// The power of ten that it counts of its row's unit.
    pub exponent: i16,
    /// The power of ten of that unit that the asked one is.
    pub prefix: i16,
}

/// The code that says `quantity` in `unit`, with the power of ten `exponent` or the nearest finer one;
/// `None` where there is none. The unit may be a power of ten of the row's.
#[must_use]
pub fn find_vif(quantity: &str, unit: Option<Unit>, exponent: i16) -> Option<FoundVif> {
    const TABLES: [VifTable; 4] = [VifTable::Primary, VifTable::Fd, VifTable::Fb, VifTable::FdFd];
    let mut best: Option<FoundVif> = None;
    for table in TABLES {
        for row in vif_rows(table).iter().filter(|row| row.quantity == quantity) {
            let Some(prefix) = unit_power(unit, row.unit) else { continue };
            let wanted = exponent.saturating_add(prefix);
            for code in row.first..=row.last {
                let exponent = i16::from(row.exponent_of(code));
                let nearer = best.is_none_or(|best| exponent > best.exponent);
                if exponent <= wanted && nearer {
                    best = Some(FoundVif { table, code, exponent, prefix });
                }
            }
        }
    }
    best
}

/// The power of ten of `unit` that the asked one is; `None` where it is no power of it.
pub(crate) fn unit_power(asked: Option<Unit>, unit: Option<Unit>) -> Option<i16> {
    match (asked, unit) {
        (None, None) => Some(0),
        (Some(asked), Some(unit)) if asked == unit => Some(0),
        (Some(asked), Some(unit)) => {
            let one = asked.convert(Decimal::new(1, 0), unit).ok()?.normalized();
            (one.mantissa() == 1).then(|| one.exponent())
        }
        _ => None,
    }
}

/// Codes that count a unit, in powers of ten that grow with the code.
const fn scale(
    first: u8,
    last: u8,
    name: &'static str,
    quantity: &'static str,
    unit: Unit,
    exponent: i8,
) -> VifRow {
    VifRow { first, last, name, quantity, unit: Some(unit), exponent, step: 1, coding: Number }
}

/// A code without a unit.
const fn plain(code: u8, name: &'static str, quantity: &'static str, coding: Coding) -> VifRow {
    VifRow { first: code, last: code, name, quantity, unit: None, exponent: 0, step: 0, coding }
}

const fn reserved(first: u8, last: u8) -> VifRow {
    VifRow { last, ..plain(first, "reserved", "reserved", Number) }
}

static RESERVED: VifRow = reserved(0x00, 0x7F);

use Coding::{Address, Bits, Digits, Manufacturer, Moment, Number, Octets, Unsigned};

/// VIF `00`–`7F`.
#[rustfmt::skip]
static PRIMARY: &[VifRow] = &[
    scale(0x00, 0x07, "energy",                   "energy",                 Unit::WATT_HOUR,              -3),
    scale(0x08, 0x0F, "energy",                   "energy",                 Unit::JOULE,                   0),
    scale(0x10, 0x17, "volume",                   "volume",                 Unit::CUBIC_METRE,            -6),
    scale(0x18, 0x1F, "mass",                     "mass",                   Unit::KILOGRAM,               -3),
    scale(0x20, 0x20, "on time",                  "time.on",                Unit::SECOND,                  0),
    scale(0x21, 0x21, "on time",                  "time.on",                Unit::MINUTE,                  0),
    scale(0x22, 0x22, "on time",                  "time.on",                Unit::HOUR,                    0),
    scale(0x23, 0x23, "on time",                  "time.on",                Unit::DAY,                     0),
    scale(0x24, 0x24, "operating time",           "time.operating",         Unit::SECOND,                  0),
    scale(0x25, 0x25, "operating time",           "time.operating",         Unit::MINUTE,                  0),
    scale(0x26, 0x26, "operating time",           "time.operating",         Unit::HOUR,                    0),
    scale(0x27, 0x27, "operating time",           "time.operating",         Unit::DAY,                     0),
    scale(0x28, 0x2F, "power",                    "power",                  Unit::WATT,                   -3),
    scale(0x30, 0x37, "power",                    "power",                  Unit::JOULE_PER_HOUR,          0),
    scale(0x38, 0x3F, "volume flow",              "flow.volume",            Unit::CUBIC_METRE_PER_HOUR,   -6),
    scale(0x40, 0x47, "volume flow",              "flow.volume",            Unit::CUBIC_METRE_PER_MINUTE, -7),
    scale(0x48, 0x4F, "volume flow",              "flow.volume",            Unit::CUBIC_METRE_PER_SECOND, -9),
    scale(0x50, 0x57, "mass flow",                "flow.mass",              Unit::KILOGRAM_PER_HOUR,      -3),
    scale(0x58, 0x5B, "flow temperature",         "temperature.flow",       Unit::DEGREE_CELSIUS,         -3),
    scale(0x5C, 0x5F, "return temperature",       "temperature.return",     Unit::DEGREE_CELSIUS,         -3),
    scale(0x60, 0x63, "temperature difference",   "temperature.difference", Unit::KELVIN,                 -3),
    scale(0x64, 0x67, "external temperature",     "temperature.external",   Unit::DEGREE_CELSIUS,         -3),
    scale(0x68, 0x6B, "pressure",                 "pressure",               Unit::BAR,                    -3),
    plain(0x6C,       "date",                     "date",                   Moment),
    plain(0x6D,       "date and time",            "clock",                  Moment),
    scale(0x6E, 0x6E, "heat cost allocator units", "heat-cost",             Unit::HEAT_COST_UNIT,          0),
    plain(0x6F,       "third extension table follows", "reserved",          Number),
    scale(0x70, 0x70, "averaging duration",       "time.averaging",         Unit::SECOND,                  0),
    scale(0x71, 0x71, "averaging duration",       "time.averaging",         Unit::MINUTE,                  0),
    scale(0x72, 0x72, "averaging duration",       "time.averaging",         Unit::HOUR,                    0),
    scale(0x73, 0x73, "averaging duration",       "time.averaging",         Unit::DAY,                     0),
    scale(0x74, 0x74, "actuality duration",       "time.actuality",         Unit::SECOND,                  0),
    scale(0x75, 0x75, "actuality duration",       "time.actuality",         Unit::MINUTE,                  0),
    scale(0x76, 0x76, "actuality duration",       "time.actuality",         Unit::HOUR,                    0),
    scale(0x77, 0x77, "actuality duration",       "time.actuality",         Unit::DAY,                     0),
    plain(0x78,       "fabrication number",       "fabrication.number",     Digits),
    plain(0x79,       "enhanced identification",  "meter.id",               Address),
    plain(0x7A,       "bus address",              "bus.address",            Address),
    // observed: PolluTherm sends a lone 7B.
    plain(0x7B,       "first extension table follows", "reserved",          Number),
    plain(0x7C,       "plain-text unit",          "plain-text",             Number),
    plain(0x7D,       "main extension table follows", "reserved",           Number),
    plain(0x7E,       "any VIF",                  "any",                    Number),
    plain(0x7F,       "manufacturer specific",    "manufacturer.data",      Number),
];

/// Behind `FD`.
#[rustfmt::skip]
static FD: &[VifRow] = &[
    scale(0x00, 0x03, "credit",                              "credit",                      Unit::CURRENCY,         -3),
    scale(0x04, 0x07, "debit",                               "debit",                       Unit::CURRENCY,         -3),
    plain(0x08,       "access number / unique message id",   "access.number",               Unsigned),
    plain(0x09,       "device type",                         "device.type",                 Unsigned),
    plain(0x0A,       "manufacturer",                        "manufacturer",                Manufacturer),
    plain(0x0B,       "parameter set id",                    "parameter-set",               Unsigned),
    plain(0x0C,       "model / version",                     "model",                       Unsigned),
    plain(0x0D,       "hardware version",                    "hardware.version",            Unsigned),
    plain(0x0E,       "metrology firmware version",          "firmware.version",            Unsigned),
    plain(0x0F,       "other software version",              "software.version",            Unsigned),
    plain(0x10,       "customer location",                   "customer.location",           Unsigned),
    plain(0x11,       "customer",                            "customer.number",             Unsigned),
    plain(0x12,       "access code user",                    "access-code.user",            Unsigned),
    plain(0x13,       "access code operator",                "access-code.operator",        Unsigned),
    plain(0x14,       "access code system operator",         "access-code.system-operator", Unsigned),
    plain(0x15,       "access code developer",               "access-code.developer",       Unsigned),
    plain(0x16,       "password",                            "password",                    Unsigned),
    plain(0x17,       "error flags",                         "error.flags",                 Bits),
    plain(0x18,       "error mask",                          "error.mask",                  Bits),
    plain(0x19,       "security key",                        "security.key",                Octets),
    plain(0x1A,       "digital output",                      "output.digital",              Bits),
    plain(0x1B,       "digital input",                       "input.digital",               Bits),
    scale(0x1C, 0x1C, "baud rate",                           "baud-rate",                   Unit::BAUD,              0),
    scale(0x1D, 0x1D, "response delay",                      "response-delay",              Unit::BIT_TIME,          0),
    plain(0x1E,       "retry",                               "retry",                       Unsigned),
    plain(0x1F,       "remote control",                      "remote-control",              Unsigned),
    plain(0x20,       "first storage number of cyclic storage", "storage.first",            Unsigned),
    plain(0x21,       "last storage number of cyclic storage", "storage.last",              Unsigned),
    plain(0x22,       "size of storage block",               "storage.block-size",          Unsigned),
    plain(0x23,       "descriptor for tariff and subunit",   "tariff.descriptor",           Unsigned),
    scale(0x24, 0x24, "storage interval",                    "time.storage-interval",       Unit::SECOND,            0),
    scale(0x25, 0x25, "storage interval",                    "time.storage-interval",       Unit::MINUTE,            0),
    scale(0x26, 0x26, "storage interval",                    "time.storage-interval",       Unit::HOUR,              0),
    scale(0x27, 0x27, "storage interval",                    "time.storage-interval",       Unit::DAY,               0),
    scale(0x28, 0x28, "storage interval",                    "time.storage-interval",       Unit::MONTH,             0),
    scale(0x29, 0x29, "storage interval",                    "time.storage-interval",       Unit::YEAR,              0),
    plain(0x2A,       "operator specific data",              "operator.data",               Octets),
    scale(0x2B, 0x2B, "time point second",                   "time.point",                  Unit::SECOND,            0),
    scale(0x2C, 0x2C, "duration since last readout",         "time.since-readout",          Unit::SECOND,            0),
    scale(0x2D, 0x2D, "duration since last readout",         "time.since-readout",          Unit::MINUTE,            0),
    scale(0x2E, 0x2E, "duration since last readout",         "time.since-readout",          Unit::HOUR,              0),
    scale(0x2F, 0x2F, "duration since last readout",         "time.since-readout",          Unit::DAY,               0),
    plain(0x30,       "start of tariff",                     "tariff.start",                Moment),
    scale(0x31, 0x31, "duration of tariff",                  "tariff.duration",             Unit::MINUTE,            0),
    scale(0x32, 0x32, "duration of tariff",                  "tariff.duration",             Unit::HOUR,              0),
    scale(0x33, 0x33, "duration of tariff",                  "tariff.duration",             Unit::DAY,               0),
    scale(0x34, 0x34, "period of tariff",                    "tariff.period",               Unit::SECOND,            0),
    scale(0x35, 0x35, "period of tariff",                    "tariff.period",               Unit::MINUTE,            0),
    scale(0x36, 0x36, "period of tariff",                    "tariff.period",               Unit::HOUR,              0),
    scale(0x37, 0x37, "period of tariff",                    "tariff.period",               Unit::DAY,               0),
    scale(0x38, 0x38, "period of tariff",                    "tariff.period",               Unit::MONTH,             0),
    scale(0x39, 0x39, "period of tariff",                    "tariff.period",               Unit::YEAR,              0),
    plain(0x3A,       "dimensionless",                       "dimensionless",               Number),
    plain(0x3B,       "data container for wireless M-Bus protocol", "container.wireless",   Octets),
    scale(0x3C, 0x3C, "period of nominal data transmissions", "time.transmission-period",   Unit::SECOND,            0),
    scale(0x3D, 0x3D, "period of nominal data transmissions", "time.transmission-period",   Unit::MINUTE,            0),
    scale(0x3E, 0x3E, "period of nominal data transmissions", "time.transmission-period",   Unit::HOUR,              0),
    scale(0x3F, 0x3F, "period of nominal data transmissions", "time.transmission-period",   Unit::DAY,               0),
    scale(0x40, 0x4F, "voltage",                             "voltage",                     Unit::VOLT,             -9),
    scale(0x50, 0x5F, "current",                             "current",                     Unit::AMPERE,          -12),
    plain(0x60,       "reset counter",                       "reset.counter",               Unsigned),
    plain(0x61,       "cumulation counter",                  "cumulation.counter",          Unsigned),
    plain(0x62,       "control signal",                      "control.signal",              Unsigned),
    plain(0x63,       "day of week (1 = Monday)",            "weekday",                     Unsigned),
    plain(0x64,       "week number",                         "week.number",                 Unsigned),
    plain(0x65,       "time point of day change",            "day-change",                  Unsigned),
    plain(0x66,       "state of parameter activation",       "parameter.activation",        Unsigned),
    plain(0x67,       "special supplier information",        "supplier.information",        Unsigned),
    scale(0x68, 0x68, "duration since last cumulation",      "time.since-cumulation",       Unit::HOUR,              0),
    scale(0x69, 0x69, "duration since last cumulation",      "time.since-cumulation",       Unit::DAY,               0),
    scale(0x6A, 0x6A, "duration since last cumulation",      "time.since-cumulation",       Unit::MONTH,             0),
    scale(0x6B, 0x6B, "duration since last cumulation",      "time.since-cumulation",       Unit::YEAR,              0),
    scale(0x6C, 0x6C, "operating time battery",              "battery.time.operating",      Unit::HOUR,              0),
    scale(0x6D, 0x6D, "operating time battery",              "battery.time.operating",      Unit::DAY,               0),
    scale(0x6E, 0x6E, "operating time battery",              "battery.time.operating",      Unit::MONTH,             0),
    scale(0x6F, 0x6F, "operating time battery",              "battery.time.operating",      Unit::YEAR,              0),
    plain(0x70,       "date and time of battery change",     "battery.change",              Moment),
    VifRow { coding: Coding::Level, ..scale(0x71, 0x71, "RF level",                            "signal.strength",             Unit::DECIBEL_MILLIWATT, 0) },
    plain(0x72,       "daylight saving",                     "daylight-saving",             Octets),
    plain(0x73,       "listening window management",         "listening-window",            Octets),
    scale(0x74, 0x74, "remaining battery life",              "battery.time.remaining",      Unit::DAY,               0),
    plain(0x75,       "number of times the meter was stopped", "stop.counter",              Unsigned),
    plain(0x76,       "data container for manufacturer-specific protocol", "container.manufacturer", Octets),
    reserved(0x77, 0x7C),
    plain(0x7D,       "second-level FD table follows",       "reserved",                    Number),
    reserved(0x7E, 0x7F),
];

/// Behind `FD FD`.
#[rustfmt::skip]
static FD_FD: &[VifRow] = &[
    plain(0x00,       "currently selected application", "application.selected",   Unsigned),
    reserved(0x01, 0x01),
    scale(0x02, 0x02, "remaining battery life",         "battery.time.remaining", Unit::MONTH,   0),
    scale(0x03, 0x03, "remaining battery life",         "battery.time.remaining", Unit::YEAR,    0),
    reserved(0x04, 0x3D),
    // observed: m-bus-parser.
    scale(0x3E, 0x3E, "moisture level",                 "moisture",               Unit::PERCENT, 0),
    reserved(0x3F, 0x7F),
];

/// Behind `FB`.
#[rustfmt::skip]
static FB: &[VifRow] = &[
    scale(0x00, 0x01, "energy",                   "energy",                     Unit::WATT_HOUR,            5),
    scale(0x02, 0x03, "reactive energy",          "energy.reactive",            Unit::VAR_HOUR,             3),
    scale(0x04, 0x05, "apparent energy",          "energy.apparent",            Unit::VOLT_AMPERE_HOUR,     3),
    VifRow { exponent: -1, ..plain(0x06, "coefficient of performance", "coefficient-of-performance", Number) },
    reserved(0x07, 0x07),
    scale(0x08, 0x09, "energy",                   "energy",                     Unit::JOULE,                8),
    reserved(0x0A, 0x0B),
    scale(0x0C, 0x0F, "energy",                   "energy",                     Unit::CALORIE,              5),
    scale(0x10, 0x11, "volume",                   "volume",                     Unit::CUBIC_METRE,          2),
    reserved(0x12, 0x13),
    scale(0x14, 0x17, "reactive power",           "power.reactive",             Unit::VAR,                  0),
    scale(0x18, 0x19, "mass",                     "mass",                       Unit::TONNE,                2),
    scale(0x1A, 0x1B, "relative humidity",        "humidity",                   Unit::PERCENT,             -1),
    reserved(0x1C, 0x1F),
    scale(0x20, 0x20, "volume",                   "volume",                     Unit::CUBIC_FOOT,           0),
    scale(0x21, 0x21, "volume",                   "volume",                     Unit::CUBIC_FOOT,          -1),
    scale(0x22, 0x23, "volume",                   "volume",                     Unit::GALLON_US,           -1),
    scale(0x24, 0x24, "volume flow",              "flow.volume",                Unit::GALLON_US_PER_MINUTE, -3),
    scale(0x25, 0x25, "volume flow",              "flow.volume",                Unit::GALLON_US_PER_MINUTE, 0),
    scale(0x26, 0x26, "volume flow",              "flow.volume",                Unit::GALLON_US_PER_HOUR,   0),
    reserved(0x27, 0x27),
    scale(0x28, 0x29, "power",                    "power",                      Unit::WATT,                 5),
    scale(0x2A, 0x2A, "phase volt to volt",       "angle.voltage",              Unit::DEGREE,              -1),
    scale(0x2B, 0x2B, "phase volt to current",    "angle.current",              Unit::DEGREE,              -1),
    scale(0x2C, 0x2F, "frequency",                "frequency",                  Unit::HERTZ,               -3),
    scale(0x30, 0x31, "power",                    "power",                      Unit::JOULE_PER_HOUR,       8),
    reserved(0x32, 0x33),
    scale(0x34, 0x37, "apparent power",           "power.apparent",             Unit::VOLT_AMPERE,          0),
    reserved(0x38, 0x57),
    scale(0x58, 0x5B, "flow temperature",         "temperature.flow",           Unit::DEGREE_FAHRENHEIT,   -3),
    scale(0x5C, 0x5F, "return temperature",       "temperature.return",         Unit::DEGREE_FAHRENHEIT,   -3),
    scale(0x60, 0x63, "temperature difference",   "temperature.difference",     Unit::DEGREE_FAHRENHEIT,   -3),
    scale(0x64, 0x67, "external temperature",     "temperature.external",       Unit::DEGREE_FAHRENHEIT,   -3),
    // Binary fixed point by the newer text; its places are not known here.
    plain(0x68, "resulting rating factor K",                       "heat-cost.factor.k",   Octets),
    plain(0x69, "thermal output rating factor Kq",                 "heat-cost.factor.kq",  Octets),
    plain(0x6A, "thermal coupling rating factor overall Kc",       "heat-cost.factor.kc",  Octets),
    plain(0x6B, "thermal coupling rating factor room side Kcr",    "heat-cost.factor.kcr", Octets),
    plain(0x6C, "thermal coupling rating factor heater side Kch",  "heat-cost.factor.kch", Octets),
    plain(0x6D, "low temperature rating factor Kt",                "heat-cost.factor.kt",  Octets),
    plain(0x6E, "display output scaling factor KD",                "heat-cost.factor.kd",  Octets),
    reserved(0x6F, 0x6F),
    scale(0x70, 0x73, "cold/warm temperature limit", "temperature.limit",       Unit::DEGREE_FAHRENHEIT,   -3),
    scale(0x74, 0x77, "cold/warm temperature limit", "temperature.limit",       Unit::DEGREE_CELSIUS,      -3),
    scale(0x78, 0x7F, "cumulative maximum of active power", "power.maximum.cumulative", Unit::WATT,       -3),
];

/// Behind `EF`.
static EF: &[VifRow] = &[reserved(0x00, 0x7F)];

static PRIMARY_PLACES: [u8; 128] = places(PRIMARY);
static FD_PLACES: [u8; 128] = places(FD);
static FD_FD_PLACES: [u8; 128] = places(FD_FD);
static FB_PLACES: [u8; 128] = places(FB);

/// The place in `rows` of each code; a code without a row stops the compiler.
#[expect(clippy::indexing_slicing, reason = "runs only in the compiler, where it is proven")]
const fn places(rows: &[VifRow]) -> [u8; 128] {
    let mut places = [0; 128];
    let (mut code, mut row) = (0, 0);
    while code < 128 {
        if code > rows[row].last {
            row += 1;
        }
        assert!(rows[row].first <= code && code <= rows[row].last);
        places[code as usize] = row as u8;
        code += 1;
    }
    places
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::string::{String, ToString};
    use std::vec::Vec;
    use std::{eprintln, format, fs};

    use gurux_value::{Quantity, Unit};

    use super::{Coding, VifTable, find_vif, lookup_vif, vif_rows};
    use crate::table::{Effect, lookup_combinable, lookup_combinable_extension};

    const TABLES: [VifTable; 5] =
        [VifTable::Primary, VifTable::Fb, VifTable::Fd, VifTable::FdFd, VifTable::Ef];

    #[test]
    fn rows_follow_one_another_and_cover_all() {
        for table in TABLES {
            let mut next = 0;
            for row in vif_rows(table) {
                assert_eq!(row.first, next, "{table:?} {}", row.name);
                assert!(row.first <= row.last);
                next = row.last + 1;
            }
            assert_eq!(next, 0x80, "{table:?}");
        }
    }

    #[test]
    fn every_code_has_its_row_and_known_words() {
        for table in TABLES {
            for code in 0..=u8::MAX {
                let row = lookup_vif(table, code);
                assert!((row.first..=row.last).contains(&(code & 0x7F)), "{table:?} {code:02X}");
                let quantity = Quantity::new(row.quantity);
                let known = quantity.lookup().unwrap_or_else(|| panic!("{quantity}"));
                if let (Some(unit), Some(report)) = (row.unit, known.unit) {
                    let calendar = unit == Unit::MONTH || unit == Unit::YEAR;
                    assert!(calendar || unit.dimension() == report.dimension(), "{}", row.name);
                }
            }
        }
    }

    #[test]
    fn a_quantity_finds_its_code() {
        let found = |quantity, unit: &str, exponent| {
            let unit = (!unit.is_empty()).then(|| unit.parse().unwrap());
            find_vif(quantity, unit, exponent).map(|vif| (vif.table, vif.code, vif.exponent))
        };
        assert_eq!(found("volume", "m³", -3), Some((VifTable::Primary, 0x13, -3)));
        assert_eq!(found("volume", "m³", 3), Some((VifTable::Fb, 0x11, 3)));
        assert_eq!(found("energy", "MWh", 0), Some((VifTable::Fb, 0x01, 6)));
        assert_eq!(found("voltage", "V", -1), Some((VifTable::Fd, 0x48, -1)));
        assert_eq!(found("voltage", "mV", 2), Some((VifTable::Fd, 0x48, -1)));
        assert_eq!(found("volume", "l", 0), Some((VifTable::Primary, 0x13, -3)));
        assert_eq!(found("error.flags", "", 0), Some((VifTable::Fd, 0x17, 0)));
        assert_eq!(found("energy", "m³", 0), None);
        assert_eq!(found("mass", "kg", -4), None);
    }

    /// The reference writes units as people without a Greek keyboard do.
    fn same_unit(reference: &str, unit: Option<Unit>) -> bool {
        let shown = unit.map(|unit| unit.to_string()).unwrap_or_default();
        let reference = match reference {
            "month" => "mo",
            "year" => "a",
            other => other,
        };
        if reference.is_empty() { shown.is_empty() } else { reference.parse() == Ok(unit.unwrap()) }
    }

    /// A row of the reference: table, code, quantity, unit, exponent, data type.
    struct Reference {
        table: String,
        code: u8,
        name: String,
        unit: String,
        exponent: i8,
        data_type: String,
    }

    /// The fields of a line of comma-separated values.
    fn fields(line: &str) -> Vec<String> {
        let (mut fields, mut field, mut quoted) = (Vec::new(), String::new(), false);
        for c in line.chars() {
            match c {
                '"' => quoted = !quoted,
                ',' if !quoted => fields.push(core::mem::take(&mut field)),
                c => field.push(c),
            }
        }
        fields.push(field);
        fields
    }

    fn reference() -> Option<Vec<Reference>> {
        let here = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/reference/mbus/vif.csv");
        let text = fs::read_to_string(here).ok()?;
        let rows = text.lines().skip(1).map(|line| {
            let mut fields = fields(line).into_iter();
            let mut next = || fields.next().unwrap();
            Reference {
                table: next(),
                code: u8::from_str_radix(&next(), 16).unwrap(),
                name: next(),
                unit: next(),
                exponent: next().parse().unwrap(),
                data_type: next(),
            }
        });
        Some(rows.collect())
    }

    /// Each row of a table that somebody else collected from the standard's texts and from other
    /// implementations, where it is kept beside the checkout.
    #[test]
    fn every_row_agrees_with_the_reference() {
        let Some(rows) = reference() else {
            eprintln!("ignored: the reference table is not beside the checkout");
            return;
        };
        let mut seen = BTreeMap::new();
        for row in &rows {
            *seen.entry(row.table.as_str()).or_insert(0) += 1;
            let place = format!("{} {:02X} {}", row.table, row.code, row.name);
            let table = match row.table.as_str() {
                "primary" => VifTable::Primary,
                "FB" => VifTable::Fb,
                "FD" => VifTable::Fd,
                "FD FD" => VifTable::FdFd,
                "combinable" => {
                    let known = lookup_combinable(row.code);
                    assert_eq!((known.name, known.unit), (&*row.name, &*row.unit), "{place}");
                    match known.effect {
                        Effect::Scale(power) => assert_eq!(power, row.exponent, "{place}"),
                        Effect::Add(thousandths) => {
                            let power = thousandths.ilog10() as i8 - 3;
                            assert_eq!(power, row.exponent, "{place}");
                        }
                        Effect::Duration(_, unit) => assert!(same_unit(&row.unit, Some(unit))),
                        _ => assert_eq!(row.exponent, 0, "{place}"),
                    }
                    let is_date = matches!(known.effect, Effect::Moment(_));
                    assert_eq!(is_date, row.data_type.contains("G or F"), "{place}");
                    continue;
                }
                "combinable FC" => {
                    let known = lookup_combinable_extension(row.code);
                    assert_eq!((known.name, known.unit), (&*row.name, &*row.unit), "{place}");
                    continue;
                }
                other => panic!("no such table: {other}"),
            };
            let known = lookup_vif(table, row.code);
            assert_eq!(known.name, row.name, "{place}");
            assert_eq!(known.exponent_of(row.code), row.exponent, "{place}");
            assert!(same_unit(&row.unit, known.unit), "{place}: {:?}", known.unit);
            let is_date = known.coding == Coding::Moment;
            let says_date =
                ["G", "F (", "G or F"].iter().any(|name| row.data_type.starts_with(name));
            assert_eq!(is_date, says_date, "{place}");
            assert_eq!(known.coding == Coding::Bits, row.code != 0 && is_bits(&place), "{place}");
        }
        assert_eq!(seen.get("primary"), Some(&128));
        assert_eq!((seen.get("FB"), seen.get("FD")), (Some(&128), Some(&128)));
        assert_eq!(seen.get("combinable"), Some(&128));
    }

    /// What the reference's notes mark as type D.
    fn is_bits(place: &str) -> bool {
        ["FD 17", "FD 18", "FD 1A", "FD 1B"].iter().any(|code| place.starts_with(code))
    }
}
