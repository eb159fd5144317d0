//! What a value means once its octets are gone.

#[cfg(feature = "alloc")]
mod data;

use gurux_value::{Decimal, Octets, Text, Value};

#[cfg(feature = "alloc")]
pub use data::{BitStringBuf, CompactArrayBuf, Data, SequenceBuf};

use crate::wire::DataRef;

/// The value in the words of every protocol, or `None` where it has no such form: null-data,
/// don't-care, and what is nested.
///
/// Whole numbers are exact; an enum is a code without a label; a visible-string is a text, if it is
/// one. An octet-string stays octets: only its place says whether it is a name, a date or a text.
///
/// ```
/// use gurux_dlms::value::plain_value;
/// use gurux_dlms::wire::DataRef;
/// use gurux_value::Value;
///
/// let value = plain_value(DataRef::LongUnsigned(2305)).expect("a number");
/// assert_eq!(value.to_string(), "2305");
/// assert_eq!(plain_value(DataRef::NullData), None);
/// ```
#[must_use]
pub fn plain_value(value: DataRef<'_>) -> Option<Value<'_>> {
    Some(match value {
        DataRef::Boolean(yes) => Value::Bool(yes),
        DataRef::Enum(number) => Value::Code { number: number.into(), label: None },
        DataRef::Bcd(digits) => {
            let (tens, ones) = (digits >> 4, digits & 0x0F);
            if tens > 9 || ones > 9 {
                return None;
            }
            Value::Decimal(Decimal::from(tens.wrapping_mul(10).wrapping_add(ones)))
        }
        DataRef::Float32(float) => Value::Float32(float),
        DataRef::Float64(float) => Value::Float64(float),
        DataRef::OctetString(octets) => Value::Octets(Octets::new(octets)),
        DataRef::VisibleString(octets) | DataRef::Utf8String(octets) => {
            match core::str::from_utf8(octets) {
                Ok(text) => Value::Text(Text::new(text)),
                Err(_) => Value::Octets(Octets::new(octets)),
            }
        }
        DataRef::BitString(bits) if bits.len() <= 64 => {
            let set = bits.iter().fold(0_u64, |set, bit| set << 1 | u64::from(bit));
            Value::Flags { bits: set, label: None }
        }
        DataRef::BitString(bits) => Value::Octets(Octets::new(bits.octets())),
        DataRef::DateTime(value) => Value::DateTime(value.to_date_time()),
        DataRef::Date(value) => Value::DateTime(value.to_date_time()),
        DataRef::Time(value) => Value::DateTime(value.to_date_time()),
        number => Value::Decimal(Decimal::new(number.as_integer()?, 0)),
    })
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::plain_value;
    use crate::wire::{BitString, CosemTime, DataRef, Sequence};

    #[test]
    fn each_type_has_its_words() {
        let text = |value: DataRef<'_>| plain_value(value).map(|value| value.to_string());
        let said = |text: &str| Some(text.to_string());
        assert_eq!(text(DataRef::Long64Unsigned(u64::MAX)), said("18446744073709551615"));
        assert_eq!(text(DataRef::DeltaLong(-7)), said("-7"));
        assert_eq!(text(DataRef::Bcd(0x42)), said("42"));
        assert_eq!(text(DataRef::Bcd(0x4A)), None);
        assert_eq!(text(DataRef::Float32(50.0625)), said("50.0625"));
        assert_eq!(text(DataRef::VisibleString(b"1234")), said("1234"));
        assert_eq!(
            text(DataRef::Time(CosemTime::from_octets([16, 0, 5, 0xFF]))),
            said("T16:00:05")
        );
        let bits = BitString::new(4, &[0b1010_0000]).unwrap();
        assert!(matches!(
            plain_value(DataRef::BitString(bits)),
            Some(gurux_value::Value::Flags { bits: 0b1010, .. })
        ));
        assert_eq!(text(DataRef::Structure(Sequence::EMPTY)), None);
    }
}
