//! Who the other side is: passwords and challenges.

use super::key::same;
use super::{
    Cipher, CipherError, Hash, Key, PrivateKey, Provider, PublicKey, Signature, Suite, SystemTitle,
};
use crate::wire::{Mechanism, SecurityControl, TAG_LEN};

/// Which side answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// The client, in the third pass.
    Client,
    /// The server, in the fourth.
    Server,
}

/// The two challenges of an association, and who made them.
///
/// | pass | message | carries |
/// |---|---|---|
/// | 1 | AARQ | the client's challenge, CtoS |
/// | 2 | AARE | the server's challenge, StoC |
/// | 3 | reply_to_HLS_authentication | the client's answer, f(StoC) |
/// | 4 | its response | the server's answer, f(CtoS) |
///
/// Each mechanism has another f. With `|` for "followed by":
///
/// | mechanism | f, of the client; the server has all that is a side's own the other way round |
/// |---|---|
/// | 2 | the manufacturer's: here AES over StoC, block by block, as some of them do |
/// | 3 | MD5 (StoC \| secret) |
/// | 4 | SHA-1 (StoC \| secret) |
/// | 5 | security control \| counter \| GMAC (security control \| authentication key \| StoC) |
/// | 6 | SHA-256 (secret \| client's title \| server's title \| StoC \| CtoS) |
/// | 7 | ECDSA (client's title \| server's title \| StoC \| CtoS) |
///
/// ```
/// use gurux_dlms::security::{Challenges, Side, Software};
/// use gurux_dlms::wire::Mechanism;
///
/// let challenges = Challenges {
///     client_to_server: b"K56iVagY",
///     server_to_client: b"P6wRJ21F",
///     client_title: &[],
///     server_title: &[],
/// };
/// let answer =
///     challenges.answer_by_secret(&Software, Mechanism::HIGH_MD5, Side::Client, b"secret")?;
/// assert!(challenges
///     .check_secret(&Software, Mechanism::HIGH_MD5, Side::Client, b"secret", answer.octets())
///     .is_ok());
/// assert!(challenges
///     .check_secret(&Software, Mechanism::HIGH_MD5, Side::Server, b"secret", answer.octets())
///     .is_err());
/// # Ok::<(), gurux_dlms::security::CipherError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Challenges<'a> {
    /// CtoS: the client's, 8 to 64 octets.
    pub client_to_server: &'a [u8],
    /// StoC: the server's, 8 to 64 octets.
    pub server_to_client: &'a [u8],
    /// The client's system title; the mechanisms 6 and 7 need it.
    pub client_title: &'a [u8],
    /// The server's system title; the mechanisms 6 and 7 need it.
    pub server_title: &'a [u8],
}

/// An answer to a challenge: at most 96 octets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Answer([u8; Answer::MAX], usize);

impl Answer {
    /// The longest: a signature of suite 2.
    pub const MAX: usize = 96;

    fn new(parts: &[&[u8]]) -> Result<Self, CipherError> {
        let mut answer = Self([0; Self::MAX], 0);
        for part in parts {
            let end = answer.1.saturating_add(part.len());
            let room = answer.0.get_mut(answer.1..end).ok_or(CipherError::Length)?;
            super::copy(part, room);
            answer.1 = end;
        }
        Ok(answer)
    }

    /// Its octets.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        self.0.get(..self.1).unwrap_or_default()
    }
}

impl<'a> Challenges<'a> {
    /// The challenge that this side answers, and the one that it made.
    const fn of(&self, side: Side) -> (&'a [u8], &'a [u8]) {
        match side {
            Side::Client => (self.server_to_client, self.client_to_server),
            Side::Server => (self.client_to_server, self.server_to_client),
        }
    }

    /// Titles and challenges as this side hashes or signs them.
    const fn all(&self, side: Side) -> [&'a [u8]; 4] {
        let (answered, made) = self.of(side);
        match side {
            Side::Client => [self.client_title, self.server_title, answered, made],
            Side::Server => [self.server_title, self.client_title, answered, made],
        }
    }

