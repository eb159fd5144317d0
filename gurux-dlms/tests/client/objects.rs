//! What an association shows of the meter: read, kept, and given back to a client.

use gurux_dlms::session::meter::Access;
use gurux_dlms::session::{ClientConfig, ObjectList, Referencing};
use gurux_dlms::table::class::ClassId;
use gurux_dlms::value::Data;
use gurux_framing::Wire;

use crate::desk::{ALL, Desk, aare};

fn structure(fields: Vec<Data>) -> Data {
    Data::structure(fields)
}

fn array(elements: Vec<Data>) -> Data {
    Data::Array(elements.into_iter().collect())
}

fn octets(data: &Data) -> Vec<u8> {
    let mut octets = vec![0; data.wire_len()];
    data.emit_to_slice(&mut octets).expect("its length");
    octets
}

/// An object with these access modes of its attributes and its methods.
fn object(class: u16, version: u8, name: [u8; 6], attributes: &[u8], methods: &[Data]) -> Data {
    let row = |(index, fields): (usize, Vec<Data>)| {
        structure([vec![Data::Integer(index as i8 + 1)], fields].concat())
    };
    let attributes = attributes.iter().map(|mode| vec![Data::Enum(*mode), Data::NullData]);
    let methods = methods.iter().map(|mode| vec![mode.clone()]);
    let rights = structure(vec![
        array(attributes.enumerate().map(row).collect()),
        array(methods.enumerate().map(row).collect()),
    ]);
    let name = Data::OctetString(name.to_vec());
    structure(vec![Data::LongUnsigned(class), Data::Unsigned(version), name, rights])
}

const CLOCK: [u8; 6] = [0, 0, 1, 0, 0, 255];
const ASSOCIATION: [u8; 6] = [0, 0, 40, 0, 0, 255];

#[test]
fn rights_are_what_the_version_of_the_association_makes_of_a_number() {
    let [read, none] = [Access::READ, Access::NONE];
    let write = Access { write: true, ..none };
    let both = Access::READ_WRITE;
    let authenticated = Access::authenticated;
    let listed = |version: u8, attributes: &[u8], methods: &[Data]| {
        let list = array(vec![
            object(8, 0, CLOCK, attributes, methods),
            object(15, version, ASSOCIATION, &[1], &[]),
        ]);
        let kept = octets(&list);
        let list = ObjectList::from_octets(&kept).expect("a list");
        let clock = list.find(ClassId::CLOCK, CLOCK.into()).expect("the clock");
        assert_eq!((clock.version, clock.base_name, list.iter().count()), (0, None, 2));
        let attributes: Vec<_> = clock.attributes().map(|(_, access)| access).collect();
        let methods: Vec<_> = clock.methods().map(|(_, access)| access).collect();
        assert_eq!(clock.attribute(1), attributes.first().copied());
        assert_eq!(clock.method(9), None);
        (attributes, methods)
    };
    let (attributes, methods) = listed(2, &[0, 1, 2, 3, 4, 5, 6, 7], &[0, 1, 2, 3].map(Data::Enum));
    assert_eq!(
        attributes,
        [
            none,
            read,
            write,
            both,
            authenticated(read),
            authenticated(write),
            authenticated(both),
            none
        ]
    );
    assert_eq!(methods, [none, read, authenticated(read), none]);
    // In version 0 a method may be called or not.
    let (_, methods) = listed(0, &[], &[false, true].map(Data::Boolean));
    assert_eq!(methods, [none, read]);
    // Bits: 0 read, 1 write, 2 authenticated, 3 encrypted; those of answers are passed over.
    let (attributes, methods) = listed(3, &[0x01, 0x07, 0x0B, 0xE1], &[Data::Enum(0x05)]);
    assert_eq!(attributes, [read, authenticated(both), both.encrypted(), read]);
    assert_eq!(methods, [authenticated(read)]);
    // What a meter says of an access is read as it was meant.
    for access in [none, read, write, both, authenticated(both), both.authenticated().encrypted()] {
        assert_eq!(Access::of_bits(access.bits()), access);
        let plain = Access { encrypted: false, ..access };
        assert_eq!(Access::of_attribute_mode(access.attribute_mode()), plain);
    }
}

#[test]
fn what_is_no_object_is_passed_over_and_what_is_no_list_is_refused() {
    let mut list = vec![
        Data::NullData,
        structure(vec![Data::LongUnsigned(3), Data::Unsigned(0)]),
        object(3, 0, CLOCK, &[1], &[]),
        // Rights that are none: the object is there, and nothing is known of them.
        structure(vec![
            Data::LongUnsigned(1),
            Data::Unsigned(0),
            Data::OctetString(ASSOCIATION.to_vec()),
            structure(vec![Data::Unsigned(1)]),
        ]),
    ];
    let kept = octets(&array(list.clone()));
    let found = ObjectList::from_octets(&kept).expect("a list");
    let classes: Vec<_> = found.iter().map(|object| object.class_id.code()).collect();
    assert_eq!(classes, [3, 1]);
    let named = found.find(ClassId::DATA, ASSOCIATION.into()).expect("an object");
    assert_eq!((named.attribute(1), named.method(1)), (None, None));
    list.clear();
    assert_eq!(ObjectList::from_octets(&octets(&array(list))).expect("empty").iter().count(), 0);
    for wrong in [&[0x12, 0, 1][..], &kept[..kept.len() - 1], &[]] {
        assert!(ObjectList::from_octets(wrong).is_err(), "{wrong:02X?}");
    }
}

#[test]
fn a_list_that_was_kept_is_not_read_again() {
    // Base names above 7FFF are negative in the list: F0A0 here.
    let row = |base: i16, class, name: [u8; 6]| {
        let name = Data::OctetString(name.to_vec());
        structure(vec![Data::Long(base), Data::LongUnsigned(class), Data::Unsigned(0), name])
    };
    let register = [1, 0, 1, 8, 0, 255];
    let kept = octets(&array(vec![row(0x2710, 8, CLOCK), row(-0x0F60, 3, register)]));
    let meter = |message: &[u8]| match message {
        [0x60, ..] => vec![aare(ALL, 1024)],
        // The value of the register, and nothing else, is there to be read.
        [0x05, 1, 2, 0xF0, 0xA8] => vec![vec![0x0C, 1, 0, 0x12, 0, 7]],
        other => panic!("{other:02X?}"),
    };
    let config = ClientConfig { referencing: Referencing::ShortNames, ..ClientConfig::default() };
    let mut desk = Desk::new(config, meter);
    desk.client.name_objects(&ObjectList::from_octets(&kept).expect("a list"));
    let (told, end) = desk.get();
    assert_eq!(end, Ok(()));
    assert_eq!(told.values, [Ok(vec![0x12, 0, 7])]);
}
