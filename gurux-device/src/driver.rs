//! What a protocol must do for the device layer, and the registry of those that do.
//!
//! A driver joins profiles to one protocol. [`Driver`] is asked once for each meter and answers
//! with a [`Dialect`]: the profile with its parameters, compiled. The dialect turns properties
//! into requests and replies into raw values; it knows no time and keeps no connection. Those are
//! in the [`Link`] that it makes: the protocol's own client session behind one small trait. All
//! else (scaling, names of values, limits, order of requests, partial failure, reading back) is
//! written once, above: [`Device`](crate::Device) and [`DeviceSession`](crate::DeviceSession).
//!
//! Protocols are registered at run time in [`Drivers`], so that a crate of its own can bring one.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use gurux_media::{Instant, LineSettings, Session};
use gurux_value::{DateTime, Decimal, Function, Quality, Unit, Value};

use crate::counters::{CounterKeeper, Counters};
use crate::device::Device;
use crate::error::{Error, listed};
use crate::item::Item;
use crate::parameters::Parameters;
use crate::profile::{DeviceProfile, Faults, Match, ProtocolRule};

/// One protocol.
pub trait Driver: Send + Sync {
    /// The protocol's name and the element of its settings in a profile.
    fn rule(&self) -> ProtocolRule;

    /// Compiles a profile for one meter: settings, and the address, type and order of each item.
    ///
    /// # Errors
    /// All that is wrong, each at its place in the profile.
    fn compile(
        &self,
        profile: &DeviceProfile,
        items: &[Item],
        parameters: &Parameters,
    ) -> Result<Box<dyn Dialect>, Faults>;
}

/// One meter, in the terms of its protocol. Items are known by their place in the list that was
/// compiled.
pub trait Dialect: Send {
    /// The fewest requests that read these items. What can be asked together is, within the limits
    /// of the profile and what [`refused`](Self::refused) has taught.
    fn plan(&self, items: &[usize]) -> Vec<Request>;

    /// The raw value of each item that the reply to this request holds.
    ///
    /// # Errors
    /// Why the reply cannot be one to this request, as a clause.
    fn decode(&self, request: &Request, reply: &[u8]) -> Result<Vec<(usize, Raw)>, String>;

    /// The items of the request that the reply refuses, where a reply can refuse some of them:
    /// [`refused`](Self::refused) is asked about each, with a request of that item alone.
    fn refusals(&self, request: &Request, reply: &[u8]) -> Vec<(usize, Refusal)> {
        let _ = (request, reply);
        Vec::new()
    }

    /// The request that writes a raw value to an item.
    ///
    /// # Errors
    /// Why the value has no form in the item's type, as a clause.
    fn encode(&self, item: usize, value: &Value<'_>) -> Result<Request, String>;

    /// What the raw value of an item is.
    fn shape(&self, item: usize) -> Shape;

    /// The meter refused a request, or is always silent to it (`None`): what to do about it, and
    /// in all later plans.
    fn refused(&mut self, request: &Request, refusal: Option<&Refusal>) -> Advice;

    /// Begins to look at the meter for one mark of a profile that is no property, or `None` where
    /// the protocol has no such mark.
    fn identify(&self, mark: &Match) -> Option<Box<dyn Identify>>;

    /// A link to this meter.
    ///
    /// # Errors
    /// The names of the transports that there are, if the one asked for is none.
    fn link(&self, settings: &LinkSettings) -> Result<Box<dyn Link>, &'static [&'static str]>;

    /// Opens one captured pair of frames: the request that was sent, with the items it asks for,
    /// and the reply. What a meter says unasked has an empty request.
    ///
    /// # Errors
    /// Why these octets are no request to this meter and its reply, as a clause.
    fn open(&self, sent: &[u8], received: &[u8]) -> Result<(Request, Outcome), String>;

    /// The other side: a meter of this kind, without values yet.
    fn meter(&self) -> Box<dyn MeterSide>;
}