    /// This side's answer by the mechanism 3, 4 or 6.
    ///
    /// # Errors
    /// [`CipherError::Unsupported`] for another mechanism, and the provider's own.
    pub fn answer_by_secret<P: Provider>(
        &self,
        provider: &P,
        mechanism: Mechanism,
        side: Side,
        secret: &[u8],
    ) -> Result<Answer, CipherError> {
        let (answered, _) = self.of(side);
        let [own, other, first, second] = self.all(side);
        let digest = match mechanism {
            Mechanism::HIGH_MD5 => provider.hash(Hash::Md5, &[answered, secret])?,
            Mechanism::HIGH_SHA1 => provider.hash(Hash::Sha1, &[answered, secret])?,
            Mechanism::HIGH_SHA256 => {
                provider.hash(Hash::Sha256, &[secret, own, other, first, second])?
            }
            _ => return Err(CipherError::Unsupported),
        };
        Answer::new(&[digest.octets()])
    }

    /// Is this the answer of that side?
    ///
    /// # Errors
    /// [`CipherError::Tag`] if it is not, and those of
    /// [`answer_by_secret`](Self::answer_by_secret).
    pub fn check_secret<P: Provider>(
        &self,
        provider: &P,
        mechanism: Mechanism,
        side: Side,
        secret: &[u8],
        answer: &[u8],
    ) -> Result<(), CipherError> {
        let expected = self.answer_by_secret(provider, mechanism, side, secret)?;
        fits(expected.octets(), answer)
    }

    /// This side's answer by mechanism 2, where the manufacturer has the challenge encrypted with the
    /// secret as a key, block by block: as many octets as the challenge has, up to whole blocks.
    ///
    /// # Errors
    /// [`CipherError::Length`] for a challenge above 96 octets, and the cipher's own.
    pub fn answer_by_block_cipher(
        &self,
        side: Side,
        secret: &impl Cipher,
    ) -> Result<Answer, CipherError> {
        let (answered, _) = self.of(side);
        let mut answer = Answer::new(&[answered])?;
        answer.1 = answered.len().next_multiple_of(16).min(Answer::MAX);
        let used = answer.0.get_mut(..answer.1).unwrap_or_default();
        for block in used.as_chunks_mut::<16>().0 {
            secret.encrypt_block(block)?;
        }
        Ok(answer)
    }

    /// Is this the answer of that side?
    ///
    /// # Errors
    /// [`CipherError::Tag`] if it is not, and those of
    /// [`answer_by_block_cipher`](Self::answer_by_block_cipher).
    pub fn check_block_cipher(
        &self,
        side: Side,
        secret: &impl Cipher,
        answer: &[u8],
    ) -> Result<(), CipherError> {
        let expected = self.answer_by_block_cipher(side, secret)?;
        fits(expected.octets(), answer)
    }

    /// This side's answer by mechanism 5, with its own system title and a counter of its own that was
    /// never used.
    ///
    /// # Errors
    /// Those of the cipher.
    pub fn answer_by_gmac(
        &self,
        side: Side,
        cipher: &impl Cipher,
        authentication: &Key,
        suite: Suite,
        title: SystemTitle,
        invocation_counter: u32,
    ) -> Result<Answer, CipherError> {
        let (answered, _) = self.of(side);
        let control = [SecurityControl::AUTHENTICATED.with_suite(suite.number()).octet()];
        let nonce = title.nonce(invocation_counter);
        let header = [&control, authentication.octets(), answered];
        let tag = cipher.encrypt(&nonce, &header, &mut [])?;
        Answer::new(&[&control, &invocation_counter.to_be_bytes(), &tag])
    }

    /// Is this the answer of that side, which has this system title? Gives the counter that it came
    /// with, which counts among those of that side's messages.
    ///
    /// # Errors
    /// [`CipherError::Tag`] if it is not, [`CipherError::Length`] if it has another form, and the
    /// cipher's own.
    pub fn check_gmac(
        &self,
        side: Side,
        cipher: &impl Cipher,
        authentication: &Key,
        title: SystemTitle,
        answer: &[u8],
    ) -> Result<u32, CipherError> {
        let (answered, _) = self.of(side);
        let Some((head, tag)) = answer.split_last_chunk::<TAG_LEN>() else {
            return Err(CipherError::Length);
        };
        let Ok([control, counter @ ..]) = <[u8; 5]>::try_from(head) else {
            return Err(CipherError::Length);
        };
        let protection = SecurityControl::new(control);
        if !protection.is_authenticated() || protection.is_encrypted() {
            return Err(CipherError::Tag);
        }
        let counter = u32::from_be_bytes(counter);
        let header = [&[control], authentication.octets(), answered];
        cipher.decrypt(&title.nonce(counter), &header, &mut [], tag)?;
        Ok(counter)
    }

