//! [`Software`]: the primitives, by the RustCrypto project.

use core::fmt;

use aes::cipher::{
    Array, BlockCipherEncrypt, InnerIvInit, KeyInit, StreamCipherCore, common::InnerInit,
};
use aes::{Aes128, Aes256};
use aes_kw::AesKw;
use ghash::GHash;
use ghash::universal_hash::UniversalHash;
use md5::Md5;
use sha1::Sha1;
use sha2::{Sha256, Sha384};

use super::key::same;
use super::{Cipher, CipherError, Digest, Hash, Key, Provider, PublicKey, Signature, curve};
use crate::wire::TAG_LEN;

/// Everything in memory, with ciphers of the RustCrypto project, which use the processor's own
/// instructions where it has them.
#[derive(Clone, Copy, Default, Debug)]
pub struct Software;

impl Provider for Software {
    type Cipher = SoftwareCipher;

    fn cipher(&self, key: &Key) -> Result<SoftwareCipher, CipherError> {
        Ok(SoftwareCipher::new(key))
    }

    fn hash(&self, hash: Hash, parts: &[&[u8]]) -> Result<Digest, CipherError> {
        fn over<D: sha2::Digest>(parts: &[&[u8]]) -> Digest {
            let mut hasher = D::new();
            parts.iter().for_each(|part| hasher.update(part));
            Digest::new(&hasher.finalize())
        }
        Ok(match hash {
            Hash::Md5 => over::<Md5>(parts),
            Hash::Sha1 => over::<Sha1>(parts),
            Hash::Sha256 => over::<Sha256>(parts),
            Hash::Sha384 => over::<Sha384>(parts),
        })
    }

    fn verify(
        &self,
        key: &PublicKey,
        parts: &[&[u8]],
        signature: &Signature,
    ) -> Result<(), CipherError> {
        curve::verify(key, parts, signature)
    }
}

/// An expanded key in memory.
///
/// Expanding costs as much as some ten blocks: keep it with the meter. It is overwritten when it is
/// dropped, and does not print.
#[derive(Clone)]
pub struct SoftwareCipher(Kept<Schedule>);

/// Apart from what it belongs to, where there is a heap: most places for a key are empty.
#[cfg(feature = "alloc")]
type Kept<T> = alloc::boxed::Box<T>;
/// In its place, where there is none.
#[cfg(not(feature = "alloc"))]
type Kept<T> = T;

#[derive(Clone)]
enum Schedule {
    Aes128(Gcm<Aes128>),
    Aes256(Gcm<Aes256>),
}

impl AsRef<Self> for Schedule {
    fn as_ref(&self) -> &Self {
        self
    }
}

impl SoftwareCipher {
    /// Expands a key.
    #[must_use]
    pub fn new(key: &Key) -> Self {
        Self(Kept::<Schedule>::from(match key {
            Key::Aes128(octets) => Schedule::Aes128(Gcm::new(Aes128::new(&Array(*octets)))),
            Key::Aes256(octets) => Schedule::Aes256(Gcm::new(Aes256::new(&Array(*octets)))),
        }))
    }
}

impl fmt::Debug for SoftwareCipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SoftwareCipher")
    }
}

/// The same with either length of key.
macro_rules! with {
    ($cipher:expr, $gcm:ident => $what:expr) => {
        match AsRef::<Schedule>::as_ref(&$cipher.0) {
            Schedule::Aes128($gcm) => $what,
            Schedule::Aes256($gcm) => $what,
        }
    };
}

impl Cipher for SoftwareCipher {
    #[inline]
    fn encrypt(
        &self,
        nonce: &[u8; 12],
        header: &[&[u8]],
        octets: &mut [u8],
    ) -> Result<[u8; TAG_LEN], CipherError> {
        with!(self, gcm => {
            gcm.apply_keystream(nonce, octets);
            Ok(gcm.tag(nonce, header, octets))
        })
    }

    #[inline]
    fn decrypt(
        &self,
        nonce: &[u8; 12],
        header: &[&[u8]],
        octets: &mut [u8],
        tag: &[u8; TAG_LEN],
    ) -> Result<(), CipherError> {
        with!(self, gcm => {
            if !same(&gcm.tag(nonce, header, octets), tag) {
                return Err(CipherError::Tag);
            }
            gcm.apply_keystream(nonce, octets);
            Ok(())
        })
    }

    #[inline]
    fn apply_keystream(&self, nonce: &[u8; 12], octets: &mut [u8]) -> Result<(), CipherError> {
        with!(self, gcm => gcm.apply_keystream(nonce, octets));
        Ok(())
    }

