//! AARQ and RLRQ: an association begins, and ends.

use alloc::vec::Vec;

use gurux_framing::Wire;

use super::account::{Account, MeterConfig};
use super::challenge::Challenge;
use super::model::Model;
use super::view::Stage;
use crate::security::{CounterStore, Key, Keyring, Policy, Provider, SystemTitle, check_password};
use crate::session::link::{Owned, Store};
use crate::session::{Agreed, Authentication, Form, Guard, GuardError, Referencing};
use crate::wire::{
    Aare, Aarq, AcseRequirements, AcseServiceUser, ApduTag, ApplicationContext, AssociationResult,
    AuthenticationValue, ConfirmedService, ConfirmedServiceError, Conformance, DLMS_VERSION,
    ExceptionResponse, InitiateRequest, InitiateResponse, KeyId, Mechanism, Party,
    ResultSourceDiagnostic, ServiceErrorKind, StateError,
};

/// What an AARQ led to.
pub(super) struct Begun<P: Provider> {
    pub(super) account: usize,
    pub(super) agreed: Agreed,
    pub(super) guard: Guard<P>,
    pub(super) challenge: Challenge,
    pub(super) stage: Stage,
    pub(super) answer: Vec<u8>,
}

/// Why there is no association.
pub(super) enum Denied {
    Acse(AcseServiceUser),
    /// What is wrong with the initiate: 1 the version, 2 the services, 3 the length of messages.
    Initiate(u8),
    /// The AARQ itself was sent before.
    Replayed(u32),
}

impl From<AcseServiceUser> for Denied {
    fn from(diagnostic: AcseServiceUser) -> Self {
        Self::Acse(diagnostic)
    }
}

/// The keys that a model has.
pub(super) fn keyring<P: Provider>(provider: &P, model: &impl Model) -> Option<Keyring<P::Cipher>> {
    let cipher = |id| model.key(id).and_then(|key| provider.cipher(key).ok());
    let mut keys = Keyring::new(cipher(KeyId::GLOBAL_UNICAST_ENCRYPTION)?);
    keys.broadcast = cipher(KeyId::GLOBAL_BROADCAST_ENCRYPTION);
    keys.authentication = model.key(KeyId::AUTHENTICATION).cloned();
    Some(keys)
}

/// Which account an AARQ is for.
fn choose(accounts: &[Account], client: u16, aarq: &Aarq<'_>) -> Result<usize, AcseServiceUser> {
    let context = aarq.application_context_name.application_context();
    let of_client = || {
        let all = accounts.iter().enumerate();
        all.filter(move |(_, account)| account.client.is_none_or(|known| known == client))
    };
    let has_context = |account: &Account| {
        let is_weak = !is_protecting(account);
        context == Some(account.referencing.context(true))
            || (is_weak && context == Some(account.referencing.context(false)))
    };
    if of_client().next().is_none() {
        return Err(AcseServiceUser::NO_REASON_GIVEN);
    }
    if !of_client().any(|(_, account)| has_context(account)) {
        return Err(AcseServiceUser::APPLICATION_CONTEXT_NAME_NOT_SUPPORTED);
    }
    let is_authenticating =
        aarq.sender_acse_requirements.is_some_and(AcseRequirements::has_authentication);
    let mechanism = match aarq.mechanism_name {
        None if is_authenticating => {
            return Err(AcseServiceUser::AUTHENTICATION_MECHANISM_NAME_REQUIRED);
        }
        None => Some(Mechanism::LOWEST),
        Some(name) => name.mechanism(),
    };
    let found = of_client().find(|(_, account)| {
        has_context(account) && Some(account.authentication.mechanism()) == mechanism
    });
    found.map(|(place, _)| place).ok_or(if mechanism == Some(Mechanism::LOWEST) {
        AcseServiceUser::AUTHENTICATION_REQUIRED
    } else {
        AcseServiceUser::AUTHENTICATION_MECHANISM_NAME_NOT_RECOGNISED
    })
}

fn is_protecting(account: &Account) -> bool {
    account.required.is_authenticated() || account.required.is_encrypted()
}

/// An AARQ, and what the meter has for it.
pub(super) struct Asked<'a, P> {
    pub(super) config: &'a MeterConfig,
    pub(super) accounts: &'a [Account],
    pub(super) provider: &'a P,
    pub(super) client: u16,
    pub(super) message: &'a [u8],
    /// The octets of the meter's challenge.
    pub(super) challenge: &'a [u8],
}

