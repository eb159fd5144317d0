//! The extended link layer.

use gurux_framing::{Reader, Shown, Sink, Visit, Wire, WireError, WireErrorKind};

use super::{CiField, MeterAddress};

/// An extended link layer (EN 13757-4): what a radio telegram says of the air, and its encryption.
///
/// | CI | octets | fields |
/// |---|---|---|
/// | 8C, ELL I | 2 | communication control, access number |
/// | 8D, ELL II | 8 | those, session number, payload CRC |
/// | 8E, ELL III | 10 | those of I, address of the receiver |
/// | 8F, ELL IV | 16 | those of III, session number, payload CRC |
/// | 86, ELL V | 3 and more | those of I, extended control, what that announces |
///
/// The CI field is part of the layer. An address has the order of a radio link layer.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Ell {
    /// Delays, synchrony, repeaters, access.
    pub control: CommunicationControl,
    /// Counts the telegrams of the sender.
    pub access_number: u8,
    /// What follows that.
    pub kind: EllKind,
}

/// The five extended link layers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum EllKind {
    /// ELL I: nothing more.
    I,
    /// ELL II: a session, which may be encrypted.
    Ii(Session),
    /// ELL III: who is meant.
    Iii(MeterAddress),
    /// ELL IV: who is meant, and a session.
    Iv(MeterAddress, Session),
    /// ELL V: an extended control field announces what follows. Which bit announces which field is
    /// not known here, so that a layer that announces anything ends nobody knows where: all octets
    /// behind it stay [sealed](super::Sealed::Ell).
    V {
        /// The extended control field (ECL).
        extended_control: u8,
    },
}

/// A session of the extended link layer.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Session {
    /// Time, count, encryption.
    pub number: SessionNumber,
    /// The CRC over the octets behind it, the low octet first, as it stands in the telegram: where
    /// the session is encrypted, so is the CRC.
    pub payload_crc: u16,
}

impl Ell {
    /// The CI field that announces the layer.
    #[must_use]
    pub const fn ci(&self) -> CiField {
        match self.kind {
            EllKind::I => CiField::ELL_I,
            EllKind::Ii(_) => CiField::ELL_II,
            EllKind::Iii(_) => CiField::ELL_III,
            EllKind::Iv(..) => CiField::ELL_IV,
            EllKind::V { .. } => CiField::ELL_V,
        }
    }

    /// Who is meant, where the layer says so.
    #[must_use]
    pub const fn receiver(&self) -> Option<MeterAddress> {
        match self.kind {
            EllKind::Iii(address) | EllKind::Iv(address, _) => Some(address),
            _ => None,
        }
    }

    /// The session, where there is one.
    #[must_use]
    pub const fn session(&self) -> Option<Session> {
        match self.kind {
            EllKind::Ii(session) | EllKind::Iv(_, session) => Some(session),
            _ => None,
        }
    }
}

impl<'a> Wire<'a> for Ell {
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        reader.group("extended link layer", |reader| {
            let at = reader.offset();
            let ci = CiField::read_octet(reader)?;
            let control = CommunicationControl(reader.u8("communication control")?);
            let access_number = reader.u8("access number")?;
            let kind = match ci {
                CiField::ELL_I => EllKind::I,
                CiField::ELL_II => EllKind::Ii(Session::read(reader)?),
                CiField::ELL_III => EllKind::Iii(read_receiver(reader)?),
                CiField::ELL_IV => EllKind::Iv(read_receiver(reader)?, Session::read(reader)?),
                CiField::ELL_V => EllKind::V { extended_control: reader.u8("extended control")? },
                other => {
                    let kind = WireErrorKind::Code(other.code().into());
                    return Err(WireError::new(at, "control information", kind));
                }
            };
            Ok(Self { control, access_number, kind })
        })
    }

    fn emit(&self, out: &mut impl Sink) {
        out.put_array([self.ci().code(), self.control.0, self.access_number]);
        if let Some(receiver) = self.receiver() {
            receiver.emit_link_order(out);
        }
        if let Some(session) = self.session() {
            session.emit(out);
        }
        if let EllKind::V { extended_control } = self.kind {
            out.put_u8(extended_control);
        }
    }

    fn wire_len(&self) -> usize {
        match self.kind {
            EllKind::I => 3,
            EllKind::Ii(_) => 9,
            EllKind::Iii(_) => 11,
            EllKind::Iv(..) => 17,
            EllKind::V { .. } => 4,
        }
    }
}

fn read_receiver<V: Visit>(reader: &mut Reader<'_, V>) -> Result<MeterAddress, WireError> {
    reader.group("receiver", MeterAddress::read_link_order)
}

impl<'a> Wire<'a> for Session {
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        let start = reader.offset();
        let number = SessionNumber(u32::from_le_bytes(reader.array("session number")?));
        reader.show(start, "session number", Shown::Unsigned(number.0.into()));
        let start = reader.offset();
        let payload_crc = u16::from_le_bytes(reader.array("payload crc")?);
        let shown = Shown::Code { code: payload_crc.into(), name: None };
        reader.show_structure(start, "payload crc", shown);
        Ok(Self { number, payload_crc })
    }

    fn emit(&self, out: &mut impl Sink) {
        out.put_array(self.number.0.to_le_bytes());
        out.put_u16_le(self.payload_crc);
    }

    fn wire_len(&self) -> usize {
        6
    }
}

