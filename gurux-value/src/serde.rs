//! How values are serialised (feature `serde`).
//!
//! All but [`Value`] and [`Measurement`] are their own text: a [`Decimal`] is `"123.45"`, for many
//! readers of JSON make a float of a number. Where a text is wanted, an integer is read as well.
//!
//! A measurement is a map with the fields of the command line's readings. `value` is text, `null`
//! where there is none. Fields that mostly say nothing new are left out of formats for people:
//!
//! | field | left out |
//! |-------|----------|
//! | `kind` | for a decimal; one of [`Value::kind`] otherwise |
//! | `label` | where a code or flags have none |
//! | `clock` | where nothing is said against the clock and no summer time is stated |
//!
//! `time` is RFC 3339 as far as known, so that `clock` holds the names of the clock status and the
//! weekday, if that is not the one that the date has (one that is has no need to be kept).

use core::fmt;
use core::marker::PhantomData;
use core::str::FromStr;

use serde::de::{Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::datetime::{ClockStatus, DateTime, Day, Month, Weekday};
use crate::decimal::Decimal;
use crate::measurement::{Function, Measurement};
use crate::obis::Obis;
use crate::quality::Quality;
use crate::quantity::Quantity;
use crate::text::{Octets, Text};
use crate::unit::Unit;
use crate::value::Value;

/// Reads a type from its text.
struct FromText<T>(PhantomData<T>, &'static str);

impl<T: FromStr<Err: fmt::Display>> Visitor<'_> for FromText<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.1)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
}

macro_rules! as_text {
    ($($name:ident, $expecting:literal, $format:literal;)*) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(&format_args!($format, self))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(FromText(PhantomData, $expecting))
            }
        }
    )*};
}

as_text! {
    Unit, "the symbol of a unit", "{}";
    Obis, "an OBIS code", "{}";
    DateTime, "a date and time", "{:#}";
    ClockStatus, "the names of a clock status", "{}";
    Quality, "the names of qualities", "{}";
    Function, "the name of a function", "{}";
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_any(DecimalVisitor)
        } else {
            deserializer.deserialize_str(DecimalVisitor)
        }
    }
}

struct DecimalVisitor;

impl Visitor<'_> for DecimalVisitor {
    type Value = Decimal;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a decimal as text, or an integer")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Decimal, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_i64<E: serde::de::Error>(self, integer: i64) -> Result<Decimal, E> {
        Ok(integer.into())
    }

    fn visit_u64<E: serde::de::Error>(self, integer: u64) -> Result<Decimal, E> {
        Ok(integer.into())
    }

    fn visit_i128<E: serde::de::Error>(self, integer: i128) -> Result<Decimal, E> {
        Ok(integer.into())
    }
}

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

impl Serialize for Quantity<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Hex text.
impl Serialize for Octets<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_struct("Value", 3)?;
        map.serialize_field("kind", self.kind())?;
        map.serialize_field("value", &Shown(self))?;
        map.serialize_field("label", &self.label())?;
        map.end()
    }
}

/// The text of a value that reads back: without a label, a date and time with all it holds.
struct Shown<'v, 'a>(&'v Value<'a>);

impl Serialize for Shown<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::DateTime(moment) => moment.serialize(serializer),
            value => serializer.collect_str(&value.without_label()),
        }
    }
}

impl Serialize for Measurement<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let for_people = serializer.is_human_readable();
        let mut map = serializer.serialize_struct("Measurement", 13)?;
        map.serialize_field("quantity", &self.quantity)?;
        map.serialize_field("obis", &self.obis)?;
        map.serialize_field("value", &self.value.as_ref().map(Shown))?;
        map.serialize_field("unit", &self.unit)?;
        map.serialize_field("time", &self.time.as_ref().map(PlainTime))?;
        map.serialize_field("function", &self.function)?;
        map.serialize_field("storage", &self.storage)?;
        map.serialize_field("tariff", &self.tariff)?;
        map.serialize_field("subunit", &self.subunit)?;
        map.serialize_field("quality", &self.quality)?;
        let kind = self.value.as_ref().map(Value::kind).filter(|kind| *kind != "decimal");
        let label = self.value.as_ref().and_then(Value::label);
        let clock = self.time.map(Clock::of).filter(Clock::says_something);
        macro_rules! optional {
            ($name:literal, $field:expr) => {
                if $field.is_some() || !for_people {
                    map.serialize_field($name, &$field)?;
                } else {
                    map.skip_field($name)?;
                }
            };
        }
        optional!("kind", kind);
        optional!("label", label);
        optional!("clock", clock);
        map.end()
    }
}

/// A time without what the field `clock` holds.
struct PlainTime<'t>(&'t DateTime);

impl Serialize for PlainTime<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self.0)
    }
}

/// What RFC 3339 has no place for.
#[derive(Clone, Copy, Default)]
struct Clock {
    weekday: Option<Weekday>,
    status: ClockStatus,
}

impl Clock {
    fn of(time: DateTime) -> Self {
        // Where the date is not whole, the weekday stands in the text.
        let whole = matches!(
            (time.year(), time.month(), time.day()),
            (Some(_), Some(Month::Number(_)), Some(Day::Number(_)))
        );
        let odd = |weekday: &Weekday| whole && Some(*weekday) != time.weekday_of_date();
        Self { weekday: time.weekday().filter(odd), status: time.status() }
    }

    fn says_something(&self) -> bool {
        self.weekday.is_some() || self.status != ClockStatus::OK
    }
}

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut comma = "";
        let weekday = self.weekday.map(Weekday::short_name);
        weekday.into_iter().chain(self.status.names()).try_for_each(|name| {
            f.write_str(core::mem::replace(&mut comma, ","))?;
            f.write_str(name)
        })
    }
}

