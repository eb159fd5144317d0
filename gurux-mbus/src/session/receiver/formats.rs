//! [`FormatMemory`]: the formats of compact frames.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use gurux_framing::WireError;

use crate::wire::{CompactFrame, FormatFrame, FormatSignature, MeterAddress, headers};

/// The formats of compact frames: learnt from full frames and format frames, saved and loaded.
///
/// A format is kept for the meter that taught it, by its signature. A compact frame is tried with the
/// format of its own meter first, then with those of the same signature that other meters taught: the
/// sum in the frame proves which one is right, so meters that use one signature for different formats
/// do not disturb each other.
///
/// There is room for so many formats; when it is full, the one that was used longest ago goes.
///
/// ```
/// use gurux_framing::Wire;
/// use gurux_mbus::session::FormatMemory;
/// use gurux_mbus::wire::CompactFrame;
///
/// let meter = "12345678 KAM 27 22".parse()?;
/// let full = [0x02, 0x5A, 0xD9, 0x00, 0x04, 0x13, 0x31, 0xD4, 0x00, 0x00];
/// let mut formats = FormatMemory::new(100);
/// formats.learn(meter, &full);
///
/// let compact = CompactFrame::of_full(&full, &[0xD9, 0x00, 0x31, 0xD4, 0x00, 0x00]);
/// assert_eq!(formats.expand(meter, &compact), Some(Ok(full.to_vec())));
/// # Ok::<(), gurux_mbus::wire::AddressError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FormatMemory {
    formats: BTreeMap<(FormatSignature, Option<MeterAddress>), Known>,
    max: usize,
    /// Counts what was learnt and used.
    clock: u64,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Known {
    format: Box<[u8]>,
    used: u64,
}

/// Of one signature so many meters' formats are tried.
const MAX_TRIES: usize = 64;
/// Records of an expanded frame take no more octets than this.
const MAX_EXPANDED: usize = 2048;

impl FormatMemory {
    /// Room for `max` formats.
    #[must_use]
    pub const fn new(max: usize) -> Self {
        Self { formats: BTreeMap::new(), max, clock: 0 }
    }

    /// How many formats are known.
    #[must_use]
    pub fn len(&self) -> usize {
        self.formats.len()
    }

