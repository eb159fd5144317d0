//! [`HdlcFrame`]: a frame of type 3, opened.

use super::{Control, HdlcAddress, MAX_FLAGS, MAX_LEN};
use crate::checksum::Tabled;
use crate::{Reader, Shown, Sink, SliceSink, Visit, Wire, WireError, WireErrorKind};

/// A frame of format type 3 (IEC 62056-46, frame format type 3).
///
/// | octets | field |
/// |---|---|
/// | 2 | frame format: `1010 S` and the length, 11 bits, from here to the FCS |
/// | 1, 2, 4 | destination address |
/// | 1, 2, 4 | source address |
/// | 1 | control |
/// | 2 | HCS over all before, low octet first; only where information follows |
/// | n | information |
/// | 2 | FCS over all before, low octet first |
///
/// `S` says that a further segment of the same message follows. Read with or without the flags
/// (7E) around it; [`emit`](Wire::emit) writes the frame without, [`write`](Self::write) with them.
///
/// ```
/// use gurux_framing::{Wire, hdlc::{Command, Control, HdlcAddress, HdlcFrame}};
///
/// let meter = HdlcAddress::of_logical_device(1).expect("7 bits");
/// let client = HdlcAddress::of_client(16).expect("7 bits");
/// let snrm = HdlcFrame::new(meter, client, Control::new(Command::Snrm, true));
/// let mut out = [0; 16];
/// let len = snrm.write(&mut out)?;
/// assert_eq!(out[..len], [0x7E, 0xA0, 0x07, 0x03, 0x21, 0x93, 0x0F, 0x01, 0x7E]);
/// assert_eq!(HdlcFrame::from_bytes(&out[..len])?, snrm);
/// # Ok::<(), gurux_framing::WireError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HdlcFrame<'a> {
    /// Does a further segment of the same message follow?
    pub is_segmented: bool,
    /// Who it goes to.
    pub destination: HdlcAddress,
    /// Who it comes from.
    pub source: HdlcAddress,
    /// What it is for.
    pub control: Control,
    information: &'a [u8],
}

const FLAG: u8 = 0x7E;
const FORMAT_TYPE: u16 = 0xA000;
const TYPE_MASK: u16 = 0xF000;
const SEGMENTATION: u16 = 0x0800;
const LENGTH_MASK: u16 = 0x07FF;
const SUM_LEN: usize = 2;

impl<'a> HdlcFrame<'a> {
    /// A frame without information.
    #[must_use]
    pub const fn new(destination: HdlcAddress, source: HdlcAddress, control: Control) -> Self {
        Self { is_segmented: false, destination, source, control, information: &[] }
    }

    /// With this information; none if it is empty.
    ///
    /// # Errors
    /// [`WireErrorKind::Limit`] if the frame would be longer than its length field can say.
    pub const fn with_information(self, information: &'a [u8]) -> Result<Self, WireError> {
        let max = self.room();
        if information.len() > max {
            return Err(WireError::new(0, "information", WireErrorKind::Limit { max }));
        }
        Ok(Self { information, ..self })
    }

    /// As one of several segments: is there a further one?
    #[must_use]
    pub const fn with_segmentation(self, is_segmented: bool) -> Self {
        Self { is_segmented, ..self }
    }