/// Takes an AARQ. `floor` is what a client's counter must be at least.
pub(super) fn begin<P: Provider + Clone>(
    asked: &Asked<'_, P>,
    model: &impl Model,
    floor: impl Fn(SystemTitle) -> u32,
    counter: &mut impl FnMut() -> Option<u32>,
) -> Result<Begun<P>, Denied> {
    let Asked { config, accounts, provider, client, message, challenge } = *asked;
    let Ok(aarq) = Aarq::from_bytes(message) else {
        return Err(AcseServiceUser::NO_REASON_GIVEN.into());
    };
    let place = choose(accounts, client, &aarq)?;
    let Some(account) = accounts.get(place) else {
        return Err(AcseServiceUser::NO_REASON_GIVEN.into());
    };
    let context = aarq.application_context_name.application_context();
    let is_ciphered = context.is_some_and(ApplicationContext::is_ciphered);
    let title = aarq.calling.ap_title.and_then(SystemTitle::new);
    let is_titled = is_ciphered || account.authentication.needs_titles();
    if is_titled && title.is_none() {
        return Err(AcseServiceUser::CALLING_AP_TITLE_NOT_RECOGNIZED.into());
    }
    let given = aarq.calling_authentication_value.map_or(&[][..], |value| value.octets);
    match &account.authentication {
        Authentication::Lowest => {}
        Authentication::Low(password) => check_password(password.octets(), given)
            .map_err(|_| AcseServiceUser::AUTHENTICATION_FAILURE)?,
        _ if (8..=64).contains(&given.len()) => {}
        _ => return Err(AcseServiceUser::AUTHENTICATION_FAILURE.into()),
    }
    let mut guard = match keyring(provider, model) {
        Some(keys) => Guard::new(provider.clone(), keys, config.title),
        None if is_ciphered || matches!(account.authentication, Authentication::Gmac) => {
            return Err(AcseServiceUser::NO_REASON_GIVEN.into());
        }
        None => Guard::open(provider.clone()),
    };
    // Who need not authenticate may encrypt alone, without a tag.
    if !account.required.is_authenticated() {
        guard = guard.with_policy(Policy::DecryptUnverified);
    }
    if let Some(title) = title {
        guard.set_peer(title);
        guard.set_heard(floor(title));
    }
    let initiate = opened(&mut guard, account, is_ciphered, aarq.user_information)?;
    let request = InitiateRequest::from_bytes(&initiate)
        .map_err(|_| Denied::Acse(AcseServiceUser::NO_REASON_GIVEN))?;
    if request.proposed_dlms_version_number < DLMS_VERSION {
        return Err(Denied::Initiate(1));
    }
    let conformance = request.proposed_conformance.conformance & account.conformance;
    if conformance == Conformance::NONE {
        return Err(Denied::Initiate(2));
    }
    let max_send = Agreed::limit(request.client_max_receive_pdu_size);
    if max_send.is_some_and(|max| max < MIN_PDU) {
        return Err(Denied::Initiate(3));
    }
    if let Some(key) = request.dedicated_key.filter(|_| is_ciphered) {
        let key = Key::from_octets(key).ok().and_then(|key| provider.cipher(&key).ok());
        let key = key.ok_or(AcseServiceUser::NO_REASON_GIVEN)?;
        guard.set_dedicated(Some(key));
    }
    let vaa_name = if account.referencing == Referencing::LogicalNames { 7 } else { 0xFA00 };
    let own = Agreed::limit(config.max_pdu);
    let agreed = Agreed {
        referencing: account.referencing,
        conformance,
        // A meter that takes no longer ones makes none either.
        max_send: match (max_send, own) {
            (Some(theirs), Some(own)) => Some(theirs.min(own)),
            (theirs, own) => theirs.or(own),
        },
        max_receive: own,
        vaa_name,
        peer: title,
    };
    let response = InitiateResponse {
        negotiated_quality_of_service: None,
        negotiated_dlms_version_number: DLMS_VERSION,
        negotiated_conformance: conformance.into(),
        server_max_receive_pdu_size: config.max_pdu,
        vaa_name,
    };
    let mut information = Owned::new(256);
    let mut text = Vec::with_capacity(response.wire_len());
    response.emit(&mut text);
    if guard.is_protecting() {
        guard.raise_global_counter(counter().ok_or(AcseServiceUser::NO_REASON_GIVEN)?);
        guard
            .protect_initiate(&text, &mut information)
            .map_err(|_| AcseServiceUser::NO_REASON_GIVEN)?;
    } else {
        information.append(&text);
    }
    let has_challenge = account.authentication.mechanism().has_challenges();
    let diagnostic = if has_challenge {
        AcseServiceUser::AUTHENTICATION_REQUIRED
    } else {
        AcseServiceUser::NULL
    };
    let mut aare = Aare::new(
        aarq.application_context_name,
        AssociationResult::ACCEPTED,
        ResultSourceDiagnostic::User(diagnostic),
        Some(information.octets()),
    );
    if is_titled {
        aare.responding = Party::titled(&config.title.0);
    }
    if has_challenge {
        aare.responder_acse_requirements = Some(AcseRequirements::AUTHENTICATION);
        aare.mechanism_name = Some(account.authentication.mechanism().into());
        aare.responding_authentication_value = Some(AuthenticationValue::new(challenge));
    }
    let mut answer = Vec::with_capacity(aare.wire_len());
    aare.emit(&mut answer);
    let challenge =
        Challenge { client_to_server: given.to_vec(), server_to_client: challenge.to_vec() };
    let stage = if has_challenge { Stage::Challenged } else { Stage::Associated };
    Ok(Begun { account: place, agreed, guard, challenge, stage, answer })
}

