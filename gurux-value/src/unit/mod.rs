//! Units of measurement: what a meter says it counts in, and exact conversion between them.
//!
//! The table of units is [`table`]; a [`Unit`] is one of its rows and a decimal prefix.

mod dimension;
mod table;

use core::fmt;
use core::str::FromStr;

pub use dimension::Dimension;

use crate::decimal::Decimal;
use crate::error::{ConvertError, ParseError};
use crate::line::Line;
use table::{Row, UNITS};

/// A unit of measurement, two octets small: a row of one table and a decimal prefix.
///
/// `kWh` is the row of the watt-hour with the prefix 10^3. The row knows its symbol, what it
/// measures, its code in the DLMS list of units and its exact ratio to the coherent unit of the
/// SI. There is a constant for each row and for prefixed units of every day.
///
/// ```
/// use gurux_value::{Decimal, Unit};
///
/// let unit: Unit = "kvarh".parse()?;
/// assert_eq!(unit, Unit::KILOVAR_HOUR);
/// assert_eq!(Unit::from_dlms(13), "m3".parse().ok());
/// assert_eq!("m3/h".parse::<Unit>()?.to_string(), "m³/h");
///
/// let read = Decimal::new(12_345, 0);
/// assert_eq!(Unit::WATT_HOUR.convert(read, Unit::KILOWATT_HOUR)?.to_string(), "12.345");
/// assert!(Unit::VOLT.convert(read, Unit::AMPERE).is_err());
/// # Ok::<(), gurux_value::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unit {
    /// Index into [`UNITS`]; only this module makes one, always of a row that is there.
    row: u8,
    /// The power of ten of the prefix; one of [`PREFIXES`].
    prefix: i8,
}

/// The prefixes of the SI that meters use, with the power of ten of each.
#[rustfmt::skip]
pub(crate) static PREFIXES: [(&str, i8); 14] = [
    ("",    0),
    ("da",  1), ("h",  2), ("k",  3), ("M",  6), ("G",  9), ("T",  12), ("P", 15),
    ("d",  -1), ("c", -2), ("m", -3), ("µ", -6), ("n", -9), ("p", -12),
];

impl Unit {
    /// The row at this place of the table, without prefix.
    const fn of_row(row: u8) -> Self {
        Self { row, prefix: 0 }
    }

    const fn prefixed(self, prefix: i8) -> Self {
        Self { prefix, ..self }
    }

    /// The unit with this code in the list of physical units of DLMS/COSEM (IEC 62056-6-2, class
    /// Register, attribute scaler_unit), or `None` for a code without a unit of its own.
    ///
    /// Codes 13 and 14 are both the cubic metre: that a volume was corrected is said by its OBIS
    /// code, not by what it is counted in. The same holds for the flows 15 to 18.
    #[must_use]
    pub fn from_dlms(code: u8) -> Option<Self> {
        let unit = table::BY_DLMS.get(usize::from(code)).copied().flatten();
        unit.map(|(row, prefix)| Self { row, prefix })
    }

    /// The code of this unit in the DLMS list, if it is there with this very prefix: the list has
    /// the watt-hour (30) and not the kilowatt-hour, the kilogram (20) and not the gram.
    #[must_use]
    pub fn dlms_code(self) -> Option<u8> {
        let row = self.row();
        row.dlms.first().copied().filter(|_| self.prefix == row.dlms_prefix)
    }

    /// This unit with the prefix of the given power of ten in place of its own, or `None` where
    /// no such prefix exists or the unit takes none (the hour: no `kh`).
    #[must_use]
    pub fn with_prefix(self, power: i8) -> Option<Self> {
        let known = PREFIXES.iter().any(|(_, known)| *known == power);
        (known && (power == 0 || self.row().takes_prefix)).then(|| self.prefixed(power))
    }

    /// The power of ten of the prefix: 3 for `kWh`, 0 for `Wh`.
    #[must_use]
    pub const fn prefix(self) -> i8 {
        self.prefix
    }

    /// The unit without its prefix: `Wh` for `kWh`.
    #[must_use]
    pub const fn without_prefix(self) -> Self {
        Self::of_row(self.row)
    }

