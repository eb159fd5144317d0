//! [`Software`]: the primitives, by the RustCrypto project.

use core::fmt;

use aes::Aes128;
use aes::cipher::{Array, BlockModeDecrypt, BlockModeEncrypt, InnerIvInit, KeyInit, StreamCipher};
use aes_gcm::AesGcm;
use ccm::Ccm;
use ccm::aead::inout::InOutBuf;
use ccm::aead::{
    AeadInOut,
    consts::{U4, U8, U12, U13, U16},
};
use cmac::{Cmac, Mac};
use zeroize::Zeroize;

use super::{Cipher, CipherError, Key};

/// An expanded key in memory, with ciphers of the RustCrypto project.
///
/// Expanding costs as much as some ten blocks: keep it with the meter. It is overwritten when it
/// is dropped, and does not print.
#[derive(Clone)]
pub struct Software(Schedule);

#[derive(Clone)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all are of AES, and there may be no allocator"
)]
enum Schedule {
    Aes(Aes128),
    #[cfg(feature = "des")]
    Des(des::Des),
    #[cfg(not(feature = "des"))]
    Des,
}

impl Software {
    /// Expands a key. Without feature `des` one of DES is taken, but of no use.
    #[must_use]
    pub fn new(key: &Key) -> Self {
        match key {
            Key::Aes(octets) => Self(Schedule::Aes(Aes128::new(&Array(*octets)))),
            #[cfg(feature = "des")]
            Key::Des(octets) => Self(Schedule::Des(des::Des::new(&Array(*octets)))),
            #[cfg(not(feature = "des"))]
            Key::Des(_) => Self(Schedule::Des),
        }
    }

    #[inline]
    fn aes(&self) -> Result<&Aes128, CipherError> {
        match &self.0 {
            Schedule::Aes(aes) => Ok(aes),
            _ => Err(CipherError::Unsupported),
        }
    }

    #[cfg(feature = "des")]
    fn des(&self) -> Result<&des::Des, CipherError> {
        match &self.0 {
            Schedule::Des(des) => Ok(des),
            Schedule::Aes(_) => Err(CipherError::Unsupported),
        }
    }
}

impl fmt::Debug for Software {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Software")
    }
}

/// The octets as blocks, if they are whole ones.
macro_rules! blocks {
    ($octets:expr) => {
        match Array::slice_as_chunks_mut($octets) {
            (blocks, []) => blocks,
            _ => return Err(CipherError::Length),
        }
    };
}

impl Cipher for Software {
    fn encrypt_cbc(&self, iv: &[u8; 16], octets: &mut [u8]) -> Result<(), CipherError> {
        let aes = self.aes()?;
        cbc::Encryptor::inner_iv_init(aes, &Array(*iv)).encrypt_blocks(blocks!(octets));
        Ok(())
    }

    #[inline]
    fn decrypt_cbc(&self, iv: &[u8; 16], octets: &mut [u8]) -> Result<(), CipherError> {
        let aes = self.aes()?;
        cbc::Decryptor::inner_iv_init(aes, &Array(*iv)).decrypt_blocks(blocks!(octets));
        Ok(())
    }

    fn apply_ctr(&self, counter: &[u8; 16], octets: &mut [u8]) -> Result<(), CipherError> {
        let core =
            ctr::CtrCore::<_, ctr::flavors::Ctr128BE>::inner_iv_init(self.aes()?, &Array(*counter));
        let mut stream = aes::cipher::StreamCipherCoreWrapper::from_core(core);
        stream.try_apply_keystream(octets).map_err(|_| CipherError::Length)
    }

    fn cmac(&self, parts: &[&[u8]]) -> Result<[u8; 16], CipherError> {
        use cmac::digest::InnerInit;

        let mut cmac = Cmac::<Aes128>::inner_init(self.aes()?.clone());
        for part in parts {
            cmac.update(part);
        }
        Ok(cmac.finalize().into_bytes().0)
    }

    fn derive(&self, input: &[u8; 16]) -> Result<Self, CipherError> {
        let mut octets = self.cmac(&[input])?;
        let derived = Self(Schedule::Aes(Aes128::new(&Array(octets))));
        octets.zeroize();
        Ok(derived)
    }

    fn encrypt_ccm(
        &self,
        nonce: &[u8; 13],
        header: &[u8],
        octets: &mut [u8],
        tag: &mut [u8],
    ) -> Result<(), CipherError> {
        let aes = self.aes()?.clone();
        match tag.len() {
            4 => seal(Ccm::<_, U4, U13>::from(aes), nonce, header, octets, tag),
            8 => seal(Ccm::<_, U8, U13>::from(aes), nonce, header, octets, tag),
            12 => seal(Ccm::<_, U12, U13>::from(aes), nonce, header, octets, tag),
            16 => seal(Ccm::<_, U16, U13>::from(aes), nonce, header, octets, tag),
            _ => Err(CipherError::Length),
        }
    }

