//! Keys that both sides work out, each from its own private key and the other's public one.

use super::{
    CipherError, Key, PrivateKey, Provider, PublicKey, SharedSecret, Signature, Suite, SystemTitle,
};
use crate::wire::{GeneralHeader, KeyId};

/// The three ways to agree on a key (NIST SP 800-56A).
///
/// | scheme | own keys | other's keys | for |
/// |---|---|---|---|
/// | ephemeral unified model, C(2e, 0s) | ephemeral | ephemeral | new global keys: the method key_agreement |
/// | one-pass Diffie-Hellman, C(1e, 1s) | ephemeral of the sender | static of the receiver | one message, general-ciphering |
/// | static unified model, C(0e, 2s) | static | static | one message, general-ciphering |
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Scheme {
    /// Both keys are ephemeral. The client is the originator.
    EphemeralUnifiedModel,
    /// The sender's is ephemeral.
    OnePassDiffieHellman,
    /// None is.
    StaticUnifiedModel,
}

impl Scheme {
    /// The scheme that the key-parameters of an agreed-key name.
    #[must_use]
    pub const fn of_key_parameters(key_parameters: &[u8]) -> Option<Self> {
        match key_parameters {
            [1] => Some(Self::OnePassDiffieHellman),
            [2] => Some(Self::StaticUnifiedModel),
            _ => None,
        }
    }

    /// The key-parameters of an agreed-key. The ephemeral unified model has none: it is for methods.
    #[must_use]
    pub const fn key_parameters(self) -> Option<&'static [u8]> {
        match self {
            Self::EphemeralUnifiedModel => None,
            Self::OnePassDiffieHellman => Some(&[1]),
            Self::StaticUnifiedModel => Some(&[2]),
        }
    }
}

/// The key that comes of a shared secret: the single-step derivation of NIST SP 800-56A with the hash of
/// the suite, bound to AES-GCM and to both titles, in the static unified model also to the
/// transaction, as its secret is the same each time.
///
/// | octets | are |
/// |---|---|
/// | 4 | 1 |
/// | 32, 48 | the secret |
/// | 7 | the algorithm's object identifier |
/// | 8 | the originator's title |
/// | 1 and n | the transaction-id with its length, in the static unified model alone |
/// | 8 | the recipient's title |
///
/// The key is the first 16 or 32 octets of the hash.
///
/// # Errors
/// [`CipherError::Unsupported`] in suite 0, which has no agreement, and the provider's own.
pub fn derive_key<P: Provider>(
    provider: &P,
    suite: Suite,
    scheme: Scheme,
    secret: &SharedSecret,
    originator: SystemTitle,
    recipient: SystemTitle,
    transaction_id: &[u8],
) -> Result<Key, CipherError> {
    let titles = (originator, recipient);
    derive_key_for(provider, suite, suite.algorithm_id(), scheme, secret, titles, transaction_id)
}

/// The same with another object identifier of the algorithm; `titles` are those of originator and
/// recipient.
///
/// observed: British smart meters have [`Suite::BRITISH_ALGORITHM_ID`] for AES-GCM of suite 1, as the
/// published keys of their messages show.
///
/// # Errors
/// Those of [`derive_key`].
pub fn derive_key_for<P: Provider>(
    provider: &P,
    suite: Suite,
    algorithm_id: [u8; 7],
    scheme: Scheme,
    secret: &SharedSecret,
    (originator, recipient): (SystemTitle, SystemTitle),
    transaction_id: &[u8],
) -> Result<Key, CipherError> {
    let hash = suite.hash().ok_or(CipherError::Unsupported)?;
    let len = [u8::try_from(transaction_id.len()).map_err(|_| CipherError::Length)?];
    let (len, transaction_id) = match scheme {
        Scheme::StaticUnifiedModel => (&len[..], transaction_id),
        Scheme::EphemeralUnifiedModel | Scheme::OnePassDiffieHellman => (&[][..], &[][..]),
    };
    let digest = provider.hash(
        hash,
        &[
            &1_u32.to_be_bytes(),
            secret.octets(),
            &algorithm_id,
            &originator.0,
            len,
            transaction_id,
            &recipient.0,
        ],
    )?;
    let key = digest.octets().get(..suite.key_len()).ok_or(CipherError::Length)?;
    Key::from_octets(key).map_err(|_| CipherError::Length)
}

/// The key of a general-ciphering message, worked out on either side.
///
/// | | sender's `own` | sender's `other` | receiver's `own` | receiver's `other` |
/// |---|---|---|---|---|
/// | one-pass | its ephemeral key | the receiver's static one | its static key | the one in key-ciphered-data |
/// | static | its static key | the receiver's static one | its static key | the sender's static one |
///
/// # Errors
/// [`CipherError::Length`] where a title has not eight octets, and those of [`derive_key`] and of the
/// key.
pub fn message_key<P: Provider>(
    provider: &P,
    suite: Suite,
    scheme: Scheme,
    own: &impl PrivateKey,
    other: &PublicKey,
    header: &GeneralHeader<'_>,
) -> Result<Key, CipherError> {
    let title = |octets| SystemTitle::new(octets).ok_or(CipherError::Length);
    derive_key(
        provider,
        suite,
        scheme,
        &own.agree(other)?,
        title(header.originator_system_title)?,
        title(header.recipient_system_title)?,
        header.transaction_id,
    )
}

