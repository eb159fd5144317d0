//! Every public deframer, wire type and value, on octets from outside.
//!
//! `check.sh` holds the names in these files against the sources: an `impl Wire` or `impl Deframe` that
//! is not here fails it.

mod dlms;
mod framing;
mod mbus;
mod modbus;
mod modbus_value;
mod radio;
mod value;

use core::ops::Range;
use core::str::FromStr;

use gurux_framing::{Deframe, Piece, Shown, Visit, Wire, pieces};

/// The longest message that is emitted again.
const MESSAGE_LEN: usize = 2048;

/// What came of the octets.
#[derive(Default)]
pub(crate) struct Reached {
    pub(crate) frames: usize,
    pub(crate) messages: usize,
    pub(crate) emitted: usize,
}

/// Gives the octets to everything.
pub(crate) fn everything(octets: &[u8]) -> Reached {
    let mut reached = Reached::default();
    framing::reach(&mut reached, octets);
    mbus::reach(&mut reached, octets);
    dlms::reach(&mut reached, octets);
    modbus::reach(&mut reached, octets);
    modbus_value::reach(&mut reached, octets);
    radio::reach(&mut reached, octets);
    value::reach(&mut reached, octets);
    deliberate(&mut reached, octets);
    reached
}

impl Reached {
    /// Takes the octets apart, and gives each frame on.
    fn deframe<D: Deframe>(&mut self, deframer: D, octets: &[u8], each: impl Fn(&mut Self, &[u8])) {
        for piece in pieces(deframer, octets) {
            if let Piece::Frame { frame, .. } = piece {
                self.frames = self.frames.saturating_add(1);
                each(self, frame);
            }
        }
    }

    /// Opens a message, has its fields told, and emits it again.
    fn wire<'a, T: Wire<'a>>(&mut self, octets: &'a [u8]) {
        let Ok(message) = T::from_bytes(octets) else { return };
        self.message();
        let _ = T::explain(octets, 0, &mut *self);
        let mut out = [0; MESSAGE_LEN];
        if let Ok(len) = message.emit_to_slice(&mut out) {
            self.emitted(&out, len);
        }
    }

    /// Reads a value that a person wrote.
    fn text<T: FromStr>(&mut self, octets: &[u8]) {
        if core::str::from_utf8(octets).is_ok_and(|text| text.parse::<T>().is_ok()) {
            self.message();
        }
    }

    fn message(&mut self) {
        self.messages = self.messages.saturating_add(1);
    }

    /// Looks at what was written, so that the compiler cannot leave the writing out.
    fn emitted(&mut self, out: &[u8], len: usize) {
        let _ = core::hint::black_box(out);
        self.emitted = self.emitted.saturating_add(len);
    }
}

/// Counts what an explanation tells.
impl Visit for Reached {
    fn field(&mut self, _: Range<usize>, _: &'static str, _: Shown<'_>) {
        self.message();
    }

    fn structure(&mut self, _: Range<usize>, _: &'static str, _: Shown<'_>) {
        self.message();
    }

    fn enter_group(&mut self, _: usize, _: &'static str) {}

    fn enter_list(&mut self, _: usize, _: &'static str) {}

    fn leave(&mut self, _: usize) {}
}

#[cfg(not(feature = "deliberate-panic"))]
fn deliberate(_: &mut Reached, _: &[u8]) {}

#[cfg(feature = "deliberate-panic")]
fn deliberate(reached: &mut Reached, octets: &[u8]) {
    reached.frames = usize::from(octets[octets.len() / 2 + 7]);
}