    fn decrypt_ccm(
        &self,
        nonce: &[u8; 13],
        header: &[u8],
        octets: &mut [u8],
        tag: &[u8],
    ) -> Result<(), CipherError> {
        let aes = self.aes()?.clone();
        match tag.len() {
            4 => open(Ccm::<_, U4, U13>::from(aes), nonce, header, octets, tag),
            8 => open(Ccm::<_, U8, U13>::from(aes), nonce, header, octets, tag),
            12 => open(Ccm::<_, U12, U13>::from(aes), nonce, header, octets, tag),
            16 => open(Ccm::<_, U16, U13>::from(aes), nonce, header, octets, tag),
            _ => Err(CipherError::Length),
        }
    }

    fn encrypt_gcm(
        &self,
        nonce: &[u8; 12],
        header: &[u8],
        octets: &mut [u8],
        tag: &mut [u8],
    ) -> Result<(), CipherError> {
        let aes = self.aes()?.clone();
        match tag.len() {
            12 => seal(AesGcm::<_, U12, U12>::from(aes), nonce, header, octets, tag),
            16 => seal(AesGcm::<_, U12, U16>::from(aes), nonce, header, octets, tag),
            _ => Err(CipherError::Length),
        }
    }

    fn decrypt_gcm(
        &self,
        nonce: &[u8; 12],
        header: &[u8],
        octets: &mut [u8],
        tag: &[u8],
    ) -> Result<(), CipherError> {
        let aes = self.aes()?.clone();
        match tag.len() {
            12 => open(AesGcm::<_, U12, U12>::from(aes), nonce, header, octets, tag),
            16 => open(AesGcm::<_, U12, U16>::from(aes), nonce, header, octets, tag),
            _ => Err(CipherError::Length),
        }
    }

    #[cfg(feature = "des")]
    fn encrypt_des(&self, iv: &[u8; 8], octets: &mut [u8]) -> Result<(), CipherError> {
        let des = self.des()?;
        cbc::Encryptor::inner_iv_init(des, &Array(*iv)).encrypt_blocks(blocks!(octets));
        Ok(())
    }

    #[cfg(feature = "des")]
    fn decrypt_des(&self, iv: &[u8; 8], octets: &mut [u8]) -> Result<(), CipherError> {
        let des = self.des()?;
        cbc::Decryptor::inner_iv_init(des, &Array(*iv)).decrypt_blocks(blocks!(octets));
        Ok(())
    }
}

fn seal<A: AeadInOut, const N: usize>(
    aead: A,
    nonce: &[u8; N],
    header: &[u8],
    octets: &mut [u8],
    tag: &mut [u8],
) -> Result<(), CipherError> {
    let nonce = nonce.as_slice().try_into().map_err(|_| CipherError::Length)?;
    let made = aead
        .encrypt_inout_detached(nonce, header, InOutBuf::from(octets))
        .map_err(|_| CipherError::Length)?;
    for (to, from) in tag.iter_mut().zip(made) {
        *to = from;
    }
    Ok(())
}

fn open<A: AeadInOut, const N: usize>(
    aead: A,
    nonce: &[u8; N],
    header: &[u8],
    octets: &mut [u8],
    tag: &[u8],
) -> Result<(), CipherError> {
    let nonce = nonce.as_slice().try_into().map_err(|_| CipherError::Length)?;
    let tag = tag.try_into().map_err(|_| CipherError::Length)?;
    aead.decrypt_inout_detached(nonce, header, InOutBuf::from(octets), tag)
        .map_err(|_| CipherError::Tag)
}

