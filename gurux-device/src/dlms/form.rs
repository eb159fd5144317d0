//! [`Form`]: how an attribute is coded, from its octets to a value and back.

use gurux_dlms::table::class::{Type, versions};
use gurux_dlms::value::{Data, plain_value};
use gurux_dlms::wire::{CosemDate, CosemDateTime, CosemTime, DataRef};
use gurux_value::{DateTime, Decimal, Obis, Text, Value};

use super::address::{Address, Member};
use crate::driver::Shape;

/// A type of the wire, by the word of a profile.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Form {
    Bool,
    I8,
    U8,
    I16,
    U16,
    I32,
    U32,
    I64,
    U64,
    Enum,
    F32,
    F64,
    Bcd,
    Octets,
    /// An octet-string that holds characters.
    Text,
    VisibleString,
    Utf8String,
    /// An octet-string that holds a date and time.
    DateTime,
    Date,
    Time,
}

#[rustfmt::skip]
static FORMS: [(&str, Form); 20] = [
    ("bool", Form::Bool), ("i8", Form::I8),   ("u8", Form::U8),   ("i16", Form::I16), ("u16", Form::U16),
    ("i32", Form::I32),   ("u32", Form::U32), ("i64", Form::I64), ("u64", Form::U64), ("enum", Form::Enum),
    ("f32", Form::F32),   ("f64", Form::F64), ("bcd", Form::Bcd), ("octets", Form::Octets), ("text", Form::Text),
    ("visiblestring", Form::VisibleString), ("utf8string", Form::Utf8String),
    ("datetime", Form::DateTime), ("date", Form::Date), ("time", Form::Time),
];

/// The words of a profile for these.
pub(super) const WORDS: &str = "Bool, I8, U8, I16, U16, I32, U32, I64, U64, Enum, F32, F64, BCD, \
    Octets, Text, VisibleString, UTF8String, DateTime, Date or Time";

impl Form {
    /// The form that a profile's `Type` names.
    pub(super) fn lookup(word: &str) -> Option<Self> {
        let word = word.to_ascii_lowercase();
        FORMS.iter().find(|(name, _)| *name == word).map(|(_, form)| *form)
    }

    /// The form that the attribute's class asks for, where it has only one.
    pub(super) fn of_class(address: &Address) -> Option<Self> {
        let Member::Attribute(index) = address.member else { return None };
        if !address.element.is_empty() {
            return None;
        }
        let row = versions(address.class()).first()?.attribute(index)?;
        use gurux_dlms::wire::DataType;
        Some(match row.data_type {
            Type::DateTime => Self::DateTime,
            Type::Date => Self::Date,
            Type::Time => Self::Time,
            Type::Is(DataType::BOOLEAN) => Self::Bool,
            Type::Is(DataType::ENUM) => Self::Enum,
            Type::Is(DataType::INTEGER) => Self::I8,
            Type::Is(DataType::UNSIGNED) => Self::U8,
            Type::Is(DataType::LONG) => Self::I16,
            Type::Is(DataType::LONG_UNSIGNED) => Self::U16,
            Type::Is(DataType::DOUBLE_LONG) => Self::I32,
            Type::Is(DataType::DOUBLE_LONG_UNSIGNED) => Self::U32,
            Type::Is(DataType::LONG64_UNSIGNED) => Self::U64,
            Type::Is(DataType::VISIBLE_STRING) => Self::VisibleString,
            Type::Is(DataType::OCTET_STRING) => Self::Octets,
            _ => return None,
        })
    }

    /// Is it a whole number, which a scaler may go with?
    pub(super) fn is_integer(self) -> bool {
        matches!(self.shape(0), Shape::Integer(..)) && self != Self::Enum
    }

    /// Is it a number, whole or not?
    pub(super) fn is_number(self) -> bool {
        self.is_integer() || matches!(self, Self::F32 | Self::F64)
    }

