//! New keys, wrapped with the master key.

use gurux_framing::{Sink, Wire, WireError, WireErrorKind};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::{Cipher, CipherError, Key};
use crate::wire::{DataRef, KeyId};

/// A wrapped key: eight octets longer than the key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WrappedKey([u8; 40], usize);

impl WrappedKey {
    /// Its octets.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        self.0.get(..self.1).unwrap_or_default()
    }
}

/// Octets that are overwritten when they are dropped.
#[derive(Zeroize, ZeroizeOnDrop)]
struct Secret([u8; 32]);

/// What wrapping adds.
const CHECK: usize = 8;

/// Wraps a key with the master key, as AES key wrap (RFC 3394) does.
///
/// # Errors
/// Those of the cipher.
pub fn wrap_key(master: &impl Cipher, key: &Key) -> Result<WrappedKey, CipherError> {
    let mut wrapped = WrappedKey([0; 40], key.octets().len().saturating_add(CHECK));
    let room = wrapped.0.get_mut(..wrapped.1).ok_or(CipherError::Length)?;
    master.wrap(key.octets(), room)?;
    Ok(wrapped)
}

/// Unwraps a key: one of key_transfer, or of general-ciphering's wrapped-key.
///
/// # Errors
/// [`CipherError::Tag`] if it was wrapped with another key or has changed on the way;
/// [`CipherError::Length`] if it is no key.
pub fn unwrap_key(master: &impl Cipher, wrapped: &[u8]) -> Result<Key, CipherError> {
    let mut secret = Secret([0; 32]);
    let len = wrapped.len().checked_sub(CHECK).ok_or(CipherError::Length)?;
    let room = secret.0.get_mut(..len).ok_or(CipherError::Length)?;
    master.unwrap(wrapped, room)?;
    Key::from_octets(room).map_err(|_| CipherError::Length)
}

/// What the method key_transfer of a security setup takes: an array of key numbers and wrapped keys.
///
/// | octets | is |
/// |---|---|
/// | 01 n | an array of n |
/// | 02 02 | a structure of two, each time |
/// | 16 n | the key's number |
/// | 09 n and n | the wrapped key |
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct KeyTransfer<'a>(DataRef<'a>);

impl<'a> KeyTransfer<'a> {
    /// The parameter of a method, as it was read.
    ///
    /// # Errors
    /// [`WireErrorKind::Expected`] if it has another form.
    pub fn new(data: DataRef<'a>) -> Result<Self, WireError> {
        let is_one = |item: DataRef<'a>| key_of(item).is_some();
        match data {
            DataRef::Array(items) if items.iter().all(is_one) => Ok(Self(data)),
            _ => {
                let kind = WireErrorKind::Expected("an array of key numbers and wrapped keys");
                Err(WireError::new(0, "key_transfer", kind))
            }
        }
    }

    /// Each key's number, and the wrapped key.
    pub fn keys(&self) -> impl Iterator<Item = (KeyId, &'a [u8])> {
        let items = self.0.elements();
        items.into_iter().flat_map(|items| items.iter()).filter_map(key_of)
    }

    /// Writes the parameter for these keys; [`key_transfer_len`] says how many octets it takes.
    pub fn emit(keys: &[(KeyId, WrappedKey)], out: &mut impl Sink) {
        out.put_u8(0x01);
        crate::wire::length::emit(keys.len(), out);
        for (id, key) in keys {
            out.put_array([0x02, 2, 0x16, id.code()]);
            DataRef::OctetString(key.octets()).emit(out);
        }
    }
}

/// Octets of what [`KeyTransfer::emit`] writes.
#[must_use]
pub fn key_transfer_len(keys: &[(KeyId, WrappedKey)]) -> usize {
    let head = crate::wire::length::wire_len(keys.len()).saturating_add(1);
    keys.iter().fold(head, |len, (_, key)| {
        let key = DataRef::OctetString(key.octets()).wire_len();
        len.saturating_add(key).saturating_add(4)
    })
}

fn key_of(item: DataRef<'_>) -> Option<(KeyId, &[u8])> {
    let mut parts = item.elements()?.iter();
    match (parts.next()?, parts.next()?, parts.next()) {
        (DataRef::Enum(id), DataRef::OctetString(key), None) => Some((KeyId::new(id), key)),
        _ => None,
    }
}

#[cfg(test)]
#[cfg(feature = "crypto")]
mod tests {
    use std::vec;
    use std::vec::Vec;

    use gurux_framing::SliceSink;

    use super::super::tests::{EK, cipher, hex};
    use super::*;

    #[test]
    fn keys_go_over_and_come_out_again() {
        let master = cipher(EK);
        // RFC 3394, 4.1, is a key of suite 0 under the examples' encryption key.
        let first: Key = "00112233445566778899AABBCCDDEEFF".parse().unwrap();
        let second = Key::Aes256([7; 32]);
        let keys = [
            (KeyId::GLOBAL_UNICAST_ENCRYPTION, wrap_key(&master, &first).unwrap()),
            (KeyId::AUTHENTICATION, wrap_key(&master, &second).unwrap()),
        ];
        let mut octets = vec![0; key_transfer_len(&keys)];
        let mut sink = SliceSink::new(&mut octets);
        KeyTransfer::emit(&keys, &mut sink);
        assert!(sink.written() == octets.len());
        let expected = "01 02 02 02 16 00 09 18 1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5";
        assert_eq!(octets[..32], hex(expected));

        let transfer = KeyTransfer::new(DataRef::from_bytes(&octets).unwrap()).unwrap();
        let back: Vec<_> =
            transfer.keys().map(|(id, key)| (id, unwrap_key(&master, key))).collect();
        assert_eq!(
            back,
            [(KeyId::GLOBAL_UNICAST_ENCRYPTION, Ok(first)), (KeyId::AUTHENTICATION, Ok(second))]
        );
    }

    #[test]
    fn what_is_no_wrapped_key_is_refused() {
        let master = cipher(EK);
        let other = cipher("00112233445566778899AABBCCDDEEFF");
        let wrapped = wrap_key(&other, &Key::Aes128([1; 16])).unwrap();
        assert_eq!(unwrap_key(&master, wrapped.octets()), Err(CipherError::Tag));
        for len in [0, 7, 8, 16, 23, 25, 41, 48] {
            assert!(unwrap_key(&master, &vec![0; len]).is_err(), "{len}");
        }
        // 24 octets are wrapped well, but no key of a suite.
        let mut room = [0; 32];
        master.wrap(&[1; 24], &mut room).unwrap();
        assert_eq!(unwrap_key(&master, &room), Err(CipherError::Length));
        for text in ["00", "01 01 16 00", "01 01 02 01 16 00", "01 01 02 03 16 00 09 00 00"] {
            let octets = hex(text);
            assert!(KeyTransfer::new(DataRef::from_bytes(&octets).unwrap()).is_err(), "{text}");
        }
    }
}
