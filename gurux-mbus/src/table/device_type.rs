//! Names of the device types.
