//! DLMS/COSEM: any octets as a value and as a message, any text as the XML of one.

use gurux_dlms::value::{Data, plain_value};
use gurux_dlms::wire::{Apdu, DataRef, Event, Events, Unread};
use gurux_dlms::xml::{from_xml, to_xml};
use gurux_framing::{Annotator, Wire};

/// How far octets get as a value.
pub const RUNGS: &[&str] =
    &["no value", "begins as one", "a single value", "values in values", "a compact array"];

/// Any octets as a value: one pass and proven reading agree, and what is read is written again.
pub fn data(octets: &[u8]) -> usize {
    let mut events = Events::new(octets);
    let (mut told, mut deepest, mut compact) = (0, 0, false);
    let is_good = events.by_ref().all(|event| {
        if let Ok(Event::Value(value)) = event {
            told += 1;
            compact |= matches!(value, DataRef::CompactArray(_));
            let _ = plain_value(value);
        }
        event.is_ok()
    });
    let mut again = Events::new(octets);
    while let Some(Ok(_)) = again.next() {
        deepest = deepest.max(again.depth());
    }
    let value = DataRef::from_bytes(octets);
    assert_eq!(is_good && events.rest().is_empty(), value.is_ok());
    if let Ok(value) = value {
        let mut events = Events::new(octets);
        told_alike(&mut events, value);
        assert!(events.next().is_none());
    }
    let mut annotator = Annotator::new(String::new(), octets);
    let explained = DataRef::explain(octets, 0, &mut annotator);
    assert_eq!(explained.is_ok(), value.is_ok());
    let Ok(value) = value else { return usize::from(told > 0) };

    // The long form of a length is written in the shortest, but for those of nested values.
    let mut written = vec![0; value.wire_len()];
    assert_eq!(value.emit_to_slice(&mut written), Ok(written.len()));
    let back = DataRef::from_bytes(&written).expect("what was written is read");
    let owned = Data::from(back);
    let mut twice = vec![0; owned.wire_len()];
    assert_eq!(owned.emit_to_slice(&mut twice), Ok(twice.len()));
    assert_eq!(written, twice);
    match (compact, deepest) {
        (true, _) => 4,
        (false, 1..) => 3,
        (false, 0) => 2,
    }
}

/// One pass and reading in place tell the same, value by value.
fn told_alike(events: &mut Events<'_>, value: DataRef<'_>) {
    let told = events.next().expect("as many values").expect("a good one");
    let (Event::Begin { data_type, count }, Some(elements)) = (told, value.elements()) else {
        // Not by `==`: a float may be no number. What is the same is written the same.
        assert_eq!(format!("{told:?}"), format!("{:?}", Event::Value(value)));
        return;
    };
    assert_eq!((data_type, count), (value.data_type(), elements.len()));
    elements.iter().for_each(|element| told_alike(events, element));
    assert_eq!(events.next(), Some(Ok(Event::End)));
}

/// A value of each type, rows, and compact arrays.
pub fn seeds() -> Vec<Vec<u8>> {
    let fixed = (0..=33).chain([255]).map(|tag| [&[tag][..], &[0; 12]].concat());
    let texts = [9, 10, 12, 4].map(|tag| vec![tag, 3, b'a', b'b', b'c']);
    let rows = vec![
        1, 2, 2, 2, 0x11, 1, 0x12, 0, 2, 2, 2, 0, 0x19, 7, 0xE8, 2, 11, 7, 16, 0, 0, 0, 0, 0, 0,
    ];
    let compact = vec![0x13, 2, 2, 0x12, 9, 8, 1, 2, 1, b'a', 3, 4, 1, b'b'];
    let nested = vec![0x13, 1, 0, 2, 2, 1, 0x11, 4, 1, 2, 3, 4];
    fixed.chain(texts).chain([rows, compact, nested]).collect()
}

/// How far octets get as a message.
pub const APDU_RUNGS: &[&str] =
    &["no message", "one whose value is none", "a message", "a message that XML gives back"];

