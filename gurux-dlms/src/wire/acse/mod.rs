//! ACSE: how two applications agree to talk, and end it.
//!
//! Four messages, in BER:
//!
//! | tag | message | is |
//! |---|---|---|
//! | 60 | [`Aarq`] | the client asks for an association: which services, how it proves who it is |
//! | 61 | [`Aare`] | the server's answer: accepted or not, and why |
//! | 62 | [`Rlrq`] | either asks to end it |
//! | 63 | [`Rlre`] | and the answer |
//!
//! Each is a sequence of fields with a tag and a length, nearly all optional, in the order of the
//! standard. What the application proper has to say, the InitiateRequest and its response, in clear
//! or ciphered, travels in `user_information`.
//!
//! ```
//! use gurux_dlms::wire::{Aarq, ApplicationContext};
//! use gurux_framing::{Wire, WireError};
//!
//! // The shortest there is: logical names, no authentication, an InitiateRequest.
//! let octets = [
//!     0x60, 0x1D,
//!     0xA1, 0x09, 0x06, 0x07, 0x60, 0x85, 0x74, 0x05, 0x08, 0x01, 0x01,
//!     0xBE, 0x10, 0x04, 0x0E,
//!     0x01, 0x00, 0x00, 0x00, 0x06, 0x5F, 0x1F, 0x04, 0x00, 0x00, 0x7E, 0x1F, 0x04, 0xB0,
//! ];
//! let aarq = Aarq::from_bytes(&octets)?;
//! assert_eq!(
//!     aarq.application_context_name.application_context(),
//!     Some(ApplicationContext::LOGICAL_NAME)
//! );
//! assert_eq!(aarq.user_information.map(<[u8]>::len), Some(14));
//!
//! let mut out = [0; 64];
//! let len = aarq.emit_to_slice(&mut out)?;
//! assert_eq!(out[..len], octets);
//! # Ok::<(), WireError>(())
//! ```
//!
//! Lengths are read in any form and written in the shortest.
//!
//! Source: the ASN.1 of IEC 62056-5-3 (ACSE APDUs), as known from public texts, and captures of real
//! meters.

mod aare;
mod aarq;
mod ber;
mod name;
mod party;
mod release;
#[cfg(test)]
mod tests;

pub use aare::{
    Aare, AcseServiceProvider, AcseServiceUser, AssociationResult, ResultSourceDiagnostic,
};
pub use aarq::Aarq;
pub use name::{AcseRequirements, ApplicationContext, Mechanism, ObjectIdentifier};
pub use party::{AuthenticationForm, AuthenticationValue, Party};
pub use release::{ReleaseRequestReason, ReleaseResponseReason, Rlre, Rlrq};
