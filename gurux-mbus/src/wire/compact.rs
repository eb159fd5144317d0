//! Compact frames: records whose headers both sides know, and the frames that tell the headers.
//!
//! A **format** is the headers of all records of a frame, DIB and VIB in a row, without the data. Its
//! signature is the CRC-16/EN-13757 of these octets. A **compact frame** (CI `79`, `7B`, `73`) has
//! only the data:
//!
//! | octets | field |
//! |---|---|
//! | 2 | format signature, the low octet first |
//! | 2 | CRC-16/EN-13757 of the records as a full frame has them, the low octet first |
//! | n | the data of each record (with LVAR, where the length is variable) |
//!
//! A **format frame** (CI `69`, `6A`, `6B`) has only the headers:
//!
//! | octets | field |
//! |---|---|
//! | 1 | octets of signature and headers |
//! | 2 | format signature, the low octet first |
//! | n | the headers |
//!
//! observed: Kamstrup meters send both kinds of data frames; the sums were checked on theirs.

use core::fmt;

use gurux_framing::checksum::{self, Checksum};
use gurux_framing::{Reader, Sink, Visit, Wire, WireError, WireErrorKind};

use super::record::{RecordItem, Records, TextOrder, split_header};

/// The CRC-16/EN-13757 of the headers of all records of a frame.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct FormatSignature(u16);

impl FormatSignature {
    /// The signature with this number.
    #[must_use]
    pub const fn new(signature: u16) -> Self {
        Self(signature)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }

    /// The signature of a format.
    #[must_use]
    pub fn of_format(format: &[u8]) -> Self {
        Self(checksum::en_13757(format))
    }

    /// The signature of the format of a full frame's records, without an allocator.
    #[must_use]
    pub fn of_records(payload: &[u8]) -> Self {
        let mut digest = Checksum::En13757.digest();
        headers(payload).for_each(|header| digest.update(header));
        Self(digest.finish() as u16)
    }
}

impl fmt::Display for FormatSignature {
    /// Four hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04X}", self.0)
    }
}

impl fmt::Debug for FormatSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FormatSignature({self})")
    }
}

/// The headers of the records of a full frame: its format, in pieces. Fillers are no part of it; the
/// DIF before the manufacturer's own octets is.
pub fn headers(payload: &[u8]) -> impl Iterator<Item = &[u8]> {
    Records::new(payload).filter_map(|item| match item {
        RecordItem::Record(record) => Some(record.header()),
        RecordItem::Manufacturer { more_records_follow: false, .. } => Some(&[0x0F][..]),
        RecordItem::Manufacturer { more_records_follow: true, .. } => Some(&[0x1F][..]),
        _ => None,
    })
}

/// A compact frame: the data of records whose format is known from elsewhere.
///
/// ```
/// use gurux_framing::Wire;
/// use gurux_mbus::wire::{CompactFrame, FormatSignature, headers};
///
/// // A full frame taught the format.
/// let full = [0x02, 0x5A, 0xD9, 0x00, 0x04, 0x13, 0x31, 0xD4, 0x00, 0x00];
/// let format: Vec<u8> = headers(&full).flatten().copied().collect();
/// assert_eq!(format, [0x02, 0x5A, 0x04, 0x13]);
///
/// // The next frames have the data alone.
/// let compact = CompactFrame::of_full(&full, &[0xD9, 0x00, 0x31, 0xD4, 0x00, 0x00]);
/// assert_eq!(compact.signature(), FormatSignature::of_format(&format));
/// let mut room = [0; 64];
/// assert_eq!(compact.expand(&format, &mut room)?, full);
/// # Ok::<(), gurux_framing::WireError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CompactFrame<'a> {
    signature: FormatSignature,
    full_frame_crc: u16,
    data: &'a [u8],
}

impl<'a> CompactFrame<'a> {
    /// The compact frame of a full frame's records; `data` are those of its records.
    #[must_use]
    pub fn of_full(full: &[u8], data: &'a [u8]) -> Self {
        let signature = FormatSignature::of_records(full);
        Self { signature, full_frame_crc: checksum::en_13757(full), data }
    }

    /// Which format the data have.
    #[must_use]
    pub const fn signature(&self) -> FormatSignature {
        self.signature
    }

    /// The sum of the records as a full frame has them.
    #[must_use]
    pub const fn full_frame_crc(&self) -> u16 {
        self.full_frame_crc
    }