    /// What its values are; `length` of a text, in octets, 0 for any.
    pub(super) fn shape(self, length: u16) -> Shape {
        let length = if length == 0 { usize::from(u16::MAX) } else { usize::from(length) };
        match self {
            Self::Bool => Shape::Bool,
            Self::I8 => Shape::Integer(i8::MIN.into(), i8::MAX.into()),
            Self::U8 | Self::Enum => Shape::Integer(0, u8::MAX.into()),
            Self::I16 => Shape::Integer(i16::MIN.into(), i16::MAX.into()),
            Self::U16 => Shape::Integer(0, u16::MAX.into()),
            Self::I32 => Shape::Integer(i32::MIN.into(), i32::MAX.into()),
            Self::U32 => Shape::Integer(0, u32::MAX.into()),
            Self::I64 => Shape::Integer(i64::MIN.into(), i64::MAX.into()),
            Self::U64 => Shape::Integer(0, u64::MAX.into()),
            Self::Bcd => Shape::Integer(0, 99),
            Self::F32 | Self::F64 => Shape::Float,
            Self::Octets => Shape::Octets(length),
            Self::Text | Self::VisibleString | Self::Utf8String => Shape::Text(length),
            Self::DateTime | Self::Date | Self::Time => Shape::DateTime,
        }
    }

