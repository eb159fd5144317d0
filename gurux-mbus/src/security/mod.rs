//! Ciphers, keys and the way from a sealed telegram to a clear one and back.
//!
//! | step | see |
//! |---|---|
//! | a key, and what can be done with it | [`Key`], [`Cipher`], [`Software`] |
//! | sealed to clear | [`open`], [`Verdict`] |
//! | clear to sealed | [`seal`] |
//! | fragments to a message | [`Assembly`] |
//! | initial vectors, nonces, derived keys | [`initial_vector_5`] and its neighbours |
//!
//! What is proven, and by what:
//!
//! | mode | proven by |
//! |---|---|
//! | 2, 3 (DES) | our own vectors alone |
//! | 5 | telegrams of many makers, whose keys are public |
//! | 7, and the MAC of the authentication layer | the two examples of profile B in OMS Vol. 2, Annex N, as public test suites carry them |
//! | 8, 9 | our own vectors alone: counter block and nonce are built as in mode 10 |
//! | 10 | two telegrams of meters, with key derivation and tags |
//! | extended link layer | telegrams of meters, repeated ones among them |
//! | 13 (TLS), 1, 15 and above | recognised, never opened |

mod cipher;
mod fragment;
mod key;
mod message;
mod mode;
mod open;
mod seal;
#[cfg(feature = "crypto")]
mod software;
#[cfg(test)]
#[cfg(feature = "crypto")]
mod tests;

pub use cipher::{Cipher, CipherError};
pub use fragment::{Assembly, Piece};
pub use key::{Key, KeyError};
pub use mode::{
    Purpose, counter_block_8, counter_block_ell, derivation_block, initial_vector_3,
    initial_vector_5, nonce_9, nonce_10,
};
pub use open::{Known, Opened, Proof, Verdict, open, open_with};
pub use seal::{SEAL_ROOM, seal};
#[cfg(feature = "crypto")]
pub use software::Software;

/// Copies as many octets as both have: a copy of the whole would link the complaint that it cannot.
fn copy(from: &[u8], to: &mut [u8]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
}