/// An ephemeral public key and the signature of its owner: what key_agreement exchanges, and what
/// one-pass Diffie-Hellman has in key-ciphered-data.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SignedKey {
    /// The ephemeral key.
    pub key: PublicKey,
    /// The signature over it.
    pub signature: Signature,
}

/// What the signature of an ephemeral key covers besides the key: the number of the key that is agreed
/// on, where a method names it; in a message nothing.
fn prefix(key_id: Option<KeyId>) -> ([u8; 1], usize) {
    match key_id {
        Some(key_id) => ([key_id.code()], 1),
        None => ([0], 0),
    }
}

impl SignedKey {
    /// The key, signed. `key_id` says which key is agreed on by the method key_agreement; a message of
    /// one-pass Diffie-Hellman has `None`.
    ///
    /// # Errors
    /// Those of the signer.
    pub fn new(
        key: PublicKey,
        key_id: Option<KeyId>,
        signer: &impl PrivateKey,
    ) -> Result<Self, CipherError> {
        let (id, len) = prefix(key_id);
        let id = id.get(..len).unwrap_or_default();
        Ok(Self { key, signature: signer.sign(&[id, key.octets()])? })
    }

    /// Both, as they stand one behind the other in a message.
    ///
    /// # Errors
    /// [`CipherError::Length`] if they are not 128 octets, for P-256, or 192, for P-384.
    pub fn from_octets(octets: &[u8]) -> Result<Self, CipherError> {
        let half = octets.len().checked_div(2).unwrap_or_default();
        let (key, signature) = octets.split_at_checked(half).ok_or(CipherError::Length)?;
        Ok(Self { key: PublicKey::new(key)?, signature: Signature::new(signature)? })
    }

    /// The same, to be written.
    #[must_use]
    pub const fn parts(&self) -> [&[u8]; 2] {
        [self.key.octets(), self.signature.octets()]
    }

    /// Was it signed by the owner of this key?
    ///
    /// # Errors
    /// [`CipherError::Tag`] if it was not: then nothing is known of whose key it is.
    pub fn check<P: Provider>(
        &self,
        provider: &P,
        key_id: Option<KeyId>,
        signer: &PublicKey,
    ) -> Result<(), CipherError> {
        let (id, len) = prefix(key_id);
        let id = id.get(..len).unwrap_or_default();
        provider.verify(signer, &[id, self.key.octets()], &self.signature)
    }
}

#[cfg(test)]
#[cfg(feature = "crypto")]
mod tests {
    use super::super::tests::{CLIENT, SERVER, hex};
    use super::super::{Software, SoftwareKey};
    use super::*;

    fn private(text: &str) -> SoftwareKey {
        SoftwareKey::new(&hex(text)).unwrap()
    }

    fn public(text: &str) -> PublicKey {
        PublicKey::new(&hex(text)).unwrap()
    }

