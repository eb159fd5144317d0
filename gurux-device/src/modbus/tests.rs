//! What the driver says of a profile, and the octets that it makes.

use gurux_value::{Decimal, Octets, Text, Value};

use crate::driver::{Drivers, Shape};
use crate::profile::NAMESPACE;
use crate::{Device, Error, Parameters};

fn text(inside: &str) -> String {
    format!(
        "<DeviceProfile xmlns=\"{NAMESPACE}\" Guid=\"1b4e28ba-2fa1-11d2-883f-0016d3cca427\" \
         Name=\"n\" Protocol=\"modbus\" Version=\"1.0.0\">\n{inside}</DeviceProfile>"
    )
}

/// A property with `attributes`, in the third line of its file, behind `before` in its second.
fn property(before: &str, attributes: &str) -> String {
    text(&format!("{before}<Category Name=\"C\">\n<Property Name=\"a\" {attributes}/></Category>"))
}

fn faults(text: &str) -> String {
    match Drivers::standard().read(text) {
        Err(Error::Profile(faults)) => faults.to_string(),
        other => panic!("{other:?}"),
    }
}

fn device(text: &str) -> Device {
    let drivers = Drivers::standard();
    let profile = drivers.read(text).unwrap_or_else(|error| panic!("{error}"));
    let parameters = Parameters::new(&profile, []).unwrap();
    Device::new("d", profile, parameters, &drivers).unwrap()
}

#[test]
fn what_only_the_driver_knows_is_told_with_its_place_too() {
    for (attributes, expected) in [
        (
            "Address=\"x:1\" Type=\"U16\"",
            "line 3, column 20: Address=\"x:1\": expected an address such as",
        ),
        (
            "Address=\"holding:65535\" Type=\"U32\"",
            "line 3, column 20: Address=\"holding:65535\": expected another one: holding:65535: 2 entries go past the last address",
        ),
        (
            "Address=\"holding:1+x\" Type=\"U16\"",
            "line 3, column 20: Address=\"holding:1+x\": expected an address",
        ),
        (
            "Address=\"holding:1\" Type=\"U17\"",
            "line 3, column 40: Type=\"U17\": expected U16, I16,",
        ),
        (
            "Address=\"holding:1\" Type=\"String\"",
            "line 3, column 40: Length=\"\": expected the number of octets",
        ),
        (
            "Address=\"holding:1\" Type=\"U16\" Length=\"2\"",
            "line 3, column 51: Length belongs to String and Octets alone",
        ),
        (
            "Address=\"coil:1\" Type=\"U16\"",
            "line 3, column 37: Type=\"U16\": expected Bool, for one bit",
        ),
        ("Address=\"coil:1\" Type=\"Bool\" Bit=\"1\"", "a coil or discrete input is one bit"),
        (
            "Address=\"holding:1\" Type=\"U32\" ByteOrder=\"ABC\"",
            "line 3, column 51: ByteOrder=\"ABC\": expected an order of octets",
        ),
        ("Address=\"holding:1\" Type=\"U32\" ByteOrder=\"GHEFCDBA\"", "does not fit u32"),
        ("Address=\"holding:1\" Type=\"U16\" Mask=\"0x0F0F\"", "bits that are neighbours"),
        ("Address=\"holding:1\" Type=\"U16\" Mask=\"0x10000\"", "has no 1 bits from bit 16 on"),
        ("Address=\"holding:1\" Type=\"F32\" Bit=\"3\"", "an integer with these bits"),
        ("Address=\"holding:1\" Type=\"U16\" Shift=\"3\"", "Shift needs Mask beside it"),
        (
            "Address=\"input:1\" Type=\"U16\" AccessMode=\"ReadWrite\"",
            "a coil or a holding register, as the property is written",
        ),
        (
            "Address=\"holding:1\" Type=\"U32\" Mask=\"0xFF\" AccessMode=\"ReadWrite\"",
            "a property that is written has one register, or all of its registers",
        ),
        ("Address=\"holding:1\" Type=\"U16\" Null=\"1 2 3 4 5\"", "at most 4 integers"),
        ("Address=\"holding:1\" Type=\"U16\" Null=\"empty\"", "marks that the type can hold"),
        (
            "Address=\"holding:1\" Type=\"U16\" DefaultValue=\"x\"",
            "DefaultValue=\"x\": expected another value: a number is expected",
        ),
        (
            "Address=\"holding:1\" Type=\"U16\" Scale=\"0.1\" DefaultValue=\"0.15\"",
            "expected another value: ",
        ),
        (
            "Address=\"holding:1\" Type=\"U16\" DefaultValue=\"65536\"",
            "is outside of what u16 can hold here",
        ),
    ] {
        let faults = faults(&property("", attributes));
        assert!(faults.starts_with("line 3, column ") && faults.contains(expected), "{faults}");
    }
}

