//! Generally ciphered messages as the standard's ASN.1 has them: what is ciphered is octets.
#![expect(unreachable_pub, reason = "the macros make public types")]

use gurux_framing::{Visit, Wire, WireError};

use crate::wire::ApduTag;
use crate::wire::part::{choice, sequence};

/// A message whose form in XML is not that of its type in [`crate::wire`].
pub(super) struct Generally;

impl Generally {
    /// Has a message with this tag such a form?
    pub(super) fn has(tag: u8) -> bool {
        matches!(
            ApduTag::new(tag),
            ApduTag::GENERAL_GLO_CIPHERING
                | ApduTag::GENERAL_DED_CIPHERING
                | ApduTag::GENERAL_CIPHERING
                | ApduTag::GENERAL_SIGNING
        )
    }

    /// Tells of it.
    pub(super) fn explain(
        octets: &[u8],
        origin: usize,
        visitor: impl Visit,
    ) -> Result<(), WireError> {
        match octets.first().copied().map(ApduTag::new) {
            Some(ApduTag::GENERAL_GLO_CIPHERING) => {
                GeneralGlo::explain(octets, origin, visitor).map(|_| ())
            }
            Some(ApduTag::GENERAL_DED_CIPHERING) => {
                GeneralDed::explain(octets, origin, visitor).map(|_| ())
            }
            Some(ApduTag::GENERAL_CIPHERING) => {
                General::explain(octets, origin, visitor).map(|_| ())
            }
            _ => Signed::explain(octets, origin, visitor).map(|_| ()),
        }
    }
}

sequence! {
    /// General-Glo-Ciphering.
    pub struct GeneralGlo<'a> = "general-glo-ciphering" tag GENERAL_GLO_CIPHERING {
        /// Who sends it.
        system_title: &'a [u8] = "system-title",
        /// What is ciphered.
        ciphered_content: &'a [u8] = "ciphered-content",
    }
}

sequence! {
    /// General-Ded-Ciphering.
    pub struct GeneralDed<'a> = "general-ded-ciphering" tag GENERAL_DED_CIPHERING {
        /// Who sends it.
        system_title: &'a [u8] = "system-title",
        /// What is ciphered.
        ciphered_content: &'a [u8] = "ciphered-content",
    }
}

sequence! {
    /// General-Ciphering.
    pub struct General<'a> = "general-ciphering" tag GENERAL_CIPHERING {
        /// Which exchange this is.
        transaction_id: &'a [u8] = "transaction-id",
        /// Who sends it.
        originator_system_title: &'a [u8] = "originator-system-title",
        /// For whom it is.
        recipient_system_title: &'a [u8] = "recipient-system-title",
        /// When it was made.
        date_time: &'a [u8] = "date-time",
        /// Anything else.
        other_information: &'a [u8] = "other-information",
        /// Under which key.
        key_info: Option<Key<'a>> = "key-info",
        /// What is ciphered.
        ciphered_content: &'a [u8] = "ciphered-content",
    }
}

choice! {
    /// Key-Info.
    pub enum Key<'a> = "Key-Info" {
        /// A key that both have.
        0 => Identified "identified-key" {
            /// Which.
            key_id: u8 = "key-id",
        },
        /// A key that is sent along, wrapped.
        1 => Wrapped "wrapped-key" {
            /// Under which key it is wrapped.
            kek_id: u8 = "kek-id",
            /// It.
            key_ciphered_data: &'a [u8] = "key-ciphered-data",
        },
        /// A key that both work out.
        2 => Agreed "agreed-key" {
            /// How.
            key_parameters: &'a [u8] = "key-parameters",
            /// From what.
            key_ciphered_data: &'a [u8] = "key-ciphered-data",
        },
    }
}

sequence! {
    /// General-Signing.
    pub struct Signed<'a> = "general-signing" tag GENERAL_SIGNING {
        /// Which exchange this is.
        transaction_id: &'a [u8] = "transaction-id",
        /// Who sends it.
        originator_system_title: &'a [u8] = "originator-system-title",
        /// For whom it is.
        recipient_system_title: &'a [u8] = "recipient-system-title",
        /// When it was made.
        date_time: &'a [u8] = "date-time",
        /// Anything else.
        other_information: &'a [u8] = "other-information",
        /// What is signed.
        content: &'a [u8] = "content",
        /// By whom: the signature.
        signature: &'a [u8] = "signature",
    }
}