    /// This side's answer by mechanism 7.
    ///
    /// # Errors
    /// Those of the key.
    pub fn answer_by_signature(
        &self,
        side: Side,
        key: &impl PrivateKey,
    ) -> Result<Answer, CipherError> {
        Answer::new(&[key.sign(&self.all(side))?.octets()])
    }

    /// Is this the answer of that side, whose public key this is?
    ///
    /// # Errors
    /// [`CipherError::Tag`] if it is not, and the provider's own.
    pub fn check_signature<P: Provider>(
        &self,
        provider: &P,
        side: Side,
        signer: &PublicKey,
        answer: &[u8],
    ) -> Result<(), CipherError> {
        provider.verify(signer, &self.all(side), &Signature::new(answer)?)
    }
}

/// Is this the password? Takes the same time wherever they differ.
///
/// # Errors
/// [`CipherError::Tag`] if it is not.
pub fn check_password(password: &[u8], given: &[u8]) -> Result<(), CipherError> {
    fits(password, given)
}

fn fits(expected: &[u8], found: &[u8]) -> Result<(), CipherError> {
    if same(expected, found) { Ok(()) } else { Err(CipherError::Tag) }
}

#[cfg(test)]
#[cfg(feature = "crypto")]
mod tests {
    use super::super::tests::{AK, CLIENT, EK, SERVER, cipher, hex};
    use super::super::{Software, SoftwareKey};
    use super::*;