/// The communication control field: when the sender listens, and what repeaters did.
///
/// | bit | says |
/// |---|---|
/// | 7 | B, bidirectional |
/// | 6 | D, response delay: fast |
/// | 5 | S, synchronous |
/// | 4 | H, hop count |
/// | 3 | P, priority |
/// | 2 | A, accessible |
/// | 1 | R, repeated access |
/// | 0 | X, extended delay |
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct CommunicationControl(pub u8);

impl CommunicationControl {
    /// Does the meter listen at times?
    #[must_use]
    pub const fn bidirectional(self) -> bool {
        self.0 & 0x80 != 0
    }

    /// Does the meter answer fast?
    #[must_use]
    pub const fn fast_response(self) -> bool {
        self.0 & 0x40 != 0
    }

    /// Was this sent at the time that the meter keeps to?
    #[must_use]
    pub const fn synchronous(self) -> bool {
        self.0 & 0x20 != 0
    }

    /// Did a repeater send this again?
    #[must_use]
    pub const fn hop_count(self) -> u8 {
        (self.0 & 0x10) >> 4
    }

    /// Is it urgent?
    #[must_use]
    pub const fn priority(self) -> bool {
        self.0 & 0x08 != 0
    }

    /// Does the meter listen now? With [`bidirectional`](Self::bidirectional): at any time; without:
    /// it does at other times.
    #[must_use]
    pub const fn accessible(self) -> bool {
        self.0 & 0x04 != 0
    }

    /// Is access by way of a repeater?
    #[must_use]
    pub const fn repeated_access(self) -> bool {
        self.0 & 0x02 != 0
    }

    /// Is the delay of the response extended?
    #[must_use]
    pub const fn extended_delay(self) -> bool {
        self.0 & 0x01 != 0
    }

    /// As the meter sent it: without the two bits that a repeater sets, hop count and repeated
    /// access. Encryption goes by this.
    #[must_use]
    pub const fn as_sent(self) -> Self {
        Self(self.0 & !0x12)
    }
}

/// The session number of an extended link layer.
///
/// | bits | field |
/// |---|---|
/// | 31-29 | encryption: 0 none, 1 AES-128-CTR |
/// | 28-4 | minutes since the meter's start |
/// | 3-0 | session within the minute |
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct SessionNumber(pub u32);

impl SessionNumber {
    /// The encryption of what follows: 0 none, 1 AES-128-CTR; the rest, up to 7, is reserved.
    #[must_use]
    pub const fn encryption(self) -> u8 {
        (self.0 >> 29) as u8
    }

    /// Minutes since the meter's start.
    #[must_use]
    pub const fn minutes(self) -> u32 {
        (self.0 >> 4) & 0x01FF_FFFF
    }

    /// The session within the minute, 0 to 15.
    #[must_use]
    pub const fn session(self) -> u8 {
        self.0 as u8 & 0x0F
    }
}

#[cfg(test)]
mod tests {
    use gurux_framing::wire_laws;

    use super::*;

    const RECEIVER: MeterAddress =
        MeterAddress::from_octets([0x78, 0x56, 0x34, 0x12, 0x2D, 0x2C, 1, 7]);
    const SESSION: Session = Session { number: SessionNumber(0x2ABC_DEF5), payload_crc: 0x1234 };

    #[test]
    fn five_kinds_have_five_lengths() {
        for (kind, len) in [
            (EllKind::I, 3),
            (EllKind::Ii(SESSION), 9),
            (EllKind::Iii(RECEIVER), 11),
            (EllKind::Iv(RECEIVER, SESSION), 17),
            (EllKind::V { extended_control: 0 }, 4),
        ] {
            let ell = Ell { control: CommunicationControl(0x20), access_number: 9, kind };
            wire_laws!(Ell, ell, self_delimiting);
            assert_eq!(ell.wire_len(), len);
        }
    }

    #[test]
    fn the_fourth_kind_has_all_fields_in_order() {
        let octets = [
            0x8F, 0x20, 0x01, 0x2D, 0x2C, 0x78, 0x56, 0x34, 0x12, 0x01, 0x07, 0xF5, 0xDE, 0xBC,
            0x2A, 0x34, 0x12,
        ];
        let ell = Ell::from_bytes(&octets).unwrap();
        assert_eq!(ell.receiver(), Some(RECEIVER));
        assert_eq!(ell.session(), Some(SESSION));
    }

    #[test]
    fn another_ci_field_is_no_extended_link_layer() {
        let error = Ell::from_bytes(&[0x7A, 1, 2]).unwrap_err();
        assert_eq!((error.offset, error.kind), (0, WireErrorKind::Code(0x7A)));
    }

    #[test]
    fn a_session_number_has_three_parts() {
        let number = SessionNumber(0x2ABC_DEF5);
        assert_eq!((number.encryption(), number.session()), (1, 5));
        assert_eq!(number.minutes(), 0xAB_CDEF);
        assert_eq!(SessionNumber(u32::MAX).minutes(), 0x1FF_FFFF);
    }

    #[test]
    fn encryption_does_not_see_what_a_repeater_did() {
        assert_eq!(CommunicationControl(0xFF).as_sent(), CommunicationControl(0xED));
        let control = CommunicationControl(0x92);
        assert!(control.bidirectional() && control.repeated_access());
        assert_eq!(control.hop_count(), 1);
    }
}
