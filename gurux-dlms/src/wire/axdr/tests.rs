use std::string::{String, ToString};
use std::vec;
use std::vec::Vec;

use gurux_framing::{Annotator, Wire, WireError, WireErrorKind, wire_laws};
use proptest::prelude::*;

use super::{
    BitString, CompactArray, CosemDate, CosemDateTime, CosemTime, DataRef, DataType, Event, Events,
    MAX_DEPTH, MAX_DESCRIPTION, Sequence, TypeDescription,
};

fn scalars() -> Vec<DataRef<'static>> {
    vec![
        DataRef::NullData,
        DataRef::Boolean(true),
        DataRef::BitString(BitString::new(11, &[0xA5, 0xE0]).unwrap()),
        DataRef::DoubleLong(-2),
        DataRef::DoubleLongUnsigned(0x0102_0304),
        DataRef::OctetString(&[1, 0, 1, 8, 0, 255]),
        DataRef::VisibleString(b"ISK1030775213859"),
        DataRef::Utf8String("Zähler".as_bytes()),
        DataRef::Bcd(0x42),
        DataRef::Integer(-3),
        DataRef::Long(-1463),
        DataRef::Unsigned(200),
        DataRef::LongUnsigned(2305),
        DataRef::Long64(i64::MIN),
        DataRef::Long64Unsigned(u64::MAX),
        DataRef::Enum(30),
        DataRef::Float32(50.0625),
        DataRef::Float64(-0.5),
        DataRef::DateTime(CosemDateTime::from_octets([7, 0xE8, 2, 11, 7, 16, 0, 0, 0, 0, 0, 0])),
        DataRef::Date(CosemDate::from_octets([7, 0xE8, 2, 11, 7])),
        DataRef::Time(CosemTime::from_octets([16, 0, 0, 0xFF])),
        DataRef::DeltaInteger(-1),
        DataRef::DeltaLong(-300),
        DataRef::DeltaDoubleLong(-70_000),
        DataRef::DeltaUnsigned(1),
        DataRef::DeltaLongUnsigned(300),
        DataRef::DeltaDoubleLongUnsigned(70_000),
        DataRef::DontCare,
    ]
}

fn emitted(value: &DataRef<'_>) -> Vec<u8> {
    let mut out = vec![0; value.wire_len()];
    assert_eq!(value.emit_to_slice(&mut out), Ok(out.len()));
    out
}

