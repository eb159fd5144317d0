//! The authentication and fragmentation layer.

use gurux_framing::{Reader, Shown, Sink, Visit, Wire, WireError, WireErrorKind};

use super::CiField;
use crate::Error;
use crate::error::check_quantity;

/// An authentication and fragmentation layer (EN 13757-7): which part of a message this is, and what
/// proves who sent it.
///
/// | octets | field | where |
/// |---|---|---|
/// | 1 | CI field, 90 | |
/// | 1 | length of the layer behind it | |
/// | 2 | fragmentation control (FCL) | |
/// | 1 | message control (MCL) | if FCL says so |
/// | 2 | key information (KI) | if FCL says so |
/// | 4 | message counter (MCR) | if FCL says so |
/// | n | message authentication code (MAC) | if FCL says so; MCL says how long |
/// | 2 | message length (ML) | if FCL says so |
///
/// All numbers go low octet first. A MAC whose length no MCL of this fragment says takes what the
/// layer's length leaves for it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Afl<'a> {
    fragmentation: FragmentationControl,
    message_control: Option<MessageControl>,
    key_information: Option<KeyInformation>,
    counter: Option<u32>,
    mac: Option<&'a [u8]>,
    message_length: Option<u16>,
    /// Octets behind the fields that the layer's length counts.
    unknown: &'a [u8],
}

impl<'a> Afl<'a> {
    /// The most octets of a MAC.
    pub const MAX_MAC: usize = 16;

    /// A layer of a message in one piece, without any field.
    pub const EMPTY: Self = Self::fragment(0, false);

    /// A layer without any field, of a fragment: 0 for a message in one piece, else counted from 1;
    /// and whether more follow.
    #[must_use]
    pub const fn fragment(fragment_id: u8, more_fragments: bool) -> Self {
        let more = if more_fragments { MORE_FRAGMENTS } else { 0 };
        Self {
            fragmentation: FragmentationControl(more | fragment_id as u16),
            message_control: None,
            key_information: None,
            counter: None,
            mac: None,
            message_length: None,
            unknown: &[],
        }
    }

    /// The same with this message control. A MAC that is already there, of another length than this
    /// says, is taken out.
    #[must_use]
    pub fn with_message_control(mut self, message_control: MessageControl) -> Self {
        self.fragmentation.0 |= HAS_MCL;
        self.message_control = Some(message_control);
        if self.mac.is_some_and(|mac| message_control.mac_len().is_some_and(|len| len != mac.len()))
        {
            self.fragmentation.0 &= !HAS_MAC;
            self.mac = None;
        }
        self
    }

    /// The same with this key information.
    #[must_use]
    pub const fn with_key_information(mut self, key_information: KeyInformation) -> Self {
        self.fragmentation.0 |= HAS_KI;
        self.key_information = Some(key_information);
        self
    }

    /// The same with this message counter.
    #[must_use]
    pub const fn with_counter(mut self, counter: u32) -> Self {
        self.fragmentation.0 |= HAS_MCR;
        self.counter = Some(counter);
        self
    }

    /// The same with this MAC.
    ///
    /// # Errors
    /// [`Error::Quantity`] unless it has the length that the message control says, or, without one,
    /// at most 16 octets.
    pub fn with_mac(mut self, mac: &'a [u8]) -> Result<Self, Error> {
        let (min, max) = match self.message_control.and_then(MessageControl::mac_len) {
            Some(len) => (len, len),
            None => (0, Self::MAX_MAC),
        };
        check_quantity("octets of MAC", mac.len(), min, max)?;
        self.fragmentation.0 |= HAS_MAC;
        self.mac = Some(mac);
        Ok(self)
    }

    /// The same with this length of the whole message.
    #[must_use]
    pub const fn with_message_length(mut self, message_length: u16) -> Self {
        self.fragmentation.0 |= HAS_ML;
        self.message_length = Some(message_length);
        self
    }

