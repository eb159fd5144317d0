//! Record after record.

use core::iter::FusedIterator;

use gurux_framing::{Reader, Shown, Sink, Visit, WireError, WireErrorKind};

use super::data::DataRecord;
use super::dib::DataField;
use super::extent::{TextOrder, behind_record};

/// The manufacturer's own octets follow, up to the end.
pub(super) const MANUFACTURER: u8 = 0x0F;
/// The same, and the meter has more records for another telegram.
pub(super) const MORE_RECORDS_FOLLOW: u8 = 0x1F;
/// An octet to be passed over.
pub(super) const FILLER: u8 = 0x2F;
/// A reader asks for all data.
pub(super) const GLOBAL_READOUT: u8 = 0x7F;

/// What a telegram with records is made of. The octets of the items together are all octets.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum RecordItem<'a> {
    /// A record.
    Record(DataRecord<'a>),
    /// Idle fillers (DIF `2F`), in a row.
    Filler {
        /// All of them `2F`.
        octets: &'a [u8],
    },
    /// The manufacturer's own octets (DIF `0F`, `1F`), up to the end of the telegram.
    Manufacturer {
        /// With DIF `1F`, the meter has more records for another telegram.
        more_records_follow: bool,
        /// Behind the DIF.
        octets: &'a [u8],
    },
    /// The request for all data (DIF `7F`), of a reader.
    GlobalReadout,
    /// Octets that cannot be read as a record.
    ///
    /// Where the chains of extension bits, the data field and the length still tell where the next
    /// record begins, these are one record and the next is read; else they reach to the end.
    Bad {
        /// As they stand.
        octets: &'a [u8],
        /// Why.
        why: WireError,
    },
}

/// Walks over the records of a telegram, lazily and without an allocator.
///
/// ```
/// use gurux_mbus::wire::{RecordItem, Records};
///
/// let payload = [0x0B, 0x3B, 0x56, 0x34, 0x12, 0x2F, 0x04, 0x06, 1, 0, 0, 0, 0x0A, 0x5A, 0x17, 0x02];
/// let readings: Vec<String> = Records::new(&payload)
///     .filter_map(|item| match item {
///         RecordItem::Record(record) => Some(record.measurement().to_string()),
///         _ => None,
///     })
///     .collect();
/// assert_eq!(
///     readings,
///     ["flow.volume = 123.456 m³/h", "energy = 1000 Wh", "temperature.flow = 21.7 °C"],
/// );
/// ```
#[derive(Clone, Debug)]
pub struct Records<'a> {
    reader: Reader<'a>,
}

impl<'a> Records<'a> {
    /// Is `payload` records to its last octet, each with a sense: no code that nobody knows, no value that
    /// is none? Random octets hardly ever are.
    #[must_use]
    pub fn are_plausible(payload: &'a [u8]) -> bool {
        let mut count = 0_usize;
        for item in Self::new(payload) {
            match item {
                RecordItem::Record(record) if record.is_plausible() => {
                    count = count.saturating_add(1);
                }
                RecordItem::Filler { .. } => {}
                RecordItem::Manufacturer { .. } if count > 1 => {}
                _ => return false,
            }
        }
        count > 0
    }

    /// The records in `payload`.
    #[must_use]
    #[inline]
    pub const fn new(payload: &'a [u8]) -> Self {
        Self { reader: Reader::new(payload) }
    }

    /// The same, where `payload` begins at octet `origin` of the outermost buffer: the offsets of
    /// faults count from there.
    #[must_use]
    pub fn with_origin(payload: &'a [u8], origin: usize) -> Self {
        Self { reader: Reader::explaining(payload, origin, ()) }
    }

    /// Writes the records in `payload` with the data of each turned around, last octet first: those
    /// with the high octet first (CI `76`) become what [`Records`] reads, and the other way.
    ///
    /// As many octets are written, and each record stands where it stood. What is no record (the
    /// manufacturer's octets, a record that cannot be read) and a plain text unit stay as they are.
    ///
    /// ```
    /// use gurux_mbus::wire::Records;
    ///
    /// let mut turned: Vec<u8> = Vec::new();
    /// Records::turn(&[0x0B, 0x13, 0x01, 0x23, 0x45, 0x0F, 1, 2], &mut turned);
    /// assert_eq!(turned, [0x0B, 0x13, 0x45, 0x23, 0x01, 0x0F, 1, 2]);
    /// ```
    pub fn turn(payload: &[u8], out: &mut impl Sink) {
        for item in Records::new(payload) {
            let RecordItem::Record(record) = item else {
                item.emit(out);
                continue;
            };
            let (octets, data) = (record.octets(), record.data_octets());
            let data_at = octets.len().saturating_sub(data.len());
            out.put(octets.get(..data_at).unwrap_or_default());
            data.iter().rev().for_each(|octet| out.put_u8(*octet));
        }
    }