/// How messages travel between here and the meter, and what one installation decides otherwise
/// than the profile.
///
/// ```
/// use std::time::Duration;
/// use gurux_device::LinkSettings;
///
/// let line = "9600 8E1".parse()?;
/// let settings = LinkSettings::new("rtu").with_line(line).with_wait_time(Duration::from_secs(2));
/// assert_eq!(settings.window, 1);
/// # Ok::<(), gurux_media::LineSettingsError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
#[non_exhaustive]
pub struct LinkSettings {
    /// How the protocol's messages are framed (Modbus: `rtu`, `ascii`, `tcp`, `rtu-over-tcp`,
    /// `ascii-over-tcp`, `udp`; DLMS: `wrapper`, `udp`, `hdlc`, `mode-e`, or nothing for what the
    /// profile says).
    pub transport: String,
    /// The serial line, where there is one: its speed tells how long octets and silences are.
    pub line: Option<LineSettings>,
    /// How long to wait for a reply, in place of the profile's `WaitTime`.
    pub wait_time: Option<Duration>,
    /// How often to send again, in place of the profile's `ResendCount`.
    pub resend_count: Option<u8>,
    /// How many requests may be under way at a time, where the transport can tell their replies
    /// apart. Many meters, and most gateways, take but one.
    pub window: u8,
    /// What is sent comes back first: a converter without echo suppression.
    pub local_echo: bool,
    /// What challenges and keys of a conversation are drawn from, where the protocol has such.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub seed: Seed,
    /// Where invocation counters outlive the program, where the protocol has such. Without a keeper they
    /// begin where the profile says each time.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub counters: Counters,
}

/// What nobody can guess: 32 octets of a random source, others for each link. It does not print.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Seed([u8; 32]);

impl Seed {
    /// A seed of these octets.
    #[must_use]
    pub const fn new(octets: [u8; 32]) -> Self {
        Self(octets)
    }

    /// The octets.
    #[cfg(feature = "dlms")]
    pub(crate) const fn octets(&self) -> [u8; 32] {
        self.0
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed")
    }
}

impl LinkSettings {
    /// This transport, and all else as the profile says.
    #[must_use]
    pub fn new(transport: impl Into<String>) -> Self {
        Self { transport: transport.into(), window: 1, ..Self::default() }
    }

    /// With so many requests under way at a time, at least 1.
    #[must_use]
    pub fn with_window(self, window: u8) -> Self {
        Self { window: window.max(1), ..self }
    }

    /// On this serial line.
    #[must_use]
    pub fn with_line(self, line: LineSettings) -> Self {
        Self { line: Some(line), ..self }
    }

    /// Waiting this long for a reply.
    #[must_use]
    pub fn with_wait_time(self, wait_time: Duration) -> Self {
        Self { wait_time: Some(wait_time), ..self }
    }

    /// Sending again this often.
    #[must_use]
    pub fn with_resend_count(self, resend_count: u8) -> Self {
        Self { resend_count: Some(resend_count), ..self }
    }

    /// With this to draw challenges and keys from.
    #[must_use]
    pub fn with_seed(self, seed: Seed) -> Self {
        Self { seed, ..self }
    }

    /// With this to keep invocation counters.
    #[must_use]
    pub fn with_counters(self, keeper: Arc<dyn CounterKeeper>) -> Self {
        Self { counters: Counters::kept_by(keeper), ..self }
    }

    /// With a local echo.
    #[must_use]
    pub fn with_local_echo(self) -> Self {
        Self { local_echo: true, ..self }
    }
}

/// One request, as the protocol's own message without its frame.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Request {
    /// The items that the reply serves.
    pub items: Vec<usize>,
    /// The message (Modbus: the PDU).
    pub octets: Vec<u8>,
    /// It must not be sent a second time where nobody knows what became of the first: a command.
    pub is_command: bool,
}

/// What a meter sent for one item, before scaling.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Raw {
    /// The value; `None` where the meter marked it as absent or it is none. A number whose unit
    /// the message states is in the property's unit, where that has one.
    pub value: Option<Value<'static>>,
    /// How far it can be trusted.
    pub quality: Quality,
    /// The octets of the reply that hold it.
    pub octets: Vec<u8>,
    /// What the message itself says of the value.
    pub told: Told,
}