    /// The fragmentation control field.
    #[must_use]
    pub const fn fragmentation(&self) -> FragmentationControl {
        self.fragmentation
    }

    /// The message control field.
    #[must_use]
    pub const fn message_control(&self) -> Option<MessageControl> {
        self.message_control
    }

    /// The key information field.
    #[must_use]
    pub const fn key_information(&self) -> Option<KeyInformation> {
        self.key_information
    }

    /// The message counter.
    #[must_use]
    pub const fn counter(&self) -> Option<u32> {
        self.counter
    }

    /// The message authentication code, of at most 16 octets.
    #[must_use]
    pub const fn mac(&self) -> Option<&'a [u8]> {
        self.mac
    }

    /// The length of the whole message, from the CI field of the transport layer on.
    #[must_use]
    pub const fn message_length(&self) -> Option<u16> {
        self.message_length
    }

    /// Is this the whole message?
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        !self.fragmentation.more_fragments() && self.fragmentation.fragment_id() <= 1
    }

    /// What the layer's length says.
    const fn counted_len(&self) -> usize {
        let mut len: usize = 2;
        if self.message_control.is_some() {
            len = len.wrapping_add(1);
        }
        if self.key_information.is_some() {
            len = len.wrapping_add(2);
        }
        if self.counter.is_some() {
            len = len.wrapping_add(4);
        }
        if let Some(mac) = self.mac {
            len = len.wrapping_add(mac.len());
        }
        if self.message_length.is_some() {
            len = len.wrapping_add(2);
        }
        len.wrapping_add(self.unknown.len())
    }

    fn read_fields<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        let start = reader.offset();
        let fcl = u16::from_le_bytes(reader.array("fragmentation control")?);
        let shown = Shown::Code { code: fcl.into(), name: None };
        reader.show(start, "fragmentation control", shown);
        let has = |flag: u16| fcl & flag != 0;

        let message_control = match has(HAS_MCL) {
            true => Some(MessageControl(reader.u8("message control")?)),
            false => None,
        };
        let key_information = match has(HAS_KI) {
            true => Some(KeyInformation(reader.u16_le("key information")?)),
            false => None,
        };
        let counter = match has(HAS_MCR) {
            true => {
                let start = reader.offset();
                let counter = u32::from_le_bytes(reader.array("message counter")?);
                reader.show(start, "message counter", Shown::Unsigned(counter.into()));
                Some(counter)
            }
            false => None,
        };
        let mac = match has(HAS_MAC) {
            true => {
                let behind = if has(HAS_ML) { 2 } else { 0 };
                let left = reader.rest().len().saturating_sub(behind);
                let said = message_control.and_then(MessageControl::mac_len);
                let len = said.unwrap_or(left);
                if len > Self::MAX_MAC {
                    let kind = WireErrorKind::Limit { max: Self::MAX_MAC };
                    return Err(reader.error("message authentication code", kind));
                }
                Some(reader.octets(len, "message authentication code")?)
            }
            false => None,
        };
        let message_length = match has(HAS_ML) {
            true => Some(reader.u16_le("message length")?),
            false => None,
        };
        let unknown = match reader.is_empty() {
            true => &[],
            false => reader.remaining_octets("unknown"),
        };
        Ok(Self {
            fragmentation: FragmentationControl(fcl),
            message_control,
            key_information,
            counter,
            mac,
            message_length,
            unknown,
        })
    }
}

