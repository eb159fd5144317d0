//! The inputs, made by rule: everybody who measures speaks of the same octets.

/// Registers of the long frames: the most that one response may carry.
pub const REGISTERS: usize = 125;

/// The unit that every frame is to or from.
pub const UNIT: u8 = 1;

/// Room for any frame.
pub const ROOM: usize = 512;

/// Where the registers begin in every request.
pub const ADDRESS: u16 = 100;

/// The transaction of every Modbus TCP frame.
pub const TRANSACTION: u16 = 1;

/// `count` registers: 1234h, 1335h, 1436h, ...
pub fn registers(count: usize) -> Vec<u16> {
    (0..count as u16).map(|index| 0x1234 + 0x0101 * index).collect()
}

/// What decoding such a response must come to.
pub fn sum(registers: &[u16]) -> u64 {
    registers.iter().copied().map(u64::from).sum()
}

/// A response to function 03: function, count of octets, registers.
fn response_pdu(registers: &[u16]) -> Vec<u8> {
    let mut pdu = vec![0x03, 2 * registers.len() as u8];
    pdu.extend(registers.iter().flat_map(|register| register.to_be_bytes()));
    pdu
}

/// The response as an RTU frame: unit, PDU, check sum.
pub fn modbus_rtu(registers: &[u16]) -> Vec<u8> {
    let mut frame = vec![UNIT];
    frame.extend(response_pdu(registers));
    let sum = crc16_modbus(&frame);
    frame.extend(sum.to_le_bytes());
    frame
}

/// The response as a Modbus TCP frame: transaction, protocol, length, unit, PDU.
pub fn modbus_tcp(registers: &[u16]) -> Vec<u8> {
    let pdu = response_pdu(registers);
    let mut frame = Vec::from(TRANSACTION.to_be_bytes());
    frame.extend([0, 0]);
    frame.extend((pdu.len() as u16 + 1).to_be_bytes());
    frame.push(UNIT);
    frame.extend(pdu);
    frame
}

/// A line in trouble: octets in which no frame is to be found except by accident.
pub fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    (0..len).map(|_| next()).collect()
}

/// CRC-16/MODBUS bit by bit: the slow second way, independent of what is measured.
fn crc16_modbus(octets: &[u8]) -> u16 {
    octets.iter().fold(0xffff, |sum, octet| {
        (0..8).fold(sum ^ u16::from(*octet), |sum, _| {
            if sum & 1 == 1 { (sum >> 1) ^ 0xa001 } else { sum >> 1 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::{modbus_rtu, modbus_tcp, registers};

    #[test]
    fn one_register_is_the_frame_worked_by_hand() {
        assert_eq!(modbus_rtu(&registers(1)), [0x01, 0x03, 0x02, 0x12, 0x34, 0xb5, 0x33]);
        assert_eq!(modbus_tcp(&registers(1)), [0, 1, 0, 0, 0, 5, 1, 3, 2, 0x12, 0x34]);
    }

    /// The published list of inputs lies beside the checkout, where it is present.
    #[test]
    fn the_inputs_are_the_published_ones() {
        crate::published::assert_same(&[
            ("modbus_rtu_1", modbus_rtu(&registers(1))),
            ("modbus_rtu_125", modbus_rtu(&registers(125))),
            ("modbus_tcp_1", modbus_tcp(&registers(1))),
            ("modbus_tcp_125", modbus_tcp(&registers(125))),
        ]);
    }
}
