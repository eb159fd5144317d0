//! Names behind the three letters.

use crate::wire::Manufacturer;

/// The name of the company behind the letters.
#[must_use]
pub fn lookup_manufacturer(_: Manufacturer) -> Option<&'static str> {
    None
}