    /// What it carries; empty where it has no information field.
    #[must_use]
    #[inline]
    pub const fn information(&self) -> &'a [u8] {
        self.information
    }

    /// The most octets of information that a frame with these addresses can carry.
    const fn room(&self) -> usize {
        MAX_LEN.saturating_sub(self.head_len().saturating_add(2 * SUM_LEN))
    }

    /// Octets up to the control field.
    const fn head_len(&self) -> usize {
        self.destination.len().saturating_add(self.source.len()).saturating_add(3)
    }

    /// Writes the frame between two flags to the front of `out` and says how many octets it took.
    ///
    /// # Errors
    /// [`WireErrorKind::Limit`] if `out` is too short.
    pub fn write(&self, out: &mut [u8]) -> Result<usize, WireError> {
        let len = self.wire_len().saturating_add(2);
        let max = out.len();
        let Some([first, body @ .., last]) = out.get_mut(..len) else {
            return Err(WireError::new(max, "output buffer", WireErrorKind::Limit { max }));
        };
        *first = FLAG;
        *last = FLAG;
        self.emit(&mut SliceSink::new(body));
        Ok(len)
    }

    /// Opens a frame whose sums a deframer has proven.
    ///
    /// # Errors
    /// As [`from_bytes`](Wire::from_bytes), but for the sums, which are not looked at again.
    #[inline]
    pub fn open_proven(frame: &'a [u8]) -> Result<Self, WireError> {
        let mut reader = Reader::new(frame);
        let opened = Self::read_with::<false, ()>(&mut reader)?;
        reader.finish("frame")?;
        Ok(opened)
    }

    #[inline]
    fn read_with<const PROVE: bool, V: Visit>(
        reader: &mut Reader<'a, V>,
    ) -> Result<Self, WireError> {
        flags(reader, "opening flag");
        let frame = reader.rest();
        let start = reader.offset();
        let format = reader.array("frame format")?;
        let format = u16::from_be_bytes(format);
        if format & TYPE_MASK != FORMAT_TYPE {
            let kind = WireErrorKind::Expected("frame format type 3 (A)");
            return Err(WireError::new(start, "frame format", kind));
        }
        let is_segmented = format & SEGMENTATION != 0;
        let declared = usize::from(format & LENGTH_MASK);
        if V::ACTIVE {
            let at = start..reader.offset();
            reader.show_at(at.clone(), "segmentation", Shown::Flag(is_segmented));
            reader.show_structure_at(at, "length", Shown::Unsigned(declared as u64));
        }
        if declared > frame.len() {
            let kind = WireErrorKind::Length { declared, available: frame.len() };
            return Err(WireError::new(start, "frame format", kind));
        }
        let behind = reader.narrow(declared.saturating_sub(2), "frame")?;
        let destination = HdlcAddress::read_named(reader, "destination address")?;
        let source = HdlcAddress::read_named(reader, "source address")?;
        let control = reader.read::<Control>()?;
        let mut sum = Tabled::IBM_SDLC;
        let head = reader.offset().saturating_sub(start);
        if PROVE {
            sum.update(frame.get(..head).unwrap_or_default());
        }
        let mut information: &[u8] = &[];
        if reader.rest().len() > SUM_LEN {
            Self::check::<PROVE, V>(reader, sum, "HCS")?;
            let count = reader.rest().len().saturating_sub(SUM_LEN);
            let begin = reader.offset();
            information = reader.slice(count, "information")?;
            if V::ACTIVE && !information.is_empty() {
                reader.show(begin, "information", Shown::Octets(information));
            }
            if PROVE {
                // The sum over the header goes on into the sum over the frame.
                let end = reader.offset().saturating_sub(start);
                sum.update(frame.get(head..end).unwrap_or_default());
            }
        }
        Self::check::<PROVE, V>(reader, sum, "FCS")?;
        reader.widen(behind, "frame")?;
        flags(reader, "closing flag");
        Ok(Self { is_segmented, destination, source, control, information })
    }

    /// Takes a sum, and holds it against the one of the octets.
    #[inline]
    fn check<const PROVE: bool, V: Visit>(
        reader: &mut Reader<'a, V>,
        sum: Tabled,
        what: &'static str,
    ) -> Result<(), WireError> {
        let start = reader.offset();
        let found = u16::from_le_bytes(reader.array(what)?);
        let expected = sum.finish();
        if PROVE && found != expected {
            let kind = WireErrorKind::Checksum { expected: expected.into(), found: found.into() };
            return Err(WireError::new(start, what, kind));
        }
        let shown = Shown::Code { code: found.into(), name: None };
        reader.show_structure(start, what, shown);
        Ok(())
    }
}

/// Takes the flags at the cursor, in a captured frame one or two.
#[inline]
fn flags<V: Visit>(reader: &mut Reader<'_, V>, what: &'static str) {
    for _ in 0..MAX_FLAGS {
        if reader.rest().first() != Some(&FLAG) {
            return;
        }
        let start = reader.offset();
        let _ = reader.slice(1, what);
        reader.show_structure(start, what, Shown::Code { code: FLAG.into(), name: None });
    }
}

impl<'a> Wire<'a> for HdlcFrame<'a> {
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        Self::read_with::<true, V>(reader)
    }

    fn emit(&self, out: &mut impl Sink) {
        let len = self.wire_len();
        let room = out.claim(len);
        let segmentation = if self.is_segmented { SEGMENTATION } else { 0 };
        let format = FORMAT_TYPE | segmentation | (len as u16 & LENGTH_MASK);
        // The sums are over what is written before them.
        let head_len = self.head_len();
        let Some((head, rest)) = room.split_at_mut_checked(head_len) else { return };
        let mut sink = SliceSink::new(head);
        sink.put_u16(format);
        self.destination.emit(&mut sink);
        self.source.emit(&mut sink);
        self.control.emit(&mut sink);
        let mut sum = Tabled::IBM_SDLC;
        sum.update(head);
        let mut sink = SliceSink::new(rest);
        if !self.information.is_empty() {
            let hcs = sum.finish().to_le_bytes();
            sink.put_array(hcs);
            sink.put(self.information);
            sum.update(&hcs);
            sum.update(self.information);
        }
        sink.put_array(sum.finish().to_le_bytes());
    }

    fn wire_len(&self) -> usize {
        let sums = if self.information.is_empty() { SUM_LEN } else { 2 * SUM_LEN };
        self.head_len().saturating_add(sums).saturating_add(self.information.len())
    }
}
