//! The words of both sides of an association: what is proposed, agreed on, refused.

use core::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::security::{PrivateKey, PublicKey, SystemTitle};
use crate::wire::{
    ApplicationContext, AssociationResult, ConfirmedServiceError, Conformance, Mechanism,
    ResultSourceDiagnostic,
};

/// How objects are named.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Referencing {
    /// By class and OBIS code: GET, SET, ACTION.
    #[default]
    LogicalNames,
    /// By numbers of 16 bits: READ, WRITE.
    ShortNames,
}

impl Referencing {
    /// The application context, with ciphering or without.
    #[must_use]
    pub const fn context(self, is_ciphered: bool) -> ApplicationContext {
        match (self, is_ciphered) {
            (Self::LogicalNames, false) => ApplicationContext::LOGICAL_NAME,
            (Self::LogicalNames, true) => ApplicationContext::LOGICAL_NAME_CIPHERED,
            (Self::ShortNames, false) => ApplicationContext::SHORT_NAME,
            (Self::ShortNames, true) => ApplicationContext::SHORT_NAME_CIPHERED,
        }
    }

    /// All services of these names that a client can make use of.
    #[must_use]
    pub fn services(self) -> Conformance {
        let both = Conformance::GENERAL_PROTECTION
            | Conformance::GENERAL_BLOCK_TRANSFER
            | Conformance::BLOCK_TRANSFER_WITH_GET_OR_READ
            | Conformance::BLOCK_TRANSFER_WITH_SET_OR_WRITE
            | Conformance::MULTIPLE_REFERENCES
            | Conformance::DATA_NOTIFICATION;
        both | match self {
            Self::LogicalNames => {
                Conformance::BLOCK_TRANSFER_WITH_ACTION
                    | Conformance::ACCESS
                    | Conformance::GET
                    | Conformance::SET
                    | Conformance::SELECTIVE_ACCESS
                    | Conformance::EVENT_NOTIFICATION
                    | Conformance::ACTION
            }
            Self::ShortNames => {
                Conformance::READ
                    | Conformance::WRITE
                    | Conformance::UNCONFIRMED_WRITE
                    | Conformance::INFORMATION_REPORT
                    | Conformance::PARAMETERIZED_ACCESS
            }
        }
    }
}

/// A password or a secret, up to 64 octets. It is overwritten when it is dropped, and does not print.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Secret([u8; Secret::MAX], usize);

impl Secret {
    /// The longest, in octets.
    pub const MAX: usize = 64;

    /// The secret in these octets; `None` if they are more.
    #[must_use]
    pub fn new(octets: &[u8]) -> Option<Self> {
        let mut secret = Self([0; Self::MAX], octets.len());
        let room = secret.0.get_mut(..octets.len())?;
        room.iter_mut().zip(octets).for_each(|(to, from)| *to = *from);
        Some(secret)
    }

    /// Its octets.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        self.0.get(..self.1).unwrap_or_default()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({} octets)", self.1)
    }
}

/// How the two prove who they are.
pub enum Authentication {
    /// They do not.
    Lowest,
    /// By a password in clear.
    Low(Secret),
    /// As the manufacturer says: here by AES over the challenge, block by block, with a key of 16 octets
    /// (mechanism 2 as Iskraemeco, Landis+Gyr and others have it).
    Manufacturer(Secret),
    /// By MD5 over challenge and secret.
    Md5(Secret),
    /// By SHA-1 over challenge and secret.
    Sha1(Secret),
    /// By GMAC, with the keys of the association.
    Gmac,
    /// By SHA-256 over secret, titles and challenges.
    Sha256(Secret),
    /// By signatures over titles and challenges.
    Ecdsa {
        /// The key of this side.
        own: alloc::boxed::Box<dyn PrivateKey + Send>,
        /// The public key of the other.
        peer: PublicKey,
    },
}

