//! The client session of gurux-dlms as a [`Link`].

use std::collections::{HashMap, VecDeque};

use gurux_dlms::session::link::Why;
use gurux_dlms::session::{
    CallError, CallId, ClientEvent, Failure as ClientFailure, Lost, Refusal as Rejection,
    SignOnFailure,
};
use gurux_dlms::table::class::ClassId;
use gurux_dlms::wire::{
    AcseServiceUser, ActionRequest, ActionResponse, ActionResponseItem, ActionResult, ApduTag,
    AttributeDescriptor, AttributeWithSelection, DataAccessResult, GetRequest,
    ResultSourceDiagnostic, SetRequest, SetResponse,
};
use gurux_framing::Wire;
use gurux_media::bytes::BytesMut;
use gurux_media::{Instant, Session, Transmit};

use super::reply::refused;
use super::settings::Reader;
use super::{DlmsMeter, INVOKE_ID, octets};
use crate::driver::{Failure, Link, LinkEvent, LinkSettings, Outcome, Refusal, Request};

/// A link to `meter`.
pub(super) fn link(
    meter: &DlmsMeter,
    settings: &LinkSettings,
) -> Result<Box<dyn Link>, &'static [&'static str]> {
    let missing = meter.settings.missing().map(str::to_owned);
    let (counter, missing) = match meter.settings.counter(&settings.counters) {
        Ok(counter) => (counter, missing),
        Err(why) => (None, missing.or(Some(why))),
    };
    Ok(Box::new(ClientLink {
        client: meter.settings.reader(settings, &meter.communication, counter)?,
        missing,
        call: None,
        fixed: HashMap::new(),
        is_associated: false,
        refused: None,
        told: VecDeque::new(),
        now: Instant::ZERO,
    }))
}

/// RLRQ without a word: what stands for "end it" between a session and its link.
const RELEASE: &[u8] = &[0x62, 0x00];

struct ClientLink {
    client: Reader,
    /// What has to be given before anything can be sent.
    missing: Option<String>,
    call: Option<Call>,
    /// Scalers and units of registers: they do not change while a link stands.
    fixed: HashMap<AttributeDescriptor, Vec<u8>>,
    is_associated: bool,
    /// The meter refused the association: it is not asked again, since some lock themselves after a few
    /// attempts.
    refused: Option<Outcome>,
    told: VecDeque<LinkEvent>,
    now: Instant,
}

/// A request under way.
struct Call {
    id: u64,
    call: CallId,
    what: What,
}

enum What {
    /// Attributes in the order of the request, with what is known of each; those that are asked for, by
    /// their place among these.
    Get {
        results: Vec<(AttributeDescriptor, Option<Answer>)>,
        asked: Vec<usize>,
    },
    Set(DataAccessResult),
    Act(ActionResult),
    Release,
}

/// The octets of a value, or why there is none.
type Answer = Result<Vec<u8>, DataAccessResult>;

impl ClientLink {
    fn begin(&mut self, id: u64, request: &Request) -> Result<(), Outcome> {
        if request.octets == RELEASE {
            let call = self.client.release().map_err(not_called)?;
            self.call = Some(Call { id, call, what: What::Release });
            return Ok(());
        }
        if let Some(missing) = &self.missing {
            return Err(other(missing));
        }
        if let Some(refused) = &self.refused {
            return Err(refused.clone());
        }
        let tag = request.octets.first().copied().unwrap_or_default();
        let wrong = |_| other("the request is none of DLMS");
        let (call, what) = match ApduTag::new(tag) {
            ApduTag::GET_REQUEST => {
                return self.begin_get(id, GetRequest::from_bytes(&request.octets).map_err(wrong)?);
            }
            ApduTag::SET_REQUEST => {
                let SetRequest::Normal { cosem_attribute_descriptor, value, .. } =
                    SetRequest::from_bytes(&request.octets).map_err(wrong)?
                else {
                    return Err(other("only one attribute is written at a time"));
                };
                let call = self.client.set(cosem_attribute_descriptor, value);
                (call, What::Set(DataAccessResult::OTHER_REASON))
            }
            _ => {
                let ActionRequest::Normal {
                    cosem_method_descriptor,
                    method_invocation_parameters,
                    ..
                } = ActionRequest::from_bytes(&request.octets).map_err(wrong)?
                else {
                    return Err(other("only one method is called at a time"));
                };
                let call = self.client.act(cosem_method_descriptor, method_invocation_parameters);
                (call, What::Act(ActionResult::OTHER_REASON))
            }
        };
        let call = call.map_err(not_called)?;
        self.call = Some(Call { id, call, what });
        Ok(())
    }