impl Serialize for Clock {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What is read is owned, so that it outlives its text, and a type that holds it can be read from
/// anywhere. That needs an allocator.
#[cfg(feature = "alloc")]
mod owning {
    use alloc::string::String;
    use alloc::vec::Vec;
    use core::marker::PhantomData;

    use serde::de::Unexpected;

    use super::{
        Clock, DateTime, Deserialize, Deserializer, FromStr, FromText, Function, Measurement, Obis,
        Octets, Quality, Quantity, Text, Unit, Value, Weekday,
    };
    use crate::error::ParseError;

    impl<'de> Deserialize<'de> for Text<'_> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            String::deserialize(deserializer).map(Text::from)
        }
    }

    impl<'de> Deserialize<'de> for Quantity<'_> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            Text::deserialize(deserializer).map(Quantity::from)
        }
    }

    impl<'de> Deserialize<'de> for Octets<'_> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            octets(&Text::deserialize(deserializer)?)
        }
    }

    fn octets<E: serde::de::Error>(hex: &str) -> Result<Octets<'static>, E> {
        let digit = |octet: u8| char::from(octet).to_digit(16).and_then(|d| u8::try_from(d).ok());
        let (pairs, rest) = hex.as_bytes().as_chunks::<2>();
        let octets: Option<Vec<u8>> =
            pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect();
        let odd = || E::invalid_value(Unexpected::Str(hex), &"pairs of hex digits");
        octets.filter(|_| rest.is_empty()).map(Octets::from).ok_or_else(odd)
    }

    #[derive(serde::Deserialize)]
    #[serde(rename = "Value")]
    struct ValueFields {
        kind: String,
        value: String,
        #[serde(default)]
        label: Option<String>,
    }

    impl<'de> Deserialize<'de> for Value<'_> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let fields = ValueFields::deserialize(deserializer)?;
            value(&fields.kind, fields.value, fields.label)
        }
    }

    /// Reads the text of a value of this kind.
    fn value<E: serde::de::Error>(
        kind: &str,
        text: String,
        label: Option<String>,
    ) -> Result<Value<'static>, E> {
        fn parse<T: FromStr<Err: core::fmt::Display>, E: serde::de::Error>(
            text: &str,
        ) -> Result<T, E> {
            text.parse().map_err(E::custom)
        }
        let label = label.map(Text::from);
        Ok(match kind {
            "decimal" => Value::Decimal(parse(&text)?),
            "float32" => Value::Float32(parse(&text)?),
            "float64" => Value::Float64(parse(&text)?),
            "bool" => Value::Bool(parse(&text)?),
            "code" => Value::Code { number: parse(&text)?, label },
            "flags" => {
                let hex = text.strip_prefix("0x").unwrap_or(&text);
                let bits = u64::from_str_radix(hex, 16).map_err(E::custom)?;
                Value::Flags { bits, label }
            }
            "text" => Value::Text(text.into()),
            "octets" => Value::Octets(octets(&text)?),
            "date-time" => Value::DateTime(parse(&text)?),
            other => {
                return Err(E::invalid_value(Unexpected::Str(other), &"the kind of a value"));
            }
        })
    }

    impl Clock {
        fn put_into(self, time: DateTime) -> DateTime {
            time.with_weekday(self.weekday.or(time.weekday())).with_status(self.status)
        }
    }

    impl FromStr for Clock {
        type Err = ParseError;

        fn from_str(text: &str) -> Result<Self, Self::Err> {
            text.split([',']).try_fold(Self::default(), |clock, name| {
                Ok(match Weekday::lookup(name) {
                    Some(weekday) => Self { weekday: Some(weekday), ..clock },
                    None => Self { status: clock.status.union(name.parse()?), ..clock },
                })
            })
        }
    }

    impl<'de> Deserialize<'de> for Clock {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer
                .deserialize_str(FromText(PhantomData, "a weekday and names of a clock status"))
        }
    }

    #[derive(serde::Deserialize)]
    #[serde(rename = "Measurement")]
    struct MeasurementFields {
        quantity: Quantity<'static>,
        #[serde(default)]
        obis: Option<Obis>,
        #[serde(default)]
        value: Option<String>,
        #[serde(default)]
        unit: Option<Unit>,
        #[serde(default)]
        time: Option<DateTime>,
        #[serde(default)]
        function: Function,
        #[serde(default)]
        storage: u64,
        #[serde(default)]
        tariff: u32,
        #[serde(default)]
        subunit: u32,
        #[serde(default)]
        quality: Quality,
        #[serde(default)]
        kind: Option<String>,
        #[serde(default)]
        label: Option<String>,
        #[serde(default)]
        clock: Option<Clock>,
    }

    impl<'de> Deserialize<'de> for Measurement<'_> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let fields = MeasurementFields::deserialize(deserializer)?;
            let kind = fields.kind.as_deref().unwrap_or("decimal");
            let read = fields.value.map(|text| value(kind, text, fields.label)).transpose()?;
            let clock = fields.clock.unwrap_or_default();
            let mut measurement = Measurement::new(fields.quantity)
                .with_function(fields.function)
                .with_storage(fields.storage)
                .with_tariff(fields.tariff)
                .with_subunit(fields.subunit)
                .with_quality(fields.quality);
            measurement.obis = fields.obis;
            measurement.value = read;
            measurement.unit = fields.unit;
            measurement.time = fields.time.map(|time| clock.put_into(time));
            Ok(measurement)
        }
    }
}

#[cfg(feature = "alloc")]
#[cfg(test)]
mod tests;
