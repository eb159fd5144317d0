//! Profiles of meters, as files.

use gurux_device::profile::{DeviceProfile, Fault, FaultKind};
use gurux_device::{Device, Drivers, Parameters, Simulation};

use crate::seeds;

/// How deep a file gets.
pub const RUNGS: &[&str] = &["no text", "no profile", "a profile with faults", "a good profile"];

/// Any octets as a profile: a good one is written as it was read, tested and simulated; any other has
/// its faults named.
pub fn profiles(octets: &[u8]) -> usize {
    let drivers = Drivers::standard();
    let Ok(text) = std::str::from_utf8(octets) else { return 0 };
    let profile = match DeviceProfile::from_xml(text, &drivers.rules()) {
        Ok(profile) => profile,
        Err(faults) => {
            assert!(!faults.to_string().is_empty());
            let is_outside = |fault: &Fault| {
                matches!(fault.kind, FaultKind::Xml { .. } | FaultKind::Root { .. })
            };
            return if faults.iter().any(is_outside) { 1 } else { 2 };
        }
    };
    let back = DeviceProfile::from_xml(&profile.to_xml(), &drivers.rules());
    assert_eq!(back.as_ref(), Ok(&profile), "what was written reads as something else");
    if let Err(error) = drivers.check(&profile) {
        assert!(!error.to_string().is_empty());
        return 2;
    }
    for result in profile.run_tests(&drivers) {
        assert!(result.faults.iter().all(|fault| !fault.is_empty()));
    }
    let parameters = Parameters::sample(&profile);
    let device = Device::new("", profile, parameters, &drivers);
    let simulation = device.and_then(|device| Simulation::new(&device, 1));
    assert!(simulation.is_ok(), "a profile that was found good cannot be simulated");
    3
}

/// A profile that uses the whole schema, and those that are shipped.
pub fn profile_seeds() -> Vec<Vec<u8>> {
    let full = include_bytes!("../../../gurux-device/src/profile/full.xml");
    [full.to_vec()].into_iter().chain(seeds::profiles()).collect()
}