    fn begin_get(&mut self, id: u64, request: GetRequest<'_>) -> Result<(), Outcome> {
        if let GetRequest::Normal {
            cosem_attribute_descriptor,
            access_selection: Some(selection),
            ..
        } = request
        {
            let call = self.client.get_with(cosem_attribute_descriptor, selection);
            let what =
                What::Get { results: vec![(cosem_attribute_descriptor, None)], asked: vec![0] };
            self.call = Some(Call { id, call: call.map_err(not_called)?, what });
            return Ok(());
        }
        let attributes: Vec<AttributeDescriptor> = match request {
            GetRequest::Normal { cosem_attribute_descriptor, .. } => {
                vec![cosem_attribute_descriptor]
            }
            GetRequest::WithList { attribute_descriptor_list, .. } => {
                let all = attribute_descriptor_list.iter();
                all.map(|item| item.cosem_attribute_descriptor).collect()
            }
            GetRequest::Next { .. } => return Err(other("an answer in blocks is joined here")),
        };
        let known = |attribute| Some(Ok(self.fixed.get(&attribute)?.clone()));
        let results: Vec<_> =
            attributes.into_iter().map(|attribute| (attribute, known(attribute))).collect();
        let fresh = results.iter().enumerate().filter(|(_, (_, answer))| answer.is_none());
        let asked: Vec<usize> = fresh.map(|(place, _)| place).collect();
        let wanted = asked.iter().filter_map(|place| results.get(*place));
        let list: Vec<AttributeWithSelection<'_>> =
            wanted.map(|(attribute, _)| (*attribute).into()).collect();
        let call = match &list[..] {
            [] => return Err(reply_of(&results)),
            [one] => self.client.get(one.cosem_attribute_descriptor),
            several => self.client.get_list(several),
        };
        let call = call.map_err(not_called)?;
        self.call = Some(Call { id, call, what: What::Get { results, asked } });
        Ok(())
    }

    /// An item of the order under way has its answer.
    fn take(&mut self, of: CallId, index: usize) {
        let Some(call) = self.call.as_mut().filter(|call| call.call == of) else { return };
        match &mut call.what {
            What::Get { results, asked } => {
                let answer = self.client.value_octets().map(<[u8]>::to_vec);
                let place = asked.get(index).and_then(|place| results.get_mut(*place));
                let Some((attribute, slot)) = place else { return };
                if let Ok(octets) = &answer
                    && is_fixed(*attribute)
                {
                    self.fixed.insert(*attribute, octets.clone());
                }
                *slot = Some(answer);
            }
            What::Set(result) => {
                *result = self.client.value().err().unwrap_or(DataAccessResult::SUCCESS);
            }
            What::Act(result) => {
                let code = self.client.value().err().unwrap_or(DataAccessResult::SUCCESS);
                *result = ActionResult::new(code.code());
            }
            What::Release => {}
        }
    }

    fn done(&mut self, of: CallId, failure: Option<ClientFailure>) {
        let Some(call) = self.call.take_if(|call| call.call == of) else { return };
        let outcome = match (failure, call.what) {
            (_, What::Release) => Outcome::Reply(Vec::new()),
            (Some(failure), _) => {
                let outcome = failed(failure);
                let is_answer = !matches!(
                    outcome,
                    Outcome::Failed(Failure::Silent | Failure::Closed) | Outcome::Reply(_)
                );
                if !self.is_associated && is_answer {
                    self.refused = Some(outcome.clone());
                }
                outcome
            }
            (None, What::Get { results, .. }) => reply_of(&results),
            (None, What::Set(DataAccessResult::SUCCESS)) => {
                let result = DataAccessResult::SUCCESS;
                Outcome::Reply(octets(&SetResponse::Normal {
                    invoke_id_and_priority: INVOKE_ID,
                    result,
                }))
            }
            (None, What::Set(code)) => Outcome::Refused(refused(code)),
            (None, What::Act(ActionResult::SUCCESS)) => {
                let response =
                    ActionResponseItem { result: ActionResult::SUCCESS, return_parameters: None };
                Outcome::Reply(octets(&ActionResponse::Normal {
                    invoke_id_and_priority: INVOKE_ID,
                    single_response: response,
                }))
            }
            (None, What::Act(code)) => {
                let name = code.to_string();
                Outcome::Refused(Refusal { code: code.code().into(), name })
            }
        };
        self.told.push_back(LinkEvent::Done { id: call.id, outcome, at: self.now });
    }

