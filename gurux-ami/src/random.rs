//! Octets that nobody can guess: what challenges and keys of a conversation are drawn from.

use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::io::Read;

/// 32 random octets: of the system's source, or where it is no file, of the keys that the standard
/// library draws from it.
pub(crate) fn octets() -> [u8; 32] {
    let mut octets = [0; 32];
    let read = File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut octets));
    if read.is_err() {
        for (number, piece) in octets.chunks_mut(8).enumerate() {
            let drawn = RandomState::new().hash_one(number).to_be_bytes();
            piece.iter_mut().zip(drawn).for_each(|(to, from)| *to = from);
        }
    }
    octets
}

#[cfg(test)]
mod tests {
    use super::octets;

    #[test]
    fn no_two_draws_are_alike() {
        assert_ne!(octets(), octets());
        assert_ne!(octets()[..16], octets()[16..]);
    }
}
