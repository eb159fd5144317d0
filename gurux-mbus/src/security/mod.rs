//! Ciphers, keys and the way from a sealed telegram to a clear one and back.

mod cipher;
mod fragment;
mod key;
mod mode;
mod open;
mod seal;
