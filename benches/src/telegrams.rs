//! The inputs of M-Bus, made by rule: everybody who measures speaks of the same octets.

/// Who sends them all: identification 12345678, manufacturer and version, a heat meter.
const METER: [u8; 8] = [0x78, 0x56, 0x34, 0x12, 0x77, 0x04, 0x0E, 0x04];
const ACCESS_NUMBER: u8 = 0x2A;

/// A key that everybody may know.
pub const KEY: [u8; 16] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];

/// Ten records of as many kinds: fabrication number, energy, volume, two temperatures and their
/// difference, power, flow, date and time, and an energy of storage 1.
const KINDS: [&[u8]; 10] = [
    &[0x0C, 0x78, 0x78, 0x56, 0x34, 0x12],
    &[0x04, 0x06, 0x89, 0x13, 0x01, 0x00],
    &[0x0C, 0x13, 0x45, 0x23, 0x01, 0x00],
    &[0x02, 0x59, 0xE4, 0x1B],
    &[0x02, 0x5D, 0x12, 0x0F],
    &[0x02, 0x61, 0xD2, 0x0C],
    &[0x04, 0x2D, 0x17, 0x00, 0x00, 0x00],
    &[0x04, 0x3B, 0xF4, 0x01, 0x00, 0x00],
    &[0x04, 0x6D, 0x0B, 0x0B, 0xCD, 0x13],
    &[0x44, 0x06, 0x34, 0x12, 0x01, 0x00],
];

/// One record.
pub fn small() -> Vec<u8> {
    wired(&[0x04, 0x13, 0x31, 0xD4, 0x00, 0x00])
}

/// Ten records.
pub fn typical() -> Vec<u8> {
    wired(&KINDS.concat())
}

/// As many records as a frame holds: four kinds in turn, their numbers growing.
pub fn full() -> Vec<u8> {
    let record = |place: u8| {
        let count = place + 1;
        let number = [3, 2, 1, 0].map(|factor| factor * count);
        let [low, high, third, zero] = number;
        match place % 4 {
            0 => [&[0x44, 0x13][..], &number].concat(),
            1 => vec![0x0C, 0x14, 0x21, 0x43, 0x05, 0x00],
            2 => vec![0x84, 0x10, 0x2B, low, high, 0, 0],
            _ => vec![0x04, 0x06, low, high, third, zero],
        }
    };
    wired(&(0..38).map(record).collect::<Vec<_>>().concat())
}

/// Seven of the ten kinds, encrypted by mode 5 with [`KEY`]: the telegram without check sums.
pub fn mode5() -> Vec<u8> {
    // AES-128-CBC of 2F 2F, the records and fillers to 48 octets; a test decrypts it.
    const SEALED: [u8; 48] = [
        0x70, 0xBD, 0x48, 0x29, 0x7B, 0x38, 0xEC, 0xCB, 0xFB, 0x3B, 0xE1, 0x33, 0x11, 0x1F, 0xD0,
        0xE4, 0xB2, 0x03, 0x99, 0x51, 0xE6, 0xA9, 0x2C, 0x3E, 0xEA, 0xD9, 0x18, 0x61, 0x5F, 0x47,
        0x11, 0x19, 0x78, 0xE5, 0xD4, 0x6C, 0x4C, 0xE5, 0xED, 0x1A, 0x38, 0x16, 0xC3, 0x4C, 0xAB,
        0xD6, 0x3A, 0x31,
    ];
    let [i0, i1, i2, i3, m0, m1, version, kind] = METER;
    let head = [0x44, m0, m1, i0, i1, i2, i3, version, kind, 0x7A, ACCESS_NUMBER, 0, 0x30, 0x05];
    [&[62][..], &head, &SEALED].concat()
}

/// That telegram with the check sums of format A: blocks of 10 and of 16 octets.
pub fn format_a() -> Vec<u8> {
    let telegram = mode5();
    let (first, rest) = telegram.split_at(10);
    let blocks = [first].into_iter().chain(rest.chunks(16));
    blocks.flat_map(|block| [block, &crc16_en13757(block).to_be_bytes()].concat()).collect()
}

/// A wired response with these records.
fn wired(records: &[u8]) -> Vec<u8> {
    let data = [&[0x08, 0x05, 0x72][..], &METER, &[ACCESS_NUMBER, 0, 0, 0], records].concat();
    let sum = data.iter().fold(0u8, |sum, octet| sum.wrapping_add(*octet));
    let len = data.len() as u8;
    [&[0x68, len, len, 0x68][..], &data, &[sum, 0x16]].concat()
}

/// CRC-16/EN-13757 bit by bit: the slow second way, independent of what is measured.
fn crc16_en13757(octets: &[u8]) -> u16 {
    !octets.iter().fold(0, |sum, octet| {
        (0..8).fold(sum ^ u16::from(*octet) << 8, |sum, _| {
            if sum & 0x8000 != 0 { sum << 1 ^ 0x3D65 } else { sum << 1 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::{format_a, full, mode5, small, typical};

    /// The published list of inputs lies beside the checkout, where it is present.
    #[test]
    fn the_inputs_are_the_published_ones() {
        crate::published::assert_same(&[
            ("mbus_small", small()),
            ("mbus_typical", typical()),
            ("mbus_full", full()),
            ("wmbus_mode5", mode5()),
            ("wmbus_format_a", format_a()),
        ]);
    }
}
