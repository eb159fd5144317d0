//! The frames of a wired line (EN 13757-2).

use gurux_framing::{Reader, Shown, Sink, Visit, Wire, WireError, WireErrorKind};

use super::{AField, CField};

/// A frame on a wire: FT1.2 of IEC 60870-5-1, as M-Bus uses it.
///
/// | form | octets |
/// |---|---|
/// | acknowledgement | E5 |
/// | refusal | A2 |
/// | short | 10, control, address, sum, 16 |
/// | long, control | 68, L, L, 68, control, address, user data, sum, 16 |
///
/// L counts from the control field to the end of the user data, the sum goes over the same octets.
/// A control frame is a long one whose user data are the CI field alone.
///
/// observed: electricity meters that push DLMS send frames of more than 255 counted octets, with L
/// modulo 256. Such a frame is read where nothing follows it, and emitted the same.
///
/// ```
/// use gurux_framing::Wire;
/// use gurux_mbus::wire::{AField, CField, LinkFrame};
///
/// let frame = LinkFrame::Short { control: CField::REQ_UD2, address: AField(1) };
/// let mut out = [0; 5];
/// frame.emit_to_slice(&mut out)?;
/// assert_eq!(out, [0x10, 0x5B, 0x01, 0x5C, 0x16]);
/// assert_eq!(LinkFrame::from_bytes(&out)?, frame);
/// # Ok::<(), gurux_framing::WireError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum LinkFrame<'a> {
    /// The frame came, or was understood (E5).
    Ack,
    /// The frame came and cannot be served (A2).
    Nack,
    /// A frame without user data: a request, a link reset. One whose control field says that data
    /// follow (SND_UD, RSP_UD) is not read.
    Short {
        /// What it is for.
        control: CField,
        /// Who is meant, or who answers.
        address: AField,
    },
    /// A frame with user data.
    Long {
        /// What it is for.
        control: CField,
        /// Who is meant, or who answers.
        address: AField,
        /// From the CI field on.
        user_data: &'a [u8],
    },
}

const ACK: u8 = 0xE5;
const NACK: u8 = 0xA2;
const SHORT: u8 = 0x10;
const LONG: u8 = 0x68;
const STOP: u8 = 0x16;
/// Start, length, length, start; sum, stop.
const LONG_OVERHEAD: usize = 6;
/// Control field and address field.
const CONTROL_AND_ADDRESS: usize = 2;

impl<'a> LinkFrame<'a> {
    /// The most octets of user data whose length L can say.
    pub const MAX_USER_DATA: usize = 253;

    /// The control field, where there is one.
    #[must_use]
    pub const fn control(&self) -> Option<CField> {
        match *self {
            Self::Ack | Self::Nack => None,
            Self::Short { control, .. } | Self::Long { control, .. } => Some(control),
        }
    }

    /// The address field, where there is one.
    #[must_use]
    pub const fn address(&self) -> Option<AField> {
        match *self {
            Self::Ack | Self::Nack => None,
            Self::Short { address, .. } | Self::Long { address, .. } => Some(address),
        }
    }

