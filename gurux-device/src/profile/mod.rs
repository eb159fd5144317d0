//! Profiles: what a kind of meter is, in one XML file.
//!
//! The namespace is `urn:gurux-ami:profile:1`; the schema for editors is `profile.xsd` in the crate
//! ([`XSD`]). Names are those of the original GuruxAMI where it had one, but what it wrote as
//! elements are attributes here, so that a property is one line:
//!
//! ```xml
//! <Property Name="import" Unit="Wh" Address="input:0x0048" Type="U32" Scale="10"/>
//! ```
//!
//! Reading is strict ([`DeviceProfile::from_xml`](DeviceProfile)): an element or attribute that
//! nobody knows, a value that is none, a name twice or nowhere are faults, each with line, column
//! and what would be right, and all of a file at once. So a slip of the pen is never a silent
//! default. Comments are the file's own: they are not kept.
//!
//! What the format foresees and this version does not carry out (`Computed`, `Table`, `Sequence`,
//! `Keepalive`, `Framing`, and the attributes `Extends`, `When` and `Refresh`) is refused by name:
//! a profile that needs it would be read wrong without.

mod check;
mod diff;
mod fault;
mod model;
mod place;
mod read;
mod scalar;
mod schema;
mod write;

#[cfg(test)]
mod tests;

pub use diff::Difference;
pub use fault::{Fault, FaultKind, Faults};
pub use model::{
    AccessMode, AllowedMedia, Category, Choice, Communication, Detect, DeviceProfile, Expect, Flag,
    Forbidden, Frame, Item, Match, MatchTest, Note, Parameter, ParameterType, Product, Property,
    Repeat, Role, Selector, Settings, Severity, Store, Subject, Test, ValueRows, ValueTable, View,
    WriteClass,
};
pub use place::{Located, Place};
pub use scalar::{Guid, NullMark, Version};

pub(crate) use check::accepts;
pub(crate) use scalar::{MAX_NAME, fits, integer, number, octets};

/// The namespace of a profile's elements.
pub const NAMESPACE: &str = "urn:gurux-ami:profile:1";

/// The schema of a profile, for editors and other validators.
pub const XSD: &str = include_str!("../../profile.xsd");

/// Octets of the largest profile that is read.
pub const MAX_LEN: usize = 4 << 20;
/// Elements inside each other.
pub const MAX_DEPTH: usize = 8;
/// Elements in one profile.
pub const MAX_ELEMENTS: usize = 50_000;
/// Attributes of one element.
pub const MAX_ATTRIBUTES: usize = 64;
/// Tests in one profile.
pub const MAX_TESTS: usize = 1_000;
/// Faults that are told of one profile.
pub const MAX_FAULTS: usize = 100;
/// Properties of one profile once its repeated categories are written out.
pub const MAX_PROPERTIES: usize = 20_000;

/// The element in which a protocol keeps its own settings in a profile: what a
/// [`Driver`](crate::Driver) tells the reader.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ProtocolRule {
    /// The protocol, as `DeviceProfile Protocol` names it: `modbus`.
    pub protocol: &'static str,
    /// The element: `Modbus`.
    pub element: &'static str,
    /// Attributes that it must have.
    pub required: &'static [&'static str],
    /// Attributes that it may have.
    pub optional: &'static [&'static str],
}

impl DeviceProfile {
    /// Reads the file of a profile; `rules` are the elements of the protocols that are known
    /// ([`Drivers::rules`](crate::Drivers::rules)).
    ///
    /// What only the protocol's driver can judge (addresses, types, byte orders) is not looked at
    /// here: [`Drivers::read`](crate::Drivers::read) does both.
    ///
    /// # Errors
    /// All faults of the file that can be seen at once, each with line and column.
    pub fn from_xml(text: &str, rules: &[ProtocolRule]) -> Result<Self, Faults> {
        read::read(text, rules)
    }

    /// The file of the profile. Reading it gives an equal profile; comments and the places of the
    /// attributes are the file's alone.
    #[must_use]
    pub fn to_xml(&self) -> String {
        write::write(self)
    }
}