#[test]
fn settings_and_limits_are_judged() {
    for (before, expected) in [
        (
            "<Modbus UnitId=\"256\"/>",
            "line 2, column 9: UnitId=\"256\": expected the number of a unit, 0 to 255",
        ),
        ("<Modbus ByteOrder=\"AAAA\"/>", "line 2, column 9: ByteOrder=\"AAAA\": expected an order"),
        ("<Modbus ZeroBased=\"no\"/>", "expected true or false"),
        (
            "<Communication><Forbidden From=\"holding:5\" To=\"input:6\"/></Communication>",
            "an address of the same table, not below From",
        ),
        (
            "<Communication><Forbidden From=\"holding:0\" To=\"holding:6\"/></Communication>",
            "is forbidden by the limits",
        ),
        ("<Communication MaxRegisters=\"1\"/>", "2 entries are more than the 1 of one request"),
        (
            "<Detect><Match Object=\"256\"/></Detect>",
            "the number of an object of the identification",
        ),
    ] {
        let faults = faults(&property(before, "Address=\"holding:1\" Type=\"U32\""));
        assert!(faults.contains(expected), "{faults}");
    }
    let wrong = faults(&text("<Modbus Unit=\"1\"/>"));
    assert_eq!(
        wrong,
        "line 2, column 9: Modbus has no attribute Unit; it may have UnitId, ByteOrder and ZeroBased"
    );
}

/// The request that reads the only property.
fn read(before: &str, attributes: &str) -> Vec<u8> {
    let device = device(&property(before, attributes));
    device.dialect().plan(&[0]).remove(0).octets
}

#[test]
fn an_address_may_be_of_the_protocol_or_of_the_data_model() {
    for (before, address, expected) in [
        ("", "holding:0x0048", [3, 0, 0x48, 0, 1]),
        ("", "40073", [3, 0, 0x48, 0, 1]),
        ("<Modbus ZeroBased=\"false\"/>", "holding:73", [3, 0, 0x48, 0, 1]),
        ("<Modbus ZeroBased=\"false\"/>", "40073", [3, 0, 0x48, 0, 1]),
        (
            "<Parameter Name=\"base\" Type=\"Int\" Default=\"40000\"/>",
            "h:{base}+0x10+2",
            [3, 0x9C, 0x52, 0, 1],
        ),
        ("", "30001", [4, 0, 0, 0, 1]),
    ] {
        assert_eq!(
            read(before, &format!("Address=\"{address}\" Type=\"U16\"")),
            expected,
            "{address}"
        );
    }
    assert_eq!(read("", "Address=\"c:7\" Type=\"Bool\""), [1, 0, 7, 0, 1]);
    assert_eq!(read("", "Address=\"d:7\" Type=\"Bool\""), [2, 0, 7, 0, 1]);
}

#[test]
fn a_repeated_category_steps_through_the_addresses() {
    let device = device(&text(
        "<Parameter Name=\"n\" Type=\"Int\" Default=\"3\"/><Communication OnePerRequest=\"true\"/>\
         <Category Name=\"C\" Repeat=\"i\" Count=\"{n}\" Stride=\"10\">\
         <Property Name=\"v{i}\" DisplayName=\"V {i}\" Quantity=\"voltage.l{i}\" Address=\"holding:100\" Type=\"U16\"/>\
         </Category>",
    ));
    let names: Vec<&str> = device.items().iter().map(|item| item.property.name.as_str()).collect();
    assert_eq!(names, ["v1", "v2", "v3"]);
    assert_eq!(device.items()[2].property.display_name.as_deref(), Some("V 3"));
    let requests = device.dialect().plan(&[0, 1, 2]);
    let starts: Vec<u8> = requests.iter().map(|request| request.octets[2]).collect();
    assert_eq!(starts, [100, 110, 120]);
}

