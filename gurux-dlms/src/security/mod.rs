//! Keys, ciphers, and the way from a protected message to a clear one and back.
//!
//! | step | see |
//! |---|---|
//! | a key, and what can be done with it | [`Key`], [`Cipher`], [`Provider`], [`Software`] |
//! | which primitives go together | [`Suite`] |
//! | protected to clear | [`open`], [`Policy`], [`verify`] |
//! | clear to protected | [`seal`], [`sign`] |
//! | who the other side is | [`Challenges`]: the challenges of the mechanisms 2 to 7 |
//! | new keys | [`wrap_key`], [`unwrap_key`], [`Scheme`], [`message_key`] |
//! | public keys of others | [`Certificate`] |
//! | counters that never go back | [`OwnCounter`], [`ReplayWindow`] |
//!
//! ```
//! use gurux_dlms::security::{Envelope, Key, Keyring, Policy, Software, Provider, SystemTitle, open, seal};
//! use gurux_dlms::wire::SecurityControl;
//!
//! // What a meter pushes, and the keys that its maker hands out with it.
//! let text = [0x0F, 0x40, 0, 0, 0, 0, 0x09, 1, 0x2A];
//! let encryption: Key = "000102030405060708090A0B0C0D0E0F".parse()?;
//! let authentication: Key = "D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF".parse()?;
//! let meter = SystemTitle(*b"MMM\0\0\0\0\x01");
//! let mut keys = Keyring::new(Software.cipher(&encryption)?).with_authentication(authentication);
//!
//! let mut message = [0; 64];
//! let control = SecurityControl::AUTHENTICATED_ENCRYPTED;
//! let envelope = Envelope::GeneralGlo(&meter.0);
//! let len = seal(envelope, control, 7, meter, &keys, &text, &mut message)?;
//!
//! // It is opened where it lies, by whoever has both keys.
//! let mut copy = message;
//! let opened = open(&mut copy[..len], None, &keys, Policy::Verified)?;
//! assert_eq!((&*opened.text, opened.sender, opened.is_verified), (&text[..], meter, true));
//!
//! // With the encryption key alone it can be read, but by the other policy only.
//! keys.authentication = None;
//! assert!(open(&mut message[..len], None, &keys, Policy::Verified).is_err());
//! let opened = open(&mut message[..len], None, &keys, Policy::DecryptUnverified)?;
//! assert_eq!((&*opened.text, opened.is_verified), (&text[..], false));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What is proven, and by what:
//!
//! | part | proven by |
//! |---|---|
//! | suite 0 | the Green Book's examples as public test suites carry them, clients and meters of several makers |
//! | suite 1 | meters that push; the signatures and agreed keys of the Green Book's examples |
//! | challenges | its examples of GMAC; the other mechanisms worked out apart, and by spodes-rs |
//! | suite 2 | the primitives' published vectors; messages worked out apart with OpenSSL; gurux-dlms and dlms-cosem-rs, as for the other suites |
//! | general-ciphering's tag | what two head-ends and gurux-dlms do; no example with a tag that fits was found |
//! | agreed keys | the Green Book's; messages of both suites worked out apart with OpenSSL; spodes-rs |
//! | general-signing | messages worked out apart with OpenSSL, over what one other implementation signs |

mod agreement;
mod certificate;
mod cipher;
mod counter;
#[cfg(feature = "crypto")]
mod curve;
mod key;
mod mechanism;
mod open;
mod seal;
#[cfg(feature = "crypto")]
mod software;
mod suite;
#[cfg(test)]
#[cfg(feature = "crypto")]
mod tests;
mod transfer;
#[cfg(test)]
#[cfg(feature = "crypto")]
mod worked;

pub use agreement::{Scheme, SignedKey, derive_key, derive_key_for, message_key};
pub use certificate::{Certificate, CertificateTime, KeyUsage};
pub use cipher::{
    Cipher, CipherError, Curve, Digest, Hash, PrivateKey, Provider, PublicKey, SharedSecret,
    Signature,
};
pub use counter::{CounterError, CounterStore, OwnCounter, Replay, ReplayWindow};
#[cfg(feature = "crypto")]
pub use curve::SoftwareKey;
pub use key::{Key, KeyError, SystemTitle};
pub use mechanism::{Answer, Challenges, Side, check_password};
pub use open::{Keyring, OpenError, Opened, Policy, open, open_text, verify};
pub use seal::{Envelope, SealError, Signed, seal, sign};
#[cfg(feature = "crypto")]
pub use software::{Software, SoftwareCipher};
pub use suite::Suite;
pub use transfer::{KeyTransfer, WrappedKey, key_transfer_len, unwrap_key, wrap_key};

/// Copies as many octets as both have: a copy of the whole would link the complaint that it cannot.
fn copy(from: &[u8], to: &mut [u8]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
}