#[test]
fn every_type_keeps_the_laws() {
    for value in scalars() {
        wire_laws!(DataRef<'_>, value, self_delimiting);
    }
    let octets: Vec<u8> = scalars().iter().flat_map(emitted).collect();
    let all = Sequence::new(scalars().len(), &octets).unwrap();
    wire_laws!(DataRef<'_>, DataRef::Structure(all), self_delimiting);
    assert_eq!(all.iter().collect::<Vec<_>>(), scalars());
    wire_laws!(DataRef<'_>, DataRef::Array(Sequence::EMPTY), self_delimiting);
}

#[test]
fn every_type_has_its_tag_and_is_read_in_place() {
    for value in scalars() {
        let octets = emitted(&value);
        assert_eq!(octets[0], value.data_type().code());
        assert_eq!(DataRef::from_bytes(&octets), Ok(value));
    }
}

#[test]
fn the_bits_of_a_bit_string_are_counted_from_the_top() {
    let bits = BitString::new(11, &[0xA5, 0xE0]).unwrap();
    let set: Vec<usize> =
        bits.iter().enumerate().filter_map(|(number, bit)| bit.then_some(number)).collect();
    assert_eq!(set, [0, 2, 5, 7, 8, 9, 10]);
    assert_eq!((bits.len(), bits.bit(11)), (11, None));
    assert!(BitString::new(17, &[0, 0]).is_err());
}

/// Two elements of (long-unsigned, octet-string, array of 2 unsigned).
const COMPACT: [u8; 25] = [
    0x13, 0x02, 3, 0x12, 0x09, 0x01, 0, 2, 0x11, // the type
    15,   // octets of contents
    0x01, 0x02, 3, b'a', b'b', b'c', 9, 8, //
    0x03, 0x04, 2, b'd', b'e', 7, 6,
];

#[test]
fn a_compact_array_says_its_type_once() {
    let DataRef::CompactArray(array) = DataRef::from_bytes(&COMPACT).unwrap() else { panic!() };
    assert_eq!(array.description().data_type(), DataType::STRUCTURE);
    assert_eq!(array.elements().len(), 2);
    let rows: Vec<Vec<DataRef<'_>>> =
        array.elements().iter().map(|row| row.elements().unwrap().iter().collect()).collect();
    assert_eq!(rows[0][..2], [DataRef::LongUnsigned(0x0102), DataRef::OctetString(b"abc")]);
    let inner: Vec<_> = rows[1][2].elements().unwrap().iter().collect();
    assert_eq!(inner, [DataRef::Unsigned(7), DataRef::Unsigned(6)]);
    wire_laws!(DataRef<'_>, DataRef::CompactArray(array), self_delimiting);
    // Out of the array, an element says its type itself.
    let row = array.elements().element(1).unwrap();
    let octets = emitted(&row);
    assert_eq!(octets, [0x02, 3, 0x12, 0x03, 0x04, 0x09, 2, b'd', b'e', 0x01, 2, 0x11, 7, 0x11, 6]);
}

#[test]
fn a_compact_array_is_built_from_its_parts() {
    let description = TypeDescription::new(&COMPACT[1..9]).unwrap();
    let array = CompactArray::new(description, &COMPACT[10..]).unwrap();
    assert_eq!(emitted(&DataRef::CompactArray(array)), COMPACT);
    // Contents that end within an element, and a type that takes no octets.
    let error = CompactArray::new(description, &COMPACT[10..24]).unwrap_err();
    assert_eq!(error.to_string(), "octet 14, value: 1 octet needed, none is left");
    let nothing = TypeDescription::new(&[0x00]).unwrap();
    assert!(CompactArray::new(nothing, &[1]).is_err());
    assert_eq!(
        TypeDescription::new(&[0x01, 0xFF, 0xFF, 0x00]).unwrap_err().to_string(),
        "octet 4, contents description: a type whose values take octets is expected here"
    );
}

#[test]
fn nested_compact_descriptions_cannot_multiply_the_work() {
    // Arrays of 65535 in each other, of nothing in the end, or of an octet that is not there.
    let mut octets = vec![0x13];
    for _ in 0..20 {
        octets.extend([0x01, 0xFF, 0xFF]);
    }
    let nothing = [&octets[..], &[0x00, 1, 0]].concat();
    assert!(DataRef::from_bytes(&nothing).is_err());
    let octet = [&octets[..], &[0x11, 1, 0]].concat();
    assert!(DataRef::from_bytes(&octet).is_err());
    let deep = [&[0x13][..], &[0x02, 1].repeat(MAX_DEPTH + 1), &[0x11, 1, 0]].concat();
    assert!(DataRef::from_bytes(&deep).unwrap_err().to_string().contains("depth"));
}

#[test]
fn depth_and_counts_are_bounded() {
    let deepest = [&[0x01, 1].repeat(MAX_DEPTH)[..], &[0x00]].concat();
    assert!(DataRef::from_bytes(&deepest).is_ok());
    assert_eq!(Events::new(&deepest).filter(Result::is_err).count(), 0);
    let empty = [&[0x01, 1].repeat(MAX_DEPTH)[..], &[0x02, 0]].concat();
    assert!(DataRef::from_bytes(&empty).is_err());
    assert_eq!(Events::new(&empty).filter(Result::is_err).count(), 1);
    assert!(DataRef::explain(&empty, 0, &mut Annotator::new(String::new(), &empty)).is_err());
    let deeper = [&[0x01, 1].repeat(MAX_DEPTH + 1)[..], &[0x00]].concat();
    let error = DataRef::from_bytes(&deeper).unwrap_err();
    assert_eq!(error.to_string(), "octet 66, depth: more than the 32 that are accepted");
    assert_eq!(Events::new(&deeper).filter(Result::is_err).count(), 1);

    let error = DataRef::from_bytes(&[0x01, 0x84, 0xFF, 0xFF, 0xFF, 0xFF, 0]).unwrap_err();
    assert_eq!(error.to_string(), "octet 6, count: length says 4294967295, 1 octet is left");
}

#[test]
fn faults_name_their_octet() {
    let fault = |octets: &[u8]| DataRef::from_bytes(octets).unwrap_err().to_string();
    assert_eq!(
        fault(&[0x02, 2, 0x11, 5, 0x07, 0]),
        "octet 4, data type: code 0x07 cannot stand here"
    );
    assert_eq!(fault(&[0x09, 5, 1, 2]), "octet 2, value: 5 octets needed, 2 octets are left");
    assert_eq!(fault(&[0x11, 1, 2]), "octet 2, message: 1 octet after the end");
}

#[test]
fn events_tell_what_the_value_holds() {
    let octets = [0x01, 2, 0x02, 1, 0x11, 5, 0x02, 0, 0xEE];
    let mut events = Events::new(&octets);
    let told: Vec<Event<'_>> = events.by_ref().map(Result::unwrap).collect();
    let begin = |data_type, count| Event::Begin { data_type, count };
    assert_eq!(
        told,
        [
            begin(DataType::ARRAY, 2),
            begin(DataType::STRUCTURE, 1),
            Event::Value(DataRef::Unsigned(5)),
            Event::End,
            begin(DataType::STRUCTURE, 0),
            Event::End,
            Event::End,
        ]
    );
    assert_eq!(events.rest(), [0xEE]);
}

#[test]
fn a_value_explains_each_of_its_octets_once() {
    let dump = |octets: &[u8]| {
        let mut annotator = Annotator::new(String::new(), octets);
        DataRef::explain(octets, 0, &mut annotator).unwrap();
        annotator.finish().unwrap()
    };
    let text = dump(&[0x02, 0x02, 0x12, 0x00, 0x07, 0x01, 0x01, 0x11, 0x2A]);
    assert_eq!(
        text,
        "\
0                                     structure
0..1         02                         [data type: 2]
1..2         02                         [count: 2]
2..5         12 00 07                   long-unsigned: 7
5                                       array
5..6         01                           [data type: 1]
6..7         01                           [count: 1]
7..9         11 2A                        unsigned: 42
"
    );
    // Two structures of a long-unsigned and an unsigned, whose types are said once.
    let text = dump(&[0x13, 0x02, 0x02, 0x12, 0x11, 0x06, 0, 1, 2, 0, 3, 4]);
    assert_eq!(
        text,
        "\
0                                     compact-array
0..1         13                         [data type: 19]
1..5         02 02 12 11                [contents description]
5..6         06                         [contents length: 6]
6                                       structure
6..8         00 01                        long-unsigned: 1
8..9         02                           unsigned: 2
9                                       structure
9..11        00 03                        long-unsigned: 3
11..12       04                           unsigned: 4
"
    );
    assert!(!dump(&COMPACT).contains('?'), "{}", dump(&COMPACT));
}

/// Values of every type, nested a few times.
fn value() -> impl Strategy<Value = Vec<u8>> {
    let scalar = (0..scalars().len()).prop_map(|which| emitted(&scalars()[which]));
    scalar.prop_recursive(4, 40, 6, |inner| {
        (1..=2_u8, proptest::collection::vec(inner, 0..6))
            .prop_map(|(tag, values)| [&[tag, values.len() as u8][..], &values.concat()].concat())
    })
}

/// The events of a value, by way of what it holds.
fn events_of<'a>(value: DataRef<'a>, out: &mut Vec<Event<'a>>) {
    match value {
        DataRef::Array(sequence) | DataRef::Structure(sequence) => {
            out.push(Event::Begin { data_type: value.data_type(), count: sequence.len() });
            sequence.iter().for_each(|element| events_of(element, out));
            out.push(Event::End);
        }
        scalar => out.push(Event::Value(scalar)),
    }
}

proptest! {
    #[test]
    fn nested_values_are_written_as_they_were_read(octets in value()) {
        let value = DataRef::from_bytes(&octets).unwrap();
        prop_assert_eq!(emitted(&value), octets.clone());
        let mut expected = Vec::new();
        events_of(value, &mut expected);
        let told: Result<Vec<_>, WireError> = Events::new(&octets).collect();
        prop_assert_eq!(told.unwrap(), expected);
    }

    /// Any octets: no panic, and both ways of reading agree on whether they are a value.
    #[test]
    fn any_octets_are_a_value_or_refused(
        octets in proptest::collection::vec(prop_oneof![0..34_u8, any::<u8>()], 0..60),
    ) {
        let mut events = Events::new(&octets);
        let is_good = events.by_ref().all(|event| event.is_ok());
        let value = DataRef::from_bytes(&octets);
        prop_assert_eq!(is_good && events.rest().is_empty(), value.is_ok());
        if let Ok(value) = value {
            let again = emitted(&value);
            prop_assert!(DataRef::from_bytes(&again).is_ok());
        }
    }
}

/// Thirty-two thousand arrays in each other: refused at the limit of depth, not followed.
#[test]
fn a_bomb_of_nested_arrays_is_refused_at_the_limit() {
    let octets: Vec<u8> = [0x01, 0x01].repeat(32_768);
    let error = DataRef::from_bytes(&octets).unwrap_err();
    assert_eq!((error.what, error.kind), ("depth", WireErrorKind::Limit { max: MAX_DEPTH }));
    let told: Vec<_> = Events::new(&octets).collect();
    assert_eq!(told.len(), MAX_DEPTH + 1);
    assert!(told.iter().rev().skip(1).all(Result::is_ok) && told.last().unwrap().is_err());
}

/// Counts of four thousand millions, in each place that has one: refused before anything is done
/// about them.
#[test]
fn a_bomb_of_huge_counts_is_refused_at_once() {
    for octets in [
        &[0x01, 0x84, 0xFF, 0xFF, 0xFF, 0xFF, 0x00][..],
        &[0x02, 0x84, 0xFF, 0xFF, 0xFF, 0xFF, 0x00],
        &[0x09, 0x84, 0xFF, 0xFF, 0xFF, 0xFF, 0x00],
        &[0x04, 0x84, 0xFF, 0xFF, 0xFF, 0xFF, 0x00],
        // Compact arrays: a structure of so many, contents of so many octets, elements that take none.
        &[0x13, 0x02, 0x84, 0xFF, 0xFF, 0xFF, 0xFF, 0x11, 0x01, 0x00],
        &[0x13, 0x11, 0x84, 0xFF, 0xFF, 0xFF, 0xFF, 0x00],
        &[0x13, 0x00, 0x01, 0x00],
        &[0x13, 0x01, 0xFF, 0xFF, 0x00, 0x01, 0x00],
        &[0x13, 0x02, 0x02, 0x00, 0xFF, 0x01, 0x00],
    ] {
        assert!(DataRef::from_bytes(octets).is_err(), "{octets:02X?}");
        assert!(Events::new(octets).any(|event| event.is_err()), "{octets:02X?}");
    }
}

/// Arrays of 65,535 in arrays of 65,535, in a description of eight octets: no contents are that long,
/// and to find it out takes no longer than they are.
#[test]
fn a_bomb_of_a_compact_array_costs_no_more_than_its_contents() {
    let description = [0x01, 0xFF, 0xFF, 0x01, 0xFF, 0xFF, 0x11];
    let contents = vec![0x83, 0x00, 0xFF, 0xFF];
    let octets = [&[0x13][..], &description, &contents, &vec![7; 0xFFFF]].concat();
    let error = DataRef::from_bytes(&octets).unwrap_err();
    assert!(error.is_truncated(), "{error}");
    // A place holder takes no octets, so that a long description is passed for each octet: there is an
    // end to its length.
    let described = |places: usize| {
        let count = [0x82, ((places + 1) >> 8) as u8, (places + 1) as u8];
        [&[0x13, 0x02][..], &count, &vec![0x00; places], &[0x11], &[0x01, 0x07]].concat()
    };
    // Besides them: the tag of the structure, its count, the number.
    let most = MAX_DESCRIPTION - 5;
    assert!(DataRef::from_bytes(&described(most)).is_ok());
    let error = DataRef::from_bytes(&described(most + 1)).unwrap_err();
    assert_eq!(error.kind, WireErrorKind::Limit { max: MAX_DESCRIPTION });
    let octets = [&[0x13, 0x02, 0x02, 0x00, 0x11][..], &contents, &vec![7; 0xFFFF]].concat();
    let DataRef::CompactArray(array) = DataRef::from_bytes(&octets).unwrap() else { panic!() };
    assert_eq!(array.elements().len(), 0xFFFF);
}