/// The octets that write `value` to the only property.
fn write(attributes: &str, value: Value<'_>) -> Result<Vec<u8>, String> {
    let device = device(&property("", &format!("{attributes} AccessMode=\"ReadWrite\"")));
    device.dialect().encode(0, &value).map(|request| request.octets)
}

#[test]
fn each_kind_of_write_has_its_function() {
    let number = |number: i64| Value::from(Decimal::from(number));
    for (attributes, value, expected) in [
        ("Address=\"coil:5\" Type=\"Bool\"", Value::Bool(true), vec![5, 0, 5, 0xFF, 0]),
        ("Address=\"holding:5\" Type=\"I16\"", number(-2), vec![6, 0, 5, 0xFF, 0xFE]),
        (
            "Address=\"holding:5\" Type=\"U32\" ByteOrder=\"CDAB\"",
            number(1),
            vec![0x10, 0, 5, 0, 2, 4, 0, 1, 0, 0],
        ),
        (
            "Address=\"holding:5\" Type=\"U16\" Mask=\"0x0F00\"",
            number(3),
            vec![0x16, 0, 5, 0xF0, 0xFF, 3, 0],
        ),
        (
            "Address=\"holding:5\" Type=\"U16\" Bit=\"15\"",
            Value::Bool(true),
            vec![0x16, 0, 5, 0x7F, 0xFF, 0x80, 0],
        ),
        ("Address=\"holding:5\" Type=\"U8-low\"", number(7), vec![0x16, 0, 5, 0xFF, 0, 0, 7]),
        (
            "Address=\"holding:5\" Type=\"String\" Length=\"4\"",
            Value::Text(Text::new("ab")),
            vec![0x10, 0, 5, 0, 2, 4, 0x61, 0x62, 0, 0],
        ),
        (
            "Address=\"holding:5\" Type=\"Octets\" Length=\"2\"",
            Value::Octets(Octets::new(&[1, 2])),
            vec![6, 0, 5, 1, 2],
        ),
    ] {
        assert_eq!(write(attributes, value), Ok(expected), "{attributes}");
    }
    assert!(write("Address=\"holding:5\" Type=\"U16\"", number(65_536)).is_err());
    assert!(write("Address=\"coil:5\" Type=\"Bool\"", number(2)).is_err());
    assert!(write("Address=\"holding:5\" Type=\"U16\" Mask=\"0x0F00\"", number(16)).is_err());
}

#[test]
fn a_shift_smaller_than_the_mask_keeps_low_zeros() {
    // 0x0F00 moved down by 4 only: the value counts in sixteens.
    let attributes = "Address=\"holding:0\" Type=\"U16\" Mask=\"0x0F00\" Shift=\"4\"";
    let device = device(&property("", attributes));
    let request = device.dialect().plan(&[0]).remove(0);
    let raws = device.dialect().decode(&request, &[3, 2, 0xA5, 0xFF]).unwrap();
    assert_eq!(raws[0].1.value, Some(Decimal::from(0x50).into()));
    assert_eq!(raws[0].1.octets, [0xA5, 0xFF]);
}

#[test]
fn shapes_tell_what_can_be_written() {
    let shape = |attributes: &str| device(&property("", attributes)).dialect().shape(0);
    assert_eq!(shape("Address=\"holding:0\" Type=\"I16\""), Shape::Integer(-32_768, 32_767));
    assert_eq!(shape("Address=\"holding:0\" Type=\"U16\" Mask=\"0x30\""), Shape::Integer(0, 3));
    assert_eq!(shape("Address=\"holding:0\" Type=\"BCD32\""), Shape::Integer(0, 99_999_999));
    assert_eq!(shape("Address=\"holding:0\" Type=\"F64\""), Shape::Float);
    assert_eq!(shape("Address=\"holding:0\" Type=\"U16\" Bit=\"0\""), Shape::Bool);
    assert_eq!(shape("Address=\"holding:0\" Type=\"String\" Length=\"7\""), Shape::Text(8));
}

#[test]
fn a_reply_that_is_none_is_refused() {
    let device = device(&property("", "Address=\"holding:0\" Type=\"U16\""));
    let request = device.dialect().plan(&[0]).remove(0);
    for reply in [&[][..], &[3, 2, 0], &[3, 4, 0, 0, 0, 0], &[4, 2, 0, 0], &[0x83, 2]] {
        let decoded = device.dialect().decode(&request, reply);
        assert!(decoded.is_err() || decoded.unwrap().is_empty(), "{reply:?}");
    }
}
