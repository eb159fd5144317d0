//! [`Reading`]: what the device layer hands up.

use std::fmt;

use gurux_media::Instant;
use gurux_value::Measurement;

use crate::profile::Severity;

/// One value of one property of one device, with where it came from.
///
/// Device and property name the series that it belongs to. A reading without a value proves the
/// attempt: its quality says why there is none.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Reading {
    /// The name of the device.
    pub device: String,
    /// The name of the property.
    pub property: String,
    /// Quantity, OBIS code, value, unit and quality, scaled and named as the profile says.
    pub measurement: Measurement<'static>,
    /// How much the value matters: of a named value or the set flags, what the profile says.
    pub severity: Option<Severity>,
    /// How it was got.
    pub source: Source,
    /// When the octets came in, on the clock of the medium.
    pub received_at: Instant,
    /// The octets of the reply that hold the value; none where there was no reply.
    pub octets: Vec<u8>,
}

impl Reading {
    /// A reading of this property, all else as it mostly is: read by asking, received at the beginning of the
    /// clock, without the octets. For programs that store readings, and their tests.
    #[must_use]
    pub fn new(
        device: impl Into<String>,
        property: impl Into<String>,
        measurement: Measurement<'static>,
    ) -> Self {
        Self {
            device: device.into(),
            property: property.into(),
            measurement,
            severity: None,
            source: Source::Read,
            received_at: Instant::ZERO,
            octets: Vec::new(),
        }
    }
}

/// How a reading was got.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Source {
    /// The device was asked.
    #[default]
    Read,
    /// The device was asked after something was written to it.
    ReadBack,
    /// It was found in a conversation of others.
    Captured,
}

impl Source {
    /// The word for it: `read`, `read-back`, `captured`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::ReadBack => "read-back",
            Self::Captured => "captured",
        }
    }
}

/// One line: `meter-1/import: energy.active.import.total 1-0:1.8.0*255 = 123450 Wh`.
impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}: {}", self.device, self.property, self.measurement)
    }
}
