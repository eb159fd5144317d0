//! The primitives that messages need, as traits: keys may lie in a module that never gives them away.

use core::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

use super::Key;
use crate::wire::TAG_LEN;

/// What is done with one key of AES.
///
/// # Errors
/// Every function: the [`CipherError`] that says why it was not done.
pub trait Cipher {
    /// AES-GCM in place: encrypts `octets` and gives the tag over them and the parts of `header`, one
    /// behind the other.
    fn encrypt(
        &self,
        nonce: &[u8; 12],
        header: &[&[u8]],
        octets: &mut [u8],
    ) -> Result<[u8; TAG_LEN], CipherError>;

    /// AES-GCM in place, if the tag fits.
    ///
    /// # Errors
    /// [`CipherError::Tag`] if it does not; then `octets` are as they were.
    fn decrypt(
        &self,
        nonce: &[u8; 12],
        header: &[&[u8]],
        octets: &mut [u8],
        tag: &[u8; TAG_LEN],
    ) -> Result<(), CipherError>;

    /// What AES-GCM does to the octets, either way, without a tag.
    fn apply_keystream(&self, nonce: &[u8; 12], octets: &mut [u8]) -> Result<(), CipherError>;

    /// AES over one block.
    fn encrypt_block(&self, block: &mut [u8; 16]) -> Result<(), CipherError> {
        let _ = block;
        Err(CipherError::Unsupported)
    }

    /// Wraps a key as RFC 3394 says: `room` has eight octets more than the key.
    fn wrap(&self, key: &[u8], room: &mut [u8]) -> Result<(), CipherError> {
        let _ = (key, room);
        Err(CipherError::Unsupported)
    }

    /// Unwraps a key: `room` has eight octets fewer than what is wrapped.
    ///
    /// # Errors
    /// [`CipherError::Tag`] if it was wrapped with another key.
    fn unwrap(&self, wrapped: &[u8], room: &mut [u8]) -> Result<(), CipherError> {
        let _ = (wrapped, room);
        Err(CipherError::Unsupported)
    }
}

/// What is done with one private key of an elliptic curve.
///
/// # Errors
/// Every function: the [`CipherError`] that says why it was not done.
pub trait PrivateKey {
    /// The public key that belongs to it.
    fn public_key(&self) -> Result<PublicKey, CipherError>;

    /// An ECDSA signature over the parts, one behind the other, with the hash of the curve.
    fn sign(&self, parts: &[&[u8]]) -> Result<Signature, CipherError>;

    /// The secret shared with whoever has the other private key (ECC CDH).
    fn agree(&self, other: &PublicKey) -> Result<SharedSecret, CipherError>;
}

/// What needs no secret, and how a key becomes a [`Cipher`].
///
/// # Errors
/// Every function: the [`CipherError`] that says why it was not done.
pub trait Provider {
    /// What it makes of a key.
    type Cipher: Cipher;

    /// The cipher with this key.
    fn cipher(&self, key: &Key) -> Result<Self::Cipher, CipherError>;

    /// The hash over the parts, one behind the other.
    fn hash(&self, hash: Hash, parts: &[&[u8]]) -> Result<Digest, CipherError>;

    /// Is the signature that of the key's owner over the parts?
    ///
    /// # Errors
    /// [`CipherError::Tag`] if it is not.
    fn verify(
        &self,
        key: &PublicKey,
        parts: &[&[u8]],
        signature: &Signature,
    ) -> Result<(), CipherError>;
}

/// Why a primitive was not done.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CipherError {
    /// The provider does not know it, or not with that key.
    #[error("the provider does not do that with that key")]
    Unsupported,
    /// A key, a wrapped key or a signature of a wrong length.
    #[error("the primitive does not take so many octets")]
    Length,
    /// The tag, the signature or the check of a wrapped key does not fit.
    #[error("the tag does not fit")]
    Tag,
    /// Octets that are no point of the curve, or no number that could be a key.
    #[error("not a key of that curve")]
    NoKey,
    /// The provider failed: a module that does not answer, for one.
    #[error("the provider failed")]
    Failed,
}

/// The hashes in use.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Hash {
    /// Of mechanism 3.
    Md5,
    /// Of mechanism 4.
    Sha1,
    /// Of mechanism 6, and of the curve P-256.
    Sha256,
    /// Of the curve P-384.
    Sha384,
}

