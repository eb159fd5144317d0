//! gurux-framing: check sums, deframers, rules.

use gurux_framing::checksum::{ByteOrder, ChecksumKind, ChecksumSettings};

use super::{MESSAGE_LEN, Reached};

pub(super) fn reach(reached: &mut Reached, octets: &[u8]) {
    checksums(reached, octets);
}

/// Each of the original's kinds, at a place and over a span that the octets say.
fn checksums(reached: &mut Reached, octets: &[u8]) {
    let Some(([position, start, count, size], rest)) = octets.split_first_chunk() else { return };
    let Some((parameters, packet)) = rest.split_first_chunk() else { return };
    let parameter = u32::from_be_bytes(*parameters);
    for kind in ChecksumKind::ALL {
        let settings = ChecksumSettings {
            position: i32::from(position.cast_signed()),
            start: u32::from(*start),
            count: i32::from(count.cast_signed()),
            size: *size,
            polynomial: parameter,
            initial_value: parameter.rotate_left(8),
            final_xor: parameter.rotate_left(16),
            reverse_data: position & 1 == 1,
            reflection: start & 1 == 1,
            reversed_checksum: count & 1 == 1,
            ..ChecksumSettings::new(kind)
        };
        let mut out = [0; MESSAGE_LEN];
        if let Ok(len) = settings.insert(packet, ByteOrder::Big, &mut out) {
            reached.emitted(&out, len);
        }
        if settings.verify(packet, ByteOrder::Little).is_ok() {
            reached.message();
        }
    }
}
