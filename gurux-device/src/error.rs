//! [`Error`]: what the caller of this crate can have done wrong.
//!
//! What a meter does wrong is no error but an event or a quality: [`ReadFailure`], [`Quality`].
//!
//! [`ReadFailure`]: crate::ReadFailure
//! [`Quality`]: gurux_value::Quality

use crate::profile::Faults;

/// Everything that this crate can report to its caller.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The profile is faulty.
    #[error(transparent)]
    Profile(#[from] Faults),
    /// No driver is registered for the protocol.
    #[error("there is no driver for the protocol {protocol}; there is one for {known}")]
    Protocol {
        /// The protocol asked for.
        protocol: String,
        /// Those that there are, with commas between.
        known: String,
    },
    /// The protocol has no such transport.
    #[error("the protocol has no transport {transport}; it has {known}")]
    Transport {
        /// The transport asked for.
        transport: String,
        /// Those that there are, with commas between.
        known: String,
    },
    /// A parameter was given that the profile does not have.
    #[error("the profile has no parameter {name}; it has {known}")]
    UnknownParameter {
        /// The name given.
        name: String,
        /// Those that there are, with commas between.
        known: String,
    },
    /// A parameter that is needed was not given.
    #[error("the parameter {0} must be given")]
    MissingParameter(String),
    /// A parameter was given a value that it cannot have. (The value is not told: it may be secret.)
    #[error("the parameter {name} must be {expected}")]
    ParameterValue {
        /// The parameter.
        name: String,
        /// What it can be, as the end of a sentence.
        expected: String,
    },
    /// A meter that the line does not have, by its place.
    #[error("there is no meter {0} on this line")]
    UnknownMember(usize),
    /// A property that the profile does not have.
    #[error("the profile has no property {0}")]
    UnknownProperty(String),
    /// A view that the profile does not have.
    #[error("the profile has no view {name}; it has {known}")]
    UnknownView {
        /// The name given.
        name: String,
        /// Those that there are, with commas between.
        known: String,
    },
    /// The profile does not allow to read the property.
    #[error("the profile does not allow to read {0}")]
    NotReadable(String),
    /// The profile does not allow to write the property.
    #[error("the profile does not allow to write {0}")]
    NotWritable(String),
    /// A value that the property cannot have.
    #[error("{property} cannot be {value}: {reason}")]
    Value {
        /// The property.
        property: String,
        /// The value, as text.
        value: String,
        /// What is wrong with it, as a clause.
        reason: String,
    },
    /// A frame that is none, or not one of this meter.
    #[error("{0}")]
    Frame(String),
}

/// Names with commas between, or `none`.
pub(crate) fn listed<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