impl<'a> Wire<'a> for Afl<'a> {
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        reader.group("authentication and fragmentation layer", |reader| {
            CiField::read_this(reader, CiField::AFL)?;
            let length = reader.structure_u8("length")?;
            reader.within(length.into(), "length", Self::read_fields)
        })
    }

    fn emit(&self, out: &mut impl Sink) {
        // 27 octets at the most, but for unknown ones, which came behind a length of one octet.
        out.put_array([CiField::AFL.code(), self.counted_len() as u8]);
        out.put_u16_le(self.fragmentation.0);
        if let Some(message_control) = self.message_control {
            out.put_u8(message_control.0);
        }
        if let Some(key_information) = self.key_information {
            out.put_u16_le(key_information.0);
        }
        if let Some(counter) = self.counter {
            out.put_array(counter.to_le_bytes());
        }
        if let Some(mac) = self.mac {
            out.put(mac);
        }
        if let Some(message_length) = self.message_length {
            out.put_u16_le(message_length);
        }
        out.put(self.unknown);
    }

    fn wire_len(&self) -> usize {
        self.counted_len().wrapping_add(2)
    }
}

/// The fragmentation control field of an [`Afl`].
///
/// | bit | says |
/// |---|---|
/// | 14 | more fragments follow |
/// | 13 | message control is there |
/// | 12 | message length is there |
/// | 11 | message counter is there |
/// | 10 | MAC is there |
/// | 9 | key information is there |
/// | 7-0 | fragment: 0 for a message in one piece, else counted from 1 |
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct FragmentationControl(u16);

const MORE_FRAGMENTS: u16 = 0x4000;
const HAS_MCL: u16 = 0x2000;
const HAS_ML: u16 = 0x1000;
const HAS_MCR: u16 = 0x0800;
const HAS_MAC: u16 = 0x0400;
const HAS_KI: u16 = 0x0200;

impl FragmentationControl {
    /// The number on the wire.
    #[must_use]
    pub const fn code(self) -> u16 {
        self.0
    }

    /// Do more fragments of the message follow?
    #[must_use]
    pub const fn more_fragments(self) -> bool {
        self.0 & MORE_FRAGMENTS != 0
    }

    /// Which fragment this is: 0 for a message in one piece, else counted from 1.
    #[must_use]
    pub const fn fragment_id(self) -> u8 {
        self.0 as u8
    }
}

/// The message control field of an [`Afl`]: what authenticates the message.
///
/// | bit | says |
/// |---|---|
/// | 6 | the message has a length |
/// | 5 | the message has a counter |
/// | 4 | the message has key information |
/// | 3-0 | authentication: 3 to 7 AES-CMAC of 2, 4, 8, 12, 16 octets; 8, 9 AES-GMAC of 12, 16 |
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct MessageControl(pub u8);

impl MessageControl {
    /// The kind of authentication, 0 to 15; 0 is none.
    #[must_use]
    pub const fn authentication(self) -> u8 {
        self.0 & 0x0F
    }

    /// Octets of the MAC; `None` for a kind of authentication that is reserved.
    #[must_use]
    pub const fn mac_len(self) -> Option<usize> {
        match self.authentication() {
            0 => Some(0),
            3 => Some(2),
            4 => Some(4),
            5 => Some(8),
            6 | 8 => Some(12),
            7 | 9 => Some(16),
            _ => None,
        }
    }

    /// Does the message, in any of its fragments, have a length?
    #[must_use]
    pub const fn has_length(self) -> bool {
        self.0 & 0x40 != 0
    }

    /// Does the message have a counter?
    #[must_use]
    pub const fn has_counter(self) -> bool {
        self.0 & 0x20 != 0
    }

    /// Does the message have key information?
    #[must_use]
    pub const fn has_key_information(self) -> bool {
        self.0 & 0x10 != 0
    }
}

/// The key information field of an [`Afl`].
///
/// | bits | field |
/// |---|---|
/// | 15-8 | version of the key |
/// | 5, 4 | key derivation: 0 none, 1 function A |
/// | 3-0 | key |
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct KeyInformation(pub u16);

impl KeyInformation {
    /// The version of the key.
    #[must_use]
    pub const fn key_version(self) -> u8 {
        (self.0 >> 8) as u8
    }

    /// The key derivation function: 0 none, 1 function A; 2 and 3 are reserved.
    #[must_use]
    pub const fn kdf(self) -> u8 {
        (self.0 >> 4) as u8 & 0x03
    }