    const HEADER: GeneralHeader<'_> = GeneralHeader {
        transaction_id: &[1, 2, 3, 4, 5, 6, 7, 8],
        originator_system_title: &CLIENT.0,
        recipient_system_title: &SERVER.0,
        date_time: &[],
        other_information: &[],
    };

    /// Keys of the Green Book's examples, tables C.1 to C.3.
    const STATIC_SERVER: &str = "AAD3FD0732E991CF52A74C66C1F2827DDC53522A2E0A169D7C4FFCC0FB5D6A4D";
    const STATIC_CLIENT: &str = "A51C16FF5C498FCC89323D4A9267CD71BF81FD6F6A891CD240DA7F3D6F283E65";
    const EPHEMERAL: &str = "47DAB03842E5B6E74828EF4F449B378D7DD1A5DAE1FFCA5AE0B0BE0AD18EC57E";

    #[test]
    fn one_pass_gives_the_green_books_key_on_both_sides() {
        let (client, server) = (private(EPHEMERAL), private(STATIC_SERVER));
        let ephemeral = public(
            "C323C2BD45711DE4688637D919F92E9DB8FB2DFC213A88D21C9DC8DCBA917D81\
             70511DE1BADB360D50058F794B0960AE11FA28D392CFF907A62D13E3357B1DC0",
        );
        assert_eq!(client.public_key(), Ok(ephemeral));
        let secret = server.agree(&ephemeral).unwrap();
        let expected = "0D4385BA0DD756CBCAB9887EB538396EE8F090A14C1079B4359F115B977F4615";
        assert_eq!(secret.octets(), hex(expected));
        let key: Key = "59A71FD81C929A86A99438DA17A66C05".parse().unwrap();
        let scheme = Scheme::OnePassDiffieHellman;
        for (own, other) in [(&server, ephemeral), (&client, server.public_key().unwrap())] {
            let made = message_key(&Software, Suite::Suite1, scheme, own, &other, &HEADER);
            assert_eq!(made.as_ref(), Ok(&key));
        }
    }

    #[test]
    fn the_static_model_gives_the_green_books_key_for_its_transaction() {
        let (client, server) = (private(STATIC_CLIENT), private(STATIC_SERVER));
        let key: Key = "56C46B57DF675515C31025455822514A".parse().unwrap();
        let scheme = Scheme::StaticUnifiedModel;
        let keys = [(&client, &server), (&server, &client)].map(|(own, other)| {
            let other = other.public_key().unwrap();
            let later = GeneralHeader { transaction_id: &[9], ..HEADER };
            let again = message_key(&Software, Suite::Suite1, scheme, own, &other, &later).unwrap();
            assert_ne!(again, key);
            message_key(&Software, Suite::Suite1, scheme, own, &other, &HEADER).unwrap()
        });
        assert_eq!(keys, [key.clone(), key]);
    }

    #[test]
    fn the_ephemeral_model_comes_to_the_green_books_secret() {
        let server = private("34A8C23A34DBB519D09B245754C85A6CFE05D14A063EFA5AA41545AA8241EFAE");
        let client = public(
            "2914D60E10AB705F62ED6CC349D7CB99B9AB3F3978E59278C7AF595B3AF98794\
             1372DAB6D5AF1FA867E134167E6F23DE664A6693E05F43414611058D1B48F894",
        );
        let secret = server.agree(&client).unwrap();
        let expected = "C1CF8FE7891AEF3617D7190795E61FE6C24EFC3CCA2E08469BAD1A225CE6EA08";
        assert_eq!(secret.octets(), hex(expected));
        // SHA-256 (00000001 | secret | 60857405080300 | client | server), worked out apart.
        let scheme = Scheme::EphemeralUnifiedModel;
        let derive = |suite| derive_key(&Software, suite, scheme, &secret, CLIENT, SERVER, &[1]);
        assert_eq!(
            derive(Suite::Suite1),
            "C5F4512846EDE51CFB8CCF59F08A694E".parse().map_err(|_| CipherError::Length)
        );
        assert_eq!(derive(Suite::Suite2).unwrap().octets().len(), 32);
        assert_eq!(derive(Suite::Suite0), Err(CipherError::Unsupported));
    }

    #[test]
    fn an_ephemeral_key_is_its_signers() {
        for len in [32, 48] {
            let signer = SoftwareKey::new(&std::vec![5; len]).unwrap();
            let owner = signer.public_key().unwrap();
            let ephemeral = SoftwareKey::new(&std::vec![6; len]).unwrap().public_key().unwrap();
            let id = Some(KeyId::GLOBAL_UNICAST_ENCRYPTION);
            let signed = SignedKey::new(ephemeral, id, &signer).unwrap();
            assert_eq!(SignedKey::from_octets(&signed.parts().concat()), Ok(signed));
            assert_eq!(signed.check(&Software, id, &owner), Ok(()));
            for (id, owner) in
                [(None, owner), (Some(KeyId::AUTHENTICATION), owner), (id, ephemeral)]
            {
                assert_eq!(signed.check(&Software, id, &owner), Err(CipherError::Tag));
            }
        }
        // The Green Book's, of one-pass Diffie-Hellman.
        let signed = SignedKey::from_octets(&hex(
            "C323C2BD45711DE4688637D919F92E9DB8FB2DFC213A88D21C9DC8DCBA917D81\
             70511DE1BADB360D50058F794B0960AE11FA28D392CFF907A62D13E3357B1DC0\
             B51BE089D0B682863B2217201E73A1A9031968A9B4121DCBC3281A69739AF874\
             29F5B3AC5471E7B6A04A2C0F2F8A25FD772A317DF97FC5463FEAC248EB8AB8BE",
        ))
        .unwrap();
        let signer = private("418073C239FA6125011DE4D6CD2E645780289F761BB21BFB0835CB5585E8B373");
        assert_eq!(signed.check(&Software, None, &signer.public_key().unwrap()), Ok(()));
        assert_eq!(SignedKey::from_octets(&[0; 127]), Err(CipherError::Length));
        assert_eq!(SignedKey::from_octets(&[]), Err(CipherError::Length));
    }

    #[test]
    fn schemes_have_their_parameters() {
        for scheme in [Scheme::OnePassDiffieHellman, Scheme::StaticUnifiedModel] {
            let parameters = scheme.key_parameters().unwrap();
            assert_eq!(Scheme::of_key_parameters(parameters), Some(scheme));
        }
        assert_eq!(Scheme::EphemeralUnifiedModel.key_parameters(), None);
        assert_eq!(Scheme::of_key_parameters(&[0]), None);
        assert_eq!(Scheme::of_key_parameters(&[1, 0]), None);
    }
}
