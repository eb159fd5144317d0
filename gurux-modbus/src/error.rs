//! [`Error`]: everything this crate can report.

use gurux_framing::WireError;

use crate::address::AddressError;
#[cfg(feature = "alloc")]
use crate::plan::PlanError;
use crate::value::ValueError;

/// What can go wrong when a message is built or opened, a value read or written, a plan made.
///
/// A refusal by the server (an exception response) is no error: it is data,
/// [`Exception`](crate::wire::Exception).
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Octets that are not as the standard says.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// A text that is no address.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// A value, or the description of one, that does not fit its registers.
    #[error(transparent)]
    Value(#[from] ValueError),
    /// An item for which no request can be made.
    #[cfg(feature = "alloc")]
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A message was asked for that holds more or fewer items than the standard allows.
    #[error("{found} {what}: {min} to {max} are allowed")]
    Quantity {
        /// What is counted.
        what: &'static str,
        /// How many were asked for.
        found: usize,
        /// The fewest that are allowed.
        min: usize,
        /// The most that are allowed.
        max: usize,
    },
    /// Octets that come in pairs were given as an odd number.
    #[error("{what} come in pairs of octets, {found} octets were given")]
    OddLength {
        /// What the octets are.
        what: &'static str,
        /// How many were given.
        found: usize,
    },
    /// A code was given that has a type of its own, or that cannot stand there.
    #[error("{what} {code:#04X} cannot be sent as plain octets")]
    Code {
        /// What the code is.
        what: &'static str,
        /// The code.
        code: u8,
    },
    /// As many requests wait as the client may keep.
    #[cfg(feature = "alloc")]
    #[error("as many requests wait as the queue has room for")]
    QueueFull,
    /// A request that only reads was to be sent to all servers, and nobody answers those.
    #[cfg(feature = "alloc")]
    #[error("a broadcast is not answered, so it cannot read")]
    NothingToBroadcast,
}

/// Checks that `found` lies within `min..=max`.
pub(crate) const fn check_quantity(
    what: &'static str,
    found: usize,
    min: usize,
    max: usize,
) -> Result<(), Error> {
    if found < min || found > max {
        return Err(Error::Quantity { what, found, min, max });
    }
    Ok(())
}
