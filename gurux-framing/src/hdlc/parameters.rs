//! [`LinkParameters`]: what SNRM proposes and UA agrees on.

use crate::{Reader, Shown, Sink, Visit, Wire, WireError, WireErrorKind};

/// The parameters of a link, as the information of SNRM and UA carries them (IEC 62056-46,
/// parameter negotiation).
///
/// | octets | field |
/// |---|---|
/// | 1 | format identifier, 81 |
/// | 1 | group identifier, 80 |
/// | 1 | group length |
/// | 3 or 4 | 05: the longest information field that is sent |
/// | 3 or 4 | 06: the longest that is received |
/// | 6 | 07: the window that is sent |
/// | 6 | 08: the window that is received |
///
/// Each has its identifier, a length and the value. Of whom they speak is the sender: what a client
/// sends, the meter receives. A parameter that is absent, and an information field that is, mean
/// the default: 128 octets, a window of 1. Values of 1 to 4 octets are read, unknown parameters
/// passed over; written are the shortest forms, and all four parameters.
///
/// ```
/// use gurux_framing::{Wire, hdlc::LinkParameters};
///
/// let octets = [
///     0x81, 0x80, 0x14, 0x05, 0x02, 0x04, 0x00, 0x06, 0x02, 0x04, 0x00,
///     0x07, 0x04, 0, 0, 0, 1, 0x08, 0x04, 0, 0, 0, 3,
/// ];
/// let parameters = LinkParameters::from_bytes(&octets)?;
/// assert_eq!((parameters.max_info_transmit, parameters.window_receive), (1024, 3));
/// # Ok::<(), gurux_framing::WireError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct LinkParameters {
    /// The longest information field that the sender of this sends, in octets.
    pub max_info_transmit: u16,
    /// The longest that it can receive.
    pub max_info_receive: u16,
    /// How many frames it sends before it waits, 1 to 7.
    pub window_transmit: u8,
    /// How many it can receive before it answers, 1 to 7.
    pub window_receive: u8,
}

impl LinkParameters {
    /// What holds where nothing is said.
    pub const DEFAULT: Self = Self {
        max_info_transmit: 128,
        max_info_receive: 128,
        window_transmit: 1,
        window_receive: 1,
    };

    /// What both sides can keep: of `self`'s wish and the other side's answer the lesser each, with
    /// the other's directions crossed.
    #[must_use]
    pub fn agree(self, other: Self) -> Self {
        Self {
            max_info_transmit: self.max_info_transmit.min(other.max_info_receive),
            max_info_receive: self.max_info_receive.min(other.max_info_transmit),
            window_transmit: self.window_transmit.min(other.window_receive),
            window_receive: self.window_receive.min(other.window_transmit),
        }
    }
}

impl Default for LinkParameters {
    fn default() -> Self {
        Self::DEFAULT
    }
}

const FORMAT_ID: u8 = 0x81;
const GROUP_ID: u8 = 0x80;
const MAX_INFO_TRANSMIT: u8 = 0x05;
const MAX_INFO_RECEIVE: u8 = 0x06;
const WINDOW_TRANSMIT: u8 = 0x07;
const WINDOW_RECEIVE: u8 = 0x08;
const WINDOWS: core::ops::RangeInclusive<u32> = 1..=7;

impl<'a> Wire<'a> for LinkParameters {
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        for (what, expected) in [("format identifier", FORMAT_ID), ("group identifier", GROUP_ID)] {
            let start = reader.offset();
            let found = reader.structure_u8(what)?;
            if found != expected {
                return Err(WireError::new(start, what, WireErrorKind::Code(found.into())));
            }
        }
        let len = reader.structure_u8("group length")?;
        let mut found = Self::DEFAULT;
        reader.within(len.into(), "parameters", |reader| {
            while !reader.is_empty() {
                let id = reader.structure_u8("parameter identifier")?;
                let len = reader.structure_u8("parameter length")?;
                let start = reader.offset();
                let octets = reader.slice(len.into(), "parameter value")?;
                // A number of four octets and less; a longer one is no parameter that is known.
                let value =
                    octets.iter().fold(0_u32, |value, octet| value << 8 | u32::from(*octet));
                let name = match id {
                    _ if octets.is_empty() || octets.len() > 4 => None,
                    MAX_INFO_TRANSMIT => {
                        found.max_info_transmit = value.clamp(1, u16::MAX.into()) as u16;
                        Some("maximum information field length transmit")
                    }
                    MAX_INFO_RECEIVE => {
                        found.max_info_receive = value.clamp(1, u16::MAX.into()) as u16;
                        Some("maximum information field length receive")
                    }
                    WINDOW_TRANSMIT => {
                        found.window_transmit = window(value);
                        Some("window size transmit")
                    }
                    WINDOW_RECEIVE => {
                        found.window_receive = window(value);
                        Some("window size receive")
                    }
                    _ => None,
                };
                match name {
                    Some(name) => reader.show(start, name, Shown::Unsigned(value.into())),
                    None => reader.show(start, "parameter value", Shown::Octets(octets)),
                }
            }
            Ok(())
        })?;
        Ok(found)
    }

    fn emit(&self, out: &mut impl Sink) {
        let info_len = |value: u16| if value > 0xFF { 2 } else { 1 };
        let group = (self.wire_len() as u8).wrapping_sub(3);
        out.put_array([FORMAT_ID, GROUP_ID, group]);
        for (id, value) in
            [(MAX_INFO_TRANSMIT, self.max_info_transmit), (MAX_INFO_RECEIVE, self.max_info_receive)]
        {
            out.put_array([id, info_len(value)]);
            match u8::try_from(value) {
                Ok(value) => out.put_u8(value),
                Err(_) => out.put_u16(value),
            }
        }
        for (id, value) in
            [(WINDOW_TRANSMIT, self.window_transmit), (WINDOW_RECEIVE, self.window_receive)]
        {
            out.put_array([id, 4, 0, 0, 0, value]);
        }
    }

    fn wire_len(&self) -> usize {
        let info_len = |value: u16| if value > 0xFF { 4_usize } else { 3 };
        info_len(self.max_info_transmit)
            .wrapping_add(info_len(self.max_info_receive))
            .wrapping_add(3 + 6 + 6)
    }
}

/// A window that can be: numbers are counted modulo 8.
fn window(value: u32) -> u8 {
    value.clamp(*WINDOWS.start(), *WINDOWS.end()) as u8
}