impl Authentication {
    /// The mechanism.
    #[must_use]
    pub const fn mechanism(&self) -> Mechanism {
        match self {
            Self::Lowest => Mechanism::LOWEST,
            Self::Low(_) => Mechanism::LOW,
            Self::Manufacturer(_) => Mechanism::HIGH,
            Self::Md5(_) => Mechanism::HIGH_MD5,
            Self::Sha1(_) => Mechanism::HIGH_SHA1,
            Self::Gmac => Mechanism::HIGH_GMAC,
            Self::Sha256(_) => Mechanism::HIGH_SHA256,
            Self::Ecdsa { .. } => Mechanism::HIGH_ECDSA,
        }
    }

    /// Must both sides know each other's system title?
    #[must_use]
    pub const fn needs_titles(&self) -> bool {
        matches!(self, Self::Gmac | Self::Sha256(_) | Self::Ecdsa { .. })
    }
}

impl fmt::Debug for Authentication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Authentication({})", self.mechanism())
    }
}

/// What both sides of an association agreed on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Agreed {
    /// How objects are named.
    pub referencing: Referencing,
    /// The services that both can.
    pub conformance: Conformance,
    /// The longest message that goes to the other side, in octets; `None` for no limit.
    pub max_send: Option<u16>,
    /// The longest message that comes.
    pub max_receive: Option<u16>,
    /// 0007 with logical names; with short names the base name of the association, FA00.
    pub vaa_name: u16,
    /// The other side's system title, where it said one of eight octets.
    pub peer: Option<SystemTitle>,
}

impl Agreed {
    /// Can both do all of these?
    #[must_use]
    pub const fn grants(&self, services: Conformance) -> bool {
        self.conformance.contains(services)
    }

    /// A limit as it stands in an initiate, where 0 is none.
    ///
    /// observed: 0 from some meters and clients.
    #[must_use]
    pub const fn limit(max_pdu: u16) -> Option<u16> {
        if max_pdu == 0 { None } else { Some(max_pdu) }
    }
}

/// Why an association was refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// For good, or for now.
    pub result: AssociationResult,
    /// Why.
    pub diagnostic: ResultSourceDiagnostic,
    /// What is wrong with the initiate, where the meter says so.
    pub error: Option<ConfirmedServiceError>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the association is {}: ", self.result)?;
        match self.diagnostic {
            ResultSourceDiagnostic::User(code) => write!(f, "{code}"),
            ResultSourceDiagnostic::Provider(code) => write!(f, "{code} (ACSE)"),
        }?;
        match self.error.map(|error| (error.name(), error.kind, error.code)) {
            None => Ok(()),
            Some((Some(name), ..)) => write!(f, ", {name}"),
            Some((None, kind, code)) => write!(f, ", {kind} {code}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::format;
    use std::string::ToString;

    use super::*;
    use crate::wire::AcseServiceUser;

    #[test]
    fn a_secret_does_not_print() {
        let secret = Secret::new(b"12345678").unwrap();
        assert_eq!(secret.octets(), b"12345678");
        assert_eq!(format!("{secret:?}"), "Secret(8 octets)");
        assert!(Secret::new(&[0; 65]).is_none());
        let low = Authentication::Low(secret);
        assert_eq!(format!("{low:?}"), "Authentication(low)");
    }

    #[test]
    fn a_refusal_is_a_sentence() {
        let refusal = Refusal {
            result: AssociationResult::REJECTED_PERMANENT,
            diagnostic: ResultSourceDiagnostic::User(AcseServiceUser::AUTHENTICATION_FAILURE),
            error: None,
        };
        assert_eq!(
            refusal.to_string(),
            "the association is rejected-permanent: authentication-failure"
        );
    }

    #[test]
    fn each_kind_of_names_has_its_services() {
        let (ln, sn) = (Referencing::LogicalNames, Referencing::ShortNames);
        assert!(
            ln.services().contains(Conformance::GET) && !sn.services().contains(Conformance::GET)
        );
        assert!(
            sn.services().contains(Conformance::READ) && !ln.services().contains(Conformance::READ)
        );
        assert_eq!(sn.context(true), ApplicationContext::SHORT_NAME_CIPHERED);
    }
}
