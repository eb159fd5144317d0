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

    #[inline]
    fn next(&mut self) -> Option<RecordItem<'a>> {
        next_item(&mut self.reader)
    }
}

impl FusedIterator for Records<'_> {}

#[inline(always)]
fn next_item<'a, V: Visit>(reader: &mut Reader<'a, V>) -> Option<RecordItem<'a>> {
    let octets = reader.rest();
    match DataRecord::split(octets) {
        Some((record, _)) if !V::ACTIVE => {
            reader.slice(record.octets().len(), "record").ok()?;
            Some(RecordItem::Record(record))
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

/// Items that are no records: DIF `xF`.
#[cold]
fn special<'a, V: Visit>(reader: &mut Reader<'a, V>) -> RecordItem<'a> {
    let (start, all) = (reader.offset(), reader.rest());
    let [dif, behind @ ..] = all else { return RecordItem::Filler { octets: &[] } };
    let item = match *dif {
        FILLER => {
            let len = all.iter().take_while(|octet| **octet == FILLER).count();
            RecordItem::Filler { octets: all.get(..len).unwrap_or_default() }
        }
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