/// What a message says of a value that it holds, in a protocol whose values describe themselves.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Told {
    /// The unit of the value.
    pub unit: Option<Unit>,
    /// The time that it belongs to.
    pub time: Option<DateTime>,
    /// How it came to be.
    pub function: Function,
    /// Its storage number: 0 is the present value.
    pub storage: u64,
    /// Its tariff: 0 is the total.
    pub tariff: u32,
    /// The part of the meter that measured: 0 is the meter itself.
    pub subunit: u32,
}

/// What the raw value of an item is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Shape {
    /// A whole number from the first to the second.
    Integer(i128, i128),
    /// A whole multiple of a step, in the property's unit: the step, the least and the greatest
    /// multiple.
    Steps(Decimal, i128, i128),
    /// A floating-point number.
    Float,
    /// Yes or no.
    Bool,
    /// Characters, at most so many octets of them.
    Text(usize),
    /// So many octets.
    Octets(usize),
    /// A date, a time or both.
    DateTime,
}

/// A meter's "no", as the protocol says it.
#[derive(Clone, PartialEq, Eq, Hash, Debug, thiserror::Error)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[error("{name} ({code})")]
pub struct Refusal {
    /// The protocol's code (Modbus: the exception code).
    pub code: u32,
    /// The code's name in the standard.
    pub name: String,
}

/// Why there is no reply.
#[derive(Clone, PartialEq, Eq, Hash, Debug, thiserror::Error)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Failure {
    /// The meter did not answer, however often it was asked.
    #[error("the meter does not answer")]
    Silent,
    /// The connection ended.
    #[error("the connection was closed")]
    Closed,
    /// Something else, as a clause.
    #[error("{0}")]
    Other(String),
}

/// What became of a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// The meter answered with this message.
    Reply(Vec<u8>),
    /// The meter refused.
    Refused(Refusal),
    /// There is no answer.
    Failed(Failure),
}

/// What to do about a request that was refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Advice {
    /// Ask these smaller ones instead.
    Split(Vec<Request>),
    /// What was asked for does not exist: do not ask again.
    Dead,
    /// The refusal does not speak of what was asked for (busy, no such function): ask again
    /// another time.
    Later,
}

/// What a [`Link`] tells.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum LinkEvent {
    /// What became of a request.
    Done {
        /// The number that [`Link::submit`] was given.
        id: u64,
        /// What became of it.
        outcome: Outcome,
        /// When it was known.
        at: Instant,
    },
    /// Something worth knowing that ends nothing: noise, a late reply, a resend.
    Notice(String),
}

/// A protocol's client session, cut down to request and reply.
pub trait Link: Session<Event = LinkEvent> + Send {
    /// How many requests may be under way at a time: 1 on a line.
    fn window(&self) -> usize;

    /// Takes a request into the queue. Each ends in one [`LinkEvent::Done`] with its `id`.
    fn submit(&mut self, now: Instant, id: u64, request: &Request);

    /// The request that ends the conversation in order, where the protocol has such an end and the
    /// conversation has begun.
    fn release(&self) -> Option<Request> {
        None
    }
}

/// A look at a meter that may take several requests.
pub trait Identify: Send {
    /// What to ask next; `None` once [`found`](Self::found) is final.
    fn next(&mut self) -> Option<Request>;

    /// What became of the request that was asked.
    fn handle(&mut self, outcome: &Outcome);

    /// What the meter said; `None` where it has no such thing.
    fn found(&self) -> Option<String>;
}

/// A meter, as its protocol sees it: raw values by item, and sessions that serve them.
pub trait MeterSide: Send {
    /// Gives an item this raw value; `None` puts the profile's mark of absence in its place, where
    /// it has one.
    ///
    /// # Errors
    /// Why the value has no form in the item's type, as a clause.
    fn set(&mut self, item: usize, value: Option<&Value<'_>>) -> Result<(), String>;

    /// The raw value that the item has now, whoever gave it.
    fn raw(&self, item: usize) -> Option<Value<'static>>;

    /// A session with one client. All sessions of a meter serve the same values. `is_alone` says
    /// that no other meter answers to the same client.
    ///
    /// # Errors
    /// The names of the transports that there are, if the one asked for is none.
    fn serve(
        &self,
        settings: &LinkSettings,
        is_alone: bool,
    ) -> Result<Box<dyn MeterSession>, &'static [&'static str]>;
}