#[cfg(test)]
mod tests {
    use std::format;
    use std::vec::Vec;

    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        let digits: Vec<u8> =
            text.chars().filter_map(|digit| digit.to_digit(16)).map(|digit| digit as u8).collect();
        digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
    }

    fn array<const N: usize>(text: &str) -> [u8; N] {
        hex(text).try_into().unwrap()
    }

    fn software(key: &str) -> Software {
        Software::new(&key.parse().unwrap())
    }

    /// The key of NIST SP 800-38A and RFC 4493.
    const NIST: &str = "2b7e151628aed2a6abf7158809cf4f3c";
    const TEXT: &str = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51";

    #[test]
    fn cbc_is_that_of_nist_sp_800_38a_f_2_1() {
        let cipher = software(NIST);
        let iv = array("000102030405060708090a0b0c0d0e0f");
        let mut octets = hex(TEXT);
        cipher.encrypt_cbc(&iv, &mut octets).unwrap();
        let sealed = "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2";
        assert_eq!(octets, hex(sealed));
        cipher.decrypt_cbc(&iv, &mut octets).unwrap();
        assert_eq!(octets, hex(TEXT));
        assert_eq!(cipher.decrypt_cbc(&iv, &mut octets[..17]), Err(CipherError::Length));
        assert_eq!(cipher.encrypt_cbc(&iv, &mut octets[..1]), Err(CipherError::Length));
        assert_eq!(cipher.decrypt_cbc(&iv, &mut []), Ok(()));
    }

    #[test]
    fn ctr_is_that_of_nist_sp_800_38a_f_5_1() {
        let cipher = software(NIST);
        let counter = array("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
        let mut octets = hex(TEXT);
        cipher.apply_ctr(&counter, &mut octets).unwrap();
        let sealed = "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff";
        assert_eq!(octets, hex(sealed));
        cipher.apply_ctr(&counter, &mut octets[..19]).unwrap();
        assert_eq!(octets[..19], hex(TEXT)[..19]);
    }

    #[test]
    fn cmac_is_that_of_rfc_4493() {
        let cipher = software(NIST);
        let text = hex(TEXT);
        let longer = [&text[..], &hex("30c81c46a35ce411")].concat();
        assert_eq!(cipher.cmac(&[]), Ok(array("bb1d6929e95937287fa37d129b756746")));
        assert_eq!(cipher.cmac(&[&text[..16]]), Ok(array("070a16b46b4d4144f79bdd9dd04a287c")));
        assert_eq!(
            cipher.cmac(&[&longer[..3], &[], &longer[3..33], &longer[33..]]),
            Ok(array("dfa66747de9ae63030ca32611497c827"))
        );
    }

    #[test]
    fn a_derived_key_is_the_cmac_of_its_input() {
        let derived = software(NIST).derive(&array(&TEXT[..32])).unwrap();
        let same = software("070a16b46b4d4144f79bdd9dd04a287c");
        assert_eq!(derived.cmac(&[b"x"]), same.cmac(&[b"x"]));
    }

    #[test]
    fn ccm_is_that_of_rfc_3610_packet_vector_1() {
        let cipher = software("c0c1c2c3c4c5c6c7c8c9cacbcccdcecf");
        let nonce = array("00000003020100a0a1a2a3a4a5");
        let header = hex("0001020304050607");
        let text = hex("08090a0b0c0d0e0f101112131415161718191a1b1c1d1e");
        let (mut octets, mut tag) = (text.clone(), [0; 8]);
        cipher.encrypt_ccm(&nonce, &header, &mut octets, &mut tag).unwrap();
        assert_eq!(octets, hex("588c979a61c663d2f066d0c2c0f989806d5f6b61dac384"));
        assert_eq!(tag, array("17e8d12cfdf926e0"));
        cipher.decrypt_ccm(&nonce, &header, &mut octets, &tag).unwrap();
        assert_eq!(octets, text);
        assert_eq!(cipher.decrypt_ccm(&nonce, &header, &mut octets, &tag), Err(CipherError::Tag));
        assert_eq!(cipher.encrypt_ccm(&nonce, &[], &mut [], &mut [0; 7]), Err(CipherError::Length));
        assert_eq!(cipher.decrypt_ccm(&nonce, &[], &mut [], &[0; 17]), Err(CipherError::Length));
    }

    #[test]
    fn gcm_is_that_of_test_case_4_of_its_authors() {
        // McGrew and Viega, The Galois/Counter Mode of Operation, appendix B.
        let cipher = software("feffe9928665731c6d6a8f9467308308");
        let nonce = array("cafebabefacedbaddecaf888");
        let header = hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
        let text = hex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72\
             1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
        let (mut octets, mut tag) = (text.clone(), [0; 16]);
        cipher.encrypt_gcm(&nonce, &header, &mut octets, &mut tag).unwrap();
        let sealed = "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e\
                      21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091";
        assert_eq!(octets, hex(sealed));
        assert_eq!(tag, array("5bc94fbc3221a5db94fae95ae7121a47"));
        cipher.decrypt_gcm(&nonce, &header, &mut octets, &tag[..12]).unwrap();
        assert_eq!(octets, text);
        assert_eq!(cipher.decrypt_gcm(&nonce, &[], &mut octets, &tag), Err(CipherError::Tag));
        assert_eq!(cipher.encrypt_gcm(&nonce, &[], &mut [], &mut [0; 8]), Err(CipherError::Length));
    }

    #[cfg(feature = "des")]
    #[test]
    fn des_is_that_of_fips_81() {
        let cipher = software("0123456789abcdef");
        let iv = array("1234567890abcdef");
        let mut octets = *b"Now is the time for all ";
        cipher.encrypt_des(&iv, &mut octets).unwrap();
        assert_eq!(octets, array("e5c7cdde872bf27c43e934008c389c0f683788499a7c05f6"));
        cipher.decrypt_des(&iv, &mut octets).unwrap();
        assert_eq!(&octets, b"Now is the time for all ");
        assert_eq!(cipher.decrypt_des(&iv, &mut octets[..9]), Err(CipherError::Length));
    }

    #[test]
    fn a_key_is_of_one_cipher() {
        let des = software("0123456789abcdef");
        assert_eq!(des.cmac(&[]), Err(CipherError::Unsupported));
        assert_eq!(software(NIST).decrypt_des(&[0; 8], &mut []), Err(CipherError::Unsupported));
    }

    #[test]
    fn what_prints_says_nothing() {
        assert_eq!(format!("{:?}", software(NIST)), "Software");
    }
}
