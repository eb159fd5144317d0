//! Profiles in files: read, with every fault and its place.

use std::fmt;
use std::path::Path;

use gurux_device::profile::DeviceProfile;
use gurux_device::{Drivers, Error};

use crate::exit::Failure;

/// Something wrong with the file of a profile.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct ProfileFault {
    pub(crate) file: String,
    /// Line and column, counted from 1; `None` where the whole file is meant.
    pub(crate) place: Option<(u32, u32)>,
    pub(crate) sentence: String,
}

/// `meter.xml:12:31: ...`, as compilers write it and editors find it.
impl fmt::Display for ProfileFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, sentence, .. } = self;
        match self.place {
            Some((line, column)) => write!(f, "{file}:{line}:{column}: {sentence}"),
            None => write!(f, "{file}: {sentence}"),
        }
    }
}

/// The profile in a file, judged by the driver of its protocol.
pub(crate) fn read(drivers: &Drivers, file: &Path) -> Result<DeviceProfile, Vec<ProfileFault>> {
    let name = file.display().to_string();
    let whole = |sentence: String| vec![ProfileFault { file: name.clone(), place: None, sentence }];
    let text = std::fs::read_to_string(file)
        .map_err(|error| whole(format!("the profile cannot be read: {error}")))?;
    drivers.read(&text).map_err(|error| match error {
        Error::Profile(faults) => faults
            .iter()
            .map(|fault| ProfileFault {
                file: name.clone(),
                place: (fault.place.line > 0).then_some((fault.place.line, fault.place.column)),
                sentence: fault.kind.to_string(),
            })
            .collect(),
        other => whole(other.to_string()),
    })
}

/// The profile in a file, for a command that cannot go on without it.
pub(crate) fn load(drivers: &Drivers, file: &Path) -> Result<DeviceProfile, Failure> {
    read(drivers, file).map_err(|faults| {
        let lines: Vec<_> = faults.iter().map(ToString::to_string).collect();
        Failure::invalid(lines.join("\n"))
    })
}
