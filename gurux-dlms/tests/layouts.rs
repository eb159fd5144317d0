//! Pushes whose values have no names: each list gives names, scales and units, and nothing else does.
#![expect(clippy::expect_used, reason = "a test may fail")]

use gurux_dlms::push::{LAYOUTS, PushValues};
use gurux_dlms::value::Data;
use gurux_framing::Wire;

/// The name of the list, and what its values say.
fn said(body: Data) -> (Option<&'static str>, Vec<String>) {
    let mut octets = vec![0; body.wire_len()];
    body.emit_to_slice(&mut octets).expect("its length");
    let values = PushValues::from_octets(&octets, LAYOUTS).expect("a body");
    let name = values.layout().map(|layout| layout.name);
    let said = values.map(|value| {
        let measurement = value.measurement();
        let obis = measurement.obis.map(|obis| obis.to_string()).unwrap_or_default();
        let value = measurement.value.map(|value| value.to_string()).unwrap_or_default();
        let unit = measurement.unit.map(|unit| unit.to_string()).unwrap_or_default();
        format!("{} {value} {unit}", obis.trim_end_matches("*255"))
    });
    (name, said.collect())
}

fn octets(octets: &[u8]) -> Data {
    Data::OctetString(octets.to_vec())
}

fn numbers<const N: usize>(numbers: [u32; N]) -> Vec<Data> {
    numbers.map(Data::DoubleLongUnsigned).to_vec()
}

#[test]
fn the_customer_interface_of_carinthia_and_wels() {
    let head = [
        octets(&[0, 6, 25, 9, 0, 255]),
        octets(b"1121273201353"),
        octets(&[18, 30, 45, 0]),
        octets(&[0x07, 0xE5, 9, 23, 4]),
    ];
    let energies = numbers([9_534_290, 2_896_624, 726_595, 2_561_341, 738, 0]);
    let list = [&head[..], &energies].concat();
    let expected = [
        "0-6:25.9.0 0006190900FF ",
        "0-0:96.1.0 1121273201353 ",
        "1-0:0.9.1 T18:30:45 ",
        "1-0:0.9.2 2021-09-23 ",
        "1-0:1.8.0 9534290 Wh",
        "1-0:2.8.0 2896624 Wh",
        "1-0:3.8.0 726595 varh",
        "1-0:4.8.0 2561341 varh",
        "1-0:1.7.0 738 W",
        "1-0:2.7.0 0 W",
    ];
    let (name, ten) = said(Data::structure(list.clone()));
    assert_eq!(name, Some("Siemens IM350, Wels"));
    // The weekday goes with the date.
    let without_weekday = |line: &String| line.replace("Thu ", "");
    assert_eq!(ten.iter().map(without_weekday).collect::<Vec<_>>(), expected);
    // Two texts with nothing in them are no readings.
    let (name, twelve) = said(Data::structure([list.clone(), vec![octets(b""); 2]].concat()));
    assert_eq!(name, Some("Siemens IM350 and Iskra AM550, Carinthia"));
    assert_eq!(twelve, ten);
    // A number of the meter where the time should be: another list, of which nobody knows.
    let other = [&list[..2], &[octets(b"12345")], &list[3..]].concat();
    assert_eq!(said(Data::structure(other)).0, None);
}

#[test]
fn the_customer_interface_of_vienna() {
    let clock = octets(&[0x07, 0xE5, 11, 3, 3, 4, 56, 57, 0, 0xFF, 0xC4, 0]);
    let values = numbers([9099, 7601, 8090, 7397, 12, 0, 3, 0]);
    let (name, nine) = said(Data::structure([vec![clock.clone()], values.clone()].concat()));
    assert_eq!(name, Some("Landis+Gyr E450 and Iskra AM550, Vienna"));
    let expected = [
        "1-0:1.8.0 9099 Wh",
        "1-0:2.8.0 7601 Wh",
        "1-0:3.8.0 8090 varh",
        "1-0:4.8.0 7397 varh",
        "1-0:1.7.0 12 W",
        "1-0:2.7.0 0 W",
        "1-0:3.7.0 3 var",
        "1-0:4.7.0 0 var",
    ];
    assert_eq!(nine.get(1..), Some(&expected.map(String::from)[..]));
    // Eight numbers behind something that is no clock, or one number less, say nothing.
    let short = octets(b"ABC");
    assert_eq!(said(Data::structure([vec![short], values.clone()].concat())).0, None);
    let fewer = values.get(..7).unwrap_or_default().to_vec();
    assert_eq!(said(Data::structure([vec![clock], fewer].concat())).0, None);
}

#[test]
fn the_customer_interface_of_burgenland() {
    let longs = |numbers: &[u16]| numbers.iter().copied().map(Data::LongUnsigned).collect();
    let list: Vec<Vec<Data>> = vec![
        longs(&[236, 235, 234, 0, 46, 26]),
        numbers([125, 0, 27_881_149, 7619]).to_vec(),
        longs(&[400, 3, 288]),
        vec![octets(b"30137181")],
    ];
    let (name, said) = said(Data::structure(list.concat()));
    assert_eq!(name, Some("Landis+Gyr E450, Burgenland"));
    let expected = [
        "1-0:32.7.0 236 V",
        "1-0:52.7.0 235 V",
        "1-0:72.7.0 234 V",
        "1-0:31.7.0 0.00 A",
        "1-0:51.7.0 0.46 A",
        "1-0:71.7.0 0.26 A",
        "1-0:1.7.0 125 W",
        "1-0:2.7.0 0 W",
        "1-0:1.8.0 27881149 Wh",
        "1-0:2.8.0 7619 Wh",
        // There is no angle of no current: the meter says 400 degrees.
        "1-0:81.7.4  ",
        "1-0:81.7.15 3 °",
        "1-0:81.7.26 288 °",
        "0-0:96.1.0 30137181 ",
    ];
    assert_eq!(said, expected);
}

#[test]
fn a_list_behind_its_objects_is_told_by_the_title_in_it() {
    let object = |class, name: [u8; 6]| {
        let fields = [Data::LongUnsigned(class), octets(&name), Data::Integer(2)];
        Data::structure([&fields[..], &[Data::LongUnsigned(0)]].concat())
    };
    let setup = [0, 9, 25, 9, 0, 255];
    let objects = [
        object(40, setup),
        object(1, [0, 0, 42, 0, 0, 255]),
        object(3, [1, 0, 1, 8, 0, 255]),
        object(3, [1, 0, 3, 8, 0, 255]),
    ];
    let list = |title: &[u8]| {
        let mut values = vec![Data::array(objects.clone()), octets(title)];
        values.extend(numbers([7_136_726, 313_101]));
        said(Data::structure(values))
    };
    let (name, values) = list(b"LGZ1020782546371");
    assert_eq!(name, Some("Landis+Gyr E450, Cyprus"));
    assert_eq!(values[1..], ["1-0:1.8.0 7136726 Wh", "1-0:3.8.0 313101 varh"]);
    let (name, values) = list(b"XYZ1020782546371");
    assert_eq!((name, values[1].as_str()), (None, "1-0:1.8.0 7136726 "));
}

#[test]
fn a_power_factor_of_kamstrup_is_in_hundredths() {
    let pair = [octets(&[1, 1, 33, 7, 0, 255]), Data::LongUnsigned(97)];
    let version = Data::VisibleString(b"Kamstrup_V0001".to_vec());
    let (_, values) = said(Data::structure([&[version][..], &pair].concat()));
    assert_eq!(values[1], "1-1:33.7.0 0.97 ");
}