    fn handle(&mut self, event: ClientEvent) {
        let notice = match event {
            ClientEvent::Value { call, index } => return self.take(call, index),
            ClientEvent::Done { call } => return self.done(call, None),
            ClientEvent::Failed { call, failure } => return self.done(call, Some(failure)),
            ClientEvent::Associated(agreed) => {
                self.is_associated = true;
                let pdu =
                    agreed.max_send.map_or("any length".to_owned(), |max| format!("{max} octets"));
                format!("associated; messages of up to {pdu}")
            }
            ClientEvent::Disconnected(lost) => {
                self.is_associated = false;
                match lost {
                    Lost::Requested | Lost::Closed => return,
                    lost => lost_text(lost),
                }
            }
            ClientEvent::SignedOn(identification) => {
                format!("the meter signs on as {identification}")
            }
            ClientEvent::CounterRaised { to } => {
                format!("the meter expects the invocation counter {to}, which is used from now on")
            }
            ClientEvent::Notification { tag } => format!("the meter sends a {tag} by itself"),
            ClientEvent::Dropped { octets } => {
                format!("{octets} octets of no message were skipped")
            }
            _ => return,
        };
        self.told.push_back(LinkEvent::Notice(notice));
    }
}

/// Does the value of this attribute stay what it is?
fn is_fixed(attribute: AttributeDescriptor) -> bool {
    matches!(
        (ClassId::new(attribute.class_id), attribute.attribute_id),
        (ClassId::REGISTER | ClassId::EXTENDED_REGISTER, 3) | (ClassId::DEMAND_REGISTER, 4)
    )
}

/// The answers as one GET-response.
fn reply_of(results: &[(AttributeDescriptor, Option<Answer>)]) -> Outcome {
    let (kind, count) = match results {
        [_] => (1, None),
        results => (3, u8::try_from(results.len()).ok()),
    };
    let mut reply = vec![ApduTag::GET_RESPONSE.code(), kind, INVOKE_ID.0];
    // A request has no more attributes than one octet counts.
    reply.extend(count);
    for (_, answer) in results {
        match answer.as_ref().unwrap_or(&Err(DataAccessResult::OTHER_REASON)) {
            Ok(value) => {
                reply.push(0);
                reply.extend_from_slice(value);
            }
            Err(code) => reply.extend([1, code.code()]),
        }
    }
    Outcome::Reply(reply)
}

fn other(why: impl Into<String>) -> Outcome {
    Outcome::Failed(Failure::Other(why.into()))
}

fn not_called(error: CallError) -> Outcome {
    other(error.to_string())
}

/// What a failure of the client means to whoever ordered.
fn failed(failure: ClientFailure) -> Outcome {
    let refusal = |code: u32, name: String| Outcome::Refused(Refusal { code, name });
    match failure {
        ClientFailure::TimedOut => Outcome::Failed(Failure::Silent),
        ClientFailure::Lost(Lost::Closed | Lost::SignOn(SignOnFailure::Closed)) => {
            Outcome::Failed(Failure::Closed)
        }
        ClientFailure::Lost(Lost::Link(Why::NoAnswer) | Lost::SignOn(SignOnFailure::NoAnswer)) => {
            Outcome::Failed(Failure::Silent)
        }
        ClientFailure::Lost(Lost::Link(Why::Refused)) => {
            refusal(0x1F, "it does not accept the link of this client (DM)".to_owned())
        }
        ClientFailure::Lost(lost) => other(lost_text(lost)),
        ClientFailure::Refused(rejection) => {
            let code = match rejection.diagnostic {
                ResultSourceDiagnostic::User(code) => code.code(),
                ResultSourceDiagnostic::Provider(code) => code.code(),
            };
            refusal(code.into(), rejected(&rejection))
        }
        ClientFailure::WrongSecret(code) => refusal(code.code().into(), wrong_secret(&code)),
        ClientFailure::WrongSecretByName(code) => refusal(code.code().into(), wrong_secret(&code)),
        ClientFailure::Exception(exception) => {
            let code = exception.service_error;
            let name = format!("{}, {code}", exception.state_error);
            refusal(code.code().into(), name)
        }
        ClientFailure::ServiceError(error) => refusal(error.code.into(), failure.to_string()),
        ClientFailure::Aborted(code) => refusal(code.code().into(), failure.to_string()),
        ClientFailure::NoCounter(code) => refusal(code.code().into(), failure.to_string()),
        ClientFailure::NoShortName => {
            refusal(DataAccessResult::OBJECT_UNDEFINED.code().into(), failure.to_string())
        }
        ClientFailure::Guard(error) => {
            other(format!("{error}: is it the key, and the security, of this meter?"))
        }
        failure => other(failure.to_string()),
    }
}