    /// The user data, from the CI field on; empty where the frame has none.
    #[must_use]
    pub const fn user_data(&self) -> &'a [u8] {
        match *self {
            Self::Long { user_data, .. } => user_data,
            _ => &[],
        }
    }

    /// The octets before and behind the user data of a long frame.
    pub(super) fn around(control: CField, address: AField, user_data: &[u8]) -> ([u8; 6], [u8; 2]) {
        // The field holds the length modulo 256.
        let counted = user_data.len().wrapping_add(CONTROL_AND_ADDRESS) as u8;
        let sum = sum(user_data).wrapping_add(control.0).wrapping_add(address.0);
        ([LONG, counted, counted, LONG, control.0, address.0], [sum, STOP])
    }

    /// Reads a frame whose user data, if it has any, `inside` reads to their end.
    #[inline(always)]
    pub(super) fn read_with<V: Visit, T>(
        reader: &mut Reader<'a, V>,
        inside: impl FnOnce(&mut Reader<'a, V>) -> Result<T, WireError>,
    ) -> Result<(Self, Option<T>), WireError> {
        let start = reader.offset();
        let rest = reader.rest();
        let [first] = reader.array("start")?;
        let frame = match first {
            ACK => Self::Ack,
            NACK => Self::Nack,
            SHORT => {
                reader.show_structure(start, "start", Shown::Unsigned(SHORT.into()));
                return Ok((Self::read_short(reader)?, None));
            }
            LONG => {
                reader.show_structure(start, "start", Shown::Unsigned(LONG.into()));
                return Self::read_long(reader, rest, inside);
            }
            other => {
                return Err(WireError::new(start, "start", WireErrorKind::Code(other.into())));
            }
        };
        let name = if frame == Self::Ack { "acknowledgement" } else { "refusal" };
        reader.show(start, "start", Shown::Code { code: first.into(), name: Some(name) });
        Ok((frame, None))
    }

    fn read_short<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        let at = reader.offset();
        let (control, address) = read_control_and_address(reader)?;
        if control.needs_user_data() {
            return Err(WireError::new(at, "control", WireErrorKind::Code(control.0.into())));
        }
        read_end(reader, control.0.wrapping_add(address.0))?;
        Ok(Self::Short { control, address })
    }

    #[inline(always)]
    fn read_long<V: Visit, T>(
        reader: &mut Reader<'a, V>,
        frame: &'a [u8],
        inside: impl FnOnce(&mut Reader<'a, V>) -> Result<T, WireError>,
    ) -> Result<(Self, Option<T>), WireError> {
        let at = reader.offset();
        let declared = reader.structure_u8("length")?;
        let at_again = reader.offset();
        if reader.structure_u8("length again")? != declared {
            let kind = WireErrorKind::Expected("the same length");
            return Err(WireError::new(at_again, "length again", kind));
        }
        let at_start = reader.offset();
        if reader.structure_u8("start again")? != LONG {
            return Err(WireError::new(at_start, "start again", WireErrorKind::Expected("68")));
        }
        let counted = counted_len(declared, frame);
        if counted < CONTROL_AND_ADDRESS {
            let kind = WireErrorKind::Range { found: declared.into(), min: 2, max: 255 };
            return Err(WireError::new(at, "length", kind));
        }
        let sum = sum(reader.rest().get(..counted).unwrap_or_default());
        let behind = reader.narrow(counted, "length")?;
        let (control, address) = read_control_and_address(reader)?;
        let user_data = reader.rest();
        let value = inside(reader)?;
        reader.widen(behind, "user data")?;
        read_end(reader, sum)?;
        Ok((Self::Long { control, address, user_data }, Some(value)))
    }
}

/// The number of counted octets in `frame`, whose length field says `declared`.
///
/// The field says it modulo 256. The whole of `frame` is meant where length, stop and sum agree to
/// that, and where they do not, the field is believed.
fn counted_len(declared: u8, frame: &[u8]) -> usize {
    let declared = usize::from(declared);
    let Some(whole) = frame.len().checked_sub(LONG_OVERHEAD) else { return declared };
    if whole > declared
        && whole & 0xFF == declared
        && let [_, _, _, _, counted @ .., check, STOP] = frame
        && sum(counted) == *check
    {
        return whole;
    }
    declared
}

fn sum(octets: &[u8]) -> u8 {
    octets.iter().fold(0, |sum, octet| sum.wrapping_add(*octet))
}

fn read_control_and_address<V: Visit>(
    reader: &mut Reader<'_, V>,
) -> Result<(CField, AField), WireError> {
    Ok((CField::read(reader)?, AField(reader.u8("address")?)))
}

fn read_end<V: Visit>(reader: &mut Reader<'_, V>, expected: u8) -> Result<(), WireError> {
    let at = reader.offset();
    let found = reader.structure_u8("check sum")?;
    if found != expected {
        let (expected, found) = (expected.into(), found.into());
        return Err(WireError::new(at, "check sum", WireErrorKind::Checksum { expected, found }));
    }
    let at = reader.offset();
    if reader.structure_u8("stop")? != STOP {
        return Err(WireError::new(at, "stop", WireErrorKind::Expected("16")));
    }
    Ok(())
}

