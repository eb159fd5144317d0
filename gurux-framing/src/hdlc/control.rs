//! [`Control`]: what an HDLC frame is for.

use core::fmt;

use crate::{Reader, Shown, Sink, Visit, Wire, WireError};

/// The control field (IEC 62056-46, commands and responses of the balanced selected classes).
///
/// | octet | frame |
/// |---|---|
/// | `rrr p sss 0` | information; `sss` its own number, `rrr` the number that is expected next |
/// | `rrr p 00 01` | RR, receive ready |
/// | `rrr p 01 01` | RNR, receive not ready |
/// | `rrr p 10 01` | REJ, reject |
/// | `100 p 00 11` | SNRM, set normal response mode |
/// | `010 p 00 11` | DISC, disconnect |
/// | `011 f 00 11` | UA, unnumbered acknowledge |
/// | `000 f 11 11` | DM, disconnected mode |
/// | `100 f 01 11` | FRMR, frame reject |
/// | `000 p 00 11` | UI, unnumbered information |
///
/// `p` is the poll bit of a command, `f` the final bit of a response.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Control(u8);

/// What the control field says, without its poll or final bit.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Command {
    /// Numbered information.
    Information {
        /// N(S), 0 to 7: the number of this frame.
        send_seq: u8,
        /// N(R), 0 to 7: the number of the frame that is expected next.
        recv_seq: u8,
    },
    /// RR: ready for the frame of this number; those before it arrived.
    ReceiveReady(u8),
    /// RNR: those before this number arrived; no more for now.
    ReceiveNotReady(u8),
    /// REJ: send again from this number on.
    Reject(u8),
    /// SNRM: connect.
    Snrm,
    /// DISC: disconnect.
    Disc,
    /// UA: done.
    Ua,
    /// DM: not connected.
    Dm,
    /// FRMR: a frame that cannot be taken; its [`Frmr`](super::Frmr) says why.
    Frmr,
    /// UI: information without a number.
    Ui,
    /// Anything else.
    Other(u8),
}

const POLL: u8 = 0x10;

impl Control {
    /// The octet as it is.
    #[must_use]
    pub const fn from_octet(octet: u8) -> Self {
        Self(octet)
    }

    /// The octet on the wire.
    #[must_use]
    pub const fn octet(self) -> u8 {
        self.0
    }

    /// This command or response; `poll` is its poll or final bit. Numbers are taken modulo 8.
    #[must_use]
    pub const fn new(command: Command, poll: bool) -> Self {
        let octet = match command {
            Command::Information { send_seq, recv_seq } => recv_seq << 5 | (send_seq & 7) << 1,
            Command::ReceiveReady(recv_seq) => recv_seq << 5 | 0x01,
            Command::ReceiveNotReady(recv_seq) => recv_seq << 5 | 0x05,
            Command::Reject(recv_seq) => recv_seq << 5 | 0x09,
            Command::Snrm => 0x83,
            Command::Disc => 0x43,
            Command::Ua => 0x63,
            Command::Dm => 0x0F,
            Command::Frmr => 0x87,
            Command::Ui => 0x03,
            Command::Other(octet) => octet & !POLL,
        };
        Self(if poll { octet | POLL } else { octet })
    }

    /// What it says.
    #[must_use]
    #[inline]
    pub const fn command(self) -> Command {
        let recv_seq = self.0 >> 5;
        match self.0 & !POLL {
            octet if octet & 1 == 0 => Command::Information { send_seq: octet >> 1 & 7, recv_seq },
            octet if octet & 0x0F == 0x01 => Command::ReceiveReady(recv_seq),
            octet if octet & 0x0F == 0x05 => Command::ReceiveNotReady(recv_seq),
            octet if octet & 0x0F == 0x09 => Command::Reject(recv_seq),
            0x83 => Command::Snrm,
            0x43 => Command::Disc,
            0x63 => Command::Ua,
            0x0F => Command::Dm,
            0x87 => Command::Frmr,
            0x03 => Command::Ui,
            octet => Command::Other(octet),
        }
    }