    /// The octets not walked over yet.
    #[must_use]
    pub const fn rest(&self) -> &'a [u8] {
        self.reader.rest()
    }

    /// Where the next item begins, counted from the outermost buffer.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.reader.offset()
    }

    /// Tells `visitor` of each field of all records in `payload`, which begins at octet `origin` of
    /// the outermost buffer.
    pub fn explain(payload: &'a [u8], origin: usize, visitor: impl Visit) {
        Self::read_all(&mut Reader::explaining(payload, origin, visitor));
    }

    /// Reads all records at the cursor, for the sake of its visitor.
    pub(crate) fn read_all<V: Visit>(reader: &mut Reader<'a, V>) {
        while next_item(reader).is_some() {}
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = RecordItem<'a>;

    // A record that is handed over in memory costs more than reading it: its octets were written one
    // by one and are loaded in one piece.
    #[inline(always)]
    fn next(&mut self) -> Option<RecordItem<'a>> {
        next_item(&mut self.reader)
    }
}

impl FusedIterator for Records<'_> {}

#[inline(always)]
fn next_item<'a, V: Visit>(reader: &mut Reader<'a, V>) -> Option<RecordItem<'a>> {
    let octets = reader.rest();
    let dif = *octets.first()?;
    match DataRecord::split(octets) {
        Some((record, _)) if !V::ACTIVE => {
            reader.slice(record.octets().len(), "record").ok()?;
            Some(RecordItem::Record(record))
        }
        // They stand in every telegram that was encrypted in blocks.
        None if dif == FILLER && !V::ACTIVE => {
            let octets = reader.slice(fillers(octets), "dif").ok()?;
            Some(RecordItem::Filler { octets })
        }
        _ => {
            let mut item = None;
            let _ = reader.call(|reader| {
                item = other_item(reader);
                Ok(())
            });
            item
        }
    }
}

/// An item that is no record, or one that somebody is to be told of.
#[inline(never)]
fn other_item<'a, V: Visit>(reader: &mut Reader<'a, V>) -> Option<RecordItem<'a>> {
    let octets = reader.rest();
    let dif = *octets.first()?;
    if DataField::of(dif) == DataField::Special {
        return Some(special(reader));
    }
    // The group ends also behind a fault: the records behind are no part of it.
    Some(match reader.group("record", |reader| Ok(reader.read())).flatten() {
        Ok(record) => RecordItem::Record(record),
        Err(why) => bad(reader, octets, why),
    })
}

/// How many fillers these octets begin with.
#[inline]
fn fillers(octets: &[u8]) -> usize {
    octets.iter().position(|octet| *octet != FILLER).unwrap_or(octets.len())
}

/// Items that are no records: DIF `xF`.
#[cold]
fn special<'a, V: Visit>(reader: &mut Reader<'a, V>) -> RecordItem<'a> {
    let (start, all) = (reader.offset(), reader.rest());
    let [dif, behind @ ..] = all else { return RecordItem::Filler { octets: &[] } };
    let item = match *dif {
        FILLER => RecordItem::Filler { octets: all.get(..fillers(all)).unwrap_or_default() },
        MANUFACTURER | MORE_RECORDS_FOLLOW => RecordItem::Manufacturer {
            more_records_follow: *dif == MORE_RECORDS_FOLLOW,
            octets: behind,
        },
        GLOBAL_READOUT => RecordItem::GlobalReadout,
        code => {
            let why = WireError::new(start, "dif", WireErrorKind::Code(code.into()));
            RecordItem::Bad { octets: all, why }
        }
    };
    let name = match item {
        RecordItem::Filler { .. } => "idle filler",
        RecordItem::Manufacturer { more_records_follow: true, .. } => "more records follow",
        RecordItem::Manufacturer { .. } => "manufacturer data",
        RecordItem::GlobalReadout => "global readout request",
        _ => "reserved",
    };
    let _ = reader.slice(item.octet_count().min(all.len()), "dif");
    reader.show(start, name, Shown::Octets(all.get(..item.octet_count()).unwrap_or(all)));
    item
}

