//! What the security modes make of addresses, numbers and counters.

use gurux_framing::Direction;

use crate::wire::{CommunicationControl, Identification, MeterAddress, SessionNumber};

/// The initial vector of mode 5: the meter's address in the order of a radio link layer, then the
/// access number eight times.
///
/// | octets | |
/// |---|---|
/// | 2 | manufacturer |
/// | 4 | identification |
/// | 1, 1 | version, device type |
/// | 8 | access number, repeated |
///
/// The address is that of the transport layer where it has one, else that of the link layer.
/// observed: every telegram of mode 5 whose key is public; those of radio adapters fix the address.
#[must_use]
pub const fn initial_vector_5(meter: &MeterAddress, access_number: u8) -> [u8; 16] {
    // In one piece: a cipher loads it as one.
    let meter = u64::from_le_bytes(meter.link_octets()) as u128;
    let access_numbers = u64::from_le_bytes([access_number; 8]) as u128;
    (access_numbers << 64 | meter).to_le_bytes()
}

/// The initial vector of mode 3: identification, manufacturer, and a date of type G.
///
/// observed: in the comments of wmbusmeters; no telegram of this mode was seen.
#[must_use]
pub const fn initial_vector_3(meter: &MeterAddress, date: [u8; 2]) -> [u8; 8] {
    let [i0, i1, i2, i3, m0, m1, ..] = meter.octets();
    let [d0, d1] = date;
    [i0, i1, i2, i3, m0, m1, d0, d1]
}

/// The counter block with which an extended link layer begins.
///
/// | octets | |
/// |---|---|
/// | 8 | address of the sender, in the order of a radio link layer |
/// | 1 | communication control, as the meter sent it |
/// | 4 | session number, low octet first |
/// | 2 | frame number, 0 |
/// | 1 | block counter, 0 |
///
/// Repeaters set two bits of the communication control; the meter encrypted before. observed: a
/// repeated telegram opens only with both of them cleared.
#[must_use]
pub const fn counter_block_ell(
    sender: &MeterAddress,
    control: CommunicationControl,
    session: SessionNumber,
) -> [u8; 16] {
    let [m0, m1, i0, i1, i2, i3, version, device_type] = sender.link_octets();
    let [s0, s1, s2, s3] = session.0.to_le_bytes();
    [m0, m1, i0, i1, i2, i3, version, device_type, control.as_sent().0, s0, s1, s2, s3, 0, 0, 0]
}

/// The counter block with which mode 8 begins: the address as in mode 5, the message counter with its
/// high octet first, and zeros.
///
/// Built like the nonce of mode 10, which is observed. No public telegram of mode 8 is known, so that
/// nothing proves that meters do the same.
#[must_use]
pub const fn counter_block_8(meter: &MeterAddress, counter: u32) -> [u8; 16] {
    let [m0, m1, i0, i1, i2, i3, version, device_type] = meter.link_octets();
    let [c0, c1, c2, c3] = counter.to_be_bytes();
    [m0, m1, i0, i1, i2, i3, version, device_type, c0, c1, c2, c3, 0, 0, 0, 0]
}

/// The nonce of mode 9: the address as in mode 5, the message counter with its high octet first.
///
/// Built like the nonce of mode 10, which is observed. No public telegram of mode 9 is known, so that
/// nothing proves that meters do the same.
#[must_use]
pub const fn nonce_9(meter: &MeterAddress, counter: u32) -> [u8; 12] {
    let [m0, m1, i0, i1, i2, i3, version, device_type] = meter.link_octets();
    let [c0, c1, c2, c3] = counter.to_be_bytes();
    [m0, m1, i0, i1, i2, i3, version, device_type, c0, c1, c2, c3]
}

/// The nonce of mode 10: the address as in mode 5, a zero, the message counter with its high octet
/// first, although the telegram has the low one first.
///
/// observed: two telegrams of meters, whose tags fit.
#[must_use]
pub const fn nonce_10(meter: &MeterAddress, counter: u32) -> [u8; 13] {
    let [m0, m1, i0, i1, i2, i3, version, device_type] = meter.link_octets();
    let [c0, c1, c2, c3] = counter.to_be_bytes();
    [m0, m1, i0, i1, i2, i3, version, device_type, 0, c0, c1, c2, c3]
}

