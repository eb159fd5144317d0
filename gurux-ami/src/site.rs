//! [`Site`]: which meters are polled, over which lines, and when; read from one XML file.
//!
//! The file says all that a site decides: devices with their profiles and parameters, the lines that they
//! share, and schedules. Everything is looked at before anything is polled: a profile that is
//! wrong, a property that it does not have, two lines over one port are each told with line and column.

mod device;
mod faults;
mod names;
mod read;
#[cfg(test)]
mod tests;
mod when;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use gurux_device::profile::DeviceProfile;
use gurux_device::{BusConfig, Device, DeviceSession, Drivers, Error, LinkSettings, Parameters};
use gurux_media::{LineSettings, MediaSettings};
use jiff::tz::TimeZone;

use crate::connection::{MediaArgs, PatienceArgs, Transport};
use crate::counters::CounterFolder;
use crate::exit::Failure;
use crate::profiles::ProfileFault;
use crate::schedule::Schedule;

/// The namespace of the file's elements.
const NAMESPACE: &str = "urn:gurux-ami:site:1";

/// What one poller does.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    pub(crate) name: String,
    /// Whose days and clocks the schedules and reports go by.
    pub(crate) zone: TimeZone,
    /// Where numbers for Prometheus and the state of health are told.
    pub(crate) metrics: Option<SocketAddr>,
    /// The file in which readings are kept; without one they are written to standard output.
    pub(crate) store: Option<PathBuf>,
    pub(crate) lines: Vec<Line>,
}

/// One line: some meters that take turns.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Line {
    /// What to call it: of a device with media of its own, the device's name.
    pub(crate) name: String,
    /// The ways to it, the best first, at least one.
    pub(crate) ways: Vec<MediaSettings>,
    pub(crate) bus: BusConfig,
    /// The folder in which invocation counters are kept.
    pub(crate) state: PathBuf,
    pub(crate) meters: Vec<Meter>,
}

/// One meter of a site.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Meter {
    pub(crate) name: String,
    pub(crate) profile: Arc<DeviceProfile>,
    pub(crate) parameters: Parameters,
    /// How its messages are framed, where that is not the usual way of its medium.
    pub(crate) transport: Option<Transport>,
    /// How a serial line is set for it, where that differs from the line's own settings.
    pub(crate) line: Option<LineSettings>,
    pub(crate) wait_time: Option<Duration>,
    pub(crate) resend_count: Option<u8>,
    pub(crate) polls: Vec<Poll>,
}

/// Some properties that are read together, again and again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Poll {
    /// What it is called in the store and in logs, once in a meter.
    pub(crate) name: String,
    /// Places of the properties in the meter.
    pub(crate) items: Vec<usize>,
    pub(crate) schedule: Schedule,
    /// Readings go into the store so far apart at least; all of them without.
    pub(crate) keep: Option<Duration>,
}

impl Site {
    /// The site in a file, with all profiles that it names.
    ///
    /// # Errors
    /// All that is wrong with it, a line each, with the place.
    pub(crate) fn load(file: &Path) -> Result<Self, Failure> {
        Self::read(file).map_err(|faults| {
            let lines: Vec<_> = faults.iter().map(ToString::to_string).collect();
            Failure::invalid(lines.join("\n"))
        })
    }

    fn read(file: &Path) -> Result<Self, Vec<ProfileFault>> {
        let name = file.display().to_string();
        let whole =
            |sentence: String| vec![ProfileFault { file: name.clone(), place: None, sentence }];
        let text = std::fs::read_to_string(file)
            .map_err(|error| whole(format!("the site file cannot be read: {error}")))?;
        let folder = file.parent().unwrap_or(Path::new(""));
        Self::parse(&text, &name, folder)
    }

    /// The site that `text` describes; `file` is what complaints call it, `folder` where the files are
    /// that it names.
    pub(crate) fn parse(text: &str, file: &str, folder: &Path) -> Result<Self, Vec<ProfileFault>> {
        let mut reader = read::Reader::new(file, folder);
        match reader.site(text) {
            Some(site) if reader.faults.is_empty() => Ok(site),
            _ => Err(reader.faults.done()),
        }
    }

    /// How many meters there are.
    pub(crate) fn meters(&self) -> usize {
        self.lines.iter().map(|line| line.meters.len()).sum()
    }
}

impl Meter {
    /// How a serial line is set while this meter is talked to, where that is known.
    pub(crate) fn line_over(&self, way: &MediaSettings) -> Option<LineSettings> {
        match way {
            MediaSettings::Serial(serial) => Some(self.line.unwrap_or(serial.line)),
            _ => None,
        }
    }

    /// How its messages are framed over a medium; the name is empty where the profile says it.
    pub(crate) fn transport_over(&self, way: &MediaSettings) -> &'static str {
        self.media(way).transport(&self.profile.protocol)
    }

    fn media(&self, way: &MediaSettings) -> MediaArgs {
        let mut media = way.clone();
        if let (MediaSettings::Serial(serial), Some(line)) = (&mut media, self.line) {
            serial.line = line;
        }
        MediaArgs { media, transport: self.transport }
    }

    /// A conversation with this meter over `way`, not begun. With a folder of state it takes the counter of
    /// the meter's key into use, until it is dropped.
    ///
    /// # Errors
    /// Where the meter's protocol does not go with the medium or the transport.
    pub(crate) fn session(
        &self,
        way: &MediaSettings,
        drivers: &Drivers,
        state: Option<&Path>,
    ) -> Result<DeviceSession, Error> {
        let profile = Arc::clone(&self.profile);
        let device = Device::new(&*self.name, profile, self.parameters.clone(), drivers)?;
        let mut link = self.link(way);
        if let Some(folder) = state {
            link = link.with_counters(Arc::new(CounterFolder::new(folder)));
        }
        device.session(&link)
    }

    /// How messages travel to this meter over `way`.
    pub(crate) fn link(&self, way: &MediaSettings) -> LinkSettings {
        let patience = PatienceArgs {
            timeout: self.wait_time,
            resend: self.resend_count,
            ..PatienceArgs::default()
        };
        patience.apply(self.media(way).link(&self.profile.protocol))
    }
}
