//! Who is on a Modbus line.
//!
//! Each unit is asked for one register. Whatever it answers proves that it is there, a refusal
//! too: only a gateway's word that it cannot reach the unit proves nothing. A unit that is there
//! is then asked who it is.

use std::time::Duration;

use gurux_device::profile::DeviceProfile;
use gurux_device::{Device, DeviceEvent, DeviceSession, Drivers, LinkSettings, Parameters};
use gurux_media::drive::{Driven, Driver};
use gurux_media::{Instant, LineSettings, Media, MediaError, MediaState};
use gurux_modbus::Error;
use gurux_modbus::session::{
    Client, ClientConfig, ClientEvent, Framing, Identification, Reply, RequestId,
};
use gurux_modbus::sunspec::{Discovery, Event, Model};
use gurux_modbus::wire::{ExceptionCode, ReadDeviceIdCode, Response, UnitId};

use crate::connection::AnyMedia;

/// How to ask.
#[derive(Clone, Debug)]
pub(crate) struct Manner {
    pub(crate) framing: Framing,
    pub(crate) line: Option<LineSettings>,
    pub(crate) timeout: Duration,
    /// How often to ask again who does not answer.
    pub(crate) resends: u8,
    /// Ask a silent unit in more ways than one.
    pub(crate) is_thorough: bool,
    pub(crate) is_verbose: bool,
}

/// A unit that is there.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) unit: UnitId,
    /// What it answered to the first question that it answered at all.
    pub(crate) answer: String,
    pub(crate) identification: Option<Identification>,
    /// What it says to function 11, where it has no identification.
    pub(crate) server_id: Option<Vec<u8>>,
    /// The profile that it fits, and the values of parameters that it told.
    pub(crate) profile: Option<(String, Vec<(String, String)>)>,
}

/// A line being asked.
pub(crate) struct Scan {
    media: AnyMedia,
    manner: Manner,
    driver: Driver,
    client: Client,
}

/// What became of a question.
enum Answer {
    Reply(Box<Reply>),
    Identified(Identification),
    Refused(ExceptionCode),
    Silent,
}

/// A question, put to the client.
type Question = fn(&mut Client, UnitId) -> Result<RequestId, Error>;

/// The questions that any device should answer, be it by a refusal; the first is the cheapest.
static QUESTIONS: [Question; 4] = [
    |client, unit| client.read_holding_registers(unit, 0, 1),
    |client, unit| client.read_input_registers(unit, 0, 1),
    |client, unit| client.identify(unit, ReadDeviceIdCode::BASIC),
    |client, unit| client.report_server_id(unit),
];

impl Scan {
    /// A scan over an open medium.
    pub(crate) fn new(media: AnyMedia, manner: Manner) -> Self {
        let client = Client::new(ClientConfig {
            line: manner.line,
            response_timeout: manner.timeout,
            resends: manner.resends,
            window: 1,
            ..ClientConfig::new(manner.framing)
        });
        Self { media, manner, driver: Driver::new(), client }
    }

    /// Looks whether `unit` is there and who it is.
    pub(crate) fn look(
        &mut self,
        unit: UnitId,
        profiles: &[DeviceProfile],
    ) -> Result<Option<Found>, MediaError> {
        let questions = if self.manner.is_thorough { QUESTIONS.len() } else { 1 };
        for question in QUESTIONS.iter().take(questions) {
            let answer = match self.ask(*question, unit)? {
                Answer::Reply(_) | Answer::Identified(_) => "a reply".to_owned(),
                // A gateway says that nobody is behind it.
                Answer::Refused(
                    ExceptionCode::GATEWAY_PATH_UNAVAILABLE
                    | ExceptionCode::GATEWAY_TARGET_FAILED_TO_RESPOND,
                )
                | Answer::Silent => continue,
                Answer::Refused(code) => code.to_string(),
            };
            return self.identify(unit, answer, profiles).map(Some);
        }
        Ok(None)
    }

    fn identify(
        &mut self,
        unit: UnitId,
        answer: String,
        profiles: &[DeviceProfile],
    ) -> Result<Found, MediaError> {
        let question: Question = |client, unit| client.identify(unit, ReadDeviceIdCode::REGULAR);
        let identification = match self.ask(question, unit)? {
            Answer::Identified(identification) => Some(identification),
            _ => None,
        };
        let mut server_id = None;
        if identification.is_none()
            && let Answer::Reply(reply) =
                self.ask(|client, unit| client.report_server_id(unit), unit)?
            && let Ok(Response::ReportServerId(id)) = reply.response()
        {
            server_id = Some(id.data().to_vec());
        }
        let mut profile = None;
        for candidate in profiles {
            if let Some(parameters) = self.fits(unit, candidate)? {
                profile = Some((candidate.name.clone(), parameters));
                break;
            }
        }
        Ok(Found { unit, answer, identification, server_id, profile })
    }