/// What stood where a record should be. The cursor may be anywhere within it.
#[cold]
fn bad<'a, V: Visit>(reader: &mut Reader<'a, V>, all: &'a [u8], why: WireError) -> RecordItem<'a> {
    let taken = all.len().wrapping_sub(reader.rest().len());
    // Too long a chain is no riddle: it ends where its extension bits say. All else leaves the
    // begin of the next record unknown.
    let len = match behind_record(all, TextOrder::BehindVifes) {
        Some(rest) if matches!(why.kind, WireErrorKind::Limit { .. }) => {
            all.len().wrapping_sub(rest.len()).max(taken)
        }
        _ => all.len(),
    };
    let start = reader.offset();
    match reader.slice(len.wrapping_sub(taken), "record") {
        Ok(rest) if !rest.is_empty() => reader.show(start, "unread", Shown::Octets(rest)),
        _ => {}
    }
    RecordItem::Bad { octets: all.get(..len).unwrap_or(all), why }
}

impl RecordItem<'_> {
    /// The octets that the item takes on the wire.
    fn octet_count(&self) -> usize {
        match self {
            Self::Record(record) => record.octets().len(),
            Self::Filler { octets } | Self::Bad { octets, .. } => octets.len(),
            Self::Manufacturer { octets, .. } => octets.len().saturating_add(1),
            Self::GlobalReadout => 1,
        }
    }

    /// Writes the item as it was read.
    pub fn emit(&self, out: &mut impl Sink) {
        match self {
            Self::Record(record) => out.put(record.octets()),
            Self::Filler { octets } | Self::Bad { octets, .. } => out.put(octets),
            Self::Manufacturer { more_records_follow, octets } => {
                out.put_u8(if *more_records_follow { MORE_RECORDS_FOLLOW } else { MANUFACTURER });
                out.put(octets);
            }
            Self::GlobalReadout => out.put_u8(GLOBAL_READOUT),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;
    use std::vec::Vec;

    use gurux_framing::laws::RangesWithin;
    use gurux_framing::{Annotator, WireErrorKind};
    use proptest::collection::vec;
    use proptest::prelude::{Just, any, prop_assert_eq, prop_oneof, proptest};

    use super::{RecordItem, Records};

    fn readings(payload: &[u8]) -> Vec<std::string::String> {
        Records::new(payload)
            .map(|item| match item {
                RecordItem::Record(record) => record.measurement().to_string(),
                RecordItem::Bad { octets, why } => std::format!("{} octets, {why}", octets.len()),
                other => std::format!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn data_are_turned_around_and_nothing_else_is() {
        let payload = [
            &[0x0B, 0x13, 0x01, 0x23, 0x45][..],
            &[0x2F, 0x2F],
            // A text, behind its length.
            &[0x0D, 0xFD, 0x0C, 3, b'a', b'b', b'c'],
            // The identification of a plain text unit, and its data.
            &[0x02, 0x7C, 2, b'h', b'V', 0x12, 0x34],
            &[0x0F, 0xDE, 0xAD],
        ]
        .concat();
        let mut turned: Vec<u8> = Vec::new();
        Records::turn(&payload, &mut turned);
        assert_eq!(
            readings(&turned)[..4],
            [
                "volume = 12.345 m³",
                "Filler { octets: [47, 47] }",
                "model = abc",
                "plain-text.Vh = 4660"
            ]
        );
        assert_eq!(turned[turned.len() - 3..], [0x0F, 0xDE, 0xAD]);
    }

    #[test]
    fn one_bad_record_loses_no_other() {
        let chain = [0x04, 0x93, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00];
        let payload = [&[0x01, 0x13, 5][..], &chain, &[1, 2, 3, 4], &[0x01, 0x14, 6]].concat();
        assert_eq!(
            readings(&payload),
            [
                "volume = 0.005 m³",
                "17 octets, octet 15, vife: more than the 10 that are accepted",
                "volume = 0.06 m³",
            ]
        );
    }

    #[test]
    fn what_ends_too_early_is_kept_with_its_reason() {
        for (payload, octets, reason) in [
            (&[0x01, 0x13, 5, 0x04, 0x13, 1, 2][..], 4, "octet 5, data: 4 octets needed"),
            (&[0x01, 0x13, 5, 0x84], 1, "octet 4, dife: 1 octet needed"),
            (&[0x01, 0x13, 5, 0x04], 1, "octet 4, vif: 1 octet needed"),
            (&[0x01, 0x13, 5, 0x04, 0x93], 2, "octet 5, vife: 1 octet needed"),
            (&[0x01, 0x13, 5, 0x0D, 0x13], 2, "octet 5, lvar: 1 octet needed"),
            (&[0x01, 0x13, 5, 0x0D, 0x13, 0xFF, 1], 4, "octet 5, lvar: code 0xFF"),
            (&[0x01, 0x13, 5, 0x3F, 1, 2], 3, "octet 3, dif: code 0x3F"),
            (&[0x01, 0x13, 5, 0x01, 0x7C, 9, b'x'], 4, "octet 5, text length: length says 9"),
        ] {
            let items: Vec<_> = Records::new(payload).collect();
            let [RecordItem::Record(_), RecordItem::Bad { octets: bad, why }] = items[..] else {
                panic!("{payload:02X?}: {items:?}")
            };
            assert_eq!(bad.len(), octets, "{payload:02X?}");
            assert!(why.to_string().starts_with(reason), "{why} is not {reason}");
        }
    }

    #[test]
    fn offsets_count_from_the_outermost_buffer() {
        let item = Records::with_origin(&[0x04, 0x13, 1], 19).next();
        let Some(RecordItem::Bad { why, .. }) = item else { panic!() };
        assert_eq!(
            (why.offset, why.kind),
            (21, WireErrorKind::Truncated { needed: 4, available: 1 },)
        );
    }

    #[test]
    fn special_functions_are_items() {
        let items: Vec<_> = Records::new(&[0x2F, 0x2F, 0x7F, 0x1F, 1, 2]).collect();
        assert_eq!(
            items,
            [
                RecordItem::Filler { octets: &[0x2F, 0x2F] },
                RecordItem::GlobalReadout,
                RecordItem::Manufacturer { more_records_follow: true, octets: &[1, 2] },
            ]
        );
    }

    #[test]
    fn the_order_of_a_text_is_the_one_that_ends_exactly() {
        let one = [0x02, 0xFC, 0x03, 0x48, 0x52, 0x25, 0x74, 0x22, 0x15];
        let other = [0x02, 0xFC, 0x74, 0x03, 0x48, 0x52, 0x25, 0x22, 0x15];
        for (payload, count) in [
            (&[&one[..], &one, &[0x01, 0x13, 5]].concat(), 3),
            (&[&other[..], &other, &[0x01, 0x13, 5]].concat(), 3),
            // Some meters have both in one telegram.
            (&[&one[..], &other, &[0x2F]].concat(), 2),
            (&[&other[..], &one, &[0x0F, 9, 9]].concat(), 2),
        ] {
            let shown = readings(payload);
            assert_eq!(shown[0], "plain-text.%RH = 54.10 %", "{payload:02X?}");
            let texts = shown.iter().filter(|line| line.contains('=')).count();
            assert_eq!(texts, count, "{shown:?}");
        }
    }

    #[test]
    fn each_octet_is_explained() {
        let payload = [0x8C, 0x10, 0x13, 0x78, 0x56, 0x34, 0x12, 0x2F, 0x0D, 0x78, 0x01, b'x'];
        let mut annotator = Annotator::new(std::string::String::new(), &payload);
        Records::explain(&payload, 0, &mut annotator);
        let text = annotator.finish().unwrap();
        for part in ["8 digit BCD", "dife", "12345678", "idle filler", "variable length", "lvar"] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
    }

    proptest! {
        #[test]
        fn turned_twice_is_as_before(payload in vec(any::<u8>(), 0..64)) {
            let (mut turned, mut back): (Vec<u8>, Vec<u8>) = (Vec::new(), Vec::new());
            Records::turn(&payload, &mut turned);
            Records::turn(&turned, &mut back);
            prop_assert_eq!(turned.len(), payload.len());
            prop_assert_eq!(back, payload);
        }

        /// Nothing is lost, whatever comes, and a listener changes nothing.
        #[test]
        fn items_together_are_all_octets(
            payload in vec(prop_oneof![
                any::<u8>(),
                Just(0x80), Just(0xFC), Just(0x0D), Just(0x04), Just(0x13), Just(0x2F),
            ], 0..120),
            origin in 0_usize..1000,
        ) {
            let mut emitted = Vec::new();
            for item in Records::with_origin(&payload, origin) {
                item.emit(&mut emitted);
                if let RecordItem::Record(record) = item {
                    let _ = (record.measurement().to_string(), record.data());
                }
                if let RecordItem::Bad { octets, why } = item {
                    prop_assert_eq!(octets.is_empty(), false);
                    prop_assert_eq!(why.offset <= origin + payload.len(), true);
                }
            }
            prop_assert_eq!(&emitted, &payload);
            Records::explain(&payload, origin, RangesWithin::new(origin..origin + payload.len()));
        }
    }
}
