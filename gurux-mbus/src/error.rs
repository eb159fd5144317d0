//! [`Error`]: everything this crate can report.

use gurux_framing::WireError;

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
}
