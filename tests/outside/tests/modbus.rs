//! A Modbus frame decoded from the packages, with default features and with none.

use gurux_framing::Wire;
use gurux_modbus::wire::{Response, rtu};

#[test]
fn a_frame_is_decoded() {
    let frame = [0x01, 0x03, 0x02, 0x12, 0x34, 0xb5, 0x33];
    let adu = rtu::Adu::<Response<'_>>::from_bytes(&frame).unwrap();
    let Response::ReadHoldingRegisters(registers) = adu.pdu else { panic!("{adu:?}") };
    assert_eq!(adu.unit.code(), 1);
    assert!(registers.iter().eq([0x1234]));
}
