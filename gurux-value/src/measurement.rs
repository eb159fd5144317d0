//! What every protocol hands up: one quantity, its value and all that the meter said of it.

use core::fmt;
use core::str::FromStr;

use crate::datetime::DateTime;
use crate::error::ParseError;
use crate::obis::Obis;
use crate::quality::Quality;
use crate::quantity::Quantity;
use crate::unit::Unit;
use crate::value::Value;

/// How a value came to be (M-Bus, DIF, function field).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Function {
    /// The value as it is, or was at the stated time.
    #[default]
    Instantaneous,
    /// The least since some time.
    Minimum,
    /// The largest since some time.
    Maximum,
    /// The value while the meter was in an error state.
    ErrorState,
}

impl Function {
    const ALL: [(Self, &'static str); 4] = [
        (Self::Instantaneous, "instantaneous"),
        (Self::Minimum, "minimum"),
        (Self::Maximum, "maximum"),
        (Self::ErrorState, "error-state"),
    ];

    /// The name as serialised: `instantaneous`, `minimum`, `maximum`, `error-state`.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(function, _)| *function == self).map_or("", |(_, name)| name)
    }

    /// The function of this name.
    #[must_use]
    pub fn lookup(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(function, _)| *function)
    }
}

impl FromStr for Function {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let fault = ParseError { what: "function", expected: "the name of a function", offset: 0 };
        Self::lookup(text).ok_or(fault)
    }
}

impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One value of one quantity, as a meter stated it.
///
/// The value is already scaled to the unit. Where the meter marked it as missing or wrong, it is
/// `None` and the quality says why.
///
/// ```
/// use gurux_value::{Decimal, Measurement, Obis, Quantity, Unit};
///
/// let import = Measurement::new(Quantity::ENERGY_ACTIVE_IMPORT_TOTAL)
///     .with_obis(Obis::new([1, 0, 1, 8, 0, 255]))
///     .with_value(Decimal::new(123_450, -3), Unit::KILOWATT_HOUR)
///     .with_tariff(1);
/// assert_eq!(
///     import.to_string(),
///     "energy.active.import.total 1-0:1.8.0*255 = 123.450 kWh (tariff 1)"
/// );
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Measurement<'a> {
    /// What was measured.
    pub quantity: Quantity<'a>,
    /// Its OBIS code, where the meter or its profile has one.
    pub obis: Option<Obis>,
    /// The value in `unit`; `None` where the meter gave none that can be used.
    pub value: Option<Value<'a>>,
    /// What the value counts; `None` for texts, dates, states and bare numbers.
    pub unit: Option<Unit>,
    /// The time that the value belongs to, as far as the meter stated one.
    pub time: Option<DateTime>,
    /// How the value came to be.
    pub function: Function,
    /// Storage number: 0 is the present value, higher ones are historic (M-Bus; billing periods).
    pub storage: u64,
    /// Tariff: 0 is the total.
    pub tariff: u32,
    /// Part of the meter that measured: 0 is the meter itself.
    pub subunit: u32,
    /// How far the value can be trusted.
    pub quality: Quality,
}

impl<'a> Measurement<'a> {
    /// A measurement of this quantity, without a value, all else as it mostly is.
    #[must_use]
    pub const fn new(quantity: Quantity<'a>) -> Self {
        Self {
            quantity,
            obis: None,
            value: None,
            unit: None,
            time: None,
            function: Function::Instantaneous,
            storage: 0,
            tariff: 0,
            subunit: 0,
            quality: Quality::GOOD,
        }
    }

    /// With this OBIS code.
    #[must_use]
    pub fn with_obis(self, obis: Obis) -> Self {
        Self { obis: Some(obis), ..self }
    }

    /// With this value in this unit.
    #[must_use]
    pub fn with_value(self, value: impl Into<Value<'a>>, unit: Unit) -> Self {
        Self { value: Some(value.into()), unit: Some(unit), ..self }
    }

    /// With this value, which counts nothing: a text, a date, a state.
    #[must_use]
    pub fn with_plain_value(self, value: impl Into<Value<'a>>) -> Self {
        Self { value: Some(value.into()), unit: None, ..self }
    }

