//! The security modes.