    /// Is none known?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.formats.is_empty()
    }

    /// Learns the format of a full frame's records, and answers whether it is new.
    pub fn learn(&mut self, meter: MeterAddress, records: &[u8]) -> bool {
        let signature = FormatSignature::of_records(records);
        let time = self.tick();
        if let Some(known) = self.formats.get_mut(&(signature, Some(meter)))
            && headers(records).flatten().eq(known.format.iter())
        {
            known.used = time;
            return false;
        }
        let format: Vec<u8> = headers(records).flatten().copied().collect();
        self.insert(Some(meter), &format)
    }

    /// Learns from a format frame, and answers whether it is new.
    pub fn learn_format(&mut self, meter: MeterAddress, frame: &FormatFrame<'_>) -> bool {
        self.insert(Some(meter), frame.format())
    }

    /// Adds a format, of one meter or of all, and answers whether it is new. One without records is
    /// none.
    pub fn insert(&mut self, meter: Option<MeterAddress>, format: &[u8]) -> bool {
        if format.is_empty() || self.max == 0 {
            return false;
        }
        let place = (FormatSignature::of_format(format), meter);
        let used = self.tick();
        if !self.formats.contains_key(&place) && self.formats.len() >= self.max {
            let oldest = self.formats.iter().min_by_key(|(_, known)| known.used);
            if let Some(oldest) = oldest.map(|(place, _)| *place) {
                self.formats.remove(&oldest);
            }
        }
        let before = self.formats.insert(place, Known { format: format.into(), used });
        before.is_none_or(|known| *known.format != *format)
    }

    /// The formats of this signature: the meter's own first, then those for all meters, then those
    /// that other meters taught.
    pub fn lookup(
        &self,
        meter: MeterAddress,
        signature: FormatSignature,
    ) -> impl Iterator<Item = &[u8]> {
        let own = self.formats.get(&(signature, Some(meter)));
        let others = self
            .formats
            .range((signature, None)..)
            .take_while(move |(place, _)| place.0 == signature);
        let others =
            others.filter(move |(place, _)| place.1 != Some(meter)).map(|(_, known)| known);
        own.into_iter().chain(others).map(|known| &*known.format)
    }

    /// The records of a compact frame as a full frame has them. `None` if no format of its signature
    /// is known.
    ///
    /// # Errors
    /// Formats are known, and none of them fits: what was wrong with the likeliest one.
    pub fn expand(
        &mut self,
        meter: MeterAddress,
        compact: &CompactFrame<'_>,
    ) -> Option<Result<Vec<u8>, WireError>> {
        let mut first_error = None;
        let mut expanded = None;
        let mut room = alloc::vec![0; MAX_EXPANDED];
        for format in self.lookup(meter, compact.signature()).take(MAX_TRIES) {
            match compact.expand(format, &mut room) {
                Ok(records) => {
                    expanded = Some((records.len(), Vec::from(format)));
                    break;
                }
                Err(error) => {
                    first_error.get_or_insert(error);
                }
            }
        }
        let Some((len, format)) = expanded else { return first_error.map(Err) };
        room.truncate(len);
        // Next time it is the meter's own.
        self.insert(Some(meter), &format);
        Some(Ok(room))
    }

    /// All formats, and whose they are; `None` for those of all meters.
    pub fn iter(&self) -> impl Iterator<Item = (Option<MeterAddress>, &[u8])> {
        self.formats.iter().map(|((_, meter), known)| (*meter, &*known.format))
    }

    fn tick(&mut self) -> u64 {
        self.clock = self.clock.saturating_add(1);
        self.clock
    }
}

#[cfg(feature = "serde")]
mod saved {
    use alloc::string::String;
    use core::fmt::Write;

    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{FormatMemory, MeterAddress, Vec};

    #[derive(Serialize, Deserialize)]
    #[serde(rename = "FormatMemory", deny_unknown_fields)]
    struct Saved {
        max: usize,
        formats: Vec<SavedFormat>,
    }