/// The shortest message that a client may ask for: below, no answer has room.
const MIN_PDU: u16 = 32;

/// The initiate, opened. It says how the association is protected from here on.
fn opened<P: Provider, C>(
    guard: &mut Guard<P, C>,
    account: &Account,
    is_ciphered: bool,
    information: Option<&[u8]>,
) -> Result<Vec<u8>, Denied> {
    let mut octets = information.ok_or(AcseServiceUser::NO_REASON_GIVEN)?.to_vec();
    let opened = guard.unprotect(&mut octets).map_err(|error| match error {
        GuardError::Replayed(_) => Denied::Replayed(guard.expected_counter()),
        _ => AcseServiceUser::AUTHENTICATION_FAILURE.into(),
    })?;
    let control = opened.control;
    let required = account.required;
    let is_enough = control.map_or(!is_protecting(account), |control| {
        (!required.is_authenticated() || control.is_authenticated())
            && (!required.is_encrypted() || control.is_encrypted())
    });
    if !is_enough || (control.is_some() && !is_ciphered) {
        return Err(AcseServiceUser::AUTHENTICATION_FAILURE.into());
    }
    if let Some(control) = control {
        guard.set_control(control);
    }
    let is_general = information.and_then(|octets| octets.first()).copied()
        == Some(ApduTag::GENERAL_GLO_CIPHERING.code());
    guard.set_form(if is_general { Form::General } else { Form::Service });
    Ok(octets.get(opened.range()).unwrap_or_default().to_vec())
}

/// The answer that says why there is no association.
pub(super) fn refusal(message: &[u8], denied: &Denied) -> Vec<u8> {
    let mut out = Vec::new();
    let (diagnostic, error) = match denied {
        Denied::Replayed(expected) => {
            let state = StateError::SERVICE_NOT_ALLOWED;
            ExceptionResponse::invocation_counter(state, *expected).emit(&mut out);
            return out;
        }
        Denied::Acse(diagnostic) => (*diagnostic, None),
        Denied::Initiate(code) => (AcseServiceUser::NO_REASON_GIVEN, Some(*code)),
    };
    let mut information = Vec::new();
    if let Some(code) = error {
        let (service, kind) = (ConfirmedService::INITIATE, ServiceErrorKind::INITIATE);
        ConfirmedServiceError { service, kind, code }.emit(&mut information);
    }
    let context = Aarq::from_bytes(message)
        .map_or(ApplicationContext::LOGICAL_NAME.into(), |aarq| aarq.application_context_name);
    let aare = Aare::new(
        context,
        AssociationResult::REJECTED_PERMANENT,
        ResultSourceDiagnostic::User(diagnostic),
        error.map(|_| information.as_slice()),
    );
    aare.emit(&mut out);
    out
}

/// The answer to a message that could not be opened.
pub(super) fn unopened<P: Provider, C: CounterStore>(
    error: &GuardError,
    guard: &Guard<P, C>,
) -> ExceptionResponse {
    use crate::wire::ServiceErrorCode;
    let state = StateError::SERVICE_NOT_ALLOWED;
    match error {
        GuardError::Replayed(_) => {
            ExceptionResponse::invocation_counter(state, guard.expected_counter())
        }
        GuardError::Clear(_) | GuardError::Weak { .. } => {
            ExceptionResponse::new(state, ServiceErrorCode::OPERATION_NOT_POSSIBLE)
        }
        _ => ExceptionResponse::new(state, ServiceErrorCode::DECIPHERING_ERROR),
    }
}
