//! One meter to talk to: its profile, the medium, and the session between them.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use gurux_device::{Device, DeviceEvent, DeviceSession, Drivers, Error, Parameters};
use gurux_media::drive::{Driven, Driver};
use gurux_media::{Instant, Media, MediaSettings};

use crate::cli::Common;
use crate::connection::{self, AnyMedia, MediaArgs, PatienceArgs};
use crate::exit::{Exit, Failure};
use crate::profiles;

/// Which meter.
#[derive(Args, Clone, Debug)]
pub(crate) struct ProfileArgs {
    /// The profile of the meter
    #[arg(long, value_name = "FILE")]
    pub(crate) profile: PathBuf,
    /// What this meter decides for itself, its address for one; may be given more than once
    #[arg(long, value_name = "NAME=VALUE", value_parser = assignment)]
    pub(crate) set: Vec<(String, String)>,
    /// What to call the meter; the name of the profile's file, if not said
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
}

/// `NAME=VALUE` as its two sides.
pub(crate) fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write NAME=VALUE".to_owned()),
    }
}

impl ProfileArgs {
    /// The meter, compiled from its profile.
    pub(crate) fn device(&self) -> Result<Device, Failure> {
        let drivers = Drivers::standard();
        let profile = profiles::load(&drivers, &self.profile)?;
        let parameters = Parameters::new(&profile, self.set.iter().cloned()).map_err(|error| {
            let hint = match &error {
                Error::MissingParameter(name) => format!(": --set {name}=VALUE"),
                _ => String::new(),
            };
            Failure::usage(format!("{error}{hint}"))
        })?;
        let file = self.profile.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        let name = self.name.clone().or(file).unwrap_or_default();
        Device::new(name, profile, parameters, &drivers).map_err(|error| match error {
            // The file is good; what does not fit is what was set.
            Error::Profile(faults) if !self.set.is_empty() => Failure::usage(faults.to_string()),
            error => Failure::invalid(format!("{}: {error}", self.profile.display())),
        })
    }
}

/// The place of a property in a meter; an unknown name is answered with those that are near.
pub(crate) fn property(device: &Device, name: &str) -> Result<usize, Failure> {
    device.lookup(name).map_err(|error| {
        let known = device.items().iter().map(|item| item.property.name.as_str());
        let near = near(name, known);
        let hint = match near.split_last() {
            None => String::from("; `gurux-ami profile show FILE` lists them"),
            Some((one, [])) => format!("; there is {one}"),
            Some((last, rest)) => format!("; there are {} and {last}", rest.join(", ")),
        };
        Failure::usage(format!("{error}{hint}"))
    })
}

/// Up to four of the known names that look like this one, the nearest first.
fn near<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Vec<&'n str> {
    const ALIKE: f64 = 0.8;
    let mut rated: Vec<(f64, &str)> = known
        .map(|other| {
            let is_part = name.len() > 2 && (other.contains(name) || name.contains(other));
            let alike = strsim::jaro_winkler(&name.to_lowercase(), &other.to_lowercase());
            (if is_part { alike.max(ALIKE) } else { alike }, other)
        })
        .filter(|(alike, _)| *alike >= ALIKE)
        .collect();
    rated.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    rated.into_iter().take(4).map(|(_, name)| name).collect()
}

/// How long the end of a conversation is waited for.
const FAREWELL: Duration = Duration::from_secs(2);

/// A meter on an open medium.
pub(crate) struct Meter {
    pub(crate) session: DeviceSession,
    media: AnyMedia,
    settings: MediaSettings,
    driver: Driver,
    is_verbose: bool,
}

impl Meter {
    /// Opens the way to a meter, whose session has its orders already.
    pub(crate) fn open(
        session: DeviceSession,
        media: &MediaArgs,
        common: &Common,
    ) -> Result<Self, Failure> {
        Ok(Self {
            session,
            media: connection::open(&media.media, common)?,
            settings: media.media.clone(),
            driver: Driver::new(),
            is_verbose: common.verbose > 0,
        })
    }

    /// What to call the way to it in a sentence.
    pub(crate) fn place(&self) -> &str {
        self.media.name()
    }

    /// The next thing that the meter's session tells; `None` once the medium is closed and all is
    /// told. Notices go to standard error, if they are wanted.
    pub(crate) fn next(&mut self) -> Result<Option<DeviceEvent>, Failure> {
        loop {
            match self.driver.drive(&mut self.session, &mut *self.media, Instant::FAR_FUTURE) {
                Ok(Driven::Event(DeviceEvent::Notice(notice))) => {
                    if self.is_verbose {
                        eprintln!("{} {}: {notice}", self.media.now(), self.media.name());
                    }
                }
                Ok(Driven::Event(event)) => return Ok(Some(event)),
                Ok(Driven::Closed) => return Ok(None),
                Ok(Driven::Deadline) => {}
                Err(error) => return Err(connection::unreachable(&self.settings, &error)),
            }
        }
    }

    /// Ends the conversation and hangs up.
    pub(crate) fn close(&mut self) {
        self.session.release();
        let until = self.media.now() + FAREWELL;
        // Whatever is wrong by now costs nothing that was asked for.
        while let Ok(Driven::Event(event)) =
            self.driver.drive(&mut self.session, &mut *self.media, until)
        {
            if matches!(event, DeviceEvent::Done { .. }) {
                break;
            }
        }
        self.driver.close(&mut self.session, &mut *self.media);
    }
}

/// A session with a meter; nothing is opened yet.
pub(crate) fn session(
    device: Device,
    media: &MediaArgs,
    patience: &PatienceArgs,
) -> Result<DeviceSession, Failure> {
    let link = media.link(&device.profile().protocol);
    device
        .session(&patience.apply(link))
        .map_err(|error| Failure::new(Exit::Usage, error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_alike_are_offered() {
        let known = ["import", "import_t1", "export", "voltage_l1", "voltage_l2", "relay"];
        assert_eq!(near("imprt", known.into_iter()), ["import", "import_t1"]);
        assert_eq!(near("voltage", known.into_iter()), ["voltage_l1", "voltage_l2"]);
        assert!(near("xyz", known.into_iter()).is_empty());
    }
}
