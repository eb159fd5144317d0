//! [`Aare`]: a server answers whether there is an association.

use gurux_framing::{Reader, Sink, Visit, Wire, WireError};

use super::aarq::{
    put_last, read_authentication, read_bits, read_context, read_implementation, read_mechanism,
    read_user_information,
};
use super::ber::{self, Code, Content, Field, Fields, INTEGER};
use super::party::PartyNames;
use super::{AcseRequirements, AuthenticationValue, ObjectIdentifier, Party};

gurux_framing::wire_code! {
    /// Whether there is an association.
    pub struct AssociationResult(u8) {
        /// There is one; with challenges, only for the two passes that are left.
        ACCEPTED = 0 => "accepted",
        /// There is none, and asking again does not help.
        REJECTED_PERMANENT = 1 => "rejected-permanent",
        /// There is none now.
        REJECTED_TRANSIENT = 2 => "rejected-transient",
    }
}

gurux_framing::wire_code! {
    /// What the application says of a request.
    pub struct AcseServiceUser(u8) {
        /// All is well.
        NULL = 0 => "null",
        /// No reason is given.
        NO_REASON_GIVEN = 1 => "no-reason-given",
        /// The application context is not supported.
        APPLICATION_CONTEXT_NAME_NOT_SUPPORTED = 2 => "application-context-name-not-supported",
        /// The client's system title is not known.
        CALLING_AP_TITLE_NOT_RECOGNIZED = 3 => "calling-AP-title-not-recognized",
        /// See the field.
        CALLING_AP_INVOCATION_IDENTIFIER_NOT_RECOGNIZED = 4 => "calling-AP-invocation-identifier-not-recognized",
        /// The client's certificate is not known.
        CALLING_AE_QUALIFIER_NOT_RECOGNIZED = 5 => "calling-AE-qualifier-not-recognized",
        /// The client's user is not known.
        CALLING_AE_INVOCATION_IDENTIFIER_NOT_RECOGNIZED = 6 => "calling-AE-invocation-identifier-not-recognized",
        /// See the field.
        CALLED_AP_TITLE_NOT_RECOGNIZED = 7 => "called-AP-title-not-recognized",
        /// See the field.
        CALLED_AP_INVOCATION_IDENTIFIER_NOT_RECOGNIZED = 8 => "called-AP-invocation-identifier-not-recognized",
        /// See the field.
        CALLED_AE_QUALIFIER_NOT_RECOGNIZED = 9 => "called-AE-qualifier-not-recognized",
        /// See the field.
        CALLED_AE_INVOCATION_IDENTIFIER_NOT_RECOGNIZED = 10 => "called-AE-invocation-identifier-not-recognized",
        /// The mechanism is not supported.
        AUTHENTICATION_MECHANISM_NAME_NOT_RECOGNISED = 11 => "authentication-mechanism-name-not-recognised",
        /// A mechanism must be named.
        AUTHENTICATION_MECHANISM_NAME_REQUIRED = 12 => "authentication-mechanism-name-required",
        /// The password is wrong, for one.
        AUTHENTICATION_FAILURE = 13 => "authentication-failure",
        /// Two passes are left: the challenges are to be answered.
        AUTHENTICATION_REQUIRED = 14 => "authentication-required",
    }
}

gurux_framing::wire_code! {
    /// What ACSE itself says of a request.
    pub struct AcseServiceProvider(u8) {
        /// All is well.
        NULL = 0 => "null",
        /// No reason is given.
        NO_REASON_GIVEN = 1 => "no-reason-given",
        /// The two have no version in common.
        NO_COMMON_ACSE_VERSION = 2 => "no-common-acse-version",
    }
}

/// Why the result is what it is, and who says so.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ResultSourceDiagnostic {
    /// The application.
    User(AcseServiceUser),
    /// ACSE.
    Provider(AcseServiceProvider),
}

/// AARE: a server's answer to an [`Aarq`](super::Aarq).
///
/// | tag | field |
/// |---|---|
/// | 61 | the message |
/// | 80 | protocol-version, version 1 if absent |
/// | A1 | application-context-name |
/// | A2 | result |
/// | A3 | result-source-diagnostic |
/// | A4 to A7 | responding AP-title, AE-qualifier, AP-invocation-id, AE-invocation-id |
/// | 88 | responder-acse-requirements |
/// | 89 | mechanism-name |
/// | AA | responding-authentication-value |
/// | BD | implementation-information |
/// | BE | user-information: an InitiateResponse or a ConfirmedServiceError, in clear or ciphered |
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Aare<'a> {
    /// Bit 0 is version 1, the only one.
    pub protocol_version: Option<AcseRequirements<'a>>,
    /// Which names are used, and whether messages are ciphered.
    pub application_context_name: ObjectIdentifier<'a>,
    /// Whether there is an association.
    pub result: AssociationResult,
    /// And why.
    pub result_source_diagnostic: ResultSourceDiagnostic,
    /// The server: its system title, where messages are ciphered.
    pub responding: Party<'a>,
    /// Whether authentication is asked for.
    pub responder_acse_requirements: Option<AcseRequirements<'a>>,
    /// How it is done.
    pub mechanism_name: Option<ObjectIdentifier<'a>>,
    /// The server's challenge.
    pub responding_authentication_value: Option<AuthenticationValue<'a>>,
    /// Not in use.
    pub implementation_information: Option<&'a [u8]>,
    /// The InitiateResponse, or the ConfirmedServiceError that says why there is no association.
    ///
    /// observed: left out where there is none (Landis+Gyr ZCXi120 and ZMXi320).
    pub user_information: Option<&'a [u8]>,
}

