//! DLMS/COSEM: any octets as a value.

use gurux_dlms::value::{Data, plain_value};
use gurux_dlms::wire::{DataRef, Event, Events};
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
    let mut annotator = Annotator::new(String::new(), octets);
    let explained = DataRef::explain(octets, 0, &mut annotator);
    assert_eq!(explained.is_ok(), value.is_ok());
    let Ok(value) = value else { return usize::from(told > 0) };

    // A long form of a length is written in the shortest, so twice gives the same as once.
    let mut written = vec![0; value.wire_len()];
    assert_eq!(value.emit_to_slice(&mut written), Ok(written.len()));
    let back = DataRef::from_bytes(&written).expect("what was written is read");
    let owned = Data::from(back);
    let mut twice = vec![0; owned.wire_len()];
    assert_eq!(owned.emit_to_slice(&mut twice), Ok(twice.len()));
    let shortest = Data::from_bytes(&twice).expect("what is owned is written as a value");
    let mut thrice = vec![0; shortest.wire_len()];
    assert_eq!(shortest.emit_to_slice(&mut thrice), Ok(thrice.len()));
    assert_eq!(twice, thrice);
    match (compact, deepest) {
        (true, _) => 4,
        (false, 1..) => 3,
        (false, 0) => 2,
    }
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
