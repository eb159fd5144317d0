//! Modbus: RTU, ASCII and TCP captures.

use super::{Decoded, Hints};

pub(super) fn rtu(_: &[u8], _: Hints) -> Vec<Decoded> {
    Vec::new()
}
pub(super) fn ascii(_: &[u8], _: Hints) -> Vec<Decoded> {
    Vec::new()
}
pub(super) fn tcp(_: &[u8], _: Hints) -> Vec<Decoded> {
    Vec::new()
}
