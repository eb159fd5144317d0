//! [`Aarq`]: a client asks for an association.

use gurux_framing::{Reader, Sink, Visit, Wire, WireError};

use super::ber::{self, Content, Field, Fields, OCTET_STRING};
use super::party::PartyNames;
use super::{AcseRequirements, AuthenticationValue, Mechanism, ObjectIdentifier, Party};
use crate::wire::{
    ApduTag, ConfirmedServiceError, GeneralCiphering, GeneralGloDed, GloDed, InitiateRequest,
    InitiateResponse,
};

/// AARQ: a client asks a server for an association.
///
/// | tag | field |
/// |---|---|
/// | 60 | the message |
/// | 80 | protocol-version, version 1 if absent |
/// | A1 | application-context-name |
/// | A2 to A5 | called AP-title, AE-qualifier, AP-invocation-id, AE-invocation-id |
/// | A6 to A9 | the same of the calling side |
/// | 8A | sender-acse-requirements |
/// | 8B | mechanism-name |
/// | AC | calling-authentication-value |
/// | BD | implementation-information |
/// | BE | user-information: an InitiateRequest, in clear or ciphered |
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Aarq<'a> {
    /// Bit 0 is version 1, the only one. observed: written out as 80 02 07 80 by older clients with
    /// short names.
    pub protocol_version: Option<AcseRequirements<'a>>,
    /// Which names are used, and whether messages are ciphered.
    pub application_context_name: ObjectIdentifier<'a>,
    /// The server; mostly left empty.
    pub called: Party<'a>,
    /// The client: its system title, where messages are ciphered.
    pub calling: Party<'a>,
    /// Whether authentication is asked for.
    pub sender_acse_requirements: Option<AcseRequirements<'a>>,
    /// How it is done.
    pub mechanism_name: Option<ObjectIdentifier<'a>>,
    /// The password, or the client's challenge.
    pub calling_authentication_value: Option<AuthenticationValue<'a>>,
    /// Not in use.
    pub implementation_information: Option<&'a [u8]>,
    /// The InitiateRequest: an APDU in clear, service-specific or generally ciphered.
    pub user_information: Option<&'a [u8]>,
}

const CALLED: u8 = 2;
const CALLING: u8 = 6;

impl<'a> Aarq<'a> {
    /// An AARQ without authentication.
    #[must_use]
    pub fn new(
        application_context_name: impl Into<ObjectIdentifier<'a>>,
        user_information: &'a [u8],
    ) -> Self {
        Self {
            protocol_version: None,
            application_context_name: application_context_name.into(),
            called: Party::default(),
            calling: Party::default(),
            sender_acse_requirements: None,
            mechanism_name: None,
            calling_authentication_value: None,
            implementation_information: None,
            user_information: Some(user_information),
        }
    }

    /// The same with a mechanism and what belongs to it, a password or a challenge.
    #[must_use]
    pub fn with_authentication(self, mechanism: Mechanism, value: &'a [u8]) -> Self {
        Self {
            sender_acse_requirements: Some(AcseRequirements::AUTHENTICATION),
            mechanism_name: Some(mechanism.into()),
            calling_authentication_value: Some(AuthenticationValue::new(value)),
            ..self
        }
    }
}

impl Fields for Aarq<'_> {
    const TAG: u8 = 0x60;

    fn put_fields(&self, out: &mut impl Sink) {
        self.protocol_version.map(|bits| Field(ber::primitive(0), bits.0)).put(out);
        Field(ber::constructed(1), self.application_context_name.tagged()).put(out);
        self.called.put(CALLED, out);
        self.calling.put(CALLING, out);
        self.sender_acse_requirements.map(|bits| Field(ber::primitive(10), bits.0)).put(out);
        self.mechanism_name.map(|name| Field(ber::primitive(11), name)).put(out);
        self.calling_authentication_value.map(|value| Field(ber::constructed(12), value)).put(out);
        put_last(self.implementation_information, self.user_information, out);
    }
}