    /// The signature follows from the format.
    #[derive(Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct SavedFormat {
        meter: Option<MeterAddress>,
        /// Hexadecimal digits.
        format: String,
    }

    impl Serialize for FormatMemory {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            // The order of their use is kept.
            let mut formats: Vec<_> = self.formats.iter().collect();
            formats.sort_by_key(|(_, known)| known.used);
            let formats = formats.into_iter().map(|((_, meter), known)| {
                let mut format = String::new();
                for octet in &known.format {
                    // Writing into a `String` cannot fail.
                    let _ = write!(format, "{octet:02X}");
                }
                SavedFormat { meter: *meter, format }
            });
            Saved { max: self.max, formats: formats.collect() }.serialize(serializer)
        }
    }

    impl<'de> Deserialize<'de> for FormatMemory {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let saved = Saved::deserialize(deserializer)?;
            let mut formats = Self::new(saved.max);
            for SavedFormat { meter, format } in saved.formats {
                let format = octets(&format).ok_or_else(|| {
                    D::Error::custom("a format is written in pairs of hex digits")
                })?;
                formats.insert(meter, &format);
            }
            Ok(formats)
        }
    }

    fn octets(text: &str) -> Option<Vec<u8>> {
        let digit = |character: u8| char::from(character).to_digit(16).map(|digit| digit as u8);
        let (pairs, odd) = text.as_bytes().as_chunks::<2>();
        let octets = pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?));
        if odd.is_empty() { octets.collect() } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two volumes; two records of the same signature are made below by search.
    const FULL: &[u8] = &[0x04, 0x13, 1, 0, 0, 0, 0x44, 0x13, 2, 0, 0, 0];

    fn meter(number: u8) -> MeterAddress {
        MeterAddress::from_octets([number, 0, 0, 0, 0x2D, 0x2C, 1, 7])
    }

    fn compact<'a>(full: &[u8], data: &'a [u8]) -> CompactFrame<'a> {
        CompactFrame::of_full(full, data)
    }

    #[test]
    fn what_one_meter_taught_serves_another() {
        let mut formats = FormatMemory::new(10);
        let frame = compact(FULL, &[1, 0, 0, 0, 2, 0, 0, 0]);
        assert_eq!(formats.expand(meter(2), &frame), None);
        assert!(formats.learn(meter(1), FULL));
        assert!(!formats.learn(meter(1), FULL));
        assert_eq!(formats.expand(meter(2), &frame), Some(Ok(FULL.to_vec())));
        assert_eq!(formats.len(), 2);
    }

    #[test]
    fn data_that_are_not_of_the_format_are_refused() {
        let mut formats = FormatMemory::new(10);
        formats.learn(meter(1), FULL);
        let short = compact(FULL, &[1, 0, 0, 0, 2, 0, 0]);
        assert!(formats.expand(meter(1), &short).unwrap().is_err());
        let other = compact(FULL, &[1, 0, 0, 0, 2, 0, 0, 1]);
        let error = formats.expand(meter(1), &other).unwrap().unwrap_err();
        assert_eq!(error.what, "full frame crc");
    }

    /// A text as VIF makes formats of any signature.
    #[test]
    fn formats_of_one_signature_live_side_by_side() {
        let signature = FormatSignature::of_records(FULL);
        let clash = (0..=u16::MAX)
            .map(|text| {
                [0x04, 0x13, 1, 0, 0, 0, 0x04, 0x7C, 2, text as u8, (text >> 8) as u8, 2, 0, 0, 0]
            })
            .find(|full| FormatSignature::of_records(full) == signature)
            .unwrap();
        let mut formats = FormatMemory::new(10);
        formats.learn(meter(1), FULL);
        formats.learn(meter(2), &clash);
        let data = [1, 0, 0, 0, 2, 0, 0, 0];
        for (full, own) in [(FULL, meter(1)), (&clash[..], meter(2))] {
            let frame = compact(full, &data);
            // By its own meter, and by one that never taught anything.
            assert_eq!(formats.expand(own, &frame), Some(Ok(full.to_vec())));
            assert_eq!(formats.expand(meter(3), &frame), Some(Ok(full.to_vec())));
        }
    }

    #[test]
    fn the_format_that_was_used_longest_ago_goes() {
        let mut formats = FormatMemory::new(3);
        for number in 1..=3 {
            formats.learn(meter(number), FULL);
        }
        formats.learn(meter(1), FULL);
        formats.learn(meter(4), FULL);
        let left: Vec<_> = formats.iter().filter_map(|(meter, _)| meter).collect();
        assert_eq!(left, [meter(1), meter(3), meter(4)]);
        assert!(!formats.insert(None, &[]));
        assert!(!FormatMemory::new(0).learn(meter(1), FULL));
    }

    #[cfg(feature = "serde")]
    #[test]
    fn what_was_learnt_is_saved_and_loaded() {
        let mut formats = FormatMemory::new(3);
        formats.learn(meter(1), FULL);
        formats.insert(None, &[0x02, 0x5A]);
        let text = serde_json::to_string(&formats).unwrap();
        assert!(text.contains(r#"{"meter":"00000001 KAM 1 7","format":"04134413"}"#), "{text}");
        let loaded: FormatMemory = serde_json::from_str(&text).unwrap();
        assert!(loaded.iter().eq(formats.iter()));
        let bad = text.replace("04134413", "0413441");
        assert!(serde_json::from_str::<FormatMemory>(&bad).is_err());
    }
}