    /// The data of the records.
    #[must_use]
    pub const fn data(&self) -> &'a [u8] {
        self.data
    }

    /// The records as a full frame has them, written to the front of `room` and proven by their sum.
    ///
    /// Where the headers leave open on which side of the VIFEs a plain text stands, the sum tells it.
    ///
    /// # Errors
    /// [`WireErrorKind::Checksum`] if `format` has another signature or the records another sum: two
    /// meters may use one signature for different formats. [`WireErrorKind::Truncated`] or
    /// [`WireErrorKind::Trailing`] if the data are not those of the format, and
    /// [`WireErrorKind::Limit`] if `room` is too short. Offsets count from the signature on.
    pub fn expand<'r>(&self, format: &[u8], room: &'r mut [u8]) -> Result<&'r [u8], WireError> {
        let expected = FormatSignature::of_format(format);
        if expected != self.signature {
            return Err(sum_error(0, "format signature", expected.0, self.signature.0));
        }
        let told = self.expand_with(format, None, room).map(<[u8]>::len);
        let len = told.or_else(|fault| {
            [TextOrder::BehindVifes, TextOrder::BeforeVifes]
                .into_iter()
                .find_map(|order| Some(self.expand_with(format, Some(order), room).ok()?.len()))
                .ok_or(fault)
        })?;
        Ok(room.get(..len).unwrap_or_default())
    }

    /// The same with plain texts in this order.
    fn expand_with<'r>(
        &self,
        format: &[u8],
        order: Option<TextOrder>,
        room: &'r mut [u8],
    ) -> Result<&'r [u8], WireError> {
        let max = room.len();
        let mut sink = gurux_framing::SliceSink::new(room);
        self.expand_into(format, order, &mut sink)?;
        let (written, overrun) = (sink.written(), sink.is_overrun());
        if overrun {
            return Err(WireError::new(4, "output buffer", WireErrorKind::Limit { max }));
        }
        let full = room.get(..written).unwrap_or_default();
        let expected = checksum::en_13757(full);
        if expected == self.full_frame_crc {
            Ok(full)
        } else {
            Err(sum_error(2, "full frame crc", expected, self.full_frame_crc))
        }
    }

    /// The records as a full frame has them; their sum is not looked at.
    fn expand_into(
        &self,
        mut format: &[u8],
        order: Option<TextOrder>,
        out: &mut impl Sink,
    ) -> Result<(), WireError> {
        let mut reader = Reader::explaining(self.data, DATA_AT, ());
        while let Some(dif) = format.first() {
            if matches!(dif, 0x0F | 0x1F) {
                out.put_u8(*dif);
                out.put(reader.remaining_octets("manufacturer data"));
                break;
            }
            let fault = WireError::new(0, "format", WireErrorKind::Expected("headers of records"));
            let (header, field, rest) = split_header(format, order).ok_or(fault)?;
            out.put(header);
            let len = match field.data_len_at(reader.rest()) {
                Some(len) => len,
                None => return Err(reader.error("lvar", WireErrorKind::Expected("a length"))),
            };
            out.put(reader.octets(len, "data")?);
            format = rest;
        }
        reader.finish("data")
    }
}

/// Where the data of a compact frame begin.
const DATA_AT: usize = 4;

fn sum_error(offset: usize, what: &'static str, expected: u16, found: u16) -> WireError {
    let (expected, found) = (expected.into(), found.into());
    WireError::new(offset, what, WireErrorKind::Checksum { expected, found })
}

impl<'a> Wire<'a> for CompactFrame<'a> {
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        let signature = FormatSignature(reader.u16_le("format signature")?);
        let full_frame_crc = reader.u16_le("full frame crc")?;
        Ok(Self { signature, full_frame_crc, data: reader.remaining_octets("data") })
    }

    fn emit(&self, out: &mut impl Sink) {
        out.put_u16_le(self.signature.0);
        out.put_u16_le(self.full_frame_crc);
        out.put(self.data);
    }

    fn wire_len(&self) -> usize {
        self.data.len().saturating_add(DATA_AT)
    }
}

/// A format frame: the headers of records, proven by their signature.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FormatFrame<'a> {
    format: &'a [u8],
}

impl<'a> FormatFrame<'a> {
    /// The most octets of a format: what its length can say.
    pub const MAX_LEN: usize = 253;

    /// A frame that tells this format; `None` for one that is too long.
    #[must_use]
    pub fn new(format: &'a [u8]) -> Option<Self> {
        (format.len() <= Self::MAX_LEN).then_some(Self { format })
    }

    /// The headers.
    #[must_use]
    pub const fn format(&self) -> &'a [u8] {
        self.format
    }

    /// Their signature.
    #[must_use]
    pub fn signature(&self) -> FormatSignature {
        FormatSignature::of_format(self.format)
    }
}

