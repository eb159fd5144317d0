//! [`TimeStamp`]: when a message was made, if it says so.

use gurux_framing::{Reader, Shown, Sink, Visit, WireError};

use super::axdr::length;
use super::part::{Part, encode_by};
use super::{CosemDateTime, DataType};
#[cfg(feature = "alloc")]
use crate::xml;

/// The date and time of a message: an octet-string of twelve octets, or of none.
///
/// ```
/// use gurux_dlms::wire::{CosemDateTime, DateTimeForm, TimeStamp};
///
/// assert!(TimeStamp::NONE.date_time().is_none());
/// let octets = [0x07, 0xE1, 9, 15, 5, 4, 51, 26, 0xFF, 0x80, 0, 0];
/// let stamp = TimeStamp::new(&octets);
/// assert_eq!(stamp.date_time(), Some(CosemDateTime::from_octets(octets)));
/// assert_eq!(stamp.form, DateTimeForm::Plain);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct TimeStamp<'a> {
    /// The octets of a date-time, or none.
    pub octets: &'a [u8],
    /// How they are written.
    pub form: DateTimeForm,
}

/// How the date and time of a message is written.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum DateTimeForm {
    /// A length, then the octets, as the standard says.
    Plain,
    /// The tag of an octet-string in front. observed: data-notifications of Kaifa meters
    /// (`09 0C` where `0C` is due).
    Tagged,
}

impl<'a> TimeStamp<'a> {
    /// No date and time.
    pub const NONE: Self = Self { octets: &[], form: DateTimeForm::Plain };

    /// The date and time in these octets.
    #[must_use]
    pub const fn new(octets: &'a [u8]) -> Self {
        Self { octets, form: DateTimeForm::Plain }
    }

    /// The date and time, if there is one.
    #[must_use]
    pub fn date_time(&self) -> Option<CosemDateTime> {
        CosemDateTime::from_slice(self.octets)
    }
}

impl TimeStamp<'_> {
    /// Nine octets, which no date-time has, of which the first is twelve.
    const fn seems_tagged(&self) -> bool {
        matches!(self.octets, [DATE_TIME_LEN, ..]) && self.octets.len() == TAG as usize
    }
}

const TAG: u8 = DataType::OCTET_STRING.code();
const DATE_TIME_LEN: u8 = 12;

impl<'a> Part<'a> for TimeStamp<'a> {
    const TYPE: &'static str = "OCTET-STRING";

    fn take<V: Visit>(reader: &mut Reader<'a, V>, what: &'static str) -> Result<Self, WireError> {
        // No date-time has nine octets, so nine and twelve are a tag and a length.
        let form = match reader.rest() {
            [TAG, DATE_TIME_LEN, ..] => DateTimeForm::Tagged,
            _ => DateTimeForm::Plain,
        };
        if form == DateTimeForm::Tagged {
            reader.structure_u8("data type")?;
        }
        let len = length::read(reader, "length")?;
        let start = reader.offset();
        let octets = reader.slice(len, what)?;
        reader.show(start, what, Shown::Octets(octets));
        Ok(Self { octets, form })
    }

    fn put(&self, out: &mut impl Sink) {
        if self.form == DateTimeForm::Tagged {
            out.put_u8(TAG);
        } else if self.seems_tagged() {
            // The longer form of its length has no tag in front.
            out.put_u8(0x81);
        }
        self.octets.put(out);
    }

    fn part_len(&self) -> usize {
        let before = self.form == DateTimeForm::Tagged || self.seems_tagged();
        self.octets.part_len().wrapping_add(before.into())
    }

    encode_by!(|element, out| xml::octet_string(&xml::hex(element)?, out));
}
