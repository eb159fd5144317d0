//! Ciphers, keys and the way from a sealed telegram to a clear one and back.

mod cipher;
mod fragment;
mod key;
mod mode;
mod open;
mod seal;
#[cfg(feature = "crypto")]
mod software;

pub use cipher::{Cipher, CipherError};
pub use key::{Key, KeyError};
pub use mode::{
    Purpose, counter_block_8, counter_block_ell, derivation_block, initial_vector_3,
    initial_vector_5, nonce_9, nonce_10,
};
#[cfg(feature = "crypto")]
pub use software::Software;