    /// The poll bit of a command, the final bit of a response.
    #[must_use]
    #[inline]
    pub const fn poll(self) -> bool {
        self.0 & POLL != 0
    }

    /// The standard's name of the command or response.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        Some(match self.command() {
            Command::Information { .. } => "I",
            Command::ReceiveReady(_) => "RR",
            Command::ReceiveNotReady(_) => "RNR",
            Command::Reject(_) => "REJ",
            Command::Snrm => "SNRM",
            Command::Disc => "DISC",
            Command::Ua => "UA",
            Command::Dm => "DM",
            Command::Frmr => "FRMR",
            Command::Ui => "UI",
            Command::Other(_) => return None,
        })
    }
}

impl<'a> Wire<'a> for Control {
    #[inline]
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        let start = reader.offset();
        let [octet] = reader.array("control")?;
        let control = Self(octet);
        if V::ACTIVE {
            let shown = Shown::Code { code: octet.into(), name: control.name() };
            reader.show(start, "control", shown);
            let at = start..reader.offset();
            match control.command() {
                Command::Information { send_seq, recv_seq } => {
                    reader.show_at(at.clone(), "send sequence", Shown::Unsigned(send_seq.into()));
                    reader.show_at(
                        at.clone(),
                        "receive sequence",
                        Shown::Unsigned(recv_seq.into()),
                    );
                }
                Command::ReceiveReady(recv_seq)
                | Command::ReceiveNotReady(recv_seq)
                | Command::Reject(recv_seq) => {
                    reader.show_at(
                        at.clone(),
                        "receive sequence",
                        Shown::Unsigned(recv_seq.into()),
                    );
                }
                _ => {}
            }
            reader.show_at(at, "poll", Shown::Flag(control.poll()));
        }
        Ok(control)
    }

    #[inline]
    fn emit(&self, out: &mut impl Sink) {
        out.put_u8(self.0);
    }

    #[inline]
    fn wire_len(&self) -> usize {
        1
    }
}

impl fmt::Display for Control {
    /// Its name with its numbers, and `P` where the poll or final bit is set: `I 0/1 P`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.command(), self.name()) {
            (Command::Information { send_seq, recv_seq }, _) => {
                write!(f, "I {send_seq}/{recv_seq}")?;
            }
            (
                Command::ReceiveReady(recv_seq)
                | Command::ReceiveNotReady(recv_seq)
                | Command::Reject(recv_seq),
                Some(name),
            ) => write!(f, "{name} {recv_seq}")?,
            (_, Some(name)) => f.write_str(name)?,
            (_, None) => write!(f, "{:#04X}", self.0 & !POLL)?,
        }
        if self.poll() { f.write_str(" P") } else { Ok(()) }
    }
}

impl fmt::Debug for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Control({self})")
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::{Command, Control};

    #[test]
    fn every_octet_is_a_command_and_back() {
        for octet in 0..=0xFF {
            let control = Control::from_octet(octet);
            assert_eq!(Control::new(control.command(), control.poll()), control, "{octet:02X}");
        }
    }

    #[test]
    fn the_octets_are_those_of_the_table() {
        for (octet, text) in [
            (0x10, "I 0/0 P"),
            (0x32, "I 1/1 P"),
            (0xEE, "I 7/7"),
            (0x11, "RR 0 P"),
            (0x51, "RR 2 P"),
            (0x35, "RNR 1 P"),
            (0x39, "REJ 1 P"),
            (0x93, "SNRM P"),
            (0x53, "DISC P"),
            (0x73, "UA P"),
            (0x1F, "DM P"),
            (0x97, "FRMR P"),
            (0x03, "UI"),
            (0x13, "UI P"),
            (0xAF, "0xAF"),
        ] {
            assert_eq!(Control::from_octet(octet).to_string(), text);
        }
        assert_eq!(Control::new(Command::Reject(9), false).octet(), 0x29);
    }
}