/// The curves in use.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Curve {
    /// Of suite 1.
    P256,
    /// Of suite 2.
    P384,
}

impl Curve {
    /// Octets of one number of the curve.
    #[must_use]
    pub const fn number_len(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
        }
    }

    /// The hash that goes with it.
    #[must_use]
    pub const fn hash(self) -> Hash {
        match self {
            Self::P256 => Hash::Sha256,
            Self::P384 => Hash::Sha384,
        }
    }

    const fn of_pair(len: usize) -> Option<Self> {
        match len {
            64 => Some(Self::P256),
            96 => Some(Self::P384),
            _ => None,
        }
    }
}

/// Two numbers of a curve, one behind the other.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Pair {
    P256([u8; 64]),
    P384([u8; 96]),
}

impl Pair {
    fn new(octets: &[u8]) -> Result<Self, CipherError> {
        if let Ok(octets) = octets.try_into() {
            return Ok(Self::P256(octets));
        }
        octets.try_into().map(Self::P384).map_err(|_| CipherError::Length)
    }

    const fn octets(&self) -> &[u8] {
        match self {
            Self::P256(octets) => octets,
            Self::P384(octets) => octets,
        }
    }

    const fn curve(&self) -> Curve {
        match self {
            Self::P256(_) => Curve::P256,
            Self::P384(_) => Curve::P384,
        }
    }
}

/// A public key: the point's two coordinates, one behind the other.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PublicKey(Pair);

impl PublicKey {
    /// The key in 64 or 96 octets, or with the octet 04 in front as certificates have it. Whether it is
    /// a point of the curve shows when it is used.
    ///
    /// # Errors
    /// [`CipherError::Length`] if there are more or fewer.
    pub fn new(octets: &[u8]) -> Result<Self, CipherError> {
        match octets {
            [0x04, point @ ..] if Curve::of_pair(point.len()).is_some() => Pair::new(point),
            point => Pair::new(point),
        }
        .map(Self)
    }

    /// The coordinates.
    #[must_use]
    pub const fn octets(&self) -> &[u8] {
        self.0.octets()
    }

    /// Its curve.
    #[must_use]
    pub const fn curve(&self) -> Curve {
        self.0.curve()
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.octets().iter().try_for_each(|octet| write!(f, "{octet:02X}"))
    }
}

/// A signature: its two numbers, one behind the other.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Signature(Pair);

impl Signature {
    /// The signature in 64 or 96 octets.
    ///
    /// # Errors
    /// [`CipherError::Length`] if there are more or fewer.
    pub fn new(octets: &[u8]) -> Result<Self, CipherError> {
        Pair::new(octets).map(Self)
    }

    /// The numbers.
    #[must_use]
    pub const fn octets(&self) -> &[u8] {
        self.0.octets()
    }

    /// Its curve.
    #[must_use]
    pub const fn curve(&self) -> Curve {
        self.0.curve()
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.octets().iter().try_for_each(|octet| write!(f, "{octet:02X}"))
    }
}

/// A secret that two sides share. It is overwritten when it is dropped, and does not print.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct SharedSecret([u8; 48], usize);

impl SharedSecret {
    /// The secret in 32 or 48 octets: the first coordinate of the point that both come to.
    ///
    /// # Errors
    /// [`CipherError::Length`] if there are more or fewer.
    pub fn new(octets: &[u8]) -> Result<Self, CipherError> {
        let mut room = [0; 48];
        super::copy(octets, &mut room);
        match octets.len() {
            len @ (32 | 48) => Ok(Self(room, len)),
            _ => {
                room.zeroize();
                Err(CipherError::Length)
            }
        }
    }

    /// Its octets.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        self.0.get(..self.1).unwrap_or_default()
    }
}

impl fmt::Debug for SharedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SharedSecret({} octets)", self.1)
    }
}

/// What a hash gives: 16 to 48 octets. It may be a key, or an answer to a challenge: it is overwritten
/// when it is dropped, and does not print.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Digest([u8; 48], usize);

impl Digest {
    /// A digest of these octets, of which the first 48 count.
    #[must_use]
    pub fn new(octets: &[u8]) -> Self {
        let mut room = [0; 48];
        super::copy(octets, &mut room);
        Self(room, octets.len().min(48))
    }

    /// Its octets.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        self.0.get(..self.1).unwrap_or_default()
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({} octets)", self.1)
    }
}