const RESPONDING: u8 = 4;

impl<'a> Aare<'a> {
    /// An answer without authentication.
    #[must_use]
    pub fn new(
        application_context_name: impl Into<ObjectIdentifier<'a>>,
        result: AssociationResult,
        result_source_diagnostic: ResultSourceDiagnostic,
        user_information: Option<&'a [u8]>,
    ) -> Self {
        Self {
            protocol_version: None,
            application_context_name: application_context_name.into(),
            result,
            result_source_diagnostic,
            responding: Party::default(),
            responder_acse_requirements: None,
            mechanism_name: None,
            responding_authentication_value: None,
            implementation_information: None,
            user_information,
        }
    }
}

impl ResultSourceDiagnostic {
    const USER: u8 = ber::constructed(1);
    const PROVIDER: u8 = ber::constructed(2);

    fn read<V: Visit>(reader: &mut Reader<'_, V>) -> Result<Self, WireError> {
        let (user, provider) = ("acse-service-user", "acse-service-provider");
        let explicit = |what, shown: fn(u8) -> gurux_framing::Shown<'static>| {
            move |reader: &mut Reader<'_, V>| {
                ber::required(reader, INTEGER, what, |reader| ber::code(reader, what, shown))
            }
        };
        let shown = |code| AcseServiceUser::new(code).shown();
        if let Some(code) = ber::optional(reader, Self::USER, user, explicit(user, shown))? {
            return Ok(Self::User(AcseServiceUser::new(code)));
        }
        let shown = |code| AcseServiceProvider::new(code).shown();
        ber::required(reader, Self::PROVIDER, provider, explicit(provider, shown))
            .map(|code| Self::Provider(AcseServiceProvider::new(code)))
    }
}

impl Content for ResultSourceDiagnostic {
    fn put(&self, out: &mut impl Sink) {
        match self {
            Self::User(code) => Field(Self::USER, Field(INTEGER, Code(code.code()))).put(out),
            Self::Provider(code) => {
                Field(Self::PROVIDER, Field(INTEGER, Code(code.code()))).put(out)
            }
        }
    }
}

impl Fields for Aare<'_> {
    const TAG: u8 = 0x61;

    fn put_fields(&self, out: &mut impl Sink) {
        self.protocol_version.map(|bits| Field(ber::primitive(0), bits.0)).put(out);
        Field(ber::constructed(1), self.application_context_name.tagged()).put(out);
        Field(ber::constructed(2), Field(INTEGER, Code(self.result.code()))).put(out);
        Field(ber::constructed(3), self.result_source_diagnostic).put(out);
        self.responding.put(RESPONDING, out);
        self.responder_acse_requirements.map(|bits| Field(ber::primitive(8), bits.0)).put(out);
        self.mechanism_name.map(|name| Field(ber::primitive(9), name)).put(out);
        self.responding_authentication_value
            .map(|value| Field(ber::constructed(10), value))
            .put(out);
        put_last(self.implementation_information, self.user_information, out);
    }
}

impl<'a> Wire<'a> for Aare<'a> {
    fn read<V: Visit>(reader: &mut Reader<'a, V>) -> Result<Self, WireError> {
        ber::message(reader, "aare", |reader| {
            Ok(Self {
                protocol_version: read_bits(reader, 0, "protocol-version")?,
                application_context_name: read_context(reader)?,
                result: read_result(reader)?,
                result_source_diagnostic: {
                    let what = "result-source-diagnostic";
                    ber::required(reader, ber::constructed(3), what, ResultSourceDiagnostic::read)?
                },
                responding: Party::read(
                    reader,
                    RESPONDING,
                    &PartyNames {
                        ap_title: "responding-ap-title",
                        ae_qualifier: "responding-ae-qualifier",
                        ap_invocation_id: "responding-ap-invocation-id",
                        ae_invocation_id: "responding-ae-invocation-id",
                    },
                )?,
                responder_acse_requirements: read_bits(reader, 8, "responder-acse-requirements")?,
                mechanism_name: read_mechanism(reader, 9)?,
                responding_authentication_value: read_authentication(
                    reader,
                    10,
                    "responding-authentication-value",
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

fn read_result<V: Visit>(reader: &mut Reader<'_, V>) -> Result<AssociationResult, WireError> {
    let what = "result";
    ber::required(reader, ber::constructed(2), what, |reader| {
        ber::required(reader, INTEGER, what, |reader| {
            ber::code(reader, what, |code| AssociationResult::new(code).shown())
        })
    })
    .map(AssociationResult::new)
}
