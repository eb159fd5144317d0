//! The challenges of an association, as the meter sees them.

use alloc::vec::Vec;

use crate::security::{
    Answer, Challenges, CipherError, CounterStore, Key, PrivateKey, Provider, PublicKey,
    SharedSecret, Side, Signature,
};
use crate::session::{Authentication, Guard};

/// The two challenges.
#[derive(Clone, Debug, Default)]
pub(super) struct Challenge {
    pub(super) client_to_server: Vec<u8>,
    pub(super) server_to_client: Vec<u8>,
}

impl Challenge {
    /// The meter's own answer to the client's challenge, if the client's answer to the meter's is right.
    pub(super) fn answer<P: Provider, C: CounterStore>(
        &self,
        authentication: &Authentication,
        guard: &mut Guard<P, C>,
        given: &[u8],
    ) -> Result<Answer, CipherError> {
        let (own, peer) = (guard.own(), guard.peer());
        let challenges = Challenges {
            client_to_server: &self.client_to_server,
            server_to_client: &self.server_to_client,
            client_title: peer.as_ref().map_or(&[][..], |title| &title.0),
            server_title: &own.0,
        };
        let mechanism = authentication.mechanism();
        match authentication {
            Authentication::Lowest | Authentication::Low(_) => Err(CipherError::Unsupported),
            Authentication::Manufacturer(secret) => {
                let key = Key::from_octets(secret.octets()).map_err(|_| CipherError::Length)?;
                let cipher = guard.provider().cipher(&key)?;
                challenges.check_block_cipher(Side::Client, &cipher, given)?;
                challenges.answer_by_block_cipher(Side::Server, &cipher)
            }
            Authentication::Md5(secret)
            | Authentication::Sha1(secret)
            | Authentication::Sha256(secret) => {
                let (provider, secret) = (guard.provider(), secret.octets());
                challenges.check_secret(provider, mechanism, Side::Client, secret, given)?;
                challenges.answer_by_secret(provider, mechanism, Side::Server, secret)
            }
            Authentication::Gmac => {
                let title = peer.ok_or(CipherError::Length)?;
                let (cipher, key) = keys(guard)?;
                let counter = challenges.check_gmac(Side::Client, cipher, key, title, given)?;
                // The answer was made before the message that carries it, so that its counter may be
                // below that one's. That it is new, the challenge proves.
                let _ = guard.accept_counter(counter);
                let counter = guard.take_counter().map_err(|_| CipherError::Unsupported)?;
                let suite = guard.suite();
                let (cipher, key) = keys(guard)?;
                challenges.answer_by_gmac(Side::Server, cipher, key, suite, own, counter)
            }
            Authentication::Ecdsa { own, peer } => {
                challenges.check_signature(guard.provider(), Side::Client, peer, given)?;
                challenges.answer_by_signature(Side::Server, &Lent(own.as_ref()))
            }
        }
    }
}

fn keys<P: Provider, C>(guard: &Guard<P, C>) -> Result<(&P::Cipher, &Key), CipherError> {
    let keys = guard.keys();
    keys.unicast.as_ref().zip(keys.authentication.as_ref()).ok_or(CipherError::Unsupported)
}

/// A key behind a reference.
struct Lent<'k>(&'k (dyn PrivateKey + Send));

impl PrivateKey for Lent<'_> {
    fn public_key(&self) -> Result<PublicKey, CipherError> {
        self.0.public_key()
    }

    fn sign(&self, parts: &[&[u8]]) -> Result<Signature, CipherError> {
        self.0.sign(parts)
    }

    fn agree(&self, other: &PublicKey) -> Result<SharedSecret, CipherError> {
        self.0.agree(other)
    }
}
