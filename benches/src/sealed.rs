//! Our contender for the ciphered DLMS workloads, and their inputs.

use std::hint::black_box;

use gurux_dlms::security::{
    Envelope, Key, Keyring, Policy, Provider, Software, SoftwareCipher, SystemTitle, open, seal,
};
use gurux_dlms::wire::SecurityControl;

use crate::contender::Contender;
use crate::names;

/// The key under which the messages are.
pub const ENCRYPTION_KEY: [u8; 16] = [0x10; 16];
/// The key of their tags.
pub const AUTHENTICATION_KEY: [u8; 16] = [0xD0; 16];
const METER: SystemTitle = SystemTitle(*b"BEN\0\0\0\0\x01");
const COUNTER: u32 = 0x1234;
const ROWS: u8 = 36;

/// Ours, for the workloads of [`names`].
pub fn contender(workload: &str) -> Option<Contender> {
    let (message, policy) = match workload {
        names::DLMS_GLO_1K => (authenticated(), Policy::Verified),
        names::DLMS_GLO_ENC_ONLY_1K => (encrypted(), Policy::DecryptUnverified),
        _ => return None,
    };
    let keys = keys();
    // It is opened where it lies, so each time wants a message of its own.
    let mut room = message.clone();
    Some(Contender::new("gurux", move |_| {
        room.copy_from_slice(black_box(&message));
        let opened = open(&mut room, None, &keys, policy).expect("a good message");
        let text = black_box(&*opened.text);
        text.len() as u64 + u64::from(*text.last().expect("a text"))
    }))
}

/// Authenticated and encrypted.
pub fn authenticated() -> Vec<u8> {
    sealed(SecurityControl::AUTHENTICATED_ENCRYPTED)
}

/// Encrypted only.
pub fn encrypted() -> Vec<u8> {
    sealed(SecurityControl::ENCRYPTED)
}

fn keys() -> Keyring<SoftwareCipher> {
    let cipher = Software.cipher(&Key::Aes128(ENCRYPTION_KEY)).expect("a key");
    Keyring::new(cipher).with_authentication(Key::Aes128(AUTHENTICATION_KEY))
}

fn sealed(control: SecurityControl) -> Vec<u8> {
    let mut room = vec![0; 2048];
    let envelope = Envelope::GeneralGlo(&METER.0);
    let len = seal(envelope, control, COUNTER, METER, &keys(), &notification(), &mut room);
    room.truncate(len.expect("room"));
    room
}

/// A notification of 36 rows: clock, status, two energies.
fn notification() -> Vec<u8> {
    let clock = |row: u8| {
        let (month, day) = (1 + row % 12, 1 + row % 28);
        [0x07, 0xE9, month, day, 0xFF, row % 24, row % 4 * 15, 0, 0, 0x80, 0, 0]
    };
    let head = [&[0x0F, 0, 0, 0, 1, 12][..], &clock(0), &[0x02, ROWS]].concat();
    let rows = (0..ROWS).flat_map(|row| {
        let number = |first: u32, step: u32| (first + step * u32::from(row)).to_be_bytes();
        [
            &[0x02, 4, 0x09, 12][..],
            &clock(row),
            &[0x12, 0, row % 7],
            &[&[0x06][..], &number(1_000_000, 17)].concat(),
            &[&[0x06][..], &number(2_000_000, 5)].concat(),
        ]
        .concat()
    });
    head.into_iter().chain(rows).collect()
}

#[cfg(test)]
mod tests {
    use super::{authenticated, encrypted};

    /// The published list of inputs lies beside the checkout, where it is present.
    #[test]
    fn the_inputs_are_the_published_ones() {
        crate::published::assert_same(&[
            ("dlms_glo_1k", authenticated()),
            ("dlms_glo_enc_only_1k", encrypted()),
        ]);
    }
}