impl<'a> Wire<'a> for FormatFrame<'a> {
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        let len = reader.structure_u8("format length")?;
        reader.within(len.into(), "format length", |reader| {
            let start = reader.offset();
            let found = reader.u16_le("format signature")?;
            let format = reader.remaining_octets("format");
            let expected = checksum::en_13757(format);
            if expected == found {
                Ok(Self { format })
            } else {
                Err(sum_error(start, "format signature", expected, found))
            }
        })
    }

    fn emit(&self, out: &mut impl Sink) {
        let signature = self.signature();
        out.put_u8(self.format.len().wrapping_add(2) as u8);
        out.put_u16_le(signature.0);
        out.put(self.format);
    }

    fn wire_len(&self) -> usize {
        self.format.len().saturating_add(3)
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use gurux_framing::{WireErrorKind, checksum};

    use super::{CompactFrame, FormatFrame, FormatSignature, headers};

    /// A flow, a text, a date, the manufacturer's own.
    const FULL: [u8; 20] = [
        0x02, 0x3B, 0x10, 0x00, 0x0D, 0xFD, 0x0C, 0x03, b'C', b'B', b'A', 0x42, 0x6C, 0xBF, 0x2C,
        0x2F, 0x0F, 0x01, 0x02, 0x03,
    ];
    const DATA: [u8; 11] = [0x10, 0x00, 0x03, b'C', b'B', b'A', 0xBF, 0x2C, 0x01, 0x02, 0x03];

    #[test]
    fn a_format_is_the_headers() {
        let format: Vec<u8> = headers(&FULL).flatten().copied().collect();
        assert_eq!(format, [0x02, 0x3B, 0x0D, 0xFD, 0x0C, 0x42, 0x6C, 0x0F]);
        assert_eq!(FormatSignature::of_records(&FULL), FormatSignature::of_format(&format));
        let frame = FormatFrame::new(&format).unwrap();
        gurux_framing::wire_laws!(FormatFrame<'_>, frame, self_delimiting);
    }

    #[test]
    fn data_and_format_make_the_full_frame() {
        let format: Vec<u8> = headers(&FULL).flatten().copied().collect();
        let full: Vec<u8> = FULL.iter().copied().filter(|octet| *octet != 0x2F).collect();
        let compact = CompactFrame {
            signature: FormatSignature::of_format(&format),
            full_frame_crc: checksum::en_13757(&full),
            data: &DATA,
        };
        gurux_framing::wire_laws!(CompactFrame<'_>, compact);
        let mut room = [0; 40];
        assert_eq!(compact.expand(&format, &mut room), Ok(&full[..]));
        let short = compact.expand(&format, &mut room[..10]).unwrap_err();
        assert_eq!(short.kind, WireErrorKind::Limit { max: 10 });
    }

    /// The data of a full frame tell on which side of the VIFEs a text stands; a format has none.
    #[test]
    fn the_sum_tells_where_a_text_stands() {
        // A text of six octets behind VIFE `03`; the header alone could be a text of three before VIFE `21`.
        let full = [
            0x02, 0xFC, 0x03, 0x06, 0x00, 0x3A, 0x21, 0x5B, 0x00, 0x21, 0x0C, 0x23, 0x13, 0x21,
            0x21, 0x21, 0x21,
        ];
        let format: Vec<u8> = headers(&full).flatten().copied().collect();
        assert_eq!(
            format,
            [0x02, 0xFC, 0x03, 0x06, 0x00, 0x3A, 0x21, 0x5B, 0x00, 0x21, 0x13, 0x21]
        );
        let data = [0x0C, 0x23, 0x21, 0x21, 0x21];
        let mut room = [0; 40];
        assert_eq!(CompactFrame::of_full(&full, &data).expand(&format, &mut room), Ok(&full[..]));
    }

    #[test]
    fn the_wrong_format_is_refused() {
        let format = [0x02, 0x3B];
        let other = [0x02, 0x2B];
        let compact = CompactFrame::of_full(&[0x02, 0x3B, 0x10, 0x00], &[0x10, 0x00]);
        let mut room = [0; 10];
        assert!(compact.expand(&format, &mut room).is_ok());
        let error = compact.expand(&other, &mut room).unwrap_err();
        assert_eq!((error.offset, error.what), (0, "format signature"));
        // Another frame's data under the same format.
        let changed = CompactFrame { data: &[0x11, 0x00], ..compact };
        let error = changed.expand(&format, &mut room).unwrap_err();
        assert_eq!((error.offset, error.what), (2, "full frame crc"));
        let long = CompactFrame { data: &[0x10, 0x00, 0x00], ..compact };
        let error = long.expand(&format, &mut room).unwrap_err();
        assert_eq!((error.offset, error.kind), (6, WireErrorKind::Trailing { octets: 1 }));
        let short = CompactFrame { data: &[0x10], ..compact };
        assert!(short.expand(&format, &mut room).unwrap_err().is_truncated());
    }

    #[test]
    fn a_format_without_end_is_refused() {
        let format = [0x82; 20];
        let compact = CompactFrame {
            signature: FormatSignature::of_format(&format),
            full_frame_crc: 0,
            data: &[0; 40],
        };
        assert!(compact.expand(&format, &mut [0; 99]).is_err());
    }
}
