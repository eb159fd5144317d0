//! [`CField`]: the control field of the link layer.

use core::fmt;

use gurux_framing::{Direction, Reader, Shown, Visit, WireError};

/// The control field: what a link frame is for.
///
/// | bit | from the primary station | from the secondary station |
/// |---|---|---|
/// | 7 | 0 | 0 |
/// | 6 | PRM, 1 | PRM, 0 |
/// | 5 | FCB, frame count bit | ACD, access demand: data of class 1 are waiting |
/// | 4 | FCV, the frame count bit is valid | DFC, data flow control: take no more |
/// | 3-0 | function | function |
///
/// On a wire the reader is the primary station. In radio a meter that sends unasked is primary too.
/// Any octet is a value; unknown ones keep their bits.
///
/// ```
/// use gurux_mbus::wire::CField;
///
/// assert_eq!(CField::REQ_UD2.with_fcb(true).0, 0x7B);
/// assert_eq!(CField(0x7B).to_string(), "REQ_UD2");
/// assert!(CField(0x28).acd());
/// assert_eq!(CField(0x28).to_string(), "RSP_UD");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct CField(pub u8);

const PRM: u8 = 0x40;
const FCB_OR_ACD: u8 = 0x20;
const FCV_OR_DFC: u8 = 0x10;

impl CField {
    /// Link reset: both sides forget the frame count bit. Answered with E5.
    pub const SND_NKE: Self = Self(0x40);
    /// Sends data, to be acknowledged; its frame count bit is clear.
    pub const SND_UD: Self = Self(0x53);
    /// Sends data and wants data back: send and request in one.
    pub const SND_UD2: Self = Self(0x43);
    /// Asks for data of class 1 (alarms); its frame count bit is clear.
    pub const REQ_UD1: Self = Self(0x5A);
    /// Asks for data of class 2 (readings); its frame count bit is clear.
    pub const REQ_UD2: Self = Self(0x5B);
    /// The data that were asked for.
    pub const RSP_UD: Self = Self(0x08);
    /// Radio: sends data, wants no reply.
    pub const SND_NR: Self = Self(0x44);
    /// Radio: asks to be installed.
    pub const SND_IR: Self = Self(0x46);
    /// Radio: offers a chance of access, without data.
    pub const ACC_NR: Self = Self(0x47);
    /// Radio: demands access.
    pub const ACC_DMD: Self = Self(0x48);
    /// Radio: confirms the installation.
    pub const CNF_IR: Self = Self(0x06);
    /// Radio: acknowledges.
    pub const ACK: Self = Self(0x00);
    /// Radio: refuses.
    pub const NACK: Self = Self(0x01);

    /// Does the primary station send this?
    #[must_use]
    pub const fn prm(self) -> bool {
        self.0 & PRM != 0
    }

    /// The frame count bit. Of meaning where [`fcv`](Self::fcv) says so.
    #[must_use]
    pub const fn fcb(self) -> bool {
        self.prm() && self.0 & FCB_OR_ACD != 0
    }

    /// Is the frame count bit valid?
    #[must_use]
    pub const fn fcv(self) -> bool {
        self.prm() && self.0 & FCV_OR_DFC != 0
    }

    /// Access demand: the secondary station has data of class 1.
    #[must_use]
    pub const fn acd(self) -> bool {
        !self.prm() && self.0 & FCB_OR_ACD != 0
    }

    /// Data flow control: the secondary station can take no more.
    #[must_use]
    pub const fn dfc(self) -> bool {
        !self.prm() && self.0 & FCV_OR_DFC != 0
    }

    /// The function, 0 to 15. Its meaning depends on [`prm`](Self::prm).
    #[must_use]
    pub const fn function(self) -> u8 {
        self.0 & 0x0F
    }

    /// The same with this frame count bit.
    #[must_use]
    pub const fn with_fcb(self, fcb: bool) -> Self {
        Self(if fcb { self.0 | FCB_OR_ACD } else { self.0 & !FCB_OR_ACD })
    }

    /// The same with this access demand.
    #[must_use]
    pub const fn with_acd(self, acd: bool) -> Self {
        self.with_fcb(acd)
    }

