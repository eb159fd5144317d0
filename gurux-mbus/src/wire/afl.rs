//! The authentication and fragmentation layer.