impl<'a> Wire<'a> for LinkFrame<'a> {
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        let user_data = |reader: &mut Reader<'a, V>| {
            reader.remaining_octets("user data");
            Ok(())
        };
        Ok(Self::read_with(reader, user_data)?.0)
    }

    fn emit(&self, out: &mut impl Sink) {
        match *self {
            Self::Ack => out.put_u8(ACK),
            Self::Nack => out.put_u8(NACK),
            Self::Short { control, address } => {
                let sum = control.0.wrapping_add(address.0);
                out.put_array([SHORT, control.0, address.0, sum, STOP]);
            }
            Self::Long { control, address, user_data } => {
                let (head, end) = Self::around(control, address, user_data);
                out.put_array(head);
                out.put(user_data);
                out.put_array(end);
            }
        }
    }

    fn wire_len(&self) -> usize {
        match self {
            Self::Ack | Self::Nack => 1,
            Self::Short { .. } => 5,
            Self::Long { user_data, .. } => {
                user_data.len().wrapping_add(LONG_OVERHEAD).wrapping_add(CONTROL_AND_ADDRESS)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use gurux_framing::wire_laws;

    use super::*;

    const CONTROL: CField = CField::RSP_UD;
    const ADDRESS: AField = AField(7);

    fn emitted(frame: LinkFrame<'_>) -> Vec<u8> {
        let mut out = Vec::new();
        frame.emit(&mut out);
        out
    }

    fn refused(octets: &[u8]) -> WireError {
        LinkFrame::from_bytes(octets).unwrap_err()
    }

    #[test]
    fn one_octet_says_yes_or_no() {
        wire_laws!(LinkFrame<'_>, LinkFrame::Ack, self_delimiting);
        wire_laws!(LinkFrame<'_>, LinkFrame::Nack, self_delimiting);
        assert_eq!(emitted(LinkFrame::Ack), [0xE5]);
        assert_eq!(emitted(LinkFrame::Nack), [0xA2]);
    }

    #[test]
    fn a_short_frame_is_summed() {
        let frame = LinkFrame::Short { control: CField::SND_NKE, address: AField::SELECTED };
        wire_laws!(LinkFrame<'_>, frame, self_delimiting);
        assert_eq!(emitted(frame), [0x10, 0x40, 0xFD, 0x3D, 0x16]);
        let error = refused(&[0x10, 0x40, 0xFD, 0x3E, 0x16]);
        assert_eq!((error.offset, error.kind.name()), (3, "checksum"));
        let error = refused(&[0x10, 0x40, 0xFD, 0x3D, 0x17]);
        assert_eq!((error.offset, error.what), (4, "stop"));
    }

    #[test]
    fn a_short_frame_does_not_bring_data() {
        for control in [CField::SND_UD, CField::SND_UD2, CField::RSP_UD] {
            let octets = emitted(LinkFrame::Short { control, address: ADDRESS });
            let error = refused(&octets);
            assert_eq!((error.offset, error.kind), (1, WireErrorKind::Code(control.0.into())));
        }
    }

    #[test]
    fn a_control_frame_is_a_long_one_with_a_ci_field_alone() {
        let frame =
            LinkFrame::Long { control: CField::SND_UD, address: AField(1), user_data: &[0xBB] };
        wire_laws!(LinkFrame<'_>, frame, self_delimiting);
        assert_eq!(emitted(frame), [0x68, 3, 3, 0x68, 0x53, 0x01, 0xBB, 0x0F, 0x16]);
    }

    #[test]
    fn a_long_frame_says_its_length_twice() {
        let user_data = &[0x72, 1, 2, 3];
        let frame = LinkFrame::Long { control: CONTROL, address: ADDRESS, user_data };
        wire_laws!(LinkFrame<'_>, frame, self_delimiting);
        let good = emitted(frame);
        let at = |offset: usize, octet: u8| {
            let mut octets = good.clone();
            octets[offset] = octet;
            let error = refused(&octets);
            (error.offset, error.what)
        };
        assert_eq!(at(0, 0x69), (0, "start"));
        assert_eq!(at(2, 7), (2, "length again"));
        assert_eq!(at(3, 0x69), (3, "start again"));
        assert_eq!(at(8, 0), (10, "check sum"));
        assert_eq!(at(11, 0), (11, "stop"));
        assert_eq!(refused(&[0x68, 1, 1, 0x68, 8, 8, 0x16]).what, "length");
        assert_eq!(refused(&good[..9]).kind, WireErrorKind::Length { declared: 6, available: 5 });
    }

    #[test]
    fn the_longest_length_field_is_no_wrapped_one() {
        let user_data = &[0x55; LinkFrame::MAX_USER_DATA];
        let frame = LinkFrame::Long { control: CONTROL, address: ADDRESS, user_data };
        wire_laws!(LinkFrame<'_>, frame, self_delimiting);
        assert_eq!(emitted(frame)[1], 255);
    }

    #[test]
    fn a_length_modulo_256_is_read_where_nothing_follows() {
        for len in [254, 255, 300, 600] {
            let user_data = &[0x5A; 600][..len];
            let frame = LinkFrame::Long { control: CONTROL, address: ADDRESS, user_data };
            let octets = emitted(frame);
            assert_eq!(octets[1], (len + 2) as u8);
            assert_eq!(LinkFrame::from_bytes(&octets), Ok(frame));
        }
    }

    #[test]
    fn two_frames_256_octets_apart_are_two() {
        let user_data = &[0x72];
        let frame = LinkFrame::Long { control: CONTROL, address: ADDRESS, user_data };
        let mut octets = emitted(frame);
        let len = octets.len();
        octets.resize(len + 255, 0);
        octets.push(STOP);
        let (rest, first) = LinkFrame::parse(&octets).unwrap();
        assert_eq!((first, rest.len()), (frame, 256));
    }
}
