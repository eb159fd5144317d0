//! [`Echo`]: our own frames that come back.

use gurux_framing::hdlc::{Command, Control, HdlcAddress, HdlcFrame};

/// Frames of one turn that may come back.
const MARKS: usize = 8;

/// Tells our own frames from the other side's.
///
/// Mostly the addresses tell: an echo goes from us to the other side. Where both sides have the same
/// address (observed: 1 and 1), the control field does: what was sent in the present turn and comes
/// back with the same numbers is an echo. A supervisory frame alone can look the same from both
/// sides, so that it counts as one only after another frame came back: SNRM or UA, as a rule.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Echo {
    is_heard: bool,
    /// What was sent in this turn and did not come back.
    marks: [Option<Control>; MARKS],
}

impl Echo {
    /// A turn begins.
    pub(super) const fn clear(&mut self) {
        self.marks = [None; MARKS];
    }

    /// A frame goes out.
    pub(super) fn remember(&mut self, control: Control) {
        if let Some(free) = self.marks.iter_mut().find(|mark| mark.is_none()) {
            *free = Some(control);
        }
    }

    /// Is this frame one of ours?
    pub(super) fn knows(
        &mut self,
        frame: &HdlcFrame<'_>,
        ours: HdlcAddress,
        theirs: HdlcAddress,
    ) -> bool {
        if (frame.source, frame.destination) != (ours, theirs) {
            return false;
        }
        if ours != theirs {
            return true;
        }
        let is_plain = match frame.control.command() {
            Command::ReceiveReady(_) | Command::ReceiveNotReady(_) | Command::Reject(_) => {
                self.is_heard
            }
            _ => true,
        };
        let found = self.marks.iter_mut().find(|mark| **mark == Some(frame.control));
        let is_echo = is_plain && found.is_some_and(|found| found.take().is_some());
        self.is_heard |= is_echo;
        is_echo
    }
}