/// What a derived key is for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Purpose {
    /// Encryption: Kenc.
    Encryption,
    /// Authentication of a message: Kmac.
    Authentication,
}

/// The block whose CMAC under a meter's key is the derived key (key derivation function A).
///
/// | octets | |
/// |---|---|
/// | 1 | 00 encrypts, 01 authenticates what a meter says; 10, 11 what it is told |
/// | 4 | message counter, low octet first |
/// | 4 | identification of the meter, low octet first |
/// | 7 | 07 |
///
/// observed: telegrams of modes 7 and 10 from meters; the constants of the other direction stand in
/// the open-source receivers.
#[must_use]
pub const fn derivation_block(
    purpose: Purpose,
    direction: Direction,
    counter: u32,
    meter: Identification,
) -> [u8; 16] {
    let constant = match (direction, purpose) {
        (Direction::Response, Purpose::Encryption) => 0x00,
        (Direction::Response, Purpose::Authentication) => 0x01,
        (Direction::Request, Purpose::Encryption) => 0x10,
        (Direction::Request, Purpose::Authentication) => 0x11,
    };
    let [c0, c1, c2, c3] = counter.to_le_bytes();
    let [i0, i1, i2, i3] = meter.0.to_le_bytes();
    [constant, c0, c1, c2, c3, i0, i1, i2, i3, 7, 7, 7, 7, 7, 7, 7]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 12345678 ELS 51 3.
    const METER: MeterAddress =
        MeterAddress::from_octets([0x78, 0x56, 0x34, 0x12, 0x93, 0x15, 0x33, 0x03]);

    #[test]
    fn an_address_goes_manufacturer_first() {
        let address = [0x93, 0x15, 0x78, 0x56, 0x34, 0x12, 0x33, 0x03];
        let vector = initial_vector_5(&METER, 0x2A);
        assert_eq!((&vector[..8], &vector[8..]), (&address[..], &[0x2A; 8][..]));
        assert_eq!(nonce_9(&METER, 0x0102_0304)[8..], [1, 2, 3, 4]);
        assert_eq!(nonce_10(&METER, 0x0102_0304)[8..], [0, 1, 2, 3, 4]);
        assert_eq!(counter_block_8(&METER, 0x0102_0304)[8..], [1, 2, 3, 4, 0, 0, 0, 0]);
        for start in [&nonce_9(&METER, 7)[..8], &nonce_10(&METER, 7)[..8]] {
            assert_eq!(start, address);
        }
    }

    #[test]
    fn des_has_the_address_as_a_header_has_it() {
        let vector = initial_vector_3(&METER, [0xDA, 0x7E]);
        assert_eq!(vector, [0x78, 0x56, 0x34, 0x12, 0x93, 0x15, 0xDA, 0x7E]);
    }

    #[test]
    fn a_repeater_changes_no_counter_block() {
        let session = SessionNumber(0x2ABC_DEF5);
        let sent = counter_block_ell(&METER, CommunicationControl(0x20), session);
        assert_eq!(sent[8..], [0x20, 0xF5, 0xDE, 0xBC, 0x2A, 0, 0, 0]);
        assert_eq!(counter_block_ell(&METER, CommunicationControl(0x32), session), sent);
        assert_ne!(counter_block_ell(&METER, CommunicationControl(0x24), session), sent);
    }

    #[test]
    fn four_keys_are_derived_for_a_counter() {
        let block = |purpose, direction| {
            derivation_block(purpose, direction, 0x0102_0304, METER.identification)
        };
        let (encryption, authentication) = (Purpose::Encryption, Purpose::Authentication);
        let up = block(encryption, Direction::Response);
        assert_eq!(up, [0, 4, 3, 2, 1, 0x78, 0x56, 0x34, 0x12, 7, 7, 7, 7, 7, 7, 7]);
        assert_eq!(block(authentication, Direction::Response)[0], 0x01);
        assert_eq!(block(encryption, Direction::Request)[0], 0x10);
        assert_eq!(block(authentication, Direction::Request)[0], 0x11);
    }
}
