//! What can be wrong with a profile, each fault with its place and with what would be right.

use std::fmt;

use crate::profile::Place;

/// One fault of a profile.
///
/// It reads as one sentence with its place in front:
/// `line 12, column 31: Property has no attribute Adress; it may have Name, Address, ...`.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{place}: {kind}")]
pub struct Fault {
    /// Where in the file.
    pub place: Place,
    /// What is wrong there.
    pub kind: FaultKind,
}

impl Fault {
    /// `kind`, found at `place`.
    #[must_use]
    pub const fn new(place: Place, kind: FaultKind) -> Self {
        Self { place, kind }
    }

    /// `attribute` says `value`, where `expected` would be right: what a driver says of an
    /// address, a type or an order that it does not know.
    #[must_use]
    pub fn value(
        place: Place,
        attribute: impl Into<String>,
        value: impl Into<String>,
        expected: impl Into<String>,
    ) -> Self {
        let (attribute, value, expected) = (attribute.into(), value.into(), expected.into());
        Self { place, kind: FaultKind::Value { attribute, value, expected } }
    }
}

/// The ways in which a profile can be wrong.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FaultKind {
    /// The file is no well-formed XML.
    #[error("this is not well-formed XML: {reason}")]
    Xml {
        /// What the XML reader says.
        reason: String,
    },
    /// The outermost element is another, or there is none.
    #[error("{expected}")]
    Root {
        /// What would be right, as a sentence.
        expected: &'static str,
    },
    /// An element that has no place here.
    #[error("{parent} has no element {element}; {allowed}")]
    UnknownElement {
        /// The element found.
        element: String,
        /// The element around it.
        parent: String,
        /// What it may have, as a clause.
        allowed: String,
    },
    /// An attribute that has no place here.
    #[error("{element} has no attribute {attribute}; {allowed}")]
    UnknownAttribute {
        /// The attribute found.
        attribute: String,
        /// Its element.
        element: String,
        /// What it may have, as a clause.
        allowed: String,
    },
    /// A required attribute is not there.
    #[error("{element} needs the attribute {attribute}")]
    MissingAttribute {
        /// The element.
        element: String,
        /// What it lacks.
        attribute: String,
    },
    /// A required element is not there.
    #[error("{parent} needs the element {element}")]
    MissingElement {
        /// The element around it.
        parent: String,
        /// What it lacks.
        element: String,
    },
    /// An element stands twice where once is allowed.
    #[error("{element} stands here a second time; {parent} has one at most")]
    Repeated {
        /// The element found again.
        element: String,
        /// The element around it.
        parent: String,
    },
    /// Characters where only elements belong.
    #[error("{element} holds elements only, no text")]
    Text {
        /// The element with the text.
        element: String,
    },
    /// A value that its attribute cannot have.
    #[error("{attribute}=\"{value}\": expected {expected}")]
    Value {
        /// The attribute.
        attribute: String,
        /// What it says.
        value: String,
        /// What would be right, as the end of a sentence.
        expected: String,
    },
    /// A name is given twice.
    #[error("the {what} {name} was already defined at {first}")]
    Duplicate {
        /// What bears the name: `property`, `view`, ...
        what: &'static str,
        /// The name.
        name: String,
        /// Where it stood first.
        first: Place,
    },
    /// A name that nothing bears.
    #[error("{attribute}=\"{name}\": there is no such {what}{hint}")]
    Dangling {
        /// The attribute that refers.
        attribute: String,
        /// What it refers to: `property`, `type`, ...
        what: &'static str,
        /// The name.
        name: String,
        /// A name that is there and close to it, as a clause, or nothing.
        hint: String,
    },
    /// Two things that do not go together.
    #[error("{0}")]
    Conflict(&'static str),
    /// Part of the format that this version does not carry out, and so does not accept.
    #[error("{what} is not carried out by this version, so a profile that needs it is refused")]
    Unsupported {
        /// The element or attribute.
        what: String,
    },
    /// More of something than the reader takes.
    #[error("{what}: at most {max} are accepted")]
    Limit {
        /// What there is too much of.
        what: &'static str,
        /// The bound.
        max: usize,
    },
}

/// All faults found in one profile, in the order of the file. Never empty.
///
/// Prints one line a fault.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// `Ok(good)` where `faults` is empty, else all of them in the order of the file.
    pub(crate) fn check<T>(good: T, mut faults: Vec<Fault>) -> Result<T, Self> {
        if faults.is_empty() {
            return Ok(good);
        }
        faults.sort_by_key(|fault| fault.place);
        Err(Self(faults))
    }

    /// The faults, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = &Fault> {
        self.0.iter()
    }
}

impl From<Fault> for Faults {
    fn from(fault: Fault) -> Self {
        Self(vec![fault])
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, fault) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            fault.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}

/// `it may have A, B and C`, or `it has none`: the clause that ends a complaint about a name.
pub(crate) fn allowed(names: &[&str]) -> String {
    match names {
        [] => "it has none".to_owned(),
        [one] => format!("it may have {one}"),
        [head @ .., last] => format!("it may have {} and {last}", head.join(", ")),
    }
}
