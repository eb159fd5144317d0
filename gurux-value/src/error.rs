//! What can go wrong with a value: a text that does not read as one, and units that do not convert.

use crate::unit::Unit;

/// Everything that this crate can report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A text does not read as the value it should be.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// A value does not convert from one unit to another.
    #[error(transparent)]
    Convert(#[from] ConvertError),
}

/// A text does not read as the value it should be.
///
/// It reads as one sentence: `decimal, character 3: expected a digit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}, character {}: expected {expected}", .offset.saturating_add(1))]
pub struct ParseError {
    /// What was to be read: `decimal`, `unit`, `obis code`, ...
    pub what: &'static str,
    /// What the text lacks, as the end of a sentence: `a digit`.
    pub expected: &'static str,
    /// Octets of the text before the fault. (For people the sentence counts from 1.)
    pub offset: usize,
}

/// A value does not convert from one unit to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConvertError {
    /// The units measure different things.
    #[error(
        "{from} does not convert to {to}: one measures {}, the other {}",
        .from.dimension(), .to.dimension()
    )]
    Unlike {
        /// The unit of the value.
        from: Unit,
        /// The unit that was asked for.
        to: Unit,
    },
    /// The result has no end as a decimal (a second in hours). `convert_rounded` gives it with a
    /// stated resolution.
    #[error("this value in {from} has no finite decimal form in {to}: state a resolution")]
    NotFinite {
        /// The unit of the value.
        from: Unit,
        /// The unit that was asked for.
        to: Unit,
    },
    /// The result needs more digits than a [`Decimal`](crate::Decimal) holds.
    #[error("this value in {from} needs more digits in {to} than a decimal holds")]
    Overflow {
        /// The unit of the value.
        from: Unit,
        /// The unit that was asked for.
        to: Unit,
    },
}
