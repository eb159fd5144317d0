//! gurux-modbus: frames, messages of both directions, addresses and value types.

use gurux_modbus::Address;
use gurux_modbus::value::{ByteOrder, ValueType};

use super::Reached;

pub(super) fn reach(reached: &mut Reached, octets: &[u8]) {
    reached.text::<Address>(octets);
    reached.text::<ByteOrder>(octets);
    reached.text::<ValueType>(octets);
}
