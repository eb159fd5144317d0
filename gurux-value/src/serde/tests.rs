use alloc::string::ToString;
use core::fmt::Debug;

use proptest::option;
use proptest::prelude::{Just, Strategy, any, prop_assert_eq, prop_oneof, proptest};
use serde::de::DeserializeOwned;
use serde::ser::Serialize;

use crate::datetime::tests::any_date_time;
use crate::{
    ClockStatus, DateTime, Decimal, Function, Measurement, Obis, Octets, Quality, Quantity, Text,
    Unit, Value, Weekday,
};

#[track_caller]
fn is<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: T, json: &str) {
    assert_eq!(serde_json::to_string(&value).unwrap(), json);
    assert_eq!(serde_json::from_str::<T>(json).unwrap(), value);
}

#[test]
fn each_type_is_its_text() {
    is(Decimal::new(12_345, -2), r#""123.45""#);
    is(Unit::CUBIC_METRE_PER_HOUR, r#""m³/h""#);
    is(Unit::KILOVAR_HOUR, r#""kvarh""#);
    is(Obis::new([1, 0, 1, 8, 0, 255]), r#""1-0:1.8.0*255""#);
    is(Quality::STALE | Quality::MANUAL, r#""stale,manual""#);
    is(Quality::GOOD, r#""good""#);
    is(Function::Maximum, r#""maximum""#);
    is(Quantity::VOLTAGE_L1, r#""voltage.l1""#);
    is(Text::new("Zähler"), r#""Zähler""#);
    is(Octets::new(&[0x0C, 0xFF]), r#""0CFF""#);
    is(ClockStatus::DOUBTFUL, r#""doubtful""#);
    is(
        "Sun 2024-02-11T16:00+01:00[dst]".parse::<DateTime>().unwrap(),
        r#""Sun 2024-02-11T16:00+01:00[dst]""#,
    );
}

#[test]
fn an_integer_reads_as_a_decimal_and_a_float_does_not() {
    assert_eq!(serde_json::from_str::<Decimal>("-5").unwrap(), Decimal::from(-5));
    assert_eq!(serde_json::from_str::<Decimal>("18446744073709551615").unwrap(), u64::MAX.into());
    assert!(serde_json::from_str::<Decimal>("0.1").is_err());
}

#[test]
fn a_fault_says_what_and_where() {
    let fault = serde_json::from_str::<Decimal>(r#""1,5""#).unwrap_err().to_string();
    assert!(fault.starts_with("decimal, character 2: expected a digit"), "{fault}");
    assert!(serde_json::from_str::<Octets<'_>>(r#""0CF""#).is_err());
    assert!(serde_json::from_str::<Unit>(r#""kwh""#).is_err());
    let odd = r#"{"kind":"odd","value":"1"}"#;
    assert!(serde_json::from_str::<Value<'_>>(odd).is_err());
}

#[test]
fn a_measurement_has_the_fields_of_a_reading() {
    let time = "2024-07-01T16:00:00+02:00".parse::<DateTime>().unwrap();
    let import = Measurement::new(Quantity::ENERGY)
        .with_value(Decimal::new(12_345, 0), Unit::WATT_HOUR)
        .with_time(time);
    is(
        import.clone(),
        concat!(
            r#"{"quantity":"energy","obis":null,"value":"12345","unit":"Wh","#,
            r#""time":"2024-07-01T16:00:00+02:00","function":"instantaneous","storage":0,"#,
            r#""tariff":0,"subunit":0,"quality":"good"}"#
        ),
    );
    let state = Measurement::new(Quantity::STATUS)
        .with_plain_value(Value::Code { number: 4, label: Some(Text::new("MPPT")) })
        .with_time(
            time.with_status(ClockStatus::DAYLIGHT_SAVING).with_weekday(Some(Weekday::Sunday)),
        );
    is(
        state,
        concat!(
            r#"{"quantity":"status","obis":null,"value":"4","unit":null,"#,
            r#""time":"2024-07-01T16:00:00+02:00","function":"instantaneous","storage":0,"#,
            r#""tariff":0,"subunit":0,"quality":"good","kind":"code","label":"MPPT","clock":"Sun,dst"}"#
        ),
    );
    is(
        Measurement::new(Quantity::new("own")).without_value(Quality::MISSING),
        concat!(
            r#"{"quantity":"own","obis":null,"value":null,"unit":null,"time":null,"#,
            r#""function":"instantaneous","storage":0,"tariff":0,"subunit":0,"quality":"missing"}"#
        ),
    );
}

#[test]
fn what_is_left_out_is_as_it_mostly_is() {
    let short = r#"{"quantity":"energy","value":"1.50","unit":"kWh"}"#;
    let expected =
        Measurement::new(Quantity::ENERGY).with_value(Decimal::new(150, -2), Unit::KILOWATT_HOUR);
    assert_eq!(serde_json::from_str::<Measurement<'_>>(short).unwrap(), expected);
}

fn any_decimal() -> impl Strategy<Value = Decimal> {
    (any::<i128>(), 0u32..127, -40i16..40).prop_map(|(m, shift, e)| Decimal::new(m >> shift, e))
}

fn any_label() -> impl Strategy<Value = Option<Text<'static>>> {
    option::of(".{0,6}".prop_map(Text::from))
}

fn any_value() -> impl Strategy<Value = Value<'static>> {
    prop_oneof![
        any_decimal().prop_map(Value::from),
        any::<f32>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        (any::<i64>(), any_label()).prop_map(|(number, label)| Value::Code { number, label }),
        (any::<u64>(), any_label()).prop_map(|(bits, label)| Value::Flags { bits, label }),
        ".{0,12}".prop_map(|text| Value::Text(Text::from(text))),
        any::<alloc::vec::Vec<u8>>().prop_map(|octets| Value::Octets(Octets::from(octets))),
        any_date_time().prop_map(Value::from),
    ]
}

fn any_measurement() -> impl Strategy<Value = Measurement<'static>> {
    let function = prop_oneof![
        Just(Function::Instantaneous),
        Just(Function::Minimum),
        Just(Function::Maximum),
        Just(Function::ErrorState)
    ];
    let unit = option::of(any::<u8>()).prop_map(|code| code.and_then(Unit::from_dlms));
    // A weekday that agrees with the date is not kept.
    let time = option::of(any_date_time().prop_map(|time| {
        let agrees = time.date().is_some() && time.weekday() == time.weekday_of_date();
        if agrees { time.with_weekday(None) } else { time }
    }));
    (
        ("[a-z.]{1,12}", option::of(any::<[u8; 6]>()), option::of(any_value()), unit, time),
        (function, any::<u64>(), any::<u32>(), any::<u32>(), any::<u32>()),
    )
        .prop_map(
            |((word, obis, value, unit, time), (function, storage, tariff, subunit, bits))| {
                Measurement {
                    quantity: Quantity::from(Text::from(word)),
                    obis: obis.map(Obis::new),
                    value,
                    unit,
                    time,
                    function,
                    storage,
                    tariff,
                    subunit,
                    quality: Quality::from_bits(bits),
                }
            },
        )
}

proptest! {
    #[test]
    fn any_value_reads_back(value in any_value()) {
        let json = serde_json::to_string(&value).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Value<'_>>(&json).unwrap(), &value);
    }

    #[test]
    fn any_measurement_reads_back(measurement in any_measurement()) {
        let json = serde_json::to_string(&measurement).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Measurement<'_>>(&json).unwrap(), &measurement);
    }
}
