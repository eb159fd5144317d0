//! [`PushSetup`]: what a meter sends of itself is read, written and triggered.

use alloc::vec::Vec;

use gurux_media::Instant;
use gurux_value::Obis;

use super::{Column, Input, Procedure, Reason, Step};
use crate::security::{CounterStore, Provider};
use crate::session::Client;
use crate::session::link::Store;
use crate::table::class::ClassId;
use crate::value::Data;
use crate::wire::{
    AttributeDescriptor, AttributeWithSelection, CosemDateTime, DataRef, MethodDescriptor,
};

/// What a push setup (class 40) says of its pushes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PushSettings {
    /// What is sent: class, name, attribute and element of each value.
    pub objects: Vec<Column>,
    /// How it is carried, as the class numbers it: 0 is TCP.
    pub transport: u8,
    /// Where to: of IP an address and a port.
    pub destination: Vec<u8>,
    /// What the message is, as the class numbers it: 0 is A-XDR.
    pub message: u8,
    /// When it may be sent, from and to; none is always.
    pub windows: Vec<(CosemDateTime, CosemDateTime)>,
    /// The most seconds that a push waits at random.
    pub random_start: u16,
    /// How often a push that was not confirmed is sent again.
    pub retries: u8,
}

impl PushSettings {
    /// What goes over, attribute by attribute: 2 to 6.
    fn values(&self) -> [Data; 5] {
        let objects = self.objects.iter().map(|object| {
            Data::structure([
                Data::LongUnsigned(object.class_id),
                Data::OctetString(object.logical_name.groups().to_vec()),
                Data::Integer(object.attribute),
                Data::LongUnsigned(object.data_index),
            ])
        });
        let time = |time: &CosemDateTime| Data::OctetString(time.as_octets().to_vec());
        let windows = self.windows.iter().map(|(from, to)| Data::structure([time(from), time(to)]));
        [
            Data::array(objects),
            Data::structure([
                Data::Enum(self.transport),
                Data::OctetString(self.destination.clone()),
                Data::Enum(self.message),
            ]),
            Data::array(windows),
            Data::LongUnsigned(self.random_start),
            Data::Unsigned(self.retries),
        ]
    }

    fn take(&mut self, attribute: usize, value: DataRef<'_>) -> Result<(), Reason> {
        let form = match attribute {
            0 => "a list of objects to push",
            1 => "a destination and a method",
            2 => "a list of windows",
            3 => "seconds, a long-unsigned",
            _ => "a number of retries",
        };
        self.parse(attribute, value).ok_or(Reason::Form(form))
    }

    /// Takes the value of an attribute, by its place behind the second; `None` if it is none of its form.
    pub(in crate::session) fn parse(&mut self, attribute: usize, value: DataRef<'_>) -> Option<()> {
        match (attribute, value) {
            (0, DataRef::Array(objects)) => {
                self.objects = objects.iter().map(Column::from_data).collect::<Option<_>>()?;
            }
            (1, DataRef::Structure(fields)) => {
                let (DataRef::Enum(transport), DataRef::OctetString(to), DataRef::Enum(message)) =
                    (fields.element(0)?, fields.element(1)?, fields.element(2)?)
                else {
                    return None;
                };
                (self.transport, self.destination) = (transport, to.to_vec());
                self.message = message;
            }
            (2, DataRef::Array(windows)) => {
                let time = |value: DataRef<'_>| match value {
                    DataRef::DateTime(time) => Some(time),
                    value => CosemDateTime::from_slice(value.as_octets()?),
                };
                let window = |window: DataRef<'_>| {
                    let fields = window.elements()?;
                    Some((time(fields.element(0)?)?, time(fields.element(1)?)?))
                };
                self.windows = windows.iter().map(window).collect::<Option<_>>()?;
            }
            (3, DataRef::LongUnsigned(seconds)) => self.random_start = seconds,
            (4, DataRef::Unsigned(retries)) => self.retries = retries,
            _ => return None,
        }
        Some(())
    }
}