/// Any octets as a message: what is read is written again, explained without a word against it, and
/// what its XML gives back is a message too.
pub fn apdus(octets: &[u8]) -> usize {
    let unread = Apdu::<Unread<'_>>::from_bytes(octets);
    let apdu = Apdu::<DataRef<'_>>::from_bytes(octets);
    let mut annotator = Annotator::new(String::new(), octets);
    let explained = Apdu::<DataRef<'_>>::explain(octets, 0, &mut annotator);
    assert_eq!(explained.is_ok(), apdu.is_ok());
    assert!(unread.is_ok() || apdu.is_err());
    if let Ok(unread) = unread {
        let mut written = vec![0; unread.wire_len()];
        assert_eq!(unread.emit_to_slice(&mut written), Ok(written.len()));
        let back = Apdu::<Unread<'_>>::from_bytes(&written).expect("what was written is read");
        // Not by `==`: a float may be no number.
        let mut twice = vec![0; back.wire_len()];
        assert_eq!(back.emit_to_slice(&mut twice), Ok(twice.len()));
        assert_eq!(written, twice);
    }
    let Ok(apdu) = apdu else { return usize::from(unread.is_ok()) };
    let mut written = vec![0; apdu.wire_len()];
    assert_eq!(apdu.emit_to_slice(&mut written), Ok(written.len()));
    let back = Apdu::<DataRef<'_>>::from_bytes(&written).expect("what was written is read");
    let mut twice = vec![0; back.wire_len()];
    assert_eq!(back.emit_to_slice(&mut twice), Ok(twice.len()));
    assert_eq!(written, twice);

    let xml = to_xml(octets).expect("a message has an XML");
    match from_xml(&xml) {
        Ok(back) => {
            assert!(Apdu::<DataRef<'_>>::from_bytes(&back).is_ok(), "{xml}");
            3
        }
        Err(_) => 2,
    }
}

/// A message of each kind.
pub fn apdu_seeds() -> Vec<Vec<u8>> {
    let attribute = [0, 3, 1, 0, 1, 8, 0, 255, 2];
    let with = |begin: &[u8], end: &[u8]| [begin, &attribute, end].concat();
    vec![
        vec![0x01, 0, 0, 0, 6, 0x5F, 0x1F, 4, 0, 0, 0x7E, 0x1F, 4, 0xB0],
        vec![0x08, 0, 6, 0x5F, 4, 0, 0, 0x50, 0x1F, 5, 0, 0, 7],
        vec![0x0E, 1, 6, 1],
        vec![0x05, 2, 2, 0x20, 0x08, 4, 0x20, 0x10, 1, 0x11, 5],
        vec![0x0C, 3, 0, 6, 0, 0, 0, 1, 1, 3, 2, 1, 0, 2, 1, 0xAA],
        vec![0x0D, 3, 0, 1, 12, 2, 0, 5],
        vec![0x18, 0, 1, 2, 0x10, 0x08, 1, 0x12, 0, 1],
        vec![0x0F, 0x40, 0, 0, 0, 0, 2, 2, 6, 0, 0, 2, 0xDD, 0x0A, 1, b'<'],
        vec![0x0F, 0x40, 0, 0, 0, 0, 0xAA],
        with(&[0xC0, 1, 0xC1], &[1, 2, 2, 4, 6, 0, 0, 0, 1, 6, 0, 0, 0, 9, 0x12, 0, 1, 0x12, 0, 0]),
        with(&[0xC0, 3, 0xC1, 1], &[0]),
        vec![0xC4, 1, 0xC1, 0, 0x13, 2, 2, 0x12, 9, 8, 1, 2, 1, b'a', 3, 4, 1, b'b'],
        vec![0xC4, 2, 0xC1, 1, 0, 0, 0, 2, 0, 1, 0xAA],
        with(&[0xC1, 1, 0xC1], &[0, 0x12, 0, 7]),
        vec![0xC5, 4, 0xC1, 2, 0, 12, 0, 0, 0, 2],
        with(&[0xC3, 1, 0xC1], &[1, 15, 0]),
        vec![0xC7, 1, 0xC1, 0, 1, 0, 9, 1, b'1'],
        with(&[0xC2, 0], &[6, 0, 0, 0, 1]),
        with(&[0xD9, 0x40, 0, 0, 1, 0, 1, 1], &[1, 0]),
        vec![0xDA, 0x40, 0, 0, 1, 0, 0, 1, 0x11, 1, 1, 3, 0],
        vec![0xD8, 1, 6, 0, 0, 1, 2],
        vec![0xE0, 0xC3, 0, 1, 0, 0, 2, 0xC0, 1],
        vec![0xC8, 8, 0x20, 0, 0, 0, 1, 0xAA, 0xBB, 0xCC],
        vec![0x63, 3, 0x80, 1, 0],
        vec![0x60, 0x0B, 0xA1, 9, 6, 7, 0x60, 0x85, 0x74, 5, 8, 1, 1],
    ]
}

/// How far a text gets as the XML of a message.
pub const XML_RUNGS: &[&str] = &["no text", "no message", "a message"];

/// Any text as the XML of a message: read or refused, and what is read is written again or refused.
pub fn xml(octets: &[u8]) -> usize {
    let Ok(text) = std::str::from_utf8(octets) else { return 0 };
    match from_xml(text) {
        Ok(message) => {
            let _ = to_xml(&message);
            2
        }
        Err(error) => {
            assert!(error.offset <= text.len());
            1
        }
    }
}

/// The XML of a message of each kind.
pub fn xml_seeds() -> Vec<Vec<u8>> {
    let written = apdu_seeds().into_iter().filter_map(|octets| to_xml(&octets).ok());
    written
        .map(String::into_bytes)
        .chain([b"<a b='c'>&#x41;<!-- --></a>".to_vec(), vec![0xFF]])
        .collect()
}
