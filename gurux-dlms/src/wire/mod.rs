//! What DLMS/COSEM writes on the wire.

mod acse;
mod axdr;
mod security;

pub use acse::{
    Aare, Aarq, AcseRequirements, AcseServiceProvider, AcseServiceUser, ApplicationContext,
    AssociationResult, AuthenticationForm, AuthenticationValue, Mechanism, ObjectIdentifier, Party,
    ReleaseRequestReason, ReleaseResponseReason, ResultSourceDiagnostic, Rlre, Rlrq,
};
#[cfg(feature = "alloc")]
pub(crate) use axdr::length;
pub use axdr::{
    BitString, CompactArray, CosemDate, CosemDateTime, CosemTime, DataRef, DataType, Elements,
    Event, Events, MAX_DEPTH, Sequence, TypeDescription,
};
pub use security::{
    Ciphered, CipheredTag, GeneralCiphering, GeneralGloDed, GeneralHeader, GeneralSigning, GloDed,
    KekId, KeyId, KeyInfo, SecurityControl, TAG_LEN,
};