    /// Which of the meter's keys, 0 to 15.
    #[must_use]
    pub const fn key_id(self) -> u8 {
        self.0 as u8 & 0x0F
    }
}

#[cfg(test)]
mod tests {
    use gurux_framing::wire_laws;

    use super::*;

    #[test]
    fn every_combination_of_fields_is_read_back() {
        for flags in 0..64_u8 {
            let mut afl = Afl::fragment(flags, flags & 0x20 != 0);
            if flags & 1 != 0 {
                afl = afl.with_message_control(MessageControl(0x65));
            }
            if flags & 2 != 0 {
                afl = afl.with_key_information(KeyInformation(0x0712));
            }
            if flags & 4 != 0 {
                afl = afl.with_counter(0x1122_3344);
            }
            if flags & 8 != 0 {
                afl = afl.with_mac(&[7, 6, 5, 4, 3, 2, 1, 0]).unwrap();
            }
            if flags & 16 != 0 {
                afl = afl.with_message_length(0x0123);
            }
            wire_laws!(Afl<'_>, afl, self_delimiting);
        }
    }

    #[test]
    fn the_usual_layer_of_mode_7() {
        let octets = [
            0x90, 0x0F, 0x00, 0x2C, 0x25, 0x04, 0x03, 0x02, 0x01, 0xA0, 0xA1, 0xA2, 0xA3, 0xA4,
            0xA5, 0xA6, 0xA7,
        ];
        let afl = Afl::from_bytes(&octets).unwrap();
        assert!(afl.is_whole());
        assert_eq!(afl.fragmentation().code(), 0x2C00);
        assert_eq!(afl.message_control().and_then(MessageControl::mac_len), Some(8));
        assert_eq!(afl.counter(), Some(0x0102_0304));
        assert_eq!(afl.mac(), octets.get(9..));
        assert_eq!(afl.message_length(), None);
    }

    #[test]
    fn a_mac_without_message_control_takes_what_is_left() {
        let octets = [0x90, 0x08, 0x02, 0x14, 1, 2, 3, 4, 0x00, 0x01];
        let afl = Afl::from_bytes(&octets).unwrap();
        assert_eq!(afl.mac(), Some(&[1, 2, 3, 4][..]));
        assert_eq!(afl.message_length(), Some(256));
        assert!(!afl.is_whole());
        wire_laws!(Afl<'_>, afl, self_delimiting);
    }

    #[test]
    fn more_octets_than_fields_are_kept() {
        let octets = [0x90, 0x05, 0x00, 0x00, 9, 9, 9];
        wire_laws!(Afl<'_>, Afl::from_bytes(&octets).unwrap(), self_delimiting);
    }

    #[test]
    fn fields_that_the_length_leaves_no_room_for_are_missed() {
        let error = Afl::from_bytes(&[0x90, 0x04, 0x00, 0x08, 1, 2, 3, 4]).unwrap_err();
        assert_eq!((error.offset, error.what), (4, "message counter"));
        let error = Afl::from_bytes(&[0x90, 0x20, 0x00]).unwrap_err();
        assert_eq!(error.kind, WireErrorKind::Length { declared: 32, available: 1 });
    }

    #[test]
    fn a_mac_is_never_longer_than_a_block() {
        let mut octets = [0; 24];
        octets[..4].copy_from_slice(&[0x90, 22, 0x00, 0x04]);
        let error = Afl::from_bytes(&octets).unwrap_err();
        assert_eq!(error.kind, WireErrorKind::Limit { max: 16 });
        assert!(Afl::EMPTY.with_mac(&octets).is_err());
        let control = Afl::EMPTY.with_message_control(MessageControl(0x05));
        assert!(control.with_mac(&octets[..4]).is_err());
        let mac = control.with_mac(&octets[..8]).unwrap();
        assert_eq!(mac.with_message_control(MessageControl(0x04)).mac(), None);
    }
}
