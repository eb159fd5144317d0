//! Who is on an M-Bus line, and whose telegrams are in the air.

use std::time::Duration;

use gurux_device::mbus::Listener;
use gurux_device::profile::DeviceProfile;
use gurux_device::{Device, DeviceEvent, Drivers, LinkSettings, Parameters};
use gurux_mbus::session::{
    Ended, FoundMeter, Search, SearchConfig, SearchEvent, SearchState, Target,
};
use gurux_mbus::wire::{MeterAddress, Sealed, Telegram};
use gurux_media::drive::{Driven, Driver};
use gurux_media::{Instant, Media, MediaError};

use crate::connection::AnyMedia;

/// How often the caller is asked whether to go on.
const ATTENTION: Duration = Duration::from_millis(200);

/// What a scan tells.
pub(crate) enum Told {
    /// A meter.
    Found(FoundMeter),
    /// A meter that was heard; `mode` where its telegram is encrypted.
    Heard { meter: MeterAddress, mode: Option<u8> },
    /// Something worth knowing.
    Notice(String),
    /// So many thousandths are done.
    Progress(u16),
    /// All was tried.
    Complete,
    /// Time is up.
    OutOfTime,
    /// All was tried, and the line lost answers.
    Uncertain,
    /// The medium closed.
    Closed,
    /// Nothing yet.
    Nothing,
}

/// A line being searched.
pub(crate) struct WiredScan {
    media: AnyMedia,
    driver: Driver,
    search: Search,
}

impl WiredScan {
    /// A search over an open medium, from where `state` says.
    pub(crate) fn new(media: AnyMedia, config: SearchConfig, state: SearchState) -> Self {
        Self { media, driver: Driver::new(), search: Search::resume(config, state) }
    }

    /// Goes on for a moment.
    pub(crate) fn go_on(&mut self) -> Result<Told, MediaError> {
        let until = self.media.now() + ATTENTION;
        let event = match self.driver.drive(&mut self.search, &mut *self.media, until)? {
            Driven::Event(event) => event,
            Driven::Deadline => return Ok(Told::Nothing),
            Driven::Closed => return Ok(Told::Closed),
        };
        Ok(match event {
            SearchEvent::Found { meter, .. } => Told::Found(meter),
            SearchEvent::Shared { address } => Told::Notice(format!(
                "several meters have the primary address {address}: --secondary tells them apart"
            )),
            SearchEvent::Indistinguishable { selection } => Told::Notice(format!(
                "several meters answer to {selection}, and have nothing apart"
            )),
            SearchEvent::Silent { target, link_address: Some(address) } => Told::Notice(format!(
                "a meter answers at {target}, and says that it has address {address}: a profile with \
                 AnyAddress=\"true\" reads it where it is alone on its line"
            )),
            SearchEvent::Silent { target, link_address: None } => {
                Told::Notice(format!("somebody acknowledged at {target}, and said no more"))
            }
            SearchEvent::Noise { target } => Told::Notice(format!("noise at {target}")),
            SearchEvent::Progress(progress) => Told::Progress(progress.permille),
            SearchEvent::Ended(Ended::Complete) => Told::Complete,
            SearchEvent::Ended(Ended::Uncertain) => Told::Uncertain,
            SearchEvent::Ended(Ended::OutOfTime) => Told::OutOfTime,
        })
    }

    /// How far it has come.
    pub(crate) fn state(&self) -> &SearchState {
        self.search.state()
    }

    /// Is the meter one of these?
    pub(crate) fn profile(
        &mut self,
        meter: &FoundMeter,
        profiles: &[DeviceProfile],
        link: &LinkSettings,
    ) -> Result<Option<String>, MediaError> {
        for profile in profiles.iter().filter(|profile| *profile.protocol == "mbus") {
            if self.fits(meter, profile, link)? {
                return Ok(Some(profile.name.clone()));
            }
        }
        Ok(None)
    }

    fn fits(
        &mut self,
        meter: &FoundMeter,
        profile: &DeviceProfile,
        link: &LinkSettings,
    ) -> Result<bool, MediaError> {
        let (attribute, value) = match (meter.target, meter.address) {
            (Target::Primary(address), _) => ("PrimaryAddress", address.to_string()),
            (Target::Secondary(_), Some(address)) => ("SecondaryAddress", address.to_string()),
            (Target::Secondary(selection), None) => ("SecondaryAddress", selection.to_string()),
        };
        let stated = profile.settings.lookup(attribute).map(|stated| stated.as_str());
        let Some(name) = stated.and_then(|text| text.strip_prefix('{')?.strip_suffix('}')) else {
            return Ok(false);
        };
        let given = [(name.to_owned(), value)];
        let session = Parameters::new(profile, given)
            .and_then(|parameters| {
                Device::new("", profile.clone(), parameters, &Drivers::standard())
            })
            .and_then(|device| device.session(link));
        let Ok(mut session) = session else { return Ok(false) };
        session.identify();
        let mut driver = Driver::new();
        loop {
            match driver.drive(&mut session, &mut *self.media, Instant::FAR_FUTURE)? {
                Driven::Event(DeviceEvent::Identified { detection, .. }) => {
                    return Ok(detection.is_some());
                }
                Driven::Event(_) | Driven::Deadline => {}
                Driven::Closed => return Ok(false),
            }
        }
    }
}

/// A receiver being listened to.
pub(crate) struct WirelessScan {
    media: AnyMedia,
    driver: Driver,
    listener: Listener,
    known: Vec<MeterAddress>,
    until: Instant,
}

impl WirelessScan {
    /// Listens to an open medium for so long.
    pub(crate) fn new(media: AnyMedia, span: Duration) -> Self {
        let until = media.now() + span;
        let listener = Listener::default();
        Self { media, driver: Driver::new(), listener, known: Vec::new(), until }
    }

    /// Goes on for a moment.
    pub(crate) fn go_on(&mut self) -> Result<Told, MediaError> {
        let now = self.media.now();
        if now >= self.until {
            return Ok(Told::Complete);
        }
        let until = (now + ATTENTION).min(self.until);
        match self.driver.drive(&mut self.listener, &mut *self.media, until)? {
            Driven::Event(octets) => Ok(self.hear(&octets)),
            Driven::Deadline => Ok(Told::Nothing),
            Driven::Closed => Ok(Told::Closed),
        }
    }

    fn hear(&mut self, octets: &[u8]) -> Told {
        let telegram = match Telegram::from_wireless(octets) {
            Ok(telegram) => telegram,
            Err(error) => return Told::Notice(format!("a telegram: {error}")),
        };
        match telegram.meter() {
            Some(meter) if !self.known.contains(&meter) => {
                self.known.push(meter);
                let mode = match telegram.sealed {
                    Some(Sealed::Tpl { .. } | Sealed::Unknown) => {
                        telegram.tpl.map(|tpl| tpl.config().mode().0)
                    }
                    // The extended link layer has a mode of its own.
                    Some(Sealed::Ell) => Some(0),
                    Some(Sealed::Fragment) | None => None,
                };
                Told::Heard { meter, mode }
            }
            _ => Told::Nothing,
        }
    }
}
