//! [`Device`]: one meter, ready to be read, written and listened to.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use gurux_media::Instant;
use gurux_value::{Measurement, Value};

use crate::assemble::Assembler;
use crate::driver::{Dialect, Drivers, LinkSettings, MeterSide, Outcome, Raw};
use crate::error::{Error, listed};
use crate::item::{self, Item};
use crate::parameters::Parameters;
use crate::pipeline::{self, Power};
use crate::profile::{DeviceProfile, Fault, Faults, Severity, ValueTable};
use crate::reading::{Reading, Source};
use crate::session::DeviceSession;

/// One meter: a name, a profile, parameters, and the profile compiled for them by its driver.
///
/// Properties are known by their place in [`items`](Self::items).
pub struct Device {
    name: String,
    profile: Arc<DeviceProfile>,
    parameters: Parameters,
    items: Vec<Item>,
    by_name: HashMap<String, usize>,
    /// For each item, the one whose value scales it.
    scaled_by: Vec<Option<usize>>,
    scales: HashSet<usize>,
    dialect: Box<dyn Dialect>,
}

impl Device {
    /// Compiles `profile` for the meter called `name`.
    ///
    /// # Errors
    /// [`Error::Protocol`] without a driver, and [`Error::Profile`] where the profile with these
    /// parameters has addresses, types or settings that its protocol does not know.
    pub fn new(
        name: impl Into<String>,
        profile: impl Into<Arc<DeviceProfile>>,
        parameters: Parameters,
        drivers: &Drivers,
    ) -> Result<Self, Error> {
        let profile = profile.into();
        let driver = drivers.lookup(&profile.protocol)?;
        let items = item::items(&profile, &parameters)?;
        let dialect = driver.compile(&profile, &items, &parameters)?;
        let by_name: HashMap<String, usize> = items
            .iter()
            .enumerate()
            .map(|(place, item)| (item.property.name.value.clone(), place))
            .collect();
        let scaled_by: Vec<Option<usize>> = items
            .iter()
            .map(|item| by_name.get(&item.property.scale_by.as_ref()?.value).copied())
            .collect();
        let scales = scaled_by.iter().flatten().copied().collect();
        let name = name.into();
        Ok(Self { name, profile, parameters, items, by_name, scaled_by, scales, dialect })
    }

    /// Its name, the first part of the name of each of its series.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is.
    #[must_use]
    pub fn profile(&self) -> &Arc<DeviceProfile> {
        &self.profile
    }

    /// What was decided for it.
    #[must_use]
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// Its properties, in the order of the profile.
    #[must_use]
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// The place of the property called `name`.
    ///
    /// # Errors
    /// [`Error::UnknownProperty`].
    pub fn lookup(&self, name: &str) -> Result<usize, Error> {
        let place = self.by_name.get(name).copied();
        place.ok_or_else(|| Error::UnknownProperty(name.to_owned()))
    }

    /// The places of all properties that can be read.
    #[must_use]
    pub fn readable(&self) -> Vec<usize> {
        self.places(|item| item.property.access_mode.is_readable())
    }

    /// The places of the properties in the view called `name`.
    ///
    /// # Errors
    /// [`Error::UnknownView`].
    pub fn view(&self, name: &str) -> Result<Vec<usize>, Error> {
        let Some(view) = self.profile.lookup_view(name) else {
            let known = listed(self.profile.views.iter().map(|view| view.name.as_str()));
            return Err(Error::UnknownView { name: name.to_owned(), known });
        };
        Ok(self.places(|item| view.shows(item)))
    }

    /// The places of the properties of the group called `name`.
    #[must_use]
    pub fn group(&self, name: &str) -> Vec<usize> {
        self.places(|item| item.property.group.as_deref() == Some(name))
    }

    fn places(&self, wanted: impl Fn(&Item) -> bool) -> Vec<usize> {
        (0..).zip(&self.items).filter(|(_, item)| wanted(item)).map(|(place, _)| place).collect()
    }