    const CHALLENGES: Challenges<'_> = Challenges {
        client_to_server: b"K56iVagY",
        server_to_client: b"P6wRJ21F",
        client_title: &CLIENT.0,
        server_title: &SERVER.0,
    };

    #[test]
    fn secrets_are_hashed_as_each_mechanism_says() {
        // printf 'P6wRJ21Fsecret' | md5sum; the same by sha1sum; for mechanism 6
        // printf 'secretMMM\0\0\xBC\x61\x4EMMM\0\0\0\0\x01P6wRJ21FK56iVagY' | sha256sum
        // and, of the server, printf 'secretMMM\0\0\0\0\x01MMM\0\0\xBC\x61\x4EK56iVagYP6wRJ21F'.
        for (mechanism, side, answer) in [
            (Mechanism::HIGH_MD5, Side::Client, "95CD32FE7356ECE509986FF8F87E6B1B"),
            (Mechanism::HIGH_MD5, Side::Server, "44F28DB4D00E4139D85E9B3031E2BA56"),
            (Mechanism::HIGH_SHA1, Side::Client, "94D86D988AD084C3507F69CDDC4280D76E63BA5A"),
            (Mechanism::HIGH_SHA1, Side::Server, "BAB81BDB8B7362E968E5300587CD5CB44651CBC7"),
            (
                Mechanism::HIGH_SHA256,
                Side::Client,
                "BB308D711704CB6C254F2B166B5C93804886AA6D56A2AA1D626DB625766A99C3",
            ),
            (
                Mechanism::HIGH_SHA256,
                Side::Server,
                "D8FE8AF0907489F320C95F44B69671A411A94D206ACCCB7C8E3CD81A4530B99C",
            ),
        ] {
            let made = CHALLENGES.answer_by_secret(&Software, mechanism, side, b"secret").unwrap();
            assert_eq!(made.octets(), hex(answer), "{mechanism} {side:?}");
            let check = |side, secret, answer: &[u8]| {
                CHALLENGES.check_secret(&Software, mechanism, side, secret, answer)
            };
            assert_eq!(check(side, b"secret", made.octets()), Ok(()));
            let other = if side == Side::Client { Side::Server } else { Side::Client };
            assert_eq!(check(other, b"secret", made.octets()), Err(CipherError::Tag));
            assert_eq!(check(side, b"Secret", made.octets()), Err(CipherError::Tag));
            assert_eq!(check(side, b"secret", &[]), Err(CipherError::Tag));
        }
        let unknown =
            CHALLENGES.answer_by_secret(&Software, Mechanism::HIGH_GMAC, Side::Client, b"secret");
        assert_eq!(unknown, Err(CipherError::Unsupported));
    }

    #[test]
    fn the_green_books_gmac_answers_come_out() {
        // Its example: the client answers under the counter 1, the server under 01234567.
        let key: Key = AK.parse().unwrap();
        let cipher = cipher(EK);
        for (side, title, counter, answer) in [
            (Side::Client, CLIENT, 1, "10000000011A52FE7DD3E72748973C1E28"),
            (Side::Server, SERVER, 0x0123_4567, "1001234567FE1466AFB3DBCD4F9389E2B7"),
        ] {
            // The example's client title is 4D4D4D0000000001, its server's 4D4D4D0000BC614E.
            let title = if title == CLIENT { SERVER } else { CLIENT };
            let made =
                CHALLENGES.answer_by_gmac(side, &cipher, &key, Suite::Suite0, title, counter);
            assert_eq!(made.unwrap().octets(), hex(answer), "{side:?}");
            let check = |side, title, answer: &[u8]| {
                CHALLENGES.check_gmac(side, &cipher, &key, title, answer)
            };
            let answer = hex(answer);
            assert_eq!(check(side, title, &answer), Ok(counter));
            let other = if side == Side::Client { Side::Server } else { Side::Client };
            assert_eq!(check(other, title, &answer), Err(CipherError::Tag));
            assert_eq!(check(side, SystemTitle([0; 8]), &answer), Err(CipherError::Tag));
            assert_eq!(check(side, title, &answer[1..]), Err(CipherError::Length));
            for place in 0..answer.len() {
                let mut answer = answer.clone();
                answer[place] ^= 0x20;
                assert_eq!(check(side, title, &answer), Err(CipherError::Tag));
            }
        }
    }

    #[test]
    fn signatures_answer_for_the_side_that_made_them() {
        for len in [32, 48] {
            let key = SoftwareKey::new(&std::vec![9; len]).unwrap();
            let public = key.public_key().unwrap();
            let answer = CHALLENGES.answer_by_signature(Side::Client, &key).unwrap();
            let check =
                |side, answer: &[u8]| CHALLENGES.check_signature(&Software, side, &public, answer);
            assert_eq!(check(Side::Client, answer.octets()), Ok(()));
            assert_eq!(check(Side::Server, answer.octets()), Err(CipherError::Tag));
            assert_eq!(check(Side::Client, &answer.octets()[1..]), Err(CipherError::Length));
            // What is signed, by another way.
            let text = [&CLIENT.0[..], &SERVER.0, b"P6wRJ21F", b"K56iVagY"].concat();
            let signature = Signature::new(answer.octets()).unwrap();
            assert_eq!(Software.verify(&public, &[&text], &signature), Ok(()));
        }
    }

    #[test]
    fn a_manufacturers_answer_is_the_challenge_block_by_block() {
        // FIPS 197, C.1, twice, the second time with a block that is filled up with zeros.
        let block = hex("00112233445566778899aabbccddeeff");
        let challenges = Challenges { server_to_client: &block, ..CHALLENGES };
        let answer = challenges.answer_by_block_cipher(Side::Client, &cipher(EK)).unwrap();
        assert_eq!(answer.octets(), hex("69c4e0d86a7b0430d8cdb78070b4c55a"));
        let check =
            |answer: &[u8]| challenges.check_block_cipher(Side::Client, &cipher(EK), answer);
        assert_eq!(check(answer.octets()), Ok(()));
        assert_eq!(check(&answer.octets()[..15]), Err(CipherError::Tag));
        let longer = [&block[..], &[0]].concat();
        let challenges = Challenges { server_to_client: &longer, ..CHALLENGES };
        let longer = challenges.answer_by_block_cipher(Side::Client, &cipher(EK)).unwrap();
        assert_eq!(longer.octets().len(), 32);
        assert_eq!(longer.octets()[..16], *answer.octets());
        let long = Challenges { server_to_client: &[0; 97], ..CHALLENGES };
        let refused = long.answer_by_block_cipher(Side::Client, &cipher(EK));
        assert_eq!(refused, Err(CipherError::Length));
    }

    #[test]
    fn a_password_is_right_as_a_whole() {
        assert_eq!(check_password(b"12345678", b"12345678"), Ok(()));
        for wrong in [&b"12345679"[..], b"1234567", b"123456789", b""] {
            assert_eq!(check_password(b"12345678", wrong), Err(CipherError::Tag));
        }
    }
}