    /// The value in these octets of the wire; `None` where there is none in it.
    pub(super) fn value(form: Option<Self>, data: DataRef<'_>) -> Option<Value<'static>> {
        match (form, data) {
            (_, DataRef::NullData | DataRef::DontCare) => None,
            (_, DataRef::Array(_) | DataRef::Structure(_) | DataRef::CompactArray(_)) => {
                Some(Value::Text(Text::from(told(data))))
            }
            (Some(Self::DateTime | Self::Date | Self::Time), data) => {
                date_time(data).map(Value::DateTime)
            }
            (Some(Self::Text), DataRef::OctetString(octets)) => match std::str::from_utf8(octets) {
                // Some meters fill up with zeros.
                Ok(text) => Some(Value::Text(Text::from(text.trim_end_matches('\0').to_owned()))),
                Err(_) => plain_value(data).map(Value::into_owned),
            },
            (Some(Self::Bool), data) if data.as_integer().is_some() => {
                data.as_integer().map(|number| Value::Bool(number != 0))
            }
            (_, DataRef::Float32(float)) if !float.is_finite() => None,
            (_, DataRef::Float64(float)) if !float.is_finite() => None,
            (_, data) => plain_value(data).map(Value::into_owned),
        }
    }

    /// The value as it goes on the wire.
    ///
    /// # Errors
    /// Why it has no such form, as a clause.
    pub(super) fn data(self, value: &Value<'_>) -> Result<Data, String> {
        let number = match value {
            Value::Flags { bits, .. } => Some((*bits).into()),
            value => value.as_decimal(),
        };
        let whole = || {
            let number = number.ok_or("it is no number")?;
            number.to_i128().ok_or("it is no whole number")
        };
        fn fit<T: TryFrom<i128>>(number: i128) -> Result<T, String> {
            T::try_from(number).map_err(|_| "the type cannot hold so large a number".to_owned())
        }
        Ok(match self {
            Self::Bool => Data::Boolean(whole()? != 0),
            Self::I8 => Data::Integer(fit(whole()?)?),
            Self::U8 => Data::Unsigned(fit(whole()?)?),
            Self::I16 => Data::Long(fit(whole()?)?),
            Self::U16 => Data::LongUnsigned(fit(whole()?)?),
            Self::I32 => Data::DoubleLong(fit(whole()?)?),
            Self::U32 => Data::DoubleLongUnsigned(fit(whole()?)?),
            Self::I64 => Data::Long64(fit(whole()?)?),
            Self::U64 => Data::Long64Unsigned(fit(whole()?)?),
            Self::Enum => Data::Enum(fit(whole()?)?),
            Self::Bcd => {
                let number: u8 = fit(whole()?)?;
                if number > 99 {
                    return Err("two digits hold no more than 99".to_owned());
                }
                Data::Bcd(((number / 10) << 4) | (number % 10))
            }
            Self::F32 | Self::F64 => {
                let number = number.ok_or("it is no number")?;
                let float: f64 = number.to_string().parse().map_err(|_| "it is no number")?;
                if self == Self::F32 { Data::Float32(float as f32) } else { Data::Float64(float) }
            }
            Self::Octets => match value {
                Value::Octets(octets) => Data::OctetString(octets.to_vec()),
                _ => return Err("octets are expected".to_owned()),
            },
            Self::Text | Self::VisibleString | Self::Utf8String => {
                let text = value.as_text().ok_or("characters are expected")?.as_bytes().to_vec();
                match self {
                    Self::Text => Data::OctetString(text),
                    Self::VisibleString => Data::VisibleString(text),
                    _ => Data::Utf8String(text),
                }
            }
            Self::DateTime | Self::Date | Self::Time => {
                let Value::DateTime(time) = value else {
                    return Err("a date and time is expected".to_owned());
                };
                Data::OctetString(match self {
                    Self::DateTime => {
                        let time = time.with_weekday(time.weekday_of_date());
                        CosemDateTime::from_date_time(time).as_octets().to_vec()
                    }
                    Self::Date => {
                        let time = time.with_weekday(time.weekday_of_date());
                        CosemDate::from_date_time(time).as_octets().to_vec()
                    }
                    _ => CosemTime::from_date_time(*time).as_octets().to_vec(),
                })
            }
        })
    }
}

/// The time in a value: with its own tag, or in an octet-string of 12, 5 or 4.
pub(super) fn date_time(data: DataRef<'_>) -> Option<DateTime> {
    let time = stated_time(data)?;
    // The weekday of a date says nothing new, unless it is another.
    let is_implied = time.weekday_of_date() == time.weekday();
    Some(if is_implied { time.with_weekday(None) } else { time })
}

fn stated_time(data: DataRef<'_>) -> Option<DateTime> {
    match data {
        DataRef::DateTime(time) => Some(time.to_date_time()),
        DataRef::Date(date) => Some(date.to_date_time()),
        DataRef::Time(time) => Some(time.to_date_time()),
        DataRef::OctetString(octets) => CosemDateTime::from_slice(octets)
            .map(CosemDateTime::to_date_time)
            .or_else(|| Some(CosemDate::from_octets(octets.try_into().ok()?).to_date_time()))
            .or_else(|| Some(CosemTime::from_octets(octets.try_into().ok()?).to_date_time())),
        _ => None,
    }
}

/// What is nested, in short: arrays in brackets, structures in braces, octet-strings that are the name
/// of an object as one.
pub(super) fn told(data: DataRef<'_>) -> String {
    let listed = |values: &mut dyn Iterator<Item = DataRef<'_>>| {
        let texts: Vec<String> = values.map(told).collect();
        texts.join(", ")
    };
    match data {
        DataRef::Array(values) => format!("[{}]", listed(&mut values.iter())),
        DataRef::Structure(values) => format!("{{{}}}", listed(&mut values.iter())),
        DataRef::CompactArray(array) => format!("[{}]", listed(&mut array.elements().iter())),
        DataRef::OctetString(octets) if octets.len() == 6 && octets.ends_with(&[255]) => {
            let groups = octets.try_into().unwrap_or_default();
            Obis::new(groups).to_string()
        }
        DataRef::NullData => "null".to_owned(),
        DataRef::DontCare => "-".to_owned(),
        data => plain_value(data).map_or_else(|| "?".to_owned(), |value| value.to_string()),
    }
}

/// The scaler and the unit of a register, as its attribute tells them.
pub(super) fn scaler_unit(data: DataRef<'_>) -> Option<(i8, u8)> {
    let DataRef::Structure(fields) = data else { return None };
    let mut fields = fields.iter();
    let (scaler, unit) = (fields.next()?, fields.next()?);
    let scaler = scaler.as_integer().and_then(|scaler| i8::try_from(scaler).ok())?;
    let unit = unit.as_integer().and_then(|unit| u8::try_from(unit).ok())?;
    fields.next().is_none().then_some((scaler, unit))
}

/// A value times ten to the power of `scaler`; whole numbers and floats alike are exact.
pub(super) fn scaled(value: &Value<'_>, scaler: i8) -> Option<Decimal> {
    value.as_decimal()?.scaled(scaler.into())
}
