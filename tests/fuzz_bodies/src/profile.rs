//! Profiles of meters, as files.

use gurux_device::profile::check_any_octets;

use crate::seeds;

/// How deep a file gets.
pub const RUNGS: &[&str] = &["no text", "no profile", "a profile with faults", "a good profile"];

/// Any octets as a profile: a good one is written as it was read, any other has its faults named.
pub fn profiles(octets: &[u8]) -> usize {
    check_any_octets(octets)
}

/// A profile that uses the whole schema, and those that are shipped.
pub fn profile_seeds() -> Vec<Vec<u8>> {
    let full = include_bytes!("../../../gurux-device/src/profile/full.xml");
    [full.to_vec()].into_iter().chain(seeds::profiles()).collect()
}