/// Reads, writes or triggers a push setup (class 40). What was written is read back, and is what it ends with; a
/// meter that took it and has something else is told: [`Reason::NotKept`].
///
/// ```
/// use gurux_dlms::session::procedure::{PushSettings, PushSetup};
///
/// let name = "0-0:25.9.0*255".parse()?;
/// let settings = PushSettings { destination: b"192.0.2.1:4059".to_vec(), retries: 3, ..PushSettings::default() };
/// let (read, write, trigger) = (PushSetup::read(name), PushSetup::write(name, settings), PushSetup::trigger(name));
/// # let _ = (read, write, trigger);
/// # Ok::<(), gurux_value::ParseError>(())
/// ```
#[derive(Clone, Debug)]
pub struct PushSetup {
    logical_name: Obis,
    stage: Stage,
    wanted: Option<PushSettings>,
    found: PushSettings,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    /// Of the five attributes, this one.
    Write(usize),
    Trigger,
    Read,
}

impl PushSetup {
    /// Reads what it says.
    #[must_use]
    pub fn read(logical_name: Obis) -> Self {
        Self { logical_name, stage: Stage::Read, wanted: None, found: PushSettings::default() }
    }

    /// Writes all of it. Where one attribute is refused, those before it are written.
    #[must_use]
    pub fn write(logical_name: Obis, settings: PushSettings) -> Self {
        Self { stage: Stage::Write(0), wanted: Some(settings), ..Self::read(logical_name) }
    }

    /// Has the meter push now, then reads what it pushes.
    #[must_use]
    pub fn trigger(logical_name: Obis) -> Self {
        Self { stage: Stage::Trigger, ..Self::read(logical_name) }
    }

    fn attribute(&self, place: usize) -> AttributeDescriptor {
        AttributeDescriptor {
            class_id: ClassId::PUSH_SETUP.code(),
            instance_id: self.logical_name,
            attribute_id: i8::try_from(place.saturating_add(2)).unwrap_or(i8::MAX),
        }
    }

    fn ask<S: Store, P: Provider, C: CounterStore>(
        &mut self,
        client: &mut Client<S, P, C>,
    ) -> Result<Step<core::convert::Infallible, PushSettings>, Reason> {
        if let Stage::Write(place) = self.stage {
            let values = self.wanted.as_ref().map(PushSettings::values);
            if let Some(value) = values.as_ref().and_then(|values| values.get(place)) {
                return Ok(Step::Ask(client.set(self.attribute(place), value.borrowed())?));
            }
        }
        self.stage = Stage::Read;
        let all: Vec<AttributeWithSelection<'_>> =
            (0..5).map(|place| self.attribute(place).into()).collect();
        Ok(Step::Ask(client.get_list(&all)?))
    }
}

impl<S: Store, P: Provider, C: CounterStore> Procedure<S, P, C> for PushSetup {
    type Told = core::convert::Infallible;
    type Outcome = PushSettings;

    fn doing(&self) -> &'static str {
        match self.stage {
            Stage::Write(0) => "writing the list of objects to push",
            Stage::Write(1) => "writing where to push to",
            Stage::Write(2) => "writing when to push",
            Stage::Write(3) => "writing how long to wait at random",
            Stage::Write(_) => "writing how often to push again",
            Stage::Trigger => "triggering the push",
            Stage::Read => "reading the push setup",
        }
    }

    fn advance(
        &mut self,
        client: &mut Client<S, P, C>,
        input: Input,
        _: Instant,
    ) -> Result<Step<Self::Told, PushSettings>, Reason> {
        match (self.stage, input) {
            (Stage::Trigger, Input::Begin) => {
                let method = MethodDescriptor {
                    class_id: ClassId::PUSH_SETUP.code(),
                    instance_id: self.logical_name,
                    method_id: 1,
                };
                return Ok(Step::Ask(client.act(method, Some(DataRef::Integer(0)))?));
            }
            (Stage::Write(_) | Stage::Read, Input::Begin) | (Stage::Trigger, Input::Done) => {
                return self.ask(client);
            }
            (Stage::Write(place), Input::Done) => {
                self.stage = Stage::Write(place.saturating_add(1));
                return self.ask(client);
            }
            (Stage::Read, Input::Value(place)) => self.found.take(place, client.value()?)?,
            (Stage::Read, Input::Done) => {
                let found = core::mem::take(&mut self.found);
                if self.wanted.as_ref().is_some_and(|wanted| wanted.values() != found.values()) {
                    return Err(Reason::NotKept);
                }
                return Ok(Step::End(found));
            }
            (_, Input::Value(_)) => {
                client.value()?;
            }
            _ => {}
        }
        Ok(Step::Listen)
    }
}