    /// Has this the same function from the same kind of station, whatever the other two bits are?
    #[must_use]
    pub const fn is_same_function(self, other: Self) -> bool {
        self.0 & !(FCB_OR_ACD | FCV_OR_DFC) == other.0 & !(FCB_OR_ACD | FCV_OR_DFC)
    }

    /// The name of the function, if it has one.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        Some(match self.0 & !(FCB_OR_ACD | FCV_OR_DFC) {
            0x40 => "SND_NKE",
            0x43 if self.fcv() => "SND_UD",
            0x43 => "SND_UD2",
            0x44 => "SND_NR",
            0x46 => "SND_IR",
            0x47 => "ACC_NR",
            0x48 => "ACC_DMD",
            0x4A => "REQ_UD1",
            0x4B => "REQ_UD2",
            0x00 => "ACK",
            0x01 => "NACK",
            0x06 => "CNF_IR",
            0x08 => "RSP_UD",
            _ => return None,
        })
    }

    /// Which way such a frame goes, as far as the function tells: SND_NR, SND_IR, ACC_NR and
    /// ACC_DMD come from a meter although they are of a primary station, and CNF_IR goes to one.
    ///
    /// ACK and NACK go both ways in radio; they are taken for the meter's. observed: there are
    /// meters that push SND_UD up a wire, which the control field cannot tell.
    #[must_use]
    pub const fn direction(self) -> Direction {
        match self.0 & !(FCB_OR_ACD | FCV_OR_DFC) {
            0x44 | 0x46 | 0x47 | 0x48 => Direction::Response,
            0x06 => Direction::Request,
            _ if self.prm() => Direction::Request,
            _ => Direction::Response,
        }
    }

    /// Does such a frame bring user data, on a wire?
    pub(super) const fn needs_user_data(self) -> bool {
        self.is_same_function(Self::SND_UD) || self.is_same_function(Self::RSP_UD)
    }

    /// Takes a control field.
    pub(super) fn read<V: Visit>(reader: &mut Reader<'_, V>) -> Result<Self, WireError> {
        let start = reader.offset();
        let [octet] = reader.array("control")?;
        let control = Self(octet);
        reader.show(start, "control", Shown::Code { code: octet.into(), name: control.name() });
        Ok(control)
    }
}

impl fmt::Display for CField {
    /// The name of the function, or the number in hex.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "{:#04X}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_frame_of_the_standard_has_its_name_with_every_flag() {
        for (code, name) in [
            (0x40, "SND_NKE"),
            (0x53, "SND_UD"),
            (0x73, "SND_UD"),
            (0x43, "SND_UD2"),
            (0x5A, "REQ_UD1"),
            (0x7A, "REQ_UD1"),
            (0x5B, "REQ_UD2"),
            (0x7B, "REQ_UD2"),
            (0x08, "RSP_UD"),
            (0x18, "RSP_UD"),
            (0x28, "RSP_UD"),
            (0x38, "RSP_UD"),
            (0x44, "SND_NR"),
            (0x46, "SND_IR"),
            (0x47, "ACC_NR"),
            (0x48, "ACC_DMD"),
            (0x06, "CNF_IR"),
            (0x00, "ACK"),
            (0x01, "NACK"),
        ] {
            assert_eq!(CField(code).name(), Some(name), "{code:02X}");
        }
        assert_eq!(CField(0x4F).name(), None);
    }

    #[test]
    fn the_two_upper_bits_mean_what_the_station_makes_of_them() {
        let request = CField::REQ_UD2.with_fcb(true);
        assert!(request.fcb() && request.fcv() && !request.acd() && !request.dfc());
        let answer = CField(0x38);
        assert!(answer.acd() && answer.dfc() && !answer.fcb() && !answer.fcv());
        assert_eq!(request.with_fcb(false), CField::REQ_UD2);
        assert!(request.is_same_function(CField::REQ_UD2));
        assert!(!answer.is_same_function(CField::ACC_DMD));
    }

    #[test]
    fn a_meter_that_sends_unasked_is_still_a_meter() {
        assert_eq!(CField::SND_NR.direction(), Direction::Response);
        assert_eq!(CField::CNF_IR.direction(), Direction::Request);
        assert_eq!(CField::REQ_UD2.direction(), Direction::Request);
        assert_eq!(CField::RSP_UD.direction(), Direction::Response);
    }
}
