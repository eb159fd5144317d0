//! Private keys in memory, by the RustCrypto project.

use core::fmt;

use p256::ecdsa::signature::{MultipartSigner, MultipartVerifier};
use p256::elliptic_curve::sec1::ToSec1Point;

use super::{CipherError, Curve, PrivateKey, PublicKey, SharedSecret, Signature};

/// A private key in memory. It is overwritten when it is dropped, and does not print.
#[derive(Clone)]
pub struct SoftwareKey(Scalar);

#[derive(Clone)]
enum Scalar {
    P256(p256::SecretKey),
    P384(p384::SecretKey),
}

impl SoftwareKey {
    /// The key in 32 octets, for P-256, or 48, for P-384.
    ///
    /// # Errors
    /// [`CipherError::Length`] for other lengths, [`CipherError::NoKey`] for a number that is no key.
    pub fn new(octets: &[u8]) -> Result<Self, CipherError> {
        let no_key = |_| CipherError::NoKey;
        match octets.len() {
            32 => p256::SecretKey::from_slice(octets).map(Scalar::P256).map_err(no_key),
            48 => p384::SecretKey::from_slice(octets).map(Scalar::P384).map_err(no_key),
            _ => Err(CipherError::Length),
        }
        .map(Self)
    }
}

impl fmt::Debug for SoftwareKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SoftwareKey")
    }
}

impl PrivateKey for SoftwareKey {
    fn public_key(&self) -> Result<PublicKey, CipherError> {
        match &self.0 {
            Scalar::P256(key) => PublicKey::new(key.public_key().to_sec1_point(false).as_bytes()),
            Scalar::P384(key) => PublicKey::new(key.public_key().to_sec1_point(false).as_bytes()),
        }
    }

    fn sign(&self, parts: &[&[u8]]) -> Result<Signature, CipherError> {
        let failed = |_| CipherError::Failed;
        match &self.0 {
            Scalar::P256(key) => {
                let signature: p256::ecdsa::Signature =
                    p256::ecdsa::SigningKey::from(key).try_multipart_sign(parts).map_err(failed)?;
                Signature::new(&signature.to_bytes())
            }
            Scalar::P384(key) => {
                let signature: p384::ecdsa::Signature =
                    p384::ecdsa::SigningKey::from(key).try_multipart_sign(parts).map_err(failed)?;
                Signature::new(&signature.to_bytes())
            }
        }
    }

    fn agree(&self, other: &PublicKey) -> Result<SharedSecret, CipherError> {
        let point = sec1(other);
        let no_key = |_| CipherError::NoKey;
        match (&self.0, other.curve()) {
            (Scalar::P256(key), Curve::P256) => {
                let other = p256::PublicKey::from_sec1_bytes(point.octets()).map_err(no_key)?;
                SharedSecret::new(key.diffie_hellman(&other).raw_secret_bytes())
            }
            (Scalar::P384(key), Curve::P384) => {
                let other = p384::PublicKey::from_sec1_bytes(point.octets()).map_err(no_key)?;
                SharedSecret::new(key.diffie_hellman(&other).raw_secret_bytes())
            }
            _ => Err(CipherError::Unsupported),
        }
    }
}

/// Is the signature that of the key's owner over the parts?
pub(super) fn verify(
    key: &PublicKey,
    parts: &[&[u8]],
    signature: &Signature,
) -> Result<(), CipherError> {
    let point = sec1(key);
    let no_key = |_| CipherError::NoKey;
    let no_fit = |_| CipherError::Tag;
    match (key.curve(), signature.curve()) {
        (Curve::P256, Curve::P256) => {
            let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(point.octets()).map_err(no_key)?;
            let signature =
                p256::ecdsa::Signature::from_slice(signature.octets()).map_err(no_fit)?;
            key.multipart_verify(parts, &signature).map_err(no_fit)
        }
        (Curve::P384, Curve::P384) => {
            let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(point.octets()).map_err(no_key)?;
            let signature =
                p384::ecdsa::Signature::from_slice(signature.octets()).map_err(no_fit)?;
            key.multipart_verify(parts, &signature).map_err(no_fit)
        }
        _ => Err(CipherError::Tag),
    }
}

/// A point with the octet in front that says that both its coordinates are there.
struct Sec1([u8; 97], usize);

impl Sec1 {
    fn octets(&self) -> &[u8] {
        self.0.get(..self.1).unwrap_or_default()
    }
}

fn sec1(key: &PublicKey) -> Sec1 {
    let mut room = [0; 97];
    let [form, coordinates @ ..] = &mut room;
    *form = 4;
    super::copy(key.octets(), coordinates);
    Sec1(room, key.octets().len().saturating_add(1))
}
