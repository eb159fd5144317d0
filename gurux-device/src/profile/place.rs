//! Where in its file something of a profile stands, so that a complaint can point at it.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;

/// A place in a profile: line and column, both counted from 1, columns in characters.
///
/// `Place::NONE` is the place of what did not come from a file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Place {
    /// Line, from 1; 0 where there is no file.
    pub line: u32,
    /// Column in characters, from 1; 0 where there is no file.
    pub column: u32,
}

impl Place {
    /// Nowhere: the profile was built by a program.
    pub const NONE: Self = Self { line: 0, column: 0 };
    /// The first character.
    pub const START: Self = Self { line: 1, column: 1 };
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::NONE {
            return f.write_str("profile");
        }
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// A value and the place of the attribute that gave it.
///
/// It reads as the value, and compares and hashes by the value alone: two profiles that say the
/// same in other places are equal.
#[derive(Clone, Debug, Default)]
pub struct Located<T> {
    /// What was said.
    pub value: T,
    /// Where.
    pub place: Place,
}

impl<T> Located<T> {
    /// `value`, said at `place`.
    pub const fn new(value: T, place: Place) -> Self {
        Self { value, place }
    }
}

impl<T> From<T> for Located<T> {
    fn from(value: T) -> Self {
        Self { value, place: Place::NONE }
    }
}

impl From<&str> for Located<String> {
    fn from(value: &str) -> Self {
        value.to_owned().into()
    }
}

impl<T> Deref for Located<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: PartialEq> PartialEq for Located<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Eq> Eq for Located<T> {}

impl<T: Hash> Hash for Located<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.value.hash(state);
    }
}

impl<T: fmt::Display> fmt::Display for Located<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}