    /// The models of SunSpec that the unit has; none where it has no chain of them.
    pub(crate) fn models(&mut self, unit: UnitId) -> Result<Vec<Model>, MediaError> {
        let mut discovery = Discovery::new();
        let mut models = Vec::new();
        while let Some((address, count)) = discovery.next_read() {
            let question = |client: &mut Client, unit| {
                client.read_holding_registers(unit, address.number, count)
            };
            let event = match self.ask(question, unit)? {
                Answer::Reply(reply) => match reply.response() {
                    Ok(Response::ReadHoldingRegisters(registers)) => {
                        discovery.handle_registers(registers.iter())
                    }
                    _ => discovery.handle_refusal(),
                },
                Answer::Refused(_) => discovery.handle_refusal(),
                // Who is silent at one place may still answer at another; there are few.
                Answer::Silent | Answer::Identified(_) => discovery.handle_refusal(),
            };
            match event {
                Event::Model(model) => models.push(model),
                Event::End(_) => break,
                _ => {}
            }
        }
        Ok(models)
    }

    /// Puts one question and waits for what becomes of it.
    fn ask(
        &mut self,
        question: impl Fn(&mut Client, UnitId) -> Result<RequestId, Error>,
        unit: UnitId,
    ) -> Result<Answer, MediaError> {
        // Some devices hang up on a question that they do not like.
        if self.media.state() != MediaState::Open {
            self.media.open()?;
        }
        // All questions are in the queue's room, and none is a broadcast.
        let Ok(asked) = question(&mut self.client, unit) else { return Ok(Answer::Silent) };
        loop {
            match self.driver.drive(&mut self.client, &mut *self.media, Instant::FAR_FUTURE)? {
                Driven::Event(ClientEvent::Reply(reply)) if reply.id == asked => {
                    return Ok(Answer::Reply(Box::new(reply)));
                }
                Driven::Event(ClientEvent::Identified { id, identification, .. })
                    if id == asked =>
                {
                    return Ok(Answer::Identified(identification));
                }
                Driven::Event(ClientEvent::Refused { id, code, .. }) if id == asked => {
                    return Ok(Answer::Refused(code));
                }
                Driven::Event(ClientEvent::Failed { id, .. } | ClientEvent::Sent { id, .. })
                    if id == asked =>
                {
                    return Ok(Answer::Silent);
                }
                Driven::Event(ClientEvent::Noise { octets, why }) if self.manner.is_verbose => {
                    eprintln!("unit {}: {octets} octets of no message: {why}", unit.code());
                }
                Driven::Event(_) | Driven::Deadline => {}
                Driven::Closed => return Ok(Answer::Silent),
            }
        }
    }

    /// Is the unit the meter of this profile? If so, what it told of its parameters.
    fn fits(
        &mut self,
        unit: UnitId,
        profile: &DeviceProfile,
    ) -> Result<Option<Vec<(String, String)>>, MediaError> {
        let Some(mut session) = self.session(unit, profile) else { return Ok(None) };
        session.identify();
        let mut driver = Driver::new();
        loop {
            match driver.drive(&mut session, &mut *self.media, Instant::FAR_FUTURE)? {
                Driven::Event(DeviceEvent::Identified { detection, parameters, .. }) => {
                    return Ok(detection.map(|_| parameters));
                }
                Driven::Event(_) | Driven::Deadline => {}
                Driven::Closed => return Ok(None),
            }
        }
    }

    /// A session with the unit as a meter of this profile, if the profile can have that unit.
    fn session(&self, unit: UnitId, profile: &DeviceProfile) -> Option<DeviceSession> {
        let unit = unit.code().to_string();
        let stated = profile.settings.lookup("UnitId").map(|stated| stated.as_str());
        let parameter = stated.and_then(|text| text.strip_prefix('{')?.strip_suffix('}'));
        if parameter.is_none() && stated.is_some_and(|stated| stated != unit) {
            return None;
        }
        let given = parameter.map(|name| (name.to_owned(), unit));
        let parameters = Parameters::new(profile, given).ok()?;
        let device = Device::new("", profile.clone(), parameters, &Drivers::standard()).ok()?;
        let mut link = LinkSettings::new(self.manner.framing.name())
            .with_wait_time(self.manner.timeout)
            .with_resend_count(self.manner.resends);
        if let Some(line) = self.manner.line {
            link = link.with_line(line);
        }
        device.session(&link).ok()
    }
}