    /// The name of the unit without prefix, in English: `watt-hour`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The symbol without prefix: `Wh`. [`Display`](fmt::Display) prints the whole.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        self.row().symbol
    }

    /// What it measures.
    #[must_use]
    pub fn dimension(self) -> Dimension {
        self.row().dimension
    }

    /// A value in this unit, in another unit of the same dimension. Exact, or refused.
    ///
    /// The digits stay as far as they can: `12345` Wh are `12.345` kWh. A temperature is converted
    /// as a point on its scale; a difference of temperatures is the same number in K and in °C and
    /// needs no conversion.
    ///
    /// # Errors
    /// [`ConvertError::Unlike`] when the units measure different things,
    /// [`ConvertError::NotFinite`] when the result has no end as a decimal and
    /// [`ConvertError::Overflow`] when its digits do not fit.
    pub fn convert(self, value: Decimal, to: Self) -> Result<Decimal, ConvertError> {
        let (numerator, denominator) = self.ratio(value, to)?;
        numerator.checked_div(denominator).ok_or(ConvertError::NotFinite { from: self, to })
    }

    /// A value in this unit, in another unit of the same dimension, rounded to the given power of
    /// ten (-3 for three places), a half away from nought.
    ///
    /// # Errors
    /// [`ConvertError::Unlike`] when the units measure different things and
    /// [`ConvertError::Overflow`] when the digits do not fit.
    pub fn convert_rounded(
        self,
        value: Decimal,
        to: Self,
        exponent: i16,
    ) -> Result<Decimal, ConvertError> {
        let (numerator, denominator) = self.ratio(value, to)?;
        let rounded = numerator.div_round(denominator, exponent);
        rounded.ok_or(ConvertError::Overflow { from: self, to })
    }

    /// The converted value as a fraction of two decimals, so that only one division can lose.
    fn ratio(self, value: Decimal, to: Self) -> Result<(Decimal, Decimal), ConvertError> {
        if self.dimension() != to.dimension() {
            return Err(ConvertError::Unlike { from: self, to });
        }
        let ratio = if self.row == to.row {
            let shift = i16::from(self.prefix).saturating_sub(i16::from(to.prefix));
            value.scaled(shift).map(|value| (value, Decimal::ONE))
        } else {
            self.ratio_of_rows(value, to)
        };
        ratio.ok_or(ConvertError::Overflow { from: self, to })
    }

    fn ratio_of_rows(self, value: Decimal, to: Self) -> Option<(Decimal, Decimal)> {
        let (mine, its) = (self.row(), to.row());
        let denominator = Decimal::from(mine.denominator).checked_mul(its.numerator.into())?;
        let base = mine.multiple(value.scaled(self.prefix.into())?)?;
        let shift = i16::from(mine.exponent).checked_sub(its.exponent.into())?;
        let factor = Decimal::from(mine.numerator).checked_mul(its.denominator.into())?;
        let numerator = its.point(base.checked_mul(factor)?.scaled(shift)?, denominator)?;
        Some((numerator.scaled(i16::from(to.prefix).checked_neg()?)?, denominator))
    }

    fn row(self) -> &'static Row {
        // Every `row` is a place of the table; the first stands in where the compiler cannot see it.
        let [first, ..] = &UNITS;
        UNITS.get(usize::from(self.row)).unwrap_or(first)
    }

    fn print(self) -> Line<24> {
        let mut line = Line::new();
        let prefix = PREFIXES.iter().find(|(_, power)| *power == self.prefix);
        line.push_str(prefix.map_or("", |(prefix, _)| prefix));
        line.push_str(self.symbol());
        line
    }
}

impl fmt::Display for Unit {
    /// Prefix and symbol: `kWh`, `m³`, `°C`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.print().as_str())
    }
}

impl fmt::Debug for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Unit({self})")
    }
}

impl FromStr for Unit {
    type Err = ParseError;

    /// Reads a symbol with or without prefix, in the spellings that meters and their manuals use:
    /// `m³`, `m3`, `m^3`; `µA`, `uA`; `Ω`, `ohm`. Upper and lower case differ (mW is not MW).
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let whole = rows().find(|(_, row)| row.is_spelled(text));
        let found = whole.map(|(index, _)| Self::of_row(index)).or_else(|| {
            PREFIXES.iter().skip(1).find_map(|(prefix, power)| {
                let rest = strip_prefix(text, prefix)?;
                let row = rows().find(|(_, row)| row.takes_prefix && row.is_spelled(rest))?;
                Some(Self::of_row(row.0).prefixed(*power))
            })
        });
        found.ok_or(ParseError { what: "unit", expected: "the symbol of a unit", offset: 0 })
    }
}

/// The rows of the table with their places.
fn rows() -> impl Iterator<Item = (u8, &'static Row)> {
    (0..).zip(UNITS.iter())
}

fn strip_prefix<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    let micro = || ["μ", "u"].iter().find_map(|other| text.strip_prefix(other));
    text.strip_prefix(prefix).or_else(|| if prefix == "µ" { micro() } else { None })
}

#[cfg(test)]
mod tests;