    /// The value that a person means by `text`, for the property at this place: the name of a
    /// value, names of flags, a number in the property's unit, true or false, characters, hex.
    ///
    /// # Errors
    /// [`Error::Value`] with what is expected.
    pub fn parse_value(&self, item: usize, text: &str) -> Result<Value<'static>, Error> {
        let shape = self.dialect.shape(item);
        let found = self.item(item);
        pipeline::parse(found, self.table(found), shape, text).map_err(|reason| Error::Value {
            property: found.property.name.value.clone(),
            value: text.to_owned(),
            reason,
        })
    }

    /// The raw value that stands for the property's `DefaultValue`; `None` where it has none.
    ///
    /// # Errors
    /// [`Error::Value`] for a default that the property cannot have.
    pub(crate) fn default_raw(&self, item: usize) -> Result<Option<Value<'static>>, Error> {
        let Some(text) = &self.item(item).property.default_value else { return Ok(None) };
        let power = match self.scale_item(item) {
            None => Power::None,
            Some(scale) => {
                let text = self.item(scale).property.default_value.as_ref();
                let value = text.map(|text| self.parse_value(scale, text)).transpose()?;
                Power::of(value.as_ref())
            }
        };
        let raw = self.raw(item, power, &self.parse_value(item, text)?)?;
        Ok(Some(raw))
    }

    /// What is wrong with the default values and the marks of absence, each at its place.
    pub(crate) fn check_defaults(&self) -> Result<(), Error> {
        let mut meter = self.meter();
        let mut faults = Vec::new();
        for (place, item) in self.items.iter().enumerate() {
            if let Err(reason) = meter.set(place, None) {
                let name = &item.property.name;
                let marks: Vec<String> =
                    item.property.null.iter().map(ToString::to_string).collect();
                let expected = format!("marks that the type can hold: {reason}");
                faults.push(Fault::value(name.place, "Null", marks.join(" "), expected));
            }
            let Some(text) = &item.property.default_value else { continue };
            let raw = self.default_raw(place).map_err(|error| match error {
                Error::Value { reason, .. } => reason,
                other => other.to_string(),
            });
            let set = raw.and_then(|raw| meter.set(place, raw.as_ref()));
            if let Err(reason) = set {
                let expected = format!("another value: {reason}");
                faults.push(Fault::value(text.place, "DefaultValue", text.as_str(), expected));
            }
        }
        Ok(Faults::check((), faults)?)
    }

    /// The readings in one captured pair of frames, and the refusal if it was one. Properties that
    /// are scaled by another need that other in the same pair;
    /// [`test`](DeviceProfile::run_tests) joins several.
    ///
    /// # Errors
    /// [`Error::Frame`] where the octets are no request to this meter and its reply.
    pub fn listen(&self, sent: &[u8], received: &[u8], at: Instant) -> Result<Vec<Reading>, Error> {
        let mut assembler = Assembler::default();
        let mut readings = self.listen_with(&mut assembler, sent, received, at)?;
        readings.extend(assembler.finish(self));
        Ok(readings)
    }

    pub(crate) fn listen_with(
        &self,
        assembler: &mut Assembler,
        sent: &[u8],
        received: &[u8],
        at: Instant,
    ) -> Result<Vec<Reading>, Error> {
        let (request, outcome) = self.dialect.open(sent, received).map_err(Error::Frame)?;
        match outcome {
            Outcome::Reply(reply) => {
                let raws = self.dialect.decode(&request, &reply).map_err(Error::Frame)?;
                Ok(assembler.take(self, raws, Source::Captured, at))
            }
            Outcome::Refused(refusal) => Err(Error::Frame(format!("the meter refused: {refusal}"))),
            Outcome::Failed(failure) => Err(Error::Frame(failure.to_string())),
        }
    }

    /// A session that reads and writes this meter.
    ///
    /// # Errors
    /// [`Error::Transport`] for a transport that the protocol does not have.
    pub fn session(self, settings: &LinkSettings) -> Result<DeviceSession, Error> {
        let link = self.dialect.link(settings).map_err(|known| unknown(settings, known))?;
        Ok(DeviceSession::new(self, link))
    }

    /// The meter's own side, without values yet.
    pub(crate) fn meter(&self) -> Box<dyn MeterSide> {
        self.dialect.meter()
    }

    pub(crate) fn dialect(&self) -> &dyn Dialect {
        &*self.dialect
    }

    pub(crate) fn dialect_mut(&mut self) -> &mut dyn Dialect {
        &mut *self.dialect
    }

    /// The item at this place; a place that is none has an item without a name.
    pub(crate) fn item(&self, item: usize) -> &Item {
        static NONE: std::sync::LazyLock<Item> = std::sync::LazyLock::new(Item::default);
        self.items.get(item).unwrap_or(&NONE)
    }

    fn table(&self, item: &Item) -> Option<&ValueTable> {
        self.profile.lookup_type(item.property.values.as_ref()?)
    }

    /// The item whose value scales this one.
    pub(crate) fn scale_item(&self, item: usize) -> Option<usize> {
        self.scaled_by.get(item).copied().flatten()
    }

    /// Does the value of this item scale another?
    pub(crate) fn is_scale(&self, item: usize) -> bool {
        self.scales.contains(&item)
    }

    pub(crate) fn is_static(&self, item: usize) -> bool {
        self.item(item).property.is_static
    }

    pub(crate) fn measure(
        &self,
        item: usize,
        power: Power,
        raw: &Raw,
    ) -> (Measurement<'static>, Option<Severity>) {
        let found = self.item(item);
        pipeline::measure(found, self.table(found), power, raw)
    }

    pub(crate) fn reading(
        &self,
        item: usize,
        power: Power,
        raw: Raw,
        source: Source,
        at: Instant,
    ) -> Reading {
        let (measurement, severity) = self.measure(item, power, &raw);
        Reading {
            device: self.name.clone(),
            property: self.item(item).property.name.value.clone(),
            measurement,
            severity,
            source,
            received_at: at,
            octets: raw.octets,
        }
    }

    /// The raw value that stands for `value`.
    pub(crate) fn raw(
        &self,
        item: usize,
        power: Power,
        value: &Value<'static>,
    ) -> Result<Value<'static>, Error> {
        let found = self.item(item);
        pipeline::raw(found, self.table(found), power, value).map_err(|reason| Error::Value {
            property: found.property.name.value.clone(),
            value: value.to_string(),
            reason,
        })
    }
}

fn unknown(settings: &LinkSettings, known: &[&str]) -> Error {
    let known = listed(known.iter().copied());
    Error::Transport { transport: settings.transport.clone(), known }
}

impl std::fmt::Debug for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Device")
            .field("name", &self.name)
            .field("profile", &self.profile.name)
            .field("parameters", &self.parameters)
            .field("items", &self.items.len())
            .finish_non_exhaustive()
    }
}
