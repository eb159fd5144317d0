//! [`MbusSegment`]: a piece of a message in a long frame of wired M-Bus.

use gurux_framing::{Reader, Shown, Sink, Visit, Wire, WireError, WireErrorKind};

use super::Piece;

/// What stands in a long frame between the second 68 and the sum, as
/// `gurux_framing::rules::ft12::content` gives it (IEC 62056-7-3, EN 13757-3).
///
/// | octets | field |
/// |---|---|
/// | 1 | control |
/// | 1 | address |
/// | 1 | control information: 0 to 3 the number of the segment, 4 set in the last |
/// | 1 | STSAP: the source |
/// | 1 | DTSAP: the destination |
/// | n | a piece of the message |
///
/// observed: Kaifa MA309M and Sagemcom T210-D push with control 53, address FF, from 1 to 103.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MbusSegment<'a> {
    /// The control field of the frame.
    pub control: u8,
    /// The primary address of the frame.
    pub address: u8,
    number: u8,
    /// Is it the last of its message?
    pub is_last: bool,
    /// STSAP, where it comes from.
    pub source: u8,
    /// DTSAP, where it goes to.
    pub destination: u8,
    /// A piece of the message.
    pub octets: &'a [u8],
}

const NUMBER: u8 = 0x0F;
const LAST: u8 = 0x10;

impl<'a> MbusSegment<'a> {
    /// A piece between these two, in a frame with the control and the address that a push has.
    /// Numbers begin again behind 15.
    #[must_use]
    pub const fn new(source: u8, destination: u8, piece: Piece<'a>) -> Self {
        Self {
            control: 0x53,
            address: 0xFF,
            number: piece.number.to_le_bytes()[0] & NUMBER,
            is_last: piece.is_last,
            source,
            destination,
            octets: piece.octets,
        }
    }

    /// The number of the segment, from 0.
    #[must_use]
    pub const fn number(&self) -> u8 {
        self.number
    }
}

impl<'a> Wire<'a> for MbusSegment<'a> {
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        let control = reader.u8("control")?;
        let address = reader.u8("address")?;
        let start = reader.offset();
        let information = reader.u8("control-information")?;
        if information > NUMBER | LAST {
            let kind = WireErrorKind::Code(information.into());
            return Err(WireError::new(start, "control-information", kind));
        }
        let source = reader.u8("stsap")?;
        let destination = reader.u8("dtsap")?;
        let len = reader.rest().len();
        let start = reader.offset();
        let octets = reader.slice(len, "segment")?;
        if V::ACTIVE {
            reader.show(start, "segment", Shown::Octets(octets));
        }
        Ok(Self {
            control,
            address,
            number: information & NUMBER,
            is_last: information & LAST != 0,
            source,
            destination,
            octets,
        })
    }

    fn emit(&self, out: &mut impl Sink) {
        let last = if self.is_last { LAST } else { 0 };
        out.put(&[self.control, self.address, self.number | last, self.source, self.destination]);
        out.put(self.octets);
    }

    fn wire_len(&self) -> usize {
        5_usize.saturating_add(self.octets.len())
    }
}

#[cfg(test)]
mod tests {
    use gurux_framing::Wire;

    use super::{MbusSegment, Piece};

    #[test]
    fn a_segment_is_told_by_its_control_information() {
        let octets = [0x53, 0xFF, 0x11, 0x01, 0x67, 0xAA];
        let segment = MbusSegment::from_bytes(&octets).expect("a segment");
        assert_eq!((segment.number(), segment.is_last, segment.octets), (1, true, &[0xAA][..]));
        assert_eq!(MbusSegment::new(1, 0x67, Piece::new(1, true, &[0xAA])), segment);
        let mut out = [0; 6];
        assert_eq!(segment.emit_to_slice(&mut out), Ok(6));
        assert_eq!(out, octets);
        assert_eq!(MbusSegment::from_bytes(&[0x08, 1, 0x72, 1, 2]).map_err(|e| e.offset), Err(2));
    }
}