impl<'a> Wire<'a> for Aarq<'a> {
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        ber::message(reader, "aarq", |reader| {
            Ok(Self {
                protocol_version: read_bits(reader, 0, "protocol-version")?,
                application_context_name: read_context(reader)?,
                called: Party::read(
                    reader,
                    CALLED,
                    &PartyNames {
                        ap_title: "called-ap-title",
                        ae_qualifier: "called-ae-qualifier",
                        ap_invocation_id: "called-ap-invocation-id",
                        ae_invocation_id: "called-ae-invocation-id",
                    },
                )?,
                calling: Party::read(
                    reader,
                    CALLING,
                    &PartyNames {
                        ap_title: "calling-ap-title",
                        ae_qualifier: "calling-ae-qualifier",
                        ap_invocation_id: "calling-ap-invocation-id",
                        ae_invocation_id: "calling-ae-invocation-id",
                    },
                )?,
                sender_acse_requirements: read_bits(reader, 10, "sender-acse-requirements")?,
                mechanism_name: read_mechanism(reader, 11)?,
                calling_authentication_value: read_authentication(
                    reader,
                    12,
                    "calling-authentication-value",
                )?,
                implementation_information: read_implementation(reader)?,
                user_information: read_user_information(reader)?,
            })
        })
    }

    fn emit(&self, out: &mut impl Sink) {
        self.message().put(out);
    }

    fn wire_len(&self) -> usize {
        ber::len_of(&self.message())
    }
}

// The fields that AARQ and AARE share, though under different numbers.

pub(super) fn read_bits<'a, V: Visit>(
    reader: &mut Reader<'a, V>,
    number: u8,
    what: &'static str,
) -> Result<Option<AcseRequirements<'a>>, WireError> {
    ber::optional(reader, ber::primitive(number), what, |reader| {
        ber::octets(reader, what).map(AcseRequirements)
    })
}

pub(super) fn read_context<'a, V: Visit>(
    reader: &mut Reader<'a, V>,
) -> Result<ObjectIdentifier<'a>, WireError> {
    let what = "application-context-name";
    ber::required(reader, ber::constructed(1), what, |reader| {
        ObjectIdentifier::read_explicit(reader, what)
    })
}

pub(super) fn read_mechanism<'a, V: Visit>(
    reader: &mut Reader<'a, V>,
    number: u8,
) -> Result<Option<ObjectIdentifier<'a>>, WireError> {
    let what = "mechanism-name";
    ber::optional(reader, ber::primitive(number), what, |reader| {
        ObjectIdentifier::read(reader, what)
    })
}

pub(super) fn read_authentication<'a, V: Visit>(
    reader: &mut Reader<'a, V>,
    number: u8,
    what: &'static str,
) -> Result<Option<AuthenticationValue<'a>>, WireError> {
    ber::optional(reader, ber::constructed(number), what, |reader| {
        AuthenticationValue::read(reader, what)
    })
}

pub(super) fn read_implementation<'a, V: Visit>(
    reader: &mut Reader<'a, V>,
) -> Result<Option<&'a [u8]>, WireError> {
    let what = "implementation-information";
    ber::optional(reader, ber::constructed(29), what, |reader| ber::octets(reader, what))
}

pub(super) fn read_user_information<'a, V: Visit>(
    reader: &mut Reader<'a, V>,
) -> Result<Option<&'a [u8]>, WireError> {
    let what = "user-information";
    ber::optional(reader, ber::constructed(30), what, |reader| {
        ber::required(reader, OCTET_STRING, what, |reader| {
            if V::ACTIVE && is_told(reader.rest()) {
                let octets = reader.rest();
                reader.group(what, tell)?;
                return Ok(octets);
            }
            ber::octets(reader, what)
        })
    })
}

/// Implementation information and user information, with which each message ends.
/// Can the message in a user-information be told field by field?
fn is_told(octets: &[u8]) -> bool {
    let mut reader = Reader::new(octets);
    tell(&mut reader).is_ok() && reader.is_empty()
}

/// Passes over the message in a user-information, and tells of it.
fn tell<V: Visit>(reader: &mut Reader<'_, V>) -> Result<(), WireError> {
    let tag = reader.rest().first().copied().unwrap_or_default();
    match ApduTag::new(tag) {
        ApduTag::INITIATE_REQUEST => InitiateRequest::read(reader).map(drop),
        ApduTag::INITIATE_RESPONSE => InitiateResponse::read(reader).map(drop),
        ApduTag::CONFIRMED_SERVICE_ERROR => ConfirmedServiceError::read(reader).map(drop),
        ApduTag::GENERAL_GLO_CIPHERING | ApduTag::GENERAL_DED_CIPHERING => {
            GeneralGloDed::read(reader).map(drop)
        }
        ApduTag::GENERAL_CIPHERING => GeneralCiphering::read(reader).map(drop),
        _ => GloDed::read(reader).map(drop),
    }
}

pub(super) fn put_last(
    implementation_information: Option<&[u8]>,
    user_information: Option<&[u8]>,
    out: &mut impl Sink,
) {
    implementation_information.map(|octets| Field(ber::constructed(29), octets)).put(out);
    user_information
        .map(|octets| Field(ber::constructed(30), Field(OCTET_STRING, octets)))
        .put(out);
}