    fn encrypt_block(&self, block: &mut [u8; 16]) -> Result<(), CipherError> {
        with!(self, gcm => gcm.aes.encrypt_block(block.into()));
        Ok(())
    }

    fn wrap(&self, key: &[u8], room: &mut [u8]) -> Result<(), CipherError> {
        let wrapped = with!(self, gcm => {
            AesKw::inner_init(gcm.aes.clone()).wrap_key(key, room).map(<[u8]>::len)
        });
        match wrapped {
            Ok(len) if len == room.len() => Ok(()),
            _ => Err(CipherError::Length),
        }
    }

    fn unwrap(&self, wrapped: &[u8], room: &mut [u8]) -> Result<(), CipherError> {
        if wrapped.len().checked_sub(8) != Some(room.len()) {
            return Err(CipherError::Length);
        }
        let result = with!(self, gcm => {
            AesKw::inner_init(gcm.aes.clone()).unwrap_key(wrapped, room).map(|_| ())
        });
        result.map_err(|error| match error {
            aes_kw::Error::IntegrityCheckFailed => CipherError::Tag,
            _ => CipherError::Length,
        })
    }
}

/// AES-GCM (NIST SP 800-38D) of its two halves, the counter mode and the hash.
///
/// The crate that joins them takes the header in one piece. Here the whole message is header where it
/// is only authenticated, and a key stands in front of it: in one piece it would be a copy.
#[derive(Clone)]
struct Gcm<A> {
    aes: A,
    ghash: GHash,
}

impl<A: BlockCipherEncrypt<BlockSize = ghash::universal_hash::consts::U16>> Gcm<A> {
    fn new(aes: A) -> Self {
        let mut zero = ghash::Key::default();
        aes.encrypt_block(&mut zero);
        let ghash = GHash::new(&zero);
        zeroize::Zeroize::zeroize(zero.as_mut_slice());
        Self { aes, ghash }
    }

    /// The block with this number in the key stream of a message.
    fn counter_block(nonce: &[u8; 12], number: u8) -> ghash::Block {
        let [a, b, c, d, e, f, g, h, i, j, k, l] = *nonce;
        Array([a, b, c, d, e, f, g, h, i, j, k, l, 0, 0, 0, number])
    }

    fn apply_keystream(&self, nonce: &[u8; 12], octets: &mut [u8]) {
        let core = ctr::CtrCore::<_, ctr::flavors::Ctr32BE>::inner_iv_init(
            &self.aes,
            // The first block masks the tag.
            &Self::counter_block(nonce, 2),
        );
        core.apply_keystream_partial(octets.into());
    }

    fn tag(&self, nonce: &[u8; 12], header: &[&[u8]], octets: &[u8]) -> [u8; TAG_LEN] {
        let mut hash = Padded { ghash: self.ghash.clone(), block: Array([0; 16]), filled: 0 };
        let mut header_len = 0_u64;
        for part in header {
            hash.update(part);
            header_len = header_len.wrapping_add(part.len() as u64);
        }
        hash.pad();
        hash.update(octets);
        hash.pad();
        let bits = |len: u64| len.wrapping_mul(8).to_be_bytes();
        hash.update(&bits(header_len));
        hash.update(&bits(octets.len() as u64));
        let mut mask = Self::counter_block(nonce, 1);
        self.aes.encrypt_block(&mut mask);
        let mut tag = [0; TAG_LEN];
        for ((tag, hash), mask) in tag.iter_mut().zip(hash.ghash.finalize()).zip(mask) {
            *tag = hash ^ mask;
        }
        tag
    }
}

/// The hash over parts of any length.
struct Padded {
    ghash: GHash,
    /// What does not make a block yet; behind it, zeros.
    block: ghash::Block,
    filled: usize,
}

impl Padded {
    #[inline]
    fn update(&mut self, mut octets: &[u8]) {
        if self.filled > 0 {
            let room = self.block.get_mut(self.filled..).unwrap_or_default();
            let (head, rest) = octets.split_at_checked(room.len()).unwrap_or((octets, &[]));
            super::copy(head, room);
            self.filled = self.filled.saturating_add(head.len());
            if self.filled < self.block.len() {
                return;
            }
            self.pad();
            octets = rest;
        }
        let (blocks, rest) = Array::slice_as_chunks(octets);
        self.ghash.update(blocks);
        super::copy(rest, &mut self.block);
        self.filled = rest.len();
    }

    #[inline]
    fn pad(&mut self) {
        if self.filled > 0 {
            self.ghash.update(core::slice::from_ref(&self.block));
            self.block = Array([0; 16]);
            self.filled = 0;
        }
    }
}
