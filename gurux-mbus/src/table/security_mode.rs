//! Names of the security modes.
