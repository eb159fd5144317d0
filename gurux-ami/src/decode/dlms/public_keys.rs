//! What takes keys of elliptic curves: signatures, and keys that both sides work out.

use gurux_dlms::security::{
    Certificate, Key as DlmsKey, PrivateKey, PublicKey, Scheme, SignedKey, Software, SoftwareKey,
    Suite, SystemTitle, derive_key_for, verify,
};
use gurux_dlms::wire::{GeneralHeader, GeneralSigning};

use super::super::Key;
use super::conversation::Conversation;

/// What came of a signature, in words for a note.
pub(super) enum Signed {
    Proven(&'static str),
    /// No key is given for it.
    Unknown(String),
    /// It is not that of the key that is given.
    Wrong(&'static str),
}

impl Conversation<'_> {
    /// Is a message signed by its originator?
    pub(super) fn signature(&self, octets: &[u8], signing: &GeneralSigning<'_>) -> Signed {
        let title = SystemTitle::new(signing.header.originator_system_title);
        let keys = self.public_keys("sign", title);
        if keys.is_empty() {
            let title = title.map(|title| format!("{title}/")).unwrap_or_default();
            return Signed::Unknown(format!(
                "signed; the signer's public key is not given (--key {title}sign=...)"
            ));
        }
        if keys.iter().any(|key| verify(octets, &Software, key).is_ok()) {
            return Signed::Proven("signed, and the signature proves it");
        }
        Signed::Wrong(
            "signed, but the signature does not fit: the key is of another, or octets were changed",
        )
    }

    /// The keys that a message may stand under whose key both sides work out: each side's private key
    /// gives them with the other's public one.
    pub(super) fn agreed_keys(
        &self,
        suite: Option<Suite>,
        header: &GeneralHeader<'_>,
        key_parameters: &[u8],
        key_ciphered_data: &[u8],
    ) -> Vec<DlmsKey> {
        let title = |octets: &[u8]| SystemTitle::new(octets);
        let (Some(suite), Some(scheme), Some(originator), Some(recipient)) = (
            suite,
            Scheme::of_key_parameters(key_parameters),
            title(header.originator_system_title),
            title(header.recipient_system_title),
        ) else {
            return Vec::new();
        };
        let own = |of: SystemTitle| -> Vec<SoftwareKey> {
            let keys = self.given("agree", Some(of));
            keys.iter().filter_map(|key| SoftwareKey::new(&key.octets).ok()).collect()
        };
        let public_of = |of| self.public_keys("agree", Some(of));
        let mut pairs: Vec<(SoftwareKey, PublicKey)> = Vec::new();
        let mut pair = |own: Vec<SoftwareKey>, others: &[PublicKey]| {
            for own in own {
                pairs.extend(others.iter().map(|other| (own.clone(), *other)));
            }
        };
        match scheme {
            Scheme::StaticUnifiedModel => {
                pair(own(recipient), &public_of(originator));
                pair(own(originator), &public_of(recipient));
            }
            Scheme::OnePassDiffieHellman | Scheme::EphemeralUnifiedModel => {
                let ephemeral = SignedKey::from_octets(key_ciphered_data).ok();
                let ephemeral = ephemeral.map(|signed| signed.key);
                pair(own(recipient), ephemeral.as_slice());
            }
        }
        let mut keys = Vec::new();
        for (own, other) in pairs {
            let Ok(secret) = own.agree(&other) else { continue };
            for algorithm in [suite.algorithm_id(), Suite::BRITISH_ALGORITHM_ID] {
                let titles = (originator, recipient);
                let id = header.transaction_id;
                keys.extend(derive_key_for(
                    &Software, suite, algorithm, scheme, &secret, titles, id,
                ));
            }
        }
        keys
    }

    /// The public keys of this kind and of this owner: given as such, in a certificate, or by the private
    /// ones that they belong to.
    fn public_keys(&self, kind: &str, owner: Option<SystemTitle>) -> Vec<PublicKey> {
        let given = self.given(kind, owner);
        given.iter().filter_map(|key| public_key(&key.octets, owner)).collect()
    }

    /// The keys of this kind: those of this owner, or else those of any.
    pub(super) fn given(&self, kind: &str, owner: Option<SystemTitle>) -> Vec<&Key> {
        let of = |wanted: &dyn Fn(&str) -> bool| -> Vec<&Key> {
            self.hints.keys.iter().filter(|key| wanted(&key.name)).collect()
        };
        let is_owner =
            |name: &str| owner.is_some_and(|owner| name.eq_ignore_ascii_case(&owner.to_string()));
        let own = of(&|name| match name.split_once('/') {
            Some((owner, rest)) => is_owner(owner) && rest.eq_ignore_ascii_case(kind),
            None => kind == "ek" && is_owner(name),
        });
        if own.is_empty() { of(&|name| name.eq_ignore_ascii_case(kind)) } else { own }
    }
}

/// A public key as it is given; that of a certificate only if its subject is the owner, where it says so.
fn public_key(octets: &[u8], owner: Option<SystemTitle>) -> Option<PublicKey> {
    if let Ok(certificate) = Certificate::from_der(octets) {
        let subject = certificate.system_title();
        let is_own = subject.is_none() || owner.is_none() || subject == owner;
        return is_own.then_some(certificate.public_key);
    }
    PublicKey::new(octets).or_else(|_| SoftwareKey::new(octets)?.public_key()).ok()
}
