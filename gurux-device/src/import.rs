//! Profiles out of other people's files: what they say of a meter, as a [`DeviceProfile`].
//!
//! Each importer is a pure function from the text of a file to an [`Imported`]: a profile that our own
//! reader accepts, and a list of what could not be carried over, each with its place in the source and
//! the reason. Nothing is dropped in silence, and nothing is guessed: what a source leaves open is left
//! open in the profile, with a comment where a person must look.
//!
//! | for | there is |
//! |-----|----------|
//! | a model of the SunSpec Alliance, in JSON | [`sunspec`] |
//! | a meter definition of evcc, a template in YAML | [`evcc`] |
//! | a section `[[inputs.modbus]]` of Telegraf's configuration | [`telegraf`] |
//! | a profile of the original GuruxAMI, `.gxp` | [`gxp`] |
//!
//! ```
//! use gurux_device::import;
//!
//! let model = r#"{
//!   "id": 64001,
//!   "group": {
//!     "name": "heater", "type": "group",
//!     "points": [
//!       { "name": "ID", "type": "uint16", "size": 1, "value": 64001, "static": "S" },
//!       { "name": "L", "type": "uint16", "size": 1, "static": "S" },
//!       { "name": "W", "type": "int16", "size": 1, "sf": "W_SF", "units": "W", "label": "Power" },
//!       { "name": "W_SF", "type": "sunssf", "size": 1, "static": "S" }
//!     ]
//!   }
//! }"#;
//! let imported = import::sunspec(model)?;
//! assert!(imported.left.is_empty());
//! let (_, power) = imported.profile.properties().nth(2).unwrap();
//! assert_eq!((power.address.as_str(), power.kind.as_str()), ("holding:{base}+2", "I16"));
//! # Ok::<(), import::ImportError>(())
//! ```

mod draft;
mod evcc;
mod go_template;
mod gxp;
mod json;
mod registers;
mod sunspec;
mod telegraf;
mod toml;
mod tree;
mod yaml;

#[cfg(test)]
mod tests;

use std::fmt;

use crate::profile::{DeviceProfile, Place};

pub use evcc::evcc;
pub use gxp::gxp;
pub use sunspec::sunspec;
pub use telegraf::telegraf;

pub use draft::{commented, guid, identifier};

/// Octets of the largest file that is imported.
pub const MAX_LEN: usize = 4 << 20;
/// Objects and lists inside each other, in a file that is imported.
pub const MAX_DEPTH: usize = 32;
/// Values, objects and lists in one file that is imported.
pub const MAX_NODES: usize = 200_000;
/// Things that are told of one file that could not be carried over; of more, their number.
pub const MAX_LEFT: usize = 1_000;

/// What came of somebody's file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Imported {
    /// The profile; our own reader accepts it.
    pub profile: DeviceProfile,
    /// What could not be carried over, in the order of the file.
    pub left: Vec<Left>,
}

impl Imported {
    /// The file of the profile, with what could not be carried over as comments.
    #[must_use]
    pub fn to_xml(&self) -> String {
        let notes: Vec<String> = self.left.iter().map(ToString::to_string).collect();
        let head =
            if notes.is_empty() { Vec::new() } else { [vec![HEAD.to_owned()], notes].concat() };
        commented(&self.profile, &head, &[])
    }
}

/// What stands above the list.
const HEAD: &str = "Imported. What could not be carried over, by its place in the source:";

/// Something in the source that the profile does not say.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Left {
    /// Where it stands in the source.
    pub place: Place,
    /// What it is: `the unit cos() of PF`.
    pub what: String,
    /// Why it is not in the profile, or what is there instead.
    pub why: String,
}

/// `line 3, column 4: the unit cos() of PF: there is no such unit here`
impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.place, self.what, self.why)
    }
}

/// Nothing can be imported from this file.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{place}: {what}")]
pub struct ImportError {
    /// Where it stands in the source.
    pub place: Place,
    /// What is wrong, as a sentence.
    pub what: String,
}

impl ImportError {
    fn new(place: Place, what: impl Into<String>) -> Self {
        Self { place, what: what.into() }
    }
}
