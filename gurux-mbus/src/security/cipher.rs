//! [`Cipher`]: the primitives that telegrams need.

/// What is done with one key.
///
/// The key itself stays behind this trait: it may be an expanded schedule in memory, as in
/// [`Software`](super::Software), or a handle into a module that never gives it away. Keys that are derived stay there
/// too.
///
/// AES is AES-128. All lengths are right when this crate calls: whole blocks for CBC, tags of 4, 8,
/// 12 or 16 octets. An implementation that is given others answers [`CipherError::Length`].
///
/// # Errors
/// Every function: the [`CipherError`] that says why it was not done. Then the octets may have been
/// overwritten in part.
pub trait Cipher: Sized {
    /// AES-CBC over whole blocks, in place.
    fn encrypt_cbc(&self, iv: &[u8; 16], octets: &mut [u8]) -> Result<(), CipherError>;

    /// AES-CBC over whole blocks, in place.
    fn decrypt_cbc(&self, iv: &[u8; 16], octets: &mut [u8]) -> Result<(), CipherError>;

    /// AES-CTR in place, either way, from this counter block on. The whole block counts, the last
    /// octet fastest.
    fn apply_ctr(&self, counter: &[u8; 16], octets: &mut [u8]) -> Result<(), CipherError>;

    /// AES-CMAC over the parts, one behind the other.
    fn cmac(&self, parts: &[&[u8]]) -> Result<[u8; 16], CipherError>;

    /// The key that is the AES-CMAC of one block.
    fn derive(&self, input: &[u8; 16]) -> Result<Self, CipherError>;

    /// AES-CCM with a nonce of 13 octets, in place; writes a tag of `tag.len()` octets.
    fn encrypt_ccm(
        &self,
        nonce: &[u8; 13],
        header: &[u8],
        octets: &mut [u8],
        tag: &mut [u8],
    ) -> Result<(), CipherError> {
        let _ = (nonce, header, octets, tag);
        Err(CipherError::Unsupported)
    }

    /// AES-CCM with a nonce of 13 octets, in place, if the tag fits.
    ///
    /// # Errors
    /// [`CipherError::Tag`] if it does not; then `octets` are of no use.
    fn decrypt_ccm(
        &self,
        nonce: &[u8; 13],
        header: &[u8],
        octets: &mut [u8],
        tag: &[u8],
    ) -> Result<(), CipherError> {
        let _ = (nonce, header, octets, tag);
        Err(CipherError::Unsupported)
    }

    /// AES-GCM with a nonce of 12 octets, in place; writes a tag of 12 or 16 octets.
    fn encrypt_gcm(
        &self,
        nonce: &[u8; 12],
        header: &[u8],
        octets: &mut [u8],
        tag: &mut [u8],
    ) -> Result<(), CipherError> {
        let _ = (nonce, header, octets, tag);
        Err(CipherError::Unsupported)
    }

    /// AES-GCM with a nonce of 12 octets, in place, if the tag of 12 or 16 octets fits.
    ///
    /// # Errors
    /// [`CipherError::Tag`] if it does not; then `octets` are of no use.
    fn decrypt_gcm(
        &self,
        nonce: &[u8; 12],
        header: &[u8],
        octets: &mut [u8],
        tag: &[u8],
    ) -> Result<(), CipherError> {
        let _ = (nonce, header, octets, tag);
        Err(CipherError::Unsupported)
    }

    /// DES-CBC over whole blocks of 8 octets, in place.
    fn encrypt_des(&self, iv: &[u8; 8], octets: &mut [u8]) -> Result<(), CipherError> {
        let _ = (iv, octets);
        Err(CipherError::Unsupported)
    }

    /// DES-CBC over whole blocks of 8 octets, in place.
    fn decrypt_des(&self, iv: &[u8; 8], octets: &mut [u8]) -> Result<(), CipherError> {
        let _ = (iv, octets);
        Err(CipherError::Unsupported)
    }
}

/// Why a [`Cipher`] did not do what it was asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CipherError {
    /// It does not know this cipher, or the key is one of another.
    #[error("the provider does not do that cipher with that key")]
    Unsupported,
    /// The octets are not whole blocks, or the tag has a length that the cipher does not know.
    #[error("the cipher does not take so many octets")]
    Length,
    /// The tag does not fit: other octets, another header or another key.
    #[error("the tag does not fit")]
    Tag,
    /// The provider failed: a module that does not answer, for one.
    #[error("the provider failed")]
    Failed,
}