/// A meter's conversation with one client.
pub trait MeterSession: Session<Event = MeterEvent> + Send {
    /// Does what it sends lie over what others on the line send at the same moment, so that a bit
    /// is zero where any of them sends a zero? Else they come one after another.
    fn lies_over_others(&self) -> bool {
        false
    }
}

/// What the meter's side of a protocol tells.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum MeterEvent {
    /// A client was served: what it asked for.
    Served(String),
    /// A client was refused: what it asked for, and why not.
    Refused(String),
    /// Something else worth knowing: noise, a lost request.
    Notice(String),
}

/// The registry of drivers, by protocol.
///
/// ```
/// use gurux_device::Drivers;
///
/// let drivers = Drivers::standard();
/// assert!(drivers.lookup("modbus").is_ok());
/// assert_eq!(
///     drivers.lookup("profibus").err().unwrap().to_string(),
///     "there is no driver for the protocol profibus; there is one for dlms, mbus, modbus"
/// );
/// ```
#[derive(Clone, Default)]
pub struct Drivers(Vec<Arc<dyn Driver>>);

impl Drivers {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Those of this crate, by its features.
    #[must_use]
    pub fn standard() -> Self {
        #[cfg_attr(
            not(any(feature = "dlms", feature = "mbus", feature = "modbus")),
            expect(unused_mut, reason = "no driver is built in")
        )]
        let mut drivers = Self::new();
        #[cfg(feature = "dlms")]
        drivers.register(crate::dlms::Dlms);
        #[cfg(feature = "mbus")]
        drivers.register(crate::mbus::MBus);
        #[cfg(feature = "modbus")]
        drivers.register(crate::modbus::Modbus);
        drivers
    }

    /// Adds a driver; it takes the place of one for the same protocol.
    pub fn register(&mut self, driver: impl Driver + 'static) {
        let protocol = driver.rule().protocol;
        self.0.retain(|known| known.rule().protocol != protocol);
        self.0.push(Arc::new(driver));
    }

    /// The driver for this protocol.
    ///
    /// # Errors
    /// [`Error::Protocol`].
    pub fn lookup(&self, protocol: &str) -> Result<&dyn Driver, Error> {
        let found = self.0.iter().find(|driver| driver.rule().protocol == protocol);
        found.map(AsRef::as_ref).ok_or_else(|| Error::Protocol {
            protocol: protocol.to_owned(),
            known: listed(self.rules().iter().map(|rule| rule.protocol)),
        })
    }

    /// The elements of all protocols, for the reader of profiles.
    #[must_use]
    pub fn rules(&self) -> Vec<ProtocolRule> {
        self.0.iter().map(|driver| driver.rule()).collect()
    }

    /// Reads a profile and lets its protocol's driver judge what only that can: settings,
    /// addresses, types, byte orders, detection, default values.
    ///
    /// Parameters without a default are given a value of their type for this.
    ///
    /// # Errors
    /// [`Error::Profile`] with all faults, [`Error::Protocol`].
    pub fn read(&self, text: &str) -> Result<DeviceProfile, Error> {
        let profile = DeviceProfile::from_xml(text, &self.rules())?;
        self.check(&profile)?;
        Ok(profile)
    }

    /// Lets the protocol's driver judge a profile.
    ///
    /// # Errors
    /// [`Error::Profile`] with all faults, [`Error::Protocol`].
    pub fn check(&self, profile: &DeviceProfile) -> Result<(), Error> {
        let parameters = Parameters::sample(profile);
        Device::new("", profile.clone(), parameters, self)?.check_defaults()
    }
}

impl fmt::Debug for Drivers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.rules().iter().map(|rule| rule.protocol)).finish()
    }
}
