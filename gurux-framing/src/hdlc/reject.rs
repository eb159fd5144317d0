//! [`Frmr`]: why a frame was rejected.

use super::Control;
use crate::{Reader, Shown, Sink, Visit, Wire, WireError};

/// The information of FRMR (ISO/IEC 13239, basic format for modulo 8).
///
/// | octets | field |
/// |---|---|
/// | 1 | control field of the rejected frame |
/// | 1 | `rrr c sss 0`: V(R), C/R, V(S) of the station that rejects |
/// | 1 | `0000 zyxw`: the reasons |
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Frmr {
    /// The control field of the frame that was rejected.
    pub rejected: Control,
    /// V(S): the number of the next frame that the rejecting station sends.
    pub send_state: u8,
    /// V(R): the number of the next frame that it expects.
    pub recv_state: u8,
    /// Was the rejected frame a response?
    pub was_response: bool,
    reasons: u8,
}

impl Frmr {
    /// w: the control field is undefined or not implemented.
    pub const UNDEFINED_CONTROL: u8 = 0x01;
    /// x: the frame has an information field that it must not have.
    pub const INFORMATION_NOT_PERMITTED: u8 = 0x02;
    /// y: the information field is longer than the station can store.
    pub const INFORMATION_TOO_LONG: u8 = 0x04;
    /// z: N(R) acknowledges what was never sent.
    pub const INVALID_NUMBER: u8 = 0x08;

    /// Rejects a frame with this control field, for no stated reason.
    #[must_use]
    pub const fn new(rejected: Control, send_state: u8, recv_state: u8) -> Self {
        Self {
            rejected,
            send_state: send_state & 7,
            recv_state: recv_state & 7,
            was_response: false,
            reasons: 0,
        }
    }

    /// For these reasons: any of the four, in one octet.
    #[must_use]
    pub const fn with_reasons(self, reasons: u8) -> Self {
        Self { reasons, ..self }
    }

    /// The reasons, in one octet.
    #[must_use]
    pub const fn reasons(&self) -> u8 {
        self.reasons
    }
}

impl<'a> Wire<'a> for Frmr {
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        let rejected = reader.group("rejected control field", Control::read)?;
        let start = reader.offset();
        let [states] = reader.array("state variables")?;
        let (recv_state, send_state) = (states >> 5, states >> 1 & 7);
        let was_response = states & 0x10 != 0;
        let at = start..reader.offset();
        reader.show_at(at.clone(), "receive state variable", Shown::Unsigned(recv_state.into()));
        reader.show_at(at.clone(), "send state variable", Shown::Unsigned(send_state.into()));
        reader.show_at(at, "rejected a response", Shown::Flag(was_response));
        let start = reader.offset();
        let [reasons] = reader.array("reasons")?;
        let at = start..reader.offset();
        for (mask, name) in [
            (Self::UNDEFINED_CONTROL, "undefined control field"),
            (Self::INFORMATION_NOT_PERMITTED, "information not permitted"),
            (Self::INFORMATION_TOO_LONG, "information too long"),
            (Self::INVALID_NUMBER, "invalid receive sequence"),
        ] {
            reader.show_at(at.clone(), name, Shown::Flag(reasons & mask != 0));
        }
        Ok(Self { rejected, send_state, recv_state, was_response, reasons })
    }

    fn emit(&self, out: &mut impl Sink) {
        let response = if self.was_response { 0x10 } else { 0 };
        let states = self.recv_state << 5 | response | (self.send_state & 7) << 1;
        out.put_array([self.rejected.octet(), states, self.reasons]);
    }

    fn wire_len(&self) -> usize {
        3
    }
}