/// Why there is no association, and what would be right.
fn rejected(rejection: &Rejection) -> String {
    let hint = match rejection.diagnostic {
        ResultSourceDiagnostic::User(AcseServiceUser::AUTHENTICATION_FAILURE) => {
            ": the password or the key is wrong"
        }
        ResultSourceDiagnostic::User(
            AcseServiceUser::AUTHENTICATION_REQUIRED
            | AcseServiceUser::AUTHENTICATION_MECHANISM_NAME_REQUIRED
            | AcseServiceUser::AUTHENTICATION_MECHANISM_NAME_NOT_RECOGNISED,
        ) => ": this client needs another Authentication",
        ResultSourceDiagnostic::User(AcseServiceUser::APPLICATION_CONTEXT_NAME_NOT_SUPPORTED) => {
            ": another Referencing or Security is needed"
        }
        _ => "",
    };
    format!("{rejection}{hint}")
}

fn wrong_secret(code: &dyn std::fmt::Display) -> String {
    format!("it does not accept the proof of the secret, which is wrong: {code}")
}

fn lost_text(lost: Lost) -> String {
    match lost {
        Lost::Requested => "the link was ended".to_owned(),
        Lost::Closed | Lost::SignOn(SignOnFailure::Closed) => "the medium closed".to_owned(),
        Lost::SignOn(SignOnFailure::NoAnswer) => "nobody answers the sign-on".to_owned(),
        Lost::SignOn(SignOnFailure::NotConfirmed(who)) => {
            format!("the meter {who} does not confirm the sign-on")
        }
        Lost::SignOn(SignOnFailure::NotModeE(who)) => {
            format!("the meter {who} does not say that it can do mode E")
        }
        Lost::Link(why) => match why {
            Why::NoAnswer => "the meter does not answer on the link any more".to_owned(),
            Why::Refused => "the meter does not accept the link (DM)".to_owned(),
            Why::NotConnected => "the meter says that it is not connected (DM)".to_owned(),
            Why::Rejected(_) => "the meter rejects a frame (FRMR)".to_owned(),
            Why::Stuck => "the meter is not ready to receive (RNR)".to_owned(),
            Why::Reset => "the link was set up anew by the other side".to_owned(),
            Why::Inactive => "nothing came for too long".to_owned(),
            Why::Requested | Why::Closed => "the link was ended".to_owned(),
        },
    }
}

impl Link for ClientLink {
    fn window(&self) -> usize {
        1
    }

    fn submit(&mut self, now: Instant, id: u64, request: &Request) {
        self.now = now;
        if let Err(outcome) = self.begin(id, request) {
            self.told.push_back(LinkEvent::Done { id, outcome, at: now });
        }
    }

    fn release(&self) -> Option<Request> {
        let octets = RELEASE.to_vec();
        self.is_associated.then_some(Request { octets, ..Request::default() })
    }
}

impl Session for ClientLink {
    type Event = LinkEvent;

    fn handle_open(&mut self, now: Instant) {
        self.now = now;
        self.refused = None;
        self.client.handle_open(now);
    }

    fn handle_input(&mut self, now: Instant, octets: &[u8]) {
        self.now = now;
        self.client.handle_input(now, octets);
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.now = now;
        self.client.handle_timeout(now);
    }

    fn handle_close(&mut self, now: Instant) {
        self.now = now;
        self.client.handle_close(now);
        while let Some(event) = self.client.poll_event() {
            self.handle(event);
        }
        self.is_associated = false;
        if let Some(call) = self.call.take() {
            let outcome = Outcome::Failed(Failure::Closed);
            self.told.push_back(LinkEvent::Done { id: call.id, outcome, at: now });
        }
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut BytesMut) -> Option<Transmit> {
        self.now = now;
        self.client.poll_transmit(now, out)
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.client.poll_timeout()
    }

    fn poll_event(&mut self) -> Option<LinkEvent> {
        loop {
            if let Some(event) = self.told.pop_front() {
                return Some(event);
            }
            let event = self.client.poll_event()?;
            self.handle(event);
        }
    }
}
