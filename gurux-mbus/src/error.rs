//! [`Error`]: everything this crate can report.

use gurux_framing::WireError;

use crate::security::CipherError;
use crate::wire::AddressError;

/// What can go wrong when a telegram is built or opened.
///
/// A refusal by the meter (an application error) is no error: it is data.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Octets that are not as the standard says.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// A text that is no address.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// More or fewer items than a telegram can hold.
    #[error("{found} {what}: {min} to {max} are allowed")]
    Quantity {
        /// What is counted.
        what: &'static str,
        /// How many were given.
        found: usize,
        /// The fewest that are allowed.
        min: usize,
        /// The most that are allowed.
        max: usize,
    },
    /// A code that cannot stand there.
    #[error("{what} cannot hold code {code:#04X}")]
    Code {
        /// What would hold it.
        what: &'static str,
        /// The code.
        code: u8,
    },
    /// A cipher did not do its work.
    #[error(transparent)]
    Cipher(#[from] CipherError),
    /// A telegram cannot be sealed without this.
    #[error("nothing says the {what}")]
    Missing {
        /// What is missing.
        what: &'static str,
    },
    /// A CI field was given a header of the transport layer that does not go with it.
    #[error("CI field {ci:#04X} does not go with that header")]
    Header {
        /// The CI field.
        ci: u8,
    },
    /// As many requests wait as the session may keep.
    #[error("as many requests wait as the session may keep")]
    QueueFull,
    /// A number that no single meter can have.
    #[error("the primary address of a meter is a number of 0 to 250")]
    NoMeterAddress,
    /// One address for every meter of the line.
    #[error("an address told to all meters at once would be the address of each: name one meter")]
    OneAddressForAll,
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