    /// Without a value, because of this.
    #[must_use]
    pub fn without_value(self, why: Quality) -> Self {
        Self { value: None, quality: self.quality.union(why), ..self }
    }

    /// With the time that the value belongs to.
    #[must_use]
    pub fn with_time(self, time: DateTime) -> Self {
        Self { time: Some(time), ..self }
    }

    /// With the way in which the value came to be.
    #[must_use]
    pub fn with_function(self, function: Function) -> Self {
        Self { function, ..self }
    }

    /// With this storage number.
    #[must_use]
    pub fn with_storage(self, storage: u64) -> Self {
        Self { storage, ..self }
    }

    /// With this tariff.
    #[must_use]
    pub fn with_tariff(self, tariff: u32) -> Self {
        Self { tariff, ..self }
    }

    /// With this subunit.
    #[must_use]
    pub fn with_subunit(self, subunit: u32) -> Self {
        Self { subunit, ..self }
    }

    /// With these remarks on its quality, in place of those it has.
    #[must_use]
    pub fn with_quality(self, quality: Quality) -> Self {
        Self { quality, ..self }
    }

    /// The same, free of the input.
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn into_owned(self) -> Measurement<'static> {
        Measurement {
            quantity: self.quantity.into_owned(),
            value: self.value.map(Value::into_owned),
            obis: self.obis,
            unit: self.unit,
            time: self.time,
            function: self.function,
            storage: self.storage,
            tariff: self.tariff,
            subunit: self.subunit,
            quality: self.quality,
        }
    }
}

impl fmt::Display for Measurement<'_> {
    /// One line: quantity, OBIS code, value, unit and time, then what is not as it mostly is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.quantity)?;
        if let Some(obis) = self.obis {
            write!(f, " {obis}")?;
        }
        match &self.value {
            Some(value) => write!(f, " = {value}")?,
            None => f.write_str(" = none")?,
        }
        if let Some(unit) = self.unit.filter(|unit| *unit != Unit::ONE) {
            write!(f, " {unit}")?;
        }
        if let Some(time) = self.time {
            write!(f, " at {time}")?;
        }
        let mut before = " (";
        let mut remark = |f: &mut fmt::Formatter<'_>, shown: bool, text: fmt::Arguments<'_>| {
            if !shown {
                return Ok(());
            }
            f.write_str(core::mem::replace(&mut before, ", "))?;
            f.write_fmt(text)
        };
        let function = self.function;
        remark(f, function != Function::Instantaneous, format_args!("{function}"))?;
        remark(f, self.storage != 0, format_args!("storage {}", self.storage))?;
        remark(f, self.tariff != 0, format_args!("tariff {}", self.tariff))?;
        remark(f, self.subunit != 0, format_args!("subunit {}", self.subunit))?;
        remark(f, !self.quality.is_good(), format_args!("{}", self.quality))?;
        f.write_str(if before == " (" { "" } else { ")" })
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::{Function, Measurement};
    use crate::decimal::Decimal;
    use crate::quality::Quality;
    use crate::quantity::Quantity;
    use crate::unit::Unit;

    #[test]
    fn a_line_says_all_that_is_not_as_it_mostly_is() {
        let volume = Measurement::new(Quantity::VOLUME)
            .with_value(Decimal::new(12_345, -3), Unit::CUBIC_METRE)
            .with_time("2024-02-11T16:00".parse().unwrap())
            .with_function(Function::Maximum)
            .with_storage(3)
            .with_subunit(1)
            .with_quality(Quality::ESTIMATED);
        assert_eq!(
            volume.to_string(),
            "volume = 12.345 m³ at 2024-02-11T16:00 (maximum, storage 3, subunit 1, estimated)"
        );
        #[cfg(feature = "alloc")]
        assert_eq!(volume.clone().into_owned(), volume);
    }

    #[test]
    fn a_missing_value_keeps_its_reason() {
        let missing = Measurement::new(Quantity::new("maker.own"))
            .with_quality(Quality::STALE)
            .without_value(Quality::MISSING);
        assert_eq!(missing.to_string(), "maker.own = none (stale,missing)");
    }
}
